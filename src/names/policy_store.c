/* Versions of policies in the store, and the parsed ones in memory. A version never changes once it is set, so what is
 * parsed is kept for the life of the process, found by what it was parsed from. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/hash.h"
#include "base/idn.h"
#include "base/text.h"
#include "names/registrant.h"
#include "names/registry_int.h"
#include "store/memo.h"
#include "who/permit.h"

enum { CACHE = 256, TABLE_BYTES = 32 << 20, POLICY_ARENA = 64 << 20 };
#define JUST_NOW (5 * USEC) /* what a caller's clock_now() may be behind this write's */

/* digest: SHA-256 of the text and of its tables' digests. variant: the variant-zone it speaks for. */
const struct migration policy_migrations[] = {
	{ 128, "names_policy",
	  "CREATE TABLE names_policy(zone TEXT NOT NULL, version BIGINT NOT NULL, effective_at BIGINT NOT NULL,"
	  " set_at BIGINT NOT NULL, set_by TEXT NOT NULL, digest TEXT NOT NULL, variant TEXT, text TEXT NOT NULL,"
	  " PRIMARY KEY(zone, version));"
	  "CREATE INDEX names_policy_variant ON names_policy(variant) WHERE variant IS NOT NULL" },
	{ 129, "names_policy_table",
	  "CREATE TABLE names_policy_table(digest TEXT PRIMARY KEY, body BYTEA NOT NULL);"
	  "CREATE TABLE names_policy_uses(zone TEXT NOT NULL, version BIGINT NOT NULL, place BIGINT NOT NULL,"
	  " digest TEXT NOT NULL, PRIMARY KEY(zone, version, place))" },
	{ 0 },
};

/* ── in memory: immutable entries, added under the lock ── */

static struct {
	pthread_mutex_t lock;
	struct {
		char digest[65];
		struct policy *p;
	} policy[CACHE];
	struct {
		char digest[65], format[8];
		struct idntable *t;
	} table[CACHE];
	int npolicies, ntables;
} cache = { .lock = PTHREAD_MUTEX_INITIALIZER };

static const struct policy *cached(const char *zone, int version, int64_t effective_at, const char *digest)
{
	const struct policy *found = NULL;
	pthread_mutex_lock(&cache.lock);
	for (int i = 0; i < cache.npolicies && !found; i++) {
		const struct policy *p = cache.policy[i].p;
		if (p->version == version && p->effective_at == effective_at &&
		    !strcmp(cache.policy[i].digest, digest) && !strcmp(p->zone, zone))
			found = p;
	}
	pthread_mutex_unlock(&cache.lock);
	return found;
}

/* false: there is no room. Two threads may both add the same one; either serves. */
static bool cache_add(struct policy *p, const char *digest)
{
	pthread_mutex_lock(&cache.lock);
	bool room = cache.npolicies < CACHE;
	if (room) {
		memcpy(cache.policy[cache.npolicies].digest, digest, 65);
		cache.policy[cache.npolicies++].p = p;
	}
	pthread_mutex_unlock(&cache.lock);
	return room;
}

static struct idntable *table_cached(const char *digest, const char *format)
{
	struct idntable *t = NULL;
	pthread_mutex_lock(&cache.lock);
	for (int i = 0; i < cache.ntables && !t; i++)
		if (!strcmp(cache.table[i].digest, digest) && !strcmp(cache.table[i].format, format))
			t = cache.table[i].t;
	pthread_mutex_unlock(&cache.lock);
	return t;
}

