/* mail_int.h — what the files of out/mail share: the composed parcel, the two transports. */
#ifndef OUT_MAIL_INT_H
#define OUT_MAIL_INT_H
#include "base/buf.h"
#include "base/config.h"
#include "base/lang.h"
#include "desk/desk_share.h"
#include "desk/desk_check.h"
#include "letter/letter.h"
#include "desk/desk_digest.h"
#include "lookup/relay.h"
#include "names/registrant.h"
#include "out/mail/mail.h"
#include "voice/interview.h"
#include "voice/newsletter.h"
#include "voice/voice.h"

/* ── to holders of names (holder.c) ── */
enum st holder_letters(struct req *rq, const struct entry *e, const char *public_url, struct letters *out);
const char *holder_names(const struct sheet *p, const struct registrant_letter *r);
const char *holder_change(const struct sheet *p, const struct policy_change *c);

/* ── digests (digest.c) ── */
int digest_shown(const struct digest_letter *d); /* how many lines the table has */
int digest_more(const struct digest_letter *d);	 /* and how many stand in the file only */
struct obs_line digest_obs(const struct sheet *p, const struct digest_row *r);

/* ── to addresses that are checked (contact.c) ── */
enum st contact_letters(struct req *rq, const struct entry *e, const char *public_url, struct letters *out);

/* ── messages passed on (relay.c) ── */
enum st relay_mails(struct req *rq, const struct entry *e, const char *public_url, struct letters *out);

/* ── invitations (survey.c) ── */
enum st survey_mails(struct req *rq, const struct entry *e, const char *public_url, struct letters *out);

enum st interview_mails(struct req *rq, const struct entry *e, const char *public_url, struct letters *out);

/* Of an appointment, for calendars (calendar.c): false, the letter is about none. */
bool calendar_file(const struct sheet *p, const struct letter *l, const char *from, const char *to,
		   struct letter_file *out);

enum st newsletter_mails(struct req *rq, const struct entry *e, const char *public_url, struct letters *out);

/* ── compose (compose.c) ── */
struct parcel {
	const char *id;	       /* Message-ID without its brackets */
	const char *from, *to; /* envelope: ASCII addr-specs */
	struct buf message;    /* RFC 5322, CRLF, lines ≤ 998 */
	const char *task;      /* what staff are to do about a key (msgid), whether the letter goes or not; NULL */
	const char *key;       /* its fingerprint, "own" */
};
/* Pure: the same letter, words and date give the same bytes. `w`: how staff want it said; NULL: as delivered. Strings of *out live in mem; out->message is the caller's to
 * buf_free (and to cap). ST_INVALID: its address is none that can be written to; ST_LIMIT, ST_INTERNAL: a fault of ours
 * (too long, no usable Message-ID, no such template). e says why.
 */
enum st compose_letter(struct arena *mem, const struct face *face, const struct letter *l, const struct wording *w,
		       int64_t date, struct parcel *out, struct err *e);

char *letter_id(struct arena *mem, const struct letter *l); /* its Message-ID as a parcel has it; NULL: none */
/* Of a part "what" of the message `id`; "=_" never occurs in quoted-printable, base64 or armour. */
enum { BOUNDARY = 40 };
void letter_boundary(const char *what, const char *id, char out[BOUNDARY]);

/* ── PGP (seal.c) ── */
/* Seals the parcel as its recipient's key, and the configuration, want it; FATE_SENT: go on. FATE_HELD: a key is missing
 * and p->task says which; FATE_LATER: the role is away or busy, which is nothing to other letters; FATE_FAULT; FATE_AWAY:
 * the store is. `number` of the case, "". */
/* Is nothing sealed that goes to these? false: look at each. */
bool parcels_in_clear(struct req *rq, struct pgp *role, const struct config *cfg);
enum fate parcel_seal(struct req *rq, struct pgp *role, const struct config *cfg, const char *number, struct parcel *p,
		      struct err *e);

