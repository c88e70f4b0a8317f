#include "importhelp.h"
#include "store/journal.h"

#define FIRST                                                                                                          \
	"2|apnic|20210715|4|19830613|20210714|+1000\n"                                                                 \
	"apnic|*|ipv4|*|3|summary\n"                                                                                   \
	"apnic|TW|ipv4|1.34.0.0|131072|20100505|allocated\n"                                                           \
	"apnic|TW|ipv4|1.160.0.0|1048576|20091204|allocated\n"                                                         \
	"apnic|JP|ipv4|1.0.64.0|16384|20110412|allocated\n"                                                            \
	"apnic|TW|asn|3462|1|20020801|allocated\n"
/* A month later: 1.160.0.0 is gone, 1.0.64.0 went to another country, 1.200.0.0 is new. */
#define SECOND                                                                                                         \
	"2|apnic|20210815|4|19830613|20210814|+1000\n"                                                                 \
	"apnic|TW|ipv4|1.34.0.0|131072|20100505|allocated\n"                                                           \
	"apnic|KR|ipv4|1.0.64.0|16384|20210801|allocated\n"                                                            \
	"apnic|TW|ipv4|1.200.0.0|65536|20210803|allocated\n"                                                           \
	"apnic|TW|asn|3462|1|20020801|allocated\n"

static bool held(struct place *p, const char *ip, int64_t at, struct holding *h)
{
	struct addr a;
	struct req rq = on_reader(p);
	assert_true(addr_parse(ip, &a));
	enum st st = holding_of_addr(&rq, &a, at, h);
	store_reader_done(p->s);
	assert_true(st == ST_OK || st == ST_NOTFOUND);
	return st == ST_OK;
}

static void country_is(struct place *p, const char *ip, int64_t at, const char *country)
{
	struct holding h;
	bool there = held(p, ip, at, &h);
	if (there != (country != NULL))
		fail_msg("%s: expected %s", ip, country ? country : "nobody");
	if (there)
		assert_string_equal(h.country, country);
}

static int64_t entries(struct place *p)
{
	int64_t n = 0;
	struct req rq = on_reader(p);
	assert_ok(journal_head(&rq, &n));
	store_reader_done(p->s);
	return n;
}

static void a_first_import(struct place *p)
{
	struct holding h;
	struct took t = import_ok(p, HOLDINGS, FIRST);
	COUNTS(t, 4, 0, 0, 0);
	assert_int_equal(t.r.lines, 6);
	assert_int_equal(t.r.good, 4);
	assert_false(t.r.unchanged);
	assert_int_equal(entries(p), 1);
	assert_true(held(p, "1.34.5.6", 0, &h));
	assert_string_equal(h.handle, "apnic|ipv4|1.34.0.0|131072");
	assert_int_equal(h.valid_from, DAY_OF(2010, 5, 5));
	assert_true(h.from_record);
	assert_int_equal(h.first_seen, T0);
	struct req rq = on_reader(p);
	assert_ok(holding_of_asn(&rq, 3462, 0, &h));
	assert_string_equal(h.handle, "apnic|asn|3462|1");
	assert_st(holding_of_asn(&rq, 3463, 0, &h), ST_NOTFOUND);
}

static void the_same_again(struct place *p)
{
	import_ok(p, HOLDINGS, FIRST);
	struct took t = import_ok(p, HOLDINGS, FIRST);
	COUNTS(t, 0, 0, 0, 4);
	assert_true(t.r.unchanged);
	assert_int_equal(entries(p), 1);
	assert_int_equal(number_of(p, "SELECT count(*) FROM numbers_holding"), 4);
}

static void a_newer_file(struct place *p)
{
	struct holding h;
	import_ok(p, HOLDINGS, FIRST);
	clock_set_for_test(T0 + 86400 * USEC);
	struct took t = import_ok(p, HOLDINGS, SECOND);
	COUNTS(t, 1, 1, 1, 2);
	country_is(p, "1.160.0.1", 0, NULL);
	country_is(p, "1.200.0.1", 0, "TW");
	country_is(p, "1.0.64.1", 0, "KR");
	/* History: the file's own date closes what has gone, the record's date parts old from new. */
	country_is(p, "1.160.0.1", DAY_OF(2021, 8, 13), "TW");
	country_is(p, "1.160.0.1", DAY_OF(2021, 8, 14), NULL);
	country_is(p, "1.0.64.1", DAY_OF(2021, 7, 31), "JP");
	country_is(p, "1.0.64.1", DAY_OF(2021, 8, 1), "KR");
	country_is(p, "1.0.64.1", DAY_OF(2011, 4, 11), NULL);
	assert_true(held(p, "1.34.5.6", 0, &h));
	assert_int_equal(h.first_seen, T0);
	int64_t seen = 0;
	struct req rq = on_reader(p);
	assert_ok(import_seen(&rq, "holdings:apnic", &seen));
	assert_int_equal(seen, T0 + 86400 * USEC);
	assert_int_equal(entries(p), 2);
}

