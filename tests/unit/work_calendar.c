/* Working hours: reckoned both ways, over holidays, made-up days and odd zones; the rows behind them. */
#include "inwrite.h"
#include "who/permit.h"
#include "work/calendar.h"

#define HOUR (3600 * USEC)
#define TAIPEI 480
/* A local time of 2026 in Taipei. */
static int64_t at(int month, int day, int hour, int minute)
{
	return time_from_civil(2026, month, day, hour, minute, 0) - 8 * HOUR;
}

static struct calendar plain(void)
{
	struct calendar c = { .name = "t", .zone = TAIPEI };
	for (int d = 0; d <= 5; d++) {
		c.span[d][0] = (struct calendar_span){ 540, 720 };
		c.span[d][1] = (struct calendar_span){ 780, 1080 };
		c.nspans[d] = 2;
	}
	return c;
}

/* The national day of 2026 is a Saturday, made up for on Friday the 9th; here Saturday the 17th is worked for it. */
static struct calendar_day odd_days[] = { { 0, false, "Day off" }, { 0, true, "Made up" } };
static struct calendar october(void)
{
	struct calendar c = plain();
	assert_true(calendar_day_parse("2026-10-09", &odd_days[0].day));
	assert_true(calendar_day_parse("2026-10-17", &odd_days[1].day));
	c.odd = odd_days;
	c.nodd = 2;
	return c;
}

static void known(void **state)
{
	struct calendar c = october();
	static const struct {
		int m, d, h, min, hours, m2, d2, h2, min2;
	} rows[] = {
		{ 10, 5, 9, 0, 8, 10, 5, 18, 0 },    /* Monday, lunch does not count */
		{ 10, 5, 11, 30, 1, 10, 5, 13, 30 }, /* over lunch */
		{ 10, 5, 18, 0, 1, 10, 6, 10, 0 },   /* from the end of a day */
		{ 10, 8, 17, 0, 2, 10, 12, 10, 0 },  /* over the day off and the week-end */
		{ 10, 16, 17, 0, 2, 10, 17, 10, 0 }, /* into the Saturday that is worked */
		{ 10, 17, 17, 0, 2, 10, 19, 10, 0 }, /* and out of it */
		{ 10, 3, 3, 0, 8, 10, 5, 18, 0 },    /* from a Saturday night */
		{ 10, 5, 9, 0, 40, 10, 12, 18, 0 },  /* five working days with the 9th off */
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t from = at(rows[i].m, rows[i].d, rows[i].h, rows[i].min),
			to = at(rows[i].m2, rows[i].d2, rows[i].h2, rows[i].min2);
		assert_int_equal(calendar_add(&c, from, rows[i].hours * 3600), to);
		assert_int_equal(calendar_between(&c, from, to), rows[i].hours * HOUR);
	}
	assert_true(calendar_open(&c, at(10, 17, 9, 0)));
	assert_false(calendar_open(&c, at(10, 17, 18, 0)));
	assert_false(calendar_open(&c, at(10, 9, 10, 0)));
	assert_int_equal(calendar_between(&c, at(10, 6, 0, 0), at(10, 5, 0, 0)), 0);
}

static uint32_t seed = 20261129;
static int64_t below(int64_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (int64_t)(seed >> 4) % n;
}

/* Any calendar, any time: between undoes add, add is the first such moment, both keep order. */
static void properties(void **state)
{
	(void)state;
	for (int round = 0; round < 400; round++) {
		struct calendar c = { .zone = (int)below(1560) - 720 };
		struct calendar_day odd[40];
		for (int d = 0; d < CALENDAR_WEEKDAYS; d++)
			for (int at = 0; c.nspans[d] < CALENDAR_SPANS && below(3);) {
				int from = at + (int)below(400) + 1, to = from + 1 + (int)below(400);
				if (to > 1440)
					break;
				c.span[d][c.nspans[d]++] = (struct calendar_span){ from, to };
				at = to;
			}
		c.span[1][0] = (struct calendar_span){ 0, 1440 }; /* a whole day, some of the time */
		c.nspans[1] = 1;
		c.odd = odd;
		for (int64_t day = 20500; c.nodd < 40; day += 1 + below(5))
			odd[c.nodd++] = (struct calendar_day){ day, below(2) == 0, NULL };
		int64_t before_from = 0, before_to = 0;
		for (int i = 0; i < 20; i++) {
			int64_t from = (20500 * 86400LL + below(86400 * 120)) * USEC + below(USEC),
				s = below(200 * 3600);
			int64_t to = calendar_add(&c, from, s);
			assert_true(to != TIME_NONE && to >= from);
			assert_int_equal(calendar_between(&c, from, to), s * USEC);
			if (s)
				assert_true(calendar_between(&c, from, to - 1) < s * USEC);
			assert_true(calendar_add(&c, from, s + 1) > to);
			int64_t mid = from + below(to - from + 1);
			assert_int_equal(calendar_between(&c, from, mid) + calendar_between(&c, mid, to), s * USEC);
			/* the same work begun later is not done sooner */
			int64_t fixed = calendar_add(&c, from, 36000);
			if (i)
				assert_true(from >= before_from ? fixed >= before_to : fixed <= before_to);
			before_from = from;
			before_to = fixed;
		}
	}
}

static void bounded(void **state)
{
	struct calendar none = { .zone = 0 };
	struct calendar c = plain();
	(void)state;
	assert_int_equal(calendar_add(&none, T0, 0), T0);
	assert_int_equal(calendar_add(&none, T0, 1), TIME_NONE);
	assert_int_equal(calendar_add(&c, T0, INT64_MAX), TIME_NONE);
	assert_int_equal(calendar_between(&none, T0, T0 + 1), 0);
	assert_true(calendar_between(&c, 0, T0) > 0);
	assert_int_equal(calendar_weekday(0), 4);
	assert_int_equal(calendar_weekday(-1), 3);
	assert_int_equal(calendar_weekday(20738), 1); /* 2026-10-12 */
}

