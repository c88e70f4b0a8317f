/* The other labels of a bundle that may be activated. All combinations can be millions; those that an action calls
 * allocatable are few, because such an action names the types it takes: only options of these types are combined, form
 * by form. */
#include <string.h>
#include "names/idn_int.h"

enum { TRIES_MAX = 4096, SOURCE_TRIES_MAX = 1024 /* each is judged as a label */, OPTIONS_MAX = 40, FORMS_MAX = 16 };

struct option {
	uint32_t cp;
	uint8_t type;
	bool same;
	uint16_t context; /* of the mapping that makes the label from a source; 0: none */
};
struct place {
	struct option o[OPTIONS_MAX];
	int n;
};

struct maker {
	const struct idntable *t;
	struct arena *mem;
	const uint32_t *cp;
	int n, row[LABEL_CPS_MAX];
	char **out;
	int nout, max, tries;
	bool more;
};

static bool type_fits(const struct action *a, uint8_t type)
{
	return type != NO_TYPE && (!a->test || a->test == 'y' || a->types >> type & 1);
}

static void option_add(struct place *p, uint32_t cp, uint8_t type, bool same)
{
	if (p->n < OPTIONS_MAX)
		p->o[p->n++] = (struct option){ cp, type, same, 0 };
}

/* What may stand at a position in a label of this action. A position without mappings stands as it is, but for
 * only-variants. */
static void options_of(const struct maker *m, const struct action *a, int at, struct place *p)
{
	const struct idn_row *r = &m->t->row[m->row[at]];
	struct label l = { m->t, m->cp, m->n };
	p->n = 0;
	if (r->type == NO_TYPE ? a->test != 'o' : type_fits(a, r->type))
		option_add(p, m->cp[at], r->type, true);
	for (uint32_t i = r->var; i < r->var + r->nvar; i++)
		if (type_fits(a, m->t->var_type[i]) && idntable_has(m->t, m->t->var[i].cp) &&
		    (!m->t->var_context || !m->t->var_context[i] || context_ok(&l, m->t->var_context[i], at)))
			option_add(p, m->t->var[i].cp, m->t->var_type[i], false);
}

static bool there(const struct maker *m, const char *s)
{
	for (int i = 0; i < m->nout; i++)
		if (strcmp(m->out[i], s) == 0)
			return true;
	return false;
}

/* A combination of what may stand at each position. */
struct combined {
	uint32_t cp[LABEL_CPS_MAX];
	char text[256];
	uint64_t types;
	bool unmapped, same; /* same: it is the label that all begins with */
};

static void combine(const struct maker *m, const struct place *p, const int *pick, struct combined *out)
{
	size_t k = 0;
	out->types = 0;
	out->unmapped = false;
	out->same = true;
	for (int i = 0; i < m->n; i++) {
		const struct option *o = &p[i].o[pick[i]];
		out->cp[i] = o->cp;
		out->same = out->same && o->same;
		out->unmapped = out->unmapped || o->type == NO_TYPE;
		out->types |= o->type == NO_TYPE ? 0 : (uint64_t)1 << o->type;
		k += cp_utf8(o->cp, out->text + k);
	}
	out->text[k] = 0;
}

/* Do all actions together call the step between the two allocatable? `to`: the label it makes. */
static bool allocatable(const struct maker *m, const struct combined *c, const uint32_t *to)
{
	const struct action *a = c->same ? NULL : action_for(&(struct label){ m->t, to, m->n }, c->types, c->unmapped);
	return a && a->disp == DISP_ALLOCATABLE && !there(m, c->text);
}

static bool put(struct maker *m, const struct combined *c)
{
	if (m->nout == m->max)
		m->more = true;
	else
		m->out[m->nout++] = arena_strdup(m->mem, c->text);
	return !m->more;
}

/* One combination: kept when all actions together call it allocatable. */
static bool keep(struct maker *m, const struct place *p, const int *pick)
{
	struct combined c;
	combine(m, p, pick, &c);
	if (!allocatable(m, &c, c.cp))
		return false;
	for (int i = 0; i < m->n; i++) {
		uint16_t context = m->t->row[idn_find(m->t, c.cp[i])].context;
		if (context && !context_ok(&(struct label){ m->t, c.cp, m->n }, context, i))
			return false;
	}
	return put(m, &c);
}

static bool turn(const struct maker *m, const struct place *p, int *pick)
{
	for (int i = m->n - 1; i >= 0; i--) {
		if (++pick[i] < p[i].n)
			return true;
		pick[i] = 0;
	}
	return false;
}

static void make(struct maker *m, const struct action *a, bool first_only)
{
	struct place p[LABEL_CPS_MAX];
	int pick[LABEL_CPS_MAX] = { 0 };
	for (int i = 0; i < m->n; i++) {
		options_of(m, a, i, &p[i]);
		if (!p[i].n)
			return;
	}
	for (bool left = true; left && !m->more; left = turn(m, p, pick)) {
		if (m->tries++ == TRIES_MAX) {
			m->more = true; /* perhaps: nobody has looked */
			return;
		}
		if (keep(m, p, pick) && first_only)
			return;
	}
}

