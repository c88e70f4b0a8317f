#include "store/follow.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "store/store_int.h"

#define POLL_USEC 200000
#define TRIES 5
#define TRIES_TOLD 2 /* the first may be a matter of a moment */
#define PAUSE_MOST                                                                                                     \
	(20 * USEC) /* one look every 20 s costs a relay nothing, and a database that is back is soon noticed */
#define BATCH 64
#define BATCH_MEM (32 << 20)	      /* for the entries of a batch */
#define ENTRY_MEM ((size_t)128 << 20) /* for all that follows from one of them; then it is gone */

struct follower {
	struct store *s;
	char name[32];
	follow_fn fn;
	void *self;
	pthread_t thread;
	pthread_mutex_t m;
	pthread_cond_t c;
	bool stop, woken;
	struct follower_state state;
	int tries; /* of the entry at state.next */
};

/* Sleeps until woken, stopped or `usec` later; false when stopping. */
static bool rest(struct follower *f, int64_t usec)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	int64_t ns = t.tv_nsec + usec * 1000;
	t.tv_sec += ns / 1000000000;
	t.tv_nsec = ns % 1000000000;
	pthread_mutex_lock(&f->m);
	while (!f->stop && !f->woken && pthread_cond_timedwait(&f->c, &f->m, &t) != ETIMEDOUT)
		;
	f->woken = false;
	bool go = !f->stop;
	pthread_mutex_unlock(&f->m);
	return go;
}

struct step {
	struct follower *f;
	int64_t next;
	const char *park;
};

static enum st step_write(struct req *rq, void *arg)
{
	struct step *p = arg;
	if (p->park && follower_park(rq, p->f->name, p->next - 1, p->park))
		return rq->err.code;
	return follower_advance(rq, p->f->name, p->next);
}

static enum st wait_write(struct req *rq, void *arg)
{
	struct step *p = arg;
	return follower_wait(rq, p->f->name, p->next, p->f->tries, p->park);
}

/* The thread's own figures; follower_state reads them from others. */
static void tell(int64_t *figure, int64_t v)
{
	__atomic_store_n(figure, v, __ATOMIC_RELAXED);
}

/* Staff see it; where the store itself is away there is nowhere to say it. */
static void tell_waiting(struct follower *f, struct req *rq)
{
	struct step p = { f, f->state.next, arena_strdup(rq->mem, rq->err.msg) };
	if (f->tries >= TRIES_TOLD)
		store_write(f->s, rq, wait_write, &p);
}

/* One entry. true: go on with the next; false: the same again after `*pause`. */
static bool handle(struct follower *f, struct req *rq, const struct entry *e, const char **park, int64_t *pause)
{
	bool more;
	enum st st;
	do {
		arena_reset(rq->mem);
		err_clear(&rq->err);
		more = false;
		st = e->erased_at ? ST_NOTFOUND : f->fn(f->self, rq, e, &more);
	} while (st == ST_OK && more && !f->stop);
	*park = NULL;
	if (st == ST_OK || st == ST_NOTFOUND)
		return !more;
	tell(&f->state.retries, f->state.retries + 1);
	f->tries++;
	log_warn("follower will try again", LOG_T("follower", f->name), LOG_N("seq", e->seq), LOG_N("try", f->tries),
		 LOG_T("why", rq->err.msg));
	if (st != ST_BUSY && f->tries >= TRIES) {
		*park = arena_strdup(rq->mem, rq->err.msg);
		tell(&f->state.parked, f->state.parked + 1);
		return true;
	}
	tell_waiting(f, rq);
	int shift = f->tries < 9 ? f->tries - 1 : 8;
	*pause = (USEC << shift) < PAUSE_MOST ? USEC << shift : PAUSE_MOST;
	return false;
}

static bool move_on(struct follower *f, struct req *rq, int64_t next, const char *park)
{
	struct step p = { f, next, park };
	if (store_write(f->s, rq, step_write, &p))
		return false;
	tell(&f->state.next, next);
	f->tries = 0;
	return true;
}

