/* labels.c — the words, tones and shapes of states; every word of LOOK's vocabulary in one place. */
#include <string.h>
#include "front/web/page.h"

static struct label label(const struct page *p, const char *word, const char *tone, const char *shape)
{
	return (struct label){ tr(p->lang, word), tone, shape };
}

struct label case_label(const struct page *p, enum case_state s)
{
	static const struct label rows[CASE_STATES] = {
		[CASE_RECEIVED] = { N_("Received"), "info", "now" },
		[CASE_TRIAGED] = { N_("Checked"), "info", "now" },
		[CASE_NOTIFIED] = { N_("Waiting for the holder"), "hold", "wait" },
		[CASE_ANSWERED] = { N_("Answered, we check"), "brand", "now" },
		[CASE_CLOSED] = { N_("Closed"), "", "done" },
		[CASE_VERIFIED] = { N_("Checked: it is gone"), "ok", "done" },
	};
	return label(p, rows[s].word, rows[s].tone, rows[s].shape);
}

/* By the name of what PGP says of it; a signature that does not count has its sentence beside it. */
struct label mail_label(const struct page *p, const struct case_mail *m)
{
	if (m->is_good)
		return label(p, N_("Signed"), "ok", "done");
	if (!*m->doubt)
		return label(p, N_("Not signed"), "", "wait");
	return label(p, strcmp(m->is, "none") ? N_("Signature doubtful") : N_("Doubtful"), "bad", "stop");
}

struct label notice_label(const struct page *p, const struct case_notice *n)
{
	static const struct label rows[NOTICE_STATES] = {
		[NOTICE_WAITING] = { N_("Waits for approval"), "warn", "now" },
		[NOTICE_APPROVED] = { N_("Approved"), "info", "now" },
		[NOTICE_SENT] = { N_("Sent, no answer yet"), "hold", "wait" },
		[NOTICE_ANSWERED] = { N_("Answered"), "ok", "done" },
		[NOTICE_SILENT] = { N_("No answer in time"), "bad", "stop" },
		[NOTICE_CANCELLED] = { N_("Cancelled"), "", "stop" },
	};
	if (n->state == NOTICE_ANSWERED)
		return (struct label){ answer_word(p, n->answer), n->answer == ANSWER_FIXED ? "ok" : "info", "done" };
	return label(p, rows[n->state].word, rows[n->state].tone, rows[n->state].shape);
}

const char *turn_word(const struct page *p, enum case_state s)
{
	if (s == CASE_NOTIFIED)
		return tr(p->lang, N_("Must act now"));
	return s == CASE_RECEIVED || s == CASE_TRIAGED ? tr(p->lang, N_("Is told first")) : NULL;
}

const char *role_word(const struct page *p, enum link_role r)
{
	static const char *const words[] = { [LINK_HOLDER] = N_("Holder"),
					     [LINK_SPONSOR] = N_("Sponsor"),
					     [LINK_UPSTREAM] = N_("Upstream"),
					     [LINK_AUTHORITY] = N_("Authority") };
	return tr(p->lang, words[r]);
}

const char *role_word_long(const struct page *p, enum link_role r)
{
	static const char *const words[] = { [LINK_HOLDER] = N_("Holder"),
					     [LINK_SPONSOR] = N_("Sponsor (registrar)"),
					     [LINK_UPSTREAM] = N_("Upstream (host and route)"),
					     [LINK_AUTHORITY] = N_("National authority") };
	return tr(p->lang, words[r]);
}

struct word {
	const char *id, *text;
};

static const char *word_of(const struct page *p, const struct word *rows, const char *id)
{
	for (; rows->id; rows++)
		if (id && strcmp(rows->id, id) == 0)
			return tr(p->lang, rows->text);
	return id ? id : "";
}

const char *kind_word(const struct page *p, const char *obs_kind)
{
	static const struct word rows[] = {
		{ "url", N_("address of a page") },
		{ "name", N_("domain name") },
		{ "ipv4", N_("IP address") },
		{ "ipv6", N_("IP address") },
		{ "prefix", N_("route") },
		{ "asn", N_("AS number") },
		{ "email", N_("e-mail address") },
		{ "md5", N_("file fingerprint") },
		{ "sha1", N_("file fingerprint") },
		{ "sha256", N_("file fingerprint") },
		{ 0 },
	};
	return word_of(p, rows, obs_kind);
}

