/* web_case.c — the reporter's page behind the private link, its receipt, and the way to the link. */
#include "front/web/web.h"
#include <string.h>
#include "base/json.h"
#include "base/text.h"
#include "front/web/pages.h"
#include "who/person.h"

enum { TEXT_MAX = 20000 };

struct adding {
	struct case_form form;
	struct reporter_arg arg;
};

/* The case of this page's link; false: answered with the error. */
static bool load(struct http *h, struct case_view **out)
{
	struct req *rq = http_req(h);
	*out = arena_new_of(rq->mem, struct case_view);
	if (desk_case_reporter(rq, http_arg(h, 0), NULL, http_lang(h), *out) == ST_OK)
		return true;
	http_fail_err(h, &rq->err);
	return false;
}

static struct page case_page(struct http *h, const char *title, const struct case_view *v)
{
	struct page p = page_of(h, title, NAV_CASE);
	p.title = arena_printf(p.mem, "%s %s", p.title, v->number);
	http_set_header(h, "X-Robots-Tag", "noindex");
	return p;
}

static void show(struct http *h, struct case_form *f, int status)
{
	if (!load(h, &f->v))
		return;
	struct page p = case_page(h, N_("Your report"), f->v);
	p.path = arena_printf(p.mem, "/case/%s", http_arg(h, 0));
	p.bad = f->bad.n > 0;
	f->token = http_arg(h, 0);
	http_status(h, status);
	web_case(&p, f);
}

void web_get_case(struct http *h)
{
	struct case_form *f = arena_new_of(http_req(h)->mem, struct case_form);
	f->fresh = http_query(h, "new") != NULL;
	f->added = http_query(h, "added") != NULL;
	f->asked = http_query(h, "asked") != NULL;
	show(h, f, 200);
}

/* ── more evidence ── */

static enum st add_write(struct req *rq, void *arg)
{
	return desk_reporter_add(rq, &((struct adding *)arg)->arg);
}

static void added(struct http *h, void *arg, const struct err *outcome)
{
	struct adding *a = arg;
	if (outcome->code == ST_OK) {
		http_redirect(h, arena_printf(http_req(h)->mem, "/case/%s?added=1", a->arg.token));
	} else if (outcome->code == ST_NOTFOUND) {
		http_fail_err(h, outcome);
	} else {
		show(h, &a->form, form_stored(h, &a->form.bad, "text", outcome));
	}
}

void web_post_case_add(struct http *h)
{
	struct adding *a = arena_new_of(http_req(h)->mem, struct adding);
	struct case_view *v;
	if (!load(h, &v))
		return;
	if (!may_send(h, &a->form.bad, "text")) {
		a->form.text = form_words(h, "text");
		show(h, &a->form, 429);
		return;
	}
	a->form.text = form_words(h, "text");
	a->arg.token = arena_strdup(http_req(h)->mem, http_arg(h, 0));
	a->arg.text = arena_strdup(http_req(h)->mem, a->form.text);
	a->arg.nfiles = upload_keep(h, a->arg.file, NULL, &a->form.bad);
	form_only(h, &a->form.bad, "text", "text", "");
	if (!*a->form.text && a->arg.nfiles == 0 && a->form.bad.n == 0)
		form_bad(&a->form.bad, "text", tr(http_lang(h), N_("Write something or choose a file.")));
	if (strlen(a->form.text) > TEXT_MAX)
		form_bad(&a->form.bad, "text",
			 tr(http_lang(h), N_("The text is too long. Send the most important part.")));
	if (a->form.bad.n > 0)
		show(h, &a->form, 422);
	else
		http_write(h, add_write, a, added);
}

/* ── a question ── */

static enum st ask_write(struct req *rq, void *arg)
{
	return desk_question_ask(rq, &((struct adding *)arg)->arg);
}

