#include <string.h>
#include "base/idn.h"
#include "base/phrase.h"
#include "base/text.h"
#include "holder/holder_int.h"
#include "names/names.h"
#include "numbers/numbers.h"
#include "routes/origin.h"

struct holder_site site; /* immutable once set */

void holder_setup(const struct holder_site *s)
{
	site = *s;
}

static bool our_country(const char *country)
{
	return country && site.country && text_eq_nocase(country, site.country);
}

/* "Not found" is an answer here, and leaves no trace in the request. */
static bool missing(struct req *rq, enum st st)
{
	if (st == ST_NOTFOUND)
		err_clear(&rq->err);
	return st == ST_NOTFOUND;
}

/* ── names ── */

static enum st registered(struct req *rq, const struct name *n, int64_t at, struct answer *a)
{
	struct name_contacts c;
	const char *country = names_country_of(n->zone);
	a->responsible = true;
	a->matched = n->name;
	a->country = arena_strdup(rq->mem, country ? country : site.country);
	a->valid_from = n->valid_from;
	a->from_record = n->from_record;
	a->first_seen = n->first_seen;
	a->last_seen = n->last_seen;
	a->source = n->source;
	if (contacts_of_name(rq, n, at, &c))
		return rq->err.code;
	struct chain_link *l = link_add(a, LINK_HOLDER, n->holder, n->name);
	l->person = l->name && !(n->holder_kind && strcmp(n->holder_kind, "org") == 0);
	link_contacts(rq, l, c.own, c.nown);
	link_sponsor(rq, a, n->sponsor, c.sponsor, c.nsponsor);
	link_authority(rq, a);
	return ST_OK;
}

/* [a name, not a public suffix][at another time] */
static const char *const not_registered[2][2] = {
	{ N_("%s is a public suffix, not a name registered under .%s."),
	  N_("%s is a public suffix, not a name registered under .%s at that time.") },
	{ N_("%s is not registered under .%s."), N_("%s is not registered under .%s at that time.") },
};

static enum st unregistered(struct req *rq, const char *ascii, int64_t at, struct answer *a)
{
	const char *tld = name_tld(ascii), *country = names_country_of(tld), *cut = name_registrable(ascii);
	bool ours;
	if (names_zone_ours(rq, tld, &ours))
		return rq->err.code;
	a->country = arena_strdup(rq->mem, country ? country : ours ? site.country : NULL);
	if (ours || our_country(country)) {
		a->elsewhere = PHRASE(rq->mem, not_registered[!!cut][at != 0], cut ? cut : ascii, tld);
		link_authority(rq, a);
	} else if (country) {
		a->elsewhere = PHRASE(rq->mem,
				      N_("%s is under .%s, a top-level domain of %s: the registry of .%s there can say "
					 "who holds it."),
				      ascii, tld, country, tld);
	} else if (tld_special(tld)) {
		a->elsewhere = PHRASE(rq->mem, N_("%s is reserved for %s: nobody is responsible for it."), ascii,
				      tld_special(tld));
	} else if (!name_tld_known(tld)) {
		a->elsewhere =
			PHRASE(rq->mem, N_("%s: no top-level domain .%s is known, so nobody can have registered it."),
			       ascii, tld);
	} else {
		a->elsewhere = PHRASE(rq->mem,
				      N_("%s is under the generic top-level domain .%s: the registry of .%s can say, "
					 "through RDAP, who its registrar is."),
				      ascii, tld, tld);
	}
	return ST_OK;
}

static enum st of_name(struct req *rq, const char *ascii, int64_t at, struct answer *a)
{
	struct name n;
	enum st st = names_find(rq, ascii, at, &n);
	if (missing(rq, st))
		return unregistered(rq, ascii, at, a);
	return st ? st : registered(rq, &n, at, a);
}

/* ── addresses ── */

/* The shortest prefix around it that still lies within the holding: what is wider is about other holders too. */
static int least_length(const struct prefix *asked, const struct range *holding)
{
	int len = asked->len;
	while (len > 0) {
		struct prefix p = prefix_of(&asked->a, len - 1);
		struct range r = prefix_range(&p);
		if (!range_has(holding, &r.first) || !range_has(holding, &r.last))
			break;
		len--;
	}
	return len;
}

static enum st contacts_around(struct req *rq, const struct prefix *asked, const struct range *holding, int64_t at,
			       struct contact *c, int *n)
{
	int least = least_length(asked, holding);
	enum st st = contact_around(rq, asked, least, at, c, CHAIN_CONTACTS, n);
	return st || *n || !at ? st : contact_around(rq, asked, least, 0, c, CHAIN_CONTACTS, n);
}

static void holding_seen(struct req *rq, const struct holding *h, struct answer *a)
{
	char text[2 * ADDR_TEXT];
	a->matched = h->kind == HOLDING_ASN ? a->matched : arena_strdup(rq->mem, range_text(&h->range, text));
	a->country = h->country[0] ? h->country : NULL;
	a->valid_from = h->valid_from;
	a->from_record = h->from_record;
	a->first_seen = h->first_seen;
	a->last_seen = h->last_seen;
	a->source = arena_printf(rq->mem, "holdings:%s", h->registry);
}

static bool held(const struct holding *h)
{
	return strcmp(h->status, "allocated") == 0 || strcmp(h->status, "assigned") == 0;
}

/* Of what nobody holds; as the statistics say it. */
static const char *const unheld[] = { N_("available"), N_("reserved"), N_("ianapool") };

static const char *unheld_word(const char *status)
{
	for (size_t i = 0; i < sizeof unheld / sizeof *unheld; i++)
		if (strcmp(unheld[i], status) == 0)
			return unheld[i];
	return status;
}

