/* TTLs of delegations and glue (RFC 9803), within what the zone's policy allows. */
#include "base/idn.h"
#include "names/registry_int.h"

enum st ttl_ok(struct req *rq, const struct policy *p, enum ttl_type t, int64_t value, struct outcome *why)
{
	const struct ttl_rule *r = &p->ttl[t];
	if (!value || (value >= r->min && value <= r->max))
		return ST_OK;
	return refuse(rq, why, R_PARAM_RANGE, "ttl:ttl", arena_printf(rq->mem, "%lld", (long long)value),
		      N_("the TTL of %s is %lld to %lld seconds"), ttl_name(t), (long long)r->min, (long long)r->max);
}

enum st domain_ttl_rules(struct req *rq, const char *name, struct ttl_rule out[TTLS])
{
	const struct policy *p;
	if (policy_of(rq, name_tld(name), 0, &p))
		return rq->err.code;
	for (int t = 0; t < TTLS; t++)
		out[t] = p->ttl[t];
	return ST_OK;
}
