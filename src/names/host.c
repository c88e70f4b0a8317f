/* Hosts of the registry (RFC 5732). A subordinate host lies under a domain of ours, belongs to that domain's sponsor
 * and may have addresses (glue); an external one has none. What a host's name says, other people's delegations follow:
 * so a host that is in use is neither removed nor renamed out of its holder's hands (RFC 9874). */
#include <string.h>
#include "base/clock.h"
#include "base/idn.h"
#include "base/text.h"
#include "names/registry_int.h"

#define COLUMNS                                                                                                        \
	"id, sponsor, creator, updater, created_at, updated_at, transferred_at, status, name, domain, ttl_a, ttl_aaaa"
enum { AT_NAME = 8, AT_DOMAIN = 9, AT_TTL = 10 };
enum { LINKS_SHOWN = 10000 }; /* beyond it nobody waits for the count */
#define HOST_BY_NAME "SELECT " COLUMNS " FROM registry_host WHERE name = $1"

/* A host as its row has it: the statuses without `linked`. */
struct host {
	struct host_object o;
	int64_t domain; /* id, 0 external */
	bool locked;	/* by the lock of the domain above, whose delegation hangs on it */
};

/* ── rows ── */

static void host_take(struct req *rq, struct rows *r, struct host *h)
{
	*h = (struct host){ .domain = rows_int(r, AT_DOMAIN) };
	h->o.name = rows_dup(r, AT_NAME);
	h->o.ttl_a = rows_int(r, AT_TTL);
	h->o.ttl_aaaa = rows_int(r, AT_TTL + 1);
	common_take(rq, r, 0, 'H', &h->o.c);
}

static enum st addrs_read(struct req *rq, struct host *h)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT addr FROM registry_host_addr WHERE host = $1 ORDER BY addr", V(h->o.c.id)))
		return rq->err.code;
	while (h->o.naddrs < HOST_ADDRS && rows_next(&r))
		if (addr_parse(rows_text(&r, 0), &h->o.addr[h->o.naddrs]))
			h->o.naddrs++;
	return rows_end(&r);
}

static enum st domain_read(struct req *rq, struct host *h)
{
	struct rows r;
	if (!h->domain)
		return ST_OK;
	if (sql_query(rq, &r, "SELECT name, locked FROM registry_domain WHERE id = $1", V(h->domain)))
		return rq->err.code;
	if (rows_next(&r)) {
		h->o.domain = rows_dup(&r, 0);
		h->locked = rows_int(&r, 1) == LOCK_ON;
	}
	return rows_end(&r);
}

enum st host_get(struct req *rq, const char *name, struct host_object *out)
{
	struct rows r;
	struct host h;
	bool found;
	if (sql_query(rq, &r, HOST_BY_NAME, V(name)))
		return rq->err.code;
	if ((found = rows_next(&r)))
		host_take(rq, &r, &h);
	if (rows_end(&r))
		return rq->err.code;
	if (!found)
		return err_set(&rq->err, ST_NOTFOUND, N_("there is no host %.200s"), name);
	if (addrs_read(rq, &h) || domain_read(rq, &h) ||
	    sql_number(rq, &h.o.links,
		       "SELECT count(*) FROM (SELECT 1 FROM registry_domain_ns WHERE host = $1 LIMIT $2) AS l",
		       V(h.o.c.id), V(LINKS_SHOWN)))
		return rq->err.code;
	if (h.o.links)
		h.o.c.status |= BIT(STATUS_LINKED);
	if (h.locked)
		h.o.c.status |= BIT(STATUS_SERVER_UPDATE) | BIT(STATUS_SERVER_DELETE);
	*out = h.o;
	return ST_OK;
}

enum st host_find(struct req *rq, const char *name, struct linked *out)
{
	struct rows r;
	bool found;
	if (sql_query(rq, &r, "SELECT id, name, sponsor, status FROM registry_host WHERE name = $1", V(name)))
		return rq->err.code;
	if ((found = rows_next(&r)))
		*out = (struct linked){ rows_int(&r, 0), rows_dup(&r, 1), rows_dup(&r, 2), (statuses)rows_int(&r, 3) };
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, N_("there is no host %.200s"), name);
}

static enum st host_hold(struct req *rq, const char *name, struct host *h, struct outcome *why)
{
	struct rows r;
	bool found;
	if (sql_query(rq, &r, SQL_HELD(rq, HOST_BY_NAME), V(name)))
		return rq->err.code;
	if ((found = rows_next(&r)))
		host_take(rq, &r, h);
	if (rows_end(&r))
		return rq->err.code;
	if (!found)
		return refuse(rq, why, R_NOT_THERE, "name", name, N_("there is no host %.200s"), name);
	return addrs_read(rq, h) || domain_read(rq, h) ? rq->err.code : ST_OK;
}

