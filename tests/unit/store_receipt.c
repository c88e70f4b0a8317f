/* Receipts: a good one passes, and a changed byte anywhere makes it fail with a reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include "base/bytes.h"
#include "base/stamp.h"
#include "base/json.h"
#include "base/text.h"
#include "store/receipt_check.h"
#include "base/tree.h"

#define NUMBER "NC-2026-000001"
#define FILED "2026-11-24T14:05:00Z"
#define DIGEST "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define DASH "\xe2\x80\x94 "

static const char entry[] = "{\"at\":\"" FILED "\",\"actor\":\"anonymous\",\"room\":\"desk\",\"subject\":\"" NUMBER
			    "\",\"verb\":\"report-filed\",\"payload\":{\"digest\":\"" DIGEST "\"}}";
static const uint8_t salt[16] = "0123456789abcdef";
static const uint8_t seed[32] = { 4, 4, 4 }, witness_seed[32] = { 7, 7, 7 };
static const uint64_t seen = 1795529100 + 60; /* a minute after it was filed */

static struct arena *mem;
static struct vkey key, witness;

static struct vkey key_of(const char *name, uint8_t type, const uint8_t from[32])
{
	struct vkey k;
	uint8_t pub[32];
	assert_true(ed25519_public(from, pub));
	vkey_make(&k, name, type, pub);
	return k;
}

static int setup(void **state)
{
	mem = arena_new(64 << 20);
	key = key_of("journal.example/nicert", NOTE_ED25519, seed);
	witness = key_of("witness.example/w1", NOTE_COSIGNATURE_V1, witness_seed);
	return 0;
}
static int teardown(void **state)
{
	arena_free(mem);
	return 0;
}

/* Eleven leaves; the receipt's is the sixth. */
enum { LEAVES = 11, OURS = 5 };
static bool read_leaf(void *ctx, int level, uint64_t at, int n, struct hash *out)
{
	memcpy(out, (struct hash *)ctx + at, (size_t)n * sizeof *out);
	return level == 0;
}

static void cosign(struct buf *note, const char *text)
{
	uint8_t blob[4 + 8 + 64];
	char *msg = arena_printf(mem, "cosignature/v1\ntime %llu\n%s", (unsigned long long)seen, text);
	put_u32(blob, witness.id);
	put_u64(blob + 4, seen);
	assert_true(ed25519_sign(witness_seed, msg, strlen(msg), blob + 12));
	buf_printf(note, DASH "%s %s\n", witness.name, b64_encode(mem, blob, sizeof blob));
}

/* What can be done to a receipt before it is proved and signed. */
struct twist {
	const char *entry, *origin, *extra_line;
	bool cosigned;
};

/* ── a time stamping authority of our own ── */

static EVP_PKEY *tsa_key;
static X509 *tsa_cert;

static void add_ext(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	assert_non_null(ext);
	assert_int_equal(X509_add_ext(x, ext, -1), 1);
	X509_EXTENSION_free(ext);
}

static void tsa_make(void)
{
	tsa_key = EVP_EC_gen("P-256");
	tsa_cert = X509_new();
	X509_NAME *name = X509_get_subject_name(tsa_cert);
	X509_set_version(tsa_cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(tsa_cert), 7);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)"A witness", -1, -1, 0);
	X509_set_issuer_name(tsa_cert, name);
	X509_gmtime_adj(X509_getm_notBefore(tsa_cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(tsa_cert), 3600);
	X509_set_pubkey(tsa_cert, tsa_key);
	add_ext(tsa_cert, NID_ext_key_usage, "critical,timeStamping");
	assert_true(X509_sign(tsa_cert, tsa_key, EVP_sha256()) > 0);
}

static ASN1_INTEGER *serial(struct TS_resp_ctx *c, void *arg)
{
	ASN1_INTEGER *n = ASN1_INTEGER_new();
	ASN1_INTEGER_set(n, 42);
	return n;
}

