/* Warning lists from anywhere: read within bounds; items are in order, each once, and of a kind that can be looked up.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "intel/warnlist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n > 20000)
		return 0;
	struct arena *mem = arena_new((size_t)64 << 20);
	struct warnlist l;
	struct err e = { 0 };
	char *text = arena_dup(mem, data, n);
	if (warnlist_parse(mem, text, n, &l, &e) == ST_OK) {
		for (int i = 0; i < l.n; i++)
			if (!strchr("hsc", l.item[i][0]) || (i && strcmp(l.item[i - 1], l.item[i]) >= 0))
				abort();
	} else if (!*e.msg) {
		abort();
	}
	arena_free(mem);
	return 0;
}
