#include "who/account.h"
#include "base/clock.h"
#include "base/text.h"
#include "store/journal.h"
#include "who/who_int.h"
#include <string.h>

/* who_totp.secret IS READABLE by whoever reads the database or a backup of it: a code can't be computed from a hash.
 * Alone it opens nothing (the password is a hash); backups are to be kept like keys. pending = 1 is what an open
 * invitation offers, pending = 0 the device in use. who_attempt counts sign-ins that have not succeeded yet. */
const struct migration account_migrations[] = {
	{ 30, "account",
	  "CREATE TABLE who_account (id SERIAL_ID, login TEXT NOT NULL UNIQUE, name TEXT NOT NULL, role BIGINT NOT "
	  "NULL,"
	  " password TEXT, created_at BIGINT NOT NULL, last_seen BIGINT NOT NULL, disabled_at BIGINT NOT NULL);"
	  "CREATE TABLE who_invite (token_hash BYTEA PRIMARY KEY, account BIGINT NOT NULL, created_at BIGINT NOT NULL,"
	  " used_at BIGINT NOT NULL);"
	  "CREATE INDEX who_invite_account ON who_invite (account);"
	  "CREATE TABLE who_totp (account BIGINT NOT NULL, pending BIGINT NOT NULL, secret BYTEA NOT NULL,"
	  " last_step BIGINT NOT NULL, made_at BIGINT NOT NULL, PRIMARY KEY (account, pending));"
	  "CREATE TABLE who_attempt (subject TEXT PRIMARY KEY, failed BIGINT NOT NULL, first_at BIGINT NOT NULL,"
	  " last_at BIGINT NOT NULL);"
	  "CREATE TABLE who_session (token_hash BYTEA PRIMARY KEY, account BIGINT NOT NULL, csrf TEXT NOT NULL,"
	  " created_at BIGINT NOT NULL, seen_at BIGINT NOT NULL);"
	  "CREATE INDEX who_session_account ON who_session (account);" },
	{ 281, "session_from",
	  "ALTER TABLE who_session ADD COLUMN address TEXT NOT NULL DEFAULT '';"
	  "ALTER TABLE who_session ADD COLUMN browser TEXT NOT NULL DEFAULT ''" },
	/* Erasing for people and the cases of personal data were an officer's until the data-protection officer had them:
	 * nobody loses on the day of the upgrade what they could do the day before. */
	{ 278, "account_dpo", "UPDATE who_account SET role = role | 512 WHERE (role & 2) <> 0" },
	/* An account's side never changes: staff, or the people of one registrar. */
	{ 220, "account_registrar",
	  "ALTER TABLE who_account ADD COLUMN registrar TEXT NOT NULL DEFAULT '';"
	  "CREATE INDEX who_account_registrar ON who_account (registrar, login) WHERE registrar <> ''" },
	{ 0 },
};

enum st account_fact(struct req *rq, int64_t account, const char *verb, const char *payload)
{
	char *subject = arena_printf(rq->mem, "account:%lld", (long long)account);
	return journal_append(rq, &(struct fact){ "who", subject, verb, payload, 0 });
}

/* ── reading ── */

#define ACCOUNT_COLUMNS                                                                                                \
	"a.id, a.login, a.name, a.role, a.created_at, a.last_seen, a.disabled_at, a.password IS NOT NULL, "            \
	"a.registrar"
static struct account account_row(struct rows *r)
{
	return (struct account){ .id = rows_int(r, 0),
				 .login = rows_dup(r, 1),
				 .name = rows_dup(r, 2),
				 .role = (unsigned)rows_int(r, 3),
				 .created_at = rows_int(r, 4),
				 .last_seen = rows_int(r, 5),
				 .disabled_at = rows_int(r, 6),
				 .ready = rows_int(r, 7) != 0,
				 .registrar = rows_dup(r, 8) };
}

