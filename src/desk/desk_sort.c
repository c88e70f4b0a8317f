/* Where a case belongs: its class. A fact each; words of the old one leave the index. */
#include <string.h>
#include "desk/desk_int.h"
#include "desk/desk_search.h"

/* Deadlines of notices that are out stay what their parties were told. */
enum st desk_case_classify(struct req *rq, void *act)
{
	struct desk_act *a = act;
	struct case_row c;
	struct desk_class k, was;
	if (desk_case_take(rq, MAY_SORT_CASE, a->number, &c) || desk_case_move(rq, &c, CASE_EV_CHANGE) ||
	    desk_class_get(rq, a->reason ? a->reason : "", &k) || desk_class_get(rq, c.class_id, &was))
		return rq->err.code;
	if (strcmp(c.class_id, k.id) == 0)
		return ST_OK;
	char *payload = arena_printf(rq->mem, "{\"from\":\"%s\",\"to\":\"%s\"}", c.class_id, k.id);
	if (sql_run(rq, "UPDATE desk_case SET class = $2 WHERE id = $1", V(c.id), V(k.id)) || desk_stale(rq, c.id) ||
	    desk_fact(rq, c.number, "case-classified", payload, 0) || desk_class_moved(rq, &c, &was, &k))
		return rq->err.code;
	return desk_case_settle(rq, c.id);
}
