/* C2SP texts: known keys and notes of others, our own round trips, and what must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/bytes.h"
#include "base/text.h"
#include "base/note.h"

static struct arena *mem;
static int setup(void **state)
{
	return !(mem = arena_new(4 << 20));
}
static int teardown(void **state)
{
	arena_free(mem);
	return 0;
}

/* The key and the note of the documentation of Go's golang.org/x/mod/sumdb/note. */
static const char neumann_key[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
static const char neumann_note[] =
	"If you think cryptography is the answer to your problem,\n"
	"then you don't know what your problem is.\n"
	"\n"
	"\xe2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdng"
	"otpRZb6KE6RyyBwJnAM=\n";

static void keys_of_others(void **state)
{
	static const char *const keys[] = {
		neumann_key,
		"sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
	};
	struct vkey k;
	struct err e = { 0 };
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		assert_true(vkey_parse(keys[i], &k, &e));
		assert_string_equal(vkey_text(mem, &k), keys[i]);
	}
	assert_string_equal(k.name, "sum.golang.org");
	assert_int_equal(k.id, 0x033de0ae);
	assert_int_equal(k.type, NOTE_ED25519);
}

static void keys_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"+",
		"++",
		"a+b",
		"PeterNeumann",
		"PeterNeumann+c74f20a3",
		"PeterNeumann+c74f20a3+",
		"+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+0c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n",
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T=",
		"PeterNeumann+c74f20a3+AhpcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW2Qc",
	};
	struct vkey k;
	struct err e;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		err_clear(&e);
		assert_false(vkey_parse(bad[i], &k, &e));
		assert_int_equal(e.code, ST_INVALID);
	}
	char *s = arena_strdup(mem, neumann_key);
	for (size_t i = 0; s[i]; i++) {
		s[i] ^= 1;
		assert_false(vkey_parse(s, &k, NULL));
		s[i] ^= 1;
	}
}

