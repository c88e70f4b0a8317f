/* Members of an RDAP search: `sort` takes only what its asker may see, a cursor is what was given out, a pattern has a
 * bounded part to look for. Lines of the input: sort, cursor, pattern. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "front/rdap/rdap_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void refused(const struct err *e)
{
	must(e->code == ST_INVALID && text_clean(e->msg, strlen(e->msg)) && e->msg[0]);
}

static void sort(struct arena *mem, const char *want, enum look_kind kind, enum look_level level)
{
	struct look_search q = { .kind = kind };
	struct err e = { 0 };
	if (rdap_sort_read(mem, want, level, &q, &e)) {
		refused(&e);
		return;
	}
	must(q.nsort >= 1 && q.nsort <= SEARCH_SORTS);
	const char *p = want;
	for (int i = 0; i < q.nsort; i++) {
		const struct look_sort *by = q.sort[i].by;
		size_t n = strlen(by->name);
		must(by->kind == kind && by->least <= level && !strncmp(p, by->name, n));
		must(q.sort[i].down == !strncmp(p + n, ":d", 2));
		p += strcspn(p, ",");
		p += *p == ',';
	}
	must(!*p);
}

static void cursor(struct arena *mem, const char *text)
{
	struct look_search q = { 0 }, again = { 0 };
	struct err e = { 0 };
	if (rdap_cursor_read(mem, text, &q, &e)) {
		refused(&e);
		must(!q.after);
		return;
	}
	must(q.after && *q.after && utf8_valid(q.after, strlen(q.after)) && 2 * strlen(q.after) == strlen(text));
	must(!rdap_cursor_read(mem, hex_encode(mem, q.after, strlen(q.after)), &again, &e));
	must(!strcmp(q.after, again.after));
}

static void pattern(struct arena *mem, const char *text)
{
	struct err e = { 0 };
	char *stem, *rest;
	bool star;
	if (search_pattern(mem, text, &stem, &rest, &star, &e)) {
		refused(&e);
		return;
	}
	must(strlen(stem) + star + strlen(rest) == strlen(text) && (!star || strlen(stem) >= SEARCH_LEAST));
	must(!*rest || *rest == '.');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 4096)
		return 0;
	struct arena *mem = arena_new(4 << 20);
	char *text = arena_dup(mem, data, size), *want = strsep(&text, "\n"), *after = strsep(&text, "\n");
	for (int kind = 0; kind < LOOK_KINDS; kind++)
		for (int level = 0; level < LEVELS; level++)
			sort(mem, want, (enum look_kind)kind, (enum look_level)level);
	cursor(mem, after ? after : want);
	pattern(mem, text ? text : want);
	arena_free(mem);
	return 0;
}
