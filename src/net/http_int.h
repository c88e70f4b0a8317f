/* http_int.h — what the files of the HTTP transport share. Not for others, except tests and fuzz targets.
 *
 * A connection (`struct http_conn`) is known from accept to close; the sweeper thread reads its stage and times and
 * ends it when it is too slow. A request (`struct http`) lives in its own arena, which is taken from a free list when
 * the request line is in and given back by MHD's completion callback. Only the loop thread of the connection touches a
 * request; a writer thread touches its `wstate` and its memory's reference count, nothing else.
 */
#ifndef NET_HTTP_INT_H
#define NET_HTTP_INT_H
#include <pthread.h>
#include <stdatomic.h>
#include <microhttpd.h>
#include "net/http.h"

enum {
	HTTP_HEADERS_MAX = 64,
	HTTP_POOL = 8192,		  /* MHD's memory a connection */
	HTTP_POOL_ENTRY = 64,		  /* what it keeps of that for a header or query field, beside the bytes */
	HTTP_HEAD_MAX = HTTP_POOL - 2048, /* the rest must hold the answer's headers */
	HTTP_FIELDS_MAX = 256,
	HTTP_ARGS_MAX = 8,
	HTTP_FILES_MAX = 5,
	HTTP_FILE_MAX = 10 << 20,
	HTTP_ARENA_MAX = 4 << 20,
	HTTP_TEXT_MAX = HTTP_ARENA_MAX / 2, /* of what is typed into a form, which a request copies more than once */
	HTTP_TEXT_BACK = 64 << 10,	    /* of a text beyond that, to be given back */
	HTTP_READ_ON = 4, /* a form of so many times its cap is read to its end, so that its words can be given back */
	HTTP_SPARE_MAX = 64 << 10,
	HTTP_OUT_MAX = 16 << 20,
	HTTP_KEEP_BUF = 128 << 10, /* larger buffers are not kept for the next request */
	HTTP_KEEP_MEM = 256,	   /* request memories on the free list */
	HTTP_RATE_MIN = 8 << 10,   /* bytes a second a client must keep up over two time-outs, either way */
	HTTP_LINGER_MAX = 128,	   /* refused uploads whose sender is still being listened to */
	HTTP_LINGER_BYTES = 4 << 20,
	HTTP_LINGER_SECONDS = 3,
	HTTP_DRAIN_SECONDS = 3,
	HTTP_TRUSTED_MAX = 32,
};

/* ── parsing (http_parse.c): pure, a fuzz target ── */
/* Decodes %XX in place (and '+' as a blank for forms) and gives the length. `strict`: a '%' without two hex digits is
 * an error (-1); else it stands for itself, as in the URL standard. A decoded 0 byte or invalid UTF-8 is always -1. */
long pct_decode(char *s, size_t n, bool plus, bool strict);
/* The request target (RFC 9112 §3.2: origin or absolute form), cut in place into raw path and query ("" if none).
 * *decoded is the path for people: in the arena, or *raw itself when nothing was encoded. NULL or what is wrong. */
const char *target_parse(struct arena *a, char *target, char **raw, char **query, const char **decoded);
/* application/x-www-form-urlencoded, in place; the number of fields, or -1 (too many, bad UTF-8, a 0 byte). With `bad`,
 * these are mended or left out, and it is set. */
int form_parse(struct arena *a, char *s, size_t n, bool *bad, const struct http_field **out);
/* The value of a cookie in a Cookie header (RFC 6265 §4.2.1), without quotes; NULL if absent. */
char *cookie_find(struct arena *a, const char *header, const char *name);
/* The client behind trusted proxies: from the right over hops that are trusted. */
struct addr client_find(const struct addr *peer, const char *forwarded, const struct prefix *trusted, int n);
bool forwarded_parse(const char *s, size_t n, struct addr *out); /* one hop: address, address:port, [v6]:port */
bool media_type_is(const char *content_type, const char *type);
bool etag_match(const char *if_none_match, const char *etag);
bool accepts_json_first(const char *accept);
int media_weight(const char *accept, const char *type); /* http_accepts */
/* "host:port", "[v6]:port", ":port", "*:port" into the arena; false when it is none. */
bool listen_parse(struct arena *a, const char *s, char **host, char **port);

/* ── routes (http_route.c) ── */
struct router;
struct match {
	const struct route *route;
	int nargs;
	struct {
		const char *p;
		size_t n;
	} arg[HTTP_ARGS_MAX]; /* raw, as in the path */
	bool known;	      /* the path exists, perhaps with another method */
	char allow[64];
};
struct router *router_new(const struct route *const *tables, struct err *e);
void router_free(struct router *r);
/* `method` is never HEAD. The most specific pattern wins: a literal before `*` before `**`. */
void router_match(const struct router *r, const char *method, const char *path, struct match *m);

