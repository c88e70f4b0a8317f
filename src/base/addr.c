#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include "base/addr.h"

#define RANGE_PREFIXES_MAX 254 /* 2 × (128 − 1), the widest case */

uint32_t addr_net_hash(const struct addr *a)
{
	uint32_t h = a->family;
	for (int i = 0; i < (a->family == 4 ? 3 : 6); i++)
		h = (h ^ a->b[i]) * 16777619u;
	return h ^ h >> 15;
}

int addr_bits(const struct addr *a)
{
	return a->family == 4 ? 32 : 128;
}

bool addr_parse(const char *s, struct addr *out)
{
	memset(out, 0, sizeof *out);
	if (strnlen(s, ADDR_TEXT) >= ADDR_TEXT)
		return false;
	/* glibc refuses leading zeroes, short forms and zone ids by itself. */
	if (strchr(s, ':')) {
		out->family = 6;
		return inet_pton(AF_INET6, s, out->b) == 1;
	}
	out->family = 4;
	return inet_pton(AF_INET, s, out->b) == 1;
}

static char *text_v4(const uint8_t b[4], char *to)
{
	for (int i = 0; i < 4; i++) {
		if (b[i] >= 100)
			*to++ = (char)('0' + b[i] / 100);
		if (b[i] >= 10)
			*to++ = (char)('0' + b[i] / 10 % 10);
		*to++ = (char)('0' + b[i] % 10);
		*to++ = '.';
	}
	*--to = 0;
	return to;
}

static char *text_group(unsigned v, char *to)
{
	static const char hex[] = "0123456789abcdef";
	for (int shift = 12, seen = 0; shift >= 0; shift -= 4) {
		unsigned digit = v >> shift & 15;
		seen |= digit != 0;
		if (seen || shift == 0)
			*to++ = hex[digit];
	}
	return to;
}

/* RFC 5952 §4.2.3: the longest run of two or more zero groups, the first of equals. */
static int longest_zero_run(const unsigned g[8], int *len)
{
	int best = -1;
	*len = 1;
	for (int i = 0; i < 8; i++) {
		int n = 0;
		while (i + n < 8 && g[i + n] == 0)
			n++;
		if (n > *len) {
			best = i;
			*len = n;
		}
		i += n;
	}
	return best;
}

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

void addr_unmap(struct addr *a)
{
	if (a->family != 6 || memcmp(a->b, mapped, sizeof mapped) != 0)
		return;
	struct addr v4 = { .family = 4 };
	memcpy(v4.b, a->b + 12, 4);
	*a = v4;
}

/* Dotted quads only in ::ffff:0:0/96 (§5); ::/96 is deprecated by RFC 4291 and stays hexadecimal. */
static void text_v6(const uint8_t b[16], char *to)
{
	if (memcmp(b, mapped, sizeof mapped) == 0) {
		memcpy(to, "::ffff:", 7);
		text_v4(b + 12, to + 7);
		return;
	}
	unsigned g[8];
	for (int i = 0; i < 8; i++)
		g[i] = (unsigned)b[2 * i] << 8 | b[2 * i + 1];
	int len, gap = longest_zero_run(g, &len);
	for (int i = 0; i < 8; i++) {
		if (i == gap) {
			*to++ = ':';
			*to++ = ':';
			i += len - 1;
			continue;
		}
		if (i > 0 && (gap < 0 || i != gap + len))
			*to++ = ':';
		to = text_group(g[i], to);
	}
	*to = 0;
}

char *addr_text(const struct addr *a, char out[ADDR_TEXT])
{
	if (a->family == 4)
		text_v4(a->b, out);
	else
		text_v6(a->b, out);
	return out;
}

int addr_cmp(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->b, b->b, sizeof a->b);
}

bool addr_next(struct addr *a)
{
	for (int i = addr_bits(a) / 8; i-- > 0;)
		if (++a->b[i] != 0)
			return true;
	return false;
}

bool addr_prev(struct addr *a)
{
	for (int i = addr_bits(a) / 8; i-- > 0;)
		if (a->b[i]-- != 0)
			return true;
	return false;
}

/* Sets every bit from `len` on to `one`. */
static void host_bits(struct addr *a, int len, bool one)
{
	int bytes = addr_bits(a) / 8;
	for (int i = len / 8; i < bytes; i++) {
		uint8_t host = i == len / 8 ? (uint8_t)(0xff >> len % 8) : 0xff;
		a->b[i] = (uint8_t)(one ? a->b[i] | host : a->b[i] & ~host);
	}
}

struct prefix prefix_of(const struct addr *a, int len)
{
	struct prefix p = { *a, (uint8_t)len };
	host_bits(&p.a, len, false);
	return p;
}

struct range prefix_range(const struct prefix *p)
{
	struct range r = { p->a, p->a };
	host_bits(&r.first, p->len, false);
	host_bits(&r.last, p->len, true);
	return r;
}

/* Decimal without sign, blanks or leading zeroes; the whole of n characters, n ≤ 10. */
static bool digits_parse(const char *s, size_t n, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;
	if (n == 0 || n > 10 || (n > 1 && s[0] == '0'))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s[i] - '0');
	}
	*out = v;
	return v <= max;
}

