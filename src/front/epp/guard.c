#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "front/epp/epp_int.h"

/* A fixed table, eight places a row; a full row gives up the failure that is longest ago. */
enum { ROWS = 1024, WAYS = 8, SEATS = 256, FREE_TRIES = 5, WINDOW_SECONDS = 15 * 60, LOCK_MAX_SECONDS = 15 * 60 };

struct failure {
	uint64_t key; /* 0: free */
	int n;
	int64_t last, until;
};
struct seat {
	struct seat *next;
	char handle[17];
	int64_t n, credit, at; /* credit: millionths of a command */
};
struct guard {
	pthread_mutex_t lock;
	uint8_t secret[16];
	struct failure failure[ROWS][WAYS];
	struct seat *seat[SEATS];
};

struct guard *guard_new(void)
{
	struct guard *g = calloc(1, sizeof *g);
	if (!g)
		abort();
	pthread_mutex_init(&g->lock, NULL);
	random_bytes(g->secret, sizeof g->secret);
	return g;
}

void guard_free(struct guard *g)
{
	if (!g)
		return;
	for (int i = 0; i < SEATS; i++)
		for (struct seat *s = g->seat[i], *next; s; s = next) {
			next = s->next;
			free(s);
		}
	pthread_mutex_destroy(&g->lock);
	free(g);
}

static uint64_t key_of(const struct guard *g, const struct frame_peer *p)
{
	uint8_t text[7 + 65] = { p->addr.family };
	uint64_t key;
	memcpy(text + 1, p->addr.b, p->addr.family == 4 ? 3 : 6);
	memcpy(text + 7, p->fingerprint, sizeof p->fingerprint);
	struct hash h = hash_mac(g->secret, sizeof g->secret, text, sizeof text);
	memcpy(&key, h.b, sizeof key);
	return key ? key : 1;
}

/* The place of this key; with `make` one is found for it. */
static struct failure *place(struct guard *g, uint64_t key, int64_t now, bool make)
{
	struct failure *row = g->failure[key % ROWS], *oldest = row;
	for (int i = 0; i < WAYS; i++) {
		if (row[i].key == key) {
			if (now - row[i].last > WINDOW_SECONDS * USEC)
				row[i].n = 0;
			return &row[i];
		}
		if (row[i].last < oldest->last || !row[i].key)
			oldest = row[i].key && !oldest->key ? oldest : &row[i];
	}
	if (!make)
		return NULL;
	*oldest = (struct failure){ .key = key };
	return oldest;
}

int64_t guard_wait(struct guard *g, const struct frame_peer *p, int64_t now)
{
	pthread_mutex_lock(&g->lock);
	struct failure *f = place(g, key_of(g, p), now, false);
	int64_t left = f ? f->until - now : 0;
	pthread_mutex_unlock(&g->lock);
	return left > 0 ? (left + USEC - 1) / USEC : 0;
}

void guard_failed(struct guard *g, const struct frame_peer *p, int64_t now)
{
	pthread_mutex_lock(&g->lock);
	struct failure *f = place(g, key_of(g, p), now, true);
	f->last = now;
	if (++f->n >= FREE_TRIES) {
		int64_t wait = f->n - FREE_TRIES < 10 ? INT64_C(1) << (f->n - FREE_TRIES) : LOCK_MAX_SECONDS;
		f->until = now + (wait < LOCK_MAX_SECONDS ? wait : LOCK_MAX_SECONDS) * USEC;
	}
	pthread_mutex_unlock(&g->lock);
}

int guard_forget(struct guard *g, const struct frame_peer *p)
{
	pthread_mutex_lock(&g->lock);
	struct failure *f = place(g, key_of(g, p), 0, false);
	int n = f ? f->n : 0;
	if (f)
		*f = (struct failure){ 0 };
	pthread_mutex_unlock(&g->lock);
	return n;
}

/* ── seats ── */

static struct seat *seat_of(struct guard *g, const char *handle)
{
	struct hash h = hash_of(handle, strlen(handle));
	struct seat **row = &g->seat[h.b[0] % SEATS], *s = *row;
	while (s && strcmp(s->handle, handle) != 0)
		s = s->next;
	if (s)
		return s;
	if (!(s = calloc(1, sizeof *s)))
		abort();
	memcpy(s->handle, handle, strnlen(handle, sizeof s->handle - 1));
	s->next = *row;
	return *row = s;
}

struct seat *seat_take(struct guard *g, const char *handle, int64_t max)
{
	pthread_mutex_lock(&g->lock);
	struct seat *s = seat_of(g, handle);
	bool ok = !max || s->n < max;
	s->n += ok;
	pthread_mutex_unlock(&g->lock);
	return ok ? s : NULL;
}

void seat_leave(struct guard *g, struct seat *s)
{
	if (!s)
		return;
	pthread_mutex_lock(&g->lock);
	s->n--;
	pthread_mutex_unlock(&g->lock);
}

int64_t seat_spend(struct guard *g, struct seat *s, int64_t rate, int64_t now)
{
	if (!s || rate <= 0)
		return 0;
	pthread_mutex_lock(&g->lock);
	int64_t full = 2 * rate * USEC, gone = s->at ? now - s->at : 2 * USEC;
	s->credit = gone >= 4 * USEC ? full : s->credit + gone * rate;
	if (!s->at || s->credit > full)
		s->credit = full;
	s->at = now;
	s->credit -= USEC;
	int64_t wait = s->credit < 0 ? -s->credit / rate : 0;
	pthread_mutex_unlock(&g->lock);
	return wait;
}
