/* The merge: the file's records and the source's rows, both in order of their keys, side by side; what differs becomes
 * changes, and the flip makes them visible. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "store/journal.h"
#include "store/versioned_int.h"

#define CHUNK_ROWS 2000 /* rows of the source read at a time, so that no read transaction lasts */

static enum st stop(struct import *im, const struct err *e)
{
	if (!im->err.code)
		im->err = *e;
	return im->err.code;
}

static struct req reader(struct import *im, struct arena *mem)
{
	struct req rq = { .mem = mem, .who = im->caller->who };
	rq.db = store_reader(im->store, &rq.err);
	return rq;
}

/* ── the rows of the source ── */

struct live {
	int64_t id, born, dead, valid_from, valid_to;
	bool from_record, closable;
	struct blob key, col[VERSIONED_COLS]; /* col.p NULL: SQL NULL; numbers as decimal text */
};
struct live_rows {
	struct import *im;
	struct arena *mem;
	struct live row[CHUNK_ROWS];
	int n, at;
	bool end;
};

static struct blob kept(struct rows *r, int col)
{
	struct blob b = rows_blob(r, col);
	return rows_null(r, col) ? (struct blob){ 0 } : (struct blob){ arena_dup(r->rq->mem, b.p, b.n), b.n };
}

static void live_take(struct rows *r, struct live *l, int ncols)
{
	*l = (struct live){ .id = rows_int(r, 0),
			    .key = kept(r, 1),
			    .born = rows_int(r, 2),
			    .dead = rows_int(r, 3),
			    .valid_from = rows_int(r, 4),
			    .valid_to = rows_int(r, 5),
			    .from_record = rows_int(r, 6) != 0,
			    .closable = rows_int(r, 7) != 0 };
	for (int i = 0; i < ncols; i++)
		l->col[i] = kept(r, 8 + i);
}

static enum st live_fill(struct live_rows *lr)
{
	struct import *im = lr->im;
	const struct live *last = lr->n ? &lr->row[lr->n - 1] : NULL;
	char key[600] = "";
	size_t key_n = last ? last->key.n : 0;
	int64_t born = last ? last->born : -1;
	if (last)
		memcpy(key, last->key.p, key_n);
	arena_reset(lr->mem);
	lr->n = lr->at = 0;
	struct req rq = reader(im, lr->mem);
	struct rows r;
	const struct val v[] = { V(im->source), V_BLOB(key, key_n), V(born), V(CHUNK_ROWS), im->o.closes_val };
	if (!rq.db || sql_query_vals(&rq, &r, im->sql->live, v, im->o.closes_where ? 5 : 4))
		return stop(im, &rq.err);
	while (lr->n < CHUNK_ROWS && rows_next(&r))
		live_take(&r, &lr->row[lr->n++], im->set->ncols);
	enum st st = rows_end(&r);
	store_reader_done(im->store);
	lr->end = lr->n < CHUNK_ROWS;
	return st ? stop(im, &rq.err) : ST_OK;
}

/* The row to look at, NULL after the last (or a failure). */
static struct live *live_now(struct live_rows *lr)
{
	if (lr->at == lr->n && (lr->end || live_fill(lr)))
		return NULL;
	return lr->at < lr->n ? &lr->row[lr->at] : NULL;
}

static int key_cmp(const struct live *l, const struct staged *s)
{
	size_t n = l->key.n < s->key_n ? l->key.n : s->key_n;
	int d = memcmp(l->key.p, s->key, n);
	return d ? d : l->key.n < s->key_n ? -1 : l->key.n > s->key_n;
}

static bool val_same(const struct val *v, const struct blob *b)
{
	char num[24];
	if (v->t == VAL_NULL || !b->p)
		return v->t == VAL_NULL && !b->p;
	if (v->t == VAL_INT) {
		int n = snprintf(num, sizeof num, "%lld", (long long)v->i);
		return b->n == (size_t)n && memcmp(num, b->p, b->n) == 0;
	}
	return v->n == b->n && memcmp(v->p, b->p, b->n) == 0;
}

static bool row_same(const struct import *im, const struct live *l, const struct staged *s)
{
	/* A date that we gave ourselves says nothing against the record's. */
	if (l->from_record && s->valid_from != TIME_NONE && s->valid_from != l->valid_from)
		return false;
	for (int i = 0; i < im->set->ncols; i++)
		if (!val_same(&s->v[i], &l->col[i]))
			return false;
	return true;
}

/* ── what a record means beside its row ── */

static enum st open_new(struct import *im, struct batch *b, const struct staged *s, int64_t closed_at)
{
	bool says = s->valid_from != TIME_NONE && (closed_at == TIME_NONE || s->valid_from >= closed_at);
	int64_t from = says ? s->valid_from : im->when;
	im->res.added++;
	return batch_add(b, s, closed_at != TIME_NONE && from < closed_at ? closed_at : from, says);
}

