/* A registrar's contacts, hosts and messages as lists. */
#include <string.h>
#include "base/text.h"
#include "names/portfolio.h"

static char *first(struct rows *r, int a, int b)
{
	return rows_null(r, a) || !*rows_text(r, a) ? rows_dup(r, b) : rows_dup(r, a);
}

static bool holds(const char *text, const char *part)
{
	return text && strcasestr(text, part);
}

enum st portfolio_contacts(struct req *rq, const char *registrar, const char *part, int64_t before,
			   struct portfolio_contact *out, int max, int *n, int64_t *more)
{
	struct rows r;
	int64_t last = 0;
	int seen = 0;
	part = part ? part : "";
	*n = 0;
	*more = 0;
	if (sql_query(rq, &r,
		      "SELECT id, created_at, verified_at, handle, loc_name, int_name, loc_org, int_org, email, person"
		      " FROM registry_contact WHERE sponsor = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
		      V(registrar), V(before ? before : INT64_MAX), V(*part ? PORTFOLIO_SCAN_MAX : max + 1)))
		return rq->err.code;
	while (*n < max && rows_next(&r)) {
		seen++;
		last = rows_int(&r, 0);
		bool fits = !*part;
		for (int i = 3; i <= 8 && !fits; i++)
			fits = holds(rows_text(&r, i), part);
		if (fits)
			out[(*n)++] = (struct portfolio_contact){ .id = last,
								  .created_at = rows_int(&r, 1),
								  .verified_at = rows_int(&r, 2),
								  .handle = rows_dup(&r, 3),
								  .name = first(&r, 4, 5),
								  .org = first(&r, 6, 7),
								  .email = rows_dup(&r, 8),
								  .person = rows_int(&r, 9) != 0 };
	}
	if (seen == PORTFOLIO_SCAN_MAX || (*n == max && rows_next(&r)))
		*more = last;
	return rows_end(&r);
}

static enum st host_addrs(struct req *rq, int64_t host, char **out)
{
	struct rows r;
	BUF_SCOPE b = BUF_INIT;
	if (sql_query(rq, &r, "SELECT addr FROM registry_host_addr WHERE host = $1 ORDER BY addr", V(host)))
		return rq->err.code;
	while (rows_next(&r))
		buf_printf(&b, "%s%s", b.n ? " " : "", rows_text(&r, 0));
	*out = arena_strdup(rq->mem, buf_cstr(&b));
	return rows_end(&r);
}

enum st portfolio_hosts(struct req *rq, const char *registrar, const char *part, const char *after,
			struct portfolio_host *out, int max, int *n, char **next)
{
	struct rows r;
	int64_t *id = arena_array(rq->mem, int64_t, max);
	char *low = part && *part ? text_lower(rq->mem, part) : NULL;
	int seen = 0;
	char *last = NULL;
	*n = 0;
	*next = NULL;
	if (sql_query(rq, &r,
		      "SELECT name, id FROM registry_host WHERE sponsor = $1 AND name > $2 ORDER BY name LIMIT $3",
		      V(registrar), V(after ? after : ""), V(low ? PORTFOLIO_SCAN_MAX : max + 1)))
		return rq->err.code;
	while (*n < max && rows_next(&r)) {
		bool fits = !low || strstr(rows_text(&r, 0), low);
		if (fits || ++seen == PORTFOLIO_SCAN_MAX)
			last = rows_dup(&r, 0);
		if (!fits)
			continue;
		id[*n] = rows_int(&r, 1);
		out[(*n)++] = (struct portfolio_host){ .name = last };
	}
	if (seen == PORTFOLIO_SCAN_MAX || (*n == max && rows_next(&r)))
		*next = last;
	if (rows_end(&r))
		return rq->err.code;
	for (int i = 0; i < *n; i++)
		if (host_addrs(rq, id[i], &out[i].addrs) ||
		    sql_number(
			    rq, &out[i].links,
			    "SELECT count(*) FROM (SELECT 1 FROM registry_domain_ns WHERE host = $1 LIMIT 10000) AS l",
			    V(id[i])))
			return rq->err.code;
	return ST_OK;
}

enum st portfolio_uses(struct req *rq, char kind, const char *registrar, int64_t id, char **out, int max, int *n)
{
	static const char by_contact[] =
		"SELECT DISTINCT d.name FROM registry_domain_contact l JOIN registry_domain d ON d.id = l.domain"
		" WHERE l.contact = $1 AND d.sponsor = $2 LIMIT $3";
	static const char by_host[] =
		"SELECT d.name FROM registry_domain_ns l JOIN registry_domain d ON d.id = l.domain"
		" WHERE l.host = $1 AND d.sponsor = $2 LIMIT $3";
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r, kind == 'c' ? by_contact : by_host, V(id), V(registrar), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = rows_dup(&r, 0);
	return rows_end(&r);
}

enum st portfolio_messages(struct req *rq, const char *registrar, struct poll_message *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT id, at, kind, object, payload, text FROM registry_poll WHERE registrar = $1"
		      " ORDER BY id LIMIT $2",
		      V(registrar), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = (struct poll_message){ .id = rows_int(&r, 0),
						     .at = rows_int(&r, 1),
						     .kind = rows_dup(&r, 2),
						     .object = rows_dup(&r, 3),
						     .payload = rows_dup(&r, 4),
						     .text = rows_dup(&r, 5) };
	return rows_end(&r);
}

enum st portfolio_low_balance(struct req *rq, const char *registrar, int64_t *below)
{
	return sql_number(rq, below, "SELECT low_balance FROM registry_registrar WHERE handle = $1", V(registrar));
}
