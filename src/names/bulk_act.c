/* One line of a bulk file as what the registry does, and the dry run of any write. */
#include <string.h>
#include "names/bulk.h"
#include "names/registry_int.h"

/* ── the dry run ── */

static enum st balance_of(struct req *rq, struct rehearsal *r, int64_t *out)
{
	const char *me = registry_actor(rq);
	*out = 0;
	enum st st = me ? ledger_balance(rq, arena_printf(rq->mem, "registrar:%s", me), out, r->currency) : ST_OK;
	if (st == ST_NOTFOUND) {
		err_clear(&rq->err);
		return ST_OK;
	}
	return st;
}

enum st rehearsal_run(struct req *rq, void *arg)
{
	struct rehearsal *r = arg;
	int64_t before;
	r->passed = false;
	if (balance_of(rq, r, &before))
		return rq->err.code;
	enum st st = r->fn(rq, r->arg);
	if (st || balance_of(rq, r, &r->balance))
		return st ? st : rq->err.code;
	r->cost = before - r->balance;
	r->passed = true;
	return r->rehearse ? err_set(&rq->err, ST_CONFLICT, "tried, and taken back") : ST_OK;
}

/* ── name servers and DS as a whole ── */

static bool listed(const char *name, char *const *list, int n)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(list[i], name))
			return true;
	return false;
}

/* A host that no zone of ours has is only a name: it is made where it is first used. */
static enum st host_needed(struct req *rq, char *name, struct outcome *why)
{
	struct linked h;
	enum st st = host_find(rq, name, &h);
	if (st != ST_NOTFOUND)
		return st;
	err_clear(&rq->err);
	struct host_object o = { .name = name };
	struct linked above;
	bool ours = false;
	if (domain_above(rq, name, &above, &ours))
		return rq->err.code;
	if (ours)
		return refuse(rq, why, R_NOT_THERE, "hostObj", name, N_("there is no host %.100s: make it first"),
			      name);
	return host_create(rq, &o, why);
}

static enum st mine(struct req *rq, const char *name, struct domain *d, struct outcome *why)
{
	enum st st = domain_get(rq, name, d);
	if (st == ST_NOTFOUND)
		return refuse(rq, why, R_NOT_THERE, "name", name, N_("%.150s is not registered here"), name);
	return st ? st : registry_may(rq, &d->c, why);
}

enum st domain_servers_set(struct req *rq, const char *name, char *const *ns, int n, struct outcome *why)
{
	struct domain d;
	struct domain_change *c = arena_new_of(rq->mem, struct domain_change);
	if (mine(rq, name, &d, why))
		return rq->err.code;
	c->name = (char *)(uintptr_t)name;
	for (int i = 0; i < d.nns; i++)
		if (!listed(d.ns[i], ns, n))
			c->ns_rem[c->nns_rem++] = d.ns[i];
	for (int i = 0; i < n; i++) {
		if (listed(ns[i], d.ns, d.nns) || listed(ns[i], c->ns_add, c->nns_add))
			continue;
		if (c->nns_add == DOMAIN_NS)
			return refuse(rq, why, R_POLICY, "hostObj", ns[i], N_("no more than %d name servers"),
				      DOMAIN_NS);
		if (host_needed(rq, ns[i], why))
			return rq->err.code;
		c->ns_add[c->nns_add++] = ns[i];
	}
	enum st st = domain_update(rq, c);
	*why = c->why;
	return st;
}

static bool ds_listed(const struct ds *x, const struct ds *list, int n)
{
	for (int i = 0; i < n; i++)
		if (x->tag == list[i].tag && x->alg == list[i].alg && x->digest_type == list[i].digest_type &&
		    x->digest_n == list[i].digest_n && !memcmp(x->digest, list[i].digest, (size_t)x->digest_n))
			return true;
	return false;
}

enum st domain_ds_set(struct req *rq, const char *name, const struct ds *ds, int n, struct outcome *why)
{
	struct domain d;
	struct domain_change *c = arena_new_of(rq->mem, struct domain_change);
	if (mine(rq, name, &d, why))
		return rq->err.code;
	c->name = (char *)(uintptr_t)name;
	for (int i = 0; i < d.nds; i++)
		if (!ds_listed(&d.ds[i], ds, n))
			c->ds_rem[c->nds_rem++] = d.ds[i];
	for (int i = 0; i < n && c->nds_add < DOMAIN_DS; i++)
		if (!ds_listed(&ds[i], d.ds, d.nds) && !ds_listed(&ds[i], c->ds_add, c->nds_add))
			c->ds_add[c->nds_add++] = ds[i];
	enum st st = domain_update(rq, c);
	*why = c->why;
	return st;
}

/* ── one line ── */

static int words_of(struct arena *mem, const char *s, char **out, int max)
{
	int n = 0;
	char *left = arena_strdup(mem, s ? s : ""), *w;
	while (n < max && (w = strsep(&left, " ")))
		if (*w)
			out[n++] = w;
	return n;
}

static const struct {
	char type;
	size_t at;
} people[] = { { 'a', offsetof(struct bulk_change, admin) },
	       { 't', offsetof(struct bulk_change, tech) },
	       { 'b', offsetof(struct bulk_change, billing) } };

