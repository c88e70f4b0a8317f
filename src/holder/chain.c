/* The links of the chain, each with who can be written to. */
#include <string.h>
#include "base/text.h"
#include "holder/holder_int.h"
#include "names/registry.h"
#include "routes/origin.h"

#define COUNT(a) (int)(sizeof(a) / sizeof *(a))

struct chain_link *link_add(struct answer *a, enum link_role role, char *name, char *handle)
{
	if (a->links == COUNT(a->chain))
		return &a->chain[a->links - 1]; /* four roles, each at most once */
	struct chain_link *l = &a->chain[a->links++];
	*l = (struct chain_link){ .role = role, .name = name && *name ? name : NULL, .handle = handle };
	return l;
}

/* Only who has an e-mail address can be written to. */
void link_contacts(struct req *rq, struct chain_link *l, const struct contact *c, int n)
{
	for (int i = 0; i < n && l->contacts < COUNT(l->contact); i++)
		if (c[i].email && c[i].email[0])
			l->contact[l->contacts++] = (struct holder_contact){ c[i].role, c[i].email, c[i].lang,
									     c[i].verified_at != TIME_NONE };
}

enum st contacts_then(struct req *rq, const char *resource, int64_t at, struct contact *out, int *n)
{
	enum st st = contact_of(rq, resource, at, out, CHAIN_CONTACTS, n);
	return st || *n || !at ? st : contact_of(rq, resource, 0, out, CHAIN_CONTACTS, n);
}

static char *organisation_of(const struct contact *c, int n)
{
	for (int i = 0; i < n; i++)
		if (c[i].organisation && c[i].organisation[0])
			return c[i].organisation;
	return NULL;
}

/* A sponsor without contacts on file may be a registrar of ours. */
static enum st registrar_as_contact(struct req *rq, const char *sponsor, struct contact *out, int *n)
{
	struct registrar r;
	enum st st = registrar_get(rq, sponsor, &r);
	if (st == ST_NOTFOUND) {
		err_clear(&rq->err);
		return ST_OK;
	}
	if (st)
		return st;
	out[(*n)++] = (struct contact){ .organisation = r.name,
					.role = arena_strdup(rq->mem, "tech"),
					.email = r.email,
					.lang = r.lang,
					.verified_at = TIME_NONE };
	return ST_OK;
}

static enum st on_file(struct req *rq, struct contact_ask ask[2], int64_t at)
{
	if (contact_of_both(rq, ask, at))
		return rq->err.code;
	if (!at || (ask[0].n && ask[1].n))
		return ST_OK;
	struct contact_ask now[2] = { ask[0], ask[1] };
	for (int i = 0; i < 2; i++)
		if (ask[i].n)
			now[i].resource = NULL;
	if (contact_of_both(rq, now, 0))
		return rq->err.code;
	for (int i = 0; i < 2; i++)
		ask[i].n += now[i].n;
	return ST_OK;
}

/* What the registry holds comes first for a name of its own; files say the rest. */
enum st contacts_of_name(struct req *rq, const struct name *n, int64_t at, struct name_contacts *out)
{
	bool sponsored = n->sponsor && *n->sponsor;
	struct contact_ask ask[2] = {
		{ .resource = n->name, .out = out->own, .max = CHAIN_CONTACTS },
		{ .resource = sponsored ? arena_printf(rq->mem, "sponsor:%s", n->sponsor) : NULL,
		  .out = out->sponsor,
		  .max = CHAIN_CONTACTS },
	};
	out->nown = out->nsponsor = 0;
	if (n->authoritative && registry_contacts_of(rq, n->name, at, out->own, CHAIN_CONTACTS, &out->nown))
		return rq->err.code;
	if (out->nown)
		ask[0].resource = NULL;
	if (on_file(rq, ask, at))
		return rq->err.code;
	out->nown += ask[0].n;
	out->nsponsor = ask[1].n;
	return sponsored && !out->nsponsor ? registrar_as_contact(rq, n->sponsor, out->sponsor, &out->nsponsor) : ST_OK;
}

void link_sponsor(struct req *rq, struct answer *a, const char *sponsor, const struct contact *c, int n)
{
	if (!sponsor || !*sponsor)
		return;
	char *name = organisation_of(c, n), *id = arena_strdup(rq->mem, sponsor);
	link_contacts(rq, link_add(a, LINK_SPONSOR, name ? name : id, id), c, n);
}

enum st link_upstream(struct req *rq, struct answer *a, const struct addr *addr, int64_t at)
{
	struct contact c[CHAIN_CONTACTS];
	struct origin o;
	int n;
	enum st st = origin_of_addr(rq, addr, at, &o);
	if (st)
		return st == ST_NOTFOUND ? ST_OK : st;
	char *handle = arena_printf(rq->mem, "AS%u", o.asn);
	if (contacts_then(rq, handle, at, c, &n))
		return rq->err.code;
	char *name = o.name && *o.name ? o.name : organisation_of(c, n);
	link_contacts(rq, link_add(a, LINK_UPSTREAM, name, handle), c, n);
	return ST_OK;
}

void link_authority(struct req *rq, struct answer *a)
{
	struct chain_link *l = link_add(a, LINK_AUTHORITY, arena_strdup(rq->mem, site.name),
					arena_strdup(rq->mem, site.country && *site.country ? site.country : NULL));
	if (site.contact && *site.contact)
		l->contact[l->contacts++] =
			(struct holder_contact){ arena_strdup(rq->mem, "abuse"), arena_strdup(rq->mem, site.contact),
						 arena_strdup(rq->mem, site.lang ? site.lang : ""), true };
}
