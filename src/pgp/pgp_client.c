#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/hash.h"
#include "net/role.h"
#include "pgp/pgp_int.h"

struct pgp {
	pthread_mutex_t lock; /* one question at a time */
	int fd;
	pid_t child; /* 0: not ours */
	uint32_t id;
};

struct pgp *pgp_attach(int fd)
{
	struct pgp *p = calloc(1, sizeof *p);
	if (!p)
		abort();
	pthread_mutex_init(&p->lock, NULL);
	p->fd = fd;
	random_bytes(&p->id, sizeof p->id);
	return p;
}

struct pgp *pgp_spawn(const char *self, const char *dir, struct err *e)
{
	pid_t child;
	int fd = role_spawn("pgp", self, dir, &child, e);
	if (fd < 0)
		return NULL;
	struct pgp *p = pgp_attach(fd);
	p->child = child;
	return p;
}

void pgp_free(struct pgp *p)
{
	if (!p)
		return;
	close(p->fd);
	if (p->child) { /* between questions it only waits for its pair to close */
		while (waitpid(p->child, NULL, 0) < 0 && errno == EINTR)
			;
	}
	pthread_mutex_destroy(&p->lock);
	free(p);
}

/* ── one question ── */

static bool wait_for(int fd, short events, int64_t until)
{
	struct pollfd p = { .fd = fd, .events = events };
	for (;;) {
		int64_t left = until - clock_mono();
		if (left <= 0)
			return false;
		int n = poll(&p, 1, (int)(left / 1000) + 1);
		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
	}
}

static enum st away(struct err *e)
{
	return err_set(e, ST_BUSY, "the pgp role is away: try again");
}

static enum st say(struct pgp *p, enum pgp_op op, const struct buf *body, int64_t until, struct err *e)
{
	uint8_t packet[PGP_PACKET];
	size_t at = 0;
	do {
		size_t n = pgp_cut(packet, p->id, (uint8_t)op, body->p, body->n, &at);
		while (send(p->fd, packet, n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			if ((errno != EAGAIN && errno != EINTR && errno != ENOBUFS) || !wait_for(p->fd, POLLOUT, until))
				return away(e);
	} while (at < body->n);
	return ST_OK;
}

/* Answers to older questions (whose askers gave up) are passed over. */
static enum st hear(struct pgp *p, int64_t until, struct pgp_join *j, struct err *e)
{
	uint8_t packet[PGP_PACKET];
	while (wait_for(p->fd, POLLIN, until)) {
		ssize_t n = recv(p->fd, packet, sizeof packet, MSG_DONTWAIT);
		if (!n || (n < 0 && errno != EAGAIN && errno != EINTR))
			return away(e);
		if (n > 0 && pgp_join_add(j, packet, (size_t)n) && j->id == p->id)
			return ST_OK;
	}
	return err_set(e, ST_BUSY, "the pgp role did not answer in time: try again");
}

static enum st ask(struct pgp *p, enum pgp_op op, const struct buf *body, struct pgp_join *j, struct err *e)
{
	int64_t until = clock_mono() + PGP_WAIT;
	struct timespec t = { .tv_sec = until / 1000000, .tv_nsec = until % 1000000 * 1000 };
	if (body->bad)
		return err_set(e, ST_LIMIT, "the message is too large for the pgp role");
	if (pthread_mutex_clocklock(&p->lock, CLOCK_MONOTONIC, &t))
		return err_set(e, ST_BUSY, "the pgp role is busy: try again");
	p->id++;
	enum st st = say(p, op, body, until, e);
	if (!st)
		st = hear(p, until, j, e);
	pthread_mutex_unlock(&p->lock);
	if (st || !j->op)
		return st;
	if (j->op >= ST_COUNT)
		return err_set(e, ST_INTERNAL, "the pgp role's answer has no known status");
	return err_set(e, (enum st)j->op, "pgp: %.*s", (int)(j->whole.n < 200 ? j->whole.n : 200), buf_cstr(&j->whole));
}

enum st pgp_open(struct pgp *p, const struct pgp_open *what, struct pgp_verdict *v, struct buf *plain, struct err *e)
{
	BUF_SCOPE body = { .max = PGP_WHOLE_MAX };
	struct pgp_join j = { 0 };
	pgp_give(&body, what->key, what->key ? strlen(what->key) : 0);
	pgp_give(&body, what->sig, what->sign);
	buf_add(&body, what->p, what->n);
	enum st st = ask(p, PGP_OPEN, &body, &j, e);
	if (!st) {
		struct rd r = rd_of(buf_cstr(&j.whole), j.whole.n);
		if (!pgp_verdict_read(&r, v))
			st = err_set(e, ST_INTERNAL, "the pgp role's verdict can't be read");
		struct view text = pgp_rest(&r);
		if (!st)
			buf_add(plain, text.p, text.n);
		if (!st && plain->bad)
			st = err_set(e, ST_LIMIT, "the text is longer than its cap");
	}
	pgp_join_free(&j);
	return st;
}

enum st pgp_seal(struct pgp *p, const struct pgp_seal *what, struct buf *out, struct err *e)
{
	BUF_SCOPE body = { .max = PGP_WHOLE_MAX };
	struct pgp_join j = { 0 };
	pgp_give(&body, what->fingerprint, what->fingerprint ? strlen(what->fingerprint) : 0);
	pgp_give(&body, what->key, what->key ? strlen(what->key) : 0);
	buf_add(&body, what->p, what->n);
	enum st st = ask(p, PGP_SEAL, &body, &j, e);
	if (!st)
		buf_add(out, buf_cstr(&j.whole), j.whole.n);
	pgp_join_free(&j);
	return st ? st : out->bad ? err_set(e, ST_LIMIT, "the sealed letter is longer than its cap") : ST_OK;
}

enum st pgp_sign(struct pgp *p, const char *text, size_t n, struct buf *out, struct err *e)
{
	BUF_SCOPE body = { .max = PGP_WHOLE_MAX };
	struct pgp_join j = { 0 };
	buf_add(&body, text, n);
	enum st st = ask(p, PGP_SIGN, &body, &j, e);
	if (!st)
		buf_add(out, buf_cstr(&j.whole), j.whole.n);
	pgp_join_free(&j);
	return st ? st : out->bad ? err_set(e, ST_LIMIT, "the signed text is longer than its cap") : ST_OK;
}
