/* store_int.h — what the two drivers and the writer share. Not for rooms. */
#ifndef STORE_STORE_INT_H
#define STORE_STORE_INT_H
#include <pthread.h>
#include <stdatomic.h>
#include "store/journal.h"
#include "store/store.h"

/* A prepared statement of one connection, found again by the address of its text. */
struct stmt {
	const char *sql;
	struct stmt *next;	 /* in its hash bucket */
	bool busy;		 /* being read: a second reading at the same time gets a statement of its own */
	bool owned;		 /* such a one: freed at its end */
	void *handle;		 /* sqlite3_stmt */
	uint8_t map[PARAMS_MAX]; /* SQLite: parameter number ($n) of each bind position */
	int nmap;
	bool changes; /* SQLite: it may change something */
	int number;   /* PostgreSQL: prepared under the name s<number> */
};
#define STMT_BUCKETS 128

/* Entries of the running transaction that wait for their position. */
struct pending {
	char *text[5]; /* actor, room, subject, verb, payload */
	int64_t at, person, erased_at;
	uint8_t salt[16];
	struct hash commitment;
};
struct tx {
	struct arena *mem;
	struct pending *p;
	int n, size;
	bool changed, aborted; /* the running write has changed something; the database refuses all that follows */
	bool yielded; /* the database gave it up for another's sake (a deadlock): run again, it may go through */
	bool scrubs;  /* what it removes must leave the log too */
};

struct db {
	const struct driver *d;
	struct store *s;
	void *h; /* sqlite3 or PGconn */
	bool writer, snapshot;
	bool due;	   /* a reader's snapshot, to be begun by its first statement */
	struct stmt *view; /* SQLite: what holds it open */
	int64_t version;   /* SQLite: another one, once any process has committed something */
	struct tx tx;
	int careful;			       /* a writer's: groups still to be run with savepoints */
	bool scrub;			       /* a writer's: its log holds what was erased, and is to be emptied */
	int log_pages, log_copied, log_groups; /* a writer's log: pages in it, of these copied; groups since that */
	int log_held;			       /* how long it was when it last couldn't begin anew */
	struct stmt *stmts[STMT_BUCKETS];
	int prepared;	   /* PostgreSQL: next statement number */
	struct memo *memo; /* of a reader; memo_used: in this snapshot, so it stays as it is */
	bool memo_used;
	struct db *next; /* all readers of a store */
};

void memo_free(struct memo *m); /* NULL is fine */

struct lead {
	char job[48];
	struct db *db;
};

/* What must differ between the two databases. */
struct driver {
	const char *name;
	enum st (*open)(struct db *db, struct err *e);
	void (*close)(struct db *db);
	enum st (*revive)(struct db *db, struct err *e);		   /* reconnect if the connection was lost */
	enum st (*script)(struct db *db, const char *text, struct err *e); /* several statements, no parameters */
	enum st (*begin)(struct db *db, bool write, struct err *e);
	enum st (*commit)(struct db *db, struct err *e);
	void (*rollback)(struct db *db);
	bool (*open_tx)(struct db *db); /* is the transaction still there after an error? */
	void (*tidy)(struct db *db);	/* when all of a group have their answer; or NULL */
	enum st (*run)(struct req *rq, int64_t *changed, const char *sql, const struct val *v, int n);
	enum st (*query)(struct req *rq, struct rows *r, const char *sql, const struct val *v, int n);
	bool (*next)(struct rows *r);
	enum st (*end)(struct rows *r);
	bool (*is_null)(struct rows *r, int col);
	int64_t (*get_int)(struct rows *r, int col);
	struct blob (*get_bytes)(struct rows *r, int col); /* text is closed by a 0 */
	enum st (*bulk_open)(struct bulk *b);
	enum st (*bulk_row)(struct bulk *b, const struct val *v);
	enum st (*bulk_close)(struct bulk *b);
	enum st (*next_number)(struct req *rq, const char *series, int64_t *out);
	bool (*lead)(struct store *s, const char *job);
	bool (*leads)(const struct lead *l); /* still? NULL: a lead can't be lost */
	const char *serial_id, *key_ordered;
	const char *byte_order; /* what ALTER COLUMN needs for it; NULL: columns have it */
	const char *keep_swept; /* what ALTER TABLE … SET needs for it; NULL: nothing to sweep */
	int group_max;
};
extern const struct driver driver_sqlite, driver_pg;

struct bulk {
	struct req *rq;
	const char *table, *columns;
	int ncols;
	const char *sql;
	struct buf out;
};

struct store {
	const struct driver *d;
	char *url; /* what the driver opens: a path or a conninfo */
	pthread_key_t reader;
	pthread_mutex_t lock; /* readers list, interned texts */
	struct db *readers;
	pthread_mutex_t lead_lock;
	struct lead lead[16];
	int nleads, lead_fd;
	struct {
		char *text;
	} * interned;
	int ninterned;
	/* the write queue */
	pthread_mutex_t qlock;
	pthread_cond_t qwork, qroom;
	struct write *qhead, *qtail;
	int qlen, qmax, nwriters, group_max;
	bool stopping, rehearse;
	pthread_t thread[8];
	struct db *wdb[8]; /* [0] also serves store_write without writer threads */
	pthread_mutex_t inline_lock;
	/* the journal's right edge: valid for tree.size when `tree_ok` */
	pthread_mutex_t tree_lock;
	struct tree *tree;
	bool tree_ok;
	atomic_long writes, groups, refused, retried, commit_usec;
};

/* What people are told when the database says no. */
const char *store_sentence(enum st st);
enum st snapshot_begin(struct req *rq); /* where it is due */
struct db *db_new(struct store *s, bool writer, struct err *e);
void db_free(struct db *db);
struct stmt *stmt_find(struct db *db, const char *sql);		   /* a free one, or NULL */
struct stmt *stmt_add(struct db *db, const char *sql);		   /* a fresh record; owned when its twin is busy */
void stmt_drop(struct db *db, void (*free_handle)(struct stmt *)); /* all of a connection */
const char *store_intern(struct store *s,
			 const char *text); /* the same address for the same text, for the store's life */
enum st migrate(struct db *db, const struct store_opts *o, struct err *e);

/* The end of a group's transaction: positions, entries, tiles, head. Takes the tree lock when there is something to
 * seal; it must be given back by journal_settle after the commit (committed) or the roll-back (not). */
enum st journal_seal(struct req *rq, bool *locked);
void journal_settle(struct store *s, bool locked, bool committed);

#endif
