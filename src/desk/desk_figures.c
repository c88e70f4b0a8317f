/* The figures of a period. When something first happened in a case stands in its own row, and an index holds all columns
 * that are read; what they add up to is kept by day (desk_day.h). */
#include "desk/desk_day.h"
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "desk/desk_int.h"
#include "who/permit.h"
#include "work/calendar.h"

enum { WEEK_SECONDS = 7 * 86400, DEFAULT_WEEKS = 13, YEARS_MAX = 5 };
#define WEEK (WEEK_SECONDS * USEC)
/* 1970-01-01 was a Thursday: weeks begin three days before it. */
#define TO_MONDAY (3 * DAY_USEC)

const struct migration figures_migrations[] = {
	{ 283, "desk figures",
	  "ALTER TABLE desk_case ADD COLUMN source TEXT NOT NULL DEFAULT '';"
	  "ALTER TABLE desk_case ADD COLUMN acted_at BIGINT NOT NULL DEFAULT 0;"
	  "ALTER TABLE desk_case ADD COLUMN told_at BIGINT NOT NULL DEFAULT 0;"
	  "ALTER TABLE desk_case ADD COLUMN answered_at BIGINT NOT NULL DEFAULT 0;"
	  "ALTER TABLE desk_observable ADD COLUMN sponsor TEXT NOT NULL DEFAULT '';"
	  "UPDATE desk_case SET source = coalesce((SELECT r.source FROM desk_report r WHERE r.case_id = desk_case.id"
	  " ORDER BY r.id LIMIT 1), ''),"
	  " told_at = coalesce((SELECT min(n.sent_at) FROM desk_notice n WHERE n.case_id = desk_case.id AND n.sent_at "
	  "> "
	  "0), 0),"
	  " answered_at = coalesce((SELECT min(n.answered_at) FROM desk_notice n WHERE n.case_id = desk_case.id AND"
	  " n.answered_at > 0), 0);"
	  "UPDATE desk_case SET acted_at = CASE WHEN told_at > 0 THEN told_at ELSE closed_at END;"
	  "CREATE INDEX desk_case_figures ON desk_case(opened_at, class, source, acted_at, told_at, answered_at, "
	  "closed_at, id);"
	  "CREATE INDEX desk_report_figures ON desk_report(filed_at, class, source);"
	  "CREATE INDEX desk_observable_figures ON desk_observable(case_id, responsible, matched, sponsor) WHERE "
	  "responsible "
	  "= 1;"
	  "CREATE INDEX desk_notice_silent ON desk_notice(sent_at, person, party) WHERE state = 4" },
	{ 0 },
};

const char *figure_span_name(enum figure_span s)
{
	static const char *const names[SPANS] = { "first-action", "first-notice", "first-answer", "closed" };
	return (unsigned)s < SPANS ? names[s] : "";
}

/* ── firsts ── */

/* An act that comes to nothing is no fact, and a look at the case all the same: so its day is named here. */
enum st desk_first_act(struct req *rq, int64_t case_id)
{
	int64_t changed = 0;
	if (sql_run_count(rq, &changed, "UPDATE desk_case SET acted_at = $2 WHERE id = $1 AND acted_at = 0", V(case_id),
			  V(clock_now())) ||
	    !changed)
		return rq->err.code;
	return sql_run(rq, "INSERT INTO desk_day_touched(at) SELECT opened_at FROM desk_case WHERE id = $1",
		       V(case_id));
}

/* A notice that goes out by itself is the first act too. */
enum st desk_first_told(struct req *rq, int64_t case_id)
{
	if (desk_first_act(rq, case_id))
		return rq->err.code;
	return sql_run(rq, "UPDATE desk_case SET told_at = $2 WHERE id = $1 AND told_at = 0", V(case_id),
		       V(clock_now()));
}

enum st desk_first_answer(struct req *rq, int64_t case_id)
{
	return sql_run(rq, "UPDATE desk_case SET answered_at = $2 WHERE id = $1 AND answered_at = 0", V(case_id),
		       V(clock_now()));
}

/* ── the period ── */

static int64_t zone(void)
{
	return desk_the_site()->zone * 60 * USEC;
}

static bool day_parse(const char *s, int64_t *out)
{
	int64_t day;
	if (!calendar_day_parse(s, &day))
		return false;
	*out = day * DAY_USEC - zone();
	return true;
}

/* The longest period that is allowed, with parts of weeks at both ends. */
_Static_assert(FIGURE_WEEKS >= YEARS_MAX * 366 / 7 + 2, "a week for each");

enum st figures_period(struct req *rq, const char *from, const char *to, struct figures *out)
{
	int64_t today = day_begin(clock_now());
	*out = (struct figures){ .to = today + DAY_USEC };
	if (to && *to) {
		if (!day_parse(to, &out->to))
			return err_set(&rq->err, ST_INVALID, N_("to: expected a day such as 2026-11-24"));
		out->to += DAY_USEC;
	}
	out->from = out->to - DEFAULT_WEEKS * WEEK;
	if (from && *from && !day_parse(from, &out->from))
		return err_set(&rq->err, ST_INVALID, N_("from: expected a day such as 2026-11-24"));
	if (out->from >= out->to)
		return err_set(&rq->err, ST_INVALID, N_("from: the period ends before it begins"));
	if (out->to - out->from > YEARS_MAX * 366 * DAY_USEC)
		return err_set(&rq->err, ST_INVALID, N_("from: at most %d years at once"), YEARS_MAX);
	int64_t local = out->from + zone() + TO_MONDAY;
	out->week_at[0] = out->from - local % WEEK;
	out->weeks = (int)((out->to - 1 - out->week_at[0]) / WEEK) + 1;
	for (int i = 1; i < out->weeks; i++)
		out->week_at[i] = out->week_at[0] + i * WEEK;
	return ST_OK;
}

