/* Two cases that are one, and one that is two: merge and its undoing, split, and cases that are merely related. */
#include <string.h>
#include "base/clock.h"
#include "desk/desk_move.h"
#include "desk/desk_search.h"
#include "who/permit.h"
#include "who/privacy.h"
#include "work/due.h"

enum { NOTE_MAX = 2000, SPLIT_MAX = 200, LINKS_MAX = 100 };

static enum st check_note(struct req *rq, const char *text)
{
	size_t n = text ? strlen(text) : 0;
	if (n > NOTE_MAX)
		return err_set(&rq->err, ST_INVALID, N_("text: longer than %d bytes"), NOTE_MAX);
	return !n || text_clean(text, n) ? ST_OK : err_set(&rq->err, ST_INVALID, N_("text: not plain UTF-8 text"));
}

/* Both of an act; `other` is a number that a person typed. */
static enum st two_cases(struct req *rq, const struct desk_act *a, struct case_row *c, struct case_row *other)
{
	if (desk_case_take(rq, MAY_MERGE_CASE, a->number, c) || check_note(rq, a->text))
		return rq->err.code;
	char *number = text_trim(rq->mem, a->reason ? a->reason : "");
	for (char *p = number; *p; p++)
		*p = *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
	enum st st = desk_case_take(rq, MAY_MERGE_CASE, number, other);
	if (st == ST_NOTFOUND)
		return err_set(&rq->err, ST_NOTFOUND,
			       N_("there is no case \"%.24s\"; a number looks like NC-2026-000001"), number);
	if (!st && c->id == other->id)
		return err_set(&rq->err, ST_INVALID, N_("case %s: the other case is this one"), c->number);
	return st;
}

static enum st number_of(struct req *rq, int64_t id, char **out)
{
	struct case_row c;
	enum st st = desk_case_of(rq, id, &c);
	*out = st ? NULL : c.number;
	return st;
}

/* ── merge ── */

/* Personal data and the rest have different readers. */
static enum st same_readers(struct req *rq, const struct case_row *a, const struct case_row *b)
{
	struct desk_class x, y;
	if (desk_class_get(rq, a->class_id, &x) || desk_class_get(rq, b->class_id, &y))
		return rq->err.code;
	return x.personal == y.personal ? ST_OK
					: err_set(&rq->err, ST_CONFLICT,
						  N_("one of cases %s and %s is about personal data, the other is not; "
						     "relate them instead"),
						  a->number, b->number);
}

static enum st may_merge(struct req *rq, const struct case_row *from, const struct case_row *into)
{
	int64_t n = 0;
	int next;
	char *number;
	const struct case_row *both[] = { from, into };
	for (int i = 0; i < 2; i++)
		if (both[i]->merged_into)
			return number_of(rq, both[i]->merged_into, &number)
				       ? rq->err.code
				       : err_set(&rq->err, ST_CONFLICT, N_("case %s is merged into %s already"),
						 both[i]->number, number);
	if (desk_case_may(rq, from, CASE_EV_CLOSE, &next) || desk_case_may(rq, into, CASE_EV_JOIN, &next) ||
	    same_readers(rq, from, into) ||
	    sql_number(rq, &n, "SELECT count(*) FROM desk_case WHERE merged_into = $1 AND merged_into <> 0",
		       V(from->id)))
		return rq->err.code;
	if (n)
		return err_set(&rq->err, ST_CONFLICT,
			       N_("another case is merged into %s; undo that first, or merge the other way round"),
			       from->number);
	if (sql_number(rq, &n, "SELECT count(*) FROM desk_notice WHERE case_id = $1 OR case_id = $2", V(from->id),
		       V(into->id)))
		return rq->err.code;
	return n <= NOTICES_MAX ? ST_OK
				: err_set(&rq->err, ST_LIMIT,
					  N_("together the two cases have more than %d notices; relate them instead"),
					  NOTICES_MAX);
}

