/* lookup.h — what this registry tells about an object, and to whom. RDAP and WHOIS render these structs and nothing
 * else, so they can't disagree; which fields an access level sees is decided here, by one table (disclose.c).
 *
 * A struct is filled for one level: what that level may not see is NULL in it, and the part's bit is set in `hidden`.
 * What a level beyond public sees and the public doesn't is in `disclosed`: before such an answer leaves the house it
 * is journalled with its purpose (look_disclosed_write).
 *
 * Reads names, numbers, routes, who; owns the tables lookup_partner, lookup_bootstrap and lookup_notice, and two
 * indexes beside the hosts' addresses for searches. Everything is in rq->mem. Times are microseconds, TIME_NONE and 0:
 * not known.
 */
#ifndef LOOKUP_LOOKUP_H
#define LOOKUP_LOOKUP_H
#include "base/addr.h"
#include "base/lang.h"
#include "names/registry.h"
#include "numbers/numbers.h"

enum look_level { LEVEL_PUBLIC, LEVEL_PARTNER, LEVEL_STAFF, LEVELS };
enum look_kind { LOOK_DOMAIN, LOOK_NAMESERVER, LOOK_ENTITY, LOOK_IP, LOOK_AUTNUM, LOOK_KINDS };
const char *look_level_name(enum look_level l);
const char *look_kind_name(enum look_kind k); /* RFC 9082's path segment: "domain", "ip", … */

/* ── who it is about, and what of them is shown ── */

enum look_part {
	PART_NAME,
	PART_ORG,
	PART_STREET,
	PART_CITY,
	PART_REGION,
	PART_CODE,
	PART_COUNTRY,
	PART_VOICE,
	PART_FAX,
	PART_EMAIL,
	PARTS
};
enum look_subject { SUBJECT_PERSON, SUBJECT_ORG, SUBJECT_ROLE, SUBJECTS }; /* ROLE: a role contact of an organisation */
struct disclosure_row {
	enum look_part part;
	const char *name;	      /* "Registrant Name" without its role: what a redaction is called */
	bool shown[SUBJECTS][LEVELS]; /* the whole rule */
};
extern const struct disclosure_row disclosure_rows[PARTS];

enum look_role {
	ROLE_OF_REGISTRANT = 1,
	ROLE_OF_ADMIN = 2,
	ROLE_OF_TECH = 4,
	ROLE_OF_BILLING = 8,
	ROLE_OF_ABUSE = 16,
	ROLE_OF_REGISTRAR = 32,
};
enum { LOOK_ROLES = 6 };
const char *look_role_name(unsigned role); /* RFC 9083 §10.2.4: "registrant", "administrative", … of one bit */

struct look_postal {
	char *name, *org, *street[3], *city, *region, *code, *country;
};
struct look_entity {
	unsigned roles;
	enum look_subject subject;
	char *handle;		    /* NULL: known by no handle */
	struct look_postal loc, in; /* as written there; in ASCII. One may be all NULL */
	char *voice, *fax, *email, *lang, *source;
	char *relay; /* where they can be reached instead of a withheld address */
	int64_t created, changed, verified;
	statuses status;
	uint64_t mail;		    /* look_dep of the address, shown or not; 0: there is none */
	unsigned hidden, disclosed; /* bits 1 << enum look_part */
	struct look_entity *more;   /* role contacts of a registrar or holder */
	int nmore;
};

/* ── objects ── */

