/* Objects of RFC 9022 as XML, and what makes an element of each kind: one table for the writer and the reader. */
#include <stdio.h>
#include <string.h>
#include "base/idn.h"
#include "base/text.h"
#include "names/rde_int.h"

enum { MANY = 100000 };

#define NS "urn:ietf:params:xml:ns:"

static const struct rde_child registrar_children[] = {
	{ "id", 1, 1 },
	{ "name", 1, 1 },
	{ "gurid", 0, 1 },
	{ "status", 0, 1 },
	{ "postalInfo", 0, 2 },
	{ "voice", 0, 1 },
	{ "fax", 0, 1 },
	{ "email", 0, 1 },
	{ "url", 0, 1 },
	{ "whoisInfo", 0, 1 },
	{ "crDate", 0, 1 },
	{ "upDate", 0, 1 },
	{ 0 },
};
static const struct rde_child idn_children[] = { { "url", 1, 1 }, { "urlPolicy", 1, 1 }, { 0 } };
static const struct rde_child contact_children[] = {
	{ "id", 1, 1 },	    { "roid", 1, 1 },	 { "status", 1, 7 },   { "postalInfo", 1, 2 },
	{ "voice", 0, 1 },  { "fax", 0, 1 },	 { "email", 1, 1 },    { "clID", 1, 1 },
	{ "crRr", 0, 1 },   { "crDate", 0, 1 },	 { "upRr", 0, 1 },     { "upDate", 0, 1 },
	{ "trDate", 0, 1 }, { "trnData", 0, 1 }, { "disclose", 0, 1 }, { 0 },
};
static const struct rde_child host_children[] = {
	{ "name", 1, 1 },
	{ "roid", 1, 1 },
	{ "status", 1, 7 },
	{ "addr", 0, MANY },
	{ "clID", 1, 1 },
	{ "crRr", 0, 1 },
	{ "crDate", 0, 1 },
	{ "upRr", 0, 1 },
	{ "upDate", 0, 1 },
	{ "trDate", 0, 1 },
	{ 0 },
};
static const struct rde_child domain_children[] = {
	{ "name", 1, 1 },	  { "roid", 1, 1 },    { "uName", 0, 1 },     { "idnTableId", 0, 1 },
	{ "originalName", 0, 1 }, { "status", 1, 11 }, { "rgpStatus", 0, 7 }, { "registrant", 0, 1 },
	{ "contact", 0, MANY },	  { "ns", 0, 1 },      { "clID", 1, 1 },      { "crRr", 0, 1 },
	{ "crDate", 0, 1 },	  { "exDate", 0, 1 },  { "upRr", 0, 1 },      { "upDate", 0, 1 },
	{ "secDNS", 0, 1 },	  { "trDate", 0, 1 },  { "trnData", 0, 1 },   { 0 },
};
static const struct rde_child nndn_children[] = {
	{ "aName", 1, 1 },     { "uName", 0, 1 },	{ "idnTableId", 0, 1 }, { "originalName", 0, 1 },
	{ "nameState", 1, 1 }, { "mirroringNS", 0, 1 }, { "crDate", 0, 1 },	{ 0 },
};
static const struct rde_child epp_children[] = { { "version", 1, MANY },   { "lang", 1, MANY }, { "objURI", 1, MANY },
						 { "svcExtension", 0, 1 }, { "dcp", 1, 1 },	{ 0 } };
static const struct rde_child policy_children[] = { { 0 } };

const struct rde_spec rde_specs[RDE_KINDS] = {
	[RDE_POLICY] = { "policy", NS "rdePolicy-1.0", "rdePolicy", "policy", NULL, policy_children, false },
	[RDE_EPP] = { "eppParams", NS "rdeEppParams-1.0", "rdeEppParams", "eppParams", NULL, epp_children, true },
	[RDE_REGISTRAR] = { "registrar", NS "rdeRegistrar-1.0", "rdeRegistrar", "registrar", "id", registrar_children,
			    true },
	[RDE_IDN] = { "idnTable", NS "rdeIDN-1.0", "rdeIDN", "idnTableRef", NULL, idn_children, true },
	[RDE_CONTACT] = { "contact", NS "rdeContact-1.0", "rdeContact", "contact", "id", contact_children, true },
	[RDE_HOST] = { "host", NS "rdeHost-1.0", "rdeHost", "host", "name", host_children, true },
	[RDE_DOMAIN] = { "domain", NS "rdeDomain-1.0", "rdeDomain", "domain", "name", domain_children, true },
	[RDE_NNDN] = { "nndn", NS "rdeNNDN-1.0", "rdeNNDN", "NNDN", "aName", nndn_children, true },
};

