/* guide.c — what interviews ask: a text in both languages, in versions that never change. */
#include <string.h>
#include "base/clock.h"
#include "base/hash.h"
#include "base/text.h"
#include "voice/interview_int.h"

/* ── the text ── */

static enum st line_take(struct arena *mem, char *s, int at, struct guide *g, struct err *e)
{
	struct guide_line *l = &g->line[g->nlines];
	char *bar = strchr(s, '|');
	bool part = *s == '#';
	if (g->nlines == GUIDE_LINES || (!part && g->nquestions == GUIDE_QUESTIONS))
		return err_set(e, ST_LIMIT, N_("line %d: a guide has at most %d questions and %d lines"), at,
			       GUIDE_QUESTIONS, GUIDE_LINES);
	if (!bar || strchr(bar + 1, '|'))
		return err_set(e, ST_INVALID, N_("line %d: expected \"English | 中文\", with one bar between"), at);
	*bar = 0;
	l->in[LANG_EN] = text_trim(mem, part ? s + 1 : s);
	l->in[LANG_ZH_TW] = text_trim(mem, bar + 1);
	for (int k = 0; k < LANG_COUNT; k++)
		if (!*l->in[k] || strlen(l->in[k]) > GUIDE_TEXT_MAX)
			return err_set(e, ST_INVALID, N_("line %d: each language has 1 to %d bytes"), at,
				       GUIDE_TEXT_MAX);
	l->number = part ? 0 : ++g->nquestions;
	g->nlines++;
	return ST_OK;
}

enum st guide_parse(struct arena *mem, const char *text, size_t n, struct guide *out, struct err *e)
{
	char *next;
	int at = 0;
	out->line = arena_array(mem, struct guide_line, GUIDE_LINES);
	out->nlines = out->nquestions = 0;
	if (n > GUIDE_MAX)
		return err_set(e, ST_LIMIT, N_("a guide has at most %d bytes"), GUIDE_MAX);
	if (!text_clean(text, n))
		return err_set(e, ST_INVALID, N_("a guide is plain UTF-8 text"));
	for (char *s = arena_dup(mem, text, n); s; s = next) {
		next = strchr(s, '\n');
		if (next)
			*next++ = 0;
		at++;
		s = text_trim(mem, s);
		if (*s && line_take(mem, s, at, out, e))
			return e ? e->code : ST_INVALID;
	}
	return out->nquestions ? ST_OK
			       : err_set(e, ST_INVALID, N_("a guide has questions, one a line: \"English | 中文\""));
}

const char *guide_question(const struct guide *g, int number, enum lang l)
{
	for (int i = 0; i < g->nlines && number > 0; i++)
		if (g->line[i].number == number)
			return g->line[i].in[l];
	return NULL;
}

/* ── versions ── */

#define COLUMNS                                                                                                        \
	"g.version, g.text, g.made_at, g.made_by, (SELECT count(*) FROM voice_interview i WHERE i.study = g.study AND" \
	" i.guide = g.version)"

static void take(struct rows *r, struct guide *out)
{
	*out = (struct guide){ .version = (int)rows_int(r, 0),
			       .text = rows_dup(r, 1),
			       .made_at = rows_int(r, 2),
			       .made_by = rows_dup(r, 3),
			       .used = rows_int(r, 4) };
}

/* version 0 of *out: there is none. */
static enum st guide_read(struct req *rq, const struct voice_study *s, int version, struct guide *out)
{
	struct rows r;
	*out = (struct guide){ 0 };
	if (sql_query(rq, &r,
		      "SELECT " COLUMNS " FROM voice_guide g WHERE g.study = $1 AND (CAST($2 AS BIGINT) = 0 OR"
		      " g.version = $2) ORDER BY g.version DESC LIMIT 1",
		      V(s->id), V(version)))
		return rq->err.code;
	if (rows_next(&r))
		take(&r, out);
	return rows_end(&r);
}

enum st voice_guide(struct req *rq, const struct voice_study *s, int version, struct guide *out)
{
	if (guide_read(rq, s, version, out))
		return rq->err.code;
	if (!out->version && version)
		return err_set(&rq->err, ST_NOTFOUND, "the guide of study %s has no version %d", s->name, version);
	if (!out->version)
		return err_set(&rq->err, ST_NOTFOUND,
			       "study %s has no guide for interviews; `nicert survey guide set` makes it", s->name);
	return guide_parse(rq->mem, out->text, strlen(out->text), out, &rq->err);
}

enum st voice_guides(struct req *rq, const struct voice_study *s, struct guide *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (permit(rq, MAY_SEE_SURVEY) ||
	    sql_query(rq, &r,
		      "SELECT " COLUMNS " FROM voice_guide g WHERE g.study = $1 ORDER BY g.version DESC LIMIT $2",
		      V(s->id), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		take(&r, &out[(*n)++]);
	return rows_end(&r);
}

/* Who has agreed keeps what was seen; who is still to decide sees the new one. */
static enum st version_add(struct req *rq, const struct voice_study *s, const struct guide_set *a)
{
	char hex[65];
	struct hash h = hash_of(a->text, a->n);
	hash_hex(&h, hex);
	if (sql_run(rq, "INSERT INTO voice_guide(study, version, text, made_at, made_by) VALUES($1, $2, $3, $4, $5)",
		    V(s->id), V(a->version), V((char *)arena_dup(rq->mem, a->text, a->n)), V(clock_now()),
		    V(rq->who->id)) ||
	    sql_run(rq, "UPDATE voice_interview SET guide = $2 WHERE study = $1 AND state IN ($3, $4)", V(s->id),
		    V(a->version), V((int)INTERVIEW_PLANNED), V((int)INTERVIEW_DECLINED)))
		return rq->err.code;
	return voice_fact(rq, s->name, "guide-set",
			  arena_printf(rq->mem, "{\"version\":%d,\"digest\":\"%s\"}", a->version, hex));
}

enum st voice_guide_set(struct req *rq, void *guide_set)
{
	struct guide_set *a = guide_set;
	struct voice_study s;
	struct guide g, last;
	if (interview_study(rq, MAY_RUN_SURVEY, a->study, &s) || guide_parse(rq->mem, a->text, a->n, &g, &rq->err) ||
	    guide_read(rq, &s, 0, &last))
		return rq->err.code;
	a->same = last.version && strlen(last.text) == a->n && !memcmp(last.text, a->text, a->n);
	a->version = last.version + !a->same;
	if (a->version > GUIDES_MAX)
		return err_set(&rq->err, ST_LIMIT, N_("a guide has at most %d versions"), GUIDES_MAX);
	return a->same ? ST_OK : version_add(rq, &s, a);
}
