/* web_survey_past.c — /staff/surveys/STUDY/past: what an earlier survey found whose answers are not kept here, to hold this
 * one's figures against. Behind web_guard. */
#include "front/web/web.h"
#include <string.h>
#include "base/text.h"
#include "front/web/pages.h"

enum { PASTS_MAX = 1000 };

struct past_act {
	struct past_view view;
	struct voice_past_set set;
	struct voice_past_drop drop;
};

const char *past_title(const struct page *p, const struct past_view *v, const char *segment)
{
	if (!*segment)
		return tr(p->lang, N_("everybody"));
	for (int i = 0; i < v->ngroups; i++)
		if (!strcmp(v->group[i].name, segment))
			return group_title(p, &v->group[i]);
	return segment;
}

bool past_takes(const struct questionnaire *q, int item)
{
	return q->question[q->item[item].question].kind <= Q_GRID;
}

static bool past_read(struct http *h, struct past_view *v)
{
	struct req *rq = http_req(h);
	v->past = arena_array(rq->mem, struct voice_past, PASTS_MAX);
	if (voice_study_get(rq, http_arg(h, 0), &v->study) || voice_groups(rq, &v->study, v->group, &v->ngroups) ||
	    voice_segments(rq, v->study.id, v->segment, &v->nsegments) ||
	    voice_pasts(rq, &v->study, v->past, PASTS_MAX, &v->n) ||
	    voice_questionnaire(rq, v->study.questionnaire, v->study.version, &v->q)) {
		http_fail_err(h, &rq->err);
		return false;
	}
	v->edits = v->study.state != STUDY_PUBLISHED && permit(rq, MAY_RUN_SURVEY) == ST_OK;
	err_clear(&rq->err);
	return true;
}

static void past_show(struct http *h, struct past_view *v, int status)
{
	struct page p = staff_page(h, N_("Last time's figures"), NAV_SURVEYS);
	p.path = arena_printf(p.mem, "/staff/surveys/%s/past", v->study.name);
	p.bad = v->bad.n > 0;
	http_status(h, status);
	web_survey_past(&p, v);
}

/* The form shows what stands there of this item and segment. */
static void past_chosen(struct http *h, struct past_view *v)
{
	struct arena *mem = http_req(h)->mem;
	char text[COUNT_TEXT];
	v->item = http_query(h, "item");
	v->of = http_query(h, "segment");
	for (int i = 0; i < v->n && has(v->item); i++) {
		const struct voice_past *k = &v->past[i];
		if (strcmp(k->item, v->item) != 0 || strcmp(k->segment, v->of ? v->of : "") != 0)
			continue;
		v->changes = true;
		v->label = k->label;
		if (k->past.counts.base) {
			v->n_of = arena_printf(mem, "%lld", (long long)k->past.counts.n);
			v->base = arena_printf(mem, "%lld", (long long)k->past.counts.base);
		} else {
			count_tenths_text(k->past.tenths, false, text);
			v->percent = arena_strdup(mem, text);
		}
	}
}

void web_get_survey_past(struct http *h)
{
	struct past_view *v = arena_new_of(http_req(h)->mem, struct past_view);
	if (!staff_may(h, MAY_SEE_SURVEY) || !past_read(h, v))
		return;
	past_chosen(h, v);
	past_show(h, v, 200);
}

/* ── a figure is typed ── */

static int64_t count_typed(struct http *h, struct past_view *v, const char *id, const char *typed, int64_t min)
{
	int64_t n = -1;
	if (*typed && !text_int(typed, min, COUNT_MAX, &n))
		form_bad(&v->bad, id, tr(http_lang(h), N_("This is a whole number of answers.")));
	return n;
}

static void figure_typed(struct http *h, struct past_act *a)
{
	struct past_view *v = &a->view;
	struct err e = { 0 };
	struct past_told told = { .tenths = -1 };
	told.n = count_typed(h, v, "n", v->n_of, 0);
	told.base = count_typed(h, v, "base", v->base, 1);
	if (*v->percent && !count_tenths_parse(v->percent, &told.tenths))
		form_bad(&v->bad, "percent",
			 tr(http_lang(h), N_("A percentage is from 0.0 to 100.0, with its one decimal.")));
	if (v->bad.n || !voice_past_told(&told, &a->set.past.past, &e))
		return;
	const char *field = told.tenths >= 0 ? "percent" : "n";
	room_bad(h, &v->bad, told.n >= 0 && told.base < 0 ? "base" : field, &e);
}

/* Those of lists are known once people are drawn. */
static bool known_segment(const struct past_view *v, const char *name)
{
	bool known = !*name;
	for (int i = 0; i < v->nsegments && !known; i++)
		known = !strcmp(v->segment[i].name, name);
	for (int i = 0; i < v->ngroups && !known; i++)
		known = !strcmp(v->group[i].name, name);
	return known;
}

static void past_typed(struct http *h, struct past_act *a)
{
	struct past_view *v = &a->view;
	v->item = form_text(h, "item");
	v->of = form_text(h, "segment");
	v->n_of = form_text(h, "n");
	v->base = form_text(h, "base");
	v->percent = form_text(h, "percent");
	v->label = form_text(h, "label");
	a->set = (struct voice_past_set){ v->study.name,
					  { arena_strdup(http_req(h)->mem, v->item),
					    arena_strdup(http_req(h)->mem, v->of),
					    arena_strdup(http_req(h)->mem, *v->label ? v->label : N_("last time")) } };
	int item = questionnaire_item(&v->q, v->item, strlen(v->item));
	if (item < 0 || !past_takes(&v->q, item))
		form_bad(&v->bad, "item", tr(http_lang(h), N_("Choose what the figure is of.")));
	if (!known_segment(v, v->of))
		form_bad(&v->bad, "segment", tr(http_lang(h), N_("Choose whom the figure is of.")));
	figure_typed(h, a);
	if (!text_one_line(v->label, VOICE_LABEL_MAX))
		form_bad(&v->bad, "label", tr(http_lang(h), N_("Where it is from is one short line.")));
}

static enum st past_write(struct req *rq, void *arg)
{
	struct past_act *a = arg;
	return a->drop.study ? voice_past_drop(rq, &a->drop) : voice_past_set(rq, &a->set);
}

static void past_done(struct http *h, void *arg, const struct err *outcome)
{
	struct past_act *a = arg;
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		http_redirect(h, arena_printf(http_req(h)->mem, "/staff/surveys/%s/past?done=survey-%s",
					      a->view.study.name, a->drop.study ? "past-removed" : "past"));
}

static struct past_act *past_act_of(struct http *h)
{
	struct past_act *a = arena_new_of(http_req(h)->mem, struct past_act);
	return staff_may(h, MAY_RUN_SURVEY) && past_read(h, &a->view) ? a : NULL;
}

void web_post_survey_past(struct http *h)
{
	struct past_act *a = past_act_of(h);
	if (!a)
		return;
	past_typed(h, a);
	if (a->view.bad.n && a->view.edits)
		past_show(h, &a->view, 422);
	else
		http_write(h, past_write, a, past_done);
}

void web_post_survey_past_remove(struct http *h)
{
	struct past_act *a = past_act_of(h);
	if (!a)
		return;
	a->drop = (struct voice_past_drop){ a->view.study.name, form_text(h, "item"), form_text(h, "segment") };
	http_write(h, past_write, a, past_done);
}
