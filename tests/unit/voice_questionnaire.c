/* Questionnaires: what a file may say, what is found wrong with it, who is asked what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "voice/count.h"
#include "voice/questionnaire.h"

#define HEAD "questionnaire q\n en T\n zh-TW 題\nconsent\n en C\n zh-TW 同意\n"
#define SECTION "section s\n en S\n zh-TW 節\n"
#define W " en w\n zh-TW 文\n"

static int setup(void **s)
{
	return *s = arena_new(64 << 20), 0;
}
static int teardown(void **s)
{
	return arena_free(*s), 0;
}

static struct questionnaire *parse(struct arena *mem, const char *text, struct err *e)
{
	struct questionnaire *q = arena_new_of(mem, struct questionnaire);
	return questionnaire_parse(mem, text, strlen(text), q, e) ? NULL : q;
}

static struct questionnaire *good(void **s, const char *text)
{
	struct err e = { 0 };
	struct questionnaire *q = parse(*s, text, &e);
	if (!q)
		fail_msg("%s", e.msg);
	return q;
}

static void the_print_parses_to_itself(void **s)
{
	static const char canonical[] =
		"questionnaire q\n  en T\n  en Second line\n  zh-TW 題\nintro\n  en I\n\nsection s\n  en S\n\n"
		"question a multiple required\n  en A?\n  option x\n    en X\n  option y exclusive text ends\n"
		"\nquestion n number -5 10\n  ask if a != y\n\nquestion g grid\n  low\n    en L\n  unknown\n  row r\n"
		"    zh-TW 列\n\nquestion o open\n  ask if g.r = 4 unknown\n";
	BUF_SCOPE b = BUF_INIT;
	questionnaire_print(good(s, canonical), &b);
	assert_string_equal(buf_cstr(&b), canonical);
	struct questionnaire *loose = good(s, "# remark\nquestionnaire q\nen  T \n\t en Second line\nzh-TW 題\r\n");
	assert_string_equal(loose->title.in[LANG_EN], "T\nSecond line");
	assert_string_equal(loose->title.in[LANG_ZH_TW], "題");
}

static void what_is_wrong_names_its_line(void **s)
{
	static const struct {
		const char *text, *said;
	} bad[] = {
		{ "", "line 1: expected questionnaire" },
		{ "section s\n", "line 1: expected questionnaire" },
		{ "questionnaire Q\n", "line 1: Q: a questionnaire is named" },
		{ "questionnaire q\nquestionnaire r\n", "line 2: a file holds one" },
		{ "questionnaire q\nquestion a single\n", "line 2: a question stands in a section" },
		{ "questionnaire q\nsection s\nquestion a what\n", "line 3: what: expected single" },
		{ "questionnaire q\nsection s\nquestion a number 5 1\n", "line 3: expected number MIN MAX" },
		{ "questionnaire q\nsection s\nquestion a open twice\n", "line 3: twice: expected \"required\"" },
		{ "questionnaire q\nsection s\nquestion a open\noption x\n",
		  "line 4: option: a question of kind open" },
		{ "questionnaire q\nsection s\nquestion a single\noption x\noption x\n",
		  "line 5: option x stands twice" },
		{ "questionnaire q\nsection s\nquestion a single\noption x loud\n",
		  "line 4: loud: expected exclusive" },
		{ "questionnaire q\nsection s\nquestion a single\noption x\nask if a = x\n",
		  "line 5: a: expected a question" },
		{ "questionnaire q\nsection s\nquestion a grid\nrow r\nquestion b open\nask if a = 1\n",
		  "line 6: a: expected a question" },
		{ "questionnaire q\nsection s\nquestion a grid\nrow r\nquestion b open\nask if a.r = 6\n",
		  "line 6: 6: a.r has no such option" },
		{ "questionnaire q\nfoo\n", "line 2: foo: neither" },
		{ "questionnaire q\nsection s\nquestion a open\nask if\n", "line 4: ask: something is missing" },
		{ "questionnaire q\nask if a = b\nen text\n", "line 2: ask: expected inside a question" },
		{ "questionnaire q\x01\n", "line 1: the file is not plain" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err e = { 0 };
		assert_null(parse(*s, bad[i].text, &e));
		if (strncmp(e.msg, bad[i].said, strlen(bad[i].said)) != 0)
			fail_msg("%s: said %s", bad[i].said, e.msg);
	}
}

static void too_much_is_refused(void **s)
{
	struct err e = { 0 };
	BUF_SCOPE b = BUF_INIT;
	buf_str(&b, "questionnaire q\nsection s\nquestion a single\n");
	for (int i = 0; i <= Q_OPTIONS_MAX; i++)
		buf_printf(&b, "option o%d\n", i);
	assert_null(parse(*s, buf_cstr(&b), &e));
	assert_non_null(strstr(e.msg, "no more than 60 options"));
	buf_reset(&b);
	buf_str(&b, "questionnaire q\nsection s\n");
	for (int i = 0; i <= Q_QUESTIONS_MAX; i++)
		buf_printf(&b, "question a%d open\n", i);
	assert_null(parse(*s, buf_cstr(&b), &e));
	assert_non_null(strstr(e.msg, "no more than 250 questions"));
	char *large = arena_alloc(*s, Q_FILE_MAX + 2);
	memset(large, ' ', Q_FILE_MAX + 1);
	assert_null(parse(*s, large, &e));
	assert_int_equal(e.code, ST_LIMIT);
}

/* ── checking ── */

