/* What staff do with a case. Each asks for its permission first, then checks that the thing belongs to the case that
 * was named. */
#include <string.h>
#include "base/clock.h"
#include "desk/desk_int.h"
#include "who/permit.h"
#include "work/due.h"

enum { TEXT_MAX = 20000 };

static enum st check_text(struct req *rq, const char *text)
{
	size_t n = text ? strlen(text) : 0;
	if (n == 0 || !text[strspn(text, " \t\r\n")])
		return err_set(&rq->err, ST_INVALID, N_("text: nothing was written"));
	if (n > TEXT_MAX)
		return err_set(&rq->err, ST_INVALID, N_("text: longer than %d bytes"), TEXT_MAX);
	return text_clean(text, n) ? ST_OK : err_set(&rq->err, ST_INVALID, N_("text: not plain UTF-8 text"));
}

enum st desk_case_take(struct req *rq, enum permission what, const char *number, struct case_row *c)
{
	if (permit(rq, what) || desk_case_get(rq, number, c) || desk_case_open_to(rq, c->id))
		return rq->err.code;
	return desk_first_act(rq, c->id);
}

static enum st begin(struct req *rq, enum permission what, enum case_event e, const struct desk_act *a,
		     struct case_row *c)
{
	return desk_case_take(rq, what, a->number, c) ? rq->err.code : desk_case_move(rq, c, e);
}

enum st desk_own_notice(struct req *rq, const struct case_row *c, int64_t id, struct notice_row *n)
{
	if (desk_notice_get(rq, id, n))
		return rq->err.code;
	return n->case_id == c->id
		       ? ST_OK
		       : err_set(&rq->err, ST_NOTFOUND, "case %s has no notice %lld", c->number, (long long)id);
}

struct approval {
	const char *number;
	enum notice_way way;
};

static enum st approve_one(struct req *rq, const struct notice_row *n, void *ctx)
{
	const struct approval *a = ctx;
	return desk_notice_approve_row(rq, n, a->number, a->way);
}

static enum st approve_all(struct req *rq, const struct case_row *c)
{
	struct approval a = { .number = c->number };
	return desk_digest_way_of(rq, c, &a.way) ? rq->err.code
						 : desk_notices_each(rq, c->id, 1u << NOTICE_WAITING, approve_one, &a);
}

/* Approving what is approved already changes nothing: two clicks are one. */
enum st desk_notice_approve(struct req *rq, void *act)
{
	struct desk_act *a = act;
	struct case_row c;
	struct notice_row n;
	enum notice_way way;
	if (begin(rq, MAY_APPROVE_NOTICE, CASE_EV_APPROVE, a, &c))
		return rq->err.code;
	if (a->id == 0)
		return approve_all(rq, &c) ? rq->err.code : desk_case_settle(rq, c.id);
	if (desk_own_notice(rq, &c, a->id, &n))
		return rq->err.code;
	if (n.state == NOTICE_CANCELLED)
		return err_set(&rq->err, ST_CONFLICT, N_("this notice was cancelled"));
	if (n.state != NOTICE_WAITING)
		return ST_OK;
	return desk_digest_way_of(rq, &c, &way) || desk_notice_approve_row(rq, &n, c.number, way)
		       ? rq->err.code
		       : desk_case_settle(rq, c.id);
}

enum st desk_notice_cancel(struct req *rq, void *act)
{
	struct desk_act *a = act;
	struct case_row c;
	struct notice_row n;
	if (begin(rq, MAY_APPROVE_NOTICE, CASE_EV_CANCEL, a, &c) || desk_own_notice(rq, &c, a->id, &n))
		return rq->err.code;
	if (n.state == NOTICE_CANCELLED)
		return ST_OK;
	if (n.state != NOTICE_WAITING && n.state != NOTICE_APPROVED)
		return err_set(&rq->err, ST_CONFLICT, N_("this notice has gone out"));
	return desk_notice_cancel_row(rq, &n, c.number) ? rq->err.code : desk_case_settle(rq, c.id);
}

