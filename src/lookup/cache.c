#include "lookup/cache.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { SHARDS = 16, BUCKETS = 1 << 15, RECENT = 1 << 16, ASKED = 1 << 12, ALIGN = 16, CHANCES = 8 };

struct item;
struct hook { /* of an item on one dependency; doubly linked in its bucket */
	uint64_t dep;
	struct item *of;
	struct hook *next, **at;
};
struct item { /* its key and body follow its hooks */
	uint64_t hash;
	struct item *next, **at; /* in its bucket */
	size_t size, nkey, n;
	int64_t fresh_until;
	int nhooks;
	bool live, used; /* used: since it was last put at the ring's young end */
	char etag[17];
	struct hook hook[];
};

/* Items lie in a ring in the order they came: a put writes where the last one ended and makes room at the old end, so
 * that neither searches the heap. What was used meanwhile gets to the young end again. */
struct ring {
	char *p;
	size_t cap, oldest, next; /* where the oldest is, where the next one goes */
	size_t end;		  /* wrapped: the old part ends here, the young one begins at 0 */
	bool wrapped;
	size_t items; /* dead ones too */
};
struct shard {
	pthread_mutex_t lock;
	struct ring ring;
	struct item *bucket[BUCKETS];
	struct hook *hooks[BUCKETS];
	uint32_t asked[ASKED]; /* a part of the hash of what was asked for once while there was no room */
	size_t bytes, entries;
	int64_t hits, misses, dropped, evicted, passed;
};
struct cache {
	_Atomic int64_t cleared;	 /* position + 1 of the last clearing */
	_Atomic int64_t changed[RECENT]; /* the same by a dependency's low bits: a clash only costs a miss */
	struct shard shard[SHARDS];
};

static uint64_t key_hash(const char *key)
{
	return look_dep("key", key) * 0x9e3779b97f4a7c15u;
}

static struct shard *shard_of(struct cache *c, uint64_t hash)
{
	return &c->shard[hash >> 60 & (SHARDS - 1)];
}

static size_t bucket_of(uint64_t hash)
{
	return (hash >> 20) % BUCKETS;
}

