#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "net/http_int.h"

/* ── memory of requests ── */

struct http_mem *mem_take(struct http_server *s)
{
	pthread_mutex_lock(&s->mem_lock);
	struct http_mem *m = s->mem;
	if (m) {
		s->mem = m->next;
		s->nmem--;
	}
	pthread_mutex_unlock(&s->mem_lock);
	if (!m) {
		m = calloc(1, sizeof *m);
		if (!m)
			abort();
		m->a = arena_new(HTTP_ARENA_MAX);
		m->out.max = HTTP_OUT_MAX;
	}
	atomic_store(&m->refs, 1);
	return m;
}

static void mem_free(struct http_mem *m)
{
	arena_free(m->a);
	buf_free(&m->out);
	buf_free(&m->body);
	free(m);
}

static void buf_ready(struct buf *b)
{
	if (b->size > HTTP_KEEP_BUF)
		buf_free(b);
	else
		buf_reset(b);
}

void mem_give(struct http_server *s, struct http_mem *m)
{
	if (atomic_fetch_sub(&m->refs, 1) != 1)
		return;
	if (!s) {
		mem_free(m);
		return;
	}
	arena_reset(m->a);
	buf_ready(&m->out);
	buf_ready(&m->body);
	pthread_mutex_lock(&s->mem_lock);
	bool keep = s->nmem < HTTP_KEEP_MEM;
	if (keep) {
		m->next = s->mem;
		s->mem = m;
		s->nmem++;
	}
	pthread_mutex_unlock(&s->mem_lock);
	if (!keep)
		mem_free(m);
}

/* ── writes ── */

/* On a writer thread. Once the state is set the loop may finish the request at any moment; the reference keeps its
 * memory for the lines below, and after a stop that gave up waiting it is the last one. */
static void write_done(struct write *w)
{
	struct http *h = w->user;
	if (atomic_exchange(&h->wstate, W_DONE) == W_SUSPENDED)
		MHD_resume_connection(h->mc);
	mem_give(NULL, h->m);
}

void http_write(struct http *h, write_fn fn, void *arg, http_then then)
{
	if (h->fault) {
		http_fail(h, h->fault, "%s", h->fault_why);
		return;
	}
	struct write *w = arena_new_of(h->mem, struct write);
	*w = (struct write){ .fn = fn, .arg = arg, .who = *h->rq.who, .mem = h->mem, .done = write_done, .user = h };
	h->write = w;
	h->write_arg = arg;
	h->then = then;
	atomic_store(&h->wstate, W_RUNNING);
	atomic_fetch_add(&h->m->refs, 1);
	if (store_submit(h->srv->store, w) == ST_OK)
		return;
	atomic_fetch_sub(&h->m->refs, 1);
	h->write = NULL;
	if (!w->err.code)
		err_set(&w->err, ST_BUSY, N_("too many changes are waiting; please try again in a moment"));
	then(h, arg, &w->err);
}

static void conn_waits(struct http *h, bool waits)
{
	pthread_mutex_lock(&h->srv->conns_lock);
	h->c->waiting = waits ? h : NULL;
	pthread_mutex_unlock(&h->srv->conns_lock);
}

/* True when the connection is suspended; false when the write was faster. */
static bool request_suspend(struct http *h)
{
	if (atomic_load(&h->wstate) == W_DONE)
		return false;
	h->stage = REQ_WAIT;
	conn_waits(h, true);
	MHD_suspend_connection(h->mc);
	int running = W_RUNNING;
	if (!atomic_compare_exchange_strong(&h->wstate, &running, W_SUSPENDED))
		MHD_resume_connection(h->mc);
	return true;
}

/* ── the course of a request ── */

static bool reader_open(struct http *h)
{
	h->rq.db = NULL;
	if (!h->srv->store)
		return true;
	h->rq.db = store_reader(h->srv->store, &h->rq.err);
	if (!h->rq.db)
		http_fail(h, 503, N_("the database cannot be reached"));
	return h->rq.db;
}

static void reader_close(struct http *h)
{
	if (h->srv->store && h->rq.db)
		store_reader_done(h->srv->store);
	h->rq.db = NULL;
}

