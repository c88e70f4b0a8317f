/* web_figures.c — the desk in numbers: for staff with names, for everybody without. */
#include "front/web/web.h"
#include <string.h>
#include "base/text.h"
#include "front/web/pages.h"

const char *span_word(const struct page *p, enum figure_span s)
{
	static const char *const words[SPANS] = { N_("to the first act"), N_("to the first notice"),
						  N_("to the first answer"), N_("to the closing") };
	return tr(p->lang, words[s]);
}

const char *figure_head(const struct page *p, enum figure_list list)
{
	static const char *const words[] = { [TOP_NAMES] = N_("Most reported names"),
					     [TOP_REGISTRARS] = N_("Registrars of reported names"),
					     [TOP_NETWORKS] = N_("Most reported networks"),
					     [TOP_SILENT] = N_("Who did not answer") };
	return tr(p->lang, words[list]);
}

const char *span_people(const struct page *p, int64_t seconds)
{
	long long m = seconds / 60;
	if (m < 60)
		return arena_printf(p->mem, tr(p->lang, N_("%lld min")), m);
	if (m < 48 * 60)
		return arena_printf(p->mem, tr(p->lang, N_("%lld h %lld min")), m / 60, m % 60);
	return arena_printf(p->mem, tr(p->lang, N_("%lld d %lld h")), m / 1440, m % 1440 / 60);
}

/* ── charts of figures ── */

static int64_t *values(const struct page *p, int n)
{
	return arena_array(p->mem, int64_t, n + 1);
}

static const char **week_labels(const struct page *p, const struct figures *f)
{
	const char **label = arena_array(p->mem, const char *, f->weeks + 1);
	for (int i = 0; i < f->weeks; i++)
		label[i] = iso_day(p, f->week_at[i]) + 5; /* 11-24 */
	if (f->weeks > 53)
		for (int i = 0; i < f->weeks; i++)
			label[i] -= 5;
	return label;
}

/* The three classes with most, and the others together. */
static void weeks_chart(const struct page *p, const struct figures *f, struct chart *c)
{
	int shown = f->classes < CHART_SERIES ? f->classes : CHART_SERIES - 1;
	*c = (struct chart){ .id = "weeks",
			     .title = tr(p->lang, N_("Cases opened, by week")),
			     .desc = arena_printf(
				     p->mem,
				     tr(p->lang, N_("%s cases in %d weeks. The table beside it has the numbers.")),
				     number_text(p, f->cases), f->weeks),
			     .label = week_labels(p, f),
			     .n = f->weeks };
	for (int s = 0; s < shown; s++) {
		c->series[c->nseries] = f->class_[s].title;
		c->value[c->nseries++] = f->class_[s].week;
	}
	if (shown == f->classes)
		return;
	int64_t *rest = values(p, f->weeks);
	for (int w = 0; w < f->weeks; w++)
		for (int k = shown; k < f->classes; k++)
			rest[w] += f->class_[k].week[w];
	c->series[c->nseries] = tr(p->lang, N_("Everything else"));
	c->value[c->nseries++] = rest;
}

static void reports_chart(const struct page *p, const struct figures *f, struct chart *c)
{
	*c = (struct chart){ .id = "reports",
			     .title = tr(p->lang, N_("Reports received, by week")),
			     .desc = arena_printf(
				     p->mem,
				     tr(p->lang, N_("%s reports in %d weeks. The table beside it has the numbers.")),
				     number_text(p, f->reports), f->weeks),
			     .series = { tr(p->lang, N_("Reports")) },
			     .nseries = 1,
			     .label = week_labels(p, f),
			     .value = { f->reports_week },
			     .n = f->weeks };
}

static void classes_chart(const struct page *p, const struct figures *f, struct chart *c)
{
	int64_t *reports = values(p, f->classes), *cases = values(p, f->classes), *closed = values(p, f->classes);
	const char **label = arena_array(p->mem, const char *, f->classes + 1);
	for (int i = 0; i < f->classes; i++) {
		label[i] = f->class_[i].title;
		reports[i] = f->class_[i].reports;
		cases[i] = f->class_[i].cases;
		closed[i] = f->class_[i].closed;
	}
	*c = (struct chart){ .id = "classes",
			     .title = tr(p->lang, N_("Reports, by kind of trouble")),
			     .desc = f->classes ? arena_printf(p->mem, tr(p->lang, N_("Most: %s, %s reports.")),
							       label[0], number_text(p, reports[0]))
						: tr(p->lang, N_("None.")),
			     .series = { tr(p->lang, N_("Reports")), tr(p->lang, N_("Cases")),
					 tr(p->lang, N_("Closed")) },
			     .nseries = 3,
			     .label = label,
			     .value = { reports, cases, closed },
			     .n = f->classes };
}

