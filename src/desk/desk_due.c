/* Silence is noticed: what happens when a row of work/due falls due. All as the actor `clock`. */
#include <string.h>
#include <sys/stat.h>
#include "base/clock.h"
#include "desk/desk_question.h"
#include "desk/desk_int.h"
#include "desk/desk_search.h"
#include "names/registry.h"
#include "who/person.h"
#include "who/privacy.h"
#include "work/due.h"
#include "work/file.h"

enum { PERSONS_MAX = 500 }; /* of one case, in one write */

static enum st notice_due(struct req *rq, const char *id_text)
{
	struct notice_row n;
	struct case_row c;
	int64_t id = 0;
	if (!text_int(id_text, 1, INT64_MAX, &id))
		return ST_OK;
	enum st st = desk_notice_get(rq, id, &n);
	if (st == ST_NOTFOUND)
		err_clear(&rq->err);
	if (st)
		return rq->err.code;
	if (desk_case_of(rq, n.case_id, &c))
		return rq->err.code;
	if ((n.state != NOTICE_SENT && n.state != NOTICE_SILENT) || c.state == CASE_CLOSED || c.state == CASE_VERIFIED)
		return ST_OK; /* answered or checked meanwhile */
	return desk_climb_due(rq, &n, &c);
}

/* Words and files of a case that was closed long ago. Receipts stay true: the journal holds digests only. */
static enum st case_retention(struct req *rq, const char *number)
{
	struct case_row c;
	struct rows r;
	enum st st = desk_case_get(rq, number, &c);
	if (st == ST_NOTFOUND)
		err_clear(&rq->err);
	if (st || c.state != CASE_CLOSED)
		return rq->err.code;
	store_scrub(rq);
	if (sql_query(rq, &r,
		      "SELECT f.sha256 FROM desk_file f JOIN desk_report r ON r.id = f.report_id WHERE r.case_id = $1",
		      V(c.id)))
		return rq->err.code;
	while (rows_next(&r))
		if (due_set(rq, "file-forget", arena_strdup(rq->mem, rows_text(&r, 0)), clock_now()))
			break;
	if (rows_end(&r) || rq->err.code)
		return rq->err.code;
	if (sql_run(rq, "DELETE FROM desk_file WHERE report_id IN (SELECT id FROM desk_report WHERE case_id = $1)",
		    V(c.id)) ||
	    sql_run(rq, "DELETE FROM desk_addition WHERE report_id IN (SELECT id FROM desk_report WHERE case_id = $1)",
		    V(c.id)) ||
	    sql_run(rq, "UPDATE desk_report SET words = '' WHERE case_id = $1", V(c.id)) ||
	    desk_mail_forget(rq, c.id, 0) || desk_questions_forget(rq, c.id, 0) || desk_stale(rq, c.id) ||
	    sql_run(rq,
		    "UPDATE desk_share SET text = '', answer_text = '', named_by = '', person = '' WHERE case_id = $1",
		    V(c.id)) ||
	    sql_run(rq, "UPDATE desk_consent SET who = '' WHERE case_id = $1", V(c.id)) ||
	    sql_run(rq, "UPDATE desk_notice SET answer_text = '' WHERE case_id = $1", V(c.id)) ||
	    sql_run(rq,
		    "UPDATE desk_answer SET text = '' WHERE notice_id IN (SELECT id FROM desk_notice WHERE case_id = "
		    "$1)",
		    V(c.id)))
		return rq->err.code;
	return desk_fact(rq, c.number, "words-forgotten", NULL, 0);
}

/* The reporters of a case that was closed long ago, but for those who have a younger one. */
static enum st reporters_of_old(struct req *rq, const struct case_row *c, int64_t *person, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT DISTINCT r.person FROM desk_report r JOIN who_person p ON p.id = r.person AND "
		      "p.erased_at = 0 WHERE r.case_id = $1 AND r.person <> 0 AND NOT EXISTS (SELECT 1 FROM"
		      " desk_report y JOIN desk_case k ON k.id = y.case_id WHERE y.person = r.person AND"
		      " y.person <> 0 AND (k.closed_at = 0 OR k.closed_at > $2)) LIMIT $3",
		      V(c->id), V(clock_now() - privacy_keep("who_person")), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		person[(*n)++] = rows_int(&r, 0);
	return rows_end(&r);
}

static enum st address_retention(struct req *rq, const char *number)
{
	struct case_row c;
	int64_t person[PERSONS_MAX];
	int n;
	enum st st = desk_case_get(rq, number, &c);
	if (st == ST_NOTFOUND)
		err_clear(&rq->err);
	if (st || c.state != CASE_CLOSED || reporters_of_old(rq, &c, person, PERSONS_MAX, &n) || !n)
		return rq->err.code;
	for (int i = 0; i < n; i++)
		if (person_erase(rq, person[i]))
			return rq->err.code;
	if (n == PERSONS_MAX && due_set(rq, "address-retention", number, clock_now()))
		return rq->err.code;
	return desk_fact(rq, c.number, "addresses-forgotten", NULL, 0);
}

/* A file nobody refers to any more leaves the disk. One that has just come again may be about to be filed: it waits a
 * little. */
static enum st file_forget_due(struct req *rq, const char *sha256)
{
	int64_t used = 0;
	bool paper = false;
	struct stat st;
	const char *dir = desk_the_site()->dir;
	if (!dir || strlen(sha256) != 64)
		return ST_OK;
	if (sql_number(rq, &used, "SELECT count(*) FROM desk_file WHERE sha256 = $1", V(sha256)) ||
	    review_paper_kept(rq, sha256, &paper))
		return rq->err.code;
	if (used || paper || stat(file_path(rq->mem, dir, sha256), &st) != 0)
		return ST_OK;
	enum st gone = file_forget(dir, sha256, &rq->err);
	if (gone == ST_NOTFOUND)
		err_clear(&rq->err);
	return rq->err.code;
}

const struct due_kind desk_due_kinds[] = {
	{ "notice-due", notice_due },	      { "proposal-end", desk_proposal_due },
	{ "case-retention", case_retention }, { "address-retention", address_retention },
	{ "file-forget", file_forget_due },   { "task-due", desk_task_due },
};
const int desk_due_count = sizeof desk_due_kinds / sizeof *desk_due_kinds;
