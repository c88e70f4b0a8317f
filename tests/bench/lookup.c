/* Answers for a name from a store of imported names, one thread, names in random order.
 *
 *	lookup URL SECONDS
 *
 * Prints `NAME answers/s`: names_find and holder_find, each in a held read transaction; holder_request, in a
 * transaction of its own, as a request of the API has it; host_find, of a name below a registered one; raw, a bare
 * prepared SELECT of the same row by its key through the database's own API. They take turns, each a fifth of its time
 * at once.
 */
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include "base/idn.h"
#include "cli/migrations.h"
#include "clockwork.h"
#include "holder/holder.h"
#include "names/names.h"

#define SAMPLE 200000
#define HELD 256 /* answers in one read transaction */
#define TURNS 5

#define COLUMNS                                                                                                        \
	"SELECT key, zone, registered, expires, sponsor, holder, holder_kind, country, status, nameservers, "          \
	"valid_from, valid_to, "                                                                                       \
	"first_seen, from_record, source FROM names_domain WHERE key = "

struct bench {
	struct store *s;
	struct arena *mem;
	const char *url;
	char **name, **host;
	int n;
	uint64_t state;
	sqlite3 *lite;
	sqlite3_stmt *st;
	PGconn *pg;
	long found, asked;
};

static void die(const char *what, const char *why)
{
	fprintf(stderr, "lookup: %s: %s\n", what, why);
	exit(1);
}

/* ── the sample ── */

static void sample_take(struct bench *b, struct rows *r)
{
	while (b->n < SAMPLE && rows_next(r)) {
		struct blob k = rows_blob(r, 0);
		if (asprintf(&b->name[b->n], "%.*s", (int)k.n, (const char *)k.p) < 0 ||
		    asprintf(&b->host[b->n], "www.%.*s", (int)k.n, (const char *)k.p) < 0)
			abort();
		b->n++;
	}
}

static void sample_read(struct bench *b)
{
	struct req rq = { .mem = b->mem, .who = &actor_cli };
	struct rows r;
	int64_t all = 0;
	rq.db = store_reader(b->s, &rq.err);
	if (!rq.db || sql_number0(&rq, &all, "SELECT count(*) FROM names_domain"))
		die(b->url, rq.err.msg);
	b->name = calloc(SAMPLE, sizeof *b->name);
	b->host = calloc(SAMPLE, sizeof *b->host);
	if (sql_query(&rq, &r, "SELECT key FROM names_domain WHERE id % $1 = 0",
		      V(all / SAMPLE > 1 ? all / SAMPLE : 1)))
		die(b->url, rq.err.msg);
	sample_take(b, &r);
	if (rows_end(&r) || !b->n)
		die(b->url, b->n ? rq.err.msg : "no names");
	store_reader_done(b->s);
}

static int any(struct bench *b)
{
	return (int)(random_next(&b->state) % (uint64_t)b->n);
}

/* ── the ways to ask ── */

static struct req held(struct bench *b)
{
	struct req rq = { .mem = b->mem, .who = &actor_anonymous };
	rq.db = store_reader(b->s, &rq.err);
	if (!rq.db)
		die(b->url, rq.err.msg);
	return rq;
}

static void ask_name(struct bench *b, const char *name, struct req *rq)
{
	struct name n;
	b->found += names_find(rq, name, 0, &n) == ST_OK;
	arena_reset(b->mem);
}

static void ask_holder(struct bench *b, const char *name, struct req *rq)
{
	struct answer a;
	b->found += holder_find(rq, name, 0, &a) == ST_OK && a.responsible;
	arena_reset(b->mem);
}

static int names_held(struct bench *b)
{
	struct req rq = held(b);
	for (int i = 0; i < HELD; i++)
		ask_name(b, b->name[any(b)], &rq);
	store_reader_done(b->s);
	return HELD;
}

static int hosts_held(struct bench *b)
{
	struct req rq = held(b);
	for (int i = 0; i < HELD; i++)
		ask_name(b, b->host[any(b)], &rq);
	store_reader_done(b->s);
	return HELD;
}

