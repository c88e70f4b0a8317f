/* run.c — a template and a letter make a subject, a text and an HTML part.
 *
 * First the template is run: blocks are decided, and each variable leaves a mark with its number in the text, not its
 * value. Only then is that text read line by line (titles, lists), and the values take the place of their marks, escaped
 * for where they stand. So no value can begin a heading, a list or an element. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "letter/letter_int.h"

enum { VALUES_MAX = 4000, BODY_MAX = 512 << 10, HEAD_MAX = 40 };
enum { MARK = 1, MARK_END = 2 }; /* no template has control characters */
#define MARK_TEXT "\001"

struct value {
	enum var_kind kind;
	const char *s;
};
struct run {
	struct sheet *p;
	const struct letter *l;
	struct value value[VALUES_MAX];
	int n;
	struct buf out; /* the text with marks */
};

/* ── running a template ── */

static const char *value_of(const struct run *r, const struct letter_var *v, int item)
{
	const char *s = v->fill ? v->fill(r->p, r->l, item) : NULL;
	return s ? s : "";
}

static bool is_there(const struct run *r, const struct letter_var *v, int item)
{
	return v->count ? v->count(r->l) > 0 : *value_of(r, v, item) != 0;
}

static void put_value(struct run *r, const struct letter_var *v, int item)
{
	const char *s = value_of(r, v, item);
	if (!*s)
		return;
	if (r->n == VALUES_MAX) {
		r->out.bad = true;
		return;
	}
	buf_printf(&r->out, MARK_TEXT "%d\002", r->n);
	r->value[r->n++] = (struct value){ v->kind, s };
}

/* A brace doubled in the source stands as one: the parser cut there. */
static void run_nodes(struct run *r, const struct tpl *t, int from, int to, int item)
{
	for (int i = from; i < to; i++) {
		const struct tpl_node *x = &t->node[i];
		bool there = x->var && x->kind != TPL_VAR && x->kind != TPL_END && is_there(r, x->var, item);
		if (x->kind == TPL_TEXT)
			buf_add(&r->out, x->s, x->n);
		else if (x->kind == TPL_VAR)
			put_value(r, x->var, item);
		else if ((x->kind == TPL_IF && !there) || (x->kind == TPL_UNLESS && there))
			i = x->end;
		if (x->kind != TPL_EACH)
			continue;
		for (int k = 0, n = x->var->count(r->l); k < n; k++)
			run_nodes(r, t, i + 1, x->end, k);
		i = x->end;
	}
}

static enum st run_template(struct run *r, enum purpose purpose, const char *s, struct err *e)
{
	struct tpl t;
	r->n = 0;
	buf_reset(&r->out);
	r->out.max = BODY_MAX;
	if (tpl_parse(r->p->mem, purpose, s, &t, e))
		return e->code;
	run_nodes(r, &t, 0, t.n, 0);
	return ST_OK;
}

/* The value at a mark; *s moves behind it. */
static const struct value *at_mark(const struct run *r, const char **s)
{
	static const struct value none = { VAR_WORDS, "" };
	int i = 0;
	while (isdigit((unsigned char)*++*s) && i < VALUES_MAX)
		i = i * 10 + (**s - '0');
	*s += **s == MARK_END;
	return i < r->n ? &r->value[i] : &none;
}

/* ── values in a plain text ── */

static void plain(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_char(out, (unsigned char)s[i] < 0x20 || s[i] == 0x7f ? ' ' : s[i]);
}

/* Each line of a prose gets what stands before the first. */
static void plain_value(struct buf *out, const struct value *v, const char *head)
{
	if (v->kind != VAR_PROSE) {
		plain(out, v->s, strlen(v->s));
		return;
	}
	for (const char *s = v->s; s;) {
		size_t n = strcspn(s, "\n");
		plain(out, s, n > 0 && s[n - 1] == '\r' ? n - 1 : n);
		s = s[n] ? s + n + 1 : NULL;
		if (s)
			buf_printf(out, "\n%s", head);
	}
}

