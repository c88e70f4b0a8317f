/* web_interview.c — /interview/TOKEN: whom we want to talk with sees what is asked and kept, says yes or no, and takes it back.
 * Opening the link changes nothing. */
#include "front/web/web.h"
#include <string.h>
#include "base/text.h"
#include "front/web/pages.h"

/* ── words ── */

const char *consent_question(const struct page *p, enum consent c)
{
	static const char *const words[CONSENTS] = {
		[CONSENT_TALK] = N_("Do you agree to the conversation, and to our taking notes?"),
		[CONSENT_QUOTE] = N_("May the public report quote sentences of yours?"),
		[CONSENT_NAME] = N_("May your name and organisation stand beside a quote?"),
	};
	return tr(p->lang, words[c]);
}

const char *consent_means(const struct page *p, const struct interview_view *v, enum consent c, bool yes)
{
	static const char *const words[CONSENTS][2] = {
		[CONSENT_TALK] = { "", N_("We write to you to find a time.") },
		[CONSENT_QUOTE] = { "", N_("Two of our staff choose them, and leave out what tells who you are.") },
		[CONSENT_NAME] = { N_("At most the kind of organisation stands there, and only where several of its "
				      "kind "
				      "talked with us."),
				   "" },
	};
	const char *w = words[c][yes];
	if (c == CONSENT_TALK && v->f.i.state == INTERVIEW_HELD)
		w = yes ? "" : N_("Our notes, quotes of you and your name are deleted at once.");
	if (c == CONSENT_QUOTE && !yes && consents(v->f.i.consent, c))
		w = N_("Quotes of you are deleted at once.");
	return *w ? tr(p->lang, w) : "";
}

const char *kept_for(const struct page *p, const char *table)
{
	for (int i = 0; i < privacy_count; i++)
		if (privacy_rows[i].table && !strcmp(privacy_rows[i].table, table))
			return keep_text(p, privacy_rows[i].retention_days);
	return "";
}

/* ── the page ── */

static void show(struct http *h, struct interview_view *v, int status)
{
	struct page p = page_of(h, N_("May we talk with you?"), NAV_NONE);
	p.task = true;
	p.bad = v->bad.n > 0;
	p.path = arena_printf(p.mem, "/interview/%s", v->token);
	http_set_header(h, "X-Robots-Tag", "noindex");
	http_status(h, status);
	web_interview(&p, v);
}

static void unknown(struct http *h)
{
	web_say(h, 404, N_("This link is no longer valid"),
		N_("Part of it may be missing, or who it was for is not kept here any more."));
}

/* NULL: it has answered. */
static struct interview_view *view_of(struct http *h)
{
	struct req *rq = http_req(h);
	struct interview_view *v = arena_new_of(rq->mem, struct interview_view);
	v->token = arena_strdup(rq->mem, http_arg(h, 0));
	enum st st = interview_form(rq, v->token, &v->f);
	for (int c = 0; c < CONSENTS; c++)
		v->said[c] = v->f.i.state == INTERVIEW_PLANNED ? -1 : consents(v->f.i.consent, (enum consent)c);
	if (st == ST_OK)
		return v;
	if (st == ST_NOTFOUND)
		unknown(h);
	else
		http_fail_err(h, &rq->err);
	return NULL;
}

void web_get_interview(struct http *h)
{
	struct interview_view *v = view_of(h);
	if (!v)
		return;
	v->done = has(http_query(h, "done"));
	show(h, v, 200);
}

/* ── what is said there ── */

struct saying {
	struct interview_view view;
	struct interview_say say;
};

static enum st say_write(struct req *rq, void *arg)
{
	return interview_say(rq, &((struct saying *)arg)->say);
}

static void said(struct http *h, void *arg, const struct err *outcome)
{
	struct saying *a = arg;
	if (outcome->code == ST_CONFLICT) {
		struct interview_view *now = view_of(h);
		if (!now)
			return;
		now->clash = true;
		show(h, now, 409);
	} else if (outcome->code == ST_NOTFOUND) {
		unknown(h);
	} else if (outcome->code) {
		http_fail_err(h, outcome);
	} else if (a->say.state == INTERVIEW_WITHDRAWN) {
		web_say(h, 200, N_("It is taken back"),
			N_("Our notes, quotes of you and your name are deleted. Thank you all the same."));
	} else {
		http_redirect(h, arena_printf(http_req(h)->mem, "/interview/%s?done=1", a->view.token));
	}
}

/* A no makes those after it one; what else is not said comes back. */
static void answers_read(struct http *h, struct saying *a)
{
	bool no = false;
	for (int c = 0; c < CONSENTS; c++) {
		const char *name = consent_name((enum consent)c), *s = form_text(h, name);
		a->view.said[c] = no ? 0 : !strcmp(s, "yes") ? 1 : !strcmp(s, "no") ? 0 : -1;
		if (a->view.said[c] < 0)
			form_bad(&a->view.bad, name, tr(http_lang(h), N_("This needs an answer.")));
		no |= a->view.said[c] == 0;
		if (a->view.said[c] == 1)
			a->say.consent |= 1u << c;
	}
}

void web_post_interview(struct http *h)
{
	struct interview_view *v = view_of(h);
	struct saying *a = arena_new_of(http_req(h)->mem, struct saying);
	int64_t guide = 0;
	if (!v)
		return;
	a->view = *v;
	answers_read(h, a);
	if (a->view.bad.n) {
		show(h, &a->view, 422);
		return;
	}
	text_int(form_text(h, "guide"), 1, GUIDES_MAX, &guide);
	a->say.token = a->view.token;
	a->say.guide = (int)guide;
	http_write(h, say_write, a, said);
}

/* ── no more letters (RFC 8058: one POST, without a page before it) ── */

void web_get_interview_stop(struct http *h)
{
	struct interview_view *v = view_of(h);
	if (!v)
		return;
	v->stop = true;
	show(h, v, 200);
}

static enum st stop_write(struct req *rq, void *arg)
{
	return interview_stop(rq, arg);
}

static void stopped(struct http *h, void *arg, const struct err *outcome)
{
	(void)arg;
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		web_say(h, 200, N_("No more letters"), N_("We don't invite this address again."));
}

void web_post_interview_stop(struct http *h)
{
	struct interview_view *v = view_of(h);
	if (v)
		http_write(h, stop_write, (char *)(uintptr_t)v->token, stopped);
}