static const char *given(const struct bulk_change *c, int kind)
{
	return *(char *const *)((const char *)c + people[kind].at);
}

static enum st do_create(struct req *rq, struct bulk_one *o)
{
	const struct bulk_change *c = o->change;
	struct domain_create *k = arena_new_of(rq->mem, struct domain_create);
	k->d.name = c->name;
	k->d.registrant = c->registrant;
	k->years = c->years;
	k->fee_said = -1;
	for (int i = 0; i < 3; i++) {
		char *h[DOMAIN_CONTACTS];
		int n = words_of(rq->mem, given(c, i), h, DOMAIN_CONTACTS);
		for (int j = 0; j < n && k->d.ncontacts < DOMAIN_CONTACTS; j++)
			k->d.contact[k->d.ncontacts++] = (struct domain_contact){ people[i].type, h[j] };
	}
	k->d.nns = words_of(rq->mem, c->ns, k->d.ns, DOMAIN_NS);
	for (int i = 0; i < k->d.nns; i++)
		if (host_needed(rq, k->d.ns[i], &o->why))
			return rq->err.code;
	enum st st = domain_create(rq, k);
	o->why = k->why;
	return st;
}

static enum st do_renew(struct req *rq, struct bulk_one *o)
{
	struct domain d;
	int64_t expiry, fee, said = o->change->expires_at;
	if (!said && mine(rq, o->change->name, &d, &o->why))
		return rq->err.code;
	return domain_renew(rq, o->change->name, said ? said : d.expires_at, o->change->years, &expiry, &fee, &o->why);
}

static enum st do_delete(struct req *rq, struct bulk_one *o)
{
	int64_t credit;
	return domain_delete(rq, o->change->name, &credit, &o->why);
}

static enum st updated(struct req *rq, struct bulk_one *o, struct domain_change *c)
{
	c->name = o->change->name;
	enum st st = domain_update(rq, c);
	o->why = c->why;
	return st;
}

static enum st do_restore(struct req *rq, struct bulk_one *o)
{
	struct domain_change *c = arena_new_of(rq->mem, struct domain_change);
	c->restore = RESTORE_REQUEST;
	return updated(rq, o, c);
}

static enum st do_status(struct req *rq, struct bulk_one *o)
{
	struct domain_change *c = arena_new_of(rq->mem, struct domain_change);
	c->add = o->change->add;
	c->rem = o->change->rem;
	return updated(rq, o, c);
}

static enum st do_ns(struct req *rq, struct bulk_one *o)
{
	char *ns[DOMAIN_NS + 1];
	int n = words_of(rq->mem, o->change->ns, ns, DOMAIN_NS + 1);
	return domain_servers_set(rq, o->change->name, ns, n, &o->why);
}

static bool has_contact(const struct domain *d, char type, const char *handle)
{
	for (int i = 0; i < d->ncontacts; i++)
		if (d->contact[i].type == type && !strcmp(d->contact[i].handle, handle))
			return true;
	return false;
}

/* Of one kind: those that stay are left alone. */
static void contacts_diff(struct req *rq, const struct domain *d, char type, const char *to, struct domain_change *c)
{
	char *h[DOMAIN_CONTACTS];
	int n = words_of(rq->mem, to, h, DOMAIN_CONTACTS);
	for (int i = 0; i < d->ncontacts; i++)
		if (d->contact[i].type == type && !listed(d->contact[i].handle, h, n))
			c->con_rem[c->ncon_rem++] = d->contact[i];
	for (int i = 0; i < n && c->ncon_add < DOMAIN_CONTACTS; i++)
		if (!has_contact(d, type, h[i]))
			c->con_add[c->ncon_add++] = (struct domain_contact){ type, h[i] };
}

static enum st do_contacts(struct req *rq, struct bulk_one *o)
{
	struct domain d;
	const struct bulk_change *k = o->change;
	struct domain_change *c = arena_new_of(rq->mem, struct domain_change);
	if (mine(rq, k->name, &d, &o->why))
		return rq->err.code;
	if (k->registrant && (!d.registrant || strcmp(d.registrant, k->registrant) != 0))
		c->registrant = k->registrant;
	for (int i = 0; i < 3; i++)
		if (given(k, i))
			contacts_diff(rq, &d, people[i].type, given(k, i), c);
	return updated(rq, o, c);
}

enum st bulk_do(struct req *rq, void *arg)
{
	static enum st (*const doing[BULK_ACTIONS])(struct req *, struct bulk_one *) = {
		[BULK_CREATE] = do_create,   [BULK_RENEW] = do_renew, [BULK_DELETE] = do_delete,
		[BULK_RESTORE] = do_restore, [BULK_NS] = do_ns,	      [BULK_CONTACTS] = do_contacts,
		[BULK_STATUS] = do_status,
	};
	struct bulk_one *o = arg;
	o->why = (struct outcome){ .code = R_DONE };
	o->there = false;
	if (doing[o->change->action](rq, o))
		return rq->err.code;
	o->there = domain_get(rq, o->change->name, &o->d) == ST_OK;
	err_clear(&rq->err);
	return ST_OK;
}
