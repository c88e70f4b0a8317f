/* web_proposal.c — what needs two people: the form that proposes it, the list that awaits signatures, what is signed. */
#include "front/web/web.h"
#include <string.h>
#include "base/addr.h"
#include "base/clock.h"
#include "base/idn.h"
#include "base/text.h"
#include "front/web/pages.h"
#include "who/permit.h"

enum { SHOWN_MAX = 500, BASES_MAX = 50, LINE_MAX_ = 1000, REF_MAX = 200 };

struct label proposal_label(const struct page *p, enum proposal_state s)
{
	static const struct label rows[PROPOSAL_STATES] = {
		[PROPOSAL_PROPOSED] = { N_("awaits a signature"), "warn", "now" },
		[PROPOSAL_DONE] = { N_("in force"), "bad", "now" },
		[PROPOSAL_UNDONE] = { N_("over"), "ok", "done" },
		[PROPOSAL_EXPIRED] = { N_("expired unsigned"), "", "stop" },
		[PROPOSAL_WITHDRAWN] = { N_("withdrawn"), "", "stop" },
		[PROPOSAL_REFUSED] = { N_("refused"), "", "stop" },
	};
	struct label l = rows[s];
	l.word = tr(p->lang, l.word);
	return l;
}

const char *proposal_word(const struct page *p, const struct proposal *x)
{
	static const char *const rows[PROPOSAL_KINDS] = { N_("suspend %s"), N_("null %s") };
	const char *shown = x->kind == PROPOSAL_SUSPEND ? name_unicode(p->mem, x->target) : x->target;
	return arena_printf(p->mem, tr(p->lang, rows[x->kind]), shown);
}

/* ── the list ── */

static bool may_quietly(struct req *rq, enum st st)
{
	if (st)
		err_clear(&rq->err);
	return st == ST_OK;
}

void web_get_proposals(struct http *h)
{
	struct req *rq = http_req(h);
	const char *view = http_query(h, "view");
	struct proposals_view v = { .p = arena_array(rq->mem, struct proposal, SHOWN_MAX),
				    .mine = arena_array(rq->mem, bool, SHOWN_MAX),
				    .sign = arena_array(rq->mem, bool, SHOWN_MAX),
				    .all = view && !strcmp(view, "all") };
	if (desk_proposals(rq, NULL, !v.all, v.p, SHOWN_MAX, &v.n)) {
		http_fail_err(h, &rq->err);
		return;
	}
	v.lifts = may_quietly(rq, permit(rq, MAY_SECOND_PROPOSAL));
	for (int i = 0; i < v.n; i++) {
		v.mine[i] = rq->who && !strcmp(v.p[i].by, rq->who->id);
		v.sign[i] = may_quietly(rq, desk_proposal_may_second(rq, &v.p[i]));
	}
	struct page p = staff_page(h, N_("Signatures"), NAV_PROPOSALS);
	p.path = v.all ? "/staff/proposals?view=all" : "/staff/proposals";
	web_proposals(&p, &v);
}

/* ── signing and the rest ── */

static const struct {
	const char *name;
	write_fn fn;
	bool why;
} acts[] = {
	{ "second", desk_proposal_second, false },
	{ "refuse", desk_proposal_refuse, true },
	{ "withdraw", desk_proposal_withdraw, false },
	{ "lift", desk_proposal_lift, true },
};

struct signing {
	size_t act;
	struct proposal_act a;
};

static enum st sign_write(struct req *rq, void *arg)
{
	struct signing *s = arg;
	return acts[s->act].fn(rq, &s->a);
}

static void signed_(struct http *h, void *arg, const struct err *outcome)
{
	struct signing *s = arg;
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		http_redirect(h, arena_printf(http_req(h)->mem, "/staff/proposals?view=all&done=%s-proposal",
					      acts[s->act].name));
}

void web_post_proposal(struct http *h)
{
	struct signing *s = arena_new_of(http_req(h)->mem, struct signing);
	size_t n = sizeof acts / sizeof *acts;
	while (s->act < n && strcmp(acts[s->act].name, http_arg(h, 1)) != 0)
		s->act++;
	if (s->act == n || !text_int(http_arg(h, 0), 1, INT64_MAX, &s->a.id)) {
		http_fail(h, 404, "no such proposal or act");
		return;
	}
	s->a.text = arena_strdup(http_req(h)->mem, form_words(h, "text"));
	if (acts[s->act].why && !*s->a.text)
		http_fail(h, 422, N_("text: write why"));
	else
		http_write(h, sign_write, s, signed_);
}

/* ── proposing ── */

struct proposing {
	struct propose_form form;
	struct proposal p;
};

static bool listed(const struct propose_form *f, const char *value)
{
	for (int i = 0; i < f->nto; i++)
		if (!strcmp(f->to[i].value, value))
			return true;
	return false;
}

/* What the case is about: registered names and addresses. */
static void targets(struct propose_form *f, struct arena *mem, const struct case_view *v)
{
	f->to = arena_array(mem, struct propose_target, v->nobs + 1);
	for (int i = 0; i < v->nobs; i++) {
		const struct case_obs *o = &v->obs[i];
		bool name = !strcmp(o->kind, "name") || !strcmp(o->kind, "url");
		const char *value = name ? o->matched : o->value;
		struct addr a;
		if (!value || o->harmless || listed(f, value) ||
		    (name ? addr_parse(value, &a) : !addr_parse(value, &a)))
			continue;
		f->to[f->nto++] = (struct propose_target){ value, name ? name_unicode(mem, value) : value };
	}
}

