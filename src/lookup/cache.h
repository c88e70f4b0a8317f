/* cache.h — rendered answers to the public, with a cap in bytes. Each hangs on the subjects it was made from (look_dep)
 * and goes when one of them changes; nothing is emptied as a whole by an ordinary write. Thread-safe.
 *
 * An answer carries the journal position it was read at: one that was being rendered while a subject changed is not
 * kept (cache_put compares with what was dropped meanwhile). */
#ifndef LOOKUP_CACHE_H
#define LOOKUP_CACHE_H
#include "base/arena.h"
#include "lookup/lookup.h"

struct cache;
struct cache *cache_new(size_t bytes); /* 0: keeps nothing */
void cache_free(struct cache *c);
/* A copy in mem, or p NULL. etag[17]. */
struct blob cache_get(struct cache *c, struct arena *mem, const char *key, int64_t now, char etag[17]);
/* Should this be kept? While there is room, whatever it is; then what was asked for a second time within some ten
 * thousand questions: whoever goes through all names once drives nothing out. n: about its size. */
bool cache_wants(struct cache *c, const char *key, size_t n);
void cache_put(struct cache *c, const char *key, struct blob body, const char etag[17], const struct look_deps *deps,
	       int64_t head, int64_t fresh_until);
/* Entry `seq` of the journal is about this. */
void cache_drop(struct cache *c, uint64_t dep, int64_t seq);
void cache_clear(struct cache *c, int64_t seq);
struct cache_stats {
	int64_t entries, bytes, hits, misses, dropped, evicted, passed; /* passed: not wanted */
};
void cache_stats(struct cache *c, struct cache_stats *out);
#endif
