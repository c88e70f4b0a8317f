#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/text.h"
#include "net/http_int.h"

/* MHD only knows silence; it does not see a client that sends a byte every few seconds. So every connection has a
 * record, and one thread compares its stage with the time it may take, a few times a second: idle or in the headers two
 * time-outs in the body              two time-outs and a second for every HTTP_RATE_MIN bytes that came; never silent
 * for one the handler's and the database's time is ours and not limited here taking the answer        two time-outs and
 * a second for every HTTP_RATE_MIN bytes of it
 */
enum { SWEEP_MS = 250, LINGER_MS = 50 };

struct leftover {
	int fd;
	int64_t until, bytes;
};
struct sweeper {
	struct http_server *srv;
	pthread_t thread;
	int wake;
	_Atomic bool stop;
	pthread_mutex_t lock;
	struct leftover linger[HTTP_LINGER_MAX]; /* first n, under lock */
	int n;
};

bool conn_move(struct http_conn *c, enum conn_stage to, int64_t bytes)
{
	int64_t now = clock_mono();
	int was = atomic_load(&c->stage);
	if (was == CONN_KILLED)
		return false;
	if (to != CONN_HEAD) /* the headers count from when the connection fell idle */
		atomic_store(&c->since, now);
	atomic_store(&c->last, now);
	atomic_store(&c->bytes, bytes);
	return atomic_compare_exchange_strong(&c->stage, &was, to);
}

static const char too_slow[] =
	"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Type: text/plain\r\n"
	"Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nContent-Length: 32\r\n\r\n"
	"The request came in too slowly.\n";

