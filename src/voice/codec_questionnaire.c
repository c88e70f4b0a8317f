/* codec_questionnaire.c — the file of a questionnaire: bytes to a struct and back. Pure; any bytes may come. */
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "voice/edit.h"

enum { WORDS_MAX = 70 };

struct parse {
	struct arena *mem;
	struct err *e;
	enum lang lang;
	bool part; /* of a text that nobody sees a line's number says nothing */
	struct questionnaire *q;
	struct q_words *texts; /* of what was named last; NULL: nothing takes a text here */
	struct q_question *k;  /* the question in hand */
	int line;
	char *word[WORDS_MAX];
	int n;
};

/* A msgid and what stands in it. */
#define BAD(p, ...) bad((p), SAY(p, __VA_ARGS__))
#define BAD0(p, msgid) bad((p), tr((p)->lang, msgid))
#define SAY(p, msgid, ...) arena_printf((p)->mem, tr((p)->lang, msgid), ##__VA_ARGS__)
static enum st bad(struct parse *p, const char *why)
{
	return err_set(p->e, ST_INVALID, "%s", p->part ? why : SAY(p, N_("line %d: %s"), p->line, why));
}

/* ── names ── */

static enum st name_new(struct parse *p, const char *what, char **out)
{
	if (!q_name_ok(p->word[1]))
		return BAD(p, N_("%.40s: a %s is named with a-z, 0-9, hyphen and underscore, at most %d"), p->word[1],
			   what, Q_ID_MAX);
	*out = arena_strdup(p->mem, p->word[1]);
	return ST_OK;
}

static enum st taken(struct parse *p, const char *what, const struct q_option *list, int n)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(list[i].id, p->word[1]))
			return BAD(p, N_("%s %s stands twice"), what, p->word[1]);
	return ST_OK;
}

static enum st in_question(struct parse *p, unsigned kinds)
{
	if (!p->k)
		return BAD(p, N_("%s: expected inside a question"), p->word[0]);
	if (!(1u << p->k->kind & kinds))
		return BAD(p, N_("%s: a question of kind %s has none"), p->word[0], q_kind_name(p->k->kind));
	return ST_OK;
}

/* Items are numbered when a question is complete. */
static enum st close_question(struct parse *p)
{
	struct q_question *k = p->k;
	struct questionnaire *q = p->q;
	p->k = NULL;
	if (!k)
		return ST_OK;
	int n = k->kind == Q_GRID ? k->nrows : 1;
	if (q->nitems + n > Q_ITEMS_MAX)
		return BAD(p, N_("no more than %d questions and rows"), Q_ITEMS_MAX);
	k->item = q->nitems;
	for (int i = 0; i < n; i++)
		q->item[q->nitems++] = (struct q_item){
			.question = (int)(k - q->question),
			.row = k->kind == Q_GRID ? i : -1,
			.options = k->kind == Q_GRID	 ? 5 + k->has_unknown
				   : k->kind >= Q_NUMBER ? 1
							 : k->noptions,
		};
	return ST_OK;
}

/* ── directives ── */

static enum st do_questionnaire(struct parse *p)
{
	if (p->q->name)
		return BAD0(p, N_("a file holds one questionnaire"));
	p->texts = &p->q->title;
	return name_new(p, "questionnaire", &p->q->name);
}

static enum st do_part(struct parse *p)
{
	static const char *const names[] = { "intro", "consent", "thanks" };
	struct q_words *const parts[] = { &p->q->intro, &p->q->consent, &p->q->thanks };
	for (int i = 0; i < 3; i++)
		if (!strcmp(names[i], p->word[0]))
			p->texts = parts[i];
	for (int l = 0; l < LANG_COUNT; l++)
		if (p->texts->in[l])
			return BAD(p, N_("%s stands twice"), p->word[0]);
	return p->q->nsections ? BAD(p, N_("%s: expected before the first section"), p->word[0]) : ST_OK;
}

static enum st do_section(struct parse *p)
{
	struct questionnaire *q = p->q;
	if (close_question(p))
		return ST_INVALID;
	if (q->nsections == Q_SECTIONS_MAX)
		return BAD(p, N_("no more than %d sections"), Q_SECTIONS_MAX);
	for (int i = 0; i < q->nsections; i++)
		if (!strcmp(q->section[i].id, p->word[1]))
			return BAD(p, N_("section %s stands twice"), p->word[1]);
	struct q_section *s = &q->section[q->nsections++];
	s->line = p->line;
	p->texts = &s->words;
	return name_new(p, "section", &s->id);
}

