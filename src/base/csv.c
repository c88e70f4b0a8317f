/* Faults of a line (too long: ST_LIMIT, not UTF-8: ST_INVALID) leave the reader at the next line. A fault of the file
 * (read error, damaged or cut gzip: ST_INTERNAL) is told once, then the reader is at its end: a caller that goes on
 * after errors comes to a stop, and has counted one. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include "base/csv.h"
#include "base/buf.h"
#include "base/text.h"

#define GZ_BUFFER (128 << 10)
#define READ_BYTES (128 << 10)

struct lines {
	gzFile gz;	  /* NULL: of a text, */
	const char *text; /* whose rest this is */
	size_t left;
	char *path;
	int64_t size; /* on disk; 0 when unknown (a pipe) */
	int64_t number;
	struct hasher *hasher; /* NULL once ended */
	struct hash digest;
	size_t at, end; /* the unread bytes in buf */
	bool eof, skipping;
	char buf[LINE_MAX_BYTES + 2 + READ_BYTES + 1];
};

static struct lines *begin(struct lines *l)
{
	l->hasher = hasher_new();
	l->number = 0;
	l->at = l->end = 0;
	l->eof = l->skipping = false;
	return l;
}

struct lines *lines_of_text(const char *name, const char *text, size_t n)
{
	struct lines *l = malloc(sizeof *l);
	if (!l || !(l->path = strdup(name)))
		abort(); /* out of memory */
	l->gz = NULL;
	l->text = text;
	l->left = n;
	l->size = (int64_t)n;
	return begin(l);
}

struct lines *lines_open(const char *path, struct err *e)
{
	struct stat st;
	struct lines *l = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0) {
		err_set(e, errno == ENOENT ? ST_NOTFOUND : ST_INVALID, "%s: %s", path, strerror(errno));
	} else if (S_ISDIR(st.st_mode)) {
		err_set(e, ST_INVALID, "%s: is a directory", path);
	} else if (!(l = malloc(sizeof *l)) || !(l->path = strdup(path)) || !(l->gz = gzdopen(fd, "rb"))) {
		abort(); /* out of memory */
	} else {
		gzbuffer(l->gz, GZ_BUFFER);
		l->size = S_ISREG(st.st_mode) ? st.st_size : 0;
		return begin(l);
	}
	if (fd >= 0)
		close(fd);
	return NULL;
}

static int file_fault(struct lines *l, struct err *e)
{
	int code;
	const char *why = gzerror(l->gz, &code);
	if (code == Z_ERRNO)
		why = strerror(errno);
	else if (code == Z_BUF_ERROR)
		why = "the gzip data end early";
	err_set(e, ST_INTERNAL, "%s:%lld: %s", l->path, (long long)l->number + 1, why);
	l->eof = true;
	l->at = l->end;
	return -1;
}

static int text_read(struct lines *l, char *to)
{
	size_t n = l->left < READ_BYTES ? l->left : READ_BYTES;
	memcpy(to, l->text, n);
	l->text += n;
	l->left -= n;
	return (int)n;
}

/* Reads more behind the unread bytes, moved to the front; 1, or 0 at the end, or -1. */
static int fill(struct lines *l, struct err *e)
{
	int code = Z_OK;
	if (l->eof)
		return 0;
	memmove(l->buf, l->buf + l->at, l->end - l->at);
	l->end -= l->at;
	l->at = 0;
	int n = l->gz ? gzread(l->gz, l->buf + l->end, READ_BYTES) : text_read(l, l->buf + l->end);
	if (l->gz)
		gzerror(l->gz, &code);
	if (n < 0 || (n < READ_BYTES && code != Z_OK && code != Z_STREAM_END))
		return file_fault(l, e);
	if (n < READ_BYTES)
		l->eof = true;
	if (l->hasher)
		hasher_add(l->hasher, l->buf + l->end, (size_t)n);
	l->end += (size_t)n;
	return 1;
}

/* Drops the rest of a too long line. */
static int skip_line(struct lines *l, struct err *e)
{
	while (l->skipping) {
		char *nl = memchr(l->buf + l->at, '\n', l->end - l->at);
		l->at = nl ? (size_t)(nl + 1 - l->buf) : l->end;
		l->skipping = !nl;
		int got = nl ? 1 : fill(l, e);
		if (got < 0)
			return -1;
		if (got == 0 && l->at == l->end)
			l->skipping = false;
	}
	return 0;
}

static int too_long(struct lines *l, struct err *e)
{
	l->number++;
	l->skipping = true;
	err_set(e, ST_LIMIT, "%s:%lld: line is longer than %d bytes", l->path, (long long)l->number, LINE_MAX_BYTES);
	return -1;
}

static int take(struct lines *l, size_t n, size_t ending, char **line, size_t *len, struct err *e)
{
	char *text = l->buf + l->at;
	l->at += n + ending;
	l->number++;
	if (n > 0 && text[n - 1] == '\r')
		n--;
	if (l->number == 1 && n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		n -= 3;
	}
	text[n] = 0;
	if (!utf8_valid(text, n)) {
		err_set(e, ST_INVALID, "%s:%lld: line is not UTF-8", l->path, (long long)l->number);
		return -1;
	}
	*line = text;
	*len = n;
	return 1;
}

