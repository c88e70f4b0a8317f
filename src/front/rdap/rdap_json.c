/* Objects as RFC 9083 has them. */
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "front/rdap/rdap_int.h"

/* ── what several have ── */

static void event(struct jw *w, const char *action, int64_t at)
{
	if (at <= 0)
		return;
	j_obj(w, NULL);
	j_str(w, "eventAction", action);
	j_time(w, "eventDate", at);
	j_end(w);
}

static void events(struct jw *w, const struct rdap_view *v, const struct look_head *h)
{
	j_arr(w, "events");
	event(w, "registration", h->created);
	event(w, "expiration", h->expires);
	event(w, "last changed", h->changed);
	event(w, "transfer", h->transferred);
	event(w, "last update of RDAP database", h->at ? h->at : v->now);
	j_end(w);
}

static void statuses_of(struct jw *w, const struct look_head *h)
{
	if (!h->nstatus)
		return;
	j_arr(w, "status");
	for (int i = 0; i < h->nstatus; i++)
		j_str(w, NULL, look_status_rdap(h->status[i]));
	j_end(w);
}

static void entities(struct jw *w, const struct rdap_view *v, const struct look_head *h)
{
	if (!h->nentities || v->set == SET_BRIEF)
		return;
	j_arr(w, "entities");
	for (int i = 0; i < h->nentities; i++)
		rdap_entity(w, v, h->entity[i], NULL);
	j_end(w);
}

static const char *self_of(const struct rdap_view *v, const struct look *l)
{
	char text[ADDR_TEXT];
	switch (l->kind) {
	case LOOK_DOMAIN:
		return arena_join(v->mem, v->base, "/rdap/domain/", l->domain.name, NULL);
	case LOOK_NAMESERVER:
		return arena_join(v->mem, v->base, "/rdap/nameserver/", l->host.ns.name, NULL);
	case LOOK_ENTITY:
		return arena_join(v->mem, v->base, "/rdap/entity/", l->who.e.handle, NULL);
	case LOOK_IP:
		if (l->ip.ncidrs == 1)
			return arena_printf(v->mem, "%s/rdap/ip/%s/%d", v->base, addr_text(&l->ip.range.first, text),
					    l->ip.cidr[0].len);
		return arena_printf(v->mem, "%s/rdap/ip/%s", v->base, addr_text(&l->ip.range.first, text));
	case LOOK_AUTNUM:
		return arena_printf(v->mem, "%s/rdap/autnum/%u", v->base, l->autnum.first);
	case LOOK_KINDS:
		break;
	}
	return v->base;
}

const char *rdap_url_safe(struct arena *mem, const char *s, const char *keep)
{
	static const char hex[] = "0123456789ABCDEF";
	char *out = arena_alloc(mem, 3 * strlen(s) + 1), *p = out;
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if ((c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || strchr(keep, c)) {
			*p++ = *s;
			continue;
		}
		*p++ = '%';
		*p++ = hex[c >> 4];
		*p++ = hex[c & 15];
	}
	return out;
}

static void links(struct jw *w, const struct rdap_view *v, const struct look *l)
{
	const char *self = rdap_url_safe(v->mem, self_of(v, l), "-._~:/?[]@!$&'()*+,;=");
	j_arr(w, "links");
	rdap_link(w, self, "self", self, RDAP_TYPE);
	j_end(w);
}

/* The WHOIS service's host is the portal's. */
static void port43(struct jw *w, const struct rdap_view *v)
{
	const char *host = strstr(v->base, "://");
	if (v->no_whois)
		return;
	host = host ? host + 3 : v->base;
	size_t n = *host == '[' ? strcspn(host, "]") : strcspn(host, ":/");
	host += *host == '[' ? n-- && 1 : 0;
	char *name = arena_dup(v->mem, host, n);
	if (strpbrk(name, ".:"))
		j_str(w, "port43", name);
}

static void tail(struct jw *w, const struct rdap_view *v, const struct look *l)
{
	statuses_of(w, &l->h);
	entities(w, v, &l->h);
	if (v->set == SET_FULL) {
		events(w, v, &l->h);
		port43(w, v);
	}
	links(w, v, l);
}

/* ── name servers ── */

static void addresses(struct jw *w, const struct look_ns *ns, int family)
{
	char text[ADDR_TEXT];
	bool any = false;
	for (int i = 0; i < ns->naddrs; i++) {
		if (ns->addr[i].family != family)
			continue;
		if (!any)
			j_arr(w, family == 4 ? "v4" : "v6");
		any = true;
		j_str(w, NULL, addr_text(&ns->addr[i], text));
	}
	if (any)
		j_end(w);
}

