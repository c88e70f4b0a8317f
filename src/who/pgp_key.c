#include "who/pgp_key.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "store/journal.h"
#include "who/permit.h"

const struct migration pgp_key_migrations[] = {
	{ 288, "pgp keys",
	  "CREATE TABLE who_pgp_key(address TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, user_id TEXT NOT NULL,"
	  " armour TEXT NOT NULL, expires_at BIGINT NOT NULL, added_at BIGINT NOT NULL, encrypts BIGINT NOT NULL,"
	  " always BIGINT NOT NULL, in_row BIGINT NOT NULL);"
	  "CREATE INDEX who_pgp_key_fingerprint ON who_pgp_key(fingerprint)" },
	{ 0 },
};

#define COLUMNS "address, fingerprint, user_id, armour, expires_at, added_at, encrypts, always, in_row"

static void key_of(struct rows *r, struct pgp_key *k)
{
	*k = (struct pgp_key){ .address = rows_dup(r, 0),
			       .fingerprint = rows_dup(r, 1),
			       .user = rows_dup(r, 2),
			       .armour = rows_dup(r, 3),
			       .expires_at = rows_int(r, 4),
			       .added_at = rows_int(r, 5),
			       .encrypts = rows_int(r, 6) != 0,
			       .always = rows_int(r, 7) != 0,
			       .in_row = rows_int(r, 8) };
}

static enum st one(struct req *rq, const char *sql, const char *value, struct pgp_key *out)
{
	struct rows r;
	if (sql_query(rq, &r, sql, V(value)))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found)
		key_of(&r, out);
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : ST_NOTFOUND;
}

enum st pgp_key_get(struct req *rq, const char *address, struct pgp_key *out)
{
	return one(rq, "SELECT " COLUMNS " FROM who_pgp_key WHERE address = $1", text_lower(rq->mem, address), out);
}

enum st pgp_key_by_fingerprint(struct req *rq, const char *fingerprint, struct pgp_key *out)
{
	return one(rq, "SELECT " COLUMNS " FROM who_pgp_key WHERE fingerprint = $1 ORDER BY address LIMIT 1",
		   fingerprint, out);
}

enum st pgp_key_list(struct req *rq, struct pgp_key *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r, "SELECT " COLUMNS " FROM who_pgp_key ORDER BY address LIMIT $1", V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		key_of(&r, &out[(*n)++]);
	return rows_end(&r);
}

/* The fingerprint is of the key, not of the person: the address stays out of the journal. */
static enum st told(struct req *rq, const char *fingerprint, const char *verb)
{
	char *subject = arena_printf(rq->mem, "pgp:%s", fingerprint);
	return journal_append(rq, &(struct fact){ "who", subject, verb, NULL, 0 });
}

enum st pgp_key_put(struct req *rq, void *pgp_key)
{
	const struct pgp_key *k = pgp_key;
	if (permit(rq, MAY_BIND_KEY))
		return rq->err.code;
	if (!text_email_ok(k->address))
		return err_set(&rq->err, ST_INVALID, "%.80s is not an e-mail address", k->address);
	if (sql_run(rq,
		    "INSERT INTO who_pgp_key(" COLUMNS ") VALUES($1, $2, $3, $4, $5, $6, $7, $8, 0)"
		    " ON CONFLICT(address) DO UPDATE SET fingerprint = $2, user_id = $3, armour = $4, expires_at = $5,"
		    " added_at = $6, encrypts = $7, always = $8, in_row = 0",
		    V(text_lower(rq->mem, k->address)), V(k->fingerprint), V(k->user), V(k->armour), V(k->expires_at),
		    V(clock_now()), V(k->encrypts), V(k->always)))
		return rq->err.code;
	return told(rq, k->fingerprint, "pgp-key-bound");
}

static enum st take_away(struct req *rq, const struct pgp_key *k)
{
	if (sql_run(rq, "DELETE FROM who_pgp_key WHERE address = $1", V(k->address)))
		return rq->err.code;
	return told(rq, k->fingerprint, "pgp-key-removed");
}

enum st pgp_key_remove(struct req *rq, void *address)
{
	struct pgp_key k;
	if (permit(rq, MAY_BIND_KEY))
		return rq->err.code;
	enum st st = pgp_key_get(rq, address, &k);
	if (st == ST_NOTFOUND)
		return err_set(&rq->err, ST_NOTFOUND, "%.80s has no key here: `nicert pgp list` shows who has",
			       (char *)address);
	return st ? st : take_away(rq, &k);
}

enum st pgp_key_seen(struct req *rq, const char *address, bool good)
{
	return sql_run(rq,
		       good ? "UPDATE who_pgp_key SET in_row = in_row + 1 WHERE address = $1"
			    : "UPDATE who_pgp_key SET in_row = 0 WHERE address = $1",
		       V(text_lower(rq->mem, address)));
}

/* ── personal data ── */

enum st pgp_key_export(struct req *rq, const struct person *p, struct jw *w)
{
	struct pgp_key k;
	enum st st = p->email ? pgp_key_get(rq, p->email, &k) : ST_NOTFOUND;
	if (st == ST_NOTFOUND)
		return ST_OK;
	if (st)
		return st;
	j_str(w, "address", k.address);
	j_str(w, "fingerprint", k.fingerprint);
	j_str(w, "user_id", k.user);
	j_time(w, "added_at", k.added_at);
	return ST_OK;
}

enum st pgp_key_erase(struct req *rq, const struct person *p)
{
	struct pgp_key k;
	enum st st = p->email ? pgp_key_get(rq, p->email, &k) : ST_NOTFOUND;
	return st == ST_NOTFOUND ? ST_OK : st ? st : take_away(rq, &k);
}

enum st pgp_key_knows(struct req *rq, const char *email, bool *yes)
{
	struct pgp_key k;
	enum st st = pgp_key_get(rq, email, &k);
	*yes = !st;
	return st == ST_NOTFOUND ? ST_OK : st;
}
