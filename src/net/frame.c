/* Framed TLS connections over libevent's loop and OpenSSL. Not over bufferevents: those keep two buffers for an idle
 * connection, and reading that was stopped can't be begun again for what OpenSSL has already taken from the socket. */
#include "net/frame.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>
#include <event2/event.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include "base/bytes.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

enum {
	HEAD = 4,
	SCRATCH = 16384,
	READS_A_TURN = 4,
	ACCEPTS_A_TURN = 16,
	TICKS = 10,
	STOP_SECONDS = 5,
	CERT_MAX = 16384
};

struct frame_conn {
	TAILQ_ENTRY(frame_conn) all, young;
	struct frame_loop *loop;
	struct frame_conn *wake_next;
	SSL *ssl;
	int fd;
	short events; /* what `io` waits for now */
	short wants;  /* what TLS waits for beyond what we do */
	struct event *io, *timer;
	bool open, known, held, paused, closing, dead;
	bool more; /* TLS has bytes that epoll will not tell of */
	struct frame_peer peer;
	void *user;
	int64_t until, frame_by, out_by;
	char *in, *out;
	size_t in_n, in_size, out_n, out_at;
};
TAILQ_HEAD(conns, frame_conn);

struct frame_loop {
	struct frame_server *s;
	int no, fd, wake_fd, tokens, nyoung, ticks;
	pthread_t thread;
	bool running;
	struct event_base *base;
	struct event *accept, *wake, *tick;
	struct conns all, young; /* young: not known yet, oldest first */
	pthread_mutex_t lock;	 /* of the two below */
	struct frame_conn *woken;
	bool stop;
	int64_t stop_by;
	char scratch[SCRATCH];
};

struct frame_server {
	struct frame_opts o;
	SSL_CTX *tls;
	struct frame_loop *loop;
	int port;
	atomic_llong accepted, refused, evicted, failed, bad, timeouts, frames, open, fresh;
};

/* ── the end of a connection ── */

static void conn_free(struct frame_conn *c)
{
	struct frame_loop *l = c->loop;
	if (c->open && l->s->o.ops->closed)
		l->s->o.ops->closed(c);
	if (!c->known) {
		TAILQ_REMOVE(&l->young, c, young);
		l->nyoung--;
		atomic_fetch_sub(&l->s->fresh, 1);
	}
	TAILQ_REMOVE(&l->all, c, all);
	atomic_fetch_sub(&l->s->open, 1);
	event_free(c->io);
	if (c->timer)
		event_free(c->timer);
	ERR_clear_error();
	if (c->open && !c->dead)
		SSL_shutdown(c->ssl);
	SSL_free(c->ssl);
	shutdown(c->fd, SHUT_WR);
	close(c->fd);
	free(c->in);
	free(c->out);
	free(c);
}

static bool conn_ready(const struct frame_conn *c)
{
	return c->open && !c->held && !c->paused && !c->closing && !c->dead && !c->out_n;
}

static void on_io(evutil_socket_t fd, short what, void *arg);

static void conn_events(struct frame_conn *c, short want)
{
	if (c->events == want)
		return;
	event_del(c->io);
	c->events = want;
	if (!want)
		return;
	event_assign(c->io, c->loop->base, c->fd, (short)(want | EV_PERSIST), on_io, c);
	event_add(c->io, NULL);
}

/* After whatever happened: frees it, or waits for what comes next. A connection that is held or paused goes on waiting
 * for bytes and is taken out of epoll only if some come: most clients send nothing before they have their answer. */
static void conn_settle(struct frame_conn *c)
{
	if (c->held)
		return;
	if (c->dead || (c->closing && !c->out_n)) {
		conn_free(c);
		return;
	}
	if (!c->open || c->out_n)
		conn_events(c, c->wants);
	else if (!c->paused)
		conn_events(c, EV_READ);
	if (c->more && c->events)
		event_active(c->io, EV_READ, 0); /* the others have their turn before */
	c->more = false;
}

/* The outcome of an OpenSSL call that did not succeed. */
static void conn_failed(struct frame_conn *c, int rc)
{
	int why = SSL_get_error(c->ssl, rc);
	if (why == SSL_ERROR_WANT_READ)
		c->wants = EV_READ;
	else if (why == SSL_ERROR_WANT_WRITE)
		c->wants = EV_WRITE;
	else if (why == SSL_ERROR_ZERO_RETURN)
		c->closing = true;
	else
		c->dead = true;
}

