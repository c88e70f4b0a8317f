/* survey_figures.c — which pictures a report has, and what stands in the tables beside them. */
#include <string.h>
#include "front/web/page.h"

static char *number(const struct page *p, int64_t n)
{
	return arena_printf(p->mem, "%lld", (long long)n);
}

static const char *percent(const struct page *p, int tenths, bool sign)
{
	char text[COUNT_TEXT];
	count_tenths_text(tenths, sign, text);
	return arena_strdup(p->mem, text);
}

/* How many answers a figure is of: none is told of fewer than five, and few are said to be. */
static const char *base_text(const struct page *p, const struct voice_figure *f)
{
	if (f->mark == BASE_HIDDEN)
		return "<5";
	return f->mark == BASE_ENOUGH ? number(p, f->share.base)
				      : arena_printf(p->mem, tr(p->lang, N_("%lld (small)")), (long long)f->share.base);
}

static void rows_for(const struct page *p, struct figure_chart *c, int max)
{
	c->label = arena_array(p->mem, const char *, max + 1);
	c->cell = arena_array(p->mem, const char *, (size_t)(max + 1) * (size_t)c->nheads);
	c->value = arena_array(p->mem, int64_t, (size_t)(max + 1) * (size_t)c->nvalues);
}

struct label study_label(const struct page *p, enum study_state s)
{
	static const struct label rows[] = {
		[STUDY_DRAFT] = { N_("draft"), "", "wait" },
		[STUDY_DRAWN] = { N_("people drawn"), "", "wait" },
		[STUDY_OPEN] = { N_("in the field"), "info", "now" },
		[STUDY_CLOSING] = { N_("closing"), "warn", "wait" },
		[STUDY_CLOSED] = { N_("closed"), "warn", "now" },
		[STUDY_PUBLISHED] = { N_("published"), "ok", "done" },
	};
	struct label l = rows[s];
	l.word = tr(p->lang, l.word);
	return l;
}

struct label advice_label(const struct page *p, enum advice_state s)
{
	static const struct label rows[] = {
		[ADVICE_OPEN] = { N_("not begun"), "", "wait" },
		[ADVICE_DOING] = { N_("being done"), "info", "now" },
		[ADVICE_DONE] = { N_("done"), "ok", "done" },
		[ADVICE_DROPPED] = { N_("given up"), "bad", "stop" },
	};
	struct label l = rows[s];
	l.word = tr(p->lang, l.word);
	return l;
}

const char *rule_word(const struct page *p, const struct voice_rule *rule, const char *choice)
{
	static const char *const words[][2] = {
		{ "", N_("IP members of any class") },
		{ "associate", N_("IP members of the class “associate”") },
		{ "very-small", N_("IP members of the class “very small”") },
		{ "small", N_("IP members of the class “small”") },
		{ "medium", N_("IP members of the class “medium”") },
		{ "large", N_("IP members of the class “large”") },
		{ "very-large", N_("IP members of the class “very large”") },
		{ "extra-large", N_("IP members of the class “extra large”") },
	};
	for (size_t i = 0; i < sizeof words / sizeof *words && rule->choice; i++)
		if (!strcmp(words[i][0], choice ? choice : ""))
			return tr(p->lang, words[i][1]);
	return choice ? choice : tr(p->lang, rule->doc);
}

bool rule_typed(const struct group_typed *t, const struct voice_rule *rule, const char *choice)
{
	size_t n = strlen(rule->name);
	const char *typed = t->rule ? t->rule : "";
	if (strncmp(typed, rule->name, n) != 0)
		return false;
	return choice ? typed[n] == ' ' && !strcmp(typed + n + 1, choice) : !typed[n];
}

int invited_all(const struct report_view *v)
{
	return (int)v->funnel[v->ngroups].invited;
}

const char *clean_word(const struct page *p, const char *reason)
{
	static const char *const words[][2] = {
		{ "speeder", N_("Took less than a third of the median time") },
		{ "straight-line", N_("The same point in every row of every grid") },
		{ "duplicate", N_("The same answers as another") },
		{ "partial", N_("Half or more left empty") },
	};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (!strcmp(words[i][0], reason))
			return tr(p->lang, words[i][1]);
	return reason;
}

const char *group_title(const struct page *p, const struct voice_group *g)
{
	return has(g->title[p->lang]) ? g->title[p->lang] : g->name;
}

const char *report_text_in(const struct report_view *v, const char *place, enum lang l)
{
	for (int i = 0; i < v->ntexts; i++)
		if (!strcmp(v->text[i].place, place))
			return has(v->text[i].in[l]) ? v->text[i].in[l] : "";
	return "";
}

