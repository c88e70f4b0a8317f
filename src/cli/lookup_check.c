/* What RDAP and WHOIS say of an object, read back from their text, against its rows, which are read here a second time
 * and past the structs that both are made from. */
#include "cli/lookup_check.h"
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "front/rdap/rdap.h"
#include "front/whois/whois.h"
#include "names/names.h"
#include "numbers/numbers.h"

struct said {
	struct arena *mem;
	const struct json *rdap;
	const char *whois;
	size_t nwhois, nrdap;
	const char *raw;
	char *why;
	bool differs;
};

static void differ(struct said *s, const char *what, const char *rows)
{
	if (!s->differs)
		snprintf(s->why, 200, "%s: the rows say %.100s", what, rows);
	s->differs = true;
}

static bool whois_has(const struct said *s, const char *key, const char *value)
{
	const char *want = arena_printf(s->mem, "%s: %s", key, value);
	size_t n = strlen(want);
	for (const char *l = s->whois; *l;) {
		if (!strncmp(l, want, n) && (l[n] == '\r' || l[n] == ' '))
			return true;
		l = strchr(l, '\n');
		l = l ? l + 1 : "";
	}
	return false;
}

static int whois_count(const struct said *s, const char *key)
{
	int n = 0;
	size_t len = strlen(key);
	for (const char *l = s->whois; *l;) {
		n += !strncmp(l, key, len) && l[len] == ':';
		l = strchr(l, '\n');
		l = l ? l + 1 : "";
	}
	return n;
}

static const struct json *member_with(const struct json *list, const char *key, const char *value)
{
	for (int i = 0; i < json_count(list); i++) {
		const char *s = json_str(json_get(json_at(list, i), key));
		if (s && !strcmp(s, value))
			return json_at(list, i);
	}
	return NULL;
}

static void check_time(struct said *s, const char *action, const char *key, int64_t t)
{
	const struct json *e = member_with(json_get(s->rdap, "events"), "eventAction", action);
	const char *got = json_str(json_get(e, "eventDate"));
	const char *want = t > 0 ? time_iso(s->mem, t) : "nothing";
	if ((t > 0) != (got != NULL) || (got && time_parse(got) / USEC != t / USEC))
		differ(s, arena_printf(s->mem, "RDAP %s", action), want);
	if ((t > 0) != (whois_count(s, key) > 0) || (t > 0 && !whois_has(s, key, want)))
		differ(s, arena_printf(s->mem, "WHOIS %s", key), want);
}

static void check_servers(struct said *s, char *const *ns, int n)
{
	const struct json *list = json_get(s->rdap, "nameservers");
	if (json_count(list) != n || whois_count(s, "Name Server") != n)
		differ(s, "number of name servers", arena_printf(s->mem, "%d", n));
	for (int i = 0; i < n; i++)
		if (!member_with(list, "ldhName", ns[i]) || !whois_has(s, "Name Server", ns[i]))
			differ(s, "name server", ns[i]);
}

static bool rdap_status(const struct said *s, const char *word)
{
	const struct json *list = json_get(s->rdap, "status");
	for (int i = 0; i < json_count(list); i++)
		if (!strcmp(json_str(json_at(list, i)), word))
			return true;
	return false;
}

static void check_statuses(struct said *s, const struct look_head *h)
{
	const char *key = h->kind == LOOK_DOMAIN ? "Domain Status" : "Status";
	if (json_count(json_get(s->rdap, "status")) != h->nstatus || whois_count(s, key) != h->nstatus)
		differ(s, "number of statuses", arena_printf(s->mem, "%d", h->nstatus));
	for (int i = 0; i < h->nstatus; i++)
		if (!rdap_status(s, look_status_rdap(h->status[i])) || !whois_has(s, key, h->status[i]))
			differ(s, "status", h->status[i]);
}

/* What must not be told stands in neither; in JSON text is escaped only where it holds quotes or backslashes. */
static void check_absent(struct said *s, const char *what, const char *secret, const char *name)
{
	if (!secret || strlen(secret) < 4 || strstr(name, secret))
		return;
	if (strstr(s->raw, arena_printf(s->mem, "\"%s\"", secret)) ||
	    strstr(s->whois, arena_printf(s->mem, ": %s\r", secret)))
		differ(s, what, "that it is not told to the public");
}

