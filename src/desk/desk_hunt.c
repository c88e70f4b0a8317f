/* Which cases have all words: bit maps of the index joined, span by span from the newest. */
#include <string.h>
#include "desk/desk_hunt.h"

/* FEW_BLOCKS: these are asked for one by one. SAMPLE_BLOCKS: they tell which word is rare. */
enum { PREFIX_LEAST = 2, PREFIX_ROWS = 20000, FEW_BLOCKS = 12, SAMPLE_BLOCKS = 8 };
enum { HAS_WHOLE = 1, HAS_BEGUN = 2 };

/* From block $2 back to $1. CROSS JOIN keeps SQLite from beginning with the words. */
#define BLOCKS "WITH RECURSIVE b(n) AS (SELECT CAST($2 AS BIGINT) UNION ALL SELECT n - 1 FROM b WHERE n > $1) "
#define ROWS BLOCKS "SELECT b.n, w.ids FROM b CROSS JOIN desk_word w WHERE w.block = b.n AND "
static const char whole_word[] = ROWS "w.word IN ($3, $4)";
static const char begun_word[] = ROWS "w.word >= $3 AND w.word < $4 LIMIT $5";
/* The first word of each block from $3 and from $4 on: the word itself, one that begins so, or neither. */
#define FROM_ON(key)                                                                                                   \
	"(SELECT w.word FROM desk_word w WHERE w.block = b.n AND w.word >= " key " ORDER BY w.word LIMIT 1)"
static const char first_words[] = BLOCKS "SELECT b.n, " FROM_ON("$3") ", " FROM_ON("$4") " FROM b";

static bool block_empty(const struct hunt *h, int64_t block)
{
	static const uint8_t none[BLOCK_BYTES];
	return memcmp(h->found + block * BLOCK_BYTES, none, BLOCK_BYTES) == 0;
}

static size_t span_at(const struct hunt *h)
{
	return (size_t)h->from * BLOCK_BYTES;
}

static size_t span_end(const struct hunt *h)
{
	return (size_t)(h->to + 1) * BLOCK_BYTES;
}

static int64_t span_count(const struct hunt *h, const uint8_t *map)
{
	int64_t n = 0;
	for (size_t i = span_at(h); i < span_end(h); i += 8) {
		uint64_t word;
		memcpy(&word, map + i, 8);
		n += __builtin_popcountll(word);
	}
	return n;
}

static void span_empty(const struct hunt *h, uint8_t *map)
{
	memset(map + span_at(h), 0, span_end(h) - span_at(h));
}

static void keep(uint8_t *map, const uint8_t *those, size_t from, size_t to)
{
	for (size_t k = from; k < to; k++)
		map[k] &= those[k];
}

/* How many blocks of the span still have a case; sets the bounds of these. */
static int64_t narrow(struct hunt *h)
{
	int64_t n = 0;
	for (int64_t i = h->from; i <= h->to; i++) {
		if (block_empty(h, i))
			continue;
		h->first = n++ ? h->first : i;
		h->last = i;
	}
	return n;
}

static enum st add_rows(struct hunt *h, struct rows *r)
{
	while (rows_next(r)) {
		int64_t block = rows_int(r, 0);
		const char *ids = rows_text(r, 1);
		h->rows++;
		if (block >= h->from && block <= h->to && !block_empty(h, block))
			block_bits(ids, strlen(ids), h->now + block * BLOCK_BYTES);
	}
	return rows_end(r);
}

/* ── a word ── */

static const char *key_of(struct hunt *h, char kind, const char *word)
{
	return arena_printf(h->own->mem, "%c%s", kind, word);
}

static enum st add_whole(struct hunt *h, const char *word, int64_t first, int64_t last)
{
	struct rows r;
	const char *open = key_of(h, WORD_OPEN, word);
	const char *other = h->reporters_too ? key_of(h, WORD_REPORTER, word) : open;
	return sql_query(h->own, &r, whole_word, V(first), V(last), V(open), V(other)) ? h->own->err.code
										       : add_rows(h, &r);
}

