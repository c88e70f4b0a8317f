/* Recognising what people report: undisguising, normal forms, free text in two languages, traps, hostile input. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/idn.h"
#include "intel/observable.h"

static struct arena *mem;

static int setup(void **state)
{
	idn_setup();
	mem = arena_new((size_t)64 << 20);
	return 0;
}

static int teardown(void **state)
{
	arena_free(mem);
	return 0;
}

struct want {
	const char *typed, *kind, *value;
};

static void parses(const struct want *w, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct observable o;
		struct err e = { 0 };
		if (obs_parse(mem, w[i].typed, &o, &e))
			fail_msg("%s: %s", w[i].typed, e.msg);
		assert_string_equal(obs_kind_name(o.kind), w[i].kind);
		assert_string_equal(o.value, w[i].value);
	}
}
#define PARSES(...)                                                                                                    \
	parses((const struct want[]){ __VA_ARGS__ }, sizeof((const struct want[]){ __VA_ARGS__ }) / sizeof(struct want))

static void urls(void **state)
{
	PARSES({ "http://Evil.Example.TW", "url", "http://evil.example.tw/" },
	       { "HTTPS://evil.tw:443/Login?x=1#top", "url", "https://evil.tw/Login?x=1" },
	       { "http://evil.tw:8080/a/../b/./c", "url", "http://evil.tw:8080/b/c" },
	       { "http://evil.tw/..", "url", "http://evil.tw/" }, { "http://evil.tw/a/..", "url", "http://evil.tw/" },
	       { "http://evil.tw:/x", "url", "http://evil.tw/x" },
	       { "evil.tw/login.php", "url", "http://evil.tw/login.php" },
	       { "http://evil.tw?x=%7e%2f%e4%b8", "url", "http://evil.tw/?x=~%2F%E4%B8" },
	       { "ftp://evil.tw/x", "url", "ftp://evil.tw/x" },
	       { "tcp://192.0.2.1:4444", "url", "tcp://192.0.2.1:4444/" },
	       { "http://[2001:DB8::1]:8080/x", "url", "http://[2001:db8::1]:8080/x" },
	       { "http://evil.tw./x", "url", "http://evil.tw/x" });
}

static void url_traps(void **state)
{
	/* What the browser opens, not what the reader sees. */
	PARSES({ "http://www.bank.tw@evil.tw/", "url", "http://evil.tw/" },
	       { "http://evil.tw\\@bank.tw/", "url", "http://evil.tw/@bank.tw/" },
	       { "http:\\\\evil.tw\\x", "url", "http://evil.tw/x" }, { "http:///evil.tw/", "url", "http://evil.tw/" },
	       { "http://2130706433/", "url", "http://127.0.0.1/" }, { "http://0x7f.1/x", "url", "http://127.0.0.1/x" },
	       { "http://0177.0.0.01/", "url", "http://127.0.0.1/" }, { "http://%65vil.tw/", "url", "http://evil.tw/" },
	       { "http://user:secret@evil.tw/", "url", "http://evil.tw/" });
}

