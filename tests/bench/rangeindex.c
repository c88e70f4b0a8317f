/* Look-ups a second in an index of a million prefixes of either family; half of the addresses lie in a known prefix,
 * half anywhere in the space that the registries hand out. Beside it, on the same addresses: a plain binary search over
 * the same flattened ranges, and one read at a random place of as much memory as the index takes. Prints `NAME
 * look-ups/s`. */
#include <stdio.h>
#include <string.h>
#include "base/rangeindex.h"
#include "clockwork.h"

#define PREFIXES 1000000
#define ADDRESSES (1 << 20)
#define ROUNDS 7

typedef unsigned __int128 number; /* an address; IPv4 in the low 32 bits */

static uint64_t state = 0x9e3779b97f4a7c15ULL;
static uint64_t sink; /* keeps the compiler from dropping a loop */

static struct addr random_addr(int family)
{
	/* 2001::/16, and the first /16s of the /12 that IANA gave each registry. */
	static const uint8_t tops[5] = { 0x24, 0x26, 0x28, 0x2a, 0x2c };
	struct addr a = { .family = (uint8_t)family };
	for (int i = 0; i < (family == 4 ? 4 : 16); i++)
		a.b[i] = (uint8_t)(random_next(&state) >> 56);
	if (family == 4) {
		a.b[0] = (uint8_t)(1 + random_next(&state) % 223);
	} else if (random_next(&state) % 6 == 0) {
		a.b[0] = 0x20;
		a.b[1] = 0x01;
	} else {
		a.b[0] = tops[random_next(&state) % 5];
		a.b[1] &= 0x0f;
	}
	return a;
}

/* Mostly the longest (/24, /48), as in the routing table. */
static int random_len(int family)
{
	int shortest = family == 4 ? 12 : 29, longest = family == 4 ? 24 : 48;
	return random_next(&state) % 5 < 3 ? longest
					   : shortest + (int)(random_next(&state) % (uint64_t)(longest - shortest + 1));
}

static struct addr addr_in(const struct prefix *p)
{
	struct addr a = random_addr(p->a.family);
	struct prefix host = prefix_of(&a, p->len);
	for (int i = 0; i < 16; i++)
		a.b[i] = (uint8_t)((a.b[i] ^ host.a.b[i]) | p->a.b[i]);
	return a;
}

static void *room(size_t n, size_t each)
{
	void *p = calloc(n, each);
	if (!p)
		abort();
	return p;
}

/* ── the references ── */

struct flat {
	number *first;
	uint32_t *value;
	size_t n;
	int family;
};

static number number_of(const struct addr *a)
{
	number v = 0;
	for (int i = 0; i < (a->family == 4 ? 4 : 16); i++)
		v = v << 8 | a->b[i];
	return v;
}

static struct addr addr_of(number v, int family)
{
	struct addr a = { .family = (uint8_t)family };
	for (int i = family == 4 ? 3 : 15; i >= 0; i--, v >>= 8)
		a.b[i] = (uint8_t)v;
	return a;
}

static int number_cmp(const void *a, const void *b)
{
	number x = *(const number *)a, y = *(const number *)b;
	return x < y ? -1 : x > y;
}

/* A slice can begin only where a prefix begins or after one ends; the index itself says what holds there. */
static struct flat flatten(const struct rangeindex *x, const struct prefix *prefixes, int family)
{
	struct flat f = { room(2 * PREFIXES + 1, sizeof(number)), room(2 * PREFIXES + 1, sizeof(uint32_t)), 0, family };
	size_t n = 1, kept = 0; /* [0] is address 0 */
	for (int i = 0; i < PREFIXES; i++) {
		struct range r = prefix_range(&prefixes[i]);
		f.first[n++] = number_of(&r.first);
		if (addr_next(&r.last))
			f.first[n++] = number_of(&r.last);
	}
	qsort(f.first, n, sizeof *f.first, number_cmp);
	for (size_t i = 0; i < n; i++) {
		struct addr a = addr_of(f.first[i], family);
		uint32_t value = rangeindex_find(x, &a);
		if (kept && f.value[kept - 1] == value)
			continue;
		f.first[kept] = f.first[i];
		f.value[kept++] = value;
	}
	f.n = kept;
	return f;
}

