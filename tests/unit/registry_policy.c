/* The text of a policy, its versions, and the dates that follow from it. */
#include "inwrite.h"
#include "names/registrant.h"
#include "names/registry_int.h"

#define DAY (86400 * USEC)

static enum st parse(struct arena *mem, const char *text, struct policy *p, struct err *e)
{
	*e = (struct err){ 0 };
	return policy_parse(mem, text, strlen(text), p, e);
}

static void test_mistakes(void **state)
{
	static const struct {
		const char *text, *said;
	} rows[] = {
		{ "terms 0-10", "line 1: expected years" },
		{ "\nterms 1-10\nterms 1-5", "line 3: this key stands twice" },
		{ "grace add", "line 1: grace needs" },
		{ "grace later 5d", "line 1: expected add" },
		{ "# a note\nfrobnicate on", "line 2: expected a key" },
		{ "expiry suspend\nexpiry-grace 40d\nrelease-from 33d", "line 3: names are released" },
		{ "reserved nic a\nblocked NIC b", "line 2: the label nic" },
		{ "price create 8 TWD\nprice renew 8 USD", "line 2: all prices" },
		{ "price create -8 TWD", "line 1: expected an amount" },
		{ "second-level com.tw everybody", "line 1: expected open" },
		{ "idn-table zh lgr /etc/passwd", "line 1: expected a file" },
		{ "holiday 2027-02-11..2027-02-05 X", "line 1: expected days" },
		{ "name-servers 2-14", "line 1: expected two numbers" },
		{ "general open to all", "line 1: expected the end" },
		{ "reserved nic 2027-02-11..2027-02-05 the other way round", "line 1: expected days" },
		{ "blocked nic 2027-13-01.. no month", "line 1: expected days" },
		{ "blocked nic 1..2 no days", "line 1: expected days" },
	};
	struct arena *mem = arena_new((size_t)4 << 20);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct policy p;
		struct err e;
		assert_st(parse(mem, rows[i].text, &p, &e), ST_INVALID);
		if (strncmp(e.msg, rows[i].said, strlen(rows[i].said)))
			fail_msg("%s: said %s", rows[i].text, e.msg);
	}
	arena_free(mem);
}

static void test_builtin(void **state)
{
	static const char *const zones[] = { "tw", "xn--kpry57d", "anything" };
	struct arena *mem = arena_new((size_t)4 << 20);
	for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
		struct policy p;
		struct err e;
		if (parse(mem, policy_builtin(zones[i]), &p, &e))
			fail_msg("%s: %s", zones[i], e.msg);
		assert_int_equal(p.expiry, i < 2 ? EXPIRY_SUSPEND : EXPIRY_AUTORENEW);
	}
	arena_free(mem);
}

static void test_holidays(void **state)
{
	struct arena *mem = arena_new((size_t)1 << 20);
	struct policy p;
	struct err e;
	int64_t feb1 = time_from_civil(2027, 2, 1, 0, 0, 0);
	assert_st(parse(mem, "holiday 2027-02-05..2027-02-11 Lunar New Year\nholiday 2027-02-12 bridge", &p, &e),
		  ST_OK);
	assert_true(life_after(&p, feb1, 3 * DAY) == feb1 + 3 * DAY);
	assert_true(life_after(&p, feb1, 5 * DAY) == feb1 + 13 * DAY);	   /* eight days do not count */
	assert_true(life_after(&p, feb1 + 6 * DAY, 0) == feb1 + 12 * DAY); /* expired within: acted on afterwards */
	assert_true(life_after(&p, feb1 + 20 * DAY, DAY) == feb1 + 21 * DAY);
	arena_free(mem);
}

static void test_years(void **state)
{
	int64_t leap = time_from_civil(2028, 2, 29, 12, 30, 0);
	assert_true(time_add_years(leap, 1) == time_from_civil(2029, 2, 28, 12, 30, 0));
	assert_true(time_add_years(leap, 4) == time_from_civil(2032, 2, 29, 12, 30, 0));
	assert_true(time_add_years(time_from_civil(2026, 12, 31, 23, 59, 59), 1) ==
		    time_from_civil(2027, 12, 31, 23, 59, 59));
	assert_true(time_add_years(time_from_civil(2026, 1, 31, 0, 0, 0), -1) == time_from_civil(2025, 1, 31, 0, 0, 0));
}

/* Every state that can be reached has a way on, and nothing leaves what is gone. */
static void test_table(void **state)
{
	bool reached[LIVES] = { [LIFE_PENDING_CREATE] = true, [LIFE_ACTIVE] = true }, left[LIVES] = { 0 };
	for (const struct life_row *r = life_rows; r->event; r++) {
		reached[r->to] = true;
		left[r->from] = true;
	}
	for (int l = LIFE_PENDING_CREATE; l < LIVES; l++) {
		assert_true(reached[l]);
		assert_int_equal(left[l], l != LIFE_GONE);
	}
}

/* ── what a new version changes ── */

