/* domain: create and update (RFC 5731 §3.2.1, §3.2.5). */
#include <string.h>
#include "front/epp/commands.h"
#include "front/epp/parts.h"

/* Name servers are host objects here; attributes are not offered (RFC 5731 §1.1 has a server choose one). */
static bool ns_read(struct command *c, struct node *ns, char **list, int *n)
{
	struct walk w = walk_in(c, ns);
	struct node *h = w.at;
	if (node_is(h, SPACE_DOMAIN, "hostAttr"))
		return command_refuse(c, E_OPTION, h, "name servers are host objects: use hostObj");
	for (h = walk_need(&w, "hostObj"); h; h = walk_opt(&w, "hostObj")) {
		char *name = value_name(c, h, NULL);
		if (!name)
			return false;
		if (*n == DOMAIN_NS)
			return command_refuse(c, R_POLICY_VALUE, h, "at most %d name servers", DOMAIN_NS);
		list[(*n)++] = name;
	}
	return walk_end(&w);
}

static bool contacts_read(struct walk *w, struct domain_contact *list, int *n)
{
	static const char *const types[] = { "admin", "tech", "billing" };
	struct command *c = w->c;
	struct node *k;
	while ((k = walk_opt(w, "contact"))) {
		const char *type = node_attr(k, "type");
		char *handle = value_token(c, k, 3, 16), code = 0;
		if (!handle)
			return false;
		if (!type)
			return command_refuse(c, R_PARAM_MISSING, k, "the contact has no type");
		for (int i = 0; i < 3; i++)
			if (!strcmp(type, types[i]))
				code = types[i][0];
		if (!code)
			return command_refuse(c, R_PARAM_SYNTAX, k, "a contact's type is admin, tech or billing");
		if (*n == DOMAIN_CONTACTS)
			return command_refuse(c, R_POLICY_VALUE, k, "at most %d contacts", DOMAIN_CONTACTS);
		list[(*n)++] = (struct domain_contact){ code, handle };
	}
	return !c->why.code;
}

/* ── create ── */

bool domain_create_read(struct command *c, struct node *body)
{
	struct walk w = walk_in(c, body);
	struct domain_create *dc = c->create = arena_new_of(c->mem, struct domain_create);
	struct domain *d = &dc->d;
	struct node *n;
	dc->years = 1;
	dc->fee_said = -1;
	d->name = c->name = value_name(c, walk_need(&w, "name"), &c->said);
	if ((n = walk_opt(&w, "period")) && !value_period(c, n, &dc->years))
		return false;
	if ((n = walk_opt(&w, "ns")) && !ns_read(c, n, d->ns, &d->nns))
		return false;
	if ((n = walk_opt(&w, "registrant")) && !(d->registrant = value_token(c, n, 3, 16)))
		return false;
	if (!contacts_read(&w, d->contact, &d->ncontacts))
		return false;
	n = walk_need(&w, "authInfo");
	return n && value_authinfo(c, n, &dc->password) && walk_end(&w);
}

enum st domain_create_act(struct req *rq, struct command *c)
{
	struct domain_create *dc = arena_dup(rq->mem, c->create, sizeof *dc);
	dc->fee_said = c->fee.there ? c->fee.said : -1;
	dc->token = c->token;
	enum st st = act_authinfo(rq, c, dc->password);
	if (st || (st = fee_price(rq, c, "create", dc->years)))
		return st;
	st = domain_create(rq, dc);
	c->why = dc->why;
	if (st || (st = fee_agree(rq, c, dc->fee, c->fee.charged)))
		return st;
	c->domain = &dc->d;
	return ST_OK;
}

void domain_create_write(struct out *o, struct command *c)
{
	struct buf *b = &o->res;
	X(b, "<domain:creData xmlns:domain=\"urn:ietf:params:xml:ns:domain-1.0\">");
	x_el(b, "domain:name", c->said);
	x_time(b, "domain:crDate", c->domain->c.created_at ? c->domain->c.created_at : c->at);
	x_time(b, "domain:exDate", c->domain->expires_at);
	X(b, "</domain:creData>");
}

/* ── update ── */