char *host_json(struct arena *mem, const struct host_object *h)
{
	char text[ADDR_TEXT];
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "name", h->name);
	common_json(&w, &h->c);
	if (h->domain)
		j_str(&w, "domain", h->domain);
	j_arr(&w, "addresses");
	for (int i = 0; i < h->naddrs; i++)
		j_str(&w, NULL, addr_text(&h->addr[i], text));
	j_end(&w);
	if (h->ttl_a)
		j_int(&w, "ttl_a", h->ttl_a);
	if (h->ttl_aaaa)
		j_int(&w, "ttl_aaaa", h->ttl_aaaa);
	j_end(&w);
	return arena_strdup(mem, buf_cstr(&b));
}

/* ── names ── */

/* RFC 5732 §2.2 and RFC 952/1123: letters, digits, hyphens; *out is the lower-case A-label form. */
static enum st name_ok(struct req *rq, const char *name, char **out, struct outcome *why)
{
	struct err e = { 0 };
	*out = name ? name_ascii(rq->mem, name, false, &e) : NULL;
	if (!*out)
		return refuse(rq, why, R_PARAM_SYNTAX, "name", name, "%s", name ? e.msg : N_("a host needs a name"));
	if (strchr(*out, '_'))
		return refuse(rq, why, R_PARAM_SYNTAX, "name", name, N_("a host's name has no underscore"));
	return ST_OK;
}

/* Which domain of ours the name lies under, if any, and whether who acts may have a host there. The sponsor of such a
 * host is the domain's. */
static enum st place_host(struct req *rq, const char *name, struct host *h, struct outcome *why)
{
	struct linked above = { 0 };
	const char *me = registry_actor(rq);
	bool ours = false;
	if (domain_above(rq, name, &above, &ours))
		return rq->err.code;
	h->domain = above.id;
	h->o.domain = above.id ? above.handle : NULL;
	if (!ours)
		return ST_OK;
	if (!above.id)
		return refuse(rq, why, R_NOT_THERE, "name", name, N_("the domain above this host is not registered"));
	if (me && strcmp(me, above.sponsor) != 0)
		return refuse(rq, why, R_AUTHORIZATION, "name", name,
			      N_("another registrar sponsors the domain %.100s"), above.handle);
	if (above.status & BIT(STATUS_PENDING_DELETE))
		return refuse(rq, why, R_STATUS, "name", name, N_("the domain %.100s is about to be deleted"),
			      above.handle);
	h->o.c.sponsor = above.sponsor;
	return ST_OK;
}

/* ── addresses ── */

/* What no resolver on the Internet can reach. Documentation prefixes pass: a test system is full of them. */
bool host_addr_reachable(const struct addr *a)
{
	static const char *const closed[] = { "0.0.0.0/8",	"10.0.0.0/8",	 "100.64.0.0/10",  "127.0.0.0/8",
					      "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3",
					      "::/8",		"fc00::/7",	 "fe80::/10",	   "fec0::/10",
					      "ff00::/8" };
	for (size_t i = 0; i < sizeof closed / sizeof *closed; i++) {
		struct prefix p;
		if (!prefix_parse(closed[i], &p))
			continue;
		struct range r = prefix_range(&p);
		if (range_has(&r, a))
			return false;
	}
	return true;
}

static int addr_place(const struct host_object *h, const struct addr *a)
{
	for (int i = 0; i < h->naddrs; i++)
		if (!addr_cmp(&h->addr[i], a))
			return i;
	return -1;
}

static enum st addr_put(struct req *rq, struct host_object *h, const struct addr *a, struct outcome *why)
{
	char text[ADDR_TEXT];
	addr_text(a, text);
	if (!host_addr_reachable(a))
		return refuse(rq, why, R_PARAM_RANGE, "addr", text, N_("%s can't be reached from the Internet"), text);
	if (addr_place(h, a) >= 0)
		return refuse(rq, why, R_POLICY_VALUE, "addr", text, N_("%s is there twice"), text);
	if (h->naddrs == HOST_ADDRS)
		return refuse(rq, why, R_POLICY_VALUE, "addr", text, N_("a host has %d addresses at most"), HOST_ADDRS);
	h->addr[h->naddrs++] = *a;
	return ST_OK;
}