static enum st add_begun(struct hunt *h, char kind, int i, int64_t first, int64_t last)
{
	struct rows r;
	int before = h->rows;
	const char *key = key_of(h, kind, h->word[i]);
	/* The last character there is comes after whatever goes on. */
	const char *end = arena_printf(h->own->mem, "%s\xf4\x8f\xbf\xbf", key);
	if (sql_query(h->own, &r, begun_word, V(first), V(last), V(key), V(end), V(h->rows_left[i])) || add_rows(h, &r))
		return h->own->err.code;
	h->rows_left[i] -= h->rows - before;
	h->unread |= h->rows_left[i] == 0;
	return ST_OK;
}

static enum st add_word(struct hunt *h, int i, int64_t first, int64_t last)
{
	if (!h->prefix)
		return add_whole(h, h->word[i], first, last);
	if (strlen(h->word[i]) < PREFIX_LEAST)
		return ST_OK;
	return add_begun(h, WORD_OPEN, i, first, last) ||
			       (h->reporters_too && add_begun(h, WORD_REPORTER, i, first, last))
		       ? h->own->err.code
		       : ST_OK;
}

/* Rare words first, as a few blocks have them; of those that are alike the longest. */
static enum st rank_words(struct hunt *h)
{
	int64_t often[SEARCH_WORDS], n, from = h->last - SAMPLE_BLOCKS + 1;
	h->ranked = true;
	for (int i = 0; i < h->words; i++) {
		char *word = h->word[i];
		int k = i;
		span_empty(h, h->now);
		if (add_whole(h, word, from > h->first ? from : h->first, h->last))
			return h->own->err.code;
		for (n = span_count(h, h->now); k > 0 && often[k - 1] > n; k--) {
			often[k] = often[k - 1];
			h->word[k] = h->word[k - 1];
		}
		often[k] = n;
		h->word[k] = word;
	}
	return ST_OK;
}

static uint8_t word_has(const char *found, const char *key)
{
	size_t n = strlen(key);
	if (!found || strncmp(found, key, n) != 0)
		return 0;
	return found[n] ? HAS_BEGUN : HAS_WHOLE | HAS_BEGUN;
}

/* Most words that find nothing are in no block: both ways of finding one are looked for at once. */
static enum st look_for(struct hunt *h, const char *word)
{
	struct rows r;
	const char *open = key_of(h, WORD_OPEN, word);
	const char *other = h->reporters_too ? key_of(h, WORD_REPORTER, word) : open;
	if (sql_query(h->own, &r, first_words, V(h->first), V(h->last), V(open), V(other)))
		return h->own->err.code;
	while (rows_next(&r)) {
		int64_t block = rows_int(&r, 0);
		if (block >= h->from && block <= h->to)
			h->has[block] = word_has(rows_text(&r, 1), open) | word_has(rows_text(&r, 2), other);
	}
	return rows_end(&r);
}

/* Leaves the blocks that have the first word. */
static enum st keep_blocks(struct hunt *h)
{
	if (!h->prefix && look_for(h, h->word[0]))
		return h->own->err.code;
	for (int64_t i = h->from; i <= h->to; i++)
		if (!(h->has[i] & (h->prefix ? HAS_BEGUN : HAS_WHOLE)))
			memset(h->found + i * BLOCK_BYTES, 0, BLOCK_BYTES);
	return ST_OK;
}

static enum st keep_word(struct hunt *h, int i, int64_t blocks)
{
	span_empty(h, h->now);
	if (blocks > FEW_BLOCKS && add_word(h, i, h->first, h->last))
		return h->own->err.code;
	for (int64_t b = h->last; blocks <= FEW_BLOCKS && b >= h->first; b--)
		if (!block_empty(h, b) && add_word(h, i, b, b))
			return h->own->err.code;
	keep(h->found, h->now, span_at(h), span_end(h));
	return ST_OK;
}

/* ── whose turn it is ── */

