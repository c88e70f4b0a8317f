/* What may happen to a case in which state, and what state comes of it. Every act asks here; an absent row is a refusal.
 *
 * Received, triaged, notified and answered are counted from the notices (desk_case_settle). Verified and closed are what
 * a person said: they stay until something here leads out of them. */
#include "base/clock.h"
#include "desk/desk_int.h"

#define IN(s) (1u << CASE_##s)
#define UNTOLD (IN(RECEIVED) | IN(TRIAGED))
#define TOLD (IN(NOTIFIED) | IN(ANSWERED))
#define LIVE (UNTOLD | TOLD)
#define ANY (LIVE | IN(VERIFIED) | IN(CLOSED))

static const struct {
	enum case_event event;
	unsigned from;
	int next; /* CASE_COUNTED: as the notices say */
} rows[] = {
	{ CASE_EV_JOIN, LIVE | IN(VERIFIED), CASE_COUNTED }, /* reported again: it is not over */
	{ CASE_EV_APPROVE, LIVE, CASE_COUNTED },
	{ CASE_EV_CANCEL, LIVE, CASE_COUNTED },
	{ CASE_EV_ESCALATE, LIVE, CASE_COUNTED },
	{ CASE_EV_WRITE_PARTY, LIVE | IN(VERIFIED), CASE_KEPT },
	{ CASE_EV_ANSWER, LIVE | IN(VERIFIED), CASE_COUNTED },
	{ CASE_EV_CHANGE, LIVE | IN(VERIFIED), CASE_KEPT },
	{ CASE_EV_SPEAK, ANY, CASE_KEPT },
	{ CASE_EV_VERIFY, TOLD | IN(VERIFIED), CASE_VERIFIED },
	{ CASE_EV_CLOSE, LIVE | IN(VERIFIED), CASE_CLOSED },
	{ CASE_EV_REOPEN, ANY, CASE_COUNTED },
};

static enum st refuse(struct req *rq, const struct case_row *c, enum case_event e)
{
	if (c->state == CASE_CLOSED && e == CASE_EV_ANSWER)
		return err_set(&rq->err, ST_CONFLICT, N_("this case is closed; an answer is no longer needed"));
	if (c->state == CASE_CLOSED)
		return err_set(&rq->err, ST_CONFLICT, N_("case %s is closed"), c->number);
	if (c->state == CASE_VERIFIED)
		return err_set(&rq->err, ST_CONFLICT, N_("case %s is verified; open it again first"), c->number);
	return err_set(&rq->err, ST_CONFLICT,
		       N_("case %s: nobody was told yet, so there is no fix to check; close it instead"), c->number);
}

enum st desk_case_may(struct req *rq, const struct case_row *c, enum case_event e, int *next)
{
	if (c->merged_into && e == CASE_EV_REOPEN)
		return err_set(&rq->err, ST_CONFLICT, N_("case %s is merged into another; undo that instead"),
			       c->number);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].event == e && rows[i].from >> c->state & 1) {
			*next = rows[i].next;
			return ST_OK;
		}
	return refuse(rq, c, e);
}

/* Sent notices whose party never answered are waited for again: a day from now at least. */
static enum st wake_one(struct req *rq, const struct notice_row *n, void *ctx)
{
	const int64_t *soonest = ctx;
	return desk_climb_wake(rq, n, *soonest);
}

static enum st wait_again(struct req *rq, const struct case_row *c)
{
	int64_t soonest = clock_now() + DAY_USEC;
	return desk_notices_each(rq, c->id, 1u << NOTICE_SENT | 1u << NOTICE_SILENT, wake_one, &soonest);
}

enum st desk_case_move(struct req *rq, const struct case_row *c, enum case_event e)
{
	int next;
	if (desk_case_may(rq, c, e, &next))
		return rq->err.code;
	bool again = next == CASE_COUNTED && (c->state == CASE_VERIFIED || c->state == CASE_CLOSED);
	if (next == CASE_COUNTED) /* any of those that are counted: desk_case_settle says which */
		next = again ? CASE_NOTIFIED : CASE_KEPT;
	if (next == CASE_KEPT || next == (int)c->state)
		return ST_OK;
	if (sql_run(rq, "UPDATE desk_case SET state = $2 WHERE id = $1", V(c->id), V(next)))
		return rq->err.code;
	return again ? wait_again(rq, c) : ST_OK;
}
