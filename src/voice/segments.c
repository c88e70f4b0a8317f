/* segments.c — one figure in every segment, side by side: is a difference more than chance, and what must not be shown lest
 * it is found by taking the others away. */
#include <string.h>
#include "voice/voice_int.h"

bool voice_crosses(const struct voice_figure *f)
{
	return f->kind == FIGURE_OPTION || (f->kind >= FIGURE_TOP && f->kind <= FIGURE_MEAN);
}

static struct share share_of(const struct voice_tally *t, const struct voice_figure *f, int bit)
{
	struct grid_figures g = { 0 };
	if (f->kind == FIGURE_OPTION)
		return cross_share(t->cross, f->item, bit, f->option);
	struct grid points = voice_grid(t, f->item, bit);
	if (count_grid(&points, &g, NULL))
		return (struct share){ 0 };
	if (f->kind == FIGURE_MEAN)
		return (struct share){ g.sum, g.base };
	return f->kind == FIGURE_TOP ? g.top : g.bottom;
}

/* Of how many a figure is: what must not be found. */
static int64_t base_of(const struct voice_tally *t, const struct voice_figure *f, int bit)
{
	switch (f->kind) {
	case FIGURE_TOP:
	case FIGURE_BOTTOM:
	case FIGURE_MEAN:
		return share_of(t, f, bit).base;
	case FIGURE_NUMBER_MEAN:
	case FIGURE_NUMBER_MEDIAN:
		return cross_share(t->cross, f->item, bit, 0).n;
	case FIGURE_CODE:
		return t->q.question[f->question].kind == Q_OPEN ? cross_share(t->cross, f->item, bit, 0).n
								 : cross_share(t->cross, f->item, bit, 0).base;
	default:
		return cross_share(t->cross, f->item, bit, 0).base;
	}
}

static bool same_kind(const struct voice_tally *t, int a, int b)
{
	return !strcmp(t->segment[a].kind, t->segment[b].kind);
}

/* Segments of one kind have nobody in common. So all, less those that are shown, are the hidden ones and who is in none:
 * where that is one to four people the smallest that is shown goes too, until nothing is left to find. */
bool voice_hidden(const struct voice_tally *t, const struct voice_figure *f, int which)
{
	bool shown[CROSS_SEGMENTS_MAX] = { false };
	int64_t base[CROSS_SEGMENTS_MAX], left = base_of(t, f, VOICE_ALL);
	for (int i = 0; i < t->nsegments; i++) {
		base[i] = same_kind(t, i, which) ? base_of(t, f, t->segment[i].bit) : 0;
		shown[i] = count_mark(base[i]) != BASE_HIDDEN;
		left -= shown[i] ? base[i] : 0;
	}
	while (left > 0 && count_mark(left) == BASE_HIDDEN) {
		int least = -1;
		for (int i = 0; i < t->nsegments; i++)
			if (shown[i] && (least < 0 || base[i] < base[least]))
				least = i;
		if (least < 0)
			break;
		shown[least] = false;
		left += base[least];
	}
	return !shown[which];
}

static void interval(struct voice_cell *c)
{
	struct interval w = { 0 };
	count_share(c->share, &c->tenths, NULL);
	count_wilson(c->share, &w, NULL);
	c->low = count_interval_tenths(w.lo);
	c->high = count_interval_tenths(w.hi);
}

static void shares_test(struct voice_cell *c, struct share all)
{
	struct share others = { all.n - c->share.n, all.base - c->share.base };
	c->tested = c->mark == BASE_ENOUGH && count_mark(others.base) == BASE_ENOUGH &&
		    count_two_shares(c->share, others, &c->chance, NULL) == ST_OK;
}

static void means_test(const struct voice_tally *t, const struct voice_figure *f, int bit, struct voice_cell *c)
{
	struct grid in = voice_grid(t, f->item, bit), others = voice_grid(t, f->item, VOICE_ALL);
	struct sample a, b;
	for (int i = 0; i < GRID_POINTS; i++)
		others.n[i] -= in.n[i];
	c->tested = c->mark == BASE_ENOUGH && count_grid_sample(&in, &a, NULL) == ST_OK &&
		    count_grid_sample(&others, &b, NULL) == ST_OK && count_mark(b.n) == BASE_ENOUGH &&
		    count_two_means(&a, &b, &c->chance, NULL) == ST_OK;
}

struct voice_cell voice_cell(const struct voice_tally *t, const struct voice_figure *f, int which)
{
	int bit = which < 0 ? VOICE_ALL : t->segment[which].bit;
	struct voice_cell c = { .share = share_of(t, f, bit) };
	c.mark = count_mark(c.share.base);
	if (c.mark == BASE_HIDDEN || (which >= 0 && voice_hidden(t, f, which)))
		return (struct voice_cell){ .mark = BASE_HIDDEN };
	if (f->kind != FIGURE_MEAN)
		interval(&c);
	if (which >= 0 && f->kind == FIGURE_MEAN)
		means_test(t, f, bit, &c);
	else if (which >= 0)
		shares_test(&c, share_of(t, f, VOICE_ALL));
	return c;
}
