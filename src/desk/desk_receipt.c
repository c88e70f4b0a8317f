/* A report's receipt: the journal entry that holds its digest, and the proof that the journal holds the entry. */
#include <string.h>
#include "desk/desk_move.h"
#include "store/receipt.h"
#include "who/permit.h"

enum { LOOK_MAX = 20000 };

static enum st first_report(struct req *rq, int64_t case_id, struct report_row *out)
{
	int64_t id = 0;
	enum st st = sql_number(
		rq, &id,
		"SELECT min(id) FROM desk_report WHERE case_id = $1 OR (home = $1 AND home <> 0) HAVING count(*) > 0",
		V(case_id));
	return st ? st : desk_report_get(rq, id, out);
}

static enum st find_report(struct req *rq, const char *token, const char *number, struct report_row *row,
			   struct case_row *c)
{
	if (token) {
		if (desk_report_by_token(rq, token, row) || desk_case_of(rq, row->case_id, c))
			return rq->err.code;
		bool its = true;
		if (number && desk_report_numbered(rq, row, number, &its))
			return rq->err.code;
		return its ? ST_OK : err_set(&rq->err, ST_NOTFOUND, N_("no such report"));
	}
	if (permit(rq, MAY_SEE_CASE) || desk_case_get(rq, number, c) || desk_case_open_to(rq, c->id))
		return rq->err.code;
	/* A case that was merged has no reports of its own any more: those that were filed in it. */
	return first_report(rq, c->id, row);
}

/* Entries of a much-reported case are many: they are looked through in a region of their own. */
static enum st find_entry(struct req *rq, const struct report_row *row, const char *number, struct entry *out)
{
	struct req own = { .mem = arena_new((size_t)48 << 20), .db = rq->db, .who = rq->who };
	bool found = false;
	for (int max = 100, n = max; !found && n == max && max <= LOOK_MAX; max *= 10) {
		struct entry *list = arena_array(own.mem, struct entry, max);
		if (journal_about(&own, number, max, list, &n))
			break;
		for (int i = 0; !found && i < n; i++) {
			found = strcmp(list[i].verb, "report-filed") == 0 &&
				desk_payload_int(own.mem, &list[i], "report") == row->id;
			if (found)
				out->seq = list[i].seq;
		}
	}
	rq->err = own.err;
	arena_free(own.mem);
	if (rq->err.code)
		return rq->err.code;
	return found ? journal_entry(rq, out->seq, out)
		     : err_set(&rq->err, ST_NOTFOUND, N_("the entry of this report was erased"));
}

enum st desk_receipt(struct req *rq, const char *token, const char *number, struct buf *out)
{
	struct report_row row;
	struct case_row c;
	struct entry e;
	char *filed;
	err_clear(&rq->err);
	if (find_report(rq, token, number, &row, &c) || desk_report_filed_number(rq, &row, &filed))
		return rq->err.code;
	if (row.erased_at)
		return err_set(&rq->err, ST_NOTFOUND, N_("this report was erased"));
	return find_entry(rq, &row, filed, &e) ? rq->err.code : receipt_of(rq, &e, row.digest, out);
}
