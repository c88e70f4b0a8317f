#include "work/due.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "base/worker.h"
#include <stdlib.h>
#include <string.h>

enum { PASS_MAX = 100, TICK_MSEC = 200, RETRY_FIRST = 60, RETRY_MAX = 6 * 3600 };

const struct migration due_migrations[] = {
	{ 50, "due",
	  "CREATE TABLE work_due (kind TEXT NOT NULL, subject TEXT NOT NULL, at BIGINT NOT NULL, tries BIGINT NOT NULL,"
	  " error TEXT NOT NULL, PRIMARY KEY (kind, subject));"
	  "CREATE INDEX work_due_at ON work_due (at);" },
	{ 0 },
};

enum st due_set(struct req *rq, const char *kind, const char *subject, int64_t at)
{
	return sql_run(rq,
		       "INSERT INTO work_due (kind, subject, at, tries, error) VALUES ($1, $2, $3, 0, '')"
		       " ON CONFLICT (kind, subject) DO UPDATE SET at = excluded.at, tries = 0, error = ''",
		       V(kind), V(subject), V(at));
}

enum st due_cancel(struct req *rq, const char *kind, const char *subject)
{
	return sql_run(rq, "DELETE FROM work_due WHERE kind = $1 AND subject = $2", V(kind), V(subject));
}

enum st due_page(struct req *rq, const char *kind, const char *after, int64_t until, char **out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT subject FROM work_due WHERE kind = $1 AND subject > $2 AND at <= $3 ORDER BY subject"
		      " LIMIT $4",
		      V(kind), V(after), V(until), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = rows_dup(&r, 0);
	return rows_end(&r);
}

enum st due_count(struct req *rq, const char *kind, int64_t *n)
{
	return sql_number(rq, n, "SELECT count(*) FROM work_due WHERE kind = $1", V(kind));
}

/* ── one row ── */

struct due {
	const char *kind, *subject;
	int64_t at, tries;
	due_fn fn;
	const char *error;
	bool ran;
};

/* The UPDATE re-reads the row (it may have been moved or cancelled) and holds it against others until the commit. A row
 * that the function set anew has another time and stays. */
static enum st due_write(struct req *rq, void *arg)
{
	struct due *d = arg;
	int64_t at = 0;
	d->ran = false;
	enum st st = sql_number(
		rq, &at,
		"UPDATE work_due SET tries = tries + 1 WHERE kind = $1 AND subject = $2 AND at <= $3 RETURNING at",
		V(d->kind), V(d->subject), V(clock_now()));
	if (st == ST_NOTFOUND) {
		err_clear(&rq->err);
		return ST_OK;
	}
	if (st)
		return st;
	d->ran = true;
	if (!d->fn)
		return err_set(&rq->err, ST_INTERNAL, "nothing is registered for due rows of kind %s", d->kind);
	if ((st = d->fn(rq, d->subject)))
		return st;
	return sql_run(rq, "DELETE FROM work_due WHERE kind = $1 AND subject = $2 AND at = $3", V(d->kind),
		       V(d->subject), V(at));
}

static int64_t retry_after(int64_t tries)
{
	int64_t s = tries > 9 ? RETRY_MAX : (int64_t)RETRY_FIRST << tries;
	return s > RETRY_MAX ? RETRY_MAX : s;
}

/* Only if it still is the row that failed. */
static enum st due_failed(struct req *rq, void *arg)
{
	struct due *d = arg;
	return sql_run(
		rq, "UPDATE work_due SET at = $4, tries = $5, error = $6 WHERE kind = $1 AND subject = $2 AND at = $3",
		V(d->kind), V(d->subject), V(d->at), V(clock_now() + retry_after(d->tries) * USEC), V(d->tries + 1),
		V(d->error));
}

