/* What a holder sees and does behind a link. */
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "names/registrant_int.h"

/* ── names of an address ── */

struct held {
	int64_t domain;
	bool registrant, confirmed;
	char *contact;
};

static enum st sponsor_of(struct req *rq, const char *handle, const struct held_name *before, struct held_name *out)
{
	struct registrar r;
	if (before && !strcmp(before->sponsor, handle)) {
		out->sponsor_name = before->sponsor_name;
		out->sponsor_email = before->sponsor_email;
		return ST_OK;
	}
	enum st st = registrar_get(rq, handle, &r);
	if (st == ST_NOTFOUND)
		err_clear(&rq->err);
	else if (st)
		return st;
	out->sponsor_name = st ? arena_strdup(rq->mem, handle) : r.name;
	out->sponsor_email = st ? NULL : r.email;
	return ST_OK;
}

static enum st name_of(struct req *rq, const struct held *h, const struct held_name *before, struct held_name *out)
{
	struct dom d;
	if (dom_by_id(rq, h->domain, &d) || dom_links(rq, &d))
		return rq->err.code;
	*out = (struct held_name){ .id = h->domain,
				   .name = d.d.name,
				   .uname = d.d.uname,
				   .contact = h->contact,
				   .registrant = h->registrant,
				   .confirmed = h->confirmed,
				   .locked = d.d.lock == LOCK_ON,
				   .sponsor = d.d.c.sponsor,
				   .life = life_name(d.life),
				   .created_at = d.d.c.created_at,
				   .expires_at = d.d.expires_at,
				   .status = d.d.c.status,
				   .member = d.d.member,
				   .active = d.d.active,
				   .nmembers = d.d.nmembers };
	return sponsor_of(rq, d.d.c.sponsor, before, out);
}

/* A contact of type r or a with this address. Where several of one name have it the registrant counts. */
#define OF_ADDRESS                                                                                                     \
	" FROM registry_contact c JOIN registry_domain_contact dc ON dc.contact = c.id AND dc.type IN ('r', 'a')"      \
	" JOIN registry_domain d ON d.id = dc.domain WHERE c.email IS NOT NULL AND lower(c.email) = lower($1)"
#define HELD_COLUMNS                                                                                                   \
	"SELECT d.id, max(CASE dc.type WHEN 'r' THEN 1 ELSE 0 END), min(CASE WHEN c.verified_at > 0 THEN 1 ELSE 0 "    \
	"END),"                                                                                                        \
	" max(CASE dc.type WHEN 'r' THEN c.handle ELSE '' END), max(c.handle), d.name"

static void held_take(struct rows *r, struct held *h)
{
	char *own = rows_dup(r, 3);
	*h = (struct held){ rows_int(r, 0), rows_int(r, 1) != 0, rows_int(r, 2) != 0, *own ? own : rows_dup(r, 4) };
}

enum st registrant_names(struct req *rq, const char *email, int offset, struct held_name *out, int max, int *n,
			 int64_t *total)
{
	struct rows r;
	struct held *h = arena_array(rq->mem, struct held, max);
	int k = 0;
	*n = 0;
	if (sql_number(rq, total, "SELECT count(DISTINCT d.id)" OF_ADDRESS, V(email)) ||
	    sql_query(rq, &r, HELD_COLUMNS OF_ADDRESS " GROUP BY d.id, d.name ORDER BY d.name LIMIT $2 OFFSET $3",
		      V(email), V(max), V(offset)))
		return rq->err.code;
	while (k < max && rows_next(&r))
		held_take(&r, &h[k++]);
	if (rows_end(&r))
		return rq->err.code;
	for (; *n < k; ++*n)
		if (name_of(rq, &h[*n], *n ? &out[*n - 1] : NULL, &out[*n]))
			return rq->err.code;
	return ST_OK;
}

enum st registrant_name(struct req *rq, const char *email, const char *name, struct held_name *out)
{
	struct rows r;
	struct placed at;
	struct dom d;
	struct held h;
	enum st st = dom_place(rq, name, &at);
	if (st || (st = dom_by_key(rq, at.key, &d)))
		return st;
	if (sql_query(rq, &r, HELD_COLUMNS OF_ADDRESS " AND d.id = $2 GROUP BY d.id, d.name", V(email), V(d.d.c.id)))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found)
		held_take(&r, &h);
	if (rows_end(&r))
		return rq->err.code;
	return found ? name_of(rq, &h, NULL, out) : err_set(&rq->err, ST_NOTFOUND, "no such name is yours");
}

