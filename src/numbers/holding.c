#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "numbers/numbers_int.h"

const struct migration numbers_migrations[] = {
	{ 130, "numbers",
	  "CREATE TABLE numbers_holding(id SERIAL_ID, source BIGINT NOT NULL, key BYTEA NOT NULL, born BIGINT NOT "
	  "NULL, dead BIGINT NOT NULL,"
	  " valid_from BIGINT NOT NULL, valid_to BIGINT NOT NULL, from_record BIGINT NOT NULL, first_seen BIGINT NOT "
	  "NULL,"
	  " registry TEXT NOT NULL, country TEXT NOT NULL, kind BIGINT NOT NULL, bin BYTEA NOT NULL, first BYTEA NOT "
	  "NULL,"
	  " last BYTEA NOT NULL, status TEXT NOT NULL, opaque TEXT NOT NULL);"
	  "CREATE UNIQUE INDEX numbers_holding_key ON numbers_holding(source, key, born);"
	  "CREATE INDEX numbers_holding_bin ON numbers_holding(bin)" },
	{ 0 },
};

static const uint8_t tags[] = { [HOLDING_ASN] = BIN_ASN, [HOLDING_IPV4] = BIN_IPV4, [HOLDING_IPV6] = BIN_IPV6 };
static const char *const kind_names[] = { [HOLDING_ASN] = "asn", [HOLDING_IPV4] = "ipv4", [HOLDING_IPV6] = "ipv6" };

void holding_record(const struct holding *h, struct bin *bin, char key[RANGE_KEY], struct record *out)
{
	size_t width = h->range.first.family == 4 ? 4 : 16;
	*bin = bin_of(&h->range, tags[h->kind]);
	range_key(&h->range, tags[h->kind], key);
	*out = (struct record){
		.key = key,
		.valid_from = h->valid_from,
		.v = { V(h->registry), V(h->country), V((int64_t)h->kind), V_BLOB(bin->b, bin->n),
		       V_BLOB(h->range.first.b, width), V_BLOB(h->range.last.b, width), V(h->status), V(h->opaque) },
	};
}

struct order_state {
	struct overlap own;
	struct others *others;
	bool opened;
};

static const char *block_text(const struct range *r, uint8_t tag, char *out, size_t n)
{
	char text[2 * ADDR_TEXT];
	if (tag != BIN_ASN)
		snprintf(out, n, "%s", range_text(r, text));
	else if (addr_cmp(&r->first, &r->last) == 0)
		snprintf(out, n, "AS%u", asn_of_addr(&r->first));
	else
		snprintf(out, n, "AS%u-AS%u", asn_of_addr(&r->first), asn_of_addr(&r->last));
	return out;
}

static const char *key_say(const char *key, char *out, size_t n)
{
	struct range r;
	uint8_t tag;
	return range_key_parse(key, &tag, &r) ? block_text(&r, tag, out, n) : key;
}

/* Blocks don't nest, neither in a file nor between registries: whatever shares addresses with another is worth saying.
 */
static void in_order(struct import *im, void *state, int64_t line, const char *key)
{
	struct order_state *st = state;
	struct range r, which;
	uint8_t tag;
	char text[100], other_text[100];
	if (!st->opened)
		st->others = others_open(import_store(im), import_source(im));
	st->opened = true;
	if (!key || !range_key_parse(key, &tag, &r)) {
		others_close(st->others);
		st->others = NULL;
		return;
	}
	block_text(&r, tag, text, sizeof text);
	int64_t other = overlap_see(&st->own, &r, tag, line, false);
	if (other)
		import_note(im, line, "%s overlaps line %lld", text, (long long)other);
	const char *source = others_see(st->others, &r, tag, &which);
	if (source)
		import_note(im, line, "%s overlaps %s of %s", text,
			    block_text(&which, tag, other_text, sizeof other_text), source);
}

const struct versioned holding_set = {
	.table = "numbers_holding",
	.room = "numbers",
	.ncols = 8,
	.columns = "registry, country, kind, bin, first, last, status, opaque",
	.in_order = in_order,
	.state_size = sizeof(struct order_state),
	.say = key_say,
};

/* ── finding ── */

