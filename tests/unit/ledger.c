/* The ledger: sums of zero, floors, reversals, statements, closing, reconciling; thousands of random posts from several
 * writers. */
#include "inwrite.h"
#include "ledger/ledger.h"
#include "store/journal.h"

enum { REGISTRARS = 13 };

struct account_arg {
	const char *id, *currency;
	int64_t floor;
};
static enum st do_account(struct req *rq, void *arg)
{
	struct account_arg *a = arg;
	return ledger_account_add(rq, a->id, a->currency, a->floor);
}
static enum st do_ensure(struct req *rq, void *arg)
{
	struct account_arg *a = arg;
	return ledger_account_ensure(rq, a->id, a->currency, a->floor);
}
static enum st do_floor(struct req *rq, void *arg)
{
	struct account_arg *a = arg;
	return ledger_floor_set(rq, a->id, a->floor);
}
static enum st do_close(struct req *rq, void *arg)
{
	return ledger_close(rq);
}

struct post_arg {
	struct ledger_tx t;
	int64_t id, reverse, amount;
	const char *account;
	bool go_on; /* a refusal is no reason to give up the rest */
	struct err why;
};
static enum st do_post(struct req *rq, void *arg)
{
	struct post_arg *a = arg;
	enum st st = ledger_post(rq, &a->t, &a->id);
	a->why = rq->err;
	return a->go_on ? ST_OK : st;
}
static enum st do_reverse(struct req *rq, void *arg)
{
	struct post_arg *a = arg;
	return ledger_reverse(rq, a->reverse, "mistake", &a->id);
}
static enum st do_deposit(struct req *rq, void *arg)
{
	struct post_arg *a = arg;
	return ledger_deposit(rq, a->account, a->amount, "bank", &a->id);
}

static void account(struct place *p, const char *id, int64_t floor)
{
	assert_ok(in_write(p, do_account, &(struct account_arg){ id, "TWD", floor }));
}

static int64_t balance(struct place *p, const char *id)
{
	int64_t b = -1;
	char cur[4];
	struct req rq = on_reader(p);
	assert_ok(ledger_balance(&rq, id, &b, cur));
	store_reader_done(p->s);
	return b;
}

static int64_t deposit(struct place *p, const char *id, int64_t amount)
{
	struct post_arg a = { .account = id, .amount = amount };
	assert_ok(in_write(p, do_deposit, &a));
	return a.id;
}

static struct post_arg fee(const char *from, int64_t amount)
{
	return (struct post_arg){ .t = { .kind = "domain-create",
					 .subject = "domain:example.tw",
					 .line = { { from, -amount }, { "income:domain", amount } },
					 .n = 2 } };
}

static enum st reconcile(struct place *p, struct ledger_check *c, struct err *e)
{
	struct req rq = on_reader(p);
	enum st st = ledger_reconcile(&rq, c);
	*e = rq.err;
	store_reader_done(p->s);
	return st;
}

static void reconciled(struct place *p, int64_t transactions)
{
	struct ledger_check c;
	struct err e = { 0 };
	if (reconcile(p, &c, &e))
		fail_msg("%s", e.msg);
	if (transactions >= 0)
		assert_int_equal(c.transactions, transactions);
}

static void set_up(struct place *p)
{
	account(p, "registrar:acme", 0);
	account(p, "registrar:credit", -100000);
	account(p, "income:domain", LEDGER_NO_FLOOR);
}

static void accounts(struct place *p)
{
	struct account_arg a = { "registrar:acme", "TWD", 0 };
	set_up(p);
	assert_st(in_write(p, do_account, &a), ST_CONFLICT);
	assert_ok(in_write(p, do_ensure, &a));
	a.currency = "USD";
	assert_st(in_write(p, do_ensure, &a), ST_CONFLICT);
	assert_st(in_write(p, do_account, &(struct account_arg){ "x", "twd", 0 }), ST_INVALID);
	assert_st(in_write(p, do_account, &(struct account_arg){ "", "TWD", 0 }), ST_INVALID);
	assert_st(in_write(p, do_floor, &(struct account_arg){ "income:domain", NULL, 0 }), ST_CONFLICT);
	assert_st(in_write(p, do_floor, &(struct account_arg){ "nobody", NULL, 0 }), ST_NOTFOUND);
	struct req rq = on_reader(p);
	int64_t b;
	char cur[4];
	assert_st(ledger_balance(&rq, "nobody", &b, cur), ST_NOTFOUND);
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE verb = 'account-added'"), 3);
}

