#include "work/task.h"
#include "base/clock.h"
#include "base/text.h"
#include "store/journal.h"
#include "work/due.h"
#include <string.h>

enum { KIND_MAX = 64, SUBJECT_MAX = 300, TEXT_MAX = 1000 };

/* Short enough together for an index row of either database. */
const struct migration task_migrations[] = {
	{ 60, "task",
	  "CREATE TABLE work_task (id SERIAL_ID, kind TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL,"
	  " created_at BIGINT NOT NULL, done_at BIGINT NOT NULL, done_by TEXT NOT NULL);"
	  "CREATE UNIQUE INDEX work_task_open ON work_task (kind, subject, text) WHERE done_at = 0;"
	  "CREATE INDEX work_task_subject ON work_task (subject);" },
	{ 280, "task_due",
	  "ALTER TABLE work_task ADD COLUMN due_at BIGINT NOT NULL DEFAULT 0;"
	  "ALTER TABLE work_task ADD COLUMN role TEXT NOT NULL DEFAULT ''" },
	{ 326, "task_waits", "CREATE INDEX work_task_waits ON work_task(id) WHERE done_at = 0" },
	{ 0 },
};

static bool clean(const char *s, size_t max)
{
	size_t n = strlen(s);
	return n && n <= max && text_clean(s, n);
}

/* The text stays in the row: it is for staff, and may name people. */
static enum st fact(struct req *rq, const char *subject, const char *verb, int64_t id)
{
	char *payload = arena_printf(rq->mem, "{\"task\":%lld}", (long long)id);
	return journal_append(rq, &(struct fact){ "work", subject, verb, payload, 0 });
}

enum st task_add(struct req *rq, const char *kind, const char *subject, const char *text, int64_t *id)
{
	if (!clean(kind, KIND_MAX) || !clean(subject, SUBJECT_MAX) || !clean(text, TEXT_MAX))
		return err_set(&rq->err, ST_INVALID,
			       "task: kind, subject and text are needed, at most %d, %d and %d bytes", KIND_MAX,
			       SUBJECT_MAX, TEXT_MAX);
	enum st st = sql_number(rq, id,
				"INSERT INTO work_task (kind, subject, text, created_at, done_at, done_by)"
				" VALUES ($1, $2, $3, $4, 0, '')"
				" ON CONFLICT (kind, subject, text) WHERE done_at = 0 DO NOTHING RETURNING id",
				V(kind), V(subject), V(text), V(clock_now()));
	if (st != ST_NOTFOUND)
		return st ? st : fact(rq, subject, "task-added", *id);
	err_clear(&rq->err);
	return sql_number(rq, id,
			  "SELECT id FROM work_task WHERE kind = $1 AND subject = $2 AND text = $3 AND done_at = 0",
			  V(kind), V(subject), V(text));
}

enum st task_add_due(struct req *rq, const char *kind, const char *subject, const char *text, const char *role,
		     int64_t due_at, int64_t *id)
{
	if (task_add(rq, kind, subject, text, id) ||
	    sql_run(rq, "UPDATE work_task SET due_at = $2, role = $3 WHERE id = $1", V(*id), V(due_at), V(role)))
		return rq->err.code;
	return due_set(rq, "task-due", arena_printf(rq->mem, "%lld", (long long)*id), due_at);
}

#define TASK_COLUMNS "id, kind, subject, text, created_at, done_at, done_by, due_at, role"
static struct task task_of(struct rows *r)
{
	return (struct task){ rows_int(r, 0), rows_dup(r, 1), rows_dup(r, 2), rows_dup(r, 3), rows_int(r, 4),
			      rows_int(r, 5), rows_dup(r, 6), rows_int(r, 7), rows_dup(r, 8) };
}

enum st task_get(struct req *rq, int64_t id, struct task *out)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT " TASK_COLUMNS " FROM work_task WHERE id = $1", V(id)))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found)
		*out = task_of(&r);
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "there is no task %lld", (long long)id);
}

enum st task_done(struct req *rq, int64_t id)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "UPDATE work_task SET done_at = $2, done_by = $3 WHERE id = $1 AND done_at = 0 RETURNING subject",
		      V(id), V(clock_now()), V(rq->who ? rq->who->id : "anonymous")))
		return rq->err.code;
	char *subject = rows_next(&r) ? rows_dup(&r, 0) : NULL;
	if (rows_end(&r))
		return rq->err.code;
	if (subject && due_cancel(rq, "task-due", arena_printf(rq->mem, "%lld", (long long)id)))
		return rq->err.code;
	if (!subject)
		return err_set(&rq->err, ST_NOTFOUND, "there is no open task %lld", (long long)id);
	return fact(rq, subject, "task-done", id);
}

enum st task_move(struct req *rq, int64_t id, const char *subject)
{
	int64_t same = 0, moved = 0;
	if (!clean(subject, SUBJECT_MAX))
		return err_set(&rq->err, ST_INVALID, "task: a subject is needed, at most %d bytes", SUBJECT_MAX);
	if (sql_number(rq, &same,
		       "SELECT count(*) FROM work_task t JOIN work_task o ON o.kind = t.kind AND o.text = t.text AND "
		       "o.done_at = 0 AND o.subject = $2 WHERE t.id = $1 AND t.done_at = 0 AND t.subject <> $2",
		       V(id), V(subject)))
		return rq->err.code;
	if (same)
		return task_done(rq, id);
	if (sql_run_count(rq, &moved,
			  "UPDATE work_task SET subject = $2 WHERE id = $1 AND done_at = 0 AND subject <> $2", V(id),
			  V(subject)))
		return rq->err.code;
	return moved ? fact(rq, subject, "task-moved", id) : ST_OK;
}

enum st task_list(struct req *rq, const char *subject, bool open_only, struct task *out, int max, int *n)
{
	static const char of_subject[] = "SELECT " TASK_COLUMNS " FROM work_task WHERE subject = $1 AND ($2 = 0 OR "
					 "done_at = 0) ORDER BY id LIMIT $3",
			  of_all[] = "SELECT " TASK_COLUMNS " FROM work_task ORDER BY id LIMIT $1",
			  open[] = "SELECT " TASK_COLUMNS " FROM work_task WHERE done_at = 0 ORDER BY id LIMIT $1";
	struct rows r;
	*n = 0;
	enum st st = subject ? sql_query(rq, &r, of_subject, V(subject), V(open_only), V(max))
			     : sql_query(rq, &r, open_only ? open : of_all, V(max));
	if (st)
		return st;
	while (*n < max && rows_next(&r))
		out[(*n)++] = task_of(&r);
	return rows_end(&r);
}
