/* One entry of the journal in people's words: a sentence for each verb, and whose timeline it belongs to. */
#include <string.h>
#include "base/clock.h"
#include "desk/desk_move.h"
#include "desk/desk_ladder.h"
#include "desk/desk_proposal.h"
#include "who/permit.h"

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

/* "in the digest of …", behind what is said of a notice; by the digest's own time. */
static void add_digest(const struct told *t, const char *format)
{
	struct rows r;
	int64_t at = 0, id = number_of(t, "digest");
	if (!id ||
	    sql_query(t->a->rq, &r,
		      "SELECT CASE made_at WHEN 0 THEN due_at ELSE made_at END FROM desk_digest WHERE id = $1", V(id)))
		return;
	if (rows_next(&r))
		at = rows_int(&r, 0);
	if (!rows_end(&r) && at)
		t->out->more = arena_printf(t->mem, tr(t->l, format), desk_when(t->mem, at, t->l));
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
		add_digest(t, N_("In the digest of %s."));
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
		add_digest(t, N_("In the digest of %s."));
	if (!for_reporter(t))
		return say_party(t, N_("Notice to %s approved"), n);
	return n && say(t, tr(t->l, N_("We checked the report")));
}

static bool tell_hastened(const struct told *t)
{
	return !for_reporter(t) && say_party(t, N_("The notice to %s goes out now, in no digest"), notice_at(t));
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

static void add_more(const struct told *t, char *text)
{
	t->out->more = t->out->more ? arena_printf(t->mem, "%s %s", t->out->more, text) : text;
}

static bool tell_sent(const struct told *t)
{
	const struct case_notice *n = notice_at(t);
	if (for_reporter(t) && !n)
		return false;
	add_digest(t, N_("They were told in the digest of %s."));
	if (n && n->state == NOTICE_SENT && n->due_at && !n->until)
		add_more(t, arena_printf(t->mem, tr(t->l, N_("They have until %s to answer.")),
					 desk_when(t->mem, n->due_at, t->l)));
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
	return say(t, tr(t->l, strcmp(t->e->verb, "opinion-given") ? N_("Internal note") : N_("Legal opinion")));
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

/* What a reporter wrote, and was written, is for those who see reporters. */
static bool may_read_words(const struct told *t)
{
	const struct actor *who = t->a->rq->who;
	return for_reporter(t) || (who && role_may(who->role, MAY_SEE_REPORTER));
}

static bool tell_added(const struct told *t)
{
	if (for_reporter(t) && number_of(t, "report") != t->a->report)
		return false;
	if (may_read_words(t))
		t->out->more = row_text(t, "SELECT text FROM desk_addition WHERE id = $1", number_of(t, "addition"));
	return say(t, tr(t->l, for_reporter(t) ? N_("You added something") : N_("A reporter added something")));
}

static bool tell_asked(const struct told *t)
{
	if (for_reporter(t) && number_of(t, "report") != t->a->report)
		return false;
	if (may_read_words(t))
		t->out->more = row_text(t, "SELECT text FROM desk_question WHERE id = $1", number_of(t, "question"));
	return say(t, tr(t->l, for_reporter(t) ? N_("You asked us something") : N_("A reporter asked something")));
}

static bool tell_question_answered(const struct told *t)
{
	if (for_reporter(t) && number_of(t, "report") != t->a->report)
		return false;
	if (may_read_words(t))
		t->out->more = row_text(t, "SELECT answer FROM desk_question WHERE id = $1", number_of(t, "question"));
	return say(t, tr(t->l, for_reporter(t) ? N_("We answered your question") : N_("A reporter was answered")));
}

static bool tell_link(const struct told *t)
{
	if (for_reporter(t))
		return number_of(t, "report") == t->a->report &&
		       say(t, tr(t->l, N_("The link of this page was asked for, and mailed to your address")));
	return say(t, tr(t->l, N_("The private link was asked for, and mailed to its reporter")));
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

static bool tell_form_unread(const struct told *t)
{
	if (for_reporter(t))
		return false;
	t->out->more = row_text(t, "SELECT text FROM desk_mail WHERE id = $1", number_of(t, "mail"));
	return say(t, tr(t->l, N_("Attached files for programs were too large to be read: look at them by hand")));
}

static bool tell_withdrawn(const struct told *t)
{
	if (for_reporter(t) && number_of(t, "report") != t->a->report)
		return false;
	return say(t,
		   tr(t->l, for_reporter(t) ? N_("You withdrew the report") : N_("A reporter withdrew their report")));
}

static bool tell_reminded(const struct told *t)
{
	const struct case_notice *n = notice_at(t);
	if (!for_reporter(t))
		add_digest(t, N_("In the digest of %s."));
	return (n || !for_reporter(t)) && say_party(t, N_("We reminded %s"), n);
}

static bool tell_referred(const struct told *t)
{
	struct referral f;
	if (desk_referral_get(t->a->rq, text_at(t, "referral"), &f)) {
		err_clear(&t->a->rq->err);
		return false;
	}
	t->out->state = "alert";
	t->out->text = arena_printf(t->mem, tr(t->l, N_("The case was referred to: %s")), tr(t->l, f.title));
	return true;
}

/* What a handler did to a step; the reason is for staff. */
static bool tell_step(const struct told *t)
{
	static const char *const rows[][2] = {
		{ "step-held", N_("What follows the silence of %s is on hold") },
		{ "step-resumed", N_("What follows the silence of %s is no longer on hold") },
		{ "step-skipped", N_("A step was skipped for %s") },
		{ "step-forward", N_("A step was brought forward for %s") },
	};
	if (for_reporter(t))
		return false;
	t->out->more = row_text(t, "SELECT text FROM desk_note WHERE id = $1", number_of(t, "note"));
	for (int i = 0; i < 4; i++)
		if (strcmp(rows[i][0], t->e->verb) == 0)
			return say_party(t, rows[i][1], notice_at(t));
	return false;
}

/* Reporters read that something was done, not to what: another's observable may be meant. */
static bool tell_proposal(const struct told *t)
{
	static const struct {
		const char *verb, *staff, *reporter;
	} rows[] = {
		{ "proposal-made", N_("Proposed: %s"), NULL },
		{ "proposal-seconded", N_("Signed by a second person: %s"), NULL },
		{ "proposal-carried-out", N_("Carried out: %s"),
		  N_("A measure that needs two signatures is in force") },
		{ "proposal-undone", N_("Undone: %s"), N_("A measure is over") },
		{ "proposal-expired", N_("Expired without a second signature: %s"), NULL },
		{ "proposal-withdrawn", N_("Proposal withdrawn: %s"), NULL },
		{ "proposal-refused", N_("Proposal refused: %s"), NULL },
	};
	static const char *const what[PROPOSAL_KINDS] = { N_("suspend %s"), N_("null %s") };
	struct proposal p;
	size_t i = 0, n = sizeof rows / sizeof *rows;
	while (i < n && strcmp(rows[i].verb, t->e->verb) != 0)
		i++;
	if (i == n || (for_reporter(t) && !rows[i].reporter))
		return false;
	if (for_reporter(t))
		return say(t, tr(t->l, rows[i].reporter));
	if (desk_proposal_get(t->a->rq, number_of(t, "proposal"), &p)) {
		err_clear(&t->a->rq->err);
		return false;
	}
	char *act = arena_printf(t->mem, tr(t->l, what[p.kind]), desk_shown(t->mem, "name", p.target));
	t->out->text = arena_printf(t->mem, tr(t->l, rows[i].staff), act);
	if (i == 0)
		t->out->more = arena_printf(t->mem, "%s, %s. %s", tr(t->l, p.basis_title), p.basis_ref, p.reason);
	else if (i >= 3 && *p.end_reason)
		t->out->more = p.end_reason;
	return true;
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
	return say_place(t, N_("Severity: %s"), title_at(t, "SELECT title FROM desk_severity WHERE id = $1"));
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

static bool tell_label(const struct told *t)
{
	bool lowered = strcmp(t->e->verb, "tlp-lowered") == 0;
	const char *label = text_at(t, "to");
	t->out->text = arena_printf(
		t->mem, tr(t->l, lowered ? N_("Sharing limit lowered to %s") : N_("Sharing limit raised to %s")),
		label);
	if (lowered && !for_reporter(t)) {
		char *who = row_text(t, "SELECT who FROM desk_consent WHERE id = $1", number_of(t, "consent"));
		t->out->more = arena_printf(t->mem, tr(t->l, N_("Consent of %s, %s, %s")), who && *who ? who : "–",
					    tr(t->l, desk_consent_title(text_at(t, "how"))),
					    desk_when(t->mem, time_parse(text_at(t, "given_at")), t->l));
	}
	return true;
}

static const char *const share_words[][3] = {
	/* verb, for staff, for reporters (NULL: they don't see it) */
	{ "share-made", N_("Shared with %s"), NULL },
	{ "share-sent", N_("%s was told"), N_("We told a partner organisation") },
	{ "share-reminded", N_("%s was reminded"), NULL },
	{ "share-received", N_("%s has it"), NULL },
	{ "share-handled", N_("%s has dealt with it"), N_("The partner organisation has dealt with it") },
	{ "share-refused", N_("%s says that it is not for them"), NULL },
	{ "share-silent", N_("No sign from %s that it has it"), NULL },
	{ "share-failed", N_("Mail to %s came back"), NULL },
	{ "share-cancelled", N_("Not sent to %s: the label became too strict"), NULL },
	{ "partner-wrote", N_("Mail from %s"), NULL },
};

static bool tell_share(const struct told *t)
{
	int64_t id = number_of(t, "share");
	for (size_t i = 0; i < sizeof share_words / sizeof *share_words; i++) {
		const char *const *w = share_words[i];
		if (strcmp(w[0], t->e->verb) != 0)
			continue;
		if (for_reporter(t))
			return w[2] && say(t, tr(t->l, w[2]));
		char *name = row_text(
			t, "SELECT p.name FROM desk_share s JOIN desk_partner p ON p.id = s.partner WHERE s.id = $1",
			id);
		t->out->text = arena_printf(t->mem, tr(t->l, w[1]), name ? name : "–");
		if (strcmp(w[0], "partner-wrote") == 0)
			t->out->more = row_text(t, "SELECT text FROM desk_mail WHERE id = $1", number_of(t, "mail"));
		if (strcmp(w[0], "share-handled") == 0 || strcmp(w[0], "share-refused") == 0)
			t->out->more = row_text(t, "SELECT answer_text FROM desk_share WHERE id = $1", id);
		if (strcmp(w[0], "share-silent") == 0 || strcmp(w[0], "share-failed") == 0)
			t->out->state = "alert";
		return true;
	}
	return false;
}

/* ── cases that became one, or two ── */

static bool say_case(const struct told *t, const char *format, const char *key)
{
	t->out->text = arena_printf(t->mem, tr(t->l, format), text_at(t, key));
	return true;
}

static void add_counts(const struct told *t)
{
	int mixed = (int)number_of(t, "mixed");
	char *note = row_text(t, "SELECT text FROM desk_note WHERE id = $1", number_of(t, "note"));
	t->out->more = arena_printf(t->mem, tr(t->l, N_("Observables: %d. Reports: %d. Notices: %d.")),
				    (int)number_of(t, "observables"), (int)number_of(t, "reports"),
				    (int)number_of(t, "notices"));
	if (mixed)
		t->out->more =
			arena_printf(t->mem, tr(t->l, N_("%s Notices that are also about other things stayed: %d.")),
				     t->out->more, mixed);
	if (note)
		t->out->more = arena_printf(t->mem, "%s\n%s", t->out->more, note);
}

static bool tell_merged(const struct told *t)
{
	if (for_reporter(t))
		return say_case(t, N_("Others reported the same. We handle your report in case %s"), "into");
	add_counts(t);
	return say_case(t, N_("Merged into case %s"), "into");
}

static bool tell_unmerged(const struct told *t)
{
	if (for_reporter(t))
		return say(t, tr(t->l, N_("Your report has a case of its own again")));
	add_counts(t);
	return say_case(t, N_("No longer merged into case %s"), "from");
}

static bool tell_split_off(const struct told *t)
{
	if (for_reporter(t))
		return say(t, tr(t->l, N_("Your report has a case of its own now")));
	add_counts(t);
	return say_case(t, N_("Split off from case %s"), "from");
}

/* The other sides, for staff: a reporter there has nothing to do with what came or went. */
static bool tell_other_side(const struct told *t, const char *format, const char *key)
{
	if (for_reporter(t))
		return false;
	add_counts(t);
	return say_case(t, format, key);
}

static bool tell_took_in(const struct told *t)
{
	return tell_other_side(t, N_("Case %s was merged into this one"), "from");
}
static bool tell_gave_back(const struct told *t)
{
	return tell_other_side(t, N_("Case %s is no longer merged into this one"), "into");
}
static bool tell_split(const struct told *t)
{
	return tell_other_side(t, N_("Split: a part is case %s now"), "into");
}
static bool tell_linked(const struct told *t)
{
	return !for_reporter(t) && say_case(t, N_("Related to case %s"), "with");
}
static bool tell_unlinked(const struct told *t)
{
	return !for_reporter(t) && say_case(t, N_("No longer related to case %s"), "with");
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

static bool tell_overdue(const struct told *t)
{
	const struct task *k = task_at(t);
	if (for_reporter(t) || !k)
		return false;
	t->out->state = "alert";
	t->out->text = arena_printf(t->mem, tr(t->l, N_("Time has passed: %s")), tr(t->l, k->text));
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
	{ "desk", "notice-hastened", tell_hastened },
	{ "desk", "notice-sent", tell_sent },
	{ "desk", "notice-escalated", tell_escalated },
	{ "desk", "notice-failed", tell_failed },
	{ "desk", "notice-silent", tell_silent },
	{ "desk", "notice-answered", tell_answered },
	{ "desk", "note-added", tell_note },
	{ "desk", "opinion-given", tell_note },
	{ "desk", "message-written", tell_message },
	{ "desk", "report-added", tell_added },
	{ "desk", "report-withdrawn", tell_withdrawn },
	{ "desk", "case-link-made", tell_link },
	{ "desk", "question-asked", tell_asked },
	{ "desk", "question-answered", tell_question_answered },
	{ "desk", "party-wrote", tell_party_wrote },
	{ "desk", "mail-kept", tell_mail_kept },
	{ "desk", "form-unread", tell_form_unread },
	{ "desk", "share-made", tell_share },
	{ "desk", "share-sent", tell_share },
	{ "desk", "share-reminded", tell_share },
	{ "desk", "share-received", tell_share },
	{ "desk", "share-handled", tell_share },
	{ "desk", "share-refused", tell_share },
	{ "desk", "share-silent", tell_share },
	{ "desk", "share-failed", tell_share },
	{ "desk", "share-cancelled", tell_share },
	{ "desk", "partner-wrote", tell_share },
	{ "desk", "tlp-raised", tell_label },
	{ "desk", "tlp-lowered", tell_label },
	{ "desk", "notice-reminded", tell_reminded },
	{ "desk", "case-referred", tell_referred },
	{ "desk", "step-held", tell_step },
	{ "desk", "step-resumed", tell_step },
	{ "desk", "step-skipped", tell_step },
	{ "desk", "step-forward", tell_step },
	{ "desk", "proposal-made", tell_proposal },
	{ "desk", "proposal-seconded", tell_proposal },
	{ "desk", "proposal-carried-out", tell_proposal },
	{ "desk", "proposal-undone", tell_proposal },
	{ "desk", "proposal-expired", tell_proposal },
	{ "desk", "proposal-withdrawn", tell_proposal },
	{ "desk", "proposal-refused", tell_proposal },
	{ "desk", "case-closed", tell_closed },
	{ "desk", "case-verified", tell_verified },
	{ "desk", "case-classified", tell_classified },
	{ "desk", "case-assigned", tell_assigned },
	{ "desk", "case-severity", tell_severity },
	{ "desk", "case-queued", tell_queued },
	{ "desk", "case-tagged", tell_tagged },
	{ "desk", "case-reopened", tell_reopened },
	{ "desk", "case-merged", tell_merged },
	{ "desk", "case-took-in", tell_took_in },
	{ "desk", "merge-undone", tell_unmerged },
	{ "desk", "case-gave-back", tell_gave_back },
	{ "desk", "case-split", tell_split },
	{ "desk", "case-split-off", tell_split_off },
	{ "desk", "case-linked", tell_linked },
	{ "desk", "case-unlinked", tell_unlinked },
	{ "desk", "words-forgotten", tell_forgotten },
	{ "desk", "addresses-forgotten", tell_addresses },
	{ "desk", "task-overdue", tell_overdue },
	{ "work", "task-added", tell_task },
	{ "work", "task-done", tell_task },
};

/* ── whose entry is it ── */

/* Does this view hold the report, notice or task that the entry names? `named`: it names one. */
static bool holds(const struct told *t, bool *named)
{
	const struct case_view *v = t->a->view;
	int64_t report = number_of(t, "report");
	*named = true;
	if (number_of(t, "notice"))
		return notice_at(t) != NULL;
	if (number_of(t, "task"))
		return task_at(t) != NULL;
	*named = report != 0;
	if (for_reporter(t))
		return report == t->a->report;
	for (int i = 0; i < v->nreporters; i++)
		if (v->reporter[i].report == report)
			return true;
	return false;
}

/* Facts of before a merge or split stand under the other case's number. Of those belongs here what names something that
 * is here now, and all of a case that is merged into this one: for staff, and for the reporters who came with it until
 * then. What this case told its own reporters before is not for those who came later. */
static bool belongs(const struct told *t)
{
	const struct trail *trail = t->a->trail;
	bool own = strcmp(t->e->subject, t->a->view->number) == 0, named, held, merged = false;
	if (!trail || (own && !trail->came_from))
		return true;
	held = holds(t, &named);
	if (named)
		return held || (own && !for_reporter(t));
	if (own)
		return t->e->at >= trail->since;
	for (int i = 1; i < trail->n; i++)
		merged |= trail->merged[i] && strcmp(trail->number[i], t->e->subject) == 0;
	if (!for_reporter(t))
		return merged;
	return trail->came_from && strcmp(trail->came_from, t->e->subject) == 0 && t->e->at <= trail->since;
}

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
		return t.o && belongs(&t) && verbs[i].tell(&t);
	}
	return false;
}
