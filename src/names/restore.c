/* Restoring a name from its redemption period (RFC 3915 §4.2.5): asked for, and complete with a report where the zone's
 * policy wants one. The fee is taken with the request; what ran out meanwhile is renewed when the name is back, so that
 * it does not end again at once. */
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "names/registry_int.h"

/* A client's clock may be ahead of ours by so much. */
#define CLOCKS_APART (300 * USEC)

static enum st renew_lapsed(struct req *rq, struct domain_change *c, const struct policy *p, struct dom *d)
{
	int years = 0;
	for (int64_t now = clock_now(); d->d.expires_at <= now; years++)
		d->d.expires_at = time_add_years(d->d.expires_at, 1);
	c->fee += years ? fee_of(p, "renew", years) : 0;
	return years ? bill(rq, d, p, d->d.c.sponsor, "renew", years, GRACE_REDEMPTION, 0, &c->why) : ST_OK;
}

enum st restore_request(struct req *rq, struct domain_change *c, const struct policy *p, struct dom *d)
{
	if (d->life != LIFE_REDEMPTION)
		return refuse(rq, &c->why, R_STATUS, "rgp:restore", "", "the name is %s: there is nothing to restore",
			      life_name(d->life));
	c->fee = fee_of(p, "restore", 1);
	if (bill(rq, d, p, d->d.c.sponsor, "restore", 1, GRACE_REDEMPTION, 0, &c->why))
		return rq->err.code;
	life_apply(p, d, EV_RESTORE, clock_now());
	return d->life == LIFE_ACTIVE ? renew_lapsed(rq, c, p, d) : ST_OK;
}

static enum st report_ok(struct req *rq, const struct restore_report *r, struct outcome *why)
{
	int64_t now = clock_now();
	if (!r || !r->before || !r->after || !r->reason || !r->statement[0])
		return refuse(rq, why, R_PARAM_MISSING, "rgp:report", "", N_("the report is not whole"));
	if (r->deleted_at > r->restored_at)
		return refuse(rq, why, R_PARAM_RANGE, "rgp:resTime", time_iso(rq->mem, r->restored_at),
			      N_("it was restored before it was deleted"));
	if (r->restored_at > now + CLOCKS_APART)
		return refuse(rq, why, R_PARAM_RANGE, "rgp:resTime", time_iso(rq->mem, r->restored_at),
			      N_("this time is still to come"));
	return ST_OK;
}

enum st restore_report(struct req *rq, struct domain_change *c, const struct policy *p, struct dom *d)
{
	if (d->life != LIFE_PENDING_RESTORE)
		return refuse(rq, &c->why, R_STATUS, "rgp:report", "", "the name is %s: no report is awaited",
			      life_name(d->life));
	if (report_ok(rq, c->report, &c->why))
		return rq->err.code;
	d->report = c->report;
	d->reason = c->report->reason;
	life_apply(p, d, EV_REPORT, clock_now());
	return renew_lapsed(rq, c, p, d);
}

enum st domain_restore_reported(struct req *rq, const char *name, bool *yes)
{
	struct placed at;
	enum st st = dom_place(rq, name, &at);
	*yes = !st && at.policy->restore_report > 0;
	return st;
}

static enum st version_at(struct req *rq, const char *name, int64_t at, char **out)
{
	struct former f;
	int n = 0;
	if (registry_history(rq, "domain", name, at, &f, 1, &n))
		return rq->err.code;
	*out = f.object;
	return ST_OK;
}

enum st domain_restore_data(struct req *rq, const char *name, struct restore_report *r)
{
	struct domain d;
	if (domain_get(rq, name, &d) ||
	    sql_number(
		    rq, &r->deleted_at,
		    "SELECT coalesce(max(at), 0) FROM registry_history WHERE kind = 'domain' AND object = $1 AND verb ="
		    " 'domain-deleted'",
		    V(d.c.id)))
		return rq->err.code;
	r->restored_at = d.restore_at;
	return version_at(rq, d.name, r->deleted_at - 1, &r->before) ? rq->err.code
								     : version_at(rq, d.name, clock_now(), &r->after);
}
