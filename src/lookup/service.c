#include "lookup/service.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "base/worker.h"
#include "store/journal.h"
#include "who/contact_check.h"

enum { BATCH = 256 };
#define POLL_USEC 150000
#define BLIND_USEC 700000 /* without news of the journal for so long: say nothing from the cache */
#define KEEP_USEC (3600 * USEC)

static struct service {
	struct store *store;
	struct cache *cache;
	struct limit *whois, *rdap, *contact;
	struct worker work;
	_Atomic int64_t first, next, seen; /* positions; clock_mono() of the last look that succeeded */
	_Atomic int64_t limited[2], disclosures;
} * _Atomic running;

/* ── the reader of the journal ── */

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* What else the entry changed (names/registry_int.h, struct also): answers with a host's former name; of what is linked
 * now, or no longer, its own answer alone. */
static void with_drop(struct cache *c, struct arena *mem, const struct entry *e)
{
	const struct json *o =
		strstr(e->payload, "\"with\"") ? json_parse(mem, e->payload, strlen(e->payload), NULL) : NULL;
	const struct json *with = json_get(o, "with");
	const char *room = is(e->verb, "host-renamed") ? "names" : "linked";
	for (int i = 0; i < json_count(with); i++)
		if (json_str(json_at(with, i)))
			cache_drop(c, look_dep(room, json_str(json_at(with, i))), e->seq);
}

/* "contact:17": an address was confirmed, or is the wrong one. */
static void address_drop(struct cache *c, struct req *rq, const struct entry *e)
{
	struct contact_check k;
	int64_t id;
	bool known = !strncmp(e->subject, "contact:", 8) && text_int(e->subject + 8, 1, INT64_MAX, &id) &&
		     contact_check_get(rq, id, &k) == ST_OK;
	err_clear(&rq->err);
	cache_drop(c, known ? look_dep_mail(rq->mem, k.email) : look_dep("import", "who"), e->seq);
}

static void entry_apply(struct cache *c, struct req *rq, const struct entry *e)
{
	static const char *const quiet[] = { "disclosed",   "partner-added",   "partner-disabled",
					     "relay-asked", "relay-confirmed", "relay-stopped" };
	if (is(e->verb, "contact-confirmed") || is(e->verb, "contact-wrong")) {
		address_drop(c, rq, e);
		return;
	}
	if (is(e->verb, "imported")) {
		cache_drop(c, look_dep("import", e->room), e->seq);
		return;
	}
	for (size_t i = 0; i < sizeof quiet / sizeof *quiet; i++)
		if (is(e->verb, quiet[i]))
			return;
	if (is(e->room, "lookup") || is(e->verb, "person-erased") || is(e->verb, "names-loaded")) {
		cache_clear(c, e->seq);
	} else if (is(e->room, "names")) {
		cache_drop(c, look_dep("names", e->subject), e->seq);
		with_drop(c, rq->mem, e);
		if (!strncmp(e->verb, "zone-", 5))
			cache_drop(c, look_dep("zone", "added"), e->seq);
	}
}

/* All that is new; false when the journal could not be read. */
static bool follow(struct service *s, struct arena *mem)
{
	struct req rq = { .mem = mem, .who = &actor_anonymous };
	struct entry *e = arena_array(mem, struct entry, BATCH);
	int n = 0;
	if (!(rq.db = store_reader(s->store, &rq.err)))
		return false;
	int64_t next = atomic_load(&s->next), head = 0;
	bool ok = journal_head(&rq, &head) == ST_OK;
	if (ok && next < 0) {
		next = head;
		atomic_store(&s->first, head);
	}
	if (ok && next < head)
		ok = journal_read(&rq, next, BATCH, e, &n) == ST_OK;
	for (int i = 0; ok && i < n; i++)
		entry_apply(s->cache, &rq, &e[i]);
	store_reader_done(s->store);
	if (!ok)
		return false;
	if (next > head) /* a restored store: nothing is known about what was kept */
		cache_clear(s->cache, next), next = head, n = 0;
	atomic_store(&s->next, next + n);
	if (next + n >= head)
		atomic_store(&s->seen, clock_mono());
	return n == BATCH;
}

