/* Shares, differences, grids and what may be shown. Everything is a quotient of integers that is rounded in one place,
 * `quotient`. */
#include <stdio.h>
#include "voice/count.h"

typedef __int128 wide;

/* num / den, half away from zero; den > 0. With num >= 0 that is half up. */
static wide quotient(wide num, wide den)
{
	wide twice = num < 0 ? -2 * num : 2 * num;
	wide q = (twice + den) / (2 * den);
	return num < 0 ? -q : q;
}

static enum st share_check(struct share s, struct err *e)
{
	if (s.n < 0 || s.base < 0)
		return err_set(e, ST_INVALID, "%lld of %lld: counts are not negative", (long long)s.n,
			       (long long)s.base);
	if (s.base > COUNT_MAX || s.n > COUNT_MAX)
		return err_set(e, ST_LIMIT, N_("%lld of %lld: counts go up to %lld"), (long long)s.n, (long long)s.base,
			       COUNT_MAX);
	if (s.n > s.base)
		return err_set(e, ST_INVALID, N_("%lld of %lld: a part is not larger than its whole"), (long long)s.n,
			       (long long)s.base);
	if (s.base == 0)
		return err_set(e, ST_NOTFOUND, "a base of 0 has no share");
	return ST_OK;
}

enum st count_share(struct share s, int *tenths, struct err *e)
{
	enum st st = share_check(s, e);
	if (!st)
		*tenths = (int)quotient((wide)s.n * 1000, s.base);
	return st;
}

enum st count_difference(struct share now, struct share before, int *tenths, struct err *e)
{
	enum st st = share_check(now, e);
	if (!st)
		st = share_check(before, e);
	if (st)
		return st;
	wide num = (wide)now.n * before.base - (wide)before.n * now.base;
	*tenths = (int)quotient(num * 1000, (wide)now.base * before.base);
	return ST_OK;
}

enum st count_change(struct share now, const struct past *past, struct change *out, struct err *e)
{
	int tenths;
	if (past->counts.base != 0) {
		enum st st = count_difference(now, past->counts, &tenths, e);
		if (!st)
			*out = (struct change){ .tenths = tenths };
		return st;
	}
	if (past->tenths < 0 || past->tenths > 1000)
		return err_set(e, ST_INVALID, "%d tenths: last year's figure is 0.0 to 100.0 %%", past->tenths);
	enum st st = count_share(now, &tenths, e);
	if (!st)
		*out = (struct change){ .tenths = tenths - past->tenths, .rounded = true };
	return st;
}

enum st count_funnel(const struct funnel *f, int *opened, int *completion, struct err *e)
{
	int o, c;
	enum st st = count_share((struct share){ f->opened, f->invited }, &o, e);
	if (!st)
		st = count_share((struct share){ f->cleaned, f->invited }, &c, e);
	if (st)
		return st;
	if (opened)
		*opened = o;
	if (completion)
		*completion = c;
	return ST_OK;
}

/* ── grids ── */

static enum st grid_check(const struct grid *g, struct err *e)
{
	wide base = 0;
	for (int i = 0; i < GRID_POINTS; i++) {
		if (g->n[i] < 0)
			return err_set(e, ST_INVALID, "answer %d: counts are not negative", i + 1);
		base += g->n[i];
	}
	if (base > COUNT_MAX)
		return err_set(e, ST_LIMIT, "answers go up to %lld", COUNT_MAX);
	return base ? ST_OK : err_set(e, ST_NOTFOUND, "nobody answered");
}

enum st count_grid_sample(const struct grid *g, struct sample *out, struct err *e)
{
	enum st st = grid_check(g, e);
	if (st)
		return st;
	*out = (struct sample){ 0 };
	for (int i = 0; i < GRID_POINTS; i++) {
		out->n += g->n[i];
		out->sum += g->n[i] * (i + 1);
		out->squares += g->n[i] * (i + 1) * (i + 1);
	}
	return ST_OK;
}

