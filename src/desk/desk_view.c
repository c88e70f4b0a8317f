/* A case as staff and as a reporter see it. The reporter's view is made of their own report, the observables in it, the
 * notices about those, and nothing else: no address, no words, no name of a natural person. */
#include <string.h>
#include "base/clock.h"
#include "base/phrase.h"
#include "desk/desk_question.h"
#include "desk/desk_move.h"
#include "desk/desk_pgp.h"
#include "who/permit.h"
#include "who/person.h"

enum { OBS_SHOWN = 500, REPORTERS_SHOWN = 200, FILES_SHOWN = 51 * FILES_MAX };

/* ── observables ── */

#define OBS_COLUMNS                                                                                                    \
	"o.id, o.kind, o.value, o.attributed, o.responsible, o.no_contact, o.harmless, o.mention, o.matched, "         \
	"o.country, o.elsewhere,"                                                                                      \
	" o.chain, o.turn, o.other_case"

static void obs_of(struct rows *r, struct case_obs *o)
{
	struct arena *mem = r->rq->mem;
	*o = (struct case_obs){ .id = rows_int(r, 0),
				.kind = rows_dup(r, 1),
				.value = rows_dup(r, 2),
				.attributed = rows_int(r, 3) != 0,
				.responsible = rows_int(r, 4) != 0,
				.no_contact = rows_int(r, 5) != 0,
				.harmless = rows_int(r, 6) != 0,
				.mention = rows_int(r, 7) != 0,
				.matched = rows_dup(r, 8),
				.country = rows_dup(r, 9),
				.elsewhere = rows_dup(r, 10),
				.now = (int)rows_int(r, 12),
				.other_case = rows_dup(r, 13) };
	o->links = desk_chain_read(mem, rows_text(r, 11), o->chain, 4);
	o->shown = desk_shown(mem, o->kind, o->value);
}

/* Of a report, a notice, or the whole case. */
enum st desk_obs_of(struct req *rq, int64_t case_id, int64_t report, int64_t notice, struct case_obs **out, int *n)
{
	struct rows r;
	enum st st;
	*n = 0;
	if (report)
		st = sql_query(
			rq, &r,
			"SELECT " OBS_COLUMNS
			" FROM desk_observable o WHERE o.id IN (SELECT id FROM desk_observable WHERE case_id = $2"
			" AND report_id = $1 UNION SELECT obs_id FROM desk_report_obs WHERE report_id = $1) ORDER BY "
			"o.id LIMIT $3",
			V(report), V(case_id), V(OBS_SHOWN));
	else if (notice)
		st = sql_query(rq, &r,
			       "SELECT " OBS_COLUMNS
			       " FROM desk_notice_obs no JOIN desk_observable o ON o.id = no.obs_id"
			       " WHERE no.notice_id = $1 ORDER BY o.id LIMIT $2",
			       V(notice), V(OBS_SHOWN));
	else
		st = sql_query(rq, &r,
			       "SELECT " OBS_COLUMNS
			       " FROM desk_observable o WHERE o.case_id = $1 ORDER BY o.id LIMIT $2",
			       V(case_id), V(OBS_SHOWN));
	if (st)
		return st;
	*out = NULL;
	for (int size = 0; *n < OBS_SHOWN && rows_next(&r);) {
		if (*n == size) {
			struct case_obs *more = arena_array(rq->mem, struct case_obs, size ? size * 4 : 4);
			if (size)
				memcpy(more, *out, sizeof *more * (size_t)size);
			*out = more;
			size = size ? size * 4 : 4;
		}
		obs_of(&r, &(*out)[(*n)++]);
	}
	return rows_end(&r);
}

/* ── notices ── */

static struct case_notice notice_shown(struct req *rq, const struct notice_row *n, enum lang l)
{
	bool answered = n->answered_at != 0;
	return (struct case_notice){
		.id = n->id,
		.role = n->role,
		.party = n->party,
		.person = n->person,
		.email = n->email,
		.lang = n->lang,
		.state = n->state,
		.created_at = n->created_at,
		.approved_at = n->approved_at,
		.sent_at = n->sent_at,
		.due_at = n->due_at,
		.answered_at = n->answered_at,
		.answer = n->answer,
		.answer_text = answered ? n->answer_text : NULL,
		.until = n->until,
		.why_waiting = n->state == NOTICE_WAITING && n->why ? arena_strdup(rq->mem, tr(l, n->why)) : NULL,
		.nobs = n->nobs,
		.first_obs = n->first_obs,
	};
}

