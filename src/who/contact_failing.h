/* contact_failing.h — addresses that mail can't reach, said by a delivery report that proved itself. A mark does not
 * take a contact away (files decide that); it goes behind those without, and staff see it. */
#ifndef WHO_CONTACT_FAILING_H
#define WHO_CONTACT_FAILING_H
#include "store/store.h"

struct failing {
	int64_t since, last;
	int times;
	char *why; /* the server's words */
};
enum st contact_failing_mark(struct req *rq, const char *email, const char *why); /* inside a write */
enum st contact_failing_clear(struct req *rq, const char *email); /* inside a write: mail came from there */
enum st contact_failing_get(struct req *rq, const char *email, struct failing *out); /* ST_NOTFOUND */
extern const struct migration contact_failing_migrations[];
#endif
