/* Pure parts of looking up: what is shown to whom, patterns, reverse names, the WHOIS line. */
#include "codec_help.h"
#include "front/rdap/rdap.h"
#include "front/whois/whois.h"
#include "lookup/lookup_int.h"
#include "lookup/search.h"

/* The rule, said again in the words of the requirement. */
static void test_public_sees_no_person(void **state)
{
	for (int p = 0; p < PARTS; p++) {
		assert_int_equal(disclosure_rows[p].part, p);
		assert_false(disclosure_rows[p].shown[SUBJECT_PERSON][LEVEL_PUBLIC]);
		for (int s = 0; s < SUBJECTS; s++)
			assert_true(disclosure_rows[p].shown[s][LEVEL_STAFF]);
	}
	assert_true(disclosure_rows[PART_ORG].shown[SUBJECT_ORG][LEVEL_PUBLIC]);
	assert_true(disclosure_rows[PART_COUNTRY].shown[SUBJECT_ORG][LEVEL_PUBLIC]);
	assert_true(disclosure_rows[PART_EMAIL].shown[SUBJECT_ROLE][LEVEL_PUBLIC]);
	assert_false(disclosure_rows[PART_EMAIL].shown[SUBJECT_ORG][LEVEL_PUBLIC]);
	assert_false(disclosure_rows[PART_STREET].shown[SUBJECT_ORG][LEVEL_PUBLIC]);
}

static struct look_entity someone(enum look_subject subject)
{
	return (struct look_entity){ .subject = subject,
				     .loc = { .name = "王", .org = "社", .street = { "路" }, .country = "TW" },
				     .in = { .name = "Wang", .city = "Taipei" },
				     .voice = "+886.2",
				     .email = "w@example.tw",
				     .relay = "https://x/report" };
}

static void test_disclose_empties_and_says_so(void **state)
{
	struct look_entity who = someone(SUBJECT_PERSON);
	entity_disclose(&who, LEVEL_PUBLIC, NULL);
	assert_null(who.loc.name);
	assert_null(who.in.name);
	assert_null(who.loc.org);
	assert_null(who.in.city);
	assert_null(who.email);
	assert_non_null(who.relay);
	assert_int_equal(who.disclosed, 0);
	/* What is not there is not withheld. */
	assert_false(who.hidden & (1u << PART_FAX | 1u << PART_CODE));
	assert_true(who.hidden & 1u << PART_STREET);
	who = someone(SUBJECT_PERSON);
	entity_disclose(&who, LEVEL_PARTNER, NULL);
	assert_string_equal(who.email, "w@example.tw");
	assert_null(who.relay);
	assert_true(who.disclosed & 1u << PART_EMAIL);
	assert_int_equal(who.hidden, 0);
}

static void test_disclose_as_wished(void **state) /* RFC 5733 §2.9 */
{
	struct look_wish open = { 1u << PART_EMAIL, true }, closed = { 1u << PART_ORG, false };
	struct look_entity who = someone(SUBJECT_PERSON);
	entity_disclose(&who, LEVEL_PUBLIC, &open);
	assert_non_null(who.email);
	assert_null(who.loc.name);
	assert_int_equal(who.disclosed, 0);
	who = someone(SUBJECT_ORG);
	entity_disclose(&who, LEVEL_PUBLIC, &closed);
	assert_null(who.loc.org);
	assert_non_null(who.loc.country);
	who = someone(SUBJECT_ORG);
	entity_disclose(&who, LEVEL_STAFF, &closed);
	assert_non_null(who.loc.org);
}

static void pattern(const char *s, enum st want, const char *stem_want, const char *rest_want)
{
	char *stem, *rest;
	bool star;
	err_clear(&e);
	enum st st = search_pattern(mem, s, &stem, &rest, &star, &e);
	assert_int_equal(st, want);
	if (!st) {
		assert_string_equal(stem, stem_want);
		assert_string_equal(rest, rest_want);
	}
}

static void test_patterns(void **state) /* RFC 9082 §4.1 */
{
	pattern("exam*.com.tw", ST_OK, "exam", ".com.tw");
	pattern("EXAM*", ST_OK, "exam", "");
	pattern("example.tw", ST_OK, "example.tw", "");
	pattern("ex*.tw", ST_INVALID, NULL, NULL);
	pattern("*.tw", ST_INVALID, NULL, NULL);
	pattern("exa*mple.tw", ST_INVALID, NULL, NULL);
	pattern("exam*.t*", ST_INVALID, NULL, NULL);
	pattern("www.exam*.tw", ST_INVALID, NULL, NULL);
	pattern("\xff\xfe*", ST_INVALID, NULL, NULL);
}

