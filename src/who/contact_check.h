/* contact_check.h — whether somebody reads the mail of a contact's address, asked by a letter twice a year. One row an
 * address, however many resources it stands for. Rows only: who is asked, when and what follows is desk/desk_check.h.
 * The answer counts for every contact with the address (who/contact.h, verified_at).
 */
#ifndef WHO_CONTACT_CHECK_H
#define WHO_CONTACT_CHECK_H
#include "base/hash.h"
#include "store/store.h"
#include "who/privacy.h"

enum check_state {
	CHECK_WAITING,	/* for its turn; next_at says when */
	CHECK_ASKED,	/* the letter is out */
	CHECK_REMINDED, /* and the one reminder */
	CHECK_SILENT,	/* neither was answered: the contact is failing */
	CHECK_WRONG,	/* its reader says that it is the wrong address */
	CHECK_REFUSED,	/* no server takes mail for it */
	CHECK_STATES
};
const char *check_state_name(enum check_state s); /* "waiting", … */

struct contact_check {
	int64_t id;
	char *email, *lang; /* lower case; tag, "" nobody said */
	enum check_state state;
	int64_t next_at, asked_at, sent_at; /* 0: never; sent_at: of the letter that is out */
	int64_t verified_at;		    /* somebody said yes behind the link; 0: never, or not any more */
	uint8_t seed[LINK_SEED];	    /* of the link that is out */
};
struct check_seen {
	const char *email, *lang;
	const char *resource; /* what it stands for; NULL: what the registry itself holds */
	int64_t next_at;      /* if it is new */
};
/* Inside a write. *id of the row, new or not; *fresh: it was not there. */
enum st contact_check_see(struct req *rq, const struct check_seen *s, int64_t *id, bool *fresh);
enum st contact_check_get(struct req *rq, int64_t id, struct contact_check *out);	  /* ST_NOTFOUND */
enum st contact_check_find(struct req *rq, const char *email, struct contact_check *out); /* ST_NOTFOUND */
enum st contact_check_open(struct req *rq, const struct hash *token, struct contact_check *out);
/* Resources that a file named with this address, in order; they may have changed hands since. */
enum st contact_check_things(struct req *rq, int64_t id, char **out, int max, int *n);
/* Addresses, those whose turn comes first before others; state CHECK_STATES: all, but those that only wait. */
enum st contact_check_list(struct req *rq, bool waiting_too, struct contact_check *out, int max, int *n);
enum st contact_check_asked_since(struct req *rq, int64_t since, int64_t *n); /* first letters */

/* Inside a write. */
enum st contact_check_ask(struct req *rq, int64_t id, const uint8_t seed[LINK_SEED], const struct hash *token,
			  int64_t now);
enum st contact_check_move(struct req *rq, int64_t id, enum check_state to, int64_t next_at);
enum st contact_check_sent(struct req *rq, int64_t id, int64_t at);
enum st contact_check_verified(struct req *rq, int64_t id, int64_t at, int64_t next_at); /* at 0: not any more */
enum st contact_check_drop(struct req *rq, int64_t id);

/* A page of the contacts that files hold now, after the row *last, which is moved on. */
struct contact_seen {
	char *resource, *email, *lang;
	int64_t verified_at; /* 0 unknown */
};
enum st contact_check_page(struct req *rq, int64_t *last, struct contact_seen *out, int max, int *n);

/* ── personal data (who/privacy.h). Where a file still names an erased address it is asked again. ── */
enum st contact_check_export(struct req *rq, const struct person *p, struct jw *w);
enum st contact_check_erase(struct req *rq, const struct person *p);
enum st contact_check_knows(struct req *rq, const char *email, bool *yes);

extern const struct migration contact_check_migrations[];
#endif
