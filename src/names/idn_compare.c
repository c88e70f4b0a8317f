/* Two tables side by side: what they say differently of code points that both take. */
#include <stdio.h>
#include <string.h>
#include "names/idn_int.h"

static const char *const kinds[] = {
	[VARIANT_BLOCKED] = "blocked",
	[VARIANT_SIMPLIFIED] = "allocatable as simplified",
	[VARIANT_TRADITIONAL] = "allocatable as traditional",
	[VARIANT_BOTH] = "allocatable",
};

struct telling {
	void (*say)(void *, const char *);
	void *ctx;
	int n;
};

static void tell(struct telling *w, uint32_t cp, uint32_t v, const char *a, const char *b)
{
	char x[24], y[24], text[200];
	snprintf(text, sizeof text, "%s, variant %s: %s in the first table, %s in the second", cp_text(x, cp),
		 cp_text(y, v), a, b);
	if (w->say)
		w->say(w->ctx, text);
	w->n++;
}

/* Both slices ascend: one walk. A variant that the other table doesn't take at all is no difference of opinion. */
static void one_cp(struct telling *w, const struct idntable *a, const struct idntable *b, uint32_t cp)
{
	const struct idn_variant *x, *y;
	int nx = idntable_variants(a, cp, &x), ny = idntable_variants(b, cp, &y), i = 0, k = 0;
	while (i < nx || k < ny) {
		bool in_a = i < nx && (k == ny || x[i].cp <= y[k].cp), in_b = k < ny && (i == nx || y[k].cp <= x[i].cp);
		uint32_t v = in_a ? x[i].cp : y[k].cp;
		bool both = idntable_has(a, v) && idntable_has(b, v);
		const char *ka = in_a ? kinds[x[i].kind] : "no variant", *kb = in_b ? kinds[y[k].kind] : "no variant";
		if (both && strcmp(ka, kb) != 0)
			tell(w, cp, v, ka, kb);
		i += in_a;
		k += in_b;
	}
}

int idntable_compare(const struct idntable *a, const struct idntable *b, void (*say)(void *, const char *), void *ctx)
{
	struct telling w = { say, ctx, 0 };
	for (int i = 0; i < a->n; i++)
		if (a->row[i].in && idntable_has(b, a->cp[i]))
			one_cp(&w, a, b, a->cp[i]);
	return w.n;
}
