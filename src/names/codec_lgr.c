/* RFC 7940 label generation rules, read event by event through libxml2's SAX: no tree, no network, no entities, no DTD.
 * What the schema allows where is one table; an element or attribute that is not in it is refused, as is what we don't
 * evaluate (sequences of code points, properties other than general category and script): a table is understood whole
 * or not taken. */
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "names/idn_int.h"

#define LGR_NS "urn:ietf:params:xml:ns:lgr-1.0"
enum { FILE_MAX = 32 << 20, TEXT_MAX = 1 << 20 };

enum el {
	EL_TOP,
	EL_LGR,
	EL_META,
	EL_NOTE,
	EL_LANGUAGE,
	EL_REFERENCES,
	EL_DATA,
	EL_CHAR,
	EL_RANGE,
	EL_VAR,
	EL_RULES,
	EL_CLASS,
	EL_CLASS_OP,
	EL_RULE,
	EL_RULE_PART,
	EL_RULE_CHAR,
	EL_LEAF,
	EL_ACTION,
};

struct attr {
	const char *p;
	size_t n;
};
struct lgr;
struct frame {
	enum el el;
	int node, last;
	char *name; /* given when the element ends, so that nothing inside refers to it */
};

struct lgr {
	struct build b;
	struct err *e;
	xmlParserCtxt *ctx;
	struct frame stack[IDN_DEPTH_MAX];
	int depth;
	const char *name; /* of the element at hand */
	struct attr attr[24];
	char *text; /* of language and class */
	size_t ntext;
	bool zh, simplified, traditional, seen_data, seen_rules;
	/* context rules are named before they are there: names by number, resolved at the end */
	char *wanted[512];
	int nwanted;
};

static int line_of(const struct lgr *g)
{
	return (int)xmlSAX2GetLineNumber(g->ctx);
}

static void stop(struct lgr *g, enum st st, const char *what)
{
	if (!g->e->code)
		err_set(g->e, st, "line %d, <%.30s>: %s", line_of(g), g->name ? g->name : "", what);
	xmlStopParser(g->ctx);
}
static void bad(struct lgr *g, const char *what)
{
	stop(g, ST_INVALID, what);
}

/* ── attributes ── */

enum at {
	AT_CP,
	AT_TYPE,
	AT_WHEN,
	AT_NOT_WHEN,
	AT_TAG,
	AT_REF,
	AT_COMMENT,
	AT_FIRST,
	AT_LAST,
	AT_NAME,
	AT_PROPERTY,
	AT_FROM_TAG,
	AT_BY_REF,
	AT_COUNT,
	AT_DISP,
	AT_MATCH,
	AT_NOT_MATCH,
	AT_ANY,
	AT_ALL,
	AT_ONLY,
	AT_ID,
	AT_N
};
_Static_assert(AT_N <= sizeof((struct lgr *)0)->attr / sizeof(struct attr), "every attribute has its place");
static const char *const attr_names[AT_N] = {
	"cp",	    "type",    "when",	    "not-when",	   "tag",	   "ref",	    "comment",
	"first-cp", "last-cp", "name",	    "property",	   "from-tag",	   "by-ref",	    "count",
	"disp",	    "match",   "not-match", "any-variant", "all-variants", "only-variants", "id",
};
#define A(x) (1u << AT_##x)
#define NOTES (A(REF) | A(COMMENT))

/* ── elements: where each may stand, and with which attributes ── */

