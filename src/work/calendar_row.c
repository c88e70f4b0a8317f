/* A calendar's rows: read whole (a few dozen a year), changed by whoever may, with a fact each. */
#include <stdio.h>
#include <string.h>
#include "base/csv.h"
#include "base/text.h"
#include "store/journal.h"
#include "who/permit.h"
#include "work/calendar.h"

enum { TITLE_MAX = 200, NAME_BYTES = 40 };

const struct migration calendar_migrations[] = {
	{ 268, "calendar",
	  "CREATE TABLE work_hours(calendar TEXT NOT NULL, weekday BIGINT NOT NULL, from_min BIGINT NOT NULL,"
	  " to_min BIGINT NOT NULL, PRIMARY KEY(calendar, weekday, from_min));"
	  "CREATE TABLE work_holiday(calendar TEXT NOT NULL, day TEXT NOT NULL, title TEXT NOT NULL, working BIGINT "
	  "NOT "
	  "NULL, PRIMARY KEY(calendar, day));"
	  "INSERT INTO work_hours(calendar, weekday, from_min, to_min) VALUES ('site', 0, 540, 1080), ('site', 1, 540, "
	  "1080), ('site', 2, 540, 1080), ('site', 3, 540, 1080), ('site', 4, 540, 1080), ('site', 5, 540, 1080)" },
	{ 0 },
};

static enum st load_hours(struct req *rq, struct calendar *c)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "SELECT weekday, from_min, to_min FROM work_hours WHERE calendar = $1 ORDER BY weekday, from_min",
		      V(c->name)))
		return rq->err.code;
	while (rows_next(&r)) {
		int day = (int)rows_int(&r, 0);
		if (day < 0 || day >= CALENDAR_WEEKDAYS || c->nspans[day] >= CALENDAR_SPANS)
			continue;
		c->span[day][c->nspans[day]++] = (struct calendar_span){ (int)rows_int(&r, 1), (int)rows_int(&r, 2) };
	}
	return rows_end(&r);
}

static enum st load_days(struct req *rq, struct calendar *c)
{
	struct rows r;
	int64_t n = 0;
	if (sql_number(rq, &n, "SELECT count(*) FROM work_holiday WHERE calendar = $1", V(c->name)))
		return rq->err.code;
	c->odd = arena_array(rq->mem, struct calendar_day, (n > CALENDAR_ODD_MAX ? CALENDAR_ODD_MAX : n) + 1);
	if (sql_query(rq, &r,
		      "SELECT day, title, working FROM work_holiday WHERE calendar = $1 ORDER BY day DESC LIMIT $2",
		      V(c->name), V(CALENDAR_ODD_MAX)))
		return rq->err.code;
	while (c->nodd < n && rows_next(&r)) {
		struct calendar_day d = { .title = rows_dup(&r, 1), .working = rows_int(&r, 2) != 0 };
		if (calendar_day_parse(rows_text(&r, 0), &d.day))
			c->odd[c->nodd++] = d;
	}
	for (int i = 0, j = c->nodd - 1; i < j; i++, j--) {
		struct calendar_day d = c->odd[i];
		c->odd[i] = c->odd[j];
		c->odd[j] = d;
	}
	return rows_end(&r);
}

enum st calendar_load(struct req *rq, const char *name, int zone, struct calendar *out)
{
	*out = (struct calendar){ .name = name, .zone = zone };
	if (load_hours(rq, out) || load_days(rq, out))
		return rq->err.code;
	for (int i = 0; i < CALENDAR_WEEKDAYS; i++)
		if (out->nspans[i])
			return ST_OK;
	return out->nodd ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "no calendar is called \"%.40s\"", name);
}

static enum st fact(struct req *rq, const char *calendar, const char *verb, const char *payload)
{
	char *subject = arena_printf(rq->mem, "calendar:%s", calendar);
	return journal_append(rq, &(struct fact){ "work", subject, verb, payload, 0 });
}

static enum st check_name(struct req *rq, const char *name)
{
	size_t n = strlen(name);
	if (n && n <= NAME_BYTES && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == n)
		return ST_OK;
	return err_set(&rq->err, ST_INVALID, "calendar: 1 to %d letters a-z, digits and hyphens", NAME_BYTES);
}

enum st calendar_hours_set(struct req *rq, void *calendar_hours)
{
	struct calendar_hours *h = calendar_hours;
	if (permit(rq, MAY_SET_LADDER) || check_name(rq, h->calendar))
		return rq->err.code;
	if (h->weekday < 0 || h->weekday >= CALENDAR_WEEKDAYS || h->n < 0 || h->n > CALENDAR_SPANS)
		return err_set(&rq->err, ST_INVALID, "weekday: 0 (made-up days) or 1 (Monday) to 7 (Sunday)");
	if (sql_run(rq, "DELETE FROM work_hours WHERE calendar = $1 AND weekday = $2", V(h->calendar), V(h->weekday)))
		return rq->err.code;
	for (int i = 0; i < h->n; i++)
		if (sql_run(rq, "INSERT INTO work_hours(calendar, weekday, from_min, to_min) VALUES($1, $2, $3, $4)",
			    V(h->calendar), V(h->weekday), V(h->span[i].from), V(h->span[i].to)))
			return rq->err.code;
	return fact(rq, h->calendar, "hours-set",
		    arena_printf(rq->mem, "{\"weekday\":%d,\"hours\":\"%s\"}", h->weekday,
				 calendar_spans_text(rq->mem, h->span, h->n)));
}

