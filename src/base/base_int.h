/* base_int.h — what the files of base/ share among themselves. */
#ifndef BASE_INT_H
#define BASE_INT_H
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"

/* Bytes until the cap: lets a parser refuse hostile input before it allocates for it. */
size_t arena_left(const struct arena *a);

/* RFC 3339 in UTC without an arena; `digits` (0, 3 or 6) of the fraction. Years outside 0–9999 are written as they
 * come. */
enum { TIME_ISO_SIZE = 40 };
size_t time_iso_put(char out[TIME_ISO_SIZE], int64_t t, int digits);

#endif
