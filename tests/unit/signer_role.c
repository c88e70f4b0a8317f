/* The signer as a process of its own: what it signs, what it refuses, what it remembers, what it survives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/bytes.h"
#include "base/clock.h"
#include "base/text.h"
#include "signer/signer.h"
#include "base/note.h"
#include "base/tree.h"

#define ORIGIN "journal.example/test"

struct house {
	char dir[64];
	int pair[2];
	pid_t role;
	struct signer *s;
};

static void role_start(struct house *h)
{
	h->role = fork();
	assert_true(h->role >= 0);
	if (!h->role) {
		close(h->pair[0]);
		_exit(signer_main(h->dir, h->pair[1]));
	}
}

static int role_wait(struct house *h)
{
	int status = -1;
	assert_int_equal(waitpid(h->role, &status, 0), h->role);
	h->role = 0;
	return status;
}

static void role_kill(struct house *h)
{
	kill(h->role, SIGKILL);
	role_wait(h);
}

static char *path_of(struct house *h, const char *name)
{
	static char path[256];
	snprintf(path, sizeof path, "%s/%s", h->dir, name);
	return path;
}

static int house_build(void **state)
{
	struct house *h = calloc(1, sizeof *h);
	struct err e = { 0 };
	snprintf(h->dir, sizeof h->dir, "/tmp/signer-test-XXXXXX");
	if (!mkdtemp(h->dir) || signer_init(h->dir, ORIGIN, &e) ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, h->pair))
		return -1;
	role_start(h);
	h->s = signer_attach(dup(h->pair[0]));
	*state = h;
	return 0;
}

static int house_clear(void **state)
{
	struct house *h = *state;
	if (h->role)
		role_kill(h);
	signer_free(h->s);
	close(h->pair[0]);
	close(h->pair[1]);
	static const char *const names[] = { "keys/journal.key", "keys/journal.state", "keys/journal.state.tmp",
					     "keys" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (unlink(path_of(h, names[i])))
			rmdir(path_of(h, names[i]));
	rmdir(h->dir);
	free(h);
	return 0;
}

static struct hash root_of(int n)
{
	return hash_of(&n, sizeof n);
}

static enum st sign(struct house *h, uint64_t size, int root, struct buf *note)
{
	struct err e = { 0 };
	struct hash r = root_of(root);
	buf_reset(note);
	enum st st = signer_sign_head(h->s, size, &r, note, &e);
	assert_int_equal(st, e.code);
	assert_true(!st || *e.msg);
	return st;
}

static struct vkey vkey_now(struct house *h)
{
	BUF_SCOPE text = BUF_INIT;
	struct vkey k;
	struct err e = { 0 };
	assert_int_equal(signer_vkey(h->s, &text, &e), ST_OK);
	assert_true(vkey_parse(text.p, &k, &e));
	return k;
}

static void verified(struct house *h, const struct buf *note, uint64_t size, int root)
{
	struct vkey k = vkey_now(h);
	struct checkpoint_text c;
	struct err e = { 0 };
	struct hash r = root_of(root);
	size_t text_n;
	assert_int_equal(note_verify(note->p, note->n, &k, &text_n, NULL, &e), ST_OK);
	assert_int_equal(checkpoint_parse(note->p, text_n, &c, &e), ST_OK);
	assert_string_equal(c.origin, k.name);
	assert_int_equal(c.size, size);
	assert_true(hash_equal(&c.root, &r));
}

static void signs_forward_only(void **state)
{
	struct house *h = *state;
	BUF_SCOPE note = BUF_INIT;
	BUF_SCOPE again = BUF_INIT;
	struct err e = { 0 };
	assert_string_equal(vkey_now(h).name, ORIGIN);
	assert_int_equal(signer_last_head(h->s, &note, &e), ST_NOTFOUND);
	assert_int_equal(sign(h, 0, 0, &note), ST_INVALID); /* an empty tree has one root only */
	assert_int_equal(sign(h, 10, 1, &note), ST_OK);
	verified(h, &note, 10, 1);
	assert_int_equal(sign(h, 10, 1, &again), ST_OK); /* the same head again is fine, and the same bytes */
	assert_string_equal(note.p, again.p);
	assert_int_equal(sign(h, 9, 2, &again), ST_CONFLICT);
	assert_int_equal(sign(h, 10, 2, &again), ST_CONFLICT);
	assert_int_equal(again.n, 0);
	assert_int_equal(sign(h, 11, 2, &note), ST_OK);
	verified(h, &note, 11, 2);
	assert_int_equal(sign(h, 10, 1, &note), ST_CONFLICT); /* signed once, but now behind */
	assert_int_equal(sign(h, (uint64_t)INT64_MAX + 1, 3, &note), ST_INVALID);
	BUF_SCOPE head = BUF_INIT;
	struct checkpoint_text c;
	assert_int_equal(signer_last_head(h->s, &head, &e), ST_OK);
	assert_int_equal(checkpoint_parse(head.p, head.n, &c, &e), ST_OK);
	assert_int_equal(c.size, 11);
}

