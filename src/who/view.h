/* view.h — who looked at whose personal data: before a page with personal data is shown, that is written down. One page
 * is one fact, however many people are on it; the same page looked at again by the same person within ten minutes is
 * none, unless somebody is on it who was not. The journal holds the fact ("personal-data-viewed"), the table what lists
 * read. */
#ifndef WHO_VIEW_H
#define WHO_VIEW_H
#include "store/store.h"

enum { VIEW_PEOPLE_MAX = 500 };
struct viewed {
	const char *page;    /* why: "case", "file", "review", "export" */
	const char *subject; /* of what: a case number, "contact:X", "person:N" */
	int64_t *person;     /* whose, as far as they are people of ours */
	int n;
};
/* On a reader: must it be written down first? */
enum st view_due(struct req *rq, const struct viewed *v, bool *yes);
enum st view_write(struct req *rq, void *view); /* inside a write; does nothing when it is not due */

struct view_row {
	int64_t id, at;
	char *actor, *login, *name, *page, *subject; /* login, name: "" when it was no account */
	int64_t people;
};
struct view_query {
	int64_t person, account; /* 0: of anybody, by anybody */
	int64_t before;		 /* rows older than this id; 0: from the newest */
};
/* Newest first. MAY_SEE_JOURNAL_OF_VIEWS. */
enum st view_list(struct req *rq, const struct view_query *q, struct view_row *out, int max, int *n);
extern const struct migration view_migrations[];
#endif
