/* console_contacts.c — a registrar's contacts: list, one, made, changed, deleted. */
#include <stdio.h>
#include <string.h>
#include "base/hash.h"
#include "base/text.h"
#include "front/web/console.h"

enum { ROWS = 50, USES = 50 };

static struct form_view *search_form(struct page *p, const char *action, const char *label, const char *q)
{
	struct form_view *f = arena_new_of(p->mem, struct form_view);
	*f = (struct form_view){ .action = action, .get = true };
	form_field(f, "q", label, FIELD_TEXT, q);
	return f;
}

void console_get_contacts(struct http *h)
{
	static const char *const heads[] = { N_("Handle"), N_("Name"), N_("E-mail"), N_("Address confirmed"),
					     N_("Made") };
	struct req *rq = http_req(h);
	struct portfolio_contact *k = arena_array(rq->mem, struct portfolio_contact, ROWS);
	const char *q = http_query(h, "q") ? text_trim(rq->mem, http_query(h, "q")) : "";
	int64_t before = 0, more;
	int n;
	if (!console_may(h, MAY_CONSOLE_READ))
		return;
	if (http_query(h, "before") && !text_int(http_query(h, "before"), 0, INT64_MAX, &before))
		before = 0;
	if (portfolio_contacts(rq, console_me(h), q, before, k, ROWS, &n, &more)) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct page p = console_page(h, N_("Contacts"), NAV_CON_CONTACTS);
	struct view *v = view_new(h);
	v->head = p.title;
	p.path = path_with(p.mem, "/console/contacts", "q", q);
	view_block(h, v, BLOCK_FILTER, NULL)->form = search_form(
		&p, "/console/contacts", tr(p.lang, N_("Part of a handle, name, organisation or e-mail")), q);
	struct block *b = view_block(h, v, BLOCK_TABLE, tr(p.lang, N_("Newest first")));
	block_columns(&p, b, 5, heads);
	b->t.empty = tr(p.lang, N_("No contact here"));
	b->t.empty_more = tr(p.lang, N_("A name needs a contact as its holder."));
	for (int i = 0; i < n; i++) {
		struct cell *c = block_row(h, b, ROWS);
		c[0] = (struct cell){ .text = k[i].handle,
				      .href = console_url(p.mem, "/console/contact", k[i].handle, NULL),
				      .kind = CELL_RES };
		c[1] = (struct cell){ .text = has(k[i].org) ? k[i].org : k[i].name,
				      .sub = has(k[i].org) ? k[i].name : NULL };
		c[2] = (struct cell){ .text = k[i].email, .kind = CELL_RES };
		c[3] = (struct cell){ .text = k[i].verified_at ? iso_day(&p, k[i].verified_at)
							       : tr(p.lang, N_("not yet")),
				      .kind = CELL_LIFE,
				      .tone = k[i].verified_at ? "ok" : "warn" };
		c[4] = (struct cell){ .text = iso_day(&p, k[i].created_at) };
	}
	if (more)
		block_link(b, path_with(p.mem, p.path, "before", arena_printf(p.mem, "%lld", (long long)more)),
			   tr(p.lang, N_("Next page")), "");
	if (permit(rq, MAY_CONSOLE_WRITE) == ST_OK)
		view_link(v, "/console/contacts/new", tr(p.lang, N_("New contact")), "btn--main");
	err_clear(&rq->err);
	console_show(h, &p, v, 200);
}

/* ── one ── */

/* Ours; NULL: answered. Another's is as little there as none. */
static struct contact_object *ours(struct http *h)
{
	struct req *rq = http_req(h);
	struct contact_object *c = arena_new_of(rq->mem, struct contact_object);
	enum st st = contact_object_get(rq, http_arg(h, 0), c);
	if (!st && strcmp(c->c.sponsor ? c->c.sponsor : "", console_me(h)) != 0)
		st = err_set(&rq->err, ST_NOTFOUND, "there is no contact %.40s of yours", http_arg(h, 0));
	if (!st)
		return c;
	http_fail_err(h, &rq->err);
	return NULL;
}

static const char *postal_text(const struct page *p, const struct postal_info *i)
{
	BUF_SCOPE b = BUF_INIT;
	const char *line[] = {
		i->name, i->org, i->street[0], i->street[1], i->street[2], i->city, i->sp, i->pc, i->cc
	};
	for (size_t k = 0; k < sizeof line / sizeof *line; k++)
		if (has(line[k]))
			buf_printf(&b, "%s%s", b.n ? "\n" : "", line[k]);
	return arena_strdup(p->mem, buf_cstr(&b));
}

