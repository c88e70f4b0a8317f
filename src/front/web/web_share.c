/* web_share.c — staff: partners, what was shared with them, and sharing a case. Behind web_guard. */
#include "front/web/web.h"
#include <string.h>
#include "base/csv.h"
#include "base/phrase.h"
#include "base/text.h"
#include "front/web/pages.h"

enum { SHARES_SHOWN = 200, SHARES_EXPORTED = 20000 };
#define EXPORT_ARENA ((size_t)64 << 20)

/* ── words ── */

struct label share_label(const struct page *p, enum share_state s)
{
	static const struct label rows[SHARE_STATES] = {
		[SHARE_QUEUED] = { N_("On its way"), "info", "now" },
		[SHARE_DELIVERED] = { N_("Delivered"), "hold", "wait" },
		[SHARE_RECEIVED] = { N_("They have it"), "brand", "now" },
		[SHARE_HANDLED] = { N_("Dealt with"), "ok", "done" },
		[SHARE_REFUSED] = { N_("Not for them"), "warn", "stop" },
		[SHARE_SILENT] = { N_("No sign of them"), "bad", "stop" },
		[SHARE_FAILED] = { N_("Mail came back"), "bad", "stop" },
		[SHARE_CANCELLED] = { N_("Held back by its label"), "", "stop" },
	};
	return (struct label){ tr(p->lang, rows[s].word), rows[s].tone, rows[s].shape };
}

const char *partner_kind_word(const struct page *p, const char *kind)
{
	const struct desk_partner_kind *k = desk_partner_kind(kind);
	return k ? tr(p->lang, k->title) : kind;
}

bool share_chosen(const struct share_form *f, const struct desk_partner *p)
{
	for (int i = 0; i < f->nto; i++)
		if (strcmp(f->to[i], p->handle) == 0)
			return true;
	return false;
}

/* ── partners ── */

void web_get_partners(struct http *h)
{
	struct req *rq = http_req(h);
	struct desk_partner *list = arena_array(rq->mem, struct desk_partner, PARTNERS_MAX);
	int n = 0;
	if (desk_partner_list(rq, true, list, PARTNERS_MAX, &n)) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct page p = staff_page(h, N_("Partners"), NAV_PARTNERS);
	web_partners(&p, list, n);
}

void partner_show(struct http *h, struct partner_page *v, int status)
{
	struct req *rq = http_req(h);
	struct share_find f = { 0 };
	v->share = arena_array(rq->mem, struct desk_share, SHARES_SHOWN);
	if (permit(rq, MAY_SEE_PARTNERS) || desk_partner_get(rq, v->p.handle, &v->p)) {
		http_fail_err(h, &rq->err);
		return;
	}
	f.partner = v->p.id;
	v->programs.may = role_may(rq->who->role, MAY_SET_PARTNER) && !v->p.disabled_at;
	v->programs.action = arena_printf(rq->mem, "/staff/partners/%s/programs", v->p.handle);
	if (share_list(rq, &f, v->share, SHARES_SHOWN, &v->n) ||
	    desk_api_tokens(rq, API_PARTNER, arena_printf(rq->mem, "%lld", (long long)v->p.id), true, v->programs.token,
			    API_TOKENS, &v->programs.n)) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct page p = staff_page(h, N_("Partner"), NAV_PARTNERS);
	p.title = v->p.name;
	p.bad = v->programs.bad.n > 0;
	p.path = arena_printf(rq->mem, "/staff/partners/%s", v->p.handle);
	http_status(h, status);
	web_partner(&p, v);
}

void web_get_partner(struct http *h)
{
	struct partner_page *v = arena_new_of(http_req(h)->mem, struct partner_page);
	v->p.handle = arena_strdup(http_req(h)->mem, http_arg(h, 0));
	v->programs.label = "";
	partner_show(h, v, 200);
}

/* ── what was shared ── */

