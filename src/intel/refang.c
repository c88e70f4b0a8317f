/* What people do to addresses so that mail filters and readers do not follow them, undone. */
#include <string.h>
#include <strings.h>
#include "base/idn.h"
#include "intel/intel_int.h"

struct disguise {
	const char *from, *to;
	bool blanks; /* "evil [.] com": blanks around it go too */
};

static const struct disguise disguises[] = {
	{ "[.]", ".", true },	   { "(.)", ".", true },   { "{.}", ".", true },   { "[dot]", ".", true },
	{ "(dot)", ".", true },	   { "{dot}", ".", true }, { "[點]", ".", true },  { "[://]", "://", false },
	{ "(://)", "://", false }, { "[:]", ":", false },  { "[:", ":", false },   { "[/]", "/", false },
	{ "[//]", "//", false },   { "[@]", "@", true },   { "(@)", "@", true },   { "[at]", "@", true },
	{ "(at)", "@", true },	   { "{at}", "@", true },  { "\\.", ".", false },  { "：／／", "://", false },
	{ "：//", "://", false },  { "．", ".", false },   { "＠", "@", false },   { "－", "-", false },
	{ "／", "/", false },	   { "＿", "_", false },   { "\xe2\x80\x8b", "" }, { "\xe2\x81\xa0", "" },
	{ "\xef\xbb\xbf", "" },	   { "\xc2\xad", "" },
};

/* Schemes misspelt on purpose; what follows must be the rest of a scheme. */
static const struct {
	const char *from, *to;
} schemes[] = {
	{ "hxxps", "https" }, { "hxxp", "http" },   { "htxps", "https" }, { "htxp", "http" },	  { "hxtps", "https" },
	{ "hxtp", "http" },   { "h**ps", "https" }, { "h**p", "http" },	  { "http[s]", "https" }, { "fxp", "ftp" },
};

struct refang {
	bool first[256]; /* some of the above begin with this byte, in either case; most bytes are none */
	struct refanged out;
	const char *in;
	size_t n, at;
};

static bool alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c & 0x80);
}

static bool starts(const struct refang *r, size_t at, const char *with)
{
	if (at >= r->n || ((r->in[at] ^ *with) & ~0x20)) /* most are told apart by their first byte */
		return false;
	size_t n = strlen(with);
	return r->n - at >= n && strncasecmp(r->in + at, with, n) == 0;
}

static void put(struct refang *r, const char *s, size_t from)
{
	for (; *s; s++) {
		r->out.from[r->out.n] = (uint32_t)from;
		r->out.p[r->out.n++] = *s;
	}
}

static size_t blanks_at(const struct refang *r, size_t at)
{
	size_t n = 0;
	while (at + n < r->n && n < 3 && r->in[at + n] == ' ')
		n++;
	return n;
}

/* "[:" alone only undoes "http[://", never begins an IPv6 address; so it needs the slashes. */
static bool fits(const struct refang *r, const struct disguise *d)
{
	if (!starts(r, r->at, d->from))
		return false;
	return strcmp(d->from, "[:") != 0 || starts(r, r->at, "[:]") || starts(r, r->at, "[://");
}

static bool take_disguise(struct refang *r)
{
	for (size_t i = 0; i < sizeof disguises / sizeof *disguises; i++) {
		const struct disguise *d = &disguises[i];
		if (!fits(r, d))
			continue;
		size_t end = r->at + strlen(d->from), after = d->blanks ? blanks_at(r, end) : 0;
		bool joins = end + after < r->n && alnum(r->in[end + after]);
		if (d->blanks && joins)
			while (r->out.n > 0 && r->out.p[r->out.n - 1] == ' ')
				r->out.n--;
		put(r, d->to, r->at);
		r->at = joins ? end + after : end;
		return true;
	}
	return false;
}

static bool take_scheme(struct refang *r)
{
	if (r->at > 0 && alnum(r->in[r->at - 1]) && !(r->in[r->at - 1] & 0x80))
		return false;
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
		size_t n = strlen(schemes[i].from);
		if (!starts(r, r->at, schemes[i].from) || r->at + n >= r->n)
			continue;
		if (!strchr(":[(", r->in[r->at + n]) && !starts(r, r->at + n, "："))
			continue;
		put(r, schemes[i].to, r->at);
		r->at += n;
		return true;
	}
	return false;
}

/* "example[.com", "example.]com": only one half of the brackets. */
static bool take_half(struct refang *r)
{
	const char *p = r->in + r->at;
	size_t left = r->n - r->at;
	if (r->at == 0 || left < 3 || !alnum(p[-1]) || !alnum(p[2]))
		return false;
	if (!(p[0] == '[' && p[1] == '.') && !(p[0] == '.' && p[1] == ']'))
		return false;
	put(r, ".", r->at);
	r->at += 2;
	return true;
}

