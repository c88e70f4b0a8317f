/* memo.h — small answers that a reader asks again and again, kept while nothing is written: whether a zone is ours, which
 * policy is in force, the contacts of a sponsor that thousands of names have. What is kept is of one reader (a thread's own
 * connection), and gone as soon as any process has committed something (SQLite's data version) or after MEMO_USEC, for
 * what depends on the time alone. Inside a write, and on PostgreSQL, where asking whether something was written costs as
 * much as the answer, nothing is ever kept. */
#ifndef STORE_MEMO_H
#define STORE_MEMO_H
#include "store/store.h"

enum { MEMO_SLOTS = 1024, MEMO_KEY_MAX = 79, MEMO_MAX = 4096 };
#define MEMO_USEC 200000
/* true: *value is what memo_put got for this key, `size` bytes. `room` is a string of the program. */
bool memo_get(struct req *rq, const char *room, const char *key, void *value, size_t size);
struct blob memo_blob(struct req *rq, const char *room, const char *key); /* a copy, of any size; p NULL: not there */
void memo_put(struct req *rq, const char *room, const char *key, const void *value, size_t size); /* size ≤ MEMO_MAX */
#endif