/* Parses a table once for the process. */
static enum st table_load(const char *digest, const char *format, struct blob body, const struct idntable **out,
			  struct err *e)
{
	struct idntable *t = table_cached(digest, format);
	*out = t;
	if (t)
		return ST_OK;
	bool lgr = !strcmp(format, "lgr");
	enum st st = lgr ? idntable_load_lgr(body.p, body.n, &t, e) : idntable_load_rfc3743(body.p, body.n, &t, e);
	if (st)
		return st;
	pthread_mutex_lock(&cache.lock);
	bool room = cache.ntables < CACHE;
	if (room) {
		memcpy(cache.table[cache.ntables].digest, digest, 65);
		memcpy(cache.table[cache.ntables].format, format, strlen(format) + 1);
		cache.table[cache.ntables++].t = t;
	}
	pthread_mutex_unlock(&cache.lock);
	*out = t;
	return room ? ST_OK : err_set(e, ST_LIMIT, "this process holds %d IDN tables: restart it", CACHE);
}

/* ── from the store ── */

static enum st keys_of_listed(struct arena *mem, struct policy *p, struct err *e)
{
	char key[256];
	for (int i = 0; p->ntables && i < p->nlisted; i++)
		if (!strncmp(p->listed[i].label, "xn--", 4)) {
			label_key(p, name_unicode(mem, p->listed[i].label), key);
			p->listed[i].key = arena_strdup(mem, key);
		}
	return policy_listed_sort(p, e);
}

static enum st tables_read(struct req *rq, struct policy *p)
{
	struct rows r;
	enum st st = ST_OK;
	if (sql_query(rq, &r,
		      "SELECT u.place, u.digest, t.body FROM names_policy_uses u JOIN names_policy_table t ON t.digest "
		      "= u.digest"
		      " WHERE u.zone = $1 AND u.version = $2 ORDER BY u.place",
		      V(p->zone), V(p->version)))
		return rq->err.code;
	while (!st && rows_next(&r)) {
		int64_t i = rows_int(&r, 0);
		if (i >= 0 && i < p->ntables)
			st = table_load(rows_text(&r, 1), p->table_spec[i].format, rows_blob(&r, 2), &p->table[i],
					&rq->err);
	}
	enum st end = rows_end(&r);
	return st ? st : end;
}

#define SPREAD_KEY "registry.spread_key"

/* Who could compute it would know to the second when a name is dropped. */
static void spread_key_read(struct req *rq, struct policy *p)
{
	char *hex = setting_get(rq, SPREAD_KEY);
	if (hex && strlen(hex) == 64)
		hex_decode(hex, 64, p->spread_key);
}

static enum st spread_key_make(struct req *rq)
{
	uint8_t key[32];
	random_bytes(key, sizeof key);
	return setting_get(rq, SPREAD_KEY) ? ST_OK : setting_put(rq, SPREAD_KEY, hex_encode(rq->mem, key, sizeof key));
}

static enum st policy_read(struct req *rq, const char *zone, int version, int64_t effective_at, struct arena *mem,
			   struct policy **out)
{
	struct rows r;
	struct policy *p = arena_new_of(mem, struct policy);
	if (sql_query(rq, &r, "SELECT text FROM names_policy WHERE zone = $1 AND version = $2", V(zone), V(version)))
		return rq->err.code;
	char *text = rows_next(&r) ? rows_dup(&r, 0) : NULL;
	if (rows_end(&r) || !text)
		return text ? rq->err.code
			    : err_set(&rq->err, ST_INTERNAL, "zone %s: policy %d is gone", zone, version);
	if (policy_parse(mem, text, strlen(text), p, &rq->err))
		return err_set(&rq->err, ST_INTERNAL, "zone %s: the stored policy is unreadable", zone);
	p->zone = arena_strdup(mem, zone);
	p->version = version;
	p->effective_at = effective_at;
	spread_key_read(rq, p);
	*out = p;
	return tables_read(rq, p) ? rq->err.code : keys_of_listed(mem, p, &rq->err);
}

/* The last to begin, by version when two begin at once; *next_at: when one that waits begins, 0 none. Here and below the
 * best row is taken as they come: ORDER BY with LIMIT makes SQLite build a table for the sorting, and every look-up asks
 * this. */