static void floors(struct place *p)
{
	set_up(p);
	deposit(p, "registrar:acme", 200000);
	struct post_arg a = fee("registrar:acme", 80000);
	assert_ok(in_write(p, do_post, &a));
	assert_ok(in_write(p, do_post, &a));
	assert_int_equal(balance(p, "registrar:acme"), 40000);
	assert_st(in_write(p, do_post, &a), ST_LIMIT);
	assert_string_equal(a.why.msg, "account registrar:acme holds NT$ 400 and may fall to NT$ 0; NT$ 800 is needed");
	assert_int_equal(balance(p, "registrar:acme"), 40000);
	assert_int_equal(balance(p, "income:domain"), 160000);
	assert_int_equal(balance(p, "cash"), -200000);
	struct post_arg exact = fee("registrar:acme", 40000), credit = fee("registrar:credit", 100001);
	assert_ok(in_write(p, do_post, &exact));
	assert_st(in_write(p, do_post, &credit), ST_LIMIT);
	credit = fee("registrar:credit", 100000);
	assert_ok(in_write(p, do_post, &credit));
	assert_int_equal(balance(p, "registrar:credit"), -100000);
	/* A raised floor refuses what goes out and takes what comes in. */
	assert_ok(in_write(p, do_floor, &(struct account_arg){ "registrar:credit", NULL, 0 }));
	deposit(p, "registrar:credit", 50000);
	a = fee("registrar:credit", 1);
	assert_st(in_write(p, do_post, &a), ST_LIMIT);
	assert_ok(in_write(p, do_floor, &(struct account_arg){ "registrar:credit", NULL, LEDGER_NO_FLOOR }));
	assert_ok(in_write(p, do_post, &a));
	reconciled(p, -1);
}

static void refused_alone(struct place *p)
{
	set_up(p);
	account(p, "registrar:zeta", 0);
	deposit(p, "registrar:acme", 1000);
	struct post_arg a = {
		.t = { .kind = "both",
		       .subject = "x",
		       .n = 3,
		       .line = { { "registrar:acme", -1000 }, { "registrar:zeta", -1 }, { "income:domain", 1001 } } },
		.go_on = true
	};
	assert_ok(in_write(p, do_post, &a));
	assert_st(a.why.code, ST_LIMIT);
	assert_int_equal(balance(p, "registrar:acme"), 1000);
	reconciled(p, 1);
	struct post_arg f = fee("registrar:acme", 10), again = { .reverse = 0 };
	assert_ok(in_write(p, do_post, &f));
	again.reverse = f.id;
	assert_ok(in_write(p, do_reverse, &again));
	f.t.reverses = f.id;
	f.go_on = true;
	assert_ok(in_write(p, do_post, &f));
	assert_st(f.why.code, ST_CONFLICT);
	assert_int_equal(balance(p, "registrar:acme"), 1000);
	reconciled(p, 3);
}

static void malformed(struct place *p)
{
	set_up(p);
	assert_ok(in_write(p, do_account, &(struct account_arg){ "registrar:us", "USD", 0 }));
	struct post_arg a = fee("registrar:acme", 100);
	a.t.line[1].amount = 99;
	assert_st(in_write(p, do_post, &a), ST_INVALID);
	a = fee("registrar:acme", 0);
	a.t.n = 1;
	assert_st(in_write(p, do_post, &a), ST_INVALID);
	a = fee("income:domain", 5);
	assert_st(in_write(p, do_post, &a), ST_INVALID);
	a = fee("registrar:acme", 0);
	a.t.line[0].account = "registrar:us";
	assert_st(in_write(p, do_post, &a), ST_INVALID);
	a = fee("registrar:nobody", 5);
	assert_st(in_write(p, do_post, &a), ST_NOTFOUND);
	a = fee("registrar:acme", 2 * LEDGER_AMOUNT_MAX);
	assert_st(in_write(p, do_post, &a), ST_INVALID);
	a = fee("registrar:acme", 0);
	a.t.subject = "two\x01words";
	assert_st(in_write(p, do_post, &a), ST_INVALID);
	struct post_arg d = { .account = "registrar:acme", .amount = 0 };
	assert_st(in_write(p, do_deposit, &d), ST_INVALID);
	assert_int_equal(number_of(p, "SELECT count(*) FROM ledger_tx"), 0);
	deposit(p, "registrar:acme", 100);
	deposit(p, "registrar:us", 100);
	assert_int_equal(balance(p, "cash:USD"), -100);
}