/* Answers, or suspends when a write is under way; a `then` may begin another. */
static enum MHD_Result request_settle(struct http *h)
{
	while (h->write) {
		if (request_suspend(h)) {
			reader_close(h);
			return MHD_YES;
		}
		struct write *w = h->write;
		h->write = NULL;
		h->then(h, h->write_arg, &w->err);
	}
	reader_close(h);
	return answer_send(h);
}

static enum MHD_Result request_run(struct http *h)
{
	const struct route *r = h->match.route;
	if (!conn_move(h->c, CONN_WORK, 0))
		return MHD_NO;
	if (!h->failed && reader_open(h) && (!h->srv->guard || h->srv->guard(h, r)))
		r->handle(h);
	return request_settle(h);
}

static enum MHD_Result request_resumed(struct http *h)
{
	conn_waits(h, false);
	struct write *w = h->write;
	h->write = NULL;
	if (atomic_load(&h->wstate) != W_DONE) {
		h->mem = h->rq.mem = h->spare = arena_new(HTTP_SPARE_MAX); /* the writer may still use the other */
		http_fail(h, 503, N_("the server is stopping; whether this was recorded is not known yet"));
	} else if (reader_open(h)) {
		h->then(h, h->write_arg, &w->err);
	}
	return request_settle(h);
}

static enum MHD_Result request_first(struct http *h, struct MHD_Connection *mc, const char *method, const char *version)
{
	request_begin(h, mc, method, version);
	if (h->failed)
		atomic_fetch_add(&h->srv->refused, 1);
	if (h->failed == 431) { /* the pool is full of the request: MHD has no room to write an answer */
		answer_raw(h);
		return MHD_NO;
	}
	/* MHD takes an answer in its first call as a refusal to read on, and closes: only for a body that is not
	 * wanted. */
	if (h->failed && h->body_left)
		return request_run(h);
	h->stage = REQ_BODY;
	return conn_move(h->c, CONN_BODY, 0) ? MHD_YES : MHD_NO;
}

static enum MHD_Result request_piece(struct http *h, const char *p, size_t *n)
{
	if (atomic_load(&h->c->stage) == CONN_KILLED)
		return MHD_NO;
	atomic_fetch_add(&h->c->bytes, (int64_t)*n);
	atomic_store(&h->c->last, clock_mono());
	if (!body_add(h, p, *n)) {
		http_fail(h, 413, N_("the body is larger than the %zu bytes this address takes"), h->body_cap);
		answer_raw(h);
		return MHD_NO;
	}
	*n = 0;
	return MHD_YES;
}

static enum MHD_Result on_access(void *cls, struct MHD_Connection *mc, const char *url, const char *method,
				 const char *version, const char *data, size_t *data_n, void **con_cls)
{
	struct http *h = *con_cls;
	switch (h->stage) {
	case REQ_NEW:
		return request_first(h, mc, method, version);
	case REQ_BODY:
		if (*data_n)
			return request_piece(h, data, data_n);
		h->body_left = false;
		body_end(h);
		return request_run(h);
	case REQ_WAIT:
		return request_resumed(h);
	case REQ_ANSWERED:
		break;
	}
	return MHD_NO;
}

