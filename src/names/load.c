/* A bulk load from its files to its end, and what the store remembers of it. */
#include "names/load.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "names/load_int.h"
#include "store/reserve.h"

enum { ERRORS_MAX = 1000, REGISTRARS_MAX = 4096 };

/* digest: of all files. state: running, done, left (another was begun instead). Objects of a kind have the ids from
 * _first on. */
const struct migration load_migrations[] = {
	{ 230, "registry_load",
	  "CREATE TABLE registry_load(id SERIAL_ID, zone TEXT NOT NULL, digest TEXT NOT NULL, files TEXT NOT NULL,"
	  " state TEXT NOT NULL, begun_at BIGINT NOT NULL, begun_by TEXT NOT NULL, ended_at BIGINT NOT NULL,"
	  " contacts BIGINT NOT NULL, contacts_first BIGINT NOT NULL, contacts_done BIGINT NOT NULL,"
	  " hosts BIGINT NOT NULL, hosts_first BIGINT NOT NULL, hosts_done BIGINT NOT NULL,"
	  " names BIGINT NOT NULL, names_first BIGINT NOT NULL, names_done BIGINT NOT NULL);"
	  "CREATE INDEX registry_load_zone ON registry_load(zone, id)" },
	{ 0 },
};

/* ── what the steps share ── */

enum st load_stop(struct load *l, const struct err *e)
{
	if (!l->err.code)
		l->err = *e;
	return l->err.code;
}

enum st load_put(struct load *l, struct arena *mem, write_fn fn, void *arg)
{
	enum { TRIES = 60 }; /* each waits for the lock as long as the store does (SQLite: 10 s) */
	struct req rq = { .mem = mem, .who = l->caller->who };
	for (int i = 0; i < TRIES && store_write(l->store, &rq, fn, arg); i++) {
		if (!store_kept_out(&rq.err) || i + 1 == TRIES)
			return load_stop(l, &rq.err);
		err_clear(&rq.err);
		nanosleep(&(struct timespec){ .tv_sec = 1 }, NULL);
	}
	return ST_OK;
}

void load_bad(struct load *l, int file, int64_t line, const char *fmt, ...)
{
	struct load_result *r = l->res;
	va_list ap;
	r->bad++;
	if (r->nerrors == ERRORS_MAX)
		return;
	if (!r->error && !(r->error = calloc(ERRORS_MAX, sizeof *r->error)))
		abort(); /* out of memory */
	struct load_error *e = &r->error[r->nerrors++];
	e->file = file < 0 ? "" : l->source[file].path;
	e->line = line;
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof e->msg, fmt, ap);
	va_end(ap);
	e->msg[utf8_cut(e->msg, strlen(e->msg), sizeof e->msg - 1)] = 0;
}

void load_result_free(struct load_result *r)
{
	free(r->error);
	r->error = NULL;
	r->nerrors = 0;
}

static int error_order(const void *a, const void *b)
{
	const struct load_error *x = a, *y = b;
	int d = strcmp(x->file, y->file);
	return d ? d : x->line < y->line ? -1 : x->line > y->line;
}

void load_say(struct load *l, const char *phase, double done)
{
	if (l->o->say)
		l->o->say(l->o->say_ctx, phase, done);
}

struct req load_reader(struct load *l, struct arena *mem)
{
	struct req rq = { .mem = mem, .who = l->caller->who };
	rq.db = store_reader(l->store, &rq.err);
	return rq;
}

/* ── what must be known first ── */

