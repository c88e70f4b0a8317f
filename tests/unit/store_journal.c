/* The store's promises on both databases: group commit, savepoints, positions in commit order, the tree, erasing,
 * followers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include "base/clock.h"
#include "store/follow.h"
#include "store/journal.h"
#include "teststore.h"

struct env {
	struct store *s;
	struct arena *mem;
	struct req rq;
};

static struct env env_open(int driver, int writers)
{
	struct env x = { teststore_open_with(driver, writers), arena_new(64 << 20), { 0 } };
	assert_non_null(x.s);
	x.rq = (struct req){ .mem = x.mem, .who = &actor_cli };
	x.rq.db = store_reader(x.s, &x.rq.err);
	assert_non_null(x.rq.db);
	return x;
}
static void env_close(struct env *x)
{
	store_close(x->s);
	arena_free(x->mem);
}
#define EACH_DRIVER(d) for (int d = 0; d < teststore_drivers(); d++)
#define OK(rq, call)                                                                                                   \
	do {                                                                                                           \
		if ((call) != ST_OK)                                                                                   \
			fail_msg("%s: %s", #call, (rq).err.msg);                                                       \
	} while (0)

struct one {
	const char *key, *value;
	enum st fail;
	int64_t person;
};

static enum st put(struct req *rq, void *arg)
{
	struct one *o = arg;
	if (setting_put(rq, o->key, o->value) ||
	    journal_append(rq, &(struct fact){ "test", o->key, "put", "{\"n\":1}", o->person }))
		return rq->err.code;
	return o->fail ? err_set(&rq->err, o->fail, "asked to fail") : ST_OK;
}

static void a_write_is_whole_or_nothing(void **state)
{
	EACH_DRIVER(d)
	{
		struct env x = env_open(d, 0);
		struct one good = { "a", "1" }, bad = { "b", "2", ST_DENIED };
		int64_t size;
		OK(x.rq, store_write(x.s, &x.rq, put, &good));
		assert_int_equal(store_write(x.s, &x.rq, put, &bad), ST_DENIED);
		assert_string_equal(x.rq.err.msg, "asked to fail");
		assert_string_equal(setting_get(&x.rq, "a"), "1");
		assert_null(setting_get(&x.rq, "b"));
		OK(x.rq, journal_head(&x.rq, &size));
		assert_int_equal(size, 1);
		env_close(&x);
	}
}

struct burst {
	struct write w;
	struct one o;
	char key[16];
};
static pthread_mutex_t burst_lock = PTHREAD_MUTEX_INITIALIZER;
static int burst_done;
static void burst_count(struct write *w)
{
	pthread_mutex_lock(&burst_lock);
	burst_done++;
	pthread_mutex_unlock(&burst_lock);
}

/* 1,000 writes at once, every seventh failing: those alone are missing, positions have no gap, and each write knows its
 * own. */
static void a_group_loses_only_what_failed(void **state)
{
	enum { N = 1000 };
	EACH_DRIVER(d)
	{
		struct env x = env_open(d, 2);
		struct burst *b = calloc(N, sizeof *b);
		burst_done = 0;
		for (int i = 0; i < N; i++) {
			snprintf(b[i].key, sizeof b[i].key, "k%d", i);
			b[i].o = (struct one){ b[i].key, "v", i % 7 == 3 ? ST_CONFLICT : ST_OK };
			b[i].w = (struct write){
				.fn = put, .arg = &b[i].o, .mem = arena_new(65536), .done = burst_count
			};
			assert_int_equal(store_submit(x.s, &b[i].w), ST_OK);
		}
		while (__atomic_load_n(&burst_done, __ATOMIC_ACQUIRE) < N)
			usleep(1000);
		store_reader(x.s, NULL);
		int64_t size, expect = 0;
		for (int i = 0; i < N; i++) {
			struct entry e;
			assert_int_equal(b[i].w.err.code, b[i].o.fail);
			if (!b[i].o.fail) {
				expect++;
				assert_int_equal(b[i].w.journal_count, 1);
				OK(x.rq, journal_entry(&x.rq, b[i].w.journal_first, &e));
				assert_string_equal(e.subject, b[i].key);
			} else {
				assert_null(setting_get(&x.rq, b[i].key));
			}
			arena_free(b[i].w.mem);
		}
		OK(x.rq, journal_head(&x.rq, &size));
		assert_int_equal(size, expect);
		struct journal_report rep;
		OK(x.rq, journal_verify(&x.rq, &rep, NULL, NULL));
		assert_int_equal(rep.entries, expect);
		assert_true(rep.tiles >= 3);
		struct hash root;
		OK(x.rq, journal_root(&x.rq, size, &root));
		assert_memory_equal(&root, &rep.root, sizeof root);
		free(b);
		env_close(&x);
	}
}

