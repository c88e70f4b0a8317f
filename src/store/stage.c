#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include "base/bytes.h"
#include "base/buf.h"
#include "store/stage.h"

#define KEY_MAX 512
#define RECORD_MAX (1 << 20)

struct stage {
	sqlite3 *h;
	sqlite3_stmt *add, *mark, *one, *read;
	struct buf rec;
	char *last; /* the greatest key so far, while they come in order */
	bool ordered;
	int ncols;
	int64_t n;
	bool whole;
};

static enum st fail(struct stage *s, struct err *e)
{
	return err_set(e, ST_BUSY, "import: the temporary file: %s (is TMPDIR full?)", sqlite3_errmsg(s->h));
}

static bool prepare(struct stage *s, sqlite3_stmt **out, const char *sql)
{
	return sqlite3_prepare_v3(s->h, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL) == SQLITE_OK;
}

/* An empty file name is a private temporary database, on disk once it outgrows its cache. */
struct stage *stage_new(int ncols, struct err *e)
{
	struct stage *s = calloc(1, sizeof *s);
	if (!s || !(s->last = calloc(1, KEY_MAX + 1)))
		abort(); /* out of memory */
	s->rec = (struct buf){ .max = RECORD_MAX };
	s->ordered = true;
	s->ncols = ncols;
	static const char setup[] =
		"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-16384;"
		"PRAGMA temp_store=FILE; PRAGMA locking_mode=EXCLUSIVE;"
		"CREATE TABLE stage(id INTEGER PRIMARY KEY, key BLOB, line INT, valid_from INT, mark INT, rec BLOB);"
		"BEGIN";
	if (sqlite3_open_v2("", &s->h, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) ==
		    SQLITE_OK &&
	    sqlite3_exec(s->h, setup, NULL, NULL, NULL) == SQLITE_OK &&
	    prepare(s, &s->add, "INSERT INTO stage(key, line, valid_from, mark, rec) VALUES(?, ?, ?, 0, ?)") &&
	    prepare(s, &s->mark, "UPDATE stage SET mark = ? WHERE id = ?") &&
	    prepare(s, &s->one,
		    "SELECT a.valid_from IS b.valid_from AND a.rec = b.rec FROM stage a, stage b WHERE a.id = ? AND "
		    "b.id = ?"))
		return s;
	fail(s, e);
	stage_free(s);
	return NULL;
}

void stage_free(struct stage *s)
{
	if (!s)
		return;
	sqlite3_finalize(s->add);
	sqlite3_finalize(s->mark);
	sqlite3_finalize(s->one);
	sqlite3_finalize(s->read);
	sqlite3_close(s->h);
	buf_free(&s->rec);
	free(s->last);
	free(s);
}

int64_t stage_count(const struct stage *s)
{
	return s->n;
}

/* A value is its type, then 8 bytes of number, or a length, the bytes and a 0. */
static void pack(struct buf *b, const struct val *v)
{
	uint8_t w[8];
	buf_char(b, (char)v->t);
	if (v->t == VAL_INT) {
		put_u64(w, (uint64_t)v->i);
		buf_add(b, w, 8);
	} else if (v->t != VAL_NULL) {
		put_u32(w, (uint32_t)v->n);
		buf_add(b, w, 4);
		buf_add(b, v->p, v->n);
		buf_char(b, 0);
	}
}

static struct val unpack(struct rd *r)
{
	struct val v = { .t = (enum val_type)rd_u8(r) };
	if (v.t == VAL_INT) {
		v.i = (int64_t)rd_u64(r);
	} else if (v.t != VAL_NULL) {
		v.n = rd_u32(r);
		v.p = rd_bytes(r, v.n);
		rd_u8(r);
	}
	return v;
}

enum st stage_add(struct stage *s, int64_t line, const struct record *r, struct err *e)
{
	size_t n = strlen(r->key);
	if (n == 0 || n > KEY_MAX)
		return err_set(e, ST_INVALID, "a key of %zu bytes; at most %d", n, KEY_MAX);
	s->ordered = s->ordered && strcmp(r->key, s->last) > 0;
	if (s->ordered)
		memcpy(s->last, r->key, n + 1);
	buf_reset(&s->rec);
	for (int i = 0; i < s->ncols; i++)
		pack(&s->rec, &r->v[i]);
	if (s->rec.bad)
		return err_set(e, ST_LIMIT, "a record is larger than %d bytes", RECORD_MAX);
	sqlite3_bind_blob(s->add, 1, r->key, (int)n + 1, SQLITE_STATIC); /* with its 0, which changes no order */
	sqlite3_bind_int64(s->add, 2, line);
	if (r->valid_from == TIME_NONE)
		sqlite3_bind_null(s->add, 3);
	else
		sqlite3_bind_int64(s->add, 3, r->valid_from);
	sqlite3_bind_blob(s->add, 4, buf_cstr(&s->rec), (int)s->rec.n, SQLITE_STATIC);
	int rc = sqlite3_step(s->add);
	sqlite3_reset(s->add);
	s->n++;
	return rc == SQLITE_DONE ? ST_OK : fail(s, e);
}

/* Keys that came in order need no sorting, and none can stand twice. */
enum st stage_rewind(struct stage *s, bool whole, struct err *e)
{
	static const char *const text[2][2] = {
		{ "SELECT id, key, line FROM stage ORDER BY key, line",
		  "SELECT id, key || x'00', line FROM stage ORDER BY id" },
		{ "SELECT id, key, line, valid_from, mark, rec FROM stage ORDER BY key, line",
		  "SELECT id, key, line, valid_from, mark, rec FROM stage ORDER BY id" },
	};
	sqlite3_finalize(s->read);
	s->read = NULL;
	s->whole = whole;
	return prepare(s, &s->read, text[whole][s->ordered]) ? ST_OK : fail(s, e);
}

bool stage_next(struct stage *s, struct staged *out, struct err *e)
{
	int rc = sqlite3_step(s->read);
	if (rc != SQLITE_ROW) {
		if (rc != SQLITE_DONE)
			fail(s, e);
		return false;
	}
	out->id = sqlite3_column_int64(s->read, 0);
	out->key = sqlite3_column_blob(s->read, 1);
	out->key_n = (size_t)sqlite3_column_bytes(s->read, 1) - 1;
	out->line = sqlite3_column_int64(s->read, 2);
	if (!s->whole)
		return true;
	bool dated = sqlite3_column_type(s->read, 3) != SQLITE_NULL;
	out->valid_from = dated ? sqlite3_column_int64(s->read, 3) : TIME_NONE;
	out->mark = (enum stage_mark)sqlite3_column_int(s->read, 4);
	struct rd r = rd_of(sqlite3_column_blob(s->read, 5), (size_t)sqlite3_column_bytes(s->read, 5));
	for (int i = 0; i < s->ncols; i++)
		out->v[i] = unpack(&r);
	return true;
}

bool stage_equal(struct stage *s, int64_t a, int64_t b)
{
	sqlite3_bind_int64(s->one, 1, a);
	sqlite3_bind_int64(s->one, 2, b);
	bool equal = sqlite3_step(s->one) == SQLITE_ROW && sqlite3_column_int(s->one, 0);
	sqlite3_reset(s->one);
	return equal;
}

void stage_mark(struct stage *s, int64_t id, enum stage_mark mark)
{
	sqlite3_bind_int(s->mark, 1, mark);
	sqlite3_bind_int64(s->mark, 2, id);
	sqlite3_step(s->mark);
	sqlite3_reset(s->mark);
}
