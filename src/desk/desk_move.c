/* Rows that go from one case to another. */
#include "desk/desk_move.h"
#include <string.h>
#include "base/clock.h"

static const char moves[] =
	"CREATE TABLE desk_move(id SERIAL_ID, kind BIGINT NOT NULL, from_case BIGINT NOT NULL, into_case BIGINT NOT "
	"NULL,"
	" state_before BIGINT NOT NULL, at BIGINT NOT NULL, undone_at BIGINT NOT NULL);"
	"CREATE INDEX desk_move_from ON desk_move(from_case);"
	"CREATE INDEX desk_move_into ON desk_move(into_case);"
	"CREATE TABLE desk_moved(move BIGINT NOT NULL, kind BIGINT NOT NULL, row_id BIGINT NOT NULL, PRIMARY KEY(move, "
	"kind, row_id));"
	"CREATE INDEX desk_moved_row ON desk_moved(kind, row_id);"
	/* The case it was filed in; 0: the one it is in. */
	"ALTER TABLE desk_report ADD COLUMN home BIGINT NOT NULL DEFAULT 0;"
	"CREATE INDEX desk_report_home ON desk_report(home) WHERE home <> 0;"
	"ALTER TABLE desk_case ADD COLUMN merged_into BIGINT NOT NULL DEFAULT 0";

static const char links[] =
	"CREATE TABLE desk_link(one BIGINT NOT NULL, other BIGINT NOT NULL, note TEXT NOT NULL, at BIGINT NOT NULL,"
	" PRIMARY KEY(one, other));"
	"CREATE INDEX desk_link_other ON desk_link(other)";

const struct migration desk_move_migrations[] = {
	{ 251, "desk moves", moves },
	{ 252, "desk links", links },
	{ 327, "desk merged", "CREATE INDEX desk_case_merged ON desk_case(merged_into) WHERE merged_into <> 0" },
	{ 0 }
};

/* ── naming ── */

enum st desk_move_open(struct req *rq, struct move *m)
{
	return sql_number(rq, &m->id,
			  "INSERT INTO desk_move(kind, from_case, into_case, state_before, at, undone_at) VALUES($1, "
			  "$2, $3, $4, $5, 0) RETURNING id",
			  V(m->kind), V(m->from.id), V(m->into.id), V(m->from.state), V(clock_now()));
}

enum st desk_move_name(struct req *rq, const struct move *m, enum moved_kind k, int64_t id)
{
	return sql_run(rq, "INSERT INTO desk_moved(move, kind, row_id) VALUES($1, $2, $3) ON CONFLICT DO NOTHING",
		       V(m->id), V(k), V(id));
}

/* The open move stands in the text, so that no parameter is in a list of columns. "<> 0": an index may hold no other. */
#define NAME(kind, what, where)                                                                                        \
	"INSERT INTO desk_moved(move, kind, row_id) SELECT m.id, " kind ", x.id FROM desk_move m JOIN " what           \
	" x ON x.case_id = m.from_case AND x.case_id <> 0 WHERE m.id = $1" where " ON CONFLICT DO NOTHING"
#define IS_NAMED(kind, id)                                                                                             \
	"EXISTS (SELECT 1 FROM desk_moved d WHERE d.move = m.id AND d.kind = " kind " AND d.row_id = " id ")"

static enum st run_all(struct req *rq, const char *const *sql, int64_t move)
{
	for (; *sql; sql++)
		if (sql_run(rq, *sql, V(move)))
			return rq->err.code;
	return ST_OK;
}

enum st desk_move_name_all(struct req *rq, const struct move *m)
{
	static const char *const all[] = { NAME("0", "desk_report", ""),
					   NAME("1", "desk_observable", ""),
					   NAME("2", "desk_notice", ""),
					   NAME("4", "desk_mail", ""),
					   NAME("5", "desk_share", ""),
					   NAME("6", "desk_proposal", ""),
					   NULL };
	return run_all(rq, all, m->id);
}

enum st desk_move_name_of(struct req *rq, const struct move *m, int64_t earlier)
{
	static const char *const kinds[] = {
		NAME("0", "desk_report", " AND x.id IN (SELECT row_id FROM desk_moved WHERE move = $2 AND kind = 0)"),
		NAME("1", "desk_observable",
		     " AND x.id IN (SELECT row_id FROM desk_moved WHERE move = $2 AND kind = 1)"),
		NAME("2", "desk_notice", " AND x.id IN (SELECT row_id FROM desk_moved WHERE move = $2 AND kind = 2)"),
		NAME("4", "desk_mail", " AND x.id IN (SELECT row_id FROM desk_moved WHERE move = $2 AND kind = 4)"),
		NAME("5", "desk_share", " AND x.id IN (SELECT row_id FROM desk_moved WHERE move = $2 AND kind = 5)"),
		NAME("6", "desk_proposal", " AND x.id IN (SELECT row_id FROM desk_moved WHERE move = $2 AND kind = 6)"),
	};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (sql_run(rq, kinds[i], V(m->id), V(earlier)))
			return rq->err.code;
	return ST_OK;
}

