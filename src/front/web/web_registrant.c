/* web_registrant.c — /mynames: a holder's page behind a link that was mailed. Looking changes nothing; what changes
 * something is a form of its own. */
#include "front/web/web.h"
#include <stdio.h>
#include <string.h>
#include "base/hash.h"
#include "base/idn.h"
#include "base/text.h"
#include "front/web/pages.h"

enum { NAMES_A_PAGE = 50, PAGES_MAX = 20000 };

/* ── asking for the link ── */

static void show_ask(struct http *h, struct names_ask *f, int status)
{
	struct page p = page_of(h, N_("My names"), NAV_NONE);
	p.bad = f->bad.n > 0;
	p.path = "/mynames";
	http_status(h, status);
	web_mynames(&p, f);
}

void web_get_mynames(struct http *h)
{
	const char *name = http_query(h, "name");
	struct names_ask f = { .email = "", .name = name ? name : "" };
	show_ask(h, &f, 200);
}

struct asking {
	struct names_ask form;
	struct registrant_ask ask;
};

static enum st ask_write(struct req *rq, void *arg)
{
	return registrant_ask(rq, &((struct asking *)arg)->ask);
}

/* One answer for every address: whether we know it is its reader's business alone. */
static void asked(struct http *h, void *arg, const struct err *outcome)
{
	struct asking *a = arg;
	a->form.asked = outcome->code == ST_OK;
	show_ask(h, &a->form, form_stored(h, &a->form.bad, "email", outcome));
}

void web_post_mynames(struct http *h)
{
	struct arena *mem = http_req(h)->mem;
	struct asking *a = arena_new_of(mem, struct asking);
	enum lang l = http_lang(h);
	struct err e = { 0 };
	a->form.email = form_text(h, "email");
	a->form.name = form_text(h, "name");
	if (!may_ask(h, &a->form.bad, "email")) {
		show_ask(h, &a->form, 429);
		return;
	}
	form_only(h, &a->form.bad, "email", "email name", "");
	form_email(h, &a->form.bad, a->form.email);
	const char *name = *a->form.name ? name_ascii(mem, a->form.name, true, &e) : "";
	if (!name)
		form_bad(&a->form.bad, "name", tr(l, N_("Write the name like example.tw, or leave it empty.")));
	if (a->form.bad.n > 0) {
		show_ask(h, &a->form, 422);
		return;
	}
	a->ask = (struct registrant_ask){ arena_strdup(mem, a->form.email), name, l };
	http_write(h, ask_write, a, asked);
}

/* ── the page ── */

static void no_link(struct http *h)
{
	web_say(h, 404, N_("This link is no longer valid"),
		N_("Links to your names are good for a day. Ask for a new one: it comes by e-mail."));
}

/* false: answered. */
static bool open_link(struct http *h, struct registrant_link *out)
{
	struct req *rq = http_req(h);
	if (registrant_link_open(rq, http_arg(h, 0), out) == ST_OK)
		return true;
	if (rq->err.code == ST_NOTFOUND)
		no_link(h);
	else
		http_fail_err(h, &rq->err);
	return false;
}

static struct page names_page(struct http *h, const char *title)
{
	struct page p = page_of(h, title, NAV_NONE);
	http_set_header(h, "X-Robots-Tag", "noindex");
	return p;
}

static enum st view_fill(struct http *h, struct names_view *v, int page)
{
	struct req *rq = http_req(h);
	struct policy_news *news = arena_new_of(rq->mem, struct policy_news);
	v->name = arena_array(rq->mem, struct held_name, NAMES_A_PAGE);
	v->page = page;
	if (registrant_names(rq, v->link.email, (page - 1) * NAMES_A_PAGE, v->name, NAMES_A_PAGE, &v->n, &v->total))
		return rq->err.code;
	v->pages = (int)((v->total + NAMES_A_PAGE - 1) / NAMES_A_PAGE);
	v->confirmed = true;
	for (int i = 0; i < v->n; i++)
		v->confirmed = v->confirmed && v->name[i].confirmed;
	if (v->link.kind != DOOR_POLICY)
		return ST_OK;
	v->news = news;
	return registrant_policy_news(rq, &v->link, http_lang(h), news);
}

