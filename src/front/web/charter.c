#include "front/web/charter.h"
#include <string.h>
#include "base/text.h"
#include "desk/desk_ladder.h"
#include "desk/desk_sort.h"
#include "front/web/web.h"
#include "who/pgp_key.h"
#include "work/calendar.h"

enum { WIDTH = 72, TEXT_CAP = 64 << 10 };

struct making {
	struct req *rq;
	const struct page *p;
	struct charter *c;
};

static const char *say(const struct making *m, const char *msgid)
{
	return tr(m->p->lang, msgid);
}

static void add(struct making *m, const char *number, const char *title, const char *text)
{
	if (m->c->n < CHARTER_ITEMS)
		m->c->item[m->c->n++] = (struct charter_item){ number, say(m, title), (char *)(uintptr_t)text };
}

/* What nobody has set is said to be so, and not left out: a reader looks for the section. */
static void add_set(struct making *m, const char *number, const char *title, const char *text)
{
	add(m, number, title, has(text) ? text : say(m, N_("Not stated.")));
}

static const char *either(const struct making *m, const char *plain, const char *zh)
{
	return m->p->lang == LANG_ZH_TW && has(zh) ? zh : plain;
}

/* ── 1 ── */

static void document(struct making *m)
{
	struct arena *mem = m->rq->mem;
	const struct published *is = m->c->is;
	bool key = *published_key(m->rq) != 0;
	add(m, "1", N_("About this document"), NULL);
	add(m, "1.1", N_("Date of last change"),
	    arena_printf(mem, say(m, N_("%.10s, version %lld")), time_iso(mem, is->changed_at),
			 (long long)is->version));
	add(m, "1.2", N_("Whom we tell of changes"),
	    say(m, N_("There is no list to subscribe to. Every version is an entry in our public journal.")));
	add(m, "1.3", N_("Where it can be found"),
	    arena_printf(mem, "%s\n%s", link_to(m->p, "/rfc2350"), link_to(m->p, "/rfc2350.txt")));
	add(m, "1.4", N_("How to check that it is ours"),
	    key ? arena_printf(mem, say(m, N_("The text is signed with our PGP key (see 2.8): %s")),
			       link_to(m->p, "/rfc2350.txt.asc"))
		: say(m, N_("This document is not signed.")));
}

/* ── 2 ── */

static char *zone_text(const struct making *m)
{
	int z = (int)m->p->cfg->site_zone, a = z < 0 ? -z : z;
	return arena_printf(m->rq->mem, "UTC%c%02d:%02d", z < 0 ? '-' : '+', a / 60, a % 60);
}

static const char *mail_address(const struct config *cfg)
{
	const char *const all[] = { cfg->mailin_address, cfg->site_contact, cfg->mail_from };
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (has(all[i]) && text_email_ok(all[i]))
			return all[i];
	return NULL;
}

static const char *key_text(struct making *m)
{
	struct arena *mem = m->rq->mem;
	const char *print = setting_get(m->rq, PGP_FINGERPRINT_SETTING), *where = m->p->cfg->site_key;
	if (*published_key(m->rq) && has(print))
		return arena_printf(mem, say(m, N_("PGP key: %s\nFingerprint: %s")), link_to(m->p, "/pgp.asc"), print);
	if (*published_key(m->rq))
		return arena_printf(mem, say(m, N_("PGP key: %s")), link_to(m->p, "/pgp.asc"));
	return has(where) ? arena_printf(mem, say(m, N_("PGP key: %s")), where)
			  : say(m, N_("We have no PGP key. Confidential matters: use the form, over HTTPS."));
}

