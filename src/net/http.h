/* http.h — HTTP/1.1 transport over libmicrohttpd: what arrives is capped, checked and parsed here; what is said over it
 * is the fronts' business.
 *
 * A front gives a table of routes. A handler runs on an event loop thread with its read connection; it must not block.
 * It either fills the answer and returns, or hands the store a write and returns: the connection is suspended until the
 * commit, then `then` runs (on the loop thread again) with the write's outcome and fills the answer.
 *
 *	static void answer_post(struct http *h)
 *	{
 *		struct answer_form *f = …parse h…;
 *		http_write(h, desk_answer_write, f, answer_posted);
 *	}
 *
 * Refused here with 400, before any handler: two Content-Length headers, Content-Length with Transfer-Encoding, a body
 * that is longer or shorter than it says, a path that is not valid UTF-8 or holds a 0 byte or a dot segment, more than
 * 64 headers. 413 over the route's body cap, 408 for a slow client, 405 with Allow, 431 by the transport. HEAD is GET
 * without a body.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/addr.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/config.h"
#include "base/hash.h"
#include "base/lang.h"
#include "store/store.h"

struct http_field {
	const char *name, *value;
	size_t n;
};					 /* of a form or query: value is valid UTF-8 text */
struct http_file {			 /* of a multipart form */
	const char *field, *name, *type; /* as the client said; never trusted */
	const char *path;		 /* a private temporary file, removed with the request unless taken */
	struct hash sha256;
	int64_t size;
};

struct http; /* one request with its answer; lives until the answer is out */

/* ── the request ── */
const char *http_method(const struct http *h); /* GET (HEAD too), POST, … */
const char *http_path(const struct http *h);   /* decoded, without the query */
/* Was it asked under this path? Known too of a request that is refused before its path could be read. */
bool http_begins(const struct http *h, const char *path);
const char *http_arg(const struct http *h, int i); /* i-th `*` of the route's pattern, decoded; "" if none */
const char *http_header(const struct http *h, const char *name); /* NULL if absent */
const char *http_cookie(const struct http *h, const char *name);
const char *http_query(const struct http *h, const char *name); /* first value, NULL if absent */
const char *http_form(const struct http *h, const char *name);	/* first value of a POSTed form, NULL if absent */
int http_form_all(const struct http *h, const struct http_field **list);
/* What arrived is not what was sent (a file left out, a text cut or mended): why, as a sentence in the asker's language;
 * NULL if all is well. A handler that gives the form back says it there, and answers 422, which becomes the right code.
 * It need not ask: such a form starts no write, and a handler that would call it done is overruled by an error. */
const char *http_form_fault(struct http *h, bool *of_file);
int http_files(const struct http *h, const struct http_file **list);
void http_file_take(struct http *h, int i);  /* the file has a new owner (was linked elsewhere): don't remove */
struct blob http_body(const struct http *h); /* of other content types, whole */
bool http_wants_json(const struct http *h);  /* Accept names JSON before HTML */
/* The weight of a media type in Accept, in thousandths (RFC 9110 §12.5.1: that of the closest range); 0 is a refusal, −1
 * no range names it. Without the header 1000. */
int http_accepts(const struct http *h, const char *type);
const struct addr *http_client(const struct http *h); /* behind http.trusted_proxies: from X-Forwarded-For */
enum lang http_lang(const struct http *h); /* ?lang= (kept in a cookie), cookie, Accept-Language, site.lang */
struct req *http_req(struct http *h);	   /* arena, this thread's reader; who = anonymous until a front sets it */
void http_act_as(struct http *h, const struct actor *who);
void *http_app(const struct http *h); /* what the program gave http_start */

/* ── the answer ── */
void http_status(struct http *h, int code);
void http_set_header(struct http *h, const char *name, const char *value);
void http_type(struct http *h, const char *content_type);
struct buf *http_out(struct http *h); /* write the body here; ≤ 16 MB */
void http_static(struct http *h, const char *type, const void *p, size_t n, const char *etag); /* immutable bytes */
void http_send_file(struct http *h, const char *path, const char *type, const char *download_name); /* as attachment */
void http_redirect(struct http *h, const char *location);					    /* 303 */
void http_set_cookie(struct http *h, const char *name, const char *value,
		     int64_t max_age); /* HttpOnly, SameSite=Lax, Secure when public.url is https; max_age 0: of the
					  session, <0: removes */
/* The status for an err: 404, 422, 403, 409, 503 (with Retry-After), 429, 500. */
int http_code(enum st s);

/* ── writes ── */
typedef void (*http_then)(struct http *h, void *arg, const struct err *outcome);
void http_write(struct http *h, write_fn fn, void *arg, http_then then);

/* ── routes ── */
typedef void (*http_handler)(struct http *h);
enum { HTTP_FORM = 1, HTTP_JSON = 2, HTTP_STAFF = 4, HTTP_FILES = 8 }; /* what a route takes; HTTP_STAFF: see `guard` */
struct route {
	const char *method;  /* "GET", "POST" */
	const char *pattern; /* as in "/case/STAR/receipt", where STAR stands for `*`: one segment; a closing `**` is
				the rest */
	http_handler handle;
	unsigned flags;
	size_t body_max; /* 0: no body */
	const char *doc; /* one line, for /api/openapi.json and tests */
};

/* Called for every answer without a body of its own (4xx/5xx by transport or `http_fail`): a front renders it. */
typedef void (*http_error_fn)(struct http *h, int code, const char *why);
void http_fail(struct http *h, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void http_fail_err(struct http *h, const struct err *e); /* http_code + message */
/* Why it failed, in the asker's language; NULL: it is known in English only, as the error function was told. */
const char *http_why(struct http *h);

struct http_server;
struct http_opts {
	const struct config *cfg;
	struct store *store;
	const struct route *const *tables; /* NULL-terminated list of route tables, each ended by method NULL */
	bool (*guard)(struct http *h,
		      const struct route *r); /* before the handler; false: it has answered (sign-in, limits) */
	http_error_fn error;
	void *app;
	const char *tmp_dir; /* for uploads */
};
struct http_server *http_start(const struct http_opts *o, struct err *e);
int http_port(const struct http_server *s); /* the real one when the configured port was 0 */
void http_stop(struct http_server *s);	    /* stops accepting, drains what runs (≤ 3 s), then stops */

struct http_stats {
	int64_t requests, by_class[6], refused, open;
	int64_t usec_total;
};
void http_stats(const struct http_server *s, struct http_stats *out);

#endif