/* What is to be done stays to be done; the same task twice is one. */
static enum st take_tasks(struct req *rq, const struct move *m)
{
	struct task *t = arena_array(rq->mem, struct task, TASKS_MAX);
	int n = 0;
	if (task_list(rq, m->from.number, true, t, TASKS_MAX, &n))
		return rq->err.code;
	for (int i = 0; i < n; i++)
		if (desk_move_name(rq, m, MOVED_TASK, t[i].id) || task_move(rq, t[i].id, m->into.number))
			return rq->err.code;
	return ST_OK;
}

/* Its reporters hear of it by this fact, not by one of closing. */
static enum st shut_merged(struct req *rq, const struct move *m)
{
	int64_t now = clock_now();
	if (sql_run(rq,
		    "UPDATE desk_case SET state = $2, closed_at = $3, close_reason = 'duplicate', merged_into = $4 "
		    "WHERE id = $1",
		    V(m->from.id), V(CASE_CLOSED), V(now), V(m->into.id)))
		return rq->err.code;
	return due_set(rq, "case-retention", m->from.number, now + privacy_keep("desk_report"));
}

/* The stricter label of the two, which what came is under from now. */
static enum st join_labels(struct req *rq, const struct move *m)
{
	enum tlp label = m->from.tlp > m->into.tlp ? m->from.tlp : m->into.tlp;
	return desk_tlp_raise(rq, m->into.id, m->into.number, m->into.tlp, label)
		       ? rq->err.code
		       : desk_tlp_keep(rq, m->into.id, label);
}

/* Lists, counts and words of both. */
static enum st settle_both(struct req *rq, const struct move *m)
{
	return desk_case_recount(rq, m->from.id) || desk_case_recount(rq, m->into.id) || desk_stale(rq, m->from.id) ||
			       desk_stale(rq, m->into.id) || desk_case_settle(rq, m->from.id) ||
			       desk_case_settle(rq, m->into.id)
		       ? rq->err.code
		       : ST_OK;
}

static enum st tell_both(struct req *rq, const struct move *m, const char *left, const char *came, int64_t note)
{
	const char *format = "{\"%s\":\"%s\",\"move\":%lld,\"observables\":%lld,\"reports\":%lld,\"notices\":%lld,"
			     "\"mixed\":%lld,\"note\":%lld}";
	char *out = arena_printf(rq->mem, format, "into", m->into.number, (long long)m->id, (long long)m->obs,
				 (long long)m->reports, (long long)m->notices, (long long)m->mixed, (long long)note);
	char *in = arena_printf(rq->mem, format, "from", m->from.number, (long long)m->id, (long long)m->obs,
				(long long)m->reports, (long long)m->notices, (long long)m->mixed, (long long)note);
	return desk_fact(rq, m->from.number, left, out, 0) || desk_fact(rq, m->into.number, came, in, 0)
		       ? rq->err.code
		       : desk_move_date(rq, m);
}

enum st desk_case_merge(struct req *rq, void *act)
{
	struct desk_act *a = act;
	struct move m = { .kind = MOVE_MERGE };
	int64_t note = 0;
	if (two_cases(rq, a, &m.from, &m.into) || may_merge(rq, &m.from, &m.into) || desk_move_open(rq, &m) ||
	    desk_move_name_all(rq, &m) || desk_move_carry(rq, &m) || take_tasks(rq, &m) || shut_merged(rq, &m) ||
	    desk_case_move(rq, &m.into, CASE_EV_JOIN) || join_labels(rq, &m) ||
	    desk_note_write(rq, m.from.id, a->text, &note) || tell_both(rq, &m, "case-merged", "case-took-in", note))
		return rq->err.code;
	return settle_both(rq, &m);
}

/* ── undoing ── */

