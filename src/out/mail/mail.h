/* mail.h — the first follower of the journal: letters to holders and reporters.
 *
 * For each journal entry desk_letters() says which letters follow from it; each is composed (compose.c, pure), handed
 * to the transport that `mail.url` names, and then written down, together with desk_notice_sent for a notice, in one
 * write.
 *
 *	file:FOLDER     an .eml a message, exactly once: the file's name is the Message-ID
 *	smtp://[USER:PASSWORD@]HOST[:PORT]   to a relay, STARTTLS when it is offered
 *	smtps://…       the same, TLS from the start
 *	  ?tls=require  no message without TLS and a certificate that fits; always so for smtps and where a password is sent
 *	  ?tls=try      also with a password
 *	  ?tls=off      never
 *	  ?ca=FILE      PEM file of the authority that signed the relay's certificate, instead of the system's
 *
 * To a relay at least once: when the connection is lost after the message was given away the letter is sent again with
 * the same Message-ID.
 *
 * A relay that is away, or refuses us as a whole, holds all mail back until it is there again (the follower's
 * back-off). One recipient that is put off (4xx) does not: its letter comes due again later (5 min … 1 day, for two
 * days). A recipient that is refused for good (5xx) is not tried again: for a party's letter a task "address-failing"
 * about the case tells staff. A letter that is refused for its words or size says nothing of the address: where the
 * address itself is tried out, only a task "letter-failing" follows.
 *
 * A letter that waits for a key, or can't be made by a fault of ours, holds no other up: a task says why ("pgp-key",
 * "letter-failing"; about the case, else mail:FINGERPRINT or mail:LETTER), and it is tried again, once a day at last.
 *
 * main gives mail_due_kinds to the scheduler beside the desk's. Start the follower in the one process that has the
 * store's writers; stop it before the store is closed.
 */
#ifndef OUT_MAIL_H
#define OUT_MAIL_H
#include "base/config.h"
#include "store/store.h"
#include "work/due.h"

struct pgp;
struct mail;
struct mail_opts {
	const struct config *cfg; /* outlives the follower */
	struct store *store;
	const char *public_url; /* for links and the sender's address; the same */
	struct pgp *pgp;	/* NULL: no key */
};

/* NULL with the reason when mail.url can't be used: no such folder and it can't be made, an unknown option. A relay
 * that does not answer is no reason. */
struct mail *mail_start(const struct mail_opts *o, struct err *e);
void mail_wake(struct mail *m); /* new entries may be there */
void mail_stop(struct mail *m); /* lets the letter in hand end, at most 3 s when its fate is open; NULL is fine */

struct mail_stats {
	int64_t sent;	  /* letters that the transport accepted */
	int64_t repeated; /* of these, sent again after the connection was lost at the end: may have arrived twice */
	int64_t retries;  /* deliveries that failed for now */
	int64_t bounced;  /* letters given up: refused for good, or put off too often */
	int64_t next;	  /* journal entry whose letters are next */
	int64_t error_at; /* 0: none yet */
	char last_error[256];
};
void mail_stats(struct mail *m, struct mail_stats *out); /* any thread */

/* Removes letters to this address that lie in the folder of `file:`; *n counts them. A relay has what it has. */
enum st mail_forget(const struct config *cfg, const char *email, int64_t *n, struct err *e);

extern const struct due_kind mail_due_kinds[];
extern const int mail_due_count;

#endif