/* Full-width letters and digits, U+FF10–FF19, FF21–FF3A, FF41–FF5A. */
static bool take_wide(struct refang *r)
{
	const unsigned char *p = (const unsigned char *)r->in + r->at;
	if (r->n - r->at < 3 || p[0] != 0xef || (p[1] != 0xbc && p[1] != 0xbd))
		return false;
	unsigned code = 0xf000u | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
	char c[2] = { (char)(code - 0xff01 + 0x21), 0 };
	if (code < 0xff10 || code > 0xff5a || !alnum(c[0]) || (c[0] & 0x80))
		return false;
	put(r, c, r->at);
	r->at += 3;
	return true;
}

/* Where the host of the URL that is being written begins in `out`; 0: none is. */
static size_t host_begin(const struct refang *r)
{
	size_t at = r->out.n;
	while (at > 0 && r->out.n - at < 254 && !strchr(" \t\n/\\?#<>\"", r->out.p[at - 1]))
		at--;
	return at > 2 && at < r->out.n && !memcmp(r->out.p + at - 3, "://", 3) ? at : 0;
}

static bool wide_stop(const struct refang *r, size_t at)
{
	return starts(r, at, "\xe3\x80\x82") || starts(r, at, "\xef\xbd\xa1");
}

/* Does a name in letters without Chinese go on at `at`, and end in a real top level? */
static bool name_goes_on(const struct refang *r, size_t at)
{
	char label[64];
	size_t n = 0;
	for (; at < r->n && n < sizeof label - 1; at++) {
		bool stop = wide_stop(r, at);
		if (stop || r->in[at] == '.')
			n = 0;
		else if (r->in[at] == '-' || (alnum(r->in[at]) && !(r->in[at] & 0x80)))
			label[n++] = (char)(r->in[at] >= 'A' && r->in[at] <= 'Z' ? r->in[at] | 0x20 : r->in[at]);
		else
			break;
		at += stop ? 2 : 0;
	}
	label[n] = 0;
	return n && name_tld_known(label);
}

/* The ideographic full stops, U+3002 and U+FF61, are dots of a host name (RFC 3490 §3.1), and end sentences: behind a
 * host with a common dot they are dots only where a name goes on that was not complete before. */
static bool take_stop(struct refang *r)
{
	size_t host = wide_stop(r, r->at) ? host_begin(r) : 0, after = r->at + 3;
	if (!host || after >= r->n || !alnum(r->in[after]))
		return false;
	r->out.p[r->out.n] = 0;
	const char *last = NULL;
	bool common = false;
	for (const char *c = r->out.p + host; *c; c++) {
		last = *c == '.' ? c + 1 : last;
		common |= *c == '.' && !(r->in[r->out.from[c - r->out.p]] & 0x80);
	}
	bool number = common && last[strspn(last, "0123456789")] == 0;
	if (common && (number || name_tld_known(last) || !name_goes_on(r, after)))
		return false;
	put(r, ".", r->at);
	r->at = after;
	return true;
}

static void mark_first(struct refang *r, const char *from)
{
	unsigned char c = (unsigned char)*from;
	r->first[c] = true;
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')
		r->first[c ^ 0x20] = true;
}

static void mark_all(struct refang *r)
{
	for (size_t i = 0; i < sizeof disguises / sizeof *disguises; i++)
		mark_first(r, disguises[i].from);
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		mark_first(r, schemes[i].from);
	mark_first(r, "["); /* half a pair of brackets */
	mark_first(r, ".");
	mark_first(r, "\xef"); /* full width */
	mark_first(r, "\xe3"); /* ideographic full stop */
}

struct refanged intel_refang(struct arena *mem, const char *s, size_t n)
{
	/* Nothing grows by more than a byte a rule ("h**p" and the others keep or shrink), so 2n is plenty. */
	struct refang r = { .in = s, .n = n };
	r.out.p = arena_alloc(mem, 2 * n + 1);
	r.out.from = arena_array(mem, uint32_t, 2 * n + 1);
	mark_all(&r);
	while (r.at < n) {
		if (r.first[(unsigned char)s[r.at]] &&
		    (take_disguise(&r) || take_scheme(&r) || take_half(&r) || take_wide(&r) || take_stop(&r)))
			continue;
		char c[2] = { s[r.at], 0 };
		put(&r, c, r.at++);
	}
	r.out.p[r.out.n] = 0;
	r.out.from[r.out.n] = (uint32_t)n;
	return r.out;
}
