/* Rows of the index of words: read, joined, written; as few statements as the words of a step allow. */
#include <stdlib.h>
#include <string.h>
#include "desk/desk_int.h"
#include "desk/desk_search.h"
#include "desk/desk_word.h"

static const char tables[] =
	"CREATE TABLE desk_word(block BIGINT NOT NULL, word TEXT NOT NULL, ids TEXT NOT NULL, PRIMARY KEY(block, "
	"word))KEY_ORDERED;"
	"BYTE_ORDER(desk_word.word);"
	"CREATE TABLE desk_stale(id SERIAL_ID, case_id BIGINT NOT NULL, scrub BIGINT NOT NULL);"
	/* What is there is read case by case; the journal from here on. */
	"INSERT INTO desk_stale(case_id, scrub) SELECT id, 0 FROM desk_case ORDER BY id;"
	"INSERT INTO journal_follower(name, next) SELECT 'search', coalesce(max(seq) + 1, 0) FROM journal_entry";
const struct migration desk_search_migrations[] = { { 244, "words of cases", tables }, { 0 } };

/* ── blocks ── */

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

void block_put(char out[ID_CHARS], int64_t case_id)
{
	int64_t k = case_id % BLOCK_CASES;
	out[0] = digits[k >> 6];
	out[1] = digits[k & 63];
}

/* Where it stands in `digits`. */
static unsigned digit(char c)
{
	/* clang-format off */
	static const uint8_t place[128] = {
		63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63,
		63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63,
		63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 62, 63, 63,
		0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 63, 63, 63, 63, 63, 63,
		63, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
		25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 63, 63, 63, 63, 63,
		63, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50,
		51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 63, 63, 63, 63, 63,
	};
	/* clang-format on */
	return place[c & 127];
}

/* Returns how many characters it read. */
static size_t map_bits(const char *text, size_t n, uint8_t bits[BLOCK_BYTES])
{
	unsigned held = 0, have = 0;
	size_t i = 0;
	for (uint8_t *to = bits; i < n && i < MAP_CHARS; i++) {
		held |= digit(text[i]) << have;
		have += 6;
		if (have < 8)
			continue;
		*to++ |= (uint8_t)held;
		held >>= 8;
		have -= 8;
	}
	return i;
}

void block_bits(const char *ids, size_t n, uint8_t bits[BLOCK_BYTES])
{
	size_t i = n && *ids == MAP_MARK ? 1 + map_bits(ids + 1, n - 1, bits) : 0;
	for (; i + 1 < n; i += ID_CHARS)
		bit_set(bits, (digit(ids[i]) << 6 | digit(ids[i + 1])) % BLOCK_CASES);
}

static char *map_text(const uint8_t bits[BLOCK_BYTES], char out[BLOCK_TEXT])
{
	char *p = out;
	*p++ = MAP_MARK;
	for (int64_t i = 0; i < BLOCK_CASES; i += 6) {
		int d = 0;
		for (int k = 0; k < 6 && i + k < BLOCK_CASES; k++)
			d |= bit_of(bits, i + k) << k;
		*p++ = digits[d];
	}
	*p = 0;
	return out;
}

/* As a list, or as a map where that is shorter. */
char *block_text(const uint8_t bits[BLOCK_BYTES], char out[BLOCK_TEXT])
{
	char *p = out;
	for (int64_t i = 0; i < BLOCK_CASES; i++) {
		if (!bit_of(bits, i))
			continue;
		if (p - out + ID_CHARS > MAP_CHARS)
			return map_text(bits, out);
		block_put(p, i);
		p += ID_CHARS;
	}
	*p = 0;
	return out;
}

const char *word_turn(int queue)
{
	static const char *const words[] = { [TURN_US] = "=0", [TURN_PARTY] = "=1", [TURN_CLOSED] = "=2" };
	return words[queue >= TURN_US && queue <= TURN_CLOSED ? queue : TURN_US];
}

/* ── rows ── */

static enum st row_read(struct req *rq, int64_t block, const char *word, uint8_t bits[BLOCK_BYTES])
{
	struct rows r;
	memset(bits, 0, BLOCK_BYTES);
	if (sql_query(rq, &r, "SELECT ids FROM desk_word WHERE block = $1 AND word = $2", V(block), V(word)))
		return rq->err.code;
	if (rows_next(&r)) {
		const char *ids = rows_text(&r, 0);
		block_bits(ids, strlen(ids), bits);
	}
	return rows_end(&r);
}

