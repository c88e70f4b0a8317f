/* web_review.c — who may register where not everybody may: what was asked, its papers, the decision. */
#include "front/web/web.h"
#include <string.h>
#include "base/idn.h"
#include "base/text.h"
#include "front/web/pages.h"
#include "work/file.h"

enum { REVIEWS_MAX = 1000, PAPERS_MAX = 200, NAMES_MAX = 200, REASON_MAX = 200 };

const char *review_path(const struct page *p, const struct review *r, const char *rest)
{
	return arena_printf(p->mem, "/staff/reviews/%s/%s%s", r->contact, r->place, rest);
}

void web_get_reviews(struct http *h)
{
	struct req *rq = http_req(h);
	const char *view = http_query(h, "view");
	struct reviews_view v = { .r = arena_array(rq->mem, struct review, REVIEWS_MAX),
				  .all = view && !strcmp(view, "all") };
	if (!staff_may(h, MAY_SEE_REVIEW))
		return;
	if (review_list(rq, !v.all, v.r, REVIEWS_MAX, &v.n)) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct page p = staff_page(h, N_("Who may register"), NAV_REVIEWS);
	p.path = v.all ? "/staff/reviews?view=all" : "/staff/reviews";
	web_reviews(&p, &v);
}

/* ── one of them ── */

/* false: answered. */
static bool load(struct http *h, enum permission what, struct review_view *v)
{
	struct req *rq = http_req(h);
	v->paper = arena_array(rq->mem, struct paper, PAPERS_MAX);
	v->name = arena_array(rq->mem, char *, NAMES_MAX);
	if (!staff_may(h, what))
		return false;
	if (review_get(rq, http_arg(h, 0), http_arg(h, 1), &v->r) || contact_object_get(rq, v->r.contact, &v->c) ||
	    review_papers(rq, v->r.contact, v->r.place, v->paper, PAPERS_MAX, &v->npapers) ||
	    review_names(rq, v->r.contact, v->r.place, v->name, NAMES_MAX, &v->nnames)) {
		http_fail_err(h, &rq->err);
		return false;
	}
	return true;
}

static void show(struct http *h, struct review_view *v, int status)
{
	struct page p = staff_page(h, N_("Who may register"), NAV_REVIEWS);
	p.title = arena_printf(p.mem, tr(p.lang, N_("%s at %s")), v->r.contact, name_unicode(p.mem, v->r.place));
	p.bad = v->bad.n > 0;
	p.path = review_path(&p, &v->r, "");
	http_status(h, status);
	web_one_review(&p, v);
}

static void shown(struct http *h, void *arg)
{
	show(h, arg, 200);
}

/* A registrant is a contact of the register, no person of the desk's: the fact names the contact. */
static struct viewed view_of(struct http *h, const struct review_view *v)
{
	return (struct viewed){ "review", arena_printf(http_req(h)->mem, "contact:%s", v->r.contact), NULL, 0 };
}

void web_get_review(struct http *h)
{
	struct review_view *v = arena_new_of(http_req(h)->mem, struct review_view);
	v->reason = "";
	if (!load(h, MAY_SEE_REVIEW, v))
		return;
	struct viewed view = view_of(h, v);
	view_first(h, &view, shown, v);
}

/* ── papers ── */

struct adding {
	struct review_view view;
	struct report_file file[FILES_MAX];
	int n;
};

static enum st papers_write(struct req *rq, void *arg)
{
	struct adding *a = arg;
	for (int i = 0; i < a->n; i++)
		if (review_paper(rq, a->view.r.contact, a->view.r.place, a->file[i].sha256, a->file[i].name))
			return rq->err.code;
	return ST_OK;
}

static void papers_added(struct http *h, void *arg, const struct err *outcome)
{
	struct adding *a = arg;
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		http_redirect(h, arena_printf(http_req(h)->mem, "/staff/reviews/%s/%s?done=paper", a->view.r.contact,
					      a->view.r.place));
}

void web_post_paper(struct http *h)
{
	struct adding *a = arena_new_of(http_req(h)->mem, struct adding);
	if (!load(h, MAY_REVIEW, &a->view))
		return;
	a->view.reason = "";
	a->n = upload_keep(h, a->file, NULL, &a->view.bad);
	form_whole(h, &a->view.bad, "files", "files");
	if (!a->n && !a->view.bad.n)
		form_bad(&a->view.bad, "files", tr(http_lang(h), N_("Choose a file.")));
	if (a->view.bad.n)
		show(h, &a->view, 422);
	else
		http_write(h, papers_write, a, papers_added);
}

/* Never inline. */
static void send_paper(struct http *h, void *arg)
{
	const struct paper *paper = arg;
	http_set_header(h, "Cache-Control", "no-store");
	http_set_header(h, "X-Content-Type-Options", "nosniff");
	http_set_header(h, "Content-Security-Policy", "default-src 'none'; sandbox");
	http_send_file(h, file_path(http_req(h)->mem, front_app(h)->cfg->dir, paper->sha256),
		       "application/octet-stream", paper->title);
}

/* Only what lies with this review. */
void web_get_paper(struct http *h)
{
	struct review_view v = { 0 };
	const char *sha = http_arg(h, 2);
	if (!load(h, MAY_SEE_REVIEW, &v))
		return;
	struct viewed view = view_of(h, &v);
	for (int i = 0; i < v.npapers; i++)
		if (strcmp(v.paper[i].sha256, sha) == 0) {
			view_first(h, &view, send_paper, &v.paper[i]);
			return;
		}
	http_fail(h, 404, "no such paper");
}

/* ── the decision ── */

struct deciding {
	struct review_view view;
	bool approve;
};

static enum st decide_write(struct req *rq, void *arg)
{
	struct deciding *d = arg;
	return review_decide(rq, d->view.r.contact, d->view.r.place, d->approve, d->view.reason);
}

static void decided(struct http *h, void *arg, const struct err *outcome)
{
	struct deciding *d = arg;
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		http_redirect(
			h, arena_printf(http_req(h)->mem, "/staff/reviews?done=%s", d->approve ? "let-in" : "refused"));
}

void web_post_decide(struct http *h)
{
	struct deciding *d = arena_new_of(http_req(h)->mem, struct deciding);
	enum lang l = http_lang(h);
	if (!load(h, MAY_REVIEW, &d->view))
		return;
	const char *what = form_text(h, "decision");
	d->approve = !strcmp(what, "approve");
	d->view.reason = arena_strdup(http_req(h)->mem, form_text(h, "reason"));
	size_t n = strlen(d->view.reason);
	if (!d->approve && strcmp(what, "refuse") != 0)
		form_bad(&d->view.bad, "decision", tr(l, N_("Choose: let in or refuse.")));
	else if (!d->approve && !n)
		form_bad(&d->view.bad, "reason", tr(l, N_("Whoever is refused is told why: write the reason.")));
	if (n > REASON_MAX || !text_clean(d->view.reason, n) || strpbrk(d->view.reason, "\r\n\t"))
		form_bad(&d->view.bad, "reason", tr(l, N_("At most 200 bytes of text on one line.")));
	if (d->view.bad.n)
		show(h, &d->view, 422);
	else
		http_write(h, decide_write, d, decided);
}
