/* Ids in advance, and reading at one instant, on both stores. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "teststore.h"
#include "store/reserve.h"
#include "store/snapshot.h"

struct row {
	int64_t id, n;
	const char *handle;
};

static enum st do_reserve(struct req *rq, void *arg)
{
	struct row *r = arg;
	return store_reserve(rq, "registry_paper", r->n, &r->id);
}

static enum st do_insert(struct req *rq, void *arg)
{
	struct row *r = arg;
	return sql_number(rq, &r->id,
			  "INSERT INTO registry_paper(contact, place, sha256, title, added_at, added_by)"
			  " VALUES(1, 'tw', $1, '', 0, '') RETURNING id",
			  V(r->handle));
}

static enum st do_insert_at(struct req *rq, void *arg)
{
	struct row *r = arg;
	return sql_run(rq,
		       "INSERT INTO registry_paper(id, contact, place, sha256, title, added_at, added_by)"
		       " VALUES($1, 1, 'tw', $2, '', 0, '')",
		       V(r->id), V(r->handle));
}

static void write_ok(struct store *s, write_fn fn, struct row *r)
{
	struct arena *mem = arena_new(1 << 20);
	struct req rq = { .mem = mem, .who = &actor_cli };
	if (store_write(s, &rq, fn, r))
		fail_msg("%s", rq.err.msg);
	arena_free(mem);
}

static void test_ids_are_nobody_elses(void **state)
{
	for (int d = 0; d < teststore_drivers(); d++) {
		struct store *s = teststore_open(d);
		struct row first = { .n = 1000 }, second = { .n = 5 }, one = { .handle = "a" }, two = { .handle = "b" };
		write_ok(s, do_reserve, &first); /* of a table that has no row yet */
		write_ok(s, do_insert, &one);
		write_ok(s, do_reserve, &second);
		write_ok(s, do_insert, &two);
		assert_true(first.id >= 1);
		assert_int_equal(one.id, first.id + 1000);
		assert_int_equal(second.id, one.id + 1);
		assert_int_equal(two.id, second.id + 5);
		struct row into = { .id = first.id + 999, .handle = "c" };
		write_ok(s, do_insert_at, &into);
		store_close(s);
	}
}

static int64_t count(struct db *db)
{
	int64_t n = -1;
	struct arena *mem = arena_new(1 << 16);
	struct req rq = { .mem = mem, .db = db };
	assert_int_equal(sql_number0(&rq, &n, "SELECT count(*) FROM registry_paper"), ST_OK);
	arena_free(mem);
	return n;
}

static void test_a_snapshot_stands_still(void **state)
{
	for (int d = 0; d < teststore_drivers(); d++) {
		struct err e = { 0 };
		struct store *s = teststore_open(d);
		struct row one = { .handle = "a" }, two = { .handle = "b" };
		write_ok(s, do_insert, &one);
		struct db *then = store_snapshot(s, &e);
		assert_non_null(then);
		write_ok(s, do_insert, &two);
		assert_int_equal(count(then), 1);
		struct db *now = store_snapshot(s, &e);
		assert_int_equal(count(now), 2);
		assert_int_equal(count(then), 1);
		store_snapshot_end(then);
		store_snapshot_end(now);
		store_snapshot_end(NULL);
		store_close(s);
	}
}

static void test_a_larger_cache_is_no_harm(void **state)
{
	for (int d = 0; d < teststore_drivers(); d++) {
		struct store *s = teststore_open(d);
		struct arena *mem = arena_new(1 << 20);
		struct req rq = { .mem = mem, .who = &actor_cli, .db = store_reader(s, NULL) };
		assert_int_equal(store_cache(&rq, 8), ST_OK);
		arena_free(mem);
		store_close(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_ids_are_nobody_elses),
					    cmocka_unit_test(test_a_snapshot_stands_still),
					    cmocka_unit_test(test_a_larger_cache_is_no_harm) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
