#include <string.h>
#include "base/bytes.h"
#include "base/text.h"
#include "numbers/bins.h"

static struct bin bin_put(const struct prefix *p, uint8_t tag)
{
	struct bin bin = { .n = 0 };
	size_t width = p->a.family == 4 ? 4 : 16;
	bin.b[0] = tag;
	memcpy(bin.b + 1, p->a.b, width);
	bin.b[1 + width] = p->len;
	bin.n = width + 2;
	return bin;
}

struct bin bin_of(const struct range *r, uint8_t tag)
{
	struct prefix p = range_bin(r);
	return bin_put(&p, tag);
}

bool bins_around(const struct addr *a, uint8_t tag, int group, struct bin bins[BIN_GROUP], struct val v[BIN_GROUP])
{
	int len = addr_bits(a) - group * BIN_GROUP;
	if (len < 0)
		return false;
	for (int i = 0; i < BIN_GROUP; i++, len--) {
		struct prefix p = prefix_of(a, len < 0 ? 0 : len);
		bins[i] = bin_put(&p, tag);
		v[i] = len < 0 ? V_NULL : V_BLOB(bins[i].b, bins[i].n);
	}
	return true;
}

/* last − first, as 16 bytes. */
static void range_size(const struct range *r, uint8_t out[16])
{
	int borrow = 0;
	for (int i = 15; i >= 0; i--) {
		int d = r->last.b[i] - r->first.b[i] - borrow;
		borrow = d < 0;
		out[i] = (uint8_t)d;
	}
}

bool range_smaller(const struct range *a, const struct range *b)
{
	uint8_t x[16], y[16];
	range_size(a, x);
	range_size(b, y);
	return memcmp(x, y, sizeof x) < 0;
}

struct range asn_range(uint32_t first, uint32_t last)
{
	struct range r = { { .family = 4 }, { .family = 4 } };
	put_u32(r.first.b, first);
	put_u32(r.last.b, last);
	return r;
}

uint32_t asn_of_addr(const struct addr *a)
{
	struct rd r = rd_of(a->b, 4);
	return rd_u32(&r);
}

static char *put_hex(char *to, const struct addr *a)
{
	static const char digits[] = "0123456789abcdef";
	for (int i = 0; i < addr_bits(a) / 8; i++) {
		*to++ = digits[a->b[i] >> 4];
		*to++ = digits[a->b[i] & 15];
	}
	return to;
}

void range_key(const struct range *r, uint8_t tag, char out[RANGE_KEY])
{
	*out++ = (char)tag;
	*put_hex(put_hex(out, &r->first), &r->last) = 0;
}

bool range_key_parse(const char *key, uint8_t *tag, struct range *out)
{
	size_t width = key[0] == BIN_IPV6 ? 16 : 4;
	memset(out, 0, sizeof *out);
	*tag = (uint8_t)key[0];
	out->first.family = out->last.family = width == 4 ? 4 : 6;
	size_t n = 1 + 4 * width;
	return strnlen(key, n) == n && (key[n] == 0 || key[n] == '-') &&
	       hex_decode(key + 1, 2 * width, out->first.b) == (long)width &&
	       hex_decode(key + 1 + 2 * width, 2 * width, out->last.b) == (long)width;
}

/* `open` holds the ranges that reach at least as far as the last first address, outermost first. */
int64_t overlap_see(struct overlap *o, const struct range *r, uint8_t tag, int64_t line, bool nested)
{
	if (o->tag != tag)
		o->n = 0;
	o->tag = tag;
	int kept = 0;
	for (int i = 0; i < o->n; i++)
		if (addr_cmp(&o->open[i].last, &r->first) >= 0) {
			o->open[kept] = o->open[i];
			o->line[kept++] = o->line[i];
		}
	o->n = kept;
	int64_t other = 0;
	for (int i = o->n - 1; i >= 0 && !other; i--) {
		const struct range *up = &o->open[i];
		bool inside = addr_cmp(&r->last, &up->last) <= 0;
		bool equal = addr_cmp(&up->first, &r->first) == 0 && addr_cmp(&up->last, &r->last) == 0;
		if (!nested || !inside || equal)
			other = o->line[i];
	}
	if (o->n < OVERLAP_DEPTH) {
		o->open[o->n] = *r;
		o->line[o->n++] = line;
	}
	return other;
}
