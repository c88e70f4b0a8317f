/* Flattening is one sweep over the ranges sorted by first address, with a heap of the ranges that are open at the
 * sweep's position, the smallest on top. The top changes only where a range begins or where the top itself ends, so
 * there are at most 2n + 1 slices and the whole is O(n log n). A slice is stored as its first address and its value; it
 * ends where the next begins, and the holes are slices with RANGE_NONE. */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/rangeindex.h"

typedef unsigned __int128 key;

#define V4_BITS_MIN 8
#define V4_BITS_MAX 20
#define V6_TOP 65536
#define V6_BITS_MAX 20

struct item {
	uint64_t first_hi, first_lo, last_hi, last_lo;
	uint32_t value, order; /* order of adding */
};

struct items {
	struct item *p;
	size_t n, size;
};

/* Under an IPv6 top prefix of 16 bits, 2^bits entries at `at` tell in which slice each part begins. */
struct top {
	uint32_t at;
	uint8_t bits;
};

struct rangeindex {
	struct items v4_items, v6_items; /* empty once built */

	uint32_t *v4_first, *v4_value, *v4_table;
	size_t v4_n, v4_table_n;
	int v4_shift; /* of an address, to its entry in v4_table */

	uint64_t *v6_hi, *v6_lo;
	uint32_t *v6_value, *v6_table;
	struct top *v6_top;
	size_t v6_n, v6_table_n;
};

static void *must(void *p)
{
	if (!p) {
		fputs("rangeindex: out of memory\n", stderr);
		abort();
	}
	return p;
}

static void *must_array(void *p, size_t n, size_t each)
{
	return must(reallocarray(p, n ? n : 1, each));
}

/* ---- what was added ---- */

static uint64_t load64(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof v);
	return be64toh(v);
}

static uint32_t load32(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, sizeof v);
	return be32toh(v);
}

static key item_first(const struct item *i)
{
	return (key)i->first_hi << 64 | i->first_lo;
}
static key item_last(const struct item *i)
{
	return (key)i->last_hi << 64 | i->last_lo;
}
static key item_size(const struct item *i)
{
	return item_last(i) - item_first(i);
} /* less 1: ::/0 fits */

struct rangeindex *rangeindex_new(size_t expected)
{
	struct rangeindex *x = must(calloc(1, sizeof *x));
	if (expected > 0) {
		x->v4_items.size = expected;
		x->v4_items.p = must_array(NULL, expected, sizeof(struct item));
	}
	return x;
}

static struct item *items_more(struct items *items)
{
	if (items->n == items->size) {
		items->size += items->size / 2 + 64;
		items->p = must_array(items->p, items->size, sizeof(struct item));
	}
	return &items->p[items->n++];
}

void rangeindex_add(struct rangeindex *x, const struct range *r, uint32_t value)
{
	bool four = r->first.family == 4;
	struct items *items = four ? &x->v4_items : &x->v6_items;
	struct item *i = items_more(items);
	*i = (struct item){ .value = value, .order = (uint32_t)(items->n - 1) };
	if (four) {
		i->first_lo = load32(r->first.b);
		i->last_lo = load32(r->last.b);
	} else {
		i->first_hi = load64(r->first.b);
		i->first_lo = load64(r->first.b + 8);
		i->last_hi = load64(r->last.b);
		i->last_lo = load64(r->last.b + 8);
	}
}

static void items_free(struct items *items)
{
	free(items->p);
	*items = (struct items){ 0 };
}

/* ---- the sweep ---- */

struct slices {
	key *first; /* of an IPv4 address: the low 32 bits */
	uint32_t *value;
	size_t n;
};

struct heap {
	const struct item *items;
	uint32_t *p;
	size_t n;
};

static bool wins(const struct item *a, const struct item *b)
{
	key as = item_size(a), bs = item_size(b);
	return as != bs ? as < bs : a->order > b->order;
}

