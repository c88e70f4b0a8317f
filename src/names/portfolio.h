/* portfolio.h — what one registrar sponsors, as lists: for people's pages, where EPP asks one object at a time. Reads
 * only; every function shows the objects of `registrar` alone, whoever acts.
 *
 * PAGES are by key (the sort's value and the row's id), so the first of a million names costs what the first of ten
 * does. COUNTS stop at PORTFOLIO_COUNT_MAX: nobody waits for an exact large number.
 */
#ifndef NAMES_PORTFOLIO_H
#define NAMES_PORTFOLIO_H
#include "names/registry.h"

enum { PORTFOLIO_COUNT_MAX = 20000, PORTFOLIO_SCAN_MAX = 50000 };

enum portfolio_state {
	PORTFOLIO_ALL,
	PORTFOLIO_ACTIVE,
	PORTFOLIO_PENDING, /* creation is decided on */
	PORTFOLIO_SUSPENDED,
	PORTFOLIO_REDEMPTION,
	PORTFOLIO_DELETING,
	PORTFOLIO_HOLD,	    /* a hold keeps it out of the DNS */
	PORTFOLIO_TRANSFER, /* asked for by another registrar */
	PORTFOLIO_STATES
};
enum portfolio_sort { SORT_NAME, SORT_EXPIRY, SORT_EXPIRY_LAST, PORTFOLIO_SORTS };

struct portfolio_ask {
	const char *registrar;
	const char *part; /* of the name, A-labels or Unicode; NULL or "": any */
	const char *zone; /* NULL or "": any */
	enum portfolio_state state;
	enum portfolio_sort sort;
	int64_t expires_before; /* 0: any time */
	const char *after;	/* the cursor of the page before; NULL or "": the first page */
};
struct portfolio_row {
	int64_t id, expires_at;
	char *name, *uname, *zone, *holder;
	enum portfolio_state state; /* the one to show; never ALL */
	bool is_signed, in_grace;
};
/* *next: the cursor of the page after, NULL when this is the last; a page may be short, even empty, and not the last,
 * when a Unicode part was looked for among many names. ST_INVALID for a cursor that is none. */
enum st portfolio_names(struct req *rq, const struct portfolio_ask *q, struct portfolio_row *out, int max, int *n,
			char **next);

struct portfolio_counts {
	int64_t names, expiring, ending, held, transfers, messages; /* expiring: within 30 days; ending: suspended, in
								       redemption, pending delete */
};
enum st portfolio_counts(struct req *rq, const char *registrar, struct portfolio_counts *out);

/* One name of the registrar's own with what `struct domain` does not say; ST_NOTFOUND for another's, unless it has a
 * transfer of it pending (*own false then). */
struct portfolio_name {
	struct domain d;
	enum portfolio_state state;
	char *place, *holder;
	bool own;
};
enum st portfolio_name(struct req *rq, const char *registrar, const char *name, struct portfolio_name *out);
/* Transfers that wait: of its names to others, and of others' names to it. */
struct portfolio_transfer {
	char *name, *uname, *other; /* the other registrar's handle */
	int64_t requested_at, decides_at;
	bool in; /* to us */
};
enum st portfolio_transfers(struct req *rq, const char *registrar, struct portfolio_transfer *out, int max, int *n);

/* Newest first. `part`: of a handle, a name, an organisation or an e-mail address. before: the id of the last row
 * shown, 0 the first page. Looks through PORTFOLIO_SCAN_MAX contacts at most: *more then says where to go on. */
struct portfolio_contact {
	int64_t id, created_at, verified_at;
	char *handle, *name, *org, *email;
	bool person;
};
enum st portfolio_contacts(struct req *rq, const char *registrar, const char *part, int64_t before,
			   struct portfolio_contact *out, int max, int *n, int64_t *more);
struct portfolio_host {
	char *name, *addrs;
	int64_t links;
};
enum st portfolio_hosts(struct req *rq, const char *registrar, const char *part, const char *after,
			struct portfolio_host *out, int max, int *n, char **next);
/* Names that use it (by id of the contact or host), the first max. */
enum st portfolio_uses(struct req *rq, char kind /* 'c' 'h' */, const char *registrar, int64_t id, char **out, int max,
		       int *n);
/* Oldest first, as EPP hands them out. */
enum st portfolio_messages(struct req *rq, const char *registrar, struct poll_message *out, int max, int *n);
/* The line below which the registrar wants to be told; minor units. */
enum st portfolio_low_balance(struct req *rq, const char *registrar, int64_t *below);
extern const struct migration portfolio_migrations[];
#endif
