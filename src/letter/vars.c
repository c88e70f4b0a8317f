/* vars.c — which letters staff may word, and what each can say. */
#include "letter/letter_int.h"
#include <string.h>

const struct letter_purpose letter_purposes[PURPOSES] = {
	[FOR_NOTICE] = { "notice", N_("Notice to the holder"), N_("[%s] %s: your answer is needed") },
	[FOR_SPONSOR] = { "sponsor", N_("Notice to the sponsor (registrar)"),
			  N_("[%s] %s: your help as the sponsor (registrar) is needed") },
	[FOR_UPSTREAM] = { "upstream", N_("Notice to the upstream network"),
			   N_("[%s] %s: your help as the upstream network is needed") },
	[FOR_AUTHORITY] = { "authority", N_("Notice to the national authority"),
			    N_("[%s] %s: your help as the national authority is needed") },
	[FOR_REMINDER] = { "reminder", N_("Reminder of a notice"), N_("[%s] %s: we still need your answer") },
	[FOR_REFERRAL] = { "referral", N_("Referral to an authority"), N_("[%s] Referred to you: %s") },
	[FOR_MEASURE] = { "measure", N_("Measure against a name or an address"), NULL },
	[FOR_RECEIPT] = { "receipt", N_("Receipt of a report"), N_("[%s] We have your report: %s") },
	[FOR_PROGRESS] = { "progress", N_("News for a reporter"), N_("[%s] News about your report: %s") },
	[FOR_CLOSED] = { "closed", N_("Case closed"), N_("[%s] Closed: %s") },
	[FOR_MESSAGE] = { "message", N_("Message of a handler"), N_("[%s] A message about: %s") },
	[FOR_SHARE] = { "share", N_("Share with a partner"), N_("[%s] Shared with you: %s") },
	[FOR_SHARE_REMINDER] = { "share-reminder", N_("Reminder of a share"), N_("[%s] Shared with you: %s") },
};

bool purpose_parse(const char *name, enum purpose *out)
{
	for (int i = 0; i < PURPOSES; i++)
		if (strcmp(letter_purposes[i].name, name) == 0) {
			*out = (enum purpose)i;
			return true;
		}
	return false;
}

bool purpose_role(enum purpose p, enum link_role *role)
{
	static const enum purpose by_role[] = { FOR_NOTICE, FOR_SPONSOR, FOR_UPSTREAM, FOR_AUTHORITY };
	for (int r = LINK_HOLDER; r <= LINK_AUTHORITY; r++)
		if (by_role[r] == p) {
			*role = (enum link_role)r;
			return true;
		}
	return false;
}

bool letter_purpose(const struct letter *l, enum purpose *out)
{
	return l->template_ && purpose_parse(l->template_, out);
}

/* ── what fills a variable ── */

typedef const struct sheet sheet;
typedef const struct letter letter;

static const char *v_site(sheet *p, letter *l, int i)
{
	return letter_site(p);
}

static const char *v_host(sheet *p, letter *l, int i)
{
	return letter_typed(p);
}

static const char *v_case(sheet *p, letter *l, int i)
{
	return letter_number(l);
}

static const char *v_class(sheet *p, letter *l, int i)
{
	return letter_class(p, l);
}

static const char *v_today(sheet *p, letter *l, int i)
{
	return letter_time(p, p->date);
}

/* What stands behind the number and the label in the subject that the letter came with. */
static const char *v_subject(sheet *p, letter *l, int i)
{
	const char *s = l->subject ? l->subject : "", *end;
	while (*s == '[' && (end = strstr(s, "] ")))
		s = end + 2;
	return s;
}

static const char *v_link(sheet *p, letter *l, int i)
{
	return l->link;
}

static const char *v_thing(sheet *p, letter *l, int i)
{
	return letter_obs_at(p, l, i).shown;
}

static const char *v_part(sheet *p, letter *l, int i)
{
	return letter_obs_at(p, l, i).part;
}

static const char *v_more(sheet *p, letter *l, int i)
{
	int more = letter_obs_more(l);
	return more ? arena_printf(p->mem, tr(p->lang, N_("and %d more, on the page behind the link")), more) : "";
}

static const char *v_seen(sheet *p, letter *l, int i)
{
	return letter_time(p, letter_seen(p, l));
}

