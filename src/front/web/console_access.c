/* console_access.c — who gets in: the registrar's people, its EPP certificates and password. Keepers of accounts only.
 */
#include <string.h>
#include "base/phrase.h"
#include "base/text.h"
#include "front/web/console.h"
#include "names/certificate.h"

enum { PEOPLE = 200 };

static const char *level_word(const struct page *p, unsigned role)
{
	if (role & ROLE_REGISTRAR_USERS)
		return tr(p->lang, N_("everything, access too"));
	return tr(p->lang, role & ROLE_REGISTRAR_WRITE ? N_("see and change") : N_("see only"));
}

static void people_block(struct http *h, struct page *p, struct view *v)
{
	static const char *const heads[] = {
		N_("Login"), N_("Name"), N_("May"), N_("Last here"), N_("State"), N_("Do")
	};
	struct account *a = arena_array(p->mem, struct account, PEOPLE);
	int n = 0;
	struct block *b = view_block(h, v, BLOCK_TABLE, tr(p->lang, N_("People")));
	block_columns(p, b, 6, heads);
	block_link(b, "/console/access/person", tr(p->lang, N_("Invite somebody")), "");
	b->t.empty = tr(p->lang, N_("Nobody yet"));
	if (registrar_user_list(http_req(h), console_me(h), a, PEOPLE, &n))
		err_clear(&http_req(h)->err);
	for (int i = 0; i < n; i++) {
		struct cell *c = block_row(h, b, PEOPLE);
		const char *to = path_with(p->mem, "/console/access/disable", "login", a[i].login);
		bool off = a[i].disabled_at != 0, self = a[i].id == p->staff->account;
		c[0] = (struct cell){ .text = a[i].login, .kind = CELL_RES };
		c[1] = (struct cell){ .text = a[i].name };
		c[2] = (struct cell){ .text = level_word(p, a[i].role) };
		c[3] = (struct cell){ .text = a[i].last_seen ? page_full(p, a[i].last_seen)
							     : tr(p->lang, N_("never")) };
		c[4] = (struct cell){ .text = tr(p->lang, off	       ? N_("disabled")
							  : a[i].ready ? N_("active")
								       : N_("invited")),
				      .kind = CELL_LIFE,
				      .tone = off	   ? ""
					      : a[i].ready ? "ok"
							   : "info" };
		c[5] = off || self ? (struct cell){ .text = self ? tr(p->lang, N_("you")) : "–" }
				   : (struct cell){ .text = tr(p->lang, N_("Disable")), .href = to };
	}
}

static void certs_block(struct http *h, struct page *p, struct view *v)
{
	static const char *const heads[] = { N_("SHA-256 of the certificate"), N_("Added"), N_("Do") };
	struct registrar_cert *k = arena_array(p->mem, struct registrar_cert, REGISTRAR_CERTS);
	int n = 0;
	struct block *b = view_block(h, v, BLOCK_TABLE, tr(p->lang, N_("EPP certificates")));
	block_columns(p, b, 3, heads);
	block_link(b, "/console/access/cert", tr(p->lang, N_("Add a certificate")), "");
	b->t.empty = tr(p->lang, N_("No certificate: nobody can log in over EPP"));
	if (registrar_certs(http_req(h), console_me(h), k, REGISTRAR_CERTS, &n))
		err_clear(&http_req(h)->err);
	for (int i = 0; i < n; i++) {
		struct cell *c = block_row(h, b, REGISTRAR_CERTS);
		c[0] = (struct cell){ .text = arena_strdup(p->mem, k[i].fingerprint), .kind = CELL_RES };
		c[1] = (struct cell){ .text = page_full(p, k[i].added_at) };
		c[2] = (struct cell){ .text = tr(p->lang, N_("Remove")),
				      .href = path_with(p->mem, "/console/access/uncert", "print", c[0].text) };
	}
}

void console_get_access(struct http *h)
{
	struct registrar r;
	struct req *rq = http_req(h);
	if (!console_may(h, MAY_CONSOLE_USERS))
		return;
	if (registrar_get(rq, console_me(h), &r)) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct page p = console_page(h, N_("Access"), NAV_CON_ACCESS);
	struct view *v = view_new(h);
	v->head = p.title;
	people_block(h, &p, v);
	certs_block(h, &p, v);
	struct block *b = view_block(h, v, BLOCK_FACTS, tr(p.lang, N_("EPP login")));
	block_link(b, "/console/access/password", tr(p.lang, N_("Make a new password")), "");
	block_fact(b, tr(p.lang, N_("Registrar")), (struct cell){ .text = r.handle, .kind = CELL_RES, .sub = r.name });
	block_fact(b, tr(p.lang, N_("Password set")),
		   (struct cell){ .text = r.password_set_at ? page_full(&p, r.password_set_at)
							    : tr(p.lang, N_("never")) });
	block_fact(b, tr(p.lang, N_("Sessions at a time")),
		   (struct cell){ .text = console_count(&p, r.session_max), .kind = CELL_NUM });
	console_show(h, &p, v, 200);
}

