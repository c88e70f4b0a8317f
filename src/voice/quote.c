/* quote.c — words of an answer that may stand in the report: proposed by one person, let out by another. */
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "voice/coding_int.h"
#include "who/permit.h"

const char *quote_state_name(enum quote_state s)
{
	static const char *const names[] = { "proposed", "approved", "refused" };
	return names[s];
}

/* ── what may be left out ── */

/* Each run of blanks is one, none at the ends. */
static char *squeezed(struct arena *mem, const char *s)
{
	char *out = arena_strdup(mem, s);
	size_t k = 0;
	for (; *s; s++)
		if (!strchr(" \t\r\n", *s))
			out[k++] = *s;
		else if (k && out[k - 1] != ' ')
			out[k++] = ' ';
	out[k - (k && out[k - 1] == ' ')] = 0;
	return out;
}

/* Bytes of the mark that begins here; 0: none. */
static size_t mark_at(const char *s)
{
	static const char *const marks[] = { "▇", "[…]" };
	for (size_t i = 0; i < 2; i++)
		if (!strncmp(s, marks[i], strlen(marks[i])))
			return strlen(marks[i]);
	return 0;
}

struct piece {
	const char *p;
	size_t n;
};

/* The next words between marks, without blanks at a mark; `marked`: a mark stands before them. */
static struct piece piece_next(const char **at, bool *marked)
{
	const char *s = *at;
	size_t n;
	*marked = false;
	while ((n = mark_at(s)) || (*marked && *s == ' ')) {
		s += n ? n : 1;
		*marked = true;
	}
	struct piece k = { s, 0 };
	while (s[k.n] && !mark_at(s + k.n))
		k.n++;
	*at = s + k.n;
	while (k.n && **at && k.p[k.n - 1] == ' ')
		k.n--;
	return k;
}

static bool ends_with(const char *s, struct piece k)
{
	size_t n = strlen(s);
	return n >= k.n && !memcmp(s + n - k.n, k.p, k.n);
}

/* Leftmost places for each piece leave the most for those after it; the last one stands at the end. */
static bool pieces_fit(const char *original, const char *words)
{
	bool marked, left = false;
	for (bool first = true; *words; first = false) {
		struct piece k = piece_next(&words, &marked);
		left |= k.n > 0;
		if (!k.n)
			continue; /* marks at the end: whatever follows was left out */
		if (first && !marked && strncmp(original, k.p, k.n) != 0)
			return false;
		if (!*words)
			return (first && !marked ? strlen(original) == k.n : ends_with(original, k));
		const char *found = memmem(original, strlen(original), k.p, k.n);
		if (!found)
			return false;
		original = found + k.n;
	}
	return left;
}

enum st voice_redacted(struct arena *mem, const char *original, const char *words, char **out, struct err *e)
{
	*out = squeezed(mem, words);
	if (strlen(*out) > Q_TEXT_MAX || !text_clean(*out, strlen(*out)))
		return err_set(e, ST_INVALID, N_("a quote has at most %d bytes of plain text"), Q_TEXT_MAX);
	if (!pieces_fit(squeezed(mem, original), *out))
		return err_set(e, ST_INVALID,
			       N_("a quote is the answer as it was written, where what is left out is marked by "
				  "\"[…]\" or \"▇\"; nothing else may be changed, and something must remain"));
	return ST_OK;
}

/* ── proposing, deciding ── */

static enum st quote_fact(struct req *rq, const char *study, const char *verb, int64_t id)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_int(&w, "quote", id);
	j_end(&w);
	return voice_fact(rq, study, verb, buf_cstr(&b));
}

enum st voice_quote_propose(struct req *rq, void *quote_new)
{
	struct voice_quote_new *a = quote_new;
	struct voice_book b;
	int64_t response, n = 0;
	char *original, *text;
	if (voice_book_write(rq, a->study, a->item, &b) || voice_numbered(rq, &b, a->no, &response, &original) ||
	    voice_redacted(rq->mem, original, a->text, &text, &rq->err) ||
	    sql_number(rq, &n, "SELECT count(*) FROM voice_quote WHERE study = $1", V(b.study.id)))
		return rq->err.code;
	if (n >= QUOTES_MAX)
		return err_set(&rq->err, ST_LIMIT, N_("no more than %d quotes a study: drop some"), QUOTES_MAX);
	if (sql_number(rq, &a->id,
		       "INSERT INTO voice_quote(study, item, response, text, state, at, by_whom, decided_by) VALUES($1,"
		       " $2, $3, $4, 0, $5, $6, '') RETURNING id",
		       V(b.study.id), V(b.item), V(response), V(text), V(clock_now()), V(rq->who->id)))
		return rq->err.code;
	return quote_fact(rq, b.study.name, "quote-proposed", a->id);
}

static enum st quote_find(struct req *rq, const struct voice_study *s, int64_t id, enum quote_state *state, char **by)
{
	struct rows r;
	bool found;
	if (sql_query(rq, &r, "SELECT state, by_whom FROM voice_quote WHERE id = $1 AND study = $2", V(id), V(s->id)))
		return rq->err.code;
	if ((found = rows_next(&r))) {
		*state = (enum quote_state)rows_int(&r, 0);
		*by = rows_dup(&r, 1);
	}
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "study %s has no quote %lld", s->name, (long long)id);
}