static enum st load_notices(struct req *rq, struct case_view *v, enum lang l)
{
	struct notice_row *rows = arena_array(rq->mem, struct notice_row, NOTICES_MAX);
	int n = 0;
	if (desk_notices_of(rq, v->id, rows, NOTICES_MAX, &n))
		return rq->err.code;
	v->notice = arena_array(rq->mem, struct case_notice, n + 1);
	for (int i = 0; i < n; i++)
		v->notice[v->nnotices++] = notice_shown(rq, &rows[i], l);
	return desk_digest_of(rq, v) ? rq->err.code : desk_climb_view(rq, v);
}

/* ── the case ── */

enum st desk_case_view_base(struct req *rq, int64_t case_id, enum lang l, struct case_view *v)
{
	struct rows r;
	memset(v, 0, sizeof *v);
	if (sql_query(rq, &r,
		      "SELECT c.id, c.number, c.state, c.class, k.title, k.rsit, c.record_only, c.opened_at, "
		      "c.changed_at, c.closed_at,"
		      " c.due_at, c.close_reason, c.assignee, c.tlp, c.severity, c.lane, c.tags, s.title, q.title FROM "
		      "desk_case c "
		      "JOIN desk_class k ON k.id = c.class LEFT JOIN desk_severity s ON s.id = c.severity LEFT JOIN "
		      "desk_queue_row q ON q.id = c.lane "
		      "WHERE c.id = $1",
		      V(case_id)))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found) {
		*v = (struct case_view){ .id = rows_int(&r, 0),
					 .number = rows_dup(&r, 1),
					 .state = (enum case_state)rows_int(&r, 2),
					 .class_id = rows_dup(&r, 3),
					 .class_title = arena_strdup(rq->mem, tr(l, rows_text(&r, 4))),
					 .rsit = rows_dup(&r, 5),
					 .record_only = rows_int(&r, 6) != 0,
					 .opened_at = rows_int(&r, 7),
					 .changed_at = rows_int(&r, 8),
					 .closed_at = rows_int(&r, 9),
					 .due_at = rows_int(&r, 10),
					 .close_reason = rows_dup(&r, 11),
					 .assignee = rows_dup(&r, 12),
					 .tlp = (enum tlp)rows_int(&r, 13),
					 .severity = rows_dup(&r, 14),
					 .lane = rows_dup(&r, 15),
					 .tags = text_trim(rq->mem, rows_text(&r, 16)),
					 .severity_title = arena_strdup(rq->mem, tr(l, rows_text(&r, 17))),
					 .lane_title = arena_strdup(rq->mem, tr(l, rows_text(&r, 18))) };
		v->title = v->class_title;
	}
	if (rows_end(&r))
		return rq->err.code;
	return found ? load_notices(rq, v, l) : err_set(&rq->err, ST_NOTFOUND, N_("no such case"));
}

/* ── reporters ── */

static enum st load_files(struct req *rq, struct case_reporter *c)
{
	struct rows r;
	struct report_file file[FILES_SHOWN];
	if (sql_query(rq, &r,
		      "SELECT name, type, sha256, size FROM desk_file WHERE report_id = $1 ORDER BY id LIMIT $2",
		      V(c->report), V(FILES_SHOWN)))
		return rq->err.code;
	while (c->nfiles < FILES_SHOWN && rows_next(&r))
		file[c->nfiles++] =
			(struct report_file){ rows_dup(&r, 0), rows_dup(&r, 1), rows_dup(&r, 2), rows_int(&r, 3) };
	c->file = arena_array(rq->mem, struct report_file, c->nfiles + 1);
	memcpy(c->file, file, sizeof *file * (size_t)c->nfiles);
	return rows_end(&r);
}

/* Their words and what they added later. */
static enum st load_additions(struct req *rq, struct case_reporter *c)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT text FROM desk_addition WHERE report_id = $1 AND text <> '' ORDER BY id LIMIT 50",
		      V(c->report)))
		return rq->err.code;
	while (rows_next(&r))
		c->words = *c->words ? arena_printf(rq->mem, "%s\n\n%s", c->words, rows_text(&r, 0)) : rows_dup(&r, 0);
	c->has_words = *c->words != 0;
	return rows_end(&r);
}

#define REPORTER_COLUMNS                                                                                               \
	"r.id, r.person, p.email, p.confirmed_at, r.share_words, r.source, r.lang, r.words, r.filed_at, "              \
	"r.withdrawn_at, (SELECT q.name FROM desk_partner q WHERE q.id = r.partner AND r.partner <> 0)"

