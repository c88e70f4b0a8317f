/* The rules that stand between a name and its registration, one function each. check and create stop at the first
 * refusal, `why` shows them all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "names/registry_int.h"

/* Sets the answer; ok when it is not refused. Texts of refusals stay under 60 characters where they can: clients show
 * them. */
typedef enum st (*rule_fn)(struct req *rq, const struct rule_ask *q, struct rule_answer *a);

static enum st no(struct rule_answer *a, enum result code, int line, const char *text)
{
	*a = (struct rule_answer){ .ok = false, .code = code, .text = text, .line = line };
	return ST_OK;
}

static enum st yes(struct rule_answer *a, int line, const char *text)
{
	*a = (struct rule_answer){ .ok = true, .code = R_DONE, .text = text, .line = line };
	return ST_OK;
}

static bool is_ascii_label(const struct placed *at)
{
	return strncmp(at->label, "xn--", 4) != 0;
}

static enum st rule_zone(struct req *rq, const struct rule_ask *q, struct rule_answer *a)
{
	const struct policy *p = q->at->policy;
	if (q->at->variant_zone)
		return no(a, R_POLICY_VALUE, p->line[KEY_VARIANT_ZONE],
			  arena_printf(rq->mem, "the same name as %.200s: ask for that", q->at->name));
	return yes(a, 0, arena_printf(rq->mem, "under %s, policy version %d", q->at->under, p->version));
}

static enum st rule_label(struct req *rq, const struct rule_ask *q, struct rule_answer *a)
{
	struct err e = { 0 };
	const struct policy *p = q->at->policy;
	if (label_good(q->at, &e))
		return no(a, is_ascii_label(q->at) ? R_PARAM_SYNTAX : R_POLICY_VALUE, p->line[KEY_IDN_TABLE],
			  arena_strdup(rq->mem, e.msg));
	return yes(a, *q->at->lang ? p->line[KEY_IDN_TABLE] : 0,
		   *q->at->lang ? arena_printf(rq->mem, "within the table %s", q->at->lang)
				: "letters, digits, hyphens");
}

static int listed_cmp(const void *key, const void *row)
{
	return strcmp(key, ((const struct listed_label *)row)->key);
}

/* What the lists say of it, whether it holds today or not. */
static const struct listed_label *listed_ever(const struct placed *at)
{
	const struct policy *p = at->policy;
	const char *key = strchr(at->key, '/') + 1; /* a place holds no slash */
	return p->nlisted ? bsearch(key, p->listed, (size_t)p->nlisted, sizeof *p->listed, listed_cmp) : NULL;
}

static bool holds(const struct listed_label *l, int64_t now)
{
	return l->from <= now && (!l->to || now < l->to);
}

static const struct listed_label *listed(const struct placed *at)
{
	const struct listed_label *l = listed_ever(at);
	return l && holds(l, clock_now()) ? l : NULL;
}

bool label_reserved(const struct placed *at)
{
	const struct listed_label *l = listed(at);
	return l && l->kind == 'r';
}

/* "", or " from 2027-01-01 to 2027-12-31": the last day, not the instant after it. */
static const char *listed_days(struct req *rq, const struct listed_label *l)
{
	char *from = l->from ? arena_printf(rq->mem, " from %.10s", time_iso(rq->mem, l->from)) : NULL;
	char *to = l->to ? arena_printf(rq->mem, " to %.10s", time_iso(rq->mem, l->to - 1)) : NULL;
	return arena_printf(rq->mem, "%s%s", from ? from : "", to ? to : "");
}

static enum st rule_length(struct req *rq, const struct rule_ask *q, struct rule_answer *a)
{
	const struct policy *p = q->at->policy;
	const struct listed_label *l = listed(q->at);
	if (!is_ascii_label(q->at) || (int)strlen(q->at->label) >= p->label_min)
		return yes(a, p->line[KEY_LABEL_MIN], "long enough");
	if (l && l->kind == 'l')
		return yes(a, l->line, arena_printf(rq->mem, "short, but released: %s", l->reason));
	if (q->token && l && l->kind == 'r')
		return yes(a, l->line, "short, but there is a token for it");
	if (!q->registrar)
		return yes(a, p->line[KEY_LABEL_MIN], "short: the registry may");
	return no(a, R_POLICY, p->line[KEY_LABEL_MIN],
		  arena_printf(rq->mem, "labels under %d characters are closed", p->label_min));
}

static const char *list_name(const struct listed_label *l)
{
	return l->kind == 'r' ? "reserved" : l->kind == 'b' ? "blocked" : "released";
}