/* ── how often a write runs ── */

struct counted {
	struct write w;
	struct one o;
	char key[16];
	bool early; /* it fails before it has changed anything */
	int runs;
};
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static enum st wait_at_gate(struct req *rq, void *arg)
{
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	return ST_OK;
}
static enum st put_counted(struct req *rq, void *arg)
{
	struct counted *c = arg;
	c->runs++;
	return c->early ? err_set(&rq->err, ST_DENIED, "asked to fail") : put(rq, &c->o);
}

/* Ten writes in one group, the fifth of which fails; the others are kept, each having run `runs` times. */
static void one_group(struct env *x, bool early, int runs)
{
	enum { N = 10, BAD = 4 };
	struct counted c[N] = { 0 };
	struct write first = { .fn = wait_at_gate, .mem = x->mem, .done = burst_count };
	burst_done = 0;
	pthread_mutex_lock(&gate);
	assert_int_equal(store_submit(x->s, &first), ST_OK);
	struct store_stats st;
	for (store_stats(x->s, &st); st.queue; store_stats(x->s, &st))
		usleep(1000); /* until the writer holds the first alone */
	for (int i = 0; i < N; i++) {
		snprintf(c[i].key, sizeof c[i].key, "%s%d", early ? "early" : runs == 1 ? "careful" : "late", i);
		c[i].o = (struct one){ c[i].key, "v", i == BAD ? ST_DENIED : ST_OK };
		c[i].early = early && i == BAD;
		c[i].w = (struct write){ .fn = put_counted, .arg = &c[i], .mem = x->mem, .done = burst_count };
		assert_int_equal(store_submit(x->s, &c[i].w), ST_OK);
	}
	pthread_mutex_unlock(&gate);
	while (__atomic_load_n(&burst_done, __ATOMIC_ACQUIRE) < N + 1)
		usleep(1000);
	store_reader(x->s, NULL);
	for (int i = 0; i < N; i++) {
		assert_int_equal(c[i].w.err.code, i == BAD ? ST_DENIED : ST_OK);
		assert_int_equal(setting_get(&x->rq, c[i].key) != NULL, i != BAD);
		assert_int_equal(c[i].runs, i <= BAD || runs == 1 ? runs : runs - 1);
	}
}

/* A write that fails before it has changed anything costs the others nothing. One that must be taken back sends its
 * group through again; the next groups are run with care, once. */
static void a_group_runs_again_only_when_it_must(void **state)
{
	EACH_DRIVER(d)
	{
		struct env x = env_open(d, 1);
		one_group(&x, true, 1);
		one_group(&x, false, 2);
		one_group(&x, false, 1);
		struct journal_report rep;
		OK(x.rq, journal_verify(&x.rq, &rep, NULL, NULL));
		assert_int_equal(rep.entries, 27);
		env_close(&x);
	}
}

static enum st erase(struct req *rq, void *arg)
{
	return journal_erase_person(rq, 7, arg);
}
static enum st tamper(struct req *rq, void *arg)
{
	return sql_run(rq, "UPDATE journal_entry SET payload = '{\"n\":2}' WHERE seq = $1", V(*(int64_t *)arg));
}

