#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/idn.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define OCTETS_63 "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0"

static struct arena *mem;

static int setup(void **state)
{
	idn_setup();
	mem = arena_new(1 << 20);
	return 0;
}

static int teardown(void **state)
{
	arena_free(mem);
	return 0;
}

static void becomes(const char *in, const char *want)
{
	struct err e = { 0 };
	char *got = name_ascii(mem, in, false, &e);
	if (!got)
		fail_msg("%s: %s", in, e.msg);
	assert_string_equal(got, want);
}

static void refused(const char *in)
{
	struct err e = { 0 };
	char *got = name_ascii(mem, in, false, &e);
	if (got)
		fail_msg("\"%s\" became %s", in, got);
	assert_int_equal(e.code, ST_INVALID);
	assert_true(e.msg[0] != 0);
}

static void ascii_names(void **state)
{
	becomes("example.tw", "example.tw");
	becomes("WWW.Example.TW.", "www.example.tw");
	becomes("r3---sn-abc.googlevideo.com", "r3---sn-abc.googlevideo.com");
	becomes("_dmarc.example.tw", "_dmarc.example.tw");
	becomes("a_b._tcp.example.tw", "a_b._tcp.example.tw");
	becomes("1.0.0.127.in-addr.arpa", "1.0.0.127.in-addr.arpa");
	becomes("123.tw", "123.tw");
	becomes(OCTETS_63 ".tw", OCTETS_63 ".tw");
}

static void unicode_names(void **state)
{
	becomes("例子.台灣", "xn--fsqu00a.xn--kpry57d");
	becomes("台灣.tw", "xn--kpry57d.tw");
	becomes("XN--KPRY57D.tw", "xn--kpry57d.tw");
	becomes("Xn--kpry57d.TW.", "xn--kpry57d.tw");
	becomes("ＷＷＷ．Ｅｘａｍｐｌｅ．ＴＷ", "www.example.tw");
	becomes("台灣。網路。tw。", "xn--kpry57d.xn--zf0ao64a.tw");
	becomes("台灣｡tw", "xn--kpry57d.tw");
	becomes("BÜCHER.example", "xn--bcher-kva.example");
	becomes("bu\xcc\x88"
		"cher.example",
		"xn--bcher-kva.example");	  /* decomposed */
	becomes("straße.de", "xn--strae-oqa.de"); /* non-transitional: no "ss" */
	becomes("ｘｎ--kpry57d.tw", "xn--kpry57d.tw");
	becomes("_dmarc.台灣.tw", "_dmarc.xn--kpry57d.tw");
	becomes("r3---sn.台灣", "r3---sn.xn--kpry57d");
}

static void hostile_names(void **state)
{
	static const char *const bad[] = {
		"",
		".",
		"..",
		"tw",
		"tw.",
		".tw",
		"a..tw",
		"a.tw..",
		"-a.tw",
		"a-.tw",
		"a b.tw",
		"a/b.tw",
		"a@b.tw",
		"a\tb.tw",
		"a\n.tw",
		"*.tw",
		"a%2e.tw",
		"a:80.tw",
		"192.0.2.1",
		"1.2.3",
		"::1",
		"[::1].tw",
		"a\\.tw",
		"a\x7f.tw",
		OCTETS_63 "a.tw",
		/* UTF-8: stray continuation, overlong dot, surrogate, cut */
		"\x80.tw",
		"a\xc0\xae.tw",
		"\xed\xa0\x80.tw",
		"\xe5\x8f.tw",
		"\xff\xfe.tw",
		/* A-labels that stand for nothing, for ASCII, for what would be written otherwise */
		"xn--.tw",
		"xn--a.tw",
		"xn---.tw",
		"xn--example-.tw",
		"xn--99999999999.tw",
		"xn--0.tw",
		"xn--bcher-KVA\xc3\xbc.tw",
		"xn--Bcher-1ya.tw",
		"xn--strasse-.de",
		"xn--kpry57d_.tw",
		"xn--_-kpry57d.tw",
		"xn--\xe5\x8f\xb0.tw",
		/* U-labels that IDNA does not allow */
		"_台灣.tw",
		"-台灣.tw",
		"台灣-.tw",
		"台 灣.tw",
		"\xcc\x88"
		"a.tw",
		"a\xe2\x80\xae"
		"b.tw",
		"a⒈b.tw",
		"\xc2\xad.tw",
		"a\xe3\x80\x80"
		"b.tw",
		"\xd7\x90"
		"a.tw",
		"㏂.tw",
	};
	for (size_t i = 0; i < COUNT(bad); i++)
		refused(bad[i]);
}

