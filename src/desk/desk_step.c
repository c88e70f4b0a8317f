/* The timeline: what the journal says of a case, told in people's words. */
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "desk/desk_int.h"

enum { STEPS_MAX = 400, ENTRIES_MAX = 20000 };
#define ENTRIES_CAP ((size_t)48 << 20)

int64_t desk_payload_int(struct arena *mem, const struct entry *e, const char *key)
{
	int64_t v = 0;
	const struct json *o = e->payload && *e->payload ? json_parse(mem, e->payload, strlen(e->payload), NULL) : NULL;
	json_int(json_get(o, key), &v);
	return v;
}

/* One entry being told. */
struct told {
	const struct step_args *a;
	struct arena *mem;
	const struct entry *e;
	const struct json *o;
	struct case_step *out;
	enum lang l;
};

static int64_t number_of(const struct told *t, const char *key)
{
	int64_t v = 0;
	json_int(json_get(t->o, key), &v);
	return v;
}

static const char *text_at(const struct told *t, const char *key)
{
	const char *s = json_str(json_get(t->o, key));
	return s ? s : "";
}

static bool for_reporter(const struct told *t)
{
	return t->a->who == FOR_REPORTER;
}

static const struct case_notice *notice_at(const struct told *t)
{
	int64_t id = number_of(t, "notice");
	for (int i = 0; i < t->a->view->nnotices; i++)
		if (t->a->view->notice[i].id == id)
			return &t->a->view->notice[i];
	return NULL;
}

static char *party_of(const struct told *t, const struct case_notice *n)
{
	return desk_party(t->mem, t->l, (enum link_role)(number_of(t, "role") & 3), n ? n->party : NULL);
}

static bool say(const struct told *t, const char *text)
{
	t->out->text = arena_strdup(t->mem, text);
	return true;
}

static bool say_party(const struct told *t, const char *format, const struct case_notice *n)
{
	t->out->text = arena_printf(t->mem, tr(t->l, format), party_of(t, n));
	return true;
}

/* ── sentences, one function a verb; false: this reader does not see it ── */

static bool tell_filed(const struct told *t)
{
	bool joined = json_true(json_get(t->o, "joined"));
	int nobs = (int)number_of(t, "nobs"), nfiles = (int)number_of(t, "nfiles");
	if (for_reporter(t) && number_of(t, "report") != t->a->report)
		return false;
	t->out->more = arena_printf(t->mem, tr(t->l, N_("Observables: %d. Files: %d.")), nobs, nfiles);
	if (!for_reporter(t))
		return say(t,
			   tr(t->l, joined ? N_("Another report joined the case") : N_("Case opened from a report")));
	if (joined)
		t->out->more = arena_printf(t->mem, "%s %s", t->out->more,
					    tr(t->l, N_("Others reported the same. We handle all reports together.")));
	return say(t, tr(t->l, N_("You sent the report")));
}

static bool tell_missing(const struct told *t)
{
	t->out->state = "alert";
	t->out->more =
		arena_strdup(t->mem, tr(t->l, N_("We are looking for one. Until then we go to the next in line.")));
	return say_party(t, N_("No usable contact of %s was found"), NULL);
}

static bool tell_made(const struct told *t)
{
	const struct case_notice *n = notice_at(t);
	bool waits = json_true(json_get(t->o, "waits"));
	if (for_reporter(t) && !n)
		return false;
	if (!for_reporter(t) && n && n->why_waiting)
		t->out->more = n->why_waiting;
	if (!for_reporter(t))
		return say_party(t, waits ? N_("A notice to %s waits for approval") : N_("A notice to %s goes out"), n);
	if (strcmp(text_at(t, "why"), "first") != 0)
		return say_party(t, N_("Next in line: %s"), n);
	if (waits)
		t->out->more =
			arena_strdup(t->mem, tr(t->l, N_("A person checks the report before we write to them.")));
	return say_party(t, N_("We found who is responsible: %s"), n);
}

static bool tell_approved(const struct told *t)
{
	const struct case_notice *n = notice_at(t);
	if (!for_reporter(t))
		return say_party(t, N_("Notice to %s approved"), n);
	return n && say(t, tr(t->l, N_("We checked the report")));
}

static bool tell_cancelled(const struct told *t)
{
	return !for_reporter(t) && say_party(t, N_("Notice to %s cancelled"), notice_at(t));
}

static bool tell_failed(const struct told *t)
{
	const struct case_notice *n = notice_at(t);
	t->out->state = "alert";
	return (n || !for_reporter(t)) && say_party(t, N_("The notice to %s could not be delivered"), n);
}

