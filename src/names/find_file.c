/* Names of imported zones by their beginning and by the servers they say. Zones that are the registry's own are left
 * out: what was imported of them is history. */
#include <string.h>
#include "base/idn.h"
#include "names/find_int.h"

static bool ends_with(const char *s, const char *tail)
{
	size_t n = strlen(s), m = strlen(tail);
	return n >= m && strcmp(s + n - m, tail) == 0;
}

static struct val bytes(const char *s)
{
	return V_BLOB(s ? s : "", s ? strlen(s) : 0);
}

static int64_t known(struct rows *r, int col)
{
	return rows_null(r, col) ? 0 : rows_int(r, col);
}

static bool put(struct find_hit *out, int *n, char *name, char *key)
{
	if (*n && !strcmp(out[*n - 1].name, name))
		return false;
	out[(*n)++] = (struct find_hit){ .name = name, .key = key };
	return true;
}

enum st find_file_domains(struct req *rq, const struct find *f, struct find_hit *out, int *n)
{
	struct rows r;
	int seen = 0;
	bool own = false;
	*n = 0;
	if (f->rest && zone_is_authoritative(rq, name_tld(f->rest + 1), &own))
		return rq->err.code;
	if (own)
		return ST_OK;
	if (sql_query(rq, &r,
		      "SELECT t.key, t.registered, t.expires, s.id FROM (SELECT * FROM names_domain WHERE key >= $1"
		      " AND key < $2 AND key > $3 ORDER BY key LIMIT $4) AS t LEFT JOIN import_source s"
		      " ON s.id = t.source AND" VERSIONED_LIVE(t, s) "AND" IMPORTED_ZONE "ORDER BY t.key",
		      bytes(sql_from(rq->mem, f->low, f->after)), bytes(f->high), bytes(f->after), V(FIND_SCAN + 1)))
		return rq->err.code;
	for (; *n < f->max && rows_next(&r); seen++) {
		struct blob key = rows_blob(&r, 0);
		if (rows_null(&r, 3))
			continue;
		char *name = arena_dup(rq->mem, key.p, key.n);
		if ((f->rest && !ends_with(name, f->rest)) || !put(out, n, name, name))
			continue;
		out[*n - 1].at[FIND_CREATED] = known(&r, 1);
		out[*n - 1].at[FIND_EXPIRES] = known(&r, 2);
	}
	if (rows_end(&r))
		return rq->err.code;
	return seen > FIND_SCAN && *n < f->max
		       ? err_set(&rq->err, ST_LIMIT, N_("too many names begin so: give more of the name"))
		       : ST_OK;
}

static bool says(const char *servers, const char *host)
{
	size_t n = strlen(host);
	for (const char *s = servers; (s = strstr(s, host)); s += n)
		if ((s == servers || s[-1] == ' ') && (!s[n] || s[n] == ' '))
			return true;
	return false;
}

/* "ns1.example.net maple.com.tw": server and name of the last hit. */
static void after_split(struct arena *mem, const char *after, char **host, char **name)
{
	*host = arena_strdup(mem, after ? after : "");
	*name = *host + strcspn(*host, " ");
	if (**name)
		*(*name)++ = 0;
}

#define SERVERS                                                                                                        \
	"SELECT v.host, v.key, t.nameservers, t.registered, t.expires FROM (SELECT host, key FROM names_server"        \
	" WHERE (host, key) > ($1, $2) AND host < $3 ORDER BY host, key LIMIT $4) AS v"                                \
	" LEFT JOIN names_domain t ON t.key = v.key AND EXISTS (SELECT 1 FROM import_source s WHERE s.id = t.source"   \
	" AND" VERSIONED_LIVE(t, s) ") AND" IMPORTED_ZONE "ORDER BY v.host, v.key"

