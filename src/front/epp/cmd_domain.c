/* domain: check, info, renew, transfer, delete (RFC 5731). */
#include <string.h>
#include "base/text.h"
#include "front/epp/commands.h"
#include "front/epp/parts.h"

/* ── check ── */

bool domain_check_read(struct command *c, struct node *body)
{
	struct walk w = walk_in(c, body);
	struct node *n = walk_need(&w, "name");
	c->item = arena_array(c->mem, struct check_item, CHECK_MAX);
	for (; n; n = walk_opt(&w, "name")) {
		if (c->nitems == CHECK_MAX)
			return command_refuse(c, R_POLICY, n, "at most %d names in one check", CHECK_MAX);
		struct check_item *it = &c->item[c->nitems++];
		it->said = value_token(c, n, 1, 255);
		it->name = it->said ? name_plain(c->mem, it->said) : NULL;
	}
	return walk_end(&w);
}

enum st domain_check_act(struct req *rq, struct command *c)
{
	struct domain_check *list = arena_array(rq->mem, struct domain_check, c->nitems);
	int n = 0;
	for (int i = 0; i < c->nitems; i++) {
		struct check_item *it = &c->item[i];
		if (it->name) {
			list[n].name = it->name;
			list[n].token = c->token;
			it->domain = &list[n++];
		} else {
			memcpy(it->why.reason, "Not a domain name", sizeof "Not a domain name");
		}
	}
	if (n && domain_check(rq, list, n))
		return rq->err.code;
	for (int i = 0; i < c->nitems; i++)
		if (c->item[i].domain) {
			c->item[i].avail = c->item[i].domain->avail;
			c->item[i].why = c->item[i].domain->why;
		}
	return ST_OK;
}

/* ── info ── */

bool domain_info_read(struct command *c, struct node *body)
{
	static const char *const kinds[] = { "all", "del", "sub", "none" };
	struct walk w = walk_in(c, body);
	struct node *n = walk_need(&w, "name"), *auth;
	const char *hosts = n ? node_attr(n, "hosts") : NULL;
	c->name = value_name(c, n, &c->said);
	c->hosts = hosts ? 0 : 'a';
	for (int i = 0; hosts && i < 4; i++)
		if (!strcmp(hosts, kinds[i]))
			c->hosts = kinds[i][0];
	if (!c->hosts)
		return command_refuse(c, R_PARAM_SYNTAX, n, "hosts is all, del, sub or none");
	if ((auth = walk_opt(&w, "authInfo")) && !value_authinfo(c, auth, &c->authinfo))
		return false;
	return walk_end(&w);
}

static bool is_mine(const struct command *c, const struct common *o)
{
	return o->sponsor && !strcmp(o->sponsor, c->by->handle);
}

/* RFC 9154 §5.3: a password that is given is compared, whoever gives it. */
enum st domain_info_act(struct req *rq, struct command *c)
{
	c->domain = arena_new_of(rq->mem, struct domain);
	enum st st = domain_get(rq, c->name, c->domain);
	if (st == ST_NOTFOUND)
		return act_refuse(rq, c, st, R_NOT_THERE, "name", c->said, "this domain does not exist");
	if (st)
		return st;
	if (c->authinfo && !authinfo_fits(c->domain->authinfo, c->authinfo))
		return act_refuse(rq, c, ST_DENIED, R_BAD_AUTHINFO, "authInfo", "",
				  "the authorisation information does not fit");
	c->full = c->authinfo || is_mine(c, &c->domain->c);
	if (c->ttl_policy && domain_ttl_rules(rq, c->domain->name ? c->domain->name : c->name, c->ttl))
		return rq->err.code;
	if (c->token_info)
		return act_refuse(rq, c, c->full ? ST_NOTFOUND : ST_DENIED, c->full ? R_NOT_THERE : R_AUTHORIZATION,
				  "allocationToken:info", "", "no allocation token is kept with a registered name");
	return ST_OK;
}

static void contacts_write(struct buf *b, const struct domain *d)
{
	x_el(b, "domain:registrant", d->registrant);
	for (int i = 0; i < d->ncontacts; i++) {
		char type = d->contact[i].type;
		buf_printf(b, "<domain:contact type=\"%s\">", type == 'a' ? "admin" : type == 't' ? "tech" : "billing");
		x_text(b, d->contact[i].handle);
		X(b, "</domain:contact>");
	}
}

static void hosts_write(struct buf *b, const struct domain *d, char which)
{
	if ((which == 'a' || which == 'd') && d->nns) {
		X(b, "<domain:ns>");
		for (int i = 0; i < d->nns; i++)
			x_el(b, "domain:hostObj", d->ns[i]);
		X(b, "</domain:ns>");
	}
	for (int i = 0; (which == 'a' || which == 's') && i < d->nsubordinate; i++)
		x_el(b, "domain:host", d->subordinate[i]);
}

/* Who may not see it all gets what DNS and RDAP tell anyway: no contacts, no word on whether there is a password. */
void domain_inf(struct buf *b, const struct domain *d, const char *said, bool full, char hosts)
{
	X(b, "<domain:infData xmlns:domain=\"urn:ietf:params:xml:ns:domain-1.0\">");
	x_el(b, "domain:name", d->name ? d->name : said);
	x_el(b, "domain:roid", d->c.roid);
	statuses_write(b, SPACE_DOMAIN, d->c.status);
	if (full)
		contacts_write(b, d);
	hosts_write(b, d, hosts);
	client_id(b, "domain:clID", d->c.sponsor);
	client_id(b, "domain:crID", d->c.creator);
	x_time(b, "domain:crDate", d->c.created_at);
	if (d->c.updated_at)
		client_id(b, "domain:upID", d->c.updater);
	x_time(b, "domain:upDate", d->c.updated_at);
	x_time(b, "domain:exDate", d->expires_at);
	x_time(b, "domain:trDate", d->c.transferred_at);
	if (full && d->authinfo)
		X(b, "<domain:authInfo><domain:pw/></domain:authInfo>");
	X(b, "</domain:infData>");
}

