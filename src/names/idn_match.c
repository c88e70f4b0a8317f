/* Rules of RFC 7940 §6 over sets of positions: bit i says "the match may stand before code point i". */
#include <glib.h>
#include <string.h>
#include "names/idn_int.h"

static uint64_t step(const struct label *l, int node, uint64_t in, int anchor);

static uint64_t everywhere(const struct label *l)
{
	return l->n >= 63 ? ~(uint64_t)0 : ((uint64_t)1 << (l->n + 1)) - 1;
}

/* ── classes ── */

static bool tag_has(const char *tags, const char *tag)
{
	size_t n = strlen(tag);
	for (const char *p = tags; p && *p; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");
		if (len == n && memcmp(p, tag, n) == 0)
			return true;
		p += len;
	}
	return false;
}

static bool category_is(uint32_t cp, const char *want)
{
	static const char names[][3] = { "Cc", "Cf", "Cn", "Co", "Cs", "Ll", "Lm", "Lo", "Lt", "Lu",
					 "Mc", "Me", "Mn", "Nd", "Nl", "No", "Pc", "Pd", "Pe", "Pf",
					 "Pi", "Po", "Ps", "Sc", "Sk", "Sm", "So", "Zl", "Zp", "Zs" };
	unsigned type = (unsigned)g_unichar_type(cp);
	return type < sizeof names / sizeof *names && strncmp(names[type], want, strlen(want)) == 0;
}

static bool script_is(uint32_t cp, const char *want)
{
	guint32 code = g_unicode_script_to_iso15924(g_unichar_get_script(cp));
	const char name[5] = { (char)(code >> 24), (char)(code >> 16), (char)(code >> 8), (char)code, 0 };
	return strcmp(name, want) == 0;
}

static bool set_has(const struct idntable *t, const struct node *x, uint32_t cp)
{
	for (uint32_t i = 0; i < x->n; i++)
		if (cp >= t->range[x->a + i].first && cp <= t->range[x->a + i].last)
			return true;
	return false;
}

/* Of n operands: a union takes any, an intersection all, a difference the first and not the second. */
static bool combined(const struct idntable *t, const struct node *x, uint32_t cp)
{
	int hits = 0, n = 0;
	bool first = false;
	for (int c = x->child; c != NO_NODE; c = t->node[c].next, n++) {
		bool has = class_has(t, c, cp);
		first = n == 0 ? has : first;
		hits += has;
	}
	switch (x->op) {
	case OP_UNION:
		return hits > 0;
	case OP_INTERSECTION:
		return n && hits == n;
	case OP_DIFFERENCE:
		return first && hits == 1;
	case OP_SYMMETRIC:
		return hits % 2 == 1;
	default:
		return hits == 0; /* complement */
	}
}

bool class_has(const struct idntable *t, int node, uint32_t cp)
{
	const struct node *x = &t->node[node];
	switch (x->op) {
	case OP_SET:
		return set_has(t, x, cp);
	case OP_CATEGORY:
		return category_is(cp, x->property);
	case OP_SCRIPT:
		return script_is(cp, x->property);
	case OP_CLASS_REF:
		return class_has(t, (int)x->a, cp);
	case OP_TAG: {
		int i = idn_find(t, cp);
		return i >= 0 && tag_has(t->tagset[t->row[i].tags], x->tag);
	}
	default:
		return combined(t, x, cp);
	}
}

/* ── rules ── */

static uint64_t sequence(const struct label *l, int child, uint64_t in, int anchor)
{
	for (; child != NO_NODE && in; child = l->t->node[child].next)
		in = step(l, child, in, anchor);
	return in;
}

static uint64_t choice(const struct label *l, int child, uint64_t in, int anchor)
{
	uint64_t out = 0;
	for (; child != NO_NODE; child = l->t->node[child].next)
		out |= step(l, child, in, anchor);
	return out;
}

static uint64_t one_cp(const struct label *l, int node, uint64_t in)
{
	const struct node *x = &l->t->node[node];
	uint64_t out = 0;
	for (int i = 0; i < l->n; i++) {
		if (!(in >> i & 1))
			continue;
		bool hit = x->op == OP_ANY || (x->op == OP_CHAR ? x->a == l->cp[i] : class_has(l->t, node, l->cp[i]));
		if (hit)
			out |= (uint64_t)1 << (i + 1);
	}
	return out;
}

static uint64_t ahead(const struct label *l, int child, uint64_t in, int anchor)
{
	uint64_t out = 0;
	for (int i = 0; i <= l->n; i++) {
		uint64_t here = (uint64_t)1 << i;
		if (in & here && sequence(l, child, here, anchor))
			out |= here;
	}
	return out;
}

static uint64_t once(const struct label *l, int node, uint64_t in, int anchor)
{
	const struct node *x = &l->t->node[node];
	switch (x->op) {
	case OP_SEQUENCE:
		return sequence(l, x->child, in, anchor);
	case OP_CHOICE:
		return choice(l, x->child, in, anchor);
	case OP_START:
		return in & 1;
	case OP_END:
		return in & (uint64_t)1 << l->n;
	case OP_ANCHOR:
		return anchor >= 0 && in >> anchor & 1 ? (uint64_t)1 << (anchor + 1) : 0;
	case OP_LOOK_BEHIND:
		return in & sequence(l, x->child, everywhere(l), anchor);
	case OP_LOOK_AHEAD:
		return ahead(l, x->child, in, anchor);
	case OP_REF:
		return step(l, (int)x->a, in, anchor);
	default:
		return one_cp(l, node, in);
	}
}

static uint64_t step(const struct label *l, int node, uint64_t in, int anchor)
{
	const struct node *x = &l->t->node[node];
	if (x->min == 1 && x->max == 1)
		return once(l, node, in, anchor);
	uint64_t out = 0;
	for (int k = 0; in; k++) {
		bool more = k >= x->min && (in & ~out) == 0;
		if (k >= x->min)
			out |= in;
		if (k == x->max || more || k > 2 * LABEL_CPS_MAX)
			break;
		in = once(l, node, in, anchor);
	}
	return out;
}

bool rule_match_at(const struct label *l, int node, int anchor)
{
	return step(l, node, everywhere(l), anchor) != 0;
}
bool rule_match(const struct label *l, int node)
{
	return rule_match_at(l, node, -1);
}

bool context_ok(const struct label *l, uint16_t context, int at)
{
	const struct context *c = &l->t->context[context];
	if (c->when != NO_NODE && !rule_match_at(l, c->when, at))
		return false;
	return c->not_when == NO_NODE || !rule_match_at(l, c->not_when, at);
}

/* ── actions (RFC 7940 §7) ── */

bool action_types(const struct action *a, uint64_t types, bool unmapped)
{
	switch (a->test) {
	case 'y':
		return (types & a->types) != 0;
	case 'l':
		return types && !(types & ~a->types);
	case 'o':
		return types && !(types & ~a->types) && !unmapped;
	default:
		return true;
	}
}

const struct action *action_for(const struct label *l, uint64_t types, bool unmapped)
{
	for (int i = 0; i < l->t->nactions; i++) {
		const struct action *a = &l->t->action[i];
		if (action_types(a, types, unmapped) &&
		    (a->match == NO_NODE || rule_match(l, a->match) != a->not_match))
			return a;
	}
	return NULL;
}
