/* holder_int.h — what the files of holder/ share. */
#ifndef HOLDER_INT_H
#define HOLDER_INT_H
#include "holder/holder.h"
#include "names/names.h"
#include "who/contact.h"

#define CHAIN_CONTACTS 16 /* looked at for a link, which keeps the best of those with an address */

/* What a question is about, once its spelling is put aside. */
struct thing {
	enum thing_kind kind;  /* as asked */
	enum thing_kind about; /* THING_NAME, THING_ADDR, THING_PREFIX or THING_ASN */
	char *text;	       /* of that, in normal form */
	struct range range;    /* of an address or prefix */
	uint32_t asn;
};
enum st thing_parse(struct arena *mem, const char *s, struct thing *out, struct err *e);
/* Private, documentation and other special ranges (IANA registries): what they are for, NULL for ordinary addresses. */
const char *range_special(const struct range *r);
/* The regional registry to which IANA gave the range ("ARIN"); NULL where that is not known. */
const char *range_region(const struct range *r);
/* Top levels that the DNS does not have (RFC 2606, 6761, 6762, 7686, 9476): what they are for. */
const char *tld_special(const char *tld);
/* The same of an AS number. */
const char *asn_special(uint32_t asn);
const char *asn_region(uint32_t asn);

extern struct holder_site site;
struct chain_link *link_add(struct answer *a, enum link_role role, char *name, char *handle);
void link_contacts(struct req *rq, struct chain_link *l, const struct contact *c, int n);
/* The contacts known at `at`; where none is known so early, today's: it is today that somebody is written to. */
enum st contacts_then(struct req *rq, const char *resource, int64_t at, struct contact *out, int *n);
/* Of a registered name: what the registry holds of it, or the contacts on file; and of its sponsor. */
struct name_contacts {
	struct contact own[CHAIN_CONTACTS], sponsor[CHAIN_CONTACTS];
	int nown, nsponsor;
};
enum st contacts_of_name(struct req *rq, const struct name *n, int64_t at, struct name_contacts *out);
void link_sponsor(struct req *rq, struct answer *a, const char *sponsor, const struct contact *c, int n);
enum st link_upstream(struct req *rq, struct answer *a, const struct addr *addr, int64_t at);
void link_authority(struct req *rq, struct answer *a);
#endif
