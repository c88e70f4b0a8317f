/* Domains: the registry's own first, then those of imported zones; reverse-DNS names by their network. */
#include <string.h>
#include "base/clock.h"
#include "base/idn.h"
#include "base/json.h"
#include "base/text.h"
#include "lookup/lookup_int.h"

/* ── name servers ── */

static struct look_ns *ns_add(struct filling *f, struct look_domain *d, const char *name, size_t n)
{
	if (d->nns == LOOK_NS || !n)
		return NULL;
	struct look_ns *ns = &d->ns[d->nns++];
	ns->name = arena_dup(f->rq->mem, name, n);
	ns->uname = strstr(ns->name, "xn--") ? name_unicode(f->rq->mem, ns->name) : ns->name;
	return ns;
}

static void glue_add(struct filling *f, const struct look_domain *d, struct look_ns *ns)
{
	size_t n = strlen(ns->name), m = strlen(d->name);
	if (n < m || strcmp(ns->name + n - m, d->name) != 0 || (n > m && ns->name[n - m - 1] != '.'))
		return;
	struct host_object *h = arena_new_of(f->rq->mem, struct host_object);
	if (f->q->at ? former_host(f->rq, ns->name, f->q->at, h) : host_get(f->rq, ns->name, h)) {
		err_clear(&f->rq->err);
		return;
	}
	ns->addr = h->addr;
	ns->naddrs = h->naddrs;
}

/* ── authoritative ── */

static void variants_add(struct filling *f, struct look_domain *d, const struct domain *o)
{
	for (int i = 0; i < o->nmembers && d->nvariants < LOOK_BUNDLE; i++) {
		if (!strcmp(o->member[i], o->name))
			continue;
		d->variant[d->nvariants++] =
			(struct look_variant){ o->member[i], name_unicode(f->rq->mem, o->member[i]), o->active[i] };
	}
}

static void life_add(struct look_domain *d, const struct domain *o)
{
	d->h.created = o->c.created_at;
	d->h.changed = o->c.updated_at;
	d->h.transferred = o->c.transferred_at;
	d->h.expires = o->expires_at;
	for (int g = 0; g < GRACES; g++)
		fresh_until(&d->h, o->grace_until[g]);
	fresh_until(&d->h, o->expires_at);
	statuses_add(&d->h, o->c.status);
}

static enum st contacts_add(struct filling *f, const struct domain *o)
{
	if (entity_contact(f, ROLE_OF_REGISTRANT, o->registrant))
		return f->rq->err.code;
	for (int i = 0; i < o->ncontacts; i++) {
		char t = o->contact[i].type;
		unsigned role = t == 'a' ? ROLE_OF_ADMIN : t == 'b' ? ROLE_OF_BILLING : ROLE_OF_TECH;
		if (entity_contact(f, role, o->contact[i].handle))
			return f->rq->err.code;
	}
	return entity_registrar(f, o->c.sponsor);
}

static enum st own_fill(struct filling *f, struct look_domain *d, const struct domain *o)
{
	d->name = o->name;
	d->uname = o->uname ? o->uname : o->name;
	d->zone = o->zone;
	d->h.handle = o->c.roid;
	d->h.source = "registry";
	life_add(d, o);
	variants_add(f, d, o);
	for (int i = 0; i < o->nns; i++) {
		struct look_ns *ns = ns_add(f, d, o->ns[i], strlen(o->ns[i]));
		if (ns)
			glue_add(f, d, ns);
	}
	memcpy(d->ds, o->ds, (size_t)o->nds * sizeof *o->ds);
	d->nds = o->nds;
	d->max_sig_life = o->max_sig_life;
	f->about = d->name;
	return contacts_add(f, o);
}

/* ── imported ── */

static void words_add(struct look_head *h, struct arena *mem, const char *s)
{
	while (s && *s) {
		s += strspn(s, " ,;");
		size_t n = strcspn(s, " ,;");
		if (n)
			status_add(h, arena_dup(mem, s, n));
		s += n;
	}
	if (!h->nstatus)
		status_add(h, "ok");
}

static void holder_add(struct filling *f, const struct name *n, enum look_subject subject)
{
	if (!*n->holder && !*n->country)
		return;
	struct look_entity *e = entity_new(f, ROLE_OF_REGISTRANT);
	e->subject = subject;
	if (subject == SUBJECT_PERSON)
		e->loc.name = *n->holder ? n->holder : NULL;
	else
		e->loc.org = *n->holder ? n->holder : NULL;
	e->loc.country = *n->country ? n->country : NULL;
	e->source = n->source;
	entity_add(f, e, NULL);
}

static enum st imported_fill(struct filling *f, struct look_domain *d, const struct name *n)
{
	/* A file that doesn't say what the holder is may mean a natural person. */
	enum look_subject subject = strcmp(n->holder_kind, "org") == 0 ? SUBJECT_ORG : SUBJECT_PERSON;
	d->name = n->name;
	d->uname = name_unicode(f->rq->mem, n->name);
	d->zone = n->zone;
	d->h.source = n->source;
	d->h.created = n->registered;
	d->h.expires = n->expires;
	d->h.valid_from = n->valid_from;
	words_add(&d->h, f->rq->mem, n->status);
	for (const char *s = n->nameservers; *s;) {
		s += strspn(s, " ");
		size_t len = strcspn(s, " ");
		ns_add(f, d, s, len);
		s += len;
	}
	f->about = d->name;
	holder_add(f, n, subject);
	return entity_contacts_registrar(f, n->name, subject == SUBJECT_ORG ? SUBJECT_ROLE : SUBJECT_PERSON,
					 n->sponsor);
}