/* Reads and handles what is there; returns how long to rest. The position moves once a batch, or at a parked entry. `work`
 * is emptied after each entry: what follows from sixty-four of them may be more than fits in a process. */
static int64_t pass(struct follower *f, struct arena *mem, struct arena *work)
{
	struct entry e[BATCH];
	int n = 0;
	int64_t pause = POLL_USEC, head = 0;
	struct err err;
	struct req rq = { .mem = mem, .db = store_reader(f->s, &err), .who = &actor_clock };
	if (!rq.db || journal_head(&rq, &head) || journal_read(&rq, f->state.next, BATCH, e, &n)) {
		store_reader_done(f->s);
		return USEC;
	}
	tell(&f->state.head, head);
	int64_t done = f->state.next;
	for (int i = 0; i < n && !f->stop; i++) {
		const char *park;
		rq.mem = work;
		bool handled = handle(f, &rq, &e[i], &park, &pause);
		park = arena_strdup(mem, park);
		rq.mem = mem;
		arena_reset(work);
		if (!handled)
			break;
		done = e[i].seq + 1;
		f->tries = 0;
		if (park && !move_on(f, &rq, done, park))
			return USEC;
	}
	if (done != f->state.next && !move_on(f, &rq, done, NULL))
		pause = USEC;
	store_reader_done(f->s);
	return n == BATCH && pause == POLL_USEC ? 0 : pause;
}

static void *run(void *arg)
{
	struct follower *f = arg;
	struct arena *mem = arena_new(BATCH_MEM), *work = arena_new(ENTRY_MEM);
	int64_t pause = 0;
	bool known = false;
	/* One process at a time follows under this name. */
	while (rest(f, pause)) {
		arena_reset(mem);
		struct err err;
		struct req rq = { .mem = mem };
		pause = USEC;
		if (!store_lead(f->s, f->name)) {
			known = false; /* another may go on where we were */
			continue;
		}
		if (!known) {
			rq.db = store_reader(f->s, &err);
			int64_t next = 0;
			known = rq.db && follower_position(&rq, f->name, &next) == ST_OK;
			tell(&f->state.next, next);
			store_reader_done(f->s);
		}
		if (known)
			pause = pass(f, mem, work);
	}
	arena_free(work);
	arena_free(mem);
	return NULL;
}

struct follower *follower_start(struct store *s, const char *name, follow_fn fn, void *self)
{
	struct follower *f = calloc(1, sizeof *f);
	if (!f)
		abort(); /* out of memory */
	*f = (struct follower){ .s = s, .fn = fn, .self = self };
	snprintf(f->name, sizeof f->name, "%s", name);
	pthread_condattr_t mono;
	pthread_condattr_init(&mono);
	pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
	pthread_mutex_init(&f->m, NULL);
	pthread_cond_init(&f->c, &mono);
	if (pthread_create(&f->thread, NULL, run, f)) {
		free(f);
		return NULL;
	}
	return f;
}

static void signal_it(struct follower *f, bool stop)
{
	pthread_mutex_lock(&f->m);
	f->woken = true;
	f->stop |= stop;
	pthread_cond_signal(&f->c);
	pthread_mutex_unlock(&f->m);
}

void follower_wake(struct follower *f)
{
	signal_it(f, false);
}

void follower_stop(struct follower *f)
{
	if (!f)
		return;
	signal_it(f, true);
	pthread_join(f->thread, NULL);
	free(f);
}

void follower_state(struct follower *f, struct follower_state *out)
{
	out->next = __atomic_load_n(&f->state.next, __ATOMIC_RELAXED);
	out->head = __atomic_load_n(&f->state.head, __ATOMIC_RELAXED);
	out->parked = __atomic_load_n(&f->state.parked, __ATOMIC_RELAXED);
	out->retries = __atomic_load_n(&f->state.retries, __ATOMIC_RELAXED);
}