const char *rde_kind_name(enum rde_kind k)
{
	return rde_specs[k].name;
}
const char *rde_kind_uri(enum rde_kind k)
{
	return rde_specs[k].uri;
}

/* ── writing elements ── */

void rde_text(struct buf *b, const char *s)
{
	for (; s && *s; s++)
		switch (*s) {
		case '&':
			buf_str(b, "&amp;");
			break;
		case '<':
			buf_str(b, "&lt;");
			break;
		case '>':
			buf_str(b, "&gt;");
			break;
		case '"':
			buf_str(b, "&quot;");
			break;
		case '\r':
		case '\n':
		case '\t':
			buf_char(b, ' ');
			break;
		default:
			if ((unsigned char)*s >= 0x20)
				buf_char(b, *s);
		}
}

/* Nothing for nothing. */
static void tag(struct buf *b, const char *prefix, const char *name, const char *text)
{
	if (!text || !*text)
		return;
	buf_printf(b, "<%s:%s>", prefix, name);
	rde_text(b, text);
	buf_printf(b, "</%s:%s>", prefix, name);
}

static void tag_time(struct buf *b, struct arena *mem, const char *prefix, const char *name, int64_t t)
{
	if (t)
		tag(b, prefix, name, time_iso(mem, t));
}

static void open_of(struct buf *b, enum rde_kind k)
{
	buf_printf(b, "<%s:%s>", rde_specs[k].prefix, rde_specs[k].element);
}
static void close_of(struct buf *b, enum rde_kind k)
{
	buf_printf(b, "</%s:%s>\n", rde_specs[k].prefix, rde_specs[k].element);
}

/* RFC 3915's names; the domain's pendingDelete in a redemption stands beside it. */
static const statuses rgp = BIT(STATUS_ADD_PERIOD) | BIT(STATUS_RENEW_PERIOD) | BIT(STATUS_AUTORENEW_PERIOD) |
			    BIT(STATUS_TRANSFER_PERIOD) | BIT(STATUS_REDEMPTION) | BIT(STATUS_PENDING_RESTORE);

static void status_tags(struct buf *b, const char *prefix, statuses s)
{
	s &= ~rgp;
	if (!(s & ~BIT(STATUS_LINKED)))
		buf_printf(b, "<%s:status s=\"ok\"/>", prefix);
	for (int i = 0; i < STATUS_BITS; i++)
		if (s & BIT(i))
			buf_printf(b, "<%s:status s=\"%s\"/>", prefix, status_name((enum status_bit)i));
}

/* clID up to trDate, where trDate has nothing before it. */
static void common_tags(struct buf *b, struct arena *mem, const char *prefix, const struct common *c)
{
	tag(b, prefix, "clID", c->sponsor);
	tag(b, prefix, "crRr", c->creator);
	tag_time(b, mem, prefix, "crDate", c->created_at);
	if (c->updated_at)
		tag(b, prefix, "upRr", c->updater);
	tag_time(b, mem, prefix, "upDate", c->updated_at);
	tag_time(b, mem, prefix, "trDate", c->transferred_at);
}

static void transfer_tags(struct buf *b, struct arena *mem, const char *prefix, const struct transfer *t, bool domain)
{
	if (!t->state)
		return;
	buf_printf(b, "<%s:trnData>", prefix);
	tag(b, prefix, "trStatus", transfer_name(t->state));
	tag(b, prefix, "reRr", t->requester);
	tag_time(b, mem, prefix, "reDate", t->requested_at);
	tag(b, prefix, "acRr", t->actor);
	tag_time(b, mem, prefix, "acDate", t->acted_at);
	if (domain)
		tag_time(b, mem, prefix, "exDate", t->new_expiry);
	buf_printf(b, "</%s:trnData>", prefix);
}

