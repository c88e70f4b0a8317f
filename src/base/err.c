#include "base/err.h"
#include "base/text.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum st err_set(struct err *e, enum st code, const char *fmt, ...)
{
	if (!e)
		return code;
	/* Formatted aside, because callers wrap: err_set(e, e->code, "line %d: %s", n, e->msg). The spare bytes let
	 * utf8_cut see whether the cut falls inside a character. */
	char line[sizeof e->msg + 4];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	size_t len = n < 0 ? 0 : (size_t)n < sizeof line ? (size_t)n : sizeof line - 1;
	len = utf8_cut(line, len, sizeof e->msg - 1);
	memcpy(e->msg, line, len);
	e->msg[len] = 0;
	e->inner = e->code ? e->fmt : NULL;
	e->fmt = fmt;
	e->code = code;
	return code;
}

void err_clear(struct err *e)
{
	if (!e)
		return;
	e->code = ST_OK;
	e->msg[0] = 0;
	e->fmt = e->inner = NULL;
}

const char *st_name(enum st code)
{
	static const char *const names[ST_COUNT] = { "ok",	 "notfound", "invalid", "denied",
						     "conflict", "busy",     "limit",	"internal" };
	return (unsigned)code < ST_COUNT ? names[code] : "unknown";
}