static enum st give_tasks_back(struct req *rq, int64_t merge, const char *number)
{
	struct rows r;
	int64_t id[TASKS_MAX];
	int n = 0;
	if (sql_query(rq, &r, "SELECT row_id FROM desk_moved WHERE move = $1 AND kind = $2 ORDER BY row_id LIMIT $3",
		      V(merge), V(MOVED_TASK), V(TASKS_MAX)))
		return rq->err.code;
	while (n < TASKS_MAX && rows_next(&r))
		id[n++] = rows_int(&r, 0);
	if (rows_end(&r))
		return rq->err.code;
	for (int i = 0; i < n; i++)
		if (task_move(rq, id[i], number))
			return rq->err.code;
	return ST_OK;
}

static enum st revive(struct req *rq, int64_t merge, const struct case_row *c, int64_t before)
{
	if (sql_run(rq, "UPDATE desk_move SET undone_at = $2 WHERE id = $1", V(merge), V(clock_now())) ||
	    due_cancel(rq, "case-retention", c->number))
		return rq->err.code;
	return sql_run(rq,
		       "UPDATE desk_case SET state = $2, closed_at = 0, close_reason = '', merged_into = 0 WHERE id = "
		       "$1",
		       V(c->id), V(before));
}

/* Reports that came meanwhile about nothing but its observables go with it. */
enum st desk_case_unmerge(struct req *rq, void *act)
{
	struct desk_act *a = act;
	struct move m = { .kind = MOVE_UNMERGE };
	int64_t merge = 0, from = 0, before = 0, note = 0;
	int next;
	if (desk_case_take(rq, MAY_MERGE_CASE, a->number, &m.into) || check_note(rq, a->text) ||
	    desk_merge_of(rq, m.into.id, &merge, &from, &before))
		return rq->err.code;
	if (!merge)
		return err_set(&rq->err, ST_CONFLICT, N_("case %s is not merged into another"), m.into.number);
	if (desk_case_of(rq, from, &m.from) || desk_case_open_to(rq, m.from.id) || desk_first_act(rq, m.from.id))
		return rq->err.code;
	if (desk_case_may(rq, &m.from, CASE_EV_CHANGE, &next))
		return err_set(&rq->err, ST_CONFLICT, N_("case %s is closed; open it again first"), m.from.number);
	if (desk_move_open(rq, &m) || desk_move_name_of(rq, &m, merge) || desk_move_name_rest(rq, &m) ||
	    desk_move_carry(rq, &m) || revive(rq, merge, &m.into, before) || join_labels(rq, &m) ||
	    give_tasks_back(rq, merge, m.into.number) || desk_note_write(rq, m.into.id, a->text, &note) ||
	    tell_both(rq, &m, "case-gave-back", "merge-undone", note))
		return rq->err.code;
	return settle_both(rq, &m);
}

/* ── split ── */

/* "o12 o13 r4": observables and reports, by their ids. */
static enum st name_chosen(struct req *rq, const struct move *m, const char *chosen)
{
	char *list = arena_strdup(rq->mem, chosen), *rest = list, *word;
	int n = 0;
	while ((word = strsep(&rest, " ,")) != NULL) {
		int64_t id = 0, there = 0;
		bool obs = *word == 'o';
		if (!*word)
			continue;
		if ((!obs && *word != 'r') || !text_int(word + 1, 1, INT64_MAX, &id))
			return err_set(&rq->err, ST_INVALID,
				       "%.20s: expected o and the id of an observable, or r and that of a report",
				       word);
		if (++n > SPLIT_MAX)
			return err_set(&rq->err, ST_LIMIT, N_("at most %d things can be split off at once"), SPLIT_MAX);
		if (sql_number(rq, &there,
			       obs ? "SELECT count(*) FROM desk_observable WHERE id = $1 AND case_id = $2"
				   : "SELECT count(*) FROM desk_report WHERE id = $1 AND case_id = $2",
			       V(id), V(m->from.id)))
			return rq->err.code;
		if (!there)
			return err_set(&rq->err, ST_NOTFOUND, "case %s has no %s %lld", m->from.number,
				       obs ? "observable" : "report", (long long)id);
		if (desk_move_name(rq, m, obs ? MOVED_OBS : MOVED_REPORT, id))
			return rq->err.code;
	}
	return n ? ST_OK : err_set(&rq->err, ST_INVALID, N_("choose at least one observable or report"));
}

