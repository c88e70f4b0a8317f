/* render.h — XML out: an emitter that escapes, no tree; and the frame of an answer (RFC 5730 §2.6). */
#ifndef EPP_RENDER_H
#define EPP_RENDER_H
#include "front/epp/command.h"

#define X(b, literal) buf_add((b), "" literal, sizeof(literal) - 1)
void x_text(struct buf *b, const char *s);		       /* escaped; what XML can't carry becomes U+FFFD */
void x_el(struct buf *b, const char *tag, const char *s);      /* <tag>s</tag>; NULL: nothing */
void x_el_some(struct buf *b, const char *tag, const char *s); /* nothing for "" either */
void x_int(struct buf *b, const char *tag, int64_t v);
void x_time(struct buf *b, const char *tag, int64_t t);	     /* nothing for 0 */
void x_attr(struct buf *b, const char *name, const char *s); /* ` name="s"`; NULL: nothing */
void x_when(struct buf *b, int64_t t);			     /* the time alone, RFC 3339 in UTC */
void x_money(struct buf *b, int64_t amount);		     /* two decimals */
/* At most `max` characters, cut between words where it can be. */
void x_short(struct buf *b, const char *tag, const char *s, size_t max);
void x_bytes_hex(struct buf *b, const uint8_t *p, size_t n);

/* What the rows and the extensions write into while an answer is made. */
struct out {
	struct command *c;
	struct buf res, ext, unhandled; /* inside <resData>, <extension>, <result> */
};
void out_init(struct out *o);
void out_free(struct out *o);
void out_reset(struct out *o, struct command *c);
/* Where an extension's element belongs: <extension> if the client knows it; for info and poll an <extValue> if it knows
 * RFC 9038; else NULL: not at all. Ended by out_end. */
struct buf *out_begin(struct out *o, enum space s);
void out_end(struct out *o, enum space s);

/* Appends the whole <epp> document. */
void answer_write(struct buf *b, struct out *o, struct command *c, enum st st, const struct err *e, const char *svtrid);
void greeting_write(struct buf *b, const char *server, int64_t now);

/* ── results (result.c) ── */
int result_code(const struct command *c, enum st st); /* exhaustive over status and the registry's outcomes */
const char *result_text(int code);		      /* English, RFC 5730 §3; for tr() */
bool result_closes(int code);			      /* the server closes the connection after it */

#endif
