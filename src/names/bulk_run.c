/* Doing what bulk jobs say: one thread of one process at a time. What is to do is read from the rows' states, so
 * nothing is lost when it dies, and nothing is done twice: a row's state changes in the write that does it. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "names/bulk.h"
#include "names/registry_int.h"
#include "who/permit.h"

enum { CHUNK = 100, JOBS = 32, TICK_MSEC = 300 };

struct job {
	int64_t id;
	enum bulk_state state;
	char *registrar, *header, *made_by;
};
/* One row, tried or done. */
struct turn {
	const struct job *job;
	struct bulk_row *row;
	struct bulk_change change;
	struct bulk_one one;
	struct rehearsal trial;
	bool stopped;
};

/* ── what is open ── */

static enum st jobs_open(struct req *rq, struct job *out, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT id, state, registrar, header, made_by FROM names_bulk_job WHERE state IN (0, 2)"
		      " ORDER BY id LIMIT $1",
		      V(JOBS)))
		return rq->err.code;
	while (*n < JOBS && rows_next(&r))
		out[(*n)++] = (struct job){ rows_int(&r, 0), (enum bulk_state)rows_int(&r, 1), rows_dup(&r, 2),
					    rows_dup(&r, 3), rows_dup(&r, 4) };
	return rows_end(&r);
}

/* Untried rows of a job that is checked; of one that runs, all that have not come to an end. */
static enum st rows_open(struct req *rq, const struct job *j, struct bulk_row *out, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT row, line, state, text FROM names_bulk_row WHERE job = $1 AND"
		      " (($2 = 0 AND state = 0) OR ($2 = 2 AND state < 4)) ORDER BY row LIMIT $3",
		      V(j->id), V(j->state), V(CHUNK)))
		return rq->err.code;
	while (*n < CHUNK && rows_next(&r))
		out[(*n)++] = (struct bulk_row){ .row = rows_int(&r, 0),
						 .line = (int)rows_int(&r, 1),
						 .state = (enum bulk_row_state)rows_int(&r, 2),
						 .text = rows_dup(&r, 3) };
	return rows_end(&r);
}

/* ── one row ── */

static struct actor actor_of(struct arena *mem, const struct job *j, const struct bulk_row *row)
{
	struct actor a = { .role = ROLE_REGISTRAR | ROLE_REGISTRAR_WRITE };
	snprintf(a.id, sizeof a.id, "registrar:%s", j->registrar);
	a.frame = arena_printf(mem, "%.40s/BULK-%lld-%lld", j->made_by, (long long)j->id, (long long)row->row);
	return a;
}

static const char *outcome_text(struct req *rq, const struct turn *d)
{
	if (!d->one.there)
		return d->change.action == BULK_DELETE ? "gone" : "";
	return arena_printf(rq->mem, "%s %s", d->one.why.code == R_PENDING ? "pending; expires" : "expires",
			    time_iso(rq->mem, d->one.d.expires_at));
}

/* The act and the row's end, or neither. The first statement holds the job, so that a stop is not overtaken. */
static enum st row_write(struct req *rq, void *arg)
{
	struct turn *d = arg;
	int64_t n = 0, running = 0;
	d->stopped = false;
	if (sql_run_count(rq, &running, "UPDATE names_bulk_job SET state = state WHERE id = $1 AND state = 2",
			  V(d->job->id)))
		return rq->err.code;
	d->stopped = !running;
	if (d->stopped)
		return ST_OK;
	d->trial = (struct rehearsal){ .fn = bulk_do, .arg = &d->one };
	if (rehearsal_run(rq, &d->trial))
		return rq->err.code;
	if (sql_run_count(rq, &n,
			  "UPDATE names_bulk_row SET state = 4, said = $3, cost = $4 WHERE job = $1 AND row = $2"
			  " AND state < 4",
			  V(d->job->id), V(d->row->row), V(outcome_text(rq, d)), V(d->trial.cost)))
		return rq->err.code;
	return n ? ST_OK : err_set(&rq->err, ST_CONFLICT, "this row was done already");
}

