/* hash.h — SHA-256 (FIPS 180-4), HMAC-SHA-256 (RFC 2104), Ed25519 checks (RFC 8032) and randomness, over OpenSSL. */
#ifndef BASE_HASH_H
#define BASE_HASH_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_LEN 32
struct hash {
	uint8_t b[HASH_LEN];
};

struct hash hash_of(const void *p, size_t n);
struct hash hash_of2(const void *a, size_t an, const void *b, size_t bn); /* SHA-256(a ‖ b) */
struct hash hash_mac(const void *key, size_t kn, const void *p, size_t n);

struct hasher; /* a stream of SHA-256 */
struct hasher *hasher_new(void);
void hasher_add(struct hasher *h, const void *p, size_t n);
struct hash hasher_end(struct hasher *h); /* frees h */

uint32_t hash_quick(const char *s, size_t n); /* FNV-1a, for tables in memory: whoever wants a clash makes one */

bool hash_equal(const struct hash *a, const struct hash *b); /* constant time */
bool bytes_equal_ct(const void *a, const void *b, size_t n);
char *hash_hex(const struct hash *h, char out[65]);

bool ed25519_verify(const uint8_t pub[32], const void *msg, size_t n, const uint8_t sig[64]);
bool ed25519_sign(const uint8_t seed[32], const void *msg, size_t n, uint8_t sig[64]);
bool ed25519_public(const uint8_t seed[32], uint8_t pub[32]);

void random_bytes(void *p, size_t n); /* getrandom(2); ends the process if the OS has none */
/* A link's secret: 128 bits as 26 characters of a–z2–7 (RFC 4648 base32, lower case). out[27]. */
void random_token(char out[27]);
/* A link's secret that can be made again: 130 bits of HMAC-SHA-256(key, kind ‖ seed) as 26 characters of a–z2–7. The
 * row keeps the random seed and hash_of the token, the key is not in the database. kind: at most 32 bytes. */
enum { LINK_SEED = 16, LINK_TOKEN = 27 };
struct hash link_mac(const uint8_t key[HASH_LEN], const char *kind, const uint8_t seed[LINK_SEED]);
void link_token(const uint8_t key[HASH_LEN], const char *kind, const uint8_t seed[LINK_SEED], char out[LINK_TOKEN]);

#endif