static enum st imported(struct filling *f, struct look_domain *d, const char *ascii)
{
	struct name *n = arena_new_of(f->rq->mem, struct name);
	enum st st = names_find(f->rq, ascii, f->q->at, n);
	if (st)
		return st;
	/* Under the zone's other spelling a name is the same one; below it nothing is. */
	if (name_labels(n->name) != name_labels(ascii))
		return err_set(&f->rq->err, ST_NOTFOUND, N_("%.200s is not registered; %.200s is"), ascii, n->name);
	if (imported_fill(f, d, n))
		return f->rq->err.code;
	if (strcmp(n->name, ascii) != 0)
		d->variant[d->nvariants++] =
			(struct look_variant){ arena_strdup(f->rq->mem, ascii), name_unicode(f->rq->mem, ascii), true };
	return ST_OK;
}

/* ── reverse DNS ── */

static enum st reverse_fill(struct filling *f, struct look_domain *d, const char *ascii, const struct prefix *p)
{
	char text[PREFIX_TEXT];
	struct look_ask q = {
		.kind = LOOK_IP, .what = prefix_text(p, text), .level = f->q->level, .at = f->q->at, .base = f->q->base
	};
	struct look *net = arena_new_of(f->rq->mem, struct look);
	if (look_find(f->rq, &q, net))
		return f->rq->err.code;
	d->name = arena_strdup(f->rq->mem, ascii);
	d->uname = d->name;
	d->zone = p->a.family == 4 ? "in-addr.arpa" : "ip6.arpa";
	d->network = &net->ip;
	d->h.source = net->h.source;
	d->h.handle = d->name;
	d->h.fresh_until = net->h.fresh_until;
	status_add(&d->h, "ok");
	return ST_OK;
}

enum st domain_fill(struct filling *f, struct look_domain *d)
{
	struct prefix p;
	char *ascii = name_ascii(f->rq->mem, f->q->what, true, &f->rq->err);
	if (!ascii)
		return f->rq->err.code;
	if (reverse_parse(ascii, &p))
		return reverse_fill(f, d, ascii, &p);
	struct domain *o = arena_new_of(f->rq->mem, struct domain);
	enum st st = f->q->at ? former_domain(f, d) : domain_get_ascii(f->rq, ascii, o);
	if (st == ST_OK)
		return f->q->at ? ST_OK : own_fill(f, d, o);
	if (st != ST_NOTFOUND && st != ST_INVALID)
		return st;
	err_clear(&f->rq->err);
	return imported(f, d, ascii);
}

/* ── a former version, from the history's snapshot ── */

static int strings_of(struct arena *mem, const struct json *list, char **out, int max)
{
	int n = 0;
	for (int i = 0; i < json_count(list) && n < max; i++) {
		const char *s = json_str(json_at(list, i));
		if (s)
			out[n++] = arena_strdup(mem, s);
	}
	return n;
}

static void snapshot_take(struct arena *mem, const struct json *o, struct domain *d)
{
	const struct json *c = json_get(o, "contacts");
	d->name = former_text(mem, o, "name");
	d->uname = former_text(mem, o, "uname");
	d->zone = former_text(mem, o, "zone");
	d->expires_at = former_time(o, "expires_at");
	d->registrant = former_text(mem, o, "registrant");
	former_common(mem, o, &d->c);
	for (int i = 0; i < json_count(c) && d->ncontacts < DOMAIN_CONTACTS; i++) {
		const char *type = json_str(json_get(json_at(c, i), "type"));
		d->contact[d->ncontacts++] =
			(struct domain_contact){ type ? *type : 't', former_text(mem, json_at(c, i), "handle") };
	}
	d->nns = strings_of(mem, json_get(o, "ns"), d->ns, DOMAIN_NS);
}

static void ds_take(const struct json *list, struct domain *d)
{
	for (int i = 0; i < json_count(list) && d->nds < DOMAIN_DS; i++) {
		const struct json *o = json_at(list, i);
		int64_t tag = 0, alg = 0, type = 0;
		const char *hex = json_str(json_get(o, "digest"));
		struct ds *ds = &d->ds[d->nds];
		json_int(json_get(o, "tag"), &tag);
		json_int(json_get(o, "alg"), &alg);
		json_int(json_get(o, "digest_type"), &type);
		if (!hex || strlen(hex) > 2 * sizeof ds->digest)
			continue;
		*ds = (struct ds){ .tag = (uint16_t)tag, .alg = (uint8_t)alg, .digest_type = (uint8_t)type };
		ds->digest_n = (int)hex_decode(hex, strlen(hex), ds->digest);
		d->nds += ds->digest_n > 0;
	}
}

enum st former_domain(struct filling *f, struct look_domain *d)
{
	struct req *rq = f->rq;
	struct json *o;
	int64_t since;
	if (former_object(rq, "domain", f->q->what, f->q->at, &o, &since))
		return rq->err.code;
	struct domain *past = arena_new_of(rq->mem, struct domain);
	snapshot_take(rq->mem, o, past);
	ds_take(json_get(o, "ds"), past);
	if (!past->name)
		return err_set(&rq->err, ST_INTERNAL, "the history of %.200s lacks its name", f->q->what);
	for (int i = 0; i < past->nns; i++)
		if (registry_host_later(rq, past->ns[i], since, f->q->at, &past->ns[i]))
			return rq->err.code;
	return own_fill(f, d, past);
}