static enum st partner_asked(struct http *h, struct share_find *f)
{
	struct req *rq = http_req(h);
	struct desk_partner p;
	const char *handle = http_query(h, "partner");
	if (!handle || !*handle)
		return ST_OK;
	if (permit(rq, MAY_SEE_PARTNERS) || desk_partner_get(rq, handle, &p))
		return rq->err.code;
	f->partner = p.id;
	return ST_OK;
}

void web_get_shares(struct http *h)
{
	struct req *rq = http_req(h);
	struct share_find f = { 0 };
	struct shares_page v = { .total = arena_array(rq->mem, struct share_total, PARTNERS_MAX),
				 .share = arena_array(rq->mem, struct desk_share, SHARES_SHOWN),
				 .partner = http_query(h, "partner") ? http_query(h, "partner") : "" };
	if (partner_asked(h, &f) || share_totals(rq, v.total, PARTNERS_MAX, &v.ntotals) ||
	    share_list(rq, &f, v.share, SHARES_SHOWN, &v.n)) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct page p = staff_page(h, N_("Shares"), NAV_SHARES);
	web_shares(&p, &v);
}

static void csv_row(struct arena *mem, struct buf *out, const struct desk_share *s)
{
	const int64_t at[] = { s->created_at, s->sent_at, s->reminded_at, s->received_at, s->answered_at };
	buf_printf(out, "%lld,%s,%s,", (long long)s->id, s->number, s->handle);
	csv_cell(out, s->name, false);
	buf_printf(out, "%s,%s,%d", tlp_name(s->tlp), share_state_name(s->state), s->nobs);
	for (int i = 0; i < 5; i++)
		buf_printf(out, ",%s", at[i] ? time_iso(mem, at[i]) : "");
	buf_str(out, "\r\n");
}

static void csv_of(struct arena *mem, struct buf *out, const struct desk_share *s, int n)
{
	buf_str(out, "share,case,partner,name,tlp,state,observables,created,sent,reminded,received,answered\r\n");
	for (int i = 0; i < n; i++)
		csv_row(mem, out, &s[i]);
}

static void json_of(struct arena *mem, struct buf *out, const struct desk_share *s, int n)
{
	struct jw w = jw_of(out);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++)
		share_json(&w, &s[i]);
	j_end(&w);
}

static void export_as(struct http *h, const char *type, const char *name,
		      void (*write)(struct arena *mem, struct buf *out, const struct desk_share *s, int n))
{
	struct req *rq = http_req(h);
	struct share_find f = { 0 };
	struct arena *keep = rq->mem;
	int n = 0;
	if (partner_asked(h, &f)) {
		http_fail_err(h, &rq->err);
		return;
	}
	rq->mem = arena_new(EXPORT_ARENA); /* more than a request has */
	struct desk_share *s = arena_array(rq->mem, struct desk_share, SHARES_EXPORTED);
	enum st st = share_list(rq, &f, s, SHARES_EXPORTED, &n);
	if (!st)
		write(rq->mem, http_out(h), s, n);
	arena_free(rq->mem);
	rq->mem = keep;
	if (st) {
		http_fail_err(h, &rq->err);
		return;
	}
	http_type(h, type);
	http_set_header(h, "Cache-Control", "no-store");
	http_set_header(h, "Content-Disposition", arena_printf(keep, "attachment; filename=\"%s\"", name));
}

void web_get_shares_csv(struct http *h)
{
	export_as(h, "text/csv; charset=utf-8", "shares.csv", csv_of);
}

void web_get_shares_json(struct http *h)
{
	export_as(h, "application/json", "shares.json", json_of);
}

/* ── sharing a case: choose, look, send ── */

struct sharing {
	struct share_form form;
	struct share_arg arg;
};

