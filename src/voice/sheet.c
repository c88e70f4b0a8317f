/* sheet.c — the figures of a report as CSV and as a spreadsheet. What comes from people or files is text there, never a
 * formula: in CSV a cell that begins as one gets an apostrophe, in XLSX every text is a string cell. */
#include <string.h>
#include <xlsxwriter.h>
#include "voice/voice_int.h"

static void csv_cell(struct buf *out, const char *s)
{
	buf_printf(out, "\"%s", *s && strchr("=+-@\t\r", *s) ? "'" : "");
	for (; *s; s++)
		if (*s == '"')
			buf_str(out, "\"\"");
		else
			buf_add(out, s, 1);
	buf_str(out, "\",");
}

void voice_sheet_csv(const struct voice_list *l, struct buf *out)
{
	struct arena *mem = arena_new((size_t)16 << 20);
	buf_str(out, "segment,item,what,n,base,figure,mark\n");
	for (int i = 0; i < l->n; i++) {
		const struct voice_figure *f = &l->f[i];
		csv_cell(out, l->name);
		csv_cell(out, voice_figure_item(mem, &l->t.q, f));
		csv_cell(out, voice_figure_what(&l->t.q, f));
		if (f->mark == BASE_HIDDEN)
			buf_printf(out, ",,,%s\n", count_mark_name(f->mark));
		else
			buf_printf(out, "%lld,%lld,%s,%s\n", (long long)f->share.n, (long long)f->share.base,
				   voice_figure_text(mem, f), count_mark_name(f->mark));
	}
	arena_free(mem);
}

/* ── the spreadsheet ── */

struct sheet {
	lxw_worksheet *w;
	lxw_format *bold, *tenths, *hundredths, *points;
	lxw_row_t row;
	struct arena *mem;
};

static void heads(struct sheet *s, const char *const *head, int n)
{
	for (int i = 0; i < n; i++)
		worksheet_write_string(s->w, 0, (lxw_col_t)i, head[i], s->bold);
	worksheet_freeze_panes(s->w, 1, 0);
	worksheet_set_column(s->w, 0, 2, 22, NULL);
	s->row = 1;
}

static bool two_decimals(const struct voice_figure *f)
{
	return f->kind == FIGURE_MEAN || f->kind == FIGURE_NUMBER_MEAN;
}

/* The figure itself is divided out of the counts: a mean has two decimals, a share one. */
static double figure_number(const struct voice_figure *f)
{
	if (f->kind == FIGURE_NUMBER_MEDIAN)
		return (double)f->halves / 2;
	return two_decimals(f) ? (double)f->share.n / (double)f->share.base : f->tenths / 10.0;
}

static void figure_row(struct sheet *s, const struct voice_list *l, const struct voice_figure *f)
{
	worksheet_write_string(s->w, s->row, 0, l->name, NULL);
	worksheet_write_string(s->w, s->row, 1, voice_figure_item(s->mem, &l->t.q, f), NULL);
	worksheet_write_string(s->w, s->row, 2, voice_figure_what(&l->t.q, f), NULL);
	if (f->mark != BASE_HIDDEN) {
		worksheet_write_number(s->w, s->row, 3, (double)f->share.n, NULL);
		worksheet_write_number(s->w, s->row, 4, (double)f->share.base, NULL);
		worksheet_write_number(s->w, s->row, 5, figure_number(f), two_decimals(f) ? s->hundredths : s->tenths);
	}
	worksheet_write_string(s->w, s->row++, 6, count_mark_name(f->mark), NULL);
}

static void change_row(struct sheet *s, const struct voice_change *c)
{
	worksheet_write_string(s->w, s->row, 0, c->item, NULL);
	worksheet_write_string(s->w, s->row, 1, c->label ? c->label : "", NULL);
	if (c->kind == CHANGE_EXACT || c->kind == CHANGE_ROUNDED) {
		worksheet_write_number(s->w, s->row, 2, c->was / 10.0, s->tenths);
		worksheet_write_number(s->w, s->row, 3, c->is / 10.0, s->tenths);
		worksheet_write_number(s->w, s->row, 4, c->by / 10.0, s->points);
	}
	worksheet_write_string(s->w, s->row++, 5, c->note, NULL);
}

/* ── what the short names stand for, in both languages ── */

