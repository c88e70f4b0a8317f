/* Rows of days: which are stale, when they are counted again, and what a reader takes from them. */
#include "desk/desk_day.h"
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "desk/desk_int.h"

enum {
	ENTRIES = 256, /* of a step */
	TOUCHED = 256,
	DAYS_OF_STEP = 3 * ENTRIES + 2 * TOUCHED,
	AGAIN = 8,	     /* days counted in one step */
	PENDING_MAX = 50000, /* entries not followed yet; with more, all is counted from the tables */
	UNKNOWN_MAX = 366 * 6,
};
/* A day that something happens to is left alone so long: more may come. */
#define SETTLE (10 * USEC)
/* An entry is made after what it tells of. */
#define BEFORE_ENTRY (60 * USEC)
#define NEVER (INT64_MAX / 2)

static const char FOLLOWER[] = "figures", ZONE_KEY[] = "figures.zone";

const struct migration figures_day_migrations[] = {
	{ 328, "figures by day",
	  "CREATE TABLE desk_day(at BIGINT PRIMARY KEY, stale BIGINT NOT NULL, body BYTEA);"
	  "CREATE TABLE desk_day_touched(id SERIAL_ID, at BIGINT NOT NULL);"
	  "INSERT INTO journal_follower(name, next) SELECT 'figures', coalesce(max(seq) + 1, 0) FROM journal_entry" },
	{ 0 },
};

static int64_t zone(void)
{
	return desk_the_site()->zone * 60 * USEC;
}

int64_t day_begin(int64_t t)
{
	int64_t local = t + zone();
	return local - local % DAY_USEC - zone();
}

/* Rows are of the zone that they were made in. */
static bool zone_is_kept(struct req *rq)
{
	const char *kept = setting_get(rq, ZONE_KEY);
	return kept && strcmp(kept, arena_printf(rq->mem, "%d", desk_the_site()->zone)) == 0;
}

/* ── all anew ── */

enum st figures_rebuild(struct req *rq, void *arg)
{
	int64_t first = 0, report = 0, *over = arg;
	if (sql_run0(rq, "DELETE FROM desk_day") ||
	    sql_number0(rq, &first, "SELECT coalesce(min(opened_at), 0) FROM desk_case") ||
	    sql_number0(rq, &report, "SELECT coalesce(min(filed_at), 0) FROM desk_report"))
		return rq->err.code;
	first = report && (report < first || !first) ? report : first;
	int64_t today = day_begin(clock_now());
	if (over)
		*over = first ? (today - day_begin(first)) / DAY_USEC : 0;
	for (int64_t day = day_begin(first); first && day <= today; day += DAY_USEC)
		if (sql_run(rq, "INSERT INTO desk_day(at, stale, body) VALUES($1, 1, NULL)", V(day)))
			return rq->err.code;
	return setting_put(rq, ZONE_KEY, arena_printf(rq->mem, "%d", desk_the_site()->zone));
}

/* ── following ── */

struct step {
	int64_t next, day[DAYS_OF_STEP];
	int n;
	bool moved;
	struct blob body[AGAIN];
};

static void add_day(struct step *s, int64_t t)
{
	int64_t day = day_begin(t);
	for (int i = s->n - 1; i >= 0; i--)
		if (s->day[i] == day)
			return;
	if (s->n < DAYS_OF_STEP)
		s->day[s->n++] = day;
}

static enum st add_entry(struct req *rq, struct step *s, const struct entry *e)
{
	int64_t opened = 0;
	/* Of one that was erased only the time is left: it may have been the filing of a report. */
	bool filed = e->erased_at || strcmp(e->verb, "report-filed") == 0;
	if (!e->erased_at && strcmp(e->room, "desk") != 0 && strcmp(e->room, "work") != 0)
		return ST_OK;
	if (filed) {
		add_day(s, e->at);
		add_day(s, e->at - BEFORE_ENTRY);
	}
	if (e->erased_at)
		return ST_OK;
	enum st st = sql_number(rq, &opened, "SELECT opened_at FROM desk_case WHERE number = $1", V(e->subject));
	if (st == ST_OK)
		add_day(s, opened);
	if (st != ST_NOTFOUND)
		return st;
	err_clear(&rq->err);
	return ST_OK;
}