/* Ends the connection unless its loop has moved it on meanwhile. The loop then finds the socket at its end. */
static void conn_kill(struct sweeper *w, struct http_conn *c, int stage)
{
	if (!atomic_compare_exchange_strong(&c->stage, &stage, CONN_KILLED))
		return;
	atomic_fetch_add(&c->srv->refused, 1);
	if (stage == CONN_HEAD || stage == CONN_BODY) {
		(void)!send(c->fd, too_slow, sizeof too_slow - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
		linger_add(w, c->fd);
	}
	shutdown(c->fd, SHUT_RDWR);
}

static bool conn_late(const struct http_conn *c, int stage, int64_t now)
{
	const int64_t limit = c->srv->timeout, spent = now - atomic_load(&c->since);
	const int64_t allowed = 2 * limit + atomic_load(&c->bytes) * USEC / HTTP_RATE_MIN;
	switch (stage) {
	case CONN_IDLE:
	case CONN_HEAD:
		return spent > 2 * limit;
	case CONN_BODY:
		return spent > allowed || now - atomic_load(&c->last) > limit;
	case CONN_SEND:
		return spent > allowed;
	default:
		return false;
	}
}

static void sweep(struct sweeper *w)
{
	struct http_server *s = w->srv;
	int64_t now = clock_mono();
	pthread_mutex_lock(&s->conns_lock);
	for (struct http_conn *c = s->conns; c; c = c->next) {
		int stage = atomic_load(&c->stage);
		if (conn_late(c, stage, now))
			conn_kill(w, c, stage);
	}
	pthread_mutex_unlock(&s->conns_lock);
}

void linger_add(struct sweeper *w, int fd)
{
	pthread_mutex_lock(&w->lock);
	int mine = w->n < HTTP_LINGER_MAX ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : -1;
	if (mine >= 0)
		w->linger[w->n++] = (struct leftover){ mine, clock_mono() + HTTP_LINGER_SECONDS * USEC, 0 };
	pthread_mutex_unlock(&w->lock);
	eventfd_write(w->wake, 1);
}

/* False when there is nothing more to wait for. */
static bool linger_read(struct leftover *l, int64_t now)
{
	char waste[16384];
	for (int i = 0; i < 16; i++) {
		ssize_t got = recv(l->fd, waste, sizeof waste, MSG_DONTWAIT);
		if (got < 0)
			return (errno == EAGAIN || errno == EINTR) && now < l->until;
		l->bytes += got;
		if (!got || l->bytes > HTTP_LINGER_BYTES)
			return false;
	}
	return now < l->until;
}

static int linger_all(struct sweeper *w)
{
	int64_t now = clock_mono();
	pthread_mutex_lock(&w->lock);
	for (int i = 0; i < w->n;) {
		if (linger_read(&w->linger[i], now)) {
			i++;
		} else {
			close(w->linger[i].fd);
			w->linger[i] = w->linger[--w->n];
		}
	}
	int n = w->n;
	pthread_mutex_unlock(&w->lock);
	return n;
}

static void *sweeper_run(void *arg)
{
	struct sweeper *w = arg;
	pthread_setname_np(pthread_self(), "http-sweep");
	struct pollfd p = { .fd = w->wake, .events = POLLIN };
	for (int64_t next = 0; !atomic_load(&w->stop);) {
		int lingering = linger_all(w);
		int64_t now = clock_mono();
		if (now >= next) {
			sweep(w);
			next = now + SWEEP_MS * 1000;
		}
		if (poll(&p, 1, lingering ? LINGER_MS : SWEEP_MS) > 0) {
			eventfd_t ignored;
			eventfd_read(w->wake, &ignored);
		}
	}
	return NULL;
}

struct sweeper *sweeper_start(struct http_server *s, struct err *e)
{
	struct sweeper *w = calloc(1, sizeof *w);
	if (!w)
		abort();
	w->srv = s;
	pthread_mutex_init(&w->lock, NULL);
	w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int fail = w->wake < 0 ? errno : pthread_create(&w->thread, NULL, sweeper_run, w);
	if (!fail)
		return w;
	if (w->wake >= 0)
		close(w->wake);
	free(w);
	err_set(e, ST_INTERNAL, "http: cannot start a thread: %s", strerror(fail));
	return NULL;
}

void sweeper_stop(struct sweeper *w)
{
	if (!w)
		return;
	atomic_store(&w->stop, true);
	eventfd_write(w->wake, 1);
	pthread_join(w->thread, NULL);
	while (w->n)
		close(w->linger[--w->n].fd);
	close(w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

static struct addr peer_of(const struct sockaddr *sa)
{
	struct addr a = { .family = 4 };
	if (sa && sa->sa_family == AF_INET) {
		memcpy(a.b, &((const struct sockaddr_in *)sa)->sin_addr, 4);
	} else if (sa && sa->sa_family == AF_INET6) {
		a.family = 6;
		memcpy(a.b, &((const struct sockaddr_in6 *)sa)->sin6_addr, 16);
	}
	return a;
}

static void conn_open(struct http_server *s, struct MHD_Connection *mc, void **socket_context)
{
	struct http_conn *c = calloc(1, sizeof *c);
	if (!c)
		abort();
	c->srv = s;
	c->fd = MHD_get_connection_info(mc, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	c->peer = peer_of(MHD_get_connection_info(mc, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
	atomic_store(&c->since, clock_mono());
	*socket_context = c;
	atomic_fetch_add(&s->open, 1);
	pthread_mutex_lock(&s->conns_lock);
	c->next = s->conns;
	c->prev = &s->conns;
	if (c->next)
		c->next->prev = &c->next;
	s->conns = c;
	pthread_mutex_unlock(&s->conns_lock);
}

/* A query whose fields do not fit its pool makes MHD hang up without completing the request it has announced.
 * MHD closes the socket after this, so under the lock the sweeper never holds a number that is somebody else's. */
static void conn_close(struct http_server *s, struct http_conn *c)
{
	if (c->now)
		request_end(c->now);
	pthread_mutex_lock(&s->conns_lock);
	*c->prev = c->next;
	if (c->next)
		c->next->prev = c->prev;
	pthread_mutex_unlock(&s->conns_lock);
	atomic_fetch_sub(&s->open, 1);
	free(c);
}

void conn_notify(void *cls, struct MHD_Connection *mc, void **socket_context, enum MHD_ConnectionNotificationCode what)
{
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		conn_open(cls, mc, socket_context);
	else if (*socket_context)
		conn_close(cls, *socket_context);
}
