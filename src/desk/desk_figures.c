/* What the figures are counted from: when something first happened in a case stands in its own row, and an index holds
 * all columns that are read. */
#include "desk/desk_figures.h"
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

enum st desk_first_act(struct req *rq, int64_t case_id)
{
	return sql_run(rq, "UPDATE desk_case SET acted_at = $2 WHERE id = $1 AND acted_at = 0", V(case_id),
		       V(clock_now()));
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

static int64_t day_begin(int64_t t)
{
	int64_t local = t + zone();
	return local - local % DAY_USEC - zone();
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

static int week_of(const struct figures *f, int64_t t)
{
	return (int)((t - f->week_at[0]) / WEEK);
}

enum st figures_period(struct req *rq, const char *from, const char *to, struct figures *out)
{
	int64_t today = day_begin(clock_now());
	*out = (struct figures){ .to = today + DAY_USEC };
	if (to && *to) {
		if (!day_parse(to, &out->to))
			return err_set(&rq->err, ST_INVALID, "to: expected a day such as 2026-11-24");
		out->to += DAY_USEC;
	}
	out->from = out->to - DEFAULT_WEEKS * WEEK;
	if (from && *from && !day_parse(from, &out->from))
		return err_set(&rq->err, ST_INVALID, "from: expected a day such as 2026-11-24");
	if (out->from >= out->to)
		return err_set(&rq->err, ST_INVALID, "from: the period ends before it begins");
	if (out->to - out->from > YEARS_MAX * 366 * DAY_USEC)
		return err_set(&rq->err, ST_INVALID, "from: at most %d years at once", YEARS_MAX);
	int64_t local = out->from + zone() + TO_MONDAY;
	out->week_at[0] = out->from - local % WEEK;
	out->weeks = week_of(out, out->to - 1) + 1;
	for (int i = 1; i < out->weeks; i++)
		out->week_at[i] = out->week_at[0] + i * WEEK;
	return ST_OK;
}

/* ── counting ── */

static struct figure_class *class_at(struct figures *f, const char *id)
{
	for (int i = 0; i < f->classes; i++)
		if (!strcmp(f->class_[i].id, id))
			return &f->class_[i];
	return NULL;
}

static int source_at(const char *name)
{
	for (int i = 0; i < FIGURE_SOURCES; i++)
		if (!strcmp(report_source_name((enum report_source)i), name))
			return i;
	return -1;
}

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

static enum st count_reports(struct req *rq, struct figures *f)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "SELECT (filed_at - $3) / $4, class, source, count(*) FROM desk_report"
		      " WHERE filed_at >= $1 AND filed_at < $2 GROUP BY 1, 2, 3",
		      V(f->from), V(f->to), V(f->week_at[0]), V(WEEK)))
		return rq->err.code;
	while (rows_next(&r)) {
		int64_t week = rows_int(&r, 0), n = rows_int(&r, 3);
		struct figure_class *k = class_at(f, rows_text(&r, 1));
		int source = source_at(rows_text(&r, 2));
		if (week < 0 || week >= f->weeks)
			continue;
		f->reports += n;
		f->reports_week[week] += n;
		if (k)
			k->reports += n;
		if (source >= 0)
			f->by_source[source] += n;
	}
	return rows_end(&r);
}

static enum st count_cases(struct req *rq, struct figures *f)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "SELECT (opened_at - $3) / $4, class, count(*), sum(CASE WHEN closed_at > 0 THEN 1 ELSE 0 END)"
		      " FROM desk_case WHERE opened_at >= $1 AND opened_at < $2 GROUP BY 1, 2",
		      V(f->from), V(f->to), V(f->week_at[0]), V(WEEK)))
		return rq->err.code;
	while (rows_next(&r)) {
		int64_t week = rows_int(&r, 0), n = rows_int(&r, 2);
		struct figure_class *k = class_at(f, rows_text(&r, 1));
		if (week < 0 || week >= f->weeks)
			continue;
		f->cases += n;
		f->closed += rows_int(&r, 3);
		f->cases_week[week] += n;
		if (!k)
			continue;
		k->cases += n;
		k->closed += rows_int(&r, 3);
		k->week[week] += n;
	}
	return rows_end(&r);
}

/* ── spans: grouped by the minute in the database, so that what comes over is small however many cases there are ── */

static int64_t at_rank(const int64_t *minute, const int64_t *n, int count, int64_t rank)
{
	for (int i = 0; i < count; i++) {
		if (rank < n[i])
			return minute[i] * 60;
		rank -= n[i];
	}
	return count ? minute[count - 1] * 60 : 0;
}

