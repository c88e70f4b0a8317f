/* `nicert why NAME`: may this name be registered, by whom, at what price, and if not, which rule, line and date say so.
 */
#include <string.h>
#include "base/idn.h"
#include "base/lang.h"
#include "base/text.h"
#include "names/registry_int.h"

enum { WHY_ROWS = 24 }; /* of struct why */

static void row_add(struct why *w, bool ok, const char *rule, const char *text, int line)
{
	if (w->n == WHY_ROWS)
		return;
	w->row[w->n++] = (struct why_row){ ok, (char *)rule, (char *)text, line };
	w->may = w->may && ok;
}

static bool say(void *ctx, const char *rule, const struct rule_answer *a)
{
	row_add(ctx, a->ok, rule, a->text, a->line);
	return true;
}

static enum st who_has_it(struct req *rq, const struct placed *at, struct why *out)
{
	struct dom d;
	enum st st = dom_by_key(rq, at->key, &d);
	if (st == ST_NOTFOUND) {
		err_clear(&rq->err);
		return ST_OK;
	}
	if (st)
		return st;
	row_add(out, false, "bundle",
		arena_printf(rq->mem, "%s, registered through %s on %s, expires %s", d.d.name, d.d.c.sponsor,
			     time_iso(rq->mem, d.d.c.created_at), time_iso(rq->mem, d.d.expires_at)),
		0);
	return ST_OK;
}

static enum st credit(struct req *rq, const struct placed *at, const char *registrar, struct why *out)
{
	int64_t balance, fee = fee_of(at->policy, "create", at->policy->term_min);
	char currency[4];
	if (!registrar || !fee)
		return ST_OK;
	enum st st = ledger_balance(rq, arena_printf(rq->mem, "registrar:%s", registrar), &balance, currency);
	if (st == ST_NOTFOUND) {
		err_clear(&rq->err);
		row_add(out, false, "credit", arena_printf(rq->mem, "%s has no account", registrar), 0);
		return ST_OK;
	}
	if (st)
		return st;
	row_add(out, balance >= fee, "credit",
		arena_printf(rq->mem, "%s has %s, the fee is %s", registrar, money_text(rq->mem, balance, currency),
			     money_text(rq->mem, fee, currency)),
		at->policy->line[KEY_PRICE]);
	return ST_OK;
}

static enum st members(struct req *rq, const struct placed *at, struct why *out)
{
	bool more;
	struct dom d = { .d.name = (char *)at->name };
	if (bundle_make(rq, at, &d, &more))
		return rq->err.code;
	if (more)
		row_add(out, true, "variants",
			arena_printf(rq->mem, "%d can be activated; all others stay reserved", DOMAIN_VARIANTS), 0);
	out->members = d.d.member;
	out->nmembers = d.d.nmembers;
	return ST_OK;
}

static enum st not_placed(struct req *rq, enum st st, struct why *out)
{
	if (st != ST_NOTFOUND && st != ST_INVALID)
		return st;
	row_add(out, false, "zone", arena_strdup(rq->mem, rq->err.msg), 0);
	err_clear(&rq->err);
	return ST_OK;
}

static struct price price_of(const struct policy *p, const char *item)
{
	const struct price *found = policy_price(p, item);
	return found ? *found : (struct price){ 0 };
}

static void prices(const struct policy *p, struct why *out)
{
	out->create = price_of(p, "create");
	out->renew = price_of(p, "renew");
	out->transfer = price_of(p, "transfer");
	out->restore = price_of(p, "restore");
}

/* ── by whom ── */

static const struct {
	const char *name, *text;
} bys[WHY_BYS] = {
	[BY_NOBODY] = { "nobody", NULL },
	[BY_ANYBODY] = { "anybody", N_("by anybody, through a registrar") },
	[BY_EMAIL] = { "email-check", N_("by anybody whose e-mail address answers, through a registrar") },
	[BY_REVIEW] = { "review", N_("by whoever is let in after a look at papers, through a registrar") },
	[BY_LICENCE] = { "licence", N_("by holders of a licence, through a registrar") },
	[BY_REGISTRY] = { "registry", N_("by the registry alone") },
};

const char *why_by_name(enum why_by b)
{
	return bys[b].name;
}

const char *why_by_text(enum why_by b)
{
	return bys[b].text;
}

/* What the registry may and no registrar may is the registry's. */
static enum st by_whom(struct req *rq, const struct placed *at, struct why *out)
{
	static const enum why_by of_place[] = {
		[ELIGIBLE_OPEN] = BY_ANYBODY,	 [ELIGIBLE_EMAIL] = BY_EMAIL,	      [ELIGIBLE_REVIEW] = BY_REVIEW,
		[ELIGIBLE_LICENCE] = BY_LICENCE, [ELIGIBLE_RESTRICTED] = BY_REGISTRY, [ELIGIBLE_CLOSED] = BY_NOBODY,
	};
	struct outcome no;
	struct rule_ask q = { .at = at, .registrar = "any" };
	if (!out->may)
		return ST_OK;
	if (rules_first(rq, &q, &no))
		return rq->err.code;
	out->by = no.code == R_DONE ? of_place[at->who] : BY_REGISTRY;
	return ST_OK;
}

enum st policy_why(struct req *rq, const char *name, const char *registrar, struct why *out)
{
	struct placed *at = arena_new_of(rq->mem, struct placed);
	*out = (struct why){ .may = true };
	char *ascii = name_ascii(rq->mem, name, true, &rq->err);
	if (!ascii) {
		out->name = out->uname = arena_strdup(rq->mem, name);
		return not_placed(rq, rq->err.code, out);
	}
	out->name = ascii;
	out->uname = name_unicode(rq->mem, ascii);
	enum st st = policy_place(rq, ascii, 0, at);
	if (st)
		return not_placed(rq, st, out);
	struct rule_ask q = { .at = at, .registrar = registrar, .taken_too = true };
	prices(at->policy, out);
	row_add(out, true, "policy",
		arena_printf(rq->mem, "version %d of zone %s, in force since %s", at->policy->version, at->zone,
			     time_iso(rq->mem, at->policy->effective_at)),
		0);
	if (rules_ask(rq, &q, say, out) || who_has_it(rq, at, out) || credit(rq, at, registrar, out) ||
	    by_whom(rq, at, out))
		return rq->err.code;
	return members(rq, at, out);
}