/* The token for a note, in base64, and its time. */
static char *stamp_of(const char *note, size_t n, char **iso)
{
	BUF_SCOPE query = BUF_INIT;
	BUF_SCOPE token = BUF_INIT;
	struct err e = { 0 };
	int64_t when = 0;
	unsigned char *der = NULL;
	if (!tsa_key)
		tsa_make();
	assert_int_equal(stamp_query(note, n, 42, &query, &e), ST_OK);
	TS_RESP_CTX *c = TS_RESP_CTX_new();
	ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4.1", 1);
	TS_RESP_CTX_set_signer_cert(c, tsa_cert);
	TS_RESP_CTX_set_signer_key(c, tsa_key);
	TS_RESP_CTX_set_signer_digest(c, EVP_sha256());
	TS_RESP_CTX_set_def_policy(c, policy);
	TS_RESP_CTX_add_md(c, EVP_sha256());
	TS_RESP_CTX_set_serial_cb(c, serial, NULL);
	BIO *in = BIO_new_mem_buf(query.p, (int)query.n);
	TS_RESP *r = TS_RESP_create_response(c, in);
	assert_non_null(r);
	int len = i2d_TS_RESP(r, &der);
	if (stamp_reply(der, (size_t)len, note, n, 42, &token, &when, &e))
		fail_msg("%s", e.msg);
	*iso = time_iso(mem, when);
	OPENSSL_free(der);
	TS_RESP_free(r);
	BIO_free(in);
	ASN1_OBJECT_free(policy);
	TS_RESP_CTX_free(c);
	return b64_encode(mem, token.p, token.n);
}

/* With one of its own in place of the receipt's witnesses. */
static void stamp(struct receipt *r)
{
	struct tlog_proof p;
	struct err e = { 0 };
	char *iso, *token;
	assert_int_equal(tlog_proof_parse(r->proof, strlen(r->proof), &p, &e), ST_OK);
	token = stamp_of(p.note, p.note_n, &iso);
	r->witnessed[0] = (struct witness_mark){ "rfc3161", NULL, iso, token };
	r->n = 1;
}

static char *proof_make(const struct twist *t)
{
	struct hash leaves[LEAVES], commitment = hash_of2(salt, sizeof salt, t->entry, strlen(t->entry));
	struct checkpoint_text head = { .size = LEAVES };
	struct tlog_proof p = { .index = OURS };
	BUF_SCOPE note = BUF_INIT;
	BUF_SCOPE out = BUF_INIT;
	for (int i = 0; i < LEAVES; i++)
		leaves[i] = tree_leaf(&i, sizeof i);
	leaves[OURS] = tree_leaf(commitment.b, HASH_LEN);
	assert_true(tree_root_at(LEAVES, read_leaf, leaves, &head.root));
	assert_true(tree_inclusion(OURS, LEAVES, read_leaf, leaves, p.path, &p.n));
	snprintf(head.origin, sizeof head.origin, "%s", t->origin ? t->origin : key.name);
	checkpoint_write(&note, &head);
	char *text = arena_strdup(mem, note.p);
	buf_char(&note, '\n');
	assert_true(note_sign_line(&note, &key, seed, text, strlen(text)));
	if (t->cosigned)
		cosign(&note, text);
	buf_str(&note, t->extra_line);
	p.note = note.p;
	p.note_n = note.n;
	tlog_proof_write(&out, &p);
	return arena_strdup(mem, out.p);
}

static struct receipt receipt_of(const struct twist *t)
{
	struct receipt r = { .case_number = NUMBER,
			     .filed_at = FILED,
			     .digest = DIGEST,
			     .entry = t->entry,
			     .salt = salt,
			     .salt_n = sizeof salt,
			     .proof = proof_make(t) };
	return r;
}

static enum st check(const struct receipt *r, struct receipt_facts *f, struct err *e)
{
	BUF_SCOPE out = BUF_INIT;
	receipt_write(&out, r);
	assert_false(out.bad);
	err_clear(e);
	return receipt_check(out.p, out.n, &key, NULL, f, e);
}

