/* A name and its variants are one object: nobody else can have any of them (one key for all, struct placed), and its
 * holder may activate those that the table lets (RFC 3743, RFC 4713; RFC 9095 shows them). Kept as rows are only these.
 */
#include <string.h>
#include "base/idn.h"
#include "names/registry_int.h"

enum { KEPT_MAX = DOMAIN_VARIANTS };

static void member_put(struct arena *mem, struct dom *d, const char *name, bool active)
{
	d->d.member[d->d.nmembers] = arena_strdup(mem, name);
	d->d.active[d->d.nmembers++] = active;
}

static void members_begin(struct arena *mem, struct dom *d)
{
	d->d.member = arena_array(mem, char *, KEPT_MAX + 1);
	d->d.active = arena_array(mem, bool, KEPT_MAX + 1);
	d->d.nmembers = 0;
	member_put(mem, d, d->d.name, true);
}

enum st bundle_make(struct req *rq, const struct placed *at, struct dom *d)
{
	uint32_t cp[LABEL_CPS_MAX];
	char *variant[KEPT_MAX];
	double total = 0;
	members_begin(rq->mem, d);
	int n = at->table ? label_codepoints(at->ulabel, cp, LABEL_CPS_MAX) : 0;
	if (n <= 0)
		return ST_OK;
	int k = idntable_allocatable(at->table, rq->mem, cp, n, variant, KEPT_MAX, &total);
	for (int i = 0; i < k && i < KEPT_MAX; i++) {
		struct err quiet = { 0 };
		char *name = name_ascii(rq->mem, arena_printf(rq->mem, "%s.%s", variant[i], at->under), false, &quiet);
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
	members_begin(rq->mem, d);
	if (!d->variant_rows)
		return ST_OK;
	if (sql_query(rq, &r, "SELECT member, active FROM registry_bundle WHERE domain = $1 ORDER BY member LIMIT 16",
		      V(d->d.c.id)))
		return rq->err.code;
	while (d->d.nmembers <= KEPT_MAX && rows_next(&r))
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
