/* The third step of a load: objects in order of their ids, a few hundred a transaction, each with its first version. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "base/idn.h"
#include "base/text.h"
#include "names/load_int.h"
#include "store/reserve.h"

enum {
	BATCH_FIRST = 500,
	BATCH_LEAST = 100,
	BATCH_MOST = 8000,
	BATCH_USEC = 150000, /* what a batch should take … */
	SHARED_USEC = 50000, /* … while others write too */
	SHARED_PAUSE = 30000,
	LONG_PAUSE = 110000, /* SQLite's waiting writers look every 100 ms whether the lock is free */
	LONG_EVERY = 2000000,
	BATCH_BYTES = 12 << 20,
	CACHE_MB = 96,
};

/* ── rows of a table that wait for their batch ── */

enum {
	ROWS_CONTACT,
	ROWS_HOST,
	ROWS_HOST_ADDR,
	ROWS_DOMAIN,
	ROWS_DOMAIN_CONTACT,
	ROWS_DOMAIN_NS,
	ROWS_DOMAIN_DS,
	ROWS_BUNDLE,
	ROWS_HISTORY,
	ROWS_DUE,
	ROWS_TABLES
};
#define COMMON "id, sponsor, creator, updater, created_at, updated_at, transferred_at, status"
#define POSTAL(p)                                                                                                      \
	p "_name, " p "_org, " p "_street1, " p "_street2, " p "_street3, " p "_city, " p "_sp, " p "_pc, " p "_cc"
static const struct table {
	const char *name, *columns;
	int ncols;
} tables[ROWS_TABLES] = {
	[ROWS_CONTACT] = { "registry_contact",
			   COMMON ", handle, " POSTAL("int") ", " POSTAL(
				   "loc") ", voice, voice_x, fax, fax_x, email,"
					  " authinfo, person, lang, verified_at, disclose, disclose_set, disclose_flag",
			   39 },
	[ROWS_HOST] = { "registry_host", COMMON ", name, domain", 10 },
	[ROWS_HOST_ADDR] = { "registry_host_addr", "host, addr", 2 },
	[ROWS_DOMAIN] = { "registry_domain",
			  COMMON
			  ", key, name, zone, place, lang, life, expires_at, authinfo, max_sig_life, ttl_ns, ttl_ds,"
			  " ds, variants, add_until, renew_until, autorenew_until, transfer_until, redemption_until,"
			  " pending_until",
			  27 },
	[ROWS_DOMAIN_CONTACT] = { "registry_domain_contact", "domain, type, contact", 3 },
	[ROWS_DOMAIN_NS] = { "registry_domain_ns", "domain, host", 2 },
	[ROWS_DOMAIN_DS] = { "registry_domain_ds", "domain, tag, alg, digest_type, digest", 5 },
	[ROWS_BUNDLE] = { "registry_bundle", "member, domain, active", 3 },
	[ROWS_HISTORY] = { "registry_history", "kind, object, at, actor, verb, frame, snapshot", 7 },
	[ROWS_DUE] = { "work_due", "kind, subject, at, tries, error", 5 },
};

const char *const load_tables[LOAD_KINDS] = { "registry_contact", "registry_host", "registry_domain" };

struct rowset {
	struct val *v;
	size_t n, size;
};
struct batch {
	struct load *l;
	enum load_kind kind;
	struct arena *mem;
	struct req rq; /* for building: memory */
	struct rowset rows[ROWS_TABLES];
	struct hasher *digest;
	char *frame;
	int64_t now, first;
	int n, max;
	int64_t head, shared_until, paused_at; /* the journal's size after our last batch; on clock_mono */
	char sha256[65];
};

static void row_add(struct batch *b, int table, const struct val *v)
{
	struct rowset *r = &b->rows[table];
	size_t k = (size_t)tables[table].ncols;
	if (r->n == r->size) {
		r->size = r->size ? r->size * 2 : 256;
		if (!(r->v = realloc(r->v, r->size * k * sizeof *r->v)))
			abort(); /* out of memory */
	}
	memcpy(r->v + r->n++ * k, v, k * sizeof *v);
}

