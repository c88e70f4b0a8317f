/* web_ladder.c — staff: what follows when nobody answers, whom a case is referred to, and legal bases. Behind web_guard. */
#include "front/web/web.h"
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "front/web/pages.h"
#include "work/calendar.h"

enum { RUNGS_LEAST = 4, RUNGS_MORE = 2 };

/* ── words ── */

const char *ladder_class(const struct page *p, const struct ladders_page *v, const char *id)
{
	for (int i = 0; i < v->nclasses; i++)
		if (!strcmp(v->class_[i].id, id))
			return tr(p->lang, v->class_[i].title);
	return strcmp(id, "*") ? id : tr(p->lang, N_("Every kind that has none of its own"));
}

const char *ladder_level(const struct page *p, const struct ladders_page *v, const char *id)
{
	return strcmp(id, "*") ? choice_title(p, v->level, v->nlevels, id) : tr(p->lang, N_("Any"));
}

const char *rung_sentence(const struct page *p, const struct rung *r)
{
	const char *what = rung_word(p, rung_name(r->what));
	if (*r->whom)
		what = arena_printf(p->mem, "%s (%s)", what, r->whom);
	return arena_printf(
		p->mem,
		tr(p->lang, r->working ? N_("after %2$lld working hours: %1$s") : N_("after %2$lld hours: %1$s")), what,
		(long long)r->hours);
}

const char *ladder_state(const struct page *p, const struct ladder_page *v, int i)
{
	const struct ladder *l = &v->version[i];
	if (l->valid_from > p->now)
		return arena_printf(p->mem, tr(p->lang, N_("from %s")), page_when(p, l->valid_from));
	bool over = i > 0 && v->version[i - 1].valid_from <= p->now;
	return over ? arena_printf(p->mem, tr(p->lang, N_("until %s")), page_when(p, v->version[i - 1].valid_from))
		    : tr(p->lang, N_("in force"));
}

/* ── the list ── */

/* What there is to choose from. */
static enum st load_choices(struct req *rq, struct ladders_page *v)
{
	v->referral = arena_array(rq->mem, struct referral, REFERRALS_SHOWN);
	v->class_ = arena_array(rq->mem, struct desk_class, CLASSES_MAX);
	v->level = arena_array(rq->mem, struct desk_choice, LEVELS_MAX);
	if (desk_referrals(rq, v->referral, REFERRALS_SHOWN, &v->nreferrals) ||
	    desk_classes_all(rq, v->class_, CLASSES_MAX, &v->nclasses))
		return rq->err.code;
	return desk_levels(rq, v->level, LEVELS_MAX, &v->nlevels);
}

static bool load_list(struct http *h, struct ladders_page *v)
{
	struct req *rq = http_req(h);
	if (!staff_may(h, MAY_SEE_QUEUE))
		return false;
	v->ladder = arena_array(rq->mem, struct ladder, LADDERS_SHOWN);
	if (load_choices(rq, v) || desk_ladders_ahead(rq, clock_now(), v->ladder, LADDERS_SHOWN, &v->n)) {
		http_fail_err(h, &rq->err);
		return false;
	}
	return true;
}

static void show_list(struct http *h, struct ladders_page *v, int status)
{
	if (!load_list(h, v))
		return;
	struct page p = staff_page(h, N_("What follows silence"), NAV_RULES);
	p.bad = v->bad.n > 0;
	p.path = "/staff/ladders";
	p.done = http_query(h, "done");
	http_status(h, status);
	web_ladders(&p, v);
}

void web_get_ladders(struct http *h)
{
	struct ladders_page *v = arena_new_of(http_req(h)->mem, struct ladders_page);
	v->id = v->title = v->email = v->lang = "";
	show_list(h, v, 200);
}

/* ── whom to refer to ── */

struct referring {
	struct ladders_page page;
	struct referral arg;
};

static enum st referral_write(struct req *rq, void *arg)
{
	return desk_referral_set(rq, &((struct referring *)arg)->arg);
}

