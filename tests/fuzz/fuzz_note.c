/* C2SP texts: verifier keys, checkpoints, proofs, signed notes. What is read is written back byte for byte. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const uint8_t seed[32] = { 4, 4, 4 };

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void try_key(struct arena *mem, const char *s)
{
	struct vkey k, again;
	struct err e = { 0 };
	if (!vkey_parse(s, &k, &e)) {
		must(e.msg[0]);
		return;
	}
	char *text = vkey_text(mem, &k);
	must(note_name_ok(k.name) && vkey_parse(text, &again, &e) && again.id == k.id && again.type == k.type);
}

static void try_checkpoint(const char *s, size_t n)
{
	struct checkpoint_text c;
	struct err e = { 0 };
	BUF_SCOPE out = BUF_INIT;
	if (checkpoint_parse(s, n, &c, &e)) {
		must(e.msg[0]);
		return;
	}
	/* Extension lines may follow what we write ourselves. */
	checkpoint_write(&out, &c);
	must(!out.bad && out.n <= n && memcmp(out.p, s, out.n) == 0);
}

static void try_proof(const char *s, size_t n)
{
	struct tlog_proof *p = calloc(1, sizeof *p);
	struct err e = { 0 };
	BUF_SCOPE out = BUF_INIT;
	if (tlog_proof_parse(s, n, p, &e) == ST_OK) {
		must(p->n >= 0 && p->n <= 64 && p->note >= s && p->note + p->note_n <= s + n);
		tlog_proof_write(&out, p);
		struct tlog_proof again;
		must(!out.bad && tlog_proof_parse(out.p, out.n, &again, &e) == ST_OK && again.n == p->n &&
		     again.index == p->index);
	} else {
		must(e.msg[0]);
	}
	free(p);
}

static void try_signed(const char *s, size_t n)
{
	static struct vkey keys[2];
	struct err e = { 0 };
	size_t text_n = 0;
	uint64_t when = 0;
	if (!keys[0].name[0]) {
		uint8_t pub[32];
		must(ed25519_public(seed, pub));
		vkey_make(&keys[0], "journal.example/nicert", NOTE_ED25519, pub);
		vkey_make(&keys[1], "witness.example/w1", NOTE_COSIGNATURE_V1, pub);
	}
	for (int i = 0; i < 2; i++)
		if (note_verify(s, n, &keys[i], &text_n, &when, &e) == ST_OK)
			must(text_n > 0 && text_n < n && s[text_n - 1] == '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n > 65536)
		return 0;
	struct arena *mem = arena_new(1 << 20);
	char *s = arena_dup(mem, data, n);
	try_key(mem, s);
	try_checkpoint(s, n);
	try_proof(s, n);
	try_signed(s, n);
	arena_free(mem);
	return 0;
}
