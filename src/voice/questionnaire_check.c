/* questionnaire_check.c — what is wrong with a questionnaire before anybody is asked: nobody gets to a question, nobody
 * gets past one, a text has no translation.
 *
 * Who reaches a question must have met its conditions, those of the questions these look at, and so on back. Each of
 * them limits what one item was answered with, and items are independent: so a question is reached by somebody exactly
 * when each item's limits leave an answer. */
#include <string.h>
#include "voice/questionnaire.h"

struct check {
	struct arena *mem;
	const struct questionnaire *q;
	struct q_finding *out;
	int max, n;
	struct limits *limits;
};

const char *q_fault_name(enum q_fault f)
{
	static const char *const names[Q_FAULTS] = {
		[QF_NO_QUESTION] = "no-question",   [QF_EMPTY_SECTION] = "empty-section",
		[QF_UNTRANSLATED] = "untranslated", [QF_UNREACHABLE] = "unreachable",
		[QF_DEAD_END] = "dead-end",	    [QF_FEW_OPTIONS] = "few-options",
		[QF_NO_ROWS] = "no-rows",	    [QF_EXCLUSIVE] = "exclusive",
		[QF_SAME_WORDS] = "same-words",
	};
	return names[f];
}

static void found(struct check *c, enum q_fault f, int line, char *text)
{
	if (c->n < c->max)
		c->out[c->n] = (struct q_finding){ f, line, text };
	c->n++;
}
#define FOUND(c, f, line, ...) found((c), (f), (line), arena_printf((c)->mem, __VA_ARGS__))

/* ── texts ── */

static void check_words(struct check *c, const struct q_words *w, int line, const char *what, const char *id, bool must)
{
	bool any = must;
	for (int l = 0; l < LANG_COUNT; l++)
		any = any || w->in[l];
	for (int l = 0; l < LANG_COUNT && any; l++)
		if (!w->in[l])
			FOUND(c, QF_UNTRANSLATED, line, "%s %s has no text in %s", what, id, lang_tag((enum lang)l));
}

static void check_same(struct check *c, const struct q_question *k, const struct q_option *list, int n)
{
	for (int i = 0; i < n; i++)
		for (int j = 0; j < i; j++)
			for (int l = 0; l < LANG_COUNT; l++)
				if (list[i].words.in[l] && list[j].words.in[l] &&
				    !strcmp(list[i].words.in[l], list[j].words.in[l]))
					FOUND(c, QF_SAME_WORDS, k->line, "question %s: %s and %s read the same in %s",
					      k->id, list[j].id, list[i].id, lang_tag((enum lang)l));
}

static void check_texts(struct check *c, const struct q_question *k)
{
	check_words(c, &k->words, k->line, "question", k->id, true);
	for (int i = 0; i < k->noptions; i++)
		check_words(c, &k->option[i].words, k->line, arena_printf(c->mem, "question %s: option", k->id),
			    k->option[i].id, true);
	for (int i = 0; i < k->nrows; i++)
		check_words(c, &k->row[i].words, k->line, arena_printf(c->mem, "question %s: row", k->id), k->row[i].id,
			    true);
	if (k->kind == Q_GRID) {
		check_words(c, &k->low, k->line, "the low end of", k->id, true);
		check_words(c, &k->high, k->line, "the high end of", k->id, true);
		check_words(c, &k->unknown, k->line, "the column unknown of", k->id, k->has_unknown);
	}
	check_same(c, k, k->option, k->noptions);
	check_same(c, k, k->row, k->nrows);
}

/* ── shape ── */

static void check_shape(struct check *c, const struct q_question *k)
{
	int exclusive = 0;
	for (int i = 0; i < k->noptions; i++)
		exclusive += k->option[i].exclusive;
	if (k->kind <= Q_MULTIPLE && k->noptions < 2)
		FOUND(c, QF_FEW_OPTIONS, k->line, "question %s: expected at least two options", k->id);
	if (k->kind == Q_GRID && !k->nrows)
		FOUND(c, QF_NO_ROWS, k->line, "question %s: a grid has rows", k->id);
	if (k->kind == Q_SINGLE && exclusive)
		FOUND(c, QF_EXCLUSIVE, k->line,
		      "question %s: in a single choice every option stands alone; leave out \"exclusive\"", k->id);
	if (k->kind == Q_MULTIPLE && exclusive && exclusive == k->noptions)
		FOUND(c, QF_EXCLUSIVE, k->line, "question %s: if all options are exclusive make it a single choice",
		      k->id);
}

/* ── reach ── */

/* What those who come to a question can have answered: per item one conjunction of "one of these" and "none of those".
 */
struct limits {
	bool bound[Q_ITEMS_MAX]; /* must have been asked and answered */
	uint64_t none[Q_ITEMS_MAX];
	uint64_t one[Q_ITEMS_MAX][Q_CONDITIONS_MAX];
	int nones[Q_ITEMS_MAX];
	bool seen[Q_QUESTIONS_MAX]; /* questions whose conditions are in */
};

