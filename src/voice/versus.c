/* versus.c — against last time: what changed in points, or why that can't be said. */
#include <string.h>
#include "voice/voice_int.h"
#include "who/permit.h"

/* What one figure stands for an item: its top boxes, or the share of its first option. */
static const struct voice_figure *figure_for(struct req *rq, const struct voice_list *l, const char *item)
{
	for (int i = 0; i < l->n; i++) {
		const struct voice_figure *f = &l->f[i];
		bool main = f->kind == FIGURE_TOP ||
			    (f->kind == FIGURE_OPTION && !f->option && l->t.q.item[f->item].row < 0);
		if (main && !strcmp(voice_figure_item(rq->mem, &l->t.q, f), item))
			return f;
	}
	return NULL;
}

static const char *tenths_text(struct req *rq, int tenths, bool sign)
{
	char text[COUNT_TEXT];
	count_tenths_text(tenths, sign, text);
	return arena_strdup(rq->mem, text);
}

static void few(struct voice_change *c)
{
	c->kind = CHANGE_FEW;
	c->note = c->note_fmt = N_("too few answers to say");
}

static struct voice_change from_past(struct req *rq, const struct voice_list *l, const struct voice_past *p)
{
	const struct voice_figure *f = figure_for(rq, l, p->item);
	struct change ch;
	int tenths = p->past.tenths;
	struct voice_change v = {
		.item = p->item, .before = "-", .now = "-", .points = "-", .note = "", .label = p->label
	};
	if (p->past.counts.base && count_mark(p->past.counts.base) == BASE_HIDDEN)
		return few(&v), v;
	if (p->past.counts.base)
		count_share(p->past.counts, &tenths, NULL);
	v.before = tenths_text(rq, tenths, false);
	if (!f || f->mark == BASE_HIDDEN || count_change(f->share, &p->past, &ch, NULL))
		return few(&v), v;
	v.now = voice_figure_text(rq->mem, f);
	v.by = ch.tenths;
	v.points = tenths_text(rq, v.by, true);
	v.was = tenths;
	v.is = f->tenths;
	v.kind = ch.rounded ? CHANGE_ROUNDED : CHANGE_EXACT;
	if (ch.rounded)
		v.note = v.note_fmt =
			N_("from rounded figures: up to 0.1 off; last time's counts are needed for better");
	return v;
}

static struct voice_change from_study(struct req *rq, const struct voice_list *l, const struct voice_tally *before,
				      const struct voice_figure *f)
{
	struct voice_change v = { .item = voice_figure_item(rq->mem, &l->t.q, f),
				  .before = "-",
				  .now = "-",
				  .points = "-",
				  .note = "",
				  .label = before->study.name };
	if (voice_comparable(rq, &l->t, before, f->item)) {
		v.kind = CHANGE_REFUSED;
		v.note = arena_strdup(rq->mem, rq->err.msg);
		v.note_fmt = rq->err.fmt;
		err_clear(&rq->err);
		return v;
	}
	int then = questionnaire_item(&before->q, v.item, strlen(v.item)), bit = voice_segment_bit(before, l->name);
	struct grid g = voice_grid(before, then, bit);
	struct grid_figures gf = { 0 };
	if (f->kind == FIGURE_TOP && count_grid(&g, &gf, NULL))
		gf.top = (struct share){ 0 };
	struct share was = f->kind == FIGURE_TOP ? gf.top : cross_share(before->cross, then, bit, f->option);
	if (f->mark == BASE_HIDDEN || count_mark(was.base) == BASE_HIDDEN ||
	    count_difference(f->share, was, &v.by, NULL))
		return few(&v), v;
	v.points = tenths_text(rq, v.by, true);
	v.now = voice_figure_text(rq->mem, f);
	v.is = f->tenths;
	count_share(was, &v.was, NULL);
	v.before = tenths_text(rq, v.was, false);
	return v;
}

enum st voice_earlier(struct req *rq, const struct voice_study *s, struct voice_study *out, int max, int *n)
{
	bool all = permit(rq, MAY_SEE_SURVEY) == ST_OK;
	err_clear(&rq->err);
	return voice_studies_like(rq, s, all ? STUDY_CLOSED : STUDY_PUBLISHED, out, max, n);
}

/* Before it is closed its answers still lead to people: no figure of it is told. */
static enum st then_tally(struct req *rq, const struct voice_list *l, const char *against, struct voice_tally *before)
{
	if (voice_tally(rq, against, before))
		return rq->err.code;
	if (before->study.id == l->t.study.id)
		return err_set(&rq->err, ST_INVALID, N_("%s is this study: name an earlier one"), against);
	return before->study.state >= STUDY_CLOSED
		       ? ST_OK
		       : err_set(&rq->err, ST_CONFLICT, N_("study %s is not closed yet: it has no figures"), against);
}

enum st voice_changes(struct req *rq, const struct voice_list *l, const char *against, struct voice_change *out,
		      int max, int *n)
{
	struct voice_past *p = arena_array(rq->mem, struct voice_past, Q_ITEMS_MAX);
	int np;
	*n = 0;
	if (voice_pasts(rq, &l->t.study, p, Q_ITEMS_MAX, &np))
		return rq->err.code;
	for (int i = 0; i < np && *n < max; i++)
		if (!strcmp(p[i].segment, l->name))
			out[(*n)++] = from_past(rq, l, &p[i]);
	if (!against)
		return ST_OK;
	struct voice_tally *before = arena_new_of(rq->mem, struct voice_tally);
	if (then_tally(rq, l, against, before))
		return rq->err.code;
	for (int i = 0; i < l->n && *n < max; i++)
		if (l->f[i].item >= 0 && figure_for(rq, l, voice_figure_item(rq->mem, &l->t.q, &l->f[i])) == &l->f[i])
			out[(*n)++] = from_study(rq, l, before, &l->f[i]);
	return ST_OK;
}
