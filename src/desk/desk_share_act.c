/* What becomes of a share: the transport's word, the partner's answer, silence. */
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "desk/desk_share_int.h"

/* From which states the partner may say what: bits of 1 << state. Nothing is taken back to "received"; an answer may
 * be changed. What was cancelled has no link that anybody holds. */
#define FROM_OPEN (1u << SHARE_QUEUED | 1u << SHARE_DELIVERED | 1u << SHARE_SILENT | 1u << SHARE_FAILED)
#define FROM_ANY (FROM_OPEN | 1u << SHARE_RECEIVED | 1u << SHARE_HANDLED | 1u << SHARE_REFUSED)
static const struct {
	unsigned from;
	const char *verb;
} answers[SHARE_STATES] = {
	[SHARE_RECEIVED] = { FROM_OPEN, "share-received" },
	[SHARE_HANDLED] = { FROM_ANY, "share-handled" },
	[SHARE_REFUSED] = { FROM_ANY, "share-refused" },
};

static const char *id_text(struct req *rq, const struct desk_share *s)
{
	return arena_printf(rq->mem, "%lld", (long long)s->id);
}

static enum st no_more_waiting(struct req *rq, const struct desk_share *s)
{
	return due_cancel(rq, "share-remind", id_text(rq, s)) ? rq->err.code
							      : due_cancel(rq, "share-silent", id_text(rq, s));
}

/* ── the partner's page ── */

static bool reachable(const struct desk_share *s)
{
	return s->state != SHARE_CANCELLED;
}

static enum st too_strict(struct req *rq, const struct desk_share *s, enum tlp label, bool *yes)
{
	struct desk_partner p;
	if (desk_partner_get(rq, s->handle, &p))
		return rq->err.code;
	p.disabled_at = 0; /* what was shared before stays open */
	*yes = label > s->tlp && share_why_not(&p, label, *s->person != 0) != NULL;
	return ST_OK;
}

enum st share_view(struct req *rq, const char *token, enum lang l, struct share_view *out)
{
	struct case_row c;
	struct desk_class k;
	memset(out, 0, sizeof *out);
	if (share_by_token(rq, token, &out->s))
		return rq->err.code;
	if (!reachable(&out->s))
		return err_set(&rq->err, ST_NOTFOUND, N_("nothing was shared under this link"));
	if (desk_case_of(rq, out->s.case_id, &c) || desk_class_get(rq, c.class_id, &k) ||
	    too_strict(rq, &out->s, c.tlp, &out->withheld))
		return rq->err.code;
	out->label = c.tlp > out->s.tlp ? c.tlp : out->s.tlp;
	if (out->withheld) {
		out->s.text = arena_strdup(rq->mem, "");
		return ST_OK;
	}
	out->title = arena_strdup(rq->mem, tr(l, k.title));
	return share_obs(rq, out->s.case_id, out->s.id, &out->obs, &out->nobs);
}

enum st share_file(struct req *rq, const char *token, enum share_file which, struct buf *out)
{
	struct share_view v;
	struct desk_class k;
	if (share_view(rq, token, LANG_EN, &v) || desk_class_get(rq, v.s.class_id, &k))
		return rq->err.code;
	if (v.withheld)
		return err_set(&rq->err, ST_DENIED, N_("tlp: the case is %s now"), tlp_name(v.label));
	struct share_matter m = { v.s.number, k.id, k.rsit, v.label, v.s.opened_at, v.s.id, v.s.text };
	if (which == SHARE_CSV)
		share_csv(rq->mem, &m, v.obs, v.nobs, out);
	else
		share_xarf_all(rq->mem, &m, v.obs, v.nobs, out);
	return out->bad ? err_set(&rq->err, ST_LIMIT, N_("this file would be too large")) : ST_OK;
}

static enum st keep_answer(struct req *rq, const struct desk_share *s, enum share_state state, const char *text)
{
	int64_t now = clock_now();
	if (no_more_waiting(rq, s) ||
	    sql_run(rq,
		    "UPDATE desk_share SET state = $2, answer_text = $3, received_at = CASE received_at WHEN 0 THEN $4 "
		    "ELSE "
		    "received_at END,"
		    " answered_at = $5, due_at = 0, sent_at = CASE sent_at WHEN 0 THEN $4 ELSE sent_at END WHERE id = "
		    "$1",
		    V(s->id), V(state), V(text), V(now), V(state == SHARE_RECEIVED ? s->answered_at : now)))
		return rq->err.code;
	return share_fact(rq, s, answers[state].verb);
}

