/* `nicert journal verify`: everything that was ever said of the journal is computed again from the entries. */
#include <stdlib.h>
#include <string.h>
#include "base/note.h"
#include "store/store_int.h"

struct walk {
	struct req *rq;
	struct tree tree;
	struct journal_report *out;
	enum st st;
};

static void tile_compare(void *ctx, int level, uint64_t index, const struct hash hashes[TILE_WIDTH])
{
	struct walk *w = ctx;
	struct rows r;
	if (w->st)
		return;
	w->st = sql_query(w->rq, &r, "SELECT hashes, root FROM journal_tile WHERE level = $1 AND idx = $2", V(level),
			  V((int64_t)index));
	if (w->st)
		return;
	struct hash root = tree_tile_root(hashes);
	bool same = rows_next(&r);
	if (same) {
		struct blob h = rows_blob(&r, 0), t = rows_blob(&r, 1);
		same = h.n == sizeof(struct hash) * TILE_WIDTH && !memcmp(h.p, hashes, h.n) && t.n == HASH_LEN &&
		       !memcmp(t.p, root.b, t.n);
	}
	w->st = rows_end(&r);
	if (!w->st && !same)
		w->st = err_set(&w->rq->err, ST_INVALID, "tile %d/%llu is not what the entries give", level,
				(unsigned long long)index);
	w->out->tiles++;
}

static enum st entry_check(struct walk *w, const struct entry *e, int64_t expect)
{
	struct err *err = &w->rq->err;
	if (e->seq != expect)
		return err_set(err, ST_INVALID, "entry %lld is missing", (long long)expect);
	if (e->erased_at) {
		w->out->erased++;
		if (e->salt.n || *e->payload || *e->subject || *e->actor)
			return err_set(err, ST_INVALID, "entry %lld is marked erased but still holds something",
				       (long long)expect);
	} else {
		char *line = journal_canonical(w->rq->mem, e->at, e->actor, e->room, e->subject, e->verb, e->payload);
		struct hash c = hash_of2(e->salt.p, e->salt.n, line ? line : "", line ? strlen(line) : 0);
		if (!line || !hash_equal(&c, &e->commitment))
			return err_set(err, ST_INVALID, "entry %lld was changed after it was written",
				       (long long)expect);
	}
	struct hash leaf = tree_leaf(e->commitment.b, HASH_LEN);
	tree_append(&w->tree, &leaf, tile_compare, w);
	return w->st;
}

/* Heads that were signed must be heads this tree had. */
static enum st heads_check(struct walk *w, int64_t from, int64_t size)
{
	struct rows r;
	if (sql_query(w->rq, &r,
		      "SELECT size, note FROM journal_checkpoint WHERE size > $1 AND size <= $2 ORDER BY size", V(from),
		      V(size)))
		return w->rq->err.code;
	enum st st = ST_OK;
	while (!st && rows_next(&r)) {
		struct checkpoint_text t;
		struct hash root;
		const char *note = rows_text(&r, 1), *end = strstr(note, "\n\n");
		st = end ? checkpoint_parse(note, (size_t)(end - note) + 1, &t, &w->rq->err) : ST_INVALID;
		if (!st)
			st = journal_root(w->rq, rows_int(&r, 0), &root);
		if (!st && (t.size != (uint64_t)rows_int(&r, 0) || !hash_equal(&t.root, &root)))
			st = err_set(&w->rq->err, ST_INVALID,
				     "the signed head of size %lld is not a head of these entries",
				     (long long)rows_int(&r, 0));
	}
	enum st end = rows_end(&r);
	return st ? st : end;
}

enum st journal_verify(struct req *rq, struct journal_report *out, void (*say)(void *, double), void *ctx)
{
	enum { BATCH = 256 };
	struct walk *w = calloc(1, sizeof *w);
	struct arena *mem = arena_new(8 << 20), *outer = rq->mem;
	struct entry *e = calloc(BATCH, sizeof *e);
	int64_t size = 0;
	if (!w || !e)
		abort(); /* out of memory */
	*out = (struct journal_report){ 0 };
	*w = (struct walk){ .rq = rq, .out = out };
	rq->mem = mem;
	enum st st = journal_head(rq, &size);
	for (int n = 1; !st && n && out->entries < size;) {
		arena_reset(mem);
		int want = size - out->entries < BATCH ? (int)(size - out->entries) : BATCH;
		st = journal_read(rq, out->entries, want, e, &n);
		for (int i = 0; !st && i < n; i++)
			st = entry_check(w, &e[i], out->entries++);
		if (say && size)
			say(ctx, (double)out->entries / (double)size);
	}
	if (!st && out->entries != size)
		st = err_set(&rq->err, ST_INVALID, "the head says %lld entries, %lld are there", (long long)size,
			     (long long)out->entries);
	if (!st)
		out->root = tree_root(&w->tree);
	arena_reset(mem);
	if (!st)
		st = heads_check(w, 0, size);
	rq->mem = outer;
	arena_free(mem);
	free(e);
	free(w);
	return st;
}
