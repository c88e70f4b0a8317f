/* forget.c — when the time to keep them is over, who was asked and what was answered are forgotten, in steps that nobody has
 * to wait for. */
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "voice/coding_int.h"
#include "voice/interview_int.h"
#include "who/privacy.h"

const char voice_forget_due[] = "survey-forget", voice_answers_due[] = "survey-forget-answers";

/* Of a due row "STUDY", or "STUDY/ID" of one whose rows up to ID are forgotten. */
struct step {
	struct voice_study s;
	int64_t after, to; /* the rows of this step: behind `after`, up to `to` */
	int64_t rows;
};

static enum st step_take(struct req *rq, const char *subject, const char *next, struct step *k)
{
	char *name = arena_strdup(rq->mem, subject), *slash = strchr(name, '/');
	*k = (struct step){ .after = -INT64_MAX };
	if (slash)
		*slash = 0;
	if (slash && !text_int(slash + 1, -INT64_MAX, INT64_MAX, &k->after))
		return err_set(&rq->err, ST_INVALID, "%.80s names no step", subject);
	store_scrub(rq);
	return voice_study_get(rq, name, &k->s) ? rq->err.code
						: voice_next(rq, next, k->s.id, k->after, VOICE_STEP, &k->rows, &k->to);
}

static bool more(const struct step *k)
{
	return k->rows == VOICE_STEP;
}

static enum st go_on(struct req *rq, const char *kind, const struct step *k)
{
	return due_set(rq, kind, arena_printf(rq->mem, "%s/%lld", k->s.name, (long long)k->to), clock_now());
}

/* Addresses go, the counts of invitations stay. */
enum st voice_forget_addresses(struct req *rq, const char *subject)
{
	struct step k;
	if (step_take(rq, subject, VOICE_NEXT("voice_invite"), &k) ||
	    sql_run(rq, "UPDATE voice_invite SET email = '', seed = NULL, token = NULL WHERE " VOICE_RANGE, V(k.s.id),
		    V(k.after), V(k.to)))
		return rq->err.code;
	if (more(&k))
		return go_on(rq, voice_forget_due, &k);
	if (sql_run(rq, "DELETE FROM voice_asked WHERE day < $1",
		    V((clock_now() - privacy_keep("voice_invite")) / (86400 * USEC))) ||
	    sql_run(rq, "DELETE FROM voice_candidate WHERE study = $1", V(k.s.id)) ||
	    sql_run(rq, "DELETE FROM voice_exclude WHERE study = $1", V(k.s.id)) || interview_names_drop(rq, k.s.id, 0))
		return rq->err.code;
	return voice_fact(rq, k.s.name, "addresses-forgotten", NULL);
}

/* What a published report says stays, as counts and quotes: they are kept before the first answer goes. */
static enum st keep_published(struct req *rq, const struct voice_study *s)
{
	if (s->state != STUDY_PUBLISHED)
		return ST_OK;
	return voice_counts_keep(rq, s->name) || voice_quotes_keep(rq, s->id) || interview_quotes_keep(rq, s->id, 0)
		       ? rq->err.code
		       : ST_OK;
}

enum st voice_forget_answers(struct req *rq, const char *subject)
{
	struct step k;
	if (step_take(rq, subject, VOICE_NEXT("voice_response"), &k) ||
	    (!strchr(subject, '/') && keep_published(rq, &k.s)) ||
	    sql_run(rq,
		    "DELETE FROM voice_word WHERE response IN (SELECT id FROM voice_response WHERE " VOICE_RANGE ")",
		    V(k.s.id), V(k.after), V(k.to)) ||
	    sql_run(rq, "DELETE FROM voice_response WHERE " VOICE_RANGE, V(k.s.id), V(k.after), V(k.to)))
		return rq->err.code;
	if (more(&k))
		return go_on(rq, voice_answers_due, &k);
	if (sql_run(rq, "DELETE FROM voice_word WHERE study = $1", V(k.s.id)) || interview_words_drop(rq, k.s.id, 0) ||
	    voice_coding_forget(rq, k.s.id))
		return rq->err.code;
	return voice_fact(rq, k.s.name, "answers-forgotten", NULL);
}
