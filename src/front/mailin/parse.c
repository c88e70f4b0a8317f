/* Bytes to struct mailin: walks the parts once, reads each as what it is, and judges the whole. */
#include <stdio.h>
#include "base/json.h"
#include "front/mailin/mailin_int.h"

enum { CASE_DIGITS = 6, HOPS_MAX = 40, JSON_MAX = 256 << 10, STRING_MAX = 4096, LEFT_MAX = 600 };

struct parse {
	struct arena *mem;
	struct mailin *m;
	const struct mailin_own *own;
	struct mime all;
	struct own_things things;
	const char *plain, *html, *notes; /* the body in plain text; from HTML; the words of a report for people */
	const char *between;		  /* of those through whose hands a forwarded message came before; NULL */
	struct mail_reported *last;	  /* of those found so far; NULL */
	bool report;			  /* multipart/report or its like */
	bool xarf;			  /* says so in its header */
};

const char *mail_kind_name(enum mail_kind k)
{
	static const char *const names[] = { "plain", "arf", "xarf", "bounce", "auto", "loop" };
	return (unsigned)k < sizeof names / sizeof *names ? names[k] : "";
}

/* ── observables ── */

bool obs_own(const struct own_things *o, const struct observable *x)
{
	if (!o)
		return false;
	return (x->kind == OBS_EMAIL && o->reporter && text_eq_nocase(x->value, o->reporter)) ||
	       obs_ours(x, o->own->host, o->own->address, 4);
}

/* Shown as a link's text to mislead: it is the victim. Unless something leads there, too; that its name stands somewhere
 * in a target ("www.bank.tw.evil.example", "?next=www.bank.tw") is part of the disguise. */
static bool pretended(const struct mailin *m, const struct observable *x)
{
	const char *host = x->host ? x->host : x->value;
	bool yes = false;
	for (int i = 0; i < m->nlinks; i++) {
		yes |= m->link[i].pretends && !strcmp(m->link[i].pretends, host);
		if (m->link[i].host && same_place(m->link[i].host, host))
			return false;
	}
	return yes;
}

/* What was written, found in the midst of other words, need not read as one thing by itself; the normal form does. */
static struct observable alone(struct arena *mem, struct observable x)
{
	struct observable again;
	if (!x.given || obs_parse(mem, x.given, &again, NULL) || again.kind != x.kind ||
	    strcmp(again.value, x.value) != 0)
		x.given = x.value;
	return x;
}

static void keep(struct arena *mem, struct mailin *m, const struct own_things *o, const struct observable *x)
{
	for (int i = 0; i < m->nobs; i++)
		if (m->obs[i].kind == x->kind && !strcmp(m->obs[i].value, x->value))
			return;
	if (obs_own(o, x))
		return;
	if (m->nobs < OBS_MAX)
		m->obs[m->nobs++] = alone(mem, *x);
	else
		m->more = true;
}

void obs_take(struct arena *mem, struct mailin *m, const struct own_things *o, const char *one)
{
	struct observable x;
	if (one && *one && strlen(one) <= OBS_LEN && obs_parse(mem, one, &x, NULL) == ST_OK)
		keep(mem, m, o, &x);
}

void obs_take_text(struct arena *mem, struct mailin *m, const struct own_things *o, const char *text)
{
	if (!text || !*text || m->more)
		return;
	struct observable *found = arena_array(mem, struct observable, OBS_MAX + 1);
	int n = obs_scan(mem, text, found, OBS_MAX + 1);
	for (int i = 0; i < n; i++)
		if (!pretended(m, &found[i]))
			keep(mem, m, o, &found[i]);
}

/* ── addresses and numbers that lead to a case ── */

/* TOKEN of "case+TOKEN@"; checked by the desk. */
static char *address_token(struct arena *mem, const char *s)
{
	const char *plus = s ? strchr(s, '+') : NULL;
	size_t n = plus ? strspn(plus + 1, "abcdefghijklmnopqrstuvwxyz0123456789-") : 0;
	return n >= 18 && n <= 40 && plus[1 + n] == '@' ? arena_dup(mem, plus + 1, n) : NULL;
}

static char *case_number(struct arena *mem, const char *s)
{
	for (const char *p = s; p && (p = text_find(p, "NC-")); p += 3)
		if (strspn(p + 3, "0123456789") == 4 && p[7] == '-' && strspn(p + 8, "0123456789") >= CASE_DIGITS &&
		    strspn(p + 8, "0123456789") < 10)
			return arena_printf(mem, "NC%.*s", (int)(6 + strspn(p + 8, "0123456789")), p + 2);
	return NULL;
}

