/* Who is signed in, from where, and ending that. */
#include "base/clock.h"
#include "base/hash.h"
#include "base/text.h"
#include "store/journal.h"
#include "who/account.h"
#include "who/who_int.h"
#include <stdio.h>
#include <string.h>

/* The first that fits: browsers name those they resemble too. */
const char *browser_family(const char *user_agent)
{
	static const char *const rows[][2] = {
		{ "Edg", "Edge" },
		{ "OPR/", "Opera" },
		{ "SamsungBrowser/", "Samsung Internet" },
		{ "Firefox/", "Firefox" },
		{ "FxiOS/", "Firefox" },
		{ "CriOS/", "Chrome" },
		{ "Chromium/", "Chrome" },
		{ "Chrome/", "Chrome" },
		{ "Safari/", "Safari" },
		{ "curl/", "curl" },
		{ "Python-urllib/", "Python" },
	};
	for (size_t i = 0; user_agent && i < sizeof rows / sizeof *rows; i++)
		if (strstr(user_agent, rows[i][0]))
			return rows[i][1];
	return "other";
}

enum st session_from(struct req *rq, const char *token, const char *address, const char *user_agent)
{
	struct hash h = hash_of(token, strlen(token));
	return sql_run(rq, "UPDATE who_session SET address = $2, browser = $3 WHERE token_hash = $1",
		       V_BLOB(h.b, HASH_LEN), V(address), V(browser_family(user_agent)));
}

static void name_of(const uint8_t *hash, char id[17])
{
	for (int i = 0; i < 8; i++)
		snprintf(id + 2 * i, 3, "%02x", hash[i]);
}

bool session_is(const struct session_row *s, const char *token)
{
	struct hash h = hash_of(token, strlen(token));
	return !memcmp(h.b, s->hash, HASH_LEN);
}

static enum st may(struct req *rq, int64_t account)
{
	return account && rq->who && rq->who->account == account ? ST_OK : permit(rq, MAY_END_SESSION);
}

enum st session_list(struct req *rq, int64_t account, struct session_row *out, int max, int *n)
{
	struct rows r;
	int64_t now = clock_now();
	*n = 0;
	if (may(rq, account) ||
	    sql_query(rq, &r,
		      "SELECT s.token_hash, s.account, s.created_at, s.seen_at, a.login, a.name, s.address, s.browser"
		      " FROM who_session s JOIN who_account a ON a.id = s.account WHERE (s.account = $1 OR ($1 = 0 AND"
		      " a.registrar = '')) AND s.created_at > $2 AND s.seen_at > $3 AND a.disabled_at = 0"
		      " ORDER BY s.created_at DESC, s.token_hash LIMIT $4",
		      V(account), V(now - SESSION_SECONDS * USEC), V(now - SESSION_IDLE_SECONDS * USEC), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r)) {
		struct session_row *s = &out[*n];
		struct blob b = rows_blob(&r, 0);
		if (b.n != HASH_LEN)
			continue;
		*s = (struct session_row){ .account = rows_int(&r, 1),
					   .created_at = rows_int(&r, 2),
					   .seen_at = rows_int(&r, 3),
					   .login = rows_dup(&r, 4),
					   .name = rows_dup(&r, 5),
					   .address = rows_dup(&r, 6),
					   .browser = rows_dup(&r, 7) };
		memcpy(s->hash, b.p, HASH_LEN);
		name_of(s->hash, s->id);
		++*n;
	}
	return rows_end(&r);
}

static enum st told(struct req *rq, int64_t account, int64_t n)
{
	bool self = rq->who && rq->who->account == account;
	return account_fact(rq, account, "sessions-ended",
			    arena_printf(rq->mem, "{\"sessions\":%lld,\"by\":\"%s\"}", (long long)n,
					 self ? "self" : "administrator"));
}

enum st session_end(struct req *rq, int64_t account, const char *id, int64_t *n)
{
	struct session_row *s = arena_array(rq->mem, struct session_row, SESSIONS_MAX);
	int count = 0;
	*n = 0;
	if (may(rq, account))
		return rq->err.code;
	if (!id) {
		if (sql_run_count(rq, n, "DELETE FROM who_session WHERE account = $1", V(account)))
			return rq->err.code;
		return *n ? told(rq, account, *n) : ST_OK;
	}
	if (session_list(rq, account, s, SESSIONS_MAX, &count))
		return rq->err.code;
	for (int i = 0; i < count; i++)
		if (!strcmp(s[i].id, id)) {
			if (sql_run_count(rq, n, "DELETE FROM who_session WHERE token_hash = $1",
					  V_BLOB(s[i].hash, HASH_LEN)))
				return rq->err.code;
			return *n ? told(rq, s[i].account, *n) : ST_OK;
		}
	return err_set(&rq->err, ST_NOTFOUND, "there is no such session, or it is over already");
}