/* Before the deadline, by a person's decision: the party keeps its link, its silence is no longer waited for. */
enum st desk_escalate(struct req *rq, void *act)
{
	struct desk_act *a = act;
	struct case_row c;
	struct notice_row n;
	if (begin(rq, MAY_APPROVE_NOTICE, CASE_EV_ESCALATE, a, &c) || desk_own_notice(rq, &c, a->id, &n))
		return rq->err.code;
	if (n.state != NOTICE_SENT && n.state != NOTICE_ANSWERED && n.state != NOTICE_SILENT)
		return err_set(&rq->err, ST_CONFLICT, N_("this notice has not gone out yet"));
	if (n.state == NOTICE_SENT &&
	    sql_run(rq, "UPDATE desk_notice SET state = $2, due_at = 0 WHERE id = $1", V(n.id), V(NOTICE_SILENT)))
		return rq->err.code;
	if (desk_climb_end(rq, n.id))
		return rq->err.code;
	char *payload = arena_printf(rq->mem, "{\"notice\":%lld,\"role\":%d}", (long long)n.id, (int)n.role);
	if (desk_fact(rq, c.number, "notice-escalated", payload, 0) || desk_notice_next(rq, &n, "staff"))
		return rq->err.code;
	return desk_case_settle(rq, c.id);
}

/* ── writing ── */

static enum st write_message(struct req *rq, const struct desk_act *a, const struct case_row *c, int64_t notice)
{
	int64_t id = 0;
	if (sql_number(rq, &id,
		       "INSERT INTO desk_message(case_id, notice_id, text, actor, at) VALUES($1, $2, $3, $4, $5) "
		       "RETURNING id",
		       V(c->id), V(notice), V(a->text), V(rq->who ? rq->who->id : ""), V(clock_now())))
		return rq->err.code;
	char *payload = arena_printf(rq->mem, "{\"message\":%lld,\"notice\":%lld}", (long long)id, (long long)notice);
	return desk_fact(rq, c->number, "message-written", payload, 0) ? rq->err.code : desk_case_settle(rq, c->id);
}

enum st desk_party_write(struct req *rq, void *act)
{
	struct desk_act *a = act;
	struct case_row c;
	struct notice_row n;
	if (begin(rq, MAY_WRITE_PARTY, CASE_EV_WRITE_PARTY, a, &c) || desk_own_notice(rq, &c, a->id, &n) ||
	    check_text(rq, a->text))
		return rq->err.code;
	if (!n.sent_at)
		return err_set(&rq->err, ST_CONFLICT, N_("this party has not had the notice yet"));
	if (desk_tlp_check(rq, c.id, TLP_TO_HOLDER))
		return rq->err.code;
	return write_message(rq, a, &c, n.id);
}

enum st desk_reporters_write(struct req *rq, void *act)
{
	struct desk_act *a = act;
	struct case_row c;
	if (begin(rq, MAY_WRITE_PARTY, CASE_EV_SPEAK, a, &c) || check_text(rq, a->text))
		return rq->err.code;
	return write_message(rq, a, &c, 0);
}

static enum st note(struct req *rq, const struct desk_act *a, enum permission what, const char *verb)
{
	struct case_row c;
	int64_t id = 0;
	if (begin(rq, what, CASE_EV_SPEAK, a, &c) || check_text(rq, a->text) || desk_note_write(rq, c.id, a->text, &id))
		return rq->err.code;
	return desk_fact(rq, c.number, verb, arena_printf(rq->mem, "{\"note\":%lld}", (long long)id), 0);
}

enum st desk_note_add(struct req *rq, void *act)
{
	return note(rq, act, MAY_ADD_NOTE, "note-added");
}

enum st desk_opinion_add(struct req *rq, void *act)
{
	return note(rq, act, MAY_GIVE_OPINION, "opinion-given");
}

/* ── closing ── */

static bool reason_known(const char *reason)
{
	for (int i = 0; reason && close_reasons[i]; i++)
		if (strcmp(reason, close_reasons[i]) == 0)
			return true;
	return false;
}

/* Of one kind; NULL: all. */
enum st desk_tasks_finish(struct req *rq, const char *number, const char *kind)
{
	struct task *t = arena_array(rq->mem, struct task, TASKS_MAX);
	int n = 0;
	if (task_list(rq, number, true, t, TASKS_MAX, &n))
		return rq->err.code;
	for (int i = 0; i < n; i++)
		if ((!kind || strcmp(t[i].kind, kind) == 0) && task_done(rq, t[i].id))
			return rq->err.code;
	return ST_OK;
}

