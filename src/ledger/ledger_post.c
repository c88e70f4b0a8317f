/* Posting: four statements on the way of whatever is paid for (accounts with the turn, one balance, the transaction,
 * its lines).
 *
 * Measured on PostgreSQL, two busy cores, 8 other inserts a write, 13 registrars, groups of about 31 from two writers,
 * posts a second: row locks alone 14, with deadlocks after a second each and writes refused; one row that every post
 * updates in place of the advisory lock 820-910 (its versions pile up within a group); a hot income row 880; the
 * advisory lock 1,130-1,310, and 2,580 from one writer: where most writes are paid for, one writer is the right number.
 * SQLite: 18,000. */
#include "ledger/ledger_int.h"
#include <string.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "store/journal.h"

/* A post under way: its lines, one an account, ascending by account, and what each account held after it. */
struct post {
	const char *id[LINES_MAX];
	int64_t amount[LINES_MAX], after[LINES_MAX];
	struct account account[LINES_MAX];
	int n;
};

static void post_add(struct post *p, const struct ledger_line *l)
{
	int k = 0;
	while (k < p->n && strcmp(p->id[k], l->account) < 0)
		k++;
	if (k < p->n && strcmp(p->id[k], l->account) == 0) {
		p->amount[k] += l->amount;
		return;
	}
	memmove(&p->id[k + 1], &p->id[k], sizeof *p->id * (size_t)(p->n - k));
	memmove(&p->amount[k + 1], &p->amount[k], sizeof *p->amount * (size_t)(p->n - k));
	p->id[k] = l->account;
	p->amount[k] = l->amount;
	p->n++;
}

static enum st well_formed(struct req *rq, const struct ledger_tx *t)
{
	int64_t sum = 0;
	if (t->n < 2 || t->n > LINES_MAX)
		return err_set(&rq->err, ST_INVALID, "ledger: a transaction has 2 to %d lines, not %d", LINES_MAX,
			       t->n);
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
	return sum ? err_set(&rq->err, ST_INVALID, "ledger: the lines of %.60s for %.100s sum to %lld, not to zero",
			     t->kind, t->subject, (long long)sum)
		   : ST_OK;
}

static enum st one_currency(struct req *rq, const struct post *p)
{
	if (p->n < 2)
		return err_set(&rq->err, ST_INVALID, "ledger: a transaction moves money between two accounts at least");
	for (int i = 1; i < p->n; i++)
		if (strcmp(p->account[i].currency, p->account[0].currency) != 0)
			return err_set(&rq->err, ST_INVALID, "ledger: account %.80s is kept in %s, %.80s in %s",
				       p->id[0], p->account[0].currency, p->id[i], p->account[i].currency);
	return ST_OK;
}

/* ── balances ── */

static enum st below_floor(struct req *rq, const struct account *a, int64_t net)
{
	struct account now = *a;
	const char *id = a->id;
	if (account_read(rq, id, &now))
		return rq->err.code;
	const char *cur = now.currency;
	return err_set(&rq->err, ST_LIMIT, N_("account %.80s holds %s and may fall to %s; %s is needed"), id,
		       money_text(rq->mem, now.balance, cur), money_text(rq->mem, now.floor, cur),
		       money_text(rq->mem, -net, cur));
}

/* A payment in is never refused, even where the floor was raised above the balance. */
static enum st move(struct req *rq, const struct account *a, int64_t net, int64_t *balance)
{
	static const char sql[] =
		"UPDATE ledger_account SET balance = balance + $2 WHERE num = $1"
		" AND (CAST($2 AS BIGINT) >= 0 OR floor IS NULL OR balance + $2 >= floor) RETURNING balance";
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
						  V(p->account[i].num), V(p->amount[i])))
			return;
	rq->err = why;
}

static enum st move_all(struct req *rq, struct post *p)
{
	for (int k = 0; k < p->n; k++)
		if (p->account[k].kept && move(rq, &p->account[k], p->amount[k], &p->after[k])) {
			move_back(rq, p, k);
			return rq->err.code;
		}
	return ST_OK;
}

/* ── rows ── */

static enum st tx_insert(struct req *rq, const struct ledger_tx *t, int64_t *id)
{
	static const char sql[] =
		"INSERT INTO ledger_tx (at, actor, kind, subject, note, reverses) VALUES ($1, $2, $3, $4, $5, $6)"
		" ON CONFLICT (reverses) WHERE reverses <> 0 DO NOTHING RETURNING id";
	enum st st = sql_number(rq, id, sql, V(clock_now()), V(rq->who ? rq->who->id : "anonymous"), V(t->kind),
				V(t->subject), V(t->note ? t->note : ""), V(t->reverses));
	if (st != ST_NOTFOUND)
		return st;
	return err_set(&rq->err, ST_CONFLICT, N_("transaction %lld was reversed already"), (long long)t->reverses);
}