/* ── one route, one table ── */

struct access_act {
	struct deed *d;
	const char *registrar, *login, *name, *hash;
	unsigned role;
	struct certificate cert;
	char invite[27], password[17];
};
struct access_row {
	const char *name, *head, *button, *say;
	void (*form)(struct http *h, struct access_act *a);
	void (*read)(struct http *h, struct access_act *a);
	write_fn write;
	void (*after)(struct http *h, struct deed *d);
	bool harm, at_once;
};

static void person_form(struct http *h, struct access_act *a)
{
	struct page *p = &a->d->p;
	struct form_view *f = &a->d->form;
	struct choice_of *c = arena_array(p->mem, struct choice_of, 4);
	c[0] = (struct choice_of){ "read", tr(p->lang, N_("see only")) };
	c[1] = (struct choice_of){ "write", tr(p->lang, N_("see and change")) };
	c[2] = (struct choice_of){ "users", tr(p->lang, N_("everything, access too")) };
	form_field(f, "login", tr(p->lang, N_("Login")), FIELD_ID, form_text(h, "login"))->hint =
		tr(p->lang, N_("2 to 64 of a-z, 0-9, '.', '_' and '-'"));
	form_field(f, "name", tr(p->lang, N_("Name")), FIELD_TEXT, form_text(h, "name"));
	form_field(f, "role", tr(p->lang, N_("What they may do")), FIELD_SELECT,
		   *form_text(h, "role") ? form_text(h, "role") : "write")
		->choice = c;
}

static void person_read(struct http *h, struct access_act *a)
{
	a->login = form_text(h, "login");
	a->name = *form_text(h, "name") ? form_text(h, "name") : a->login;
	if (!role_registrar_parse(form_text(h, "role"), &a->role))
		form_bad(&a->d->form.bad, "role", tr(a->d->p.lang, N_("Choose what they may do.")));
	if (!*a->login)
		form_bad(&a->d->form.bad, "login", tr(a->d->p.lang, N_("Choose a login.")));
}

static enum st person_write(struct req *rq, void *arg)
{
	struct access_act *a = arg;
	return registrar_user_add(rq, a->registrar, a->login, a->name, a->role, a->invite);
}

static void secret_page(struct http *h, struct deed *d, const char *title, const char *secret)
{
	struct view *v = view_new(h);
	v->head = d->head;
	v->crumb = d->crumb;
	v->crumb_href = d->crumb_href;
	view_block(h, v, BLOCK_SECRET, title)->text = secret;
	view_link(v, "/console/access", tr(d->p.lang, N_("Back to access")), "");
	console_show(h, &d->p, v, 200);
}

static void person_after(struct http *h, struct deed *d)
{
	struct access_act *a = d->arg;
	secret_page(h, d, tr(d->p.lang, N_("A link for them; it opens once, for 72 hours")),
		    link_to(&d->p, arena_printf(d->p.mem, "/staff/invite/%s", a->invite)));
}

static void login_read(struct http *h, struct access_act *a)
{
	a->login = form_text(h, "login");
}

static void login_form(struct http *h, struct access_act *a)
{
	const char *login = *form_text(h, "login")   ? form_text(h, "login")
			    : http_query(h, "login") ? http_query(h, "login")
						     : "";
	a->d->res = login;
	form_hide(&a->d->form, "login", login);
}

static enum st disable_write(struct req *rq, void *arg)
{
	struct access_act *a = arg;
	return registrar_user_disable(rq, a->registrar, a->login);
}

static void cert_form(struct http *h, struct access_act *a)
{
	struct page *p = &a->d->p;
	form_field(&a->d->form, "pem", tr(p->lang, N_("Certificate")), FIELD_AREA, form_text(h, "pem"))->hint =
		tr(p->lang, N_("PEM text, or the SHA-256 of the certificate as 64 hex digits. Never a private key."));
}

static void cert_read(struct http *h, struct access_act *a)
{
	struct err e = { 0 };
	const char *pem = form_text(h, "pem");
	struct page *p = &a->d->p;
	if (certificate_read(pem, strlen(pem), &a->cert, &e)) {
		form_bad(&a->d->form.bad, "pem",
			 tr(p->lang, strstr(pem, "PRIVATE KEY")
					     ? N_("There is a private key in this text. Keep it to yourself, and make "
						  "a new pair.")
					     : N_("This is neither a certificate (PEM) nor 64 hex digits.")));
		return;
	}
	if (*a->cert.subject)
		deed_say(a->d, arena_printf(p->mem, tr(p->lang, N_("The certificate names %s.")), a->cert.subject));
	if (certificate_fits(&a->cert, &e))
		form_bad(&a->d->form.bad, "pem", err_say(p->mem, p->lang, &e));
}

