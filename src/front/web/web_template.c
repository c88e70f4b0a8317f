/* web_template.c — staff: the words of letters, looked at on a case before they are set. Behind web_guard. */
#include "front/web/web.h"
#include <string.h>
#include "base/hash.h"
#include "base/phrase.h"
#include "base/text.h"
#include "base/textdiff.h"
#include "front/web/pages.h"

/* ── words ── */

const char *template_path(const struct page *p, enum purpose purpose, enum lang lang, const char *rest)
{
	return arena_printf(p->mem, "/staff/templates/%s/%s%s", letter_purposes[purpose].name, lang_tag(lang), rest);
}

const char *template_title(const struct page *p, enum purpose purpose)
{
	return tr(p->lang, letter_purposes[purpose].title);
}

const char *lang_word(enum lang l)
{
	return l == LANG_ZH_TW ? "中文" : "English";
}

const char *version_word(const struct page *p, const struct letter_template *t)
{
	if (!t->w.version)
		return tr(p->lang, N_("As delivered"));
	return arena_printf(p->mem, tr(p->lang, t->delivered ? N_("Version %d: as delivered") : N_("Version %d")),
			    t->w.version);
}

const char *var_form(const struct page *p, const struct letter_var *v)
{
	if (v->kind == VAR_LIST)
		return arena_printf(p->mem, "{#%s} … {/%s}", v->name, v->name);
	return arena_printf(p->mem, "{%s}", v->name);
}

/* ── what is asked for ── */

/* Purpose and language of the address; false: answered. */
static bool which(struct http *h, enum purpose *purpose, enum lang *lang)
{
	const char *tag = http_arg(h, 1);
	*lang = lang_of(tag);
	if (purpose_parse(http_arg(h, 0), purpose) && strcmp(letter_purposes[*purpose].name, http_arg(h, 0)) == 0 &&
	    strcmp(lang_tag(*lang), tag) == 0)
		return true;
	http_fail(h, 404, "there is no such letter");
	return false;
}

static bool number_of(struct http *h, const char *s, int *out)
{
	int64_t v;
	if (s && text_int(s, 0, INT32_MAX, &v)) {
		*out = (int)v;
		return true;
	}
	http_fail(h, 404, "no such version");
	return false;
}

/* ── the list ── */

void web_get_templates(struct http *h)
{
	struct req *rq = http_req(h);
	struct letter_template *t = arena_array(rq->mem, struct letter_template, PURPOSES * LANG_COUNT);
	int n = 0;
	if (letter_template_list(rq, t, &n)) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct page p = staff_page(h, N_("Letter texts"), NAV_TEMPLATES);
	web_templates(&p, t, n);
}

/* ── one letter ── */

static bool load(struct http *h, struct template_view *v)
{
	struct req *rq = http_req(h);
	enum purpose purpose;
	enum lang lang;
	if (!staff_may(h, MAY_SEE_CASE) || !which(h, &purpose, &lang))
		return false;
	v->old = arena_array(rq->mem, struct letter_template, TEMPLATE_VERSIONS);
	if (letter_template_get(rq, purpose, lang, -1, &v->now) ||
	    letter_template_history(rq, purpose, lang, v->old, TEMPLATE_VERSIONS, &v->nold)) {
		http_fail_err(h, &rq->err);
		return false;
	}
	return true;
}

/* The letter's own style, in a frame that has the page's policy, is allowed by its digest (CSP 3 §6.7.3.3): templates
 * hold no <style>, so the first is that of the letters' frame. */
static void allow_style(struct http *h, const char *html)
{
	static const char begin[] = "<style>", end[] = "</style>";
	struct arena *mem = http_req(h)->mem;
	const char *s = strstr(text_lf(mem, html), begin), *stop = s ? strstr(s, end) : NULL;
	if (!stop)
		return;
	s += sizeof begin - 1;
	struct hash digest = hash_of(s, (size_t)(stop - s));
	page_policy(h, arena_printf(mem, " 'sha256-%s'", b64_encode(mem, digest.b, HASH_LEN)));
}

static void show(struct http *h, struct template_view *v, int status)
{
	struct page p = staff_page(h, N_("Letter"), NAV_TEMPLATES);
	p.title = template_title(&p, v->now.purpose);
	p.bad = v->bad.n > 0;
	p.path = template_path(&p, v->now.purpose, v->now.lang, "");
	if (v->look)
		allow_style(h, v->look->html);
	http_status(h, status);
	web_template(&p, v);
}

void web_get_template(struct http *h)
{
	struct template_view *v = arena_new_of(http_req(h)->mem, struct template_view);
	if (!load(h, v))
		return;
	v->subject = v->now.w.subject;
	v->text = v->now.w.text;
	v->html = v->now.w.html;
	v->note = v->number = "";
	v->base = v->now.w.version;
	show(h, v, 200);
}

/* "text: line 7: …" belongs to its field. */
static void bad_field(struct http *h, struct template_view *v, const struct err *e)
{
	static const char *const fields[] = { "subject", "text", "html", "note" };
	struct arena *mem = http_req(h)->mem;
	const char *why = e->msg;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		size_t n = strlen(fields[i]);
		if (strncmp(why, fields[i], n) == 0 && strncmp(why + n, ": ", 2) == 0) {
			const char *said = message_say(mem, http_lang(h), e->inner, NULL, why + n + 2);
			if (!said && strcmp(e->fmt, "%s: %s") != 0) /* the field is in the sentence */
				said = message_say(mem, http_lang(h), e->fmt, NULL, why);
			form_bad(&v->bad, fields[i], said ? said : arena_strdup(mem, why + n + 2));
			return;
		}
	}
	form_bad(&v->bad, "text", err_say(mem, http_lang(h), e));
}

