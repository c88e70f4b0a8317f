/* The party's page: what is wrong, until when, and its answer. Whoever holds the link may answer; no account. */
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "desk/desk_int.h"
#include "work/due.h"

enum { ANSWER_MAX = 10000, SHARED_MAX = 5 };

/* A notice nobody was sent yet has no link that anybody could hold. */
static bool reachable(const struct notice_row *n)
{
	return n->sent_at || n->state == NOTICE_APPROVED;
}

static const char *lead_of(const char *class_id, enum link_role role)
{
	if (role != LINK_HOLDER)
		return N_("The party before you in the line of responsibility has not acted, or this is yours to "
			  "decide. Tell us what you did.");
	if (strcmp(class_id, "vulnerable") == 0)
		return N_("Somebody could break in. Nothing happened yet as far as we know. Tell us what you did.");
	return N_("Somebody may have broken in without your knowledge. That happens often, and it is not held against "
		  "you. "
		  "Tell us what you did.");
}

/* Words under a label of their own that keeps them from holders stay here, whatever the case's label is. */
static enum st shared_words(struct req *rq, int64_t case_id, int64_t notice, char **out)
{
	struct rows r;
	*out = NULL;
	if (sql_query(rq, &r,
		      "SELECT DISTINCT r.id, r.words, r.tlp FROM desk_report r WHERE r.case_id = $1 AND r.share_words "
		      "= 1 AND "
		      "r.withdrawn_at = 0"
		      " AND r.erased_at = 0 AND r.words <> '' AND (EXISTS (SELECT 1 FROM desk_observable o JOIN "
		      "desk_notice_obs no ON"
		      " no.obs_id = o.id WHERE o.report_id = r.id AND no.notice_id = $2) OR EXISTS (SELECT 1 FROM "
		      "desk_report_obs ro"
		      " JOIN desk_notice_obs no ON no.obs_id = ro.obs_id WHERE ro.report_id = r.id AND no.notice_id = "
		      "$2))"
		      " ORDER BY r.id LIMIT $3",
		      V(case_id), V(notice), V(SHARED_MAX)))
		return rq->err.code;
	while (rows_next(&r))
		if (rows_int(&r, 2) < 0 || tlp_allows((enum tlp)rows_int(&r, 2), TLP_TO_HOLDER))
			*out = *out ? arena_printf(rq->mem, "%s\n\n%s", *out, rows_text(&r, 1)) : rows_dup(&r, 1);
	return rows_end(&r);
}

static int64_t latest(const struct notice_row *n)
{
	int64_t now = clock_now(), a = now + NEED_UNTIL_DAYS * DAY_USEC,
		b = (n->sent_at ? n->sent_at : now) + NEED_TOTAL_DAYS * DAY_USEC;
	return a < b ? a : b;
}

enum st desk_answer_view(struct req *rq, const char *token, enum lang l, struct answer_view *out)
{
	struct notice_row n;
	struct case_row c;
	struct desk_class k;
	if (desk_notice_by_token(rq, token, &n))
		return rq->err.code;
	if (!reachable(&n))
		return err_set(&rq->err, ST_NOTFOUND, N_("no such notice"));
	if (desk_case_of(rq, n.case_id, &c) || desk_class_get(rq, c.class_id, &k))
		return rq->err.code;
	*out = (struct answer_view){ .id = n.id,
				     .number = c.number,
				     .class_title = arena_strdup(rq->mem, tr(l, k.title)),
				     .rsit = k.rsit,
				     .tlp = c.tlp,
				     .lead = arena_strdup(rq->mem, tr(l, lead_of(k.id, n.role))),
				     .lang = lang_of(n.lang),
				     .state = n.state,
				     .role = n.role,
				     .party = n.party,
				     .email = n.email,
				     .sent_at = n.sent_at,
				     .due_at = n.due_at,
				     .until = n.until,
				     .answer = n.answer,
				     .answer_text = n.answer_text,
				     .answered_at = n.answered_at,
				     .closed = c.state == CASE_CLOSED,
				     .max_until = latest(&n) };
	if (desk_obs_of(rq, 0, 0, n.id, &out->obs, &out->nobs))
		return rq->err.code;
	/* What a stricter report brought later is not for a party that was told before. */
	return tlp_allows(c.tlp, TLP_TO_HOLDER) ? shared_words(rq, c.id, n.id, &out->words) : ST_OK;
}

/* ── answering ── */

static enum st check_answer(struct req *rq, const struct answer_arg *a, const struct notice_row *n,
			    const struct case_row *c)
{
	size_t len = a->text ? strlen(a->text) : 0;
	if (!reachable(n))
		return err_set(&rq->err, ST_NOTFOUND, N_("no such notice"));
	if (n->state == NOTICE_CANCELLED)
		return err_set(&rq->err, ST_CONFLICT, N_("this notice was taken back; nothing needs to be answered"));
	int next;
	if (desk_case_may(rq, c, CASE_EV_ANSWER, &next))
		return rq->err.code;
	if ((unsigned)a->kind >= ANSWER_KINDS)
		return err_set(&rq->err, ST_INVALID, N_("answer: fixed, false-alarm, need-until or not-ours"));
	if (len > ANSWER_MAX)
		return err_set(&rq->err, ST_INVALID, N_("text: longer than %d bytes"), ANSWER_MAX);
	if (len && !text_clean(a->text, len))
		return err_set(&rq->err, ST_INVALID, N_("text: not plain UTF-8 text"));
	if (a->kind != ANSWER_NEED_UNTIL)
		return ST_OK;
	if (n->state == NOTICE_SILENT)
		return err_set(&rq->err, ST_CONFLICT,
			       N_("until: the deadline has passed and the next party has been told"));
	if (a->until <= clock_now() || a->until > latest(n))
		return err_set(&rq->err, ST_INVALID, N_("until: a time from now until %s is needed"),
			       time_iso(rq->mem, latest(n)));
	return ST_OK;
}

