/* Contacts of the registry (RFC 5733): rows and commands. Their values are judged in contact_rules.c, transfers in
 * contact_transfer.c. What is kept of the authinfo is a hash (RFC 9154), so nobody can read it back. */
#include <string.h>
#include "base/clock.h"
#include "names/contact_int.h"

#define POSTAL_COLUMNS(p)                                                                                              \
	p "_name, " p "_org, " p "_street1, " p "_street2, " p "_street3, " p "_city, " p "_sp, " p "_pc, " p "_cc"
#define OWN_COLUMNS                                                                                                    \
	"handle, " POSTAL_COLUMNS("int") ", " POSTAL_COLUMNS(                                                          \
		"loc") ", voice, voice_x, fax, fax_x, email, authinfo, person, lang, verified_at, disclose, "          \
		       "disclose_set, disclose_flag"
#define COLUMNS COMMON_COLUMNS ", " OWN_COLUMNS
enum { AT_HANDLE = 8, AT_INT = 9, AT_LOC = 18, AT_REST = 27 };

/* ── rows ── */

static void postal_take(struct rows *r, int at, struct postal_info *p)
{
	*p = (struct postal_info){ .there = !rows_null(r, at),
				   .name = rows_dup(r, at),
				   .org = rows_dup(r, at + 1),
				   .street = { rows_dup(r, at + 2), rows_dup(r, at + 3), rows_dup(r, at + 4) },
				   .city = rows_dup(r, at + 5),
				   .sp = rows_dup(r, at + 6),
				   .pc = rows_dup(r, at + 7),
				   .cc = rows_dup(r, at + 8) };
}

static void contact_take(struct req *rq, struct rows *r, struct contact_object *c)
{
	*c = (struct contact_object){ .handle = rows_dup(r, AT_HANDLE),
				      .voice = rows_dup(r, AT_REST),
				      .voice_x = rows_dup(r, AT_REST + 1),
				      .fax = rows_dup(r, AT_REST + 2),
				      .fax_x = rows_dup(r, AT_REST + 3),
				      .email = rows_dup(r, AT_REST + 4),
				      .authinfo = rows_dup(r, AT_REST + 5),
				      .person = rows_int(r, AT_REST + 6) != 0,
				      .lang = rows_dup(r, AT_REST + 7),
				      .verified_at = rows_int(r, AT_REST + 8),
				      .disclose = (unsigned)rows_int(r, AT_REST + 9),
				      .disclose_set = rows_int(r, AT_REST + 10) != 0,
				      .disclose_flag = rows_int(r, AT_REST + 11) != 0 };
	common_take(rq, r, 0, 'C', &c->c);
	postal_take(r, AT_INT, &c->postal[POSTAL_INT]);
	postal_take(r, AT_LOC, &c->postal[POSTAL_LOC]);
}

enum { OWN_VALUES = 30 };

/* The values of OWN_COLUMNS but the handle. */
static int own_values(const struct contact_object *c, struct val *v)
{
	int n = 0;
	for (int i = 0; i < POSTALS; i++) {
		const struct postal_info *p = &c->postal[i];
		const char *text[] = { p->name, p->org, p->street[0], p->street[1], p->street[2],
				       p->city, p->sp,	p->pc,	      p->cc };
		for (int k = 0; k < 9; k++)
			v[n++] = p->there ? V(text[k]) : V_NULL;
	}
	const struct val rest[] = { V(c->voice),
				    V(c->voice_x),
				    V(c->fax),
				    V(c->fax_x),
				    V(c->email),
				    V(c->authinfo),
				    V((int)c->person),
				    V(c->lang),
				    V(c->verified_at),
				    V(c->disclose),
				    V((int)c->disclose_set),
				    V((int)c->disclose_flag) };
	memcpy(v + n, rest, sizeof rest);
	return n + (int)(sizeof rest / sizeof *rest);
}

