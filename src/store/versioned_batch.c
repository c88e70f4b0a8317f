/* Batches: changes gathered in memory and written in one short transaction each, so that whoever else writes gets his
 * turn. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/buf.h"
#include "base/clock.h"
#include "store/versioned_int.h"

#define CHANGES_MAX 5000
#define CHANGES_FIRST 1000
#define BATCH_BYTES (8 << 20)
#define BATCH_USEC 25000 /* what a batch should take */

/* ── statements ── */

static pthread_mutex_t sets_lock = PTHREAD_MUTEX_INITIALIZER;
static struct set_sql *sets; /* a few for the whole process */

/* The room writes its condition with $1; here that is the fifth parameter. */
static void put_condition(struct buf *b, const char *where)
{
	if (!where) {
		buf_str(b, "1");
		return;
	}
	buf_str(b, "CASE WHEN ");
	for (const char *p; (p = strstr(where, "$1")); where = p + 2) {
		buf_add(b, where, (size_t)(p - where));
		buf_str(b, "$5");
	}
	buf_str(b, where);
	buf_str(b, " THEN 1 ELSE 0 END");
}

static char *text_of(struct buf *b)
{
	char *s = strdup(buf_cstr(b));
	if (!s)
		abort(); /* out of memory */
	buf_free(b);
	*b = (struct buf)BUF_INIT;
	return s;
}

static struct set_sql *set_sql_new(const struct versioned *set, const char *where)
{
	struct set_sql *q = calloc(1, sizeof *q);
	struct buf b = BUF_INIT;
	if (!q)
		abort(); /* out of memory */
	q->set = set;
	q->closes_where = where;
	buf_str(&b, "SELECT id, key, born, dead, valid_from, valid_to, from_record, ");
	put_condition(&b, where);
	buf_printf(&b, ", %s FROM %s WHERE source = $1 AND (key, born) > ($2, $3) ORDER BY key, born LIMIT $4",
		   set->columns, set->table);
	q->live = text_of(&b);
	buf_printf(&b, "UPDATE %s SET dead = $1, valid_to = $2 WHERE id = $3", set->table);
	q->close = text_of(&b);
	buf_printf(&b, "UPDATE %s SET dead = 0, valid_to = 0 WHERE id = $1", set->table);
	q->reopen = text_of(&b);
	buf_printf(&b, "DELETE FROM %s WHERE id = $1", set->table);
	q->drop = text_of(&b);
	buf_printf(&b, "SELECT id, born, dead FROM %s WHERE source = $1 AND id > $2 ORDER BY id LIMIT $3", set->table);
	q->sweep = text_of(&b);
	buf_printf(&b, "source, key, born, dead, valid_from, valid_to, from_record, first_seen, %s", set->columns);
	q->columns = text_of(&b);
	return q;
}

const struct set_sql *set_sql_of(const struct versioned *set, const char *closes_where)
{
	pthread_mutex_lock(&sets_lock);
	struct set_sql *q = sets;
	while (q &&
	       (q->set != set || (q->closes_where != closes_where &&
				  (!q->closes_where || !closes_where || strcmp(q->closes_where, closes_where) != 0))))
		q = q->next;
	if (!q) {
		q = set_sql_new(set, closes_where);
		q->next = sets;
		sets = q;
	}
	pthread_mutex_unlock(&sets_lock);
	return q;
}

/* ── batches ── */

struct change {
	enum change_kind kind;
	int64_t id, valid_to;
	struct val *row;
};

struct batch {
	struct import *im;
	struct arena *mem;
	struct change list[CHANGES_MAX];
	int n, max;
	bool wrote;
};

struct batch *batch_new(struct import *im)
{
	struct batch *b = calloc(1, sizeof *b);
	if (!b)
		abort(); /* out of memory */
	b->im = im;
	b->mem = arena_new(4 * BATCH_BYTES);
	b->max = CHANGES_FIRST;
	return b;
}

void batch_free(struct batch *b)
{
	if (!b)
		return;
	arena_free(b->mem);
	free(b);
}

bool batch_wrote(const struct batch *b)
{
	return b->wrote;
}

static enum st put(struct batch *b, struct change c)
{
	b->list[b->n++] = c;
	return b->n >= b->max || arena_used(b->mem) > BATCH_BYTES ? batch_flush(b) : ST_OK;
}

