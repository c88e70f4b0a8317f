#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "store/store_int.h"

const struct actor actor_clock = { .id = "clock", .role = 8 }, actor_cli = { .id = "cli", .role = 15 },
		   actor_anonymous = { .id = "anonymous" };

struct db *db_new(struct store *s, bool writer, struct err *e)
{
	struct db *db = calloc(1, sizeof *db);
	if (!db)
		abort();
	*db = (struct db){ .d = s->d, .s = s, .writer = writer };
	if (s->d->open(db, e) == ST_OK)
		return db;
	free(db);
	return NULL;
}

void db_free(struct db *db)
{
	if (!db)
		return;
	db->d->close(db);
	free(db->tx.p);
	arena_free(db->tx.mem);
	memo_free(db->memo);
	free(db);
}

const char *store_intern(struct store *s, const char *text)
{
	pthread_mutex_lock(&s->lock);
	int i = 0;
	while (i < s->ninterned && strcmp(s->interned[i].text, text) != 0)
		i++;
	if (i == s->ninterned) {
		s->interned = realloc(s->interned, sizeof *s->interned * (size_t)(i + 1));
		if (!s->interned || !(s->interned[i].text = strdup(text)))
			abort();
		s->ninterned++;
	}
	const char *kept = s->interned[i].text;
	pthread_mutex_unlock(&s->lock);
	return kept;
}

bool store_is_sqlite(const struct store *s)
{
	return s->d == &driver_sqlite;
}

/* ── opening ── */

static enum st pick_driver(struct store *s, const char *url, bool create, struct err *e)
{
	bool lite = !strncmp(url, "sqlite:", 7);
	if (!(s->url = strdup(lite ? url + 7 : url)))
		abort(); /* out of memory */
	if (lite) {
		s->d = &driver_sqlite;
		if (!create && access(s->url, F_OK) != 0)
			return err_set(e, ST_NOTFOUND, "%s is not there; `nicert init` makes a data folder", s->url);
		return ST_OK;
	}
	if (!strncmp(url, "postgresql:", 11) || !strncmp(url, "postgres:", 9)) {
		s->d = &driver_pg;
		return ST_OK;
	}
	return err_set(e, ST_INVALID, "store.url: expected sqlite:PATH or postgresql://…, found \"%.80s\"", url);
}

void *writer_main(void *arg); /* write.c */

static enum st start_writers(struct store *s, int n, struct err *e)
{
	int most = s->d == &driver_sqlite ? 1 : (int)(sizeof s->thread / sizeof *s->thread);
	n = n > most ? most : n;
	for (int i = 0; i < n; i++) {
		if (i && !(s->wdb[i] = db_new(s, true, e)))
			return e->code;
		if (pthread_create(&s->thread[i], NULL, writer_main, s->wdb[i]))
			return err_set(e, ST_INTERNAL, "store: a writer thread could not be started");
		s->nwriters++;
	}
	return ST_OK;
}

struct store *store_open(const struct store_opts *o, struct err *e)
{
	struct store *s = calloc(1, sizeof *s);
	if (!s || !(s->tree = calloc(1, sizeof *s->tree)))
		abort(); /* out of memory */
	s->qmax = o->queue > 0 ? o->queue : 4096;
	s->rehearse = o->rehearse;
	pthread_mutex_init(&s->lock, NULL);
	pthread_mutex_init(&s->lead_lock, NULL);
	pthread_mutex_init(&s->qlock, NULL);
	pthread_mutex_init(&s->inline_lock, NULL);
	pthread_mutex_init(&s->tree_lock, NULL);
	pthread_condattr_t mono;
	pthread_condattr_init(&mono);
	pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
	pthread_cond_init(&s->qwork, &mono);
	pthread_key_create(&s->reader, NULL);
	enum st st = pick_driver(s, o->url, o->create, e);
	s->group_max = s->d && (o->group <= 0 || o->group > s->d->group_max) ? s->d->group_max : o->group;
	if (st || !(s->wdb[0] = db_new(s, true, e)) || migrate(s->wdb[0], o, e) || start_writers(s, o->writers, e)) {
		store_close(s);
		return NULL;
	}
	return s;
}

