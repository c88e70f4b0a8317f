/* From a name as people write it to a row. */
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/idn.h"
#include "names/registry_int.h"

/* ST_NOTFOUND too for what can't be registered here at all. */
enum st dom_place(struct req *rq, const char *name, struct placed *out)
{
	char *ascii = name_ascii(rq->mem, name, false, &rq->err);
	enum st st = ascii ? policy_place(rq, ascii, 0, out) : rq->err.code;
	if (st == ST_INVALID)
		st = rq->err.code = ST_NOTFOUND;
	return st;
}

static enum st domain_at(struct req *rq, const struct placed *at, struct domain *out)
{
	struct dom d;
	enum st st = dom_by_key(rq, at->key, &d);
	if (st)
		return st;
	if (dom_links(rq, &d))
		return rq->err.code;
	*out = d.d;
	return ST_OK;
}

enum st domain_get(struct req *rq, const char *name, struct domain *out)
{
	struct placed at;
	enum st st = dom_place(rq, name, &at);
	return st ? st : domain_at(rq, &at, out);
}

enum st domain_get_ascii(struct req *rq, const char *ascii, struct domain *out)
{
	struct placed at;
	enum st st = policy_place(rq, ascii, 0, &at);
	return st ? st : domain_at(rq, &at, out);
}

enum st domain_above(struct req *rq, const char *name, struct linked *out, bool *ours)
{
	struct placed at;
	struct dom d;
	enum st st = ST_INVALID;
	*out = (struct linked){ 0 };
	*ours = false;
	for (const char *n = name; n && st == ST_INVALID; n = name_parent(n))
		st = policy_place(rq, n, 0, &at);
	*ours = st == ST_OK;
	if (st == ST_OK)
		st = dom_by_key(rq, at.key, &d);
	if (st == ST_NOTFOUND || st == ST_INVALID) {
		err_clear(&rq->err);
		return ST_OK;
	}
	if (st)
		return st;
	*out = (struct linked){ d.d.c.id, d.d.name, d.d.c.sponsor, dom_statuses(&d, clock_now()) };
	return ST_OK;
}

/* ── check (RFC 5731 §3.1.1): two statements a name ── */

static struct price price_of(const struct policy *p, const char *item)
{
	const struct price *pr = policy_price(p, item);
	return pr ? *pr : (struct price){ 0 };
}

static enum st check_one(struct req *rq, struct domain_check *c)
{
	struct placed at;
	enum st st = dom_place(rq, c->name, &at);
	if (st == ST_NOTFOUND) {
		refuse(rq, &c->why, R_POLICY_VALUE, "name", c->name, "%s", arena_strdup(rq->mem, rq->err.msg));
		snprintf(c->why.brief, sizeof c->why.brief, "Not a name given out here");
		err_clear(&rq->err);
		return ST_OK;
	}
	struct rule_ask q = { .at = &at, .registrar = registry_actor(rq), .taken_too = true };
	int64_t token = 0;
	if (st || (c->token && token_for(rq, c->token, &at, &token, &c->why)))
		return rq->err.code;
	q.token = token != 0;
	if (rules_first(rq, &q, &c->why))
		return rq->err.code;
	if (c->why.code == R_POLICY && c->token && !token && label_reserved(&at)) {
		refuse(rq, &c->why, R_POLICY, "name", c->name, N_("Allocation Token mismatch")); /* RFC 8495 §3.1.1 */
		err_clear(&rq->err);
	}
	c->avail = c->why.code == R_DONE;
	c->create = price_of(at.policy, "create");
	c->renew = price_of(at.policy, "renew");
	c->restore = price_of(at.policy, "restore");
	c->transfer = price_of(at.policy, "transfer");
	c->term_min = at.policy->term_min;
	c->term_max = at.policy->term_max;
	return ST_OK;
}

enum st domain_check(struct req *rq, struct domain_check *c, int n)
{
	for (int i = 0; i < n; i++) {
		c[i].avail = false;
		if (check_one(rq, &c[i]))
			return rq->err.code;
	}
	return ST_OK;
}
