/* web_sort.c — where cases belong: the form on a case's page, many cases of the list at once, saved views. */
#include "front/web/web.h"
#include <string.h>
#include "base/text.h"
#include "front/web/pages.h"

/* ── what a form or a query says ── */

static const char *query(struct http *h, const char *name)
{
	const char *s = http_query(h, name);
	return s ? text_trim(http_req(h)->mem, s) : "";
}

struct queue_filter filter_of(struct http *h)
{
	const char *due = query(h, "due");
	int64_t below = 0;
	text_int(query(h, "below"), 1, INT64_MAX / 2, &below);
	return (struct queue_filter){ .below = below,
				      .lane = query(h, "queue"),
				      .severity = query(h, "severity"),
				      .class_id = query(h, "class"),
				      .assignee = query(h, "who"),
				      .tag = query(h, "tag"),
				      .due = strcmp(due, "today") == 0 ? DUE_TODAY : DUE_ANY };
}

const char *filter_path(const struct page *p, const char *path, const struct queue_filter *f)
{
	path = path_with(p->mem, path, "queue", f->lane);
	path = path_with(p->mem, path, "severity", f->severity);
	path = path_with(p->mem, path, "class", f->class_id);
	path = path_with(p->mem, path, "who", f->assignee);
	path = path_with(p->mem, path, "tag", f->tag);
	path = path_with(p->mem, path, "due", f->due == DUE_TODAY ? "today" : NULL);
	return f->below ? path_with(p->mem, path, "below", arena_printf(p->mem, "%lld", (long long)f->below)) : path;
}

/* Everything there is to choose from. */
enum st choices_load(struct req *rq, struct choices *c)
{
	struct account all[STAFF_LISTED];
	int n = 0;
	c->level = arena_array(rq->mem, struct desk_choice, LEVELS_MAX);
	c->queue = arena_array(rq->mem, struct desk_choice, QUEUES_MAX);
	c->tag = arena_array(rq->mem, struct desk_choice, TAGS_LISTED);
	c->classes = arena_array(rq->mem, struct desk_class, CLASSES_MAX);
	c->worker = arena_array(rq->mem, struct account, STAFF_LISTED);
	if (desk_levels(rq, c->level, LEVELS_MAX, &c->nlevels) || desk_queues(rq, c->queue, QUEUES_MAX, &c->nqueues) ||
	    desk_tags(rq, c->tag, TAGS_LISTED, &c->ntags) ||
	    desk_classes_all(rq, c->classes, CLASSES_MAX, &c->nclasses) || account_list(rq, all, STAFF_LISTED, &n))
		return rq->err.code;
	for (int i = 0; i < n; i++)
		if (!all[i].disabled_at && all[i].role & permit_rows[MAY_SEE_CASE].roles)
			c->worker[c->nworkers++] = all[i];
	return ST_OK;
}

/* A field that isn't in the form changes nothing. */
static char *field(struct http *h, const char *name)
{
	return http_form(h, name) ? text_trim(http_req(h)->mem, http_form(h, name)) : NULL;
}

/* ── one case ── */

static void sorted(struct http *h, void *arg, const struct err *outcome)
{
	struct desk_sorting *s = arg;
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		http_redirect(h, arena_printf(http_req(h)->mem, "/staff/case/%s?done=sort", s->number));
}

void web_post_sort(struct http *h)
{
	struct arena *mem = http_req(h)->mem;
	struct desk_sorting *s = arena_new_of(mem, struct desk_sorting);
	*s = (struct desk_sorting){ .number = arena_strdup(mem, http_arg(h, 0)),
				    .class_id = field(h, "class"),
				    .severity = field(h, "severity"),
				    .lane = field(h, "queue"),
				    .assignee = field(h, "who"),
				    .tags = field(h, "tags") };
	http_write(h, desk_case_sort, s, sorted);
}

/* ── many ── */

static char *chosen(struct http *h, const char *name)
{
	const char *s = form_text(h, name);
	return *s ? arena_strdup(http_req(h)->mem, s) : NULL;
}

static bool number_ok(const char *s)
{
	size_t n = strlen(s);
	return n > 3 && n < 24 && strspn(s, "NC-0123456789") == n;
}

static int numbers_of(struct http *h, char **out, int max)
{
	const struct http_field *list;
	int all = http_form_all(h, &list), n = 0;
	for (int i = 0; i < all && n < max; i++)
		if (!strcmp(list[i].name, "case") && number_ok(list[i].value))
			out[n++] = arena_strdup(http_req(h)->mem, list[i].value);
	return n;
}

