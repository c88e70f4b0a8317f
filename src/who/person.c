#include "who/person.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/text.h"
#include "store/journal.h"
#include "who/who_int.h"
#include <string.h>

enum { CONFIRM_DAYS = 14 };
static const int64_t confirm_life = CONFIRM_DAYS * 86400 * USEC;

const struct migration person_migrations[] = {
	{ 20, "person",
	  "CREATE TABLE who_person (id SERIAL_ID, email TEXT, email_hash BYTEA UNIQUE, lang TEXT NOT NULL,"
	  " confirmed_at BIGINT NOT NULL, created_at BIGINT NOT NULL, erased_at BIGINT NOT NULL);"
	  "CREATE TABLE who_confirm (token_hash BYTEA PRIMARY KEY, person BIGINT NOT NULL, created_at BIGINT NOT NULL,"
	  " used_at BIGINT NOT NULL);"
	  "CREATE INDEX who_confirm_person ON who_confirm (person);"
	  "CREATE TABLE who_key (name TEXT PRIMARY KEY, key BYTEA NOT NULL);" },
	{ 0 },
};

/* ── keys ── */

static enum st key_read(struct req *rq, const char *name, uint8_t key[WHO_KEY_LEN])
{
	struct rows r;
	bool found = false;
	if (sql_query(rq, &r, "SELECT key FROM who_key WHERE name = $1", V(name)))
		return rq->err.code;
	if (rows_next(&r)) {
		struct blob b = rows_blob(&r, 0);
		found = b.n == WHO_KEY_LEN;
		if (found)
			memcpy(key, b.p, WHO_KEY_LEN);
	}
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "key %s has not been made yet", name);
}

/* Not a setting: a setting that two writers make at once would keep the later one, and hashes made with the earlier one
 * would never be found again. */
enum st who_key(struct req *rq, const char *name, bool make, uint8_t key[WHO_KEY_LEN])
{
	enum st st = key_read(rq, name, key);
	if (st != ST_NOTFOUND || !make)
		return st;
	err_clear(&rq->err);
	uint8_t fresh[WHO_KEY_LEN];
	random_bytes(fresh, sizeof fresh);
	if (sql_run(rq, "INSERT INTO who_key (name, key) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", V(name),
		    V_BLOB(fresh, sizeof fresh)))
		return rq->err.code;
	return key_read(rq, name, key);
}

/* ── people ── */

/* RFC 5321 §2.3.11: only the mailbox's own host may say whether Ann@ and ann@ are one. */
static char *email_normal(struct req *rq, const char *email)
{
	char *s = arena_strdup(rq->mem, email);
	char *at = strrchr(s, '@');
	char *domain = text_lower(rq->mem, at + 1);
	memcpy(at + 1, domain, strlen(domain));
	return s;
}

static enum st email_hash(struct req *rq, const char *normal, bool make, struct hash *out)
{
	uint8_t key[WHO_KEY_LEN];
	if (who_key(rq, "person", make, key))
		return rq->err.code;
	*out = hash_mac(key, sizeof key, normal, strlen(normal));
	return ST_OK;
}

#define PERSON_COLUMNS "id, email, lang, confirmed_at, erased_at"
static enum st person_read(struct req *rq, struct rows *r, struct person *out)
{
	bool found = rows_next(r);
	if (found)
		*out = (struct person){ .id = rows_int(r, 0),
					.email = rows_dup(r, 1),
					.lang = lang_of(rows_text(r, 2)),
					.confirmed_at = rows_int(r, 3),
					.erased_at = rows_int(r, 4) };
	if (rows_end(r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "no such person");
}

enum st person_get(struct req *rq, int64_t id, struct person *out)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT " PERSON_COLUMNS " FROM who_person WHERE id = $1", V(id)))
		return rq->err.code;
	return person_read(rq, &r, out);
}

static enum st person_by_hash(struct req *rq, const struct hash *h, struct person *out)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT " PERSON_COLUMNS " FROM who_person WHERE email_hash = $1",
		      V_BLOB(h->b, HASH_LEN)))
		return rq->err.code;
	return person_read(rq, &r, out);
}

