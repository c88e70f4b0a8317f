/* Tables in the making: rows and mappings in any order become sorted arrays, with variant sets closed. */
#include <stdlib.h>
#include <string.h>
#include "names/idn_int.h"

void *idn_grow(void *p, int n, int *size, size_t each, int max)
{
	if (n < *size)
		return p;
	if (n >= max)
		return NULL;
	int to = *size ? *size * 2 : 64;
	*size = to < max ? to : max;
	p = realloc(p, each * (size_t)*size);
	if (!p)
		abort();
	return p;
}

static void *zeroed(size_t n, size_t each)
{
	void *p = calloc(n ? n : 1, each);
	if (!p)
		abort();
	return p;
}

static char *copied(const char *s, size_t n)
{
	char *p = strndup(s, n);
	if (!p)
		abort();
	return p;
}

enum st build_begin(struct build *b, struct err *e)
{
	*b = (struct build){ .t = zeroed(1, sizeof *b->t), .e = e };
	b->t->node = zeroed(IDN_NODES_MAX, sizeof *b->t->node);
	b->t->action = zeroed(IDN_ACTIONS_MAX, sizeof *b->t->action);
	b->t->tagset = zeroed(IDN_TAGS_MAX, sizeof *b->t->tagset);
	b->t->tagset[b->t->ntagsets++] = copied("", 0);
	build_context(b, NO_NODE, NO_NODE);
	return ST_OK;
}

void build_free(struct build *b)
{
	free(b->row);
	free(b->var);
	idntable_free(b->t);
	*b = (struct build){ 0 };
}

/* ── parts ── */

enum st build_row(struct build *b, uint32_t cp, uint8_t tags, uint16_t context, int line)
{
	if (!cp_scalar(cp))
		return err_set(b->e, ST_INVALID, "line %d: U+%X is no character", line, cp);
	void *p = idn_grow(b->row, b->nrows, &b->rows_size, sizeof *b->row, IDN_ROWS_MAX);
	if (!p)
		return err_set(b->e, ST_LIMIT, "line %d: more than %d code points", line, IDN_ROWS_MAX);
	b->row = p;
	b->row[b->nrows++] = (struct build_row){ .cp = cp,
						 .context = context,
						 .type = NO_TYPE,
						 .self = SELF_PLAIN,
						 .tags = tags,
						 .row = true,
						 .line = line };
	return ST_OK;
}

void build_self(struct build *b, int type, enum self_kind self)
{
	b->row[b->nrows - 1].type = (uint8_t)type;
	b->row[b->nrows - 1].self = (uint8_t)self;
}

enum st build_var(struct build *b, uint32_t to, int type, uint16_t context, enum variant_kind kind, int line)
{
	if (!cp_scalar(to))
		return err_set(b->e, ST_INVALID, "line %d: U+%X is no character", line, to);
	void *p = idn_grow(b->var, b->nvars, &b->vars_size, sizeof *b->var, IDN_VARIANTS_MAX);
	if (!p)
		return err_set(b->e, ST_LIMIT, "line %d: more than %d variants", line, IDN_VARIANTS_MAX);
	b->var = p;
	b->var[b->nvars++] = (struct build_var){ .from = b->row[b->nrows - 1].cp,
						 .to = to,
						 .context = context,
						 .type = (uint8_t)type,
						 .kind = (uint8_t)kind };
	return ST_OK;
}

int build_type(struct build *b, const char *name, size_t n)
{
	struct idntable *t = b->t;
	for (int i = 0; i < t->ntypes; i++)
		if (strlen(t->type[i]) == n && memcmp(t->type[i], name, n) == 0)
			return i;
	if (t->ntypes == IDN_TYPES_MAX)
		return -1;
	t->type[t->ntypes] = copied(name, n);
	return t->ntypes++;
}

int build_tags(struct build *b, const char *tags, size_t n)
{
	struct idntable *t = b->t;
	for (int i = 0; i < t->ntagsets; i++)
		if (strlen(t->tagset[i]) == n && memcmp(t->tagset[i], tags, n) == 0)
			return i;
	if (t->ntagsets == IDN_TAGS_MAX)
		return -1;
	t->tagset[t->ntagsets] = copied(tags, n);
	return t->ntagsets++;
}

int build_node(struct build *b, enum node_op op)
{
	struct idntable *t = b->t;
	if (t->nnodes == IDN_NODES_MAX)
		return NO_NODE;
	t->node[t->nnodes] = (struct node){ .op = op, .child = NO_NODE, .next = NO_NODE, .min = 1, .max = 1 };
	return t->nnodes++;
}

enum st build_range(struct build *b, uint32_t first, uint32_t last)
{
	struct idntable *t = b->t;
	if (t->nranges == 64 * 1024)
		return err_set(b->e, ST_LIMIT, "more than %d ranges in classes", 64 * 1024);
	if (t->nranges % 64 == 0) {
		t->range = realloc(t->range, sizeof *t->range * ((size_t)t->nranges + 64));
		if (!t->range)
			abort();
	}
	t->range[t->nranges++] = (struct cp_range){ first, last };
	return ST_OK;
}

