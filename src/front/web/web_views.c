/* web_views.c — personal data is shown after it has been written down who looks; and the list of that. */
#include "front/web/web.h"
#include "base/text.h"
#include "front/web/pages.h"
#include "who/view.h"

enum { ROWS = 50 };

struct viewing {
	struct viewed view;
	view_then show;
	void *arg;
};

static void written(struct http *h, void *arg, const struct err *outcome)
{
	struct viewing *v = arg;
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		v->show(h, v->arg);
}

static enum st view_of_page(struct req *rq, void *arg)
{
	return view_write(rq, &((struct viewing *)arg)->view);
}

void view_first(struct http *h, const struct viewed *view, view_then show, void *arg)
{
	struct req *rq = http_req(h);
	bool due = false;
	if (view_due(rq, view, &due)) {
		http_fail_err(h, &rq->err);
		return;
	}
	if (!due) {
		show(h, arg);
		return;
	}
	struct viewing *v = arena_new_of(rq->mem, struct viewing);
	*v = (struct viewing){ *view, show, arg };
	http_write(h, view_of_page, v, written);
}

/* ── the list ── */

/* ST_NOTFOUND: there is no such person or account, and the page says so. */
static enum st query_of(struct http *h, struct views_view *v, struct view_query *q)
{
	struct req *rq = http_req(h);
	struct person person;
	struct account account;
	text_int(v->before, 1, INT64_MAX, &q->before);
	if (*v->of) {
		int64_t id = 0;
		if (text_int(v->of, 1, INT64_MAX, &id))
			q->person = id;
		else if (person_find(rq, v->of, &person))
			return rq->err.code;
		else
			q->person = person.id;
	}
	if (*v->by && account_by_login(rq, v->by, &account))
		return rq->err.code;
	q->account = *v->by ? account.id : 0;
	return ST_OK;
}

static const char *query_text(struct http *h, const char *name)
{
	const char *s = http_query(h, name);
	return s ? text_trim(http_req(h)->mem, s) : "";
}

void web_get_views(struct http *h)
{
	struct req *rq = http_req(h);
	struct views_view v = { .of = query_text(h, "of"),
				.by = query_text(h, "by"),
				.before = query_text(h, "before"),
				.row = arena_array(rq->mem, struct view_row, ROWS + 1) };
	struct view_query q = { 0 };
	if (!staff_may(h, MAY_SEE_JOURNAL_OF_VIEWS))
		return;
	enum st st = query_of(h, &v, &q);
	if (st && st != ST_NOTFOUND) {
		http_fail_err(h, &rq->err);
		return;
	}
	err_clear(&rq->err);
	v.known = st == ST_OK;
	if (v.known && view_list(rq, &q, v.row, ROWS + 1, &v.n)) {
		http_fail_err(h, &rq->err);
		return;
	}
	v.more = v.n > ROWS;
	v.n = v.more ? ROWS : v.n;
	struct page p = staff_page(h, N_("Who looked at personal data"), NAV_VIEWS);
	p.path = path_with(p.mem, path_with(p.mem, "/staff/views", "of", v.of), "by", v.by);
	if (v.more)
		v.older = path_with(p.mem, p.path, "before", arena_printf(p.mem, "%lld", (long long)v.row[v.n - 1].id));
	web_views(&p, &v);
}
