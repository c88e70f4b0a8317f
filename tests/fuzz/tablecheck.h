/* tablecheck.h — what must hold of every IDN table, whatever it was read from: sets say the same of themselves from
 * each member, and labels can be asked. */
#ifndef FUZZ_TABLECHECK_H
#define FUZZ_TABLECHECK_H
#include <stdlib.h>
#include <string.h>
#include "names/idntable.h"

typedef enum st (*table_loader)(const char *text, size_t n, struct idntable **out, struct err *e);

static inline void must(bool ok)
{
	if (!ok)
		abort();
}

static inline void check(const struct idntable *t, uint32_t cp)
{
	const struct idn_variant *v, *w;
	int n = idntable_variants(t, cp, &v);
	char key[256], first[256];
	idntable_key(t, &cp, 1, first);
	for (int i = 0; i < n; i++) {
		idntable_key(t, &v[i].cp, 1, key);
		must(idntable_variants(t, v[i].cp, &w) == n && strcmp(key, first) == 0);
		must(v[i].kind == VARIANT_BLOCKED || idntable_has(t, v[i].cp));
	}
}

static inline void ask(const struct idntable *t)
{
	static const uint32_t labels[][6] = { { 'a', '-', 'b' },
					      { 0x9f8d, 0x9f99, 'a' },
					      { 0x61, 0x62, 0x63, 0x64, 0x65, 0x66 } };
	struct arena *mem = arena_new(1 << 20);
	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
		char *out[BUNDLE_MAX], key[256], other[256];
		struct err e;
		double total;
		bool more;
		int n = labels[i][3] ? 6 : 3;
		must(idntable_label(t, labels[i], n, &e) == ST_OK || e.code == ST_INVALID);
		idntable_key(t, labels[i], n, key);
		must(strlen(key) >= (size_t)n && strlen(key) < sizeof other);
		must(idntable_allocatable(t, mem, labels[i], n, out, BUNDLE_MAX, &total, &more) <= BUNDLE_MAX &&
		     total >= 0);
	}
	arena_free(mem);
}

/* Reads the input as a table; what is taken must be sound. */
static inline int table_check(table_loader load, const uint8_t *data, size_t n)
{
	struct idntable *t = NULL;
	struct err e = { 0 };
	if (load((const char *)data, n, &t, &e)) {
		must(!t && e.msg[0]);
		return 0;
	}
	for (uint32_t cp = 0; cp < 0x300; cp++)
		check(t, cp);
	for (uint32_t cp = 0x4e00; cp < 0xa000; cp++)
		check(t, cp);
	ask(t);
	must(idntable_compare(t, t, NULL, NULL) == 0);
	idntable_free(t);
	return 0;
}

#endif
