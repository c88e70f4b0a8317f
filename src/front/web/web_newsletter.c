/* web_newsletter.c — /newsletter: giving an address, and the link of the letter: yes, another language, no more. Opening
 * the link changes nothing, so that a mail program that looks ahead confirms nobody. */
#include "front/web/web.h"
#include <string.h>
#include "base/text.h"
#include "front/web/pages.h"
#include "voice/newsletter.h"

/* ── giving an address ── */

struct asking {
	struct newsletter_form form;
	struct newsletter_ask ask;
};

static void show_form(struct http *h, struct newsletter_form *f, int status)
{
	struct page p = page_of(h, N_("Newsletter"), NAV_NONE);
	p.bad = f->bad.n > 0;
	p.path = "/newsletter";
	http_status(h, status);
	web_newsletter(&p, f);
}

void web_get_newsletter(struct http *h)
{
	struct newsletter_form f = { .email = "", .lang = http_lang(h) };
	show_form(h, &f, 200);
}

static enum st ask_write(struct req *rq, void *arg)
{
	return newsletter_ask(rq, &((struct asking *)arg)->ask);
}

/* One answer for every address: whether it is a reader's is told to its own mailbox alone. */
static void asked(struct http *h, void *arg, const struct err *outcome)
{
	struct asking *a = arg;
	a->form.asked = outcome->code == ST_OK;
	show_form(h, &a->form, form_stored(h, &a->form.bad, "email", outcome));
}

void web_post_newsletter(struct http *h)
{
	struct arena *mem = http_req(h)->mem;
	struct asking *a = arena_new_of(mem, struct asking);
	a->form.email = form_text(h, "email");
	a->form.lang = *form_text(h, "language") ? lang_of(form_text(h, "language")) : http_lang(h);
	if (!may_ask(h, &a->form.bad, "email")) {
		show_form(h, &a->form, 429);
		return;
	}
	form_only(h, &a->form.bad, "email", "email language", "");
	form_email(h, &a->form.bad, a->form.email);
	if (a->form.bad.n > 0) {
		show_form(h, &a->form, 422);
		return;
	}
	a->ask = (struct newsletter_ask){ arena_strdup(mem, a->form.email), a->form.lang };
	http_write(h, ask_write, a, asked);
}

/* ── by the link ── */

struct by_link {
	struct newsletter_link view;
	struct newsletter_say say;
};

static void show_link(struct http *h, const struct newsletter_link *v)
{
	struct page p = page_of(h, N_("Newsletter"), NAV_NONE);
	p.task = true;
	http_set_header(h, "X-Robots-Tag", "noindex");
	web_newsletter_link(&p, v);
}

/* The reader of the path's link; NULL: it has answered. */
static struct by_link *link_of(struct http *h)
{
	struct req *rq = http_req(h);
	struct by_link *b = arena_new_of(rq->mem, struct by_link);
	struct newsletter_reader r;
	b->view.token = b->say.token = arena_strdup(rq->mem, http_arg(h, 0));
	enum st st = newsletter_get(rq, b->view.token, &r);
	if (st == ST_OK) {
		b->view.confirmed = r.confirmed_at != 0;
		b->view.failing = r.failing != 0;
		b->view.lang = r.lang;
		return b;
	}
	if (st == ST_NOTFOUND)
		web_say(h, 404, N_("This link is no longer valid"),
			N_("The address behind it is deleted. To read the newsletter, give your address again."));
	else
		http_fail_err(h, &rq->err);
	return NULL;
}

void web_get_newsletter_link(struct http *h)
{
	struct by_link *b = link_of(h);
	if (b)
		show_link(h, &b->view);
}

static enum st confirm_write(struct req *rq, void *arg)
{
	return newsletter_confirm(rq, &((struct by_link *)arg)->say);
}

static void confirmed(struct http *h, void *arg, const struct err *outcome)
{
	struct by_link *b = arg;
	if (outcome->code) {
		http_fail_err(h, outcome);
		return;
	}
	b->view.confirmed = b->view.done = true;
	b->view.failing = false;
	b->view.lang = b->say.lang;
	show_link(h, &b->view);
}

void web_post_newsletter_link(struct http *h)
{
	struct by_link *b = link_of(h);
	if (!b)
		return;
	b->say.lang = *form_text(h, "language") ? lang_of(form_text(h, "language")) : b->view.lang;
	http_write(h, confirm_write, b, confirmed);
}

/* ── no more (RFC 8058: one POST, without a page before it) ── */

void web_get_newsletter_stop(struct http *h)
{
	struct by_link *b = link_of(h);
	if (!b)
		return;
	b->view.stop = true;
	show_link(h, &b->view);
}

static enum st leave_write(struct req *rq, void *arg)
{
	return newsletter_leave(rq, arg);
}

static void left(struct http *h, void *arg, const struct err *outcome)
{
	(void)arg;
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		web_say(h, 200, N_("No more newsletters"), N_("Your address is deleted. Thank you for reading."));
}

/* Takes from no budget: it comes from the mail program's house for all who read there. A link that we don't know writes
 * nothing, and is answered the same. */
void web_post_newsletter_stop(struct http *h)
{
	struct req *rq = http_req(h);
	struct newsletter_reader r;
	char *token = arena_strdup(rq->mem, http_arg(h, 0));
	enum st st = newsletter_get(rq, token, &r);
	if (st == ST_OK)
		http_write(h, leave_write, token, left);
	else if (st == ST_NOTFOUND)
		left(h, NULL, &(struct err){ 0 });
	else
		http_fail_err(h, &rq->err);
}