struct action *build_action(struct build *b)
{
	struct idntable *t = b->t;
	if (t->nactions == IDN_ACTIONS_MAX)
		return NULL;
	t->action[t->nactions] = (struct action){ .match = NO_NODE };
	return &t->action[t->nactions++];
}

int build_context(struct build *b, int when, int not_when)
{
	struct idntable *t = b->t;
	for (int i = 0; i < t->ncontexts; i++)
		if (t->context[i].when == when && t->context[i].not_when == not_when)
			return i;
	if (t->ncontexts == 1000)
		return -1;
	t->context = realloc(t->context, sizeof *t->context * ((size_t)t->ncontexts + 1));
	if (!t->context)
		abort();
	t->context[t->ncontexts] = (struct context){ when, not_when };
	return t->ncontexts++;
}

/* ── rows, sorted ── */

static int by_cp(const void *a, const void *b)
{
	const struct build_row *x = a, *y = b;
	return x->cp != y->cp ? (x->cp < y->cp ? -1 : 1) : y->row - x->row; /* real rows first */
}

static void sort_rows(struct build *b)
{
	for (int i = 1; i < b->nrows; i++)
		if (b->row[i - 1].cp >= b->row[i].cp) {
			qsort(b->row, (size_t)b->nrows, sizeof *b->row, by_cp);
			return;
		}
}

