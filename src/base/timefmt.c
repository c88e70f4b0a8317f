/* Times as text. Civil dates by our own arithmetic on the proleptic Gregorian calendar (days from 1 March, so that the
 * leap day is the year's last): no locale, no time zone files, no static buffers. */
#include "base/text.h"
#include "base/base_int.h"
#include <stdio.h>
#include <string.h>

#define DAY (86400 * USEC)

struct civil {
	int64_t year;
	int month, day, hour, min, sec, usec, weekday; /* Sunday is 0 */
};

static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
static const char weekdays[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t days_of(int64_t y, int m, int64_t d)
{
	y -= m <= 2;
	int64_t era = floor_div(y, 400), yoe = y - era * 400;
	int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static struct civil civil_of(int64_t t)
{
	int64_t days = floor_div(t, DAY), us = t % DAY + (t % DAY < 0) * DAY, z = days + 719468;
	int64_t era = floor_div(z, 146097), doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	int month = (int)(mp < 10 ? mp + 3 : mp - 9), secs = (int)(us / USEC);
	return (struct civil){ .year = yoe + era * 400 + (month <= 2),
			       .month = month,
			       .day = (int)(doy - (153 * mp + 2) / 5 + 1),
			       .hour = secs / 3600,
			       .min = secs / 60 % 60,
			       .sec = secs % 60,
			       .usec = (int)(us % USEC),
			       .weekday = (int)(days - 3 - floor_div(days - 3, 7) * 7) };
}

int time_year(int64_t t)
{
	return (int)civil_of(t).year;
}

int64_t time_from_civil(int y, int m, int d, int hh, int mm, int ss)
{
	return days_of(y, m, d) * DAY + (hh * 3600LL + mm * 60LL + ss) * USEC;
}

static char *put2(char *p, int v)
{
	*p++ = (char)('0' + v / 10);
	*p++ = (char)('0' + v % 10);
	return p;
}

size_t time_iso_put(char out[TIME_ISO_SIZE], int64_t t, int digits)
{
	struct civil c = civil_of(t);
	char *p = out;
	if (c.year >= 0 && c.year <= 9999)
		p = put2(put2(p, (int)c.year / 100), (int)c.year % 100);
	else
		p += snprintf(p, TIME_ISO_SIZE - 24, "%04lld", (long long)c.year);
	*p++ = '-', p = put2(p, c.month);
	*p++ = '-', p = put2(p, c.day);
	*p++ = 'T', p = put2(p, c.hour);
	*p++ = ':', p = put2(p, c.min);
	*p++ = ':', p = put2(p, c.sec);
	if (digits)
		*p++ = '.';
	for (int i = 0, unit = 100000; i < digits && unit; i++, unit /= 10)
		*p++ = (char)('0' + c.usec / unit % 10);
	*p++ = 'Z';
	*p = 0;
	return (size_t)(p - out);
}

char *time_iso(struct arena *a, int64_t t)
{
	char out[TIME_ISO_SIZE];
	size_t n = t == TIME_NONE ? 0 : time_iso_put(out, t, 0);
	return arena_dup(a, out, n);
}

static char *time_mail(struct arena *a, int64_t t, const char *zone)
{
	struct civil c = civil_of(t);
	return t == TIME_NONE ? arena_strdup(a, "")
			      : arena_printf(a, "%s, %02d %s %04lld %02d:%02d:%02d %s", weekdays[c.weekday], c.day,
					     months[c.month - 1], (long long)c.year, c.hour, c.min, c.sec, zone);
}

char *time_rfc5322(struct arena *a, int64_t t)
{
	return time_mail(a, t, "+0000");
}
char *time_http(struct arena *a, int64_t t)
{
	return time_mail(a, t, "GMT");
}

char *time_people(struct arena *a, int64_t t, const char *lang, int zone_minutes)
{
	int64_t local;
	if (t == TIME_NONE || __builtin_add_overflow(t, zone_minutes * 60 * USEC, &local))
		return arena_strdup(a, "");
	struct civil c = civil_of(local);
	if (lang && strncmp(lang, "zh", 2) == 0)
		return arena_printf(a, "%lld 年 %d 月 %d 日 %02d:%02d", (long long)c.year, c.month, c.day, c.hour,
				    c.min);
	return arena_printf(a, "%d %s %lld, %02d:%02d", c.day, months[c.month - 1], (long long)c.year, c.hour, c.min);
}

/* --- reading ---------------------------------------------------------------------------------------------------- */

/* Exactly `width` digits within bounds; NULL, which is handed through, when they are not there. */
static const char *read_digits(const char *s, int width, int min, int max, int *out)
{
	int v = 0;
	for (int i = 0; s && i < width; i++, s++) {
		if (*s < '0' || *s > '9')
			return NULL;
		v = v * 10 + (*s - '0');
	}
	*out = v;
	return s && v >= min && v <= max ? s : NULL;
}

static const char *mark(const char *s, char c)
{
	return s && *s == c ? s + 1 : NULL;
}

static int month_days(int y, int m)
{
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
	return m == 2 ? 28 + leap : 30 + ((m + m / 8) & 1);
}

static const char *read_date(const char *s, int64_t *days)
{
	int y, m, d;
	s = read_digits(s, 4, 0, 9999, &y);
	bool dashes = s && *s == '-';
	s = read_digits(dashes ? s + 1 : s, 2, 1, 12, &m);
	s = read_digits(dashes ? mark(s, '-') : s, 2, 1, s ? month_days(y, m) : 0, &d);
	if (s)
		*days = days_of(y, m, d);
	return s && !dashes && *s ? NULL : s;
}

/* hh:mm, then :ss and a fraction when they are there; digits past the microsecond are dropped. */
static const char *read_clock(const char *s, int64_t *us)
{
	int hh = 0, mm = 0, ss = 0;
	s = read_digits(s, 2, 0, 23, &hh);
	s = read_digits(mark(s, ':'), 2, 0, 59, &mm);
	bool seconds = s && *s == ':';
	if (seconds)
		s = read_digits(s + 1, 2, 0, 59, &ss);
	*us = (hh * 3600LL + mm * 60LL + ss) * USEC;
	if (!seconds || !s || *s != '.')
		return s;
	const char *first = ++s;
	for (int unit = 100000; *s >= '0' && *s <= '9'; s++, unit /= 10)
		*us += (*s - '0') * unit;
	return s > first ? s : NULL;
}

static const char *read_zone(const char *s, int64_t *east)
{
	int hh = 0, mm = 0;
	*east = 0;
	if (!s || !*s)
		return s;
	if (*s == 'Z')
		return s + 1;
	if (*s != '+' && *s != '-')
		return NULL;
	const char *end = read_digits(s + 1, 2, 0, 23, &hh);
	end = read_digits(mark(end, ':'), 2, 0, 59, &mm);
	*east = (*s == '-' ? -1 : 1) * (hh * 3600LL + mm * 60LL) * USEC;
	return end;
}

int64_t time_parse(const char *s)
{
	int64_t days = 0, us = 0, east = 0;
	s = read_date(s, &days);
	if (s && *s)
		s = read_zone(read_clock(mark(s, 'T'), &us), &east);
	return s && !*s ? days * DAY + us - east : TIME_NONE;
}

bool time_span_parse(const char *s, int64_t *out)
{
	static const struct {
		char unit;
		int64_t us;
	} units[] = {
		{ 's', USEC }, { 'm', 60 * USEC }, { 'h', 3600 * USEC }, { 'd', DAY }, { 'w', 7 * DAY },
	};
	char number[24];
	size_t n = s ? strlen(s) : 0;
	int64_t v;
	if (n < 2 || n > sizeof number)
		return false;
	memcpy(number, s, n - 1);
	number[n - 1] = 0;
	if (!text_int(number, INT64_MIN, INT64_MAX, &v))
		return false;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (units[i].unit == s[n - 1])
			return !__builtin_mul_overflow(v, units[i].us, out);
	return false;
}
