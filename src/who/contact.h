/* contact.h — who can be written to about a resource, and how far that is to be trusted. A resource is a key as text: a
 * prefix
 * ("192.0.2.0/24"), "AS64496", a name in A-label form, or "sponsor:ID". Rows come from files (store/versioned.h). */
#ifndef WHO_CONTACT_H
#define WHO_CONTACT_H
#include "base/addr.h"
#include "base/csv.h"
#include "store/versioned.h"

struct contact {
	char *resource, *organisation, *role, *email, *phone, *lang, *source;
	int64_t verified_at;
};

/* Pure: one CSV line (columns by the header's order given in `cols`) into a contact; e names the field. */
struct contact_columns {
	int at[8];
};
enum st contact_header(char *line, struct contact_columns *cols, struct err *e);
enum st contact_parse(struct arena *mem, char *line, const struct contact_columns *cols, struct contact *out,
		      struct err *e);
/* Source "contacts" unless o says another; with o->closes the file is the whole of it. A contact that was verified is
 * valid from then on. */
enum st contact_import(struct store *s, struct req *rq, const char *path, const struct import_opts *o,
		       struct import_result *out, struct import **log);

/* Contacts of a resource at an instant (0: now), best first: abuse before tech, admin, billing; verified before not,
 * newer before older. */
enum st contact_of(struct req *rq, const char *resource, int64_t at, struct contact *out, int max, int *n);
/* The same for two resources in one statement; either may be NULL. The second is one that many things have, such as a
 * sponsor: the reader keeps its contacts in mind (store/memo.h). */
struct contact_ask {
	const char *resource;
	struct contact *out;
	int max, n;
};
enum st contact_of_both(struct req *rq, struct contact_ask ask[2], int64_t at);
/* The contacts of the most specific prefix around p (or p itself) that has any, at least `min_len` bits long. */
enum st contact_around(struct req *rq, const struct prefix *p, int min_len, int64_t at, struct contact *out, int max,
		       int *n);
extern const struct migration contact_migrations[];
#endif
