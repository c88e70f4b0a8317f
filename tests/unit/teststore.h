/* teststore.h — a fresh, migrated store for a unit test: SQLite in a temporary folder, and PostgreSQL where
 * NICERT_TEST_PG holds a connection URL (each test store is a schema of its own there). */
#ifndef TESTS_TESTSTORE_H
#define TESTS_TESTSTORE_H
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "cli/migrations.h"
#include "store/store.h"

static char teststore_dir_path[64], teststore_last[900];

/* The folder of the last opened store (removed by the operating system's cleaning of /tmp; small). */
static inline const char *teststore_dir(void)
{
	return teststore_dir_path;
}
/* Where the last opened store lies, for a second one beside it. */
static inline const char *teststore_url(void)
{
	return teststore_last;
}
static inline int teststore_drivers(void)
{
	return getenv("NICERT_TEST_PG") ? 2 : 1;
}
static inline const char *teststore_name(int driver)
{
	return driver ? "postgresql" : "sqlite";
}

/* A PostgreSQL URL with a schema made for this store alone. */
static inline char *teststore_schema(const char *base)
{
	static int n;
	char sql[200];
	static char url[900];
	snprintf(url, sizeof url, "t%lld_%d_%d", (long long)time(NULL), (int)getpid(), ++n); /* PIDs come again */
	snprintf(sql, sizeof sql, "CREATE SCHEMA %.60s", url);
	char cmd[2000];
	snprintf(cmd, sizeof cmd, "psql -q '%s' -c '%s' >/dev/null", base, sql);
	if (system(cmd) != 0)
		fprintf(stderr, "teststore: %s failed\n", cmd);
	char schema[600];
	snprintf(schema, sizeof schema, "%.60s", url);
	snprintf(url, sizeof url, "%s%soptions=-csearch_path%%3D%s", base, strchr(base, '?') ? "&" : "?", schema);
	return url;
}

/* A fresh, empty place for a store: sets teststore_dir() and teststore_url(). */
static inline void teststore_place(int driver)
{
	snprintf(teststore_dir_path, sizeof teststore_dir_path, "/tmp/nicert-test-XXXXXX");
	if (!mkdtemp(teststore_dir_path))
		abort();
	if (driver)
		snprintf(teststore_last, sizeof teststore_last, "%s", teststore_schema(getenv("NICERT_TEST_PG")));
	else
		snprintf(teststore_last, sizeof teststore_last, "sqlite:%s/nicert.db", teststore_dir_path);
}

/* What an installation begins by itself as soon as it is served is not what a unit test asks for. */
static inline enum st teststore_idle(struct req *rq, void *arg)
{
	(void)arg;
	return sql_run(rq, "DELETE FROM work_due WHERE at = $1", V(0));
}

static inline struct store *teststore_begin(int writers)
{
	struct err e = { 0 };
	struct store *s =
		store_open(&(struct store_opts){ .url = teststore_last, .writers = writers, .create = true }, &e);
	if (!s)
		fprintf(stderr, "teststore: %s\n", e.msg);
	return s;
}

static inline void teststore_copy(const char *from, const char *to)
{
	char piece[1 << 16];
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	if (!in || !out)
		abort();
	for (size_t n; (n = fread(piece, 1, sizeof piece, in));)
		if (fwrite(piece, 1, n, out) != n)
			abort();
	if (fclose(in) || fclose(out))
		abort();
}

/* A program's first SQLite store is made step by step; the others begin as copies of it, which takes a tenth of the time. */
static inline struct store *teststore_open_with(int driver, int writers)
{
	static char first[100];
	char file[100];
	teststore_place(driver);
	store_migrations(migrations_all());
	snprintf(file, sizeof file, "%s/nicert.db", teststore_dir_path);
	if (!driver && *first)
		teststore_copy(first, file);
	struct store *s = teststore_begin(writers);
	if (!s || (!driver && *first))
		return s;
	struct req rq = { .mem = arena_new(65536), .who = &actor_cli };
	if (store_write(s, &rq, teststore_idle, NULL))
		fprintf(stderr, "teststore: %s\n", rq.err.msg);
	arena_free(rq.mem);
	if (driver)
		return s;
	store_close(s); /* all of it is in the file now */
	snprintf(first, sizeof first, "%s/first.db", teststore_dir_path);
	teststore_copy(file, first);
	return teststore_begin(writers);
}
static inline struct store *teststore_open(int driver)
{
	return teststore_open_with(driver, 0);
}
#endif