/* ── counting ── */

static enum st load_classes(struct req *rq, enum lang l, struct figures *f)
{
	struct desk_class *k = arena_array(rq->mem, struct desk_class, CLASSES_MAX);
	int n = 0;
	if (desk_classes_all(rq, k, CLASSES_MAX, &n))
		return rq->err.code;
	f->class_ = arena_array(rq->mem, struct figure_class, n + 1);
	for (int i = 0; i < n; i++)
		f->class_[f->classes++] =
			(struct figure_class){ .id = k[i].id, .title = arena_strdup(rq->mem, tr(l, k[i].title)) };
	return ST_OK;
}

/* ── most reported ── */

static enum st read_top(struct rows *r, struct figure_top *out, int *n)
{
	*n = 0;
	while (*n < FIGURES_TOP && rows_next(r)) {
		out[*n].label = rows_dup(r, 0);
		out[(*n)++].n = rows_int(r, 1);
	}
	return rows_end(r);
}

/* From an index of those that are silent. */
static enum st count_silent(struct req *rq, struct figures *f)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "SELECT party, count(*) FROM desk_notice WHERE state = 4 AND person = 0 AND party <> ''"
		      " AND sent_at >= $1 AND sent_at < $2 GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT $3",
		      V(f->from), V(f->to), V(FIGURES_TOP)))
		return rq->err.code;
	return read_top(&r, f->silent, &f->nsilent);
}

/* ── together ── */

static int by_reports(const void *a, const void *b)
{
	const struct figure_class *x = a, *y = b;
	int64_t d = (y->reports + y->cases) - (x->reports + x->cases);
	return d ? (d > 0) - (d < 0) : strcmp(x->id, y->id);
}

static enum st count(struct req *rq, enum lang l, struct figures *f, bool tops)
{
	if (load_classes(rq, l, f) || figures_sum(rq, f, tops))
		return rq->err.code;
	qsort(f->class_, (size_t)f->classes, sizeof *f->class_, by_reports);
	while (f->classes && !f->class_[f->classes - 1].reports && !f->class_[f->classes - 1].cases)
		f->classes--;
	return ST_OK;
}

enum st figures_read(struct req *rq, enum lang l, struct figures *f)
{
	if (permit(rq, MAY_SEE_FIGURES) || count(rq, l, f, true))
		return rq->err.code;
	return count_silent(rq, f);
}

/* ── for everybody ── */

static void join_class(struct figures *f, struct figure_class *to, const struct figure_class *k)
{
	to->reports += k->reports;
	to->cases += k->cases;
	to->closed += k->closed;
	for (int i = 0; i < f->weeks; i++)
		to->week[i] += k->week[i];
}

static bool enough(int64_t n)
{
	return n >= FIGURE_LEAST;
}

/* Few: put together; all together still few: in no sum. */
static void hide_classes(struct req *rq, enum lang l, struct figures *f)
{
	struct figure_class rest = { .id = (char *)"rest",
				     .title = arena_strdup(rq->mem, tr(l, N_("Everything else"))) };
	int kept = 0, hidden = 0;
	f->reports = f->cases = f->closed = 0;
	for (int i = 0; i < f->classes; i++) {
		struct figure_class *k = &f->class_[i];
		if (enough(k->reports) && enough(k->cases) && (!k->closed || enough(k->closed))) {
			f->class_[kept++] = *k;
		} else {
			join_class(f, &rest, k);
			hidden++;
		}
	}
	if (hidden && enough(rest.reports) && enough(rest.cases) && (!rest.closed || enough(rest.closed)))
		f->class_[kept++] = rest;
	f->classes = kept;
	for (int i = 0; i < kept; i++) {
		f->reports += f->class_[i].reports;
		f->cases += f->class_[i].cases;
		f->closed += f->class_[i].closed;
	}
}

enum st figures_public(struct req *rq, enum lang l, struct figures *f)
{
	if (count(rq, l, f, false))
		return rq->err.code;
	hide_classes(rq, l, f);
	memset(f->by_source, 0, sizeof f->by_source);
	/* Weeks, too, would tell by subtraction what was left out. */
	memset(f->cases_week, 0, sizeof f->cases_week);
	memset(f->reports_week, 0, sizeof f->reports_week);
	for (int i = 0; i < f->classes; i++)
		memset(f->class_[i].week, 0, sizeof f->class_[i].week);
	for (int s = 0; s < SPANS; s++)
		if (!enough(f->span[s].n))
			memset(&f->span[s], 0, sizeof f->span[s]);
	return ST_OK;
}
