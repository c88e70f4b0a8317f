/* web_report.c — /report: one page, one POST. What is wrong brings the form back with everything that was typed. */
#include "front/web/web.h"
#include <ctype.h>
#include <string.h>
#include "base/phrase.h"
#include "base/text.h"
#include "front/web/pages.h"

enum { TEXT_MAX = 20000 };
#define PURPOSE "report"

struct filing {
	struct report_form form;
	struct report report;
	struct desk_file_arg arg;
};

static void load_classes(struct http *h, struct report_form *f)
{
	struct req *rq = http_req(h);
	struct desk_class *list = arena_array(rq->mem, struct desk_class, CLASSES_MAX);
	f->classes = list;
	if (desk_classes(rq, list, CLASSES_MAX, &f->nclasses))
		f->nclasses = 0;
}

static void show(struct http *h, struct report_form *f, int status)
{
	struct page p = page_of(h, N_("Report a problem"), NAV_REPORT);
	p.bad = f->bad.n > 0;
	http_status(h, status);
	web_report(&p, f);
}

void web_get_report(struct http *h)
{
	struct report_form *f = arena_new_of(http_req(h)->mem, struct report_form);
	const char *at = http_query(h, "at");
	load_classes(h, f);
	f->token = form_token(h, PURPOSE);
	f->observables = at ? at : "";
	show(h, f, 200);
}

/* ── reading the form ── */

static bool known_class(const struct report_form *f)
{
	for (int i = 0; i < f->nclasses; i++)
		if (strcmp(f->classes[i].id, f->class_id) == 0)
			return true;
	return false;
}

/* One observable a line; a line with blanks in it is several. */
static void split_observables(struct http *h, struct filing *f)
{
	char *text = arena_strdup(http_req(h)->mem, f->form.observables), *rest = text;
	struct report *r = &f->report;
	for (char *word; (word = strsep(&rest, " \t\r\n"));) {
		struct observable *o = &r->obs[r->nobs];
		struct err e = { 0 };
		if (!*word)
			continue;
		if (r->nobs == OBS_MAX) {
			form_bad(&f->form.bad, "observables",
				 tr(http_lang(h), N_("Give at most 200 addresses in one report.")));
			return;
		}
		if (obs_parse(http_req(h)->mem, word, o, &e)) {
			char *shown = arena_dup(http_req(h)->mem, word, utf8_cut(word, strlen(word), 60));
			form_bad(&f->form.bad, "observables",
				 arena_printf(
					 http_req(h)->mem,
					 tr(http_lang(h),
					    N_("%s: we cannot read this as an address. Give a web address, a name, an "
					       "IP "
					       "address or an e-mail address, or put it into your own words below.")),
					 shown));
			return;
		}
		r->nobs++;
	}
}

static void read_form(struct http *h, struct filing *f)
{
	struct report_form *form = &f->form;
	load_classes(h, form);
	form->class_id = form_text(h, "class");
	form->observables = form_text(h, "observables");
	form->description = form_words(h, "description");
	form->email = form_text(h, "email");
	form->record_only = *form_text(h, "record_only");
	form->share_words = *form_text(h, "share_words");
	form->token = form_text(h, "form");
	form->nfiles = upload_keep(h, form->file, form->kept, &form->bad);
}

static void check_form(struct http *h, struct filing *f)
{
	struct report_form *form = &f->form;
	enum lang l = http_lang(h);
	if (*form->class_id && !known_class(form))
		form_bad(&form->bad, "class", tr(l, N_("Choose one of the kinds in the list.")));
	split_observables(h, f);
	if (strlen(form->description) > TEXT_MAX)
		form_bad(&form->bad, "description", tr(l, N_("The text is too long. Send the most important part.")));
	if (!*form->description && !*form->observables)
		form_bad(&form->bad, "observables", tr(l, N_("Tell us where it is, or what happened.")));
	if (*form->email && !text_email_ok(form->email))
		form_bad(&form->bad, "email",
			 tr(l, N_("Enter an e-mail address like name@example.tw, or leave it empty.")));
}

static char *or_null(struct http *h, const char *s)
{
	return *s ? arena_strdup(http_req(h)->mem, s) : NULL;
}

