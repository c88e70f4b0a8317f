#include "inwrite.h"
#include <stdatomic.h>
#include "store/journal.h"
#include "work/due.h"

#define SECOND USEC
#define MINUTE (60 * USEC)
#define HOUR (3600 * USEC)

/* What ran, in order: "kind/subject " each. A write may run more than once, so only what committed counts: see ran().
 */
static char log_text[4096];
static atomic_int runs;

static enum st note(struct req *rq, const char *kind, const char *subject)
{
	size_t n = strlen(log_text);
	snprintf(log_text + n, sizeof log_text - n, "%s/%s ", kind, subject);
	runs++;
	return journal_append(rq, &(struct fact){ "work", subject, "fell-due", NULL, 0 });
}

static enum st fn_plain(struct req *rq, const char *subject)
{
	return note(rq, "plain", subject);
}
static enum st fn_fails(struct req *rq, const char *subject)
{
	note(rq, "fails", subject);
	return err_set(&rq->err, ST_INVALID, "no luck with %s", subject);
}
static enum st fn_again(struct req *rq, const char *subject)
{
	return note(rq, "again", subject) || due_set(rq, "again", subject, clock_now() + HOUR) ? rq->err.code : ST_OK;
}
/* Meddles with rows that the same pass has read already. */
static enum st fn_meddles(struct req *rq, const char *subject)
{
	if (note(rq, "meddles", subject) || due_cancel(rq, "plain", "cancelled") ||
	    due_set(rq, "plain", "moved", clock_now() + HOUR))
		return rq->err.code;
	return ST_OK;
}
static enum st fn_gives_up(struct req *rq, const char *subject)
{
	return due_cancel(rq, "gives-up", subject);
}
static enum st fn_breaks_sql(struct req *rq, const char *subject)
{
	return sql_run(rq, "INSERT INTO nowhere VALUES ($1)", V(subject));
}

static const struct due_kind kinds[] = {
	{ "plain", fn_plain },	   { "fails", fn_fails },	{ "again", fn_again },
	{ "meddles", fn_meddles }, { "gives-up", fn_gives_up }, { "breaks-sql", fn_breaks_sql },
};
enum { KINDS = sizeof kinds / sizeof *kinds };

struct row {
	const char *kind, *subject;
	int64_t at;
};

static enum st set(struct req *rq, void *arg)
{
	for (struct row *r = arg; r->kind; r++)
		if (due_set(rq, r->kind, r->subject, r->at))
			return rq->err.code;
	return ST_OK;
}
#define SET(p, ...) assert_ok(in_write((p), set, (struct row[]){ __VA_ARGS__, { 0 } }))

static int run(struct place *p)
{
	int n = -1;
	struct req rq = on_reader(p);
	log_text[0] = 0;
	assert_ok(due_run(p->s, &rq, kinds, KINDS, &n));
	store_reader_done(p->s);
	return n;
}

static void in_order_of_time(struct place *p)
{
	SET(p, { "plain", "c", T0 }, { "plain", "a", T0 - HOUR }, { "plain", "b", T0 - MINUTE },
	    { "plain", "later", T0 + 1 });
	assert_int_equal(run(p), 3);
	assert_string_equal(log_text, "plain/a plain/b plain/c ");
	assert_int_equal(run(p), 0);
	clock_set_for_test(T0 + 1);
	assert_int_equal(run(p), 1);
	assert_int_equal(number_of(p, "SELECT count(*) FROM work_due"), 0);
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE actor = 'clock'"), 4);
}

static void one_row_each(struct place *p)
{
	SET(p, { "plain", "a", T0 }, { "plain", "a", T0 + HOUR }, { "again", "a", T0 });
	assert_int_equal(number_of(p, "SELECT count(*) FROM work_due"), 2);
	assert_int_equal(run(p), 1);
	assert_string_equal(log_text, "again/a ");
	/* Set anew by its own function: kept. */
	assert_int_equal(number_of(p, "SELECT count(*) FROM work_due WHERE kind = 'again'"), 1);
	clock_set_for_test(T0 + HOUR);
	assert_int_equal(run(p), 2);
}