static void add_refs(struct parse *p, const char *s)
{
	for (s = s ? strchr(s, '<') : NULL; s && p->m->nrefs < MAIL_REFS; s = strchr(s + 1, '<')) {
		size_t n = strcspn(s + 1, "> ");
		if (n && n < 250 && s[1 + n] == '>')
			p->m->ref[p->m->nrefs++] = arena_dup(p->mem, s + 1, n);
	}
}

static char *bare_id(struct arena *mem, const char *s)
{
	if (!s)
		return NULL;
	s += *s == '<';
	size_t n = strcspn(s, "> ");
	return n && n <= 250 ? arena_dup(mem, s, n) : NULL;
}

/* ── the header ── */

static bool our_address(const struct parse *p, const char *s)
{
	for (size_t i = 0; s && i < 4; i++) {
		const char *a = p->own->address[i], *at = a ? strchr(a, '@') : NULL, *there = strchr(s, '@');
		if (!at)
			continue;
		size_t n = (size_t)(at - a);
		if (there && text_eq_nocase(there, at) && !strncasecmp(s, a, n) && (s + n == there || s[n] == '+'))
			return true;
	}
	return false;
}

static const char *const machine_names[] = { "mailer-daemon@", "postmaster@",	"no-reply@", "noreply@",   "no_reply@",
					     "donotreply@",    "do-not-reply@", "bounce@",   "bounces@",   "owner-",
					     "listserv@",      "majordomo@",	"nobody@",   "autoreply@", NULL };
static const char *const absences[] = { "out of office", "automatic reply", "autoreply", "auto-reply", "auto reply",
					"vacation",	 "自動回覆",	    "自动回复",	 "不在辦公室", "休假中",
					"自動回信",	 "away from",	    NULL };

static bool begins_one(const char *s, const char *const *list)
{
	for (; s && *list; list++)
		if (text_begins(s, *list))
			return true;
	return false;
}

static int hops(const struct entity *e)
{
	int n = 0;
	for (int i = 0; i < e->nfields; i++)
		n += e->field[i].nn == 8 && !strncasecmp(e->field[i].name, "Received", 8);
	return n;
}

/* RFC 3834 §2 and what programs say instead. */
static void judge_automatic(struct parse *p, const char *sender)
{
	struct arena *mem = p->mem;
	struct mailin *m = p->m;
	const struct entity *e = &p->all.part[0];
	char *submitted = field_text(mem, e, "Auto-Submitted", false),
	     *precedence = field_text(mem, e, "Precedence", false);
	char *path = field_text(mem, e, "Return-Path", false), *loop = field_text(mem, e, "X-Loop", false);
	bool null_sender = sender ? !*sender : path && !strcmp(path, "<>");
	bool submitted_auto = submitted && !text_begins(submitted, "no");
	bool replied = submitted && text_begins(submitted, "auto-replied");
	bool away = field_find(e, "X-Autoreply") || field_find(e, "X-Autorespond") ||
		    begins_one(m->subject, absences) || (precedence && text_begins(precedence, "auto_reply"));
	bool list = field_find(e, "List-Id") || field_find(e, "List-Unsubscribe") || field_find(e, "List-Post") ||
		    (precedence && (text_begins(precedence, "bulk") || text_begins(precedence, "list") ||
				    text_begins(precedence, "junk")));
	m->answerable = m->from && !null_sender && !submitted_auto && !away && !list &&
			!begins_one(m->from, machine_names) && !text_find(m->from, "noreply@") &&
			!text_find(m->from, "no-reply@");
	if (our_address(p, m->from) || (loop && p->own->host && text_eq_nocase(loop, p->own->host)) ||
	    hops(e) > HOPS_MAX ||
	    (m->message_id && text_begins(m->message_id, "nc-") && p->own->host && strchr(m->message_id, '@') &&
	     text_eq_nocase(strchr(m->message_id, '@') + 1, p->own->host)))
		m->kind = MAIL_LOOP;
	else if (replied || away)
		m->kind = MAIL_AUTO;
}

