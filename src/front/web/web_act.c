/* web_act.c — what staff do to a case: one route, one table. */
#include "front/web/web.h"
#include <string.h>
#include "base/text.h"
#include "desk/desk_digest.h"
#include "desk/desk_ladder.h"
#include "desk/desk_question.h"

enum { ACT_TEXT = 1, ACT_REASON = 2, ACT_ID = 4, ACT_PICKS = 8 };
enum { TEXT_MAX = 20000 };

struct act_row {
	const char *name; /* the last part of the path */
	write_fn write;
	enum permission may; /* the desk asks for it too: here it says which buttons a page shows */
	unsigned needs;
	const char *anchor; /* where the page goes on */
};
static const struct act_row acts[] = {
	{ "approve", desk_notice_approve, MAY_APPROVE_NOTICE, 0, "#notices" },
	{ "cancel", desk_notice_cancel, MAY_APPROVE_NOTICE, ACT_ID, "#notices" },
	{ "escalate", desk_escalate, MAY_APPROVE_NOTICE, ACT_ID, "#notices" },
	{ "digest-now", desk_digest_take_out, MAY_APPROVE_NOTICE, ACT_ID, "#notices" },
	{ "hold", desk_step_hold, MAY_APPROVE_NOTICE, ACT_ID | ACT_TEXT, "#notices" },
	{ "resume", desk_step_resume, MAY_APPROVE_NOTICE, ACT_ID, "#notices" },
	{ "skip", desk_step_skip, MAY_APPROVE_NOTICE, ACT_ID | ACT_TEXT, "#notices" },
	{ "forward", desk_step_now, MAY_APPROVE_NOTICE, ACT_ID, "#notices" },
	{ "write", desk_party_write, MAY_WRITE_PARTY, ACT_ID | ACT_TEXT, "" },
	{ "reporters", desk_reporters_write, MAY_WRITE_PARTY, ACT_TEXT, "" },
	{ "answer", desk_question_answer, MAY_WRITE_PARTY, ACT_ID | ACT_TEXT, "" },
	{ "note", desk_note_add, MAY_ADD_NOTE, ACT_TEXT, "" },
	{ "opinion", desk_opinion_add, MAY_GIVE_OPINION, ACT_TEXT, "" },
	{ "verify", desk_case_verify, MAY_CLOSE_CASE, 0, "" },
	{ "merge", desk_case_merge, MAY_MERGE_CASE, ACT_REASON, "#others" },
	{ "unmerge", desk_case_unmerge, MAY_MERGE_CASE, 0, "#others" },
	{ "split", desk_case_split, MAY_MERGE_CASE, ACT_REASON | ACT_PICKS, "#others" },
	{ "link", desk_case_link, MAY_MERGE_CASE, ACT_REASON, "#others" },
	{ "unlink", desk_case_unlink, MAY_MERGE_CASE, ACT_REASON, "#others" },
	{ "close", desk_case_close, MAY_CLOSE_CASE, ACT_REASON, "" },
	{ "reopen", desk_case_reopen, MAY_CLOSE_CASE, 0, "" },
	{ "task", desk_task_done, MAY_DO_TASK, ACT_ID, "" },
	{ "label", desk_case_label, MAY_LABEL_CASE, ACT_REASON, "#label" },
};

struct acting {
	const struct act_row *row;
	struct desk_act act;
	bool back_to_tasks;
};

static const struct act_row *act_row(const char *name)
{
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (strcmp(acts[i].name, name) == 0)
			return &acts[i];
	return NULL;
}

bool act_may(const struct page *p, const char *name)
{
	const struct act_row *row = act_row(name);
	return row && page_may(p, row->may);
}

static enum st act_write(struct req *rq, void *arg)
{
	struct acting *a = arg;
	return a->row->write(rq, &a->act);
}

static void acted(struct http *h, void *arg, const struct err *outcome)
{
	struct acting *a = arg;
	struct arena *mem = http_req(h)->mem;
	if (outcome->code)
		http_fail_err(h, outcome);
	else if (a->back_to_tasks)
		http_redirect(h, "/staff/tasks?done=task");
	else
		http_redirect(h,
			      arena_printf(mem, "/staff/case/%s?done=%s%s", a->act.other ? a->act.other : a->act.number,
					   a->row->name, a->row->anchor));
}

/* NULL, or what is missing. */
static const char *missing(const struct acting *a)
{
	if (a->row->needs & ACT_TEXT && (!*a->act.text || strlen(a->act.text) > TEXT_MAX))
		return N_("text: write something, at most 20,000 bytes");
	if (a->row->needs & ACT_REASON && !*a->act.reason)
		return N_("reason: choose one from the list");
	if (a->row->needs & ACT_ID && a->act.id <= 0)
		return N_("id: which one is not said");
	return NULL;
}

int64_t form_minute(struct http *h, const char *name)
{
	const char *s = form_text(h, name);
	int64_t t = strchr(s, 'T') ? time_parse(s) : TIME_NONE;
	return t == TIME_NONE ? 0 : t - front_app(h)->cfg->site_zone * 60 * USEC;
}

void web_post_act(struct http *h)
{
	struct arena *mem = http_req(h)->mem;
	struct acting *a = arena_new_of(mem, struct acting);
	a->row = act_row(http_arg(h, 1));
	if (!a->row) {
		http_fail(h, 404, "no such act");
		return;
	}
	if (!staff_may(h, a->row->may))
		return;
	a->act = (struct desk_act){ .number = arena_strdup(mem, http_arg(h, 0)),
				    .text = arena_strdup(mem, form_words(h, "text")),
				    .reason = a->row->needs & ACT_PICKS ? web_picks(h)
									: arena_strdup(mem, form_text(h, "reason")) };
	a->act.how = arena_strdup(mem, form_text(h, "how"));
	a->act.at = form_minute(h, "at");
	text_int(form_text(h, "id"), 0, INT64_MAX, &a->act.id);
	a->back_to_tasks = strcmp(form_text(h, "back"), "tasks") == 0;
	const char *why = missing(a);
	if (why)
		http_fail(h, 422, "%s", why);
	else
		http_write(h, act_write, a, acted);
}
