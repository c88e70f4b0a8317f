#include <string.h>
#include "base/clock.h"
#include "base/idn.h"
#include "base/text.h"
#include "names/names_int.h"
#include "store/journal.h"
#include "store/memo.h"

const struct migration names_migrations[] = {
	{ 120, "names",
	  "CREATE TABLE names_zone(tld TEXT PRIMARY KEY, kind TEXT NOT NULL, added_at BIGINT NOT NULL);"
	  "CREATE TABLE names_domain(id SERIAL_ID, source BIGINT NOT NULL, key BYTEA NOT NULL, born BIGINT NOT NULL, "
	  "dead BIGINT NOT NULL,"
	  " valid_from BIGINT NOT NULL, valid_to BIGINT NOT NULL, from_record BIGINT NOT NULL, first_seen BIGINT NOT "
	  "NULL,"
	  " zone TEXT NOT NULL, zone_country TEXT NOT NULL, registered BIGINT, expires BIGINT, sponsor TEXT NOT NULL,"
	  " holder TEXT NOT NULL, holder_kind TEXT NOT NULL, country TEXT NOT NULL, status TEXT NOT NULL, nameservers "
	  "TEXT NOT NULL);"
	  "CREATE UNIQUE INDEX names_domain_key ON names_domain(key, source, born)" },
	{ 0 },
};

/* ── finding ── */

#define CANDIDATES 4 /* names asked for in one statement */

static int64_t time_col(struct rows *r, int col)
{
	return rows_null(r, col) ? TIME_NONE : rows_int(r, col);
}

static void name_take(struct rows *r, struct name *out)
{
	*out = (struct name){
		.name = rows_dup(r, 0),
		.zone = rows_dup(r, 1),
		.registered = time_col(r, 2),
		.expires = time_col(r, 3),
		.sponsor = rows_dup(r, 4),
		.holder = rows_dup(r, 5),
		.holder_kind = rows_dup(r, 6),
		.country = rows_dup(r, 7),
		.status = rows_dup(r, 8),
		.nameservers = rows_dup(r, 9),
		.valid_from = rows_int(r, 10),
		.valid_to = rows_int(r, 11),
		.first_seen = rows_int(r, 12),
		.from_record = rows_int(r, 13) != 0,
		.source = rows_dup(r, 14),
		.last_seen = rows_int(r, 15),
	};
}

/* One candidate's rows. One, two or four of these make a statement: a point look-up each, where IN (…) would build a
 * table first. */
#define FIND_ONE(key)                                                                                                  \
	"SELECT t.key, t.zone, t.registered, t.expires, t.sponsor, t.holder, t.holder_kind, t.country, t.status, "     \
	"t.nameservers, t.valid_from, t.valid_to, t.first_seen, t.from_record, s.name, " VERSIONED_LAST_SEEN(          \
		t, s) " FROM names_domain t "                                                                          \
		      "JOIN import_source s ON s.id = t.source WHERE t.key = " key " AND" VERSIONED_AT(t, s, "$1")
#define FIND_TWO FIND_ONE("$2") " UNION ALL " FIND_ONE("$3")
#define FIND_FOUR FIND_TWO " UNION ALL " FIND_ONE("$4") " UNION ALL " FIND_ONE("$5")

/* The longest of the names that has a row; of two rows (two sources) the one that began last. */
static enum st find_any(struct req *rq, const char *const names[CANDIDATES], int n, int64_t at, struct name *out,
			bool *found)
{
	struct rows r;
	struct val v[1 + CANDIDATES] = { V(versioned_at(at)) };
	size_t longest = 0;
	for (int i = 0; i < CANDIDATES; i++)
		v[1 + i] = i < n ? V_BLOB(names[i], strlen(names[i])) : V_NULL;
	if (n > 2    ? sql_query_vals(rq, &r, FIND_FOUR, v, 1 + CANDIDATES)
	    : n == 2 ? sql_query_vals(rq, &r, FIND_TWO, v, 3)
		     : sql_query_vals(rq, &r, FIND_ONE("$2"), v, 2))
		return rq->err.code;
	while (rows_next(&r)) {
		size_t len = rows_blob(&r, 0).n;
		if (*found && (len < longest || (len == longest && rows_int(&r, 10) <= out->valid_from)))
			continue;
		longest = len;
		*found = true;
		name_take(&r, out);
	}
	return rows_end(&r);
}