static void heap_push(struct heap *h, uint32_t id)
{
	size_t at = h->n++;
	while (at > 0 && wins(&h->items[id], &h->items[h->p[(at - 1) / 2]])) {
		h->p[at] = h->p[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	h->p[at] = id;
}

static void heap_pop(struct heap *h)
{
	uint32_t id = h->p[--h->n];
	size_t at = 0;
	for (;;) {
		size_t kid = 2 * at + 1;
		if (kid >= h->n)
			break;
		if (kid + 1 < h->n && wins(&h->items[h->p[kid + 1]], &h->items[h->p[kid]]))
			kid++;
		if (!wins(&h->items[h->p[kid]], &h->items[id]))
			break;
		h->p[at] = h->p[kid];
		at = kid;
	}
	h->p[at] = id;
}

static int item_cmp(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	if (x->first_hi != y->first_hi)
		return x->first_hi < y->first_hi ? -1 : 1;
	if (x->first_lo != y->first_lo)
		return x->first_lo < y->first_lo ? -1 : 1;
	return 0;
}

static void slice_add(struct slices *s, key first, uint32_t value)
{
	if (s->n > 0 && s->value[s->n - 1] == value)
		return;
	s->first[s->n] = first;
	s->value[s->n++] = value;
}

static struct slices flatten(struct items *items, key max)
{
	struct slices s = { must_array(NULL, 2 * items->n + 1, sizeof(key)),
			    must_array(NULL, 2 * items->n + 1, sizeof(uint32_t)), 0 };
	struct heap h = { items->p, must_array(NULL, items->n, sizeof(uint32_t)), 0 };
	key at = 0; /* everything below is sliced */
	if (items->n > 0)
		qsort(items->p, items->n, sizeof *items->p, item_cmp);
	for (size_t next = 0;;) {
		while (next < items->n && item_first(&items->p[next]) == at)
			heap_push(&h, (uint32_t)next++);
		while (h.n > 0 && item_last(&items->p[h.p[0]]) < at)
			heap_pop(&h);
		slice_add(&s, at, h.n > 0 ? items->p[h.p[0]].value : RANGE_NONE);
		key end = h.n > 0 ? item_last(&items->p[h.p[0]]) : max;
		if (next < items->n && item_first(&items->p[next]) <= end)
			at = item_first(&items->p[next]);
		else if (end < max)
			at = end + 1;
		else
			break;
	}
	free(h.p);
	items_free(items);
	return s;
}

/* ---- IPv4: one table over the first bits, as many as give about two slices an entry ---- */

static int bits_for(size_t slices, int min, int max)
{
	int bits = min;
	while (bits < max && ((size_t)2 << bits) < slices)
		bits++;
	return bits;
}

static void build_v4(struct rangeindex *x)
{
	struct slices s = flatten(&x->v4_items, UINT32_MAX);
	int bits = bits_for(s.n, V4_BITS_MIN, V4_BITS_MAX);
	x->v4_n = s.n;
	x->v4_shift = 32 - bits;
	x->v4_value = must_array(s.value, s.n, sizeof(uint32_t));
	x->v4_first = must_array(NULL, s.n, sizeof(uint32_t));
	for (size_t i = 0; i < s.n; i++)
		x->v4_first[i] = (uint32_t)s.first[i];
	free(s.first);
	x->v4_table_n = ((size_t)1 << bits) + 1;
	x->v4_table = must_array(NULL, x->v4_table_n, sizeof(uint32_t));
	for (size_t entry = 0, i = 0; entry < (size_t)1 << bits; entry++) {
		while (i + 1 < s.n && x->v4_first[i + 1] <= entry << x->v4_shift)
			i++;
		x->v4_table[entry] = (uint32_t)i;
	}
	x->v4_table[(size_t)1 << bits] = (uint32_t)(s.n - 1);
}

static uint32_t find_v4(const struct rangeindex *x, uint32_t a)
{
	const uint32_t *part = &x->v4_table[a >> x->v4_shift];
	const uint32_t *base = x->v4_first + part[0];
	for (size_t n = part[1] - part[0] + 1, half; n > 1; n -= half) {
		half = n / 2;
		base = base[half] <= a ? base + half : base;
	}
	return x->v4_value[base - x->v4_first];
}

/* ---- IPv6: addresses crowd in few top prefixes, so each /16 has a table of its own size ---- */

static int bits_under(size_t slices)
{
	return slices <= 2 ? 0 : bits_for(slices, 1, V6_BITS_MAX);
}

/* Walks the entries under one /16, beginning in slice i; returns the slice in which the /16 ends. */
static size_t build_v6_entries(struct rangeindex *x, size_t top, size_t i)
{
	int bits = x->v6_top[top].bits;
	for (uint64_t entry = 0; entry < (uint64_t)1 << bits; entry++) {
		uint64_t from = (uint64_t)top << 48 | (bits ? entry << (48 - bits) : 0);
		while (i + 1 < x->v6_n && (x->v6_hi[i + 1] < from || (x->v6_hi[i + 1] == from && x->v6_lo[i + 1] == 0)))
			i++;
		x->v6_table[x->v6_top[top].at + entry] = (uint32_t)i;
	}
	return i;
}

static void build_v6(struct rangeindex *x)
{
	struct slices s = flatten(&x->v6_items, ~(key)0);
	size_t at = 0;
	x->v6_n = s.n;
	x->v6_value = must_array(s.value, s.n, sizeof(uint32_t));
	x->v6_hi = must_array(NULL, s.n, sizeof(uint64_t));
	x->v6_lo = must_array(NULL, s.n, sizeof(uint64_t));
	for (size_t i = 0; i < s.n; i++) {
		x->v6_hi[i] = (uint64_t)(s.first[i] >> 64);
		x->v6_lo[i] = (uint64_t)s.first[i];
	}
	free(s.first);
	x->v6_top = must(calloc(V6_TOP, sizeof *x->v6_top));
	for (size_t top = 0, i = 0; top < V6_TOP; top++) {
		size_t begin = i;
		while (i < s.n && x->v6_hi[i] >> 48 == top)
			i++;
		x->v6_top[top] = (struct top){ (uint32_t)at, (uint8_t)bits_under(i - begin) };
		at += (size_t)1 << x->v6_top[top].bits;
	}
	x->v6_table_n = at + 1;
	x->v6_table = must_array(NULL, x->v6_table_n, sizeof(uint32_t));
	for (size_t top = 0, i = 0; top < V6_TOP; top++)
		i = build_v6_entries(x, top, i);
	x->v6_table[at] = (uint32_t)(s.n - 1);
}

/* The last of n slices from `at` on that begins at or below the address, when the upper halves alone don't tell. */
static size_t find_v6_lower(const struct rangeindex *x, size_t at, size_t n, uint64_t hi, uint64_t lo)
{
	for (size_t half; n > 1; n -= half) {
		half = n / 2;
		size_t mid = at + half;
		at = x->v6_hi[mid] < hi || (x->v6_hi[mid] == hi && x->v6_lo[mid] <= lo) ? mid : at;
	}
	return at;
}

static uint32_t find_v6(const struct rangeindex *x, uint64_t hi, uint64_t lo)
{
	struct top top = x->v6_top[hi >> 48];
	const uint32_t *part = &x->v6_table[top.at + (hi << 16 >> 1 >> (63 - top.bits))];
	size_t count = part[1] - part[0] + 1;
	const uint64_t *base = x->v6_hi + part[0];
	for (size_t n = count, half; n > 1; n -= half) {
		half = n / 2;
		base = base[half] <= hi ? base + half : base;
	}
	size_t at = (size_t)(base - x->v6_hi);
	if (*base == hi && x->v6_lo[at] > lo)
		at = find_v6_lower(x, part[0], at - part[0] + 1, hi, lo);
	return x->v6_value[at];
}

/* ---- */

void rangeindex_build(struct rangeindex *x)
{
	build_v4(x);
	build_v6(x);
}

uint32_t rangeindex_find(const struct rangeindex *x, const struct addr *a)
{
	if (a->family == 4)
		return find_v4(x, load32(a->b));
	return find_v6(x, load64(a->b), load64(a->b + 8));
}

size_t rangeindex_slices(const struct rangeindex *x)
{
	return x->v4_n + x->v6_n;
}

size_t rangeindex_bytes(const struct rangeindex *x)
{
	size_t v4 = x->v4_n * 8 + x->v4_table_n * sizeof(uint32_t);
	size_t v6 = x->v6_n * 20 + x->v6_table_n * sizeof(uint32_t) + V6_TOP * sizeof(struct top);
	return sizeof *x + v4 + v6;
}

void rangeindex_free(struct rangeindex *x)
{
	if (!x)
		return;
	items_free(&x->v4_items);
	items_free(&x->v6_items);
	free(x->v4_first);
	free(x->v4_value);
	free(x->v4_table);
	free(x->v6_hi);
	free(x->v6_lo);
	free(x->v6_value);
	free(x->v6_table);
	free(x->v6_top);
	free(x);
}
