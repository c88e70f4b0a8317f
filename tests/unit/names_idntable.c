/* IDN tables: both formats, what they refuse, labels, bundle keys, members; and the real Chinese tables of
 * $NICERT_TESTDATA. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/clock.h"
#include "names/idntable.h"

#define LGR(data, rules)                                                                                               \
	"<?xml version=\"1.0\"?>\n<lgr "                                                                               \
	"xmlns=\"urn:ietf:params:xml:ns:lgr-1.0\"><meta><language>zh-Hani</language></meta>"                           \
	"<data>" data "</data><rules>" rules "</rules></lgr>"

typedef enum st (*load_fn)(const char *, size_t, struct idntable **, struct err *);

static struct idntable *load(load_fn fn, const char *text)
{
	struct idntable *t = NULL;
	struct err e = { 0 };
	if (fn(text, strlen(text), &t, &e))
		fail_msg("%s", e.msg);
	return t;
}

static void refused(load_fn fn, const char *text, const char *want)
{
	struct idntable *t = NULL;
	struct err e = { 0 };
	if (fn(text, strlen(text), &t, &e) == ST_OK)
		fail_msg("taken: %s", text);
	if (!strstr(e.msg, want))
		fail_msg("%s\n\"%s\" is not in \"%s\"", text, want, e.msg);
	assert_null(t);
}

/* UTF-8 to code points; the test's own texts are well-formed. */
static int cps(const char *s, uint32_t *out)
{
	int n = 0;
	for (const unsigned char *p = (const unsigned char *)s; *p; n++) {
		int more = *p < 0x80 ? 0 : *p < 0xe0 ? 1 : *p < 0xf0 ? 2 : 3;
		uint32_t cp = more ? *p & (0x3f >> more) : *p;
		for (p++; more; more--, p++)
			cp = cp << 6 | (*p & 0x3f);
		out[n] = cp;
	}
	return n;
}

static enum st label(const struct idntable *t, const char *s, struct err *e)
{
	uint32_t cp[256];
	return idntable_label(t, cp, cps(s, cp), e);
}

static void label_is(const struct idntable *t, const char *s, const char *want)
{
	struct err e = { 0 };
	enum st st = label(t, s, &e);
	if (!want ? st != ST_OK : (st != ST_INVALID || !strstr(e.msg, want)))
		fail_msg("%s: %s", s, st ? e.msg : "taken");
}

static bool same_bundle(const struct idntable *t, const char *a, const char *b)
{
	uint32_t x[64], y[64];
	char k[256], l[256];
	idntable_key(t, x, cps(a, x), k);
	idntable_key(t, y, cps(b, y), l);
	return strcmp(k, l) == 0;
}

static int members(const struct idntable *t, struct arena *mem, const char *s, char **out, int max, double *total)
{
	uint32_t cp[64];
	bool more;
	return idntable_allocatable(t, mem, cp, cps(s, cp), out, max, total, &more);
}

/* ── RFC 3743 ── */

/* 龙 → 龍, 台 in both, 仙 in both standards, 湾 → 灣; 峯 is another writing of 峰, no simplification. */
static const char small[] =
	"\xef\xbb\xbfReference 0 Unicode 3.2\r\nReference 1 A Complete Set of Simplified Chinese Characters\n"
	"Reference 5 GB2312\nReference 9 BIG5\nVersion 1 20020701\n# comment\n\n"
	"U+002D(0);U+002D(0);\nU+0061(0);U+0061(0);\n"
	"U+4ED9(0);U+4ED9(5,9);U+4EDA(3,9)\nU+4EDA(0);U+4EDA(0,9);U+4ED9(3,9)\n"
	"U+53F0(0);U+53F0(1,3,9),U+81FA(1,9);U+81FA(1,9)\nU+81FA(0);U+81FA(0,9);U+53F0(1)\n"
	"U+5CEF(0);U+5CF0(2,9);U+5CF0(2,9)\nU+5CF0(0);U+5CF0(5,9);U+5CEF(2)\n"
	"U+6E7E(0);U+7063(1,9);U+7063(1,9)\nU+7063(0);U+7063(0,9);U+6E7E(1)\n"
	"U+9F8D(0);U+9F8D(0,9);U+9F99(1)\n  U+9F99(0) ; U+9F8D(1,9) ; U+9F8D(1,9) # last";

