/* chart.c — numbers as pictures: bars, stacked columns, lines; and the table beside each. */
#include <string.h>
#include "front/web/page.h"

enum { WIDE = 380, LEFT = 44, TOP = 20, FLOOR = 190, HIGH = FLOOR - TOP, TICKS = 5 };
enum { BAR_LEFT = 132, BAR_WIDE = 168, BAR_STEP = 34, LABEL_CHARS = 18, TABLE_ROWS = 60 };

static void escaped(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] == '<')
			buf_str(out, "&lt;");
		else if (s[i] == '>')
			buf_str(out, "&gt;");
		else if (s[i] == '&')
			buf_str(out, "&amp;");
		else if (s[i] == '"')
			buf_str(out, "&quot;");
		else
			buf_add(out, &s[i], 1);
}

void chart_text(const struct page *p, const char *s)
{
	escaped(p->out, s, strlen(s));
}

/* At most so many characters (Han count two), then an ellipsis. */
void chart_cut(const struct page *p, const char *s, int max)
{
	int width = 0;
	size_t n = 0;
	while (s[n]) {
		size_t len = 1;
		while ((s[n + len] & 0xc0) == 0x80)
			len++;
		width += len > 2 ? 2 : 1;
		if (width > max)
			break;
		n += len;
	}
	escaped(p->out, s, n);
	if (s[n])
		buf_str(p->out, "…");
}

const char *number_text(const struct page *p, int64_t n)
{
	char *plain = arena_printf(p->mem, "%lld", (long long)n), *out = arena_alloc(p->mem, 40), *to = out;
	size_t len = strlen(plain);
	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0 && plain[i - 1] != '-')
			*to++ = ',';
		*to++ = plain[i];
	}
	*to = 0;
	return out;
}

static const char *said(const struct page *p, const struct chart *c, int64_t v)
{
	return c->say ? c->say(p, v) : number_text(p, v);
}

int64_t chart_top(int64_t max)
{
	static const int steps[] = { 1, 2, 5 };
	for (int64_t power = TICKS - 1; power <= INT64_MAX / 50; power *= 10)
		for (int i = 0; i < 3; i++)
			if (power * steps[i] >= max)
				return power * steps[i];
	return max;
}

static int64_t sum_at(const struct chart *c, int i)
{
	int64_t sum = 0;
	for (int s = 0; s < c->nseries; s++)
		sum += c->value[s][i];
	return sum;
}

/* ── parts ── */

static void begin(const struct page *p, const struct chart *c, int height, bool key)
{
	struct buf *b = p->out;
	buf_str(b, "<figure class=\"panel chart\"><figcaption><b>");
	chart_text(p, c->title);
	buf_str(b, "</b></figcaption>\n");
	if (key && c->nseries > 1) {
		buf_str(b, "<ul class=\"key\">");
		for (int s = 0; s < c->nseries; s++) {
			buf_printf(b, "<li class=\"k%d\">", s + 1);
			chart_text(p, c->series[s]);
			buf_str(b, "</li>");
		}
		buf_str(b, "</ul>\n");
	}
	buf_printf(b,
		   "<div class=\"chart__body\"><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"%s-t %s-d\">"
		   "<title id=\"%s-t\">",
		   WIDE, height, c->id, c->id, c->id);
	chart_text(p, c->title);
	buf_printf(b, "</title><desc id=\"%s-d\">", c->id);
	chart_text(p, c->desc);
	buf_str(b, "</desc>");
}

static void head(const struct page *p, const struct chart *c)
{
	struct buf *b = p->out;
	buf_str(b, "<table class=\"tbl\"><caption class=\"sr\">");
	chart_text(p, c->title);
	buf_str(b, "</caption><thead><tr><th scope=\"col\"><span class=\"sr\">");
	chart_text(p, tr(p->lang, N_("What")));
	buf_str(b, "</span></th>");
	for (int s = 0; s < c->nseries; s++) {
		buf_str(b, "<th scope=\"col\" class=\"end\">");
		chart_text(p, c->series[s]);
		buf_str(b, "</th>");
	}
	buf_str(b, "</tr></thead><tbody>\n");
}

/* Of a long run the newest: the file that can be downloaded has all. */
static void end(const struct page *p, const struct chart *c)
{
	struct buf *b = p->out;
	int first = c->n > TABLE_ROWS ? c->n - TABLE_ROWS : 0;
	buf_str(b, "</svg>\n<div class=\"chart__tbl\" tabindex=\"0\" role=\"region\" aria-label=\"");
	chart_text(p, c->title);
	buf_str(b, "\">");
	head(p, c);
	for (int i = first; i < c->n; i++) {
		buf_str(b, "<tr><th scope=\"row\" class=\"nowrap\">");
		chart_text(p, c->label[i]);
		buf_str(b, "</th>");
		for (int s = 0; s < c->nseries; s++) {
			buf_str(b, "<td class=\"end\">");
			chart_text(p, said(p, c, c->value[s][i]));
			buf_str(b, "</td>");
		}
		buf_str(b, "</tr>\n");
	}
	buf_str(b, "</tbody></table></div></div></figure>\n");
}

