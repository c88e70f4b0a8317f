/* Finding cases by words: bit maps of the index joined, the newest that fit read from their rows. */
#include <stdlib.h>
#include <string.h>
#include "desk/desk_filter.h"
#include "desk/desk_int.h"
#include "desk/desk_queue.h"
#include "desk/desk_search.h"
#include "desk/desk_text.h"
#include "desk/desk_word.h"
#include "who/permit.h"

enum { PREFIX_LEAST = 2, PREFIX_ROWS = 20000, FEW_BLOCKS = 64, OBS_HITS = 1000, EXCERPTS = 50 };
/* A search's bit maps: gone when it is answered. */
#define SEARCH_CAP ((size_t)64 << 20)

struct hunt {
	struct req *rq, *own; /* own: the same reader, a region of its own */
	char *word[SEARCH_WORDS];
	int words;
	char *phrase[SEARCH_WORDS];
	int phrases;
	bool reporters_too, prefix;
	int64_t newest; /* block */
	uint8_t *found, *now;
	struct closed_cases closed; /* to whoever asks */
};

static size_t map_bytes(const struct hunt *h)
{
	return (size_t)(h->newest + 1) * BLOCK_BYTES;
}

/* ── what is asked for ── */

static bool add_word(void *ctx, const struct word *w)
{
	struct hunt *h = ctx;
	for (int i = 0; i < h->words; i++)
		if (strcmp(h->word[i], w->p) == 0)
			return true;
	if (h->words == SEARCH_WORDS)
		return false;
	h->word[h->words++] = arena_strdup(h->own->mem, w->p);
	return true;
}

/* The longest first: it is likely the rarest. */
static int by_length(const void *a, const void *b)
{
	size_t x = strlen(*(char *const *)a), y = strlen(*(char *const *)b);
	return x < y ? 1 : x > y ? -1 : 0;
}

/* Between quotes stands a phrase, anywhere else words. A quote that is not closed goes on to the end. */
static void read_query(struct hunt *h, const char *s)
{
	for (bool quoted = false; *s; quoted = !quoted) {
		size_t n = strcspn(s, "\"");
		char *part = arena_dup(h->own->mem, s, n);
		words_each(part, n, WORDS_ASKED, add_word, h);
		char *folded = words_fold(h->own->mem, part);
		if (quoted && *folded && h->phrases < SEARCH_WORDS)
			h->phrase[h->phrases++] = folded;
		s += n + (s[n] == '"');
	}
	qsort(h->word, (size_t)h->words, sizeof *h->word, by_length);
}

/* ── bit maps ── */

/* CROSS JOIN keeps SQLite from beginning with the words. */
#define BLOCKS "WITH RECURSIVE b(n) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT n - 1 FROM b WHERE n > 0) "
#define ROWS "SELECT b.n, w.ids FROM b CROSS JOIN desk_word w WHERE w.block = b.n AND "
static const char whole_word[] = BLOCKS ROWS "w.word IN ($2, $3)";
static const char begun_word[] = BLOCKS ROWS "w.word >= $2 AND w.word < $3 LIMIT $4";
static const char one_block[] = "SELECT block, ids FROM desk_word WHERE block = $1 AND word IN ($2, $3)";

static enum st add_rows(struct hunt *h, struct rows *r, uint8_t *map)
{
	while (rows_next(r)) {
		int64_t block = rows_int(r, 0);
		const char *ids = rows_text(r, 1);
		if (block >= 0 && block <= h->newest)
			block_bits(ids, strlen(ids), map + block * BLOCK_BYTES);
	}
	return rows_end(r);
}

static enum st add_begun(struct hunt *h, char kind, const char *word, uint8_t *map)
{
	struct rows r;
	if (strlen(word) < PREFIX_LEAST)
		return ST_OK;
	const char *key = arena_printf(h->own->mem, "%c%s", kind, word);
	/* The last character there is comes after whatever goes on. */
	const char *end = arena_printf(h->own->mem, "%s\xf4\x8f\xbf\xbf", key);
	if (sql_query(h->own, &r, begun_word, V(h->newest), V(key), V(end), V(PREFIX_ROWS)))
		return h->own->err.code;
	return add_rows(h, &r, map);
}

static bool block_empty(const struct hunt *h, int64_t block)
{
	static const uint8_t none[BLOCK_BYTES];
	return memcmp(h->found + block * BLOCK_BYTES, none, BLOCK_BYTES) == 0;
}

static int64_t blocks_left(const struct hunt *h)
{
	int64_t n = 0;
	for (int64_t i = 0; i <= h->newest; i++)
		n += !block_empty(h, i);
	return n;
}

