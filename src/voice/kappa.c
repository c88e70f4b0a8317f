/* Cohen's kappa: (observed − expected) / (1 − expected), brought to one quotient of integers:
 * (N × diagonal − sum of row × column) / (N² − sum of row × column). */
#include "voice/count.h"

typedef __int128 wide;

static enum st total_of(const int64_t *cell, int k, int64_t *total, struct err *e)
{
	*total = 0;
	if (k < 1 || k > KAPPA_MAX)
		return err_set(e, ST_LIMIT, "%d codes: kappa takes 1 to %d", k, KAPPA_MAX);
	for (int i = 0; i < k * k; i++) {
		if (cell[i] < 0)
			return err_set(e, ST_INVALID, "row %d, column %d: counts are not negative", i / k + 1,
				       i % k + 1);
		if (cell[i] > COUNT_MAX - *total)
			return err_set(e, ST_LIMIT, "coded texts go up to %lld", COUNT_MAX);
		*total += cell[i];
	}
	return *total ? ST_OK : err_set(e, ST_NOTFOUND, "nothing was coded");
}

/* Both parts of the quotient, times N². */
struct parts {
	wide num, den;
};

static enum st parts_of(const int64_t *cell, int k, struct parts *out, struct err *e)
{
	int64_t total, diagonal = 0;
	wide chance = 0;
	enum st st = total_of(cell, k, &total, e);
	if (st)
		return st;
	for (int i = 0; i < k; i++) {
		int64_t row = 0, column = 0;
		for (int j = 0; j < k; j++) {
			row += cell[i * k + j];
			column += cell[j * k + i];
		}
		diagonal += cell[i * k + i];
		chance += (wide)row * column;
	}
	*out = (struct parts){ (wide)total * diagonal - chance, (wide)total * total - chance };
	return ST_OK;
}

static enum st quotient(struct parts p, int *thousandths, struct err *e)
{
	if (p.den == 0)
		return err_set(e, ST_NOTFOUND, "both coders used one code throughout: kappa is not defined");
	wide size = p.num < 0 ? -p.num : p.num;
	int q = (int)((2000 * size + p.den) / (2 * p.den));
	*thousandths = p.num < 0 ? -q : q;
	return ST_OK;
}

enum st count_kappa(const int64_t *cell, int k, int *thousandths, struct err *e)
{
	struct parts p;
	enum st st = parts_of(cell, k, &p, e);
	return st ? st : quotient(p, thousandths, e);
}

/* With the same N in every table, the mean of the observed agreements less the mean of the expected ones, over 1 less
 * that mean, is the sum of the numerators over the sum of the denominators. */
enum st count_kappa_pooled(const int64_t (*cell)[4], int tables, int *thousandths, struct err *e)
{
	struct parts sum = { 0 };
	if (tables < 1 || tables > KAPPA_MAX)
		return err_set(e, ST_LIMIT, "%d codes: kappa takes 1 to %d", tables, KAPPA_MAX);
	for (int i = 0; i < tables; i++) {
		struct parts p;
		enum st st = parts_of(cell[i], 2, &p, e);
		if (st)
			return st;
		sum.num += p.num;
		sum.den += p.den;
	}
	return quotient(sum, thousandths, e);
}