static enum st replace(struct import *im, struct batch *b, const struct live *l, const struct staged *s)
{
	bool says = s->valid_from != TIME_NONE && s->valid_from > l->valid_from && s->valid_from <= im->when;
	int64_t from = says ? s->valid_from : im->when > l->valid_from ? im->when : l->valid_from;
	im->res.changed++;
	enum st st = batch_change(b, CHANGE_CLOSE, l->id, from);
	return st ? st : batch_add(b, s, from, says);
}

static enum st gone(struct import *im, struct batch *b, const struct live *l)
{
	if (l->dead)
		return ST_OK;
	if (!im->o.closes || !l->closable) {
		im->left++;
		return ST_OK;
	}
	im->res.closed++;
	return batch_change(b, CHANGE_CLOSE, l->id, im->when > l->valid_from ? im->when : l->valid_from);
}

/* All versions of the record's key. A key in conflict is in the file, so it isn't gone; which record is right we can't
 * know. */
static enum st meet(struct import *im, struct batch *b, struct live_rows *lr, const struct staged *s)
{
	int64_t closed_at = TIME_NONE;
	bool open = false;
	enum st st = ST_OK;
	for (struct live *l; !st && (l = live_now(lr)) && key_cmp(l, s) == 0; lr->at++) {
		if (l->dead) {
			closed_at = l->valid_to;
			continue;
		}
		open = true;
		if (s->mark == STAGE_CONFLICT)
			continue;
		if (row_same(im, l, s))
			im->res.same++;
		else
			st = replace(im, b, l, s);
	}
	if (!st && !im->err.code && !open && s->mark == STAGE_GOOD)
		st = open_new(im, b, s, closed_at);
	return st ? st : im->err.code;
}

static enum st merge_rows(struct import *im, struct batch *b, struct live_rows *lr)
{
	struct staged s;
	struct err e = { 0 };
	int64_t seen = 0, all = stage_count(im->stage);
	struct live *l;
	if (stage_rewind(im->stage, true, &e))
		return stop(im, &e);
	while (stage_next(im->stage, &s, &e)) {
		if (++seen % 4096 == 0)
			import_say(im, "writing", (double)seen / (double)all);
		if (s.mark == STAGE_DUPLICATE)
			continue;
		for (; (l = live_now(lr)) && key_cmp(l, &s) < 0; lr->at++)
			if (gone(im, b, l))
				return im->err.code;
		if (meet(im, b, lr, &s))
			return im->err.code;
	}
	for (; !e.code && (l = live_now(lr)); lr->at++)
		if (gone(im, b, l))
			return im->err.code;
	if (e.code)
		stop(im, &e);
	return im->err.code ? im->err.code : batch_flush(b);
}

/* ── what an import that died has left ── */

static enum st sweep_chunk(struct import *im, struct batch *b, int64_t *after, bool *end)
{
	struct arena *mem = arena_new(1 << 20);
	struct req rq = reader(im, mem);
	struct rows r;
	int n = 0;
	enum st st = rq.db ? sql_query(&rq, &r, im->sql->sweep, V(im->source), V(*after), V(CHUNK_ROWS)) : rq.err.code;
	bool reading = !st;
	while (!st && rows_next(&r)) {
		n++;
		*after = rows_int(&r, 0);
		if (rows_int(&r, 1) > im->current)
			st = batch_change(b, CHANGE_DROP, *after, 0);
		else if (rows_int(&r, 2) > im->current)
			st = batch_change(b, CHANGE_REOPEN, *after, 0);
	}
	if (reading && rows_end(&r))
		st = rq.err.code;
	store_reader_done(im->store);
	*end = n < CHUNK_ROWS;
	if (st)
		stop(im, &rq.err);
	arena_free(mem);
	return st;
}

static enum st sweep(struct import *im)
{
	struct batch *b = batch_new(im);
	int64_t after = 0;
	bool end = false;
	enum st st = ST_OK;
	import_say(im, "clearing what a broken import left", 0);
	while (!st && !end) {
		st = sweep_chunk(im, b, &after, &end);
		if (!st)
			st = batch_flush(b); /* a change refers to a row just read */
	}
	batch_free(b);
	return st;
}

/* ── begin and flip ── */