static void defanged(void **state)
{
	PARSES({ "hxxp://evil[.]tw/a", "url", "http://evil.tw/a" }, { "hXXps://evil(.)tw", "url", "https://evil.tw/" },
	       { "hxxps[:]//evil[.]tw/", "url", "https://evil.tw/" },
	       { "hxxp[://]evil{.}tw/", "url", "http://evil.tw/" }, { "h**p://evil[dot]tw", "url", "http://evil.tw/" },
	       { "http[:]//evil(dot)com(dot)tw/x", "url", "http://evil.com.tw/x" },
	       { "evil[.]com[.]tw", "name", "evil.com.tw" }, { "evil [.] tw", "name", "evil.tw" },
	       { "evil[.tw", "name", "evil.tw" }, { "192[.]0[.]2[.]7", "ipv4", "192.0.2.7" },
	       { "192.0.2[.]7:8080", "ipv4", "192.0.2.7" }, { "bad[@]evil[.]tw", "email", "bad@evil.tw" },
	       { "bad(at)evil.tw", "email", "bad@evil.tw" }, { "evil\\.tw", "name", "evil.tw" },
	       { "ｈｔｔｐ：／／ｅｖｉｌ．ｔｗ／", "url", "http://evil.tw/" },
	       { "ev\xe2\x80\x8bil.tw", "name", "evil.tw" }, { "<http://evil.tw/>", "url", "http://evil.tw/" },
	       { " \"evil.tw\", ", "name", "evil.tw" },
	       { "https://evil7。example。net/", "url", "https://evil7.example.net/" },
	       { "https://evil7｡example．net/", "url", "https://evil7.example.net/" },
	       { "https://www.evil。com/x", "url", "https://www.evil.com/x" },
	       { "https://中文。tw/", "url", "https://xn--fiq228c.tw/" });
}

static void names(void **state)
{
	PARSES({ "WWW.Evil.TW", "name", "www.evil.tw" }, { "evil.tw.", "name", "evil.tw" },
	       { "*.evil.tw", "name", "evil.tw" }, { "中文.tw", "name", "xn--fiq228c.tw" },
	       { "中文。台灣", "name", "xn--fiq228c.xn--kpry57d" }, { "xn--fiq228c.tw", "name", "xn--fiq228c.tw" },
	       { "http://中文.tw/路", "url", "http://xn--fiq228c.tw/%E8%B7%AF" },
	       { "_dmarc.evil.tw", "name", "_dmarc.evil.tw" }, { "evil.tw:8080", "name", "evil.tw" });
}

static void numbers(void **state)
{
	PARSES({ "192.0.2.1", "ipv4", "192.0.2.1" }, { "192.0.2.1:443", "ipv4", "192.0.2.1" },
	       { "[2001:db8::1]:443", "ipv6", "2001:db8::1" }, { "2001:DB8:0:0:0:0:0:1", "ipv6", "2001:db8::1" },
	       { "::ffff:192.0.2.1", "ipv4", "192.0.2.1" }, { "192.0.2.0/24", "prefix", "192.0.2.0/24" },
	       { "192.0.2.1/32", "ipv4", "192.0.2.1" }, { "192.0.2.1/24", "ipv4", "192.0.2.1" },
	       { "2001:db8::/32", "prefix", "2001:db8::/32" }, { "as3462", "asn", "AS3462" },
	       { "AS 3462", "asn", "AS3462" }, { "192.0.2.1/login", "url", "http://192.0.2.1/login" });
}