static void an_older_file(struct place *p)
{
	import_ok(p, HOLDINGS, SECOND);
	struct took t = import_text(p, HOLDINGS, FIRST, NULL, false);
	assert_st(t.st, ST_CONFLICT);
	country_is(p, "1.200.0.1", 0, "TW");
}

static void comes_back(struct place *p)
{
	struct holding h;
	import_ok(p, HOLDINGS, FIRST);
	import_ok(p, HOLDINGS, SECOND);
	import_ok(p, HOLDINGS,
		  "2|apnic|20210915|2|19830613|20210914|+1000\napnic|TW|ipv4|1.160.0.0|1048576|20091204|allocated\n"
		  "apnic|TW|asn|3462|1|20020801|allocated\n");
	/* The record's date lies before the time it was gone, which stays gone. */
	country_is(p, "1.160.0.1", DAY_OF(2021, 8, 1), "TW");
	country_is(p, "1.160.0.1", DAY_OF(2021, 9, 1), NULL);
	assert_true(held(p, "1.160.0.1", 0, &h));
	assert_int_equal(h.valid_from, DAY_OF(2021, 9, 14));
	assert_false(h.from_record);
	/* … and is not taken for a change the next time. */
	struct took t = import_ok(
		p, HOLDINGS,
		"2|apnic|20211015|2|19830613|20211014|+1000\napnic|TW|ipv4|1.160.0.0|1048576|20091204|allocated\n"
		"apnic|TW|asn|3462|1|20020801|allocated\n");
	COUNTS(t, 0, 0, 0, 2);
}

static void a_part_closes_nothing(struct place *p)
{
	import_ok(p, HOLDINGS, FIRST);
	struct took t = import_ok(p, HOLDINGS, "apnic|TW|ipv4|1.34.0.0|131072|20100505|assigned\n");
	COUNTS(t, 0, 1, 0, 0);
	country_is(p, "1.160.0.1", 0, "TW");
	country_is(p, "1.0.64.1", 0, "JP");
	int64_t seen = 0;
	struct req rq = on_reader(p);
	assert_ok(import_seen(&rq, "holdings:apnic", &seen));
	assert_int_equal(seen, T0);
}

/* Its version line says 4 records: the download broke off. */
static void cut_short(struct place *p)
{
	import_ok(p, HOLDINGS, FIRST);
	clock_set_for_test(T0 + 86400 * USEC);
	struct took t = import_ok(p, HOLDINGS,
				  "2|apnic|20210815|4|19830613|20210814|+1000\n"
				  "apnic|TW|ipv4|1.34.0.0|131072|20100505|allocated\n"
				  "apnic|KR|ipv4|1.0.64.0|16384|20210801|allocated\n");
	assert_int_equal(t.r.closed, 0);
	assert_int_equal(t.notes, 1);
	country_is(p, "1.160.0.1", 0, "TW");
	country_is(p, "1.0.64.1", 0, "KR");
}

static void the_whole_of_a_country(struct place *p)
{
	import_ok(p, HOLDINGS, FIRST);
	clock_set_for_test(T0 + 86400 * USEC);
	struct took t = import_text(p, HOLDINGS, "apnic|TW|ipv4|1.34.0.0|131072|20100505|allocated\n", "tw", false);
	assert_ok(t.st);
	COUNTS(t, 0, 0, 2, 1);
	country_is(p, "1.160.0.1", 0, NULL);
	country_is(p, "1.0.64.1", 0, "JP");
	country_is(p, "1.160.0.1", T0 + 86400 * USEC - 1, "TW");
	country_is(p, "1.160.0.1", T0 + 86400 * USEC, NULL);
}

