/* words.c — sentences that depend on what a view holds. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "base/idn.h"
#include "base/text.h"
#include "front/web/assets.h"
#include "front/web/page.h"

const char *asset_url(const char *name)
{
	for (int i = 0; i < web_assets_count; i++)
		if (strcmp(web_assets[i].name, name) == 0)
			return web_assets[i].url;
	return "/";
}

const char *contact_url(const struct page *p)
{
	const char *c = p->cfg->site_contact ? p->cfg->site_contact : "";
	return text_email_ok(c) ? arena_printf(p->mem, "mailto:%s", c) : c;
}

/* Two letters of a Latin name, else its first character. */
const char *initials(const struct page *p, const char *name)
{
	size_t n = name ? strlen(name) : 0;
	const char *blank = n ? strchr(name, ' ') : NULL;
	if (n == 0)
		return "–";
	if (blank && (unsigned char)name[0] < 0x80 && (unsigned char)blank[1] < 0x80 && blank[1])
		return arena_printf(p->mem, "%c%c", name[0], blank[1]);
	size_t first = 1;
	while (first < n && ((unsigned char)name[first] & 0xc0) == 0x80)
		first++;
	return arena_printf(p->mem, "%.*s", (int)first, name);
}

/* ── privacy ── */

/* What a report itself collects: the rows of the tables that a report fills. */
bool privacy_on_form(const struct privacy_row *r)
{
	return r->table && (strcmp(r->table, "who_person") == 0 || strcmp(r->table, "desk_report") == 0);
}

const char *keep_text(const struct page *p, int days)
{
	switch (days) {
	case KEEP_NOT:
		return tr(p->lang, N_("Not stored."));
	case KEEP_WHILE_USED:
		return tr(p->lang, N_("Kept while it is in use."));
	case KEEP_WITH_HISTORY:
		return tr(p->lang, N_("Kept as long as the registry's history."));
	case KEEP_BY_MACHINE:
		return tr(p->lang, N_("Kept as long as the machine's log is set to keep it."));
	default:
		break;
	}
	if (days >= 730 && days % 365 == 0)
		return arena_printf(p->mem, tr(p->lang, N_("Kept for %d years.")), days / 365);
	if (days == 365)
		return tr(p->lang, N_("Kept for one year."));
	return arena_printf(p->mem, tr(p->lang, N_("Kept for %d days.")), days);
}

/* ── the holder's page ── */

const char *iso_day(const struct page *p, int64_t t)
{
	time_t s = (time_t)(t / USEC + p->cfg->site_zone * 60);
	struct tm tm = { 0 };
	gmtime_r(&s, &tm);
	return arena_printf(p->mem, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

const char *answer_choice(const struct page *p, int kind)
{
	static const char *const words[ANSWER_KINDS] = {
		[ANSWER_FIXED] = N_("I fixed it"),
		[ANSWER_FALSE_ALARM] = N_("I think you are wrong"),
		[ANSWER_NEED_UNTIL] = N_("I am working on it"),
		[ANSWER_NOT_OURS] = N_("It is not mine"),
	};
	return tr(p->lang, words[kind]);
}

const char *answer_said(const struct page *p, enum answer_kind kind)
{
	return answer_choice(p, (int)kind);
}

const char *answer_then(const struct page *p, int kind)
{
	static const char *const words[ANSWER_KINDS] = {
		[ANSWER_FIXED] = N_("We check and close the case."),
		[ANSWER_FALSE_ALARM] = N_("A person reads your reason. Nothing is blocked meanwhile."),
		[ANSWER_NEED_UNTIL] = N_("Tell us below until when."),
		[ANSWER_NOT_OURS] = N_("Tell us below who runs it. We write to them instead."),
	};
	return tr(p->lang, words[kind]);
}

/* ── the look-up ── */

const char *lookup_shown(const struct page *p, const struct answer *a)
{
	const char *what = a->kind == THING_NAME || a->kind == THING_URL ? a->matched ? a->matched : a->host : NULL;
	if (!what)
		return a->kind != THING_NAME && a->matched && a->responsible ? a->matched : a->query;
	return name_unicode(p->mem, what);
}

const char *look_word(const struct page *p, enum look_kind k)
{
	static const char *const words[LOOK_KINDS] = { N_("Domain name"), N_("Name server"), N_("Contact or registrar"),
						       N_("Network"), N_("AS number") };
	return tr(p->lang, words[k]);
}

const char *chain_name(const struct page *p, const struct chain_link *l)
{
	bool us = l->role == LINK_AUTHORITY && l->name && p->cfg->site_name && !strcmp(l->name, p->cfg->site_name);
	return us ? site_name(p) : l->name;
}

const char *entity_name(const struct look_entity *e)
{
	const char *const names[] = { e->loc.org, e->in.org, e->loc.name, e->in.name };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (has(names[i]))
			return names[i];
	return NULL;
}

const char *entity_role(const struct page *p, unsigned roles)
{
	static const struct {
		unsigned role;
		const char *word;
	} rows[] = {
		{ ROLE_OF_ABUSE, N_("Abuse contact") },
		{ ROLE_OF_ADMIN, N_("Administrative contact") },
		{ ROLE_OF_TECH, N_("Technical contact") },
		{ ROLE_OF_BILLING, N_("Billing contact") },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (roles & rows[i].role)
			return tr(p->lang, rows[i].word);
	return tr(p->lang, N_("Contact"));
}

const char *holding_word(const struct page *p, const struct holding *g)
{
	char text[2 * ADDR_TEXT];
	if (g->kind != HOLDING_ASN)
		return arena_strdup(p->mem, range_text(&g->range, text));
	if (g->asn_count < 2)
		return arena_printf(p->mem, "AS%u", g->asn_first);
	return arena_printf(p->mem, "AS%u–AS%u", g->asn_first, g->asn_first + g->asn_count - 1);
}

/* The first link that can be written to; -1 when none can. */
int first_turn(const struct answer *a)
{
	for (int i = 0; a->responsible && i < a->links; i++)
		if (a->chain[i].contacts > 0)
			return i;
	return -1;
}

const char *lookup_sentence(const struct page *p, const struct answer *a)
{
	int first = first_turn(a);
	const struct chain_link *holder = a->links > 0 && a->chain[0].role == LINK_HOLDER ? &a->chain[0] : NULL;
	if (!a->responsible)
		return tr(p->lang, N_("Nobody in our register is responsible for this."));
	if (first < 0)
		return tr(p->lang, N_("We know who is responsible, but no address to write to. Report it to us, and we "
				      "find one."));
	if (holder && first == 0 && holder->name && !holder->person)
		return arena_printf(p->mem, tr(p->lang, N_("%s holds this. Write to them first.")), holder->name);
	if (holder && holder->person)
		return tr(p->lang, N_("A private person holds this. We do not publish the name. Report it to us, and "
				      "we write to them."));
	if (a->chain[first].name)
		return arena_printf(p->mem, tr(p->lang, N_("Write to %s first.")), a->chain[first].name);
	return tr(p->lang, N_("Write to the first party in the line below."));
}

const char *approve_words(const struct page *p, int n)
{
	if (n == 1)
		return tr(p->lang, N_("Approve the notice"));
	return arena_printf(p->mem, tr(p->lang, N_("Approve %d notices")), n);
}
