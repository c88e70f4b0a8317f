#include "net/lines.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/text.h"
#include "net/listen.h"

enum { LOOPS_MAX = 16, BATCH = 64, NETS = 4096, SWEEP_MS = 500 };
#define RATE_MIN 4096 /* bytes a second that a reader has to take */

struct conn {
	int fd;
	struct addr client;
	unsigned net;
	int64_t until;
	size_t got, sent;
	struct buf out;
	struct conn *next, **at;
	char line[]; /* line_max + 1 */
};
struct loop {
	struct lines_server *srv;
	int listen, epoll;
	pthread_t thread;
	bool started;
	struct conn *conns;
};
struct lines_server {
	struct lines_opts o;
	struct loop loop[LOOPS_MAX];
	int nloops, wake, port;
	_Atomic bool stopping;
	_Atomic int open;
	_Atomic uint16_t per_net[NETS]; /* by a hash of the network: a clash makes the cap a little tighter */
	_Atomic int64_t accepted, answered, refused, timeouts;
};

/* ── one connection ── */

static void conn_close(struct loop *l, struct conn *c)
{
	struct lines_server *s = l->srv;
	char waste[512];
	/* Bytes left unread would make the kernel reset the connection, and the answer with it. */
	while (c->sent && recv(c->fd, waste, sizeof waste, MSG_DONTWAIT) == sizeof waste)
		;
	close(c->fd);
	*c->at = c->next;
	if (c->next)
		c->next->at = c->at;
	atomic_fetch_sub(&s->per_net[c->net], 1);
	atomic_fetch_sub(&s->open, 1);
	buf_free(&c->out);
	free(c);
}

static void watch(struct loop *l, struct conn *c, uint32_t events, int op)
{
	struct epoll_event ev = { .events = events, .data.ptr = c };
	epoll_ctl(l->epoll, op, c->fd, &ev);
}

/* True while there is more to send. */
static bool conn_send(struct loop *l, struct conn *c)
{
	while (c->sent < c->out.n) {
		ssize_t n = send(c->fd, c->out.p + c->sent, c->out.n - c->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n <= 0)
			return n < 0 && (errno == EAGAIN || errno == EINTR);
		c->sent += (size_t)n;
	}
	return false;
}

/* Without what ends it; NULL: it holds a 0. */
static const char *line_of(struct conn *c, size_t len)
{
	c->line[len] = 0;
	while (len && (c->line[len - 1] == '\r' || c->line[len - 1] == ' '))
		c->line[--len] = 0;
	return strlen(c->line) == len ? c->line : NULL;
}

static void conn_answer(struct loop *l, struct conn *c, const char *line)
{
	struct lines_server *s = l->srv;
	s->o.answer(s->o.app, &c->client, line, &c->out);
	atomic_fetch_add(&s->answered, 1);
	c->until = clock_mono() + s->o.timeout + (int64_t)c->out.n * USEC / RATE_MIN;
	if (c->out.bad || !conn_send(l, c))
		conn_close(l, c);
	else
		watch(l, c, EPOLLOUT, EPOLL_CTL_MOD);
}

static void conn_read(struct loop *l, struct conn *c)
{
	struct lines_server *s = l->srv;
	ssize_t n = recv(c->fd, c->line + c->got, s->o.line_max - c->got, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0 || (n == 0 && !c->got)) {
		conn_close(l, c);
		return;
	}
	if (n == 0) {
		conn_answer(l, c, line_of(c, c->got));
		return;
	}
	char *end = memchr(c->line + c->got, '\n', (size_t)n);
	c->got += (size_t)n;
	if (end) {
		conn_answer(l, c, line_of(c, (size_t)(end - c->line)));
	} else if (c->got == s->o.line_max) {
		atomic_fetch_add(&s->refused, 1);
		conn_answer(l, c, NULL);
	}
}

static void conn_event(struct loop *l, struct conn *c, uint32_t events)
{
	if (c->out.n) {
		if ((events & (EPOLLERR | EPOLLHUP)) || !conn_send(l, c))
			conn_close(l, c);
	} else {
		conn_read(l, c);
	}
}

/* ── a loop ── */

