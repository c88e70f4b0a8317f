/* Templates of letters: what is kept and what is refused, and that a value never becomes more than a value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "letter/letter_int.h"

#define AT 1795701900000000LL /* 2026-11-26T14:05:00Z */
#define S(x) ((char *)(x))

static const struct config cfg = { .site_name = S("Centre"), .site_contact = S("cert@nic.example") };
static const struct face face = { &cfg, "https://nic.example/" };

static struct case_obs things[] = {
	{ .value = S("shop.example.tw"), .matched = S("shop.example.tw") },
	{ .value = S("https://shop.example.tw/<b>"), .matched = S("shop.example.tw") },
};
static struct case_view view = { .number = S("NC-2026-000001"), .class_title = S("False site"), .opened_at = AT };
static struct case_notice told = { .role = LINK_HOLDER, .due_at = AT };

static struct letter notice(void)
{
	return (struct letter){ .lang = LANG_EN,
				.subject = S("[NC-2026-000001] [TLP:AMBER] as it comes"),
				.template_ = S("notice"),
				.tlp = "TLP:AMBER",
				.tlp_note = "Careful.",
				.link = S("https://nic.example/answer/abc?a=1&b=2"),
				.about = &view,
				.obs = things,
				.nobs = 2,
				.notice = &told };
}

struct out {
	struct arena *mem;
	const char *subject;
	struct buf text, html;
	struct err e;
	enum st st;
};

static struct out write_it(const struct letter *l, const char *subject, const char *text, const char *html)
{
	struct out o = { .mem = arena_new(1 << 20), .text = BUF_INIT, .html = BUF_INIT };
	struct wording w = { 1, subject, text, html };
	struct sheet p = { .lang = l->lang, .mem = o.mem, .face = &face, .date = AT };
	o.st = letter_write(&p, l, subject ? &w : NULL, &o.subject, &o.text, &o.html, &o.e);
	assert_int_equal(o.st, ST_OK);
	return o;
}

static void done(struct out *o)
{
	buf_free(&o->text);
	buf_free(&o->html);
	arena_free(o->mem);
}

static const char *body(const struct buf *html) /* behind our name */
{
	return strstr(strstr(html->p, "Centre</b></p>\n"), "\n") + 1;
}

static void what_is_delivered_can_be_kept(void **state)
{
	for (int p = 0; p < PURPOSES; p++)
		for (int l = 0; l < LANG_COUNT; l++) {
			struct arena *mem = arena_new(1 << 20);
			struct wording w;
			struct err e = { 0 };
			letter_delivered(mem, (enum purpose)p, (enum lang)l, &w);
			if (letter_check((enum purpose)p, &w, &e))
				fail_msg("%s in %s: %s", letter_purposes[p].name, lang_tag((enum lang)l), e.msg);
			assert_null(strstr(w.text, "{_"));
			assert_null(strstr(w.text, "%s"));
			arena_free(mem);
		}
}