static enum st row_set(struct req *rq, int64_t block, const char *word, const uint8_t bits[BLOCK_BYTES])
{
	char text[BLOCK_TEXT], *ids = block_text(bits, text);
	if (!*ids)
		return sql_run(rq, "DELETE FROM desk_word WHERE block = $1 AND word = $2", V(block), V(word));
	return sql_run(rq,
		       "INSERT INTO desk_word(block, word, ids) VALUES($1, $2, $3) ON CONFLICT(block, word) DO UPDATE"
		       " SET ids = excluded.ids",
		       V(block), V(word), V(ids));
}

/* A list that became longer than its map would be is made into one. */
static enum st row_shorten(struct req *rq, int64_t block, const char *word)
{
	uint8_t bits[BLOCK_BYTES];
	return row_read(rq, block, word, bits) ? rq->err.code : row_set(rq, block, word, bits);
}

static enum st row_add(struct req *rq, int64_t block, const char *word, const char *ids)
{
	int64_t n = 0;
	if (sql_number(rq, &n,
		       "INSERT INTO desk_word(block, word, ids) VALUES($1, $2, $3) ON CONFLICT(block, word) DO UPDATE"
		       " SET ids = desk_word.ids || excluded.ids RETURNING length(ids)",
		       V(block), V(word), V(ids)))
		return rq->err.code;
	return n > MAP_MOST ? row_shorten(rq, block, word) : ST_OK;
}

/* ── words that go ── */

struct thinned {
	char *word, *before;
	uint8_t bits[BLOCK_BYTES];
	struct thinned *next;
};

static bool strip(uint8_t bits[BLOCK_BYTES], const uint8_t gone[BLOCK_BYTES])
{
	bool any = false;
	for (int i = 0; i < BLOCK_BYTES; i++) {
		any |= (bits[i] & gone[i]) != 0;
		bits[i] &= (uint8_t)~gone[i];
	}
	return any;
}

/* Somebody else may have added to the row since it was read: then it is read again. */
static enum st row_thin(struct req *rq, int64_t block, struct thinned *t, const uint8_t gone[BLOCK_BYTES])
{
	char text[BLOCK_TEXT];
	for (int tries = 0; tries < 5; tries++) {
		struct rows r;
		int64_t changed = 0;
		if (sql_run_count(rq, &changed,
				  "UPDATE desk_word SET ids = $4 WHERE block = $1 AND word = $2 AND ids = $3", V(block),
				  V(t->word), V(t->before), V(block_text(t->bits, text))))
			return rq->err.code;
		if (changed)
			return sql_run(rq, "DELETE FROM desk_word WHERE block = $1 AND word = $2 AND ids = ''",
				       V(block), V(t->word));
		if (sql_query(rq, &r, "SELECT ids FROM desk_word WHERE block = $1 AND word = $2", V(block), V(t->word)))
			return rq->err.code;
		t->before = rows_next(&r) ? rows_dup(&r, 0) : NULL;
		if (rows_end(&r) || !t->before)
			return rq->err.code;
		memset(t->bits, 0, BLOCK_BYTES);
		block_bits(t->before, strlen(t->before), t->bits);
		strip(t->bits, gone);
	}
	return err_set(&rq->err, ST_BUSY, "the index of words is being written; try again");
}

/* Takes these cases out of every word of the block. What they still say is put in again afterwards. */
static enum st scrub_block(struct req *rq, int64_t block, const uint8_t gone[BLOCK_BYTES])
{
	struct rows r;
	struct thinned *list = NULL;
	if (sql_query(rq, &r, "SELECT word, ids FROM desk_word WHERE block = $1", V(block)))
		return rq->err.code;
	while (rows_next(&r)) {
		uint8_t bits[BLOCK_BYTES] = { 0 };
		const char *ids = rows_text(&r, 1);
		block_bits(ids, strlen(ids), bits);
		if (!strip(bits, gone))
			continue;
		struct thinned *t = arena_new_of(rq->mem, struct thinned);
		t->word = rows_dup(&r, 0);
		t->before = rows_dup(&r, 1);
		memcpy(t->bits, bits, sizeof bits);
		t->next = list;
		list = t;
	}
	if (rows_end(&r))
		return rq->err.code;
	for (; list; list = list->next)
		if (row_thin(rq, block, list, gone))
			return rq->err.code;
	return ST_OK;
}

