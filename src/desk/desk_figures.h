/* desk_figures.h — the desk in numbers: reports and cases by week, class and source, how long things take, and what is
 * reported most. Added up from rows of days (desk_day.h) that a follower of the journal keeps, so a year of a million cases
 * takes part of a second; always those of this moment, and spans are exact to the minute. */
#ifndef DESK_DESK_FIGURES_H
#define DESK_DESK_FIGURES_H
#include "desk/desk.h"

enum { FIGURE_WEEKS = 263, FIGURES_TOP = 10, FIGURE_SOURCES = REPORT_SOURCES };
/* From the opening of a case to the first … */
enum figure_span { SPAN_ACTION, SPAN_NOTICE, SPAN_ANSWER, SPAN_CLOSE, SPANS };
const char *figure_span_name(enum figure_span s); /* "first-action", "first-notice", "first-answer", "closed" */

struct figure_class {
	char *id, *title; /* translated */
	int64_t reports, cases, closed;
	int64_t week[FIGURE_WEEKS]; /* cases opened */
};
struct figure_top {
	char *label;
	int64_t n;
};
struct figures {
	int64_t from, to; /* whole days of the site's zone, to is not in it */
	int weeks;
	int64_t week_at[FIGURE_WEEKS]; /* Monday; the first and the last may be parts of weeks */
	int64_t reports, cases, closed;
	int64_t reports_week[FIGURE_WEEKS], cases_week[FIGURE_WEEKS];
	int64_t by_source[FIGURE_SOURCES]; /* reports, by enum report_source */
	struct figure_class *class_;	   /* most reported first; those without any are left out */
	int classes;
	struct {
		int64_t n, median, p90; /* seconds; of n cases */
	} span[SPANS];
	struct figure_top names[FIGURES_TOP], registrars[FIGURES_TOP], networks[FIGURES_TOP], silent[FIGURES_TOP];
	int nnames, nregistrars, nnetworks, nsilent;
};
/* The days FROM to TO (as people write them: 2026-11-01; to is in it), NULL or "": 13 weeks until today. ST_INVALID for
 * what is no day, is turned around, or longer than five years. */
enum st figures_period(struct req *rq, const char *from, const char *to, struct figures *out);
/* Everything, for MAY_SEE_FIGURES. */
enum st figures_read(struct req *rq, enum lang l, struct figures *f);
/* For everybody: totals and spans; no names, and no number below FIGURE_LEAST: classes with fewer are put together, and
 * what is still too few is in no sum either, so that nothing follows from the rest. */
enum { FIGURE_LEAST = 5 };
enum st figures_public(struct req *rq, enum lang l, struct figures *f);
void figures_csv(struct buf *out, const struct figures *f); /* kind,what,week,value; RFC 4180 */
void figures_json(struct buf *out, const struct figures *f);

/* ── keeping the rows of days; the thread of desk_search.h does it ── */
/* One bounded step in the caller: *left tells whether there is more. `mem` is reset. Only while store_lead(s, "search").
 * Days to which something happened a moment ago wait; not with `all`. */
enum st figures_step(struct store *s, struct arena *mem, bool all, bool *left);
enum st figures_behind(struct req *rq, int64_t *n); /* entries not seen yet and days to be counted */
/* Inside a write: every day is counted again, one after the other by figures_step; int64_t, or NULL: how many are over. */
enum st figures_rebuild(struct req *rq, void *over);
extern const struct migration figures_migrations[], figures_day_migrations[];
#endif
