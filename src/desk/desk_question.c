/* What a reporter asks and what we answer: between that reporter and staff, nobody else in the case. */
#include <string.h>
#include "base/clock.h"
#include "desk/desk_question.h"
#include "desk/desk_int.h"
#include "who/permit.h"

const struct migration desk_question_migrations[] = {
	{ 317, "desk questions",
	  "CREATE TABLE desk_question(id SERIAL_ID, report_id BIGINT NOT NULL, text TEXT NOT NULL, asked_at BIGINT NOT "
	  "NULL, answer TEXT NOT NULL, answered_at BIGINT NOT NULL, actor TEXT NOT NULL);"
	  "CREATE INDEX desk_question_report ON desk_question(report_id, id)" },
	{ 0 },
};

static const char task_kind[] = "question";

static enum st check_words(struct req *rq, const char *text)
{
	size_t n = text ? strlen(text) : 0;
	if (n == 0 || !text[strspn(text, " \t\r\n")])
		return err_set(&rq->err, ST_INVALID, N_("text: nothing was written"));
	if (n > WORDS_MAX)
		return err_set(&rq->err, ST_INVALID, N_("text: longer than %d bytes"), WORDS_MAX);
	return text_clean(text, n) ? ST_OK : err_set(&rq->err, ST_INVALID, N_("text: not plain UTF-8 text"));
}

static enum st question_fact(struct req *rq, const char *number, const char *verb, const struct report_row *row,
			     int64_t id)
{
	char *payload = arena_printf(rq->mem, "{\"report\":%lld,\"question\":%lld}", (long long)row->id, (long long)id);
	return desk_fact(rq, number, verb, payload, row->person);
}

/* ── asking ── */

static enum st may_ask(struct req *rq, const struct report_row *row)
{
	int64_t all = 0, wait = 0;
	if (row->withdrawn_at)
		return err_set(&rq->err, ST_CONFLICT, N_("this report was withdrawn"));
	if (sql_number(rq, &all, "SELECT count(*) FROM desk_question WHERE report_id = $1", V(row->id)) ||
	    sql_number(rq, &wait, "SELECT count(*) FROM desk_question WHERE report_id = $1 AND answered_at = 0",
		       V(row->id)))
		return rq->err.code;
	if (all >= QUESTIONS_MAX || wait >= QUESTIONS_WAIT)
		return err_set(&rq->err, ST_LIMIT, N_("no more can be asked before we have answered"));
	return ST_OK;
}

/* Also of a case that is closed: its reporter may want to know why. */
enum st desk_question_ask(struct req *rq, void *reporter_arg)
{
	struct reporter_arg *a = reporter_arg;
	struct report_row row;
	struct case_row c;
	int64_t id = 0;
	if (desk_report_by_token(rq, a->token, &row) || desk_case_of(rq, row.case_id, &c) || check_words(rq, a->text) ||
	    may_ask(rq, &row))
		return rq->err.code;
	if (sql_number(rq, &id,
		       "INSERT INTO desk_question(report_id, text, asked_at, answer, answered_at, actor) VALUES($1, "
		       "$2, $3, '', 0, '') RETURNING id",
		       V(row.id), V(a->text), V(clock_now())) ||
	    question_fact(rq, c.number, "question-asked", &row, id) ||
	    desk_task(rq, c.number, task_kind, N_("A reporter asks something: answer them")))
		return rq->err.code;
	return desk_case_settle(rq, c.id);
}

/* ── answering ── */

enum st desk_question_get(struct req *rq, int64_t id, struct case_question *out)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "SELECT id, report_id, text, asked_at, answer, answered_at, actor FROM desk_question WHERE id = "
		      "$1",
		      V(id)))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found)
		*out = (struct case_question){ rows_int(&r, 0), rows_int(&r, 1), rows_dup(&r, 2), rows_int(&r, 3),
					       rows_dup(&r, 4), rows_int(&r, 5), rows_dup(&r, 6) };
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "there is no question %lld", (long long)id);
}