static void check_sponsor(struct said *s, const char *sponsor)
{
	const struct json *list = json_get(s->rdap, "entities");
	if (*sponsor && (!member_with(list, "handle", sponsor) || !whois_has(s, "Registrar ID", sponsor)))
		differ(s, "registrar", sponsor);
}

static enum st check_imported(struct req *rq, struct said *s, const char *name)
{
	struct name *n = arena_new_of(rq->mem, struct name);
	char *ns[LOOK_NS];
	int count = 0;
	if (names_find(rq, name, 0, n))
		return rq->err.code;
	for (char *list = arena_strdup(rq->mem, n->nameservers), *one; (one = strsep(&list, " ")) && count < LOOK_NS;)
		if (*one)
			ns[count++] = one;
	check_time(s, "registration", "Creation Date", n->registered);
	check_time(s, "expiration", "Registry Expiry Date", n->expires);
	check_servers(s, ns, count);
	check_sponsor(s, n->sponsor);
	if (strcmp(n->holder_kind, "org") != 0)
		check_absent(s, "holder", n->holder, n->name);
	else if (*n->holder && !whois_has(s, "Registrant Organization", n->holder))
		differ(s, "WHOIS holder", n->holder);
	return ST_OK;
}

static void check_contact(struct req *rq, struct said *s, const char *handle, const char *name)
{
	struct contact_object *c = arena_new_of(rq->mem, struct contact_object);
	if (!handle || contact_object_get(rq, handle, c)) {
		err_clear(&rq->err);
		return;
	}
	bool open = c->disclose_set && c->disclose_flag;
	for (int i = 0; c->person && !open && i < POSTALS; i++)
		check_absent(s, "contact's name", c->postal[i].name, name);
	if (c->person && !open)
		check_absent(s, "contact's e-mail", c->email, name);
	if (!member_with(json_get(s->rdap, "entities"), "handle", handle))
		differ(s, "RDAP contact", handle);
}

static enum st check_own(struct req *rq, struct said *s, const char *name)
{
	struct domain *d = arena_new_of(rq->mem, struct domain);
	if (domain_get(rq, name, d))
		return rq->err.code;
	check_time(s, "registration", "Creation Date", d->c.created_at);
	check_time(s, "expiration", "Registry Expiry Date", d->expires_at);
	check_time(s, "last changed", "Updated Date", d->c.updated_at);
	check_servers(s, d->ns, d->nns);
	check_sponsor(s, d->c.sponsor);
	check_contact(rq, s, d->registrant, d->name);
	for (int i = 0; i < d->ncontacts; i++)
		check_contact(rq, s, d->contact[i].handle, d->name);
	if (whois_count(s, "DNSSEC DS Data") != d->nds ||
	    json_count(json_get(json_get(s->rdap, "secureDNS"), "dsData")) != d->nds)
		differ(s, "number of DS", arena_printf(s->mem, "%d", d->nds));
	return ST_OK;
}

/* ── name servers ── */

static enum st check_host(struct req *rq, struct said *s, const struct look *l)
{
	struct host_object *h = arena_new_of(rq->mem, struct host_object);
	const struct json *ips = json_get(s->rdap, "ipAddresses");
	char text[ADDR_TEXT];
	enum st st = host_get(rq, l->host.ns.name, h);
	if (st == ST_NOTFOUND) /* of files: a name below a registered one, without a row of its own */
		err_clear(&rq->err);
	else if (st)
		return st;
	if (json_count(json_get(ips, "v4")) + json_count(json_get(ips, "v6")) != h->naddrs)
		differ(s, "number of addresses", arena_printf(s->mem, "%d", h->naddrs));
	for (int i = 0; i < h->naddrs; i++) {
		addr_text(&h->addr[i], text);
		if (!strstr(s->raw, arena_printf(s->mem, "\"%s\"", text)) ||
		    !strstr(s->whois, arena_printf(s->mem, " %s", text)))
			differ(s, "address", text);
	}
	if (!whois_has(s, "Name Server", l->host.ns.name))
		differ(s, "WHOIS name", l->host.ns.name);
	if (st == ST_OK) {
		check_time(s, "registration", "Creation Date", h->c.created_at);
		check_time(s, "last changed", "Updated Date", h->c.updated_at);
		check_sponsor(s, h->c.sponsor);
	}
	return ST_OK;
}