static void referred(struct http *h, void *arg, const struct err *outcome)
{
	static const struct {
		const char *field, *text;
	} rows[] = {
		{ "id", N_("1 to 40 letters a-z, digits and hyphens.") },
		{ "title", N_("Enter the name, on one line.") },
		{ "email", N_("Enter an e-mail address like name@example.tw.") },
	};
	struct referring *r = arg;
	if (outcome->code == ST_OK) {
		http_redirect(h, "/staff/ladders?done=referral#referrals");
		return;
	}
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (outcome->code == ST_INVALID && !strncmp(outcome->msg, rows[i].field, strlen(rows[i].field)))
			form_bad(&r->page.bad, rows[i].field, tr(http_lang(h), rows[i].text));
	if (r->page.bad.n)
		show_list(h, &r->page, 422);
	else
		http_fail_err(h, outcome);
}

void web_post_referral(struct http *h)
{
	struct arena *mem = http_req(h)->mem;
	struct referring *r = arena_new_of(mem, struct referring);
	if (!staff_may(h, MAY_SET_LADDER))
		return;
	r->arg = (struct referral){ arena_strdup(mem, form_text(h, "id")), arena_strdup(mem, form_text(h, "title")),
				    arena_strdup(mem, form_text(h, "email")), arena_strdup(mem, form_text(h, "lang")) };
	if (*r->arg.lang && strcmp(r->arg.lang, lang_tag(lang_of(r->arg.lang))))
		r->arg.lang = arena_strdup(mem, "");
	r->page.id = r->arg.id;
	r->page.title = r->arg.title;
	r->page.email = r->arg.email;
	r->page.lang = r->arg.lang;
	http_write(h, referral_write, r, referred);
}

/* ── one ladder ── */

static bool named(struct http *h, struct ladder_page *v, const struct ladders_page *all)
{
	bool class_ = !strcmp(v->class_id, "*"), level = !strcmp(v->severity, "*");
	for (int i = 0; i < all->nclasses; i++)
		class_ |= !strcmp(all->class_[i].id, v->class_id);
	for (int i = 0; i < all->nlevels; i++)
		level |= !strcmp(all->level[i].id, v->severity);
	if (!class_ || !level)
		http_fail(h, 404, "no such class, or no such level");
	return class_ && level;
}

static bool load_one(struct http *h, struct ladder_page *v)
{
	struct req *rq = http_req(h);
	struct ladders_page *all = arena_new_of(rq->mem, struct ladders_page);
	struct page p = { .lang = http_lang(h), .mem = rq->mem };
	if (!staff_may(h, MAY_SEE_QUEUE))
		return false;
	v->version = arena_array(rq->mem, struct ladder, LADDERS_SHOWN);
	if (load_choices(rq, all) ||
	    desk_ladder_versions(rq, v->class_id, v->severity, v->version, LADDERS_SHOWN, &v->n)) {
		http_fail_err(h, &rq->err);
		return false;
	}
	if (!named(h, v, all))
		return false;
	v->referral = all->referral;
	v->nreferrals = all->nreferrals;
	v->class_title = ladder_class(&p, all, v->class_id);
	v->severity_title = ladder_level(&p, all, v->severity);
	return true;
}

static void show_one(struct http *h, struct ladder_page *v, int status)
{
	struct page p = staff_page(h, N_("What follows silence"), NAV_RULES);
	p.bad = v->bad.n > 0;
	p.path = path_with(p.mem, path_with(p.mem, "/staff/ladder", "class", v->class_id), "severity", v->severity);
	p.done = http_query(h, "done");
	http_status(h, status);
	web_ladder(&p, v);
}

/* The form begins with what is in force for such a case. */
static bool fill(struct http *h, struct ladder_page *v)
{
	struct req *rq = http_req(h);
	struct ladder l = { .n = 0 };
	enum st st = desk_ladder_of(rq, v->class_id, v->severity, clock_now(), &l);
	if (st && st != ST_NOTFOUND) {
		http_fail_err(h, &rq->err);
		return false;
	}
	err_clear(&rq->err);
	for (int i = 0; i < l.n; i++) {
		const struct rung *r = &l.rung[i];
		const char *what = rung_name(r->what);
		v->rung[i] = (struct rung_field){
			.what = *r->whom ? arena_printf(rq->mem, "%s:%s", what, r->whom) : what,
			.hours = arena_printf(rq->mem, "%lld", (long long)r->hours),
			.clock = r->working ? "w" : "h",
		};
	}
	v->nrungs = l.n + RUNGS_MORE;
	return true;
}

