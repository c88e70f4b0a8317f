/* words.c — the sentences of letters that depend on who reads them and on what happened. */
#include "letter/letter_int.h"
#include <stdio.h>
#include <string.h>
#include "base/text.h"

/* ── about us ── */

const char *letter_site(const struct sheet *p)
{
	const struct config *c = p->face->cfg;
	const char *zh = c->site_name_zh, *en = c->site_name;
	if (p->lang == LANG_ZH_TW && zh && *zh)
		return zh;
	return en && *en ? en : tr(p->lang, N_("National Internet Centre"));
}

const char *letter_host(const struct sheet *p)
{
	const char *host = url_host(p->mem, p->face->public_url ? p->face->public_url : "");
	return *host ? host : "localhost";
}

const char *letter_typed(const struct sheet *p)
{
	const char *url = letter_home(p, ""), *host = strstr(url, "://");
	return host ? host + 3 : url;
}

const char *letter_home(const struct sheet *p, const char *path)
{
	const char *base = p->face->public_url ? p->face->public_url : "";
	size_t n = strlen(base);
	return arena_printf(p->mem, "%.*s%s", (int)(n && base[n - 1] == '/' ? n - 1 : n), base, path);
}

/* ── about the case ── */

static const char *text_of(const char *s)
{
	return s ? s : "";
}

const char *letter_number(const struct letter *l)
{
	return l->about ? text_of(l->about->number) : "";
}

const char *letter_class(const struct sheet *p, const struct letter *l)
{
	const struct case_view *v = l->about;
	const char *title = !v ? NULL : v->class_title ? v->class_title : v->title;
	return title && *title ? tr(p->lang, title) : tr(p->lang, N_("Incident"));
}

const char *letter_time(const struct sheet *p, int64_t t)
{
	int zone = (int)p->face->cfg->site_zone, m = zone < 0 ? -zone : zone;
	char east[16] = "";
	if (m % 60)
		snprintf(east, sizeof east, "%c%d:%02d", zone < 0 ? '-' : '+', m / 60 % 24, m % 60);
	else if (m)
		snprintf(east, sizeof east, "%c%d", zone < 0 ? '-' : '+', m / 60 % 24);
	return arena_printf(p->mem, tr(p->lang, N_("%s (UTC%s)")), time_people(p->mem, t, lang_tag(p->lang), zone),
			    east);
}

int64_t letter_seen(const struct sheet *p, const struct letter *l)
{
	return l->about && l->about->opened_at ? l->about->opened_at : p->date;
}

static const struct case_obs *obs_of(const struct letter *l, int *n)
{
	bool own = l->obs && l->nobs > 0;
	*n = own ? l->nobs : l->about && l->about->obs ? l->about->nobs : 0;
	return own ? l->obs : *n ? l->about->obs : NULL;
}

int letter_obs(const struct letter *l)
{
	int n;
	obs_of(l, &n);
	return n < LETTER_OBS_MAX ? n : LETTER_OBS_MAX;
}

int letter_obs_more(const struct letter *l)
{
	int n;
	obs_of(l, &n);
	return n < LETTER_OBS_MAX ? 0 : n - LETTER_OBS_MAX;
}

struct obs_line letter_obs_line(const struct sheet *p, const struct case_obs *o)
{
	const char *s = o->shown && *o->shown ? o->shown : text_of(o->value);
	if (strncasecmp(s, "http", 4) == 0 && strstr(s, "://"))
		s = arena_printf(p->mem, "hxxp%s", s + 4);
	bool part = o->matched && strcmp(o->matched, s) != 0;
	return (struct obs_line){ s, part ? arena_printf(p->mem, tr(p->lang, N_(" (part of %s)")), o->matched) : "" };
}

struct obs_line letter_obs_at(const struct sheet *p, const struct letter *l, int i)
{
	int n;
	return letter_obs_line(p, &obs_of(l, &n)[i]);
}

