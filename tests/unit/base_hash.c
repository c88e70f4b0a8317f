#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "base/hash.h"
#include "base/text.h"

static void assert_hash(struct hash h, const char *want)
{
	char hex[65];
	assert_string_equal(hash_hex(&h, hex), want);
}

/* NIST's examples for FIPS 180-4. */
static const char abc2[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
#define SHA_EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define SHA_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define SHA_ABC2 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
#define SHA_MILLION "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"

static void sha256_vectors(void **s)
{
	assert_hash(hash_of("", 0), SHA_EMPTY);
	assert_hash(hash_of("abc", 3), SHA_ABC);
	assert_hash(hash_of(abc2, 56), SHA_ABC2);
	assert_hash(hash_of2(NULL, 0, NULL, 0), SHA_EMPTY);
	for (size_t cut = 0; cut <= 56; cut++)
		assert_hash(hash_of2(abc2, cut, abc2 + cut, 56 - cut), SHA_ABC2);
}

static void sha256_of_a_million(void **s)
{
	char *a = malloc(1000000);
	memset(a, 'a', 1000000);
	assert_hash(hash_of(a, 1000000), SHA_MILLION);
	assert_hash(hash_of2(a, 1, a, 999999), SHA_MILLION);
	struct hasher *h = hasher_new();
	for (size_t i = 0, step = 1; i < 1000000; i += step, step = step * 3 % 1009) {
		step = step < 1000000 - i ? step : 1000000 - i;
		hasher_add(h, a, step);
	}
	assert_hash(hasher_end(h), SHA_MILLION);
	for (size_t n = 510; n < 515; n++) { /* around the size that is joined on the stack */
		struct hash one = hash_of(a, n), two = hash_of2(a, 300, a, n - 300);
		assert_true(hash_equal(&one, &two));
	}
	free(a);
}

/* RFC 4231, test cases 1, 2, 3, 6 and 7. */
static void hmac_vectors(void **s)
{
	uint8_t key[131], data[50];
	memset(key, 0x0b, 20);
	assert_hash(hash_mac(key, 20, "Hi There", 8),
		    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	assert_hash(hash_mac("Jefe", 4, "what do ya want for nothing?", 28),
		    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof key);
	memset(data, 0xdd, sizeof data);
	assert_hash(hash_mac(key, 20, data, 50), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
	const char *big = "Test Using Larger Than Block-Size Key - Hash Key First";
	assert_hash(hash_mac(key, 131, big, strlen(big)),
		    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	const char *both =
		"This is a test using a larger than block-size key and a larger than block-size data. The key needs to "
		"be hashed before being used by the HMAC algorithm.";
	assert_hash(hash_mac(key, 131, both, strlen(both)),
		    "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
	assert_hash(hash_mac(NULL, 0, "", 0), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

struct ed {
	const char *seed, *pub, *msg, *sig;
};

/* RFC 8032 §7.1, tests 1 to 3. */
static const struct ed ed_tests[] = {
	{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	  "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
	  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595b"
	  "be24655141438e7a100b" },
	{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	  "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
	  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb430"
	  "2aeeb00d291612bb0c00" },
	{ "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
	  "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
	  "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716e"
	  "d28dc027beceea1ec40a" },
};

static void ed25519_vectors(void **s)
{
	for (size_t i = 0; i < sizeof ed_tests / sizeof *ed_tests; i++) {
		const struct ed *t = &ed_tests[i];
		uint8_t seed[32], pub[32], msg[4], sig[64], out[64];
		assert_int_equal(hex_decode(t->seed, strlen(t->seed), seed), 32);
		assert_int_equal(hex_decode(t->pub, strlen(t->pub), pub), 32);
		assert_int_equal(hex_decode(t->sig, strlen(t->sig), sig), 64);
		size_t n = (size_t)hex_decode(t->msg, strlen(t->msg), msg);
		assert_true(ed25519_public(seed, out));
		assert_memory_equal(out, pub, 32);
		assert_true(ed25519_sign(seed, msg, n, out));
		assert_memory_equal(out, sig, 64);
		assert_true(ed25519_verify(pub, msg, n, sig));
		for (int bit = 0; bit < 512; bit += 7) {
			sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_false(ed25519_verify(pub, msg, n, sig));
			sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		assert_false(ed25519_verify(pub, "other", 5, sig));
		pub[0] ^= 1;
		assert_false(ed25519_verify(pub, msg, n, sig));
	}
}

static void comparing(void **s)
{
	struct hash a = hash_of("a", 1), b = a;
	assert_true(hash_equal(&a, &b));
	b.b[31] ^= 1;
	assert_false(hash_equal(&a, &b));
	assert_true(bytes_equal_ct("x", "y", 0));
	assert_false(bytes_equal_ct("x", "y", 1));
}

static void tokens(void **s)
{
	enum { N = 2000 };
	static char seen[N][27];
	bool last[32] = { 0 };
	const char *alphabet = "abcdefghijklmnopqrstuvwxyz234567";
	for (int i = 0; i < N; i++) {
		random_token(seen[i]);
		assert_int_equal(strlen(seen[i]), 26);
		assert_int_equal(strspn(seen[i], alphabet), 26);
		last[strchr(alphabet, seen[i][25]) - alphabet] = true;
	}
	qsort(seen, N, sizeof *seen, (int (*)(const void *, const void *))strcmp);
	for (int i = 1; i < N; i++)
		assert_string_not_equal(seen[i - 1], seen[i]);
	for (int v = 0; v < 32; v++) /* three bits of the 128 end up in the last character, above two zeros */
		assert_int_equal(last[v], v % 4 == 0);
}

static void randomness_fills_every_byte(void **s)
{
	uint8_t sum[1000] = { 0 }, r[1000];
	for (int i = 0; i < 16; i++) {
		random_bytes(r, sizeof r);
		for (size_t k = 0; k < sizeof r; k++)
			sum[k] |= r[k];
	}
	for (size_t k = 0; k < sizeof r; k++)
		assert_int_not_equal(sum[k], 0);
	random_bytes(NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_vectors),
		cmocka_unit_test(sha256_of_a_million),
		cmocka_unit_test(hmac_vectors),
		cmocka_unit_test(ed25519_vectors),
		cmocka_unit_test(comparing),
		cmocka_unit_test(tokens),
		cmocka_unit_test(randomness_fills_every_byte),
	};
	return cmocka_run_group_tests_name("base_hash", tests, NULL, NULL);
}
