/* remind.c — reminders: up to three rows a study, each a day of its field or a time. At that time it is seen who was
 * reached and has not answered; their letters go out in batches, as fast as invitations do. Whether somebody still needs
 * one is asked again when a letter is about to leave (voice_letters_wanted). */
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "voice/voice_int.h"
#include "who/permit.h"

#define DAY (86400 * USEC)

const char voice_remind_due[] = "survey-remind", voice_reminders_due[] = "survey-reminders";

/* ── the rows ── */

enum st voice_reminders(struct req *rq, const struct voice_study *s, struct voice_reminder *out, int *n)
{
	struct rows r;
	*n = 0;
	if (voice_may_see(rq, s) ||
	    sql_query(rq, &r,
		      "SELECT r.number, r.days, r.at, r.ran_at, (SELECT count(*) FROM voice_invite i WHERE i.study ="
		      " r.study AND (i.reminded & r.bit) <> 0) FROM voice_reminder r WHERE r.study = $1 ORDER BY"
		      " r.number LIMIT $2",
		      V(s->id), V(VOICE_REMINDERS_MAX)))
		return rq->err.code;
	while (*n < VOICE_REMINDERS_MAX && rows_next(&r))
		out[(*n)++] = (struct voice_reminder){ .number = (int)rows_int(&r, 0),
						       .days = rows_int(&r, 1),
						       .at = rows_int(&r, 2),
						       .ran_at = rows_int(&r, 3),
						       .letters = rows_int(&r, 4) };
	return rows_end(&r);
}

/* Those of a draft are days apart from its opening, wherever that will be. */
static int64_t place_of(const struct voice_reminder *k)
{
	return k->at ? k->at : k->days * DAY;
}

static enum st apart(struct req *rq, const struct voice_study *s, const struct voice_reminder *k, int n)
{
	for (int i = 0; i < n; i++)
		for (int j = 0; j < i; j++) {
			int64_t gap = place_of(&k[i]) - place_of(&k[j]);
			if (!k[i].at == !k[j].at && gap < DAY && gap > -DAY)
				return err_set(&rq->err, ST_CONFLICT,
					       N_("reminders %d and %d of study %s would go out within a day: leave a "
						  "day between"),
					       k[j].number, k[i].number, s->name);
		}
	return ST_OK;
}

/* In the field each has a time, before the end. */
static enum st in_time(struct req *rq, const struct voice_study *s, const struct voice_reminder *k, int n)
{
	for (int i = 0; i < n && s->state == STUDY_OPEN; i++)
		if (!k[i].ran_at && k[i].at >= s->closes_at)
			return err_set(
				&rq->err, ST_INVALID,
				N_("reminder %d would go out on %s, when study %s is closed: choose an earlier day"),
				k[i].number, time_iso(rq->mem, k[i].at), s->name);
	return ST_OK;
}

static enum st rows_agree(struct req *rq, const struct voice_study *s)
{
	struct voice_reminder k[VOICE_REMINDERS_MAX];
	int n;
	return voice_reminders(rq, s, k, &n) || apart(rq, s, k, n) || in_time(rq, s, k, n) ? rq->err.code : ST_OK;
}

static char *subject_of(struct req *rq, const struct voice_study *s, int number)
{
	return arena_printf(rq->mem, "%lld/%d", (long long)s->id, number);
}

/* A study's days become times when its field begins. */
enum st voice_reminders_open(struct req *rq, const struct voice_study *s)
{
	struct voice_reminder k[VOICE_REMINDERS_MAX];
	int n;
	if (sql_run(rq, "UPDATE voice_reminder SET at = $2 + days * $3 WHERE study = $1 AND at = 0", V(s->id),
		    V(s->opened_at), V(DAY)) ||
	    rows_agree(rq, s) || voice_reminders(rq, s, k, &n))
		return rq->err.code;
	for (int i = 0; i < n; i++)
		if (due_set(rq, voice_remind_due, subject_of(rq, s, k[i].number), k[i].at))
			return rq->err.code;
	return ST_OK;
}

