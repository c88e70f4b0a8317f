/* The reporter's own row, and what they may still do: add something, withdraw. */
#include <string.h>
#include "base/clock.h"
#include "desk/desk_int.h"

#define REPORT_COLUMNS "id, case_id, person, filed_at, withdrawn_at, erased_at, digest, class, seed, confirm"

static enum st report_of(struct req *rq, struct rows *r, struct report_row *out)
{
	bool found = rows_next(r);
	if (found) {
		struct blob seed = rows_blob(r, 8);
		*out = (struct report_row){ .id = rows_int(r, 0),
					    .case_id = rows_int(r, 1),
					    .person = rows_int(r, 2),
					    .filed_at = rows_int(r, 3),
					    .withdrawn_at = rows_int(r, 4),
					    .erased_at = rows_int(r, 5),
					    .digest = rows_dup(r, 6),
					    .class_id = rows_dup(r, 7) };
		out->has_seed = seed.n == SEED_LEN;
		if (out->has_seed)
			memcpy(out->seed, seed.p, SEED_LEN);
		struct blob confirm = rows_blob(r, 9);
		out->has_confirm = confirm.n == sizeof out->covered;
		if (out->has_confirm)
			memcpy(out->covered, confirm.p, sizeof out->covered);
	}
	if (rows_end(r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, N_("no such report"));
}

enum st desk_report_get(struct req *rq, int64_t id, struct report_row *out)
{
	struct rows r;
	if (desk_case_hold_of(rq, "SELECT case_id FROM desk_report WHERE id = $1", V(id)) ||
	    sql_query(rq, &r, "SELECT " REPORT_COLUMNS " FROM desk_report WHERE id = $1", V(id)))
		return rq->err.code;
	return report_of(rq, &r, out);
}

enum st desk_report_by_token(struct req *rq, const char *token, struct report_row *out)
{
	struct rows r;
	struct hash h = desk_token_hash(token ? token : "");
	if (desk_case_hold_of(rq, "SELECT case_id FROM desk_report WHERE token_hash = $1", V_BLOB(h.b, HASH_LEN)) ||
	    sql_query(rq, &r, "SELECT " REPORT_COLUMNS " FROM desk_report WHERE token_hash = $1",
		      V_BLOB(h.b, HASH_LEN)))
		return rq->err.code;
	return report_of(rq, &r, out);
}

static enum st check_addition(struct req *rq, const struct reporter_arg *a, const struct report_row *row)
{
	size_t n = a->text ? strlen(a->text) : 0;
	int64_t before = 0;
	if (n > WORDS_MAX)
		return err_set(&rq->err, ST_INVALID, N_("text: longer than %d bytes"), WORDS_MAX);
	if (n && !text_clean(a->text, n))
		return err_set(&rq->err, ST_INVALID, N_("text: not plain UTF-8 text"));
	if (n == 0 && a->nfiles == 0)
		return err_set(&rq->err, ST_INVALID, N_("text: say what you want to add"));
	if (row->withdrawn_at)
		return err_set(&rq->err, ST_CONFLICT, N_("this report was withdrawn"));
	if (!desk_files_ok(rq, a->file, a->nfiles) ||
	    sql_number(rq, &before, "SELECT count(*) FROM desk_addition WHERE report_id = $1", V(row->id)))
		return rq->err.code;
	return before < 50 ? ST_OK : err_set(&rq->err, ST_LIMIT, N_("nothing more can be added to this report"));
}

enum st desk_reporter_add(struct req *rq, void *reporter_arg)
{
	struct reporter_arg *a = reporter_arg;
	struct report_row row;
	struct case_row c;
	int64_t id = 0, now = clock_now();
	if (desk_report_by_token(rq, a->token, &row) || desk_case_of(rq, row.case_id, &c) ||
	    check_addition(rq, a, &row))
		return rq->err.code;
	if (sql_number(rq, &id, "INSERT INTO desk_addition(report_id, text, at) VALUES($1, $2, $3) RETURNING id",
		       V(row.id), V(a->text ? a->text : ""), V(now)) ||
	    desk_files_write(rq, row.id, a->file, a->nfiles, now))
		return rq->err.code;
	char *payload = arena_printf(rq->mem, "{\"report\":%lld,\"addition\":%lld,\"nfiles\":%d}", (long long)row.id,
				     (long long)id, a->nfiles);
	if (desk_fact(rq, c.number, "report-added", payload, row.person))
		return rq->err.code;
	if (c.state != CASE_CLOSED && desk_task(rq, c.number, "read", N_("A reporter added something: read it")))
		return rq->err.code;
	return desk_case_settle(rq, c.id);
}

static enum st after_withdrawal(struct req *rq, const struct case_row *c)
{
	int64_t left = 0, told = 0;
	if (c->state == CASE_CLOSED)
		return ST_OK;
	if (sql_number(rq, &left, "SELECT count(*) FROM desk_report WHERE case_id = $1 AND withdrawn_at = 0",
		       V(c->id)) ||
	    sql_number(rq, &told, "SELECT count(*) FROM desk_notice WHERE case_id = $1 AND sent_at > 0", V(c->id)))
		return rq->err.code;
	if (left)
		return ST_OK;
	if (!told)
		return desk_case_shut(rq, c, "withdrawn", NULL);
	if (desk_task(rq, c->number, "withdrawn",
		      N_("The only report was withdrawn after a party was told: decide what to do")))
		return rq->err.code;
	return desk_case_settle(rq, c->id);
}

enum st desk_reporter_withdraw(struct req *rq, void *reporter_arg)
{
	struct reporter_arg *a = reporter_arg;
	struct report_row row;
	struct case_row c;
	if (desk_report_by_token(rq, a->token, &row) || desk_case_of(rq, row.case_id, &c))
		return rq->err.code;
	if (row.withdrawn_at)
		return ST_OK;
	char *payload = arena_printf(rq->mem, "{\"report\":%lld}", (long long)row.id);
	if (sql_run(rq, "UPDATE desk_report SET withdrawn_at = $2 WHERE id = $1", V(row.id), V(clock_now())) ||
	    desk_fact(rq, c.number, "report-withdrawn", payload, row.person))
		return rq->err.code;
	return after_withdrawal(rq, &c);
}
