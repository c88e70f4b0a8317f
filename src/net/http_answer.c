#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/phrase.h"
#include "base/text.h"
#include "net/http_int.h"

static const char retry_after[] = "5"; /* seconds, with each 503 */

/* On every answer, unless the handler said otherwise. */
static const struct {
	const char *name, *value;
} always[] = {
	{ "Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; "
				     "form-action 'self'; frame-ancestors 'none'; base-uri 'none'" },
	{ "Referrer-Policy", "no-referrer" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cache-Control", "no-store" },
};

bool answer_text(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

void http_status(struct http *h, int code)
{
	h->status = code;
}
struct buf *http_out(struct http *h)
{
	return &h->m->out;
}
void http_type(struct http *h, const char *content_type)
{
	h->type = arena_strdup(h->mem, content_type);
}

static struct http_header *header_find(const struct http *h, const char *name)
{
	struct http_header *x = h->set;
	while (x && strcasecmp(x->name, name) != 0)
		x = x->next;
	return x;
}

/* Both live as long as the request. */
static void header_link(struct http *h, const char *name, const char *value)
{
	struct http_header *x = arena_new_of(h->mem, struct http_header);
	*x = (struct http_header){ name, value, NULL };
	*h->set_end = x;
	h->set_end = &x->next;
}

static void header_append(struct http *h, const char *name, const char *value)
{
	header_link(h, arena_strdup(h->mem, name), arena_strdup(h->mem, value));
}

void http_set_header(struct http *h, const char *name, const char *value)
{
	if (!answer_text(name) || !answer_text(value)) {
		log_error("a header's value holds a control character", LOG_T("header", name));
		return;
	}
	struct http_header *x = header_find(h, name);
	if (!strcasecmp(name, "Content-Type"))
		http_type(h, value);
	else if (x && strcasecmp(name, "Set-Cookie") != 0)
		x->value = arena_strdup(h->mem, value);
	else
		header_append(h, name, value);
}

static void body_none(struct http *h)
{
	if (h->file_fd >= 0)
		close(h->file_fd);
	h->file_fd = -1;
	h->fixed = NULL;
	h->type = NULL;
	buf_reset(&h->m->out);
}

void http_static(struct http *h, const char *type, const void *p, size_t n, const char *etag)
{
	body_none(h);
	const char *quoted = *etag == '"' ? etag : arena_printf(h->mem, "\"%s\"", etag);
	const char *known = http_header(h, "If-None-Match");
	http_set_header(h, "ETag", quoted);
	if (!header_find(h, "Cache-Control"))
		http_set_header(h, "Cache-Control", "public, max-age=3600");
	if (known && etag_match(known, quoted)) {
		h->status = 304;
		return;
	}
	http_type(h, type);
	h->fixed = p;
	h->fixed_n = n;
}

static char *pct_put(char *p, char c)
{
	static const char hex[] = "0123456789ABCDEF";
	*p++ = '%';
	*p++ = hex[(unsigned char)c >> 4];
	*p++ = hex[c & 15];
	return p;
}

/* RFC 6266: an ASCII name for the old, the real one percent-encoded (RFC 8187). */
static const char *attachment(struct http *h, const char *name)
{
	size_t n = strlen(name);
	char *ascii = arena_alloc(h->mem, n + 1), *full = arena_alloc(h->mem, 3 * n + 1), *f = full;
	static const char plain[] = "-._~";
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)name[i];
		bool alnum = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
		bool safe = alnum || (c && strchr(plain, c));
		ascii[i] = safe || c == ' ' ? (char)c : '_';
		if (safe)
			*f++ = (char)c;
		else
			f = pct_put(f, (char)c);
	}
	return arena_printf(h->mem, "attachment; filename=\"%s\"; filename*=UTF-8''%s", ascii, full);
}

