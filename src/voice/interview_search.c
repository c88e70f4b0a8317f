/* interview_search.c — notes and quotes of interviews by words in them. Every text of the study is looked at, a bounded number a call:
 * a study has hundreds, not millions. */
#include <string.h>
#include "base/text.h"
#include "base/words.h"
#include "voice/interview_int.h"

enum { PARTS = 12, TEXT_CAP = 1 << 20 };

struct hunt {
	struct arena *mem; /* of one text */
	char *part[PARTS]; /* folded: each must stand in the text */
	int parts;
	char *word[PARTS]; /* by which the place is found that is shown */
	int words;
};

/* ── what is asked for ── */

static bool add_word(void *ctx, const struct word *w)
{
	struct hunt *h = ctx;
	if (h->words < PARTS)
		h->word[h->words++] = arena_strdup(h->mem, w->p);
	return h->words < PARTS;
}

static void add_part(struct hunt *h, const char *s, size_t n)
{
	char *part = words_fold(h->mem, arena_dup(h->mem, s, n));
	if (!*part || h->parts == PARTS)
		return;
	h->part[h->parts++] = part;
	words_each(s, n, WORDS_ASKED, add_word, h);
}

/* Between quotes stands a phrase, anywhere else what has no blanks. A quote that is not closed goes on to the end. */
static void query_read(struct hunt *h, const char *s)
{
	for (bool quoted = false; *s; quoted = !quoted) {
		size_t n = strcspn(s, "\"");
		for (size_t at = 0, k; at < n; at += k + (at + k < n)) {
			k = quoted ? n : strcspn(s + at, " \t\n\"");
			k = at + k > n ? n - at : k;
			add_part(h, s + at, k);
		}
		s += n + (s[n] == '"');
	}
}

/* ── in one text ── */

static bool of_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* A word may go on after what is asked for, not before it: "art" is not in "party". Han has no such beginnings. */
static bool says(const char *folded, const char *part)
{
	for (const char *at = folded; (at = strstr(at, part)); at++)
		if (at == folded || !of_word(*part) || !of_word(at[-1]))
			return true;
	return false;
}

static bool says_all(const struct hunt *h, const char *text)
{
	const char *folded = words_fold(h->mem, text);
	for (int i = 0; i < h->parts; i++)
		if (!says(folded, h->part[i]))
			return false;
	return true;
}

struct place {
	const struct hunt *h;
	size_t at, end;
};

/* The first word asked for, with those that go on from it. */
static bool mark(void *ctx, const struct word *w)
{
	struct place *p = ctx;
	bool asked = false;
	for (int i = 0; i < p->h->words; i++)
		asked |= !strncmp(w->p, p->h->word[i], strlen(p->h->word[i]));
	if (!asked || (p->end && w->at > p->end))
		return !p->end || w->at <= p->end;
	if (!p->end)
		p->at = w->at;
	p->end = w->end > p->end ? w->end : p->end;
	return true;
}

static void show(struct req *rq, const struct hunt *h, const char *text, struct interview_found *out)
{
	struct place p = { .h = h };
	struct excerpt x;
	words_each(text, strlen(text), WORDS_KEPT, mark, &p);
	words_excerpt(rq->mem, text, p.at, p.end, &x);
	out->before = x.before;
	out->hit = x.hit;
	out->after = x.after;
}

/* ── all of them ── */

#define NOTES                                                                                                          \
	"SELECT i.no AS no, n.question AS question, n.id AS note, 0 AS quote, 0 AS state, n.text AS text FROM"         \
	" voice_note n JOIN voice_interview i ON i.id = n.interview WHERE n.study = $1"
#define QUOTES                                                                                                         \
	"SELECT i.no, n.question, n.id, k.id, k.state, k.text FROM voice_quote k JOIN voice_note n ON n.id = k.note"   \
	" JOIN voice_interview i ON i.id = n.interview WHERE k.study = $1 AND k.note > 0"

/* *read: so many were looked at; *more: the one after them has the words too. */
static enum st rows_search(struct req *rq, struct rows *r, const struct hunt *h, struct interview_found *out, int max,
			   int *n, int64_t *read, bool *more)
{
	struct hunt own = *h;
	own.mem = arena_new(TEXT_CAP);
	for (*read = 0; rows_next(r); ++*read) {
		const char *text = rows_text(r, 5);
		arena_reset(own.mem);
		if (!says_all(&own, text))
			continue;
		if ((*more = *n == max))
			break;
		out[*n] = (struct interview_found){ .no = rows_int(r, 0),
						    .question = (int)rows_int(r, 1),
						    .note = rows_int(r, 2),
						    .quote = rows_int(r, 3),
						    .state = (enum quote_state)rows_int(r, 4) };
		show(rq, &own, text, &out[(*n)++]);
	}
	arena_free(own.mem);
	return rows_end(r);
}

enum st voice_interview_search(struct req *rq, const struct voice_study *s, const char *words, int64_t from,
			       struct interview_found *out, int max, int *n, int64_t *next)
{
	struct rows r;
	struct hunt h = { .mem = rq->mem };
	size_t size = strlen(words);
	int64_t read = 0;
	bool more = false;
	*n = 0;
	*next = 0;
	if (permit(rq, MAY_CODE_ANSWERS))
		return rq->err.code;
	if (size <= SEARCH_WORD_MAX && text_clean(words, size) && from >= 0)
		query_read(&h, words);
	if (!h.parts)
		return err_set(&rq->err, ST_INVALID, N_("search for 1 to %d bytes of plain text"), SEARCH_WORD_MAX);
	if (sql_query(rq, &r,
		      "SELECT no, question, note, quote, state, text FROM (" NOTES " UNION ALL " QUOTES
		      ") x ORDER BY no, question, note, quote LIMIT $2 OFFSET $3",
		      V(s->id), V(SEARCH_ROWS), V(from)) ||
	    rows_search(rq, &r, &h, out, max, n, &read, &more))
		return rq->err.code;
	*next = more || read == SEARCH_ROWS ? from + read : 0;
	return ST_OK;
}
