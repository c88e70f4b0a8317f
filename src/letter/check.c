/* check.c — may a template be kept? */
#include <string.h>
#include "base/text.h"
#include "letter/letter_int.h"

enum { CHECK_ARENA = 1 << 20 };

/* Puts the field before the sentence. */
static enum st of_field(struct err *e, const char *field)
{
	struct err why = *e;
	return err_set(e, why.code, "%s: %s", field, why.msg);
}

static enum st check_size(const char *s, size_t max, struct err *e)
{
	size_t n = strlen(s);
	if (n > max)
		return err_set(e, ST_INVALID, N_("%zu bytes; at most %zu are kept"), n, max);
	if (!text_clean(s, n) || strchr(s, '\r'))
		return err_set(e, ST_INVALID,
			       N_("only UTF-8 text with lines that end in LF; a control character is in it"));
	return ST_OK;
}

/* Is it said whatever the letter is about? Not where it stands in a block of another variable; the lists of which it is
 * an item, and whether it is empty itself, are no such blocks. */
static bool always_there(const struct tpl *t, const struct letter_var *v)
{
	int other = 0; /* until this node we are in somebody else's block */
	for (int i = 0; i < t->n; i++) {
		const struct tpl_node *x = &t->node[i];
		bool block = x->kind == TPL_IF || x->kind == TPL_UNLESS || x->kind == TPL_EACH;
		bool ours = x->kind != TPL_UNLESS &&
			    (x->var == v || (v->list && x->var && strcmp(x->var->name, v->list) == 0));
		if (i < other)
			continue;
		if ((x->kind == TPL_VAR || (x->kind == TPL_EACH && v->kind == VAR_LIST)) && x->var == v)
			return true;
		if (block && !ours)
			other = x->end;
	}
	return false;
}

static enum st check_must(enum purpose purpose, const struct tpl *t, struct err *e)
{
	for (int i = 0; i < letter_nvars; i++) {
		const struct letter_var *v = &letter_vars[i];
		if (!(v->must & (1u << purpose)) || always_there(t, v))
			continue;
		if (v->kind == VAR_LIST)
			return err_set(
				e, ST_INVALID,
				N_("this letter can't do without the list {#%s} ... {/%s}, outside other blocks"),
				v->name, v->name);
		return err_set(e, ST_INVALID,
			       N_("this letter can't do without {%s}, outside blocks of other variables"), v->name);
	}
	return ST_OK;
}

static enum st check_body(struct arena *mem, enum purpose purpose, const char *s, struct err *e)
{
	struct tpl t;
	if (check_size(s, TEMPLATE_BYTES, e) || tpl_parse(mem, purpose, s, &t, e))
		return e->code;
	return check_must(purpose, &t, e);
}

static enum st check_subject(struct arena *mem, enum purpose purpose, const char *s, struct err *e)
{
	struct tpl t;
	if (check_size(s, SUBJECT_BYTES, e))
		return e->code;
	if (!s[strspn(s, " \t")] || strpbrk(s, "\n\t"))
		return err_set(e, ST_INVALID, N_("one line of words, please; number and label are put before it"));
	if (tpl_parse(mem, purpose, s, &t, e))
		return e->code;
	for (int i = 0; i < t.n; i++)
		if (t.node[i].kind == TPL_EACH || (t.node[i].var && t.node[i].var->kind == VAR_LINK))
			return err_set(e, ST_INVALID, N_("no lists and no links in a subject; take {%s} away"),
				       t.node[i].var->name);
	return ST_OK;
}

enum st letter_check(enum purpose purpose, const struct wording *w, struct err *e)
{
	struct arena *mem = arena_new(CHECK_ARENA);
	const char *field = "subject";
	enum st st = check_subject(mem, purpose, w->subject, e);
	if (!st) {
		field = "text";
		st = !w->text[strspn(w->text, " \t\n")]
			     ? err_set(e, ST_INVALID, N_("write the letter; to go back, restore version 0"))
			     : check_body(mem, purpose, w->text, e);
	}
	if (!st && *w->html) {
		field = "html";
		st = check_body(mem, purpose, w->html, e);
		st = st ? st : tpl_html_check(purpose, w->html, e);
	}
	arena_free(mem);
	return st ? of_field(e, field) : ST_OK;
}