static void history_row(struct batch *b, const char *kind, int64_t id, const char *verb, const char *snapshot)
{
	hasher_add(b->digest, snapshot, strlen(snapshot) + 1);
	row_add(b, ROWS_HISTORY,
		(const struct val[]){ V(kind), V(id), V(b->now), V(b->l->caller->who->id), V(verb), V(b->frame),
				      V(snapshot) });
}

static void common_of(struct batch *b, struct common *c, char kind, int64_t id, const char *sponsor)
{
	c->id = id;
	c->roid = registry_roid(b->mem, kind, id);
	c->sponsor = c->creator = arena_strdup(b->mem, sponsor);
	c->updater = arena_strdup(b->mem, "");
	c->created_at = c->created_at ? c->created_at : b->now;
}

static void common_vals(const struct common *c, statuses kept, struct val v[8])
{
	const struct val own[8] = { V(c->id),	      V(c->sponsor),	V(c->creator),	      V(c->updater),
				    V(c->created_at), V(c->updated_at), V(c->transferred_at), V(kept) };
	memcpy(v, own, sizeof own);
}

/* ── contacts ── */

static void contact_rows(struct batch *b, struct load_item *it, int64_t id)
{
	struct contact_object *c = &it->contact.c;
	struct val v[39];
	int n = 9;
	common_of(b, &c->c, 'C', id, c->c.sponsor);
	c->authinfo = authinfo_keep(b->mem, c->authinfo);
	common_vals(&c->c, it->kept, v);
	v[8] = V(c->handle);
	for (int i = 0; i < POSTALS; i++) {
		const struct postal_info *p = &c->postal[i];
		const char *text[] = { p->name, p->org, p->street[0], p->street[1], p->street[2],
				       p->city, p->sp,	p->pc,	      p->cc };
		for (int k = 0; k < 9; k++)
			v[n++] = V(text[k]);
	}
	const struct val rest[] = {
		V(c->voice),	   V(c->voice_x), V(c->fax),	     V(c->fax_x), V(c->email), V(c->authinfo),
		V((int)c->person), V(c->lang),	  V(c->verified_at), V(0),	  V(0),	       V(0)
	};
	memcpy(v + n, rest, sizeof rest);
	row_add(b, ROWS_CONTACT, v);
	history_row(b, "contact", id, "contact-loaded", contact_json(b->mem, c));
}

/* ── hosts ── */

static enum st host_rows(struct batch *b, struct load_item *it, int64_t id)
{
	struct load *l = b->l;
	struct load_above above;
	const struct load_host *h = &it->host;
	int64_t domain = 0;
	const char *sponsor = h->registrar;
	struct host_object *o = arena_new_of(b->mem, struct host_object);
	if (load_host_above(l, &b->rq, h->name, &above))
		return b->rq.err.code;
	if (*above.key) {
		const struct load_slot *s = load_map_get(l->map[LOAD_NAMES], above.key);
		domain = s->id;
		sponsor = s->who >= 0 ? l->registrar[s->who] : sponsor;
		o->domain = arena_strdup(b->mem, above.name);
	} else if (above.other.id) {
		domain = above.other.id;
		sponsor = above.other.sponsor;
		o->domain = above.other.handle;
	}
	o->name = h->name;
	o->c.created_at = h->created;
	o->c.updated_at = h->updated;
	o->c.status = it->kept;
	common_of(b, &o->c, 'H', id, sponsor);
	struct val v[10];
	common_vals(&o->c, it->kept, v);
	v[8] = V(o->name);
	v[9] = domain ? V(domain) : V_NULL;
	row_add(b, ROWS_HOST, v);
	for (int i = 0; i < h->naddrs; i++) {
		char text[ADDR_TEXT];
		o->addr[o->naddrs++] = h->addr[i];
		row_add(b, ROWS_HOST_ADDR,
			(const struct val[]){ V(id), V(arena_strdup(b->mem, addr_text(&h->addr[i], text))) });
	}
	history_row(b, "host", id, "host-loaded", host_json(b->mem, o));
	return ST_OK;
}

/* ── names ── */

