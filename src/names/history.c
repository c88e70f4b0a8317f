/* What every object was: one row a change, holding the object as it was from then on. Nothing is changed or removed. */
#include <string.h>
#include "base/clock.h"
#include "names/registry_int.h"

/* The journal holds the snapshot's digest, so that a changed history shows. */
static char *payload_of(struct req *rq, const char *kind, const char *snapshot, const struct also *also)
{
	char hex[65];
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "kind", kind);
	if (rq->who && rq->who->frame)
		j_str(&w, "frame", rq->who->frame);
	if (snapshot) {
		struct hash h = hash_of(snapshot, strlen(snapshot));
		j_str(&w, "sha256", hash_hex(&h, hex));
	}
	if (also && also->n) {
		j_arr(&w, "with");
		for (int i = 0; i < also->n; i++)
			j_str(&w, NULL, also->handle[i]);
		j_end(&w);
	}
	j_end(&w);
	return arena_strdup(rq->mem, buf_cstr(&b));
}

enum st history_handle_gone(struct req *rq, const char *kind, int64_t object, const char *handle)
{
	return sql_run(rq,
		       "INSERT INTO registry_gone(kind, handle, object, gone_at) VALUES($1, $2, $3, $4)"
		       " ON CONFLICT(kind, handle, object) DO UPDATE SET gone_at = excluded.gone_at",
		       V(kind), V(handle), V(object), V(clock_now()));
}

enum st history_add(struct req *rq, const char *kind, int64_t object, const char *handle, const char *verb,
		    const char *snapshot)
{
	return history_add_with(rq, kind, object, handle, verb, snapshot, NULL);
}

enum st history_add_with(struct req *rq, const char *kind, int64_t object, const char *handle, const char *verb,
			 const char *snapshot, const struct also *also)
{
	const char *actor = rq->who ? rq->who->id : "anonymous", *frame = rq->who ? rq->who->frame : NULL;
	if (sql_run(rq,
		    "INSERT INTO registry_history(kind, object, at, actor, verb, frame, snapshot)"
		    " VALUES($1, $2, $3, $4, $5, $6, $7)",
		    V(kind), V(object), V(clock_now()), V(actor), V(verb), V(frame), V(snapshot)))
		return rq->err.code;
	if (!snapshot && history_handle_gone(rq, kind, object, handle))
		return rq->err.code;
	return journal_append(rq, &(struct fact){ "names", handle, verb, payload_of(rq, kind, snapshot, also), 0 });
}

/* ── reading ── */

static enum st id_of(struct req *rq, int64_t *id, const char *sql, const char *handle)
{
	enum st st = sql_number(rq, id, sql, V(handle));
	if (st != ST_NOTFOUND)
		return st;
	err_clear(&rq->err);
	return ST_OK;
}

static enum st domain_id(struct req *rq, const char *name, int64_t *id)
{
	struct domain d;
	enum st st = domain_get(rq, name, &d);
	if (st == ST_OK)
		*id = d.c.id;
	else if (st != ST_NOTFOUND && st != ST_INVALID)
		return st;
	err_clear(&rq->err);
	return ST_OK;
}

/* The object that has the handle now; *id stays 0 when there is none. */
static enum st object_now(struct req *rq, const char *kind, const char *handle, int64_t *id)
{
	if (!strcmp(kind, "domain"))
		return domain_id(rq, handle, id);
	if (!strcmp(kind, "contact"))
		return id_of(rq, id, "SELECT id FROM registry_contact WHERE handle = $1", handle);
	if (!strcmp(kind, "host"))
		return id_of(rq, id, "SELECT id FROM registry_host WHERE name = $1", handle);
	if (!strcmp(kind, "registrar"))
		return id_of(rq, id, "SELECT id FROM registry_registrar WHERE handle = $1", handle);
	return err_set(&rq->err, ST_INVALID, "history: %.40s: expected domain, host, contact or registrar", kind);
}

static struct former former_row(struct rows *r)
{
	return (struct former){ .seq = rows_int(r, 0),
				.at = rows_int(r, 1),
				.actor = rows_dup(r, 2),
				.verb = rows_dup(r, 3),
				.frame = rows_dup(r, 4),
				.object = rows_dup(r, 5) };
}

/* Objects that had the handle earlier count until they lost it. */
#define COLUMNS "h.id, h.at, h.actor, h.verb, h.frame, h.snapshot"
#define EARLIER                                                                                                        \
	" UNION ALL SELECT " COLUMNS " FROM registry_gone g JOIN registry_history h"                                   \
	" ON h.kind = g.kind AND h.object = g.object WHERE g.kind = $1 AND g.handle = $3 AND g.object <> $2"