enum lang report_text_lang(const struct page *p, const struct report_view *v, const char *place)
{
	enum lang other = p->lang == LANG_EN ? LANG_ZH_TW : LANG_EN;
	return has(report_text_in(v, place, p->lang)) || !has(report_text_in(v, place, other)) ? p->lang : other;
}

const char *report_text(const struct page *p, const struct report_view *v, const char *place)
{
	return report_text_in(v, place, report_text_lang(p, v, place));
}

/* ── the funnel ── */

void funnel_chart(const struct page *p, const struct report_view *v, int group)
{
	const struct voice_funnel *f = &v->funnel[group];
	const int64_t n[] = { f->invited, f->sent, f->reminded, f->opened, f->started, f->filled, f->kept };
	static const char *const steps[] = {
		N_("Invited"),
		N_("Letter sent"),
		N_("Reminded"),
		N_("Looked at (only indicative)"),
		N_("Begun"),
		N_("Filled in"),
		N_("Counted after cleaning"),
	};
	enum { STEPS = sizeof steps / sizeof *steps };
	struct figure_chart c = { .id = arena_printf(p->mem, "funnel%d", group), .nheads = 2, .nvalues = 1 };
	c.title = group < v->ngroups ? group_title(p, &v->group[group]) : tr(p->lang, N_("From invitation to answer"));
	c.head[0] = tr(p->lang, N_("Number of people"));
	c.head[1] = "%";
	rows_for(p, &c, STEPS);
	for (int i = 0; i < STEPS; i++) {
		int tenths = 0;
		c.label[i] = tr(p->lang, steps[i]);
		c.cell[2 * i] = number(p, n[i]);
		c.cell[2 * i + 1] = f->invited && !count_share((struct share){ n[i], f->invited }, &tenths, NULL)
					    ? percent(p, tenths, false)
					    : "–";
		c.value[i] = n[i];
	}
	c.n = STEPS;
	figure_bars(p, &c);
}

/* ── a question ── */

static void grid_chart(const struct page *p, const struct report_view *v, int question)
{
	const struct q_question *k = &v->list.t.q.question[question];
	struct figure_chart c = { .id = arena_printf(p->mem, "q%d", question),
				  .title = survey_words(p, &k->words),
				  .nheads = 4,
				  .nvalues = GRID_POINTS,
				  .nkeys = GRID_POINTS };
	c.key[0] = arena_printf(p->mem, "1 %s", survey_words(p, &k->low));
	c.key[1] = "2";
	c.key[2] = "3";
	c.key[3] = "4";
	c.key[4] = arena_printf(p->mem, "5 %s", survey_words(p, &k->high));
	c.head[0] = tr(p->lang, N_("4 or 5, %"));
	c.head[1] = tr(p->lang, N_("1 or 2, %"));
	c.head[2] = tr(p->lang, N_("Mean"));
	c.head[3] = tr(p->lang, N_("Answers"));
	rows_for(p, &c, k->nrows);
	for (int i = 0; i < v->list.n; i++) {
		const struct voice_figure *f = &v->list.f[i];
		if (f->question != question || f->item < 0 || f->kind < FIGURE_TOP || f->kind > FIGURE_MEAN)
			continue;
		int row = v->list.t.q.item[f->item].row;
		struct grid g = voice_grid(&v->list.t, f->item, v->list.segment);
		const char **cell = &c.cell[4 * row];
		bool few = f->mark == BASE_HIDDEN;
		c.label[row] = survey_words(p, &k->row[row].words);
		cell[f->kind - FIGURE_TOP] = few ? "–" : voice_figure_text(p->mem, f);
		cell[3] = base_text(p, f);
		for (int j = 0; j < GRID_POINTS; j++)
			c.value[GRID_POINTS * row + j] = few ? -1 : g.n[j];
		c.n = row + 1 > c.n ? row + 1 : c.n;
	}
	figure_stacked(p, &c);
}

/* So many people of so many, as bars of per cent. */
static struct figure_chart people_chart(const struct page *p, const char *id, const char *title)
{
	struct figure_chart c = { .id = id, .title = title, .nheads = 3, .nvalues = 1, .max = 1000, .say = 2 };
	c.head[0] = tr(p->lang, N_("Number of people"));
	c.head[1] = tr(p->lang, N_("Answers"));
	c.head[2] = "%";
	return c;
}