static void reporter_of(struct rows *r, struct case_reporter *c)
{
	*c = (struct case_reporter){ .report = rows_int(r, 0),
				     .person = rows_int(r, 1),
				     .email = rows_dup(r, 2),
				     .confirmed = rows_int(r, 3) != 0,
				     .share_words = rows_int(r, 4) != 0,
				     .source = rows_dup(r, 5),
				     .lang = rows_dup(r, 6),
				     .words = rows_dup(r, 7),
				     .at = rows_int(r, 8),
				     .withdrawn = rows_int(r, 9) != 0,
				     .partner = rows_dup(r, 10) };
}

static enum st load_reporters(struct req *rq, struct case_view *v)
{
	struct rows r;
	v->reporter = arena_array(rq->mem, struct case_reporter, REPORTERS_SHOWN);
	if (sql_query(rq, &r,
		      "SELECT " REPORTER_COLUMNS
		      " FROM desk_report r LEFT JOIN who_person p ON p.id = r.person WHERE r.case_id = $1"
		      " ORDER BY r.id LIMIT $2",
		      V(v->id), V(REPORTERS_SHOWN)))
		return rq->err.code;
	while (v->nreporters < REPORTERS_SHOWN && rows_next(&r))
		reporter_of(&r, &v->reporter[v->nreporters++]);
	if (rows_end(&r))
		return rq->err.code;
	for (int i = 0; i < v->nreporters; i++)
		if (load_files(rq, &v->reporter[i]) || load_additions(rq, &v->reporter[i]))
			return rq->err.code;
	return ST_OK;
}

static void hide_reporters(struct case_view *v)
{
	for (int i = 0; i < v->nreporters; i++) {
		v->reporter[i].email = v->reporter[i].words = v->reporter[i].partner = NULL;
		v->reporter[i].nfiles = 0;
	}
	v->nquestions = 0;
}

static enum st load_questions(struct req *rq, struct case_view *v, int64_t report)
{
	v->question = arena_array(rq->mem, struct case_question, QUESTIONS_SHOWN);
	return desk_questions(rq, v->id, report, v->question, QUESTIONS_SHOWN, &v->nquestions);
}

static bool may(struct req *rq, enum permission what)
{
	bool yes = permit(rq, what) == ST_OK;
	err_clear(&rq->err);
	return yes;
}

static void say_elsewhere(struct req *rq, enum lang l, struct case_view *v)
{
	for (int i = 0; i < v->nobs; i++)
		v->obs[i].elsewhere = phrase_say(rq->mem, l, v->obs[i].elsewhere);
}

enum st desk_case_staff(struct req *rq, const char *number, enum lang l, struct case_view *out)
{
	struct case_row c;
	err_clear(&rq->err);
	if (permit(rq, MAY_SEE_CASE) || desk_case_get(rq, number, &c) || desk_case_open_to(rq, c.id) ||
	    desk_case_view_base(rq, c.id, l, out) || desk_obs_of(rq, c.id, 0, 0, &out->obs, &out->nobs) ||
	    load_reporters(rq, out) || load_questions(rq, out, 0))
		return rq->err.code;
	say_elsewhere(rq, l, out);
	if (!may(rq, MAY_SEE_REPORTER))
		hide_reporters(out);
	out->task = arena_array(rq->mem, struct task, TASKS_MAX);
	out->mail = arena_array(rq->mem, struct case_mail, CASE_MAILS);
	if (task_list(rq, out->number, false, out->task, TASKS_MAX, &out->ntasks) || desk_case_ties(rq, out, l) ||
	    desk_pgp_of_case(rq, c.id, out->mail, CASE_MAILS, &out->nmail) || desk_case_steps(rq, out, FOR_STAFF, 0, l))
		return rq->err.code;
	desk_case_next(rq, out, FOR_STAFF, l);
	return ST_OK;
}

/* ── the reporter ── */

static bool concerns(int64_t notice, const int64_t *mine, int n)
{
	for (int i = 0; i < n; i++)
		if (mine[i] == notice)
			return true;
	return false;
}

/* Whose report came by a merge sees what the case it came to does: that is what became of theirs. */
static enum st notices_joined(struct req *rq, int64_t case_id, int64_t report, int64_t *mine, int *n)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "SELECT x.id FROM desk_notice x WHERE x.case_id = $1 AND EXISTS (SELECT 1 FROM desk_moved d JOIN "
		      "desk_move v ON v.id = d.move WHERE d.kind = 0 AND d.row_id = $2 AND v.kind = $3 AND v.into_case "
		      "= $1 AND v.undone_at = 0) AND NOT EXISTS (SELECT 1 FROM desk_moved d JOIN desk_move v ON v.id = "
		      "d.move WHERE d.kind = 2 AND d.row_id = x.id AND v.kind = $3 AND v.into_case = $1 AND "
		      "v.undone_at = 0)"
		      " ORDER BY x.id LIMIT $4",
		      V(case_id), V(report), V(MOVE_MERGE), V(NOTICES_MAX - *n)))
		return rq->err.code;
	while (*n < NOTICES_MAX && rows_next(&r))
		mine[(*n)++] = rows_int(&r, 0);
	return rows_end(&r);
}

