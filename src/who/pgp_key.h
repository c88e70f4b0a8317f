/* pgp_key.h — whose PGP key is whose: one public key an address, bound by staff. Nothing else makes a key somebody's: no
 * key server, no user id, no signature of others.
 *
 * ALWAYS SIGNS. Of a party that always signs, a message without a signature is doubted. Staff say so (`always`), or it
 * is learned: PGP_LEARNED good signatures in a row.
 */
#ifndef WHO_PGP_KEY_H
#define WHO_PGP_KEY_H
#include "store/store.h"
#include "who/privacy.h"

enum { PGP_LEARNED = 3 };
/* The setting that holds the public key of the CERT itself, armoured. */
#define PGP_PUBLIC_SETTING "pgp.public"
#define PGP_FINGERPRINT_SETTING "pgp.fingerprint" /* of that key; may be absent */

struct pgp_key {
	char *address; /* lower case */
	char *fingerprint, *user, *armour;
	int64_t expires_at; /* 0: never */
	int64_t added_at;
	bool encrypts;	/* can be encrypted to */
	bool always;	/* said by staff */
	int64_t in_row; /* good signatures since the last message without */
};
static inline bool pgp_key_always(const struct pgp_key *k)
{
	return k->always || k->in_row >= PGP_LEARNED;
}

enum st pgp_key_put(struct req *rq, void *pgp_key);    /* inside a write; takes the place of the one before */
enum st pgp_key_remove(struct req *rq, void *address); /* inside a write; ST_NOTFOUND */
/* ST_NOTFOUND without an error left behind: most addresses have none. */
enum st pgp_key_get(struct req *rq, const char *address, struct pgp_key *out);
enum st pgp_key_by_fingerprint(struct req *rq, const char *fingerprint, struct pgp_key *out);
enum st pgp_key_list(struct req *rq, struct pgp_key *out, int max, int *n); /* by address */
/* Inside a write: a message came from there, with a good signature by this key or with none. */
enum st pgp_key_seen(struct req *rq, const char *address, bool good);

enum st pgp_key_export(struct req *rq, const struct person *p, struct jw *w);
enum st pgp_key_erase(struct req *rq, const struct person *p);
enum st pgp_key_knows(struct req *rq, const char *email, bool *yes);

extern const struct migration pgp_key_migrations[];
#endif