static void dom_state(const struct load *l, const struct load_item *it, int64_t now, struct dom *d)
{
	const struct policy *p = l->policy;
	d->life = LIFE_ACTIVE;
	if (it->redemption) {
		d->life = LIFE_REDEMPTION;
		d->d.grace_until[GRACE_REDEMPTION] = now + p->grace[GRACE_REDEMPTION];
	} else if (it->pending_delete) {
		d->life = LIFE_PENDING_DELETE;
		d->d.grace_until[GRACE_PENDING_DELETE] = now + p->grace[GRACE_PENDING_DELETE];
	} else if (d->d.expires_at <= now && p->expiry == EXPIRY_SUSPEND) {
		d->life = LIFE_SUSPENDED;
	}
}

static struct dom *dom_of(struct batch *b, struct load_item *it, int64_t id)
{
	const struct load_name *n = &it->name;
	struct dom *d = arena_new_of(b->mem, struct dom);
	*d = (struct dom){
		.place = (char *)it->at.under, .lang = (char *)it->at.lang, .kept = it->kept, .ds_rows = n->nds
	};
	d->d.c =
		(struct common){ .created_at = n->created, .updated_at = n->updated, .transferred_at = n->transferred };
	common_of(b, &d->d.c, 'D', id, n->registrar);
	d->d.name = arena_strdup(b->mem, it->at.name);
	d->d.uname = name_unicode(b->mem, d->d.name);
	d->d.zone = (char *)it->at.zone;
	d->d.key = arena_strdup(b->mem, it->at.key);
	d->d.expires_at = n->expires;
	d->d.authinfo = authinfo_keep(b->mem, n->authinfo);
	d->d.registrant = n->registrant;
	memcpy(d->d.contact, n->contact, sizeof n->contact);
	d->d.ncontacts = n->ncontacts;
	memcpy(d->d.ns, n->ns, sizeof n->ns);
	d->d.nns = n->nns;
	memcpy(d->d.ds, n->ds, sizeof n->ds);
	d->d.nds = n->nds;
	dom_state(b->l, it, b->now, d);
	return d;
}

static enum st bundle_rows(struct batch *b, struct load_item *it, struct dom *d)
{
	const struct load_name *n = &it->name;
	if (bundle_make(&b->rq, &it->at, d, NULL))
		return b->rq.err.code;
	for (int i = 0; i < n->nactive; i++)
		for (int k = 1; k < d->d.nmembers; k++)
			if (!strcmp(n->active[i], d->d.member[k]))
				d->d.active[k] = true;
	for (int k = 1; k < d->d.nmembers; k++)
		row_add(b, ROWS_BUNDLE,
			(const struct val[]){ V(d->d.member[k]), V(d->d.c.id), V((int)d->d.active[k]) });
	return ST_OK;
}

static void domain_row(struct batch *b, const struct dom *d)
{
	const struct domain *o = &d->d;
	const int64_t *g = o->grace_until;
	struct val v[27];
	const struct val own[] = { V(o->key),
				   V(o->name),
				   V(o->zone),
				   V(d->place),
				   V(d->lang),
				   V(d->life),
				   V(o->expires_at),
				   V(o->authinfo),
				   V(o->max_sig_life),
				   V(o->ttl_ns),
				   V(o->ttl_ds),
				   V(d->ds_rows),
				   V(d->variant_rows),
				   V(g[0]),
				   V(g[1]),
				   V(g[2]),
				   V(g[3]),
				   V(g[4]),
				   V(g[5]) };
	common_vals(&o->c, d->kept, v);
	memcpy(v + 8, own, sizeof own);
	row_add(b, ROWS_DOMAIN, v);
}

static void link_rows(struct batch *b, const struct dom *d)
{
	const struct domain *o = &d->d;
	struct load_map *const *map = b->l->map;
	char type[DOMAIN_CONTACTS][2];
	row_add(b, ROWS_DOMAIN_CONTACT,
		(const struct val[]){ V(o->c.id), V("r"), V(load_map_get(map[LOAD_CONTACTS], o->registrant)->id) });
	for (int i = 0; i < o->ncontacts; i++) {
		type[i][0] = o->contact[i].type;
		type[i][1] = 0;
		row_add(b, ROWS_DOMAIN_CONTACT,
			(const struct val[]){ V(o->c.id), V(arena_strdup(b->mem, type[i])),
					      V(load_map_get(map[LOAD_CONTACTS], o->contact[i].handle)->id) });
	}
	for (int i = 0; i < o->nns; i++)
		row_add(b, ROWS_DOMAIN_NS,
			(const struct val[]){ V(o->c.id), V(load_map_get(map[LOAD_HOSTS], o->ns[i])->id) });
	for (int i = 0; i < o->nds; i++)
		row_add(b, ROWS_DOMAIN_DS,
			(const struct val[]){ V(o->c.id), V(o->ds[i].tag), V(o->ds[i].alg), V(o->ds[i].digest_type),
					      V_BLOB(arena_dup(b->mem, o->ds[i].digest, (size_t)o->ds[i].digest_n),
						     (size_t)o->ds[i].digest_n) });
}

