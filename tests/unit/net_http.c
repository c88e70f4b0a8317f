/* The HTTP transport over real sockets, with a store that is only a queue and a thread. */
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

static void *store_run(void *arg)
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

static void store_set(bool hold, bool full, bool away, int delay)
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
static void get_hello(struct http *h)
{
	buf_str(http_out(h), "hello");
}
static void get_arg(struct http *h)
{
	buf_printf(http_out(h), "%s|%s|%s", http_path(h), http_arg(h, 0), http_arg(h, 1));
}
static void get_new(struct http *h)
{
	buf_str(http_out(h), "new");
}
static void get_query(struct http *h)
{
	const char *v = http_query(h, "q");
	buf_printf(http_out(h), "q=%s", v ? v : "(none)");
}
static void get_who(struct http *h)
{
	char text[ADDR_TEXT];
	const char *cookie = http_cookie(h, "session");
	buf_printf(http_out(h), "%s %s json=%d cookie=%s who=%s", addr_text(http_client(h), text),
		   lang_tag(http_lang(h)), http_wants_json(h), cookie ? cookie : "-", http_req(h)->who->id);
}
static void get_static(struct http *h)
{
	http_static(h, "text/css", "p { }", 5, "abc");
}
static char temp_dir[] = "/tmp/net_http-XXXXXX";
static void get_file(struct http *h)
{
	char path[64];
	snprintf(path, sizeof path, "%s/%s", temp_dir, http_arg(h, 0));
	http_send_file(h, path, "text/csv", "報告 \"1\".csv");
}
static void get_redirect(struct http *h)
{
	http_set_cookie(h, "a", "1", 0);
	http_set_cookie(h, "b", "2", -1);
	http_set_cookie(h, "bad", "x;y", 0);
	http_set_header(h, "X-Bad", "a\r\nX-Evil: 1");
	http_redirect(h, "/next?x=\r\nX-Evil: 1");
}
static void get_fail(struct http *h)
{
	struct err e;
	err_set(&e, ST_CONFLICT, "someone was faster");
	buf_str(http_out(h), "half a page");
	http_fail_err(h, &e);
}
static void get_huge(struct http *h)
{
	for (int i = 0; i < 17 << 10; i++)
		buf_printf(http_out(h), "%1024d", i);
}
static void get_hungry(struct http *h)
{
	arena_alloc(http_req(h)->mem, 5 << 20);
	buf_str(http_out(h), "?");
}
static void post_form(struct http *h)
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
static void post_body(struct http *h)
{
	buf_printf(http_out(h), "%zu bytes", http_body(h).n);
}

static enum st do_write(struct req *rq, void *arg)
{
	int *n = arg;
	arena_alloc(rq->mem, 100);
	return ++*n < 100 ? ST_OK : err_set(&rq->err, ST_CONFLICT, "too many");
}
static void written_again(struct http *h, void *arg, const struct err *outcome)
{
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		buf_printf(http_out(h), "written %d", *(int *)arg);
}
static void written(struct http *h, void *arg, const struct err *outcome)
{
	if (!outcome->code && http_query(h, "twice"))
		http_write(h, do_write, arg, written_again);
	else
		written_again(h, arg, outcome);
}
static void write_something(struct http *h)
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

static bool guard(struct http *h, const struct route *r)
{
	if (!(r->flags & HTTP_STAFF))
		return true;
	http_redirect(h, "/sign-in");
	return false;
}
static void render_error(struct http *h, int code, const char *why)
{
	http_type(h, "text/html; charset=utf-8");
	buf_printf(http_out(h), "<h1>%d</h1><p>%s lang=%s", code, why, lang_tag(http_lang(h)));
}

/* ── a small client ── */
static struct config cfg;
static struct http_server *server;

static int dial(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(server)) };
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof sa), 0);
	return fd;
}

static void tell(int fd, const void *p, size_t n)
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

static bool more(int fd, struct reply *r)
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

static const char *head_of(const struct reply *r, const char *name)
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
static int hear_as(int fd, bool bodyless)
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
static int hear(int fd)
{
	return hear_as(fd, false);
}

static bool closed(int fd)
{
	char c;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	return poll(&p, 1, 6000) == 1 && recv(fd, &c, 1, 0) <= 0;
}

static int ask_n(const char *p, size_t n)
{
	int fd = dial();
	tell(fd, p, n);
	int code = hear(fd);
	close(fd);
	return code;
}
static int ask(const char *text)
{
	return ask_n(text, strlen(text));
}
#define H "Host: t\r\n"
static int get(const char *path)
{
	char text[9000];
	snprintf(text, sizeof text, "GET %s HTTP/1.1\r\n" H "\r\n", path);
	return ask(text);
}
static int post(const char *path, const char *type, const char *body, size_t n)
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

