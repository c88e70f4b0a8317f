/* web_notices.c — /notices: a holder's open notices in one place, behind a link that is mailed. */
#include "front/web/web.h"
#include <string.h>
#include "base/text.h"
#include "front/web/pages.h"

enum { TEXT_MAX = 10000 };

/* ── asking for the link ── */

struct asking {
	struct notices_ask form;
	struct open_ask ask;
};

static void show_ask(struct http *h, struct notices_ask *f, int status)
{
	struct page p = page_of(h, N_("My notices"), NAV_NONE);
	p.bad = f->bad.n > 0;
	p.path = "/notices";
	http_status(h, status);
	web_notices_ask(&p, f);
}

void web_get_notices(struct http *h)
{
	struct notices_ask f = { .email = "" };
	show_ask(h, &f, 200);
}

static enum st ask_write(struct req *rq, void *arg)
{
	return desk_open_ask(rq, &((struct asking *)arg)->ask);
}

/* One answer for every address: whether we know it is its reader's business alone. */
static void asked(struct http *h, void *arg, const struct err *outcome)
{
	struct asking *a = arg;
	a->form.asked = outcome->code == ST_OK;
	show_ask(h, &a->form, form_stored(h, &a->form.bad, "email", outcome));
}

void web_post_notices(struct http *h)
{
	struct arena *mem = http_req(h)->mem;
	struct asking *a = arena_new_of(mem, struct asking);
	enum lang l = http_lang(h);
	a->form.email = form_text(h, "email");
	if (!may_ask(h, &a->form.bad, "email")) {
		show_ask(h, &a->form, 429);
		return;
	}
	form_only(h, &a->form.bad, "email", "email", "");
	form_email(h, &a->form.bad, a->form.email);
	if (a->form.bad.n > 0) {
		show_ask(h, &a->form, 422);
		return;
	}
	a->ask = (struct open_ask){ arena_strdup(mem, a->form.email), l };
	http_write(h, ask_write, a, asked);
}

/* ── the list, and an answer to several ── */

struct answering {
	struct notices_view view;
	struct open_answer answer;
};

static bool load(struct http *h, struct notices_view *v)
{
	struct req *rq = http_req(h);
	v->token = arena_strdup(rq->mem, http_arg(h, 0));
	if (desk_open_page(rq, v->token, http_lang(h), &v->page) == ST_OK)
		return true;
	if (rq->err.code == ST_NOTFOUND)
		web_say(h, 404, N_("This link is no longer valid"),
			N_("Links to your notices are good for a day. Ask for a new one: it comes by e-mail."));
	else
		http_fail_err(h, &rq->err);
	return false;
}

static void show(struct http *h, struct notices_view *v, int status)
{
	struct page p = page_of(h, N_("My notices"), NAV_NONE);
	p.bad = v->bad.n > 0;
	p.done = http_query(h, "done");
	p.path = arena_printf(p.mem, "/notices/%s", v->token);
	http_set_header(h, "X-Robots-Tag", "noindex");
	http_status(h, status);
	web_notices(&p, v);
}

void web_get_open(struct http *h)
{
	struct notices_view *v = arena_new_of(http_req(h)->mem, struct notices_view);
	if (!load(h, v))
		return;
	v->text = "";
	show(h, v, 200);
}

static enum st answer_write(struct req *rq, void *arg)
{
	return desk_open_answer(rq, &((struct answering *)arg)->answer);
}

static void answered(struct http *h, void *arg, const struct err *outcome)
{
	struct answering *a = arg;
	if (outcome->code == ST_OK)
		http_redirect(h, arena_printf(http_req(h)->mem, "/notices/%s?done=answer", a->view.token));
	else
		http_fail_err(h, outcome);
}

static void chosen(struct http *h, struct answering *a)
{
	const struct http_field *list;
	int n = http_form_all(h, &list);
	a->answer.id = arena_array(http_req(h)->mem, int64_t, OPEN_NOTICES);
	for (int i = 0; i < n && a->answer.n < OPEN_NOTICES; i++)
		if (!strcmp(list[i].name, "notice") &&
		    text_int(list[i].value, 1, INT64_MAX, &a->answer.id[a->answer.n]))
			a->answer.n++;
}

static void check(struct http *h, struct answering *a)
{
	enum lang l = http_lang(h);
	struct form_errors *bad = &a->view.bad;
	size_t n = strlen(a->view.text);
	form_only(h, bad, "text", "answer text", "notice");
	if (!a->answer.n)
		form_bad(bad, "all", tr(l, N_("Choose the notices that your answer is about.")));
	if (!answer_kind_parse(form_text(h, "answer"), &a->answer.kind) || a->answer.kind == ANSWER_NEED_UNTIL)
		form_bad(bad, "answer", tr(l, N_("Choose one of the answers.")));
	if (n > TEXT_MAX || (n && !text_clean(a->view.text, n)))
		form_bad(bad, "text", tr(l, N_("The text is too long. Send the most important part.")));
}

void web_post_open(struct http *h)
{
	struct arena *mem = http_req(h)->mem;
	struct answering *a = arena_new_of(mem, struct answering);
	int64_t retry;
	if (!load(h, &a->view))
		return;
	a->view.text = form_words(h, "text");
	a->answer.token = (char *)(uintptr_t)a->view.token;
	a->answer.text = arena_strdup(mem, a->view.text);
	if (!budget_take(h, front_app(h)->report_limit, &retry)) {
		http_fail(h, 429, "too many tries");
		return;
	}
	chosen(h, a);
	check(h, a);
	if (a->view.bad.n > 0)
		show(h, &a->view, 422);
	else
		http_write(h, answer_write, a, answered);
}
