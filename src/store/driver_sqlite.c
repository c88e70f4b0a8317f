/* The embedded driver: SQLite in WAL mode, synchronous=FULL, one writer, any number of readers. */
#include <sqlite3.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "store/store_int.h"

static enum st status_of(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_PROTOCOL:
		return ST_BUSY;
	case SQLITE_CONSTRAINT:
		return ST_CONFLICT;
	case SQLITE_TOOBIG:
		return ST_LIMIT;
	default:
		return ST_INTERNAL;
	}
}

/* The log has the details; what people are told names no statement. */
static enum st fail(struct db *db, int rc, const char *what, struct err *e)
{
	enum st st = status_of(rc);
	if (st == ST_INTERNAL)
		log_error("sqlite", LOG_T("error", sqlite3_errmsg(db->h)), LOG_T("sql", what));
	else if (st == ST_BUSY)
		log_warn("sqlite", LOG_T("error", sqlite3_errmsg(db->h)));
	return err_set(e, st, "%s", store_sentence(st));
}

static enum st lite_script(struct db *db, const char *text, struct err *e)
{
	db->tx.changed = true;
	int rc = sqlite3_exec(db->h, text, NULL, NULL, NULL);
	return rc == SQLITE_OK ? ST_OK : fail(db, rc, text, e);
}

