/* lines.h — connections of one question: a client sends one line, gets an answer, and the connection ends (RFC 3912).
 *
 * Each loop is one thread with its own listening socket (SO_REUSEPORT), epoll and connections. `answer` runs on it and
 * must not block on anything but the database. A connection has `timeout` to bring its line and the same again, plus a
 * second for every 4 kB, to take the answer; a slow reader holds up nobody. A line may also end with the client's half
 * of the connection. Connections beyond `max` (all) or `per_net` (a /24 or /48) are closed without an answer; they and
 * lines longer than `line_max` are counted.
 */
#ifndef NET_LINES_H
#define NET_LINES_H
#include <stddef.h>
#include <stdint.h>
#include "base/addr.h"
#include "base/buf.h"
#include "base/err.h"

struct lines_server;
struct lines_opts {
	const char *listen; /* host:port, [v6]:port; port 0: any */
	int loops;
	size_t line_max, answer_max;
	int max, per_net;
	int64_t timeout; /* microseconds */
	/* `line` is closed by a 0, without its CR LF; it may hold any other bytes but 0. NULL: it was longer than line_max, or
	 * held a 0. */
	void (*answer)(void *app, const struct addr *client, const char *line, struct buf *out);
	void *app;
};
struct lines_server *lines_start(const struct lines_opts *o, struct err *e);
int lines_port(const struct lines_server *s);
void lines_stop(struct lines_server *s); /* NULL is fine */

struct lines_stats {
	int64_t accepted, answered, refused, timeouts, open;
};
void lines_stats(const struct lines_server *s, struct lines_stats *out);
#endif
