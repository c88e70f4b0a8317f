#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "numbers/bins.h"
#include "routes/origin.h"

const struct migration origin_migrations[] = {
	{ 140, "origins",
	  "CREATE TABLE routes_origin(id SERIAL_ID, source BIGINT NOT NULL, key BYTEA NOT NULL, born BIGINT NOT NULL, "
	  "dead BIGINT NOT NULL,"
	  " valid_from BIGINT NOT NULL, valid_to BIGINT NOT NULL, from_record BIGINT NOT NULL, first_seen BIGINT NOT "
	  "NULL,"
	  " bin BYTEA NOT NULL, first BYTEA NOT NULL, last BYTEA NOT NULL, asn BIGINT NOT NULL, name TEXT NOT NULL);"
	  "CREATE UNIQUE INDEX routes_origin_key ON routes_origin(source, key, born);"
	  "CREATE INDEX routes_origin_bin ON routes_origin(bin);"
	  "CREATE INDEX routes_origin_asn ON routes_origin(asn)" },
	{ 0 },
};

/* "…-3462": the range and its origin. */
static const char *key_say(const char *key, char *out, size_t n)
{
	struct range r;
	uint8_t tag;
	char text[2 * ADDR_TEXT];
	const char *asn = strrchr(key, '-');
	if (!asn || !range_key_parse(key, &tag, &r))
		return key;
	snprintf(out, n, "%s AS%s", range_text(&r, text), asn + 1);
	return out;
}

/* Routes nest. Worth saying are ranges that cross, and one range with two origins. */
static void in_order(struct import *im, void *state, int64_t line, const char *key)
{
	struct range r;
	uint8_t tag;
	char text[2 * ADDR_TEXT];
	if (!key || !range_key_parse(key, &tag, &r))
		return;
	int64_t other = overlap_see(state, &r, tag, line, true);
	if (other)
		import_note(im, line, "%s overlaps line %lld", range_text(&r, text), (long long)other);
}

static const struct versioned origin_set = {
	.table = "routes_origin",
	.room = "routes",
	.ncols = 5,
	.columns = "bin, first, last, asn, name",
	.in_order = in_order,
	.state_size = sizeof(struct overlap),
	.say = key_say,
};

static uint8_t tag_of(const struct addr *a)
{
	return a->family == 4 ? BIN_IPV4 : BIN_IPV6;
}

static enum st line_in(void *ctx, struct import *im, struct arena *mem, int64_t line, char *text, struct err *e)
{
	struct origin o;
	char key[RANGE_KEY + 12];
	if (origin_parse(mem, text, &o, e))
		return e->code;
	size_t width = o.range.first.family == 4 ? 4 : 16;
	struct bin bin = bin_of(&o.range, tag_of(&o.range.first));
	range_key(&o.range, tag_of(&o.range.first), key);
	size_t n = strlen(key);
	snprintf(key + n, sizeof key - n, "-%u", o.asn);
	struct record r = { .key = key,
			    .valid_from = TIME_NONE,
			    .v = { V_BLOB(bin.b, bin.n), V_BLOB(o.range.first.b, width), V_BLOB(o.range.last.b, width),
				   V((int64_t)o.asn), V(o.name) } };
	return import_add(im, line, &r);
}

static char *source_of(struct arena *mem, const char *path)
{
	const char *slash = strrchr(path, '/');
	return arena_printf(mem, "origins:%s", slash ? slash + 1 : path);
}

enum st origin_import(struct store *s, struct req *rq, const char *path, const struct import_opts *o,
		      struct import_result *out, struct import **log)
{
	struct import_opts own = *o;
	struct hash digest = { 0 };
	own.file = path;
	own.source = o->source ? o->source : source_of(rq->mem, path);
	own.closes_where = NULL;
	*log = import_begin(s, rq, &origin_set, &own);
	import_lines(*log, path, line_in, NULL, &digest);
	return import_finish(*log, &digest, out);
}

/* ── finding ── */

#define ORIGIN_SQL                                                                                                     \
	"SELECT t.first, t.last, t.asn, t.name, t.valid_from FROM routes_origin t JOIN import_source s ON s.id = "     \
	"t.source "                                                                                                    \
	"WHERE t.bin IN (" BIN_PARAMS ") AND" VERSIONED_AT(t, s, "$34")

struct best {
	struct origin o;
	int64_t valid_from;
	bool found;
};

static bool addr_take(struct rows *r, int col, struct addr *out)
{
	struct blob b = rows_blob(r, col);
	*out = (struct addr){ .family = b.n == 4 ? 4 : 6 };
	if (b.n != 4 && b.n != 16)
		return false;
	memcpy(out->b, b.p, b.n);
	return true;
}

/* The smallest range wins; of equal ones the newest, then the lowest AS number, so that the answer doesn't waver. */
static bool better(const struct best *b, const struct range *r, int64_t valid_from, uint32_t asn)
{
	if (!b->found || range_smaller(r, &b->o.range))
		return true;
	if (range_smaller(&b->o.range, r) || valid_from < b->valid_from)
		return false;
	return valid_from > b->valid_from || asn < b->o.asn;
}

static enum st origin_group(struct req *rq, const struct addr *a, const struct val v[BIN_GROUP + 1], struct best *best)
{
	struct rows r;
	if (sql_query_vals(rq, &r, ORIGIN_SQL, v, BIN_GROUP + 1))
		return rq->err.code;
	while (rows_next(&r)) {
		struct range range;
		int64_t from = rows_int(&r, 4);
		uint32_t asn = (uint32_t)rows_int(&r, 2);
		if (addr_take(&r, 0, &range.first) && addr_take(&r, 1, &range.last) && range_has(&range, a) &&
		    better(best, &range, from, asn))
			*best = (struct best){ { range, asn, rows_dup(&r, 3) }, from, true };
	}
	return rows_end(&r);
}

enum st origin_of_addr(struct req *rq, const struct addr *a, int64_t at, struct origin *out)
{
	struct bin bins[BIN_GROUP];
	struct val v[BIN_GROUP + 1];
	struct best best = { .found = false };
	for (int group = 0; bins_around(a, tag_of(a), group, bins, v); group++) {
		v[BIN_GROUP] = V(versioned_at(at));
		if (origin_group(rq, a, v, &best))
			return rq->err.code;
	}
	*out = best.o;
	return best.found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "no announcement of it is known here");
}

enum st origin_name(struct req *rq, uint32_t asn, char **name)
{
	struct rows r;
	*name = NULL;
	if (sql_query(rq, &r,
		      "SELECT t.name FROM routes_origin t JOIN import_source s ON s.id = t.source WHERE t.asn = $1 AND "
		      "t.name <> '' AND" VERSIONED_LIVE(t, s) "LIMIT 1",
		      V((int64_t)asn)))
		return rq->err.code;
	if (rows_next(&r))
		*name = rows_dup(&r, 0);
	if (rows_end(&r))
		return rq->err.code;
	return *name ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "AS%u: no name is known here", asn);
}