static enum st question_kind(struct parse *p, struct q_question *k)
{
	int at = 3;
	k->kind = Q_KINDS;
	for (int i = 0; i < Q_KINDS; i++)
		if (!strcmp(q_kind_name((enum q_kind)i), p->word[2]))
			k->kind = (enum q_kind)i;
	if (k->kind == Q_KINDS)
		return BAD(p, N_("%.40s: expected single, multiple, grid, number or open"), p->word[2]);
	if (k->kind == Q_NUMBER) {
		if (p->n < 5 || !text_int(p->word[3], -1000000000, 1000000000, &k->min) ||
		    !text_int(p->word[4], -1000000000, 1000000000, &k->max) || k->min > k->max)
			return BAD0(p, N_("expected number MIN MAX, whole numbers"));
		at = 5;
	}
	if (at < p->n && !strcmp(p->word[at], "required")) {
		k->required = true;
		at++;
	}
	return at == p->n ? ST_OK : BAD(p, N_("%.40s: expected \"required\" or nothing more"), p->word[at]);
}

static enum st do_question(struct parse *p)
{
	struct questionnaire *q = p->q;
	if (close_question(p))
		return ST_INVALID;
	if (!q->nsections)
		return BAD0(p, N_("a question stands in a section: name one first"));
	if (q->nquestions == Q_QUESTIONS_MAX)
		return BAD(p, N_("no more than %d questions"), Q_QUESTIONS_MAX);
	for (int i = 0; i < q->nquestions; i++)
		if (!strcmp(q->question[i].id, p->word[1]))
			return BAD(p, N_("question %s stands twice"), p->word[1]);
	struct q_question *k = &q->question[q->nquestions];
	*k = (struct q_question){ .section = q->nsections - 1, .line = p->line };
	if (name_new(p, "question", &k->id) || question_kind(p, k))
		return ST_INVALID;
	k->option = arena_array(p->mem, struct q_option, k->kind <= Q_MULTIPLE ? Q_OPTIONS_MAX : 1);
	k->row = arena_array(p->mem, struct q_option, k->kind == Q_GRID ? Q_ROWS_MAX : 1);
	k->condition = arena_array(p->mem, struct q_condition, Q_CONDITIONS_MAX);
	q->nquestions++;
	p->k = k;
	p->texts = &k->words;
	return ST_OK;
}

static enum st do_option(struct parse *p)
{
	if (in_question(p, 1u << Q_SINGLE | 1u << Q_MULTIPLE) || taken(p, "option", p->k->option, p->k->noptions))
		return ST_INVALID;
	if (p->k->noptions == Q_OPTIONS_MAX)
		return BAD(p, N_("no more than %d options"), Q_OPTIONS_MAX);
	struct q_option *o = &p->k->option[p->k->noptions++];
	p->texts = &o->words;
	for (int i = 2; i < p->n; i++) {
		bool *flag = !strcmp(p->word[i], "exclusive") ? &o->exclusive
			     : !strcmp(p->word[i], "text")    ? &o->text
			     : !strcmp(p->word[i], "ends")    ? &o->ends
							      : NULL;
		if (!flag || *flag)
			return BAD(p, N_("%.40s: expected exclusive, text or ends, each once"), p->word[i]);
		*flag = true;
	}
	return name_new(p, "option", &o->id);
}

static enum st do_row(struct parse *p)
{
	if (in_question(p, 1u << Q_GRID) || taken(p, "row", p->k->row, p->k->nrows))
		return ST_INVALID;
	if (p->k->nrows == Q_ROWS_MAX)
		return BAD(p, N_("no more than %d rows"), Q_ROWS_MAX);
	struct q_option *o = &p->k->row[p->k->nrows++];
	p->texts = &o->words;
	return name_new(p, "row", &o->id);
}

static enum st do_scale(struct parse *p)
{
	if (in_question(p, 1u << Q_GRID))
		return ST_INVALID;
	bool unknown = !strcmp(p->word[0], "unknown");
	struct q_words *w = unknown ? &p->k->unknown : !strcmp(p->word[0], "low") ? &p->k->low : &p->k->high;
	for (int l = 0; l < LANG_COUNT; l++)
		if (w->in[l])
			return BAD(p, N_("%s stands twice"), p->word[0]);
	p->k->has_unknown = p->k->has_unknown || unknown;
	p->texts = w;
	return ST_OK;
}