/* ── what its reader does ── */

enum { CONTACTS_AT_ONCE = 1000 };

/* As the holder, whose id lives as long as the call; the journal copies it. */
static enum st as_holder(struct req *rq, const char *contact, enum st (*fn)(struct req *, void *), void *arg)
{
	const struct actor *was = rq->who, holder = holder_actor(contact);
	rq->who = &holder;
	enum st st = fn(rq, arg);
	rq->who = was;
	return st;
}

static enum st confirm_one(struct req *rq, void *contact)
{
	return review_email_ok(rq, contact);
}

/* Contacts with the address that a name has, the longest unverified first, so that the next time goes on where this one
 * stopped; `verified_too`: also those whose address answered before. */
static enum st confirm_all(struct req *rq, const char *email, bool verified_too, int *done)
{
	struct rows r;
	char **handle = arena_array(rq->mem, char *, CONTACTS_AT_ONCE);
	int n = 0;
	*done = 0;
	if (sql_query(rq, &r,
		      "SELECT c.handle FROM registry_contact c WHERE c.email IS NOT NULL AND lower(c.email) = "
		      "lower($1) AND (c.verified_at = 0 OR $3 <> 0)"
		      " AND EXISTS (SELECT 1 FROM registry_domain_contact dc WHERE dc.contact = c.id AND dc.type IN "
		      "('r', 'a'))"
		      " ORDER BY c.verified_at, c.id LIMIT $2",
		      V(email), V(CONTACTS_AT_ONCE), V(verified_too)))
		return rq->err.code;
	while (n < CONTACTS_AT_ONCE && rows_next(&r))
		handle[n++] = rows_dup(&r, 0);
	if (rows_end(&r))
		return rq->err.code;
	for (; *done < n; ++*done)
		if (as_holder(rq, handle[*done], confirm_one, handle[*done]))
			return rq->err.code;
	return ST_OK;
}

enum st registrant_confirm(struct req *rq, void *arg)
{
	struct registrant_act *a = arg;
	struct registrant_link l;
	a->done = 0;
	return registrant_link_open(rq, a->token, &l) ? rq->err.code : confirm_all(rq, l.email, false, &a->done);
}

/* ── an address, by other doors ── */

enum st registrant_address_answers(struct req *rq, const char *email)
{
	int done;
	return confirm_all(rq, email, true, &done);
}

enum st registrant_addresses(struct req *rq, int64_t *last, struct held_address *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT c.id, c.email, c.lang, c.verified_at FROM registry_contact c WHERE c.id > $1 AND c.email "
		      "IS NOT NULL AND c.email <> '' AND EXISTS (SELECT 1 FROM registry_domain_contact dc WHERE "
		      "dc.contact = c.id AND dc.type IN ('r', 'a')) ORDER BY c.id LIMIT $2",
		      V(*last), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r)) {
		*last = rows_int(&r, 0);
		out[(*n)++] = (struct held_address){ rows_dup(&r, 1), rows_null(&r, 2) ? NULL : rows_dup(&r, 2),
						     rows_int(&r, 3) };
	}
	return rows_end(&r);
}

/* ── the code for a transfer ── */

static enum st code_set(struct req *rq, void *arg)
{
	struct registrant_act *a = arg;
	struct domain_change c = { .name = (char *)a->name, .authinfo_set = true, .authinfo = (char *)a->code };
	enum st st = domain_update(rq, &c);
	a->why = c.why;
	return st;
}