/* Only notices about what this reporter reported, without addresses, answers' words and natural persons' names. */
static enum st own_notices(struct req *rq, struct case_view *v, int64_t report)
{
	struct rows r;
	int64_t *mine = arena_array(rq->mem, int64_t, NOTICES_MAX);
	const struct case_notice *all = v->notice;
	int n = 0, nall = v->nnotices;
	if (sql_query(rq, &r,
		      "SELECT DISTINCT no.notice_id FROM desk_notice_obs no WHERE no.obs_id IN (SELECT id FROM "
		      "desk_observable"
		      " WHERE case_id = $2 AND report_id = $1 UNION SELECT obs_id FROM desk_report_obs WHERE report_id "
		      "= $1) LIMIT $3",
		      V(report), V(v->id), V(NOTICES_MAX)))
		return rq->err.code;
	while (n < NOTICES_MAX && rows_next(&r))
		mine[n++] = rows_int(&r, 0);
	if (rows_end(&r) || notices_joined(rq, v->id, report, mine, &n))
		return rq->err.code;
	v->notice = arena_array(rq->mem, struct case_notice, n + 1);
	v->nnotices = 0;
	for (int i = 0; i < nall && v->nnotices < n; i++) {
		struct case_notice *c = &v->notice[v->nnotices];
		if (!concerns(all[i].id, mine, n))
			continue;
		*c = all[i];
		c->email = c->answer_text = c->why_waiting = c->first_obs = NULL;
		c->party = c->person ? NULL : c->party;
		v->nnotices++;
	}
	return ST_OK;
}

static void hide_people(struct case_view *v)
{
	for (int i = 0; i < v->nobs; i++)
		for (int k = 0; k < v->obs[i].links; k++) {
			struct chain_link *c = &v->obs[i].chain[k];
			if (c->person)
				c->name = c->handle = NULL;
			memset(c->contact, 0, sizeof c->contact);
			c->contacts = 0;
		}
	for (int i = 0; i < v->nobs; i++)
		v->obs[i].other_case = NULL;
}

static enum st load_mine(struct req *rq, struct case_view *v, int64_t report)
{
	struct rows r;
	int64_t all = 0;
	if (sql_query(rq, &r,
		      "SELECT " REPORTER_COLUMNS
		      " FROM desk_report r LEFT JOIN who_person p ON p.id = r.person WHERE r.id = $1",
		      V(report)))
		return rq->err.code;
	if (rows_next(&r))
		reporter_of(&r, &v->mine);
	if (rows_end(&r) || load_files(rq, &v->mine) || load_additions(rq, &v->mine) ||
	    sql_number(rq, &all, "SELECT nreports FROM desk_case WHERE id = $1", V(v->id)))
		return rq->err.code;
	v->others = all > 0 ? (int)all - 1 : 0;
	return ST_OK;
}

enum st desk_case_for_report(struct req *rq, const struct case_view *base, const struct report_row *row, enum lang l,
			     struct case_view *out)
{
	*out = *base;
	if (load_mine(rq, out, row->id) || desk_obs_of(rq, row->case_id, row->id, 0, &out->obs, &out->nobs) ||
	    own_notices(rq, out, row->id) || load_questions(rq, out, row->id))
		return rq->err.code;
	out->digest = row->digest;
	out->assignee = out->severity = out->severity_title = out->lane = out->lane_title = out->tags = NULL;
	hide_people(out);
	say_elsewhere(rq, l, out);
	desk_case_next(rq, out, FOR_REPORTER, l);
	return ST_OK;
}

enum st desk_case_reporter(struct req *rq, const char *token, const char *number, enum lang l, struct case_view *out)
{
	struct report_row row;
	struct case_row c;
	struct case_view base;
	err_clear(&rq->err);
	if (desk_report_by_token(rq, token, &row) || desk_case_of(rq, row.case_id, &c))
		return rq->err.code;
	bool its = true;
	if (number && desk_report_numbered(rq, &row, number, &its))
		return rq->err.code;
	if (!its)
		return err_set(&rq->err, ST_NOTFOUND, N_("no such report"));
	return desk_case_view_base(rq, row.case_id, l, &base) || desk_case_for_report(rq, &base, &row, l, out)
		       ? rq->err.code
		       : desk_case_steps(rq, out, FOR_REPORTER, row.id, l);
}
