/* Group commit. Writes wait in one queue; a writer takes what is there, runs it in one transaction, seals the journal,
 * commits, and only then tells everybody.
 *
 * Hardly a write fails after it has changed something, and a savepoint costs as much as a small write: a group is run
 * without them first. When one of its writes must be taken back, the whole group is, and is run again with a savepoint
 * around each; so are the next few, since failures come in swarms. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "base/log.h"
#include "store/store_int.h"

#define GATHER_USEC 2000      /* the longest wait for a group to fill, and only … */
#define SLOW_COMMIT_USEC 1500 /* … when a commit takes longer than this: on a fast disk waiting loses */
#define SCRUB_USEC 500000     /* between attempts to empty a log while nobody writes */
#define TRIES_LOST 2	      /* of a write alone */
#define TRIES_YIELDED 5
#define CAREFUL_GROUPS 16 /* that have savepoints after one that needed them */

struct group {
	struct write *w[256];
	int n;
};

static void run_script(struct db *db, const char *sql, struct err *e)
{
	struct req rq = { .db = db };
	if (sql_run0(&rq, sql))
		*e = rq.err;
}

/* Runs one write on the open transaction; its status in w->err. The journal entries of a failed one are forgotten.
 * false: the transaction must be given up, because what the write has changed can't be taken back alone. */
static bool run_one(struct db *db, struct write *w, bool savepoint)
{
	struct req rq = { .mem = w->mem, .db = db, .who = &w->who };
	int mark = db->tx.n;
	err_clear(&w->err);
	db->tx.changed = db->tx.aborted = db->tx.yielded = false;
	if (savepoint)
		run_script(db, "SAVEPOINT one", &w->err);
	if (!w->err.code && w->fn(&rq, w->arg))
		w->err = rq.err.code ? rq.err : (struct err){ ST_INTERNAL, "a write failed without saying why" };
	w->journal_first = mark;
	w->journal_count = db->tx.n - mark;
	w->yielded = w->err.code && db->tx.yielded;
	if (w->err.code) {
		db->tx.n = mark;
		if (!savepoint)
			return !db->tx.changed && !db->tx.aborted;
		struct err bad = { 0 };
		if (db->d->open_tx(db)) {
			run_script(db, "ROLLBACK TO one", &bad);
			if (!bad.code)
				run_script(db, "RELEASE one", &bad);
		}
		return !bad.code;
	}
	if (savepoint)
		run_script(db, "RELEASE one", &w->err);
	return !w->err.code && (savepoint || !db->tx.aborted);
}

enum outcome { COMMITTED, NOT_BEGUN, LOST, UNKNOWN };

/* A commit whose answer did not come (a cut connection) may have been done: the group's first entry is there then, and
 * no other has its commitment. */
static enum outcome came_through(struct db *db, int64_t first, struct err *why)
{
	struct req rq = { .mem = db->tx.mem, .db = db, .who = &actor_clock };
	struct rows r;
	if (!db->tx.n)
		return LOST;
	if (db->d->revive(db, &rq.err) ||
	    sql_query(&rq, &r, "SELECT commitment FROM journal_entry WHERE seq = $1", V(first))) {
		err_set(why, ST_BUSY, "whether this was kept is not known: look before trying again");
		return UNKNOWN;
	}
	struct blob c = rows_next(&r) ? rows_blob(&r, 0) : (struct blob){ 0 };
	bool ours = c.n == HASH_LEN && !memcmp(c.p, db->tx.p[0].commitment.b, HASH_LEN);
	return rows_end(&r) ? UNKNOWN : ours ? COMMITTED : LOST;
}

/* What happens to a group whose transaction is lost at the end: all of it in vain. */
static void rehearse(struct db *db, struct group *g, bool savepoints)
{
	struct err why = { 0 };
	arena_reset(db->tx.mem);
	db->tx.n = 0;
	if (db->d->revive(db, &why) || db->d->begin(db, true, &why))
		return;
	for (int i = 0; i < g->n && run_one(db, g->w[i], savepoints) && db->d->open_tx(db); i++)
		;
	db->d->rollback(db);
}

/* Runs the group in one transaction, with a savepoint around each write or without. Unless COMMITTED nothing of it is
 * durable and *why says the reason: NOT_BEGUN when the database let nobody write, LOST when the transaction was undone
 * half-way (it may be tried again, with savepoints or each write alone), UNKNOWN when it can't be asked (nothing may be
 * tried again). */
