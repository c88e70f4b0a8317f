/* host (RFC 5732). */
#include <string.h>
#include "front/epp/commands.h"
#include "front/epp/parts.h"

bool host_check_read(struct command *c, struct node *body)
{
	return domain_check_read(c, body); /* names again, by the same schema type */
}

enum st host_check_act(struct req *rq, struct command *c)
{
	struct host_object h;
	for (int i = 0; i < c->nitems; i++) {
		struct check_item *it = &c->item[i];
		enum st st = it->name ? host_get(rq, it->name, &h) : ST_INVALID;
		if (st != ST_OK && st != ST_NOTFOUND && it->name)
			return st;
		err_clear(&rq->err);
		it->avail = st == ST_NOTFOUND;
		if (!it->name)
			memcpy(it->why.reason, "Not a host name", sizeof "Not a host name");
	}
	return ST_OK;
}

enum st host_info_act(struct req *rq, struct command *c)
{
	c->host = arena_new_of(rq->mem, struct host_object);
	enum st st = host_get(rq, c->name, c->host);
	if (st == ST_NOTFOUND)
		return act_refuse(rq, c, st, R_NOT_THERE, "name", c->said, "this host does not exist");
	if (!st && c->ttl_policy && c->host->domain)
		return domain_ttl_rules(rq, c->host->domain, c->ttl);
	return st;
}

static void addr_write(struct buf *b, const struct addr *a)
{
	char text[ADDR_TEXT];
	buf_printf(b, "<host:addr ip=\"v%d\">%s</host:addr>", a->family, addr_text(a, text));
}

void host_info_write(struct out *o, struct command *c)
{
	const struct host_object *h = c->host;
	struct buf *b = &o->res;
	X(b, "<host:infData xmlns:host=\"urn:ietf:params:xml:ns:host-1.0\">");
	x_el(b, "host:name", h->name ? h->name : c->said);
	x_el(b, "host:roid", h->c.roid);
	statuses_write(b, SPACE_HOST, h->c.status | (h->links ? BIT(STATUS_LINKED) : 0));
	for (int i = 0; i < h->naddrs; i++)
		addr_write(b, &h->addr[i]);
	client_id(b, "host:clID", h->c.sponsor);
	client_id(b, "host:crID", h->c.creator);
	X(b, "<host:crDate>");
	x_when(b, h->c.created_at);
	X(b, "</host:crDate>");
	if (h->c.updated_at)
		client_id(b, "host:upID", h->c.updater);
	x_time(b, "host:upDate", h->c.updated_at);
	x_time(b, "host:trDate", h->c.transferred_at);
	X(b, "</host:infData>");
}

static bool addrs_read(struct walk *w, struct addr *list, int *n)
{
	struct node *a;
	while ((a = walk_opt(w, "addr"))) {
		if (*n == HOST_ADDRS)
			return command_refuse(w->c, R_POLICY_VALUE, a, "at most %d addresses", HOST_ADDRS);
		if (!value_addr(w->c, a, &list[*n]))
			return false;
		for (int i = 0; i < *n; i++)
			if (!addr_cmp(&list[i], &list[*n]))
				return command_refuse(w->c, R_POLICY_VALUE, a, "this address is there twice");
		++*n;
	}
	return !w->c->why.code;
}

bool host_create_read(struct command *c, struct node *body)
{
	struct walk w = walk_in(c, body);
	struct host_object *h = c->host = arena_new_of(c->mem, struct host_object);
	h->name = c->name = value_name(c, walk_need(&w, "name"), &c->said);
	return addrs_read(&w, h->addr, &h->naddrs) && walk_end(&w);
}

enum st host_create_act(struct req *rq, struct command *c)
{
	struct host_object h = *c->host;
	struct outcome why = { 0 };
	enum st st = host_create(rq, &h, &why);
	c->why = why;
	if (h.c.created_at)
		c->at = h.c.created_at;
	return st;
}

void host_create_write(struct out *o, struct command *c)
{
	struct buf *b = &o->res;
	X(b, "<host:creData xmlns:host=\"urn:ietf:params:xml:ns:host-1.0\">");
	x_el(b, "host:name", c->said);
	x_time(b, "host:crDate", c->at);
	X(b, "</host:creData>");
}

static bool add_rem_read(struct command *c, struct node *n, struct addr *list, int *count, statuses *set)
{
	struct walk w = walk_in(c, n);
	struct node *k;
	if (!addrs_read(&w, list, count))
		return false;
	while ((k = walk_opt(&w, "status")))
		if (!value_status(c, k, set))
			return false;
	return walk_end(&w);
}

bool host_update_read(struct command *c, struct node *body)
{
	struct walk w = walk_in(c, body);
	struct host_change *ch = c->host_change = arena_new_of(c->mem, struct host_change);
	ch->ttl_a = ch->ttl_aaaa = -1;
	struct node *n;
	ch->name = c->name = value_name(c, walk_need(&w, "name"), &c->said);
	if ((n = walk_opt(&w, "add")) && !add_rem_read(c, n, ch->add, &ch->nadd, &ch->add_status))
		return false;
	if ((n = walk_opt(&w, "rem")) && !add_rem_read(c, n, ch->rem, &ch->nrem, &ch->rem_status))
		return false;
	if ((n = walk_opt(&w, "chg"))) {
		struct walk in = walk_in(c, n);
		ch->new_name = value_name(c, walk_need(&in, "name"), NULL);
		if (!walk_end(&in))
			return false;
	}
	return walk_end(&w);
}

enum st host_update_act(struct req *rq, struct command *c)
{
	struct host_change *ch = arena_dup(rq->mem, c->host_change, sizeof *ch);
	enum st st = host_update(rq, ch);
	c->why = ch->why;
	return st;
}

enum st host_delete_act(struct req *rq, struct command *c)
{
	struct outcome why = { 0 };
	enum st st = host_delete(rq, c->name, &why);
	c->why = why;
	return st;
}
