/* domain:renew (RFC 5731 §3.2.3). */
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "names/registry_int.h"

#define DAY (86400 * USEC)

/* A suspended name can be had back until its expiry-grace is over; days that are holidays do not count. */
static enum st renewable(struct req *rq, const struct policy *p, const struct dom *d, struct outcome *why)
{
	if (life_to(p, d->life, EV_RENEW) == LIFE_NONE)
		return refuse(rq, why, R_NOT_RENEWABLE, "name", d->d.name, "the name is %s", life_name(d->life));
	if (d->life == LIFE_SUSPENDED && clock_now() >= life_after(p, d->d.expires_at, p->expiry_grace))
		return refuse(rq, why, R_NOT_RENEWABLE, "name", d->d.name, N_("the grace after expiry ended on %s"),
			      time_iso(rq->mem, life_after(p, d->d.expires_at, p->expiry_grace)));
	return ST_OK;
}

/* curExpDate guards against renewing twice: it is a day. */
static enum st expiry_said(struct req *rq, const struct dom *d, int64_t said, struct outcome *why)
{
	if (said / DAY == d->d.expires_at / DAY)
		return ST_OK;
	return refuse(rq, why, R_PARAM_RANGE, "curExpDate", arena_printf(rq->mem, "%.10s", time_iso(rq->mem, said)),
		      N_("the name expires on %s"), time_iso(rq->mem, d->d.expires_at));
}

static enum st term_ok(struct req *rq, const struct policy *p, const struct dom *d, int years, struct outcome *why)
{
	bool fits = years >= p->term_min && years <= p->term_max &&
		    time_add_years(d->d.expires_at, years) <= time_add_years(clock_now(), p->term_max);
	return fits ? ST_OK
		    : refuse(rq, why, R_PARAM_RANGE, "period", arena_printf(rq->mem, "%d", years),
			     N_("%d to %d years, and no more than %d from now"), p->term_min, p->term_max, p->term_max);
}

enum st domain_renew(struct req *rq, const char *name, int64_t current_expiry, int years, int64_t *new_expiry,
		     int64_t *fee, struct outcome *why)
{
	struct dom d, *before;
	const struct policy *p;
	if (dom_for_change(rq, name, &d, &p, why) || registry_may(rq, &d.d.c, why))
		return rq->err.code;
	years = years ? years : p->term_min;
	if (renewable(rq, p, &d, why) || status_forbids(rq, d.d.c.status, DOING_RENEW, why) ||
	    expiry_said(rq, &d, current_expiry, why) || term_ok(rq, p, &d, years, why))
		return rq->err.code;
	before = dom_copy(rq->mem, &d);
	int64_t until = clock_now() + p->grace[GRACE_RENEW];
	if (bill(rq, &d, p, d.d.c.sponsor, "renew", years, GRACE_RENEW, until, why))
		return rq->err.code;
	d.d.expires_at = time_add_years(d.d.expires_at, years);
	d.d.grace_until[GRACE_RENEW] = until;
	life_apply(p, &d, EV_RENEW, clock_now());
	*new_expiry = d.d.expires_at;
	*fee = fee_of(p, "renew", years);
	return dom_changed(rq, before, &d, p, "domain-renewed");
}