static void faults_are(void **s, const char *text, const char *expected)
{
	struct q_finding f[20];
	char got[400] = "";
	int n = questionnaire_check(*s, good(s, text), f, 20);
	for (int i = 0; i < n && i < 20; i++)
		snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s:%d", i ? " " : "", q_fault_name(f[i].fault),
			 f[i].line);
	assert_string_equal(got, expected);
}

#define TWO "option x\n en X\n zh-TW 甲\noption y\n en Y\n zh-TW 乙\n"
static void faults_of_text_and_shape(void **s)
{
	faults_are(s, HEAD SECTION "question a single\n" W TWO, "");
	faults_are(s, HEAD, "no-question:1");
	faults_are(s, HEAD SECTION, "no-question:1 empty-section:7");
	faults_are(s, HEAD SECTION "question a single\n en A\n" TWO, "untranslated:10");
	faults_are(s, HEAD SECTION "question a single\n" W "option x\n" W, "few-options:10");
	faults_are(s, HEAD SECTION "question a single\n" W "option x\n" W "option y\n en Y\n zh-TW 文\n",
		   "same-words:10");
	faults_are(s, HEAD SECTION "question g grid\n" W "low\n" W "high\n" W, "no-rows:10");
	faults_are(s, HEAD SECTION "question a single\n" W TWO "option z exclusive\n en Z\n zh-TW 丙\n",
		   "exclusive:10");
	faults_are(s, "questionnaire q\n en T\n zh-TW 題\n" SECTION "question a open\n" W,
		   "untranslated:1 untranslated:1");
}

static void questions_nobody_reaches(void **s)
{
#define A HEAD SECTION "question a single required\n" W TWO
	faults_are(s, A "question b open\n" W "ask if a = x\n", "");
	faults_are(s, A "question b open\n" W "ask if a = x\nask if a = y\n", "unreachable:19");
	faults_are(s, A "question b open\n" W "ask if a = x\nask if a != x\n", "unreachable:19");
	faults_are(s, A "question b open\n" W "ask if a != x y\n", "unreachable:19");
	/* Through the condition of what it looks at. */
	faults_are(s, A "question b single\n" W TWO "ask if a = x\nquestion c open\n" W "ask if b = y\nask if a = y\n",
		   "unreachable:29");
	/* Two may be chosen, unless one stands alone. */
#define M HEAD SECTION "question a multiple\n" W TWO "option z exclusive\n en Z\n zh-TW 丙\n"
	faults_are(s, M "question b open\n" W "ask if a = x\nask if a = y\n", "");
	faults_are(s, M "question b open\n" W "ask if a = x\nask if a = z\n", "unreachable:22");
	faults_are(s, M "question b open\n" W "ask if a = x z\nask if a = y z\n", "");
}

static void dead_ends(void **s)
{
#define ENDS "option x ends\n en X\n zh-TW 甲\noption y ends\n en Y\n zh-TW 乙\n"
	faults_are(s, HEAD SECTION "question a single required\n" W ENDS "question b open\n" W, "dead-end:10");
	faults_are(s, HEAD SECTION "question a single\n" W ENDS "question b open\n" W, ""); /* it may be left empty */
	faults_are(s, HEAD SECTION "question b open\n" W "question a single required\n" W ENDS, "");
	/* Only some are asked it: others come past. */
	faults_are(s,
		   HEAD SECTION "question o single required\n" W TWO "question a single required\n" W ENDS
				"ask if o = x\nquestion b open\n" W,
		   "");
	faults_are(s,
		   HEAD SECTION "question o single required\n" W TWO "question a single required\n" W ENDS
				"ask if o = x\nquestion b open\n" W "ask if o = x\n",
		   "dead-end:19");
}

