/* closing.c — the field ends: what answers and people have in common is deleted, and what is left is written anew, in steps
 * that nobody has to wait for. */
#include <string.h>
#include "base/clock.h"
#include "voice/voice_int.h"
#include "who/privacy.h"

const char voice_close_due[] = "survey-close", voice_cut_due[] = "survey-cut";

struct step {
	struct req *rq;
	struct voice_study s;
	int64_t cut, cut_invite; /* how far it has come: numbers of the last answer and invitation */
	int64_t left;		 /* rows that this step may still write */
};

/* Of the next ones after `from` so many as this step may still write; the last one's number, 0: there are none. */
static enum st range(struct step *k, const char *next, int64_t from, int64_t *to)
{
	int64_t n;
	if (voice_next(k->rq, next, k->s.id, from, k->left, &n, to))
		return k->rq->err.code;
	k->left -= n;
	return ST_OK;
}

#define RESPONSE "study, segments, state, seconds, begun, reason, packed"
#define OF_RANGE "r.study = $1 AND r.id > $2 AND r.id <= $3"

/* A row's place in its table, and on PostgreSQL the transaction in it, tell who wrote beside it. So every answer is
 * written anew, under another number (the negative of its own), in the order of these, which are random: so is which of them one
 * step has. Drafts that were never sent off are deleted. */
static enum st answers_cut(struct step *k, int64_t *to)
{
	struct req *rq = k->rq;
	int64_t study = k->s.id, from = k->cut;
	if (range(k, VOICE_NEXT("voice_response"), from, to) || !*to ||
	    sql_run(rq,
		    "INSERT INTO voice_word(response, study, item, kind, number, text) SELECT -w.response, w.study,"
		    " w.item, w.kind, w.number, w.text FROM voice_response r JOIN voice_word w ON w.response = r.id"
		    " WHERE " OF_RANGE " AND r.state = 1 ORDER BY w.response, w.item",
		    V(study), V(from), V(*to)) ||
	    sql_run(rq,
		    "DELETE FROM voice_word WHERE response IN (SELECT id FROM voice_response WHERE " VOICE_RANGE ")",
		    V(study), V(from), V(*to)) ||
	    sql_run(rq,
		    "INSERT INTO voice_response(id, link, revision, " RESPONSE ") SELECT -id, NULL, 0, " RESPONSE
		    " FROM voice_response WHERE " VOICE_RANGE " AND state = 1 ORDER BY id",
		    V(study), V(from), V(*to)) ||
	    sql_run(rq, "DELETE FROM voice_response WHERE " VOICE_RANGE, V(study), V(from), V(*to)))
		return rq->err.code;
	k->cut = *to;
	return ST_OK;
}

/* Invitations get other transactions than their people's answers had, so that the journal's times don't lead to them. */
static enum st invites_cut(struct step *k, int64_t *to)
{
	struct req *rq = k->rq;
	if (range(k, VOICE_NEXT("voice_invite"), k->cut_invite, to) || !*to ||
	    sql_run(rq, "UPDATE voice_invite SET opened = 1 WHERE " VOICE_RANGE " AND opened = 1", V(k->s.id),
		    V(k->cut_invite), V(*to)))
		return rq->err.code;
	k->cut_invite = *to;
	return ST_OK;
}

enum st voice_next(struct req *rq, const char *next, int64_t study, int64_t after, int64_t max, int64_t *n, int64_t *to)
{
	struct rows r;
	*n = *to = 0;
	if (sql_query(rq, &r, next, V(study), V(after), V(max)))
		return rq->err.code;
	if (rows_next(&r)) {
		*n = rows_int(&r, 0);
		*to = rows_int(&r, 1);
	}
	return rows_end(&r);
}

static enum st closed(struct req *rq, const struct voice_study *s)
{
	int64_t now = clock_now();
	if (sql_run(rq, "UPDATE voice_study SET state = $2, closed_at = $3 WHERE id = $1", V(s->id),
		    V((int)STUDY_CLOSED), V(now)) ||
	    due_set(rq, voice_forget_due, s->name, now + privacy_keep("voice_invite")) ||
	    due_set(rq, voice_answers_due, s->name, now + privacy_keep("voice_response")))
		return rq->err.code;
	return voice_fact(rq, s->name, "study-closed", NULL);
}

/* Of a study that is closing, held by this write. A small one is done with in one. */
static enum st step(struct req *rq, const struct voice_study *s, struct step *k, bool *done)
{
	struct rows r;
	int64_t to = 1;
	*k = (struct step){ .rq = rq, .s = *s, .left = VOICE_STEP };
	*done = false;
	store_scrub(rq);
	if (sql_query(rq, &r, "SELECT cut, cut_invite FROM voice_study WHERE id = $1", V(s->id)))
		return rq->err.code;
	if (rows_next(&r)) {
		k->cut = rows_int(&r, 0);
		k->cut_invite = rows_int(&r, 1);
	}
	if (rows_end(&r))
		return rq->err.code;
	while (to && k->left > 0)
		if (answers_cut(k, &to) || (!to && invites_cut(k, &to)))
			return rq->err.code;
	*done = !to;
	return *done ? closed(rq, s)
		     : sql_run(rq, "UPDATE voice_study SET cut = $2, cut_invite = $3 WHERE id = $1", V(s->id),
			       V(k->cut), V(k->cut_invite));
}

/* Each step has a row of its own: nothing is left to do when it was done elsewhere. */
static enum st next_due(const struct step *k)
{
	return due_set(k->rq, voice_cut_due,
		       arena_printf(k->rq->mem, "%s/%lld/%lld", k->s.name, (long long)k->cut, (long long)k->cut_invite),
		       clock_now());
}

enum st voice_cut(struct req *rq, const char *subject)
{
	struct voice_study s;
	struct step k;
	bool done;
	char *name = arena_dup(rq->mem, subject, strcspn(subject, "/"));
	if (voice_study_get(rq, name, &s) || s.state != STUDY_CLOSING || step(rq, &s, &k, &done) || done)
		return rq->err.code;
	return next_due(&k);
}

enum st voice_close(struct req *rq, void *study_name)
{
	struct voice_study s;
	struct step k;
	bool done;
	if (voice_study_in(rq, study_name, 1u << STUDY_OPEN | 1u << STUDY_CLOSING, &s))
		return rq->err.code;
	if (s.state == STUDY_CLOSING)
		return step(rq, &s, &k, &done);
	if (sql_run(rq, "UPDATE voice_study SET state = $2 WHERE id = $1", V(s.id), V((int)STUDY_CLOSING)) ||
	    due_cancel(rq, voice_close_due, s.name) || step(rq, &s, &k, &done) || done)
		return rq->err.code;
	return next_due(&k) ? rq->err.code : voice_fact(rq, s.name, "study-closing", NULL);
}

enum st voice_close_at_its_time(struct req *rq, const char *subject)
{
	struct voice_study s;
	if (voice_study_get(rq, subject, &s))
		return rq->err.code;
	return s.state == STUDY_OPEN ? voice_close(rq, s.name) : ST_OK;
}
