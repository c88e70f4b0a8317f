#include "front/epp/render.h"
#include <string.h>
#include <time.h>
#include "base/text.h"

static const char *escape_of(unsigned char c)
{
	switch (c) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	case '\t':
	case '\n':
		return NULL;
	case '\r':
		return "&#13;";
	}
	return c < 0x20 ? "\xef\xbf\xbd" : NULL;
}

void x_text(struct buf *b, const char *s)
{
	const char *from = s;
	for (; *s; s++) {
		const char *e = escape_of((unsigned char)*s);
		bool not_a_char = !strncmp(s, "\xef\xbf\xbe", 3) || !strncmp(s, "\xef\xbf\xbf", 3);
		if (!e && !not_a_char)
			continue;
		buf_add(b, from, (size_t)(s - from));
		buf_str(b, e ? e : "\xef\xbf\xbd");
		s += not_a_char ? 2 : 0;
		from = s + 1;
	}
	buf_add(b, from, (size_t)(s - from));
}

static void open_tag(struct buf *b, const char *tag, size_t n)
{
	buf_char(b, '<');
	buf_add(b, tag, n);
	buf_char(b, '>');
}

static void close_tag(struct buf *b, const char *tag, size_t n)
{
	X(b, "</");
	buf_add(b, tag, n);
	buf_char(b, '>');
}

void x_el(struct buf *b, const char *tag, const char *s)
{
	size_t n = strlen(tag);
	if (!s)
		return;
	open_tag(b, tag, n);
	x_text(b, s);
	close_tag(b, tag, n);
}

void x_el_some(struct buf *b, const char *tag, const char *s)
{
	if (s && *s)
		x_el(b, tag, s);
}

void x_int(struct buf *b, const char *tag, int64_t v)
{
	size_t n = strlen(tag);
	open_tag(b, tag, n);
	buf_int(b, v);
	close_tag(b, tag, n);
}

static char *digits(char *p, int v, int n)
{
	for (int i = n - 1; i >= 0; i--, v /= 10)
		p[i] = (char)('0' + v % 10);
	return p + n;
}

void x_when(struct buf *b, int64_t t)
{
	time_t s = (time_t)(t / USEC);
	struct tm tm;
	char text[24], *p = text;
	if (!gmtime_r(&s, &tm) || tm.tm_year < -1900 || tm.tm_year > 8099)
		memset(&tm, 0, sizeof tm);
	p = digits(p, tm.tm_year + 1900, 4);
	*p++ = '-';
	p = digits(p, tm.tm_mon + 1, 2);
	*p++ = '-';
	p = digits(p, tm.tm_mday, 2);
	*p++ = 'T';
	p = digits(p, tm.tm_hour, 2);
	*p++ = ':';
	p = digits(p, tm.tm_min, 2);
	*p++ = ':';
	p = digits(p, tm.tm_sec, 2);
	*p++ = 'Z';
	buf_add(b, text, (size_t)(p - text));
}

void x_time(struct buf *b, const char *tag, int64_t t)
{
	size_t n = strlen(tag);
	if (!t || t == TIME_NONE)
		return;
	open_tag(b, tag, n);
	x_when(b, t);
	close_tag(b, tag, n);
}

void x_attr(struct buf *b, const char *name, const char *s)
{
	if (!s)
		return;
	buf_char(b, ' ');
	buf_str(b, name);
	X(b, "=\"");
	x_text(b, s);
	buf_char(b, '"');
}

void x_money(struct buf *b, int64_t amount)
{
	if (amount < 0)
		buf_char(b, '-');
	uint64_t v = amount < 0 ? -(uint64_t)amount : (uint64_t)amount;
	buf_printf(b, "%llu.%02u", (unsigned long long)(v / 100), (unsigned)(v % 100));
}

void x_short(struct buf *b, const char *tag, const char *s, size_t max)
{
	char cut[256];
	size_t chars = 0, at = 0, word = 0;
	if (!s || !*s)
		return;
	for (; s[at] && at < sizeof cut - 4; at++) {
		if (((unsigned char)s[at] & 0xc0) != 0x80 && chars++ == max)
			break;
		if (s[at] == ' ' && chars < max)
			word = at;
	}
	if (s[at]) {
		if (word > at / 2)
			at = word;
		at = utf8_cut(s, strlen(s), at);
	}
	while (at && s[at - 1] == ' ')
		at--;
	memcpy(cut, s, at);
	cut[at] = 0;
	x_el_some(b, tag, cut);
}

void x_bytes_hex(struct buf *b, const uint8_t *p, size_t n)
{
	static const char hex[] = "0123456789ABCDEF";
	for (size_t i = 0; i < n; i++) {
		buf_char(b, hex[p[i] >> 4]);
		buf_char(b, hex[p[i] & 15]);
	}
}