/* Pages are taken as they are first written. */
static void ring_open(struct ring *r, size_t cap)
{
	void *p = cap ? mmap(NULL, cap, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
		      : MAP_FAILED;
	if (p == MAP_FAILED)
		return;
	r->p = p;
	r->cap = cap;
}

struct cache *cache_new(size_t bytes)
{
	struct cache *c = calloc(1, sizeof *c);
	if (!c)
		abort();
	for (int i = 0; i < SHARDS; i++) {
		ring_open(&c->shard[i].ring, bytes / SHARDS);
		pthread_mutex_init(&c->shard[i].lock, NULL);
	}
	return c;
}

void cache_free(struct cache *c)
{
	if (!c)
		return;
	for (int i = 0; i < SHARDS; i++) {
		if (c->shard[i].ring.p)
			munmap(c->shard[i].ring.p, c->shard[i].ring.cap);
		pthread_mutex_destroy(&c->shard[i].lock);
	}
	free(c);
}

/* ── links of an item; the shard is locked ── */

static char *item_key(struct item *t)
{
	return (char *)&t->hook[t->nhooks];
}

static char *item_body(struct item *t)
{
	return item_key(t) + t->nkey;
}

static void item_unlink(struct shard *s, struct item *t)
{
	*t->at = t->next;
	if (t->next)
		t->next->at = t->at;
	for (int i = 0; i < t->nhooks; i++) {
		*t->hook[i].at = t->hook[i].next;
		if (t->hook[i].next)
			t->hook[i].next->at = t->hook[i].at;
	}
	s->bytes -= t->size;
	s->entries--;
}

/* Its room is free when the ring's old end gets there. */
static void item_remove(struct shard *s, struct item *t)
{
	item_unlink(s, t);
	t->live = false;
}

static void item_link(struct shard *s, struct item *t)
{
	struct item **b = &s->bucket[bucket_of(t->hash)];
	t->next = *b;
	t->at = b;
	if (*b)
		(*b)->at = &t->next;
	*b = t;
	for (int i = 0; i < t->nhooks; i++) {
		struct hook *k = &t->hook[i], **h = &s->hooks[bucket_of(k->dep)];
		k->of = t;
		k->next = *h;
		k->at = h;
		if (*h)
			(*h)->at = &k->next;
		*h = k;
	}
	s->bytes += t->size;
	s->entries++;
}

/* ── room ── */

/* The oldest goes, or moves to the young end; the gap before it, if any, moves behind it with it. */
static void oldest_go(struct shard *s, int *chances)
{
	struct ring *r = &s->ring;
	struct item *t = (struct item *)(r->p + r->oldest);
	size_t size = t->size;
	bool stays = t->live && t->used && *chances > 0;
	if (t->live)
		item_unlink(s, t);
	s->evicted += t->live && !stays;
	if (stays) {
		(*chances)--;
		t = memmove(r->p + r->next, t, size);
		t->used = false;
		item_link(s, t);
		r->next += size;
	}
	r->items -= !stays;
	r->oldest += size;
	if (r->oldest == r->end) {
		r->oldest = 0;
		r->wrapped = false;
	}
}

/* Without anything live having to go. */
static bool has_room(const struct ring *r, size_t size)
{
	size_t until = r->wrapped ? r->oldest : r->cap;
	if (!r->items || until - r->next >= size)
		return true;
	return !((const struct item *)(r->p + r->oldest))->live;
}

static void *room_for(struct shard *s, size_t size)
{
	struct ring *r = &s->ring;
	int chances = CHANCES;
	if (size > r->cap / 2)
		return NULL;
	for (;;) {
		if (!r->items)
			r->oldest = r->next = 0, r->wrapped = false;
		size_t until = r->wrapped ? r->oldest : r->cap;
		if (until - r->next >= size)
			break;
		if (r->wrapped) {
			oldest_go(s, &chances);
			continue;
		}
		r->end = r->next;
		r->next = 0;
		r->wrapped = true;
	}
	void *p = r->p + r->next;
	r->next += size;
	r->items++;
	return p;
}

static struct item *item_find(struct shard *s, uint64_t hash, const char *key)
{
	struct item *t = s->bucket[bucket_of(hash)];
	while (t && (t->hash != hash || strcmp(item_key(t), key) != 0))
		t = t->next;
	return t;
}

/* ── use ── */

struct blob cache_get(struct cache *c, struct arena *mem, const char *key, int64_t now, char etag[17])
{
	uint64_t hash = key_hash(key);
	struct shard *s = shard_of(c, hash);
	struct blob out = { 0 };
	pthread_mutex_lock(&s->lock);
	struct item *t = item_find(s, hash, key);
	if (t && t->fresh_until <= now) {
		item_remove(s, t);
		t = NULL;
	}
	if (t) {
		out = (struct blob){ arena_dup(mem, item_body(t), t->n), t->n };
		memcpy(etag, t->etag, sizeof t->etag);
		t->used = true;
	}
	*(t ? &s->hits : &s->misses) += 1;
	pthread_mutex_unlock(&s->lock);
	return out;
}

bool cache_wants(struct cache *c, const char *key, size_t n)
{
	uint64_t hash = key_hash(key);
	struct shard *s = shard_of(c, hash);
	uint32_t *asked = &s->asked[(hash >> 20) % ASKED], mark = (uint32_t)hash | 1;
	size_t most = sizeof(struct item) + LOOK_DEPS * sizeof(struct hook) + strlen(key) + 1 + n + ALIGN;
	pthread_mutex_lock(&s->lock);
	bool wants = s->ring.cap && (has_room(&s->ring, most) || *asked == mark);
	*asked = mark;
	s->passed += !wants;
	pthread_mutex_unlock(&s->lock);
	return wants;
}

/* NULL: too large for it. */
static struct item *item_new(struct shard *s, const char *key, struct blob body, const struct look_deps *deps)
{
	size_t fixed = sizeof(struct item) + (size_t)deps->n * sizeof(struct hook), k = strlen(key) + 1;
	size_t size = (fixed + k + body.n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	struct item *t = room_for(s, size);
	if (!t)
		return NULL;
	*t = (struct item){ .size = size, .nkey = k, .n = body.n, .nhooks = deps->n, .live = true };
	for (int i = 0; i < deps->n; i++)
		t->hook[i].dep = deps->dep[i];
	memcpy(item_key(t), key, k);
	memcpy(item_body(t), body.p, body.n);
	return t;
}

static bool outrun(struct cache *c, const struct look_deps *deps, int64_t head)
{
	if (atomic_load(&c->cleared) > head)
		return true;
	for (int i = 0; i < deps->n; i++)
		if (atomic_load(&c->changed[deps->dep[i] % RECENT]) > head)
			return true;
	return false;
}

void cache_put(struct cache *c, const char *key, struct blob body, const char etag[17], const struct look_deps *deps,
	       int64_t head, int64_t fresh_until)
{
	uint64_t hash = key_hash(key);
	struct shard *s = shard_of(c, hash);
	if (deps->over || body.n > s->ring.cap / 4)
		return;
	pthread_mutex_lock(&s->lock);
	struct item *old = item_find(s, hash, key);
	if (old)
		item_remove(s, old);
	struct item *t = outrun(c, deps, head) ? NULL : item_new(s, key, body, deps);
	if (t) {
		t->hash = hash;
		t->fresh_until = fresh_until;
		memcpy(t->etag, etag, sizeof t->etag);
		item_link(s, t);
	}
	pthread_mutex_unlock(&s->lock);
}

/* First the mark, then the items: what is put between the two sees the mark. */
static void mark(_Atomic int64_t *m, int64_t seq)
{
	if (atomic_load(m) < seq + 1)
		atomic_store(m, seq + 1);
}

void cache_drop(struct cache *c, uint64_t dep, int64_t seq)
{
	mark(&c->changed[dep % RECENT], seq);
	for (int i = 0; i < SHARDS; i++) {
		struct shard *s = &c->shard[i];
		pthread_mutex_lock(&s->lock);
		for (struct hook *h = s->hooks[bucket_of(dep)]; h;) {
			if (h->dep != dep) {
				h = h->next;
				continue;
			}
			item_remove(s, h->of); /* may take neighbours of this bucket with it */
			s->dropped++;
			h = s->hooks[bucket_of(dep)];
		}
		pthread_mutex_unlock(&s->lock);
	}
}

void cache_clear(struct cache *c, int64_t seq)
{
	mark(&c->cleared, seq);
	for (int i = 0; i < SHARDS; i++) {
		struct shard *s = &c->shard[i];
		pthread_mutex_lock(&s->lock);
		memset(s->bucket, 0, sizeof s->bucket);
		memset(s->hooks, 0, sizeof s->hooks);
		s->dropped += (int64_t)s->entries;
		s->ring.items = s->entries = s->bytes = 0;
		pthread_mutex_unlock(&s->lock);
	}
}

void cache_stats(struct cache *c, struct cache_stats *out)
{
	*out = (struct cache_stats){ 0 };
	for (int i = 0; i < SHARDS; i++) {
		struct shard *s = &c->shard[i];
		pthread_mutex_lock(&s->lock);
		out->entries += (int64_t)s->entries;
		out->bytes += (int64_t)s->bytes;
		out->hits += s->hits;
		out->misses += s->misses;
		out->dropped += s->dropped;
		out->evicted += s->evicted;
		out->passed += s->passed;
		pthread_mutex_unlock(&s->lock);
	}
}
