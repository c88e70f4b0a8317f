#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/log.h"
#include "net/sandbox.h"
#include "pgp/pgp_int.h"

enum { SEND_WAIT_MS = 2000, ALARM_SECONDS = 90 };

struct role {
	struct engine *gpg;
	int fd;
	struct pgp_join in;
};

/* ── questions ── */

/* A key that can't be read vouches for nothing: the signature will be one by an unknown key. */
static enum st op_open(struct role *r, struct rd *body, struct buf *out, struct err *e)
{
	struct view key = pgp_take(body), sig = pgp_take(body), message = pgp_rest(body);
	struct pgp_key_info info;
	struct err quiet = { 0 };
	struct pgp_verdict v;
	BUF_SCOPE plain = { .max = PGP_TEXT_MAX };
	if (body->bad)
		return err_set(e, ST_INVALID, "the question is cut short");
	if (key.n)
		engine_import(r->gpg, key, &info, &quiet);
	engine_open(r->gpg, sig, message, &v, &plain);
	if (key.n)
		engine_sweep(r->gpg);
	pgp_verdict_write(out, &v);
	if (v.opened == PGP_OPENED && plain.n)
		buf_add(out, plain.p, plain.n);
	return ST_OK;
}

/* The fingerprint decides who can read the letter: the key that came along must be that one. */
static enum st op_seal(struct role *r, struct rd *body, struct buf *out, struct err *e)
{
	struct view to = pgp_take(body), key = pgp_take(body), message = pgp_rest(body);
	struct pgp_key_info info = { 0 };
	char fingerprint[PGP_FPR];
	if (body->bad || to.n >= PGP_FPR)
		return err_set(e, ST_INVALID, "the question is cut short");
	snprintf(fingerprint, sizeof fingerprint, "%.*s", (int)to.n, to.p);
	enum st st = to.n ? engine_import(r->gpg, key, &info, e) : ST_OK;
	if (!st && to.n && strcmp(info.fingerprint, fingerprint) != 0)
		st = err_set(e, ST_CONFLICT, "the key is not the one that is bound");
	if (!st)
		st = engine_seal(r->gpg, fingerprint, message, out, e);
	if (to.n)
		engine_sweep(r->gpg);
	return st;
}

/* Texts of ours that anybody may read, such as security.txt (RFC 9116 §2.3). */
static enum st op_sign(struct role *r, struct rd *body, struct buf *out, struct err *e)
{
	return engine_sign(r->gpg, pgp_rest(body), out, e);
}

static enum st (*const ops[])(struct role *, struct rd *, struct buf *, struct err *) = {
	[PGP_OPEN] = op_open,
	[PGP_SEAL] = op_seal,
	[PGP_SIGN] = op_sign,
};

/* An asker that does not take its answer loses it; the role goes on. */
static void answer(struct role *r, uint32_t id, enum st st, const char *p, size_t n)
{
	uint8_t packet[PGP_PACKET];
	struct pollfd w = { .fd = r->fd, .events = POLLOUT };
	size_t at = 0;
	do {
		size_t k = pgp_cut(packet, id, (uint8_t)st, p, n, &at);
		while (send(r->fd, packet, k, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			if ((errno != EAGAIN && errno != EINTR && errno != ENOBUFS) || poll(&w, 1, SEND_WAIT_MS) <= 0)
				return;
	} while (at < n);
}

static void handle(struct role *r)
{
	struct rd body = rd_of(buf_cstr(&r->in.whole), r->in.whole.n);
	struct err e = { 0 };
	BUF_SCOPE out = { .max = PGP_WHOLE_MAX };
	enum st st;
	/* GPGME is cancelled long before; should it hang itself, the supervisor starts another role. */
	alarm(ALARM_SECONDS);
	if (r->in.op < sizeof ops / sizeof *ops && ops[r->in.op])
		st = ops[r->in.op](r, &body, &out, &e);
	else
		st = err_set(&e, ST_INVALID, "the pgp role has no operation %d", r->in.op);
	if (!st && out.bad)
		st = err_set(&e, ST_LIMIT, "the answer is too long");
	alarm(0);
	if (st)
		answer(r, r->in.id, st, e.msg, strlen(e.msg));
	else
		answer(r, r->in.id, ST_OK, out.p, out.n);
	if (out.n)
		explicit_bzero(out.p, out.n);
}

/* ── the loop ── */

static bool peer_gone(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLRDHUP };
	return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLRDHUP | POLLERR | POLLNVAL));
}

static int serve(struct role *r)
{
	uint8_t packet[PGP_PACKET];
	for (;;) {
		struct pollfd p = { .fd = r->fd, .events = POLLIN };
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return 1;
		ssize_t n = recv(r->fd, packet, sizeof packet, MSG_DONTWAIT | MSG_TRUNC);
		if (n > 0 && n <= (ssize_t)sizeof packet) {
			if (pgp_join_add(&r->in, packet, (size_t)n)) {
				handle(r);
				pgp_join_free(&r->in);
			}
		} else if (!n && peer_gone(r->fd)) {
			return 0;
		} else if (n < 0 && errno != EAGAIN && errno != EINTR) {
			return errno == ECONNRESET ? 0 : 1;
		}
	}
}

/* gpg's agent outlives the process that started it. One from before (started by a command, outside this sandbox, or by
 * a role that was killed) ends unless another role on this home uses it; ours ends with the last of them. */
static void last_ends_agent(int home_fd, const char *home)
{
	if (!flock(home_fd, LOCK_EX | LOCK_NB))
		engine_end_agent(home);
}

static enum st prepare(struct role *r, const char *home, const char *key, struct err *e)
{
	if (pgp_home_settings(home, e) || sandbox_pgp(home, e))
		return e->code;
	r->gpg = engine_new(home, e);
	if (!r->gpg || engine_own(r->gpg, key, e))
		return e->code;
	engine_sweep(r->gpg); /* of a role that was killed in between */
	return ST_OK;
}

int pgp_main(const char *dir, const char *key, int fd)
{
	struct role r = { .fd = fd };
	struct err e = { 0 };
	char home[1024];
	pgp_home_path(dir, home);
	signal(SIGPIPE, SIG_IGN);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	int home_fd = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (home_fd < 0) {
		log_error("pgp: there is no key: nicert pgp init", LOG_T("home", home));
		return 1;
	}
	last_ends_agent(home_fd, home);
	flock(home_fd, LOCK_SH);
	int rc = 1;
	if (prepare(&r, home, key, &e))
		log_error("pgp: can't start", LOG_T("why", e.msg));
	else
		rc = serve(&r);
	pgp_join_free(&r.in);
	engine_free(r.gpg);
	last_ends_agent(home_fd, home);
	return rc;
}
