#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>
#include <time.h>
#include "voice/voice.h"

static int setup(void **s)
{
	return *s = arena_new(16 << 20), 0;
}
static int teardown(void **s)
{
	return arena_free(*s), 0;
}

static int share_of(int64_t n, int64_t base)
{
	int tenths = -1;
	assert_int_equal(count_share((struct share){ n, base }, &tenths, NULL), ST_OK);
	return tenths;
}

static int difference_of(struct share now, struct share before)
{
	int tenths = 0;
	assert_int_equal(count_difference(now, before, &tenths, NULL), ST_OK);
	return tenths;
}

/* ── shares ── */

static void funnels_of_four_surveys(void **s)
{
	static const struct {
		struct funnel f;
		int opened, completion;
	} known[] = {
		{ { 59244, 17104, 1534 }, 289, 26 },
		{ { 1534, 600, 91 }, 391, 59 },
		{ { 316, 163, 57 }, 516, 180 },
		{ { 4312, 2078, 566 }, 482, 131 },
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		int opened, completion;
		assert_int_equal(count_funnel(&known[i].f, &opened, &completion, NULL), ST_OK);
		assert_int_equal(opened, known[i].opened);
		assert_int_equal(completion, known[i].completion);
	}
	assert_int_equal(count_funnel(&(struct funnel){ 0 }, NULL, NULL, NULL), ST_NOTFOUND);
	assert_int_equal(count_funnel(&(struct funnel){ 10, 11, 1 }, NULL, NULL, NULL), ST_INVALID);
}

static const struct share users[] = { { 732, 1005 }, { 500, 622 }, { 233, 323 }, { 172, 248 },
				      { 167, 227 },  { 94, 130 },  { 81, 103 },	 { 22, 31 } };
enum { USERS = sizeof users / sizeof *users };

static void shares_are_rounded_half_up(void **s)
{
	static const int known[USERS] = { 728, 804, 721, 694, 736, 723, 786, 710 };
	for (int i = 0; i < USERS; i++)
		assert_int_equal(share_of(users[i].n, users[i].base), known[i]);
	assert_int_equal(share_of(18, 22), 818);
	assert_int_equal(share_of(15, 17), 882);
	assert_int_equal(share_of(4, 7), 571);
	assert_int_equal(share_of(1, 2000), 1); /* 0.05 % */
	assert_int_equal(share_of(1, 2001), 0);
	assert_int_equal(share_of(0, 1), 0);
	assert_int_equal(share_of(COUNT_MAX, COUNT_MAX), 1000);
	assert_int_equal(share_of(COUNT_MAX - 1, COUNT_MAX), 1000);
}

static void bad_counts_are_refused(void **s)
{
	int tenths = -7;
	struct err e = { 0 };
	assert_int_equal(count_share((struct share){ 0, 0 }, &tenths, &e), ST_NOTFOUND);
	assert_int_equal(count_share((struct share){ 1, 0 }, &tenths, &e), ST_INVALID);
	assert_int_equal(count_share((struct share){ 6, 5 }, &tenths, &e), ST_INVALID);
	assert_int_equal(count_share((struct share){ -1, 5 }, &tenths, &e), ST_INVALID);
	assert_int_equal(count_share((struct share){ 1, INT64_MIN }, &tenths, &e), ST_INVALID);
	assert_int_equal(count_share((struct share){ 1, COUNT_MAX + 1 }, &tenths, &e), ST_LIMIT);
	assert_int_equal(count_share((struct share){ 1, INT64_MAX }, &tenths, &e), ST_LIMIT);
	assert_int_equal(tenths, -7);
}