const char *thing_word(const struct page *p, enum thing_kind k)
{
	static const char *const words[] = {
		[THING_NAME] = N_("Domain name"), [THING_ADDR] = N_("Address"),		 [THING_PREFIX] = N_("Route"),
		[THING_ASN] = N_("AS number"),	  [THING_URL] = N_("Address of a page"), [THING_OTHER] = N_("Other"),
	};
	return tr(p->lang, words[k]);
}

const char *answer_word(const struct page *p, enum answer_kind k)
{
	static const char *const words[ANSWER_KINDS] = {
		[ANSWER_FIXED] = N_("It is fixed"),
		[ANSWER_FALSE_ALARM] = N_("False alarm"),
		[ANSWER_NEED_UNTIL] = N_("Needs more time"),
		[ANSWER_NOT_OURS] = N_("It is not theirs"),
	};
	return tr(p->lang, words[k]);
}

const char *reason_word(const struct page *p, const char *close_reason)
{
	static const struct word rows[] = {
		{ "fixed", N_("The problem is fixed") },
		{ "false-alarm", N_("It was a false alarm") },
		{ "not-reproducible", N_("We could not see the problem") },
		{ "referred", N_("Handed on to another authority") },
		{ "record-only", N_("Kept for the record") },
		{ "duplicate", N_("The same as another case") },
		{ "withdrawn", N_("Withdrawn by the reporter") },
		{ 0 },
	};
	return word_of(p, rows, close_reason);
}

const char *source_word(const struct page *p, const char *source)
{
	static const struct word rows[] = { { "web", N_("by web form") },
					    { "api", N_("by API") },
					    { "cli", N_("by our staff") },
					    { "mail", N_("by e-mail") },
					    { "partner", N_("by a partner's program") },
					    { 0 } };
	return word_of(p, rows, source);
}

/* Of several roles the one that says most about what the person may: the last row of the table. */
const char *staff_role_word(const struct page *p, unsigned role)
{
	for (int i = role_count - 1; i >= 0; i--)
		if (role & role_rows[i].role)
			return tr(p->lang, role_rows[i].title);
	return "";
}

const char *task_role(const struct page *p, const struct task *t)
{
	unsigned role = 0;
	if (!has(t->role))
		return tr(p->lang, N_("anybody"));
	return role_parse(t->role, &role) ? staff_role_word(p, role) : t->role;
}

bool page_may(const struct page *p, enum permission what)
{
	return p->staff && role_may(p->staff->role, what);
}

const char *browser_word(const struct page *p, const char *family)
{
	return has(family) && strcmp(family, "other") != 0 ? family : tr(p->lang, N_("another"));
}

const char *view_word(const struct page *p, const char *page)
{
	static const struct word rows[] = { { "case", N_("a case's page") },
					    { "file", N_("a reporter's file") },
					    { "review", N_("a registrant's papers") },
					    { "interview", N_("who an interview is with") },
					    { "interview-notes", N_("what was said in interviews") },
					    { "survey-links", N_("everybody's link to a survey") },
					    { "survey-answers", N_("what people wrote in a survey") },
					    { "survey-coding", N_("answers to a question of a survey") },
					    { "survey-quotes", N_("quotes, with the answers they are from") },
					    { "newsletter", N_("readers of the newsletter") },
					    { "export", N_("all that is kept of somebody") },
					    { 0 } };
	return word_of(p, rows, page);
}

const char *tie_word(const struct page *p, enum tie_kind k)
{
	static const char *const words[] = { [TIE_RELATED] = N_("Related"),
					     [TIE_MERGED_FROM] = N_("Merged from"),
					     [TIE_MERGED_INTO] = N_("Merged into"),
					     [TIE_SPLIT_FROM] = N_("Split off from"),
					     [TIE_SPLIT_INTO] = N_("Split off") };
	return tr(p->lang, words[k]);
}

static const struct case_reporter *asker(const struct case_view *v, const struct case_question *q)
{
	for (int i = 0; i < v->nreporters; i++)
		if (v->reporter[i].report == q->report)
			return &v->reporter[i];
	return NULL;
}

const char *question_from(const struct page *p, const struct case_view *v, const struct case_question *q)
{
	const struct case_reporter *r = asker(v, q);
	return r && r->email ? r->email : tr(p->lang, N_("Anonymous"));
}

bool question_mailed(const struct case_view *v, const struct case_question *q)
{
	const struct case_reporter *r = asker(v, q);
	return r && r->email && r->confirmed;
}

