/* Warning lists in the database, and the copy in memory that is asked. */
#include "intel/warnlist.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/addr.h"
#include "base/clock.h"
#include "base/text.h"
#include "store/journal.h"
#include "who/permit.h"

static const char version_key[] = "warnlist.version";

const struct migration warnlist_migrations[] = {
	{ 243, "warning lists",
	  "CREATE TABLE intel_warning(list TEXT NOT NULL, item TEXT NOT NULL, PRIMARY KEY(list, item))" },
	{ 0 },
};

enum st warnlist_write(struct req *rq, void *warnlist)
{
	const struct warnlist *l = warnlist;
	char hex[65], version[65];
	if (permit(rq, MAY_IMPORT) || sql_run(rq, "DELETE FROM intel_warning WHERE list = $1", V(l->name)))
		return rq->err.code;
	for (int i = 0; i < l->n; i++)
		if (sql_run(rq, "INSERT INTO intel_warning(list, item) VALUES($1, $2)", V(l->name), V(l->item[i])))
			return rq->err.code;
	uint8_t fresh[16];
	random_bytes(fresh, sizeof fresh);
	struct hash h = hash_of(fresh, sizeof fresh);
	if (setting_put(rq, version_key, hash_hex(&h, version)))
		return rq->err.code;
	char *payload = arena_printf(rq->mem, "{\"items\":%d,\"digest\":\"%s\"}", l->n, hash_hex(&l->digest, hex));
	return journal_append(rq, &(struct fact){ "intel", l->name, "warninglist-imported", payload, 0 });
}

/* ── in memory ── */

static struct {
	pthread_rwlock_t lock;
	struct arena *mem;
	char **item;
	int n;
	char version[65];
	int64_t looked;
} lists = { .lock = PTHREAD_RWLOCK_INITIALIZER };

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum st load(struct req *rq, const char *version)
{
	struct rows r;
	int64_t n = 0;
	if (sql_number0(rq, &n, "SELECT count(*) FROM intel_warning") ||
	    sql_query0(rq, &r, "SELECT item FROM intel_warning"))
		return rq->err.code;
	arena_free(lists.mem);
	lists.mem = arena_new((size_t)1 << 30);
	lists.item = arena_array(lists.mem, char *, n + 1);
	lists.n = 0;
	while (lists.n < n && rows_next(&r))
		lists.item[lists.n++] = arena_strdup(lists.mem, rows_text(&r, 0));
	if (rows_end(&r))
		return rq->err.code;
	qsort(lists.item, (size_t)lists.n, sizeof *lists.item, by_text);
	snprintf(lists.version, sizeof lists.version, "%s", version);
	return ST_OK;
}

/* With the lock for writing. */
static enum st refresh(struct req *rq, int64_t now)
{
	const char *version = setting_get(rq, version_key);
	if (rq->err.code)
		return rq->err.code;
	lists.looked = now;
	return strcmp(version ? version : "", lists.version) ? load(rq, version ? version : "") : ST_OK;
}

static bool has(struct arena *mem, char kind, const char *value)
{
	char *key = arena_printf(mem, "%c%s", kind, value);
	return bsearch(&key, lists.item, (size_t)lists.n, sizeof *lists.item, by_text) != NULL;
}

static bool host_listed(struct arena *mem, const char *host)
{
	struct addr a;
	char text[PREFIX_TEXT];
	if (has(mem, 's', host))
		return true;
	if (addr_parse(host, &a)) {
		for (int len = a.family == 4 ? 32 : 128; len >= 3; len--) {
			struct prefix p = prefix_of(&a, len);
			if (has(mem, 'c', prefix_text(&p, text)))
				return true;
		}
		return false;
	}
	for (const char *p = host; p; p = strchr(p, '.') ? strchr(p, '.') + 1 : NULL)
		if (has(mem, 'h', p))
			return true;
	return false;
}

static bool listed(struct arena *mem, const struct observable *o)
{
	if (o->kind == OBS_URL) {
		const char *path = o->host ? strstr(o->value, "://") : NULL;
		path = path ? strchr(path + 3, '/') : NULL;
		return (!path || !path[1]) && o->host && (host_listed(mem, o->host) || has(mem, 's', o->value));
	}
	if (o->kind == OBS_NAME || o->kind == OBS_IPV4 || o->kind == OBS_IPV6)
		return host_listed(mem, o->value);
	return o->kind != OBS_EMAIL && has(mem, 's', o->value);
}

enum st warned_of(struct req *rq, const struct observable *o, bool *yes)
{
	int64_t now = clock_mono();
	enum st st = ST_OK;
	*yes = false;
	pthread_rwlock_rdlock(&lists.lock);
	bool stale = !lists.looked || now - lists.looked > USEC;
	pthread_rwlock_unlock(&lists.lock);
	if (stale) {
		pthread_rwlock_wrlock(&lists.lock);
		st = refresh(rq, now);
		pthread_rwlock_unlock(&lists.lock);
	}
	if (st)
		return st;
	pthread_rwlock_rdlock(&lists.lock);
	*yes = lists.n && listed(rq->mem, o);
	pthread_rwlock_unlock(&lists.lock);
	return ST_OK;
}
