/* HTML to what a person would read, and where its links lead. No tree: one pass over the bytes, whatever is not closed
 * ends with the text. */
#include <stdlib.h>
#include "base/buf.h"
#include "front/mailin/mailin_int.h"

enum { NAME_MAX_TAG = 16, VALUE_MAX = 2048, SHOWN_MAX = 300, TAG_MAX = 8192 };

static const struct {
	const char *name;
	unsigned code;
} entities[] = {
	{ "amp", '&' },	     { "lt", '<' },	  { "gt", '>' },       { "quot", '"' },	     { "apos", '\'' },
	{ "nbsp", ' ' },     { "copy", 0xa9 },	  { "reg", 0xae },     { "hellip", 0x2026 }, { "mdash", 0x2014 },
	{ "ndash", 0x2013 }, { "lsquo", 0x2018 }, { "rsquo", 0x2019 }, { "ldquo", 0x201c },  { "rdquo", 0x201d },
	{ "bull", 0x2022 },  { "colon", ':' },	  { "period", '.' },   { "sol", '/' },	     { "commat", '@' },
};

static void put_code(struct buf *out, unsigned long c)
{
	char u[5] = { 0 };
	if ((c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0))
		return;
	if (c < 0x80) {
		u[0] = (char)c;
	} else if (c < 0x800) {
		u[0] = (char)(0xc0 | c >> 6);
		u[1] = (char)(0x80 | (c & 63));
	} else if (c < 0x10000) {
		if (c >= 0xd800 && c < 0xe000)
			return;
		u[0] = (char)(0xe0 | c >> 12);
		u[1] = (char)(0x80 | (c >> 6 & 63));
		u[2] = (char)(0x80 | (c & 63));
	} else if (c < 0x110000) {
		u[0] = (char)(0xf0 | c >> 18);
		u[1] = (char)(0x80 | (c >> 12 & 63));
		u[2] = (char)(0x80 | (c >> 6 & 63));
		u[3] = (char)(0x80 | (c & 63));
	}
	buf_str(out, u);
}