static void length_limits(void **state)
{
	char in[4096];
	/* 253 octets: three labels of 63, one of 61 */
	snprintf(in, sizeof in, "%s.%s.%s.%.61s", OCTETS_63, OCTETS_63, OCTETS_63, OCTETS_63);
	assert_int_equal(strlen(in), 253);
	becomes(in, in);
	snprintf(in, sizeof in, "%s.%s.%s.%.61s.", OCTETS_63, OCTETS_63, OCTETS_63, OCTETS_63);
	assert_non_null(name_ascii(mem, in, false, NULL)); /* the final dot does not count */
	snprintf(in, sizeof in, "%s.%s.%s.%.62s", OCTETS_63, OCTETS_63, OCTETS_63, OCTETS_63);
	refused(in);
	memset(in, 'a', sizeof in - 1);
	in[sizeof in - 1] = 0;
	refused(in);
	for (size_t i = 1; i < sizeof in - 1; i += 2)
		in[i] = '.';
	refused(in);
	for (int i = 0; i < 60; i++) /* encodes to more than 63 octets */
		memcpy(in + 3 * i, i % 2 ? "台" : "灣", 3);
	memcpy(in + 180, ".tw", 4);
	refused(in);
}

static void single_labels(void **state)
{
	struct err e = { 0 };
	assert_null(name_ascii(mem, "台灣", false, &e));
	assert_string_equal(name_ascii(mem, "台灣", true, &e), "xn--kpry57d");
	assert_string_equal(name_ascii(mem, "TW.", true, &e), "tw");
	assert_string_equal(name_ascii(mem, "123", true, &e), "123");
	assert_string_equal(name_ascii(mem, "a.tw", true, &e), "a.tw");
	assert_null(name_ascii(mem, ".", true, &e));
}

static void back_to_unicode(void **state)
{
	assert_string_equal(name_unicode(mem, "xn--fsqu00a.xn--kpry57d"), "例子.台灣");
	assert_string_equal(name_unicode(mem, "www.xn--bcher-kva.example"), "www.bücher.example");
	assert_string_equal(name_unicode(mem, "www.example.tw"), "www.example.tw");
	assert_string_equal(name_unicode(mem, "xn--99999999999.tw"), "xn--99999999999.tw");
	assert_string_equal(name_unicode(mem, "xn--example-.xn--kpry57d"), "xn--example-.台灣");
	assert_string_equal(name_unicode(mem, "tw"), "tw");
	assert_string_equal(name_unicode(mem, ""), "");
	assert_string_equal(name_unicode(mem, OCTETS_63 OCTETS_63), OCTETS_63 OCTETS_63);
}

static void parts_of_names(void **state)
{
	assert_string_equal(name_parent("a.b.tw"), "b.tw");
	assert_null(name_parent("tw"));
	assert_string_equal(name_tld("a.b.tw"), "tw");
	assert_string_equal(name_tld("tw"), "tw");
	assert_int_equal(name_labels("a.b.tw"), 3);
	assert_int_equal(name_labels("tw"), 1);
	assert_int_equal(name_labels(""), 0);
}

static void registry_cuts(void **state)
{
	static const char *const suffixes[] = { "tw",	   "com.tw",	       "gov.tw",       "co.uk",
						"uk",	   "foo.ck",	       "com",	       "xn--kpry57d",
						"kobe.jp", "city-not.kobe.jp", "in-addr.arpa", "nosuchtld" };
	static const char *const others[] = { "example.tw", "example.com.tw", "blogspot.com",  "github.io",
					      "www.ck",	    "city.kobe.jp",   "example.co.uk", "example.nosuchtld" };
	static const char *const cuts[][2] = {
		{ "www.shop.example.com.tw", "example.com.tw" },
		{ "example.com.tw", "example.com.tw" },
		{ "a.b.example.co.uk", "example.co.uk" },
		{ "x.blogspot.com", "blogspot.com" },
		{ "deep.x.github.io", "github.io" },
		{ "a.b.c.ck", "b.c.ck" },
		{ "a.www.ck", "www.ck" },
		{ "www.city.kobe.jp", "city.kobe.jp" },
		{ "a.b.xn--kpry57d", "b.xn--kpry57d" },
		{ "a.b.nosuchtld", "b.nosuchtld" },
	};
	for (size_t i = 0; i < COUNT(suffixes); i++) {
		if (!name_is_suffix(suffixes[i]))
			fail_msg("%s is a suffix", suffixes[i]);
		assert_null(name_registrable(suffixes[i]));
	}
	for (size_t i = 0; i < COUNT(others); i++)
		if (name_is_suffix(others[i]))
			fail_msg("%s is no suffix", others[i]);
	for (size_t i = 0; i < COUNT(cuts); i++)
		assert_string_equal(name_registrable(cuts[i][0]), cuts[i][1]);
}

static void *many_times(void *failed)
{
	struct arena *own = arena_new(1 << 20);
	for (int i = 0; i < 500; i++) {
		char *a = name_ascii(own, "例子.ｗｗｗ.台灣", false, NULL);
		if (!a || strcmp(a, "xn--fsqu00a.www.xn--kpry57d") != 0 || !name_registrable(a))
			*(bool *)failed = true;
		arena_reset(own);
	}
	arena_free(own);
	return NULL;
}

static void many_threads(void **state)
{
	pthread_t threads[4];
	bool failed[4] = { 0 };
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, many_times, &failed[i]), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_false(failed[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ascii_names),	  cmocka_unit_test(unicode_names), cmocka_unit_test(hostile_names),
		cmocka_unit_test(length_limits),  cmocka_unit_test(single_labels), cmocka_unit_test(back_to_unicode),
		cmocka_unit_test(parts_of_names), cmocka_unit_test(registry_cuts), cmocka_unit_test(many_threads),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
