/* talk.h — connections that talk: commands of a client, answers of a front, as in LMTP. What the bytes mean is the
 * front's business.
 *
 * Each loop is one thread with its own listening socket (SO_REUSEPORT), epoll and connections. Callbacks run on the
 * connection's loop; they may read the database, they don't wait for a write: a connection whose work is with a writer
 * is held (not read, not closed, not freed) until talk_wake.
 *
 * BOUNDS. `input` bytes are buffered a connection; a client that has sent as many without the front's taking any is
 * disconnected. A connection that neither brings nor takes a byte for `timeout` is closed. At most `max` connections in
 * all, `per_net` a /24 or /48; further ones are closed at once.
 */
#ifndef NET_TALK_H
#define NET_TALK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/addr.h"
#include "base/err.h"

struct talk_conn;
struct talk_server;
struct talk_ops {
	void (*open)(struct talk_conn *c);
	/* How many of the n bytes it has taken; called again while it takes some and is not held. */
	size_t (*input)(struct talk_conn *c, const char *p, size_t n);
	void (*woken)(struct talk_conn *c);  /* after talk_hold and talk_wake */
	void (*closed)(struct talk_conn *c); /* the last call */
};
struct talk_opts {
	const char *listen; /* host:port, [v6]:port; port 0: any */
	int loops, max, per_net;
	size_t input, answer_max;
	int64_t timeout; /* microseconds */
	const struct talk_ops *ops;
	void *app;
};
struct talk_server *talk_start(const struct talk_opts *o, struct err *e);
int talk_port(const struct talk_server *s);
/* Takes no more, lets what is held finish (≤ 5 s). False: some is still held and is left as it is, not freed under a
 * writer; the process is about to end. NULL is fine. */
bool talk_stop(struct talk_server *s);

/* ── on the loop ── */
void *talk_app(const struct talk_conn *c);
const struct addr *talk_peer(const struct talk_conn *c);
void *talk_user(const struct talk_conn *c);
void talk_set_user(struct talk_conn *c, void *user);
void talk_say(struct talk_conn *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void talk_close(struct talk_conn *c); /* once what was said is out */
void talk_hold(struct talk_conn *c);
/* ── from any thread, once a hold ── */
void talk_wake(struct talk_conn *c);

struct talk_stats {
	int64_t accepted, refused, timeouts, open;
};
void talk_stats(const struct talk_server *s, struct talk_stats *out);
#endif