static enum st registrars_read(struct load *l, struct req *rq)
{
	struct registrar *r = arena_array(l->mem, struct registrar, REGISTRARS_MAX);
	if (registrar_list(rq, r, REGISTRARS_MAX, &l->nregistrars))
		return load_stop(l, &rq->err);
	l->registrar = arena_array(l->mem, char *, REGISTRARS_MAX);
	for (int i = 0; i < l->nregistrars; i++)
		l->registrar[i] = r[i].handle;
	/* The database's order may be another than strcmp's. */
	for (int i = 1; i < l->nregistrars; i++)
		for (int k = i; k > 0 && strcmp(l->registrar[k - 1], l->registrar[k]) > 0; k--) {
			char *t = l->registrar[k];
			l->registrar[k] = l->registrar[k - 1];
			l->registrar[k - 1] = t;
		}
	return ST_OK;
}

static enum st policies_read(struct load *l, struct req *rq)
{
	int64_t next_at;
	enum st st = policy_and_next(rq, l->o->zone, 0, &l->policy, &next_at);
	while (!st && next_at) {
		if (l->nlater == LOAD_LATER)
			return err_set(&rq->err, ST_LIMIT,
				       "%d versions of the policy of %s wait: withdraw those that are not wanted",
				       LOAD_LATER, l->o->zone);
		st = policy_and_next(rq, l->o->zone, next_at, &l->later[l->nlater++], &next_at);
	}
	return st;
}

static enum st prepare(struct load *l)
{
	struct err e = { 0 };
	struct req rq = load_reader(l, l->mem);
	if (!rq.db || policies_read(l, &rq) || zones_authoritative(&rq, l->ours, 64, &l->nours))
		return load_stop(l, &rq.err);
	if (strcmp(l->policy->zone, l->o->zone) != 0)
		err_set(&e, ST_INVALID, "%s has the names of %s: load that zone", l->o->zone, l->policy->zone);
	if (l->o->npaths > LOAD_FILES)
		err_set(&e, ST_LIMIT, "at most %d files in one load", LOAD_FILES);
	if (e.code || registrars_read(l, &rq))
		return load_stop(l, &e);
	for (int i = 0; i < l->o->npaths; i++)
		l->source[l->nsources++].path = l->o->path[i];
	for (int k = 0; k < LOAD_KINDS; k++)
		if (!(l->stage[k] = stage_new(2, &e)) || !(l->map[k] = load_map_new(&e)))
			return load_stop(l, &e);
	return ST_OK;
}

static int hex_order(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Of the files' contents, in whatever order they were given. */
static void digest_all(struct load *l)
{
	char hex[LOAD_FILES][65];
	struct hasher *h = hasher_new();
	for (int i = 0; i < l->nsources; i++)
		hash_hex(&l->source[i].digest, hex[i]);
	qsort(hex, (size_t)l->nsources, sizeof hex[0], hex_order);
	for (int i = 0; i < l->nsources; i++)
		hasher_add(h, hex[i], 64);
	struct hash all = hasher_end(h);
	hash_hex(&all, l->res->digest);
}

/* ── the row ── */

struct earlier {
	int64_t id, first[LOAD_KINDS], count[LOAD_KINDS], done[LOAD_KINDS];
	bool running, same;
};

/* The load of these files, and one of the zone that was left half-way. */
static enum st earlier_read(struct load *l, struct earlier *running, struct earlier *same)
{
	struct rows r;
	struct req rq = load_reader(l, l->mem);
	*running = *same = (struct earlier){ 0 };
	if (!rq.db || sql_query(&rq, &r,
				"SELECT id, state, digest, contacts_first, contacts, contacts_done, hosts_first, hosts,"
				" hosts_done, names_first, names, names_done FROM registry_load WHERE zone = $1 AND "
				"(state = 'running' OR (state = 'done' AND digest = $2)) ORDER BY id",
				V(l->o->zone), V(l->res->digest)))
		return load_stop(l, &rq.err);
	while (rows_next(&r)) {
		struct earlier e = { .id = rows_int(&r, 0), .running = !strcmp(rows_text(&r, 1), "running") };
		e.same = !strcmp(rows_text(&r, 2), l->res->digest);
		for (int k = 0; k < LOAD_KINDS; k++) {
			e.first[k] = rows_int(&r, 3 + 3 * k);
			e.count[k] = rows_int(&r, 4 + 3 * k);
			e.done[k] = rows_int(&r, 5 + 3 * k);
		}
		*(e.running ? running : same) = e;
	}
	return rows_end(&r) ? load_stop(l, &rq.err) : ST_OK;
}

static char *files_text(struct load *l, struct arena *mem)
{
	BUF_SCOPE b = BUF_INIT;
	for (int i = 0; i < l->nsources; i++) {
		const char *slash = strrchr(l->source[i].path, '/');
		buf_printf(&b, "%s%s", i ? " " : "", slash ? slash + 1 : l->source[i].path);
	}
	return arena_strdup(mem, buf_cstr(&b));
}

static enum st say_journal(struct req *rq, struct load *l, const char *verb)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_int(&w, "load", l->id);
	j_str(&w, "files", files_text(l, rq->mem));
	j_str(&w, "sha256", l->res->digest);
	for (int k = 0; k < LOAD_KINDS; k++)
		j_int(&w, load_kind_name((enum load_kind)k), l->count[k]);
	j_end(&w);
	return journal_append(rq, &(struct fact){ "names", l->o->zone, verb, buf_cstr(&b), 0 });
}