static void erasing_breaks_no_proof_and_tampering_is_found(void **state)
{
	EACH_DRIVER(d)
	{
		struct env x = env_open(d, 0);
		struct hash before, after, path[TREE_PATH_MAX];
		int n;
		for (int i = 0; i < 20; i++) {
			struct one o = { i % 2 ? "x" : "y", "1", ST_OK, i % 5 == 0 ? 7 : 0 };
			OK(x.rq, store_write(x.s, &x.rq, put, &o));
		}
		OK(x.rq, journal_root(&x.rq, 20, &before));
		int64_t erased;
		OK(x.rq, store_write(x.s, &x.rq, erase, &erased));
		assert_int_equal(erased, 4);
		OK(x.rq, journal_root(&x.rq, 20, &after));
		assert_memory_equal(&before, &after, sizeof before);
		struct entry e;
		OK(x.rq, journal_entry(&x.rq, 5, &e));
		assert_string_equal(e.verb, "put");
		assert_string_equal(e.payload, "");
		assert_string_equal(e.subject, "");
		assert_int_equal(e.salt.n, 0);
		OK(x.rq, journal_inclusion(&x.rq, 5, 20, path, &n));
		struct hash leaf = tree_leaf(e.commitment.b, HASH_LEN);
		assert_true(tree_check_inclusion(&leaf, 5, 20, path, n, &after));
		struct journal_report rep;
		OK(x.rq, journal_verify(&x.rq, &rep, NULL, NULL));
		assert_int_equal(rep.erased, 4);
		int64_t victim = 6;
		OK(x.rq, store_write(x.s, &x.rq, tamper, &victim));
		assert_int_equal(journal_verify(&x.rq, &rep, NULL, NULL), ST_INVALID);
		assert_non_null(strstr(x.rq.err.msg, "entry 6"));
		env_close(&x);
	}
}

/* Two stores on one database stand for two processes: each must see that the other moved the head. */
static void two_processes_share_one_tree(void **state)
{
	char url[200];
	struct env x = env_open(0, 0);
	snprintf(url, sizeof url, "sqlite:%s/nicert.db", teststore_dir());
	struct err e;
	struct store *other = store_open(&(struct store_opts){ .url = url }, &e);
	struct req rq = { .mem = x.mem, .who = &actor_clock };
	assert_non_null(other);
	for (int i = 0; i < 300; i++) {
		struct one o = { "k", "v" };
		OK(x.rq, store_write(x.s, &x.rq, put, &o));
		rq.db = NULL;
		OK(rq, store_write(other, &rq, put, &o));
	}
	struct journal_report rep;
	store_reader(x.s, NULL);
	OK(x.rq, journal_verify(&x.rq, &rep, NULL, NULL));
	assert_int_equal(rep.entries, 600);
	store_close(other);
	env_close(&x);
}

static void proofs_hold_between_sizes(void **state)
{
	EACH_DRIVER(d)
	{
		struct env x = env_open(d, 0);
		struct hash root[601], path[TREE_PATH_MAX];
		int n;
		for (int i = 1; i <= 600; i++) {
			struct one o = { "k", "v" };
			OK(x.rq, store_write(x.s, &x.rq, put, &o));
			OK(x.rq, journal_root(&x.rq, i, &root[i]));
		}
		const int sizes[] = { 1, 2, 255, 256, 257, 300, 511, 512, 513, 600 };
		for (int a = 0; a < 10; a++)
			for (int b = a; b < 10; b++) {
				OK(x.rq, journal_consistency(&x.rq, sizes[a], sizes[b], path, &n));
				assert_true(tree_check_consistency((uint64_t)sizes[a], &root[sizes[a]],
								   (uint64_t)sizes[b], &root[sizes[b]], path, n));
			}
		env_close(&x);
	}
}

static enum st newer(struct req *rq, void *arg)
{
	return sql_run(rq, "INSERT INTO store_migration(version, name, applied_at) VALUES(9999, 'from-tomorrow', $1)",
		       V(1));
}

static void a_newer_database_is_refused(void **state)
{
	char url[200];
	struct err e = { 0 };
	struct env x = env_open(0, 0);
	OK(x.rq, store_write(x.s, &x.rq, newer, NULL));
	env_close(&x);
	snprintf(url, sizeof url, "sqlite:%s/nicert.db", teststore_dir());
	assert_null(store_open(&(struct store_opts){ .url = url }, &e));
	assert_int_equal(e.code, ST_CONFLICT);
	assert_non_null(strstr(e.msg, "from-tomorrow"));
}