static void reversals(struct place *p)
{
	set_up(p);
	deposit(p, "registrar:acme", 80000);
	struct post_arg a = fee("registrar:acme", 80000), r = { .reverse = 0 };
	assert_ok(in_write(p, do_post, &a));
	r.reverse = a.id;
	assert_ok(in_write(p, do_reverse, &r));
	assert_int_equal(balance(p, "registrar:acme"), 80000);
	assert_int_equal(balance(p, "income:domain"), 0);
	assert_st(in_write(p, do_reverse, &r), ST_CONFLICT);
	r.reverse = 1;
	assert_ok(in_write(p, do_reverse, &r));
	assert_int_equal(balance(p, "registrar:acme"), 0);
	assert_st(in_write(p, do_reverse, &r), ST_CONFLICT); /* not ST_LIMIT, though the account is empty */
	r.reverse = 999;
	assert_st(in_write(p, do_reverse, &r), ST_NOTFOUND);
	reconciled(p, 4);
}

static void statements(struct place *p)
{
	set_up(p);
	deposit(p, "registrar:acme", 1000);
	for (int i = 1; i <= 7; i++) {
		struct post_arg a = fee("registrar:acme", i);
		assert_ok(in_write(p, do_post, &a));
		if (i == 3)
			assert_ok(in_write(p, do_close, NULL));
	}
	struct ledger_row row[16];
	static const struct {
		const char *id;
		int n;
		int64_t sign, start;
	} of[] = { { "registrar:acme", 8, -1, 1000 }, { "income:domain", 7, 1, 0 } };
	struct req rq = on_reader(p);
	for (int k = 0; k < 2; k++) {
		int seen = 0, n = 0;
		int64_t before = 0, want = of[k].start + of[k].sign * 28;
		do {
			assert_ok(ledger_statement(&rq, of[k].id, before, row, 3, &n));
			for (int i = 0; i < n; i++, seen++) {
				assert_int_equal(row[i].balance, want);
				want -= row[i].amount;
				before = row[i].tx;
			}
		} while (n == 3);
		assert_int_equal(seen, of[k].n);
		assert_int_equal(want, 0);
	}
	assert_ok(ledger_statement(&rq, "registrar:acme", 0, row, 16, &(int){ 0 }));
	assert_string_equal(row[0].kind, "domain-create");
	assert_string_equal(row[7].note, "bank");
	assert_int_equal(balance(p, "income:domain"), 28);
	reconciled(p, 8);
}

/* ── prices ── */

struct price_arg {
	const char *item;
	struct price p;
};
static enum st do_price(struct req *rq, void *arg)
{
	struct price_arg *a = arg;
	return ledger_price_set(rq, "tw", a->item, &a->p);
}

static void prices(struct place *p)
{
	struct price_arg a = { "create", { 80000, "TWD", true, T0 - USEC } },
			 b = { "create", { 90000, "TWD", true, T0 + USEC } };
	assert_ok(in_write(p, do_price, &a));
	assert_ok(in_write(p, do_price, &a));
	assert_ok(in_write(p, do_price, &b));
	b.p.amount = 95000;
	assert_ok(in_write(p, do_price, &b));
	a.p.amount = 1;
	assert_st(in_write(p, do_price, &a), ST_CONFLICT);
	a.p.currency[0] = 't';
	assert_st(in_write(p, do_price, &a), ST_INVALID);
	struct price_arg c = { "restore", { 200000, "TWD", false, T0 - 5 } };
	assert_ok(in_write(p, do_price, &c));
	struct req rq = on_reader(p);
	struct price got;
	assert_ok(ledger_price(&rq, "tw", "create", T0, &got));
	assert_int_equal(got.amount, 80000);
	assert_true(got.per_year);
	assert_ok(ledger_price(&rq, "tw", "create", T0 + USEC, &got));
	assert_int_equal(got.amount, 95000);
	assert_st(ledger_price(&rq, "tw", "create", T0 - 2 * USEC, &got), ST_NOTFOUND);
	assert_st(ledger_price(&rq, "jp", "create", T0, &got), ST_NOTFOUND);
	struct price_row row[4];
	int n;
	assert_ok(ledger_prices(&rq, "tw", T0, row, 4, &n));
	assert_int_equal(n, 2);
	assert_string_equal(row[1].item, "restore");
	assert_int_equal(row[0].price.amount, 80000);
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE verb = 'price-set'"), 4);
}

