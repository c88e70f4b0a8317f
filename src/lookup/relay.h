/* relay.h — a way to write to somebody whose address is withheld. Who writes gives an address and confirms it by a
 * link; then the message goes out to the addressee, with the writer's address to answer to. The addressee's address is
 * never told, and whether there is one only to who holds a confirmed link. With the letter comes a link that ends this:
 * no more messages to that address.
 *
 * Kept: the message and the writer's address until the letter is out (or two days, unconfirmed); after that hashes, for
 * the link to work RELAY_DAYS.
 *
 *	asked (token to the writer) → confirmed (letter to the addressee, with `stop`) → sent
 */
#ifndef LOOKUP_RELAY_H
#define LOOKUP_RELAY_H
#include "base/json.h"
#include "lookup/lookup.h"
#include "store/journal.h"
#include "who/person.h"
#include "work/due.h"

/* Once, before anything else: the key is copied (base/hash.h, link_token); lang: of addressees who named none. */
void relay_setup(const uint8_t *token_key, const char *lang);

enum { RELAY_TEXT_MAX = 5000, RELAY_DAYS = 90, RELAY_A_DAY = 10 };

struct relay {
	int64_t id;
	char *about, *sender, *text; /* sender, text: "" once it is out */
	enum lang lang;		     /* the writer's */
	int64_t asked_at, confirmed_at, sent_at;
	bool stopped; /* the addressee takes no messages */
};
/* Is it something whose holder can be reached so? ST_NOTFOUND: there is no such thing, or nobody's address is withheld
 * there. *shown is its name as people write it. */
enum st relay_about(struct req *rq, const char *about, char **name, char **shown);

struct relay_asking {
	const char *about, *sender, *text; /* checked: ST_INVALID names the field first ("email: …") */
	enum lang lang;
	const char *once; /* the same form sent again is one message */
};
/* Inside a write. ST_LIMIT: too many to this addressee, or from this address, today. An addressee who takes no messages
 * is not told of: the letter is not sent, that is all. */
enum st relay_ask(struct req *rq, void *asking);
/* By the writer's link ('c') or the addressee's ('s'). ST_NOTFOUND. */
enum st relay_get(struct req *rq, char which, const char *token, struct relay *out);
enum st relay_confirm(struct req *rq, void *token); /* inside a write; twice is once */
enum st relay_stop(struct req *rq, void *token);    /* inside a write; twice is once */

/* ── what the mail follower sends ── */
struct relay_letter {
	int64_t id;
	bool confirm; /* to the writer; else to the addressee */
	enum lang lang;
	char *to, *reply_to, *shown, *text, *link, *message_id;
};
bool relay_posts(const struct entry *e);
enum st relay_letters(struct req *rq, const struct entry *e, const char *public_url, struct relay_letter *out, int max,
		      int *n);
/* Inside a write: the letter to the addressee is out, or never will be. */
enum st relay_sent(struct req *rq, int64_t id);

/* ── personal data (who/privacy.h): what a person wrote ── */
enum st relay_person_export(struct req *rq, const struct person *p, struct jw *w);
enum st relay_person_erase(struct req *rq, const struct person *p);
enum st relay_person_knows(struct req *rq, const char *email, bool *yes);

extern const struct due_kind relay_due_kinds[];
extern const int relay_due_count;
#endif
