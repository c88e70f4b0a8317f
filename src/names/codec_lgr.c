/* RFC 7940 label generation rules, read event by event through libxml2's SAX: no tree, no network, no entities, no DTD.
 * What the schema allows where is one table; an element or attribute that is not in it is refused, as is what we don't
 * evaluate (sequences of code points, properties other than general category and script): a table is understood whole
 * or not taken. */
#include <libxml/parserInternals.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "names/codec_lgr_int.h"

#define LGR_NS "urn:ietf:params:xml:ns:lgr-1.0"
enum { FILE_MAX = 32 << 20, TEXT_MAX = 1 << 20 };
int lgr_line(const struct lgr *g)
{
	return (int)xmlSAX2GetLineNumber(g->ctx);
}

void lgr_stop(struct lgr *g, enum st st, const char *what)
{
	if (!g->e->code)
		err_set(g->e, st, "line %d, <%.30s>: %s", lgr_line(g), g->name ? g->name : "", what);
	xmlStopParser(g->ctx);
}
void lgr_bad(struct lgr *g, const char *what)
{
	lgr_stop(g, ST_INVALID, what);
}

/* ── attributes ── */

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

static bool attrs_take(struct lgr *g, const struct element *x, int n, const xmlChar **v)
{
	memset(g->attr, 0, sizeof g->attr);
	for (int i = 0; i < n; i++, v += 5) {
		int a = 0;
		while (a < AT_N && strcmp(attr_names[a], (const char *)v[0]) != 0)
			a++;
		if (v[1] || a == AT_N || !(x->attrs >> a & 1)) {
			lgr_bad(g, "an attribute that does not belong there");
			return false;
		}
		g->attr[a] = (struct attr){ (const char *)v[3], (size_t)(v[4] - v[3]) };
	}
	return true;
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
		return lgr_bad(g, "is there twice"), NO_NODE;
	if (once)
		*once = true;
	switch (x->el) {
	case EL_CHAR:
		lgr_char(g);
		break;
	case EL_RANGE:
		lgr_range(g);
		break;
	case EL_VAR:
		lgr_var(g);
		break;
	case EL_ACTION:
		lgr_action(g);
		break;
	case EL_CLASS:
	case EL_CLASS_OP:
		return lgr_class(g, x);
	case EL_RULE:
	case EL_RULE_PART:
	case EL_RULE_CHAR:
	case EL_LEAF:
		return lgr_rule(g, x);
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
		return lgr_bad(g, "an element that is not known, or not there");
	if (g->depth == IDN_DEPTH_MAX)
		return lgr_stop(g, ST_LIMIT, "too deeply nested");
	if (!attrs_take(g, x, nattrs, attrs))
		return;
	struct frame f = { .el = x->el, .node = begin(g, x), .last = NO_NODE };
	if (has(g, AT_NAME) && f.node != NO_NODE)
		f.name = lgr_taken(g->attr[AT_NAME]);
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
		return lgr_bad(g, "expected a language tag");
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
		lgr_class_text(g, f);
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
				return lgr_bad(g, "text where none belongs");
		return;
	}
	if (g->ntext + (size_t)n > TEXT_MAX)
		return lgr_stop(g, ST_LIMIT, "more than 1 MB of text");
	g->text = realloc(g->text, g->ntext + (size_t)n);
	if (!g->text)
		abort();
	memcpy(g->text + g->ntext, s, (size_t)n);
	g->ntext += (size_t)n;
}

static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *id, const xmlChar *system)
{
	((struct lgr *)ctx)->name = "!DOCTYPE";
	lgr_bad(ctx, "a table has no document type");
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
	*node = lgr_named(g, (struct attr){ name, strlen(name) }, false);
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
