/* advice.c — what staff write beside the figures of a report, and recommendations with who sees to them, until when, and
 * how far it is. Words are frozen with the report; how far a recommendation is goes on changing. */
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "voice/voice_int.h"
#include "who/permit.h"

static bool clean_text(const char *s, size_t max)
{
	size_t n = strlen(s);
	return n <= max && text_clean(s, n);
}

/* ── words ── */

enum st voice_text_set(struct req *rq, void *text)
{
	const struct voice_text *t = text;
	struct voice_study s;
	struct questionnaire q;
	bool known = !strcmp(t->place, "top");
	if (voice_study_in(rq, t->study, 1u << STUDY_CLOSED, &s) ||
	    voice_questionnaire(rq, s.questionnaire, s.version, &q))
		return rq->err.code;
	for (int i = 0; i < q.nquestions && !known; i++)
		known = !strcmp(q.question[i].id, t->place);
	if (!t->in[LANG_EN] && !t->in[LANG_ZH_TW])
		return err_set(&rq->err, ST_INVALID, N_("expected words in one language at least"));
	if (!known)
		return err_set(&rq->err, ST_NOTFOUND, "%.60s: expected \"top\" or a question of %s", t->place, q.name);
	for (int l = 0; l < LANG_COUNT; l++) {
		if (!t->in[l])
			continue;
		if (!clean_text(t->in[l], VOICE_NOTE_MAX))
			return err_set(&rq->err, ST_INVALID, N_("a text has at most %d bytes"), VOICE_NOTE_MAX);
		if (sql_run(rq,
			    "INSERT INTO voice_text(study, place, lang, text) VALUES($1, $2, $3, $4)"
			    " ON CONFLICT(study, place, lang) DO UPDATE SET text = excluded.text",
			    V(s.id), V(t->place), V(lang_tag((enum lang)l)), V(t->in[l])))
			return rq->err.code;
	}
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "place", t->place);
	j_end(&w);
	return voice_fact(rq, s.name, "report-worded", buf_cstr(&b));
}

enum st voice_texts(struct req *rq, const struct voice_study *s, struct voice_text *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (voice_may_see(rq, s) ||
	    sql_query(rq, &r, "SELECT place, lang, text FROM voice_text WHERE study = $1 ORDER BY place, lang",
		      V(s->id)))
		return rq->err.code;
	while (rows_next(&r)) {
		const char *place = rows_text(&r, 0);
		if (!*n || strcmp(out[*n - 1].place, place) != 0) {
			if (*n == max)
				break;
			out[(*n)++] = (struct voice_text){ .place = arena_strdup(rq->mem, place) };
		}
		out[*n - 1].in[lang_of(rows_text(&r, 1))] = rows_dup(&r, 2);
	}
	return rows_end(&r);
}

/* ── recommendations ── */

static const char *const states[] = { "open", "doing", "done", "dropped" };

const char *advice_state_name(enum advice_state s)
{
	return states[s];
}

bool advice_state_parse(const char *s, enum advice_state *out)
{
	for (int i = 0; i < 4; i++)
		if (!strcmp(states[i], s))
			return *out = (enum advice_state)i, true;
	return false;
}

bool voice_advice_late(const struct voice_advice *a)
{
	return a->state <= ADVICE_DOING && a->due_at + 86400 * USEC <= clock_now();
}

static enum st added(struct req *rq, const struct voice_study *s, struct voice_advice *a)
{
	int64_t n = 0;
	for (int l = 0; l < LANG_COUNT; l++)
		if (!a->in[l] || !*a->in[l] || !clean_text(a->in[l], 1000))
			return err_set(&rq->err, ST_INVALID,
				       N_("a recommendation is in both languages, with at most 1000 bytes each"));
	if (!a->owner || !*a->owner || a->due_at <= 0)
		return err_set(&rq->err, ST_INVALID, N_("a recommendation has somebody who sees to it, and a date"));
	if (sql_number(rq, &n, "SELECT count(*) FROM voice_advice WHERE study = $1", V(s->id)))
		return rq->err.code;
	if (n >= VOICE_ADVICE_MAX)
		return err_set(&rq->err, ST_LIMIT, N_("no more than %d recommendations a study"), VOICE_ADVICE_MAX);
	return sql_number(rq, &a->which,
			  "INSERT INTO voice_advice(study, text_en, text_zh, owner, due_at, state, changed_at)"
			  " VALUES($1, $2, $3, $4, $5, $6, $7) RETURNING id",
			  V(s->id), V(a->in[LANG_EN]), V(a->in[LANG_ZH_TW]), V(a->owner), V(a->due_at),
			  V(states[a->state]), V(clock_now()));
}

static enum st changed(struct req *rq, const struct voice_study *s, const struct voice_advice *a)
{
	int64_t n = 0;
	if (sql_run_count(rq, &n,
			  "UPDATE voice_advice SET state = $3, owner = CASE WHEN $4 = '' THEN owner ELSE $4 END,"
			  " due_at = CASE WHEN CAST($5 AS BIGINT) = 0 THEN due_at ELSE $5 END, changed_at = $6 WHERE "
			  "id = $1 AND study = $2",
			  V(a->id), V(s->id), V(states[a->state]), V(a->owner ? a->owner : ""), V(a->due_at),
			  V(clock_now())))
		return rq->err.code;
	return n ? ST_OK
		 : err_set(&rq->err, ST_NOTFOUND, "study %s has no recommendation %lld", s->name, (long long)a->id);
}

enum st voice_advise(struct req *rq, void *advice)
{
	struct voice_advice *a = advice;
	struct voice_study s;
	bool new = !a->id;
	a->which = a->id;
	if (voice_study_in(rq, a->study, 1u << STUDY_CLOSED | 1u << STUDY_PUBLISHED, &s))
		return rq->err.code;
	if (a->owner && !clean_text(a->owner, 100))
		return err_set(&rq->err, ST_INVALID, N_("who sees to it: at most 100 bytes on one line"));
	if (new ? added(rq, &s, a) : changed(rq, &s, a))
		return rq->err.code;
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_int(&w, "advice", a->which);
	j_str(&w, "state", states[a->state]);
	j_end(&w);
	return voice_fact(rq, s.name, new ? "advice-given" : "advice-changed", buf_cstr(&b));
}

enum st voice_advices(struct req *rq, const struct voice_study *s, struct voice_advice *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (voice_may_see(rq, s) ||
	    sql_query(rq, &r,
		      "SELECT id, text_en, text_zh, owner, due_at, state, changed_at FROM voice_advice WHERE study = $1"
		      " ORDER BY id",
		      V(s->id)))
		return rq->err.code;
	while (*n < max && rows_next(&r)) {
		struct voice_advice *a = &out[(*n)++];
		*a = (struct voice_advice){ .id = rows_int(&r, 0),
					    .owner = rows_dup(&r, 3),
					    .due_at = rows_int(&r, 4),
					    .changed_at = rows_int(&r, 6) };
		a->in[LANG_EN] = rows_dup(&r, 1);
		a->in[LANG_ZH_TW] = rows_dup(&r, 2);
		advice_state_parse(rows_text(&r, 5), &a->state);
	}
	return rows_end(&r);
}