/* What all observables of the letter belong to, when it is one thing. */
static const char *matched_thing(const struct sheet *p, const struct letter *l)
{
	int n;
	const struct case_obs *o = obs_of(l, &n);
	const char *one = n ? o[0].matched : NULL;
	for (int i = 1; one && i < n; i++)
		if (!o[i].matched || strcmp(o[i].matched, one))
			one = NULL;
	return one ? one : tr(p->lang, N_("what is listed above"));
}

const char *letter_calm(const struct sheet *p, const struct letter *l)
{
	if (l->about && strncmp(text_of(l->about->rsit), "vulnerable", 10) == 0)
		return tr(p->lang, N_("This does not mean that you did anything wrong, and as far as we know nothing "
				      "has happened yet."));
	return tr(p->lang, N_("This does not mean that you did anything wrong. Often somebody came in without the "
			      "owner's knowledge."));
}

/* ── the chain ── */

static enum link_role role_of(const struct letter *l)
{
	return l->notice ? l->notice->role : LINK_HOLDER;
}

const char *letter_why(const struct sheet *p, const struct letter *l)
{
	static const char *const rows[] = {
		[LINK_HOLDER] = N_("Our records name you as the holder of %s."),
		[LINK_SPONSOR] = N_("Our records name you as the sponsor (registrar) of %s."),
		[LINK_UPSTREAM] = N_("Your network carries the traffic of %s."),
		[LINK_AUTHORITY] = N_("You are the national authority for %s."),
	};
	return arena_printf(p->mem, tr(p->lang, rows[role_of(l)]), matched_thing(p, l));
}

static const char *role_word(const struct sheet *p, enum link_role r)
{
	static const char *const words[] = { [LINK_HOLDER] = N_("Holder"),
					     [LINK_SPONSOR] = N_("Sponsor (registrar)"),
					     [LINK_UPSTREAM] = N_("Upstream (host and route)"),
					     [LINK_AUTHORITY] = N_("National authority") };
	return tr(p->lang, words[r]);
}

static const struct chain_link *link_after(const struct letter *l)
{
	int n;
	const struct case_obs *o = obs_of(l, &n);
	for (int i = 0; n && i < o[0].links; i++)
		if (o[0].chain[i].role > role_of(l))
			return &o[0].chain[i];
	return NULL;
}

/* We ourselves in the letter's language. */
static const char *name_of(const struct sheet *p, const struct chain_link *l)
{
	const char *ours = p->face->cfg->site_name;
	return l->role == LINK_AUTHORITY && ours && !strcmp(l->name, ours) ? letter_site(p) : l->name;
}

const char *letter_then(const struct sheet *p, const struct letter *l)
{
	const struct chain_link *next = link_after(l);
	if (!next)
		return tr(p->lang, N_("If nobody answers, our CERT decides what has to be done."));
	const char *who = role_word(p, next->role);
	if (next->name && *next->name && !next->person)
		who = arena_printf(p->mem, tr(p->lang, N_("%s, %s")), name_of(p, next), who);
	return arena_printf(
		p->mem, tr(p->lang, N_("If nobody answers, we write to the next in the line of responsibility: %s.")),
		who);
}

/* ── what to do ── */

static const char *const steps_sponsor[] = {
	N_("Check the registration, and reach your customer."),
	N_("If it was registered for abuse, stop it under your terms."),
	NULL,
};
static const char *const steps_upstream[] = {
	N_("Tell your customer who uses it."),
	N_("If they do not act, stop the page or the traffic under your terms."),
	NULL,
};
static const char *const steps_authority[] = {
	N_("Hand this to whoever answers for it in your country."),
	NULL,
};
static const char *const steps_page[] = {
	N_("Remove the page or the file, or take the site off the net until it is clean."),
	N_("Find how they came in: old software, a stolen password, an account that you do not know."),
	N_("Update the software and change the passwords, so that it does not come back."),
	NULL,
};
static const char *const steps_system[] = {
	N_("Take the system off the net until it is clean, and keep its logs."),
	N_("Find how they came in: old software, a stolen password, an account that you do not know."),
	N_("Update the software and change the passwords, so that it does not come back."),
	NULL,
};
static const char *const steps_data[] = {
	N_("Take the data off the net, and ask search engines to forget their copies."),
	N_("Find how it got there, and tell the people whose data it is."),
	NULL,
};
static const char *const steps_device[] = {
	N_("Take the device off the network."),
	N_("Clean it, or install it anew from a copy that you trust."),
	N_("Update it, and change the passwords that were used on it."),
	NULL,
};
static const char *const steps_sender[] = {
	N_("Find the account or the program that sends, and stop it."),
	N_("Change its password, and look for forwarding rules that you did not make."),
	NULL,
};
static const char *const steps_hole[] = {
	N_("Install the update, or close the service to the internet."),
	N_("Look in the logs whether somebody has already used the hole."),
	NULL,
};
static const char *const steps_any[] = {
	N_("Look at what is listed, and stop what should not be there."),
	N_("Keep the logs: they show how it happened."),
	NULL,
};

