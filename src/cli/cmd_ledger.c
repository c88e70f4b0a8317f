/* ledger balance|statement|deposit|reverse|close|reconcile|price, idn load. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "ledger/ledger.h"
#include "names/idntable.h"

/* "acme" is registrar:acme; what has a colon, and the house's own accounts, are as they are. */
static char *account_of(struct cli *c, char *s)
{
	bool own = strchr(s, ':') || strcmp(s, "cash") == 0;
	return own ? s : arena_printf(c->mem, "registrar:%s", s);
}

static int print_amount(struct cli *c, const char *account, int64_t amount, const char *currency)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	if (!c->json)
		return printf("%s  %s\n", account, money_text(c->mem, amount, currency)), DONE;
	j_obj(&w, NULL);
	j_str(&w, "account", account);
	j_int(&w, "balance", amount);
	j_str(&w, "currency", currency);
	j_end(&w);
	return puts(buf_cstr(&b)), DONE;
}

static int run_balance(struct cli *c)
{
	int64_t balance;
	char currency[4];
	char *account = account_of(c, c->arg[0]);
	if (ledger_balance(&c->rq, account, &balance, currency))
		return cli_fail_rq(c);
	return print_amount(c, account, balance, currency);
}

/* ── statement ── */

enum { STATEMENT_ROWS = 50, STATEMENT_MAX = 1000 };

static void statement_json(const struct ledger_row *row, int n, const char *currency)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		j_obj(&w, NULL);
		j_int(&w, "tx", row[i].tx);
		j_time(&w, "at", row[i].at);
		j_str(&w, "kind", row[i].kind);
		j_str(&w, "subject", row[i].subject);
		j_int(&w, "amount", row[i].amount);
		j_int(&w, "balance", row[i].balance);
		j_str(&w, "currency", currency);
		j_str(&w, "note", row[i].note);
		j_end(&w);
	}
	j_end(&w);
	puts(buf_cstr(&b));
}

static int run_statement(struct cli *c)
{
	static const char *const heads[] = { "TX", "AT", "KIND", "SUBJECT", "AMOUNT", "BALANCE", "NOTE" };
	int64_t before = 0, max = STATEMENT_ROWS, balance;
	char currency[4];
	int n;
	char *account = account_of(c, c->arg[0]);
	if (opt(c, "--before") && !text_int(opt(c, "--before"), 1, INT64_MAX, &before))
		return cli_usage(c, "--before: expected the number of a transaction");
	if (opt(c, "--rows") && !text_int(opt(c, "--rows"), 1, STATEMENT_MAX, &max))
		return cli_usage(c, "--rows: expected 1 to %d", STATEMENT_MAX);
	struct ledger_row *row = arena_array(c->mem, struct ledger_row, max);
	if (ledger_balance(&c->rq, account, &balance, currency) ||
	    ledger_statement(&c->rq, account, before, row, (int)max, &n))
		return cli_fail_rq(c);
	if (c->json)
		return statement_json(row, n, currency), DONE;
	struct table *t = table_new(c->mem, heads, 7);
	for (int i = 0; i < n; i++)
		table_row(t, (const char *[]){
				     arena_printf(c->mem, "%lld", (long long)row[i].tx), time_iso(c->mem, row[i].at),
				     row[i].kind, row[i].subject, money_text(c->mem, row[i].amount, currency),
				     money_text(c->mem, row[i].balance, currency), row[i].note ? row[i].note : "" });
	table_print(t);
	return DONE;
}

/* ── writes ── */

struct change {
	const char *account, *note;
	int64_t amount, tx, id;
};

static enum st do_deposit(struct req *rq, void *arg)
{
	struct change *x = arg;
	return ledger_deposit(rq, x->account, x->amount, x->note, &x->id);
}
static enum st do_reverse(struct req *rq, void *arg)
{
	struct change *x = arg;
	return ledger_reverse(rq, x->tx, x->note, &x->id);
}
static enum st do_close(struct req *rq, void *arg)
{
	return ledger_close(rq);
}

