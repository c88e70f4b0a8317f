/* desk_partner.h — the organisations we share with, and what is shared.
 *
 * A PARTNER is an organisation with which we have agreed how to share: which labels it may have (its TLP ceiling), by
 * which channel, in which machine form. Its addresses also tell which reports come from it.
 *
 * A SHARE is one case given to one partner: its label at that time, its observables, our words to them; never a
 * reporter's words or address. It goes out by mail with a private link /share/TOKEN (as in desk.h), on which the partner
 * says that it was received, handled or refused. Silence is noticed: a reminder after some days, then the share is
 * silent and staff have a task (rows of desk_share_policy). Each step is a fact about the case.
 */
#ifndef DESK_DESK_PARTNER_H
#define DESK_DESK_PARTNER_H
#include "desk/desk.h"

/* ── partners ── */
enum { PARTNER_MAILS = 5, PARTNERS_MAX = 500 };
struct desk_partner {
	int64_t id;
	char *handle;		   /* "jpcert": a–z, 0–9, hyphen */
	char *name, *country;	   /* country: ISO 3166 alpha-2, "" for an international one */
	char *kind;		   /* of desk_partner_kinds */
	char *langs;		   /* tags separated by blanks, the first is written in */
	char *mail[PARTNER_MAILS]; /* lower case; letters go to the first */
	int nmails;
	char *person;	   /* whom to ask for; "" */
	char *fingerprint; /* of their PGP key: 40 hex digits; "" */
	enum tlp ceiling;  /* the strictest label they may have */
	char *channel;	   /* "mail", or "none": not by us */
	char *form;	   /* "xarf", "csv", "both", "none" */
	int64_t created_at, changed_at, disabled_at;
};
struct desk_partner_kind {
	const char *id, *title; /* msgid */
	enum tlp_to to;
};
extern const struct desk_partner_kind desk_partner_kinds[];		       /* ended by id NULL */
const struct desk_partner_kind *desk_partner_kind(const char *id);	       /* NULL: none */
extern const char *const desk_partner_channels[], *const desk_partner_forms[]; /* ended by NULL */

enum st desk_partner_add(struct req *rq, void *partner);     /* inside a write; fills id */
enum st desk_partner_change(struct req *rq, void *partner);  /* the whole row, by id */
enum st desk_partner_disable(struct req *rq, void *partner); /* by id; twice is once */
enum st desk_partner_get(struct req *rq, const char *handle,
			 struct desk_partner *out); /* handle or number; ST_NOTFOUND */
enum st desk_partner_list(struct req *rq, bool all, struct desk_partner *out, int max, int *n);
void desk_partner_json(struct jw *w, const struct desk_partner *p);

/* A contact's right (who/privacy.h): an address of theirs, and the name beside it. */
enum st desk_partner_person_export(struct req *rq, const struct person *p, struct jw *w);
enum st desk_partner_person_erase(struct req *rq, const struct person *p);
enum st desk_partner_person_knows(struct req *rq, const char *email, bool *yes);

extern const struct migration desk_partner_migrations[];
#endif
