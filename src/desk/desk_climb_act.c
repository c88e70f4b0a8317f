/* What a handler does to the next step of a notice: hold it, let it go on, skip it, do it now. */
#include <string.h>
#include "base/clock.h"
#include "desk/desk_int.h"
#include "desk/desk_ladder.h"
#include "who/permit.h"

enum { WHY_MAX = 2000 };

struct at_step {
	struct case_row c;
	struct notice_row n;
	struct climb climb;
};

static enum st why_given(struct req *rq, const char *why, bool needed)
{
	size_t n = why ? strlen(why) : 0;
	if (!needed && !n)
		return ST_OK;
	if (n > WHY_MAX || (n && !text_clean(why, n)) || !why || !why[strspn(why, " \t\r\n")])
		return err_set(&rq->err, ST_INVALID, N_("text: say why, in 1 to %d bytes of plain text"), WHY_MAX);
	return ST_OK;
}

static enum st begin(struct req *rq, const struct desk_act *a, bool needs_why, struct at_step *s)
{
	int next;
	if (desk_case_take(rq, MAY_APPROVE_NOTICE, a->number, &s->c) || desk_own_notice(rq, &s->c, a->id, &s->n) ||
	    why_given(rq, a->text, needs_why) || desk_case_may(rq, &s->c, CASE_EV_ESCALATE, &next) ||
	    desk_climb_get(rq, a->id, &s->climb))
		return rq->err.code;
	bool over = s->climb.next < 0 || (s->n.state != NOTICE_SENT && s->n.state != NOTICE_SILENT);
	return over ? err_set(&rq->err, ST_CONFLICT, N_("no further step is planned for notice %lld"), (long long)a->id)
		    : ST_OK;
}

static enum st end(struct req *rq, const struct desk_act *a, const struct at_step *s, int rung, const char *verb)
{
	int64_t note = 0;
	if (desk_note_write(rq, s->c.id, a->text, &note))
		return rq->err.code;
	char *payload =
		arena_printf(rq->mem, "{\"notice\":%lld,\"role\":%d,\"what\":\"%s\",\"note\":%lld}", (long long)s->n.id,
			     (int)s->n.role, rung_name(s->climb.ladder.rung[rung].what), (long long)note);
	return desk_fact(rq, s->c.number, verb, payload, 0);
}

enum st desk_step_hold(struct req *rq, void *act)
{
	struct at_step s;
	if (begin(rq, act, true, &s))
		return rq->err.code;
	if (s.climb.held)
		return ST_OK;
	if (desk_climb_hold(rq, &s.climb, &s.n) || end(rq, act, &s, s.climb.next, "step-held"))
		return rq->err.code;
	return desk_case_settle(rq, s.c.id);
}

enum st desk_step_resume(struct req *rq, void *act)
{
	struct at_step s;
	if (begin(rq, act, false, &s))
		return rq->err.code;
	if (!s.climb.held)
		return ST_OK;
	if (desk_climb_resume(rq, &s.climb, &s.n) || end(rq, act, &s, s.climb.next, "step-resumed"))
		return rq->err.code;
	return desk_case_settle(rq, s.c.id);
}

enum st desk_step_skip(struct req *rq, void *act)
{
	struct at_step s;
	if (begin(rq, act, true, &s))
		return rq->err.code;
	int rung = s.climb.next;
	if (desk_climb_skip(rq, &s.climb, &s.n) || end(rq, act, &s, rung, "step-skipped"))
		return rq->err.code;
	return desk_case_settle(rq, s.c.id);
}

enum st desk_step_now(struct req *rq, void *act)
{
	struct at_step s;
	if (begin(rq, act, false, &s))
		return rq->err.code;
	if (end(rq, act, &s, s.climb.next, "step-forward"))
		return rq->err.code;
	return desk_climb_run(rq, &s.climb, &s.n, &s.c);
}
