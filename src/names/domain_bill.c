/* Money of names: every fee is an entry of the ledger in the same transaction, and what can be had back is remembered
 * with it. */
#include <string.h>
#include "base/clock.h"
#include "names/registry_int.h"

const struct price *policy_price(const struct policy *p, const char *item)
{
	for (int i = 0; i < p->nprices; i++)
		if (!strcmp(p->price[i].item, item))
			return &p->price[i].price;
	return NULL;
}

int64_t fee_of(const struct policy *p, const char *item, int years)
{
	const struct price *pr = policy_price(p, item);
	return !pr ? 0 : pr->per_year ? pr->amount * years : pr->amount;
}

static const char *income(struct arena *mem, const char *currency)
{
	return arena_printf(mem, "income:domain:%s", currency);
}

enum st bill_accounts(struct req *rq, const struct policy *p)
{
	int64_t balance;
	char currency[4];
	if (!p->nprices)
		return ST_OK;
	const char *id = income(rq->mem, p->price[0].price.currency);
	if (ledger_balance(rq, id, &balance, currency) != ST_NOTFOUND)
		return rq->err.code;
	err_clear(&rq->err);
	return ledger_account_add(rq, id, p->price[0].price.currency, INT64_MIN);
}

/* Told once when the credit falls below the line the registrar set; again after it recovered. */
static enum st low_balance(struct req *rq, const char *registrar, const char *account)
{
	int64_t balance, told = 0;
	char currency[4];
	if (ledger_balance(rq, account, &balance, currency))
		return rq->err.code;
	if (sql_run_count(rq, &told,
			  "UPDATE registry_registrar SET low_told = CASE WHEN low_balance > $2 THEN 1 ELSE 0 END"
			  " WHERE handle = $1 AND low_balance > 0 AND low_told <> CASE WHEN low_balance > $2 THEN 1 "
			  "ELSE 0 END",
			  V(registrar), V(balance)))
		return rq->err.code;
	if (!told)
		return ST_OK;
	if (sql_number(rq, &told, "SELECT low_told FROM registry_registrar WHERE handle = $1", V(registrar)) || !told)
		return rq->err.code;
	char *text = arena_printf(rq->mem, "Credit is low: %s left", money_text(rq->mem, balance, currency));
	char *payload = arena_printf(rq->mem, "{\"balance\":%lld,\"currency\":\"%s\"}", (long long)balance, currency);
	return poll_add(rq, registrar, "low-balance", account, text, payload);
}

enum st registrar_low_balance_set(struct req *rq, const char *handle, int64_t below)
{
	int64_t n = 0;
	const char *me = registry_actor(rq);
	if (me && strcmp(me, handle))
		return err_set(&rq->err, ST_DENIED, N_("%.40s is another registrar"), handle);
	if (below < 0)
		return err_set(&rq->err, ST_INVALID, N_("the balance to warn at is 0 or more"));
	if (sql_run_count(rq, &n, "UPDATE registry_registrar SET low_balance = $2, low_told = 0 WHERE handle = $1",
			  V(handle), V(below)))
		return rq->err.code;
	if (!n)
		return err_set(&rq->err, ST_NOTFOUND, N_("there is no registrar %.40s"), handle);
	char *said = arena_printf(rq->mem, "{\"below\":%lld}", (long long)below);
	return journal_append(rq, &(struct fact){ "names", handle, "low-balance-set", said, 0 });
}

enum st bill(struct req *rq, const struct dom *d, const struct policy *p, const char *registrar, const char *item,
	     int years, enum grace kind, int64_t until, struct outcome *why)
{
	int64_t tx, amount = fee_of(p, item, years);
	if (!amount)
		return ST_OK;
	const char *account = arena_printf(rq->mem, "registrar:%s", registrar);
	struct ledger_tx t = { .kind = arena_printf(rq->mem, "domain-%s", item),
			       .subject = arena_printf(rq->mem, "domain:%s", d->d.name),
			       .note = "",
			       .line = { { account, -amount },
					 { income(rq->mem, policy_price(p, item)->currency), amount } },
			       .n = 2 };
	enum st st = ledger_post(rq, &t, &tx);
	if (st == ST_LIMIT || st == ST_NOTFOUND || st == ST_INVALID)
		return refuse(rq, why, R_BILLING, "", "", "%s", arena_strdup(rq->mem, rq->err.msg));
	if (st)
		return st;
	if (until && sql_run(rq,
			     "INSERT INTO registry_grace(domain, kind, until, tx, years, amount, account)"
			     " VALUES($1, $2, $3, $4, $5, $6, $7)",
			     V(d->d.c.id), V(kind), V(until), V(tx), V(years), V(amount), V(account)))
		return rq->err.code;
	return low_balance(rq, registrar, account);
}

enum { PAID_MAX = 32 };
struct paid {
	int64_t id, tx, until;
	unsigned kind;
	int years;
	int64_t amount;
};

static enum st paid_read(struct req *rq, const struct dom *d, struct paid out[PAID_MAX], int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT id, tx, until, kind, years, amount FROM registry_grace WHERE domain = $1 ORDER BY id DESC"
		      " LIMIT 32",
		      V(d->d.c.id)))
		return rq->err.code;
	while (*n < PAID_MAX && rows_next(&r))
		out[(*n)++] = (struct paid){ rows_int(&r, 0),	   rows_int(&r, 1),
					     rows_int(&r, 2),	   1u << (rows_int(&r, 3) & 31),
					     (int)rows_int(&r, 4), rows_int(&r, 5) };
	return rows_end(&r);
}

enum st refund(struct req *rq, const struct dom *d, unsigned kinds, unsigned forget, int64_t now, const char *note,
	       struct refunded *out)
{
	struct paid paid[PAID_MAX];
	int64_t tx;
	int n;
	if (paid_read(rq, d, paid, &n))
		return rq->err.code;
	for (int i = 0; i < n; i++) {
		bool ours = (paid[i].kind & kinds) && paid[i].until > now;
		if (ours && ledger_reverse(rq, paid[i].tx, note, &tx))
			return rq->err.code;
		if (ours && out) {
			out->years += paid[i].years;
			out->amount += paid[i].amount;
		}
		if (ours || (paid[i].kind & forget) || paid[i].until <= now)
			if (sql_run(rq, "DELETE FROM registry_grace WHERE id = $1", V(paid[i].id)))
				return rq->err.code;
	}
	return ST_OK;
}

enum st paid_until(struct req *rq, const struct dom *d, enum grace kind, int64_t until)
{
	return sql_run(rq, "UPDATE registry_grace SET until = $3 WHERE domain = $1 AND kind = $2 AND until = $4",
		       V(d->d.c.id), V(kind), V(until), V(UNTIL_DECIDED));
}