/* What is said of the listed labels; "": nothing. */
static const char *listed_change(struct arena *mem, const char *was_text, const char *is_text)
{
	struct policy_change c[POLICY_CHANGES];
	struct policy was, is;
	struct err e;
	assert_st(parse(mem, was_text, &was, &e), ST_OK);
	assert_st(parse(mem, is_text, &is, &e), ST_OK);
	int n = policy_changes(mem, LANG_EN, &was, &is, c, POLICY_CHANGES);
	assert_true(n <= 1);
	return n ? c[0].is : "";
}

static void test_listed_changes(void **state)
{
	struct arena *mem = arena_new((size_t)16 << 20);
	const char *was = "reserved nic own use\nblocked casino 2027-01-01..2027-02-01 by law\n";
	assert_string_equal(listed_change(mem, was, was), "");
	/* The order of lines is no matter. */
	assert_string_equal(
		listed_change(mem, was, "blocked casino 2027-01-01..2027-02-01 by law\nreserved nic own use\n"), "");
	assert_string_equal(
		listed_change(mem, was, "reserved nic own use\nblocked casino 2027-01-01..2027-03-01 by law\n"),
		"2 (0 new, 0 gone, 1 changed)");
	assert_string_equal(listed_change(mem, was, "reserved nic own use\nblocked casino 2027-01-01.. by law\n"),
			    "2 (0 new, 0 gone, 1 changed)");
	assert_string_equal(listed_change(mem, was,
					  "reserved nic 2026-01-01.. own use\n"
					  "blocked casino 2027-01-01..2027-02-01 by a new law\n"),
			    "2 (0 new, 0 gone, 2 changed)");
	assert_string_equal(listed_change(mem, was,
					  "blocked nic own use\nreserved shop kept\n"
					  "blocked casino 2027-01-01..2027-02-01 by court\n"),
			    "3 (2 new, 1 gone, 1 changed)");
	arena_free(mem);
}

/* ── versions ── */

static enum st two_versions(struct req *rq, void *arg)
{
	int version;
	if (zone_authoritative_add(rq, "test", "label-min 1\n", NULL))
		return rq->err.code;
	return policy_set(rq, "test", "label-min 3\n", T0 + 10 * DAY, NULL, &version);
}

static enum st too_late(struct req *rq, void *arg)
{
	int version;
	return policy_set(rq, "test", "label-min 5\n", T0 - DAY, NULL, &version);
}

static enum st again(struct req *rq, void *arg)
{
	return zone_authoritative_add(rq, "test", NULL, NULL);
}

static void test_versions_body(struct place *p)
{
	const struct policy *now, *later;
	assert_ok(in_write(p, two_versions, NULL));
	struct req rq = on_reader(p);
	assert_ok(policy_of(&rq, "test", 0, &now));
	assert_ok(policy_of(&rq, "test", T0 + 10 * DAY, &later));
	assert_int_equal(now->label_min, 1);
	assert_int_equal(later->label_min, 3);
	assert_int_equal(later->version, 2);
	assert_st(policy_of(&rq, "other", 0, &now), ST_NOTFOUND);
	store_reader_done(p->s);
	assert_st(in_write(p, too_late, NULL), ST_INVALID);
	assert_st(in_write(p, again, NULL), ST_CONFLICT);
}
ON_EACH_DRIVER(test_versions, test_versions_body)

/* ── bundles, with a table in the small ── */

static const char table[] = "U+0061(0);U+0061(0);\nU+53F0(0);U+53F0(0);U+81FA(0)\nU+81FA(0);U+53F0(0);U+53F0(0)\n"
			    "U+7063(0);U+6E7E(0),U+7063(0);U+6E7E(0)\nU+6E7E(0);U+6E7E(0);U+7063(0)\n";

static enum st with_table(struct req *rq, void *arg)
{
	char path[200];
	snprintf(path, sizeof path, "%s/zh.txt", teststore_dir());
	FILE *f = fopen(path, "w");
	fputs(table, f);
	fclose(f);
	return zone_authoritative_add(rq, "test", "idn-table zh rfc3743 zh.txt\nreserved 台a kept\n", teststore_dir());
}

static void test_bundle_body(struct place *p)
{
	struct placed one, two, other;
	if (in_write(p, with_table, NULL)) {
		print_message("skipped: IDN tables can't be read here\n");
		return;
	}
	struct req rq = on_reader(p);
	assert_ok(dom_place(&rq, "台灣.test", &one));
	assert_ok(dom_place(&rq, "臺湾.test", &two));
	assert_ok(dom_place(&rq, "灣台.test", &other));
	assert_string_equal(one.key, two.key); /* RFC3743-3: one bundle */
	assert_string_not_equal(one.key, other.key);
	assert_non_null(one.table);
	struct domain_check c = { .name = "臺a.test" };
	struct actor a = { .id = "registrar:alpha" };
	rq.who = &a;
	assert_ok(domain_check(&rq, &c, 1));
	assert_false(c.avail); /* a variant of a reserved label */
	store_reader_done(p->s);
}
ON_EACH_DRIVER(test_bundle, test_bundle_body)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes), cmocka_unit_test(test_builtin),	cmocka_unit_test(test_holidays),
		cmocka_unit_test(test_years),	 cmocka_unit_test(test_table),		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_bundle),	 cmocka_unit_test(test_listed_changes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
