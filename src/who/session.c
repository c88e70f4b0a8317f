/* Signing in: the brake on guessing, the password, the code, and what is kept of a person who is in. */
#include "base/clock.h"
#include "base/text.h"
#include "store/journal.h"
#include "who/account.h"
#include "who/who_int.h"
#include <stdio.h>
#include <string.h>

/* ── the brake ── */

enum { FREE_TRIES = 5, FREE_SECONDS = 15 * 60, DELAY_MAX = 15 * 60, QUIET_SECONDS = 24 * 3600 };
enum { CHECK_SECONDS = 10 * 60, STRANGERS = 4096 };

/* The row that counts for a login. Logins that do not exist share a fixed number of rows (spread by a keyed hash, so
 * that nobody can find two of one row): they slow down like the others, and making them up fills nothing. */
static enum st attempt_subject(struct req *rq, const char *login, bool make, char out[48])
{
	int64_t id = 0;
	uint8_t key[WHO_KEY_LEN];
	login = text_lower(rq->mem, login);
	enum st st = sql_number(rq, &id, "SELECT id FROM who_account WHERE login = $1 AND disabled_at = 0", V(login));
	if (st && st != ST_NOTFOUND)
		return st;
	err_clear(&rq->err);
	if (who_key(rq, "sign-in", make, key))
		return rq->err.code;
	struct hash h = hash_mac(key, sizeof key, login, strlen(login));
	if (st == ST_OK)
		snprintf(out, 48, "account:%lld", (long long)id);
	else
		snprintf(out, 48, "stranger:%d", (h.b[0] << 8 | h.b[1]) % STRANGERS);
	return ST_OK;
}

static int64_t delay_after(int64_t failed)
{
	if (failed < FREE_TRIES)
		return 0;
	int64_t n = failed - FREE_TRIES;
	return n > 9 ? DELAY_MAX : 1 << n;
}

struct attempts {
	int64_t failed, first_at, last_at;
};

/* The UPDATE takes the row's lock: tries that come at once are counted one after another. */
static enum st attempts_lock(struct req *rq, const char *subject, struct attempts *a)
{
	struct rows r;
	if (sql_run(rq,
		    "INSERT INTO who_attempt (subject, failed, first_at, last_at) VALUES ($1, 0, 0, 0)"
		    " ON CONFLICT (subject) DO NOTHING",
		    V(subject)) ||
	    sql_query(rq, &r,
		      "UPDATE who_attempt SET failed = failed WHERE subject = $1 RETURNING failed, first_at, last_at",
		      V(subject)))
		return rq->err.code;
	*a = (struct attempts){ 0 };
	while (rows_next(&r))
		*a = (struct attempts){ rows_int(&r, 0), rows_int(&r, 1), rows_int(&r, 2) };
	return rows_end(&r);
}

enum st account_attempt(struct req *rq, const char *login)
{
	char subject[48];
	struct attempts a = { 0 };
	int64_t now = clock_now();
	if (attempt_subject(rq, login, true, subject) || attempts_lock(rq, subject, &a))
		return rq->err.code;
	bool few = a.failed < FREE_TRIES;
	if (now - (few ? a.first_at : a.last_at) >= (few ? FREE_SECONDS : QUIET_SECONDS) * USEC)
		a = (struct attempts){ .first_at = now };
	int64_t wait = a.last_at + delay_after(a.failed) * USEC - now;
	if (wait > 0)
		return err_set(&rq->err, ST_LIMIT, N_("too many failed sign-ins: try again in %lld s"),
			       (long long)((wait + USEC - 1) / USEC));
	return sql_run(rq, "UPDATE who_attempt SET failed = $2, first_at = $3, last_at = $4 WHERE subject = $1",
		       V(subject), V(a.failed + 1), V(a.first_at), V(now));
}

/* last_at stays: it says to account_check that the attempt was counted. */
enum st attempt_clear(struct req *rq, int64_t account)
{
	return sql_run(rq, "UPDATE who_attempt SET failed = 0, first_at = 0 WHERE subject = $1",
		       V(arena_printf(rq->mem, "account:%lld", (long long)account)));
}

/* A front that forgot to count would let people guess without end; so it can't let anyone in either. */
static enum st attempt_was_counted(struct req *rq, const char *login)
{
	char subject[48];
	int64_t n = 0;
	enum st st = attempt_subject(rq, login, false, subject);
	if (!st)
		st = sql_number(rq, &n, "SELECT count(*) FROM who_attempt WHERE subject = $1 AND last_at > $2",
				V(subject), V(clock_now() - CHECK_SECONDS * USEC));
	if (st && st != ST_NOTFOUND)
		return st;
	return n ? ST_OK
		 : err_set(&rq->err, ST_INTERNAL, "this sign-in was not counted: account_attempt() comes first");
}

/* ── step 1: the password ── */

