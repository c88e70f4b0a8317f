#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/bytes.h"
#include "base/clock.h"
#include "net/role.h"
#include "signer/signer_int.h"

enum { WAIT_USEC = 2000000, END_TRIES = 100, END_PAUSE_NS = 20 * 1000 * 1000 };

struct signer {
	pthread_mutex_t lock; /* one question at a time */
	int fd;
	pid_t child; /* 0: not ours */
	uint32_t id;
};

struct signer *signer_attach(int fd)
{
	struct signer *s = calloc(1, sizeof *s);
	if (!s)
		abort();
	pthread_mutex_init(&s->lock, NULL);
	s->fd = fd;
	/* Answers to a client that used this pair before must not look like ours. */
	random_bytes(&s->id, sizeof s->id);
	return s;
}

bool signer_running(const char *dir)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/keys", dir);
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool held = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK;
	if (fd >= 0)
		close(fd);
	return held;
}

struct signer *signer_spawn(const char *self, const char *dir, struct err *e)
{
	pid_t child;
	int fd = role_spawn("signer", self, dir, &child, e);
	if (fd < 0)
		return NULL;
	struct signer *s = signer_attach(fd);
	s->child = child;
	return s;
}

/* The role ends when its pair is closed; one that does not within 2 s is killed. */
static void end_child(pid_t child)
{
	struct timespec pause = { .tv_nsec = END_PAUSE_NS };
	for (int i = 0; i < END_TRIES; i++) {
		pid_t got = waitpid(child, NULL, WNOHANG);
		if (got == child || (got < 0 && errno != EINTR))
			return;
		nanosleep(&pause, NULL);
	}
	kill(child, SIGKILL);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}

void signer_free(struct signer *s)
{
	if (!s)
		return;
	close(s->fd);
	if (s->child)
		end_child(s->child);
	pthread_mutex_destroy(&s->lock);
	free(s);
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
	return err_set(e, ST_BUSY, "the signer is away: try again");
}
static enum st late(struct err *e)
{
	return err_set(e, ST_BUSY, "the signer did not answer within 2 s: try again");
}

static enum st send_packet(int fd, const uint8_t *p, size_t n, int64_t until, struct err *e)
{
	while (send(fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
		if (errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
			return away(e);
		if (!wait_for(fd, POLLOUT, until))
			return late(e);
	}
	return ST_OK;
}

static enum st take_answer(const uint8_t *p, size_t n, struct buf *out, struct err *e)
{
	uint8_t code = p[4];
	if (code >= ST_COUNT)
		return err_set(e, ST_INTERNAL, "the signer's answer has no known status");
	if (code)
		return err_set(e, (enum st)code, "signer: %.*s", (int)(n - SIGNER_HEAD), (const char *)p + SIGNER_HEAD);
	if (out)
		buf_add(out, p + SIGNER_HEAD, n - SIGNER_HEAD);
	return out && out->bad ? err_set(e, ST_LIMIT, "the signer's answer is too long") : ST_OK;
}

/* Answers to older questions (whose askers gave up) are passed over, until the time is over. */
static enum st receive(int fd, uint32_t id, int64_t until, struct buf *out, struct err *e)
{
	uint8_t p[SIGNER_ANSWER_MAX];
	while (wait_for(fd, POLLIN, until)) {
		ssize_t n = recv(fd, p, sizeof p, MSG_DONTWAIT);
		if (!n || (n < 0 && errno != EAGAIN && errno != EINTR))
			return away(e);
		if (n < SIGNER_HEAD)
			continue;
		struct rd r = rd_of(p, SIGNER_HEAD);
		if (rd_u32(&r) == id)
			return take_answer(p, (size_t)n, out, e);
	}
	return late(e);
}

static enum st ask(struct signer *s, enum signer_op op, const void *body, size_t n, struct buf *out, struct err *e)
{
	uint8_t packet[SIGNER_REQUEST_MAX];
	int64_t until = clock_mono() + WAIT_USEC;
	struct timespec t = { .tv_sec = until / 1000000, .tv_nsec = until % 1000000 * 1000 };
	if (pthread_mutex_clocklock(&s->lock, CLOCK_MONOTONIC, &t))
		return late(e);
	uint32_t id = ++s->id;
	put_u32(packet, id);
	packet[4] = (uint8_t)op;
	if (n)
		memcpy(packet + SIGNER_HEAD, body, n);
	enum st st = send_packet(s->fd, packet, SIGNER_HEAD + n, until, e);
	if (!st)
		st = receive(s->fd, id, until, out, e);
	pthread_mutex_unlock(&s->lock);
	return st;
}

enum st signer_vkey(struct signer *s, struct buf *out, struct err *e)
{
	return ask(s, SIGNER_VKEY, NULL, 0, out, e);
}

enum st signer_sign_head(struct signer *s, uint64_t size, const struct hash *root, struct buf *note, struct err *e)
{
	uint8_t body[SIGN_BODY];
	put_u64(body, size);
	memcpy(body + 8, root->b, HASH_LEN);
	return ask(s, SIGNER_SIGN, body, sizeof body, note, e);
}

enum st signer_last_head(struct signer *s, struct buf *text, struct err *e)
{
	return ask(s, SIGNER_LAST, NULL, 0, text, e);
}

enum st signer_new_origin(struct signer *s, struct err *e)
{
	return ask(s, SIGNER_NEW_ORIGIN, NULL, 0, NULL, e);
}