static bool tell_escalated(const struct told *t)
{
	const struct case_notice *n = notice_at(t);
	return (n || !for_reporter(t)) && say_party(t, N_("We no longer wait for %s"), n);
}

static bool tell_sent(const struct told *t)
{
	const struct case_notice *n = notice_at(t);
	if (for_reporter(t) && !n)
		return false;
	if (n && n->state == NOTICE_SENT && n->due_at && !n->until)
		t->out->more = arena_printf(t->mem, tr(t->l, N_("They have until %s to answer.")),
					    desk_when(t->mem, n->due_at, t->l));
	return say_party(t, N_("We told %s"), n);
}

static bool tell_silent(const struct told *t)
{
	const struct case_notice *n = notice_at(t);
	int64_t hours = number_of(t, "hours");
	char *party = party_of(t, n);
	if (for_reporter(t) && !n)
		return false;
	t->out->state = "alert";
	t->out->text =
		hours < 48
			? arena_printf(t->mem, tr(t->l, N_("No answer from %s for %d hours")), party, (int)hours)
			: arena_printf(t->mem, tr(t->l, N_("No answer from %s for %d days")), party, (int)(hours / 24));
	return true;
}

static bool tell_answered(const struct told *t)
{
	static const char *const formats[] = {
		[ANSWER_FIXED] = N_("Answer from %s: it is fixed"),
		[ANSWER_FALSE_ALARM] = N_("Answer from %s: it is a false alarm"),
		[ANSWER_NEED_UNTIL] = N_("Answer from %s: more time is needed, until %s"),
		[ANSWER_NOT_OURS] = N_("Answer from %s: it is not theirs"),
	};
	const struct case_notice *n = notice_at(t);
	enum answer_kind k;
	if ((for_reporter(t) && !n) || !answer_kind_parse(text_at(t, "answer"), &k))
		return false;
	if (n && !for_reporter(t) && n->answer_text && *n->answer_text && n->answer == k)
		t->out->more = n->answer_text;
	if (k != ANSWER_NEED_UNTIL)
		return say_party(t, formats[k], n);
	t->out->text = arena_printf(t->mem, tr(t->l, formats[k]), party_of(t, n),
				    desk_when(t->mem, number_of(t, "until"), t->l));
	return true;
}

static char *row_text(const struct told *t, const char *sql, int64_t id)
{
	struct rows r;
	char *text = NULL;
	if (id == 0 || sql_query(t->a->rq, &r, sql, V(id)))
		return NULL;
	if (rows_next(&r))
		text = rows_dup(&r, 0);
	return rows_end(&r) ? NULL : text;
}

static bool tell_note(const struct told *t)
{
	if (for_reporter(t))
		return false;
	t->out->more = row_text(t, "SELECT text FROM desk_note WHERE id = $1", number_of(t, "note"));
	return say(t, tr(t->l, N_("Internal note")));
}

static bool tell_message(const struct told *t)
{
	bool party = number_of(t, "notice") != 0;
	if (for_reporter(t) && party)
		return false;
	t->out->more = row_text(t, "SELECT text FROM desk_message WHERE id = $1", number_of(t, "message"));
	if (party)
		return say_party(t, N_("Message to %s"), notice_at(t));
	return say(t, tr(t->l, for_reporter(t) ? N_("We wrote to you") : N_("Message to the reporters")));
}

static bool tell_added(const struct told *t)
{
	if (for_reporter(t) && number_of(t, "report") != t->a->report)
		return false;
	t->out->more = row_text(t, "SELECT text FROM desk_addition WHERE id = $1", number_of(t, "addition"));
	return say(t, tr(t->l, for_reporter(t) ? N_("You added something") : N_("A reporter added something")));
}

static bool tell_party_wrote(const struct told *t)
{
	const struct case_notice *n = notice_at(t);
	if (for_reporter(t) && !n)
		return false;
	if (!for_reporter(t))
		t->out->more = row_text(t, "SELECT text FROM desk_mail WHERE id = $1", number_of(t, "mail"));
	return say_party(t, N_("Mail from %s"), n);
}

static bool tell_mail_kept(const struct told *t)
{
	if (for_reporter(t))
		return false;
	t->out->more = row_text(t, "SELECT text FROM desk_mail WHERE id = $1", number_of(t, "mail"));
	return say(t, tr(t->l, N_("Mail about this case")));
}

