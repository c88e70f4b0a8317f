/* Bulk files and jobs: what is read, what is tried and taken back, what is done once. */
#include "registryhelp.h"
#include "names/bulk.h"
#include "who/permit.h"

#define HEADER "action,name,years,registrant,admin,tech,billing,ns,status\n"

static struct bulk_file *read_text(struct place *p, const char *text)
{
	struct err e = { 0 };
	struct bulk_file *f = arena_new_of(p->mem, struct bulk_file);
	assert_ok(bulk_read(p->mem, text, strlen(text), f, &e));
	return f;
}

/* ── reading ── */

static void lines(void **state)
{
	struct arena *mem = arena_new(8 << 20);
	struct bulk_file *f = arena_new_of(mem, struct bulk_file);
	struct err e = { 0 };
	static const char text[] = HEADER "create,a.tw,2,CON-A,,CON-T CON-U,,NS1.x.example,\n"
					  "create,b.tw,11,CON-A,,,,,\n\n,,,,\n"
					  "renew,c.tw,,,,,,,+clientHold\nfly,d.tw\nstatus,e.tw,,,,,,,+serverHold\n"
					  "ns,f.tw,,,,,,-,\ndelete,\ncontacts,g.tw\n\"x\n";
	assert_ok(bulk_read(mem, text, strlen(text), f, &e));
	assert_int_equal(f->rows, 9);
	assert_int_equal(f->bad, 7);
	static const int wrong[] = { 3, 6, 7, 8, 10, 11, 12 };
	for (int i = 0; i < 7; i++)
		assert_int_equal(f->error[i].line, wrong[i]);
	struct bulk_columns cols;
	struct bulk_change c;
	assert_ok(bulk_header(arena_strdup(mem, f->header), &cols, &e));
	assert_ok(bulk_parse(mem, arena_strdup(mem, f->row[0].text), &cols, &c, &e));
	assert_int_equal(c.years, 2);
	assert_string_equal(c.ns, "ns1.x.example");
	assert_string_equal(c.tech, "CON-T CON-U");
	static const char *const none[] = { "", "what,ever\na,b\n", "action,years\nrenew,1\n", HEADER, "\xff\xfe" };
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		assert_st(bulk_read(mem, none[i], strlen(none[i]), f, &e), ST_INVALID);
	arena_free(mem);
}

static void too_many(void **state)
{
	struct arena *mem = arena_new(16 << 20);
	struct bulk_file *f = arena_new_of(mem, struct bulk_file);
	struct err e = { 0 };
	BUF_SCOPE b = BUF_INIT;
	buf_str(&b, HEADER);
	for (int i = 0; i < BULK_ROWS_MAX; i++)
		buf_str(&b, "delete,a.tw\n");
	assert_ok(bulk_read(mem, buf_cstr(&b), b.n, f, &e));
	assert_int_equal(f->rows, BULK_ROWS_MAX);
	buf_str(&b, "delete,a.tw\n");
	assert_st(bulk_read(mem, buf_cstr(&b), b.n, f, &e), ST_INVALID);
	arena_free(mem);
}

/* ── jobs ── */

struct add {
	const struct bulk_file *f;
	int64_t id;
};

static enum st do_add(struct req *rq, void *arg)
{
	struct add *a = arg;
	return bulk_job_add(rq, "file.csv", "anna", a->f, &a->id);
}

static enum st do_start(struct req *rq, void *arg)
{
	return bulk_job_start(rq, *(int64_t *)arg);
}

static enum st do_deposit(struct req *rq, void *arg)
{
	return registrar_deposit(rq, arg, 1000000, "");
}

static struct bulk_job job(struct place *p, const char *registrar, int64_t id)
{
	struct bulk_job j;
	struct req rq = on_reader(p);
	assert_ok(bulk_job_get(&rq, registrar, id, &j));
	store_reader_done(p->s);
	return j;
}

static void run(struct place *p)
{
	int rows = 1;
	for (int i = 0; i < 9 && rows; i++) {
		struct req rq = on_reader(p);
		assert_ok(bulk_pass(p->s, &rq, &rows));
		store_reader_done(p->s);
	}
}

