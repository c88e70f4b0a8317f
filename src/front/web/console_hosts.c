/* console_hosts.c — a registrar's hosts: list, one, made, changed, deleted. */
#include <string.h>
#include "base/addr.h"
#include "base/idn.h"
#include "base/text.h"
#include "front/web/console.h"

enum { ROWS = 50, USES = 30 };

void console_get_hosts(struct http *h)
{
	static const char *const heads[] = { N_("Host"), N_("Addresses"), N_("+Names that use it") };
	struct req *rq = http_req(h);
	struct portfolio_host *k = arena_array(rq->mem, struct portfolio_host, ROWS);
	const char *q = http_query(h, "q") ? text_trim(rq->mem, http_query(h, "q")) : "";
	char *next;
	int n;
	if (!console_may(h, MAY_CONSOLE_READ))
		return;
	if (portfolio_hosts(rq, console_me(h), q, http_query(h, "after"), k, ROWS, &n, &next)) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct page p = console_page(h, N_("Hosts"), NAV_CON_HOSTS);
	struct view *v = view_new(h);
	struct form_view *f = arena_new_of(p.mem, struct form_view);
	v->head = p.title;
	p.path = path_with(p.mem, "/console/hosts", "q", q);
	*f = (struct form_view){ .action = "/console/hosts", .get = true };
	form_field(f, "q", tr(p.lang, N_("Part of a host's name")), FIELD_ID, q);
	view_block(h, v, BLOCK_FILTER, NULL)->form = f;
	struct block *b = view_block(h, v, BLOCK_TABLE, tr(p.lang, N_("Name servers you sponsor")));
	block_columns(&p, b, 3, heads);
	b->t.empty = tr(p.lang, N_("No host here"));
	b->t.empty_more =
		tr(p.lang, N_("A name server below a name of ours has addresses; others are made as they are used."));
	for (int i = 0; i < n; i++) {
		struct cell *c = block_row(h, b, ROWS);
		c[0] = (struct cell){ .text = k[i].name,
				      .href = console_url(p.mem, "/console/host", k[i].name, NULL),
				      .kind = CELL_RES };
		c[1] = (struct cell){ .text = k[i].addrs, .kind = CELL_RES };
		c[2] = (struct cell){ .text = console_count(&p, k[i].links), .kind = CELL_NUM };
	}
	if (next)
		block_link(b, path_with(p.mem, p.path, "after", next), tr(p.lang, N_("Next page")), "");
	if (permit(rq, MAY_CONSOLE_WRITE) == ST_OK)
		view_link(v, "/console/hosts/new", tr(p.lang, N_("New host")), "btn--main");
	err_clear(&rq->err);
	console_show(h, &p, v, 200);
}

static struct host_object *ours(struct http *h)
{
	struct req *rq = http_req(h);
	struct host_object *o = arena_new_of(rq->mem, struct host_object);
	enum st st = host_get(rq, text_lower(rq->mem, http_arg(h, 0)), o);
	if (!st && strcmp(o->c.sponsor ? o->c.sponsor : "", console_me(h)) != 0)
		st = err_set(&rq->err, ST_NOTFOUND, "there is no host %.100s of yours", http_arg(h, 0));
	if (!st)
		return o;
	http_fail_err(h, &rq->err);
	return NULL;
}

static const char *addrs_text(const struct page *p, const struct host_object *o)
{
	char text[ADDR_TEXT];
	BUF_SCOPE b = BUF_INIT;
	for (int i = 0; i < o->naddrs; i++)
		buf_printf(&b, "%s%s", i ? "\n" : "", addr_text(&o->addr[i], text));
	return arena_strdup(p->mem, buf_cstr(&b));
}

