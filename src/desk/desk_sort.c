/* Where a case belongs: its class. A fact each; words of the old one leave the index. */
#include <string.h>
#include "base/clock.h"
#include "desk/desk_int.h"
#include "desk/desk_search.h"
#include "who/permit.h"

/* Deadlines of notices that are out stay what their parties were told. */
enum st desk_case_classify(struct req *rq, void *act)
{
	struct desk_act *a = act;
	struct case_row c;
	struct desk_class k;
	if (permit(rq, MAY_SORT_CASE) || desk_case_get(rq, a->number, &c) || desk_case_open_to(rq, c.id) ||
	    desk_case_move(rq, &c, CASE_EV_CHANGE) || desk_class_get(rq, a->reason ? a->reason : "", &k))
		return rq->err.code;
	if (strcmp(c.class_id, k.id) == 0)
		return ST_OK;
	char *payload = arena_printf(rq->mem, "{\"from\":\"%s\",\"to\":\"%s\"}", c.class_id, k.id);
	if (sql_run(rq, "UPDATE desk_case SET class = $2 WHERE id = $1", V(c.id), V(k.id)) || desk_stale(rq, c.id) ||
	    desk_fact(rq, c.number, "case-classified", payload, 0) ||
	    desk_clocks_begin(rq, c.number, k.id, clock_now()))
		return rq->err.code;
	return desk_case_settle(rq, c.id);
}