static void ns_body(struct jw *w, const struct look_ns *ns)
{
	j_str(w, "objectClassName", "nameserver");
	j_str(w, "ldhName", ns->name);
	if (ns->uname && strcmp(ns->uname, ns->name) != 0)
		j_str(w, "unicodeName", ns->uname);
	if (ns->naddrs) {
		j_obj(w, "ipAddresses");
		addresses(w, ns, 4);
		addresses(w, ns, 6);
		j_end(w);
	}
}

/* ── networks ── */

static void ip_body(struct jw *w, const struct rdap_view *v, const struct look_ip *ip)
{
	char text[ADDR_TEXT];
	bool v6 = ip->range.first.family == 6;
	j_str(w, "objectClassName", "ip network");
	j_str(w, "handle", ip->h.handle);
	if (v->set == SET_ID)
		return;
	j_str(w, "startAddress", addr_text(&ip->range.first, text));
	j_str(w, "endAddress", addr_text(&ip->range.last, text));
	j_str(w, "ipVersion", v6 ? "v6" : "v4");
	j_str(w, "name", ip->name);
	j_str(w, "type", ip->type);
	if (ip->country)
		j_str(w, "country", ip->country);
	j_arr(w, "cidr0_cidrs");
	for (int i = 0; i < ip->ncidrs; i++) {
		j_obj(w, NULL);
		j_str(w, v6 ? "v6prefix" : "v4prefix", addr_text(&ip->cidr[i].a, text));
		j_int(w, "length", ip->cidr[i].len);
		j_end(w);
	}
	j_end(w);
	if (ip->origin_name) {
		j_arr(w, "arin_originas0_originautnums");
		j_int(w, NULL, ip->origin);
		j_end(w);
	}
}

static void autnum_body(struct jw *w, const struct rdap_view *v, const struct look_autnum *a)
{
	j_str(w, "objectClassName", "autnum");
	j_str(w, "handle", a->h.handle);
	if (v->set == SET_ID)
		return;
	j_int(w, "startAutnum", a->first);
	j_int(w, "endAutnum", a->last);
	if (a->name && *a->name)
		j_str(w, "name", a->name);
	j_str(w, "type", a->type);
	if (a->country)
		j_str(w, "country", a->country);
}

/* ── domains ── */

static void secure_dns(struct jw *w, struct arena *mem, const struct look_domain *d)
{
	j_obj(w, "secureDNS");
	j_bool(w, "delegationSigned", d->nds > 0);
	if (d->max_sig_life)
		j_int(w, "maxSigLife", d->max_sig_life);
	if (d->nds)
		j_arr(w, "dsData");
	for (int i = 0; i < d->nds; i++) {
		j_obj(w, NULL);
		j_int(w, "keyTag", d->ds[i].tag);
		j_int(w, "algorithm", d->ds[i].alg);
		j_int(w, "digestType", d->ds[i].digest_type);
		j_str(w, "digest", hex_encode(mem, d->ds[i].digest, (size_t)d->ds[i].digest_n));
		j_end(w);
	}
	if (d->nds)
		j_end(w);
	j_end(w);
}

static void variants_of(struct jw *w, const struct look_domain *d, bool active)
{
	bool any = false;
	for (int i = 0; i < d->nvariants; i++) {
		if (d->variant[i].active != active)
			continue;
		if (!any) {
			j_obj(w, NULL);
			j_arr(w, "relation");
			j_str(w, NULL, active ? "registered" : "registration restricted");
			if (active)
				j_str(w, NULL, "conjoined");
			j_end(w);
			j_arr(w, "variantNames");
		}
		any = true;
		j_obj(w, NULL);
		j_str(w, "ldhName", d->variant[i].name);
		j_str(w, "unicodeName", d->variant[i].uname);
		j_end(w);
	}
	if (any) {
		j_end(w);
		j_end(w);
	}
}

static void network(struct jw *w, const struct rdap_view *v, const struct look_ip *ip)
{
	j_obj(w, "network");
	ip_body(w, v, ip);
	statuses_of(w, &ip->h);
	entities(w, v, &ip->h);
	j_end(w);
}

