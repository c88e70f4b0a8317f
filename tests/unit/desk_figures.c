/* The figures against a second count: medians by sorting, classes and weeks by hand, what the public may not learn. */
#include "deskworld.h"
#include <stdlib.h>
#include "desk/desk_figures.h"

static const struct actor director = { "staff:6", ROLE_DIRECTOR, 6 };

static struct figures *figures_as(struct world *w, const struct actor *who, const char *from, const char *to)
{
	struct figures *f = arena_new_of(w->p->mem, struct figures);
	struct req rq = on_reader(w->p);
	rq.who = who;
	assert_ok(figures_period(&rq, from, to, f));
	assert_ok(figures_read(&rq, LANG_EN, f));
	store_reader_done(w->p->s);
	return f;
}

static struct figures *public_figures(struct world *w)
{
	struct figures *f = arena_new_of(w->p->mem, struct figures);
	struct req rq = on_reader(w->p);
	rq.who = &nobody;
	assert_ok(figures_period(&rq, NULL, NULL, f));
	assert_ok(figures_public(&rq, LANG_EN, f));
	store_reader_done(w->p->s);
	return f;
}

static void nothing(struct place *p)
{
	struct world *w = begin(p);
	struct figures *f = figures_as(w, &director, NULL, NULL);
	BUF_SCOPE b = BUF_INIT;
	assert_int_equal(f->reports, 0);
	assert_int_equal(f->classes, 0);
	for (int s = 0; s < SPANS; s++)
		assert_int_equal(f->span[s].n, 0);
	assert_true(f->weeks == 13 || f->weeks == 14);
	figures_json(&b, f);
	assert_non_null(strstr(buf_cstr(&b), "\"reports\":0"));
	struct req rq = on_reader(p);
	rq.who = &admin;
	assert_st(figures_read(&rq, LANG_EN, f), ST_DENIED);
	static const char *const wrong[][2] = { { "2026-11-02", "2026-11-01" }, { "2026-13-01", NULL },
						{ "yesterday", NULL },		{ NULL, "2026-02-30x" },
						{ "1999-01-01", NULL },		{ "2026-1-1", NULL } };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_st(figures_period(&rq, wrong[i][0], wrong[i][1], f), ST_INVALID);
	/* The longest, from a Sunday on: parts of weeks at both ends. */
	assert_ok(figures_period(&rq, "2021-11-21", "2026-11-24", f));
	assert_int_equal(f->weeks, 263);
	store_reader_done(p->s);
	finish(w);
}
ON_EACH_DRIVER(a_country_without_reports, nothing)

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

/* Nine cases that are closed after different times. */
static void spans(struct place *p)
{
	struct world *w = begin(p);
	static const int hours[] = { 30, 1, 200, 7, 7, 90, 3, 55, 12 };
	enum { N = sizeof hours / sizeof *hours };
	int64_t took[N];
	char number[N][24];
	for (int i = 0; i < N; i++) {
		struct filed f = file_it(w, (struct what){ .obs = arena_printf(p->mem, "http://maple.com.tw/%d", i),
							   .class_id = i < 6 ? "phishing" : "spam" });
		memcpy(number[i], f.number, sizeof number[i]);
	}
	int64_t opened = w->now;
	for (int done = 0; done < N; done++) {
		int next = -1;
		for (int i = 0; i < N; i++)
			if (number[i][0] && (next < 0 || hours[i] < hours[next]))
				next = i;
		clock_set_for_test(w->now = opened + hours[next] * HOUR);
		struct desk_act a = { .number = number[next], .reason = (char *)"fixed" };
		assert_ok(act_as(w, &handler, desk_case_close, a));
		number[next][0] = 0;
		took[next] = hours[next] * 3600;
	}
	struct figures *f = figures_as(w, &director, NULL, NULL);
	qsort(took, N, sizeof *took, by_size);
	assert_int_equal(f->span[SPAN_CLOSE].n, N);
	assert_int_equal(f->span[SPAN_CLOSE].median, took[4]);
	assert_int_equal(f->span[SPAN_CLOSE].p90, took[8]);
	assert_int_equal(f->span[SPAN_ACTION].median, took[4]); /* closing them was the first act */
	assert_int_equal(f->span[SPAN_NOTICE].n, 0);
	assert_int_equal(f->reports, N);
	assert_int_equal(f->cases, N);
	assert_int_equal(f->closed, N);
	assert_int_equal(f->classes, 2);
	assert_string_equal(f->class_[0].id, "phishing");
	assert_int_equal(f->class_[0].cases, 6);
	assert_int_equal(f->by_source[SOURCE_WEB], N);
	assert_string_equal(f->names[0].label, "maple.com.tw");
	assert_int_equal(f->names[0].n, N);
	assert_string_equal(f->registrars[0].label, "Cedar Names");
	int64_t weeks = 0;
	for (int i = 0; i < f->weeks; i++)
		weeks += f->cases_week[i];
	assert_int_equal(weeks, N);
	/* Outside the period is not counted. */
	f = figures_as(w, &director, "2026-01-01", "2026-02-01");
	assert_int_equal(f->cases, 0);
	/* The public: three of spam are too few, and are in no sum. */
	f = public_figures(w);
	assert_int_equal(f->classes, 1);
	assert_int_equal(f->reports, 6);
	assert_int_equal(f->cases, 6);
	assert_int_equal(f->nnames + f->nregistrars + f->nnetworks + f->nsilent, 0);
	for (int i = 0; i < f->weeks; i++)
		assert_true(!f->cases_week[i] && !f->reports_week[i] && !f->class_[0].week[i]);
	for (int i = 0; i < 2; i++)
		file_it(w,
			(struct what){ .obs = arena_printf(p->mem, "http://birch.com.tw/%d", i), .class_id = "leak" });
	f = public_figures(w); /* spam and leaks together are five, but of the closed there are only three */
	assert_int_equal(f->classes, 1);
	finish(w);
}
ON_EACH_DRIVER(medians_and_small_numbers, spans)