/* Two of one zone at once would not see each other's lines. */
static enum st alone(struct req *rq, struct load *l, int64_t left)
{
	int64_t n = 0;
	if (left && sql_run(rq, "UPDATE registry_load SET state = 'left', ended_at = $2 WHERE id = $1", V(left),
			    V(clock_now())))
		return rq->err.code;
	if (sql_number(rq, &n, "SELECT count(*) FROM registry_load WHERE zone = $1 AND state = 'running'",
		       V(l->o->zone)))
		return rq->err.code;
	return n ? err_set(&rq->err, ST_CONFLICT, "another load of %s has begun meanwhile", l->o->zone) : ST_OK;
}

struct beginning {
	struct load *l;
	int64_t left;
};

static enum st do_begin(struct req *rq, void *arg)
{
	struct beginning *b = arg;
	struct load *l = b->l;
	if (alone(rq, l, b->left))
		return rq->err.code;
	for (int k = 0; k < LOAD_KINDS; k++)
		if (l->count[k] && store_reserve(rq, load_tables[k], l->count[k], &l->first[k]))
			return rq->err.code;
	if (sql_number(rq, &l->id,
		       "INSERT INTO registry_load(zone, digest, files, state, begun_at, begun_by, ended_at, contacts,"
		       " contacts_first, contacts_done, hosts, hosts_first, hosts_done, names, names_first, names_done)"
		       " VALUES($1, $2, $3, 'running', $4, $5, 0, $6, $7, 0, $8, $9, 0, $10, $11, 0) RETURNING id",
		       V(l->o->zone), V(l->res->digest), V(files_text(l, rq->mem)), V(clock_now()), V(rq->who->id),
		       V(l->count[0]), V(l->first[0]), V(l->count[1]), V(l->first[1]), V(l->count[2]), V(l->first[2])))
		return rq->err.code;
	return say_journal(rq, l, "names-load-begun");
}

static enum st do_end(struct req *rq, void *arg)
{
	struct load *l = arg;
	int64_t n = 0;
	if (sql_run_count(rq, &n,
			  "UPDATE registry_load SET state = 'done', ended_at = $2 WHERE id = $1 AND state = 'running'",
			  V(l->id), V(clock_now())))
		return rq->err.code;
	return n ? say_journal(rq, l, "names-load-ended") : ST_OK;
}

/* ── from the start to the end ── */

static enum st go_on(struct load *l, const struct earlier *e)
{
	for (int k = 0; k < LOAD_KINDS; k++) {
		if (l->count[k] != e->count[k])
			return load_stop(
				l, &(struct err){ ST_CONFLICT,
						  "the registry has changed since this load was begun: other lines "
						  "are good now; begin anew with --keep-going after changing the "
						  "files" });
		l->first[k] = e->first[k];
		l->done[k] = e->done[k];
		l->res->resumed += e->done[k];
	}
	l->id = e->id;
	return ST_OK;
}

