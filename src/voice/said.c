/* said.c — sentences of interviews that may stand in the report, and what may be said of who said them. */
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "voice/interview_int.h"

/* What was agreed to at this very moment, beside what is dropped when it is taken back. */
#define AGREED "(i.consent & 2) <> 0"
_Static_assert(1 << CONSENT_QUOTE == 2 && 1 << CONSENT_NAME == 4, "the bits in the statements");

/* ── proposing ── */

static enum st fact(struct req *rq, const struct voice_study *s, const struct interview *i, int64_t quote)
{
	return interview_fact(rq, s->name, "quote-proposed", i->no,
			      arena_printf(rq->mem, "\"quote\":%lld", (long long)quote));
}

enum st voice_said_propose(struct req *rq, void *said_new)
{
	struct said_new *a = said_new;
	struct voice_study s;
	struct note_row n;
	int64_t there = 0;
	char *text;
	if (interview_study(rq, MAY_CODE_ANSWERS, a->study, &s) || note_by_id(rq, &s, a->note, &n))
		return rq->err.code;
	if (!consents(n.i.consent, CONSENT_QUOTE))
		return err_set(&rq->err, ST_CONFLICT, N_("I-%lld: the person has not agreed to be quoted"),
			       (long long)n.i.no);
	if (voice_redacted(rq->mem, n.text, a->text, &text, &rq->err) ||
	    sql_number(rq, &there, "SELECT count(*) FROM voice_quote WHERE study = $1", V(s.id)))
		return rq->err.code;
	if (there >= QUOTES_MAX)
		return err_set(&rq->err, ST_LIMIT, N_("no more than %d quotes a study: drop some"), QUOTES_MAX);
	if (sql_number(rq, &a->id,
		       "INSERT INTO voice_quote(study, item, response, note, text, state, at, by_whom, decided_by)"
		       " VALUES($1, -1, 0, $2, $3, 0, $4, $5, '') RETURNING id",
		       V(s.id), V(n.id), V(text), V(clock_now()), V(rq->who->id)))
		return rq->err.code;
	return fact(rq, &s, &n.i, a->id);
}

enum st said_fits(struct req *rq, int64_t note, const char *text)
{
	struct rows r;
	struct err e = { 0 };
	int64_t torn = 0;
	char *out;
	if (sql_query(rq, &r, "SELECT id, text FROM voice_quote WHERE note = $1 AND state <> $2", V(note),
		      V((int)QUOTE_REFUSED)))
		return rq->err.code;
	while (!torn && rows_next(&r))
		if (voice_redacted(rq->mem, text, rows_text(&r, 1), &out, &e))
			torn = rows_int(&r, 0);
	if (rows_end(&r))
		return rq->err.code;
	return torn ? err_set(&rq->err, ST_CONFLICT, N_("quote %lld is taken from these words: drop it first"),
			      (long long)torn)
		    : ST_OK;
}

/* ── reading ── */

