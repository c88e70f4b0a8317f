/* The grown-up driver: PostgreSQL over libpq, prepared statements, answers in binary, COPY for bulk. */
#include <endian.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/bytes.h"
#include "base/log.h"
#include "store/store_int.h"

enum { OID_BOOL = 16, OID_BYTEA = 17, OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23, OID_NUMERIC = 1700 };

static enum st status_of(PGconn *c, const PGresult *res)
{
	const char *state = res ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
	if (!state || PQstatus(c) == CONNECTION_BAD)
		return ST_BUSY;
	if (!strncmp(state, "23", 2))
		return ST_CONFLICT;
	static const char *const passing[] = { "40", "53", "55P03", "57", "08" };
	for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
		if (!strncmp(state, passing[i], strlen(passing[i])))
			return ST_BUSY;
	return ST_INTERNAL;
}

/* Class 40, "transaction rollback": a deadlock, or a snapshot that another's commit made stale. */
static bool rolled_back(const PGresult *res)
{
	const char *state = res ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
	return state && !strncmp(state, "40", 2);
}

/* The log has the details; what people are told names no statement. */
static enum st fail(struct db *db, PGresult *res, const char *what, struct err *e)
{
	enum st st = status_of(db->h, res);
	const char *msg = res ? PQresultErrorMessage(res) : PQerrorMessage(db->h);
	if (st == ST_INTERNAL)
		log_error("postgresql", LOG_T("error", msg), LOG_T("sql", what));
	else if (st == ST_BUSY)
		log_warn("postgresql", LOG_T("error", msg));
	err_set(e, st, "%s", store_sentence(st));
	db->tx.aborted = true;
	db->tx.yielded |= rolled_back(res);
	PQclear(res);
	return st;
}

static bool good(const PGresult *res)
{
	ExecStatusType t = PQresultStatus(res);
	return t == PGRES_COMMAND_OK || t == PGRES_TUPLES_OK || t == PGRES_COPY_IN;
}

static enum st pg_script(struct db *db, const char *text, struct err *e)
{
	PGresult *res = PQexec(db->h, text);
	db->tx.changed = true;
	if (!good(res))
		return fail(db, res, text, e);
	PQclear(res);
	return ST_OK;
}

static void quiet(void *arg, const PGresult *res) {}

static enum st pg_session(struct db *db, struct err *e)
{
	PQsetNoticeReceiver(db->h, quiet, NULL);
	return pg_script(
		db,
		"SET client_encoding='UTF8'; SET timezone='UTC'; SET statement_timeout='60s'; SET lock_timeout='10s';"
		"SET idle_in_transaction_session_timeout='60s';SET plan_cache_mode='force_generic_plan'",
		e);
}

static enum st pg_open(struct db *db, struct err *e)
{
	db->h = PQconnectdb(db->s->url);
	if (PQstatus(db->h) == CONNECTION_OK)
		return pg_session(db, e);
	err_set(e, ST_BUSY, "PostgreSQL: %.200s", PQerrorMessage(db->h));
	PQfinish(db->h);
	db->h = NULL;
	return ST_BUSY;
}

static void pg_close(struct db *db)
{
	stmt_drop(db, NULL);
	PQfinish(db->h);
	db->h = NULL;
}

static enum st pg_revive(struct db *db, struct err *e)
{
	if (db->h && PQstatus(db->h) == CONNECTION_OK)
		return ST_OK;
	pg_close(db);
	return pg_open(db, e);
}

/* ── statements ── */

static struct stmt *ready(struct db *db, const char *sql, struct err *e)
{
	struct stmt *st = stmt_find(db, sql);
	if (st)
		return st;
	char name[16];
	snprintf(name, sizeof name, "s%d", db->prepared);
	PGresult *res = PQprepare(db->h, name, sql, 0, NULL);
	if (!good(res)) {
		fail(db, res, sql, e);
		return NULL;
	}
	PQclear(res);
	st = stmt_add(db, sql);
	st->number = db->prepared++;
	return st;
}

static PGresult *execute(struct db *db, const char *sql, const struct val *v, int n, struct err *e)
{
	struct stmt *st = ready(db, sql, e);
	if (!st)
		return NULL;
	const char *p[PARAMS_MAX];
	int len[PARAMS_MAX], fmt[PARAMS_MAX];
	char num[PARAMS_MAX][24], name[16];
	for (int i = 0; i < n; i++) {
		fmt[i] = v[i].t == VAL_BLOB;
		len[i] = (int)v[i].n;
		p[i] = v[i].t == VAL_NULL ? NULL : v[i].t == VAL_INT ? num[i] : v[i].p ? v[i].p : "";
		if (v[i].t == VAL_INT)
			snprintf(num[i], sizeof num[i], "%lld", (long long)v[i].i);
	}
	snprintf(name, sizeof name, "s%d", st->number);
	PGresult *res = PQexecPrepared(db->h, name, n, p, len, fmt, 1);
	if (good(res)) {
		db->tx.changed |= strncmp(PQcmdStatus(res), "SELECT", 6) != 0;
		return res;
	}
	fail(db, res, sql, e);
	return NULL;
}

