/* Reckoning in working hours. A day's work is the sum of its spans, so both directions are one walk over days. */
#include "work/calendar.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"

#define DAY (86400 * USEC)
#define MINUTE (60 * USEC)

int calendar_weekday(int64_t day)
{
	int64_t n = (day + 3) % 7; /* day 0 was a Thursday */
	return (int)(n < 0 ? n + 7 : n) + 1;
}

static int64_t day_of(const struct calendar *c, int64_t t)
{
	int64_t local = t + c->zone * MINUTE;
	return local / DAY - (local % DAY < 0);
}

static int by_day(const void *key, const void *row)
{
	int64_t a = *(const int64_t *)key, b = ((const struct calendar_day *)row)->day;
	return a < b ? -1 : a > b;
}

/* The row of hours that holds on this day; *n of them. */
static const struct calendar_span *spans_of(const struct calendar *c, int64_t day, int *n)
{
	const struct calendar_day *odd =
		c->nodd ? bsearch(&day, c->odd, (size_t)c->nodd, sizeof *c->odd, by_day) : NULL;
	int row = calendar_weekday(day);
	if (odd && odd->working && !c->nspans[row])
		row = MADE_UP;
	*n = odd && !odd->working ? 0 : c->nspans[row];
	return c->span[row];
}

static int64_t at_minute(const struct calendar *c, int64_t day, int minute)
{
	return day * DAY + (minute - c->zone) * MINUTE;
}

/* Working time of one day within [from, to). */
static int64_t worked(const struct calendar *c, int64_t day, int64_t from, int64_t to)
{
	int n;
	int64_t sum = 0;
	const struct calendar_span *s = spans_of(c, day, &n);
	for (int i = 0; i < n; i++) {
		int64_t a = at_minute(c, day, s[i].from), b = at_minute(c, day, s[i].to);
		a = a > from ? a : from;
		b = b < to ? b : to;
		sum += b > a ? b - a : 0;
	}
	return sum;
}

int64_t calendar_between(const struct calendar *c, int64_t from, int64_t to)
{
	int64_t sum = 0;
	if (to <= from)
		return 0;
	int64_t last = day_of(c, to), first = day_of(c, from);
	if (last - first > CALENDAR_REACH)
		first = last - CALENDAR_REACH;
	for (int64_t day = first; day <= last; day++)
		sum += worked(c, day, from, to);
	return sum;
}

/* The moment of `day` at which `left` of its work since `from` is done. */
static int64_t moment(const struct calendar *c, int64_t day, int64_t from, int64_t left)
{
	int n;
	const struct calendar_span *s = spans_of(c, day, &n);
	for (int i = 0; i < n; i++) {
		int64_t a = at_minute(c, day, s[i].from), b = at_minute(c, day, s[i].to);
		a = a > from ? a : from;
		if (b <= a)
			continue;
		if (left <= b - a)
			return a + left;
		left -= b - a;
	}
	return TIME_NONE;
}

int64_t calendar_add(const struct calendar *c, int64_t from, int64_t seconds)
{
	if (seconds <= 0)
		return from;
	if (seconds > CALENDAR_REACH * 86400LL)
		return TIME_NONE;
	int64_t left = seconds * USEC, first = day_of(c, from);
	for (int64_t day = first; day <= first + CALENDAR_REACH; day++) {
		int64_t today = worked(c, day, from, at_minute(c, day + 1, 0));
		if (left <= today)
			return moment(c, day, from, left);
		left -= today;
	}
	return TIME_NONE;
}

bool calendar_open(const struct calendar *c, int64_t t)
{
	return worked(c, day_of(c, t), t, t + 1) > 0;
}

/* ── as text ── */

/* "09:00" at *s, which moves behind it. */
static bool minute_parse(const char **s, int *out)
{
	const char *p = *s;
	for (int i = 0; i < 5; i++)
		if (i == 2 ? p[i] != ':' : p[i] < '0' || p[i] > '9')
			return false;
	*out = ((p[0] - '0') * 10 + p[1] - '0') * 60 + (p[3] - '0') * 10 + p[4] - '0';
	*s = p + 5;
	return p[3] < '6' && *out <= 1440;
}

bool calendar_spans_parse(const char *s, struct calendar_span out[CALENDAR_SPANS], int *n)
{
	*n = 0;
	if (strcmp(s, "-") == 0)
		return true;
	for (int before = -1; *n < CALENDAR_SPANS; s++) {
		struct calendar_span *x = &out[(*n)++];
		if (!minute_parse(&s, &x->from) || *s++ != '-' || !minute_parse(&s, &x->to) || x->to <= x->from ||
		    x->from <= before)
			return false;
		before = x->to;
		if (*s != ',')
			return *s == '\0';
	}
	return false;
}

char *calendar_spans_text(struct arena *mem, const struct calendar_span *s, int n)
{
	char *text = arena_strdup(mem, n ? "" : "-");
	for (int i = 0; i < n; i++)
		text = arena_printf(mem, "%s%s%02d:%02d-%02d:%02d", text, i ? "," : "", s[i].from / 60, s[i].from % 60,
				    s[i].to / 60, s[i].to % 60);
	return text;
}

bool calendar_day_parse(const char *s, int64_t *day)
{
	int64_t t = strlen(s) == 10 ? time_parse(s) : TIME_NONE;
	if (t == TIME_NONE || t < 0)
		return false;
	*day = t / DAY;
	return true;
}

char *calendar_day_text(struct arena *mem, int64_t day)
{
	char *iso = time_iso(mem, day * DAY);
	return arena_dup(mem, iso, strcspn(iso, "T"));
}
