/* web_answer.c — the holder's page behind the link in a notice. */
#include "front/web/web.h"
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "front/web/pages.h"

enum { TEXT_MAX = 20000 };

struct answering {
	struct answer_form form;
	struct answer_arg arg;
};

static bool load(struct http *h, struct answer_form *f)
{
	struct req *rq = http_req(h);
	f->token = http_arg(h, 0);
	f->v = arena_new_of(rq->mem, struct answer_view);
	if (desk_answer_view(rq, f->token, http_lang(h), f->v) == ST_OK)
		return true;
	http_fail_err(h, &rq->err);
	return false;
}

static void show(struct http *h, struct answer_form *f, int status)
{
	struct page p = page_of(h, N_("Answer our notice"), NAV_NONE);
	p.task = true;
	p.bad = f->bad.n > 0;
	http_set_header(h, "X-Robots-Tag", "noindex");
	http_status(h, status);
	web_answer(&p, f);
}

void web_get_answer(struct http *h)
{
	struct answer_form *f = arena_new_of(http_req(h)->mem, struct answer_form);
	if (!load(h, f))
		return;
	f->sent = http_query(h, "sent") != NULL;
	show(h, f, 200);
}

/* ── answering ── */

static enum st answer_write(struct req *rq, void *arg)
{
	return desk_answer_write(rq, &((struct answering *)arg)->arg);
}

static void answered(struct http *h, void *arg, const struct err *outcome)
{
	struct answering *a = arg;
	if (outcome->code == ST_OK) {
		http_redirect(h, arena_printf(http_req(h)->mem, "/answer/%s?sent=1", a->arg.token));
		return;
	}
	if (!load(h, &a->form))
		return;
	if (outcome->code == ST_INVALID)
		form_bad(&a->form.bad, a->arg.kind == ANSWER_NEED_UNTIL ? "until" : "text",
			 tr(http_lang(h), N_("We could not use this. Check it and send the form again.")));
	else if (outcome->code != ST_CONFLICT)
		form_bad(&a->form.bad, "text",
			 tr(http_lang(h), N_("We could not store your answer just now. Send it again in a minute.")));
	show(h, &a->form, http_code(outcome->code));
}

/* The day's last minute in people's time. */
static int64_t end_of_day(struct http *h, const char *day)
{
	int64_t t = strlen(day) == 10 ? time_parse(day) : TIME_NONE;
	if (t == TIME_NONE)
		return 0;
	return t + (24 * 3600 - 60) * USEC - front_app(h)->cfg->site_zone * 60 * USEC;
}

static void check(struct http *h, struct answering *a)
{
	enum lang l = http_lang(h);
	struct answer_form *f = &a->form;
	form_only(h, &f->bad, "text", "answer until text", "");
	if (!answer_kind_parse(f->kind, &a->arg.kind)) {
		form_bad(&f->bad, "a-fixed", tr(l, N_("Choose one of the four answers.")));
		return;
	}
	if (a->arg.kind == ANSWER_NEED_UNTIL) {
		a->arg.until = end_of_day(h, f->until);
		if (a->arg.until <= clock_now())
			form_bad(&f->bad, "until", tr(l, N_("Tell us the day until which you need.")));
		else if (f->v->max_until && a->arg.until > f->v->max_until + 24 * 3600 * USEC)
			form_bad(&f->bad, "until", tr(l, N_("That is too far ahead. Choose an earlier day.")));
		else if (f->v->max_until && a->arg.until > f->v->max_until)
			a->arg.until = f->v->max_until;
	}
	if (strlen(f->text) > TEXT_MAX)
		form_bad(&f->bad, "text", tr(l, N_("The text is too long. Send the most important part.")));
}

void web_post_answer(struct http *h)
{
	struct answering *a = arena_new_of(http_req(h)->mem, struct answering);
	if (!load(h, &a->form))
		return;
	a->form.kind = form_text(h, "answer");
	a->form.until = form_text(h, "until");
	a->form.text = form_words(h, "text");
	a->arg.token = arena_strdup(http_req(h)->mem, a->form.token);
	a->arg.text = arena_strdup(http_req(h)->mem, a->form.text);
	if (!may_send(h, &a->form.bad, "text")) {
		show(h, &a->form, 429);
		return;
	}
	check(h, a);
	if (a->form.bad.n > 0)
		show(h, &a->form, 422);
	else
		http_write(h, answer_write, a, answered);
}
