/* The rows of a domain: read, held, written, removed. */
#include <string.h>
#include "base/clock.h"
#include "base/idn.h"
#include "names/registry_int.h"

#define STATE_COLUMNS                                                                                                  \
	"max_sig_life, ttl_ns, ttl_ds, ds, variants, add_until, renew_until, autorenew_until, transfer_until,"         \
	" redemption_until, pending_until, tr_state, tr_requester, tr_actor, tr_requested_at, tr_acted_at, tr_expiry," \
	" tr_years, restore_at, restore_until, locked, relock_at"
#define DOM_COLUMNS COMMON_COLUMNS ", key, name, zone, place, lang, life, expires_at, authinfo, " STATE_COLUMNS

static void transfer_take(struct rows *r, int at, struct transfer *t)
{
	*t = (struct transfer){ .state = (enum transfer_state)rows_int(r, at),
				.requester = rows_dup(r, at + 1),
				.actor = rows_dup(r, at + 2),
				.requested_at = rows_int(r, at + 3),
				.acted_at = rows_int(r, at + 4),
				.new_expiry = rows_int(r, at + 5),
				.years = (int)rows_int(r, at + 6) };
}

static void dom_take(struct req *rq, struct rows *r, struct dom *out)
{
	struct domain *d = &out->d;
	*out = (struct dom){ .life = (enum life)rows_int(r, 13) };
	common_take(rq, r, 0, 'D', &d->c);
	out->kept = d->c.status;
	d->key = rows_dup(r, 8);
	d->name = rows_dup(r, 9);
	d->uname = name_unicode(rq->mem, d->name);
	d->zone = rows_dup(r, 10);
	out->place = rows_dup(r, 11);
	out->lang = rows_dup(r, 12);
	d->expires_at = rows_int(r, 14);
	d->authinfo = rows_dup(r, 15);
	d->max_sig_life = rows_int(r, 16);
	d->ttl_ns = rows_int(r, 17);
	d->ttl_ds = rows_int(r, 18);
	out->ds_rows = rows_int(r, 19);
	out->variant_rows = rows_int(r, 20);
	for (int g = 0; g < GRACES; g++)
		d->grace_until[g] = rows_int(r, 21 + g);
	transfer_take(r, 27, &d->transfer);
	d->restore_at = rows_int(r, 34);
	d->restore_until = rows_int(r, 35);
	d->lock = (enum lock)rows_int(r, 36);
	d->relock_at = rows_int(r, 37);
}

static enum st dom_one(struct req *rq, const char *sql, struct val key, struct dom *out)
{
	struct rows r;
	if (sql_query_vals(rq, &r, sql, &key, 1))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found)
		dom_take(rq, &r, out);
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, N_("no such name is registered"));
}

#define DOM_BY(column) "SELECT " DOM_COLUMNS " FROM registry_domain WHERE " column " = $1"

enum st dom_by_key(struct req *rq, const char *key, struct dom *out)
{
	return dom_one(rq, DOM_BY("key"), V(key), out);
}

enum st dom_by_id(struct req *rq, int64_t id, struct dom *out)
{
	return dom_one(rq, DOM_BY("id"), V(id), out);
}

enum st dom_lock_key(struct req *rq, const char *key, struct dom *out)
{
	return dom_one(rq, SQL_HELD(rq, DOM_BY("key")), V(key), out);
}

enum st dom_lock_id(struct req *rq, int64_t id, struct dom *out)
{
	return dom_one(rq, SQL_HELD(rq, DOM_BY("id")), V(id), out);
}

struct dom *dom_copy(struct arena *mem, const struct dom *d)
{
	struct dom *c = arena_dup(mem, d, sizeof *d);
	if (d->d.active)
		c->d.active = arena_dup(mem, d->d.active, sizeof *d->d.active * (size_t)d->d.nmembers);
	return c;
}

/* ── statuses that follow from something else ── */