static int64_t balance(struct place *p)
{
	int64_t n = 0;
	char currency[4];
	struct req rq = on_reader(p);
	assert_ok(ledger_balance(&rq, "registrar:alpha", &n, currency));
	store_reader_done(p->s);
	return n;
}

static void job_body(struct place *p)
{
	world(p);
	assert_ok(in_write(p, do_deposit, (void *)(uintptr_t) "alpha"));
	assert_said(make_contact(p, "alpha", "CON-A"), R_DONE);
	assert_said(make_contact(p, "bravo", "CON-B"), R_DONE);
	p->who = actor_cli;
	bare_domain(p, "theirs.tw", "bravo");
	struct add a = { read_text(p, HEADER "create,one.tw,1,CON-A,,,,,\nns,one.tw,,,,,,ns1.x.example,\n"
					     "delete,theirs.tw,,,,,,,\nrenew,nowhere.tw,1,,,,,,\n") };
	int64_t before = balance(p);
	p->who = as("alpha");
	assert_ok(in_write(p, do_add, &a));
	assert_st(in_write(p, do_start, &a.id), ST_CONFLICT); /* it was not tried yet */
	run(p);
	struct bulk_job j = job(p, "alpha", a.id);
	assert_int_equal(j.state, JOB_READY);
	assert_int_equal(j.rows, 4);
	assert_int_equal(j.bad, 2);
	assert_true(j.cost > 0);
	assert_int_equal(balance(p), before); /* tried, and taken back */
	assert_int_equal(number_of(p, "SELECT count(*) FROM registry_domain"), 1);
	p->who = as("bravo");
	assert_st(in_write(p, do_start, &a.id), ST_CONFLICT);
	p->who = as("alpha");
	assert_ok(in_write(p, do_start, &a.id));
	assert_st(in_write(p, do_start, &a.id), ST_CONFLICT);
	run(p);
	j = job(p, "alpha", a.id);
	assert_int_equal(j.state, JOB_DONE);
	assert_int_equal(j.seen, 4);
	assert_int_equal(j.bad, 2);
	assert_int_equal(balance(p), before - j.cost);
	run(p);
	assert_int_equal(balance(p), before - j.cost);
	struct bulk_row r[5];
	int n;
	struct req rq = on_reader(p);
	assert_ok(bulk_rows(&rq, a.id, true, 0, r, 5, &n));
	assert_int_equal(n, 2);
	assert_int_equal(r[0].line, 4);
	struct bulk_job none;
	assert_st(bulk_job_get(&rq, "bravo", a.id, &none), ST_NOTFOUND);
	store_reader_done(p->s);
	rq = on_reader(p);
	struct ledger_check c;
	assert_ok(ledger_reconcile(&rq, &c));
	store_reader_done(p->s);
}

/* A month is the transactions from the first of one to the first of the next. */
static void first_at_body(struct place *p)
{
	int64_t tx, again;
	world(p);
	for (int i = 0; i < 5; i++) {
		clock_set_for_test(T0 + i * 40 * DAY);
		assert_ok(in_write(p, do_deposit, (void *)(uintptr_t) "alpha"));
	}
	struct req rq = on_reader(p);
	assert_ok(ledger_first_at(&rq, 0, &tx));
	for (int i = 1; i < 5; i++) {
		assert_ok(ledger_first_at(&rq, T0 + i * 40 * DAY, &again));
		assert_true(again > tx);
		tx = again;
		assert_ok(ledger_first_at(&rq, T0 + (i - 1) * 40 * DAY + 1, &again));
		assert_true(again == tx);
	}
	assert_ok(ledger_first_at(&rq, T0 + 400 * DAY, &tx));
	assert_true(tx == INT64_MAX);
	store_reader_done(p->s);
}

ON_EACH_DRIVER(jobs, job_body)
ON_EACH_DRIVER(ledger_by_month, first_at_body)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(too_many),
		cmocka_unit_test(jobs),
		cmocka_unit_test(ledger_by_month),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
