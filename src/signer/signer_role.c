#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include "base/arena.h"
#include "base/bytes.h"
#include "base/log.h"
#include "net/sandbox.h"
#include "signer/signer_int.h"
#include "base/tree.h"

enum { SEND_WAIT_MS = 1000, BAD_LOGGED = 10 };

struct role {
	struct signer_keys keys;
	int fd;
	int64_t bad; /* packets without a whole head */
};

static enum st op_vkey(struct role *r, struct rd *body, struct buf *out, struct err *e)
{
	if (!rd_at_end(body))
		return err_set(e, ST_INVALID, "the request has a body");
	struct arena *a = arena_new(4096);
	buf_str(out, vkey_text(a, &r->keys.key));
	arena_free(a);
	return ST_OK;
}

/* The checkpoint is made here, of three values; no text from outside is ever signed. The state is durable first. */
static enum st op_sign(struct role *r, struct rd *body, struct buf *out, struct err *e)
{
	struct signer_keys *k = &r->keys;
	struct checkpoint_text c = { .size = rd_u64(body) };
	struct hash none = tree_empty();
	memcpy(c.root.b, rd_bytes(body, HASH_LEN), HASH_LEN);
	if (body->bad || !rd_at_end(body))
		return err_set(e, ST_INVALID, "a head to sign is %d bytes", SIGN_BODY);
	if (c.size > INT64_MAX || (!c.size && !hash_equal(&c.root, &none)))
		return err_set(e, ST_INVALID, "no tree of %llu entries has this root", (unsigned long long)c.size);
	if (signer_keys_advance(k, c.size, &c.root, e))
		return e->code;
	snprintf(c.origin, sizeof c.origin, "%s", k->key.name);
	checkpoint_write(out, &c);
	size_t text_n = out->n;
	BUF_SCOPE line = { .max = SIGNER_ANSWER_MAX };
	if (out->bad || !note_sign_line(&line, &k->key, k->seed, out->p, text_n))
		return err_set(e, ST_INTERNAL, "the head can't be signed");
	buf_char(out, '\n');
	buf_add(out, line.p, line.n);
	return ST_OK;
}

static enum st op_last(struct role *r, struct rd *body, struct buf *out, struct err *e)
{
	struct checkpoint_text c;
	if (!rd_at_end(body))
		return err_set(e, ST_INVALID, "the request has a body");
	if (signer_keys_last(&r->keys, &c, e))
		return e->code;
	checkpoint_write(out, &c);
	return ST_OK;
}

static enum st op_new_origin(struct role *r, struct rd *body, struct buf *out, struct err *e)
{
	if (!rd_at_end(body))
		return err_set(e, ST_INVALID, "the request has a body");
	return signer_keys_new_origin(&r->keys, e);
}

static enum st (*const ops[])(struct role *, struct rd *, struct buf *, struct err *) = {
	[SIGNER_VKEY] = op_vkey,
	[SIGNER_SIGN] = op_sign,
	[SIGNER_LAST] = op_last,
	[SIGNER_NEW_ORIGIN] = op_new_origin,
};

/* An asker that does not take its answers loses them; the role goes on. */
static void answer(struct role *r, const struct buf *packet)
{
	struct pollfd p = { .fd = r->fd, .events = POLLOUT };
	for (int i = 0; i < 2; i++) {
		if (send(r->fd, packet->p, packet->n, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
			return;
		if ((errno != EAGAIN && errno != EINTR && errno != ENOBUFS) || poll(&p, 1, SEND_WAIT_MS) <= 0)
			return;
	}
}

static void handle(struct role *r, const uint8_t *packet, size_t n)
{
	struct rd body = rd_of(packet, n);
	uint32_t id = rd_u32(&body);
	uint8_t op = rd_u8(&body), head[SIGNER_HEAD];
	struct err e = { 0 };
	BUF_SCOPE text = { .max = SIGNER_ANSWER_MAX - SIGNER_HEAD };
	BUF_SCOPE out = { .max = SIGNER_ANSWER_MAX };
	enum st st;
	if (body.bad) { /* no id to answer to */
		if (r->bad++ < BAD_LOGGED)
			log_warn("signer: a packet without a head was dropped", LOG_N("bytes", n));
		return;
	}
	if (op < sizeof ops / sizeof *ops && ops[op])
		st = ops[op](r, &body, &text, &e);
	else
		st = err_set(&e, ST_INVALID, "the signer has no operation %d", op);
	if (!st && text.bad)
		st = err_set(&e, ST_INTERNAL, "the signer's answer is too long");
	put_u32(head, id);
	head[4] = (uint8_t)st;
	buf_add(&out, head, sizeof head);
	if (st)
		buf_str(&out, e.msg);
	else
		buf_add(&out, text.p, text.n);
	if (!out.bad)
		answer(r, &out);
}

/* An empty packet reads as 0 too, so the end is asked for. */
static bool peer_gone(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLRDHUP };
	return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLRDHUP | POLLERR | POLLNVAL));
}

static int serve(struct role *r)
{
	uint8_t packet[SIGNER_REQUEST_MAX];
	for (;;) {
		struct pollfd p = { .fd = r->fd, .events = POLLIN };
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return 1;
		ssize_t n = recv(r->fd, packet, sizeof packet, MSG_DONTWAIT | MSG_TRUNC);
		if (n > (ssize_t)sizeof packet) {
			if (r->bad++ < BAD_LOGGED)
				log_warn("signer: an oversized packet was dropped", LOG_N("bytes", n));
		} else if (n > 0) {
			handle(r, packet, (size_t)n);
		} else if (!n) {
			if (peer_gone(r->fd))
				return 0;
		} else if (errno != EAGAIN && errno != EINTR) {
			return errno == ECONNRESET ? 0 : 1;
		}
	}
}

/* Everything OpenSSL loads on first use is loaded before the doors close. */
static bool warm_up(const struct signer_keys *k)
{
	static const char text[] = "warming up\n";
	uint8_t sig[64];
	return ed25519_sign(k->seed, text, sizeof text - 1, sig) && ed25519_verify(k->pub, text, sizeof text - 1, sig);
}

int signer_main(const char *dir, int fd)
{
	static struct role r; /* some 40 kB */
	struct err e = { 0 };
	char path[1024];
	r = (struct role){ .fd = fd };
	signal(SIGPIPE, SIG_IGN);
	snprintf(path, sizeof path, "%s/keys", dir);
	if (signer_keys_open(&r.keys, path, &e)) {
		log_error("signer: the keys can't be opened", LOG_T("why", e.msg));
		return 1;
	}
	int rc = 1;
	if (!warm_up(&r.keys))
		log_error("signer: signing does not work");
	else if (sandbox_signer(path, &e))
		log_error("signer: privileges can't be dropped", LOG_T("why", e.msg));
	else
		rc = serve(&r);
	signer_keys_close(&r.keys);
	return rc;
}