static void registries_are_apart(struct place *p)
{
	import_ok(p, HOLDINGS, FIRST);
	struct took t = import_ok(
		p, HOLDINGS,
		"2|afrinic|20260505|1|0|20260505|00000\nafrinic|ZA|ipv4|41.0.0.0|65536|20070101|allocated|F36\n");
	COUNTS(t, 1, 0, 0, 0);
	country_is(p, "1.34.0.1", 0, "TW");
	country_is(p, "41.0.0.1", 0, "ZA");
	t = import_ok(p, HOLDINGS,
		      "2|afrinic|20260605|2|0|20260605|00000\nafrinic|ZA|ipv4|41.0.0.0|65536|20070101|allocated|F36\n"
		      "apnic|TW|asn|3462|1|20020801|allocated\n");
	COUNTS(t, 0, 0, 0, 2);
	country_is(p, "1.34.0.1", 0, "TW");
}

#define BAD_LINES                                                                                                      \
	"apnic|TW|ipv4|1.34.0.0|131072|20100505|allocated\n"                                                           \
	"apnic|TW|ipv4|1.34.0|131072|20100505|allocated\n"                                                             \
	"\n"                                                                                                           \
	"apnic|TW|asn|3462|1|20020801|granted\n"

static void a_bad_line(struct place *p)
{
	struct took t = import_text(p, HOLDINGS, BAD_LINES, NULL, false);
	assert_st(t.st, ST_INVALID);
	assert_int_equal(t.errors, 2);
	assert_int_equal(t.error_line[0], 2);
	assert_int_equal(t.error_line[1], 4);
	assert_non_null(strstr(t.error[0], "expected the first IPv4 address"));
	assert_non_null(strstr(t.why, "file.txt:2:"));
	assert_int_equal(t.r.bad, 2);
	assert_int_equal(number_of(p, "SELECT count(*) FROM numbers_holding"), 0);
	assert_int_equal(entries(p), 0);
}

static void keep_going(struct place *p)
{
	import_ok(p, HOLDINGS, FIRST);
	struct took t = import_text(p, HOLDINGS,
				    "2|apnic|20210815|3|19830613|20210814|+1000\n" BAD_LINES
				    "apnic|TW|ipv4|1.200.0.0|65536|20210803|allocated\n",
				    NULL, true);
	assert_ok(t.st);
	assert_int_equal(t.errors, 2);
	COUNTS(t, 1, 0, 0, 1);
	country_is(p, "1.200.0.1", 0, "TW");
	country_is(p, "1.160.0.1", 0, "TW"); /* a bad line may have been about it */
}

static void a_conflict(struct place *p)
{
	static const char text[] = "apnic|TW|ipv4|1.34.0.0|131072|20100505|allocated\n"
				   "apnic|TW|asn|3462|1|20020801|allocated\n"
				   "apnic|CN|ipv4|1.34.0.0|131072|20100505|allocated\n"
				   "apnic|TW|asn|3462|1|20020801|allocated\n";
	struct took t = import_text(p, HOLDINGS, text, NULL, false);
	assert_st(t.st, ST_INVALID);
	assert_int_equal(t.errors, 2);
	assert_int_equal(t.error_line[0], 1);
	assert_int_equal(t.error_line[1], 3);
	assert_non_null(strstr(t.error[0], "line 3"));
	t = import_text(p, HOLDINGS, text, NULL, true);
	assert_ok(t.st);
	COUNTS(t, 1, 0, 0, 0);
	country_is(p, "1.34.0.1", 0, NULL);
}

static void an_overlap_is_told(struct place *p)
{
	struct took t = import_ok(p, HOLDINGS,
				  "apnic|TW|ipv4|1.34.0.0|131072|20100505|allocated\n"
				  "apnic|CN|ipv4|1.34.8.0|2048|20100505|allocated\n"
				  "apnic|TW|asn|10|10|20020801|allocated\n"
				  "apnic|TW|asn|15|1|20020801|allocated\n");
	assert_int_equal(t.errors, 0);
	assert_int_equal(t.notes, 2);
	assert_int_equal(t.note_line[0], 2);
	assert_int_equal(t.note_line[1], 4);
	assert_int_equal(t.r.conflicts, 2);
	country_is(p, "1.34.8.1", 0, "CN");
	country_is(p, "1.34.7.1", 0, "TW");
}