enum st voice_said(struct req *rq, const struct voice_study *s, struct voice_said *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (permit(rq, MAY_CODE_ANSWERS) ||
	    sql_query(rq, &r,
		      "SELECT k.id, coalesce(i.no, 0), k.text, k.state, k.at, k.by_whom, k.decided_by, coalesce(w.text,"
		      " ''), coalesce(w.id, 0) FROM voice_quote k LEFT JOIN voice_note w ON w.id = k.note LEFT JOIN"
		      " voice_interview i ON i.id = w.interview WHERE k.study = $1 AND k.item = -1 AND (k.kept = 1 OR"
		      " i.no > 0) ORDER BY 2, k.id LIMIT $2",
		      V(s->id), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = (struct voice_said){ .quote = { .id = rows_int(&r, 0),
							      .no = rows_int(&r, 1),
							      .text = rows_dup(&r, 2),
							      .state = (enum quote_state)rows_int(&r, 3),
							      .at = rows_int(&r, 4),
							      .by = rows_dup(&r, 5),
							      .decided_by = rows_dup(&r, 6),
							      .original = rows_dup(&r, 7) },
						   .note = rows_int(&r, 8) };
	return rows_end(&r);
}

/* $1 study, $2 held. The count is of those who might have said it: held, of this kind, and not to be named. */
#define SHOWN                                                                                                          \
	"SELECT k.id, k.text, i.kind, CASE WHEN (i.consent & 4) <> 0 THEN e.name END, CASE WHEN (i.consent & 4) <> 0"  \
	" THEN e.organisation END, (SELECT count(*) FROM voice_interview o WHERE o.study = i.study AND o.kind = "      \
	"i.kind"                                                                                                       \
	" AND o.state = $2 AND (o.consent & 4) = 0), i.id FROM voice_quote k JOIN voice_note w ON w.id = k.note JOIN"  \
	" voice_interview i ON i.id = w.interview LEFT JOIN voice_interviewee e ON e.interview = i.id WHERE k.study =" \
	" $1 AND k.note > 0 AND k.state = 1 AND " AGREED
#define KEPT                                                                                                           \
	"SELECT k.id, k.text, k.kind, NULL, NULL, CAST($4 AS BIGINT), 0 FROM voice_quote k WHERE k.study = $1 AND "    \
	"k.item"                                                                                                       \
	" = -1 AND k.kept = 1"

/* In the order of their words: that of interviews would tell which are one person's. */
enum st voice_said_shown(struct req *rq, const struct voice_study *s, struct voice_said *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (voice_may_see(rq, s) || sql_query(rq, &r, SHOWN " UNION ALL " KEPT " ORDER BY 2, 1 LIMIT $3", V(s->id),
					      V((int)INTERVIEW_HELD), V(max), V(INTERVIEWS_LEAST)))
		return rq->err.code;
	while (*n < max && rows_next(&r)) {
		struct voice_said *k = &out[(*n)++];
		*k = (struct voice_said){
			.quote = { .id = rows_int(&r, 0), .text = rows_dup(&r, 1), .state = QUOTE_APPROVED },
			.name = rows_dup(&r, 3),
			.organisation = rows_dup(&r, 4)
		};
		if (!k->name && rows_int(&r, 5) >= INTERVIEWS_LEAST)
			k->kind = interview_kind_title(rows_text(&r, 2));
	}
	return rows_end(&r);
}

/* With the kind of organisation where it may be said, as it was shown; a name is not kept. The interview stands there as
 * the negative of its number, so that its person can take it back. */
enum st interview_quotes_keep(struct req *rq, int64_t study, int64_t interview)
{
	struct rows r;
	int64_t *id = arena_array(rq->mem, int64_t, QUOTES_MAX), *of = arena_array(rq->mem, int64_t, QUOTES_MAX);
	char **kind = arena_array(rq->mem, char *, QUOTES_MAX);
	int n = 0;
	if (sql_query(rq, &r, SHOWN " AND (CAST($4 AS BIGINT) = 0 OR i.id = $4) ORDER BY k.id LIMIT $3", V(study),
		      V((int)INTERVIEW_HELD), V(QUOTES_MAX), V(interview)))
		return rq->err.code;
	while (n < QUOTES_MAX && rows_next(&r)) {
		kind[n] = arena_strdup(rq->mem, rows_int(&r, 5) >= INTERVIEWS_LEAST ? rows_text(&r, 2) : "");
		of[n] = rows_int(&r, 6);
		id[n++] = rows_int(&r, 0);
	}
	if (rows_end(&r))
		return rq->err.code;
	for (int i = 0; i < n; i++)
		if (sql_run(rq, "UPDATE voice_quote SET kept = 1, note = $3, kind = $2 WHERE id = $1", V(id[i]),
			    V(kind[i]), V(-of[i])))
			return rq->err.code;
	return ST_OK;
}