static enum st refuse_bad(struct load *l)
{
	struct err e = { 0 };
	err_set(&e, ST_INVALID, "%lld bad line%s; nothing was loaded (--keep-going takes the good ones)",
		(long long)l->res->bad, l->res->bad == 1 ? "" : "s");
	return load_stop(l, &e);
}

static enum st take_over(struct load *l, const struct earlier *running)
{
	bool resume = running->id && running->same;
	for (int k = 0; k < LOAD_KINDS; k++)
		l->count[k] = load_map_in_file(l->map[k]);
	if (resume ? go_on(l, running) : load_put(l, l->mem, do_begin, &(struct beginning){ l, running->id }))
		return l->err.code;
	l->res->id = l->id;
	if (load_number(l) || load_write(l) || load_put(l, l->mem, do_end, l))
		return l->err.code;
	return ST_OK;
}

static enum st run(struct load *l)
{
	struct earlier running, same;
	if (prepare(l) || load_read_files(l))
		return l->err.code;
	digest_all(l);
	if (earlier_read(l, &running, &same))
		return l->err.code;
	l->res->done_before = same.id && !running.id;
	if (l->res->done_before) {
		l->res->id = same.id;
		return ST_OK;
	}
	if (running.id && !running.same && !l->o->keep_going) {
		struct err e = { 0 };
		err_set(&e, ST_CONFLICT,
			"load %lld of other files was left half-way: run it again, or give --keep-going, which leaves "
			"it and "
			"takes what is not there yet",
			(long long)running.id);
		return load_stop(l, &e);
	}
	if (running.same) { /* its own rows are no strangers */
		l->id = running.id;
		memcpy(l->first, running.first, sizeof l->first);
		memcpy(l->count, running.count, sizeof l->count);
	}
	if (load_look_round(l) || load_check_links(l))
		return l->err.code;
	if (l->res->bad && !l->o->keep_going)
		return refuse_bad(l);
	return l->o->dry_run ? ST_OK : take_over(l, &running);
}

enum st names_load(struct store *s, struct req *rq, const struct load_opts *o, struct load_result *out)
{
	struct load *l = calloc(1, sizeof *l);
	if (!l)
		abort(); /* out of memory */
	*out = (struct load_result){ 0 };
	*l = (struct load){ .store = s, .caller = rq, .o = o, .res = out, .mem = arena_new(16 << 20) };
	if (run(l))
		rq->err = l->err;
	if (out->nerrors)
		qsort(out->error, (size_t)out->nerrors, sizeof *out->error, error_order);
	for (int k = 0; k < LOAD_KINDS; k++) {
		stage_free(l->stage[k]);
		load_map_free(l->map[k]);
	}
	arena_free(l->mem);
	enum st st = l->err.code;
	free(l);
	return st;
}

enum st load_list(struct req *rq, struct load_row *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT id, zone, files, state, begun_at, ended_at, contacts, contacts_done, hosts, hosts_done, "
		      "names,"
		      " names_done FROM registry_load ORDER BY id DESC LIMIT $1",
		      V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r)) {
		struct load_row *l = &out[(*n)++];
		*l = (struct load_row){ .id = rows_int(&r, 0),
					.zone = rows_dup(&r, 1),
					.files = rows_dup(&r, 2),
					.state = rows_dup(&r, 3),
					.begun_at = rows_int(&r, 4),
					.ended_at = rows_int(&r, 5) };
		for (int k = 0; k < LOAD_KINDS; k++) {
			l->count[k] = rows_int(&r, 6 + 2 * k);
			l->done[k] = rows_int(&r, 7 + 2 * k);
		}
	}
	return rows_end(&r);
}