/* ── what reconciling finds ── */

static enum st do_sql(struct req *rq, void *arg)
{
	return sql_run0(rq, *(const char **)arg);
}

static void found_out(struct place *p, const char *sql, const char *undo, const char *want)
{
	struct ledger_check c;
	struct err e = { 0 };
	assert_ok(in_write(p, do_sql, &sql));
	assert_st(reconcile(p, &c, &e), ST_INVALID);
	if (!strstr(e.msg, want))
		fail_msg("%s: %s", sql, e.msg);
	assert_ok(in_write(p, do_sql, &undo));
	reconciled(p, -1);
}

static void differences(struct place *p)
{
	set_up(p);
	deposit(p, "registrar:acme", 1000);
	struct post_arg a = fee("registrar:acme", 10);
	for (int i = 0; i < 2; i++)
		assert_ok(in_write(p, do_post, &a));
	assert_ok(in_write(p, do_close, NULL));
	found_out(p, "UPDATE ledger_account SET balance = balance + 1 WHERE id = 'registrar:acme'",
		  "UPDATE ledger_account SET balance = balance - 1 WHERE id = 'registrar:acme'",
		  "account registrar:acme says 981");
	found_out(p, "UPDATE ledger_account SET balance = balance + 1 WHERE id = 'income:domain'",
		  "UPDATE ledger_account SET balance = balance - 1 WHERE id = 'income:domain'",
		  "account income:domain says 21");
	found_out(p, "UPDATE ledger_line SET amount = amount + 1 WHERE tx = 2 AND line = 0",
		  "UPDATE ledger_line SET amount = amount - 1 WHERE tx = 2 AND line = 0",
		  "transaction 2 does not sum to zero");
	found_out(p, "UPDATE ledger_line SET balance = balance + 1 WHERE tx = 2 AND balance IS NOT NULL",
		  "UPDATE ledger_line SET balance = balance - 1 WHERE tx = 2 AND balance IS NOT NULL",
		  "transaction 2 left");
	found_out(p, "UPDATE ledger_tx SET kind = 'gift' WHERE id = 3",
		  "UPDATE ledger_tx SET kind = 'domain-create' WHERE id = 3",
		  "transaction 3 is not what the journal says");
	found_out(p, "UPDATE ledger_tx SET id = 4 WHERE id = 3", "UPDATE ledger_tx SET id = 3 WHERE id = 4",
		  "has fewer than two lines");
	found_out(p, "INSERT INTO ledger_line (tx, line, account, amount) VALUES (2, 9, 99, 0)",
		  "DELETE FROM ledger_line WHERE line = 9", "an account that is not there");
	found_out(p, "INSERT INTO ledger_line (tx, line, account, amount) VALUES (0, 9, 3, 0)",
		  "DELETE FROM ledger_line WHERE line = 9", "lines belong to no transaction");
	found_out(p, "UPDATE journal_entry SET verb = 'x' || verb WHERE seq = (SELECT max(seq) FROM journal_entry)",
		  "UPDATE journal_entry SET verb = 'ledger-posted' WHERE verb = 'xledger-posted'",
		  "transaction 3 has no entry");
}

/* ── money as text ── */

