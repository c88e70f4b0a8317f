/* err.h — status plus message, the return convention of the whole program.
 *
 * Every function that can fail returns `enum st`; a function that takes a `struct err *` also leaves one English
 * sentence there that names the thing that was wrong (file and line, element, value) and what to do next. Each front
 * maps the status to its protocol's codes in one exhaustive table. ST_OK is 0, so `if (f(...)) return e->code;` reads
 * well.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H
#include "base/lang.h" /* N_ */

enum st {
	ST_OK,
	ST_NOTFOUND, /* the thing asked for does not exist (or must not be known to exist) */
	ST_INVALID,  /* the input is wrong; the message says which part */
	ST_DENIED,   /* the actor may not */
	ST_CONFLICT, /* true at another time: a newer version, a duplicate, a state that forbids it */
	ST_BUSY,     /* try again: store locked, queue full, disk full, signer away */
	ST_LIMIT,    /* a cap was reached */
	ST_INTERNAL, /* our fault */
};
enum { ST_COUNT = ST_INTERNAL + 1 };

struct err {
	enum st code;
	char msg[256];
	const char *fmt,
		*inner; /* what msg was made from, and what the message before it was: for err_say (base/phrase.h) */
};

/* Sets both fields and returns `code`, so that a function can `return err_set(e, ST_INVALID, "…", …)`. The message is
 * cut at a whole UTF-8 character. `e` may be NULL. `fmt` lives as long as the program; marked by N_ it can be said in the
 * reader's language. */
enum st err_set(struct err *e, enum st code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void err_clear(struct err *e);
const char *st_name(enum st code); /* "ok", "notfound", … for logs and metrics */

#endif
