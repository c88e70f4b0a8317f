/* The registry's rows as an answer to names_find and to the holder question, now and at a past instant. */
#include <string.h>
#include "base/clock.h"
#include "base/idn.h"
#include "base/text.h"
#include "names/registry_int.h"
#include "who/contact.h"

#define SOURCE "registry"

/* ── the holder ── */

/* Of the two postal forms the one in the country's own script is the registered one. */
static char *first_of(char *a, char *b, char *c, char *d)
{
	char *const s[] = { a, b, c, d };
	for (int i = 0; i < 4; i++)
		if (s[i] && *s[i])
			return s[i];
	return NULL;
}

/* Who names no organisation is a natural person, too. */
static void holder_put(struct req *rq, bool person, char *org, char *name, struct name *out)
{
	person |= !org;
	out->holder = person ? name : org;
	out->holder_kind = arena_strdup(rq->mem, person ? "person" : "org");
}

static enum st holder_now(struct req *rq, int64_t domain, struct name *out)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "SELECT c.loc_org, c.int_org, c.loc_name, c.int_name, c.person, c.loc_cc, c.int_cc"
		      " FROM registry_domain_contact dc JOIN registry_contact c ON c.id = dc.contact"
		      " WHERE dc.domain = $1 AND dc.type = 'r'",
		      V(domain)))
		return rq->err.code;
	if (rows_next(&r)) {
		holder_put(rq, rows_int(&r, 4) != 0, first_of(rows_dup(&r, 0), rows_dup(&r, 1), NULL, NULL),
			   first_of(rows_dup(&r, 2), rows_dup(&r, 3), NULL, NULL), out);
		out->country = first_of(rows_dup(&r, 5), rows_dup(&r, 6), NULL, NULL);
	}
	return rows_end(&r);
}

static char *str_of(struct req *rq, const struct json *o, const char *key)
{
	return arena_strdup(rq->mem, json_str(json_get(o, key)));
}

static struct json *snapshot_of(struct req *rq, const char *kind, const char *handle, int64_t at, enum st *st)
{
	struct former f;
	int n = 0;
	*st = registry_history(rq, kind, handle, at, &f, 1, &n);
	return *st || !n || !f.object ? NULL : json_parse(rq->mem, f.object, strlen(f.object), &rq->err);
}

/* A contact that was not there then (it came later under the same handle) leaves the holder unknown. */
static enum st holder_then(struct req *rq, const char *handle, int64_t at, struct name *out)
{
	enum st st = ST_OK;
	const struct json *c = handle ? snapshot_of(rq, "contact", handle, at, &st) : NULL;
	if (st == ST_NOTFOUND) {
		err_clear(&rq->err);
		return ST_OK;
	}
	if (st || !c)
		return st;
	const struct json *loc = json_get(c, "loc"), *in = json_get(c, "int");
	/* A natural person, unless the version says that it was none. */
	bool person = json_true(json_get(c, "person")) || !json_is_bool(json_get(c, "person"));
	holder_put(rq, person, first_of(str_of(rq, loc, "org"), str_of(rq, in, "org"), NULL, NULL),
		   first_of(str_of(rq, loc, "name"), str_of(rq, in, "name"), NULL, NULL), out);
	out->country = first_of(str_of(rq, loc, "cc"), str_of(rq, in, "cc"), NULL, NULL);
	return ST_OK;
}

/* ── the name ── */

static char *joined(struct arena *mem, char *const *s, int n)
{
	BUF_SCOPE b = BUF_INIT;
	for (int i = 0; i < n; i++)
		buf_printf(&b, "%s%s", i ? " " : "", s[i]);
	return arena_strdup(mem, buf_cstr(&b));
}

static char *status_text(struct arena *mem, statuses s)
{
	char *name[STATUS_BITS + 1] = { "ok" };
	int n = 0;
	for (int i = 0; i < STATUS_BITS; i++)
		if (s & BIT(i))
			name[n++] = (char *)status_name((enum status_bit)i);
	return joined(mem, name, n ? n : 1);
}

static enum st name_now(struct req *rq, const struct placed *at, struct name *out)
{
	struct dom d;
	enum st st = dom_by_key(rq, at->key, &d);
	if (st || (st = dom_links(rq, &d)))
		return st;
	*out = (struct name){ .name = d.d.name,
			      .zone = d.d.zone,
			      .registered = d.d.c.created_at,
			      .expires = d.d.expires_at,
			      .sponsor = d.d.c.sponsor,
			      .status = status_text(rq->mem, d.d.c.status),
			      .nameservers = joined(rq->mem, d.d.ns, d.d.nns),
			      .valid_from = d.d.c.created_at,
			      .valid_to = INT64_MAX,
			      .from_record = true,
			      .authoritative = true,
			      .source = arena_strdup(rq->mem, SOURCE) };
	return holder_now(rq, d.d.c.id, out);
}