static void uses_block(struct http *h, struct page *p, struct view *v, char kind, int64_t id)
{
	struct req *rq = http_req(h);
	char *name[USES];
	int n = 0;
	struct block *b = view_block(h, v, BLOCK_FACTS, tr(p->lang, N_("Names of yours that use it")));
	b->text = tr(p->lang, N_("None."));
	b->aside = true;
	if (portfolio_uses(rq, kind, console_me(h), id, name, USES, &n))
		err_clear(&rq->err);
	for (int i = 0; i < n && i < FACTS_MAX; i++)
		block_fact(b, arena_printf(p->mem, "%d", i + 1),
			   (struct cell){ .text = name[i],
					  .href = console_url(p->mem, "/console/name", name[i], NULL),
					  .kind = CELL_RES });
}

void console_get_contact(struct http *h)
{
	struct contact_object *c;
	if (!console_may(h, MAY_CONSOLE_READ) || !(c = ours(h)))
		return;
	struct page p = console_page(h, N_("Contact"), NAV_CON_CONTACTS);
	struct view *v = view_new(h);
	const struct postal_info *best = &c->postal[c->postal[POSTAL_LOC].there ? POSTAL_LOC : POSTAL_INT];
	p.title = v->head = has(best->org) ? best->org : has(best->name) ? best->name : c->handle;
	v->res = c->handle;
	v->crumb = tr(p.lang, N_("Contacts"));
	v->crumb_href = "/console/contacts";
	v->life = c->verified_at ? (struct label){ tr(p.lang, N_("Address confirmed")), "ok", "" }
				 : (struct label){ tr(p.lang, N_("Address not confirmed")), "warn", "" };
	if (permit(http_req(h), MAY_CONSOLE_WRITE) == ST_OK) {
		view_link(v, console_url(p.mem, "/console/contact", c->handle, "edit"), tr(p.lang, N_("Change")),
			  "btn--main");
		view_link(v, console_url(p.mem, "/console/contact", c->handle, "delete"), tr(p.lang, N_("Delete")),
			  "btn--bad");
	}
	err_clear(&http_req(h)->err);
	struct block *b = view_block(h, v, BLOCK_FACTS, tr(p.lang, N_("Contact")));
	block_fact(b, tr(p.lang, N_("Kind")),
		   (struct cell){ .text = tr(p.lang, c->person ? N_("a person") : N_("an organisation")) });
	if (c->postal[POSTAL_LOC].there)
		block_fact(b, tr(p.lang, N_("Address")),
			   (struct cell){ .text = postal_text(&p, &c->postal[POSTAL_LOC]), .kind = CELL_LINES });
	if (c->postal[POSTAL_INT].there)
		block_fact(b, tr(p.lang, N_("Address in Latin letters")),
			   (struct cell){ .text = postal_text(&p, &c->postal[POSTAL_INT]), .kind = CELL_LINES });
	block_fact(b, tr(p.lang, N_("Telephone")), (struct cell){ .text = c->voice, .kind = CELL_RES });
	block_fact(b, tr(p.lang, N_("E-mail")), (struct cell){ .text = c->email, .kind = CELL_RES });
	block_fact(b, tr(p.lang, N_("Made")),
		   (struct cell){ .text = page_full(&p, c->c.created_at), .sub = c->c.creator });
	if (c->c.updated_at)
		block_fact(b, tr(p.lang, N_("Changed")), (struct cell){ .text = page_full(&p, c->c.updated_at) });
	uses_block(h, &p, v, 'c', c->c.id);
	console_show(h, &p, v, 200);
}

/* ── the form ── */

struct editing {
	struct contact_object c; /* as typed */
	struct contact_object *was;
	struct outcome why;
};

static const struct {
	const char *id, *label;
	size_t at;
} lines[] = {
	{ "name", N_("Name"), offsetof(struct postal_info, name) },
	{ "org", N_("Organisation"), offsetof(struct postal_info, org) },
	{ "street1", N_("Street"), offsetof(struct postal_info, street[0]) },
	{ "street2", N_("Street, second line"), offsetof(struct postal_info, street[1]) },
	{ "city", N_("City"), offsetof(struct postal_info, city) },
	{ "sp", N_("County or province"), offsetof(struct postal_info, sp) },
	{ "pc", N_("Postcode"), offsetof(struct postal_info, pc) },
	{ "cc", N_("Country code"), offsetof(struct postal_info, cc) },
};
enum { LINES = sizeof lines / sizeof *lines };

