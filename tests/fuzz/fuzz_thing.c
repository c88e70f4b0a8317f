/* What somebody asks about (a name, address, prefix, AS number, URL): its normal form is its own normal form. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "holder/holder_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n > 8192)
		return 0;
	struct arena *mem = arena_new((size_t)16 << 20);
	char *text = arena_dup(mem, data, n);
	struct thing t = { 0 }, again = { 0 };
	struct err e = { 0 };
	if (thing_parse(mem, text, &t, &e)) {
		must(e.msg[0]);
	} else {
		must(t.about == THING_NAME || t.about == THING_ADDR || t.about == THING_PREFIX || t.about == THING_ASN);
		must(!thing_parse(mem, t.text, &again, &e));
		must(again.about == t.about && !strcmp(again.text, t.text));
	}
	arena_free(mem);
	return 0;
}
