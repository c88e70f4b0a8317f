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
