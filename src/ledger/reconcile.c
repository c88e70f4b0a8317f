/* Everything added up again, in pages and in memory that grows by 32 bytes a thousand transactions.
 *
 * Tables and journal are compared as sums of hashes over runs of RUN transactions; a run that differs is looked at one
 * by one. Only transactions up to the newest at the start count: ids are given in commit order (ledger.h), so that set
 * stands still. */
#include "ledger/ledger_int.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/hash.h"
#include "store/journal.h"

enum { RUN = 1024, PAGE = 512 };
struct sum {
	uint64_t w[4];
};

/* A walk over the tables up to `newest`. */
struct walk {
	struct req *rq, sub; /* sub: the same connection, an arena of a page */
	struct ledger_check *out;
	int64_t head; /* of the journal before `newest` was read: transactions of earlier entries are among them */
	int64_t newest, accounts;
	struct sum *books, *said; /* by run: from tables, from the journal */
	int64_t *held;		  /* by account number: running balances */
	/* the transaction being read */
	int64_t tx, reverses, total;
	char *kind, *subject, currency[4];
	const char *id[LINES_MAX];
	int64_t amount[LINES_MAX];
	int n;
	/* looking at one run: hashes by place in it, and which the journal spoke of */
	int64_t only;
	struct hash *one;
	bool *there, *seen;
};

static struct hash hash_posted(const char *subject, const char *payload)
{
	return hash_of2(subject, strlen(subject) + 1, payload, strlen(payload));
}

static void sum_add(struct sum *s, const struct hash *h)
{
	for (int i = 0; i < 4; i++) {
		uint64_t v;
		memcpy(&v, h->b + 8 * i, 8);
		s->w[i] += v;
	}
}

static enum st wrong(struct walk *w, int64_t tx, const char *what)
{
	return err_set(&w->rq->err, ST_INVALID, "transaction %lld %s", (long long)tx, what);
}

/* ── the tables ── */

static enum st tx_end(struct walk *w)
{
	if (!w->tx)
		return ST_OK;
	if (w->n < 2)
		return wrong(w, w->tx, "has fewer than two lines");
	if (w->total)
		return wrong(w, w->tx, "does not sum to zero");
	char *payload = posted_payload(w->sub.mem, w->tx, w->kind, w->reverses, w->id, w->amount, w->n);
	struct hash h = hash_posted(w->subject, payload);
	sum_add(&w->books[w->tx / RUN], &h);
	if (w->one && w->tx / RUN == w->only) {
		w->one[w->tx % RUN] = h;
		w->there[w->tx % RUN] = true;
	}
	if (!w->one) {
		w->out->transactions++;
		w->out->lines += w->n;
	}
	w->tx = 0;
	return ST_OK;
}

static enum st line_add(struct walk *w, struct rows *r)
{
	int64_t account = rows_int(r, 5), amount = rows_int(r, 8);
	if (rows_null(r, 8))
		return ST_OK; /* no lines: tx_end says so */
	if (rows_null(r, 5) || account > w->accounts)
		return wrong(w, w->tx, "has a line of an account that is not there");
	if (w->n == LINES_MAX)
		return wrong(w, w->tx, "has too many lines");
	if (w->n && strcmp(w->currency, rows_text(r, 6)) != 0)
		return wrong(w, w->tx, "mixes currencies");
	snprintf(w->currency, sizeof w->currency, "%s", rows_text(r, 6));
	w->id[w->n] = rows_dup(r, 4);
	w->amount[w->n++] = amount;
	w->total += amount;
	w->held[account] += amount;
	if (rows_int(r, 7) && !w->one && (rows_null(r, 9) || rows_int(r, 9) != w->held[account]))
		return err_set(&w->rq->err, ST_INVALID, "transaction %lld left %.80s with %lld, its line says %lld",
			       (long long)w->tx, w->id[w->n - 1], (long long)w->held[account],
			       (long long)rows_int(r, 9));
	return ST_OK;
}

static enum st page_read(struct walk *w, int64_t from, int64_t to)
{
	struct rows r;
	if (sql_query(&w->sub, &r,
		      "SELECT t.id, t.kind, t.subject, t.reverses, a.id, a.num, a.currency, a.kept, l.amount, l.balance"
		      " FROM ledger_tx t LEFT JOIN ledger_line l ON l.tx = t.id LEFT JOIN ledger_account a ON a.num = "
		      "l.account"
		      " WHERE t.id >= $1 AND t.id < $2 ORDER BY t.id, l.line",
		      V(from), V(to))) {
		w->rq->err = w->sub.err;
		return w->rq->err.code;
	}
	enum st st = ST_OK;
	while (!st && rows_next(&r)) {
		if (rows_int(&r, 0) != w->tx) {
			if ((st = tx_end(w)))
				break;
			w->tx = rows_int(&r, 0);
			w->kind = rows_dup(&r, 1);
			w->subject = rows_dup(&r, 2);
			w->reverses = rows_int(&r, 3);
			w->total = w->n = 0;
		}
		st = line_add(w, &r);
	}
	if (rows_end(&r) && !st)
		st = (w->rq->err = w->sub.err).code;
	return st ? st : tx_end(w);
}

static enum st tables_read(struct walk *w, int64_t from, int64_t to)
{
	enum st st = ST_OK;
	for (; !st && from < to; from += PAGE) {
		arena_reset(w->sub.mem);
		st = page_read(w, from, from + PAGE < to ? from + PAGE : to);
	}
	return st;
}

/* ── the journal ── */

static bool tx_of(const char *payload, int64_t *tx)
{
	static const char head[] = "{\"tx\":";
	char *end;
	if (strncmp(payload, head, strlen(head)) != 0)
		return false;
	*tx = strtoll(payload + strlen(head), &end, 10);
	return *tx > 0 && *end == ',';
}