/* The task is done once nobody of this case waits for an answer. */
static enum st task_end(struct req *rq, const struct case_row *c)
{
	int64_t left = 0;
	if (sql_number(rq, &left,
		       "SELECT count(*) FROM desk_question q JOIN desk_report r ON r.id = q.report_id WHERE r.case_id "
		       "= $1 AND q.answered_at = 0 AND r.withdrawn_at = 0",
		       V(c->id)))
		return rq->err.code;
	return left ? ST_OK : desk_tasks_finish(rq, c->number, task_kind);
}

static enum st own_question(struct req *rq, const struct case_row *c, int64_t id, struct report_row *row)
{
	struct case_question q = { 0 };
	if (desk_question_get(rq, id, &q) || desk_report_get(rq, q.report, row))
		return rq->err.code;
	if (row->case_id != c->id)
		return err_set(&rq->err, ST_NOTFOUND, "case %s has no question %lld", c->number, (long long)id);
	if (q.answered_at)
		return err_set(&rq->err, ST_CONFLICT, N_("this question was answered already"));
	return row->withdrawn_at
		       ? err_set(&rq->err, ST_CONFLICT, N_("the report was withdrawn: its reporter wants no mail"))
		       : ST_OK;
}

enum st desk_question_answer(struct req *rq, void *act)
{
	const struct desk_act *a = act;
	struct case_row c;
	struct report_row row;
	if (desk_case_take(rq, MAY_WRITE_PARTY, a->number, &c) || desk_case_move(rq, &c, CASE_EV_SPEAK) ||
	    check_words(rq, a->text) || own_question(rq, &c, a->id, &row))
		return rq->err.code;
	if (sql_run(rq, "UPDATE desk_question SET answer = $2, answered_at = $3, actor = $4 WHERE id = $1", V(a->id),
		    V(a->text), V(clock_now()), V(rq->who ? rq->who->id : "")) ||
	    question_fact(rq, c.number, "question-answered", &row, a->id) || task_end(rq, &c))
		return rq->err.code;
	return desk_case_settle(rq, c.id);
}

/* ── looking ── */

enum st desk_questions(struct req *rq, int64_t case_id, int64_t report, struct case_question *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(
		    rq, &r,
		    "SELECT q.id, q.report_id, q.text, q.asked_at, q.answer, q.answered_at, q.actor FROM desk_question "
		    "q JOIN desk_report r ON r.id = q.report_id WHERE r.case_id = $1 AND (r.id = $2 OR $2 = 0) ORDER "
		    "BY CASE q.answered_at WHEN 0 THEN 0 ELSE 1 END, q.id DESC LIMIT $3",
		    V(case_id), V(report), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] =
			(struct case_question){ rows_int(&r, 0), rows_int(&r, 1), rows_dup(&r, 2), rows_int(&r, 3),
						rows_dup(&r, 4), rows_int(&r, 5), rows_dup(&r, 6) };
	return rows_end(&r);
}

/* ── forgetting, telling ── */

enum st desk_questions_forget(struct req *rq, int64_t case_id, int64_t person)
{
	if (person)
		return sql_run(
			rq,
			"DELETE FROM desk_question WHERE report_id IN (SELECT id FROM desk_report WHERE person = "
			"$1 AND person <> 0)",
			V(person));
	return sql_run(rq,
		       "DELETE FROM desk_question WHERE report_id IN (SELECT id FROM desk_report WHERE case_id = $1)",
		       V(case_id));
}

enum st desk_questions_export(struct req *rq, int64_t report, struct jw *w)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "SELECT asked_at, text, answered_at, answer FROM desk_question WHERE report_id = $1 ORDER BY id",
		      V(report)))
		return rq->err.code;
	j_arr(w, "questions");
	while (!w->b->bad && rows_next(&r)) {
		j_obj(w, NULL);
		j_time(w, "at", rows_int(&r, 0));
		j_str(w, "text", rows_text(&r, 1));
		j_time(w, "answered_at", rows_int(&r, 2));
		j_str(w, "answer", rows_text(&r, 3));
		j_end(w);
	}
	j_end(w);
	return rows_end(&r);
}
