/* seal.h — after the commit the head is signed: one thread that has the signer sign the newest head, at most ten times
 * a second, and stores the checkpoint. Before its first signature it holds the signer's last head against this tree: a
 * store that is behind or beside it (a restore, a failover) gets no signature until `journal renew` begins a new
 * origin. */
#ifndef STORE_SEAL_H
#define STORE_SEAL_H
#include "signer/signer.h"
#include "store/journal.h"

struct sealer;
struct sealer *sealer_start(struct store *s, struct signer *signer);
void sealer_stop(struct sealer *x); /* signs once more when there is something to sign */
struct sealer_state {
	int64_t signed_size, head, failures;
	bool refused;
};
void sealer_state(struct sealer *x, struct sealer_state *out);

/* The verifier key as the sealer last kept it, for who can't ask the signer; NULL before the first start. */
char *journal_vkey_kept(struct req *rq);
/* One signature now, for commands: ST_OK also when there was nothing new. */
enum st seal_once(struct store *s, struct req *rq, struct signer *signer);
/* Does this tree continue what was signed last? ST_CONFLICT with the reason. */
enum st seal_check(struct req *rq, struct signer *signer);
/* Begins a new origin: an entry that cites the old head, then the signer moves on. */
enum st seal_renew(struct store *s, struct req *rq, struct signer *signer);

#endif