enum st contact_object_get(struct req *rq, const char *handle, struct contact_object *out)
{
	struct rows r;
	bool found;
	if (sql_query(
		    rq, &r,
		    "SELECT " COLUMNS ", CASE WHEN EXISTS (SELECT 1 FROM registry_domain_contact l"
		    " WHERE l.contact = registry_contact.id) THEN 1 ELSE 0 END FROM registry_contact WHERE handle = $1",
		    V(handle)))
		return rq->err.code;
	if ((found = rows_next(&r))) {
		contact_take(rq, &r, out);
		if (rows_int(&r, AT_REST + 12))
			out->c.status |= BIT(STATUS_LINKED);
	}
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, N_("there is no contact %.40s"), handle);
}

#define CONTACT_BY_HANDLE "SELECT " COLUMNS " FROM registry_contact WHERE handle = $1"

enum st contact_hold(struct req *rq, const char *handle, struct contact_object *out, struct outcome *why)
{
	struct rows r;
	bool found;
	if (sql_query(rq, &r, SQL_HELD(rq, CONTACT_BY_HANDLE), V(handle)))
		return rq->err.code;
	if ((found = rows_next(&r)))
		contact_take(rq, &r, out);
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : refuse(rq, why, R_NOT_THERE, "id", handle, N_("there is no contact %.40s"), handle);
}

enum st contact_find(struct req *rq, const char *handle, struct linked *out)
{
	struct rows r;
	bool found;
	if (sql_query(rq, &r, "SELECT id, handle, sponsor, status FROM registry_contact WHERE handle = $1", V(handle)))
		return rq->err.code;
	if ((found = rows_next(&r)))
		*out = (struct linked){ rows_int(&r, 0), rows_dup(&r, 1), rows_dup(&r, 2), (statuses)rows_int(&r, 3) };
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, N_("there is no contact %.40s"), handle);
}

/* ── create ── */

/* A registrar makes its own; the registry makes one for the registrar it names. */
static enum st sponsor_set(struct req *rq, struct common *c, struct outcome *why)
{
	const char *me = registry_actor(rq);
	int64_t n = 0;
	if (me) {
		c->sponsor = arena_strdup(rq->mem, me);
	} else {
		if (sql_number(rq, &n, "SELECT count(*) FROM registry_registrar WHERE handle = $1",
			       V(c->sponsor ? c->sponsor : "")))
			return rq->err.code;
		if (!n)
			return refuse(rq, why, R_NOT_THERE, "clID", c->sponsor, "a sponsoring registrar is needed");
	}
	c->creator = arena_strdup(rq->mem, me ? me : "");
	c->updater = arena_strdup(rq->mem, "");
	c->created_at = clock_now();
	c->updated_at = c->transferred_at = 0;
	return ST_OK;
}

static enum st contact_insert(struct req *rq, struct contact_object *c)
{
	const struct common *o = &c->c;
	struct val v[8 + OWN_VALUES] = { V(o->sponsor),	   V(o->creator),	 V(o->updater), V(o->created_at),
					 V(o->updated_at), V(o->transferred_at), V(o->status),	V(c->handle) };
	int n = 8 + own_values(c, v + 8);
	return sql_number_vals(
		rq, &c->c.id,
		"INSERT INTO registry_contact(sponsor, creator, updater, created_at, updated_at, transferred_at, "
		"status, " OWN_COLUMNS ") VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, "
		"$16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, "
		"$36, $37, $38) ON CONFLICT(handle) DO NOTHING RETURNING id",
		v, n);
}

