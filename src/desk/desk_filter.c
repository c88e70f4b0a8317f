/* The staff's lists by queue, level, class, person, tag and day: one walk along an index that has all of these beside
 * the order of the list. What is due until midnight, and overdue, stands before the rest of the open cases. */
#include <string.h>
#include "base/clock.h"
#include "desk/desk_filter.h"
#include "desk/desk_int.h"
#include "desk/desk_queue.h"
#include "who/account.h"
#include "who/permit.h"

/* $3, $4: from and to of sort_at, $5, $6 of the turn, $7 the end of today. $13: whether cases that are closed to $14, $15
 * are left out. The plus keeps PostgreSQL off the index of turns, which has not the rest. */
#define MATCHES                                                                                                        \
	"+c.queue >= $5 AND +c.queue <= $6 AND ($8 = '' OR c.lane = $8) AND ($9 = '' OR c.severity = $9) AND "         \
	"($10 = '' OR c.class = $10) AND ($11 = '' OR c.assignee = substr($11, 2)) AND ($12 = '' OR c.tags LIKE "      \
	"'% ' || $12 || ' %') AND ($13 = 0 OR c.class NOT IN (SELECT k.id FROM desk_class k WHERE k.personal = 1) "    \
	"OR " DESK_MINE("$14", "$15") ")"
#define FILTERS " AND " MATCHES
#define IN_VIEW "c.sort_at >= $3 AND c.sort_at < $4"
#define DUE_NOW "c.due_at > 0 AND c.due_at < $7 AND " IN_VIEW FILTERS
#define DUE_LATER IN_VIEW " AND NOT (c.due_at > 0 AND c.due_at < $7)" FILTERS
#define ORDERED_LATER " ORDER BY c.sort_at, c.id"

#define PAGE(where, order) "SELECT c.id FROM desk_case c WHERE " where order " LIMIT $1 OFFSET $2"
#define COUNT(what, where)                                                                                             \
	"SELECT count(*), " what " FROM (SELECT c.due_at FROM desk_case c WHERE " where " LIMIT $1 OFFSET $2) x"

/* clang-format off */
static const char now_page[] = PAGE(DUE_NOW, " ORDER BY c.due_at, c.id"),
		  later_page[] = PAGE(DUE_LATER, ORDERED_LATER),
		  all_ids[] = PAGE("c.due_at < $7 AND " IN_VIEW FILTERS, ""),
		  now_count[] = COUNT("count(*)", DUE_NOW),
		  all_count[] = COUNT("coalesce(sum(CASE WHEN x.due_at > 0 AND x.due_at < $7 THEN 1 ELSE 0 END), 0)", IN_VIEW FILTERS),
/* The same of the first $1 in view alone, and where the last of these stands. */
		  bound_count[] =
	"SELECT coalesce(sum(x.fits), 0), coalesce(sum(CASE WHEN x.due_at > 0 AND x.due_at < $7 THEN x.fits ELSE 0 END), 0), "
	"count(*), max(x.sort_at) FROM (SELECT c.sort_at, c.due_at, CASE WHEN " MATCHES " THEN 1 ELSE 0 END AS fits FROM "
	"(SELECT sort_at, id, due_at, queue, lane, severity, class, assignee, tags FROM desk_case c WHERE " IN_VIEW
	" ORDER BY c.sort_at, c.id LIMIT $1 OFFSET $2) c) x";
/* clang-format on */

struct walk {
	struct req *rq;
	int64_t from, to, until;
	int least, most;
	bool open_only; /* that a case is let through tells what is in it */
	const char *lane, *severity, *class_id, *assignee, *tag;
};

#define WALK_VALUES(w, max, offset)                                                                                    \
	V(max), V(offset), V((w)->from), V((w)->to), V((w)->least), V((w)->most), V((w)->until), V((w)->lane),         \
		V((w)->severity), V((w)->class_id), V((w)->assignee), V((w)->tag), V((w)->open_only),                  \
		V((w)->rq->who ? (w)->rq->who->id : ""), V((w)->rq->who ? (w)->rq->who->account : 0)