/* Told, answered, silent: each first time counts, later ones do not. */
static void firsts(struct place *p)
{
	struct world *w = begin(p);
	struct filed f = file_it(w, (struct what){ .obs = "maple.com.tw" });
	file_it(w, (struct what){ .obs = "silent.com.tw" });
	struct filed g = file_it(w, (struct what){ .obs = "birch.com.tw" });
	advance(w, 2 * HOUR);
	assert_ok(act(w, desk_notice_approve, (struct desk_act){ .number = f.number }));
	assert_ok(act(w, desk_notice_approve, (struct desk_act){ .number = g.number }));
	advance(w, 3 * HOUR);
	assert_ok(answer(w, "abuse@maple.example", ANSWER_NEED_UNTIL, "later", clock_now() + 2 * DAY));
	advance(w, HOUR);
	assert_ok(answer(w, "abuse@maple.example", ANSWER_FIXED, "", 0));
	advance(w, 8 * DAY); /* birch says nothing */
	struct figures *x = figures_as(w, &director, NULL, NULL);
	assert_int_equal(x->span[SPAN_NOTICE].n, 2);
	assert_int_equal(x->span[SPAN_NOTICE].median, 2 * 3600);
	assert_int_equal(x->span[SPAN_ANSWER].n, 1);
	assert_int_equal(x->span[SPAN_ANSWER].median, 5 * 3600);
	assert_int_equal(x->nsilent, 1);
	assert_string_equal(x->silent[0].label, "Birch Ltd");
	BUF_SCOPE b = BUF_INIT;
	figures_csv(&b, x);
	assert_non_null(strstr(buf_cstr(&b), "span-median-seconds,first-answer,,18000\r\n"));
	assert_non_null(strstr(buf_cstr(&b), "silent-holder,Birch Ltd,,1\r\n"));
	finish(w);
}
ON_EACH_DRIVER(first_notice_first_answer, firsts)

/* ── rows of days against a count of the tables ── */

static enum st zone_row(struct req *rq, void *value)
{
	return setting_put(rq, "figures.zone", value);
}

static char *as_json(struct world *w, const char *from, const char *to)
{
	BUF_SCOPE b = BUF_INIT;
	figures_json(&b, figures_as(w, &director, from, to));
	return arena_strdup(w->p->mem, buf_cstr(&b));
}

static int64_t number(struct world *w, const char *sql)
{
	int64_t n = 0;
	struct req rq = on_reader(w->p);
	assert_ok(sql_number0(&rq, &n, sql));
	store_reader_done(w->p->s);
	return n;
}

/* With rows of another zone nothing but the tables is read. */
static void same_either_way(struct world *w, const char *from, const char *to)
{
	char *rows = as_json(w, from, to);
	assert_ok(in_write(w->p, zone_row, "none"));
	char *tables = as_json(w, from, to);
	assert_ok(in_write(w->p, zone_row, "480"));
	assert_string_equal(rows, tables);
}

static void keep_days(struct world *w, bool all, int steps)
{
	struct arena *mem = arena_new((size_t)64 << 20);
	for (bool left = true; left && steps > 0; steps--)
		assert_ok(figures_step(w->p->s, mem, all, &left));
	arena_free(mem);
}

static unsigned any(unsigned *seed, unsigned n)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % n;
}

enum { DEEDS = 220, FILED = 120 };