static enum st read_entries(struct req *rq, struct step *s)
{
	struct entry *e = arena_array(rq->mem, struct entry, ENTRIES);
	int64_t touched = 0;
	int n = 0;
	if (follower_position(rq, FOLLOWER, &s->next) || journal_read(rq, s->next, ENTRIES, e, &n) ||
	    sql_number0(rq, &touched, "SELECT count(*) FROM (SELECT id FROM desk_day_touched LIMIT 1) x"))
		return rq->err.code;
	s->moved = touched > 0;
	for (int i = 0; i < n; i++) {
		if (add_entry(rq, s, &e[i]))
			return rq->err.code;
		s->next = e[i].seq + 1;
		s->moved = true;
	}
	return ST_OK;
}

/* No entry tells of these. A write may run again: the days of the entries stay as they are. */
static enum st take_touched(struct req *rq, struct step *s)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "DELETE FROM desk_day_touched WHERE id IN (SELECT id FROM desk_day_touched ORDER BY id LIMIT $1)"
		      " RETURNING at",
		      V(TOUCHED)))
		return rq->err.code;
	while (rows_next(&r))
		add_day(s, rows_int(&r, 0));
	return rows_end(&r);
}

static enum st mark_days(struct req *rq, void *arg)
{
	struct step *s = arg;
	if (take_touched(rq, s))
		return rq->err.code;
	for (int i = 0; i < s->n; i++)
		if (sql_run(rq,
			    "INSERT INTO desk_day(at, stale, body) VALUES($1, $2, NULL) ON CONFLICT(at) DO UPDATE SET"
			    " stale = CASE WHEN desk_day.stale > 0 THEN desk_day.stale ELSE excluded.stale END",
			    V(s->day[i]), V(clock_now())))
			return rq->err.code;
	return follower_advance(rq, FOLLOWER, s->next);
}

/* Today goes on changing: who reads counts it. */
static enum st read_stale(struct req *rq, struct step *s, bool all)
{
	struct rows r;
	int64_t now = clock_now();
	if (sql_query(rq, &r,
		      "SELECT at FROM desk_day WHERE stale > 0 AND stale <= $1 AND at < $2 ORDER BY at LIMIT $3",
		      V(all ? now : now - SETTLE), V(day_begin(now)), V(AGAIN)))
		return rq->err.code;
	while (s->n < AGAIN && rows_next(&r))
		s->day[s->n++] = rows_int(&r, 0);
	return rows_end(&r);
}

static enum st count_again(struct req *rq, struct step *s)
{
	BUF_SCOPE b = BUF_INIT;
	for (int i = 0; i < s->n; i++) {
		enum st st = day_pack(rq, s->day[i], &b);
		if (st && st != ST_LIMIT)
			return st;
		err_clear(&rq->err);
		s->body[i] = (struct blob){ st ? NULL : arena_dup(rq->mem, b.p, b.n), b.n };
	}
	return ST_OK;
}

static enum st put_days(struct req *rq, void *arg)
{
	struct step *s = arg;
	for (int i = 0; i < s->n; i++)
		if (s->body[i].p ? sql_run(rq, "UPDATE desk_day SET stale = 0, body = $2 WHERE at = $1", V(s->day[i]),
					   V(s->body[i]))
				 : sql_run(rq, "UPDATE desk_day SET stale = $2, body = NULL WHERE at = $1",
					   V(s->day[i]), V(NEVER)))
			return rq->err.code;
	return ST_OK;
}

static enum st step_read(struct req *rq, struct step *s, bool all, write_fn *then)
{
	*then = NULL;
	if (!zone_is_kept(rq)) {
		*then = figures_rebuild;
		return ST_OK;
	}
	if (read_entries(rq, s))
		return rq->err.code;
	if (s->moved) {
		*then = mark_days;
		return ST_OK;
	}
	if (read_stale(rq, s, all) || count_again(rq, s))
		return rq->err.code;
	*then = s->n ? put_days : NULL;
	return ST_OK;
}

enum st figures_step(struct store *st, struct arena *mem, bool all, bool *left)
{
	arena_reset(mem);
	struct req rq = { .mem = mem, .who = &actor_clock };
	struct step *s = arena_new_of(mem, struct step);
	write_fn then;
	*left = false;
	rq.db = store_reader(st, &rq.err);
	if (!rq.db)
		return ST_BUSY;
	enum st said = step_read(&rq, s, all, &then);
	store_reader_done(st);
	if (said || !then)
		return said;
	*left = true;
	return store_write(st, &rq, then, then == figures_rebuild ? NULL : s);
}

