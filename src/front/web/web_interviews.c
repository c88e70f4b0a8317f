/* web_interviews.c — /staff/surveys/…/interviews, guide and themes: how far interviews are, planning one, what they ask, what comes
 * up again. Behind web_guard. */
#include "front/web/web.h"
#include <string.h>
#include "base/clock.h"
#include "base/phrase.h"
#include "base/text.h"
#include "base/textdiff.h"
#include "front/web/pages.h"

enum { PASSAGES = 500 };
#define INTERVIEWS_ARENA ((size_t)64 << 20)

/* ── words ── */

const char *interviews_path(const struct page *p, const struct voice_study *s, const char *rest)
{
	return arena_printf(p->mem, "/staff/surveys/%s/%s", s->name, rest);
}

const char *interview_no(const struct page *p, int64_t no)
{
	return arena_printf(p->mem, "I-%lld", (long long)no);
}

struct label interview_label(const struct page *p, enum interview_state s)
{
	static const struct label rows[INTERVIEW_STATES] = {
		[INTERVIEW_PLANNED] = { N_("asked"), "warn", "wait" },
		[INTERVIEW_AGREED] = { N_("agreed, to be held"), "info", "now" },
		[INTERVIEW_DECLINED] = { N_("said no"), "", "stop" },
		[INTERVIEW_HELD] = { N_("held"), "ok", "done" },
		[INTERVIEW_WITHDRAWN] = { N_("taken back"), "bad", "stop" },
	};
	struct label l = rows[s];
	l.word = tr(p->lang, l.word);
	return l;
}

const char *interview_agreed(const struct page *p, unsigned consent)
{
	static const char *const words[CONSENTS] = {
		[CONSENT_TALK] = N_("to talk"), [CONSENT_QUOTE] = N_("to be quoted"), [CONSENT_NAME] = N_("with name")
	};
	const char *s = "", *comma = p->lang == LANG_ZH_TW ? "、" : ", ";
	for (int c = 0; c < CONSENTS; c++)
		if (consents(consent, (enum consent)c))
			s = arena_printf(p->mem, "%s%s%s", s, *s ? comma : "", tr(p->lang, words[c]));
	return *s ? s : "–";
}

const char *theme_title(const struct page *p, const struct theme *t)
{
	return has(t->title[p->lang]) ? t->title[p->lang] : t->id;
}

const char *said_by(const struct page *p, const struct voice_said *k)
{
	if (has(k->name) && has(k->organisation))
		return arena_printf(p->mem, p->lang == LANG_ZH_TW ? "%s（%s）" : "%s, %s", k->name, k->organisation);
	return has(k->name) ? k->name : k->kind ? tr(p->lang, k->kind) : "";
}

const char *theme_question(const struct page *p, const struct theme_view *v, const struct interview_note *n)
{
	for (int i = 0; i < v->nguides; i++)
		if (v->guide[i].version == n->guide)
			return guide_question(&v->guide[i], n->question, p->lang);
	return NULL;
}

/* ── the list ── */

static int pages_of(int n)
{
	return n ? (n + INTERVIEWS_PAGE - 1) / INTERVIEWS_PAGE : 1;
}

/* One there is, whatever is asked for. */
static int page_asked(struct http *h, const char *name, int pages)
{
	int64_t k = 1;
	return has(http_query(h, name)) && text_int(http_query(h, name), 1, INTERVIEWS_MAX, &k)
		       ? k < pages ? (int)k : pages
		       : 1;
}

static enum st page_read(struct http *h, struct req *rq, struct interviews_view *v)
{
	if (voice_interview_counts(rq, &v->study, v->in_state))
		return rq->err.code;
	for (int k = 0; k < INTERVIEW_STATES; k++)
		v->total += v->in_state[k];
	v->now = clock_now();
	v->pages = pages_of(v->total);
	v->page = page_asked(h, "page", v->pages);
	v->from = (v->page - 1) * INTERVIEWS_PAGE;
	return voice_interviews(rq, &v->study, v->from, v->row, INTERVIEWS_PAGE, &v->n);
}

static enum st found_read(struct http *h, struct req *rq, struct interviews_view *v)
{
	int64_t from = 0;
	v->search = http_query(h, "q") ? text_trim(rq->mem, http_query(h, "q")) : "";
	v->found = arena_array(rq->mem, struct interview_found, INTERVIEW_FOUND);
	if (has(http_query(h, "from")))
		text_int(http_query(h, "from"), 0, INT64_MAX, &from);
	if (!has(v->search))
		return ST_OK;
	enum st st =
		voice_interview_search(rq, &v->study, v->search, from, v->found, INTERVIEW_FOUND, &v->nfound, &v->next);
	v->asked = !st;
	if (st != ST_INVALID)
		return st;
	err_clear(&rq->err);
	form_bad(&v->bad, "q", tr(http_lang(h), N_("Search for a few words.")));
	return ST_OK;
}

