#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/rangeindex.h"

static uint32_t find(const struct rangeindex *x, const char *s)
{
	struct addr a;
	assert_true(addr_parse(s, &a));
	return rangeindex_find(x, &a);
}

static void add(struct rangeindex *x, const char *s, uint32_t value)
{
	struct range r;
	assert_true(range_parse(s, &r));
	rangeindex_add(x, &r, value);
}

static void empty_finds_nothing(void **state)
{
	struct rangeindex *x = rangeindex_new(0);
	rangeindex_build(x);
	assert_int_equal(find(x, "0.0.0.0"), RANGE_NONE);
	assert_int_equal(find(x, "255.255.255.255"), RANGE_NONE);
	assert_int_equal(find(x, "::"), RANGE_NONE);
	assert_int_equal(find(x, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), RANGE_NONE);
	assert_int_equal(rangeindex_slices(x), 2);
	rangeindex_free(x);
	rangeindex_free(NULL);
}

static void smallest_wins_and_of_equals_the_last(void **state)
{
	struct rangeindex *x = rangeindex_new(4);
	add(x, "10.1.2.0/24", 3);
	add(x, "0.0.0.0/0", 1);
	add(x, "10.0.0.0/8", 2);
	add(x, "10.1.2.255-10.1.3.0", 4); /* overlaps the /24's end */
	add(x, "10.9.0.0/16", 5);
	add(x, "10.9.0.0/16", 6);
	add(x, "255.255.255.255", 7);
	add(x, "::/0", 10);
	add(x, "2001:db8::/32", 11);
	add(x, "2001:db8::1:0-2001:db8::1:1", 12);
	add(x, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 13);
	rangeindex_build(x);
	assert_int_equal(find(x, "9.255.255.255"), 1);
	assert_int_equal(find(x, "10.0.0.0"), 2);
	assert_int_equal(find(x, "10.1.2.0"), 3);
	assert_int_equal(find(x, "10.1.2.254"), 3);
	assert_int_equal(find(x, "10.1.2.255"), 4);
	assert_int_equal(find(x, "10.1.3.0"), 4);
	assert_int_equal(find(x, "10.1.3.1"), 2);
	assert_int_equal(find(x, "10.9.5.5"), 6);
	assert_int_equal(find(x, "255.255.255.254"), 1);
	assert_int_equal(find(x, "255.255.255.255"), 7);
	assert_int_equal(find(x, "2001:db7:ffff::"), 10);
	assert_int_equal(find(x, "2001:db8::ffff"), 11);
	assert_int_equal(find(x, "2001:db8::1:0"), 12);
	assert_int_equal(find(x, "2001:db8::1:1"), 12);
	assert_int_equal(find(x, "2001:db8::1:2"), 11);
	assert_int_equal(find(x, "2001:db9::"), 10);
	assert_int_equal(find(x, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"), 10);
	assert_int_equal(find(x, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 13);
	assert_true(rangeindex_bytes(x) > 0);
	rangeindex_free(x);
}

static void neighbours_with_one_value_join(void **state)
{
	struct rangeindex *x = rangeindex_new(0);
	add(x, "10.0.0.0/25", 1);
	add(x, "10.0.0.128/25", 1);
	rangeindex_build(x);
	assert_int_equal(rangeindex_slices(x), 3 + 1);
	rangeindex_free(x);
}

/* ---- against brute force ---- */

struct known {
	struct range *r;
	size_t n;
};

static int size_cmp(const struct range *a, const struct range *b)
{
	unsigned __int128 size[2] = { 0, 0 };
	const struct range *both[2] = { a, b };
	for (int k = 0; k < 2; k++) {
		unsigned __int128 first = 0, last = 0;
		for (int i = 0; i < 16; i++) {
			first = first << 8 | both[k]->first.b[i];
			last = last << 8 | both[k]->last.b[i];
		}
		size[k] = last - first;
	}
	return (size[0] > size[1]) - (size[0] < size[1]);
}

static uint32_t brute_find(const struct known *k, const struct addr *a)
{
	uint32_t best = RANGE_NONE;
	for (size_t i = 0; i < k->n; i++)
		if (range_has(&k->r[i], a) && (best == RANGE_NONE || size_cmp(&k->r[i], &k->r[best]) <= 0))
			best = (uint32_t)i;
	return best;
}

/* Only few different byte values and mostly a shared beginning, so that ranges nest, touch and repeat. */
static struct addr crowded_addr(int family, int same)
{
	static const uint8_t values[] = { 0, 1, 0x7f, 0x80, 0xfe, 0xff };
	struct addr a = { .family = (uint8_t)family };
	for (int i = 0; i < addr_bits(&a) / 8; i++)
		a.b[i] = i < same ? (i == 0 ? 0x20 : 1) : values[(size_t)random() % sizeof values];
	return a;
}

static struct range crowded_range(int family)
{
	int bytes = family == 4 ? 4 : 16, same = (int)(random() % bytes);
	struct addr a = crowded_addr(family, same), b = crowded_addr(family, same);
	if (random() % 2) {
		struct prefix p = prefix_of(&a, (int)(random() % (bytes * 8 + 1)));
		return prefix_range(&p);
	}
	return addr_cmp(&a, &b) <= 0 ? (struct range){ a, b } : (struct range){ b, a };
}

static void check_around(const struct rangeindex *x, const struct known *k, struct addr a)
{
	struct addr before = a, after = a;
	addr_prev(&before);
	addr_next(&after);
	assert_int_equal(rangeindex_find(x, &a), brute_find(k, &a));
	assert_int_equal(rangeindex_find(x, &before), brute_find(k, &before));
	assert_int_equal(rangeindex_find(x, &after), brute_find(k, &after));
}

static void agree(size_t n, int families)
{
	struct known k = { calloc(n, sizeof(struct range)), n };
	struct rangeindex *x = rangeindex_new(n / 2);
	assert_non_null(k.r);
	for (size_t i = 0; i < n; i++) {
		k.r[i] = crowded_range(families == 46 ? (i % 2 ? 4 : 6) : families);
		rangeindex_add(x, &k.r[i], (uint32_t)i);
	}
	rangeindex_build(x);
	assert_true(rangeindex_slices(x) <= 2 * n + 2);
	for (size_t i = 0; i < n; i++) {
		check_around(x, &k, k.r[i].first);
		check_around(x, &k, k.r[i].last);
		check_around(x, &k, crowded_addr(k.r[i].first.family, (int)(random() % 4)));
	}
	rangeindex_free(x);
	free(k.r);
}

static void agrees_with_brute_force(void **state)
{
	srandom(20261124);
	for (int i = 0; i < 300; i++) {
		agree(1 + (size_t)random() % 12, 4);
		agree(1 + (size_t)random() % 12, 6);
	}
	for (int i = 0; i < 5; i++) {
		agree(200, 4);
		agree(200, 6);
	}
	agree(3000, 46);
}

/* A hundred thousand hosts in one /64 are all below the table's reach. */
static void crowded_interface_ids(void **state)
{
	struct rangeindex *x = rangeindex_new(100000);
	struct addr a = { .family = 6, .b = { 0x20, 1, 0xd, 0xb8 } };
	for (uint32_t i = 0; i < 100000; i++) {
		a.b[13] = (uint8_t)(i >> 16);
		a.b[14] = (uint8_t)(i >> 8);
		a.b[15] = (uint8_t)i;
		rangeindex_add(x, &(struct range){ a, a }, i);
	}
	rangeindex_build(x);
	for (uint32_t i = 0; i < 100000; i++) {
		a.b[13] = (uint8_t)(i >> 16);
		a.b[14] = (uint8_t)(i >> 8);
		a.b[15] = (uint8_t)i;
		assert_int_equal(rangeindex_find(x, &a), i);
	}
	assert_int_equal(find(x, "2001:db8::ff:ffff"), RANGE_NONE);
	rangeindex_free(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_finds_nothing),
		cmocka_unit_test(smallest_wins_and_of_equals_the_last),
		cmocka_unit_test(neighbours_with_one_value_join),
		cmocka_unit_test(agrees_with_brute_force),
		cmocka_unit_test(crowded_interface_ids),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
