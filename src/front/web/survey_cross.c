/* survey_cross.c — /staff/surveys/STUDY/cross: the same figures in every group or segment, side by side, and which differ
 * from the others by more than chance. Behind web_guard. */
#include "front/web/web.h"
#include <string.h>
#include "front/web/pages.h"

enum { CROSS_ARENA = 64 << 20 };

bool cross_row(const struct voice_figure *f)
{
	return voice_crosses(f) && f->kind != FIGURE_BOTTOM;
}

const char *segment_title(const struct page *p, const struct report_view *v, int which)
{
	const struct voice_segment *s = &v->list.t.segment[which];
	for (int i = 0; i < v->ngroups && !strcmp(s->kind, "group"); i++)
		if (!strcmp(v->group[i].name, s->name))
			return group_title(p, &v->group[i]);
	return s->name;
}

const char *cross_label(const struct page *p, const struct report_view *v, const struct voice_figure *f)
{
	const struct questionnaire *q = &v->list.t.q;
	const struct q_question *k = &q->question[f->question];
	if (f->kind == FIGURE_OPTION)
		return q->item[f->item].row < 0 ? survey_words(p, &k->option[f->option].words) : NULL;
	return arena_printf(p->mem, "%s · %s", survey_words(p, &k->row[q->item[f->item].row].words),
			    tr(p->lang, f->kind == FIGURE_MEAN ? N_("Mean") : N_("4 or 5, %")));
}

/* A figure and its base; of a segment also what the test says, as a sign and in words. */
void cross_cell(const struct page *p, const struct voice_figure *f, const struct voice_cell *k)
{
	struct voice_figure shown = { .kind = f->kind, .share = k->share, .tenths = k->tenths, .mark = k->mark };
	bool more = k->tested && k->chance.significant && k->chance.stat > 0;
	if (k->mark == BASE_HIDDEN) {
		buf_str(p->out, "–");
		return;
	}
	buf_str(p->out, voice_figure_text(p->mem, &shown));
	if (k->tested && k->chance.significant) {
		buf_str(p->out, more ? " <span aria-hidden=\"true\">▲</span><span class=\"sr\"> "
				     : " <span aria-hidden=\"true\">▼</span><span class=\"sr\"> ");
		chart_text(p, tr(p->lang, more ? N_("higher than the others") : N_("lower than the others")));
		buf_str(p->out, "</span>");
	}
	buf_str(p->out, "<span class=\"sub\">");
	chart_text(p, arena_printf(p->mem, tr(p->lang, k->mark == BASE_SMALL ? N_("of %lld, small") : N_("of %lld")),
				   (long long)k->share.base));
	buf_str(p->out, "</span>");
}

bool cross_any(const struct report_view *v, const char *kind)
{
	for (int i = 0; i < v->list.t.nsegments; i++)
		if (!strcmp(v->list.t.segment[i].kind, kind))
			return true;
	return false;
}

bool cross_question(const struct report_view *v, int question)
{
	for (int i = 0; i < v->list.n; i++)
		if (v->list.f[i].question == question && cross_row(&v->list.f[i]))
			return true;
	return false;
}

void web_get_cross(struct http *h)
{
	struct req *rq = http_req(h);
	struct arena *keep = rq->mem;
	struct report_view *v = arena_new_of(keep, struct report_view);
	const char *by = http_query(h, "by");
	if (!staff_may(h, MAY_SEE_SURVEY))
		return;
	rq->mem = arena_new(CROSS_ARENA);
	v->place = by && !strcmp(by, "list") ? "list" : "group";
	if (voice_list(rq, http_arg(h, 0), "", &v->list) || voice_groups(rq, &v->list.t.study, v->group, &v->ngroups)) {
		http_fail_err(h, &rq->err);
	} else {
		struct page p = staff_page(h, N_("By group"), NAV_SURVEYS);
		p.path = arena_printf(p.mem, "%s?by=%s", study_path(&p, v, "/cross"), v->place);
		web_cross(&p, v);
	}
	arena_free(rq->mem);
	rq->mem = keep;
}