static void differences_are_subtracted_before_rounding(void **s)
{
	/* 0.25 % and 0.14 % print as 0.3 and 0.1; between them are 0.11 points, not 0.2. */
	assert_int_equal(difference_of((struct share){ 25, 10000 }, (struct share){ 14, 10000 }), 1);
	assert_int_equal(difference_of((struct share){ 1, 2000 }, (struct share){ 0, 1 }), 1);
	assert_int_equal(difference_of((struct share){ 0, 1 }, (struct share){ 1, 2000 }), -1);
	assert_int_equal(difference_of((struct share){ 0, 3 }, (struct share){ COUNT_MAX, COUNT_MAX }), -1000);
	for (int i = 0; i < USERS; i++)
		for (int j = 0; j < USERS; j++)
			assert_int_equal(difference_of(users[i], users[j]), -difference_of(users[j], users[i]));
}

static void a_rounded_past_is_flagged(void **s)
{
	struct change c;
	assert_int_equal(count_change((struct share){ 424, 566 }, &(struct past){ .tenths = 743 }, &c, NULL), ST_OK);
	assert_int_equal(c.tenths, 6);
	assert_true(c.rounded);
	assert_int_equal(count_change((struct share){ 424, 566 }, &(struct past){ .counts = { 743, 1000 } }, &c, NULL),
			 ST_OK);
	assert_int_equal(c.tenths, 6);
	assert_false(c.rounded);
	assert_int_equal(count_change((struct share){ 1, 2 }, &(struct past){ .tenths = 1001 }, &c, NULL), ST_INVALID);
	assert_int_equal(count_change((struct share){ 0, 0 }, &(struct past){ .tenths = 743 }, &c, NULL), ST_NOTFOUND);
}

/* ── grids and means ── */

static void grids_come_from_counts(void **s)
{
	struct grid_figures f;
	char text[COUNT_TEXT];
	assert_int_equal(count_grid(&(struct grid){ { 1, 2, 4, 9, 5 } }, &f, NULL), ST_OK);
	assert_int_equal(f.top.n, 14);
	assert_int_equal(f.bottom.n, 3);
	assert_int_equal(f.base, 21);
	assert_int_equal(count_decimal(f.sum, f.base, 2, text, NULL), ST_OK);
	assert_string_equal(text, "3.71"); /* 78 / 21 */
	assert_int_equal(count_grid(&(struct grid){ { 0 } }, &f, NULL), ST_NOTFOUND);
	assert_int_equal(count_grid(&(struct grid){ { 1, -1 } }, &f, NULL), ST_INVALID);
	assert_int_equal(count_grid(&(struct grid){ { INT64_MAX, INT64_MAX } }, &f, NULL), ST_LIMIT);
}

static void decimals_are_exact(void **s)
{
	static const struct {
		int64_t num, den;
		int digits;
		const char *text;
	} known[] = {
		{ 1, 2, 0, "1" },	 { -1, 2, 0, "-1" },	  { 1005, 1000, 2, "1.01" },
		{ 1, 3, 6, "0.333333" }, { -1, 1000, 2, "0.00" }, { 299, 100, 1, "3.0" },
	};
	char text[COUNT_TEXT];
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		assert_int_equal(count_decimal(known[i].num, known[i].den, known[i].digits, text, NULL), ST_OK);
		assert_string_equal(text, known[i].text);
	}
	assert_int_equal(count_decimal(1, 0, 1, text, NULL), ST_NOTFOUND);
	assert_int_equal(count_decimal(1, 1, 7, text, NULL), ST_INVALID);
	assert_int_equal(count_decimal(INT64_MAX, 1, 6, text, NULL), ST_LIMIT);
	count_tenths_text(6, true, text);
	assert_string_equal(text, "+0.6");
	count_tenths_text(-3, false, text);
	assert_string_equal(text, "-0.3");
	count_tenths_text(0, true, text);
	assert_string_equal(text, "0.0");
}