static enum st account_one(struct req *rq, struct rows *r, struct account *out, const char *none)
{
	bool found = rows_next(r);
	if (found)
		*out = account_row(r);
	if (rows_end(r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "%s", none);
}

enum st account_by_login(struct req *rq, const char *login, struct account *out)
{
	struct rows r;
	char *why = arena_printf(rq->mem, "no account %.64s", login);
	if (sql_query(rq, &r, "SELECT " ACCOUNT_COLUMNS " FROM who_account a WHERE a.login = $1",
		      V(text_lower(rq->mem, login))))
		return rq->err.code;
	return account_one(rq, &r, out, why);
}

enum st account_list(struct req *rq, struct account *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT " ACCOUNT_COLUMNS " FROM who_account a WHERE a.registrar = '' ORDER BY a.login LIMIT $1",
		      V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = account_row(&r);
	return rows_end(&r);
}

enum st account_list_of(struct req *rq, const char *registrar, struct account *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT " ACCOUNT_COLUMNS " FROM who_account a WHERE a.registrar = $1 AND a.registrar <> ''"
		      " ORDER BY a.login LIMIT $2",
		      V(registrar), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = account_row(&r);
	return rows_end(&r);
}

/* ── adding and inviting ── */

static bool login_ok(const char *s)
{
	size_t n = strlen(s);
	return n >= 2 && n <= 64 && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789._-") == n;
}

static bool name_ok(const char *s)
{
	size_t n = strlen(s);
	return n && n <= 200 && text_clean(s, n) && !strpbrk(s, "\r\n\t");
}

/* A new invitation voids the ones before it and what they offered: one link at a time. */
static enum st invite_new(struct req *rq, int64_t account, char invite[27])
{
	random_token(invite);
	struct hash h = hash_of(invite, strlen(invite));
	if (sql_run(rq, "DELETE FROM who_invite WHERE account = $1", V(account)) ||
	    sql_run(rq, "DELETE FROM who_totp WHERE account = $1 AND pending = 1", V(account)))
		return rq->err.code;
	uint8_t fresh[TOTP_SECRET_LEN];
	random_bytes(fresh, sizeof fresh);
	if (sql_run(rq, "INSERT INTO who_totp (account, pending, secret, last_step, made_at) VALUES ($1, 1, $2, 0, $3)",
		    V(account), V_BLOB(fresh, sizeof fresh), V(clock_now())))
		return rq->err.code;
	return sql_run(rq, "INSERT INTO who_invite (token_hash, account, created_at, used_at) VALUES ($1, $2, $3, 0)",
		       V_BLOB(h.b, HASH_LEN), V(account), V(clock_now()));
}

enum st account_make(struct req *rq, const char *login, const char *name, unsigned role, const char *registrar,
		     char invite[27])
{
	int64_t id = 0;
	login = text_lower(rq->mem, login);
	if (!login_ok(login))
		return err_set(&rq->err, ST_INVALID, N_("login: 2 to 64 of a–z, 0–9, '.', '_' and '-'"));
	if (!name_ok(name))
		return err_set(&rq->err, ST_INVALID, N_("name: 1 to 200 bytes of text on one line"));
	enum st st = sql_number(
		rq, &id,
		"INSERT INTO who_account (login, name, role, password, created_at, last_seen, disabled_at, registrar)"
		" VALUES ($1, $2, $3, NULL, $4, 0, 0, $5) ON CONFLICT (login) DO NOTHING RETURNING id",
		V(login), V(name), V(role), V(clock_now()), V(registrar));
	if (st == ST_NOTFOUND)
		return err_set(&rq->err, ST_CONFLICT, N_("login: there is already an account %s"), login);
	if (st || invite_new(rq, id, invite))
		return rq->err.code;
	return account_fact(rq, id, "account-added",
			    arena_printf(rq->mem, "{\"role\":\"%s\"}", role_name(rq->mem, role)));
}

enum st account_add(struct req *rq, const char *login, const char *name, unsigned role, char invite[27])
{
	if (permit(rq, MAY_ADD_ACCOUNT))
		return rq->err.code;
	if (role_check(role, &rq->err))
		return rq->err.code;
	return account_make(rq, login, name, role, "", invite);
}

enum st account_invite_again(struct req *rq, const struct account *a, char invite[27])
{
	if (a->disabled_at)
		return err_set(&rq->err, ST_CONFLICT, N_("account %s is disabled"), a->login);
	if (invite_new(rq, a->id, invite))
		return rq->err.code;
	return account_fact(rq, a->id, "account-invited", NULL);
}

enum st account_invite(struct req *rq, const char *login, char invite[27])
{
	struct account a;
	if (permit(rq, MAY_ADD_ACCOUNT) || account_by_login(rq, login, &a))
		return rq->err.code;
	return account_invite_again(rq, &a, invite);
}

enum st account_by_invite(struct req *rq, const char *token, struct account *out)
{
	struct rows r;
	struct hash h = hash_of(token, strlen(token));
	if (sql_query(rq, &r,
		      "SELECT " ACCOUNT_COLUMNS " FROM who_invite i JOIN who_account a ON a.id = i.account"
		      " WHERE i.token_hash = $1 AND i.used_at = 0 AND i.created_at > $2 AND a.disabled_at = 0",
		      V_BLOB(h.b, HASH_LEN), V(clock_now() - INVITE_SECONDS * USEC)))
		return rq->err.code;
	return account_one(rq, &r, out, "this invitation was used or is too old; ask an administrator for a new one");
}

/* ── accepting an invitation ── */

struct totp {
	uint8_t secret[TOTP_SECRET_LEN];
	int64_t last_step;
};

static enum st totp_read(struct req *rq, int64_t account, int pending, struct totp *out)
{
	struct rows r;
	bool found = false;
	if (sql_query(rq, &r, "SELECT secret, last_step FROM who_totp WHERE account = $1 AND pending = $2", V(account),
		      V(pending)))
		return rq->err.code;
	if (rows_next(&r)) {
		struct blob b = rows_blob(&r, 0);
		found = b.n == sizeof out->secret;
		if (found)
			memcpy(out->secret, b.p, sizeof out->secret);
		out->last_step = rows_int(&r, 1);
	}
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "no device is set up for this account");
}

