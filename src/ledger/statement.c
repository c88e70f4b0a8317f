/* Statements: an account's lines, newest first. */
#include "ledger/ledger_int.h"

/* The balance after transaction `tx` of an account that keeps none: from its last close, forwards or back. */
static enum st balance_at(struct req *rq, const struct account *a, int64_t tx, int64_t *out)
{
	int64_t moved = 0;
	static const char sql[] =
		"SELECT coalesce(sum(amount), 0) FROM ledger_line WHERE account = $1 AND tx > $2 AND tx <= $3";
	bool later = tx > a->closed_tx;
	if (sql_number(rq, &moved, sql, V(a->num), V(later ? a->closed_tx : tx), V(later ? tx : a->closed_tx)))
		return rq->err.code;
	*out = a->balance + (later ? moved : -moved);
	return ST_OK;
}

enum st ledger_statement(struct req *rq, const char *account, int64_t before, struct ledger_row *out, int max, int *n)
{
	struct account a;
	struct rows r;
	*n = 0;
	if (account_read(rq, account, &a) ||
	    sql_query(rq, &r,
		      "SELECT l.tx, t.at, l.amount, l.balance, t.kind, t.subject, t.note FROM ledger_line l"
		      " JOIN ledger_tx t ON t.id = l.tx WHERE l.account = $1 AND l.tx < $2 ORDER BY l.tx DESC LIMIT $3",
		      V(a.num), V(before ? before : INT64_MAX), V(max)))
		return rq->err.code;
	for (; *n < max && rows_next(&r); ++*n)
		out[*n] = (struct ledger_row){ .tx = rows_int(&r, 0),
					       .at = rows_int(&r, 1),
					       .amount = rows_int(&r, 2),
					       .balance = rows_int(&r, 3),
					       .kind = rows_dup(&r, 4),
					       .subject = rows_dup(&r, 5),
					       .note = rows_dup(&r, 6) };
	if (rows_end(&r))
		return rq->err.code;
	int64_t balance = 0;
	if (a.kept || !*n)
		return ST_OK;
	if (balance_at(rq, &a, out[0].tx, &balance))
		return rq->err.code;
	for (int i = 0; i < *n; i++) {
		out[i].balance = balance;
		balance -= out[i].amount;
	}
	return ST_OK;
}

/* Ids ascend with time: halved until one is left, 62 look-ups at most. */
enum st ledger_first_at(struct req *rq, int64_t at, int64_t *tx)
{
	int64_t low = 0, high, then, here;
	if (sql_number0(rq, &high, "SELECT coalesce(max(id), 0) + 1 FROM ledger_tx"))
		return rq->err.code;
	*tx = INT64_MAX;
	while (low < high) { /* every transaction up to `low` is older; the one at `high` is not, or is none */
		struct rows r;
		here = low + (high - low + 1) / 2;
		if (sql_query(rq, &r, "SELECT id, at FROM ledger_tx WHERE id >= $1 ORDER BY id LIMIT 1", V(here)))
			return rq->err.code;
		bool found = rows_next(&r);
		int64_t id = found ? rows_int(&r, 0) : 0;
		then = found ? rows_int(&r, 1) : INT64_MAX;
		if (rows_end(&r))
			return rq->err.code;
		if (then >= at) {
			*tx = found ? id : *tx;
			high = here - 1;
		} else {
			low = id;
		}
	}
	return ST_OK;
}