static void rows_of(struct ladder_page *v)
{
	if (v->nrungs < RUNGS_LEAST)
		v->nrungs = RUNGS_LEAST;
	if (v->nrungs > RUNGS_MAX)
		v->nrungs = RUNGS_MAX;
	for (int i = 0; i < v->nrungs; i++)
		if (!v->rung[i].what)
			v->rung[i] = (struct rung_field){ "", "", "w" };
}

void web_get_ladder(struct http *h)
{
	struct ladder_page *v = arena_new_of(http_req(h)->mem, struct ladder_page);
	const char *class_ = http_query(h, "class"), *severity = http_query(h, "severity");
	v->class_id = has(class_) ? class_ : "*";
	v->severity = has(severity) ? severity : "*";
	v->from = "";
	if (!load_one(h, v) || !fill(h, v))
		return;
	rows_of(v);
	show_one(h, v, 200);
}

struct setting {
	struct ladder_page page;
	struct ladder arg;
};

static enum st ladder_write(struct req *rq, void *arg)
{
	return desk_ladder_set(rq, &((struct setting *)arg)->arg);
}

static void ladder_set(struct http *h, void *arg, const struct err *outcome)
{
	struct setting *s = arg;
	struct arena *mem = http_req(h)->mem;
	if (outcome->code == ST_OK) {
		const char *path = path_with(mem, "/staff/ladder", "class", s->page.class_id);
		http_redirect(h, path_with(mem, path_with(mem, path, "severity", s->page.severity), "done", "ladder"));
	} else if (outcome->code == ST_INVALID && !strncmp(outcome->msg, "from:", 5)) {
		form_bad(
			&s->page.bad, "from",
			tr(http_lang(h), N_("Choose a day that is still to come: what was in force stays as it was.")));
		show_one(h, &s->page, 422);
	} else {
		http_fail_err(h, outcome);
	}
}

static const char *numbered(struct arena *mem, const char *name, int i)
{
	return arena_printf(mem, "%s%d", name, i);
}

/* Rows without a step are left out; those with one must say after how many hours. */
static void take_rungs(struct http *h, struct setting *s)
{
	struct arena *mem = http_req(h)->mem;
	struct ladder_page *v = &s->page;
	for (int i = 0; i < RUNGS_MAX; i++) {
		struct rung_field f = { form_text(h, numbered(mem, "what", i)), form_text(h, numbered(mem, "hours", i)),
					form_text(h, numbered(mem, "clock", i)) };
		if (!*f.what)
			continue;
		v->rung[v->nrungs] = f;
		bool ok = rung_parse(mem,
				     arena_printf(mem, "%s=%s%s", f.what, f.hours, !strcmp(f.clock, "h") ? "h" : "w"),
				     &s->arg.rung[s->arg.n]);
		if (ok)
			s->arg.n++;
		else
			form_bad(&v->bad, arena_printf(mem, "hours%d", v->nrungs),
				 tr(http_lang(h), N_("Enter a number of hours, from 1 to 8,760.")));
		v->nrungs++;
	}
	if (!v->nrungs)
		form_bad(&v->bad, "what0", tr(http_lang(h), N_("A ladder needs at least one step.")));
}

static void take_day(struct http *h, struct setting *s)
{
	int64_t day;
	s->page.from = form_text(h, "from");
	if (!*s->page.from)
		return;
	if (calendar_day_parse(s->page.from, &day))
		s->arg.valid_from = (day * 86400 - front_app(h)->cfg->site_zone * 60) * USEC;
	else
		form_bad(&s->page.bad, "from", tr(http_lang(h), N_("Enter a day like 2027-01-31.")));
}

