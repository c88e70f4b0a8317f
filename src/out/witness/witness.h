/* witness.h — somebody else's word for the time: each signed head, at most one a second, is sent to a time stamping
 * authority (RFC 3161) whose token goes with every receipt that rests on that head. `journal.witness = rfc3161:URL`;
 * empty: no witness, no thread.
 *
 * The token's imprint is SHA-256 of the whole checkpoint note, signatures included, byte for byte as the receipt's
 * proof carries it, so `openssl ts -verify` checks it with the authority's certificate and nothing of ours. A witness
 * that is away only delays: receipts are given without it meanwhile.
 */
#ifndef OUT_WITNESS_H
#define OUT_WITNESS_H
#include "base/config.h"
#include "store/store.h"

struct witness;
/* NULL and ST_OK in e when none is configured; NULL with the reason when the setting can't be used. */
struct witness *witness_start(struct store *s, const struct config *cfg, struct err *e);
void witness_stop(struct witness *w); /* NULL is fine */
struct witness_stats {
	int64_t tokens, failures;
};
void witness_stats(struct witness *w, struct witness_stats *out);

#endif
