#include "codec_help.h"
#include "names/names.h"

#define FULL "name,registered,expires,sponsor,holder,holder_kind,country,status,nameservers"

static struct name_columns columns(const char *header)
{
	struct name_columns c;
	if (names_header(line_of(header), &c, &e))
		fail_msg("%s", e.msg);
	return c;
}

static enum st parse(const char *header, const char *line, struct name *out)
{
	struct name_columns c = columns(header);
	return names_parse(mem, line_of(line), &c, out, &e);
}

static void whole_line(void **state)
{
	struct name n;
	assert_int_equal(parse(FULL,
			       "Shop.Example.COM.TW,2020-01-02T03:04:05Z,2030-01-02,reg-1,\"Shop, "
			       "Ltd.\",org,tw,ok,NS1.Example.net  ns2.example.net",
			       &n),
			 ST_OK);
	assert_string_equal(n.name, "shop.example.com.tw");
	assert_string_equal(n.zone, "tw");
	assert_int_equal(n.registered, time_from_civil(2020, 1, 2, 3, 4, 5));
	assert_int_equal(n.expires, DAY_OF(2030, 1, 2));
	assert_string_equal(n.sponsor, "reg-1");
	assert_string_equal(n.holder, "Shop, Ltd.");
	assert_string_equal(n.holder_kind, "org");
	assert_string_equal(n.country, "TW");
	assert_string_equal(n.nameservers, "ns1.example.net ns2.example.net");
	assert_true(n.from_record);
	assert_int_equal(n.valid_from, n.registered);
}

static void unicode_names(void **state)
{
	struct name n;
	assert_int_equal(parse("name", "台北.台灣", &n), ST_OK);
	assert_string_equal(n.zone, "xn--kpry57d");
	assert_int_equal(strncmp(n.name, "xn--", 4), 0);
	assert_int_equal(n.registered, TIME_NONE);
	assert_false(n.from_record);
	assert_string_equal(n.holder, "");
}

static void column_order_is_the_headers(void **state)
{
	struct name n;
	assert_int_equal(parse("holder_kind(person|org),name,holder", "person,a.tw,Mei", &n), ST_OK);
	assert_string_equal(n.holder, "Mei");
	assert_string_equal(n.holder_kind, "person");
}

static void wrong_headers(void **state)
{
	struct name_columns c;
	assert_int_equal(names_header(line_of("name,colour"), &c, &e), ST_INVALID);
	says("colour");
	assert_int_equal(names_header(line_of("holder,status"), &c, &e), ST_INVALID);
	says("name is missing");
	assert_int_equal(names_header(line_of("name,holder,name"), &c, &e), ST_INVALID);
	says("twice");
	assert_int_equal(names_header(line_of("\"name"), &c, &e), ST_INVALID);
}

static void wrong_lines(void **state)
{
	static const struct {
		const char *header, *line, *says;
	} cases[] = {
		{ FULL, "a.tw", "9 fields" },
		{ "name,holder", "a.tw,b,c", "2 fields" },
		{ "name", "a b.tw", "name:" },
		{ "name", "", "name:" },
		{ "name", "tw", "single label" },
		{ "name,registered", "a.tw,yesterday", "registered: expected a time" },
		{ "name,registered,expires", "a.tw,2020-01-01,2019-01-01", "expires: expected a time after" },
		{ "name,holder_kind", "a.tw,company", "person or org" },
		{ "name,country", "a.tw,TWN", "two letters" },
		{ "name,nameservers", "a.tw,ns_1!.b.tw", "nameservers" },
		{ "name,holder", "a.tw,\"open", "quotes" },
		{ "name,holder", "a.tw,b\x01", "control" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct name n;
		assert_int_equal(parse(cases[i].header, cases[i].line, &n), ST_INVALID);
		says(cases[i].says);
	}
}

static void countries(void **state)
{
	const char *zones[32];
	assert_string_equal(names_country_of("tw"), "TW");
	assert_string_equal(names_country_of("xn--kpry57d"), "TW");
	assert_string_equal(names_country_of("uk"), "GB");
	assert_null(names_country_of("com"));
	assert_null(names_country_of("zz"));
	assert_int_equal(names_zones_of("TW", zones, 32), 3);
	assert_string_equal(zones[0], "tw");
	assert_string_equal(zones[1], "xn--kpry57d");
	assert_string_equal(zones[2], "xn--kprw13d");
	assert_int_equal(names_zones_of("JP", zones, 32), 1);
	assert_int_equal(names_zones_of("IN", zones, 32), 16);
	assert_int_equal(names_zones_of("IN", zones, 4), 4);
	assert_int_equal(names_zones_of("XX", zones, 32), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CODEC_TEST(whole_line),	   CODEC_TEST(unicode_names), CODEC_TEST(column_order_is_the_headers),
		CODEC_TEST(wrong_headers), CODEC_TEST(wrong_lines),   CODEC_TEST(countries),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
