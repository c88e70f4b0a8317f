/* The same act on many cases, each for itself. */
#include <string.h>
#include "desk/desk_int.h"
#include "desk/desk_sort.h"
#include "who/permit.h"

/* What would be refused is refused before anything of the case is touched: the others go on in the same write. */
static enum st may(struct req *rq, const struct desk_many *m, char *number)
{
	struct case_row c;
	int64_t waiting = 0;
	int next;
	enum st st = desk_case_get(rq, number, &c);
	if (st)
		return st == ST_NOTFOUND ? err_set(&rq->err, st, N_("no case %.23s"), number) : st;
	if (desk_case_open_to(rq, c.id) || desk_case_may(rq, &c, m->reason ? CASE_EV_CLOSE : CASE_EV_APPROVE, &next))
		return rq->err.code;
	if (m->reason)
		return ST_OK;
	if (sql_number(rq, &waiting, "SELECT waiting FROM desk_case WHERE id = $1", V(c.id)))
		return rq->err.code;
	return waiting ? ST_OK : err_set(&rq->err, ST_CONFLICT, N_("no notice of it waits for approval"));
}

static bool of_the_case(enum st st)
{
	return st == ST_NOTFOUND || st == ST_CONFLICT || st == ST_DENIED;
}

static enum st act_on(struct req *rq, struct desk_many *m, char *number)
{
	struct desk_act one = { .number = number, .reason = m->reason };
	enum st st = may(rq, m, number);
	if (of_the_case(st)) {
		m->refused[m->nrefused++] = (struct desk_refused){ number, rq->err };
		err_clear(&rq->err);
		return ST_OK;
	}
	m->done += !st;
	return st ? st : m->reason ? desk_case_close(rq, &one) : desk_notice_approve(rq, &one);
}

enum st desk_case_act_many(struct req *rq, void *desk_many)
{
	struct desk_many *m = desk_many;
	m->done = m->nrefused = 0;
	if (permit(rq, m->reason ? MAY_CLOSE_CASE : MAY_APPROVE_NOTICE))
		return rq->err.code;
	if (m->n > SORT_MANY)
		return err_set(&rq->err, ST_LIMIT, N_("cases: at most %d at once"), SORT_MANY);
	m->refused = arena_array(rq->mem, struct desk_refused, m->n + 1);
	for (int i = 0; i < m->n; i++)
		if (act_on(rq, m, m->number[i]))
			return rq->err.code;
	return ST_OK;
}