static const char *v_calm(sheet *p, letter *l, int i)
{
	return letter_calm(p, l);
}

static const char *v_words(sheet *p, letter *l, int i)
{
	return l->words;
}

static const char *v_why(sheet *p, letter *l, int i)
{
	return letter_why(p, l);
}

static const char *v_before(sheet *p, letter *l, int i)
{
	return letter_before(p, l);
}

static const char *v_outcome(sheet *p, letter *l, int i)
{
	return letter_told_at(p, l, i);
}

static int n_steps(letter *l)
{
	int n = 0;
	for (const char *const *s = letter_steps(l); *s; s++)
		n++;
	return n;
}

static const char *v_step(sheet *p, letter *l, int i)
{
	return tr(p->lang, letter_steps(l)[i]);
}

static const char *v_due(sheet *p, letter *l, int i)
{
	return l->notice && l->notice->due_at ? letter_time(p, l->notice->due_at) : "";
}

static const char *v_sent(sheet *p, letter *l, int i)
{
	return letter_time(p, l->notice ? l->notice->sent_at : 0);
}

static const char *v_then(sheet *p, letter *l, int i)
{
	return letter_then(p, l);
}

static const char *v_text(sheet *p, letter *l, int i)
{
	return l->text;
}

static const char *v_confirm(sheet *p, letter *l, int i)
{
	return l->confirm_link;
}

static const char *v_next(sheet *p, letter *l, int i)
{
	return letter_next(p, l);
}

static const char *v_wait(sheet *p, letter *l, int i)
{
	return l->about ? l->about->next_more : "";
}

static const char *v_reason(sheet *p, letter *l, int i)
{
	return letter_reason(p, l);
}

static const char *v_again(sheet *p, letter *l, int i)
{
	return l->kind == MAIL_TO_REPORTER ? letter_home(p, "/report") : "";
}

static const char *v_party(sheet *p, letter *l, int i)
{
	return l->party;
}

static const char *v_files(sheet *p, letter *l, int i)
{
	return l->nfiles ? arena_printf(p->mem, "%d", l->nfiles) : "";
}

/* ── the table ── */

#define BIT(x) (1u << (x))
enum {
	EVERY = (1 << PURPOSES) - 1,
	NEXT = 1 << FOR_SPONSOR | 1 << FOR_UPSTREAM | 1 << FOR_AUTHORITY,
	NOTICE = 1 << FOR_NOTICE | NEXT,
	REMINDER = 1 << FOR_REMINDER,
	REFERRAL = 1 << FOR_REFERRAL,
	MEASURE = 1 << FOR_MEASURE,
	RECEIPT = 1 << FOR_RECEIPT,
	PROGRESS = 1 << FOR_PROGRESS,
	CLOSED = 1 << FOR_CLOSED,
	MESSAGE = 1 << FOR_MESSAGE,
	SHARE = 1 << FOR_SHARE,
	AGAIN = 1 << FOR_SHARE_REMINDER,
	TO_PARTY = NOTICE | REMINDER,
	TO_REPORTER = RECEIPT | PROGRESS | CLOSED,
	THINGS = NOTICE | REMINDER | REFERRAL | RECEIPT | SHARE,
	ANSWERED = TO_PARTY | RECEIPT | PROGRESS | SHARE | AGAIN, /* pointless without the link */
};