enum st count_grid(const struct grid *g, struct grid_figures *out, struct err *e)
{
	struct sample s;
	enum st st = count_grid_sample(g, &s, e);
	if (!st)
		*out = (struct grid_figures){ .top = { g->n[3] + g->n[4], s.n },
					      .bottom = { g->n[0] + g->n[1], s.n },
					      .sum = s.sum,
					      .base = s.n };
	return st;
}

enum st count_decimal(int64_t num, int64_t den, int digits, char out[COUNT_TEXT], struct err *e)
{
	int64_t unit = 1;
	if (den < 0 || digits < 0 || digits > COUNT_DIGITS_MAX)
		return err_set(e, ST_INVALID, "%lld with %d decimals: expected a base and 0 to %d decimals",
			       (long long)den, digits, COUNT_DIGITS_MAX);
	if (den == 0)
		return err_set(e, ST_NOTFOUND, "a base of 0 has no mean");
	for (int i = 0; i < digits; i++)
		unit *= 10;
	wide q = quotient((wide)num * unit, den), size = q < 0 ? -q : q;
	if (size > INT64_MAX)
		return err_set(e, ST_LIMIT, "a mean this large can't be printed");
	const char *sign = q < 0 ? "-" : "";
	if (digits)
		snprintf(out, COUNT_TEXT, "%s%lld.%0*lld", sign, (long long)(size / unit), digits,
			 (long long)(size % unit));
	else
		snprintf(out, COUNT_TEXT, "%s%lld", sign, (long long)size);
	return ST_OK;
}

void count_tenths_text(int tenths, bool sign, char out[COUNT_TEXT])
{
	int64_t size = tenths < 0 ? -(int64_t)tenths : tenths;
	const char *mark = tenths < 0 ? "-" : sign && tenths > 0 ? "+" : "";
	snprintf(out, COUNT_TEXT, "%s%lld.%d", mark, (long long)(size / 10), (int)(size % 10));
}

bool count_tenths_parse(const char *text, int *tenths)
{
	int v = 0, n = 0;
	for (; text[n] >= '0' && text[n] <= '9' && n < 4; n++)
		v = 10 * v + text[n] - '0';
	if (!n || n > 3 || text[n] != '.' || text[n + 1] < '0' || text[n + 1] > '9' || text[n + 2])
		return false;
	v = 10 * v + text[n + 1] - '0';
	if (v <= 1000)
		*tenths = v;
	return v <= 1000;
}

/* ── what may be shown, and what is possible ── */

static const struct {
	int64_t below;
	enum base_mark mark;
	const char *name;
} marks[] = {
	{ COUNT_BASE_SHOWN, BASE_HIDDEN, "hidden" },
	{ COUNT_BASE_SMALL, BASE_SMALL, "small" },
	{ INT64_MAX, BASE_ENOUGH, "enough" },
};
enum { MARKS = sizeof marks / sizeof *marks };

enum base_mark count_mark(int64_t base)
{
	int i = 0;
	while (i < MARKS - 1 && base >= marks[i].below)
		i++;
	return marks[i].mark;
}

const char *count_mark_name(enum base_mark m)
{
	int i = 0;
	while (i < MARKS - 1 && marks[i].mark != m)
		i++;
	return marks[i].name;
}

/* A count n prints as v (of `whole` for 100 %) where (2v − 1) base <= 2 whole n < (2v + 1) base. */
bool count_possible(struct claim c, int64_t base, int64_t *from, int64_t *to)
{
	wide whole = 100;
	if (c.digits < 0 || c.digits > 3)
		return false;
	for (int i = 0; i < c.digits; i++)
		whole *= 10;
	if (base <= 0 || base > COUNT_MAX || c.value < 0 || c.value > whole)
		return false;
	wide low = (2 * (wide)c.value - 1) * base, high = (2 * (wide)c.value + 1) * base, unit = 2 * whole;
	wide first = low <= 0 ? 0 : (low + unit - 1) / unit, last = (high + unit - 1) / unit - 1;
	if (last > base)
		last = base;
	if (first > last)
		return false;
	*from = (int64_t)first;
	*to = (int64_t)last;
	return true;
}
