/* Wilson's interval and two tests: what needs a square root, in double. */
#include <math.h>
#include "voice/count.h"

static enum st share_ok(struct share s, struct err *e)
{
	int ignored;
	return count_share(s, &ignored, e);
}

enum st count_wilson(struct share s, struct interval *out, struct err *e)
{
	enum st st = share_ok(s, e);
	if (st)
		return st;
	double n = (double)s.base, p = (double)s.n / n, zz = COUNT_Z95 * COUNT_Z95;
	double middle = (p + zz / (2 * n)) / (1 + zz / n);
	double half = COUNT_Z95 / (1 + zz / n) * sqrt(p * (1 - p) / n + zz / (4 * n * n));
	/* At the ends the bound is exactly 0 or 1; subtraction would leave dust. */
	out->lo = s.n == 0 ? 0 : fmax(0, middle - half);
	out->hi = s.n == s.base ? 1 : fmin(1, middle + half);
	return ST_OK;
}

int count_interval_tenths(double share)
{
	return (int)floor(share * 1000 + 0.5);
}

enum st count_two_shares(struct share a, struct share b, struct chance *out, struct err *e)
{
	enum st st = share_ok(a, e);
	if (!st)
		st = share_ok(b, e);
	if (st)
		return st;
	*out = (struct chance){ .p = 1 };
	if ((a.n == 0 && b.n == 0) || (a.n == a.base && b.n == b.base))
		return ST_OK;
	double na = (double)a.base, nb = (double)b.base;
	double pooled = (double)(a.n + b.n) / (na + nb);
	out->stat = ((double)a.n / na - (double)b.n / nb) / sqrt(pooled * (1 - pooled) * (1 / na + 1 / nb));
	out->p = erfc(fabs(out->stat) / sqrt(2));
	out->significant = out->p < COUNT_P_LIMIT;
	return ST_OK;
}

/* ── Student's t ── */

enum { FRACTION_STEPS = 500 };

/* The continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method. */
static double beta_fraction(double a, double b, double x)
{
	const double tiny = 1e-300;
	double c = 1, d = 1 - (a + b) * x / (a + 1);
	d = 1 / (fabs(d) < tiny ? tiny : d);
	double f = d;
	for (int m = 1; m < FRACTION_STEPS; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		for (int i = 0; i < 2; i++) {
			double k = i ? odd : even;
			d = 1 + k * d;
			c = 1 + k / c;
			d = 1 / (fabs(d) < tiny ? tiny : d);
			c = fabs(c) < tiny ? tiny : c;
			f *= c * d;
		}
		if (fabs(c * d - 1) < 1e-14)
			break;
	}
	return f;
}

static double beta_part(double a, double b, double x)
{
	int sign;
	if (x <= 0 || x >= 1)
		return x <= 0 ? 0 : 1;
	double front =
		exp(lgamma_r(a + b, &sign) - lgamma_r(a, &sign) - lgamma_r(b, &sign) + a * log(x) + b * log1p(-x));
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a;
	return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

/* From here on the normal distribution agrees to every digit that matters, and the fraction would take long. */
#define DF_NORMAL 1e6

static double two_sided(double t, double df)
{
	return df > DF_NORMAL ? erfc(fabs(t) / sqrt(2)) : beta_part(df / 2, 0.5, df / (df + t * t));
}

/* Mean, and variance of the mean; the sum of squared deviations is exact before it becomes a double. */
static enum st moments(const struct sample *s, double *mean, double *variance, struct err *e)
{
	if (s->n > COUNT_MAX || s->squares < 0)
		return err_set(e, ST_LIMIT, "answers go up to %lld", COUNT_MAX);
	if (s->n < 2)
		return err_set(e, ST_NOTFOUND, "a difference of means takes two answers on each side");
	__int128 spread = (__int128)s->n * s->squares - (__int128)s->sum * s->sum;
	if (spread < 0)
		return err_set(e, ST_INVALID, "the sum of squares is smaller than scores with this sum have");
	double n = (double)s->n;
	*mean = (double)s->sum / n;
	*variance = (double)spread / (n * (n - 1)) / n;
	return ST_OK;
}

enum st count_two_means(const struct sample *a, const struct sample *b, struct chance *out, struct err *e)
{
	double mean_a, mean_b, va, vb;
	enum st st = moments(a, &mean_a, &va, e);
	if (!st)
		st = moments(b, &mean_b, &vb, e);
	if (st)
		return st;
	*out = (struct chance){ .p = 1 };
	if (va == 0 && vb == 0) {
		bool same = (__int128)a->sum * b->n == (__int128)b->sum * a->n;
		out->stat = same ? 0 : mean_a > mean_b ? INFINITY : -INFINITY;
		out->p = same ? 1 : 0;
	} else {
		out->stat = (mean_a - mean_b) / sqrt(va + vb);
		out->df = (va + vb) * (va + vb) / (va * va / (double)(a->n - 1) + vb * vb / (double)(b->n - 1));
		out->p = two_sided(out->stat, out->df);
	}
	out->significant = out->p < COUNT_P_LIMIT;
	return ST_OK;
}
