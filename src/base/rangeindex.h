/* rangeindex.h — the most specific range that contains an address, in memory, for millions of look-ups a second.
 *
 * Ranges may nest and overlap when added; building flattens them into disjoint slices (the smallest range wins; of
 * equal ones the last added), and tables over the first bits, sized to what they hold, leave a binary search over a few
 * slices. Immutable once built: one thread builds, all may read; swap the pointer to renew.
 */
#ifndef BASE_RANGEINDEX_H
#define BASE_RANGEINDEX_H
#include <stddef.h>
#include <stdint.h>
#include "base/addr.h"

struct rangeindex;
#define RANGE_NONE UINT32_MAX

struct rangeindex *rangeindex_new(size_t expected);
void rangeindex_add(struct rangeindex *x, const struct range *r, uint32_t value);
void rangeindex_build(struct rangeindex *x);
uint32_t rangeindex_find(const struct rangeindex *x, const struct addr *a); /* value or RANGE_NONE */
size_t rangeindex_slices(const struct rangeindex *x);
size_t rangeindex_bytes(const struct rangeindex *x);
void rangeindex_free(struct rangeindex *x);

#endif