static void form_show(struct http *h, struct share_form *f, int status)
{
	struct req *rq = http_req(h);
	f->partner = arena_array(rq->mem, struct desk_partner, PARTNERS_MAX);
	if (permit(rq, MAY_SHARE) || desk_partner_list(rq, false, f->partner, PARTNERS_MAX, &f->npartners)) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct page p = staff_page(h, N_("Share the case"), NAV_QUEUE);
	p.bad = f->bad.n > 0;
	http_status(h, status);
	web_share(&p, f);
}

void web_get_share_form(struct http *h)
{
	struct req *rq = http_req(h);
	struct share_form *f = arena_new_of(rq->mem, struct share_form);
	struct case_view *v = arena_new_of(rq->mem, struct case_view);
	if (permit(rq, MAY_SHARE) || desk_case_staff(rq, http_arg(h, 0), http_lang(h), v)) {
		http_fail_err(h, &rq->err);
		return;
	}
	f->number = v->number;
	f->text = f->person = f->named_by = "";
	form_show(h, f, 200);
}

static void read_form(struct http *h, struct sharing *s)
{
	struct arena *mem = http_req(h)->mem;
	const struct http_field *list;
	int n = http_form_all(h, &list);
	struct share_form *f = &s->form;
	for (int i = 0; i < n && f->nto < SHARE_TO_MAX; i++)
		if (strcmp(list[i].name, "to") == 0)
			f->to[f->nto++] = arena_strdup(mem, list[i].value);
	f->number = http_arg(h, 0);
	f->text = form_words(h, "text");
	f->person = form_text(h, "person");
	f->named_by = form_text(h, "named_by");
	s->arg = (struct share_arg){ .number = arena_strdup(mem, f->number),
				     .nto = f->nto,
				     .text = arena_strdup(mem, f->text),
				     .person = arena_strdup(mem, f->person),
				     .named_by = arena_strdup(mem, f->named_by) };
	memcpy(s->arg.to, f->to, sizeof s->arg.to);
}

static void refuse(struct http *h, struct share_form *f, const struct err *e)
{
	bool person = strncmp(e->msg, "person:", 7) == 0, to = strncmp(e->msg, "partner:", 8) == 0;
	if (e->code != ST_INVALID && e->code != ST_LIMIT && e->code != ST_CONFLICT) {
		http_fail_err(h, e);
		return;
	}
	form_bad(&f->bad,
		 person ? "person"
		 : to	? "to"
			: "text",
		 person ? tr(http_lang(h), N_("Say whom the source named and who says so, and choose one partner."))
		 : to	? tr(http_lang(h), N_("Choose at least one partner."))
			: err_say(http_req(h)->mem, http_lang(h), e));
	f->v = NULL;
	err_clear(&http_req(h)->err);
	form_show(h, f, http_code(e->code));
}

static enum st share_write(struct req *rq, void *arg)
{
	return share_add(rq, &((struct sharing *)arg)->arg);
}

static void shared(struct http *h, void *arg, const struct err *outcome)
{
	struct sharing *s = arg;
	if (outcome->code)
		refuse(h, &s->form, outcome);
	else
		http_redirect(h, arena_printf(http_req(h)->mem, "/staff/case/%s?done=share", s->arg.number));
}

static void preview(struct http *h, struct sharing *s)
{
	struct req *rq = http_req(h);
	s->form.v = arena_new_of(rq->mem, struct share_preview);
	if (share_preview(rq, &s->arg, http_lang(h), s->form.v)) {
		struct err e = rq->err;
		refuse(h, &s->form, &e);
		return;
	}
	for (int i = 0; i < s->form.v->nto; i++)
		s->form.may += !s->form.v->to[i].why;
	form_show(h, &s->form, 200);
}

void web_post_share_form(struct http *h)
{
	struct sharing *s = arena_new_of(http_req(h)->mem, struct sharing);
	read_form(h, s);
	if (strcmp(form_text(h, "step"), "send") == 0)
		http_write(h, share_write, s, shared);
	else
		preview(h, s);
}
