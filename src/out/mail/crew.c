/* crew.c — letters to many, over several connections. A relay far away answers each command after a while; on one connection
 * that while is all there is. Each thread does what is to be done next: hand over the letter whose turn it is, if a
 * connection is free, else make a further one. So the next letter is there when a connection comes free, and the thread
 * that had the connection goes on with it at once. Letters go in the order in which they came. */
#include "out/mail/mail_int.h"
#include <pthread.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/text.h"

#define RUN_USEC (USEC / 2)
enum { LETTER_MEM = 1 << 20, SPARE = 2, HANDS_MAX = CREW_MAX + SPARE };

/* A letter that is made, or being made. */
struct made {
	struct crew_job *job;
	struct crew_batch *batch;
	struct arena *mem;
	struct parcel p;
	enum st st;
	bool ready;
};

struct crew {
	const struct face *face;
	struct sent_log *sent;
	pthread_mutex_t m;
	pthread_cond_t work, done;
	struct crew_batch *first, *last; /* those with letters nobody has taken yet */
	int64_t taken, turn;		 /* letters that were taken; the one that is handed over next */
	struct made made[HANDS_MAX];	 /* by their number; at most as many as there are threads */
	struct smtp *smtp[CREW_MAX];
	struct smtp *idle[CREW_MAX];
	int connections, nidle;
	bool stop;
	int hands;
	int share; /* of whoever hands out batches; and when it was found right */
	int64_t shared_at;
	pthread_t hand[HANDS_MAX];
};

/* ── what is to be done; with the lock held ── */

static struct made *made_of(struct crew *c, int64_t number)
{
	return &c->made[number % HANDS_MAX];
}

static bool can_hand_over(struct crew *c)
{
	return c->nidle && c->turn < c->taken && made_of(c, c->turn)->ready;
}

static bool can_make(const struct crew *c)
{
	return c->first && c->taken - c->turn < c->hands;
}

/* There is more to do than what the caller is about to do. */
static void call_another(struct crew *c)
{
	if (can_hand_over(c) || can_make(c))
		pthread_cond_signal(&c->work);
}

/* ── doing it: the lock is given back meanwhile ── */

static void make(struct crew *c)
{
	struct crew_batch *b = c->first;
	struct made *d = made_of(c, c->taken++);
	*d = (struct made){ .job = &b->job[b->taken++], .batch = b, .p = { .message = { .max = MESSAGE_MAX } } };
	if (b->taken == b->n)
		c->first = b->behind;
	call_another(c);
	pthread_mutex_unlock(&c->m);
	d->mem = arena_new(LETTER_MEM);
	d->st = compose_letter(d->mem, c->face, d->job->l, NULL, d->job->date, &d->p, &d->job->err);
	pthread_mutex_lock(&c->m);
	d->ready = true;
}

/* What the relay took is kept at once, before anything else can go wrong. */
static void deliver(struct crew *c, struct smtp *smtp, struct made *d)
{
	struct crew_job *j = d->job;
	if (d->st)
		j->fate = d->st == ST_INVALID ? FATE_REFUSED : FATE_FAULT;
	else
		j->fate = smtp_deliver(smtp, &d->p, &j->err);
	j->unsure = !d->st && smtp_unsure(smtp);
	j->kept = j->fate == FATE_SENT && sent_log_add(c->sent, j->tag);
	buf_free(&d->p.message);
	arena_free(d->mem);
}

static void hand_over(struct crew *c)
{
	struct smtp *smtp = c->idle[--c->nidle];
	struct made d = *made_of(c, c->turn++); /* its place is another's from now on */
	call_another(c);
	pthread_mutex_unlock(&c->m);
	deliver(c, smtp, &d);
	pthread_mutex_lock(&c->m);
	c->idle[c->nidle++] = smtp;
	if (--d.batch->open == 0)
		pthread_cond_signal(&c->done);
}

static void *run(void *arg)
{
	struct crew *c = arg;
	pthread_mutex_lock(&c->m);
	while (!c->stop) {
		if (can_hand_over(c))
			hand_over(c);
		else if (can_make(c))
			make(c);
		else
			pthread_cond_wait(&c->work, &c->m);
	}
	pthread_mutex_unlock(&c->m);
	return NULL;
}

static bool add_hand(struct crew *c, struct err *e)
{
	if (pthread_create(&c->hand[c->hands], NULL, run, c))
		return !err_set(e, ST_BUSY, "a thread that sends mail can't be started");
	pthread_mutex_lock(&c->m);
	c->hands++;
	pthread_mutex_unlock(&c->m);
	return true;
}

static bool add_connection(struct crew *c, const char *url, const char *helo, struct err *e)
{
	struct smtp *smtp = smtp_new(url, helo, e);
	if (smtp)
		c->smtp[c->connections++] = c->idle[c->nidle++] = smtp;
	return smtp;
}

struct crew *crew_new(const char *url, const char *helo, int connections, const struct face *face,
		      struct sent_log *sent, struct err *e)
{
	struct crew *c = calloc(1, sizeof *c);
	if (!c) {
		err_set(e, ST_BUSY, "out of memory");
		return NULL;
	}
	c->face = face;
	c->sent = sent;
	pthread_mutex_init(&c->m, NULL);
	pthread_cond_init(&c->work, NULL);
	pthread_cond_init(&c->done, NULL);
	bool well = true;
	while (well && c->connections < connections && c->connections < CREW_MAX)
		well = add_connection(c, url, helo, e);
	while (well && c->hands < c->connections + SPARE)
		well = add_hand(c, e);
	if (well)
		return c;
	crew_free(c);
	return NULL;
}

/* ── how many at a time ── */

int crew_share(struct crew *c)
{
	if (clock_mono() - c->shared_at > RUN_USEC)
		c->share = c->connections;
	return c->share;
}

int crew_share_after(struct crew *c, int64_t took)
{
	int less = c->share / 2, more = c->share * 2;
	c->shared_at = clock_mono();
	if (took > RUN_USEC)
		c->share = less > c->connections ? less : c->connections;
	else
		c->share = more < UNWRITTEN_MAX ? more : UNWRITTEN_MAX;
	return c->share;
}

void crew_add(struct crew *c, struct crew_batch *b)
{
	b->taken = 0;
	b->open = b->n;
	b->behind = NULL;
	if (!b->n)
		return;
	pthread_mutex_lock(&c->m);
	if (c->first)
		c->last->behind = b;
	else
		c->first = b;
	c->last = b;
	pthread_cond_signal(&c->work);
	pthread_mutex_unlock(&c->m);
}

void crew_wait(struct crew *c, struct crew_batch *b)
{
	pthread_mutex_lock(&c->m);
	while (b->open)
		pthread_cond_wait(&c->done, &c->m);
	pthread_mutex_unlock(&c->m);
}

void crew_give_up(struct crew *c)
{
	for (int i = 0; i < c->connections; i++)
		smtp_give_up(c->smtp[i]);
}

void crew_free(struct crew *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->m);
	c->stop = true;
	pthread_cond_broadcast(&c->work);
	pthread_mutex_unlock(&c->m);
	for (int i = 0; i < c->hands; i++)
		pthread_join(c->hand[i], NULL);
	for (int i = 0; i < c->connections; i++)
		smtp_free(c->smtp[i]);
	pthread_cond_destroy(&c->work);
	pthread_cond_destroy(&c->done);
	pthread_mutex_destroy(&c->m);
	free(c);
}