/* Adds a question's conditions and, going back, all they stand on. It terminates: they look at earlier items only. */
static void gather(const struct questionnaire *q, int question, struct limits *l)
{
	if (l->seen[question])
		return;
	l->seen[question] = true;
	const struct q_question *k = &q->question[question];
	for (int i = 0; i < k->nconditions; i++) {
		const struct q_condition *n = &k->condition[i];
		l->bound[n->item] = true;
		if (n->negated)
			l->none[n->item] |= n->options;
		else if (l->nones[n->item] < Q_CONDITIONS_MAX)
			l->one[n->item][l->nones[n->item]++] = n->options;
		gather(q, q->item[n->item].question, l);
	}
}

static uint64_t flags_of(const struct q_question *k, bool ends)
{
	uint64_t bits = 0;
	for (int o = 0; o < k->noptions; o++)
		if (ends ? k->option[o].ends : k->option[o].exclusive)
			bits |= 1ULL << o;
	return bits;
}

/* Can an item be answered within its limits, by none of `never`? */
static bool possible(const struct questionnaire *q, int item, const struct limits *l, uint64_t never)
{
	const struct q_question *k = &q->question[q->item[item].question];
	uint64_t free = ((1ULL << q->item[item].options) - 1) & ~l->none[item] & ~never, all = free, alone;
	alone = k->kind == Q_MULTIPLE ? flags_of(k, false) : ~0ULL;
	bool each = true;
	for (int i = 0; i < l->nones[item]; i++) {
		all &= l->one[item][i];
		each = each && free & l->one[item][i] & ~alone;
	}
	/* One option that is in all of them; or, where several may be chosen, one from each. */
	return all || (k->kind == Q_MULTIPLE && each && free & ~alone);
}

/* Is an earlier question asked of everybody who comes to this one? */
static bool always_before(const struct questionnaire *q, int earlier, const struct limits *l)
{
	const struct q_question *k = &q->question[earlier];
	for (int i = 0; i < k->nconditions; i++) {
		const struct q_condition *n = &k->condition[i];
		bool same = false;
		for (int j = 0; j < l->nones[n->item] && !n->negated; j++)
			same = same || !(l->one[n->item][j] & ~n->options);
		if (n->negated)
			same = l->bound[n->item] && !(n->options & ~l->none[n->item]);
		if (!same)
			return false;
	}
	return true;
}

/* Every way past a question ends it. */
static bool stops_all(const struct questionnaire *q, int earlier, const struct limits *l)
{
	const struct q_question *k = &q->question[earlier];
	uint64_t ends = flags_of(k, true);
	if (!ends || !(l->bound[k->item] || (k->required && always_before(q, earlier, l))))
		return false;
	return !possible(q, k->item, l, ends);
}

static void check_reach(struct check *c, int question)
{
	const struct questionnaire *q = c->q;
	const struct q_question *k = &q->question[question];
	struct limits *l = c->limits;
	memset(l, 0, sizeof *l);
	gather(q, question, l);
	for (int i = 0; i < k->item; i++)
		if (l->bound[i] && !possible(q, i, l, 0)) {
			FOUND(c, QF_UNREACHABLE, k->line, "question %s is asked of nobody: no answer to %s fits", k->id,
			      questionnaire_item_id(c->mem, q, i));
			return;
		}
	for (int i = 0; i < question; i++)
		if (stops_all(q, i, l)) {
			FOUND(c, QF_DEAD_END, q->question[i].line,
			      "question %s: every way past it ends, so %s is asked of nobody", q->question[i].id,
			      k->id);
			return;
		}
}

int questionnaire_check(struct arena *mem, const struct questionnaire *q, struct q_finding *out, int max)
{
	struct check c = { mem, q, out, max, 0, arena_new_of(mem, struct limits) };
	if (!q->nquestions)
		FOUND(&c, QF_NO_QUESTION, 1, "there is no question");
	check_words(&c, &q->title, 1, "questionnaire", q->name, true);
	check_words(&c, &q->intro, 1, "intro of", q->name, false);
	check_words(&c, &q->consent, 1, "consent of", q->name, true);
	check_words(&c, &q->thanks, 1, "thanks of", q->name, false);
	for (int s = 0; s < q->nsections; s++) {
		bool any = false;
		for (int i = 0; i < q->nquestions; i++)
			any = any || q->question[i].section == s;
		if (!any)
			FOUND(&c, QF_EMPTY_SECTION, q->section[s].line, "section %s has no question", q->section[s].id);
		check_words(&c, &q->section[s].words, q->section[s].line, "section", q->section[s].id, true);
	}
	for (int i = 0; i < q->nquestions; i++) {
		check_texts(&c, &q->question[i]);
		check_shape(&c, &q->question[i]);
		check_reach(&c, i);
	}
	return c.n;
}