static int files_left(void)
{
	int n = 0;
	DIR *d = opendir(temp_dir);
	for (struct dirent *e; (e = readdir(d));)
		n += !strncmp(e->d_name, "upload-", 7);
	closedir(d);
	return n;
}
/* The completion callback comes after the answer. */
static void assert_files_left(int want)
{
	for (int i = 0; i < 200 && files_left() != want; i++)
		usleep(10000);
	assert_int_equal(files_left(), want);
}

static int start(void **state)
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

static void store_end(void)
{
	store_set(false, false, false, 0);
	pthread_mutex_lock(&store.lock);
	store.stop = true;
	pthread_cond_signal(&store.cond);
	pthread_mutex_unlock(&store.lock);
	pthread_join(store.thread, NULL);
}

static int stop(void **state)
{
	int64_t begun = clock_mono();
	http_stop(server);
	assert_true(clock_mono() - begun < 2 * 1000000); /* no request was forgotten */
	server = NULL;
	store_end();
	return 0;
}

/* ── tests ── */
static void plain(void **state)
{
	assert_int_equal(get("/hello"), 200);
	assert_string_equal(r.body, "hello");
	assert_non_null(strstr(head_of(&r, "Content-Security-Policy"), "default-src 'none'"));
	assert_string_equal(head_of(&r, "Referrer-Policy"), "no-referrer");
	assert_string_equal(head_of(&r, "X-Content-Type-Options"), "nosniff");
	assert_string_equal(head_of(&r, "Cross-Origin-Opener-Policy"), "same-origin");
	assert_string_equal(head_of(&r, "Cache-Control"), "no-store");
	assert_int_equal(get("http://example.tw/hello"), 200);
	assert_int_equal(get("/staff"), 303);
	assert_string_equal(head_of(&r, "Location"), "/sign-in");
}

static void routes_match(void **state)
{
	assert_int_equal(get("/case/new"), 200);
	assert_string_equal(r.body, "new");
	assert_int_equal(get("/case/NC-1"), 200);
	assert_string_equal(r.body, "/case/NC-1|NC-1|");
	assert_int_equal(get("/case/a/file/192.0.2.0%2F24"), 200);
	assert_string_equal(r.body, "/case/a/file/192.0.2.0/24|a|192.0.2.0/24");
	assert_int_equal(get("/tile/0/x001/067.p/3?x"), 200);
	assert_string_equal(r.body, "/tile/0/x001/067.p/3|0/x001/067.p/3|");
	assert_int_equal(get("/case/%E7%AB%B9"), 200);
	assert_string_equal(r.body, "/case/竹|竹|");
	assert_int_equal(get("/case/"), 404);
	assert_int_equal(get("/case"), 404);
	assert_int_equal(get("/hello/"), 404);
	assert_non_null(strstr(r.body, "<h1>404</h1>"));
	assert_string_equal(head_of(&r, "Content-Type"), "text/html; charset=utf-8");
	assert_non_null(head_of(&r, "Content-Security-Policy"));
	assert_int_equal(posts("/hello", NULL, ""), 405);
	assert_string_equal(head_of(&r, "Allow"), "GET, HEAD");
	assert_int_equal(ask("DELETE /case/new HTTP/1.1\r\n" H "\r\n"), 405);
	assert_string_equal(head_of(&r, "Allow"), "GET, HEAD, POST");
	assert_int_equal(ask("BREW /nothing HTTP/1.1\r\n" H "\r\n"), 404);
}

static void bad_paths(void **state)
{
	static const char *const bad[] = {
		"/../etc/passwd",   "/case/..",	     "/case/.",		"/case/%2e%2E",
		"/case/a%2F..%2Fb", "/tile/a/../b",  "/case/%00",	"/case/%zz",
		"/case/%4",	    "/case/%ff",     "/case/%ed%a0%80", "/case/\xff",
		"/case/%0d%0aX",    "/case/\\..\\",  "hello",		"*",
		"ftp://a/hello",    "http:///hello", "/query?q=%ff",	"/query?q=%00",
		"/query?%ff=1",	    "/case/%c0%ae",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		int code = get(bad[i]);
		if (code != 400)
			fail_msg("%s gave %d", bad[i], code);
		assert_non_null(strstr(r.body, "<h1>400"));
	}
	static const char zero[] = "GET /hello\0/more HTTP/1.1\r\n" H "\r\n";
	assert_int_equal(ask_n(zero, sizeof zero - 1), 400);
	static const char zero2[] = "GET /hello\0 HTTP/1.1\r\n" H "\r\n";
	assert_int_equal(ask_n(zero2, sizeof zero2 - 1), 400);
}