static int holders_held(struct bench *b)
{
	struct req rq = held(b);
	for (int i = 0; i < HELD; i++)
		ask_holder(b, b->name[any(b)], &rq);
	store_reader_done(b->s);
	return HELD;
}

static int holder_request(struct bench *b)
{
	struct req rq = held(b);
	ask_holder(b, b->name[any(b)], &rq);
	store_reader_done(b->s);
	return 1;
}

static void raw_lite_one(struct bench *b, const char *name)
{
	sqlite3_bind_blob(b->st, 1, name, (int)strlen(name), SQLITE_STATIC);
	if (sqlite3_step(b->st) == SQLITE_ROW) {
		for (int c = 0; c < 15; c++)
			b->found += sqlite3_column_text(b->st, c) == NULL ? 0 : c == 0;
	}
	sqlite3_reset(b->st);
}

static void raw_pg_one(struct bench *b, const char *name)
{
	int len = (int)strlen(name), binary = 1;
	PGresult *res = PQexecPrepared(b->pg, "get", 1, &name, &len, &binary, 1);
	b->found += PQntuples(res) == 1;
	PQclear(res);
}

static int raw(struct bench *b)
{
	for (int i = 0; i < HELD; i++) {
		if (b->st)
			raw_lite_one(b, b->name[any(b)]);
		else
			raw_pg_one(b, b->name[any(b)]);
	}
	return HELD;
}

static void raw_open(struct bench *b)
{
	if (!strncmp(b->url, "sqlite:", 7)) {
		if (sqlite3_open_v2(b->url + 7, &b->lite, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
			    SQLITE_OK ||
		    sqlite3_exec(b->lite, "PRAGMA cache_size=-4096; PRAGMA mmap_size=268435456; BEGIN", NULL, NULL,
				 NULL) != SQLITE_OK ||
		    sqlite3_prepare_v2(b->lite, COLUMNS "?", -1, &b->st, NULL) != SQLITE_OK)
			die(b->url, sqlite3_errmsg(b->lite));
		return;
	}
	b->pg = PQconnectdb(b->url);
	PGresult *res = PQprepare(b->pg, "get", COLUMNS "$1", 0, NULL);
	if (PQresultStatus(res) != PGRES_COMMAND_OK)
		die(b->url, PQerrorMessage(b->pg));
	PQclear(res);
}

/* ── measuring ── */

static const struct way {
	const char *name;
	int (*run)(struct bench *b);
} ways[] = {
	{ "names_find", names_held },
	{ "host_find", hosts_held },
	{ "holder_find", holders_held },
	{ "holder_request", holder_request },
	{ "raw", raw },
};
enum { WAYS = sizeof ways / sizeof *ways };

static double turn(struct bench *b, const struct way *w, double limit)
{
	double begin = seconds(), now = begin;
	long n = 0;
	b->found = 0;
	for (; now - begin < limit; now = seconds())
		n += w->run(b);
	if (b->found < n)
		die(w->name, "an answer was not found");
	return (double)n / (now - begin);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return fputs("usage: lookup URL SECONDS\n", stderr), 2;
	struct err e = { 0 };
	struct bench b = { .url = argv[1], .mem = arena_new(4 << 20), .state = 0x9e3779b97f4a7c15ULL };
	double per[WAYS][TURNS];
	store_migrations(migrations_all());
	idn_setup();
	holder_setup(&(struct holder_site){ "TW", "A site", "cert@site.example", "en" });
	b.s = store_open(&(struct store_opts){ .url = b.url }, &e);
	if (!b.s)
		die(b.url, e.msg);
	sample_read(&b);
	raw_open(&b);
	for (int i = -1; i < TURNS; i++) /* the first turn warms up */
		for (int w = 0; w < WAYS; w++)
			per[w][i < 0 ? 0 : i] = turn(&b, &ways[w], atof(argv[2]) / TURNS);
	for (int w = 0; w < WAYS; w++)
		printf("%s %.0f\n", ways[w].name, median(per[w], TURNS));
	store_close(b.s);
	return 0;
}