static enum st pg_run(struct req *rq, int64_t *changed, const char *sql, const struct val *v, int n)
{
	PGresult *res = execute(rq->db, sql, v, n, &rq->err);
	if (!res)
		return rq->err.code;
	if (changed)
		*changed = atoll(PQcmdTuples(res));
	PQclear(res);
	return ST_OK;
}

static enum st pg_query(struct req *rq, struct rows *r, const char *sql, const struct val *v, int n)
{
	r->res = execute(rq->db, sql, v, n, &rq->err);
	r->failed = !r->res;
	r->n = r->res ? PQntuples(r->res) : 0;
	return r->failed ? rq->err.code : ST_OK;
}

static bool pg_next(struct rows *r)
{
	return r->res && ++r->row < r->n;
}

static enum st pg_end(struct rows *r)
{
	PQclear(r->res);
	r->res = NULL;
	return r->failed ? r->rq->err.code : ST_OK;
}

static bool pg_null(struct rows *r, int col)
{
	return PQgetisnull(r->res, r->row, col);
}

/* Sums of bigint come back as numeric: base-10000 digits, weight of the first. Whole numbers only. */
static int64_t numeric_int(const uint8_t *p, int n)
{
	struct rd r = rd_of(p, (size_t)n);
	int digits = rd_u16(&r), weight = (int16_t)rd_u16(&r);
	bool minus = rd_u16(&r) == 0x4000;
	rd_u16(&r);
	int64_t v = 0;
	for (int i = 0; i <= weight && i < 5; i++)
		v = v * 10000 + (i < digits ? rd_u16(&r) : 0);
	return minus ? -v : v;
}

static int64_t pg_int(struct rows *r, int col)
{
	if (pg_null(r, col))
		return 0;
	const uint8_t *p = (const uint8_t *)PQgetvalue(r->res, r->row, col);
	int n = PQgetlength(r->res, r->row, col);
	struct rd d = rd_of(p, (size_t)n);
	switch (PQftype(r->res, col)) {
	case OID_INT8:
		return (int64_t)rd_u64(&d);
	case OID_INT4:
		return (int32_t)rd_u32(&d);
	case OID_INT2:
		return (int16_t)rd_u16(&d);
	case OID_BOOL:
		return rd_u8(&d);
	case OID_NUMERIC:
		return numeric_int(p, n);
	default:
		return atoll((const char *)p);
	}
}

static struct blob pg_bytes(struct rows *r, int col)
{
	if (pg_null(r, col))
		return (struct blob){ 0 };
	Oid t = PQftype(r->res, col);
	if (t == OID_INT8 || t == OID_INT4 || t == OID_NUMERIC) {
		char *s = arena_printf(r->rq->mem, "%lld", (long long)pg_int(r, col));
		return (struct blob){ s, strlen(s) };
	}
	return (struct blob){ PQgetvalue(r->res, r->row, col), (size_t)PQgetlength(r->res, r->row, col) };
}

/* ── transactions ── */

static enum st pg_begin(struct db *db, bool write, struct err *e)
{
	if (!write)
		return ST_OK; /* each statement is its own snapshot: two round trips a request saved */
	return pg_script(db, "BEGIN", e);
}
static enum st pg_commit(struct db *db, struct err *e)
{
	if (PQtransactionStatus(db->h) == PQTRANS_IDLE)
		return db->writer ? err_set(e, ST_BUSY, "store: the transaction was lost") : ST_OK;
	PGresult *res = PQexec(db->h, "COMMIT");
	/* COMMIT of a failed transaction is a ROLLBACK, and says so only in its tag. */
	if (!good(res) || strcmp(PQcmdStatus(res), "COMMIT") != 0)
		return fail(db, res, "COMMIT", e) ? ST_BUSY : ST_BUSY;
	PQclear(res);
	return ST_OK;
}
static void pg_rollback(struct db *db)
{
	if (db->h && PQtransactionStatus(db->h) != PQTRANS_IDLE)
		PQclear(PQexec(db->h, "ROLLBACK"));
}
static bool pg_open_tx(struct db *db)
{
	PGTransactionStatusType t = PQtransactionStatus(db->h);
	return t == PQTRANS_INTRANS || t == PQTRANS_INERROR;
}

/* ── bulk: COPY in binary; a number is an int8, everything else raw bytes ── */

