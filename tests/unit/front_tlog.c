/* Paths of tiles (c2sp.org/tlog-tiles). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "front/tlog/tlog.h"

static void good_paths(void **state)
{
	static const struct {
		const char *path;
		struct tile_path want;
	} rows[] = {
		{ "0/000", { false, 0, 0, 0 } },
		{ "0/x001/234", { false, 0, 1234, 0 } },
		{ "1/x001/x234/067", { false, 1, 1234067, 0 } },
		{ "63/999.p/255", { false, 63, 999, 255 } },
		{ "entries/000", { true, 0, 0, 0 } },
		{ "entries/x123/004.p/1", { true, 0, 123004, 1 } },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tile_path t;
		assert_true(tile_path_parse(rows[i].path, &t));
		assert_int_equal(t.entries, rows[i].want.entries);
		assert_int_equal(t.level, rows[i].want.level);
		assert_int_equal(t.index, rows[i].want.index);
		assert_int_equal(t.width, rows[i].want.width);
	}
}

static void bad_paths(void **state)
{
	static const char *const rows[] = {
		"",	      "0",	     "0/",	   "/000",	  "00/000",
		"64/000",     "-1/000",	     "0/0",	   "0/00",	  "0/0000",
		"0/x000/001", "0/001/002",   "0/x001",	   "0/x001/x002", "0/000.p",
		"0/000.p/0",  "0/000.p/256", "0/000.p/01", "0/000.p/1/2", "entries",
		"entries/",   "data/0",	     "0/000/",	   "0/000.P/1",	  "0/x999/x999/x999/x999/x999/x999/999",
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tile_path t;
		assert_false(tile_path_parse(rows[i], &t));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(good_paths), cmocka_unit_test(bad_paths) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
