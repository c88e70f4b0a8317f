#include "who/api_token.h"
#include <string.h>
#include "base/clock.h"
#include "base/hash.h"
#include "base/text.h"
#include "store/journal.h"
#include "who/person.h"

#define DAY (86400 * USEC)

static const char *const sides[API_SIDES] = { "contact", "partner" };

const char *api_side_name(enum api_side s)
{
	return (unsigned)s < API_SIDES ? sides[s] : "";
}

const struct migration api_token_migrations[] = {
	{ 319, "api tokens",
	  "CREATE TABLE who_api_token(id SERIAL_ID, side BIGINT NOT NULL, owner TEXT NOT NULL, label TEXT NOT NULL,"
	  " token_hash BYTEA NOT NULL UNIQUE, made_at BIGINT NOT NULL, used_at BIGINT NOT NULL, until BIGINT NOT NULL,"
	  " revoked_at BIGINT NOT NULL);"
	  "CREATE INDEX who_api_token_owner ON who_api_token(side, owner, id)" },
	{ 0 },
};

bool api_token_live(const struct api_token *t)
{
	return !t->revoked_at && t->until > clock_now();
}

/* The journal knows a contact's token by its number alone: an address there could not be forgotten. */
static enum st token_fact(struct req *rq, const struct api_token *t, const char *verb)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_int(&w, "token", t->id);
	j_str(&w, "side", api_side_name(t->side));
	if (t->side == API_PARTNER)
		j_str(&w, "partner", t->owner);
	j_end(&w);
	return journal_append(rq, &(struct fact){ "who", arena_printf(rq->mem, "api-token:%lld", (long long)t->id),
						  verb, arena_strdup(rq->mem, buf_cstr(&b)), 0 });
}

/* ── making ── */

static enum st check(struct req *rq, const struct api_token *t)
{
	size_t n = strlen(t->label);
	int64_t live = 0;
	if (n > API_LABEL_MAX || (n && (!text_clean(t->label, n) || strpbrk(t->label, "\r\n\t"))))
		return err_set(&rq->err, ST_INVALID, N_("label: one line of at most %d bytes"), API_LABEL_MAX);
	if (t->until <= clock_now())
		return err_set(&rq->err, ST_INVALID, N_("until: a time to come is needed"));
	if (sql_number(
		    rq, &live,
		    "SELECT count(*) FROM who_api_token WHERE side = $1 AND owner = $2 AND revoked_at = 0 AND until > "
		    "$3",
		    V(t->side), V(t->owner), V(clock_now())))
		return rq->err.code;
	return live < API_TOKENS
		       ? ST_OK
		       : err_set(&rq->err, ST_CONFLICT, N_("%d tokens are in use; take one back first"), API_TOKENS);
}

enum st api_token_make(struct req *rq, struct api_token *t, char out[27])
{
	t->made_at = clock_now();
	t->until = t->until ? t->until : t->made_at + API_TOKEN_DAYS * DAY;
	t->owner = t->side == API_CONTACT ? text_lower(rq->mem, t->owner) : t->owner;
	t->label = text_trim(rq->mem, t->label ? t->label : "");
	if (check(rq, t))
		return rq->err.code;
	random_token(out);
	struct hash h = hash_of(out, strlen(out));
	if (sql_number(rq, &t->id,
		       "INSERT INTO who_api_token(side, owner, label, token_hash, made_at, used_at, until, revoked_at)"
		       " VALUES($1, $2, $3, $4, $5, 0, $6, 0) RETURNING id",
		       V(t->side), V(t->owner), V(t->label), V_BLOB(h.b, HASH_LEN), V(t->made_at), V(t->until)))
		return rq->err.code;
	return token_fact(rq, t, "api-token-made");
}

/* ── reading ── */

#define COLUMNS "id, side, owner, label, made_at, used_at, until, revoked_at"

static void token_of(struct rows *r, struct api_token *t)
{
	*t = (struct api_token){ .id = rows_int(r, 0),
				 .side = (enum api_side)rows_int(r, 1),
				 .owner = rows_dup(r, 2),
				 .label = rows_dup(r, 3),
				 .made_at = rows_int(r, 4),
				 .used_at = rows_int(r, 5),
				 .until = rows_int(r, 6),
				 .revoked_at = rows_int(r, 7) };
}

