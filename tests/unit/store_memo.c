/* What a reader remembers: the same while nothing is written, nothing once anything was. */
#include "inwrite.h"
#include "base/clock.h"
#include "store/memo.h"

static const char room[] = "room", other[] = "other";

static bool kept(struct req *rq, const char *in, const char *key, int64_t *value)
{
	return memo_get(rq, in, key, value, sizeof *value);
}

static enum st set(struct req *rq, void *value)
{
	return setting_put(rq, "test.memo", value);
}

static void remembers(struct place *p)
{
	bool lite = store_is_sqlite(p->s);
	int64_t v = 7, got = 0;
	bool yes = true;
	struct req rq = on_reader(p);
	assert_false(kept(&rq, room, "tw", &got));
	memo_put(&rq, room, "tw", &v, sizeof v);
	assert_int_equal(kept(&rq, room, "tw", &got), lite);
	assert_int_equal(got, lite ? 7 : 0);
	assert_false(kept(&rq, other, "tw", &got));
	assert_false(kept(&rq, room, "tv", &got));
	assert_false(memo_get(&rq, room, "tw", &yes, sizeof yes)); /* another size is another thing */
	store_reader_done(p->s);
	rq = on_reader(p); /* the next request of the same thread */
	assert_int_equal(kept(&rq, room, "tw", &got), lite);
	store_reader_done(p->s);
	/* Anything that is written takes all of it. */
	assert_ok(in_write(p, set, "a"));
	rq = on_reader(p);
	assert_false(kept(&rq, room, "tw", &got));
	memo_put(&rq, room, "tw", &v, sizeof v);
	/* What is committed while a request reads is not what it reads: it goes on with what it knows. */
	struct err e = { 0 };
	struct store *second = store_open(&(struct store_opts){ .url = teststore_url() }, &e);
	assert_non_null(second);
	struct req theirs = { .mem = p->mem, .who = &actor_cli };
	assert_ok(store_write(second, &theirs, set, "b"));
	assert_int_equal(kept(&rq, room, "tw", &got), lite);
	store_reader_done(p->s);
	rq = on_reader(p);
	assert_false(kept(&rq, room, "tw", &got));
	store_reader_done(p->s);
	store_close(second);
}
ON_EACH_DRIVER(until_something_is_written, remembers)

static void pieces(struct place *p)
{
	enum { STEP = 97 };
	static char text[MEMO_MAX];
	struct req rq = on_reader(p);
	bool lite = store_is_sqlite(p->s);
	assert_null(memo_blob(&rq, room, "tw").p);
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)(i * 31);
	/* Longer, then shorter again, in one place. */
	for (size_t n = 0; n < 2 * sizeof text; n += STEP) {
		size_t size = n <= sizeof text ? n : 2 * sizeof text - n;
		memo_put(&rq, room, "tw", text, size);
		struct blob got = memo_blob(&rq, room, "tw");
		assert_int_equal(got.p != NULL, lite);
		assert_int_equal(got.n, lite ? size : 0);
		assert_memory_equal(lite ? got.p : text, text, size);
	}
	store_reader_done(p->s);
}
ON_EACH_DRIVER(pieces_of_any_size, pieces)

static void too_long(struct place *p)
{
	char key[MEMO_KEY_MAX + 2], wide[MEMO_MAX + 1] = { 0 };
	int64_t v = 7, got = 0;
	struct req rq = on_reader(p);
	memset(key, 'k', sizeof key - 1);
	key[sizeof key - 1] = 0;
	memo_put(&rq, room, key, &v, sizeof v);
	assert_false(kept(&rq, room, key, &got));
	key[MEMO_KEY_MAX] = 0;
	memo_put(&rq, room, key, &v, sizeof v);
	assert_int_equal(kept(&rq, room, key, &got), store_is_sqlite(p->s));
	memo_put(&rq, room, "wide", wide, sizeof wide);
	assert_false(memo_get(&rq, room, "wide", wide, sizeof wide));
	store_reader_done(p->s);
}
ON_EACH_DRIVER(short_things_only, too_long)

static enum st in_a_write(struct req *rq, void *found)
{
	int64_t v = 7;
	memo_put(rq, room, "written", &v, sizeof v);
	*(bool *)found = kept(rq, room, "written", &v);
	return ST_OK;
}

static void writers(struct place *p)
{
	bool found = true;
	assert_ok(in_write(p, in_a_write, &found));
	assert_false(found);
}
ON_EACH_DRIVER(never_in_a_write, writers)

static void only_so_long(struct place *p)
{
	int64_t v = 7, got = 0;
	struct req rq = on_reader(p);
	memo_put(&rq, room, "tw", &v, sizeof v);
	store_reader_done(p->s);
	nanosleep(&(struct timespec){ 0, 1000L * (MEMO_USEC + 50000) }, NULL);
	rq = on_reader(p);
	assert_false(kept(&rq, room, "tw", &got));
	store_reader_done(p->s);
}
ON_EACH_DRIVER(not_for_ever, only_so_long)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(until_something_is_written),
		cmocka_unit_test(pieces_of_any_size),
		cmocka_unit_test(short_things_only),
		cmocka_unit_test(never_in_a_write),
		cmocka_unit_test(not_for_ever),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
