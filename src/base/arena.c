#include "base/arena.h"
#include "base/base_int.h"
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
enum { REDZONE = 16 }; /* between neighbours, so that the sanitizer sees one run into the next */
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)0)
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)0)
enum { REDZONE = 0 };
#endif

enum { ALIGN = 16, BLOCK_FIRST = 4096, BLOCK_MAX = 65536, SPARE_MAX = 16384, OVERRUN = 4 };

struct block {
	struct block *next;
	size_t n, size;
	alignas(ALIGN) char bytes[];
};

struct arena {
	struct block *cur;   /* small allocations come from here; older and oversized blocks hang behind it */
	struct block *first; /* lives inside the arena's own malloc */
	struct block *spare; /* kept by a reset for the next use, or NULL */
	size_t used, cap;
};

static _Noreturn void arena_die(size_t n, size_t used)
{
	fprintf(stderr, "arena: cannot allocate %zu bytes after %zu\n", n, used);
	abort();
}

static void block_init(struct block *b, size_t size, struct block *next)
{
	b->next = next;
	b->n = 0;
	b->size = size;
	ASAN_POISON_MEMORY_REGION(b->bytes, size);
}

static struct block *block_new(struct arena *a, size_t size, struct block *next)
{
	struct block *b = malloc(sizeof *b + size);
	if (!b)
		arena_die(size, a->used);
	block_init(b, size, next);
	return b;
}

static size_t round_up(size_t n)
{
	return (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

struct arena *arena_new(size_t cap)
{
	size_t head = round_up(sizeof(struct arena));
	struct arena *a = malloc(BLOCK_FIRST);
	if (!a)
		arena_die(BLOCK_FIRST, 0);
	struct block *b = (struct block *)((char *)a + head);
	block_init(b, BLOCK_FIRST - head - sizeof *b, NULL);
	*a = (struct arena){ .cur = b, .first = b, .cap = cap };
	return a;
}

void arena_reset(struct arena *a)
{
	for (struct block *b = a->cur, *next; b; b = next) {
		next = b->next;
		if (b == a->first)
			continue;
		if (!a->spare && b->size >= 2 * BLOCK_FIRST && b->size <= SPARE_MAX)
			a->spare = b;
		else
			free(b);
	}
	block_init(a->first, a->first->size, NULL);
	a->cur = a->first;
	a->used = 0;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	arena_reset(a);
	free(a->spare);
	free(a);
}

bool arena_over(const struct arena *a)
{
	return a->used > a->cap;
}
size_t arena_used(const struct arena *a)
{
	return a->used;
}
size_t arena_left(const struct arena *a)
{
	return arena_over(a) ? 0 : a->cap - a->used;
}

/* A block with room for n bytes. Oversized ones go behind the current block, whose rest stays in use. */
static struct block *block_for(struct arena *a, size_t n)
{
	struct block *cur = a->cur;
	if (n <= cur->size - cur->n)
		return cur;
	size_t size = cur->size * 2 < BLOCK_MAX ? cur->size * 2 : BLOCK_MAX;
	if (n > size / 4)
		return cur->next = block_new(a, n, cur->next);
	struct block *spare = a->spare;
	if (!spare || spare->size < size)
		return a->cur = block_new(a, size, cur);
	a->spare = NULL;
	block_init(spare, spare->size, cur);
	return a->cur = spare;
}

static void *take(struct arena *a, size_t n)
{
	size_t hard = a->cap <= SIZE_MAX / OVERRUN ? a->cap * OVERRUN : SIZE_MAX;
	if (n > SIZE_MAX / 2 || a->used > hard || n > hard - a->used)
		arena_die(n, a->used);
	size_t whole = round_up(n) + REDZONE;
	struct block *b = block_for(a, whole);
	char *p = b->bytes + b->n;
	b->n += whole;
	a->used += round_up(n);
	ASAN_UNPOISON_MEMORY_REGION(p, n);
	return p;
}

void *arena_alloc(struct arena *a, size_t n)
{
	return memset(take(a, n), 0, n);
}

void *arena_dup(struct arena *a, const void *p, size_t n)
{
	char *d = take(a, n + 1);
	if (n)
		memcpy(d, p, n);
	d[n] = 0;
	return d;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_dup(a, s, strlen(s)) : NULL;
}

char *arena_join(struct arena *a, const char *first, ...)
{
	va_list ap, again;
	size_t n = 0;
	va_start(ap, first);
	va_copy(again, ap);
	for (const char *s = first; s; s = va_arg(ap, const char *))
		n += strlen(s);
	va_end(ap);
	char *d = take(a, n + 1), *end = d;
	for (const char *s = first; s; s = va_arg(again, const char *))
		end = stpcpy(end, s);
	*end = 0;
	va_end(again);
	return d;
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	char small[256];
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(small, sizeof small, fmt, ap);
	if (n < 0)
		arena_die(0, a->used);
	char *d = take(a, (size_t)n + 1);
	if ((size_t)n < sizeof small)
		memcpy(d, small, (size_t)n + 1);
	else
		vsnprintf(d, (size_t)n + 1, fmt, again);
	va_end(again);
	return d;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *s = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return s;
}
