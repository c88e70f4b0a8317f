/* Migrations: numbered texts, each applied once, in order: a new database's all in one transaction, later ones each in its
 * own. */
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/store_int.h"

static const struct migration *all;

static const char own_tables[] =
	"CREATE TABLE IF NOT EXISTS store_migration(version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT "
	"NOT NULL);"
	"CREATE TABLE IF NOT EXISTS store_setting(key TEXT PRIMARY KEY, value TEXT NOT NULL);"
	"CREATE TABLE IF NOT EXISTS store_series(name TEXT PRIMARY KEY, value BIGINT NOT NULL)";

void store_migrations(const struct migration *list)
{
	all = list;
}

int store_version_newest(void)
{
	int v = 0;
	for (const struct migration *m = all; m && m->version; m++)
		v = m->version > v ? m->version : v;
	return v;
}

/* One KEEP_SWEPT(table): its dead rows are swept by the thousand, not by the share of the table, so that a walk along an
 * index needs no look at rows which every reader may see. */
static const char *keep_swept(struct buf *b, const struct driver *d, const char *table)
{
	const char *end = strchr(table, ')');
	if (!end)
		abort(); /* a text of the program's own */
	if (d->keep_swept)
		buf_printf(b, "ALTER TABLE %.*s SET (%s)", (int)(end - table), table, d->keep_swept);
	return end + 1;
}

/* One BYTE_ORDER(table.column): from here on it compares by its bytes, whatever the database's locale. SQLite's do. */
static const char *byte_order(struct buf *b, const struct driver *d, const char *at)
{
	const char *dot = strchr(at, '.'), *end = dot ? strchr(dot, ')') : NULL;
	if (!end)
		abort(); /* a text of the program's own */
	if (d->byte_order)
		buf_printf(b, "ALTER TABLE %.*s ALTER COLUMN %.*s %s", (int)(dot - at), at, (int)(end - dot - 1),
			   dot + 1, d->byte_order);
	return end + 1;
}

/* The texts name what differs: SERIAL_ID, BYTE_ORDER(table.column), KEEP_SWEPT(table), KEY_ORDERED (rows lie in the order of
 * the primary key, where a store can do that). */
static char *in_dialect(struct arena *mem, const struct driver *d, const char *sql)
{
	BUF_SCOPE b = BUF_INIT;
	while (*sql) {
		if (!strncmp(sql, "SERIAL_ID", 9)) {
			buf_str(&b, d->serial_id);
			sql += 9;
		} else if (!strncmp(sql, "KEY_ORDERED", 11)) {
			buf_str(&b, d->key_ordered);
			sql += 11;
		} else if (!strncmp(sql, "BYTE_ORDER(", 11)) {
			sql = byte_order(&b, d, sql + 11);
		} else if (!strncmp(sql, "KEEP_SWEPT(", 11)) {
			sql = keep_swept(&b, d, sql + 11);
		} else {
			buf_char(&b, *sql++);
		}
	}
	if (b.bad)
		abort(); /* half a text must never count as applied */
	return arena_strdup(mem, buf_cstr(&b));
}

static enum st apply(struct req *rq, const struct migration *m)
{
	struct db *db = rq->db;
	int64_t there = 0;
	if (sql_number(rq, &there, "SELECT count(*) FROM store_migration WHERE version = $1", V(m->version)) ||
	    (!there && (db->d->script(db, in_dialect(rq->mem, db->d, m->sql), &rq->err) ||
			sql_run(rq, "INSERT INTO store_migration(version, name, applied_at) VALUES($1, $2, $3)",
				V(m->version), V(m->name), V(clock_now())))))
		return rq->err.code;
	return ST_OK;
}

/* `n` of them from m on, in one transaction; another process may have begun, too. */
static enum st apply_together(struct req *rq, const struct migration *m, int n)
{
	struct db *db = rq->db;
	enum st st = db->d->begin(db, true, &rq->err);
	if (st)
		return st;
	for (int i = 0; i < n && !st; i++)
		st = apply(rq, &m[i]);
	if (!st)
		st = db->d->commit(db, &rq->err);
	if (st)
		db->d->rollback(db);
	return rq->err.code;
}

/* Which of `all` are applied already. A database that a newer program has changed is refused: we can't know what its rows
 * mean. */
static enum st applied_read(struct req *rq, bool *applied, int *n)
{
	struct rows r;
	if (sql_query0(rq, &r, "SELECT version, name FROM store_migration ORDER BY version"))
		return rq->err.code;
	enum st st = ST_OK;
	for (*n = 0; !st && rows_next(&r); ++*n) {
		const struct migration *m = all;
		while (m->version && m->version != rows_int(&r, 0))
			m++;
		if (m->version)
			applied[m - all] = true;
		else
			st = err_set(&rq->err, ST_CONFLICT,
				     "this database was changed by a newer nicert (step %lld, %s); run that version, "
				     "or restore a backup",
				     (long long)rows_int(&r, 0), rows_text(&r, 1));
	}
	enum st end = rows_end(&r);
	return st ? st : end;
}

static enum st migrate_all(struct req *rq, const struct store_opts *o)
{
	int count = 0, n = 0;
	while (all && all[count].version)
		count++;
	bool *applied = arena_array(rq->mem, bool, count + 1);
	if (rq->db->d->script(rq->db, own_tables, &rq->err) || applied_read(rq, applied, &n))
		return rq->err.code;
	if (!n && count && !o->no_migrate)
		return apply_together(rq, all, count);
	for (int i = 0; i < count; i++) {
		if (!applied[i] && o->no_migrate)
			return err_set(&rq->err, ST_CONFLICT, "the database lacks step %d (%s)", all[i].version,
				       all[i].name);
		if (!applied[i] && apply_together(rq, &all[i], 1))
			return rq->err.code;
	}
	return ST_OK;
}

enum st migrate(struct db *db, const struct store_opts *o, struct err *e)
{
	struct arena *mem = arena_new(4 << 20);
	struct req rq = { .mem = mem, .db = db, .who = &actor_cli };
	enum st st = migrate_all(&rq, o);
	if (st)
		*e = rq.err;
	arena_free(mem);
	return st;
}
