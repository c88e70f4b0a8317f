/* httpworld.h — the HTTP transport for tests: a store that is a fake here, routes that do every kind of thing, a small
 * client, and a server that is started and stopped. */
#ifndef TESTS_HTTPWORLD_H
#define TESTS_HTTPWORLD_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/clock.h"
#include "net/http_int.h"

/* ── a store that answers after `delay` µs, or never until told ── */
struct store {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	struct write *first, **last;
	pthread_t thread;
	int delay, running;
	bool stop, hold, full, away;
	int done;
};
static struct store store;
const struct actor actor_anonymous = { .id = "anonymous" };
struct db *store_reader(struct store *s, struct err *e)
{
	return s->away ? NULL : (struct db *)s;
}
void store_reader_done(struct store *s) {}

enum st store_submit(struct store *s, struct write *w)
{
	pthread_mutex_lock(&s->lock);
	bool full = s->full;
	if (!full) {
		w->next = NULL;
		*s->last = w;
		s->last = &w->next;
		pthread_cond_signal(&s->cond);
	}
	pthread_mutex_unlock(&s->lock);
	return full ? ST_BUSY : ST_OK;
}

static inline void *store_run(void *arg)
{
	struct store *s = arg;
	pthread_mutex_lock(&s->lock);
	while (!s->stop || s->first) {
		if (!s->first || s->hold) {
			pthread_cond_wait(&s->cond, &s->lock);
			continue;
		}
		struct write *w = s->first;
		s->first = w->next;
		if (!s->first)
			s->last = &s->first;
		int delay = s->delay;
		pthread_mutex_unlock(&s->lock);
		if (delay)
			usleep((useconds_t)delay);
		struct req rq = { .mem = w->mem, .who = &w->who };
		w->err.code = w->fn(&rq, w->arg);
		snprintf(w->err.msg, sizeof w->err.msg, "%s", rq.err.msg);
		w->done(w);
		pthread_mutex_lock(&s->lock);
		s->done++;
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

static inline void store_set(bool hold, bool full, bool away, int delay)
{
	pthread_mutex_lock(&store.lock);
	store.hold = hold;
	store.full = full;
	store.away = away;
	store.delay = delay;
	pthread_cond_signal(&store.cond);
	pthread_mutex_unlock(&store.lock);
}

/* ── the routes under test ── */
static inline void get_hello(struct http *h)
{
	buf_str(http_out(h), "hello");
}
static inline void get_arg(struct http *h)
{
	buf_printf(http_out(h), "%s|%s|%s", http_path(h), http_arg(h, 0), http_arg(h, 1));
}
static inline void get_new(struct http *h)
{
	buf_str(http_out(h), "new");
}
static inline void get_query(struct http *h)
{
	const char *v = http_query(h, "q");
	buf_printf(http_out(h), "q=%s", v ? v : "(none)");
}
static inline void get_who(struct http *h)
{
	char text[ADDR_TEXT];
	const char *cookie = http_cookie(h, "session");
	buf_printf(http_out(h), "%s %s json=%d cookie=%s who=%s", addr_text(http_client(h), text),
		   lang_tag(http_lang(h)), http_wants_json(h), cookie ? cookie : "-", http_req(h)->who->id);
}
static inline void get_static(struct http *h)
{
	http_static(h, "text/css", "p { }", 5, "abc");
}
static char temp_dir[] = "/tmp/net_http-XXXXXX";
static inline void get_file(struct http *h)
{
	char path[64];
	snprintf(path, sizeof path, "%s/%s", temp_dir, http_arg(h, 0));
	http_send_file(h, path, "text/csv", "報告 \"1\".csv");
}
static inline void get_redirect(struct http *h)
{
	http_set_cookie(h, "a", "1", 0);
	http_set_cookie(h, "b", "2", -1);
	http_set_cookie(h, "bad", "x;y", 0);
	http_set_header(h, "X-Bad", "a\r\nX-Evil: 1");
	http_redirect(h, "/next?x=\r\nX-Evil: 1");
}
static inline void get_fail(struct http *h)
{
	struct err e;
	err_set(&e, ST_CONFLICT, "someone was faster");
	buf_str(http_out(h), "half a page");
	http_fail_err(h, &e);
}
static inline void get_huge(struct http *h)
{
	for (int i = 0; i < 17 << 10; i++)
		buf_printf(http_out(h), "%1024d", i);
}
static inline void get_hungry(struct http *h)
{
	arena_alloc(http_req(h)->mem, 5 << 20);
	buf_str(http_out(h), "?");
}
static inline void post_form(struct http *h)
{
	const struct http_field *f;
	const struct http_file *x;
	int n = http_form_all(h, &f), files = http_files(h, &x);
	for (int i = 0; i < n; i++)
		buf_printf(http_out(h), "%s=%s;", f[i].name, f[i].value);
	for (int i = 0; i < files; i++) {
		struct stat sb;
		char hex[65];
		assert_int_equal(stat(x[i].path, &sb), 0);
		assert_int_equal(sb.st_mode & 0777, 0600);
		assert_int_equal(sb.st_size, x[i].size);
		buf_printf(http_out(h), "[%s %s %s %lld %.8s]", x[i].field, x[i].name, x[i].type, (long long)x[i].size,
			   hash_hex(&x[i].sha256, hex));
	}
	if (http_form(h, "take"))
		http_file_take(h, 0);
}
static inline void post_body(struct http *h)
{
	buf_printf(http_out(h), "%zu bytes", http_body(h).n);
}

static inline enum st do_write(struct req *rq, void *arg)
{
	int *n = arg;
	arena_alloc(rq->mem, 100);
	return ++*n < 100 ? ST_OK : err_set(&rq->err, ST_CONFLICT, "too many");
}
static inline void written_again(struct http *h, void *arg, const struct err *outcome)
{
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		buf_printf(http_out(h), "written %d", *(int *)arg);
}
static inline void written(struct http *h, void *arg, const struct err *outcome)
{
	if (!outcome->code && http_query(h, "twice"))
		http_write(h, do_write, arg, written_again);
	else
		written_again(h, arg, outcome);
}
static inline void write_something(struct http *h)
{
	int *n = arena_new_of(http_req(h)->mem, int);
	*n = http_query(h, "conflict") ? 99 : 0;
	http_write(h, do_write, n, written);
}

static const struct route routes[] = {
	{ "GET", "/hello", get_hello, 0, 0, "" },
	{ "GET", "/case/*", get_arg, 0, 0, "" },
	{ "GET", "/case/new", get_new, 0, 0, "" },
	{ "POST", "/case/new", get_new, 0, 100, "" },
	{ "GET", "/case/*/file/*", get_arg, 0, 0, "" },
	{ "GET", "/tile/**", get_arg, 0, 0, "" },
	{ "GET", "/query", get_query, 0, 0, "" },
	{ "GET", "/who", get_who, 0, 0, "" },
	{ "GET", "/style.css", get_static, 0, 0, "" },
	{ "GET", "/file/*", get_file, 0, 0, "" },
	{ "GET", "/redirect", get_redirect, 0, 0, "" },
	{ "GET", "/fail", get_fail, 0, 0, "" },
	{ "GET", "/huge", get_huge, 0, 0, "" },
	{ "GET", "/hungry", get_hungry, 0, 0, "" },
	{ "GET", "/staff", get_hello, HTTP_STAFF, 0, "" },
	{ "POST", "/form", post_form, HTTP_FORM, 65536, "" },
	{ "POST", "/files", post_form, HTTP_FORM | HTTP_FILES, 40 << 20, "" },
	{ "POST", "/json", post_body, HTTP_JSON, 1000, "" },
	{ "POST", "/raw", post_body, 0, 300000, "" },
	{ "POST", "/write", write_something, 0, 1000, "" },
	{ "GET", "/write", write_something, 0, 0, "" },
	{ NULL },
};
static const struct route *const tables[] = { routes, NULL };

static inline bool guard(struct http *h, const struct route *r)
{
	if (!(r->flags & HTTP_STAFF))
		return true;
	http_redirect(h, "/sign-in");
	return false;
}
static inline void render_error(struct http *h, int code, const char *why)
{
	http_type(h, "text/html; charset=utf-8");
	buf_printf(http_out(h), "<h1>%d</h1><p>%s lang=%s", code, why, lang_tag(http_lang(h)));
}

/* ── a small client ── */
static struct config cfg;
static struct http_server *server;

static inline int dial(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(server)) };
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof sa), 0);
	return fd;
}

