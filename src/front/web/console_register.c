/* console_register.c — registering a name, and transfers between registrars. */
#include <string.h>
#include "base/idn.h"
#include "base/phrase.h"
#include "base/text.h"
#include "front/web/console.h"

enum { TRANSFERS = 200, YEARS = 10 };

static const struct choice_of *years_of(const struct page *p)
{
	static const char *const n[YEARS] = { "1", "2", "3", "4", "5", "6", "7", "8", "9", "10" };
	struct choice_of *c = arena_array(p->mem, struct choice_of, YEARS + 1);
	for (int i = 0; i < YEARS; i++)
		c[i] = (struct choice_of){ n[i], i ? arena_printf(p->mem, tr(p->lang, N_("%d years")), i + 1)
						   : tr(p->lang, N_("1 year")) };
	return c;
}

/* ── may it be registered, and why not ── */

/* Of a rule's text, which is English: the rule is named in people's words. */
static const char *asked_word(const struct page *p, const char *rule)
{
	static const char *const rows[][2] = {
		{ "zone", N_("Zone") },
		{ "label", N_("Letters") },
		{ "length", N_("Length") },
		{ "lists", N_("Lists") },
		{ "place", N_("Place") },
		{ "registered", N_("Free") },
		{ "policy", N_("Rules in force") },
		{ "credit", N_("Balance") },
		{ "review", N_("Papers") },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i][0], rule) == 0)
			return tr(p->lang, rows[i][1]);
	return rule;
}

static void why_block(struct http *h, struct page *p, struct view *v, const struct why *w)
{
	struct block *b = view_block(h, v, BLOCK_FACTS, tr(p->lang, N_("Every rule that was asked")));
	b->aside = true;
	for (int i = 0; i < w->n; i++)
		block_fact(b, asked_word(p, w->row[i].rule),
			   (struct cell){ .text = tr(p->lang, w->row[i].ok ? N_("yes") : N_("no")),
					  .sub = w->row[i].text,
					  .kind = CELL_LIFE,
					  .tone = w->row[i].ok ? "ok" : "bad" });
}

static const char *per_year(const struct page *p, const struct price *pr)
{
	if (!*pr->currency)
		return tr(p->lang, N_("free of charge"));
	const char *money = money_text(p->mem, pr->amount, pr->currency);
	return pr->per_year ? arena_printf(p->mem, tr(p->lang, N_("%s a year")), money) : money;
}

struct registering {
	struct deed *d;
	struct bulk_change change;
	struct bulk_one one;
	char *name;
};

static const char *kept(struct http *h, const char *id)
{
	const char *s = http_form(h, id);
	return s ? s : http_query(h, id) ? http_query(h, id) : "";
}

static void create_fields(struct http *h, struct page *p, struct form_view *f, const char *name)
{
	form_hide(f, "name", name);
	form_field(f, "years", tr(p->lang, N_("For how long")), FIELD_SELECT,
		   *kept(h, "years") ? kept(h, "years") : "1")
		->choice = years_of(p);
	struct field *r = form_field(f, "registrant", tr(p->lang, N_("Holder")), FIELD_ID, kept(h, "registrant"));
	r->hint = tr(p->lang, N_("The handle of a contact of yours. Make it first if there is none."));
	r->needed = true;
	form_field(f, "admin", tr(p->lang, N_("Administrative contact")), FIELD_ID, kept(h, "admin"));
	form_field(f, "tech", tr(p->lang, N_("Technical contact")), FIELD_ID, kept(h, "tech"));
	form_field(f, "ns", tr(p->lang, N_("Name servers")), FIELD_AREA, kept(h, "ns"))->hint =
		tr(p->lang, N_("One a line. May be left empty for now."));
}

static struct form_view *check_form(struct page *p, const char *name)
{
	struct form_view *f = arena_new_of(p->mem, struct form_view);
	*f = (struct form_view){ .action = "/console/register", .get = true, .button = tr(p->lang, N_("Is it free?")) };
	form_field(f, "name", tr(p->lang, N_("Name to register")), FIELD_ID, name);
	return f;
}

