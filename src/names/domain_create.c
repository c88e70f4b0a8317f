/* domain:create (RFC 5731 §3.2.1): rules, fee, rows, money, history, in one write. Whoever inserts the bundle's key
 * first has the name. */
#include <string.h>
#include "base/clock.h"
#include "base/idn.h"
#include "base/text.h"
#include "names/registry_int.h"

static enum st placed(struct req *rq, struct domain_create *c, struct placed *at, int64_t *token)
{
	char *ascii = name_ascii(rq->mem, c->d.name, false, &rq->err);
	if (!ascii)
		return refuse(rq, &c->why, R_PARAM_SYNTAX, "name", c->d.name, "%s", arena_strdup(rq->mem, rq->err.msg));
	enum st st = policy_place(rq, ascii, 0, at);
	if (st == ST_NOTFOUND || st == ST_INVALID)
		return refuse(rq, &c->why, R_POLICY_VALUE, "name", c->d.name, "%s", arena_strdup(rq->mem, rq->err.msg));
	struct rule_ask q = { .at = at, .registrar = registry_actor(rq) };
	if (st || (c->token && token_for(rq, c->token, at, token, &c->why)))
		return rq->err.code;
	if (c->token && !*token) /* RFC 8495 §3.2.1 */
		return err_set(&rq->err, ST_DENIED, "%s", c->why.reason);
	q.token = *token != 0;
	q.taken_too = at->table != NULL; /* else the insert tells; but a bundle takes long to gather for a refusal */
	if (rules_first(rq, &q, &c->why))
		return rq->err.code;
	return c->why.code == R_DONE ? ST_OK
				     : refuse(rq, &c->why, c->why.code, "name", c->d.name, "%s",
					      arena_strdup(rq->mem, c->why.reason));
}

static enum st terms_ok(struct req *rq, struct domain_create *c, const struct policy *p)
{
	c->years = c->years ? c->years : p->term_min;
	if (c->years < p->term_min || c->years > p->term_max)
		return refuse(rq, &c->why, R_PARAM_RANGE, "period", arena_printf(rq->mem, "%d", c->years),
			      N_("the term is %d to %d years"), p->term_min, p->term_max);
	c->fee = fee_of(p, "create", c->years);
	/* RFC 8748 §5.2.1: a fee that is too small is refused; of one that is too large only ours is taken. */
	if (c->fee_said >= 0 && c->fee_said < c->fee)
		return refuse(rq, &c->why, R_PARAM_RANGE, "fee:fee",
			      arena_printf(rq->mem, "%lld.%02lld", (long long)c->fee_said / 100,
					   (long long)c->fee_said % 100),
			      N_("the fee is %s"), money_text(rq->mem, c->fee, policy_price(p, "create")->currency));
	if (ttl_ok(rq, p, TTL_NS, c->d.ttl_ns, &c->why) || ttl_ok(rq, p, TTL_DS, c->d.ttl_ds, &c->why))
		return rq->err.code;
	if (c->d.nns < p->ns_min || c->d.nns > p->ns_max)
		return refuse(rq, &c->why, R_POLICY_VALUE, "ns", arena_printf(rq->mem, "%d", c->d.nns),
			      N_("%d to %d name servers are needed"), p->ns_min, p->ns_max);
	if (!c->d.registrant || !*c->d.registrant)
		return refuse(rq, &c->why, R_PARAM_MISSING, "registrant", "", N_("a domain needs a registrant"));
	return ST_OK;
}

static enum st sponsor_of(struct req *rq, struct domain_create *c, char **out)
{
	struct registrar r;
	const char *me = registry_actor(rq);
	*out = arena_strdup(rq->mem, me ? me : c->d.c.sponsor);
	if (!*out || !**out)
		return refuse(rq, &c->why, R_PARAM_MISSING, "sponsor", "", "which registrar is to sponsor it?");
	enum st st = me ? ST_OK : registrar_get(rq, *out, &r);
	if (st == ST_NOTFOUND)
		return refuse(rq, &c->why, R_PARAM_RANGE, "sponsor", *out, N_("there is no registrar %.40s"), *out);
	return st;
}