static enum st something_stays(struct req *rq, const struct move *m)
{
	int64_t left = 0;
	if (sql_number(rq, &left,
		       "SELECT (SELECT count(*) FROM desk_observable WHERE case_id = $1) + (SELECT count(*) FROM "
		       "desk_report WHERE case_id = $1)",
		       V(m->from.id)))
		return rq->err.code;
	return left ? ST_OK
		    : err_set(&rq->err, ST_CONFLICT, N_("nothing would stay in case %s; choose less"), m->from.number);
}

/* As old as the case it comes out of, as long in hand, and under its label: it stands where that stood in the queue. */
static enum st open_split(struct req *rq, struct move *m)
{
	char number[NUMBER_SIZE];
	int64_t id = 0, now = clock_now();
	struct standing at = { TURN_US, 0, 0 };
	if (desk_number_next(rq, now, number) || desk_tally_move(rq, NULL, &at) ||
	    sql_number(
		    rq, &id,
		    "INSERT INTO desk_case(number, class, state, queue, sort_at, record_only, opened_at, changed_at, "
		    "closed_at, due_at, close_reason, assignee, nobs, nreports, first_obs, holder, waiting, tasks, "
		    "told, tlp, source, severity, lane, acted_at)"
		    " SELECT $1, class, CAST($3 AS BIGINT), CAST($4 AS BIGINT), opened_at, 0, opened_at, CAST($5 AS "
		    "BIGINT), 0, 0, '', '', 0, 0, '', '', 0, 0, -1, tlp, source, severity, lane, acted_at FROM "
		    "desk_case WHERE id = $2 RETURNING id",
		    V(number), V(m->from.id), V(CASE_RECEIVED), V(at.queue), V(now)))
		return rq->err.code;
	return desk_case_of(rq, id, &m->into);
}

enum st desk_case_split(struct req *rq, void *act)
{
	struct desk_act *a = act;
	struct move m = { .kind = MOVE_SPLIT };
	int64_t note = 0;
	int next;
	if (desk_case_take(rq, MAY_MERGE_CASE, a->number, &m.from) || check_note(rq, a->text) ||
	    desk_case_may(rq, &m.from, CASE_EV_CHANGE, &next) || open_split(rq, &m) || desk_move_open(rq, &m) ||
	    name_chosen(rq, &m, a->reason ? a->reason : "") || desk_move_name_rest(rq, &m) || desk_move_carry(rq, &m) ||
	    something_stays(rq, &m) || desk_note_write(rq, m.into.id, a->text, &note) ||
	    tell_both(rq, &m, "case-split", "case-split-off", note))
		return rq->err.code;
	a->other = m.into.number;
	return settle_both(rq, &m);
}

/* ── related ── */

static enum st tell_link(struct req *rq, const struct case_row *c, const struct case_row *other, const char *verb)
{
	return desk_fact(rq, c->number, verb, arena_printf(rq->mem, "{\"with\":\"%s\"}", other->number), 0) ||
			       desk_fact(rq, other->number, verb, arena_printf(rq->mem, "{\"with\":\"%s\"}", c->number),
					 0)
		       ? rq->err.code
		       : ST_OK;
}

/* One row for both directions. Linking again changes the note. */
enum st desk_case_link(struct req *rq, void *act)
{
	struct desk_act *a = act;
	struct case_row c, other;
	int64_t n = 0, there = 0;
	if (two_cases(rq, a, &c, &other))
		return rq->err.code;
	int64_t one = c.id < other.id ? c.id : other.id, two = c.id < other.id ? other.id : c.id;
	if (sql_number(rq, &n, "SELECT count(*) FROM desk_link WHERE one = $1 OR other = $1", V(c.id)) ||
	    sql_number(rq, &there, "SELECT count(*) FROM desk_link WHERE one = $1 AND other = $2", V(one), V(two)))
		return rq->err.code;
	if (!there && n >= LINKS_MAX)
		return err_set(&rq->err, ST_LIMIT, N_("case %s is related to %d others already"), c.number, LINKS_MAX);
	if (sql_run(rq,
		    "INSERT INTO desk_link(one, other, note, at) VALUES($1, $2, $3, $4) ON CONFLICT(one, other) DO "
		    "UPDATE SET note = excluded.note",
		    V(one), V(two), V(a->text ? a->text : ""), V(clock_now())))
		return rq->err.code;
	return there ? ST_OK : tell_link(rq, &c, &other, "case-linked");
}