static inline void tell(int fd, const void *p, size_t n)
{
	for (const char *s = p; n;) {
		ssize_t k = send(fd, s, n, MSG_NOSIGNAL);
		if (k <= 0)
			return; /* refused in the middle: the answer is what counts */
		s += k;
		n -= (size_t)k;
	}
}

struct reply {
	int code;   /* 0: closed without an answer */
	char *head; /* the whole, cut after the headers */
	char *body;
	size_t n;
	char text[70000];
};

static inline bool more(int fd, struct reply *r)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	if (r->n + 1 >= sizeof r->text || poll(&p, 1, 10000) != 1)
		return false;
	ssize_t k = recv(fd, r->text + r->n, sizeof r->text - 1 - r->n, 0);
	if (k <= 0)
		return false;
	r->n += (size_t)k;
	r->text[r->n] = 0;
	return true;
}

static inline const char *head_of(const struct reply *r, const char *name)
{
	static char value[1024];
	size_t n = strlen(name);
	for (const char *p = r->head; (p = strstr(p, "\r\n"));) {
		p += 2;
		if (!strncasecmp(p, name, n) && p[n] == ':') {
			snprintf(value, sizeof value, "%.*s", (int)strcspn(p + n + 2, "\r"), p + n + 2);
			return value;
		}
	}
	return NULL;
}

