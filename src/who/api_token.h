/* api_token.h — how a program of somebody else's gets in: a bearer token (RFC 6750) of a contact whose mail is read, or of
 * a partner organisation. It is shown once; the row keeps its SHA-256. What it opens is the desk's business
 * (desk/desk_party.h, desk/desk_peer.h); here it is made, found, taken back. Making and taking back are journalled.
 */
#ifndef WHO_API_TOKEN_H
#define WHO_API_TOKEN_H
#include "who/privacy.h"

enum api_side { API_CONTACT, API_PARTNER, API_SIDES };
const char *api_side_name(enum api_side s); /* "contact", "partner" */
enum { API_TOKENS = 10, API_TOKEN_DAYS = 365, API_LABEL_MAX = 80 };

struct api_token {
	int64_t id;
	enum api_side side;
	char *owner;				     /* an address in lower case; the partner's number */
	char *label;				     /* what it is for, in its owner's words; may be "" */
	int64_t made_at, used_at, until, revoked_at; /* used_at: to the minute; 0: never */
};
bool api_token_live(const struct api_token *t);

/* Inside a write: of side, owner, label and until (0: a year from now); fills in the rest. ST_INVALID names the field,
 * ST_CONFLICT: API_TOKENS are in use already. */
enum st api_token_make(struct req *rq, struct api_token *t, char out[27]);
/* Inside a write. `owner` NULL: whosever it is. ST_NOTFOUND: none of theirs, or taken back already. */
enum st api_token_revoke(struct req *rq, int64_t id, enum api_side side, const char *owner);
enum st api_token_used(struct req *rq, int64_t id); /* inside a write */
/* ST_NOTFOUND: no token of ours, over or taken back: nobody is told which. */
enum st api_token_open(struct req *rq, enum api_side side, const char *token, struct api_token *out);
/* Newest first. `owner` NULL: everybody's; `live`: only those that open something. */
enum st api_token_list(struct req *rq, enum api_side side, const char *owner, bool live, struct api_token *out, int max,
		       int *n);
void api_token_json(struct jw *w, const struct api_token *t);

enum st api_token_export(struct req *rq, const struct person *p, struct jw *w);
enum st api_token_erase(struct req *rq, const struct person *p);
enum st api_token_knows(struct req *rq, const char *email, bool *yes);
extern const struct migration api_token_migrations[];
#endif