static char *held_elsewhere(struct req *rq, const struct answer *a, const struct holding *h)
{
	if (!held(h))
		return PHRASE(rq->mem, N_("%s is %s at the registry %s: nobody holds it."), a->matched,
			      unheld_word(h->status), h->registry);
	if (!h->country[0])
		return PHRASE(rq->mem, N_("%s is held somewhere under the registry %s, which names no country."),
			      a->matched, h->registry);
	return PHRASE(rq->mem, N_("%s is held in %s: the registry %s can say who holds it."), a->matched, h->country,
		      h->registry);
}

static enum st held_here(struct req *rq, const struct holding *h, const struct prefix *asked, int64_t at,
			 struct answer *a)
{
	struct contact c[CHAIN_CONTACTS];
	int n;
	a->responsible = true;
	if (contacts_around(rq, asked, &h->range, at, c, &n))
		return rq->err.code;
	struct chain_link *l = link_add(a, LINK_HOLDER, n ? c[0].organisation : NULL, h->handle);
	link_contacts(rq, l, c, n);
	if (link_upstream(rq, a, &asked->a, at))
		return rq->err.code;
	link_authority(rq, a);
	return ST_OK;
}

/* [at another time][the region's registry is known] */
static const char *const unheard_of[2][2] = {
	{ N_("No statistics here say who holds %s."),
	  N_("No statistics here say who holds %s. The registry of its region is %s, which can say.") },
	{ N_("No statistics here say who held %s at that time."),
	  N_("No statistics here say who held %s at that time. The registry of its region is %s, which can say.") },
};

static char *unknown_here(struct req *rq, const struct thing *t, int64_t at, const char *special, const char *region)
{
	if (special)
		return PHRASE(rq->mem, N_("%s is reserved for %s: nobody is responsible for it."), t->text, special);
	return PHRASE(rq->mem, unheard_of[at != 0][region != NULL], t->text, region);
}

static enum st held_by_nobody(struct req *rq, const struct thing *t, int64_t at, struct answer *a)
{
	const char *special = range_special(&t->range);
	if (!special && link_upstream(rq, a, &t->range.first, at))
		return rq->err.code;
	a->elsewhere = unknown_here(rq, t, at, special, range_region(&t->range));
	return ST_OK;
}

/* More than one holding: whom to ask depends on which address is meant. */
static enum st held_in_part(struct req *rq, const struct thing *t, const struct holding *h, struct answer *a)
{
	char text[2 * ADDR_TEXT];
	a->elsewhere = PHRASE(rq->mem,
			      N_("%s is not held as a whole: its first address lies in %s, which is held by itself. "
				 "Ask for that."),
			      t->text, range_text(&h->range, text));
	return ST_OK;
}

static enum st of_range(struct req *rq, const struct thing *t, int64_t at, struct answer *a)
{
	struct holding h;
	struct prefix asked = range_bin(&t->range); /* a narrower prefix's contacts don't answer for the whole */
	enum st st = holding_of_addr(rq, &t->range.first, at, &h);
	if (st && !missing(rq, st))
		return st;
	if (st)
		return held_by_nobody(rq, t, at, a);
	if (!range_has(&h.range, &t->range.last))
		return held_in_part(rq, t, &h, a);
	holding_seen(rq, &h, a);
	if (held(&h) && our_country(h.country))
		return held_here(rq, &h, &asked, at, a);
	a->elsewhere = held_elsewhere(rq, a, &h);
	return link_upstream(rq, a, &t->range.first, at);
}

/* ── AS numbers ── */

static enum st as_link(struct req *rq, const struct thing *t, const struct holding *h, int64_t at, struct answer *a)
{
	struct contact c[CHAIN_CONTACTS];
	char *name;
	int n;
	enum st st = origin_name(rq, t->asn, &name);
	if (st && !missing(rq, st))
		return st;
	if (contacts_then(rq, t->text, at, c, &n))
		return rq->err.code;
	link_contacts(rq, link_add(a, LINK_HOLDER, name || !n ? name : c[0].organisation, h ? h->handle : t->text), c,
		      n);
	return ST_OK;
}

static enum st of_asn(struct req *rq, const struct thing *t, int64_t at, struct answer *a)
{
	struct holding h;
	enum st st = holding_of_asn(rq, t->asn, at, &h);
	if (missing(rq, st)) {
		a->elsewhere = unknown_here(rq, t, at, asn_special(t->asn), asn_region(t->asn));
		return ST_OK;
	}
	if (st)
		return st;
	a->matched = t->text;
	holding_seen(rq, &h, a);
	if (!held(&h) || !our_country(h.country)) {
		a->elsewhere = held_elsewhere(rq, a, &h);
		return ST_OK;
	}
	a->responsible = true;
	if (as_link(rq, t, &h, at, a))
		return rq->err.code;
	link_authority(rq, a);
	return ST_OK;
}

enum st holder_find(struct req *rq, const char *thing, int64_t at, struct answer *out)
{
	struct thing t;
	*out = (struct answer){ .query = arena_strdup(rq->mem, thing), .valid_from = TIME_NONE };
	if (thing_parse(rq->mem, thing, &t, &rq->err))
		return rq->err.code;
	out->kind = t.kind;
	out->host = t.kind == THING_URL || t.kind == THING_OTHER ? t.text : NULL;
	switch (t.about) {
	case THING_NAME:
		return of_name(rq, t.text, at, out);
	case THING_ASN:
		return of_asn(rq, &t, at, out);
	default:
		return of_range(rq, &t, at, out);
	}
}