struct mark {
	int64_t job;
	struct bulk_row *row;
	int n;
};

static enum st marks_write(struct req *rq, void *arg)
{
	struct mark *m = arg;
	for (int i = 0; i < m->n; i++)
		if (sql_run(rq,
			    "UPDATE names_bulk_row SET state = $3, said = $4, cost = $5 WHERE job = $1 AND row = $2"
			    " AND state < 4",
			    V(m->job), V(m->row[i].row), V(m->row[i].state), V(m->row[i].said), V(m->row[i].cost)))
			return rq->err.code;
	return ST_OK;
}

static char *why_text(struct arena *mem, const struct turn *d, const struct err *e)
{
	const char *said = *d->one.why.reason ? d->one.why.reason : e->msg;
	return arena_strdup(mem, said);
}

/* ST_BUSY: the store is away, the row stays as it is. */
static enum st row_try(struct store *s, struct arena *keep, struct turn *d)
{
	struct arena *mem = arena_new((size_t)4 << 20);
	struct actor who = actor_of(mem, d->job, d->row);
	struct req rq = { .mem = mem, .who = &who };
	d->trial = (struct rehearsal){ .fn = bulk_do, .arg = &d->one, .rehearse = true };
	enum st st = store_write(s, &rq, rehearsal_run, &d->trial);
	d->row->state = d->trial.passed ? ROW_FITS : ROW_WOULD_FAIL;
	d->row->cost = d->trial.passed ? d->trial.cost : 0;
	d->row->said = d->trial.passed ? arena_strdup(keep, "") : why_text(keep, d, &rq.err);
	arena_free(mem);
	return st == ST_BUSY ? ST_BUSY : ST_OK;
}

static enum st row_run(struct store *s, struct arena *keep, struct turn *d)
{
	struct arena *mem = arena_new((size_t)4 << 20);
	struct actor who = actor_of(mem, d->job, d->row);
	struct req rq = { .mem = mem, .who = &who };
	enum st st = store_write(s, &rq, row_write, d);
	if (st && st != ST_BUSY) {
		d->row->state = ROW_REFUSED;
		d->row->cost = 0;
		d->row->said = why_text(keep, d, &rq.err);
		err_clear(&rq.err);
		st = store_write(s, &rq, marks_write, &(struct mark){ d->job->id, d->row, 1 });
	}
	arena_free(mem);
	return st ? ST_BUSY : ST_OK;
}

static enum st row_parse(struct req *rq, const struct job *j, struct bulk_row *row, struct bulk_change *out)
{
	struct bulk_columns cols;
	if (bulk_header(arena_strdup(rq->mem, j->header), &cols, &rq->err))
		return rq->err.code;
	return bulk_parse(rq->mem, arena_strdup(rq->mem, row->text), &cols, out, &rq->err);
}

/* ── a chunk of one job ── */

/* The phase is over when no row is left of it. */
static enum st phase_end(struct req *rq, void *arg)
{
	const struct job *j = arg;
	bool checking = j->state == JOB_CHECKING;
	int64_t n = 0;
	if (sql_run_count(
		    rq, &n,
		    "UPDATE names_bulk_job SET state = $3, ended_at = $4 WHERE id = $1 AND state = $2 AND NOT EXISTS"
		    " (SELECT 1 FROM names_bulk_row r WHERE r.job = $1 AND r.state < $5)",
		    V(j->id), V(j->state), V(checking ? JOB_READY : JOB_DONE), V(checking ? 0 : clock_now()),
		    V(checking ? ROW_FITS : ROW_DONE)))
		return rq->err.code;
	if (!n)
		return ST_OK;
	char *subject = arena_printf(rq->mem, "bulk:%lld", (long long)j->id);
	return journal_append(rq,
			      &(struct fact){ "names", subject, checking ? "bulk-checked" : "bulk-ended", NULL, 0 });
}

