/* html.c — the HTML that a template may have: a few elements, written out and closed, so that what is checked is what
 * goes out. A parser that repairs (as browsers' do) would have to be asked what it made of it; here a "<" that begins
 * none of these is refused. Pure. */
#include <string.h>
#include "letter/letter_int.h"

/* "br" and "hr" have no end. */
const char *const letter_elements[] = { "p",	      "h1",    "h2",	  "h3",	   "ul",     "ol",   "li",
					"a",	      "b",     "i",	  "em",	   "strong", "code", "pre",
					"blockquote", "table", "caption", "thead", "tbody",  "tr",   "th",
					"td",	      "dl",    "dt",	  "dd",	   "br",     "hr",   NULL };
enum { TAG_DEPTH = 32, NAME_MAX_ = 12, VALUE_MAX = 1000 };
#define BLOCK NULL /* on the stack: a block of the template was opened */

struct scan {
	enum purpose purpose;
	const char *s; /* where we are */
	int line;
	const char *open[TAG_DEPTH];
	int line_of[TAG_DEPTH], depth;
	struct err *e;
};

static const char *element(const char *s, size_t n)
{
	for (const char *const *x = letter_elements; *x; x++)
		if (strlen(*x) == n && strncasecmp(*x, s, n) == 0)
			return *x;
	return NULL;
}

static bool has_no_end(const char *name)
{
	return strcmp(name, "br") == 0 || strcmp(name, "hr") == 0;
}

static enum st push(struct scan *x, const char *name)
{
	if (x->depth == TAG_DEPTH)
		return err_set(x->e, ST_INVALID, N_("line %d: more than %d elements inside each other"), x->line,
			       TAG_DEPTH);
	x->line_of[x->depth] = x->line;
	x->open[x->depth++] = name;
	return ST_OK;
}

static enum st unclosed(struct scan *x)
{
	const char *name = x->open[x->depth - 1];
	return err_set(x->e, ST_INVALID, N_("line %d: <%s> is not closed where it should be; write </%s>"),
		       x->line_of[x->depth - 1], name, name);
}

/* ── attributes ── */

static bool all_of(const char *s, size_t n, const char *set)
{
	return n > 0 && strspn(s, set) >= n;
}

/* A variable that is a link and nothing else, or an address of the web or of mail, in plain ASCII. */
static bool href_ok(enum purpose purpose, const char *v, size_t n)
{
	if (n > 2 && v[0] == '{' && v[n - 1] == '}') {
		const struct letter_var *var = letter_var_of(purpose, v + 1, n - 2);
		return var && var->kind == VAR_LINK;
	}
	if (n < 9 || (strncmp(v, "https://", 8) != 0 && strncmp(v, "mailto:", 7) != 0))
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)v[i] <= 0x20 || (unsigned char)v[i] >= 0x7f || strchr("{}<>\\`", v[i]))
			return false;
	return true;
}

static bool attribute_ok(const struct scan *x, const char *name, size_t n, const char *v, size_t vn)
{
	static const char digits[] = "0123456789";
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-";
	const char *of = x->open[x->depth - 1];
	if (n == 4 && strncmp(name, "href", n) == 0)
		return strcmp(of, "a") == 0 && href_ok(x->purpose, v, vn);
	if ((n == 3 && strncmp(name, "dir", n) == 0) || (n == 4 && strncmp(name, "lang", n) == 0))
		return vn <= 35 && all_of(v, vn, letters);
	bool cell = strcmp(of, "td") == 0 || strcmp(of, "th") == 0;
	if (cell && n == 7 && (strncmp(name, "colspan", n) == 0 || strncmp(name, "rowspan", n) == 0))
		return vn <= 2 && all_of(v, vn, digits);
	return cell && n == 5 && strncmp(name, "scope", n) == 0 && vn <= 8 && all_of(v, vn, letters);
}

