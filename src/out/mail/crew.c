/* crew.c — letters to many, over several connections: a thread takes the next letter, composes it and hands it over. A relay
 * far away answers each command after a while; on one connection that while is all there is. There are some more threads
 * than connections, so that the next letter is there when a connection comes free. Letters get connections in the order in
 * which they came. */
#include "out/mail/mail_int.h"
#include <pthread.h>
#include <stdlib.h>

enum { LETTER_MEM = 1 << 20, SPARE = 2, HANDS_MAX = CREW_MAX + SPARE };

struct crew {
	const struct face *face;
	struct sent_log *sent;
	pthread_mutex_t m;
	pthread_cond_t more, done, free_again;
	struct crew_batch *first, *last; /* those with letters nobody has taken yet */
	int64_t taken, turn;		 /* letters that were taken; the one whose turn it is to get a connection */
	struct smtp *smtp[CREW_MAX];
	struct smtp *idle[CREW_MAX];
	int connections, nidle;
	bool stop;
	int hands;
	pthread_t hand[HANDS_MAX];
};

/* In its turn; with the lock held. */
static struct smtp *connection_take(struct crew *c, int64_t number)
{
	while (!c->nidle || c->turn != number)
		pthread_cond_wait(&c->free_again, &c->m);
	c->turn++;
	pthread_cond_broadcast(&c->free_again);
	return c->idle[--c->nidle];
}

static void connection_give(struct crew *c, struct smtp *smtp)
{
	c->idle[c->nidle++] = smtp;
	pthread_cond_broadcast(&c->free_again);
}

/* What the relay took is kept at once, before anything else can go wrong. */
static void work(struct crew *c, struct crew_job *j, int64_t number)
{
	struct arena *mem = arena_new(LETTER_MEM);
	struct parcel p = { .message = { .max = MESSAGE_MAX } };
	enum st st = compose_letter(mem, c->face, j->l, NULL, j->date, &p, &j->err);
	pthread_mutex_lock(&c->m);
	struct smtp *smtp = connection_take(c, number);
	pthread_mutex_unlock(&c->m);
	if (st)
		j->fate = st == ST_INVALID ? FATE_REFUSED : FATE_FAULT;
	else
		j->fate = smtp_deliver(smtp, &p, &j->err);
	j->unsure = !st && smtp_unsure(smtp);
	j->kept = j->fate == FATE_SENT && sent_log_add(c->sent, j->tag);
	pthread_mutex_lock(&c->m);
	connection_give(c, smtp);
	pthread_mutex_unlock(&c->m);
	buf_free(&p.message);
	arena_free(mem);
}

static void *run(void *arg)
{
	struct crew *c = arg;
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
		int64_t number = c->taken++;
		pthread_mutex_unlock(&c->m);
		work(c, j, number);
		pthread_mutex_lock(&c->m);
		if (--b->open == 0)
			pthread_cond_signal(&c->done);
	}
	pthread_mutex_unlock(&c->m);
	return NULL;
}

static bool add_hand(struct crew *c, struct err *e)
{
	if (pthread_create(&c->hand[c->hands], NULL, run, c))
		return !err_set(e, ST_BUSY, "a thread that sends mail can't be started");
	c->hands++;
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
	pthread_cond_init(&c->more, NULL);
	pthread_cond_init(&c->done, NULL);
	pthread_cond_init(&c->free_again, NULL);
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
	for (int i = 0; i < c->connections; i++)
		smtp_give_up(c->smtp[i]);
}

void crew_free(struct crew *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->m);
	c->stop = true;
	pthread_cond_broadcast(&c->more);
	pthread_mutex_unlock(&c->m);
	for (int i = 0; i < c->hands; i++)
		pthread_join(c->hand[i], NULL);
	for (int i = 0; i < c->connections; i++)
		smtp_free(c->smtp[i]);
	pthread_cond_destroy(&c->more);
	pthread_cond_destroy(&c->done);
	pthread_cond_destroy(&c->free_again);
	pthread_mutex_destroy(&c->m);
	free(c);
}