static char **line_at(struct postal_info *p, int i)
{
	return (char **)((char *)p + lines[i].at);
}

static const char *typed(struct http *h, const char *id, const char *now)
{
	const char *s = strcmp(http_method(h), "POST") == 0 ? form_text(h, id) : now;
	return s ? s : "";
}

static void postal_fields(struct http *h, struct page *p, struct form_view *f, const char *prefix, const char *group,
			  struct postal_info *now)
{
	for (int i = 0; i < LINES; i++) {
		const char *id = arena_printf(p->mem, "%s-%s", prefix, lines[i].id);
		const char *was = now && now->there ? *line_at(now, i) : "";
		struct field *x = form_field(f, id, tr(p->lang, lines[i].label), FIELD_TEXT, typed(h, id, was));
		x->group = i ? NULL : group;
		if (!strcmp(lines[i].id, "cc"))
			x->hint = tr(p->lang, N_("Two capital letters, such as TW."));
	}
}

static void contact_fields(struct http *h, struct deed *d, struct contact_object *was)
{
	struct page *p = &d->p;
	struct form_view *f = &d->form;
	struct choice_of *kind = arena_array(p->mem, struct choice_of, 3);
	kind[0] = (struct choice_of){ "org", tr(p->lang, N_("an organisation")) };
	kind[1] = (struct choice_of){ "person", tr(p->lang, N_("a person")) };
	if (!was) {
		char token[27];
		random_token(token);
		form_field(f, "handle", tr(p->lang, N_("Handle")), FIELD_ID,
			   typed(h, "handle", arena_printf(p->mem, "C-%.10s", token)))
			->hint = tr(p->lang, N_("3 to 16 characters; it never changes."));
		form_field(f, "kind", tr(p->lang, N_("Kind")), FIELD_SELECT, typed(h, "kind", "org"))->choice = kind;
	}
	postal_fields(h, p, f, "loc", tr(p->lang, N_("Address")), was ? &was->postal[POSTAL_LOC] : NULL);
	postal_fields(h, p, f, "int", tr(p->lang, N_("The same in Latin letters (may be left empty)")),
		      was ? &was->postal[POSTAL_INT] : NULL);
	struct field *e =
		form_field(f, "email", tr(p->lang, N_("E-mail")), FIELD_ID, typed(h, "email", was ? was->email : ""));
	e->group = tr(p->lang, N_("How to reach them"));
	e->hint = tr(p->lang, N_("A changed address has to be confirmed again."));
	form_field(f, "voice", tr(p->lang, N_("Telephone")), FIELD_ID, typed(h, "voice", was ? was->voice : ""))->hint =
		tr(p->lang, N_("As +886.212345678"));
	form_field(f, "lang", tr(p->lang, N_("Language of letters to them")), FIELD_ID,
		   typed(h, "lang", was ? was->lang : "zh-TW"));
}

/* A form of address is there when its name is. */
static void postal_read(struct http *h, struct page *p, const char *prefix, struct postal_info *out)
{
	for (int i = 0; i < LINES; i++) {
		const char *s = form_text(h, arena_printf(p->mem, "%s-%s", prefix, lines[i].id));
		bool must = !strcmp(lines[i].id, "org"); /* an empty one takes an old one away */
		*line_at(out, i) = *s || must ? arena_strdup(p->mem, s) : NULL;
		out->there |= *s != 0;
	}
}

static void contact_read(struct http *h, struct deed *d, struct editing *x)
{
	struct page *p = &d->p;
	x->c.handle = arena_strdup(p->mem, form_text(h, "handle"));
	x->c.person = strcmp(form_text(h, "kind"), "person") == 0;
	postal_read(h, p, "loc", &x->c.postal[POSTAL_LOC]);
	postal_read(h, p, "int", &x->c.postal[POSTAL_INT]);
	x->c.email = arena_strdup(p->mem, form_text(h, "email"));
	x->c.voice = *form_text(h, "voice") ? arena_strdup(p->mem, form_text(h, "voice")) : NULL;
	x->c.lang = arena_strdup(p->mem, form_text(h, "lang"));
}

