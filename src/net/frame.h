/* frame.h — framed connections over TLS: four bytes of length, which count themselves, then the bytes (RFC 5734 §4).
 *
 * Each loop is one thread with its own listening socket (SO_REUSEPORT), epoll and connections, so that nothing but the
 * counters is shared. A front gives callbacks; all of them run on the connection's loop and must not block. While a
 * command is with a writer thread its connection is held: not read, not closed, not freed, until frame_wake.
 *
 * TLS 1.2 and 1.3 with forward secrecy, no renegotiation, no resumption. A client certificate is asked for, not
 * demanded, and of any issuer: TLS proves that the client has its key, and who may use it is the front's business, by
 * fingerprint.
 *
 * BOUNDS. An idle connection costs a TLS session and no buffers. A partial frame is kept up to its announced size,
 * which is at most frame_max; a frame announced longer, or shorter than its own length, is answered with nothing and
 * closed. A handshake, a frame and an answer each have a time to be complete in. Connections that frame_known has not
 * been called for are capped, in all (the oldest gives way) and per client network (the newest does). New connections
 * are taken at no more than `accepts` a second, since a handshake costs as much as twenty commands.
 */
#ifndef NET_FRAME_H
#define NET_FRAME_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/addr.h"
#include "base/buf.h"
#include "base/err.h"

struct frame_conn;
struct frame_server;

/* What TLS told of the other side; lives as long as the connection. */
struct frame_peer {
	struct addr addr;
	bool certified;
	char fingerprint[65]; /* SHA-256 of the certificate's DER, hex; "" without one */
	int64_t cert_left;    /* seconds until it expires, by the system's clock; negative: it has */
	int rsa_bits;	      /* of its key; 0: another kind */
	char signer[65];      /* of a certificate sent behind it whose key signed it and that is still valid; "" none */
	const char *tls;      /* "TLSv1.3" */
};

struct frame_ops {
	void (*open)(struct frame_conn *c, void *app); /* TLS is up; the first word may be said */
	void (*frame)(struct frame_conn *c, const char *p, size_t n);
	void (*woken)(struct frame_conn *c);  /* after frame_hold and frame_wake */
	void (*closed)(struct frame_conn *c); /* last call; only after open */
};

struct frame_opts {
	const char *listen;	/* host:port, [v6]:port; port 0: any */
	const char *cert, *key; /* PEM files: chain, private key */
	int loops;
	size_t frame_max;			    /* bytes of a frame without its length */
	int max, fresh_max, fresh_net;		    /* connections: all; not known yet: all, per /24 or /48 */
	int accepts;				    /* a second and loop */
	int64_t handshake, frame_time, answer_time; /* microseconds */
	const struct frame_ops *ops;
	void *app;
};
struct frame_server *frame_start(const struct frame_opts *o, struct err *e);
int frame_port(const struct frame_server *s);
/* Takes no more, lets what is held finish (≤ 5 s), closes. False: some is still held, and is left as it is, not freed
 * under a writer; the process is about to end. */
bool frame_stop(struct frame_server *s);

/* Pure. How many of the n bytes are the first frame, its length included; 0: it is not all there yet; −1: there is
 * nothing to wait for. `max` is of the frame without its length. */
long frame_length(const char *p, size_t n, size_t max);

/* ── on the loop ── */
const struct frame_peer *frame_peer(const struct frame_conn *c);
void *frame_user(const struct frame_conn *c);
void frame_set_user(struct frame_conn *c, void *user);
int frame_loop_of(const struct frame_conn *c);	       /* 0 … loops−1: for what a loop keeps for itself */
void frame_begin(struct buf *b);		       /* empties it and leaves room for the length */
void frame_send(struct frame_conn *c, struct buf *b);  /* begun so; sent or copied before it returns */
void frame_close(struct frame_conn *c);		       /* once what was sent is out */
void frame_known(struct frame_conn *c);		       /* it no longer counts among the fresh ones */
void frame_deadline(struct frame_conn *c, int64_t at); /* closed at this clock_mono(); 0: never */
void frame_pause(struct frame_conn *c, int64_t usec);  /* no further frame for so long */
void frame_hold(struct frame_conn *c);
/* ── from any thread, once a hold ── */
void frame_wake(struct frame_conn *c);

struct frame_stats {
	int64_t accepted, refused, evicted, handshakes_failed, bad_frames, timeouts, frames, open, fresh;
};
void frame_stats(const struct frame_server *s, struct frame_stats *out);

#endif
