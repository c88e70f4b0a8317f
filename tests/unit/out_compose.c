/* Letters as messages: the same bytes each time, no field that can begin a header, readable again by another parser. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <gmime/gmime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "out/mail/mail_int.h"

#define AT 1795701900000000LL /* 2026-11-26T14:05:00Z */
#define S(x) ((char *)(x))

static const struct config cfg = { .mail_from = S(""),
				   .site_name = S("Taiwan Network Information Centre"),
				   .site_name_zh = S("財團法人台灣網路資訊中心"),
				   .site_contact = S("cert@nic.example"),
				   .site_zone = 480 };
static const struct face face = { &cfg, "https://nic.example:8443/" };

struct made {
	struct arena *mem;
	struct parcel p;
	struct err e;
	enum st st;
	GMimeMessage *m;
};

static struct made make(const struct letter *l)
{
	struct made x = { .mem = arena_new(1 << 20), .p = { .message = BUF_INIT } };
	x.st = compose_letter(x.mem, &face, l, NULL, AT, &x.p, &x.e);
	if (x.st)
		return x;
	GMimeStream *s = g_mime_stream_mem_new_with_buffer(x.p.message.p, x.p.message.n);
	GMimeParser *parser = g_mime_parser_new_with_stream(s);
	x.m = g_mime_parser_construct_message(parser, NULL);
	g_object_unref(parser);
	g_object_unref(s);
	assert_non_null(x.m);
	return x;
}

static void done(struct made *x)
{
	if (x->m)
		g_object_unref(x->m);
	buf_free(&x->p.message);
	arena_free(x->mem);
}

static const char *header(const struct made *x, const char *name)
{
	return g_mime_object_get_header((GMimeObject *)x->m, name);
}

/* The i-th part's decoded text; in x->mem. */
static char *part(struct made *x, int i)
{
	GMimeMultipart *body = (GMimeMultipart *)g_mime_message_get_mime_part(x->m);
	assert_true(GMIME_IS_MULTIPART(body));
	assert_int_equal(g_mime_multipart_get_count(body), 2);
	char *text = g_mime_text_part_get_text((GMimeTextPart *)g_mime_multipart_get_part(body, i));
	char *kept = arena_strdup(x->mem, text);
	g_free(text);
	return kept;
}

/* Every line ends in CRLF, has no other CR or LF, and no more than 998 bytes; the whole is ASCII (no 8BITMIME is
 * needed). */
static void assert_lines(const struct buf *b)
{
	size_t line = 0;
	for (size_t i = 0; i < b->n; i++, line++) {
		assert_true((unsigned char)b->p[i] < 0x80 && b->p[i]);
		if (b->p[i] == '\n') {
			assert_true(i > 0 && b->p[i - 1] == '\r');
			line = (size_t)-1;
		} else if (i > 0 && b->p[i - 1] == '\r') {
			fail_msg("a lone CR at %zu", i);
		}
		assert_true(line + 1 <= 998 + 1);
	}
	assert_memory_equal(b->p + b->n - 2, "\r\n", 2);
}

static struct case_obs things[] = {
	{ .value = S("https://shop.example.tw/parcel?id=1&x=<b>"),
	  .kind = S("url"),
	  .matched = S("shop.example.tw"),
	  .chain = { { .role = LINK_HOLDER, .name = S("Wang Xiaoming"), .person = true },
		     { .role = LINK_SPONSOR, .name = S("Cedar Names Ltd.") },
		     { .role = LINK_AUTHORITY, .name = S("TWNIC") } },
	  .links = 3 },
	{ .value = S("shop.example.tw"), .kind = S("name"), .matched = S("shop.example.tw") },
};

static struct case_notice told[] = {
	{ .id = 7, .role = LINK_HOLDER, .state = NOTICE_SILENT, .sent_at = AT - 86400 * USEC, .due_at = AT },
	{ .id = 8, .role = LINK_SPONSOR, .state = NOTICE_APPROVED, .due_at = AT + 86400 * USEC },
};

static struct case_view view = { .number = S("NC-2026-000001"),
				 .class_id = S("phishing"),
				 .rsit = S("fraud:phishing"),
				 .class_title = S("False site (phishing)"),
				 .opened_at = AT - 3600 * USEC };

static struct letter notice(enum lang lang)
{
	return (struct letter){ .to = S("abuse@shop.example.tw"),
				.subject = S("Case NC-2026-000001: False site (phishing)"),
				.message_id = S("<n8.3f2a@nic.example>"),
				.lang = lang,
				.template_ = S("notice"),
				.link = S("https://nic.example:8443/answer/abcdefghijklmnopqrstuvwxyz"),
				.about = &view,
				.obs = things,
				.nobs = 2,
				.notice = &told[0],
				.id = 7 };
}