static void jet(void **state)
{
	struct idntable *t = load(idntable_load_rfc3743, small);
	struct arena *mem = arena_new(1 << 16);
	const struct idn_variant *v;
	char *out[8];
	double total;
	assert_string_equal(idntable_language(t), "");
	assert_int_equal(idntable_size(t), 12);
	assert_true(idntable_has(t, 'a') && !idntable_has(t, 'b'));
	assert_int_equal(idntable_variants(t, 'a', &v), 0);
	assert_int_equal(idntable_variants(t, 0x9f99, &v), 1);
	assert_int_equal(v[0].cp, 0x9f8d);
	assert_int_equal(v[0].kind, VARIANT_TRADITIONAL);
	assert_int_equal(idntable_variants(t, 0x9f8d, &v), 1);
	assert_int_equal(v[0].kind, VARIANT_BLOCKED);
	label_is(t, "台灣", NULL);
	label_is(t, "台湾", NULL);
	label_is(t, "臺灣", NULL);
	label_is(t, "臺湾", "part traditional (U+81FA 臺), part simplified (U+6E7E 湾)");
	label_is(t, "仙龙", NULL);
	label_is(t, "仙龍", NULL);
	label_is(t, "峯龍", NULL);
	label_is(t, "a-龍", NULL);
	label_is(t, "-a", "neither begins nor ends");
	label_is(t, "a-", "neither begins nor ends");
	label_is(t, "aa--a", "third and fourth");
	label_is(t, "a--a", NULL);
	label_is(t, "ab", "U+0062 b is not in the table");
	label_is(t, "", "1 to 63");
	assert_true(same_bundle(t, "台湾", "臺灣") && !same_bundle(t, "台湾", "台龍"));
	assert_true(same_bundle(t, "b龙", "b龍"));
	assert_int_equal(members(t, mem, "台湾", out, 8, &total), 2);
	assert_string_equal(out[0], "台灣");
	assert_string_equal(out[1], "臺灣");
	assert_true(total == 3);
	assert_int_equal(members(t, mem, "aa", out, 8, &total), 0);
	assert_true(total == 0);
	uint32_t cp[64];
	bool more = true;
	assert_int_equal(idntable_allocatable(t, mem, cp, cps("台湾", cp), out, 2, &total, &more), 2);
	assert_false(more);
	assert_int_equal(idntable_allocatable(t, mem, cp, cps("台湾", cp), out, 1, &total, &more), 1);
	assert_true(more);
	arena_free(mem);
	idntable_free(t);
}

static void jet_refuses(void **state)
{
	static const struct {
		const char *text, *want;
	} row[] = {
		{ "", "no row" },
		{ "# nothing", "no row" },
		{ "U+4E00", "line 1: expected ; and the preferred" },
		{ "U+4E00;", "line 1: expected ; and the character" },
		{ "U+4E00;;\nU+4E00;;", "line 2: U+4E00 is there twice" },
		{ "4E00;;", "line 1: expected a code point" },
		{ "U+4E0;;", "four to six digits" },
		{ "U+D800;;", "is a character" },
		{ "U+110000;;", "is a character" },
		{ "U+4E00 U+4E01;;", "sequences" },
		{ "U+4E00(;;", "number of a reference" },
		{ "U+4E00(64);;", "number of a reference" },
		{ "U+4E00(1;;", "expected )" },
		{ "U+4E00;U+4E01,;", "expected a code point" },
		{ "U+4E00;;U+4E01,U+4E01", "variant U+4E01 twice" },
		{ "U+4E00;;;x", "behind the last column" },
		{ "\n\nReference x", "line 3: expected the number" },
		{ "Nonsense", "line 1: expected a code point" },
		{ "U+4E00;;\xff", "UTF-8" },
	};
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		refused(idntable_load_rfc3743, row[i].text, row[i].want);
}

