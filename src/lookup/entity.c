/* Entities: registered contacts, registrars, holders and role contacts from files. */
#include <string.h>
#include "base/buf.h"
#include "lookup/lookup_int.h"

enum { FILE_CONTACTS = 16 };

const char *look_role_name(unsigned role)
{
	switch (role) {
	case ROLE_OF_REGISTRANT:
		return "registrant";
	case ROLE_OF_ADMIN:
		return "administrative";
	case ROLE_OF_TECH:
		return "technical";
	case ROLE_OF_BILLING:
		return "billing";
	case ROLE_OF_ABUSE:
		return "abuse";
	default:
		return "registrar";
	}
}

static unsigned role_of(const char *s)
{
	static const struct {
		const char *name;
		unsigned role;
	} rows[] = {
		{ "abuse", ROLE_OF_ABUSE },
		{ "tech", ROLE_OF_TECH },
		{ "admin", ROLE_OF_ADMIN },
		{ "billing", ROLE_OF_BILLING },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (!strcmp(rows[i].name, s))
			return rows[i].role;
	return ROLE_OF_TECH;
}

static char *some(char *s)
{
	return s && *s ? s : NULL;
}

static bool same(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

struct look_entity *entity_new(struct filling *f, unsigned role)
{
	struct look_entity *e = arena_new_of(f->rq->mem, struct look_entity);
	e->roles = role;
	return e;
}

/* A handle may hold anything that is no blank (RFC 5730 clIDType). */
static const char *path_part(struct arena *mem, const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
	if (!s[strspn(s, plain)])
		return s;
	BUF_SCOPE b = BUF_INIT;
	for (; *s; s++)
		if (strchr(plain, *s))
			buf_char(&b, *s);
		else
			buf_printf(&b, "%%%02X", (unsigned char)*s);
	return arena_strdup(mem, buf_cstr(&b));
}

/* A form in the place of an address that is withheld: the same for all entities of an answer. */
static void relay_set(struct filling *f, struct look_entity *e)
{
	const char *base = f->q->base ? f->q->base : look_site()->base;
	bool reached = f->h->kind == LOOK_DOMAIN || f->h->kind == LOOK_ENTITY; /* others' contacts are open */
	if (!(e->hidden & 1u << PART_EMAIL) || !base || !*base || !f->about || !reached)
		return;
	if (!f->relay)
		f->relay = arena_join(f->rq->mem, base, "/contact/", path_part(f->rq->mem, f->about), NULL);
	e->relay = f->relay;
}

static void disclose(struct filling *f, struct look_entity *e, const struct look_wish *w)
{
	entity_disclose(e, f->q->level, w);
	relay_set(f, e);
}

void entity_add(struct filling *f, struct look_entity *e, const struct look_wish *w)
{
	struct look_head *h = f->h;
	for (int i = 0; i < h->nentities; i++) {
		struct look_entity *old = h->entity[i];
		if (same(old->handle, e->handle) && old->subject == e->subject &&
		    (old->roles & ROLE_OF_REGISTRAR) == (e->roles & ROLE_OF_REGISTRAR)) {
			old->roles |= e->roles;
			return;
		}
	}
	if (h->nentities == LOOK_ENTITIES)
		return;
	disclose(f, e, w);
	h->entity[h->nentities++] = e;
}

/* ── role contacts from files ── */

static void file_contact(struct filling *f, const struct contact *c, enum look_subject subject, struct look_entity *e)
{
	*e = (struct look_entity){ .roles = role_of(c->role),
				   .subject =
					   some(c->organisation) && subject != SUBJECT_PERSON ? SUBJECT_ROLE : subject,
				   .email = some(c->email),
				   .voice = some(c->phone),
				   .lang = some(c->lang),
				   .source = some(c->source),
				   .verified = c->verified_at,
				   .mail = look_dep_mail(f->rq->mem, c->email) };
	e->loc.org = some(c->organisation);
}

enum st entity_contacts_put(struct filling *f, const struct contact *c, int n, enum look_subject subject)
{
	for (int i = 0; i < n; i++) {
		struct look_entity *e = entity_new(f, 0);
		file_contact(f, &c[i], subject, e);
		entity_add(f, e, NULL);
	}
	return ST_OK;
}

/* ── registered contacts ── */

static void postal_take(const struct postal_info *p, struct look_postal *out)
{
	if (!p->there)
		return;
	*out = (struct look_postal){ .name = some(p->name),
				     .org = some(p->org),
				     .street = { some(p->street[0]), some(p->street[1]), some(p->street[2]) },
				     .city = some(p->city),
				     .region = some(p->sp),
				     .code = some(p->pc),
				     .country = some(p->cc) };
}

/* RFC 5733's elements, in the order of contact_object.disclose; a form's wish counts for both. */
static struct look_wish wish_of(const struct contact_object *c)
{
	static const unsigned parts[] = {
		1u << PART_NAME,
		1u << PART_NAME,
		1u << PART_ORG,
		1u << PART_ORG,
		1u << PART_STREET | 1u << PART_CITY | 1u << PART_REGION | 1u << PART_CODE | 1u << PART_COUNTRY,
		1u << PART_STREET | 1u << PART_CITY | 1u << PART_REGION | 1u << PART_CODE | 1u << PART_COUNTRY,
		1u << PART_VOICE,
		1u << PART_FAX,
		1u << PART_EMAIL,
	};
	struct look_wish w = { .disclose = c->disclose_flag };
	for (size_t i = 0; c->disclose_set && i < sizeof parts / sizeof *parts; i++)
		if (c->disclose & 1u << i)
			w.parts |= parts[i];
	return w;
}

static char *extended(struct arena *mem, char *number, const char *ext)
{
	return some(number) && ext && *ext ? arena_printf(mem, "%s;ext=%s", number, ext) : some(number);
}

enum st contact_fill(struct filling *f, const char *handle, struct look_entity *out, struct look_wish *w)
{
	struct contact_object *c = arena_new_of(f->rq->mem, struct contact_object);
	unsigned roles = out->roles;
	if (f->q->at ? former_contact(f->rq, handle, f->q->at, c) : contact_object_get(f->rq, handle, c))
		return f->rq->err.code;
	*out = (struct look_entity){ .roles = roles,
				     .handle = c->handle,
				     .voice = extended(f->rq->mem, c->voice, c->voice_x),
				     .fax = extended(f->rq->mem, c->fax, c->fax_x),
				     .email = some(c->email),
				     .lang = some(c->lang),
				     .source = "registry",
				     .created = c->c.created_at,
				     .changed = c->c.updated_at,
				     .verified = c->verified_at,
				     .mail = look_dep_mail(f->rq->mem, c->email),
				     .status = c->c.status };
	postal_take(&c->postal[POSTAL_LOC], &out->loc);
	postal_take(&c->postal[POSTAL_INT], &out->in);
	bool org = !c->person && (out->loc.org || out->in.org);
	bool role = roles & (ROLE_OF_ADMIN | ROLE_OF_TECH | ROLE_OF_BILLING | ROLE_OF_ABUSE);
	out->subject = !org ? SUBJECT_PERSON : role && !(roles & ROLE_OF_REGISTRANT) ? SUBJECT_ROLE : SUBJECT_ORG;
	*w = wish_of(c);
	return ST_OK;
}

enum st entity_contact(struct filling *f, unsigned role, const char *handle)
{
	struct look_wish w;
	struct look_entity *e = entity_new(f, role);
	if (!handle || !*handle)
		return ST_OK;
	enum st st = contact_fill(f, handle, e, &w);
	if (st == ST_NOTFOUND) { /* of a former version: gone since */
		err_clear(&f->rq->err);
		*e = (struct look_entity){ .roles = role, .handle = arena_strdup(f->rq->mem, handle) };
		w = (struct look_wish){ 0 };
	} else if (st) {
		return st;
	}
	entity_add(f, e, &w);
	return ST_OK;
}

/* ── registrars and sponsors ── */

static void sponsor_contacts(struct filling *f, const struct contact *c, int n, struct look_entity *out)
{
	out->more = arena_array(f->rq->mem, struct look_entity, n ? n : 1);
	for (int i = 0; i < n; i++) {
		if (!out->loc.org)
			out->loc.org = some(c[i].organisation);
		struct look_entity *e = &out->more[out->nmore++];
		file_contact(f, &c[i], SUBJECT_ROLE, e);
		disclose(f, e, NULL);
	}
}

static char *sponsor_resource(struct filling *f, const char *handle)
{
	return arena_join(f->rq->mem, "sponsor:", handle, NULL);
}

/* With the contacts that files have for it. */
static enum st registrar_with(struct filling *f, const char *handle, const struct contact *c, int n,
			      struct look_entity *out)
{
	struct req *rq = f->rq;
	struct registrar r;
	*out = (struct look_entity){ .roles = ROLE_OF_REGISTRAR,
				     .subject = SUBJECT_ORG,
				     .handle = arena_strdup(rq->mem, handle) };
	enum st st = f->q->at ? former_registrar(rq, handle, f->q->at, &r) : registrar_get(rq, handle, &r);
	if (st != ST_OK && st != ST_NOTFOUND)
		return st;
	err_clear(&rq->err);
	if (st == ST_OK) {
		out->loc.org = some(r.name);
		out->lang = some(r.lang);
		out->source = "registry";
	}
	sponsor_contacts(f, c, n, out);
	if (st == ST_OK && !n && some(r.email)) {
		struct contact own = { .role = "abuse", .email = r.email, .lang = r.lang, .organisation = r.name };
		sponsor_contacts(f, &own, 1, out);
	}
	return st == ST_OK || n ? ST_OK : err_set(&rq->err, ST_NOTFOUND, N_("there is no registrar %.80s"), handle);
}

enum st registrar_fill(struct filling *f, const char *handle, struct look_entity *out)
{
	struct contact *c = arena_array(f->rq->mem, struct contact, FILE_CONTACTS);
	int n = 0;
	if (contact_of(f->rq, sponsor_resource(f, handle), f->q->at, c, FILE_CONTACTS, &n))
		return f->rq->err.code;
	return registrar_with(f, handle, c, n, out);
}

static enum st registrar_join(struct filling *f, struct look_entity *e, enum st st)
{
	if (st == ST_NOTFOUND) /* files may name a sponsor that nothing else is known of */
		err_clear(&f->rq->err);
	else if (st)
		return st;
	entity_add(f, e, NULL);
	return ST_OK;
}

enum st entity_registrar(struct filling *f, const char *handle)
{
	struct look_entity *e = entity_new(f, ROLE_OF_REGISTRAR);
	if (!handle || !*handle)
		return ST_OK;
	return registrar_join(f, e, registrar_fill(f, handle, e));
}

enum st entity_contacts_registrar(struct filling *f, const char *resource, enum look_subject subject,
				  const char *handle)
{
	bool sponsored = handle && *handle;
	struct contact_ask ask[2] = { { .resource = resource }, { .resource = NULL } };
	if (sponsored)
		ask[1].resource = sponsor_resource(f, handle);
	for (int i = 0; i < 2; i++) {
		ask[i].out = arena_array(f->rq->mem, struct contact, FILE_CONTACTS);
		ask[i].max = FILE_CONTACTS;
	}
	if (contact_of_both(f->rq, ask, f->q->at) || entity_contacts_put(f, ask[0].out, ask[0].n, subject))
		return f->rq->err.code;
	if (!sponsored)
		return ST_OK;
	struct look_entity *e = entity_new(f, ROLE_OF_REGISTRAR);
	return registrar_join(f, e, registrar_with(f, handle, ask[1].out, ask[1].n, e));
}

/* ── an entity by itself ── */

static enum st holder_fill(struct filling *f, struct look_who *out)
{
	struct look_wish w = { 0 };
	enum st st = contact_fill(f, f->q->what, &out->e, &w);
	if (st)
		return st;
	f->about = out->e.handle;
	disclose(f, &out->e, &w);
	return ST_OK;
}

/* By the opaque id of the registries' statistics: what it is called, the contacts of what it holds say. */
static enum st opaque_contacts(struct filling *f, struct look_who *out)
{
	struct contact *c = arena_array(f->rq->mem, struct contact, FILE_CONTACTS);
	int n = 0;
	for (int i = 0; i < out->nholdings && !n; i++) {
		const struct holding *g = &out->holding[i];
		struct prefix p = prefix_of(&g->range.first, g->kind == HOLDING_ASN ? 0 : range_bin(&g->range).len);
		enum st st = g->kind == HOLDING_ASN ? contact_of(f->rq, arena_printf(f->rq->mem, "AS%u", g->asn_first),
								 f->q->at, c, FILE_CONTACTS, &n)
						    : contact_around(f->rq, &p, p.len, f->q->at, c, FILE_CONTACTS, &n);
		if (st)
			return st;
	}
	out->e.more = arena_array(f->rq->mem, struct look_entity, n ? n : 1);
	for (int i = 0; i < n; i++) {
		struct look_entity *e = &out->e.more[out->e.nmore++];
		out->e.loc.org = out->e.loc.org ? out->e.loc.org : some(c[i].organisation);
		file_contact(f, &c[i], SUBJECT_ROLE, e);
		disclose(f, e, NULL);
	}
	return ST_OK;
}

static enum st opaque_fill(struct filling *f, struct look_who *out)
{
	struct holding *g = arena_array(f->rq->mem, struct holding, LOOK_HOLDINGS);
	int n = 0;
	if (holding_of_opaque(f->rq, f->q->what, f->q->at, g, LOOK_HOLDINGS, &n))
		return f->rq->err.code;
	out->holding = g;
	for (int i = 0; i < n; i++)
		if (country_ours(g[i].country))
			g[out->nholdings++] = g[i];
	if (!out->nholdings)
		return err_set(&f->rq->err, ST_NOTFOUND, N_("%.80s holds elsewhere"), f->q->what);
	out->e = (struct look_entity){ .roles = ROLE_OF_REGISTRANT,
				       .subject = SUBJECT_ORG,
				       .handle = g->opaque,
				       .source = arena_printf(f->rq->mem, "%s statistics", g->registry) };
	out->e.loc.country = *g->country ? g->country : NULL;
	if (opaque_contacts(f, out))
		return f->rq->err.code;
	disclose(f, &out->e, NULL);
	return ST_OK;
}

enum st who_fill(struct filling *f, struct look_who *out)
{
	enum st st = ST_NOTFOUND;
	if (strlen(f->q->what) > 255)
		return err_set(&f->rq->err, ST_INVALID, N_("a handle has at most 255 characters"));
	st = registrar_fill(f, f->q->what, &out->e);
	if (st == ST_NOTFOUND) {
		err_clear(&f->rq->err);
		out->e = (struct look_entity){ 0 };
		st = holder_fill(f, out);
	}
	if (st == ST_NOTFOUND) {
		err_clear(&f->rq->err);
		st = opaque_fill(f, out);
	}
	if (st)
		return st;
	out->h.handle = out->e.handle;
	out->h.created = out->e.created;
	out->h.changed = out->e.changed;
	out->h.source = out->e.source;
	if (out->nholdings)
		status_add(&out->h, "active");
	else if (!(out->e.roles & ROLE_OF_REGISTRAR)) {
		statuses_add(&out->h, out->e.status);
		if (out->e.verified > 0)
			status_add(&out->h, "validated");
	}
	return ST_OK;
}