#define IN(x) (1u << EL_##x)
#define IN_RULE (IN(RULE) | IN(RULE_PART))
struct element {
	const char *name;
	enum el el;
	unsigned in, attrs;
	int op;
};
static const struct element elements[] = {
	{ "lgr", EL_LGR, IN(TOP), 0, 0 },
	{ "meta", EL_META, IN(LGR), 0, 0 },
	{ "version", EL_NOTE, IN(META), A(COMMENT), 0 },
	{ "date", EL_NOTE, IN(META), 0, 0 },
	{ "language", EL_LANGUAGE, IN(META), A(COMMENT), 0 },
	{ "scope", EL_NOTE, IN(META), A(TYPE) | A(COMMENT), 0 },
	{ "unicode-version", EL_NOTE, IN(META), 0, 0 },
	{ "validity-start", EL_NOTE, IN(META), 0, 0 },
	{ "validity-end", EL_NOTE, IN(META), 0, 0 },
	{ "description", EL_NOTE, IN(META), A(TYPE), 0 },
	{ "references", EL_REFERENCES, IN(META), A(COMMENT), 0 },
	{ "reference", EL_NOTE, IN(REFERENCES), A(ID) | A(COMMENT), 0 },
	{ "data", EL_DATA, IN(LGR), 0, 0 },
	{ "char", EL_CHAR, IN(DATA), A(CP) | A(WHEN) | A(NOT_WHEN) | A(TAG) | NOTES, 0 },
	{ "range", EL_RANGE, IN(DATA), A(FIRST) | A(LAST) | A(WHEN) | A(NOT_WHEN) | A(TAG) | NOTES, 0 },
	{ "var", EL_VAR, IN(CHAR), A(CP) | A(TYPE) | A(WHEN) | A(NOT_WHEN) | NOTES, 0 },
	{ "rules", EL_RULES, IN(LGR), 0, 0 },
	{ "class", EL_CLASS, IN(RULES) | IN_RULE | IN(CLASS_OP),
	  A(NAME) | A(FROM_TAG) | A(PROPERTY) | A(BY_REF) | A(COUNT) | NOTES, OP_SET },
	{ "union", EL_CLASS_OP, IN(RULES) | IN_RULE | IN(CLASS_OP), A(NAME) | A(COUNT) | NOTES, OP_UNION },
	{ "intersection", EL_CLASS_OP, IN(RULES) | IN_RULE | IN(CLASS_OP), A(NAME) | A(COUNT) | NOTES,
	  OP_INTERSECTION },
	{ "difference", EL_CLASS_OP, IN(RULES) | IN_RULE | IN(CLASS_OP), A(NAME) | A(COUNT) | NOTES, OP_DIFFERENCE },
	{ "symmetric-difference", EL_CLASS_OP, IN(RULES) | IN_RULE | IN(CLASS_OP), A(NAME) | A(COUNT) | NOTES,
	  OP_SYMMETRIC },
	{ "complement", EL_CLASS_OP, IN(RULES) | IN_RULE | IN(CLASS_OP), A(NAME) | A(COUNT) | NOTES, OP_COMPLEMENT },
	{ "rule", EL_RULE, IN(RULES) | IN_RULE, A(NAME) | A(BY_REF) | A(COUNT) | NOTES, OP_SEQUENCE },
	{ "choice", EL_RULE_PART, IN_RULE, A(COUNT) | NOTES, OP_CHOICE },
	{ "look-behind", EL_RULE_PART, IN_RULE, NOTES, OP_LOOK_BEHIND },
	{ "look-ahead", EL_RULE_PART, IN_RULE, NOTES, OP_LOOK_AHEAD },
	{ "start", EL_LEAF, IN_RULE, NOTES, OP_START },
	{ "end", EL_LEAF, IN_RULE, NOTES, OP_END },
	{ "any", EL_LEAF, IN_RULE, A(COUNT) | NOTES, OP_ANY },
	{ "anchor", EL_LEAF, IN_RULE, NOTES, OP_ANCHOR },
	{ "char", EL_RULE_CHAR, IN_RULE, A(CP) | A(COUNT) | NOTES, OP_CHAR },
	{ "action", EL_ACTION, IN(RULES), A(DISP) | A(MATCH) | A(NOT_MATCH) | A(ANY) | A(ALL) | A(ONLY) | NOTES, 0 },
};

static bool has(const struct lgr *g, enum at a)
{
	return g->attr[a].p != NULL;
}

static bool attrs_take(struct lgr *g, const struct element *x, int n, const xmlChar **v)
{
	memset(g->attr, 0, sizeof g->attr);
	for (int i = 0; i < n; i++, v += 5) {
		int a = 0;
		while (a < AT_N && strcmp(attr_names[a], (const char *)v[0]) != 0)
			a++;
		if (v[1] || a == AT_N || !(x->attrs >> a & 1)) {
			bad(g, "an attribute that does not belong there");
			return false;
		}
		g->attr[a] = (struct attr){ (const char *)v[3], (size_t)(v[4] - v[3]) };
	}
	return true;
}

static bool hex_take(const char **p, const char *end, uint32_t *cp)
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

static bool cp_of(struct lgr *g, enum at a, uint32_t *cp)
{
	const char *p = g->attr[a].p, *end = p ? p + g->attr[a].n : NULL;
	if (p && hex_take(&p, end, cp) && p == end)
		return true;
	bad(g, p && p < end && *p == ' ' ? "sequences of code points are not supported"
					 : "expected a code point of four to six hex digits");
	return false;
}

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
	bad(g, "count is n, n:m or n+, at most 63");
	return false;
}