static enum st entry_one(struct walk *w, int64_t tx, const struct hash *h)
{
	int64_t k = tx % RUN;
	if (!w->there[k])
		return wrong(w, tx, "is in the journal and not in the ledger");
	if (w->seen[k])
		return wrong(w, tx, "is in the journal twice");
	w->seen[k] = true;
	return hash_equal(&w->one[k], h) ? ST_OK : wrong(w, tx, "is not what the journal says of it");
}

static enum st entry_add(struct walk *w, const struct entry *e)
{
	int64_t tx;
	if (!e->verb || strcmp(e->verb, POSTED_VERB) != 0 || e->erased_at)
		return ST_OK;
	if (!tx_of(e->payload, &tx))
		return err_set(&w->rq->err, ST_INVALID, "journal entry %lld names no transaction", (long long)e->seq);
	if (tx > w->newest)
		return e->seq < w->head ? wrong(w, tx, "is in the journal and not in the ledger") : ST_OK;
	struct hash h = hash_posted(e->subject, e->payload);
	if (w->one)
		return tx / RUN == w->only ? entry_one(w, tx, &h) : ST_OK;
	sum_add(&w->said[tx / RUN], &h);
	return ST_OK;
}

static enum st journal_walk(struct walk *w)
{
	struct entry *e = calloc(PAGE, sizeof *e);
	int64_t size = 0, next = 0;
	enum st st = e ? journal_head(w->rq, &size) : err_set(&w->rq->err, ST_LIMIT, "no memory to reconcile");
	while (!st && next < size) {
		int n = 0;
		arena_reset(w->sub.mem);
		if ((st = journal_read(&w->sub, next, PAGE, e, &n)))
			w->rq->err = w->sub.err;
		for (int i = 0; !st && i < n; i++)
			st = entry_add(w, &e[i]);
		if (!n)
			break;
		next = e[n - 1].seq + 1;
	}
	free(e);
	return st;
}

/* ── putting it together ── */

/* Which transaction of a run whose sums differ. */
static enum st run_differs(struct walk *w, int64_t run)
{
	struct {
		struct hash one[RUN];
		bool there[RUN], seen[RUN];
	} *x = calloc(1, sizeof *x);
	if (!x)
		return err_set(&w->rq->err, ST_LIMIT, "no memory to reconcile");
	w->only = run;
	w->one = x->one;
	w->there = x->there;
	w->seen = x->seen;
	enum st st = tables_read(w, run * RUN, (run + 1) * RUN <= w->newest ? (run + 1) * RUN : w->newest + 1);
	if (!st)
		st = journal_walk(w);
	for (int i = 0; !st && i < RUN; i++)
		if (x->there[i] && !x->seen[i])
			st = wrong(w, run * RUN + i, "has no entry in the journal");
	free(x);
	return st;
}

static enum st balances_check(struct walk *w)
{
	struct rows r;
	int64_t lines = 0;
	if (sql_query0(w->rq, &r,
		       "SELECT a.id, a.balance, (SELECT coalesce(sum(l.amount), 0) FROM ledger_line l WHERE l.account "
		       "= a.num"
		       " AND (a.kept = 1 OR l.tx <= a.closed_tx)) FROM ledger_account a ORDER BY a.num"))
		return w->rq->err.code;
	enum st st = ST_OK;
	for (; !st && rows_next(&r); w->out->accounts++)
		if (rows_int(&r, 1) != rows_int(&r, 2))
			st = err_set(&w->rq->err, ST_INVALID, "account %.80s says %lld, its lines sum to %lld",
				     rows_text(&r, 0), (long long)rows_int(&r, 1), (long long)rows_int(&r, 2));
	if (rows_end(&r) && !st)
		st = w->rq->err.code;
	if (!st && !(st = sql_number(w->rq, &lines, "SELECT count(*) FROM ledger_line WHERE tx <= $1", V(w->newest))) &&
	    lines != w->out->lines)
		st = err_set(&w->rq->err, ST_INVALID, "%lld lines belong to no transaction",
			     (long long)(lines - w->out->lines));
	return st;
}

static enum st walk(struct walk *w)
{
	enum st st = tables_read(w, 1, w->newest + 1);
	if (!st)
		st = balances_check(w);
	if (!st)
		st = journal_walk(w);
	for (int64_t run = 0; !st && run <= w->newest / RUN; run++)
		if (memcmp(&w->books[run], &w->said[run], sizeof(struct sum)) != 0)
			st = run_differs(w, run);
	return st;
}

enum st ledger_reconcile(struct req *rq, struct ledger_check *out)
{
	struct walk w = { .rq = rq, .sub = *rq, .out = out };
	*out = (struct ledger_check){ 0 };
	if (journal_head(rq, &w.head) || sql_number0(rq, &w.newest, "SELECT coalesce(max(id), 0) FROM ledger_tx") ||
	    sql_number0(rq, &w.accounts, "SELECT coalesce(max(num), 0) FROM ledger_account"))
		return rq->err.code;
	size_t runs = (size_t)(w.newest / RUN) + 1;
	w.books = calloc(runs, sizeof *w.books);
	w.said = calloc(runs, sizeof *w.said);
	w.held = calloc((size_t)w.accounts + 1, sizeof *w.held);
	w.sub.mem = arena_new((size_t)32 << 20);
	enum st st = w.books && w.said && w.held ? walk(&w) : err_set(&rq->err, ST_LIMIT, "no memory to reconcile");
	arena_free(w.sub.mem);
	free(w.books);
	free(w.said);
	free(w.held);
	return st;
}
