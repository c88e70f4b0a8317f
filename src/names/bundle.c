/* A name and its variants are one object: nobody else can have any of them (one key for all, struct placed), and its
 * holder may activate those that the table lets (RFC 3743, RFC 4713; RFC 9095 shows them). Kept as rows are only these.
 *
 * A table lets variants in one direction: 台湾 may have 台灣 beside it, 台灣 has none. Whoever wants both would have to
 * know which to ask for first, so whatever the table joins in either direction is joined: the set is the same whichever
 * of its members is asked for (as long as it is no larger than DOMAIN_VARIANTS). */
#include <string.h>
#include "base/idn.h"
#include "names/registry_int.h"

enum { KEPT_MAX = DOMAIN_VARIANTS };

static void member_put(struct arena *mem, struct dom *d, const char *name, bool active)
{
	d->d.member[d->d.nmembers] = arena_strdup(mem, name);
	d->d.active[d->d.nmembers++] = active;
}

static void members_begin(struct arena *mem, struct dom *d, int variants)
{
	d->d.member = arena_array(mem, char *, variants + 1);
	d->d.active = arena_array(mem, bool, variants + 1);
	d->d.nmembers = 0;
	member_put(mem, d, d->d.name, true);
}

/* ── which labels are in it ── */

struct gathering {
	struct arena *mem;
	const struct policy *p;
	char *label[KEPT_MAX + 1]; /* U-labels; the one asked for is the first */
	int n;
	bool more;
};

static void gather(struct gathering *g, char *const *label, int n)
{
	for (int i = 0; i < n; i++) {
		int k = 0;
		while (k < g->n && strcmp(g->label[k], label[i]) != 0)
			k++;
		if (k <= KEPT_MAX && k == g->n)
			g->label[g->n++] = label[i];
		else if (k == g->n)
			g->more = true;
	}
}

/* Of a zone's tables the first that takes a label decides about it. */
static int table_of(const struct policy *p, const uint32_t *cp, int n)
{
	struct err quiet = { 0 };
	int i = 0;
	while (i < p->ntables && (!p->table[i] || idntable_label(p->table[i], cp, n, &quiet)))
		i++;
	return i;
}

static void joined_to(struct gathering *g, const char *label)
{
	uint32_t cp[LABEL_CPS_MAX], source[LABEL_CPS_MAX];
	char *found[KEPT_MAX];
	double total;
	bool more;
	int n = label_codepoints(label, cp, LABEL_CPS_MAX), own = table_of(g->p, cp, n);
	if (own < g->p->ntables) {
		gather(g, found, idntable_allocatable(g->p->table[own], g->mem, cp, n, found, KEPT_MAX, &total, &more));
		g->more = g->more || more;
	}
	for (int i = 0; i < g->p->ntables; i++) {
		int k = g->p->table[i] ? idntable_sources(g->p->table[i], g->mem, cp, n, found, KEPT_MAX, &more) : 0;
		for (int j = 0; j < k; j++)
			if (table_of(g->p, source, label_codepoints(found[j], source, LABEL_CPS_MAX)) == i)
				gather(g, &found[j], 1);
		g->more = g->more || (k && more);
	}
}

enum st bundle_make(struct req *rq, const struct placed *at, struct dom *d, bool *more)
{
	struct gathering g = { .mem = rq->mem, .p = at->policy, .label = { (char *)at->ulabel }, .n = 1 };
	for (int i = 0; at->table && i < g.n && !g.more; i++)
		joined_to(&g, g.label[i]);
	if (more)
		*more = g.more;
	members_begin(rq->mem, d, g.n - 1);
	for (int i = 1; i < g.n; i++) {
		struct err quiet = { 0 };
		char *name = name_ascii(rq->mem, arena_printf(rq->mem, "%s.%s", g.label[i], at->under), false, &quiet);
		if (name && strcmp(name, d->d.name))
			member_put(rq->mem, d, name, false);
	}
	d->variant_rows = d->d.nmembers - 1;
	return ST_OK;
}

enum st bundle_keep(struct req *rq, struct dom *d, struct outcome *why)
{
	for (int i = 1; i < d->d.nmembers; i++) {
		int64_t n = 0;
		if (sql_run_count(rq, &n,
				  "INSERT INTO registry_bundle(member, domain, active) VALUES($1, $2, 0) ON "
				  "CONFLICT(member) DO"
				  " NOTHING",
				  V(d->d.member[i]), V(d->d.c.id)))
			return rq->err.code;
		if (!n)
			return refuse(rq, why, R_EXISTS, "name", d->d.name, N_("%.150s is in another bundle"),
				      d->d.member[i]);
	}
	return ST_OK;
}

enum st bundle_read(struct req *rq, struct dom *d)
{
	struct rows r;
	int kept = d->variant_rows < KEPT_MAX ? (int)d->variant_rows : KEPT_MAX;
	members_begin(rq->mem, d, kept);
	if (!kept)
		return ST_OK;
	if (sql_query(rq, &r, "SELECT member, active FROM registry_bundle WHERE domain = $1 ORDER BY member",
		      V(d->d.c.id)))
		return rq->err.code;
	while (d->d.nmembers <= kept && rows_next(&r))
		member_put(rq->mem, d, rows_text(&r, 0), rows_int(&r, 1) != 0);
	return rows_end(&r);
}

enum st bundle_set(struct req *rq, struct dom *d, const char *member, bool active, struct outcome *why)
{
	struct err quiet = { 0 };
	char *name = name_ascii(rq->mem, member, false, &quiet);
	int i = 0;
	while (name && i < d->d.nmembers && strcmp(d->d.member[i], name))
		i++;
	if (!name || i == d->d.nmembers)
		return refuse(rq, why, R_POLICY_VALUE, "variant", member,
			      N_("%.100s is no variant that can be activated"), member);
	if (i == 0)
		return refuse(rq, why, R_POLICY_VALUE, "variant", member, N_("%.100s is the name itself"), member);
	if (d->d.active[i] == active)
		return refuse(rq, why, R_ASSOCIATION, "variant", member, "%.100s is %s already", member,
			      active ? "active" : "released");
	d->d.active[i] = active;
	return sql_run(rq, "UPDATE registry_bundle SET active = $2 WHERE member = $1", V(name), V(active));
}

static bool listed(const char *member, char *const *list, int n)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(list[i], member))
			return true;
	return false;
}

enum st domain_variants_set(struct req *rq, const char *name, char *const *active, int n, struct outcome *why)
{
	struct domain d;
	struct domain_change *c = arena_new_of(rq->mem, struct domain_change);
	enum st st = domain_get(rq, name, &d);
	if (st == ST_NOTFOUND)
		return refuse(rq, why, R_NOT_THERE, "name", name, "there is no such name");
	if (st)
		return st;
	for (int i = 0; i < n; i++) {
		if (listed(active[i], d.member, d.nmembers))
			continue;
		return refuse(rq, why, R_POLICY_VALUE, "variant", active[i],
			      N_("%.100s is no variant that can be activated"), active[i]);
	}
	*why = (struct outcome){ .code = R_DONE };
	c->name = d.name;
	for (int i = 1; i < d.nmembers; i++) {
		bool on = listed(d.member[i], active, n);
		if (on && !d.active[i])
			c->activate[c->nactivate++] = d.member[i];
		else if (!on && d.active[i])
			c->release[c->nrelease++] = d.member[i];
	}
	if (!c->nactivate && !c->nrelease)
		return registry_may(rq, &d.c, why);
	st = domain_update(rq, c);
	*why = c->why;
	return st;
}