static void plain_line(const struct run *r, struct buf *out, const char *s, size_t n)
{
	char head[HEAD_MAX];
	size_t h = strspn(s, "> \t");
	h = h < n ? h : n;
	snprintf(head, sizeof head, "%.*s", (int)(h < HEAD_MAX ? h : HEAD_MAX - 1), s);
	for (const char *end = s + n; s < end;) {
		size_t part = strcspn(s, MARK_TEXT);
		part = part < (size_t)(end - s) ? part : (size_t)(end - s);
		buf_add(out, s, part);
		s += part;
		if (s < end && *s == MARK)
			plain_value(out, at_mark(r, &s), head);
	}
}

/* ── lines ── */

enum line_kind { LINE_EMPTY, LINE_TITLE, LINE_HEADING, LINE_ITEM, LINE_STEP, LINE_QUOTE, LINE_INDENTED, LINE_PLAIN };

/* What a line is; *skip: how much of it says so. */
static enum line_kind kind_of(const char *s, size_t n, size_t *skip)
{
	size_t digits = strspn(s, "0123456789"), blanks = strspn(s, " \t");
	*skip = 0;
	if (blanks >= n)
		return LINE_EMPTY;
	if (n > 2 && strncmp(s, "# ", 2) == 0)
		return *skip = 2, LINE_TITLE;
	if (n > 3 && strncmp(s, "## ", 3) == 0)
		return *skip = 3, LINE_HEADING;
	if (n > 2 && strncmp(s, "- ", 2) == 0)
		return *skip = 2, LINE_ITEM;
	if (n > 2 && strncmp(s, "> ", 2) == 0)
		return *skip = 2, LINE_QUOTE;
	if (digits && digits + 2 < n && strncmp(s + digits, ". ", 2) == 0)
		return *skip = digits + 2, LINE_STEP;
	return *skip = blanks, blanks >= 2 ? LINE_INDENTED : LINE_PLAIN;
}

static void heading_line(const struct run *r, struct buf *out, const char *s, size_t n)
{
	BUF_SCOPE b = { .max = BODY_MAX };
	plain_line(r, &b, s, n);
	struct sheet p = *r->p;
	p.out = out;
	letter_heading(&p, buf_cstr(&b));
}

/* Items are numbered as they come; a line that is neither item nor indented ends the list. Blank lines that blocks left
 * behind are one. */
static void as_text(const struct run *r, struct buf *out)
{
	int step = 0;
	bool blank = true;
	for (const char *s = buf_cstr(&r->out), *next; *s; s = next) {
		size_t n = strcspn(s, "\n"), skip;
		enum line_kind kind = kind_of(s, n, &skip);
		next = s[n] ? s + n + 1 : s + n;
		step = kind == LINE_STEP ? step + 1 : kind == LINE_EMPTY || kind == LINE_INDENTED ? step : 0;
		if (kind == LINE_EMPTY && blank)
			continue;
		blank = kind == LINE_EMPTY;
		if (kind == LINE_HEADING) {
			heading_line(r, out, s + skip, n - skip);
			continue;
		}
		if (kind == LINE_STEP)
			buf_printf(out, "%d. ", step);
		if (kind == LINE_TITLE || kind == LINE_STEP)
			plain_line(r, out, s + skip, n - skip);
		else if (kind != LINE_EMPTY)
			plain_line(r, out, s, n);
		buf_char(out, '\n');
	}
}

/* ── HTML ── */

static void escape(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		const char *as = c == '&'    ? "&amp;"
				 : c == '<'  ? "&lt;"
				 : c == '>'  ? "&gt;"
				 : c == '"'  ? "&quot;"
				 : c == '\'' ? "&#39;"
					     : NULL;
		if (as)
			buf_str(out, as);
		else
			buf_char(out, (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f ? ' ' : (char)c);
	}
}

static bool url_ok(const char *s)
{
	for (const char *c = s; *c; c++)
		if ((unsigned char)*c <= 0x20 || *c == 0x7f || *c == '\\')
			return false;
	return strncasecmp(s, "https://", 8) == 0 || strncasecmp(s, "http://", 7) == 0;
}

