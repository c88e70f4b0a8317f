/* Posting: four statements on the way of whatever is paid for (accounts with the turn, one balance, the transaction, its lines).
 *
 * What the choices cost is measured in the commit that brought them; in short: a row of the income account that every post updates
 * makes groups wait for each other and bloats on PostgreSQL; row locks by registrar deadlock between groups. */
#include "ledger/ledger_int.h"
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "store/journal.h"

/* A post under way: its lines, and the distinct accounts they move with the net of each. */
struct post {
	const struct ledger_tx *t;
	const char *id[LINES_MAX];
	struct account account[LINES_MAX];
	int64_t net[LINES_MAX];
	int n;                  /* distinct accounts, ascending by id */
	int at[LINES_MAX];      /* account of each line */
	int64_t after[LINES_MAX]; /* its balance after each line, where kept */
};

static int by_id(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void collect(struct post *p)
{
	const struct ledger_tx *t = p->t;
	const char *id[LINES_MAX];
	for (int i = 0; i < t->n; i++)
		id[i] = t->line[i].account;
	qsort(id, (size_t)t->n, sizeof *id, by_id);
	for (int i = 0; i < t->n; i++)
		if (!p->n || strcmp(p->id[p->n - 1], id[i]) != 0)
			p->id[p->n++] = id[i];
	for (int i = 0; i < t->n; i++)
		for (int k = 0; k < p->n; k++)
			if (strcmp(p->id[k], t->line[i].account) == 0) {
				p->at[i] = k;
				p->net[k] += t->line[i].amount;
			}
}

static enum st well_formed(struct req *rq, const struct ledger_tx *t)
{
	int64_t sum = 0;
	if (t->n < 2 || t->n > LINES_MAX)
		return err_set(&rq->err, ST_INVALID, "ledger: a transaction has 2 to %d lines, not %d", LINES_MAX, t->n);
	if (!ledger_text_ok(t->kind, KIND_MAX) || !ledger_text_ok(t->subject, SUBJECT_MAX) ||
	    (t->note && *t->note && !ledger_text_ok(t->note, NOTE_MAX)) || t->reverses < 0)
		return err_set(&rq->err, ST_INVALID,
			       "ledger: kind and subject are needed, at most %d and %d bytes; a note has at most %d",
			       KIND_MAX, SUBJECT_MAX, NOTE_MAX);
	for (int i = 0; i < t->n; i++) {
		int64_t x = t->line[i].amount;
		if (x > LEDGER_AMOUNT_MAX || x < -LEDGER_AMOUNT_MAX)
			return err_set(&rq->err, ST_INVALID, "ledger: %lld is more than a line may hold", (long long)x);
		if (!ledger_text_ok(t->line[i].account, ACCOUNT_MAX))
			return err_set(&rq->err, ST_INVALID, "ledger: line %d has no account", i + 1);
		sum += x;
	}
	return sum ? err_set(&rq->err, ST_INVALID, "ledger: the lines of %.60s for %.100s sum to %lld, not to zero", t->kind,
			     t->subject, (long long)sum) :
		     ST_OK;
}

static enum st one_currency(struct req *rq, const struct post *p)
{
	for (int i = 1; i < p->n; i++)
		if (strcmp(p->account[i].currency, p->account[0].currency) != 0)
			return err_set(&rq->err, ST_INVALID, "ledger: account %.80s is kept in %s, %.80s in %s", p->id[0],
				       p->account[0].currency, p->id[i], p->account[i].currency);
	return ST_OK;
}

/* ── balances ── */

static enum st below_floor(struct req *rq, const struct account *a, int64_t net)
{
	struct account now = *a;
	const char *id = a->id;
	if (accounts_read(rq, &id, 1, false, &now))
		return rq->err.code;
	const char *cur = now.currency;
	return err_set(&rq->err, ST_LIMIT, "account %.80s holds %s and may fall to %s; %s is needed", id,
		       money_text(rq->mem, now.balance, cur), money_text(rq->mem, now.floor, cur),
		       money_text(rq->mem, -net, cur));
}

/* A payment in is never refused, even where the floor was raised above the balance. */
static enum st move(struct req *rq, const struct account *a, int64_t net, int64_t *balance)
{
	static const char sql[] =
		"UPDATE ledger_account SET balance = balance + $2 WHERE num = $1"
		" AND ($2 >= 0 OR floor IS NULL OR balance + $2 >= floor) RETURNING balance";
	enum st st = sql_number(rq, balance, sql, V(a->num), V(net));
	if (st != ST_NOTFOUND)
		return st;
	err_clear(&rq->err);
	return below_floor(rq, a, net);
}

/* "Nothing is written" holds for a caller that goes on after a refusal, too. */
static void move_back(struct req *rq, const struct post *p, int n)
{
	struct err why = rq->err;
	for (int i = 0; i < n; i++)
		if (p->account[i].kept && sql_run(rq, "UPDATE ledger_account SET balance = balance - $2 WHERE num = $1",
						  V(p->account[i].num), V(p->net[i])))
			return;
	rq->err = why;
}

static enum st move_all(struct req *rq, struct post *p)
{
	for (int k = 0; k < p->n; k++) {
		int64_t balance = 0;
		if (!p->account[k].kept)
			continue;
		if (move(rq, &p->account[k], p->net[k], &balance)) {
			move_back(rq, p, k);
			return rq->err.code;
		}
		for (int i = p->t->n - 1; i >= 0; i--)
			if (p->at[i] == k) {
				p->after[i] = balance;
				balance -= p->t->line[i].amount;
			}
	}
	return ST_OK;
}

/* ── rows ── */

static enum st tx_insert(struct req *rq, const struct ledger_tx *t, int64_t *id)
{
	enum st st = sql_number(rq, id,
				"INSERT INTO ledger_tx (at, actor, kind, subject, note, reverses) VALUES ($1, $2, $3, $4, $5, $6)"
				" ON CONFLICT (reverses) WHERE reverses <> 0 DO NOTHING RETURNING id",
				V(clock_now()), V(rq->who ? rq->who->id : "anonymous"), V(t->kind), V(t->subject),
				V(t->note ? t->note : ""), V(t->reverses));
	return st == ST_NOTFOUND ? err_set(&rq->err, ST_CONFLICT, "transaction %lld was reversed already",
					   (long long)t->reverses) :
				   st;
}

static enum st lines_insert(struct req *rq, const struct post *p, int64_t tx)
{
#define LINES2 "INSERT INTO ledger_line (tx, line, account, amount, balance) VALUES ($1, 0, $2, $3, $4), ($1, 1, $5, $6, $7)"
#define LINES3 LINES2 ", ($1, 2, $8, $9, $10)"
#define LINES4 LINES3 ", ($1, 3, $11, $12, $13)"
#define LINES5 LINES4 ", ($1, 4, $14, $15, $16)"
	static const char *const sql[] = { LINES2, LINES3, LINES4, LINES5, LINES5 ", ($1, 5, $17, $18, $19)" };
	struct val v[1 + 3 * LINES_MAX];
	int n = 0;
	v[n++] = V(tx);
	for (int i = 0; i < p->t->n; i++) {
		const struct account *a = &p->account[p->at[i]];
		v[n++] = V(a->num);
		v[n++] = V(p->t->line[i].amount);
		v[n++] = a->kept ? V(p->after[i]) : V_NULL;
	}
	return sql_run_vals(rq, NULL, sql[p->t->n - 2], v, n);
}

/* By hand: the bytes are hashed again by ledger_reconcile. */
char *posted_payload(struct arena *a, int64_t tx, const char *kind, int64_t reverses, const struct payload_line *l, int n)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_int(&w, "tx", tx);
	j_str(&w, "kind", kind);
	if (reverses)
		j_int(&w, "reverses", reverses);
	j_arr(&w, "lines");
	for (int i = 0; i < n; i++) {
		j_arr(&w, NULL);
		j_str(&w, NULL, l[i].account);
		j_int(&w, NULL, l[i].amount);
		j_end(&w);
	}
	j_end(&w);
	j_end(&w);
	return arena_strdup(a, buf_cstr(&b));
}

