#include "lookup/cache.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { SHARDS = 16, BUCKETS = 1 << 13, RECENT = 1 << 16 };

struct item;
struct hook { /* of an item on one dependency; doubly linked in its bucket */
	uint64_t dep;
	struct item *of;
	struct hook *next, **at;
};
struct item {
	uint64_t hash;
	struct item *next, **at;    /* in its bucket */
	struct item *newer, *older; /* by last use */
	size_t size, n;
	int64_t fresh_until;
	int nhooks;
	char etag[17];
	char *body, *key;
	struct hook hook[];
};
struct shard {
	pthread_mutex_t lock;
	struct item *bucket[BUCKETS];
	struct hook *hooks[BUCKETS];
	struct item *newest, *oldest;
	size_t bytes, entries;
	int64_t hits, misses, dropped, evicted;
};
struct cache {
	size_t cap;			 /* of a shard */
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

struct cache *cache_new(size_t bytes)
{
	struct cache *c = calloc(1, sizeof *c);
	if (!c)
		abort();
	c->cap = bytes / SHARDS;
	for (int i = 0; i < SHARDS; i++)
		pthread_mutex_init(&c->shard[i].lock, NULL);
	return c;
}

/* ── links of an item; the shard is locked ── */

static void use_unlink(struct shard *s, struct item *t)
{
	*(t->newer ? &t->newer->older : &s->newest) = t->older;
	*(t->older ? &t->older->newer : &s->oldest) = t->newer;
}

static void use_link(struct shard *s, struct item *t)
{
	t->newer = NULL;
	t->older = s->newest;
	*(s->newest ? &s->newest->newer : &s->oldest) = t;
	s->newest = t;
}

static void item_remove(struct shard *s, struct item *t)
{
	use_unlink(s, t);
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
	free(t);
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
		k->next = *h;
		k->at = h;
		if (*h)
			(*h)->at = &k->next;
		*h = k;
	}
	use_link(s, t);
	s->bytes += t->size;
	s->entries++;
}

static struct item *item_find(struct shard *s, uint64_t hash, const char *key)
{
	struct item *t = s->bucket[bucket_of(hash)];
	while (t && (t->hash != hash || strcmp(t->key, key) != 0))
		t = t->next;
	return t;
}

void cache_free(struct cache *c)
{
	if (!c)
		return;
	for (int i = 0; i < SHARDS; i++) {
		while (c->shard[i].oldest)
			item_remove(&c->shard[i], c->shard[i].oldest);
		pthread_mutex_destroy(&c->shard[i].lock);
	}
	free(c);
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
		out = (struct blob){ arena_dup(mem, t->body, t->n), t->n };
		memcpy(etag, t->etag, sizeof t->etag);
		use_unlink(s, t);
		use_link(s, t);
	}
	*(t ? &s->hits : &s->misses) += 1;
	pthread_mutex_unlock(&s->lock);
	return out;
}

static struct item *item_new(const char *key, struct blob body, const struct look_deps *deps)
{
	size_t fixed = sizeof(struct item) + (size_t)deps->n * sizeof(struct hook), k = strlen(key) + 1;
	struct item *t = malloc(fixed + k + body.n);
	if (!t)
		return NULL;
	memset(t, 0, fixed);
	t->size = fixed + k + body.n + 32;
	t->n = body.n;
	t->nhooks = deps->n;
	t->key = (char *)t + fixed;
	t->body = t->key + k;
	memcpy(t->key, key, k);
	memcpy(t->body, body.p, body.n);
	for (int i = 0; i < deps->n; i++)
		t->hook[i] = (struct hook){ .dep = deps->dep[i], .of = t };
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
	struct item *t = deps->over || body.n > c->cap / 4 ? NULL : item_new(key, body, deps);
	if (!t)
		return;
	t->hash = key_hash(key);
	t->fresh_until = fresh_until;
	memcpy(t->etag, etag, sizeof t->etag);
	struct shard *s = shard_of(c, t->hash);
	pthread_mutex_lock(&s->lock);
	struct item *old = item_find(s, t->hash, key);
	if (old)
		item_remove(s, old);
	if (outrun(c, deps, head)) {
		free(t);
	} else {
		item_link(s, t);
		while (s->bytes > c->cap && s->oldest) {
			item_remove(s, s->oldest);
			s->evicted++;
		}
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
		for (; s->oldest; s->dropped++)
			item_remove(s, s->oldest);
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
		pthread_mutex_unlock(&s->lock);
	}
}