/* ── names ── */

static char *taken(struct attr a)
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
static int named(const struct lgr *g, struct attr a, bool class)
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
		stop(g, ST_LIMIT, "too many context rules");
		return NO_NODE;
	}
	g->wanted[g->nwanted] = taken(g->attr[a]);
	return -2 - g->nwanted++;
}

static int context_of(struct lgr *g)
{
	int when = wanted(g, AT_WHEN), not_when = wanted(g, AT_NOT_WHEN);
	if (when != NO_NODE && not_when != NO_NODE)
		bad(g, "both when and not-when");
	int c = build_context(&g->b, when, not_when);
	if (c < 0)
		stop(g, ST_LIMIT, "too many context rules");
	return c < 0 ? 0 : c;
}

/* ── data ── */

static void failed(struct lgr *g)
{
	xmlStopParser(g->ctx);
}

static int tags_of(struct lgr *g)
{
	int tags = has(g, AT_TAG) ? build_tags(&g->b, g->attr[AT_TAG].p, g->attr[AT_TAG].n) : 0;
	if (tags < 0)
		stop(g, ST_LIMIT, "too many different tags");
	return tags < 0 ? 0 : tags;
}

static void on_char(struct lgr *g)
{
	uint32_t cp;
	if (cp_of(g, AT_CP, &cp) && build_row(&g->b, cp, (uint8_t)tags_of(g), (uint16_t)context_of(g), line_of(g)))
		failed(g);
}

static void on_range(struct lgr *g)
{
	uint32_t first, last;
	if (!cp_of(g, AT_FIRST, &first) || !cp_of(g, AT_LAST, &last))
		return;
	if (last < first || last - first > IDN_ROWS_MAX)
		return bad(g, "the range ends before it begins, or is too long");
	uint8_t tags = (uint8_t)tags_of(g);
	uint16_t context = (uint16_t)context_of(g);
	for (uint32_t cp = first; cp <= last; cp++)
		if (build_row(&g->b, cp, tags, context, line_of(g)))
			return failed(g);
}

