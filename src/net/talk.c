#include "net/talk.h"
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "net/listen.h"

enum { LOOPS_MAX = 16, BATCH = 64, NETS = 4096, SWEEP_MS = 500, STOP_SECONDS = 5 };

struct talk_conn {
	struct loop *loop;
	int fd;
	struct addr peer;
	unsigned net;
	int64_t until;
	void *user;
	bool held, closing, watched;
	size_t got, sent;
	struct buf out;
	struct talk_conn *next, **at, *woken;
	char in[];
};
struct loop {
	struct talk_server *srv;
	int listen, epoll, wake;
	pthread_t thread;
	bool started;
	int held;
	struct talk_conn *conns;
	pthread_mutex_t lock; /* of woken */
	struct talk_conn *woken;
};
struct talk_server {
	struct talk_opts o;
	struct loop loop[LOOPS_MAX];
	int nloops, port;
	_Atomic bool stopping;
	_Atomic int open, held;
	_Atomic uint16_t per_net[NETS]; /* by a hash of the network */
	_Atomic int64_t accepted, refused, timeouts;
};

/* ── one connection ── */

static void conn_close(struct talk_conn *c)
{
	struct talk_server *s = c->loop->srv;
	s->o.ops->closed(c);
	close(c->fd);
	*c->at = c->next;
	if (c->next)
		c->next->at = c->at;
	atomic_fetch_sub(&s->per_net[c->net], 1);
	atomic_fetch_sub(&s->open, 1);
	buf_free(&c->out);
	free(c);
}

/* What epoll is to tell of it: nothing while it is held, or a client that is gone would be told of without end. */
static void watch(struct talk_conn *c)
{
	struct epoll_event ev = { .events = c->sent < c->out.n ? EPOLLOUT : EPOLLIN, .data.ptr = c };
	int op = c->held ? EPOLL_CTL_DEL : c->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
	if (!c->held || c->watched)
		epoll_ctl(c->loop->epoll, op, c->fd, &ev);
	c->watched = !c->held;
}

/* False: the other side is gone. */
static bool conn_send(struct talk_conn *c)
{
	while (c->sent < c->out.n) {
		ssize_t n = send(c->fd, c->out.p + c->sent, c->out.n - c->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n <= 0)
			return n < 0 && (errno == EAGAIN || errno == EINTR);
		c->sent += (size_t)n;
		c->until = clock_mono() + c->loop->srv->o.timeout;
	}
	c->sent = 0;
	buf_reset(&c->out);
	return true;
}

/* Hands on what has come in, as long as the front takes it. False: it is to be closed. */
static bool conn_feed(struct talk_conn *c)
{
	const struct talk_ops *ops = c->loop->srv->o.ops;
	size_t used = 0;
	while (used < c->got && !c->held && !c->closing) {
		size_t n = ops->input(c, c->in + used, c->got - used);
		if (!n)
			break;
		used += n;
	}
	memmove(c->in, c->in + used, c->got - used);
	c->got -= used;
	return c->held || c->closing || c->got < c->loop->srv->o.input;
}

/* Closes it, or waits for what comes next. */
static void conn_go_on(struct talk_conn *c, bool well)
{
	if (well && !c->held)
		well = !c->out.bad && conn_send(c) && !(c->closing && c->sent == c->out.n);
	if (well)
		watch(c);
	else
		conn_close(c);
}

static void conn_read(struct talk_conn *c)
{
	ssize_t n = recv(c->fd, c->in + c->got, c->loop->srv->o.input - c->got, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		c->got += (size_t)n;
		c->until = clock_mono() + c->loop->srv->o.timeout;
	}
	conn_go_on(c, n > 0 && conn_feed(c));
}

static void conn_event(struct talk_conn *c, uint32_t events)
{
	if (events & EPOLLERR)
		conn_close(c);
	else if (c->sent < c->out.n)
		conn_go_on(c, conn_send(c) && (c->sent < c->out.n || conn_feed(c)));
	else
		conn_read(c);
}