static void many_sorted(struct http *h, void *arg, const struct err *outcome)
{
	struct bulk_page *b = arg;
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		http_redirect(h, path_with(http_req(h)->mem, b->back, "done", "bulk"));
}

static enum st write_many(struct req *rq, void *arg)
{
	return desk_case_sort_many(rq, &((struct bulk_page *)arg)->many);
}

/* Only a list of ours: where the page goes back to must not lead out. */
static const char *back_of(struct http *h)
{
	const char *back = form_text(h, "back");
	return strncmp(back, "/staff?", 7) == 0 && !strpbrk(back, " \t\r\n") ? arena_strdup(http_req(h)->mem, back)
									     : "/staff";
}

/* First it is shown what will change, then it is done. */
void web_post_bulk(struct http *h)
{
	struct req *rq = http_req(h);
	struct bulk_page *b = arena_new_of(rq->mem, struct bulk_page);
	char **number = arena_array(rq->mem, char *, SORT_MANY);
	*b = (struct bulk_page){ .back = back_of(h),
				 .many = { .number = number,
					   .n = numbers_of(h, number, SORT_MANY),
					   .what = { .assignee = chosen(h, "who"),
						     .lane = chosen(h, "queue"),
						     .severity = chosen(h, "severity"),
						     .tag_more = chosen(h, "tags") } } };
	const struct desk_sorting *s = &b->many.what;
	if (permit(rq, MAY_SORT_CASE) || (s->assignee && permit(rq, MAY_ASSIGN))) {
		http_fail_err(h, &rq->err);
		return;
	}
	if (b->many.n == 0 || !(s->assignee || s->lane || s->severity || s->tag_more)) {
		http_redirect(h, path_with(rq->mem, b->back, "done", b->many.n ? "bulk-what" : "bulk-none"));
		return;
	}
	if (choices_load(rq, &b->choices)) {
		http_fail_err(h, &rq->err);
		return;
	}
	if (*form_text(h, "sure")) {
		http_write(h, write_many, b, many_sorted);
		return;
	}
	struct page p = staff_page(h, N_("Change several cases"), NAV_QUEUE);
	web_queue_bulk(&p, b);
}

/* ── many, each for itself ── */

static void show_many(struct http *h, const struct many_page *b)
{
	struct page p =
		staff_page(h, b->many.reason ? N_("Close several cases") : N_("Approve several notices"), NAV_QUEUE);
	web_queue_act(&p, b);
}

static void many_done(struct http *h, void *arg, const struct err *outcome)
{
	struct many_page *b = arg;
	b->over = true;
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		show_many(h, b);
}

static enum st write_acts(struct req *rq, void *arg)
{
	return desk_case_act_many(rq, &((struct many_page *)arg)->many);
}

/* First it is shown what will be done, then it is done. */
static void act_on_many(struct http *h, enum permission may, bool closes)
{
	struct req *rq = http_req(h);
	struct many_page *b = arena_new_of(rq->mem, struct many_page);
	char **number = arena_array(rq->mem, char *, SORT_MANY), *reason = chosen(h, "reason");
	*b = (struct many_page){
		.back = back_of(h),
		.many = { .number = number, .n = numbers_of(h, number, SORT_MANY), .reason = closes ? reason : NULL }
	};
	if (permit(rq, may))
		http_fail_err(h, &rq->err);
	else if (b->many.n == 0 || (closes && !reason))
		http_redirect(h, path_with(rq->mem, b->back, "done", b->many.n ? "bulk-why" : "bulk-none"));
	else if (*form_text(h, "sure"))
		http_write(h, write_acts, b, many_done);
	else
		show_many(h, b);
}

void web_post_bulk_approve(struct http *h)
{
	act_on_many(h, MAY_APPROVE_NOTICE, false);
}

void web_post_bulk_close(struct http *h)
{
	act_on_many(h, MAY_CLOSE_CASE, true);
}

/* ── saved views ── */

static void view_changed(struct http *h, void *arg, const struct err *outcome)
{
	struct saved_view *v = arg;
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		http_redirect(h, v->query);
}

static struct saved_view *view_of_form(struct http *h)
{
	struct saved_view *v = arena_new_of(http_req(h)->mem, struct saved_view);
	*v = (struct saved_view){ arena_strdup(http_req(h)->mem, form_text(h, "name")), (char *)back_of(h) };
	return v;
}

void web_post_view(struct http *h)
{
	http_write(h, desk_view_save, view_of_form(h), view_changed);
}

void web_post_view_drop(struct http *h)
{
	http_write(h, desk_view_drop, view_of_form(h), view_changed);
}
