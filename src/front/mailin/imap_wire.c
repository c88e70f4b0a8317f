/* What an IMAP server answers: lines, literals, the tagged end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/text.h"
#include "front/mailin/imap_wire.h"

enum { LINE = 8192, LINES = 20000 };
#define ANSWER_MAX ((int64_t)1 << 30)

static enum st endless(struct err *e)
{
	return err_set(e, ST_BUSY, "the mail server's answer has no end");
}

static enum st refill(struct imap_wire *w, struct err *e)
{
	w->at = w->n = 0;
	if (w->left <= 0)
		return endless(e);
	enum st st = w->fill(w->ctx, w->in, sizeof w->in, &w->n, e);
	w->left -= (int64_t)w->n;
	return st;
}

/* A line without its end; longer ones are cut. */
static enum st read_line(struct imap_wire *w, char out[LINE], struct err *e)
{
	size_t o = 0;
	for (;;) {
		if (w->at == w->n && refill(w, e))
			return e->code;
		char c = w->in[w->at++];
		if (c == '\n')
			break;
		if (o < LINE - 1 && c != '\r')
			out[o++] = c;
	}
	out[o] = 0;
	return ST_OK;
}

static enum st read_bytes(struct imap_wire *w, int64_t n, struct buf *out, struct err *e)
{
	while (n > 0) {
		if (w->at == w->n && refill(w, e))
			return e->code;
		size_t k = w->n - w->at;
		k = (int64_t)k < n ? k : (size_t)n;
		buf_add(out, w->in + w->at, k);
		w->at += k;
		n -= (int64_t)k;
	}
	return ST_OK;
}

/* Bytes that follow a line ending in {N}; −1: none do. */
static int64_t literal(const char *line)
{
	const char *open = strrchr(line, '{');
	int64_t n;
	char digits[24];
	size_t k = open ? strspn(open + 1, "0123456789") : 0;
	if (!k || k >= sizeof digits || strcmp(open + 1 + k, "}") != 0)
		return -1;
	snprintf(digits, sizeof digits, "%.*s", (int)k, open + 1);
	return text_int(digits, 0, INT64_MAX, &n) ? n : -1;
}

/* Its words go to people and into the log. */
static enum st outcome(char *said, struct err *e)
{
	if (!strncasecmp(said, "OK", 2))
		return ST_OK;
	for (char *p = said; *p; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
			*p = '?';
	return err_set(e, ST_BUSY, "the mail server says: %.150s", said);
}

enum st imap_command(struct imap_wire *w, const char *text, imap_take take, void *to, struct buf *body, struct err *e)
{
	char line[LINE], tag[16], out[1024];
	struct buf none = { .max = 1 };
	snprintf(tag, sizeof tag, "n%d ", ++w->tag);
	snprintf(out, sizeof out, "%s%s\r\n", tag, text);
	w->left = ANSWER_MAX;
	if (w->say(w->ctx, out, e))
		return e->code;
	for (int lines = 0; lines < LINES; lines++) {
		if (read_line(w, line, e))
			return e->code;
		int64_t n = literal(line);
		if (n > ANSWER_MAX) {
			return endless(e);
		} else if (n >= 0) {
			enum st st = read_bytes(w, n, body ? body : &none, e);
			buf_free(&none);
			if (st)
				return st;
			body = NULL;
		} else if (!strncmp(line, tag, strlen(tag))) {
			return outcome(line + strlen(tag), e);
		} else if (take) {
			take(to, line);
		}
	}
	return endless(e);
}

void imap_take_search(void *to, const char *line)
{
	struct imap_uids *u = to;
	if (strncasecmp(line, "* SEARCH", 8) != 0)
		return;
	for (const char *p = line + 8; *p && u->n < IMAP_ROUND;) {
		char *end;
		unsigned long v = strtoul(p, &end, 10);
		if (end == p)
			break;
		if (v && v <= UINT32_MAX)
			u->uid[u->n++] = (uint32_t)v;
		p = end;
	}
}