static void remembers_over_a_restart(void **state)
{
	struct house *h = *state;
	BUF_SCOPE note = BUF_INIT;
	assert_int_equal(sign(h, 500, 5, &note), ST_OK);
	role_kill(h); /* at any instant */
	role_start(h);
	assert_int_equal(sign(h, 499, 4, &note), ST_CONFLICT);
	assert_int_equal(sign(h, 500, 6, &note), ST_CONFLICT);
	assert_int_equal(sign(h, 500, 5, &note), ST_OK);
	assert_int_equal(sign(h, 501, 6, &note), ST_OK);
	verified(h, &note, 501, 6);
}

static void a_new_origin(void **state)
{
	struct house *h = *state;
	BUF_SCOPE note = BUF_INIT;
	BUF_SCOPE head = BUF_INIT;
	struct err e = { 0 };
	struct vkey first = vkey_now(h);
	assert_int_equal(signer_new_origin(h->s, &e), ST_OK); /* nothing signed: it is new already */
	assert_string_equal(vkey_now(h).name, ORIGIN);
	assert_int_equal(sign(h, 100, 1, &note), ST_OK);
	assert_int_equal(signer_new_origin(h->s, &e), ST_OK);
	assert_int_equal(signer_new_origin(h->s, &e), ST_OK); /* asked twice, begun once */
	struct vkey second = vkey_now(h);
	assert_string_equal(second.name, ORIGIN "/2");
	assert_memory_equal(second.pub, first.pub, 32);
	assert_int_not_equal(second.id, first.id);
	assert_int_equal(signer_last_head(h->s, &head, &e), ST_OK); /* the old one, to be cited */
	assert_non_null(strstr(head.p, ORIGIN "\n100\n"));
	assert_int_equal(sign(h, 3, 2, &note), ST_OK);
	verified(h, &note, 3, 2);
	assert_int_equal(note_verify(note.p, note.n, &first, NULL, NULL, &e), ST_INVALID);
	role_kill(h);
	role_start(h);
	assert_int_equal(sign(h, 2, 2, &note), ST_CONFLICT);
	assert_int_equal(sign(h, 4, 4, &note), ST_OK);
	assert_int_equal(signer_new_origin(h->s, &e), ST_OK);
	assert_string_equal(vkey_now(h).name, ORIGIN "/3");
}

static void survives_garbage(void **state)
{
	struct house *h = *state;
	BUF_SCOPE note = BUF_INIT;
	uint8_t packet[8192];
	unsigned r = 12345;
	for (int i = 0; i < 3000; i++) {
		size_t n = i % 5 ? (size_t)(i % 70) : (size_t)(i * 7 % (int)sizeof packet);
		for (size_t j = 0; j < n; j++)
			packet[j] = (uint8_t)((r = r * 1103515245 + 12345) >> 16);
		if (n > 4 && i % 2)
			packet[4] = (uint8_t)(i % 6);	/* a known operation, a wrong body */
		if (n > 4 && packet[4] == 2 && n == 45) /* no true request */
			n--;
		if (n > 4 && packet[4] == 4 && n == 5)
			n++;
		ssize_t sent = send(h->pair[0], packet, n, MSG_NOSIGNAL);
		assert_int_equal(sent, n);
		while (recv(h->pair[0], packet, sizeof packet, MSG_DONTWAIT) > 0)
			;
	}
	assert_int_equal(sign(h, 1, 1, &note), ST_OK);
	verified(h, &note, 1, 1);
	assert_int_equal(waitpid(h->role, NULL, WNOHANG), 0);
}

