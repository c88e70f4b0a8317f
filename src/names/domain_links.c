/* What a domain refers to: contacts, name servers, DS records. Each function changes the rows and the domain in hand
 * alike. */
#include <string.h>
#include "names/registry_int.h"

/* ── contacts ── */

/* A registrar names its own contacts: another's stands for a person whose word it doesn't have, and for a review that
 * another asked for. What the domain has, as after a transfer, may stay and take another part. */
static bool may_name(struct req *rq, const struct dom *d, const struct linked *c)
{
	const char *me = registry_actor(rq);
	bool has = !me || !strcmp(me, c->sponsor) || (d->d.registrant && !strcmp(d->d.registrant, c->handle));
	for (int i = 0; i < d->d.ncontacts && !has; i++)
		has = !strcmp(d->d.contact[i].handle, c->handle);
	return has;
}

static enum st contact_row(struct req *rq, struct dom *d, char type, const char *handle, struct outcome *why)
{
	struct linked c;
	char t[2] = { type, 0 };
	enum st st = contact_find(rq, handle, &c);
	if (st == ST_NOTFOUND)
		return refuse(rq, why, R_NOT_THERE, type == 'r' ? "registrant" : "contact", handle,
			      N_("there is no contact %.40s"), handle);
	if (st)
		return st;
	if (!may_name(rq, d, &c))
		return refuse(rq, why, R_AUTHORIZATION, type == 'r' ? "registrant" : "contact", handle,
			      "another registrar sponsors contact %.40s: name one of your own, or ask for its transfer",
			      handle);
	return sql_run(rq, "INSERT INTO registry_domain_contact(domain, type, contact) VALUES($1, $2, $3)",
		       V(d->d.c.id), V(t), V(c.id));
}

static int contact_at(const struct domain *d, char type, const char *handle)
{
	for (int i = 0; i < d->ncontacts; i++)
		if (d->contact[i].type == type && !strcmp(d->contact[i].handle, handle))
			return i;
	return -1;
}

enum st links_contact_add(struct req *rq, struct dom *d, char type, const char *handle, struct outcome *why)
{
	if (contact_at(&d->d, type, handle) >= 0)
		return refuse(rq, why, R_ASSOCIATION, "contact", handle, N_("%.40s is such a contact already"), handle);
	if (d->d.ncontacts == DOMAIN_CONTACTS)
		return refuse(rq, why, R_POLICY, "contact", handle, N_("no more than %d contacts"), DOMAIN_CONTACTS);
	if (contact_row(rq, d, type, handle, why))
		return rq->err.code;
	d->d.contact[d->d.ncontacts++] = (struct domain_contact){ type, arena_strdup(rq->mem, handle) };
	return ST_OK;
}

enum st links_contact_rem(struct req *rq, struct dom *d, char type, const char *handle, struct outcome *why)
{
	struct linked c;
	char t[2] = { type, 0 };
	int i = contact_at(&d->d, type, handle);
	if (i < 0)
		return refuse(rq, why, R_ASSOCIATION, "contact", handle, N_("%.40s is no such contact of the domain"),
			      handle);
	if (contact_find(rq, handle, &c) ||
	    sql_run(rq, "DELETE FROM registry_domain_contact WHERE domain = $1 AND type = $2 AND contact = $3",
		    V(d->d.c.id), V(t), V(c.id)))
		return rq->err.code;
	d->d.contact[i] = d->d.contact[--d->d.ncontacts];
	return ST_OK;
}

enum st links_registrant_set(struct req *rq, struct dom *d, const char *handle, struct outcome *why)
{
	if (d->d.registrant &&
	    sql_run(rq, "DELETE FROM registry_domain_contact WHERE domain = $1 AND type = 'r'", V(d->d.c.id)))
		return rq->err.code;
	if (contact_row(rq, d, 'r', handle, why))
		return rq->err.code;
	d->d.registrant = arena_strdup(rq->mem, handle);
	return ST_OK;
}

/* ── name servers ── */

static int ns_at(const struct domain *d, const char *host)
{
	for (int i = 0; i < d->nns; i++)
		if (!strcmp(d->ns[i], host))
			return i;
	return -1;
}