enum st person_find(struct req *rq, const char *email, struct person *out)
{
	struct hash h;
	if (!text_email_ok(email))
		return err_set(&rq->err, ST_INVALID, N_("email: this is not an e-mail address"));
	enum st st = email_hash(rq, email_normal(rq, email), false, &h);
	if (st == ST_NOTFOUND)
		return err_set(&rq->err, ST_NOTFOUND, "no such person");
	return st ? st : person_by_hash(rq, &h, out);
}

/* No fact of its own: the fact that brings a person (a report, a question) is its caller's, and names the person. */
enum st person_by_email(struct req *rq, const char *email, enum lang lang, int64_t *id)
{
	struct hash h;
	struct person p;
	if (!text_email_ok(email))
		return err_set(&rq->err, ST_INVALID, N_("email: this is not an e-mail address"));
	const char *normal = email_normal(rq, email);
	if (email_hash(rq, normal, true, &h))
		return rq->err.code;
	enum st st = person_by_hash(rq, &h, &p);
	if (st == ST_NOTFOUND) {
		err_clear(&rq->err);
		if (sql_run(rq,
			    "INSERT INTO who_person (email, email_hash, lang, confirmed_at, created_at, erased_at)"
			    " VALUES ($1, $2, $3, 0, $4, 0) ON CONFLICT (email_hash) DO NOTHING",
			    V(normal), V_BLOB(h.b, HASH_LEN), V(lang_tag(lang)), V(clock_now())))
			return rq->err.code;
		st = person_by_hash(rq, &h, &p);
	}
	if (!st)
		*id = p.id;
	return st;
}

enum st person_erase(struct req *rq, int64_t id)
{
	int64_t changed;
	store_scrub(rq);
	if (sql_run(rq, "DELETE FROM who_confirm WHERE person = $1", V(id)) ||
	    sql_run_count(rq, &changed,
			  "UPDATE who_person SET email = NULL, email_hash = NULL, lang = '', confirmed_at = 0,"
			  " created_at = 0, erased_at = CASE erased_at WHEN 0 THEN $2 ELSE erased_at END WHERE id = $1",
			  V(id), V(clock_now())))
		return rq->err.code;
	return changed ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "no person %lld", (long long)id);
}

/* ── confirmation of an address ── */

enum st person_confirm_token(struct req *rq, int64_t person, char token[27])
{
	random_token(token);
	struct hash h = hash_of(token, strlen(token));
	int64_t now = clock_now();
	if (sql_run(rq, "DELETE FROM who_confirm WHERE person = $1 AND created_at <= $2", V(person),
		    V(now - confirm_life)))
		return rq->err.code;
	return sql_run(rq, "INSERT INTO who_confirm (token_hash, person, created_at, used_at) VALUES ($1, $2, $3, 0)",
		       V_BLOB(h.b, HASH_LEN), V(person), V(now));
}

static enum st confirm_fact(struct req *rq, int64_t person)
{
	char *subject = arena_printf(rq->mem, "person:%lld", (long long)person);
	return journal_append(rq, &(struct fact){ "who", subject, "person-confirmed", NULL, person });
}

/* A second click on the same link is answered like the first, without a second fact: mail scanners follow links before
 * people do. */
enum st person_confirm(struct req *rq, const char *token, int64_t *person)
{
	struct hash h = hash_of(token, strlen(token));
	int64_t now = clock_now(), id = 0, first;
	enum st st = sql_number(rq, &id,
				"UPDATE who_confirm SET used_at = CASE used_at WHEN 0 THEN $2 ELSE used_at END"
				" WHERE token_hash = $1 AND created_at > $3 RETURNING person",
				V_BLOB(h.b, HASH_LEN), V(now), V(now - confirm_life));
	if (st)
		return st == ST_NOTFOUND ? err_set(&rq->err, st, "this link is wrong or too old") : st;
	if (sql_run_count(
		    rq, &first,
		    "UPDATE who_person SET confirmed_at = $2 WHERE id = $1 AND confirmed_at = 0 AND erased_at = 0",
		    V(id), V(now)))
		return rq->err.code;
	*person = id;
	return first ? confirm_fact(rq, id) : ST_OK;
}