static void stop_writers(struct store *s)
{
	pthread_mutex_lock(&s->qlock);
	s->stopping = true;
	pthread_cond_broadcast(&s->qwork);
	pthread_mutex_unlock(&s->qlock);
	for (int i = 0; i < s->nwriters; i++)
		pthread_join(s->thread[i], NULL);
}

void store_close(struct store *s)
{
	if (!s)
		return;
	stop_writers(s);
	for (size_t i = 0; i < sizeof s->wdb / sizeof *s->wdb; i++)
		db_free(s->wdb[i]);
	for (struct db *db = s->readers, *next; db; db = next) {
		next = db->next;
		db_free(db);
	}
	for (int i = 0; i < s->nleads; i++)
		db_free(s->lead[i].db);
	if (s->lead_fd > 0)
		close(s->lead_fd);
	for (int i = 0; i < s->ninterned; i++)
		free(s->interned[i].text);
	free(s->interned);
	pthread_key_delete(s->reader);
	free(s->tree);
	free(s->url);
	free(s);
}

/* ── readers ── */

static void snapshot_end(struct db *db)
{
	db->due = db->memo_used = false;
	if (!db->snapshot)
		return;
	db->d->commit(db, NULL);
	db->snapshot = false;
}

struct db *store_reader(struct store *s, struct err *e)
{
	struct db *db = pthread_getspecific(s->reader);
	if (!db) {
		if (!(db = db_new(s, false, e)))
			return NULL;
		pthread_setspecific(s->reader, db);
		pthread_mutex_lock(&s->lock);
		db->next = s->readers;
		s->readers = db;
		pthread_mutex_unlock(&s->lock);
	}
	snapshot_end(db);
	if (db->d->revive(db, e))
		return NULL;
	db->due = true; /* what is answered from memory never begins it */
	return db;
}

bool store_reader_began(const struct db *db)
{
	return !db->due;
}

void store_reader_done(struct store *s)
{
	struct db *db = pthread_getspecific(s->reader);
	if (db)
		snapshot_end(db);
}

/* ── leads, series, settings ── */

bool store_lead(struct store *s, const char *job)
{
	pthread_mutex_lock(&s->lead_lock);
	int i = 0;
	while (i < s->nleads && strcmp(s->lead[i].job, job) != 0)
		i++;
	bool mine = i < s->nleads;
	if (mine && s->d->leads && !s->d->leads(&s->lead[i])) {
		log_warn("lead lost", LOG_T("job", job));
		db_free(s->lead[i].db);
		s->lead[i] = s->lead[--s->nleads];
		s->lead[s->nleads] = (struct lead){ .db = NULL };
		mine = false;
	} else if (!mine && s->nleads < (int)(sizeof s->lead / sizeof *s->lead) && s->d->lead(s, job)) {
		snprintf(s->lead[s->nleads++].job, sizeof s->lead->job, "%s", job);
		mine = true;
	}
	pthread_mutex_unlock(&s->lead_lock);
	return mine;
}

enum st store_next(struct req *rq, const char *series, int64_t *out)
{
	return rq->db->d->next_number(rq, series, out);
}

char *setting_get(struct req *rq, const char *key)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT value FROM store_setting WHERE key = $1", V(key)))
		return NULL;
	char *v = rows_next(&r) ? rows_dup(&r, 0) : NULL;
	return rows_end(&r) ? NULL : v;
}

enum st setting_put(struct req *rq, const char *key, const char *value)
{
	return sql_run(rq,
		       "INSERT INTO store_setting(key, value) VALUES($1, $2) ON CONFLICT(key) DO UPDATE SET value = "
		       "excluded.value",
		       V(key), V(value));
}

void store_stats(struct store *s, struct store_stats *out)
{
	pthread_mutex_lock(&s->qlock);
	*out = (struct store_stats){ s->writes, s->groups, s->refused, s->retried, s->qlen, s->commit_usec };
	pthread_mutex_unlock(&s->qlock);
}