/* false: answered. */
static bool load(struct http *h, struct propose_form *f)
{
	struct req *rq = http_req(h);
	struct case_view *v = arena_new_of(rq->mem, struct case_view);
	f->bases = arena_array(rq->mem, struct basis, BASES_MAX);
	if (permit(rq, MAY_PROPOSE) || desk_case_staff(rq, http_arg(h, 0), http_lang(h), v) ||
	    desk_bases(rq, f->bases, BASES_MAX, &f->nbases)) {
		http_fail_err(h, &rq->err);
		return false;
	}
	f->number = v->number;
	targets(f, rq->mem, v);
	for (int i = 0; i < f->nbases; i++) {
		int64_t t = clock_now() + f->bases[i].max_days * 86400 * USEC;
		f->latest = t > f->latest ? t : f->latest;
	}
	return true;
}

static void show(struct http *h, struct propose_form *f, int status)
{
	struct page p = staff_page(h, N_("Propose what needs two people"), NAV_PROPOSALS);
	p.bad = f->bad.n > 0;
	p.path = arena_printf(p.mem, "/staff/propose/%s", f->number);
	http_status(h, status);
	web_propose(&p, f);
}

void web_get_propose(struct http *h)
{
	struct propose_form f = { .target = "", .basis = "", .reference = "", .reason = "", .until = "" };
	if (load(h, &f))
		show(h, &f, 200);
}

static enum st propose_write(struct req *rq, void *arg)
{
	struct proposing *x = arg;
	return desk_proposal_add(rq, &x->p);
}

static void proposed(struct http *h, void *arg, const struct err *outcome)
{
	struct proposing *x = arg;
	if (!outcome->code) {
		http_redirect(h, "/staff/proposals?done=proposed");
		return;
	}
	if (outcome->code != ST_INVALID || strncmp(outcome->msg, "target:", 7) != 0) {
		http_fail_err(h, outcome);
		return;
	}
	form_bad(&x->form.bad, "target",
		 tr(http_lang(h),
		    N_("It is in no zone of ours, so it can't be suspended here. Tell its sponsor, the next "
		       "party of the notice, or its registry.")));
	show(h, &x->form, 422);
}

static const struct basis *basis_of(const struct propose_form *f)
{
	for (int i = 0; i < f->nbases; i++)
		if (!strcmp(f->bases[i].id, f->basis))
			return &f->bases[i];
	return NULL;
}

static bool line_good(const char *s, size_t max)
{
	size_t n = strlen(s);
	return n && n <= max && text_clean(s, n);
}

/* The last second of that day, in the site's zone. */
static int64_t end_of(struct http *h, const char *day)
{
	int64_t t = strlen(day) == 10 ? time_parse(day) : TIME_NONE;
	return t == TIME_NONE ? 0 : t + (86399 - front_app(h)->cfg->site_zone * 60) * USEC;
}

static void check(struct http *h, struct proposing *x)
{
	struct propose_form *f = &x->form;
	enum lang l = http_lang(h);
	const struct basis *b = basis_of(f);
	int64_t last = clock_now() + (b ? b->max_days : 0) * 86400 * USEC;
	x->p.expires_at = end_of(h, f->until);
	if (!listed(f, f->target))
		form_bad(&f->bad, "target", tr(l, N_("Choose what is to be acted on.")));
	if (!b)
		form_bad(&f->bad, "basis", tr(l, N_("Choose the legal basis.")));
	if (!line_good(f->reference, REF_MAX))
		form_bad(&f->bad, "reference", tr(l, N_("Write which order, article or clause it is.")));
	if (!line_good(f->reason, LINE_MAX_))
		form_bad(&f->bad, "reason", tr(l, N_("Write why: the holder and the sponsor read it.")));
	if (x->p.expires_at <= clock_now())
		form_bad(&f->bad, "until", tr(l, N_("Choose the day on which it ends.")));
	else if (b && x->p.expires_at > last + 86400 * USEC)
		form_bad(&f->bad, "until",
			 arena_printf(http_req(h)->mem, tr(l, N_("On this basis it can last %d days at most.")),
				      (int)b->max_days));
	else if (b && x->p.expires_at > last)
		x->p.expires_at = last;
}

void web_post_propose(struct http *h)
{
	struct arena *mem = http_req(h)->mem;
	struct proposing *x = arena_new_of(mem, struct proposing);
	struct propose_form *f = &x->form;
	struct addr a;
	if (!load(h, f))
		return;
	f->target = arena_strdup(mem, form_text(h, "target"));
	f->basis = arena_strdup(mem, form_text(h, "basis"));
	f->reference = arena_strdup(mem, form_text(h, "reference"));
	f->reason = arena_strdup(mem, form_text(h, "reason"));
	f->until = arena_strdup(mem, form_text(h, "until"));
	check(h, x);
	if (f->bad.n) {
		show(h, f, 422);
		return;
	}
	x->p.number = arena_strdup(mem, f->number);
	x->p.kind = addr_parse(f->target, &a) ? PROPOSAL_NULL : PROPOSAL_SUSPEND;
	x->p.target = arena_strdup(mem, f->target);
	x->p.basis = arena_strdup(mem, f->basis);
	x->p.basis_ref = arena_strdup(mem, f->reference);
	x->p.reason = arena_strdup(mem, f->reason);
	http_write(h, propose_write, x, proposed);
}
