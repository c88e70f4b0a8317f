/* registry_int.h — what the files of the authoritative registry share. The tables are in registry_schema.c. */
#ifndef NAMES_REGISTRY_INT_H
#define NAMES_REGISTRY_INT_H
#include "base/json.h"
#include "names/names_int.h"
#include "names/registry.h"
#include "store/journal.h"

/* ── who acts, what is refused (registry_common.c) ── */

/* The handle of the registrar that acts ("acme" of "registrar:acme"); NULL: the registry itself (staff, command, clock). */
const char *registry_actor(const struct req *rq);
/* Fills the outcome and sets rq->err; returns the status that goes with the code. `why` may be NULL. */
enum st refuse(struct req *rq, struct outcome *why, enum result code, const char *element, const char *value,
	       const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/* Repository object id, RFC 5730 §2.8: "D17-NIC". kind: D domain, C contact, H host. */
char *registry_roid(struct arena *mem, char kind, int64_t id);
/* The row's OBJECT columns in the order id, sponsor, creator, updater, created_at, updated_at, transferred_at, status,
 * from column `at` of the row on. */
#define COMMON_COLUMNS "id, sponsor, creator, updater, created_at, updated_at, transferred_at, status"
void common_take(struct req *rq, struct rows *r, int at, char kind, struct common *out);
/* Does who acts sponsor it (the registry may always)? Else R_AUTHORIZATION. */
enum st registry_may(struct req *rq, const struct common *c, struct outcome *why);
/* What is kept of an authorisation information (RFC 9154 §4.3): a salted hash as text; NULL and "" give NULL. */
char *authinfo_keep(struct arena *mem, const char *given);

/* ── history.c ── */

/* The object as it is from now on, and one journal entry: room "names", subject `handle`, verb as given ("domain-created").
 * snapshot NULL: it is gone (its handle goes to registry_gone). The frame is rq->who->frame. */
enum st history_add(struct req *rq, const char *kind, int64_t object, const char *handle, const char *verb,
		    const char *snapshot);

/* ── statuses (status.c) ── */

enum object { OBJECT_DOMAIN = 1, OBJECT_CONTACT = 2, OBJECT_HOST = 4 };
enum doing { DOING_UPDATE = 1, DOING_DELETE = 2, DOING_RENEW = 4, DOING_TRANSFER = 8 };
/* Does a status forbid it? Refused with that status's result (R_STATUS, R_ASSOCIATION for linked, R_PENDING_TRANSFER for a second
 * transfer request). What the client set binds registrars only; the rest binds the registry too. For an update give now without
 * the statuses it removes: whoever may remove a status may do so in spite of it. */
enum st status_forbids(struct req *rq, statuses now, unsigned doing, struct outcome *why);
/* *out = now − rem + add, when the object may carry them, who acts may set and remove them, and no two of them exclude each other. */
enum st status_change(struct req *rq, enum object kind, statuses now, statuses add, statuses rem, statuses *out,
		      struct outcome *why);
void statuses_json(struct jw *w, const char *key, statuses s); /* an array of names */

/* ── snapshots for the history ── */

char *contact_json(struct arena *mem, const struct contact_object *c); /* the authinfo as a bool: is there one */
char *host_json(struct arena *mem, const struct host_object *h);
void common_json(struct jw *w, const struct common *c); /* members of the open object: roid, sponsor, dates, statuses */

/* ── links ── */

struct linked { int64_t id; char *handle, *sponsor; statuses status; };
enum st contact_find(struct req *rq, const char *handle, struct linked *out); /* ST_NOTFOUND; contact_object.c */
enum st host_find(struct req *rq, const char *name, struct linked *out);      /* ST_NOTFOUND; host.c */
/* The authoritative domain above a name ("example.tw" of "ns1.example.tw"): id 0 when there is none or the zone isn't
 * ours. *ours: the name is under a zone of ours. domain_find.c */
enum st domain_above(struct req *rq, const char *name, struct linked *out, bool *ours);

#endif
