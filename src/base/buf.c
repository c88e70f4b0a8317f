#include "base/buf.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUF_FIRST = 256 };

void buf_free(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ .max = b->max };
}

void buf_reset(struct buf *b)
{
	b->n = 0;
	b->bad = false;
	if (b->p)
		b->p[0] = 0;
}

/* Room for `more` bytes and the closing 0. */
static bool buf_room(struct buf *b, size_t more)
{
	if (b->bad || b->n > b->max || more > b->max - b->n)
		return b->bad = true, false;
	size_t need = b->n + more + 1;
	if (need <= b->size)
		return true;
	size_t size = b->size ? b->size * 2 : BUF_FIRST;
	if (size < need)
		size = need;
	char *p = realloc(b->p, size);
	if (!p)
		abort(); /* as in an arena: the supervisor starts us again; `bad` is for what is too long */
	b->p = p;
	b->size = size;
	return true;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
	if (!n || !buf_room(b, n))
		return;
	memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = 0;
}

void buf_str(struct buf *b, const char *s)
{
	if (s)
		buf_add(b, s, strlen(s));
}

void buf_char(struct buf *b, char c)
{
	if (!b->bad && b->n < b->max && b->size >= 2 && b->n < b->size - 1) {
		b->p[b->n++] = c;
		b->p[b->n] = 0;
		return;
	}
	buf_add(b, &c, 1);
}

void buf_int(struct buf *b, int64_t v)
{
	char digits[20], *end = digits + sizeof digits, *p = end;
	uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;
	do
		*--p = (char)('0' + u % 10);
	while (u /= 10);
	if (v < 0)
		*--p = '-';
	buf_add(b, p, (size_t)(end - p));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	size_t room = b->bad ? 0 : b->size - b->n;
	int n = vsnprintf(room ? b->p + b->n : NULL, room, fmt, ap);
	if (n < 0) {
		b->bad = true;
	} else if (buf_room(b, (size_t)n)) {
		if ((size_t)n >= room)
			vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
		b->n += (size_t)n;
	}
	if (b->p)
		b->p[b->n] = 0;
	va_end(again);
	va_end(ap);
}

const char *buf_cstr(const struct buf *b)
{
	return b->p ? b->p : "";
}
