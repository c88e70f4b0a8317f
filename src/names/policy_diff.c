/* What becomes another from one version of a policy to the next, in words that a holder reads. */
#include <string.h>
#include "base/text.h"
#include "names/registrant.h"
#include "names/registry_int.h"

struct diff {
	struct arena *mem;
	enum lang l;
	struct policy_change *out;
	int max, n;
};

static void put(struct diff *d, const char *what, const char *place, const char *was, const char *is, bool holders)
{
	if (strcmp(was, is) == 0 || d->n == d->max)
		return;
	d->out[d->n++] = (struct policy_change){ .what = tr(d->l, what),
						 .place = arena_strdup(d->mem, place),
						 .was = arena_strdup(d->mem, was),
						 .is = arena_strdup(d->mem, is),
						 .holders = holders };
}

/* ── values as words ── */

static const char *span(struct diff *d, int64_t t)
{
	const int64_t minute = 60 * USEC, hour = 60 * minute, day = 24 * hour;
	if (!t)
		return tr(d->l, N_("none"));
	if (t % day == 0)
		return arena_printf(d->mem, tr(d->l, t == day ? N_("%lld day") : N_("%lld days")),
				    (long long)(t / day));
	if (t % hour == 0)
		return arena_printf(d->mem, tr(d->l, N_("%lld h")), (long long)(t / hour));
	return arena_printf(d->mem, tr(d->l, N_("%lld min")), (long long)(t / minute));
}

static const char *range(struct diff *d, int from, int to)
{
	return arena_printf(d->mem, tr(d->l, N_("%d to %d")), from, to);
}

static const char *number(struct diff *d, int n)
{
	return arena_printf(d->mem, "%d", n);
}

static const char *on(struct diff *d, bool yes)
{
	return tr(d->l, yes ? N_("on") : N_("off"));
}

static const char *at_expiry(struct diff *d, enum at_expiry e)
{
	static const char *const words[] = {
		[EXPIRY_SUSPEND] = N_("it is taken out of the net"),
		[EXPIRY_AUTORENEW] = N_("it is renewed by itself"),
		[EXPIRY_DELETE] = N_("it is deleted"),
	};
	return tr(d->l, words[e]);
}

static const char *who_may(struct diff *d, enum eligibility e)
{
	static const char *const words[] = {
		[ELIGIBLE_OPEN] = N_("anybody"),
		[ELIGIBLE_EMAIL] = N_("anybody whose e-mail address answers"),
		[ELIGIBLE_REVIEW] = N_("whoever is let in after a look at papers"),
		[ELIGIBLE_LICENCE] = N_("holders of a licence"),
		[ELIGIBLE_RESTRICTED] = N_("whoever the registry chooses"),
		[ELIGIBLE_CLOSED] = N_("nobody new"),
	};
	return tr(d->l, words[e]);
}

static const char *price(struct diff *d, const struct policy *p, const char *item)
{
	const struct price *pr = policy_price(p, item);
	if (!pr || !pr->amount)
		return tr(d->l, N_("free"));
	const char *money = money_text(d->mem, pr->amount, pr->currency);
	return pr->per_year ? arena_printf(d->mem, tr(d->l, N_("%s a year")), money) : money;
}

/* ── parts ── */

static void graces_of(struct diff *d, const struct policy *a, const struct policy *b)
{
	static const char *const words[GRACES] = {
		[GRACE_ADD] = N_("Money back after registration"),
		[GRACE_RENEW] = N_("Money back after renewal"),
		[GRACE_AUTORENEW] = N_("Money back after a renewal by itself"),
		[GRACE_TRANSFER] = N_("Money back after a transfer"),
		[GRACE_REDEMPTION] = N_("Time to restore a deleted name"),
		[GRACE_PENDING_DELETE] = N_("Time until a deleted name is gone"),
	};
	for (int g = 0; g < GRACES; g++)
		put(d, words[g], "", span(d, a->grace[g]), span(d, b->grace[g]), true);
}

