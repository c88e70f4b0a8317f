/* lang_int.h — the tables that tools/po2c.py generates from po/ and lang.c searches. Open addressing, linear probing;
 * the hash is over the text's bytes, eight at a time (`text_hash` in lang.c and in the tool are the same function). */
#ifndef BASE_LANG_INT_H
#define BASE_LANG_INT_H
#include <stdint.h>
#include "base/lang.h"

struct lang_entry {
	uint32_t hash;
	const char *id, *text; /* id is NULL in an empty place */
};

struct lang_table {
	uint32_t mask; /* places less one; at least half of them are empty */
	const struct lang_entry *entries;
};

extern const struct lang_table lang_tables[LANG_COUNT]; /* entries is NULL for English */

#endif