static void queries(void **state)
{
	assert_int_equal(get("/query?q=a+b%20%E7%AB%B9&q=2"), 200);
	assert_string_equal(r.body, "q=a b 竹");
	assert_int_equal(get("/query?q"), 200);
	assert_string_equal(r.body, "q=");
	assert_int_equal(get("/query?q=100%"), 200);
	assert_string_equal(r.body, "q=100%");
	assert_int_equal(get("/query"), 200);
	assert_string_equal(r.body, "q=(none)");
	BUF_SCOPE many = BUF_INIT; /* a query's fields take room in MHD's pool, an answer must find some left */
	buf_str(&many, "/query?q=x");
	for (int i = 0; i < 300; i++) {
		buf_str(&many, "&a=1");
		int code = i % 10 == 9 ? get(many.p) : 200;
		if (code != 200 && (i < 40 || code == 500))
			fail_msg("a query of %d fields gave %d", i, code);
	}
}

static void bad_framing(void **state)
{
	static const char *const bad[] = {
		"POST /raw HTTP/1.1\r\n" H "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
		"POST /raw HTTP/1.1\r\n" H "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
		"POST /raw HTTP/1.1\r\n" H "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST /raw HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
		"POST /raw HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		"POST /raw HTTP/1.1\r\n" H "Transfer-Encoding: identity\r\n\r\nabc",
		"POST /raw HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST /raw HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST /raw HTTP/1.1\r\n" H "Content-Length: -1\r\n\r\n",
		"POST /raw HTTP/1.1\r\n" H "Content-Length: 3, 3\r\n\r\nabc",
		"POST /raw HTTP/1.1\r\n" H "Content-Length: 0x3\r\n\r\nabc",
		"POST /raw HTTP/1.1\r\n" H "Content-Length: +3\r\n\r\nabc",
		"GET /hello HTTP/1.1\r\n" H "Host: other\r\n\r\n",
		"GET /hello HTTP/1.1\r\n\r\n",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		int fd = dial();
		tell(fd, bad[i], strlen(bad[i]));
		int code = hear(fd);
		if (code != 400 || !closed(fd))
			fail_msg("%s gave %d", bad[i], code);
		close(fd);
	}
}

static void fill(struct buf *b, int n)
{
	while (n--)
		buf_char(b, 'a');
}

static void header_limits(void **state)
{
	BUF_SCOPE q = BUF_INIT;
	for (int n = 62; n <= 64; n++) {
		buf_reset(&q);
		buf_str(&q, "GET /hello HTTP/1.1\r\n" H);
		for (int i = 0; i < n; i++)
			buf_printf(&q, "x%d: y\r\n", i);
		buf_str(&q, "\r\n");
		assert_int_equal(ask(q.p), n < 64 ? 200 : 400);
	}
	for (int size = 1000; size < 16000; size += 250) {
		buf_reset(&q);
		buf_str(&q, "GET /hello HTTP/1.1\r\n" H "x: ");
		fill(&q, size);
		buf_str(&q, "\r\n\r\n");
		int code = ask(q.p);
		if (code != (size <= 5750 ? 200 : 431))
			fail_msg("a header of %d bytes gave %d", size, code);
	}
	for (int size = 1000; size < 16000; size += 500) {
		buf_reset(&q);
		buf_str(&q, "GET /hello?");
		fill(&q, size);
		buf_str(&q, " HTTP/1.1\r\n" H "\r\n");
		int code = ask(q.p);
		if (code != (size < 5900 ? 200 : size > 8200 ? 414 : code) || code / 100 == 5)
			fail_msg("a request line of %d bytes gave %d", size, code);
	}
}

static void keep_alive_and_head(void **state)
{
	int fd = dial();
	for (int i = 0; i < 5; i++) {
		tell(fd, "GET /hello HTTP/1.1\r\n" H "\r\n", 32);
		assert_int_equal(hear(fd), 200);
		tell(fd, "HEAD /hello HTTP/1.1\r\n" H "\r\n", 33);
		assert_int_equal(hear_as(fd, true), 200);
		assert_string_equal(head_of(&r, "Content-Length"), "5");
		assert_int_equal(r.text + r.n - r.body, 0);
		const char *q = "POST /form HTTP/1.1\r\n" H "Content-Type: " URLENC "\r\nContent-Length: 3\r\n\r\na=b";
		tell(fd, q, strlen(q));
		assert_int_equal(hear(fd), 200);
		assert_string_equal(r.body, "a=b;");
		tell(fd, "GET /nothing HTTP/1.1\r\n" H "\r\n", 34);
		assert_int_equal(hear(fd), 404);
		const char *w = "POST /write HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\nx";
		tell(fd, w, strlen(w));
		assert_int_equal(hear(fd), 200);
		const char *c =
			"POST /raw HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
		tell(fd, c, strlen(c));
		assert_int_equal(hear(fd), 200);
		assert_string_equal(r.body, "5 bytes");
	}
	close(fd);
	fd = dial(); /* pipelined */
	tell(fd, "GET /hello HTTP/1.1\r\n" H "\r\nGET /case/2 HTTP/1.1\r\n" H "Connection: close\r\n\r\n", 84);
	hear(fd);
	while (more(fd, &r))
		;
	assert_non_null(strstr(r.body, "hello"));
	assert_non_null(strstr(r.body, "/case/2|2|"));
	close(fd);
}