static void a_notice_says_what_why_and_until_when(void **state)
{
	struct letter l = notice(LANG_EN);
	struct made x = make(&l);
	assert_int_equal(x.st, ST_OK);
	assert_lines(&x.p.message);
	assert_string_equal(header(&x, "Subject"), "Case NC-2026-000001: False site (phishing)");
	assert_string_equal(header(&x, "To"), "abuse@shop.example.tw");
	assert_string_equal(header(&x, "From"), "Taiwan Network Information Centre <cert@nic.example>");
	assert_string_equal(header(&x, "Date"), "Thu, 26 Nov 2026 14:05:00 +0000");
	assert_string_equal(header(&x, "Message-Id"), "<n8.3f2a@nic.example>");
	assert_string_equal(header(&x, "Auto-Submitted"), "auto-generated");
	assert_string_equal(header(&x, "MIME-Version"), "1.0");
	assert_null(header(&x, "In-Reply-To"));
	for (int i = 0; i < 2; i++) {
		char *text = part(&x, i);
		assert_non_null(strstr(text, "hxxps://shop.example.tw/parcel?id=1"));
		assert_null(strstr(text, "https://shop.example.tw"));
		assert_non_null(strstr(text, "holder of shop.example.tw."));
		assert_non_null(strstr(text, "26 Nov 2026, 22:05 (UTC+8)"));
		assert_non_null(strstr(text, l.link));
		assert_non_null(strstr(text, "Cedar Names Ltd., Sponsor (registrar)"));
		assert_null(strstr(text, "Wang"));
	}
	assert_non_null(strstr(part(&x, 0), "x=<b>"));
	assert_non_null(strstr(part(&x, 1), "x=&lt;b&gt;"));
	assert_null(strstr(part(&x, 1), "<img"));
	done(&x);
}

static void who_comes_next_is_told_who_was_silent(void **state)
{
	struct letter l = notice(LANG_EN);
	l.template_ = S("sponsor");
	l.told = told;
	l.ntold = 1;
	l.notice = &told[1];
	l.id = 8;
	struct made x = make(&l);
	char *text = part(&x, 0);
	assert_non_null(strstr(text, "the sponsor (registrar) of shop.example.tw"));
	assert_non_null(strstr(text, "- We wrote to the holder on 25 Nov 2026, 22:05 (UTC+8), and have no answer."));
	assert_non_null(strstr(text, "TWNIC, National authority"));
	assert_null(strstr(text, "Wang"));
	done(&x);
}