static void money(void **state)
{
	static const struct {
		int64_t amount;
		const char *currency, *text;
	} shown[] = {
		{ 240000, "TWD", "NT$ 2,400" },
		{ 0, "TWD", "NT$ 0" },
		{ 12345, "TWD", "NT$ 123.45" },
		{ 1250, "USD", "USD 12.50" },
		{ -5, "EUR", "-EUR 0.05" },
		{ 123456789, "USD", "USD 1,234,567.89" },
		{ -80000, "TWD", "-NT$ 800" },
		{ 99999, "TWD", "NT$ 999.99" },
		{ 100000000, "TWD", "NT$ 1,000,000" },
		{ INT64_MIN, "USD", "-USD 92,233,720,368,547,758.08" },
	};
	static const struct {
		const char *s;
		bool ok;
		int64_t v;
	} read[] = {
		{ "800", true, 80000 },
		{ "12.50", true, 1250 },
		{ "0.05", true, 5 },
		{ "-3.5", true, -350 },
		{ "0", true, 0 },
		{ "", false, 0 },
		{ "-", false, 0 },
		{ ".5", false, 0 },
		{ "5.", false, 0 },
		{ "1.234", false, 0 },
		{ "1,000", false, 0 },
		{ " 1", false, 0 },
		{ "1e3", false, 0 },
		{ "1.2.3", false, 0 },
		{ "+1", false, 0 },
		{ "100000000000", true, LEDGER_AMOUNT_MAX },
		{ "100000000000.01", false, 0 },
		{ "99999999999999999999999999", false, 0 },
	};
	struct arena *mem = arena_new(1 << 16);
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
		assert_string_equal(money_text(mem, shown[i].amount, shown[i].currency), shown[i].text);
	for (size_t i = 0; i < sizeof read / sizeof *read; i++) {
		int64_t v = 0;
		if (money_parse(read[i].s, &v) != read[i].ok || v != read[i].v)
			fail_msg("%s: %lld", read[i].s, (long long)v);
	}
	arena_free(mem);
}

/* ── a crowd: random posts, transfers and reversals through several writers; the sum is always zero, no floor is
 * crossed ── */

enum { WRITERS = 3, ASKERS = 6, ROUNDS = 500, FLOOR = -500 };
static const char *const registrar[REGISTRARS] = { "r:a", "r:b", "r:c", "r:d", "r:e", "r:f", "r:g",
						   "r:h", "r:i", "r:j", "r:k", "r:l", "r:m" };

struct asker {
	struct store *s;
	unsigned seed;
	int done, refused, bad;
	int64_t last;
};

static unsigned some(struct asker *a, unsigned n)
{
	a->seed = a->seed * 1664525u + 1013904223u;
	return (a->seed >> 8) % n;
}

static struct post_arg any_post(struct asker *a)
{
	int64_t x = 1 + some(a, 300);
	const char *from = registrar[some(a, REGISTRARS)], *to = registrar[some(a, REGISTRARS)];
	struct post_arg p = {
		.t = { .kind = "crowd", .subject = "s", .n = 2, .line = { { from, -x }, { "income:domain", x } } }
	};
	switch (some(a, 4)) {
	case 0:
		p.t.line[0] = (struct ledger_line){ "cash", -x }, p.t.line[1] = (struct ledger_line){ from, x };
		break;
	case 1:
		if (to != from)
			p.t.line[1].account = to;
		break;
	case 2:
		p.t.n = 3;
		p.t.line[1].amount = x - 1;
		p.t.line[2] = (struct ledger_line){ from == to ? "cash" : to, 1 };
		break;
	}
	return p;
}

static void *ask(void *arg)
{
	struct asker *a = arg;
	struct actor who = actor_cli;
	struct arena *mem = arena_new(1 << 20);
	for (int i = 0; i < ROUNDS; i++) {
		arena_reset(mem);
		struct req rq = { .mem = mem, .who = &who };
		struct post_arg p = any_post(a);
		bool back = a->last && some(a, 8) == 0;
		p.reverse = a->last;
		enum st st = back ? store_write(a->s, &rq, do_reverse, &p) : store_write(a->s, &rq, do_post, &p);
		if (st == ST_OK)
			a->done++, a->last = back ? 0 : p.id;
		else if (st == ST_LIMIT)
			a->refused++;
		else if (a->bad++ == 0)
			print_message("%s: %s\n", st_name(st), rq.err.msg);
		if (i % 100 == 50 && store_write(a->s, &rq, do_close, NULL))
			a->bad++;
	}
	arena_free(mem);
	return NULL;
}

