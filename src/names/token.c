/* Allocation tokens (RFC 8495): who has one may register a reserved label, once. The token is random and long; only its
 * digest is kept, so that a copy of the database opens nothing. */
#include <string.h>
#include "base/clock.h"
#include "base/hash.h"
#include "base/idn.h"
#include "base/text.h"
#include "names/registry_int.h"
#include "who/permit.h"

enum { NOTE_BYTES = 200 };

/* 26 of 31 signs that nobody mistakes for each other: 128 bits. */
static void token_make(char out[TOKEN_TEXT])
{
	static const char sign[] = "abcdefghjkmnpqrstuvwxyz23456789";
	for (int i = 0; i < TOKEN_TEXT - 1;) {
		uint8_t b;
		random_bytes(&b, 1);
		b &= 31;
		if (b < sizeof sign - 1)
			out[i++] = sign[b];
	}
	out[TOKEN_TEXT - 1] = 0;
}

static char *digest_of(struct arena *mem, const char *token)
{
	char hex[65];
	struct hash h = hash_of(token, strlen(token));
	return arena_strdup(mem, hash_hex(&h, hex));
}

/* ── given out, taken back ── */

static enum st fact(struct req *rq, int64_t id, const char *subject, const char *verb, const char *name,
		    const char *registrar)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_int(&w, "token", id);
	if (*name)
		j_str(&w, "name", name);
	if (*registrar)
		j_str(&w, "registrar", registrar);
	j_end(&w);
	return journal_append(rq, &(struct fact){ "names", subject, verb, buf_cstr(&b), 0 });
}

/* A zone (of one label) or one name in it. */
static enum st place_of(struct req *rq, struct token_new *t, const char **key, const char **name)
{
	struct placed at;
	const struct policy *p;
	char *ascii = name_ascii(rq->mem, t->under, true, &rq->err);
	*key = *name = "";
	if (!ascii)
		return rq->err.code;
	if (name_labels(ascii) == 1) {
		if (policy_of(rq, ascii, 0, &p))
			return rq->err.code;
		memcpy(t->zone, p->zone, strlen(p->zone) + 1);
		return ST_OK;
	}
	if (policy_place(rq, ascii, 0, &at) || label_good(&at, &rq->err))
		return rq->err.code;
	memcpy(t->zone, at.zone, strlen(at.zone) + 1);
	*key = arena_strdup(rq->mem, at.key);
	*name = arena_strdup(rq->mem, at.name);
	return ST_OK;
}

static enum st given_ok(struct req *rq, const struct token_new *t)
{
	struct registrar r;
	if (!text_one_line(t->note, NOTE_BYTES))
		return err_set(&rq->err, ST_INVALID, N_("a note has at most %d bytes on one line"), NOTE_BYTES);
	if (t->until && t->until <= clock_now())
		return err_set(&rq->err, ST_INVALID, N_("a token that has expired already is of no use"));
	return t->registrar ? registrar_get(rq, t->registrar, &r) : ST_OK;
}

enum st token_add(struct req *rq, struct token_new *t)
{
	const char *key, *name, *registrar = t->registrar ? t->registrar : "";
	if (permit(rq, MAY_GIVE_TOKEN) || given_ok(rq, t) || place_of(rq, t, &key, &name))
		return rq->err.code;
	token_make(t->token);
	if (sql_number(
		    rq, &t->id,
		    "INSERT INTO registry_token(hash, zone, key, name, registrar, note, added_at, added_by, until,"
		    " revoked_at, used_at, used_by, used_for) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, '', '')"
		    " RETURNING id",
		    V(digest_of(rq->mem, t->token)), V(t->zone), V(key), V(name), V(registrar),
		    V(t->note ? t->note : ""), V(clock_now()), V(rq->who->id), V(t->until)))
		return rq->err.code;
	return fact(rq, t->id, *name ? name : t->zone, "token-added", name, registrar);
}

enum st token_revoke(struct req *rq, int64_t id)
{
	struct rows r;
	int64_t n = 0;
	char *subject = NULL;
	if (permit(rq, MAY_GIVE_TOKEN) ||
	    sql_query(rq, &r,
		      "SELECT CASE WHEN name = '' THEN zone ELSE name END, used_at FROM registry_token WHERE id = $1",
		      V(id)))
		return rq->err.code;
	if (rows_next(&r)) {
		subject = rows_dup(&r, 0);
		n = rows_int(&r, 1);
	}
	if (rows_end(&r))
		return rq->err.code;
	if (!subject)
		return err_set(&rq->err, ST_NOTFOUND, "there is no token %lld", (long long)id);
	if (n)
		return err_set(&rq->err, ST_CONFLICT, N_("token %lld was used: there is nothing to take back"),
			       (long long)id);
	if (sql_run_count(rq, &n,
			  "UPDATE registry_token SET revoked_at = $2 WHERE id = $1 AND revoked_at = 0 AND used_at = 0",
			  V(id), V(clock_now())))
		return rq->err.code;
	return n ? fact(rq, id, subject, "token-revoked", "", "")
		 : err_set(&rq->err, ST_CONFLICT, N_("token %lld was taken back before"), (long long)id);
}