static enum st addr_drop(struct req *rq, struct host_object *h, const struct addr *a, struct outcome *why)
{
	char text[ADDR_TEXT];
	int i = addr_place(h, a);
	if (i < 0)
		return refuse(rq, why, R_POLICY_VALUE, "addr", addr_text(a, text), N_("this host has no such address"));
	h->addr[i] = h->addr[--h->naddrs];
	return ST_OK;
}

static enum st glue_ok(struct req *rq, const struct host *h, struct outcome *why)
{
	char text[ADDR_TEXT];
	if (h->domain || !h->o.naddrs)
		return ST_OK;
	return refuse(rq, why, R_POLICY_VALUE, "addr", addr_text(&h->o.addr[0], text),
		      N_("a host outside of our zones has no addresses here"));
}

/* RFC 9803 §2.2: of glue, so of hosts below a domain of ours. */
static enum st ttls_ok(struct req *rq, const struct host *h, struct outcome *why)
{
	const struct policy *p;
	if (!h->o.ttl_a && !h->o.ttl_aaaa)
		return ST_OK;
	if (!h->domain)
		return refuse(rq, why, R_POLICY_VALUE, "ttl:ttl", "",
			      N_("a host outside of our zones has no TTL here"));
	if (policy_of(rq, name_tld(h->o.name), 0, &p) || ttl_ok(rq, p, TTL_A, h->o.ttl_a, why))
		return rq->err.code;
	return ttl_ok(rq, p, TTL_AAAA, h->o.ttl_aaaa, why);
}

/* A locked domain's delegation is its glue too. */
static enum st lock_ok(struct req *rq, const struct host *h, struct outcome *why)
{
	return h->locked ? refuse(rq, why, R_STATUS, "status", "serverUpdateProhibited",
				  N_("the domain %.150s is locked"), h->o.domain)
			 : ST_OK;
}

/* All in one statement, whatever their number. */
static enum st addrs_write(struct req *rq, const struct host *h)
{
	struct val v[1 + HOST_ADDRS];
	char text[HOST_ADDRS][ADDR_TEXT];
	if (!h->o.naddrs)
		return ST_OK;
	v[0] = V(h->o.c.id);
	for (int i = 0; i < HOST_ADDRS; i++)
		v[1 + i] = i < h->o.naddrs ? V(addr_text(&h->o.addr[i], text[i])) : V_NULL;
	return sql_run_vals(
		rq, NULL,
		"INSERT INTO registry_host_addr(host, addr) SELECT CAST($1 AS BIGINT), column1 FROM"
		" (VALUES ($2), ($3), ($4), ($5), ($6), ($7), ($8), ($9), ($10), ($11), ($12), ($13), ($14),"
		" ($15), ($16), ($17), ($18), ($19), ($20), ($21), ($22), ($23), ($24), ($25), ($26), ($27))"
		" AS v WHERE column1 IS NOT NULL",
		v, 1 + HOST_ADDRS);
}

/* ── create ── */

static enum st sponsor_set(struct req *rq, struct host *h, struct outcome *why)
{
	const char *me = registry_actor(rq);
	struct common *c = &h->o.c;
	if (!h->domain && me)
		c->sponsor = arena_strdup(rq->mem, me);
	if (!c->sponsor || !*c->sponsor)
		return refuse(rq, why, R_PARAM_MISSING, "clID", "", "a sponsoring registrar is needed");
	c->creator = arena_strdup(rq->mem, me ? me : "");
	c->updater = arena_strdup(rq->mem, "");
	c->created_at = clock_now();
	c->updated_at = c->transferred_at = 0;
	return ST_OK;
}

static enum st host_insert(struct req *rq, struct host *h)
{
	const struct common *c = &h->o.c;
	return sql_number(
		rq, &h->o.c.id,
		"INSERT INTO registry_host(name, domain, sponsor, creator, updater, created_at, updated_at,"
		" transferred_at, status, ttl_a, ttl_aaaa) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
		" ON CONFLICT(name) DO NOTHING RETURNING id",
		V(h->o.name), h->domain ? V(h->domain) : V_NULL, V(c->sponsor), V(c->creator), V(c->updater),
		V(c->created_at), V(c->updated_at), V(c->transferred_at), V(c->status), V(h->o.ttl_a),
		V(h->o.ttl_aaaa));
}

