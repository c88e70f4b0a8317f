/* Hosts of the registry by their name, their addresses and their sponsor. */
#include <string.h>
#include "names/find_int.h"

#define HOST_COLUMNS "h.name, h.created_at, h.updated_at, h.transferred_at, h.id"

static void host_hit(struct rows *r, struct find_hit *out, int64_t *id)
{
	*out = (struct find_hit){ .name = rows_dup(r, 0),
				  .at = { [FIND_CREATED] = rows_int(r, 1),
					  [FIND_CHANGED] = rows_int(r, 2),
					  [FIND_TRANSFERRED] = rows_int(r, 3) } };
	out->key = out->name;
	*id = rows_int(r, 4);
}

/* As text that sorts like the address. */
static char *addr_key(struct arena *mem, const struct addr *a)
{
	return hex_encode(mem, a->b, a->family == 4 ? 4 : 16);
}

static enum st addrs_add(struct req *rq, int64_t host, struct find_hit *hit)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT addr FROM registry_host_addr WHERE host = $1 LIMIT $2", V(host), V(HOST_ADDRS)))
		return rq->err.code;
	while (rows_next(&r)) {
		struct addr a;
		if (!addr_parse(rows_text(&r, 0), &a))
			continue;
		char **to = &hit->text[a.family == 4 ? FIND_IPV4 : FIND_IPV6], *key = addr_key(rq->mem, &a);
		if (!*to || strcmp(key, *to) < 0)
			*to = key;
	}
	return rows_end(&r);
}

static enum st hosts(struct req *rq, const char *sql, const struct find *f, struct find_hit *out, int *n)
{
	struct rows r;
	int64_t *id = arena_array(rq->mem, int64_t, f->max);
	*n = 0;
	if (sql_query(rq, &r, sql, V(f->low), V(f->high), V(f->after ? f->after : ""), V(f->max)))
		return rq->err.code;
	for (; *n < f->max && rows_next(&r); (*n)++)
		host_hit(&r, &out[*n], &id[*n]);
	if (rows_end(&r))
		return rq->err.code;
	for (int i = 0; i < *n; i++)
		if (addrs_add(rq, id[i], &out[i]))
			return rq->err.code;
	return ST_OK;
}

enum st find_hosts(struct req *rq, const struct find *f, struct find_hit *out, int *n)
{
	struct find from = *f;
	from.low = (char *)(uintptr_t)sql_from(rq->mem, f->low, f->after);
	return hosts(rq,
		     "SELECT " HOST_COLUMNS " FROM registry_host h WHERE h.name >= $1 AND h.name < $2 AND h.name > $3"
		     " ORDER BY h.name LIMIT $4",
		     &from, out, n);
}

enum st find_hosts_of_addr(struct req *rq, const struct find *f, struct find_hit *out, int *n)
{
	return hosts(rq,
		     "SELECT " HOST_COLUMNS
		     " FROM registry_host h WHERE h.id IN (SELECT a.host FROM registry_host_addr a"
		     " WHERE a.addr >= $1 AND a.addr < $2) AND h.name > $3 ORDER BY h.name LIMIT $4",
		     f, out, n);
}

/* low is the registrar's handle. */
enum st find_hosts_of_registrar(struct req *rq, const struct find *f, struct find_hit *out, int *n)
{
	return hosts(rq,
		     "SELECT " HOST_COLUMNS " FROM registry_host h WHERE h.sponsor = $1 AND $2 <> '' AND h.name > $3"
		     " ORDER BY h.name LIMIT $4",
		     f, out, n);
}

static enum st ids(struct req *rq, const char *sql, const struct find *f, int64_t *id, int max, int *n)
{
	struct rows r;
	bool more = false;
	*n = 0;
	if (sql_query(rq, &r, sql, V(f->low), V(f->high), V(max + 1)))
		return rq->err.code;
	while (rows_next(&r)) {
		if ((more = *n == max))
			break;
		id[(*n)++] = rows_int(&r, 0);
	}
	if (rows_end(&r))
		return rq->err.code;
	for (int i = 1; i < *n; i++) /* few: in order of their ids */
		for (int k = i; k && id[k] < id[k - 1]; k--) {
			int64_t t = id[k];
			id[k] = id[k - 1];
			id[k - 1] = t;
		}
	return more ? err_set(&rq->err, ST_LIMIT, N_("more than %d fit: give more of it"), max) : ST_OK;
}

enum st find_host_ids(struct req *rq, const struct find *f, bool by_addr, int64_t *id, int max, int *n)
{
	return by_addr ? ids(rq, "SELECT DISTINCT host FROM registry_host_addr WHERE addr >= $1 AND addr < $2 LIMIT $3",
			     f, id, max, n)
		       : ids(rq, "SELECT id FROM registry_host WHERE name >= $1 AND name < $2 ORDER BY name LIMIT $3",
			     f, id, max, n);
}

enum st find_contact_ids(struct req *rq, const char *sql, const struct find *f, int64_t *id, int max, int *n)
{
	return ids(rq, sql, f, id, max, n);
}
