/* codec_lgr_int.h — what the files of the LGR reader share: where the reader stands, and what an element says. */
#ifndef NAMES_CODEC_LGR_INT_H
#define NAMES_CODEC_LGR_INT_H
#include <libxml/parser.h>
#include <string.h>
#include "names/idn_int.h"

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

struct attr {
	const char *p;
	size_t n;
};
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
/* One row of the table of elements: where it may stand, with which attributes, and the operator it stands for. */
struct element {
	const char *name;
	enum el el;
	unsigned in, attrs;
	int op;
};

static inline bool has(const struct lgr *g, enum at a)
{
	return g->attr[a].p != NULL;
}
static inline bool attr_is(struct attr a, const char *s)
{
	return a.p && a.n == strlen(s) && memcmp(a.p, s, a.n) == 0;
}
static inline bool attr_holds(struct attr a, const char *s)
{
	return a.p && memmem(a.p, a.n, s, strlen(s));
}

/* ── codec_lgr.c ── */
int lgr_line(const struct lgr *g);
void lgr_stop(struct lgr *g, enum st st, const char *what); /* the first fault, with its line; ends the reading */
void lgr_bad(struct lgr *g, const char *what);
static inline void lgr_failed(struct lgr *g) /* the reason is in g->e already */
{
	xmlStopParser(g->ctx);
}

/* ── codec_lgr_data.c: code points, variants, names ── */
bool lgr_hex(const char **p, const char *end, uint32_t *cp); /* moves *p behind it */
bool lgr_cp(struct lgr *g, enum at a, uint32_t *cp);
char *lgr_taken(struct attr a);				       /* a copy to be freed */
int lgr_named(const struct lgr *g, struct attr a, bool class); /* a node that was defined before, else NO_NODE */
void lgr_char(struct lgr *g), lgr_range(struct lgr *g), lgr_var(struct lgr *g);

/* ── codec_lgr_rule.c: classes, rules, actions ── */
int lgr_class(struct lgr *g, const struct element *el); /* begins one; its node or NO_NODE */
int lgr_rule(struct lgr *g, const struct element *el);
void lgr_class_text(struct lgr *g, struct frame *f); /* what stands between its tags */
void lgr_action(struct lgr *g);

#endif