static struct reply r; /* of the last question */

/* Reads one answer; `bodyless` for HEAD. */
static inline int hear_as(int fd, bool bodyless)
{
	r.code = 0;
	r.n = 0;
	r.text[0] = 0;
	r.head = r.body = r.text;
	char *end;
	while (!(end = strstr(r.text, "\r\n\r\n")))
		if (!more(fd, &r))
			return 0;
	r.body = end + 4;
	end[2] = 0;
	r.code = (int)strtol(r.text + strlen("HTTP/1.1 "), NULL, 10);
	if (r.code == 100) {
		memmove(r.text, r.body, r.n -= (size_t)(r.body - r.text));
		r.text[r.n] = 0;
		assert_int_equal(r.n, 0);
		return hear_as(fd, bodyless);
	}
	const char *length = head_of(&r, "Content-Length");
	size_t want = length && !bodyless ? strtoul(length, NULL, 10) : 0;
	while ((size_t)(r.text + r.n - r.body) < want)
		if (!more(fd, &r))
			break;
	return r.code;
}
static inline int hear(int fd)
{
	return hear_as(fd, false);
}

static inline bool closed(int fd)
{
	char c;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	return poll(&p, 1, 6000) == 1 && recv(fd, &c, 1, 0) <= 0;
}

static inline int ask_n(const char *p, size_t n)
{
	int fd = dial();
	tell(fd, p, n);
	int code = hear(fd);
	close(fd);
	return code;
}
static inline int ask(const char *text)
{
	return ask_n(text, strlen(text));
}
#define H "Host: t\r\n"
static inline int get(const char *path)
{
	char text[9000];
	snprintf(text, sizeof text, "GET %s HTTP/1.1\r\n" H "\r\n", path);
	return ask(text);
}
static inline int post(const char *path, const char *type, const char *body, size_t n)
{
	char *text = malloc(n + 600);
	int k = snprintf(text, 600, "POST %s HTTP/1.1\r\n" H "%s%s%sContent-Length: %zu\r\n\r\n", path,
			 type ? "Content-Type: " : "", type ? type : "", type ? "\r\n" : "", n);
	memcpy(text + k, body, n);
	int code = ask_n(text, (size_t)k + n);
	free(text);
	return code;
}
#define URLENC "application/x-www-form-urlencoded"
#define posts(path, type, body) post(path, type, body, strlen(body))

static inline int files_left(void)
{
	int n = 0;
	DIR *d = opendir(temp_dir);
	for (struct dirent *e; (e = readdir(d));)
		n += !strncmp(e->d_name, "upload-", 7);
	closedir(d);
	return n;
}
/* The completion callback comes after the answer. */
static inline void assert_files_left(int want)
{
	for (int i = 0; i < 200 && files_left() != want; i++)
		usleep(10000);
	assert_int_equal(files_left(), want);
}

static inline int start(void **state)
{
	struct err e = { 0 };
	cfg = (struct config){ .http_listen = "127.0.0.1:0",
			       .http_trusted_proxies = "127.0.0.0/8, 10.0.0.0/8",
			       .http_threads = 2,
			       .http_connections = 200,
			       .http_body_max = 52 << 20,
			       .http_timeout = 1,
			       .public_url = "https://example.tw",
			       .site_lang = "en" };
	store = (struct store){ .lock = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER };
	store.last = &store.first;
	pthread_create(&store.thread, NULL, store_run, &store);
	const struct http_opts o = { .cfg = &cfg,
				     .store = &store,
				     .tables = tables,
				     .guard = guard,
				     .error = render_error,
				     .tmp_dir = temp_dir };
	server = http_start(&o, &e);
	if (!server)
		fail_msg("%s", e.msg);
	assert_true(http_port(server) > 0);
	return 0;
}

static inline void store_end(void)
{
	store_set(false, false, false, 0);
	pthread_mutex_lock(&store.lock);
	store.stop = true;
	pthread_cond_signal(&store.cond);
	pthread_mutex_unlock(&store.lock);
	pthread_join(store.thread, NULL);
}

static inline int stop(void **state)
{
	int64_t begun = clock_mono();
	http_stop(server);
	assert_true(clock_mono() - begun < 2 * 1000000); /* no request was forgotten */
	server = NULL;
	store_end();
	return 0;
}

static inline void folder_end(void)
{
	char path[64];
	DIR *d = opendir(temp_dir);
	for (struct dirent *e; (e = readdir(d));) {
		snprintf(path, sizeof path, "%s/%.30s", temp_dir, e->d_name);
		unlink(path);
	}
	closedir(d);
	rmdir(temp_dir);
}

#endif
