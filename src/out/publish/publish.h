/* publish.h — the follower that makes the texts of work/published.h anew when something in them changes, has them signed by
 * the pgp role, and writes them down.
 *
 * WHEN. At the start, since a setting may have changed; after an entry of the journal that a text may follow from; and
 * when a text that expires is about to (due kind "text-renew"). At the start nothing waits for a signature: the due row
 * sees to it at once. Where signing fails the text stands unsigned and is tried again a day later.
 *
 * A text is a pure function of settings, rows and what its row says of it (version, dates): made twice it is the same.
 */
#ifndef OUT_PUBLISH_H
#define OUT_PUBLISH_H
#include "base/config.h"
#include "pgp/pgp.h"
#include "store/store.h"
#include "work/due.h"
#include "work/published.h"

#define PUBLISH_RENEW_DAYS 30 /* before it is over */

struct publish_opts {
	const struct config *cfg;
	struct store *store;
	struct pgp *pgp;		   /* NULL: there is no key */
	const struct published_text *text; /* ended by name NULL; stays */
};
struct publish;
/* NULL with `e` when a text can't be made, or the thread can't be had. */
struct publish *publish_start(const struct publish_opts *o, struct err *e);
void publish_stop(struct publish *p); /* NULL is fine */

extern const struct due_kind publish_due_kinds[];
extern const int publish_due_count;
#endif