/* At '&': writes what it stands for, returns how many bytes it is. */
static size_t put_entity(struct buf *out, const char *s)
{
	size_t n = strcspn(s, "; <&\n\"");
	if (n > 12)
		n = 12;
	if (s[1] == '#') {
		bool hex = s[2] == 'x' || s[2] == 'X';
		char *end;
		unsigned long c = strtoul(s + (hex ? 3 : 2), &end, hex ? 16 : 10);
		if (end > s + (hex ? 3 : 2) && end - s < 14) {
			put_code(out, c);
			return (size_t)(end - s) + (*end == ';');
		}
	}
	n = 1 + strspn(s + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
	for (size_t i = 0; s[n] == ';' && i < sizeof entities / sizeof *entities; i++)
		if (strlen(entities[i].name) == n - 1 && !strncmp(entities[i].name, s + 1, n - 1)) {
			put_code(out, entities[i].code);
			return n + 1;
		}
	buf_char(out, '&');
	return 1;
}

static char *unescaped(struct arena *mem, const char *s, size_t n)
{
	BUF_SCOPE b = { .max = VALUE_MAX };
	char *text = arena_dup(mem, s, n < VALUE_MAX ? n : VALUE_MAX);
	for (const char *p = text; *p;) {
		if (*p == '&') {
			p += put_entity(&b, p);
		} else if (*p == '\n' || *p == '\t') {
			p++; /* browsers drop them in addresses, and who hides one knows */
		} else {
			buf_char(&b, *p++);
		}
	}
	return text_trim(mem, text_cleaned(mem, buf_cstr(&b), b.n));
}

/* The value of an attribute inside the tag s … end; NULL. */
static char *attribute(struct arena *mem, const char *s, const char *end, const char *name)
{
	size_t n = strlen(name);
	while (s < end) {
		s += strspn(s, " \t\n/");
		const char *begin = s;
		s += strcspn(s, " \t\n=>/");
		bool it = (size_t)(s - begin) == n && !strncasecmp(begin, name, n);
		s += strspn(s, " \t\n");
		if (s >= end || *s != '=') {
			if (s == begin)
				return NULL;
			continue;
		}
		s++;
		s += strspn(s, " \t\n");
		const char quote = *s == '"' || *s == '\'' ? *s : 0;
		const char *value = quote ? ++s : s;
		while (s < end && (quote ? *s != quote : !strchr(" \t\n>", *s)))
			s++;
		if (it)
			return unescaped(mem, value, (size_t)(s - value));
		s += quote && s < end;
	}
	return NULL;
}

/* ── links ── */

static char *host_in(struct arena *mem, const char *s)
{
	struct observable found[1];
	return obs_scan(mem, s, found, 1) == 1 && (found[0].kind == OBS_URL || found[0].kind == OBS_NAME)
		       ? (found[0].host ? found[0].host : found[0].value)
		       : NULL;
}

/* A link to the one that shows the other is no disguise. */
bool same_place(const char *a, const char *b)
{
	size_t n = strlen(a), k = strlen(b);
	const char *longer = n > k ? a : b, *shorter = n > k ? b : a;
	size_t d = strlen(longer) - strlen(shorter);
	return !strcmp(longer + d, shorter) && (!d || longer[d - 1] == '.');
}

static void link_add(struct arena *mem, struct mailin *to, char *shown, char *target)
{
	if (!target || to->nlinks >= MAIL_LINKS)
		return;
	shown[utf8_cut(shown, strlen(shown), SHOWN_MAX)] = 0;
	char *there = host_in(mem, target), *seen = there ? host_in(mem, shown) : NULL;
	bool differs = seen && !same_place(seen, there);
	to->link[to->nlinks++] = (struct mail_link){ shown, target, there, differs ? seen : NULL, differs };
}

/* ── the pass ── */

struct page {
	struct arena *mem;
	struct buf *out;
	struct mailin *to;
	char *base;	/* of <base>: what addresses without a host begin with; NULL */
	char *href;	/* of the <a> that is open, where it leads */
	size_t href_at; /* where its text begins in out */
	bool space;	/* white space was seen */
};

static bool known_scheme(const char *s)
{
	return text_begins(s, "http:") || text_begins(s, "https:") || text_begins(s, "ftp:");
}

/* Put together with <base>, as much of RFC 3986 §5.2 as leads to a host. */
static char *below_base(struct page *p, const char *where)
{
	const char *host = strstr(p->base, "//"), *path = host ? strpbrk(host + 2, "/?#") : NULL;
	size_t keep = !host ? 0 : path ? (size_t)(path - p->base) : strlen(p->base);
	if (where[0] == '/' && where[1] == '/')
		keep = (size_t)(host ? host - p->base : 0);
	else if (where[0] != '/' && path)
		keep = (size_t)(strrchr(p->base, '/') - p->base) + 1;
	const char *slash = where[0] != '/' && p->base[keep - 1] != '/' ? "/" : "";
	return arena_printf(p->mem, "%.*s%s%s", (int)keep, p->base, slash, where);
}

/* What an address in the page leads to; NULL: to nothing elsewhere. One that was made harmless ("hxxps[:]//") says so
 * before its first slash. */
static char *leads_to(struct page *p, char *where)
{
	struct observable x;
	if (!where || !*where || known_scheme(where))
		return where && *where ? where : NULL;
	size_t mark = strcspn(where, ":[/?#");
	if ((where[mark] == ':' || where[mark] == '[') && obs_parse(p->mem, where, &x, NULL) == ST_OK &&
	    x.kind == OBS_URL)
		return x.value;
	return p->base && where[mark] != ':' && *where != '#' ? below_base(p, where) : NULL;
}

static bool letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(name, *list))
			return true;
	return false;
}

static void close_link(struct page *p)
{
	if (!p->href)
		return;
	size_t n = p->out->n - p->href_at;
	char *shown = text_trim(p->mem, arena_dup(p->mem, n ? p->out->p + p->href_at : "", n));
	int before = p->to->nlinks;
	link_add(p->mem, p->to, shown, p->href);
	if (p->to->nlinks > before && strcmp(shown, p->href) != 0)
		buf_printf(p->out, " <%s>", p->href);
	p->href = NULL;
}

