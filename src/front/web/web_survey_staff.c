/* web_survey_staff.c — /staff/surveys and /surveys: studies, how far they are, their reports and what is done about them. */
#include "front/web/web.h"
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/text.h"
#include "front/web/pages.h"

enum { STUDIES_MAX = 500, CHANGES_MAX = 2 * Q_ITEMS_MAX, REPORT_ARENA = 64 << 20, PUBLISHED_PAGE = 20 };

const char *study_path(const struct page *p, const struct report_view *v, const char *rest)
{
	return arena_printf(p->mem, "%s/%s%s", v->open_to_all ? "/surveys" : "/staff/surveys", v->list.t.study.name,
			    rest);
}

const char *report_path(const struct page *p, const struct report_view *v)
{
	return study_path(p, v, v->open_to_all ? "" : "/report");
}

static const char *with_against(const struct page *p, const struct report_view *v, const char *path)
{
	return v->against ? arena_printf(p->mem, "%s?against=%s", path, v->against) : path;
}

const char *sheet_path(const struct page *p, const struct report_view *v)
{
	return with_against(p, v, study_path(p, v, "/figures.xlsx"));
}

static bool may_run(struct req *rq)
{
	bool may = permit(rq, MAY_RUN_SURVEY) == ST_OK;
	err_clear(&rq->err);
	return may;
}

void web_get_surveys(struct http *h)
{
	struct req *rq = http_req(h);
	struct voice_study *s = arena_array(rq->mem, struct voice_study, STUDIES_MAX);
	struct study_line *l = arena_array(rq->mem, struct study_line, STUDIES_MAX);
	int n = 0;
	if (!staff_may(h, MAY_SEE_SURVEY))
		return;
	enum st st = voice_studies(rq, s, STUDIES_MAX, &n);
	for (int i = 0; i < n && !st; i++) {
		l[i].s = s[n - 1 - i];
		st = voice_funnel(rq, &l[i].s, -1, &l[i].f);
	}
	if (st) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct page p = staff_page(h, N_("Surveys"), NAV_SURVEYS);
	web_surveys(&p, l, n, may_run(rq));
}

/* ── reading: more than a request's memory, so a region of its own ── */

static enum st groups_read(struct req *rq, struct report_view *v)
{
	const struct voice_study *s = &v->list.t.study;
	if (voice_groups(rq, s, v->group, &v->ngroups))
		return rq->err.code;
	for (int i = 0; i <= v->ngroups; i++)
		if (voice_funnel(rq, s, i < v->ngroups ? v->group[i].position : -1, &v->funnel[i]))
			return rq->err.code;
	return voice_reminders(rq, s, v->reminder, &v->nreminders) ||
			       voice_cleanings(rq, s, v->cleaned, 8, &v->ncleaned)
		       ? rq->err.code
		       : ST_OK;
}

/* One of those that it may be held against; NULL: none was asked for. Another name is no study, to whoever asks. */
static enum st against_read(struct req *rq, struct report_view *v)
{
	const char *name = v->against;
	v->earlier = arena_array(rq->mem, struct voice_study, STUDIES_MAX);
	if (voice_earlier(rq, &v->list.t.study, v->earlier, STUDIES_MAX, &v->nearlier))
		return rq->err.code;
	v->against = NULL;
	for (int i = 0; i < v->nearlier && has(name) && !v->against; i++)
		if (!strcmp(v->earlier[i].name, name))
			v->against = v->earlier[i].name;
	return has(name) && !v->against ? err_set(&rq->err, ST_NOTFOUND,
						  N_("there is no closed study %.40s of this questionnaire"), name)
					: ST_OK;
}