static void crowd_on(int driver)
{
	struct place p = { .s = teststore_open_with(driver, WRITERS),
			   .mem = arena_new((size_t)8 << 20),
			   .who = actor_cli };
	struct asker a[ASKERS];
	pthread_t th[ASKERS];
	int done = 0, refused = 0;
	assert_non_null(p.s);
	for (int i = 0; i < REGISTRARS; i++)
		account(&p, registrar[i], FLOOR);
	account(&p, "income:domain", LEDGER_NO_FLOOR);
	account(&p, "cash", LEDGER_NO_FLOOR);
	for (int i = 0; i < ASKERS; i++) {
		a[i] = (struct asker){ .s = p.s, .seed = (unsigned)(i * 7919 + driver + 1) };
		pthread_create(&th[i], NULL, ask, &a[i]);
	}
	/* While they post: every look adds up. */
	for (int i = 0; i < 5; i++) {
		reconciled(&p, -1);
		assert_int_equal(number_of(&p, "SELECT coalesce(sum(amount), 0) FROM ledger_line"), 0);
	}
	for (int i = 0; i < ASKERS; i++) {
		pthread_join(th[i], NULL);
		assert_int_equal(a[i].bad, 0);
		done += a[i].done;
		refused += a[i].refused;
	}
	print_message("%s: %d posted, %d refused at their floor\n", teststore_name(driver), done, refused);
	assert_true(refused > 0 && done > ROUNDS);
	reconciled(&p, done);
	assert_int_equal(number_of(&p, "SELECT count(*) FROM ledger_line WHERE balance < -500"), 0);
	assert_int_equal(number_of(&p, "SELECT count(*) FROM ledger_line WHERE balance = -500 OR balance > -500"),
			 number_of(&p, "SELECT count(*) FROM ledger_line l JOIN ledger_account a ON a.num = l.account "
				       "WHERE a.kept = 1"));
	int64_t sum = balance(&p, "income:domain") + balance(&p, "cash");
	for (int i = 0; i < REGISTRARS; i++)
		sum += balance(&p, registrar[i]);
	assert_int_equal(sum, 0);
	place_close(&p);
}

static void crowd(void **state)
{
	for (int driver = 0; driver < teststore_drivers(); driver++)
		crowd_on(driver);
	if (teststore_drivers() < 2)
		print_message("skipped on postgresql: NICERT_TEST_PG is not set\n");
}

ON_EACH_DRIVER(test_accounts, accounts)
ON_EACH_DRIVER(test_floors, floors)
ON_EACH_DRIVER(test_refused_alone, refused_alone)
ON_EACH_DRIVER(test_malformed, malformed)
ON_EACH_DRIVER(test_reversals, reversals)
ON_EACH_DRIVER(test_statements, statements)
ON_EACH_DRIVER(test_prices, prices)
ON_EACH_DRIVER(test_differences, differences)

/* The books close by themselves at the beginning of a month, and again at the next. */
static void test_monthly_body(struct place *p)
{
	int n = 0;
	set_up(p);
	deposit(p, "registrar:acme", 100000);
	struct post_arg f = fee("registrar:acme", 80000);
	assert_ok(in_write(p, do_post, &f));
	for (int month = 0; month < 2; month++) {
		int64_t due = number_of(p, "SELECT at FROM work_due WHERE kind = 'ledger-close'");
		assert_true(due > clock_now() && due <= clock_now() + INT64_C(31) * 86400 * USEC);
		clock_set_for_test(due);
		struct req rq = on_reader(p);
		assert_ok(due_run(p->s, &rq, ledger_due_kinds, ledger_due_count, &n));
		store_reader_done(p->s);
		assert_int_equal(n, 1);
	}
	assert_int_equal(number_of(p, "SELECT count(*) FROM ledger_account WHERE kept = 0 AND closed_tx < 2"), 0);
	assert_int_equal(balance(p, "income:domain"), 80000);
	reconciled(p, 2);
}
ON_EACH_DRIVER(test_monthly, test_monthly_body)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(money),
		cmocka_unit_test(test_accounts),
		cmocka_unit_test(test_monthly),
		cmocka_unit_test(test_floors),
		cmocka_unit_test(test_refused_alone),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_reversals),
		cmocka_unit_test(test_statements),
		cmocka_unit_test(test_prices),
		cmocka_unit_test(test_differences),
		cmocka_unit_test(crowd),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