static void conn_new(struct loop *l, int fd, const struct addr *client)
{
	struct lines_server *s = l->srv;
	unsigned net = addr_net_hash(client) % NETS;
	bool room = atomic_fetch_add(&s->open, 1) < s->o.max;
	bool fair = atomic_fetch_add(&s->per_net[net], 1) < s->o.per_net;
	struct conn *c = room && fair ? calloc(1, sizeof *c + s->o.line_max + 1) : NULL;
	if (!c) {
		atomic_fetch_sub(&s->per_net[net], 1);
		atomic_fetch_sub(&s->open, 1);
		atomic_fetch_add(&s->refused, 1);
		close(fd);
		return;
	}
	c->fd = fd;
	c->client = *client;
	c->net = net;
	c->until = clock_mono() + s->o.timeout;
	c->out.max = s->o.answer_max;
	c->next = l->conns;
	c->at = &l->conns;
	if (c->next)
		c->next->at = &c->next;
	l->conns = c;
	watch(l, c, EPOLLIN, EPOLL_CTL_ADD);
}

static void accept_some(struct loop *l)
{
	for (int i = 0; i < BATCH; i++) {
		struct sockaddr_storage sa;
		struct addr client;
		socklen_t n = sizeof sa;
		int fd = accept4(l->listen, (struct sockaddr *)&sa, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			return;
		atomic_fetch_add(&l->srv->accepted, 1);
		listen_peer(&sa, &client);
		conn_new(l, fd, &client);
	}
}

static void sweep(struct loop *l, int64_t now)
{
	for (struct conn *c = l->conns, *next; c; c = next) {
		next = c->next;
		if (c->until < now) {
			atomic_fetch_add(&l->srv->timeouts, 1);
			conn_close(l, c);
		}
	}
}

static void *loop_run(void *arg)
{
	struct loop *l = arg;
	struct epoll_event ev[BATCH];
	pthread_setname_np(pthread_self(), "lines");
	for (int64_t next = 0; !atomic_load(&l->srv->stopping);) {
		int n = epoll_wait(l->epoll, ev, BATCH, SWEEP_MS);
		for (int i = 0; i < n; i++) {
			if (ev[i].data.ptr == l)
				accept_some(l);
			else if (ev[i].data.ptr)
				conn_event(l, ev[i].data.ptr, ev[i].events);
		}
		int64_t now = clock_mono();
		if (now >= next) {
			sweep(l, now);
			next = now + SWEEP_MS * 1000;
		}
	}
	while (l->conns)
		conn_close(l, l->conns);
	return NULL;
}

/* ── start and stop ── */

static bool loop_start(struct lines_server *s, const struct addrinfo *ai)
{
	struct loop *l = &s->loop[s->nloops++];
	struct epoll_event in = { .events = EPOLLIN, .data.ptr = l }, stop = { .events = EPOLLIN };
	l->srv = s;
	l->epoll = -1;
	l->listen = listen_open(ai, s->port);
	if (l->listen < 0)
		return false;
	s->port = listen_port(l->listen);
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	return l->epoll >= 0 && !epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->listen, &in) &&
	       !epoll_ctl(l->epoll, EPOLL_CTL_ADD, s->wake, &stop) &&
	       (l->started = !pthread_create(&l->thread, NULL, loop_run, l));
}

struct lines_server *lines_start(const struct lines_opts *o, struct err *e)
{
	struct addrinfo *ai = listen_resolve(o->listen);
	if (!ai) {
		err_set(e, ST_INVALID, "%.80s: expected host:port", o->listen);
		return NULL;
	}
	struct lines_server *s = calloc(1, sizeof *s);
	if (!s)
		abort();
	s->o = *o;
	s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int loops = o->loops < 1 ? 1 : o->loops > LOOPS_MAX ? LOOPS_MAX : o->loops;
	bool ok = s->wake >= 0;
	while (ok && s->nloops < loops)
		ok = loop_start(s, ai);
	freeaddrinfo(ai);
	if (ok)
		return s;
	err_set(e, ST_BUSY, "%.80s can't be listened on: %s", o->listen, strerror(errno));
	lines_stop(s);
	return NULL;
}

int lines_port(const struct lines_server *s)
{
	return s->port;
}

void lines_stop(struct lines_server *s)
{
	if (!s)
		return;
	atomic_store(&s->stopping, true);
	eventfd_write(s->wake, 1);
	for (int i = 0; i < s->nloops; i++) {
		if (s->loop[i].started)
			pthread_join(s->loop[i].thread, NULL);
		if (s->loop[i].listen >= 0)
			close(s->loop[i].listen);
		if (s->loop[i].epoll >= 0)
			close(s->loop[i].epoll);
	}
	if (s->wake >= 0)
		close(s->wake);
	free(s);
}

void lines_stats(const struct lines_server *s, struct lines_stats *out)
{
	*out = (struct lines_stats){ 0 };
	if (!s)
		return;
	out->accepted = atomic_load(&s->accepted);
	out->answered = atomic_load(&s->answered);
	out->refused = atomic_load(&s->refused);
	out->timeouts = atomic_load(&s->timeouts);
	out->open = atomic_load(&s->open);
}