/* The lower of the two in the middle; nearest rank for the 90th. */
static enum st read_span(struct req *rq, struct rows *r, struct figures *f, enum figure_span s)
{
	int size = 0, count = 0;
	int64_t *minute = NULL, *n = NULL, all = 0;
	struct arena *mem = arena_new((size_t)64 << 20);
	while (rows_next(r)) {
		if (count == size) {
			int more = size ? size * 2 : 1024;
			int64_t *m = arena_array(mem, int64_t, more), *k = arena_array(mem, int64_t, more);
			if (count) {
				memcpy(m, minute, sizeof *m * (size_t)count);
				memcpy(k, n, sizeof *k * (size_t)count);
			}
			minute = m;
			n = k;
			size = more;
		}
		minute[count] = rows_int(r, 0);
		n[count] = rows_int(r, 1);
		all += n[count++];
	}
	f->span[s].n = all;
	f->span[s].median = all ? at_rank(minute, n, count, (all - 1) / 2) : 0;
	f->span[s].p90 = all ? at_rank(minute, n, count, (all * 9 + 9) / 10 - 1) : 0;
	arena_free(mem);
	return rows_end(r);
}

#define SPAN_OF(column)                                                                                                \
	"SELECT (" column " - opened_at) / 60000000, count(*) FROM desk_case WHERE opened_at >= $1 AND opened_at < $2" \
	" AND " column " >= opened_at GROUP BY 1 ORDER BY 1"

static enum st count_spans(struct req *rq, struct figures *f)
{
	static const char *const sql[SPANS] = { SPAN_OF("acted_at"), SPAN_OF("told_at"), SPAN_OF("answered_at"),
						SPAN_OF("closed_at") };
	for (int s = 0; s < SPANS; s++) {
		struct rows r;
		if (sql_query(rq, &r, sql[s], V(f->from), V(f->to)) || read_span(rq, &r, f, (enum figure_span)s))
			return rq->err.code;
	}
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

/* Names of cases that few people see are in no list. */
#define TOP(column, which)                                                                                             \
	"SELECT " column ", count(*) FROM desk_observable WHERE responsible = 1 AND case_id >= $1 AND case_id <= $2"   \
	" AND " which " AND case_id NOT IN (SELECT c.id FROM desk_case c JOIN desk_class k ON k.id = c.class WHERE "   \
	"k.personal = 1 AND c.id >= $1 AND c.id <= $2) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT $3"

/* Cases get their numbers in the order in which they are opened: a period is a range of them. */
static enum st range_of(struct req *rq, const struct figures *f, int64_t *first, int64_t *last)
{
	struct rows r;
	*first = *last = 0;
	if (sql_query(rq, &r,
		      "SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM desk_case WHERE opened_at >= $1 AND "
		      "opened_at < $2",
		      V(f->from), V(f->to)))
		return rq->err.code;
	if (rows_next(&r)) {
		*first = rows_int(&r, 0);
		*last = rows_int(&r, 1);
	}
	return rows_end(&r);
}

static enum st count_top(struct req *rq, struct figures *f)
{
	struct rows r;
	int64_t first = 0, last = 0;
	if (range_of(rq, f, &first, &last) ||
	    sql_query(rq, &r, TOP("matched", "matched <> '' AND matched NOT LIKE '%/%'"), V(first), V(last),
		      V(FIGURES_TOP)) ||
	    read_top(&r, f->names, &f->nnames) ||
	    sql_query(rq, &r, TOP("matched", "matched LIKE '%/%'"), V(first), V(last), V(FIGURES_TOP)) ||
	    read_top(&r, f->networks, &f->nnetworks) ||
	    sql_query(rq, &r, TOP("sponsor", "sponsor <> ''"), V(first), V(last), V(FIGURES_TOP)) ||
	    read_top(&r, f->registrars, &f->nregistrars) ||
	    sql_query(rq, &r,
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

static enum st count(struct req *rq, enum lang l, struct figures *f)
{
	if (load_classes(rq, l, f) || count_reports(rq, f) || count_cases(rq, f) || count_spans(rq, f))
		return rq->err.code;
	qsort(f->class_, (size_t)f->classes, sizeof *f->class_, by_reports);
	while (f->classes && !f->class_[f->classes - 1].reports && !f->class_[f->classes - 1].cases)
		f->classes--;
	return ST_OK;
}

enum st figures_read(struct req *rq, enum lang l, struct figures *f)
{
	if (permit(rq, MAY_SEE_FIGURES) || count(rq, l, f))
		return rq->err.code;
	return count_top(rq, f);
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
	if (count(rq, l, f))
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
