/* Cases of personal data: who may look into one, and the times that run from the moment it is opened. That there is such
 * a case, its number and how long it has been open, everybody sees who sees the queue. */
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "desk/desk_int.h"
#include "who/permit.h"
#include "work/task.h"

enum { CLOCKS_MAX = 20, CLOSED_ROOM = 256, CLOSED_STEP = 1000 };

#define MINE DESK_MINE("$2", "$3")

bool desk_sees_personal(const struct req *rq)
{
	return rq->who && role_may(rq->who->role, MAY_SEE_PERSONAL_CASE);
}

enum st desk_case_open_to(struct req *rq, int64_t case_id)
{
	int64_t closed = 0;
	if (desk_sees_personal(rq))
		return ST_OK;
	if (sql_number(rq, &closed,
		       "SELECT count(*) FROM desk_case c JOIN desk_class k ON k.id = c.class WHERE c.id = $1 AND "
		       "k.personal = 1 AND NOT " MINE,
		       V(case_id), V(rq->who ? rq->who->id : ""), V(rq->who ? rq->who->account : 0)))
		return rq->err.code;
	if (!closed)
		return ST_OK;
	return err_set(
		&rq->err, ST_DENIED,
		N_("this case is of personal data: the data-protection officer sees it, and whom it is given to"));
}

/* A page of one class's cases that are closed to the reader: a range and an order that the index of classes alone has.
 * Otherwise PostgreSQL, not knowing how few are of this class, would read all cases. */
#define CLOSED_PAGE                                                                                                    \
	"SELECT c.id FROM desk_case c WHERE (c.class, c.id) > ($1, $4) AND c.class <= $1 AND NOT " MINE                \
	" ORDER BY c.class, c.id LIMIT 1000"