void web_post_ladder(struct http *h)
{
	struct arena *mem = http_req(h)->mem;
	struct setting *s = arena_new_of(mem, struct setting);
	if (!staff_may(h, MAY_SET_LADDER))
		return;
	s->page.class_id = s->arg.class_id = arena_strdup(mem, form_text(h, "class"));
	s->page.severity = s->arg.severity = arena_strdup(mem, form_text(h, "severity"));
	if (!load_one(h, &s->page))
		return;
	take_rungs(h, s);
	take_day(h, s);
	rows_of(&s->page);
	if (s->page.bad.n)
		show_one(h, &s->page, 422);
	else
		http_write(h, ladder_write, s, ladder_set);
}

/* ── legal bases ── */

static void fill_basis(struct arena *mem, struct bases_page *v, const struct basis *b)
{
	v->id = b->id;
	v->title = b->title;
	v->days = arena_printf(mem, "%lld", (long long)b->max_days);
	v->legal = b->legal;
	v->there = true;
}

/* `id`: the form begins with that one. */
static void show_bases(struct http *h, struct bases_page *v, const char *id, int status)
{
	struct req *rq = http_req(h);
	v->basis = arena_array(rq->mem, struct basis, BASES_SHOWN);
	if (!staff_may(h, MAY_SEE_QUEUE))
		return;
	if (desk_bases(rq, v->basis, BASES_SHOWN, &v->n)) {
		http_fail_err(h, &rq->err);
		return;
	}
	for (int i = 0; i < v->n; i++)
		if (has(id) && !strcmp(v->basis[i].id, id))
			fill_basis(rq->mem, v, &v->basis[i]);
	struct page p = staff_page(h, N_("Legal bases"), NAV_RULES);
	p.bad = v->bad.n > 0;
	p.path = "/staff/bases";
	p.done = http_query(h, "done");
	http_status(h, status);
	web_bases(&p, v);
}

void web_get_bases(struct http *h)
{
	struct bases_page *v = arena_new_of(http_req(h)->mem, struct bases_page);
	v->id = v->title = v->days = "";
	show_bases(h, v, http_query(h, "id"), 200);
}

struct basing {
	struct bases_page page;
	struct basis arg;
};

static enum st basis_write(struct req *rq, void *arg)
{
	struct basing *b = arg;
	return b->page.there ? desk_basis_change(rq, &b->arg) : desk_basis_add(rq, &b->arg);
}

static void basis_set(struct http *h, void *arg, const struct err *outcome)
{
	struct bases_page *v = &((struct basing *)arg)->page;
	if (outcome->code == ST_OK) {
		http_redirect(h, "/staff/bases?done=basis");
	} else if (outcome->code == ST_CONFLICT) {
		form_bad(&v->bad, "id",
			 tr(http_lang(h), N_("There is one of this short name. To change it, choose it in the list.")));
		show_bases(h, v, NULL, 422);
	} else {
		http_fail_err(h, outcome);
	}
}

static const struct {
	unsigned bad;
	const char *field, *text;
} basis_faults[] = {
	{ BASIS_BAD_ID, "id", N_("1 to 40 letters a-z, digits and hyphens.") },
	{ BASIS_BAD_TITLE, "title", N_("Enter the name, on one line.") },
	{ BASIS_BAD_DAYS, "days", N_("Enter a number of days, from 1 to 3,650.") },
};

void web_post_basis(struct http *h)
{
	struct arena *mem = http_req(h)->mem;
	struct basing *b = arena_new_of(mem, struct basing);
	struct bases_page *v = &b->page;
	if (!staff_may(h, MAY_SET_LADDER))
		return;
	v->id = form_text(h, "id");
	v->title = form_text(h, "title");
	v->days = form_text(h, "days");
	v->legal = *form_text(h, "legal") != 0;
	v->there = *form_text(h, "there") != 0;
	b->arg = (struct basis){ arena_strdup(mem, v->id), arena_strdup(mem, v->title), v->legal, 0 };
	text_int(v->days, 1, BASIS_DAYS, &b->arg.max_days);
	unsigned bad = desk_basis_bad(&b->arg);
	for (size_t i = 0; i < sizeof basis_faults / sizeof *basis_faults; i++)
		if (bad & basis_faults[i].bad)
			form_bad(&v->bad, basis_faults[i].field, tr(http_lang(h), basis_faults[i].text));
	if (bad)
		show_bases(h, v, NULL, 422);
	else
		http_write(h, basis_write, b, basis_set);
}
