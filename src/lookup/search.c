#include "lookup/search.h"
#include <ctype.h>
#include <string.h>
#include "base/clock.h"
#include "base/idn.h"
#include "base/text.h"
#include "lookup/lookup_int.h"

enum { ASKED = SEARCH_PAGE + 1 };

enum st search_pattern(struct arena *mem, const char *s, char **stem, char **rest, bool *star, struct err *e)
{
	char *low = text_lower(mem, s), *at = strchr(low, '*');
	if (strlen(low) > 255 || !utf8_valid(low, strlen(low)))
		return err_set(e, ST_INVALID, "a pattern has at most 255 characters");
	*star = at != NULL;
	*stem = at ? arena_dup(mem, low, (size_t)(at - low)) : low;
	*rest = at ? at + 1 : low + strlen(low);
	if (strchr(*rest, '*'))
		return err_set(e, ST_INVALID, "a pattern has one * at most (RFC 9082 §4.1)");
	if (at && strlen(*stem) < SEARCH_LEAST)
		return err_set(e, ST_INVALID, "a pattern needs %d characters before its *: shorter ones would scan",
			       SEARCH_LEAST);
	if (at && **rest && (**rest != '.' || strchr(*stem, '.')))
		return err_set(e, ST_INVALID, "the * stands at the end of the first label");
	return ST_OK;
}

/* The least text that is above all that begin with stem. */
static char *above(struct arena *mem, const char *stem)
{
	size_t n = strlen(stem);
	char *s = arena_dup(mem, stem, n);
	while (n && (unsigned char)s[n - 1] == 0x7f)
		s[--n] = 0;
	if (n)
		s[n - 1]++;
	return s;
}

static void page_put(struct look_page *p, char *key, char *cursor)
{
	if (p->n < SEARCH_PAGE) {
		p->key[p->n++] = key;
		p->next = cursor;
	} else {
		p->n = ASKED; /* one more is there */
	}
}

/* next is the last one's cursor when more follow, else NULL. */
static void page_end(struct look_page *p)
{
	if (p->n == ASKED)
		p->n = SEARCH_PAGE;
	else
		p->next = NULL;
}

static bool ends_with(const char *s, const char *tail)
{
	size_t n = strlen(s), m = strlen(tail);
	return n >= m && strcmp(s + n - m, tail) == 0;
}

/* ── domains by name ── */

/* The registry's names stand under "place/label". */
static enum st own_names(struct req *rq, const char *stem, const char *rest, const char *after, struct look_page *out)
{
	struct rows r;
	char *low = arena_printf(rq->mem, "%s/%s", rest + 1, stem);
	if (sql_query(rq, &r,
		      "SELECT name, key FROM registry_domain WHERE key >= $1 AND key < $2 AND key > $3"
		      " ORDER BY key LIMIT $4",
		      V(low), V(above(rq->mem, low)), V(after ? after : ""), V(ASKED)))
		return rq->err.code;
	while (rows_next(&r))
		page_put(out, rows_dup(&r, 0), arena_printf(rq->mem, "r%s", rows_text(&r, 1)));
	return rows_end(&r);
}

static enum st file_names(struct req *rq, const char *stem, const char *rest, const char *after, struct look_page *out)
{
	struct rows r;
	char *high = above(rq->mem, stem);
	const char *from = after ? after : "";
	int seen = 0;
	if (sql_query(rq, &r,
		      "SELECT t.key FROM names_domain t JOIN import_source s ON s.id = t.source"
		      " WHERE t.key >= $1 AND t.key < $2 AND t.key > $3 AND" VERSIONED_LIVE(
			      t, s) "ORDER BY t.key LIMIT $4",
		      V_BLOB(stem, strlen(stem)), V_BLOB(high, strlen(high)), V_BLOB(from, strlen(from)),
		      V(SEARCH_SCAN)))
		return rq->err.code;
	while (rows_next(&r)) {
		struct blob key = rows_blob(&r, 0);
		char *name = arena_dup(rq->mem, key.p, key.n);
		bool twice = out->n && out->n <= SEARCH_PAGE && !strcmp(out->key[out->n - 1], name);
		seen++;
		if (ends_with(name, rest) && !twice && out->n < ASKED)
			page_put(out, name, arena_printf(rq->mem, "f%s", name));
	}
	if (seen == SEARCH_SCAN && out->n < ASKED && !out->n)
		return rows_end(&r) ? rq->err.code
				    : err_set(&rq->err, ST_INVALID, "too many names begin so: give more of the name");
	return rows_end(&r);
}

static bool exact(struct req *rq, const char *name, enum look_kind kind, struct look_page *out)
{
	struct look_ask q = { .kind = kind, .what = name };
	struct look *l = arena_new_of(rq->mem, struct look);
	if (look_find(rq, &q, l))
		return false;
	page_put(out,
		 kind == LOOK_DOMAIN	   ? l->domain.name
		 : kind == LOOK_NAMESERVER ? l->host.ns.name
					   : l->who.e.handle,
		 NULL);
	return true;
}

