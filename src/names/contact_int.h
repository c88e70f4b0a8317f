/* contact_int.h — what the files about contacts share. */
#ifndef NAMES_CONTACT_INT_H
#define NAMES_CONTACT_INT_H
#include "names/registry_int.h"

enum { DISCLOSE_BITS = 9 };

/* Values against RFC 5733 and our own bounds; the authinfo apart, because what is kept of it is a hash. */
enum st contact_ok(struct req *rq, const struct contact_object *c, struct outcome *why);
enum st authinfo_ok(struct req *rq, const char *given, struct outcome *why);

/* Inside a write: reads the contact and holds its row against other writers until the commit. R_NOT_THERE. Its statuses
 * have no `linked`: what a change writes back are the stored ones. */
enum st contact_hold(struct req *rq, const char *handle, struct contact_object *out, struct outcome *why);
/* Writes everything but the handle back as changed now by who acts, and the history. */
enum st contact_keep(struct req *rq, struct contact_object *c, const char *verb);

#endif