/* Nobody takes the answers: the role drops them and goes on. */
static void an_asker_that_does_not_listen(void **state)
{
	struct house *h = *state;
	BUF_SCOPE note = BUF_INIT;
	uint8_t packet[5] = { 0, 0, 0, 0, 1 };
	int64_t begun = clock_mono();
	for (int i = 0; i < 400; i++)
		send(h->pair[0], packet, sizeof packet, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (clock_mono() - begun < 1500000 &&
	       send(h->pair[0], packet, sizeof packet, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		usleep(20000);
	enum st st = ST_BUSY; /* the client passes over what is queued; it may give up once */
	for (int i = 0; st == ST_BUSY && i < 3; i++)
		st = sign(h, 1, 1, &note);
	assert_int_equal(st, ST_OK);
}

static void an_absent_role(void **state)
{
	struct house *h = *state;
	BUF_SCOPE note = BUF_INIT;
	role_kill(h);
	int64_t begun = clock_mono();
	assert_int_equal(sign(h, 1, 1, &note), ST_BUSY);
	assert_in_range(clock_mono() - begun, 1900000, 10000000);
	role_start(h); /* it answers the old question first; that answer is passed over */
	assert_int_equal(sign(h, 2, 2, &note), ST_OK);
	verified(h, &note, 2, 2);
	/* And when nobody holds the other end, the answer comes at once. */
	role_kill(h);
	close(h->pair[1]);
	h->pair[1] = -1;
	begun = clock_mono();
	assert_int_equal(sign(h, 3, 3, &note), ST_BUSY);
	assert_true(clock_mono() - begun < 1000000);
}

static void ends_with_its_clients(void **state)
{
	struct house *h = *state;
	(void)vkey_now(h); /* it is there */
	close(h->pair[0]);
	h->pair[0] = -1;
	signer_free(h->s);
	h->s = NULL;
	/* We hold the role's own end too, which does not keep it: only the other end counts. */
	int status = role_wait(h);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int role_fails(struct house *h)
{
	role_kill(h);
	role_start(h);
	int status = role_wait(h);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void put_file(struct house *h, const char *name, const char *text)
{
	FILE *f = fopen(path_of(h, name), "w");
	fputs(text, f);
	fclose(f);
}

static void damaged_or_open_keys_are_refused(void **state)
{
	struct house *h = *state;
	struct err e = { 0 };
	static const char *const states[] = { "",	 "1\n",	       "1 - -",	   "1 - -\n2 - -\nx",
					      "2 - -\n", "1 5 AAAA\n", "1 - -\n\n" };
	(void)vkey_now(h);					    /* it is there */
	assert_int_equal(signer_init(h->dir, ORIGIN, &e), ST_BUSY); /* a role holds the lock */
	for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
		put_file(h, "keys/journal.state", states[i]);
		assert_int_equal(role_fails(h), 1);
		h->role = fork();
		if (!h->role)
			_exit(0);
	}
	assert_int_equal(signer_init(h->dir, ORIGIN, &e), ST_CONFLICT);
	put_file(h, "keys/journal.state", "1 - -\n");
	chmod(path_of(h, "keys/journal.key"), 0640);
	assert_int_equal(role_fails(h), 1);
	chmod(path_of(h, "keys/journal.key"), 0600);
	role_start(h);
	assert_string_equal(vkey_now(h).name, ORIGIN);
}

static void init_checks(void **state)
{
	struct house *h = *state;
	struct err e = { 0 };
	struct stat st;
	assert_int_equal(stat(path_of(h, "keys"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(stat(path_of(h, "keys/journal.key"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(signer_init(h->dir, "", &e), ST_INVALID);
	assert_int_equal(signer_init(h->dir, "a b", &e), ST_INVALID);
	assert_int_equal(signer_init(h->dir, "a+b", &e), ST_INVALID);
	role_kill(h);
	assert_int_equal(signer_init(h->dir, "journal.example/other", &e), ST_CONFLICT);
	assert_non_null(strstr(e.msg, "already"));
	role_start(h);
	assert_string_equal(vkey_now(h).name, ORIGIN);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, house_build, house_clear)
	const struct CMUnitTest tests[] = {
		T(signs_forward_only),	  T(remembers_over_a_restart),	       T(a_new_origin),
		T(survives_garbage),	  T(an_asker_that_does_not_listen),    T(an_absent_role),
		T(ends_with_its_clients), T(damaged_or_open_keys_are_refused), T(init_checks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