/* ── entities ── */

static void check_holder(struct said *s, const struct holding *g, int n)
{
	int asn = 0;
	for (int i = 0; i < n; i++)
		asn += g[i].kind == HOLDING_ASN;
	if (json_count(json_get(s->rdap, "autnums")) != asn || whois_count(s, "AS Number") != asn)
		differ(s, "AS numbers", arena_printf(s->mem, "%d", asn));
	if (json_count(json_get(s->rdap, "networks")) != n - asn || whois_count(s, "Network") != n - asn)
		differ(s, "networks", arena_printf(s->mem, "%d", n - asn));
}

/* The card's fn (RFC 7095 §3.3: name, parameters, type, value). */
static const char *rdap_fn(const struct said *s)
{
	const struct json *card = json_at(json_get(s->rdap, "vcardArray"), 1);
	for (int i = 0; i < json_count(card); i++) {
		const char *name = json_str(json_at(json_at(card, i), 0));
		if (name && !strcmp(name, "fn"))
			return json_str(json_at(json_at(card, i), 3));
	}
	return NULL;
}

/* A sponsor that only files know has no row of its own. */
static enum st check_registrar(struct req *rq, struct said *s, const char *handle)
{
	struct registrar r;
	enum st st = registrar_get(rq, handle, &r);
	if (st == ST_NOTFOUND) {
		err_clear(&rq->err);
		return ST_OK;
	}
	const char *fn = rdap_fn(s);
	if (st == ST_OK && r.name && *r.name && (!fn || strcmp(fn, r.name) != 0 || !whois_has(s, "Registrar", r.name)))
		differ(s, "registrar's name", r.name);
	return st;
}

static enum st check_entity(struct req *rq, struct said *s, const struct look *l)
{
	struct contact_object *c = arena_new_of(rq->mem, struct contact_object);
	const char *handle = l->who.e.handle, *got = json_str(json_get(s->rdap, "handle"));
	bool registrar = l->who.e.roles & ROLE_OF_REGISTRAR, holder = l->who.nholdings;
	if (!got || strcmp(got, handle) != 0 ||
	    !whois_has(s,
		       registrar ? "Registrar ID"
		       : holder	 ? "Holder ID"
				 : "Contact ID",
		       handle))
		differ(s, "handle", handle);
	if (holder)
		check_holder(s, l->who.holding, l->who.nholdings);
	if (registrar)
		return check_registrar(rq, s, handle);
	if (holder)
		return ST_OK;
	if (contact_object_get(rq, handle, c))
		return rq->err.code;
	bool open = c->disclose_set && c->disclose_flag;
	for (int i = 0; c->person && !open && i < POSTALS; i++) {
		check_absent(s, "name", c->postal[i].name, handle);
		check_absent(s, "street", c->postal[i].street[0], handle);
	}
	if (!open) {
		check_absent(s, "e-mail", c->email, handle);
		check_absent(s, "phone", c->voice, handle);
	}
	for (int i = 0; !c->person && !c->disclose_set && i < POSTALS; i++)
		if (c->postal[i].there && c->postal[i].org && !whois_has(s, "Contact Organization", c->postal[i].org))
			differ(s, "WHOIS organisation", c->postal[i].org);
	check_time(s, "registration", "Creation Date", c->c.created_at);
	check_time(s, "last changed", "Updated Date", c->c.updated_at);
	return ST_OK;
}

/* ── numbers ── */

static bool rdap_is(const struct said *s, const char *key, const char *want)
{
	const char *got = json_str(json_get(s->rdap, key));
	return got && !strcmp(got, want);
}

