/* pgp.h — the role that runs gpg with the CERT's key, and how others ask it (RFC 4880, 3156).
 *
 * One SOCK_SEQPACKET pair, as of the signer, joins it with its client and outlives a restart of either side. A question
 * or an answer is a message cut into packets of at most PGP_PACKET bytes (pgp_int.h), because a letter has up to 25 MB.
 * One question at a time; the client waits at most PGP_WAIT for an answer.
 *
 * THE KEY. DIR/keys/pgp is GNUPGHOME (0700): below keys/ core has no right at all, and this role has none beside it. It
 * holds the secret key of `nicert pgp init` without a passphrase, since nobody is there to type one. Keys of parties
 * are no secret: they are rows (who/pgp_key.h), and whoever asks hands over the one key that a question is about. It is
 * in the role's ring while that question is answered, so that whoever is erased or has a new key is forgotten here too.
 * Nothing is ever fetched from a key server, and gpg's own trust plays no part: whose key it is says the row.
 *
 * BOUNDS. What comes out of a message has at most PGP_TEXT_MAX bytes, and an operation at most PGP_OP of time; then gpg
 * is cancelled and the verdict says so.
 */
#ifndef PGP_PGP_H
#define PGP_PGP_H
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/text.h"
#include "base/err.h"

enum {
	PGP_TEXT_MAX = 25 << 20,
	PGP_KEY_MAX = 256 << 10,
	PGP_FPR = 41, /* 40 hexadecimal digits */
	PGP_PATH_MAX = 80,
};
#define PGP_OP (20 * USEC)
#define PGP_WAIT (40 * USEC)

enum pgp_signed {
	PGP_UNSIGNED,
	PGP_GOOD,
	PGP_BAD, /* what is signed was changed */
	PGP_UNKNOWN_KEY,
	PGP_EXPIRED_KEY,
	PGP_EXPIRED_SIGNATURE,
	PGP_REVOKED_KEY,
	PGP_SIGNED_COUNT
};
enum pgp_opened {
	PGP_OPENED,
	PGP_OTHER_KEY, /* encrypted, but not for us */
	PGP_DAMAGED,
	PGP_TOO_LARGE,
	PGP_TOO_SLOW,
	PGP_NO_KEY_HERE, /* never by the role: said where there is none */
	PGP_OPENED_COUNT
};
struct pgp_verdict {
	enum pgp_opened opened;
	enum pgp_signed is;
	bool encrypted;
	char fingerprint[PGP_FPR]; /* of the signer's primary key, or what the signature says of it; "" */
};
/* The words by which verdicts are stored and shown in JSON. */
const char *pgp_signed_name(enum pgp_signed s);

/* ── the role ── */
/* Is there a key of the CERT's? */
bool pgp_made(const char *dir);
/* `key`: the fingerprint to use when the home has several; "" for the only one. */
int pgp_main(const char *dir, const char *key, int fd);

struct pgp;
struct pgp *pgp_attach(int fd);
struct pgp *pgp_spawn(const char *self, const char *dir, struct err *e); /* a child, for commands */
void pgp_free(struct pgp *p);						 /* NULL is fine */

struct pgp_open {
	const char *key; /* armoured, of who is said to have written; NULL */
	const char *sig; /* a detached signature over `p`; NULL: `p` is encrypted or clear-signed */
	size_t sign;
	const char *p;
	size_t n;
};
/* ST_BUSY: the role is away, ask again. Whatever the message is, the answer is ST_OK and a verdict; `plain` gets the
 * text. Thread-safe, as is pgp_seal. */
enum st pgp_open(struct pgp *p, const struct pgp_open *what, struct pgp_verdict *v, struct buf *plain, struct err *e);

struct pgp_seal {
	const char *key, *fingerprint; /* NULL: only signed, apart (micalg pgp-sha512) */
	const char *p;
	size_t n;
};
/* Armoured. ST_CONFLICT: that key can't be encrypted to (expired, revoked, only for signatures, not the one of that
 * fingerprint). ST_NOTFOUND: our own can't sign any more. ST_BUSY: ask again. Anything else is a fault of ours. */
enum st pgp_seal(struct pgp *p, const struct pgp_seal *what, struct buf *out, struct err *e);

/* A text of ours for anybody to read and to check, with the signature around it (RFC 4880 §7). ST_NOTFOUND, ST_BUSY: as of
 * pgp_seal. */
enum st pgp_sign(struct pgp *p, const char *text, size_t n, struct buf *out, struct err *e);

/* ── for commands, which may run gpg themselves ── */
struct pgp_key_info {
	char fingerprint[PGP_FPR];
	char user[256];	    /* the first user id */
	int64_t expires_at; /* of the key or of all its subkeys to encrypt to; 0: never */
	bool encrypts;
};
/* Makes DIR/keys/pgp and in it the CERT's key; `public` gets it armoured. ST_CONFLICT: there is one. */
enum st pgp_init(const char *dir, const char *user, int days, struct pgp_key_info *out, struct buf *public,
		 struct err *e);
/* Reads exactly one public key in a throw-away folder below `tmp`; `least` gets it armoured, without others'
 * signatures. */
enum st pgp_key_read(const char *tmp, const char *p, size_t n, struct pgp_key_info *out, struct buf *least,
		     struct err *e);
#endif