static enum st lines_insert(struct req *rq, const struct post *p, int64_t tx)
{
#define LINES2                                                                                                         \
	"INSERT INTO ledger_line (tx, line, account, amount, balance) VALUES ($1, 0, $2, $3, $4), ($1, 1, $5, $6, $7)"
#define LINES3 LINES2 ", ($1, 2, $8, $9, $10)"
#define LINES4 LINES3 ", ($1, 3, $11, $12, $13)"
#define LINES5 LINES4 ", ($1, 4, $14, $15, $16)"
	static const char *const sql[] = { LINES2, LINES3, LINES4, LINES5, LINES5 ", ($1, 5, $17, $18, $19)" };
	struct val v[1 + 3 * LINES_MAX];
	int n = 0;
	v[n++] = V(tx);
	for (int i = 0; i < p->n; i++) {
		v[n++] = V(p->account[i].num);
		v[n++] = V(p->amount[i]);
		v[n++] = p->account[i].kept ? V(p->after[i]) : V_NULL;
	}
	return sql_run_vals(rq, NULL, sql[p->n - 2], v, n);
}

char *posted_payload(struct arena *a, int64_t tx, const char *kind, int64_t reverses, const char *const *id,
		     const int64_t *amount, int n)
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
		j_str(&w, NULL, id[i]);
		j_int(&w, NULL, amount[i]);
		j_end(&w);
	}
	j_end(&w);
	j_end(&w);
	return arena_strdup(a, buf_cstr(&b));
}

enum st ledger_post(struct req *rq, const struct ledger_tx *t, int64_t *id)
{
	struct post p = { .n = 0 };
	if (well_formed(rq, t))
		return rq->err.code;
	for (int i = 0; i < t->n; i++)
		post_add(&p, &t->line[i]);
	if (accounts_read(rq, p.id, p.n, p.account) || one_currency(rq, &p) || move_all(rq, &p))
		return rq->err.code;
	if (tx_insert(rq, t, id)) {
		if (rq->err.code == ST_CONFLICT)
			move_back(rq, &p, p.n);
		return rq->err.code;
	}
	if (lines_insert(rq, &p, *id))
		return rq->err.code;
	char *payload = posted_payload(rq->mem, *id, t->kind, t->reverses, p.id, p.amount, p.n);
	return journal_append(rq, &(struct fact){ "ledger", t->subject, POSTED_VERB, payload, 0 });
}

/* ── what is made of posts ── */

static enum st tx_read(struct req *rq, int64_t tx, struct ledger_tx *t)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "SELECT t.kind, t.subject, a.id, l.amount FROM ledger_tx t JOIN ledger_line l ON l.tx = t.id"
		      " JOIN ledger_account a ON a.num = l.account WHERE t.id = $1 ORDER BY l.line",
		      V(tx)))
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

/* Asked first, so that the second time is not mistaken for an empty account. Of two at the same time the unique index
 * lets one. */
static enum st not_reversed(struct req *rq, int64_t tx)
{
	int64_t by = 0;
	enum st st = sql_number(rq, &by, "SELECT id FROM ledger_tx WHERE reverses = $1 AND reverses <> 0", V(tx));
	if (st == ST_OK)
		return err_set(&rq->err, ST_CONFLICT, N_("transaction %lld was reversed already, by %lld"),
			       (long long)tx, (long long)by);
	if (st == ST_NOTFOUND)
		err_clear(&rq->err);
	return rq->err.code;
}

enum st ledger_reverse(struct req *rq, int64_t tx, const char *note, int64_t *id)
{
	struct ledger_tx t = { .note = note, .reverses = tx };
	if (tx_read(rq, tx, &t) || not_reversed(rq, tx))
		return rq->err.code;
	t.kind = "reversal";
	return ledger_post(rq, &t, id);
}

/* "cash", or "cash:CUR" where cash is kept in another currency. */
static enum st cash_account(struct req *rq, const char *currency, char **id)
{
	*id = "cash";
	if (ledger_account_ensure(rq, *id, currency, LEDGER_NO_FLOOR) != ST_CONFLICT)
		return rq->err.code;
	err_clear(&rq->err);
	*id = arena_printf(rq->mem, "cash:%s", currency);
	return ledger_account_ensure(rq, *id, currency, LEDGER_NO_FLOOR);
}

enum st ledger_deposit(struct req *rq, const char *account, int64_t amount, const char *note, int64_t *id)
{
	struct account a;
	char *cash;
	if (amount <= 0)
		return err_set(&rq->err, ST_INVALID, N_("a deposit is more than zero; to take one back, reverse it"));
	if (account_read(rq, account, &a) || cash_account(rq, a.currency, &cash))
		return rq->err.code;
	char *subject = arena_printf(rq->mem, "account:%s", account);
	struct ledger_tx t = { .kind = "deposit",
			       .subject = subject,
			       .note = note,
			       .line = { { cash, -amount }, { account, amount } },
			       .n = 2 };
	return ledger_post(rq, &t, id);
}
