/* Whatever is typed or mailed: parsing it never fails badly, a normal form is its own normal form, a scan keeps its
 * limit. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "intel/observable.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n > 20000)
		return 0;
	struct arena *mem = arena_new((size_t)64 << 20);
	char *text = arena_dup(mem, data, n);
	struct observable o, again, list[20];
	struct err e;
	if (obs_parse(mem, text, &o, &e) == ST_OK && strlen(o.value) <= OBS_LEN) {
		obs_harmless(&o, "cert.tw");
		if (obs_parse(mem, o.value, &again, &e) || again.kind != o.kind ||
		    (o.host && strcmp(again.host, o.host) != 0))
			abort();
	}
	int found = obs_scan(mem, text, list, 20);
	if (found < 0 || found > 20)
		abort();
	for (int i = 0; i < found; i++)
		if (!list[i].value || !list[i].given || strlen(list[i].given) > OBS_LEN)
			abort();
	arena_free(mem);
	return 0;
}