bool queue_filter_any(const struct queue_filter *f)
{
	const char *const all[] = { f->lane, f->severity, f->class_id, f->tag, f->assignee };
	bool any = f->due != DUE_ANY;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		any |= all[i] && *all[i];
	return any;
}

/* Midnight to come, where the site is. */
static int64_t end_of_today(void)
{
	int64_t zone = desk_the_site()->zone * 60 * USEC, local = clock_now() + zone;
	return local - local % DAY_USEC + DAY_USEC - zone;
}

/* "=login", "=" for nobody's, "" for anybody's. */
static enum st assignee_key(struct req *rq, const char *who, const char **key)
{
	struct rows r;
	*key = "";
	if (!who || !*who)
		return ST_OK;
	*key = strcmp(who, "-") == 0 ? "=" : arena_printf(rq->mem, "=%s", who);
	if (strcmp(who, "me") != 0)
		return ST_OK;
	if (sql_query(rq, &r, "SELECT login FROM who_account WHERE id = $1", V(rq->who ? rq->who->account : 0)))
		return rq->err.code;
	*key = rows_next(&r) ? arena_printf(rq->mem, "=%s", rows_text(&r, 0)) : "= ";
	return rows_end(&r);
}

static const char *text_of(struct req *rq, const char *s)
{
	return s && text_clean(s, strlen(s)) ? arena_printf(rq->mem, "%.64s", s) : "";
}

static enum st walk_begin(struct req *rq, const struct queue_filter *f, int least, int most, struct walk *w)
{
	const char *tag = text_of(rq, f->tag);
	*w = (struct walk){ .rq = rq,
			    .from = least == TURN_CLOSED ? SORT_OPEN_MAX : INT64_MIN,
			    .to = most == TURN_CLOSED ? INT64_MAX : SORT_OPEN_MAX,
			    .until = end_of_today(),
			    .least = least,
			    .most = most,
			    .open_only = queue_filter_any(f) && !desk_sees_personal(rq),
			    .lane = text_of(rq, f->lane),
			    .severity = text_of(rq, f->severity),
			    .class_id = text_of(rq, f->class_id),
			    .tag = strpbrk(tag, "%_\\ ") ? " " : text_lower(rq->mem, tag) };
	return assignee_key(rq, f->assignee, &w->assignee);
}

/* Has the view more than a filter passes over? */
static enum st walk_long(struct walk *w, bool *yes)
{
	struct queue_counts c = { 0 };
	int64_t n = 0;
	if (desk_tally_read(w->rq, &c))
		return w->rq->err.code;
	for (int turn = w->least; turn <= w->most; turn++)
		n += turn == TURN_US ? c.waiting_us : turn == TURN_PARTY ? c.waiting_party : c.closed;
	*yes = n > FILTER_LOOKS;
	return ST_OK;
}

/* Of a million closed ones the newest only. */
static enum st walk_bound(struct walk *w)
{
	bool yes = false;
	if (walk_long(w, &yes) || !yes)
		return w->rq->err.code;
	enum st st =
		sql_number(w->rq, &w->to,
			   "SELECT sort_at FROM desk_case WHERE sort_at >= $1 AND sort_at < $2 ORDER BY sort_at, id "
			   "LIMIT 1 OFFSET $3",
			   V(w->from), V(w->to), V(FILTER_LOOKS));
	if (st == ST_NOTFOUND)
		err_clear(&w->rq->err);
	return w->rq->err.code;
}

/* All that the walk passes, and how many of them are due, in one; a long one is bound by it. */
static enum st walk_count(struct walk *w, bool only_due, int64_t *all, int64_t *due)
{
	struct rows r;
	bool bound = false;
	if ((!only_due && walk_long(w, &bound)) || sql_query(w->rq, &r,
							     only_due ? now_count
							     : bound  ? bound_count
								      : all_count,
							     WALK_VALUES(w, FILTER_LOOKS, 0)))
		return w->rq->err.code;
	if (rows_next(&r)) {
		*all = rows_int(&r, 0);
		*due = rows_int(&r, 1);
		if (bound && rows_int(&r, 2) == FILTER_LOOKS)
			w->to = rows_int(&r, 3) + 1;
	}
	return rows_end(&r);
}