static int print_tx(struct cli *c, const struct change *x, const char *what)
{
	if (c->json)
		printf("{\"tx\":%lld}\n", (long long)x->id);
	else
		printf("transaction %lld: %s\n", (long long)x->id, what);
	return DONE;
}

static int run_deposit(struct cli *c)
{
	struct change x = { .account = account_of(c, c->arg[0]), .note = opt(c, "--note") };
	if (!money_parse(c->arg[1], &x.amount) || x.amount <= 0)
		return cli_usage(c, "%s: expected an amount such as 800 or 12.50", c->arg[1]);
	if (store_write(c->store, &c->rq, do_deposit, &x))
		return cli_fail_rq(c);
	return print_tx(c, &x, arena_printf(c->mem, "%s paid in to %s", c->arg[1], x.account));
}

static int run_reverse(struct cli *c)
{
	struct change x = { .note = opt(c, "--note") };
	if (!text_int(c->arg[0], 1, INT64_MAX, &x.tx))
		return cli_usage(c, "%s: expected the number of a transaction", c->arg[0]);
	if (store_write(c->store, &c->rq, do_reverse, &x))
		return cli_fail_rq(c);
	return print_tx(c, &x, arena_printf(c->mem, "takes back %s", c->arg[0]));
}

static int run_close(struct cli *c)
{
	if (store_write(c->store, &c->rq, do_close, NULL))
		return cli_fail_rq(c);
	return puts(c->json ? "{\"closed\":true}" : "closed"), DONE;
}

static const char *plural(int64_t n)
{
	return n == 1 ? "" : "s";
}

static int run_reconcile(struct cli *c)
{
	struct ledger_check k;
	if (ledger_reconcile(&c->rq, &k))
		return cli_fail_rq(c);
	if (c->json)
		printf("{\"transactions\":%lld,\"lines\":%lld,\"accounts\":%lld}\n", (long long)k.transactions,
		       (long long)k.lines, (long long)k.accounts);
	else
		printf("%lld transaction%s with %lld line%s in %lld account%s: sums, balances and journal agree\n",
		       (long long)k.transactions, plural(k.transactions), (long long)k.lines, plural(k.lines),
		       (long long)k.accounts, plural(k.accounts));
	return DONE;
}

/* ── prices ── */

static int64_t at_of(struct cli *c, const char *name)
{
	return opt(c, name) ? time_parse(opt(c, name)) : clock_now();
}

