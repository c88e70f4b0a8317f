/* interview_privacy.c — what is kept of somebody who was talked to, how it goes, and when. */
#include <string.h>
#include "base/text.h"
#include "voice/interview_int.h"

const char interview_names_due[] = "interview-names", interview_words_due[] = "interview-words";

/* ── what goes ── */

#define NOTES_OF "(SELECT id FROM voice_note WHERE study = $1 AND (CAST($2 AS BIGINT) = 0 OR interview = $2))"

enum st interview_quotes_drop(struct req *rq, int64_t study, int64_t interview)
{
	return sql_run(rq, "DELETE FROM voice_quote WHERE study = $1 AND note IN " NOTES_OF, V(study), V(interview));
}

enum st interview_kept_drop(struct req *rq, const struct interview *i)
{
	return sql_run(rq, "DELETE FROM voice_quote WHERE study = $1 AND note = $2 AND kept = 1", V(i->study),
		       V(-i->id));
}

enum st interview_words_drop(struct req *rq, int64_t study, int64_t interview)
{
	static const char *const sql[] = {
		"DELETE FROM voice_note_theme WHERE study = $1 AND note IN " NOTES_OF,
		"DELETE FROM voice_note_was WHERE study = $1 AND note IN " NOTES_OF,
		"DELETE FROM voice_note WHERE study = $1 AND (CAST($2 AS BIGINT) = 0 OR interview = $2)",
	};
	if (interview_quotes_drop(rq, study, interview))
		return rq->err.code;
	for (int i = 0; i < 3; i++)
		if (sql_run(rq, sql[i], V(study), V(interview)))
			return rq->err.code;
	return ST_OK;
}

enum st interview_names_drop(struct req *rq, int64_t study, int64_t interview)
{
	if (sql_run(rq, "DELETE FROM voice_interviewee WHERE study = $1 AND (CAST($2 AS BIGINT) = 0 OR interview = $2)",
		    V(study), V(interview)))
		return rq->err.code;
	return sql_run(rq,
		       "UPDATE voice_interview SET seed = NULL, token = NULL, how = '' WHERE study = $1 AND (CAST($2 AS"
		       " BIGINT) = 0 OR id = $2)",
		       V(study), V(interview));
}

enum st interview_was_drop(struct req *rq, int64_t study)
{
	return sql_run(rq, "DELETE FROM voice_note_was WHERE study = $1", V(study));
}

/* ── by time ── */

/* ST_NOTFOUND is nothing to do. */
static enum st forget(struct req *rq, const char *subject, enum st (*drop)(struct req *, int64_t, int64_t),
		      const char *verb)
{
	struct voice_study s;
	struct interview i;
	int64_t id = 0;
	if (!text_int(subject, 1, INT64_MAX, &id))
		return err_set(&rq->err, ST_INVALID, "%.40s is no interview", subject);
	if (interview_by_id(rq, id, &i) || voice_study_by_id(rq, i.study, &s) || drop(rq, i.study, i.id))
		return rq->err.code;
	return interview_fact(rq, s.name, verb, i.no, NULL);
}

enum st interview_names_forget(struct req *rq, const char *subject)
{
	return forget(rq, subject, interview_names_drop, "interview-name-forgotten");
}

static enum st words_by_time(struct req *rq, int64_t study, int64_t interview)
{
	struct voice_study s;
	if (voice_study_by_id(rq, study, &s) ||
	    (s.state == STUDY_PUBLISHED && interview_quotes_keep(rq, study, interview)))
		return rq->err.code;
	return interview_words_drop(rq, study, interview);
}

enum st interview_words_forget(struct req *rq, const char *subject)
{
	return forget(rq, subject, words_by_time, "interview-notes-forgotten");
}

/* ── of a person ── */

enum { OF_ONE = 100 };

struct of_person {
	struct interview i;
	char *name, *organisation, *place;
};

static enum st of_person(struct req *rq, const char *email, struct of_person *out, int *n)
{
	struct rows r;
	int64_t id[OF_ONE];
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT interview, name, organisation, place FROM voice_interviewee WHERE email = $1 ORDER BY "
		      "interview"
		      " LIMIT $2",
		      V(text_lower(rq->mem, email)), V(OF_ONE)))
		return rq->err.code;
	while (*n < OF_ONE && rows_next(&r)) {
		id[*n] = rows_int(&r, 0);
		out[*n].name = rows_dup(&r, 1);
		out[*n].organisation = rows_dup(&r, 2);
		out[(*n)++].place = rows_dup(&r, 3);
	}
	if (rows_end(&r))
		return rq->err.code;
	for (int k = 0; k < *n; k++)
		if (interview_by_id(rq, id[k], &out[k].i))
			return rq->err.code;
	return ST_OK;
}

