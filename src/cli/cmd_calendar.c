/* calendar show|hours|holiday|import|reckon: the working hours that deadlines are counted in. */
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "work/calendar.h"

static const char *const weekdays[CALENDAR_WEEKDAYS] = { "made-up", "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

static const char *name_of(const struct cli *c)
{
	const char *name = opt(c, "--calendar");
	return name ? name : CALENDAR_SITE;
}

static enum st load(struct cli *c, struct calendar *cal)
{
	return calendar_load(cli_fresh(c), name_of(c), (int)c->cfg.site_zone, cal);
}

static void show_json(struct cli *c, const struct calendar *cal, int first)
{
	BUF_SCOPE b = { .max = (size_t)4 << 20 };
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "calendar", cal->name);
	j_obj(&w, "hours");
	for (int i = 0; i < CALENDAR_WEEKDAYS; i++)
		j_str(&w, weekdays[i], calendar_spans_text(c->mem, cal->span[i], cal->nspans[i]));
	j_end(&w);
	j_arr(&w, "days");
	for (int i = first; i < cal->nodd; i++) {
		j_obj(&w, NULL);
		j_str(&w, "date", calendar_day_text(c->mem, cal->odd[i].day));
		j_bool(&w, "working", cal->odd[i].working);
		j_str(&w, "title", cal->odd[i].title);
		j_end(&w);
	}
	j_end(&w);
	j_end(&w);
	puts(buf_cstr(&b));
}

static void show_tables(struct cli *c, const struct calendar *cal, int first)
{
	static const char *const hours[] = { "WEEKDAY", "HOURS" }, *const days[] = { "DATE", "DAY", "TITLE" };
	struct table *h = table_new(c->mem, hours, 2), *d = table_new(c->mem, days, 3);
	for (int i = 1; i <= CALENDAR_WEEKDAYS; i++) {
		int day = i % CALENDAR_WEEKDAYS;
		table_row(h, (const char *[]){ weekdays[day],
					       calendar_spans_text(c->mem, cal->span[day], cal->nspans[day]) });
	}
	for (int i = first; i < cal->nodd; i++)
		table_row(d, (const char *[]){ calendar_day_text(c->mem, cal->odd[i].day),
					       cal->odd[i].working ? "worked" : "off", cal->odd[i].title });
	table_print(h);
	if (first == cal->nodd) {
		puts("\nNo days that differ from here on.");
		return;
	}
	puts("");
	table_print(d);
}

static int run_show(struct cli *c)
{
	struct calendar cal;
	int64_t today = (clock_now() + c->cfg.site_zone * 60 * USEC) / (86400 * USEC);
	int first = 0;
	if (load(c, &cal))
		return cli_fail_rq(c);
	while (!opt_on(c, "--all") && first < cal.nodd && cal.odd[first].day < today)
		first++;
	(c->json ? show_json : show_tables)(c, &cal, first);
	return DONE;
}

/* What every change ends with. */
static int changed(struct cli *c, int64_t n)
{
	if (c->json)
		printf("{\"calendar\":\"%s\",\"changed\":%lld}\n", name_of(c), (long long)n);
	else
		printf("Calendar %s: %lld changed.\n", name_of(c), (long long)n);
	return DONE;
}

static int run_hours(struct cli *c)
{
	struct calendar_hours h = { .calendar = name_of(c), .weekday = -1 };
	for (int i = 0; i < CALENDAR_WEEKDAYS; i++)
		if (!strcmp(c->arg[0], weekdays[i]))
			h.weekday = i;
	if (h.weekday < 0)
		return cli_usage(c, "%s: expected mon, tue, wed, thu, fri, sat, sun or made-up", c->arg[0]);
	if (!calendar_spans_parse(c->arg[1], h.span, &h.n))
		return cli_usage(c,
				 "%s: expected hours like 09:00-12:00,13:00-18:00 (at most %d spans, in order), or -",
				 c->arg[1], CALENDAR_SPANS);
	if (act_as(c))
		return FAILED;
	return store_write(c->store, &c->rq, calendar_hours_set, &h) ? cli_fail_rq(c) : changed(c, 1);
}