static void means_weigh_items_or_answers(void **s)
{
	int tenths = -1;
	assert_int_equal(count_mean_unweighted(*s, users, USERS, &tenths, NULL), ST_OK);
	assert_int_equal(tenths, 738);
	assert_int_equal(count_mean_weighted(users, USERS, &tenths, NULL), ST_OK);
	assert_int_equal(tenths, 744);
	assert_int_equal(count_mean_unweighted(*s, users, 0, &tenths, NULL), ST_NOTFOUND);
	assert_int_equal(count_mean_unweighted(*s, users, COUNT_ITEMS_MAX + 1, &tenths, NULL), ST_LIMIT);
	struct share empty[] = { { 1, 2 }, { 0, 0 } }, zero = { 0, 9 }, full = { 9, 9 };
	assert_int_equal(count_mean_unweighted(*s, empty, 2, &tenths, NULL), ST_NOTFOUND);
	assert_int_equal(count_mean_weighted(empty, 2, &tenths, NULL), ST_OK);
	assert_int_equal(tenths, 500);
	assert_int_equal(count_mean_unweighted(*s, &zero, 1, &tenths, NULL), ST_OK);
	assert_int_equal(tenths, 0);
	assert_int_equal(count_mean_unweighted(*s, &full, 1, &tenths, NULL), ST_OK);
	assert_int_equal(tenths, 1000);
}

/* Pairs n/b and (b − n)/b average exactly 50 %; one answer more or less in 10^12 turns 49.95 % over. */
static void many_items_stay_exact(void **s)
{
	enum { N = COUNT_ITEMS_MAX };
	static struct share many[N];
	int tenths = -1;
	for (int i = 0; i < N; i += 2) {
		int64_t base = COUNT_MAX - i, n = base / 3;
		many[i] = (struct share){ n, base };
		many[i + 1] = (struct share){ base - n, base };
	}
	assert_int_equal(count_mean_unweighted(*s, many, N, &tenths, NULL), ST_OK);
	assert_int_equal(tenths, 500);
	assert_int_equal(count_mean_weighted(many, N, &tenths, NULL), ST_OK);
	assert_int_equal(tenths, 500);
	many[0] = many[1] = (struct share){ 4995, 10000 };
	assert_int_equal(count_mean_unweighted(*s, many, 2, &tenths, NULL), ST_OK);
	assert_int_equal(tenths, 500);
	many[1] = (struct share){ COUNT_MAX / 10000 * 4995 - 1, COUNT_MAX };
	assert_int_equal(count_mean_unweighted(*s, many, 2, &tenths, NULL), ST_OK);
	assert_int_equal(tenths, 499);
}

/* ── what may be shown, what is possible ── */

static void small_bases_are_marked(void **s)
{
	assert_int_equal(count_mark(0), BASE_HIDDEN);
	assert_int_equal(count_mark(4), BASE_HIDDEN);
	assert_int_equal(count_mark(5), BASE_SMALL);
	assert_int_equal(count_mark(29), BASE_SMALL);
	assert_int_equal(count_mark(30), BASE_ENOUGH);
	assert_int_equal(count_mark(INT64_MAX), BASE_ENOUGH);
	assert_string_equal(count_mark_name(BASE_SMALL), "small");
}

static void impossible_percentages_are_found(void **s)
{
	int64_t from, to;
	assert_false(count_possible((struct claim){ 968, 1 }, 57, &from, &to));
	assert_true(count_possible((struct claim){ 965, 1 }, 57, &from, &to));
	assert_int_equal(from, 55);
	assert_int_equal(to, 55);
	assert_false(count_possible((struct claim){ 500, 1 }, 0, &from, &to));
	assert_false(count_possible((struct claim){ 1001, 1 }, 57, &from, &to));
	assert_true(count_possible((struct claim){ 1000, 1 }, COUNT_MAX, &from, &to));
	assert_int_equal(to, COUNT_MAX);
	for (int base = 1; base <= 120; base++)
		for (int tenths = 0; tenths <= 1000; tenths++) {
			int first = -1, last = -1;
			for (int n = 0; n <= base; n++)
				if ((2000 * n + base) / (2 * base) == tenths) {
					first = first < 0 ? n : first;
					last = n;
				}
			bool possible = count_possible((struct claim){ tenths, 1 }, base, &from, &to);
			assert_int_equal(possible, first >= 0);
			assert_true(!possible || (from == first && to == last));
		}
}

