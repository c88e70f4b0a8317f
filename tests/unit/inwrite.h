/* inwrite.h — one test body inside one committed write, on each driver in turn. */
#ifndef TESTS_INWRITE_H
#define TESTS_INWRITE_H
#include "teststore.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "base/clock.h"
#include "base/text.h"

#define T0 (1790000000LL * USEC)
#define assert_st(call, want) assert_string_equal(st_name(call), st_name(want))
#define assert_ok(call) assert_st(call, ST_OK)

struct place {
	struct store *s;
	struct arena *mem;
	struct actor who;
};

static inline struct place place_open(int driver)
{
	struct place p = { .s = teststore_open(driver), .mem = arena_new((size_t)8 << 20), .who = actor_cli };
	assert_non_null(p.s);
	clock_set_for_test(T0);
	return p;
}

static inline void place_close(struct place *p)
{
	clock_set_for_test(0);
	store_close(p->s);
	arena_free(p->mem);
}

static inline struct req place_req(struct place *p)
{
	return (struct req){ .mem = p->mem, .who = &p->who };
}

/* Runs and commits; the status is the write's. */
static inline enum st in_write(struct place *p, write_fn fn, void *arg)
{
	struct req rq = place_req(p);
	return store_write(p->s, &rq, fn, arg);
}

static inline struct req on_reader(struct place *p)
{
	struct req rq = place_req(p);
	rq.db = store_reader(p->s, &rq.err);
	assert_non_null(rq.db);
	return rq;
}

static inline int64_t number_of(struct place *p, const char *sql)
{
	int64_t n = -1;
	struct req rq = on_reader(p);
	assert_ok(sql_number0(&rq, &n, sql));
	store_reader_done(p->s);
	return n;
}

/* The same body on every driver that is there; PostgreSQL says so when it is not. */
#define ON_EACH_DRIVER(name, body)                                                                                     \
	static void name(void **state)                                                                                 \
	{                                                                                                              \
		for (int driver = 0; driver < teststore_drivers(); driver++) {                                         \
			struct place p = place_open(driver);                                                           \
			body(&p);                                                                                      \
			place_close(&p);                                                                               \
		}                                                                                                      \
		if (teststore_drivers() < 2)                                                                           \
			print_message("skipped on postgresql: NICERT_TEST_PG is not set\n");                           \
	}
#endif