/* One stretch of the index, moved on past what it read; *seen: its rows. */
static enum st stretch(struct req *rq, const struct find *f, char **host, char **name, struct find_hit *out, int *n,
		       int *seen)
{
	struct rows r;
	*seen = 0;
	if (sql_query(rq, &r, SERVERS, bytes(*host), bytes(*name), bytes(f->high), V(f->max)))
		return rq->err.code;
	for (; *n < f->max && rows_next(&r); ++*seen) {
		struct blob server = rows_blob(&r, 0), key = rows_blob(&r, 1);
		*host = arena_dup(rq->mem, server.p, server.n);
		*name = arena_dup(rq->mem, key.p, key.n);
		if (rows_null(&r, 2) || !says(rows_text(&r, 2), *host) ||
		    !put(out, n, *name, arena_printf(rq->mem, "%s %s", *host, *name)))
			continue;
		out[*n - 1].at[FIND_CREATED] = known(&r, 3);
		out[*n - 1].at[FIND_EXPIRES] = known(&r, 4);
	}
	return rows_end(&r);
}

enum st find_file_domains_of_hosts(struct req *rq, const struct find *f, struct find_hit *out, int *n)
{
	char *host, *name;
	int seen, all = 0;
	after_split(rq->mem, f->after, &host, &name);
	*n = 0;
	if (strcmp(host, f->low) < 0) /* the first page; or no cursor of ours */
		host = f->low, name = (char *)(uintptr_t) "";
	do {
		if (stretch(rq, f, &host, &name, out, n, &seen))
			return rq->err.code;
		all += seen;
	} while (seen == f->max && *n < f->max && all <= FIND_SCAN);
	return seen == f->max && *n < f->max
		       ? err_set(&rq->err, ST_LIMIT,
				 N_("more than %d names of files would have to be looked through: give more of it"),
				 FIND_SCAN)
		       : ST_OK;
}

/* Files say no addresses: a server has them when it is a host of the registry too. */
enum st find_file_domains_of_addr(struct req *rq, const struct find *f, struct find_hit *out, int *n)
{
	struct find_hit *host = arena_array(rq->mem, struct find_hit, FIND_PARENTS + 1);
	struct find hosts = { .low = f->low, .high = f->high, .max = FIND_PARENTS + 1 };
	int nhosts = 0, got = 0;
	*n = 0;
	if (find_hosts_of_addr(rq, &hosts, host, &nhosts))
		return rq->err.code;
	if (nhosts > FIND_PARENTS)
		return err_set(&rq->err, ST_LIMIT, N_("more than %d name servers have this address"), FIND_PARENTS);
	for (int i = 0; i < nhosts && *n < f->max; i++, *n += got) {
		struct find one = { .max = f->max - *n };
		size_t len = strlen(host[i].name);
		if (f->after && strncmp(f->after, host[i].name, len) > 0)
			continue;
		find_exact(rq->mem, host[i].name, &one);
		if (f->after && !strncmp(f->after, host[i].name, len) && f->after[len] == ' ')
			one.after = f->after;
		got = 0;
		if (find_file_domains_of_hosts(rq, &one, out + *n, &got))
			return rq->err.code;
	}
	return ST_OK;
}

/* Each server once: from one to the next, past all of its names. */
enum st find_file_hosts(struct req *rq, const struct find *f, struct find_hit *out, int *n)
{
	char *at = arena_strdup(rq->mem, f->after ? f->after : "");
	*n = 0;
	for (bool more = true; more && *n < f->max;) {
		struct rows r;
		if (sql_query(rq, &r,
			      "SELECT host FROM names_server WHERE host >= $1 AND host < $2 AND host > $3 ORDER BY "
			      "host LIMIT 1",
			      bytes(sql_from(rq->mem, f->low, *at ? at : NULL)), bytes(f->high), bytes(at)))
			return rq->err.code;
		more = rows_next(&r);
		if (more) {
			struct blob b = rows_blob(&r, 0);
			at = arena_dup(rq->mem, b.p, b.n);
			put(out, n, at, at);
		}
		if (rows_end(&r))
			return rq->err.code;
	}
	return ST_OK;
}