static void a_good_one(void **state)
{
	struct receipt r = receipt_of(&(struct twist){ .entry = entry });
	struct receipt_facts f;
	struct err e = { 0 };
	assert_int_equal(check(&r, &f, &e), ST_OK);
	assert_string_equal(f.case_number, NUMBER);
	assert_string_equal(f.filed_at, FILED);
	assert_string_equal(f.digest, DIGEST);
	assert_string_equal(f.room, "desk");
	assert_string_equal(f.verb, "report-filed");
	assert_string_equal(f.origin, key.name);
	assert_int_equal(f.index, OURS);
	assert_int_equal(f.size, LEAVES);
	assert_int_equal(f.cosigned + f.stamped, 0);
	struct vkey other = key_of(key.name, NOTE_ED25519, witness_seed);
	BUF_SCOPE out = BUF_INIT;
	receipt_write(&out, &r);
	assert_int_equal(receipt_check(out.p, out.n, &other, NULL, &f, &e), ST_INVALID);
}

/* Every byte, each of its bits; and every cut, every doubled and every inserted byte. */
static void any_change_fails(void **state)
{
	struct receipt r = receipt_of(&(struct twist){ .entry = entry });
	struct receipt_facts f;
	struct err e;
	BUF_SCOPE out = BUF_INIT;
	receipt_write(&out, &r);
	char *s = out.p;
	for (size_t i = 0; i < out.n; i++) {
		for (int bit = 0; bit < 8; bit++) {
			s[i] ^= (char)(1 << bit);
			err_clear(&e);
			assert_int_not_equal(receipt_check(s, out.n, &key, NULL, &f, &e), ST_OK);
			assert_true(*e.msg);
			s[i] ^= (char)(1 << bit);
		}
		assert_int_not_equal(receipt_check(s, i, &key, NULL, &f, &e), ST_OK);
		char *longer = arena_alloc(mem, out.n + 1);
		memcpy(longer, s, i + 1);
		memcpy(longer + i + 1, s + i, out.n - i);
		assert_int_not_equal(receipt_check(longer, out.n + 1, &key, NULL, &f, &e), ST_OK);
		longer[i] = ' ';
		assert_int_not_equal(receipt_check(longer, out.n + 1, &key, NULL, &f, &e), ST_OK);
		if (i % 64 == 0)
			arena_reset(mem);
	}
	assert_int_equal(receipt_check(s, out.n, &key, NULL, &f, &e), ST_OK);
}

static void refused(const struct twist *t, const char *why)
{
	struct receipt r = receipt_of(t);
	struct receipt_facts f;
	struct err e;
	assert_int_equal(check(&r, &f, &e), ST_INVALID);
	if (!strstr(e.msg, why))
		fail_msg("\"%s\" does not say \"%s\"", e.msg, why);
}

/* Signed and proved, and still not a receipt of this report. */
static void claims_that_differ(void **state)
{
#define ENTRY(at, subject, digest)                                                                                     \
	"{\"at\":\"" at "\",\"actor\":\"a\",\"room\":\"desk\",\"subject\":\"" subject                                  \
	"\",\"verb\":\"v\",\"payload\":{\"digest\":\"" digest "\"}}"
	refused(&(struct twist){ .entry = ENTRY("2026-11-24T14:05:01Z", NUMBER, DIGEST) }, "was not filed at");
	refused(&(struct twist){ .entry = ENTRY(FILED, "NC-2026-000002", DIGEST) }, "not about the case");
	refused(&(struct twist){ .entry = ENTRY(FILED, NUMBER, "00") }, "digest is not the one");
	refused(&(struct twist){ .entry = "{}" }, "not a journal entry");
	refused(&(struct twist){ .entry = "not json" }, "not a journal entry");
	refused(&(struct twist){ .entry = entry, .origin = "journal.example/other" }, "the key is of");
	refused(&(struct twist){ .entry = entry, .cosigned = true }, "does not tell of");
	refused(&(struct twist){ .entry = entry, .extra_line = DASH "someone AAAAAAAAAAAA\n" }, "does not tell of");
	struct receipt r = receipt_of(&(struct twist){ .entry = entry });
	struct receipt_facts f;
	struct err e;
	char *extra = arena_strdup(mem, r.proof), *index = strstr(extra, "index");
	r.proof = arena_printf(mem, "%.*sextra YWdl\n%s", (int)(index - extra), extra, index);
	assert_int_equal(check(&r, &f, &e), ST_INVALID);
	assert_non_null(strstr(e.msg, "more than a proof"));
	r = receipt_of(&(struct twist){ .entry = entry });
	r.salt = "0123456789abcdeX";
	assert_int_equal(check(&r, &f, &e), ST_INVALID);
	assert_non_null(strstr(e.msg, "does not lead"));
	BUF_SCOPE out = BUF_INIT;
	r.salt_n = 15;
	receipt_write(&out, &r);
	assert_true(out.bad);
}