static void forms(void **state)
{
	assert_int_equal(posts("/form", URLENC, "a=1&b=%E7%AB%B9+x&c=&d&&e=a%3Db"), 200);
	assert_string_equal(r.body, "a=1;b=竹 x;c=;d=;e=a=b;");
	assert_int_equal(posts("/form", URLENC "; charset=UTF-8", ""), 200);
	BUF_SCOPE many = BUF_INIT;
	for (int i = 0; i < 300; i++)
		buf_str(&many, "&a=1");
	assert_int_equal(posts("/form", URLENC, many.p), 400);
	assert_int_equal(posts("/form", URLENC, "a=%ff"), 400);
	assert_int_equal(posts("/form", URLENC, "a=%00"), 400);
	assert_int_equal(posts("/form", URLENC, "a=\xc3"), 400);
	assert_int_equal(posts("/form", "text/plain", "a=1"), 415);
	assert_int_equal(posts("/form", NULL, "a=1"), 415);
	assert_int_equal(posts("/form", NULL, ""), 415);
	assert_int_equal(posts("/form", "application/json", "{}"), 415);
	assert_int_equal(posts("/form", URLENC "x", "a=1"), 415);
	assert_int_equal(posts("/json", "application/json", "{}"), 200);
	assert_string_equal(r.body, "2 bytes");
	assert_int_equal(posts("/json", "application/json; charset=utf-8", "{}"), 200);
	assert_int_equal(posts("/json", "application/json", "\"\xff\""), 400);
	assert_int_equal(posts("/json", "text/plain", "{}"), 415);
	assert_int_equal(posts("/json", URLENC, "{}"), 415);
	assert_int_equal(posts("/raw", NULL, "xyz"), 200);
}

#define MULTI "multipart/form-data; boundary=XX"
#define PART(name) "--XX\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n"
#define FILE_PART(name, file)                                                                                          \
	"--XX\r\nContent-Disposition: form-data; name=\"" name "\"; filename=\"" file                                  \
	"\"\r\nContent-Type: text/plain\r\n\r\n"

/* The same bytes, however they are cut. */
static int post_slowly(const char *path, const char *body, size_t piece)
{
	char head[300];
	size_t n = strlen(body);
	int fd = dial(), on = 1;
	setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof on);
	int k = snprintf(head, sizeof head,
			 "POST %s HTTP/1.1\r\n" H "Content-Type: " MULTI "\r\nContent-Length: %zu\r\n\r\n", path, n);
	tell(fd, head, (size_t)k);
	for (size_t i = 0; i < n; i += piece) {
		tell(fd, body + i, n - i < piece ? n - i : piece);
		usleep(1000);
	}
	int code = hear(fd);
	close(fd);
	return code;
}