static enum outcome run_group(struct db *db, struct group *g, bool savepoints, struct err *why)
{
	struct store *s = db->s;
	bool locked = false, single = g->n == 1;
	struct arena *mem = db->tx.mem;
	struct req rq = { .mem = mem, .db = db, .who = &actor_clock };
	if (s->rehearse)
		rehearse(db, g, savepoints);
	arena_reset(mem);
	db->tx.n = 0;
	db->tx.scrubs = false;
	err_clear(why);
	if (db->d->revive(db, why) || db->d->begin(db, true, why))
		return NOT_BEGUN;
	for (int i = 0; i < g->n; i++) {
		bool goes_on = run_one(db, g->w[i], savepoints) || single;
		/* A full disk inside a savepoint rolls the whole transaction back: everyone before is lost with it. */
		if (!goes_on || !db->d->open_tx(db)) {
			db->d->rollback(db);
			*why = g->w[i]->err.code ? g->w[i]->err : (struct err){ ST_BUSY, "the transaction was lost" };
			return LOST;
		}
	}
	if (single && g->w[0]->err.code) {
		db->d->rollback(db);
		return COMMITTED;
	}
	enum outcome o = LOST;
	bool ok = journal_seal(&rq, &locked) == ST_OK;
	/* Without entries the lock is not held, and there is no first. */
	int64_t first = rq.err.code || !locked ? 0 : (int64_t)s->tree->size - db->tx.n;
	int64_t t0 = clock_mono();
	if (!ok)
		*why = rq.err;
	else if (!db->d->commit(db, why))
		o = COMMITTED;
	if (o != COMMITTED)
		db->d->rollback(db);
	if (o != COMMITTED && ok)
		o = came_through(db, first, why);
	if (o == COMMITTED) {
		atomic_fetch_add(&s->commit_usec, clock_mono() - t0);
		db->scrub |= db->tx.scrubs && db->d->tidy;
	}
	journal_settle(s, locked, o == COMMITTED);
	for (int i = 0; o == COMMITTED && i < g->n; i++)
		g->w[i]->journal_first += first;
	return o;
}

static void tell(struct store *s, struct write *w)
{
	atomic_fetch_add(w->err.code ? &s->refused : &s->writes, 1);
	w->done(w);
}

/* After a failed group each write is tried alone, and so is one that gave way to another; one that still can't commit is
 * refused. */
static void run_alone(struct db *db, struct write *w)
{
	struct group one = { { w }, 1 };
	atomic_fetch_add(&db->s->retried, 1);
	for (int tries = 1;; tries++) {
		struct err why = { 0 };
		enum outcome o = run_group(db, &one, false, &why);
		bool gave_way = o == COMMITTED && w->yielded, lost = o == LOST && why.code == ST_BUSY;
		if (o != COMMITTED)
			w->err = why;
		if (!(gave_way && tries < TRIES_YIELDED) && !(lost && tries < TRIES_LOST))
			return;
		struct timespec pause = { 0, 20 * 1000 * 1000 };
		nanosleep(&pause, NULL);
	}
}

static void run_queue(struct db *db, struct group *g)
{
	struct err why;
	bool savepoints = g->n > 1 && db->careful > 0;
	enum outcome o = run_group(db, g, savepoints, &why);
	if (o == LOST && g->n > 1 && !savepoints) {
		db->careful = CAREFUL_GROUPS;
		o = run_group(db, g, true, &why);
	} else if (savepoints) {
		db->careful--;
	}
	if (o == COMMITTED)
		atomic_fetch_add(&db->s->groups, 1);
	for (int i = 0; i < g->n; i++) {
		if (o == LOST || (o == COMMITTED && g->w[i]->yielded))
			run_alone(db, g->w[i]);
		else if (o != COMMITTED)
			g->w[i]->err = why;
		tell(db->s, g->w[i]);
	}
	if (db->d->tidy)
		db->d->tidy(db);
}

static struct timespec in_usec(int64_t usec)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += usec * 1000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

/* Waits for work; then, on a slow disk, a little longer for as many as came last time. Who has a log to empty does not
 * wait long: an empty group is another attempt. false: stopping and empty. */
