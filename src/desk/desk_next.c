/* Whose turn it is, and until when: one sentence each for staff and for reporters. */
#include <string.h>
#include "desk/desk_int.h"

static const struct case_notice *first_in(const struct case_view *v, enum notice_state s)
{
	const struct case_notice *best = NULL;
	for (int i = 0; i < v->nnotices; i++)
		if (v->notice[i].state == s && (!best || (v->notice[i].due_at && v->notice[i].due_at < best->due_at)))
			best = &v->notice[i];
	return best;
}

static const struct task *open_task(const struct case_view *v)
{
	for (int i = 0; i < v->ntasks; i++)
		if (!v->task[i].done_at)
			return &v->task[i];
	return NULL;
}

static void put(struct req *rq, struct case_view *v, char *next, const char *more)
{
	v->next = next;
	v->next_more = more ? arena_strdup(rq->mem, more) : NULL;
}

static void next_closed(struct req *rq, struct case_view *v, enum lang l)
{
	if (v->record_only) {
		put(rq, v, arena_strdup(rq->mem, tr(l, N_("Kept for the record only"))),
		    tr(l, N_("Nobody is told about it.")));
		return;
	}
	put(rq, v, arena_strdup(rq->mem, tr(l, N_("This case is closed"))), NULL);
	v->next_more = arena_printf(rq->mem, tr(l, N_("Case closed: %s")), tr(l, desk_reason_title(v->close_reason)));
}

static void next_sent(struct req *rq, struct case_view *v, const struct case_notice *n, enum audience who, enum lang l)
{
	char *party = desk_party(rq->mem, l, n->role, n->party), *when = desk_when(rq->mem, n->due_at, l);
	if (!n->due_at) {
		put(rq, v, arena_printf(rq->mem, tr(l, N_("Next: an answer from %s")), party),
		    who == FOR_STAFF && n->held ? tr(l, N_("What follows silence is on hold.")) : NULL);
		return;
	}
	put(rq, v, arena_printf(rq->mem, tr(l, N_("Next: an answer from %s by %s")), party, when),
	    who == FOR_STAFF ? tr(l, N_("If there is none, the next in line is told."))
			     : tr(l, N_("If there is none, we tell the next in line. You do not need to do anything. "
					"We write to you when "
					"something changes.")));
}

static void next_waiting(struct req *rq, struct case_view *v, const struct case_notice *n, enum audience who,
			 enum lang l)
{
	char *party = desk_party(rq->mem, l, n->role, n->party);
	if (who == FOR_STAFF)
		put(rq, v, arena_printf(rq->mem, tr(l, N_("Approve or cancel the notice to %s")), party),
		    n->why_waiting);
	else
		put(rq, v, arena_strdup(rq->mem, tr(l, N_("Next: a person checks the report"))), NULL);
	if (who != FOR_STAFF)
		v->next_more =
			arena_printf(rq->mem, tr(l, N_("Then we write to %s. You do not need to do anything.")), party);
}

static void next_approved(struct req *rq, struct case_view *v, const struct case_notice *n, enum lang l)
{
	char *when = n->digest_at ? desk_when(rq->mem, n->digest_at, l) : NULL;
	put(rq, v, arena_printf(rq->mem, tr(l, N_("Next: we write to %s")), desk_party(rq->mem, l, n->role, n->party)),
	    when ? arena_printf(rq->mem, tr(l, N_("In the digest of %s.")), when)
		 : tr(l, N_("The letter is on its way.")));
}

static bool unreachable(const struct case_view *v)
{
	for (int i = 0; i < v->nobs; i++)
		if (v->obs[i].no_contact)
			return true;
	return false;
}

static void next_ours(struct req *rq, struct case_view *v, enum audience who, enum lang l)
{
	if (v->state == CASE_ANSWERED)
		put(rq, v, arena_strdup(rq->mem, tr(l, N_("Next: we check the answer and close the case"))), NULL);
	else if (unreachable(v))
		put(rq, v, arena_strdup(rq->mem, tr(l, N_("Next: we look for somebody who can be written to"))),
		    tr(l, N_("No usable contact is known.")));
	else if (v->nnotices)
		put(rq, v, arena_strdup(rq->mem, tr(l, N_("Next: we decide what to do"))),
		    tr(l, N_("Nobody who was told has acted.")));
	else
		put(rq, v, arena_strdup(rq->mem, tr(l, N_("Next: we look at the report"))),
		    who == FOR_STAFF
			    ? tr(l, N_("Nobody here answers for it: decide whom to tell"))
			    : tr(l, N_("Nobody in our registry answers for it, so a person decides whom to tell.")));
}

void desk_case_next(struct req *rq, struct case_view *v, enum audience who, enum lang l)
{
	const struct case_notice *waiting = first_in(v, NOTICE_WAITING), *sent = first_in(v, NOTICE_SENT),
				 *approved = first_in(v, NOTICE_APPROVED);
	const struct task *task = who == FOR_STAFF ? open_task(v) : NULL;
	if (v->state == CASE_CLOSED)
		next_closed(rq, v, l);
	else if (v->state == CASE_VERIFIED && !task)
		put(rq, v, arena_strdup(rq->mem, tr(l, N_("We checked: the trouble is gone"))),
		    tr(l, N_("The case is closed next.")));
	else if (waiting && (who == FOR_STAFF || !sent))
		next_waiting(rq, v, waiting, who, l);
	else if (task)
		put(rq, v, arena_printf(rq->mem, tr(l, N_("Task: %s")), tr(l, task->text)), NULL);
	else if (sent)
		next_sent(rq, v, sent, who, l);
	else if (approved)
		next_approved(rq, v, approved, l);
	else
		next_ours(rq, v, who, l);
}
