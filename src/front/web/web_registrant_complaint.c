/* web_registrant_complaint.c — /complaint: about a name or a registrar. It is a report of a class of its own: case,
 * receipt and the reporter's page are those of any report. */
#include "front/web/web.h"
#include <string.h>
#include "base/idn.h"
#include "base/text.h"
#include "front/web/pages.h"

enum { TEXT_MAX = 19000 };
#define PURPOSE "complaint"
#define OF_NAME "name-complaint"
#define OF_REGISTRAR "registrar-complaint"

struct complaining {
	struct complaint_form form;
	struct report report;
	struct desk_file_arg arg;
};

static void show(struct http *h, struct complaint_form *f, int status)
{
	struct page p = page_of(h, N_("Complain about a name or a registrar"), NAV_NONE);
	p.bad = f->bad.n > 0;
	p.path = "/complaint";
	http_status(h, status);
	web_complaint(&p, f);
}

void web_get_complaint(struct http *h)
{
	const char *about = http_query(h, "about");
	struct complaint_form f = { .about = about ? about : "",
				    .kind = about ? OF_NAME : "",
				    .token = form_token(h, PURPOSE) };
	show(h, &f, 200);
}

static void read_form(struct http *h, struct complaint_form *f)
{
	enum lang l = http_lang(h);
	struct err e = { 0 };
	f->kind = form_text(h, "kind");
	f->about = form_text(h, "about");
	f->description = form_words(h, "description");
	f->email = form_text(h, "email");
	f->token = form_text(h, "form");
	bool name = !strcmp(f->kind, OF_NAME);
	size_t n = strlen(f->about), m = strlen(f->description);
	if (!name && strcmp(f->kind, OF_REGISTRAR) != 0)
		form_bad(&f->bad, "kind", tr(l, N_("Choose what it is about.")));
	if (!n || n > 253 || !text_clean(f->about, n) || strpbrk(f->about, "\r\n\t"))
		form_bad(&f->bad, "about", tr(l, N_("Write the name or the registrar.")));
	else if (name && !name_ascii(http_req(h)->mem, f->about, false, &e))
		form_bad(&f->bad, "about", tr(l, N_("Write the name like example.tw.")));
	if (!m || m > TEXT_MAX || !text_clean(f->description, m))
		form_bad(&f->bad, "description", tr(l, N_("Say in some words what is wrong.")));
	if (*f->email && !text_email_ok(f->email))
		form_bad(&f->bad, "email",
			 tr(l, N_("Enter an e-mail address like name@example.tw, or leave it empty.")));
}

static enum st file_write(struct req *rq, void *arg)
{
	return desk_report_write(rq, &((struct complaining *)arg)->arg);
}

static void filed(struct http *h, void *arg, const struct err *outcome)
{
	struct complaining *c = arg;
	if (outcome->code == ST_OK) {
		http_redirect(h, arena_printf(http_req(h)->mem, "/case/%s?new=1", c->arg.out.token));
		return;
	}
	form_bad(&c->form.bad, "description",
		 outcome->code == ST_INVALID
			 ? tr(http_lang(h), N_("We could not use this. Check it and send the form again."))
			 : tr(http_lang(h), N_("We could not store this just now. Send it again in a minute.")));
	show(h, &c->form, http_code(outcome->code));
}

/* The name is what the case is about; a registrar is none of the things we look up, so it stands in the words. */
static void fill_report(struct http *h, struct complaining *c, const char *nonce)
{
	struct arena *mem = http_req(h)->mem;
	struct report *r = &c->report;
	struct err e = { 0 };
	bool name = !strcmp(c->form.kind, OF_NAME);
	r->description = name ? arena_strdup(mem, c->form.description)
			      : arena_printf(mem, "%s\n\n%s", c->form.about, c->form.description);
	if (name && obs_parse(mem, c->form.about, &r->obs[0], &e) == ST_OK)
		r->nobs = 1;
	r->email = *c->form.email ? arena_strdup(mem, c->form.email) : NULL;
	r->class_id = arena_strdup(mem, c->form.kind);
	r->lang = http_lang(h);
	r->source = SOURCE_WEB;
	r->idempotency = form_key(
		h, nonce,
		arena_printf(mem, "%s\n%s\n%s\n%s", c->form.kind, c->form.about, c->form.email, c->form.description));
	c->arg.report = r;
}

void web_post_complaint(struct http *h)
{
	struct complaining *c = arena_new_of(http_req(h)->mem, struct complaining);
	enum lang l = http_lang(h);
	const char *nonce = NULL;
	int64_t retry;
	bool allowed = budget_take(h, front_app(h)->report_limit, &retry);
	read_form(h, &c->form);
	enum form_state state = form_check(h, PURPOSE, c->form.token, &nonce);
	if (state == FORM_STALE)
		c->form.token = form_token(h, PURPOSE);
	if (state != FORM_OK)
		form_bad(&c->form.bad, "description",
			 state == FORM_FRESH
				 ? tr(l, N_("That was very quick. Read through it once more, then send it again."))
				 : tr(l,
				      N_("This page was open for too long. Everything you typed is still here: send it "
					 "again.")));
	form_only(h, &c->form.bad, "description", "form kind about description email", "");
	if (!allowed)
		form_bad(&c->form.bad, "description",
			 tr(l, N_("Your network has sent a lot. Send it again in some minutes.")));
	if (c->form.bad.n) {
		show(h, &c->form, allowed ? 422 : 429);
		return;
	}
	fill_report(h, c, nonce);
	if (desk_report_prepare(http_req(h), &c->report))
		filed(h, c, &http_req(h)->err);
	else
		http_write(h, file_write, c, filed);
}