/* Symmetry and transitivity, though the rows say neither. */
static void closed(void **state)
{
	struct idntable *t =
		load(idntable_load_rfc3743, "U+4E01;;U+4E00\nU+4E02;;U+4E01\nU+4E03;;\nU+4E00;;\nU+4E09;;U+5000");
	const struct idn_variant *v;
	assert_true(same_bundle(t, "丂", "一") && same_bundle(t, "丁", "一") && !same_bundle(t, "七", "一"));
	assert_int_equal(idntable_variants(t, 0x4e00, &v), 2);
	assert_int_equal(v[1].cp, 0x4e02);
	assert_int_equal(v[1].kind, VARIANT_BLOCKED);
	assert_int_equal(idntable_size(t), 5);
	assert_false(idntable_has(t, 0x5000));
	assert_int_equal(idntable_variants(t, 0x4e09, &v), 1);
	idntable_free(t);
}

/* ── RFC 7940 ── */

#define CHAR(cp, inner) "<char cp=\"" cp "\">" inner "</char>"
#define VAR(cp, type) "<var cp=\"" cp "\" type=\"" type "\"/>"

static void lgr_small(void **state)
{
	struct idntable *t = load(
		idntable_load_lgr,
		LGR(CHAR("9F8D", VAR("9F8D", "r-trad") VAR("9F99", "simp")) CHAR("9F99", VAR("9F99", "r-simp")
												 VAR("9F8D", "trad"))
			    CHAR("570B", VAR("570B", "r-trad") VAR("56FD", "simp")) CHAR(
				    "56FD",
				    VAR("56FD", "r-simp") VAR(
					    "570B",
					    "trad")) "<range first-cp=\"0061\" last-cp=\"0063\" tag=\"latin sc:Latn\"/>"
						     "<char cp=\"002D\" not-when=\"lone\"/>"
						     "<char cp=\"30FB\" when=\"between\"/>" CHAR("4E00",
												 VAR("4E00", "oor")),
		    "<class name=\"vowel\">0061 0065-0066</class><class name=\"latin\" from-tag=\"latin\"/>"
		    "<union name=\"both\"><class by-ref=\"vowel\"/><class by-ref=\"latin\"/></union>"
		    "<difference name=\"consonant\"><class by-ref=\"latin\"/><class by-ref=\"vowel\"/></difference>"
		    "<rule name=\"lone\"><choice><rule><look-behind><start/></look-behind><anchor/></rule>"
		    "<rule><anchor/><look-ahead><end/></look-ahead></rule></choice></rule>"
		    "<rule name=\"between\"><look-behind><class property=\"sc:Hani\"/></look-behind><anchor/>"
		    "<look-ahead><class property=\"gc:Lo\"/></look-ahead></rule>"
		    "<rule name=\"bbb\"><class by-ref=\"consonant\" count=\"3+\"/></rule>"
		    "<rule name=\"all-latin\"><start/><class by-ref=\"both\" count=\"4:63\"/><end/></rule>"
		    "<action disp=\"invalid\" any-variant=\"oor\"/><action disp=\"invalid\" match=\"bbb\"/>"
		    "<action disp=\"invalid\" match=\"all-latin\" comment=\"too latin\"/>"
		    "<action disp=\"valid\" all-variants=\"r-trad r-simp\"/>"
		    "<action disp=\"allocatable\" only-variants=\"simp r-simp\"/><action disp=\"allocatable\" "
		    "only-variants=\"trad r-trad\"/>"
		    "<action disp=\"blocked\" any-variant=\"simp trad\"/><action disp=\"valid\"/>"));
	struct arena *mem = arena_new(1 << 16);
	char *out[8];
	double total;
	assert_string_equal(idntable_language(t), "zh-Hani");
	assert_int_equal(idntable_size(t), 9);
	assert_false(idntable_has(t, 0x4e00));
	label_is(t, "一", "not in the table");
	label_is(t, "龍國", NULL);
	label_is(t, "龙國", "part traditional");
	label_is(t, "a-b", NULL);
	label_is(t, "龍・國", NULL);
	label_is(t, "a・國", "U+30FB ・ can't stand there");
	label_is(t, "龍・", "can't stand there");
	label_is(t, "bcb", "\"bbb\"");
	label_is(t, "aabb", "\"all-latin\"");
	label_is(t, "aab龍", NULL);
	assert_true(same_bundle(t, "龙国", "龍國"));
	assert_int_equal(members(t, mem, "龍國", out, 8, &total), 1);
	assert_string_equal(out[0], "龙国");
	assert_true(total == 3);
	assert_int_equal(members(t, mem, "龍a國", out, 8, &total), 0); /* only-variants: a has no mapping */
	arena_free(mem);
	idntable_free(t);
}

