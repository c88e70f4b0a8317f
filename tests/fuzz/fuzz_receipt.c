/* Receipts from strangers: whatever passes the check is, byte for byte, what the writer makes; nothing else does. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "store/receipt_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void set_up(struct vkey *key, struct vkey *witness)
{
	static const uint8_t seed[32] = { 4, 4, 4 }, witness_seed[32] = { 7, 7, 7 };
	uint8_t pub[32];
	must(ed25519_public(seed, pub));
	vkey_make(key, "journal.example/nicert", NOTE_ED25519, pub);
	must(ed25519_public(witness_seed, pub));
	vkey_make(witness, "witness.example/w1", NOTE_COSIGNATURE_V1, pub);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct vkey key, witness;
	struct receipt_facts f;
	struct err e = { 0 };
	uint64_t when;
	if (!key.name[0])
		set_up(&key, &witness);
	char *s = malloc(n + 1);
	memcpy(s, data, n);
	s[n] = 0;
	if (receipt_check(s, n, &key, NULL, &f, &e) == ST_OK) {
		must(f.case_number[0] && f.filed_at[0] && strlen(f.digest) == 64 && f.index < f.size);
		must(strcmp(f.origin, key.name) == 0 && f.cosigned >= 0 && f.cosigned <= RECEIPT_WITNESSES);
		receipt_cosigned(s, n, &witness, &when, &e);
	} else {
		must(e.msg[0]);
	}
	struct arena *mem = arena_new(4 << 20);
	struct receipt r = { 0 };
	err_clear(&e);
	if (receipt_witnessed(&r, mem, s, &e) == ST_OK)
		must(r.n >= 0 && r.n <= RECEIPT_WITNESSES);
	else
		must(e.msg[0]);
	arena_free(mem);
	free(s);
	return 0;
}
