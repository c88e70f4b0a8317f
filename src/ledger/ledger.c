/* Accounts: made, read, closed. */
#include "ledger/ledger_int.h"
#include <string.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "store/journal.h"

/* A line's `balance` is what its account held after it, NULL where the account keeps none. `floor` is NULL for no
 * floor. */
const struct migration ledger_migrations[] = {
	{ 70, "ledger",
	  "CREATE TABLE ledger_account (num SERIAL_ID, id TEXT NOT NULL UNIQUE, currency TEXT NOT NULL, kept BIGINT "
	  "NOT NULL,"
	  " floor BIGINT, balance BIGINT NOT NULL, closed_tx BIGINT NOT NULL, made_at BIGINT NOT NULL);"
	  "CREATE TABLE ledger_tx (id SERIAL_ID, at BIGINT NOT NULL, actor TEXT NOT NULL, kind TEXT NOT NULL,"
	  " subject TEXT NOT NULL, note TEXT NOT NULL, reverses BIGINT NOT NULL);"
	  "CREATE UNIQUE INDEX ledger_tx_reverses ON ledger_tx (reverses) WHERE reverses <> 0;"
	  "CREATE TABLE ledger_line (tx BIGINT NOT NULL, line BIGINT NOT NULL, account BIGINT NOT NULL,"
	  " amount BIGINT NOT NULL, balance BIGINT, PRIMARY KEY (tx, line));"
	  "CREATE INDEX ledger_line_account ON ledger_line (account, tx);"
	  "CREATE TABLE ledger_price (zone TEXT NOT NULL, item TEXT NOT NULL, valid_from BIGINT NOT NULL,"
	  " amount BIGINT NOT NULL, currency TEXT NOT NULL, per_year BIGINT NOT NULL,"
	  " PRIMARY KEY (zone, item, valid_from));" },
	{ 0 },
};

bool ledger_text_ok(const char *s, size_t max)
{
	size_t n = s ? strlen(s) : 0;
	return n && n <= max && text_clean(s, n);
}

bool currency_ok(const char *s)
{
	return s && strlen(s) == 3 && strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;
}

/* ── reading accounts ── */

static void account_of(struct rows *r, struct account *a)
{
	struct blob id = rows_blob(r, 0), cur = rows_blob(r, 2);
	*a = (struct account){ .num = rows_int(r, 1),
			       .kept = rows_int(r, 3) != 0,
			       .floor = rows_null(r, 4) ? LEDGER_NO_FLOOR : rows_int(r, 4),
			       .balance = rows_int(r, 5),
			       .closed_tx = rows_int(r, 6) };
	memcpy(a->id, id.p, id.n < ACCOUNT_MAX ? id.n : ACCOUNT_MAX);
	memcpy(a->currency, cur.p, cur.n < 3 ? cur.n : 3);
}

enum st account_missing(struct req *rq, const char *id)
{
	return err_set(&rq->err, ST_NOTFOUND, "there is no account %.120s", id);
}

enum st account_read(struct req *rq, const char *id, struct account *a)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "SELECT id, num, currency, kept, floor, balance, closed_tx FROM ledger_account WHERE id = $1",
		      V(id)))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found)
		account_of(&r, a);
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : account_missing(rq, id);
}

enum st accounts_read(struct req *rq, const char *const *id, int n, struct account *out)
{
	static const char sql[] = "SELECT a.id, a.num, a.currency, a.kept, a.floor, a.balance, a.closed_tx FROM " TURN
				  ", ledger_account a WHERE a.id IN ($1, $2, $3, $4, $5, $6)";
	struct val v[LINES_MAX];
	struct rows r;
	for (int i = 0; i < LINES_MAX; i++)
		v[i] = V(id[i < n ? i : n - 1]);
	if (sql_query_vals(rq, &r, sql, v, LINES_MAX))
		return rq->err.code;
	while (rows_next(&r)) {
		struct account a;
		account_of(&r, &a);
		for (int i = 0; i < n; i++)
			if (strcmp(id[i], a.id) == 0)
				out[i] = a;
	}
	if (rows_end(&r))
		return rq->err.code;
	for (int i = 0; i < n; i++)
		if (!out[i].id[0])
			return account_missing(rq, id[i]);
	return ST_OK;
}

enum st ledger_balance(struct req *rq, const char *id, int64_t *balance, char currency[4])
{
	/* One statement, so that a close between two reads can't count lines twice. */
	static const char sql[] =
		"SELECT a.currency, a.balance + CASE WHEN a.kept = 1 THEN 0 ELSE (SELECT coalesce(sum(l.amount), 0)"
		" FROM ledger_line l WHERE l.account = a.num AND l.tx > a.closed_tx) END"
		" FROM ledger_account a WHERE a.id = $1";
	struct rows r;
	if (sql_query(rq, &r, sql, V(id)))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found) {
		memcpy(currency, rows_text(&r, 0), 3);
		currency[3] = 0;
		*balance = rows_int(&r, 1);
	}
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : account_missing(rq, id);
}

/* ── closing ── */

#define CLOSE_DUE "ledger-close"

static int64_t next_month(int64_t t)
{
	int y = time_year(t), m = 2;
	while (m < 13 && time_from_civil(y, m, 1, 0, 0, 0) <= t)
		m++;
	return m < 13 ? time_from_civil(y, m, 1, 0, 0, 0) : time_from_civil(y + 1, 1, 1, 0, 0, 0);
}