static void read_header(struct parse *p, const char *const *envelope)
{
	static const char *const to[] = { "To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", NULL };
	struct mailin *m = p->m;
	const struct entity *e = &p->all.part[0];
	char *from = field_text(p->mem, e, "From", false);
	m->from = mail_address(p->mem, from, &m->name);
	if (!m->from)
		m->from = mail_address(p->mem, field_text(p->mem, e, "Sender", false), NULL);
	m->subject = field_text(p->mem, e, "Subject", true);
	if (!m->subject)
		m->subject = arena_strdup(p->mem, "");
	m->subject[utf8_cut(m->subject, strlen(m->subject), 500)] = 0;
	m->message_id = bare_id(p->mem, field_text(p->mem, e, "Message-ID", false));
	add_refs(p, field_text(p->mem, e, "In-Reply-To", false));
	add_refs(p, field_text(p->mem, e, "References", false));
	m->number = case_number(p->mem, m->subject);
	m->reply = m->nrefs || text_begins(m->subject, "re:") || text_begins(m->subject, "回覆") ||
		   text_begins(m->subject, "答复") || text_begins(m->subject, "回复");
	for (int i = 0; to[i] && !m->token; i++)
		m->token = address_token(p->mem, field_text(p->mem, e, to[i], false));
	for (; envelope && *envelope && !m->token; envelope++)
		m->token = address_token(p->mem, arena_printf(p->mem, "%s", *envelope));
	p->xarf = field_find(e, "X-ARF") || field_find(e, "X-XARF");
}

/* ── parts ── */

static bool is(const struct entity *e, const char *type)
{
	return !strcmp(e->type, type);
}

/* Within the message of another? Its index, or −1. */
static int inside(const struct mime *all, int i)
{
	int found = -1;
	for (int k = all->part[i].parent; k >= 0; k = all->part[k].parent)
		if (all->part[k].message)
			found = k;
	return found;
}

/* JSON without its long strings (evidence), which nobody needs to read it. */
struct slim {
	struct buf *out;
	size_t in;
	bool string, escape;
};

static void slim_take(void *to, const char *p, size_t n)
{
	struct slim *s = to;
	for (size_t i = 0; i < n; i++) {
		bool quote = p[i] == '"' && !s->escape;
		s->escape = s->string && p[i] == '\\' && !s->escape;
		if (quote)
			s->string = !s->string;
		s->in = s->string ? s->in + 1 : 0;
		if (quote || s->in < STRING_MAX)
			buf_char(s->out, p[i]);
	}
}

char *files_left(struct arena *mem, char *left, const char *name)
{
	if (!left)
		return arena_strdup(mem, name);
	size_t n = strlen(left);
	if (n > LEFT_MAX)
		return left;
	return arena_printf(mem, "%s, %s", left, n + strlen(name) > LEFT_MAX ? "…" : name);
}

static void unread(struct parse *p, const char *name)
{
	p->m->unread = files_left(p->mem, p->m->unread, name ? name : "attachment");
}

static bool read_json(struct parse *p, const struct entity *e, const char *name)
{
	BUF_SCOPE out = { .max = JSON_MAX };
	struct slim s = { .out = &out };
	struct mail_file f = { .p = e->body, .n = e->bodyn, .encoding = e->encoding };
	mailin_decode(&f, slim_take, &s);
	if (out.bad)
		unread(p, name);
	return !out.bad && utf8_valid(buf_cstr(&out), out.n) && xarf_json(p->mem, buf_cstr(&out), p->m);
}

static void count_take(void *to, const char *p, size_t n)
{
	*(size_t *)to += n;
}

/* entity_text, of what is for programs: that its end is cut off is said. */
static char *form_text(struct parse *p, const struct entity *e, const char *name)
{
	struct mail_file f = { .p = e->body, .n = e->bodyn, .encoding = e->encoding };
	size_t n = 0;
	mailin_decode(&f, count_take, &n);
	if (n > SOURCE_MAX)
		unread(p, name);
	return entity_text(p->mem, e);
}

static void keep_file(struct parse *p, const struct entity *e, const char *name)
{
	struct mailin *m = p->m;
	if (!e->bodyn)
		return;
	if (m->nfiles >= MAIL_FILES) {
		m->left = files_left(p->mem, m->left, name);
		return;
	}
	const char *type =
		text_clean(e->type, strlen(e->type)) && strlen(e->type) < 100 ? e->type : "application/octet-stream";
	m->file[m->nfiles++] = (struct mail_file){ arena_strdup(p->mem, name), arena_strdup(p->mem, type), e->body,
						   e->bodyn, e->encoding };
}

