/* imap_wire.h — what an IMAP server answers (RFC 9051, 3501), read from bytes that something else brings. Bounded: lines
 * are cut, an answer has at most so many lines and bytes. */
#ifndef FRONT_MAILIN_IMAP_WIRE_H
#define FRONT_MAILIN_IMAP_WIRE_H
#include "base/buf.h"
#include "base/err.h"

enum { IMAP_ROUND = 500 };

struct imap_wire {
	/* Waits for bytes and puts up to `room` of them there, *n at least one; takes all of a text. */
	enum st (*fill)(void *ctx, char *to, size_t room, size_t *n, struct err *e);
	enum st (*say)(void *ctx, const char *text, struct err *e);
	void *ctx;
	int tag;
	int64_t left; /* bytes that the answer at hand may still have */
	char in[16384];
	size_t at, n;
};
typedef void (*imap_take)(void *to, const char *line);

/* Says `text` and reads to its tagged answer. Untagged lines go to `take`; the first literal to `body`. ST_BUSY: it said
 * no, or nothing that can be understood. */
enum st imap_command(struct imap_wire *w, const char *text, imap_take take, void *to, struct buf *body, struct err *e);

/* The first messages that a search found. */
struct imap_uids {
	uint32_t uid[IMAP_ROUND];
	int n;
};
void imap_take_search(void *imap_uids, const char *line);
#endif