static enum st close_later(struct req *rq)
{
	return due_set(rq, CLOSE_DUE, "books", next_month(clock_now()));
}

/* ── making and changing them ── */

static enum st fact(struct req *rq, const char *id, const char *verb, const char *currency, int64_t floor)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	if (currency)
		j_str(&w, "currency", currency);
	if (floor == LEDGER_NO_FLOOR)
		j_null(&w, "floor");
	else
		j_int(&w, "floor", floor);
	j_end(&w);
	const char *subject = arena_printf(rq->mem, "account:%s", id);
	return journal_append(rq, &(struct fact){ "ledger", subject, verb, buf_cstr(&b), 0 });
}

static bool floor_ok(int64_t floor)
{
	return floor == LEDGER_NO_FLOOR || (floor >= -LEDGER_AMOUNT_MAX && floor <= LEDGER_AMOUNT_MAX);
}

static struct val floor_val(int64_t floor)
{
	return floor == LEDGER_NO_FLOOR ? V_NULL : val_int(floor);
}

static enum st account_make(struct req *rq, const char *id, const char *currency, int64_t floor, bool *made)
{
	int64_t num;
	*made = false;
	if (!ledger_text_ok(id, ACCOUNT_MAX) || !currency_ok(currency) || !floor_ok(floor))
		return err_set(&rq->err, ST_INVALID,
			       "account %.60s: expected an id of at most %d bytes, a currency of three capitals, and a "
			       "floor within %lld",
			       id ? id : "", ACCOUNT_MAX, LEDGER_AMOUNT_MAX);
	enum st st = sql_number(rq, &num,
				"INSERT INTO ledger_account (id, currency, kept, floor, balance, closed_tx, made_at)"
				" VALUES ($1, $2, $3, $4, 0, 0, $5) ON CONFLICT (id) DO NOTHING RETURNING num",
				V(id), V(currency), V(floor != LEDGER_NO_FLOOR), floor_val(floor), V(clock_now()));
	if (st == ST_NOTFOUND) {
		err_clear(&rq->err);
		return ST_OK;
	}
	*made = !st;
	if (!st && floor == LEDGER_NO_FLOOR && close_later(rq))
		return rq->err.code;
	return st ? st : fact(rq, id, "account-added", currency, floor);
}

enum st ledger_account_add(struct req *rq, const char *id, const char *currency, int64_t floor)
{
	bool made;
	if (account_make(rq, id, currency, floor, &made))
		return rq->err.code;
	return made ? ST_OK : err_set(&rq->err, ST_CONFLICT, "account %.120s is there already", id);
}

enum st ledger_account_ensure(struct req *rq, const char *id, const char *currency, int64_t floor)
{
	struct account a;
	bool made;
	enum st st = account_read(rq, id, &a);
	if (st == ST_NOTFOUND) {
		err_clear(&rq->err);
		if (account_make(rq, id, currency, floor, &made) || made)
			return rq->err.code;
		st = account_read(rq, id, &a); /* somebody else made it meanwhile */
	}
	if (!st && strcmp(a.currency, currency) != 0)
		return err_set(&rq->err, ST_CONFLICT, "account %.120s is kept in %s, not in %s", id, a.currency,
			       currency);
	return st;
}

enum st ledger_floor_set(struct req *rq, const char *id, int64_t floor)
{
	struct account a;
	if (!floor_ok(floor))
		return err_set(&rq->err, ST_INVALID, "account %.120s: a floor must be within %lld", id,
			       LEDGER_AMOUNT_MAX);
	if (account_read(rq, id, &a))
		return rq->err.code;
	if (a.floor == floor)
		return ST_OK;
	if (!a.kept)
		return err_set(&rq->err, ST_CONFLICT, "account %.120s was made without a floor and can't get one", id);
	if (sql_run(rq, "UPDATE ledger_account SET floor = $2 WHERE num = $1", V(a.num), floor_val(floor)))
		return rq->err.code;
	return fact(rq, id, "floor-set", NULL, floor);
}

static enum st close_books(struct req *rq)
{
	/* With the turn taken nobody is half-way: every transaction up to the newest is there. */
	int64_t newest, open;
	if (sql_number0(rq, &newest, "SELECT 1 FROM " TURN) ||
	    sql_number0(rq, &newest, "SELECT coalesce(max(id), 0) FROM ledger_tx") ||
	    sql_number(rq, &open, "SELECT count(*) FROM ledger_account WHERE kept = 0 AND closed_tx < $1", V(newest)))
		return rq->err.code;
	if (!open)
		return ST_OK;
	return sql_run(
		rq,
		"UPDATE ledger_account SET closed_tx = $1, balance = balance + (SELECT coalesce(sum(l.amount), 0)"
		" FROM ledger_line l WHERE l.account = ledger_account.num AND l.tx > ledger_account.closed_tx AND l.tx "
		"<= $1)"
		" WHERE kept = 0 AND closed_tx < $1",
		V(newest));
}

enum st ledger_close(struct req *rq)
{
	return close_books(rq) || close_later(rq) ? rq->err.code : ST_OK;
}

static enum st close_due(struct req *rq, const char *subject)
{
	return ledger_close(rq);
}

const struct due_kind ledger_due_kinds[] = { { CLOSE_DUE, close_due } };
const int ledger_due_count = sizeof ledger_due_kinds / sizeof *ledger_due_kinds;