static enum st report_read(struct req *rq, const char *name, struct report_view *v)
{
	v->change = arena_array(rq->mem, struct voice_change, CHANGES_MAX);
	v->text = arena_array(rq->mem, struct voice_text, Q_QUESTIONS_MAX + 1);
	v->advice = arena_array(rq->mem, struct voice_advice, VOICE_ADVICE_MAX);
	v->quote = arena_array(rq->mem, struct voice_quote, QUOTES_MAX);
	v->said = arena_array(rq->mem, struct voice_said, QUOTES_MAX);
	if (voice_list(rq, name, "", &v->list))
		return rq->err.code;
	const struct voice_study *s = &v->list.t.study;
	if (against_read(rq, v) || groups_read(rq, v) ||
	    voice_changes(rq, &v->list, v->against, v->change, CHANGES_MAX, &v->nchanges) ||
	    voice_quotes_shown(rq, s, v->quote, QUOTES_MAX, &v->nquotes) ||
	    voice_said_shown(rq, s, v->said, QUOTES_MAX, &v->nsaid) ||
	    voice_texts(rq, s, v->text, Q_QUESTIONS_MAX + 1, &v->ntexts))
		return rq->err.code;
	return voice_advices(rq, s, v->advice, VOICE_ADVICE_MAX, &v->nadvice);
}

static void study_show(struct http *h, struct report_view *v, int status)
{
	struct req *rq = http_req(h);
	const struct voice_study *s = &v->list.t.study;
	if (!staff_may(h, MAY_SEE_SURVEY))
		return;
	if (voice_study_get(rq, http_arg(h, 0), &v->list.t.study) || groups_read(rq, v) ||
	    voice_excluded(rq, s, &v->excluded, &v->excluded_drawn)) {
		http_fail_err(h, &rq->err);
		return;
	}
	v->may_run = may_run(rq);
	if (v->bad.n && s->state != STUDY_DRAFT) { /* the form is there no longer */
		http_fail(h, 409, N_("Groups are added before people are drawn."));
		return;
	}
	struct page p = staff_page(h, N_("Survey"), NAV_SURVEYS);
	p.title = s->name;
	p.path = study_path(&p, v, "");
	p.bad = v->bad.n > 0;
	http_status(h, status);
	web_study(&p, v);
}

void web_get_study(struct http *h)
{
	struct report_view *v = arena_new_of(http_req(h)->mem, struct report_view);
	v->typed.days = arena_printf(http_req(h)->mem, "%d", VOICE_RULE_DAYS);
	study_show(h, v, 200);
}

/* ── reports ── */

static void report_show(struct http *h, struct report_view *v, int status)
{
	struct req *rq = http_req(h);
	struct arena *keep = rq->mem;
	if (!staff_may(h, MAY_SEE_SURVEY))
		return;
	rq->mem = arena_new(REPORT_ARENA);
	if (report_read(rq, http_arg(h, 0), v)) {
		http_fail_err(h, &rq->err);
	} else {
		v->may_run = may_run(rq);
		if (!has(v->place))
			v->place = "top";
		struct page p = staff_page(h, N_("Survey report"), NAV_SURVEYS);
		p.title = survey_words(&p, &v->list.t.q.title);
		p.path = with_against(&p, v, report_path(&p, v));
		p.bad = v->bad.n > 0;
		http_status(h, status);
		web_study_report(&p, v);
	}
	arena_free(rq->mem);
	rq->mem = keep;
}

void web_get_study_report(struct http *h)
{
	struct report_view *v = arena_new_of(http_req(h)->mem, struct report_view);
	v->place = http_query(h, "place");
	v->against = http_query(h, "against");
	report_show(h, v, 200);
}

/* Is it there for everybody? Else answered: nobody learns which studies there are. */
static bool published(struct http *h, struct voice_study *s)
{
	struct req *rq = http_req(h);
	if (voice_study_get(rq, http_arg(h, 0), s) == ST_OK && s->state == STUDY_PUBLISHED)
		return true;
	if (rq->err.code && rq->err.code != ST_NOTFOUND)
		http_fail_err(h, &rq->err);
	else
		http_fail(h, 404, "no such report");
	return false;
}

void web_get_public_surveys(struct http *h)
{
	struct req *rq = http_req(h);
	struct published_view v = { .s = arena_array(rq->mem, struct voice_study, PUBLISHED_PAGE + 1) };
	struct page p = page_of(h, N_("Surveys"), NAV_NONE);
	int64_t from = 0;
	if (has(http_query(h, "from")) && text_int(http_query(h, "from"), 0, INT32_MAX / 2, &from))
		v.from = (int)from;
	enum st st = voice_published(rq, v.from, v.s, PUBLISHED_PAGE + 1, &v.n);
	if (v.n > PUBLISHED_PAGE)
		v.next = v.from + (v.n = PUBLISHED_PAGE);
	v.title = arena_array(rq->mem, const char *, PUBLISHED_PAGE);
	for (int i = 0; i < v.n && !st; i++) {
		struct questionnaire q;
		st = voice_questionnaire(rq, v.s[i].questionnaire, v.s[i].version, &q);
		if (!st)
			v.title[i] = survey_words(&p, &q.title);
	}
	if (st) {
		http_fail_err(h, &rq->err);
		return;
	}
	p.path = v.from ? arena_printf(rq->mem, "/surveys?from=%d", v.from) : "/surveys";
	web_public_surveys(&p, &v);
}

