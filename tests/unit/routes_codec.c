#include "codec_help.h"
#include "routes/origin.h"

static void both_forms(void **state)
{
	struct origin o;
	char text[2 * ADDR_TEXT];
	assert_int_equal(origin_parse(mem, line_of("1.34.0.0/15,3462,\"Chunghwa Telecom Co., Ltd.\""), &o, &e), ST_OK);
	assert_string_equal(range_text(&o.range, text), "1.34.0.0/15");
	assert_int_equal(o.asn, 3462);
	assert_string_equal(o.name, "Chunghwa Telecom Co., Ltd.");
	assert_int_equal(origin_parse(mem, line_of("1.0.128.0,1.0.196.255,23969,TOT"), &o, &e), ST_OK);
	assert_string_equal(range_text(&o.range, text), "1.0.128.0-1.0.196.255");
	assert_int_equal(origin_parse(mem, line_of("2001:db8::/33,AS64496,"), &o, &e), ST_OK);
	assert_string_equal(o.name, "");
}

static void wrong_lines(void **state)
{
	static const struct {
		const char *line, *says;
	} cases[] = {
		{ "1.34.0.0/15", "prefix,asn,name" },	      { "13,Name", "prefix,asn,name" },
		{ "1.34.0.1/15,3462,x", "host bits" },	      { "1.34.0.0/15,x,x", "AS number" },
		{ "2.0.0.0,1.0.0.0,1,x", "before the last" }, { "2.0.0.0,::1,1,x", "before the last" },
		{ "2.0.0.0,z,1,x", "last address" },	      { "a,b,c,d,e", "prefix,asn,name" },
		{ "1.34.0.0/15,4294967296,x", "AS number" },  { "1.0.0.0/8,1,a\x02", "control" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct origin o;
		assert_int_equal(origin_parse(mem, line_of(cases[i].line), &o, &e), ST_INVALID);
		says(cases[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { CODEC_TEST(both_forms), CODEC_TEST(wrong_lines) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
