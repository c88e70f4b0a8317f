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

enum st count_kappa(const int64_t *cell, int k, int *thousandths, struct err *e)
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
	wide num = (wide)total * diagonal - chance, den = (wide)total * total - chance;
	if (den == 0)
		return err_set(e, ST_NOTFOUND, "both coders used one code throughout: kappa is not defined");
	wide size = num < 0 ? -num : num;
	int q = (int)((2000 * size + den) / (2 * den));
	*thousandths = num < 0 ? -q : q;
	return ST_OK;
}