static enum st one(struct req *rq, struct rows *r, struct api_token *out)
{
	bool found = rows_next(r);
	if (found)
		token_of(r, out);
	if (rows_end(r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "there is no such token, or it opens nothing any more");
}

enum st api_token_open(struct req *rq, enum api_side side, const char *token, struct api_token *out)
{
	struct rows r;
	struct hash h = hash_of(token, strlen(token));
	if (sql_query(rq, &r,
		      "SELECT " COLUMNS
		      " FROM who_api_token WHERE token_hash = $1 AND side = $2 AND revoked_at = 0 AND until > $3",
		      V_BLOB(h.b, HASH_LEN), V(side), V(clock_now())))
		return rq->err.code;
	return one(rq, &r, out);
}

enum st api_token_list(struct req *rq, enum api_side side, const char *owner, bool live, struct api_token *out, int max,
		       int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(
		    rq, &r,
		    "SELECT " COLUMNS
		    " FROM who_api_token WHERE side = $1 AND (owner = $2 OR $3 = 1) AND ($4 = 0 OR (revoked_at = 0 AND "
		    "until > $5)) ORDER BY id DESC LIMIT $6",
		    V(side), V(owner ? owner : ""), V(!owner), V(live), V(clock_now()), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		token_of(&r, &out[(*n)++]);
	return rows_end(&r);
}

void api_token_json(struct jw *w, const struct api_token *t)
{
	j_obj(w, NULL);
	j_int(w, "id", t->id);
	j_str(w, "side", api_side_name(t->side));
	j_str(w, "owner", t->owner);
	j_str(w, "label", t->label);
	j_time(w, "made_at", t->made_at);
	j_time(w, "used_at", t->used_at);
	j_time(w, "until", t->until);
	j_time(w, "revoked_at", t->revoked_at);
	j_end(w);
}

/* ── changing ── */

enum st api_token_used(struct req *rq, int64_t id)
{
	return sql_run(rq, "UPDATE who_api_token SET used_at = $2 WHERE id = $1 AND used_at < $2", V(id),
		       V(clock_now()));
}

enum st api_token_revoke(struct req *rq, int64_t id, enum api_side side, const char *owner)
{
	struct rows r;
	struct api_token t;
	if (sql_query(rq, &r,
		      "UPDATE who_api_token SET revoked_at = $4 WHERE id = $1 AND side = $2 AND (owner = $3 OR $5 = 1) "
		      "AND "
		      "revoked_at = 0 RETURNING " COLUMNS,
		      V(id), V(side), V(owner ? owner : ""), V(clock_now()), V(!owner)))
		return rq->err.code;
	return one(rq, &r, &t) ? rq->err.code : token_fact(rq, &t, "api-token-revoked");
}

/* ── personal data: a contact's address ── */

static const char *address_of(struct req *rq, const struct person *p)
{
	return p->email ? text_lower(rq->mem, p->email) : "";
}

enum st api_token_export(struct req *rq, const struct person *p, struct jw *w)
{
	struct api_token t[100];
	int n = 0;
	if (api_token_list(rq, API_CONTACT, address_of(rq, p), false, t, 100, &n))
		return rq->err.code;
	j_arr(w, "tokens");
	for (int i = 0; i < n; i++)
		api_token_json(w, &t[i]);
	j_end(w);
	return ST_OK;
}

enum st api_token_erase(struct req *rq, const struct person *p)
{
	return sql_run(rq, "DELETE FROM who_api_token WHERE side = $1 AND owner = $2 AND owner <> ''", V(API_CONTACT),
		       V(address_of(rq, p)));
}

enum st api_token_knows(struct req *rq, const char *email, bool *yes)
{
	int64_t n = 0;
	enum st st = sql_number(rq, &n, "SELECT count(*) FROM who_api_token WHERE side = $1 AND owner = $2",
				V(API_CONTACT), V(text_lower(rq->mem, email)));
	*yes = n > 0;
	return st;
}