/* A report's observables are those it brought and those it found there. */
#define OF_NOTICE(named)                                                                                               \
	"EXISTS (SELECT 1 FROM desk_notice_obs o WHERE o.notice_id = x.id AND " named IS_NAMED("1", "o.obs_id") ")"
#define BROUGHT(named)                                                                                                 \
	"EXISTS (SELECT 1 FROM desk_observable o WHERE o.report_id = x.id AND o.case_id = m.from_case AND " named      \
		IS_NAMED("1", "o.id") ")"
#define FOUND(named)                                                                                                   \
	"EXISTS (SELECT 1 FROM desk_report_obs o WHERE o.report_id = x.id AND " named IS_NAMED("1", "o.obs_id") ")"

enum st desk_move_name_rest(struct req *rq, struct move *m)
{
	static const char *const rest[] = {
		NAME("2", "desk_notice", " AND " OF_NOTICE("") " AND NOT " OF_NOTICE("NOT ")),
		NAME("0", "desk_report",
		     " AND (" BROUGHT("") " OR " FOUND("") ") AND NOT " BROUGHT("NOT ") " AND NOT " FOUND("NOT ")),
		NAME("4", "desk_mail", " AND (" IS_NAMED("0", "x.report_id") " OR " IS_NAMED("2", "x.notice_id") ")"),
		NULL
	};
	if (run_all(rq, rest, m->id))
		return rq->err.code;
	return sql_number(rq, &m->mixed,
			  "SELECT count(*) FROM desk_notice x JOIN desk_move m ON m.id = $1 WHERE x.case_id = "
			  "m.from_case AND " OF_NOTICE("") " AND " OF_NOTICE("NOT "),
			  V(m->id));
}

/* ── carrying ── */

static enum st count_named(struct req *rq, struct move *m)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT kind, count(*) FROM desk_moved WHERE move = $1 GROUP BY kind", V(m->id)))
		return rq->err.code;
	while (rows_next(&r)) {
		int64_t n = rows_int(&r, 1);
		switch (rows_int(&r, 0)) {
		case MOVED_REPORT:
			m->reports = n;
			break;
		case MOVED_OBS:
			m->obs = n;
			break;
		case MOVED_NOTICE:
			m->notices = n;
			break;
		}
	}
	return rows_end(&r);
}

enum st desk_move_carry(struct req *rq, struct move *m)
{
	static const char *const carried[] = {
		"UPDATE desk_report SET home = CASE WHEN home = $2 THEN 0 WHEN home = 0 THEN case_id ELSE home END,"
		" case_id = $2 WHERE id IN (SELECT row_id FROM desk_moved WHERE move = $1 AND kind = 0)",
		"UPDATE desk_observable SET case_id = $2 WHERE id IN (SELECT row_id FROM desk_moved WHERE move = $1 "
		"AND kind = 1)",
		"UPDATE desk_notice SET case_id = $2 WHERE id IN (SELECT row_id FROM desk_moved WHERE move = $1 AND "
		"kind = 2)",
		"UPDATE desk_mail SET case_id = $2 WHERE id IN (SELECT row_id FROM desk_moved WHERE move = $1 AND "
		"kind = 4)",
		"UPDATE desk_share SET case_id = $2 WHERE id IN (SELECT row_id FROM desk_moved WHERE move = $1 AND "
		"kind = 5)",
		"UPDATE desk_proposal SET case_id = $2 WHERE id IN (SELECT row_id FROM desk_moved WHERE move = $1 AND "
		"kind = 6)",
	};
	for (size_t i = 0; i < sizeof carried / sizeof *carried; i++)
		if (sql_run(rq, carried[i], V(m->id), V(m->into.id)))
			return rq->err.code;
	/* A report whose observable is in the other case now still says so. */
	for (int side = 0; side < 2; side++)
		if (sql_run(rq,
			    "INSERT INTO desk_report_obs(report_id, obs_id) SELECT o.report_id, o.id FROM "
			    "desk_observable o"
			    " JOIN desk_report r ON r.id = o.report_id WHERE o.case_id = $1 AND r.case_id <> o.case_id"
			    " ON CONFLICT DO NOTHING",
			    V(side ? m->from.id : m->into.id)))
			return rq->err.code;
	return count_named(rq, m);
}

enum st desk_move_date(struct req *rq, const struct move *m)
{
	return sql_run(rq, "UPDATE desk_move SET at = $2 WHERE id = $1", V(m->id), V(clock_now()));
}

