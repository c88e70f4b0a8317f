/* intel_int.h — what the files of intel/ share among themselves. */
#ifndef INTEL_INTEL_INT_H
#define INTEL_INTEL_INT_H
#include <stddef.h>
#include <stdint.h>
#include "intel/observable.h"

/* Text with the disguises taken off: hxxp, [.], (dot), [:], [at], full-width letters, zero-width characters. `from[i]`
 * is where byte i of the result came from; from[n] is the length of the original. */
struct refanged {
	char *p;
	size_t n;
	uint32_t *from;
};
struct refanged intel_refang(struct arena *mem, const char *s, size_t n);

/* A URL of a known scheme (or of none: http is taken), normal form and host. */
enum st intel_url(struct arena *mem, const char *s, struct observable *out, struct err *e);
/* Length of "scheme:" at s when the scheme is one we know, else 0. */
size_t intel_scheme(const char *s);

/* Bytes of the punctuation at s that no identifier holds (ASCII blanks and quotes, CJK punctuation), 0 when it is none.
 */
size_t intel_break(const char *s);

#endif
