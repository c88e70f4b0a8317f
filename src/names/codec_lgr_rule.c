/* The LGR reader's <rules>: classes, rules and actions. */
#include <stdlib.h>
#include "names/codec_lgr_int.h"

/* count: "2", "1:3", "0+", "1+". */
static bool count_of(struct lgr *g, struct node *x)
{
	const struct attr *a = &g->attr[AT_COUNT];
	char s[16], *end;
	if (!a->p)
		return true;
	if (a->n && a->n < sizeof s && a->p[0] >= '0' && a->p[0] <= '9') {
		memcpy(s, a->p, a->n);
		s[a->n] = 0;
		long min = strtol(s, &end, 10), max = min;
		if (*end == '+')
			max = -1, end++;
		else if (*end == ':' && end[1] >= '0' && end[1] <= '9')
			max = strtol(end + 1, &end, 10);
		if (!*end && min <= LABEL_CPS_MAX && max <= LABEL_CPS_MAX && (max < 0 || max >= min)) {
			x->min = (int)min;
			x->max = (int)max;
			return true;
		}
	}
	lgr_bad(g, "count is n, n:m or n+, at most 63");
	return false;
}

/* ── rules ── */

static struct node *node_add(struct lgr *g, enum node_op op, int *at)
{
	*at = build_node(&g->b, op);
	if (*at == NO_NODE) {
		lgr_stop(g, ST_LIMIT, "too many rules");
		return NULL;
	}
	struct frame *up = &g->stack[g->depth - 1];
	struct idntable *t = g->b.t;
	if (up->node != NO_NODE) {
		if (up->last == NO_NODE)
			t->node[up->node].child = *at;
		else
			t->node[up->last].next = *at;
		up->last = *at;
	}
	return &t->node[*at];
}

/* gc:Mn and sc:Hani. */
static bool property_of(struct lgr *g, struct node *x)
{
	struct attr a = g->attr[AT_PROPERTY];
	bool gc = a.n > 3 && memcmp(a.p, "gc:", 3) == 0, sc = a.n > 3 && memcmp(a.p, "sc:", 3) == 0;
	if ((!gc && !sc) || a.n - 3 > (gc ? 2 : 4) || (sc && a.n != 7)) {
		lgr_bad(g, "of properties only gc:… and sc:… are supported");
		return false;
	}
	x->op = gc ? OP_CATEGORY : OP_SCRIPT;
	memcpy(x->property, a.p + 3, a.n - 3);
	x->property[a.n - 3] = 0;
	return true;
}

static bool reference_of(struct lgr *g, struct node *x, bool class)
{
	int to = lgr_named(g, g->attr[AT_BY_REF], class);
	if (to == NO_NODE) {
		lgr_bad(g, "by-ref names nothing that was defined before");
		return false;
	}
	x->op = class ? OP_CLASS_REF : OP_REF;
	x->a = (uint32_t)to;
	return true;
}

/* A name belongs to what stands directly below <rules>. */
static bool name_ok(struct lgr *g, bool class)
{
	bool top = g->stack[g->depth - 1].el == EL_RULES;
	if (top != has(g, AT_NAME)) {
		lgr_bad(g, top ? "a name is needed" : "only what stands directly in <rules> has a name");
		return false;
	}
	if (top && lgr_named(g, g->attr[AT_NAME], class) != NO_NODE) {
		lgr_bad(g, "that name is taken");
		return false;
	}
	return true;
}

int lgr_class(struct lgr *g, const struct element *el)
{
	int at = NO_NODE, ways = has(g, AT_FROM_TAG) + has(g, AT_PROPERTY) + has(g, AT_BY_REF);
	struct node *x = name_ok(g, true) ? node_add(g, (enum node_op)el->op, &at) : NULL;
	if (!x || !count_of(g, x))
		return NO_NODE;
	if (ways > 1)
		return lgr_bad(g, "one of from-tag, property and by-ref"), NO_NODE;
	if ((has(g, AT_PROPERTY) && !property_of(g, x)) || (has(g, AT_BY_REF) && !reference_of(g, x, true)))
		return NO_NODE;
	if (has(g, AT_FROM_TAG)) {
		x->op = OP_TAG;
		x->tag = lgr_taken(g->attr[AT_FROM_TAG]);
	}
	x->n = 0;
	return at;
}