/* What programs add to a letter on its way begins with a line across the page, or as a signature does. */
static bool footer(const char *text)
{
	text += strspn(text, "\n ");
	return !strncmp(text, "--", 2) || !strncmp(text, "______", 6) || !strncmp(text, "======", 6);
}

/* A letter with a picture amid its words comes in several parts. */
static const char *joined(struct parse *p, const char *before, const char *text)
{
	if (!before)
		return text;
	bool full = strlen(before) > MAIL_TEXT || arena_used(p->mem) > MAIL_ARENA / 2;
	p->m->cut |= full;
	return full || footer(text) ? before : arena_printf(p->mem, "%s\n\n%s", before, text);
}

/* Does part i belong to the message whose first part is `top`, and to no message within it? */
static bool part_of(const struct mime *all, int i, int top)
{
	while (i > top && !all->part[all->part[i].parent].message)
		i = all->part[i].parent;
	return i == top;
}

/* The texts of the message at `top` that are not attached; from HTML where there is nothing else. */
static const char *message_text(struct parse *p, int top)
{
	const char *text = NULL;
	int html = -1;
	for (int i = top; i < p->all.n; i++) {
		const struct entity *e = &p->all.part[i];
		if (i > top && e->depth <= p->all.part[top].depth)
			break;
		if (!part_of(&p->all, i, top))
			continue;
		if (is(e, "text/plain") && !e->attached)
			text = joined(p, text, entity_text(p->mem, e));
		if (is(e, "text/html") && html < 0)
			html = i;
	}
	if (text || html < 0)
		return text ? text : "";
	return html_text(p->mem, entity_text(p->mem, &p->all.part[html]), p->m);
}

static const char *const forwarded[] = { "fw:", "fwd:", "[fwd", "轉寄", "转发", "轉發", NULL };

/* A letter that only passes on what its author got: its subject says so, or it is of the reporter's own house. What a
 * complaint (ARF) encloses is meant itself, whatever is in it. */
static bool passes_on(struct parse *p, const struct entity *message)
{
	const char *subject = field_text(p->mem, message, "Subject", true);
	const char *from = mail_address(p->mem, field_text(p->mem, message, "From", false), NULL);
	const char *there = from ? strchr(from, '@') : NULL, *here = p->m->from ? strchr(p->m->from, '@') : NULL;
	return p->m->kind == MAIL_PLAIN &&
	       ((subject && begins_one(subject, forwarded)) || (there && here && text_eq_nocase(there, here)));
}

static void reported_add(struct parse *p, const struct entity *message, const char *text)
{
	struct mail_reported *r = p->last ? arena_new_of(p->mem, struct mail_reported) : &p->m->reported;
	if (p->last)
		p->last->next = r;
	p->last = r;
	reported_read(p->mem, message, text, r);
}

/* The messages somebody complains of, or what came back. */
static void read_message(struct parse *p, int at)
{
	struct mailin *m = p->m;
	const struct entity *child = &p->all.part[at + 1];
	bool within = false;
	if (field_find(child, "X-HmXmrOriginalRecipient") && m->kind == MAIL_PLAIN) {
		m->kind = MAIL_ARF; /* Hotmail's complaints have no fields of their own */
		m->scheme = "arf";
		m->category = "abuse";
	}
	bool outer = passes_on(p, child);
	for (int i = at + 2; outer && i < p->all.n && p->all.part[i].depth > child->depth; i++)
		if (p->all.part[i].message && part_of(&p->all, i, at + 1)) {
			read_message(p, i);
			within = true;
		}
	const char *text = message_text(p, at + 1);
	if (within)
		p->between = joined(p, p->between, text);
	else
		reported_add(p, child, text);
}

static void read_fields(struct parse *p, const struct entity *e)
{
	struct entity fields = { 0 };
	char *text = entity_text(p->mem, e);
	size_t n = mime_fields(&p->all, text, strlen(text), &fields);
	if (!p->last)
		reported_add(p, &fields, text + n);
}

/* A cell a line; separators inside quotation marks belong to the cell. */
static char *cells(char *table)
{
	bool quoted = false;
	for (char *c = table; *c; c++) {
		if (*c == '"') {
			quoted = !quoted;
			*c = '\n';
		} else if (*c == '\n' || (!quoted && strchr(",;\t", *c))) {
			quoted = false;
			*c = '\n';
		}
	}
	return table;
}