static void names(void **state)
{
	char longest[300];
	memset(longest, 'a', sizeof longest);
	longest[255] = 0;
	assert_true(note_name_ok(longest));
	longest[255] = 'a', longest[256] = 0;
	assert_false(note_name_ok(longest));
	assert_true(note_name_ok("journal.example.org/2"));
	assert_true(note_name_ok("\xe7\xb6\xb2\xe8\xb7\xaf"));
	static const char *const bad[] = { "",	    " ",	 "a b",		  "a+b",	   "a\nb",
					   "a\tb",  "a\xc2\xa0", "\xe3\x80\x80x", "a\xe2\x80\x89", "\xe2\x80\xa8",
					   "a\xff", "a\x7f" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(note_name_ok(bad[i]));
}

static void a_note_of_others(void **state)
{
	struct vkey k;
	size_t text_n = 0;
	struct err e = { 0 };
	assert_true(vkey_parse(neumann_key, &k, &e));
	assert_int_equal(note_verify(neumann_note, strlen(neumann_note), &k, &text_n, NULL, &e), ST_OK);
	assert_int_equal(text_n, (size_t)(strstr(neumann_note, "\n\n") + 1 - neumann_note));
	size_t n = strlen(neumann_note);
	char *s = arena_strdup(mem, neumann_note);
	for (size_t i = 0; i < n; i++) /* one signature: no byte is free */
		for (int bit = 0; bit < 8; bit++) {
			s[i] ^= (char)(1 << bit);
			assert_int_not_equal(note_verify(s, n, &k, &text_n, NULL, &e), ST_OK);
			s[i] ^= (char)(1 << bit);
		}
	for (size_t cut = 0; cut < n; cut++)
		assert_int_not_equal(note_verify(s, cut, &k, &text_n, NULL, &e), ST_OK);
}

static const uint8_t seed[32] = { 1, 2, 3 }, witness_seed[32] = { 9, 8, 7 };

static struct vkey key_of(const char *name, uint8_t type, const uint8_t from[32])
{
	struct vkey k;
	uint8_t pub[32];
	assert_true(ed25519_public(from, pub));
	vkey_make(&k, name, type, pub);
	return k;
}

/* What a witness does, from c2sp.org/tlog-cosignature. */
static void cosign(struct buf *out, const struct vkey *k, const uint8_t from[32], uint64_t t, const char *text)
{
	uint8_t blob[4 + 8 + 64];
	char *msg = arena_printf(mem, "cosignature/v1\ntime %llu\n%s", (unsigned long long)t, text);
	put_u32(blob, k->id);
	put_u64(blob + 4, t);
	assert_true(ed25519_sign(from, msg, strlen(msg), blob + 12));
	buf_printf(out, "\xe2\x80\x94 %s %s\n", k->name, b64_encode(mem, blob, sizeof blob));
}

static const char head[] = "example.com/log\n42\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

static void round_trip(void **state)
{
	struct vkey k = key_of("example.com/log", NOTE_ED25519, seed);
	struct vkey w = key_of("witness.example/w1", NOTE_COSIGNATURE_V1, witness_seed);
	struct vkey stranger = key_of("example.com/log", NOTE_ED25519, witness_seed);
	BUF_SCOPE note = BUF_INIT;
	struct err e = { 0 };
	size_t text_n;
	uint64_t when = 0;
	buf_printf(&note, "%s\n", head);
	assert_true(note_sign_line(&note, &k, seed, head, strlen(head)));
	cosign(&note, &w, witness_seed, 1679315147, head);
	assert_int_equal(note_verify(note.p, note.n, &k, &text_n, NULL, &e), ST_OK);
	assert_int_equal(text_n, strlen(head));
	assert_int_equal(note_verify(note.p, note.n, &w, &text_n, &when, &e), ST_OK);
	assert_int_equal(when, 1679315147);
	assert_int_equal(note_verify(note.p, note.n, &stranger, &text_n, &when, &e), ST_INVALID);
	char *line = strstr(note.p, "\xe2\x80\x94 witness"), *b64 = strrchr(line, ' ') + 1;
	b64[7] ^= 1; /* in the time */
	assert_int_equal(note_verify(note.p, note.n, &w, &text_n, &when, &e), ST_INVALID);
	b64[7] ^= 1;
	/* A second signature by the same key is no note of ours. */
	assert_true(note_sign_line(&note, &k, seed, head, strlen(head)));
	assert_int_equal(note_verify(note.p, note.n, &k, &text_n, NULL, &e), ST_INVALID);
}

static void signing_refused(void **state)
{
	struct vkey k = key_of("example.com/log", NOTE_ED25519, seed), w = key_of("w", NOTE_COSIGNATURE_V1, seed);
	BUF_SCOPE out = BUF_INIT;
	assert_false(note_sign_line(&out, &k, seed, "no newline", 10));
	assert_false(note_sign_line(&out, &k, seed, "", 0));
	assert_false(note_sign_line(&out, &k, seed, "a\rb\n", 4));
	assert_false(note_sign_line(&out, &k, seed, "\xff\n", 2));
	assert_false(note_sign_line(&out, &w, seed, "a\n", 2));
	assert_int_equal(out.n, 0);
}

static void notes_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"\n",
		"\n\n",
		"\n\n\n",
		"a",
		"a\n",
		"a\n\n",
		"a\n\n\n",
		"a\nb\n",
		"a\n\nb\n",
		"a\n\n\xe2\x80\x94 x\n",
		"a\n\n\xe2\x80\x94 x \n",
		"a\n\n\xe2\x80\x94 x AAAA\n",
		"a\n\n\xe2\x80\x94 x AAAAAAAA",
		"a\n\n- x AAAAAAAA\n",
		"a\n\n\xe2\x80\x94  AAAAAAAA\n",
		"a\n\n\xe2\x80\x94 x+y AAAAAAAA\n",
		"a\n\n\xe2\x80\x94 x AAAAAAA\n",
	};
	struct vkey k = key_of("x", NOTE_ED25519, seed);
	struct err e;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(note_verify(bad[i], strlen(bad[i]), &k, NULL, NULL, &e), ST_INVALID);
	BUF_SCOPE many = BUF_INIT;
	buf_str(&many, "a\n\n");
	for (int i = 0; i < 101; i++)
		buf_str(&many, "\xe2\x80\x94 y AAAAAAAA\n");
	assert_int_equal(note_verify(many.p, many.n, &k, NULL, NULL, &e), ST_LIMIT);
}