static bool registrar_off(struct req *rq, const char *handle)
{
	struct registrar r;
	bool off = registrar_get(rq, handle, &r) != ST_OK || r.disabled_at;
	err_clear(&rq->err);
	return off;
}

typedef enum st (*row_fn)(struct store *s, struct arena *keep, struct turn *d);

static enum st chunk(struct store *s, struct req *rq, const struct job *j, int *rows, const _Atomic bool *stop)
{
	struct bulk_row *row = arena_array(rq->mem, struct bulk_row, CHUNK);
	int n = 0, done = 0;
	row_fn act = j->state == JOB_CHECKING ? row_try : row_run;
	if (registrar_off(rq, j->registrar) || rows_open(rq, j, row, &n))
		return rq->err.code;
	store_reader_done(s);
	for (; done < n && !(stop && *stop); done++) {
		struct turn d = { .job = j, .row = &row[done] };
		if (row_parse(rq, j, &row[done], &d.change))
			return rq->err.code;
		d.one.change = &d.change;
		if (act(s, rq->mem, &d))
			break;
		if (d.stopped)
			return ST_OK;
	}
	*rows += done;
	struct req w = { .mem = rq->mem, .who = &actor_clock };
	if (j->state == JOB_CHECKING && done && store_write(s, &w, marks_write, &(struct mark){ j->id, row, done }))
		return rq->err = w.err, w.err.code;
	return store_write(s, &w, phase_end, (void *)(uintptr_t)j) ? (rq->err = w.err, w.err.code) : ST_OK;
}

static enum st pass(struct store *s, struct req *rq, int *rows, const _Atomic bool *stop)
{
	struct job *job = arena_array(rq->mem, struct job, JOBS);
	int n;
	*rows = 0;
	if (jobs_open(rq, job, &n))
		return rq->err.code;
	struct arena *keep = rq->mem, *mem = n ? arena_new((size_t)8 << 20) : NULL;
	enum st st = ST_OK;
	for (int i = 0; i < n && !st && !(stop && *stop); i++) {
		rq->mem = mem;
		st = chunk(s, rq, &job[i], rows, stop);
		arena_reset(mem);
	}
	rq->mem = keep;
	arena_free(mem);
	return st;
}

enum st bulk_pass(struct store *s, struct req *rq, int *rows)
{
	return pass(s, rq, rows, NULL);
}

/* ── the thread ── */

struct bulk_runner {
	struct store *store;
	pthread_t thread;
	_Atomic bool stop;
};

static void rest(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = TICK_MSEC * 1000000L }, NULL);
}

static void *runner_main(void *arg)
{
	struct bulk_runner *b = arg;
	struct arena *mem = arena_new((size_t)1 << 20);
	while (!b->stop) {
		int rows = 0;
		struct req rq = { .mem = mem, .who = &actor_clock };
		if (store_lead(b->store, "bulk") &&
		    (!(rq.db = store_reader(b->store, &rq.err)) || pass(b->store, &rq, &rows, &b->stop)))
			log_warn("bulk job is held up", LOG_T("status", st_name(rq.err.code)));
		store_reader_done(b->store);
		arena_reset(mem);
		if (!rows && !b->stop)
			rest();
	}
	arena_free(mem);
	return NULL;
}

struct bulk_runner *bulk_start(struct store *s)
{
	struct bulk_runner *b = calloc(1, sizeof *b);
	if (!b)
		abort();
	b->store = s;
	if (pthread_create(&b->thread, NULL, runner_main, b)) {
		free(b);
		return NULL;
	}
	return b;
}

void bulk_stop(struct bulk_runner *b)
{
	if (!b)
		return;
	b->stop = true;
	pthread_join(b->thread, NULL);
	free(b);
}