static void prices_of(struct diff *d, const struct policy *a, const struct policy *b)
{
	static const struct {
		const char *item, *word;
		bool holders;
	} rows[] = {
		{ "create", N_("Price of registration"), false },
		{ "renew", N_("Price of renewal"), true },
		{ "transfer", N_("Price of a transfer"), true },
		{ "restore", N_("Price of a restore"), true },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		put(d, rows[i].word, "", price(d, a, rows[i].item), price(d, b, rows[i].item), rows[i].holders);
}

static const struct second_level *second_of(const struct policy *p, const char *name)
{
	for (int i = 0; i < p->nsecond; i++)
		if (!strcmp(p->second[i].name, name))
			return &p->second[i];
	return NULL;
}

static void places_of(struct diff *d, const struct policy *a, const struct policy *b)
{
	const char *word = N_("Who may register"), *none = tr(d->l, N_("no place for names"));
	put(d, word, b->zone ? b->zone : "", who_may(d, a->general), who_may(d, b->general), true);
	for (int i = 0; i < a->nsecond; i++) {
		const struct second_level *is = second_of(b, a->second[i].name);
		put(d, word, a->second[i].name, who_may(d, a->second[i].who), is ? who_may(d, is->who) : none, true);
	}
	for (int i = 0; i < b->nsecond; i++)
		if (!second_of(a, b->second[i].name))
			put(d, word, b->second[i].name, none, who_may(d, b->second[i].who), false);
}

static const char *holidays(struct diff *d, const struct policy *p)
{
	BUF_SCOPE b = { .max = 16 << 10 };
	for (int i = 0; i < p->nholidays; i++)
		buf_printf(&b, "%s%.10s – %.10s", i ? ", " : "", time_iso(d->mem, p->holiday[i].from),
			   time_iso(d->mem, p->holiday[i].to - USEC));
	return b.n ? arena_strdup(d->mem, buf_cstr(&b)) : tr(d->l, N_("none"));
}

static const char *tables(struct diff *d, const struct policy *p)
{
	BUF_SCOPE b = { .max = 4096 };
	for (int i = 0; i < p->ntables; i++)
		buf_printf(&b, "%s%s: %s", i ? ", " : "", p->table_spec[i].lang, p->table_spec[i].file);
	return b.n ? arena_strdup(d->mem, buf_cstr(&b)) : tr(d->l, N_("none"));
}

static bool same_listing(const struct listed_label *a, const struct listed_label *b)
{
	return a->from == b->from && a->to == b->to && !strcmp(a->reason ? a->reason : "", b->reason ? b->reason : "");
}

/* Reserved, blocked and released labels by how many came, went and are listed otherwise (days, reason): there may be
 * thousands. */
static void listed_of(struct diff *d, const struct policy *a, const struct policy *b)
{
	int gone = 0, come = 0, other = 0, i = 0, j = 0;
	while (i < a->nlisted || j < b->nlisted) {
		int c = i == a->nlisted ? 1 : j == b->nlisted ? -1 : strcmp(a->listed[i].key, b->listed[j].key);
		if (c == 0 && a->listed[i].kind != b->listed[j].kind)
			gone++, come++;
		else if (c == 0)
			other += !same_listing(&a->listed[i], &b->listed[j]);
		gone += c < 0;
		come += c > 0;
		i += c <= 0;
		j += c >= 0;
	}
	if (gone || come || other)
		put(d, N_("Reserved, blocked and released labels"), "", number(d, a->nlisted),
		    arena_printf(d->mem, tr(d->l, N_("%d (%d new, %d gone, %d changed)")), b->nlisted, come, gone,
				 other),
		    false);
}

int policy_changes(struct arena *mem, enum lang l, const struct policy *was, const struct policy *is,
		   struct policy_change *out, int max)
{
	struct diff x = { mem, l, out, max, 0 }, *d = &x;
	const char *none = "–";
	put(d, N_("At expiry"), "", at_expiry(d, was->expiry), at_expiry(d, is->expiry), true);
	put(d, N_("Time to renew after expiry"), "", span(d, was->expiry_grace), span(d, is->expiry_grace), true);
	put(d, N_("Names that were not renewed are released after"), "", span(d, was->release_from),
	    span(d, is->release_from), true);
	put(d, N_("Releases are spread over"), "", span(d, was->release_spread), span(d, is->release_spread), false);
	graces_of(d, was, is);
	prices_of(d, was, is);
	places_of(d, was, is);
	put(d, N_("Years of registration"), "", range(d, was->term_min, was->term_max),
	    range(d, is->term_min, is->term_max), true);
	put(d, N_("A transfer that nobody answers goes through after"), "", span(d, was->transfer_wait),
	    span(d, is->transfer_wait), true);
	put(d, N_("Name servers of a name"), "", range(d, was->ns_min, was->ns_max), range(d, is->ns_min, is->ns_max),
	    true);
	put(d, N_("Lock at the registry"), "", on(d, was->registry_lock), on(d, is->registry_lock), true);
	put(d, N_("Wait for an answer from the registrant's address"), "", span(d, was->email_check_wait),
	    span(d, is->email_check_wait), false);
	put(d, N_("A transfer code that the holder fetched is good for"), "", span(d, was->authinfo_life),
	    span(d, is->authinfo_life), false);
	put(d, N_("Wait for the report of a restore"), "", span(d, was->restore_report), span(d, is->restore_report),
	    false);
	put(d, N_("Shortest label"), "", number(d, was->label_min), number(d, is->label_min), false);
	put(d, N_("Same names under"), "", was->variant_zone ? was->variant_zone : none,
	    is->variant_zone ? is->variant_zone : none, true);
	put(d, N_("Holidays"), "", holidays(d, was), holidays(d, is), false);
	put(d, N_("Tables of letters"), "", tables(d, was), tables(d, is), false);
	listed_of(d, was, is);
	return d->n;
}

enum st policy_touched(struct req *rq, const char *zone, const struct policy_change *c, int n, int64_t *names)
{
	struct rows r;
	*names = 0;
	if (sql_query(rq, &r, "SELECT place, count(*) FROM registry_domain WHERE zone = $1 GROUP BY place", V(zone)))
		return rq->err.code;
	while (rows_next(&r)) {
		bool yes = false;
		for (int i = 0; i < n && !yes; i++)
			yes = c[i].holders && (!*c[i].place || !strcmp(c[i].place, rows_text(&r, 0)));
		*names += yes ? rows_int(&r, 1) : 0;
	}
	return rows_end(&r);
}