static void checkpoints(void **state)
{
	struct checkpoint_text c;
	struct err e = { 0 };
	BUF_SCOPE out = BUF_INIT;
	assert_int_equal(checkpoint_parse(head, strlen(head), &c, &e), ST_OK);
	assert_string_equal(c.origin, "example.com/log");
	assert_int_equal(c.size, 42);
	checkpoint_write(&out, &c);
	assert_string_equal(out.p, head);
#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
	static const char *const bad[] = {
		"",
		"\n",
		"a\n1\n",
		"a\n1\n" ROOT,
		"\n1\n" ROOT "\n",
		"a\n01\n" ROOT "\n",
		"a\n-1\n" ROOT "\n",
		"a\n+1\n" ROOT "\n",
		"a\n\n" ROOT "\n",
		"a\n1 \n" ROOT "\n",
		"a\n1\n" ROOT "\nmore\n",
		"a\n1\n" ROOT "\n\n",
		"a b\n1\n" ROOT "\n",
		"a\n18446744073709551616\n" ROOT "\n",
		"a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
		"a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n",
		"a\r\n1\r\n" ROOT "\r\n",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(checkpoint_parse(bad[i], strlen(bad[i]), &c, &e), ST_INVALID);
	const char *most = "a\n18446744073709551615\n" ROOT "\n";
	assert_int_equal(checkpoint_parse(most, strlen(most), &c, &e), ST_OK);
	assert_true(c.size == UINT64_MAX);
}

static void proofs(void **state)
{
	struct tlog_proof p = { .index = 73894, .n = 2, .note = head, .note_n = strlen(head) }, q;
	struct err e = { 0 };
	BUF_SCOPE out = BUF_INIT;
	p.path[0] = hash_of("a", 1);
	p.path[1] = hash_of("b", 1);
	tlog_proof_write(&out, &p);
	assert_int_equal(tlog_proof_parse(out.p, out.n, &q, &e), ST_OK);
	assert_int_equal(q.index, p.index);
	assert_int_equal(q.n, 2);
	assert_memory_equal(q.path, p.path, 2 * sizeof *p.path);
	assert_int_equal(q.note_n, p.note_n);
	assert_memory_equal(q.note, p.note, p.note_n);
	const char *extra = "c2sp.org/tlog-proof@v1\nextra YWdl\nindex 0\n\nnote\n";
	assert_int_equal(tlog_proof_parse(extra, strlen(extra), &q, &e), ST_OK);
	assert_int_equal(q.n, 0);
	assert_int_equal(q.note_n, 5);
	static const char *const bad[] = {
		"",
		"c2sp.org/tlog-proof@v1",
		"c2sp.org/tlog-proof@v1\n",
		"c2sp.org/tlog-proof@v2\nindex 0\n\nnote\n",
		"c2sp.org/tlog-proof@v1\nindex 0\n",
		"c2sp.org/tlog-proof@v1\nindex 0\n\n",
		"c2sp.org/tlog-proof@v1\nindex 00\n\nnote\n",
		"c2sp.org/tlog-proof@v1\nindex\n\nnote\n",
		"c2sp.org/tlog-proof@v1\nindex  1\n\nnote\n",
		"c2sp.org/tlog-proof@v1\nextra YWd\nindex 0\n\nnote\n",
		"c2sp.org/tlog-proof@v1\nextra \nindex 0\n\nnote\n",
		"c2sp.org/tlog-proof@v1\nextra YWdl\nextra YWdl\nindex 0\n\nnote\n",
		"c2sp.org/tlog-proof@v1\nindex 0\nYWdl\n\nnote\n",
		"c2sp.org/tlog-proof@v1\r\nindex 0\n\nnote\n",
		"c2sp.org/tlog-proof@v1\n\nindex 0\n\nnote\n",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(tlog_proof_parse(bad[i], strlen(bad[i]), &q, &e), ST_INVALID);
	BUF_SCOPE tall = BUF_INIT;
	buf_str(&tall, "c2sp.org/tlog-proof@v1\nindex 0\n");
	for (int i = 0; i < 65; i++)
		buf_str(&tall, ROOT "\n");
	buf_str(&tall, "\nnote\n");
	assert_int_equal(tlog_proof_parse(tall.p, tall.n, &q, &e), ST_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_of_others),   cmocka_unit_test(keys_refused), cmocka_unit_test(names),
		cmocka_unit_test(a_note_of_others), cmocka_unit_test(round_trip),   cmocka_unit_test(signing_refused),
		cmocka_unit_test(notes_refused),    cmocka_unit_test(checkpoints),  cmocka_unit_test(proofs),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