/* Of the notice too: two parties may choose the same key. */
static struct hash key_of(struct req *rq, const struct answer_arg *a, const struct notice_row *n)
{
	char *text = arena_printf(rq->mem, "%lld %s", (long long)n->id, a->key ? a->key : "");
	return hash_of(text, strlen(text));
}

static enum st keep_answer(struct req *rq, const struct answer_arg *a, const struct notice_row *n,
			   const struct case_row *c)
{
	struct hash key = key_of(rq, a, n);
	const char *text = a->text ? a->text : "";
	bool wait = a->kind == ANSWER_NEED_UNTIL;
	int64_t now = clock_now();
	if (sql_run(rq,
		    "INSERT INTO desk_answer(notice_id, kind, text, until_at, at, idem) VALUES($1, $2, $3, $4, $5, $6)",
		    V(n->id), V(a->kind), V(text), V(wait ? a->until : 0), V(now),
		    a->key ? V_BLOB(key.b, HASH_LEN) : V_NULL) ||
	    sql_run(rq,
		    "UPDATE desk_notice SET state = $2, answer = $3, answer_text = $4, answered_at = $5, until_at = "
		    "$6, due_at = $6,"
		    " sent_at = CASE sent_at WHEN 0 THEN $5 ELSE sent_at END WHERE id = $1",
		    V(n->id), V(wait ? NOTICE_SENT : NOTICE_ANSWERED), V(a->kind), V(text), V(now),
		    V(wait ? a->until : 0)) ||
	    desk_first_answer(rq, n->case_id))
		return rq->err.code;
	return wait ? desk_climb_pause(rq, n, c, a->until) : desk_climb_end(rq, n->id);
}

/* What an answer asks of us. */
static enum st follow_up(struct req *rq, const struct answer_arg *a, const struct notice_row *n,
			 const struct case_row *c)
{
	switch (a->kind) {
	case ANSWER_FIXED:
		return desk_task(rq, c->number, "verify", N_("Check that it is fixed, then close the case"));
	case ANSWER_FALSE_ALARM:
		return desk_task(rq, c->number, "verify", N_("The party says it is a false alarm: check the report"));
	case ANSWER_NOT_OURS:
		if (desk_task(rq, c->number, "contact", N_("The party says it is not theirs: check whose it is")))
			return rq->err.code;
		return n->state == NOTICE_SILENT ? ST_OK : desk_notice_next(rq, n, "not-ours");
	case ANSWER_NEED_UNTIL:
	case ANSWER_KINDS:
		break;
	}
	return ST_OK;
}

/* ── the same answer again ── */

static bool says_same(const struct answer_arg *a, enum answer_kind kind, const char *text, int64_t until)
{
	return kind == a->kind && strcmp(text, a->text ? a->text : "") == 0 &&
	       (kind != ANSWER_NEED_UNTIL || until == a->until);
}

static enum st came_with_key(struct req *rq, const struct answer_arg *a, const struct notice_row *n, bool *again)
{
	struct rows r;
	struct hash key = key_of(rq, a, n);
	bool other = false;
	if (sql_query(rq, &r, "SELECT kind, text, until_at FROM desk_answer WHERE notice_id = $1 AND idem = $2",
		      V(n->id), V_BLOB(key.b, HASH_LEN)))
		return rq->err.code;
	while (rows_next(&r)) {
		bool same = says_same(a, (enum answer_kind)rows_int(&r, 0), rows_text(&r, 1), rows_int(&r, 2));
		*again |= same;
		other |= !same;
	}
	if (rows_end(&r))
		return rq->err.code;
	return other ? err_set(&rq->err, ST_CONFLICT,
			       N_("another answer came with this key; a new one needs a key of its own"))
		     : ST_OK;
}

/* What stands already: the form was sent twice, or a program did not hear that it arrived. */
static enum st answered_before(struct req *rq, const struct answer_arg *a, const struct notice_row *n, bool *again)
{
	bool waits = n->state == NOTICE_SENT && n->until;
	*again = (n->state == NOTICE_ANSWERED || waits) && says_same(a, n->answer, n->answer_text, n->until);
	return *again || !a->key ? ST_OK : came_with_key(rq, a, n, again);
}

enum st desk_answer_write(struct req *rq, void *answer_arg)
{
	struct answer_arg *a = answer_arg;
	struct notice_row n;
	struct case_row c;
	bool again = false;
	if (desk_notice_by_token(rq, a->token, &n) || desk_case_of(rq, n.case_id, &c) ||
	    (reachable(&n) && answered_before(rq, a, &n, &again)))
		return rq->err.code;
	snprintf(a->number, sizeof a->number, "%s", c.number);
	if (again)
		return ST_OK;
	if (check_answer(rq, a, &n, &c))
		return rq->err.code;
	bool again_not_ours = a->kind == ANSWER_NOT_OURS && n.state == NOTICE_ANSWERED && n.answer == ANSWER_NOT_OURS;
	char *payload = arena_printf(rq->mem, "{\"notice\":%lld,\"role\":%d,\"answer\":\"%s\",\"until\":%lld}",
				     (long long)n.id, (int)n.role, answer_kind_name(a->kind),
				     a->kind == ANSWER_NEED_UNTIL ? (long long)a->until : 0LL);
	if (desk_case_move(rq, &c, CASE_EV_ANSWER) || keep_answer(rq, a, &n, &c) ||
	    desk_fact(rq, c.number, "notice-answered", payload, 0) || (!again_not_ours && follow_up(rq, a, &n, &c)))
		return rq->err.code;
	return desk_case_settle(rq, c.id);
}
