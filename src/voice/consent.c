/* consent.c — what somebody who is talked to agrees to, said behind the personal link or told to staff, and taken back. */
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "voice/interview_int.h"

/* Where a yes and a no to CONSENT_TALK lead to; an absent row is a refusal. */
static const struct {
	enum interview_state from, yes, no;
} turns[] = {
	{ INTERVIEW_PLANNED, INTERVIEW_AGREED, INTERVIEW_DECLINED },
	{ INTERVIEW_DECLINED, INTERVIEW_AGREED, INTERVIEW_DECLINED },
	{ INTERVIEW_AGREED, INTERVIEW_AGREED, INTERVIEW_WITHDRAWN },
	{ INTERVIEW_HELD, INTERVIEW_HELD, INTERVIEW_WITHDRAWN },
};

/* To be quoted takes talking, to be named takes being quoted. */
static unsigned whole(unsigned bits)
{
	if (!consents(bits, CONSENT_TALK))
		return 0;
	if (!consents(bits, CONSENT_QUOTE))
		bits &= ~(1u << CONSENT_NAME);
	return bits & ((1u << CONSENTS) - 1);
}

static enum st state_after(struct req *rq, const struct interview *i, unsigned bits, enum interview_state *out)
{
	for (size_t k = 0; k < sizeof turns / sizeof *turns; k++)
		if (turns[k].from == i->state) {
			*out = consents(bits, CONSENT_TALK) ? turns[k].yes : turns[k].no;
			return ST_OK;
		}
	return err_set(&rq->err, ST_CONFLICT, N_("I-%lld was taken back; plan another interview"), (long long)i->no);
}

static enum st told(struct req *rq, const struct voice_study *s, const struct interview *i, unsigned bits,
		    const char *by)
{
	char *more = arena_printf(rq->mem, "\"by\":\"%s\"", *by ? "staff" : "person");
	for (int k = 0; k < CONSENTS; k++)
		more = arena_printf(rq->mem, "%s,\"%s\":%s", more, consent_name((enum consent)k),
				    consents(bits, (enum consent)k) ? "true" : "false");
	return interview_fact(rq, s->name, "interview-consent", i->no, more);
}

/* What is no longer agreed to. */
static enum st drop(struct req *rq, const struct interview *i, unsigned bits, enum interview_state state)
{
	if (!consents(bits, CONSENT_QUOTE) &&
	    (interview_quotes_drop(rq, i->study, i->id) || interview_kept_drop(rq, i)))
		return rq->err.code;
	if (state != INTERVIEW_WITHDRAWN)
		return ST_OK;
	if (interview_words_drop(rq, i->study, i->id) || interview_names_drop(rq, i->study, i->id) ||
	    interview_meeting_drop(rq, i))
		return rq->err.code;
	return sql_run(rq, "UPDATE voice_interview SET kind = '' WHERE id = $1", V(i->id));
}

enum st interview_decide(struct req *rq, const struct interview *i, unsigned consent, const char *how, const char *by)
{
	struct voice_study s;
	enum interview_state state = i->state;
	unsigned bits = whole(consent);
	if (voice_study_by_id(rq, i->study, &s))
		return rq->err.code;
	if (s.state == STUDY_PUBLISHED && bits & ~i->consent)
		return err_set(&rq->err, ST_CONFLICT,
			       N_("the report of %s is published: consent can only be taken back now"), s.name);
	if (state_after(rq, i, bits, &state) ||
	    sql_run(rq,
		    "UPDATE voice_interview SET consent = $2, state = $3, how = $4, said_by = $5, said_at = $6 WHERE id"
		    " = $1",
		    V(i->id), V((int64_t)bits), V((int)state), V(how), V(by), V(clock_now())) ||
	    drop(rq, i, bits, state))
		return rq->err.code;
	return told(rq, &s, i, bits, by);
}

/* ── by the person ── */

static enum st place_read(struct req *rq, const struct interview *i, const char **out)
{
	struct rows r;
	*out = "";
	if (sql_query(rq, &r, "SELECT place FROM voice_interviewee WHERE interview = $1", V(i->id)))
		return rq->err.code;
	if (rows_next(&r))
		*out = rows_dup(&r, 0);
	return rows_end(&r);
}

enum st interview_form(struct req *rq, const char *token, struct interview_form *out)
{
	return interview_by_token(rq, token, &out->i) || voice_study_by_id(rq, out->i.study, &out->study) ||
			       voice_questionnaire(rq, out->study.questionnaire, out->study.version, &out->q) ||
			       voice_guide(rq, &out->study, out->i.guide, &out->guide) ||
			       place_read(rq, &out->i, &out->place)
		       ? rq->err.code
		       : ST_OK;
}

enum st interview_say(struct req *rq, void *say)
{
	struct interview_say *a = say;
	struct interview i;
	if (interview_by_token(rq, a->token, &i))
		return rq->err.code;
	if (a->guide != i.guide)
		return err_set(&rq->err, ST_CONFLICT,
			       N_("the questions have changed since you saw them: look at them again"));
	if (interview_decide(rq, &i, a->consent, "", "") || interview_by_id(rq, i.id, &i))
		return rq->err.code;
	a->state = i.state;
	return ST_OK;
}

enum st interview_letters_stop(struct req *rq, const char *email)
{
	int64_t n = 0;
	struct hash h = voice_address(rq->mem, email);
	if (sql_run_count(rq, &n, "INSERT INTO voice_stop(address, at) VALUES($1, $2) ON CONFLICT(address) DO NOTHING",
			  V_BLOB(h.b, HASH_LEN), V(clock_now())) ||
	    sql_run(rq, "UPDATE voice_invite SET stopped = 1 WHERE email = $1", V(email)))
		return rq->err.code;
	return n ? voice_fact(rq, "letters", "letters-stopped", NULL) : ST_OK;
}

/* Consent that was given stays: it is about what was said, not about letters. */
enum st interview_stop(struct req *rq, void *token)
{
	struct interview i;
	struct rows r;
	char *email = NULL;
	if (interview_by_token(rq, token, &i) ||
	    sql_query(rq, &r, "SELECT email FROM voice_interviewee WHERE interview = $1", V(i.id)))
		return rq->err.code;
	if (rows_next(&r))
		email = rows_dup(&r, 0);
	if (rows_end(&r) || (email && interview_letters_stop(rq, email)))
		return rq->err.code;
	return i.state == INTERVIEW_PLANNED ? interview_decide(rq, &i, 0, "", "") : ST_OK;
}

/* ── by staff, as they were told ── */

enum st voice_interview_consent(struct req *rq, void *consent)
{
	struct interview_consent *a = consent;
	struct voice_study s;
	struct interview i;
	if (permit(rq, MAY_RUN_SURVEY) || voice_study_get(rq, a->study, &s) || interview_by_no(rq, &s, a->no, &i))
		return rq->err.code;
	if (!interview_line_ok(a->how, CONSENT_HOW_MAX, true))
		return err_set(&rq->err, ST_INVALID,
			       N_("say how the person said so (on paper, by telephone …): a line of at most %d bytes"),
			       CONSENT_HOW_MAX);
	if (interview_decide(rq, &i, a->consent, a->how, rq->who->id) || interview_by_id(rq, i.id, &i))
		return rq->err.code;
	a->state = i.state;
	return ST_OK;
}