/* Returns whether the row was run and is done with. The message may name people; it stays in the row. */
static bool due_one(struct store *s, struct req *rq, struct due *d)
{
	if (store_write(s, rq, due_write, d) == ST_OK)
		return d->ran;
	d->error = arena_strdup(rq->mem, rq->err.msg);
	log_warn("due row failed", LOG_T("kind", d->kind), LOG_T("status", st_name(rq->err.code)),
		 LOG_N("tries", d->tries + 1));
	err_clear(&rq->err);
	if (store_write(s, rq, due_failed, d))
		log_error("due row could not be put off", LOG_T("kind", d->kind),
			  LOG_T("status", st_name(rq->err.code)));
	err_clear(&rq->err);
	return false;
}

/* ── a pass ── */

static due_fn fn_of(const char *kind, const struct due_kind *kinds, int n)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(kinds[i].kind, kind))
			return kinds[i].fn;
	return NULL;
}

static enum st due_rows(struct req *rq, struct due *out, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r, "SELECT kind, subject, at, tries FROM work_due WHERE at <= $1 ORDER BY at LIMIT $2",
		      V(clock_now()), V(PASS_MAX)))
		return rq->err.code;
	while (*n < PASS_MAX && rows_next(&r))
		out[(*n)++] = (struct due){ .kind = rows_dup(&r, 0),
					    .subject = rows_dup(&r, 1),
					    .at = rows_int(&r, 2),
					    .tries = rows_int(&r, 3) };
	return rows_end(&r);
}

/* *seen: rows that were due (PASS_MAX: perhaps more wait). Each row has a write and memory of its own. */
static enum st pass(struct store *s, struct req *rq, const struct due_kind *kinds, int nkinds, int *seen, int *done)
{
	struct due *row = arena_array(rq->mem, struct due, PASS_MAX);
	*seen = *done = 0;
	if (due_rows(rq, row, seen) || !*seen)
		return rq->err.code;
	struct arena *mem = arena_new((size_t)4 << 20);
	for (int i = 0; i < *seen; i++) {
		struct req one = { .mem = mem, .who = &actor_clock };
		row[i].fn = fn_of(row[i].kind, kinds, nkinds);
		*done += due_one(s, &one, &row[i]);
		arena_reset(mem);
	}
	arena_free(mem);
	return ST_OK;
}

enum st due_run(struct store *s, struct req *rq, const struct due_kind *kinds, int nkinds, int *n)
{
	int seen;
	return pass(s, rq, kinds, nkinds, &seen, n);
}

/* ── the scheduler ── */

struct scheduler {
	struct store *store;
	const struct due_kind *kinds;
	int nkinds;
	struct worker work;
};

/* Returns whether more rows may be waiting that are due already. */
static bool tick(struct scheduler *sc, struct arena *mem)
{
	int seen = 0, done = 0;
	struct req rq = { .mem = mem, .who = &actor_clock };
	if (!store_lead(sc->store, "scheduler"))
		return false;
	if (!(rq.db = store_reader(sc->store, &rq.err)) || pass(sc->store, &rq, sc->kinds, sc->nkinds, &seen, &done))
		log_warn("scheduler can't read", LOG_T("status", st_name(rq.err.code)));
	store_reader_done(sc->store);
	return seen == PASS_MAX && done > 0;
}

static void *scheduler_main(void *arg)
{
	struct scheduler *sc = arg;
	struct arena *mem = arena_new((size_t)1 << 20);
	bool more = false;
	while (worker_rest(&sc->work, more ? 0 : TICK_MSEC * 1000)) {
		more = tick(sc, mem);
		arena_reset(mem);
	}
	arena_free(mem);
	return NULL;
}

struct scheduler *scheduler_start(struct store *s, const struct due_kind *kinds, int n)
{
	struct scheduler *sc = calloc(1, sizeof *sc);
	if (!sc)
		abort();
	*sc = (struct scheduler){ .store = s, .kinds = kinds, .nkinds = n };
	if (worker_begin(&sc->work, scheduler_main, sc))
		return sc;
	free(sc);
	return NULL;
}

void scheduler_stop(struct scheduler *sc)
{
	if (!sc)
		return;
	worker_end(&sc->work);
	free(sc);
}
