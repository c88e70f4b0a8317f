#include "codec_help.h"
#include "numbers/bins.h"
#include "numbers/numbers.h"

static struct stats_file file;

static enum line_kind parse(const char *line, struct holding *h)
{
	return holding_parse(mem, line_of(line), h, &file, &e);
}

static void records(void **state)
{
	struct holding h;
	char text[2 * ADDR_TEXT];
	assert_int_equal(parse("apnic|TW|ipv4|1.34.0.0|131072|20100505|allocated", &h), LINE_RECORD);
	assert_int_equal(h.kind, HOLDING_IPV4);
	assert_string_equal(range_text(&h.range, text), "1.34.0.0/15");
	assert_string_equal(h.country, "TW");
	assert_int_equal(h.valid_from, DAY_OF(2010, 5, 5));
	assert_true(h.from_record);
	assert_string_equal(h.handle, "apnic|ipv4|1.34.0.0|131072");
	assert_int_equal(parse("apnic|tw|asn|1768|2|20020801|allocated|F36B9F4B|e-stats", &h), LINE_RECORD);
	assert_int_equal(h.asn_first, 1768);
	assert_int_equal(h.asn_count, 2);
	assert_string_equal(h.opaque, "F36B9F4B");
	assert_int_equal(parse("apnic|TW|ipv6|2001:b000::|21|20060315|allocated", &h), LINE_RECORD);
	assert_string_equal(range_text(&h.range, text), "2001:b000::/21");
	/* Not every block is a prefix. */
	assert_int_equal(parse("apnic|AU|ipv4|203.0.0.0|768|19900101|assigned", &h), LINE_RECORD);
	assert_string_equal(range_text(&h.range, text), "203.0.0.0-203.0.2.255");
}

static void free_space(void **state)
{
	struct holding h;
	assert_int_equal(parse("afrinic|ZZ|asn|8770|1||available|", &h), LINE_RECORD);
	assert_string_equal(h.country, "");
	assert_int_equal(h.valid_from, TIME_NONE);
	assert_int_equal(parse("afrinic||ipv4|41.0.0.0|256|00000000|reserved", &h), LINE_RECORD);
	assert_int_equal(h.valid_from, TIME_NONE);
	assert_int_equal(parse("afrinic|ZA|ipv4|41.0.1.0|256|0|assigned", &h), LINE_RECORD);
	assert_false(h.from_record);
}

static void other_lines(void **state)
{
	struct holding h;
	memset(&file, 0, sizeof file);
	assert_int_equal(parse("# a comment", &h), LINE_SKIP);
	assert_int_equal(parse("apnic|*|asn|*|10860|summary", &h), LINE_SKIP);
	assert_false(file.versioned);
	assert_int_equal(parse("2|apnic|20210715|69826|19830613|20210714|+1000", &h), LINE_VERSION);
	assert_true(file.versioned);
	assert_string_equal(file.registry, "apnic");
	assert_int_equal(file.records, 69826);
	assert_int_equal(file.as_of, DAY_OF(2021, 7, 14));
}

static void wrong_lines(void **state)
{
	static const struct {
		const char *line, *says;
	} cases[] = {
		{ "apnic|TW|ipv4|1.34.0.0|131072|20100505", "registry|cc|type" },
		{ "APNIC|TW|ipv4|1.34.0.0|131072|20100505|allocated", "registry such as" },
		{ "apnic|TWN|ipv4|1.34.0.0|131072|20100505|allocated", "two letters" },
		{ "apnic|TW|ipv5|1.34.0.0|131072|20100505|allocated", "asn, ipv4 or ipv6" },
		{ "apnic|TW|ipv4|1.34.0|131072|20100505|allocated", "IPv4 address" },
		{ "apnic|TW|ipv4|1.34.0.0|0|20100505|allocated", "how many addresses" },
		{ "apnic|TW|ipv4|255.255.255.0|257|20100505|allocated", "how many addresses" },
		{ "apnic|TW|ipv6|2001:b000::1|21|20100505|allocated", "begins the prefix" },
		{ "apnic|TW|ipv6|2001:b000::|129|20100505|allocated", "prefix length" },
		{ "apnic|TW|asn|4294967295|2|20100505|allocated", "how many AS numbers" },
		{ "apnic|TW|asn|-1|2|20100505|allocated", "first AS number" },
		{ "apnic|TW|asn|1|2|20101305|allocated", "yyyymmdd" },
		{ "apnic|TW|asn|1|2|20101205|given", "allocated, assigned" },
		{ "2|apnic|20210715", "version line" },
		{ "2|apnic|20210715|many|19830613|20210714|+1000", "number of records" },
		{ "|||||||", "registry such as" },
		{ "hello", "found 1 fields" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct holding h;
		assert_int_equal(parse(cases[i].line, &h), LINE_BAD);
		says(cases[i].says);
	}
}

/* Whatever lies in a range is found through the range's bin. */
static void bins(void **state)
{
	static const char *const ranges[] = { "1.34.0.0/15",   "10.0.0.3-10.0.1.4",   "127.255.255.255-128.0.0.0",
					      "2001:db8::/32", "7fff:ffff::-8000::1", "0.0.0.0/0",
					      "::/0",	       "192.0.2.7/32" };
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
		struct range r, back;
		struct bin around[BIN_GROUP];
		struct val v[BIN_GROUP];
		char key[RANGE_KEY];
		uint8_t tag;
		assert_true(range_parse(ranges[i], &r));
		struct bin own = bin_of(&r, r.first.family == 4 ? BIN_IPV4 : BIN_IPV6);
		int hits = 0, groups = 0;
		for (; bins_around(&r.last, own.b[0], groups, around, v); groups++)
			for (int k = 0; k < BIN_GROUP; k++)
				hits += v[k].t == VAL_BLOB && v[k].n == own.n && memcmp(v[k].p, own.b, own.n) == 0;
		assert_int_equal(hits, 1);
		assert_int_equal(groups, r.first.family == 4 ? 1 : 4);
		range_key(&r, own.b[0], key);
		assert_true(range_key_parse(key, &tag, &back));
		assert_memory_equal(&r, &back, sizeof r);
		assert_int_equal(tag, own.b[0]);
	}
}

static void overlaps(void **state)
{
	static const struct {
		const char *range;
		int64_t flat, nested;
	} seen[] = {
		{ "10.0.0.0/8", 0, 0 },	 { "10.0.0.0/8", 1, 1 },
		{ "10.1.0.0/16", 1, 0 }, { "10.255.255.0-11.0.0.5", 1, 1 },
		{ "11.0.0.0/24", 4, 4 }, { "12.0.0.0/8", 0, 0 },
	};
	struct overlap flat = { .n = 0 }, nested = { .n = 0 };
	for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
		struct range r;
		assert_true(range_parse(seen[i].range, &r));
		int64_t a = overlap_see(&flat, &r, BIN_IPV4, (int64_t)i + 1, false),
			b = overlap_see(&nested, &r, BIN_IPV4, (int64_t)i + 1, true);
		assert_int_equal(a != 0, seen[i].flat != 0);
		assert_int_equal(b != 0, seen[i].nested != 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { CODEC_TEST(records),     CODEC_TEST(free_space), CODEC_TEST(other_lines),
					    CODEC_TEST(wrong_lines), CODEC_TEST(bins),	     CODEC_TEST(overlaps) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