static enum st keep_turns(struct hunt *h, uint8_t *map)
{
	struct rows r;
	span_empty(h, h->now);
	if (narrow(h) && (sql_query(h->own, &r, whole_word, V(h->first), V(h->last), V(word_turn(h->least)),
				    V(word_turn(h->most))) ||
			  add_rows(h, &r)))
		return h->own->err.code;
	keep(map, h->now, span_at(h), span_end(h));
	return ST_OK;
}

/* Open cases are few, and most blocks have none: these go first. */
static enum st keep_open(struct hunt *h)
{
	if (h->turned || h->most == TURN_CLOSED)
		return ST_OK;
	if (keep_turns(h, h->may))
		return h->own->err.code;
	keep(h->found, h->may, span_at(h), span_end(h));
	return ST_OK;
}

static enum st keep_closed(struct hunt *h)
{
	return h->least == TURN_CLOSED ? keep_turns(h, h->found) : ST_OK;
}

/* ── a span ── */

static enum st span_words(struct hunt *h)
{
	int64_t blocks;
	if (!narrow(h))
		return ST_OK;
	if ((!h->ranked && h->words > 1 && rank_words(h)) || keep_blocks(h))
		return h->own->err.code;
	for (int i = 0; i < h->words && (blocks = narrow(h)); i++)
		if (keep_word(h, i, blocks))
			return h->own->err.code;
	return ST_OK;
}

static enum st hunt_span(struct hunt *h)
{
	memcpy(h->found + span_at(h), h->may + span_at(h), span_end(h) - span_at(h));
	if (keep_open(h) || span_words(h))
		return h->own->err.code;
	for (size_t k = span_at(h); h->listed && k < span_end(h); k++)
		h->found[k] |= h->listed[k] & h->may[k];
	if (keep_closed(h))
		return h->own->err.code;
	h->n += span_count(h, h->found);
	return ST_OK;
}

static enum st hunt_spans(struct hunt *h)
{
	for (h->to = h->newest; h->to >= 0 && !h->more && !h->unread; h->to = h->from - 1) {
		h->from = h->to >= SPAN_BLOCKS ? h->to - SPAN_BLOCKS + 1 : 0;
		if (hunt_span(h))
			return h->own->err.code;
		h->more = h->n > h->want && h->from > 0;
		h->unread |= h->rows > ROWS_MOST && h->from > 0 && !h->more;
	}
	h->left = h->unread ? h->from * BLOCK_CASES : 0;
	return ST_OK;
}

static uint8_t *map_new(struct hunt *h, int value)
{
	return memset(arena_alloc(h->own->mem, hunt_bytes(h)), value, hunt_bytes(h));
}

enum st hunt_begin(struct hunt *h)
{
	if (sql_number0(h->own, &h->top, "SELECT coalesce(max(id), 0) FROM desk_case"))
		return h->own->err.code;
	h->top = h->below > 0 && h->below <= h->top ? h->below - 1 : h->top;
	h->newest = block_of(h->top);
	h->found = map_new(h, 0);
	h->now = map_new(h, 0);
	h->may = map_new(h, 0xff);
	for (int64_t id = h->top + 1; block_of(id) == h->newest; id++)
		bit_clear(h->may + h->newest * BLOCK_BYTES, id);
	h->has = memset(arena_alloc(h->own->mem, (size_t)h->newest + 1), 0, (size_t)h->newest + 1);
	for (int i = 0; i < SEARCH_WORDS; i++)
		h->rows_left[i] = PREFIX_ROWS;
	return ST_OK;
}

enum st hunt_all(struct hunt *h)
{
	if (h->words == 0)
		return ST_OK;
	if (hunt_spans(h) || h->n || h->unread)
		return h->own->err.code;
	h->turned = h->prefix = true;
	h->rows = 0;
	return hunt_spans(h);
}

int64_t hunt_before(const struct hunt *h, int64_t id)
{
	for (id--; id >= 0; id--) {
		uint8_t byte = h->found[id / 8];
		if (!byte)
			id &= ~7LL;
		else if (byte >> (id & 7) & 1)
			return id;
	}
	return -1;
}
