/* parse.c — a template as a row of nodes; a block's opening knows where its end is. Pure. */
#include <string.h>
#include "letter/letter_int.h"

enum { NAME_BYTES = 40 };
struct parser {
	struct arena *mem;
	enum purpose purpose;
	const char *at;
	int line;
	struct tpl *out;
	struct err *e;
	int open[TPL_DEPTH]; /* nodes of the blocks that are open */
	int depth;
};
struct tag {
	enum tpl_kind kind;
	const char *name, *end; /* behind the brace */
	size_t n;
};

static struct tpl_node *add(struct parser *p, enum tpl_kind kind, const struct letter_var *v, const char *s, size_t n)
{
	if (p->out->n == TPL_NODES) {
		err_set(p->e, ST_INVALID, N_("line %d: more than %d pieces; make the letter simpler"), p->line,
			TPL_NODES);
		return NULL;
	}
	struct tpl_node *x = &p->out->node[p->out->n++];
	*x = (struct tpl_node){ kind, v, s, n, p->line, 0 };
	return x;
}

/* Text up to `end`, with its lines counted. */
static enum st text(struct parser *p, const char *end)
{
	if (end > p->at && !add(p, TPL_TEXT, NULL, p->at, (size_t)(end - p->at)))
		return p->e->code;
	for (; p->at < end; p->at++)
		p->line += *p->at == '\n';
	return ST_OK;
}

static bool read_tag(const char *s, struct tag *t)
{
	static const char marks[] = "?!#/";
	static const enum tpl_kind kinds[] = { TPL_IF, TPL_UNLESS, TPL_EACH, TPL_END };
	const char *mark = s[1] ? strchr(marks, s[1]) : NULL;
	t->kind = mark ? kinds[mark - marks] : TPL_VAR;
	t->name = s + 1 + (mark != NULL);
	t->n = strspn(t->name, "abcdefghijklmnopqrstuvwxyz_");
	t->end = t->name + t->n + 1;
	return t->n > 0 && t->n <= NAME_BYTES && t->name[t->n] == '}';
}

/* Inside which block of that list? */
static bool inside(const struct parser *p, const char *list)
{
	for (int i = 0; i < p->depth; i++) {
		const struct tpl_node *x = &p->out->node[p->open[i]];
		if (x->kind == TPL_EACH && strcmp(x->var->name, list) == 0)
			return true;
	}
	return false;
}

static bool in_a_list(const struct parser *p)
{
	for (int i = 0; i < p->depth; i++)
		if (p->out->node[p->open[i]].kind == TPL_EACH)
			return true;
	return false;
}

static enum st close_block(struct parser *p, const struct tag *t, const struct letter_var *v)
{
	const struct tpl_node *last = p->depth ? &p->out->node[p->open[p->depth - 1]] : NULL;
	if (!last)
		return err_set(p->e, ST_INVALID, N_("line %d: {/%s} closes nothing; take it away or open it above"),
			       p->line, v->name);
	if (last->var != v)
		return err_set(p->e, ST_INVALID, N_("line %d: {/%s} stands here, but {/%s} is to come first (line %d)"),
			       p->line, v->name, last->var->name, last->line);
	p->out->node[p->open[--p->depth]].end = p->out->n;
	return add(p, TPL_END, v, t->name, t->n) ? ST_OK : p->e->code;
}

