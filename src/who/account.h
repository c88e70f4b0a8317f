/* account.h — accounts of staff and of registrars' people: password (argon2id, RFC 9106) and TOTP (RFC 6238), one-time
 * invitation links, sessions. An account belongs to the house (registrar "") or to one registrar, for good; its roles
 * are of that side alone (permit.h). Tokens are 128 random bits, kept as SHA-256. Failed sign-ins slow down per account
 * and per client network, never lock out. */
#ifndef WHO_ACCOUNT_H
#define WHO_ACCOUNT_H
#include "store/store.h"
#include "who/permit.h"

struct account {
	int64_t id;
	char *login, *name;
	unsigned role;
	int64_t created_at, last_seen, disabled_at;
	bool ready;
	char *registrar; /* "": staff */
};

enum { INVITE_SECONDS = 72 * 3600, SESSION_SECONDS = 12 * 3600, SESSION_IDLE_SECONDS = 2 * 3600 };

/* Makes an account without a password and an invitation token for it. Inside a write. */
enum st account_add(struct req *rq, const char *login, const char *name, unsigned role, char invite[27]);
enum st account_invite(struct req *rq, const char *login,
		       char invite[27]); /* a new link for an old account (lost password) */
enum st account_by_invite(struct req *rq, const char *token,
			  struct account *out); /* ST_NOTFOUND when used or older than 72 h */
/* The secret a new TOTP device is set up with, shown once: 160 bits as base32, and its otpauth:// URI. Kept with the
 * invitation. */
enum st account_totp_offer(struct req *rq, const char *invite, const char *issuer, char **secret,
			   char **uri); /* read only: it was made with the invitation */
/* Uses the invitation up: sets the password (≥ 12 characters) once the code from the device is right. Inside a write.
 * `hash` comes from password_hash, made outside the writer because it takes tens of milliseconds. */
enum st account_accept(struct req *rq, const char *invite, const char *hash, const char *code, int64_t *account);

/* The rules, each with its sentence: 12 characters to 256 bytes of UTF-8, and not the login (NULL: not known here). */
enum st password_check(const char *password, const char *login, struct err *e);
char *password_hash(struct arena *mem, const char *password, struct err *e);
/* Step 0, inside a write of its own: counts the attempt before it is made, so that tries sent at once count too and the
 * count stays when what follows is rolled back. ST_LIMIT with the seconds to wait: after 5 within 15 min, 1 s doubling
 * to 15 min; forgotten by a sign-in or a quiet day. Once for each request that brings a password or a code. */
enum st account_attempt(struct req *rq, const char *login);
/* Step 1, on a reader: finds the account and compares (constant time, the same work for an unknown login); ST_INTERNAL
 * when step 0 was left out. Step 2, inside a write: checks and uses up the TOTP code (each code once) and opens a
 * session. */
enum st account_check(struct req *rq, const char *login, const char *password, int64_t *account);
enum st session_open(struct req *rq, int64_t account, const char *code, char token[27], char csrf[27]);
struct session {
	int64_t account;
	char *login, *name, *csrf;
	unsigned role;
	char *registrar; /* "": staff */
};
enum st session_get(struct req *rq, const char *token, struct session *out); /* ST_NOTFOUND when over */
enum st session_close(struct req *rq, const char *token);		     /* inside a write */
enum st session_touch(struct req *rq, const char *token); /* inside a write; at most once a minute is enough */
/* Where it is used from: the address and the family of the browser, of its User-Agent. Inside the write that opened it.
 */
enum st session_from(struct req *rq, const char *token, const char *address, const char *user_agent);
/* Sessions that are alive, newest first. One's own, or with MAY_END_SESSION anybody's of staff. */
struct session_row {
	char id[17]; /* 64 bits of the hash that is kept: names it, opens nothing */
	int64_t account, created_at, seen_at;
	char *login, *name, *address, *browser;
	uint8_t hash[32];
};
enum { SESSIONS_MAX = 500 };
enum st session_list(struct req *rq, int64_t account, struct session_row *out, int max, int *n); /* 0: all of staff */
bool session_is(const struct session_row *s, const char *token);
/* Inside a write: ends one (account 0: of anybody of staff), or (id NULL) all of an account's; *n says how many. */
enum st session_end(struct req *rq, int64_t account, const char *id, int64_t *n);
const char *browser_family(const char *user_agent);			    /* "Firefox", …; "other" */
enum st account_list(struct req *rq, struct account *out, int max, int *n); /* staff */
enum st account_disable(struct req *rq, const char *login);
/* Gives a member of staff other roles and ends their sessions. Inside a write; ST_CONFLICT for the last administrator.
 */
enum st account_role(struct req *rq, const char *login, unsigned role);
enum st account_by_login(struct req *rq, const char *login, struct account *out);

/* ── a registrar's people (registrar_user.c): MAY_CONSOLE_USERS, and of the registrar that acts alone. That there is
 * such a registrar, the caller has made sure. Inside a write, but for the list. */
enum st registrar_user_add(struct req *rq, const char *registrar, const char *login, const char *name, unsigned role,
			   char invite[27]);
enum st registrar_user_invite(struct req *rq, const char *registrar, const char *login, char invite[27]);
enum st registrar_user_disable(struct req *rq, const char *registrar, const char *login);
enum st registrar_user_list(struct req *rq, const char *registrar, struct account *out, int max, int *n);
extern const struct migration account_migrations[];
#endif