static const char *asked_in(struct arena *mem, const struct questionnaire *q, const struct voice_figure *f, enum lang l)
{
	const struct q_question *k = &q->question[f->question];
	const char *text = q_words_in(&k->words, l);
	int row = f->item < 0 ? -1 : q->item[f->item].row;
	return row < 0 ? text : arena_printf(mem, "%s %s", text, q_words_in(&k->row[row].words, l));
}

static const char *option_in(const struct questionnaire *q, const struct voice_figure *f, enum lang l)
{
	const struct q_question *k = &q->question[f->question];
	if (q->item[f->item].row >= 0)
		return f->option == GRID_POINTS ? q_words_in(&k->unknown, l)
						: questionnaire_option_id(q, f->item, f->option);
	return k->noptions ? q_words_in(&k->option[f->option].words, l) : tr(l, N_("answered"));
}

static const char *what_in(const struct questionnaire *q, const struct voice_figure *f, enum lang l)
{
	static const char *const words[] = {
		[FIGURE_EMPTY] = N_("left empty, %"),
		[FIGURE_TOP] = N_("4 or 5, %"),
		[FIGURE_BOTTOM] = N_("1 or 2, %"),
		[FIGURE_MEAN] = N_("Mean"),
		[FIGURE_UNWEIGHTED] = N_("4 or 5, %: unweighted mean of the rows"),
		[FIGURE_WEIGHTED] = N_("4 or 5, %: weighted mean of the rows"),
		[FIGURE_NUMBER_MEAN] = N_("Mean"),
		[FIGURE_NUMBER_MEDIAN] = N_("Median"),
	};
	if (f->kind == FIGURE_OPTION)
		return option_in(q, f, l);
	return f->kind == FIGURE_CODE ? (f->title[l] ? f->title[l] : f->code) : tr(l, words[f->kind]);
}

static void words_row(struct sheet *s, const struct questionnaire *q, const struct voice_figure *f)
{
	const char *const cell[] = { voice_figure_item(s->mem, q, f),	 voice_figure_what(q, f),
				     asked_in(s->mem, q, f, LANG_EN),	 what_in(q, f, LANG_EN),
				     asked_in(s->mem, q, f, LANG_ZH_TW), what_in(q, f, LANG_ZH_TW) };
	for (int i = 0; i < 6; i++)
		worksheet_write_string(s->w, s->row, (lxw_col_t)i, cell[i], NULL);
	s->row++;
}

enum st voice_sheet_file(const struct voice_list *l, const struct voice_change *c, int n, const char *path,
			 struct err *e)
{
	static const char *const figure_heads[] = { "segment", "item", "what", "n", "base", "figure", "mark" };
	static const char *const words_heads[] = { "item", "what", "English", "", "\u4e2d\u6587", "" };
	static const char *const change_heads[] = { "item", "then", "before", "now", "points", "note" };
	struct sheet s = { .mem = arena_new((size_t)16 << 20) };
	char *dir = arena_strdup(s.mem, path), *slash = strrchr(dir, '/');
	if (slash)
		*slash = 0;
	lxw_workbook_options o = { .constant_memory = LXW_FALSE, .tmpdir = slash ? dir : (char *)"." };
	lxw_workbook *book = workbook_new_opt(path, &o);
	if (!book) {
		arena_free(s.mem);
		return err_set(e, ST_INTERNAL, "%s: no spreadsheet can be made", path);
	}
	s.bold = workbook_add_format(book);
	s.tenths = workbook_add_format(book);
	s.hundredths = workbook_add_format(book);
	s.points = workbook_add_format(book);
	format_set_bold(s.bold);
	format_set_num_format(s.tenths, "0.0");
	format_set_num_format(s.hundredths, "0.00");
	format_set_num_format(s.points, "+0.0;-0.0;0.0");
	s.w = workbook_add_worksheet(book, "Figures");
	heads(&s, figure_heads, 7);
	for (int i = 0; i < l->n; i++)
		figure_row(&s, l, &l->f[i]);
	s.w = workbook_add_worksheet(book, "Changes");
	heads(&s, change_heads, 6);
	for (int i = 0; i < n; i++)
		change_row(&s, &c[i]);
	s.w = workbook_add_worksheet(book, "Words");
	heads(&s, words_heads, 6);
	for (int i = 0; i < l->n; i++)
		words_row(&s, &l->t.q, &l->f[i]);
	lxw_error bad = workbook_close(book);
	arena_free(s.mem);
	return bad ? err_set(e, ST_INTERNAL, "%s: %s", path, lxw_strerror(bad)) : ST_OK;
}
