/* survey cross: the figures of a study by group or list segment, side by side, and which differ by more than chance. */
#include <stdio.h>
#include <string.h>
#include "base/csv.h"
#include "base/json.h"
#include "cli/commands.h"
#include "voice/voice.h"

enum { COLUMNS = 10 };
static const char *const heads[COLUMNS] = {
	"ITEM", "WHAT", "SEGMENT", "N", "BASE", "FIGURE", "LOW", "HIGH", "P", "NOTE"
};

struct crossing {
	struct cli *c;
	struct voice_list list;
	struct table *table;
	struct jw *json;
	struct buf *csv;
};

static const char *tenths(struct cli *c, int t)
{
	char text[COUNT_TEXT];
	count_tenths_text(t, false, text);
	return arena_strdup(c->mem, text);
}

static const char *versus(const struct voice_cell *k)
{
	return !k->tested || !k->chance.significant ? "" : k->chance.stat > 0 ? "higher" : "lower";
}

static const char *note(struct cli *c, const struct voice_cell *k)
{
	static const char *const marks[] = { "", "small base", "hidden" };
	return *versus(k) ? arena_printf(c->mem, "%s than the others", versus(k)) : marks[k->mark];
}

static void texts(struct crossing *x, const struct voice_figure *f, const struct voice_cell *k, const char *segment,
		  const char *out[COLUMNS])
{
	struct cli *c = x->c;
	bool told = k->mark != BASE_HIDDEN, share = told && f->kind != FIGURE_MEAN;
	struct voice_figure shown = { .kind = f->kind, .share = k->share, .tenths = k->tenths, .mark = k->mark };
	out[0] = voice_figure_item(c->mem, &x->list.t.q, f);
	out[1] = voice_figure_what(&x->list.t.q, f);
	out[2] = segment;
	out[3] = told ? arena_printf(c->mem, "%lld", (long long)k->share.n) : "-";
	out[4] = told ? arena_printf(c->mem, "%lld", (long long)k->share.base) : "<5";
	out[5] = told ? voice_figure_text(c->mem, &shown) : "-";
	out[6] = share ? tenths(c, k->low) : "-";
	out[7] = share ? tenths(c, k->high) : "-";
	out[8] = k->tested ? arena_printf(c->mem, "%.4f", k->chance.p) : "-";
	out[9] = note(c, k);
}

static void cell_json(struct jw *w, const struct voice_cell *k, const char *const cell[COLUMNS])
{
	static const char *const keys[] = { "n", "base", "figure", "low", "high", "p" };
	j_obj(w, NULL);
	for (int i = 0; i < 3; i++)
		j_str(w, (const char *[]){ "item", "what", "segment" }[i], cell[i]);
	for (int i = 0; i < 6; i++)
		j_raw(w, keys[i], strcmp(cell[3 + i], "-") && strcmp(cell[3 + i], "<5") ? cell[3 + i] : "null");
	j_str(w, "mark", count_mark_name(k->mark));
	j_str(w, "others", *versus(k) ? versus(k) : NULL);
	j_end(w);
}

static void one(struct crossing *x, const struct voice_figure *f, int which)
{
	const char *cell[COLUMNS];
	struct voice_cell k = voice_cell(&x->list.t, f, which);
	texts(x, f, &k, which < 0 ? "" : x->list.t.segment[which].name, cell);
	table_row(x->table, cell);
	cell_json(x->json, &k, cell);
	for (int i = 0; i < COLUMNS; i++)
		csv_cell(x->csv, strcmp(cell[i], "-") && strcmp(cell[i], "<5") ? cell[i] : NULL, i == COLUMNS - 1);
}

static int run_cross(struct cli *c)
{
	struct crossing x = { .c = c, .table = table_new(c->mem, heads, COLUMNS) };
	BUF_SCOPE b = { .max = (size_t)128 << 20 };
	BUF_SCOPE csv = { .max = (size_t)64 << 20 };
	struct jw w = jw_of(&b);
	bool found = c->nargs < 2;
	x.json = &w;
	x.csv = &csv;
	if (voice_list(&c->rq, c->arg[0], "", &x.list))
		return cli_fail_rq(c);
	buf_str(&csv, "item,what,segment,n,base,figure,low,high,p,note\n");
	j_arr(&w, NULL);
	for (int i = 0; i < x.list.n; i++) {
		const struct voice_figure *f = &x.list.f[i];
		const struct questionnaire *q = &x.list.t.q;
		if (!voice_crosses(f) || (c->nargs > 1 && strcmp(voice_figure_item(c->mem, q, f), c->arg[1]) != 0 &&
					  strcmp(q->question[f->question].id, c->arg[1]) != 0))
			continue;
		found = true;
		for (int s = -1; s < x.list.t.nsegments; s++)
			one(&x, f, s);
	}
	j_end(&w);
	if (!found)
		return cli_fail(c, "%s has no item %.60s that is told by segment", c->arg[0], c->arg[1]);
	if (opt_on(c, "--csv"))
		return fputs(buf_cstr(&csv), stdout), DONE;
	return list_end(c, &b, x.table);
}

static const struct option_row cross_options[] = {
	AS_USER,
	{ "--csv", NULL, "as CSV" },
	{ 0 },
};

const struct command survey_cross_commands[] = {
	{ "survey", "cross", "STUDY [ITEM]", "Figures by group and segment, and which differ by more than chance", 1, 2,
	  NEED_STORE | ACTS_AS, cross_options, run_cross },
	{ 0 },
};