/* ── transports ── */
enum fate {
	FATE_SENT,    /* accepted, durably */
	FATE_LATER,   /* this letter was put off (4xx) */
	FATE_AWAY,    /* the transport takes nothing now */
	FATE_REFUSED, /* this address will never be written to (5xx to RCPT, or it is none) */
	FATE_REJECTED, /* this letter will never be taken (5xx to its words or size), which says nothing of the address */
	FATE_HELD,     /* it may not go as it is: a key is missing */
	FATE_FAULT,    /* of ours: it can't be made as it should be */
};

/* deliver_file.c */
enum st file_prepare(const char *dir, struct err *e); /* makes the folder */
enum fate file_deliver(const char *dir, const struct parcel *p, struct err *e);
char *file_name(struct arena *mem, const char *id);   /* the .eml's name */
bool file_delivered(const char *dir, const char *id); /* it lies there; id NULL: no */
/* When an old case forgets its reporters' addresses, the letters of its time leave the folder (forget.c). *swept_at: when
 * that was done last; 0: never. dir NULL: there is no folder. */
void letters_sweep(const char *dir, int64_t *swept_at);

/* sent_log.c: what a relay has taken of the entry in hand, by tag; survives the process, not the machine. Any thread. */
enum { LETTER_TAG = 16 };
/* Letters of an entry that are looked at together: a survey's batch. At its end the relay has nothing to do for a
 * moment. */
enum { LETTERS_PAGE = VOICE_BATCH, UNWRITTEN_MAX = VOICE_SENT_MAX };
struct sent_log;
struct sent_log *sent_log_open(const char *dir, struct err *e);
void sent_log_close(struct sent_log *log);
bool sent_log_has(struct sent_log *log, const char *tag); /* taken, in this life or the one before; log NULL: no */
bool sent_log_add(struct sent_log *log, const char *tag); /* false: not kept, the disk is full */
void sent_log_clear(struct sent_log *log);		  /* the entry is done with, and that is written down */

enum { MESSAGE_MAX = 4 << 20 }; /* bytes of a letter */

/* deliver_smtp.c; one connection, kept over a batch; one thread at a time */
struct smtp;
struct smtp *smtp_new(const char *url, const char *helo, struct err *e);
enum fate smtp_deliver(struct smtp *s, const struct parcel *p, struct err *e);
bool smtp_unsure(
	const struct smtp *s);	   /* the last delivery ended after the message was given away, without an answer */
void smtp_give_up(struct smtp *s); /* from another thread: stopping */
void smtp_free(struct smtp *s);

/* crew.c: letters whose words are fixed and that go in clear, over several connections at once */
enum { CREW_MAX = 32 };
struct crew_job {
	const struct letter *l;
	const char *tag;
	int64_t date;
	/* what became of it */
	enum fate fate;
	bool unsure, kept; /* kept: in the sent log */
	struct err err;
};
struct crew_batch {
	struct crew_job *job;
	int n;
	/* the crew's own */
	int taken, open; /* open: not concluded yet */
	struct crew_batch *behind;
};
struct crew;
struct crew *crew_new(const char *url, const char *helo, int connections, const struct face *face,
		      struct sent_log *sent, struct err *e);
void crew_add(struct crew *c, struct crew_batch *b);  /* behind those it has; b stays until crew_wait is over */
void crew_wait(struct crew *c, struct crew_batch *b); /* until each of its letters has its fate; one thread at a time */
/* So many at a time as leave within about half a second, so that an answer that comes meanwhile stops all but a few; at
 * most UNWRITTEN_MAX. First as many as there are connections, then as those before took; what follows at once goes on
 * with as many. */
int crew_share(struct crew *c);
int crew_share_after(struct crew *c, int64_t took); /* microseconds of such a batch */
void crew_give_up(struct crew *c);		    /* from another thread: stopping */
void crew_free(struct crew *c);

#endif
