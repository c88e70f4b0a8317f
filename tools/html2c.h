/* html2c.h — what compiled templates need when they run; html2c.py copies it into each file that it makes. */
#include <stdint.h>
#include <string.h>
#include "base/buf.h"
#include "base/lang.h"

enum h_context { H_TEXT, H_ATTR, H_URL, H_URLPART, H_PLAIN };
struct h_arg {
	const char *text;
	int64_t number;
	bool is_text;
};

__attribute__((unused)) static struct h_arg h_arg_text(const char *s)
{
	return (struct h_arg){ .text = s, .is_text = true };
}
__attribute__((unused)) static struct h_arg h_arg_number(int64_t n)
{
	return (struct h_arg){ .number = n };
}
#define H_ARG(x) _Generic((x), char * : h_arg_text, const char * : h_arg_text, default : h_arg_number)(x)

static bool h_alnum(unsigned char u)
{
	return (u >= '0' && u <= '9') || ((u | 32) >= 'a' && (u | 32) <= 'z');
}

static void h_char(struct buf *out, enum h_context ctx, char c)
{
	static const char hex[] = "0123456789ABCDEF";
	unsigned char u = (unsigned char)c;
	if (ctx == H_PLAIN) {
		buf_char(out, u < 0x20 || u == 0x7f ? ' ' : c);
	} else if (ctx == H_URLPART) {
		if (h_alnum(u) || (u != 0 && strchr("-._~", c)))
			buf_char(out, c);
		else
			buf_add(out, (char[]){ '%', hex[u >> 4], hex[u & 15] }, 3);
	} else if (c == '&' || c == '<' || c == '>' || c == '"' || c == '\'') {
		buf_str(out, c == '&'	? "&amp;"
			     : c == '<' ? "&lt;"
			     : c == '>' ? "&gt;"
			     : c == '"' ? "&quot;"
					: "&#39;");
	} else {
		buf_char(out, (u < 0x20 && c != '\n' && c != '\t') || u == 0x7f ? ' ' : c);
	}
}

/* http:, https:, mailto: or no scheme at all; nothing a browser would skip over on its way to one. */
static bool h_url_ok(const char *s)
{
	for (const char *c = s; *c; c++)
		if ((unsigned char)*c <= 0x20 || *c == 0x7f || *c == '\\')
			return false;
	size_t n = strcspn(s, ":/?#");
	return s[n] != ':' || (n == 4 && strncasecmp(s, "http", n) == 0) ||
	       (n == 5 && strncasecmp(s, "https", n) == 0) || (n == 6 && strncasecmp(s, "mailto", n) == 0);
}

static void h_putn(struct buf *out, enum h_context ctx, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h_char(out, ctx, s[i]);
}

__attribute__((unused)) static void h_put(struct buf *out, enum h_context ctx, const char *s)
{
	if (s && ctx == H_URL && !h_url_ok(s))
		s = "#";
	if (s)
		h_putn(out, ctx, s, strlen(s));
}

/* A value of several lines; `head` is what stands before it on its line of a plain text. */
__attribute__((unused)) static void h_lines(struct buf *out, enum h_context ctx, const char *head, const char *s)
{
	for (size_t n; s; s = s[n] ? s + n + 1 : NULL) {
		n = strcspn(s, "\n");
		h_putn(out, ctx, s, n > 0 && s[n - 1] == '\r' ? n - 1 : n);
		if (s[n]) {
			buf_str(out, ctx == H_PLAIN ? "\n" : "<br>\n");
			buf_str(out, ctx == H_PLAIN ? head : "");
		}
	}
}

static void h_arg_put(struct buf *out, enum h_context ctx, const struct h_arg *a)
{
	if (a->is_text)
		h_put(out, ctx, a->text);
	else
		buf_int(out, a->number);
}

/* %s, %d, %1$s … and %%; the type of a value decides how it is written. */
__attribute__((unused)) static void h_format(struct buf *out, enum h_context ctx, const char *format,
					     const struct h_arg *args, int n)
{
	int next = 0;
	for (const char *f = format; *f; f++) {
		int i = next;
		if (*f != '%') {
			h_char(out, ctx, *f);
			continue;
		}
		if (f[1] >= '1' && f[1] <= '9' && f[2] == '$') {
			i = f[1] - '1';
			f += 2;
		}
		if (f[1] == 's' || f[1] == 'd') {
			if (i < n)
				h_arg_put(out, ctx, &args[i]);
			next = i + 1;
		} else if (f[1] == '%') {
			buf_char(out, '%');
		} else {
			continue;
		}
		f++;
	}
}
