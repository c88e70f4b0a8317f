/* The staff's lists: one walk along an index a page; counts from desk_tally (desk_tally.c). */
#include <string.h>
#include <strings.h>
#include "desk/desk_int.h"
#include "desk/desk_queue.h"
#include "who/permit.h"

#define ROW_COLUMNS                                                                                                    \
	"c.number, k.title, c.class, c.state, c.opened_at, c.due_at, c.first_obs, c.holder, c.nobs, c.nreports, "      \
	"c.waiting, c.tasks,"                                                                                          \
	" c.assignee, c.queue, c.told, c.severity, c.lane, c.tags"
#define ROW_CLASS " JOIN desk_class k ON k.id = c.class ORDER BY c.sort_at, c.id"
/* The page's ids first, from the index alone: rows that an offset passes over are not read. A limit that PostgreSQL can
 * read in the text keeps it from joining for a tenth of all cases. */
#define ROW_PAGE(where)                                                                                                \
	"SELECT " ROW_COLUMNS " FROM (SELECT c.id FROM desk_case c " where                                             \
	" ORDER BY c.sort_at, c.id LIMIT 200 OFFSET $2) p JOIN desk_case c ON c.id = p.id" ROW_CLASS " LIMIT $1"

static const char *badge_of(int queue, int told, const struct queue_row *q, const char **tone)
{
	static const char *const parties[] = {
		[LINK_HOLDER] = N_("Waiting for the holder"),
		[LINK_SPONSOR] = N_("Waiting for the sponsor"),
		[LINK_UPSTREAM] = N_("Waiting for the upstream network"),
		[LINK_AUTHORITY] = N_("Waiting for the national authority"),
	};
	*tone = "warn";
	if (queue == TURN_CLOSED) {
		*tone = "";
		return N_("Closed");
	}
	if (q->waiting)
		return N_("A notice waits for approval");
	if (q->state == CASE_ANSWERED) {
		*tone = "ok";
		return N_("Answered: check and close");
	}
	if (q->state == CASE_VERIFIED) {
		*tone = "ok";
		return N_("Checked: close it");
	}
	if (q->tasks)
		return N_("A task for us");
	if (queue == TURN_PARTY) {
		*tone = "hold";
		return parties[told >= 0 && told <= LINK_AUTHORITY ? told : LINK_HOLDER];
	}
	*tone = "info";
	return q->state == CASE_RECEIVED ? N_("New") : N_("Decide what to do");
}

/* `total` (may be NULL): the last column. */
static enum st read_rows(struct req *rq, struct rows *r, int max, enum lang l, struct queue_row *out, int *n,
			 int64_t *total)
{
	while (*n < max && rows_next(r)) {
		struct queue_row *q = &out[(*n)++];
		*q = (struct queue_row){ .number = rows_dup(r, 0),
					 .title = arena_strdup(rq->mem, tr(l, rows_text(r, 1))),
					 .class_id = rows_dup(r, 2),
					 .state = (enum case_state)rows_int(r, 3),
					 .opened_at = rows_int(r, 4),
					 .due_at = rows_int(r, 5),
					 .first_obs = rows_dup(r, 6),
					 .holder = rows_dup(r, 7),
					 .nobs = (int)rows_int(r, 8),
					 .nreports = (int)rows_int(r, 9),
					 .waiting = (int)rows_int(r, 10),
					 .tasks = (int)rows_int(r, 11),
					 .assignee = rows_dup(r, 12),
					 .severity = rows_dup(r, 15),
					 .lane = rows_dup(r, 16),
					 .tags = text_trim(rq->mem, rows_text(r, 17)) };
		if (total)
			*total = rows_int(r, 18);
		q->badge = tr(l, badge_of((int)rows_int(r, 13), (int)rows_int(r, 14), q, &q->tone));
	}
	return rows_end(r);
}

/* ── without a search ── */

static enum st page(struct req *rq, enum queue_view view, int offset, int max, struct rows *r)
{
	switch (view) {
	case QUEUE_WAITING_US:
	case QUEUE_WAITING_PARTY:
		return sql_query(rq, r, ROW_PAGE("WHERE c.queue = $3"), V(max), V(offset),
				 V(view == QUEUE_WAITING_US ? TURN_US : TURN_PARTY));
	case QUEUE_OPEN:
		return sql_query(rq, r, ROW_PAGE("WHERE c.sort_at < $3"), V(max), V(offset), V(SORT_OPEN_MAX));
	case QUEUE_CLOSED:
		return sql_query(rq, r, ROW_PAGE("WHERE c.sort_at > $3"), V(max), V(offset), V(SORT_OPEN_MAX));
	case QUEUE_ALL:
		break;
	}
	return sql_query(rq, r, ROW_PAGE(""), V(max), V(offset));
}

