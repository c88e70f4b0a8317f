/* TLP 2.0: every cell of the table, and how labels are read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "intel/tlp.h"

/* Written down a second time, as FIRST's sentences have it: one letter a recipient in the order of enum tlp_to (named,
 * source, staff, holder, client, cert, official, member, public). */
static const struct {
	const char *label, *row;
} expected[TLP_LABELS] = {
	{ "TLP:CLEAR", "yyyyyyyyy" },	     { "TLP:GREEN", "yyyyyyyyn" }, { "TLP:AMBER", "yyyyyyynn" },
	{ "TLP:AMBER+STRICT", "yyynnnnnn" }, { "TLP:RED", "yynnnnnnn" },
};

static void every_cell(void **state)
{
	for (int l = 0; l < TLP_LABELS; l++) {
		assert_string_equal(tlp_name(l), expected[l].label);
		assert_int_equal(strlen(expected[l].row), TLP_RECIPIENTS);
		for (int r = 0; r < TLP_RECIPIENTS; r++)
			if (tlp_allows(l, r) != (expected[l].row[r] == 'y'))
				fail_msg("%s to %s", tlp_name(l), tlp_to_name(r));
		assert_true(*tlp_sentence(l) && *tlp_id(l));
	}
}

/* A stricter label never opens what a weaker one shuts; what is no label and no recipient allows nothing. */
static void order(void **state)
{
	for (int l = 1; l < TLP_LABELS; l++)
		for (int r = 0; r < TLP_RECIPIENTS; r++)
			assert_true(tlp_allows(l - 1, r) || !tlp_allows(l, r));
	for (int r = 0; r < TLP_RECIPIENTS; r++) {
		assert_false(tlp_allows(TLP_LABELS, r) || tlp_allows((enum tlp) - 1, r));
		assert_true(*tlp_to_name(r) && *tlp_to_title(r));
	}
	assert_false(tlp_allows(TLP_CLEAR, TLP_RECIPIENTS));
	assert_string_equal(tlp_name(TLP_LABELS), "");
}

static void parsed(void **state)
{
	static const struct {
		const char *text;
		int is;
	} rows[] = {
		{ "TLP:RED", TLP_RED },
		{ "red", TLP_RED },
		{ " tlp: amber ", TLP_AMBER },
		{ "TLP:AMBER+STRICT", TLP_AMBER_STRICT },
		{ "amber+strict", TLP_AMBER_STRICT },
		{ "Amber Strict", TLP_AMBER_STRICT },
		{ "TLP：GREEN", TLP_GREEN },
		{ "WHITE", TLP_CLEAR },
		{ "TLP:WHITE", TLP_CLEAR },
		{ "clear", TLP_CLEAR },
		{ "", -1 },
		{ "TLP:", -1 },
		{ "purple", -1 },
		{ "redder", -1 },
		{ "red!", -1 },
		{ "TLP:RED TLP:RED", -1 },
		{ NULL, -1 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		enum tlp t = TLP_LABELS;
		bool ok = tlp_parse(rows[i].text, &t);
		if (ok != (rows[i].is >= 0) || (ok && (int)t != rows[i].is))
			fail_msg("%s", rows[i].text);
	}
	for (int l = 0; l < TLP_LABELS; l++) {
		enum tlp t = TLP_LABELS;
		assert_true(tlp_parse(tlp_name(l), &t) && (int)t == l);
		assert_true(tlp_parse(tlp_id(l), &t) && (int)t == l);
	}
}

static void found(void **state)
{
	static const struct {
		const char *text;
		int is;
	} rows[] = {
		{ "[TLP:RED] a list", TLP_RED },
		{ "Re: TLP:AMBER+STRICT about a bank", TLP_AMBER_STRICT },
		{ "[tlp:white] news", TLP_CLEAR },
		{ "[TLP:GREEN] fwd [TLP:RED] x", TLP_RED },
		{ "[TLP:RED] fwd [TLP:GREEN] x", TLP_RED },
		{ "釣魚網站【TLP：RED】", TLP_RED },
		{ "TLP:PURPLE", -1 },
		{ "XTLP:RED", -1 },
		{ "TLP RED", -1 },
		{ "TLP:REDIRECT", -1 },
		{ "about the red team", -1 },
		{ "", -1 },
		{ NULL, -1 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		enum tlp t = TLP_LABELS;
		bool ok = tlp_find(rows[i].text, &t);
		if (ok != (rows[i].is >= 0) || (ok && (int)t != rows[i].is))
			fail_msg("%s", rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_cell), cmocka_unit_test(order),
					    cmocka_unit_test(parsed), cmocka_unit_test(found) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