static bool tell_withdrawn(const struct told *t)
{
	if (for_reporter(t) && number_of(t, "report") != t->a->report)
		return false;
	return say(t,
		   tr(t->l, for_reporter(t) ? N_("You withdrew the report") : N_("A reporter withdrew their report")));
}

static bool tell_closed(const struct told *t)
{
	t->out->text = arena_printf(t->mem, tr(t->l, N_("Case closed: %s")),
				    tr(t->l, desk_reason_title(text_at(t, "reason"))));
	if (!for_reporter(t))
		t->out->more = row_text(t, "SELECT text FROM desk_note WHERE id = $1", number_of(t, "note"));
	return true;
}

static bool tell_verified(const struct told *t)
{
	if (!for_reporter(t))
		t->out->more = row_text(t, "SELECT text FROM desk_note WHERE id = $1", number_of(t, "note"));
	return say(t, tr(t->l, N_("We checked: the trouble is gone")));
}

static bool tell_classified(const struct told *t)
{
	struct desk_class k;
	if (desk_class_get(t->a->rq, text_at(t, "to"), &k)) {
		err_clear(&t->a->rq->err);
		return false;
	}
	t->out->text = arena_printf(t->mem, tr(t->l, N_("It is now seen as: %s")), tr(t->l, k.title));
	return true;
}

/* What a row is called; its id where it is gone. */
static const char *title_at(const struct told *t, const char *sql)
{
	char *title = NULL;
	struct rows r;
	if (sql_query(t->a->rq, &r, sql, V(text_at(t, "to"))) == ST_OK && rows_next(&r))
		title = rows_dup(&r, 0);
	if (rows_end(&r))
		err_clear(&t->a->rq->err);
	return title ? tr(t->l, title) : text_at(t, "to");
}

static bool say_place(const struct told *t, const char *format, const char *what)
{
	if (for_reporter(t))
		return false;
	t->out->text = arena_printf(t->mem, tr(t->l, format), what);
	return true;
}

static bool tell_assigned(const struct told *t)
{
	const char *to = text_at(t, "to");
	if (!*to)
		return say_place(t, N_("Nobody's case now"), "");
	return say_place(t, N_("It is now the case of %s"), to);
}
static bool tell_severity(const struct told *t)
{
	return say_place(t, N_("How grave: %s"), title_at(t, "SELECT title FROM desk_severity WHERE id = $1"));
}
static bool tell_queued(const struct told *t)
{
	return say_place(t, N_("Moved to the queue %s"), title_at(t, "SELECT title FROM desk_queue_row WHERE id = $1"));
}
static bool tell_tagged(const struct told *t)
{
	const char *to = text_at(t, "to");
	return say_place(t, N_("Tags: %s"), *to ? to : "–");
}

static bool tell_reopened(const struct told *t)
{
	return say(t, tr(t->l, N_("Case reopened")));
}
static bool tell_forgotten(const struct told *t)
{
	return say(t, tr(t->l, N_("Words and files were deleted, as announced")));
}

static bool tell_addresses(const struct told *t)
{
	return say(t, tr(t->l, N_("Reporters' addresses were deleted, as announced")));
}

static const struct task *task_at(const struct told *t)
{
	int64_t id = number_of(t, "task");
	for (int i = 0; i < t->a->view->ntasks; i++)
		if (t->a->view->task[i].id == id)
			return &t->a->view->task[i];
	return NULL;
}

static bool tell_task(const struct told *t)
{
	const struct task *k = task_at(t);
	if (for_reporter(t) || !k)
		return false;
	t->out->text = arena_printf(
		t->mem, tr(t->l, strcmp(t->e->verb, "task-done") == 0 ? N_("Task done: %s") : N_("New task: %s")),
		tr(t->l, k->text));
	return true;
}

static const struct {
	const char *room, *verb;
	bool (*tell)(const struct told *t);
} verbs[] = {
	{ "desk", "report-filed", tell_filed },
	{ "desk", "contact-missing", tell_missing },
	{ "desk", "notice-made", tell_made },
	{ "desk", "notice-approved", tell_approved },
	{ "desk", "notice-cancelled", tell_cancelled },
	{ "desk", "notice-sent", tell_sent },
	{ "desk", "notice-escalated", tell_escalated },
	{ "desk", "notice-failed", tell_failed },
	{ "desk", "notice-silent", tell_silent },
	{ "desk", "notice-answered", tell_answered },
	{ "desk", "note-added", tell_note },
	{ "desk", "message-written", tell_message },
	{ "desk", "report-added", tell_added },
	{ "desk", "report-withdrawn", tell_withdrawn },
	{ "desk", "party-wrote", tell_party_wrote },
	{ "desk", "mail-kept", tell_mail_kept },
	{ "desk", "case-closed", tell_closed },
	{ "desk", "case-verified", tell_verified },
	{ "desk", "case-classified", tell_classified },
	{ "desk", "case-assigned", tell_assigned },
	{ "desk", "case-severity", tell_severity },
	{ "desk", "case-queued", tell_queued },
	{ "desk", "case-tagged", tell_tagged },
	{ "desk", "case-reopened", tell_reopened },
	{ "desk", "words-forgotten", tell_forgotten },
	{ "desk", "addresses-forgotten", tell_addresses },
	{ "work", "task-added", tell_task },
	{ "work", "task-done", tell_task },
};