static void other_forms(void **state)
{
	static const char *const bad[] = {
		"",
		"null",
		"[]",
		"{}",
		"{\"version\":1}",
		"{\"version\":2,\"case\":\"\",\"filed_at\":\"\",\"digest\":\"\",\"entry\":\"\",\"salt\":\"\",\"proof\":"
		"\"\",\"witnessed\":[]}\n",
		"{\"version\":1,\"case\":1,\"filed_at\":\"\",\"digest\":\"\",\"entry\":\"\",\"salt\":\"\",\"proof\":"
		"\"\",\"witnessed\":[]}\n",
		"{\"version\":1,\"case\":\"\",\"filed_at\":\"\",\"digest\":\"\",\"entry\":\"\",\"salt\":\"AAAA\","
		"\"proof\":\"\",\"witnessed\":[]}\n",
	};
	struct receipt_facts f;
	struct err e;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		err_clear(&e);
		assert_int_equal(receipt_check(bad[i], strlen(bad[i]), &key, NULL, &f, &e), ST_INVALID);
		assert_true(*e.msg);
	}
	char *huge = calloc(1, RECEIPT_MAX + 1);
	assert_int_equal(receipt_check(huge, RECEIPT_MAX + 1, &key, NULL, &f, &e), ST_LIMIT);
	free(huge);
}