static void conn_woken(struct talk_conn *c)
{
	c->held = false;
	c->loop->held--;
	atomic_fetch_sub(&c->loop->srv->held, 1);
	c->until = clock_mono() + c->loop->srv->o.timeout;
	c->loop->srv->o.ops->woken(c);
	conn_go_on(c, c->held || conn_feed(c));
}

/* ── a loop ── */

static void conn_new(struct loop *l, int fd, const struct addr *peer)
{
	struct talk_server *s = l->srv;
	unsigned net = addr_net_hash(peer) % NETS;
	bool room = atomic_fetch_add(&s->open, 1) < s->o.max;
	bool fair = atomic_fetch_add(&s->per_net[net], 1) < s->o.per_net;
	struct talk_conn *c = room && fair ? calloc(1, sizeof *c + s->o.input) : NULL;
	if (!c) {
		atomic_fetch_sub(&s->per_net[net], 1);
		atomic_fetch_sub(&s->open, 1);
		atomic_fetch_add(&s->refused, 1);
		close(fd);
		return;
	}
	c->loop = l;
	c->fd = fd;
	c->peer = *peer;
	c->net = net;
	c->until = clock_mono() + s->o.timeout;
	c->out.max = s->o.answer_max;
	c->next = l->conns;
	c->at = &l->conns;
	if (c->next)
		c->next->at = &c->next;
	l->conns = c;
	s->o.ops->open(c);
	conn_go_on(c, true);
}

static void accept_some(struct loop *l)
{
	for (int i = 0; i < BATCH; i++) {
		struct sockaddr_storage sa;
		struct addr peer;
		socklen_t n = sizeof sa;
		int fd = accept4(l->listen, (struct sockaddr *)&sa, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			return;
		atomic_fetch_add(&l->srv->accepted, 1);
		listen_peer(&sa, &peer);
		conn_new(l, fd, &peer);
	}
}

static void wake_all(struct loop *l)
{
	eventfd_t n;
	eventfd_read(l->wake, &n);
	pthread_mutex_lock(&l->lock);
	struct talk_conn *list = l->woken;
	l->woken = NULL;
	pthread_mutex_unlock(&l->lock);
	while (list) {
		struct talk_conn *c = list;
		list = c->woken;
		conn_woken(c);
	}
}

static void sweep(struct loop *l, int64_t now)
{
	for (struct talk_conn *c = l->conns, *next; c; c = next) {
		next = c->next;
		if (!c->held && c->until < now) {
			atomic_fetch_add(&l->srv->timeouts, 1);
			conn_close(c);
		}
	}
}

static void close_rest(struct loop *l, bool held_too)
{
	for (struct talk_conn *c = l->conns, *next; c; c = next) {
		next = c->next;
		if (!c->held || held_too)
			conn_close(c);
	}
}

static void *loop_run(void *arg)
{
	struct loop *l = arg;
	struct epoll_event ev[BATCH];
	int64_t next = 0, stop_by = 0;
	pthread_setname_np(pthread_self(), "talk");
	for (;;) {
		int64_t now = clock_mono();
		bool stopping = atomic_load(&l->srv->stopping);
		if (stopping && !stop_by) {
			stop_by = now + STOP_SECONDS * USEC;
			epoll_ctl(l->epoll, EPOLL_CTL_DEL, l->listen, NULL);
			close_rest(l, false);
		}
		if (stopping && (!l->held || now > stop_by))
			break;
		int n = epoll_wait(l->epoll, ev, BATCH, stopping ? 50 : SWEEP_MS);
		for (int i = 0; i < n; i++) {
			if (ev[i].data.ptr == l)
				accept_some(l);
			else if (ev[i].data.ptr != &l->wake)
				conn_event(ev[i].data.ptr, ev[i].events);
		}
		wake_all(l);
		if (now >= next) {
			sweep(l, now);
			next = now + SWEEP_MS * 1000;
		}
		if (stop_by)
			close_rest(l, false);
	}
	return NULL;
}

/* ── what fronts call ── */

void *talk_app(const struct talk_conn *c)
{
	return c->loop->srv->o.app;
}
const struct addr *talk_peer(const struct talk_conn *c)
{
	return &c->peer;
}
void *talk_user(const struct talk_conn *c)
{
	return c->user;
}
void talk_set_user(struct talk_conn *c, void *user)
{
	c->user = user;
}

void talk_say(struct talk_conn *c, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	buf_add(&c->out, text, n < (int)sizeof text ? (size_t)n : sizeof text - 1);
	buf_str(&c->out, "\r\n");
}

void talk_close(struct talk_conn *c)
{
	c->closing = true;
}

void talk_hold(struct talk_conn *c)
{
	c->held = true;
	c->loop->held++;
	atomic_fetch_add(&c->loop->srv->held, 1);
}

void talk_wake(struct talk_conn *c)
{
	struct loop *l = c->loop;
	pthread_mutex_lock(&l->lock);
	bool first = !l->woken;
	c->woken = l->woken;
	l->woken = c;
	pthread_mutex_unlock(&l->lock);
	if (first)
		eventfd_write(l->wake, 1);
}

/* ── start and stop ── */

static bool loop_start(struct talk_server *s, const struct addrinfo *ai)
{
	struct loop *l = &s->loop[s->nloops++];
	struct epoll_event in = { .events = EPOLLIN, .data.ptr = l },
			   wake = { .events = EPOLLIN, .data.ptr = &l->wake };
	l->srv = s;
	l->epoll = l->wake = -1;
	pthread_mutex_init(&l->lock, NULL);
	l->listen = listen_open(ai, s->port);
	if (l->listen < 0)
		return false;
	s->port = listen_port(l->listen);
	l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	return l->wake >= 0 && l->epoll >= 0 && !epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->listen, &in) &&
	       !epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->wake, &wake) &&
	       (l->started = !pthread_create(&l->thread, NULL, loop_run, l));
}

