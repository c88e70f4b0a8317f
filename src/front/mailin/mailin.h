/* mailin.h — e-mail in: one parser, three doors.
 *
 * PARSER. Pure: bytes become a struct whose strings live in the arena; file contents are views of the message. It is
 * made for hostile input, so it looks at the structure itself and hands GMime only single header fields, addresses,
 * transfer encodings and character sets: nothing is allocated a part or a header line before it was counted. A message
 * has at most MAIL_MAX bytes; beyond MAIL_DEPTH levels, MAIL_PARTS parts or MAIL_HEADERS header lines the rest is not
 * looked at (`cut` is set), the message itself is never refused for that. Texts are valid UTF-8 without control
 * characters whatever the message says of its character set; what can't be read becomes U+FFFD.
 *
 * Understood: plain and HTML mail; forwarded messages (attached, several too, or inline as the common programs write them
 * in English and Chinese; of one that passes another on, such as a help desk's, the inner one is what is reported); ARF
 * (RFC 5965) and Hotmail's complaints; X-ARF 0.1, 0.2 and XARF 3, 4; tables of observables (CSV); delivery reports (RFC
 * 3464 and several of before); automatic answers, mailing lists and loops (RFC 3834).
 *
 * DOORS. `nicert mailin` (a pipe), LMTP (lmtp.c) and a mailbox asked over IMAP (imap.c). Each hands the bytes to
 * mailin_open; mailin_write does the change inside a write; only then the sender is told.
 */
#ifndef FRONT_MAILIN_H
#define FRONT_MAILIN_H
#include "base/config.h"
#include "base/hash.h"
#include "desk/desk_mail.h"

enum {
	MAIL_MAX = 25 << 20,
	MAIL_DEPTH = 20,
	MAIL_PARTS = 500,
	MAIL_HEADERS = 1000,
	MAIL_TEXT = 64 << 10, /* of one part that is read as text, and of all of them together */
	MAIL_LINKS = 200,
	MAIL_FILES = 5,
	MAIL_REFS = 20,
	MAIL_FIELD = 4096, /* of one header field */
};
#define MAIL_ARENA ((size_t)16 << 20)

/* What must not be taken for an observable or a stranger: our own. */
struct mailin_own {
	const char *host;	/* of public.url; NULL */
	const char *address[4]; /* ours, lower case, unused NULL: mailin.address, mail.from, site.contact, imap.user */
};

