/* Look-ups a second in an index of a million prefixes of either family; half of the addresses lie in a known prefix,
 * half anywhere in the space that the registries hand out. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "base/rangeindex.h"

#define PREFIXES 1000000
#define ADDRESSES (1 << 20)
#define ROUNDS 8

static uint64_t state = 0x9e3779b97f4a7c15ULL;

static uint64_t next_random(void) /* xorshift64* */
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dULL;
}

static struct addr random_addr(int family)
{
	/* 2001::/16, and the first /16s of the /12 that IANA gave each registry. */
	static const uint8_t tops[5] = { 0x24, 0x26, 0x28, 0x2a, 0x2c };
	struct addr a = { .family = (uint8_t)family };
	for (int i = 0; i < (family == 4 ? 4 : 16); i++)
		a.b[i] = (uint8_t)(next_random() >> 56);
	if (family == 4) {
		a.b[0] = (uint8_t)(1 + next_random() % 223);
	} else if (next_random() % 6 == 0) {
		a.b[0] = 0x20;
		a.b[1] = 0x01;
	} else {
		a.b[0] = tops[next_random() % 5];
		a.b[1] &= 0x0f;
	}
	return a;
}

/* Mostly the longest (/24, /48), as in the routing table. */
static int random_len(int family)
{
	int shortest = family == 4 ? 12 : 29, longest = family == 4 ? 24 : 48;
	return next_random() % 5 < 3 ? longest : shortest + (int)(next_random() % (uint64_t)(longest - shortest + 1));
}

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct addr addr_in(const struct prefix *p)
{
	struct addr a = random_addr(p->a.family);
	struct prefix host = prefix_of(&a, p->len);
	for (int i = 0; i < 16; i++)
		a.b[i] = (uint8_t)((a.b[i] ^ host.a.b[i]) | p->a.b[i]);
	return a;
}

static void run(int family)
{
	struct prefix *prefixes = malloc(PREFIXES * sizeof *prefixes);
	struct addr *addrs = malloc(ADDRESSES * sizeof *addrs);
	struct rangeindex *x = rangeindex_new(PREFIXES);
	uint32_t found = 0;
	if (!prefixes || !addrs)
		abort();
	for (uint32_t i = 0; i < PREFIXES; i++) {
		struct addr a = random_addr(family);
		prefixes[i] = prefix_of(&a, random_len(family));
		struct range r = prefix_range(&prefixes[i]);
		rangeindex_add(x, &r, i);
	}
	for (int i = 0; i < ADDRESSES; i++)
		addrs[i] = i % 2 ? random_addr(family) : addr_in(&prefixes[next_random() % PREFIXES]);
	double begin = seconds();
	rangeindex_build(x);
	double built = seconds();
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < ADDRESSES; i++)
			found += rangeindex_find(x, &addrs[i]) != RANGE_NONE;
	double done = seconds();
	fprintf(stderr, "v%d: built in %.2f s, %zu slices, %.1f MB, %.0f %% found\n", family, built - begin,
		rangeindex_slices(x), (double)rangeindex_bytes(x) / 1e6, 100.0 * found / ADDRESSES / ROUNDS);
	printf("rangeindex_v%d %.0f\n", family, ADDRESSES * (double)ROUNDS / (done - built));
	rangeindex_free(x);
	free(prefixes);
	free(addrs);
}

int main(void)
{
	run(4);
	run(6);
	return 0;
}