enum st contact_create(struct req *rq, struct contact_object *c, struct outcome *why)
{
	const char *given = c->authinfo;
	if (contact_ok(rq, c, why) || authinfo_ok(rq, given, why) || sponsor_set(rq, &c->c, why) ||
	    status_change(rq, OBJECT_CONTACT, 0, c->c.status, 0, &c->c.status, why))
		return rq->err.code;
	c->authinfo = authinfo_keep(rq->mem, given);
	c->verified_at = 0;
	enum st st = contact_insert(rq, c);
	if (st == ST_NOTFOUND)
		return refuse(rq, why, R_EXISTS, "id", c->handle, N_("there is already a contact %s"), c->handle);
	if (st)
		return st;
	c->c.roid = registry_roid(rq->mem, 'C', c->c.id);
	return history_add(rq, "contact", c->c.id, c->handle, "contact-created", contact_json(rq->mem, c));
}

/* ── update ── */

enum st contact_keep(struct req *rq, struct contact_object *c, const char *verb)
{
	const char *me = registry_actor(rq);
	c->c.updater = arena_strdup(rq->mem, me ? me : "");
	c->c.updated_at = clock_now();
	const struct common *o = &c->c;
	struct val v[6 + OWN_VALUES] = { V(o->id),	   V(o->sponsor),	 V(o->updater),
					 V(o->updated_at), V(o->transferred_at), V(o->status) };
	int n = 6 + own_values(c, v + 6);
	if (sql_run_vals(
		    rq, NULL,
		    "UPDATE registry_contact SET sponsor = $2, updater = $3, updated_at = $4, transferred_at = "
		    "$5, status = $6, int_name = $7, int_org = $8, int_street1 = $9, int_street2 = $10, "
		    "int_street3 = $11, int_city = $12, int_sp = $13, int_pc = $14, int_cc = $15, loc_name = $16, "
		    "loc_org = $17, loc_street1 = $18, loc_street2 = $19, loc_street3 = $20, loc_city = $21, "
		    "loc_sp = $22, loc_pc = $23, loc_cc = $24, voice = $25, voice_x = $26, fax = $27, fax_x = $28, "
		    "email = $29, authinfo = $30, person = $31, lang = $32, verified_at = $33, disclose = $34, "
		    "disclose_set = $35, disclose_flag = $36 WHERE id = $1",
		    v, n))
		return rq->err.code;
	return history_add(rq, "contact", o->id, c->handle, verb, contact_json(rq->mem, c));
}

static char *text_or_none(char *s)
{
	return s && *s ? s : NULL;
}

/* RFC 5733 §3.2.5: name, org and addr are replaced each as a whole; a city says that there is an addr. "" removes an
 * org. */
static void postal_change(struct postal_info *p, const struct postal_info *to)
{
	p->there = true;
	if (to->name)
		p->name = to->name;
	if (to->org)
		p->org = text_or_none(to->org);
	if (!to->city)
		return;
	for (int i = 0; i < 3; i++)
		p->street[i] = text_or_none(to->street[i]);
	p->city = to->city;
	p->sp = text_or_none(to->sp);
	p->pc = text_or_none(to->pc);
	p->cc = to->cc;
}

static void values_change(struct req *rq, struct contact_object *c, const struct contact_change *ch)
{
	const struct contact_object *to = &ch->to;
	for (int i = 0; i < POSTALS; i++)
		if (ch->postal_set[i])
			postal_change(&c->postal[i], &to->postal[i]);
	if (ch->voice_set) {
		c->voice = text_or_none(to->voice);
		c->voice_x = text_or_none(to->voice_x);
	}
	if (ch->fax_set) {
		c->fax = text_or_none(to->fax);
		c->fax_x = text_or_none(to->fax_x);
	}
	if (ch->email_set) {
		if (!to->email || strcmp(c->email, to->email) != 0)
			c->verified_at = 0; /* nobody has answered there yet */
		c->email = to->email;
	}
	if (ch->authinfo_set)
		c->authinfo = authinfo_keep(rq->mem, to->authinfo);
	if (ch->disclose_changed) {
		c->disclose = to->disclose;
		c->disclose_set = to->disclose_set;
		c->disclose_flag = to->disclose_flag;
	}
	if (to->lang)
		c->lang = text_or_none(to->lang);
}