/* The words, unless they are a report for programs ("X-XARF: PLAIN"). */
static void read_text(struct parse *p, const struct entity *e)
{
	const char *text = entity_text(p->mem, e), *begin = text + strspn(text, " \n\t");
	if ((*begin != '{' && *begin != '[') || !read_json(p, e, "text"))
		p->plain = joined(p, p->plain, text);
}

static bool is_json(const struct entity *e, const char *name)
{
	return is(e, "application/json") || is_file(name, ".json");
}

static bool is_table(const struct entity *e, const char *name)
{
	return is(e, "text/csv") || is_file(name, ".csv");
}

static void read_part(struct parse *p, int i)
{
	const struct entity *e = &p->all.part[i];
	struct mailin *m = p->m;
	if (is(e, "message/feedback-report")) {
		arf_read(p->mem, entity_text(p->mem, e), m);
	} else if (is(e, "message/delivery-status") || is(e, "message/global-delivery-status")) {
		if (dsn_read(p->mem, entity_text(p->mem, e), &m->bounce))
			m->kind = MAIL_BOUNCE;
	} else if (e->message) {
		char *name = entity_filename(p->mem, e);
		read_message(p, i);
		keep_file(p, e, name ? name : "message.eml");
	} else if (!strncmp(e->type, "text/rfc822-header", 18)) {
		read_fields(p, e);
	} else if (strncmp(e->type, "multipart/", 10) != 0) {
		char *name = entity_filename(p->mem, e);
		bool json = is_json(e, name), table = is_table(e, name);
		bool yaml = (p->xarf || is_file(name, "report.txt")) && is(e, "text/plain") && (p->plain || p->html);
		bool text = !e->attached && !name;
		if (json)
			read_json(p, e, name);
		else if (yaml)
			xarf_yaml(p->mem, form_text(p, e, name), m);
		else if (table)
			obs_take_text(p->mem, m, &p->things, cells(form_text(p, e, name)));
		else if (text && is(e, "text/plain"))
			read_text(p, e);
		else if (text && is(e, "text/html"))
			p->html = joined(p, p->html, html_text(p->mem, entity_text(p->mem, e), m));
		if (name || json || table || (e->attached && e->bodyn))
			keep_file(p, e, name ? name : "attachment");
	}
}

/* What came before has taken the room. */
static void pass_over(struct parse *p, int i)
{
	const struct entity *e = &p->all.part[i];
	char *name = strncmp(e->type, "multipart/", 10) ? entity_filename(p->mem, e) : NULL;
	bool form = is_json(e, name) || is_table(e, name);
	p->m->cut = true;
	if (form)
		unread(p, name);
	if (form || name)
		keep_file(p, e, name ? name : "attachment");
}

static void read_parts(struct parse *p)
{
	for (int i = 0; i < p->all.n; i++) {
		if (inside(&p->all, i) >= 0)
			continue;
		if (arena_used(p->mem) > MAIL_ARENA / 2)
			pass_over(p, i);
		else
			read_part(p, i);
	}
}

/* ── the whole ── */

/* A multipart whose boundary is nowhere, or whose parts hold no text: what is there is read as text. */
static void find_words(struct parse *p)
{
	const struct entity *top = &p->all.part[0];
	const char *text = p->plain && p->plain[strspn(p->plain, " \n\t")] ? p->plain : p->html ? p->html : p->plain;
	if (!text && p->all.n == 1 && !top->attached && strncmp(top->type, "image/", 6) &&
	    strncmp(top->type, "audio/", 6) && strncmp(top->type, "video/", 6) &&
	    strncmp(top->type, "application/", 12))
		text = entity_text(p->mem, top);
	p->notes = text && p->between ? joined(p, text, p->between) : text ? text : "";
	words_split(p->mem, arena_dup(p->mem, p->notes, utf8_cut(p->notes, strlen(p->notes), MAIL_TEXT)), p->m);
}