/* ── out ── */

static void conn_keep_out(struct frame_conn *c, const char *p, size_t n)
{
	char *out = realloc(c->out, c->out_n + n);
	if (!out)
		abort();
	memcpy(out + c->out_n, p, n);
	c->out = out;
	c->out_n += n;
	c->out_by = clock_mono() + c->loop->s->o.answer_time;
}

/* How many bytes TLS took. */
static size_t conn_write(struct frame_conn *c, const char *p, size_t n)
{
	size_t at = 0;
	while (at < n && !c->dead) {
		ERR_clear_error();
		int rc = SSL_write(c->ssl, p + at, (int)(n - at));
		if (rc <= 0) {
			conn_failed(c, rc);
			break;
		}
		at += (size_t)rc;
	}
	return at;
}

static void conn_flush(struct frame_conn *c)
{
	if (!c->out_n || c->dead)
		return;
	c->out_at += conn_write(c, c->out + c->out_at, c->out_n - c->out_at);
	if (c->out_at < c->out_n)
		return;
	free(c->out);
	c->out = NULL;
	c->out_n = c->out_at = 0;
	c->out_by = 0;
}

void frame_begin(struct buf *b)
{
	buf_reset(b);
	buf_add(b, "\0\0\0", HEAD);
}

void frame_send(struct frame_conn *c, struct buf *b)
{
	if (c->dead)
		return;
	if (b->bad || b->n < HEAD) {
		c->dead = true;
		return;
	}
	put_u32((uint8_t *)b->p, (uint32_t)b->n);
	size_t at = c->out_n ? 0 : conn_write(c, b->p, b->n);
	if (at < b->n && !c->dead)
		conn_keep_out(c, b->p + at, b->n - at);
}

/* ── in ── */

/* Hands over whole frames while it may; how many bytes that used. */
static size_t conn_frames(struct frame_conn *c, const char *p, size_t n)
{
	struct frame_server *s = c->loop->s;
	size_t at = 0;
	while (n - at >= HEAD && conn_ready(c)) {
		struct rd r = rd_of(p + at, HEAD);
		uint32_t len = rd_u32(&r);
		if (len <= HEAD || len - HEAD > s->o.frame_max) {
			atomic_fetch_add(&s->bad, 1);
			c->dead = true;
			break;
		}
		if (n - at < len)
			break;
		at += len;
		atomic_fetch_add(&s->frames, 1);
		s->o.ops->frame(c, p + at - len + HEAD, len - HEAD);
	}
	return at;
}

static void conn_keep_in(struct frame_conn *c, const char *p, size_t n)
{
	if (c->in_n + n > c->in_size) {
		c->in_size = c->in_n + n < 1024 ? 1024 : c->in_n + n;
		c->in = realloc(c->in, c->in_size);
		if (!c->in)
			abort();
	}
	memcpy(c->in + c->in_n, p, n);
	c->in_n += n;
}

/* Bytes that came, after those kept; n may be 0. */
static void conn_take(struct frame_conn *c, const char *p, size_t n)
{
	bool kept = c->in_n > 0;
	if (kept) {
		conn_keep_in(c, p, n);
		p = c->in;
		n = c->in_n;
	}
	size_t used = conn_frames(c, p, n), left = n - used;
	if (kept) {
		memmove(c->in, c->in + used, left);
		c->in_n = left;
	} else if (left) {
		conn_keep_in(c, p + used, left);
	}
	if (!left) {
		free(c->in);
		c->in = NULL;
		c->in_size = 0;
	}
	if (!left || !conn_ready(c))
		c->frame_by = 0;
	else if (used || !c->frame_by)
		c->frame_by = clock_mono() + c->loop->s->o.frame_time;
}

static void conn_read(struct frame_conn *c)
{
	if (c->in_n && conn_ready(c))
		conn_take(c, "", 0);
	for (int i = 0; i < READS_A_TURN; i++) {
		if (!conn_ready(c))
			return;
		ERR_clear_error();
		int n = SSL_read(c->ssl, c->loop->scratch, SCRATCH);
		if (n <= 0) {
			conn_failed(c, n);
			return;
		}
		conn_take(c, c->loop->scratch, (size_t)n);
		if (!SSL_has_pending(c->ssl))
			return;
	}
	c->more = true;
}

/* ── TLS ── */