/* ask if ITEM = OPTION… */
static enum st do_ask(struct parse *p)
{
	if (in_question(p, ~0u))
		return ST_INVALID;
	if (p->n < 5 || strcmp(p->word[1], "if") != 0 || (strcmp(p->word[3], "=") && strcmp(p->word[3], "!=")))
		return BAD0(p, N_("expected ask if QUESTION = OPTION ..., or !="));
	if (p->k->nconditions == Q_CONDITIONS_MAX)
		return BAD(p, N_("no more than %d conditions"), Q_CONDITIONS_MAX);
	struct q_condition c = { .negated = p->word[3][0] == '!' };
	/* The question in hand has no items yet: it can't be meant. */
	struct questionnaire before = *p->q;
	before.nquestions--;
	c.item = questionnaire_item(&before, p->word[2], strlen(p->word[2]));
	if (c.item < 0)
		return BAD(p, N_("%.70s: expected a question that stands before this one, or a row as q2.speed"),
			   p->word[2]);
	for (int i = 4; i < p->n; i++) {
		int o = questionnaire_option(p->q, c.item, p->word[i]);
		if (o < 0)
			return BAD(p, N_("%.40s: %.40s has no such option"), p->word[i], p->word[2]);
		c.options |= 1ULL << o;
	}
	p->k->condition[p->k->nconditions++] = c;
	return ST_OK;
}

static const struct directive {
	const char *name;
	int min, max; /* words */
	enum st (*take)(struct parse *p);
} directives[] = {
	{ "questionnaire", 2, 2, do_questionnaire },
	{ "intro", 1, 1, do_part },
	{ "consent", 1, 1, do_part },
	{ "thanks", 1, 1, do_part },
	{ "section", 2, 2, do_section },
	{ "question", 3, 6, do_question },
	{ "option", 2, 5, do_option },
	{ "row", 2, 2, do_row },
	{ "low", 1, 1, do_scale },
	{ "high", 1, 1, do_scale },
	{ "unknown", 1, 1, do_scale },
	{ "ask", 5, WORDS_MAX, do_ask },
};

/* ── lines ── */

static enum st take_text(struct parse *p, enum lang l, const char *text)
{
	if (!p->texts)
		return BAD0(p, N_("a text belongs to what stands before it: name that first"));
	const char **to = &p->texts->in[l];
	if (!*text)
		return BAD0(p, N_("an empty text"));
	*to = *to ? arena_printf(p->mem, "%s\n%s", *to, text) : arena_strdup(p->mem, text);
	return strlen(*to) > Q_TEXT_MAX ? BAD(p, N_("a text has at most %d bytes"), Q_TEXT_MAX) : ST_OK;
}

static bool is_language(const char *word, size_t n, enum lang *out)
{
	for (int l = 0; l < LANG_COUNT; l++)
		if (strlen(lang_tag((enum lang)l)) == n && !memcmp(lang_tag((enum lang)l), word, n)) {
			*out = (enum lang)l;
			return true;
		}
	return false;
}

static enum st take_directive(struct parse *p, char *line)
{
	char *word;
	p->n = 0;
	while ((word = strsep(&line, " \t"))) {
		if (*word && p->n == WORDS_MAX)
			return BAD(p, N_("more than %d words"), WORDS_MAX);
		if (*word)
			p->word[p->n++] = word;
	}
	for (size_t i = 0; i < sizeof directives / sizeof *directives; i++) {
		const struct directive *d = &directives[i];
		if (strcmp(d->name, p->word[0]) != 0)
			continue;
		if (p->n < d->min)
			return BAD(p, N_("%s: something is missing"), d->name);
		if (p->n > d->max)
			return BAD(p, N_("%s: too many words"), d->name);
		if (!p->q->name && d->take != do_questionnaire)
			return BAD0(p, N_("expected questionnaire NAME first"));
		p->texts = NULL;
		return d->take(p);
	}
	return BAD(p, N_("%.40s: neither a directive nor a language (en, zh-TW)"), p->word[0]);
}

static enum st take_line(struct parse *p, char *raw)
{
	enum lang l;
	for (char *c = raw; (c = strchr(c, '\r'));)
		*c = ' '; /* it ends no line: of a text it would be taken for one when that is printed */
	char *line = text_trim(p->mem, raw);
	size_t n = strcspn(line, " \t");
	if (!*line || *line == '#')
		return ST_OK;
	if (is_language(line, n, &l))
		return take_text(p, l, text_trim(p->mem, line + n));
	return take_directive(p, line);
}

static enum st parse_all(struct parse *p, const char *text, size_t n)
{
	struct arena *mem = p->mem;
	if (n > Q_FILE_MAX)
		return err_set(p->e, ST_LIMIT, "%s", SAY(p, N_("a questionnaire has at most %d bytes"), Q_FILE_MAX));
	p->line = 1;
	if (!text_clean(text, n))
		return BAD0(p, N_("the file is not plain UTF-8 text"));
	*p->q = (struct questionnaire){ .section = arena_array(mem, struct q_section, Q_SECTIONS_MAX),
					.question = arena_array(mem, struct q_question, Q_QUESTIONS_MAX),
					.item = arena_array(mem, struct q_item, Q_ITEMS_MAX) };
	char *copy = arena_dup(mem, text, n), *line;
	for (p->line = 0; (line = strsep(&copy, "\n"));) {
		p->line++;
		if (take_line(p, line))
			return ST_INVALID;
		if (arena_over(mem))
			return err_set(p->e, ST_LIMIT, tr(p->lang, N_("line %d: the questionnaire is too large")),
				       p->line);
	}
	if (p->q->name)
		return close_question(p);
	p->line = 1;
	return BAD0(p, N_("expected questionnaire NAME first"));
}