static void check_holding(struct said *s, const struct holding *g)
{
	if (!rdap_is(s, "handle", g->handle) || !whois_has(s, "Handle", g->handle))
		differ(s, "handle", g->handle);
	if (!rdap_is(s, "type", g->status) || !whois_has(s, "Type", g->status))
		differ(s, "type", g->status);
	if (*g->country && (!rdap_is(s, "country", g->country) || !whois_has(s, "Country", g->country)))
		differ(s, "country", g->country);
	if (*g->opaque && !member_with(json_get(s->rdap, "entities"), "handle", g->opaque))
		differ(s, "holder", g->opaque);
}

static enum st check_ip(struct req *rq, struct said *s, const struct look *l)
{
	struct holding *g = arena_new_of(rq->mem, struct holding);
	char first[ADDR_TEXT], last[ADDR_TEXT];
	if (holding_of_addr(rq, &l->ip.range.first, 0, g))
		return rq->err.code;
	addr_text(&g->range.first, first);
	addr_text(&g->range.last, last);
	if (!rdap_is(s, "startAddress", first) || !rdap_is(s, "endAddress", last) ||
	    !whois_has(s, "Network", arena_printf(s->mem, "%s - %s", first, last)))
		differ(s, "range", first);
	check_holding(s, g);
	return ST_OK;
}

static enum st check_autnum(struct req *rq, struct said *s, const struct look *l)
{
	struct holding *g = arena_new_of(rq->mem, struct holding);
	int64_t first = -1, last = -1;
	if (holding_of_asn(rq, l->autnum.first, 0, g))
		return rq->err.code;
	json_int(json_get(s->rdap, "startAutnum"), &first);
	json_int(json_get(s->rdap, "endAutnum"), &last);
	if (first != g->asn_first || last != (int64_t)g->asn_first + g->asn_count - 1 ||
	    !whois_has(s, "AS Number", arena_printf(s->mem, "AS%u", g->asn_first)))
		differ(s, "range", g->handle);
	check_holding(s, g);
	return ST_OK;
}

/* ── any ── */

static enum st check_domain(struct req *rq, struct said *s, const struct look *l)
{
	const char *ldh = json_str(json_get(s->rdap, "ldhName"));
	bool own = l->h.source && !strcmp(l->h.source, "registry");
	if (!ldh || strcmp(ldh, l->domain.name) != 0 || !whois_has(s, "Domain Name", l->domain.name))
		differ(s, "name", l->domain.name);
	return own ? check_own(rq, s, l->domain.name) : check_imported(rq, s, l->domain.name);
}

static enum st said_by(struct req *rq, const struct config *served, const struct look *l, const char *what,
		       struct buf *rdap, struct buf *whois)
{
	struct rdap_view v = { .mem = rq->mem, .base = "https://check.invalid", .now = clock_now() };
	if (served)
		return lookup_served(rq, served, l->kind, what, rdap, whois);
	rdap_render(rdap, &v, l);
	whois_render(whois, rq->mem, l, v.base);
	return ST_OK;
}

enum st lookup_check(struct req *rq, const struct config *served, enum look_kind kind, const char *what, char why[200])
{
	static enum st (*const checks[LOOK_KINDS])(struct req * rq, struct said * s,
						   const struct look *l) = { check_domain, check_host, check_entity,
									     check_ip, check_autnum };
	struct look_ask q = { .kind = kind, .what = what };
	struct look *l = arena_new_of(rq->mem, struct look);
	BUF_SCOPE rdap = BUF_INIT;
	BUF_SCOPE whois = BUF_INIT;
	if (look_find(rq, &q, l))
		return rq->err.code;
	if (said_by(rq, served, l, what, &rdap, &whois)) {
		snprintf(why, 200, "%.199s", rq->err.msg);
		return rq->err.code;
	}
	struct said s = { .mem = rq->mem, .raw = buf_cstr(&rdap), .whois = buf_cstr(&whois), .why = why };
	if (!(s.rdap = json_parse(rq->mem, rdap.p, rdap.n, &rq->err)))
		return rq->err.code;
	/* Of registrars neither says a status. */
	if (kind != LOOK_ENTITY || l->h.nstatus)
		check_statuses(&s, &l->h);
	enum st st = checks[kind](rq, &s, l);
	return st ? st : s.differs ? err_set(&rq->err, ST_CONFLICT, "%.90s: %.150s", what, why) : ST_OK;
}