static void lgr_refuses(void **state)
{
	static const struct {
		const char *text, *want;
	} row[] = {
		{ "", "" },
		{ "<lgr/>", "<lgr>: an element that is not known" },
		{ "<lgr xmlns=\"urn:ietf:params:xml:ns:lgr-1.0\"/>", "no <data>" },
		{ LGR("", ""), "no <data>" },
		{ LGR("<char cp=\"61\"/>", ""), "four to six" },
		{ LGR("<char cp=\"D800\"/>", ""), "four to six" },
		{ LGR("<char cp=\"0061 0062\"/>", ""), "sequences" },
		{ LGR("<char cp=\"0061\"/><char cp=\"0061\"/>", ""), "U+0061 is there twice" },
		{ LGR("<char cp=\"0061\" colour=\"red\"/>", ""), "an attribute that does not belong" },
		{ LGR("<char cp=\"0061\"><char cp=\"0062\"/></char>", ""), "not known, or not there" },
		{ LGR("<char cp=\"0061\"/><what/>", ""), "<what>" },
		{ LGR("<char cp=\"0061\"/>x", ""), "text where none belongs" },
		{ LGR("<char cp=\"0061\">" VAR("0062", "a") VAR("0062", "b") "</char>", ""), "variant U+0062 twice" },
		{ LGR("<char cp=\"0061\">" VAR("0061", "a") VAR("0061", "b") "</char>", ""),
		  "second mapping to itself" },
		{ LGR("<char cp=\"0061\" when=\"never\"/>", ""), "no rule never" },
		{ LGR("<char cp=\"0061\" when=\"a\" not-when=\"b\"/>", ""), "both when and not-when" },
		{ LGR("<range first-cp=\"0062\" last-cp=\"0061\"/>", ""), "ends before" },
		{ LGR("<range first-cp=\"0000\" last-cp=\"10FFFF\"/>", ""), "too long" },
		{ LGR("<char cp=\"0061\"/>", "<action disp=\"fine\"/>"), "disp is" },
		{ LGR("<char cp=\"0061\"/>", "<action disp=\"valid\" match=\"x\"/>"), "no rule of that name" },
		{ LGR("<char cp=\"0061\"/>", "<action disp=\"valid\" any-variant=\"x\" all-variants=\"y\"/>"),
		  "one of any-variant" },
		{ LGR("<char cp=\"0061\"/>", "<rule name=\"a\"><rule by-ref=\"a\"/></rule>"), "by-ref names nothing" },
		{ LGR("<char cp=\"0061\"/>", "<rule name=\"a\"/><rule name=\"a\"/>"), "name is taken" },
		{ LGR("<char cp=\"0061\"/>", "<rule/>"), "a name is needed" },
		{ LGR("<char cp=\"0061\"/>", "<rule name=\"a\"><any count=\"64\"/></rule>"), "count is" },
		{ LGR("<char cp=\"0061\"/>", "<rule name=\"a\"><class property=\"age:3.0\"/></rule>"), "only gc:" },
		{ LGR("<char cp=\"0061\"/>", "<class name=\"a\">0061-</class>"), "end of a range" },
		{ LGR("<char cp=\"0061\"/>", "<class name=\"a\">zz</class>"), "code points and ranges" },
		{ LGR("<char cp=\"0061\">", ""), "mismatch" },
		{ LGR("<char cp=\"0061\" tag=\"&x;\"/>", ""), "not defined" },
	};
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		refused(idntable_load_lgr, row[i].text, row[i].want);
	refused(idntable_load_lgr, "<!DOCTYPE lgr [<!ENTITY a \"b\">]><lgr/>", "no document type");
	refused(idntable_load_lgr, "<!DOCTYPE lgr SYSTEM \"http://192.0.2.1/lgr.dtd\"><lgr/>", "no document type");
}

