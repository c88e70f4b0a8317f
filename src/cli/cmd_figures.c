/* figures: the desk in numbers. */
#include <stdio.h>
#include "base/text.h"
#include "cli/commands.h"
#include "desk/desk_figures.h"

static char *count(struct cli *c, int64_t n)
{
	return arena_printf(c->mem, "%lld", (long long)n);
}

static void print_top(struct cli *c, const char *head, const struct figure_top *t, int n)
{
	if (!n)
		return;
	struct table *table = table_new(c->mem, (const char *[]){ head, "REPORTED" }, 2);
	for (int i = 0; i < n; i++)
		table_row(table, (const char *[]){ t[i].label, count(c, t[i].n) });
	puts("");
	table_print(table);
}

static void print_spans(struct cli *c, const struct figures *f)
{
	struct table *t =
		table_new(c->mem, (const char *[]){ "FROM OPENING TO", "CASES", "MEDIAN MIN", "90TH MIN" }, 4);
	for (int s = 0; s < SPANS; s++)
		table_row(t, (const char *[]){ figure_span_name((enum figure_span)s), count(c, f->span[s].n),
					       count(c, f->span[s].median / 60), count(c, f->span[s].p90 / 60) });
	puts("");
	table_print(t);
}

static void print_all(struct cli *c, const struct figures *f)
{
	printf("%.10s to %.10s: %lld reports, %lld cases, %lld of them closed\n\n", time_iso(c->mem, f->from),
	       time_iso(c->mem, f->to - 1), (long long)f->reports, (long long)f->cases, (long long)f->closed);
	struct table *t = table_new(c->mem, (const char *[]){ "CLASS", "REPORTS", "CASES", "CLOSED" }, 4);
	for (int i = 0; i < f->classes; i++)
		table_row(t, (const char *[]){ f->class_[i].id, count(c, f->class_[i].reports),
					       count(c, f->class_[i].cases), count(c, f->class_[i].closed) });
	table_print(t);
	print_spans(c, f);
	print_top(c, "NAME", f->names, f->nnames);
	print_top(c, "REGISTRAR", f->registrars, f->nregistrars);
	print_top(c, "NETWORK", f->networks, f->nnetworks);
	print_top(c, "SILENT HOLDER", f->silent, f->nsilent);
}

static int run_figures(struct cli *c)
{
	struct figures *f = arena_new_of(c->mem, struct figures);
	BUF_SCOPE b = BUF_INIT;
	if (figures_period(&c->rq, opt(c, "--from"), opt(c, "--to"), f) || figures_read(&c->rq, LANG_EN, f))
		return cli_fail_rq(c);
	if (c->json)
		figures_json(&b, f);
	else if (opt_on(c, "--csv"))
		figures_csv(&b, f);
	else
		return print_all(c, f), DONE;
	fwrite(buf_cstr(&b), 1, b.n, stdout);
	return c->json ? puts("") : 0, DONE;
}

/* ── figures rebuild ── */

static enum st all_days(struct store *s, struct arena *mem, bool *more)
{
	return figures_step(s, mem, true, more);
}

static int run_rebuild(struct cli *c)
{
	static const struct cli_follower days_of = { "search", "counting", "the days could not be written", all_days,
						     figures_behind };
	int64_t days = 0, left;
	if (store_write(c->store, cli_fresh(c), figures_rebuild, &days))
		return cli_fail_rq(c);
	left = days;
	int st = cli_catch_up(c, &days_of, &left);
	if (st)
		return st;
	if (c->json)
		printf("{\"days\":%lld}\n", (long long)days);
	else
		printf("%lld days counted\n", (long long)days);
	return DONE;
}

static const struct option_row options[] = {
	{ "--from", "DAY", "first day, such as 2026-11-01 (13 weeks before --to)" },
	{ "--to", "DAY", "last day (today)" },
	{ "--csv", NULL, "as CSV: kind,what,week,value" },
	{ 0 },
};

const struct command figures_commands[] = {
	{ "figures", NULL, NULL, "Reports and cases by class and week, how long things take, what is reported most", 0,
	  0, NEED_STORE, options, run_figures },
	{ "figures", "rebuild", NULL, "Counts every day again from reports and cases", 0, 0, NEED_STORE, NULL,
	  run_rebuild },
	{ 0 },
};
