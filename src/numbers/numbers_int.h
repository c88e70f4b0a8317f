/* numbers_int.h — what the files of numbers/ share. */
#ifndef NUMBERS_INT_H
#define NUMBERS_INT_H
#include "numbers/bins.h"
#include "numbers/numbers.h"

extern const struct versioned holding_set;
void holding_record(const struct holding *h, struct bin *bin, char key[RANGE_KEY],
		    struct record *out); /* points into h */

/* A row of these columns, with its source as s; its range is first and last (4 and 5). */
#define HOLDING_COLUMNS                                                                                                \
	"t.id, t.registry, t.country, t.kind, t.first, t.last, t.status, t.opaque, t.valid_from, t.valid_to, "         \
	"t.first_seen, t.from_record," VERSIONED_LAST_SEEN(t, s)
void holding_take(struct rows *r, const struct range *range, struct holding *out);

/* The live ranges of the other registries' sources, read along with a file whose keys come in order. */
struct others;
struct others *others_open(struct store *s, const char *source);
/* The name of a source that holds some of r already, and which range of it; NULL: none does. Feed in order of
 * range_key. */
const char *others_see(struct others *x, const struct range *r, uint8_t tag, struct range *which);
void others_close(struct others *x);
#endif