enum st links_ns_add(struct req *rq, struct dom *d, const char *host, struct outcome *why)
{
	struct linked h;
	if (ns_at(&d->d, host) >= 0)
		return refuse(rq, why, R_ASSOCIATION, "hostObj", host, N_("%.200s is a name server of it already"),
			      host);
	if (d->d.nns == DOMAIN_NS)
		return refuse(rq, why, R_POLICY, "hostObj", host, N_("no more than %d name servers"), DOMAIN_NS);
	enum st st = host_find(rq, host, &h);
	if (st == ST_NOTFOUND)
		return refuse(rq, why, R_NOT_THERE, "hostObj", host, N_("there is no host %.100s"), host);
	if (st || sql_run(rq, "INSERT INTO registry_domain_ns(domain, host) VALUES($1, $2)", V(d->d.c.id), V(h.id)))
		return rq->err.code;
	d->d.ns[d->d.nns++] = arena_strdup(rq->mem, host);
	return ST_OK;
}

enum st links_ns_rem(struct req *rq, struct dom *d, const char *host, struct outcome *why)
{
	struct linked h;
	int i = ns_at(&d->d, host);
	if (i < 0)
		return refuse(rq, why, R_ASSOCIATION, "hostObj", host, N_("%.200s is no name server of it"), host);
	if (host_find(rq, host, &h) ||
	    sql_run(rq, "DELETE FROM registry_domain_ns WHERE domain = $1 AND host = $2", V(d->d.c.id), V(h.id)))
		return rq->err.code;
	d->d.nns--;
	memmove(&d->d.ns[i], &d->d.ns[i + 1], sizeof d->d.ns[0] * (size_t)(d->d.nns - i));
	return ST_OK;
}

/* ── DS (RFC 5910) ── */

static bool ds_same(const struct ds *a, const struct ds *b)
{
	return a->tag == b->tag && a->alg == b->alg && a->digest_type == b->digest_type && a->digest_n == b->digest_n &&
	       !memcmp(a->digest, b->digest, (size_t)a->digest_n);
}

static int ds_at(const struct domain *d, const struct ds *ds)
{
	for (int i = 0; i < d->nds; i++)
		if (ds_same(&d->ds[i], ds))
			return i;
	return -1;
}

/* Digest types of the IANA registry that a resolver can use, and their lengths: SHA-1 is for reading only (RFC 8624
 * §3.3). */
bool ds_good(const struct ds *ds)
{
	return (ds->digest_type == 2 && ds->digest_n == 32) || (ds->digest_type == 4 && ds->digest_n == 48);
}

enum st links_ds_add(struct req *rq, struct dom *d, const struct ds *ds, struct outcome *why)
{
	char *tag = arena_printf(rq->mem, "%u", ds->tag);
	if (!ds_good(ds))
		return refuse(rq, why, R_PARAM_RANGE, "secDNS:digestType", arena_printf(rq->mem, "%u", ds->digest_type),
			      N_("digest type %u of %d octets is not accepted"), ds->digest_type, ds->digest_n);
	if (ds_at(&d->d, ds) >= 0)
		return refuse(rq, why, R_ASSOCIATION, "secDNS:keyTag", tag, N_("this DS record is there already"));
	if (d->d.nds == DOMAIN_DS)
		return refuse(rq, why, R_POLICY, "secDNS:keyTag", tag, N_("no more than %d DS records"), DOMAIN_DS);
	if (sql_run(rq,
		    "INSERT INTO registry_domain_ds(domain, tag, alg, digest_type, digest) VALUES($1, $2, $3, $4, $5)",
		    V(d->d.c.id), V(ds->tag), V(ds->alg), V(ds->digest_type), V_BLOB(ds->digest, (size_t)ds->digest_n)))
		return rq->err.code;
	d->d.ds[d->d.nds++] = *ds;
	d->ds_rows = d->d.nds;
	return ST_OK;
}

enum st links_ds_rem(struct req *rq, struct dom *d, const struct ds *ds, struct outcome *why)
{
	int i = ds_at(&d->d, ds);
	if (i < 0)
		return refuse(rq, why, R_ASSOCIATION, "keyTag", arena_printf(rq->mem, "%u", ds->tag),
			      N_("there is no such DS record"));
	if (sql_run(rq,
		    "DELETE FROM registry_domain_ds WHERE domain = $1 AND tag = $2 AND alg = $3 AND digest_type = $4"
		    " AND digest = $5",
		    V(d->d.c.id), V(ds->tag), V(ds->alg), V(ds->digest_type), V_BLOB(ds->digest, (size_t)ds->digest_n)))
		return rq->err.code;
	d->d.nds--;
	memmove(&d->d.ds[i], &d->d.ds[i + 1], sizeof d->d.ds[0] * (size_t)(d->d.nds - i));
	d->ds_rows = d->d.nds;
	return ST_OK;
}
