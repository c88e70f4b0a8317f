/* due.h — time is a source of facts: rows that fall due become facts, by the actor `clock`, in the same kind of write
 * as any other. One process at a time owns the scheduler (advisory lock). */
#ifndef WORK_DUE_H
#define WORK_DUE_H
#include "store/store.h"

/* Sets (or moves) the one due row of (kind, subject); inside a write. */
enum st due_set(struct req *rq, const char *kind, const char *subject, int64_t at);
enum st due_cancel(struct req *rq, const char *kind, const char *subject);

/* Subjects of a kind that fall due until then, in order of the subject from the one after `after` ("": the first): a
 * page of ≤ max. */
enum st due_page(struct req *rq, const char *kind, const char *after, int64_t until, char **out, int max, int *n);
enum st due_count(struct req *rq, const char *kind, int64_t *n); /* all of a kind */

typedef enum st (*due_fn)(struct req *rq,
			  const char *subject); /* inside a write; the row is gone when it returns ST_OK */
struct due_kind {
	const char *kind;
	due_fn fn;
};

struct scheduler;
/* Ticks every 200 ms of real time; rows with at ≤ clock_now() are run in order of time, each in a write of its own. A
 * row whose function fails (or is missing) is tried again after 1 min, doubling to 6 h, and counted, with its message.
 * A row that the function sets anew to another time is kept. Stop it before the store is closed. */
struct scheduler *scheduler_start(struct store *s, const struct due_kind *kinds, int n);
void scheduler_stop(struct scheduler *sc);
/* One pass of up to 100 rows, for commands and tests; rq->db reads, *n counts the rows that are done. */
enum st due_run(struct store *s, struct req *rq, const struct due_kind *kinds, int nkinds, int *n);
extern const struct migration due_migrations[];
#endif
