/* web_staff.c — what staff see: queue, case, files, tasks, health. Everything here is behind web_guard. */
#include "front/web/web.h"
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "front/web/pages.h"
#include "work/due.h"
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

/* Where somebody begins who has no queue; NULL: with the queue. */
static const char *first_page(unsigned role)
{
	static const struct {
		enum permission may;
		const char *path;
	} rows[] = { { MAY_SEE_QUEUE, NULL },
		     { MAY_SEE_FIGURES, "/staff/figures" },
		     { MAY_SEE_HEALTH, "/staff/health" } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (role_may(role, rows[i].may))
			return rows[i].path;
	return "/staff/account";
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
	q->more = l.more;
	q->unread = l.unread;
	q->below = l.below;
	q->choices = c;
	q->saved = v;
	return ST_OK;
}

void web_get_queue(struct http *h)
{
	struct req *rq = http_req(h);
	int64_t number = 1;
	const char *other = first_page(http_req(h)->who->role);
	if (other) {
		http_redirect(h, other);
		return;
	}
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
	q.pages = (int)((q.total + q.more + PAGE_ROWS - 1) / PAGE_ROWS);
	struct page p = staff_page(h, N_("Queue"), NAV_QUEUE);
	q.here = filter_path(
		&p, path_with(p.mem, path_with(p.mem, "/staff", "view", queue_view_name(q.view)), "q", q.search),
		&q.filter);
	p.path = queue_page_path(&p, &q, q.page);
	p.search = q.view == QUEUE_ALL ? q.search : "";
	web_queue(&p, &q);
}

static void show_case(struct http *h, void *arg)
{
	struct staff_case *s = arg;
	struct page p = staff_page(h, N_("Case"), NAV_QUEUE);
	p.title = s->view.number;
	web_staff_case(&p, &s->view, &s->choices);
}

void web_get_staff_case(struct http *h)
{
	struct req *rq = http_req(h);
	struct staff_case *s = arena_new_of(rq->mem, struct staff_case);
	const struct case_view *v = &s->view;
	s->choices = (struct choices){ 0 };
	if (!may(h, MAY_SEE_CASE))
		return;
	if (desk_case_staff(rq, http_arg(h, 0), http_lang(h), &s->view) || choices_load(rq, &s->choices)) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct viewed *view = arena_new_of(rq->mem, struct viewed);
	*view = (struct viewed){ "case", v->number, arena_array(rq->mem, int64_t, v->nreporters + 1), 0 };
	for (int i = 0; i < v->nreporters && view->n < VIEW_PEOPLE_MAX; i++)
		if (v->reporter[i].person && v->reporter[i].email)
			view->person[view->n++] = v->reporter[i].person;
	view_first(h, view, show_case, s);
}

/* Never inline: hostile files leave as downloads of unknown type. */
static void send_file(struct http *h, void *arg)
{
	const char *sha = arg;
	struct arena *mem = http_req(h)->mem;
	http_set_header(h, "Cache-Control", "no-store");
	http_set_header(h, "X-Content-Type-Options", "nosniff");
	http_set_header(h, "Content-Security-Policy", "default-src 'none'; sandbox");
	http_send_file(h, file_path(mem, front_app(h)->cfg->dir, sha), "application/octet-stream",
		       arena_printf(mem, "%.16s.bin", sha));
}

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
	if (desk_file_open(rq, sha)) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct viewed view = { "file", arena_printf(rq->mem, "file:%.16s", sha),
			       arena_array(rq->mem, int64_t, VIEW_PEOPLE_MAX), 0 };
	if (desk_file_people(rq, sha, view.person, VIEW_PEOPLE_MAX, &view.n))
		http_fail_err(h, &rq->err);
	else
		view_first(h, &view, send_file, arena_strdup(rq->mem, sha));
}

void web_get_tasks(struct http *h)
{
	struct req *rq = http_req(h);
	struct task *list = arena_array(rq->mem, struct task, TASKS_MAX);
	int n = 0;
	if (desk_tasks(rq, list, TASKS_MAX, &n)) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct page p = staff_page(h, N_("Tasks"), NAV_TASKS);
	web_tasks(&p, list, n);
}

void web_get_health(struct http *h)
{
	struct req *rq = http_req(h);
	struct health_view v = { .parked = arena_array(rq->mem, struct parked, PARKED_MAX),
				 .waiting = arena_array(rq->mem, struct waiting, PARKED_MAX) };
	if (!may(h, MAY_SEE_HEALTH))
		return;
	if (follower_parked(rq, PARKED_MAX, v.parked, &v.nparked) ||
	    follower_waiting(rq, PARKED_MAX, v.waiting, &v.nwaiting) || due_count(rq, "mail-letter", &v.put_off) ||
	    journal_head(rq, &v.entries)) {
		http_fail_err(h, &rq->err);
		return;
	}
	store_stats(front_app(h)->store, &v.stats);
	struct page p = staff_page(h, N_("Health"), NAV_HEALTH);
	web_health(&p, &v);
}