static enum st cert_write(struct req *rq, void *arg)
{
	struct access_act *a = arg;
	if (permit(rq, MAY_CONSOLE_USERS))
		return rq->err.code;
	return registrar_cert_add(rq, a->registrar, &a->cert);
}

static void print_form(struct http *h, struct access_act *a)
{
	const char *s = *form_text(h, "print")	 ? form_text(h, "print")
			: http_query(h, "print") ? http_query(h, "print")
						 : "";
	a->d->res = s;
	form_hide(&a->d->form, "print", s);
}

static void print_read(struct http *h, struct access_act *a)
{
	struct err e;
	const char *s = form_text(h, "print");
	certificate_read(s, strlen(s), &a->cert, &e);
}

static enum st uncert_write(struct req *rq, void *arg)
{
	struct access_act *a = arg;
	if (permit(rq, MAY_CONSOLE_USERS))
		return rq->err.code;
	return registrar_cert_remove(rq, a->registrar, a->cert.fingerprint);
}

/* The hash is made here: it takes tens of milliseconds, which no writer should wait for. */
static void password_read(struct http *h, struct access_act *a)
{
	struct err e = { 0 };
	registrar_password_make(a->password);
	a->hash = password_hash(http_req(h)->mem, a->password, &e);
	if (!a->hash)
		form_bad(&a->d->form.bad, "", err_say(http_req(h)->mem, http_lang(h), &e));
}

static enum st password_write(struct req *rq, void *arg)
{
	struct access_act *a = arg;
	if (permit(rq, MAY_CONSOLE_USERS))
		return rq->err.code;
	return registrar_password_set(rq, a->registrar, a->hash);
}

static void password_after(struct http *h, struct deed *d)
{
	struct access_act *a = d->arg;
	secret_page(h, d, tr(d->p.lang, N_("The new EPP password")), a->password);
}

static const struct access_row rows[] = {
	{ "person", N_("Invite somebody"), N_("Invite"),
	  N_("They get a link that sets a password and a second factor."), person_form, person_read, person_write,
	  person_after, false, true },
	{ "disable", N_("Disable an account"), N_("Disable"), N_("They are signed out at once and can't come back."),
	  login_form, login_read, disable_write, NULL, true, false },
	{ "cert", N_("Add a certificate"), N_("Add the certificate"),
	  N_("Whoever has its key and the EPP password works in your name."), cert_form, cert_read, cert_write, NULL,
	  false, false },
	{ "uncert", N_("Remove a certificate"), N_("Remove the certificate"),
	  N_("EPP clients that use it can't log in any more. Sessions that are open go on until they end."), print_form,
	  print_read, uncert_write, NULL, true, false },
	{ "password", N_("New EPP password"), N_("Make a new password"),
	  N_("The present one stops working at once: every EPP client needs the new one."), NULL, password_read,
	  password_write, password_after, true, false },
};

static const struct access_row *row_of(const char *name)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

static struct access_act *acting(struct http *h, const struct access_row **out)
{
	struct arena *mem = http_req(h)->mem;
	struct access_act *a = arena_new_of(mem, struct access_act);
	const struct access_row *row = *out = row_of(http_arg(h, 0));
	if (!console_may(h, MAY_CONSOLE_USERS))
		return NULL;
	if (!row) {
		http_fail(h, 404, "no such act");
		return NULL;
	}
	struct deed *d = a->d = deed_new(h, row->head, NAV_CON_ACCESS);
	a->registrar = arena_strdup(mem, console_me(h));
	d->crumb = tr(d->p.lang, N_("Access"));
	d->crumb_href = d->form.cancel = "/console/access";
	d->button = tr(d->p.lang, row->button);
	d->fn = row->write;
	d->arg = a;
	d->after = row->after;
	d->harm = row->harm;
	d->done = path_with(mem, "/console/access", "done", row->harm ? "removed" : "saved");
	deed_say(d, tr(d->p.lang, row->say));
	if (row->form)
		row->form(h, a);
	if (row->at_once) {
		form_hide(&d->form, "sure", "1");
		d->form.button = d->button;
	}
	return a;
}

void console_get_access_act(struct http *h)
{
	const struct access_row *row;
	struct access_act *a = acting(h, &row);
	if (a)
		deed_form(h, a->d, 200);
}

void console_post_access_act(struct http *h)
{
	const struct access_row *row;
	struct access_act *a = acting(h, &row);
	if (!a)
		return;
	row->read(h, a);
	deed_run(h, a->d);
}
