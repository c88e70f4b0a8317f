/* privacy.h — one table of personal data: for each kind its purpose, how long, who may see it. The form's collection
 * notice, the privacy page, retention and erasure read the same rows. Rooms that keep personal data register how theirs
 * is exported and erased. */
#ifndef WHO_PRIVACY_H
#define WHO_PRIVACY_H
#include "base/buf.h"
#include "base/json.h"
#include "store/store.h"
#include "who/person.h"

/* Instead of a number of days. */
enum {
	KEEP_NOT = 0,		/* not stored at all */
	KEEP_WHILE_USED = -1,	/* a row goes when what it is for goes */
	KEEP_WITH_HISTORY = -2, /* as long as the registry's history, which answers who was responsible when */
	KEEP_BY_MACHINE = -3,	/* by the machine's own log, not by us */
};

/* Texts are English msgids; table NULL: in no table. */
struct privacy_row {
	const char *kind, *purpose, *seen_by;
	int retention_days;
	const char *table;
};
extern const struct privacy_row privacy_rows[];
extern const int privacy_count;
int64_t privacy_keep(const char *table); /* how long its rows are kept, microseconds */

/* What a room does for a person: writes its part of an export into w (an open object), and erases inside a write. A
 * room that keeps addresses of its own (people who never reported anything) also says whether it knows one; p->id is 0
 * in an export of somebody only such a room knows. */
struct privacy_part {
	const char *name;
	enum st (*export_)(struct req *rq, const struct person *p, struct jw *w);
	enum st (*erase)(struct req *rq, const struct person *p);
	enum st (*knows)(struct req *rq, const char *email, bool *yes); /* NULL: it knows people by their number */
};
void privacy_parts(const struct privacy_part *list, int n); /* wired by main, once */

/* SUBJECT is an e-mail address or "person:N". */
enum st privacy_export(struct req *rq, const char *subject, struct buf *out);
struct privacy_erased {
	int64_t person, entries;
};
enum st privacy_erase(
	struct req *rq, const char *subject,
	struct privacy_erased *out); /* inside a write; remembers the person's id so that a restore can replay it */
/* Who was erased and when, one "PERSON MICROSECONDS" a line: the list a backup carries beside the database, so that a
 * restore of an older backup erases them again. */
enum st privacy_erased_list(struct req *rq, struct buf *out);
/* Inside a write: erases again everybody in such a list (a line may hold the number alone); *n counts who had come
 * back. */
enum st privacy_replay(struct req *rq, const char *list_path, int64_t *n);
extern const struct migration privacy_migrations[];
#endif