static void html_link(struct buf *out, const char *s, size_t n)
{
	buf_str(out, "<a href=\"");
	escape(out, s, n);
	buf_str(out, "\">");
	escape(out, s, n);
	buf_str(out, "</a>");
}

static void html_prose(struct buf *out, const char *s)
{
	buf_str(out, "<span dir=\"auto\">");
	while (s) {
		size_t n = strcspn(s, "\n");
		escape(out, s, n > 0 && s[n - 1] == '\r' ? n - 1 : n);
		s = s[n] ? s + n + 1 : NULL;
		buf_str(out, s ? "<br>\n" : "");
	}
	buf_str(out, "</span>");
}

/* `linked`: an address becomes a link; HTML of staff's own says itself what is one. */
static void html_value(struct buf *out, const struct value *v, bool linked)
{
	if (v->kind == VAR_PROSE) {
		html_prose(out, v->s);
	} else if (v->kind == VAR_CODE) {
		buf_str(out, "<code translate=\"no\">");
		escape(out, v->s, strlen(v->s));
		buf_str(out, "</code>");
	} else if (v->kind == VAR_LINK && linked && url_ok(v->s)) {
		html_link(out, v->s, strlen(v->s));
	} else if (v->kind == VAR_LINK && !linked && !url_ok(v->s)) {
		buf_char(out, '#'); /* it may stand in an href */
	} else {
		escape(out, v->s, strlen(v->s));
	}
}

/* Where an address in the words of a template ends: a full stop or bracket behind it is the sentence's. */
static size_t url_in(const char *s, size_t n)
{
	size_t k = 0;
	if (n < 10 || strncmp(s, "https://", 8) != 0)
		return 0;
	while (k < n && s[k] > 0x20 && s[k] < 0x7f && !strchr("<>\"'{}|\\^`", s[k]))
		k++;
	while (k > 8 && strchr(".,;:!?)", s[k - 1]))
		k--;
	return k > 8 ? k : 0;
}

static void html_line(const struct run *r, struct buf *out, const char *s, size_t n)
{
	for (const char *end = s + n; s < end;) {
		size_t url = url_in(s, (size_t)(end - s));
		if (*s == MARK) {
			html_value(out, at_mark(r, &s), true);
			continue;
		}
		if (url)
			html_link(out, s, url);
		else
			escape(out, s, 1);
		s += url ? url : 1;
	}
}

/* What is open while lines become elements. */
struct page_of {
	struct buf *out;
	enum line_kind open; /* LINE_EMPTY: nothing */
	bool gap;	     /* a blank line came since */
};

static const struct {
	const char *open, *next, *close; /* next: of a further line of its kind */
} element_of[] = {
	[LINE_EMPTY] = { "", "", "" },
	[LINE_TITLE] = { "<h1>", NULL, "</h1>\n" },
	[LINE_HEADING] = { "<h2>", NULL, "</h2>\n" },
	[LINE_ITEM] = { "<ul>\n<li>", "</li>\n<li>", "</li>\n</ul>\n" },
	[LINE_STEP] = { "<ol>\n<li>", "</li>\n<li>", "</li>\n</ol>\n" },
	[LINE_QUOTE] = { "<blockquote>", "<br>\n", "</blockquote>\n" },
	[LINE_INDENTED] = { "<p>", "<br>\n", "</p>\n" },
	[LINE_PLAIN] = { "<p>", "<br>\n", "</p>\n" },
};

static bool is_list(enum line_kind k)
{
	return k == LINE_ITEM || k == LINE_STEP;
}

/* Does this line go on with what is open? Lists do over a blank line, an indented line with whatever is open. */
static bool goes_on(const struct page_of *h, enum line_kind kind)
{
	if (kind == LINE_INDENTED)
		return h->open == LINE_INDENTED || h->open == LINE_PLAIN ? !h->gap : is_list(h->open);
	return kind == h->open && element_of[kind].next && (is_list(kind) || !h->gap);
}