/* What was said in interviews of a study is shown once it is written down who looks. */
static const struct viewed *notes_view(struct req *rq, const struct voice_study *s)
{
	struct viewed *view = arena_new_of(rq->mem, struct viewed);
	*view = (struct viewed){ "interview-notes", arena_printf(rq->mem, "survey:%s", s->name), NULL, 0 };
	return view;
}

static enum st list_read(struct http *h, struct req *rq, struct interviews_view *v)
{
	struct guide g;
	v->row = arena_array(rq->mem, struct interview, INTERVIEWS_PAGE);
	v->theme = arena_array(rq->mem, struct theme, THEMES_MAX);
	v->said = arena_array(rq->mem, struct voice_said, QUOTES_MAX);
	if (page_read(h, rq, v) || found_read(h, rq, v) ||
	    voice_themes(rq, &v->study, v->theme, THEMES_MAX, &v->nthemes) ||
	    voice_said(rq, &v->study, v->said, QUOTES_MAX, &v->nsaid))
		return rq->err.code;
	v->quotes_pages = pages_of(v->nsaid);
	v->quotes_page = page_asked(h, "quotes", v->quotes_pages);
	v->quotes_from = (v->quotes_page - 1) * INTERVIEWS_PAGE;
	v->quotes_to = v->quotes_from + INTERVIEWS_PAGE < v->nsaid ? v->quotes_from + INTERVIEWS_PAGE : v->nsaid;
	enum st st = voice_guide(rq, &v->study, 0, &g);
	if (st == ST_NOTFOUND)
		err_clear(&rq->err);
	v->guide = st ? 0 : g.version;
	return st == ST_NOTFOUND ? ST_OK : st;
}

/* Quotes with their notes take more than a request's memory: a region of its own. */
static void list_page(struct http *h, void *arg)
{
	struct interviews_view *v = arg;
	struct req *rq = http_req(h);
	struct arena *keep = rq->mem;
	rq->mem = arena_new(INTERVIEWS_ARENA);
	if (list_read(h, rq, v)) {
		http_fail_err(h, &rq->err);
	} else {
		struct page p = staff_page(h, N_("Interviews"), NAV_SURVEYS);
		p.path = interviews_path(&p, &v->study, "interviews");
		p.bad = v->bad.n > 0;
		http_status(h, v->status == 200 && p.bad ? 422 : v->status);
		web_interviews(&p, v);
	}
	arena_free(rq->mem);
	rq->mem = keep;
}

static void list_show(struct http *h, struct interviews_view *v, int status)
{
	struct req *rq = http_req(h);
	struct voice_said said;
	int n = 0;
	v->status = status;
	if (voice_study_get(rq, http_arg(h, 0), &v->study) || voice_said(rq, &v->study, &said, 1, &n))
		http_fail_err(h, &rq->err);
	else if (n || has(http_query(h, "q")))
		view_first(h, notes_view(rq, &v->study), list_page, v);
	else
		list_page(h, v);
}

void web_get_interviews(struct http *h)
{
	if (staff_may(h, MAY_CODE_ANSWERS))
		list_show(h, arena_new_of(http_req(h)->mem, struct interviews_view), 200);
}

/* ── planning ── */

struct planning {
	struct interviews_view view;
	struct interview_new new;
};

static enum st plan_write(struct req *rq, void *arg)
{
	return voice_interview_add(rq, &((struct planning *)arg)->new);
}

static void planned(struct http *h, void *arg, const struct err *outcome)
{
	struct planning *a = arg;
	if (outcome->code == ST_CONFLICT) {
		form_bad(&a->view.bad, "email",
			 tr(http_lang(h),
			    N_("This person has an interview already, or wants no letters about surveys.")));
		list_show(h, &a->view, 409);
	} else if (outcome->code) {
		http_fail_err(h, outcome);
	} else {
		http_redirect(h, arena_printf(http_req(h)->mem, "/staff/surveys/%s/interviews?done=interview-planned",
					      a->new.study));
	}
}

static void plan_take(struct http *h, struct planning *a)
{
	struct interviews_view *v = &a->view;
	const char *needed = tr(http_lang(h), N_("This needs an answer."));
	v->name = form_text(h, "name");
	v->email = form_text(h, "email");
	v->organisation = form_text(h, "organisation");
	v->kind = form_text(h, "kind");
	v->lang = form_text(h, "language");
	v->no_letter = *form_text(h, "no-letter") != 0;
	if (!has(v->name) || strlen(v->name) > INTERVIEWEE_TEXT_MAX)
		form_bad(&v->bad, "name", needed);
	form_email(h, &v->bad, v->email);
	if (!interview_kind_title(v->kind))
		form_bad(&v->bad, "kind", needed);
	a->new = (struct interview_new){ .study = arena_strdup(http_req(h)->mem, http_arg(h, 0)),
					 .name = v->name,
					 .email = v->email,
					 .organisation = v->organisation,
					 .kind = v->kind,
					 .lang = lang_of(v->lang),
					 .letter = !v->no_letter };
}