static bool attr_is(struct attr a, const char *s)
{
	return a.p && a.n == strlen(s) && memcmp(a.p, s, a.n) == 0;
}
static bool attr_holds(struct attr a, const char *s)
{
	return a.p && memmem(a.p, a.n, s, strlen(s));
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

static void on_var(struct lgr *g)
{
	uint32_t cp;
	int type = NO_TYPE, context = context_of(g);
	if (!cp_of(g, AT_CP, &cp))
		return;
	if (has(g, AT_TYPE) && (type = build_type(&g->b, g->attr[AT_TYPE].p, g->attr[AT_TYPE].n)) < 0)
		return stop(g, ST_LIMIT, "too many different types of variants");
	if (cp != g->b.row[g->b.nrows - 1].cp) {
		if (build_var(&g->b, cp, type, (uint16_t)context, VARIANT_BLOCKED, line_of(g)))
			failed(g);
		return;
	}
	if (context)
		return bad(g, "a mapping to itself with a context rule is not supported");
	if (g->b.row[g->b.nrows - 1].type != NO_TYPE)
		return bad(g, "a second mapping to itself");
	build_self(&g->b, type, self_of(g));
}

/* ── rules ── */

static struct node *node_add(struct lgr *g, enum node_op op, int *at)
{
	*at = build_node(&g->b, op);
	if (*at == NO_NODE) {
		stop(g, ST_LIMIT, "too many rules");
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
		bad(g, "of properties only gc:… and sc:… are supported");
		return false;
	}
	x->op = gc ? OP_CATEGORY : OP_SCRIPT;
	memcpy(x->property, a.p + 3, a.n - 3);
	x->property[a.n - 3] = 0;
	return true;
}

static bool reference_of(struct lgr *g, struct node *x, bool class)
{
	int to = named(g, g->attr[AT_BY_REF], class);
	if (to == NO_NODE) {
		bad(g, "by-ref names nothing that was defined before");
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
		bad(g, top ? "a name is needed" : "only what stands directly in <rules> has a name");
		return false;
	}
	if (top && named(g, g->attr[AT_NAME], class) != NO_NODE) {
		bad(g, "that name is taken");
		return false;
	}
	return true;
}

static int class_begin(struct lgr *g, const struct element *el)
{
	int at = NO_NODE, ways = has(g, AT_FROM_TAG) + has(g, AT_PROPERTY) + has(g, AT_BY_REF);
	struct node *x = name_ok(g, true) ? node_add(g, (enum node_op)el->op, &at) : NULL;
	if (!x || !count_of(g, x))
		return NO_NODE;
	if (ways > 1)
		return bad(g, "one of from-tag, property and by-ref"), NO_NODE;
	if ((has(g, AT_PROPERTY) && !property_of(g, x)) || (has(g, AT_BY_REF) && !reference_of(g, x, true)))
		return NO_NODE;
	if (has(g, AT_FROM_TAG)) {
		x->op = OP_TAG;
		x->tag = taken(g->attr[AT_FROM_TAG]);
	}
	x->n = 0;
	return at;
}

static int rule_begin(struct lgr *g, const struct element *el)
{
	int at = NO_NODE;
	struct node *x = el->el != EL_RULE || has(g, AT_BY_REF) || name_ok(g, false)
				 ? node_add(g, (enum node_op)el->op, &at)
				 : NULL;
	if (!x || !count_of(g, x))
		return NO_NODE;
	if (has(g, AT_BY_REF) && (g->stack[g->depth - 1].el == EL_RULES || !reference_of(g, x, false)))
		return bad(g, "a reference stands in a rule"), NO_NODE;
	if (x->op == OP_CHAR && !cp_of(g, AT_CP, &x->a))
		return NO_NODE;
	return at;
}

/* "0061 0063-007A": what a class says between its tags. */
static void class_text(struct lgr *g, struct frame *f)
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
			return bad(g, "a list of code points beside another way to say them");
		if (!hex_take(&p, end, &first))
			return bad(g, "expected code points and ranges, 0061 or 0061-007A");
		last = first;
		if (p < end && *p == '-') {
			p++;
			if (!hex_take(&p, end, &last) || last < first)
				return bad(g, "expected the end of a range");
		}
		if (p < end && !strchr(" \t\r\n", *p))
			return bad(g, "expected code points and ranges, 0061 or 0061-007A");
		if (build_range(&g->b, first, last))
			return failed(g);
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
			stop(g, ST_LIMIT, "too many different types of variants");
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

static void on_action(struct lgr *g)
{
	static const struct {
		enum at at;
		char test;
	} tests[] = { { AT_ANY, 'y' }, { AT_ALL, 'l' }, { AT_ONLY, 'o' } };
	struct action *a = build_action(&g->b);
	if (!a)
		return stop(g, ST_LIMIT, "too many actions");
	if (!disp_of(g->attr[AT_DISP], &a->disp))
		return bad(g, "disp is valid, allocatable, activated, blocked or invalid");
	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
		if (!has(g, tests[i].at))
			continue;
		if (a->test)
			return bad(g, "one of any-variant, all-variants and only-variants");
		a->test = tests[i].test;
		if (!types_of(g, g->attr[tests[i].at], &a->types))
			return;
	}
	enum at match = has(g, AT_NOT_MATCH) ? AT_NOT_MATCH : AT_MATCH;
	if (has(g, AT_MATCH) && has(g, AT_NOT_MATCH))
		return bad(g, "both match and not-match");
	a->not_match = match == AT_NOT_MATCH;
	if (has(g, match) && (a->match = named(g, g->attr[match], false)) == NO_NODE)
		return bad(g, "there is no rule of that name before it");
	a->line = line_of(g);
	a->name = has(g, match) ? taken(g->attr[match]) : has(g, AT_COMMENT) ? taken(g->attr[AT_COMMENT]) : NULL;
}

/* ── events ── */

static const struct element *element_of(const struct lgr *g, const char *name)
{
	enum el up = g->depth ? g->stack[g->depth - 1].el : EL_TOP;
	for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
		if (elements[i].in >> up & 1 && strcmp(elements[i].name, name) == 0)
			return &elements[i];
	return NULL;
}