static struct deed *contact_deed(struct http *h, const char *title, struct editing *x)
{
	struct deed *d = deed_new(h, title, NAV_CON_CONTACTS);
	d->crumb = x->was ? x->was->handle : tr(d->p.lang, N_("Contacts"));
	d->crumb_href = d->form.cancel =
		x->was ? console_url(d->p.mem, "/console/contact", x->was->handle, NULL) : "/console/contacts";
	d->arg = x;
	d->why = &x->why;
	d->button = d->form.button = tr(d->p.lang, N_("Save"));
	return d;
}

/* A contact costs nothing and is undone by saving again: no second page. */
static void save(struct http *h, struct deed *d)
{
	(void)h;
	d->form.button = tr(d->p.lang, N_("Save"));
	form_hide(&d->form, "sure", "1");
}

static enum st new_write(struct req *rq, void *arg)
{
	struct editing *x = arg;
	struct contact_object c = x->c;
	for (int i = 0; i < POSTALS; i++)
		if (c.postal[i].there && !*c.postal[i].org)
			c.postal[i].org = NULL;
	if (c.lang && !*c.lang)
		c.lang = NULL;
	return contact_create(rq, &c, &x->why);
}

static enum st edit_write(struct req *rq, void *arg)
{
	struct editing *x = arg;
	struct contact_change *c = arena_new_of(rq->mem, struct contact_change);
	c->handle = x->was->handle;
	c->to = x->c;
	c->voice_set = c->email_set = true;
	if (!c->to.voice)
		c->to.voice = arena_strdup(rq->mem, "");
	for (int i = 0; i < POSTALS; i++)
		c->postal_set[i] = x->c.postal[i].there;
	enum st st = contact_update(rq, c);
	x->why = c->why;
	return st;
}

static enum st delete_write(struct req *rq, void *arg)
{
	struct editing *x = arg;
	return contact_delete(rq, x->was->handle, &x->why);
}

static struct deed *new_deed(struct http *h, struct editing *x)
{
	struct deed *d = contact_deed(h, N_("New contact"), x);
	contact_fields(h, d, NULL);
	save(h, d);
	d->fn = new_write;
	return d;
}

void console_get_contact_new(struct http *h)
{
	if (console_may(h, MAY_CONSOLE_WRITE))
		deed_form(h, new_deed(h, arena_new_of(http_req(h)->mem, struct editing)), 200);
}

void console_post_contact_new(struct http *h)
{
	struct editing *x = arena_new_of(http_req(h)->mem, struct editing);
	if (!console_may(h, MAY_CONSOLE_WRITE))
		return;
	struct deed *d = new_deed(h, x);
	contact_read(h, d, x);
	d->done = path_with(d->p.mem, console_url(d->p.mem, "/console/contact", x->c.handle, NULL), "done", "saved");
	deed_run(h, d);
}

/* edit or delete, of one of ours; NULL: answered. */
static struct deed *act_deed(struct http *h, struct editing *x)
{
	const char *act = http_arg(h, 1);
	struct deed *d;
	if (!console_may(h, MAY_CONSOLE_WRITE) || !(x->was = ours(h)))
		return NULL;
	if (!strcmp(act, "edit")) {
		d = contact_deed(h, N_("Change a contact"), x);
		contact_fields(h, d, x->was);
		save(h, d);
		d->fn = edit_write;
		d->done = path_with(d->p.mem, d->crumb_href, "done", "saved");
		return d;
	}
	if (strcmp(act, "delete") != 0) {
		http_fail(h, 404, "no such act");
		return NULL;
	}
	d = contact_deed(h, N_("Delete a contact"), x);
	d->form.button = NULL;
	d->res = x->was->handle;
	d->button = tr(d->p.lang, N_("Delete the contact"));
	d->harm = true;
	d->fn = delete_write;
	d->done = "/console/contacts?done=delete";
	deed_say(d, tr(d->p.lang, N_("Only a contact that no name uses can be deleted. It does not come back.")));
	return d;
}

void console_get_contact_act(struct http *h)
{
	struct deed *d = act_deed(h, arena_new_of(http_req(h)->mem, struct editing));
	if (d)
		deed_form(h, d, 200);
}

void console_post_contact_act(struct http *h)
{
	struct editing *x = arena_new_of(http_req(h)->mem, struct editing);
	struct deed *d = act_deed(h, x);
	if (!d)
		return;
	if (d->fn == edit_write)
		contact_read(h, d, x);
	deed_run(h, d);
}
