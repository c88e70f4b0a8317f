/* lookup_int.h — what the files of lookup/ share. */
#ifndef LOOKUP_INT_H
#define LOOKUP_INT_H
#include "lookup/lookup.h"
#include "names/names.h"
#include "numbers/numbers.h"
#include "who/contact.h"

/* What a contact's owner wished (RFC 5733 §2.9). */
struct look_wish {
	unsigned parts; /* bits of look_part */
	bool disclose;
};
/* Empties what the level may not see; wish may be NULL. */
void entity_disclose(struct look_entity *e, enum look_level level, const struct look_wish *w);

/* The answer being filled. */
struct filling {
	struct req *rq;
	const struct look_ask *q;
	struct look_head *h;
	const char *about; /* the object, for relay links */
	char *relay;	   /* that link, once somebody needs it */
};
struct look_entity *entity_new(struct filling *f, unsigned role); /* in rq->mem, not yet among the answer's */
/* Joins it to the answer, in its level's view; the same handle with another role gets that role too. */
void entity_add(struct filling *f, struct look_entity *e, const struct look_wish *w);
/* Role contacts of a resource in files. subject: what they are when no organisation is named. */
enum st entity_contacts_put(struct filling *f, const struct contact *c, int n, enum look_subject subject);
enum st entity_contact(struct filling *f, unsigned role, const char *handle); /* registered (RFC 5733) */
/* A registrar of ours, or a sponsor of the files, with its abuse contact. */
enum st entity_registrar(struct filling *f, const char *handle);
/* Role contacts of a resource, and the registrar: the contacts of both are read in one statement. */
enum st entity_contacts_registrar(struct filling *f, const char *resource, enum look_subject subject,
				  const char *handle);
/* ST_NOTFOUND when there is neither. */
enum st registrar_fill(struct filling *f, const char *handle, struct look_entity *out);
enum st contact_fill(struct filling *f, const char *handle, struct look_entity *out, struct look_wish *w);

enum st domain_fill(struct filling *f, struct look_domain *d);
enum st host_fill(struct filling *f, struct look_host *out);
enum st who_fill(struct filling *f, struct look_who *out);
enum st ip_fill(struct filling *f, struct look_ip *out);
enum st autnum_fill(struct filling *f, struct look_autnum *out);
/* "2.0.192.in-addr.arpa" to 192.0.2.0/24; false for any other name. */
bool reverse_parse(const char *ascii, struct prefix *out);

/* An address, or a network by any of its addresses (RFC 9082 §3.1.1). */
bool ip_asked(struct arena *mem, const char *what, struct range *out);

void status_add(struct look_head *h, const char *epp);
void statuses_add(struct look_head *h, statuses s);
/* An instant at which the answer changes by itself. */
void fresh_until(struct look_head *h, int64_t t);
/* former.c: as the registry's history has it, at an instant. ST_NOTFOUND: it was not there. */
struct json;
char *former_text(struct arena *mem, const struct json *o, const char *key); /* NULL if absent */
int64_t former_time(const struct json *o, const char *key);
void former_common(struct arena *mem, const struct json *o, struct common *c);
enum st former_object(struct req *rq, const char *kind, const char *handle, int64_t at, struct json **out,
		      int64_t *since); /* since when it was so; may be NULL */
enum st former_contact(struct req *rq, const char *handle, int64_t at, struct contact_object *c);
enum st former_host(struct req *rq, const char *name, int64_t at, struct host_object *h);
enum st former_registrar(struct req *rq, const char *handle, int64_t at, struct registrar *r);
/* Were we asked as of a past instant that has rows of its own? */
enum st former_domain(struct filling *f, struct look_domain *d);

/* What a look-up in files may say when a thing isn't ours. */
bool country_ours(const char *country);
#endif