static int begin(struct lgr *g, const struct element *x)
{
	bool *once = x->el == EL_DATA ? &g->seen_data : x->el == EL_RULES ? &g->seen_rules : NULL;
	if (once && *once)
		return bad(g, "is there twice"), NO_NODE;
	if (once)
		*once = true;
	switch (x->el) {
	case EL_CHAR:
		on_char(g);
		break;
	case EL_RANGE:
		on_range(g);
		break;
	case EL_VAR:
		on_var(g);
		break;
	case EL_ACTION:
		on_action(g);
		break;
	case EL_CLASS:
	case EL_CLASS_OP:
		return class_begin(g, x);
	case EL_RULE:
	case EL_RULE_PART:
	case EL_RULE_CHAR:
	case EL_LEAF:
		return rule_begin(g, x);
	default:
		break;
	}
	return NO_NODE;
}

static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int nns,
		     const xmlChar **ns, int nattrs, int ndefaulted, const xmlChar **attrs)
{
	struct lgr *g = ctx;
	g->name = (const char *)name;
	if (g->e->code)
		return;
	const struct element *x = uri && strcmp((const char *)uri, LGR_NS) == 0 ? element_of(g, g->name) : NULL;
	if (!x)
		return bad(g, "an element that is not known, or not there");
	if (g->depth == IDN_DEPTH_MAX)
		return stop(g, ST_LIMIT, "too deeply nested");
	if (!attrs_take(g, x, nattrs, attrs))
		return;
	struct frame f = { .el = x->el, .node = begin(g, x), .last = NO_NODE };
	if (has(g, AT_NAME) && f.node != NO_NODE)
		f.name = taken(g->attr[AT_NAME]);
	g->ntext = 0;
	g->stack[g->depth++] = f;
}

static void language_end(struct lgr *g)
{
	struct idntable *t = g->b.t;
	const char *p = g->ntext ? g->text : "", *end = p + g->ntext;
	while (p < end && strchr(" \t\r\n", *p))
		p++;
	size_t n = 0;
	while (p + n < end && !strchr(" \t\r\n", p[n]))
		n++;
	if (!n || n >= sizeof t->language)
		return bad(g, "expected a language tag");
	g->zh = g->zh || (n >= 2 && memcmp(p, "zh", 2) == 0 && (n == 2 || p[2] == '-'));
	if (!t->language[0])
		memcpy(t->language, p, n);
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct lgr *g = ctx;
	if (g->e->code || !g->depth)
		return;
	g->name = (const char *)name;
	struct frame *f = &g->stack[g->depth - 1];
	if (f->el == EL_LANGUAGE)
		language_end(g);
	if (f->el == EL_CLASS && f->node != NO_NODE)
		class_text(g, f);
	if (f->name && f->node != NO_NODE)
		g->b.t->node[f->node].name = f->name;
	else
		free(f->name);
	g->depth--;
}

static void on_text(void *ctx, const xmlChar *s, int n)
{
	struct lgr *g = ctx;
	enum el el = g->depth ? g->stack[g->depth - 1].el : EL_TOP;
	if (g->e->code || el == EL_NOTE || n <= 0)
		return;
	if (el != EL_LANGUAGE && el != EL_CLASS) {
		for (int i = 0; i < n; i++)
			if (!strchr(" \t\r\n", s[i]))
				return bad(g, "text where none belongs");
		return;
	}
	if (g->ntext + (size_t)n > TEXT_MAX)
		return stop(g, ST_LIMIT, "more than 1 MB of text");
	g->text = realloc(g->text, g->ntext + (size_t)n);
	if (!g->text)
		abort();
	memcpy(g->text + g->ntext, s, (size_t)n);
	g->ntext += (size_t)n;
}

static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *id, const xmlChar *system)
{
	((struct lgr *)ctx)->name = "!DOCTYPE";
	bad(ctx, "a table has no document type");
}

#if LIBXML_VERSION >= 21200
static void on_error(void *ctx, const xmlError *x)
#else
static void on_error(void *ctx, xmlError *x)
#endif
{
	struct lgr *g = ctx;
	if (x->level < XML_ERR_ERROR || g->e->code)
		return;
	int n = (int)strcspn(x->message ? x->message : "", "\n");
	err_set(g->e, ST_INVALID, "line %d: %.*s", x->line, n < 150 ? n : 150, x->message ? x->message : "");
	xmlStopParser(g->ctx);
}

/* ── the end ── */

static enum st resolve(struct lgr *g, int *node)
{
	if (*node >= NO_NODE)
		return ST_OK;
	const char *name = g->wanted[-2 - *node];
	*node = named(g, (struct attr){ name, strlen(name) }, false);
	return *node == NO_NODE ? err_set(g->e, ST_INVALID, "there is no rule %.80s for when or not-when", name)
				: ST_OK;
}