static void choice_chart(const struct page *p, const struct report_view *v, int question)
{
	const struct q_question *k = &v->list.t.q.question[question];
	struct figure_chart c = people_chart(p, arena_printf(p->mem, "q%d", question), survey_words(p, &k->words));
	rows_for(p, &c, k->noptions);
	for (int i = 0; i < v->list.n && c.n <= k->noptions; i++) {
		const struct voice_figure *f = &v->list.f[i];
		bool empty = f->kind == FIGURE_EMPTY && k->noptions && f->share.n && f->mark != BASE_HIDDEN;
		if (f->question != question || (f->kind != FIGURE_OPTION && !empty))
			continue;
		bool few = f->mark == BASE_HIDDEN;
		const char **cell = &c.cell[3 * c.n];
		c.label[c.n] = empty ? tr(p->lang, N_("(left empty)")) : survey_words(p, &k->option[f->option].words);
		cell[0] = few ? "–" : number(p, f->share.n);
		cell[1] = base_text(p, f);
		cell[2] = few ? "–" : voice_figure_text(p->mem, f);
		c.value[c.n++] = few ? -1 : f->tenths;
	}
	figure_bars(p, &c);
}

bool question_counts(const struct report_view *v, int question)
{
	return v->list.t.q.question[question].kind <= Q_NUMBER;
}

const struct voice_figure *number_figure(const struct report_view *v, int question, enum figure_kind kind)
{
	static const struct voice_figure none = { .mark = BASE_HIDDEN };
	for (int i = 0; i < v->list.n; i++)
		if (v->list.f[i].question == question && v->list.f[i].kind == kind)
			return &v->list.f[i];
	return &none;
}

void question_chart(const struct page *p, const struct report_view *v, int question)
{
	if (v->list.t.q.question[question].kind == Q_GRID)
		grid_chart(p, v, question);
	else
		choice_chart(p, v, question);
}

/* ── what people wrote ── */

static bool coded(const struct voice_figure *f, int question)
{
	return f->kind == FIGURE_CODE && f->question == question;
}

bool question_said(const struct report_view *v, int question)
{
	for (int i = 0; i < v->nquotes; i++)
		if (!strcmp(v->quote[i].item, v->list.t.q.question[question].id))
			return true;
	for (int i = 0; i < v->list.n; i++)
		if (coded(&v->list.f[i], question))
			return true;
	return false;
}

void code_chart(const struct page *p, const struct report_view *v, int question)
{
	const struct q_question *k = &v->list.t.q.question[question];
	const char *title =
		arena_printf(p->mem, tr(p->lang, N_("%s (what was written, by topic)")), survey_words(p, &k->words));
	struct figure_chart c = people_chart(p, arena_printf(p->mem, "c%d", question), title);
	rows_for(p, &c, CODES_MAX);
	for (int i = 0; i < v->list.n && c.n < CODES_MAX; i++) {
		const struct voice_figure *f = &v->list.f[i];
		if (!coded(f, question))
			continue;
		bool few = f->mark == BASE_HIDDEN;
		const char **cell = &c.cell[3 * c.n];
		c.label[c.n] = has(f->title[p->lang]) ? f->title[p->lang] : f->code;
		cell[0] = few ? "–" : number(p, f->share.n);
		cell[1] = base_text(p, f);
		cell[2] = few ? "–" : voice_figure_text(p->mem, f);
		c.value[c.n++] = few ? -1 : f->tenths;
	}
	if (c.n)
		figure_bars(p, &c);
}

/* ── between groups ── */

struct ends {
	struct share low, high;
	const char *low_name, *high_name;
	int n;
};

static bool lower(struct share a, struct share b)
{
	return (__int128)a.n * b.base < (__int128)b.n * a.base;
}

static struct ends ends_of(const struct page *p, const struct report_view *v, int item)
{
	struct ends e = { 0 };
	for (int s = 0; s < v->ngroups && s < v->list.t.nsegments; s++) {
		struct grid g = voice_grid(&v->list.t, item, v->list.t.segment[s].bit);
		struct grid_figures f;
		if (count_grid(&g, &f, NULL) || count_mark(f.base) != BASE_ENOUGH)
			continue;
		if (!e.n || lower(f.top, e.low)) {
			e.low = f.top;
			e.low_name = group_title(p, &v->group[s]);
		}
		if (!e.n++ || lower(e.high, f.top)) {
			e.high = f.top;
			e.high_name = group_title(p, &v->group[s]);
		}
	}
	return e;
}

