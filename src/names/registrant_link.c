/* Links of the holder's door: rows, tokens, what is forgotten. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/hash.h"
#include "base/text.h"
#include "names/registrant_int.h"
#include "who/person.h"

/* kind: enum door. name: asked about, or the contact that is checked. */
const struct migration registrant_migrations[] = {
	{ 225, "registrant",
	  "CREATE TABLE registrant_link(id SERIAL_ID, kind BIGINT NOT NULL, email TEXT NOT NULL, lang TEXT NOT NULL,"
	  " name TEXT NOT NULL, zone TEXT NOT NULL, version BIGINT NOT NULL, seed BYTEA NOT "
	  "NULL,"
	  " token_hash BYTEA NOT NULL UNIQUE, made_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, sent_at BIGINT NOT "
	  "NULL,"
	  " read_at BIGINT NOT NULL, failed_at BIGINT NOT NULL);"
	  "CREATE INDEX registrant_link_email ON registrant_link(email, made_at);"
	  "CREATE UNIQUE INDEX registrant_link_policy ON registrant_link(zone, version, email) WHERE version > 0;"
	  /* The authorisation information that a holder fetched: forgotten at `until` if it still is this one. */
	  "CREATE TABLE registrant_code(domain BIGINT PRIMARY KEY, kept TEXT NOT NULL, until BIGINT NOT NULL)" },
	{ 226, "names_policy_withdrawn",
	  "ALTER TABLE names_policy ADD COLUMN withdrawn_at BIGINT NOT NULL DEFAULT 0;"
	  "CREATE TABLE registrant_policy_job(zone TEXT NOT NULL, version BIGINT NOT NULL, places TEXT NOT NULL,"
	  " next BIGINT NOT NULL, mark BIGINT NOT NULL, done_at BIGINT NOT NULL, PRIMARY KEY(zone, version))" },
	{ 333, "registrant link rounds",
	  "CREATE INDEX registrant_link_round ON registrant_link(zone, version, id) WHERE version > 0" },
	{ 0 },
};

static struct {
	uint8_t key[HASH_LEN];
	enum lang lang;
} site;

void registrant_setup(const uint8_t *token_key, const char *lang)
{
	memcpy(site.key, token_key, sizeof site.key);
	site.lang = lang_of(lang ? lang : "");
}

enum lang registrant_lang(const char *tag)
{
	return tag && *tag ? lang_of(tag) : site.lang;
}

struct actor holder_actor(const char *contact)
{
	struct actor a = { .role = 0 };
	snprintf(a.id, sizeof a.id, "holder:%.36s", contact);
	return a;
}

static char *lower(struct arena *mem, const char *s)
{
	char *out = arena_strdup(mem, s);
	for (char *c = out; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return out;
}

/* ── rows ── */

enum st registrant_link_add(struct req *rq, const struct link_new *l, int64_t *id)
{
	uint8_t seed[SEED_LEN];
	char token[TOKEN_SIZE];
	random_bytes(seed, sizeof seed);
	link_token(site.key, "registrant", seed, token);
	struct hash h = hash_of(token, TOKEN_SIZE - 1);
	enum st st = sql_number(
		rq, id,
		"INSERT INTO registrant_link(kind, email, lang, name, zone, version, seed, token_hash, made_at,"
		" expires_at, sent_at, read_at, failed_at)"
		" VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, 0) ON CONFLICT DO NOTHING RETURNING id",
		V(l->kind), V(lower(rq->mem, l->email)), V(lang_tag(l->lang)), V(l->name ? l->name : ""),
		V(l->zone ? l->zone : ""), V(l->version), V_BLOB(seed, sizeof seed), V_BLOB(h.b, HASH_LEN),
		V(clock_now()), V(l->expires_at));
	if (st == ST_NOTFOUND) { /* this holder has the notice already */
		err_clear(&rq->err);
		*id = 0;
		return ST_OK;
	}
	return st;
}

#define COLUMNS "id, kind, email, name, zone, lang, version, made_at, expires_at, sent_at, read_at, failed_at, seed"

static void link_take(struct rows *r, struct registrant_link *out)
{
	*out = (struct registrant_link){ .id = rows_int(r, 0),
					 .kind = (enum door)rows_int(r, 1),
					 .email = rows_dup(r, 2),
					 .name = rows_dup(r, 3),
					 .zone = rows_dup(r, 4),
					 .lang = lang_of(rows_text(r, 5)),
					 .version = (int)rows_int(r, 6),
					 .made_at = rows_int(r, 7),
					 .expires_at = rows_int(r, 8),
					 .sent_at = rows_int(r, 9),
					 .read_at = rows_int(r, 10),
					 .failed_at = rows_int(r, 11) };
}

enum st registrant_link_get(struct req *rq, int64_t id, struct registrant_link *out, char token[TOKEN_SIZE])
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT " COLUMNS " FROM registrant_link WHERE id = $1", V(id)))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found) {
		struct blob seed = rows_blob(&r, 12);
		link_take(&r, out);
		found = seed.n == SEED_LEN;
		if (found)
			link_token(site.key, "registrant", seed.p, token);
	}
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "there is no such link");
}

