/* Which parts of an entity a level sees: the table, and the one function that applies it. */
#include <string.h>
#include "lookup/lookup_int.h"

/* Public by default: of natural persons nothing (a relay form reaches them); of organisations name and country; of
 * their role contacts what is needed to reach them. An organisation's name is its `org`: the `name` beside it is
 * somebody who works there. */
#define NOBODY                                                                                                         \
	{                                                                                                              \
		false, true, true                                                                                      \
	}
#define ALL                                                                                                            \
	{                                                                                                              \
		true, true, true                                                                                       \
	}
const struct disclosure_row disclosure_rows[PARTS] = {
	/*                                       person   organisation  role contact */
	{ PART_NAME, "Name", { NOBODY, NOBODY, NOBODY } },
	{ PART_ORG, "Organization", { NOBODY, ALL, ALL } },
	{ PART_STREET, "Street", { NOBODY, NOBODY, NOBODY } },
	{ PART_CITY, "City", { NOBODY, NOBODY, NOBODY } },
	{ PART_REGION, "State/Province", { NOBODY, NOBODY, NOBODY } },
	{ PART_CODE, "Postal Code", { NOBODY, NOBODY, NOBODY } },
	{ PART_COUNTRY, "Country", { NOBODY, ALL, ALL } },
	{ PART_VOICE, "Phone", { NOBODY, NOBODY, ALL } },
	{ PART_FAX, "Fax", { NOBODY, NOBODY, ALL } },
	{ PART_EMAIL, "Email", { NOBODY, NOBODY, ALL } },
};

const char *look_level_name(enum look_level l)
{
	static const char *const names[] = { "public", "partner", "staff" };
	return names[l];
}

static bool filled(const char *s)
{
	return s && *s;
}

static bool has_part(const struct look_entity *e, enum look_part p)
{
	const struct look_postal *both[] = { &e->loc, &e->in };
	bool has = false;
	for (int i = 0; i < 2; i++)
		switch (p) {
		case PART_NAME:
			has |= filled(both[i]->name);
			break;
		case PART_ORG:
			has |= filled(both[i]->org);
			break;
		case PART_STREET:
			has |= filled(both[i]->street[0]) || filled(both[i]->street[1]) || filled(both[i]->street[2]);
			break;
		case PART_CITY:
			has |= filled(both[i]->city);
			break;
		case PART_REGION:
			has |= filled(both[i]->region);
			break;
		case PART_CODE:
			has |= filled(both[i]->code);
			break;
		case PART_COUNTRY:
			has |= filled(both[i]->country);
			break;
		case PART_VOICE:
			has |= filled(e->voice);
			break;
		case PART_FAX:
			has |= filled(e->fax);
			break;
		case PART_EMAIL:
			has |= filled(e->email);
			break;
		case PARTS:
			break;
		}
	return has;
}

static void postal_hide(struct look_postal *p, enum look_part part)
{
	switch (part) {
	case PART_NAME:
		p->name = NULL;
		break;
	case PART_ORG:
		p->org = NULL;
		break;
	case PART_STREET:
		memset(p->street, 0, sizeof p->street);
		break;
	case PART_CITY:
		p->city = NULL;
		break;
	case PART_REGION:
		p->region = NULL;
		break;
	case PART_CODE:
		p->code = NULL;
		break;
	case PART_COUNTRY:
		p->country = NULL;
		break;
	default:
		break;
	}
}

static void part_hide(struct look_entity *e, enum look_part part)
{
	postal_hide(&e->loc, part);
	postal_hide(&e->in, part);
	if (part == PART_VOICE)
		e->voice = NULL;
	if (part == PART_FAX)
		e->fax = NULL;
	if (part == PART_EMAIL)
		e->email = NULL;
}

/* The client's own wish (RFC 5733 §2.9): bits of look_part that it asked to disclose, or to withhold. */
static bool shown(const struct look_entity *e, enum look_part p, enum look_level l, const struct look_wish *w)
{
	bool by_rule = disclosure_rows[p].shown[e->subject][l];
	if (l == LEVEL_STAFF || !w || !(w->parts & 1u << p))
		return by_rule;
	return w->disclose ? true : l == LEVEL_PUBLIC ? false : by_rule;
}

void entity_disclose(struct look_entity *e, enum look_level level, const struct look_wish *w)
{
	for (int p = 0; p < PARTS; p++) {
		if (!has_part(e, p))
			continue;
		if (!shown(e, p, level, w)) {
			e->hidden |= 1u << p;
			part_hide(e, p);
		} else if (!shown(e, p, LEVEL_PUBLIC, w)) {
			e->disclosed |= 1u << p;
		}
	}
	if (!(e->hidden & 1u << PART_EMAIL))
		e->relay = NULL;
}

static unsigned entity_bits(const struct look_entity *e, bool hidden)
{
	unsigned bits = hidden ? e->hidden : e->disclosed;
	for (int i = 0; i < e->nmore; i++)
		bits |= entity_bits(&e->more[i], hidden);
	return bits;
}

static unsigned look_bits(const struct look *l, bool hidden)
{
	unsigned bits = l->kind == LOOK_ENTITY ? entity_bits(&l->who.e, hidden) : 0;
	for (int i = 0; i < l->h.nentities; i++)
		bits |= entity_bits(l->h.entity[i], hidden);
	if (l->kind == LOOK_DOMAIN && l->domain.network)
		for (int i = 0; i < l->domain.network->h.nentities; i++)
			bits |= entity_bits(l->domain.network->h.entity[i], hidden);
	return bits;
}

unsigned look_disclosed(const struct look *l)
{
	return look_bits(l, false);
}

unsigned look_hidden(const struct look *l)
{
	return look_bits(l, true);
}
