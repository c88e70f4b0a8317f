/* stage.h — the private file in which an import gathers its records and reads them back in the order of their keys. A
 * temporary SQLite database whatever the store is: its sorter spills to disk, so memory stays flat; it vanishes with
 * the process. */
#ifndef STORE_STAGE_H
#define STORE_STAGE_H
#include "base/text.h"
#include "store/versioned.h"

enum stage_mark { STAGE_GOOD, STAGE_CONFLICT, STAGE_DUPLICATE };

struct staged {
	int64_t id, line, valid_from;
	const char *key; /* closed by a 0; lives until the next call, like the values */
	size_t key_n;
	enum stage_mark mark;
	struct val v[VERSIONED_COLS];
};

struct stage;
struct stage *stage_new(int ncols, struct err *e); /* NULL: no room for temporary files */
enum st stage_add(struct stage *s, int64_t line, const struct record *r, struct err *e);
/* Begins reading in order of key, then line; `whole` with the values, else only id, line and key. */
enum st stage_rewind(struct stage *s, bool whole, struct err *e);
bool stage_next(struct stage *s, struct staged *out, struct err *e); /* false: the end, or e->code is set */
bool stage_equal(struct stage *s, int64_t a, int64_t b);	     /* do two records say the same? */
void stage_mark(struct stage *s, int64_t id, enum stage_mark mark);
int64_t stage_count(const struct stage *s);
void stage_free(struct stage *s);

#endif
