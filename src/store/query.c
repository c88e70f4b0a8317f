#include "store/store_int.h"
#include <stdlib.h>
#include <string.h>

const char *store_sentence(enum st st)
{
	switch (st) {
	case ST_BUSY:
		return "the database is busy or has no room; nothing was changed, try again in a moment";
	case ST_CONFLICT:
		return "this contradicts what is there already";
	case ST_LIMIT:
		return "this is too large to be kept";
	default:
		return "the database refused a statement; nothing was changed, and the log has the details";
	}
}

bool store_kept_out(const struct err *e)
{
	return e->code == ST_BUSY && !strcmp(e->msg, store_sentence(ST_BUSY));
}

struct val val_int(int64_t i)
{
	return (struct val){ .t = VAL_INT, .i = i };
}
struct val val_text(const char *s)
{
	return s ? (struct val){ .t = VAL_TEXT, .p = s, .n = strlen(s) } : V_NULL;
}
struct val val_blob(struct blob b)
{
	return b.p || b.n ? (struct val){ .t = VAL_BLOB, .p = b.p, .n = b.n } : V_NULL;
}

enum st snapshot_begin(struct req *rq)
{
	struct db *db = rq->db;
	if (!db->due)
		return ST_OK;
	if (db->d->begin(db, false, &rq->err))
		return rq->err.code;
	db->due = false;
	db->snapshot = true;
	return ST_OK;
}

static bool too_many(struct req *rq, int n)
{
	return n > PARAMS_MAX && err_set(&rq->err, ST_INTERNAL, "a statement with more than %d parameters", PARAMS_MAX);
}

enum st sql_run_vals(struct req *rq, int64_t *changed, const char *sql, const struct val *v, int n)
{
	if (too_many(rq, n) || snapshot_begin(rq))
		return rq->err.code;
	return rq->db->d->run(rq, changed, sql, v, n);
}

enum st sql_query_vals(struct req *rq, struct rows *r, const char *sql, const struct val *v, int n)
{
	*r = (struct rows){ .rq = rq, .row = -1 };
	if (too_many(rq, n) || snapshot_begin(rq)) {
		r->failed = true;
		return rq->err.code;
	}
	return rq->db->d->query(rq, r, sql, v, n);
}

enum st sql_number_vals(struct req *rq, int64_t *out, const char *sql, const struct val *v, int n)
{
	struct rows r;
	if (sql_query_vals(rq, &r, sql, v, n))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found)
		*out = rows_int(&r, 0);
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "no such row");
}

bool rows_next(struct rows *r)
{
	return r->rq->db->d->next(r);
}
enum st rows_end(struct rows *r)
{
	return r->rq->db->d->end(r);
}
bool rows_null(struct rows *r, int col)
{
	return r->rq->db->d->is_null(r, col);
}
int64_t rows_int(struct rows *r, int col)
{
	return r->rq->db->d->get_int(r, col);
}
struct blob rows_blob(struct rows *r, int col)
{
	return r->rq->db->d->get_bytes(r, col);
}

const char *rows_text(struct rows *r, int col)
{
	struct blob b = rows_blob(r, col);
	return b.p ? b.p : "";
}

char *rows_dup(struct rows *r, int col)
{
	struct blob b = rows_blob(r, col);
	return b.p ? arena_dup(r->rq->mem, b.p, b.n) : NULL;
}

/* Keys hold no control characters: nothing is between a key and the same with one behind it. */
const char *sql_from(struct arena *mem, const char *low, const char *after)
{
	return after && strcmp(after, low) >= 0 ? arena_printf(mem, "%s\001", after) : low;
}

/* ── statements of a connection ── */

static unsigned bucket_of(const char *sql)
{
	return (unsigned)(((uintptr_t)sql * 0x9e3779b97f4a7c15u) >> 57) % STMT_BUCKETS;
}

struct stmt *stmt_find(struct db *db, const char *sql)
{
	for (struct stmt *st = db->stmts[bucket_of(sql)]; st; st = st->next)
		if (st->sql == sql)
			return st;
	return NULL;
}

struct stmt *stmt_add(struct db *db, const char *sql)
{
	struct stmt *st = calloc(1, sizeof *st);
	if (!st)
		abort();
	st->sql = sql;
	st->owned = stmt_find(db, sql) != NULL;
	if (!st->owned) {
		unsigned b = bucket_of(sql);
		st->next = db->stmts[b];
		db->stmts[b] = st;
	}
	return st;
}

void stmt_drop(struct db *db, void (*free_handle)(struct stmt *))
{
	for (int i = 0; i < STMT_BUCKETS; i++)
		for (struct stmt *st = db->stmts[i], *next; st; st = next) {
			next = st->next;
			if (free_handle)
				free_handle(st);
			free(st);
			db->stmts[i] = NULL;
		}
}

/* ── bulk ── */

struct bulk *bulk_open(struct req *rq, const char *table, const char *columns, int ncols)
{
	struct bulk *b = arena_new_of(rq->mem, struct bulk);
	*b = (struct bulk){
		.rq = rq, .table = table, .columns = columns, .ncols = ncols, .out = { .max = (size_t)64 << 20 }
	};
	return rq->db->d->bulk_open(b) ? NULL : b;
}
enum st bulk_row(struct bulk *b, const struct val *v)
{
	return b->rq->db->d->bulk_row(b, v);
}
enum st bulk_close(struct bulk *b)
{
	return b->rq->db->d->bulk_close(b);
}