static void a_repeat_is_the_same_bytes(void **state)
{
	static const char *const names[] = { "notice",	"sponsor",  "upstream", "authority",
					     "receipt", "progress", "closed",	"message" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		for (int lang = 0; lang < LANG_COUNT; lang++) {
			struct letter l = notice((enum lang)lang);
			l.template_ = S(names[i]);
			l.text = S("First line\nSecond line");
			struct made a = make(&l), b = make(&l);
			assert_int_equal(a.st, ST_OK);
			assert_int_equal(a.p.message.n, b.p.message.n);
			assert_memory_equal(a.p.message.p, b.p.message.p, a.p.message.n);
			assert_lines(&a.p.message);
			done(&a);
			done(&b);
		}
}

static void letters_hold_with_the_least(void **state)
{
	static const char *const names[] = { "notice",	"sponsor",  "upstream", "authority",
					     "receipt", "progress", "closed",	"message" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct letter l = { .to = S("a@b.example"), .message_id = S("1@b"), .template_ = S(names[i]) };
		struct made x = make(&l);
		assert_int_equal(x.st, ST_OK);
		assert_null(strstr(part(&x, 0), "(null)"));
		done(&x);
	}
}

static void chinese_is_chinese(void **state)
{
	struct letter l = notice(LANG_ZH_TW);
	l.subject =
		S("案件 NC-2026-000001：您的網站上有假冒郵局的網頁，請於 2026 年 11 月 26 日 22:05 前回覆我們的通知");
	struct made x = make(&l);
	assert_lines(&x.p.message);
	assert_string_equal(g_mime_message_get_subject(x.m), l.subject);
	assert_non_null(
		strstr(g_mime_object_get_header(g_mime_message_get_mime_part(x.m), "Content-Language"), "zh-TW"));
	InternetAddress *from = internet_address_list_get_address(g_mime_message_get_from(x.m), 0);
	assert_string_equal(internet_address_get_name(from), cfg.site_name_zh);
	for (int i = 0; i < 2; i++) {
		char *text = part(&x, i);
		assert_non_null(strstr(text, "2026 年 11 月 26 日 22:05（UTC+8）"));
		assert_non_null(strstr(text, "持有人"));
		assert_non_null(strstr(text, "責任鏈"));
	}
	/* Base64 carries line ends as CRLF. */
	assert_non_null(strstr(x.p.message.p, "base64"));
	assert_non_null(strstr(part(&x, 0), "\r\n"));
	done(&x);
}

/* The header block has exactly these fields, whatever the letter's fields say. */
static void assert_no_header_but_ours(const struct made *x)
{
	static const char *const ours[] = {
		"Date",	      "From",	      "To",	     "Reply-To",       "Subject",
		"Message-Id", "In-Reply-To",  "References",  "Auto-Submitted", "Content-Language",
		"X-Loop",     "MIME-Version", "Content-Type"
	};
	const char *p = x->p.message.p, *end = strstr(p, "\r\n\r\n");
	assert_non_null(end);
	for (; p < end; p = strstr(p, "\r\n") + 2) {
		bool known = *p == ' ' || *p == '\t';
		for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
			known |= strncasecmp(p, ours[i], strlen(ours[i])) == 0 && p[strlen(ours[i])] == ':';
		if (!known)
			fail_msg("a header of its own: %.60s", p);
	}
	assert_int_equal(internet_address_list_length(g_mime_message_get_to(x->m)), 1);
	assert_null(g_mime_object_get_header((GMimeObject *)x->m, "Bcc"));
}

static const char *const hostile[] = {
	"x\r\nBcc: all@victim.example",
	"x\nBcc: all@victim.example\n\nbody",
	"x\rBcc: all@victim.example",
	"=?utf-8?Q?x=0D=0ABcc:_all@victim.example?=",
	"\302\205Bcc: all@victim.example\xe2\x80\xa8y\xe2\x80\xaez",
	"\xff\xfe\xc0\x80 not UTF-8",
	"\"><script>alert(1)</script>",
	"name\" <all@victim.example>, \"",
	"\x01\x02\x7f\x1b[31m",
};

static void a_hostile_text_stays_text(void **state)
{
	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		char *h = S(hostile[i]);
		struct case_obs o = { .value = h,
				      .shown = h,
				      .matched = h,
				      .links = 2,
				      .chain = { { .role = LINK_HOLDER }, { .role = LINK_SPONSOR, .name = h } } };
		struct case_view v = {
			.number = h, .class_title = h, .rsit = h, .next = h, .next_more = h, .close_reason = h
		};
		struct letter l = notice(LANG_EN);
		struct config c = cfg;
		c.site_name = h;
		struct face f = { &c, face.public_url };
		l.subject = l.words = l.text = l.party = l.in_reply_to = l.reply_to = h;
		l.about = &v;
		l.obs = &o;
		l.nobs = 1;
		struct made x = make(&l);
		assert_int_equal(x.st, ST_OK);
		assert_no_header_but_ours(&x);
		assert_lines(&x.p.message);
		assert_null(strstr(part(&x, 1), "<script"));
		assert_null(header(&x, "In-Reply-To"));
		assert_null(header(&x, "Reply-To"));
		buf_reset(&x.p.message);
		assert_int_equal(compose_letter(x.mem, &f, &l, NULL, AT, &x.p, &x.e), ST_OK); /* and in our own name */
		assert_no_header_but_ours(&x);
		done(&x);
	}
}

static void what_can_not_be_addressed_is_refused(void **state)
{
	static const char *const addresses[] = { "",
						 "nobody",
						 "a@b.example\r\nBcc: c@d.example",
						 "a@b.example, c@d.example",
						 "a b@c.example",
						 "<a@b.example>",
						 "a@-b.example",
						 "王@b.example",
						 "a@",
						 "@b.example" };
	static const char *const ids[] = { "", "x", "@b", "a@", "<>", "<@>" };
	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
		struct letter l = notice(LANG_EN);
		l.to = S(addresses[i]);
		struct made x = make(&l);
		assert_int_equal(x.st, ST_INVALID);
		assert_true(x.e.msg[0]);
		done(&x);
	}
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		struct letter l = notice(LANG_EN);
		l.message_id = S(ids[i]);
		struct made x = make(&l);
		assert_int_equal(x.st, ST_INTERNAL);
		done(&x);
	}
	struct letter l = notice(LANG_EN);
	l.template_ = S("poem");
	struct made x = make(&l);
	assert_int_equal(x.st, ST_INTERNAL);
	done(&x);
}

