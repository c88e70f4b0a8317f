/* web_shared.c — the partner's page behind the link in a share's letter. No account; only POST changes anything. */
#include "front/web/web.h"
#include <string.h>
#include "base/text.h"
#include "front/web/pages.h"

enum { TEXT_MAX = 10000 };

struct answering {
	struct shared_form form;
	struct share_answer arg;
};

const char *share_answer_word(const struct page *p, enum share_state s)
{
	static const char *const words[SHARE_STATES] = {
		[SHARE_RECEIVED] = N_("We have it"),
		[SHARE_HANDLED] = N_("We have dealt with it"),
		[SHARE_REFUSED] = N_("It is not for us"),
	};
	return words[s] ? tr(p->lang, words[s]) : "";
}

const char *share_answer_hint(const struct page *p, enum share_state s)
{
	static const char *const words[SHARE_STATES] = {
		[SHARE_RECEIVED] = N_("We do not remind you any more. Tell us later what you did."),
		[SHARE_HANDLED] = N_("Tell us below what you did, if you may."),
		[SHARE_REFUSED] = N_("Tell us below who could act on it, if you know."),
	};
	return words[s] ? tr(p->lang, words[s]) : "";
}

static bool load(struct http *h, struct shared_form *f)
{
	struct req *rq = http_req(h);
	f->token = http_arg(h, 0);
	if (share_view(rq, f->token, http_lang(h), &f->v) == ST_OK)
		return true;
	http_fail_err(h, &rq->err);
	return false;
}

static void show(struct http *h, struct shared_form *f, int status)
{
	struct page p = page_of(h, N_("Shared with you"), NAV_NONE);
	p.task = true;
	p.bad = f->bad.n > 0;
	http_set_header(h, "X-Robots-Tag", "noindex");
	http_status(h, status);
	web_shared(&p, f);
}

void web_get_shared(struct http *h)
{
	struct shared_form *f = arena_new_of(http_req(h)->mem, struct shared_form);
	if (!load(h, f))
		return;
	f->answer = f->text = "";
	f->sent = http_query(h, "sent") != NULL;
	show(h, f, 200);
}

static enum st answer_write(struct req *rq, void *arg)
{
	return share_answer(rq, &((struct answering *)arg)->arg);
}

static void answered(struct http *h, void *arg, const struct err *outcome)
{
	struct answering *a = arg;
	enum lang l = http_lang(h);
	if (outcome->code == ST_OK) {
		http_redirect(h, arena_printf(http_req(h)->mem, "/share/%s?sent=1", a->arg.token));
		return;
	}
	if (outcome->code == ST_NOTFOUND) {
		http_fail_err(h, outcome);
		return;
	}
	if (!load(h, &a->form))
		return;
	bool again = outcome->code == ST_CONFLICT;
	form_bad(&a->form.bad, again ? "a-received" : "text",
		 again ? tr(l, N_("You have told us more than this already."))
		       : tr(l, N_("We could not store your answer just now. Send it again in a minute.")));
	show(h, &a->form, http_code(outcome->code));
}

static void check(struct http *h, struct answering *a)
{
	enum lang l = http_lang(h);
	if (!share_answer_parse(a->form.answer, &a->arg.state))
		form_bad(&a->form.bad, "a-received", tr(l, N_("Choose one of the three answers.")));
	if (strlen(a->form.text) > TEXT_MAX)
		form_bad(&a->form.bad, "text", tr(l, N_("The text is too long. Send the most important part.")));
}

void web_post_shared(struct http *h)
{
	struct answering *a = arena_new_of(http_req(h)->mem, struct answering);
	if (!load(h, &a->form))
		return;
	a->form.answer = form_text(h, "answer");
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

static void file_out(struct http *h, enum share_file which, const char *type, const char *name)
{
	struct req *rq = http_req(h);
	if (share_file(rq, http_arg(h, 0), which, http_out(h))) {
		http_fail_err(h, &rq->err);
		return;
	}
	http_type(h, type);
	http_set_header(h, "Cache-Control", "no-store");
	http_set_header(h, "X-Robots-Tag", "noindex");
	http_set_header(h, "X-Content-Type-Options", "nosniff");
	http_set_header(h, "Content-Disposition", arena_printf(rq->mem, "attachment; filename=\"%s\"", name));
}

void web_get_shared_csv(struct http *h)
{
	file_out(h, SHARE_CSV, "text/csv; charset=utf-8", "observables.csv");
}

void web_get_shared_xarf(struct http *h)
{
	file_out(h, SHARE_XARF, "application/json", "xarf.json");
}