static int set_days(struct cli *c, struct calendar_day *day, int n, bool remove)
{
	struct calendar_days a = { .calendar = name_of(c), .day = day, .n = n, .remove = remove };
	if (act_as(c))
		return FAILED;
	return store_write(c->store, &c->rq, calendar_days_set, &a) ? cli_fail_rq(c) : changed(c, a.changed);
}

static int run_holiday(struct cli *c)
{
	bool add = !strcmp(c->arg[0], "add");
	struct calendar_day d = { .title = c->nargs > 2 ? c->arg[2] : NULL, .working = opt_on(c, "--working") };
	if ((!add && strcmp(c->arg[0], "remove") != 0) || add != (c->nargs == 3))
		return cli_usage(c, "expected add DATE TITLE, or remove DATE");
	if (!calendar_day_parse(c->arg[1], &d.day))
		return cli_usage(c, "%s: expected a date like 2026-10-10", c->arg[1]);
	return set_days(c, &d, 1, !add);
}

static int run_import(struct cli *c)
{
	struct calendar_day *day;
	int n;
	if (calendar_read(c->mem, c->arg[0], &day, &n, &c->err))
		return cli_fail(c, "%s", c->err.msg);
	return set_days(c, day, n, false);
}

static int run_reckon(struct cli *c)
{
	struct calendar cal;
	int64_t from = strcmp(c->arg[0], "now") ? time_parse(c->arg[0]) : clock_now(), span, to;
	if (from == TIME_NONE)
		return cli_usage(c, "%s: expected a time (2027-01-01T09:00+08:00) or now", c->arg[0]);
	if (!time_span_parse(c->arg[1], &span) || span < 0)
		return cli_usage(c, "%s: expected working time like 8h or 90m", c->arg[1]);
	if (load(c, &cal))
		return cli_fail_rq(c);
	if ((to = calendar_add(&cal, from, span / USEC)) == TIME_NONE)
		return cli_fail(c, "calendar %s has not so many working hours in ten years", cal.name);
	if (c->json)
		printf("{\"from\":\"%s\",\"to\":\"%s\"}\n", time_iso(c->mem, from), time_iso(c->mem, to));
	else
		puts(time_iso(c->mem, to));
	return DONE;
}

#define CALENDAR                                                                                                       \
	{                                                                                                              \
		"--calendar", "NAME", "another calendar than the desk's (site)"                                        \
	}
#define AS                                                                                                             \
	{                                                                                                              \
		"--as", "USER", "act as this account, with its permissions"                                            \
	}
static const struct option_row show_options[] = { { "--all", NULL, "past days too" }, CALENDAR, { 0 } };
static const struct option_row one_option[] = { CALENDAR, { 0 } };
static const struct option_row set_options[] = { CALENDAR, AS, { 0 } };
static const struct option_row holiday_options[] = {
	{ "--working", NULL, "a day that is worked, to make up for another" }, CALENDAR, AS, { 0 }
};

const struct command calendar_commands[] = {
	{ "calendar", "show", NULL, "Working hours, and the days that differ", 0, 0, NEED_STORE, show_options,
	  run_show },
	{ "calendar", "hours", "WEEKDAY HOURS", "Sets the hours of a weekday (09:00-12:00,13:00-18:00; -: none)", 2, 2,
	  NEED_STORE, set_options, run_hours },
	{ "calendar", "holiday", "add|remove DATE [TITLE]", "A day off, or one that is worked", 2, 3, NEED_STORE,
	  holiday_options, run_holiday },
	{ "calendar", "import", "FILE", "Days from a CSV file: date,title,working", 1, 1, NEED_STORE, set_options,
	  run_import },
	{ "calendar", "reckon", "TIME SPAN", "When so much working time has passed since then", 2, 2, NEED_STORE,
	  one_option, run_reckon },
	{ 0 },
};