enum st host_create(struct req *rq, struct host_object *given, struct outcome *why)
{
	struct host h = {
		.o = { .c = { .sponsor = given->c.sponsor }, .ttl_a = given->ttl_a, .ttl_aaaa = given->ttl_aaaa }
	};
	if (name_ok(rq, given->name, &h.o.name, why))
		return rq->err.code;
	for (int i = 0; i < given->naddrs; i++)
		if (addr_put(rq, &h.o, &given->addr[i], why))
			return rq->err.code;
	if (place_host(rq, h.o.name, &h, why) || glue_ok(rq, &h, why) || ttls_ok(rq, &h, why) ||
	    sponsor_set(rq, &h, why))
		return rq->err.code;
	enum st st = host_insert(rq, &h);
	if (st == ST_NOTFOUND)
		return refuse(rq, why, R_EXISTS, "name", given->name, N_("there is already a host %s"), h.o.name);
	if (st || addrs_write(rq, &h))
		return rq->err.code;
	h.o.c.roid = registry_roid(rq->mem, 'H', h.o.c.id);
	*given = h.o;
	return history_add(rq, "host", h.o.c.id, h.o.name, "host-created", host_json(rq->mem, &h.o));
}

/* ── update ── */

static enum st links_of(struct req *rq, int64_t host, int64_t *n)
{
	return sql_number(rq, n, "SELECT count(*) FROM registry_domain_ns WHERE host = $1", V(host));
}

/* RFC 5732 §2.5: the glue of a domain that is delegated to a host below itself must stay. */
static enum st glue_needed(struct req *rq, const struct host *h, struct outcome *why)
{
	int64_t n = 0;
	if (!h->domain || h->o.naddrs)
		return ST_OK;
	if (sql_number(rq, &n, "SELECT count(*) FROM registry_domain_ns WHERE host = $1 AND domain = $2", V(h->o.c.id),
		       V(h->domain)))
		return rq->err.code;
	return n ? refuse(rq, why, R_ASSOCIATION, "addr", h->o.name,
			  N_("%.100s is delegated to this host below it and needs an address"), h->o.domain)
		 : ST_OK;
}

/* The same holder above both names: what was theirs stays theirs. */
static enum st same_holder(struct req *rq, int64_t was, int64_t now, bool *same)
{
	int64_t n = 0;
	*same = was && was == now;
	if (*same || !was || !now)
		return ST_OK;
	if (sql_number(
		    rq, &n,
		    "SELECT count(*) FROM registry_domain_contact a JOIN registry_domain_contact b"
		    " ON b.contact = a.contact AND b.type = 'r' WHERE a.type = 'r' AND a.domain = $1 AND b.domain = $2",
		    V(was), V(now)))
		return rq->err.code;
	*same = n > 0;
	return ST_OK;
}

/* A rename moves the delegation of every domain that uses the host. It may only go where the holder of the old name
 * rules, never to a name outside (whoever registers that would answer for all of them: RFC 9874 §3). Asked after the
 * row was written, which holds off links that are being made. */
static enum st rename_safe(struct req *rq, int64_t was, const struct host *h, struct outcome *why)
{
	int64_t n = 0;
	bool same;
	if (links_of(rq, h->o.c.id, &n) || same_holder(rq, was, h->domain, &same))
		return rq->err.code;
	if (!n || same)
		return ST_OK;
	return refuse(rq, why, R_ASSOCIATION, "name", h->o.name,
		      "%lld domain%s delegated to this host would follow it out of its holder's hands", (long long)n,
		      n == 1 ? " is" : "s are");
}

static enum st taken(struct req *rq, const char *name, struct outcome *why)
{
	struct linked other;
	enum st st = host_find(rq, name, &other);
	if (st == ST_OK)
		return refuse(rq, why, R_EXISTS, "name", name, N_("there is already a host %s"), name);
	if (st != ST_NOTFOUND)
		return st;
	err_clear(&rq->err);
	return ST_OK;
}

/* The new name and where it lies. An external host that moves under a domain of ours becomes that domain's. */
static enum st rename_to(struct req *rq, struct host *h, const char *new_name, struct outcome *why)
{
	char *name;
	if (name_ok(rq, new_name, &name, why))
		return rq->err.code;
	if (!strcmp(name, h->o.name))
		return refuse(rq, why, R_POLICY_VALUE, "name", new_name, N_("this is its name already"));
	if (taken(rq, name, why) || place_host(rq, name, h, why))
		return rq->err.code;
	h->o.name = name;
	return ST_OK;
}

static enum st addrs_change(struct req *rq, struct host *h, struct host_change *c)
{
	for (int i = 0; i < c->nrem; i++)
		if (addr_drop(rq, &h->o, &c->rem[i], &c->why))
			return rq->err.code;
	for (int i = 0; i < c->nadd; i++)
		if (addr_put(rq, &h->o, &c->add[i], &c->why))
			return rq->err.code;
	return glue_ok(rq, h, &c->why);
}