static bool take(struct db *db, struct group *g, int want, bool slow)
{
	struct store *s = db->s;
	struct timespec again = in_usec(SCRUB_USEC);
	bool late = false;
	pthread_mutex_lock(&s->qlock);
	while (!s->qlen && !s->stopping && !late) {
		if (db->scrub)
			late = pthread_cond_timedwait(&s->qwork, &s->qlock, &again) != 0;
		else
			pthread_cond_wait(&s->qwork, &s->qlock);
	}
	if (slow && s->qlen < want) {
		struct timespec until = in_usec(GATHER_USEC);
		while (s->qlen < want && !s->stopping && pthread_cond_timedwait(&s->qwork, &s->qlock, &until) == 0)
			;
	}
	g->n = 0;
	while (s->qhead && g->n < s->group_max) {
		g->w[g->n++] = s->qhead;
		s->qhead = s->qhead->next;
		s->qlen--;
	}
	if (!s->qhead)
		s->qtail = NULL;
	else
		pthread_cond_signal(&s->qwork);
	pthread_mutex_unlock(&s->qlock);
	return g->n > 0 || late;
}

void *writer_main(void *arg)
{
	struct db *db = arg;
	struct group *g = calloc(1, sizeof *g);
	if (!g)
		abort(); /* out of memory */
	db->tx.mem = arena_new(16 << 20);
	int last = 1;
	int64_t usual = 0; /* what a group takes, smoothed */
	while (take(db, g, last, usual > SLOW_COMMIT_USEC)) {
		if (!g->n) {
			db->d->tidy(db);
			continue;
		}
		int64_t before = atomic_load(&db->s->commit_usec);
		run_queue(db, g);
		usual = (usual * 7 + (atomic_load(&db->s->commit_usec) - before)) / 8;
		last = g->n;
	}
	free(g);
	return NULL;
}

enum st store_submit(struct store *s, struct write *w)
{
	w->next = NULL;
	pthread_mutex_lock(&s->qlock);
	bool room = s->qlen < s->qmax && !s->stopping;
	if (room) {
		if (s->qtail)
			s->qtail->next = w;
		else
			s->qhead = w;
		s->qtail = w;
		s->qlen++;
		pthread_cond_signal(&s->qwork);
	}
	pthread_mutex_unlock(&s->qlock);
	if (!room)
		atomic_fetch_add(&s->refused, 1);
	return room ? ST_OK : err_set(&w->err, ST_BUSY, "too many writes are waiting; try again in a few seconds");
}

bool store_must_hold(const struct req *rq)
{
	return rq->db->writer && !store_is_sqlite(rq->db->s);
}

enum st store_hold_key(struct req *rq, int64_t key)
{
	struct rows r;
	if (!store_must_hold(rq))
		return ST_OK;
	return sql_query(rq, &r, "SELECT pg_advisory_xact_lock($1)", V(key)) ? rq->err.code : rows_end(&r);
}

void store_scrub(struct req *rq)
{
	rq->db->tx.scrubs = true;
}

/* ── the waiting form ── */

struct waiter {
	pthread_mutex_t m;
	pthread_cond_t c;
	bool done;
};

static void wake(struct write *w)
{
	struct waiter *x = w->user;
	pthread_mutex_lock(&x->m);
	x->done = true;
	pthread_cond_signal(&x->c);
	pthread_mutex_unlock(&x->m);
}

static void unheard(struct write *w) {}

static enum st write_inline(struct store *s, struct write *w)
{
	pthread_mutex_lock(&s->inline_lock);
	struct db *db = s->wdb[0];
	if (!db->tx.mem)
		db->tx.mem = arena_new(16 << 20);
	w->done = unheard;
	struct group one = { { w }, 1 };
	run_queue(db, &one);
	pthread_mutex_unlock(&s->inline_lock);
	return w->err.code;
}

static enum st write_queued(struct store *s, struct write *w)
{
	struct waiter x = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false };
	w->done = wake;
	w->user = &x;
	if (store_submit(s, w))
		return w->err.code;
	pthread_mutex_lock(&x.m);
	while (!x.done)
		pthread_cond_wait(&x.c, &x.m);
	pthread_mutex_unlock(&x.m);
	return w->err.code;
}

enum st store_write(struct store *s, struct req *rq, write_fn fn, void *arg)
{
	struct write w = { .fn = fn, .arg = arg, .who = rq->who ? *rq->who : actor_anonymous, .mem = rq->mem };
	struct db *reader = pthread_getspecific(s->reader);
	/* What the caller reads next includes what it wrote; and a snapshot that is held while it waits keeps SQLite's log
	 * from beginning anew. */
	if (reader && reader->snapshot)
		store_reader(s, NULL);
	enum st st = s->nwriters ? write_queued(s, &w) : write_inline(s, &w);
	if (st)
		rq->err = w.err;
	return st;
}
