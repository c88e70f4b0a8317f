/* holder.h — THE question: who answers for this name, address, AS number or URL, now or at a past instant, and through
 * which chain (holder → sponsor → upstream origin → national authority). Reads names, numbers, routes and contacts;
 * owns no rows. */
#ifndef HOLDER_HOLDER_H
#define HOLDER_HOLDER_H
#include "base/addr.h"
#include "base/buf.h"
#include "base/lang.h"
#include "store/store.h"

enum thing_kind { THING_NAME, THING_ADDR, THING_PREFIX, THING_ASN, THING_URL, THING_OTHER };
enum link_role { LINK_HOLDER, LINK_SPONSOR, LINK_UPSTREAM, LINK_AUTHORITY };
struct holder_contact {
	char *role, *email, *lang;
	bool verified;
};
struct chain_link {
	enum link_role role;
	char *name;   /* as registered; NULL when nobody tells */
	char *handle; /* registry handle: name, sponsor id, AS number, statistics record */
	bool person;  /* a natural person, or nobody says that it is none: the name is for staff only */
	struct holder_contact contact[4];
	int contacts; /* best first; 0: nobody can be written to */
};
struct answer {
	char *query;
	enum thing_kind kind;
	char *host;	  /* of a URL: the name or address in it */
	char *matched;	  /* the registered name, prefix or AS number that decided; NULL: nothing */
	char *country;	  /* ISO 3166 of the holding or zone; NULL unknown */
	bool responsible; /* is somebody here (a holder in our registry) responsible? */
	struct chain_link chain[4];
	int links;
	int64_t valid_from;
	bool from_record; /* valid_from is what the record says; else when its change was first seen here */
	int64_t first_seen, last_seen; /* the imports that had it; 0: it is kept here, not imported */
	char *source;		       /* which data said so */
	char *elsewhere; /* when not responsible: who holds it, of which country's or region's registry (phrase_say) */
};
/* The site: our country, authority's name and address for the last link. Set once from the configuration. */
struct holder_site {
	const char *country, *name, *contact, *lang;
};
void holder_setup(const struct holder_site *site);

/* ST_OK also when nobody is responsible; ST_INVALID when `thing` is none of what can be asked for. `at` 0: now. */
enum st holder_find(struct req *rq, const char *thing, int64_t at, struct answer *out);
const char *link_role_name(enum link_role r);	/* "holder", "sponsor", "upstream", "authority" */
const char *thing_kind_name(enum thing_kind k); /* "name", "address", "prefix", "asn", "url", "other" */
/* All of it: for the public look_chain_public() comes first. */
void holder_json(struct arena *mem, struct buf *out, const struct answer *a);
#endif
