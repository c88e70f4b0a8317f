/* The figures as CSV (one line a number) and JSON. */
#include <stdio.h>
#include <string.h>
#include "base/csv.h"
#include "desk/desk_figures.h"
#include "desk/desk_int.h"

static void line(struct buf *out, const char *kind, const char *what, const char *week, int64_t n)
{
	buf_printf(out, "%s,", kind);
	csv_cell(out, what, false);
	buf_printf(out, "%s,%lld\r\n", week, (long long)n);
}

/* The day as the site has it. */
static void day(int64_t t, char out[11])
{
	struct arena *mem = arena_new(4096);
	snprintf(out, 11, "%.10s", time_iso(mem, t + desk_the_site()->zone * 60 * USEC));
	arena_free(mem);
}

static void top_lines(struct buf *out, const char *kind, const struct figure_top *t, int n)
{
	for (int i = 0; i < n; i++)
		line(out, kind, t[i].label, "", t[i].n);
}

void figures_csv(struct buf *out, const struct figures *f)
{
	char at[11];
	buf_str(out, "kind,what,week,value\r\n");
	for (int i = 0; i < f->weeks; i++) {
		day(f->week_at[i], at);
		line(out, "reports", "", at, f->reports_week[i]);
		line(out, "cases", "", at, f->cases_week[i]);
	}
	for (int i = 0; i < f->classes; i++) {
		const struct figure_class *k = &f->class_[i];
		line(out, "reports-of-class", k->id, "", k->reports);
		line(out, "cases-of-class", k->id, "", k->cases);
		line(out, "closed-of-class", k->id, "", k->closed);
		for (int w = 0; w < f->weeks; w++)
			if (k->week[w]) {
				day(f->week_at[w], at);
				line(out, "cases-of-class-in-week", k->id, at, k->week[w]);
			}
	}
	for (int i = 0; i < FIGURE_SOURCES; i++)
		line(out, "reports-by-source", report_source_name((enum report_source)i), "", f->by_source[i]);
	for (int s = 0; s < SPANS; s++) {
		line(out, "span-cases", figure_span_name((enum figure_span)s), "", f->span[s].n);
		line(out, "span-median-seconds", figure_span_name((enum figure_span)s), "", f->span[s].median);
		line(out, "span-90th-seconds", figure_span_name((enum figure_span)s), "", f->span[s].p90);
	}
	top_lines(out, "most-reported-name", f->names, f->nnames);
	top_lines(out, "most-reported-registrar", f->registrars, f->nregistrars);
	top_lines(out, "most-reported-network", f->networks, f->nnetworks);
	top_lines(out, "silent-holder", f->silent, f->nsilent);
}

static void top_json(struct jw *w, const char *key, const struct figure_top *t, int n)
{
	j_arr(w, key);
	for (int i = 0; i < n; i++) {
		j_obj(w, NULL);
		j_str(w, "what", t[i].label);
		j_int(w, "count", t[i].n);
		j_end(w);
	}
	j_end(w);
}

static void classes_json(struct jw *w, const struct figures *f)
{
	j_arr(w, "classes");
	for (int i = 0; i < f->classes; i++) {
		const struct figure_class *k = &f->class_[i];
		j_obj(w, NULL);
		j_str(w, "class", k->id);
		j_int(w, "reports", k->reports);
		j_int(w, "cases", k->cases);
		j_int(w, "closed", k->closed);
		j_end(w);
	}
	j_end(w);
}

void figures_json(struct buf *out, const struct figures *f)
{
	struct jw w = jw_of(out);
	char at[11];
	j_obj(&w, NULL);
	j_time(&w, "from", f->from);
	j_time(&w, "to", f->to);
	j_int(&w, "reports", f->reports);
	j_int(&w, "cases", f->cases);
	j_int(&w, "closed", f->closed);
	j_arr(&w, "weeks");
	for (int i = 0; i < f->weeks; i++) {
		day(f->week_at[i], at);
		j_obj(&w, NULL);
		j_str(&w, "week", at);
		j_int(&w, "reports", f->reports_week[i]);
		j_int(&w, "cases", f->cases_week[i]);
		j_end(&w);
	}
	j_end(&w);
	classes_json(&w, f);
	j_obj(&w, "reports_by_source");
	for (int i = 0; i < FIGURE_SOURCES; i++)
		j_int(&w, report_source_name((enum report_source)i), f->by_source[i]);
	j_end(&w);
	j_obj(&w, "spans");
	for (int s = 0; s < SPANS; s++) {
		j_obj(&w, figure_span_name((enum figure_span)s));
		j_int(&w, "cases", f->span[s].n);
		j_int(&w, "median_seconds", f->span[s].median);
		j_int(&w, "p90_seconds", f->span[s].p90);
		j_end(&w);
	}
	j_end(&w);
	top_json(&w, "most_reported_names", f->names, f->nnames);
	top_json(&w, "most_reported_registrars", f->registrars, f->nregistrars);
	top_json(&w, "most_reported_networks", f->networks, f->nnetworks);
	top_json(&w, "silent_holders", f->silent, f->nsilent);
	j_end(&w);
}