static void domain_body(struct jw *w, const struct rdap_view *v, const struct look_domain *d)
{
	j_str(w, "objectClassName", "domain");
	if (d->h.handle)
		j_str(w, "handle", d->h.handle);
	j_str(w, "ldhName", d->name);
	if (d->uname && strcmp(d->uname, d->name) != 0)
		j_str(w, "unicodeName", d->uname);
	if (v->set == SET_ID)
		return;
	if (d->nvariants) {
		j_arr(w, "variants");
		variants_of(w, d, true);
		variants_of(w, d, false);
		j_end(w);
	}
	if (d->nns && v->set == SET_FULL) {
		j_arr(w, "nameservers");
		for (int i = 0; i < d->nns; i++) {
			j_obj(w, NULL);
			ns_body(w, &d->ns[i]);
			j_end(w);
		}
		j_end(w);
	}
	if (v->set == SET_FULL)
		secure_dns(w, v->mem, d);
	if (d->network)
		network(w, v, d->network);
}

/* ── holders of numbers ── */

static void one_network(struct jw *w, const struct holding *g)
{
	char text[2 * ADDR_TEXT];
	j_obj(w, NULL);
	j_str(w, "objectClassName", "ip network");
	j_str(w, "handle", g->handle);
	j_str(w, "startAddress", addr_text(&g->range.first, text));
	j_str(w, "endAddress", addr_text(&g->range.last, text));
	j_str(w, "ipVersion", g->kind == HOLDING_IPV6 ? "v6" : "v4");
	j_str(w, "name", range_text(&g->range, text));
	j_str(w, "type", g->status);
	if (*g->country)
		j_str(w, "country", g->country);
	j_end(w);
}

static void one_autnum(struct jw *w, const struct holding *g)
{
	j_obj(w, NULL);
	j_str(w, "objectClassName", "autnum");
	j_str(w, "handle", g->handle);
	j_int(w, "startAutnum", g->asn_first);
	j_int(w, "endAutnum", (int64_t)g->asn_first + (g->asn_count ? g->asn_count - 1 : 0));
	j_str(w, "type", g->status);
	if (*g->country)
		j_str(w, "country", g->country);
	j_end(w);
}

static void holdings(struct jw *w, const struct look_who *who, bool asn)
{
	bool any = false;
	for (int i = 0; i < who->nholdings; i++) {
		const struct holding *g = &who->holding[i];
		if ((g->kind == HOLDING_ASN) != asn)
			continue;
		if (!any)
			j_arr(w, asn ? "autnums" : "networks");
		any = true;
		(asn ? one_autnum : one_network)(w, g);
	}
	if (any)
		j_end(w);
}

/* ── any of them ── */

static void body(struct jw *w, const struct rdap_view *v, const struct look *l)
{
	switch (l->kind) {
	case LOOK_DOMAIN:
		domain_body(w, v, &l->domain);
		break;
	case LOOK_NAMESERVER:
		ns_body(w, &l->host.ns);
		if (l->h.handle)
			j_str(w, "handle", l->h.handle);
		break;
	case LOOK_ENTITY:
		rdap_entity_body(w, v, &l->who.e);
		if (v->set == SET_FULL) {
			holdings(w, &l->who, false);
			holdings(w, &l->who, true);
		}
		break;
	case LOOK_IP:
		ip_body(w, v, &l->ip);
		break;
	case LOOK_AUTNUM:
		autnum_body(w, v, &l->autnum);
		break;
	case LOOK_KINDS:
		break;
	}
}

/* An entity's own dates stand in its body. */
static void rest_of(struct jw *w, const struct rdap_view *v, const struct look *l)
{
	if (v->set == SET_ID) {
		links(w, v, l);
	} else if (l->kind == LOOK_ENTITY) {
		statuses_of(w, &l->h);
		port43(w, v);
		links(w, v, l);
	} else {
		tail(w, v, l);
	}
}

void rdap_object(struct jw *w, const struct rdap_view *v, const struct look *l, const char *key, const char *path)
{
	j_obj(w, key);
	body(w, v, l);
	rest_of(w, v, l);
	rdap_redacted(w, v, l, path);
	j_end(w);
}

void rdap_render(struct buf *out, const struct rdap_view *v, const struct look *l)
{
	struct jw w = jw_of(out);
	j_obj(&w, NULL);
	rdap_conformance(&w, rdap_conforms(l) | (v->set != SET_FULL ? CONFORMS_SUBSET : 0));
	body(&w, v, l);
	rest_of(&w, v, l);
	rdap_redacted(&w, v, l, "$");
	j_str(&w, "lang", lang_tag(v->lang));
	rdap_notices(&w, v, NULL);
	j_end(&w);
}