/* ── looked at on a case ── */

static void show_look(struct http *h, void *view)
{
	show(h, view, 200);
}

static void look(struct http *h, struct template_view *v, const struct wording *w)
{
	struct req *rq = http_req(h);
	const struct face face = { front_app(h)->cfg, front_base(front_app(h)->cfg, rq->mem) };
	struct template_sample *s = arena_new_of(rq->mem, struct template_sample);
	enum st st = letter_template_sample(rq, &face, v->now.purpose, v->now.lang, w, v->number, s);
	if (st == ST_INVALID) {
		bad_field(h, v, &rq->err);
	} else if (st == ST_NOTFOUND) {
		form_bad(&v->bad, "case", tr(http_lang(h), N_("There is no such case.")));
	} else if (st) {
		http_fail_err(h, &rq->err);
		return;
	}
	if (st) {
		err_clear(&rq->err);
		show(h, v, 422);
		return;
	}
	v->look = s;
	view_first(h, &s->viewed, show_look, v);
}

/* ── set ── */

struct setting {
	struct template_view *v;
	struct template_arg a;
};

static enum st set_write(struct req *rq, void *arg)
{
	return letter_template_set(rq, &((struct setting *)arg)->a);
}

static enum st restore_write(struct req *rq, void *arg)
{
	return letter_template_restore(rq, &((struct setting *)arg)->a);
}

static void was_set(struct http *h, void *arg, const struct err *outcome)
{
	struct setting *s = arg;
	if (outcome->code == ST_OK) {
		http_redirect(h, arena_printf(http_req(h)->mem, "/staff/templates/%s/%s?done=template",
					      letter_purposes[s->a.purpose].name, lang_tag(s->a.lang)));
	} else if (s->v && (outcome->code == ST_INVALID || outcome->code == ST_CONFLICT)) {
		bad_field(h, s->v, outcome);
		show(h, s->v, outcome->code == ST_INVALID ? 422 : 409);
	} else {
		http_fail_err(h, outcome);
	}
}

void web_post_template(struct http *h)
{
	struct req *rq = http_req(h);
	struct template_view *v = arena_new_of(rq->mem, struct template_view);
	if (!staff_may(h, MAY_SET_TEMPLATE) || !load(h, v) || !number_of(h, http_form(h, "base"), &v->base))
		return;
	v->subject = arena_strdup(rq->mem, form_text(h, "subject"));
	v->text = text_lf(http_req(h)->mem, form_text(h, "text"));
	v->html = text_lf(http_req(h)->mem, form_text(h, "html"));
	v->html = v->html[strspn(v->html, " \n\t")] ? v->html : "";
	v->note = arena_strdup(rq->mem, form_text(h, "note"));
	v->number = arena_strdup(rq->mem, form_text(h, "case"));
	const char *act = http_form(h, "do");
	struct wording w = { v->base, v->subject, v->text, v->html };
	if (!act || strcmp(act, "set") != 0) {
		w.version = v->now.w.version + 1;
		look(h, v, &w);
		return;
	}
	struct setting *s = arena_new_of(rq->mem, struct setting);
	*s = (struct setting){ v, { .purpose = v->now.purpose, .lang = v->now.lang, .w = w, .note = v->note } };
	http_write(h, set_write, s, was_set);
}

void web_post_template_restore(struct http *h)
{
	struct req *rq = http_req(h);
	struct setting *s = arena_new_of(rq->mem, struct setting);
	*s = (struct setting){ .a = { .note = "", .w = { 0, "", "", "" } } };
	if (!staff_may(h, MAY_SET_TEMPLATE) || !which(h, &s->a.purpose, &s->a.lang) ||
	    !number_of(h, http_form(h, "base"), &s->a.w.version) || !number_of(h, http_form(h, "version"), &s->a.back))
		return;
	http_write(h, restore_write, s, was_set);
}

/* ── two versions side by side ── */

static const char *whole(struct arena *mem, const struct wording *w)
{
	return arena_printf(mem, "%s\n\n%s%s%s", w->subject, w->text, *w->html ? "\n" : "", w->html);
}

void web_get_template_diff(struct http *h)
{
	struct req *rq = http_req(h);
	struct template_diff v = { 0 };
	struct letter_template was, is;
	struct diff_line *d;
	if (!staff_may(h, MAY_SEE_CASE) || !which(h, &v.purpose, &v.lang) || !number_of(h, http_query(h, "a"), &v.a) ||
	    !number_of(h, http_query(h, "b"), &v.b))
		return;
	if (letter_template_get(rq, v.purpose, v.lang, v.a, &was) ||
	    letter_template_get(rq, v.purpose, v.lang, v.b, &is)) {
		http_fail_err(h, &rq->err);
		return;
	}
	int n = text_diff(rq->mem, whole(rq->mem, &was.w), whole(rq->mem, &is.w), &d);
	v.n = diff_rows(rq->mem, d, n, &v.row);
	struct page p = staff_page(h, N_("What changed"), NAV_TEMPLATES);
	p.path = template_path(&p, v.purpose, v.lang, arena_printf(p.mem, "/diff?a=%d&b=%d", v.a, v.b));
	web_template_diff(&p, &v);
}
