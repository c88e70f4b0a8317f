/* phrase.h — a sentence that is made before it is known in which language it will be read: one that is kept, the English
 * text as po/ knows it, and what is to be filled in, in one string for a column of a table; and what an error says. */
#ifndef BASE_PHRASE_H
#define BASE_PHRASE_H
#include "base/arena.h"
#include "base/err.h"
#include "base/lang.h"

/* `msgid` has a %s for each of the n texts, which may be msgids themselves (N_). */
char *phrase_keep(struct arena *mem, const char *msgid, int n, const char *const text[]);
#define PHRASE(mem, msgid, ...)                                                                                        \
	phrase_keep((mem), (msgid), (int)(sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *)),                   \
		    (const char *[]){ __VA_ARGS__ })
/* The sentence; a translation may say %1$s, %2$s … to fill in out of order. A plain text (kept by an earlier version)
 * is said as it is; NULL stays NULL. */
char *phrase_say(struct arena *mem, enum lang l, const char *kept);

/* What an error says, in the reader's language: its format is looked up in po/, and what was filled in is found again in
 * the English message (and translated where po/ knows it, or where it is itself such a message). The English message
 * where there is no translation. */
char *err_say(struct arena *mem, enum lang l, const struct err *e);
/* The same of an error that begins with the name of a field ("text: …"): without it, for whoever shows it at the field. */
char *err_say_field(struct arena *mem, enum lang l, const struct err *e);
/* What err_say does, of any message: NULL when `fmt` has no translation, or did not make it. `inner`: NULL, or of an argument. */
char *message_say(struct arena *mem, enum lang l, const char *fmt, const char *inner, const char *msg);

#endif
