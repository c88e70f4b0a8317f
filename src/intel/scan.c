/* Observables in what people write. Words are cut at blanks and punctuation, Chinese punctuation too; a URL is found
 * behind any character ("網址http://…"), because Chinese text puts no blank before it. */
#include <string.h>
#include "base/idn.h"
#include "base/text.h"
#include "intel/intel_int.h"

struct scan {
	struct arena *mem;
	const char *text; /* as written */
	struct refanged plain;
	struct observable *out;
	int n, max;
};

/* Top levels that are file endings, too: taken only with more evidence than a dot. */
static const char *const endings[] = { "zip", "mov", "md", "sh", "py", "rs", "pl", "ps",
				       "so",  "cab", "ai", "ml", "mo", "cc", "vi" };

size_t intel_break(const char *s)
{
	unsigned char c = (unsigned char)s[0];
	if (c <= 0x20 || c == 0x7f || strchr("\"'<>`|^", c))
		return 1;
	if (c == 0xc2 && (unsigned char)s[1] == 0xa0)
		return 2;
	if (c != 0xe2 && c != 0xe3 && c != 0xef)
		return 0;
	static const char *const marks[] = { "，", "。", "、", "；", "：", "！", "？", "「", "」", "『", "』", "（",
					     "）", "《", "》", "〈", "〉", "【", "】", "〔", "〕", "…",	 "—",  "–",
					     "“",  "”",	 "‘",  "’",  "　", "｜", "～", "→",  "＝", "•",	 "↓" };
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (strncmp(s, marks[i], 3) == 0)
			return 3;
	return 0;
}

static bool ascii_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* How the bytes [from, to) of the plain text were written. */
static char *written(struct scan *s, size_t from, size_t to)
{
	size_t a = s->plain.from[from], b = s->plain.from[to];
	size_t n = b - a;
	while (n > 0 && (s->text[a + n - 1] == ' ' || s->text[a + n - 1] == '\n'))
		n--;
	return arena_dup(s->mem, s->text + a, utf8_cut(s->text + a, n, OBS_LEN));
}

static bool keep(struct scan *s, const struct observable *o, size_t from, size_t to)
{
	for (int i = 0; i < s->n; i++)
		if (s->out[i].kind == o->kind && strcmp(s->out[i].value, o->value) == 0)
			return true;
	if (s->n < s->max) {
		s->out[s->n] = *o;
		s->out[s->n++].given = written(s, from, to);
	}
	return true;
}

static bool disguised(struct scan *s, size_t from, size_t to)
{
	return s->plain.from[to] - s->plain.from[from] != to - from ||
	       memcmp(s->plain.p + from, s->text + s->plain.from[from], to - from) != 0;
}

/* ── URLs ── */

/* Brackets and full stops that close the sentence rather than the URL. */
static size_t url_trim(const char *p, size_t n)
{
	for (;;) {
		if (n == 0)
			return 0;
		char c = p[n - 1], open = c == ')' ? '(' : c == ']' ? '[' : c == '}' ? '{' : 0;
		int depth = 0;
		for (size_t i = 0; open && i < n; i++)
			depth += p[i] == open ? 1 : p[i] == c ? -1 : 0;
		if (!(open ? depth < 0 : strchr(".,;:!*\\(", c) != NULL))
			return n;
		n--;
	}
}

/* Han text glued to the end of a URL: after an ASCII character the path stops at the first byte that is not ASCII. */
static size_t path_end(const char *p, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0x80) && !(p[i - 1] & 0x80) && !strchr("/=-_?&.", p[i - 1]))
			return i;
	return n;
}

/* The longest beginning of the top level (`tld`, n bytes) that is one; n when none is. */
static size_t tld_cut(struct scan *s, const char *tld, size_t n)
{
	for (size_t len = n; len > 0; len--) {
		if (len < n && ((unsigned char)tld[len] & 0xc0) == 0x80)
			continue;
		char *ascii = name_ascii(s->mem, arena_dup(s->mem, tld, len), true, NULL);
		if (ascii && name_tld_known(ascii))
			return len;
	}
	return n;
}

static size_t host_end(struct scan *s, const char *p, size_t n)
{
	size_t dot = n;
	bool wide = false;
	for (size_t i = 0; i < n; i++) {
		wide |= (p[i] & 0x80) != 0;
		dot = p[i] == '.' ? i : dot;
	}
	if (!wide || dot + 1 >= n || n - dot > 64)
		return n;
	return dot + 1 + tld_cut(s, p + dot + 1, n - dot - 1);
}

/* "](" ends it too: what a Markdown link shows. */
static size_t url_end(struct scan *s, const char *p, size_t scheme)
{
	size_t n = scheme;
	while (p[n] && !intel_break(p + n) && !strchr("{}", p[n]) && strncmp(p + n, "](", 2) != 0 && n < OBS_LEN)
		n++;
	size_t slashes = scheme + strspn(p + scheme, "/\\"), host = 0;
	if (slashes >= n)
		return n;
	while (slashes + host < n && !strchr("/\\?#", p[slashes + host]))
		host++;
	size_t cut = host_end(s, p + slashes, host);
	if (cut < host)
		return slashes + cut;
	n = slashes + host + path_end(p + slashes + host, n - slashes - host);
	return url_trim(p, n);
}