static void *service_run(void *arg)
{
	struct service *s = arg;
	struct arena *mem = arena_new((size_t)16 << 20);
	pthread_setname_np(pthread_self(), "lookup-watch");
	do {
		while (follow(s, mem))
			arena_reset(mem);
		arena_reset(mem);
	} while (worker_rest(&s->work, POLL_USEC));
	arena_free(mem);
	return NULL;
}

enum st lookup_start(const struct lookup_opts *o, struct err *e)
{
	struct service *s = calloc(1, sizeof *s);
	if (!s)
		abort();
	s->store = o->store;
	s->cache = cache_new(o->cache_bytes);
	s->whois = o->whois_per_net_hour ? limit_new(65536, o->whois_per_net_hour, o->whois_per_net_hour / 10) : NULL;
	s->rdap = o->rdap_per_net_hour ? limit_new(65536, o->rdap_per_net_hour, o->rdap_per_net_hour / 10) : NULL;
	s->contact =
		o->contact_per_net_hour ? limit_new(16384, o->contact_per_net_hour, o->contact_per_net_hour) : NULL;
	atomic_store(&s->first, INT64_MAX); /* what was read before the first look may have changed unseen */
	atomic_store(&s->next, -1);
	atomic_store(&s->seen, INT64_MIN / 2);
	if (!worker_begin(&s->work, service_run, s)) {
		cache_free(s->cache);
		limit_free(s->whois);
		limit_free(s->rdap);
		limit_free(s->contact);
		free(s);
		return err_set(e, ST_INTERNAL, "the look-up's thread could not be started");
	}
	atomic_store(&running, s);
	return ST_OK;
}

void lookup_stop(void)
{
	struct service *s = atomic_exchange(&running, NULL);
	if (!s)
		return;
	worker_end(&s->work);
	cache_free(s->cache);
	limit_free(s->whois);
	limit_free(s->rdap);
	limit_free(s->contact);
	free(s);
}

/* ── what the fronts ask ── */

struct limit *lookup_limit_whois(void)
{
	struct service *s = atomic_load(&running);
	return s ? s->whois : NULL;
}

bool lookup_allows(const struct addr *client, int64_t *wait)
{
	struct service *s = atomic_load(&running);
	if (!s || !s->rdap || limit_take(s->rdap, client, clock_now(), wait))
		return true;
	lookup_count_limited(false);
	return false;
}

struct blob lookup_cached(struct arena *mem, const char *key, char etag[17])
{
	struct service *s = atomic_load(&running);
	if (!s || clock_mono() - atomic_load(&s->seen) > BLIND_USEC)
		return (struct blob){ 0 };
	return cache_get(s->cache, mem, key, clock_now(), etag);
}

struct limit *lookup_limit_contact(void)
{
	struct service *s = atomic_load(&running);
	return s ? s->contact : NULL;
}

int64_t lookup_head(struct req *rq)
{
	struct service *s = atomic_load(&running);
	int64_t head = -1;
	/* What is followed was committed before: a head too old only costs an answer that is dropped for nothing. */
	if (s && !store_reader_began(rq->db))
		return atomic_load(&s->next);
	if (!s || journal_head(rq, &head)) {
		err_clear(&rq->err);
		return -1;
	}
	return head;
}

void lookup_keep(const char *key, struct blob body, const char etag[17], const struct look *l, int64_t head)
{
	struct service *s = atomic_load(&running);
	if (!s || head < atomic_load(&s->first) || l->h.level != LEVEL_PUBLIC || l->h.at ||
	    !cache_wants(s->cache, key, body.n))
		return;
	struct look_deps deps;
	look_deps_of(l, &deps);
	int64_t until = clock_now() + KEEP_USEC;
	cache_put(s->cache, key, body, etag, &deps, head, l->h.fresh_until < until ? l->h.fresh_until : until);
}