static void claimed_by_two_registries(struct place *p)
{
	import_ok(p, HOLDINGS, FIRST);
	struct took t = import_ok(p, HOLDINGS,
				  "ripencc|DE|ipv4|1.33.0.0|256|20100101|allocated\n"
				  "ripencc|DE|ipv4|1.34.255.0|256|20100101|allocated\n"
				  "ripencc|DE|ipv4|1.35.0.0|65536|20100101|allocated\n"
				  "ripencc|DE|asn|3460|5|20100101|allocated\n"
				  "ripencc|DE|asn|3465|5|20100101|allocated\n");
	assert_int_equal(t.errors, 0);
	assert_int_equal(t.notes, 3);
	assert_int_equal(t.note_line[0], 2);
	assert_int_equal(t.note_line[1], 3);
	assert_int_equal(t.note_line[2], 4);
	COUNTS(t, 5, 0, 0, 0);
}

/* Rows of an import that died: born by a generation that never became current, and closings by it. */
static enum st leave_half(struct req *rq, void *arg)
{
	enum st st = sql_run0(rq, "UPDATE import_source SET pending = current + 1 WHERE name = 'holdings:apnic'");
	if (!st)
		st = sql_run0(rq, "UPDATE numbers_holding SET dead = 2, valid_to = 5 WHERE country = 'JP'");
	if (!st)
		st = sql_run0(rq, "INSERT INTO numbers_holding(source, key, born, dead, valid_from, valid_to, "
				  "from_record, first_seen, registry, "
				  "country, kind, bin, first, last, status, opaque) SELECT source, key, 2, 0, "
				  "valid_from, 0, 0, 0, registry, 'XX', "
				  "kind, bin, first, last, status, opaque FROM numbers_holding WHERE country = 'TW'");
	return st;
}

static void died_half_way(struct place *p)
{
	import_ok(p, HOLDINGS, FIRST);
	assert_ok(in_write(p, leave_half, NULL));
	country_is(p, "1.0.64.1", 0, "JP");
	country_is(p, "1.34.0.1", 0, "TW");
	country_is(p, "1.34.0.1", DAY_OF(2021, 1, 1), "TW");
	struct took t = import_ok(p, HOLDINGS, FIRST);
	COUNTS(t, 0, 0, 0, 4);
	assert_int_equal(number_of(p, "SELECT count(*) FROM numbers_holding"), 4);
	assert_int_equal(number_of(p, "SELECT count(*) FROM numbers_holding WHERE dead <> 0"), 0);
	t = import_ok(p, HOLDINGS, SECOND);
	COUNTS(t, 1, 1, 1, 2);
}

/* Another import takes the source over while this one writes: it ends without effect, and its rows are swept. */
struct rival {
	struct place *p;
	bool done;
};

static void rival_begins(void *ctx, const char *phase, double part)
{
	struct rival *r = ctx;
	if (r->done || strcmp(phase, "writing") != 0)
		return;
	r->done = true;
	char path[120];
	snprintf(path, sizeof path, "%s/rival.csv", teststore_dir());
	FILE *f = fopen(path, "w");
	fputs("name,holder\nn1.tw,Rival\n", f);
	fclose(f);
	struct req rq = place_req(r->p);
	struct import_opts o = { .as_of = TIME_NONE };
	struct import_result result;
	struct import *log;
	assert_ok(names_import(r->p->s, &rq, path, &o, &result, &log));
	assert_int_equal(result.added, 1);
	import_free(log);
}

static void two_at_once(struct place *p)
{
	struct req rq = place_req(p);
	struct rival rival = { .p = p };
	struct import_opts o = { .as_of = TIME_NONE, .say = rival_begins, .say_ctx = &rival };
	struct import_result r;
	struct import *log;
	char *text = malloc(9000 * 20);
	size_t n = (size_t)snprintf(text, 9000 * 20, "name,holder\n");
	for (int i = 0; i < 9000; i++)
		n += (size_t)snprintf(text + n, 9000 * 20 - n, "n%d.tw,Early\n", i);
	assert_st(names_import(p->s, &rq, file_of(text), &o, &r, &log), ST_CONFLICT);
	assert_non_null(strstr(rq.err.msg, "another import"));
	assert_true(rival.done);
	free(text);
	import_free(log);
	assert_int_equal(number_of(p, "SELECT count(*) FROM names_domain"), 1);
	struct name found;
	rq = on_reader(p);
	assert_ok(names_find(&rq, "n1.tw", 0, &found));
	assert_string_equal(found.holder, "Rival");
}

static void wrong_header(struct place *p)
{
	struct took t = import_text(p, NAMES, "name,colour\na.tw,red\n", NULL, true);
	assert_st(t.st, ST_INVALID);
	assert_non_null(strstr(t.why, "colour"));
	assert_int_equal(t.errors, 1);
	assert_int_equal(t.error_line[0], 1);
}

