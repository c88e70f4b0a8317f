/* Prices by date. */
#include "ledger/ledger_int.h"
#include <string.h>
#include "base/clock.h"
#include "base/json.h"
#include "store/journal.h"

#define PRICE_COLUMNS "amount, currency, per_year, valid_from"

static void price_of(struct rows *r, struct price *p)
{
	struct blob cur = rows_blob(r, 1);
	*p = (struct price){ .amount = rows_int(r, 0), .per_year = rows_int(r, 2) != 0, .valid_from = rows_int(r, 3) };
	memcpy(p->currency, cur.p, cur.n < 3 ? cur.n : 3);
}

static enum st price_one(struct req *rq, const char *sql, const char *zone, const char *item, int64_t at,
			 struct price *out)
{
	struct rows r;
	if (sql_query(rq, &r, sql, V(zone), V(item), V(at)))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found)
		price_of(&r, out);
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, N_("zone %.80s has no price for %.40s"), zone, item);
}

enum st ledger_price(struct req *rq, const char *zone, const char *item, int64_t at, struct price *out)
{
	return price_one(rq,
			 "SELECT " PRICE_COLUMNS " FROM ledger_price WHERE zone = $1 AND item = $2 AND valid_from <= $3"
			 " ORDER BY valid_from DESC LIMIT 1",
			 zone, item, at, out);
}

enum st ledger_prices(struct req *rq, const char *zone, int64_t at, struct price_row *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT " PRICE_COLUMNS ", item FROM ledger_price p WHERE zone = $1 AND valid_from ="
		      " (SELECT max(q.valid_from) FROM ledger_price q WHERE q.zone = p.zone AND q.item = p.item AND "
		      "q.valid_from <= $2)"
		      " ORDER BY item LIMIT $3",
		      V(zone), V(at), V(max)))
		return rq->err.code;
	for (; *n < max && rows_next(&r); ++*n) {
		price_of(&r, &out[*n].price);
		out[*n].item = rows_dup(&r, 4);
	}
	return rows_end(&r);
}

static enum st price_fact(struct req *rq, const char *zone, const char *item, const struct price *p)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "item", item);
	j_int(&w, "amount", p->amount);
	j_str(&w, "currency", p->currency);
	j_bool(&w, "per_year", p->per_year);
	j_time(&w, "valid_from", p->valid_from);
	j_end(&w);
	char *subject = arena_printf(rq->mem, "zone:%s", zone);
	return journal_append(rq, &(struct fact){ "ledger", subject, "price-set", buf_cstr(&b), 0 });
}

enum st ledger_price_set(struct req *rq, const char *zone, const char *item, const struct price *p)
{
	struct price was;
	if (!ledger_text_ok(zone, SUBJECT_MAX) || !ledger_text_ok(item, KIND_MAX) || !currency_ok(p->currency) ||
	    p->amount < 0 || p->amount > LEDGER_AMOUNT_MAX)
		return err_set(&rq->err, ST_INVALID,
			       N_("price of %.40s in zone %.80s: expected an amount of zero or more and a currency of "
				  "three capitals"),
			       item ? item : "", zone ? zone : "");
	enum st st = price_one(
		rq, "SELECT " PRICE_COLUMNS " FROM ledger_price WHERE zone = $1 AND item = $2 AND valid_from = $3",
		zone, item, p->valid_from, &was);
	if (st && st != ST_NOTFOUND)
		return st;
	err_clear(&rq->err);
	bool same = !st && was.amount == p->amount && was.per_year == p->per_year && !strcmp(was.currency, p->currency);
	if (same)
		return ST_OK;
	if (!st && was.valid_from < clock_now())
		return err_set(&rq->err, ST_CONFLICT,
			       N_("the price of %.40s in zone %.80s from then on is in force and was billed; set "
				  "another from a later time"),
			       item, zone);
	if (sql_run(rq,
		    "INSERT INTO ledger_price (zone, item, valid_from, amount, currency, per_year) VALUES ($1, $2, $3, "
		    "$4, $5, $6)"
		    " ON CONFLICT (zone, item, valid_from) DO UPDATE SET amount = excluded.amount, currency = "
		    "excluded.currency,"
		    " per_year = excluded.per_year",
		    V(zone), V(item), V(p->valid_from), V(p->amount), V(p->currency), V(p->per_year)))
		return rq->err.code;
	return price_fact(rq, zone, item, p);
}

enum st ledger_price_unset(struct req *rq, const char *zone, int64_t from)
{
	int64_t n = 0;
	if (sql_run_count(rq, &n, "DELETE FROM ledger_price WHERE zone = $1 AND valid_from = $2 AND valid_from > $3",
			  V(zone), V(from), V(clock_now())))
		return rq->err.code;
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_time(&w, "valid_from", from);
	j_end(&w);
	char *subject = arena_printf(rq->mem, "zone:%s", zone);
	return n ? journal_append(rq, &(struct fact){ "ledger", subject, "price-withdrawn", buf_cstr(&b), 0 }) : ST_OK;
}