int lines_next(struct lines *l, char **line, size_t *n, struct err *e)
{
	if (skip_line(l, e) < 0)
		return -1;
	for (size_t seen = 0;;) {
		char *nl = memchr(l->buf + l->at + seen, '\n', l->end - l->at - seen);
		seen = nl ? (size_t)(nl - l->buf) - l->at : l->end - l->at;
		bool cr = seen > 0 && l->buf[l->at + seen - 1] == '\r';
		if (seen - cr > LINE_MAX_BYTES)
			return too_long(l, e);
		if (nl)
			return take(l, seen, 1, line, n, e);
		int got = fill(l, e);
		if (got < 0)
			return -1;
		if (got == 0)
			return seen > 0 ? take(l, seen, 0, line, n, e) : 0;
	}
}

/* Does a quoted field that began before (`open`) or in the line go on behind it? */
static bool quote_open(const char *line, bool open)
{
	for (; *line; line++)
		open ^= *line == '"';
	return open;
}

int lines_record(struct lines *l, struct buf *more, char **record, size_t *n, struct err *e)
{
	int got = lines_next(l, record, n, e);
	if (got != 1 || !quote_open(*record, false))
		return got;
	int64_t first = l->number;
	buf_reset(more);
	buf_add(more, *record, *n);
	for (bool open = true; open; open = quote_open(*record, open)) {
		if ((got = lines_next(l, record, n, e)) < 0)
			return got;
		if (!got || more->n + 1 + *n > LINE_MAX_BYTES) {
			err_set(e, ST_INVALID, "%s:%lld: a quoted field begins here and has no end", l->path,
				(long long)first);
			return -1;
		}
		buf_char(more, '\n');
		buf_add(more, *record, *n);
	}
	*record = more->p;
	*n = more->n;
	return 1;
}

int64_t lines_number(const struct lines *l)
{
	return l->number;
}

double lines_progress(const struct lines *l)
{
	int64_t at = l->gz ? gzoffset(l->gz) : l->size - (int64_t)l->left;
	if (l->eof && l->at == l->end)
		return 1;
	if (l->size <= 0 || at < 0)
		return 0;
	return at < l->size ? (double)at / (double)l->size : 1;
}

struct hash lines_digest(struct lines *l)
{
	if (l->hasher)
		l->digest = hasher_end(l->hasher);
	l->hasher = NULL;
	return l->digest;
}

void lines_close(struct lines *l)
{
	if (!l)
		return;
	lines_digest(l);
	if (l->gz)
		gzclose(l->gz);
	free(l->path);
	free(l);
}

/* A quoted field at s, unquoted in place; returns what stands after the closing quote, NULL when there is none. */
static char *field_unquote(char *s)
{
	char *to = s, *from = s + 1;
	for (; *from; from++) {
		if (*from == '"' && *++from != '"') {
			/* `to` is at least one behind `from`, so the 0 spares what comes next. */
			*to = 0;
			return from;
		}
		*to++ = *from;
	}
	return NULL;
}

int csv_split(char *line, char sep, char **fields, int max)
{
	for (int n = 0; n < max;) {
		char *end;
		fields[n++] = line;
		if (*line == '"') {
			end = field_unquote(line);
			if (!end || (*end && *end != sep))
				return -1;
		} else {
			for (end = line; *end && *end != sep; end++)
				if (*end == '"')
					return -1;
		}
		if (!*end)
			return n;
		*end = 0;
		line = end + 1;
	}
	return -1;
}

static int column_of(const char *const *columns, int n, const char *cell)
{
	size_t len = strcspn(cell, "(");
	for (int i = 0; i < n; i++)
		if (strlen(columns[i]) == len && strncmp(columns[i], cell, len) == 0)
			return i;
	return -1;
}

static enum st unknown_column(const char *const *columns, int n, const char *cell, struct err *e)
{
	BUF_SCOPE known = BUF_INIT;
	for (int i = 0; i < n; i++)
		buf_printf(&known, "%s%s", i ? ", " : "", columns[i]);
	return err_set(e, ST_INVALID, N_("unknown column \"%.60s\"; known are %s"), cell, buf_cstr(&known));
}

enum st csv_header(char *line, const char *const *columns, int ncolumns, int *at, struct err *e)
{
	char *f[64];
	int n = csv_split(line, ',', f, 64);
	for (int i = 0; i < ncolumns; i++)
		at[i] = -1;
	if (n < 0)
		return err_set(e, ST_INVALID, N_("expected a CSV header such as %s,%s,%s"), columns[0], columns[1],
			       columns[2]);
	for (int i = 0; i < n; i++) {
		int c = column_of(columns, ncolumns, f[i]);
		if (c < 0)
			return unknown_column(columns, ncolumns, f[i], e);
		if (at[c] >= 0)
			return err_set(e, ST_INVALID, N_("the column %s stands twice"), columns[c]);
		at[c] = i;
	}
	return ST_OK;
}

/* ── writing ── */

static bool is_number(const char *s)
{
	s += *s == '-';
	size_t n = strspn(s, "0123456789"), m = s[n] == '.' ? 1 + strspn(s + n + 1, "0123456789") : 0;
	return n && !s[n + m];
}

void csv_cell(struct buf *out, const char *text, bool last)
{
	text = text ? text : "";
	bool formula = *text && strchr("=+-@\t\r", *text) && !is_number(text);
	bool quote = strpbrk(text, ",\"\r\n") != NULL;
	if (quote)
		buf_char(out, '"');
	if (formula)
		buf_char(out, '\'');
	for (; *text; text++) {
		if (*text == '"')
			buf_char(out, '"');
		buf_char(out, *text);
	}
	if (quote)
		buf_char(out, '"');
	buf_str(out, last ? "\r\n" : ",");
}
