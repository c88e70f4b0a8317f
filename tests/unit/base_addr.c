#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/addr.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static struct addr addr(const char *s)
{
	struct addr a;
	if (!addr_parse(s, &a))
		fail_msg("%s does not parse", s);
	return a;
}

static struct range range(const char *s)
{
	struct range r;
	if (!range_parse(s, &r))
		fail_msg("%s does not parse", s);
	return r;
}

static void prints_as_rfc5952(void **state)
{
	static const char *const pairs[][2] = {
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },    /* §1, §4.2.3: the first of equals */
		{ "2001:0db8::0001", "2001:db8::1" },		    /* §4.1 */
		{ "2001:db8:0:0:0:0:2:1", "2001:db8::2:1" },	    /* §4.2.1 */
		{ "2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },  /* §4.2.2: one group is not shortened */
		{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },	    /* §4.2.3: the longest */
		{ "2001:DB8::AAAA", "2001:db8::aaaa" },		    /* §4.3 */
		{ "0:0:0:0:0:ffff:192.0.2.1", "::ffff:192.0.2.1" }, /* §5 */
		{ "::192.0.2.1", "::c000:201" },
		{ "0:0:0:0:0:0:0:0", "::" },
		{ "::1", "::1" },
		{ "1::", "1::" },
		{ "1:0:0:0:0:0:0:2", "1::2" },
		{ "1:2:3:4:5:6:0:0", "1:2:3:4:5:6::" },
		{ "0:0:3:4:5:6:7:8", "::3:4:5:6:7:8" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "10.20.100.9", "10.20.100.9" },
	};
	char text[ADDR_TEXT];
	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct addr a = addr(pairs[i][0]);
		assert_string_equal(addr_text(&a, text), pairs[i][1]);
		struct addr again = addr(text);
		assert_int_equal(addr_cmp(&a, &again), 0);
	}
}

static void refuses_what_is_no_address(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		".",
		":",
		":::",
		"1",
		"1.2.3",
		"1.2.3.4.5",
		"1.2.3.4.",
		".1.2.3.4",
		"1..3.4",
		"256.1.1.1",
		"01.2.3.4",
		"1.2.3.04",
		"1.2.3.4 ",
		" 1.2.3.4",
		"+1.2.3.4",
		"-1.2.3.4",
		"0x7f.1.1.1",
		"1.2.3.4/32",
		"2130706433",
		"::1%lo",
		"[::1]",
		"1::2::3",
		"1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9",
		"1:2:3:4:5:6:7:8::",
		"12345::",
		"g::",
		"::1 ",
		"1:",
		":1",
		"::1.2.3",
		"::1.2.3.256",
		"1.2.3.4::",
		"::ffff:1.2.3.4:1",
		"2001:db8:0000:0000:0000:0000:192.000.002.001",
		"00000000000000000000000000000000000000000000000000000000000::1",
		"1.2.3.4\n",
		"\xe2\x85\xa0.2.3.4",
	};
	struct addr a;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (addr_parse(bad[i], &a))
			fail_msg("\"%s\" parses", bad[i]);
}

static void steps_over_carries(void **state)
{
	struct addr a = addr("10.0.255.255"), six = addr("2001:db8::ffff:ffff"), end = addr("255.255.255.255");
	char text[ADDR_TEXT];
	assert_true(addr_next(&a));
	assert_string_equal(addr_text(&a, text), "10.1.0.0");
	assert_true(addr_prev(&a));
	assert_string_equal(addr_text(&a, text), "10.0.255.255");
	assert_true(addr_next(&six));
	assert_string_equal(addr_text(&six, text), "2001:db8::1:0:0");
	assert_false(addr_next(&end));
	assert_string_equal(addr_text(&end, text), "0.0.0.0");
	assert_false(addr_prev(&end));
	assert_string_equal(addr_text(&end, text), "255.255.255.255");
}

static void orders_by_family_then_value(void **state)
{
	struct addr a = addr("255.0.0.0"), b = addr("::1"), c = addr("9.255.255.255");
	assert_true(addr_cmp(&a, &b) < 0);
	assert_true(addr_cmp(&c, &a) < 0);
	assert_int_equal(addr_cmp(&a, &a), 0);
}

