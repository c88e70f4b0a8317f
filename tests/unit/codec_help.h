/* codec_help.h — what the tests of the line codecs share: a line that may be changed in place, and the words of an
 * error. */
#ifndef TESTS_CODEC_HELP_H
#define TESTS_CODEC_HELP_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

static struct arena *mem;
static struct err e;

static inline int codec_setup(void **state)
{
	mem = arena_new(1 << 20);
	return 0;
}
static inline int codec_teardown(void **state)
{
	arena_free(mem);
	return 0;
}
static inline char *line_of(const char *text)
{
	err_clear(&e);
	return arena_strdup(mem, text);
}
static inline void says(const char *part)
{
	if (!strstr(e.msg, part))
		fail_msg("expected \"%s\" in \"%s\"", part, e.msg);
}
#define DAY_OF(y, m, d) time_from_civil(y, m, d, 0, 0, 0)
#define CODEC_TEST(f) cmocka_unit_test_setup_teardown(f, codec_setup, codec_teardown)
#endif
