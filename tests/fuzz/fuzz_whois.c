/* The WHOIS query line, and what a search box or pattern is taken for. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "front/whois/whois.h"
#include "lookup/lookup_int.h"
#include "lookup/search.h"

static void must(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 2048)
		return 0;
	struct arena *a = arena_new(1 << 20);
	struct err e = { 0 };
	enum look_kind kind;
	char *what, *stem, *rest;
	bool help, star;
	char *line = arena_dup(a, data, size);
	if (whois_parse(a, line, &kind, &what, &help, &e) == ST_OK) {
		must(kind < LOOK_KINDS && utf8_valid(what, strlen(what)));
		must(help || !strpbrk(what, "\r\n") || strlen(line) > 0);
	} else {
		must(*e.msg != 0);
	}
	must(look_guess(line) < LOOK_KINDS);
	if (search_pattern(a, line, &stem, &rest, &star, &e) == ST_OK)
		must(!strchr(stem, '*') && !strchr(rest, '*') && (!star || strlen(stem) >= SEARCH_LEAST));
	arena_free(a);
	return 0;
}