static void as_html(const struct run *r, struct buf *out)
{
	struct page_of h = { out, LINE_EMPTY, false };
	for (const char *s = buf_cstr(&r->out), *next; *s; s = next) {
		size_t n = strcspn(s, "\n"), skip;
		enum line_kind kind = kind_of(s, n, &skip);
		next = s[n] ? s + n + 1 : s + n;
		if (kind == LINE_EMPTY) {
			h.gap = true;
			continue;
		}
		if (goes_on(&h, kind)) {
			buf_str(out, kind == LINE_INDENTED ? "<br>\n" : element_of[kind].next);
		} else {
			buf_str(out, element_of[h.open].close);
			buf_str(out, element_of[kind].open);
			h.open = kind;
		}
		h.gap = false;
		html_line(r, out, s + skip, n - skip);
	}
	buf_str(out, element_of[h.open].close);
}

/* HTML of staff's own: only the marks change. */
static void own_html(const struct run *r, struct buf *out)
{
	for (const char *s = buf_cstr(&r->out); *s;) {
		size_t n = strcspn(s, MARK_TEXT);
		buf_add(out, s, n);
		s += n;
		if (*s == MARK)
			html_value(out, at_mark(r, &s), false);
	}
	buf_char(out, '\n');
}

/* ── the letter ── */

/* Number and label stand first whatever a template says. */
static const char *subject_line(struct run *r, enum purpose purpose, const struct wording *w, struct err *e)
{
	BUF_SCOPE b = { .max = BODY_MAX };
	const char *number = letter_number(r->l);
	if (!w->version)
		return r->l->subject ? r->l->subject : "";
	if (run_template(r, purpose, w->subject, e))
		return "";
	for (int i = 0; i < 2; i++) {
		const char *mark = i ? r->l->tlp : number;
		if (!mark || !*mark)
			continue;
		buf_char(&b, '[');
		plain(&b, mark, strlen(mark));
		buf_str(&b, "] ");
	}
	plain_line(r, &b, buf_cstr(&r->out), r->out.n);
	return arena_strdup(r->p->mem, buf_cstr(&b));
}

static enum st write_html(struct run *r, enum purpose purpose, const struct wording *w, const char *subject,
			  struct buf *html, struct err *e)
{
	bool own = w->html && *w->html;
	struct sheet *p = r->p;
	if (run_template(r, purpose, own ? w->html : w->text, e))
		return e->code;
	p->out = html;
	letter_begin_html(p, subject);
	if (own)
		own_html(r, html);
	else
		as_html(r, html);
	letter_end_html(p, r->l);
	return ST_OK;
}

enum st letter_write(struct sheet *p, const struct letter *l, const struct wording *w, const char **subject,
		     struct buf *text, struct buf *html, struct err *e)
{
	enum purpose purpose;
	struct wording delivered;
	if (!letter_purpose(l, &purpose))
		return err_set(e, ST_INTERNAL, "there is no letter \"%.40s\"", l->template_ ? l->template_ : "(none)");
	if (!w || !w->version)
		letter_delivered(p->mem, purpose, p->lang, &delivered);
	w = w && w->version ? w : &delivered;
	p->tlp = l->tlp;
	p->tlp_note = l->tlp_note;
	struct run *r = arena_new_of(p->mem, struct run);
	r->p = p;
	r->l = l;
	err_clear(e);
	*subject = subject_line(r, purpose, w, e);
	enum st st = e->code ? e->code : run_template(r, purpose, w->text, e);
	if (!st) {
		p->out = text;
		if (l->tlp)
			buf_printf(text, "%s  %s\n\n", l->tlp, l->tlp_note ? l->tlp_note : "");
		as_text(r, text);
		letter_end_text(p, l);
		st = write_html(r, purpose, w, *subject, html, e);
	}
	st = st || !(r->out.bad || text->bad || html->bad) ? st
							   : err_set(e, ST_LIMIT, "the letter is longer than its cap");
	buf_free(&r->out);
	if (st == ST_INVALID) /* a template that was kept: a fault of ours, nothing is said of the address */
		st = e->code = ST_INTERNAL;
	return st;
}