bool desk_step_of(const struct step_args *a, const struct entry *e, struct case_step *out)
{
	struct arena *mem = a->rq->mem;
	*out = (struct case_step){ .at = e->at, .state = "done" };
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		if (strcmp(verbs[i].verb, e->verb) != 0 || strcmp(verbs[i].room, e->room) != 0)
			continue;
		struct told t = { a, mem, e, json_parse(mem, e->payload, strlen(e->payload), NULL), out, a->l };
		if (a->who == FOR_STAFF)
			out->actor = arena_strdup(mem, e->actor);
		return t.o && verbs[i].tell(&t);
	}
	return false;
}

/* ── the list ── */

static void add_expected(struct req *rq, struct case_view *v, enum lang l)
{
	for (int i = v->nnotices - 1; i >= 0 && v->state != CASE_CLOSED && v->state != CASE_VERIFIED; i--) {
		const struct case_notice *n = &v->notice[i];
		if (n->state != NOTICE_SENT || !n->due_at || v->nsteps >= STEPS_MAX)
			continue;
		v->step[v->nsteps++] = (struct case_step){
			.at = n->due_at,
			.state = "next",
			.text = arena_printf(rq->mem, tr(l, N_("An answer from %s, or we tell the next in line")),
					     desk_party(rq->mem, l, n->role, n->party)),
		};
	}
}

/* Another reporter's filing is most of what a much-reported case has; it is told apart without being parsed. */
static bool foreign(const struct entry *e, int64_t report)
{
	char mine[48];
	if (!report || strcmp(e->verb, "report-filed") != 0)
		return false;
	snprintf(mine, sizeof mine, "{\"report\":%lld,", (long long)report);
	return strncmp(e->payload, mine, strlen(mine)) != 0;
}

/* Two facts of one moment can be the same news (two notices approved at once are one check). */
static bool said_already(const struct case_view *v, const struct case_step *s)
{
	const struct case_step *last = v->nsteps ? &v->step[v->nsteps - 1] : NULL;
	return last && s->text && last->text && !strcmp(last->text, s->text) &&
	       !strcmp(last->more ? last->more : "", s->more ? s->more : "") && last->at - s->at < 60 * USEC;
}

/* Newest first; the newest that happened is "now" while the case is open. Entries are read into a region of their own.
 */
static enum st tell_all(struct req *rq, struct req *own, struct case_view *v, const struct step_args *a)
{
	struct entry *list = NULL;
	int n = 0, max = 200;
	for (;; max *= 10) {
		list = arena_array(own->mem, struct entry, max);
		if (journal_about(own, v->number, max, list, &n)) {
			rq->err = own->err;
			return rq->err.code;
		}
		if (n < max || max >= ENTRIES_MAX)
			break;
	}
	bool first = true;
	for (int i = n - 1; i >= 0 && v->nsteps < STEPS_MAX; i--) {
		struct case_step s;
		if (foreign(&list[i], a->report) || !desk_step_of(a, &list[i], &s) || said_already(v, &s))
			continue;
		if (first && v->state != CASE_CLOSED && strcmp(s.state, "done") == 0)
			s.state = "now";
		first = false;
		v->step[v->nsteps++] = s;
	}
	return ST_OK;
}

enum st desk_case_steps(struct req *rq, struct case_view *v, enum audience who, int64_t report, enum lang l)
{
	struct req own = { .mem = arena_new(ENTRIES_CAP), .db = rq->db, .who = rq->who };
	struct step_args a = { rq, v, who, report, l };
	v->step = arena_array(rq->mem, struct case_step, STEPS_MAX);
	add_expected(rq, v, l);
	enum st st = tell_all(rq, &own, v, &a);
	arena_free(own.mem);
	return st;
}
