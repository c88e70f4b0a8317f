/* The text of a zone's policy: what is taken is within its bounds and without contradiction; what is not names a line.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "names/registry_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void check(const struct policy *p)
{
	must(p->term_min >= 1 && p->term_min <= p->term_max && p->term_max <= 10);
	must(p->ns_min >= 0 && p->ns_min <= p->ns_max && p->ns_max <= 13);
	must(p->expiry_grace >= 0 && p->release_spread >= 0 && p->transfer_wait >= 0);
	must(p->expiry != EXPIRY_SUSPEND || p->release_from >= p->expiry_grace);
	for (int g = 0; g < GRACES; g++)
		must(p->grace[g] >= 0);
	for (int i = 1; i < p->nlisted; i++)
		must(strcmp(p->listed[i - 1].key, p->listed[i].key) < 0);
	for (int i = 0; i < p->nholidays; i++)
		must(p->holiday[i].from < p->holiday[i].to && (!i || p->holiday[i - 1].to <= p->holiday[i].from));
	for (int i = 0; i < p->nprices; i++)
		must(p->price[i].price.amount >= 0 && strlen(p->price[i].price.currency) == 3);
	/* A span is never shortened by holidays, and order is kept. */
	int64_t a = life_after(p, 1800000000 * USEC, 86400 * USEC),
		b = life_after(p, 1800000000 * USEC, 2 * 86400 * USEC);
	must(a >= 1800086400 * USEC && b > a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *mem = arena_new((size_t)16 << 20);
	struct policy *p = arena_new_of(mem, struct policy);
	struct err e = { 0 };
	char *text = arena_dup(mem, data, n);
	if (policy_parse(mem, text, n, p, &e) == ST_OK)
		check(p);
	else
		must((e.code == ST_INVALID || e.code == ST_LIMIT) && e.msg[0]);
	arena_free(mem);
	return 0;
}