enum st registrant_link_open(struct req *rq, const char *token, struct registrant_link *out)
{
	struct rows r;
	struct hash h = hash_of(token, strnlen(token, 64));
	if (sql_query(rq, &r, "SELECT " COLUMNS " FROM registrant_link WHERE token_hash = $1 AND expires_at > $2",
		      V_BLOB(h.b, HASH_LEN), V(clock_now())))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found)
		link_take(&r, out);
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, N_("this link is no longer valid"));
}

/* ── asking ── */

static enum st forget_due(struct req *rq, int64_t id, int64_t at)
{
	return due_set(rq, "registrant-link", arena_printf(rq->mem, "%012lld", (long long)id), at);
}

static enum st link_made(struct req *rq, int64_t id)
{
	char *said = arena_printf(rq->mem, "{\"link\":%lld}", (long long)id);
	char *subject = arena_printf(rq->mem, "link:%lld", (long long)id);
	return journal_append(rq, &(struct fact){ "names", subject, "registrant-link-made", said, 0 });
}

enum st registrant_ask(struct req *rq, void *arg)
{
	const struct registrant_ask *a = arg;
	int64_t id, now = clock_now();
	struct link_new l = {
		.kind = DOOR_ASKED, .email = a->email, .name = a->name, .lang = a->lang, .expires_at = now + ASKED_LIFE
	};
	if (!text_email_ok(a->email) || strlen(a->name) > 1000)
		return err_set(&rq->err, ST_INVALID, N_("email: this is no e-mail address"));
	return registrant_link_add(rq, &l, &id) || forget_due(rq, id, l.expires_at) || link_made(rq, id) ? rq->err.code
													 : ST_OK;
}

/* One letter a day is enough for all the names that wait for the same answer; each name waits for itself. */
enum st registrant_check(struct req *rq, const struct policy *p, int64_t domain, const char *contact)
{
	struct contact_object c;
	int64_t id = 0, fresh = 0, now = clock_now(), until = now + p->email_check_wait;
	if (due_set(rq, "email-check", arena_printf(rq->mem, "%012lld", (long long)domain), until) ||
	    contact_object_get(rq, contact, &c))
		return rq->err.code;
	struct link_new l = { .kind = DOOR_CHECK,
			      .email = c.email ? c.email : "",
			      .name = contact,
			      .lang = registrant_lang(c.lang),
			      .expires_at = until };
	if (sql_number(rq, &fresh,
		       "SELECT count(*) FROM registrant_link WHERE email = $1 AND kind = $2 AND made_at > $3",
		       V(lower(rq->mem, l.email)), V(DOOR_CHECK), V(now - DAY_USEC)))
		return rq->err.code;
	if (fresh || !*l.email)
		return ST_OK;
	return registrant_link_add(rq, &l, &id) || forget_due(rq, id, until) || link_made(rq, id) ? rq->err.code
												  : ST_OK;
}

/* ── time ── */

