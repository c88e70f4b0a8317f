/* bins.h — how rows with ranges are found by an address: a row is stored under its bin, the longest prefix that
 * contains its whole range (range_bin), and an address can only lie in rows whose bin is one of the prefixes around it,
 * 33 or 129. The bin's bytes are a tag, the address, the length, so that rows written in order of their first address
 * fall into place in the index too. */
#ifndef NUMBERS_BINS_H
#define NUMBERS_BINS_H
#include "base/addr.h"
#include "store/store.h"

enum { BIN_IPV4 = '4', BIN_IPV6 = '6', BIN_ASN = 'a' };
struct bin {
	uint8_t b[18];
	size_t n;
};
#define BIN_GROUP 33 /* bins asked for in one statement */

struct bin bin_of(const struct range *r, uint8_t tag);
/* The group-th BIN_GROUP bins around an address, most specific first, padded with NULLs; false when there are no more.
 */
bool bins_around(const struct addr *a, uint8_t tag, int group, struct bin bins[BIN_GROUP], struct val v[BIN_GROUP]);
#define BIN_PARAMS                                                                                                     \
	"$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, "   \
	"$24, $25, $26, "                                                                                              \
	"$27, $28, $29, $30, $31, $32, $33"

/* Does a hold fewer addresses than b? */
bool range_smaller(const struct range *a, const struct range *b);
struct range asn_range(uint32_t first, uint32_t last); /* AS numbers as if they were IPv4 addresses */
uint32_t asn_of_addr(const struct addr *a);
/* Tag, first and last address in hexadecimal ("40a0000000a0000ff"): sorts as the ranges do. A key may go on after a
 * '-'. */
#define RANGE_KEY 68
void range_key(const struct range *r, uint8_t tag, char out[RANGE_KEY]);
bool range_key_parse(const char *key, uint8_t *tag, struct range *out);

/* Which ranges of a file cross or contain earlier ones: fed in order of range_key. */
#define OVERLAP_DEPTH 32
struct overlap {
	struct range open[OVERLAP_DEPTH];
	int64_t line[OVERLAP_DEPTH];
	int n;
	uint8_t tag;
};
/* The line of an earlier range that shares addresses with r, 0 if none. `nested` allows one inside another. */
int64_t overlap_see(struct overlap *o, const struct range *r, uint8_t tag, int64_t line, bool nested);
#endif
