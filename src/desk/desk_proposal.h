/* desk_proposal.h — actions that bite need two people.
 *
 * A PROPOSAL names what is to be done to what (suspend a name of our zones; null an address), on which legal basis, why,
 * and until when. Whoever proposed it can't second it. The second signature carries it out in the same write: a name
 * gets serverHold (names/registry.h), the operator of an address gets a letter and a handler a task. When it expires the
 * clock undoes it. An extension is a proposal of its own; while it is in force the end of the first undoes nothing.
 *
 *	proposed ─ second → carried out ─ expiry, lift → undone
 *	    └ withdraw → withdrawn, refuse → refused, expiry → expired
 *
 * Sponsor (or network operator) and holder are told by letter when it is carried out and when it ends. Legal bases are
 * rows (desk_basis): how long at most, and whether the second must be one who answers for the law.
 */
#ifndef DESK_DESK_PROPOSAL_H
#define DESK_DESK_PROPOSAL_H
#include "desk/desk.h"

enum proposal_kind { PROPOSAL_SUSPEND, PROPOSAL_NULL, PROPOSAL_KINDS };
enum proposal_state {
	PROPOSAL_PROPOSED,
	PROPOSAL_DONE,
	PROPOSAL_UNDONE,
	PROPOSAL_EXPIRED,
	PROPOSAL_WITHDRAWN,
	PROPOSAL_REFUSED,
	PROPOSAL_STATES
};
const char *proposal_kind_name(enum proposal_kind k);	/* "suspend-name", "null-address" */
const char *proposal_state_name(enum proposal_state s); /* "proposed", "carried-out", … */
bool proposal_kind_parse(const char *s, enum proposal_kind *out);

struct basis {
	char *id, *title; /* title: English msgid */
	bool legal;	  /* the second must be one who answers for the law */
	int64_t max_days;
};
enum st desk_bases(struct req *rq, struct basis *out, int max, int *n);
enum { BASIS_TITLE = 200, BASIS_DAYS = 3650 };
enum { BASIS_BAD_ID = 1, BASIS_BAD_TITLE = 2, BASIS_BAD_DAYS = 4 };
unsigned desk_basis_bad(const struct basis *b); /* what of it can't be kept */
/* Inside a write, MAY_SET_LADDER: a new one (ST_CONFLICT: there is one of this id), or another duration, name or second
 * of an old one (ST_NOTFOUND). */
enum st desk_basis_add(struct req *rq, void *basis);
enum st desk_basis_change(struct req *rq, void *basis);

struct proposal {
	int64_t id, case_id, at, expires_at, seconded_at, ended_at;
	enum proposal_kind kind;
	enum proposal_state state;
	char *number, *target, *basis, *basis_title, *basis_ref, *reason;
	char *by, *seconded_by, *ended_by, *end_reason; /* actors: "staff:3"; "": nobody */
	bool legal, ours;				/* ours: the hold on the name was set by this */
};
/* Newest first; open_only: that await a signature. number NULL: of all cases. Asks for see-case, and leaves out what
 * stands in cases that are closed to the actor. */
enum st desk_proposals(struct req *rq, const char *number, bool open_only, struct proposal *out, int max, int *n);
enum st desk_proposal_get(struct req *rq, int64_t id, struct proposal *out);
/* The same for whoever may see its case. */
enum st desk_proposal_see(struct req *rq, int64_t id, struct proposal *out);
int64_t desk_measure_of(int64_t letter_ref); /* the proposal that a letter of it was about */
/* May this actor second it? ST_DENIED or ST_CONFLICT with the sentence that says why not. */
enum st desk_proposal_may_second(struct req *rq, const struct proposal *p);

/* Inside a write, by a person with an account. number, kind, target, basis, basis_ref, reason and expires_at are read;
 * id is set. */
enum st desk_proposal_add(struct req *rq, void *proposal);
struct proposal_act {
	int64_t id;
	char *text; /* why: needed to refuse or lift */
};
enum st desk_proposal_second(struct req *rq, void *proposal_act);
enum st desk_proposal_withdraw(struct req *rq, void *proposal_act); /* by who proposed it */
enum st desk_proposal_refuse(struct req *rq, void *proposal_act);
enum st desk_proposal_lift(struct req *rq, void *proposal_act); /* what was carried out, before its time */
extern const struct migration desk_proposal_migrations[];
#endif
