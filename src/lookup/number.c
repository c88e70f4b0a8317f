/* Addresses, AS numbers, and the names of reverse DNS. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "lookup/lookup_int.h"
#include "routes/origin.h"

enum { FILE_CONTACTS = 16, PREFIX_LEAST_4 = 8, PREFIX_LEAST_6 = 12 };

bool country_ours(const char *country)
{
	const char *ours = look_site()->country;
	return !ours || !*ours || (country && text_eq_nocase(country, ours));
}

/* ── reverse names (RFC 1035 §3.5, RFC 3596 §2.5) ── */

static bool reverse_v4(const char *s, size_t n, struct prefix *out)
{
	char text[PREFIX_TEXT] = "";
	int octets = 0;
	unsigned octet[4] = { 0 };
	if (n > 15)
		return false;
	for (const char *end = s + n; s < end;) {
		char part[4] = "";
		size_t len = strcspn(s, ".");
		int64_t v;
		if (octets == 4 || len > 3)
			return false;
		memcpy(part, s, len);
		if (!text_int(part, 0, 255, &v) || (len > 1 && part[0] == '0'))
			return false;
		octet[octets++] = (unsigned)v;
		s += len + 1;
	}
	unsigned at[4] = { 0 };
	for (int i = 0; i < octets; i++)
		at[octets - 1 - i] = octet[i];
	snprintf(text, sizeof text, "%u.%u.%u.%u/%d", at[0], at[1], at[2], at[3], octets * 8);
	return octets && prefix_parse(text, out);
}