int64_t desk_queue_total(enum queue_view view, const struct queue_counts *c)
{
	switch (view) {
	case QUEUE_OPEN:
		return c->open;
	case QUEUE_WAITING_US:
		return c->waiting_us;
	case QUEUE_WAITING_PARTY:
		return c->waiting_party;
	case QUEUE_CLOSED:
		return c->closed;
	case QUEUE_ALL:
		break;
	}
	return c->open + c->closed;
}

enum st desk_queue_counts(struct req *rq, struct queue_counts *out)
{
	*out = (struct queue_counts){ 0 };
	return permit(rq, MAY_SEE_QUEUE) ? rq->err.code : desk_tally_read(rq, out);
}

/* ── with one ── */

void desk_view_turns(enum queue_view v, int *least, int *most)
{
	*least = v == QUEUE_CLOSED ? TURN_CLOSED : v == QUEUE_WAITING_PARTY ? TURN_PARTY : TURN_US;
	*most = v == QUEUE_OPEN || v == QUEUE_WAITING_PARTY ? TURN_PARTY
		: v == QUEUE_WAITING_US			    ? TURN_US
							    : TURN_CLOSED;
}

/* A case number or its beginning: at most the newest 1,000. The plus keeps the planner off the index of turns. */
#define NUMBER_PAGE                                                                                                    \
	"SELECT " ROW_COLUMNS ", count(*) OVER () FROM (SELECT c.id FROM desk_case c WHERE c.number >= $3 AND "        \
	"c.number < $4 AND +c.queue >= $5 AND +c.queue <= $6 ORDER BY c.number DESC LIMIT 1000) p JOIN desk_case c "   \
	"ON c.id = p.id" ROW_CLASS " LIMIT $1 OFFSET $2"

/* The total stands in each row; behind the last page there is none, and the first row is asked for it. */
static enum st number_page(struct req *rq, const struct desk_find *f, struct queue_row *out, int *n, int64_t *total)
{
	struct rows r;
	struct queue_row first;
	int one = 0;
	char *from = arena_strdup(rq->mem, f->text);
	for (char *p = from; *p; p++)
		*p = *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
	char *to = arena_printf(rq->mem, "%s~", from);
	if (sql_query(rq, &r, NUMBER_PAGE, V(f->max), V(f->offset), V(from), V(to), V(f->least), V(f->most)) ||
	    read_rows(rq, &r, f->max, f->lang, out, n, total))
		return rq->err.code;
	if (*n || f->offset == 0)
		return ST_OK;
	return sql_query(rq, &r, NUMBER_PAGE, V(1), V(0), V(from), V(to), V(f->least), V(f->most))
		       ? rq->err.code
		       : read_rows(rq, &r, 1, f->lang, &first, &one, total);
}

enum st desk_queue_row(struct req *rq, int64_t case_id, enum lang l, struct queue_row *out, bool *there)
{
	struct rows r;
	int n = 0;
	if (sql_query(rq, &r,
		      "SELECT " ROW_COLUMNS " FROM desk_case c JOIN desk_class k ON k.id = c.class WHERE c.id = $1",
		      V(case_id)) ||
	    read_rows(rq, &r, 1, l, out, &n, NULL))
		return rq->err.code;
	*there = n == 1;
	return ST_OK;
}

enum st desk_search(struct req *rq, enum queue_view view, struct desk_find *f, struct queue_list *out)
{
	bool by_number = !f->filter && strncasecmp(f->text, "nc-", 3) == 0 && !strpbrk(f->text, " \t");
	desk_view_turns(view, &f->least, &f->most);
	if (!by_number)
		return desk_find(rq, f, out);
	return number_page(rq, f, out->row, &out->n, &out->total) ? rq->err.code
								  : desk_personal_hide(rq, out->row, out->n);
}

enum st desk_queue(struct req *rq, enum queue_view view, const char *search, int offset, int max, enum lang l,
		   struct queue_row *out, int *n, int64_t *total)
{
	struct queue_counts counts;
	struct rows r;
	*n = 0;
	*total = 0;
	if (permit(rq, MAY_SEE_QUEUE))
		return rq->err.code;
	search = search ? text_trim(rq->mem, search) : "";
	if (strlen(search) > OBS_LEN || !text_clean(search, strlen(search)))
		return err_set(&rq->err, ST_INVALID, N_("search: at most %d bytes of plain text"), OBS_LEN);
	if (*search) {
		struct desk_find f = { .text = search, .offset = offset, .max = max, .lang = l };
		struct queue_list found = { .row = out };
		enum st st = desk_search(rq, view, &f, &found);
		*n = found.n;
		*total = found.total;
		return st;
	}
	if (desk_queue_counts(rq, &counts) || page(rq, view, offset, max, &r))
		return rq->err.code;
	*total = desk_queue_total(view, &counts);
	return read_rows(rq, &r, max, l, out, n, NULL) ? rq->err.code : desk_personal_hide(rq, out, *n);
}