/* ── domains ── */

static void secdns_tags(struct buf *b, struct arena *mem, const struct domain *d)
{
	if (!d->nds)
		return;
	buf_str(b, "<rdeDomain:secDNS>");
	if (d->max_sig_life)
		buf_printf(b, "<secDNS:maxSigLife>%lld</secDNS:maxSigLife>", (long long)d->max_sig_life);
	for (int i = 0; i < d->nds; i++)
		buf_printf(b,
			   "<secDNS:dsData><secDNS:keyTag>%u</secDNS:keyTag><secDNS:alg>%u</secDNS:alg>"
			   "<secDNS:digestType>%u</secDNS:digestType><secDNS:digest>%s</secDNS:digest></secDNS:dsData>",
			   d->ds[i].tag, d->ds[i].alg, d->ds[i].digest_type,
			   hex_encode(mem, d->ds[i].digest, (size_t)d->ds[i].digest_n));
	buf_str(b, "</rdeDomain:secDNS>");
}

static const char *contact_type(char c)
{
	return c == 'a' ? "admin" : c == 't' ? "tech" : "billing";
}

static void rgp_tags(struct buf *b, const struct dom *d, statuses s)
{
	for (int i = 0; i < STATUS_BITS; i++)
		if (s & rgp & BIT(i))
			buf_printf(b, "<rdeDomain:rgpStatus s=\"%s\"/>", status_name((enum status_bit)i));
	if (d->life == LIFE_PENDING_DELETE)
		buf_str(b, "<rdeDomain:rgpStatus s=\"pendingDelete\"/>");
}

void rde_xml_domain(struct buf *b, struct arena *mem, const struct dom *dom, int64_t at)
{
	static const char p[] = "rdeDomain";
	const struct domain *d = &dom->d;
	struct common c = d->c;
	statuses s = dom_statuses(dom, at);
	open_of(b, RDE_DOMAIN);
	tag(b, p, "name", d->name);
	tag(b, p, "roid", c.roid);
	if (strcmp(d->uname, d->name) != 0)
		tag(b, p, "uName", d->uname);
	tag(b, p, "idnTableId", dom->lang);
	status_tags(b, p, s);
	rgp_tags(b, dom, s);
	tag(b, p, "registrant", d->registrant);
	for (int i = 0; i < d->ncontacts; i++) {
		buf_printf(b, "<rdeDomain:contact type=\"%s\">", contact_type(d->contact[i].type));
		rde_text(b, d->contact[i].handle);
		buf_str(b, "</rdeDomain:contact>");
	}
	if (d->nns) {
		buf_str(b, "<rdeDomain:ns>");
		for (int i = 0; i < d->nns; i++)
			tag(b, "domain", "hostObj", d->ns[i]);
		buf_str(b, "</rdeDomain:ns>");
	}
	tag(b, p, "clID", c.sponsor);
	tag(b, p, "crRr", c.creator);
	tag_time(b, mem, p, "crDate", c.created_at);
	tag_time(b, mem, p, "exDate", d->expires_at);
	if (c.updated_at)
		tag(b, p, "upRr", c.updater);
	tag_time(b, mem, p, "upDate", c.updated_at);
	secdns_tags(b, mem, d);
	tag_time(b, mem, p, "trDate", c.transferred_at);
	transfer_tags(b, mem, p, &d->transfer, true);
	close_of(b, RDE_DOMAIN);
}

void rde_xml_nndn(struct buf *b, struct arena *mem, const char *name, const char *table, const struct dom *of,
		  bool active)
{
	static const char p[] = "rdeNNDN";
	const char *u = name_unicode(mem, name);
	open_of(b, RDE_NNDN);
	tag(b, p, "aName", name);
	if (strcmp(u, name) != 0)
		tag(b, p, "uName", u);
	tag(b, p, "idnTableId", table);
	tag(b, p, "originalName", of->d.name);
	tag(b, p, "nameState", active ? "mirrored" : "blocked");
	if (active)
		tag(b, p, "mirroringNS", of->d.nns ? "true" : "false");
	tag_time(b, mem, p, "crDate", of->d.c.created_at);
	close_of(b, RDE_NNDN);
}