statuses dom_statuses(const struct dom *d, int64_t now)
{
	static const enum status_bit period[] = {
		[GRACE_ADD] = STATUS_ADD_PERIOD,
		[GRACE_RENEW] = STATUS_RENEW_PERIOD,
		[GRACE_AUTORENEW] = STATUS_AUTORENEW_PERIOD,
		[GRACE_TRANSFER] = STATUS_TRANSFER_PERIOD,
	};
	statuses s = d->kept;
	for (int g = GRACE_ADD; g <= GRACE_TRANSFER; g++)
		if (d->d.grace_until[g] > now)
			s |= BIT(period[g]);
	if (!d->d.nns)
		s |= BIT(STATUS_INACTIVE);
	if (d->life == LIFE_PENDING_CREATE)
		s |= BIT(STATUS_PENDING_CREATE);
	if (d->life == LIFE_SUSPENDED)
		s |= BIT(STATUS_SERVER_HOLD);
	if (d->life == LIFE_REDEMPTION)
		s |= BIT(STATUS_PENDING_DELETE) | BIT(STATUS_REDEMPTION);
	if (d->life == LIFE_PENDING_RESTORE) /* RFC 3915 §3.1: on the domain it is still pendingDelete */
		s |= BIT(STATUS_PENDING_DELETE) | BIT(STATUS_PENDING_RESTORE);
	if (d->life == LIFE_PENDING_DELETE)
		s |= BIT(STATUS_PENDING_DELETE);
	if (d->d.lock == LOCK_ON)
		s |= BIT(STATUS_SERVER_UPDATE) | BIT(STATUS_SERVER_DELETE) | BIT(STATUS_SERVER_TRANSFER);
	if (d->d.transfer.state == TRANSFER_PENDING)
		s |= BIT(STATUS_PENDING_TRANSFER);
	return s;
}

/* ── reading what hangs on it ── */

static enum st contacts_read(struct req *rq, struct dom *d)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "SELECT dc.type, c.handle FROM registry_domain_contact dc JOIN registry_contact c ON c.id = "
		      "dc.contact"
		      " WHERE dc.domain = $1 ORDER BY dc.type, dc.contact",
		      V(d->d.c.id)))
		return rq->err.code;
	d->d.ncontacts = 0;
	while (rows_next(&r)) {
		char type = rows_text(&r, 0)[0];
		if (type == 'r')
			d->d.registrant = rows_dup(&r, 1);
		else if (d->d.ncontacts < DOMAIN_CONTACTS)
			d->d.contact[d->d.ncontacts++] = (struct domain_contact){ type, rows_dup(&r, 1) };
	}
	return rows_end(&r);
}

static enum st names_read(struct req *rq, const char *sql, int64_t id, char **out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r, sql, V(id)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = rows_dup(&r, 0);
	return rows_end(&r);
}

static enum st ds_read(struct req *rq, struct dom *d)
{
	struct rows r;
	d->d.nds = 0;
	if (!d->ds_rows)
		return ST_OK;
	if (sql_query(
		    rq, &r,
		    "SELECT tag, alg, digest_type, digest FROM registry_domain_ds WHERE domain = $1 ORDER BY tag, alg",
		    V(d->d.c.id)))
		return rq->err.code;
	while (d->d.nds < DOMAIN_DS && rows_next(&r)) {
		struct ds *ds = &d->d.ds[d->d.nds++];
		struct blob b = rows_blob(&r, 3);
		*ds = (struct ds){ .tag = (uint16_t)rows_int(&r, 0),
				   .alg = (uint8_t)rows_int(&r, 1),
				   .digest_type = (uint8_t)rows_int(&r, 2),
				   .digest_n = (int)(b.n < sizeof ds->digest ? b.n : sizeof ds->digest) };
		memcpy(ds->digest, b.p, (size_t)ds->digest_n);
	}
	return rows_end(&r);
}

enum st dom_links(struct req *rq, struct dom *d)
{
	if (contacts_read(rq, d) ||
	    names_read(
		    rq,
		    "SELECT h.name FROM registry_domain_ns n JOIN registry_host h ON h.id = n.host WHERE n.domain = $1"
		    " ORDER BY n.host",
		    d->d.c.id, d->d.ns, DOMAIN_NS, &d->d.nns) ||
	    names_read(rq, "SELECT name FROM registry_host WHERE domain = $1 ORDER BY id LIMIT 32", d->d.c.id,
		       d->d.subordinate, 32, &d->d.nsubordinate) ||
	    ds_read(rq, d) || bundle_read(rq, d))
		return rq->err.code;
	d->d.c.status = dom_statuses(d, clock_now());
	return ST_OK;
}

