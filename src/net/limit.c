#include "net/limit.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/hash.h"

/* A network's slot is one of the WAYS of its row, so a look-up is bounded; a full row gives up the network that has
 * used the least of its budget, which loses least by being forgotten. Credit counts in 1/3,600,000,000 of a token: then
 * a microsecond is worth exactly `per_hour`. */
enum { WAYS = 8, LOCKS = 16 };
#define TOKEN 3600000000LL

struct slot {
	uint64_t net; /* 0: free */
	int64_t credit, at;
};
struct limit {
	struct slot *slots;
	size_t rows; /* a power of two */
	int64_t per_hour, full;
	uint64_t seed;
	pthread_mutex_t lock[LOCKS];
};

struct limit *limit_new(int slots, int64_t per_hour, int64_t burst)
{
	struct limit *l = calloc(1, sizeof *l);
	if (!l)
		abort();
	for (l->rows = 1; l->rows * WAYS < (size_t)(slots > 0 ? slots : 1);)
		l->rows *= 2;
	l->slots = calloc(l->rows * WAYS, sizeof *l->slots);
	if (!l->slots)
		abort();
	const int64_t most = INT64_MAX / TOKEN / 2;
	l->per_hour = per_hour < 0 ? 0 : per_hour > most ? most : per_hour;
	l->full = (burst < 1 ? 1 : burst > most ? most : burst) * TOKEN;
	random_bytes(&l->seed, sizeof l->seed);
	for (int i = 0; i < LOCKS; i++)
		pthread_mutex_init(&l->lock[i], NULL);
	return l;
}

void limit_free(struct limit *l)
{
	if (!l)
		return;
	for (int i = 0; i < LOCKS; i++)
		pthread_mutex_destroy(&l->lock[i]);
	free(l->slots);
	free(l);
}

/* Family in the top byte, then the bytes of the /24 or /48. */
static uint64_t net_of(const struct addr *a)
{
	uint64_t net = a->family;
	for (int i = 0; i < 6; i++)
		net = net << 8 | (a->family == 6 || i < 3 ? a->b[i] : 0);
	return net;
}

static uint64_t mix(uint64_t x, uint64_t seed)
{
	x ^= seed;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return (x ^ x >> 31) + seed;
}

static int64_t credit_at(const struct limit *l, const struct slot *s, int64_t now)
{
	int64_t passed = now - s->at;
	if (passed <= 0 || !l->per_hour) /* the clock may be set back */
		return s->credit;
	return passed >= (l->full - s->credit) / l->per_hour ? l->full : s->credit + passed * l->per_hour;
}

static struct slot *slot_find(const struct limit *l, struct slot *row, uint64_t net, int64_t now)
{
	struct slot *best = row;
	int64_t most = -1;
	for (struct slot *s = row; s < row + WAYS; s++) {
		if (s->net == net)
			return s;
		int64_t credit = s->net ? credit_at(l, s, now) : INT64_MAX;
		if (credit > most) {
			most = credit;
			best = s;
		}
	}
	*best = (struct slot){ net, l->full, now };
	return best;
}

bool limit_take(struct limit *l, const struct addr *client, int64_t now, int64_t *retry_after_seconds)
{
	uint64_t net = net_of(client);
	size_t row = mix(net, l->seed) & (l->rows - 1);
	pthread_mutex_t *lock = &l->lock[row % LOCKS];
	pthread_mutex_lock(lock);
	struct slot *s = slot_find(l, l->slots + row * WAYS, net, now);
	s->credit = credit_at(l, s, now);
	s->at = now;
	bool ok = s->credit >= TOKEN;
	int64_t missing = TOKEN - s->credit;
	if (ok)
		s->credit -= TOKEN;
	pthread_mutex_unlock(lock);
	if (retry_after_seconds) {
		int64_t usec = l->per_hour ? (missing + l->per_hour - 1) / l->per_hour : TOKEN;
		*retry_after_seconds = ok ? 0 : (usec + 999999) / 1000000;
	}
	return ok;
}