static uint32_t flat_find(const struct flat *f, const struct addr *a)
{
	number v = number_of(a);
	size_t low = 0, high = f->n;
	while (high - low > 1) {
		size_t mid = (low + high) / 2;
		if (f->first[mid] <= v)
			low = mid;
		else
			high = mid;
	}
	return f->value[low];
}

/* ── measuring ── */

struct place {
	const struct rangeindex *x;
	struct flat flat;
	const struct addr *addrs;
	uint32_t *memory, *at;
};

static double run_index(const struct place *p)
{
	double t = seconds();
	for (int i = 0; i < ADDRESSES; i++)
		sink += rangeindex_find(p->x, &p->addrs[i]);
	return ADDRESSES / (seconds() - t);
}

static double run_flat(const struct place *p)
{
	double t = seconds();
	for (int i = 0; i < ADDRESSES; i++)
		sink += flat_find(&p->flat, &p->addrs[i]);
	return ADDRESSES / (seconds() - t);
}

static double run_memory(const struct place *p)
{
	double t = seconds();
	for (int i = 0; i < ADDRESSES; i++)
		sink += p->memory[p->at[i]];
	return ADDRESSES / (seconds() - t);
}

static int check(const struct place *p)
{
	for (int i = 0; i < ADDRESSES; i++)
		if (rangeindex_find(p->x, &p->addrs[i]) != flat_find(&p->flat, &p->addrs[i]))
			return 1;
	return 0;
}

/* The three take turns, so that a change of the machine's state meets all of them. */
static void measure(const struct place *p, int family)
{
	double index[ROUNDS], flat[ROUNDS], memory[ROUNDS];
	for (int i = 0; i < ROUNDS; i++) {
		index[i] = run_index(p);
		flat[i] = run_flat(p);
		memory[i] = run_memory(p);
	}
	printf("rangeindex_v%d %.0f\nbinary_search_v%d %.0f\nmemory_read_v%d %.0f\n", family, median(index, ROUNDS),
	       family, median(flat, ROUNDS), family, median(memory, ROUNDS));
}

static int run(int family)
{
	struct prefix *prefixes = room(PREFIXES, sizeof *prefixes);
	struct addr *addrs = room(ADDRESSES, sizeof *addrs);
	struct rangeindex *x = rangeindex_new(PREFIXES);
	for (uint32_t i = 0; i < PREFIXES; i++) {
		struct addr a = random_addr(family);
		prefixes[i] = prefix_of(&a, random_len(family));
		struct range r = prefix_range(&prefixes[i]);
		rangeindex_add(x, &r, i);
	}
	for (int i = 0; i < ADDRESSES; i++)
		addrs[i] = i % 2 ? random_addr(family) : addr_in(&prefixes[random_next(&state) % PREFIXES]);
	double begin = seconds();
	rangeindex_build(x);
	printf("rangeindex_v%d_build %.2f\nrangeindex_v%d_bytes %zu\n", family, seconds() - begin, family,
	       rangeindex_bytes(x));
	size_t words = rangeindex_bytes(x) / sizeof(uint32_t);
	struct place p = { x, flatten(x, prefixes, family), addrs, room(words, sizeof(uint32_t)),
			   room(ADDRESSES, sizeof(uint32_t)) };
	memset(p.memory, 1, words * sizeof(uint32_t));
	for (int i = 0; i < ADDRESSES; i++)
		p.at[i] = (uint32_t)(random_next(&state) % words);
	int wrong = check(&p);
	measure(&p, family);
	rangeindex_free(x);
	free(prefixes);
	free(addrs);
	free(p.flat.first);
	free(p.flat.value);
	free(p.memory);
	free(p.at);
	return wrong;
}

int main(void)
{
	if (run(4) || run(6)) {
		fputs("rangeindex: the index and the plain search answer differently\n", stderr);
		return 1;
	}
	return sink == 1;
}
