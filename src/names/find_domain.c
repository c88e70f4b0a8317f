/* Domains of the registry by their name, and by what they are linked to. */
#include <stdio.h>
#include <string.h>
#include "base/idn.h"
#include "names/find_int.h"
#include "names/registry_int.h"

#define DOMAIN_COLUMNS "d.name, d.created_at, d.updated_at, d.expires_at, d.transferred_at"

static void domain_hit(struct rows *r, struct find_hit *out)
{
	*out = (struct find_hit){ .name = rows_dup(r, 0),
				  .at = { rows_int(r, 1), rows_int(r, 2), rows_int(r, 3), rows_int(r, 4) } };
}

enum st find_domains(struct req *rq, const struct find *f, struct find_hit *out, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT " DOMAIN_COLUMNS ", d.key FROM registry_domain d WHERE d.key >= $1 AND d.key < $2"
		      " AND d.key > $3 ORDER BY d.key LIMIT $4",
		      V(sql_from(rq->mem, f->low, f->after)), V(f->high), V(f->after ? f->after : ""), V(f->max)))
		return rq->err.code;
	while (*n < f->max && rows_next(&r)) {
		domain_hit(&r, &out[*n]);
		out[(*n)++].key = rows_dup(&r, 5);
	}
	return rows_end(&r);
}

/* ── bounds of a part of a name ── */

/* A bundle's key has the smallest of each code point's variants (label_key), so the part must have them too: one part
 * finds a name in any of its spellings. */
enum st find_place(struct req *rq, const char *stem, const char *place, struct find *f)
{
	const struct policy *p;
	char key[256];
	bool ascii = true;
	for (const char *s = stem; *s; s++)
		ascii &= (unsigned char)*s < 0x80;
	snprintf(key, sizeof key, "%s", stem);
	if (!ascii && policy_of(rq, name_tld(place), 0, &p) == ST_OK)
		label_key(p, stem, key);
	err_clear(&rq->err);
	find_prefix(rq->mem, arena_printf(rq->mem, "%s/%s", place, key), f);
	return ST_OK;
}

/* ── of hosts and contacts: parent by parent, each in the order of its domains ── */

#define OF_HOST                                                                                                        \
	"SELECT " DOMAIN_COLUMNS ", l.domain FROM registry_domain_ns l JOIN registry_domain d ON d.id = l.domain"      \
	" WHERE l.host = $1 AND l.domain > $2 AND $3 = '' ORDER BY l.domain LIMIT $4"
#define AS_TYPE(t)                                                                                                     \
	"SELECT domain FROM (SELECT domain FROM registry_domain_contact WHERE contact = $1 AND type = '" t             \
	"' AND ($3 = '' OR $3 = '" t "') AND domain > $2 ORDER BY domain LIMIT $4) AS " t
#define OF_CONTACT                                                                                                     \
	"SELECT " DOMAIN_COLUMNS ", d.id FROM (" AS_TYPE("r") " UNION " AS_TYPE("a") " UNION " AS_TYPE(                \
		"b") " UNION " AS_TYPE("t") ") AS l JOIN registry_domain d ON d.id = l.domain ORDER BY d.id LIMIT $4"

static bool twice(const struct find_hit *out, int n, const char *name)
{
	while (n--)
		if (!strcmp(out[n].name, name))
			return true;
	return false;
}

static enum st of_parent(struct req *rq, const char *sql, int64_t parent, int64_t after, const struct find *f,
			 struct find_hit *out, int *n)
{
	struct rows r;
	const char role[2] = { f->role, 0 };
	int began = *n;
	if (sql_query(rq, &r, sql, V(parent), V(after), V(arena_strdup(rq->mem, role)), V(f->max - *n)))
		return rq->err.code;
	while (*n < f->max && rows_next(&r)) {
		domain_hit(&r, &out[*n]);
		out[*n].key = arena_printf(rq->mem, "%lld.%lld", (long long)parent, (long long)rows_int(&r, 5));
		*n += f->max > FIND_SCAN / 2 || !twice(out, began, out[*n].name);
	}
	return rows_end(&r);
}

static enum st of_parents(struct req *rq, const char *sql, const int64_t *id, int nid, const struct find *f,
			  struct find_hit *out, int *n)
{
	int64_t parent, domain;
	find_pair(f->after, &parent, &domain);
	*n = 0;
	for (int i = 0; i < nid && *n < f->max; i++)
		if (id[i] >= parent && of_parent(rq, sql, id[i], id[i] == parent ? domain : 0, f, out, n))
			return rq->err.code;
	return ST_OK;
}

static enum st of_hosts(struct req *rq, bool by_addr, const struct find *f, struct find_hit *out, int *n)
{
	int64_t id[FIND_PARENTS];
	int nid = 0;
	if (find_host_ids(rq, f, by_addr, id, FIND_PARENTS, &nid))
		return rq->err.code;
	return of_parents(rq, OF_HOST, id, nid, f, out, n);
}