/* Where only a few blocks can still have a case, only those are asked for. */
static enum st add_whole(struct hunt *h, const char *word, bool first, uint8_t *map)
{
	struct rows r;
	const char *open = arena_printf(h->own->mem, "%c%s", WORD_OPEN, word);
	const char *other = h->reporters_too ? arena_printf(h->own->mem, "%c%s", WORD_REPORTER, word) : open;
	if (first || blocks_left(h) > FEW_BLOCKS)
		return sql_query(h->own, &r, whole_word, V(h->newest), V(open), V(other)) ? h->own->err.code
											  : add_rows(h, &r, map);
	for (int64_t i = 0; i <= h->newest; i++)
		if (!block_empty(h, i) &&
		    (sql_query(h->own, &r, one_block, V(i), V(open), V(other)) || add_rows(h, &r, map)))
			return h->own->err.code;
	return ST_OK;
}

static enum st add_word_of(struct hunt *h, int i, uint8_t *map)
{
	if (!h->prefix)
		return add_whole(h, h->word[i], i == 0, map);
	return add_begun(h, WORD_OPEN, h->word[i], map) ||
			       (h->reporters_too && add_begun(h, WORD_REPORTER, h->word[i], map))
		       ? h->own->err.code
		       : ST_OK;
}

static enum st join_words(struct hunt *h)
{
	size_t n = map_bytes(h);
	for (int i = 0; i < h->words; i++) {
		uint8_t *map = i ? h->now : h->found;
		memset(map, 0, n);
		if (add_word_of(h, i, map))
			return h->own->err.code;
		for (size_t k = 0; i && k < n; k++)
			h->found[k] &= h->now[k];
	}
	return ST_OK;
}

/* The observable itself, as it is written in its row: found at once, before the index has read the case. */
static enum st add_observable(struct hunt *h, const char *value)
{
	struct rows r;
	if (sql_query(h->own, &r,
		      "SELECT case_id FROM desk_observable WHERE vkey = $1 AND value = $2 ORDER BY id DESC LIMIT $3",
		      V(desk_value_key(value)), V(value), V(OBS_HITS)))
		return h->own->err.code;
	while (rows_next(&r)) {
		int64_t id = rows_int(&r, 0);
		if (block_of(id) <= h->newest)
			bit_set(h->found + block_of(id) * BLOCK_BYTES, id);
	}
	return rows_end(&r);
}

/* Only those in which it is the turn of whom the view shows. */
static enum st keep_turns(struct hunt *h, int least, int most)
{
	struct rows r;
	size_t n = map_bytes(h);
	if (least == TURN_US && most == TURN_CLOSED)
		return ST_OK;
	memset(h->now, 0, n);
	for (int q = least; q <= most; q++)
		if (sql_query(h->own, &r, whole_word, V(h->newest), V(word_turn(q)), V(word_turn(q))) ||
		    add_rows(h, &r, h->now))
			return h->own->err.code;
	for (size_t k = 0; k < n; k++)
		h->found[k] &= h->now[k];
	return ST_OK;
}

static void let_through(void *ctx, int64_t id)
{
	struct hunt *h = ctx;
	if (block_of(id) <= h->newest)
		bit_set(h->now + block_of(id) * BLOCK_BYTES, id);
}

static enum st keep_filtered(struct hunt *h, const struct desk_find *f)
{
	size_t n = map_bytes(h);
	if (!f->filter)
		return ST_OK;
	memset(h->now, 0, n);
	if (desk_filter_each(h->own, f->filter, f->least, f->most, let_through, h))
		return h->own->err.code;
	for (size_t k = 0; k < n; k++)
		h->found[k] &= h->now[k];
	return ST_OK;
}

static int64_t count(const struct hunt *h)
{
	int64_t n = 0;
	for (size_t i = 0; i < map_bytes(h); i += 8) {
		uint64_t word;
		memcpy(&word, h->found + i, 8);
		n += __builtin_popcountll(word);
	}
	return n;
}

/* The newest before `id`, taken out of the map; -1: none. */
static int64_t before(const struct hunt *h, int64_t id)
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

/* ── phrases ── */

struct spoken {
	const struct hunt *h;
	bool said[SEARCH_WORDS];
};

static bool hear(void *ctx, enum text_from from, const char *text)
{
	struct spoken *s = ctx;
	int left = 0;
	char *folded = words_fold(s->h->own->mem, text);
	for (int i = 0; i < s->h->phrases; i++) {
		s->said[i] |= strstr(folded, s->h->phrase[i]) != NULL;
		left += !s->said[i];
	}
	return (void)from, left > 0;
}

/* `mem`: emptied before each case. */
static enum st says_all(struct hunt *h, struct arena *mem, int64_t id, bool *all)
{
	struct spoken s = { .h = h };
	struct arena *keep = h->own->mem;
	arena_reset(mem);
	h->own->mem = mem;
	enum st st = desk_texts(h->own, id, h->reporters_too, hear, &s);
	h->own->mem = keep;
	*all = true;
	for (int i = 0; i < h->phrases; i++)
		*all &= s.said[i];
	return st;
}

