/* crew.c — letters to many, over several connections: each thread has one, takes the next letter, composes it and hands
 * it over. A relay far away answers each command after a while; on one connection that while is all there is. */
#include "out/mail/mail_int.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { LETTER_MEM = 1 << 20 };

struct hand {
	struct crew *crew;
	struct smtp *smtp;
	pthread_t thread;
};

struct crew {
	const struct face *face;
	struct sent_log *sent;
	pthread_mutex_t m;
	pthread_cond_t more, done;
	struct crew_batch *first, *last; /* those with letters nobody has taken yet */
	bool stop;
	int hands;
	struct hand hand[CREW_MAX];
};

/* What the relay took is kept at once, before anything else can go wrong. */
static void work(struct hand *h, struct crew_job *j)
{
	struct arena *mem = arena_new(LETTER_MEM);
	struct parcel p = { .message = { .max = MESSAGE_MAX } };
	enum st st = compose_letter(mem, h->crew->face, j->l, NULL, j->date, &p, &j->err);
	if (st)
		j->fate = st == ST_INVALID ? FATE_REFUSED : FATE_FAULT;
	else
		j->fate = smtp_deliver(h->smtp, &p, &j->err);
	j->unsure = !st && smtp_unsure(h->smtp);
	j->kept = j->fate == FATE_SENT && sent_log_add(h->crew->sent, j->tag);
	buf_free(&p.message);
	arena_free(mem);
}

static void *run(void *arg)
{
	struct hand *h = arg;
	struct crew *c = h->crew;
	pthread_mutex_lock(&c->m);
	for (;;) {
		while (!c->stop && !c->first)
			pthread_cond_wait(&c->more, &c->m);
		if (c->stop)
			break;
		struct crew_batch *b = c->first;
		struct crew_job *j = &b->job[b->taken++];
		if (b->taken == b->n)
			c->first = b->behind;
		pthread_mutex_unlock(&c->m);
		work(h, j);
		pthread_mutex_lock(&c->m);
		if (--b->open == 0)
			pthread_cond_signal(&c->done);
	}
	pthread_mutex_unlock(&c->m);
	return NULL;
}

static bool add_hand(struct crew *c, const char *url, const char *helo, struct err *e)
{
	struct hand *h = &c->hand[c->hands];
	h->crew = c;
	h->smtp = smtp_new(url, helo, e);
	if (!h->smtp)
		return false;
	if (pthread_create(&h->thread, NULL, run, h)) {
		smtp_free(h->smtp);
		return !err_set(e, ST_BUSY, "a thread that sends mail can't be started");
	}
	c->hands++;
	return true;
}

struct crew *crew_new(const char *url, const char *helo, int hands, const struct face *face, struct sent_log *sent,
		      struct err *e)
{
	struct crew *c = calloc(1, sizeof *c);
	if (!c) {
		err_set(e, ST_BUSY, "out of memory");
		return NULL;
	}
	c->face = face;
	c->sent = sent;
	pthread_mutex_init(&c->m, NULL);
	pthread_cond_init(&c->more, NULL);
	pthread_cond_init(&c->done, NULL);
	while (c->hands < hands && c->hands < CREW_MAX)
		if (!add_hand(c, url, helo, e)) {
			crew_free(c);
			return NULL;
		}
	return c;
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
	pthread_cond_broadcast(&c->more);
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
	for (int i = 0; i < c->hands; i++)
		smtp_give_up(c->hand[i].smtp);
}

void crew_free(struct crew *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->m);
	c->stop = true;
	pthread_cond_broadcast(&c->more);
	pthread_mutex_unlock(&c->m);
	for (int i = 0; i < c->hands; i++) {
		pthread_join(c->hand[i].thread, NULL);
		smtp_free(c->hand[i].smtp);
	}
	pthread_cond_destroy(&c->more);
	pthread_cond_destroy(&c->done);
	pthread_mutex_destroy(&c->m);
	free(c);
}