/* ── contacts ── */

static void postal_tags(struct buf *b, const struct postal_info *p, const char *type)
{
	if (!p->there)
		return;
	buf_printf(b, "<rdeContact:postalInfo type=\"%s\">", type);
	tag(b, "contact", "name", p->name);
	tag(b, "contact", "org", p->org);
	buf_str(b, "<contact:addr>");
	for (int i = 0; i < 3; i++)
		tag(b, "contact", "street", p->street[i]);
	tag(b, "contact", "city", p->city);
	tag(b, "contact", "sp", p->sp);
	tag(b, "contact", "pc", p->pc);
	tag(b, "contact", "cc", p->cc);
	buf_str(b, "</contact:addr></rdeContact:postalInfo>");
}

static void phone_tag(struct buf *b, const char *name, const char *number, const char *x)
{
	if (!number || !*number)
		return;
	buf_printf(b, "<rdeContact:%s", name);
	if (x && *x) {
		buf_str(b, " x=\"");
		rde_text(b, x);
		buf_char(b, '"');
	}
	buf_char(b, '>');
	rde_text(b, number);
	buf_printf(b, "</rdeContact:%s>", name);
}

static void disclose_tags(struct buf *b, const struct contact_object *c)
{
	static const char *const bit[DISCLOSE_BITS] = { "name type=\"int\"",
							"name type=\"loc\"",
							"org type=\"int\"",
							"org type=\"loc\"",
							"addr type=\"int\"",
							"addr type=\"loc\"",
							"voice",
							"fax",
							"email" };
	if (!c->disclose_set)
		return;
	buf_printf(b, "<rdeContact:disclose flag=\"%d\">", c->disclose_flag);
	for (int i = 0; i < DISCLOSE_BITS; i++)
		if (c->disclose & 1u << i)
			buf_printf(b, "<contact:%s/>", bit[i]);
	buf_str(b, "</rdeContact:disclose>");
}

void rde_xml_contact(struct buf *b, struct arena *mem, const struct contact_object *c)
{
	static const char p[] = "rdeContact";
	open_of(b, RDE_CONTACT);
	tag(b, p, "id", c->handle);
	tag(b, p, "roid", c->c.roid);
	status_tags(b, p, c->c.status);
	postal_tags(b, &c->postal[POSTAL_INT], "int");
	postal_tags(b, &c->postal[POSTAL_LOC], "loc");
	phone_tag(b, "voice", c->voice, c->voice_x);
	phone_tag(b, "fax", c->fax, c->fax_x);
	tag(b, p, "email", c->email);
	common_tags(b, mem, p, &c->c);
	disclose_tags(b, c);
	close_of(b, RDE_CONTACT);
}

/* ── the rest ── */

void rde_xml_host(struct buf *b, struct arena *mem, const struct host_object *h)
{
	static const char p[] = "rdeHost";
	char text[ADDR_TEXT];
	open_of(b, RDE_HOST);
	tag(b, p, "name", h->name);
	tag(b, p, "roid", h->c.roid);
	status_tags(b, p, h->c.status);
	for (int i = 0; i < h->naddrs; i++)
		buf_printf(b, "<rdeHost:addr ip=\"v%d\">%s</rdeHost:addr>", h->addr[i].family,
			   addr_text(&h->addr[i], text));
	common_tags(b, mem, p, &h->c);
	close_of(b, RDE_HOST);
}

void rde_xml_registrar(struct buf *b, struct arena *mem, const struct registrar *r, int64_t added_at,
		       int64_t changed_at)
{
	static const char p[] = "rdeRegistrar";
	open_of(b, RDE_REGISTRAR);
	tag(b, p, "id", r->handle);
	tag(b, p, "name", *r->name ? r->name : r->handle);
	tag(b, p, "status", r->disabled_at ? "terminated" : "ok");
	tag(b, p, "email", r->email);
	tag_time(b, mem, p, "crDate", added_at);
	if (changed_at > added_at)
		tag_time(b, mem, p, "upDate", changed_at);
	close_of(b, RDE_REGISTRAR);
}

