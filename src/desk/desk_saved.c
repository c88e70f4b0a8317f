/* Saved views: a person's own names for filtered lists. Nobody else sees them, so the journal does not speak of them. */
#include <string.h>
#include "base/clock.h"
#include "desk/desk_int.h"
#include "desk/desk_sort.h"
#include "who/permit.h"

enum { NAME_LEN = 160, QUERY_LEN = 2500 };

enum st desk_views(struct req *rq, struct saved_view *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (permit(rq, MAY_SEE_QUEUE) ||
	    sql_query(rq, &r,
		      "SELECT name, query FROM desk_saved_view WHERE account = $1 AND account <> 0 ORDER BY at, name "
		      "LIMIT $2",
		      V(rq->who->account), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = (struct saved_view){ rows_dup(&r, 0), rows_dup(&r, 1) };
	return rows_end(&r);
}

static enum st view_ok(struct req *rq, const struct saved_view *v)
{
	size_t n = strlen(v->name), q = strlen(v->query);
	if (n < 1 || n > NAME_LEN || !text_clean(v->name, n) || strpbrk(v->name, "\r\n\t"))
		return err_set(&rq->err, ST_INVALID, N_("name: 1 to %d bytes of plain text"), NAME_LEN);
	if (q > QUERY_LEN || !text_clean(v->query, q) || strpbrk(v->query, "\r\n\t #"))
		return err_set(&rq->err, ST_INVALID, N_("view: this list can't be saved"));
	return rq->who->account ? ST_OK : err_set(&rq->err, ST_INVALID, N_("view: only an account has views"));
}

enum st desk_view_save(struct req *rq, void *saved_view)
{
	const struct saved_view *v = saved_view;
	int64_t n = 0;
	if (permit(rq, MAY_SORT_CASE) || view_ok(rq, v) ||
	    sql_number(rq, &n, "SELECT count(*) FROM desk_saved_view WHERE account = $1 AND name <> $2",
		       V(rq->who->account), V(v->name)))
		return rq->err.code;
	if (n >= VIEWS_MAX)
		return err_set(&rq->err, ST_LIMIT, N_("view: at most %d; drop one first"), VIEWS_MAX);
	return sql_run(rq,
		       "INSERT INTO desk_saved_view(account, name, query, at) VALUES($1, $2, $3, $4)"
		       " ON CONFLICT(account, name) DO UPDATE SET query = excluded.query",
		       V(rq->who->account), V(v->name), V(v->query), V(clock_now()));
}

enum st desk_view_drop(struct req *rq, void *saved_view)
{
	const struct saved_view *v = saved_view;
	if (permit(rq, MAY_SORT_CASE))
		return rq->err.code;
	return sql_run(rq, "DELETE FROM desk_saved_view WHERE account = $1 AND name = $2", V(rq->who->account),
		       V(v->name));
}