static bool addr_parse_part(const char *s, size_t n, struct addr *out)
{
	char part[ADDR_TEXT];
	if (n >= sizeof part)
		return false;
	memcpy(part, s, n);
	part[n] = 0;
	return addr_parse(part, out);
}

bool prefix_parse(const char *s, struct prefix *out)
{
	const char *slash = strchr(s, '/');
	uint64_t len;
	memset(out, 0, sizeof *out);
	if (!addr_parse_part(s, slash ? (size_t)(slash - s) : strlen(s), &out->a))
		return false;
	len = (uint64_t)addr_bits(&out->a);
	if (slash && !digits_parse(slash + 1, strlen(slash + 1), len, &len))
		return false;
	out->len = (uint8_t)len;
	struct prefix clean = prefix_of(&out->a, out->len);
	return addr_cmp(&clean.a, &out->a) == 0;
}

char *prefix_text(const struct prefix *p, char out[PREFIX_TEXT])
{
	addr_text(&p->a, out);
	size_t n = strlen(out);
	snprintf(out + n, PREFIX_TEXT - n, "/%d", p->len);
	return out;
}

bool range_parse(const char *s, struct range *out)
{
	const char *sep = strpbrk(s, "-,");
	struct prefix p;
	memset(out, 0, sizeof *out);
	if (sep)
		return addr_parse_part(s, (size_t)(sep - s), &out->first) && addr_parse(sep + 1, &out->last) &&
		       out->first.family == out->last.family && addr_cmp(&out->first, &out->last) <= 0;
	if (!prefix_parse(s, &p))
		return false;
	*out = prefix_range(&p);
	return true;
}

bool range_from_count(const struct addr *first, uint64_t count, struct range *out)
{
	uint64_t carry = count - 1;
	*out = (struct range){ *first, *first };
	if (count == 0)
		return false;
	for (int i = addr_bits(first) / 8; i-- > 0;) {
		uint64_t sum = (carry & 0xff) + first->b[i];
		out->last.b[i] = (uint8_t)sum;
		carry = (carry >> 8) + (sum >> 8);
	}
	return carry == 0;
}

bool range_has(const struct range *r, const struct addr *a)
{
	return a->family == r->first.family && addr_cmp(&r->first, a) <= 0 && addr_cmp(a, &r->last) <= 0;
}

static int trailing_zero_bits(const struct addr *a)
{
	int n = 0;
	for (int i = addr_bits(a) / 8; i-- > 0; n += 8)
		if (a->b[i] != 0)
			return n + __builtin_ctz(a->b[i]);
	return n;
}

int range_prefixes(const struct range *r, struct prefix *out, int max)
{
	struct addr at = r->first;
	for (int n = 0; n < RANGE_PREFIXES_MAX; n++) {
		/* The largest block that begins here, halved until it ends inside the range. */
		struct prefix p = prefix_of(&at, addr_bits(&at) - trailing_zero_bits(&at));
		struct range block = prefix_range(&p);
		while (addr_cmp(&block.last, &r->last) > 0) {
			p.len++;
			block = prefix_range(&p);
		}
		if (n >= max)
			return -1;
		out[n] = p;
		at = block.last;
		if (addr_cmp(&at, &r->last) == 0 || !addr_next(&at))
			return n + 1;
	}
	return -1;
}

struct prefix range_bin(const struct range *r)
{
	int len = 0, bits = addr_bits(&r->first);
	while (len < bits && r->first.b[len / 8] == r->last.b[len / 8])
		len += 8;
	if (len < bits)
		len += __builtin_clz((unsigned)(r->first.b[len / 8] ^ r->last.b[len / 8])) - 24;
	return prefix_of(&r->first, len);
}

char *range_text(const struct range *r, char out[2 * ADDR_TEXT])
{
	struct prefix bin = range_bin(r);
	struct range whole = prefix_range(&bin);
	if (addr_cmp(&whole.first, &r->first) == 0 && addr_cmp(&whole.last, &r->last) == 0)
		return prefix_text(&bin, out);
	addr_text(&r->first, out);
	size_t n = strlen(out);
	out[n] = '-';
	addr_text(&r->last, out + n + 1);
	return out;
}

bool asn_parse(const char *s, uint32_t *out)
{
	uint64_t high, low;
	*out = 0;
	if ((s[0] == 'A' || s[0] == 'a') && (s[1] == 'S' || s[1] == 's'))
		s += 2;
	size_t n = strnlen(s, 12), dot = strcspn(s, ".");
	if (n > 11)
		return false;
	if (dot == n) {
		if (!digits_parse(s, n, UINT32_MAX, &low))
			return false;
		*out = (uint32_t)low;
		return true;
	}
	if (!digits_parse(s, dot, UINT16_MAX, &high) || !digits_parse(s + dot + 1, n - dot - 1, UINT16_MAX, &low))
		return false;
	*out = (uint32_t)(high << 16 | low);
	return true;
}