static enum st in_force(struct req *rq, const char *zone, int64_t at, int *version, int64_t *effective_at,
			int64_t *next_at, char digest[65])
{
	struct rows r;
	*version = 0;
	*next_at = 0;
	at = at ? at : clock_now();
	if (sql_query(rq, &r,
		      "SELECT version, effective_at, digest FROM names_policy WHERE zone = $1 AND withdrawn_at = 0",
		      V(zone)))
		return rq->err.code;
	while (rows_next(&r)) {
		int v = (int)rows_int(&r, 0);
		int64_t from = rows_int(&r, 1);
		if (from > at) {
			*next_at = *next_at && *next_at < from ? *next_at : from;
			continue;
		}
		if (*version && (from < *effective_at || (from == *effective_at && v < *version)))
			continue;
		*version = v;
		*effective_at = from;
		memcpy(digest, rows_text(&r, 2), strnlen(rows_text(&r, 2), 64) + 1);
	}
	return rows_end(&r);
}

static enum st main_of(struct req *rq, const char *zone, char **out)
{
	struct rows r;
	int64_t last = 0;
	*out = NULL;
	if (sql_query(rq, &r, "SELECT zone, version FROM names_policy WHERE variant = $1 AND withdrawn_at = 0",
		      V(zone)))
		return rq->err.code;
	while (rows_next(&r)) {
		if (*out && rows_int(&r, 1) <= last)
			continue;
		last = rows_int(&r, 1);
		*out = rows_dup(&r, 0);
	}
	return rows_end(&r);
}

static enum st no_zone(struct req *rq, const char *zone)
{
	return err_set(&rq->err, ST_NOTFOUND, N_("%.100s is no zone of this registry"), zone);
}

/* Kept for the process, or of this request. */
static enum st policy_find(struct req *rq, const char *zone, int64_t at, const struct policy **out, int64_t *next_at,
			   bool *kept)
{
	int version;
	int64_t effective_at = 0;
	char digest[65] = "", *other = NULL;
	if (in_force(rq, zone, at, &version, &effective_at, next_at, digest))
		return rq->err.code;
	if (!version &&
	    (main_of(rq, zone, &other) || (other && in_force(rq, other, at, &version, &effective_at, next_at, digest))))
		return rq->err.code;
	if (!version)
		return no_zone(rq, zone);
	zone = other ? other : zone;
	*kept = true;
	if ((*out = cached(zone, version, effective_at, digest)))
		return ST_OK;
	struct arena *mem = arena_new(POLICY_ARENA);
	struct policy *p;
	if (policy_read(rq, zone, version, effective_at, mem, &p)) {
		arena_free(mem);
		return rq->err.code;
	}
	*out = p;
	if ((*kept = cache_add(p, digest)))
		return ST_OK;
	arena_free(mem);
	return policy_read(rq, zone, version, effective_at, rq->mem, (struct policy **)out);
}

enum st policy_and_next(struct req *rq, const char *zone, int64_t at, const struct policy **out, int64_t *next_at)
{
	static const char room[] = "policy";
	struct {
		const struct policy *p;
		int64_t next_at;
	} known = { 0 };
	bool kept = false, memo = !at && memo_get(rq, room, zone, &known, sizeof known);
	enum st st = memo ? ST_OK : policy_find(rq, zone, at, &known.p, &known.next_at, &kept);
	if (st == ST_NOTFOUND)
		known.p = NULL;
	if (!memo && !at && (st == ST_NOTFOUND || (!st && kept)))
		memo_put(rq, room, zone, &known, sizeof known);
	*out = known.p;
	*next_at = known.next_at;
	return memo && !known.p ? no_zone(rq, zone) : st;
}

enum st policy_of(struct req *rq, const char *zone, int64_t at, const struct policy **out)
{
	int64_t next_at;
	return policy_and_next(rq, zone, at, out, &next_at);
}

