#include "codec_help.h"
#include "who/contact.h"

#define FULL "resource,organisation,role,email,phone,lang,source,verified_at"

static enum st parse(const char *header, const char *line, struct contact *out)
{
	struct contact_columns c;
	if (contact_header(line_of(header), &c, &e))
		fail_msg("%s", e.msg);
	return contact_parse(mem, line_of(line), &c, out, &e);
}

static void whole_line(void **state)
{
	struct contact c;
	assert_int_equal(
		parse(FULL, "1.34.0.0/15,\"Net, Ltd.\",abuse,abuse@example.net,+886.2.1,zh-TW,irt,2026-01-02", &c),
		ST_OK);
	assert_string_equal(c.resource, "1.34.0.0/15");
	assert_string_equal(c.organisation, "Net, Ltd.");
	assert_string_equal(c.email, "abuse@example.net");
	assert_int_equal(c.verified_at, DAY_OF(2026, 1, 2));
}

static void one_spelling(void **state)
{
	static const struct {
		const char *given, *kept;
	} cases[] = {
		{ "2001:0DB8::/32", "2001:db8::/32" },
		{ "192.0.2.1", "192.0.2.1/32" },
		{ "as64496", "AS64496" },
		{ "AS0.64496", "AS64496" },
		{ "Example.TW", "example.tw" },
		{ "sponsor:reg-1", "sponsor:reg-1" },
		{ "asn.tw", "asn.tw" },
		{ "as1.tw", "as1.tw" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct contact c;
		char line[100];
		snprintf(line, sizeof line, "%s,tech", cases[i].given);
		assert_int_equal(parse("resource,role(abuse|tech|admin|billing)", line, &c), ST_OK);
		assert_string_equal(c.resource, cases[i].kept);
		assert_int_equal(c.verified_at, TIME_NONE);
	}
}

static void wrong_headers(void **state)
{
	struct contact_columns c;
	assert_int_equal(contact_header(line_of("resource,role,fax"), &c, &e), ST_INVALID);
	says("fax");
	assert_int_equal(contact_header(line_of("resource,email"), &c, &e), ST_INVALID);
	says("role is missing");
	assert_int_equal(contact_header(line_of("role,email"), &c, &e), ST_INVALID);
	says("resource is missing");
}

static void wrong_lines(void **state)
{
	static const struct {
		const char *line, *says;
	} cases[] = {
		{ "1.2.3.4/8,,abuse,a@b.tw,,,,", "host bits" },
		{ "AS99999999999,,abuse,a@b.tw,,,,", "resource" },
		{ "sponsor:,,abuse,a@b.tw,,,,", "sponsor:ID" },
		{ "a.tw,,owner,a@b.tw,,,,", "abuse, tech" },
		{ "a.tw,,abuse,nobody,,,,", "email: expected" },
		{ "a.tw,,abuse,a@b.tw,call me,,,", "telephone" },
		{ "a.tw,,abuse,a@b.tw,,Chinese!,,", "language tag" },
		{ "a.tw,,abuse,a@b.tw,,,,soon", "verified_at: expected" },
		{ "a.tw,,abuse", "8 fields" },
		{ "https://a.tw/,,abuse,a@b.tw,,,,", "resource" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct contact c;
		assert_int_equal(parse(FULL, cases[i].line, &c), ST_INVALID);
		says(cases[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { CODEC_TEST(whole_line), CODEC_TEST(one_spelling), CODEC_TEST(wrong_headers),
					    CODEC_TEST(wrong_lines) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
