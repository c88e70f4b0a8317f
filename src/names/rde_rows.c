/* Every object of a zone from the tables, a page at a time: a few statements a page, whatever hangs on its objects. */
#include <string.h>
#include "base/idn.h"
#include "base/text.h"
#include "names/rde_int.h"

enum { PAGE = 1000, PAGE_ARENA = 64 << 20 };
#define IDN_TABLES_URL "https://www.iana.org/domains/idn-tables"

struct walk {
	struct req *rq; /* rq->mem is emptied after each page */
	const char *zone;
	int64_t at;
	rde_each fn;
	void *ctx;
	struct buf b;
	const struct policy *policy;
};

static enum st give(struct walk *w, enum rde_kind k, const char *key, int64_t changed_at)
{
	if (w->b.bad)
		return err_set(&w->rq->err, ST_LIMIT, "the %s %.100s is longer than an object may be", rde_kind_name(k),
			       key);
	enum st st = w->fn(w->ctx, k, key, changed_at, buf_cstr(&w->b), w->b.n, &w->rq->err);
	buf_reset(&w->b);
	return st;
}

/* ── registrars ── */

static enum st registrars(struct walk *w)
{
	struct rows r;
	enum st st = ST_OK;
	if (sql_query0(w->rq, &r,
		       "SELECT handle, name, email, disabled_at, added_at, (SELECT max(h.at) FROM registry_history h "
		       "WHERE "
		       "h.kind = 'registrar' AND h.object = r.id) FROM registry_registrar r ORDER BY id"))
		return w->rq->err.code;
	while (!st && rows_next(&r)) {
		struct registrar g = { .handle = rows_dup(&r, 0),
				       .name = rows_dup(&r, 1),
				       .email = rows_dup(&r, 2),
				       .disabled_at = rows_int(&r, 3) };
		rde_xml_registrar(&w->b, w->rq->mem, &g, rows_int(&r, 4), rows_int(&r, 5));
		st = give(w, RDE_REGISTRAR, g.handle, 0);
	}
	enum st end = rows_end(&r);
	return st ? st : end;
}

/* ── contacts ── */

#define POSTAL(p)                                                                                                      \
	p "_name, " p "_org, " p "_street1, " p "_street2, " p "_street3, " p "_city, " p "_sp, " p "_pc, " p "_cc"

static void postal_take(struct rows *r, int at, struct postal_info *p)
{
	*p = (struct postal_info){ .there = !rows_null(r, at),
				   .name = rows_dup(r, at),
				   .org = rows_dup(r, at + 1),
				   .street = { rows_dup(r, at + 2), rows_dup(r, at + 3), rows_dup(r, at + 4) },
				   .city = rows_dup(r, at + 5),
				   .sp = rows_dup(r, at + 6),
				   .pc = rows_dup(r, at + 7),
				   .cc = rows_dup(r, at + 8) };
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t changed(const struct common *c)
{
	return later(later(c->created_at, c->updated_at), c->transferred_at);
}

static enum st contact_page(struct walk *w, int64_t *after, int *n)
{
	struct rows r;
	enum st st = ST_OK;
	*n = 0;
	if (sql_query(w->rq, &r,
		      "SELECT " COMMON_COLUMNS ", handle, " POSTAL("int") ", " POSTAL(
			      "loc") ", voice, voice_x, fax, fax_x, email, disclose, disclose_set, disclose_flag,"
				     " CASE WHEN EXISTS (SELECT 1 FROM registry_domain_contact l WHERE l.contact = "
				     "registry_contact.id) THEN 1 ELSE 0 END FROM registry_contact WHERE id > $1 "
				     "ORDER BY id LIMIT $2",
		      V(*after), V(PAGE)))
		return w->rq->err.code;
	while (!st && rows_next(&r)) {
		struct contact_object c = { .handle = rows_dup(&r, 8),
					    .voice = rows_dup(&r, 27),
					    .voice_x = rows_dup(&r, 28),
					    .fax = rows_dup(&r, 29),
					    .fax_x = rows_dup(&r, 30),
					    .email = rows_dup(&r, 31),
					    .disclose = (unsigned)rows_int(&r, 32),
					    .disclose_set = rows_int(&r, 33) != 0,
					    .disclose_flag = rows_int(&r, 34) != 0 };
		common_take(w->rq, &r, 0, 'C', &c.c);
		postal_take(&r, 9, &c.postal[POSTAL_INT]);
		postal_take(&r, 18, &c.postal[POSTAL_LOC]);
		if (rows_int(&r, 35))
			c.c.status |= BIT(STATUS_LINKED);
		*after = c.c.id;
		++*n;
		rde_xml_contact(&w->b, w->rq->mem, &c);
		st = give(w, RDE_CONTACT, c.handle, changed(&c.c));
	}
	enum st end = rows_end(&r);
	return st ? st : end;
}

/* ── hosts ── */

static enum st host_rows(struct walk *w, int64_t after, struct host_object *h, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(w->rq, &r,
		      "SELECT " COMMON_COLUMNS
		      ", name, CASE WHEN EXISTS (SELECT 1 FROM registry_domain_ns l WHERE l.host = "
		      "registry_host.id) THEN 1 ELSE 0 END FROM registry_host WHERE id > $1 ORDER BY id LIMIT $2",
		      V(after), V(PAGE)))
		return w->rq->err.code;
	while (rows_next(&r)) {
		struct host_object *o = &h[(*n)++];
		*o = (struct host_object){ .name = rows_dup(&r, 8) };
		common_take(w->rq, &r, 0, 'H', &o->c);
		if (rows_int(&r, 9))
			o->c.status |= BIT(STATUS_LINKED);
	}
	return rows_end(&r);
}