static enum st one(struct req *rq, const char *what, enum look_kind kind, struct look_page *out)
{
	if (!exact(rq, what, kind, out) && rq->err.code != ST_NOTFOUND)
		return rq->err.code;
	err_clear(&rq->err);
	return ST_OK;
}

static enum st domains_by_name(struct req *rq, const struct look_search *q, struct look_page *out)
{
	char *stem, *rest;
	bool star;
	if (search_pattern(rq->mem, q->pattern, &stem, &rest, &star, &rq->err))
		return rq->err.code;
	if (!star)
		return one(rq, q->pattern, LOOK_DOMAIN, out);
	if (*rest != '.' || !rest[1])
		return err_set(&rq->err, ST_INVALID, "say which zone: a pattern looks like exam*.tw");
	char *ascii = name_ascii(rq->mem, rest + 1, true, &rq->err);
	if (!ascii)
		return rq->err.code;
	rest = arena_printf(rq->mem, ".%s", ascii);
	bool files = q->after && *q->after == 'f';
	const char *after = q->after && *q->after ? q->after + 1 : NULL;
	if (!files && own_names(rq, stem, rest, after, out))
		return rq->err.code;
	if (out->n < ASKED && file_names(rq, stem, rest, files ? after : NULL, out))
		return rq->err.code;
	return ST_OK;
}

/* ── by name server ── */

static int64_t cursor_id(const char *after)
{
	int64_t id = 0;
	return after && text_int(after, 0, INT64_MAX, &id) ? id : 0;
}

static enum st domains_by_rows(struct req *rq, const char *sql, const char *what, const struct look_search *q,
			       struct look_page *out)
{
	struct rows r;
	if (sql_query(rq, &r, sql, V(what), V(cursor_id(q->after)), V(ASKED)))
		return rq->err.code;
	while (rows_next(&r))
		page_put(out, rows_dup(&r, 0), arena_printf(rq->mem, "%lld", (long long)rows_int(&r, 1)));
	return rows_end(&r);
}

static enum st domains_by_ns(struct req *rq, const struct look_search *q, struct look_page *out)
{
	char *ascii = strchr(q->pattern, '*') ? NULL : name_ascii(rq->mem, q->pattern, false, &rq->err);
	if (!ascii)
		return err_set(&rq->err, ST_INVALID, "nsLdhName: expected the whole name of a name server");
	return domains_by_rows(rq,
			       "SELECT d.name, d.id FROM registry_host h JOIN registry_domain_ns l ON l.host = h.id"
			       " JOIN registry_domain d ON d.id = l.domain WHERE h.name = $1 AND d.id > $2 ORDER BY "
			       "l.domain LIMIT $3",
			       ascii, q, out);
}

static const char *addr_pattern(struct req *rq, const char *s, char text[ADDR_TEXT])
{
	struct addr a;
	if (addr_parse(s, &a))
		return addr_text(&a, text);
	err_set(&rq->err, ST_INVALID, "expected one whole address");
	return NULL;
}

static enum st domains_by_addr(struct req *rq, const struct look_search *q, struct look_page *out)
{
	char text[ADDR_TEXT];
	const char *addr = addr_pattern(rq, q->pattern, text);
	if (!addr)
		return rq->err.code;
	return domains_by_rows(rq,
			       "SELECT DISTINCT d.name, d.id FROM registry_host_addr a JOIN registry_domain_ns l ON "
			       "l.host = a.host JOIN registry_domain d ON d.id = l.domain WHERE a.addr = $1 AND d.id > "
			       "$2 ORDER BY d.id LIMIT $3",
			       addr, q, out);
}

/* ── name servers ── */

static enum st texts(struct req *rq, const char *sql, const char *low, const char *high, const struct look_search *q,
		     struct look_page *out)
{
	struct rows r;
	if (sql_query(rq, &r, sql, V(low), V(high), V(q->after ? q->after : ""), V(ASKED)))
		return rq->err.code;
	while (rows_next(&r)) {
		char *key = rows_dup(&r, 0);
		page_put(out, key, key);
	}
	return rows_end(&r);
}

static enum st hosts_by_name(struct req *rq, const struct look_search *q, struct look_page *out)
{
	char *stem, *rest;
	bool star;
	if (search_pattern(rq->mem, q->pattern, &stem, &rest, &star, &rq->err))
		return rq->err.code;
	if (!star)
		return one(rq, q->pattern, LOOK_NAMESERVER, out);
	if (*rest)
		return err_set(&rq->err, ST_INVALID, "of name servers the * stands at the end: ns1.exam*");
	return texts(
		rq,
		"SELECT name FROM registry_host WHERE name >= $1 AND name < $2 AND name > $3 ORDER BY name LIMIT $4",
		stem, above(rq->mem, stem), q, out);
}

