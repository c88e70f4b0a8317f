/* who_int.h — what the files of who/ share among themselves. */
#ifndef WHO_WHO_INT_H
#define WHO_WHO_INT_H
#include "base/hash.h"
#include "store/store.h"

/* Keys of keyed hashes, one row each of who_key. `make`: inside a write, makes it at its first use (two writers agree
 * on one); otherwise ST_NOTFOUND when there is none yet. */
enum { WHO_KEY_LEN = 32 };
enum st who_key(struct req *rq, const char *name, bool make, uint8_t key[WHO_KEY_LEN]);

/* Is it the password that `encoded` was made of? NULL: no, after the same work. */
bool password_matches(const char *encoded, const char *password);

/* TOTP as every authenticator app has it: SHA-1, 6 digits, 30 s (RFC 6238). */
enum { TOTP_SECRET_LEN = 20, TOTP_STEP = 30 };
char *totp_base32(struct arena *mem, const uint8_t *p, size_t n); /* RFC 4648 §6, upper case, without padding */
/* Key URI: otpauth://totp/ISSUER:LOGIN?secret=… */
char *totp_uri(struct arena *mem, const char *issuer, const char *login, const char *secret_base32);
/* One step early or late is accepted; *step is the step the code belongs to. False too for a step ≤ last_step: used. */
bool totp_check(const uint8_t *secret, size_t n, const char *code, int64_t now, int64_t last_step, int64_t *step);

/* Failed sign-ins of an account begin at none again. Inside a write. */
enum st attempt_clear(struct req *rq, int64_t account);
/* Checks a code of the account's device and uses it up; ST_DENIED. Inside a write. */
enum st account_use_code(struct req *rq, int64_t account, const char *code);
enum st session_end_all(struct req *rq, int64_t account);

/* What staff's accounts and those of registrars' people share (account.c). Whether somebody may is asked before. */
struct account;
enum st account_list_of(struct req *rq, const char *registrar, struct account *out, int max, int *n);
enum st account_make(struct req *rq, const char *login, const char *name, unsigned role, const char *registrar,
		     char invite[27]);
enum st account_invite_again(struct req *rq, const struct account *a, char invite[27]);
enum st account_end(struct req *rq, const struct account *a);
enum st account_fact(struct req *rq, int64_t account, const char *verb, const char *payload);

#endif
