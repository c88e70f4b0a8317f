/* desk_check.h — contacts are asked twice a year whether their mail is read, by a letter with a private link.
 *
 * WHO. Every address that a file of contacts or the registry names for something that is registered or held: found by
 * a walk once a week, which gives a new address a turn somewhere in the half-year ahead. What an address stands for is
 * looked at again when its turn comes; one that stands for nothing is forgotten.
 *
 * WHAT FOLLOWS. The letter's link leads to a page with two answers: this is right (verified_at moves, the mark of a
 * failing address goes), or this is wrong, write to … (a task). Silence brings one reminder; silence after that marks
 * the address as failing (who/contact_failing.h) and makes a task. Days on which the letter could not leave do not
 * count. Settings contact.verify* pause it and say how many letters a day there may be.
 *
 * ONE PLACE. Behind an address that answered, its reader can see all its open notices: the link is asked for by typing
 * the address. Whoever asks causes one row and one due row, known or not; all else happens later, in the due row.
 */
#ifndef DESK_DESK_CHECK_H
#define DESK_DESK_CHECK_H
#include "desk/desk.h"
#include "who/contact_check.h"

enum { CHECK_THINGS = 20 }; /* that a letter or page names */
struct check_things {
	char *name[CHECK_THINGS]; /* as people write them */
	int n;
	int64_t total;
};
/* What the address stands for now. */
enum st desk_check_stands(struct req *rq, const struct contact_check *c, struct check_things *out);

/* ── behind the link ── */
struct check_page {
	struct contact_check c;
	struct check_things things;
};
enum st desk_check_open(struct req *rq, const char *token, struct check_page *out); /* ST_NOTFOUND */
struct check_answer {
	char *token;
	bool right;
	char *better, *text; /* when wrong: the address to write to, and words; either may be "" */
};
/* Inside a write. ST_INVALID names the field first: "email: …". */
enum st desk_check_answer(struct req *rq, void *check_answer);

/* ── by staff ── */
/* Inside a write: the turn of an address comes now. ST_NOTFOUND: it is not checked. */
enum st desk_check_now(struct req *rq, void *email);
enum st desk_check_walk_now(struct req *rq, void *unused); /* inside a write: the walk sets out now */

/* Inside a write: its reader wants something of us, and has not said yes yet; one letter a day, paused or not. */
enum st desk_check_asked_for(struct req *rq, const struct contact_check *c);

/* ── the letters of an entry ── */
enum address_kind { ADDRESS_CHECK, ADDRESS_REMIND, ADDRESS_NOTICES };
struct address_letter {
	enum address_kind kind;
	int64_t id;
	enum lang lang;
	char *to, *link, *message_id;
	struct check_things things;
	int64_t asked_at, until, sent_at;
};
bool desk_address_posts(const struct entry *e);
enum st desk_address_letters(struct req *rq, const struct entry *e, const char *public_url, struct address_letter *out,
			     int *n);
/* Inside a write: the transport took the letter, or never will (`refused`: its words; NULL: it took it). */
enum st desk_address_sent(struct req *rq, const struct address_letter *l, const char *refused);
/* Inside a write: a letter of a check came back for good. */
enum st desk_check_bounced(struct req *rq, int64_t id, const char *why);
/* Inside a write: somebody answered the letter by mail; people read it. */
enum st desk_check_wrote(struct req *rq, int64_t id, const char *text);

extern const struct due_kind desk_check_due_kinds[];
extern const int desk_check_due_count;
extern const struct migration desk_check_migrations[];
#endif
