/* web_verify.c — /contact/verify/TOKEN: is the mail of this address read? The link only shows the question. */
#include "front/web/web.h"
#include <string.h>
#include "base/text.h"
#include "front/web/pages.h"

struct verifying {
	struct check_form form;
	struct check_answer answer;
};

static bool load(struct http *h, struct check_form *f)
{
	struct req *rq = http_req(h);
	f->token = arena_strdup(rq->mem, http_arg(h, 0));
	if (desk_check_open(rq, f->token, &f->v) == ST_OK)
		return true;
	if (rq->err.code == ST_NOTFOUND)
		web_say(h, 404, N_("This link is no longer valid"),
			N_("A newer letter has a newer link. If you have none, there is nothing to answer."));
	else
		http_fail_err(h, &rq->err);
	return false;
}

static void show(struct http *h, struct check_form *f, int status)
{
	struct page p = page_of(h, N_("Is this the right address?"), NAV_NONE);
	p.task = true;
	p.bad = f->bad.n > 0;
	http_set_header(h, "X-Robots-Tag", "noindex");
	http_status(h, status);
	web_verify(&p, f);
}

void web_get_verify(struct http *h)
{
	struct check_form *f = arena_new_of(http_req(h)->mem, struct check_form);
	if (!load(h, f))
		return;
	f->email = f->text = "";
	f->done = http_query(h, "done");
	show(h, f, 200);
}

static enum st verify_write(struct req *rq, void *arg)
{
	return desk_check_answer(rq, &((struct verifying *)arg)->answer);
}

static void verified(struct http *h, void *arg, const struct err *outcome)
{
	struct verifying *v = arg;
	if (outcome->code == ST_OK)
		http_redirect(h, arena_printf(http_req(h)->mem, "/contact/verify/%s?done=%s", v->form.token,
					      v->answer.right ? "right" : "wrong"));
	else
		http_fail_err(h, outcome);
}

static void check(struct http *h, struct verifying *v)
{
	enum lang l = http_lang(h);
	struct check_form *f = &v->form;
	size_t n = strlen(f->text);
	if (*f->email && !text_email_ok(f->email))
		form_bad(&f->bad, "email", tr(l, N_("Enter an e-mail address like name@example.tw.")));
	if (n > 500 || (n && !text_clean(f->text, n)))
		form_bad(&f->bad, "text", tr(l, N_("The text is too long. Send the most important part.")));
}

void web_post_verify(struct http *h)
{
	struct verifying *v = arena_new_of(http_req(h)->mem, struct verifying);
	struct arena *mem = http_req(h)->mem;
	int64_t retry;
	if (!load(h, &v->form))
		return;
	v->form.email = form_text(h, "email");
	v->form.text = form_words(h, "text");
	v->answer = (struct check_answer){ .token = (char *)(uintptr_t)v->form.token,
					   .right = !strcmp(form_text(h, "answer"), "right"),
					   .better = arena_strdup(mem, v->form.email),
					   .text = arena_strdup(mem, v->form.text) };
	if (!budget_take(h, front_app(h)->login_limit, &retry)) {
		http_fail(h, 429, "too many tries");
		return;
	}
	form_only(h, &v->form.bad, "text", "answer email text", "");
	if (!v->answer.right)
		check(h, v);
	if (v->form.bad.n > 0)
		show(h, &v->form, 422);
	else
		http_write(h, verify_write, v, verified);
}