enum st desk_case_unlink(struct req *rq, void *act)
{
	struct desk_act *a = act;
	struct case_row c, other;
	int64_t gone = 0;
	if (two_cases(rq, a, &c, &other))
		return rq->err.code;
	int64_t one = c.id < other.id ? c.id : other.id, two = c.id < other.id ? other.id : c.id;
	if (sql_run_count(rq, &gone, "DELETE FROM desk_link WHERE one = $1 AND other = $2", V(one), V(two)))
		return rq->err.code;
	if (!gone)
		return err_set(&rq->err, ST_NOTFOUND, "cases %s and %s are not related", c.number, other.number);
	return tell_link(rq, &c, &other, "case-unlinked");
}

/* ── what the case page shows of it ── */

/* Of a case that is closed to the reader nothing but its number is said. */
static enum st read_ties(struct req *rq, const struct closed_cases *closed, struct case_view *v, enum tie_kind kind,
			 const char *sql, enum lang l)
{
	struct rows r;
	if (sql_query(rq, &r, sql, V(v->id)))
		return rq->err.code;
	while (v->nties < TIES_MAX && rows_next(&r)) {
		bool shut = desk_is_closed(closed, rows_int(&r, 5));
		v->tie[v->nties++] = (struct case_tie){
			.kind = kind,
			.number = rows_dup(&r, 0),
			.state = (enum case_state)rows_int(&r, 1),
			.title = arena_strdup(rq->mem, shut ? "" : tr(l, rows_text(&r, 2))),
			.note = shut ? arena_strdup(rq->mem, "") : rows_dup(&r, 3),
			.at = rows_int(&r, 4),
		};
	}
	return rows_end(&r);
}

#define OTHER_CASE "JOIN desk_class k ON k.id = c.class "
#define MOVED_CASE(other, mine)                                                                                        \
	"SELECT c.number, c.state, k.title, '', v.at, c.id FROM desk_move v JOIN desk_case c ON c.id = v." other       \
	" " OTHER_CASE "WHERE v." mine " = $1 AND v.undone_at = 0 AND v.kind = "

enum st desk_case_ties(struct req *rq, struct case_view *v, enum lang l)
{
	static const struct {
		enum tie_kind kind;
		const char *sql;
	} rows[] = {
		{ TIE_MERGED_INTO, MOVED_CASE("into_case", "from_case") "0 ORDER BY v.id" },
		{ TIE_MERGED_FROM, MOVED_CASE("from_case", "into_case") "0 ORDER BY v.id LIMIT 100" },
		{ TIE_SPLIT_FROM, MOVED_CASE("from_case", "into_case") "1 ORDER BY v.id" },
		{ TIE_SPLIT_INTO, MOVED_CASE("into_case", "from_case") "1 ORDER BY v.id LIMIT 100" },
		{ TIE_RELATED, "SELECT c.number, c.state, k.title, x.note, x.at, c.id FROM desk_link x JOIN desk_case "
			       "c ON c.id = CASE "
			       "WHEN x.one = $1 THEN x.other ELSE x.one END " OTHER_CASE
			       "WHERE x.one = $1 OR x.other = $1 ORDER BY c.id LIMIT 100" },
	};
	struct closed_cases closed;
	v->tie = arena_array(rq->mem, struct case_tie, TIES_MAX);
	if (desk_closed_cases(rq, &closed))
		return rq->err.code;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (read_ties(rq, &closed, v, rows[i].kind, rows[i].sql, l))
			return rq->err.code;
	return ST_OK;
}