#define LEAST "{#things}{thing}{/things} {link}\n"
static const struct {
	const char *subject, *text, *html, *why; /* why NULL: it is kept */
} kept[] = {
	{ "{class}: answer", LEAST, "", NULL },
	{ "{?class}{class}{/class}", "{?link}{link}{/link}{?things}{#things}{thing}{/things}{/things}", "", NULL },
	{ "x", LEAST "{{case} {{{case}}", "", NULL },
	{ "x", LEAST "{?due}a{/due}{!due}b{/due}", "", NULL },
	{ "x", LEAST, "<p>" LEAST "</p><a href=\"{link}\">go</a><br><br/><TD></TD>", "<TD" },
	{ "x", LEAST,
	  "<h1 lang=\"en\">a</h1><ul><li>" LEAST
	  "</li></ul><table><tr><th scope=\"row\" colspan=\"2\">x</th></tr></table>",
	  NULL },
	{ "x", LEAST, "{#things}<p>{thing}</p>{/things}<a href=\"{link}\">x</a><a href=\"https://a.example/?b\">y</a>",
	  NULL },
	{ "x", LEAST, LEAST "a &lt; b > c", NULL },
	/* subjects */
	{ "", LEAST, "", "subject: one line" },
	{ "a\nb", LEAST, "", "subject: one line" },
	{ "{link}", LEAST, "", "subject: no lists and no links" },
	{ "{#things}{thing}{/things}", LEAST, "", "subject: no lists" },
	{ "{nobody}", LEAST, "", "subject: line 1: this letter has no variable {nobody}" },
	/* texts */
	{ "x", " \n", "", "text: write the letter" },
	{ "x", "one\ntwo {cas}\n" LEAST, "", "text: line 2: this letter has no variable {cas}" },
	{ "x", LEAST "\n{confirm}", "", "text: line 3: this letter has no variable {confirm}" },
	{ "x", LEAST "{ case}", "", "text: line 2: a brace begins" },
	{ "x", LEAST "{case", "", "text: line 2: a brace begins" },
	{ "x", LEAST "{", "", "text: line 2: a brace begins" },
	{ "x", LEAST "\n{?due}\nx\n", "", "text: line 3: {?due} is never closed" },
	{ "x", LEAST "{/due}", "", "text: line 2: {/due} closes nothing" },
	{ "x", LEAST "{?due}{?why}{/due}{/why}", "", "but {/why} is to come first" },
	{ "x", LEAST "{things}", "", "things is a list" },
	{ "x", LEAST "{#due}{/due}", "", "due is no list" },
	{ "x", LEAST "{thing}", "", "{thing} belongs between {#things} and {/things}" },
	{ "x", LEAST "{#things}{#steps}{/steps}{/things}", "", "a list can't stand inside a list" },
	{ "x", "{#things}{thing}{/things}", "", "text: this letter can't do without {link}" },
	{ "x", "{link}", "", "can't do without the list {#things}" },
	{ "x", "{link}{#things}-{/things}", "", "can't do without {thing}" },
	{ "x", "{?due}{link}{/due}{#things}{thing}{/things}", "", "can't do without {link}, outside blocks" },
	{ "x", "{!link}{link}{/link}{#things}{thing}{/things}", "", "can't do without {link}" },
	{ "x", LEAST "\001", "", "text: only UTF-8 text" },
	{ "x", LEAST "\xff", "", "text: only UTF-8 text" },
	{ "x", LEAST "a\r\n", "", "text: only UTF-8 text" },
	{ "x", LEAST "{?due}{?due}{?due}{?due}{?due}{?due}{?due}{?due}{?due}", "", "more than 8 blocks" },
	/* HTML */
	{ "x", LEAST, "<p>hello</p>", "html: this letter can't do without {link}" },
	{ "x", LEAST, LEAST "<script>x</script>", "html: line 2: <script> may not stand in a letter" },
	{ "x", LEAST, LEAST "<img src=\"x\">", "<img> may not" },
	{ "x", LEAST, LEAST "<p onclick=\"x\">a</p>", "<p> may have no such attribute" },
	{ "x", LEAST, LEAST "<p class=\"x\">a</p>", "<p> may have no such attribute" },
	{ "x", LEAST, LEAST "<a href=\"javascript:x\">a</a>", "<a> may have no such attribute" },
	{ "x", LEAST, LEAST "<a href=\"http://x.example\">a</a>", "<a> may have no such attribute" },
	{ "x", LEAST, LEAST "<a href=\"https://x/{case}\">a</a>", "<a> may have no such attribute" },
	{ "x", LEAST, LEAST "<a href=\"{case}\">a</a>", "<a> may have no such attribute" },
	{ "x", LEAST, LEAST "<p href=\"{link}\">a</p>", "<p> may have no such attribute" },
	{ "x", LEAST, LEAST "<a href={link}>a</a>", "<a> may have no such attribute" },
	{ "x", LEAST, LEAST "<p {case}>a</p>", "<p> may have no such attribute" },
	{ "x", LEAST, LEAST "<p lang=\"{case}\">a</p>", "<p> may have no such attribute" },
	{ "x", LEAST, LEAST "\n\n<p>a", "html: line 4: <p> is not closed" },
	{ "x", LEAST, LEAST "a</p>", "</p> closes nothing" },
	{ "x", LEAST, LEAST "<b><i>a</b></i>", "<i> is not closed" },
	{ "x", LEAST, LEAST "{?due}<p>{/due}</p>", "<p> is not closed" },
	{ "x", LEAST, LEAST "<p>{?due}</p>{/due}", "</p> closes nothing that was opened in the same block" },
	{ "x", LEAST, LEAST "<!-- x -->", "write &lt; for a <" },
	{ "x", LEAST, LEAST "a < b", "write &lt; for a <" },
	{ "x", LEAST, LEAST "<{case}>", "write &lt; for a <" },
	{ "x", LEAST, LEAST "</br>", "</br> is none" },
	{ "x", LEAST, LEAST "<p", "<p> may have no such attribute" },
};

static void a_template_is_checked(void **state)
{
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
		struct wording w = { 0, kept[i].subject, kept[i].text, kept[i].html };
		struct err e = { 0 };
		enum st st = letter_check(FOR_NOTICE, &w, &e);
		bool upper = kept[i].why && strcmp(kept[i].why, "<TD") == 0; /* names of elements in either case */
		if (!kept[i].why || upper)
			assert_string_equal(st ? e.msg : "", "");
		else if (st != ST_INVALID || !strstr(e.msg, kept[i].why))
			fail_msg("row %zu: \"%s\", expected \"%s\"", i, st ? e.msg : "(kept)", kept[i].why);
	}
}