void http_send_file(struct http *h, const char *path, const char *type, const char *download_name)
{
	body_none(h);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat sb;
	if (fd < 0 || fstat(fd, &sb) || !S_ISREG(sb.st_mode)) {
		bool gone = fd >= 0 || errno == ENOENT || errno == ELOOP || errno == ENOTDIR;
		if (fd >= 0)
			close(fd);
		http_fail(h, gone ? 404 : 503, gone ? "the file does not exist" : "the file cannot be read right now");
		return;
	}
	h->file_fd = fd;
	h->file_size = sb.st_size;
	http_type(h, type);
	http_set_header(h, "Content-Disposition", attachment(h, download_name));
}

/* A URI reference is ASCII without blanks; what else a caller put there is encoded, so it cannot end the header. */
void http_redirect(struct http *h, const char *location)
{
	size_t n = strlen(location);
	char *uri = arena_alloc(h->mem, 3 * n + 1), *p = uri;
	for (const char *s = location; *s; s++) {
		if (*s > 0x20 && *s < 0x7f && !strchr("\"<>\\^`{|}", *s))
			*p++ = *s;
		else
			p = pct_put(p, *s);
	}
	body_none(h);
	h->status = 303;
	http_set_header(h, "Location", uri);
}

/* RFC 6265 §4.1.1 cookie-octets. */
static bool cookie_text(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s <= 0x20 || (unsigned char)*s >= 0x7f || strchr("\",;\\", *s))
			return false;
	return true;
}

void http_set_cookie(struct http *h, const char *name, const char *value, int64_t max_age)
{
	if (!*name || !cookie_text(name) || strchr(name, '=') || !cookie_text(value)) {
		log_error("a cookie holds a character it may not", LOG_T("cookie", name));
		return;
	}
	char age[40] = "";
	if (max_age)
		snprintf(age, sizeof age, "; Max-Age=%lld", max_age < 0 ? 0LL : (long long)max_age);
	http_set_header(h, "Set-Cookie",
			arena_printf(h->mem, "%s=%s; Path=/; HttpOnly; SameSite=Lax%s%s", name, value, age,
				     h->srv->secure ? "; Secure" : ""));
}

int http_code(enum st s)
{
	switch (s) {
	case ST_OK:
		return 200;
	case ST_NOTFOUND:
		return 404;
	case ST_INVALID:
		return 422;
	case ST_DENIED:
		return 403;
	case ST_CONFLICT:
		return 409;
	case ST_BUSY:
		return 503;
	case ST_LIMIT:
		return 429;
	case ST_INTERNAL:
		return 500;
	}
	return 500;
}

void http_fail(struct http *h, int code, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	h->why = arena_vprintf(h->mem, fmt, ap);
	va_end(ap);
	h->why_fmt = fmt;
	h->why_inner = NULL;
	body_none(h);
	h->status = h->failed = code;
	if (code == 503)
		http_set_header(h, "Retry-After", retry_after);
}

void http_fail_err(struct http *h, const struct err *e)
{
	http_fail(h, http_code(e->code), "%s", e->msg);
	h->why_fmt = e->fmt;
	h->why_inner = e->inner;
}

const char *http_why(struct http *h)
{
	enum lang l = http_lang(h);
	if (!h->why || l == LANG_EN)
		return h->why;
	const char *whole = tr(l, h->why);
	return whole != h->why ? whole : message_say(h->mem, l, h->why_fmt, h->why_inner, h->why);
}

static bool has_body(const struct http *h)
{
	return h->fixed || h->file_fd >= 0 || h->m->out.n;
}

/* The form's handler gave it back, or did not see that it is not whole. */
static void fault_render(struct http *h)
{
	if (h->status < 400)
		http_fail(h, h->fault, "%s", h->fault_why);
	else if (h->status == 422)
		h->status = h->fault;
	if (h->status == 503)
		http_set_header(h, "Retry-After", retry_after);
}

