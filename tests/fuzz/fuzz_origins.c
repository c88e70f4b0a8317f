/* Prefixes and ranges with their origin, line by line. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "routes/origin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *mem = arena_new(1 << 20);
	char *text = arena_dup(mem, data, n), *line;
	while ((line = strsep(&text, "\n"))) {
		struct err e = { 0 };
		struct origin o;
		if (origin_parse(mem, line, &o, &e) == ST_OK) {
			must(o.range.first.family == o.range.last.family &&
			     addr_cmp(&o.range.first, &o.range.last) <= 0);
			must(text_clean(o.name, strlen(o.name)));
		} else {
			must(e.code == ST_INVALID && e.msg[0]);
		}
	}
	arena_free(mem);
	return 0;
}
