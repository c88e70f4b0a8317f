/* store.h — one SQL dialect on two drivers, and the only way to change a row: a write, grouped with others and
 * committed.
 *
 * READING. A statement is text beside its C function, with $1… parameters, the same on SQLite and PostgreSQL:
 *
 *	struct rows r;
 *	if (sql_query(rq, &r, "SELECT number, state FROM desk_case WHERE id = $1", V(id)))
 *		return rq->err.code;
 *	while (rows_next(&r))
 *		use(rows_text(&r, 0), rows_int(&r, 1));
 *	if (rows_end(&r)) ...
 *
 * WRITING. A room's function takes a `struct req` whose db is inside a transaction, changes its rows, calls
 * journal_append and returns. It never begins or commits. Who wants it done hands it to the store: `store_write` (waits)
 * or `store_submit` (calls back). Writes that arrive together share one transaction (group commit); what a write that
 * returns anything but ST_OK has changed is taken back alone. Nobody is told before the commit is durable. A write may
 * run more than once (with its whole group when another's changes are taken back, alone after a failed group), so it must
 * not touch anything but the store and its own arg, and must leave its arg such that it can begin again.
 *
 * DIALECT. BIGINT for numbers and times, TEXT, BYTEA; booleans are BIGINT 0/1. In migrations `SERIAL_ID` stands for an
 * ascending 64-bit primary key, KEY_ORDERED behind a table for rows that lie in the order of its primary key,
 * BYTE_ORDER(table.column) as a statement for texts that compare by their bytes, KEEP_SWEPT(table) for a table that is
 * walked a lot while it changes. INSERT … RETURNING, ON CONFLICT, no JSON operators, no now().
 *
 * THREADS. A struct db belongs to one thread at a time. store_reader gives the calling thread its own read connection.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/err.h"

struct store; /* a database: its writers, readers and journal */
struct db;    /* one connection */

/* Who acts. `id` is what the journal keeps: "clock", "cli", "staff:3", "reporter:17", "holder", "anonymous". */
struct actor {
	char id[48];
	unsigned role;	 /* enum role of who/permit.h; 0 = anonymous */
	int64_t account; /* 0 = none */
	const char
		*frame; /* the command it came in (EPP: clTRID/svTRID), kept with the history of objects; NULL: none */
};
extern const struct actor actor_clock, actor_cli, actor_anonymous;

/* What every room function is given. */
struct req {
	struct arena *mem;
	struct db *db;
	struct err err;
	const struct actor *who;
};

/* ── values and rows ── */
struct blob {
	const void *p;
	size_t n;
};
enum val_type { VAL_NULL, VAL_INT, VAL_TEXT, VAL_BLOB };
struct val {
	enum val_type t;
	int64_t i;
	const void *p;
	size_t n;
};

struct val val_int(int64_t i);
struct val val_text(const char *s); /* NULL is SQL NULL */
struct val val_blob(struct blob b);
#define V(x) _Generic((x), char * : val_text, const char * : val_text, struct blob : val_blob, default : val_int)(x)
#define V_NULL ((struct val){ VAL_NULL })
#define V_BLOB(ptr, len) val_blob((struct blob){ (ptr), (len) })

struct rows {
	struct req *rq;
	struct stmt *st;
	void *res;
	int row, n;
	bool failed;
};

#define VALS(...)                                                                                                      \
	(const struct val[]){ __VA_ARGS__ }, (int)(sizeof((const struct val[]){ __VA_ARGS__ }) / sizeof(struct val))
enum { PARAMS_MAX = 64 }; /* of a statement; more: ST_INTERNAL */
/* Each sql text must be a string that lives as long as the program: statements are cached by its address. */
enum st sql_run_vals(struct req *rq, int64_t *changed, const char *sql, const struct val *v, int n);
enum st sql_query_vals(struct req *rq, struct rows *r, const char *sql, const struct val *v, int n);
#define sql_run(rq, sql, ...) sql_run_vals((rq), NULL, (sql), VALS(__VA_ARGS__))
#define sql_run_count(rq, changed, sql, ...) sql_run_vals((rq), (changed), (sql), VALS(__VA_ARGS__))
#define sql_query(rq, rows, sql, ...) sql_query_vals((rq), (rows), (sql), VALS(__VA_ARGS__))
/* No parameters. */
#define sql_run0(rq, sql) sql_run_vals((rq), NULL, (sql), NULL, 0)
#define sql_query0(rq, rows, sql) sql_query_vals((rq), (rows), (sql), NULL, 0)
/* One number: the first column of the first row (of an INSERT … RETURNING id too); ST_NOTFOUND when there is no row. */
enum st sql_number_vals(struct req *rq, int64_t *out, const char *sql, const struct val *v, int n);
#define sql_number(rq, out, sql, ...) sql_number_vals((rq), (out), (sql), VALS(__VA_ARGS__))
#define sql_number0(rq, out, sql) sql_number_vals((rq), (out), (sql), NULL, 0)
/* Where a page of a range of an index begins: low, or what comes right after `after` (NULL: none), never below low. Of
 * two lower bounds SQLite takes the first for its range of the index and would read all that lies between them. */