/* Is this tag one that this variable can have, here? */
static enum st check_use(struct parser *p, const struct tag *t, const struct letter_var *v)
{
	if (v->list && !inside(p, v->list))
		return err_set(p->e, ST_INVALID, N_("line %d: {%s} belongs between {#%s} and {/%s}"), p->line, v->name,
			       v->list, v->list);
	if (t->kind == TPL_VAR && v->kind == VAR_LIST)
		return err_set(p->e, ST_INVALID, N_("line %d: %s is a list: write {#%s} ... {/%s}"), p->line, v->name,
			       v->name, v->name);
	if (t->kind == TPL_EACH && v->kind != VAR_LIST)
		return err_set(p->e, ST_INVALID, N_("line %d: %s is no list: write {%s}"), p->line, v->name, v->name);
	if (t->kind == TPL_EACH && in_a_list(p))
		return err_set(p->e, ST_INVALID, N_("line %d: a list can't stand inside a list"), p->line);
	if (t->kind != TPL_VAR && p->depth == TPL_DEPTH)
		return err_set(p->e, ST_INVALID, N_("line %d: more than %d blocks inside each other"), p->line,
			       TPL_DEPTH);
	return ST_OK;
}

static enum st use(struct parser *p, const struct tag *t)
{
	const struct letter_var *v = letter_var_of(p->purpose, t->name, t->n);
	if (!v)
		return err_set(
			p->e, ST_INVALID,
			N_("line %d: this letter has no variable {%.*s}; take one of those listed (nicert template "
			   "vars %s)"),
			p->line, (int)t->n, t->name, letter_purposes[p->purpose].name);
	if (t->kind == TPL_END)
		return close_block(p, t, v);
	if (check_use(p, t, v))
		return p->e->code;
	if (t->kind != TPL_VAR)
		p->open[p->depth++] = p->out->n;
	return add(p, t->kind, v, t->name, t->n) ? ST_OK : p->e->code;
}

/* A block's tag alone on its line: the line ends behind it and begins where the text before it ended. */
static const char *alone(const char *start, const char *tag, const char *end)
{
	const char *before = tag, *after = end + strspn(end, " \t");
	while (before > start && (before[-1] == ' ' || before[-1] == '\t'))
		before--;
	if ((before > start && before[-1] != '\n') || (*after && *after != '\n'))
		return NULL;
	return *after ? after + 1 : after;
}

static enum st take_tag(struct parser *p, const char *start, const char *brace, const struct tag *t)
{
	const char *rest = t->kind == TPL_VAR ? NULL : alone(start, brace, t->end), *stop = brace;
	while (rest && stop > p->at && (stop[-1] == ' ' || stop[-1] == '\t'))
		stop--;
	if (text(p, stop) || use(p, t))
		return p->e->code;
	p->at = rest ? rest : t->end;
	p->line += rest && rest[-1] == '\n';
	return ST_OK;
}

enum st tpl_parse(struct arena *mem, enum purpose purpose, const char *s, struct tpl *out, struct err *e)
{
	struct parser p = { mem, purpose, s, 1, out, e, { 0 }, 0 };
	int braces = 0;
	for (const char *c = s; *c && braces < TPL_NODES; c++)
		braces += *c == '{';
	*out = (struct tpl){ arena_array(mem, struct tpl_node, 2 * braces + 2), 0 };
	for (const char *brace; (brace = strchr(p.at, '{'));) {
		struct tag t;
		if (brace[1] == '{') { /* one brace of the two is text */
			if (text(&p, brace + 1))
				return e->code;
			p.at++;
			continue;
		}
		if (!read_tag(brace, &t)) {
			for (; p.at < brace; p.at++)
				p.line += *p.at == '\n';
			return err_set(e, ST_INVALID,
				       N_("line %d: a brace begins a variable such as {case}; write {{ for a brace"),
				       p.line);
		}
		if (take_tag(&p, s, brace, &t))
			return e->code;
	}
	if (text(&p, p.at + strlen(p.at)))
		return e->code;
	if (!p.depth)
		return ST_OK;
	const struct tpl_node *open = &out->node[p.open[p.depth - 1]];
	return err_set(e, ST_INVALID, N_("line %d: {%c%s} is never closed; write {/%s}"), open->line,
		       open->kind == TPL_IF	  ? '?'
		       : open->kind == TPL_UNLESS ? '!'
						  : '#',
		       open->var->name, open->var->name);
}