void web_get_public_report(struct http *h)
{
	struct req *rq = http_req(h);
	struct arena *keep = rq->mem;
	struct report_view *v = arena_new_of(keep, struct report_view);
	struct voice_study s;
	if (!published(h, &s))
		return;
	rq->mem = arena_new(REPORT_ARENA);
	v->open_to_all = true;
	v->against = http_query(h, "against");
	if (report_read(rq, s.name, v)) {
		http_fail_err(h, &rq->err);
	} else {
		struct page p = page_of(h, N_("Survey report"), NAV_NONE);
		p.title = survey_words(&p, &v->list.t.q.title);
		p.path = with_against(&p, v, report_path(&p, v));
		web_public_report(&p, v);
	}
	arena_free(rq->mem);
	rq->mem = keep;
}

void web_get_report_receipt(struct http *h)
{
	struct req *rq = http_req(h);
	struct voice_study s;
	if (!published(h, &s))
		return;
	enum st st = voice_receipt(rq, &s, http_out(h));
	if (st == ST_OK) {
		http_type(h, "application/json");
		http_set_header(h, "Content-Disposition", "attachment; filename=\"receipt.json\"");
	} else if (st == ST_BUSY) {
		buf_reset(http_out(h));
		http_set_header(h, "Retry-After", "5");
		web_say(h, 202, N_("Your receipt is being made"), N_("It takes a few seconds. Load this page again."));
	} else {
		http_fail_err(h, &rq->err);
	}
}

/* ── files: the same two handlers for staff and for everybody ── */

static bool list_read(struct http *h, struct report_view *v)
{
	struct req *rq = http_req(h);
	struct voice_study s;
	if (strncmp(http_path(h), "/staff/", 7) != 0 ? !published(h, &s) : !staff_may(h, MAY_SEE_SURVEY))
		return false;
	v->against = http_query(h, "against");
	if (report_read(rq, http_arg(h, 0), v) == ST_OK)
		return true;
	http_fail_err(h, &rq->err);
	return false;
}

static void as_file(struct http *h, const char *type, const char *disposition)
{
	http_type(h, type);
	http_set_header(h, "Cache-Control", "no-store");
	http_set_header(h, "X-Content-Type-Options", "nosniff");
	http_set_header(h, "Content-Disposition", disposition);
}

static void csv_out(struct http *h, const struct report_view *v)
{
	voice_sheet_csv(&v->list, http_out(h));
	as_file(h, "text/csv; charset=utf-8", "attachment; filename=\"figures.csv\"");
}

static enum st file_into(struct buf *out, const char *path, struct err *e)
{
	char block[4096];
	size_t n;
	FILE *f = fopen(path, "rbe");
	if (!f)
		return err_set(e, ST_INTERNAL, "%s: %m", path);
	while ((n = fread(block, 1, sizeof block, f)) > 0)
		buf_add(out, block, n);
	fclose(f);
	return ST_OK;
}

static void xlsx_out(struct http *h, const struct report_view *v)
{
	struct req *rq = http_req(h);
	char *path = arena_printf(rq->mem, "%s/tmp/sheet-XXXXXX", front_app(h)->cfg->dir);
	int fd = mkstemp(path);
	if (fd < 0) {
		http_fail(h, 500, "no room for a spreadsheet");
		return;
	}
	close(fd);
	enum st st = voice_sheet_file(&v->list, v->change, v->nchanges, path, &rq->err);
	if (!st)
		st = file_into(http_out(h), path, &rq->err);
	unlink(path);
	if (st)
		http_fail_err(h, &rq->err);
	else
		as_file(h, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
			"attachment; filename=\"figures.xlsx\"");
}

