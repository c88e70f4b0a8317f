/* idn_int.h — what the codecs and the parts of IDN tables share.
 *
 * A table is sorted arrays: rows by code point, each with its slice of variants. The rules of RFC 7940 are a tree of
 * nodes; matching walks it with sets of positions (a bit a position, labels have at most 63 code points), so no rule
 * can take long. RFC 3743 tables become the same thing with actions of their own.
 */
#ifndef NAMES_IDN_INT_H
#define NAMES_IDN_INT_H
#include <stddef.h>
#include "names/idntable.h"

enum {
	IDN_ROWS_MAX = 150000,
	IDN_VARIANTS_MAX = 400000, /* closed; more would not be a table for people */
	IDN_TYPES_MAX = 60,
	IDN_NODES_MAX = 4000,
	IDN_ACTIONS_MAX = 200,
	IDN_TAGS_MAX = 250,
	IDN_DEPTH_MAX = 24,
	NO_TYPE = 255,
	NO_NODE = -1,
};

enum disp { DISP_VALID, DISP_ALLOCATABLE, DISP_BLOCKED, DISP_INVALID };

/* ── rules and classes (RFC 7940 §6) ── */
enum node_op {
	OP_SEQUENCE,
	OP_CHOICE,
	OP_START,
	OP_END,
	OP_ANY,
	OP_ANCHOR,
	OP_CHAR,
	OP_LOOK_BEHIND,
	OP_LOOK_AHEAD,
	OP_REF, /* a rule by its name */
	/* classes: match one code point */
	OP_SET,
	OP_TAG,
	OP_CATEGORY,
	OP_SCRIPT,
	OP_CLASS_REF,
	OP_UNION,
	OP_INTERSECTION,
	OP_DIFFERENCE,
	OP_SYMMETRIC,
	OP_COMPLEMENT,
};
struct node {
	enum node_op op;
	int child, next;
	int min, max;	  /* how often; max −1: no end */
	uint32_t a;	  /* OP_CHAR: code point; OP_SET: first range; OP_REF, OP_CLASS_REF: node */
	uint32_t n;	  /* OP_SET: ranges */
	char property[5]; /* OP_CATEGORY "Mn", OP_SCRIPT "Hani" */
	char *name;	  /* of rules and classes that have one */
	char *tag;	  /* OP_TAG */
};
struct cp_range {
	uint32_t first, last;
};

struct action {
	enum disp disp;
	int match; /* node or NO_NODE */
	bool not_match;
	char test; /* 0, 'y' any-variant, 'l' all-variants, 'o' only-variants */
	uint64_t types;
	int line;
	char *name; /* what a refusal calls it: its rule or its comment */
};

struct context {
	int when, not_when;
}; /* nodes; NO_NODE */

/* ── rows ── */
enum self_kind { SELF_PLAIN, SELF_TRADITIONAL, SELF_SIMPLIFIED, SELF_BOTH, SELF_OTHER };
struct idn_row {
	uint32_t key; /* the smallest code point of its set */
	uint32_t var; /* first of its variants */
	uint16_t nvar;
	uint16_t context; /* index, 0: none */
	uint8_t type;	  /* of the mapping to itself, NO_TYPE: there is none */
	uint8_t self;	  /* enum self_kind: which script form a label with it is in */
	uint8_t tags;
	bool in; /* in the repertoire, not only the target of a variant */
};

struct idntable {
	char language[64];
	uint32_t *cp; /* of each row, ascending */
	struct idn_row *row;
	int n, size;
	struct idn_variant *var;
	uint8_t *var_type;
	uint16_t *var_context; /* NULL: none has one */
	int nvar;
	struct node *node;
	int nnodes;
	struct cp_range *range;
	int nranges;
	struct action *action;
	int nactions;
	struct context *context;
	int ncontexts;
	char *type[IDN_TYPES_MAX];
	int ntypes;
	char **tagset; /* as written, blanks between; 0 is none */
	int ntagsets;
	bool by_form; /* traditional and simplified don't mix */
};

int idn_find(const struct idntable *t, uint32_t cp); /* row, or −1 */

/* ── matching ── */
struct label {
	const struct idntable *t;
	const uint32_t *cp;
	int n;
};
bool rule_match(const struct label *l, int node);		 /* anywhere in the label */
bool rule_match_at(const struct label *l, int node, int anchor); /* as the context of one position */
bool context_ok(const struct label *l, uint16_t context, int at);
bool class_has(const struct idntable *t, int node, uint32_t cp);
/* The first action that applies. types: of the mappings that made the label; unmapped: some position has none. */
const struct action *action_for(const struct label *l, uint64_t types, bool unmapped);
bool action_types(const struct action *a, uint64_t types, bool unmapped); /* its variant test alone */

/* ── building ── */
struct build_row {
	uint32_t cp;
	uint16_t context;
	uint8_t type, self, tags;
	bool row;
	int line;
};
struct build_var {
	uint32_t from, to;
	uint16_t context;
	uint8_t type, kind;
};
struct build {
	struct idntable *t;
	struct err *e;
	struct build_row *row;
	int nrows, rows_size;
	struct build_var *var;
	int nvars, vars_size;
};
enum st build_begin(struct build *b, struct err *e);
void build_free(struct build *b); /* what build_end has not taken */
enum st build_row(struct build *b, uint32_t cp, uint8_t tags, uint16_t context, int line);
/* A mapping of the last row; to itself: its type, and how the table classes it (enum self_kind). */
enum st build_var(struct build *b, uint32_t to, int type, uint16_t context, enum variant_kind kind, int line);
void build_self(struct build *b, int type, enum self_kind self);
int build_type(struct build *b, const char *name, size_t n); /* −1: too many */
int build_tags(struct build *b, const char *tags, size_t n);
int build_node(struct build *b, enum node_op op);
enum st build_range(struct build *b, uint32_t first, uint32_t last);
struct action *build_action(struct build *b);
int build_context(struct build *b, int when, int not_when); /* −1: too many */
/* Sorts, closes the sets, decides what is in the repertoire; *out is the table. */
enum st build_end(struct build *b, struct idntable **out);

bool cp_scalar(uint32_t cp);
/* "U+4E00 一" */
char *cp_text(char out[24], uint32_t cp);
size_t cp_utf8(uint32_t cp, char *out);				 /* 1–4 bytes, no closing 0 */
void *idn_grow(void *p, int n, int *size, size_t each, int max); /* room for one more, or NULL */
#endif
