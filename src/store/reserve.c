/* Ids in advance. SQLite keeps the last one in sqlite_sequence, where the write lock guards it. On PostgreSQL a
 * sequence moves outside of transactions: an insert takes its table's lock before it asks the sequence, so whoever
 * holds that lock moves it alone. */
#include "store/reserve.h"
#include <stdio.h>
#include "base/buf.h"
#include "store/store_int.h"

static enum st reserve_lite(struct req *rq, const char *table, int64_t n, int64_t *first)
{
	int64_t last = 0, changed = 0;
	if (sql_run_count(rq, &changed, "UPDATE sqlite_sequence SET seq = seq + $2 WHERE name = $1", V(table), V(n)))
		return rq->err.code;
	if (!changed && sql_run(rq, "INSERT INTO sqlite_sequence(name, seq) VALUES($1, $2)", V(table), V(n)))
		return rq->err.code;
	if (sql_number(rq, &last, "SELECT seq FROM sqlite_sequence WHERE name = $1", V(table)))
		return rq->err.code;
	*first = last - n + 1;
	return ST_OK;
}

static enum st reserve_pg(struct req *rq, const char *table, int64_t n, int64_t *first)
{
	int64_t next = 0;
	char lock[120];
	snprintf(lock, sizeof lock, "LOCK TABLE %.60s IN SHARE ROW EXCLUSIVE MODE", table);
	if (rq->db->d->script(rq->db, lock, &rq->err) ||
	    sql_number(rq, &next, "SELECT nextval(pg_get_serial_sequence($1::text, 'id'))", V(table)) ||
	    sql_number(rq, first, "SELECT setval(pg_get_serial_sequence($1::text, 'id'), $2::bigint)", V(table),
		       V(next + n - 1)))
		return rq->err.code;
	*first = next;
	return ST_OK;
}

enum st store_reserve(struct req *rq, const char *table, int64_t n, int64_t *first)
{
	return store_is_sqlite(rq->db->s) ? reserve_lite(rq, table, n, first) : reserve_pg(rq, table, n, first);
}

enum st store_cache(struct req *rq, int megabytes)
{
	char text[60];
	if (!store_is_sqlite(rq->db->s))
		return ST_OK;
	snprintf(text, sizeof text, "PRAGMA cache_size=-%d", megabytes * 1024);
	return rq->db->d->script(rq->db, text, &rq->err);
}