static const char *const weekdays[] = { NULL,		N_("Monday"), N_("Tuesday"),  N_("Wednesday"),
					N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday") };

static enum st hours_text(struct making *m, char **out)
{
	struct calendar c;
	BUF_SCOPE b = { .max = TEXT_CAP };
	enum st st = calendar_load(m->rq, CALENDAR_SITE, (int)m->p->cfg->site_zone, &c);
	if (st && st != ST_NOTFOUND)
		return st;
	if (st)
		err_clear(&m->rq->err);
	for (int d = 1; !st && d < CALENDAR_WEEKDAYS; d++)
		if (c.nspans[d])
			buf_printf(&b, "%s: %s\n", say(m, weekdays[d]),
				   calendar_spans_text(m->rq->mem, c.span[d], c.nspans[d]));
	*out = arena_printf(
		m->rq->mem, "%s\n\n%s\n%s",
		say(m, N_("Please use the report form, or write to us by e-mail. Nothing is lost outside of "
			  "working hours; a person looks at it on the next working day.")),
		say(m, N_("Working hours, but for public holidays:")), b.n ? buf_cstr(&b) : say(m, N_("Not stated.")));
	return ST_OK;
}

static enum st contact(struct making *m)
{
	const struct config *cfg = m->p->cfg;
	struct arena *mem = m->rq->mem;
	char *hours = NULL;
	if (hours_text(m, &hours))
		return m->rq->err.code;
	add(m, "2", N_("How to reach us"), NULL);
	add_set(m, "2.1", N_("Name of the team"), either(m, cfg->site_name, cfg->site_name_zh));
	add_set(m, "2.2", N_("Postal address"), either(m, cfg->cert_address, cfg->cert_address_zh));
	add(m, "2.3", N_("Time zone"), zone_text(m));
	add_set(m, "2.4", N_("Telephone number"), cfg->cert_phone);
	add(m, "2.5", N_("Fax number"), say(m, N_("None.")));
	add(m, "2.6", N_("Other ways to reach us"),
	    arena_printf(mem, say(m, N_("Form: %s\nFor programs: %s")), link_to(m->p, "/report"),
			 link_to(m->p, "/api/openapi.json")));
	add_set(m, "2.7", N_("E-mail address"), mail_address(cfg));
	add(m, "2.8", N_("Public keys and encryption"), key_text(m));
	add(m, "2.9", N_("Members of the team"), say(m, N_("Their names are not published.")));
	add(m, "2.10", N_("More about us"),
	    arena_printf(mem, "%s\n%s", link_to(m->p, "/how-we-handle-a-report"),
			 link_to(m->p, "/.well-known/security.txt")));
	add(m, "2.11", N_("Where to turn to"), hours);
	return ST_OK;
}

/* ── 3 ── */

static void charter(struct making *m)
{
	const struct config *cfg = m->p->cfg;
	add(m, "3", N_("Charter"), NULL);
	add_set(m, "3.1", N_("Mission"), either(m, cfg->cert_mission, cfg->cert_mission_zh));
	add_set(m, "3.2", N_("Constituency"), either(m, cfg->cert_constituency, cfg->cert_constituency_zh));
	add_set(m, "3.3", N_("Sponsors and affiliation"), either(m, cfg->cert_sponsor, cfg->cert_sponsor_zh));
	add_set(m, "3.4", N_("Authority of the team"), either(m, cfg->cert_authority, cfg->cert_authority_zh));
}

/* ── 4 ── */

static enum st incidents_text(struct making *m, char **out)
{
	struct req *rq = m->rq;
	struct desk_class *k = arena_array(rq->mem, struct desk_class, CLASSES_MAX);
	struct answer_time *t = arena_array(rq->mem, struct answer_time, CLASSES_MAX);
	BUF_SCOPE b = { .max = TEXT_CAP };
	int n = 0;
	if (desk_classes(rq, k, CLASSES_MAX, &n) || desk_answer_times(rq, k, n, t))
		return rq->err.code;
	buf_str(&b, say(m, N_("We take reports of every kind of trouble below, find who is responsible, tell them, and "
			      "follow up until they answer. The time is the one that the first party told has to "
			      "answer.")));
	buf_str(&b, "\n\n");
	for (int i = 0; i < n; i++)
		buf_printf(&b, "- %s (%s): %s\n", say(m, k[i].title), k[i].rsit, answer_time_text(m->p, &t[i]));
	*out = arena_strdup(rq->mem, buf_cstr(&b));
	return ST_OK;
}

/* The table by which every output is decided (intel/tlp.h), in words. */
static char *sharing_text(struct making *m)
{
	BUF_SCOPE b = { .max = TEXT_CAP };
	buf_str(&b,
		say(m, N_("Each case has a label of the Traffic Light Protocol 2.0 (FIRST). It decides by itself to "
			  "whom anything of the case may go. Who reported is never told to the party responsible.")));
	buf_str(&b, "\n\n");
	for (int l = 0; l < TLP_LABELS; l++) {
		const char *sep = "";
		buf_printf(&b, "- %s: %s %s ", tlp_name((enum tlp)l), say(m, tlp_sentence((enum tlp)l)),
			   say(m, N_("From us it may go to:")));
		for (int to = 0; to < TLP_RECIPIENTS; to++) {
			if (!tlp_allows((enum tlp)l, (enum tlp_to)to))
				continue;
			buf_printf(&b, "%s%s", sep, say(m, tlp_to_title((enum tlp_to)to)));
			sep = say(m, N_("; "));
		}
		buf_str(&b, "\n");
	}
	return arena_strdup(m->rq->mem, buf_cstr(&b));
}

static enum st policies(struct making *m)
{
	char *incidents = NULL;
	if (incidents_text(m, &incidents))
		return m->rq->err.code;
	add(m, "4", N_("Policies"), NULL);
	add(m, "4.1", N_("Kinds of incidents, and what we do"), incidents);
	add(m, "4.2", N_("Co-operation, and what we pass on"), sharing_text(m));
	add(m, "4.3", N_("Communication, and how we know who writes"),
	    *published_key(m->rq)
		    ? say(m,
			  N_("Ordinary mail is enough for what is not secret. For anything else please encrypt with "
			     "our PGP key. We encrypt to those whose key we have; what a signature is worth is shown "
			     "to whoever reads the message."))
		    : say(m, N_("Ordinary mail is enough for what is not secret. Anything else: through the form, over "
				"HTTPS.")));
	return ST_OK;
}

/* ── 5 to 7 ── */

static enum st services(struct making *m)
{
	struct req *rq = m->rq;
	struct desk_choice *q = arena_array(rq->mem, struct desk_choice, QUEUES_MAX);
	BUF_SCOPE b = { .max = TEXT_CAP };
	int n = 0;
	if (desk_queues(rq, q, QUEUES_MAX, &n))
		return rq->err.code;
	buf_printf(&b, "%s\n", say(m, N_("Work is done in these queues:")));
	for (int i = 0; i < n; i++)
		buf_printf(&b, "- %s\n", say(m, q[i].title));
	add(m, "5", N_("Services"), NULL);
	add(m, "5.1", N_("Response to incidents"), arena_strdup(rq->mem, buf_cstr(&b)));
	add(m, "5.1.1", N_("Triage"),
	    say(m, N_("A report is looked up in the registers of names, addresses and routes; a person checks what "
		      "nobody confirmed.")));
	add(m, "5.1.2", N_("Co-ordination"),
	    say(m,
		N_("The holder is told, then whoever stands behind the holder, each by a deadline. Partner CERTs are "
		   "told as the label allows.")));
	add(m, "5.1.3", N_("Resolution"),
	    say(m, N_("The holder mends what is theirs. We check the answer, and tell the reporter what came of it.")));
	add(m, "5.2", N_("What we do beforehand"),
	    arena_printf(rq->mem, say(m, N_("Contacts of holders are verified, and what is reported is counted: %s")),
			 link_to(m->p, "/figures")));
	return ST_OK;
}

static void rest(struct making *m)
{
	const char *mail = mail_address(m->p->cfg);
	const char *by_mail =
		N_("By mail any form will do; X-ARF, XARF and ARF (RFC 5965) are read by the program: %s");
	char *text =
		arena_printf(m->rq->mem, "%s\n\n%s", link_to(m->p, "/report"), say(m, N_("No account is needed.")));
	if (mail)
		text = arena_printf(m->rq->mem, "%s\n%s", text, arena_printf(m->rq->mem, say(m, by_mail), mail));
	add(m, "6", N_("Forms to report an incident"), text);
	add(m, "7", N_("Disclaimers"),
	    say(m, N_("We take every care with what we say here and in our notices, but take no responsibility for "
		      "errors or omissions, or for damage that follows from the use of it.")));
}

static enum st make_all(struct making *m)
{
	document(m);
	if (contact(m))
		return m->rq->err.code;
	charter(m);
	if (policies(m) || services(m))
		return m->rq->err.code;
	rest(m);
	return ST_OK;
}

/* The same text whoever reads it: titles of queues are public here, though the list of them is not. */
enum st charter_make(struct req *rq, const struct page *p, const struct published *is, struct charter *out)
{
	struct making m = { rq, p, out };
	const struct actor *reader = rq->who;
	*out = (struct charter){ .is = is };
	rq->who = &actor_clock;
	enum st st = make_all(&m);
	rq->who = reader;
	return st;
}

/* ── as a page ── */

struct charter_line charter_next(const struct page *p, const char **at)
{
	size_t n = strcspn(*at, "\n");
	char *line = arena_dup(p->mem, *at, n), *url = strstr(line, "http");
	*at += n + ((*at)[n] == '\n');
	if (!url || strpbrk(url, " <>\"") || (strncmp(url, "http://", 7) && strncmp(url, "https://", 8)))
		return (struct charter_line){ line, NULL };
	return (struct charter_line){ arena_dup(p->mem, line, (size_t)(url - line)), url };
}

/* ── as text ── */

/* One character: its bytes, and the columns it takes. East Asian wide ones begin at U+1100 for our purpose. */
static size_t one(const char *s, int *columns)
{
	unsigned char c = (unsigned char)*s;
	size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	*columns = n > 2 && c >= 0xe1 ? 2 : 1;
	if (c == 0xe2) /* dashes, quotes, arrows */
		*columns = 1;
	for (size_t i = 1; i < n; i++)
		if (!s[i])
			return i;
	return n;
}

/* Where the line that begins at `s` ends: at a blank, or between two wide characters; a word longer than the line stays
 * whole. */
static size_t line_end(const char *s, int width)
{
	size_t at = 0, fits = 0;
	int column = 0, c;
	while (s[at] && s[at] != '\n') {
		size_t n = one(s + at, &c);
		if (column + c > width && fits)
			return fits;
		if (s[at] == ' ')
			fits = at;
		column += c;
		at += n;
		if (c == 2 && s[at] && (unsigned char)s[at] >= 0xe3 && memcmp(s + at, "\xe3\x80", 2) &&
		    memcmp(s + at, "\xef\xbc", 2) && column <= width)
			fits = at;
	}
	return at;
}

static void put_lines(struct buf *out, const char *s, const char *indent)
{
	const char *deeper = "";
	while (*s) {
		size_t n = line_end(s, WIDTH - (int)(strlen(indent) + strlen(deeper)));
		if (n)
			buf_printf(out, "%s%s%.*s\n", indent, deeper, (int)n, s);
		else
			buf_str(out, "\n");
		deeper = "";
		bool list = *s == '-';
		s += n;
		if (*s == '\n')
			s++;
		else if (list)
			deeper = "  ";
		while (*s == ' ')
			s++;
	}
}

void charter_text(const struct page *p, const struct charter *c, struct buf *out)
{
	buf_printf(out, "%s\n", tr(p->lang, N_("Description of the team, after RFC 2350")));
	for (int i = 0; i < c->n; i++) {
		const struct charter_item *t = &c->item[i];
		buf_printf(out, "\n%s %s\n", t->number, t->title);
		if (t->text)
			put_lines(out, t->text, "   ");
	}
}
