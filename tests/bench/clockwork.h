/* clockwork.h — what the benchmark programs share: monotonic time, repeatable random numbers, medians. */
#ifndef BENCH_CLOCKWORK_H
#define BENCH_CLOCKWORK_H
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

static inline double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static inline int64_t now(void) /* microseconds, monotonic */
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static inline int sample_cmp(const void *a, const void *b) /* uint32_t */
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

static inline uint64_t random_next(uint64_t *state) /* xorshift64*; the state is never 0 */
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

static inline int double_cmp(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static inline double median(double *v, int n) /* sorts v */
{
	qsort(v, (size_t)n, sizeof *v, double_cmp);
	return v[n / 2];
}

#endif
