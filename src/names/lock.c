/* The registry's lock on a name. On, it shows as the server's three prohibitions; nobody takes it off but the registry,
 * for a while (then it comes back by itself) or for good. A registrar can still roll DNSSEC keys over, and take an
 * authorisation information away. */
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "names/registry_int.h"
#include "who/permit.h"

enum { REASON_BYTES = 500 };

enum st lock_allows(struct req *rq, const struct domain_change *c, const struct dom *d, struct outcome *why)
{
	bool rest = c->nns_add || c->nns_rem || c->ncon_add || c->ncon_rem || c->add || c->rem || c->registrant ||
		    c->authinfo || c->ttl_set || c->nactivate || c->nrelease;
	bool some = c->nds_add || c->nds_rem || c->ds_rem_all || c->msl_set || c->authinfo_set;
	if (some && !rest) /* what somebody else prohibited still holds */
		return status_forbids(rq, d->kept, DOING_UPDATE, why);
	return refuse(rq, why, R_STATUS, "status", "serverUpdateProhibited",
		      N_("the name is locked by the registry: only DS records change"));
}

static const char *due_of(struct req *rq, const struct dom *d)
{
	return arena_printf(rq->mem, "%012lld", (long long)d->d.c.id);
}

static enum st begin(struct req *rq, const char *name, const char *reason, struct dom *d, const struct policy **p,
		     struct outcome *why)
{
	if (permit(rq, MAY_LOCK_NAME) || dom_for_change(rq, name, d, p, why))
		return rq->err.code;
	if (!reason || !*reason || !text_one_line(reason, REASON_BYTES))
		return refuse(rq, why, R_PARAM_SYNTAX, "reason", "",
			      N_("a reason of 1 to %d bytes on one line is needed"), REASON_BYTES);
	return ST_OK;
}

static enum st lock_now(struct req *rq, const struct policy *p, struct dom *d, const char *reason)
{
	struct dom *before = dom_copy(rq->mem, d);
	d->reason = reason;
	d->d.lock = LOCK_ON;
	d->d.relock_at = 0;
	return due_cancel(rq, RELOCK_DUE, due_of(rq, d)) ? rq->err.code
							 : dom_changed(rq, before, d, p, "domain-locked");
}

enum st domain_lock(struct req *rq, const char *name, const char *reason, struct outcome *why)
{
	struct dom d;
	const struct policy *p;
	if (begin(rq, name, reason, &d, &p, why))
		return rq->err.code;
	if (!p->registry_lock)
		return refuse(rq, why, R_UNIMPLEMENTED, "name", name, N_("zone %s offers no registry lock"), p->zone);
	if (d.d.lock == LOCK_ON)
		return refuse(rq, why, R_STATUS, "name", name, N_("%.150s is locked"), d.d.name);
	if (d.life != LIFE_ACTIVE && d.life != LIFE_SUSPENDED)
		return refuse(rq, why, R_STATUS, "name", name, "%.150s is %s", d.d.name, life_name(d.life));
	if (d.d.transfer.state == TRANSFER_PENDING)
		return refuse(rq, why, R_STATUS, "name", name, N_("a transfer of %.150s is pending"), d.d.name);
	return lock_now(rq, p, &d, reason);
}

enum st domain_unlock(struct req *rq, const char *name, int64_t until, const char *reason, struct outcome *why)
{
	struct dom d, *before;
	const struct policy *p;
	if (begin(rq, name, reason, &d, &p, why))
		return rq->err.code;
	if (d.d.lock == LOCK_NONE || (d.d.lock == LOCK_OPEN && until))
		return refuse(rq, why, R_STATUS, "name", name, N_("%.150s is not locked"), d.d.name);
	if (until && until <= clock_now())
		return refuse(rq, why, R_PARAM_RANGE, "until", time_iso(rq->mem, until), N_("this time is over"));
	before = dom_copy(rq->mem, &d);
	d.reason = reason;
	d.d.lock = until ? LOCK_OPEN : LOCK_NONE;
	d.d.relock_at = until;
	if (until ? due_set(rq, RELOCK_DUE, due_of(rq, &d), until) : due_cancel(rq, RELOCK_DUE, due_of(rq, &d)))
		return rq->err.code;
	return dom_changed(rq, before, &d, p, "domain-unlocked");
}

/* What was begun meanwhile is undone by the registry's people, not by the clock; but a transfer that is still pending
 * would carry the name away under the lock, so it ends here. */
enum st relock_due(struct req *rq, const char *id)
{
	struct dom d;
	const struct policy *p;
	enum st st = dom_lock_id(rq, strtoll(id, NULL, 10), &d);
	if (st == ST_NOTFOUND)
		return err_clear(&rq->err), ST_OK;
	if (st || dom_links(rq, &d) || policy_of(rq, d.d.zone, 0, &p))
		return rq->err.code;
	if (d.d.lock != LOCK_OPEN)
		return ST_OK;
	if (d.d.relock_at > clock_now())
		return due_set(rq, RELOCK_DUE, id, d.d.relock_at);
	if (d.d.transfer.state == TRANSFER_PENDING && transfer_end(rq, p, &d, TRANSFER_SERVER_CANCELLED))
		return rq->err.code;
	return lock_now(rq, p, &d, "the time it was unlocked for is over");
}
