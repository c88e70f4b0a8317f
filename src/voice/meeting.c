/* meeting.c — appointments of interviews: set, moved and taken away by staff, and the reminder of the day before. */
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "voice/interview_int.h"

#define DAY (86400 * USEC)

const char interview_remind_due[] = "interview-remind";

static char *subject_of(struct req *rq, const struct interview *i)
{
	return arena_printf(rq->mem, "%lld", (long long)i->id);
}

/* What stands in the rows beside the interview. */
struct meeting {
	char *place, *email;
	int64_t no;
	bool told;
};

static enum st meeting_read(struct req *rq, const struct interview *i, struct meeting *out)
{
	struct rows r;
	bool found;
	if (sql_query(
		    rq, &r,
		    "SELECT e.place, e.email, i.meets_no, i.meets_told FROM voice_interviewee e JOIN voice_interview i"
		    " ON i.id = e.interview WHERE e.interview = $1",
		    V(i->id)))
		return rq->err.code;
	if ((found = rows_next(&r)))
		*out = (struct meeting){ rows_dup(&r, 0), rows_dup(&r, 1), rows_int(&r, 2), rows_int(&r, 3) != 0 };
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "who I-%lld was is not kept any more", (long long)i->no);
}

/* ── may it be? ── */

static enum st meet_ok(struct req *rq, const struct interview *i, const struct interview_meet *a)
{
	if (!a->at)
		return i->meets_at ? ST_OK
				   : err_set(&rq->err, ST_CONFLICT, N_("I-%lld has no appointment"), (long long)i->no);
	if (!consents(i->consent, CONSENT_TALK))
		return err_set(&rq->err, ST_CONFLICT, N_("I-%lld: the person has not agreed to talk yet"),
			       (long long)i->no);
	if (a->at <= clock_now() || a->at > clock_now() + MEETING_DAYS * DAY)
		return err_set(&rq->err, ST_INVALID, N_("an appointment is in the future, at most %d days ahead"),
			       MEETING_DAYS);
	if (a->minutes < MEETING_LEAST || a->minutes > MEETING_MOST)
		return err_set(&rq->err, ST_INVALID, N_("a conversation takes %d to %d minutes"), MEETING_LEAST,
			       MEETING_MOST);
	if (!interview_line_ok(a->place, INTERVIEWEE_TEXT_MAX, false))
		return err_set(&rq->err, ST_INVALID, N_("where it is: a line of at most %d bytes"),
			       INTERVIEWEE_TEXT_MAX);
	return ST_OK;
}

static enum st letter_ok(struct req *rq, const struct meeting *m, const struct interview_meet *a)
{
	bool stopped = false;
	if (a->letter && interview_stopped(rq, m->email, &stopped))
		return rq->err.code;
	return stopped ? err_set(&rq->err, ST_CONFLICT,
				 N_("this person wants no letters about surveys: tell it another way, and say that no "
				    "letter goes out"))
		       : ST_OK;
}

/* ── what is written ── */

static enum st meet_put(struct req *rq, const struct interview *i, const struct interview_meet *a, int64_t no)
{
	if (!a->at)
		return sql_run(rq, "UPDATE voice_interview SET meets = $2, meets_no = $3 WHERE id = $1", V(i->id),
			       V((int)MEETS_OFF), V(no));
	if (sql_run(rq,
		    "UPDATE voice_interview SET meets = $2, meets_no = $3, meets_at = $4, meets_minutes = $5, "
		    "meets_told ="
		    " $6 WHERE id = $1",
		    V(i->id), V((int)MEETS_SET), V(no), V(a->at), V(a->minutes), V((int)a->letter)))
		return rq->err.code;
	return sql_run(rq, "UPDATE voice_interviewee SET place = $2 WHERE interview = $1", V(i->id),
		       V(a->place ? a->place : ""));
}

/* Who is told of it less than a day before needs no reminder. */
static enum st reminder_put(struct req *rq, const struct interview *i, const struct interview_meet *a)
{
	return a->letter && a->at - DAY > clock_now()
		       ? due_set(rq, interview_remind_due, subject_of(rq, i), a->at - DAY)
		       : due_cancel(rq, interview_remind_due, subject_of(rq, i));
}

static enum st meet_fact(struct req *rq, const struct voice_study *s, const struct interview *i, const char *verb,
			 int64_t no, bool letter)
{
	return interview_fact(rq, s->name, verb, i->no,
			      arena_printf(rq->mem, "\"row\":%lld,\"appointment\":%lld,\"letter\":%s,\"moved\":%s",
					   (long long)i->id, (long long)no, letter ? "true" : "false",
					   i->meets_at ? "true" : "false"));
}

/* One that will not be is also taken away when the report is out. */
static enum st study_for(struct req *rq, const struct interview_meet *a, struct voice_study *s)
{
	return a->at			    ? interview_study(rq, MAY_RUN_SURVEY, a->study, s)
	       : permit(rq, MAY_RUN_SURVEY) ? rq->err.code
					    : voice_study_get(rq, a->study, s);
}

enum st voice_interview_meet(struct req *rq, void *interview_meet)
{
	struct interview_meet *a = interview_meet;
	struct voice_study s;
	struct interview i;
	struct meeting m;
	if (study_for(rq, a, &s) || interview_by_no(rq, &s, a->no, &i) || meet_ok(rq, &i, a) ||
	    meeting_read(rq, &i, &m) || letter_ok(rq, &m, a))
		return rq->err.code;
	a->same = a->at && i.meets_at == a->at && i.meets_minutes == a->minutes && m.told == a->letter &&
		  !strcmp(m.place, a->place ? a->place : "");
	if (a->same)
		return ST_OK;
	if (meet_put(rq, &i, a, m.no + 1) || reminder_put(rq, &i, a))
		return rq->err.code;
	return meet_fact(rq, &s, &i, a->at ? "interview-appointed" : "interview-appointment-off", m.no + 1, a->letter);
}

enum st interview_meeting_drop(struct req *rq, const struct interview *i)
{
	if (due_cancel(rq, interview_remind_due, subject_of(rq, i)))
		return rq->err.code;
	return sql_run(rq, "UPDATE voice_interview SET meets = $2, meets_no = meets_no + 1 WHERE id = $1", V(i->id),
		       V((int)MEETS_NOT));
}

/* ── the day before ── */

/* Run late, when it has begun already, it is no reminder any more. */
enum st interview_remind(struct req *rq, const char *subject)
{
	struct voice_study s;
	struct interview i;
	struct meeting m;
	int64_t id = 0;
	if (!text_int(subject, 1, INT64_MAX, &id))
		return err_set(&rq->err, ST_INVALID, "%.40s is no interview", subject);
	if (interview_by_id(rq, id, &i) || voice_study_by_id(rq, i.study, &s))
		return rq->err.code;
	if (i.meets_at <= clock_now() || !consents(i.consent, CONSENT_TALK))
		return ST_OK;
	enum st st = meeting_read(rq, &i, &m);
	if (st == ST_NOTFOUND)
		err_clear(&rq->err);
	if (st)
		return st == ST_NOTFOUND ? ST_OK : st;
	return meet_fact(rq, &s, &i, "interview-tomorrow", m.no, m.told);
}
