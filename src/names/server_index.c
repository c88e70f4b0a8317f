/* The index from name servers to the imported names that say them. Built after an import from the rows it brought,
 * sorted on disk, in short writes. What a run before this one has written, or a name's former row, is there already. */
#include <stdio.h>
#include <string.h>
#include "names/find_int.h"
#include "store/stage.h"

enum { PAGE = 2000, WRITE = 4000, SERVERS = 32, AT_ONCE = PARAMS_MAX / 2 };

struct work {
	struct store *store;
	struct req *rq;
	struct stage *stage;
	char setting[48];
	int64_t source, done; /* the last row of the source that is in the index */
	void (*say)(void *ctx, const char *phase, double done);
	void *ctx;
};

/* ── the rows it lacks ── */

static enum st servers_add(struct work *w, struct arena *mem, const char *name, const char *servers)
{
	int n = 0;
	for (const char *s = servers; *s && n < SERVERS; n++) {
		s += strspn(s, " ");
		size_t len = strcspn(s, " ");
		struct record r = { .key = arena_printf(mem, "%.*s %s", (int)len, s, name), .v = { V(0) } };
		if (len && strlen(r.key) < 512 && stage_add(w->stage, n, &r, &w->rq->err))
			return w->rq->err.code;
		s += len;
	}
	return ST_OK;
}

static enum st page_read(struct work *w, struct req *rq, int64_t *last, int *n)
{
	struct rows r;
	enum st st = ST_OK;
	*n = 0;
	if (sql_query(
		    rq, &r,
		    "SELECT id, key, nameservers FROM names_domain WHERE source = $1 AND id > $2 ORDER BY id LIMIT $3",
		    V(w->source), V(*last), V(PAGE)))
		return rq->err.code;
	while (!st && rows_next(&r)) {
		struct blob key = rows_blob(&r, 1);
		*last = rows_int(&r, 0);
		++*n;
		st = servers_add(w, rq->mem, arena_dup(rq->mem, key.p, key.n), rows_text(&r, 2));
	}
	return rows_end(&r) ? rq->err.code : st;
}

static enum st rows_read(struct work *w)
{
	enum st st = ST_OK;
	struct arena *mem = arena_new((size_t)16 << 20);
	for (int n = PAGE; !st && n == PAGE; arena_reset(mem)) {
		struct req rq = { .mem = mem, .who = w->rq->who, .db = store_reader(w->store, &w->rq->err) };
		if (!rq.db)
			break;
		st = page_read(w, &rq, &w->done, &n);
		if (st && !w->rq->err.code)
			w->rq->err = rq.err;
		store_reader_done(w->store);
	}
	arena_free(mem);
	return w->rq->err.code;
}

/* ── into the index ── */

struct chunk {
	struct val v[2 * WRITE];
	int n; /* pairs */
};

static enum st chunk_write(struct req *rq, void *arg)
{
#define ADD "INSERT INTO names_server(host, key) VALUES"
#define ONCE " ON CONFLICT(host, key) DO NOTHING"
	static const char
		one[] = ADD "($1, $2)" ONCE,
		many[] = ADD
		"($1, $2), ($3, $4), ($5, $6), ($7, $8), ($9, $10), ($11, $12), ($13, $14), ($15, $16), ($17, $18), "
		"($19, $20), ($21, $22), ($23, $24), ($25, $26), ($27, $28), ($29, $30), ($31, $32), ($33, $34), ($35, "
		"$36), ($37, $38), ($39, $40), ($41, $42), ($43, $44), ($45, $46), ($47, $48), ($49, $50), ($51, $52), "
		"($53, $54), ($55, $56), ($57, $58), ($59, $60), ($61, $62), ($63, $64)" ONCE;
	const struct chunk *c = arg;
	for (int i = 0, k; i < c->n; i += k) {
		k = c->n - i < AT_ONCE ? 1 : AT_ONCE;
		if (sql_run_vals(rq, NULL, k > 1 ? many : one, c->v + 2 * i, 2 * k))
			return rq->err.code;
	}
	return ST_OK;
}

static void chunk_put(struct chunk *c, struct arena *mem, const struct staged *s)
{
	size_t n = strlen(s->key), host = strcspn(s->key, " "), name = n - host - 1;
	char *both = arena_dup(mem, s->key, n);
	c->v[2 * c->n] = V_BLOB(both, host);
	c->v[2 * c->n++ + 1] = V_BLOB(both + host + 1, name);
}