/* name="value" and blanks, up to the ">". */
static enum st attributes(struct scan *x)
{
	for (;;) {
		size_t blanks = strspn(x->s, " \t\n");
		for (size_t i = 0; i < blanks; i++)
			x->line += x->s[i] == '\n';
		x->s += blanks;
		if (x->s[0] == '/' && x->s[1] == '>' && has_no_end(x->open[x->depth - 1]))
			x->s++;
		if (*x->s == '>')
			return ST_OK;
		size_t n = strspn(x->s, "abcdefghijklmnopqrstuvwxyz");
		const char *v = x->s + n + 2, *end = n && x->s[n] == '=' && x->s[n + 1] == '"' ? strchr(v, '"') : NULL;
		if (!blanks || !end || end - v > VALUE_MAX || !attribute_ok(x, x->s, n, v, (size_t)(end - v)))
			return err_set(x->e, ST_INVALID,
				       N_("line %d: <%s> may have no such attribute; allowed are href=\"{link}\" or "
					  "\"https://...\" of a, "
					  "dir, lang, and colspan, rowspan, scope of cells"),
				       x->line, x->open[x->depth - 1]);
		x->s = end + 1;
	}
}

/* ── tags ── */

static enum st end_tag(struct scan *x, const char *name)
{
	if (*x->s != '>')
		return err_set(x->e, ST_INVALID, N_("line %d: </%s has no >"), x->line, name);
	if (!x->depth || x->open[x->depth - 1] == BLOCK)
		return err_set(x->e, ST_INVALID,
			       N_("line %d: </%s> closes nothing that was opened in the same block; open it there too"),
			       x->line, name);
	if (strcmp(x->open[x->depth - 1], name) != 0)
		return unclosed(x);
	x->depth--;
	x->s++;
	return ST_OK;
}

static enum st start_tag(struct scan *x, const char *name)
{
	if (push(x, name) || attributes(x))
		return x->e->code;
	x->s++;
	if (has_no_end(name))
		x->depth--;
	return ST_OK;
}

static enum st html_tag(struct scan *x)
{
	bool end = x->s[1] == '/';
	const char *at = x->s + 1 + end;
	size_t n = strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
	const char *name = n <= NAME_MAX_ ? element(at, n) : NULL;
	if (!n)
		return err_set(x->e, ST_INVALID, N_("line %d: write &lt; for a < that begins no element"), x->line);
	if (!name)
		return err_set(
			x->e, ST_INVALID,
			N_("line %d: <%.*s> may not stand in a letter; allowed are p, h1 to h3, lists, a, b, i, em, "
			   "strong, code, pre, "
			   "blockquote, tables, br and hr"),
			x->line, (int)(n < 20 ? n : 20), at);
	x->s = at + n;
	if (end && has_no_end(name))
		return err_set(x->e, ST_INVALID, N_("line %d: </%s> is none; write <%s>"), x->line, name, name);
	return end ? end_tag(x, name) : start_tag(x, name);
}

/* A tag of the template; its form was checked before. */
static enum st template_tag(struct scan *x)
{
	char mark = x->s[1];
	const char *end = strchr(x->s, '}');
	if (mark == '{' || !end) {
		x->s += mark == '{' ? 2 : 1;
		return ST_OK;
	}
	x->s = end + 1;
	if (mark == '/') {
		if (x->depth && x->open[x->depth - 1] != BLOCK)
			return unclosed(x);
		x->depth -= x->depth > 0;
		return ST_OK;
	}
	return mark == '?' || mark == '!' || mark == '#' ? push(x, BLOCK) : ST_OK;
}

enum st tpl_html_check(enum purpose purpose, const char *s, struct err *e)
{
	struct scan x = { .purpose = purpose, .s = s, .line = 1, .e = e };
	while (*x.s) {
		enum st st = ST_OK;
		if (*x.s == '<')
			st = html_tag(&x);
		else if (*x.s == '{')
			st = template_tag(&x);
		else
			x.line += *x.s++ == '\n';
		if (st)
			return st;
	}
	return x.depth ? unclosed(&x) : ST_OK;
}
