/* The case's own row: found, recounted, shut. */
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "desk/desk_int.h"
#include "who/privacy.h"
#include "work/due.h"

enum st desk_fact(struct req *rq, const char *number, const char *verb, const char *payload, int64_t person)
{
	return journal_append(rq, &(struct fact){ "desk", number, verb, payload, person });
}

enum st desk_task(struct req *rq, const char *number, const char *kind, const char *text)
{
	int64_t id = 0;
	return task_add(rq, kind, number, text, &id);
}

enum st desk_number_next(struct req *rq, int64_t at, char out[NUMBER_SIZE])
{
	char series[32];
	int64_t n = 0;
	snprintf(series, sizeof series, "case-%d", time_year(at));
	if (store_next(rq, series, &n))
		return rq->err.code;
	snprintf(out, NUMBER_SIZE, "NC-%d-%06lld", time_year(at), (long long)n);
	return ST_OK;
}

#define CASE_COLUMNS                                                                                                   \
	"id, number, class, state, record_only, opened_at, closed_at, queue, waiting, tasks, tlp, merged_into, "       \
	"severity"

static enum st case_of(struct req *rq, struct rows *r, struct case_row *out)
{
	bool found = rows_next(r);
	if (found)
		*out = (struct case_row){ .id = rows_int(r, 0),
					  .number = rows_dup(r, 1),
					  .class_id = rows_dup(r, 2),
					  .state = (enum case_state)rows_int(r, 3),
					  .record_only = rows_int(r, 4) != 0,
					  .opened_at = rows_int(r, 5),
					  .closed_at = rows_int(r, 6),
					  .at = { (int)rows_int(r, 7), (int)rows_int(r, 8), (int)rows_int(r, 9) },
					  .tlp = (enum tlp)rows_int(r, 10),
					  .merged_into = rows_int(r, 11),
					  .severity = rows_dup(r, 12) };
	if (rows_end(r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, N_("no such case"));
}

#define CASE_BY(column) "SELECT " CASE_COLUMNS " FROM desk_case WHERE " column " = $1"

enum st desk_case_get(struct req *rq, const char *number, struct case_row *out)
{
	struct rows r;
	const char *sql = SQL_HELD(rq, CASE_BY("number"));
	if (sql_query(rq, &r, sql, V(number ? number : "")))
		return rq->err.code;
	return case_of(rq, &r, out);
}

enum st desk_case_of(struct req *rq, int64_t id, struct case_row *out)
{
	struct rows r;
	const char *sql = SQL_HELD(rq, CASE_BY("id"));
	if (sql_query(rq, &r, sql, V(id)))
		return rq->err.code;
	return case_of(rq, &r, out);
}

enum st desk_case_hold(struct req *rq, int64_t id)
{
	struct case_row c;
	return store_must_hold(rq) ? desk_case_of(rq, id, &c) : ST_OK;
}

enum st desk_case_hold_of(struct req *rq, const char *sql, struct val by)
{
	int64_t id = 0;
	if (!store_must_hold(rq))
		return ST_OK;
	enum st st = sql_number_vals(rq, &id, sql, &by, 1);
	if (st == ST_NOTFOUND) /* whoever reads it says so */
		return err_clear(&rq->err), ST_OK;
	return st ? st : desk_case_hold(rq, id);
}

/* ── recounting ── */

struct tally {
	int in[NOTICE_STATES], told;
	int64_t due_at;
	bool sent;
};

static enum st count_notices(struct req *rq, int64_t id, struct tally *t)
{
	struct rows r;
	*t = (struct tally){ .told = -1 };
	if (sql_query(rq, &r, "SELECT state, role, due_at, sent_at FROM desk_notice WHERE case_id = $1 ORDER BY id",
		      V(id)))
		return rq->err.code;
	while (rows_next(&r)) {
		int state = (int)rows_int(&r, 0);
		int64_t due = rows_int(&r, 2);
		if (state < 0 || state >= NOTICE_STATES)
			continue;
		t->in[state]++;
		t->sent |= rows_int(&r, 3) != 0;
		if (state == NOTICE_SENT && due && (!t->due_at || due < t->due_at))
			t->due_at = due;
		if (state <= NOTICE_SENT)
			t->told = (int)rows_int(&r, 1);
	}
	return rows_end(&r);
}

static enum case_state state_of(const struct tally *t)
{
	int open = t->in[NOTICE_WAITING] + t->in[NOTICE_APPROVED] + t->in[NOTICE_SENT];
	if (t->in[NOTICE_ANSWERED] && !open)
		return CASE_ANSWERED;
	if (t->sent)
		return CASE_NOTIFIED;
	return t->in[NOTICE_APPROVED] ? CASE_TRIAGED : CASE_RECEIVED;
}

static int64_t soonest(int64_t due, const struct task *task, int n)
{
	for (int i = 0; i < n; i++)
		if (task[i].due_at && (!due || task[i].due_at < due))
			due = task[i].due_at;
	return due;
}

enum st desk_case_settle(struct req *rq, int64_t id)
{
	struct case_row c;
	struct tally t;
	struct task *tasks = arena_array(rq->mem, struct task, TASKS_MAX);
	int ntasks = 0;
	if (desk_case_of(rq, id, &c) || count_notices(rq, id, &t) ||
	    task_list(rq, c.number, true, tasks, TASKS_MAX, &ntasks))
		return rq->err.code;
	bool closed = c.state == CASE_CLOSED, verified = c.state == CASE_VERIFIED;
	bool party = t.in[NOTICE_APPROVED] + t.in[NOTICE_SENT] > 0 && !t.in[NOTICE_WAITING] && !ntasks && !verified;
	int64_t due = closed || verified ? 0 : soonest(t.due_at, tasks, ntasks);
	struct standing now = { closed	? TURN_CLOSED
				: party ? TURN_PARTY
					: TURN_US,
				closed ? 0 : t.in[NOTICE_WAITING], closed ? 0 : ntasks };
	if (desk_tally_move(rq, &c.at, &now))
		return rq->err.code;
	return sql_run(rq,
		       "UPDATE desk_case SET state = $2, queue = $3, sort_at = $4, changed_at = $5, due_at = $6, "
		       "waiting = $7, tasks = $8,"
		       " told = $9 WHERE id = $1",
		       V(id), V(closed || verified ? c.state : state_of(&t)), V(now.queue),
		       V(closed ? SORT_CLOSED - c.closed_at
			 : due	? due
				: c.opened_at),
		       V(clock_now()), V(due), V(now.waiting), V(now.tasks), V(t.told));
}

enum st desk_note_write(struct req *rq, int64_t case_id, const char *text, int64_t *id)
{
	*id = 0;
	if (!text || !*text)
		return ST_OK;
	return sql_number(rq, id, "INSERT INTO desk_note(case_id, text, actor, at) VALUES($1, $2, $3, $4) RETURNING id",
			  V(case_id), V(text), V(rq->who ? rq->who->id : ""), V(clock_now()));
}

/* ── shutting ── */

static enum st still_one(struct req *rq, const struct notice_row *n, void *number)
{
	return n->state == NOTICE_SENT ? due_cancel(rq, "notice-due", arena_printf(rq->mem, "%lld", (long long)n->id))
				       : desk_notice_cancel_row(rq, n, number);
}

enum st desk_case_still(struct req *rq, const struct case_row *c)
{
	return desk_notices_each(rq, c->id, 1u << NOTICE_WAITING | 1u << NOTICE_APPROVED | 1u << NOTICE_SENT, still_one,
				 c->number);
}

enum st desk_case_shut(struct req *rq, const struct case_row *c, const char *reason, const char *text)
{
	int64_t now = clock_now(), note = 0;
	if (desk_case_still(rq, c))
		return rq->err.code;
	if (desk_note_write(rq, c->id, text, &note))
		return rq->err.code;
	if (sql_run(rq, "UPDATE desk_case SET state = $2, closed_at = $3, close_reason = $4 WHERE id = $1", V(c->id),
		    V(CASE_CLOSED), V(now), V(reason)) ||
	    sql_run(rq, "UPDATE desk_observable SET open = 0 WHERE case_id = $1", V(c->id)) ||
	    due_set(rq, "case-retention", c->number, now + privacy_keep("desk_report")) ||
	    due_set(rq, "address-retention", c->number, now + privacy_keep("who_person")))
		return rq->err.code;
	char *payload = arena_printf(rq->mem, "{\"reason\":\"%s\",\"note\":%lld}", reason, (long long)note);
	return desk_fact(rq, c->number, "case-closed", payload, 0) ? rq->err.code : desk_case_settle(rq, c->id);
}
