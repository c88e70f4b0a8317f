/* domain:update (RFC 5731 §3.2.5) with its extensions: DS (5910), restore (3915), TTL (9803), members of the bundle. */
#include <string.h>
#include "base/clock.h"
#include "names/registry_int.h"

static enum st contacts(struct req *rq, struct domain_change *c, struct dom *d)
{
	for (int i = 0; i < c->ncon_rem; i++)
		if (links_contact_rem(rq, d, c->con_rem[i].type, c->con_rem[i].handle, &c->why))
			return rq->err.code;
	for (int i = 0; i < c->ncon_add; i++)
		if (links_contact_add(rq, d, c->con_add[i].type, c->con_add[i].handle, &c->why))
			return rq->err.code;
	if (c->registrant && !*c->registrant)
		return refuse(rq, &c->why, R_PARAM_MISSING, "registrant", "", N_("a domain needs a registrant"));
	return c->registrant ? links_registrant_set(rq, d, c->registrant, &c->why) : ST_OK;
}

static enum st servers(struct req *rq, struct domain_change *c, const struct policy *p, struct dom *d)
{
	for (int i = 0; i < c->nns_rem; i++)
		if (links_ns_rem(rq, d, c->ns_rem[i], &c->why))
			return rq->err.code;
	for (int i = 0; i < c->nns_add; i++)
		if (links_ns_add(rq, d, c->ns_add[i], &c->why))
			return rq->err.code;
	bool changed = c->nns_rem || c->nns_add;
	if (changed && (d->d.nns < p->ns_min || d->d.nns > p->ns_max))
		return refuse(rq, &c->why, R_POLICY_VALUE, "ns", arena_printf(rq->mem, "%d", d->d.nns),
			      N_("%d to %d name servers are needed"), p->ns_min, p->ns_max);
	return ST_OK;
}

/* RFC 5910 §5.2.5: removals come first. */
static enum st signers(struct req *rq, struct domain_change *c, struct dom *d)
{
	while (c->ds_rem_all && d->d.nds) {
		struct ds first = d->d.ds[0];
		if (links_ds_rem(rq, d, &first, &c->why))
			return rq->err.code;
	}
	for (int i = 0; i < c->nds_rem; i++)
		if (links_ds_rem(rq, d, &c->ds_rem[i], &c->why))
			return rq->err.code;
	for (int i = 0; i < c->nds_add; i++)
		if (links_ds_add(rq, d, &c->ds_add[i], &c->why))
			return rq->err.code;
	return ST_OK;
}

static enum st variants(struct req *rq, struct domain_change *c, struct dom *d)
{
	for (int i = 0; i < c->nactivate; i++)
		if (bundle_set(rq, d, c->activate[i], true, &c->why))
			return rq->err.code;
	for (int i = 0; i < c->nrelease; i++)
		if (bundle_set(rq, d, c->release[i], false, &c->why))
			return rq->err.code;
	return ST_OK;
}

static enum st ttls(struct req *rq, struct domain_change *c, const struct policy *p, struct dom *d)
{
	if (!c->ttl_set)
		return ST_OK;
	if (ttl_ok(rq, p, TTL_NS, c->ttl_ns, &c->why) || ttl_ok(rq, p, TTL_DS, c->ttl_ds, &c->why))
		return rq->err.code;
	d->d.ttl_ns = c->ttl_ns;
	d->d.ttl_ds = c->ttl_ds;
	return ST_OK;
}

static void plain(struct req *rq, const struct domain_change *c, struct dom *d)
{
	if (c->authinfo_set)
		d->d.authinfo = authinfo_keep(rq->mem, c->authinfo); /* RFC 9154 §4.3: empty means none */
	if (c->msl_set)
		d->d.max_sig_life = c->max_sig_life;
}

/* What follows from the name's state goes with it, and with nothing else. */
static enum st removable(struct req *rq, struct domain_change *c, statuses derived)
{
	for (int i = 0; i < STATUS_BITS; i++)
		if (c->rem & derived & BIT(i))
			return refuse(rq, &c->why, R_STATUS, "status", status_name((enum status_bit)i),
				      "%s follows from the name's state", status_name((enum status_bit)i));
	return ST_OK;
}

static enum st change(struct req *rq, struct domain_change *c, const struct policy *p, struct dom *d)
{
	statuses derived = d->d.c.status & ~d->kept, out = d->kept | derived;
	/* RFC 5731 §2.3: clientUpdateProhibited may be removed in spite of itself. */
	if (d->d.lock == LOCK_ON ? lock_allows(rq, c, d, &c->why)
				 : status_forbids(rq, d->d.c.status & ~(c->rem & d->kept), DOING_UPDATE, &c->why))
		return rq->err.code;
	if (registry_actor(rq) == NULL && removable(rq, c, derived))
		return rq->err.code;
	if ((c->add | c->rem) && status_change(rq, OBJECT_DOMAIN, d->d.c.status, c->add, c->rem, &out, &c->why))
		return rq->err.code;
	d->kept = out & ~derived;
	if (c->rem & BIT(STATUS_SERVER_HOLD) && hold_forget(rq, d->d.c.id))
		return rq->err.code;
	if (contacts(rq, c, d) || servers(rq, c, p, d) || signers(rq, c, d) || variants(rq, c, d) || ttls(rq, c, p, d))
		return rq->err.code;
	plain(rq, c, d);
	return ST_OK;
}

enum st domain_update(struct req *rq, struct domain_change *c)
{
	struct dom d, *before;
	const struct policy *p;
	if (dom_for_change(rq, c->name, &d, &p, &c->why) || registry_may(rq, &d.d.c, &c->why))
		return rq->err.code;
	static enum st (*const ops[])(struct req *, struct domain_change *, const struct policy *, struct dom *) = {
		[RESTORE_NONE] = change, [RESTORE_REQUEST] = restore_request, [RESTORE_REPORT] = restore_report
	};
	before = dom_copy(rq->mem, &d);
	c->fee = 0;
	if (ops[c->restore](rq, c, p, &d))
		return rq->err.code;
	return dom_changed(rq, before, &d, p,
			   !c->restore			    ? "domain-updated"
			   : d.life == LIFE_PENDING_RESTORE ? "domain-restore-requested"
							    : "domain-restored");
}