static void with_list(struct http *h, void (*out)(struct http *h, const struct report_view *v))
{
	struct req *rq = http_req(h);
	struct arena *keep = rq->mem;
	rq->mem = arena_new(REPORT_ARENA);
	struct report_view *v = arena_new_of(rq->mem, struct report_view);
	if (list_read(h, v))
		out(h, v);
	arena_free(rq->mem);
	rq->mem = keep;
}

void web_get_report_csv(struct http *h)
{
	with_list(h, csv_out);
}

void web_get_report_xlsx(struct http *h)
{
	with_list(h, xlsx_out);
}

/* ── acts ── */

struct study_act {
	const struct act_row *row;
	struct report_view view;
	const char *study;
	struct voice_clean clean;
	struct voice_unclean undo;
	struct voice_text text;
	struct voice_advice advice;
	struct voice_publish publish;
	struct voice_remind remind;
	struct voice_unremind unremind;
	struct voice_group_add group;
	struct voice_draw draw;
	struct voice_open open;
};
struct act_row {
	const char *name, *back;
	write_fn run;
	size_t arg, study; /* where they stand in study_act; arg 0: it takes the study's name */
};

/* What the room refused, beside what was typed. */
static void group_back(struct http *h, struct study_act *a, const struct err *why)
{
	room_bad(h, &a->view.bad, why->code == ST_INVALID ? "g-rule" : "g-name", why);
	study_show(h, &a->view, http_code(why->code));
}

/* An act whose arguments are a member of study_act, in which the study is named; close takes its name alone. */
#define ACT(name, back, run, member)                                                                                   \
	{                                                                                                              \
		name, back, run, offsetof(struct study_act, member), offsetof(struct study_act, member.study)          \
	}
static const struct act_row acts[] = {
	ACT("group", "", voice_group_add, group),
	ACT("draw", "", voice_draw, draw),
	ACT("open", "", voice_open, open),
	ACT("remind", "", voice_remind, remind),
	ACT("unremind", "", voice_unremind, unremind),
	{ "close", "", voice_close, 0, 0 },
	ACT("clean", "", voice_clean, clean),
	ACT("undo", "", voice_unclean, undo),
	ACT("say", "/report", voice_text_set, text),
	ACT("advise", "/report", voice_advise, advice),
	ACT("advice", "/report", voice_advise, advice),
	ACT("publish", "/report", voice_publish, publish),
};

static enum st act_write(struct req *rq, void *arg)
{
	struct study_act *a = arg;
	if (!a->row->arg)
		return a->row->run(rq, (char *)(uintptr_t)a->study);
	*(const char **)(void *)((char *)a + a->row->study) = a->study;
	return a->row->run(rq, (char *)a + a->row->arg);
}

static void acted(struct http *h, void *arg, const struct err *outcome)
{
	struct study_act *a = arg;
	bool typed = outcome->code == ST_INVALID || outcome->code == ST_CONFLICT || outcome->code == ST_LIMIT;
	if (typed && a->row->run == voice_group_add)
		group_back(h, a, outcome);
	else if (outcome->code)
		http_fail_err(h, outcome);
	else
		http_redirect(h, arena_printf(http_req(h)->mem, "/staff/surveys/%s%s?done=survey-%s", a->study,
					      a->row->back, a->row->name));
}

/* What a new recommendation needs; false: the form comes back. */
static bool advise_ok(struct http *h, struct study_act *a)
{
	struct form_errors *bad = &a->view.bad;
	const char *needed = tr(http_lang(h), N_("This needs an answer."));
	a->view.en = a->advice.in[LANG_EN];
	a->view.zh = a->advice.in[LANG_ZH_TW];
	a->view.owner = a->advice.owner;
	a->view.due = form_text(h, "due");
	if (!has(a->view.en))
		form_bad(bad, "en", needed);
	if (!has(a->view.zh))
		form_bad(bad, "zh", needed);
	if (!has(a->view.owner))
		form_bad(bad, "owner", needed);
	a->advice.due_at = strlen(a->view.due) == 10 ? time_parse(a->view.due) : TIME_NONE;
	if (a->advice.due_at == TIME_NONE)
		form_bad(bad, "due", needed);
	return !bad->n;
}