static int by_id(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static void closed_put(struct req *rq, struct closed_cases *out, int64_t id)
{
	if (out->n == out->room) {
		int64_t *more = arena_array(rq->mem, int64_t, 2 * out->room);
		memcpy(more, out->id, sizeof *more * (size_t)out->n);
		out->id = more;
		out->room *= 2;
	}
	out->id[out->n++] = id;
}

/* All of them: one that is left out would be shown. */
static enum st closed_of_class(struct req *rq, const char *class_id, struct closed_cases *out)
{
	struct rows r;
	int64_t last = 0;
	for (int n = CLOSED_STEP; n == CLOSED_STEP;) {
		if (sql_query(rq, &r, CLOSED_PAGE, V(class_id), V(rq->who ? rq->who->id : ""),
			      V(rq->who ? rq->who->account : 0), V(last)))
			return rq->err.code;
		for (n = 0; rows_next(&r); n++)
			closed_put(rq, out, last = rows_int(&r, 0));
		if (rows_end(&r))
			return rq->err.code;
	}
	return ST_OK;
}

enum st desk_closed_cases(struct req *rq, struct closed_cases *out)
{
	struct rows r;
	*out = (struct closed_cases){ 0 };
	if (desk_sees_personal(rq))
		return ST_OK;
	out->id = arena_array(rq->mem, int64_t, out->room = CLOSED_ROOM);
	if (sql_query0(rq, &r, "SELECT id FROM desk_class WHERE personal = 1"))
		return rq->err.code;
	while (rows_next(&r) && !closed_of_class(rq, rows_dup(&r, 0), out))
		;
	if (rows_end(&r) || rq->err.code)
		return rq->err.code;
	qsort(out->id, (size_t)out->n, sizeof *out->id, by_id);
	return ST_OK;
}

bool desk_is_closed(const struct closed_cases *all, int64_t case_id)
{
	return all->n && bsearch(&case_id, all->id, (size_t)all->n, sizeof case_id, by_id) != NULL;
}

enum st desk_drop_closed(struct req *rq, void *list, size_t size, size_t case_id, int *n)
{
	struct closed_cases closed;
	char *from = list, *to = list;
	if (desk_closed_cases(rq, &closed))
		return rq->err.code;
	for (int i = 0; i < *n; i++, from += size) {
		int64_t id;
		memcpy(&id, from + case_id, sizeof id);
		if (desk_is_closed(&closed, id))
			continue;
		memmove(to, from, size);
		to += size;
	}
	*n = (int)((size_t)(to - (char *)list) / size);
	return ST_OK;
}

enum st desk_file_open(struct req *rq, const char *sha256)
{
	struct rows r;
	int64_t all = 0, closed = 0;
	if (desk_sees_personal(rq))
		return ST_OK;
	if (sql_query(rq, &r,
		      "SELECT count(*), coalesce(sum(CASE WHEN k.personal = 1 AND NOT " MINE
		      " THEN 1 ELSE 0 END), 0) FROM desk_file f JOIN desk_report p ON p.id = f.report_id"
		      " JOIN desk_case c ON c.id = p.case_id JOIN desk_class k ON k.id = c.class WHERE f.sha256 = $1",
		      V(sha256), V(rq->who ? rq->who->id : ""), V(rq->who ? rq->who->account : 0)))
		return rq->err.code;
	if (rows_next(&r)) {
		all = rows_int(&r, 0);
		closed = rows_int(&r, 1);
	}
	if (rows_end(&r) || !all || closed < all)
		return rq->err.code;
	return err_set(
		&rq->err, ST_DENIED,
		N_("this file is of a case of personal data: the data-protection officer sees it, and whom the case "
		   "is given to"));
}

enum st desk_file_people(struct req *rq, const char *sha256, int64_t *person, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT DISTINCT p.person FROM desk_file f JOIN desk_report p ON p.id = f.report_id"
		      " WHERE f.sha256 = $1 AND p.person <> 0 LIMIT $2",
		      V(sha256), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		person[(*n)++] = rows_int(&r, 0);
	return rows_end(&r);
}

/* ── lists ── */

/* A page has few such rows, so each is asked for by itself. */
static enum st closed_row(struct req *rq, const struct queue_row *q, bool *yes)
{
	struct desk_class k;
	struct case_row c;
	*yes = false;
	if (desk_class_get(rq, q->class_id, &k))
		return rq->err.code;
	if (!k.personal)
		return ST_OK;
	if (desk_case_get(rq, q->number, &c))
		return rq->err.code;
	enum st st = desk_case_open_to(rq, c.id);
	*yes = st == ST_DENIED;
	if (*yes)
		err_clear(&rq->err);
	return rq->err.code;
}

static enum st any_personal(struct req *rq, bool *yes)
{
	int64_t n = 0;
	if (sql_number0(rq, &n, "SELECT count(*) FROM desk_class WHERE personal = 1"))
		return rq->err.code;
	*yes = n > 0;
	return ST_OK;
}

enum st desk_personal_hide(struct req *rq, struct queue_row *row, int n)
{
	bool any = false, hide = false;
	if (desk_sees_personal(rq) || any_personal(rq, &any) || !any)
		return rq->err.code;
	for (int i = 0; i < n; i++) {
		if (closed_row(rq, &row[i], &hide))
			return rq->err.code;
		if (!hide)
			continue;
		row[i].first_obs = row[i].holder = arena_strdup(rq->mem, "");
		row[i].nobs = row[i].nreports = 0;
	}
	return ST_OK;
}

/* ── clocks ── */

enum st desk_clocks(struct req *rq, const char *class_id, struct desk_clock *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT class, kind, role, text, seconds FROM desk_clock WHERE $1 = '' OR class = $1"
		      " ORDER BY class, position LIMIT $2",
		      V(class_id ? class_id : ""), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = (struct desk_clock){ rows_dup(&r, 0), rows_dup(&r, 1), rows_dup(&r, 2), rows_dup(&r, 3),
						   rows_int(&r, 4) };
	return rows_end(&r);
}

enum st desk_clocks_begin(struct req *rq, const char *number, const char *class_id, int64_t from)
{
	struct desk_clock *k = arena_array(rq->mem, struct desk_clock, CLOCKS_MAX);
	int n = 0;
	int64_t id = 0;
	if (desk_clocks(rq, class_id, k, CLOCKS_MAX, &n))
		return rq->err.code;
	for (int i = 0; i < n; i++)
		if (task_add_due(rq, k[i].kind, number, k[i].text, k[i].role, from + k[i].seconds * USEC, &id))
			return rq->err.code;
	return ST_OK;
}

static enum st clocks_end(struct req *rq, const char *number, const char *class_id)
{
	struct desk_clock *k = arena_array(rq->mem, struct desk_clock, CLOCKS_MAX);
	int n = 0;
	if (desk_clocks(rq, class_id, k, CLOCKS_MAX, &n))
		return rq->err.code;
	for (int i = 0; i < n; i++)
		if (desk_tasks_finish(rq, number, k[i].kind))
			return rq->err.code;
	return ST_OK;
}

enum st desk_obs_open(struct req *rq, int64_t case_id)
{
	return sql_run(
		rq,
		"UPDATE desk_observable SET open = CASE WHEN harmless = 0 AND mention = 0 AND other_case IS NULL AND"
		" NOT EXISTS (SELECT 1 FROM desk_case c JOIN desk_class k ON k.id = c.class WHERE c.id = case_id AND"
		" k.personal = 1) THEN 1 ELSE 0 END WHERE case_id = $1",
		V(case_id));
}

enum st desk_class_moved(struct req *rq, const struct case_row *c, const struct desk_class *from,
			 const struct desk_class *to)
{
	enum notice_way way = WAY_CLICK;
	char *sentence = NULL;
	if (clocks_end(rq, c->number, from->id) || desk_clocks_begin(rq, c->number, to->id, clock_now()))
		return rq->err.code;
	if (from->personal == to->personal)
		return desk_digest_recheck(rq, c->id);
	if (desk_obs_open(rq, c->id) ||
	    (to->personal && desk_policy(rq, to->id, report_source_name(SOURCE_WEB), "confirmed", &way, &sentence)))
		return rq->err.code;
	if (!to->personal || way != WAY_CLICK)
		return ST_OK;
	return sql_run(rq, "UPDATE desk_notice SET state = $2, why = $3 WHERE case_id = $1 AND state = $4", V(c->id),
		       V(NOTICE_WAITING), V(sentence), V(NOTICE_APPROVED));
}

enum st desk_task_due(struct req *rq, const char *id_text)
{
	struct task t;
	struct case_row c;
	int64_t id = 0;
	if (!text_int(id_text, 1, INT64_MAX, &id))
		return ST_OK;
	enum st st = task_get(rq, id, &t);
	if (!st && !t.done_at)
		st = desk_case_get(rq, t.subject, &c);
	if (st == ST_NOTFOUND)
		err_clear(&rq->err);
	if (st || t.done_at || c.state == CASE_CLOSED)
		return rq->err.code;
	return desk_fact(rq, c.number, "task-overdue", arena_printf(rq->mem, "{\"task\":%lld}", (long long)id), 0);
}
