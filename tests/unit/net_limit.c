#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <pthread.h>
#include <cmocka.h>
#include "net/limit.h"

#define SECOND 1000000LL
static const int64_t t0 = 1800000000 * SECOND;

static struct addr at(const char *s)
{
	struct addr a;
	assert_true(addr_parse(s, &a));
	return a;
}

static void burst_then_refill(void **state)
{
	struct limit *l = limit_new(64, 60, 3); /* one a minute */
	struct addr a = at("192.0.2.1"), other = at("192.0.3.1");
	int64_t wait = -1;
	for (int i = 0; i < 3; i++)
		assert_true(limit_take(l, &a, t0, &wait));
	assert_int_equal(wait, 0);
	assert_false(limit_take(l, &a, t0, &wait));
	assert_int_equal(wait, 60);
	assert_false(limit_take(l, &a, t0 + 20 * SECOND, &wait));
	assert_int_equal(wait, 40);
	assert_false(limit_take(l, &a, t0 + 60 * SECOND - 1, NULL));
	assert_true(limit_take(l, &a, t0 + 60 * SECOND, &wait));
	assert_false(limit_take(l, &a, t0 + 60 * SECOND, &wait));
	assert_true(limit_take(l, &other, t0, &wait));
	for (int i = 0; i < 3; i++) /* no more than the burst is saved */
		assert_true(limit_take(l, &a, t0 + 86400 * SECOND, NULL));
	assert_false(limit_take(l, &a, t0 + 86400 * SECOND, NULL));
	assert_false(limit_take(l, &a, t0, &wait)); /* the clock went back */
	limit_free(l);
}

static void networks_share(void **state)
{
	struct limit *l = limit_new(64, 1, 1);
	struct addr a = at("192.0.2.1"), b = at("192.0.2.255"), c = at("192.0.3.0");
	struct addr d = at("2001:db8:1:1::1"), e = at("2001:db8:1:ffff::1"), f = at("2001:db8:2::1");
	assert_true(limit_take(l, &a, t0, NULL));
	assert_false(limit_take(l, &b, t0, NULL));
	assert_true(limit_take(l, &c, t0, NULL));
	assert_true(limit_take(l, &d, t0, NULL));
	assert_false(limit_take(l, &e, t0, NULL));
	assert_true(limit_take(l, &f, t0, NULL));
	limit_free(l);
}

/* A flood of networks forgets the quiet ones first: who has used much of a budget stays known longest. */
static void full_table(void **state)
{
	struct limit *l = limit_new(8, 3600, 100);
	struct addr busy = at("198.51.100.1"), flood = at("10.0.0.0");
	for (int i = 0; i < 100; i++)
		assert_true(limit_take(l, &busy, t0, NULL));
	for (int i = 0; i < 10000; i++) {
		flood.b[1] = (uint8_t)(i >> 8);
		flood.b[2] = (uint8_t)i;
		assert_true(limit_take(l, &flood, t0, NULL));
	}
	assert_false(limit_take(l, &busy, t0, NULL));
	limit_free(l);
}

static void extremes(void **state)
{
	struct addr a = at("192.0.2.1");
	int64_t wait;
	struct limit *none = limit_new(0, 0, 0); /* one, and never again */
	assert_true(limit_take(none, &a, t0, &wait));
	assert_false(limit_take(none, &a, t0 + 1000000 * SECOND, &wait));
	assert_int_equal(wait, 3600);
	limit_free(none);
	struct limit *huge = limit_new(1, INT64_MAX, INT64_MAX);
	for (int i = 0; i < 1000; i++)
		assert_true(limit_take(huge, &a, INT64_MAX - i, &wait));
	assert_true(limit_take(huge, &a, 0, &wait));
	limit_free(huge);
	limit_free(NULL);
}

static struct limit *shared;
static void *take_many(void *arg)
{
	int *got = arg;
	struct addr a = at("203.0.113.9");
	for (int i = 0; i < 10000; i++)
		*got += limit_take(shared, &a, t0, NULL);
	return NULL;
}

static void threads(void **state)
{
	shared = limit_new(1024, 1, 5000);
	pthread_t t[4];
	int got[4] = { 0 }, sum = 0;
	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, take_many, &got[i]);
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i], NULL);
		sum += got[i];
	}
	assert_int_equal(sum, 5000);
	limit_free(shared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(burst_then_refill), cmocka_unit_test(networks_share), cmocka_unit_test(full_table),
		cmocka_unit_test(extremes),	     cmocka_unit_test(threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