static void multipart(void **state)
{
	static const char whole[] =
		PART("a") "1\r\n" PART("b") "竹\r\nx\r\n" PART("c") "\r\n" PART("d") "--X\r\n" FILE_PART(
			"f", "x.txt") "hello\r\n" FILE_PART("f", "") "\r\n" FILE_PART("g",
										      "empty.txt") "\r\n--XX--\r\n";
	static const char want[] = "a=1;b=竹\r\nx;c=;d=--X;[f x.txt text/plain 5 2cf24dba]"
				   "[g empty.txt text/plain 0 e3b0c442]";
	assert_int_equal(posts("/files", MULTI, whole), 200);
	assert_string_equal(r.body, want);
	for (size_t piece = 1; piece < 80; piece += 13) {
		assert_int_equal(post_slowly("/files", whole, piece), 200);
		assert_string_equal(r.body, want);
	}
	assert_files_left(0);
	assert_int_equal(posts("/form", MULTI, PART("a") "1\r\n" FILE_PART("f", "") "\r\n--XX--\r\n"), 200);
	assert_string_equal(r.body, "a=1;");
	assert_int_equal(posts("/form", MULTI, FILE_PART("f", "x") "y\r\n--XX--\r\n"), 400);
	assert_int_equal(posts("/files", MULTI, PART("a") "\xff\r\n--XX--\r\n"), 400);
	assert_int_equal(posts("/files", MULTI, FILE_PART("f", "\xff") "y\r\n--XX--\r\n"), 400);
	assert_int_equal(posts("/files", MULTI, FILE_PART("f", "x") "cut short"), 400);
	assert_int_equal(posts("/files", MULTI, "no boundary at all"), 400);
	assert_int_equal(posts("/files", "multipart/form-data", PART("a") "1\r\n--XX--\r\n"), 400);
	assert_int_equal(posts("/files", MULTI, "--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--\r\n"), 400);
	assert_int_equal(
		posts("/files", MULTI,
		      FILE_PART("f", "1") "1\r\n" FILE_PART("f", "2") "2\r\n" FILE_PART("f", "3") "3\r\n" FILE_PART(
			      "f", "4") "4\r\n" FILE_PART("f", "5") "5\r\n" FILE_PART("f", "6") "6\r\n--XX--\r\n"),
		413);
	assert_files_left(0);
	assert_int_equal(posts("/files", MULTI, PART("take") "1\r\n" FILE_PART("f", "1") "1\r\n--XX--\r\n"), 200);
	assert_files_left(1);
}

static void large_files(void **state)
{
	static const char end[] = "\r\n--XX--\r\n", head[] = FILE_PART("f", "big");
	for (int over = 0; over < 2; over++) {
		size_t size = (10 << 20) + (size_t)over, n = sizeof head - 1 + size + sizeof end - 1;
		char *body = calloc(1, n);
		memcpy(body, head, sizeof head - 1);
		memcpy(body + n - sizeof end + 1, end, sizeof end - 1);
		assert_int_equal(post("/files", MULTI, body, n), over ? 413 : 200);
		free(body);
	}
	assert_files_left(1); /* the one that was taken above */
}

static void body_caps(void **state)
{
	char *big = calloc(1, 2 << 20);
	assert_int_equal(post("/raw", NULL, big, 300000), 200);
	assert_string_equal(r.body, "300000 bytes");
	for (int i = 0; i < 5; i++) {
		assert_int_equal(post("/raw", NULL, big, 300001), 413);
		assert_non_null(strstr(r.body, "<h1>413"));
		assert_string_equal(head_of(&r, "Connection"), "close");
		assert_int_equal(post("/raw", NULL, big, 2 << 20), 413);
		assert_int_equal(post("/nothing", NULL, big, 2 << 20), 404);
		assert_int_equal(post("/form", "text/plain", big, 60000), 415);
	}
	/* Told before the body is there. */
	assert_int_equal(ask("POST /raw HTTP/1.1\r\n" H "Content-Length: 99999999999\r\nExpect: 100-continue\r\n\r\n"),
			 413);
	assert_int_equal(ask("GET /hello HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nabcde"), 413);
	/* Chunks do not say how many will come. */
	int fd = dial();
	const char *head = "POST /raw HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n186A0\r\n";
	tell(fd, head, strlen(head));
	for (int i = 0; i < 10; i++) {
		tell(fd, big, 100000);
		tell(fd, "\r\n186A0\r\n", 9);
	}
	assert_int_equal(hear(fd), 413);
	assert_non_null(strstr(r.body, "<h1>413"));
	assert_true(closed(fd));
	close(fd);
	free(big);
	/* A body that ends early reaches no handler. */
	fd = dial();
	head = "POST /raw HTTP/1.1\r\n" H "Content-Length: 10\r\n\r\nabc";
	tell(fd, head, strlen(head));
	shutdown(fd, SHUT_WR);
	assert_int_not_equal(hear(fd), 200);
	close(fd);
	/* One that goes on longer than it said is not taken for more of it. */
	fd = dial();
	head = "POST /raw HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabcdef\r\n\r\n";
	tell(fd, head, strlen(head));
	assert_int_equal(hear(fd), 200);
	assert_string_equal(r.body, "3 bytes");
	close(fd);
}