static void what_is_too_long_is_refused(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	char *fits = arena_alloc(mem, TEMPLATE_BYTES + 2);
	size_t n = (size_t)snprintf(fits, TEMPLATE_BYTES, "%s", LEAST);
	memset(fits + n, 'a', TEMPLATE_BYTES - n);
	struct wording w = { 0, "x", fits, "" };
	struct err e = { 0 };
	assert_int_equal(letter_check(FOR_NOTICE, &w, &e), ST_OK);
	fits[TEMPLATE_BYTES] = 'a';
	assert_int_equal(letter_check(FOR_NOTICE, &w, &e), ST_INVALID);
	assert_non_null(strstr(e.msg, "text: 32769 bytes"));
	for (int i = 0; i < TPL_NODES; i++) /* small, of many pieces */
		memcpy(fits + n + 2 * i, "{{", 3);
	e = (struct err){ 0 };
	assert_int_equal(letter_check(FOR_NOTICE, &w, &e), ST_INVALID);
	assert_non_null(strstr(e.msg, "more than 2000 pieces"));
	arena_free(mem);
}

static void a_text_becomes_text_and_html(void **state)
{
	struct letter l = notice();
	struct out o =
		write_it(&l, "{class} {{now}",
			 "# Title {case}\n\n## Heading\n\nOne\ntwo https://x.example/a.\n\n\n"
			 "{#things}\n- {thing}{part}\n{/things}\n{?more}\n- {more}\n{/more}\n\n"
			 "1. first\n1. second\n   {link}\n\n{!words}\nnobody said\n{/words}\n> quoted\n1. again\n",
			 "");
	assert_string_equal(o.subject, "[NC-2026-000001] [TLP:AMBER] False site {now}");
	static const char text[] =
		"TLP:AMBER  Careful.\n\n"
		"Title NC-2026-000001\n\nHeading\n-------\n\nOne\ntwo https://x.example/a.\n\n"
		"- shop.example.tw\n- hxxps://shop.example.tw/<b> (part of shop.example.tw)\n\n"
		"1. first\n2. second\n   https://nic.example/answer/abc?a=1&b=2\n\nnobody said\n> quoted\n"
		"1. again\n\n-- \nCentre\n";
	assert_memory_equal(o.text.p, text, sizeof text - 1);
	static const char html[] =
		"<h1>Title NC-2026-000001</h1>\n<h2>Heading</h2>\n"
		"<p>One<br>\ntwo <a href=\"https://x.example/a\">https://x.example/a</a>.</p>\n"
		"<ul>\n<li><code translate=\"no\">shop.example.tw</code></li>\n"
		"<li><code translate=\"no\">hxxps://shop.example.tw/&lt;b&gt;</code> (part of "
		"shop.example.tw)</li>\n</ul>\n"
		"<ol>\n<li>first</li>\n<li>second<br>\n"
		"<a "
		"href=\"https://nic.example/answer/abc?a=1&amp;b=2\">https://nic.example/answer/abc?a=1&amp;b=2</a></"
		"li>\n"
		"</ol>\n<p>nobody said</p>\n<blockquote>quoted</blockquote>\n<ol>\n<li>again</li>\n</ol>\n<footer>";
	assert_memory_equal(body(&o.html), html, sizeof html - 1);
	assert_non_null(strstr(o.html.p, "TLP:AMBER</b> Careful."));
	done(&o);
}

static void html_of_ones_own(void **state)
{
	struct letter l = notice();
	l.words = S("<i>one</i>\ntwo");
	struct out o =
		write_it(&l, "x", LEAST,
			 "<p>{words}</p>{?due}<b>due</b>{/due}{!due}never{/due}\n<a href=\"{link}\">{class}</a>{{");
	static const char html[] = "<p><span dir=\"auto\">&lt;i&gt;one&lt;/i&gt;<br>\ntwo</span></p><b>due</b>\n"
				   "<a href=\"https://nic.example/answer/abc?a=1&amp;b=2\">False site</a>{\n<footer>";
	assert_memory_equal(body(&o.html), html, sizeof html - 1);
	done(&o);
}

