/* One framed TLS connection over libevent's loop and OpenSSL. Not over bufferevents: those keep two buffers for an idle
 * connection, and reading that was stopped can't be begun again for what OpenSSL has already taken from the socket. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <openssl/err.h>
#include "base/bytes.h"
#include "base/clock.h"
#include "base/text.h"
#include "net/frame_int.h"

/* ── the end of a connection ── */

void conn_free(struct frame_conn *c)
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
void conn_settle(struct frame_conn *c)
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

long frame_length(const char *p, size_t n, size_t max)
{
	struct rd r = rd_of(p, n);
	uint32_t len = rd_u32(&r);
	if (r.bad)
		return 0;
	if (len <= HEAD || len - HEAD > max)
		return -1;
	return n < len ? 0 : (long)len;
}

/* Hands over whole frames while it may; how many bytes that used. */
static size_t conn_frames(struct frame_conn *c, const char *p, size_t n)
{
	struct frame_server *s = c->loop->s;
	size_t at = 0;
	while (conn_ready(c)) {
		long len = frame_length(p + at, n - at, s->o.frame_max);
		if (!len)
			break;
		if (len < 0) {
			atomic_fetch_add(&s->bad, 1);
			c->dead = true;
			break;
		}
		at += (size_t)len;
		atomic_fetch_add(&s->frames, 1);
		s->o.ops->frame(c, p + at - len + HEAD, (size_t)len - HEAD);
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

void conn_read(struct frame_conn *c)
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

/* SHA-256 of the DER in hex, and the seconds it is still valid. */
static bool cert_learn(const X509 *x, char print[65], int64_t *left)
{
	uint8_t md[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	int days = 0, seconds = 0;
	if (!X509_digest(x, EVP_sha256(), md, &n) || n != 32 ||
	    !ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(x)))
		return false;
	for (unsigned i = 0; i < n; i++)
		snprintf(print + 2 * i, 3, "%02x", md[i]);
	*left = (int64_t)days * 86400 + seconds;
	return true;
}

/* What was sent behind a certificate says who vouches for it: only one that signed it itself counts, whatever it is
 * otherwise made for. */
static void signer_learn(struct frame_conn *c, X509 *x)
{
	STACK_OF(X509) *behind = SSL_get_peer_cert_chain(c->ssl); /* on a server without the certificate itself */
	X509 *by = behind && sk_X509_num(behind) > 0 ? sk_X509_value(behind, 0) : NULL;
	EVP_PKEY *key = by ? X509_get0_pubkey(by) : NULL;
	int64_t left;
	if (!key || X509_verify(x, key) != 1 || !cert_learn(by, c->peer.signer, &left) || left < 0)
		c->peer.signer[0] = 0;
	ERR_clear_error();
}

static void peer_learn(struct frame_conn *c)
{
	X509 *x = SSL_get1_peer_certificate(c->ssl);
	c->peer.tls = SSL_get_version(c->ssl);
	if (!x)
		return;
	c->peer.certified = cert_learn(x, c->peer.fingerprint, &c->peer.cert_left);
	EVP_PKEY *key = X509_get0_pubkey(x);
	bool rsa = key && (EVP_PKEY_base_id(key) == EVP_PKEY_RSA || EVP_PKEY_base_id(key) == EVP_PKEY_RSA_PSS);
	c->peer.rsa_bits = rsa ? EVP_PKEY_bits(key) : 0;
	signer_learn(c, x);
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

void conn_new(struct frame_loop *l, int fd, const struct addr *a)
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

/* ── waiting ── */

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
void frame_known(struct frame_conn *c)
{
	if (c->known)
		return;
	c->known = true;
	TAILQ_REMOVE(&c->loop->young, c, young);
	c->loop->nyoung--;
	atomic_fetch_sub(&c->loop->s->fresh, 1);
}