const char *act_word(const struct page *p, const char *act)
{
	static const struct word rows[] = {
		{ "approve", N_("Approved. It goes out now, or in the day's digest.") },
		{ "cancel", N_("The notice is cancelled.") },
		{ "escalate", N_("The next party is told.") },
		{ "digest-now", N_("The letter goes out now.") },
		{ "hold", N_("What follows is on hold.") },
		{ "resume", N_("What follows is no longer on hold.") },
		{ "skip", N_("The step is skipped.") },
		{ "forward", N_("The step is done now.") },
		{ "proposed", N_("Proposed. Another person signs it.") },
		{ "second-proposal", N_("Signed and carried out. Those concerned are told.") },
		{ "refuse-proposal", N_("Refused.") },
		{ "withdraw-proposal", N_("Taken back.") },
		{ "lift-proposal", N_("Undone. Those concerned are told.") },
		{ "write", N_("Your message goes out now.") },
		{ "reporters", N_("Your message goes out now.") },
		{ "answer", N_("Answered. It stands on the reporter's page.") },
		{ "note", N_("Note saved.") },
		{ "opinion", N_("Opinion saved.") },
		{ "verify", N_("Checked. Close the case when nothing is left to do.") },
		{ "merge", N_("Merged. The other case goes on for both.") },
		{ "unmerge", N_("The case is one of its own again.") },
		{ "split", N_("Split. This is the new case.") },
		{ "link", N_("The cases are related now.") },
		{ "unlink", N_("The cases are no longer related.") },
		{ "sort", N_("Sorted.") },
		{ "bulk", N_("The chosen cases are changed.") },
		{ "bulk-none", N_("No case was chosen. Tick some first.") },
		{ "bulk-why", N_("Say why the chosen cases are closed.") },
		{ "bulk-what", N_("Nothing was to change. Say what the chosen cases become.") },
		{ "close", N_("The case is closed.") },
		{ "reopen", N_("The case is open again.") },
		{ "task", N_("Task done.") },
		{ "label", N_("The label is set.") },
		{ "template", N_("Set. Letters about what happens from now on have these words.") },
		{ "share", N_("Shared. The mail goes out now.") },
		{ "ladder", N_("The new version is set.") },
		{ "referral", N_("Set.") },
		{ "basis", N_("Set.") },
		{ "signed-out", N_("Signed out there.") },
		{ "policy", N_("The new rules are set. Their holders are told.") },
		{ "withdraw", N_("The rules are taken back.") },
		{ "paper", N_("The papers are kept.") },
		{ "let-in", N_("Let in. Names that waited are registered.") },
		{ "survey-new", N_("The study is made. Say whom it asks.") },
		{ "survey-group", N_("The group is added.") },
		{ "survey-exclude", N_("These addresses are not asked.") },
		{ "survey-past", N_("The figure is kept.") },
		{ "survey-past-removed", N_("The figure is removed.") },
		{ "survey-draw", N_("The people are drawn.") },
		{ "survey-open", N_("The field is open, the letters go out.") },
		{ "survey-close", N_("The field has ended.") },
		{ "survey-clean", N_("The cleaning rules were applied.") },
		{ "survey-remind", N_("The reminder is set.") },
		{ "survey-unremind", N_("The reminder will not go out.") },
		{ "survey-undo", N_("These answers are counted again.") },
		{ "survey-say", N_("The words are kept.") },
		{ "survey-advise", N_("The recommendation is kept.") },
		{ "survey-advice", N_("The recommendation was changed.") },
		{ "survey-publish", N_("The report is public now.") },
		{ "words-add", N_("The code is in the codebook.") },
		{ "words-retire", N_("The code is retired: answers keep it, no more get it.") },
		{ "words-delete", N_("The code is deleted.") },
		{ "words-code", N_("The codes are kept.") },
		{ "words-none", N_("Nothing was ticked, so nothing changed.") },
		{ "words-decide", N_("The decisions are kept.") },
		{ "words-done", N_("You are done. When the other is too, you see where you differ.") },
		{ "words-leave", N_("You no longer code this. What you chose is forgotten.") },
		{ "words-quote", N_("The quote is proposed. Another person approves it.") },
		{ "words-quoted", N_("Decided.") },
		{ "interview-planned", N_("The interview is planned.") },
		{ "interview-note", N_("The note is kept.") },
		{ "interview-change", N_("Your note has these words now.") },
		{ "interview-drop", N_("The note is deleted, with its quotes.") },
		{ "interview-themes", N_("The themes are kept.") },
		{ "interview-quote", N_("The quote is proposed. Another person approves it.") },
		{ "interview-consent", N_("What was agreed is kept.") },
		{ "interview-appointed", N_("The appointment is set.") },
		{ "interview-appointment-off", N_("There is no appointment any more.") },
		{ "theme", N_("The theme is kept.") },
		{ "theme-drop", N_("The theme is deleted.") },
		{ "guide", N_("The new version is set.") },
		{ "guide-same", N_("Nothing was changed in it.") },
		{ "refused", N_("Refused. Names that waited are dropped, the fees go back.") },
		{ 0 },
	};
	return word_of(p, rows, act);
}