static void hashes_and_mail(void **state)
{
	PARSES({ "D41D8CD98F00B204E9800998ECF8427E", "md5", "d41d8cd98f00b204e9800998ecf8427e" },
	       { "da39a3ee5e6b4b0d3255bfef95601890afd80709", "sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
	       { "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "sha256",
		 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	       { "Bad.Guy@Evil.TW", "email", "Bad.Guy@evil.tw" },
	       { "mailto:bad@evil.tw?subject=x", "email", "bad@evil.tw" });
}

static void refused(void **state)
{
	static const char *const bad[] = { "",
					   "   ",
					   "hello",
					   "javascript:alert(1)",
					   "javascript://evil.tw/%0aalert(1)",
					   "http://",
					   "http:///",
					   "http://a b/",
					   "http://evil.tw:99999/",
					   "http://[::1/",
					   "http://1.2.3.4.5/",
					   "300.1.1.1",
					   "1.2.3",
					   "0.0.0.0/0",
					   "2000::/3",
					   "3462",
					   "evil..tw",
					   "-evil.tw",
					   "evil.tw\x01",
					   "\xff\xfe.tw",
					   "@evil.tw",
					   "abcdef0123456789",
					   "<>" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct observable o;
		struct err e = { 0 };
		if (obs_parse(mem, bad[i], &o, &e) != ST_INVALID)
			fail_msg("taken: %s", bad[i]);
		assert_true(e.msg[0]);
	}
	char long_[3000];
	struct observable o;
	memset(long_, 'a', sizeof long_ - 1);
	long_[sizeof long_ - 1] = 0;
	memcpy(long_, "http://a.tw/", 12);
	assert_int_equal(obs_parse(mem, long_, &o, NULL), ST_INVALID);
}

/* The values found, joined by blanks. */
static const char *found(const char *text)
{
	struct observable o[OBS_MAX];
	int n = obs_scan(mem, text, o, OBS_MAX);
	char *all = arena_strdup(mem, "");
	for (int i = 0; i < n; i++)
		all = arena_printf(mem, "%s%s%s", all, i ? " " : "", o[i].value);
	return all;
}

static void free_text(void **state)
{
	assert_string_equal(found("I got this: http://evil.tw/login, please look."), "http://evil.tw/login");
	assert_string_equal(found("(see http://evil.tw/a_(b)) and evil2.tw."), "http://evil.tw/a_(b) evil2.tw");
	assert_string_equal(found("From 192.0.2.7:4444 to 2001:db8::7, AS3462; 192.0.2.0/24"),
			    "192.0.2.7 2001:db8::7 AS3462 192.0.2.0/24");
	assert_string_equal(found("hxxps://evil[.]zip/x and bad[.]sh twice: bad.sh[.]tw"),
			    "https://evil.zip/x bad.sh bad.sh.tw");
	assert_string_equal(found("evil.tw EVIL.tw http://evil.tw http://evil.tw/"), "evil.tw http://evil.tw/");
	assert_string_equal(found("mail from bad@evil.tw with md5 d41d8cd98f00b204e9800998ecf8427e"),
			    "bad@evil.tw d41d8cd98f00b204e9800998ecf8427e");
	assert_string_equal(found("ip=192.0.2.1 url=evil.tw host:evil2.tw:8080"), "192.0.2.1 evil.tw evil2.tw");
	assert_string_equal(found("<a href=\"http://evil.tw/x\">evil2.tw</a>"), "http://evil.tw/x evil2.tw");
	assert_string_equal(found("evil.tw/login.php?a=b&c=d done"), "http://evil.tw/login.php?a=b&c=d");
}

static void chinese_text(void **state)
{
	assert_string_equal(found("收到簡訊，網址http://evil.tw/login請查，謝謝。"), "http://evil.tw/login");
	assert_string_equal(found("請看evil.tw謝謝"), "evil.tw");
	assert_string_equal(found("請看：中文.tw，還有「釣魚.台灣」"), "xn--fiq228c.tw xn--on4ak0q.xn--kpry57d");
	assert_string_equal(found("http://evil.tw謝謝"), "http://evil.tw/");
	assert_string_equal(found("http://中文.台灣請小心"), "http://xn--fiq228c.xn--kpry57d/");
	assert_string_equal(found("http://evil.tw/中文/x"), "http://evil.tw/%E4%B8%AD%E6%96%87/x");
	assert_string_equal(found("假網站（http://evil.tw/a）與http://evil2.tw/b。"),
			    "http://evil.tw/a http://evil2.tw/b");
	assert_string_equal(found("請看https://evil.tw。www.bank.tw是真的。"), "https://evil.tw/ www.bank.tw");
	assert_string_equal(found("在http://192.0.2.7。www.bank.tw是真的"), "http://192.0.2.7/ www.bank.tw");
	assert_string_equal(found("在http://evil.tw/a。See b"), "http://evil.tw/a");
	assert_string_equal(found("在https://evil7。example。net/q。謝謝"), "https://evil7.example.net/q");
	assert_string_equal(found("[https://a.tw/x](https://b.tw/y) ([text](http://c.tw))"),
			    "https://a.tw/x https://b.tw/y http://c.tw/");
	assert_string_equal(found("來源 IP：192.0.2.7，時間 12:34:56"), "192.0.2.7");
}

static void no_observables(void **state)
{
	assert_string_equal(
		found("Please open file.txt, e.g. notes.md or main.rs, i.e. run.sh at 12:30:59 on 2026-11-24."), "");
	assert_string_equal(found("It was done.It works. Version 1.2, price 3.50, and/or, a::b, std::vector, 50%."),
			    "");
	assert_string_equal(found("com.tw and tw and 3462 and AS and 12345678901234567890123456789012"), "");
	assert_string_equal(found(""), "");
	assert_string_equal(found("\xff\xff http://evil.tw"), "");
}

static void given_is_as_typed(void **state)
{
	struct observable o[4];
	int n = obs_scan(mem, "see hxxp://evil[.]tw/a, and 請看bad[.]tw謝謝", o, 4);
	assert_int_equal(n, 2);
	assert_string_equal(o[0].given, "hxxp://evil[.]tw/a");
	assert_string_equal(o[0].host, "evil.tw");
	assert_string_equal(o[1].given, "bad[.]tw");
}

static void harmless(void **state)
{
	static const char *const yes[] = { "10.1.2.3",
					   "192.168.0.0/16",
					   "192.0.2.9",
					   "http://127.0.0.1/x",
					   "100.64.1.1",
					   "2001:db8::1",
					   "fd00::1",
					   "fe80::1",
					   "::1",
					   "http://[::1]/",
					   "printer.local",
					   "a.localhost",
					   "cert.tw",
					   "x@mail.cert.tw",
					   "https://cert.tw/report",
					   "AS64500",
					   "224.0.0.1",
					   "255.255.255.255" };
	static const char *const no[] = { "8.8.8.8",	  "11.0.0.0/8",
					  "2001:4860::1", "evil.tw",
					  "notcert.tw",	  "AS3462",
					  "192.0.0.0/16", "d41d8cd98f00b204e9800998ecf8427e",
					  "172.32.0.1",	  "http://1.1.1.1/" };
	struct observable o;
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
		assert_int_equal(obs_parse(mem, yes[i], &o, NULL), ST_OK);
		if (!obs_harmless(&o, "cert.tw"))
			fail_msg("not harmless: %s", yes[i]);
	}
	for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
		assert_int_equal(obs_parse(mem, no[i], &o, NULL), ST_OK);
		if (obs_harmless(&o, "cert.tw"))
			fail_msg("harmless: %s", no[i]);
	}
	assert_int_equal(obs_parse(mem, "evil.tw", &o, NULL), ST_OK);
	assert_false(obs_harmless(&o, NULL));
}

