/* Packets to the signer: each whole one gets exactly one answer with its id, and no text from outside is ever signed.
 * The role's own file is compiled in, because what takes a packet is private to it. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include "signer/signer_role.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static char dir[] = "/dev/shm/nicert-fuzz-XXXXXX";
static struct role the_role;
static int asker;

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void clean(void)
{
	static const char *const names[] = { "keys/journal.key", "keys/journal.state", "keys/journal.state.tmp" };
	char path[80];
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		unlink(path);
	}
	snprintf(path, sizeof path, "%s/keys", dir);
	rmdir(path);
	rmdir(dir);
}

static void set_up(void)
{
	struct err e = { 0 };
	char path[80];
	int pair[2];
	must(mkdtemp(dir) && signer_init(dir, "journal.example/nicert", &e) == ST_OK);
	atexit(clean);
	snprintf(path, sizeof path, "%s/keys", dir);
	must(signer_keys_open(&the_role.keys, path, &e) == ST_OK);
	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
	the_role.fd = pair[0];
	asker = pair[1];
}

static void check_answer(const uint8_t *packet, size_t n)
{
	uint8_t a[SIGNER_ANSWER_MAX];
	size_t text_n;
	uint64_t when;
	struct err e = { 0 };
	ssize_t got = recv(asker, a, sizeof a, MSG_DONTWAIT);
	if (n < SIGNER_HEAD) {
		must(got < 0);
		return;
	}
	must(got >= SIGNER_HEAD && memcmp(a, packet, 4) == 0 && a[4] <= ST_INTERNAL);
	if (a[4] == ST_OK && packet[4] == SIGNER_SIGN)
		must(note_verify((char *)a + SIGNER_HEAD, (size_t)got - SIGNER_HEAD, &the_role.keys.key, &text_n, &when,
				 &e) == ST_OK);
	must(recv(asker, a, sizeof a, MSG_DONTWAIT) < 0);
}

/* Packets follow each other, each after a byte of length, so that heads go forward, back and aside. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (!the_role.fd)
		set_up();
	for (int i = 0; i < 8 && n > 0; i++) {
		size_t here = data[0] % (SIGNER_REQUEST_MAX + 1);
		here = here < n - 1 ? here : n - 1;
		/* New origins are scarce: at the last one the state would refuse for good. */
		bool last = here >= SIGNER_HEAD && data[1 + 4] == SIGNER_NEW_ORIGIN &&
			    the_role.keys.generation > GENERATION_MAX - 2;
		if (here > 0 && !last) {
			handle(&the_role, data + 1, here);
			check_answer(data + 1, here);
		}
		data += 1 + here;
		n -= 1 + here;
	}
	return 0;
}
