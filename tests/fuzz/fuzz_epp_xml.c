/* A frame's XML: whatever is read as a command has all that its row promises, and its refusal renders as XML that reads
 * again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "front/epp/commands.h"
#include "front/epp/render.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct xml_reader *x;
	struct identity by = { .in = true, .handle = "clientx", .services = 0xffffffffu };
	if (n < 1 || n > 65536)
		return 0;
	if (!x)
		x = xml_reader_new();
	by.in = data[0] != 'l'; /* a login comes first */
	struct arena *mem = arena_new((size_t)16 << 20);
	struct command *c = arena_new_of(mem, struct command);
	struct out out;
	struct buf b = { .max = (size_t)4 << 20 };
	struct err e = { 0 };
	c->mem = mem;
	c->by = &by;
	bool good = command_read(c, x, (const char *)data + 1, n - 1);
	if (good == (c->why.code != 0) || (good && c->object && !c->row) ||
	    (good && c->row && c->row->flags & NEED_LOGIN && !by.in))
		abort();
	out_init(&out);
	out_reset(&out, c);
	answer_write(&b, &out, c, good ? ST_OK : ST_INVALID, &e, "123-456");
	if (b.bad || !xml_read(x, mem, b.p, b.n, &e))
		abort();
	out_free(&out);
	buf_free(&b);
	arena_free(mem);
	return 0;
}