/* Who sent what is complained of, and what it leads to; in an ARF report that comes after its own fields. */
static void take_observables(struct parse *p)
{
	struct mailin *m = p->m;
	bool machine = m->kind == MAIL_ARF || m->kind == MAIL_XARF;
	if (m->kind == MAIL_BOUNCE || m->kind == MAIL_AUTO || m->kind == MAIL_LOOP)
		return;
	for (const struct mail_reported *r = &m->reported; r && r->there; r = r->next) {
		if (!m->nobs || m->kind != MAIL_ARF || m->obs[0].kind > OBS_IPV6 || m->obs[0].kind < OBS_IPV4)
			obs_take(p->mem, m, &p->things, r->source); /* ARF's Source-IP says it better */
		obs_take_text(p->mem, m, &p->things, r->text);
		obs_take_text(p->mem, m, &p->things, r->subject);
	}
	for (int i = 0; i < m->nlinks && m->reported.there; i++)
		obs_take(p->mem, m, &p->things, m->link[i].target);
	m->nmeant = m->nobs;
	if (!machine) { /* a From address proves nothing: it stays in the words */
		obs_take_text(p->mem, m, &p->things, m->subject);
		obs_take_text(p->mem, m, &p->things, m->whole);
		for (int i = 0; i < m->nlinks && !m->reported.there; i++)
			obs_take(p->mem, m, &p->things, m->link[i].target);
	}
}

/* Line ends and blanks at the end differ by the way a message came. */
static void digest(struct parse *p, const char *body, size_t n)
{
	struct hasher *h = hasher_new();
	const char *id = p->m->message_id ? p->m->message_id : "";
	hasher_add(h, id, strlen(id) + 1);
	if (!*id && p->m->from)
		hasher_add(h, p->m->from, strlen(p->m->from) + 1);
	if (!*id)
		hasher_add(h, p->m->subject, strlen(p->m->subject) + 1);
	while (n && strchr(" \r\n\t", body[n - 1]))
		n--;
	for (const char *end = body + n; body < end;) {
		const char *nl = memchr(body, '\n', (size_t)(end - body)), *stop = nl ? nl : end;
		size_t k = (size_t)(stop - body);
		hasher_add(h, body, k && body[k - 1] == '\r' ? k - 1 : k);
		hasher_add(h, "\n", 1);
		body = stop + 1;
	}
	p->m->digest = hasher_end(h);
}

/* A person's letter that came through a list has its footer. Programs write no two letters about one thing, and some give
 * all of them one Message-ID. */
static void origin(struct parse *p)
{
	struct mailin *m = p->m;
	m->has_origin = m->kind == MAIL_PLAIN && m->message_id && m->from;
	if (!m->has_origin)
		return;
	char *of = arena_printf(p->mem, "%s\n%s", m->message_id, text_lower(p->mem, m->from));
	m->origin = hash_of(of, strlen(of));
}

/* What came back tells its Message-ID, the token of our Reply-To and the link that stops such letters. */
static void returned(struct parse *p)
{
	struct mailin *m = p->m;
	if (m->reported.message_id)
		m->bounce.original = bare_id(p->mem, m->reported.message_id);
	if (m->reported.unsubscribe)
		m->bounce.stop = m->reported.unsubscribe;
	m->bounce.token = address_token(p->mem, m->reported.reply_to);
}

enum st mailin_parse(struct arena *mem, const char *p, size_t n, const struct mailin_own *own, const char *sender,
		     const char *const *envelope, struct mailin *out, struct err *e)
{
	*out = (struct mailin){ .kind = MAIL_PLAIN };
	if (n > MAIL_MAX)
		return err_set(e, ST_LIMIT, "the message is larger than %d MB", MAIL_MAX >> 20);
	struct parse w = { .mem = mem, .m = out, .own = own };
	mime_read(mem, p, n, &w.all);
	if (!w.all.part[0].nfields)
		return err_set(e, ST_INVALID, "this is no mail: it has no header");
	read_header(&w, envelope);
	judge_automatic(&w, sender);
	enum mail_kind as = out->kind;
	w.things = (struct own_things){ own, out->from };
	out->kind = MAIL_PLAIN;
	read_parts(&w);
	find_words(&w);
	if (out->kind == MAIL_PLAIN && as != MAIL_LOOP && dsn_old(mem, &w.all, w.notes, out))
		out->kind = MAIL_BOUNCE;
	if (as == MAIL_LOOP || (as == MAIL_AUTO && out->kind == MAIL_PLAIN))
		out->kind = as;
	out->cut |= w.all.cut;
	if (out->kind == MAIL_BOUNCE)
		returned(&w);
	out->answerable &= out->kind == MAIL_PLAIN || out->kind == MAIL_ARF || out->kind == MAIL_XARF;
	out->lang = text_lang(*out->whole ? arena_printf(mem, "%s %s", out->subject, out->whole) : out->subject);
	take_observables(&w);
	digest(&w, w.all.part[0].body, w.all.part[0].bodyn);
	origin(&w);
	return ST_OK;
}
