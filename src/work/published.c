#include "work/published.h"
#include <string.h>
#include "base/clock.h"
#include "base/hash.h"
#include "base/text.h"
#include "store/journal.h"
#include "who/pgp_key.h"

#define DAY (86400 * USEC)
enum { TEXT_MAX = 256 << 10 };

const struct migration published_migrations[] = {
	{ 318, "published texts",
	  "CREATE TABLE work_published(name TEXT PRIMARY KEY, text TEXT NOT NULL, signed TEXT NOT NULL, key TEXT NOT "
	  "NULL, version BIGINT NOT NULL, changed_at BIGINT NOT NULL, expires_at BIGINT NOT NULL)" },
	{ 0 },
};

enum st published_get(struct req *rq, const char *name, struct published *out)
{
	struct rows r;
	*out = (struct published){ .name = arena_strdup(rq->mem, name) };
	if (sql_query(rq, &r,
		      "SELECT text, signed, key, version, changed_at, expires_at FROM work_published WHERE name = $1",
		      V(name)))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found) {
		out->text = rows_dup(&r, 0);
		out->signed_ = rows_dup(&r, 1);
		out->key = rows_dup(&r, 2);
		out->version = rows_int(&r, 3);
		out->changed_at = rows_int(&r, 4);
		out->expires_at = rows_int(&r, 5);
	}
	return rows_end(&r) ? rq->err.code : found ? ST_OK : ST_NOTFOUND;
}

static enum st make(struct req *rq, const struct config *cfg, const struct published_text *t,
		    const struct published *is, char **out)
{
	BUF_SCOPE b = { .max = TEXT_MAX };
	if (t->make(rq, cfg, is, &b))
		return rq->err.code;
	if (b.bad)
		return err_set(&rq->err, ST_LIMIT, "%s: longer than %d kB", t->name, TEXT_MAX >> 10);
	*out = arena_strdup(rq->mem, buf_cstr(&b));
	return ST_OK;
}

enum st published_now(struct req *rq, const struct config *cfg, const struct published_text *t, int64_t spare,
		      struct published *out, bool *fresh)
{
	char *text = NULL;
	int64_t now = clock_now();
	enum st st = published_get(rq, t->name, out);
	*fresh = true;
	if (st && st != ST_NOTFOUND)
		return st;
	if (!st && make(rq, cfg, t, out, &text))
		return rq->err.code;
	if (text && !strcmp(text, out->text) && (!t->expires || out->expires_at - now >= spare)) {
		*fresh = false;
		return ST_OK;
	}
	out->version++;
	out->changed_at = now / USEC * USEC;
	out->expires_at = t->expires ? (now / DAY + PUBLISHED_LIFE_DAYS) * DAY : 0;
	out->signed_ = out->key = arena_strdup(rq->mem, "");
	return make(rq, cfg, t, out, &out->text);
}

enum st published_put(struct req *rq, void *published)
{
	const struct published *p = published;
	struct published was;
	char hex[65];
	struct hash h = hash_of(p->text, strlen(p->text));
	enum st st = published_get(rq, p->name, &was);
	if (st && st != ST_NOTFOUND)
		return st;
	bool same = !st && !strcmp(was.text, p->text);
	if (same && !strcmp(was.signed_, p->signed_) && !strcmp(was.key, p->key))
		return ST_OK;
	if (sql_run(rq,
		    "INSERT INTO work_published(name, text, signed, key, version, changed_at, expires_at) VALUES($1, "
		    "$2, $3, $4, $5, $6, $7) ON CONFLICT(name) DO UPDATE SET text = $2, signed = $3, key = $4, version "
		    "= $5, changed_at = $6, expires_at = $7",
		    V(p->name), V(p->text), V(p->signed_), V(p->key), V(p->version), V(p->changed_at),
		    V(p->expires_at)))
		return rq->err.code;
	char *payload = arena_printf(rq->mem, "{\"version\":%lld,\"sha256\":\"%s\",\"signed\":%s}",
				     (long long)p->version, hash_hex(&h, hex), *p->signed_ ? "true" : "false");
	return journal_append(rq, &(struct fact){ "work", arena_printf(rq->mem, "text:%s", p->name),
						  same ? "text-signed" : "text-published", payload, 0 });
}

/* The key's own name for OpenPGP can only be told by gpg; to know that it is another one its bytes will do. */
char *published_key(struct req *rq)
{
	char hex[65];
	const char *armour = setting_get(rq, PGP_PUBLIC_SETTING);
	if (!armour)
		return arena_strdup(rq->mem, "");
	struct hash h = hash_of(armour, strlen(armour));
	return arena_strdup(rq->mem, hash_hex(&h, hex));
}