static enum st pg_bulk_open(struct bulk *b)
{
	char *sql = arena_printf(b->rq->mem, "COPY %s(%s) FROM STDIN (FORMAT binary)", b->table, b->columns);
	if (pg_script(b->rq->db, sql, &b->rq->err))
		return b->rq->err.code;
	b->rq->db->tx.changed = true;
	buf_add(&b->out, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
	return ST_OK;
}

static enum st copy_flush(struct bulk *b)
{
	if (b->out.bad || PQputCopyData(b->rq->db->h, buf_cstr(&b->out), (int)b->out.n) != 1)
		return fail(b->rq->db, NULL, "COPY", &b->rq->err);
	buf_reset(&b->out);
	return ST_OK;
}

static enum st pg_bulk_row(struct bulk *b, const struct val *v)
{
	uint8_t w[8];
	put_u16(w, (uint16_t)b->ncols);
	buf_add(&b->out, w, 2);
	for (int i = 0; i < b->ncols; i++) {
		uint32_t n = v[i].t == VAL_NULL ? UINT32_MAX : v[i].t == VAL_INT ? 8 : (uint32_t)v[i].n;
		put_u32(w, n);
		buf_add(&b->out, w, 4);
		put_u64(w, (uint64_t)v[i].i);
		if (v[i].t == VAL_INT)
			buf_add(&b->out, w, 8);
		else if (v[i].t != VAL_NULL)
			buf_add(&b->out, v[i].p, v[i].n);
	}
	return b->out.n > 256 * 1024 ? copy_flush(b) : ST_OK;
}

static enum st pg_bulk_close(struct bulk *b)
{
	buf_add(&b->out, "\377\377", 2);
	enum st st = copy_flush(b);
	buf_free(&b->out);
	if (st || PQputCopyEnd(b->rq->db->h, NULL) != 1)
		return st ? st : fail(b->rq->db, NULL, "COPY", &b->rq->err);
	PGresult *res;
	while ((res = PQgetResult(b->rq->db->h))) {
		if (!good(res) && !st) {
			st = fail(b->rq->db, res, b->table, &b->rq->err);
			continue;
		}
		PQclear(res);
	}
	return st;
}

/* ── series and leads ── */

/* Makes it and takes its next number, where the write's own connection can't: it has just been told that there is none,
 * and goes on to believe it until its next transaction. */
static enum st first_number(struct req *rq, const char *name, int64_t *out)
{
	/* Outside the write's transaction, so that a roll-back doesn't take the sequence along. */
	struct db *side = store_reader(rq->db->s, &rq->err);
	if (!side)
		return rq->err.code;
	/* IF NOT EXISTS alone fails when two do it at once. Both statements are one transaction. */
	char *sql =
		arena_printf(rq->mem, "SELECT pg_advisory_xact_lock(6008190); CREATE SEQUENCE IF NOT EXISTS %s", name);
	if (pg_script(side, sql, &rq->err))
		return rq->err.code;
	PGresult *res = PQexec(side->h, arena_printf(rq->mem, "SELECT nextval('%s')", name));
	if (!good(res))
		return fail(side, res, "nextval", &rq->err);
	*out = strtoll(PQgetvalue(res, 0, 0), NULL, 10);
	PQclear(res);
	return ST_OK;
}

static enum st pg_next_number(struct req *rq, const char *series, int64_t *out)
{
	char name[64] = "series_";
	size_t k = strlen(name);
	for (const char *p = series; *p && k < sizeof name - 1; p++)
		name[k++] = (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') ? *p : '_';
	int64_t there = 0;
	if (sql_number(rq, &there, "SELECT count(*) FROM pg_class WHERE oid = to_regclass($1::text)", V(name)))
		return rq->err.code;
	return there ? sql_number(rq, out, "SELECT nextval($1::text::regclass)", V(name)) : first_number(rq, name, out);
}

static bool pg_lead(struct store *s, const char *job)
{
	struct lead *l = &s->lead[s->nleads];
	if (!l->db && !(l->db = db_new(s, false, NULL)))
		return false;
	struct arena *mem = arena_new(4096);
	struct req rq = { .mem = mem, .db = l->db };
	int64_t got = 0;
	enum st st = sql_number(&rq, &got,
				"SELECT CASE WHEN pg_try_advisory_lock(hashtextextended(current_schema() || $1, 0))"
				" THEN 1 ELSE 0 END",
				V(job));
	arena_free(mem);
	if (st == ST_OK && got)
		return true;
	db_free(l->db);
	l->db = NULL;
	return false;
}

/* The lock goes with the server's end of the connection. On an idle one nothing ever arrives but the news of its end
 * (or something as rare, after which the lead is simply taken anew). */
static bool pg_leads(const struct lead *l)
{
	struct pollfd p = { .fd = PQsocket(l->db->h), .events = POLLIN };
	return p.fd >= 0 && poll(&p, 1, 0) == 0;
}

const struct driver driver_pg = {
	.name = "postgresql",
	.open = pg_open,
	.close = pg_close,
	.revive = pg_revive,
	.script = pg_script,
	.begin = pg_begin,
	.commit = pg_commit,
	.rollback = pg_rollback,
	.open_tx = pg_open_tx,
	.run = pg_run,
	.query = pg_query,
	.next = pg_next,
	.end = pg_end,
	.is_null = pg_null,
	.get_int = pg_int,
	.get_bytes = pg_bytes,
	.bulk_open = pg_bulk_open,
	.bulk_row = pg_bulk_row,
	.bulk_close = pg_bulk_close,
	.next_number = pg_next_number,
	.lead = pg_lead,
	.leads = pg_leads,
	.key_ordered = "",
	.serial_id = "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
	.byte_order = "TYPE TEXT COLLATE \"C\"",
	.keep_swept = "autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,"
		      " autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 5000",
	.group_max = 48,
};