/* A text made of nothing but beginnings costs time in proportion to its length, and the list has an end. */
static void hostile(void **state)
{
	static const char *const bits[] = { "http://",	  "[.]", "evil.tw ", "h**p", "a:b:",	 "((((", "中", "。",
					    "http://中.", "%zz", "\\.",	     "@",    "1.2.3.4/", "[:",	 "[",  "．" };
	for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
		struct observable o[10];
		size_t n = strlen(bits[i]), len = 20000 / n * n;
		char *text = arena_alloc(mem, len + 1);
		for (size_t at = 0; at < len; at += n)
			memcpy(text + at, bits[i], n);
		int got = obs_scan(mem, text, o, 10);
		assert_true(got >= 0 && got <= 10);
		arena_reset(mem);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls),
		cmocka_unit_test(url_traps),
		cmocka_unit_test(defanged),
		cmocka_unit_test(names),
		cmocka_unit_test(numbers),
		cmocka_unit_test(hashes_and_mail),
		cmocka_unit_test(refused),
		cmocka_unit_test(free_text),
		cmocka_unit_test(chinese_text),
		cmocka_unit_test(no_observables),
		cmocka_unit_test(given_is_as_typed),
		cmocka_unit_test(harmless),
		cmocka_unit_test(hostile),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