static enum st take_lease(struct req *rq, void *arg)
{
	struct import *im = arg;
	struct rows r;
	if (sql_query(rq, &r,
		      "INSERT INTO import_source(name, set_name, current, pending, lease) VALUES($1, $2, 0, 0, 1) "
		      "ON CONFLICT(name) DO UPDATE SET lease = import_source.lease + 1 "
		      "RETURNING id, current, pending, lease, as_of, set_name",
		      V(im->o.source), V(im->set->table)))
		return rq->err.code;
	bool other = false;
	if (rows_next(&r)) {
		im->source = rows_int(&r, 0);
		im->current = rows_int(&r, 1);
		im->dirty = rows_int(&r, 2);
		im->lease = rows_int(&r, 3);
		im->as_of = rows_null(&r, 4) ? TIME_NONE : rows_int(&r, 4);
		other = strcmp(rows_text(&r, 5), im->set->table) != 0;
	}
	if (rows_end(&r))
		return rq->err.code;
	if (other)
		return err_set(&rq->err, ST_CONFLICT, "the source %s holds rows of another kind", im->o.source);
	if (im->o.as_of != TIME_NONE && im->as_of != TIME_NONE && im->o.as_of < im->as_of)
		return err_set(&rq->err, ST_CONFLICT,
			       "%s is of %.10s, but a file of %.10s was imported before; nothing was imported",
			       im->o.file, time_iso(rq->mem, im->o.as_of), time_iso(rq->mem, im->as_of));
	return ST_OK;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static enum st journal_import(struct import *im, struct req *rq)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	char hex[65];
	j_obj(&w, NULL);
	j_str(&w, "file", base_name(im->o.file));
	j_str(&w, "sha256", hash_hex(&im->digest, hex));
	j_int(&w, "generation", im->current + 1);
	j_int(&w, "added", im->res.added);
	j_int(&w, "changed", im->res.changed);
	j_int(&w, "closed", im->res.closed);
	j_int(&w, "same", im->res.same);
	j_int(&w, "bad", im->res.bad);
	j_end(&w);
	return journal_append(rq, &(struct fact){ im->set->room, im->o.source, "imported", buf_cstr(&b), 0 });
}

static struct val time_val(int64_t t)
{
	return t == TIME_NONE ? V_NULL : V(t);
}

static enum st lost_lease(struct import *im, struct req *rq)
{
	return err_set(&rq->err, ST_CONFLICT, "another import of %s has begun; this one ends without effect",
		       im->o.source);
}

static enum st flip(struct req *rq, void *arg)
{
	struct import *im = arg;
	int64_t n = 0, gen = im->current + 1;
	const char *file = base_name(im->o.file);
	struct val digest = V_BLOB(im->digest.b, HASH_LEN), as_of = time_val(im->o.as_of);
	if (sql_run_count(rq, &n,
			  "UPDATE import_source SET current = $1, pending = 0, file = $2, digest = $3, as_of = "
			  "COALESCE($4, as_of) "
			  "WHERE id = $5 AND lease = $6",
			  V(gen), V(file), digest, as_of, V(im->source), V(im->lease)) ||
	    sql_run(rq,
		    "INSERT INTO import_generation(source, generation, at, as_of, file, digest, added, changed, "
		    "closed) "
		    "VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		    V(im->source), V(gen), V(im->now), as_of, V(file), digest, V(im->res.added), V(im->res.changed),
		    V(im->res.closed)))
		return rq->err.code;
	return n == 1 ? journal_import(im, rq) : lost_lease(im, rq);
}

static enum st seen(struct req *rq, void *arg)
{
	struct import *im = arg;
	return sql_run(rq,
		       "UPDATE import_source SET seen_at = $1, as_of = COALESCE($2, as_of), pending = 0 WHERE id = $3 "
		       "AND lease = $4",
		       V(im->now), time_val(im->o.as_of), V(im->source), V(im->lease));
}

static enum st write_now(struct import *im, write_fn fn)
{
	struct req rq = { .mem = im->mem, .who = im->caller->who };
	return store_write(im->store, &rq, fn, im) ? stop(im, &rq.err) : ST_OK;
}

static enum st merge_all(struct import *im, bool *wrote)
{
	struct live_rows *lr = calloc(1, sizeof *lr);
	if (!lr)
		abort(); /* out of memory */
	lr->im = im;
	lr->mem = arena_new(64 << 20);
	lr->end = im->current == 0; /* nothing was ever imported: nothing to read */
	struct batch *b = batch_new(im);
	enum st st = merge_rows(im, b, lr);
	*wrote = batch_wrote(b);
	batch_free(b);
	arena_free(lr->mem);
	free(lr);
	return st;
}

enum st import_merge(struct import *im)
{
	bool wrote = false;
	im->now = clock_now();
	im->when = im->o.as_of != TIME_NONE && im->o.as_of < im->now ? im->o.as_of : im->now;
	if (write_now(im, take_lease) || (im->dirty && sweep(im)) || merge_all(im, &wrote))
		return im->err.code;
	im->res.unchanged = !wrote;
	if (wrote && write_now(im, flip))
		return im->err.code;
	if (im->left == 0 && (wrote || !im->res.bad))
		write_now(im, seen);
	import_say(im, "done", 1);
	return im->err.code;
}