static void spans_chart(const struct page *p, const struct figures *f, struct chart *c)
{
	int64_t *median = values(p, SPANS), *p90 = values(p, SPANS);
	const char **label = arena_array(p->mem, const char *, SPANS);
	int n = 0;
	for (int s = 0; s < SPANS; s++) {
		if (!f->span[s].n)
			continue;
		label[n] = span_word(p, (enum figure_span)s);
		median[n] = f->span[s].median;
		p90[n++] = f->span[s].p90;
	}
	*c = (struct chart){ .id = "spans",
			     .title = tr(p->lang, N_("How long it takes from the opening of a case")),
			     .desc = tr(p->lang, N_("Half of the cases are faster than the median, nine of ten faster "
						    "than the 90th percentile.")),
			     .series = { tr(p->lang, N_("Median")), tr(p->lang, N_("90th percentile")) },
			     .nseries = 2,
			     .label = label,
			     .value = { median, p90 },
			     .n = n,
			     .say = span_people };
}

/* ── handlers ── */

/* false: answered. */
static bool read_figures(struct http *h, struct figures *f)
{
	struct req *rq = http_req(h);
	if (!staff_may(h, MAY_SEE_FIGURES))
		return false;
	if (!figures_period(rq, http_query(h, "from"), http_query(h, "to"), f) && !figures_read(rq, http_lang(h), f))
		return true;
	http_fail_err(h, &rq->err);
	return false;
}

static const char *period_path(const struct page *p, const struct figures_view *v, const char *path)
{
	return path_with(p->mem, path_with(p->mem, path, "from", v->from), "to", v->to);
}

static void all_charts(const struct page *p, struct figures_view *v)
{
	v->from = iso_day(p, v->f.from);
	v->to = iso_day(p, v->f.to - 1);
	weeks_chart(p, &v->f, &v->weeks);
	reports_chart(p, &v->f, &v->reports);
	classes_chart(p, &v->f, &v->classes);
	spans_chart(p, &v->f, &v->spans);
}

/* A period that is none comes back in the form, with the figures of the usual one. */
void web_get_figures(struct http *h)
{
	struct req *rq = http_req(h);
	struct figures_view *v = arena_new_of(rq->mem, struct figures_view);
	if (!staff_may(h, MAY_SEE_FIGURES))
		return;
	bool wrong = figures_period(rq, http_query(h, "from"), http_query(h, "to"), &v->f) == ST_INVALID;
	if (wrong) {
		err_clear(&rq->err);
		form_bad(&v->bad, "from",
			 tr(http_lang(h),
			    N_("Give two days such as 2026-11-24, the earlier one first, at most five years apart.")));
	}
	if ((wrong && figures_period(rq, NULL, NULL, &v->f)) || figures_read(rq, http_lang(h), &v->f)) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct page p = staff_page(h, N_("Figures"), NAV_FIGURES);
	all_charts(&p, v);
	p.bad = wrong;
	p.path = wrong ? "/staff/figures" : period_path(&p, v, "/staff/figures");
	v->csv = period_path(&p, v, "/staff/figures.csv");
	v->json = period_path(&p, v, "/staff/figures.json");
	http_status(h, wrong ? 422 : 200);
	web_figures(&p, v);
}

void web_get_figures_csv(struct http *h)
{
	struct figures *f = arena_new_of(http_req(h)->mem, struct figures);
	if (!read_figures(h, f))
		return;
	http_type(h, "text/csv; charset=utf-8");
	http_set_header(h, "Content-Disposition", "attachment; filename=\"figures.csv\"");
	http_set_header(h, "Cache-Control", "no-store");
	figures_csv(http_out(h), f);
}

void web_get_figures_json(struct http *h)
{
	struct figures *f = arena_new_of(http_req(h)->mem, struct figures);
	if (!read_figures(h, f))
		return;
	http_type(h, "application/json");
	http_set_header(h, "Cache-Control", "no-store");
	figures_json(http_out(h), f);
}

void web_get_public_figures(struct http *h)
{
	struct req *rq = http_req(h);
	struct figures_view *v = arena_new_of(rq->mem, struct figures_view);
	struct voice_study last;
	int n = 0;
	if (figures_period(rq, NULL, NULL, &v->f) || figures_public(rq, http_lang(h), &v->f) ||
	    voice_published(rq, 0, &last, 1, &n)) {
		http_fail_err(h, &rq->err);
		return;
	}
	v->surveys = n > 0;
	struct page p = page_of(h, N_("Figures"), NAV_NONE);
	all_charts(&p, v);
	web_public_figures(&p, v);
}
