/* Means of several items. The unweighted one adds n/base over items whose bases have no common factor as a rule, so
 * the common denominator outgrows 128 bits after a few items. Numerator and denominator are therefore long numbers that
 * are only ever multiplied by a count; the division at the end has a quotient of at most 1000, found by halving. */
#include <string.h>
#include "voice/count.h"

typedef unsigned __int128 wide;
#define LIMB_BITS 64

struct natural {
	uint64_t *limb; /* lowest first; limb[n - 1] is not 0 */
	int n;
};

static struct natural natural_new(struct arena *mem, int limbs, uint64_t value)
{
	struct natural a = { arena_array(mem, uint64_t, limbs), value != 0 };
	a.limb[0] = value;
	return a;
}

/* a = a × by */
static void natural_mul(struct natural *a, uint64_t by)
{
	uint64_t carry = 0;
	for (int i = 0; i < a->n; i++) {
		wide w = (wide)a->limb[i] * by + carry;
		a->limb[i] = (uint64_t)w;
		carry = (uint64_t)(w >> LIMB_BITS);
	}
	if (carry)
		a->limb[a->n++] = carry;
	while (a->n > 0 && a->limb[a->n - 1] == 0)
		a->n--;
}

/* a = a + b × by. A limb past a->n may hold what a larger number left there. */
static void natural_add(struct natural *a, const struct natural *b, uint64_t by)
{
	uint64_t carry = 0;
	int n = a->n > b->n ? a->n : b->n;
	for (int i = 0; i < n; i++) {
		wide w = (wide)(i < b->n ? b->limb[i] : 0) * by + (i < a->n ? a->limb[i] : 0) + carry;
		a->limb[i] = (uint64_t)w;
		carry = (uint64_t)(w >> LIMB_BITS);
	}
	a->n = n;
	if (carry)
		a->limb[a->n++] = carry;
	while (a->n > 0 && a->limb[a->n - 1] == 0)
		a->n--;
}

static int natural_compare(const struct natural *a, const struct natural *b)
{
	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	for (int i = a->n - 1; i >= 0; i--)
		if (a->limb[i] != b->limb[i])
			return a->limb[i] < b->limb[i] ? -1 : 1;
	return 0;
}

/* The largest q up to `most` with den × q <= num. `spare` is room for a product. */
static int natural_quotient(const struct natural *num, const struct natural *den, int most, struct natural *spare)
{
	int low = 0, high = most;
	while (low < high) {
		int middle = (low + high + 1) / 2;
		memcpy(spare->limb, den->limb, sizeof *den->limb * (size_t)den->n);
		spare->n = den->n;
		natural_mul(spare, (uint64_t)middle);
		if (natural_compare(spare, num) <= 0)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

static enum st items_check(const struct share *s, int n, struct err *e)
{
	int ignored;
	if (n > COUNT_ITEMS_MAX)
		return err_set(e, ST_LIMIT, "%d items: a mean takes up to %d", n, COUNT_ITEMS_MAX);
	for (int i = 0; i < n; i++) {
		enum st st = s[i].base || s[i].n ? count_share(s[i], &ignored, e) : ST_OK;
		if (st)
			return st;
	}
	return n > 0 ? ST_OK : err_set(e, ST_NOTFOUND, "no items: there is no mean");
}

enum st count_mean_unweighted(struct arena *mem, const struct share *s, int n, int *tenths, struct err *e)
{
	enum st st = items_check(s, n, e);
	if (st)
		return st;
	for (int i = 0; i < n; i++)
		if (s[i].base == 0)
			return err_set(e, ST_NOTFOUND, "item %d: a base of 0 has no share", i + 1);
	/* A base has at most 40 bits, so each item lengthens by less than a limb. */
	int limbs = n + 4;
	struct natural num = natural_new(mem, limbs, 0), den = natural_new(mem, limbs, 1),
		       spare = natural_new(mem, limbs, 0);
	for (int i = 0; i < n; i++) {
		natural_mul(&num, (uint64_t)s[i].base);
		natural_add(&num, &den, (uint64_t)s[i].n);
		natural_mul(&den, (uint64_t)s[i].base);
	}
	/* Half up: floor((2 × 1000 num + n den) / (2 n den)). */
	natural_mul(&num, 2000);
	natural_add(&num, &den, (uint64_t)n);
	natural_mul(&den, 2 * (uint64_t)n);
	*tenths = natural_quotient(&num, &den, 1000, &spare);
	return ST_OK;
}

enum st count_mean_weighted(const struct share *s, int n, int *tenths, struct err *e)
{
	struct share all = { 0 };
	enum st st = items_check(s, n, e);
	if (st)
		return st;
	for (int i = 0; i < n; i++) { /* 4096 × 10^12 is far from 2^63 */
		all.n += s[i].n;
		all.base += s[i].base;
	}
	if (all.base == 0)
		return err_set(e, ST_NOTFOUND, "nobody was asked: there is no mean");
	/* Half up. The sums may be over COUNT_MAX, which is for one item. */
	*tenths = (int)((2000 * (wide)all.n + (wide)all.base) / (2 * (wide)all.base));
	return ST_OK;
}
