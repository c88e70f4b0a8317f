#include "front/web/question_form.h"
#include <stdlib.h>
#include <string.h>
#include "base/text.h"

/* ── as it is ── */

static void words_of(const struct q_words *w, const char *in[LANG_COUNT])
{
	for (int l = 0; l < LANG_COUNT; l++)
		in[l] = w->in[l] ? w->in[l] : "";
}

static const char *options_of(struct arena *mem, const struct questionnaire *q, const struct q_condition *c)
{
	BUF_SCOPE b = BUF_INIT;
	for (int o = 0; o < q->item[c->item].options; o++)
		if (c->options & 1ULL << o)
			buf_printf(&b, "%s%s", b.n ? " " : "", questionnaire_option_id(q, c->item, o));
	return arena_strdup(mem, buf_cstr(&b));
}

static const char *number(struct arena *mem, int64_t v)
{
	return arena_printf(mem, "%lld", (long long)v);
}

bool question_form_of(struct arena *mem, const struct questionnaire *q, const struct q_question *k,
		      struct question_form *f)
{
	const struct q_option *list = k->kind == Q_GRID ? k->row : k->option;
	int n = k->kind == Q_GRID ? k->nrows : k->noptions;
	*f = (struct question_form){ .id = k->id,
				     .kind = q_kind_name(k->kind),
				     .min = number(mem, k->min),
				     .max = number(mem, k->max),
				     .required = k->required,
				     .has_unknown = k->has_unknown };
	words_of(&k->words, f->in);
	words_of(&k->low, f->low);
	words_of(&k->high, f->high);
	words_of(&k->unknown, f->unknown);
	for (int i = 0; i < n && i < FORM_OPTIONS; i++) {
		struct option_form *o = &f->option[f->noptions++];
		*o = (struct option_form){ .id = list[i].id,
					   .place = number(mem, i + 1),
					   .exclusive = list[i].exclusive,
					   .text = list[i].text,
					   .ends = list[i].ends };
		words_of(&list[i].words, o->in);
	}
	for (int i = 0; i < k->nconditions; i++)
		f->condition[f->nconditions++] =
			(struct condition_form){ questionnaire_item_id(mem, q, k->condition[i].item),
						 options_of(mem, q, &k->condition[i]), k->condition[i].negated };
	return n <= FORM_OPTIONS;
}

/* ── as it was sent ── */

static const char *part(struct http *h, const char *what, int i, const char *name)
{
	return form_text(h, arena_printf(http_req(h)->mem, "%s%d-%s", what, i, name));
}

void words_read(struct http *h, const char *prefix, const char *in[LANG_COUNT])
{
	for (int l = 0; l < LANG_COUNT; l++)
		in[l] = form_text(h, arena_printf(http_req(h)->mem, "%s-%s", prefix, lang_tag((enum lang)l)));
}

