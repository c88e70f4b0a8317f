#include "base/log.h"
#include "base/base_int.h"
#include "base/clock.h"
#include "base/text.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum log_level log_least = LOG_INFO;
static char log_role[32] = "-";

/* What does not fit is left out: a value is cut at a whole character and still closed by its quote. */
struct line {
	char b[1024];
	size_t n;
};
enum { LINE_ROOM = sizeof((struct line *)0)->b - 2 }; /* the closing quote and the newline always fit */

void log_setup(enum log_level least, const char *role)
{
	log_least = least;
	snprintf(log_role, sizeof log_role, "%s", role);
}

static bool line_add(struct line *l, const char *s, size_t n)
{
	if (l->n + n > LINE_ROOM)
		return false;
	memcpy(l->b + l->n, s, n);
	l->n += n;
	return true;
}

static bool is_bare(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++)
		if (*s <= ' ' || *s > '~' || *s == '"' || *s == '=' || *s == '\\')
			return false;
	return true;
}

/* One character of a quoted value; control characters, and every byte that is not ASCII when the value is not clean
 * text, are written as \xNN. Returns the bytes of `s` it took, 0 when the line is full. */
static size_t line_char(struct line *l, const char *s, bool clean)
{
	static const char special[] = "\"\\\n\r\t", name[] = "\"\\nrt";
	char out[8];
	unsigned char c = (unsigned char)*s;
	size_t took = 1;
	const char *at = strchr(special, c);
	if (at)
		return line_add(l, out, (size_t)snprintf(out, sizeof out, "\\%c", name[at - special]));
	if (c < ' ' || c == 0x7F || (c > 0x7F && !clean))
		return line_add(l, out, (size_t)snprintf(out, sizeof out, "\\x%02x", c));
	while (c > 0x7F && (s[took] & 0xC0) == 0x80)
		took++;
	return line_add(l, s, took) ? took : 0;
}

static bool line_quoted(struct line *l, const char *s)
{
	bool clean = text_clean(s, strlen(s));
	if (!line_add(l, "\"", 1))
		return false;
	for (size_t took; *s && (took = line_char(l, s, clean)); s += took)
		;
	l->b[l->n++] = '"';
	return true;
}

static bool line_value(struct line *l, const struct log_kv *kv)
{
	char number[24];
	if (!kv->text)
		return line_add(l, number, (size_t)snprintf(number, sizeof number, "%lld", (long long)kv->num));
	return (is_bare(kv->text) && line_add(l, kv->text, strlen(kv->text))) || line_quoted(l, kv->text);
}

static void line_pair(struct line *l, const struct log_kv *kv)
{
	size_t before = l->n;
	if (!line_add(l, " ", before > 0) || !line_add(l, kv->key, strlen(kv->key)) || !line_add(l, "=", 1) ||
	    !line_value(l, kv))
		l->n = before;
}

void log_write(enum log_level level, const char *msg, const struct log_kv *kv, int n)
{
	static const char *const names[] = { "debug", "info", "warn", "error" };
	if (level < log_least)
		return;
	int saved = errno;
	char ts[TIME_ISO_SIZE];
	struct line l = { .n = 0 };
	time_iso_put(ts, clock_now(), 3);
	line_pair(&l, &(struct log_kv){ .key = "ts", .text = ts });
	line_pair(&l, &(struct log_kv){ .key = "level", .text = names[level] });
	line_pair(&l, &(struct log_kv){ .key = "role", .text = log_role });
	line_add(&l, " msg=", 5);
	line_quoted(&l, msg);
	for (int i = 0; i < n; i++)
		line_pair(&l, &kv[i]);
	l.b[l.n++] = '\n';
	ssize_t sent = write(STDERR_FILENO, l.b, l.n);
	(void)sent; /* nobody to tell */
	errno = saved;
}
