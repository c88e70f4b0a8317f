/* review list|approve|refuse: may this registrant have names at a place that is not open to everybody? */
#include <stdio.h>
#include <string.h>
#include "base/idn.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "names/registry.h"

enum { REVIEWS = 5000 };

static const char *const states[] = { "open", "approved", "refused" };

static void review_json(struct jw *w, const struct review *v)
{
	j_obj(w, NULL);
	j_str(w, "contact", v->contact);
	j_str(w, "place", v->place);
	j_str(w, "state", states[v->state]);
	j_time(w, "asked_at", v->asked_at);
	j_time(w, "decided_at", v->decided_at);
	j_str(w, "decided_by", v->decided_by);
	j_str(w, "reason", v->reason);
	j_end(w);
}

static int run_list(struct cli *c)
{
	static const char *const heads[] = { "REGISTRANT", "PLACE", "STATE", "ASKED", "DECIDED", "BY", "REASON" };
	struct review *v = arena_array(c->mem, struct review, REVIEWS);
	int n;
	if (review_list(&c->rq, !opt_on(c, "--all"), v, REVIEWS, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 7);
	BUF_SCOPE b = { .max = (size_t)16 << 20 };
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		const struct review *r = &v[i];
		table_row(t, (const char *[]){ r->contact, name_unicode(c->mem, r->place), states[r->state],
					       time_iso(c->mem, r->asked_at),
					       r->decided_at ? time_iso(c->mem, r->decided_at) : "-",
					       r->decided_by ? r->decided_by : "-", r->reason ? r->reason : "-" });
		review_json(&w, r);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

/* ── deciding ── */

struct decision {
	const char *contact, *place, *reason;
	bool approve;
};

/* A place where nobody is reviewed takes no decision: it would never be asked for. */
static enum st reviewed_place(struct req *rq, const char *place)
{
	struct placed at;
	if (policy_place(rq, arena_printf(rq->mem, "a.%s", place), 0, &at))
		return rq->err.code;
	if (strcmp(at.under, place) != 0 || (at.who != ELIGIBLE_REVIEW && at.who != ELIGIBLE_LICENCE))
		return err_set(&rq->err, ST_INVALID, "registrants at %.200s are not reviewed", place);
	return ST_OK;
}

static enum st do_decide(struct req *rq, void *arg)
{
	const struct decision *d = arg;
	if (reviewed_place(rq, d->place))
		return rq->err.code;
	return review_decide(rq, d->contact, d->place, d->approve, d->reason);
}

static int decide(struct cli *c, bool approve)
{
	const char *reason = opt(c, "--reason");
	const char *place = name_ascii(c->mem, c->arg[1], true, &c->err);
	struct decision d = { c->arg[0], place, reason ? reason : "", approve };
	if (!place)
		return cli_fail(c, "%s", c->err.msg);
	if (!approve && !*d.reason)
		return cli_usage(c, "--reason TEXT is needed: who is refused is told why");
	if (strlen(d.reason) > 200 || !text_clean(d.reason, strlen(d.reason)))
		return cli_usage(c, "--reason: at most 200 bytes of text on one line");
	if (store_write(c->store, &c->rq, do_decide, &d))
		return cli_fail_rq(c);
	if (c->json) {
		BUF_SCOPE b = BUF_INIT;
		struct jw w = jw_of(&b);
		j_obj(&w, NULL);
		j_str(&w, "contact", d.contact);
		j_str(&w, "place", d.place);
		j_str(&w, "state", states[approve ? 1 : 2]);
		j_end(&w);
		puts(buf_cstr(&b));
	} else {
		printf("%s %s names at %s.\n", d.contact, approve ? "may register" : "may not register",
		       name_unicode(c->mem, d.place));
	}
	return DONE;
}

static int run_approve(struct cli *c)
{
	return decide(c, true);
}

static int run_refuse(struct cli *c)
{
	return decide(c, false);
}

static const struct option_row list_options[] = { { "--all", NULL, "those that are decided too" }, { 0 } };
static const struct option_row reason_options[] = { { "--reason", "TEXT", "why" }, { 0 } };

const struct command review_commands[] = {
	{ "review", "list", NULL, "Registrants that wait to be let in where not everybody may register", 0, 0,
	  NEED_STORE, list_options, run_list },
	{ "review", "approve", "CONTACT PLACE", "Lets a registrant have names there; those that wait are registered", 2,
	  2, NEED_STORE, reason_options, run_approve },
	{ "review", "refuse", "CONTACT PLACE", "Refuses a registrant there; names that wait are dropped and refunded",
	  2, 2, NEED_STORE, reason_options, run_refuse },
	{ 0 },
};
