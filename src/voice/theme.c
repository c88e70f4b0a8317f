/* theme.c — what comes up again and again in interviews. */
#include <string.h>
#include "voice/interview_int.h"

enum st voice_themes(struct req *rq, const struct voice_study *s, struct theme *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (permit(rq, MAY_CODE_ANSWERS) ||
	    sql_query(rq, &r,
		      "SELECT t.id, t.title_en, t.title_zh, t.about, (SELECT count(DISTINCT n.interview) FROM"
		      " voice_note_theme x JOIN voice_note n ON n.id = x.note WHERE x.study = t.study AND x.theme = "
		      "t.id),"
		      " (SELECT count(*) FROM voice_note_theme x WHERE x.study = t.study AND x.theme = t.id) FROM"
		      " voice_theme t WHERE t.study = $1 ORDER BY t.position LIMIT $2",
		      V(s->id), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r)) {
		struct theme *t = &out[(*n)++];
		*t = (struct theme){ .id = rows_dup(&r, 0),
				     .about = rows_dup(&r, 3),
				     .interviews = rows_int(&r, 4),
				     .notes = rows_int(&r, 5) };
		t->title[LANG_EN] = rows_dup(&r, 1);
		t->title[LANG_ZH_TW] = rows_dup(&r, 2);
	}
	return rows_end(&r);
}

static enum st theme_ok(struct req *rq, const struct theme *t)
{
	if (!t->id || !q_name_ok(t->id))
		return err_set(&rq->err, ST_INVALID, N_("%.40s: a theme is named with a-z, 0-9 and hyphen"),
			       t->id ? t->id : "");
	if (!interview_line_ok(t->title[LANG_EN], CODE_TEXT_MAX, true) ||
	    !interview_line_ok(t->title[LANG_ZH_TW], CODE_TEXT_MAX, true) ||
	    !interview_line_ok(t->about, CODE_ABOUT_MAX, false))
		return err_set(
			&rq->err, ST_INVALID,
			N_("a theme has a title in both languages, of at most %d bytes, and at most %d bytes about it"),
			CODE_TEXT_MAX, CODE_ABOUT_MAX);
	return ST_OK;
}

/* Its words may become better as one reads on; what has it stays. */
static enum st theme_put(struct req *rq, const struct voice_study *s, const struct theme *t)
{
	int64_t others = 0, last = 0;
	if (theme_ok(rq, t) ||
	    sql_number(rq, &others, "SELECT count(*) FROM voice_theme WHERE study = $1 AND id <> $2", V(s->id),
		       V(t->id)) ||
	    sql_number(rq, &last, "SELECT coalesce(max(position), 0) FROM voice_theme WHERE study = $1", V(s->id)))
		return rq->err.code;
	if (others >= THEMES_MAX)
		return err_set(&rq->err, ST_LIMIT, N_("no more than %d themes a study"), THEMES_MAX);
	return sql_run(
		rq,
		"INSERT INTO voice_theme(study, id, position, title_en, title_zh, about) VALUES($1, $2, $3, $4, $5,"
		" $6) ON CONFLICT(study, id) DO UPDATE SET title_en = excluded.title_en, title_zh ="
		" excluded.title_zh, about = excluded.about",
		V(s->id), V(t->id), V(last + 1), V(t->title[LANG_EN]), V(t->title[LANG_ZH_TW]),
		V(t->about ? t->about : ""));
}

static enum st theme_drop(struct req *rq, const struct voice_study *s, const char *id)
{
	int64_t used = 0, gone = 0;
	if (sql_number(rq, &used, "SELECT count(*) FROM voice_note_theme WHERE study = $1 AND theme = $2", V(s->id),
		       V(id)))
		return rq->err.code;
	if (used)
		return err_set(&rq->err, ST_CONFLICT, N_("%lld notes have the theme %s: take it from them first"),
			       (long long)used, id);
	if (sql_run_count(rq, &gone, "DELETE FROM voice_theme WHERE study = $1 AND id = $2", V(s->id), V(id)))
		return rq->err.code;
	return gone ? ST_OK
		    : err_set(&rq->err, ST_NOTFOUND,
			      N_("%.40s is no theme of study %s; `nicert survey theme list` shows them"), id, s->name);
}

enum st voice_theme_set(struct req *rq, void *theme_set)
{
	const struct theme_set *a = theme_set;
	struct voice_study s;
	if (interview_study(rq, MAY_CODE_ANSWERS, a->study, &s) ||
	    (a->drop ? theme_drop(rq, &s, a->theme.id) : theme_put(rq, &s, &a->theme)))
		return rq->err.code;
	return voice_fact(rq, s.name, a->drop ? "theme-dropped" : "theme-set",
			  arena_printf(rq->mem, "{\"theme\":\"%s\"}", a->theme.id));
}
