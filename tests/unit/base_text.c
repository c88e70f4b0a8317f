#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"

static int setup(void **s)
{
	return *s = arena_new(1 << 16), 0;
}
static int teardown(void **s)
{
	return arena_free(*s), 0;
}

#define VALID(lit) utf8_valid(lit, sizeof(lit) - 1)
#define CLEAN(lit) text_clean(lit, sizeof(lit) - 1)

static void utf8_takes_well_formed_text(void **s)
{
	assert_true(VALID(""));
	assert_true(VALID("plain ASCII, longer than one word of eight"));
	assert_true(VALID("\xC2\x80 \xDF\xBF \xE0\xA0\x80 \xED\x9F\xBF \xEE\x80\x80 \xEF\xBF\xBF \xF0\x90\x80\x80 "
			  "\xF4\x8F\xBF\xBF"));
	assert_true(VALID("釣魚網站 釣魚 👾"));
}

static void utf8_refuses_everything_else(void **s)
{
	static const char *const bad[] = {
		"\x80",	    /* continuation alone */
		"\xC0\xAF", /* overlong / */
		"\xC1\xBF",
		"\xE0\x9F\xBF",
		"\xF0\x8F\xBF\xBF",
		"\xED\xA0\x80", /* surrogate */
		"\xED\xBF\xBF",
		"\xF4\x90\x80\x80", /* U+110000 */
		"\xF5\x80\x80\x80",
		"\xFF",
		"\xE9\x87",
		"\xE9\x87\x41",
		"12345678\xFE",
		"1234567\xE9\x87",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(utf8_valid(bad[i], strlen(bad[i])));
	assert_false(VALID("a\0b"));
	assert_false(VALID("1234567\0"));
	assert_false(VALID("\0001234567"));
}

/* Each pair of bytes between two words: the fast path and the slow one agree. */
static void utf8_paths_agree(void **s)
{
	char text[18];
	memset(text, 'x', sizeof text);
	for (int hi = 0; hi < 256; hi++)
		for (int lo = 0; lo < 256; lo++) {
			text[7] = (char)hi, text[8] = (char)lo;
			bool pair = (hi && hi < 0x80 && lo && lo < 0x80) ||
				    (hi >= 0xC2 && hi <= 0xDF && lo >= 0x80 && lo <= 0xBF);
			assert_int_equal(utf8_valid(text, sizeof text), pair);
			assert_int_equal(utf8_valid(text + 7, 2), pair);
		}
}

static void utf8_cut_ends_at_a_character(void **s)
{
	assert_int_equal(utf8_cut("abc", 3, 5), 3);
	assert_int_equal(utf8_cut("abc", 3, 2), 2);
	assert_int_equal(utf8_cut("釣魚", 6, 6), 6);
	assert_int_equal(utf8_cut("釣魚", 6, 5), 3);
	assert_int_equal(utf8_cut("釣魚", 6, 2), 0);
	assert_int_equal(utf8_cut("a👾", 5, 4), 1);
	assert_int_equal(utf8_cut("abc", 3, 0), 0);
}

static void utf8_mend_leaves_what_is_valid(void **s)
{
	char good[] = "釣魚 ok", bad[] = "a\xff\xe9\x87z\xed\xa0\x80", zero[] = "a\0b";
	assert_false(utf8_mend(good, strlen(good)));
	assert_string_equal(good, "釣魚 ok");
	assert_true(utf8_mend(bad, strlen(bad)));
	assert_string_equal(bad, "a???z???");
	assert_true(utf8_mend(zero, 3));
	assert_string_equal(zero, "a?b");
}

static void clean_text_has_no_controls(void **s)
{
	assert_true(CLEAN("line\r\n\ttab 中"));
	assert_false(CLEAN("\x1b[31m"));
	assert_false(CLEAN("\x7f"));
	assert_false(CLEAN("\xC2\x9B"));
	assert_true(CLEAN("\xC2\xA0"));
	assert_false(CLEAN("\0"));
}

static void base64_is_rfc4648_section_10(void **s)
{
	static const char *const pairs[][2] = { { "", "" },
						{ "f", "Zg==" },
						{ "fo", "Zm8=" },
						{ "foo", "Zm9v" },
						{ "foob", "Zm9vYg==" },
						{ "fooba", "Zm9vYmE=" },
						{ "foobar", "Zm9vYmFy" } };
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		const char *plain = pairs[i][0], *coded = pairs[i][1];
		uint8_t out[8];
		assert_string_equal(b64_encode(*s, plain, strlen(plain)), coded);
		assert_int_equal(b64_decode(coded, strlen(coded), out), strlen(plain));
		assert_memory_equal(out, plain, strlen(plain));
	}
}