static enum st notes_write(struct req *rq, const struct interview *i, struct jw *w)
{
	struct rows r;
	j_arr(w, "notes");
	if (sql_query(rq, &r,
		      "SELECT question, text, at FROM voice_note WHERE study = $1 AND interview = $2 ORDER BY "
		      "question, id",
		      V(i->study), V(i->id)))
		return rq->err.code;
	while (rows_next(&r)) {
		j_obj(w, NULL);
		j_int(w, "question", rows_int(&r, 0));
		j_str(w, "text", rows_text(&r, 1));
		j_time(w, "at", rows_int(&r, 2));
		j_end(w);
	}
	j_end(w);
	return rows_end(&r);
}

static enum st quotes_write(struct req *rq, const struct interview *i, struct jw *w)
{
	struct rows r;
	j_arr(w, "quotes");
	if (sql_query(rq, &r,
		      "SELECT k.text, k.state FROM voice_quote k JOIN voice_note n ON n.id = k.note WHERE k.study = $1 "
		      "AND"
		      " n.interview = $2 ORDER BY k.id",
		      V(i->study), V(i->id)))
		return rq->err.code;
	while (rows_next(&r)) {
		j_obj(w, NULL);
		j_str(w, "text", rows_text(&r, 0));
		j_str(w, "state", quote_state_name((enum quote_state)rows_int(&r, 1)));
		j_end(w);
	}
	j_end(w);
	return rows_end(&r);
}

static enum st one_write(struct req *rq, const struct of_person *k, struct jw *w)
{
	struct voice_study s;
	if (voice_study_by_id(rq, k->i.study, &s))
		return rq->err.code;
	j_obj(w, NULL);
	j_str(w, "study", s.name);
	j_int(w, "interview", k->i.no);
	j_str(w, "name", k->name);
	j_str(w, "organisation", k->organisation);
	j_str(w, "kind", k->i.kind);
	j_str(w, "language", lang_tag(k->i.lang));
	j_str(w, "state", interview_state_name(k->i.state));
	for (int c = 0; c < CONSENTS; c++)
		j_bool(w, consent_name((enum consent)c), consents(k->i.consent, (enum consent)c));
	j_str(w, "said_how", *k->i.how ? k->i.how : NULL);
	j_time(w, "said_at", k->i.said_at);
	j_time(w, "appointment", k->i.meets_at);
	j_int(w, "minutes", k->i.meets_minutes);
	j_str(w, "place", k->place);
	if (notes_write(rq, &k->i, w) || quotes_write(rq, &k->i, w))
		return rq->err.code;
	j_end(w);
	return ST_OK;
}

enum st interview_person_export(struct req *rq, const struct person *p, struct jw *w)
{
	struct of_person *k = arena_array(rq->mem, struct of_person, OF_ONE);
	int n = 0;
	if (p->email && *p->email && of_person(rq, p->email, k, &n))
		return rq->err.code;
	j_arr(w, "interviews");
	for (int i = 0; i < n; i++)
		if (one_write(rq, &k[i], w))
			return rq->err.code;
	j_end(w);
	return ST_OK;
}

/* As if all were taken back: what somebody said would tell who it was. */
static enum st one_erase(struct req *rq, const struct interview *i)
{
	struct voice_study s;
	if (interview_words_drop(rq, i->study, i->id) || interview_kept_drop(rq, i) ||
	    interview_names_drop(rq, i->study, i->id) || interview_meeting_drop(rq, i) ||
	    sql_run(rq, "UPDATE voice_interview SET state = $2, consent = 0, kind = '' WHERE id = $1", V(i->id),
		    V((int)(i->state == INTERVIEW_PLANNED || i->state == INTERVIEW_DECLINED ? INTERVIEW_DECLINED
											    : INTERVIEW_WITHDRAWN))) ||
	    voice_study_by_id(rq, i->study, &s))
		return rq->err.code;
	return interview_fact(rq, s.name, "interview-erased", i->no, NULL);
}

enum st interview_person_erase(struct req *rq, const struct person *p)
{
	struct of_person *k = arena_array(rq->mem, struct of_person, OF_ONE);
	int n = 0;
	if (!p->email || !*p->email)
		return ST_OK;
	do {
		if (of_person(rq, p->email, k, &n))
			return rq->err.code;
		for (int i = 0; i < n; i++)
			if (one_erase(rq, &k[i].i))
				return rq->err.code;
	} while (n == OF_ONE);
	return ST_OK;
}

enum st interview_person_knows(struct req *rq, const char *email, bool *yes)
{
	int64_t n = 0;
	enum st st = sql_number(rq, &n, "SELECT count(*) FROM voice_interviewee WHERE email = $1",
				V(text_lower(rq->mem, email)));
	*yes = n > 0;
	return st;
}
