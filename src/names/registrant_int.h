/* registrant_int.h — what the files of the holder's door share. */
#ifndef NAMES_REGISTRANT_INT_H
#define NAMES_REGISTRANT_INT_H
#include "names/registrant.h"
#include "names/registry_int.h"

#define HOUR_USEC (3600 * USEC)
#define DAY_USEC (24 * HOUR_USEC)
enum { SEED_LEN = LINK_SEED, TOKEN_SIZE = LINK_TOKEN };
#define ASKED_LIFE DAY_USEC	    /* of a link somebody asked for */
#define POLICY_LIFE (90 * DAY_USEC) /* of a notice's link, after the policy took effect */
enum { LETTERS_A_DAY = 5 };	    /* to one address, for the asking */

/* A new row and its link; the journal entry is the caller's. */
struct link_new {
	enum door kind;
	const char *email, *name, *zone;
	enum lang lang;
	int version;
	int64_t expires_at;
};
enum st registrant_link_add(struct req *rq, const struct link_new *l, int64_t *id);
/* The row by its id, with the token of its link; ST_NOTFOUND. */
enum st registrant_link_get(struct req *rq, int64_t id, struct registrant_link *out, char token[TOKEN_SIZE]);
enum lang registrant_lang(const char *tag); /* of a contact; NULL or "": the site's */
/* What is said and done for a holder in the journal and the history: "holder:CON-1". */
struct actor holder_actor(const char *contact);

/* registrant_policy.c */
enum st policy_batch_due(struct req *rq, const char *subject);
enum st policy_forget_due(struct req *rq, const char *subject);

#endif
