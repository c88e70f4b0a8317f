#include "store/snapshot.h"
#include "store/store_int.h"

/* SQLite takes its snapshot at the first read, PostgreSQL at the first statement of the transaction. */
struct db *store_snapshot(struct store *s, struct err *e)
{
	static const char pg[] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
				 "SET LOCAL idle_in_transaction_session_timeout = 0";
	struct db *db = db_new(s, false, e);
	if (!db)
		return NULL;
	struct arena *mem = arena_new(4096);
	struct req rq = { .mem = mem, .db = db };
	int64_t size;
	bool ok = db->d->script(db, store_is_sqlite(s) ? "BEGIN" : pg, e) == ST_OK;
	if (ok && journal_head(&rq, &size)) {
		*e = rq.err;
		ok = false;
	}
	arena_free(mem);
	if (ok)
		return db;
	db_free(db);
	return NULL;
}

void store_snapshot_end(struct db *db)
{
	if (!db)
		return;
	db->d->rollback(db);
	db_free(db);
}