/* The request line is in. MHD decodes and cuts it in place after this, so a copy is kept. */
static void *on_line(void *cls, const char *uri, struct MHD_Connection *mc)
{
	struct http_server *s = cls;
	struct http_mem *m = mem_take(s);
	struct http *h = arena_new_of(m->a, struct http);
	h->srv = s;
	h->mc = mc;
	h->c = MHD_get_connection_info(mc, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
	h->m = m;
	h->mem = m->a;
	h->begun = clock_mono();
	h->target = arena_strdup(m->a, uri);
	h->uri_seen = uri;
	h->path = "";
	h->lang = -1;
	h->file_fd = -1;
	h->status = 200;
	h->set_end = &h->set;
	h->rq = (struct req){ .mem = m->a, .who = &actor_anonymous };
	h->c->now = h;
	atomic_fetch_add(&s->active, 1);
	conn_move(h->c, CONN_HEAD, 0);
	return h;
}

void request_end(struct http *h)
{
	struct http_server *s = h->srv;
	h->c->now = NULL;
	if (h->stage == REQ_ANSWERED && h->body_left && h->close)
		linger_add(s->sweeper, h->c->fd);
	if (h->file_fd >= 0)
		close(h->file_fd);
	body_free(h);
	arena_free(h->spare);
	conn_move(h->c, CONN_IDLE, 0);
	mem_give(s, h->m);
	atomic_fetch_sub(&s->active, 1);
}

static void on_completed(void *cls, struct MHD_Connection *mc, void **con_cls, enum MHD_RequestTerminationCode code)
{
	struct http *h = *con_cls;
	*con_cls = NULL;
	if (h)
		request_end(h);
}

/* Paths and values are decoded by us, strictly. */
static size_t no_unescape(void *cls, struct MHD_Connection *mc, char *s)
{
	return strlen(s);
}

/* What MHD says is about what clients do: nothing a log should fill with. */
static __attribute__((format(printf, 2, 0))) void on_log(void *cls, const char *fmt, va_list ap)
{
	char text[256], *said = text;
	vsnprintf(text, sizeof text, fmt, ap);
	LOG_CALL(LOG_DEBUG, "http transport", LOG_T("said", said));
}

/* ── start and stop ── */

static int socket_listen(const struct addrinfo *ai)
{
	int on = 1, fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	int fail = errno;
	close(fd);
	errno = fail;
	return -1;
}

static int port_of(int fd)
{
	struct sockaddr_storage ss;
	socklen_t n = sizeof ss;
	if (getsockname(fd, (struct sockaddr *)&ss, &n))
		return 0;
	return ntohs(ss.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&ss)->sin6_port
					      : ((struct sockaddr_in *)&ss)->sin_port);
}

static enum st server_listen(struct http_server *s, struct err *e)
{
	const char *where = s->cfg->http_listen ? s->cfg->http_listen : "";
	char *host, *port;
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE }, *list = NULL;
	struct arena *a = arena_new(4096);
	bool ok = listen_parse(a, where, &host, &port);
	int fail = ok ? getaddrinfo(*host ? host : NULL, port, &hints, &list) : 0;
	arena_free(a);
	if (!ok)
		return err_set(e, ST_INVALID, "http.listen: \"%s\" is not host:port", where);
	if (fail)
		return err_set(e, ST_INVALID, "http.listen: %s: %s", where, gai_strerror(fail));
	for (const struct addrinfo *ai = list; ai && s->listen_fd < 0; ai = ai->ai_next)
		s->listen_fd = socket_listen(ai);
	fail = errno;
	freeaddrinfo(list);
	if (s->listen_fd < 0)
		return err_set(e, ST_INVALID, "http.listen: cannot listen on %s: %s", where, strerror(fail));
	s->port = port_of(s->listen_fd);
	return ST_OK;
}

static enum st trusted_parse(struct http_server *s, struct err *e)
{
	const char *list = s->cfg->http_trusted_proxies ? s->cfg->http_trusted_proxies : "";
	for (const char *p = list; *p;) {
		p += strspn(p, " \t,");
		size_t n = strcspn(p, " \t,");
		char one[PREFIX_TEXT + 1];
		if (!n)
			break;
		if (s->ntrusted == HTTP_TRUSTED_MAX)
			return err_set(e, ST_INVALID, "http.trusted_proxies: more than %d prefixes", HTTP_TRUSTED_MAX);
		snprintf(one, sizeof one, "%.*s", (int)n, p);
		if (n >= sizeof one || !prefix_parse(one, &s->trusted[s->ntrusted++]))
			return err_set(e, ST_INVALID, "http.trusted_proxies: \"%s\" is not a prefix", one);
		p += n;
	}
	return ST_OK;
}

static enum st daemon_start(struct http_server *s, struct err *e)
{
	unsigned threads = (unsigned)(s->cfg->http_threads > 1 ? s->cfg->http_threads : 0); /* MHD wants 2 or none */
	unsigned most = (unsigned)(s->cfg->http_connections > 0 ? s->cfg->http_connections : 1000);
	const struct MHD_OptionItem options[] = {
		{ MHD_OPTION_LISTEN_SOCKET, s->listen_fd, NULL },
		{ MHD_OPTION_CONNECTION_LIMIT, most < threads ? threads : most, NULL },
		{ MHD_OPTION_CONNECTION_MEMORY_LIMIT, HTTP_POOL, NULL },
		/* One second more than ours, so that a silent upload is told 408 before MHD hangs up. */
		{ MHD_OPTION_CONNECTION_TIMEOUT, s->timeout / USEC + 1, NULL },
		{ MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)on_completed, s },
		{ MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)conn_notify, s },
		{ MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)on_line, s },
		{ MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)no_unescape, NULL },
		{ MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL },
		{ threads ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, threads, NULL },
		{ MHD_OPTION_END, 0, NULL },
	};
	s->mhd = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME |
					  MHD_USE_ERROR_LOG,
				  0, NULL, NULL, on_access, s, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
				  MHD_OPTION_ARRAY, options, MHD_OPTION_END);
	return s->mhd ? ST_OK : err_set(e, ST_INTERNAL, "http: cannot start on %s", s->cfg->http_listen);
}

