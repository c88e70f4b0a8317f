/* interview_letter.c — letters to whom we talk to: the question, and what becomes of an appointment. Composed from rows, so a repeat
 * is the same; about what has become otherwise meanwhile none goes out. */
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "voice/interview_int.h"
#include "work/task.h"

static const struct {
	const char *verb, *id; /* id: in front of the Message-ID's number */
	enum meets meets;
	bool coming; /* only while it is still to come */
} posts[] = {
	[POST_ASKED] = { "interview-planned", "interview", MEETS_NOT, false },
	[POST_APPOINTED] = { "interview-appointed", "appointment", MEETS_SET, true },
	[POST_OFF] = { "interview-appointment-off", "appointment", MEETS_OFF, true },
	[POST_TOMORROW] = { "interview-tomorrow", "tomorrow", MEETS_SET, true },
};
enum { POSTS = sizeof posts / sizeof *posts };

static int post_of(const struct entry *e)
{
	int k = 0;
	while (k < POSTS && strcmp(e->verb, posts[k].verb) != 0)
		k++;
	return !strcmp(e->room, "voice") && k < POSTS ? k : -1;
}

bool interview_posts(const struct entry *e)
{
	return post_of(e) >= 0;
}

/* What the entry says. */
struct told {
	int64_t row, no; /* no: of the appointment */
	bool moved;
};

static const char wanted_sql[] =
	"SELECT e.email, e.name, i.lang, i.seed, i.meets_at, i.meets_minutes, e.place FROM voice_interview i JOIN"
	" voice_interviewee e ON e.interview = i.id WHERE i.id = $1 AND CASE WHEN CAST($2 AS BIGINT) = 0 THEN i.state "
	"= $3"
	" ELSE (i.consent & 1) <> 0 AND i.meets = CAST($2 AS BIGINT) AND i.meets_no = $4 AND i.meets_at > $5 END";
_Static_assert(1 << CONSENT_TALK == 1, "the bit in the statement");

static void addresses(struct req *rq, struct interview_letter *l, const struct told *t, const uint8_t *seed,
		      const char *url)
{
	char token[LINK_TOKEN];
	const char *host = url_host(rq->mem, url);
	voice_interview_token(seed, token);
	l->link = arena_printf(rq->mem, "%s/interview/%s", url, token);
	l->stop = arena_printf(rq->mem, "%s/interview/%s/stop", url, token);
	l->message_id = t->no ? arena_printf(rq->mem, "%s-%lld-%lld@%s", posts[l->what].id, (long long)l->id,
					     (long long)t->no, host)
			      : arena_printf(rq->mem, "%s-%lld@%s", posts[l->what].id, (long long)l->id, host);
	l->uid = arena_printf(rq->mem, "interview-%lld@%s", (long long)l->id, host);
}

static enum st letter_read(struct req *rq, enum interview_post what, const struct told *t, const char *url,
			   struct interview_letter *out, int *n)
{
	struct rows r;
	bool stopped = false;
	if (sql_query(rq, &r, wanted_sql, V(t->row), V((int)posts[what].meets), V((int)INTERVIEW_PLANNED), V(t->no),
		      V(clock_now())))
		return rq->err.code;
	if (rows_next(&r) && rows_blob(&r, 3).n == LINK_SEED) {
		*out = (struct interview_letter){
			.id = t->row,
			.what = what,
			.to = rows_dup(&r, 0),
			.name = rows_dup(&r, 1),
			.lang = lang_of(rows_text(&r, 2)),
			.moved = t->moved,
			.at = rows_int(&r, 4),
			.minutes = (int)rows_int(&r, 5),
			.no = t->no,
			.place = rows_dup(&r, 6),
		};
		addresses(rq, out, t, rows_blob(&r, 3).p, url);
		*n = 1;
	}
	if (rows_end(&r) || !*n || what == POST_ASKED || interview_stopped(rq, out->to, &stopped))
		return rq->err.code;
	*n = !stopped;
	return ST_OK;
}

/* Who said something meanwhile, or is erased, gets none. */
enum st interview_letters(struct req *rq, const struct entry *e, const char *public_url, struct interview_letter *out,
			  int *n)
{
	struct voice_study s;
	struct questionnaire q;
	struct told t = { 0 };
	int what = post_of(e);
	struct json *o = json_parse(rq->mem, e->payload, strlen(e->payload), &rq->err);
	*n = 0;
	if (what < 0 || !o || !json_int(json_get(o, "row"), &t.row) ||
	    (what != POST_ASKED && !json_int(json_get(o, "appointment"), &t.no)))
		return err_set(&rq->err, ST_INVALID, "an entry of an interview names no row");
	t.moved = json_true(json_get(o, "moved"));
	if (!json_true(json_get(o, "letter")))
		return ST_OK;
	if (letter_read(rq, (enum interview_post)what, &t, public_url, out, n) || !*n)
		return rq->err.code;
	if (voice_study_get(rq, e->subject, &s) || voice_questionnaire(rq, s.questionnaire, s.version, &q))
		return rq->err.code;
	out->title = q_words_in(&q.title, out->lang);
	return ST_OK;
}

/* ── one that was refused for good: asked, or told, another way ── */

enum st interview_letter_returned(struct req *rq, const char *token, const char *why, bool *known)
{
	struct interview i;
	struct interview_letter l = { 0 };
	enum st st = interview_by_token(rq, token, &i);
	*known = st == ST_OK;
	if (st == ST_NOTFOUND)
		return err_clear(&rq->err), ST_OK;
	if (st || i.failed)
		return st;
	l.id = i.id;
	l.what = i.meets_at ? POST_APPOINTED : POST_ASKED;
	return interview_letter_refused(rq, &l, why);
}

enum st interview_letter_refused(struct req *rq, const struct interview_letter *l, const char *why)
{
	static const char *const what[POSTS] = { [POST_ASKED] = "the invitation",
						 [POST_APPOINTED] = "the letter with the appointment",
						 [POST_OFF] = "the letter that there is no appointment",
						 [POST_TOMORROW] = "the reminder of the appointment" };
	struct voice_study s;
	struct interview i;
	int64_t task;
	(void)why; /* it may name the address, and the task outlives it */
	if (interview_by_id(rq, l->id, &i) || voice_study_by_id(rq, i.study, &s) ||
	    sql_run(rq, "UPDATE voice_interview SET failed = 1 WHERE id = $1", V(i.id)))
		return rq->err.code;
	return task_add(rq, "address-failing", arena_printf(rq->mem, "survey:%s", s.name),
			arena_printf(rq->mem, "interview I-%lld: %s was refused", (long long)i.no, what[l->what]),
			&task);
}