static void do_something(struct world *w, unsigned *seed, struct filed *filed, int *n)
{
	static const char *const names[] = { "maple.com.tw", "birch.com.tw", "mei.idv.tw", "silent.com.tw" };
	static const char *const classes[] = { "phishing", "spam", "leak", "personal-data", "malware" };
	unsigned what = any(seed, 10), k = *n ? any(seed, (unsigned)*n) : 0;
	if ((what < 4 || !*n) && *n < FILED) {
		const char *obs = any(seed, 4)
					  ? arena_printf(w->p->mem, "http://%s/%u", names[any(seed, 4)], any(seed, 30))
					  : arena_printf(w->p->mem, "1.34.0.%u", any(seed, 200));
		filed[(*n)++] = file_it(w, (struct what){ .obs = obs, .class_id = classes[any(seed, 5)] });
		return;
	}
	struct desk_act a = { .number = filed[k].number, .reason = (char *)"fixed" };
	static const write_fn acts[] = { desk_notice_approve, desk_case_close, desk_case_reopen, desk_case_verify };
	if (what == 9)
		a.reason = (char *)classes[any(seed, 5)];
	if (what == 8)
		a.reason = filed[any(seed, (unsigned)*n)].number;
	/* What is not allowed just now changes nothing. */
	act_as(w, &handler, what == 9 ? desk_case_classify : what == 8 ? desk_case_merge : acts[any(seed, 4)], a);
}

static void days(struct place *p)
{
	struct world *w = begin(p);
	struct filed *filed = arena_array(p->mem, struct filed, FILED);
	unsigned seed = 7;
	int n = 0;
	for (int i = 0; i < DEEDS; i++) {
		do_something(w, &seed, filed, &n);
		advance(w, any(&seed, 3) ? (int64_t)any(&seed, 7) * HOUR : 40 * USEC);
		if (!any(&seed, 3))
			keep_days(w, any(&seed, 2), 1 + (int)any(&seed, 6));
		if (!any(&seed, 20))
			same_either_way(w, NULL, NULL);
	}
	keep_days(w, true, 1000);
	assert_true(number(w, "SELECT count(*) FROM desk_day WHERE stale = 0") > 15);
	assert_int_equal(number(w, "SELECT count(*) FROM desk_day WHERE stale > 0"), 1); /* today */
	struct figures *f = figures_as(w, &director, NULL, NULL);
	assert_true(f->cases > 40 && f->closed > 5 && f->span[SPAN_NOTICE].n && f->nnames > 2 && f->nnetworks);
	same_either_way(w, NULL, NULL);
	same_either_way(w, "2025-01-01", NULL);
	/* Counted again from nothing it is the same. */
	char *before = as_json(w, NULL, NULL);
	assert_ok(in_write(p, figures_rebuild, NULL));
	assert_int_equal(number(w, "SELECT count(*) FROM desk_day WHERE stale = 0"), 0);
	assert_string_equal(as_json(w, NULL, NULL), before);
	keep_days(w, true, 1000);
	assert_string_equal(as_json(w, NULL, NULL), before);
	finish(w);
}
ON_EACH_DRIVER(rows_of_days_say_what_the_tables_say, days)

static enum st damage(struct req *rq, void *arg)
{
	(void)arg;
	return sql_run(rq, "UPDATE desk_day SET body = $1 WHERE stale = 0", V_BLOB("\1r\5spam", 7));
}

/* A row that is none is told, and mended by counting again; another zone has rows of its own. */
static void damaged(struct place *p)
{
	struct world *w = begin(p);
	for (int i = 0; i < 3; i++)
		file_it(w, (struct what){ .obs = arena_printf(p->mem, "http://maple.com.tw/%d", i) });
	advance(w, 2 * DAY);
	keep_days(w, false, 1000);
	char *before = as_json(w, NULL, NULL);
	assert_ok(in_write(p, damage, NULL));
	struct figures *f = arena_new_of(p->mem, struct figures);
	struct req rq = on_reader(p);
	rq.who = &director;
	assert_ok(figures_period(&rq, NULL, NULL, f));
	assert_st(figures_read(&rq, LANG_EN, f), ST_INTERNAL);
	assert_non_null(strstr(rq.err.msg, "nicert figures rebuild"));
	store_reader_done(p->s);
	assert_ok(in_write(p, figures_rebuild, NULL));
	assert_string_equal(as_json(w, NULL, NULL), before);
	finish(w);
}
ON_EACH_DRIVER(a_damaged_day_is_told, damaged)

int main(void)
{
	idn_setup();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_country_without_reports), cmocka_unit_test(medians_and_small_numbers),
		cmocka_unit_test(first_notice_first_answer), cmocka_unit_test(rows_of_days_say_what_the_tables_say),
		cmocka_unit_test(a_damaged_day_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