static void tag(struct page *p, const char *name, bool closing, const char *s, const char *end)
{
	static const char *const lines[] = { "p",  "br", "div", "tr", "li", "h1", "h2",		"h3",
					     "h4", "ul", "ol",	"hr", "td", "th", "blockquote", NULL };
	if (is(name, lines) && p->out->n && p->out->p[p->out->n - 1] != '\n')
		buf_char(p->out, name[0] == 't' && name[1] != 'r' ? ' ' : '\n');
	p->space &= !is(name, lines);
	if (p->to->nlinks >= MAIL_LINKS)
		return;
	if (!strcmp(name, "a")) {
		close_link(p);
		if (!closing && (p->href = leads_to(p, attribute(p->mem, s, end, "href"))))
			p->href_at = p->out->n;
	} else if (!strcmp(name, "base") && !p->base) {
		char *base = attribute(p->mem, s, end, "href");
		p->base = base && known_scheme(base) && strstr(base, "//") ? base : NULL;
	} else if (!strcmp(name, "area")) {
		link_add(p->mem, p->to, arena_strdup(p->mem, ""), leads_to(p, attribute(p->mem, s, end, "href")));
	} else if (!closing && (!strcmp(name, "form") || !strcmp(name, "iframe") || !strcmp(name, "meta"))) {
		char *where = attribute(p->mem, s, end, name[0] == 'f' ? "action" : name[0] == 'i' ? "src" : "content");
		const char *url = where && name[0] == 'm' ? text_find(where, "url=") : NULL;
		where = url ? arena_strdup(p->mem, url + 4) : where;
		link_add(p->mem, p->to, arena_strdup(p->mem, ""), leads_to(p, where));
	}
}

/* At '<'; returns behind the tag. */
static const char *read_tag(struct page *p, const char *s, const char *stop)
{
	char name[NAME_MAX_TAG + 1] = "";
	size_t n = 0;
	if (!strncmp(s, "<!--", 4)) {
		const char *end = strstr(s + 4, "-->");
		return end ? end + 3 : stop;
	}
	const char *q = s + 1;
	bool closing = *q == '/';
	q += closing;
	while (n < NAME_MAX_TAG && (letter(*q) || (n && *q >= '0' && *q <= '9')))
		name[n++] = (char)(letter(*q) ? *q | 0x20 : *q), q++;
	if (!n && *q != '!' && *q != '?') {
		buf_char(p->out, '<');
		return s + 1;
	}
	const char *end = q;
	for (char quote = 0; *end && (*end != '>' || quote) && end - q < TAG_MAX; end++)
		if (*end == '"' || *end == '\'')
			quote = quote == *end ? 0 : quote ? quote : end > q && end[-1] == '=' ? *end : 0;
	if (*end != '>' && !(end = strchr(q, '>')))
		end = stop;
	tag(p, name, closing, q, end);
	bool hidden = !closing && (!strcmp(name, "script") || !strcmp(name, "style") || !strcmp(name, "title"));
	const char *after = *end ? end + 1 : end;
	if (!hidden)
		return after;
	const char *close = text_find(after, arena_printf(p->mem, "</%s", name));
	return close ? close : stop;
}

char *html_text(struct arena *mem, const char *html, struct mailin *to)
{
	BUF_SCOPE out = { .max = MAIL_TEXT };
	struct page p = { .mem = mem, .out = &out, .to = to };
	const char *stop = html + strlen(html);
	/* What is wrong enough to make each tag look for its end anew is cut off. */
	int tags = 20000;
	for (const char *s = html; s < stop && tags;) {
		if (*s == '<') {
			if (p.space)
				buf_char(&out, ' ');
			p.space = false;
			s = read_tag(&p, s, stop);
			tags--;
		} else if (*s == ' ' || *s == '\n' || *s == '\t') {
			p.space = out.n && out.p[out.n - 1] != '\n' && out.p[out.n - 1] != ' ';
			s++;
		} else {
			if (p.space)
				buf_char(&out, ' ');
			p.space = false;
			if (*s == '&')
				s += put_entity(&out, s);
			else
				buf_char(&out, *s++);
		}
	}
	close_link(&p);
	return text_cleaned(mem, buf_cstr(&out), out.n);
}