const char *sql_from(struct arena *mem, const char *low, const char *after);

/* What a write reckons from a row must still be so when it ends. Where store_must_hold is true (inside a write on
 * PostgreSQL, which has several writers) a SELECT of one table in SQL_HELD keeps its rows from the others until the write
 * ends, and what is read afterwards is at least as new. SQLite has one writer. */
bool store_must_hold(const struct req *rq);
#define SQL_HELD(rq, select) (store_must_hold(rq) ? select " FOR NO KEY UPDATE" : select)
/* The same for what has no row yet: of writes that hold one key, one goes on at a time. */
enum st store_hold_key(struct req *rq, int64_t key);
/* Inside a write: what it removes is gone for good reasons and must not lie on in the store's log. SQLite's is emptied as
 * soon as nobody reads what came before; PostgreSQL's server recycles its own. */
void store_scrub(struct req *rq);

bool rows_next(struct rows *r);
enum st rows_end(struct rows *r); /* also after a break; the status of the whole reading */
bool rows_null(struct rows *r, int col);
int64_t rows_int(struct rows *r, int col);	/* 0 for NULL */
const char *rows_text(struct rows *r, int col); /* "" for NULL; lives until rows_next/rows_end */
struct blob rows_blob(struct rows *r, int col);
char *rows_dup(struct rows *r, int col); /* into rq->mem; NULL for NULL */

/* ── bulk: many rows into one table, in key order; COPY on PostgreSQL, one prepared insert on SQLite ── */
struct bulk;
struct bulk *bulk_open(struct req *rq, const char *table, const char *columns, int ncols); /* inside a transaction */
enum st bulk_row(struct bulk *b, const struct val *v);
enum st bulk_close(struct bulk *b);

/* ── the store ── */
struct store_opts {
	const char *url; /* sqlite:PATH or postgresql://… */
	int writers;	 /* writer threads to start; 0: none, writes run in the caller (commands) */
	int queue;	 /* writes waiting before ST_BUSY */
	int group;	 /* the most writes in one commit; 0: as many as the driver does well with */
	bool create;	 /* make it and migrate; else an older version is migrated, a missing one refused */
	bool no_migrate; /* refuse an older version instead (kept for checks) */
	bool rehearse;	 /* for tests: each write runs, is taken back, and runs again */
};
struct store *store_open(const struct store_opts *o, struct err *e);
void store_close(struct store *s);			 /* drains what was accepted */
struct db *store_reader(struct store *s, struct err *e); /* this thread's; NULL when the database can't be reached */
/* Has it read already? If not, what it reads next includes all that was committed before now. */
bool store_reader_began(const struct db *db);
void store_reader_done(struct store *s); /* end of a request */
bool store_is_sqlite(const struct store *s);

typedef enum st (*write_fn)(struct req *rq, void *arg);
struct write {
	write_fn fn;
	void *arg;
	struct actor who;
	struct arena *mem;	       /* for fn; the caller's, may be kept for rendering */
	void (*done)(struct write *w); /* called on a writer thread after the commit (or refusal) */
	void *user;
	struct err err;			      /* the outcome: ST_OK only when durable */
	struct write *next;		      /* private, and */
	bool yielded;			      /* run again */
	int64_t journal_first, journal_count; /* positions this write's entries got */
};
enum st store_submit(struct store *s, struct write *w); /* ST_BUSY at once when the queue is full: done is not called */
enum st store_write(struct store *s, struct req *rq, write_fn fn, void *arg); /* rq->who, rq->mem are used; waits */
/* The database let nobody in, or was full, and nothing was changed: the same may be tried again. */
bool store_kept_out(const struct err *e);

/* A number from a named series (cases of a year): gaps may occur, repeats never. Inside a write. */
enum st store_next(struct req *rq, const char *series, int64_t *out);

/* The advisory lock "one process at a time does this" (scheduler, follower): taken when it is free. Ask before each
 * piece of work: it is held until store_close or until the connection to the database is lost, after which another
 * process may have it. */
bool store_lead(struct store *s, const char *job);

struct store_stats {
	int64_t writes, groups, refused, retried, queue, commit_usec_total;
};
void store_stats(struct store *s, struct store_stats *out);

/* ── settings kept in the database ── */
char *setting_get(struct req *rq, const char *key);			 /* NULL if absent; into rq->mem */
enum st setting_put(struct req *rq, const char *key, const char *value); /* inside a write */

/* ── migrations: numbered texts, each applied once in its own transaction, in order ── */
struct migration {
	int version;
	const char *name;
	const char *sql;
};
/* Rooms hand theirs to main, which gives the whole ordered list before store_open. Ends with version 0. */
void store_migrations(const struct migration *list);
int store_version_newest(void);

#endif