enum st voice_quote_decide(struct req *rq, void *decide)
{
	const struct voice_quote_decide *a = decide;
	struct voice_study s;
	enum quote_state state;
	char *by;
	if (permit(rq, MAY_CODE_ANSWERS) || voice_study_get(rq, a->study, &s) || quote_find(rq, &s, a->id, &state, &by))
		return rq->err.code;
	if (s.state == STUDY_PUBLISHED)
		return err_set(&rq->err, ST_CONFLICT,
			       N_("the report of %s is published: no quote comes into it any more"), s.name);
	if (state != QUOTE_PROPOSED)
		return err_set(&rq->err, ST_CONFLICT, N_("quote %lld is %s already"), (long long)a->id,
			       quote_state_name(state));
	if (!strcmp(by, rq->who->id))
		return err_set(&rq->err, ST_DENIED, N_("you proposed this quote: another person decides"));
	if (sql_run(rq, "UPDATE voice_quote SET state = $2, decided_by = $3 WHERE id = $1", V(a->id),
		    V((int)(a->approve ? QUOTE_APPROVED : QUOTE_REFUSED)), V(rq->who->id)))
		return rq->err.code;
	return quote_fact(rq, s.name, a->approve ? "quote-approved" : "quote-refused", a->id);
}

enum st voice_quote_drop(struct req *rq, void *decide)
{
	const struct voice_quote_decide *a = decide;
	struct voice_study s;
	enum quote_state state;
	char *by;
	if (permit(rq, MAY_CODE_ANSWERS) || voice_study_get(rq, a->study, &s) || quote_find(rq, &s, a->id, &state, &by))
		return rq->err.code;
	if ((state != QUOTE_PROPOSED || strcmp(by, rq->who->id) != 0) && permit(rq, MAY_RUN_SURVEY))
		return rq->err.code;
	if (sql_run(rq, "DELETE FROM voice_quote WHERE id = $1", V(a->id)))
		return rq->err.code;
	return quote_fact(rq, s.name, "quote-dropped", a->id);
}

/* ── reading ── */

static enum st quotes_read(struct req *rq, const struct voice_study *s, bool shown, struct voice_quote *out, int max,
			   int *n)
{
	struct questionnaire q;
	struct rows r;
	*n = 0;
	if (voice_questionnaire(rq, s->questionnaire, s->version, &q) ||
	    sql_query(rq, &r,
		      "SELECT k.id, k.item, coalesce(m.no, 0), k.text, k.state, k.at, k.by_whom, k.decided_by, w.text"
		      " FROM voice_quote k LEFT JOIN voice_response a ON a.id = k.response LEFT JOIN voice_word w ON"
		      " w.response = k.response AND w.item = k.item LEFT JOIN voice_number m ON m.response = k.response"
		      " AND m.item = k.item WHERE k.study = $1 AND k.item >= 0 AND (k.kept = 1 OR (a.state = 1 AND"
		      " a.reason = '' AND w.text IS NOT NULL)) AND (CAST($2 AS BIGINT) = 0 OR k.state = 1) ORDER BY"
		      " k.item, k.id LIMIT $3",
		      V(s->id), V((int)shown), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r)) {
		int64_t item = rows_int(&r, 1);
		if (item < 0 || item >= q.nitems)
			continue;
		out[(*n)++] = (struct voice_quote){ .id = rows_int(&r, 0),
						    .no = rows_int(&r, 2),
						    .at = rows_int(&r, 5),
						    .item = questionnaire_item_id(rq->mem, &q, (int)item),
						    .text = rows_dup(&r, 3),
						    .by = shown ? NULL : rows_dup(&r, 6),
						    .decided_by = shown ? NULL : rows_dup(&r, 7),
						    .original = shown ? NULL : arena_strdup(rq->mem, rows_text(&r, 8)),
						    .state = (enum quote_state)rows_int(&r, 4) };
	}
	return rows_end(&r);
}

enum st voice_quotes_keep(struct req *rq, int64_t study)
{
	return sql_run(
		rq,
		"UPDATE voice_quote SET kept = 1, response = 0 WHERE study = $1 AND item >= 0 AND state = 1 AND"
		" kept = 0 AND response IN (SELECT id FROM voice_response WHERE study = $1 AND state = 1 AND reason"
		" = '')",
		V(study));
}

enum st voice_quotes(struct req *rq, const struct voice_study *s, struct voice_quote *out, int max, int *n)
{
	*n = 0;
	return permit(rq, MAY_CODE_ANSWERS) ? rq->err.code : quotes_read(rq, s, false, out, max, n);
}

enum st voice_quotes_shown(struct req *rq, const struct voice_study *s, struct voice_quote *out, int max, int *n)
{
	*n = 0;
	return voice_may_see(rq, s) ? rq->err.code : quotes_read(rq, s, true, out, max, n);
}