static void answers(void **state)
{
	assert_int_equal(get("/style.css"), 200);
	assert_string_equal(head_of(&r, "ETag"), "\"abc\"");
	assert_string_equal(head_of(&r, "Content-Type"), "text/css");
	assert_string_not_equal(head_of(&r, "Cache-Control"), "no-store");
	assert_int_equal(ask("GET /style.css HTTP/1.1\r\n" H "If-None-Match: \"x\", W/\"abc\"\r\n\r\n"), 304);
	assert_int_equal(ask("GET /style.css HTTP/1.1\r\n" H "If-None-Match: \"ab\"\r\n\r\n"), 200);
	assert_int_equal(get("/redirect"), 303);
	assert_string_equal(head_of(&r, "Location"), "/next?x=%0D%0AX-Evil:%201");
	assert_null(head_of(&r, "X-Evil"));
	assert_null(head_of(&r, "X-Bad"));
	assert_non_null(strstr(r.text, "Set-Cookie: a=1; Path=/; HttpOnly; SameSite=Lax; Secure\r\n"));
	assert_non_null(strstr(r.text, "Set-Cookie: b=2; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure\r\n"));
	assert_null(strstr(r.text, "bad="));
	assert_int_equal(get("/fail"), 409);
	assert_string_equal(r.body, "<h1>409</h1><p>someone was faster lang=en");
	assert_int_equal(get("/huge"), 500);
	assert_int_equal(get("/hungry"), 429);
	char path[64];
	snprintf(path, sizeof path, "%s/x", temp_dir);
	FILE *f = fopen(path, "w");
	fputs("a,b\n", f);
	fclose(f);
	assert_int_equal(get("/file/x"), 200);
	assert_string_equal(r.body, "a,b\n");
	assert_string_equal(head_of(&r, "Content-Disposition"), "attachment; filename=\"______ _1_.csv\"; "
								"filename*=UTF-8''%E5%A0%B1%E5%91%8A%20%221%22.csv");
	assert_int_equal(get("/file/none"), 404);
	unlink(path);
	assert_int_equal(http_code(ST_INVALID), 422);
	assert_int_equal(http_code(ST_BUSY), 503);
}

static void who_asks(void **state)
{
	assert_int_equal(get("/who"), 200);
	assert_string_equal(r.body, "127.0.0.1 en json=0 cookie=- who=anonymous");
	assert_int_equal(ask("GET /who HTTP/1.1\r\n" H "X-Forwarded-For: 1.2.3.4, 203.0.113.7, 10.1.2.3\r\n"
			     "Accept: application/json, text/html\r\nCookie: x=1; session=\"ab\"; y\r\n"
			     "Accept-Language: zh-TW, en;q=0.5\r\n\r\n"),
			 200);
	assert_string_equal(r.body, "203.0.113.7 zh-TW json=1 cookie=ab who=anonymous");
	assert_int_equal(
		ask("GET /who HTTP/1.1\r\n" H "X-Forwarded-For: 2001:db8::1\r\nX-Forwarded-For: 10.9.9.9\r\n\r\n"),
		200);
	assert_memory_equal(r.body, "2001:db8::1 ", 12);
	assert_int_equal(get("/who?lang=zh-TW"), 200);
	assert_non_null(strstr(r.body, "zh-TW"));
	assert_non_null(strstr(head_of(&r, "Set-Cookie"), "lang=zh-TW; "));
	assert_int_equal(ask("GET /who HTTP/1.1\r\n" H "Cookie: lang=zh-TW\r\nAccept-Language: en\r\n\r\n"), 200);
	assert_non_null(strstr(r.body, "zh-TW"));
	assert_int_equal(get("/who?lang=xx"), 200);
	assert_null(head_of(&r, "Set-Cookie"));
}

static void forwarded(void **state)
{
	struct prefix t[2];
	struct addr peer, far;
	char text[ADDR_TEXT];
	assert_true(prefix_parse("10.0.0.0/8", &t[0]));
	assert_true(prefix_parse("2001:db8::/32", &t[1]));
	static const struct {
		const char *peer, *list, *want;
	} c[] = {
		{ "10.0.0.1", NULL, "10.0.0.1" },
		{ "10.0.0.1", "", "10.0.0.1" },
		{ "10.0.0.1", "192.0.2.1", "192.0.2.1" },
		{ "192.0.2.9", "192.0.2.1", "192.0.2.9" }, /* not a proxy of ours: what it says counts for nothing */
		{ "10.0.0.1", "198.51.100.1, 192.0.2.1,10.0.0.2", "192.0.2.1" },
		{ "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3" },
		{ "10.0.0.1", "192.0.2.1, unknown", "10.0.0.1" },
		{ "10.0.0.1", "192.0.2.1, ,10.0.0.2", "10.0.0.2" },
		{ "10.0.0.1", "192.0.2.1:8080", "192.0.2.1" },
		{ "10.0.0.1", "[2001:db9::1]:8080", "2001:db9::1" },
		{ "10.0.0.1", "::ffff:192.0.2.1", "192.0.2.1" },
		{ "::ffff:10.0.0.1", "192.0.2.1", "192.0.2.1" },
		{ "2001:db8::1", "192.0.2.1", "192.0.2.1" },
		{ "10.0.0.1", ",,,", "10.0.0.1" },
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		assert_true(addr_parse(c[i].peer, &peer));
		far = client_find(&peer, c[i].list, t, 2);
		assert_string_equal(addr_text(&far, text), c[i].want);
	}
}

