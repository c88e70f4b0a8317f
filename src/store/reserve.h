/* reserve.h — a run of ids of a table with SERIAL_ID, for rows that are written in bulk and refer to each other before
 * they are there. */
#ifndef STORE_RESERVE_H
#define STORE_RESERVE_H
#include "store/store.h"

/* Inside a write: n ids that no other insert gets, from *first on. The table is held until the commit. `table` is a
 * constant of the room. */
enum st store_reserve(struct req *rq, const char *table, int64_t n, int64_t *first);

/* A bigger page cache for this connection, while it writes in bulk: indices that are not filled in their order stay in
 * memory. Nothing on PostgreSQL, whose cache is shared. Inside a write. */
enum st store_cache(struct req *rq, int megabytes);

#endif