static void base64_is_strict(void **s)
{
	static const char *const bad[] = { "Zg",    "Zg=",  "Zh==", "Zm9=", "====",	  "A===", "Zg==Zg==",
					   "Zm9\n", "Zm 9", "Zm9-", "Z=9v", "Zm9vYg==\n", "=Zm9", "Zm9\xff" };
	uint8_t out[16];
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(b64_decode(bad[i], strlen(bad[i]), out), -1);
}

static void base64_and_hex_return_what_they_got(void **s)
{
	uint8_t in[256], out[258];
	for (int i = 0; i < 256; i++)
		in[i] = (uint8_t)(i * 7);
	for (size_t n = 0; n <= sizeof in; n++) {
		char *b = b64_encode(*s, in, n), *h = hex_encode(*s, in, n);
		uint8_t *tight = malloc(strlen(b) / 4 * 3 + 1);
		assert_int_equal(b64_decode(b, strlen(b), tight), n);
		assert_memory_equal(tight, in, n);
		free(tight);
		assert_int_equal(hex_decode(h, strlen(h), out), n);
		assert_memory_equal(out, in, n);
		arena_reset(*s);
	}
	assert_string_equal(hex_encode(*s, "\x00\xAB\xff", 3), "00abff");
	assert_int_equal(hex_decode("aBfF", 4, out), 2);
	assert_int_equal(out[0], 0xAB);
	assert_int_equal(hex_decode("abc", 3, out), -1);
	assert_int_equal(hex_decode("0g", 2, out), -1);
	assert_int_equal(hex_decode("0 ", 2, out), -1);
	assert_int_equal(hex_decode("", 0, out), 0);
}

