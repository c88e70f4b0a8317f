/* mailin_int.h — what the files of the parser share. */
#ifndef FRONT_MAILIN_INT_H
#define FRONT_MAILIN_INT_H
#include <string.h>
#include "base/text.h"
#include "front/mailin/mailin.h"

/* ── structure (mime.c) ── */
struct field {
	const char *name, *value; /* views; the value is still folded */
	size_t nn, vn;
};
struct entity {
	const char *head, *body; /* views of the message */
	size_t headn, bodyn;
	struct field *field;
	int nfields, parent, depth; /* parent: index, −1 */
	char *type;		    /* lower case, "text/plain" where nothing is said */
	char *charset, *boundary;   /* NULL */
	enum mail_encoding encoding;
	bool attached; /* Content-Disposition: attachment */
	bool message;  /* its only child is the message it holds */
};
struct mime {
	struct arena *mem;
	struct entity *part;
	int n, room, fields;
	bool cut;
};
/* Pre-order: part[0] is the message. */
void mime_read(struct arena *mem, const char *p, size_t n, struct mime *out);
/* Only header lines, as in text/rfc822-headers or in a body; returns how many bytes they are. */
size_t mime_fields(struct mime *m, const char *p, size_t n, struct entity *to);
const struct field *field_find(const struct entity *e, const char *name);
/* The field unfolded and, `decoded`, with its encoded words (RFC 2047) read; NULL when it is not there. */
char *field_text(struct arena *mem, const struct entity *e, const char *name, bool decoded);
char *field_decode(struct arena *mem, const char *value, size_t n);
char *entity_filename(struct arena *mem, const struct entity *e); /* NULL */
bool is_file(const char *name, const char *ending);		  /* ".json", in either case; a NULL name is none */
/* The first addr-spec of a field's text; NULL. With a name where wanted. */
char *mail_address(struct arena *mem, const char *text, char **name);

/* One more file that is not kept; in the end the list only says that there are more. */
char *files_left(struct arena *mem, char *left, const char *name);

/* ── text (text.c) ── */
enum { SOURCE_MAX = 8 * MAIL_TEXT }; /* a page begins with its styles */
/* Decoded and in UTF-8, at most SOURCE_MAX bytes of it. */
char *entity_text(struct arena *mem, const struct entity *e);
char *text_of_bytes(struct arena *mem, const char *p, size_t n, const char *charset);
char *text_cleaned(struct arena *mem, const char *p, size_t n); /* NULs and controls out; must be UTF-8 */
size_t decode_bytes(enum mail_encoding encoding, const char *p, size_t n, char *out, size_t max);
enum lang text_lang(const char *s);
bool text_begins(const char *s, const char *with); /* ASCII case is ignored */
const char *text_find(const char *s, const char *what);

/* ── HTML (html.c) ── */
char *html_text(struct arena *mem, const char *html, struct mailin *to);
/* "www.bank.tw" and "bank.tw": the same host, or one below the other. */
bool same_place(const char *a, const char *b);

/* ── what a person wrote (forward.c) ── */
/* Takes the message apart: own words, quotation, inline forward. */
void words_split(struct arena *mem, const char *text, struct mailin *m);
void reported_read(struct arena *mem, const struct entity *message, const char *text, struct mail_reported *out);
char *received_source(struct arena *mem, const struct entity *message); /* NULL */

/* ── formats ── */
bool arf_read(struct arena *mem, const char *text, struct mailin *m);  /* codec_arf.c */
bool xarf_json(struct arena *mem, const char *text, struct mailin *m); /* codec_xarf.c */
bool xarf_yaml(struct arena *mem, const char *text, struct mailin *m);
bool dsn_read(struct arena *mem, const char *text, struct mail_bounce *b); /* codec_dsn.c */
bool dsn_old(struct arena *mem, struct mime *all, const char *text, struct mailin *m);

/* ── PGP ── */
/* What of a message PGP made (pgp_parts.c): views of it. */
struct pgp_part {
	enum { PGP_PART_NONE, PGP_PART_ENCRYPTED, PGP_PART_SIGNED, PGP_PART_INLINE } kind;
	const char *p; /* armour; of PGP_PART_SIGNED the part as it was signed, without its last line end */
	size_t n;
	const char *sig;
	size_t sign;
	const char *from, *to; /* of an inline one: the part of the message whose place the text takes; NULL: all */
	const char *charset;
	bool beside; /* of an inline one: other parts stand beside it, which nobody has signed */
};
bool pgp_part_encrypted(const struct pgp_part *at); /* not only signed */
void pgp_find(struct arena *mem, const char *p, size_t n, struct pgp_part *out);
/* The message with what was inside in the place of what was around it. */
void pgp_splice(struct arena *mem, const char *p, size_t n, const struct pgp_part *at, const char *plain,
		size_t plain_n, struct buf *out);
bool pgp_is_in(const char *p, size_t n); /* Is there anything for gpg? */
/* Opens what PGP closed (pgp_mail.c): *p and *n become the message within, in `inner`. */
enum st pgp_unwrap(struct req *rq, const struct mailin_site *site, const char **p, size_t *n, struct buf *inner,
		   struct desk_pgp *out);

/* ── the reader (take.c): nothing where the caller has one (site->store NULL) ── */
enum st mailin_read_begin(struct req *rq, const struct mailin_site *site);
void mailin_read_end(struct req *rq, const struct mailin_site *site);

/* ── messages that wait for gpg (opener.c): a thread beside a door's loops ── */
struct opener_job {
	struct opener_job *next;
	int64_t since;
	void *user;
};
struct opener;
/* `run` on the thread, one job after the other; `late`: it has waited so long that its sender should ask again. */
struct opener *opener_start(void (*run)(struct opener_job *job, bool late), struct err *e);
void opener_give(struct opener *o, struct opener_job *job);
void opener_stop(struct opener *o); /* once nothing waits; NULL is fine */

/* ── observables ── */
struct own_things {
	const struct mailin_own *own;
	const char *reporter;
};
bool obs_own(const struct own_things *o, const struct observable *x);
void obs_take(struct arena *mem, struct mailin *m, const struct own_things *o, const char *one);
void obs_take_text(struct arena *mem, struct mailin *m, const struct own_things *o, const char *text);
#endif