enum st policy_text(struct req *rq, const char *zone, int64_t at, int *version, char **text)
{
	struct rows r;
	int64_t effective_at, next_at;
	char digest[65];
	*text = NULL;
	if (in_force(rq, zone, at, version, &effective_at, &next_at, digest))
		return rq->err.code;
	if (!*version)
		return no_zone(rq, zone);
	if (sql_query(rq, &r, "SELECT text FROM names_policy WHERE zone = $1 AND version = $2", V(zone), V(*version)))
		return rq->err.code;
	*text = rows_next(&r) ? rows_dup(&r, 0) : NULL;
	return rows_end(&r);
}

/* ── a new version ── */

static enum st file_all(struct arena *mem, const char *path, struct blob *out, struct err *e)
{
	struct stat sb;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, ST_INVALID, "%s: %s", path, strerror(errno));
	enum st st = ST_OK;
	size_t n = 0;
	if (fstat(fd, &sb) || !S_ISREG(sb.st_mode) || sb.st_size > TABLE_BYTES)
		st = err_set(e, ST_INVALID, "%s: expected a plain file of at most 32 MB", path);
	else {
		char *p = arena_alloc(mem, (size_t)sb.st_size + 1);
		for (ssize_t got; n < (size_t)sb.st_size && (got = read(fd, p + n, (size_t)sb.st_size - n)) > 0;)
			n += (size_t)got;
		*out = (struct blob){ p, n };
	}
	close(fd);
	return st;
}

/* The table as the newest version has it under this language, format and file. */
static enum st table_again(struct req *rq, const struct policy *p, int i, struct arena *mem, struct blob *out)
{
	struct rows r;
	struct policy was;
	char *text;
	int64_t last = 0;
	if (sql_number(rq, &last,
		       "SELECT coalesce(max(version), 0) FROM names_policy WHERE zone = $1 AND withdrawn_at = 0",
		       V(p->zone)) ||
	    policy_version_text(rq, p->zone, (int)last, &text) || policy_parse(mem, text, strlen(text), &was, &rq->err))
		return rq->err.code;
	int j = 0;
	while (j < was.ntables && (strcmp(was.table_spec[j].lang, p->table_spec[i].lang) ||
				   strcmp(was.table_spec[j].format, p->table_spec[i].format) ||
				   strcmp(was.table_spec[j].file, p->table_spec[i].file)))
		j++;
	if (sql_query(rq, &r,
		      "SELECT t.body FROM names_policy_uses u JOIN names_policy_table t ON t.digest = u.digest"
		      " WHERE u.zone = $1 AND u.version = $2 AND u.place = $3",
		      V(p->zone), V(last), V(j < was.ntables ? j : -1)))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found) {
		struct blob body = rows_blob(&r, 0);
		*out = (struct blob){ arena_dup(mem, body.p, body.n), body.n };
	}
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK
		     : err_set(&rq->err, ST_INVALID,
			       N_("line %d: %.80s is not a table of the version before: a new table is loaded by "
				  "`nicert policy set`"),
			       p->line[KEY_IDN_TABLE], p->table_spec[i].file);
}

static enum st table_keep(struct req *rq, const struct policy *p, int i, const char *digest, struct blob body)
{
	if (sql_run(rq, "INSERT INTO names_policy_table(digest, body) VALUES($1, $2) ON CONFLICT(digest) DO NOTHING",
		    V(digest), V(body)))
		return rq->err.code;
	return sql_run(rq, "INSERT INTO names_policy_uses(zone, version, place, digest) VALUES($1, $2, $3, $4)",
		       V(p->zone), V(p->version), V(i), V(digest));
}

/* The tables, parsed; kept when `seen` is there, which gathers what the version's digest is made of. */
static enum st tables_take(struct req *rq, struct policy *p, const char *dir, struct hasher *seen)
{
	for (int i = 0; i < p->ntables; i++) {
		struct blob body;
		char hex[65], *path = arena_printf(rq->mem, "%s/%s", dir ? dir : "", p->table_spec[i].file);
		struct arena *mem = arena_new((size_t)TABLE_BYTES + (64 << 20));
		enum st st = dir ? file_all(mem, path, &body, &rq->err) : table_again(rq, p, i, mem, &body);
		if (!st) {
			struct hash h = hash_of(body.p, body.n);
			hash_hex(&h, hex);
			if (seen)
				hasher_add(seen, hex, 64);
			st = table_load(hex, p->table_spec[i].format, body, &p->table[i], &rq->err);
			if (st)
				err_set(&rq->err, st, "%.80s: %.160s", p->table_spec[i].file,
					arena_strdup(rq->mem, rq->err.msg));
		}
		st = st || !seen ? st : table_keep(rq, p, i, hex, body);
		arena_free(mem);
		if (st)
			return st;
	}
	return ST_OK;
}