void web_get_names(struct http *h)
{
	struct names_view v = { .token = http_arg(h, 0) };
	const char *page = http_query(h, "page");
	int64_t number = 1;
	if (!open_link(h, &v.link))
		return;
	if (page && !text_int(page, 1, PAGES_MAX, &number))
		number = 1;
	if (view_fill(h, &v, (int)number)) {
		http_fail_err(h, &http_req(h)->err);
		return;
	}
	struct page p = names_page(h, N_("My names"));
	p.done = http_query(h, "done");
	p.path = names_path(&p, v.token, v.page);
	web_names(&p, &v);
}

/* ── what its reader does ── */

struct doing {
	struct registrant_act act;
	const char *done;
};

static void done(struct http *h, void *arg, const struct err *outcome)
{
	struct doing *d = arg;
	if (outcome->code == ST_OK)
		http_redirect(h, arena_printf(http_req(h)->mem, "/mynames/%s?done=%s", d->act.token, d->done));
	else if (outcome->code == ST_NOTFOUND)
		no_link(h);
	else
		http_fail_err(h, outcome);
}

static void act(struct http *h, write_fn fn, const char *word)
{
	struct doing *d = arena_new_of(http_req(h)->mem, struct doing);
	int64_t retry;
	d->act.token = arena_strdup(http_req(h)->mem, http_arg(h, 0));
	d->done = word;
	if (budget_take(h, front_app(h)->login_limit, &retry))
		http_write(h, fn, d, done);
	else
		http_fail(h, 429, "too many tries");
}

static enum st confirm_write(struct req *rq, void *arg)
{
	return registrant_confirm(rq, &((struct doing *)arg)->act);
}

static enum st read_write(struct req *rq, void *arg)
{
	return registrant_read(rq, &((struct doing *)arg)->act);
}

void web_post_names_confirm(struct http *h)
{
	act(h, confirm_write, "confirm");
}

void web_post_names_read(struct http *h)
{
	act(h, read_write, "read");
}

/* ── the code for a transfer ── */

static void show_code(struct http *h, struct code_view *v)
{
	struct page p = names_page(h, N_("Transfer code"));
	p.path = arena_printf(p.mem, "/mynames/%s", v->token);
	if (!v->code)
		p.path = path_with(p.mem, arena_printf(p.mem, "/mynames/%s/code", v->token), "name", v->name.name);
	web_code(&p, v);
}

/* false: answered. */
static bool open_name(struct http *h, const char *name, const char **token, struct held_name *out)
{
	struct registrant_link l;
	struct req *rq = http_req(h);
	*token = arena_strdup(rq->mem, http_arg(h, 0));
	if (!open_link(h, &l))
		return false;
	enum st st = registrant_name(rq, l.email, name, out);
	if (st == ST_OK)
		return true;
	if (st == ST_NOTFOUND || st == ST_INVALID)
		http_fail(h, 404, "no such name is yours");
	else
		http_fail_err(h, &rq->err);
	return false;
}

void web_get_code(struct http *h)
{
	struct code_view v = { 0 };
	const char *name = http_query(h, "name");
	if (open_name(h, name ? name : "", &v.token, &v.name))
		show_code(h, &v);
}

struct fetching {
	struct code_view view;
	struct registrant_act act;
	char code[27];
};

static enum st code_write(struct req *rq, void *arg)
{
	struct fetching *f = arg;
	f->act.name = f->view.name.name; /* the write may be run again */
	return registrant_code(rq, &f->act);
}

static void fetched(struct http *h, void *arg, const struct err *outcome)
{
	struct fetching *f = arg;
	if (outcome->code == ST_OK) {
		f->view.code = f->code;
		f->view.until = f->act.until;
		show_code(h, &f->view);
	} else if (outcome->code == ST_CONFLICT || outcome->code == ST_DENIED) {
		web_say(h, 409, N_("There is no code for this name now"),
			N_("It is locked, about to move or to end, or your address is not confirmed yet. Your "
			   "registrar can "
			   "tell you more."));
	} else {
		http_fail_err(h, outcome);
	}
}