#define HOLDING_SQL                                                                                                    \
	"SELECT " HOLDING_COLUMNS " FROM numbers_holding t JOIN import_source s ON s.id = t.source WHERE t.bin IN "    \
	"(" BIN_PARAMS ") AND" VERSIONED_AT(t, s, "$34")

static bool addr_take(struct rows *r, int col, struct addr *out)
{
	struct blob b = rows_blob(r, col);
	*out = (struct addr){ .family = b.n == 4 ? 4 : 6 };
	if (b.n != 4 && b.n != 16)
		return false;
	memcpy(out->b, b.p, b.n);
	return true;
}

static char *handle_text(struct arena *mem, const struct holding *h)
{
	char start[ADDR_TEXT];
	if (h->kind == HOLDING_ASN)
		return arena_printf(mem, "%s|asn|%u|%u", h->registry, h->asn_first, h->asn_count);
	addr_text(&h->range.first, start);
	if (h->kind == HOLDING_IPV6)
		return arena_printf(mem, "%s|ipv6|%s|%d", h->registry, start, range_bin(&h->range).len);
	uint64_t count = (uint64_t)asn_of_addr(&h->range.last) - asn_of_addr(&h->range.first) + 1;
	return arena_printf(mem, "%s|%s|%s|%llu", h->registry, kind_names[h->kind], start, (unsigned long long)count);
}

void holding_take(struct rows *r, const struct range *range, struct holding *out)
{
	struct arena *mem = r->rq->mem;
	*out = (struct holding){
		.id = rows_int(r, 0),
		.registry = rows_dup(r, 1),
		.country = rows_dup(r, 2),
		.kind = (enum holding_kind)rows_int(r, 3),
		.range = *range,
		.status = rows_dup(r, 6),
		.opaque = rows_dup(r, 7),
		.valid_from = rows_int(r, 8),
		.valid_to = rows_int(r, 9),
		.first_seen = rows_int(r, 10),
		.from_record = rows_int(r, 11) != 0,
		.last_seen = rows_int(r, 12),
	};
	if (out->kind == HOLDING_ASN) {
		out->asn_first = asn_of_addr(&range->first);
		out->asn_count = asn_of_addr(&range->last) - out->asn_first + 1;
	}
	out->handle = handle_text(mem, out);
}

/* The smallest range wins; of equal ones (two registries, or two times) the one that began last. */
static enum st holding_group(struct req *rq, const struct addr *a, const struct val v[BIN_GROUP + 1],
			     struct holding *best)
{
	struct rows r;
	if (sql_query_vals(rq, &r, HOLDING_SQL, v, BIN_GROUP + 1))
		return rq->err.code;
	while (rows_next(&r)) {
		struct range range;
		if (!addr_take(&r, 4, &range.first) || !addr_take(&r, 5, &range.last) || !range_has(&range, a))
			continue;
		bool newer = !range_smaller(&best->range, &range) && rows_int(&r, 8) > best->valid_from;
		if (!best->id || range_smaller(&range, &best->range) || newer)
			holding_take(&r, &range, best);
	}
	return rows_end(&r);
}

static enum st holding_find(struct req *rq, const struct addr *a, uint8_t tag, int64_t at, struct holding *out)
{
	struct bin bins[BIN_GROUP];
	struct val v[BIN_GROUP + 1];
	*out = (struct holding){ 0 };
	for (int group = 0; bins_around(a, tag, group, bins, v); group++) {
		v[BIN_GROUP] = V(versioned_at(at));
		if (holding_group(rq, a, v, out))
			return rq->err.code;
	}
	return out->id ? ST_OK : err_set(&rq->err, ST_NOTFOUND, N_("no registry's statistics here hold it"));
}

enum st holding_of_addr(struct req *rq, const struct addr *a, int64_t at, struct holding *out)
{
	return holding_find(rq, a, a->family == 4 ? BIN_IPV4 : BIN_IPV6, at, out);
}

enum st holding_of_asn(struct req *rq, uint32_t asn, int64_t at, struct holding *out)
{
	struct range r = asn_range(asn, asn);
	return holding_find(rq, &r.first, BIN_ASN, at, out);
}
