/* desk_word.h — rows of desk_word: which cases of a block have a word. A header of desk/ for its search. */
#ifndef DESK_DESK_WORD_H
#define DESK_DESK_WORD_H
#include "base/words.h"
#include "store/store.h"

enum { BLOCK_CASES = 4096, BLOCK_BYTES = BLOCK_CASES / 8, ID_CHARS = 2 };
/* First character of a key: who may find the word, or whose turn it is in the case. */
enum { WORD_OPEN = 'o', WORD_REPORTER = 'r', WORD_TURN = '=' };

static inline int64_t block_of(int64_t case_id)
{
	return case_id / BLOCK_CASES;
}
/* Two characters a case, in any order, some perhaps twice. Of many cases a row begins with MAP_MARK and a map of MAP_CHARS
 * characters instead, six cases each, behind which the later ones stand like that: a row fits into a page. */
enum { MAP_MARK = '!', MAP_CHARS = (BLOCK_CASES + 5) / 6, MAP_MOST = 1000 };
void block_put(char out[ID_CHARS], int64_t case_id);
void block_bits(const char *ids, size_t n, uint8_t bits[BLOCK_BYTES]); /* adds to what is there */
enum { BLOCK_TEXT = MAP_CHARS + 2 };
char *block_text(const uint8_t bits[BLOCK_BYTES], char out[BLOCK_TEXT]);
static inline bool bit_of(const uint8_t *bits, int64_t case_id)
{
	int64_t k = case_id % BLOCK_CASES;
	return bits[k >> 3] >> (k & 7) & 1;
}
static inline void bit_set(uint8_t *bits, int64_t case_id)
{
	int64_t k = case_id % BLOCK_CASES;
	bits[k >> 3] |= (uint8_t)(1 << (k & 7));
}
static inline void bit_clear(uint8_t *bits, int64_t case_id)
{
	int64_t k = case_id % BLOCK_CASES;
	bits[k >> 3] &= (uint8_t) ~(1 << (k & 7));
}
/* The key "=N" of the cases in which it is this one's turn. */
const char *word_turn(int queue);

/* One case that is read again. */
struct reread {
	int64_t id, stale; /* stale: id of the row of desk_stale, 0 none */
	bool fresh, scrub; /* fresh: it was not in the index; scrub: words may have to go */
	int queue;
};
struct pair {
	int64_t id;
	const char *word; /* with its key character */
	bool fresh;
};
/* Inside a write: no word names these cases any more. */
enum st word_rows_scrub(struct req *rq, const int64_t *id, int n);
/* Inside a write. `pair` is put in order. */
enum st word_rows_write(struct req *rq, const struct reread *c, int n, struct pair *pair, int pairs);

#endif