static enum st name_rows(struct batch *b, struct load_item *it, int64_t id)
{
	struct dom *d = dom_of(b, it, id);
	if (bundle_rows(b, it, d))
		return b->rq.err.code;
	domain_row(b, d);
	link_rows(b, d);
	d->d.c.status = dom_statuses(d, b->now);
	struct life_event next = life_next(b->l->policy, d);
	if (next.event)
		row_add(b, ROWS_DUE,
			(const struct val[]){ V("domain"), V(arena_printf(b->mem, "%012lld", (long long)id)),
					      V(next.at), V(0), V("") });
	history_row(b, "domain", id, "domain-loaded", dom_json(b->mem, d));
	return ST_OK;
}

/* ── a batch ── */

/* The update is the fence: only one process at a time brings a load on. */
static enum st advance(struct req *rq, const struct batch *b)
{
#define ADVANCE(kind)                                                                                                  \
	("UPDATE registry_load SET " kind "_done = $3 WHERE id = $1 AND " kind "_done = $2 AND state = 'running'")
	static const char *const sql[LOAD_KINDS] = { ADVANCE("contacts"), ADVANCE("hosts"), ADVANCE("names") };
	int64_t n = 0, done = b->l->done[b->kind];
	if (sql_run_count(rq, &n, sql[b->kind], V(b->l->id), V(done), V(done + b->n)))
		return rq->err.code;
	return n == 1 ? ST_OK
		      : err_set(&rq->err, ST_CONFLICT, "another process goes on with this load; this one ends here");
}

static enum st bulk_rows(struct req *rq, const struct table *t, const struct rowset *r)
{
	if (!r->n)
		return ST_OK;
	struct bulk *bulk = bulk_open(rq, t->name, t->columns, t->ncols);
	enum st st = bulk ? ST_OK : rq->err.code;
	for (size_t i = 0; i < r->n && !st; i++)
		st = bulk_row(bulk, r->v + i * (size_t)t->ncols);
	return st ? st : bulk_close(bulk);
}

static enum st write_batch(struct req *rq, void *arg)
{
	struct batch *b = arg;
	int64_t head;
	if (journal_head(rq, &head) || advance(rq, b))
		return rq->err.code;
	if (b->head && head != b->head)
		b->shared_until = clock_mono() + LONG_EVERY;
	b->head = head + 1;
	for (int t = 0; t < ROWS_TABLES; t++)
		if (bulk_rows(rq, &tables[t], &b->rows[t])) {
			if (rq->err.code == ST_CONFLICT)
				err_set(&rq->err, ST_CONFLICT,
					"one of the %s was registered meanwhile; what was loaded before stays. Begin "
					"again with --keep-going",
					load_kind_name(b->kind));
			return rq->err.code;
		}
	char *said =
		arena_printf(rq->mem, "{\"load\":%lld,\"kind\":\"%s\",\"first\":%lld,\"objects\":%d,\"sha256\":\"%s\"}",
			     (long long)b->l->id, load_kind_name(b->kind), (long long)b->first, b->n, b->sha256);
	return journal_append(rq, &(struct fact){ "names", b->l->o->zone, "names-loaded", said, 0 });
}

static enum st do_cache(struct req *rq, void *arg)
{
	return store_cache(rq, CACHE_MB);
}

/* Reads what there is by now. */
static enum st batch_begin(struct batch *b)
{
	arena_reset(b->mem);
	b->rq = load_reader(b->l, b->mem);
	for (int t = 0; t < ROWS_TABLES; t++)
		b->rows[t].n = 0;
	b->digest = hasher_new();
	b->frame = arena_printf(b->mem, "load/%lld", (long long)b->l->id);
	b->now = clock_now();
	b->n = 0;
	return b->rq.db ? ST_OK : load_stop(b->l, &b->rq.err);
}

