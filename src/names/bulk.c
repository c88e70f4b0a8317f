/* Jobs and their rows. */
#include "names/bulk.h"
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "names/registry_int.h"

/* state: enum bulk_state, enum bulk_row_state. text is the line as it came, below the job's header. */
const struct migration bulk_migrations[] = {
	{ 222, "bulk",
	  "CREATE TABLE names_bulk_job(id SERIAL_ID, registrar TEXT NOT NULL, title TEXT NOT NULL, header TEXT NOT "
	  "NULL,"
	  " state BIGINT NOT NULL, made_at BIGINT NOT NULL, made_by TEXT NOT NULL, ended_at BIGINT NOT NULL,"
	  " rows BIGINT NOT NULL);"
	  "CREATE INDEX names_bulk_job_registrar ON names_bulk_job(registrar, id);"
	  "CREATE INDEX names_bulk_job_open ON names_bulk_job(id) WHERE state IN (0, 2);"
	  "CREATE TABLE names_bulk_row(job BIGINT NOT NULL, row BIGINT NOT NULL, line BIGINT NOT NULL,"
	  " state BIGINT NOT NULL, text TEXT NOT NULL, said TEXT NOT NULL, cost BIGINT NOT NULL,"
	  " PRIMARY KEY(job, row))" },
	{ 0 },
};

/* ── adding ── */

struct named {
	const char *name;
	int row;
};

static int by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int c = strcmp(x->name, y->name);
	return c ? c : x->row - y->row;
}

/* Rows whose name an earlier one deals with can't be tried before that one is done. */
static enum st rows_first_states(struct req *rq, const struct bulk_file *f, enum bulk_row_state *state)
{
	struct bulk_columns cols;
	struct arena *mem = arena_new((size_t)8 << 20);
	struct named *n = arena_array(mem, struct named, f->rows);
	enum st st = bulk_header(arena_strdup(mem, f->header), &cols, &rq->err);
	for (int i = 0; !st && i < f->rows; i++) {
		struct bulk_change c;
		st = bulk_parse(mem, arena_strdup(mem, f->row[i].text), &cols, &c, &rq->err);
		n[i] = (struct named){ st ? "" : c.name, i };
	}
	if (!st) {
		qsort(n, (size_t)f->rows, sizeof *n, by_name);
		for (int i = 1; i < f->rows; i++)
			if (!strcmp(n[i].name, n[i - 1].name))
				state[n[i].row] = ROW_WAITS;
	}
	arena_free(mem);
	return st;
}

static enum st rows_add(struct req *rq, int64_t job, const struct bulk_file *f, const enum bulk_row_state *state)
{
	struct bulk *b = bulk_open(rq, "names_bulk_row", "job, row, line, state, text, said, cost", 7);
	if (!b)
		return rq->err.code;
	for (int i = 0; i < f->rows; i++) {
		const struct val v[] = { V(job), V(i + 1), V(f->row[i].line), V(state[i]), V(f->row[i].text),
					 V(""),	 V(0) };
		if (bulk_row(b, v))
			break;
	}
	return bulk_close(b);
}

static enum st job_fact(struct req *rq, int64_t id, const char *verb, int64_t rows)
{
	char *subject = arena_printf(rq->mem, "bulk:%lld", (long long)id);
	char *payload = arena_printf(rq->mem, "{\"rows\":%lld}", (long long)rows);
	return journal_append(rq, &(struct fact){ "names", subject, verb, payload, 0 });
}

enum st bulk_job_add(struct req *rq, const char *title, const char *made_by, const struct bulk_file *f, int64_t *id)
{
	const char *me = registry_actor(rq);
	enum bulk_row_state *state = arena_array(rq->mem, enum bulk_row_state, f->rows);
	if (!me)
		return err_set(&rq->err, ST_DENIED, N_("a bulk job is a registrar's"));
	if (f->bad || !f->rows)
		return err_set(&rq->err, ST_INVALID, N_("%d lines of the file are wrong"), f->bad);
	if (rows_first_states(rq, f, state) ||
	    sql_number(rq, id,
		       "INSERT INTO names_bulk_job(registrar, title, header, state, made_at, made_by, ended_at, rows)"
		       " VALUES($1, $2, $3, 0, $4, $5, 0, $6) RETURNING id",
		       V(me), V(title), V(f->header), V(clock_now()), V(made_by), V(f->rows)) ||
	    rows_add(rq, *id, f, state))
		return rq->err.code;
	return job_fact(rq, *id, "bulk-added", f->rows);
}