/* A failure gets its page; an answer that outgrew its caps becomes a failure first. */
static void answer_render(struct http *h)
{
	if (arena_over(h->mem) && !h->failed)
		http_fail(h, http_code(ST_LIMIT), N_("the answer needs more memory than a request may use"));
	if (h->m->out.bad)
		http_fail(h, 500, N_("the answer is too large"));
	if (!h->failed && h->status >= 400 && !has_body(h))
		h->failed = h->status;
	if (h->fault && !h->failed)
		fault_render(h);
	if (h->failed && !has_body(h)) {
		int code = h->failed;
		if (h->srv->error)
			h->srv->error(h, code, h->why ? h->why : "");
		h->status = code;
		if (!has_body(h) || h->m->out.bad) {
			body_none(h);
			const char *reason = MHD_get_reason_phrase_for((unsigned)code);
			buf_printf(&h->m->out, "%d %s\n%s\n", code, reason ? reason : "", h->why ? h->why : "");
		}
	}
	if (!h->type && has_body(h))
		h->type = "text/plain; charset=utf-8";
	for (size_t i = 0; i < sizeof always / sizeof *always; i++)
		if (!header_find(h, always[i].name))
			header_link(h, always[i].name, always[i].value);
	if (h->type)
		header_link(h, "Content-Type", h->type);
	if (h->close || atomic_load(&h->srv->stopping)) {
		h->close = true;
		header_link(h, "Connection", "close");
	}
}

/* Paths hold tokens: the log says the pattern. */
static void answer_count(struct http *h)
{
	struct http_server *s = h->srv;
	int64_t usec = clock_mono() - h->begun;
	atomic_fetch_add(&s->requests, 1);
	atomic_fetch_add(&s->usec_total, usec);
	atomic_fetch_add(&s->by_class[h->status >= 100 && h->status < 600 ? h->status / 100 : 0], 1);
	LOG_CALL(LOG_DEBUG, "http", LOG_T("method", h->head ? "HEAD" : h->method),
		 LOG_T("route", h->match.route ? h->match.route->pattern : "-"), LOG_N("status", h->status),
		 LOG_N("usec", usec));
}

static struct MHD_Response *response_make(struct http *h, int64_t *size)
{
	if (h->file_fd >= 0) {
		*size = h->file_size;
		struct MHD_Response *r = MHD_create_response_from_fd64((uint64_t)h->file_size, h->file_fd);
		if (r)
			h->file_fd = -1; /* MHD closes it */
		return r;
	}
	const void *p = h->fixed ? h->fixed : buf_cstr(&h->m->out);
	size_t n = h->fixed ? h->fixed_n : h->m->out.n;
	*size = (int64_t)n;
	/* Persistent: request memory lives until the completion callback. */
	return MHD_create_response_from_buffer(n, (void *)(uintptr_t)p, MHD_RESPMEM_PERSISTENT);
}

enum MHD_Result answer_send(struct http *h)
{
	int64_t size;
	answer_render(h);
	struct MHD_Response *r = response_make(h, &size);
	if (!r)
		return MHD_NO;
	for (const struct http_header *x = h->set; x; x = x->next)
		MHD_add_response_header(r, x->name, x->value);
	h->stage = REQ_ANSWERED;
	answer_count(h);
	enum MHD_Result ok =
		conn_move(h->c, CONN_SEND, size) ? MHD_queue_response(h->mc, (unsigned)h->status, r) : MHD_NO;
	MHD_destroy_response(r);
	return ok;
}

void answer_raw(struct http *h)
{
	h->close = true;
	answer_render(h);
	h->stage = REQ_ANSWERED;
	answer_count(h);
	if (!conn_move(h->c, CONN_SEND, 0))
		return;
	BUF_SCOPE head = BUF_INIT;
	const char *reason = MHD_get_reason_phrase_for((unsigned)h->status);
	buf_printf(&head, "HTTP/1.1 %d %s\r\nContent-Length: %zu\r\n", h->status, reason ? reason : "", h->m->out.n);
	for (const struct http_header *x = h->set; x; x = x->next)
		buf_printf(&head, "%s: %s\r\n", x->name, x->value);
	buf_str(&head, "\r\n");
	buf_add(&head, buf_cstr(&h->m->out), h->m->out.n);
	/* The socket's buffer is empty here, so an error page goes in whole; if not, the client learns by the close. */
	(void)!send(h->c->fd, buf_cstr(&head), head.n, MSG_DONTWAIT | MSG_NOSIGNAL);
}