enum st find_domains_of_hosts(struct req *rq, const struct find *f, struct find_hit *out, int *n)
{
	return of_hosts(rq, false, f, out, n);
}

enum st find_domains_of_addr(struct req *rq, const struct find *f, struct find_hit *out, int *n)
{
	return of_hosts(rq, true, f, out, n);
}

static enum st of_contacts(struct req *rq, const char *sql, const struct find *f, struct find_hit *out, int *n)
{
	int64_t *id = arena_array(rq->mem, int64_t, FIND_PARENTS);
	int nid = 0;
	if (find_contact_ids(rq, sql, f, id, FIND_PARENTS, &nid))
		return rq->err.code;
	return of_parents(rq, OF_CONTACT, id, nid, f, out, n);
}

enum st find_domains_of_handle(struct req *rq, const struct find *f, struct find_hit *out, int *n)
{
	return of_contacts(rq, find_sql_handle, f, out, n);
}

enum st find_domains_of_fn(struct req *rq, const struct find *f, struct find_hit *out, int *n)
{
	return of_contacts(rq, find_sql_fn, f, out, n);
}

enum st find_domains_of_email(struct req *rq, const struct find *f, struct find_hit *out, int *n)
{
	return of_contacts(rq, find_sql_email, f, out, n);
}

/* low is the registrar's handle. */
enum st find_domains_of_registrar(struct req *rq, const struct find *f, struct find_hit *out, int *n)
{
	struct rows r;
	int64_t none, after;
	find_pair(f->after, &none, &after);
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT " DOMAIN_COLUMNS ", d.id FROM registry_domain d WHERE d.sponsor = $1 AND d.id > $2"
		      " ORDER BY d.id LIMIT $3",
		      V(f->low), V(after), V(f->max)))
		return rq->err.code;
	while (*n < f->max && rows_next(&r)) {
		domain_hit(&r, &out[*n]);
		out[(*n)++].key = arena_printf(rq->mem, "0.%lld", (long long)rows_int(&r, 5));
	}
	return rows_end(&r);
}

/* ── all of them ── */

static enum st every(struct req *rq, const char *sql, char after[300], char **out, int max, int *n)
{
	struct rows r;
	int64_t id = 0;
	text_int(*after ? after : "0", 0, INT64_MAX, &id);
	*n = 0;
	if (sql_query(rq, &r, sql, V(id), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r)) {
		out[(*n)++] = rows_dup(&r, 0);
		snprintf(after, 300, "%lld", (long long)rows_int(&r, 1));
	}
	return rows_end(&r);
}

static enum st every_imported(struct req *rq, char after[300], char **out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(
		    rq, &r,
		    "SELECT DISTINCT t.key FROM names_domain t JOIN import_source s ON s.id = t.source WHERE t.key > $1"
		    " AND" VERSIONED_LIVE(t, s) "AND" IMPORTED_ZONE "ORDER BY t.key LIMIT $2",
		    V_BLOB(after, strlen(after)), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r)) {
		struct blob b = rows_blob(&r, 0);
		out[*n] = arena_dup(rq->mem, b.p, b.n);
		snprintf(after, 300, "%s", out[(*n)++]);
	}
	return rows_end(&r);
}

enum st find_count(struct req *rq, enum find_what what, int64_t *n)
{
	static const char *const sql[] = { "SELECT count(*) FROM names_domain", "SELECT count(*) FROM registry_domain",
					   "SELECT count(*) FROM registry_host",
					   "SELECT count(*) FROM registry_contact",
					   "SELECT count(*) FROM registry_registrar" };
	return sql_number0(rq, n, sql[what]);
}

enum st find_every_domain(struct req *rq, bool own, char after[300], char **out, int max, int *n)
{
	return own ? every(rq, "SELECT name, id FROM registry_domain WHERE id > $1 ORDER BY id LIMIT $2", after, out,
			   max, n)
		   : every_imported(rq, after, out, max, n);
}

enum st find_every_host(struct req *rq, char after[300], char **out, int max, int *n)
{
	return every(rq, "SELECT name, id FROM registry_host WHERE id > $1 ORDER BY id LIMIT $2", after, out, max, n);
}

enum st find_every_contact(struct req *rq, char after[300], char **out, int max, int *n)
{
	return every(rq, "SELECT handle, id FROM registry_contact WHERE id > $1 ORDER BY id LIMIT $2", after, out, max,
		     n);
}

enum st find_every_registrar(struct req *rq, char after[300], char **out, int max, int *n)
{
	return every(rq, "SELECT handle, id FROM registry_registrar WHERE id > $1 ORDER BY id LIMIT $2", after, out,
		     max, n);
}
