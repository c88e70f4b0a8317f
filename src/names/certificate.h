/* certificate.h — what a registrar names its client certificate by: the SHA-256 of its DER, in hex. Pure; the bytes
 * come from outside. */
#ifndef NAMES_CERTIFICATE_H
#define NAMES_CERTIFICATE_H
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

enum { CERTIFICATE_TEXT_MAX = 16384 };
struct certificate {
	char fingerprint[65], subject[256];
	int64_t not_after; /* µs, 0 when it is only a fingerprint */
};
/* PEM (the first certificate in the text), or a fingerprint as 64 hex digits with or without colons. ST_INVALID; a
 * private key in the text is refused, whatever else is there. */
enum st certificate_read(const char *text, size_t n, struct certificate *out, struct err *e);
#endif
