/* What a text's words are: what is kept, what is asked for, and that what is asked for is among what is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "base/text.h"
#include "base/words.h"

struct list {
	char all[4000];
	size_t n;
	int stop_after, count;
};

static bool add(void *ctx, const struct word *w)
{
	struct list *l = ctx;
	assert_true(w->n > 0 && w->n <= WORD_MAX && w->n == strlen(w->p) && w->at < w->end);
	assert_true(l->n + w->n + 2 < sizeof l->all);
	memcpy(l->all + l->n, w->p, w->n);
	l->n += w->n;
	l->all[l->n++] = ' ';
	l->all[l->n] = 0;
	return ++l->count != l->stop_after;
}

static const char *words(const char *s, enum words_for why)
{
	static struct list l;
	memset(&l, 0, sizeof l);
	words_each(s, strlen(s), why, add, &l);
	return l.all;
}

#define ASKED(s, want) assert_string_equal(words(s, WORDS_ASKED), want)
#define KEPT(s, want) assert_string_equal(words(s, WORDS_KEPT), want)

static void letters(void **state)
{
	(void)state;
	KEPT("", "");
	KEPT("  !? ", "");
	KEPT("The Bank, the BANK.", "the bank the bank ");
	KEPT("Straße ÉCOLE e\u0301cole", "strasse école école ");
	KEPT("ＡＢＣ１２", "abc12 "); /* full-width forms */
	ASKED("\xff\xfeok\xc3", "ok ");
	KEPT("aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeee", "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd ");
}

static void joined(void **state)
{
	(void)state;
	ASKED("maple-demo.com.tw", "maple-demo.com.tw ");
	KEPT("maple-demo.com.tw", "maple-demo.com.tw maple-demo maple demo com.tw com tw tw ");
	KEPT("192.0.2.55", "192.0.2.55 192.0 192.0.2 ");
	KEPT("192.0.2.55:8080", "192.0.2.55:8080 192.0.2.55 192.0 192.0.2 8080 ");
	ASKED("http://Maple.tw/one_two", "http maple.tw one_two ");
	ASKED("(see 2001:db8::1).", "see 2001:db8::1 ");
	ASKED("NC-2026-", "nc-2026 ");
	KEPT("NC-2026-000001", "nc-2026-000001 nc-2026-000001 nc 2026 000001 ");
	/* Too long for one word: its parts. */
	ASKED("aaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbb.cccccccccc",
	      "aaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbb cccccccccc ");
}

static void dense(void **state)
{
	(void)state;
	KEPT("網站被駭", "網 站 網站 被 站被 駭 被駭 ");
	ASKED("網站被駭", "網站 站被 被駭 ");
	ASKED("駭", "駭 ");
	ASKED("王小明的bank帳號", "王小 小明 明的 bank 帳號 ");
	ASKED("サーバー", "サー ーバ バー ");
	ASKED("か\u3099く", "がく "); /* a mark belongs to its letter */
	ASKED("한국어", "한국 국어 ");
}

static void enough(void **state)
{
	(void)state;
	struct list l = { .stop_after = 3 };
	words_each("a b c d e", 9, WORDS_KEPT, add, &l);
	assert_string_equal(l.all, "a b c ");
}

/* Where a word stands in the text, for marking it. */
static bool place(void *ctx, const struct word *w)
{
	size_t *at = ctx;
	if (strcmp(w->p, "站被") == 0) {
		at[0] = w->at;
		at[1] = w->end;
	}
	return true;
}

static void places(void **state)
{
	(void)state;
	const char *s = "my 網站被駭";
	size_t at[2] = { 0 };
	words_each(s, strlen(s), WORDS_ASKED, place, at);
	assert_int_equal(at[0], 6);
	assert_int_equal(at[1], 12);
}

static void folded(void **state)
{
	(void)state;
	struct arena *mem = arena_new(100000);
	assert_string_equal(words_fold(mem, "  The \n\t BANK "), "the bank");
	assert_string_equal(words_fold(mem, "網站  ＡＢ"), "網站 ab");
	assert_string_equal(words_fold(mem, ""), "");
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters), cmocka_unit_test(joined), cmocka_unit_test(dense),
		cmocka_unit_test(enough),  cmocka_unit_test(places), cmocka_unit_test(folded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
