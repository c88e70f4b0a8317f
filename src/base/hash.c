#include "base/hash.h"
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <pthread.h>

enum { HASH_BLOCK = 64, JOINED_MAX = 512 };

/* Fetched once: the lookup by name inside SHA256() and EVP_sha256() costs more than hashing a small input. */
static EVP_MD *sha256;
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;

static _Noreturn void hash_die(const char *what)
{
	fprintf(stderr, "hash: %s failed\n", what);
	abort();
}

static void sha256_fetch(void)
{
	if (!(sha256 = EVP_MD_fetch(NULL, "SHA256", NULL)))
		hash_die("fetching SHA-256");
}

struct hash hash_of(const void *p, size_t n)
{
	struct hash h;
	pthread_once(&sha256_once, sha256_fetch);
	if (!EVP_Digest(p, n, h.b, NULL, sha256, NULL))
		hash_die("SHA-256");
	return h;
}

struct hash hash_of2(const void *a, size_t an, const void *b, size_t bn)
{
	if (an <= JOINED_MAX && bn <= JOINED_MAX - an) {
		uint8_t joined[JOINED_MAX];
		if (an)
			memcpy(joined, a, an);
		if (bn)
			memcpy(joined + an, b, bn);
		return hash_of(joined, an + bn);
	}
	struct hasher *h = hasher_new();
	hasher_add(h, a, an);
	hasher_add(h, b, bn);
	return hasher_end(h);
}

/* RFC 2104 by hand: a third of the time of OpenSSL's HMAC(), which looks its algorithms up by name. */
struct hash hash_mac(const void *key, size_t kn, const void *p, size_t n)
{
	uint8_t ipad[HASH_BLOCK] = { 0 }, opad[HASH_BLOCK];
	struct hash short_key;
	if (kn > HASH_BLOCK) {
		short_key = hash_of(key, kn);
		key = short_key.b;
		kn = HASH_LEN;
	}
	if (kn)
		memcpy(ipad, key, kn);
	for (int i = 0; i < HASH_BLOCK; i++) {
		opad[i] = ipad[i] ^ 0x5c;
		ipad[i] ^= 0x36;
	}
	struct hash inner = hash_of2(ipad, sizeof ipad, p, n);
	struct hash mac = hash_of2(opad, sizeof opad, inner.b, HASH_LEN);
	OPENSSL_cleanse(ipad, sizeof ipad);
	OPENSSL_cleanse(opad, sizeof opad);
	return mac;
}

/* `struct hasher` is OpenSSL's context under our name. */
struct hasher *hasher_new(void)
{
	pthread_once(&sha256_once, sha256_fetch);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	if (!c || !EVP_DigestInit_ex2(c, sha256, NULL))
		hash_die("SHA-256");
	return (struct hasher *)c;
}

void hasher_add(struct hasher *h, const void *p, size_t n)
{
	if (!EVP_DigestUpdate((EVP_MD_CTX *)h, p, n))
		hash_die("SHA-256");
}

struct hash hasher_end(struct hasher *h)
{
	struct hash out;
	if (!EVP_DigestFinal_ex((EVP_MD_CTX *)h, out.b, NULL))
		hash_die("SHA-256");
	EVP_MD_CTX_free((EVP_MD_CTX *)h);
	return out;
}

bool bytes_equal_ct(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}
uint32_t hash_quick(const char *s, size_t n)
{
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * 16777619u;
	return h;
}

bool hash_equal(const struct hash *a, const struct hash *b)
{
	return bytes_equal_ct(a->b, b->b, HASH_LEN);
}

char *hash_hex(const struct hash *h, char out[65])
{
	for (int i = 0; i < HASH_LEN; i++) {
		out[2 * i] = "0123456789abcdef"[h->b[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[h->b[i] & 15];
	}
	out[64] = 0;
	return out;
}

bool ed25519_verify(const uint8_t pub[32], const void *msg, size_t n, const uint8_t sig[64])
{
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, pub, 32);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool ok = key && c && EVP_DigestVerifyInit(c, NULL, NULL, NULL, key) == 1 &&
		  EVP_DigestVerify(c, sig, 64, msg, n) == 1;
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(key);
	return ok;
}

bool ed25519_sign(const uint8_t seed[32], const void *msg, size_t n, uint8_t sig[64])
{
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	size_t len = 64;
	bool ok = key && c && EVP_DigestSignInit(c, NULL, NULL, NULL, key) == 1 &&
		  EVP_DigestSign(c, sig, &len, msg, n) == 1 && len == 64;
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(key);
	return ok;
}

bool ed25519_public(const uint8_t seed[32], uint8_t pub[32])
{
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);
	size_t len = 32;
	bool ok = key && EVP_PKEY_get_raw_public_key(key, pub, &len) == 1 && len == 32;
	EVP_PKEY_free(key);
	return ok;
}

void random_bytes(void *p, size_t n)
{
	for (uint8_t *at = p; n;) {
		ssize_t got = getrandom(at, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			hash_die("getrandom");
		at += got;
		n -= (size_t)got;
	}
}

void random_token(char out[27])
{
	uint8_t r[17] = { 0 }; /* the 17th stays 0: 26 characters carry 130 bits */
	random_bytes(r, 16);
	for (unsigned i = 0; i < 26; i++) {
		unsigned bit = i * 5, two = (unsigned)(r[bit / 8] << 8) | r[bit / 8 + 1];
		out[i] = "abcdefghijklmnopqrstuvwxyz234567"[two >> (11 - bit % 8) & 31];
	}
	out[26] = 0;
}

struct hash link_mac(const uint8_t key[HASH_LEN], const char *kind, const uint8_t seed[LINK_SEED])
{
	uint8_t text[32 + LINK_SEED];
	size_t n = strnlen(kind, 32);
	memcpy(text, kind, n);
	memcpy(text + n, seed, LINK_SEED);
	return hash_mac(key, HASH_LEN, text, n + LINK_SEED);
}

void link_token(const uint8_t key[HASH_LEN], const char *kind, const uint8_t seed[LINK_SEED], char out[LINK_TOKEN])
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	struct hash h = link_mac(key, kind, seed);
	for (int i = 0; i < LINK_TOKEN - 1; i++) {
		unsigned bit = (unsigned)i * 5, two = (unsigned)h.b[bit / 8] << 8 | h.b[bit / 8 + 1];
		out[i] = digits[two >> (11 - bit % 8) & 31];
	}
	out[LINK_TOKEN - 1] = 0;
}