static void dom_begin(struct req *rq, const struct domain_create *c, const struct placed *at, bool pending,
		      struct dom *d)
{
	int64_t now = clock_now();
	const char *me = registry_actor(rq);
	*d = (struct dom){ .life = pending ? LIFE_PENDING_CREATE : LIFE_ACTIVE,
			   .place = (char *)at->under,
			   .lang = (char *)at->lang,
			   .ds_rows = c->d.nds };
	d->d.name = arena_strdup(rq->mem, at->name);
	d->d.uname = name_unicode(rq->mem, d->d.name);
	d->d.zone = (char *)at->zone;
	d->d.key = arena_strdup(rq->mem, at->key);
	d->d.c.creator = arena_strdup(rq->mem, me ? me : "");
	d->d.c.created_at = now;
	d->d.expires_at = time_add_years(now, c->years);
	d->d.authinfo = authinfo_keep(rq->mem, c->password);
	d->d.max_sig_life = c->d.max_sig_life;
	d->d.ttl_ns = c->d.ttl_ns;
	d->d.ttl_ds = c->d.ttl_ds;
	if (!pending)
		d->d.grace_until[GRACE_ADD] = now + at->policy->grace[GRACE_ADD];
}

/* RFC 5731 §2.3: who creates may set client statuses at once (the registry the server's). */
static enum st statuses_set(struct req *rq, struct domain_create *c, struct dom *d)
{
	return c->d.c.status ? status_change(rq, OBJECT_DOMAIN, 0, c->d.c.status, 0, &d->kept, &c->why) : ST_OK;
}

static enum st insert(struct req *rq, struct domain_create *c, struct dom *d)
{
	enum st st = dom_insert(rq, d);
	if (st == ST_CONFLICT)
		return refuse(rq, &c->why, R_EXISTS, "name", c->d.name, N_("In use"));
	return st ? st : bundle_keep(rq, d, &c->why);
}

static enum st links(struct req *rq, struct domain_create *c, struct dom *d)
{
	if (links_registrant_set(rq, d, c->d.registrant, &c->why))
		return rq->err.code;
	for (int i = 0; i < c->d.ncontacts; i++)
		if (links_contact_add(rq, d, c->d.contact[i].type, c->d.contact[i].handle, &c->why))
			return rq->err.code;
	for (int i = 0; i < c->d.nns; i++)
		if (links_ns_add(rq, d, c->d.ns[i], &c->why))
			return rq->err.code;
	for (int i = 0; i < c->d.nds; i++)
		if (links_ds_add(rq, d, &c->d.ds[i], &c->why))
			return rq->err.code;
	return ST_OK;
}

static enum st pay(struct req *rq, struct domain_create *c, const struct policy *p, const struct dom *d, bool pending)
{
	int64_t until = pending ? UNTIL_DECIDED : d->d.grace_until[GRACE_ADD];
	return bill(rq, d, p, d->d.c.sponsor, "create", c->years, GRACE_ADD, until, &c->why);
}

enum st domain_create(struct req *rq, struct domain_create *c)
{
	struct placed at;
	struct dom *d = arena_new_of(rq->mem, struct dom);
	char *sponsor;
	bool pending = false;
	int64_t token = 0;
	c->why = (struct outcome){ .code = R_DONE };
	if (placed(rq, c, &at, &token) || terms_ok(rq, c, at.policy) || sponsor_of(rq, c, &sponsor) ||
	    review_need(rq, &at, c->d.registrant, &pending, &c->why))
		return rq->err.code;
	dom_begin(rq, c, &at, pending, d);
	d->d.c.sponsor = sponsor;
	if (statuses_set(rq, c, d) || bundle_make(rq, &at, d, NULL) || insert(rq, c, d) || links(rq, c, d) ||
	    (token && label_reserved(&at) && token_use(rq, token, d->d.name, &c->why)) ||
	    pay(rq, c, at.policy, d, pending) || (pending && review_ask(rq, &at, d)) ||
	    dom_changed(rq, NULL, d, at.policy, "domain-created"))
		return rq->err.code;
	c->d = d->d;
	c->why.code = pending ? R_PENDING : R_DONE;
	return ST_OK;
}
