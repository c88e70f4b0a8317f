/* desk_hunt.h — which cases have all words that are asked for; a header of desk/ for its search.
 *
 * The blocks of the index (desk_word.h) are gone through from the newest in spans of SPAN_BLOCKS. In a span words are
 * joined as bit maps, and what was left by one is all that the next is read for. As soon as more than `want` cases were
 * found older spans are left alone: a page shows a few of the newest. So they are when ROWS_MOST rows were read.
 */
#ifndef DESK_DESK_HUNT_H
#define DESK_DESK_HUNT_H
#include "desk/desk_int.h"
#include "desk/desk_search.h"
#include "desk/desk_word.h"

enum { SPAN_BLOCKS = 64, ROWS_MOST = 1000 };

struct hunt {
	struct req *own; /* a region of its own: gone when the search is answered */
	char *word[SEARCH_WORDS];
	int words;
	bool reporters_too;
	int least, most;     /* turns */
	int64_t want, below; /* below: only cases with ids below it; 0: all */
	/* found */
	int64_t n;
	bool more;    /* there are older ones than these */
	bool unread;  /* older cases were left out */
	int64_t left; /* these are below it; 0: none was, or it can't be said */
	/* maps of all blocks up to `newest` */
	int64_t newest, top; /* top: the newest case */
	uint8_t *found;
	uint8_t *may;	 /* those that may be shown at all */
	uint8_t *listed; /* those that are found without the words; NULL: none */
	/* inner */
	bool prefix, turned, ranked;
	int64_t from, to, first, last; /* blocks of the span; of those in it that still have a case */
	uint8_t *now, *has;
	int rows, rows_left[SEARCH_WORDS];
};

static inline size_t hunt_bytes(const struct hunt *h)
{
	return (size_t)(h->newest + 1) * BLOCK_BYTES;
}
/* Bits of one case in one of the maps. A case newer than they are is none. */
static inline void hunt_set(const struct hunt *h, uint8_t *map, int64_t id)
{
	if (id <= h->top)
		bit_set(map + block_of(id) * BLOCK_BYTES, id);
}
static inline void hunt_clear(const struct hunt *h, uint8_t *map, int64_t id)
{
	if (id <= h->top)
		bit_clear(map + block_of(id) * BLOCK_BYTES, id);
}
/* Makes the maps: every case may be shown, none is found. */
enum st hunt_begin(struct hunt *h);
/* Cases with these words; when there is none, with words that begin so. */
enum st hunt_all(struct hunt *h);
/* The newest found before `id`; -1: none. */
int64_t hunt_before(const struct hunt *h, int64_t id);

#endif