static enum st hosts_by_addr(struct req *rq, const struct look_search *q, struct look_page *out)
{
	char text[ADDR_TEXT];
	const char *addr = addr_pattern(rq, q->pattern, text);
	if (!addr)
		return rq->err.code;
	return texts(
		rq,
		"SELECT h.name FROM registry_host_addr a JOIN registry_host h ON h.id = a.host WHERE a.addr >= $1 AND "
		"a.addr <= $2 AND h.name > $3 ORDER BY h.name LIMIT $4",
		addr, addr, q, out);
}

/* ── entities ── */

static enum st entities_by_handle(struct req *rq, const struct look_search *q, struct look_page *out)
{
	size_t n = strlen(q->pattern);
	if (n > 255)
		return err_set(&rq->err, ST_INVALID, "a pattern has at most 255 characters");
	if (!strchr(q->pattern, '*'))
		return one(rq, q->pattern, LOOK_ENTITY, out);
	if (strchr(q->pattern, '*') != q->pattern + n - 1 || n <= SEARCH_LEAST)
		return err_set(&rq->err, ST_INVALID, "a pattern has one *, at its end, and %d characters before it",
			       SEARCH_LEAST);
	char *stem = arena_dup(rq->mem, q->pattern, n - 1);
	return texts(rq,
		     "SELECT handle FROM registry_contact WHERE handle >= $1 AND handle < $2 AND handle > $3 ORDER BY "
		     "handle LIMIT $4",
		     stem, above(rq->mem, stem), q, out);
}

/* RFC 9536: domains that have this contact. The roles are letters in the rows. */
static enum st domains_by_contact(struct req *rq, const struct look_search *q, struct look_page *out)
{
	static const struct {
		unsigned role;
		const char *type;
	} rows[] = {
		{ ROLE_OF_REGISTRANT, "r" }, { ROLE_OF_ADMIN, "a" }, { ROLE_OF_TECH, "t" }, { ROLE_OF_BILLING, "b" }
	};
	struct rows r;
	const char *type = "";
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].role == q->role)
			type = rows[i].type;
	if (strchr(q->pattern, '*'))
		return err_set(&rq->err, ST_INVALID, "a reverse search takes one whole handle");
	if (sql_query(rq, &r,
		      "SELECT DISTINCT d.name, d.id FROM registry_contact c JOIN registry_domain_contact l ON "
		      "l.contact = "
		      "c.id JOIN registry_domain d ON d.id = l.domain WHERE c.handle = $1 AND ($4 = '' OR l.type = $4)"
		      " AND d.id > $2 ORDER BY d.id LIMIT $3",
		      V(q->pattern), V(cursor_id(q->after)), V(ASKED), V(type)))
		return rq->err.code;
	while (rows_next(&r))
		page_put(out, rows_dup(&r, 0), arena_printf(rq->mem, "%lld", (long long)rows_int(&r, 1)));
	return rows_end(&r);
}

enum st look_search(struct req *rq, const struct look_search *q, struct look_page *out)
{
	static const struct {
		enum look_kind kind;
		enum look_by by;
		enum st (*fn)(struct req *rq, const struct look_search *q, struct look_page *out);
	} rows[] = {
		{ LOOK_DOMAIN, BY_NAME, domains_by_name },	{ LOOK_DOMAIN, BY_NS_NAME, domains_by_ns },
		{ LOOK_DOMAIN, BY_NS_ADDR, domains_by_addr },	{ LOOK_DOMAIN, BY_HANDLE, domains_by_contact },
		{ LOOK_NAMESERVER, BY_NAME, hosts_by_name },	{ LOOK_NAMESERVER, BY_ADDR, hosts_by_addr },
		{ LOOK_ENTITY, BY_HANDLE, entities_by_handle },
	};
	*out = (struct look_page){ 0 };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].kind == q->kind && rows[i].by == q->by) {
			enum st st = rows[i].fn(rq, q, out);
			page_end(out);
			return st;
		}
	return err_set(&rq->err, ST_INVALID, "no such search");
}

/* ── all names, for checks ── */

enum st look_names(struct req *rq, bool own, const char *after, char **out, int max, int *n)
{
	struct rows r;
	*n = 0;
	enum st st =
		own ? sql_query(rq, &r, "SELECT name FROM registry_domain WHERE name > $1 ORDER BY name LIMIT $2",
				V(after), V(max))
		    : sql_query(rq, &r,
				"SELECT DISTINCT t.key FROM names_domain t JOIN import_source s ON s.id = t.source "
				"WHERE t.key > $1 AND" VERSIONED_LIVE(t, s) "ORDER BY t.key LIMIT $2",
				V_BLOB(after, strlen(after)), V(max));
	if (st)
		return st;
	while (*n < max && rows_next(&r)) {
		struct blob b = rows_blob(&r, 0);
		out[(*n)++] = arena_dup(rq->mem, b.p, b.n);
	}
	return rows_end(&r);
}

enum st look_names_count(struct req *rq, int64_t *n)
{
	int64_t own = 0;
	if (sql_number0(rq, n, "SELECT count(*) FROM names_domain") ||
	    sql_number0(rq, &own, "SELECT count(*) FROM registry_domain"))
		return rq->err.code;
	*n += own;
	return ST_OK;
}