static void reverse(const char *name, const char *want)
{
	struct prefix p;
	char text[PREFIX_TEXT];
	bool ok = reverse_parse(name, &p);
	if (!want)
		assert_false(ok);
	else if (!ok)
		fail_msg("%s", name);
	else
		assert_string_equal(prefix_text(&p, text), want);
}

static void test_reverse(void **state)
{
	reverse("2.0.192.in-addr.arpa", "192.0.2.0/24");
	reverse("1.2.0.192.in-addr.arpa", "192.0.2.1/32");
	reverse("10.in-addr.arpa", "10.0.0.0/8");
	reverse("8.b.d.0.1.0.0.2.ip6.arpa", "2001:db8::/32");
	reverse("f.8.b.d.0.1.0.0.2.ip6.arpa", "2001:db8:f000::/36");
	reverse("256.in-addr.arpa", NULL);
	reverse("01.in-addr.arpa", NULL);
	reverse("1.1.1.1.1.in-addr.arpa", NULL);
	reverse("in-addr.arpa", NULL);
	reverse("g.ip6.arpa", NULL);
	reverse("10.ip6.arpa", NULL);
	reverse("example.tw", NULL);
}

static void query(const char *line, enum st want, enum look_kind kind_want, const char *what_want)
{
	enum look_kind kind;
	char *what;
	bool help;
	err_clear(&e);
	enum st st = whois_parse(mem, line, &kind, &what, &help, &e);
	assert_int_equal(st, want);
	if (st || help) {
		if (what_want || (!st && !help))
			fail_msg("%s", line);
		return;
	}
	assert_int_equal(kind, kind_want);
	assert_string_equal(what, what_want);
}

static void test_whois_line(void **state)
{
	query("example.tw", ST_OK, LOOK_DOMAIN, "example.tw");
	query("  example.tw ", ST_OK, LOOK_DOMAIN, "example.tw");
	query("海風示範。台灣", ST_OK, LOOK_DOMAIN, "海風示範。台灣");
	query("192.0.2.1", ST_OK, LOOK_IP, "192.0.2.1");
	query("192.0.2.0/24", ST_OK, LOOK_IP, "192.0.2.0/24");
	query("2001:db8::", ST_OK, LOOK_IP, "2001:db8::");
	query("AS64496", ST_OK, LOOK_AUTNUM, "AS64496");
	query("64496", ST_OK, LOOK_AUTNUM, "64496");
	query("acme", ST_OK, LOOK_ENTITY, "acme");
	query("asia", ST_OK, LOOK_ENTITY, "asia");
	query("nameserver ns1.example.tw", ST_OK, LOOK_NAMESERVER, "ns1.example.tw");
	query("-T dn,ace example.tw", ST_OK, LOOK_DOMAIN, "example.tw");
	query("-B 192.0.2.1", ST_OK, LOOK_IP, "192.0.2.1");
	query("help", ST_OK, 0, NULL);
	query("?", ST_OK, 0, NULL);
	query("", ST_OK, 0, NULL);
	query("example.tw other.tw", ST_INVALID, 0, NULL);
	query("\xff\xff", ST_INVALID, 0, NULL);
	query("-T", ST_OK, 0, NULL);
	query("-T dn", ST_OK, 0, NULL);
	query("-B -T dn", ST_OK, 0, NULL);
}

static void test_statuses_are_rdap_values(void **state)
{
	for (int s = 0; s < STATUS_BITS; s++)
		if (!look_status_rdap(status_name(s)))
			fail_msg("no RDAP value for %s", status_name(s));
	assert_string_equal(look_status_rdap("ok"), "active");
	assert_null(look_status_rdap("suspended"));
}

/* What RDAP says of a thing that is made here. */
static const struct json *rendered(const struct look *l)
{
	BUF_SCOPE b = BUF_INIT;
	struct rdap_view v = { .mem = mem, .base = "https://x.example" };
	rdap_render(&b, &v, l);
	const struct json *o = json_parse(mem, b.p, b.n, &e);
	assert_non_null(o);
	return o;
}