static enum st all_of(struct req *rq, const char *kind, int64_t id, const char *handle, struct former *out, int max,
		      int *n)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "SELECT " COLUMNS " FROM registry_history h WHERE h.kind = $1 AND h.object = $2" EARLIER
		      " AND h.at <= g.gone_at ORDER BY 1 DESC LIMIT $4",
		      V(kind), V(id), V(handle), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = former_row(&r);
	for (int i = 0; i < *n / 2; i++) {
		struct former f = out[i];
		out[i] = out[*n - 1 - i];
		out[*n - 1 - i] = f;
	}
	return rows_end(&r);
}

static enum st one_at(struct req *rq, const char *kind, int64_t id, const char *handle, int64_t at, struct former *out,
		      int *n)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "SELECT " COLUMNS " FROM registry_history h WHERE h.kind = $1 AND h.object = $2 AND h.at <= "
		      "$4" EARLIER " AND g.gone_at > $4 AND h.at <= $4 ORDER BY 1 DESC LIMIT 1",
		      V(kind), V(id), V(handle), V(at)))
		return rq->err.code;
	if (rows_next(&r))
		out[(*n)++] = former_row(&r);
	return rows_end(&r);
}

/* The object that had the name when a version was made, and what it was called later. */
enum st registry_host_later(struct req *rq, const char *name, int64_t made_at, int64_t at, char **out)
{
	struct rows r;
	int64_t id = 0;
	*out = arena_strdup(rq->mem, name);
	enum st st = sql_number(rq, &id,
				"SELECT g.object FROM registry_gone g WHERE g.kind = 'host' AND g.handle = $1"
				" AND g.gone_at > $2 ORDER BY g.gone_at LIMIT 1",
				V(name), V(made_at));
	if (st)
		return st == ST_NOTFOUND ? err_clear(&rq->err), ST_OK : st;
	if (sql_query(rq, &r,
		      "SELECT h.snapshot FROM registry_history h WHERE h.kind = 'host' AND h.object = $1 AND h.at <= $2"
		      " ORDER BY h.id DESC LIMIT 1",
		      V(id), V(at)))
		return rq->err.code;
	const char *text = rows_next(&r) ? rows_dup(&r, 0) : NULL;
	const struct json *o = text ? json_parse(rq->mem, text, strlen(text), &rq->err) : NULL;
	const char *now = json_str(json_get(o, "name"));
	if (now)
		*out = arena_strdup(rq->mem, now);
	return rows_end(&r);
}

/* A text in JSON has "ns":[ nowhere but in its member ns: quotes in values are escaped. */
enum st registry_hosts_then(struct req *rq, struct former *f, int64_t at)
{
	static const char key[] = "\"ns\":";
	const char *from = f->object ? strstr(f->object, key) : NULL, *to = from ? strchr(from, ']') : NULL;
	const struct json *o = to ? json_parse(rq->mem, f->object, strlen(f->object), NULL) : NULL;
	const struct json *ns = json_get(o, "ns");
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	if (!to || !json_is_array(ns))
		return ST_OK;
	j_arr(&w, NULL);
	for (int i = 0; i < json_count(ns); i++) {
		char *name = NULL;
		const char *then = json_str(json_at(ns, i));
		if (then && registry_host_later(rq, then, f->at, at, &name))
			return rq->err.code;
		j_str(&w, NULL, name);
	}
	j_end(&w);
	f->object = arena_printf(rq->mem, "%.*s%s%s%s", (int)(from - f->object), f->object, key, buf_cstr(&b), to + 1);
	return ST_OK;
}

enum st registry_history(struct req *rq, const char *kind, const char *handle, int64_t at, struct former *out, int max,
			 int *n)
{
	int64_t id = 0;
	*n = 0;
	if (max < 1)
		return err_set(&rq->err, ST_INTERNAL, "history: no room for an answer");
	if (object_now(rq, kind, handle, &id))
		return rq->err.code;
	if (at ? one_at(rq, kind, id, handle, at, out, n) : all_of(rq, kind, id, handle, out, max, n))
		return rq->err.code;
	if (!*n)
		return err_set(&rq->err, ST_NOTFOUND,
			       at ? N_("%.20s %.200s: nothing is known of it at that time")
				  : N_("%.20s %.200s: nothing is known of it"),
			       kind, handle);
	return ST_OK;
}
