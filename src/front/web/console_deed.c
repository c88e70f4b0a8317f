/* console_deed.c — how a change is made: the form, the rehearsal with its price, the button that does it. */
#include <string.h>
#include "base/phrase.h"
#include "front/web/console.h"

struct deed *deed_new(struct http *h, const char *title, enum nav nav)
{
	struct deed *d = arena_new_of(http_req(h)->mem, struct deed);
	d->p = console_page(h, title, nav);
	d->p.done = NULL;
	d->head = d->p.title;
	d->form.action = http_path(h);
	d->form.look = "btn--main";
	return d;
}

void deed_say(struct deed *d, const char *text)
{
	if (d->nsay < SAYS_MAX)
		d->say[d->nsay++] = text;
}

static struct view *deed_view(struct http *h, struct deed *d)
{
	struct view *v = view_new(h);
	v->head = d->head;
	v->res = d->res;
	v->crumb = d->crumb;
	v->crumb_href = d->crumb_href;
	return v;
}

void deed_form(struct http *h, struct deed *d, int status)
{
	struct view *v = deed_view(h, d);
	if (!d->form.button)
		d->form.button = tr(d->p.lang, N_("Continue"));
	if (d->nsay && !d->form.n) {
		struct block *b = view_block(h, v, BLOCK_NOTE, tr(d->p.lang, N_("What follows from it")));
		b->tone = d->harm ? "warn" : "info";
		b->text = d->say[0];
	}
	view_block(h, v, BLOCK_FORM, NULL)->form = &d->form;
	console_show(h, &d->p, v, status);
}

/* ── the reason of a refusal, in people's words and the registry's ── */

/* "" where it is not known in the reader's language. */
static const char *reason_said(const struct page *p, const struct outcome *why, const struct err *e)
{
	const char *reason = why && *why->reason ? why->reason : e ? e->msg : "";
	if (p->lang == LANG_EN)
		return reason;
	const char *said = e && *e->msg ? err_say(p->mem, p->lang, e) : tr(p->lang, reason);
	return strcmp(said, e && *e->msg ? e->msg : reason) ? said : "";
}

const char *outcome_word(const struct page *p, const struct outcome *why, const struct err *e)
{
	static const struct {
		enum result code;
		const char *text;
	} rows[] = {
		{ R_BILLING, N_("The balance is too low for this.") },
		{ R_NOT_RENEWABLE, N_("The name can't be renewed now.") },
		{ R_NOT_TRANSFERABLE, N_("The name can't be transferred now.") },
		{ R_AUTHORIZATION, N_("Another registrar sponsors this.") },
		{ R_BAD_AUTHINFO, N_("The transfer code is not the right one.") },
		{ R_PENDING_TRANSFER, N_("A transfer is pending.") },
		{ R_NOT_PENDING_TRANSFER, N_("No transfer is pending.") },
		{ R_EXISTS, N_("It exists already.") },
		{ R_NOT_THERE, N_("It does not exist here.") },
		{ R_STATUS, N_("Its state or a status forbids this.") },
		{ R_ASSOCIATION, N_("Something else depends on it.") },
		{ R_POLICY_VALUE, N_("The zone's rules don't allow this value.") },
		{ R_POLICY, N_("The zone's rules don't allow this.") },
		{ R_PARAM_MISSING, N_("Something is missing.") },
		{ R_PARAM_RANGE, N_("A value is out of range.") },
		{ R_PARAM_SYNTAX, N_("A value is not written as it must be.") },
	};
	const char *reason = reason_said(p, why, e);
	for (size_t i = 0; why && i < sizeof rows / sizeof *rows; i++)
		if (rows[i].code == why->code)
			return *reason ? arena_printf(p->mem, tr(p->lang, N_("%s (%s)")), tr(p->lang, rows[i].text),
						      reason)
				       : tr(p->lang, rows[i].text);
	return *reason ? reason : tr(p->lang, N_("The registry refused this."));
}

/* ── the second page ── */

