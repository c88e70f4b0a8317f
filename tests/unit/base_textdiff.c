/* Two texts, line by line: what is said to be gone and new makes the one into the other. */
#include "base/textdiff.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/buf.h"

/* " same\n-gone\n+new\n" */
static char *told(struct arena *mem, const char *was, const char *is)
{
	struct diff_line *d;
	BUF_SCOPE b = BUF_INIT;
	int n = text_diff(mem, was, is, &d);
	for (int i = 0; i < n; i++)
		buf_printf(&b, "%c%s\n", d[i].kind, d[i].text);
	return arena_strdup(mem, buf_cstr(&b));
}

static void examples(void **state)
{
	static const struct {
		const char *was, *is, *told;
	} rows[] = {
		{ "", "", "" },
		{ "a\nb\n", "a\nb\n", " a\n b\n" },
		{ "a\nb", "a\nb\n", " a\n b\n" },
		{ "", "a\n", "+a\n" },
		{ "a\n", "", "-a\n" },
		{ "a\nb\nc\n", "a\nx\nc\n", " a\n-b\n+x\n c\n" },
		{ "a\nb\nc\nd\n", "a\nc\nd\ne\n", " a\n-b\n c\n d\n+e\n" },
		{ "\n\n", "\n", " \n-\n" },
	};
	struct arena *mem = arena_new(1 << 20);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_string_equal(told(mem, rows[i].was, rows[i].is), rows[i].told);
	arena_free(mem);
}

static char *random_text(struct arena *mem, unsigned *seed)
{
	BUF_SCOPE b = BUF_INIT;
	for (int n = rand_r(seed) % 20; n > 0; n--)
		buf_printf(&b, "%c\n", 'a' + rand_r(seed) % 4);
	return arena_strdup(mem, buf_cstr(&b));
}

/* Without what is new it is the one text, without what is gone the other, and the numbers count. */
static void any_two(void **state)
{
	unsigned seed = 7;
	for (int k = 0; k < 2000; k++) {
		struct arena *mem = arena_new(1 << 20);
		struct diff_line *d;
		BUF_SCOPE a = BUF_INIT;
		BUF_SCOPE b = BUF_INIT;
		char *was = random_text(mem, &seed), *is = random_text(mem, &seed);
		int n = text_diff(mem, was, is, &d), x = 0, y = 0;
		for (int i = 0; i < n; i++) {
			if (d[i].kind != '+') {
				buf_printf(&a, "%s\n", d[i].text);
				assert_int_equal(d[i].was, ++x);
			}
			if (d[i].kind != '-') {
				buf_printf(&b, "%s\n", d[i].text);
				assert_int_equal(d[i].is, ++y);
			}
		}
		assert_string_equal(buf_cstr(&a), was);
		assert_string_equal(buf_cstr(&b), is);
		arena_free(mem);
	}
}

static void far_too_different(void **state)
{
	struct arena *mem = arena_new(16 << 20);
	BUF_SCOPE a = BUF_INIT;
	BUF_SCOPE b = BUF_INIT;
	struct diff_line *d;
	for (int i = 0; i <= TEXTDIFF_MAX; i++) {
		buf_printf(&a, "a%d\n", i);
		buf_printf(&b, "b%d\n", i);
	}
	int n = text_diff(mem, buf_cstr(&a), buf_cstr(&b), &d);
	assert_int_equal(n, 2 * (TEXTDIFF_MAX + 1));
	assert_true(d[0].kind == '-' && d[n - 1].kind == '+');
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples),
		cmocka_unit_test(any_two),
		cmocka_unit_test(far_too_different),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
