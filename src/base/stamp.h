/* stamp.h — time stamps of an authority (RFC 3161): a query for some bytes, what the reply to it says, and the check of
 * a token by itself. The imprint is SHA-256. Pure. */
#ifndef BASE_STAMP_H
#define BASE_STAMP_H
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"

/* DER of a query that asks for the authority's certificate too. */
enum st stamp_query(const char *note, size_t n, uint64_t nonce, struct buf *der, struct err *e);
/* Was it granted, for these bytes and this nonce? `token` gets the DER of the token, *when its time. Whether it is
 * signed well is stamp_check's. */
enum st stamp_reply(const void *der, size_t n, const char *note, size_t note_n, uint64_t nonce, struct buf *token,
		    int64_t *when, struct err *e);
/* A token by itself: over these bytes, signed by the time-stamping certificate that it carries, which was valid at that
 * time. Whose certificate it is: `signer` gets its subject, and `roots` (a PEM file; NULL: not asked) must have issued
 * it. */
enum st stamp_check(const void *der, size_t n, const char *note, size_t note_n, const char *roots, int64_t *when,
		    char signer[256], struct err *e);

#endif
