/* newsletter.h — who reads the newsletter. Somebody gives an address; nothing is sent there but one letter with a link,
 * and whoever opens that and says yes is a reader. The same link changes the language and ends it, which deletes the row:
 * of who left nothing is kept. Whether an address is a reader's is told to nobody but its own mailbox.
 *
 *	asked (a letter with the link) → confirmed → gone
 *
 * FAILING. Issues are sent by another program from newsletter_export; each has its reader's link in List-Unsubscribe. One that
 * comes back for good (RFC 3464, status 5) and has that link counts, at most one a day; NEWSLETTER_RETURNS of them, none more
 * than NEWSLETTER_RETURN_DAYS (a quarterly's) after the one before, make the reader failing: exports and frames leave it
 * out, a task tells staff. It ends when the reader confirms again or staff say so. What is refused for now, and what
 * somebody's machine answers, counts nothing.
 *
 * An address that nobody confirmed goes after a week. The readers are a rule of a study's frame (voice_rules). Lists ask
 * for MAY_RUN_NEWSLETTER.
 */
#ifndef VOICE_NEWSLETTER_H
#define VOICE_NEWSLETTER_H
#include "base/json.h"
#include "store/journal.h"
#include "store/store.h"
#include "voice/voice.h"
#include "who/person.h"

enum { NEWSLETTER_UNCONFIRMED_DAYS = 7, NEWSLETTER_RETURNS = 3, NEWSLETTER_RETURN_DAYS = 100 };

struct newsletter_reader {
	int64_t id, asked_at, confirmed_at;    /* 0: not yet */
	int64_t returns, returned_at, failing; /* came back, of late; last; since when it is failing, 0: it is not */
	char *email, *source;		       /* "form", "import" */
	enum lang lang;
};

/* ── by the public's pages: all inside a write, twice is once ── */
struct newsletter_ask {
	const char *email;
	enum lang lang;
};
/* A letter goes out, at most one an hour to an address. */
enum st newsletter_ask(struct req *rq, void *ask);
struct newsletter_say {
	const char *token;
	enum lang lang;
};
enum st newsletter_confirm(struct req *rq, void *say); /* also to change the language. ST_NOTFOUND */
enum st newsletter_leave(struct req *rq, void *token); /* ST_OK also when the link is of nobody, or no more */
enum st newsletter_get(struct req *rq, const char *token, struct newsletter_reader *out); /* on a reader. ST_NOTFOUND */

/* ── by staff ── */
/* In order of the address, from the one after `after` ("": the first). */
enum st newsletter_readers(struct req *rq, bool failing, const char *after, struct newsletter_reader *out, int max,
			   int *n); /* failing: only those */
/* Who consented elsewhere: readers at once. Who is one already stays as he is; an address that waits is confirmed. */
struct newsletter_import {
	const struct voice_frame_row *row;
	int64_t n;
	const char *digest; /* of the file */
	int64_t added;	    /* out */
};
enum st newsletter_import(struct req *rq, void *import);
enum st newsletter_remove(struct req *rq, void *email); /* ST_NOTFOUND */
enum st newsletter_resume(struct req *rq,
			  void *email); /* is not failing any more. ST_NOTFOUND; ST_CONFLICT: it was not */
/* Every confirmed one that is not failing, with the link that ends it. */
typedef void (*newsletter_fn)(void *arg, const struct newsletter_reader *r, const char *token);
enum st newsletter_export(struct req *rq, newsletter_fn say, void *arg);

/* ── the letter with the link, for out/mail ── */
struct newsletter_letter {
	char *to, *message_id, *link, *stop;
	enum lang lang;
	bool confirmed; /* a reader already */
};
bool newsletter_posts(const struct entry *e);
enum st newsletter_letters(struct req *rq, const struct entry *e, const char *public_url, struct newsletter_letter *out,
			   int *n);

/* As voice_letter_returned, of an issue or a letter with the link. */
enum st newsletter_letter_returned(struct req *rq, const char *token, const char *why, bool *known);

/* ── personal data (who/privacy.h) ── */
enum st newsletter_person_export(struct req *rq, const struct person *p, struct jw *w);
enum st newsletter_person_erase(struct req *rq, const struct person *p);
enum st newsletter_person_knows(struct req *rq, const char *email, bool *yes);

extern const char newsletter_due[];
enum st newsletter_forget(struct req *rq, const char *subject); /* a row of voice_due_kinds */
#endif
