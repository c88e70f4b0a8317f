/* domain:delete (RFC 5731 §3.2.2, RFC 3915), and what becomes of the hosts below a name that goes. */
#include <string.h>
#include "base/clock.h"
#include "names/registry_int.h"

/* Deleted in its addPeriod a name is gone at once and paid back; later it goes the way of its zone, and what lies in
 * another grace period is paid back all the same (RFC 3915 §3.1). */
enum st domain_delete(struct req *rq, const char *name, int64_t *credit, struct outcome *why)
{
	struct dom d, *before;
	const struct policy *p;
	int64_t now = clock_now();
	struct refunded back = { 0 };
	*credit = 0;
	if (dom_for_change(rq, name, &d, &p, why) || registry_may(rq, &d.d.c, why) ||
	    status_forbids(rq, d.d.c.status, DOING_DELETE, why))
		return rq->err.code;
	/* RFC 5731 §3.2.2: not while hosts below it exist. */
	if (d.d.nsubordinate)
		return refuse(rq, why, R_ASSOCIATION, "name", d.d.subordinate[0], N_("the host %.150s is below it"),
			      d.d.subordinate[0]);
	before = dom_copy(rq->mem, &d);
	enum event e = d.d.grace_until[GRACE_ADD] > now ? EV_CANCEL : EV_DELETE;
	if (!life_apply(p, &d, e, now))
		return refuse(rq, why, R_STATUS, "name", d.d.name, "the name is %s", life_name(d.life));
	if (refund(rq, &d, GRACE_ALL, GRACE_ALL, now, "deleted in its grace period", &back))
		return rq->err.code;
	d.d.expires_at =
		time_add_years(d.d.expires_at, -back.years);  /* a restore must not bring back what was paid back */
	why->code = d.life == LIFE_GONE ? R_DONE : R_PENDING; /* RFC 5731 §3.2.2: 1001 while it waits */
	*credit = back.amount;
	return dom_changed(rq, before, &d, p, "domain-deleted");
}

/* ── hosts below ── */

enum { HOSTS_MAX = 1000, USERS_PAGE = 64 };
struct below {
	int64_t id;
	char *name;
};

static enum st hosts_read(struct req *rq, int64_t domain, struct below *out, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r, "SELECT id, name FROM registry_host WHERE domain = $1 ORDER BY id LIMIT 1000", V(domain)))
		return rq->err.code;
	while (*n < HOSTS_MAX && rows_next(&r))
		out[(*n)++] = (struct below){ rows_int(&r, 0), rows_dup(&r, 1) };
	return rows_end(&r);
}

static enum st users_read(struct req *rq, int64_t host, int64_t out[USERS_PAGE], int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r, "SELECT domain FROM registry_domain_ns WHERE host = $1 ORDER BY domain LIMIT 64",
		      V(host)))
		return rq->err.code;
	while (*n < USERS_PAGE && rows_next(&r))
		out[(*n)++] = rows_int(&r, 0);
	return rows_end(&r);
}

/* The other domain loses this name server; its history says so, and its sponsor is told whoever is at work. */
static enum st user_without(struct req *rq, int64_t domain, const char *host)
{
	struct dom d, *before;
	const struct policy *p;
	struct req own = *rq;
	own.who = &actor_clock;
	enum st st = dom_lock_id(&own, domain, &d);
	if (!st && !(st = dom_links(&own, &d)) && !(st = policy_of(&own, d.d.zone, 0, &p))) {
		before = dom_copy(own.mem, &d);
		st = links_ns_rem(&own, &d, host, NULL);
		st = st ? st : dom_changed(&own, before, &d, p, "domain-updated");
	}
	rq->err = own.err;
	return st;
}

static enum st host_drop(struct req *rq, const struct below *h, int64_t self)
{
	int64_t user[USERS_PAGE];
	int n = 0;
	do {
		if (users_read(rq, h->id, user, &n))
			return rq->err.code;
		for (int i = 0; i < n; i++)
			if (user[i] == self
				    ? sql_run(rq, "DELETE FROM registry_domain_ns WHERE domain = $1 AND host = $2",
					      V(self), V(h->id))
				    : user_without(rq, user[i], h->name))
				return rq->err.code;
	} while (n == USERS_PAGE);
	if (sql_run(rq, "DELETE FROM registry_host_addr WHERE host = $1", V(h->id)) ||
	    sql_run(rq, "DELETE FROM registry_host WHERE id = $1", V(h->id)))
		return rq->err.code;
	return history_add(rq, "host", h->id, h->name, "host-deleted", NULL);
}

enum st hosts_below_drop(struct req *rq, struct dom *d)
{
	struct below *h = arena_array(rq->mem, struct below, HOSTS_MAX);
	int n;
	do {
		if (hosts_read(rq, d->d.c.id, h, &n))
			return rq->err.code;
		for (int i = 0; i < n; i++)
			if (host_drop(rq, &h[i], d->d.c.id))
				return rq->err.code;
	} while (n == HOSTS_MAX);
	return ST_OK;
}