/* A person's own address is not kept in the list of a case that its observable has left: erasing would not find it. */
enum st desk_case_recount(struct req *rq, int64_t case_id)
{
	struct rows r;
	struct chain_link chain[4];
	const char *first = "", *holder = "";
	if (sql_query(rq, &r,
		      "SELECT kind, value, chain FROM desk_observable WHERE case_id = $1 ORDER BY mention, id LIMIT 1",
		      V(case_id)))
		return rq->err.code;
	if (rows_next(&r)) {
		first = desk_shown(rq->mem, rows_text(&r, 0), rows_text(&r, 1));
		int links_ = desk_chain_read(rq->mem, rows_text(&r, 2), chain, 4);
		if (links_ > 0)
			holder = chain[0].name ? chain[0].name : chain[0].handle ? chain[0].handle : "";
	}
	if (rows_end(&r))
		return rq->err.code;
	return sql_run(rq,
		       "UPDATE desk_case SET nobs = (SELECT count(*) FROM desk_observable WHERE case_id = $1),"
		       " nreports = (SELECT count(*) FROM desk_report WHERE case_id = $1), first_obs = $2, holder = $3"
		       " WHERE id = $1",
		       V(case_id), V(first), V(holder));
}

enum st desk_merge_of(struct req *rq, int64_t case_id, int64_t *move, int64_t *into, int64_t *before)
{
	struct rows r;
	*move = 0;
	if (sql_query(rq, &r,
		      "SELECT id, into_case, state_before FROM desk_move WHERE from_case = $1 AND kind = $2 AND "
		      "undone_at = 0 ORDER BY id DESC LIMIT 1",
		      V(case_id), V(MOVE_MERGE)))
		return rq->err.code;
	if (rows_next(&r)) {
		*move = rows_int(&r, 0);
		*into = rows_int(&r, 1);
		*before = rows_int(&r, 2);
	}
	return rows_end(&r);
}

/* ── trails ── */

static enum st came_by_merge(struct req *rq, int64_t case_id, int64_t report, struct trail *t)
{
	struct rows r;
	if (!report)
		return ST_OK;
	if (sql_query(rq, &r,
		      "SELECT c.number, v.at FROM desk_moved d JOIN desk_move v ON v.id = d.move JOIN desk_case c ON "
		      "c.id = v.from_case"
		      " WHERE d.kind = 0 AND d.row_id = $1 AND v.into_case = $2 AND v.kind = $3 AND v.undone_at = 0"
		      " ORDER BY v.id DESC LIMIT 1",
		      V(report), V(case_id), V(MOVE_MERGE)))
		return rq->err.code;
	if (rows_next(&r)) {
		t->came_from = rows_dup(&r, 0);
		t->since = rows_int(&r, 1);
	}
	return rows_end(&r);
}

enum st desk_trail(struct req *rq, int64_t case_id, const char *number, int64_t report, struct trail *out)
{
	struct rows r;
	*out = (struct trail){ .n = 1 };
	out->number[0] = arena_strdup(rq->mem, number);
	if (sql_query(rq, &r,
		      "SELECT c.number, c.merged_into FROM desk_case c WHERE c.id <> $1 AND c.id IN (SELECT from_case "
		      "FROM desk_move WHERE into_case = $1 UNION SELECT into_case FROM desk_move WHERE from_case = $1)"
		      " ORDER BY c.id DESC LIMIT $2",
		      V(case_id), V(TRAIL_MAX - 1)))
		return rq->err.code;
	while (out->n < TRAIL_MAX && rows_next(&r)) {
		out->merged[out->n] = rows_int(&r, 1) == case_id;
		out->number[out->n++] = rows_dup(&r, 0);
	}
	return rows_end(&r) ? rq->err.code : came_by_merge(rq, case_id, report, out);
}

enum st desk_report_numbered(struct req *rq, const struct report_row *row, const char *number, bool *yes)
{
	int64_t n = 0;
	enum st st = sql_number(rq, &n,
				"SELECT count(*) FROM desk_case c WHERE c.number = $2 AND c.id IN (SELECT case_id FROM "
				"desk_report WHERE id = $1 UNION SELECT v.from_case FROM desk_moved d JOIN desk_move v "
				"ON v.id = d.move WHERE d.kind = 0 AND d.row_id = $1)",
				V(row->id), V(number));
	*yes = n > 0;
	return st;
}

enum st desk_report_filed_number(struct req *rq, const struct report_row *row, char **out)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "SELECT c.number FROM desk_report r JOIN desk_case c ON c.id = CASE WHEN r.home = 0 THEN "
		      "r.case_id ELSE r.home END WHERE r.id = $1",
		      V(row->id)))
		return rq->err.code;
	*out = rows_next(&r) ? rows_dup(&r, 0) : NULL;
	if (rows_end(&r))
		return rq->err.code;
	return *out ? ST_OK : err_set(&rq->err, ST_NOTFOUND, N_("no such report"));
}