/* Rules that call rules: many short lines, endless work. */
static void lgr_bounded(void **state)
{
	char text[8192];
	int n = snprintf(text, sizeof text,
			 "<lgr xmlns=\"urn:ietf:params:xml:ns:lgr-1.0\"><data><char cp=\"0061\"/></data><rules>"
			 "<rule name=\"r0\"><any/></rule>");
	for (int i = 1; i < 40; i++)
		n += snprintf(text + n, sizeof text - (size_t)n,
			      "<rule name=\"r%d\"><rule by-ref=\"r%d\"/><rule by-ref=\"r%d\"/></rule>", i, i - 1,
			      i - 1);
	snprintf(text + n, sizeof text - (size_t)n, "</rules></lgr>");
	refused(idntable_load_lgr, text, "too deeply nested");
}

/* ── the real tables ── */

static char *file(const char *name, size_t *n)
{
	char path[600];
	struct stat s;
	snprintf(path, sizeof path, "%s/idn/%s", getenv("NICERT_TESTDATA"), name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &s))
		fail_msg("%s can't be read", path);
	char *p = malloc((size_t)s.st_size + 1);
	*n = 0;
	for (ssize_t got; (got = read(fd, p + *n, (size_t)s.st_size - *n)) > 0;)
		*n += (size_t)got;
	p[*n] = 0;
	close(fd);
	return p;
}

static struct idntable *real(load_fn fn, const char *name)
{
	size_t n;
	char *text = file(name, &n);
	struct idntable *t = NULL;
	struct err e = { 0 };
	int64_t t0 = clock_mono();
	if (fn(text, n, &t, &e))
		fail_msg("%s: %s", name, e.msg);
	print_message("%s: %lld code points in %.1f ms\n", name, (long long)idntable_size(t),
		      (double)(clock_mono() - t0) / 1000);
	free(text);
	return t;
}

static int ready(void)
{
	if (getenv("NICERT_TESTDATA"))
		return 1;
	print_message("skipped: NICERT_TESTDATA is not set\n");
	return 0;
}

/* Every set says the same of itself from each of its members; members of a bundle are in the bundle. */
static void sound(const struct idntable *t)
{
	for (uint32_t cp = 0; cp < 0x30000; cp++) {
		const struct idn_variant *v, *w;
		int n = idntable_variants(t, cp, &v);
		for (int i = 0; i < n; i++) {
			assert_true(v[i].cp != cp && (!i || v[i].cp > v[i - 1].cp));
			assert_int_equal(idntable_variants(t, v[i].cp, &w), n);
			assert_true(v[i].kind == VARIANT_BLOCKED || idntable_has(t, v[i].cp));
		}
	}
}

static void has_members(const struct idntable *t, const char *s, const char *const *want)
{
	struct arena *mem = arena_new(1 << 20);
	char *out[BUNDLE_MAX];
	double total;
	int n = members(t, mem, s, out, BUNDLE_MAX, &total), i = 0;
	for (; want[i]; i++)
		if (i >= n || strcmp(out[i], want[i]) != 0)
			fail_msg("%s: member %d is %s, not %s", s, i, i < n ? out[i] : "missing", want[i]);
	if (i != n)
		fail_msg("%s: %d members, one is %s", s, n, out[i]);
	for (i = 0; i < n; i++) {
		assert_true(same_bundle(t, s, out[i]));
		label_is(t, out[i], NULL);
	}
	arena_free(mem);
}
#define MEMBERS(t, s, ...) has_members((t), (s), (const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })

