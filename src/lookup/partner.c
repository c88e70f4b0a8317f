#include "lookup/partner.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "base/clock.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "store/journal.h"
#include "who/account.h"

static enum st name_check(struct req *rq, const char *name)
{
	size_t n = strlen(name);
	if (n < 1 || n > 40 || name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-._")])
		return err_set(&rq->err, ST_INVALID,
			       "a partner's name is 1–40 characters of a–z, 0–9, '-', '.', '_', not %.60s", name);
	return ST_OK;
}

enum st partner_add(struct req *rq, const struct partner *p, char token[27])
{
	int64_t n = 0;
	if (name_check(rq, p->name))
		return rq->err.code;
	random_token(token);
	struct hash h = hash_of(token, strlen(token));
	if (sql_run_count(rq, &n,
			  "INSERT INTO lookup_partner(name, token, level, purpose, created_at, disabled_at)"
			  " VALUES($1, $2, $3, $4, $5, 0) ON CONFLICT(name) DO NOTHING",
			  V(p->name), V_BLOB(h.b, HASH_LEN), V((int64_t)p->level), V(p->purpose), V(clock_now())))
		return rq->err.code;
	if (!n)
		return err_set(&rq->err, ST_CONFLICT, "there is a partner %.40s already", p->name);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "level", look_level_name(p->level));
	j_str(&w, "purpose", p->purpose);
	j_end(&w);
	return journal_append(rq, &(struct fact){ "lookup", p->name, "partner-added", buf_cstr(&b), 0 });
}

enum st partner_disable(struct req *rq, const char *name)
{
	int64_t n = 0;
	if (sql_run_count(rq, &n, "UPDATE lookup_partner SET disabled_at = $2 WHERE name = $1 AND disabled_at = 0",
			  V(name), V(clock_now())))
		return rq->err.code;
	if (!n)
		return err_set(&rq->err, ST_NOTFOUND, "there is no partner %.60s, or it is disabled", name);
	return journal_append(rq, &(struct fact){ "lookup", name, "partner-disabled", NULL, 0 });
}

static void partner_take(struct rows *r, struct partner *out)
{
	*out = (struct partner){ .id = rows_int(r, 0),
				 .name = rows_dup(r, 1),
				 .level = (enum look_level)rows_int(r, 2),
				 .purpose = rows_dup(r, 3),
				 .created_at = rows_int(r, 4),
				 .disabled_at = rows_int(r, 5) };
}

#define COLUMNS "id, name, level, purpose, created_at, disabled_at"

enum st partner_list(struct req *rq, struct partner *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r, "SELECT " COLUMNS " FROM lookup_partner ORDER BY name LIMIT $1", V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		partner_take(&r, &out[(*n)++]);
	return rows_end(&r);
}

enum st partner_by_token(struct req *rq, const char *token, const char *name, struct partner *out)
{
	struct rows r;
	struct hash h = hash_of(token, strlen(token));
	bool found = false;
	if (sql_query(rq, &r, "SELECT " COLUMNS " FROM lookup_partner WHERE token = $1 AND disabled_at = 0",
		      V_BLOB(h.b, HASH_LEN)))
		return rq->err.code;
	if (rows_next(&r)) {
		partner_take(&r, out);
		found = (!name || !strcmp(name, out->name)) && out->level > LEVEL_PUBLIC && out->level < LEVELS;
	}
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, N_("the token is not a partner's"));
}

/* "name:token", strictly encoded. */
static bool basic_split(struct arena *mem, const char *b64, char **name, char **token)
{
	size_t n = strlen(b64);
	if (n > 400)
		return false;
	uint8_t *raw = arena_alloc(mem, n + 1);
	long got = b64_decode(b64, n, raw);
	char *text = got > 0 && !memchr(raw, 0, (size_t)got) ? arena_dup(mem, raw, (size_t)got) : NULL;
	char *colon = text ? strchr(text, ':') : NULL;
	if (!colon)
		return false;
	*colon = 0;
	*name = text;
	*token = colon + 1;
	return true;
}

enum st look_by_credentials(struct req *rq, const char *authorization, struct look_asker *out)
{
	struct partner p;
	char *name = NULL, *token = NULL;
	if (!strncasecmp(authorization, "Bearer ", 7))
		token = text_trim(rq->mem, authorization + 7);
	else if (!strncasecmp(authorization, "Basic ", 6))
		basic_split(rq->mem, text_trim(rq->mem, authorization + 6), &name, &token);
	if (!token || !*token || strlen(token) > 200)
		return err_set(&rq->err, ST_INVALID,
			       N_("expected `Bearer TOKEN`, or Basic with a partner's name and token"));
	if (partner_by_token(rq, token, name, &p))
		return rq->err.code;
	*out = (struct look_asker){ .level = p.level, .partner = p.name, .purpose = p.purpose };
	snprintf(out->who.id, sizeof out->who.id, "partner:%.30s", p.name);
	return ST_OK;
}

bool look_by_session(struct req *rq, const char *cookie, struct look_asker *out)
{
	struct session s;
	if (!cookie || !*cookie)
		return false;
	if (session_get(rq, cookie, &s)) {
		err_clear(&rq->err);
		return false;
	}
	if (*s.registrar || !role_may(s.role, MAY_SEE_HISTORY))
		return false;
	*out = (struct look_asker){ .level = LEVEL_STAFF,
				    .purpose = "staff",
				    .who = { .role = s.role, .account = s.account } };
	snprintf(out->who.id, sizeof out->who.id, "staff:%lld", (long long)s.account);
	return true;
}

/* ── notices ── */

enum st notice_put(struct req *rq, const struct notice *n)
{
	enum st st =
		*n->body ? sql_run(rq,
				   "INSERT INTO lookup_notice(kind, lang, title, body, link) VALUES($1, $2, $3, $4, $5)"
				   " ON CONFLICT(kind, lang) DO UPDATE SET title = excluded.title, body = "
				   "excluded.body, link = excluded.link",
				   V(n->kind), V(n->lang), V(n->title), V(n->body), V(n->link))
			 : sql_run(rq, "DELETE FROM lookup_notice WHERE kind = $1 AND lang = $2", V(n->kind),
				   V(n->lang));
	return st ? st : journal_append(rq, &(struct fact){ "lookup", n->kind, "notice-set", NULL, 0 });
}

enum st notice_list(struct req *rq, enum lang lang, struct notice *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	/* The language's own first, so that English fills only the gaps. */
	if (sql_query(rq, &r,
		      "SELECT kind, lang, title, body, link FROM lookup_notice WHERE lang = $1 OR lang = 'en'"
		      " ORDER BY kind, CASE WHEN lang = $1 THEN 0 ELSE 1 END",
		      V(lang_tag(lang))))
		return rq->err.code;
	while (*n < max && rows_next(&r)) {
		if (*n && !strcmp(out[*n - 1].kind, rows_text(&r, 0)))
			continue;
		out[(*n)++] = (struct notice){ rows_dup(&r, 0), rows_dup(&r, 1), rows_dup(&r, 2), rows_dup(&r, 3),
					       rows_dup(&r, 4) };
	}
	return rows_end(&r);
}