/* All that was typed, as one text. */
static char *typed(struct http *h, const struct report *r, const struct report_form *form)
{
	struct arena *mem = http_req(h)->mem;
	char *all = arena_printf(mem, "%s\n%s\n%s\n%s\n%d%d", form->class_id, form->email, form->observables,
				 form->description, form->record_only, form->share_words);
	for (int i = 0; i < r->nfiles; i++)
		all = arena_printf(mem, "%s\n%s", all, r->file[i].sha256);
	return all;
}

static void fill_report(struct http *h, struct filing *f, const char *nonce)
{
	struct report *r = &f->report;
	r->description = arena_strdup(http_req(h)->mem, f->form.description);
	r->email = or_null(h, f->form.email);
	r->class_id = or_null(h, f->form.class_id);
	r->lang = http_lang(h);
	r->record_only = f->form.record_only;
	r->share_words = f->form.share_words;
	r->source = SOURCE_WEB;
	r->nfiles = f->form.nfiles;
	memcpy(r->file, f->form.file, sizeof r->file);
	r->idempotency = form_key(h, nonce, typed(h, r, &f->form));
}

/* ── filing ── */

/* "observables[2]: …" names its field. */
static void explain(struct http *h, struct filing *f, const struct err *e)
{
	static const char *const fields[] = { "observables", "description", "email", "class", "files" };
	const char *field = "description";
	char *text = err_say_field(http_req(h)->mem, http_lang(h), e);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (strncmp(e->msg, fields[i], strlen(fields[i])) == 0)
			field = fields[i];
	text[0] = (char)toupper((unsigned char)text[0]);
	form_bad(&f->form.bad, field, text);
}

static void filed(struct http *h, void *arg, const struct err *outcome)
{
	struct filing *f = arg;
	struct arena *mem = http_req(h)->mem;
	if (outcome->code == ST_OK) {
		http_redirect(h, arena_printf(mem, "/case/%s?new=1", f->arg.out.token));
		return;
	}
	if (outcome->code == ST_INVALID)
		explain(h, f, outcome);
	else
		form_bad(&f->form.bad, "description",
			 tr(http_lang(h), N_("We could not store your report just now. Nothing you typed is lost: send "
					     "it again in a minute.")));
	show(h, &f->form, http_code(outcome->code));
}

static enum st file_write(struct req *rq, void *arg)
{
	struct filing *f = arg;
	return desk_report_write(rq, &f->arg);
}

/* The token's state as a sentence; a stale form gets a new token, a fresh one keeps its age. */
static bool token_ok(struct http *h, struct filing *f, const char **nonce)
{
	switch (form_check(h, PURPOSE, f->form.token, nonce)) {
	case FORM_OK:
		return true;
	case FORM_FRESH:
		form_bad(&f->form.bad, "description",
			 tr(http_lang(h), N_("That was very quick. Read through it once more, then send it again.")));
		return false;
	case FORM_STALE:
		f->form.token = form_token(h, PURPOSE);
		form_bad(&f->form.bad, "description",
			 tr(http_lang(h),
			    N_("This page was open for too long. Everything you typed is still here: send it again.")));
	}
	return false;
}

void web_post_report(struct http *h)
{
	struct filing *f = arena_new_of(http_req(h)->mem, struct filing);
	const char *nonce = NULL;
	int64_t retry;
	bool allowed = budget_take(h, front_app(h)->report_limit, &retry);
	read_form(h, f);
	if (!allowed) {
		form_bad(&f->form.bad, "description",
			 arena_printf(http_req(h)->mem,
				      tr(http_lang(h),
					 N_("Your network has sent many reports. Send it again in %lld minutes.")),
				      (long long)(retry + 59) / 60));
		show(h, &f->form, 429);
		return;
	}
	check_form(h, f);
	form_only(h, &f->form.bad, "description", "form class observables description email share_words record_only",
		  "kept");
	if (!token_ok(h, f, &nonce) || f->form.bad.n > 0) {
		show(h, &f->form, 422);
		return;
	}
	fill_report(h, f, nonce);
	f->arg.report = &f->report;
	if (desk_report_prepare(http_req(h), &f->report))
		filed(h, f, &http_req(h)->err);
	else
		http_write(h, file_write, f, filed);
}