/* ── asking ── */

static void the_way_through(void **s)
{
	const struct questionnaire *q =
		good(s, "questionnaire q\nsection s\nquestion a multiple\noption x\noption y\noption z exclusive ends\n"
			"question g grid\nrow r\nrow t\nask if a = y\nunknown\nquestion n number 0 9\nquestion o open\n"
			"ask if g.t != 1\n");
	assert_int_equal(q->nitems, 5);
	assert_int_equal(questionnaire_item(q, "g.t", 3), 2);
	assert_int_equal(questionnaire_item(q, "g", 1), -1);
	assert_int_equal(questionnaire_option(q, 2, "unknown"), 5);
	uint64_t a[5] = { 1, 8, 16, 1, 1 };
	questionnaire_route(q, a); /* x: no grid, and what looks at the grid isn't asked either */
	assert_true(a[1] == CROSS_NOT_ASKED && a[2] == CROSS_NOT_ASKED && a[3] == 1 && a[4] == CROSS_NOT_ASKED);
	uint64_t b[5] = { 2, 0, 16, CROSS_NOT_ASKED, 0 };
	questionnaire_route(q, b);
	assert_true(b[1] == 0 && b[2] == 16 && b[3] == 0 && b[4] == 0);
	uint64_t c[5] = { 4, 8, 8, 1, 1 };
	questionnaire_route(q, c); /* z ends it */
	for (int i = 1; i < 5; i++)
		assert_true(c[i] == CROSS_NOT_ASKED);
	assert_true(questionnaire_bits_ok(q, 0, 3));
	assert_false(questionnaire_bits_ok(q, 0, 5)); /* z stands alone */
	assert_false(questionnaire_bits_ok(q, 0, 8));
	assert_false(questionnaire_bits_ok(q, 1, 3)); /* a row is one point */
	assert_true(questionnaire_bits_ok(q, 1, 32));
	assert_false(questionnaire_bits_ok(q, 3, 2));
	uint8_t packed[Q_PACKED_MAX];
	assert_int_equal(questionnaire_pack(b, 5, packed), 5);
}

static void reasons_in_the_readers_language(void **state)
{
	static const char text[] = "questionnaire q\nsection s\nquestion a single\n row r\n";
	struct questionnaire q;
	struct err e = { 0 };
	assert_int_equal(questionnaire_parse_in(*state, LANG_EN, false, text, sizeof text - 1, &q, &e), ST_INVALID);
	assert_string_equal(e.msg, "line 4: row: a question of kind single has none");
	assert_int_equal(questionnaire_parse_in(*state, LANG_ZH_TW, false, text, sizeof text - 1, &q, &e), ST_INVALID);
	assert_string_equal(e.msg, "第 4 行：row：single 類型的題目沒有這一項");
	assert_int_equal(questionnaire_parse_in(*state, LANG_ZH_TW, true, text, sizeof text - 1, &q, &e), ST_INVALID);
	assert_string_equal(e.msg, "row：single 類型的題目沒有這一項");
}

static void too_large_in_the_readers_language(void **state)
{
	struct questionnaire q;
	struct err e = { 0 };
	const char *text = HEAD SECTION "question a open\n" W;
	struct arena *mem = arena_new(64 << 20);
	assert_int_equal(questionnaire_parse_in(mem, LANG_ZH_TW, false, text, strlen(text), &q, &e), ST_OK);
	size_t takes = arena_used(mem);
	arena_free(mem);
	mem = arena_new(takes / 2);
	assert_int_equal(questionnaire_parse_in(mem, LANG_ZH_TW, false, text, strlen(text), &q, &e), ST_LIMIT);
	assert_string_equal(e.msg, "第 1 行：問卷太大");
	arena_free(mem);
	mem = arena_new(takes / 2);
	assert_int_equal(questionnaire_parse(mem, text, strlen(text), &q, &e), ST_LIMIT);
	assert_string_equal(e.msg, "line 1: the questionnaire is too large");
	arena_free(mem);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_print_parses_to_itself, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_wrong_names_its_line, setup, teardown),
		cmocka_unit_test_setup_teardown(too_much_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(reasons_in_the_readers_language, setup, teardown),
		cmocka_unit_test_setup_teardown(too_large_in_the_readers_language, setup, teardown),
		cmocka_unit_test_setup_teardown(faults_of_text_and_shape, setup, teardown),
		cmocka_unit_test_setup_teardown(questions_nobody_reaches, setup, teardown),
		cmocka_unit_test_setup_teardown(dead_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(the_way_through, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
