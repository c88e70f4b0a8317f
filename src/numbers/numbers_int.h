/* numbers_int.h — what the files of numbers/ share. */
#ifndef NUMBERS_INT_H
#define NUMBERS_INT_H
#include "numbers/bins.h"
#include "numbers/numbers.h"

extern const struct versioned holding_set;
void holding_record(const struct holding *h, struct bin *bin, char key[RANGE_KEY],
		    struct record *out); /* points into h */
#endif