static int nibble(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool reverse_v6(const char *s, size_t n, struct prefix *out)
{
	int count = (int)((n + 1) / 2);
	if (!n || n % 2 == 0 || count > 32)
		return false;
	*out = (struct prefix){ .a.family = 6, .len = (uint8_t)(4 * count) };
	for (int i = 0; i < count; i++) {
		int v = nibble(s[2 * i]), place = count - 1 - i;
		if (v < 0 || (i + 1 < count && s[2 * i + 1] != '.'))
			return false;
		out->a.b[place / 2] |= (uint8_t)(place % 2 ? v : v << 4);
	}
	return true;
}

static size_t before(const char *s, const char *tail)
{
	size_t n = strlen(s), m = strlen(tail);
	return n > m && strcmp(s + n - m, tail) == 0 ? n - m : 0;
}

bool reverse_parse(const char *ascii, struct prefix *out)
{
	size_t v4 = before(ascii, ".in-addr.arpa"), v6 = before(ascii, ".ip6.arpa");
	return v4 ? reverse_v4(ascii, v4, out) : v6 ? reverse_v6(ascii, v6, out) : false;
}

/* ── holdings ── */

static void head_of(struct filling *f, const struct holding *g)
{
	f->h->handle = g->handle;
	f->h->source = arena_printf(f->rq->mem, "%s statistics", g->registry);
	f->h->created = g->from_record ? g->valid_from : 0;
	f->h->valid_from = g->valid_from;
	status_add(f->h, "active");
}

/* The holder is known by the registry's opaque id; what it is called, the contacts say. */
static void holder_of(struct filling *f, const struct holding *g, const struct contact *c, int n)
{
	struct look_entity *e = entity_new(f, ROLE_OF_REGISTRANT);
	e->subject = SUBJECT_ORG;
	for (int i = 0; i < n && !e->loc.org; i++)
		e->loc.org = c[i].organisation && *c[i].organisation ? c[i].organisation : NULL;
	e->loc.country = *g->country ? g->country : NULL;
	e->handle = *g->opaque ? g->opaque : NULL;
	e->source = f->h->source;
	if (e->handle || e->loc.org)
		entity_add(f, e, NULL);
	entity_contacts_put(f, c, n, SUBJECT_ROLE);
}

static enum st elsewhere(struct filling *f, const struct holding *g)
{
	return err_set(&f->rq->err, ST_NOTFOUND, N_("%.80s is held elsewhere (%.20s, country %.4s)"), f->q->what,
		       g->registry, *g->country ? g->country : "-");
}

bool ip_asked(struct arena *mem, const char *what, struct range *r)
{
	struct prefix p;
	char *text = arena_strdup(mem, what), *slash = strchr(text, '/');
	struct addr a;
	if (!slash && addr_parse(text, &a)) {
		*r = (struct range){ a, a };
		return true;
	}
	int64_t len;
	if (!slash)
		return false;
	*slash = 0;
	if (!addr_parse(text, &a) || !text_int(slash + 1, 0, addr_bits(&a), &len))
		return false;
	p = prefix_of(&a, (int)len); /* RFC 9082 §3.1.1 has any address of the network */
	*r = prefix_range(&p);
	return true;
}

static void origin_fill(struct filling *f, struct look_ip *out)
{
	struct origin o;
	if (origin_of_addr(f->rq, &out->range.first, f->q->at, &o) == ST_OK) {
		out->origin = o.asn;
		out->origin_name = o.name ? o.name : "";
	} else {
		err_clear(&f->rq->err);
	}
}

enum st ip_fill(struct filling *f, struct look_ip *out)
{
	struct req *rq = f->rq;
	struct range asked;
	struct holding *g = arena_new_of(rq->mem, struct holding);
	struct contact *c = arena_array(rq->mem, struct contact, FILE_CONTACTS);
	char text[2 * ADDR_TEXT];
	int n = 0;
	if (!ip_asked(rq->mem, f->q->what, &asked))
		return err_set(&rq->err, ST_INVALID, N_("%.80s is no address or prefix"), f->q->what);
	if (holding_of_addr(rq, &asked.first, f->q->at, g))
		return rq->err.code;
	if (!range_has(&g->range, &asked.last))
		return err_set(&rq->err, ST_NOTFOUND, N_("no single holding contains %.80s"), f->q->what);
	if (!country_ours(g->country))
		return elsewhere(f, g);
	out->range = g->range;
	out->ncidrs = range_prefixes(&g->range, out->cidr, 32);
	out->ncidrs = out->ncidrs < 0 ? 0 : out->ncidrs;
	out->name = arena_strdup(rq->mem, range_text(&g->range, text));
	out->type = g->status;
	out->country = *g->country ? g->country : NULL;
	out->registry = g->registry;
	f->about = arena_strdup(rq->mem, addr_text(&g->range.first, text));
	head_of(f, g);
	origin_fill(f, out);
	struct prefix around = prefix_of(&asked.first, range_bin(&g->range).len);
	if (contact_around(rq, &around, asked.first.family == 4 ? PREFIX_LEAST_4 : PREFIX_LEAST_6, f->q->at, c,
			   FILE_CONTACTS, &n))
		return rq->err.code;
	holder_of(f, g, c, n);
	return ST_OK;
}

enum st autnum_fill(struct filling *f, struct look_autnum *out)
{
	struct req *rq = f->rq;
	struct holding *g = arena_new_of(rq->mem, struct holding);
	struct contact *c = arena_array(rq->mem, struct contact, FILE_CONTACTS);
	uint32_t asn;
	int n = 0;
	if (!asn_parse(f->q->what, &asn))
		return err_set(&rq->err, ST_INVALID, N_("%.80s is no AS number"), f->q->what);
	if (holding_of_asn(rq, asn, f->q->at, g))
		return rq->err.code;
	if (!country_ours(g->country))
		return elsewhere(f, g);
	out->first = g->asn_first;
	out->last = g->asn_first + (g->asn_count ? g->asn_count - 1 : 0);
	out->type = g->status;
	out->country = *g->country ? g->country : NULL;
	out->registry = g->registry;
	f->about = arena_printf(rq->mem, "AS%u", asn);
	head_of(f, g);
	if (origin_name(rq, asn, &out->name)) {
		err_clear(&rq->err);
		out->name = NULL;
	}
	if (contact_of(rq, f->about, f->q->at, c, FILE_CONTACTS, &n))
		return rq->err.code;
	holder_of(f, g, c, n);
	return ST_OK;
}