static enum st index_write(struct work *w)
{
	struct arena *mem = arena_new((size_t)4 << 20);
	struct chunk *c = arena_new_of(w->rq->mem, struct chunk);
	struct staged s;
	int64_t all = stage_count(w->stage), wrote = 0;
	struct err *e = &w->rq->err;
	bool more = all && stage_rewind(w->stage, false, e) == ST_OK;
	while (more && !e->code) {
		for (c->n = 0; c->n < WRITE && (more = stage_next(w->stage, &s, e));)
			chunk_put(c, mem, &s);
		struct req rq = { .mem = mem, .who = w->rq->who };
		if (c->n && !e->code && store_write(w->store, &rq, chunk_write, c))
			*e = rq.err;
		wrote += c->n;
		if (w->say)
			w->say(w->ctx, "name servers", (double)wrote / (double)all);
		arena_reset(mem);
	}
	arena_free(mem);
	return e->code;
}

static enum st done_write(struct req *rq, void *arg)
{
	struct work *w = arg;
	return setting_put(rq, w->setting, arena_printf(rq->mem, "%lld", (long long)w->done));
}

/* ── the whole ── */

static enum st source_find(struct work *w, const char *source)
{
	struct req rq = { .mem = w->rq->mem, .who = w->rq->who, .db = store_reader(w->store, &w->rq->err) };
	if (!rq.db)
		return w->rq->err.code;
	if (sql_number(&rq, &w->source, "SELECT id FROM import_source WHERE name = $1", V(source)) == ST_OK) {
		snprintf(w->setting, sizeof w->setting, "names_server:%lld", (long long)w->source);
		const char *done = setting_get(&rq, w->setting);
		text_int(done ? done : "0", 0, INT64_MAX, &w->done);
	}
	store_reader_done(w->store);
	return ST_OK;
}

enum st names_servers_index(struct store *s, struct req *rq, const char *source,
			    void (*say)(void *ctx, const char *phase, double done), void *ctx)
{
	struct work w = { .store = s, .rq = rq, .say = say, .ctx = ctx };
	if (source_find(&w, source) || !w.source)
		return rq->err.code;
	int64_t before = w.done;
	if (!(w.stage = stage_new(1, &rq->err)))
		return rq->err.code;
	enum st st = rows_read(&w) || index_write(&w) || w.done == before ? rq->err.code
									  : store_write(s, rq, done_write, &w);
	stage_free(w.stage);
	return st;
}

/* ── a zone that is the registry's own by now ── */

/* Where a row of the index stands; servers_add takes no longer ones. */
struct spot {
	char host[512], key[512];
	size_t nhost, nkey;
};
struct leaving {
	struct spot from, to;
	const char *tail;
	bool more;
};

static void spot_take(struct rows *r, struct spot *out)
{
	struct blob host = rows_blob(r, 0), key = rows_blob(r, 1);
	out->nhost = host.n < sizeof out->host ? host.n : sizeof out->host;
	out->nkey = key.n < sizeof out->key ? key.n : sizeof out->key;
	memcpy(out->host, host.p, out->nhost);
	memcpy(out->key, key.p, out->nkey);
}

static enum st stretch_leave(struct req *rq, void *arg)
{
	struct leaving *l = arg;
	struct rows r;
	size_t n = strlen(l->tail);
	l->to = (struct spot){ .host = "\xff", .nhost = 1 }; /* above every text */
	if (sql_query(rq, &r,
		      "SELECT host, key FROM names_server WHERE (host, key) > ($1, $2) ORDER BY host, key LIMIT 1"
		      " OFFSET $3",
		      V_BLOB(l->from.host, l->from.nhost), V_BLOB(l->from.key, l->from.nkey), V(WRITE)))
		return rq->err.code;
	if ((l->more = rows_next(&r)))
		spot_take(&r, &l->to);
	if (rows_end(&r))
		return rq->err.code;
	return sql_run(rq,
		       "DELETE FROM names_server WHERE (host, key) > ($1, $2) AND (host, key) <= ($3, $4)"
		       " AND substr(key, length(key) - CAST($5 AS INTEGER)) = $6",
		       V_BLOB(l->from.host, l->from.nhost), V_BLOB(l->from.key, l->from.nkey),
		       V_BLOB(l->to.host, l->to.nhost), V_BLOB(l->to.key, l->to.nkey), V((int64_t)n - 1),
		       V_BLOB(l->tail, n));
}

enum st names_servers_leave(struct store *s, struct req *rq, const char *zone)
{
	struct leaving l = { .tail = arena_printf(rq->mem, ".%s", zone), .more = true };
	struct arena *mem = arena_new((size_t)1 << 20);
	while (l.more && !rq->err.code) {
		struct req own = { .mem = mem, .who = rq->who };
		if (store_write(s, &own, stretch_leave, &l))
			rq->err = own.err;
		l.from = l.to;
		arena_reset(mem);
	}
	arena_free(mem);
	return rq->err.code;
}
