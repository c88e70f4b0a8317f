/* arena.h — one capped region a request or a job; freed as a whole.
 *
 * Allocation never returns NULL: past the cap the arena remembers it (`arena_over`) and goes on to four times the cap,
 * so that code stays free of checks and whoever owns the request asks once at the end and answers ST_LIMIT. Beyond
 * that, and when malloc fails, the process ends and the supervisor restarts it. Memory is zeroed and 16-byte aligned.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(size_t cap); /* cap in bytes; the first block is 4 kB */
void arena_free(struct arena *a);    /* NULL is fine */
void arena_reset(struct arena *a);   /* everything allocated is gone; keeps the first block */
bool arena_over(const struct arena *a);
size_t arena_used(const struct arena *a);

void *arena_alloc(struct arena *a, size_t n);
void *arena_dup(struct arena *a, const void *p, size_t n);			     /* n bytes and a closing 0 */
char *arena_strdup(struct arena *a, const char *s);				     /* NULL gives NULL */
char *arena_join(struct arena *a, const char *first, ...) __attribute__((sentinel)); /* the strings up to a NULL */
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap);
#define arena_new_of(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, n) ((type *)arena_alloc((a), sizeof(type) * (size_t)(n)))

#endif
