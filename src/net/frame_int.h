/* frame_int.h — what frame.c (loops, listening, start and stop) and frame_conn.c (one connection) share. */
#ifndef NET_FRAME_INT_H
#define NET_FRAME_INT_H
#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>
#include <event2/event.h>
#include <openssl/ssl.h>
#include "net/frame.h"

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

void conn_new(struct frame_loop *l, int fd, const struct addr *a);
void conn_free(struct frame_conn *c);
/* Reads and hands over what there is; then, always last, conn_settle: it may free the connection. */
void conn_read(struct frame_conn *c);
void conn_settle(struct frame_conn *c);

#endif