static void prefixes_keep_host_bits_clear(void **state)
{
	static const char *const bad[] = {
		"10.0.0.1/24",
		"10.0.0.0/33",
		"10.0.0.0/-1",
		"10.0.0.0/",
		"10.0.0.0/08",
		"10.0.0.0/8 ",
		"10.0.0.0/+8",
		"10/8",
		"10.0.0.0/8/8",
		"::/129",
		"::1/127",
		"/8",
		"10.0.0.0/255.0.0.0",
		"10.0.0.0/99999999999999999999",
		"128.0.0.0/0",
	};
	struct prefix p;
	char text[PREFIX_TEXT];
	for (size_t i = 0; i < COUNT(bad); i++)
		if (prefix_parse(bad[i], &p))
			fail_msg("\"%s\" parses", bad[i]);
	assert_true(prefix_parse("192.0.2.7", &p));
	assert_string_equal(prefix_text(&p, text), "192.0.2.7/32");
	assert_true(prefix_parse("2001:db8::/33", &p));
	assert_string_equal(prefix_text(&p, text), "2001:db8::/33");
	assert_true(prefix_parse("0.0.0.0/0", &p));
	struct range r = prefix_range(&p);
	assert_string_equal(addr_text(&r.last, text), "255.255.255.255");
	struct addr a = addr("2001:db8:ffff::1");
	p = prefix_of(&a, 35);
	assert_string_equal(prefix_text(&p, text), "2001:db8:e000::/35");
	p = prefix_of(&a, 128);
	assert_string_equal(prefix_text(&p, text), "2001:db8:ffff::1/128");
}

static void ranges_in_three_forms(void **state)
{
	static const char *const bad[] = {
		"",
		"-",
		",",
		"10.0.0.2-10.0.0.1",
		"10.0.0.1-::1",
		"10.0.0.1-",
		"-10.0.0.1",
		"10.0.0.0/8-11.0.0.0/8",
		"10.0.0.1--10.0.0.2",
		"10.0.0.1,10.0.0.2,",
		"10.0.0.1 - 10.0.0.2",
	};
	char text[2 * ADDR_TEXT];
	struct range r;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (range_parse(bad[i], &r))
			fail_msg("\"%s\" parses", bad[i]);
	r = range("1.0.0.0,1.0.0.255");
	assert_string_equal(range_text(&r, text), "1.0.0.0/24");
	r = range("2001::-2001::ffff:ffff:ffff:ffff:ffff:ffff");
	assert_string_equal(range_text(&r, text), "2001::/32");
	r = range("10.0.0.1-10.0.0.4");
	assert_string_equal(range_text(&r, text), "10.0.0.1-10.0.0.4");
	r = range("10.0.0.9");
	assert_string_equal(range_text(&r, text), "10.0.0.9/32");
	r = range("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe");
	assert_int_equal(strlen(range_text(&r, text)), 79);
	assert_false(range_has(&r, &(struct addr){ 4, { 255, 255, 255, 255 } }));
	struct addr in = addr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff7"),
		    out = addr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	assert_true(range_has(&r, &in) && range_has(&r, &r.first) && range_has(&r, &r.last));
	assert_false(range_has(&r, &out));
}