/* Leaves those of the newest that say it; older ones are not read. */
static enum st keep_phrases(struct hunt *h)
{
	int64_t id = (h->newest + 1) * BLOCK_CASES;
	struct arena *mem = arena_new(SEARCH_CAP);
	enum st st = ST_OK;
	for (int looks = 0; !st && (id = before(h, id)) >= 0; looks++) {
		bool all = false;
		if (looks < PHRASE_LOOKS)
			st = says_all(h, mem, id, &all);
		if (!all)
			h->found[id / 8] &= (uint8_t) ~(1 << (id & 7));
	}
	arena_free(mem);
	return st;
}

/* ── where it was found ── */

struct looking {
	const struct hunt *h;
	struct queue_row *q;
	const char *text;
	size_t at, end;
};

static bool wanted(const struct hunt *h, const char *word)
{
	for (int i = 0; i < h->words; i++)
		if (h->prefix ? strncmp(word, h->word[i], strlen(h->word[i])) == 0 : strcmp(word, h->word[i]) == 0)
			return true;
	return false;
}

static bool mark(void *ctx, const struct word *w)
{
	struct looking *e = ctx;
	if (!wanted(e->h, w->p) || (e->end && w->at > e->end))
		return e->end == 0;
	if (!e->end)
		e->at = w->at;
	e->end = w->end > e->end ? w->end : e->end;
	return true;
}

static void cut_out(struct looking *e, const char *text)
{
	struct excerpt x;
	words_excerpt(e->h->rq->mem, text, e->at, e->end, &x);
	e->q->before = x.before;
	e->q->hit = x.hit;
	e->q->after = x.after;
}

/* What the row shows anyway needs no excerpt. */
static bool look(void *ctx, enum text_from from, const char *text)
{
	struct looking *e = ctx;
	if (from < TEXT_OBSERVABLE || (from == TEXT_OBSERVABLE && strcmp(text, e->q->first_obs) == 0))
		return true;
	e->at = e->end = 0;
	words_each(text, strlen(text), WORDS_KEPT, mark, e);
	if (e->end)
		cut_out(e, text);
	return e->end == 0;
}

/* ── a page ── */

static enum st show(struct hunt *h, int offset, int max, enum lang l, struct queue_row *out, int *n)
{
	int64_t id = (h->newest + 1) * BLOCK_CASES;
	for (int i = 0; *n < max && (id = before(h, id)) >= 0; i++) {
		if (i < offset)
			continue;
		bool there = false;
		if (desk_queue_row(h->rq, id, l, &out[*n], &there))
			return h->rq->err.code;
		struct looking e = { .h = h, .q = &out[*n] };
		if (there && *n < EXCERPTS && desk_texts(h->own, id, h->reporters_too, look, &e))
			return h->own->err.code;
		*n += there;
	}
	return ST_OK;
}

static enum st hunt_words(struct hunt *h, const char *value, const struct desk_find *f)
{
	if (join_words(h) || (value && add_observable(h, value)) || keep_turns(h, f->least, f->most) ||
	    keep_filtered(h, f))
		return h->own->err.code;
	/* That something was found in a case tells what is in it. */
	for (int i = 0; i < h->closed.n && block_of(h->closed.id[i]) <= h->newest; i++)
		bit_clear(h->found + block_of(h->closed.id[i]) * BLOCK_BYTES, h->closed.id[i]);
	return h->phrases ? keep_phrases(h) : ST_OK;
}

static enum st hunt_all(struct hunt *h, const char *value, const struct desk_find *f, int64_t *total)
{
	int64_t newest = 0;
	if (sql_number0(h->own, &newest, "SELECT coalesce(max(id), 0) FROM desk_case"))
		return h->own->err.code;
	h->newest = block_of(newest);
	h->found = arena_alloc(h->own->mem, map_bytes(h));
	h->now = arena_alloc(h->own->mem, map_bytes(h));
	memset(h->found, 0, map_bytes(h));
	if (h->words == 0)
		return ST_OK;
	if (desk_closed_cases(h->own, &h->closed) || hunt_words(h, value, f))
		return h->own->err.code;
	*total = count(h);
	if (*total || h->phrases)
		return ST_OK;
	h->prefix = true;
	if (hunt_words(h, value, f))
		return h->own->err.code;
	*total = count(h);
	return ST_OK;
}

enum st desk_find(struct req *rq, const struct desk_find *f, struct queue_row *out, int *n, int64_t *total)
{
	struct observable o;
	struct req own = { .mem = arena_new(SEARCH_CAP), .db = rq->db, .who = rq->who };
	struct hunt *h = arena_new_of(own.mem, struct hunt);
	*h = (struct hunt){ .rq = rq,
			    .own = &own,
			    .reporters_too = rq->who && role_may(rq->who->role, MAY_SEE_REPORTER) };
	bool whole = !strpbrk(f->text, " \t\"") && obs_parse(own.mem, f->text, &o, NULL) == ST_OK;
	read_query(h, whole ? o.value : f->text);
	enum st st = hunt_all(h, whole ? o.value : NULL, f, total);
	if (st == ST_OK && *total)
		st = show(h, f->offset, f->max, f->lang, out, n);
	if (st && !rq->err.code)
		rq->err = own.err;
	arena_free(own.mem);
	return st;
}
