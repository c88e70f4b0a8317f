#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "base/text.h"

static int setup(void **s)
{
	return *s = arena_new(1 << 20), 0;
}
static int teardown(void **s)
{
	return arena_free(*s), 0;
}

static const struct json *parse(struct arena *a, const char *text)
{
	struct err e = { 0 };
	const struct json *v = json_parse(a, text, strlen(text), &e);
	if (!v)
		fail_msg("%s: %s", text, e.msg);
	return v;
}

static void refuse(struct arena *a, const char *text, size_t n, const char *why)
{
	struct err e = { 0 };
	char *tight = malloc(n + !n); /* so that a sanitizer sees a read past the end */
	memcpy(tight, text, n);
	assert_null(json_parse(a, tight, n, &e));
	free(tight);
	assert_int_equal(e.code, ST_INVALID);
	if (!strstr(e.msg, why))
		fail_msg("%.*s: \"%s\" does not say \"%s\"", (int)n, text, e.msg, why);
}

static void the_emitter_keeps_commas(void **s)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "case", "NC-1");
	j_arr(&w, "list");
	j_int(&w, NULL, -3);
	j_obj(&w, NULL);
	j_end(&w);
	j_arr(&w, NULL);
	j_end(&w);
	j_null(&w, NULL);
	j_end(&w);
	j_bool(&w, "yes", true);
	j_bool(&w, "no", false);
	j_str(&w, "none", NULL);
	j_raw(&w, "raw", "{\"a\":1}");
	j_time(&w, "t", 1795529100 * USEC);
	j_time(&w, "t0", 0);
	j_time(&w, "tn", TIME_NONE);
	j_end(&w);
	assert_false(b.bad);
	assert_string_equal(buf_cstr(&b),
			    "{\"case\":\"NC-1\",\"list\":[-3,{},[],null],\"yes\":true,\"no\":false,\"none\":null,"
			    "\"raw\":{\"a\":1},\"t\":\"2026-11-24T14:05:00Z\",\"t0\":null,\"tn\":null}");
}

static void assert_written(const char *text, size_t n, const char *want)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_strn(&w, NULL, text, n);
	assert_string_equal(buf_cstr(&b), want);
}
#define WRITTEN(lit, want) assert_written(lit, sizeof(lit) - 1, want)

static void the_emitter_escapes(void **s)
{
	WRITTEN("", "\"\"");
	WRITTEN("\"\\/", "\"\\\"\\\\/\"");
	WRITTEN("\b\f\n\r\t\x01\x1f\x7f", "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
	WRITTEN("釣魚 👾", "\"釣魚 👾\"");
	WRITTEN("a\0b", "\"a\uFFFDb\"");
	WRITTEN("\xff\"\xe9\x87", "\"\uFFFD\\\"\uFFFD\uFFFD\"");
	WRITTEN("釣\xed\xa0\x80魚\n", "\"釣\uFFFD\uFFFD\uFFFD魚\\n\"");
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_int(&w, "a\"b", 1);
	j_end(&w);
	assert_string_equal(buf_cstr(&b), "{\"a\\\"b\":1}");
}

static void the_emitter_caps_nesting(void **s)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	for (int i = 0; i < 32; i++)
		j_arr(&w, NULL);
	for (int i = 0; i < 32; i++)
		j_end(&w);
	assert_false(b.bad);
	assert_int_equal(b.n, 64);
	parse(*s, buf_cstr(&b));
	for (int i = 0; i < 100; i++)
		j_obj(&w, i ? "k" : NULL);
	j_int(&w, "k", 1);
	for (int i = 0; i < 100; i++)
		j_end(&w);
	assert_true(b.bad);
	buf_reset(&b);
	j_end(&w);
	assert_true(b.bad);
}