enum st account_check(struct req *rq, const char *login, const char *password, int64_t *account)
{
	struct rows r;
	int64_t id = 0;
	char *encoded = NULL;
	if (attempt_was_counted(rq, login) ||
	    sql_query(rq, &r, "SELECT id, password FROM who_account WHERE login = $1 AND disabled_at = 0",
		      V(text_lower(rq->mem, login))))
		return rq->err.code;
	if (rows_next(&r)) {
		id = rows_int(&r, 0);
		encoded = rows_dup(&r, 1);
	}
	if (rows_end(&r))
		return rq->err.code;
	if (!password_matches(encoded, password))
		return err_set(&rq->err, ST_DENIED, N_("the login name or the password is wrong"));
	*account = id;
	return ST_OK;
}

/* ── step 2: the code, and the session ── */

static enum st session_sweep(struct req *rq, int64_t now)
{
	return sql_run(rq, "DELETE FROM who_session WHERE created_at <= $1 OR seen_at <= $2",
		       V(now - SESSION_SECONDS * USEC), V(now - SESSION_IDLE_SECONDS * USEC));
}

/* Whoever signs in was a stranger until now: the fact is told as theirs. */
static enum st signed_in(struct req *rq, int64_t account)
{
	struct actor *self = arena_new_of(rq->mem, struct actor);
	const struct actor *before = rq->who;
	struct rows r;
	if (sql_query(rq, &r, "SELECT registrar FROM who_account WHERE id = $1", V(account)))
		return rq->err.code;
	const char *registrar = rows_next(&r) ? rows_dup(&r, 0) : "";
	if (rows_end(&r))
		return rq->err.code;
	self->account = account;
	if (*registrar)
		snprintf(self->id, sizeof self->id, "registrar:%s", registrar);
	else
		snprintf(self->id, sizeof self->id, "staff:%lld", (long long)account);
	rq->who = self;
	enum st st =
		journal_append(rq, &(struct fact){ "who", arena_printf(rq->mem, "account:%lld", (long long)account),
						   "signed-in", NULL, 0 });
	rq->who = before;
	return st;
}

enum st session_open(struct req *rq, int64_t account, const char *code, char token[27], char csrf[27])
{
	int64_t now = clock_now(), enabled = 0;
	if (account_use_code(rq, account, code) || session_sweep(rq, now) || attempt_clear(rq, account) ||
	    sql_run_count(
		    rq, &enabled,
		    "UPDATE who_account SET last_seen = $2 WHERE id = $1 AND disabled_at = 0 AND password IS NOT NULL",
		    V(account), V(now)))
		return rq->err.code;
	if (!enabled)
		return err_set(&rq->err, ST_DENIED, N_("this account is disabled"));
	random_token(token);
	random_token(csrf);
	struct hash h = hash_of(token, strlen(token));
	if (sql_run(rq,
		    "INSERT INTO who_session (token_hash, account, csrf, created_at, seen_at) VALUES ($1, $2, $3, $4, "
		    "$4)",
		    V_BLOB(h.b, HASH_LEN), V(account), V(csrf), V(now)))
		return rq->err.code;
	return signed_in(rq, account);
}

enum st session_get(struct req *rq, const char *token, struct session *out)
{
	struct rows r;
	struct hash h = hash_of(token, strlen(token));
	int64_t now = clock_now();
	if (sql_query(rq, &r,
		      "SELECT a.id, a.login, a.name, s.csrf, a.role, a.registrar FROM who_session s JOIN who_account a "
		      "ON a.id = "
		      "s.account"
		      " WHERE s.token_hash = $1 AND s.created_at > $2 AND s.seen_at > $3 AND a.disabled_at = 0",
		      V_BLOB(h.b, HASH_LEN), V(now - SESSION_SECONDS * USEC), V(now - SESSION_IDLE_SECONDS * USEC)))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found)
		*out = (struct session){ rows_int(&r, 0), rows_dup(&r, 1),	     rows_dup(&r, 2),
					 rows_dup(&r, 3), (unsigned)rows_int(&r, 4), rows_dup(&r, 5) };
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "this session is over; sign in again");
}

enum st session_touch(struct req *rq, const char *token)
{
	struct session s;
	struct hash h = hash_of(token, strlen(token));
	int64_t now = clock_now();
	if (session_get(rq, token, &s) ||
	    sql_run(rq, "UPDATE who_session SET seen_at = $2 WHERE token_hash = $1", V_BLOB(h.b, HASH_LEN), V(now)))
		return rq->err.code;
	return sql_run(rq, "UPDATE who_account SET last_seen = $2 WHERE id = $1", V(s.account), V(now));
}

enum st session_close(struct req *rq, const char *token)
{
	int64_t account = 0;
	struct hash h = hash_of(token, strlen(token));
	enum st st = sql_number(rq, &account, "DELETE FROM who_session WHERE token_hash = $1 RETURNING account",
				V_BLOB(h.b, HASH_LEN));
	if (st)
		return st == ST_NOTFOUND ? err_set(&rq->err, st, "this session is over") : st;
	return journal_append(rq, &(struct fact){ "who", arena_printf(rq->mem, "account:%lld", (long long)account),
						  "signed-out", NULL, 0 });
}

enum st session_end_all(struct req *rq, int64_t account)
{
	return sql_run(rq, "DELETE FROM who_session WHERE account = $1", V(account));
}
