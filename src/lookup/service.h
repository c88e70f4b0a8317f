/* service.h — what runs in core for RDAP and WHOIS: the cache, a reader of the journal that drops from it what changed
 * (within 200 ms of the commit, on every process), and the budgets by client network.
 *
 * While the journal can't be read the cache says nothing, so no answer is staler than a second. */
#ifndef LOOKUP_SERVICE_H
#define LOOKUP_SERVICE_H
#include "lookup/cache.h"
#include "net/limit.h"

struct lookup_opts {
	struct store *store;
	size_t cache_bytes;
	int64_t whois_per_net_hour, rdap_per_net_hour, contact_per_net_hour; /* per /24 or /48; 0: no limit */
};
enum st lookup_start(const struct lookup_opts *o, struct err *e); /* one a process */
void lookup_stop(void);
/* NULL before lookup_start: then nothing is cached or limited. */
struct limit *lookup_limit_whois(void), *lookup_limit_contact(void);
/* Takes one question from the network's budget, which is one for RDAP, the look-up page and the API, since they tell the
 * same. false, and counted: it is used up, *wait seconds are to be waited. */
bool lookup_allows(const struct addr *client, int64_t *wait);

/* A rendered answer to the public, kept under `key`. *body.p NULL: not there. */
struct blob lookup_cached(struct arena *mem, const char *key, char etag[17]);
int64_t lookup_head(struct req *rq); /* before the rows of an answer are read; −1: don't keep it */
void lookup_keep(const char *key, struct blob body, const char etag[17], const struct look *l, int64_t head);
/* A text that hangs on nothing but the notices: goes with a change of any. */
void lookup_keep_text(const char *key, struct blob body, int64_t head);
void lookup_etag(struct blob body, char out[17]);

struct lookup_stats {
	struct cache_stats cache;
	int64_t followed;    /* the next journal entry to be read */
	int64_t limited[2];  /* refused by budget: RDAP, WHOIS */
	int64_t disclosures; /* answers beyond public */
};
void lookup_stats(struct lookup_stats *out);
void lookup_metrics(struct buf *out); /* the same in Prometheus' text format */
void lookup_count_limited(bool whois);
void lookup_count_disclosure(void);
#endif