static void peer_learn(struct frame_conn *c)
{
	X509 *x = SSL_get1_peer_certificate(c->ssl);
	uint8_t md[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	int days = 0, seconds = 0;
	c->peer.tls = SSL_get_version(c->ssl);
	if (!x)
		return;
	if (X509_digest(x, EVP_sha256(), md, &n) && n == 32 &&
	    ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(x))) {
		for (unsigned i = 0; i < n; i++)
			snprintf(c->peer.fingerprint + 2 * i, 3, "%02x", md[i]);
		c->peer.cert_left = (int64_t)days * 86400 + seconds;
		c->peer.certified = true;
	}
	X509_free(x);
}

static void conn_shake(struct frame_conn *c)
{
	struct frame_server *s = c->loop->s;
	ERR_clear_error();
	int rc = SSL_do_handshake(c->ssl);
	if (rc != 1) {
		conn_failed(c, rc);
		if (c->dead)
			atomic_fetch_add(&s->failed, 1);
		return;
	}
	c->wants = EV_READ;
	c->open = true;
	c->until = 0;
	peer_learn(c);
	s->o.ops->open(c, s->o.app);
}

static void on_io(evutil_socket_t fd, short what, void *arg)
{
	struct frame_conn *c = arg;
	if (c->held || (c->paused && !c->out_n)) {
		conn_events(c, 0);
		return;
	}
	if (!c->open)
		conn_shake(c);
	conn_flush(c);
	conn_read(c);
	conn_settle(c);
}

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

static void conn_new(struct frame_loop *l, int fd, const struct addr *a)
{
	struct frame_server *s = l->s;
	struct frame_conn *c = calloc(1, sizeof *c);
	int on = 1;
	if (!c || !(c->ssl = SSL_new(s->tls)) || !(c->io = event_new(l->base, fd, EV_READ | EV_PERSIST, on_io, c)))
		abort();
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	SSL_set_fd(c->ssl, fd);
	SSL_set_accept_state(c->ssl);
	c->loop = l;
	c->fd = fd;
	c->peer.addr = *a;
	c->wants = c->events = EV_READ;
	c->until = clock_mono() + s->o.handshake;
	TAILQ_INSERT_TAIL(&l->all, c, all);
	TAILQ_INSERT_TAIL(&l->young, c, young);
	l->nyoung++;
	l->tokens--;
	atomic_fetch_add(&s->open, 1);
	atomic_fetch_add(&s->fresh, 1);
	atomic_fetch_add(&s->accepted, 1);
	event_add(c->io, NULL);
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

void frame_hold(struct frame_conn *c)
{
	c->held = true;
}

void frame_wake(struct frame_conn *c)
{
	struct frame_loop *l = c->loop;
	pthread_mutex_lock(&l->lock);
	bool first = !l->woken;
	c->wake_next = l->woken;
	l->woken = c;
	pthread_mutex_unlock(&l->lock);
	if (first)
		eventfd_write(l->wake_fd, 1);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct frame_conn *c = arg;
	c->paused = false;
	if (c->held)
		return;
	conn_read(c);
	conn_settle(c);
}

void frame_pause(struct frame_conn *c, int64_t usec)
{
	struct timeval tv = { .tv_sec = usec / USEC, .tv_usec = usec % USEC };
	if (!c->timer && !(c->timer = evtimer_new(c->loop->base, on_timer, c)))
		abort();
	c->paused = true;
	evtimer_add(c->timer, &tv);
}

/* ── small things ── */

const struct frame_peer *frame_peer(const struct frame_conn *c)
{
	return &c->peer;
}
void *frame_user(const struct frame_conn *c)
{
	return c->user;
}
void frame_set_user(struct frame_conn *c, void *user)
{
	c->user = user;
}
int frame_loop_of(const struct frame_conn *c)
{
	return c->loop->no;
}
void frame_close(struct frame_conn *c)
{
	c->closing = true;
}
void frame_deadline(struct frame_conn *c, int64_t at)
{
	c->until = at;
}
int frame_port(const struct frame_server *s)
{
	return s->port;
}

void frame_known(struct frame_conn *c)
{
	if (c->known)
		return;
	c->known = true;
	TAILQ_REMOVE(&c->loop->young, c, young);
	c->loop->nyoung--;
	atomic_fetch_sub(&c->loop->s->fresh, 1);
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

void frame_stop(struct frame_server *s)
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
		return;
	}
	SSL_CTX_free(s->tls);
	free(s->loop);
	free(s);
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
