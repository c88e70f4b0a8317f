/* voice_privacy.c — what is kept of one person: invitations, and answers as long as a link still leads to them. */
#include <string.h>
#include "base/text.h"
#include "voice/voice_int.h"

struct invited {
	int64_t id;
	char *study, token[LINK_TOKEN];
	bool linked; /* the study is open: the answers can be found */
	enum study_state state;
};
enum { INVITED_MAX = 1000 };

static enum st invited_read(struct req *rq, const char *email, struct invited *out, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT i.id, s.name, s.state, i.seed FROM voice_invite i JOIN voice_study s ON s.id = i.study "
		      "WHERE"
		      " i.email = $1 ORDER BY i.id LIMIT $2",
		      V(text_lower(rq->mem, email ? email : "")), V(INVITED_MAX)))
		return rq->err.code;
	while (*n < INVITED_MAX && rows_next(&r)) {
		struct invited *k = &out[(*n)++];
		struct blob seed = rows_blob(&r, 3);
		*k = (struct invited){ .id = rows_int(&r, 0),
				       .study = rows_dup(&r, 1),
				       .state = (enum study_state)rows_int(&r, 2) };
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

enum st voice_person_export(struct req *rq, const struct person *p, struct jw *w)
{
	struct invited *k = arena_array(rq->mem, struct invited, INVITED_MAX);
	int n;
	if (invited_read(rq, p->email, k, &n))
		return rq->err.code;
	j_arr(w, "surveys");
	for (int i = 0; i < n; i++) {
		struct voice_form f = { 0 };
		j_obj(w, NULL);
		j_str(w, "study", k[i].study);
		if (k[i].linked) {
			if (voice_form_get(rq, k[i].token, &f))
				return rq->err.code;
			answers_write(rq, &f, w);
		}
		j_end(w);
	}
	j_end(w);
	return ST_OK;
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
		if (k[i].linked && voice_withdraw(rq, k[i].token))
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
	enum st st =
		sql_number(rq, &n,
			   "SELECT (SELECT count(*) FROM voice_invite WHERE email = $1) + (SELECT count(*) FROM"
			   " voice_candidate WHERE email = $1) + (SELECT count(*) FROM voice_exclude WHERE email = $1)",
			   V(text_lower(rq->mem, email)));
	*yes = n > 0;
	return st;
}