enum st share_answer(struct req *rq, void *share_answer)
{
	struct share_answer *a = share_answer;
	struct desk_share s;
	const char *text = a->text ? a->text : "";
	size_t n = strlen(text);
	if (share_by_token(rq, a->token, &s))
		return rq->err.code;
	if (!reachable(&s))
		return err_set(&rq->err, ST_NOTFOUND, N_("nothing was shared under this link"));
	if ((unsigned)a->state >= SHARE_STATES || !answers[a->state].from)
		return err_set(&rq->err, ST_INVALID, N_("answer: received, handled or refused"));
	if (n > SHARE_TEXT_MAX)
		return err_set(&rq->err, ST_INVALID, N_("text: longer than %d bytes"), SHARE_TEXT_MAX);
	if (n && !text_clean(text, n))
		return err_set(&rq->err, ST_INVALID, N_("text: not plain UTF-8 text"));
	snprintf(a->number, sizeof a->number, "%s", s.number);
	if (s.state == a->state && strcmp(s.answer_text, text) == 0)
		return ST_OK; /* the form was sent twice */
	if (!(answers[a->state].from & 1u << s.state))
		return err_set(&rq->err, ST_CONFLICT, N_("you have said already that it was %s"),
			       share_state_name(s.state));
	return keep_answer(rq, &s, a->state, text);
}

/* ── by mail: whoever answers our letter has it ── */

enum st desk_share_replied(struct req *rq, int64_t share)
{
	struct desk_share s;
	if (share_get(rq, share, &s))
		return rq->err.code;
	bool open = answers[SHARE_RECEIVED].from & 1u << s.state;
	return open ? keep_answer(rq, &s, SHARE_RECEIVED, s.answer_text) : ST_OK;
}

/* ── the transport's word ── */

static enum st days_of(struct req *rq, int64_t partner, int64_t *remind, int64_t *silent)
{
	struct rows r;
	*remind = 3;
	*silent = 7;
	if (sql_query(rq, &r,
		      "SELECT y.remind_days, y.silent_days FROM desk_share_policy y WHERE y.kind = (SELECT kind FROM "
		      "desk_partner "
		      "WHERE id = $1) OR y.kind = '*' ORDER BY CASE y.kind WHEN '*' THEN 1 ELSE 0 END LIMIT 1",
		      V(partner)))
		return rq->err.code;
	if (rows_next(&r)) {
		*remind = rows_int(&r, 0);
		*silent = rows_int(&r, 1);
	}
	return rows_end(&r);
}

enum st share_sent(struct req *rq, void *sent_arg)
{
	struct sent_arg *a = sent_arg;
	struct desk_share s;
	int64_t remind, silent, now = clock_now();
	if (share_get(rq, a->notice, &s))
		return rq->err.code;
	if (s.state != SHARE_QUEUED)
		return ST_OK; /* said before, or answered already */
	if (days_of(rq, s.partner, &remind, &silent) ||
	    sql_run(rq, "UPDATE desk_share SET state = $2, sent_at = $3, due_at = $4 WHERE id = $1", V(s.id),
		    V(SHARE_DELIVERED), V(now), V(now + silent * DAY_USEC)) ||
	    due_set(rq, "share-remind", id_text(rq, &s), now + remind * DAY_USEC) ||
	    due_set(rq, "share-silent", id_text(rq, &s), now + silent * DAY_USEC))
		return rq->err.code;
	return share_fact(rq, &s, "share-sent");
}

enum st share_failed(struct req *rq, void *sent_arg)
{
	struct sent_arg *a = sent_arg;
	struct desk_share s;
	if (share_get(rq, a->notice, &s))
		return rq->err.code;
	if (s.state != SHARE_QUEUED && s.state != SHARE_DELIVERED)
		return ST_OK;
	if (no_more_waiting(rq, &s) ||
	    sql_run(rq, "UPDATE desk_share SET state = $2, due_at = 0 WHERE id = $1", V(s.id), V(SHARE_FAILED)) ||
	    share_fact(rq, &s, "share-failed") ||
	    desk_task(rq, s.number, "share-failed", N_("A partner's address does not take our mail: find another")))
		return rq->err.code;
	return desk_case_settle(rq, s.case_id);
}