static void tenths_are_read_as_they_are_written(void **s)
{
	static const char *const wrong[] = { "",     "74",   "74.",  "74.35", ".3",    "100.1", "1000.0",
					     "-1.0", "+1.0", "74,3", " 74.3", "74.3 ", "7x.3",	"99999999999.9" };
	char text[COUNT_TEXT];
	int got = -1;
	for (int tenths = 0; tenths <= 1000; tenths++) {
		count_tenths_text(tenths, false, text);
		assert_true(count_tenths_parse(text, &got));
		assert_int_equal(got, tenths);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		if (count_tenths_parse(wrong[i], &got))
			fail_msg("%s was taken", wrong[i]);
	assert_int_equal(got, 1000);
}

/* A percentage and its base are the one count that gives them, or they are refused with a reason. */
static void last_time_is_told_by_counts(void **s)
{
	struct past p;
	for (int base = 1; base <= 120; base++)
		for (int tenths = 0; tenths <= 1000; tenths++) {
			struct past_told t = { -1, base, tenths };
			struct err e = { 0 };
			int64_t from, to;
			bool possible = count_possible((struct claim){ tenths, 1 }, base, &from, &to);
			assert_int_equal(voice_past_told(&t, &p, &e), possible ? ST_OK : ST_INVALID);
			assert_true(!possible || (p.counts.n == from && p.counts.base == base));
			assert_true(possible || strstr(e.msg, "no count of"));
		}
	struct err e = { 0 };
	assert_int_equal(voice_past_told(&(struct past_told){ -1, 57, 968 }, &p, &e), ST_INVALID);
	assert_non_null(strstr(e.msg, "no count of 57 gives 96.8 %: 55 are 96.5 %, 56 are 98.2 %"));
	assert_int_equal(voice_past_told(&(struct past_told){ -1, 5000, 743 }, &p, &e), ST_INVALID);
	assert_non_null(strstr(e.msg, "3713 to 3717 of 5000"));
	assert_int_equal(voice_past_told(&(struct past_told){ -1, -1, 743 }, &p, &e), ST_OK);
	assert_true(p.tenths == 743 && !p.counts.base);
	assert_int_equal(voice_past_told(&(struct past_told){ 36, 50, -1 }, &p, &e), ST_OK);
	assert_true(p.counts.n == 36 && p.counts.base == 50);
	assert_int_equal(voice_past_told(&(struct past_told){ 36, 50, 720 }, &p, &e), ST_OK);
	assert_int_equal(voice_past_told(&(struct past_told){ 36, 50, 721 }, &p, &e), ST_INVALID);
	assert_int_equal(voice_past_told(&(struct past_told){ 51, 50, -1 }, &p, &e), ST_INVALID);
	assert_int_equal(voice_past_told(&(struct past_told){ 36, -1, -1 }, &p, &e), ST_INVALID);
	assert_int_equal(voice_past_told(&(struct past_told){ -1, 50, -1 }, &p, &e), ST_INVALID);
	assert_int_equal(voice_past_told(&(struct past_told){ -1, -1, -1 }, &p, &e), ST_INVALID);
}

/* ── chance ── */

static void near(double got, double wanted)
{
	assert_true(fabs(got - wanted) < 1e-6);
}

static void wilson_keeps_inside_0_and_1(void **s)
{
	struct interval w;
	assert_int_equal(count_wilson((struct share){ 0, 10 }, &w, NULL), ST_OK);
	near(w.lo, 0);
	near(w.hi, 0.2775328);
	assert_int_equal(count_wilson((struct share){ 10, 10 }, &w, NULL), ST_OK);
	near(w.lo, 0.7224672);
	near(w.hi, 1);
	assert_int_equal(count_wilson((struct share){ 81, 263 }, &w, NULL), ST_OK); /* Newcombe 1998, method 3 */
	assert_int_equal(floor(w.lo * 10000 + 0.5), 2553);
	assert_int_equal(floor(w.hi * 10000 + 0.5), 3662);
	assert_int_equal(count_wilson((struct share){ 0, 0 }, &w, NULL), ST_NOTFOUND);
}

static void two_shares_differ_or_not(void **s)
{
	struct chance c;
	assert_int_equal(count_two_shares((struct share){ 60, 100 }, (struct share){ 40, 100 }, &c, NULL), ST_OK);
	near(c.stat, 2.82842712);
	near(c.p, 0.00467773);
	assert_true(c.significant);
	assert_int_equal(count_two_shares((struct share){ 0, 9 }, (struct share){ 0, 4 }, &c, NULL), ST_OK);
	assert_true(c.p == 1 && !c.significant);
	assert_int_equal(count_two_shares((struct share){ 0, 9 }, (struct share){ 0, 0 }, &c, NULL), ST_NOTFOUND);
}

static void two_means_differ_or_not(void **s)
{
	struct chance c;
	struct sample a = { 5, 15, 55 }, b = { 5, 30, 220 }; /* 1 to 5; 2, 4, 6, 8, 10 */
	assert_int_equal(count_two_means(&a, &b, &c, NULL), ST_OK);
	near(c.stat, -1.8973666);
	near(c.df, 5.8823529);
	near(c.p, 0.1075312);
	assert_false(c.significant);
	struct sample one = { 1, 3, 9 }, same = { 3, 9, 27 }, other = { 3, 12, 48 }, wrong = { 3, 9, 5 };
	assert_int_equal(count_two_means(&one, &b, &c, NULL), ST_NOTFOUND);
	assert_int_equal(count_two_means(&wrong, &b, &c, NULL), ST_INVALID);
	assert_int_equal(count_two_means(&same, &same, &c, NULL), ST_OK);
	assert_false(c.significant);
	assert_int_equal(count_two_means(&same, &other, &c, NULL), ST_OK);
	assert_true(c.significant);
}

static void kappa_of_two_coders(void **s)
{
	int k;
	assert_int_equal(count_kappa((int64_t[]){ 20, 5, 10, 15 }, 2, &k, NULL), ST_OK);
	assert_int_equal(k, 400);
	assert_int_equal(count_kappa((int64_t[]){ 0, 5, 5, 0 }, 2, &k, NULL), ST_OK);
	assert_int_equal(k, -1000);
	assert_int_equal(count_kappa((int64_t[]){ 9, 0, 0, 0 }, 2, &k, NULL), ST_NOTFOUND);
	assert_int_equal(count_kappa((int64_t[]){ 0, 0, 0, 0 }, 2, &k, NULL), ST_NOTFOUND);
	assert_int_equal(count_kappa((int64_t[]){ 1, -1, 0, 0 }, 2, &k, NULL), ST_INVALID);
	assert_int_equal(count_kappa((int64_t[]){ INT64_MAX, 1, 0, 0 }, 2, &k, NULL), ST_LIMIT);
}

/* ── cross-tabs ── */

static void is_share(struct share got, int64_t n, int64_t base)
{
	assert_int_equal(got.n, n);
	assert_int_equal(got.base, base);
}

static void bases_are_those_who_were_asked(void **s)
{
	static const struct cross_question q[] = { { 2, false }, { 3, true } };
	struct cross *x = cross_new(*s, q, 2, 2, NULL);
	assert_int_equal(cross_add(x, 1, (uint64_t[]){ 1, 7 }, NULL), ST_OK); /* three boxes */
	assert_int_equal(cross_add(x, 1, (uint64_t[]){ 2, CROSS_NOT_ASKED }, NULL), ST_OK);
	assert_int_equal(cross_add(x, 3, (uint64_t[]){ 1, 0 }, NULL), ST_OK); /* in both segments, left empty */
	assert_int_equal(cross_add(x, 0, (uint64_t[]){ 1, 4 }, NULL), ST_OK);
	is_share(cross_share(x, 0, CROSS_ALL, 0), 3, 4);
	is_share(cross_share(x, 1, CROSS_ALL, 2), 2, 3);
	is_share(cross_share(x, 1, 0, 2), 1, 2);
	is_share(cross_share(x, 1, 1, 2), 0, 1);
	is_share(cross_empty(x, 1, CROSS_ALL), 1, 3);
	is_share(cross_share(x, 2, 0, 0), 0, 0);
	is_share(cross_share(x, 0, 2, 0), 0, 0);
	is_share(cross_share(x, 0, 0, 2), 0, 0);
	assert_int_equal(cross_add(x, 4, (uint64_t[]){ 1, 1 }, NULL), ST_INVALID);
	assert_int_equal(cross_add(x, 1, (uint64_t[]){ 3, 1 }, NULL), ST_INVALID);
	assert_int_equal(cross_add(x, 1, (uint64_t[]){ 1, 8 }, NULL), ST_INVALID);
	is_share(cross_share(x, 0, CROSS_ALL, 0), 3, 4);
	assert_null(cross_new(*s, q, 0, 1, NULL));
	assert_null(cross_new(*s, (struct cross_question[]){ { 64, true } }, 1, 1, NULL));
}

/* 100 questions, 10 segments, 100,000 respondents: flat memory, and less than a second of the processor. */
static void a_large_survey_is_fast(void **s)
{
	enum { Q = 100, SEGMENTS = 10, PEOPLE = 100000, OPTIONS = 5 };
	struct cross_question q[Q];
	uint64_t answer[Q];
	for (int i = 0; i < Q; i++)
		q[i] = (struct cross_question){ OPTIONS, i % 2 };
	struct cross *x = cross_new(*s, q, Q, SEGMENTS, NULL);
	size_t used = arena_used(*s);
	clock_t from = clock();
	for (int p = 0; p < PEOPLE; p++) {
		for (int i = 0; i < Q; i++)
			answer[i] = 1ULL << (p + i) % OPTIONS;
		assert_int_equal(cross_add(x, 1ULL << p % SEGMENTS, answer, NULL), ST_OK);
	}
	double seconds = (double)(clock() - from) / CLOCKS_PER_SEC;
	is_share(cross_share(x, 7, CROSS_ALL, 3), PEOPLE / OPTIONS, PEOPLE);
	is_share(cross_share(x, 0, 3, 3), PEOPLE / SEGMENTS, PEOPLE / SEGMENTS);
	assert_int_equal(arena_used(*s), used);
	print_message("%d × %d answers counted in %.2f s\n", PEOPLE, Q, seconds);
	assert_true(seconds < 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(funnels_of_four_surveys),
		cmocka_unit_test(shares_are_rounded_half_up),
		cmocka_unit_test(bad_counts_are_refused),
		cmocka_unit_test(differences_are_subtracted_before_rounding),
		cmocka_unit_test(a_rounded_past_is_flagged),
		cmocka_unit_test(grids_come_from_counts),
		cmocka_unit_test(decimals_are_exact),
		cmocka_unit_test_setup_teardown(means_weigh_items_or_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(many_items_stay_exact, setup, teardown),
		cmocka_unit_test(small_bases_are_marked),
		cmocka_unit_test(impossible_percentages_are_found),
		cmocka_unit_test(tenths_are_read_as_they_are_written),
		cmocka_unit_test(last_time_is_told_by_counts),
		cmocka_unit_test(wilson_keeps_inside_0_and_1),
		cmocka_unit_test(two_shares_differ_or_not),
		cmocka_unit_test(two_means_differ_or_not),
		cmocka_unit_test(kappa_of_two_coders),
		cmocka_unit_test_setup_teardown(bases_are_those_who_were_asked, setup, teardown),
		cmocka_unit_test_setup_teardown(a_large_survey_is_fast, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