static void server_free(struct http_server *s)
{
	sweeper_stop(s->sweeper);
	if (s->listen_fd >= 0)
		close(s->listen_fd);
	for (struct http_mem *m; (m = s->mem);) {
		s->mem = m->next;
		mem_free(m);
	}
	router_free(s->router);
	pthread_mutex_destroy(&s->conns_lock);
	pthread_mutex_destroy(&s->mem_lock);
	free(s->tmp_dir);
	free(s);
}

struct http_server *http_start(const struct http_opts *o, struct err *e)
{
	struct http_server *s = calloc(1, sizeof *s);
	if (!s)
		abort();
	s->cfg = o->cfg;
	s->store = o->store;
	s->guard = o->guard;
	s->error = o->error;
	s->app = o->app;
	s->tmp_dir = strdup(o->tmp_dir ? o->tmp_dir : "/tmp");
	s->secure = o->cfg->public_url && !strncasecmp(o->cfg->public_url, "https:", 6);
	s->lang = lang_of(o->cfg->site_lang ? o->cfg->site_lang : "en");
	s->timeout = (o->cfg->http_timeout > 0 ? o->cfg->http_timeout : 30) * USEC;
	s->listen_fd = -1;
	pthread_mutex_init(&s->conns_lock, NULL);
	pthread_mutex_init(&s->mem_lock, NULL);
	if ((s->router = router_new(o->tables, e)) && !trusted_parse(s, e) && !server_listen(s, e) &&
	    (s->sweeper = sweeper_start(s, e)) && !daemon_start(s, e))
		return s;
	server_free(s);
	return NULL;
}

int http_port(const struct http_server *s)
{
	return s->port;
}

static void drain(const struct http_server *s)
{
	int64_t until = clock_mono() + HTTP_DRAIN_SECONDS * USEC;
	while (atomic_load(&s->active) && clock_mono() < until)
		usleep(5000);
}

/* Writes that are still under way: their connections are resumed to be told so, their memory waits for the writer. */
static int abandon_writes(struct http_server *s)
{
	int n = 0;
	pthread_mutex_lock(&s->conns_lock);
	for (struct http_conn *c = s->conns; c; c = c->next) {
		int suspended = W_SUSPENDED;
		if (c->waiting && atomic_compare_exchange_strong(&c->waiting->wstate, &suspended, W_ABANDONED)) {
			MHD_resume_connection(c->waiting->mc);
			n++;
		}
	}
	pthread_mutex_unlock(&s->conns_lock);
	return n;
}

void http_stop(struct http_server *s)
{
	if (!s)
		return;
	atomic_store(&s->stopping, true);
	bool ours = MHD_quiesce_daemon(s->mhd) != MHD_INVALID_SOCKET;
	shutdown(s->listen_fd, SHUT_RD); /* who comes now is refused instead of left waiting */
	drain(s);
	/* MHD aborts when it is stopped with a suspended connection, and one may just be on its way there. */
	for (int tries = 0, n = 0; tries < 100 && (n = abandon_writes(s), n || atomic_load(&s->active)); tries++)
		usleep(5000);
	MHD_stop_daemon(s->mhd);
	if (!ours)
		s->listen_fd = -1;
	server_free(s);
}

void http_stats(const struct http_server *s, struct http_stats *out)
{
	*out = (struct http_stats){
		.requests = atomic_load(&s->requests),
		.refused = atomic_load(&s->refused),
		.open = atomic_load(&s->open),
		.usec_total = atomic_load(&s->usec_total),
	};
	for (int i = 0; i < 6; i++)
		out->by_class[i] = atomic_load(&s->by_class[i]);
}