static enum st fact(struct req *rq, const struct voice_study *s, const char *verb, int number, const char *key,
		    int64_t value)
{
	return voice_fact(rq, s->name, verb,
			  arena_printf(rq->mem, "{\"reminder\":%d,\"%s\":%lld}", number, key, (long long)value));
}

static enum st number_free(struct req *rq, const struct voice_study *s, int *number)
{
	struct voice_reminder k[VOICE_REMINDERS_MAX];
	int n;
	if (voice_reminders(rq, s, k, &n))
		return rq->err.code;
	for (*number = 1; *number <= n && k[*number - 1].number == *number;)
		++*number;
	return n < VOICE_REMINDERS_MAX
		       ? ST_OK
		       : err_set(&rq->err, ST_LIMIT, N_("study %s has %d reminders already: more would be a nuisance"),
				 s->name, n);
}

/* Who was reached at least a day before and has not answered. $1 study, $2 bit of the reminder, $3 a day before it. */
#define LEFT                                                                                                           \
	" FROM voice_invite WHERE study = $1 AND (reminded & $2) = 0 AND sent_at > 0 AND sent_at <= $3 AND filled = 0" \
	" AND stopped = 0 AND failed = 0 AND email <> ''"

int64_t voice_reminder_bit(int number)
{
	return 1LL << number;
}

enum st voice_remind(struct req *rq, void *remind)
{
	struct voice_remind *a = remind;
	struct voice_study s;
	int64_t now = clock_now(), at = a->at ? a->at : now;
	if (voice_study_in(rq, a->study, 1u << STUDY_DRAFT | 1u << STUDY_DRAWN | 1u << STUDY_OPEN, &s) ||
	    number_free(rq, &s, &a->number))
		return rq->err.code;
	if (!a->days && s.state != STUDY_OPEN)
		return err_set(&rq->err, ST_CONFLICT,
			       N_("study %s is not open yet: say after how many days of its field"), s.name);
	if (a->days < 0 || a->days > VOICE_REMIND_DAYS)
		return err_set(&rq->err, ST_INVALID, N_("a reminder goes out after 1 to %d days"), VOICE_REMIND_DAYS);
	if (a->days)
		at = s.state == STUDY_OPEN ? s.opened_at + a->days * DAY : 0;
	if (at && at < now)
		return err_set(&rq->err, ST_INVALID, N_("%s is over already: choose a later day"),
			       time_iso(rq->mem, at));
	if (sql_run(rq,
		    "INSERT INTO voice_reminder(study, number, bit, days, at, ran_at) VALUES($1, $2, $3, $4, $5, 0)",
		    V(s.id), V(a->number), V(voice_reminder_bit(a->number)), V(a->days), V(at)) ||
	    rows_agree(rq, &s) ||
	    sql_number(rq, &a->waiting, "SELECT count(*)" LEFT, V(s.id), V(voice_reminder_bit(a->number)),
		       V(now - DAY)) ||
	    (at && due_set(rq, voice_remind_due, subject_of(rq, &s, a->number), at)))
		return rq->err.code;
	a->when = at;
	return fact(rq, &s, "reminder-set", a->number, at ? "at" : "days", at ? at : a->days);
}

enum st voice_unremind(struct req *rq, void *unremind)
{
	const struct voice_unremind *a = unremind;
	struct voice_study s;
	int64_t n = 0;
	if (voice_study_in(rq, a->study, 1u << STUDY_DRAFT | 1u << STUDY_DRAWN | 1u << STUDY_OPEN, &s) ||
	    sql_run_count(rq, &n, "DELETE FROM voice_reminder WHERE study = $1 AND number = $2 AND ran_at = 0", V(s.id),
			  V(a->number)))
		return rq->err.code;
	if (!n)
		return err_set(&rq->err, ST_NOTFOUND, "study %s has no reminder %d that is still to come", s.name,
			       a->number);
	if (due_cancel(rq, voice_remind_due, subject_of(rq, &s, a->number)))
		return rq->err.code;
	return fact(rq, &s, "reminder-dropped", a->number, "at", clock_now());
}

