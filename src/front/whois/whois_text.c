/* The layouts. `Key: value` lines, CR LF, nothing where nothing is known, "REDACTED" where something is withheld. */
#include <string.h>
#include "base/text.h"
#include "front/whois/whois.h"

struct page {
	struct buf *out;
	struct arena *mem;
};

/* A value stays on its line whatever it holds. */
static void line(struct page *p, const char *prefix, const char *key, const char *value)
{
	if (!value || !*value)
		return;
	buf_printf(p->out, "%s%s%s: ", prefix, *prefix && *key ? " " : "", key);
	for (const char *s = value; *s; s++)
		buf_char(p->out, (unsigned char)*s < 0x20 || *s == 0x7f ? ' ' : *s);
	buf_str(p->out, "\r\n");
}

static void instant(struct page *p, const char *key, int64_t t)
{
	if (t > 0)
		line(p, "", key, time_iso(p->mem, t));
}

/* ── entities ── */

static const char *title_of(unsigned roles)
{
	static const char *const titles[] = { "Registrant", "Admin", "Tech", "Billing", "Abuse", "Registrar" };
	for (int i = 0; i < LOOK_ROLES; i++)
		if (roles & 1u << i)
			return titles[i];
	return "Contact";
}

static void withheld(struct page *p, const struct look_entity *e, const char *prefix)
{
	for (int i = 0; i < PARTS; i++)
		if (e->hidden & 1u << i)
			line(p, prefix, disclosure_rows[i].name,
			     i == PART_EMAIL && e->relay ? arena_printf(p->mem, "REDACTED, see %s", e->relay)
							 : "REDACTED");
}

static void postal(struct page *p, const struct look_postal *a, const char *prefix)
{
	line(p, prefix, "Name", a->name);
	line(p, prefix, "Organization", a->org);
	for (int i = 0; i < 3; i++)
		line(p, prefix, "Street", a->street[i]);
	line(p, prefix, "City", a->city);
	line(p, prefix, "State/Province", a->region);
	line(p, prefix, "Postal Code", a->code);
	line(p, prefix, "Country", a->country);
}

/* Names and addresses in two scripts: the second only where it differs. */
static void entity(struct page *p, const struct look_entity *e, const char *prefix)
{
	struct look_postal in = e->in;
	char **both[][2] = { { &in.name, (char **)&e->loc.name },
			     { &in.org, (char **)&e->loc.org },
			     { &in.country, (char **)&e->loc.country } };
	for (size_t i = 0; i < sizeof both / sizeof *both; i++)
		if (*both[i][0] && *both[i][1] && !strcmp(*both[i][0], *both[i][1]))
			*both[i][0] = NULL;
	line(p, prefix, "ID", e->handle);
	postal(p, &e->loc, prefix);
	postal(p, &in, prefix);
	line(p, prefix, "Phone", e->voice);
	line(p, prefix, "Fax", e->fax);
	line(p, prefix, "Email", e->email);
	if (e->handle && e->source && !strcmp(e->source, "registry"))
		line(p, prefix, "Email Verified", e->verified > 0 ? "yes" : "no");
	withheld(p, e, prefix);
}

static void role_entity(struct page *p, const struct look_entity *e, unsigned role)
{
	const char *prefix = title_of(role);
	if (role != ROLE_OF_REGISTRAR) {
		entity(p, e, prefix);
		return;
	}
	line(p, "", "Registrar", e->loc.org ? e->loc.org : e->handle);
	line(p, "", "Registrar ID", e->handle);
	for (int i = 0; i < e->nmore; i++)
		entity(p, &e->more[i], arena_printf(p->mem, "Registrar %s", title_of(e->more[i].roles)));
}

static void entities(struct page *p, const struct look_head *h)
{
	for (int i = 0; i < h->nentities; i++)
		for (int r = 0; r < LOOK_ROLES; r++)
			if (h->entity[i]->roles & 1u << r)
				role_entity(p, h->entity[i], 1u << r);
}

/* ── objects ── */

static void head(struct page *p, const struct look_head *h)
{
	instant(p, "Updated Date", h->changed);
	instant(p, "Creation Date", h->created);
	instant(p, "Registry Expiry Date", h->expires);
	instant(p, "Transfer Date", h->transferred);
	for (int i = 0; i < h->nstatus; i++)
		line(p, "", h->kind == LOOK_DOMAIN ? "Domain Status" : "Status",
		     h->kind == LOOK_IP || h->kind == LOOK_AUTNUM
			     ? h->status[i]
			     : arena_printf(p->mem, "%s https://icann.org/epp#%s", h->status[i], h->status[i]));
}

static void server(struct page *p, const struct look_ns *ns)
{
	char text[ADDR_TEXT];
	BUF_SCOPE b = BUF_INIT;
	buf_str(&b, ns->name);
	for (int i = 0; i < ns->naddrs; i++)
		buf_printf(&b, " %s", addr_text(&ns->addr[i], text));
	line(p, "", "Name Server", buf_cstr(&b));
}