static void integers_fill_the_whole_string(void **s)
{
	int64_t v = 7;
	assert_true(text_int("0", 0, 9, &v) && v == 0);
	assert_true(text_int("-12", -20, 0, &v) && v == -12);
	assert_true(text_int("9223372036854775807", INT64_MIN, INT64_MAX, &v) && v == INT64_MAX);
	assert_true(text_int("-9223372036854775808", INT64_MIN, INT64_MAX, &v) && v == INT64_MIN);
	v = 7;
	static const char *const bad[] = { "",
					   "-",
					   "+1",
					   " 1",
					   "1 ",
					   "1x",
					   "0x1",
					   "1.0",
					   "--1",
					   "9223372036854775808",
					   "-9223372036854775809",
					   "99999999999999999999999999",
					   "11",
					   "-1",
					   "١" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(text_int(bad[i], 0, i < 12 ? INT64_MAX : 10, &v));
	assert_false(text_int(NULL, 0, 1, &v));
	assert_int_equal(v, 7);
}

static void words_fold_ascii_only(void **s)
{
	assert_true(text_eq_nocase("ExAmple", "eXaMPLE"));
	assert_true(text_eq_nocase("", ""));
	assert_false(text_eq_nocase("a", "ab"));
	assert_false(text_eq_nocase("ab", "a"));
	assert_false(text_eq_nocase("É", "é"));
	assert_false(text_eq_nocase("@", "`"));
	assert_false(text_eq_nocase("[", "{"));
	assert_string_equal(text_lower(*s, "A-Z[É"), "a-z[É");
	assert_null(text_lower(*s, NULL));
	assert_string_equal(text_trim(*s, " \t a b \r\n"), "a b");
	assert_string_equal(text_trim(*s, "   "), "");
	assert_string_equal(text_trim(*s, ""), "");
}

static void addresses_for_mail(void **s)
{
	static const char *const good[] = { "a@b",
					    "first.last+tag@example.org",
					    "o'neil@xn--fiqs8s.tw",
					    "用戶@例子.台灣",
					    "!#$%&'*+-/=?^_`{|}~@example.com",
					    "x@1.2" };
	static const char *const bad[] = {
		"",	  "a",	       "@b",	"a@",	  "a@@b",      "a@b@c",		".a@b",
		"a.@b",	  "a..b@c",    "a@.b",	"a@b.",	  "a@b..c",    "a@-b",		"a@b-",
		"a@b-.c", "\"a b\"@c", "a b@c", "a@b c",  "a@b\n",     "a@[127.0.0.1]", "a\r\nBcc: x@y",
		"<a@b>",  "a@b,c@d",   "a@b_c", "\xff@b", "a@\xC2\x80"
	};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(text_email_ok(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(text_email_ok(bad[i]));
	assert_false(text_email_ok(NULL));
}

static void addresses_keep_rfc5321_lengths(void **s)
{
	char l[80], mail[400];
	memset(l, 'a', sizeof l);
	assert_true(text_email_ok(arena_printf(*s, "%.64s@b", l)));
	assert_false(text_email_ok(arena_printf(*s, "%.65s@b", l)));
	assert_true(text_email_ok(arena_printf(*s, "a@%.63s", l)));
	assert_false(text_email_ok(arena_printf(*s, "a@%.64s", l)));
	for (int i = 0; i < 399; i++)
		mail[i] = i == 1 ? '@' : i % 50 == 49 ? '.' : 'a';
	mail[254] = 0;
	assert_true(text_email_ok(mail));
	mail[254] = 'a', mail[255] = 0;
	assert_false(text_email_ok(mail));
}

#define T20261124 INT64_C(1795529100) /* 14:05:00, by date -u +%s */

static void times_are_written(void **s)
{
	int64_t t = T20261124 * USEC;
	assert_string_equal(time_iso(*s, t), "2026-11-24T14:05:00Z");
	assert_string_equal(time_iso(*s, t + 999999), "2026-11-24T14:05:00Z");
	assert_string_equal(time_iso(*s, 0), "1970-01-01T00:00:00Z");
	assert_string_equal(time_iso(*s, -1), "1969-12-31T23:59:59Z");
	assert_string_equal(time_rfc5322(*s, t), "Tue, 24 Nov 2026 14:05:00 +0000");
	assert_string_equal(time_http(*s, 784111777 * USEC), "Sun, 06 Nov 1994 08:49:37 GMT"); /* RFC 9110 §5.6.7 */
	assert_string_equal(time_people(*s, t, "en", 0), "24 Nov 2026, 14:05");
	assert_string_equal(time_people(*s, t, "zh-Hant", 480), "2026 年 11 月 24 日 22:05");
	assert_string_equal(time_people(*s, t, NULL, -720), "24 Nov 2026, 02:05");
	assert_string_equal(time_people(*s, t, "en", 600), "25 Nov 2026, 00:05");
	assert_string_equal(time_iso(*s, TIME_NONE), "");
	assert_string_equal(time_people(*s, TIME_NONE, "en", -60), "");
	assert_int_equal(time_year(t), 2026);
	assert_int_equal(time_year(-1), 1969);
	assert_non_null(time_iso(*s, INT64_MAX)); /* a number from a hostile row is only ugly */
	assert_non_null(time_http(*s, INT64_MIN + 1));
}

/* Every day of eight centuries against a calendar that only counts. */
static void days_follow_each_other(void **s)
{
	static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int64_t t = time_from_civil(1600, 1, 1, 0, 0, 0);
	assert_int_equal(t, -11676096000 * USEC);
	for (int y = 1600; y < 2400; y++)
		for (int m = 1; m <= 12; m++) {
			int leap = m == 2 && ((y % 4 == 0 && y % 100) || y % 400 == 0);
			for (int d = 1; d <= length[m - 1] + leap; d++, t += 86400 * USEC) {
				char want[32];
				snprintf(want, sizeof want, "%04d-%02d-%02d", y, m, d);
				assert_int_equal(time_from_civil(y, m, d, 0, 0, 0), t);
				assert_int_equal(time_parse(want), t);
				assert_memory_equal(time_iso(*s, t), want, 10);
				arena_reset(*s);
			}
		}
}

static void times_are_read(void **s)
{
	int64_t t = T20261124 * USEC, day = t - (14 * 3600 + 5 * 60) * USEC;
	assert_int_equal(time_parse("2026-11-24"), day);
	assert_int_equal(time_parse("20261124"), day);
	assert_int_equal(time_parse("2026-11-24T14:05"), t);
	assert_int_equal(time_parse("2026-11-24T14:05Z"), t);
	assert_int_equal(time_parse("2026-11-24T14:05:00"), t);
	assert_int_equal(time_parse("2026-11-24T14:05:07Z"), t + 7 * USEC);
	assert_int_equal(time_parse("2026-11-24T14:05:00.123Z"), t + 123000);
	assert_int_equal(time_parse("2026-11-24T14:05:00.123456789Z"), t + 123456);
	assert_int_equal(time_parse("2026-11-24T22:05:00+08:00"), t);
	assert_int_equal(time_parse("2026-11-24T09:35-04:30"), t);
	assert_int_equal(time_parse("2024-02-29"), 1709164800 * USEC);
	assert_int_equal(time_parse("1985-04-12T23:20:50.52Z"), 482196050520000); /* RFC 3339 §5.8 */
	assert_int_equal(time_parse("1996-12-19T16:39:57-08:00"), 851042397 * USEC);
}

static void times_that_are_none(void **s)
{
	static const char *const bad[] = { "",
					   "2026",
					   "2026-11",
					   "2026-1-2",
					   "2026-13-01",
					   "2026-00-10",
					   "2026-11-31",
					   "2026-02-29",
					   "1900-02-29",
					   "20261131",
					   "202611244",
					   "2026-1124",
					   "202611-24",
					   "2026-11-24 14:05",
					   "2026-11-24T",
					   "2026-11-24T14",
					   "2026-11-24T24:00",
					   "2026-11-24T14:60",
					   "2026-11-24T14:05:60Z",
					   "2026-11-24T14:05:",
					   "2026-11-24T14:05:00.Z",
					   "2026-11-24T14:05.5Z",
					   "2026-11-24T14:05ZZ",
					   "2026-11-24T14:05+0800",
					   "2026-11-24T14:05+24:00",
					   "2026-11-24T14:05+08:60",
					   "2026-11-24T14:05+",
					   "2026-11-24Z",
					   "20261124T14:05",
					   " 2026-11-24",
					   "2026-11-24 ",
					   "-026-11-24",
					   "yesterday" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(time_parse(bad[i]), TIME_NONE);
	assert_int_equal(time_parse(NULL), TIME_NONE);
}

static void spans(void **s)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} good[] = {
		{ "90s", 90 },	   { "15m", 900 },    { "36h", 129600 }, { "7d", 604800 },
		{ "2w", 1209600 }, { "-1d", -86400 }, { "0s", 0 },
	};
	static const char *const bad[] = { "",
					   "s",
					   "-d",
					   "7",
					   "7 d",
					   "7D",
					   "1d12h",
					   "d7",
					   "+7d",
					   "7y",
					   "99999999999999w",
					   "11111111111111111111111111111111s" };
	int64_t v = 5;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(time_span_parse(good[i].text, &v) && v == good[i].seconds * USEC);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(time_span_parse(bad[i], &v));
	assert_false(time_span_parse(NULL, &v));
}

static void hosts_of_urls(void **state)
{
	struct arena *a = *state;
	static const struct {
		const char *url, *host;
	} rows[] = {
		{ "https://cert.example", "cert.example" },
		{ "https://cert.example:8443/a:b@c", "cert.example" },
		{ "https://me:pass@cert.example/?x", "cert.example" },
		{ "https://a@b@cert.example#f", "cert.example" },
		{ "http://[2001:db8::1]:80/x", "[2001:db8::1]" },
		{ "http://[2001:db8::1]", "[2001:db8::1]" },
		{ "http://[2001", "[2001" },
		{ "cert.example/x", "cert.example" },
		{ "cert.example:80", "cert.example" },
		{ "https://", "" },
		{ "", "" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_string_equal(url_host(a, rows[i].url), rows[i].host);
}

static void lines_end_in_lf(void **state)
{
	struct arena *a = *state;
	assert_string_equal(text_lf(a, "a\r\nb\r\n\r\nc"), "a\nb\n\nc");
	assert_string_equal(text_lf(a, "\r"), "");
	assert_string_equal(text_lf(a, ""), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8_takes_well_formed_text),
		cmocka_unit_test(utf8_refuses_everything_else),
		cmocka_unit_test(utf8_paths_agree),
		cmocka_unit_test(utf8_cut_ends_at_a_character),
		cmocka_unit_test(utf8_mend_leaves_what_is_valid),
		cmocka_unit_test(clean_text_has_no_controls),
		cmocka_unit_test_setup_teardown(base64_is_rfc4648_section_10, setup, teardown),
		cmocka_unit_test(base64_is_strict),
		cmocka_unit_test_setup_teardown(base64_and_hex_return_what_they_got, setup, teardown),
		cmocka_unit_test(integers_fill_the_whole_string),
		cmocka_unit_test_setup_teardown(words_fold_ascii_only, setup, teardown),
		cmocka_unit_test(addresses_for_mail),
		cmocka_unit_test_setup_teardown(addresses_keep_rfc5321_lengths, setup, teardown),
		cmocka_unit_test_setup_teardown(times_are_written, setup, teardown),
		cmocka_unit_test_setup_teardown(days_follow_each_other, setup, teardown),
		cmocka_unit_test(times_are_read),
		cmocka_unit_test(times_that_are_none),
		cmocka_unit_test(spans),
		cmocka_unit_test_setup_teardown(hosts_of_urls, setup, teardown),
		cmocka_unit_test_setup_teardown(lines_end_in_lf, setup, teardown),
	};
	return cmocka_run_group_tests_name("base_text", tests, NULL, NULL);
}