static void a_country_of_names(struct place *p)
{
	import_ok(p, NAMES, "name,holder\na.com.tw,A\nb.台灣,B\nc.jp,C\n");
	struct took t = import_text(p, NAMES, "name,holder\nA.com.TW,A\n", "tw", false);
	assert_ok(t.st);
	COUNTS(t, 0, 0, 1, 1);
	t = import_text(p, NAMES, "name,holder\n", "TW", false);
	assert_st(t.st, ST_INVALID);
	assert_non_null(strstr(t.why, "no records"));
}

/* More rows than a batch or a chunk holds, and each kind of difference among them. */
static void many_rows(struct place *p)
{
	size_t size = 12000 * 60;
	char *text = malloc(size);
	for (int round = 0; round < 3; round++) {
		size_t n = (size_t)snprintf(text, size, "name,holder,sponsor\n");
		for (int i = 0; i < 12000; i++)
			if (!(round == 2 && i % 10 == 3))
				n += (size_t)snprintf(text + n, size - n, "n%d.tw,Holder %d,%s\n", i, i,
						      round == 2 && i % 10 == 4 ? "b" : "a");
		struct took t = import_text(p, NAMES, text, "TW", false);
		assert_ok(t.st);
		if (round == 0)
			COUNTS(t, 12000, 0, 0, 0);
		else if (round == 1)
			COUNTS(t, 0, 0, 0, 12000);
		else
			COUNTS(t, 0, 1200, 1200, 9600);
	}
	free(text);
	assert_int_equal(number_of(p, "SELECT count(*) FROM names_domain WHERE dead = 0"), 10800);
	assert_int_equal(number_of(p, "SELECT count(*) FROM names_domain"), 13200);
}

static void damaged_file(struct place *p)
{
	struct req rq = place_req(p);
	struct import_opts o = { .as_of = TIME_NONE, .keep_going = true };
	struct import_result r;
	struct import *log;
	assert_int_not_equal(names_import(p->s, &rq, "/nonexistent/names.csv", &o, &r, &log), ST_OK);
	assert_non_null(strstr(rq.err.msg, "/nonexistent/names.csv"));
	import_free(log);
	err_clear(&rq.err);
	FILE *f = fopen(file_of(""), "w");
	fwrite("\x1f\x8b\x08\0\0\0\0\0\0\x03\xcb\x4b", 1, 12, f);
	fclose(f);
	char path[120];
	snprintf(path, sizeof path, "%s/file.txt", teststore_dir());
	assert_int_not_equal(names_import(p->s, &rq, path, &o, &r, &log), ST_OK);
	import_free(log);
}

ON_EACH_DRIVER(test_first, a_first_import)
ON_EACH_DRIVER(test_same, the_same_again)
ON_EACH_DRIVER(test_newer, a_newer_file)
ON_EACH_DRIVER(test_older, an_older_file)
ON_EACH_DRIVER(test_back, comes_back)
ON_EACH_DRIVER(test_part, a_part_closes_nothing)
ON_EACH_DRIVER(test_cut, cut_short)
ON_EACH_DRIVER(test_complete, the_whole_of_a_country)
ON_EACH_DRIVER(test_registries, registries_are_apart)
ON_EACH_DRIVER(test_bad, a_bad_line)
ON_EACH_DRIVER(test_keep_going, keep_going)
ON_EACH_DRIVER(test_conflict, a_conflict)
ON_EACH_DRIVER(test_overlap, an_overlap_is_told)
ON_EACH_DRIVER(test_two_registries, claimed_by_two_registries)
ON_EACH_DRIVER(test_died, died_half_way)
ON_EACH_DRIVER(test_two, two_at_once)
ON_EACH_DRIVER(test_header, wrong_header)
ON_EACH_DRIVER(test_country, a_country_of_names)
ON_EACH_DRIVER(test_many, many_rows)
ON_EACH_DRIVER(test_damaged, damaged_file)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_newer),
		cmocka_unit_test(test_older),
		cmocka_unit_test(test_back),
		cmocka_unit_test(test_part),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_complete),
		cmocka_unit_test(test_registries),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_keep_going),
		cmocka_unit_test(test_conflict),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_died),
		cmocka_unit_test(test_two_registries),
		cmocka_unit_test(test_two),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_country),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_damaged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
