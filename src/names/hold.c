/* A name kept out of the DNS for somebody else's reason: serverHold (RFC 5731 §2.3), remembered with who asked for it,
 * so that undoing takes away no hold that another has set. One row for each who asks; the last one to go lifts it. */
#include <string.h>
#include "names/registry_int.h"
#include "who/permit.h"

const struct migration hold_migrations[] = {
	{ 271, "registry hold",
	  "CREATE TABLE registry_hold(domain BIGINT NOT NULL, asked_by TEXT NOT NULL, PRIMARY KEY(domain, asked_by))" },
	{ 0 },
};

static enum st holders(struct req *rq, int64_t domain, int64_t *n)
{
	return sql_number(rq, n, "SELECT count(*) FROM registry_hold WHERE domain = $1", V(domain));
}

enum st domain_hold(struct req *rq, const char *name, const char *by, const char *reason, struct hold *out,
		    struct outcome *why)
{
	struct dom d;
	const struct policy *p;
	int64_t others = 0;
	*out = (struct hold){ 0 };
	if (permit(rq, MAY_SECOND_PROPOSAL) || dom_for_change(rq, name, &d, &p, why))
		return rq->err.code;
	if (d.life != LIFE_ACTIVE && d.life != LIFE_SUSPENDED)
		return refuse(rq, why, R_STATUS, "name", name, "%.150s is %s, and not in the DNS", d.d.name,
			      life_name(d.life));
	out->domain = d.d.c.id;
	if (holders(rq, out->domain, &others))
		return rq->err.code;
	bool held = d.kept & BIT(STATUS_SERVER_HOLD);
	if (held && !others)
		return ST_OK; /* somebody else's: it stays theirs */
	out->ours = true;
	if (sql_run(rq, "INSERT INTO registry_hold(domain, asked_by) VALUES($1, $2) ON CONFLICT DO NOTHING",
		    V(out->domain), V(by)) ||
	    held)
		return rq->err.code;
	struct dom *before = dom_copy(rq->mem, &d);
	d.reason = reason;
	d.kept |= BIT(STATUS_SERVER_HOLD);
	return dom_changed(rq, before, &d, p, "domain-suspended");
}

enum st domain_hold_end(struct req *rq, int64_t domain, const char *by, const char *reason, bool *lifted)
{
	struct dom d;
	const struct policy *p;
	int64_t gone = 0, others = 0;
	*lifted = false;
	if (sql_run_count(rq, &gone, "DELETE FROM registry_hold WHERE domain = $1 AND asked_by = $2", V(domain),
			  V(by)) ||
	    holders(rq, domain, &others) || !gone || others)
		return rq->err.code;
	enum st st = dom_lock_id(rq, domain, &d);
	if (st == ST_NOTFOUND) /* dropped meanwhile; whoever registers the name now is another */
		return err_clear(&rq->err), ST_OK;
	if (st || dom_links(rq, &d) || policy_of(rq, d.d.zone, 0, &p))
		return rq->err.code;
	if (!(d.kept & BIT(STATUS_SERVER_HOLD)) || d.life == LIFE_GONE)
		return ST_OK;
	struct dom *before = dom_copy(rq->mem, &d);
	d.reason = reason;
	d.kept &= ~BIT(STATUS_SERVER_HOLD);
	*lifted = true;
	return dom_changed(rq, before, &d, p, "domain-unsuspended");
}

enum st hold_forget(struct req *rq, int64_t domain)
{
	return sql_run(rq, "DELETE FROM registry_hold WHERE domain = $1", V(domain));
}
