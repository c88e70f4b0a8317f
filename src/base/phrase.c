#include "base/phrase.h"
#include <string.h>
#include "base/buf.h"

enum {
	TEXTS_MAX = 9,
	BETWEEN = '\x1f'
}; /* ASCII unit separator: in no text of ours, and taken out of what is filled in */

static void put_clean(struct buf *b, const char *s)
{
	for (; *s; s++)
		if (*s != BETWEEN)
			buf_char(b, *s);
}

char *phrase_keep(struct arena *mem, const char *msgid, int n, const char *const text[])
{
	BUF_SCOPE b = BUF_INIT;
	buf_str(&b, msgid);
	for (int i = 0; i < n && i < TEXTS_MAX; i++) {
		buf_char(&b, BETWEEN);
		put_clean(&b, text[i] ? text[i] : "");
	}
	return arena_strdup(mem, buf_cstr(&b));
}

/* Cuts at each separator; number of parts ≤ max. */
static int cut(char *s, char **part, int max)
{
	int n = 0;
	while (s && n < max) {
		part[n++] = s;
		if ((s = strchr(s, BETWEEN)))
			*s++ = 0;
	}
	return n;
}

/* "%s" takes the next text, "%2$s" the second. Returns what follows the mark, NULL where none stands at `s`. */
static const char *mark(const char *s, int *next, int *which)
{
	if (s[0] != '%')
		return NULL;
	if (s[1] == 's') {
		*which = (*next)++;
		return s + 2;
	}
	if (s[1] >= '1' && s[1] <= '9' && s[2] == '$' && s[3] == 's') {
		*which = s[1] - '1';
		return s + 4;
	}
	return NULL;
}

char *phrase_say(struct arena *mem, enum lang l, const char *kept)
{
	if (!kept)
		return NULL;
	char *part[1 + TEXTS_MAX];
	int n = cut(arena_strdup(mem, kept), part, 1 + TEXTS_MAX), next = 0, which;
	BUF_SCOPE b = BUF_INIT;
	for (const char *s = tr(l, part[0]), *after; *s; s = after) {
		after = n > 1 ? mark(s, &next, &which) : NULL;
		if (after)
			buf_str(&b, which + 1 < n ? tr(l, part[which + 1]) : "");
		else
			buf_char(&b, *s);
		after = after ? after : s + 1;
	}
	return arena_strdup(mem, buf_cstr(&b));
}

/* ── errors ── */

/* A conversion of printf's at `s` ("%d", "%.200s", "%2$s"): its length, and which argument it names; 0: none. */
static size_t conversion(const char *s, int *which)
{
	size_t n = 1;
	if (s[0] != '%' || s[1] == '%')
		return 0;
	if (s[1] >= '1' && s[1] <= '9' && s[2] == '$') {
		*which = s[1] - '1';
		n = 3;
	}
	n += strspn(s + n, "-+ #0123456789.*hlzjt");
	return s[n] ? n + 1 : 0;
}

/* As printf prints what stands between conversions. */
static char *literal(struct arena *mem, const char *fmt, size_t *len)
{
	BUF_SCOPE b = BUF_INIT;
	int which = 0;
	const char *s = fmt;
	for (; *s && !conversion(s, &which); s++) {
		buf_char(&b, *s);
		s += s[0] == '%' && s[1] == '%';
	}
	*len = (size_t)(s - fmt);
	return arena_strdup(mem, buf_cstr(&b));
}

/* Where `want` stands in s: at its end when nothing follows in the format; an end that was cut off stands there too. */
static const char *found(const char *s, const char *want, bool last, char kind)
{
	if (kind == 'c') /* a byte, whatever follows */
		return *s && !strncmp(s + 1, want, strlen(want)) ? s + 1 : NULL;
	size_t n = strlen(s), w = strlen(want);
	if (last)
		return n >= w && !strcmp(s + n - w, want) ? s + n - w : NULL;
	return *want ? strstr(s, want) : NULL;
}

/* The arguments that `fmt` was filled with to give `msg`; −1: it was not, or it can't be told. */
static int unfill(struct arena *mem, const char *fmt, const char *msg, char **arg)
{
	size_t len, used;
	int n = 0, which;
	char *text = literal(mem, fmt, &len);
	if (strncmp(msg, text, strlen(text)) != 0)
		return -1;
	msg += strlen(text);
	for (fmt += len; *fmt; fmt += len) {
		which = n;
		if (!(used = conversion(fmt, &which)) || n == TEXTS_MAX)
			return -1;
		fmt += used;
		text = literal(mem, fmt, &len);
		const char *at = found(msg, text, !fmt[len], fmt[-1]);
		if (!at)
			return -1;
		arg[which] = arena_dup(mem, msg, (size_t)(at - msg)); /* "%2$s" names its own place */
		n++;
		msg = at + strlen(text);
	}
	return *msg ? -1 : n;
}

char *message_say(struct arena *mem, enum lang l, const char *fmt, const char *inner, const char *msg)
{
	char *arg[TEXTS_MAX] = { 0 };
	if (fmt && !strcmp(fmt, "%s")) /* passed on as it was */
		return message_say(mem, l, inner, NULL, msg);
	const char *to = fmt ? tr(l, fmt) : NULL;
	int n = to && to != fmt ? unfill(mem, fmt, msg, arg) : -1;
	if (n < 0)
		return NULL;
	BUF_SCOPE b = BUF_INIT;
	for (int next = 0; *to;) {
		int which = next;
		size_t len = conversion(to, &which);
		next += len > 0;
		if (len && which < n && arg[which]) {
			char *deeper = message_say(mem, l, inner, NULL, arg[which]);
			buf_str(&b, deeper ? deeper : tr(l, arg[which]));
		} else if (!len) {
			buf_char(&b, *to);
			len = to[0] == '%' && to[1] == '%' ? 2 : 1;
		}
		to += len;
	}
	return arena_strdup(mem, buf_cstr(&b));
}

char *err_say(struct arena *mem, enum lang l, const struct err *e)
{
	char *said = message_say(mem, l, e->fmt, e->inner, e->msg);
	return said ? said : arena_strdup(mem, tr(l, e->msg));
}

char *err_say_field(struct arena *mem, enum lang l, const struct err *e)
{
	const char *colon = strstr(e->msg, ": ");
	if (!colon)
		return err_say(mem, l, e);
	if (l == LANG_EN)
		return arena_strdup(mem, colon + 2);
	char *inner = message_say(mem, l, e->inner, NULL, colon + 2);
	return inner ? inner
		     : err_say(mem, l, e); /* a translation names the field in its own words, or needs no name */
}
