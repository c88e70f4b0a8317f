/* person.h — the people and organisations we deal with: reporters, their language and consent, and what may be kept of
 * them. A person is found by a keyed hash of the address, so that the address itself can be erased and is in one place.
 */
#ifndef WHO_PERSON_H
#define WHO_PERSON_H
#include "base/lang.h"
#include "store/store.h"

struct person {
	int64_t id;
	char *email;
	enum lang lang;
	int64_t confirmed_at, erased_at;
};

/* Finds or makes the person with this e-mail address (domain part lower-cased). Inside a write. */
enum st person_by_email(struct req *rq, const char *email, enum lang lang, int64_t *id);
enum st person_get(struct req *rq, int64_t id, struct person *out);
enum st person_find(struct req *rq, const char *email, struct person *out); /* read only; ST_NOTFOUND */
/* Confirms the address of whoever holds the token that was mailed; inside a write. ST_NOTFOUND for a wrong or old one.
 */
enum st person_confirm(struct req *rq, const char *token, int64_t *person);
/* A fresh confirmation token (stored hashed, 14 days); inside a write. */
enum st person_confirm_token(struct req *rq, int64_t person, char token[27]);
/* Empties every field but the id. Inside a write. */
enum st person_erase(struct req *rq, int64_t id);
extern const struct migration person_migrations[];
#endif