void web_post_interviews(struct http *h)
{
	struct planning *a = arena_new_of(http_req(h)->mem, struct planning);
	if (!staff_may(h, MAY_RUN_SURVEY))
		return;
	plan_take(h, a);
	if (a->view.bad.n)
		list_show(h, &a->view, 422);
	else
		http_write(h, plan_write, a, planned);
}

/* ── the guide ── */

/* ?from=1&to=2 */
static enum st compare(struct http *h, struct req *rq, struct guide_view *v)
{
	struct guide was, is;
	struct diff_line *d;
	int64_t from = 0, to = v->now.version;
	if (!has(http_query(h, "from")) || !text_int(http_query(h, "from"), 1, GUIDES_MAX, &from) ||
	    (has(http_query(h, "to")) && !text_int(http_query(h, "to"), 1, GUIDES_MAX, &to)))
		return ST_OK;
	if (voice_guide(rq, &v->study, (int)from, &was) || voice_guide(rq, &v->study, (int)to, &is))
		return rq->err.code;
	v->was = was.version;
	v->is = is.version;
	int n = text_diff(rq->mem, was.text, is.text, &d);
	v->nrows = diff_rows(rq->mem, d, n, &v->row);
	return ST_OK;
}

static enum st guide_view_read(struct http *h, struct req *rq, struct guide_view *v)
{
	v->old = arena_array(rq->mem, struct guide, GUIDES_MAX);
	if (permit(rq, MAY_SEE_SURVEY) || voice_study_get(rq, http_arg(h, 0), &v->study) ||
	    voice_guides(rq, &v->study, v->old, GUIDES_MAX, &v->nold))
		return rq->err.code;
	return v->nold && (voice_guide(rq, &v->study, 0, &v->now) || compare(h, rq, v)) ? rq->err.code : ST_OK;
}

static void guide_view_show(struct http *h, struct guide_view *v, int status)
{
	struct req *rq = http_req(h);
	struct arena *keep = rq->mem;
	rq->mem = arena_new(INTERVIEWS_ARENA);
	if (guide_view_read(h, rq, v)) {
		http_fail_err(h, &rq->err);
	} else {
		struct page p = staff_page(h, N_("Guide of the interviews"), NAV_SURVEYS);
		p.path = interviews_path(&p, &v->study, "guide");
		p.bad = v->bad.n > 0;
		if (!v->text)
			v->text = v->now.text;
		http_status(h, status);
		web_guide(&p, v);
	}
	arena_free(rq->mem);
	rq->mem = keep;
}

void web_get_guide(struct http *h)
{
	if (staff_may(h, MAY_SEE_SURVEY))
		guide_view_show(h, arena_new_of(http_req(h)->mem, struct guide_view), 200);
}

static enum st guide_write(struct req *rq, void *arg)
{
	return voice_guide_set(rq, arg);
}

static void guide_written(struct http *h, void *arg, const struct err *outcome)
{
	const struct guide_set *a = arg;
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		http_redirect(h, arena_printf(http_req(h)->mem, "/staff/surveys/%s/guide?done=guide%s", a->study,
					      a->same ? "-same" : ""));
}

/* A form's lines end in CRLF. */
static char *lines_of(struct http *h, const char *name)
{
	const char *s = http_form(h, name);
	BUF_SCOPE b = BUF_INIT;
	for (const char *c = s ? s : ""; *c; c++)
		if (*c != '\r')
			buf_char(&b, *c);
	return arena_strdup(http_req(h)->mem, buf_cstr(&b));
}

void web_post_guide(struct http *h)
{
	struct arena *mem = http_req(h)->mem;
	struct guide_view *v = arena_new_of(mem, struct guide_view);
	struct guide_set *a = arena_new_of(mem, struct guide_set);
	struct guide g;
	struct err e = { 0 };
	if (!staff_may(h, MAY_RUN_SURVEY))
		return;
	v->text = lines_of(h, "text");
	if (guide_parse(mem, v->text, strlen(v->text), &g, &e)) {
		form_bad(&v->bad, "text", err_say(mem, http_lang(h), &e));
		guide_view_show(h, v, 422);
		return;
	}
	*a = (struct guide_set){ .study = arena_strdup(mem, http_arg(h, 0)), .text = v->text, .n = strlen(v->text) };
	http_write(h, guide_write, a, guide_written);
}

/* ── themes ── */

struct theming {
	struct interviews_view view;
	struct theme_set set;
};