static void listens(void **state)
{
	struct arena *a = arena_new(4096);
	char *host, *port;
	assert_true(listen_parse(a, "[::1]:80", &host, &port));
	assert_string_equal(host, "::1");
	assert_true(listen_parse(a, "localhost:8080", &host, &port));
	assert_string_equal(host, "localhost");
	assert_string_equal(port, "8080");
	assert_true(listen_parse(a, "*:0", &host, &port));
	assert_string_equal(host, "");
	assert_true(listen_parse(a, ":80", &host, &port));
	static const char *const bad[] = { "", "80", "::1:80", "[::1", "[]:1", "a:", "a:x", "a:65536", "a:-1" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(listen_parse(a, bad[i], &host, &port));
	arena_free(a);
	static const struct {
		const char *listen, *trusted;
		bool ok;
	} c[] = {
		{ "localhost:0", "", true },
		{ "127.0.0.1:0", "10.0.0.0/8,::1", true },
		{ "127.0.0.1:0", "10.0.0.1/8", false },
		{ "127.0.0.1:0", "x", false },
		{ "nowhere", "", false },
		{ "192.0.2.1:1", "", false },
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		struct err e = { 0 };
		struct config mine = { .http_listen = (char *)c[i].listen,
				       .http_trusted_proxies = (char *)c[i].trusted,
				       .http_threads = 1,
				       .http_timeout = 30 };
		struct http_server *s = http_start(&(struct http_opts){ .cfg = &mine, .tables = tables }, &e);
		assert_true((s != NULL) == c[i].ok);
		assert_true(s || e.code == ST_INVALID);
		http_stop(s);
	}
}

static void writes(void **state)
{
	for (int delay = 0; delay <= 20000; delay += 10000) {
		store_set(false, false, false, delay);
		assert_int_equal(get("/write"), 200);
		assert_string_equal(r.body, "written 1");
		assert_int_equal(posts("/write?twice=1", NULL, "x"), 200);
		assert_string_equal(r.body, "written 2");
		assert_int_equal(posts("/write?conflict", NULL, "x"), 409);
		assert_non_null(strstr(r.body, "too many"));
	}
	store_set(false, true, false, 0);
	assert_int_equal(posts("/write", NULL, "x"), 503);
	assert_string_equal(head_of(&r, "Retry-After"), "5");
	store_set(false, false, true, 0);
	assert_int_equal(get("/hello"), 503);
	store_set(false, false, false, 0);
}

/* Many at once, some hanging up while they wait. */
static void *write_often(void *arg)
{
	int *ok = arg, fd = dial();
	static const char q[] = "POST /write HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\nx";
	char answer[2048];
	for (int i = 0; i < 300; i++) {
		tell(fd, q, sizeof q - 1);
		if (i % 50 == 49) {
			close(fd);
			fd = dial();
			continue;
		}
		size_t n = 0;
		while (!memmem(answer, n, "written 1", 9)) {
			ssize_t k = recv(fd, answer + n, sizeof answer - n, 0);
			if (k <= 0)
				return NULL;
			n += (size_t)k;
		}
		++*ok;
	}
	close(fd);
	return NULL;
}

static void many_writes(void **state)
{
	pthread_t t[8];
	int ok[8] = { 0 };
	for (int i = 0; i < 8; i++)
		pthread_create(&t[i], NULL, write_often, &ok[i]);
	for (int i = 0; i < 8; i++) {
		pthread_join(t[i], NULL);
		assert_int_equal(ok[i], 294);
	}
	struct http_stats s;
	http_stats(server, &s);
	assert_true(s.requests > 2000 && s.by_class[2] > 2000 && s.by_class[4] > 10 && s.refused > 10);
	assert_true(s.usec_total > 0);
}

static void slow_clients(void **state)
{
	/* headers, a byte at a time: never silent, never done */
	int fd = dial();
	int64_t begun = clock_mono();
	static const char head[] =
		"GET /hello HTTP/1.1\r\nHost: t\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	tell(fd, head, 30);
	for (size_t i = 30; i < sizeof head - 1 && clock_mono() - begun < 10 * 1000000; i++) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		tell(fd, head + i, 1);
		if (poll(&p, 1, 100) == 1)
			break;
	}
	assert_int_equal(hear(fd), 408);
	assert_string_equal(r.body, "The request came in too slowly.\n");
	assert_true(clock_mono() - begun < 4 * 1000000);
	close(fd);
	/* a body that drips */
	fd = dial();
	begun = clock_mono();
	tell(fd, "POST /raw HTTP/1.1\r\n" H "Content-Length: 1000\r\n\r\n", 53);
	for (int i = 0; i < 100; i++) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		tell(fd, "x", 1);
		if (poll(&p, 1, 100) == 1)
			break;
	}
	assert_int_equal(hear(fd), 408);
	assert_true(clock_mono() - begun < 4 * 1000000);
	close(fd);
	/* a body that stops */
	fd = dial();
	tell(fd, "POST /raw HTTP/1.1\r\n" H "Content-Length: 1000\r\n\r\nabc", 56);
	assert_int_equal(hear(fd), 408);
	assert_true(closed(fd));
	close(fd);
	/* nothing at all */
	fd = dial();
	begun = clock_mono();
	assert_true(closed(fd));
	assert_true(clock_mono() - begun < 4 * 1000000);
	close(fd);
	/* A steady sender may take longer than two time-outs. */
	fd = dial();
	tell(fd, "POST /raw HTTP/1.1\r\n" H "Content-Length: 60000\r\n\r\n", 54);
	static const char piece[2000];
	for (int i = 0; i < 30; i++) {
		tell(fd, piece, sizeof piece);
		usleep(100000);
	}
	assert_int_equal(hear(fd), 200);
	close(fd);
	/* The database's time is not the client's fault. */
	store_set(false, false, false, 2500000);
	assert_int_equal(get("/write"), 200);
	store_set(false, false, false, 0);
}

