/* Loops of framed connections: listening, time, wake-ups, start and stop. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <openssl/err.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "net/frame_int.h"

/* ── TLS ── */

/* Whose certificate it is, is asked of the registry by its fingerprint; no chain is built and none is needed. */
static int verify_any(int ok, X509_STORE_CTX *ctx)
{
	return 1;
}

static SSL_CTX *tls_new(const struct frame_opts *o, struct err *e)
{
	SSL_CTX *t = SSL_CTX_new(TLS_server_method());
	if (!t)
		return err_set(e, ST_INTERNAL, "OpenSSL could not be started"), NULL;
	SSL_CTX_set_min_proto_version(t, TLS1_2_VERSION);
	SSL_CTX_set_cipher_list(t, "ECDHE+AESGCM:ECDHE+CHACHA20");
	SSL_CTX_set_options(t, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
				       SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_num_tickets(t, 0);
	SSL_CTX_set_session_cache_mode(t, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(t, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(t, 1);
	SSL_CTX_set_verify(t, SSL_VERIFY_PEER, verify_any);
	SSL_CTX_set_max_cert_list(t, CERT_MAX);
	const char *wrong = NULL;
	if (SSL_CTX_use_certificate_chain_file(t, o->cert) != 1)
		wrong = o->cert;
	else if (SSL_CTX_use_PrivateKey_file(t, o->key, SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(t) != 1)
		wrong = o->key;
	ERR_clear_error();
	if (!wrong)
		return t;
	err_set(e, ST_INVALID, "%s: not a readable PEM file, or certificate and key don't belong together", wrong);
	SSL_CTX_free(t);
	return NULL;
}

/* ── new connections ── */

static bool addr_of(const struct sockaddr_storage *sa, struct addr *out)
{
	memset(out, 0, sizeof *out);
	if (sa->ss_family == AF_INET) {
		out->family = 4;
		memcpy(out->b, &((const struct sockaddr_in *)sa)->sin_addr, 4);
		return true;
	}
	if (sa->ss_family != AF_INET6)
		return false;
	const struct in6_addr *a = &((const struct sockaddr_in6 *)sa)->sin6_addr;
	bool v4 = IN6_IS_ADDR_V4MAPPED(a);
	out->family = v4 ? 4 : 6;
	memcpy(out->b, a->s6_addr + (v4 ? 12 : 0), v4 ? 4 : 16);
	return true;
}

static bool same_net(const struct addr *a, const struct addr *b)
{
	return a->family == b->family && !memcmp(a->b, b->b, a->family == 4 ? 3 : 6);
}

/* Is there room for one more that nobody knows? The oldest of the young gives way, but not to one more of a network
 * that has its share. */
static bool room_for(struct frame_loop *l, const struct addr *a)
{
	struct frame_server *s = l->s;
	struct frame_conn *c, *oldest = NULL;
	int of_net = 0;
	if (atomic_load(&s->open) >= s->o.max)
		return false;
	TAILQ_FOREACH(c, &l->young, young)
	{
		if (same_net(&c->peer.addr, a) && ++of_net >= s->o.fresh_net)
			return false;
		if (!oldest && !c->held)
			oldest = c;
	}
	if (l->nyoung < (s->o.fresh_max + s->o.loops - 1) / s->o.loops)
		return true;
	if (!oldest)
		return false;
	atomic_fetch_add(&s->evicted, 1);
	conn_free(oldest);
	return true;
}

static void on_accept(evutil_socket_t fd, short what, void *arg)
{
	struct frame_loop *l = arg;
	for (int i = 0; i < ACCEPTS_A_TURN && l->tokens > 0; i++) {
		struct sockaddr_storage sa;
		socklen_t n = sizeof sa;
		struct addr a;
		int conn = accept4(l->fd, (struct sockaddr *)&sa, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (conn < 0 && (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR))
			return;
		if (conn < 0) {
			l->tokens = 0; /* out of descriptors: after a while, when some may be free */
		} else if (!addr_of(&sa, &a) || !room_for(l, &a)) {
			atomic_fetch_add(&l->s->refused, 1);
			close(conn);
		} else {
			conn_new(l, conn, &a);
		}
	}
	if (l->tokens <= 0)
		event_del(l->accept); /* until the next tick */
}

/* ── time, wake-ups, stopping ── */

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct frame_loop *l = arg;
	struct frame_conn *c, *next;
	int64_t now = clock_mono();
	if (l->stop_by) {
		if (TAILQ_EMPTY(&l->all) || now > l->stop_by)
			event_base_loopbreak(l->base);
	} else {
		int more = l->s->o.accepts / TICKS;
		l->tokens = more > 0 ? more : 1;
		event_add(l->accept, NULL);
	}
	if (++l->ticks % (TICKS / 2))
		return;
	for (c = TAILQ_FIRST(&l->all); c; c = next) {
		next = TAILQ_NEXT(c, all);
		if ((!c->until || now < c->until) && (!c->frame_by || now < c->frame_by) &&
		    (!c->out_by || now < c->out_by))
			continue;
		if (!c->dead && !c->closing)
			atomic_fetch_add(&l->s->timeouts, 1);
		c->out_by || c->frame_by ? (c->dead = true) : (c->closing = true);
		conn_settle(c);
	}
}

static void loop_stop(struct frame_loop *l)
{
	struct frame_conn *c, *next;
	l->stop_by = clock_mono() + STOP_SECONDS * USEC;
	event_del(l->accept);
	close(l->fd);
	l->fd = -1;
	for (c = TAILQ_FIRST(&l->all); c; c = next) {
		next = TAILQ_NEXT(c, all);
		c->closing = true;
		if (!c->open)
			c->dead = true;
		conn_settle(c);
	}
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct frame_loop *l = arg;
	struct frame_conn *list, *first = NULL, *next;
	eventfd_t n;
	eventfd_read(l->wake_fd, &n);
	pthread_mutex_lock(&l->lock);
	list = l->woken;
	l->woken = NULL;
	bool stop = l->stop;
	pthread_mutex_unlock(&l->lock);
	for (; list; list = next) { /* oldest first */
		next = list->wake_next;
		list->wake_next = first;
		first = list;
	}
	for (; first; first = next) {
		next = first->wake_next;
		first->held = false;
		l->s->o.ops->woken(first);
		conn_read(first);
		conn_settle(first);
	}
	if (stop && !l->stop_by)
		loop_stop(l);
}

/* ── figures ── */

int frame_port(const struct frame_server *s)
{
	return s->port;
}

void frame_stats(const struct frame_server *cs, struct frame_stats *out)
{
	struct frame_server *s = (struct frame_server *)(uintptr_t)cs;
	*out = (struct frame_stats){ atomic_load(&s->accepted), atomic_load(&s->refused), atomic_load(&s->evicted),
				     atomic_load(&s->failed),	atomic_load(&s->bad),	  atomic_load(&s->timeouts),
				     atomic_load(&s->frames),	atomic_load(&s->open),	  atomic_load(&s->fresh) };
}

/* ── start and stop ── */

static int port_of(int fd)
{
	struct sockaddr_storage sa;
	socklen_t n = sizeof sa;
	if (getsockname(fd, (struct sockaddr *)&sa, &n))
		return -1;
	return ntohs(sa.ss_family == AF_INET ? ((struct sockaddr_in *)&sa)->sin_port
					     : ((struct sockaddr_in6 *)&sa)->sin6_port);
}

static int listen_on(const struct addrinfo *ai, int port)
{
	struct sockaddr_storage sa = { 0 };
	int on = 1, fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	memcpy(&sa, ai->ai_addr, ai->ai_addrlen);
	if (port)
		*(sa.ss_family == AF_INET ? &((struct sockaddr_in *)&sa)->sin_port
					  : &((struct sockaddr_in6 *)&sa)->sin6_port) = htons((uint16_t)port);
	if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
			setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) ||
			bind(fd, (struct sockaddr *)&sa, ai->ai_addrlen) || listen(fd, 1024))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static struct addrinfo *resolve(const char *at, struct err *e)
{
	char host[256];
	const char *colon = strrchr(at, ':');
	struct addrinfo hints = { .ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM }, *ai = NULL;
	size_t n = colon ? (size_t)(colon - at) : 0;
	if (colon && n < sizeof host) {
		bool v6 = n > 2 && at[0] == '[' && at[n - 1] == ']';
		snprintf(host, sizeof host, "%.*s", (int)(v6 ? n - 2 : n), at + v6);
		if (!getaddrinfo(*host && strcmp(host, "*") != 0 ? host : NULL, colon + 1, &hints, &ai))
			return ai;
	}
	err_set(e, ST_INVALID, "%s: not an address and port to listen on", at);
	return NULL;
}

static void *loop_run(void *arg)
{
	struct frame_loop *l = arg;
	event_base_loop(l->base, EVLOOP_NO_EXIT_ON_EMPTY);
	return NULL;
}

static enum st loop_start(struct frame_server *s, struct frame_loop *l, const struct addrinfo *ai, struct err *e)
{
	struct timeval tick = { .tv_usec = USEC / TICKS };
	struct event_config *cfg = event_config_new();
	if (!cfg)
		abort();
	event_config_set_flag(cfg, EVENT_BASE_FLAG_NOLOCK);
	l->s = s;
	l->no = (int)(l - s->loop);
	TAILQ_INIT(&l->all);
	TAILQ_INIT(&l->young);
	pthread_mutex_init(&l->lock, NULL);
	l->tokens = s->o.accepts / TICKS + 1;
	l->base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	l->fd = listen_on(ai, s->port);
	if (l->fd < 0)
		return err_set(e, ST_INTERNAL, "%s: can't listen: %s", s->o.listen, strerror(errno));
	s->port = port_of(l->fd);
	l->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (!l->base || l->wake_fd < 0 ||
	    !(l->accept = event_new(l->base, l->fd, EV_READ | EV_PERSIST, on_accept, l)) ||
	    !(l->wake = event_new(l->base, l->wake_fd, EV_READ | EV_PERSIST, on_wake, l)) ||
	    !(l->tick = event_new(l->base, -1, EV_PERSIST, on_tick, l)))
		return err_set(e, ST_INTERNAL, "an event loop could not be made");
	event_add(l->accept, NULL);
	event_add(l->wake, NULL);
	event_add(l->tick, &tick);
	l->running = !pthread_create(&l->thread, NULL, loop_run, l);
	return l->running ? ST_OK : err_set(e, ST_INTERNAL, "a thread could not be started");
}

/* False when a writer still has one of its connections. */
static bool loop_free(struct frame_loop *l)
{
	if (!TAILQ_EMPTY(&l->all))
		return false;
	struct event *const events[] = { l->accept, l->wake, l->tick };
	for (int i = 0; i < 3; i++)
		if (events[i])
			event_free(events[i]);
	if (l->base)
		event_base_free(l->base);
	if (l->fd > 0)
		close(l->fd);
	if (l->wake_fd > 0)
		close(l->wake_fd);
	pthread_mutex_destroy(&l->lock);
	return true;
}

bool frame_stop(struct frame_server *s)
{
	bool all = true;
	for (int i = 0; i < s->o.loops; i++) {
		struct frame_loop *l = &s->loop[i];
		if (!l->running)
			continue;
		pthread_mutex_lock(&l->lock);
		l->stop = true;
		pthread_mutex_unlock(&l->lock);
		eventfd_write(l->wake_fd, 1);
	}
	for (int i = 0; i < s->o.loops; i++) {
		if (s->loop[i].running)
			pthread_join(s->loop[i].thread, NULL);
		if (s->loop[i].s)
			all = loop_free(&s->loop[i]) && all;
	}
	if (!all) {
		log_warn("frames: stopped with answers outstanding", LOG_N("open", atomic_load(&s->open)));
		return false;
	}
	SSL_CTX_free(s->tls);
	free(s->loop);
	free(s);
	return true;
}

struct frame_server *frame_start(const struct frame_opts *o, struct err *e)
{
	struct addrinfo *ai = resolve(o->listen, e);
	struct frame_server *s = ai ? calloc(1, sizeof *s) : NULL;
	if (!s)
		return NULL;
	s->o = *o;
	s->o.loops = o->loops > 0 ? o->loops : 1;
	s->loop = calloc((size_t)s->o.loops, sizeof *s->loop);
	s->tls = tls_new(o, e);
	enum st st = s->tls && s->loop ? ST_OK : ST_INVALID;
	for (int i = 0; !st && i < s->o.loops; i++)
		st = loop_start(s, &s->loop[i], ai, e);
	freeaddrinfo(ai);
	if (!st)
		return s;
	frame_stop(s);
	return NULL;
}
