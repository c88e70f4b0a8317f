/* Domain names in any form: what is taken is lower-case A-labels within the limits, and its own normal form; what is
 * shown to people leads back to it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/idn.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void check(struct arena *mem, const char *name, bool single)
{
	struct err e = { 0 };
	size_t label = 0;
	must(*name && strlen(name) <= 253);
	for (const char *p = name; *p; p++) {
		unsigned char c = (unsigned char)*p;
		must(c > 0x20 && c < 0x7f && !(c >= 'A' && c <= 'Z'));
		label = c == '.' ? 0 : label + 1;
		must(label <= 63 && (c != '.' || (p > name && p[-1] != '.')));
	}
	must(label > 0 && (single || strchr(name, '.')));
	char *again = name_ascii(mem, name, single, &e);
	must(again && strcmp(again, name) == 0);
	char *shown = name_unicode(mem, name);
	must(shown && utf8_valid(shown, strlen(shown)));
	char *back = name_ascii(mem, shown, single, &e);
	must(!back || strcmp(back, name) == 0);
	must(name_labels(name) >= 1 && name_tld(name));
	name_is_suffix(name);
	const char *cut = name_registrable(name);
	must(!cut || (cut >= name && cut <= name + strlen(name)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n > 4096)
		return 0;
	struct arena *mem = arena_new(1 << 20);
	struct err e = { 0 };
	char *s = arena_dup(mem, data, n);
	for (int single = 0; single < 2; single++) {
		char *name = name_ascii(mem, s, single, &e);
		if (name)
			check(mem, name, single);
		else
			must(e.msg[0]);
	}
	arena_free(mem);
	return 0;
}