enum { LOOK_HOLDINGS = 100 };
enum { LOOK_STATUSES = 24, LOOK_ENTITIES = 20, LOOK_NS = 64, LOOK_BUNDLE = 64 };
struct look_head {
	enum look_kind kind;
	enum look_level level;
	char *handle;
	const char *status[LOOK_STATUSES]; /* EPP's words (RFC 5731 …); of numbers the registries' */
	int nstatus;
	int64_t created, expires, changed, transferred, valid_from;
	struct look_entity *entity[LOOK_ENTITIES];
	int nentities;
	char *source;
	int64_t fresh_until; /* after this instant the same rows mean something else (a period ends); INT64_MAX never */
	int64_t at;	     /* as it was then; 0: now */
};
struct look_ns {
	char *name, *uname;
	const struct addr *addr; /* in the arena: a domain has room for many servers, and most say no address */
	int naddrs;
};
struct look_variant {
	char *name, *uname;
	bool active;
};
struct look_ip {
	struct look_head h;
	struct range range;
	struct prefix cidr[32];
	int ncidrs;
	char *name, *type, *country, *registry;
	uint32_t origin;
	char *origin_name; /* NULL: nobody is seen to announce it */
};
struct look_domain {
	struct look_head h;
	char *name, *uname, *zone;
	struct look_ns ns[LOOK_NS];
	int nns;
	struct ds ds[DOMAIN_DS];
	int nds;
	int64_t max_sig_life;
	struct look_variant variant[LOOK_BUNDLE];
	int nvariants;
	char *lang;		 /* of the IDN table */
	struct look_ip *network; /* of a reverse-DNS name */
};
struct look_host {
	struct look_head h;
	char *domain; /* that it lies below, whose sponsor and lock are its own; NULL: none of ours */
	struct look_ns ns;
};
struct look_who {
	struct look_head h;
	struct look_entity e;
	struct holding *holding; /* of a holder of numbers, the first LOOK_HOLDINGS */
	int nholdings;
};
struct look_autnum {
	struct look_head h;
	uint32_t first, last;
	char *name, *type, *country, *registry;
};
/* An answer of any kind. */
struct look {
	enum look_kind kind;
	union {
		struct look_head h;
		struct look_domain domain;
		struct look_host host;
		struct look_who who;
		struct look_ip ip;
		struct look_autnum autnum;
	};
};

/* ── asking ── */

struct look_ask {
	enum look_kind kind;
	const char *what; /* as given: U-label or A-label, prefix or address, AS number, handle */
	enum look_level level;
	int64_t at;	  /* 0: now */
	const char *base; /* how people reach us, for relay links; NULL: the site's */
};
/* ST_INVALID: it is no such thing; ST_NOTFOUND: not ours, or not there. *out is large: allocate it in the arena. */
enum st look_find(struct req *rq, const struct look_ask *q, struct look *out);
/* What kind of thing a WHOIS line or a search box asks about, tried in the order address, AS number, name, handle. */
enum look_kind look_guess(const char *what);
/* Where else to ask, from the bootstrap files (RFC 9224): the base URL ends with '/'. ST_NOTFOUND: nobody known. */
enum st look_elsewhere(struct req *rq, enum look_kind kind, const char *what, char **base);
/* The regional registry's WHOIS server, or the top level's, for a referral; NULL: not known. */
const char *look_referral(struct req *rq, enum look_kind kind, const char *what);
/* Bits of look_part over all entities of it. */
unsigned look_disclosed(const struct look *l);
unsigned look_hidden(const struct look *l);
/* Takes out of an answer to the holder question (as of `at`) what the public doesn't see of the name's holder: the name
 * and those addresses that RDAP and WHOIS withhold. Letters need them; whatever is public asks this first. */
struct answer;
enum st look_chain_public(struct req *rq, struct answer *a, int64_t at);
/* Journals who saw what beyond public, and why. Inside a write. */
struct look_disclosure {
	const char *subject, *purpose, *partner;
	enum look_level level;
	unsigned parts;
	bool history;	    /* all of its former versions */
	int64_t at;	    /* the one of that instant; 0: now */
	char *const *found; /* by a search: what it gave */
	int nfound;
};
enum st look_disclosed_write(struct req *rq, void *disclosure);

/* The site, once, from the configuration. */
struct look_site {
	const char *country, *name, *name_zh, *contact, *base;
};
void look_setup(const struct look_site *site);
const struct look_site *look_site(void);

/* RDAP's word for an EPP status (RFC 8056); NULL when the registry of values has none. */
const char *look_status_rdap(const char *epp);

/* ── subjects that an answer depends on: what drops it from the cache ── */
enum { LOOK_DEPS = 64 };
struct look_deps {
	uint64_t dep[LOOK_DEPS];
	int n;
	bool over; /* more than fit: don't cache */
};
void look_deps_of(const struct look *l, struct look_deps *out);
uint64_t look_dep(const char *room, const char *subject);
uint64_t look_dep_mail(struct arena *mem, const char *address); /* in any case; NULL and "": 0 */

extern const struct migration lookup_migrations[];
#endif