enum st account_totp_offer(struct req *rq, const char *invite, const char *issuer, char **secret, char **uri)
{
	struct account a;
	struct totp t;
	if (account_by_invite(rq, invite, &a) || totp_read(rq, a.id, 1, &t))
		return rq->err.code;
	*secret = totp_base32(rq->mem, t.secret, sizeof t.secret);
	*uri = totp_uri(rq->mem, issuer, a.login, *secret);
	return ST_OK;
}

/* The hash was made where the login was not at hand. Only a login as long as the shortest password can be one. */
static enum st accept_hash(struct req *rq, const char *hash, const char *login)
{
	struct err quiet;
	if (strncmp(hash, "$argon2id$", 10))
		return err_set(&rq->err, ST_INTERNAL, "the password was not hashed");
	if (!password_check(login, NULL, &quiet) && password_matches(hash, login))
		return password_check(login, login, &rq->err);
	return ST_OK;
}

/* Old sessions and the old device end with the old password. */
static enum st accept_store(struct req *rq, int64_t id, const char *invite, const char *hash, int64_t step)
{
	int64_t now = clock_now(), used = 0;
	struct hash h = hash_of(invite, strlen(invite));
	if (sql_run_count(rq, &used, "UPDATE who_invite SET used_at = $2 WHERE token_hash = $1 AND used_at = 0",
			  V_BLOB(h.b, HASH_LEN), V(now)))
		return rq->err.code;
	if (!used)
		return err_set(&rq->err, ST_NOTFOUND, "this invitation was used");
	if (sql_run(rq, "UPDATE who_account SET password = $2 WHERE id = $1", V(id), V(hash)) ||
	    sql_run(rq, "DELETE FROM who_totp WHERE account = $1 AND pending = 0", V(id)) ||
	    sql_run(rq, "UPDATE who_totp SET pending = 0, last_step = $2 WHERE account = $1", V(id), V(step)) ||
	    session_end_all(rq, id) || attempt_clear(rq, id))
		return rq->err.code;
	return ST_OK;
}