static bool add_rem_read(struct command *c, struct node *n, char **ns, int *nns, struct domain_contact *contact,
			 int *ncontact, statuses *set)
{
	struct walk w = walk_in(c, n);
	struct node *k;
	if ((k = walk_opt(&w, "ns")) && !ns_read(c, k, ns, nns))
		return false;
	if (!contacts_read(&w, contact, ncontact))
		return false;
	while ((k = walk_opt(&w, "status")))
		if (!value_status(c, k, set))
			return false;
	return walk_end(&w);
}

static bool chg_read(struct command *c, struct node *n)
{
	struct domain_change *ch = c->change;
	struct walk w = walk_in(c, n);
	struct node *k;
	if ((k = walk_opt(&w, "registrant")) && !(ch->registrant = value_token(c, k, 0, 16)))
		return false;
	if ((k = walk_opt(&w, "authInfo"))) {
		ch->authinfo_set = true;
		/* RFC 9154 §4.4: removed by <null/>, or by an empty password. */
		if (!k->child || !node_is(k->child, SPACE_DOMAIN, "null") || k->child->next) {
			if (!value_authinfo(c, k, &ch->authinfo))
				return false;
		}
		if (ch->authinfo && !*ch->authinfo)
			ch->authinfo = NULL;
	}
	return walk_end(&w);
}

/* An update that says nothing is one only with an extension that does (RFC 5731 §3.2.5): extension_settle looks. */
bool domain_update_read(struct command *c, struct node *body)
{
	struct walk w = walk_in(c, body);
	struct domain_change *ch = c->change = arena_new_of(c->mem, struct domain_change);
	struct node *n;
	ch->ttl_ns = ch->ttl_ds = -1;
	ch->name = c->name = value_name(c, walk_need(&w, "name"), &c->said);
	if ((n = walk_opt(&w, "add")) &&
	    !add_rem_read(c, n, ch->ns_add, &ch->nns_add, ch->con_add, &ch->ncon_add, &ch->add))
		return false;
	if ((n = walk_opt(&w, "rem")) &&
	    !add_rem_read(c, n, ch->ns_rem, &ch->nns_rem, ch->con_rem, &ch->ncon_rem, &ch->rem))
		return false;
	if ((n = walk_opt(&w, "chg")) && !chg_read(c, n))
		return false;
	return walk_end(&w);
}

/* A TTL that the command does not name (−1) stays as it is. */
static enum st ttl_complete(struct req *rq, struct domain_change *ch)
{
	struct domain d;
	if (!ch->ttl_set || (ch->ttl_ns >= 0 && ch->ttl_ds >= 0))
		return ST_OK;
	enum st st = domain_get(rq, ch->name, &d);
	if (st == ST_NOTFOUND)
		return err_clear(&rq->err), ST_OK; /* the update will say so */
	if (ch->ttl_ns < 0)
		ch->ttl_ns = st ? 0 : d.ttl_ns;
	if (ch->ttl_ds < 0)
		ch->ttl_ds = st ? 0 : d.ttl_ds;
	return st;
}

enum st domain_update_act(struct req *rq, struct command *c)
{
	struct domain_change *ch = arena_dup(rq->mem, c->change, sizeof *ch);
	enum st st = act_authinfo(rq, c, ch->authinfo);
	if (st || (st = ttl_complete(rq, ch)))
		return st;
	if (c->token)
		return act_refuse(rq, c, ST_DENIED, R_AUTHORIZATION, "allocationToken:allocationToken", "",
				  "an update needs no allocation token");
	if (ch->restore && (st = fee_price(rq, c, "restore", 1)))
		return st;
	if (c->fee.there && !ch->restore && c->fee.said > 0)
		return act_refuse(rq, c, ST_INVALID, R_PARAM_RANGE, "fee:fee", "", "this update is free of charge");
	st = domain_update(rq, ch);
	c->why = ch->why;
	/* A restore may renew, too: what it took in all is what was to be said. */
	if (!st && ch->restore)
		st = fee_agree(rq, c, ch->fee, c->fee.charged);
	if (st || !(c->by->services & (SPACE(BUNDLE) | SPACE(RGP))) ||
	    !(ch->restore || c->by->services & SPACE(BUNDLE)))
		return st;
	c->domain = arena_new_of(rq->mem, struct domain);
	return domain_get(rq, c->name, c->domain);
}