/* An empty field is left as it is: taking words away is the command's (`nicert survey say`). */
static bool words_ok(struct http *h, struct study_act *a)
{
	a->view.place = a->text.place;
	for (int l = 0; l < LANG_COUNT; l++)
		if (!*a->text.in[l])
			a->text.in[l] = NULL;
	if (!a->text.in[LANG_EN] && !a->text.in[LANG_ZH_TW])
		form_bad(&a->view.bad, "text-en", tr(http_lang(h), N_("This needs an answer.")));
	return !a->view.bad.n;
}

static void act_fields(struct http *h, struct study_act *a)
{
	a->undo.reason = form_text(h, "reason");
	a->text.place = form_text(h, "place");
	a->text.in[LANG_EN] = a->advice.in[LANG_EN] = form_text(h, "en");
	a->text.in[LANG_ZH_TW] = a->advice.in[LANG_ZH_TW] = form_text(h, "zh");
	a->advice.owner = form_text(h, "owner");
}

/* false: a number that can't be. */
static bool reminder_ok(struct http *h, const char *name, struct study_act *a)
{
	int64_t number = 0;
	if (!strcmp(name, "remind"))
		return text_int(form_text(h, "days"), 1, VOICE_REMIND_DAYS, &a->remind.days);
	if (!strcmp(name, "unremind") && !text_int(form_text(h, "number"), 1, VOICE_REMINDERS_MAX, &number))
		return false;
	a->unremind.number = (int)number;
	return true;
}

static bool group_ok(struct http *h, struct study_act *a)
{
	struct arena *mem = http_req(h)->mem;
	struct group_typed *t = &a->view.typed;
	struct form_errors *bad = &a->view.bad;
	int64_t days = 0;
	group_read(h, t, bad, &a->group);
	t->rule = form_text(h, "rule");
	t->days = form_text(h, "days");
	const struct voice_rule *k = voice_rule_of(t->rule);
	bool in_days = k && k->arg && !k->choice;
	if ((in_days || *t->days) && !text_int(t->days, 1, VOICE_RULE_DAYS_MAX, &days))
		form_bad(bad, "g-days",
			 arena_printf(mem, tr(http_lang(h), N_("Say how many days back it looks, 1 to %d.")),
				      VOICE_RULE_DAYS_MAX));
	a->group.rule = in_days ? arena_printf(mem, "%s %lld", t->rule, (long long)days) : t->rule;
	return !bad->n;
}

/* Of the acts before the field; NULL: it can be. */
static const char *begin_bad(struct http *h, const char *name, struct study_act *a)
{
	const char *seed = form_text(h, "seed"), *until = form_text(h, "until");
	if (!strcmp(name, "draw") && *seed && !text_int(seed, 1, INT64_MAX, &a->draw.seed))
		return N_("A seed is a number from 1, or nothing: then one is drawn.");
	if (!strcmp(name, "open") && (strlen(until) != 10 || (a->open.until = time_parse(until)) == TIME_NONE))
		return N_("Say on which day the field ends.");
	return NULL;
}

void web_post_study(struct http *h)
{
	struct study_act *a = arena_new_of(http_req(h)->mem, struct study_act);
	const char *name = http_arg(h, 1);
	if (!staff_may(h, MAY_RUN_SURVEY))
		return;
	a->study = arena_strdup(http_req(h)->mem, http_arg(h, 0));
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (!strcmp(acts[i].name, name))
			a->row = &acts[i];
	if (!a->row) {
		http_fail(h, 404, "no such act");
		return;
	}
	act_fields(h, a);
	const char *bad = begin_bad(h, name, a);
	if (bad)
		http_fail(h, 422, "%s", bad);
	else if (a->row->run == voice_group_add && !group_ok(h, a))
		study_show(h, &a->view, 422);
	else if (!reminder_ok(h, name, a))
		http_fail(h, 422, N_("Say after how many days of its field, 1 to 365."));
	else if (!strcmp(name, "advice") && (!text_int(form_text(h, "id"), 1, INT64_MAX, &a->advice.id) ||
					     !advice_state_parse(form_text(h, "state"), &a->advice.state)))
		http_fail(h, 422, N_("no such recommendation, or state of one"));
	else if ((!strcmp(name, "advise") && !advise_ok(h, a)) || (!strcmp(name, "say") && !words_ok(h, a)))
		report_show(h, &a->view, 422);
	else
		http_write(h, act_write, a, acted);
}
