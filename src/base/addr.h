/* addr.h — IP addresses, prefixes and ranges, AS numbers. An address is 16 bytes in network order plus its family; IPv4
 * stands in the first 4 bytes, the rest is 0. Text forms: RFC 4291, printed as RFC 5952; IPv4 strict dotted quad
 * without leading zeroes. */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct addr {
	uint8_t family; /* 4 or 6 */
	uint8_t b[16];
};
struct prefix {
	struct addr a;
	uint8_t len;
};
struct range {
	struct addr first, last;
}; /* same family, first ≤ last, both included */

#define ADDR_TEXT 46 /* bytes for an address as text, with the 0 */
#define PREFIX_TEXT 50

bool addr_parse(const char *s, struct addr *out); /* the whole string; "[…]" and zone ids refused */
char *addr_text(const struct addr *a, char out[ADDR_TEXT]);
int addr_cmp(const struct addr *a, const struct addr *b); /* family first */
bool addr_next(struct addr *a);				  /* +1; false when it wraps */
bool addr_prev(struct addr *a);
/* Of its network (/24, /48), for tables that count by network: a clash makes a cap a little tighter. */
uint32_t addr_net_hash(const struct addr *a);
/* ::ffff:192.0.2.1 (RFC 4291 §2.5.5.2), as dual-stack sockets and their logs have it, is the IPv4 address. */
void addr_unmap(struct addr *a);
int addr_bits(const struct addr *a); /* 32 or 128 */

bool prefix_parse(const char *s, struct prefix *out); /* host bits must be 0; a lone address is /32 or /128 */
char *prefix_text(const struct prefix *p, char out[PREFIX_TEXT]);
struct range prefix_range(const struct prefix *p);
struct prefix prefix_of(const struct addr *a, int len); /* host bits cleared */

/* "a.b.c.d/n", "first-last" or "first,last". */
bool range_parse(const char *s, struct range *out);
bool range_from_count(const struct addr *first, uint64_t count, struct range *out); /* NRO ipv4 value: a count */
/* The fewest prefixes that make the range; returns how many (≤ 254), or -1 when it is more than max. */
int range_prefixes(const struct range *r, struct prefix *out, int max);
bool range_has(const struct range *r, const struct addr *a);
/* The longest single prefix that contains the whole range: the "bin" under which ranges are stored and searched. */
struct prefix range_bin(const struct range *r);
char *range_text(const struct range *r, char out[2 * ADDR_TEXT]); /* a prefix when it is one, else first-last */

bool asn_parse(const char *s, uint32_t *out); /* AS3462, as3462, 3462, 0.3462 (asdot, RFC 5396) */

#endif