static void spans(void **state)
{
	static const char *const bad[] = { "",
					   "9:00-18:00",
					   "09:00-09:00",
					   "18:00-09:00",
					   "09:00-24:01",
					   "09:60-10:00",
					   "09:00-12:00,",
					   "09:00-12:00,12:00-13:00,11:00-14:00",
					   "00:00-01:00,02:00-03:00,04:00-05:00,06:00-07:00,08:00-09:00",
					   "09:00-12:00x" };
	struct calendar_span s[CALENDAR_SPANS];
	struct arena *mem = arena_new(1 << 20);
	int64_t day;
	int n;
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (calendar_spans_parse(bad[i], s, &n))
			fail_msg("%s was taken", bad[i]);
	assert_true(calendar_spans_parse("-", s, &n));
	assert_string_equal(calendar_spans_text(mem, s, n), "-");
	assert_true(calendar_spans_parse("09:00-12:00,13:00-24:00", s, &n));
	assert_string_equal(calendar_spans_text(mem, s, n), "09:00-12:00,13:00-24:00");
	assert_true(calendar_day_parse("2026-02-28", &day));
	assert_string_equal(calendar_day_text(mem, day), "2026-02-28");
	assert_false(calendar_day_parse("2026-02-30", &day));
	assert_false(calendar_day_parse("2026-2-3", &day));
	assert_false(calendar_day_parse("1969-12-31", &day));
	arena_free(mem);
}

/* ── rows ── */

static void rows(struct place *p)
{
	struct calendar c;
	struct calendar_day d = { 0, false, "National Day" }, bad = { 0, true, "" };
	struct calendar_days a = { .calendar = CALENDAR_SITE, .day = &d, .n = 1 };
	struct calendar_hours h = { .calendar = CALENDAR_SITE, .weekday = 6, .span = { { 600, 720 } }, .n = 1 };
	struct req rq = on_reader(p);
	assert_ok(calendar_load(&rq, CALENDAR_SITE, TAIPEI, &c)); /* Monday to Friday, nine to six */
	assert_int_equal(calendar_between(&c, at(10, 5, 0, 0), at(10, 12, 0, 0)), 45 * HOUR);
	assert_st(calendar_load(&rq, "nowhere", 0, &c), ST_NOTFOUND);
	store_reader_done(p->s);
	assert_true(calendar_day_parse("2026-10-09", &d.day));
	assert_ok(in_write(p, calendar_days_set, &a));
	assert_int_equal(a.changed, 1);
	assert_ok(in_write(p, calendar_days_set, &a));
	assert_int_equal(a.changed, 0); /* no news, no fact */
	assert_ok(in_write(p, calendar_hours_set, &h));
	rq = on_reader(p);
	assert_ok(calendar_load(&rq, CALENDAR_SITE, TAIPEI, &c));
	assert_int_equal(calendar_between(&c, at(10, 5, 0, 0), at(10, 12, 0, 0)), (36 + 2) * HOUR);
	store_reader_done(p->s);
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE subject = 'calendar:site'"), 2);
	a.remove = true;
	assert_ok(in_write(p, calendar_days_set, &a));
	assert_st(in_write(p, calendar_days_set, &a), ST_NOTFOUND);
	a = (struct calendar_days){ .calendar = CALENDAR_SITE, .day = &bad, .n = 1 };
	assert_st(in_write(p, calendar_days_set, &a), ST_INVALID);
	a.calendar = "No Name";
	assert_st(in_write(p, calendar_days_set, &a), ST_INVALID);
	h.weekday = 9;
	assert_st(in_write(p, calendar_hours_set, &h), ST_INVALID);
	p->who = (struct actor){ "staff:1", ROLE_HANDLER, 1, NULL };
	assert_st(in_write(p, calendar_hours_set, &h), ST_DENIED);
	assert_st(in_write(p, calendar_days_set, &a), ST_DENIED);
}

static void file_of(const char *text, char path[64])
{
	snprintf(path, 64, "/tmp/nicert-calendar-XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void files(void **state)
{
	static const char *const bad[] = { "", "date,title\n2026-10-10,X\n", "date,title,working\n2026-10-32,X,no\n",
					   "date,title,working\n2026-10-10,X,perhaps\n",
					   "date,title,working\n2026-10-10\n" };
	struct arena *mem = arena_new((size_t)4 << 20);
	struct calendar_day *d;
	struct err e = { 0 };
	char path[64];
	int n;
	(void)state;
	file_of("title,date,working\n\"National Day, 中秋節\",2026-10-10,no\nMade up,2026-10-17,yes\n", path);
	assert_ok(calendar_read(mem, path, &d, &n, &e));
	assert_int_equal(n, 2);
	assert_string_equal(d[0].title, "National Day, 中秋節");
	assert_false(d[0].working);
	assert_true(d[1].working);
	unlink(path);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		err_clear(&e);
		file_of(bad[i], path);
		assert_st(calendar_read(mem, path, &d, &n, &e), ST_INVALID);
		unlink(path);
	}
	arena_free(mem);
}

ON_EACH_DRIVER(kept_rows, rows)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known), cmocka_unit_test(properties), cmocka_unit_test(bounded),
		cmocka_unit_test(spans), cmocka_unit_test(files),      cmocka_unit_test(kept_rows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