static enum st addr_rows(struct walk *w, struct host_object *h, int n)
{
	struct rows r;
	int i = 0;
	if (sql_query(w->rq, &r,
		      "SELECT host, addr FROM registry_host_addr WHERE host >= $1 AND host <= $2 ORDER BY host, addr",
		      V(h[0].c.id), V(h[n - 1].c.id)))
		return w->rq->err.code;
	while (rows_next(&r)) {
		int64_t id = rows_int(&r, 0);
		while (i < n && h[i].c.id < id)
			i++;
		if (i < n && h[i].c.id == id && h[i].naddrs < HOST_ADDRS &&
		    addr_parse(rows_text(&r, 1), &h[i].addr[h[i].naddrs]))
			h[i].naddrs++;
	}
	return rows_end(&r);
}

static enum st host_page(struct walk *w, int64_t *after, int *n)
{
	struct host_object *h = arena_array(w->rq->mem, struct host_object, PAGE);
	enum st st = host_rows(w, *after, h, n);
	if (st || !*n)
		return st;
	st = addr_rows(w, h, *n);
	for (int i = 0; !st && i < *n; i++) {
		rde_xml_host(&w->b, w->rq->mem, &h[i]);
		st = give(w, RDE_HOST, h[i].name, changed(&h[i].c));
	}
	*after = h[*n - 1].c.id;
	return st;
}

/* ── domains ── */

#define TRANSFER_COLUMNS "tr_state, tr_requester, tr_actor, tr_requested_at, tr_acted_at, tr_expiry, tr_years"

