/* numbers_int.h — what the files of numbers/ share. */
#ifndef NUMBERS_INT_H
#define NUMBERS_INT_H
#include "numbers/bins.h"
#include "numbers/numbers.h"

extern const struct versioned holding_set;
void holding_record(const struct holding *h, struct bin *bin, char key[RANGE_KEY],
		    struct record *out); /* points into h */

/* The live ranges of the other registries' sources, read along with a file whose keys come in order. */
struct others;
struct others *others_open(struct store *s, const char *source);
/* The name of a source that holds some of r already, and which range of it; NULL: none does. Feed in order of
 * range_key. */
const char *others_see(struct others *x, const struct range *r, uint8_t tag, struct range *which);
void others_close(struct others *x);
#endif