static void moved_or_cancelled_meanwhile(struct place *p)
{
	SET(p, { "meddles", "x", T0 - 3 }, { "plain", "cancelled", T0 - 2 }, { "plain", "moved", T0 - 1 },
	    { "gives-up", "y", T0 });
	assert_int_equal(run(p), 2);
	assert_string_equal(log_text, "meddles/x ");
	assert_int_equal(number_of(p, "SELECT count(*) FROM work_due"), 1);
	clock_set_for_test(T0 + HOUR);
	assert_int_equal(run(p), 1);
	assert_string_equal(log_text, "plain/moved ");
}

static void failures_wait_and_hold_nobody(struct place *p)
{
	static const int64_t wait[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360 };
	SET(p, { "fails", "a", T0 - 3 }, { "breaks-sql", "b", T0 - 2 }, { "unknown", "c", T0 - 1 },
	    { "plain", "d", T0 });
	assert_int_equal(run(p), 1);
	assert_string_equal(log_text, "fails/a plain/d ");
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry"), 1); /* what failed left nothing */
	assert_int_equal(number_of(p, "SELECT count(*) FROM work_due WHERE tries = 1 AND error <> ''"), 3);
	int64_t now = T0;
	for (size_t i = 0; i < sizeof wait / sizeof *wait; i++) {
		clock_set_for_test(now + wait[i] * MINUTE - 1);
		assert_int_equal(run(p), 0);
		assert_string_equal(log_text, "");
		clock_set_for_test(now += wait[i] * MINUTE);
		assert_int_equal(run(p), 0);
		assert_string_equal(log_text, "fails/a ");
	}
	assert_int_equal(number_of(p, "SELECT tries FROM work_due WHERE kind = 'fails'"), 13);
	/* Set anew, it begins anew. */
	SET(p, { "fails", "a", now });
	assert_int_equal(number_of(p, "SELECT tries FROM work_due WHERE kind = 'fails'"), 0);
}

static void a_hundred_a_pass(struct place *p)
{
	struct row many[251] = { 0 };
	for (int i = 0; i < 250; i++)
		many[i] = (struct row){ "plain", arena_printf(p->mem, "s%03d", i), T0 };
	assert_ok(in_write(p, set, many));
	assert_int_equal(run(p), 100);
	assert_int_equal(run(p), 100);
	assert_int_equal(run(p), 50);
}

/* ── the thread ── */

static bool within(int seconds, int want)
{
	for (int i = 0; i < seconds * 100 && runs < want; i++)
		usleep(10000);
	return runs == want;
}

static void the_scheduler_runs_by_itself(void **state)
{
	for (int driver = 0; driver < teststore_drivers(); driver++) {
		struct place p = { .s = teststore_open_with(driver, 2), .mem = arena_new(1 << 20), .who = actor_cli };
		assert_non_null(p.s);
		clock_set_for_test(T0);
		runs = 0;
		log_text[0] = 0;
		SET(&p, { "plain", "now", T0 }, { "plain", "later", T0 + HOUR });
		struct scheduler *sc = scheduler_start(p.s, kinds, KINDS);
		assert_non_null(sc);
		assert_true(within(10, 1));
		SET(&p, { "plain", "new", T0 });
		assert_true(within(10, 2));
		clock_set_for_test(T0 + HOUR);
		assert_true(within(10, 3));
		int64_t before = clock_mono();
		scheduler_stop(sc);
		assert_true(clock_mono() - before < 5 * SECOND);
		SET(&p, { "plain", "after", T0 });
		usleep(300000);
		assert_int_equal(runs, 3);
		place_close(&p);
	}
}

ON_EACH_DRIVER(test_in_order_of_time, in_order_of_time)
ON_EACH_DRIVER(test_one_row_each, one_row_each)
ON_EACH_DRIVER(test_moved_or_cancelled_meanwhile, moved_or_cancelled_meanwhile)
ON_EACH_DRIVER(test_failures_wait_and_hold_nobody, failures_wait_and_hold_nobody)
ON_EACH_DRIVER(test_a_hundred_a_pass, a_hundred_a_pass)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_order_of_time),
		cmocka_unit_test(test_one_row_each),
		cmocka_unit_test(test_moved_or_cancelled_meanwhile),
		cmocka_unit_test(test_failures_wait_and_hold_nobody),
		cmocka_unit_test(test_a_hundred_a_pass),
		cmocka_unit_test(the_scheduler_runs_by_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