static enum st places_ok(struct req *rq, const struct policy *p)
{
	for (int i = 0; i < p->nsecond; i++)
		if (strcmp(name_parent(p->second[i].name), p->zone))
			return err_set(&rq->err, ST_INVALID, N_("line %d: %s is not under %s"), p->second[i].line,
				       p->second[i].name, p->zone);
	if (p->variant_zone && !strcmp(p->variant_zone, p->zone))
		return err_set(&rq->err, ST_INVALID, N_("line %d: the zone is its own variant"),
			       p->line[KEY_VARIANT_ZONE]);
	return ST_OK;
}

static enum st prices_set(struct req *rq, const struct policy *p)
{
	for (int i = 0; i < p->nprices; i++) {
		struct price pr = p->price[i].price;
		pr.valid_from = p->effective_at;
		if (ledger_price_set(rq, p->zone, p->price[i].item, &pr))
			return rq->err.code;
	}
	return bill_accounts(rq, p);
}

/* ── names that are registered keep their places ── */

static bool same_levels(const struct policy *a, const struct policy *b)
{
	bool same = a->nsecond == b->nsecond;
	for (int i = 0; same && i < a->nsecond; i++)
		same = !strcmp(a->second[i].name, b->second[i].name);
	return same;
}

/* Tables are shared: the same one has the same address. */
static bool same_tables(const struct policy *a, const struct policy *b)
{
	bool same = a->ntables == b->ntables;
	for (int i = 0; same && i < a->ntables; i++)
		same = a->table[i] == b->table[i];
	return same;
}

/* A name whose key is another one under the new rules would be found no more, and could be registered twice. */
static enum st names_stay(struct req *rq, const struct policy *p)
{
	const struct policy *was;
	struct rows r;
	long long moved = 0;
	char one[256] = "";
	enum st st = policy_of(rq, p->zone, clock_now(), &was);
	if (st == ST_NOTFOUND) /* its first rules */
		return err_clear(&rq->err), ST_OK;
	bool levels = !st && !same_levels(was, p);
	if (st || (!levels && same_tables(was, p)))
		return st;
	if (sql_query(rq, &r, "SELECT name, key FROM registry_domain WHERE zone = $1", V(p->zone)))
		return rq->err.code;
	struct req look = { .mem = arena_new(1 << 20), .who = rq->who };
	while (rows_next(&r)) {
		const char *name = rows_text(&r, 0);
		if (!levels && strncmp(name, "xn--", 4) != 0)
			continue;
		if (!place_stays(&look, p, name, rows_text(&r, 1)) && !moved++)
			snprintf(one, sizeof one, "%s", name);
		arena_reset(look.mem);
	}
	arena_free(look.mem);
	if (rows_end(&r) || !moved)
		return rq->err.code;
	return err_set(
		&rq->err, ST_CONFLICT,
		N_("second levels and tables can't change so: %lld registered names, %.100s among them, would lose "
		   "their place, and others could register them"),
		moved, one);
}

static enum st version_put(struct req *rq, const struct policy *p, const char *text, const char *digest)
{
	if (sql_run(rq,
		    "INSERT INTO names_policy(zone, version, effective_at, set_at, set_by, digest, variant, text)"
		    " VALUES($1, $2, $3, $4, $5, $6, $7, $8)",
		    V(p->zone), V(p->version), V(p->effective_at), V(clock_now()), V(rq->who->id), V(digest),
		    V(p->variant_zone), V(text)))
		return rq->err.code;
	char *said = arena_printf(rq->mem, "{\"version\":%d,\"effective_at\":\"%s\",\"digest\":\"%s\"}", p->version,
				  time_iso(rq->mem, p->effective_at), digest);
	return journal_append(rq, &(struct fact){ "names", p->zone, "policy-set", said, 0 });
}