static const struct json *redaction(const struct json *o, const char *name)
{
	const struct json *list = json_get(o, "redacted");
	for (int i = 0; i < json_count(list); i++) {
		const struct json *of = json_get(json_at(list, i), "name");
		const char *got = json_str(json_get(of, "type"));
		if (got && !strcmp(got, name))
			return json_at(list, i);
	}
	fail_msg("%s is not marked", name);
	return NULL;
}

static void redacted_as(const struct json *o, const char *name, const char *method, bool post)
{
	const struct json *r = redaction(o, name);
	assert_string_equal(json_str(json_get(r, "method")), method);
	assert_int_equal(json_get(r, "postPath") != NULL, post);
	assert_int_equal(json_get(r, "prePath") != NULL, !post);
}

/* RFC 9537 §3: removal where nothing is left, an empty value where its place is, a replacement where another stands. */
static void test_redaction_methods(void **state)
{
	struct look *l = arena_new_of(mem, struct look);
	struct look_entity who = someone(SUBJECT_ORG);
	who.roles = ROLE_OF_REGISTRANT;
	who.loc.city = "臺北";
	l->kind = l->h.kind = LOOK_DOMAIN;
	l->domain.name = l->domain.uname = "x.example";
	l->h.entity[0] = &who;
	l->h.nentities = 1;
	entity_disclose(&who, LEVEL_PUBLIC, NULL);
	const struct json *o = rendered(l);
	redacted_as(o, "Registrant Name", "replacementValue", true); /* fn is the organisation's */
	redacted_as(o, "Registrant Street", "emptyValue", true);     /* adr is there, with the country */
	redacted_as(o, "Registrant City", "emptyValue", true);
	redacted_as(o, "Registrant Phone", "removal", false);
	redacted_as(o, "Registrant Email", "replacementValue", false);
	assert_non_null(json_get(redaction(o, "Registrant Email"), "replacementPath"));
	who = someone(SUBJECT_PERSON);
	who.roles = ROLE_OF_REGISTRANT;
	entity_disclose(&who, LEVEL_PUBLIC, NULL);
	o = rendered(l);
	redacted_as(o, "Registrant Name", "emptyValue", true);
	redacted_as(o, "Registrant Organization", "removal", false);
	redacted_as(o, "Registrant Street", "removal", false); /* no adr at all */
	redacted_as(o, "Registrant Country", "removal", false);
}

/* RFC 9083 §5.3, §10.2.5: those that are in use, and those that nobody else can have. */
static void test_variants_of_a_bundle(void **state)
{
	struct look *l = arena_new_of(mem, struct look);
	l->kind = l->h.kind = LOOK_DOMAIN;
	l->domain.name = "xn--a.example";
	l->domain.uname = "甲.example";
	l->domain.variant[0] = (struct look_variant){ "xn--b.example", "乙.example", false };
	l->domain.variant[1] = (struct look_variant){ "xn--c.example", "丙.example", true };
	l->domain.variant[2] = (struct look_variant){ "xn--d.example", "丁.example", false };
	l->domain.nvariants = 3;
	const struct json *list = json_get(rendered(l), "variants"), *in_use = json_at(list, 0),
			  *reserved = json_at(list, 1);
	assert_int_equal(json_count(list), 2);
	assert_string_equal(json_str(json_at(json_get(in_use, "relation"), 0)), "registered");
	assert_int_equal(json_count(json_get(in_use, "variantNames")), 1);
	assert_string_equal(json_str(json_get(json_at(json_get(in_use, "variantNames"), 0), "unicodeName")),
			    "丙.example");
	assert_string_equal(json_str(json_at(json_get(reserved, "relation"), 0)), "registration restricted");
	assert_int_equal(json_count(json_get(reserved, "variantNames")), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CODEC_TEST(test_public_sees_no_person),
		CODEC_TEST(test_disclose_empties_and_says_so),
		CODEC_TEST(test_disclose_as_wished),
		CODEC_TEST(test_patterns),
		CODEC_TEST(test_reverse),
		CODEC_TEST(test_whois_line),
		CODEC_TEST(test_statuses_are_rdap_values),
		CODEC_TEST(test_redaction_methods),
		CODEC_TEST(test_variants_of_a_bundle),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
