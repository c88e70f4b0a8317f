/* creates.c — the reference of EPP's domain:create: the rows that the last create of a store left in its tables,
 * inserted again and again under new names with the bare API, into the same tables with the same indexes and pragmas.
 *
 *	creates DB GROUP SECONDS      GROUP creates a commit; prints `creates N/s` and `rows N` a create
 *
 * Nothing else is done: no rules, no look-ups, no hashes, no answer. The store is of no use afterwards.
 */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "clockwork.h"

enum { COLS = 64, ROWS_MAX = 40 };

/* What is new in each copy of a row. */
enum fresh { AS_IT_WAS, NOTHING, NAME, DOMAIN, TX, SEQ, PADDED };
struct table {
	const char *name, *which; /* which rows belong to the last create */
	struct {
		const char *column;
		enum fresh fresh;
	} col[3];
};
#define LAST_DOMAIN "(SELECT max(id) FROM registry_domain)"
static const struct table tables[] = {
	{ "registry_domain", "id = " LAST_DOMAIN, { { "id", NOTHING }, { "key", NAME }, { "name", NAME } } },
	{ "registry_domain_contact", "domain = " LAST_DOMAIN, { { "domain", DOMAIN } } },
	{ "registry_domain_ns", "domain = " LAST_DOMAIN, { { "domain", DOMAIN } } },
	{ "ledger_tx", "id = (SELECT max(id) FROM ledger_tx)", { { "id", NOTHING }, { "subject", NAME } } },
	{ "ledger_line", "tx = (SELECT max(id) FROM ledger_tx)", { { "tx", TX } } },
	{ "registry_grace", "domain = " LAST_DOMAIN, { { "id", NOTHING }, { "domain", DOMAIN }, { "tx", TX } } },
	{ "work_due", "kind = 'domain' AND subject = printf('%012d', " LAST_DOMAIN ")", { { "subject", PADDED } } },
	{ "registry_history",
	  "kind = 'domain' AND object = " LAST_DOMAIN,
	  { { "id", NOTHING }, { "object", DOMAIN } } },
	{ "journal_entry", "seq >= (SELECT max(seq) - 1 FROM journal_entry)", { { "seq", SEQ }, { "subject", NAME } } },
};
struct row {
	sqlite3_stmt *insert;
	sqlite3_value *value[COLS];
	enum fresh fresh[COLS];
	int n;
	bool domain, tx; /* later rows refer to this one */
};

static struct row row[ROWS_MAX];
static int nrows;
static sqlite3 *db;

static void die(const char *what, const char *why)
{
	fprintf(stderr, "creates: %s: %s\n", what, why);
	exit(1);
}

static void must(int rc, const char *what)
{
	if (rc != SQLITE_OK && rc != SQLITE_DONE)
		die(what, sqlite3_errmsg(db));
}

static void run(const char *sql)
{
	must(sqlite3_exec(db, sql, NULL, NULL, NULL), sql);
}

static sqlite3_stmt *prepare(const char *sql)
{
	sqlite3_stmt *st;
	must(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL), sql);
	return st;
}

/* ── what the last create left ── */

static enum fresh fresh_of(const struct table *t, const char *column)
{
	for (int i = 0; i < 3 && t->col[i].column; i++)
		if (!strcmp(t->col[i].column, column))
			return t->col[i].fresh;
	return AS_IT_WAS;
}

static void row_keep(const struct table *t, sqlite3_stmt *st)
{
	char sql[1000];
	struct row *r = &row[nrows++];
	if (nrows == ROWS_MAX || sqlite3_column_count(st) > COLS)
		die(t->name, "more than was thought of");
	r->n = sqlite3_column_count(st);
	r->domain = !strcmp(t->name, "registry_domain");
	r->tx = !strcmp(t->name, "ledger_tx");
	int at = snprintf(sql, sizeof sql, "INSERT INTO %s VALUES(", t->name);
	for (int i = 0; i < r->n; i++) {
		r->value[i] = sqlite3_value_dup(sqlite3_column_value(st, i));
		r->fresh[i] = fresh_of(t, sqlite3_column_name(st, i));
		at += snprintf(sql + at, sizeof sql - (size_t)at, "%s?", i ? "," : "");
	}
	snprintf(sql + at, sizeof sql - (size_t)at, ")");
	r->insert = prepare(sql);
}

static void rows_keep(void)
{
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		char sql[1000];
		int before = nrows;
		snprintf(sql, sizeof sql, "SELECT * FROM %s WHERE %s", tables[i].name, tables[i].which);
		sqlite3_stmt *st = prepare(sql);
		while (sqlite3_step(st) == SQLITE_ROW)
			row_keep(&tables[i], st);
		sqlite3_finalize(st);
		if (nrows == before && strcmp(tables[i].name, "registry_domain_ns") != 0)
			die(tables[i].name, "the last create left nothing there");
	}
}

/* ── again and again ── */

static void bind(struct row *r, int i, int64_t n, int64_t domain, int64_t tx, int64_t *seq)
{
	char text[40];
	switch (r->fresh[i]) {
	case AS_IT_WAS:
		sqlite3_bind_value(r->insert, i + 1, r->value[i]);
		return;
	case NOTHING:
		sqlite3_bind_null(r->insert, i + 1);
		return;
	case DOMAIN:
		sqlite3_bind_int64(r->insert, i + 1, domain);
		return;
	case TX:
		sqlite3_bind_int64(r->insert, i + 1, tx);
		return;
	case SEQ:
		sqlite3_bind_int64(r->insert, i + 1, (*seq)++);
		return;
	case NAME:
		snprintf(text, sizeof text, "bare-create-%lld.tw", (long long)n);
		break;
	case PADDED:
		snprintf(text, sizeof text, "%012lld", (long long)domain);
		break;
	}
	sqlite3_bind_text(r->insert, i + 1, text, -1, SQLITE_TRANSIENT);
}

static void create(int64_t n, int64_t *seq, sqlite3_stmt *pay)
{
	int64_t domain = 0, tx = 0;
	for (int k = 0; k < nrows; k++) {
		struct row *r = &row[k];
		for (int i = 0; i < r->n; i++)
			bind(r, i, n, domain, tx, seq);
		must(sqlite3_step(r->insert), "insert");
		sqlite3_reset(r->insert);
		if (r->domain)
			domain = sqlite3_last_insert_rowid(db);
		if (r->tx)
			tx = sqlite3_last_insert_rowid(db);
	}
	must(sqlite3_step(pay), "balance");
	sqlite3_reset(pay);
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return fputs("usage: creates DB GROUP SECONDS\n", stderr), 2;
	must(sqlite3_open(argv[1], &db), argv[1]);
	run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-4096;"
	    "PRAGMA mmap_size=268435456; PRAGMA wal_autocheckpoint=20000; PRAGMA secure_delete=ON");
	rows_keep();
	sqlite3_stmt *pay = prepare("UPDATE ledger_account SET balance = balance - 1 WHERE num = 2");
	sqlite3_stmt *last = prepare("SELECT max(seq) + 1 FROM journal_entry");
	sqlite3_step(last);
	int64_t seq = sqlite3_column_int64(last, 0), n = 0;
	sqlite3_finalize(last);
	double began = seconds(), limit = atof(argv[3]);
	while (seconds() - began < limit) {
		run("BEGIN IMMEDIATE");
		for (int i = 0; i < atoi(argv[2]); i++)
			create(n++, &seq, pay);
		run("COMMIT");
	}
	printf("creates %.0f\nrows %d\n", (double)n / (seconds() - began), nrows + 1);
	return 0;
}