/* Lines across, with what they stand for. */
static void grid(const struct page *p, const struct chart *c, int64_t top)
{
	for (int k = 0; k < TICKS; k++) {
		int y = FLOOR - HIGH * k / (TICKS - 1);
		buf_printf(p->out, "<path class=\"%s\" d=\"M%d %dH%d\"/><text x=\"%d\" y=\"%d\" text-anchor=\"end\">",
			   k ? "g" : "ax", LEFT, y, WIDE, LEFT - 6, y + 4);
		chart_text(p, said(p, c, top * k / (TICKS - 1)));
		buf_str(p->out, "</text>");
	}
}

static void below(const struct page *p, const struct chart *c, double step)
{
	int every = c->n > 6 ? (c->n + 5) / 6 : 1;
	for (int i = c->n - 1; i >= 0; i -= every) {
		buf_printf(p->out, "<text x=\"%.1f\" y=\"207\" text-anchor=\"middle\">", LEFT + step * (i + .5));
		chart_cut(p, c->label[i], 10);
		buf_str(p->out, "</text>");
	}
}

/* ── the three ── */

void chart_columns(const struct page *p, const struct chart *c)
{
	int64_t max = 0;
	for (int i = 0; i < c->n; i++)
		max = sum_at(c, i) > max ? sum_at(c, i) : max;
	int64_t top = chart_top(max);
	double step = (double)(WIDE - LEFT) / (c->n ? c->n : 1), wide = step > 28 ? 20 : step * .72;
	begin(p, c, 212, true);
	grid(p, c, top);
	for (int i = 0; i < c->n; i++) {
		double y = FLOOR;
		for (int s = 0; s < c->nseries; s++) {
			double high = (double)c->value[s][i] * HIGH / (double)top;
			if (c->value[s][i] <= 0)
				continue;
			y -= high;
			buf_printf(p->out, "<rect class=\"f%d\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
				   s + 1, LEFT + step * (i + .5) - wide / 2, y, wide, high > 1.5 ? high - 1 : high);
		}
	}
	below(p, c, step);
	end(p, c);
}

void chart_lines(const struct page *p, const struct chart *c)
{
	int64_t max = 0;
	for (int s = 0; s < c->nseries; s++)
		for (int i = 0; i < c->n; i++)
			max = c->value[s][i] > max ? c->value[s][i] : max;
	int64_t top = chart_top(max);
	double step = (double)(WIDE - LEFT) / (c->n ? c->n : 1);
	begin(p, c, 212, true);
	grid(p, c, top);
	for (int s = 0; s < c->nseries && c->n; s++) {
		double x = 0, y = 0;
		buf_printf(p->out, "<path class=\"ln l%d\" d=\"", s + 1);
		for (int i = 0; i < c->n; i++) {
			x = LEFT + step * (i + .5);
			y = FLOOR - (double)c->value[s][i] * HIGH / (double)top;
			buf_printf(p->out, "%s%.1f %.1f", i ? "L" : "M", x, y);
		}
		buf_printf(p->out, "\"/><circle class=\"f%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\"/>", s + 1, x, y);
	}
	below(p, c, step);
	end(p, c);
}

void chart_bars(const struct page *p, const struct chart *c)
{
	int64_t max = 0;
	for (int i = 0; i < c->n; i++)
		max = c->value[0][i] > max ? c->value[0][i] : max;
	begin(p, c, 12 + BAR_STEP * (c->n ? c->n : 1), false);
	buf_printf(p->out, "<path class=\"ax\" d=\"M%d 6V%d\"/>", BAR_LEFT, 6 + BAR_STEP * (c->n ? c->n : 1));
	for (int i = 0; i < c->n; i++) {
		int y = 10 + BAR_STEP * i;
		double wide = max > 0 && c->value[0][i] > 0 ? (double)c->value[0][i] * BAR_WIDE / (double)max : 0;
		buf_printf(p->out, "<text class=\"lab\" x=\"%d\" y=\"%d\" text-anchor=\"end\">", BAR_LEFT - 8, y + 18);
		chart_cut(p, c->label[i], LABEL_CHARS);
		buf_printf(p->out,
			   "</text><rect class=\"f1\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"26\" rx=\"2\"/><text "
			   "class=\"lab\" x=\"%.1f\" y=\"%d\">",
			   BAR_LEFT, y, wide, BAR_LEFT + wide + 6, y + 18);
		chart_text(p, said(p, c, c->value[0][i]));
		buf_str(p->out, "</text>");
	}
	end(p, c);
}