static void the_label_and_the_case_stand_whatever_is_written(void **state)
{
	struct letter l = notice();
	struct out o = write_it(&l, "x", "bare", "<p>bare</p>");
	assert_memory_equal(o.text.p, "TLP:AMBER  Careful.\n\nbare\n", 26);
	assert_non_null(strstr(o.text.p, "about case NC-2026-000001"));
	assert_non_null(strstr(o.html.p, "TLP:AMBER</b> Careful."));
	assert_non_null(strstr(o.html.p, "about case NC-2026-000001"));
	assert_string_equal(o.subject, "[NC-2026-000001] [TLP:AMBER] x");
	done(&o);
	o = write_it(&l, NULL, NULL, NULL); /* as delivered: the subject that it comes with */
	assert_string_equal(o.subject, "[NC-2026-000001] [TLP:AMBER] as it comes");
	done(&o);
}

static void a_value_is_never_read_again(void **state)
{
	static const char *const hostile[] = {
		"# Title\n## Heading\n- item\n1. step\n> quote",
		"{link} {#things}{thing}{/things} {{",
		"\001"
		"0\002 \001"
		"999999999999\002",
		"</span></p><script>alert(1)</script>",
		"\" onmouseover=\"x",
		"javascript:alert(1)",
	};
	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		struct case_obs o1 = { .value = S(hostile[i]) };
		struct case_view v = { .number = S(hostile[i]), .class_title = S(hostile[i]) };
		struct letter l = notice();
		l.words = l.link = S(hostile[i]);
		l.about = &v;
		l.obs = &o1;
		l.nobs = 1;
		static const char text[] = "said: {words}\n{class} {case} {link}\n> {words}\n" LEAST;
		struct out o = write_it(&l, "{class}", text, "<p>{words}</p><a href=\"{link}\">{class}</a>");
		assert_null(strpbrk(o.subject, "\n\r\001\002"));
		assert_null(strpbrk(o.text.p, "\001\002"));
		if (i == 0) /* each line of a quotation is one */
			assert_non_null(
				strstr(o.text.p, "\n> # Title\n> ## Heading\n> - item\n> 1. step\n> > quote\n"));
		assert_null(strpbrk(o.html.p, "\001\002"));
		assert_null(strstr(o.html.p, "<script"));
		assert_null(strstr(o.html.p, "\" onmouseover"));
		assert_non_null(strstr(o.html.p, "<a href=\"#\">"));
		done(&o);
		o = write_it(&l, "{class}", text, "");
		const char *b = body(&o.html);
		assert_null(strstr(b, "<h1>"));
		assert_null(strstr(b, "<h2>"));
		assert_null(strstr(b, "<li>"));
		assert_null(strstr(b, "<script"));
		assert_null(strstr(b, "href=\"javascript"));
		done(&o);
	}
}

static void every_variable_stands_somewhere(void **state)
{
	for (int i = 0; i < letter_nvars; i++) {
		const struct letter_var *v = &letter_vars[i];
		assert_true(v->in && (v->must & ~v->in) == 0);
		assert_true(v->kind == VAR_LIST ? v->count && !v->fill : v->fill && !v->count);
		assert_true(*v->doc);
		for (int k = 0; k < i; k++)
			assert_true(strcmp(letter_vars[k].name, v->name) != 0 || !(letter_vars[k].in & v->in));
	}
}

/* What was kept and is read no more (by a later version, after a restore) is a fault of ours: never one of the address. */
static void a_kept_template_that_no_longer_parses(void **state)
{
	static const char *const bad[][3] = { { "{class", "Words {link}", "" },
					      { "About {class}", "{?words} never closed {link}", "" },
					      { "About {class}", "Words {link}", "<p>{nobody_knows}</p>" } };
	struct letter l = notice();
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct arena *mem = arena_new(1 << 20);
		struct buf text = BUF_INIT, html = BUF_INIT;
		struct err e = { 0 };
		struct wording w = { 1, bad[i][0], bad[i][1], bad[i][2] };
		struct sheet p = { .lang = l.lang, .mem = mem, .face = &face, .date = AT };
		const char *subject;
		assert_int_equal(letter_write(&p, &l, &w, &subject, &text, &html, &e), ST_INTERNAL);
		assert_int_equal(e.code, ST_INTERNAL);
		assert_true(*e.msg != 0);
		buf_free(&text);
		buf_free(&html);
		arena_free(mem);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_delivered_can_be_kept),
		cmocka_unit_test(a_template_is_checked),
		cmocka_unit_test(what_is_too_long_is_refused),
		cmocka_unit_test(a_text_becomes_text_and_html),
		cmocka_unit_test(html_of_ones_own),
		cmocka_unit_test(the_label_and_the_case_stand_whatever_is_written),
		cmocka_unit_test(a_value_is_never_read_again),
		cmocka_unit_test(every_variable_stands_somewhere),
		cmocka_unit_test(a_kept_template_that_no_longer_parses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
