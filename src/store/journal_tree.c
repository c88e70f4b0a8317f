/* The journal as a tree for others: tiles, roots and proofs at any size, from stored tiles and the entries of the edge.
 */
#include <string.h>
#include "base/bytes.h"
#include "store/store_int.h"

static enum st blob_into(struct req *rq, struct rows *r, int64_t skip, int want, struct hash *out)
{
	bool ok = false;
	if (rows_next(r)) {
		struct blob b = rows_blob(r, 0);
		ok = b.n >= (size_t)(skip + want) * HASH_LEN;
		if (ok)
			memcpy(out, (const char *)b.p + skip * HASH_LEN, (size_t)want * HASH_LEN);
	}
	if (rows_end(r))
		return rq->err.code;
	return ok ? ST_OK : ST_NOTFOUND;
}

static enum st list_into(struct req *rq, struct rows *r, int want, bool leaves, struct hash *out)
{
	int n = 0;
	for (; n < want && rows_next(r); n++) {
		struct blob b = rows_blob(r, 0);
		if (leaves)
			out[n] = tree_leaf(b.p, b.n);
		else if (b.n == HASH_LEN)
			memcpy(out[n].b, b.p, HASH_LEN);
	}
	if (rows_end(r))
		return rq->err.code;
	return n == want ? ST_OK : ST_NOTFOUND;
}

/* `n` hashes of a level from `at` on, all within one tile: from the stored tile, or at the edge from what lies below
 * it. */
static enum st hashes_at(struct req *rq, int level, int64_t at, int n, struct hash *out)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT hashes FROM journal_tile WHERE level = $1 AND idx = $2", V(level),
		      V(at / TILE_WIDTH)))
		return rq->err.code;
	enum st st = blob_into(rq, &r, at % TILE_WIDTH, n, out);
	if (st != ST_NOTFOUND)
		return st;
	if (level == 0
		    ? sql_query(rq, &r,
				"SELECT commitment FROM journal_entry WHERE seq >= $1 AND seq < $2 ORDER BY seq", V(at),
				V(at + n))
		    : sql_query(
			      rq, &r,
			      "SELECT root FROM journal_tile WHERE level = $1 AND idx >= $2 AND idx < $3 ORDER BY idx",
			      V(level - 1), V(at), V(at + n)))
		return rq->err.code;
	return list_into(rq, &r, n, level == 0, out);
}

static bool tile_read(void *ctx, int level, uint64_t at, int n, struct hash *out)
{
	while (n > 0) {
		int here = TILE_WIDTH - (int)(at % TILE_WIDTH);
		here = here < n ? here : n;
		if (hashes_at(ctx, level, (int64_t)at, here, out))
			return false;
		at += (uint64_t)here;
		out += here;
		n -= here;
	}
	return true;
}

static enum st outcome(struct req *rq, bool ok)
{
	if (ok)
		return ST_OK;
	return rq->err.code
		       ? rq->err.code
		       : err_set(&rq->err, ST_INTERNAL, "journal: hashes are missing; run `nicert journal verify`");
}

enum st journal_root(struct req *rq, int64_t size, struct hash *out)
{
	return outcome(rq, tree_root_at((uint64_t)size, tile_read, rq, out));
}

enum st journal_inclusion(struct req *rq, int64_t seq, int64_t size, struct hash *path, int *n)
{
	if (seq < 0 || seq >= size)
		return err_set(&rq->err, ST_INVALID, "entry %lld is not in a tree of %lld", (long long)seq,
			       (long long)size);
	return outcome(rq, tree_inclusion((uint64_t)seq, (uint64_t)size, tile_read, rq, path, n));
}

enum st journal_consistency(struct req *rq, int64_t old_size, int64_t size, struct hash *path, int *n)
{
	if (old_size < 0 || old_size > size)
		return err_set(&rq->err, ST_INVALID, "a tree of %lld has no part of size %lld", (long long)size,
			       (long long)old_size);
	return outcome(rq, tree_consistency((uint64_t)old_size, (uint64_t)size, tile_read, rq, path, n));
}

/* What may be asked of a level: only hashes below the signed or committed head. */
static enum st within(struct req *rq, int level, int64_t index, int width)
{
	int64_t size;
	if (journal_head(rq, &size))
		return rq->err.code;
	if (level < 0 || level >= TREE_LEVELS || index < 0 || width < 0 || width >= TILE_WIDTH)
		return err_set(&rq->err, ST_NOTFOUND, "no such tile");
	int64_t have = size >> (8 * level), end = index * TILE_WIDTH + (width ? width : TILE_WIDTH);
	return index <= INT64_MAX / TILE_WIDTH - 1 && end <= have ? ST_OK
								  : err_set(&rq->err, ST_NOTFOUND, "no such tile yet");
}

enum st journal_tile(struct req *rq, int level, int64_t index, int width, struct buf *out)
{
	struct hash h[TILE_WIDTH];
	int n = width ? width : TILE_WIDTH;
	if (within(rq, level, index, width) || outcome(rq, tile_read(rq, level, (uint64_t)index * TILE_WIDTH, n, h)))
		return rq->err.code;
	buf_add(out, h, sizeof *h * (size_t)n);
	return ST_OK;
}

enum st journal_entry_bundle(struct req *rq, int64_t index, int width, struct buf *out)
{
	if (within(rq, 0, index, width))
		return rq->err.code;
	int64_t from = index * TILE_WIDTH;
	struct rows r;
	if (sql_query(rq, &r, "SELECT commitment FROM journal_entry WHERE seq >= $1 AND seq < $2 ORDER BY seq", V(from),
		      V(from + (width ? width : TILE_WIDTH))))
		return rq->err.code;
	while (rows_next(&r)) {
		struct blob b = rows_blob(&r, 0);
		uint8_t len[2];
		put_u16(len, (uint16_t)b.n);
		buf_add(out, len, 2);
		buf_add(out, b.p, b.n);
	}
	return rows_end(&r);
}