void lookup_keep_text(const char *key, struct blob body, int64_t head)
{
	struct service *s = atomic_load(&running);
	const struct look_deps none = { .n = 0 };
	if (s && head >= atomic_load(&s->first))
		cache_put(s->cache, key, body, "0000000000000000", &none, head, clock_now() + KEEP_USEC);
}

static uint64_t fold(uint64_t a, uint64_t b)
{
	unsigned __int128 m = (unsigned __int128)a * b;
	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* It tells two answers to one question apart and withstands nobody: products of sixteen bytes at a time, because SHA-256
 * of an answer took a twelfth of the time that the whole answer takes. */
void lookup_etag(struct blob body, char out[17])
{
	const uint64_t k[3] = { 0x9e3779b97f4a7c15u, 0xc2b2ae3d27d4eb4fu, 0x165667b19e3779f9u };
	const char *p = body.p;
	uint64_t even = k[2] ^ body.n, odd = k[2], w[2];
	size_t n = body.n;
	for (; n >= sizeof w; p += sizeof w, n -= sizeof w) {
		memcpy(w, p, sizeof w);
		even = fold(even ^ w[0], k[0]);
		odd = fold(odd ^ w[1], k[1]);
	}
	memset(w, 0, sizeof w);
	if (n)
		memcpy(w, p, n);
	snprintf(out, 17, "%016llx",
		 (unsigned long long)fold(fold(even ^ w[0], k[0]) ^ k[2], fold(odd ^ w[1], k[1]) ^ k[1]));
}

void lookup_count_limited(bool whois)
{
	struct service *s = atomic_load(&running);
	if (s)
		atomic_fetch_add(&s->limited[whois], 1);
}

void lookup_count_disclosure(void)
{
	struct service *s = atomic_load(&running);
	if (s)
		atomic_fetch_add(&s->disclosures, 1);
}

void lookup_stats(struct lookup_stats *out)
{
	struct service *s = atomic_load(&running);
	*out = (struct lookup_stats){ 0 };
	if (!s)
		return;
	cache_stats(s->cache, &out->cache);
	out->followed = atomic_load(&s->next);
	out->limited[0] = atomic_load(&s->limited[0]);
	out->limited[1] = atomic_load(&s->limited[1]);
	out->disclosures = atomic_load(&s->disclosures);
}

void lookup_metrics(struct buf *out)
{
	struct lookup_stats s;
	lookup_stats(&s);
	const struct {
		const char *name, *type, *help;
		int64_t value;
	} rows[] = {
		{ "lookup_cache_entries", "gauge", "Rendered answers kept.", s.cache.entries },
		{ "lookup_cache_bytes", "gauge", "Memory of those.", s.cache.bytes },
		{ "lookup_cache_hits_total", "counter", "Answers that were there.", s.cache.hits },
		{ "lookup_cache_misses_total", "counter", "Answers that were not.", s.cache.misses },
		{ "lookup_cache_dropped_total", "counter", "Dropped because something changed.", s.cache.dropped },
		{ "lookup_cache_evicted_total", "counter", "Dropped for want of room.", s.cache.evicted },
		{ "lookup_cache_passed_total", "counter", "Not kept: asked for once, and there was no room.",
		  s.cache.passed },
		{ "lookup_limited_rdap_total", "counter", "Queries by RDAP, page and API beyond a network's budget.",
		  s.limited[0] },
		{ "lookup_limited_whois_total", "counter", "WHOIS queries beyond a network's budget.", s.limited[1] },
		{ "lookup_disclosures_total", "counter", "Answers that showed more than the public sees.",
		  s.disclosures },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		buf_printf(out, "# HELP nicert_%s %s\n# TYPE nicert_%s %s\nnicert_%s %lld\n", rows[i].name,
			   rows[i].help, rows[i].name, rows[i].type, rows[i].name, (long long)rows[i].value);
}