static void asked(struct http *h, void *arg, const struct err *outcome)
{
	struct adding *a = arg;
	enum lang l = http_lang(h);
	if (outcome->code == ST_OK) {
		http_redirect(h, arena_printf(http_req(h)->mem, "/case/%s?asked=1", a->arg.token));
		return;
	}
	if (outcome->code == ST_NOTFOUND || outcome->code == ST_CONFLICT) {
		http_fail_err(h, outcome);
		return;
	}
	form_bad(&a->form.bad, "question",
		 outcome->code == ST_LIMIT
			 ? tr(l, N_("Your earlier questions wait for our answer. Ask again when they are answered."))
			 : tr(l, N_("We could not store this just now. Send it again in a minute.")));
	show(h, &a->form, http_code(outcome->code));
}

void web_post_case_ask(struct http *h)
{
	struct arena *mem = http_req(h)->mem;
	struct adding *a = arena_new_of(mem, struct adding);
	struct case_view *v;
	enum lang l = http_lang(h);
	if (!load(h, &v))
		return;
	a->form.question = form_words(h, "question");
	a->arg = (struct reporter_arg){ .token = arena_strdup(mem, http_arg(h, 0)),
					.text = arena_strdup(mem, a->form.question) };
	if (!may_send(h, &a->form.bad, "question")) {
		show(h, &a->form, 429);
		return;
	}
	form_only(h, &a->form.bad, "question", "question", "");
	if (!*a->form.question)
		form_bad(&a->form.bad, "question", tr(l, N_("Write your question.")));
	if (strlen(a->form.question) > TEXT_MAX)
		form_bad(&a->form.bad, "question", tr(l, N_("The text is too long. Send the most important part.")));
	if (a->form.bad.n > 0)
		show(h, &a->form, 422);
	else
		http_write(h, ask_write, a, asked);
}

/* ── withdrawing ── */

void web_get_withdraw(struct http *h)
{
	struct case_view *v;
	if (!load(h, &v))
		return;
	struct page p = case_page(h, N_("Withdraw your report"), v);
	web_withdraw(&p, v, http_arg(h, 0));
}

static void withdrawn(struct http *h, void *arg, const struct err *outcome)
{
	(void)arg;
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		web_say(h, 200, N_("Your report is withdrawn"),
			N_("We do not write to you about it any more. Your receipt stays valid."));
}

void web_post_withdraw(struct http *h)
{
	struct reporter_arg *a = arena_new_of(http_req(h)->mem, struct reporter_arg);
	a->token = arena_strdup(http_req(h)->mem, http_arg(h, 0));
	http_write(h, desk_reporter_withdraw, a, withdrawn);
}

/* ── the receipt ── */

/* What the receipt file holds, for its page. NULL: it is still being made, or the report was erased. */
static struct receipt_words *receipt_read(struct http *h)
{
	struct req *rq = http_req(h);
	const struct front_app *app = front_app(h);
	BUF_SCOPE b = BUF_INIT;
	BUF_SCOPE key = BUF_INIT;
	if (desk_receipt(rq, http_arg(h, 0), NULL, &b) || app->vkey(app, &key, &rq->err)) {
		err_clear(&rq->err);
		return NULL;
	}
	const struct json *o = json_parse(rq->mem, buf_cstr(&b), b.n, NULL), *by = json_get(o, "witnessed");
	struct receipt_words *r = arena_new_of(rq->mem, struct receipt_words);
	*r = (struct receipt_words){ .filed_at = json_str(json_get(o, "filed_at")),
				     .entry = json_str(json_get(o, "entry")),
				     .salt = json_str(json_get(o, "salt")),
				     .proof = json_str(json_get(o, "proof")),
				     .key = text_trim(rq->mem, buf_cstr(&key)) };
	int most = sizeof r->witness / sizeof *r->witness;
	for (int i = 0; i < json_count(by) && r->nwitnesses < most; i++)
		r->witness[r->nwitnesses++] = (struct receipt_witness){ json_str(json_get(json_at(by, i), "name")),
									json_str(json_get(json_at(by, i), "time")) };
	return r;
}