static enum st find_under(struct req *rq, const char *ascii, int64_t at, struct name *out)
{
	const char *names[CANDIDATES] = { ascii };
	bool found = false;
	/* Most ask for what is registered; where to stop looking above it, the list of suffixes is slower to say. */
	if (find_any(rq, names, 1, at, out, &found))
		return rq->err.code;
	if (found)
		return ST_OK;
	/* A suffix governs nothing below it, but may be registered itself (gov.tw). */
	const char *cut = name_registrable(ascii), *last = cut ? cut : ascii;
	for (const char *name = last == ascii ? NULL : name_parent(ascii); name && !found;) {
		int n = 0;
		for (; name && n < CANDIDATES; name = name == last ? NULL : name_parent(name))
			names[n++] = name;
		if (find_any(rq, names, n, at, out, &found))
			return rq->err.code;
	}
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, N_("%.200s is not registered here"), last);
}

enum st zone_is_authoritative(struct req *rq, const char *tld, bool *yes)
{
	static const char room[] = "authoritative";
	struct err before = rq->err;
	int64_t n = 0;
	if (memo_get(rq, room, tld, yes, sizeof *yes))
		return ST_OK;
	if (sql_number(rq, &n, "SELECT count(*) FROM names_zone WHERE tld = $1 AND kind = 'authoritative'", V(tld)))
		return rq->err.code;
	rq->err = before;
	*yes = n > 0;
	memo_put(rq, room, tld, yes, sizeof *yes);
	return ST_OK;
}

/* What was imported before a zone became authoritative still answers for the time before. */
enum st names_find(struct req *rq, const char *ascii, int64_t at, struct name *out)
{
	const char *tld = name_tld(ascii), *main = zone_main(tld);
	bool ours = false;
	if (zone_is_authoritative(rq, main ? main : tld, &ours))
		return rq->err.code;
	enum st st = ours ? registry_name_find(rq, ascii, at, out) : ST_NOTFOUND;
	if (st != ST_NOTFOUND || (ours && !at))
		return st;
	err_clear(&rq->err);
	st = find_under(rq, ascii, at, out);
	if (st != ST_NOTFOUND || !main)
		return st;
	err_clear(&rq->err);
	return find_under(rq, arena_printf(rq->mem, "%.*s%s", (int)(tld - ascii), ascii, main), at, out);
}

/* ── zones ── */

enum st names_zone_ours(struct req *rq, const char *tld, bool *ours)
{
	int64_t n = 0;
	enum st st = sql_number(rq, &n, "SELECT count(*) FROM names_zone WHERE tld = $1", V(tld));
	*ours = n > 0;
	return st;
}

enum st names_imported(struct req *rq, const char *tld, int64_t *n)
{
	return sql_number(rq, n,
			  "SELECT count(DISTINCT t.key) FROM names_domain t JOIN import_source s ON s.id = t.source "
			  "WHERE t.zone = $1 AND" VERSIONED_LIVE(t, s),
			  V(tld));
}

enum st names_zone_add(struct req *rq, const char *tld)
{
	int64_t n = 0;
	char *ascii = name_ascii(rq->mem, tld, true, &rq->err);
	if (!ascii)
		return rq->err.code;
	if (sql_run_count(rq, &n,
			  "INSERT INTO names_zone(tld, kind, added_at) VALUES($1, 'imported', $2) ON CONFLICT(tld) DO "
			  "NOTHING",
			  V(ascii), V(clock_now())))
		return rq->err.code;
	return n ? journal_append(rq, &(struct fact){ "names", ascii, "zone-added", NULL, 0 }) : ST_OK;
}
