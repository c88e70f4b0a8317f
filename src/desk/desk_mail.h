/* desk_mail.h — what arrives by mail: new reports, replies of reporters and of parties, delivery reports.
 *
 * A front has parsed the message; here it is decided what it is about, and done, in one write. The same message
 * (digest) is done once. A message that has come before with other words (its origin is the same: a mailing list added
 * its footer, or somebody forges) is no second report and gets no receipt; what it says is kept beside the first for
 * staff to read, so that who guesses a Message-ID can't make anything disappear. Every message that was taken leaves a
 * row of desk_mail and at least one journal entry.
 *
 * WHO WROTE. A sender's address proves nothing. A reply is believed to be from whom we wrote to when it carries
 * something that only that letter had: its Message-ID, which ends in a MAC (desk_letter_id), or the token of its
 * Reply-To (desk_reply_address). Then the reporter's words join the case, and the party's answer counts where its first
 * sentence is one (fixed, false alarm, not ours). Without such a proof a sender who fits the case may still add
 * words, which staff read; everything else about a case becomes a task. What an answer says in other words is kept,
 * shown to staff, and a task asks them to read it: the deadline goes on.
 *
 * DELIVERY REPORTS count only with the same proof (the MAC comes back with the returned message; of other rooms' letters
 * the token in List-Unsubscribe), so that nobody can make a party unreachable by claiming so. A failure for good marks
 * the address (who/contact_failing.h), asks staff for another, and tells the next in the chain.
 *
 * ANSWERS. A new report gets its receipt once, from the mail follower, unless the front says that no person is there to
 * read it (RFC 3834), or this sender has filed RECEIPTS_AN_HOUR already.
 */
#ifndef DESK_DESK_MAIL_H
#define DESK_DESK_MAIL_H
#include "base/hash.h"
#include "desk/desk.h"
#include "desk/desk_pgp.h"

enum mail_kind { MAIL_PLAIN, MAIL_ARF, MAIL_XARF, MAIL_BOUNCE, MAIL_AUTO, MAIL_LOOP };
struct desk_mail {
	enum mail_kind kind;
	struct hash digest, origin; /* of the message; of its Message-ID and author, where has_origin */
	bool has_origin;
	char *from, *message_id; /* NULL: none; the id without brackets */
	bool answerable;
	char *ref[24]; /* Message-IDs it refers to */
	int nrefs;
	char *token, *number;	       /* as desk_reply_address made it; a case number in the subject; NULL */
	char *subject, *text;	       /* of a reply: the new words */
	const char *scheme, *category; /* for desk_mail_class; NULL */
	bool mixed;		       /* there are others in it: staff are told */
	struct desk_pgp pgp;
	char *left;	      /* names of files that the front did not keep; NULL */
	char *unread;	      /* names of what is for programs and was too large to be read whole; NULL */
	struct report report; /* what to file when it is no reply; texts, observables, files, language */
	struct {
		char *recipient, *original, *token, *status, *diagnostic;
		char *stop; /* List-Unsubscribe of what came back; NULL */
		bool final;
		/* Inside the write: of what is none of the desk's letters, another room's may be. NULL: there is none. */
		enum st (*returned)(struct req *rq, const struct desk_mail *m, const char *why, bool *known);
	} bounce;
};
enum mail_fate {
	MAILED_FILED,	 /* a new report */
	MAILED_ADDED,	 /* a reporter's words joined the case */
	MAILED_ANSWERED, /* a party's answer counts */
	MAILED_KEPT,	 /* a task for staff */
	MAILED_BOUNCED,	 /* a party can't be reached */
	MAILED_IGNORED,	 /* automatic, or of nobody's concern */
};
const char *mail_fate_name(enum mail_fate f);
struct desk_mailed {
	enum mail_fate fate;
	bool repeated; /* the same message was taken before */
	char number[24];
};
struct desk_mail_arg {
	struct desk_mail *in;
	struct desk_mailed out;
	/* private, made by desk_mail_prepare */
	int64_t report, notice, share; /* who wrote, when known */
	int64_t check;		       /* a contact that was asked whether its mail is read (desk/desk_check.h) */
	int64_t digest;		       /* the letter was a digest; notice is the one that is meant, */
	bool unclear;		       /* or the newest: the words name none */
	bool proved, files, quiet;
	char *number;
};
/* On a reader: finds the case, else prepares the report. */
enum st desk_mail_prepare(struct req *rq, struct desk_mail_arg *arg);
enum st desk_mail_write(struct req *rq, void *desk_mail_arg); /* inside a write */

/* "<nc-SEQ-KIND-REF-MAC@HOST>" */
char *desk_letter_id(struct arena *mem, int64_t seq, const char *kind, int64_t ref, const char *host);
/* Our own Message-ID (no brackets)? What it says, its MAC checked. */
struct letter_name {
	int64_t seq, ref;
	char kind[24];
};
bool desk_letter_name(const char *id, struct letter_name *out);
/* "case+r12-MAC@example.org" for a report, n for a notice, s for a share, d for a digest; NULL while no address of ours takes mail. */
char *desk_reply_address(struct arena *mem, char kind, int64_t id);
bool desk_reply_token(const char *token, char *kind, int64_t *id);

/* The answer that a party's words begin with, as a sentence of its own ("Fixed." but not "Fixed by Friday"). */
bool desk_mail_says(const char *text, enum answer_kind *out);

extern const struct migration desk_mail_migrations[];
/* The class of a kind of complaint, a row of desk_mail_class: scheme "arf" "xarf" "x-arf", or "word" for a word of the
 * text; '*' as category fits what no other row does. NULL when none fits. */
enum st desk_mail_class(struct req *rq, const char *scheme, const char *category, const char *text, char **class_id,
			bool *record_only);
#endif