/* ── one connection ── */
enum conn_stage { CONN_IDLE, CONN_HEAD, CONN_BODY, CONN_WORK, CONN_SEND, CONN_KILLED };
struct http_conn {
	struct http_server *srv;
	struct http_conn *next, **prev; /* under srv->conns_lock */
	struct http *now;		/* the request under way; of the loop thread */
	struct http *waiting;		/* a request whose write is under way; under srv->conns_lock */
	int fd;
	struct addr peer;
	_Atomic int stage;
	_Atomic int64_t since, last; /* monotonic µs: the stage's beginning; the last byte of a body */
	_Atomic int64_t bytes;	     /* of the body so far, or of the answer */
};
/* False when the sweeper has ended the connection: nothing more may be said on it. */
bool conn_move(struct http_conn *c, enum conn_stage to, int64_t bytes);
struct sweeper;
struct sweeper *sweeper_start(struct http_server *s, struct err *e);
void sweeper_stop(struct sweeper *w);
/* Keeps reading what the peer still sends after a refusal, for a short while: closing at once would reset the
 * connection and take our answer with it. */
void linger_add(struct sweeper *w, int fd);
void conn_notify(void *cls, struct MHD_Connection *mc, void **socket_context, enum MHD_ConnectionNotificationCode what);

/* ── memory of a request ── */
struct http_mem {
	struct http_mem *next;
	struct arena *a;
	struct buf out, body;
	_Atomic int refs; /* the request, and each write under way */
};
struct http_mem *mem_take(struct http_server *s);
void mem_give(struct http_server *s, struct http_mem *m); /* s NULL: to nobody, it is freed */

/* ── one request ── */
enum http_stage { REQ_NEW, REQ_BODY, REQ_WAIT, REQ_ANSWERED };
enum body_kind { BODY_NONE, BODY_RAW, BODY_URLENCODED, BODY_MULTIPART, BODY_DROP };
enum write_state { W_RUNNING, W_SUSPENDED, W_DONE, W_ABANDONED };
struct http_header {
	const char *name, *value;
	struct http_header *next;
};
struct multipart; /* http_form.c */

struct http {
	struct http_server *srv;
	struct http_conn *c;
	struct MHD_Connection *mc;
	struct http_mem *m;
	struct arena *mem, *spare; /* spare: of an answer given while a writer still holds mem */
	int64_t begun;
	enum http_stage stage;

	char *target;	      /* a copy */
	const char *uri_seen; /* where MHD had it: to notice a 0 byte in it */
	const char *method;
	bool head, close, body_left; /* close after the answer; the body was not read */
	const char *path;
	struct match match;
	const char *arg[HTTP_ARGS_MAX];
	struct {
		const char *name, *value;
	} header[HTTP_HEADERS_MAX];
	int nheaders;
	const struct http_field *query;
	int nquery;
	struct addr client;
	int lang; /* -1 until asked */

	enum body_kind kind;
	size_t body_cap;
	struct multipart *mp;
	int fault; /* of the form; the code */
	const char *fault_why;
	bool fault_of_file;
	const struct http_field *form;
	int nform;
	struct http_file file[HTTP_FILES_MAX];
	bool file_taken[HTTP_FILES_MAX];
	int nfiles;

	struct req rq;
	struct actor who;
	struct write *write;
	void *write_arg;
	http_then then;
	_Atomic int wstate;

	int status, failed; /* failed: the code the error renderer is asked for */
	const char *why, *why_fmt, *why_inner;
	const char *type;
	struct http_header *set, **set_end;
	const void *fixed;
	size_t fixed_n;
	int file_fd; /* -1 */
	int64_t file_size;
};

struct http_server {
	const struct config *cfg;
	struct store *store;
	struct router *router;
	bool (*guard)(struct http *h, const struct route *r);
	http_error_fn error;
	void *app;
	char *tmp_dir;
	bool secure; /* cookies: public.url is https */
	enum lang lang;
	struct prefix trusted[HTTP_TRUSTED_MAX];
	int ntrusted;
	int64_t timeout; /* µs */
	struct MHD_Daemon *mhd;
	int listen_fd, port;
	struct sweeper *sweeper;

	pthread_mutex_t conns_lock, mem_lock;
	struct http_conn *conns;
	struct http_mem *mem;
	int nmem;
	_Atomic bool stopping;
	_Atomic int64_t active; /* requests between request line and completion */
	_Atomic int64_t requests, by_class[6], refused, open, usec_total;
};

/* http_server.c */
void request_end(struct http *h);
/* http_request.c */
void request_begin(struct http *h, struct MHD_Connection *mc, const char *method, const char *version);
/* http_form.c */
void body_begin(struct http *h, const char *content_type); /* chooses h->kind; may fail the request with 415 */
/* False: so much is not read to its end. A form over its cap is, up to HTTP_READ_ON times, and has a fault. */
bool body_fits(struct http *h, int64_t size);
bool body_add(struct http *h, const char *p, size_t n); /* false: over the cap, answer at once */
void body_end(struct http *h);
void body_free(struct http *h); /* parser and files that nobody took */
/* http_answer.c */
enum MHD_Result answer_send(struct http *h);
void answer_raw(struct http *h); /* past MHD, which takes no answer in the middle of a body */
bool answer_text(const char *s); /* fit for a header's value */

#endif
