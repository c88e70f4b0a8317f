#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/buf.h"
#include "base/lang_int.h"
#include "base/phrase.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void tags(void **state)
{
	static const char *const chinese[] = { "zh-TW",	     "zh",	   "zh-Hant", "ZH_tw",
					       "zh-Hant-TW", "zh-hant-hk", "zh-HK",   "zh-MO" };
	static const char *const english[] = { "en",	"en-GB",   "fr",	 "",	"*",
					       "zh-CN", "zh-Hans", "zh-Hans-TW", "zhx", "z" };
	for (size_t i = 0; i < COUNT(chinese); i++)
		assert_int_equal(lang_of(chinese[i]), LANG_ZH_TW);
	for (size_t i = 0; i < COUNT(english); i++)
		assert_int_equal(lang_of(english[i]), LANG_EN);
	assert_int_equal(lang_of(NULL), LANG_EN);
	static const char *const good[] = { "en", "zh-TW", "zh_TW", "zh-Hant-TW", "tlh", "klingon", "de-1996" };
	static const char *const bad[] = { "",	     "x",	   "x y",  "zh-",	   "-zh",
					   "en--GB", "overlylong", "中文", "en-123456789", "a1" };
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(lang_tag_ok(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(lang_tag_ok(bad[i]));
	assert_string_equal(lang_tag(LANG_ZH_TW), "zh-TW");
	assert_string_equal(lang_tag(LANG_EN), "en");
	assert_string_equal(lang_tag((enum lang)99), "en");
	for (int l = 0; l < LANG_COUNT; l++)
		assert_int_equal(lang_of(lang_tag((enum lang)l)), l);
}

static void accepts(void **state)
{
	static const struct {
		const char *header;
		enum lang fallback, want;
	} cases[] = {
		{ "zh-TW,zh;q=0.9,en-US;q=0.8,en;q=0.7", LANG_EN, LANG_ZH_TW },
		{ "en-US,en;q=0.9,zh-TW;q=0.8", LANG_ZH_TW, LANG_EN },
		{ "en;q=0.5, zh-Hant;q=0.501", LANG_EN, LANG_ZH_TW },
		{ "en ; q=0.5 , zh ; q=1.000", LANG_EN, LANG_ZH_TW },
		{ "fr, de;q=0.9", LANG_ZH_TW, LANG_ZH_TW },
		{ "fr, en;q=0.1", LANG_ZH_TW, LANG_EN },
		{ "zh-CN,zh;q=0.9,en;q=0.8", LANG_EN, LANG_ZH_TW },
		{ "zh-CN,en;q=0.8", LANG_ZH_TW, LANG_EN },
		{ "en;q=0", LANG_ZH_TW, LANG_ZH_TW },
		{ "en;q=0.0, zh;q=0.001", LANG_EN, LANG_ZH_TW },
		{ "*", LANG_ZH_TW, LANG_ZH_TW },
		{ "fr, *;q=0.5, en;q=0.4", LANG_ZH_TW, LANG_ZH_TW },
		{ "zh, en", LANG_EN, LANG_ZH_TW }, /* the first of equals */
		{ "en, zh", LANG_ZH_TW, LANG_EN },
		{ "", LANG_ZH_TW, LANG_ZH_TW },
		{ NULL, LANG_ZH_TW, LANG_ZH_TW },
		{ ",,, ,;q=1,;;;,=", LANG_ZH_TW, LANG_ZH_TW },
		/* outside the grammar: not counted */
		{ "en;q=2", LANG_ZH_TW, LANG_ZH_TW },
		{ "en;q=1.001", LANG_ZH_TW, LANG_ZH_TW },
		{ "en;q=-1", LANG_ZH_TW, LANG_ZH_TW },
		{ "en;q=", LANG_ZH_TW, LANG_ZH_TW },
		{ "en;q=0.1234", LANG_ZH_TW, LANG_ZH_TW },
		{ "en;level=1", LANG_ZH_TW, LANG_ZH_TW },
		{ "en;q=0.9;q=1", LANG_ZH_TW, LANG_ZH_TW },
		{ "en;q", LANG_ZH_TW, LANG_ZH_TW },
		{ "en;", LANG_ZH_TW, LANG_ZH_TW },
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		if (lang_accept(cases[i].header, cases[i].fallback) != cases[i].want)
			fail_msg("%s", cases[i].header);
}

static void a_header_of_many_items_is_bounded(void **state)
{
	char header[1000];
	for (size_t i = 0; i < sizeof header; i++)
		header[i] = i % 2 ? ',' : 'x';
	memcpy(header + sizeof header - 4, ",zh", 4);
	assert_int_equal(lang_accept(header, LANG_EN), LANG_EN);
}

/* Every entry is found by C's hash where the tool put it by its own. */
static void finds_every_translation(void **state)
{
	for (int l = 0; l < LANG_COUNT; l++) {
		const struct lang_table *t = &lang_tables[l];
		uint32_t n = 0;
		for (uint32_t i = 0; t->entries && i <= t->mask; i++) {
			const struct lang_entry *entry = &t->entries[i];
			if (!entry->id)
				continue;
			n++;
			assert_ptr_equal(tr((enum lang)l, entry->id), entry->text);
			assert_string_equal(tr(LANG_EN, entry->id), entry->id);
		}
		assert_true(l == LANG_EN || (n > 0 && 2 * n <= t->mask + 1));
	}
}

static void english_where_there_is_none(void **state)
{
	static const char text[] = "No such text is in any catalogue; it must come back as it is.";
	assert_ptr_equal(tr(LANG_ZH_TW, text), text);
	assert_ptr_equal(tr(LANG_EN, text), text);
	assert_ptr_equal(tr((enum lang)99, text), text);
	assert_string_equal(tr(LANG_ZH_TW, ""), "");
	assert_null(tr(LANG_ZH_TW, NULL));
}

static void phrases(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	static const char pool[] = "%s is %s at the registry %s: nobody holds it.";
	const char *kept = PHRASE(mem, pool, "AS7", "available", "apnic");
	assert_string_equal(phrase_say(mem, LANG_EN, kept), "AS7 is available at the registry apnic: nobody holds it.");
	/* A translation may turn them round, and translates what is filled in. */
	assert_string_equal(phrase_say(mem, LANG_ZH_TW, kept),
			    "AS7 在 apnic 註冊管理機構的狀態是「可供核發」：沒有持有者。");
	/* What is filled in is no mark and makes none; what is missing is empty. */
	kept = PHRASE(mem, "%s, %s, %2$s, %9$s, %d", "%s\x1fx", NULL);
	assert_string_equal(phrase_say(mem, LANG_EN, kept), "%sx, , , , %d");
	assert_string_equal(phrase_say(mem, LANG_EN, "100 %s"), "100 %s");
	assert_string_equal(phrase_say(mem, LANG_EN, ""), "");
	assert_null(phrase_say(mem, LANG_EN, NULL));
	arena_free(mem);
}

static void errors_are_said_in_the_readers_language(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	struct err e = { 0 };
	err_set(&e, ST_NOTFOUND, N_("%.200s is not registered; %.200s is"), "a.tw", "b.tw");
	assert_string_equal(err_say(mem, LANG_EN, &e), "a.tw is not registered; b.tw is");
	assert_string_equal(err_say(mem, LANG_ZH_TW, &e), "a.tw 未註冊；已註冊的是 b.tw");
	/* Numbers; what holds marks itself; a text that is filled in and is in the catalogue; one message inside another. */
	err_set(&e, ST_INVALID, N_("character 0x%02x is not allowed in a domain name"), 7);
	assert_string_equal(err_say(mem, LANG_ZH_TW, &e), "網域名稱不可含字元 0x07");
	err_set(&e, ST_INVALID, N_("label \"%.*s\": %s"), 4, "%s%n", N_("it is too long"));
	assert_string_equal(err_say(mem, LANG_EN, &e), "label \"%s%n\": it is too long");
	assert_string_equal(err_say(mem, LANG_ZH_TW, &e), "標籤「%s%n」：太長");
	err_set(&e, ST_INVALID, N_("%.80s is no AS number"), "x");
	struct err whole = e;
	err_set(&e, ST_INVALID, N_("label \"%.*s\": %s"), 1, "y", whole.msg);
	assert_string_equal(err_say(mem, LANG_ZH_TW, &e), "標籤「y」：x 不是自治系統號碼");
	err_set(&e, ST_INVALID, N_("line %d: {%c%s} is never closed; write {/%s}"), 9, '?', "next", "next");
	assert_string_equal(err_say(mem, LANG_ZH_TW, &e), "第 9 行：{?next} 沒有結束，請寫 {/next}");
	/* Without a translation, cut off, or copied by hand: as it is. */
	err_set(&e, ST_INVALID, "no such text %s", "x");
	assert_string_equal(err_say(mem, LANG_ZH_TW, &e), "no such text x");
	char wide[300];
	memset(wide, 'x', 299);
	wide[299] = 0;
	err_set(&e, ST_NOTFOUND, N_("%.200s is not registered; %.200s is"), wide, wide);
	assert_string_equal(err_say(mem, LANG_ZH_TW, &e), e.msg);
	err_clear(&e);
	assert_string_equal(err_say(mem, LANG_ZH_TW, &e), "");
	arena_free(mem);
}

/* What stands between conversions as printf prints it, and for the i-th argument a text that nobody else has ("%c": a byte).
 * `kinds`: of the arguments in order; filled from `text` when `own`. false: two arguments touch, so that nobody can part them. */
static bool filled(struct buf *out, const char *text, char *kinds, bool own)
{
	bool apart = true;
	for (int next = 0; *text;) {
		int i = next;
		const char *s = text + 1;
		if (text[0] == '%' && *s >= '1' && *s <= '9' && s[1] == '$') {
			i = *s - '1';
			s += 2;
		}
		s += strspn(s, "-+ #0123456789.*hlzjt");
		if (text[0] != '%' || text[1] == '%' || !*s) {
			buf_char(out, *text);
			text += 1 + (text[0] == '%' && text[1] == '%');
			apart = true;
			continue;
		}
		assert_true(i < 9);
		if (own && !apart)
			return false;
		if (own)
			kinds[i] = *s;
		buf_printf(out, kinds[i] == 'c' ? "%d" : "\xe2\x9f\xa8%d\xe2\x9f\xa9", i);
		apart = false;
		next++;
		text = s + 1;
	}
	return true;
}

/* Whatever message of the catalogue was filled in, and is known by its format, is said again with the same arguments. */
static void every_message_is_said_again(void **state)
{
	struct arena *mem = arena_new(16 << 20);
	const struct lang_table *t = &lang_tables[LANG_ZH_TW];
	int said = 0;
	for (uint32_t i = 0; i <= t->mask; i++) {
		const struct lang_entry *entry = &t->entries[i];
		char kinds[9] = "", *got;
		BUF_SCOPE en = BUF_INIT, zh = BUF_INIT;
		struct err e = { .code = ST_INVALID, .fmt = entry->id };
		if (!entry->id || !strchr(entry->id, '%') || !strcmp(entry->id, entry->text) ||
		    !filled(&en, entry->id, kinds, true))
			continue;
		filled(&zh, entry->text, kinds, false);
		got = message_say(mem, LANG_ZH_TW, entry->id, NULL, buf_cstr(&en));
		if (!got || strcmp(got, buf_cstr(&zh)) != 0)
			fail_msg("%s: %s", entry->id, got ? got : "not said");
		said++;
		if (en.n >= sizeof e.msg)
			continue;
		memcpy(e.msg, buf_cstr(&en), en.n + 1);
		assert_string_equal(err_say(mem, LANG_EN, &e), buf_cstr(&en));
		assert_string_equal(err_say(mem, LANG_ZH_TW, &e), buf_cstr(&zh));
	}
	assert_true(said > 500);
	arena_free(mem);
}

/* Beside its field a message needs no name of the field; what was passed on by "%s" is still known. */
static void errors_of_a_field(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	struct err e = { 0 };
	err_set(&e, ST_INVALID, N_("text: longer than %d bytes"), 7);
	assert_string_equal(err_say_field(mem, LANG_EN, &e), "longer than 7 bytes");
	assert_string_equal(err_say_field(mem, LANG_ZH_TW, &e), "超過 7 位元組");
	err_clear(&e);
	err_set(&e, ST_INVALID, N_("longer than %d bytes"), 9);
	err_set(&e, ST_INVALID, N_("observables[%d]: %s"), 2, e.msg);
	assert_string_equal(err_say_field(mem, LANG_EN, &e), "longer than 9 bytes");
	assert_string_equal(err_say_field(mem, LANG_ZH_TW, &e), "超過 9 位元組");
	assert_string_equal(err_say(mem, LANG_ZH_TW, &e), "observables[2]：超過 9 位元組");
	err_clear(&e);
	err_set(&e, ST_INVALID, N_("not plain UTF-8 text"));
	err_set(&e, ST_INVALID, "%s", e.msg);
	assert_string_equal(err_say_field(mem, LANG_ZH_TW, &e), "不是純 UTF-8 文字");
	err_clear(&e);
	err_set(&e, ST_INVALID, N_("longer than %d bytes"), 9);
	err_set(&e, ST_CONFLICT, "%s", e.msg);
	assert_string_equal(err_say(mem, LANG_ZH_TW, &e), "超過 9 位元組");
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags),
		cmocka_unit_test(accepts),
		cmocka_unit_test(a_header_of_many_items_is_bounded),
		cmocka_unit_test(finds_every_translation),
		cmocka_unit_test(english_where_there_is_none),
		cmocka_unit_test(phrases),
		cmocka_unit_test(errors_are_said_in_the_readers_language),
		cmocka_unit_test(every_message_is_said_again),
		cmocka_unit_test(errors_of_a_field),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