static int by_order(const void *a, const void *b)
{
	const struct option_form *x = a, *y = b;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* By its place; one that was moved up goes before the one that has that place, one that was moved down after it. */
static int order_of(const struct option_form *o, int i)
{
	int64_t place = 1000;
	text_int(o->place, 0, 1000, &place);
	return (int)(2 * place + (place > i + 1) - (place < i + 1)) * 100 + i;
}

static void option_read(struct http *h, int i, struct question_form *f)
{
	struct option_form *o = &f->option[f->noptions];
	*o = (struct option_form){ .id = part(h, "o", i, "id"),
				   .place = part(h, "o", i, "place"),
				   .exclusive = *part(h, "o", i, "exclusive") != 0,
				   .text = *part(h, "o", i, "text") != 0,
				   .ends = *part(h, "o", i, "ends") != 0,
				   .gone = *part(h, "o", i, "gone") != 0 };
	words_read(h, arena_printf(http_req(h)->mem, "o%d", i), o->in);
	o->order = order_of(o, i);
	if (!o->gone && (*o->id || *o->in[LANG_EN] || *o->in[LANG_ZH_TW]))
		f->noptions++;
	else
		*o = (struct option_form){ 0 };
}

void question_form_read(struct http *h, struct question_form *f)
{
	*f = (struct question_form){ .id = form_text(h, "id"),
				     .kind = form_text(h, "kind"),
				     .min = form_text(h, "min"),
				     .max = form_text(h, "max"),
				     .required = *form_text(h, "required") != 0,
				     .has_unknown = *form_text(h, "has-unknown") != 0 };
	words_read(h, "text", f->in);
	words_read(h, "low", f->low);
	words_read(h, "high", f->high);
	words_read(h, "unknown", f->unknown);
	for (int i = 0; i < FORM_OPTIONS + FORM_SPARE; i++)
		option_read(h, i, f);
	qsort(f->option, (size_t)f->noptions, sizeof *f->option, by_order);
	for (int i = 0; i < FORM_CONDITIONS; i++) {
		struct condition_form c = { part(h, "c", i, "item"), part(h, "c", i, "options"),
					    !strcmp(part(h, "c", i, "is"), "not") };
		if (*c.item || *c.options)
			f->condition[f->nconditions++] = c;
	}
}

/* ── its lines ── */

struct q_words words_typed(const char *const in[LANG_COUNT])
{
	struct q_words w;
	for (int l = 0; l < LANG_COUNT; l++)
		w.in[l] = in[l];
	return w;
}

/* Names, with blanks between: what may stand in a line without being read as something else. */
static bool are_names(const char *s)
{
	return *s && strlen(s) < 1000 && !s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-_. ")];
}

static const char bad_name[] =
	N_("A short name has a-z, 0-9, hyphen and underscore, and begins with a letter or digit.");

/* Rows of a grid have words alone. */
static const char *options_typed(const struct question_form *f, bool grid, struct q_option *out)
{
	for (int i = 0; i < f->noptions; i++) {
		const struct option_form *o = &f->option[i];
		if (!*o->id)
			return N_("One of the answers has no short name. Give it one, or tick its box to remove it.");
		if (!q_name_ok(o->id))
			return bad_name;
		out[i] = (struct q_option){ .id = (char *)(uintptr_t)o->id, .words = words_typed(o->in) };
		if (grid)
			continue;
		out[i].exclusive = o->exclusive;
		out[i].text = o->text;
		out[i].ends = o->ends;
	}
	return NULL;
}

static const char *conditions_print(const struct question_form *f, struct buf *out)
{
	for (int i = 0; i < f->nconditions; i++) {
		const struct condition_form *c = &f->condition[i];
		if (!*c->item)
			return N_("Say which answer it depends on, or leave the short names of answers empty.");
		if (!are_names(c->item) || strchr(c->item, ' ') || !are_names(c->options))
			return N_("Say for which answers it is asked: their short names, with a blank between.");
		buf_printf(out, "  ask if %s %s %s\n", c->item, c->negated ? "!=" : "=", c->options);
	}
	return NULL;
}

static bool kind_of(const char *name, enum q_kind *out)
{
	for (int i = 0; i < Q_KINDS; i++)
		if (!strcmp(q_kind_name((enum q_kind)i), name)) {
			*out = (enum q_kind)i;
			return true;
		}
	return false;
}

static bool range_typed(const struct question_form *f, struct q_question *k)
{
	k->min = 0;
	k->max = 100;
	return (!*f->min || text_int(f->min, -1000000000, 1000000000, &k->min)) &&
	       (!*f->max || text_int(f->max, -1000000000, 1000000000, &k->max)) && k->min <= k->max;
}

static void grid_typed(const struct question_form *f, struct q_question *k)
{
	k->low = words_typed(f->low);
	k->high = words_typed(f->high);
	k->has_unknown = f->has_unknown;
	k->unknown = words_typed(f->unknown);
	k->nrows = k->noptions;
	k->row = k->option;
	k->noptions = 0;
}

const char *question_form_text(struct question_form *f, struct buf *out)
{
	struct q_option option[FORM_OPTIONS + FORM_SPARE];
	struct q_question k = {
		.id = (char *)(uintptr_t)f->id, .words = words_typed(f->in), .required = f->required, .option = option
	};
	const char *why;
	if (!q_name_ok(f->id))
		return bad_name;
	if (!kind_of(f->kind, &k.kind))
		return N_("Choose what kind of question it is.");
	if (k.kind == Q_NUMBER && !range_typed(f, &k))
		return N_("Write the smallest and the largest number that may be answered.");
	if (k.kind <= Q_GRID && (why = options_typed(f, k.kind == Q_GRID, option)))
		return why;
	k.noptions = k.kind <= Q_GRID ? f->noptions : 0;
	if (k.kind == Q_GRID)
		grid_typed(f, &k);
	questionnaire_print_question(NULL, &k, out);
	return conditions_print(f, out);
}