/* Remembered as it is kept, so that only this one is forgotten. */
static enum st code_life(struct req *rq, struct registrant_act *a, int64_t domain)
{
	struct dom d;
	const struct policy *p;
	if (dom_by_id(rq, domain, &d) || policy_of(rq, d.d.zone, 0, &p))
		return rq->err.code;
	a->until = p->authinfo_life ? clock_now() + p->authinfo_life : 0;
	if (!a->until)
		return ST_OK;
	if (sql_run(rq,
		    "INSERT INTO registrant_code(domain, kept, until) VALUES($1, $2, $3)"
		    " ON CONFLICT(domain) DO UPDATE SET kept = excluded.kept, until = excluded.until",
		    V(domain), V(d.d.authinfo), V(a->until)))
		return rq->err.code;
	return due_set(rq, "authinfo-end", arena_printf(rq->mem, "%012lld", (long long)domain), a->until);
}

struct told {
	const struct held_name *name;
	int64_t until;
};

static enum st code_told(struct req *rq, void *arg)
{
	const struct told *t = arg;
	char *said = t->until ? arena_printf(rq->mem, "{\"contact\":\"%s\",\"until\":\"%s\"}", t->name->contact,
					     time_iso(rq->mem, t->until))
			      : arena_printf(rq->mem, "{\"contact\":\"%s\"}", t->name->contact);
	return journal_append(rq, &(struct fact){ "names", t->name->name, "authinfo-given", said, 0 });
}

/* The name that is meant, if the reader is its registrant and may decide about it. */
static enum st theirs(struct req *rq, struct registrant_act *a, struct held_name *h)
{
	struct registrant_link l;
	a->why = (struct outcome){ .code = R_DONE };
	if (registrant_link_open(rq, a->token, &l) || registrant_name(rq, l.email, a->name, h))
		return rq->err.code;
	if (!h->registrant)
		return refuse(rq, &a->why, R_AUTHORIZATION, "name", h->name, N_("only the registrant may do this"));
	if (!h->confirmed)
		return refuse(rq, &a->why, R_STATUS, "email", "", N_("the address is not confirmed yet"));
	if (h->locked)
		return refuse(rq, &a->why, R_STATUS, "name", h->name, N_("the name is locked at the registry"));
	return ST_OK;
}

enum st registrant_code(struct req *rq, void *arg)
{
	struct registrant_act *a = arg;
	struct held_name h;
	if (theirs(rq, a, &h))
		return rq->err.code;
	if (strlen(a->code) < 26)
		return err_set(&rq->err, ST_INTERNAL, "a code for a transfer has at least 128 bits");
	a->name = h.name;
	struct told t = { .name = &h };
	if (as_holder(rq, h.contact, code_set, a) || code_life(rq, a, h.id))
		return rq->err.code;
	t.until = a->until;
	return as_holder(rq, h.contact, code_told, &t);
}

/* ── the other spellings of a name ── */

static enum st variants_set(struct req *rq, void *arg)
{
	struct registrant_act *a = arg;
	return domain_variants_set(rq, a->name, a->active, a->nactive, &a->why);
}

enum st registrant_variants(struct req *rq, void *arg)
{
	struct registrant_act *a = arg;
	struct held_name h;
	if (theirs(rq, a, &h))
		return rq->err.code;
	if (h.status & (BIT(STATUS_CLIENT_UPDATE) | BIT(STATUS_SERVER_UPDATE)))
		return refuse(rq, &a->why, R_STATUS, "name", h.name, N_("the name is closed to changes"));
	a->name = h.name;
	return as_holder(rq, h.contact, variants_set, a);
}

/* ── notices ── */

static enum st read_told(struct req *rq, void *arg)
{
	const struct registrant_link *l = arg;
	char *said = arena_printf(rq->mem, "{\"link\":%lld,\"version\":%d}", (long long)l->id, l->version);
	return journal_append(rq, &(struct fact){ "names", l->zone, "policy-notice-read", said, 0 });
}

enum st registrant_read(struct req *rq, void *arg)
{
	struct registrant_act *a = arg;
	struct registrant_link l;
	int64_t n = 0;
	if (registrant_link_open(rq, a->token, &l))
		return rq->err.code;
	if (l.kind != DOOR_POLICY)
		return err_set(&rq->err, ST_NOTFOUND, "this link carries no notice");
	if (sql_run_count(rq, &n, "UPDATE registrant_link SET read_at = $2 WHERE id = $1 AND read_at = 0", V(l.id),
			  V(clock_now())))
		return rq->err.code;
	return n ? read_told(rq, &l) : ST_OK;
}