/* Each table and column by name, in order: what a database looks like on either store. */
static char *columns_of(struct req *rq, int driver)
{
	static const char *const sql[] = {
		"SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = "
		"'table' "
		"ORDER BY 1",
		"SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = "
		"current_schema() ORDER BY 1",
	};
	struct rows r;
	struct buf b = { .max = 1 << 20 };
	OK(*rq, sql_query0(rq, &r, sql[driver]));
	while (rows_next(&r))
		buf_printf(&b, "%s\n", rows_text(&r, 0));
	OK(*rq, rows_end(&r));
	char *text = arena_strdup(rq->mem, buf_cstr(&b));
	buf_free(&b);
	return text;
}

/* A database as the first `n` steps left it, with a fact in it. */
static char *older_database(int driver, int n)
{
	static struct migration some[128];
	static char url[900];
	const struct migration *all = migrations_all();
	struct err e = { 0 };
	struct one o = { "old", "1" };
	teststore_place(driver);
	snprintf(url, sizeof url, "%s", teststore_url());
	memcpy(some, all, (size_t)n * sizeof *all);
	some[n] = (struct migration){ 0 };
	store_migrations(some);
	struct store *s = store_open(&(struct store_opts){ .url = url, .create = true }, &e);
	assert_non_null(s);
	struct req rq = { .mem = arena_new(1 << 20), .who = &actor_cli };
	OK(rq, store_write(s, &rq, put, &o));
	arena_free(rq.mem);
	store_close(s);
	store_migrations(all);
	return url;
}

static void an_older_database_is_brought_up_to_date(void **state)
{
	int steps = 0;
	for (const struct migration *m = migrations_all(); m->version; m++)
		steps++;
	EACH_DRIVER(d)
	{
		struct env fresh = env_open(d, 0);
		char *want = columns_of(&fresh.rq, d);
		for (int n = 1; n < steps; n += 7) {
			struct err e = { 0 };
			struct journal_report rep;
			struct env x = { .mem = arena_new(64 << 20) };
			x.s = store_open(&(struct store_opts){ .url = older_database(d, n) }, &e);
			if (!x.s)
				fail_msg("from step %d: %s", n, e.msg);
			x.rq = (struct req){ .mem = x.mem, .who = &actor_cli };
			x.rq.db = store_reader(x.s, &x.rq.err);
			assert_string_equal(columns_of(&x.rq, d), want);
			assert_string_equal(setting_get(&x.rq, "old"), "1");
			OK(x.rq, journal_verify(&x.rq, &rep, NULL, NULL));
			assert_int_equal(rep.entries, 1);
			env_close(&x);
		}
		env_close(&fresh);
	}
}

static void put_some(struct env *x, int n)
{
	for (int i = 0; i < n; i++) {
		struct one o = { "k", "v" };
		OK(x->rq, store_write(x->s, &x->rq, put, &o));
	}
}

struct seen {
	int64_t seq[64];
	int n, fail_at, fails, parts; /* parts: how often the entry at fail_at is asked for again */
	enum st how;
};
static enum st see(void *self, struct req *rq, const struct entry *e, bool *more)
{
	struct seen *s = self;
	arena_alloc(rq->mem, 40 << 20); /* what follows from one entry is gone before the next */
	if (s->fails > 0 && e->seq == s->fail_at) {
		s->fails--;
		return err_set(&rq->err, s->how, "not now");
	}
	*more = e->seq == s->fail_at && s->parts-- > 0;
	s->seq[s->n++] = e->seq;
	return ST_OK;
}

static void a_follower_sees_each_entry_and_remembers(void **state)
{
	EACH_DRIVER(d)
	{
		struct env x = env_open(d, 1);
		struct seen seen = { .fail_at = 3, .fails = 1, .how = ST_BUSY };
		put_some(&x, 6);
		struct follower *f = follower_start(x.s, "test", see, &seen);
		for (int i = 0; i < 500 && seen.n < 6; i++)
			usleep(10000);
		follower_stop(f);
		assert_int_equal(seen.n, 6);
		for (int i = 0; i < 6; i++)
			assert_int_equal(seen.seq[i], i);
		int64_t next;
		store_reader(x.s, NULL);
		OK(x.rq, follower_position(&x.rq, "test", &next));
		assert_int_equal(next, 6);
		env_close(&x);
	}
}