/* Nobody reads SQLite's own counters of memory, and keeping them takes a lock at every malloc and free. */
static void once(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* ── the log ── */

/* Every reader looks for each page in the log first, so a long one slows them all; copying it into the database takes two
 * syncs. It is done after so many groups that this adds little to theirs, however large or small they are. */
enum {
	LOG_GROUPS = 100,
	LOG_PAGES_LEAST = 1000,
	LOG_PAGES_MOST = 20000,
	LOG_PAGES_LONG = 65536, /* 256 MB */
	BUSY_MSEC = 10000,
	SCRUB_MSEC = 50, /* of one attempt to empty it */
	CLOSE_MSEC = 200,
};

static int log_grew(void *arg, sqlite3 *h, const char *name, int pages)
{
	struct db *db = arg;
	if (pages < db->log_copied) /* it began anew */
		db->log_copied = db->log_held = 0;
	db->log_pages = pages;
	db->log_groups++;
	return SQLITE_OK;
}

/* Whoever reads older pages is waited for, and meanwhile nobody writes: not for long. */
static void empty_log(struct db *db, int msec)
{
	sqlite3_busy_timeout(db->h, msec);
	db->scrub = sqlite3_wal_checkpoint_v2(db->h, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) != SQLITE_OK;
	sqlite3_busy_timeout(db->h, BUSY_MSEC);
	if (!db->scrub)
		db->log_pages = db->log_copied = db->log_groups = 0;
}

/* A log that is copied begins anew by itself when somebody writes while nobody reads and nobody else has written since. With
 * two processes at work that may never be: whoever reads is waited for a moment, and the next write begins it. */
static void begin_log(struct db *db)
{
	if (db->log_pages - db->log_held < LOG_PAGES_LONG)
		return;
	sqlite3_busy_timeout(db->h, SCRUB_MSEC);
	bool anew = sqlite3_wal_checkpoint_v2(db->h, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL) == SQLITE_OK;
	sqlite3_busy_timeout(db->h, BUSY_MSEC);
	db->log_held = anew ? 0 : db->log_pages;
}

static void lite_tidy(struct db *db)
{
	if (db->h && db->scrub)
		empty_log(db, SCRUB_MSEC);
	int pages = db->log_pages - db->log_copied;
	if (!db->h || pages < (db->log_groups < LOG_GROUPS ? LOG_PAGES_MOST : LOG_PAGES_LEAST))
		return;
	/* What a reader still needs stays; that a disk is full, the next write will say. */
	sqlite3_wal_checkpoint_v2(db->h, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	db->log_copied = db->log_pages;
	db->log_groups = 0;
	begin_log(db);
}

static enum st lite_open(struct db *db, struct err *e)
{
	static pthread_once_t said = PTHREAD_ONCE_INIT;
	pthread_once(&said, once);
	sqlite3 *h = NULL;
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	int rc = sqlite3_open_v2(db->s->url, &h, flags, NULL);
	if (rc != SQLITE_OK) {
		err_set(e, ST_BUSY, "%s: %s", db->s->url, h ? sqlite3_errmsg(h) : "out of memory");
		sqlite3_close(h);
		return e ? e->code : ST_BUSY;
	}
	db->h = h;
	if (db->writer && db->s->lead_fd <= 0) {
		char path[1100];
		snprintf(path, sizeof path, "%s-lead", db->s->url);
		db->s->lead_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	}
	sqlite3_extended_result_codes(h, 1);
	sqlite3_busy_timeout(h, BUSY_MSEC);
	sqlite3_db_config(h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_wal_hook(h, log_grew, db); /* in place of SQLite's own, which makes a commit wait for the copying */
	return lite_script(
		db,
		"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-8192;"
		"PRAGMA mmap_size=2147418112; PRAGMA secure_delete=ON;"
		"PRAGMA journal_size_limit=104857600",
		e);
}

static void free_stmt(struct stmt *st)
{
	sqlite3_finalize(st->handle);
}

static void lite_close(struct db *db)
{
	db->view = NULL;
	stmt_drop(db, free_stmt);
	/* What was erased must not lie in the log, which the core may not remove. Whoever reads meanwhile does it
	 * later. */
	if (db->writer && db->h)
		empty_log(db, CLOSE_MSEC);
	sqlite3_close(db->h);
	db->h = NULL;
}

static enum st lite_revive(struct db *db, struct err *e)
{
	return db->h ? ST_OK : lite_open(db, e);
}

/* ── statements ── */

/* `$n` is a name to SQLite: positions follow first appearance, so each statement keeps which number stands where. */
static void map_params(struct stmt *st)
{
	int n = sqlite3_bind_parameter_count(st->handle);
	st->nmap = n < PARAMS_MAX ? n : PARAMS_MAX;
	for (int i = 1; i <= st->nmap; i++) {
		const char *name = sqlite3_bind_parameter_name(st->handle, i);
		st->map[i - 1] = name ? (uint8_t)atoi(name + 1) : (uint8_t)i;
	}
}

/* In tests: what a statement walks from end to end goes to the log, since a small table hides what a large one costs. */
static void tell_scans(struct db *db, const char *sql)
{
	sqlite3_stmt *plan = NULL;
	BUF_SCOPE text = BUF_INIT;
	buf_printf(&text, "EXPLAIN QUERY PLAN %s", sql);
	if (text.bad || sqlite3_prepare_v2(db->h, buf_cstr(&text), -1, &plan, NULL) != SQLITE_OK)
		return;
	while (sqlite3_step(plan) == SQLITE_ROW) {
		const char *detail = (const char *)sqlite3_column_text(plan, 3);
		if (detail && !strncmp(detail, "SCAN ", 5) && !strstr(detail, "VIRTUAL TABLE"))
			log_info("walks a table", LOG_T("plan", detail), LOG_T("sql", sql));
	}
	sqlite3_finalize(plan);
}

static struct stmt *ready(struct db *db, const char *sql, struct err *e)
{
	struct stmt *st = stmt_find(db, sql);
	if (st && !st->busy && st->handle)
		return st;
	if (!st || st->busy)
		st = stmt_add(db, sql);
	int rc = sqlite3_prepare_v3(db->h, sql, -1, SQLITE_PREPARE_PERSISTENT, (sqlite3_stmt **)&st->handle, NULL);
	if (rc != SQLITE_OK) {
		fail(db, rc, sql, e);
		if (st->owned)
			free(st);
		return NULL;
	}
	if (db->s->rehearse)
		tell_scans(db, sql);
	map_params(st);
	st->changes = !sqlite3_stmt_readonly(st->handle);
	return st;
}

static void release(struct stmt *st)
{
	sqlite3_reset(st->handle);
	st->busy = false;
	if (st->owned) {
		sqlite3_finalize(st->handle);
		free(st);
	}
}

static void bind(struct stmt *st, const struct val *v, int n)
{
	for (int i = 0; i < st->nmap; i++) {
		int k = st->map[i];
		const struct val *x = k >= 1 && k <= n ? &v[k - 1] : &V_NULL;
		switch (x->t) {
		case VAL_NULL:
			sqlite3_bind_null(st->handle, i + 1);
			break;
		case VAL_INT:
			sqlite3_bind_int64(st->handle, i + 1, x->i);
			break;
		case VAL_TEXT:
			sqlite3_bind_text(st->handle, i + 1, x->p, (int)x->n, SQLITE_STATIC);
			break;
		case VAL_BLOB:
			sqlite3_bind_blob(st->handle, i + 1, x->p ? x->p : "", (int)x->n, SQLITE_STATIC);
			break;
		}
	}
}

static enum st lite_run(struct req *rq, int64_t *changed, const char *sql, const struct val *v, int n)
{
	struct stmt *st = ready(rq->db, sql, &rq->err);
	if (!st)
		return rq->err.code;
	bind(st, v, n);
	rq->db->tx.changed |= st->changes;
	int rc;
	while ((rc = sqlite3_step(st->handle)) == SQLITE_ROW)
		;
	if (rc != SQLITE_DONE)
		fail(rq->db, rc, sql, &rq->err);
	else if (changed)
		*changed = sqlite3_changes64(rq->db->h);
	release(st);
	return rc == SQLITE_DONE ? ST_OK : rq->err.code;
}

static enum st lite_query(struct req *rq, struct rows *r, const char *sql, const struct val *v, int n)
{
	r->st = ready(rq->db, sql, &rq->err);
	if (!r->st) {
		r->failed = true;
		return rq->err.code;
	}
	r->st->busy = true;
	rq->db->tx.changed |= r->st->changes;
	bind(r->st, v, n);
	return ST_OK;
}

static bool lite_next(struct rows *r)
{
	if (!r->st || r->failed)
		return false;
	int rc = sqlite3_step(r->st->handle);
	if (rc == SQLITE_ROW)
		return true;
	if (rc != SQLITE_DONE) {
		fail(r->rq->db, rc, r->st->sql, &r->rq->err);
		r->failed = true;
	}
	return false;
}

static enum st lite_end(struct rows *r)
{
	if (r->st)
		release(r->st);
	r->st = NULL;
	return r->failed ? r->rq->err.code : ST_OK;
}

static bool lite_null(struct rows *r, int col)
{
	return sqlite3_column_type(r->st->handle, col) == SQLITE_NULL;
}
static int64_t lite_int(struct rows *r, int col)
{
	return sqlite3_column_int64(r->st->handle, col);
}

static struct blob lite_bytes(struct rows *r, int col)
{
	sqlite3_stmt *h = r->st->handle;
	if (sqlite3_column_type(h, col) == SQLITE_BLOB) {
		const void *p = sqlite3_column_blob(h, col);
		return (struct blob){ p ? p : "", (size_t)sqlite3_column_bytes(h, col) };
	}
	const void *p = sqlite3_column_text(h, col);
	return (struct blob){ p, (size_t)sqlite3_column_bytes(h, col) };
}

/* ── transactions ── */

/* A reader's transaction is open for as long as one statement of it is being read: the one that tells the version, so
 * that beginning it, asking that and its end are one statement's work instead of three. */
static enum st view_begin(struct db *db, struct err *e)
{
	struct stmt *st = ready(db, "PRAGMA data_version", e);
	if (!st)
		return e ? e->code : ST_BUSY;
	int rc = sqlite3_step(st->handle);
	if (rc != SQLITE_ROW) {
		enum st out = fail(db, rc, st->sql, e);
		release(st);
		return out;
	}
	st->busy = true;
	db->version = sqlite3_column_int64(st->handle, 0);
	db->view = st;
	return ST_OK;
}
static void view_end(struct db *db)
{
	if (db->view)
		release(db->view);
	db->view = NULL;
}

static void lite_rollback(struct db *db)
{
	view_end(db);
	if (!sqlite3_get_autocommit(db->h))
		sqlite3_exec(db->h, "ROLLBACK", NULL, NULL, NULL);
}
/* Prepared once: parsing these two words costs as much as a look-up. */
static enum st lite_word(struct db *db, const char *sql, struct err *e)
{
	struct stmt *st = ready(db, sql, e);
	if (!st)
		return e ? e->code : ST_BUSY;
	int rc = sqlite3_step(st->handle);
	enum st out = rc == SQLITE_DONE ? ST_OK : fail(db, rc, sql, e);
	release(st);
	return out;
}
static enum st lite_begin(struct db *db, bool write, struct err *e)
{
	lite_rollback(db); /* one whose end failed must not stop all that come after */
	return write ? lite_word(db, "BEGIN IMMEDIATE", e) : view_begin(db, e);
}
static enum st lite_commit(struct db *db, struct err *e)
{
	if (db->view)
		return view_end(db), ST_OK;
	return lite_word(db, "COMMIT", e);
}
static bool lite_open_tx(struct db *db)
{
	return !sqlite3_get_autocommit(db->h);
}

/* ── bulk: one prepared insert ── */

static enum st lite_bulk_open(struct bulk *b)
{
	BUF_SCOPE t = BUF_INIT;
	buf_printf(&t, "INSERT INTO %s(%s) VALUES(", b->table, b->columns);
	for (int i = 1; i <= b->ncols; i++)
		buf_printf(&t, i > 1 ? ",$%d" : "$%d", i);
	buf_char(&t, ')');
	if (t.bad)
		abort(); /* out of memory */
	b->sql = store_intern(b->rq->db->s, buf_cstr(&t));
	return ST_OK;
}
static enum st lite_bulk_row(struct bulk *b, const struct val *v)
{
	return lite_run(b->rq, NULL, b->sql, v, b->ncols);
}
static enum st lite_bulk_close(struct bulk *b)
{
	return ST_OK;
}

/* ── series and leads ── */

static enum st lite_next_number(struct req *rq, const char *series, int64_t *out)
{
	return sql_number(rq, out,
			  "INSERT INTO store_series(name, value) VALUES($1, 1) "
			  "ON CONFLICT(name) DO UPDATE SET value = value + 1 RETURNING value",
			  V(series));
}

/* Leads are locks on single bytes of PATH-lead, which is opened with the store: later the core may make no files. The
 * lock belongs to the open file description, so other stores of the same process are kept out too, and a dead process
 * lets go. */
static bool lite_lead(struct store *s, const char *job)
{
	struct hash h = hash_of(job, strlen(job));
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = h.b[0] << 8 | h.b[1], .l_len = 1 };
	return fcntl(s->lead_fd, F_OFD_SETLK, &l) == 0;
}

const struct driver driver_sqlite = {
	.name = "sqlite",
	.open = lite_open,
	.close = lite_close,
	.revive = lite_revive,
	.script = lite_script,
	.begin = lite_begin,
	.commit = lite_commit,
	.rollback = lite_rollback,
	.open_tx = lite_open_tx,
	.tidy = lite_tidy,
	.run = lite_run,
	.query = lite_query,
	.next = lite_next,
	.end = lite_end,
	.is_null = lite_null,
	.get_int = lite_int,
	.get_bytes = lite_bytes,
	.bulk_open = lite_bulk_open,
	.bulk_row = lite_bulk_row,
	.bulk_close = lite_bulk_close,
	.next_number = lite_next_number,
	.lead = lite_lead,
	.key_ordered = " WITHOUT ROWID",
	.serial_id = "INTEGER PRIMARY KEY AUTOINCREMENT",
	.group_max = 256,
};
