/* note.c — what was said in interviews, noted by question of the guide, with the themes it carries. */
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "voice/interview_int.h"

/* ── reading ── */

#define COLUMNS                                                                                                        \
	"SELECT n.id, n.interview, i.no, n.question, n.text, n.at, n.by_whom, n.changed_at, i.guide, (SELECT "         \
	"count(*) FROM"                                                                                                \
	" voice_note_was w WHERE w.note = n.id) FROM voice_note n JOIN voice_interview i ON i.id = n.interview WHERE"  \
	" n.study = $1 AND "
#define ORDER " ORDER BY i.no, n.question, n.id LIMIT $3"

static enum st themes_read(struct req *rq, const struct voice_study *s, struct interview_note *out, int n)
{
	struct rows r;
	int k = 0;
	if (sql_query(
		    rq, &r,
		    "SELECT x.note, x.theme FROM voice_note_theme x JOIN voice_theme t ON t.study = x.study AND t.id ="
		    " x.theme WHERE x.study = $1 ORDER BY t.position",
		    V(s->id)))
		return rq->err.code;
	while (rows_next(&r)) {
		for (k = 0; k < n && out[k].id != rows_int(&r, 0);)
			k++;
		if (k < n)
			out[k].themes = arena_printf(rq->mem, "%s%s%s", out[k].themes, *out[k].themes ? " " : "",
						     rows_text(&r, 1));
	}
	return rows_end(&r);
}

enum st voice_notes(struct req *rq, const struct voice_study *s, const struct interview *i, const char *theme,
		    struct interview_note *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (permit(rq, MAY_CODE_ANSWERS) ||
	    (theme ? sql_query(rq, &r,
			       COLUMNS
			       "EXISTS (SELECT 1 FROM voice_note_theme x WHERE x.note = n.id AND x.theme = $2)" ORDER,
			       V(s->id), V(theme), V(max))
		   : sql_query(rq, &r, COLUMNS "(CAST($2 AS BIGINT) = 0 OR n.interview = $2)" ORDER, V(s->id),
			       V(i ? i->id : 0), V(max))))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = (struct interview_note){ .id = rows_int(&r, 0),
						       .interview = rows_int(&r, 1),
						       .no = rows_int(&r, 2),
						       .question = (int)rows_int(&r, 3),
						       .text = rows_dup(&r, 4),
						       .at = rows_int(&r, 5),
						       .by = rows_dup(&r, 6),
						       .changed_at = rows_int(&r, 7),
						       .guide = (int)rows_int(&r, 8),
						       .was = rows_int(&r, 9),
						       .themes = "" };
	return rows_end(&r) ? rq->err.code : themes_read(rq, s, out, *n);
}

