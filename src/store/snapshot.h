/* snapshot.h — the whole store as it is at one instant, for reading that takes minutes (a deposit, an export). */
#ifndef STORE_SNAPSHOT_H
#define STORE_SNAPSHOT_H
#include "store/store.h"

/* A connection of its own whose reads all see the same instant, whatever is written meanwhile; NULL with *e. One thread
 * at a time. SQLite's log grows as long as it is held. */
struct db *store_snapshot(struct store *s, struct err *e);
void store_snapshot_end(struct db *db); /* NULL is fine */

#endif