/* ── words ── */

static bool name_believable(struct scan *s, const char *word, const struct observable *o, bool hidden)
{
	const char *host = o->kind == OBS_URL ? o->host : o->value, *tld = name_tld(host), *typed = strrchr(word, '.');
	if (hidden)
		return !name_is_suffix(host);
	if (!name_tld_known(tld) || name_is_suffix(host))
		return false;
	if (o->kind == OBS_URL || strncmp(host, "www.", 4) == 0)
		return true;
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (strcmp(tld, endings[i]) == 0 && name_labels(host) == 2)
			return false;
	/* "…was done.It is": the next sentence, not Italy. */
	return !(typed && typed[1] >= 'A' && typed[1] <= 'Z' && typed[2] >= 'a' && typed[2] <= 'z');
}

static bool believable(struct scan *s, const char *word, const struct observable *o, bool hidden)
{
	switch (o->kind) {
	case OBS_NAME:
		return name_believable(s, word, o, hidden);
	case OBS_URL:
		return strspn(o->host, "0123456789.") == strlen(o->host) || strchr(o->host, ':') ||
		       name_believable(s, word, o, hidden);
	case OBS_IPV6:
		return strpbrk(o->value, "0123456789") && strlen(word) > 4;
	case OBS_MD5:
	case OBS_SHA1:
	case OBS_SHA256:
		return strpbrk(o->value, "abcdef") && strpbrk(o->value, "0123456789");
	default:
		return true;
	}
}

static void trim(const char *p, size_t *from, size_t *to)
{
	while (*from < *to && strchr(".,:;-_/+%!?~&#", p[*from]))
		++*from;
	while (*to > *from && strchr(".,:;-_+%!?~&#@", p[*to - 1]))
		--*to;
}

static bool try_word(struct scan *s, size_t from, size_t to)
{
	struct observable o;
	trim(s->plain.p, &from, &to);
	if (to - from < 4 || to - from > OBS_LEN)
		return false;
	char *word = arena_dup(s->mem, s->plain.p + from, to - from);
	if (!strpbrk(word, ".:@") && strlen(word) < 32 && (word[0] | 0x20) != 'a')
		return false;
	return obs_parse(s->mem, word, &o, NULL) == ST_OK && believable(s, word, &o, disguised(s, from, to)) &&
	       keep(s, &o, from, to);
}

/* "請看evil.tw謝謝": an ASCII run that stands on its own goes before the whole word, unless a dot ties it to its
 * neighbour. */
static bool try_runs(struct scan *s, size_t from, size_t to)
{
	const char *p = s->plain.p;
	bool found = false;
	for (size_t a = from; a < to;) {
		size_t b = a;
		while (b < to && !(p[b] & 0x80))
			b++;
		bool tied = (a > from && (p[a] == '.' || p[a] == '-' || p[a] == '@')) ||
			    (b < to && b > a && (p[b - 1] == '.' || p[b - 1] == '-' || p[b - 1] == '@'));
		found |= b > a && !tied && (a > from || b < to) && try_word(s, a, b);
		while (b < to && (p[b] & 0x80))
			b++;
		a = b;
	}
	return found;
}

static void take_word(struct scan *s, size_t from, size_t to)
{
	if (to - from < 4 || try_runs(s, from, to) || try_word(s, from, to))
		return;
	const char *p = s->plain.p;
	for (size_t a = from; a < to;) { /* "ip:192.0.2.1", "host:evil.example:8080" */
		size_t b = a;
		while (b < to && p[b] != ':')
			b++;
		if (b < to || a > from)
			try_word(s, a, b);
		a = b + 1;
	}
}

/* The word at `at`: up to a break, or punctuation that no name holds; once it has a slash it is read like a URL. */
static size_t word_end(const char *p, size_t at)
{
	size_t n = at;
	for (bool path = false; p[n] && !intel_break(p + n); n++) {
		if (path && (p[n] & 0x80) && !(p[n - 1] & 0x80))
			break;
		if (strchr(path ? "()[]{}" : "()[]{},;=?!#&*\\~$", p[n]))
			break;
		if (n > at && intel_scheme(p + n) && !ascii_alnum(p[n - 1]))
			break;
		path |= p[n] == '/';
	}
	return n;
}

int obs_scan(struct arena *mem, const char *text, struct observable *out, int max)
{
	struct scan s = { .mem = mem, .text = text, .out = out, .max = max };
	size_t n = strlen(text);
	if (!utf8_valid(text, n))
		return 0;
	s.plain = intel_refang(mem, text, n);
	const char *p = s.plain.p;
	for (size_t at = 0; at < s.plain.n && s.n < max;) {
		size_t scheme = at == 0 || !ascii_alnum(p[at - 1]) ? intel_scheme(p + at) : 0,
		       brk = intel_break(p + at);
		if (scheme) {
			struct observable o;
			size_t len = url_end(&s, p + at, scheme);
			if (len > scheme && obs_parse(mem, arena_dup(mem, p + at, len), &o, NULL) == ST_OK)
				keep(&s, &o, at, at + len);
			at += len > scheme ? len : scheme;
		} else if (brk) {
			at += brk;
		} else {
			size_t end = word_end(p, at);
			take_word(&s, at, end);
			at = end > at ? end : at + 1;
		}
	}
	return s.n;
}