static enum st posted(struct req *rq, const struct ledger_tx *t, int64_t id)
{
	struct payload_line l[LINES_MAX];
	for (int i = 0; i < t->n; i++)
		l[i] = (struct payload_line){ t->line[i].account, t->line[i].amount };
	char *payload = posted_payload(rq->mem, id, t->kind, t->reverses, l, t->n);
	return journal_append(rq, &(struct fact){ "ledger", t->subject, POSTED_VERB, payload, 0 });
}

enum st ledger_post(struct req *rq, const struct ledger_tx *t, int64_t *id)
{
	struct post p = { .t = t };
	if (well_formed(rq, t))
		return rq->err.code;
	collect(&p);
	if (accounts_read(rq, p.id, p.n, true, p.account) || one_currency(rq, &p) || move_all(rq, &p))
		return rq->err.code;
	if (tx_insert(rq, t, id)) {
		if (rq->err.code == ST_CONFLICT)
			move_back(rq, &p, p.n);
		return rq->err.code;
	}
	return lines_insert(rq, &p, *id) ? rq->err.code : posted(rq, t, *id);
}

/* ── what is made of posts ── */

static enum st tx_read(struct req *rq, int64_t tx, struct ledger_tx *t)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "SELECT t.kind, t.subject, a.id, l.amount FROM ledger_tx t JOIN ledger_line l ON l.tx = t.id"
		      " JOIN ledger_account a ON a.num = l.account WHERE t.id = $1 ORDER BY l.line", V(tx)))
		return rq->err.code;
	for (t->n = 0; t->n < LINES_MAX && rows_next(&r); t->n++) {
		t->kind = rows_dup(&r, 0);
		t->subject = rows_dup(&r, 1);
		t->line[t->n] = (struct ledger_line){ rows_dup(&r, 2), -rows_int(&r, 3) };
	}
	if (rows_end(&r))
		return rq->err.code;
	return t->n ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "there is no transaction %lld", (long long)tx);
}

enum st ledger_reverse(struct req *rq, int64_t tx, const char *note, int64_t *id)
{
	struct ledger_tx t = { .note = note, .reverses = tx };
	if (tx_read(rq, tx, &t))
		return rq->err.code;
	t.kind = "reversal";
	return ledger_post(rq, &t, id);
}

enum st ledger_deposit(struct req *rq, const char *account, int64_t amount, const char *note, int64_t *id)
{
	struct account a;
	if (amount <= 0)
		return err_set(&rq->err, ST_INVALID, "a deposit is more than zero; to take one back, reverse it");
	if (accounts_read(rq, &account, 1, false, &a))
		return rq->err.code;
	char *cash = arena_printf(rq->mem, "cash:%s", a.currency);
	if (ledger_account_ensure(rq, cash, a.currency, LEDGER_NO_FLOOR))
		return rq->err.code;
	char *subject = arena_printf(rq->mem, "account:%s", account);
	struct ledger_tx t = { .kind = "deposit", .subject = subject, .note = note,
			       .line = { { cash, -amount }, { account, amount } }, .n = 2 };
	return ledger_post(rq, &t, id);
}