void domain_info_write(struct out *o, struct command *c)
{
	bool mine = is_mine(c, &c->domain->c);
	struct domain shown = *c->domain;
	if (!mine)
		shown.authinfo = NULL; /* RFC 9154 §5.3: only the sponsor may know that there is one */
	domain_inf(&o->res, &shown, c->said, c->full, c->hosts);
}

/* ── renew ── */

bool domain_renew_read(struct command *c, struct node *body)
{
	struct walk w = walk_in(c, body);
	struct node *n, *period;
	c->name = value_name(c, walk_need(&w, "name"), &c->said);
	n = walk_need(&w, "curExpDate");
	char *date = value_token(c, n, 10, 16);
	if (date) {
		/* xs:date may carry a zone; the day is the registry's, in UTC. */
		c->current_expiry = time_parse(arena_dup(c->mem, date, 10));
		if (c->current_expiry == TIME_NONE || date[4] != '-')
			return command_refuse(c, R_PARAM_SYNTAX, n, "not a date");
	}
	c->years = 1;
	if ((period = walk_opt(&w, "period")) && !value_period(c, period, &c->years))
		return false;
	return walk_end(&w);
}

enum st domain_renew_act(struct req *rq, struct command *c)
{
	int64_t fee = 0;
	struct outcome why = { 0 };
	enum st st = fee_price(rq, c, "renew", c->years);
	if (st)
		return st;
	st = domain_renew(rq, c->name, c->current_expiry, c->years, &c->expiry, &fee, &why);
	c->why = why;
	if (st)
		return st;
	if ((st = fee_agree(rq, c, fee, c->fee.charged)))
		return st;
	if (!(c->by->services & SPACE(BUNDLE)))
		return ST_OK;
	c->domain = arena_new_of(rq->mem, struct domain);
	return domain_get(rq, c->name, c->domain);
}

void domain_renew_write(struct out *o, struct command *c)
{
	struct buf *b = &o->res;
	X(b, "<domain:renData xmlns:domain=\"urn:ietf:params:xml:ns:domain-1.0\">");
	x_el(b, "domain:name", c->said);
	x_time(b, "domain:exDate", c->expiry);
	X(b, "</domain:renData>");
}

/* ── transfer ── */

bool domain_transfer_read(struct command *c, struct node *body)
{
	struct walk w = walk_in(c, body);
	struct node *n;
	c->name = value_name(c, walk_need(&w, "name"), &c->said);
	if ((n = walk_opt(&w, "period"))) {
		if (c->op != OP_REQUEST)
			return command_refuse(c, E_SYNTAX, n, "a period is for a request only");
		if (!value_period(c, n, &c->years))
			return false;
	}
	if ((n = walk_opt(&w, "authInfo")) && !value_authinfo(c, n, &c->authinfo))
		return false;
	if (c->op == OP_REQUEST && !c->why.code && !c->authinfo)
		return command_refuse(c, R_PARAM_MISSING,
				      &(struct node){ .space = SPACE_DOMAIN, .name = "authInfo", .text = "" },
				      "a transfer is requested with the authorisation information");
	return walk_end(&w);
}

enum st domain_transfer_act(struct req *rq, struct command *c)
{
	struct outcome why = { 0 };
	enum st st;
	/* RFC 8495 §3.2.4. No transfer here needs one; one that is not for this name is a mistake. */
	if (c->token && (st = token_fits(rq, c->token, c->name, &c->why)))
		return st;
	if (c->op == OP_REQUEST &&
	    ((st = fee_price(rq, c, "transfer", c->years)) || (st = fee_agree(rq, c, c->fee.amount, c->fee.charged))))
		return st;
	c->domain = arena_new_of(rq->mem, struct domain);
	st = domain_transfer(rq, c->op, c->name, c->authinfo, c->years, c->domain, &why);
	c->why = why;
	c->transfer = c->domain->transfer;
	if (!st && c->op == OP_REQUEST && c->transfer.state == TRANSFER_PENDING)
		c->why.code = R_PENDING;
	return st;
}

/* ── delete ── */

/* What came back, and what the registrar's account holds with it, for a client that knows fees. */
static enum st credit_told(struct req *rq, struct command *c, int64_t credit)
{
	c->fee.amount = -credit;
	if (!(c->by->services & SPACE(FEE)))
		return ST_OK;
	enum st st = ledger_balance(rq, arena_printf(rq->mem, "registrar:%s", c->by->handle), &c->fee.balance,
				    c->fee.charged);
	if (st != ST_NOTFOUND)
		return st;
	err_clear(&rq->err);
	return ST_OK;
}

enum st domain_delete_act(struct req *rq, struct command *c)
{
	struct outcome why = { 0 };
	int64_t credit = 0;
	enum st st;
	if (c->by->services & SPACE(BUNDLE)) {
		c->domain = arena_new_of(rq->mem, struct domain);
		if ((st = domain_get(rq, c->name, c->domain)) && st != ST_NOTFOUND)
			return st;
		if (st)
			c->domain = NULL;
		err_clear(&rq->err);
	}
	st = domain_delete(rq, c->name, &credit, &why);
	c->why = why;
	return st ? st : credit_told(rq, c, credit);
}
