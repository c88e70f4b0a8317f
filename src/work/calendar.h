/* calendar.h — working hours as data: which hours of which days count, so that "eight working hours" is a time.
 *
 * A calendar has a name ("site" is the one the desk reckons with), the hours of each weekday (table work_hours) and the
 * days that differ (table work_holiday): a day off, or a day that is worked though its weekday is not (where a bridge
 * day is made up on a Saturday). A made-up day has the hours of row MADE_UP when its own weekday has none.
 *
 * Days and hours are local, a fixed number of minutes east of UTC. Times are microseconds since 1970 UTC.
 */
#ifndef WORK_CALENDAR_H
#define WORK_CALENDAR_H
#include "store/store.h"

#define CALENDAR_SITE "site"
enum {
	MADE_UP = 0, /* "weekday" of the hours of a made-up day; 1 Monday … 7 Sunday (ISO 8601) */
	CALENDAR_WEEKDAYS = 8,
	CALENDAR_SPANS = 4,	 /* spans of a day */
	CALENDAR_ODD_MAX = 5000, /* days that differ */
	CALENDAR_REACH = 3660,	 /* days that one reckoning walks, ten years */
};
struct calendar_span {
	int from, to; /* minutes of the day, from < to ≤ 1440 */
};
struct calendar_day {
	int64_t day; /* days since 1970-01-01, local */
	bool working;
	char *title;
};
struct calendar {
	const char *name;
	int zone; /* minutes east of UTC */
	struct calendar_span span[CALENDAR_WEEKDAYS][CALENDAR_SPANS];
	int nspans[CALENDAR_WEEKDAYS];
	struct calendar_day *odd; /* by day */
	int nodd;
};

/* ── reckoning: pure ── */
/* The first moment ≥ from by which `seconds` (≥ 0) of working time have passed since then. TIME_NONE when the calendar
 * has not so much within CALENDAR_REACH days. */
int64_t calendar_add(const struct calendar *c, int64_t from, int64_t seconds);
/* Working time in [from, to), microseconds; 0 when to ≤ from. No more than the last CALENDAR_REACH days count.
 * calendar_between(c, t, calendar_add(c, t, s)) == s seconds. */
int64_t calendar_between(const struct calendar *c, int64_t from, int64_t to);
bool calendar_open(const struct calendar *c, int64_t t); /* is t within working hours? */
int calendar_weekday(int64_t day);			 /* ISO, 1–7 */
/* "09:00-12:00,13:00-18:00", in order and apart; "-": none. */
bool calendar_spans_parse(const char *s, struct calendar_span out[CALENDAR_SPANS], int *n);
char *calendar_spans_text(struct arena *mem, const struct calendar_span *s, int n);
bool calendar_day_parse(const char *s, int64_t *day); /* 2026-10-10 */
char *calendar_day_text(struct arena *mem, int64_t day);

/* ── rows ── */
enum st calendar_load(struct req *rq, const char *name, int zone, struct calendar *out); /* ST_NOTFOUND */
/* Inside a write, each asks for MAY_SET_LADDER and is journalled under "calendar:NAME". */
struct calendar_hours {
	const char *calendar;
	int weekday;
	struct calendar_span span[CALENDAR_SPANS];
	int n;
};
enum st calendar_hours_set(struct req *rq, void *calendar_hours);
struct calendar_days { /* sets them all, or none */
	const char *calendar;
	struct calendar_day *day;
	int n;
	bool remove;
	int64_t changed; /* out: of n, how many it was news for */
};
enum st calendar_days_set(struct req *rq, void *calendar_days);
/* A CSV file `date,title,working` (working: yes or no). */
enum st calendar_read(struct arena *mem, const char *path, struct calendar_day **out, int *n, struct err *e);
extern const struct migration calendar_migrations[];
#endif