struct mail_link {
	char *shown, *target;
	char *host;	/* it leads to; NULL: not to be made out */
	char *pretends; /* the host that is shown, when it differs: whose name is misused; never an observable */
	bool differs;	/* what is shown names another host than it leads to */
};
enum mail_encoding { MAIL_IDENTITY, MAIL_BASE64, MAIL_QP };
struct mail_file {
	char *name, *type;
	const char *p; /* as it stands in the message */
	size_t n;
	enum mail_encoding encoding;
};
/* A message that is complained about. */
struct mail_reported {
	struct mail_reported *next; /* passed on beside it; NULL */
	bool there;
	char *from, *reply_to, *subject, *message_id, *text;
	char *unsubscribe; /* its List-Unsubscribe; NULL */
	char *source;	   /* address of whoever gave it to the first server that the reporter trusts */
};
struct mail_bounce {
	char *recipient, *action, *status, *diagnostic;
	char *original; /* Message-ID of what came back */
	char *token;	/* of the Reply-To of what came back */
	char *stop;	/* List-Unsubscribe of what came back; NULL */
	bool final;	/* it will not be tried again */
};
struct mailin {
	enum mail_kind kind;
	char *from, *name, *subject, *message_id;
	char *ref[MAIL_REFS]; /* Message-IDs of In-Reply-To and References, without brackets */
	int nrefs;
	char *token, *number; /* of an address case+TOKEN@, of a case in the subject; NULL */
	bool answerable;      /* RFC 3834: a person may have sent it */
	bool reply;	      /* has references or a subject that says so */
	enum lang lang;
	char *text;		       /* the author's own words: no signature, nothing quoted or forwarded */
	char *whole;		       /* with it */
	const char *label;	       /* TLP, of a report's tags; NULL */
	const char *scheme, *category; /* of a class: "arf" and "abuse", "xarf" and "content/phishing" … NULL */
	bool mixed;		       /* it holds reports of several categories: this is the first's */
	char *details;		       /* of ARF and XARF: the fields that are of use to people */
	struct mail_reported reported;
	struct mail_bounce bounce;
	struct mail_link link[MAIL_LINKS];
	int nlinks;
	struct observable obs[OBS_MAX];
	bool more;	  /* there were more than OBS_MAX */
	int nobs, nmeant; /* the first nmeant stood in what is complained of, or in a list */
	struct mail_file file[MAIL_FILES];
	int nfiles;
	char *left;   /* names of files that are not among these, "a, b"; NULL: all are */
	char *unread; /* the same of what is for programs, and too large to be read whole; NULL: none */
	bool cut;
	struct hash digest; /* the same message by another way has the same: Message-ID and body */
	struct hash
		origin; /* Message-ID and author: of two ways one may have added to the body; only where has_origin */
	bool has_origin;
};
/* ST_INVALID: empty, too large, or no mail at all. `envelope`: further recipients, NULL-terminated; NULL. `sender`: of
 * the envelope, "" for the null sender; NULL when nobody says. */
enum st mailin_parse(struct arena *mem, const char *p, size_t n, const struct mailin_own *own, const char *sender,
		     const char *const *envelope, struct mailin *out, struct err *e);
/* The decoded bytes of a file, handed out in pieces. */
void mailin_decode(const struct mail_file *f, void (*take)(void *to, const char *p, size_t n), void *to);
const char *mail_kind_name(enum mail_kind k);
void mailin_json(struct buf *out, const struct mailin *m); /* for `nicert mailin --dry-run` */

/* ── one message on its way ── */
struct mailin_site {
	const struct config *cfg;
	struct mailin_own own;
	/* Whose reader is taken, and given back while gpg is waited for; NULL: the caller's, in rq->db. */
	struct store *store;
	/* Where PGP is opened; NULL: nowhere. With `pgp_start` it is asked for each time that a message needs it. */
	struct pgp *pgp;
	struct pgp *(*pgp_start)(void *ctx, struct err *e);
	void *ctx;
};
struct mailin_opts {
	const struct config *cfg; /* outlives the door */
	struct store *store;
	struct pgp *pgp;
};
void mailin_site_of(struct arena *mem, const struct config *cfg, struct mailin_site *out);
/* On a reader: parsed, understood, files kept (durable), the report prepared. `arg` is for mailin_write. ST_INVALID,
 * ST_LIMIT: never; ST_BUSY, ST_INTERNAL: later. May wait for gpg, up to PGP_WAIT a question. */
enum st mailin_open(struct req *rq, const struct mailin_site *site, const char *p, size_t n, const char *sender,
		    const char *const *envelope, struct desk_mail_arg *arg);

/* ── doors ── */
struct lmtp;
struct lmtp *lmtp_start(const struct mailin_opts *o, struct err *e);
int lmtp_port(const struct lmtp *l);
void lmtp_stop(struct lmtp *l); /* NULL is fine */
struct lmtp_stats {
	int64_t accepted, messages, refused, later, open;
};
void lmtp_stats(const struct lmtp *l, struct lmtp_stats *out);

struct imap;
struct imap *imap_start(const struct mailin_opts *o, struct err *e); /* NULL with no error: imap.url is empty */
void imap_stop(struct imap *i);
struct imap_stats {
	int64_t polls, messages, failures, error_at;
	char last_error[256];
};
void imap_stats(struct imap *i, struct imap_stats *out);
#endif