enum st figures_behind(struct req *rq, int64_t *n)
{
	int64_t next = 0, head = 0, stale = 0;
	if (!zone_is_kept(rq)) {
		*n = 1;
		return ST_OK;
	}
	if (follower_position(rq, FOLLOWER, &next) || journal_head(rq, &head) ||
	    sql_number(rq, &stale,
		       "SELECT (SELECT count(*) FROM desk_day WHERE stale > 0 AND stale < $2 AND at < $1) +"
		       " (SELECT count(*) FROM desk_day_touched)",
		       V(day_begin(clock_now())), V(NEVER)))
		return rq->err.code;
	*n = stale + (head > next ? head - next : 0);
	return ST_OK;
}

/* ── reading ── */

struct unknown {
	int64_t day[UNKNOWN_MAX];
	int n;
	bool all; /* too many to be listed */
};

static void add_unknown(struct unknown *u, int64_t day)
{
	if (u->n < UNKNOWN_MAX)
		u->day[u->n++] = day;
	else
		u->all = true;
}

/* Days of entries that the follower has not seen; as numbers of days, so that few rows come over. */
static enum st read_pending(struct req *rq, int64_t from, int64_t to, struct unknown *u)
{
	int64_t next = 0, head = 0;
	struct rows r;
	if (follower_position(rq, FOLLOWER, &next) || journal_head(rq, &head))
		return rq->err.code;
	u->all = head - next > PENDING_MAX || !zone_is_kept(rq);
	if (u->all)
		return ST_OK;
	if (sql_query(rq, &r,
		      "SELECT (c.opened_at + $2) / $3 FROM journal_entry e JOIN desk_case c ON c.number = e.subject"
		      " WHERE e.seq >= $1 UNION SELECT (e.at + $2) / $3 FROM journal_entry e WHERE e.seq >= $1 UNION"
		      " SELECT (e.at + $2 - $4) / $3 FROM journal_entry e WHERE e.seq >= $1 UNION"
		      " SELECT (at + $2) / $3 FROM desk_day_touched",
		      V(next), V(zone()), V(DAY_USEC), V(BEFORE_ENTRY)))
		return rq->err.code;
	while (rows_next(&r)) {
		int64_t day = rows_int(&r, 0) * DAY_USEC - zone();
		if (day >= from && day < to)
			add_unknown(u, day);
	}
	return rows_end(&r);
}

static bool is_unknown(const struct unknown *u, int n, int64_t day)
{
	for (int i = 0; i < n; i++)
		if (u->day[i] == day)
			return true;
	return false;
}

static enum st read_rows(struct req *rq, int64_t from, int64_t to, struct unknown *u, const struct day_sink *k)
{
	struct rows r;
	int pending = u->n;
	if (sql_query(rq, &r, "SELECT at, stale, body FROM desk_day WHERE at >= $1 AND at < $2 ORDER BY at", V(from),
		      V(to)))
		return rq->err.code;
	while (rows_next(&r)) {
		int64_t day = rows_int(&r, 0);
		if (is_unknown(u, pending, day))
			continue;
		if (rows_int(&r, 1))
			add_unknown(u, day);
		else if (!day_unpack(rows_blob(&r, 2), day, k))
			return rows_end(&r), err_set(&rq->err, ST_INTERNAL,
						     "the figures of a day are damaged; `nicert figures rebuild`"
						     " counts them again");
	}
	return rows_end(&r);
}

static int by_day(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

enum st days_read(struct req *rq, int64_t from, int64_t to, const struct day_sink *k)
{
	struct unknown *u = arena_new_of(rq->mem, struct unknown);
	if (read_pending(rq, from, to, u))
		return rq->err.code;
	if (u->all)
		return day_count(rq, from, to, k);
	if (read_rows(rq, from, to, u, k))
		return rq->err.code;
	qsort(u->day, (size_t)u->n, sizeof *u->day, by_day);
	for (int i = 0, end; i < u->n; i = end) {
		for (end = i + 1; end < u->n && u->day[end] == u->day[end - 1] + DAY_USEC;)
			end++;
		if (day_count(rq, u->day[i], u->day[end - 1] + DAY_USEC, k))
			return rq->err.code;
	}
	return ST_OK;
}
