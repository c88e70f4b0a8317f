/* letter_int.h — what the files of letter/ share: a parsed template. */
#ifndef LETTER_LETTER_INT_H
#define LETTER_LETTER_INT_H
#include "letter/letter.h"

enum tpl_kind { TPL_TEXT, TPL_VAR, TPL_IF, TPL_UNLESS, TPL_EACH, TPL_END };
struct tpl_node {
	enum tpl_kind kind;
	const struct letter_var *var; /* but of text */
	const char *s;		      /* text: a piece of the source */
	size_t n;
	int line; /* from 1 */
	int end;  /* of what opens a block: the index of its TPL_END */
};
enum { TPL_NODES = 2000, TPL_DEPTH = 8 };
struct tpl {
	struct tpl_node *node;
	int n;
};
/* `s` must outlive *out. ST_INVALID names the line. */
enum st tpl_parse(struct arena *mem, enum purpose purpose, const char *s, struct tpl *out, struct err *e);
const struct letter_var *letter_var_of(enum purpose purpose, const char *name, size_t n);

/* HTML that a template may have (html.c): `s` has been parsed as a template before. */
enum st tpl_html_check(enum purpose purpose, const char *s, struct err *e);

int letter_columns(const char *s);
#endif