static const char *price_text(struct deed *d)
{
	const struct page *p = &d->p;
	int64_t cost = d->trial.cost;
	if (!*d->trial.currency || !cost)
		return tr(p->lang, N_("This costs nothing."));
	const char *left = money_text(p->mem, d->trial.balance, d->trial.currency);
	if (cost < 0)
		return arena_printf(p->mem, tr(p->lang, N_("You get back %s. Balance afterwards: %s.")),
				    money_text(p->mem, -cost, d->trial.currency), left);
	return arena_printf(p->mem, tr(p->lang, N_("This costs %s. Balance afterwards: %s.")),
			    money_text(p->mem, cost, d->trial.currency), left);
}

static const char *button_text(struct deed *d)
{
	const struct page *p = &d->p;
	if (d->trial.cost <= 0 || !*d->trial.currency)
		return d->button;
	return arena_printf(p->mem, tr(p->lang, N_("%s for %s")), d->button,
			    money_text(p->mem, d->trial.cost, d->trial.currency));
}

static void confirm(struct http *h, struct deed *d)
{
	struct view *v = deed_view(h, d);
	struct form_view *f = arena_new_of(d->p.mem, struct form_view);
	const struct http_field *list;
	int n = http_form_all(h, &list);
	struct block *b = view_block(h, v, BLOCK_NOTE, price_text(d));
	BUF_SCOPE say = BUF_INIT;
	for (int i = 0; i < d->nsay; i++)
		buf_printf(&say, "%s%s", i ? "\n" : "", d->say[i]);
	b->text = arena_strdup(d->p.mem, buf_cstr(&say));
	b->tone = d->harm ? "warn" : "info";
	*f = (struct form_view){ .action = d->form.action,
				 .button = button_text(d),
				 .look = d->harm ? "btn--bad" : "btn--main",
				 .cancel = d->form.cancel,
				 .intro = tr(d->p.lang,
					     N_("It was tried, and it works. Nothing has been changed yet.")) };
	for (int i = 0; i < n; i++)
		if (strcmp(list[i].name, "csrf") && strcmp(list[i].name, "sure"))
			form_hide(f, list[i].name, list[i].value);
	form_hide(f, "sure", "1");
	view_block(h, v, BLOCK_FORM, NULL)->form = f;
	console_show(h, &d->p, v, 200);
}

static void ran(struct http *h, void *arg, const struct err *outcome)
{
	struct deed *d = arg;
	bool tried = d->trial.rehearse && d->trial.passed;
	if (tried)
		confirm(h, d);
	else if (outcome->code == ST_OK && d->after)
		d->after(h, d);
	else if (outcome->code == ST_OK)
		http_redirect(h, d->done);
	else if (outcome->code == ST_BUSY || outcome->code == ST_INTERNAL)
		http_fail_err(h, outcome);
	else if (d->form.n) {
		form_bad(&d->form.bad, d->form.field[0].id, outcome_word(&d->p, d->why, outcome));
		deed_form(h, d, 422);
	} else {
		struct view *v = deed_view(h, d);
		struct block *b = view_block(h, v, BLOCK_NOTE, tr(d->p.lang, N_("The registry refused this.")));
		b->tone = "bad";
		b->text = outcome_word(&d->p, d->why, outcome);
		block_link(b, d->form.cancel ? d->form.cancel : "/console", tr(d->p.lang, N_("Back")), "");
		console_show(h, &d->p, v, 422);
	}
}

static enum st deed_write(struct req *rq, void *arg)
{
	return rehearsal_run(rq, &((struct deed *)arg)->trial);
}

void deed_run(struct http *h, struct deed *d)
{
	if (d->form.bad.n > 0) {
		deed_form(h, d, 422);
		return;
	}
	d->trial.fn = d->fn;
	d->trial.arg = d->arg;
	d->trial.rehearse = strcmp(form_text(h, "sure"), "1") != 0;
	http_write(h, deed_write, d, ran);
}
