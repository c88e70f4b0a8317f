/* What a party's mail says in its first words: a clear answer, or something that people must read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "desk/desk_mail.h"

enum { NOTHING = -1 };
static const struct {
	const char *text;
	int is;
} rows[] = {
	{ "Fixed", ANSWER_FIXED },
	{ "\n fixed.\nBob", ANSWER_FIXED },
	{ "FIXED! Thanks", ANSWER_FIXED },
	{ "Fixed. We took it down.", ANSWER_FIXED },
	{ "Fixed  \nBob", ANSWER_FIXED },
	{ "It has been fixed...", ANSWER_FIXED },
	{ "已移除。", ANSWER_FIXED },
	{ "已移除", ANSWER_FIXED },
	{ "已修復！謝謝", ANSWER_FIXED },
	{ "False alarm.", ANSWER_FALSE_ALARM },
	{ "誤報。請查照", ANSWER_FALSE_ALARM },
	{ "Not ours\n", ANSWER_NOT_OURS },
	{ "不是我們的。", ANSWER_NOT_OURS },
	{ "非我們的", ANSWER_NOT_OURS },
	{ "fixed (NC-2026-000017)", ANSWER_FIXED },
	{ "Not ours NC-2026-000017.", ANSWER_NOT_OURS },
	{ "Fixed (NC-2026-000017), the other not", NOTHING },
	{ "Fixed (NC-2026-)", NOTHING },
	{ "Fixed (NC-", NOTHING },
	{ "", NOTHING },
	{ " \n", NOTHING },
	{ "誤報嗎？請說明依據，我們正在調查。", NOTHING },
	{ "False alarm? Please explain", NOTHING },
	{ "False alarm", ANSWER_FALSE_ALARM },
	{ "已移除部分檔案，其餘處理中", NOTHING },
	{ "已移除，但又出現", NOTHING },
	{ "Resolved by Friday, we hope", NOTHING },
	{ "Fixed, but it came back", NOTHING },
	{ "fixed.example is another customer's", NOTHING },
	{ "Fixed: no. It is still there", NOTHING },
	{ "Fixedly", NOTHING },
	{ "Not ours; whose is it?", NOTHING },
	{ "We fixed it.", NOTHING },
};

static void test_first_words(void **state)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		enum answer_kind is;
		int got = desk_mail_says(rows[i].text, &is) ? (int)is : NOTHING;
		if (got != rows[i].is)
			fail_msg("\"%s\": %d, not %d", rows[i].text, got, rows[i].is);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_first_words) };
	return cmocka_run_group_tests_name("desk_mail", tests, NULL, NULL);
}
