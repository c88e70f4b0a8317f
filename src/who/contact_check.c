#include "who/contact_check.h"
#include <string.h>
#include "base/text.h"
#include "store/versioned.h"

const struct migration contact_check_migrations[] = {
	{ 293, "contact check",
	  "CREATE TABLE who_contact_check(id SERIAL_ID, email TEXT NOT NULL UNIQUE, lang TEXT NOT NULL, state BIGINT "
	  "NOT "
	  "NULL, next_at BIGINT NOT NULL, asked_at BIGINT NOT NULL, sent_at BIGINT NOT NULL, verified_at BIGINT NOT "
	  "NULL, seed BYTEA NOT NULL, token_hash BYTEA UNIQUE);"
	  "CREATE INDEX who_contact_check_asked ON who_contact_check(asked_at) WHERE asked_at > 0;"
	  "CREATE INDEX who_contact_check_next ON who_contact_check(next_at, id);"
	  "CREATE TABLE who_contact_check_thing(check_id BIGINT NOT NULL, resource TEXT NOT NULL, PRIMARY "
	  "KEY(check_id, "
	  "resource))" },
	{ 0 },
};

static const char *const names[CHECK_STATES] = { "waiting", "asked", "reminded", "silent", "wrong", "refused" };

const char *check_state_name(enum check_state s)
{
	return (unsigned)s < CHECK_STATES ? names[s] : "unknown";
}

/* ── reading ── */

#define COLUMNS "id, email, lang, state, next_at, asked_at, sent_at, verified_at, seed"

static void take(struct rows *r, struct contact_check *out)
{
	struct blob seed = rows_blob(r, 8);
	*out = (struct contact_check){ .id = rows_int(r, 0),
				       .email = rows_dup(r, 1),
				       .lang = rows_dup(r, 2),
				       .state = (enum check_state)rows_int(r, 3),
				       .next_at = rows_int(r, 4),
				       .asked_at = rows_int(r, 5),
				       .sent_at = rows_int(r, 6),
				       .verified_at = rows_int(r, 7) };
	if (seed.n == LINK_SEED)
		memcpy(out->seed, seed.p, LINK_SEED);
}

static enum st one(struct req *rq, const char *sql, struct val key, struct contact_check *out)
{
	struct rows r;
	if (sql_query_vals(rq, &r, sql, &key, 1))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found)
		take(&r, out);
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "no such contact is checked");
}

enum st contact_check_get(struct req *rq, int64_t id, struct contact_check *out)
{
	return one(rq, "SELECT " COLUMNS " FROM who_contact_check WHERE id = $1", V(id), out);
}

enum st contact_check_find(struct req *rq, const char *email, struct contact_check *out)
{
	return one(rq, "SELECT " COLUMNS " FROM who_contact_check WHERE email = $1", V(text_lower(rq->mem, email)),
		   out);
}

enum st contact_check_open(struct req *rq, const struct hash *token, struct contact_check *out)
{
	return one(rq, "SELECT " COLUMNS " FROM who_contact_check WHERE token_hash = $1", V_BLOB(token->b, HASH_LEN),
		   out);
}

enum st contact_check_things(struct req *rq, int64_t id, char **out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT resource FROM who_contact_check_thing WHERE check_id = $1 ORDER BY resource LIMIT $2",
		      V(id), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = rows_dup(&r, 0);
	return rows_end(&r);
}

enum st contact_check_list(struct req *rq, bool waiting_too, struct contact_check *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT " COLUMNS " FROM who_contact_check WHERE $1 <> 0 OR state <> $2 ORDER BY next_at, id"
		      " LIMIT $3",
		      V(waiting_too), V(CHECK_WAITING), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		take(&r, &out[(*n)++]);
	return rows_end(&r);
}

enum st contact_check_asked_since(struct req *rq, int64_t since, int64_t *n)
{
	return sql_number(rq, n, "SELECT count(*) FROM who_contact_check WHERE asked_at > 0 AND asked_at > $1",
			  V(since));
}

enum st contact_check_page(struct req *rq, int64_t *last, struct contact_seen *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT t.id, t.resource, t.email, t.lang, t.verified_at FROM who_contact t JOIN import_source s"
		      " ON s.id = t.source WHERE t.id > $1 AND t.email <> '' AND" VERSIONED_AT(
			      t, s, "$2") "ORDER BY t.id LIMIT $3",
		      V(*last), V(versioned_at(0)), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r)) {
		*last = rows_int(&r, 0);
		out[(*n)++] = (struct contact_seen){ rows_dup(&r, 1), rows_dup(&r, 2), rows_dup(&r, 3),
						     rows_null(&r, 4) ? 0 : rows_int(&r, 4) };
	}
	return rows_end(&r);
}