/* By RSIT (Reference Security Incident Taxonomy): a class, or a class and type; the first that fits. */
static const struct {
	const char *rsit;
	const char *const *steps;
} by_class[] = {
	{ "fraud", steps_page },
	{ "abusive-content", steps_sender },
	{ "malicious-code:malware-distribution", steps_page },
	{ "malicious-code", steps_device },
	{ "information-gathering", steps_device },
	{ "intrusion-attempts", steps_device },
	{ "intrusions", steps_system },
	{ "information-content-security", steps_data },
	{ "availability", steps_device },
	{ "vulnerable", steps_hole },
};

const char *const *letter_steps(const struct letter *l)
{
	static const char *const *const by_role[] = {
		[LINK_SPONSOR] = steps_sponsor,
		[LINK_UPSTREAM] = steps_upstream,
		[LINK_AUTHORITY] = steps_authority,
	};
	if (role_of(l) != LINK_HOLDER)
		return by_role[role_of(l)];
	const char *rsit = l->about ? text_of(l->about->rsit) : "";
	for (size_t i = 0; i < sizeof by_class / sizeof *by_class; i++) {
		size_t n = strlen(by_class[i].rsit);
		if (strncmp(rsit, by_class[i].rsit, n) == 0 && (!rsit[n] || rsit[n] == ':'))
			return by_class[i].steps;
	}
	return steps_any;
}

/* ── to reporters ── */

const char *letter_next(const struct sheet *p, const struct letter *l)
{
	if (l->about && l->about->next && *l->about->next)
		return l->about->next;
	return tr(p->lang, N_("We look at your report, find who is responsible, and tell them."));
}

const char *letter_reason(const struct sheet *p, const struct letter *l)
{
	static const char *const rows[][2] = {
		{ "fixed", N_("The problem is fixed.") },
		{ "false-alarm", N_("It turned out to be a false alarm.") },
		{ "not-reproducible", N_("We looked, and could not see the problem.") },
		{ "referred", N_("It belongs to another authority, which now has it.") },
		{ "record-only", N_("It was kept for the record, as you asked.") },
		{ "duplicate", N_("It is the same as another case, in which we go on.") },
		{ "withdrawn", N_("The report was withdrawn.") },
	};
	const char *reason = l->about ? text_of(l->about->close_reason) : "";
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i][0], reason) == 0)
			return tr(p->lang, rows[i][1]);
	return l->text && *l->text ? l->text : tr(p->lang, N_("There is nothing more for us to do."));
}

/* ── plain text ── */

/* Columns on a terminal or in a plain text: Han and full-width signs take two. Characters of three or more bytes, but
 * for the general punctuation, are wide in the two languages we write. */
int letter_columns(const char *s)
{
	int n = 0;
	for (const unsigned char *c = (const unsigned char *)s; *c; c++)
		n += *c < 0x80 || (*c >= 0xc0 && *c < 0xe3) ? 1 : *c >= 0xe3 ? 2 : 0;
	return n;
}

void letter_heading(struct sheet *p, const char *title)
{
	buf_str(p->out, title);
	buf_char(p->out, '\n');
	for (int i = letter_columns(title); i > 0; i--)
		buf_char(p->out, '-');
	buf_char(p->out, '\n');
}