/* A row of it; what lies between is subtracted before it is rounded. */
static void gap_row(const struct page *p, struct figure_chart *c, const struct ends *e, const char *label)
{
	int low = 0, high = 0, between = 0;
	count_share(e->low, &low, NULL);
	count_share(e->high, &high, NULL);
	count_difference(e->high, e->low, &between, NULL);
	c->label[c->n] = label;
	c->cell[3 * c->n] = arena_printf(p->mem, "%s %s", percent(p, low, false), e->low_name);
	c->cell[3 * c->n + 1] = arena_printf(p->mem, "%s %s", percent(p, high, false), e->high_name);
	c->cell[3 * c->n + 2] = percent(p, between, false);
	c->value[2 * c->n] = low;
	c->value[2 * c->n++ + 1] = high;
}

void gap_chart(const struct page *p, const struct report_view *v)
{
	const struct questionnaire *q = &v->list.t.q;
	struct figure_chart c = { .id = "gap",
				  .title = tr(p->lang, N_("Gap between groups: 4 or 5 points, %")),
				  .nheads = 3,
				  .nvalues = 2,
				  .nkeys = 2 };
	c.key[0] = tr(p->lang, N_("the least satisfied group"));
	c.key[1] = tr(p->lang, N_("the most satisfied group"));
	c.head[0] = tr(p->lang, N_("Least"));
	c.head[1] = tr(p->lang, N_("Most"));
	c.head[2] = tr(p->lang, N_("Points between"));
	rows_for(p, &c, q->nitems);
	for (int i = 0; i < q->nitems; i++) {
		struct ends e = { 0 };
		if (q->item[i].row < 0 || (e = ends_of(p, v, i)).n < 2)
			continue;
		gap_row(p, &c, &e, survey_words(p, &q->question[q->item[i].question].row[q->item[i].row].words));
	}
	if (c.n)
		figure_pairs(p, &c);
}

/* ── against last time ── */

const char *item_words(const struct page *p, const struct questionnaire *q, const char *id)
{
	int i = questionnaire_item(q, id, strlen(id));
	if (i < 0)
		return id;
	const struct q_question *k = &q->question[q->item[i].question];
	if (q->item[i].row >= 0)
		return survey_words(p, &k->row[q->item[i].row].words);
	return k->noptions
		       ? arena_printf(p->mem, "%s %s", survey_words(p, &k->words), survey_words(p, &k->option[0].words))
		       : survey_words(p, &k->words);
}

static bool same_label(const struct report_view *v, int i, int j)
{
	return !strcmp(v->change[i].label, v->change[j].label);
}

bool change_first(const struct report_view *v, int i)
{
	for (int j = 0; j < i; j++)
		if (same_label(v, i, j))
			return false;
	return true;
}

const char *change_why(const struct page *p, const struct voice_change *c)
{
	if (c->kind != CHANGE_REFUSED && c->kind != CHANGE_FEW)
		return "";
	const char *said = has(c->note_fmt) ? message_say(p->mem, p->lang, c->note_fmt, NULL, c->note) : NULL;
	return said ? said : c->note;
}

void change_chart(const struct page *p, const struct report_view *v, int first)
{
	struct figure_chart c = { .id = arena_printf(p->mem, "change%d", first),
				  .title = tr(p->lang, N_("Against last time, %")),
				  .nheads = 3,
				  .nvalues = 2,
				  .nkeys = 2 };
	c.key[0] = has(v->change[first].label) ? tr(p->lang, v->change[first].label) : tr(p->lang, N_("then"));
	c.key[1] = tr(p->lang, N_("now"));
	c.head[0] = c.key[0];
	c.head[1] = c.key[1];
	c.head[2] = tr(p->lang, N_("Points"));
	rows_for(p, &c, v->nchanges);
	c.none = arena_array(p->mem, const char *, v->nchanges + 1);
	for (int i = first; i < v->nchanges; i++) {
		const struct voice_change *x = &v->change[i];
		if (!same_label(v, first, i))
			continue;
		c.none[c.n] = x->kind == CHANGE_REFUSED ? tr(p->lang, N_("not comparable")) : NULL;
		bool known = x->kind == CHANGE_EXACT || x->kind == CHANGE_ROUNDED;
		c.label[c.n] = item_words(p, &v->list.t.q, x->item);
		c.cell[3 * c.n] = x->before;
		c.cell[3 * c.n + 1] = x->now;
		c.cell[3 * c.n + 2] = x->kind == CHANGE_ROUNDED ? arena_printf(p->mem, "%s *", x->points) : x->points;
		c.value[2 * c.n] = known ? x->was : -1;
		c.value[2 * c.n + 1] = x->is;
		c.n++;
	}
	if (c.n)
		figure_pairs(p, &c);
}

bool change_rounded(const struct report_view *v, int first)
{
	for (int i = first; i < v->nchanges; i++)
		if (v->change[i].kind == CHANGE_ROUNDED && same_label(v, first, i))
			return true;
	return false;
}
