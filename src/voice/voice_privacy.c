/* voice_privacy.c — what is kept of one person: invitations, and answers as long as a link still leads to them; where the
 * address was found or left out; and, by its hash, when it was last asked and that it wants no more letters. */
#include <string.h>
#include "base/text.h"
#include "voice/voice_int.h"

struct invited {
	char *study, *group, *lang, token[LINK_TOKEN];
	int64_t id, study_id, segments, sent_at, reminded;
	bool failed, opened, started, filled, stopped;
	bool linked; /* the study is open: the answers can be found */
	enum study_state state;
};
enum { INVITED_MAX = 1000 };

static enum st invited_read(struct req *rq, const char *email, struct invited *out, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT i.id, s.name, s.state, i.seed, s.id, g.name, i.lang, i.segments, i.sent_at, i.failed, "
		      "i.opened,"
		      " i.started, i.filled, i.stopped, i.reminded FROM voice_invite i JOIN voice_study s ON s.id = "
		      "i.study JOIN"
		      " voice_group g ON g.study = i.study AND g.position = i.position WHERE i.email = $1 ORDER BY i.id"
		      " LIMIT $2",
		      V(text_lower(rq->mem, email ? email : "")), V(INVITED_MAX)))
		return rq->err.code;
	while (*n < INVITED_MAX && rows_next(&r)) {
		struct invited *k = &out[(*n)++];
		struct blob seed = rows_blob(&r, 3);
		*k = (struct invited){ .id = rows_int(&r, 0),
				       .study = rows_dup(&r, 1),
				       .state = (enum study_state)rows_int(&r, 2),
				       .study_id = rows_int(&r, 4),
				       .group = rows_dup(&r, 5),
				       .lang = rows_dup(&r, 6),
				       .segments = rows_int(&r, 7),
				       .sent_at = rows_int(&r, 8),
				       .failed = rows_int(&r, 9) != 0,
				       .opened = rows_int(&r, 10) != 0,
				       .started = rows_int(&r, 11) != 0,
				       .filled = rows_int(&r, 12) != 0,
				       .stopped = rows_int(&r, 13) != 0,
				       .reminded = rows_int(&r, 14) };
		k->linked = k->state == STUDY_OPEN && seed.n == LINK_SEED;
		if (k->linked)
			voice_token(seed.p, k->token);
	}
	return rows_end(&r);
}

/* As item: option ids, or what was written. */
static void answers_write(struct req *rq, const struct voice_form *f, struct jw *w)
{
	j_obj(w, "answers");
	for (int i = 0; i < f->q.nitems && f->response; i++) {
		if (f->answer[i] == CROSS_NOT_ASKED || !f->answer[i])
			continue;
		j_obj(w, questionnaire_item_id(rq->mem, &f->q, i));
		j_arr(w, "chosen");
		for (int o = 0; o < f->q.item[i].options; o++)
			if (f->answer[i] & 1ULL << o)
				j_str(w, NULL, questionnaire_option_id(&f->q, i, o));
		j_end(w);
		j_str(w, "words", f->word[i]);
		j_end(w);
	}
	j_end(w);
}

static enum st segments_write(struct req *rq, const struct invited *k, struct jw *w)
{
	struct voice_segment s[CROSS_SEGMENTS_MAX];
	int n;
	if (voice_segments(rq, k->study_id, s, &n))
		return rq->err.code;
	j_arr(w, "segments");
	for (int i = 0; i < n; i++)
		if (k->segments & (int64_t)(1ULL << s[i].bit) && !strcmp(s[i].kind, "list"))
			j_str(w, NULL, s[i].name);
	j_end(w);
	return ST_OK;
}

static enum st invited_write(struct req *rq, const char *email, const struct invited *k, struct jw *w)
{
	struct voice_form f = { 0 };
	j_obj(w, NULL);
	j_str(w, "study", k->study);
	j_str(w, "email", email);
	j_str(w, "language", k->lang);
	j_str(w, "group", k->group);
	if (segments_write(rq, k, w))
		return rq->err.code;
	j_time(w, "sent_at", k->sent_at);
	j_int(w, "reminders", __builtin_popcountll((unsigned long long)k->reminded));
	j_bool(w, "refused", k->failed);
	j_bool(w, "opened", k->opened);
	j_bool(w, "started", k->started);
	j_bool(w, "filled", k->filled);
	j_bool(w, "stopped", k->stopped);
	if (k->linked) {
		if (voice_form_get(rq, k->token, &f))
			return rq->err.code;
		j_time(w, "begun_at", f.begun);
		j_int(w, "seconds", f.seconds);
		answers_write(rq, &f, w);
	}
	j_end(w);
	return ST_OK;
}