enum st questionnaire_parse_in(struct arena *mem, enum lang l, bool part, const char *text, size_t n,
			       struct questionnaire *out, struct err *e)
{
	return parse_all(&(struct parse){ .mem = mem, .e = e, .lang = l, .part = part, .q = out }, text, n);
}

enum st questionnaire_parse(struct arena *mem, const char *text, size_t n, struct questionnaire *out, struct err *e)
{
	return questionnaire_parse_in(mem, LANG_EN, false, text, n, out, e);
}

/* ── printing ── */

/* What a form sends has other line ends, and lines without a word. */
static void print_words(struct buf *out, const char *indent, const struct q_words *w)
{
	for (int l = 0; l < LANG_COUNT; l++)
		for (const char *s = w->in[l]; s && *s;) {
			size_t n = strcspn(s, "\r\n"), lead = strspn(s, " \t");
			if (lead < n)
				buf_printf(out, "%s%s %.*s\n", indent, lang_tag((enum lang)l), (int)n, s);
			s += n + strspn(s + n, "\r\n");
		}
}

static bool any_words(const struct q_words *w)
{
	for (int l = 0; l < LANG_COUNT; l++)
		if (w->in[l] && *w->in[l])
			return true;
	return false;
}

static void print_part(struct buf *out, const char *name, const struct q_words *w, const char *indent)
{
	if (!any_words(w))
		return;
	buf_printf(out, "%s%s\n", indent, name);
	print_words(out, *indent ? "    " : "  ", w);
}

static void print_condition(const struct questionnaire *q, const struct q_condition *c, struct buf *out)
{
	const struct q_item *i = &q->item[c->item];
	const struct q_question *k = &q->question[i->question];
	buf_printf(out, "  ask if %s%s%s %s", k->id, i->row < 0 ? "" : ".", i->row < 0 ? "" : k->row[i->row].id,
		   c->negated ? "!=" : "=");
	for (int o = 0; o < i->options; o++)
		if (c->options & 1ULL << o)
			buf_printf(out, " %s", questionnaire_option_id(q, c->item, o));
	buf_char(out, '\n');
}

static void print_options(const char *what, const struct q_option *list, int n, struct buf *out)
{
	for (int i = 0; i < n; i++) {
		buf_printf(out, "  %s %s%s%s%s\n", what, list[i].id, list[i].exclusive ? " exclusive" : "",
			   list[i].text ? " text" : "", list[i].ends ? " ends" : "");
		print_words(out, "    ", &list[i].words);
	}
}

void questionnaire_print_question(const struct questionnaire *q, const struct q_question *k, struct buf *out)
{
	buf_printf(out, "\nquestion %s %s", k->id, q_kind_name(k->kind));
	if (k->kind == Q_NUMBER)
		buf_printf(out, " %lld %lld", (long long)k->min, (long long)k->max);
	buf_str(out, k->required ? " required\n" : "\n");
	print_words(out, "  ", &k->words);
	for (int i = 0; i < k->nconditions; i++)
		print_condition(q, &k->condition[i], out);
	print_options("option", k->option, k->noptions, out);
	print_part(out, "low", &k->low, "  ");
	print_part(out, "high", &k->high, "  ");
	if (k->has_unknown) {
		buf_str(out, "  unknown\n");
		print_words(out, "    ", &k->unknown);
	}
	print_options("row", k->row, k->nrows, out);
}

void questionnaire_print_head(const struct questionnaire *q, struct buf *out)
{
	buf_printf(out, "questionnaire %s\n", q->name);
	print_words(out, "  ", &q->title);
	print_part(out, "intro", &q->intro, "");
	print_part(out, "consent", &q->consent, "");
	print_part(out, "thanks", &q->thanks, "");
}

void questionnaire_print_section(const struct q_section *s, struct buf *out)
{
	buf_printf(out, "\nsection %s\n", s->id);
	print_words(out, "  ", &s->words);
}

void questionnaire_print(const struct questionnaire *q, struct buf *out)
{
	questionnaire_print_head(q, out);
	for (int s = 0, k = 0; s < q->nsections; s++) {
		questionnaire_print_section(&q->section[s], out);
		for (; k < q->nquestions && q->question[k].section == s; k++)
			questionnaire_print_question(q, &q->question[k], out);
	}
}