static void names_of_taiwan(const struct idntable *t)
{
	static const char *const good[] = { "台灣",	  "臺灣",	"台湾", "中文",	 "網路中文", "网络中文",
					    "国家图书馆", "國家圖書館", "龙",	"a1-龍", "公司",     "台北101" };
	static const char *const mixed[] = { "國图", "龍龙", "网路資讯館", "图書館" };
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		label_is(t, good[i], NULL);
	for (size_t i = 0; i < sizeof mixed / sizeof *mixed; i++)
		label_is(t, mixed[i], "part traditional");
	label_is(t, "ひらがな", "U+3072 ひ is not in the table");
	label_is(t, "A", "U+0041 A is not in the table");
	assert_true(same_bundle(t, "台湾", "臺灣") && same_bundle(t, "国家图书馆", "國家圖書館"));
}

static void real_lgr(void **state)
{
	if (!ready())
		return;
	struct idntable *t = real(idntable_load_lgr, "lgr-zh.xml");
	assert_string_equal(idntable_language(t), "zh-Hani");
	assert_int_equal(idntable_size(t), 19722);
	sound(t);
	names_of_taiwan(t);
	label_is(t, "-中", "neither begins");
	MEMBERS(t, "中文");
	/* The traditional form first, then the simplified, then the rest. */
	MEMBERS(t, "國家圖書館", "國傢圖書館", "国家图书馆");
	MEMBERS(t, "国龙", "國龍");
	MEMBERS(t, "國龍", "国龙");
	idntable_free(t);
}

static void real_jet(void **state)
{
	if (!ready())
		return;
	struct idntable *t = real(idntable_load_rfc3743, "rfc3743_tw.txt");
	assert_int_equal(idntable_size(t), 19557);
	sound(t);
	names_of_taiwan(t);
	MEMBERS(t, "中文");
	MEMBERS(t, "国家图书馆", "國家圖書館", "國傢圖書館");
	MEMBERS(t, "国龙", "國龍");
	MEMBERS(t, "國龍");
	idntable_free(t);
}

static void count(void *ctx, const char *s)
{
	++*(int *)ctx;
}

static void compared(void **state)
{
	struct idntable *a = load(idntable_load_rfc3743, small),
			*b = load(idntable_load_rfc3743, "U+9F8D;U+9F8D;\nU+9F99;U+9F99;U+9F8D\n");
	int told = 0;
	assert_int_equal(idntable_compare(a, a, count, &told), 0);
	assert_int_equal(idntable_compare(a, b, count, &told), 1);
	assert_int_equal(told, 1);
	idntable_free(a);
	idntable_free(b);
}

static void quick(void **state)
{
	if (!ready())
		return;
	static const char *const some[] = { "台灣資訊中心", "网络信息中心", "國家圖書館101",
					    "example-name", "臺北市政府",   "中文域名注册" };
	struct idntable *t = real(idntable_load_lgr, "lgr-zh.xml");
	uint32_t cp[6][64];
	int n[6];
	char key[256];
	for (int i = 0; i < 6; i++)
		n[i] = cps(some[i], cp[i]);
	enum { TIMES = 300000 };
	int64_t t0 = clock_mono();
	for (int i = 0; i < TIMES; i++) {
		assert_int_equal(idntable_label(t, cp[i % 6], n[i % 6], NULL), ST_OK);
		idntable_key(t, cp[i % 6], n[i % 6], key);
	}
	print_message("label and key: %.2f µs\n", (double)(clock_mono() - t0) / TIMES);
	idntable_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jet),	     cmocka_unit_test(jet_refuses), cmocka_unit_test(closed),
		cmocka_unit_test(lgr_small), cmocka_unit_test(lgr_refuses), cmocka_unit_test(lgr_bounded),
		cmocka_unit_test(real_lgr),  cmocka_unit_test(real_jet),    cmocka_unit_test(compared),
		cmocka_unit_test(quick),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
