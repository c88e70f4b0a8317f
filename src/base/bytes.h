/* bytes.h — a sticky reader over bytes from outside: read freely, look at `bad` once, require the end.
 * Also the writer's side: big-endian stores. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct rd {
	const uint8_t *p, *end;
	bool bad;
};

static inline struct rd rd_of(const void *p, size_t n)
{
	return (struct rd){ p, (const uint8_t *)p + n, false };
}
static inline bool rd_at_end(const struct rd *r)
{
	return r->p == r->end;
}
static inline size_t rd_left(const struct rd *r)
{
	return (size_t)(r->end - r->p);
}
static inline const uint8_t *rd_bytes(struct rd *r, size_t n)
{
	static const uint8_t zero[64];
	if (r->bad || rd_left(r) < n) {
		r->bad = true;
		return n <= sizeof zero ? zero : NULL;
	}
	r->p += n;
	return r->p - n;
}
static inline uint8_t rd_u8(struct rd *r)
{
	return *rd_bytes(r, 1);
}
static inline uint16_t rd_u16(struct rd *r)
{
	const uint8_t *b = rd_bytes(r, 2);
	return (uint16_t)(b[0] << 8 | b[1]);
}
static inline uint32_t rd_u32(struct rd *r)
{
	uint32_t hi = rd_u16(r);
	return hi << 16 | rd_u16(r);
}
static inline uint64_t rd_u64(struct rd *r)
{
	uint64_t hi = rd_u32(r);
	return hi << 32 | rd_u32(r);
}
static inline void put_u16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}
static inline void put_u32(uint8_t *p, uint32_t v)
{
	put_u16(p, (uint16_t)(v >> 16));
	put_u16(p + 2, (uint16_t)v);
}
static inline void put_u64(uint8_t *p, uint64_t v)
{
	put_u32(p, (uint32_t)(v >> 32));
	put_u32(p + 4, (uint32_t)v);
}

#endif