const char *rung_word(const struct page *p, const char *what)
{
	static const struct word rows[] = {
		{ "remind", N_("a reminder") },
		{ "sponsor", N_("the sponsor is told") },
		{ "upstream", N_("the upstream network is told") },
		{ "authority", N_("the national authority is told") },
		{ "referral", N_("the case is referred") },
		{ "task", N_("a task for us") },
		{ 0 },
	};
	return word_of(p, rows, what);
}

const char *act_name(const struct page *p, const char *act)
{
	static const struct word rows[] = {
		{ "reopen", N_("Open again") },
		{ "verify", N_("The fix was checked") },
		{ "not-fixed", N_("It is not fixed after all") },
		{ "merge", N_("Merge") },
		{ "unmerge", N_("Undo the merge") },
		{ "split", N_("Split off") },
		{ "link", N_("Relate") },
		{ 0 },
	};
	return word_of(p, rows, act);
}

/* The five steps, in the words for: done, now, still to come. */
const char *step_name(const struct page *p, int step, int now)
{
	static const char *const words[5][3] = {
		{ N_("Received"), N_("Received"), N_("Received") },
		{ N_("Checked"), N_("We check it"), N_("Check") },
		{ N_("Holder told"), N_("We tell the holder"), N_("Holder told") },
		{ N_("Holder answered"), N_("Holder must act"), N_("Holder acts") },
		{ N_("Closed"), N_("We check the answer"), N_("Closed") },
	};
	return tr(p->lang, words[step][step < now ? 0 : step == now ? 1 : 2]);
}

int case_now(const struct case_view *v)
{
	static const int now[CASE_STATES] = { 1, 2, 3, 4, 5, 4 };
	return now[v->state];
}

const char *queue_view_name(enum queue_view v)
{
	static const char *const names[] = { [QUEUE_OPEN] = "open",
					     [QUEUE_WAITING_US] = "us",
					     [QUEUE_WAITING_PARTY] = "party",
					     [QUEUE_CLOSED] = "closed",
					     [QUEUE_ALL] = "all" };
	return names[v];
}

const char *choice_title(const struct page *p, const struct desk_choice *list, int n, const char *id)
{
	for (int i = 0; i < n; i++)
		if (strcmp(list[i].id, id) == 0)
			return tr(p->lang, list[i].title);
	return id;
}

/* A page of this very list. */
const char *queue_page_path(const struct page *p, const struct queue_page *q, int page)
{
	const char *path = filter_path(p, queue_path(p, q->view, q->search, 1), &q->filter);
	return page > 1 ? path_with(p->mem, path, "page", arena_printf(p->mem, "%d", page)) : path;
}

const char *queue_older_path(const struct page *p, const struct queue_page *q)
{
	struct queue_filter older = q->filter;
	older.below = q->below;
	return filter_path(p, queue_path(p, q->view, q->search, 1), &older);
}

const char *queue_path(const struct page *p, enum queue_view v, const char *search, int page)
{
	const char *path = path_with(p->mem, "/staff", "view", v == QUEUE_OPEN ? NULL : queue_view_name(v));
	path = path_with(p->mem, path, "q", search);
	return page > 1 ? path_with(p->mem, path, "page", arena_printf(p->mem, "%d", page)) : path;
}

/* ── tasks ── */

static const struct {
	const char *kind, *title;
} tasks[] = {
	{ "contact-silent", N_("A contact does not answer: find the right address") },
	{ "contact-wrong", N_("A contact says it is the wrong address: find the right one") },
	{ "contact-refused", N_("Mail to a contact comes back: find the right address") },
	{ "files-left", N_("Files that came by mail were not kept: ask for them in another way") },
	{ "form-unread", N_("Attached files for programs were too large to be read: look at them by hand") },
	{ "contact-wrote", N_("A contact answered our question by mail: read it") },
};

const char *task_title(const struct page *p, const char *kind)
{
	for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
		if (!strcmp(tasks[i].kind, kind))
			return tr(p->lang, tasks[i].title);
	return NULL;
}

/* Cases are NC-YEAR-NUMBER; other subjects say what they are before a colon. */
bool task_of_case(const struct task *t)
{
	return !strchr(t->subject, ':');
}