static void a_strange_message_id_is_made_plain(void **state)
{
	static const char *const ids[][2] = { { "<a.1@[2001:db8::1]>", "a.1@-2001-db8--1-" },
					      { "a b@c", "a-b@c" },
					      { "a@b\r\nBcc: x@y", "a@b--Bcc--x-y" } };
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		struct letter l = notice(LANG_EN);
		l.message_id = S(ids[i][0]);
		struct made x = make(&l);
		assert_int_equal(x.st, ST_OK);
		assert_string_equal(x.p.id, ids[i][1]);
		assert_no_header_but_ours(&x);
		done(&x);
	}
}

static void a_domain_in_han_is_written_to(void **state)
{
	struct letter l = notice(LANG_EN);
	l.to = S("abuse@台灣.tw");
	struct made x = make(&l);
	assert_int_equal(x.st, ST_OK);
	assert_string_equal(x.p.to, "abuse@xn--kpry57d.tw");
	done(&x);
}

static void long_lines_are_folded(void **state)
{
	char *words = malloc(20001), *url = malloc(2049);
	memset(words, 'w', 20000);
	for (int i = 7; i < 20000; i += 50)
		words[i] = '.';
	words[20000] = 0;
	memset(url, 'u', 2048);
	memcpy(url, "https://", 8);
	url[2048] = 0;
	struct case_obs *o = calloc(OBS_MAX, sizeof *o);
	for (int i = 0; i < OBS_MAX; i++)
		o[i] = (struct case_obs){ .value = url };
	struct letter l = notice(LANG_EN);
	l.words = l.subject = words;
	l.obs = o;
	l.nobs = OBS_MAX;
	struct made x = make(&l);
	assert_int_equal(x.st, ST_OK);
	assert_lines(&x.p.message);
	assert_non_null(strstr(part(&x, 0), words));
	assert_non_null(strstr(part(&x, 0), "and 150 more"));
	assert_true(strlen(g_mime_message_get_subject(x.m)) <= 300);
	done(&x);
	free(words);
	free(url);
	free(o);
}

static void answers_follow_their_thread(void **state)
{
	struct letter l = notice(LANG_EN);
	l.in_reply_to = S("<r1@nic.example>");
	l.reply_to = S("case+1@nic.example");
	struct made x = make(&l);
	assert_string_equal(header(&x, "In-Reply-To"), "<r1@nic.example>");
	assert_string_equal(header(&x, "References"), "<r1@nic.example>");
	assert_string_equal(header(&x, "Reply-To"), "case+1@nic.example");
	done(&x);
}

static void the_sender_is_our_own_host(void **state)
{
	static const char *const rows[][3] = {
		{ "https://nic.example/", "", "cert@nic.example" },
		{ "http://127.0.0.1:8080", "", "cert@[127.0.0.1]" },
		{ "http://[2001:db8::1]:8080/x", "", "cert@[IPv6:2001:db8::1]" },
		{ "", "", "cert@localhost" },
		{ "http://user:secret@nic.example:1/", "", "cert@nic.example" },
		{ "https://nic.example/", "desk@cert.example", "desk@cert.example" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct config c = cfg;
		c.mail_from = S(rows[i][1]);
		struct face f = { &c, rows[i][0] };
		struct arena *mem = arena_new(1 << 20);
		struct parcel p = { .message = BUF_INIT };
		struct err e;
		struct letter l = notice(LANG_EN);
		assert_int_equal(compose_letter(mem, &f, &l, NULL, AT, &p, &e), ST_OK);
		assert_string_equal(p.from, rows[i][2]);
		buf_free(&p.message);
		arena_free(mem);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_notice_says_what_why_and_until_when),
		cmocka_unit_test(who_comes_next_is_told_who_was_silent),
		cmocka_unit_test(a_repeat_is_the_same_bytes),
		cmocka_unit_test(letters_hold_with_the_least),
		cmocka_unit_test(chinese_is_chinese),
		cmocka_unit_test(a_hostile_text_stays_text),
		cmocka_unit_test(what_can_not_be_addressed_is_refused),
		cmocka_unit_test(a_strange_message_id_is_made_plain),
		cmocka_unit_test(a_domain_in_han_is_written_to),
		cmocka_unit_test(long_lines_are_folded),
		cmocka_unit_test(answers_follow_their_thread),
		cmocka_unit_test(the_sender_is_our_own_host),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