static enum st version_set(struct req *rq, const char *zone, const char *text, int64_t effective_at, const char *dir,
			   int *version)
{
	int64_t last = 0, now = clock_now();
	char digest[65];
	struct policy *p = arena_new_of(rq->mem, struct policy);
	if (policy_parse(rq->mem, text, strlen(text), p, &rq->err))
		return rq->err.code;
	if (sql_number(rq, &last, "SELECT coalesce(max(version), 0) FROM names_policy WHERE zone = $1", V(zone)))
		return rq->err.code;
	p->zone = arena_strdup(rq->mem, zone);
	p->version = *version = (int)last + 1;
	bool at_once = !effective_at || (effective_at <= now && effective_at >= now - JUST_NOW);
	p->effective_at = at_once ? now : effective_at;
	if (p->effective_at < now)
		return err_set(&rq->err, ST_INVALID,
			       N_("a policy can't take effect in the past: what was done then followed another"));
	struct hasher *seen = hasher_new();
	hasher_add(seen, text, strlen(text));
	enum st st = places_ok(rq, p) ? rq->err.code : tables_take(rq, p, dir, seen);
	struct hash h = hasher_end(seen);
	hash_hex(&h, digest);
	if (st || names_stay(rq, p) || keys_of_listed(rq->mem, p, &rq->err) || spread_key_make(rq) ||
	    version_put(rq, p, text, digest))
		return rq->err.code;
	return prices_set(rq, p) ? rq->err.code : registrant_policy_set(rq, p);
}

/* Rules make a zone: those of a name that was mistyped would open one, and a variant zone's own would tear its names from
 * those of its main zone. */
static enum st zone_has_rules(struct req *rq, const char *zone)
{
	struct rows r;
	int64_t ours = 0;
	if (sql_number(rq, &ours, "SELECT count(*) FROM names_zone WHERE tld = $1 AND kind = 'authoritative'", V(zone)))
		return rq->err.code;
	if (!ours)
		return err_set(&rq->err, ST_NOTFOUND,
			       "%.100s is no zone of this registry; `nicert zone add %.100s` makes it one", zone, zone);
	if (sql_query(rq, &r, "SELECT zone FROM names_policy WHERE variant = $1 LIMIT 1", V(zone)))
		return rq->err.code;
	char *main = rows_next(&r) ? rows_dup(&r, 0) : NULL;
	if (rows_end(&r))
		return rq->err.code;
	return main ? err_set(&rq->err, ST_CONFLICT,
			      N_("%.100s holds the names of %.100s: its rules are those of %.100s"), zone, main, main)
		    : ST_OK;
}

/* A long text needs more room than a request has. */
enum st policy_set(struct req *rq, const char *zone, const char *text, int64_t effective_at, const char *dir,
		   int *version)
{
	struct arena *keep = rq->mem;
	if (permit(rq, MAY_SET_POLICY) || zone_has_rules(rq, zone))
		return rq->err.code;
	rq->mem = arena_new(POLICY_ARENA);
	enum st st = version_set(rq, zone, text, effective_at, dir, version);
	arena_free(rq->mem);
	rq->mem = keep;
	return st;
}

enum st policy_plan(struct req *rq, const char *zone, const char *text, struct policy *out)
{
	if (policy_parse(rq->mem, text, strlen(text), out, &rq->err))
		return rq->err.code;
	out->zone = arena_strdup(rq->mem, zone);
	if (places_ok(rq, out) || tables_take(rq, out, NULL, NULL))
		return rq->err.code;
	return keys_of_listed(rq->mem, out, &rq->err);
}