/* Each part has an empty arena; the position stays until the last. */
static void a_follower_handles_an_entry_in_parts(void **state)
{
	EACH_DRIVER(d)
	{
		struct env x = env_open(d, 1);
		struct seen seen = { .fail_at = 1, .parts = 5 };
		put_some(&x, 3);
		struct follower *f = follower_start(x.s, "test", see, &seen);
		for (int i = 0; i < 500 && seen.n < 8; i++)
			usleep(10000);
		follower_stop(f);
		assert_int_equal(seen.n, 8);
		for (int i = 0; i < 8; i++)
			assert_int_equal(seen.seq[i], i < 1 ? 0 : i < 7 ? 1 : 2);
		env_close(&x);
	}
}

/* Beside somebody who reads before each write of theirs, as a follower does. */
static void the_log_does_not_grow_without_end(void **state)
{
	enum { WRITES = 1500, BYTES = 30000, LOG_MOST = 12 << 20 };
	struct env x = env_open(0, 1);
	struct stat st;
	char path[100], *value = arena_alloc(x.mem, BYTES + 1);
	if (!store_is_sqlite(x.s))
		return env_close(&x);
	snprintf(path, sizeof path, "%s/nicert.db-wal", teststore_dir());
	memset(value, 'v', BYTES);
	value[BYTES] = 0;
	for (int i = 0; i < WRITES; i++) {
		int64_t size;
		value[0] = (char)('a' + i % 26);
		struct one o = { "k", value };
		OK(x.rq, journal_head(&x.rq, &size));
		assert_int_equal(size, i);
		OK(x.rq, store_write(x.s, &x.rq, put, &o));
	}
	assert_int_equal(stat(path, &st), 0);
	assert_true(WRITES * (int64_t)BYTES > 3 * LOG_MOST);
	if (st.st_size > LOG_MOST)
		fail_msg("the log has %lld bytes", (long long)st.st_size);
	env_close(&x);
}

static enum st put_in_its_place(struct req *rq, void *arg)
{
	store_scrub(rq);
	return put(rq, arg);
}

static bool file_holds(const char *name, const char *word)
{
	char path[100];
	size_t n = 0;
	snprintf(path, sizeof path, "%s/%s", teststore_dir(), name);
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	char *all = test_malloc(64 << 20);
	n = fread(all, 1, 64 << 20, f);
	fclose(f);
	bool holds = memmem(all, n, word, strlen(word)) != NULL;
	test_free(all);
	return holds;
}

/* A running server's log, too, and without another write after it: whoever reads meanwhile only makes it wait. */
static void what_was_erased_leaves_the_log(void **state)
{
	struct env x = env_open(0, 1);
	struct one said = { "k", "quixotic" }, erased = { "k", "" };
	char url[100];
	struct err e = { 0 };
	int64_t size;
	if (!store_is_sqlite(x.s))
		return env_close(&x);
	OK(x.rq, store_write(x.s, &x.rq, put, &said));
	snprintf(url, sizeof url, "sqlite:%s/nicert.db", teststore_dir());
	struct store *other = store_open(&(struct store_opts){ .url = url }, &e);
	assert_non_null(other);
	struct req reads = { .mem = x.mem, .who = &actor_cli, .db = store_reader(other, &e) };
	assert_non_null(reads.db);
	OK(reads, journal_head(&reads, &size));
	OK(x.rq, store_write(x.s, &x.rq, put_in_its_place, &erased));
	nanosleep(&(struct timespec){ 0, 300 * 1000 * 1000 }, NULL);
	assert_true(file_holds("nicert.db-wal", "quixotic") || file_holds("nicert.db", "quixotic"));
	store_reader_done(other);
	for (int i = 0; i < 100 && file_holds("nicert.db-wal", "quixotic"); i++)
		nanosleep(&(struct timespec){ 0, 50 * 1000 * 1000 }, NULL);
	assert_false(file_holds("nicert.db-wal", "quixotic"));
	assert_false(file_holds("nicert.db", "quixotic"));
	store_close(other);
	env_close(&x);
}