/* The rows themselves by their ids: a page's worth. */
static enum st walk_rows(struct walk *w, bool due, int64_t offset, int max, enum lang l, struct queue_list *out)
{
	struct rows r;
	int64_t id[PAGE_MOST];
	int n = 0;
	if (max <= 0 || sql_query(w->rq, &r, due ? now_page : later_page, WALK_VALUES(w, max, offset)))
		return w->rq->err.code;
	while (n < max && rows_next(&r))
		id[n++] = rows_int(&r, 0);
	if (rows_end(&r))
		return w->rq->err.code;
	for (int i = 0; i < n; i++) {
		bool there = false;
		if (desk_queue_row(w->rq, id[i], l, &out->row[out->n], &there))
			return w->rq->err.code;
		out->n += there;
	}
	return ST_OK;
}

enum st desk_filter_each(struct req *rq, const struct queue_filter *f, int least, int most,
			 void (*fn)(void *ctx, int64_t case_id), void *ctx)
{
	struct walk w;
	struct rows r;
	if (walk_begin(rq, f, least, most, &w) || walk_bound(&w))
		return rq->err.code;
	w.until = f->due == DUE_TODAY ? w.until : INT64_MAX;
	if (sql_query(rq, &r, f->due == DUE_TODAY ? now_page : all_ids, WALK_VALUES(&w, FILTER_LOOKS, 0)))
		return rq->err.code;
	while (rows_next(&r))
		fn(ctx, rows_int(&r, 0));
	return rows_end(&r);
}

/* Nothing but the view: the counts are there already. */
static enum st count_all(struct walk *w, enum queue_view view, const struct queue_filter *f, struct queue_list *out)
{
	struct queue_counts c;
	bool any = queue_filter_any(f);
	if ((any || view != QUEUE_CLOSED) && walk_count(w, !any || f->due == DUE_TODAY, &out->total, &out->today))
		return w->rq->err.code;
	if (any)
		return ST_OK;
	if (desk_queue_counts(w->rq, &c))
		return w->rq->err.code;
	out->total = desk_queue_total(view, &c);
	return ST_OK;
}

static enum st walk_page(struct req *rq, enum queue_view view, const struct queue_filter *f, int offset, int max,
			 enum lang l, struct queue_list *out)
{
	struct walk w;
	int least, most;
	desk_view_turns(view, &least, &most);
	if (walk_begin(rq, f, least, most, &w) || count_all(&w, view, f, out))
		return rq->err.code;
	out->until = view == QUEUE_CLOSED ? 0 : w.until;
	int64_t of_today = out->today - offset;
	if (of_today > 0 && walk_rows(&w, true, offset, of_today < max ? (int)of_today : max, l, out))
		return rq->err.code;
	if (f->due == DUE_TODAY || out->n >= max || out->total <= out->today)
		return ST_OK;
	/* No more than are left: behind the last the walk would look for another to the end. */
	int64_t from = of_today > 0 ? 0 : -of_today, left = out->total - out->today - from;
	return walk_rows(&w, false, from, left < max - out->n ? (int)left : max - out->n, l, out);
}

enum st desk_queue_list(struct req *rq, enum queue_view view, const struct queue_filter *f, const char *text,
			int offset, int max, enum lang l, struct queue_list *out)
{
	out->n = 0;
	out->total = out->today = out->until = 0;
	out->more = out->unread = false;
	out->below = 0;
	if (permit(rq, MAY_SEE_QUEUE))
		return rq->err.code;
	text = text ? text_trim(rq->mem, text) : "";
	max = max > PAGE_MOST ? PAGE_MOST : max;
	if (strlen(text) > OBS_LEN || !text_clean(text, strlen(text)))
		return err_set(&rq->err, ST_INVALID, N_("search: at most %d bytes of plain text"), OBS_LEN);
	struct desk_find find = { .text = text, .offset = offset, .max = max, .lang = l, .below = f->below };
	find.filter = queue_filter_any(f) ? f : NULL;
	if (*text)
		return desk_search(rq, view, &find, out);
	enum st st = walk_page(rq, view, f, offset, max, l, out);
	return st ? st : desk_personal_hide(rq, out->row, out->n);
}
