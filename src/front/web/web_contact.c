/* web_contact.c — /contact/THING: a message to somebody whose address is withheld; the link that lets it go out, and
 * the one that ends this. The links of letters open pages with a button, so that nothing happens when a mail program
 * looks. */
#include "front/web/web.h"
#include <string.h>
#include "base/text.h"
#include "front/web/pages.h"
#include "lookup/relay.h"
#include "lookup/service.h"

#define PURPOSE "contact"

struct sending {
	struct contact_form form;
	struct relay_asking ask;
};

static void show(struct http *h, struct contact_form *f, int status)
{
	struct page p = page_of(h, N_("Write to the holder"), NAV_LOOKUP);
	p.bad = f->bad.n > 0;
	http_status(h, status);
	web_contact(&p, f);
}

/* The thing of the path; false: it has answered. */
static bool about(struct http *h, struct contact_form *f)
{
	struct req *rq = http_req(h);
	char *name, *shown;
	enum st st = relay_about(rq, http_arg(h, 0), &name, &shown);
	if (st == ST_OK) {
		f->about = name;
		f->shown = shown;
		return true;
	}
	if (st == ST_NOTFOUND || st == ST_INVALID)
		web_say(h, 404, N_("Nobody to write to here"),
			N_("We know nothing by this name, or its contacts stand in the register for everyone to see. "
			   "Look it "
			   "up to find them."));
	else
		http_fail_err(h, &rq->err);
	return false;
}

void web_get_contact(struct http *h)
{
	struct contact_form *f = arena_new_of(http_req(h)->mem, struct contact_form);
	f->email = f->text = "";
	f->token = form_token(h, PURPOSE);
	if (about(h, f))
		show(h, f, 200);
}

/* ── sending ── */

static void check_form(struct http *h, struct contact_form *f)
{
	enum lang l = http_lang(h);
	size_t n = strlen(f->text);
	form_only(h, &f->bad, "text", "form text email", "");
	if (!n)
		form_bad(&f->bad, "text", tr(l, N_("Write your message.")));
	else if (n > RELAY_TEXT_MAX || !text_clean(f->text, n))
		form_bad(&f->bad, "text", tr(l, N_("The message is too long. Send the most important part.")));
	if (!text_email_ok(f->email))
		form_bad(&f->bad, "email", tr(l, N_("Enter an e-mail address like name@example.tw.")));
}

static bool token_ok(struct http *h, struct contact_form *f, const char **nonce)
{
	switch (form_check(h, PURPOSE, f->token, nonce)) {
	case FORM_OK:
		return true;
	case FORM_FRESH:
		form_bad(&f->bad, "text",
			 tr(http_lang(h), N_("That was very quick. Read through it once more, then send it again.")));
		return false;
	case FORM_STALE:
		f->token = form_token(h, PURPOSE);
		form_bad(&f->bad, "text",
			 tr(http_lang(h),
			    N_("This page was open for too long. Everything you typed is still here: send it again.")));
	}
	return false;
}

static void asked(struct http *h, void *arg, const struct err *outcome)
{
	struct sending *s = arg;
	enum lang l = http_lang(h);
	if (outcome->code == ST_OK)
		s->form.sent = true;
	else if (outcome->code == ST_LIMIT)
		form_bad(&s->form.bad, "text", tr(l, N_("That was enough for one day. Try again tomorrow.")));
	else
		form_bad(&s->form.bad, "text", tr(l, N_("We could not use this. Check it and send the form again.")));
	show(h, &s->form, outcome->code ? http_code(outcome->code) : 200);
}

static enum st ask_write(struct req *rq, void *arg)
{
	return relay_ask(rq, &((struct sending *)arg)->ask);
}

void web_post_contact(struct http *h)
{
	struct req *rq = http_req(h);
	struct sending *s = arena_new_of(rq->mem, struct sending);
	struct contact_form *f = &s->form;
	const char *nonce = NULL;
	int64_t retry;
	bool allowed = budget_take(h, lookup_limit_contact(), &retry);
	f->email = form_text(h, "email");
	f->text = form_words(h, "text");
	f->token = form_text(h, "form");
	if (!about(h, f))
		return;
	if (!allowed) {
		form_bad(&f->bad, "text",
			 arena_printf(rq->mem,
				      tr(http_lang(h),
					 N_("Your network has sent many messages. Send it again in %lld minutes.")),
				      (long long)(retry + 59) / 60));
		show(h, f, 429);
		return;
	}
	check_form(h, f);
	if (!token_ok(h, f, &nonce) || f->bad.n > 0) {
		show(h, f, 422);
		return;
	}
	s->ask = (struct relay_asking){
		.about = f->about, .sender = f->email, .text = f->text, .lang = http_lang(h), .once = nonce
	};
	http_write(h, ask_write, s, asked);
}

/* ── the links of the letters ── */

struct by_link {
	struct contact_link view;
	char *token;
};

static struct by_link *link_of(struct http *h, bool stop)
{
	struct req *rq = http_req(h);
	struct by_link *b = arena_new_of(rq->mem, struct by_link);
	struct relay r;
	b->token = arena_strdup(rq->mem, http_arg(h, 0));
	b->view = (struct contact_link){ .stop = stop, .token = b->token };
	enum st st = relay_get(rq, stop ? 's' : 'c', b->token, &r);
	if (st == ST_NOTFOUND) {
		web_say(h, 404, N_("This link is no longer valid"),
			N_("It works for a limited time. If you wrote a message, write it again."));
		return NULL;
	}
	if (st) {
		http_fail_err(h, &rq->err);
		return NULL;
	}
	b->view.shown = r.about;
	b->view.done = stop ? r.stopped : r.confirmed_at != 0;
	return b;
}

static void show_link(struct http *h, const struct by_link *b)
{
	struct page p = page_of(h, b->view.stop ? N_("No more messages") : N_("Send your message"), NAV_NONE);
	p.task = true;
	web_contact_link(&p, &b->view);
}

static void get_link(struct http *h, bool stop)
{
	struct by_link *b = link_of(h, stop);
	if (b)
		show_link(h, b);
}

static void link_done(struct http *h, void *arg, const struct err *outcome)
{
	struct by_link *b = arg;
	if (outcome->code) {
		http_fail_err(h, outcome);
		return;
	}
	b->view.done = true;
	show_link(h, b);
}

static enum st confirm_write(struct req *rq, void *arg)
{
	return relay_confirm(rq, ((struct by_link *)arg)->token);
}

static enum st stop_write(struct req *rq, void *arg)
{
	return relay_stop(rq, ((struct by_link *)arg)->token);
}

static void post_link(struct http *h, bool stop)
{
	struct by_link *b = link_of(h, stop);
	if (b)
		http_write(h, stop ? stop_write : confirm_write, b, link_done);
}

void web_get_contact_confirm(struct http *h)
{
	get_link(h, false);
}
void web_post_contact_confirm(struct http *h)
{
	post_link(h, false);
}
void web_get_contact_stop(struct http *h)
{
	get_link(h, true);
}
void web_post_contact_stop(struct http *h)
{
	post_link(h, true);
}