/* What is still on its way goes no further than the new label lets it. */
enum st desk_shares_hold(struct req *rq, int64_t case_id, enum tlp label)
{
	struct rows r;
	int64_t id[200];
	int n = 0;
	if (sql_query(rq, &r, "SELECT id FROM desk_share WHERE case_id = $1 AND state = $2 ORDER BY id LIMIT 200",
		      V(case_id), V(SHARE_QUEUED)))
		return rq->err.code;
	while (n < 200 && rows_next(&r))
		id[n++] = rows_int(&r, 0);
	if (rows_end(&r))
		return rq->err.code;
	for (int i = 0; i < n; i++) {
		struct desk_share s;
		bool strict = false;
		if (share_get(rq, id[i], &s) || too_strict(rq, &s, label, &strict))
			return rq->err.code;
		if (strict &&
		    (sql_run(rq, "UPDATE desk_share SET state = $2 WHERE id = $1", V(s.id), V(SHARE_CANCELLED)) ||
		     share_fact(rq, &s, "share-cancelled")))
			return rq->err.code;
	}
	return ST_OK;
}

/* ── time ── */

/* The share of a due row; false: it has gone, or is not waited for any more. */
static bool waited_for(struct req *rq, const char *subject, struct desk_share *s)
{
	int64_t id = 0;
	if (!text_int(subject, 1, INT64_MAX, &id))
		return false;
	enum st st = share_get(rq, id, s);
	if (st == ST_NOTFOUND)
		err_clear(&rq->err);
	return !st && s->state == SHARE_DELIVERED;
}

static enum st remind_due(struct req *rq, const char *subject)
{
	struct desk_share s;
	if (!waited_for(rq, subject, &s))
		return rq->err.code;
	if (sql_run(rq, "UPDATE desk_share SET reminded_at = $2 WHERE id = $1", V(s.id), V(clock_now())))
		return rq->err.code;
	return share_fact(rq, &s, "share-reminded");
}

static enum st silent_due(struct req *rq, const char *subject)
{
	struct desk_share s;
	if (!waited_for(rq, subject, &s))
		return rq->err.code;
	if (sql_run(rq, "UPDATE desk_share SET state = $2, due_at = 0 WHERE id = $1", V(s.id), V(SHARE_SILENT)) ||
	    due_cancel(rq, "share-remind", subject) || share_fact(rq, &s, "share-silent") ||
	    desk_task(rq, s.number, "share-silent", N_("A partner did not say that it has what we shared: ask them")))
		return rq->err.code;
	return desk_case_settle(rq, s.case_id);
}

const struct due_kind share_due_kinds[] = {
	{ "share-remind", remind_due },
	{ "share-silent", silent_due },
};
const int share_due_count = sizeof share_due_kinds / sizeof *share_due_kinds;

const struct migration share_migrations[] = {
	{ 262, "shares",
	  "CREATE TABLE desk_share(id SERIAL_ID, case_id BIGINT NOT NULL, partner BIGINT NOT NULL, mail TEXT NOT NULL,"
	  " person TEXT NOT NULL, named_by TEXT NOT NULL, langs TEXT NOT NULL, form TEXT NOT NULL, text TEXT NOT NULL,"
	  " answer_text TEXT NOT NULL, actor TEXT NOT NULL, tlp BIGINT NOT NULL, state BIGINT NOT NULL, nobs BIGINT "
	  "NOT NULL,"
	  " created_at BIGINT NOT NULL, sent_at BIGINT NOT NULL, reminded_at BIGINT NOT NULL, received_at BIGINT NOT "
	  "NULL,"
	  " answered_at BIGINT NOT NULL, due_at BIGINT NOT NULL, token_hash BYTEA NOT NULL UNIQUE, seed BYTEA NOT "
	  "NULL);"
	  "CREATE INDEX desk_share_case ON desk_share(case_id, id);"
	  "CREATE INDEX desk_share_partner ON desk_share(partner, state);"
	  "CREATE TABLE desk_share_obs(share_id BIGINT NOT NULL, obs_id BIGINT NOT NULL, PRIMARY KEY(share_id, "
	  "obs_id));"
	  /* By kind of partner, '*' all others: a reminder after so many days, silent after so many. */
	  "CREATE TABLE desk_share_policy(kind TEXT PRIMARY KEY, remind_days BIGINT NOT NULL, silent_days BIGINT NOT "
	  "NULL);"
	  "INSERT INTO desk_share_policy(kind, remind_days, silent_days) VALUES('*', 3, 7), ('police', 7, 21), "
	  "('regulator', "
	  "7, 21)" },
	{ 0 },
};