enum st contact_update(struct req *rq, struct contact_change *ch)
{
	struct contact_object c;
	struct outcome *why = &ch->why;
	if (contact_hold(rq, ch->handle, &c, why) || registry_may(rq, &c.c, why) ||
	    status_forbids(rq, c.c.status & ~ch->rem, DOING_UPDATE, why) ||
	    status_change(rq, OBJECT_CONTACT, c.c.status, ch->add, ch->rem, &c.c.status, why))
		return rq->err.code;
	if (ch->authinfo_set && authinfo_ok(rq, ch->to.authinfo, why))
		return rq->err.code;
	values_change(rq, &c, ch);
	if (contact_ok(rq, &c, why))
		return rq->err.code;
	if (contact_keep(rq, &c, "contact-updated"))
		return rq->err.code;
	return poll_changed(rq, &c.c, "contact", c.handle, "update");
}

enum st contact_verified(struct req *rq, const char *handle, struct outcome *why)
{
	struct contact_object c;
	if (registry_actor(rq))
		return refuse(rq, why, R_AUTHORIZATION, "id", handle,
			      "only the registry says that an address answered");
	if (contact_hold(rq, handle, &c, why))
		return rq->err.code;
	c.verified_at = clock_now();
	return contact_keep(rq, &c, "contact-verified");
}

enum { UNREACHABLE_AT_ONCE = 1000 };

enum st contact_unreachable(struct req *rq, const char *email)
{
	struct rows r;
	char **handle = arena_array(rq->mem, char *, UNREACHABLE_AT_ONCE);
	int n = 0;
	if (sql_query(rq, &r,
		      "SELECT handle FROM registry_contact WHERE email IS NOT NULL AND lower(email) = lower($1) AND "
		      "verified_at > 0 ORDER BY id LIMIT $2",
		      V(email), V(UNREACHABLE_AT_ONCE)))
		return rq->err.code;
	while (n < UNREACHABLE_AT_ONCE && rows_next(&r))
		handle[n++] = rows_dup(&r, 0);
	if (rows_end(&r))
		return rq->err.code;
	for (int i = 0; i < n; i++) {
		struct contact_object c;
		struct outcome why;
		if (contact_hold(rq, handle[i], &c, &why))
			return rq->err.code;
		c.verified_at = 0;
		if (contact_keep(rq, &c, "contact-unreachable") ||
		    poll_changed(rq, &c.c, "contact", c.handle, "update"))
			return rq->err.code;
	}
	return ST_OK;
}

/* ── delete ── */

static enum st links_none(struct req *rq, const struct contact_object *c, struct outcome *why)
{
	int64_t n = 0;
	if (sql_number(rq, &n, "SELECT count(DISTINCT domain) FROM registry_domain_contact WHERE contact = $1",
		       V(c->c.id)))
		return rq->err.code;
	return n ? refuse(rq, why, R_ASSOCIATION, "id", c->handle, "%lld domain%s use%s this contact", (long long)n,
			  n == 1 ? "" : "s", n == 1 ? "s" : "")
		 : ST_OK;
}

/* A link made at the same time by another writer is held off by the foreign key of registry_domain_contact. */
enum st contact_delete(struct req *rq, const char *handle, struct outcome *why)
{
	struct contact_object c;
	if (contact_hold(rq, handle, &c, why) || registry_may(rq, &c.c, why) ||
	    status_forbids(rq, c.c.status, DOING_DELETE, why) || links_none(rq, &c, why))
		return rq->err.code;
	enum st st = sql_run(rq, "DELETE FROM registry_contact WHERE id = $1", V(c.c.id));
	if (st == ST_CONFLICT)
		return refuse(rq, why, R_ASSOCIATION, "id", handle, N_("a domain began to use this contact just now"));
	if (st || history_add(rq, "contact", c.c.id, c.handle, "contact-deleted", NULL))
		return rq->err.code;
	return poll_changed(rq, &c.c, "contact", c.handle, "delete");
}