int lgr_rule(struct lgr *g, const struct element *el)
{
	int at = NO_NODE;
	struct node *x = el->el != EL_RULE || has(g, AT_BY_REF) || name_ok(g, false)
				 ? node_add(g, (enum node_op)el->op, &at)
				 : NULL;
	if (!x || !count_of(g, x))
		return NO_NODE;
	if (has(g, AT_BY_REF) && (g->stack[g->depth - 1].el == EL_RULES || !reference_of(g, x, false)))
		return lgr_bad(g, "a reference stands in a rule"), NO_NODE;
	if (x->op == OP_CHAR && !lgr_cp(g, AT_CP, &x->a))
		return NO_NODE;
	return at;
}

/* "0061 0063-007A": what a class says between its tags. */
void lgr_class_text(struct lgr *g, struct frame *f)
{
	struct node *x = &g->b.t->node[f->node];
	const char *p = g->ntext ? g->text : "", *end = p + g->ntext;
	x->a = x->op == OP_SET ? (uint32_t)g->b.t->nranges : x->a;
	for (;;) {
		while (p < end && strchr(" \t\r\n", *p))
			p++;
		if (p == end)
			return;
		uint32_t first, last;
		if (x->op != OP_SET)
			return lgr_bad(g, "a list of code points beside another way to say them");
		if (!lgr_hex(&p, end, &first))
			return lgr_bad(g, "expected code points and ranges, 0061 or 0061-007A");
		last = first;
		if (p < end && *p == '-') {
			p++;
			if (!lgr_hex(&p, end, &last) || last < first)
				return lgr_bad(g, "expected the end of a range");
		}
		if (p < end && !strchr(" \t\r\n", *p))
			return lgr_bad(g, "expected code points and ranges, 0061 or 0061-007A");
		if (build_range(&g->b, first, last))
			return lgr_failed(g);
		x->n++;
	}
}

/* ── actions ── */

static bool types_of(struct lgr *g, struct attr a, uint64_t *types)
{
	for (size_t i = 0; i < a.n;) {
		size_t n = 0;
		while (i + n < a.n && a.p[i + n] != ' ')
			n++;
		int type = n ? build_type(&g->b, a.p + i, n) : 0;
		if (type < 0) {
			lgr_stop(g, ST_LIMIT, "too many different types of variants");
			return false;
		}
		if (n)
			*types |= (uint64_t)1 << type;
		i += n + 1;
	}
	return true;
}

static bool disp_of(struct attr a, enum disp *out)
{
	static const struct {
		const char *name;
		enum disp disp;
	} all[] = {
		{ "valid", DISP_VALID },     { "allocatable", DISP_ALLOCATABLE }, { "activated", DISP_ALLOCATABLE },
		{ "blocked", DISP_BLOCKED }, { "invalid", DISP_INVALID },
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (attr_is(a, all[i].name)) {
			*out = all[i].disp;
			return true;
		}
	return false;
}

void lgr_action(struct lgr *g)
{
	static const struct {
		enum at at;
		char test;
	} tests[] = { { AT_ANY, 'y' }, { AT_ALL, 'l' }, { AT_ONLY, 'o' } };
	struct action *a = build_action(&g->b);
	if (!a)
		return lgr_stop(g, ST_LIMIT, "too many actions");
	if (!disp_of(g->attr[AT_DISP], &a->disp))
		return lgr_bad(g, "disp is valid, allocatable, activated, blocked or invalid");
	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
		if (!has(g, tests[i].at))
			continue;
		if (a->test)
			return lgr_bad(g, "one of any-variant, all-variants and only-variants");
		a->test = tests[i].test;
		if (!types_of(g, g->attr[tests[i].at], &a->types))
			return;
	}
	enum at match = has(g, AT_NOT_MATCH) ? AT_NOT_MATCH : AT_MATCH;
	if (has(g, AT_MATCH) && has(g, AT_NOT_MATCH))
		return lgr_bad(g, "both match and not-match");
	a->not_match = match == AT_NOT_MATCH;
	if (has(g, match) && (a->match = lgr_named(g, g->attr[match], false)) == NO_NODE)
		return lgr_bad(g, "there is no rule of that name before it");
	a->line = lgr_line(g);
	a->name = has(g, match)	       ? lgr_taken(g->attr[match])
		  : has(g, AT_COMMENT) ? lgr_taken(g->attr[AT_COMMENT])
				       : NULL;
}
