/* desk_find.h — the way back to one's case: by its number and the address that the report gave, the private link is
 * mailed to that address.
 *
 * Whoever asks causes the same work, whether the two belong together or not: one row, one due row, one entry. Whether
 * they do is looked up when the due row runs; the letter then is one of that report (desk/desk_letter.c), in the
 * language of its reporter, to the address that we have and not to what was typed. No letter goes out for a report that
 * was withdrawn or erased, none within an hour of the last for the same report, and at most five a day to an address.
 */
#ifndef DESK_DESK_FIND_H
#define DESK_DESK_FIND_H
#include "desk/desk.h"

struct find_ask {
	char *number, *email; /* as typed */
};
/* Inside a write. ST_INVALID: no address. Any number will do: that there is none such is not said. */
enum st desk_find_ask(struct req *rq, void *find_ask);

extern const struct due_kind desk_find_due_kinds[];
extern const int desk_find_due_count;
enum st desk_find_export(struct req *rq, const struct person *p, struct jw *w);
enum st desk_find_erase(struct req *rq, const struct person *p);
enum st desk_find_knows(struct req *rq, const char *email, bool *yes);
extern const struct migration desk_find_migrations[];
#endif