/* RFC 7940 §7.4: after the file's own actions these apply. */
static enum st default_actions(struct lgr *g)
{
	static const struct {
		const char *type;
		enum disp disp;
	} all[] = {
		{ "invalid", DISP_INVALID },
		{ "blocked", DISP_BLOCKED },
		{ "allocatable", DISP_ALLOCATABLE },
		{ NULL, DISP_VALID },
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		int type = all[i].type ? build_type(&g->b, all[i].type, strlen(all[i].type)) : 0;
		struct action *a = type < 0 ? NULL : build_action(&g->b);
		if (!a)
			return err_set(g->e, ST_LIMIT, "too many actions or types of variants");
		a->disp = all[i].disp;
		a->test = all[i].type ? 'y' : 0;
		a->types = all[i].type ? (uint64_t)1 << type : 0;
	}
	return ST_OK;
}

/* What a type alone comes to; which form it is, its name says. */
static enum variant_kind kind_of(const struct idntable *t, uint8_t type)
{
	const struct action *a = NULL;
	for (int i = 0; i < t->nactions && !a; i++)
		if (t->action[i].match == NO_NODE && action_types(&t->action[i], (uint64_t)1 << type, false))
			a = &t->action[i];
	if (!a || a->disp != DISP_ALLOCATABLE)
		return VARIANT_BLOCKED;
	if (strncmp(t->type[type], "simp", 4) == 0)
		return VARIANT_SIMPLIFIED;
	return strncmp(t->type[type], "trad", 4) == 0 ? VARIANT_TRADITIONAL : VARIANT_BOTH;
}

static enum st finish(struct lgr *g, struct idntable **out)
{
	struct idntable *t = g->b.t;
	enum variant_kind kind[IDN_TYPES_MAX];
	if (!g->seen_data || !g->b.nrows)
		return err_set(g->e, ST_INVALID, "there is no <data> with code points in it");
	for (int i = 0; i < t->ncontexts; i++)
		if (resolve(g, &t->context[i].when) || resolve(g, &t->context[i].not_when))
			return g->e->code;
	if (default_actions(g))
		return g->e->code;
	for (int i = 0; i < t->ntypes; i++)
		kind[i] = kind_of(t, (uint8_t)i);
	for (int i = 0; i < g->b.nvars; i++)
		g->b.var[i].kind = (uint8_t)(g->b.var[i].type == NO_TYPE ? VARIANT_BLOCKED : kind[g->b.var[i].type]);
	t->by_form = g->zh && g->simplified && g->traditional;
	return build_end(&g->b, out);
}

static enum st parse(struct lgr *g, const char *xml, size_t n)
{
	g->ctx = xmlCreateMemoryParserCtxt(xml, (int)n);
	if (!g->ctx)
		return err_set(g->e, ST_INVALID, "an empty file is no table");
	xmlCtxtUseOptions(g->ctx, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
	*g->ctx->sax = (xmlSAXHandler){ .initialized = XML_SAX2_MAGIC,
					.internalSubset = on_doctype,
					.startElementNs = on_start,
					.endElementNs = on_end,
					.characters = on_text,
					.ignorableWhitespace = on_text,
					.cdataBlock = on_text,
					.serror = on_error };
	g->ctx->userData = g;
	xmlParseDocument(g->ctx);
	if (!g->e->code && !g->ctx->wellFormed)
		err_set(g->e, ST_INVALID, "this is not well-formed XML");
	xmlFreeParserCtxt(g->ctx);
	return g->e->code;
}

enum st idntable_load_lgr(const char *xml, size_t n, struct idntable **out, struct err *e)
{
	struct err quiet;
	struct lgr *g = calloc(1, sizeof *g);
	if (!g)
		abort();
	g->e = e ? e : &quiet;
	err_clear(g->e);
	if (n > FILE_MAX || !utf8_valid(xml, n)) {
		free(g);
		return err_set(e, ST_INVALID, "a table of label generation rules is UTF-8 text of at most 32 MB");
	}
	xmlInitParser();
	build_begin(&g->b, g->e);
	enum st st = parse(g, xml, n);
	if (!st)
		st = finish(g, out);
	while (g->depth > 0)
		free(g->stack[--g->depth].name);
	for (int i = 0; i < g->nwanted; i++)
		free(g->wanted[i]);
	free(g->text);
	build_free(&g->b);
	free(g);
	return st;
}