enum st desk_tasks(struct req *rq, struct task *out, int max, int *n)
{
	struct closed_cases closed;
	int kept = 0;
	*n = 0;
	if (permit(rq, MAY_SEE_QUEUE) || desk_closed_cases(rq, &closed) || task_list(rq, NULL, true, out, max, n))
		return rq->err.code;
	for (int i = 0; i < *n; i++) {
		struct case_row c = { 0 };
		enum st st = closed.n ? desk_case_get(rq, out[i].subject, &c) : ST_NOTFOUND;
		if (st && st != ST_NOTFOUND)
			return st;
		err_clear(&rq->err);
		if (st || !desk_is_closed(&closed, c.id))
			out[kept++] = out[i];
	}
	*n = kept;
	return ST_OK;
}

/* Nobody is written to or waited for any more; closing it, with the reporters told, is the next click. */
enum st desk_case_verify(struct req *rq, void *act)
{
	struct desk_act *a = act;
	struct case_row c;
	int64_t note = 0;
	if (begin(rq, MAY_CLOSE_CASE, CASE_EV_VERIFY, a, &c) || c.state == CASE_VERIFIED)
		return rq->err.code;
	if (a->text && *a->text && (check_text(rq, a->text) || desk_note_write(rq, c.id, a->text, &note)))
		return rq->err.code;
	char *payload = arena_printf(rq->mem, "{\"note\":%lld}", (long long)note);
	if (desk_case_still(rq, &c) || desk_tasks_finish(rq, c.number, "verify") ||
	    desk_fact(rq, c.number, "case-verified", payload, 0))
		return rq->err.code;
	return desk_case_settle(rq, c.id);
}

enum st desk_case_close(struct req *rq, void *act)
{
	struct desk_act *a = act;
	struct case_row c;
	int next;
	if (desk_case_take(rq, MAY_CLOSE_CASE, a->number, &c))
		return rq->err.code;
	if (!reason_known(a->reason))
		return err_set(&rq->err, ST_INVALID,
			       N_("reason: fixed, false-alarm, not-reproducible, referred, record-only or duplicate is "
				  "needed"));
	if (a->text && *a->text && check_text(rq, a->text))
		return rq->err.code;
	if (desk_case_may(rq, &c, CASE_EV_CLOSE, &next) || desk_tasks_finish(rq, c.number, NULL))
		return rq->err.code;
	return desk_case_shut(rq, &c, a->reason, a->text);
}

enum st desk_case_reopen(struct req *rq, void *act)
{
	struct desk_act *a = act;
	struct case_row c;
	if (desk_case_take(rq, MAY_CLOSE_CASE, a->number, &c))
		return rq->err.code;
	if (c.state != CASE_CLOSED && c.state != CASE_VERIFIED)
		return ST_OK;
	if (desk_case_move(rq, &c, CASE_EV_REOPEN) ||
	    sql_run(rq, "UPDATE desk_case SET closed_at = 0, close_reason = '', record_only = 0 WHERE id = $1",
		    V(c.id)) ||
	    desk_obs_open(rq, c.id) || due_cancel(rq, "case-retention", c.number) ||
	    due_cancel(rq, "address-retention", c.number) || desk_fact(rq, c.number, "case-reopened", NULL, 0))
		return rq->err.code;
	return desk_case_settle(rq, c.id);
}

static enum st task_end(struct req *rq, const char *subject, int64_t id)
{
	struct task *t = arena_array(rq->mem, struct task, TASKS_MAX);
	int n = 0;
	if (task_list(rq, subject, false, t, TASKS_MAX, &n))
		return rq->err.code;
	for (int i = 0; i < n; i++)
		if (t[i].id == id)
			return t[i].done_at ? ST_OK : task_done(rq, id);
	return err_set(&rq->err, ST_NOTFOUND, "%.40s has no task %lld", subject, (long long)id);
}

/* A task may be about something else than a case: "contact:12", "registrant:CON-1". */
enum st desk_task_done(struct req *rq, void *act)
{
	struct desk_act *a = act;
	struct case_row c;
	if (strchr(a->number, ':'))
		return permit(rq, MAY_DO_TASK) ? rq->err.code : task_end(rq, a->number, a->id);
	if (begin(rq, MAY_DO_TASK, CASE_EV_SPEAK, a, &c) || task_end(rq, c.number, a->id))
		return rq->err.code;
	return desk_case_settle(rq, c.id);
}