/* Where the address stands on a list of whom to ask, or of whom not to. */
static enum st lists_write(struct req *rq, const char *email, struct jw *w)
{
	struct rows r;
	j_arr(w, "lists");
	if (sql_query(
		    rq, &r,
		    "SELECT s.name, g.name, c.lang, c.segment, 0 FROM voice_candidate c JOIN voice_study s ON s.id ="
		    " c.study JOIN voice_group g ON g.study = c.study AND g.position = c.position WHERE c.email = $1"
		    " UNION ALL SELECT s.name, '', '', '', 1 FROM voice_exclude x JOIN voice_study s ON s.id = x.study"
		    " WHERE x.email = $1 ORDER BY 1, 2 LIMIT $2",
		    V(email), V(INVITED_MAX)))
		return rq->err.code;
	while (rows_next(&r)) {
		j_obj(w, NULL);
		j_str(w, "study", rows_text(&r, 0));
		if (!rows_int(&r, 4)) {
			j_str(w, "group", rows_text(&r, 1));
			j_str(w, "language", rows_text(&r, 2));
			j_str(w, "segment", rows_text(&r, 3));
		}
		j_bool(w, "excluded", rows_int(&r, 4) != 0);
		j_end(w);
	}
	j_end(w);
	return rows_end(&r);
}

static enum st hashed_write(struct req *rq, const char *email, struct jw *w)
{
	int64_t day = 0, stopped = 0;
	struct hash h = voice_address(rq->mem, email);
	if (sql_number(rq, &day, "SELECT coalesce(max(day), 0) FROM voice_asked WHERE address = $1",
		       V_BLOB(h.b, HASH_LEN)) ||
	    sql_number(rq, &stopped, "SELECT coalesce(max(at), 0) FROM voice_stop WHERE address = $1",
		       V_BLOB(h.b, HASH_LEN)))
		return rq->err.code;
	j_time(w, "last_asked", day * 86400 * USEC);
	j_time(w, "letters_stopped_at", stopped);
	return ST_OK;
}

enum st voice_person_export(struct req *rq, const struct person *p, struct jw *w)
{
	struct invited *k = arena_array(rq->mem, struct invited, INVITED_MAX);
	char *email = text_lower(rq->mem, p->email ? p->email : "");
	int n;
	if (invited_read(rq, email, k, &n))
		return rq->err.code;
	j_arr(w, "surveys");
	for (int i = 0; i < n && *email; i++)
		if (invited_write(rq, email, &k[i], w))
			return rq->err.code;
	j_end(w);
	return lists_write(rq, *email ? email : NULL, w) || hashed_write(rq, email, w) ? rq->err.code : ST_OK;
}

/* The invitation stays in the counts, without its address and link. The request not to be written to outlives it: it is
 * a hash, and it is the person's wish. */
enum st voice_person_erase(struct req *rq, const struct person *p)
{
	struct invited *k = arena_array(rq->mem, struct invited, INVITED_MAX);
	int n;
	char *email = text_lower(rq->mem, p->email ? p->email : "");
	if (!*email)
		return ST_OK;
	if (invited_read(rq, email, k, &n))
		return rq->err.code;
	for (int i = 0; i < n; i++)
		if (k[i].linked && voice_forget(rq, k[i].token))
			return rq->err.code;
	struct hash h = voice_address(rq->mem, email);
	if (sql_run(rq, "DELETE FROM voice_asked WHERE address = $1", V_BLOB(h.b, HASH_LEN)))
		return rq->err.code;
	if (sql_run(rq, "UPDATE voice_invite SET email = '', seed = NULL, token = NULL, stopped = 1 WHERE email = $1",
		    V(email)) ||
	    sql_run(rq, "DELETE FROM voice_exclude WHERE email = $1", V(email)))
		return rq->err.code;
	return sql_run(rq, "DELETE FROM voice_candidate WHERE email = $1", V(email));
}

enum st voice_person_knows(struct req *rq, const char *email, bool *yes)
{
	int64_t n = 0;
	struct hash h = voice_address(rq->mem, email);
	enum st st =
		sql_number(rq, &n,
			   "SELECT (SELECT count(*) FROM voice_invite WHERE email = $1) + (SELECT count(*) FROM"
			   " voice_candidate WHERE email = $1) + (SELECT count(*) FROM voice_exclude WHERE email = $1)"
			   " + (SELECT count(*) FROM voice_asked WHERE address = $2) + (SELECT count(*) FROM voice_stop"
			   " WHERE address = $2)",
			   V(text_lower(rq->mem, email)), V_BLOB(h.b, HASH_LEN));
	*yes = n > 0;
	return st;
}