/* ── writing ── */

enum st contact_check_see(struct req *rq, const struct check_seen *s, int64_t *id, bool *fresh)
{
	static const uint8_t none[LINK_SEED];
	char *email = text_lower(rq->mem, s->email);
	enum st st = sql_number(
		rq, id,
		"INSERT INTO who_contact_check(email, lang, state, next_at, asked_at, sent_at, verified_at, seed)"
		" VALUES($1, $2, $3, $4, 0, 0, 0, $5) ON CONFLICT(email) DO NOTHING RETURNING id",
		V(email), V(s->lang ? s->lang : ""), V(CHECK_WAITING), V(s->next_at), V_BLOB(none, LINK_SEED));
	*fresh = st == ST_OK;
	if (st == ST_NOTFOUND) {
		err_clear(&rq->err);
		st = sql_number(rq, id, "SELECT id FROM who_contact_check WHERE email = $1", V(email));
	}
	if (st || !s->resource)
		return st;
	return sql_run(rq,
		       "INSERT INTO who_contact_check_thing(check_id, resource) VALUES($1, $2) ON CONFLICT DO NOTHING",
		       V(*id), V(s->resource));
}

enum st contact_check_ask(struct req *rq, int64_t id, const uint8_t seed[LINK_SEED], const struct hash *token,
			  int64_t now)
{
	return sql_run(rq,
		       "UPDATE who_contact_check SET state = $2, asked_at = $3, sent_at = 0, seed = $4, token_hash = $5"
		       " WHERE id = $1",
		       V(id), V(CHECK_ASKED), V(now), V_BLOB(seed, LINK_SEED), V_BLOB(token->b, HASH_LEN));
}

enum st contact_check_move(struct req *rq, int64_t id, enum check_state to, int64_t next_at)
{
	return sql_run(rq, "UPDATE who_contact_check SET state = $2, next_at = $3, sent_at = 0 WHERE id = $1", V(id),
		       V(to), V(next_at));
}

enum st contact_check_sent(struct req *rq, int64_t id, int64_t at)
{
	return sql_run(rq, "UPDATE who_contact_check SET sent_at = $2 WHERE id = $1", V(id), V(at));
}

enum st contact_check_verified(struct req *rq, int64_t id, int64_t at, int64_t next_at)
{
	return sql_run(
		rq,
		"UPDATE who_contact_check SET state = $2, verified_at = $3, next_at = $4, sent_at = 0 WHERE id = "
		"$1",
		V(id), V(at ? CHECK_WAITING : CHECK_WRONG), V(at), V(next_at));
}

enum st contact_check_drop(struct req *rq, int64_t id)
{
	return sql_run(rq, "DELETE FROM who_contact_check_thing WHERE check_id = $1", V(id))
		       ? rq->err.code
		       : sql_run(rq, "DELETE FROM who_contact_check WHERE id = $1", V(id));
}

/* ── personal data ── */

enum { THINGS_TOLD = 1000 };

static enum st of_person(struct req *rq, const char *email, struct contact_check *out, bool *yes)
{
	enum st st = email ? contact_check_find(rq, email, out) : ST_NOTFOUND;
	*yes = st == ST_OK;
	if (st == ST_NOTFOUND)
		err_clear(&rq->err);
	return st == ST_NOTFOUND ? ST_OK : st;
}

enum st contact_check_export(struct req *rq, const struct person *p, struct jw *w)
{
	struct contact_check c;
	char **thing = arena_array(rq->mem, char *, THINGS_TOLD);
	bool yes = false;
	int n = 0;
	if (of_person(rq, p->email, &c, &yes) || !yes || contact_check_things(rq, c.id, thing, THINGS_TOLD, &n))
		return rq->err.code;
	j_str(w, "address", c.email);
	j_str(w, "language", c.lang);
	j_str(w, "state", check_state_name(c.state));
	j_time(w, "next_at", c.next_at);
	j_time(w, "asked_at", c.asked_at);
	j_time(w, "verified_at", c.verified_at);
	j_arr(w, "stands_for");
	for (int i = 0; i < n; i++)
		j_str(w, NULL, thing[i]);
	j_end(w);
	return ST_OK;
}

enum st contact_check_erase(struct req *rq, const struct person *p)
{
	struct contact_check c;
	bool yes = false;
	if (of_person(rq, p->email, &c, &yes) || !yes)
		return rq->err.code;
	return contact_check_drop(rq, c.id);
}

enum st contact_check_knows(struct req *rq, const char *email, bool *yes)
{
	struct contact_check c;
	return of_person(rq, email, &c, yes);
}
