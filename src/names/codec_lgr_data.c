/* The LGR reader's <data>: code points with their tags, contexts and variants; and how attributes name things. */
#include <stdlib.h>
#include "names/codec_lgr_int.h"

bool lgr_hex(const char **p, const char *end, uint32_t *cp)
{
	int digits = 0;
	for (*cp = 0; *p < end && digits < 7; ++*p, digits++) {
		char c = **p;
		int d = c >= '0' && c <= '9'   ? c - '0'
			: c >= 'A' && c <= 'F' ? c - 'A' + 10
			: c >= 'a' && c <= 'f' ? c - 'a' + 10
					       : -1;
		if (d < 0)
			break;
		*cp = *cp * 16 + (uint32_t)d;
	}
	return digits >= 4 && digits <= 6 && cp_scalar(*cp);
}

bool lgr_cp(struct lgr *g, enum at a, uint32_t *cp)
{
	const char *p = g->attr[a].p, *end = p ? p + g->attr[a].n : NULL;
	if (p && lgr_hex(&p, end, cp) && p == end)
		return true;
	lgr_bad(g, p && p < end && *p == ' ' ? "sequences of code points are not supported"
					     : "expected a code point of four to six hex digits");
	return false;
}

/* ── names ── */

char *lgr_taken(struct attr a)
{
	char *s = strndup(a.p, a.n);
	if (!s)
		abort();
	return s;
}

static bool is_class(enum node_op op)
{
	return op >= OP_SET;
}

/* Only what was defined before: so nothing refers to itself. */
int lgr_named(const struct lgr *g, struct attr a, bool class)
{
	const struct idntable *t = g->b.t;
	for (int i = 0; i < t->nnodes; i++)
		if (t->node[i].name && is_class(t->node[i].op) == class && strlen(t->node[i].name) == a.n &&
		    memcmp(t->node[i].name, a.p, a.n) == 0)
			return i;
	return NO_NODE;
}

/* when and not-when stand before the rules: kept as −2 − number until the end. */
static int wanted(struct lgr *g, enum at a)
{
	if (!has(g, a))
		return NO_NODE;
	for (int i = 0; i < g->nwanted; i++)
		if (strlen(g->wanted[i]) == g->attr[a].n && memcmp(g->wanted[i], g->attr[a].p, g->attr[a].n) == 0)
			return -2 - i;
	if (g->nwanted == (int)(sizeof g->wanted / sizeof *g->wanted)) {
		lgr_stop(g, ST_LIMIT, "too many context rules");
		return NO_NODE;
	}
	g->wanted[g->nwanted] = lgr_taken(g->attr[a]);
	return -2 - g->nwanted++;
}

static int context_of(struct lgr *g)
{
	int when = wanted(g, AT_WHEN), not_when = wanted(g, AT_NOT_WHEN);
	if (when != NO_NODE && not_when != NO_NODE)
		lgr_bad(g, "both when and not-when");
	int c = build_context(&g->b, when, not_when);
	if (c < 0)
		lgr_stop(g, ST_LIMIT, "too many context rules");
	return c < 0 ? 0 : c;
}

/* ── data ── */
static int tags_of(struct lgr *g)
{
	int tags = has(g, AT_TAG) ? build_tags(&g->b, g->attr[AT_TAG].p, g->attr[AT_TAG].n) : 0;
	if (tags < 0)
		lgr_stop(g, ST_LIMIT, "too many different tags");
	return tags < 0 ? 0 : tags;
}

void lgr_char(struct lgr *g)
{
	uint32_t cp;
	if (lgr_cp(g, AT_CP, &cp) && build_row(&g->b, cp, (uint8_t)tags_of(g), (uint16_t)context_of(g), lgr_line(g)))
		lgr_failed(g);
}

void lgr_range(struct lgr *g)
{
	uint32_t first, last;
	if (!lgr_cp(g, AT_FIRST, &first) || !lgr_cp(g, AT_LAST, &last))
		return;
	if (last < first || last - first > IDN_ROWS_MAX)
		return lgr_bad(g, "the range ends before it begins, or is too long");
	uint8_t tags = (uint8_t)tags_of(g);
	uint16_t context = (uint16_t)context_of(g);
	for (uint32_t cp = first; cp <= last; cp++)
		if (build_row(&g->b, cp, tags, context, lgr_line(g)))
			return lgr_failed(g);
}

/* In which form an original with this character is. The Chinese tables mute one side of characters that are in use on
 * both, and note it in the comment ("r-both-ms", "r-both-mt"): the mapping's type serves the variants, the comment says
 * what the character is. */
static enum self_kind self_of(struct lgr *g)
{
	struct attr type = g->attr[AT_TYPE];
	bool trad = attr_is(type, "r-trad"), simp = attr_is(type, "r-simp");
	g->traditional |= trad;
	g->simplified |= simp;
	if (attr_is(type, "r-both") || ((trad || simp) && attr_holds(g->attr[AT_COMMENT], "r-both")))
		return SELF_BOTH;
	return trad ? SELF_TRADITIONAL : simp ? SELF_SIMPLIFIED : SELF_OTHER;
}

void lgr_var(struct lgr *g)
{
	uint32_t cp;
	int type = NO_TYPE, context = context_of(g);
	if (!lgr_cp(g, AT_CP, &cp))
		return;
	if (has(g, AT_TYPE) && (type = build_type(&g->b, g->attr[AT_TYPE].p, g->attr[AT_TYPE].n)) < 0)
		return lgr_stop(g, ST_LIMIT, "too many different types of variants");
	if (cp != g->b.row[g->b.nrows - 1].cp) {
		if (build_var(&g->b, cp, type, (uint16_t)context, VARIANT_BLOCKED, lgr_line(g)))
			lgr_failed(g);
		return;
	}
	if (context)
		return lgr_bad(g, "a mapping to itself with a context rule is not supported");
	if (g->b.row[g->b.nrows - 1].type != NO_TYPE)
		return lgr_bad(g, "a second mapping to itself");
	build_self(&g->b, type, self_of(g));
}
