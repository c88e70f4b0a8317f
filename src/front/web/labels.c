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
					    { 0 } };
	return word_of(p, rows, source);
}

const char *staff_role_word(const struct page *p, unsigned role)
{
	if (role & ROLE_ADMIN)
		return tr(p->lang, N_("Administrator"));
	return tr(p->lang, role & ROLE_OFFICER ? N_("Duty officer") : N_("CERT handler"));
}

const char *act_word(const struct page *p, const char *act)
{
	static const struct word rows[] = {
		{ "approve", N_("Approved. The mail goes out now.") },
		{ "cancel", N_("The notice is cancelled.") },
		{ "escalate", N_("The next party is told.") },
		{ "write", N_("Your message goes out now.") },
		{ "reporters", N_("Your message goes out now.") },
		{ "note", N_("Note saved.") },
		{ "verify", N_("Checked. Close the case when nothing is left to do.") },
		{ "class", N_("The class is changed.") },
		{ "sort", N_("Sorted.") },
		{ "bulk", N_("The chosen cases are changed.") },
		{ "bulk-none", N_("No case was chosen. Tick some first.") },
		{ "bulk-what", N_("Nothing was to change. Say what the chosen cases become.") },
		{ "close", N_("The case is closed.") },
		{ "reopen", N_("The case is open again.") },
		{ "task", N_("Task done.") },
		{ "policy", N_("The new rules are set. Their holders are told.") },
		{ "withdraw", N_("The rules are taken back.") },
		{ "paper", N_("The papers are kept.") },
		{ "let-in", N_("Let in. Names that waited are registered.") },
		{ "refused", N_("Refused. Names that waited are dropped, the fees go back.") },
		{ 0 },
	};
	return word_of(p, rows, act);
}

const char *act_name(const struct page *p, const char *act)
{
	static const struct word rows[] = {
		{ "reopen", N_("Open again") },
		{ "verify", N_("The fix was checked") },
		{ "not-fixed", N_("It is not fixed after all") },
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

const char *queue_path(const struct page *p, enum queue_view v, const char *search, int page)
{
	const char *path = path_with(p->mem, "/staff", "view", v == QUEUE_OPEN ? NULL : queue_view_name(v));
	path = path_with(p->mem, path, "q", search);
	return page > 1 ? path_with(p->mem, path, "page", arena_printf(p->mem, "%d", page)) : path;
}