/* ── the other way: of which labels is this one allocatable? ── */

static bool allocates(const struct idntable *t, uint8_t type)
{
	for (int i = 0; i < t->nactions; i++)
		if (t->action[i].disp == DISP_ALLOCATABLE && type_fits(&t->action[i], type))
			return true;
	return false;
}

/* What maps to `to`, allocatable by some action. */
static void source_add(const struct idntable *t, uint32_t from, uint32_t to, struct place *p)
{
	const struct idn_row *r = &t->row[idn_find(t, from)];
	for (uint32_t i = r->var; i < r->var + r->nvar; i++)
		if (t->var[i].cp == to && allocates(t, t->var_type[i]) && p->n < OPTIONS_MAX)
			p->o[p->n++] =
				(struct option){ from, t->var_type[i], false, t->var_context ? t->var_context[i] : 0 };
}

/* What a label that allocates this one may have at a position, when it is of one form. */
static void sources_of(const struct maker *m, enum self_kind other, int at, struct place *p)
{
	const struct idntable *t = m->t;
	const struct idn_row *r = &t->row[m->row[at]];
	p->n = 0;
	if (r->self != other)
		option_add(p, m->cp[at], r->type, true);
	for (uint32_t i = r->var; i < r->var + r->nvar; i++) {
		uint32_t cp = t->var[i].cp;
		if (idntable_has(t, cp) && t->row[idn_find(t, cp)].self != other)
			source_add(t, cp, m->cp[at], p);
	}
}

/* One label that could be registered, and would allocate this one? */
static void keep_source(struct maker *m, const struct place *p, const int *pick)
{
	struct combined c;
	struct err quiet = { 0 };
	combine(m, p, pick, &c);
	if (!allocatable(m, &c, m->cp) || idntable_label(m->t, c.cp, m->n, &quiet))
		return;
	for (int i = 0; i < m->n; i++)
		if (p[i].o[pick[i]].context &&
		    !context_ok(&(struct label){ m->t, c.cp, m->n }, p[i].o[pick[i]].context, i))
			return;
	put(m, &c);
}

static void make_sources(struct maker *m, enum self_kind other)
{
	struct place p[LABEL_CPS_MAX];
	int pick[LABEL_CPS_MAX] = { 0 };
	for (int i = 0; i < m->n; i++) {
		sources_of(m, other, i, &p[i]);
		if (!p[i].n)
			return;
	}
	m->tries = 0;
	for (bool left = true; left && !m->more; left = turn(m, p, pick)) {
		if (m->tries++ == SOURCE_TRIES_MAX) {
			m->more = true;
			return;
		}
		keep_source(m, p, pick);
	}
}

int idntable_sources(const struct idntable *t, struct arena *mem, const uint32_t *cp, int n, char **out, int max,
		     bool *more)
{
	struct maker m = { .t = t, .mem = mem, .cp = cp, .n = n, .out = out, .max = max };
	*more = false;
	if (n < 1 || n > LABEL_CPS_MAX)
		return 0;
	for (int i = 0; i < n; i++)
		if ((m.row[i] = idn_find(t, cp[i])) < 0)
			return 0;
	make_sources(&m, SELF_SIMPLIFIED);
	make_sources(&m, SELF_TRADITIONAL);
	*more = m.more;
	return m.nout;
}

/* ── the way the table has it ── */

/* Of the two forms the traditional comes first, then the simplified, then what other actions allow. */
static int form_of(const struct idntable *t, const struct action *a)
{
	if (!a->test || a->test == 'y')
		return 2;
	for (int i = 0; i < t->ntypes; i++)
		if (a->types >> i & 1 && (strncmp(t->type[i], "trad", 4) == 0 || strncmp(t->type[i], "r-trad", 6) == 0))
			return 0;
	return 1;
}

int idntable_allocatable(const struct idntable *t, struct arena *mem, const uint32_t *cp, int n, char **out, int max,
			 double *total, bool *more)
{
	struct maker m = { .t = t, .mem = mem, .cp = cp, .n = n, .out = out, .max = max };
	double all = 1;
	*total = 0;
	*more = false;
	if (n < 1 || n > LABEL_CPS_MAX)
		return 0;
	for (int i = 0; i < n; i++) {
		m.row[i] = idn_find(t, cp[i]);
		if (m.row[i] < 0)
			return 0;
		all *= 1.0 + t->row[m.row[i]].nvar;
	}
	*total = all - 1;
	if (all < 2)
		return 0;
	for (int rest = 0; rest < 2; rest++)
		for (int form = 0; form < 3; form++)
			for (int i = 0; i < t->nactions && !m.more; i++)
				if (t->action[i].disp == DISP_ALLOCATABLE && form_of(t, &t->action[i]) == form) {
					m.tries = 0;
					make(&m, &t->action[i], !rest);
				}
	*more = m.more;
	return m.nout;
}
