/* ladder show|set|preview|step|referral: what follows when nobody answers. */
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "desk/desk_ladder.h"

enum { LADDERS = 500, REFERRALS = 200 };

static void ladder_json(struct cli *c, struct jw *w, const struct ladder *l)
{
	j_obj(w, NULL);
	j_str(w, "class", l->class_id);
	j_str(w, "severity", l->severity);
	j_time(w, "valid_from", l->valid_from);
	j_str(w, "by", l->actor);
	j_arr(w, "rungs");
	for (int i = 0; i < l->n; i++) {
		j_obj(w, NULL);
		j_str(w, "what", rung_name(l->rung[i].what));
		if (*l->rung[i].whom)
			j_str(w, "whom", l->rung[i].whom);
		j_int(w, "hours", l->rung[i].hours);
		j_str(w, "clock", l->rung[i].working ? "working" : "always");
		j_end(w);
	}
	j_end(w);
	j_end(w);
}

static char *rungs_text(struct cli *c, const struct ladder *l)
{
	char *s = arena_strdup(c->mem, "");
	for (int i = 0; i < l->n; i++)
		s = arena_printf(c->mem, "%s%s%s", s, i ? " " : "", rung_text(c->mem, &l->rung[i]));
	return s;
}

static int run_show(struct cli *c)
{
	static const char *const heads[] = { "CLASS", "SEVERITY", "FROM", "RUNGS" };
	struct ladder *l = arena_array(c->mem, struct ladder, LADDERS);
	const char *only = opt(c, "--class");
	int n;
	if (desk_ladders(&c->rq, opt_on(c, "--history") ? 0 : clock_now(), l, LADDERS, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 4);
	BUF_SCOPE b = { .max = (size_t)16 << 20 };
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		if (only && strcmp(only, l[i].class_id) != 0)
			continue;
		table_row(t, (const char *[]){ l[i].class_id, l[i].severity,
					       l[i].valid_from ? time_iso(c->mem, l[i].valid_from) : "-",
					       rungs_text(c, &l[i]) });
		ladder_json(c, &w, &l[i]);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

static int run_set(struct cli *c)
{
	const char *from = opt(c, "--from"), *severity = opt(c, "--severity");
	struct ladder l = { .class_id = c->arg[0], .severity = arena_strdup(c->mem, severity ? severity : "*") };
	if (from && (l.valid_from = time_parse(from)) == TIME_NONE)
		return cli_usage(c, "--from %s: expected a date (2027-01-01) or a time", from);
	for (int i = 1; i < c->nargs; i++) {
		if (l.n == RUNGS_MAX)
			return cli_usage(c, "a ladder has at most %d rungs", RUNGS_MAX);
		if (!rung_parse(c->mem, c->arg[i], &l.rung[l.n++]))
			return cli_usage(c,
					 "%s: expected remind, sponsor, upstream, authority, referral:ID or task, "
					 "then = and hours: 8w (working hours) or 24h (all hours)",
					 c->arg[i]);
	}
	if (act_as(c))
		return FAILED;
	if (store_write(c->store, &c->rq, desk_ladder_set, &l))
		return cli_fail_rq(c);
	if (c->json)
		printf("{\"class\":\"%s\",\"severity\":\"%s\",\"rungs\":%d}\n", l.class_id, l.severity, l.n);
	else
		printf("Ladder of %s, severity %s: %s%s%s.\n", l.class_id, l.severity, rungs_text(c, &l),
		       from ? ", from " : "", from ? time_iso(c->mem, l.valid_from) : "");
	return DONE;
}

/* ── a case ── */

struct plan {
	struct table *t;
	struct jw w;
};

static int plan_of(struct cli *c, struct plan *p, const struct case_notice *n)
{
	struct climb k;
	int64_t at[RUNGS_MAX];
	enum st st = desk_climb_get(&c->rq, n->id, &k);
	if (st == ST_NOTFOUND)
		return err_clear(&c->rq.err), DONE;
	if (st)
		return cli_fail_rq(c);
	bool over = n->state != NOTICE_SENT && n->state != NOTICE_SILENT;
	int rungs = over ? 0 : desk_climb_plan(&c->rq, &k, n->role, at);
	for (int i = 0; i < rungs; i++) {
		const struct rung *r = &k.ladder.rung[k.next + i];
		if (at[i] < 0)
			continue;
		table_row(p->t,
			  (const char *[]){ arena_printf(c->mem, "%lld", (long long)n->id), link_role_name(n->role),
					    rung_text(c->mem, r), k.held ? "on hold" : time_iso(c->mem, at[i]) });
		j_obj(&p->w, NULL);
		j_int(&p->w, "notice", n->id);
		j_str(&p->w, "role", link_role_name(n->role));
		j_str(&p->w, "what", rung_name(r->what));
		if (*r->whom)
			j_str(&p->w, "whom", r->whom);
		j_bool(&p->w, "held", k.held);
		if (!k.held)
			j_time(&p->w, "at", at[i]);
		j_end(&p->w);
	}
	return DONE;
}

static int preview(struct cli *c, const char *number)
{
	static const char *const heads[] = { "NOTICE", "TO", "THEN", "WHEN" };
	struct case_view v;
	BUF_SCOPE b = { .max = (size_t)4 << 20 };
	struct plan p = { table_new(c->mem, heads, 4), jw_of(&b) };
	if (desk_case_staff(cli_fresh(c), number, LANG_EN, &v))
		return cli_fail_rq(c);
	j_arr(&p.w, NULL);
	for (int i = 0; i < v.nnotices; i++)
		if (plan_of(c, &p, &v.notice[i]))
			return FAILED;
	j_end(&p.w);
	if (c->json)
		puts(buf_cstr(&b));
	else
		table_print(p.t);
	return DONE;
}

static int run_preview(struct cli *c)
{
	return act_as(c) ? FAILED : preview(c, c->arg[0]);
}

static int run_step(struct cli *c)
{
	static const struct {
		const char *name;
		write_fn fn;
	} acts[] = {
		{ "hold", desk_step_hold },
		{ "resume", desk_step_resume },
		{ "skip", desk_step_skip },
		{ "now", desk_step_now },
	};
	struct desk_act a = { .number = c->arg[0], .text = arena_strdup(c->mem, opt(c, "--why")) };
	write_fn fn = NULL;
	if (!text_int(c->arg[1], 1, INT64_MAX, &a.id))
		return cli_usage(c, "%s: expected the number of a notice; `nicert ladder preview %s` shows them",
				 c->arg[1], a.number);
	for (int i = 0; i < 4; i++)
		if (!strcmp(c->arg[2], acts[i].name))
			fn = acts[i].fn;
	if (!fn)
		return cli_usage(c, "%s: expected hold, resume, skip or now", c->arg[2]);
	if (act_as(c))
		return FAILED;
	return store_write(c->store, &c->rq, fn, &a) ? cli_fail_rq(c) : preview(c, a.number);
}

/* ── whom to refer to ── */

static int list_referrals(struct cli *c)
{
	static const char *const heads[] = { "ID", "TITLE", "E-MAIL", "LANGUAGE" };
	struct referral *f = arena_array(c->mem, struct referral, REFERRALS);
	int n;
	if (desk_referrals(&c->rq, f, REFERRALS, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 4);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		table_row(t, (const char *[]){ f[i].id, f[i].title, *f[i].email ? f[i].email : "- (a task instead)",
					       *f[i].lang ? f[i].lang : "-" });
		j_obj(&w, NULL);
		j_str(&w, "id", f[i].id);
		j_str(&w, "title", f[i].title);
		j_str(&w, "email", f[i].email);
		j_str(&w, "lang", f[i].lang);
		j_end(&w);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

static int run_referral(struct cli *c)
{
	const char *title = opt(c, "--title"), *email = opt(c, "--email"), *lang = opt(c, "--lang");
	if (!c->nargs)
		return list_referrals(c);
	struct referral f = { c->arg[0], arena_strdup(c->mem, title ? title : c->arg[0]),
			      arena_strdup(c->mem, email ? email : ""), arena_strdup(c->mem, lang ? lang : "") };
	if (act_as(c))
		return FAILED;
	if (store_write(c->store, &c->rq, desk_referral_set, &f))
		return cli_fail_rq(c);
	cli_fresh(c);
	return list_referrals(c);
}

#define AS                                                                                                             \
	{                                                                                                              \
		"--as", "USER", "act as this account, with its permissions"                                            \
	}
static const struct option_row show_options[] = { { "--class", "C", "of one class only" },
						  { "--history", NULL, "every version, past and coming" },
						  { 0 } };
static const struct option_row set_options[] = { { "--severity", "S", "for this severity only (*)" },
						 { "--from", "TIME", "in force from then on (now)" },
						 AS,
						 { 0 } };
static const struct option_row as_option[] = { AS, { 0 } };
static const struct option_row step_options[] = {
	{ "--why", "TEXT", "kept as an internal note; hold and skip need it" }, AS, { 0 }
};
static const struct option_row referral_options[] = { { "--title", "TEXT", "its name" },
						      { "--email", "ADDRESS", "without one a handler gets a task" },
						      { "--lang", "TAG", "of the letter (the site's)" },
						      AS,
						      { 0 } };

const struct command ladder_commands[] = {
	{ "ladder", "show", NULL, "What follows when nobody answers, by class and severity", 0, 0, NEED_STORE,
	  show_options, run_show },
	{ "ladder", "set", "CLASS RUNG…", "A new ladder: remind=8w sponsor=16w referral:police=24h task=0h", 2,
	  RUNGS_MAX + 1, NEED_STORE, set_options, run_set },
	{ "ladder", "preview", "CASE", "The steps to come of a case, and when", 1, 1, NEED_STORE, as_option,
	  run_preview },
	{ "ladder", "step", "CASE NOTICE hold|resume|skip|now", "Holds, skips or brings forward the next step", 3, 3,
	  NEED_STORE, step_options, run_step },
	{ "ladder", "referral", "[ID]", "Whom cases are referred to; with ID sets one", 0, 1, NEED_STORE,
	  referral_options, run_referral },
	{ 0 },
};
