/* certificate.h — what a registrar names its client certificate by: the SHA-256 of its DER, in hex. The bytes come from
 * outside. Whether it has expired is asked of the system's clock, as TLS does. */
#ifndef NAMES_CERTIFICATE_H
#define NAMES_CERTIFICATE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

enum { CERTIFICATE_TEXT_MAX = 16384 };
struct certificate {
	char fingerprint[65], subject[256];
	/* 0, false: it is only a fingerprint, nobody has seen the rest. */
	int64_t not_after; /* µs */
	bool expired;
	int rsa_bits; /* 0: another kind of key */
};
/* PEM (the first certificate in the text), or a fingerprint as 64 hex digits with or without colons. ST_INVALID; a
 * private key in the text is refused, whatever else is there. */
enum st certificate_read(const char *text, size_t n, struct certificate *out, struct err *e);
enum st certificate_read_der(const void *der, size_t n, struct certificate *out, struct err *e); /* ST_INVALID */
/* May a registrar log in with it from now on? ST_INVALID with what to do: it has expired, or its key is too weak. */
enum { CERTIFICATE_RSA_BITS = 2048 };
enum st certificate_fits(const struct certificate *c, struct err *e);
#endif