enum st batch_change(struct batch *b, enum change_kind kind, int64_t id, int64_t valid_to)
{
	return put(b, (struct change){ .kind = kind, .id = id, .valid_to = valid_to });
}

static struct val val_copy(struct arena *mem, struct val v)
{
	if (v.t == VAL_TEXT || v.t == VAL_BLOB)
		v.p = arena_dup(mem, v.p, v.n);
	return v;
}

enum st batch_add(struct batch *b, const struct staged *s, int64_t valid_from, bool from_record)
{
	struct import *im = b->im;
	struct val *row = arena_array(b->mem, struct val, 8 + im->set->ncols);
	const struct val own[8] = { V(im->source),	val_copy(b->mem, V_BLOB(s->key, s->key_n)),
				    V(im->current + 1), V(0),
				    V(valid_from),	V(0),
				    V(from_record),	V(im->now) };
	memcpy(row, own, sizeof own);
	for (int i = 0; i < im->set->ncols; i++)
		row[8 + i] = val_copy(b->mem, s->v[i]);
	return put(b, (struct change){ .kind = CHANGE_ADD, .row = row });
}

static enum st write_old(struct batch *b, struct req *rq, const struct change *c)
{
	const struct set_sql *q = b->im->sql;
	switch (c->kind) {
	case CHANGE_CLOSE:
		return sql_run(rq, q->close, V(b->im->current + 1), V(c->valid_to), V(c->id));
	case CHANGE_REOPEN:
		return sql_run(rq, q->reopen, V(c->id));
	case CHANGE_DROP:
		return sql_run(rq, q->drop, V(c->id));
	case CHANGE_ADD:
		break;
	}
	return ST_OK;
}

static enum st write_new(struct batch *b, struct req *rq)
{
	const struct versioned *set = b->im->set;
	struct bulk *bulk = bulk_open(rq, set->table, b->im->sql->columns, 8 + set->ncols);
	enum st st = bulk ? ST_OK : rq->err.code;
	for (int i = 0; !st && i < b->n; i++)
		if (b->list[i].kind == CHANGE_ADD)
			st = bulk_row(bulk, b->list[i].row);
	return st ? st : bulk_close(bulk);
}

/* The update of `pending` is the fence: whoever took the source over has another lease. It also says that there may be
 * rows which nobody sees. */
static enum st write_batch(struct req *rq, void *arg)
{
	struct batch *b = arg;
	struct import *im = b->im;
	int64_t n = 0;
	bool adds = false;
	if (sql_run_count(rq, &n, "UPDATE import_source SET pending = $1 WHERE id = $2 AND lease = $3",
			  V(im->current + 1), V(im->source), V(im->lease)))
		return rq->err.code;
	if (n != 1)
		return err_set(&rq->err, ST_CONFLICT, "another import of %s has begun; this one ends without effect",
			       im->o.source);
	for (int i = 0; i < b->n; i++) {
		adds = adds || b->list[i].kind == CHANGE_ADD;
		if (write_old(b, rq, &b->list[i]))
			return rq->err.code;
	}
	return adds ? write_new(b, rq) : ST_OK;
}

/* Aims at BATCH_USEC a batch. SQLite's waiting writers only look now and then whether the lock is free: leave it free a
 * while. */
static void pace(struct batch *b, int64_t took)
{
	int64_t fit = took > 0 ? b->max * (int64_t)BATCH_USEC / took : CHANGES_MAX;
	b->max = fit < 100 ? 100 : fit > CHANGES_MAX ? CHANGES_MAX : (int)fit;
	if (!store_is_sqlite(b->im->store))
		return;
	int64_t pause = took / 2 < 20000 ? took / 2 : 20000;
	nanosleep(&(struct timespec){ 0, pause * 1000 }, NULL);
}

enum st batch_flush(struct batch *b)
{
	if (b->n == 0)
		return ST_OK;
	struct req rq = { .mem = b->mem, .who = b->im->caller->who };
	int64_t began = clock_mono();
	enum st st = store_write(b->im->store, &rq, write_batch, b);
	if (st && !b->im->err.code)
		b->im->err = rq.err;
	b->wrote = true;
	if (b->n == b->max)
		pace(b, clock_mono() - began);
	b->n = 0;
	arena_reset(b->mem);
	return st;
}