enum st word_rows_scrub(struct req *rq, const int64_t *id, int n)
{
	for (int i = 0; i < n; i++) {
		uint8_t gone[BLOCK_BYTES] = { 0 };
		bool first = true;
		for (int k = 0; k < n; k++)
			if (block_of(id[k]) == block_of(id[i])) {
				first &= k >= i;
				bit_set(gone, id[k]);
			}
		if (first && scrub_block(rq, block_of(id[i]), gone))
			return rq->err.code;
	}
	return ST_OK;
}

/* ── a step ── */

static bool first_of_block(const struct reread *c, int i)
{
	for (int k = 0; k < i; k++)
		if (block_of(c[k].id) == block_of(c[i].id))
			return false;
	return true;
}

/* Whose turn it is, once a block: out of the other rows, into one. */
static enum st write_turns(struct req *rq, const struct reread *c, int n, int64_t block)
{
	for (int queue = TURN_US; queue <= TURN_CLOSED; queue++) {
		uint8_t bits[BLOCK_BYTES], before[BLOCK_BYTES];
		if (row_read(rq, block, word_turn(queue), bits))
			return rq->err.code;
		memcpy(before, bits, sizeof bits);
		for (int i = 0; i < n; i++) {
			uint8_t one[BLOCK_BYTES] = { 0 };
			if (block_of(c[i].id) != block)
				continue;
			bit_set(one, c[i].id);
			strip(bits, one);
			if (c[i].queue == queue)
				bit_set(bits, c[i].id);
		}
		if (memcmp(before, bits, sizeof bits) != 0 && row_set(rq, block, word_turn(queue), bits))
			return rq->err.code;
	}
	return ST_OK;
}

static enum st write_block(struct req *rq, const struct reread *c, int n, int64_t block)
{
	uint8_t gone[BLOCK_BYTES] = { 0 };
	bool any = false;
	for (int i = 0; i < n; i++)
		if (c[i].scrub && block_of(c[i].id) == block) {
			bit_set(gone, c[i].id);
			any = true;
		}
	if (any && scrub_block(rq, block, gone))
		return rq->err.code;
	return write_turns(rq, c, n, block);
}

static int by_row(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	if (block_of(x->id) != block_of(y->id))
		return block_of(x->id) < block_of(y->id) ? -1 : 1;
	int d = strcmp(x->word, y->word);
	return d ? d : (x->id > y->id) - (x->id < y->id);
}

/* Cases of one block with one word. Those that were there before may have it already: then the row is looked at. */
static enum st write_row(struct req *rq, const struct pair *p, int n)
{
	uint8_t bits[BLOCK_BYTES] = { 0 };
	int64_t block = block_of(p->id);
	char *ids = arena_alloc(rq->mem, (size_t)n * ID_CHARS + 1), *end = ids;
	bool fresh = true;
	for (int i = 0; i < n; i++)
		fresh &= p[i].fresh;
	if (!fresh && row_read(rq, block, p->word, bits))
		return rq->err.code;
	for (int i = 0; i < n; i++)
		if (!bit_of(bits, p[i].id)) {
			bit_set(bits, p[i].id);
			block_put(end, p[i].id);
			end += ID_CHARS;
		}
	*end = 0;
	return *ids ? row_add(rq, block, p->word, ids) : ST_OK;
}

enum st word_rows_write(struct req *rq, const struct reread *c, int n, struct pair *pair, int pairs)
{
	for (int i = 0; i < n; i++)
		if (first_of_block(c, i) && write_block(rq, c, n, block_of(c[i].id)))
			return rq->err.code;
	if (pairs)
		qsort(pair, (size_t)pairs, sizeof *pair, by_row);
	for (int i = 0, k; i < pairs; i = k) {
		for (k = i + 1; k < pairs && block_of(pair[k].id) == block_of(pair[i].id) &&
				strcmp(pair[k].word, pair[i].word) == 0;)
			k++;
		if (write_row(rq, pair + i, k - i))
			return rq->err.code;
	}
	return ST_OK;
}