void web_post_code(struct http *h)
{
	struct fetching *f = arena_new_of(http_req(h)->mem, struct fetching);
	int64_t retry;
	if (!budget_take(h, front_app(h)->login_limit, &retry)) {
		http_fail(h, 429, "too many tries");
		return;
	}
	if (!open_name(h, form_text(h, "name"), &f->view.token, &f->view.name))
		return;
	random_token(f->code);
	f->act = (struct registrant_act){ .token = f->view.token, .code = f->code };
	http_write(h, code_write, f, fetched);
}

/* ── the other spellings of a name ── */

void web_get_variants(struct http *h)
{
	struct variants_view v = { 0 };
	const char *name = http_query(h, "name");
	if (!open_name(h, name ? name : "", &v.token, &v.name))
		return;
	if (v.name.nmembers < 2) {
		http_fail(h, 404, "this name has one spelling");
		return;
	}
	struct page p = names_page(h, N_("Spellings"));
	p.path = path_with(p.mem, arena_printf(p.mem, "/mynames/%s/variants", v.token), "name", v.name.name);
	web_variants(&p, &v);
}

static enum st variants_write(struct req *rq, void *arg)
{
	return registrant_variants(rq, &((struct doing *)arg)->act);
}

static void variants_done(struct http *h, void *arg, const struct err *outcome)
{
	struct doing *d = arg;
	if (outcome->code == ST_CONFLICT || outcome->code == ST_DENIED)
		web_say(h, 409, N_("The spellings of this name can't be changed now"),
			N_("It is locked, about to move or to end, or your address is not confirmed yet. Your "
			   "registrar can "
			   "tell you more."));
	else
		done(h, d, outcome);
}

void web_post_variants(struct http *h)
{
	struct doing *d = arena_new_of(http_req(h)->mem, struct doing);
	const struct http_field *f;
	struct held_name name;
	int64_t retry;
	int n = http_form_all(h, &f);
	d->done = "variants";
	if (!budget_take(h, front_app(h)->login_limit, &retry)) {
		http_fail(h, 429, "too many tries");
		return;
	}
	if (!open_name(h, form_text(h, "name"), &d->act.token, &name))
		return;
	d->act.name = name.name;
	for (int i = 0; i < n && d->act.nactive < DOMAIN_VARIANTS; i++)
		if (!strcmp(f[i].name, "variant"))
			d->act.active[d->act.nactive++] = arena_strdup(http_req(h)->mem, f[i].value);
	http_write(h, variants_write, d, variants_done);
}

/* ── words ── */

struct label life_label(const struct page *p, const char *life)
{
	static const struct {
		const char *life, *word, *tone;
	} rows[] = {
		{ "active", N_("Is registered"), "ok" },
		{ "suspended", N_("Expired: out of the net"), "bad" },
		{ "redemption", N_("Deleted: can be restored"), "warn" },
		{ "pending-restore", N_("Being restored"), "warn" },
		{ "pending-delete", N_("About to be deleted"), "bad" },
		{ "pending-create", N_("Not registered yet"), "info" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (!strcmp(rows[i].life, life))
			return (struct label){ tr(p->lang, rows[i].word), rows[i].tone, "" };
	return (struct label){ life, "", "" };
}

const char *names_path(const struct page *p, const char *token, int page)
{
	const char *path = arena_printf(p->mem, "/mynames/%s", token);
	return page > 1 ? arena_printf(p->mem, "%s?page=%d", path, page) : path;
}

bool held_movable(const struct held_name *h)
{
	return h->registrant && h->confirmed && !h->locked &&
	       (!strcmp(h->life, "active") || !strcmp(h->life, "suspended"));
}

bool held_steady(const struct held_name *h)
{
	return h->registrant && h->confirmed && !h->locked && !strcmp(h->life, "active") &&
	       !(h->status & (BIT(STATUS_CLIENT_UPDATE) | BIT(STATUS_SERVER_UPDATE)));
}
