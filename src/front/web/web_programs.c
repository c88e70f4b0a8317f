/* web_programs.c — tokens for programs: a contact's, behind the link of its page of notices, and a partner's, made by
 * staff. A new token is shown in the answer to its form and never again. */
#include "front/web/web.h"
#include <string.h>
#include "base/text.h"
#include "desk/desk_party.h"
#include "front/web/pages.h"

struct contact_tokens {
	struct programs page;
	struct party_token_arg arg;
};

static const char refused_label[] = N_("One line, at most 80 characters.");

/* What is wrong with the form, or a page of its own for what is wrong with the rest. */
static bool say(struct http *h, struct form_errors *bad, const struct err *why)
{
	enum lang l = http_lang(h);
	if (why->code == ST_INVALID)
		form_bad(bad, "label", tr(l, refused_label));
	else if (why->code == ST_CONFLICT)
		form_bad(bad, "label", tr(l, N_("There are ten already. Take one back first.")));
	else
		http_fail_err(h, why);
	return bad->n > 0;
}

/* ── a contact's ── */

static bool load(struct http *h, struct programs *v, const char *link)
{
	struct req *rq = http_req(h);
	struct party p;
	struct party_tokens t;
	const char *base = front_base(front_app(h)->cfg, rq->mem);
	if (desk_party_by_link(rq, link, &p) || desk_party_tokens(rq, p.email, &t)) {
		if (rq->err.code == ST_NOTFOUND)
			web_say(h, 404, N_("This link is no longer valid"),
				N_("Links to your notices are good for a day. Ask for a new one: it comes by e-mail."));
		else
			http_fail_err(h, &rq->err);
		return false;
	}
	v->action = arena_printf(rq->mem, "/notices/%s/programs", link);
	v->back = arena_printf(rq->mem, "/notices/%s", link);
	v->email = p.email;
	v->may = t.verified;
	memcpy(v->token, t.token, sizeof v->token);
	v->n = t.n;
	v->ask = arena_printf(rq->mem, "curl -H 'Authorization: Bearer TOKEN' %s/api/v1/notices", base);
	v->answer = arena_printf(rq->mem,
				 "curl -H 'Authorization: Bearer TOKEN' -H 'Content-Type: application/json' -d "
				 "'{\"answer\":\"fixed\"}' %s/api/v1/notices/12/answer",
				 base);
	return true;
}

static void show(struct http *h, struct programs *v, const char *link, int status)
{
	if (!load(h, v, link))
		return;
	struct page p = page_of(h, N_("For your programs"), NAV_NONE);
	p.bad = v->bad.n > 0;
	p.done = http_query(h, "done");
	p.path = v->action;
	http_set_header(h, "X-Robots-Tag", "noindex");
	http_status(h, status);
	web_programs(&p, v);
}

void web_get_programs(struct http *h)
{
	struct programs *v = arena_new_of(http_req(h)->mem, struct programs);
	v->label = "";
	show(h, v, http_arg(h, 0), 200);
}

static struct contact_tokens *sent(struct http *h)
{
	struct arena *mem = http_req(h)->mem;
	struct contact_tokens *c = arena_new_of(mem, struct contact_tokens);
	c->arg.link = arena_strdup(mem, http_arg(h, 0));
	c->page.label = form_text(h, "label");
	c->arg.label = arena_strdup(mem, c->page.label);
	return c;
}

static enum st make_write(struct req *rq, void *arg)
{
	return desk_party_token_make(rq, &((struct contact_tokens *)arg)->arg);
}

static void made(struct http *h, void *arg, const struct err *outcome)
{
	struct contact_tokens *c = arg;
	if (outcome->code && !say(h, &c->page.bad, outcome))
		return;
	if (!outcome->code) {
		c->page.secret = c->arg.token;
		c->page.label = "";
		http_set_header(h, "Cache-Control", "no-store");
	}
	show(h, &c->page, c->arg.link, http_code(outcome->code));
}

void web_post_program(struct http *h)
{
	struct contact_tokens *c = sent(h);
	if (!may_send(h, &c->page.bad, "label"))
		show(h, &c->page, c->arg.link, 429);
	else
		http_write(h, make_write, c, made);
}

static void ended(struct http *h, void *arg, const struct err *outcome)
{
	struct contact_tokens *c = arg;
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		http_redirect(h, arena_printf(http_req(h)->mem, "/notices/%s/programs?done=end", c->arg.link));
}

static enum st end_write(struct req *rq, void *arg)
{
	return desk_party_token_end(rq, &((struct contact_tokens *)arg)->arg);
}

void web_post_program_end(struct http *h)
{
	struct contact_tokens *c = sent(h);
	if (text_int(form_text(h, "token"), 1, INT64_MAX, &c->arg.id))
		http_write(h, end_write, c, ended);
	else
		http_fail(h, 422, N_("token: expected its number"));
}

/* ── a partner's; behind web_guard ── */

struct partner_tokens {
	struct partner_page page;
	struct peer_token_arg arg;
	struct api_token_end end;
};

static struct partner_tokens *of_partner(struct http *h)
{
	struct arena *mem = http_req(h)->mem;
	struct partner_tokens *c = arena_new_of(mem, struct partner_tokens);
	c->page.p.handle = c->arg.handle = c->end.handle = arena_strdup(mem, http_arg(h, 0));
	c->page.programs.label = form_text(h, "label");
	c->arg.label = arena_strdup(mem, c->page.programs.label);
	return c;
}

static enum st partner_made_write(struct req *rq, void *arg)
{
	return desk_peer_token_add(rq, &((struct partner_tokens *)arg)->arg);
}

static void partner_made(struct http *h, void *arg, const struct err *outcome)
{
	struct partner_tokens *c = arg;
	struct programs *v = &c->page.programs;
	if (outcome->code && !say(h, &v->bad, outcome))
		return;
	if (!outcome->code) {
		v->secret = c->arg.token;
		v->label = "";
		http_set_header(h, "Cache-Control", "no-store");
	}
	partner_show(h, &c->page, http_code(outcome->code));
}

void web_post_partner_token(struct http *h)
{
	if (staff_may(h, MAY_SET_PARTNER))
		http_write(h, partner_made_write, of_partner(h), partner_made);
}

static enum st partner_end_write(struct req *rq, void *arg)
{
	return desk_api_token_end(rq, &((struct partner_tokens *)arg)->end);
}

static void partner_ended(struct http *h, void *arg, const struct err *outcome)
{
	struct partner_tokens *c = arg;
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		http_redirect(h, arena_printf(http_req(h)->mem, "/staff/partners/%s?done=token-end", c->end.handle));
}

void web_post_partner_token_end(struct http *h)
{
	struct partner_tokens *c = of_partner(h);
	if (!staff_may(h, MAY_SET_PARTNER))
		return;
	if (text_int(form_text(h, "token"), 1, INT64_MAX, &c->end.id))
		http_write(h, partner_end_write, c, partner_ended);
	else
		http_fail(h, 422, N_("token: expected its number"));
}