static void network(struct page *p, const struct look_ip *ip)
{
	char text[2 * ADDR_TEXT], cidr[PREFIX_TEXT];
	BUF_SCOPE b = BUF_INIT;
	BUF_SCOPE range = BUF_INIT;
	buf_printf(&range, "%s - ", addr_text(&ip->range.first, text));
	buf_str(&range, addr_text(&ip->range.last, text));
	line(p, "", "Network", buf_cstr(&range));
	for (int i = 0; i < ip->ncidrs; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", prefix_text(&ip->cidr[i], cidr));
	line(p, "", "CIDR", buf_cstr(&b));
	line(p, "", "Handle", ip->h.handle);
	line(p, "", "Type", ip->type);
	line(p, "", "Country", ip->country);
	line(p, "", "Registry", ip->registry);
	if (ip->origin_name)
		line(p, "", "Origin AS",
		     arena_printf(p->mem, "AS%u%s%s", ip->origin, *ip->origin_name ? " " : "", ip->origin_name));
	head(p, &ip->h);
	entities(p, &ip->h);
}

static void dnssec(struct page *p, const struct look_domain *d)
{
	line(p, "", "DNSSEC", d->nds ? "signedDelegation" : "unsigned");
	for (int i = 0; i < d->nds; i++)
		line(p, "", "DNSSEC DS Data",
		     arena_printf(p->mem, "%u %u %u %s", d->ds[i].tag, d->ds[i].alg, d->ds[i].digest_type,
				  hex_encode(p->mem, d->ds[i].digest, (size_t)d->ds[i].digest_n)));
}

static void domain(struct page *p, const struct look_domain *d)
{
	line(p, "", "Domain Name", d->name);
	if (d->uname && strcmp(d->uname, d->name) != 0)
		line(p, "", "Internationalized Domain Name", d->uname);
	line(p, "", "Registry Domain ID", d->h.handle);
	head(p, &d->h);
	for (int i = 0; i < d->nvariants; i++)
		line(p, "", d->variant[i].active ? "Variant" : "Reserved Variant",
		     arena_printf(p->mem, "%s (%s)", d->variant[i].name, d->variant[i].uname));
	entities(p, &d->h);
	for (int i = 0; i < d->nns; i++)
		server(p, &d->ns[i]);
	if (!d->network)
		dnssec(p, d);
	else
		network(p, d->network);
}

static void autnum(struct page *p, const struct look_autnum *a)
{
	line(p, "", "AS Number",
	     a->first == a->last ? arena_printf(p->mem, "AS%u", a->first)
				 : arena_printf(p->mem, "AS%u - AS%u", a->first, a->last));
	line(p, "", "AS Name", a->name);
	line(p, "", "Handle", a->h.handle);
	line(p, "", "Type", a->type);
	line(p, "", "Country", a->country);
	line(p, "", "Registry", a->registry);
	head(p, &a->h);
	entities(p, &a->h);
}

static void holding(struct page *p, const struct holding *g)
{
	char text[ADDR_TEXT], last[ADDR_TEXT];
	bool asn = g->kind == HOLDING_ASN;
	line(p, "", asn ? "AS Number" : "Network",
	     asn && g->asn_count < 2 ? arena_printf(p->mem, "AS%u", g->asn_first)
	     : asn ? arena_printf(p->mem, "AS%u - AS%u", g->asn_first, g->asn_first + g->asn_count - 1)
		   : arena_printf(p->mem, "%s - %s", addr_text(&g->range.first, text),
				  addr_text(&g->range.last, last)));
}

static void who(struct page *p, const struct look_who *w)
{
	if (w->e.roles & ROLE_OF_REGISTRAR) {
		role_entity(p, &w->e, ROLE_OF_REGISTRAR);
	} else {
		entity(p, &w->e, w->nholdings ? "Holder" : "Contact");
		head(p, &w->h);
		for (int i = 0; i < w->nholdings; i++)
			holding(p, &w->holding[i]);
		for (int i = 0; i < w->e.nmore; i++)
			entity(p, &w->e.more[i], title_of(w->e.more[i].roles));
	}
}

void whois_render(struct buf *out, struct arena *mem, const struct look *l, const char *base)
{
	struct page p = { out, mem };
	switch (l->kind) {
	case LOOK_DOMAIN:
		domain(&p, &l->domain);
		break;
	case LOOK_NAMESERVER:
		server(&p, &l->host.ns);
		line(&p, "", "Registry Host ID", l->h.handle);
		head(&p, &l->h);
		entities(&p, &l->h);
		break;
	case LOOK_ENTITY:
		who(&p, &l->who);
		break;
	case LOOK_IP:
		network(&p, &l->ip);
		break;
	case LOOK_AUTNUM:
		autnum(&p, &l->autnum);
		break;
	case LOOK_KINDS:
		break;
	}
	line(&p, "", "Source", l->h.source);
	if (base && *base)
		buf_printf(out,
			   "\r\n%% Something wrong with this, or abuse? %s/report\r\n%% The same for programs: "
			   "%s/rdap/help\r\n",
			   base, base);
}

void whois_help(struct buf *out, const char *base)
{
	buf_str(out,
		"% Ask with one line: a domain name (in any script), an address or prefix, an AS number, a handle.\r\n"
		"% A word before it says which kind is meant: domain, nameserver, entity, ip, as.\r\n"
		"%   example.com.tw     192.0.2.1     2001:db8::/32     AS64496     nameserver ns1.example.com.tw\r\n"
		"% Answers are UTF-8. What is withheld is marked REDACTED.\r\n");
	if (base && *base)
		buf_printf(out, "%% Terms of use and the same data for programs: %s/rdap/help\r\n", base);
}