static enum st theme_write(struct req *rq, void *arg)
{
	return voice_theme_set(rq, &((struct theming *)arg)->set);
}

static void theme_written(struct http *h, void *arg, const struct err *outcome)
{
	const struct theming *a = arg;
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		http_redirect(h, arena_printf(http_req(h)->mem, "/staff/surveys/%s/interviews?done=theme%s",
					      a->set.study, a->set.drop ? "-drop" : ""));
}

void web_post_themes(struct http *h)
{
	struct theming *a = arena_new_of(http_req(h)->mem, struct theming);
	struct interviews_view *v = &a->view;
	const char *needed = tr(http_lang(h), N_("This needs an answer."));
	if (!staff_may(h, MAY_CODE_ANSWERS))
		return;
	v->id = form_text(h, "id");
	v->en = form_text(h, "en");
	v->zh = form_text(h, "zh");
	v->about = form_text(h, "about");
	if (!q_name_ok(v->id))
		form_bad(&v->bad, "id", tr(http_lang(h), N_("Use a to z, digits and hyphen.")));
	if (!has(v->en))
		form_bad(&v->bad, "en", needed);
	if (!has(v->zh))
		form_bad(&v->bad, "zh", needed);
	a->set = (struct theme_set){ .study = arena_strdup(http_req(h)->mem, http_arg(h, 0)),
				     .theme = { .id = v->id, .about = v->about } };
	a->set.theme.title[LANG_EN] = v->en;
	a->set.theme.title[LANG_ZH_TW] = v->zh;
	if (v->bad.n)
		list_show(h, v, 422);
	else
		http_write(h, theme_write, a, theme_written);
}

void web_post_theme(struct http *h)
{
	struct arena *mem = http_req(h)->mem;
	struct theming *a = arena_new_of(mem, struct theming);
	if (!staff_may(h, MAY_CODE_ANSWERS))
		return;
	a->set = (struct theme_set){ .study = arena_strdup(mem, http_arg(h, 0)),
				     .drop = true,
				     .theme = { .id = arena_strdup(mem, http_arg(h, 1)) } };
	http_write(h, theme_write, a, theme_written);
}

static enum st theme_find(struct req *rq, const char *id, struct theme_view *v)
{
	struct theme *t = arena_array(rq->mem, struct theme, THEMES_MAX);
	int n;
	if (voice_themes(rq, &v->study, t, THEMES_MAX, &n))
		return rq->err.code;
	for (int i = 0; i < n; i++)
		if (!strcmp(t[i].id, id)) {
			v->theme = t[i];
			return ST_OK;
		}
	return err_set(&rq->err, ST_NOTFOUND, "%.40s is no theme of study %s", id, v->study.name);
}

/* The passages of a theme that is known already. */
static enum st theme_read(struct req *rq, struct theme_view *v)
{
	v->note = arena_array(rq->mem, struct interview_note, PASSAGES);
	v->guide = arena_array(rq->mem, struct guide, GUIDES_MAX);
	if (voice_notes(rq, &v->study, NULL, v->theme.id, v->note, PASSAGES, &v->n))
		return rq->err.code;
	for (int i = 0; i < v->n; i++) {
		int k = 0;
		while (k < v->nguides && v->guide[k].version != v->note[i].guide)
			k++;
		if (k == v->nguides && voice_guide(rq, &v->study, v->note[i].guide, &v->guide[v->nguides++]))
			return rq->err.code;
	}
	return ST_OK;
}

static void theme_page(struct http *h, void *arg)
{
	struct theme_view *v = arg;
	struct req *rq = http_req(h);
	struct arena *keep = rq->mem;
	rq->mem = arena_new(INTERVIEWS_ARENA);
	if (theme_read(rq, v)) {
		http_fail_err(h, &rq->err);
	} else {
		struct page p = staff_page(h, N_("Theme"), NAV_SURVEYS);
		p.title = theme_title(&p, &v->theme);
		p.path = interviews_path(&p, &v->study, arena_printf(p.mem, "themes/%s", v->theme.id));
		web_theme(&p, v);
	}
	arena_free(rq->mem);
	rq->mem = keep;
}

void web_get_theme(struct http *h)
{
	struct req *rq = http_req(h);
	struct theme_view *v = arena_new_of(rq->mem, struct theme_view);
	struct interview_note one;
	int n = 0;
	if (!staff_may(h, MAY_CODE_ANSWERS))
		return;
	if (voice_study_get(rq, http_arg(h, 0), &v->study) || theme_find(rq, http_arg(h, 1), v) ||
	    voice_notes(rq, &v->study, NULL, v->theme.id, &one, 1, &n))
		http_fail_err(h, &rq->err);
	else if (n)
		view_first(h, notes_view(rq, &v->study), theme_page, v);
	else
		theme_page(h, v);
}