static enum st domain_rows(struct walk *w, int64_t after, struct dom *d, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(w->rq, &r,
		      "SELECT " COMMON_COLUMNS
		      ", name, lang, life, expires_at, max_sig_life, variants, add_until, renew_until, autorenew_until,"
		      " transfer_until, redemption_until, pending_until, " TRANSFER_COLUMNS ", locked"
		      " FROM registry_domain WHERE id > $1 AND zone = $2 ORDER BY id LIMIT $3",
		      V(after), V(w->zone), V(PAGE)))
		return w->rq->err.code;
	while (rows_next(&r)) {
		struct dom *x = &d[(*n)++];
		*x = (struct dom){ .lang = rows_dup(&r, 9),
				   .life = (enum life)rows_int(&r, 10),
				   .variant_rows = rows_int(&r, 13) };
		common_take(w->rq, &r, 0, 'D', &x->d.c);
		x->kept = x->d.c.status;
		x->d.name = rows_dup(&r, 8);
		x->d.uname = name_unicode(w->rq->mem, x->d.name);
		x->d.expires_at = rows_int(&r, 11);
		x->d.max_sig_life = rows_int(&r, 12);
		for (int g = 0; g < GRACES; g++)
			x->d.grace_until[g] = rows_int(&r, 14 + g);
		x->d.transfer = (struct transfer){ .state = (enum transfer_state)rows_int(&r, 20),
						   .requester = rows_dup(&r, 21),
						   .actor = rows_dup(&r, 22),
						   .requested_at = rows_int(&r, 23),
						   .acted_at = rows_int(&r, 24),
						   .new_expiry = rows_int(&r, 25) };
		x->d.lock = (enum lock)rows_int(&r, 27); /* its statuses follow from it */
	}
	return rows_end(&r);
}

/* Rows that hang on the page's domains, in order of their ids: `take` gets each with its domain. */
static enum st hanging(struct walk *w, struct dom *d, int n, const char *sql, void (*take)(struct rows *, struct dom *))
{
	struct rows r;
	int i = 0;
	if (sql_query(w->rq, &r, sql, V(d[0].d.c.id), V(d[n - 1].d.c.id)))
		return w->rq->err.code;
	while (rows_next(&r)) {
		int64_t id = rows_int(&r, 0);
		while (i < n && d[i].d.c.id < id)
			i++;
		if (i < n && d[i].d.c.id == id)
			take(&r, &d[i]);
	}
	return rows_end(&r);
}

static void contact_take(struct rows *r, struct dom *d)
{
	char type = rows_text(r, 1)[0];
	if (type == 'r')
		d->d.registrant = rows_dup(r, 2);
	else if (d->d.ncontacts < DOMAIN_CONTACTS)
		d->d.contact[d->d.ncontacts++] = (struct domain_contact){ type, rows_dup(r, 2) };
}

static void ns_take(struct rows *r, struct dom *d)
{
	if (d->d.nns < DOMAIN_NS)
		d->d.ns[d->d.nns++] = rows_dup(r, 1);
}

static void ds_take(struct rows *r, struct dom *d)
{
	if (d->d.nds == DOMAIN_DS)
		return;
	struct ds *ds = &d->d.ds[d->d.nds++];
	struct blob b = rows_blob(r, 4);
	*ds = (struct ds){ .tag = (uint16_t)rows_int(r, 1),
			   .alg = (uint8_t)rows_int(r, 2),
			   .digest_type = (uint8_t)rows_int(r, 3),
			   .digest_n = (int)(b.n < sizeof ds->digest ? b.n : sizeof ds->digest) };
	memcpy(ds->digest, b.p, (size_t)ds->digest_n);
}

static enum st domain_page(struct walk *w, int64_t *after, int *n)
{
	struct dom *d = arena_array(w->rq->mem, struct dom, PAGE);
	enum st st = domain_rows(w, *after, d, n);
	if (st || !*n)
		return st;
	if (hanging(w, d, *n,
		    "SELECT dc.domain, dc.type, c.handle FROM registry_domain_contact dc JOIN registry_contact c ON "
		    "c.id = "
		    "dc.contact WHERE dc.domain >= $1 AND dc.domain <= $2 ORDER BY dc.domain, dc.type, dc.contact",
		    contact_take) ||
	    hanging(w, d, *n,
		    "SELECT n.domain, h.name FROM registry_domain_ns n JOIN registry_host h ON h.id = n.host"
		    " WHERE n.domain >= $1 AND n.domain <= $2 ORDER BY n.domain, n.host",
		    ns_take) ||
	    hanging(w, d, *n,
		    "SELECT domain, tag, alg, digest_type, digest FROM registry_domain_ds WHERE domain >= $1 AND "
		    "domain <= "
		    "$2 ORDER BY domain, tag, alg, digest_type, digest",
		    ds_take))
		return w->rq->err.code;
	for (int i = 0; !st && i < *n; i++) {
		rde_xml_domain(&w->b, w->rq->mem, &d[i], w->at);
		st = give(w, RDE_DOMAIN, d[i].d.name, changed(&d[i].d.c));
	}
	*after = d[*n - 1].d.c.id;
	return st;
}