enum st account_accept(struct req *rq, const char *invite, const char *hash, const char *code, int64_t *account)
{
	struct account a;
	struct totp t;
	int64_t step = 0;
	if (account_by_invite(rq, invite, &a) || accept_hash(rq, hash, a.login))
		return rq->err.code;
	enum st st = totp_read(rq, a.id, 1, &t);
	if (st)
		return st == ST_NOTFOUND ? err_set(&rq->err, ST_CONFLICT, N_("code: set up a device first")) : st;
	if (!totp_check(t.secret, sizeof t.secret, code, clock_now(), t.last_step, &step))
		return err_set(&rq->err, ST_INVALID,
			       N_("code: this is not the code the device shows now; is its clock right?"));
	if (accept_store(rq, a.id, invite, hash, step))
		return rq->err.code;
	*account = a.id;
	return account_fact(rq, a.id, "account-accepted", NULL);
}

/* Step 2 of signing in, called by session.c: each code works once. */
enum st account_use_code(struct req *rq, int64_t account, const char *code)
{
	struct totp t;
	int64_t step = 0, taken = 0;
	enum st st = totp_read(rq, account, 0, &t);
	if (st && st != ST_NOTFOUND)
		return st;
	if (st || !totp_check(t.secret, sizeof t.secret, code, clock_now(), t.last_step, &step))
		return err_set(&rq->err, ST_DENIED, N_("code: it is wrong or was used; wait for the next one"));
	if (sql_run_count(rq, &taken,
			  "UPDATE who_totp SET last_step = $2 WHERE account = $1 AND pending = 0 AND last_step < $2",
			  V(account), V(step)))
		return rq->err.code;
	return taken ? ST_OK : err_set(&rq->err, ST_DENIED, N_("code: it was used; wait for the next one"));
}

/* ── other roles, disabling ── */

/* `role`: what it is going to have. */
static enum st keep_an_admin(struct req *rq, const struct account *a, unsigned role)
{
	int64_t others = 0;
	if (!(a->role & ROLE_ADMIN) || role & ROLE_ADMIN || a->disabled_at)
		return ST_OK;
	if (sql_number(rq, &others,
		       "SELECT count(*) FROM who_account WHERE id <> $1 AND disabled_at = 0 AND password IS NOT NULL"
		       " AND (role & $2) <> 0",
		       V(a->id), V(ROLE_ADMIN)))
		return rq->err.code;
	return others ? ST_OK
		      : err_set(&rq->err, ST_CONFLICT,
				N_("account %s is the only administrator; add another one first"), a->login);
}

enum st account_end(struct req *rq, const struct account *a)
{
	if (a->disabled_at)
		return ST_OK;
	if (keep_an_admin(rq, a, 0) ||
	    sql_run(rq, "UPDATE who_account SET disabled_at = $2 WHERE id = $1", V(a->id), V(clock_now())) ||
	    sql_run(rq, "DELETE FROM who_invite WHERE account = $1", V(a->id)) ||
	    sql_run(rq, "DELETE FROM who_totp WHERE account = $1", V(a->id)) || session_end_all(rq, a->id))
		return rq->err.code;
	return account_fact(rq, a->id, "account-disabled", NULL);
}

enum st account_disable(struct req *rq, const char *login)
{
	struct account a;
	if (permit(rq, MAY_ADD_ACCOUNT) || account_by_login(rq, login, &a))
		return rq->err.code;
	return account_end(rq, &a);
}

/* Whoever is signed in signs in again: no page goes on with what was allowed a moment ago. */
enum st account_role(struct req *rq, const char *login, unsigned role)
{
	struct account a;
	if (permit(rq, MAY_ADD_ACCOUNT) || role_check(role, &rq->err) || account_by_login(rq, login, &a))
		return rq->err.code;
	if (*a.registrar)
		return err_set(&rq->err, ST_CONFLICT, N_("account %s is of registrar %s; its own people change it"),
			       a.login, a.registrar);
	if (a.role == role)
		return ST_OK;
	if (keep_an_admin(rq, &a, role) ||
	    sql_run(rq, "UPDATE who_account SET role = $2 WHERE id = $1", V(a.id), V(role)) ||
	    session_end_all(rq, a.id))
		return rq->err.code;
	return account_fact(rq, a.id, "role-changed",
			    arena_printf(rq->mem, "{\"from\":\"%s\",\"to\":\"%s\"}", role_name(rq->mem, a.role),
					 role_name(rq->mem, role)));
}
