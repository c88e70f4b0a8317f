/* Holdings by the opaque id that delegated-extended statistics give their holder (all records of one id are one
 * holder's), and all of them. */
#include <string.h>
#include "base/text.h"
#include "numbers/numbers_int.h"

const struct migration opaque_migrations[] = {
	{ 237, "numbers_opaque",
	  "BYTE_ORDER(numbers_holding.opaque);"
	  "CREATE INDEX numbers_holding_opaque ON numbers_holding(opaque) WHERE opaque <> ''" },
	{ 0 },
};

static bool range_take(struct rows *r, struct range *out)
{
	struct blob first = rows_blob(r, 4), last = rows_blob(r, 5);
	if (first.n != last.n || (first.n != 4 && first.n != 16))
		return false;
	*out = (struct range){ .first = { .family = first.n == 4 ? 4 : 6 },
			       .last = { .family = first.n == 4 ? 4 : 6 } };
	memcpy(out->first.b, first.p, first.n);
	memcpy(out->last.b, last.p, last.n);
	return true;
}

enum st holding_of_opaque(struct req *rq, const char *opaque, int64_t at, struct holding *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (!*opaque)
		return err_set(&rq->err, ST_NOTFOUND, N_("no holder without an id"));
	if (sql_query(rq, &r,
		      "SELECT " HOLDING_COLUMNS " FROM numbers_holding t JOIN import_source s ON s.id = t.source"
		      " WHERE t.opaque = $1 AND t.opaque <> '' AND" VERSIONED_AT(t, s, "$2") "ORDER BY t.id LIMIT $3",
		      V(opaque), V(versioned_at(at)), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r)) {
		struct range range;
		if (range_take(&r, &range))
			holding_take(&r, &range, &out[(*n)++]);
	}
	if (rows_end(&r))
		return rq->err.code;
	return *n ? ST_OK : err_set(&rq->err, ST_NOTFOUND, N_("no holder %.80s in the statistics here"), opaque);
}

enum st holding_count(struct req *rq, int64_t *n)
{
	return sql_number0(rq, n, "SELECT count(*) FROM numbers_holding");
}

enum st holding_every(struct req *rq, bool asn, const char *country, int64_t *id, struct holding *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT " HOLDING_COLUMNS " FROM numbers_holding t JOIN import_source s ON s.id = t.source"
		      " WHERE t.id > $1 AND (t.kind = 0) = ($2 = 1) AND ($3 = '' OR t.country = $3) AND" VERSIONED_LIVE(
			      t, s) "ORDER BY t.id LIMIT $4",
		      V(*id), V((int64_t)asn), V(country ? country : ""), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r)) {
		struct range range;
		*id = rows_int(&r, 0);
		if (range_take(&r, &range))
			holding_take(&r, &range, &out[(*n)++]);
	}
	return rows_end(&r);
}

/* From one id to the next, past the records of each. */
enum st holding_opaques(struct req *rq, const char *low, const char *high, const char *after, char **out, int max,
			int *n)
{
	char *at = arena_strdup(rq->mem, after ? after : "");
	*n = 0;
	for (bool more = true; more && *n < max;) {
		struct rows r;
		if (sql_query(rq, &r,
			      "SELECT t.opaque FROM numbers_holding t JOIN import_source s ON s.id = t.source"
			      " WHERE t.opaque >= $1 AND t.opaque < $2 AND t.opaque > $3 AND t.opaque <> '' "
			      "AND" VERSIONED_LIVE(t, s) "ORDER BY t.opaque LIMIT 1",
			      V(sql_from(rq->mem, low, *at ? at : NULL)), V(high), V(at)))
			return rq->err.code;
		more = rows_next(&r);
		if (more)
			out[(*n)++] = at = rows_dup(&r, 0);
		if (rows_end(&r))
			return rq->err.code;
	}
	return ST_OK;
}