/* ── variants ── */

static enum st variant_page(struct walk *w, int64_t *after, int *n)
{
	struct rows r;
	enum st st = ST_OK;
	*n = 0;
	if (sql_query(
		    w->rq, &r,
		    "SELECT d.id, b.member, b.active, d.name, d.lang, d.created_at, d.updated_at, CASE WHEN EXISTS "
		    "(SELECT "
		    "1 FROM registry_domain_ns n WHERE n.domain = d.id) THEN 1 ELSE 0 END FROM registry_domain d JOIN "
		    "registry_bundle b ON b.domain = d.id WHERE d.id IN (SELECT id FROM registry_domain WHERE id > $1 "
		    "AND "
		    "zone = $2 AND variants > 0 ORDER BY id LIMIT $3) ORDER BY d.id, b.member",
		    V(*after), V(w->zone), V(PAGE)))
		return w->rq->err.code;
	int64_t last = 0;
	while (!st && rows_next(&r)) {
		struct dom of = { .lang = rows_dup(&r, 4),
				  .d = { .name = rows_dup(&r, 3), .nns = (int)rows_int(&r, 7) } };
		char *member = rows_dup(&r, 1);
		of.d.c.created_at = rows_int(&r, 5);
		*n += rows_int(&r, 0) != last;
		*after = last = rows_int(&r, 0);
		rde_xml_nndn(&w->b, w->rq->mem, member, of.lang, &of, rows_int(&r, 2) != 0);
		st = give(w, RDE_NNDN, member, later(of.d.c.created_at, rows_int(&r, 6)));
	}
	enum st end = rows_end(&r);
	return st ? st : end;
}

/* ── all of it ── */

static enum st idn_tables(struct walk *w)
{
	enum st st = ST_OK;
	for (int i = 0; !st && i < w->policy->ntables; i++)
		if (w->policy->table[i]) {
			rde_xml_idn(&w->b, w->policy->table_spec[i].lang, IDN_TABLES_URL);
			st = give(w, RDE_IDN, w->policy->table_spec[i].lang, 0);
		}
	return st;
}

static enum st fixed(struct walk *w)
{
	rde_xml_policy(&w->b);
	if (give(w, RDE_POLICY, "", 0))
		return w->rq->err.code;
	rde_xml_epp(&w->b);
	return give(w, RDE_EPP, "", 0);
}

static enum st pages(struct walk *w, enum st (*page)(struct walk *, int64_t *, int *))
{
	int64_t after = 0;
	enum st st = ST_OK;
	for (int n = PAGE; !st && n == PAGE;) {
		st = page(w, &after, &n);
		arena_reset(w->rq->mem);
	}
	return st;
}

enum st rde_objects(struct req *rq, const char *zone, int64_t at, rde_each fn, void *ctx)
{
	struct arena *mem = arena_new(PAGE_ARENA);
	struct req own = { .mem = mem, .db = rq->db, .who = rq->who };
	struct walk w = { .rq = &own, .zone = zone, .at = at, .fn = fn, .ctx = ctx, .b = { .max = RDE_OBJECT_BYTES } };
	/* The watermark tells whole seconds. */
	enum st st = policy_of(&own, zone, at + USEC, &w.policy);
	if (!st && strcmp(w.policy->zone, zone) != 0)
		st = err_set(&own.err, ST_INVALID, "%s has the names of %s: deposit that zone", zone, w.policy->zone);
	if (st || (st = fixed(&w)) || (st = registrars(&w)) || (st = idn_tables(&w)) ||
	    (st = pages(&w, contact_page)) || (st = pages(&w, host_page)) || (st = pages(&w, domain_page)) ||
	    (st = pages(&w, variant_page)))
		rq->err = own.err;
	buf_free(&w.b);
	arena_free(mem);
	return st;
}