static void values_come_back(void **s)
{
	const struct json *v =
		parse(*s, " {\"a\":\"x\\u00e9\\ud83d\\udc7e\\n\",\"n\":12,\"t\":true,\"f\":false,\"z\":null,"
			  "\"l\":[1,[],{}],\"o\":{\"k\":\"v\"},\"\":\"empty\"}\r\n\t ");
	int64_t n = 0;
	assert_true(json_is_object(v));
	assert_int_equal(json_count(v), 8);
	assert_string_equal(json_str(json_get(v, "a")), "xé👾\n");
	assert_true(json_int(json_get(v, "n"), &n) && n == 12);
	assert_true(json_true(json_get(v, "t")) && json_is_bool(json_get(v, "t")));
	assert_true(!json_true(json_get(v, "f")) && json_is_bool(json_get(v, "f")));
	assert_true(json_is_null(json_get(v, "z")));
	const struct json *l = json_get(v, "l");
	assert_true(json_is_array(l) && json_count(l) == 3);
	assert_true(json_is_array(json_at(l, 1)) && json_count(json_at(l, 1)) == 0);
	assert_true(json_is_object(json_at(l, 2)));
	assert_null(json_at(l, 3));
	assert_null(json_at(l, -1));
	assert_null(json_key(json_at(l, 0)));
	assert_string_equal(json_key(json_at(v, 1)), "n");
	assert_string_equal(json_str(json_get(json_get(v, "o"), "k")), "v");
	assert_string_equal(json_str(json_get(v, "")), "empty");
}

static void questions_to_the_wrong_kind(void **s)
{
	int64_t n = 5;
	const struct json *text = parse(*s, "\"12\"");
	assert_null(json_get(NULL, "a"));
	assert_null(json_get(text, "a"));
	assert_null(json_get(parse(*s, "[1]"), "a"));
	assert_null(json_str(parse(*s, "12")));
	assert_null(json_str(NULL));
	assert_null(json_key(NULL));
	assert_int_equal(json_count(text), 0);
	assert_int_equal(json_count(NULL), 0);
	assert_null(json_at(text, 0));
	assert_false(json_int(text, &n) || json_int(NULL, &n) || json_true(text) || json_is_null(NULL) ||
		     json_is_bool(NULL));
	assert_int_equal(n, 5);
}

static void integers_are_exact_or_none(void **s)
{
	static const struct {
		const char *text;
		int64_t want;
	} good[] = {
		{ "0", 0 },
		{ "-0", 0 },
		{ "-7", -7 },
		{ "1e3", 1000 },
		{ "5.0", 5 },
		{ "9007199254740991", 9007199254740991 },
		{ "-9007199254740991", -9007199254740991 },
	};
	static const char *const bad[] = { "0.5",   "1e-1",  "9007199254740992", "9007199254740993", "1e18",
					   "1e999", "-1e999" };
	int64_t n;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(json_int(parse(*s, good[i].text), &n) && n == good[i].want);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(json_int(parse(*s, bad[i]), &n));
}

static void hostile_text_is_refused(void **s)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "", "not understood" },
		{ "   ", "not understood" },
		{ "{", "not understood" },
		{ "[1,", "not understood" },
		{ "[1,]", "not understood" },
		{ "{\"a\"}", "not understood" },
		{ "{\"a\":1,}", "not understood" },
		{ "{a:1}", "not understood" },
		{ "'a'", "not understood" },
		{ "\"a", "not understood" },
		{ "\"a\\", "not understood" },
		{ "\"\\x\"", "not understood" },
		{ "\"\\ud800\"", "not understood" },
		{ "\"\\u12\"", "not understood" },
		{ "tru", "not understood" },
		{ "NaN", "not understood" },
		{ "]", "not understood" },
		{ "-", "not understood" },
		{ "1 2", "more text after the value, at byte 2" },
		{ "{}{}", "more text" },
		{ "null,", "more text" },
		{ "[]//x", "more text" },
		{ "1\v", "control character" },
		{ "\f1", "control character at byte 0" },
		{ "\"a\nb\"", "control character inside a string at byte 2" },
		{ "\"\\\n\"", "not understood" },
		{ "[\"\\u0000\"]", "\\u0000 inside a string at byte 2" },
		{ "{\"a\\u0000\":1}", "\\u0000" },
		{ "\"\xff\"", "not UTF-8" },
		{ "\"\xed\xa0\x80\"", "not UTF-8" },
		{ "{\"a\":1,\"b\":2,\"a\":3}", "the key \"a\" occurs twice" },
		{ "{\"a\":1,\"\\u0061\":3}", "occurs twice" },
		{ "[{\"x\":{\"k\":1,\"k\":1}}]", "\"k\" occurs twice" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		refuse(*s, bad[i].text, strlen(bad[i].text), bad[i].why);
	refuse(*s, "1\0", 2, "not UTF-8");
	refuse(*s, "\"a\0b\"", 5, "not UTF-8");
	assert_string_equal(json_str(parse(*s, "\"\\\\u0000\"")), "\\u0000"); /* an escaped backslash, no NUL */
	assert_int_equal(json_count(parse(*s, "{\"a\":1,\"A\":2}")), 2);
}