static enum st host_save(struct req *rq, struct host *h, bool addrs, struct outcome *why)
{
	const char *me = registry_actor(rq);
	struct common *c = &h->o.c;
	c->updater = arena_strdup(rq->mem, me ? me : "");
	c->updated_at = clock_now();
	enum st st = sql_run(rq,
			     "UPDATE registry_host SET name = $2, domain = $3, sponsor = $4, updater = $5,"
			     " updated_at = $6, status = $7, ttl_a = $8, ttl_aaaa = $9 WHERE id = $1",
			     V(c->id), V(h->o.name), h->domain ? V(h->domain) : V_NULL, V(c->sponsor), V(c->updater),
			     V(c->updated_at), V(c->status), V(h->o.ttl_a), V(h->o.ttl_aaaa));
	if (st == ST_CONFLICT)
		return refuse(rq, why, R_EXISTS, "name", h->o.name, N_("a host %.200s was made just now"), h->o.name);
	if (st)
		return st;
	if (!addrs)
		return ST_OK;
	if (sql_run(rq, "DELETE FROM registry_host_addr WHERE host = $1", V(c->id)))
		return rq->err.code;
	return addrs_write(rq, h);
}

static enum st host_changed(struct req *rq, const struct host *h, const char *old_name, const char *verb)
{
	if (old_name && history_handle_gone(rq, "host", h->o.c.id, old_name))
		return rq->err.code;
	const struct also also = { .handle = { old_name }, .n = old_name != NULL };
	if (history_add_with(rq, "host", h->o.c.id, h->o.name, verb, host_json(rq->mem, &h->o), &also))
		return rq->err.code;
	return poll_changed(rq, &h->o.c, "host", h->o.name, "update");
}

enum st host_update(struct req *rq, struct host_change *c)
{
	struct host h;
	struct outcome *why = &c->why;
	char *name;
	if (name_ok(rq, c->name, &name, why) || host_hold(rq, name, &h, why) || registry_may(rq, &h.o.c, why) ||
	    lock_ok(rq, &h, why) || status_forbids(rq, h.o.c.status & ~c->rem_status, DOING_UPDATE, why) ||
	    status_change(rq, OBJECT_HOST, h.o.c.status, c->add_status, c->rem_status, &h.o.c.status, why))
		return rq->err.code;
	const char *old_name = c->new_name ? h.o.name : NULL;
	int64_t was = h.domain;
	if (c->ttl_set && c->ttl_a >= 0)
		h.o.ttl_a = c->ttl_a;
	if (c->ttl_set && c->ttl_aaaa >= 0)
		h.o.ttl_aaaa = c->ttl_aaaa;
	if ((old_name && rename_to(rq, &h, c->new_name, why)) || addrs_change(rq, &h, c) || ttls_ok(rq, &h, why) ||
	    host_save(rq, &h, c->nadd || c->nrem, why))
		return rq->err.code;
	if ((old_name && rename_safe(rq, was, &h, why)) || ((c->nrem || old_name) && glue_needed(rq, &h, why)))
		return rq->err.code;
	return host_changed(rq, &h, old_name, old_name ? "host-renamed" : "host-updated");
}

/* ── delete ── */

/* A link made at the same time by another writer is held off by the foreign key of registry_domain_ns. */
enum st host_delete(struct req *rq, const char *given, struct outcome *why)
{
	struct host h;
	char *name;
	int64_t n = 0;
	if (name_ok(rq, given, &name, why) || host_hold(rq, name, &h, why) || registry_may(rq, &h.o.c, why) ||
	    lock_ok(rq, &h, why) || status_forbids(rq, h.o.c.status, DOING_DELETE, why) || links_of(rq, h.o.c.id, &n))
		return rq->err.code;
	if (n)
		return refuse(rq, why, R_ASSOCIATION, "name", name, "%lld domain%s delegated to this host",
			      (long long)n, n == 1 ? " is" : "s are");
	if (sql_run(rq, "DELETE FROM registry_host_addr WHERE host = $1", V(h.o.c.id)))
		return rq->err.code;
	enum st st = sql_run(rq, "DELETE FROM registry_host WHERE id = $1", V(h.o.c.id));
	if (st == ST_CONFLICT)
		return refuse(rq, why, R_ASSOCIATION, "name", name, N_("a domain was delegated to this host just now"));
	if (st)
		return st;
	if (history_add(rq, "host", h.o.c.id, h.o.name, "host-deleted", NULL))
		return rq->err.code;
	return poll_changed(rq, &h.o.c, "host", h.o.name, "delete");
}
