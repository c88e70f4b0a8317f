/* open.c — what people wrote, for those who may read it. */
#include <string.h>
#include "base/text.h"
#include "base/words.h"
#include "voice/coding_int.h"
#include "who/permit.h"

static enum st may_read(struct req *rq, const char *study, struct voice_study *s, struct questionnaire *q)
{
	if (permit(rq, MAY_SEE_ANSWERS) || voice_study_get(rq, study, s) ||
	    voice_questionnaire(rq, s->questionnaire, s->version, q))
		return rq->err.code;
	return s->state >= STUDY_CLOSED
		       ? ST_OK
		       : err_set(&rq->err, ST_CONFLICT, N_("study %s is %s: single answers are read once it is closed"),
				 s->name, voice_state_text(s->state));
}

enum st voice_words(struct req *rq, const char *study, const char *item, const char *search, struct voice_word *out,
		    int max, int *n)
{
	struct voice_study s;
	struct questionnaire q;
	struct rows r;
	*n = 0;
	if (may_read(rq, study, &s, &q))
		return rq->err.code;
	int at;
	if (voice_words_item(rq, &q, item, &at))
		return rq->err.code;
	if (sql_query(rq, &r,
		      "SELECT w.response, w.text FROM voice_word w JOIN voice_response a ON a.id = w.response WHERE"
		      " w.study = $1 AND w.item = $2 AND w.kind <> 1 AND w.text <> '' AND a.state = 1 AND a.reason = ''"
		      " ORDER BY w.response",
		      V(s.id), V(at)))
		return rq->err.code;
	while (*n < max && rows_next(&r)) {
		const char *text = rows_text(&r, 1);
		if (!search || strcasestr(text, search))
			out[(*n)++] = (struct voice_word){ rows_int(&r, 0), arena_strdup(rq->mem, text) };
	}
	return rows_end(&r);
}

/* ── search ── */

struct search {
	struct req *rq;
	const struct questionnaire *q;
	const char *words; /* folded */
	struct voice_found *out;
	int max, n;
	int64_t read; /* answers looked at */
};

static enum st rows_search(struct search *s, struct rows *r)
{
	struct arena *mem = arena_new((size_t)1 << 20);
	while (s->n < s->max && rows_next(r)) {
		const char *text = rows_text(r, 2);
		int64_t item = rows_int(r, 0);
		s->read++;
		arena_reset(mem);
		if (item < 0 || item >= s->q->nitems || !strstr(words_fold(mem, text), s->words))
			continue;
		s->out[s->n++] = (struct voice_found){ questionnaire_item_id(s->rq->mem, s->q, (int)item),
						       arena_strdup(s->rq->mem, text), rows_int(r, 1) };
	}
	arena_free(mem);
	return rows_end(r);
}

enum st voice_search(struct req *rq, const char *study, const char *words, int64_t from, struct voice_found *out,
		     int max, int *n, int64_t *next)
{
	struct voice_study s;
	struct questionnaire q;
	struct rows r;
	size_t size = strlen(words);
	*n = 0;
	*next = 0;
	if (may_read(rq, study, &s, &q))
		return rq->err.code;
	if (!size || size > SEARCH_WORD_MAX || !text_clean(words, size) || from < 0)
		return err_set(&rq->err, ST_INVALID, N_("search for 1 to %d bytes of plain text"), SEARCH_WORD_MAX);
	struct search k = { rq, &q, words_fold(rq->mem, words), out, max, 0, 0 };
	/* By text, where there are no numbers: not in the order of responses, which is the same in every item. */
	if (sql_query(
		    rq, &r,
		    "SELECT w.item, coalesce(m.no, 0), w.text FROM voice_word w JOIN voice_response a ON a.id ="
		    " w.response LEFT JOIN voice_number m ON m.response = w.response AND m.item = w.item WHERE w.study"
		    " = $1 AND w.kind <> 1 AND w.text <> '' AND a.state = 1 AND a.reason = '' ORDER BY w.item,"
		    " coalesce(m.no, 0), w.text, w.response LIMIT $2 OFFSET $3",
		    V(s.id), V(SEARCH_ROWS), V(from)) ||
	    rows_search(&k, &r))
		return rq->err.code;
	*n = k.n;
	*next = k.n == max || k.read == SEARCH_ROWS ? from + k.read : 0;
	return ST_OK;
}