/* ── starting and stopping ── */

static enum st job_move(struct req *rq, const char *sql, int64_t id, const char *verb, const char *not_now)
{
	int64_t rows = 0;
	const char *me = registry_actor(rq);
	enum st st = sql_number(rq, &rows, sql, V(id), V(me ? me : ""), V(clock_now()));
	if (st == ST_NOTFOUND)
		return err_set(&rq->err, ST_CONFLICT, "%s", not_now);
	return st ? st : job_fact(rq, id, verb, rows);
}

enum st bulk_job_start(struct req *rq, int64_t id)
{
	return job_move(
		rq,
		"UPDATE names_bulk_job SET state = 2, ended_at = 0 WHERE id = $1 AND registrar = $2 AND state = 1"
		" AND CAST($3 AS BIGINT) > 0 RETURNING rows",
		id, "bulk-started", N_("the job is not ready, or was started already"));
}

enum st bulk_job_stop(struct req *rq, int64_t id)
{
	return job_move(rq,
			"UPDATE names_bulk_job SET state = 4, ended_at = $3 WHERE id = $1 AND registrar = $2"
			" AND state IN (0, 1, 2) RETURNING rows",
			id, "bulk-stopped", N_("the job has ended already"));
}

/* ── reading ── */

/* 1 fits, 2 would fail, 3 waits, 4 done, 5 refused. What is seen hangs on the phase. */
#define JOB                                                                                                            \
	"SELECT j.id, j.made_at, j.ended_at, j.rows, j.state, j.made_by, j.title,"                                     \
	" (SELECT count(*) FROM names_bulk_row r WHERE r.job = j.id AND"                                               \
	" ((j.state IN (0, 1) AND r.state <> 0) OR (j.state > 1 AND r.state IN (4, 5)))),"                             \
	" (SELECT count(*) FROM names_bulk_row r WHERE r.job = j.id AND"                                               \
	" ((j.state IN (0, 1) AND r.state = 2) OR (j.state > 1 AND r.state = 5))),"                                    \
	" (SELECT coalesce(sum(cost), 0) FROM names_bulk_row r WHERE r.job = j.id AND"                                 \
	" ((j.state IN (0, 1) AND r.state = 1) OR (j.state > 1 AND r.state = 4)))"                                     \
	" FROM names_bulk_job j"

static struct bulk_job job_of(struct rows *r)
{
	return (struct bulk_job){ .id = rows_int(r, 0),
				  .made_at = rows_int(r, 1),
				  .ended_at = rows_int(r, 2),
				  .rows = rows_int(r, 3),
				  .state = (enum bulk_state)rows_int(r, 4),
				  .made_by = rows_dup(r, 5),
				  .title = rows_dup(r, 6),
				  .seen = rows_int(r, 7),
				  .bad = rows_int(r, 8),
				  .cost = rows_int(r, 9) };
}

enum st bulk_job_get(struct req *rq, const char *registrar, int64_t id, struct bulk_job *out)
{
	struct rows r;
	if (sql_query(rq, &r, JOB " WHERE j.id = $1 AND j.registrar = $2", V(id), V(registrar)))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found)
		*out = job_of(&r);
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "there is no such job");
}

enum st bulk_job_list(struct req *rq, const char *registrar, struct bulk_job *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r, JOB " WHERE j.registrar = $1 ORDER BY j.id DESC LIMIT $2", V(registrar), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = job_of(&r);
	return rows_end(&r);
}

enum st bulk_rows(struct req *rq, int64_t job, bool bad_only, int64_t after, struct bulk_row *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT row, line, state, text, said, cost FROM names_bulk_row WHERE job = $1 AND row > $2"
		      " AND ($3 = 0 OR state IN (2, 5)) ORDER BY row LIMIT $4",
		      V(job), V(after), V(bad_only), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = (struct bulk_row){ .row = rows_int(&r, 0),
						 .line = (int)rows_int(&r, 1),
						 .state = (enum bulk_row_state)rows_int(&r, 2),
						 .text = rows_dup(&r, 3),
						 .said = rows_dup(&r, 4),
						 .cost = rows_int(&r, 5) };
	return rows_end(&r);
}