static int run_price(struct cli *c)
{
	static const char *const heads[] = { "ITEM", "PRICE", "PER", "FROM" };
	struct price_row row[64];
	int n;
	int64_t at = at_of(c, "--at");
	if (at == TIME_NONE)
		return cli_usage(c, "--at: expected a time such as 2027-01-01");
	if (ledger_prices(&c->rq, c->arg[0], at, row, 64, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 4);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		const struct price *p = &row[i].price;
		table_row(t, (const char *[]){ row[i].item, money_text(c->mem, p->amount, p->currency),
					       p->per_year ? "year" : "once", time_iso(c->mem, p->valid_from) });
		j_obj(&w, NULL);
		j_str(&w, "item", row[i].item);
		j_int(&w, "amount", p->amount);
		j_str(&w, "currency", p->currency);
		j_bool(&w, "per_year", p->per_year);
		j_time(&w, "valid_from", p->valid_from);
		j_end(&w);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

/* ── IDN tables ── */

enum { IDN_FILE_MAX = 32 << 20 };
struct table_file {
	const char *path, *format;
	struct idntable *t;
	int64_t usec;
};

static int table_load(struct cli *c, struct table_file *x)
{
	BUF_SCOPE b = { .max = IDN_FILE_MAX };
	size_t i = 0;
	if (!cli_file(c, x->path, &b))
		return FAILED;
	const char *text = buf_cstr(&b);
	size_t n = b.n;
	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		i = 3;
	while (i < n && strchr(" \t\r\n", text[i]))
		i++;
	bool xml = i < n && text[i] == '<';
	x->format = xml ? "RFC 7940" : "RFC 3743";
	int64_t t0 = clock_mono();
	enum st st = (xml ? idntable_load_lgr : idntable_load_rfc3743)(text, n, &x->t, &c->err);
	x->usec = clock_mono() - t0;
	return st ? cli_fail(c, "%s: %s", x->path, c->err.msg) : DONE;
}

static void say_json(void *w, const char *s)
{
	j_str(w, NULL, s);
}
static void say_line(void *ctx, const char *s)
{
	puts(s);
}

static void print_tables(struct cli *c, const struct table_file *x, int n, bool compare)
{
	BUF_SCOPE b = { .max = (size_t)64 << 20 };
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_arr(&w, "tables");
	for (int i = 0; i < n; i++) {
		j_obj(&w, NULL);
		j_str(&w, "file", x[i].path);
		j_str(&w, "format", x[i].format);
		j_str(&w, "language", idntable_language(x[i].t));
		j_int(&w, "size", idntable_size(x[i].t));
		j_end(&w);
		if (!c->json)
			printf("%s: %s, language %s, %lld code points, read in %.1f ms\n", x[i].path, x[i].format,
			       *idntable_language(x[i].t) ? idntable_language(x[i].t) : "not said",
			       (long long)idntable_size(x[i].t), (double)x[i].usec / 1000);
	}
	j_end(&w);
	if (compare) {
		j_arr(&w, "differences");
		int told = idntable_compare(x[0].t, x[1].t, c->json ? say_json : say_line, &w);
		j_end(&w);
		if (!c->json)
			printf("%d differences where both have the code points\n", told);
	}
	j_end(&w);
	if (c->json)
		puts(buf_cstr(&b));
}

static int run_idn_load(struct cli *c)
{
	struct table_file x[16] = { 0 };
	int n = 0, status = DONE;
	if (opt_on(c, "--compare") && c->nargs != 2)
		return cli_usage(c, "--compare: expected two files");
	for (; n < c->nargs && n < 16 && status == DONE; n++) {
		x[n].path = c->arg[n];
		status = table_load(c, &x[n]);
	}
	if (status == DONE)
		print_tables(c, x, n, opt_on(c, "--compare"));
	for (int i = 0; i < n; i++)
		idntable_free(x[i].t);
	return status;
}

static const struct option_row statement_options[] = {
	{ "--before", "TX", "the page before this transaction" },
	{ "--rows", "N", "rows (50)" },
	{ 0 },
};
static const struct option_row note_options[] = { { "--note", "TEXT", "kept with the transaction" }, { 0 } };
static const struct option_row at_options[] = { { "--at", "TIME", "in force then (now)" }, { 0 } };
static const struct option_row idn_options[] = { { "--compare", NULL, "says where two tables differ" }, { 0 } };

const struct command ledger_commands[] = {
	{ "ledger", "balance", "REGISTRAR", "What a registrar (or an account) holds", 1, 1, NEED_STORE, NULL,
	  run_balance },
	{ "ledger", "statement", "REGISTRAR", "Its movements, newest first", 1, 1, NEED_STORE, statement_options,
	  run_statement },
	{ "ledger", "deposit", "REGISTRAR AMOUNT", "Records money received", 2, 2, NEED_STORE, note_options,
	  run_deposit },
	{ "ledger", "reverse", "TX", "Takes a transaction back by its reverse, once", 1, 1, NEED_STORE, note_options,
	  run_reverse },
	{ "ledger", "close", NULL, "Moves what income and cash accounts took into their balances", 0, 0, NEED_STORE,
	  NULL, run_close },
	{ "ledger", "reconcile", NULL, "Adds everything up again, against the journal too", 0, 0, NEED_STORE, NULL,
	  run_reconcile },
	{ "ledger", "price", "ZONE", "Prices in force", 1, 1, NEED_STORE, at_options, run_price },
	{ 0 },
};
const struct command idn_commands[] = {
	{ "idn", "load", "FILE…", "Reads IDN tables (RFC 7940, RFC 3743) whole and says what they hold", 1, 16, 0,
	  idn_options, run_idn_load },
	{ 0 },
};