void web_get_receipt(struct http *h)
{
	struct case_view *v;
	if (!load(h, &v))
		return;
	struct page p = case_page(h, N_("Receipt"), v);
	web_receipt(&p, v, receipt_read(h), http_arg(h, 0));
}

void web_get_receipt_json(struct http *h)
{
	struct req *rq = http_req(h);
	enum st s = desk_receipt(rq, http_arg(h, 0), NULL, http_out(h));
	if (s == ST_OK) {
		http_type(h, "application/json");
		http_set_header(h, "Cache-Control", "no-store");
		http_set_header(h, "Content-Disposition", "attachment; filename=\"receipt.json\"");
	} else if (s == ST_BUSY) {
		buf_reset(http_out(h));
		http_set_header(h, "Retry-After", "5");
		web_say(h, 202, N_("Your receipt is being made"), N_("It takes a few seconds. Load this page again."));
	} else {
		http_fail_err(h, &rq->err);
	}
}

/* ── finding the way back, and confirming an address ── */

struct finding {
	struct find_form form;
	struct find_ask ask;
};

static void show_find(struct http *h, struct find_form *f, int status)
{
	struct page p = page_of(h, N_("My case"), NAV_CASE);
	p.bad = f->bad.n > 0;
	p.path = "/case";
	http_status(h, status);
	web_find(&p, f);
}

void web_get_find(struct http *h)
{
	const char *number = http_query(h, "number");
	struct find_form f = { .number = number ? number : "" };
	show_find(h, &f, 200);
}

static enum st find_write(struct req *rq, void *arg)
{
	return desk_find_ask(rq, &((struct finding *)arg)->ask);
}

static void found(struct http *h, void *arg, const struct err *outcome)
{
	struct finding *f = arg;
	f->form.asked = outcome->code == ST_OK;
	show_find(h, &f->form, form_stored(h, &f->form.bad, "number", outcome));
}

/* One answer for every number and address: whether they belong together is nobody else's business. */
void web_post_find(struct http *h)
{
	struct arena *mem = http_req(h)->mem;
	struct finding *f = arena_new_of(mem, struct finding);
	enum lang l = http_lang(h);
	f->form.number = form_text(h, "number");
	f->form.email = form_text(h, "email");
	if (!may_ask(h, &f->form.bad, "number")) {
		show_find(h, &f->form, 429);
		return;
	}
	form_only(h, &f->form.bad, "number", "number email", "");
	if (!*f->form.number)
		form_bad(&f->form.bad, "number", tr(l, N_("Enter the case number.")));
	if (!text_email_ok(f->form.email))
		form_bad(&f->form.bad, "email", tr(l, N_("Enter the e-mail address you gave in the report.")));
	f->ask = (struct find_ask){ arena_strdup(mem, f->form.number), arena_strdup(mem, f->form.email) };
	if (f->form.bad.n > 0)
		show_find(h, &f->form, 422);
	else
		http_write(h, find_write, f, found);
}

void web_get_confirm(struct http *h)
{
	struct page p = page_of(h, N_("Confirm your e-mail address"), NAV_NONE);
	p.task = true;
	web_confirm(&p, http_arg(h, 0));
}

static void confirmed(struct http *h, void *arg, const struct err *outcome)
{
	(void)arg;
	if (outcome->code == ST_OK)
		web_say(h, 200, N_("Your address is confirmed"),
			N_("We write to you when something changes in your case."));
	else if (outcome->code == ST_NOTFOUND)
		web_say(h, 404, N_("This link is no longer valid"),
			N_("It was used before or is too old. If you confirmed your address already, there is nothing "
			   "more to do."));
	else
		http_fail_err(h, outcome);
}

void web_post_confirm(struct http *h)
{
	int64_t retry;
	if (budget_take(h, front_app(h)->login_limit, &retry))
		http_write(h, desk_report_confirm, arena_strdup(http_req(h)->mem, http_arg(h, 0)), confirmed);
	else
		http_fail(h, 429, "too many tries");
}