static void counts_stay_in_the_space(void **state)
{
	struct addr a = addr("223.255.255.0"), top = addr("255.255.255.0"), six = addr("ffff:ffff:ffff:ffff::");
	struct range r;
	char text[2 * ADDR_TEXT];
	assert_true(range_from_count(&a, 768, &r));
	assert_string_equal(range_text(&r, text), "223.255.255.0-224.0.1.255");
	assert_true(range_from_count(&top, 256, &r));
	assert_string_equal(range_text(&r, text), "255.255.255.0/24");
	assert_false(range_from_count(&top, 257, &r));
	assert_false(range_from_count(&top, 0, &r));
	assert_false(range_from_count(&top, UINT64_MAX, &r));
	assert_true(range_from_count(&six, UINT64_MAX, &r));
	assert_string_equal(addr_text(&r.last, text), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe");
}

static void splits_into_the_fewest_prefixes(void **state)
{
	struct prefix p[254];
	char text[PREFIX_TEXT];
	struct range r = range("10.0.0.1-10.0.0.6");
	static const char *const want[] = { "10.0.0.1/32", "10.0.0.2/31", "10.0.0.4/31", "10.0.0.6/32" };
	assert_int_equal(range_prefixes(&r, p, 4), 4);
	for (int i = 0; i < 4; i++)
		assert_string_equal(prefix_text(&p[i], text), want[i]);
	assert_int_equal(range_prefixes(&r, p, 3), -1);
	r = range("0.0.0.0/0");
	assert_int_equal(range_prefixes(&r, p, 1), 1);
	assert_int_equal(p[0].len, 0);
	r = range("::/0");
	assert_int_equal(range_prefixes(&r, p, 254), 1);
	r = range("0.0.0.1-255.255.255.254");
	assert_int_equal(range_prefixes(&r, p, 254), 62);
	r = range("::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe");
	assert_int_equal(range_prefixes(&r, p, 254), 254);
}

/* The pieces of any range join up to that range again. */
static void pieces_join_up(void **state)
{
	srandom(7);
	for (int i = 0; i < 5000; i++) {
		struct range r = { { .family = i % 2 ? 4 : 6 }, { .family = i % 2 ? 4 : 6 } };
		int bytes = addr_bits(&r.first) / 8;
		for (int k = (int)(random() % bytes); k < bytes; k++) {
			r.first.b[k] = (uint8_t)random();
			r.last.b[k] = (uint8_t)random();
		}
		if (addr_cmp(&r.first, &r.last) > 0)
			r = (struct range){ r.last, r.first };
		struct prefix p[254], bin = range_bin(&r);
		struct range whole = prefix_range(&bin);
		int n = range_prefixes(&r, p, 254);
		assert_true(n > 0 && range_has(&whole, &r.first) && range_has(&whole, &r.last));
		if (bin.len < addr_bits(&r.first)) { /* a half of the bin would not do */
			struct prefix half = prefix_of(&r.first, bin.len + 1);
			struct range half_range = prefix_range(&half);
			assert_false(range_has(&half_range, &r.last));
		}
		struct addr at = r.first;
		for (int k = 0; k < n; k++) {
			struct range piece = prefix_range(&p[k]);
			assert_int_equal(addr_cmp(&piece.first, &at), 0);
			at = piece.last;
			if (k + 1 < n)
				assert_true(addr_next(&at));
		}
		assert_int_equal(addr_cmp(&at, &r.last), 0);
	}
}

static void as_numbers(void **state)
{
	static const struct {
		const char *text;
		uint32_t n;
	} good[] = { { "AS3462", 3462 },	   { "as3462", 3462 },		 { "3462", 3462 },
		     { "0.3462", 3462 },	   { "AS1.0", 65536 },		 { "0", 0 },
		     { "4294967295", UINT32_MAX }, { "65535.65535", UINT32_MAX } };
	static const char *const bad[] = { "",
					   "AS",
					   "AS ",
					   "A3462",
					   "AS-1",
					   "+1",
					   "4294967296",
					   "1.65536",
					   "1.",
					   ".1",
					   "1.2.3",
					   "65536.1",
					   "AS03462",
					   "AS3462 ",
					   "AS 346",
					   "ASAS1",
					   "1e3",
					   "0x10",
					   "99999999999999999999",
					   "0.00000000001" };
	uint32_t n;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_true(asn_parse(good[i].text, &n));
		assert_int_equal(n, good[i].n);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		if (asn_parse(bad[i], &n))
			fail_msg("\"%s\" parses", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_as_rfc5952),
		cmocka_unit_test(refuses_what_is_no_address),
		cmocka_unit_test(steps_over_carries),
		cmocka_unit_test(orders_by_family_then_value),
		cmocka_unit_test(prefixes_keep_host_bits_clear),
		cmocka_unit_test(ranges_in_three_forms),
		cmocka_unit_test(counts_stay_in_the_space),
		cmocka_unit_test(splits_into_the_fewest_prefixes),
		cmocka_unit_test(pieces_join_up),
		cmocka_unit_test(as_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
