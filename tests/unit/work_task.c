#include "inwrite.h"
#include "store/journal.h"
#include "work/task.h"

struct arg {
	const char *kind, *subject, *text;
	int64_t id;
};

static enum st add(struct req *rq, void *arg)
{
	struct arg *a = arg;
	return task_add(rq, a->kind, a->subject, a->text, &a->id);
}
static enum st done(struct req *rq, void *arg)
{
	return task_done(rq, ((struct arg *)arg)->id);
}

static void once_while_open(struct place *p)
{
	struct arg a = { "find-contact", "NC-2026-000001", "192.0.2.0/24" }, b = a, c = a, d = a;
	c.text = "198.51.100.0/24";
	assert_ok(in_write(p, add, &a));
	assert_ok(in_write(p, add, &b));
	assert_ok(in_write(p, add, &c));
	assert_int_equal(a.id, b.id);
	assert_int_not_equal(a.id, c.id);
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE verb = 'task-added'"), 2);
	assert_ok(in_write(p, done, &a));
	assert_st(in_write(p, done, &a), ST_NOTFOUND);
	assert_ok(in_write(p, add, &d));
	assert_int_not_equal(a.id, d.id);
	d.id = 999;
	assert_st(in_write(p, done, &d), ST_NOTFOUND);
}

static void listed(struct place *p)
{
	struct arg a = { "find-contact", "NC-2026-000001", "one" }, b = { "review", "NC-2026-000002", "two" };
	struct task t[4];
	struct entry e[8];
	int n;
	assert_ok(in_write(p, add, &a));
	assert_ok(in_write(p, add, &b));
	clock_set_for_test(T0 + USEC);
	assert_ok(in_write(p, done, &a));
	struct req rq = on_reader(p);
	assert_ok(task_list(&rq, NULL, false, t, 4, &n));
	assert_int_equal(n, 2);
	assert_string_equal(t[0].kind, "find-contact");
	assert_string_equal(t[0].text, "one");
	assert_int_equal(t[0].created_at, T0);
	assert_int_equal(t[0].done_at, T0 + USEC);
	assert_string_equal(t[0].done_by, "cli");
	assert_ok(task_list(&rq, NULL, true, t, 4, &n));
	assert_int_equal(n, 1);
	assert_string_equal(t[0].subject, "NC-2026-000002");
	assert_ok(task_list(&rq, "NC-2026-000001", true, t, 4, &n));
	assert_int_equal(n, 0);
	assert_ok(task_list(&rq, "NC-2026-000001", false, t, 4, &n));
	assert_int_equal(n, 1);
	assert_ok(task_list(&rq, NULL, false, t, 1, &n));
	assert_int_equal(n, 1);
	assert_ok(journal_about(&rq, "NC-2026-000001", 8, e, &n));
	assert_int_equal(n, 2);
	assert_string_equal(e[1].verb, "task-done");
	assert_string_equal(e[1].payload, arena_printf(p->mem, "{\"task\":%lld}", (long long)a.id));
}

static void caps(struct place *p)
{
	char longest[1002];
	memset(longest, 'x', sizeof longest);
	longest[1001] = 0;
	struct arg a = { "k", "s", longest }, empty = { "k", "s", "" }, odd = { "k", "s", "\x01" };
	assert_st(in_write(p, add, &a), ST_INVALID);
	longest[1000] = 0;
	assert_ok(in_write(p, add, &a));
	assert_st(in_write(p, add, &empty), ST_INVALID);
	assert_st(in_write(p, add, &odd), ST_INVALID);
}

ON_EACH_DRIVER(test_once_while_open, once_while_open)
ON_EACH_DRIVER(test_listed, listed)
ON_EACH_DRIVER(test_caps, caps)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_once_while_open),
		cmocka_unit_test(test_listed),
		cmocka_unit_test(test_caps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