/* Every prefix of a text is either a value of its own or refused, never read past. */
static void prefixes(void **s)
{
	static const char text[] = "{\"key\\u00e9\":[1.5e3,-2,true,false,null,\"\\ud83d\\udc7e\\\\\"],\"o\":{}}";
	for (size_t n = 0; n < sizeof text - 1; n++)
		refuse(*s, text, n, "not understood");
}

static void nesting_is_capped(void **s)
{
	char deep[20000];
	memset(deep, '[', 10000);
	memset(deep + 10000, ']', 10000);
	parse(*s, arena_printf(*s, "%.32s%.32s", deep, deep + 10000));
	refuse(*s, deep + 10000 - 33, 66, "nested deeper than 32 at byte 32");
	refuse(*s, deep, sizeof deep, "nested deeper");
	for (int i = 0; i < 20000; i++)
		deep[i] = "{\"a\":"[i % 5];
	refuse(*s, deep, sizeof deep, "nested deeper");
}

static void many_values_meet_the_cap_before_memory(void **s)
{
	size_t n = 400001;
	char *text = malloc(n + 1);
	for (size_t i = 0; i < n; i++)
		text[i] = i % 2 ? '1' : ',';
	text[0] = '[', text[n - 1] = ']', text[n] = 0;
	struct err e = { 0 };
	assert_null(json_parse(*s, text, n, &e));
	assert_int_equal(e.code, ST_LIMIT);
	assert_false(arena_over(*s));
	struct arena *roomy = arena_new(16 << 20);
	const struct json *v = json_parse(roomy, text, n, &e);
	assert_int_equal(json_count(v), 200000);
	assert_non_null(json_at(v, 199999));
	assert_false(arena_over(roomy));
	arena_free(roomy);
	free(text);
}

static void many_keys_are_compared_quickly(void **s)
{
	BUF_SCOPE b = BUF_INIT;
	struct arena *a = arena_new(16 << 20);
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	for (int i = 0; i < 100000; i++)
		j_int(&w, arena_printf(a, "key%d", i), i);
	j_end(&w);
	arena_reset(a);
	assert_int_equal(json_count(parse(a, buf_cstr(&b))), 100000);
	b.p[b.n - 1] = ',';
	buf_str(&b, "\"key7\":0}");
	refuse(a, b.p, b.n, "\"key7\" occurs twice");
	arena_free(a);
}

int main(void)
{
#define IN_ARENA(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_emitter_keeps_commas),
		cmocka_unit_test(the_emitter_escapes),
		IN_ARENA(the_emitter_caps_nesting),
		IN_ARENA(values_come_back),
		IN_ARENA(questions_to_the_wrong_kind),
		IN_ARENA(integers_are_exact_or_none),
		IN_ARENA(hostile_text_is_refused),
		IN_ARENA(prefixes),
		IN_ARENA(nesting_is_capped),
		IN_ARENA(many_values_meet_the_cap_before_memory),
		cmocka_unit_test(many_keys_are_compared_quickly),
	};
	return cmocka_run_group_tests_name("base_json", tests, NULL, NULL);
}
