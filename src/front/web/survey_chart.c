/* survey_chart.c — the pictures of a survey's report: parts of a whole, bars, pairs of points; each with the table that has
 * every number. */
#include <string.h>
#include "front/web/page.h"

enum { WIDE = 320, ROW = 42, BAR = 16, LABEL = 46 };

static void begin(const struct page *p, const struct figure_chart *c)
{
	struct buf *b = p->out;
	buf_str(b, "<figure class=\"panel chart\"><figcaption><b>");
	chart_text(p, c->title);
	buf_str(b, "</b></figcaption>\n");
	if (c->nkeys) {
		buf_str(b, "<ul class=\"key\">");
		for (int i = 0; i < c->nkeys; i++) {
			buf_printf(b, "<li class=\"%s%d\">", c->nkeys > 2 ? "w" : "k", c->nkeys > 2 ? i + 1 : 2 - i);
			chart_text(p, c->key[i]);
			buf_str(b, "</li>");
		}
		buf_str(b, "</ul>\n");
	}
	buf_printf(b,
		   "<div class=\"chart__body\"><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"%s-t\"><title "
		   "id=\"%s-t\">",
		   WIDE, ROW * (c->n ? c->n : 1), c->id, c->id);
	chart_text(p, c->title);
	buf_str(b, "</title>");
	for (int i = 0; i < c->n; i++) {
		buf_printf(b, "<text class=\"lab\" x=\"0\" y=\"%d\">", ROW * i + 14);
		chart_cut(p, c->label[i], LABEL);
		buf_str(b, "</text>");
	}
}

static void end(const struct page *p, const struct figure_chart *c)
{
	struct buf *b = p->out;
	buf_str(b, "</svg>\n<div class=\"chart__tbl\" tabindex=\"0\" role=\"region\" aria-label=\"");
	chart_text(p, c->title);
	buf_str(b, "\"><table class=\"tbl\"><thead><tr><th scope=\"col\"><span class=\"sr\">");
	chart_text(p, tr(p->lang, N_("What")));
	buf_str(b, "</span></th>");
	for (int k = 0; k < c->nheads; k++) {
		buf_str(b, "<th scope=\"col\" class=\"end\">");
		chart_text(p, c->head[k]);
		buf_str(b, "</th>");
	}
	buf_str(b, "</tr></thead><tbody>\n");
	for (int i = 0; i < c->n; i++) {
		buf_str(b, "<tr><th scope=\"row\">");
		chart_text(p, c->label[i]);
		buf_str(b, "</th>");
		for (int k = 0; k < c->nheads; k++) {
			buf_str(b, "<td class=\"end num\">");
			chart_text(p, c->cell[i * c->nheads + k]);
			buf_str(b, "</td>");
		}
		buf_str(b, "</tr>\n");
	}
	buf_str(b, "</tbody></table></div></div></figure>\n");
}

static bool hidden(const struct page *p, const struct figure_chart *c, int i)
{
	if (c->value[i * c->nvalues] >= 0)
		return false;
	buf_printf(p->out, "<text x=\"0\" y=\"%d\">", ROW * i + 32);
	chart_text(p, c->none && has(c->none[i]) ? c->none[i] : tr(p->lang, N_("too few answers to show")));
	buf_str(p->out, "</text>");
	return true;
}

/* Parts of a whole, as counts. */
void figure_stacked(const struct page *p, const struct figure_chart *c)
{
	begin(p, c);
	for (int i = 0; i < c->n; i++) {
		const int64_t *v = &c->value[i * c->nvalues];
		int64_t sum = 0;
		double x = 0;
		if (hidden(p, c, i))
			continue;
		for (int k = 0; k < c->nvalues; k++)
			sum += v[k];
		for (int k = 0; k < c->nvalues && sum; k++) {
			double wide = (double)v[k] * WIDE / (double)sum;
			if (v[k])
				buf_printf(p->out,
					   "<rect class=\"v%d\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>",
					   k + 1, x, ROW * i + 20, wide > 1.5 ? wide - 1 : wide, BAR);
			x += wide;
		}
	}
	end(p, c);
}

/* One bar a row, to the largest or to c->max; the last cell of the table is written after it. */
void figure_bars(const struct page *p, const struct figure_chart *c)
{
	int64_t max = c->max ? c->max : 1;
	for (int i = 0; i < c->n; i++)
		max = c->value[i] > max ? c->value[i] : max;
	begin(p, c);
	for (int i = 0; i < c->n; i++) {
		double wide = (double)c->value[i] * (WIDE - 60) / (double)max;
		if (hidden(p, c, i))
			continue;
		buf_printf(
			p->out,
			"<rect class=\"f1\" x=\"0\" y=\"%d\" width=\"%.1f\" height=\"%d\"/><text x=\"%.1f\" y=\"%d\">",
			ROW * i + 20, wide < 1 ? 1 : wide, BAR, wide + 7, ROW * i + 33);
		chart_text(p, c->cell[i * c->nheads + c->say]);
		buf_str(p->out, "</text>");
	}
	end(p, c);
}

/* Two points a row on one scale of 0 to 100.0: a ring for the first, a full one for the second. */
void figure_pairs(const struct page *p, const struct figure_chart *c)
{
	begin(p, c);
	for (int i = 0; i < c->n; i++) {
		int y = ROW * i + 28;
		if (hidden(p, c, i))
			continue;
		double a = 8 + (double)c->value[i * 2] * (WIDE - 16) / 1000,
		       b = 8 + (double)c->value[i * 2 + 1] * (WIDE - 16) / 1000;
		buf_printf(p->out,
			   "<path class=\"g\" d=\"M8 %dH%d\"/><path class=\"ln l1\" d=\"M%.1f %dH%.1f\"/><circle "
			   "class=\"ring\" "
			   "cx=\"%.1f\" cy=\"%d\" r=\"6\"/><circle class=\"f1\" cx=\"%.1f\" cy=\"%d\" r=\"6\"/>",
			   y, WIDE - 8, a, y, b, a, y, b, y);
	}
	end(p, c);
}