static enum st rule_list(struct req *rq, const struct rule_ask *q, struct rule_answer *a)
{
	const struct listed_label *l = listed(q->at);
	const struct listed_label *other = l ? NULL : listed_ever(q->at);
	if (other)
		return yes(a, other->line,
			   arena_printf(rq->mem, "%s only%s: %s", list_name(other), listed_days(rq, other),
					other->reason));
	if (!l || l->kind == 'l')
		return yes(a, 0, "on no list");
	const char *days = listed_days(rq, l);
	if (l->kind == 'r' && q->token)
		return yes(a, l->line,
			   arena_printf(rq->mem, "reserved%s, there is a token for it: %s", days, l->reason));
	if (l->kind == 'r' && !q->registrar)
		return yes(a, l->line, arena_printf(rq->mem, "reserved%s, the registry may: %s", days, l->reason));
	return no(a, R_POLICY, l->line,
		  arena_printf(rq->mem, "%s%s%s%s", list_name(l), days, *l->reason ? ": " : "", l->reason));
}

static enum st rule_place(struct req *rq, const struct rule_ask *q, struct rule_answer *a)
{
	static const char *const said[] = {
		[ELIGIBLE_OPEN] = "open to everybody",
		[ELIGIBLE_EMAIL] = "open; the registrant's e-mail is checked",
		[ELIGIBLE_REVIEW] = "after a review of the registrant's papers",
		[ELIGIBLE_LICENCE] = "with a licence",
		[ELIGIBLE_RESTRICTED] = "given out by the registry alone",
		[ELIGIBLE_CLOSED] = "closed to new names",
	};
	const struct policy *p = q->at->policy;
	int line = p->line[KEY_GENERAL];
	const char *doc = "";
	for (int i = 0; i < p->nsecond; i++)
		if (p->second[i].name == q->at->under) {
			line = p->second[i].line;
			doc = p->second[i].doc;
		}
	const char *text = arena_printf(rq->mem, "%s: %s%s%s", q->at->under, said[q->at->who], *doc ? ": " : "", doc);
	bool refused = q->at->who == ELIGIBLE_CLOSED || (q->at->who == ELIGIBLE_RESTRICTED && q->registrar);
	return refused ? no(a, R_POLICY, line, text) : yes(a, line, text);
}

/* Rules are checked against the names of the day they are set (policy_store.c); what comes between that day and the day
 * they take effect is asked here. */
static enum st rule_later(struct req *rq, const struct rule_ask *q, struct rule_answer *a)
{
	int64_t from;
	if (place_lost(rq, q->at, &from))
		return rq->err.code;
	if (from)
		return no(a, R_POLICY_VALUE, 0,
			  arena_printf(rq->mem, "would lose its place under the rules from %.10s on",
				       time_iso(rq->mem, from)));
	return yes(a, 0, q->at->next_at ? "keeps its place under rules set for later" : "no rules are set for later");
}

static enum st rule_taken(struct req *rq, const struct rule_ask *q, struct rule_answer *a)
{
	int64_t life;
	if (!q->taken_too)
		return yes(a, 0, "not asked");
	enum st st = sql_number(rq, &life, "SELECT life FROM registry_domain WHERE key = $1", V(q->at->key));
	if (st == ST_NOTFOUND) {
		err_clear(&rq->err);
		return yes(a, 0, "free");
	}
	if (st)
		return st;
	return no(a, R_EXISTS, 0,
		  life == LIFE_PENDING_DELETE || life == LIFE_REDEMPTION ? "In use (pending delete)" : "In use");
}

static const struct {
	const char *name;
	rule_fn ask;
} rules[] = {
	{ "zone", rule_zone },	 { "label", rule_label }, { "length", rule_length },	{ "lists", rule_list },
	{ "place", rule_place }, { "later", rule_later }, { "registered", rule_taken },
};

/* A refusal in few words. */
static const char *brief_of(const char *rule)
{
	static const struct {
		const char *rule, *brief;
	} briefs[] = {
		{ "zone", "Same name as in the main zone" }, { "label", "Label not allowed in this zone" },
		{ "length", "Short labels are closed" },     { "lists", "Reserved or blocked" },
		{ "place", "Not open to registrars" },	     { "later", "Against rules set for later" },
	};
	for (size_t i = 0; i < sizeof briefs / sizeof *briefs; i++)
		if (strcmp(briefs[i].rule, rule) == 0)
			return briefs[i].brief;
	return "";
}

enum st rules_ask(struct req *rq, const struct rule_ask *q, rule_say say, void *ctx)
{
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		struct rule_answer a;
		if (rules[i].ask(rq, q, &a))
			return rq->err.code;
		if (!say(ctx, rules[i].name, &a))
			break;
	}
	return ST_OK;
}

struct first {
	struct rule_answer a;
	const char *rule;
};

static bool first_no(void *ctx, const char *rule, const struct rule_answer *a)
{
	*(struct first *)ctx = (struct first){ *a, rule };
	return a->ok;
}

enum st rules_first(struct req *rq, const struct rule_ask *q, struct outcome *why)
{
	struct first f = { .a.ok = true };
	*why = (struct outcome){ .code = R_DONE };
	if (rules_ask(rq, q, first_no, &f) || f.a.ok)
		return rq->err.code;
	refuse(rq, why, f.a.code, "name", q->at->name, "%s", f.a.text);
	snprintf(why->brief, sizeof why->brief, "%s", brief_of(f.rule));
	err_clear(&rq->err);
	return ST_OK;
}