/* Others' entries in the journal say that others write: then batches are short, and the lock is free a good part of the
 * time. Else it is left alone for long enough now and then that somebody who waits must find it. */
static void pace(struct batch *b, int64_t took)
{
	int64_t now = clock_mono(), pause = 0;
	bool shared = now < b->shared_until;
	int64_t fit = took > 0 ? (int64_t)b->n * (shared ? SHARED_USEC : BATCH_USEC) / took : BATCH_MOST;
	b->max = fit < BATCH_LEAST ? BATCH_LEAST : fit > BATCH_MOST ? BATCH_MOST : (int)fit;
	if (shared)
		pause = SHARED_PAUSE;
	else if (now - b->paused_at > LONG_EVERY)
		pause = LONG_PAUSE;
	if (!pause || !store_is_sqlite(b->l->store))
		return;
	nanosleep(&(struct timespec){ 0, pause * 1000 }, NULL);
	b->paused_at = clock_mono();
}

static enum st flush(struct batch *b)
{
	struct hash h = hasher_end(b->digest);
	b->digest = NULL;
	store_reader_done(b->l->store); /* whoever reads while a write begins keeps SQLite's log from beginning anew */
	if (b->n) {
		int64_t began = clock_mono();
		hash_hex(&h, b->sha256);
		if (load_put(b->l, b->mem, write_batch, b))
			return b->l->err.code;
		b->l->done[b->kind] += b->n;
		b->l->res->loaded[b->kind] += b->n;
		pace(b, clock_mono() - began);
	}
	return batch_begin(b);
}

static enum st object_rows(struct batch *b, struct load_item *it, int64_t id)
{
	if (!b->n)
		b->first = id;
	b->n++;
	switch (b->kind) {
	case LOAD_CONTACTS:
		return contact_rows(b, it, id), ST_OK;
	case LOAD_HOSTS:
		return host_rows(b, it, id);
	default:
		return name_rows(b, it, id);
	}
}

static enum st write_kind(struct load *l, struct batch *b)
{
	static const char *const phase[LOAD_KINDS] = { "writing contacts", "writing hosts", "writing names" };
	struct staged s;
	struct err e = { 0 };
	struct stage *stage = l->stage[b->kind];
	if (stage_rewind(stage, true, &e))
		return load_stop(l, &e);
	batch_begin(b);
	while (!l->err.code && stage_next(stage, &s, &e)) {
		struct load_item it;
		const struct load_slot *slot = load_map_get(l->map[b->kind], s.key);
		if (!slot || !(slot->flags & LOAD_IN_FILE) || slot->id - l->first[b->kind] < l->done[b->kind] + b->n)
			continue;
		if (load_item_of(l, &b->rq, &s, &it) || object_rows(b, &it, slot->id)) {
			load_stop(l, &b->rq.err);
			break;
		}
		l->res->hosts_made += it.file < 0;
		if (b->n >= b->max || arena_used(b->mem) > BATCH_BYTES) {
			flush(b);
			load_say(l, phase[b->kind], (double)l->done[b->kind] / (double)l->count[b->kind]);
		}
	}
	if (e.code)
		load_stop(l, &e);
	if (!l->err.code)
		flush(b);
	if (b->digest)
		hasher_end(b->digest);
	return l->err.code;
}

enum st load_write(struct load *l)
{
	struct batch *b = calloc(1, sizeof *b);
	if (!b)
		abort(); /* out of memory */
	*b = (struct batch){ .l = l, .mem = arena_new(4 * (size_t)BATCH_BYTES), .max = BATCH_FIRST };
	load_put(l, b->mem, do_cache, NULL);
	for (int k = 0; k < LOAD_KINDS && !l->err.code; k++) {
		b->kind = (enum load_kind)k;
		write_kind(l, b);
	}
	store_reader_done(l->store);
	for (int t = 0; t < ROWS_TABLES; t++)
		free(b->rows[t].v);
	arena_free(b->mem);
	free(b);
	return l->err.code;
}