static void bulk_and_nulls_round_trip(void **state)
{
	EACH_DRIVER(d)
	{
		struct env x = env_open(d, 0);
		struct rows r;
		OK(x.rq, sql_query(&x.rq, &r, "SELECT $2, $1, $2", V("first"), V("second")));
		assert_true(rows_next(&r));
		assert_string_equal(rows_text(&r, 0), "second");
		assert_string_equal(rows_text(&r, 1), "first");
		OK(x.rq, rows_end(&r));
		OK(x.rq, sql_query(&x.rq, &r, "SELECT sum(next), count(*), NULL FROM journal_follower WHERE next > $1",
				   V(INT64_MAX)));
		assert_true(rows_next(&r));
		assert_true(rows_null(&r, 2));
		assert_int_equal(rows_int(&r, 1), 0);
		OK(x.rq, rows_end(&r));
		env_close(&x);
	}
}

static enum st next_number(struct req *rq, void *arg)
{
	return store_next(rq, "case-2026", arg);
}

/* What a new year's first report needs, where others were filed before it. */
static enum st next_of_next_year(struct req *rq, void *arg)
{
	int64_t *n = arg;
	return store_next(rq, "case-2027", &n[0]) || store_next(rq, "case-2027", &n[1]) ? rq->err.code : ST_OK;
}

static void a_series_never_repeats(void **state)
{
	EACH_DRIVER(d)
	{
		struct env x = env_open(d, 0);
		int64_t last = 0, n;
		for (int i = 0; i < 50; i++) {
			OK(x.rq, store_write(x.s, &x.rq, next_number, &n));
			assert_true(n > last);
			last = n;
		}
		assert_int_equal(last, 50);
		int64_t two[2] = { 0 };
		OK(x.rq, store_write(x.s, &x.rq, next_of_next_year, two));
		assert_true(two[0] == 1 && two[1] == 2);
		OK(x.rq, store_write(x.s, &x.rq, next_of_next_year, two));
		assert_true(two[0] == 3 && two[1] == 4);
		env_close(&x);
	}
}

/* PostgreSQL holds a lead for as long as its connection; who lost it must not believe to lead still. */
static void a_lead_is_one_and_ends_with_its_connection(void **state)
{
	EACH_DRIVER(d)
	{
		struct env x = env_open(d, 0);
		struct err e = { 0 };
		int64_t n = 0;
		struct store *other = store_open(&(struct store_opts){ .url = teststore_url() }, &e);
		assert_non_null(other);
		assert_true(store_lead(x.s, "job") && store_lead(x.s, "job") && store_lead(x.s, "another"));
		assert_false(store_lead(other, "job"));
		if (d) {
			x.rq.db = store_reader(x.s, &e);
			OK(x.rq, sql_number0(&x.rq, &n,
					     "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = "
					     "'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = "
					     "current_database()) AND ((classid::bigint << 32) | objid::bigint) = "
					     "hashtextextended(current_schema() || 'job', 0)"));
			store_reader_done(x.s);
			assert_int_equal(n, 1);
			for (int i = 0; i < 200 && !store_lead(other, "job"); i++)
				usleep(20000);
			assert_true(store_lead(other, "job"));
			assert_false(store_lead(x.s, "job"));
			assert_false(store_lead(x.s, "job"));
			assert_true(store_lead(x.s, "another"));
		}
		store_close(other);
		for (int i = 0; i < 200 && !store_lead(x.s, "job"); i++)
			usleep(20000); /* the server notices that they have gone */
		assert_true(store_lead(x.s, "job"));
		env_close(&x);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_write_is_whole_or_nothing),
		cmocka_unit_test(a_group_loses_only_what_failed),
		cmocka_unit_test(a_group_runs_again_only_when_it_must),
		cmocka_unit_test(erasing_breaks_no_proof_and_tampering_is_found),
		cmocka_unit_test(two_processes_share_one_tree),
		cmocka_unit_test(proofs_hold_between_sizes),
		cmocka_unit_test(a_newer_database_is_refused),
		cmocka_unit_test(an_older_database_is_brought_up_to_date),
		cmocka_unit_test(a_follower_sees_each_entry_and_remembers),
		cmocka_unit_test(a_follower_handles_an_entry_in_parts),
		cmocka_unit_test(the_log_does_not_grow_without_end),
		cmocka_unit_test(what_was_erased_leaves_the_log),
		cmocka_unit_test(bulk_and_nulls_round_trip),
		cmocka_unit_test(a_series_never_repeats),
		cmocka_unit_test(a_lead_is_one_and_ends_with_its_connection),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