void console_get_host(struct http *h)
{
	struct host_object *o;
	char *name[USES];
	int n = 0;
	if (!console_may(h, MAY_CONSOLE_READ) || !(o = ours(h)))
		return;
	struct page p = console_page(h, N_("Host"), NAV_CON_HOSTS);
	struct view *v = view_new(h);
	p.title = v->head = o->name;
	v->crumb = tr(p.lang, N_("Hosts"));
	v->crumb_href = "/console/hosts";
	if (permit(http_req(h), MAY_CONSOLE_WRITE) == ST_OK) {
		view_link(v, console_url(p.mem, "/console/host", o->name, "edit"), tr(p.lang, N_("Change")),
			  "btn--main");
		view_link(v, console_url(p.mem, "/console/host", o->name, "delete"), tr(p.lang, N_("Delete")),
			  "btn--bad");
	}
	struct block *b = view_block(h, v, BLOCK_FACTS, tr(p.lang, N_("Host")));
	block_fact(b, tr(p.lang, N_("Addresses")), (struct cell){ .text = addrs_text(&p, o), .kind = CELL_LINES });
	block_fact(b, tr(p.lang, N_("Below")),
		   (struct cell){ .text = o->domain ? o->domain : tr(p.lang, N_("no zone of ours")),
				  .kind = o->domain ? CELL_RES : CELL_TEXT });
	block_fact(b, tr(p.lang, N_("Names that use it")),
		   (struct cell){ .text = console_count(&p, o->links), .kind = CELL_NUM });
	block_fact(b, tr(p.lang, N_("Made")),
		   (struct cell){ .text = page_full(&p, o->c.created_at), .sub = o->c.creator });
	b = view_block(h, v, BLOCK_FACTS, tr(p.lang, N_("Names of yours that use it")));
	b->text = tr(p.lang, N_("None."));
	b->aside = true;
	if (portfolio_uses(http_req(h), 'h', console_me(h), o->c.id, name, USES, &n))
		n = 0;
	err_clear(&http_req(h)->err);
	for (int i = 0; i < n; i++)
		block_fact(b, arena_printf(p.mem, "%d", i + 1),
			   (struct cell){ .text = name[i],
					  .href = console_url(p.mem, "/console/name", name[i], NULL),
					  .kind = CELL_RES });
	console_show(h, &p, v, 200);
}

/* ── made, changed, deleted ── */

struct hosting {
	struct host_object o, *was;
	struct host_change change;
	struct outcome why;
};

static enum st new_write(struct req *rq, void *arg)
{
	struct hosting *x = arg;
	struct host_object o = x->o;
	return host_create(rq, &o, &x->why);
}

static enum st edit_write(struct req *rq, void *arg)
{
	struct hosting *x = arg;
	struct host_change c = x->change;
	enum st st = host_update(rq, &c);
	x->why = c.why;
	return st;
}

static enum st delete_write(struct req *rq, void *arg)
{
	struct hosting *x = arg;
	return host_delete(rq, x->was->name, &x->why);
}

static const char *typed(struct http *h, const char *id, const char *now)
{
	return strcmp(http_method(h), "POST") == 0 ? form_text(h, id) : now;
}

static struct deed *host_deed(struct http *h, const char *title, struct hosting *x)
{
	struct deed *d = deed_new(h, title, NAV_CON_HOSTS);
	d->crumb = x->was ? x->was->name : tr(d->p.lang, N_("Hosts"));
	d->crumb_href = d->form.cancel =
		x->was ? console_url(d->p.mem, "/console/host", x->was->name, NULL) : "/console/hosts";
	d->arg = x;
	d->why = &x->why;
	return d;
}

static void addr_field(struct http *h, struct deed *d, const char *now)
{
	form_field(&d->form, "addrs", tr(d->p.lang, N_("Addresses")), FIELD_AREA, typed(h, "addrs", now))->hint =
		tr(d->p.lang, N_("One a line, IPv4 or IPv6; only for a host below a name of ours."));
	d->button = tr(d->p.lang, N_("Save the host"));
	deed_say(d, tr(d->p.lang, N_("Every name that uses this host follows the change within minutes.")));
}

