/* receipt.h — the receipt of any fact of the journal whose payload has a digest; receipt_check.h is its form. */
#ifndef STORE_RECEIPT_H
#define STORE_RECEIPT_H
#include "base/buf.h"
#include "store/journal.h"

/* Of this entry, whose payload says this digest. ST_BUSY: no signed head holds it yet; in a few seconds. */
enum st receipt_of(struct req *rq, const struct entry *e, const char *digest, struct buf *out);
#endif