/* ── writing ── */

#define GRACE_VALS(g) V((g)[0]), V((g)[1]), V((g)[2]), V((g)[3]), V((g)[4]), V((g)[5])
#define TRANSFER_VALS(t)                                                                                               \
	V((t)->state), V((t)->requester), V((t)->actor), V((t)->requested_at), V((t)->acted_at), V((t)->new_expiry),   \
		V((t)->years)

enum st dom_insert(struct req *rq, struct dom *out)
{
	struct domain *d = &out->d;
	enum st st = sql_number(rq, &d->c.id,
				"INSERT INTO registry_domain(sponsor, creator, updater, created_at, updated_at, "
				"transferred_at, status, key,"
				" name, zone, place, lang, life, expires_at, authinfo, " STATE_COLUMNS
				") VALUES($1, $2, '', $3, 0, 0, $4, $5,"
				" $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, "
				"$23, 0, NULL, NULL, 0, 0, 0,"
				" 0, 0, 0, 0, 0) ON CONFLICT(key) DO NOTHING RETURNING id",
				V(d->c.sponsor), V(d->c.creator), V(d->c.created_at), V(out->kept), V(d->key),
				V(d->name), V(d->zone), V(out->place), V(out->lang), V(out->life), V(d->expires_at),
				V(d->authinfo), V(d->max_sig_life), V(d->ttl_ns), V(d->ttl_ds), V(out->ds_rows),
				V(out->variant_rows), GRACE_VALS(d->grace_until));
	if (st == ST_NOTFOUND)
		return err_set(&rq->err, ST_CONFLICT, "%.200s is registered", d->name);
	d->c.roid = registry_roid(rq->mem, 'D', d->c.id);
	return st;
}

enum st dom_save(struct req *rq, struct dom *out)
{
	const struct domain *d = &out->d;
	return sql_run(
		rq,
		"UPDATE registry_domain SET sponsor = $2, updater = $3, updated_at = $4, transferred_at = $5,"
		" status = $6, life = $7, expires_at = $8, authinfo = $9, max_sig_life = $10, ttl_ns = $11,"
		" ttl_ds = $12, ds = $13, variants = $14, add_until = $15, renew_until = $16, autorenew_until = $17,"
		" transfer_until = $18, redemption_until = $19, pending_until = $20, tr_state = $21,"
		" tr_requester = $22, tr_actor = $23, tr_requested_at = $24, tr_acted_at = $25, tr_expiry = $26,"
		" tr_years = $27, restore_at = $28, restore_until = $29, locked = $30, relock_at = $31 WHERE id = $1",
		V(d->c.id), V(d->c.sponsor), V(d->c.updater), V(d->c.updated_at), V(d->c.transferred_at), V(out->kept),
		V(out->life), V(d->expires_at), V(d->authinfo), V(d->max_sig_life), V(d->ttl_ns), V(d->ttl_ds),
		V(out->ds_rows), V(out->variant_rows), GRACE_VALS(d->grace_until), TRANSFER_VALS(&d->transfer),
		V(d->restore_at), V(d->restore_until), V(d->lock), V(d->relock_at));
}

/* Its own rows. Hosts below it are gone already (domain_delete.c). */
enum st dom_remove(struct req *rq, struct dom *d)
{
	static const char *const sql[] = {
		"DELETE FROM registry_domain_contact WHERE domain = $1",
		"DELETE FROM registry_domain_ns WHERE domain = $1",
		"DELETE FROM registry_domain_ds WHERE domain = $1",
		"DELETE FROM registry_bundle WHERE domain = $1",
		"DELETE FROM registry_grace WHERE domain = $1",
		"DELETE FROM registry_hold WHERE domain = $1",
		"DELETE FROM registry_domain WHERE id = $1",
	};
	for (size_t i = 0; i < sizeof sql / sizeof *sql; i++)
		if (sql_run(rq, sql[i], V(d->d.c.id)))
			return rq->err.code;
	return ST_OK;
}