static void addrs_read(struct http *h, struct deed *d, struct host_object *o)
{
	char *left = arena_strdup(d->p.mem, form_text(h, "addrs")), *w;
	while ((w = strsep(&left, " \t\r\n,"))) {
		if (!*w)
			continue;
		if (o->naddrs == HOST_ADDRS || !addr_parse(w, &o->addr[o->naddrs])) {
			form_bad(&d->form.bad, "addrs",
				 arena_printf(d->p.mem, tr(d->p.lang, N_("%.60s is no IP address.")), w));
			return;
		}
		o->naddrs++;
	}
}

static bool addr_in(const struct host_object *o, const struct addr *a)
{
	for (int i = 0; i < o->naddrs; i++)
		if (!addr_cmp(&o->addr[i], a))
			return true;
	return false;
}

static void change_of(struct hosting *x)
{
	struct host_change *c = &x->change;
	*c = (struct host_change){ .name = x->was->name, .ttl_a = -1, .ttl_aaaa = -1 };
	for (int i = 0; i < x->o.naddrs; i++)
		if (!addr_in(x->was, &x->o.addr[i]))
			c->add[c->nadd++] = x->o.addr[i];
	for (int i = 0; i < x->was->naddrs; i++)
		if (!addr_in(&x->o, &x->was->addr[i]))
			c->rem[c->nrem++] = x->was->addr[i];
}

static struct deed *new_deed(struct http *h, struct hosting *x)
{
	struct deed *d = host_deed(h, N_("New host"), x);
	struct field *f = form_field(&d->form, "name", tr(d->p.lang, N_("Host")), FIELD_ID, typed(h, "name", ""));
	f->needed = true;
	addr_field(h, d, "");
	d->fn = new_write;
	return d;
}

void console_get_host_new(struct http *h)
{
	if (console_may(h, MAY_CONSOLE_WRITE))
		deed_form(h, new_deed(h, arena_new_of(http_req(h)->mem, struct hosting)), 200);
}

void console_post_host_new(struct http *h)
{
	struct hosting *x = arena_new_of(http_req(h)->mem, struct hosting);
	struct err e = { 0 };
	if (!console_may(h, MAY_CONSOLE_WRITE))
		return;
	struct deed *d = new_deed(h, x);
	if (!(x->o.name = name_ascii(d->p.mem, form_text(h, "name"), false, &e)))
		form_bad(&d->form.bad, "name",
			 arena_printf(d->p.mem, tr(d->p.lang, N_("%s is no host name.")), form_text(h, "name")));
	else
		d->done = path_with(d->p.mem, console_url(d->p.mem, "/console/host", x->o.name, NULL), "done", "saved");
	addrs_read(h, d, &x->o);
	deed_run(h, d);
}

static struct deed *act_deed(struct http *h, struct hosting *x)
{
	const char *act = http_arg(h, 1);
	struct deed *d;
	if (!console_may(h, MAY_CONSOLE_WRITE) || !(x->was = ours(h)))
		return NULL;
	if (!strcmp(act, "edit")) {
		d = host_deed(h, N_("Change a host"), x);
		addr_field(h, d, addrs_text(&d->p, x->was));
		d->fn = edit_write;
		d->done = path_with(d->p.mem, d->crumb_href, "done", "saved");
		d->res = x->was->name;
		return d;
	}
	if (strcmp(act, "delete") != 0) {
		http_fail(h, 404, "no such act");
		return NULL;
	}
	d = host_deed(h, N_("Delete a host"), x);
	d->res = x->was->name;
	d->button = tr(d->p.lang, N_("Delete the host"));
	d->harm = true;
	d->fn = delete_write;
	d->done = "/console/hosts?done=delete";
	deed_say(d, tr(d->p.lang, N_("Only a host that no name uses can be deleted.")));
	return d;
}

void console_get_host_act(struct http *h)
{
	struct deed *d = act_deed(h, arena_new_of(http_req(h)->mem, struct hosting));
	if (d)
		deed_form(h, d, 200);
}

void console_post_host_act(struct http *h)
{
	struct hosting *x = arena_new_of(http_req(h)->mem, struct hosting);
	struct deed *d = act_deed(h, x);
	if (!d)
		return;
	if (d->fn == edit_write) {
		addrs_read(h, d, &x->o);
		change_of(x);
	}
	deed_run(h, d);
}
