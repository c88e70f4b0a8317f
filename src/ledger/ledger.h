/* ledger.h — double-entry accounts: every movement is one transaction whose lines sum to zero, written with the thing
 * it pays for. Amounts are integers in the currency's minor unit (cents; TWD has none in practice but keeps two places
 * here). Nothing is ever changed: a mistake is corrected by a reversing transaction. Knows nothing of names or
 * registrars: an account is a text id such as "registrar:acme" (liability: their prepaid credit), "income:domain",
 * "cash".
 *
 * BALANCES. An account made with a floor keeps its balance in its row, and each of its lines says the balance it left.
 * An account made without (income, cash: a line in every transaction of every connection) has no row that posts change;
 * its balance is what stood at the last ledger_close plus the lines since, so that nobody waits for it.
 *
 * LOCKS. Posts of one database follow each other: the first post of a group on PostgreSQL takes an advisory lock until
 * the commit. Row locks alone can't do it: a group holds dozens of posts in the order they arrived, so two groups take
 * the same registrars in different orders and deadlock. With few registrars two groups nearly always share one and
 * would wait for each other anyway; what the lock costs is in ledger_post.c. It makes a transaction's id its place in
 * commit order.
 */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H
#include "base/buf.h"
#include "store/store.h"
#include "work/due.h"

#define LEDGER_AMOUNT_MAX 10000000000000LL /* a line: 100 thousand million units either way; parsed amounts too */
#define LEDGER_NO_FLOOR INT64_MIN
struct ledger_line {
	const char *account;
	int64_t amount;
}; /* credit > 0, debit < 0 */
struct ledger_tx {
	const char *kind;    /* "domain-create", "deposit", "refund", … */
	const char *subject; /* what it pays for: "domain:example.tw" */
	const char *note;
	int64_t reverses; /* the transaction this takes back, 0: none */
	struct ledger_line line[6];
	int n;
};

/* Inside a write, like everything here that changes rows. Makes the account; the same id twice is ST_CONFLICT. `floor`
 * is the lowest balance it may fall to (prepaid: 0, credit limit: negative); INT64_MIN: no floor. `ensure` is content
 * when it is there already with this currency (its floor stays as it is). */
enum st ledger_account_add(struct req *rq, const char *id, const char *currency, int64_t floor);
enum st ledger_account_ensure(struct req *rq, const char *id, const char *currency, int64_t floor);
/* ST_CONFLICT for an account that was made without a floor: it never gets one (its balance is nowhere to lock). The
 * other way is fine. A floor above the balance refuses every debit until enough is paid in. */
enum st ledger_floor_set(struct req *rq, const char *id, int64_t floor);
/* Writes the transaction and moves the balances. ST_LIMIT when an account would fall below its floor (nothing is
 * written): the message names account, balance and what was needed. ST_INVALID when the lines don't sum to zero or mix
 * currencies; ST_NOTFOUND for an account that is not there; ST_CONFLICT when t->reverses was taken back before. Lines
 * of one account become one. */
enum st ledger_post(struct req *rq, const struct ledger_tx *t, int64_t *id);
/* The reverse of a transaction, once: ST_CONFLICT the second time. */
enum st ledger_reverse(struct req *rq, int64_t tx, const char *note, int64_t *id);
/* Money received: into the account from "cash", which is made when missing ("cash:CUR" where that is kept in another
 * currency). */
enum st ledger_deposit(struct req *rq, const char *account, int64_t amount, const char *note, int64_t *id);
/* Inside a write: what was added to accounts without a floor moves into their rows, so that balances stay quick. Done
 * by the clock at the beginning of each month (UTC), once there is such an account. */
enum st ledger_close(struct req *rq);
extern const struct due_kind ledger_due_kinds[];
extern const int ledger_due_count;
enum st ledger_balance(struct req *rq, const char *id, int64_t *balance, char currency[4]);

struct ledger_row {
	int64_t tx, at, amount, balance;
	char *kind, *subject, *note;
};
/* Newest first, pages of max from `before` (a tx id, 0: the newest). */
enum st ledger_statement(struct req *rq, const char *account, int64_t before, struct ledger_row *out, int max, int *n);
/* The first transaction at or after that instant, INT64_MAX when there is none yet: a month is the ids from one to the
 * next. */
enum st ledger_first_at(struct req *rq, int64_t at, int64_t *tx);

/* Prices by date, a list of what the zones' policies said and will say (policy_set fills it): bills are made from the
 * policy itself. The row of (item, zone) with the newest valid_from ≤ at. Items: create, renew, transfer, restore; per
 * year where `per_year`. ST_NOTFOUND when there is none. */
struct price {
	int64_t amount;
	char currency[4];
	bool per_year;
	int64_t valid_from;
};
enum st ledger_price_set(struct req *rq, const char *zone, const char *item, const struct price *p);
/* The same (zone, item, valid_from) again replaces a price that is not yet in force; another amount for one that is:
 * ST_CONFLICT. */
enum st ledger_price(struct req *rq, const char *zone, const char *item, int64_t at, struct price *out);
/* Takes back a zone's prices that begin at `from` and are not in force yet. */
enum st ledger_price_unset(struct req *rq, const char *zone, int64_t from);

struct price_row {
	char *item;
	struct price price;
};
enum st ledger_prices(struct req *rq, const char *zone, int64_t at, struct price_row *out, int max,
		      int *n); /* in force at `at` */

/* Adds everything up again: balances against lines, each transaction's zero sum, and each line's transaction against
 * the journal's "ledger-posted" entries. The first difference is the message (ST_INVALID). Reads only, in pages; may
 * run while others post. */
struct ledger_check {
	int64_t transactions, lines, accounts;
};
enum st ledger_reconcile(struct req *rq, struct ledger_check *out);
char *money_text(struct arena *a, int64_t amount,
		 const char *currency); /* "NT$ 2,400", "USD 1,012.50"; TWD shows cents only if there are any */
bool money_parse(const char *s, int64_t *amount); /* "800", "12.50", "-3.5" → minor units */
extern const struct migration ledger_migrations[];
#endif