static void *stop_server(void *arg)
{
	http_stop(server);
	return NULL;
}

static void begin_write(int *fd)
{
	*fd = dial();
	tell(*fd, "GET /write HTTP/1.1\r\n" H "\r\n", 32);
}

/* Requests whose writes finish during the stop get their answer. */
static void stop_drains(void **state)
{
	store_set(true, false, false, 0);
	int fd[20], idle = dial();
	for (int i = 0; i < 20; i++)
		begin_write(&fd[i]);
	usleep(200000);
	pthread_t t;
	pthread_create(&t, NULL, stop_server, NULL);
	usleep(300000);
	store_set(false, false, false, 1000);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(hear(fd[i]), 200);
		assert_string_equal(head_of(&r, "Connection"), "close");
		close(fd[i]);
	}
	pthread_join(t, NULL);
	assert_true(closed(idle));
	close(idle);
	store_end();
}

/* Writes that do not finish: the clients are told, nothing aborts, the writer may still come late. */
static void stop_gives_up(void **state)
{
	store_set(true, false, false, 0);
	int fd[20];
	for (int i = 0; i < 20; i++)
		begin_write(&fd[i]);
	usleep(200000);
	pthread_t t;
	int64_t begun = clock_mono();
	pthread_create(&t, NULL, stop_server, NULL);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(hear(fd[i]), 503);
		close(fd[i]);
	}
	pthread_join(t, NULL);
	assert_true(clock_mono() - begun < 8 * 1000000);
	store_end(); /* all twenty are done now, without a server */
	assert_int_equal(store.done, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain),
		cmocka_unit_test(routes_match),
		cmocka_unit_test(bad_paths),
		cmocka_unit_test(queries),
		cmocka_unit_test(bad_framing),
		cmocka_unit_test(header_limits),
		cmocka_unit_test(keep_alive_and_head),
		cmocka_unit_test(forms),
		cmocka_unit_test(multipart),
		cmocka_unit_test(large_files),
		cmocka_unit_test(body_caps),
		cmocka_unit_test(answers),
		cmocka_unit_test(who_asks),
		cmocka_unit_test(forwarded),
		cmocka_unit_test(listens),
		cmocka_unit_test(writes),
		cmocka_unit_test(many_writes),
		cmocka_unit_test(slow_clients),
	};
	const struct CMUnitTest stops[] = {
		cmocka_unit_test_setup(stop_drains, start),
		cmocka_unit_test_setup(stop_gives_up, start),
	};
	if (!mkdtemp(temp_dir))
		return 1;
	int bad = cmocka_run_group_tests_name("net_http", tests, start, stop);
	bad += cmocka_run_group_tests_name("net_http stop", stops, NULL, NULL);
	char rm[64];
	DIR *d = opendir(temp_dir);
	for (struct dirent *e; (e = readdir(d));) {
		snprintf(rm, sizeof rm, "%s/%.30s", temp_dir, e->d_name);
		unlink(rm);
	}
	closedir(d);
	rmdir(temp_dir);
	return bad;
}
