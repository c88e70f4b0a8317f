/* Deposits read back. What is taken has as many objects as its header says, each with a key and a text within its cap.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "names/rde.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool ok)
{
	if (!ok)
		abort();
}

struct piece {
	const uint8_t *p;
	size_t n;
};

/* In small bites, so that what is split is seen too. */
static long bite(void *ctx, char *to, size_t room, struct err *e)
{
	struct piece *s = ctx;
	size_t n = s->n < 61 ? s->n : 61;
	n = n < room ? n : room;
	memcpy(to, s->p, n);
	s->p += n;
	s->n -= n;
	return (long)n;
}

static enum st found(void *ctx, const struct rde_object *o, struct err *e)
{
	struct rde_counts *seen = ctx;
	must(o->kind >= 0 && o->kind < RDE_KINDS && strlen(o->key) < sizeof o->key);
	must(o->n > 0 && o->n <= RDE_OBJECT_BYTES && strlen(o->text) == o->n && utf8_valid(o->text, o->n));
	seen->n[o->kind]++;
	return ST_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *mem = arena_new(1 << 20);
	struct piece s = { data, n };
	struct rde_counts seen = { { 0 } };
	struct rde_deposit d = { 0 };
	struct err e = { 0 };
	if (rde_read(bite, &s, found, &seen, &d, mem, &e) == ST_OK) {
		must(d.zone && *d.id && !memcmp(&d.counts, &seen, sizeof seen));
	} else {
		must(e.code == ST_INVALID && e.msg[0]);
	}
	arena_free(mem);
	return 0;
}