static char *list_of(struct req *rq, const struct json *o, const char *key)
{
	char *s[64];
	const struct json *a = json_get(o, key);
	int n = a ? json_count(a) : 0;
	n = n > 64 ? 64 : n;
	for (int i = 0; i < n; i++) {
		const char *text = json_str(json_at(a, i));
		s[i] = (char *)(text ? text : "");
	}
	return joined(rq->mem, s, n);
}

static int64_t time_of(const struct json *o, const char *key)
{
	const char *s = json_str(json_get(o, key));
	return s ? time_parse(s) : TIME_NONE;
}

static enum st name_then(struct req *rq, const struct placed *pl, int64_t at, struct name *out)
{
	enum st st;
	const struct json *o = snapshot_of(rq, "domain", pl->name, at, &st);
	if (st || !o)
		return st ? st : err_set(&rq->err, ST_NOTFOUND, "%.200s was not registered then", pl->name);
	int64_t created = time_of(o, "created_at");
	*out = (struct name){ .name = str_of(rq, o, "name"),
			      .zone = str_of(rq, o, "zone"),
			      .registered = created,
			      .expires = time_of(o, "expires_at"),
			      .sponsor = str_of(rq, o, "sponsor"),
			      .status = list_of(rq, o, "status"),
			      .nameservers = list_of(rq, o, "ns"),
			      .valid_from = created,
			      .valid_to = INT64_MAX,
			      .from_record = true,
			      .authoritative = true,
			      .source = arena_strdup(rq->mem, SOURCE) };
	return holder_then(rq, json_str(json_get(o, "registrant")), at, out);
}

/* The registered name at or above `ascii`; ST_NOTFOUND also when the zone is not ours. */
enum st registry_name_find(struct req *rq, const char *ascii, int64_t at, struct name *out)
{
	struct placed *pl = arena_new_of(rq->mem, struct placed);
	enum st st = ST_INVALID;
	for (const char *n = ascii; n && st == ST_INVALID; n = name_parent(n))
		st = policy_place(rq, n, 0, pl);
	if (st)
		return st == ST_INVALID ? err_set(&rq->err, ST_NOTFOUND, "%.200s is not registered here", ascii) : st;
	return at ? name_then(rq, pl, at, out) : name_now(rq, pl, out);
}

/* ── who can be written to ── */

static const struct role {
	char type;
	const char *role;
} roles[] = { { 't', "abuse" }, { 'a', "admin" }, { 'b', "billing" }, { 'r', "admin" } };

static void contact_put(struct req *rq, const char *name, const char *role, const struct contact_object *c,
			struct contact *out)
{
	const struct postal_info *loc = &c->postal[POSTAL_LOC], *in = &c->postal[POSTAL_INT];
	*out = (struct contact){ .resource = arena_strdup(rq->mem, name),
				 .organisation = first_of(loc->org, in->org, NULL, NULL),
				 .role = arena_strdup(rq->mem, role),
				 .email = c->email,
				 .phone = c->voice,
				 .lang = c->lang ? c->lang : arena_strdup(rq->mem, ""),
				 .source = arena_strdup(rq->mem, SOURCE),
				 .verified_at = c->verified_at ? c->verified_at : TIME_NONE };
}

static enum st handle_of(struct req *rq, int64_t domain, char type, char **out)
{
	struct rows r;
	char t[2] = { type, 0 };
	if (sql_query(rq, &r,
		      "SELECT c.handle FROM registry_domain_contact dc JOIN registry_contact c ON c.id = dc.contact"
		      " WHERE dc.domain = $1 AND dc.type = $2 ORDER BY dc.contact LIMIT 1",
		      V(domain), V(t)))
		return rq->err.code;
	*out = rows_next(&r) ? rows_dup(&r, 0) : NULL;
	return rows_end(&r);
}

/* It is today that somebody is written to: of a name that is registered now its present contacts count, whatever
 * instant is asked for. */
enum st registry_contacts_of(struct req *rq, const char *name, int64_t at, struct contact *out, int max, int *n)
{
	struct placed *pl = arena_new_of(rq->mem, struct placed);
	struct dom d;
	char *handle = NULL;
	(void)at;
	*n = 0;
	enum st st = dom_place(rq, name, pl);
	if (!st)
		st = dom_by_key(rq, pl->key, &d);
	if (st == ST_NOTFOUND) {
		err_clear(&rq->err);
		return ST_OK;
	}
	for (size_t i = 0; !st && i < sizeof roles / sizeof *roles && *n < max; i++) {
		struct contact_object c;
		if ((st = handle_of(rq, d.d.c.id, roles[i].type, &handle)) || !handle)
			continue;
		if (!(st = contact_object_get(rq, handle, &c)) && c.email && *c.email)
			contact_put(rq, name, roles[i].role, &c, &out[(*n)++]);
	}
	return st;
}
