/* web_interview_one.c — /staff/surveys/…/interviews/N: what was agreed and said in one interview. Behind web_guard. */
#include "front/web/web.h"
#include <string.h>
#include "base/text.h"
#include "front/web/pages.h"

/* ── words ── */

bool note_mine(const struct page *p, const struct interview_note *n)
{
	return p->staff && !strcmp(n->by, arena_printf(p->mem, "staff:%lld", (long long)p->staff->account));
}

bool theme_has(const char *ids, const char *id)
{
	size_t n = strlen(id);
	for (const char *at = ids; (at = strstr(at, id)); at += n)
		if ((at == ids || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
			return true;
	return false;
}

const char *theme_titles(const struct page *p, const struct interview_one *v, const char *ids)
{
	const char *s = "", *comma = p->lang == LANG_ZH_TW ? "、" : ", ";
	for (int i = 0; i < v->nthemes; i++)
		if (theme_has(ids, v->theme[i].id))
			s = arena_printf(p->mem, "%s%s%s", s, *s ? comma : "", theme_title(p, &v->theme[i]));
	return *s ? s : tr(p->lang, N_("no theme"));
}

/* ── the page ── */

static const struct interview_note *asked_note(struct http *h, const struct interview_one *v, const char *name)
{
	int64_t id = 0;
	const char *s = http_query(h, name) ? http_query(h, name) : "";
	if (!*s || !text_int(s, 1, INT64_MAX, &id))
		return NULL;
	for (int i = 0; i < v->nnotes; i++)
		if (v->note[i].id == id)
			return &v->note[i];
	return NULL;
}

static enum st one_read(struct http *h, struct req *rq, struct interview_one *v)
{
	int64_t no = 0, question = 0;
	v->note = arena_array(rq->mem, struct interview_note, NOTES_MAX);
	v->theme = arena_array(rq->mem, struct theme, THEMES_MAX);
	if (!interview_number(http_arg(h, 1), &no))
		return err_set(&rq->err, ST_NOTFOUND, "there is no such interview");
	if (voice_study_get(rq, http_arg(h, 0), &v->study) || voice_interview(rq, &v->study, no, &v->i) ||
	    voice_guide(rq, &v->study, v->i.guide, &v->guide) ||
	    voice_notes(rq, &v->study, &v->i, NULL, v->note, NOTES_MAX, &v->nnotes) ||
	    voice_themes(rq, &v->study, v->theme, THEMES_MAX, &v->nthemes))
		return rq->err.code;
	v->change = asked_note(h, v, "change");
	v->quote = asked_note(h, v, "quote");
	if (!v->question && has(http_query(h, "question")) &&
	    text_int(http_query(h, "question"), 1, GUIDE_QUESTIONS, &question))
		v->question = (int)question;
	return ST_OK;
}

/* Notes take more than a request's memory: a region of its own. */
static void one_page(struct http *h, void *arg)
{
	struct interview_one *v = arg;
	struct req *rq = http_req(h);
	struct arena *keep = rq->mem;
	rq->mem = arena_new((size_t)64 << 20);
	if (one_read(h, rq, v)) {
		http_fail_err(h, &rq->err);
	} else {
		for (int i = 0; i < v->nnotes; i++) {
			if (v->note[i].id == v->change_id)
				v->change = &v->note[i];
			if (v->note[i].id == v->quote_id)
				v->quote = &v->note[i];
		}
		struct page p = staff_page(h, N_("Interview"), NAV_SURVEYS);
		p.title = arena_printf(p.mem, tr(p.lang, N_("Interview %s")), interview_no(&p, v->i.no));
		p.path = interviews_path(&p, &v->study, arena_printf(p.mem, "interviews/%lld", (long long)v->i.no));
		p.bad = v->bad.n > 0;
		http_status(h, v->status);
		web_interview_one(&p, v);
	}
	arena_free(rq->mem);
	rq->mem = keep;
}

/* What somebody said is shown once it is written down who looks. */
static void one_show(struct http *h, struct interview_one *v, int64_t change, int64_t quote, int status)
{
	struct req *rq = http_req(h);
	int64_t no = 0;
	v->change_id = change;
	v->quote_id = quote;
	v->status = status;
	if (!interview_number(http_arg(h, 1), &no)) {
		http_fail(h, 404, "no such interview");
	} else if (voice_study_get(rq, http_arg(h, 0), &v->study) || voice_interview(rq, &v->study, no, &v->i)) {
		http_fail_err(h, &rq->err);
	} else if (v->i.notes) {
		struct viewed view = { "interview-notes",
				       arena_printf(rq->mem, "interview:%s/I-%lld", v->study.name, (long long)no), NULL,
				       0 };
		view_first(h, &view, one_page, v);
	} else {
		one_page(h, v);
	}
}

void web_get_interview_one(struct http *h)
{
	if (staff_may(h, MAY_CODE_ANSWERS))
		one_show(h, arena_new_of(http_req(h)->mem, struct interview_one), 0, 0, 200);
}

/* ── acts ── */

struct one_act {
	const struct one_row *row;
	struct interview_one view;
	const char *study;
	int64_t no;
	struct note_new note;
	struct note_change change;
	struct said_new quote;
	struct interview_consent consent;
};
struct one_row {
	const char *name;
	enum permission may;
	/* Reads the form; false: it was answered. */
	bool (*take)(struct http *h, struct one_act *a);
	enum st (*run)(struct req *rq, struct one_act *a);
};

/* A note's words as typed: a form's lines end in CRLF. */
static char *words_of(struct http *h, const char *name)
{
	char *s = arena_strdup(http_req(h)->mem, form_text(h, name)), *to = s;
	for (const char *c = s; *c; c++)
		if (*c != '\r')
			*to++ = *c;
	*to = 0;
	return s;
}

static bool text_there(struct http *h, struct one_act *a, int64_t change)
{
	a->view.text = words_of(h, "text");
	if (*a->view.text && strlen(a->view.text) <= NOTE_MAX)
		return true;
	form_bad(&a->view.bad, "text",
		 tr(http_lang(h),
		    *a->view.text ? N_("This is too long. Make several notes of it.") : N_("This needs an answer.")));
	one_show(h, &a->view, change, 0, 422);
	return false;
}

static bool id_of(struct http *h, int64_t *id)
{
	if (text_int(form_text(h, "id"), 1, INT64_MAX, id))
		return true;
	http_fail(h, 404, "no such note");
	return false;
}

static bool take_note(struct http *h, struct one_act *a)
{
	int64_t question = 0;
	if (!text_int(form_text(h, "question"), 0, GUIDE_QUESTIONS, &question))
		return http_fail(h, 422, N_("no such question")), false;
	a->view.question = (int)question;
	if (!text_there(h, a, 0))
		return false;
	a->note = (struct note_new){ .study = a->study, .no = a->no, .question = (int)question, .text = a->view.text };
	return true;
}

static bool take_change(struct http *h, struct one_act *a)
{
	a->change = (struct note_change){ .study = a->study };
	if (!id_of(h, &a->change.id) || !text_there(h, a, a->change.id))
		return false;
	a->change.text = a->view.text;
	return true;
}

static bool take_drop(struct http *h, struct one_act *a)
{
	a->change = (struct note_change){ .study = a->study };
	return id_of(h, &a->change.id);
}

/* Boxes "theme"; none ticked is none. */
static bool take_themes(struct http *h, struct one_act *a)
{
	const struct http_field *f;
	int n = http_form_all(h, &f);
	char *ids = arena_strdup(http_req(h)->mem, "");
	if (!take_drop(h, a))
		return false;
	for (int i = 0; i < n; i++)
		if (!strcmp(f[i].name, "theme"))
			ids = arena_printf(http_req(h)->mem, "%s %.*s", ids, Q_ID_MAX + 1, f[i].value);
	a->change.themes = ids;
	return true;
}

static bool take_quote(struct http *h, struct one_act *a)
{
	struct req *rq = http_req(h);
	char *out;
	a->view.words = words_of(h, "words");
	a->quote = (struct said_new){ .study = a->study, .text = a->view.words };
	if (!id_of(h, &a->quote.note))
		return false;
	if (one_read(h, rq, &a->view))
		return http_fail_err(h, &rq->err), false;
	for (int i = 0; i < a->view.nnotes; i++)
		if (a->view.note[i].id == a->quote.note &&
		    voice_redacted(rq->mem, a->view.note[i].text, a->view.words, &out, NULL)) {
			form_bad(
				&a->view.bad, "words",
				tr(http_lang(h),
				   N_("Only leave things out, and mark where, as said above. Something must remain.")));
			one_show(h, &a->view, 0, a->quote.note, 422);
			return false;
		}
	return true;
}

static bool take_consent(struct http *h, struct one_act *a)
{
	a->view.how = form_text(h, "how");
	a->consent = (struct interview_consent){ .study = a->study, .no = a->no, .how = a->view.how };
	for (int c = 0; c < CONSENTS; c++)
		if (*form_text(h, consent_name((enum consent)c)))
			a->consent.consent |= 1u << c;
	if (has(a->view.how))
		return true;
	form_bad(&a->view.bad, "how", tr(http_lang(h), N_("This needs an answer.")));
	one_show(h, &a->view, 0, 0, 422);
	return false;
}

static enum st run_note(struct req *rq, struct one_act *a)
{
	return voice_note_add(rq, &a->note);
}

static enum st run_change(struct req *rq, struct one_act *a)
{
	return voice_note_change(rq, &a->change);
}

static enum st run_drop(struct req *rq, struct one_act *a)
{
	return voice_note_drop(rq, &a->change);
}

static enum st run_themes(struct req *rq, struct one_act *a)
{
	return voice_note_themes(rq, &a->change);
}

static enum st run_quote(struct req *rq, struct one_act *a)
{
	return voice_said_propose(rq, &a->quote);
}

static enum st run_consent(struct req *rq, struct one_act *a)
{
	return voice_interview_consent(rq, &a->consent);
}

static const struct one_row one_rows[] = {
	{ "note", MAY_CODE_ANSWERS, take_note, run_note },    { "change", MAY_CODE_ANSWERS, take_change, run_change },
	{ "drop", MAY_CODE_ANSWERS, take_drop, run_drop },    { "themes", MAY_CODE_ANSWERS, take_themes, run_themes },
	{ "quote", MAY_CODE_ANSWERS, take_quote, run_quote }, { "consent", MAY_RUN_SURVEY, take_consent, run_consent },
};

static enum st one_write(struct req *rq, void *arg)
{
	struct one_act *a = arg;
	return a->row->run(rq, a);
}

static void one_acted(struct http *h, void *arg, const struct err *outcome)
{
	struct one_act *a = arg;
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		http_redirect(h, arena_printf(http_req(h)->mem, "/staff/surveys/%s/interviews/%lld?done=interview-%s",
					      a->study, (long long)a->no, a->row->name));
}

void web_post_interview_one(struct http *h)
{
	struct arena *mem = http_req(h)->mem;
	struct one_act *a = arena_new_of(mem, struct one_act);
	for (size_t i = 0; i < sizeof one_rows / sizeof *one_rows; i++)
		if (!strcmp(one_rows[i].name, http_arg(h, 2)))
			a->row = &one_rows[i];
	if (!staff_may(h, a->row ? a->row->may : MAY_CODE_ANSWERS))
		return;
	a->study = arena_strdup(mem, http_arg(h, 0));
	if (!a->row || !interview_number(http_arg(h, 1), &a->no))
		http_fail(h, 404, "no such act");
	else if (a->row->take(h, a))
		http_write(h, one_write, a, one_acted);
}