static int row_at(const struct build *b, int n, uint32_t cp)
{
	int lo = 0, hi = n;
	while (lo < hi) {
		int mid = (lo + hi) / 2;
		if (b->row[mid].cp < cp)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && b->row[lo].cp == cp ? lo : -1;
}

static enum st rows_distinct(struct build *b)
{
	for (int i = 1; i < b->nrows; i++)
		if (b->row[i].cp == b->row[i - 1].cp)
			return err_set(b->e, ST_INVALID, "line %d: U+%04X is there twice", b->row[i].line,
				       b->row[i].cp);
	return ST_OK;
}

/* Code points that are only the target of a variant get a row that is not in the repertoire. */
static enum st targets_add(struct build *b)
{
	int n = b->nrows;
	for (int i = 0; i < b->nvars; i++) {
		if (row_at(b, n, b->var[i].to) >= 0)
			continue;
		if (build_row(b, b->var[i].to, 0, 0, 0))
			return b->e->code;
		b->row[b->nrows - 1].row = false;
	}
	if (b->nrows == n)
		return ST_OK;
	sort_rows(b);
	int k = 1;
	for (int i = 1; i < b->nrows; i++)
		if (b->row[i].cp != b->row[k - 1].cp)
			b->row[k++] = b->row[i];
	b->nrows = k;
	return ST_OK;
}

/* ── sets ── */

static int root_of(int *up, int i)
{
	while (up[i] != i) {
		up[i] = up[up[i]];
		i = up[i];
	}
	return i;
}

/* Each row's root is the first of its set, which is its smallest code point. */
static int *sets_of(struct build *b)
{
	int *up = zeroed((size_t)b->nrows, sizeof *up);
	for (int i = 0; i < b->nrows; i++)
		up[i] = i;
	for (int i = 0; i < b->nvars; i++) {
		int x = root_of(up, row_at(b, b->nrows, b->var[i].from)),
		    y = root_of(up, row_at(b, b->nrows, b->var[i].to));
		up[x > y ? x : y] = x > y ? y : x;
	}
	for (int i = 0; i < b->nrows; i++)
		up[i] = root_of(up, i);
	return up;
}

/* Members of each set in one array, ascending; start[r] is where the set with root r begins, size[r] how many. */
static int *members_of(const int *root, int n, int *start, int *size)
{
	int *member = zeroed((size_t)n, sizeof *member), at = 0;
	for (int i = 0; i < n; i++)
		size[root[i]]++;
	for (int i = 0; i < n; i++) {
		start[i] = at;
		at += size[i];
		size[i] = 0;
	}
	for (int i = 0; i < n; i++)
		member[start[root[i]] + size[root[i]]++] = i;
	return member;
}

/* Every other member is a variant: blocked, unless the file says more of it. */
static enum st variants_lay(struct build *b, const int *root, const int *member, const int *start, const int *size)
{
	struct idntable *t = b->t;
	int64_t total = 0;
	for (int i = 0; i < t->n; i++)
		total += size[i] ? (int64_t)size[i] * (size[i] - 1) : 0;
	if (total > IDN_VARIANTS_MAX)
		return err_set(b->e, ST_LIMIT,
			       "closed under symmetry and transitivity there are %lld variants, more than %d",
			       (long long)total, IDN_VARIANTS_MAX);
	t->var = zeroed((size_t)total, sizeof *t->var);
	t->var_type = zeroed((size_t)total, sizeof *t->var_type);
	for (int i = 0; i < t->n; i++) {
		int r = root[i];
		t->row[i].key = t->cp[r];
		t->row[i].var = (uint32_t)t->nvar;
		t->row[i].nvar = (uint16_t)(size[r] - 1);
		for (int k = 0; k < size[r]; k++)
			if (member[start[r] + k] != i) {
				t->var_type[t->nvar] = NO_TYPE;
				t->var[t->nvar++] =
					(struct idn_variant){ t->cp[member[start[r] + k]], VARIANT_BLOCKED };
			}
	}
	return ST_OK;
}

static struct idn_variant *var_at(const struct idntable *t, const struct idn_row *r, uint32_t cp)
{
	int lo = 0, hi = r->nvar;
	while (lo < hi) {
		int mid = (lo + hi) / 2;
		if (t->var[r->var + (uint32_t)mid].cp < cp)
			lo = mid + 1;
		else
			hi = mid;
	}
	return &t->var[r->var + (uint32_t)lo];
}

static enum st variants_say(struct build *b)
{
	struct idntable *t = b->t;
	bool *said = zeroed((size_t)t->nvar, sizeof *said);
	enum st st = ST_OK;
	for (int i = 0; !st && i < b->nvars; i++) {
		const struct build_var *v = &b->var[i];
		struct idn_variant *x = var_at(t, &t->row[idn_find(t, v->from)], v->to);
		ptrdiff_t at = x - t->var;
		if (said[at]) {
			st = err_set(b->e, ST_INVALID, "U+%04X has the variant U+%04X twice", v->from, v->to);
			break;
		}
		said[at] = true;
		t->var_type[at] = v->type;
		x->kind = idntable_has(t, v->to) ? (enum variant_kind)v->kind : VARIANT_BLOCKED;
		if (v->context && !t->var_context)
			t->var_context = zeroed((size_t)t->nvar, sizeof *t->var_context);
		if (v->context)
			t->var_context[at] = v->context;
	}
	free(said);
	return st;
}

/* ── rules that end ── */

/* How many steps a node may take: rules that use rules grow fast. */
static int64_t cost_of(const struct idntable *t, int node, int64_t *known)
{
	const struct node *x = &t->node[node];
	if (known[node])
		return known[node];
	int64_t sum = 1;
	if (x->op == OP_REF || x->op == OP_CLASS_REF)
		sum += cost_of(t, (int)x->a, known);
	for (int c = x->child; c != NO_NODE; c = t->node[c].next)
		sum += cost_of(t, c, known);
	if (x->max != 1)
		sum *= LABEL_CPS_MAX;
	if (x->op == OP_LOOK_AHEAD)
		sum *= LABEL_CPS_MAX;
	known[node] = sum > 1000000 ? 1000000 : sum;
	return known[node];
}

static enum st rules_bounded(struct build *b)
{
	int64_t *known = zeroed((size_t)b->t->nnodes, sizeof *known), worst = 0;
	for (int i = 0; i < b->t->nnodes; i++) {
		int64_t c = cost_of(b->t, i, known);
		worst = c > worst ? c : worst;
	}
	free(known);
	return worst < 50000 ? ST_OK : err_set(b->e, ST_LIMIT, "the rules are too deeply nested");
}

/* ── the end ── */

/* Is a code point whose mapping to itself has this type in the repertoire? Not where that alone makes a label invalid.
 */
static bool type_in(const struct idntable *t, uint8_t type)
{
	for (int i = 0; i < t->nactions; i++) {
		const struct action *a = &t->action[i];
		if (a->match == NO_NODE && a->test && action_types(a, (uint64_t)1 << type, false))
			return a->disp != DISP_INVALID;
	}
	return true;
}

static void rows_fill(struct build *b)
{
	struct idntable *t = b->t;
	t->n = b->nrows;
	t->cp = zeroed((size_t)t->n, sizeof *t->cp);
	t->row = zeroed((size_t)t->n, sizeof *t->row);
	for (int i = 0; i < t->n; i++) {
		const struct build_row *r = &b->row[i];
		t->cp[i] = r->cp;
		t->row[i] = (struct idn_row){ .context = r->context,
					      .type = r->type,
					      .self = r->self,
					      .tags = r->tags,
					      .in = r->row && (r->type == NO_TYPE || type_in(t, r->type)) };
		t->size += t->row[i].in;
	}
}

static void fit(void **p, int n, size_t each)
{
	void *q = realloc(*p, n ? each * (size_t)n : each);
	*p = q ? q : *p;
}

enum st build_end(struct build *b, struct idntable **out)
{
	sort_rows(b);
	if (rows_distinct(b) || targets_add(b) || rules_bounded(b))
		return b->e->code;
	rows_fill(b);
	int *root = sets_of(b), *start = zeroed((size_t)b->nrows, sizeof *start),
	    *size = zeroed((size_t)b->nrows, sizeof *size);
	int *member = members_of(root, b->nrows, start, size);
	enum st st = variants_lay(b, root, member, start, size);
	if (!st)
		st = variants_say(b);
	free(root);
	free(start);
	free(size);
	free(member);
	if (st)
		return st;
	fit((void **)&b->t->node, b->t->nnodes, sizeof *b->t->node);
	fit((void **)&b->t->action, b->t->nactions, sizeof *b->t->action);
	fit((void **)&b->t->tagset, b->t->ntagsets, sizeof *b->t->tagset);
	*out = b->t;
	b->t = NULL;
	return ST_OK;
}
