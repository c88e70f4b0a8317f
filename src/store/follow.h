/* follow.h — a follower of the journal: what leaves the house. It handles each entry at least once, keeps its position
 * in the database, retries with back-off (which staff see, too: follower_waiting), parks a poisoned entry where staff
 * see it, and never holds up anything else. */
#ifndef STORE_FOLLOW_H
#define STORE_FOLLOW_H
#include <stdbool.h>
#include "store/journal.h"

/* Handles one entry with a read connection in rq. ST_OK or ST_NOTFOUND (nothing to do): go on. ST_BUSY: try this entry
 * again later (back-off 1 s … 20 s). Anything else: after 5 tries the entry is parked with the message. `*more`: a part of
 * it is handled; it is called again at once, with rq's arena empty. Which parts are done with is its own to keep. */
typedef enum st (*follow_fn)(void *self, struct req *rq, const struct entry *e, bool *more);

struct follower;
struct follower *follower_start(struct store *s, const char *name, follow_fn fn, void *self);
void follower_wake(struct follower *f); /* new entries may be there; also polled every 200 ms */
void follower_stop(struct follower *f); /* lets the entry in hand end, or its part */
struct follower_state {
	int64_t next, head, parked, retries;
};
void follower_state(struct follower *f, struct follower_state *out);

#endif
