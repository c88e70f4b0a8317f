/* The references of what nicert does with SQLite: as bare as the raw API allows.
 *
 *	raw names CSV DB              reads, sorts and inserts the rows of a names file in one transaction; prints `rows N` and
 *	                              `seconds S`
 *	raw holdings FILE DB          the same with a (gzipped) statistics file
 *	raw commits DB GROUP SECONDS  twelve inserts a report, GROUP reports a commit (WAL, synchronous=FULL); prints
 *	                              `reports N/s`
 */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>
#include "base/csv.h"
#include "clockwork.h"

enum { COLUMNS = 9, STATEMENTS = 12 };

struct row {
	char *f[COLUMNS];
};
struct table {
	char *text;
	struct row *row;
	size_t n, size;
};

static void die(const char *what, const char *why)
{
	fprintf(stderr, "raw: %s: %s\n", what, why);
	exit(1);
}

static void must(sqlite3 *db, int rc, const char *what)
{
	if (rc != SQLITE_OK && rc != SQLITE_DONE)
		die(what, sqlite3_errmsg(db));
}

static sqlite3 *db_open(const char *path, const char *setup)
{
	sqlite3 *db;
	must(NULL, sqlite3_open(path, &db), path);
	must(db, sqlite3_exec(db, setup, NULL, NULL, NULL), setup);
	return db;
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *st;
	must(db, sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL), sql);
	return st;
}

/* ── a file's rows in order ── */

static char *file_read(const char *path)
{
	gzFile f = gzopen(path, "rb");
	size_t n = 0, size = 1 << 20;
	char *text = malloc(size);
	int got = 1;
	if (!f || !text)
		die(path, "can't be read");
	for (; got > 0; n += (size_t)(got > 0 ? got : 0)) {
		if (size - n < 1 << 16 && !(text = realloc(text, size *= 2)))
			die(path, "no memory");
		got = gzread(f, text + n, (1 << 16) - 1);
	}
	text[n] = 0;
	gzclose(f);
	return text;
}

static struct row *row_add(struct table *t)
{
	if (t->n == t->size) {
		t->size = t->size ? t->size * 2 : 1 << 16;
		if (!(t->row = realloc(t->row, t->size * sizeof *t->row)))
			die("rows", "no memory");
	}
	return &t->row[t->n++];
}

static int row_cmp(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->f[0], ((const struct row *)b)->f[0]);
}

static void take_name(struct table *t, char *line)
{
	struct row r;
	if (csv_split(line, ',', r.f, COLUMNS) == COLUMNS)
		*row_add(t) = r;
}

/* registry|cc|type|start|value|date|status[|opaque-id…]: the key is the start, which no two types share. */
static void take_holding(struct table *t, char *line)
{
	char *f[16];
	int n = *line == '#' ? 0 : csv_split(line, '|', f, 16);
	if (n < 7 || strcmp(f[3], "*") == 0 || strspn(f[0], "0123456789.") == strlen(f[0]))
		return;
	*row_add(t) = (struct row){ { f[3], f[0], f[1], f[2], f[4], f[5], f[6], n > 7 ? f[7] : f[6], f[0] } };
}

static struct table table_read(const char *path, void (*take)(struct table *, char *))
{
	struct table t = { .text = file_read(path) };
	char *save = NULL;
	for (char *line = strtok_r(t.text, "\r\n", &save); line; line = strtok_r(NULL, "\r\n", &save))
		take(&t, line);
	qsort(t.row, t.n, sizeof *t.row, row_cmp);
	return t;
}

static void insert_all(const char *from, const char *to, void (*take)(struct table *, char *))
{
	double begin = seconds();
	struct table t = table_read(from, take);
	sqlite3 *db = db_open(to, "PRAGMA synchronous=FULL; CREATE TABLE t(key TEXT PRIMARY KEY, a, b, c, d, e, f, g, "
				  "h) WITHOUT ROWID; BEGIN");
	sqlite3_stmt *st = prepare(db, "INSERT OR IGNORE INTO t VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)");
	for (size_t i = 0; i < t.n; i++) {
		for (int c = 0; c < COLUMNS; c++)
			sqlite3_bind_text(st, c + 1, t.row[i].f[c], -1, SQLITE_STATIC);
		must(db, sqlite3_step(st), "insert");
		sqlite3_reset(st);
	}
	must(db, sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), "commit");
	printf("rows %zu\nseconds %.3f\n", t.n, seconds() - begin);
	sqlite3_finalize(st);
	sqlite3_close(db);
}

/* ── commits ── */

static void commits(const char *path, int group, double limit)
{
	static const char text[] =
		"a row of about a hundred and fifty bytes, which is what the tables of the desk and the journal hold "
		"on average, names, values and all the rest";
	sqlite3 *db = db_open(path, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=20000;"
				    "CREATE TABLE a(id INTEGER PRIMARY KEY, n INT, t TEXT); CREATE TABLE b(id INTEGER "
				    "PRIMARY KEY, n INT, t TEXT);"
				    "CREATE TABLE c(id INTEGER PRIMARY KEY, n INT, t TEXT)");
	sqlite3_stmt *st[3] = { prepare(db, "INSERT INTO a(n, t) VALUES(?, ?)"),
				prepare(db, "INSERT INTO b(n, t) VALUES(?, ?)"),
				prepare(db, "INSERT INTO c(n, t) VALUES(?, ?)") };
	double begin = seconds();
	int64_t reports = 0;
	while (seconds() - begin < limit) {
		must(db, sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), "begin");
		for (int i = 0; i < group * STATEMENTS; i++) {
			sqlite3_stmt *s = st[i % 3];
			sqlite3_bind_int64(s, 1, reports + i);
			sqlite3_bind_text(s, 2, text, sizeof text - 1, SQLITE_STATIC);
			must(db, sqlite3_step(s), "insert");
			sqlite3_reset(s);
		}
		must(db, sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), "commit");
		reports += group;
	}
	printf("reports %.0f\n", (double)reports / (seconds() - begin));
	for (int i = 0; i < 3; i++)
		sqlite3_finalize(st[i]);
	sqlite3_close(db);
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "names"))
		insert_all(argv[2], argv[3], take_name);
	else if (argc == 4 && !strcmp(argv[1], "holdings"))
		insert_all(argv[2], argv[3], take_holding);
	else if (argc == 5 && !strcmp(argv[1], "commits"))
		commits(argv[2], atoi(argv[3]), atof(argv[4]));
	else
		return fputs("usage: raw names|holdings FILE DB, raw commits DB GROUP SECONDS\n", stderr), 2;
	return 0;
}