static void witnesses(void **state)
{
	struct receipt r = receipt_of(&(struct twist){ .entry = entry, .cosigned = true });
	struct receipt_facts f;
	struct err e = { 0 };
	uint64_t when = 0;
	char *iso = time_iso(mem, (int64_t)seen * USEC);
	stamp(&r);
	char *marks = arena_printf(mem,
				   "[{\"kind\":\"rfc3161\",\"time\":\"%s\",\"token\":\"%s\"},"
				   "{\"kind\":\"c2sp\",\"name\":\"%s\",\"time\":\"%s\"}]",
				   r.witnessed[0].time, r.witnessed[0].token, witness.name, iso);
	assert_int_equal(receipt_witnessed(&r, mem, marks, &e), ST_OK);
	assert_int_equal(check(&r, &f, &e), ST_OK);
	assert_int_equal(f.cosigned, 1);
	assert_int_equal(f.stamped, 1);
	assert_string_equal(time_iso(mem, f.seen_at), r.witnessed[0].time);
	assert_string_equal(f.seen_by, "/CN=A witness");
	BUF_SCOPE out = BUF_INIT;
	receipt_write(&out, &r);
	assert_int_equal(receipt_cosigned(out.p, out.n, &witness, &when, &e), ST_OK);
	assert_int_equal(when, seen);
	/* The time told must be the time signed, the name the name, and none may be missing or one too many. */
	r.witnessed[1].time = FILED;
	assert_int_equal(check(&r, &f, &e), ST_INVALID);
	r.witnessed[1].time = iso;
	r.witnessed[1].name = "witness.example/w2";
	assert_int_equal(check(&r, &f, &e), ST_INVALID);
	r.witnessed[1].name = witness.name;
	r.witnessed[r.n++] = r.witnessed[1];
	assert_int_equal(check(&r, &f, &e), ST_INVALID);
	r.n = 1;
	assert_int_equal(check(&r, &f, &e), ST_INVALID);
	static const char *const bad[] = {
		"",
		"{}",
		"[1]",
		"[{}]",
		"[{\"kind\":\"x\",\"time\":\"" FILED "\"}]",
		"[{\"kind\":\"c2sp\",\"time\":\"" FILED "\",\"name\":\"a\"}]",
		"[{\"kind\":\"c2sp\",\"name\":\"a b\",\"time\":\"" FILED "\"}]",
		"[{\"kind\":\"c2sp\",\"name\":\"a\",\"time\":\"2026-11-24\"}]",
		"[{\"kind\":\"rfc3161\",\"time\":\"" FILED "\",\"token\":\"\"}]",
		"[{\"kind\":\"rfc3161\",\"time\":\"" FILED "\",\"token\":\"MAB=\"}]",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_not_equal(receipt_witnessed(&r, mem, bad[i], &e), ST_OK);
}

/* With witnesses, all but the witness's own id and signature is still bound; those are for receipt_cosigned. */
static void witnessed_changes(void **state)
{
	struct receipt r = receipt_of(&(struct twist){ .entry = entry, .cosigned = true });
	struct receipt_facts f;
	struct err e = { 0 };
	uint64_t when;
	r.witnessed[r.n++] = (struct witness_mark){ "c2sp", witness.name, time_iso(mem, (int64_t)seen * USEC), NULL };
	BUF_SCOPE out = BUF_INIT;
	receipt_write(&out, &r);
	assert_int_equal(receipt_check(out.p, out.n, &key, NULL, &f, &e), ST_OK);
	char *s = out.p, *b64 = strstr(strstr(s, DASH "witness"), "w1 ") + 3, *end = strstr(b64, "\\n");
	for (size_t i = 0; i < out.n; i++) {
		s[i] ^= 1;
		bool key_sees = receipt_check(s, out.n, &key, NULL, &f, &e) != ST_OK;
		bool witness_sees = receipt_cosigned(s, out.n, &witness, &when, &e) != ST_OK;
		assert_true(key_sees || (s + i >= b64 && s + i < end));
		assert_true(key_sees || witness_sees);
		s[i] ^= 1;
	}
}

/* A time stamp is checked to its last byte too. */
static void stamped_changes(void **state)
{
	struct receipt r = receipt_of(&(struct twist){ .entry = entry });
	struct receipt_facts f;
	struct err e = { 0 };
	BUF_SCOPE out = BUF_INIT;
	stamp(&r);
	receipt_write(&out, &r);
	if (receipt_check(out.p, out.n, &key, NULL, &f, &e))
		fail_msg("%s", e.msg);
	/* Another head's token, and another time than the token's. */
	r.witnessed[0].time = FILED;
	assert_int_equal(check(&r, &f, &e), ST_INVALID);
	char *iso;
	r.witnessed[0].token = stamp_of("another\n", 8, &iso);
	r.witnessed[0].time = iso;
	assert_int_equal(check(&r, &f, &e), ST_INVALID);
	assert_non_null(strstr(e.msg, "for other bytes"));
	char *s = out.p;
	for (size_t i = 0; i < out.n; i++)
		for (int bit = 0; bit < 8; bit++) {
			s[i] ^= (char)(1 << bit);
			err_clear(&e);
			if (receipt_check(s, out.n, &key, NULL, &f, &e) == ST_OK)
				fail_msg("byte %zu of %zu, bit %d", i, out.n, bit);
			s[i] ^= (char)(1 << bit);
			if (i % 64 == 0)
				arena_reset(mem);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_one),	      cmocka_unit_test(any_change_fails),
		cmocka_unit_test(claims_that_differ), cmocka_unit_test(other_forms),
		cmocka_unit_test(witnesses),	      cmocka_unit_test(witnessed_changes),
		cmocka_unit_test(stamped_changes),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