void rde_xml_idn(struct buf *b, const char *id, const char *url)
{
	buf_str(b, "<rdeIDN:idnTableRef id=\"");
	rde_text(b, id);
	buf_str(b, "\">");
	tag(b, "rdeIDN", "url", url);
	tag(b, "rdeIDN", "urlPolicy", url);
	close_of(b, RDE_IDN);
}

void rde_xml_policy(struct buf *b)
{
	buf_str(b, "<rdePolicy:policy scope=\"//rde:deposit/rde:contents/rdeDomain:domain\""
		   " element=\"rdeDomain:registrant\"/>\n");
}

/* What our EPP greeting says (RFC 5730 §2.4), as far as it bears on the data. */
void rde_xml_epp(struct buf *b)
{
	static const char *const objects[] = { "domain-1.0", "contact-1.0", "host-1.0" }, *const extensions[] = {
		"secDNS-1.1", "rgp-1.0"
	};
	buf_str(b, "<rdeEppParams:eppParams><rdeEppParams:version>1.0</rdeEppParams:version>"
		   "<rdeEppParams:lang>en</rdeEppParams:lang>");
	for (size_t i = 0; i < sizeof objects / sizeof *objects; i++)
		buf_printf(b, "<rdeEppParams:objURI>" NS "%s</rdeEppParams:objURI>", objects[i]);
	buf_str(b, "<rdeEppParams:svcExtension>");
	for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
		buf_printf(b, "<epp:extURI>" NS "%s</epp:extURI>", extensions[i]);
	buf_str(b, "</rdeEppParams:svcExtension><rdeEppParams:dcp><epp:access><epp:all/></epp:access><epp:statement>"
		   "<epp:purpose><epp:admin/><epp:prov/></epp:purpose><epp:recipient><epp:ours/><epp:public/>"
		   "</epp:recipient><epp:retention><epp:stated/></epp:retention></epp:statement></rdeEppParams:dcp>"
		   "</rdeEppParams:eppParams>\n");
}

/* ── around them ── */

void rde_begin(const struct rde_deposit *d, struct buf *out)
{
	struct arena *mem = arena_new(4096);
	buf_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rde:deposit type=\"FULL\" id=\"");
	rde_text(out, d->id);
	buf_printf(out, "\" resend=\"%d\"\n xmlns:rde=\"" NS "rde-1.0\" xmlns:rdeHeader=\"" NS "rdeHeader-1.0\"",
		   d->resend);
	for (int k = 0; k < RDE_KINDS; k++)
		buf_printf(out, "\n xmlns:%s=\"%s\"", rde_specs[k].prefix, rde_specs[k].uri);
	static const char *const more[] = { "epp", "domain", "contact", "host" };
	for (size_t i = 0; i < sizeof more / sizeof *more; i++)
		buf_printf(out, "\n xmlns:%s=\"" NS "%s-1.0\"", more[i], more[i]);
	buf_printf(out, "\n xmlns:secDNS=\"" NS "secDNS-1.1\">\n<rde:watermark>%s</rde:watermark>\n",
		   time_iso(mem, d->watermark));
	buf_str(out, "<rde:rdeMenu><rde:version>1.0</rde:version><rde:objURI>" NS "rdeHeader-1.0</rde:objURI>");
	for (int k = 0; k < RDE_KINDS; k++)
		if (d->counts.n[k])
			buf_printf(out, "<rde:objURI>%s</rde:objURI>", rde_specs[k].uri);
	buf_str(out, "</rde:rdeMenu>\n<rde:contents>\n<rdeHeader:header><rdeHeader:tld>");
	rde_text(out, d->zone);
	buf_str(out, "</rdeHeader:tld>");
	for (int k = 0; k < RDE_KINDS; k++)
		if (rde_specs[k].needed && d->counts.n[RDE_POLICY] >= 0)
			buf_printf(out, "<rdeHeader:count uri=\"%s\">%lld</rdeHeader:count>", rde_specs[k].uri,
				   (long long)d->counts.n[k]);
	buf_str(out, "</rdeHeader:header>\n");
	arena_free(mem);
}

void rde_end(struct buf *out)
{
	buf_str(out, "</rde:contents>\n</rde:deposit>\n");
}
