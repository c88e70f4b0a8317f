/* buf.h — a growing byte buffer with a cap. Writes past the cap are dropped and set `bad`, which the
 * owner looks at once, at the end. The bytes are always closed by a 0 that `n` does not count. */
#ifndef BASE_BUF_H
#define BASE_BUF_H
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *p;
	size_t n, size, max;
	bool bad;
};

#define BUF_MAX_DEFAULT ((size_t)8 << 20)
#define BUF_INIT                                                                                                       \
	{                                                                                                              \
		.max = BUF_MAX_DEFAULT                                                                                 \
	}
#define BUF_SCOPE __attribute__((cleanup(buf_free))) struct buf

void buf_free(struct buf *b);
void buf_reset(struct buf *b); /* empty, keeps the memory and the cap */
void buf_add(struct buf *b, const void *p, size_t n);
void buf_str(struct buf *b, const char *s); /* NULL adds nothing */
void buf_char(struct buf *b, char c);
void buf_int(struct buf *b, int64_t v);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *buf_cstr(const struct buf *b); /* "" when empty */

#endif
