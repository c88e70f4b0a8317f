/* Mail with PGP in it: what is found lies within the message or in the arena, and the message without it can be read. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "front/mailin/mailin_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static uint8_t sum(const char *p, size_t n)
{
	uint8_t s = 0;
	for (size_t i = 0; i < n; i++)
		s = (uint8_t)(s + (uint8_t)p[i]);
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *mem = arena_new(MAIL_ARENA);
	BUF_SCOPE out = { .max = 4 << 20 };
	struct pgp_part at;
	struct mime m;
	char *copy = malloc(n + 1); /* its end is where the sanitizer looks */
	memcpy(copy, data, n);
	pgp_find(mem, copy, n, &at);
	must(at.kind || (!at.p && !at.sig));
	volatile uint8_t all = (uint8_t)(sum(at.p, at.n) + sum(at.sig, at.sign)); /* every byte can be read */
	(void)all;
	must(!at.from || (at.from >= copy && at.from <= at.to && at.to <= copy + n));
	must(at.n <= n && at.sign <= n);
	if (at.kind) {
		pgp_splice(mem, copy, n, &at, at.p, at.n, &out);
		must(!out.bad && out.n <= 2 * n + 65536);
		mime_read(mem, buf_cstr(&out), out.n, &m);
		must(m.n > 0);
	}
	free(copy);
	must(!arena_over(mem));
	arena_free(mem);
	return 0;
}