static enum st link_forget(struct req *rq, const char *subject)
{
	int64_t id = strtoll(subject, NULL, 10);
	return sql_run(rq, "DELETE FROM registrant_link WHERE id = $1 AND version = 0", V(id));
}

/* Nobody answered: the name is refused and its fee given back. */
static enum st check_due(struct req *rq, const char *subject)
{
	struct dom d;
	struct placed at;
	int64_t id = strtoll(subject, NULL, 10), verified = 0;
	enum st st = dom_lock_id(rq, id, &d);
	if (st == ST_NOTFOUND)
		return err_clear(&rq->err), ST_OK;
	if (st || d.life != LIFE_PENDING_CREATE)
		return st;
	if (dom_links(rq, &d) || policy_place(rq, d.d.name, 0, &at))
		return rq->err.code;
	st = sql_number(rq, &verified, "SELECT verified_at FROM registry_contact WHERE handle = $1",
			V(d.d.registrant ? d.d.registrant : ""));
	if (st && st != ST_NOTFOUND)
		return st;
	err_clear(&rq->err);
	if (at.who != ELIGIBLE_EMAIL && at.who != ELIGIBLE_OPEN) /* staff decide about it by now */
		return ST_OK;
	bool ok = verified || at.who == ELIGIBLE_OPEN;
	return life_do(rq, at.policy, &d, ok ? EV_APPROVE : EV_REFUSE, clock_now());
}

/* RFC 9154 §4.4: a code that was not used in time is none any more. */
static enum st code_due(struct req *rq, const char *subject)
{
	struct dom d;
	int64_t id = strtoll(subject, NULL, 10), ours = 0;
	enum st st = dom_by_id(rq, id, &d);
	if (st && st != ST_NOTFOUND)
		return st;
	err_clear(&rq->err);
	if (!st && sql_number(rq, &ours, "SELECT count(*) FROM registrant_code WHERE domain = $1 AND kept = $2", V(id),
			      V(d.d.authinfo ? d.d.authinfo : "")))
		return rq->err.code;
	struct domain_change c = { .name = d.d.name, .authinfo_set = true };
	if (ours && domain_update(rq, &c))
		return rq->err.code;
	return sql_run(rq, "DELETE FROM registrant_code WHERE domain = $1", V(id));
}

const struct due_kind registrant_due_kinds[] = { { "registrant-link", link_forget },
						 { "email-check", check_due },
						 { "authinfo-end", code_due },
						 { "policy-notice", policy_batch_due },
						 { "policy-forget", policy_forget_due } };
const int registrant_due_count = sizeof registrant_due_kinds / sizeof *registrant_due_kinds;

/* ── personal data ── */

enum st registrant_person_export(struct req *rq, const struct person *p, struct jw *w)
{
	struct rows r;
	if (sql_query(
		    rq, &r,
		    "SELECT made_at, expires_at, name, zone, version FROM registrant_link WHERE email = $1 ORDER BY id",
		    V(p->email ? lower(rq->mem, p->email) : "")))
		return rq->err.code;
	j_arr(w, "links");
	while (!w->b->bad && rows_next(&r)) {
		j_obj(w, NULL);
		j_time(w, "made_at", rows_int(&r, 0));
		j_time(w, "expires_at", rows_int(&r, 1));
		j_str(w, "name", rows_text(&r, 2));
		if (rows_int(&r, 4)) {
			j_str(w, "zone", rows_text(&r, 3));
			j_int(w, "policy_version", rows_int(&r, 4));
		}
		j_end(w);
	}
	j_end(w);
	return rows_end(&r);
}

enum st registrant_person_erase(struct req *rq, const struct person *p)
{
	return p->email ? sql_run(rq, "DELETE FROM registrant_link WHERE email = $1", V(lower(rq->mem, p->email)))
			: ST_OK;
}

enum st registrant_person_knows(struct req *rq, const char *email, bool *yes)
{
	int64_t n = 0;
	enum st st =
		sql_number(rq, &n, "SELECT count(*) FROM registrant_link WHERE email = $1", V(lower(rq->mem, email)));
	*yes = n > 0;
	return st;
}