static void checked(struct http *h, struct page *p, struct view *v, const char *name)
{
	struct req *rq = http_req(h);
	struct why *w = arena_new_of(rq->mem, struct why);
	enum st st = policy_why(rq, name, console_me(h), w);
	if (st) {
		struct block *b = view_block(h, v, BLOCK_NOTE, tr(p->lang, N_("This can't be registered here.")));
		b->tone = "bad";
		b->text = err_say(p->mem, p->lang, &rq->err);
		err_clear(&rq->err);
		return;
	}
	struct block *b =
		view_block(h, v, BLOCK_NOTE,
			   w->may ? arena_printf(p->mem, tr(p->lang, N_("%s is free.")), w->uname)
				  : arena_printf(p->mem, tr(p->lang, N_("%s can't be registered.")), w->uname));
	b->tone = w->may ? "ok" : "bad";
	b->text = w->may ? arena_printf(p->mem, tr(p->lang, N_("Registration %s, renewal %s.")),
					per_year(p, &w->create), per_year(p, &w->renew))
			 : tr(p->lang, N_("The reasons stand beside."));
	why_block(h, p, v, w);
	if (!w->may)
		return;
	struct form_view *f = arena_new_of(p->mem, struct form_view);
	*f = (struct form_view){ .action = "/console/register",
				 .look = "btn--main",
				 .button = tr(p->lang, N_("Continue")) };
	create_fields(h, p, f, w->name);
	view_block(h, v, BLOCK_FORM, NULL)->form = f;
}

void console_get_register(struct http *h)
{
	const char *name = http_query(h, "name") ? text_trim(http_req(h)->mem, http_query(h, "name")) : "";
	if (!console_may(h, MAY_CONSOLE_WRITE))
		return;
	struct page p = console_page(h, N_("Register a name"), NAV_CON_NAMES);
	struct view *v = view_new(h);
	v->head = p.title;
	v->crumb = tr(p.lang, N_("Names"));
	v->crumb_href = "/console";
	view_block(h, v, BLOCK_FILTER, NULL)->form = check_form(&p, name);
	p.path = path_with(p.mem, "/console/register", "name", name);
	if (*name)
		checked(h, &p, v, name);
	console_show(h, &p, v, 200);
}

static enum st create_write(struct req *rq, void *arg)
{
	return bulk_do(rq, &((struct registering *)arg)->one);
}

static char *words(struct arena *mem, const char *s)
{
	char *out = arena_strdup(mem, s);
	for (char *c = out; *c; c++)
		if (strchr("\r\n\t,", *c))
			*c = ' ';
	return out;
}

static void created(struct http *h, struct deed *d)
{
	struct registering *r = d->arg;
	const char *to = console_url(d->p.mem, "/console/name", r->name, NULL);
	http_redirect(h, path_with(d->p.mem, to, "done", r->one.why.code == R_PENDING ? "pending" : "register"));
}

void console_post_register(struct http *h)
{
	struct arena *mem = http_req(h)->mem;
	struct registering *r = arena_new_of(mem, struct registering);
	struct err e = { 0 };
	int64_t years = 0;
	if (!console_may(h, MAY_CONSOLE_WRITE))
		return;
	struct deed *d = r->d = deed_new(h, N_("Register a name"), NAV_CON_NAMES);
	r->name = name_ascii(mem, form_text(h, "name"), false, &e);
	d->crumb = tr(d->p.lang, N_("Names"));
	d->crumb_href = "/console";
	d->res = r->name ? r->name : "";
	d->form.cancel = path_with(mem, "/console/register", "name", d->res);
	create_fields(h, &d->p, &d->form, d->res);
	if (!r->name || !text_int(form_text(h, "years"), 1, YEARS, &years))
		form_bad(&d->form.bad, "years", tr(d->p.lang, N_("Choose 1 to 10 years.")));
	if (!*form_text(h, "registrant"))
		form_bad(&d->form.bad, "registrant", tr(d->p.lang, N_("A name needs a holder.")));
	r->change = (struct bulk_change){ .action = BULK_CREATE,
					  .name = r->name,
					  .years = (int)years,
					  .registrant = (char *)(uintptr_t)form_text(h, "registrant"),
					  .admin = words(mem, form_text(h, "admin")),
					  .tech = words(mem, form_text(h, "tech")),
					  .ns = text_lower(mem, words(mem, form_text(h, "ns"))) };
	r->one.change = &r->change;
	d->fn = create_write;
	d->arg = r;
	d->why = &r->one.why;
	d->button = tr(d->p.lang, N_("Register"));
	d->after = created;
	deed_say(d, tr(d->p.lang,
		       N_("Within the zone's add grace the name can be deleted again, and the price comes back.")));
	deed_run(h, d);
}