static enum st put_day(struct req *rq, struct calendar_days *a, const struct calendar_day *d)
{
	int64_t changed = 0;
	char *day = calendar_day_text(rq->mem, d->day);
	enum st st;
	if (a->remove)
		st = sql_run_count(rq, &changed, "DELETE FROM work_holiday WHERE calendar = $1 AND day = $2",
				   V(a->calendar), V(day));
	else
		st = sql_run_count(rq, &changed,
				   "INSERT INTO work_holiday(calendar, day, title, working) VALUES($1, $2, $3, $4) ON "
				   "CONFLICT (calendar, day) DO UPDATE SET title = excluded.title, working = "
				   "excluded.working WHERE work_holiday.title <> excluded.title OR "
				   "work_holiday.working <> excluded.working",
				   V(a->calendar), V(day), V(d->title), V(d->working));
	if (st || !changed)
		return st;
	a->changed++;
	return fact(rq, a->calendar, a->remove ? "day-removed" : "day-set",
		    arena_printf(rq->mem, "{\"day\":\"%s\",\"working\":%s}", day, d->working ? "true" : "false"));
}

enum st calendar_days_set(struct req *rq, void *calendar_days)
{
	struct calendar_days *a = calendar_days;
	int64_t n = 0;
	a->changed = 0;
	if (permit(rq, MAY_SET_LADDER) || check_name(rq, a->calendar))
		return rq->err.code;
	for (int i = 0; i < a->n; i++) {
		const char *title = a->day[i].title ? a->day[i].title : "";
		size_t len = strlen(title);
		if (!a->remove && (!len || len > TITLE_MAX || !text_clean(title, len) || strpbrk(title, "\r\n\t")))
			return err_set(&rq->err, ST_INVALID, "%s: a title of 1 to %d bytes on one line is needed",
				       calendar_day_text(rq->mem, a->day[i].day), TITLE_MAX);
		if (put_day(rq, a, &a->day[i]))
			return rq->err.code;
	}
	if (a->remove && !a->changed)
		return err_set(&rq->err, ST_NOTFOUND, "calendar %s has no such day; `nicert calendar show` lists them",
			       a->calendar);
	if (sql_number(rq, &n, "SELECT count(*) FROM work_holiday WHERE calendar = $1", V(a->calendar)))
		return rq->err.code;
	return n <= CALENDAR_ODD_MAX ? ST_OK
				     : err_set(&rq->err, ST_LIMIT, "calendar %s: no more than %d days that differ",
					       a->calendar, CALENDAR_ODD_MAX);
}

/* ── from a file ── */

enum { COL_DATE, COL_TITLE, COL_WORKING, COLS };

static enum st day_of_line(struct arena *mem, char *line, const int *at, const char *where, struct calendar_day *out,
			   struct err *e)
{
	char *f[16];
	int n = csv_split(line, ',', f, 16);
	for (int i = 0; i < COLS; i++)
		if (at[i] >= n)
			return err_set(e, ST_INVALID, "%s: expected date,title,working", where);
	*out = (struct calendar_day){ .title = arena_strdup(mem, f[at[COL_TITLE]]) };
	if (!calendar_day_parse(f[at[COL_DATE]], &out->day))
		return err_set(e, ST_INVALID, "%s: %.40s is no date like 2026-10-10", where, f[at[COL_DATE]]);
	const char *w = f[at[COL_WORKING]];
	out->working = !strcmp(w, "yes") || !strcmp(w, "1");
	if (!out->working && strcmp(w, "no") != 0 && strcmp(w, "0") != 0)
		return err_set(e, ST_INVALID, "%s: working is yes or no, not %.40s", where, w);
	return ST_OK;
}

static enum st read_all(struct arena *mem, struct lines *l, const char *path, struct calendar_day *out, int *n,
			struct err *e)
{
	static const char *const columns[COLS] = { "date", "title", "working" };
	int at[COLS], got;
	char *line;
	size_t len;
	if ((got = lines_next(l, &line, &len, e)) < 1)
		return got ? e->code : err_set(e, ST_INVALID, "%s: the file is empty", path);
	if (csv_header(line, columns, COLS, at, e))
		return e->code;
	for (int i = 0; i < COLS; i++)
		if (at[i] < 0)
			return err_set(e, ST_INVALID, "%s: column %s is missing", path, columns[i]);
	while ((got = lines_next(l, &line, &len, e)) == 1) {
		char where[300];
		snprintf(where, sizeof where, "%.250s line %lld", path, (long long)lines_number(l));
		if (!len)
			continue;
		if (*n == CALENDAR_ODD_MAX)
			return err_set(e, ST_LIMIT, "%s: more than %d days", path, CALENDAR_ODD_MAX);
		if (day_of_line(mem, line, at, where, &out[(*n)++], e))
			return e->code;
	}
	return got ? e->code : ST_OK;
}

enum st calendar_read(struct arena *mem, const char *path, struct calendar_day **out, int *n, struct err *e)
{
	struct lines *l = lines_open(path, e);
	*n = 0;
	if (!l)
		return e->code;
	*out = arena_array(mem, struct calendar_day, CALENDAR_ODD_MAX);
	enum st st = read_all(mem, l, path, *out, n, e);
	lines_close(l);
	return st;
}