enum st voice_note_was(struct req *rq, const struct voice_study *s, int64_t note, struct note_was *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (permit(rq, MAY_CODE_ANSWERS) ||
	    sql_query(rq, &r,
		      "SELECT at, text FROM voice_note_was WHERE study = $1 AND note = $2 ORDER BY n DESC LIMIT $3",
		      V(s->id), V(note), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = (struct note_was){ rows_int(&r, 0), rows_dup(&r, 1) };
	return rows_end(&r);
}

/* The interview is held before the note is read: it goes when consent is taken back. */
enum st note_by_id(struct req *rq, const struct voice_study *s, int64_t id, struct note_row *out)
{
	struct rows r;
	int64_t interview = 0;
	bool found;
	*out = (struct note_row){ .id = id };
	if (sql_number(rq, &interview,
		       "SELECT coalesce(max(interview), 0) FROM voice_note WHERE id = $1 AND study = $2", V(id),
		       V(s->id)))
		return rq->err.code;
	enum st st = interview ? interview_by_id(rq, interview, &out->i) : ST_NOTFOUND;
	if (st)
		return st == ST_NOTFOUND ? err_set(&rq->err, st, "study %s has no note %lld", s->name, (long long)id)
					 : st;
	if (sql_query(rq, &r, "SELECT text, by_whom, changed_at FROM voice_note WHERE id = $1", V(id)))
		return rq->err.code;
	if ((found = rows_next(&r))) {
		out->text = rows_dup(&r, 0);
		out->by = rows_dup(&r, 1);
		out->changed_at = rows_int(&r, 2);
	}
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "study %s has no note %lld", s->name, (long long)id);
}

/* ── writing ── */

static enum st text_ok(struct req *rq, const char *text)
{
	size_t n = text ? strlen(text) : 0;
	return n && n <= NOTE_MAX && text_clean(text, n)
		       ? ST_OK
		       : err_set(&rq->err, ST_INVALID, N_("a note has 1 to %d bytes of plain text"), NOTE_MAX);
}

static enum st note_fact(struct req *rq, const struct voice_study *s, const struct interview *i, const char *verb,
			 int64_t note)
{
	return interview_fact(rq, s->name, verb, i->no, arena_printf(rq->mem, "\"note\":%lld", (long long)note));
}

/* The first note: it took place. */
static enum st held(struct req *rq, const struct interview *i)
{
	return i->state == INTERVIEW_HELD ? ST_OK
					  : sql_run(rq, "UPDATE voice_interview SET state = $2 WHERE id = $1", V(i->id),
						    V((int)INTERVIEW_HELD));
}

enum st voice_note_add(struct req *rq, void *note_new)
{
	struct note_new *a = note_new;
	struct voice_study s;
	struct interview i;
	struct guide g;
	if (interview_study(rq, MAY_CODE_ANSWERS, a->study, &s) || interview_by_no(rq, &s, a->no, &i) ||
	    text_ok(rq, a->text))
		return rq->err.code;
	if (!consents(i.consent, CONSENT_TALK))
		return err_set(&rq->err, ST_CONFLICT,
			       N_("I-%lld: the person has not agreed to talk; nothing is noted before that"),
			       (long long)i.no);
	if (voice_guide(rq, &s, i.guide, &g))
		return rq->err.code;
	if (a->question < 0 || a->question > g.nquestions)
		return err_set(&rq->err, ST_INVALID, N_("the guide of I-%lld has questions 1 to %d; 0: under none"),
			       (long long)i.no, g.nquestions);
	if (i.notes >= NOTES_MAX)
		return err_set(&rq->err, ST_LIMIT, N_("no more than %d notes an interview"), NOTES_MAX);
	if (sql_number(
		    rq, &a->id,
		    "INSERT INTO voice_note(study, interview, question, text, at, by_whom, changed_at) VALUES($1, $2,"
		    " $3, $4, $5, $6, 0) RETURNING id",
		    V(s.id), V(i.id), V(a->question), V(a->text), V(clock_now()), V(rq->who->id)) ||
	    held(rq, &i))
		return rq->err.code;
	return note_fact(rq, &s, &i, "note-written", a->id);
}

static enum st note_mine(struct req *rq, const char *study, int64_t id, struct voice_study *s, struct note_row *n)
{
	if (interview_study(rq, MAY_CODE_ANSWERS, study, s) || note_by_id(rq, s, id, n))
		return rq->err.code;
	return strcmp(n->by, rq->who->id) != 0
		       ? err_set(&rq->err, ST_DENIED,
				 N_("note %lld is another person's: write one of your own beside it"), (long long)id)
		       : ST_OK;
}

static enum st was_keep(struct req *rq, const struct voice_study *s, const struct note_row *n)
{
	int64_t k = 0;
	if (sql_number(rq, &k, "SELECT coalesce(max(n), 0) + 1 FROM voice_note_was WHERE note = $1", V(n->id)))
		return rq->err.code;
	if (k > WAS_MAX)
		return err_set(&rq->err, ST_LIMIT, N_("note %lld was changed %d times: write another"),
			       (long long)n->id, WAS_MAX);
	return sql_run(rq, "INSERT INTO voice_note_was(note, n, study, at, text) VALUES($1, $2, $3, $4, $5)", V(n->id),
		       V(k), V(s->id), V(clock_now()), V(n->text));
}

enum st voice_note_change(struct req *rq, void *note_change)
{
	const struct note_change *a = note_change;
	struct voice_study s;
	struct note_row n;
	if (note_mine(rq, a->study, a->id, &s, &n) || text_ok(rq, a->text) || said_fits(rq, n.id, a->text))
		return rq->err.code;
	if (!strcmp(n.text, a->text))
		return ST_OK;
	if (was_keep(rq, &s, &n) || sql_run(rq, "UPDATE voice_note SET text = $2, changed_at = $3 WHERE id = $1",
					    V(n.id), V(a->text), V(clock_now())))
		return rq->err.code;
	return note_fact(rq, &s, &n.i, "note-changed", n.id);
}

enum st voice_note_drop(struct req *rq, void *note_change)
{
	static const char *const sql[] = { "DELETE FROM voice_quote WHERE note = $1",
					   "DELETE FROM voice_note_theme WHERE note = $1",
					   "DELETE FROM voice_note_was WHERE note = $1",
					   "DELETE FROM voice_note WHERE id = $1" };
	const struct note_change *a = note_change;
	struct voice_study s;
	struct note_row n;
	if (interview_study(rq, MAY_CODE_ANSWERS, a->study, &s) || note_by_id(rq, &s, a->id, &n) ||
	    (strcmp(n.by, rq->who->id) != 0 && permit(rq, MAY_RUN_SURVEY)))
		return rq->err.code;
	for (int i = 0; i < 4; i++)
		if (sql_run(rq, sql[i], V(n.id)))
			return rq->err.code;
	return note_fact(rq, &s, &n.i, "note-dropped", n.id);
}

/* ── themes of a note ── */

static enum st theme_put(struct req *rq, const struct voice_study *s, int64_t note, const char *id)
{
	int64_t there = 0;
	if (sql_number(rq, &there, "SELECT count(*) FROM voice_theme WHERE study = $1 AND id = $2", V(s->id), V(id)))
		return rq->err.code;
	if (!there)
		return err_set(&rq->err, ST_INVALID,
			       N_("%.40s is no theme of study %s; `nicert survey theme list` shows them"), id, s->name);
	return sql_run(rq,
		       "INSERT INTO voice_note_theme(note, theme, study) VALUES($1, $2, $3) ON CONFLICT(note, theme) DO"
		       " NOTHING",
		       V(note), V(id), V(s->id));
}

enum st voice_note_themes(struct req *rq, void *note_change)
{
	const struct note_change *a = note_change;
	struct voice_study s;
	struct note_row n;
	if (interview_study(rq, MAY_CODE_ANSWERS, a->study, &s) || note_by_id(rq, &s, a->id, &n) ||
	    sql_run(rq, "DELETE FROM voice_note_theme WHERE note = $1", V(n.id)))
		return rq->err.code;
	for (const char *at = a->themes; *(at += strspn(at, " ,;"));) {
		size_t k = strcspn(at, " ,;");
		if (theme_put(rq, &s, n.id, arena_printf(rq->mem, "%.*s", (int)(k > 64 ? 64 : k), at)))
			return rq->err.code;
		at += k;
	}
	return note_fact(rq, &s, &n.i, "note-themes-set", n.id);
}