/* ── transfers ── */

void console_get_transfers(struct http *h)
{
	static const char *const heads[] = { N_("Name"), N_("Which way"), N_("Other registrar"), N_("Asked for"),
					     N_("Decided by itself on") };
	struct req *rq = http_req(h);
	struct portfolio_transfer *t = arena_array(rq->mem, struct portfolio_transfer, TRANSFERS);
	int n;
	if (!console_may(h, MAY_CONSOLE_READ))
		return;
	if (portfolio_transfers(rq, console_me(h), t, TRANSFERS, &n)) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct page p = console_page(h, N_("Transfers"), NAV_CON_TRANSFERS);
	struct view *v = view_new(h);
	v->head = p.title;
	struct block *b = view_block(h, v, BLOCK_TABLE, tr(p.lang, N_("Transfers that wait")));
	block_columns(&p, b, 5, heads);
	b->t.empty = tr(p.lang, N_("No transfer waits"));
	b->t.empty_more = tr(p.lang, N_("Transfers to you and from you stand here until they are decided."));
	for (int i = 0; i < n; i++) {
		struct cell *c = block_row(h, b, TRANSFERS);
		c[0] = (struct cell){ .text = t[i].uname,
				      .href = console_url(p.mem, "/console/name", t[i].name, NULL),
				      .kind = CELL_RES };
		c[1] = (struct cell){ .text = tr(p.lang, t[i].in ? N_("to you") : N_("away from you")) };
		c[2] = (struct cell){ .text = t[i].other };
		c[3] = (struct cell){ .text = page_full(&p, t[i].requested_at) };
		c[4] = (struct cell){ .text = page_full(&p, t[i].decides_at) };
	}
	if (permit(rq, MAY_CONSOLE_WRITE) == ST_OK)
		view_link(v, "/console/transfers/new", tr(p.lang, N_("Ask for a transfer")), "btn--main");
	err_clear(&rq->err);
	console_show(h, &p, v, 200);
}

struct moving {
	const char *name, *code;
	int years;
	struct outcome why;
};

static enum st move_write(struct req *rq, void *arg)
{
	struct moving *m = arg;
	struct domain d;
	return domain_transfer(rq, OP_REQUEST, m->name, m->code, m->years, &d, &m->why);
}

static struct deed *move_deed(struct http *h)
{
	struct deed *d = deed_new(h, N_("Ask for a transfer"), NAV_CON_TRANSFERS);
	struct page *p = &d->p;
	d->crumb = tr(p->lang, N_("Transfers"));
	d->crumb_href = d->form.cancel = "/console/transfers";
	form_field(&d->form, "name", tr(p->lang, N_("Name")), FIELD_ID, kept(h, "name"))->needed = true;
	form_field(&d->form, "code", tr(p->lang, N_("Transfer code")), FIELD_ID, kept(h, "code"))->hint =
		tr(p->lang, N_("The holder has it from the present registrar."));
	form_field(&d->form, "years", tr(p->lang, N_("For how long")), FIELD_SELECT,
		   *kept(h, "years") ? kept(h, "years") : "1")
		->choice = years_of(p);
	deed_say(d,
		 tr(p->lang, N_("The present registrar is asked. Without an answer the name is yours when the wait is "
				"over; a refusal gives the price back.")));
	d->button = tr(p->lang, N_("Ask for the transfer"));
	d->done = "/console/transfers?done=transfer";
	d->fn = move_write;
	return d;
}

void console_get_transfer_new(struct http *h)
{
	if (console_may(h, MAY_CONSOLE_WRITE))
		deed_form(h, move_deed(h), 200);
}

void console_post_transfer_new(struct http *h)
{
	if (!console_may(h, MAY_CONSOLE_WRITE))
		return;
	struct deed *d = move_deed(h);
	struct moving *m = arena_new_of(d->p.mem, struct moving);
	int64_t years = 0;
	*m = (struct moving){ .name = form_text(h, "name"), .code = form_text(h, "code") };
	if (!*m->name)
		form_bad(&d->form.bad, "name", tr(d->p.lang, N_("Which name?")));
	if (!text_int(form_text(h, "years"), 0, YEARS, &years))
		form_bad(&d->form.bad, "years", tr(d->p.lang, N_("Choose 1 to 10 years.")));
	m->years = (int)years;
	d->arg = m;
	d->why = &m->why;
	deed_run(h, d);
}
