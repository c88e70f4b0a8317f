/* web_staff.c — what staff see: queue, case, files, tasks, health. Everything here is behind web_guard. */
#include "front/web/web.h"
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "front/web/pages.h"
#include "work/file.h"
#include "work/task.h"

enum { PAGE_ROWS = 25, TASKS_MAX = 200, PARKED_MAX = 100, PAGES_MAX = 4000 };

/* ST_OK, or answered with the refusal. */
static bool may(struct http *h, enum permission what)
{
	if (permit(http_req(h), what) == ST_OK)
		return true;
	http_fail_err(h, &http_req(h)->err);
	return false;
}

static enum queue_view view_of(const char *name)
{
	for (int v = QUEUE_OPEN; v <= QUEUE_ALL; v++)
		if (name && strcmp(name, queue_view_name(v)) == 0)
			return v;
	return QUEUE_OPEN;
}

static enum st load_queue(struct http *h, struct queue_page *q)
{
	struct req *rq = http_req(h);
	struct queue_list l = { .row = q->row };
	struct choices *c = arena_new_of(rq->mem, struct choices);
	struct saved_view *v = arena_array(rq->mem, struct saved_view, VIEWS_MAX);
	*c = (struct choices){ 0 };
	if (desk_queue_list(rq, q->view, &q->filter, *q->search ? q->search : NULL, (int)q->from, PAGE_ROWS,
			    http_lang(h), &l) ||
	    choices_load(rq, c) || desk_views(rq, v, VIEWS_MAX, &q->nviews))
		return rq->err.code;
	q->n = l.n;
	q->total = l.total;
	q->today = l.today;
	q->until = l.until;
	q->choices = c;
	q->saved = v;
	return ST_OK;
}

void web_get_queue(struct http *h)
{
	struct req *rq = http_req(h);
	int64_t number = 1;
	if (!may(h, MAY_SEE_QUEUE))
		return;
	const char *search = http_query(h, "q"), *page = http_query(h, "page");
	if (page && !text_int(page, 1, PAGES_MAX, &number))
		number = 1;
	struct queue_page q = { .view = view_of(http_query(h, "view")),
				.page = (int)number,
				.row = arena_array(rq->mem, struct queue_row, PAGE_ROWS),
				.filter = filter_of(h) };
	q.search = search ? text_trim(rq->mem, search) : "";
	q.from = (number - 1) * PAGE_ROWS;
	if (load_queue(h, &q)) {
		http_fail_err(h, &rq->err);
		return;
	}
	q.pages = (int)((q.total + PAGE_ROWS - 1) / PAGE_ROWS);
	struct page p = staff_page(h, N_("Queue"), NAV_QUEUE);
	q.here = filter_path(
		&p, path_with(p.mem, path_with(p.mem, "/staff", "view", queue_view_name(q.view)), "q", q.search),
		&q.filter);
	p.path = queue_page_path(&p, &q, q.page);
	p.search = q.view == QUEUE_ALL ? q.search : "";
	web_queue(&p, &q);
}

void web_get_staff_case(struct http *h)
{
	struct req *rq = http_req(h);
	struct case_view *v = arena_new_of(rq->mem, struct case_view);
	struct choices *c = arena_new_of(rq->mem, struct choices);
	*c = (struct choices){ 0 };
	if (!may(h, MAY_SEE_CASE))
		return;
	if (desk_case_staff(rq, http_arg(h, 0), http_lang(h), v) || choices_load(rq, c)) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct page p = staff_page(h, N_("Case"), NAV_QUEUE);
	p.title = v->number;
	web_staff_case(&p, v, c);
}

/* Never inline: hostile files leave as downloads of unknown type. */
void web_get_file(struct http *h)
{
	struct req *rq = http_req(h);
	const char *sha = http_arg(h, 0);
	if (!may(h, MAY_SEE_FILE))
		return;
	if (strlen(sha) != 64 || strspn(sha, "0123456789abcdef") != 64) {
		http_fail(h, 404, "no such file");
		return;
	}
	http_set_header(h, "Cache-Control", "no-store");
	http_set_header(h, "X-Content-Type-Options", "nosniff");
	http_set_header(h, "Content-Security-Policy", "default-src 'none'; sandbox");
	http_send_file(h, file_path(rq->mem, front_app(h)->cfg->dir, sha), "application/octet-stream",
		       arena_printf(rq->mem, "%.16s.bin", sha));
}

void web_get_tasks(struct http *h)
{
	struct req *rq = http_req(h);
	struct task *list = arena_array(rq->mem, struct task, TASKS_MAX);
	int n = 0;
	if (!may(h, MAY_SEE_QUEUE))
		return;
	if (task_list(rq, NULL, true, list, TASKS_MAX, &n)) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct page p = staff_page(h, N_("Tasks"), NAV_TASKS);
	web_tasks(&p, list, n);
}

void web_get_health(struct http *h)
{
	struct req *rq = http_req(h);
	struct health_view v = { .parked = arena_array(rq->mem, struct parked, PARKED_MAX) };
	if (!may(h, MAY_SEE_HEALTH))
		return;
	if (follower_parked(rq, PARKED_MAX, v.parked, &v.nparked) || journal_head(rq, &v.entries)) {
		http_fail_err(h, &rq->err);
		return;
	}
	store_stats(front_app(h)->store, &v.stats);
	struct page p = staff_page(h, N_("Health"), NAV_HEALTH);
	web_health(&p, &v);
}
