/* Registered names as CSV: a header, then lines. What is taken is a domain name in its one form, with fields that are
 * clean text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "names/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void check(const struct name *x)
{
	must(x->name[0] && strlen(x->name) <= 253 && strchr(x->name, '.'));
	must(strcmp(strrchr(x->name, '.') + 1, x->zone) == 0);
	for (const char *p = x->name; *p; p++)
		must((unsigned char)*p < 0x80 && !(*p >= 'A' && *p <= 'Z'));
	must(text_clean(x->holder, strlen(x->holder)) && text_clean(x->sponsor, strlen(x->sponsor)));
	must(strlen(x->country) == 0 || strlen(x->country) == 2);
	must(x->from_record == (x->registered != TIME_NONE));
	for (const char *p = x->nameservers; *p; p++)
		must((unsigned char)*p < 0x80);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *mem = arena_new(1 << 20);
	char *text = arena_dup(mem, data, n), *line;
	struct name_columns cols;
	struct err e;
	line = strsep(&text, "\n");
	if (names_header(line, &cols, &e) == ST_OK)
		while ((line = strsep(&text, "\n"))) {
			struct name x;
			if (names_parse(mem, line, &cols, &x, &e) == ST_OK)
				check(&x);
			else
				must(e.code == ST_INVALID && e.msg[0]);
		}
	arena_free(mem);
	return 0;
}