const struct letter_var letter_vars[] = {
	{ "case", VAR_WORDS, EVERY, 0, NULL, N_("number of the case"), v_case, NULL },
	{ "class", VAR_WORDS, EVERY, 0, NULL, N_("kind of trouble"), v_class, NULL },
	{ "link", VAR_LINK, EVERY & ~(REFERRAL | MEASURE), ANSWERED, NULL, N_("private link to the recipient's page"),
	  v_link, NULL },
	{ "confirm", VAR_LINK, RECEIPT, RECEIPT, NULL, N_("link that confirms the report; empty when it is confirmed"),
	  v_confirm, NULL },
	{ "things", VAR_LIST, THINGS, NOTICE | REFERRAL | SHARE, NULL, N_("list of names and addresses concerned"),
	  NULL, letter_obs },
	{ "thing", VAR_CODE, THINGS, NOTICE | REFERRAL | SHARE, "things", N_("one of them"), v_thing, NULL },
	{ "part", VAR_WORDS, THINGS, 0, "things", N_("what it is part of, in brackets"), v_part, NULL },
	{ "more", VAR_WORDS, THINGS, 0, NULL, N_("how many more there are than the list shows; empty: none"), v_more,
	  NULL },
	{ "seen", VAR_WORDS, NOTICE | REFERRAL, 0, NULL, N_("when it was seen"), v_seen, NULL },
	{ "words", VAR_PROSE, NOTICE, 0, NULL, N_("the reporter's words; empty unless they may be passed on"), v_words,
	  NULL },
	{ "calm", VAR_WORDS, NOTICE, 0, NULL, N_("sentence: nobody is blamed"), v_calm, NULL },
	{ "why", VAR_WORDS, NOTICE, 0, NULL, N_("sentence: why we write to this party"), v_why, NULL },
	{ "before", VAR_WORDS, NOTICE, 0, NULL,
	  N_("sentence: who was told last before this party, and what came of it; empty: nobody"), v_before, NULL },
	{ "told", VAR_LIST, NEXT | REFERRAL, 0, NULL,
	  N_("list of those who are nearer and were told, or can't be reached; empty: nobody was told"), NULL,
	  letter_told },
	{ "outcome", VAR_WORDS, NEXT | REFERRAL, 0, "told", N_("one of them: when, and what came of it"), v_outcome,
	  NULL },
	{ "steps", VAR_LIST, NOTICE, 0, NULL, N_("list of what to do against this kind of trouble"), NULL, n_steps },
	{ "step", VAR_WORDS, NOTICE, 0, "steps", N_("one of them"), v_step, NULL },
	{ "due", VAR_WORDS, TO_PARTY, 0, NULL, N_("until when we ask for an answer"), v_due, NULL },
	{ "sent", VAR_WORDS, REMINDER, 0, NULL, N_("when the notice was sent"), v_sent, NULL },
	{ "then", VAR_WORDS, TO_PARTY, 0, NULL, N_("sentence: what follows if nobody answers"), v_then, NULL },
	{ "text", VAR_PROSE, MEASURE | RECEIPT | PROGRESS | MESSAGE | SHARE, MEASURE | MESSAGE, NULL,
	  N_("what this letter has to say: the message, what happened"), v_text, NULL },
	{ "basis", VAR_PROSE, MEASURE, MEASURE, NULL, N_("legal basis and reason; empty when the measure is over"),
	  v_words, NULL },
	{ "received", VAR_WORDS, RECEIPT, 0, NULL, N_("when the report came"), v_today, NULL },
	{ "next", VAR_WORDS, RECEIPT | PROGRESS, 0, NULL, N_("sentence: what happens next"), v_next, NULL },
	{ "wait", VAR_WORDS, RECEIPT | PROGRESS, 0, NULL, N_("sentence: until when; may be empty"), v_wait, NULL },
	{ "reason", VAR_PROSE, CLOSED, CLOSED, NULL, N_("why the case was closed"), v_reason, NULL },
	{ "again", VAR_LINK, CLOSED, 0, NULL, N_("address of the report form"), v_again, NULL },
	{ "party", VAR_WORDS, SHARE, SHARE, NULL, N_("the person it is for alone (TLP:RED); else empty"), v_party,
	  NULL },
	{ "files", VAR_WORDS, SHARE, 0, NULL, N_("how many files are attached; empty: none"), v_files, NULL },
	{ "subject", VAR_WORDS, EVERY, 0, NULL, N_("subject as delivered, without number and label"), v_subject, NULL },
	{ "site", VAR_WORDS, EVERY, 0, NULL, N_("our name"), v_site, NULL },
	{ "host", VAR_WORDS, EVERY, 0, NULL, N_("our address, as one types it"), v_host, NULL },
	{ "today", VAR_WORDS, EVERY, 0, NULL, N_("date and time of the letter"), v_today, NULL },
};
const int letter_nvars = sizeof letter_vars / sizeof *letter_vars;

const struct letter_var *letter_var_of(enum purpose purpose, const char *name, size_t n)
{
	for (int i = 0; i < letter_nvars; i++) {
		const struct letter_var *v = &letter_vars[i];
		if (v->in & BIT(purpose) && strlen(v->name) == n && memcmp(v->name, name, n) == 0)
			return v;
	}
	return NULL;
}