enum st token_list(struct req *rq, bool usable_only, struct token *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT id, added_at, until, revoked_at, used_at, zone, name, registrar, note, added_by, used_by,"
		      " used_for FROM registry_token WHERE $1 = 0 OR (revoked_at = 0 AND used_at = 0 AND (until = 0 OR"
		      " until > $2)) ORDER BY id DESC LIMIT $3",
		      V(usable_only), V(clock_now()), V(max)))
		return rq->err.code;
	for (; *n < max && rows_next(&r); ++*n)
		out[*n] = (struct token){ .id = rows_int(&r, 0),
					  .added_at = rows_int(&r, 1),
					  .until = rows_int(&r, 2),
					  .revoked_at = rows_int(&r, 3),
					  .used_at = rows_int(&r, 4),
					  .zone = rows_dup(&r, 5),
					  .name = rows_dup(&r, 6),
					  .registrar = rows_dup(&r, 7),
					  .note = rows_dup(&r, 8),
					  .added_by = rows_dup(&r, 9),
					  .used_by = rows_dup(&r, 10),
					  .used_for = rows_dup(&r, 11) };
	return rows_end(&r);
}

/* ── shown by a client ── */

/* Why not is said only as far as it is the client's own affair: a stranger's token is as good as none. */
static const char *unfit(struct rows *row, const struct placed *at, const char *me, int64_t now)
{
	const char *key = rows_text(row, 2), *registrar = rows_text(row, 3);
	if ((*registrar && me && strcmp(registrar, me) != 0) || strcmp(rows_text(row, 1), at->zone) != 0 ||
	    (*key && strcmp(key, at->key) != 0))
		return "the allocation token is not for this name";
	if (rows_int(row, 6))
		return "the allocation token was used";
	if (rows_int(row, 5) || (rows_int(row, 4) && rows_int(row, 4) <= now))
		return "the allocation token is no longer valid";
	return NULL;
}

enum st token_for(struct req *rq, const char *token, const struct placed *at, int64_t *id, struct outcome *why)
{
	struct rows r;
	const char *no = "the allocation token is not for this name";
	*id = 0;
	if (sql_query(rq, &r,
		      "SELECT id, zone, key, registrar, until, revoked_at, used_at FROM registry_token WHERE hash = $1",
		      V(digest_of(rq->mem, token))))
		return rq->err.code;
	if (rows_next(&r) && !(no = unfit(&r, at, registry_actor(rq), clock_now())))
		*id = rows_int(&r, 0);
	if (rows_end(&r))
		return rq->err.code;
	if (!*id) {
		refuse(rq, why, R_AUTHORIZATION, "allocationToken:allocationToken", "", "%s", no);
		err_clear(&rq->err);
	}
	return ST_OK;
}

enum st token_fits(struct req *rq, const char *token, const char *name, struct outcome *why)
{
	struct placed at;
	int64_t id = 0;
	enum st st = dom_place(rq, name, &at);
	if (st == ST_NOTFOUND)
		return err_clear(&rq->err), ST_OK; /* the command itself will say so */
	if (st || token_for(rq, token, &at, &id, why))
		return rq->err.code;
	return id ? ST_OK : err_set(&rq->err, ST_DENIED, "%s", why->reason);
}

/* Of two that show it at once the second finds it used: the row is held until the commit. */
enum st token_use(struct req *rq, int64_t id, const char *name, struct outcome *why)
{
	int64_t n = 0;
	const char *me = registry_actor(rq);
	if (sql_run_count(rq, &n,
			  "UPDATE registry_token SET used_at = $2, used_by = $3, used_for = $4"
			  " WHERE id = $1 AND used_at = 0 AND revoked_at = 0",
			  V(id), V(clock_now()), V(me ? me : ""), V(name)))
		return rq->err.code;
	if (!n)
		return refuse(rq, why, R_AUTHORIZATION, "allocationToken:allocationToken", "",
			      N_("the allocation token was used"));
	return fact(rq, id, name, "token-used", "", me ? me : "");
}