struct talk_server *talk_start(const struct talk_opts *o, struct err *e)
{
	struct addrinfo *ai = listen_resolve(o->listen);
	if (!ai) {
		err_set(e, ST_INVALID, "%.80s: expected host:port", o->listen);
		return NULL;
	}
	struct talk_server *s = calloc(1, sizeof *s);
	if (!s)
		abort();
	s->o = *o;
	int loops = o->loops < 1 ? 1 : o->loops > LOOPS_MAX ? LOOPS_MAX : o->loops;
	bool ok = true;
	while (ok && s->nloops < loops)
		ok = loop_start(s, ai);
	freeaddrinfo(ai);
	if (ok)
		return s;
	err_set(e, ST_BUSY, "%.80s can't be listened on: %s", o->listen, strerror(errno));
	talk_stop(s);
	return NULL;
}

int talk_port(const struct talk_server *s)
{
	return s->port;
}

bool talk_stop(struct talk_server *s)
{
	if (!s)
		return true;
	atomic_store(&s->stopping, true);
	for (int i = 0; i < s->nloops; i++) {
		struct loop *l = &s->loop[i];
		if (l->wake >= 0)
			eventfd_write(l->wake, 1);
		if (l->started)
			pthread_join(l->thread, NULL);
	}
	if (atomic_load(&s->held))
		return false;
	for (int i = 0; i < s->nloops; i++) {
		struct loop *l = &s->loop[i];
		close_rest(l, true);
		if (l->listen >= 0)
			close(l->listen);
		if (l->epoll >= 0)
			close(l->epoll);
		if (l->wake >= 0)
			close(l->wake);
		pthread_mutex_destroy(&l->lock);
	}
	free(s);
	return true;
}

void talk_stats(const struct talk_server *s, struct talk_stats *out)
{
	*out = (struct talk_stats){ 0 };
	if (!s)
		return;
	out->accepted = atomic_load(&s->accepted);
	out->refused = atomic_load(&s->refused);
	out->timeouts = atomic_load(&s->timeouts);
	out->open = atomic_load(&s->open);
}
