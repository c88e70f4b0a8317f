/* desk_pgp.h — what PGP says of a message, and what the desk makes of it.
 *
 * A signature counts when it is good and by the very key that is bound to the author's address (who/pgp_key.h). Anything
 * else that was tried (another key, one that is over, a changed text, nothing where that party always signs) is a DOUBT:
 * the message is kept and shown with a plain sentence, and a task asks staff to look; it is never taken as a party's
 * answer or as a reporter's addition by itself. What can't be read at all is a doubt too.
 */
#ifndef DESK_DESK_PGP_H
#define DESK_DESK_PGP_H
#include "base/json.h"
#include "pgp/pgp.h"
#include "store/store.h"
#include "who/pgp_key.h"

enum pgp_doubt {
	DOUBT_NONE,
	DOUBT_WRONG_KEY,
	DOUBT_UNKNOWN_KEY,
	DOUBT_EXPIRED_KEY,
	DOUBT_EXPIRED_SIGNATURE,
	DOUBT_REVOKED_KEY,
	DOUBT_CHANGED,
	DOUBT_UNSIGNED,
	DOUBT_PARTLY,	 /* what is signed is not all of it */
	DOUBT_OTHER_KEY, /* from here on: it could not be read */
	DOUBT_DAMAGED,
	DOUBT_TOO_LARGE,
	DOUBT_TOO_SLOW,
	DOUBT_NO_KEY_HERE,
	DOUBT_COUNT
};
struct desk_pgp {
	bool used; /* the message has PGP in it, or a doubt for having none */
	bool encrypted;
	bool partly; /* the signature is of one part, and others stand beside it */
	enum pgp_signed is;
	enum pgp_doubt doubt;
	char fingerprint[PGP_FPR];
	char *bound;  /* the address that the signer's key is bound to; NULL */
	char *author; /* whose key, bound to their address, was looked for; NULL: none is bound */
};
static inline bool desk_pgp_unread(const struct desk_pgp *p)
{
	return p->doubt >= DOUBT_OTHER_KEY;
}
/* The key that is bound to the author decides; `key` NULL: none is. `bound` and `partly` are set before. */
void desk_pgp_judge(struct desk_pgp *out, const struct pgp_verdict *v, const struct pgp_key *key);
/* A plain sentence (msgid); NULL for DOUBT_NONE. */
const char *desk_pgp_sentence(enum pgp_doubt d);
const char *desk_pgp_doubt_name(enum pgp_doubt d);

/* Inside a write: kept beside row `mail` of desk_mail, and what is learned of the party. */
enum st desk_pgp_write(struct req *rq, int64_t mail, const struct desk_pgp *p);
/* Could the message that this report came by not be read? */
enum st desk_pgp_unread_report(struct req *rq, int64_t report, bool *yes);

/* Of a case, newest first, for staff. */
struct case_mail {
	int64_t at;
	const char *is, *doubt; /* names, "" */
	const char *sentence;	/* msgid; NULL */
	char *fingerprint, *bound;
	bool encrypted, is_good;
};
enum { CASE_MAILS = 50 };
enum st desk_pgp_of_case(struct req *rq, int64_t case_id, struct case_mail *out, int max, int *n);
void desk_pgp_json(struct jw *w, const struct case_mail *m, int n);
extern const struct migration desk_pgp_migrations[];
#endif
