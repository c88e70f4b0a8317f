/* Finding cases by words: what is asked for, what the newest that have the words say, and the page of them. */
#include <stdlib.h>
#include <string.h>
#include "desk/desk_filter.h"
#include "desk/desk_hunt.h"
#include "desk/desk_queue.h"
#include "desk/desk_text.h"
#include "who/permit.h"

enum { OBS_HITS = 1000, EXCERPTS = 50 };
/* A search's bit maps and texts. */
#define SEARCH_CAP ((size_t)64 << 20)

struct search {
	struct req *rq;
	struct hunt hunt;
	char *phrase[SEARCH_WORDS];
	int phrases;
};

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
static void read_query(struct search *s, const char *text)
{
	struct hunt *h = &s->hunt;
	for (bool quoted = false; *text; quoted = !quoted) {
		size_t n = strcspn(text, "\"");
		char *part = arena_dup(h->own->mem, text, n);
		words_each(part, n, WORDS_ASKED, add_word, h);
		char *folded = words_fold(h->own->mem, part);
		if (quoted && *folded && s->phrases < SEARCH_WORDS)
			s->phrase[s->phrases++] = folded;
		text += n + (text[n] == '"');
	}
	qsort(h->word, (size_t)h->words, sizeof *h->word, by_length);
}

/* ── which cases ── */

/* The observable itself, as it is written in its row: found at once, before the index has read the case. */
static enum st add_observable(struct hunt *h, const char *value)
{
	struct rows r;
	if (sql_query(h->own, &r,
		      "SELECT case_id FROM desk_observable WHERE vkey = $1 AND value = $2 ORDER BY id DESC LIMIT $3",
		      V(desk_value_key(value)), V(value), V(OBS_HITS)))
		return h->own->err.code;
	h->listed = memset(arena_alloc(h->own->mem, hunt_bytes(h)), 0, hunt_bytes(h));
	while (rows_next(&r))
		hunt_set(h, h->listed, rows_int(&r, 0));
	return rows_end(&r);
}

static void let_through(void *ctx, int64_t id)
{
	struct hunt *h = ctx;
	hunt_set(h, h->may, id);
}

static enum st keep_filtered(struct hunt *h, const struct desk_find *f)
{
	if (!f->filter)
		return ST_OK;
	memset(h->may, 0, hunt_bytes(h));
	return desk_filter_each(h->own, f->filter, f->least, f->most, let_through, h);
}

/* That something was found in a case tells what is in it. */
static enum st keep_shown(struct hunt *h)
{
	struct closed_cases closed;
	if (desk_closed_cases(h->own, &closed))
		return h->own->err.code;
	for (int i = 0; i < closed.n; i++)
		hunt_clear(h, h->may, closed.id[i]);
	return ST_OK;
}

/* ── phrases ── */

struct spoken {
	const struct search *s;
	bool said[SEARCH_WORDS];
};

static bool hear(void *ctx, enum text_from from, const char *text)
{
	struct spoken *p = ctx;
	int left = 0;
	char *folded = words_fold(p->s->hunt.own->mem, text);
	for (int i = 0; i < p->s->phrases; i++) {
		p->said[i] |= strstr(folded, p->s->phrase[i]) != NULL;
		left += !p->said[i];
	}
	return (void)from, left > 0;
}

/* `mem`: emptied before each case. */
static enum st says_all(struct search *s, struct arena *mem, int64_t id, bool *all)
{
	struct spoken p = { .s = s };
	struct req *own = s->hunt.own;
	struct arena *keep = own->mem;
	arena_reset(mem);
	own->mem = mem;
	enum st st = desk_texts(own, id, s->hunt.reporters_too, hear, &p);
	own->mem = keep;
	*all = true;
	for (int i = 0; i < s->phrases; i++)
		*all &= p.said[i];
	return st;
}

/* Leaves those of the newest that say it; older ones are not read. */
static enum st keep_phrases(struct search *s)
{
	struct hunt *h = &s->hunt;
	int64_t id = (h->newest + 1) * BLOCK_CASES;
	struct arena *mem = arena_new(SEARCH_CAP);
	enum st st = ST_OK;
	h->unread |= h->n > PHRASE_LOOKS;
	h->more = false;
	h->n = 0;
	for (int looks = 0; !st && (id = hunt_before(h, id)) >= 0; looks++) {
		bool all = false;
		if (looks == PHRASE_LOOKS)
			h->left = id + 1;
		if (looks < PHRASE_LOOKS)
			st = says_all(s, mem, id, &all);
		if (!all)
			hunt_clear(h, h->found, id);
		h->n += all;
	}
	arena_free(mem);
	return st;
}

/* ── where it was found ── */

struct looking {
	struct arena *mem;
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
	words_excerpt(e->mem, text, e->at, e->end, &x);
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

static enum st show(struct search *s, const struct desk_find *f, struct queue_list *out)
{
	struct hunt *h = &s->hunt;
	int64_t id = (h->newest + 1) * BLOCK_CASES;
	for (int i = 0; out->n < f->max && (id = hunt_before(h, id)) >= 0; i++) {
		if (i < f->offset)
			continue;
		bool there = false;
		struct queue_row *row = &out->row[out->n];
		if (desk_queue_row(s->rq, id, f->lang, row, &there))
			return s->rq->err.code;
		struct looking e = { .mem = s->rq->mem, .h = h, .q = row };
		if (there && out->n < EXCERPTS && desk_texts(h->own, id, h->reporters_too, look, &e))
			return h->own->err.code;
		out->n += there;
	}
	return ST_OK;
}

/* Enough for the page and one more, so that the next is known to be there. */
static int64_t enough(const struct search *s, const struct desk_find *f)
{
	int64_t end = (int64_t)f->offset + f->max;
	return s->phrases ? PHRASE_LOOKS : end > SEARCH_EXACT ? end : SEARCH_EXACT;
}

static enum st find(struct search *s, const char *value, const struct desk_find *f, struct queue_list *out)
{
	struct hunt *h = &s->hunt;
	h->want = enough(s, f);
	h->below = f->below;
	if (hunt_begin(h) || keep_filtered(h, f) || keep_shown(h) || (value && add_observable(h, value)) ||
	    hunt_all(h) || (s->phrases && keep_phrases(s)))
		return h->own->err.code;
	out->total = h->more ? h->want : h->n;
	out->more = h->more;
	out->unread = h->unread;
	out->below = h->left;
	return show(s, f, out);
}

enum st desk_find(struct req *rq, const struct desk_find *f, struct queue_list *out)
{
	struct observable o;
	struct req own = { .mem = arena_new(SEARCH_CAP), .db = rq->db, .who = rq->who };
	struct search *s = arena_new_of(own.mem, struct search);
	*s = (struct search){ .rq = rq,
			      .hunt = { .own = &own,
					.reporters_too = rq->who && role_may(rq->who->role, MAY_SEE_REPORTER),
					.least = f->least,
					.most = f->most } };
	bool whole = !strpbrk(f->text, " \t\"") && obs_parse(own.mem, f->text, &o, NULL) == ST_OK;
	read_query(s, whole ? o.value : f->text);
	enum st st = find(s, whole ? o.value : NULL, f, out);
	if (st && !rq->err.code)
		rq->err = own.err;
	arena_free(own.mem);
	return st;
}