/* ── at its time ── */

/* A due row a batch, "STUDY/NUMBER/FROM/TO": pages of those who are left, so that none goes out half empty. */
static enum st batches(struct req *rq, const struct voice_study *s, int number, int64_t *people)
{
	int64_t at = clock_now(), before = at - DAY, after = 0, last = 0, n = 0;
	for (*people = 0;; *people += n, after = last, at += voice_batch_step()) {
		struct rows r;
		int64_t first = 0;
		n = 0;
		if (sql_query(rq, &r, "SELECT id" LEFT " AND id > $4 ORDER BY id LIMIT $5", V(s->id),
			      V(voice_reminder_bit(number)), V(before), V(after), V(voice_batch())))
			return rq->err.code;
		while (rows_next(&r)) {
			last = rows_int(&r, 0);
			first = n++ ? first : last;
		}
		if (rows_end(&r) || !n)
			return rq->err.code;
		if (due_set(rq, voice_reminders_due,
			    arena_printf(rq->mem, "%lld/%d/%lld/%lld", (long long)s->id, number, (long long)first,
					 (long long)last),
			    at))
			return rq->err.code;
	}
}

/* "STUDY/NUMBER" and what follows; false: it names none. */
static bool subject_read(struct req *rq, const char *subject, int64_t *study, int64_t *number, const char **rest)
{
	char *s = arena_strdup(rq->mem, subject), *a = strchr(s, '/'), *b = a ? strchr(a + 1, '/') : NULL;
	if (a)
		*a = 0;
	if (b)
		*b = 0;
	*rest = b ? b + 1 : "";
	return a && text_int(s, 1, INT64_MAX, study) && text_int(a + 1, 1, VOICE_REMINDERS_MAX, number);
}

enum st voice_remind_now(struct req *rq, const char *subject)
{
	struct voice_study s;
	int64_t study, number, people, n = 0;
	const char *rest;
	if (!subject_read(rq, subject, &study, &number, &rest))
		return err_set(&rq->err, ST_INVALID, "%.60s names no reminder", subject);
	if (voice_study_by_id(rq, study, &s) || s.state != STUDY_OPEN)
		return rq->err.code;
	if (sql_run_count(rq, &n,
			  "UPDATE voice_reminder SET ran_at = $3 WHERE study = $1 AND number = $2 AND ran_at = 0",
			  V(study), V(number), V(clock_now())) ||
	    !n || batches(rq, &s, (int)number, &people))
		return rq->err.code;
	return fact(rq, &s, "reminder-begun", (int)number, "people", people);
}

/* The mail follower writes what follows from this entry. */
enum st voice_reminders_of(struct req *rq, const char *subject)
{
	struct voice_study s;
	int64_t study, number;
	const char *rest;
	if (!subject_read(rq, subject, &study, &number, &rest))
		return err_set(&rq->err, ST_INVALID, "%.60s names no reminder", subject);
	if (voice_study_by_id(rq, study, &s) || s.state != STUDY_OPEN)
		return rq->err.code;
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_int(&w, "reminder", number);
	j_str(&w, "invitations", rest);
	j_end(&w);
	return voice_fact(rq, s.name, "reminders-due", buf_cstr(&b));
}

/* ── a letter ── */

/* Of a batch of a reminder, those who still need one: never more than when the batch was made. */
enum st voice_reminder_rows(struct req *rq, struct rows *r, int64_t study, int number, int64_t from, int64_t to,
			    int max)
{
	int64_t ran_at = 0;
	if (sql_number(rq, &ran_at,
		       "SELECT coalesce(max(ran_at), 0) FROM voice_reminder WHERE study = $1 AND number = $2", V(study),
		       V(number)))
		return rq->err.code;
	return sql_query(rq, r, "SELECT id, email, lang, seed" LEFT " AND id BETWEEN $4 AND $5 ORDER BY id LIMIT $6",
			 V(study), V(voice_reminder_bit(number)), V(ran_at - DAY), V(from), V(to), V(max));
}
