/* `nicert case list|show|approve|close`. */
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "cli/commands.h"
#include "desk/desk.h"
#include "desk/desk_search.h"
#include "desk/desk_sort.h"
#include "who/account.h"
#include "who/view.h"

/* --as USER: the account acts, with its own roles; without it the command line does. */
static struct actor acting;
int act_as(struct cli *c)
{
	const char *login = opt(c, "--as");
	struct account a[500];
	int n;
	if (!login)
		return DONE;
	if (account_list(&c->rq, a, 500, &n))
		return cli_fail_rq(c);
	for (int i = 0; i < n; i++)
		if (!strcmp(a[i].login, login) && !a[i].disabled_at) {
			snprintf(acting.id, sizeof acting.id, "staff:%lld", (long long)a[i].id);
			acting.role = a[i].role;
			acting.account = a[i].id;
			c->rq.who = &acting;
			return DONE;
		}
	return cli_fail(c, "--as %s: there is no such account; `nicert user list` shows them", login);
}

/* Words are found a moment late: by whoever serves, or by `case index`. */
static void tell_behind(struct cli *c)
{
	int64_t n = 0;
	if (desk_index_behind(cli_fresh(c), &n) == ST_OK && n)
		fprintf(stderr, "%lld changes are not indexed yet; `nicert case index` reads them\n", (long long)n);
}

static struct queue_filter filter_of(struct cli *c)
{
	return (struct queue_filter){ .lane = opt(c, "--queue"),
				      .severity = opt(c, "--severity"),
				      .class_id = opt(c, "--class"),
				      .assignee = opt(c, "--assignee"),
				      .tag = opt(c, "--tag"),
				      .due = opt_on(c, "--due") ? DUE_TODAY : DUE_ANY };
}

static void tell_rest(const struct queue_list *l, int64_t end)
{
	const char *more_than = l->more ? "more than " : "";
	if (l->more && l->total <= end)
		printf("more; --offset %lld goes on\n", (long long)end);
	else if (end < l->total)
		printf("%s%lld more; --offset %lld goes on\n", more_than, (long long)(l->total - end), (long long)end);
	if (l->below)
		fprintf(stderr, "older cases were not searched; --below %lld searches them\n", (long long)l->below);
	else if (l->unread)
		fputs("older cases were not searched\n", stderr);
}

static int run_list(struct cli *c)
{
	static const char *const heads[] = { "CASE", "STATE",		"KIND",	      "OPENED",
					     "DUE",  "NOTICES WAITING", "OBSERVABLE", "HOLDER" };
	static struct queue_row row[200];
	int st = act_as(c);
	int64_t offset = 0;
	if (st)
		return st;
	if (opt(c, "--offset") && !text_int(opt(c, "--offset"), 0, INT64_MAX / 2, &offset))
		return cli_usage(c, "--offset %s: expected a number", opt(c, "--offset"));
	struct queue_filter f = filter_of(c);
	if (opt(c, "--below") && !text_int(opt(c, "--below"), 1, INT64_MAX / 2, &f.below))
		return cli_usage(c, "--below %s: expected a number, as a search has said it", opt(c, "--below"));
	struct queue_list l = { .row = row };
	if (desk_queue_list(cli_fresh(c), opt_on(c, "--all") ? QUEUE_ALL : QUEUE_OPEN, &f, opt(c, "--search"),
			    (int)offset, 200, LANG_EN, &l))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 8);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < l.n; i++) {
		struct queue_row *q = &row[i];
		table_row(t, (const char *[]){ q->number, case_state_name(q->state), q->class_id,
					       cli_when(c, q->opened_at), cli_when(c, q->due_at),
					       arena_printf(c->mem, "%d", q->waiting), q->first_obs, q->holder });
		j_obj(&w, NULL);
		j_str(&w, "case", q->number);
		j_str(&w, "state", case_state_name(q->state));
		j_str(&w, "class", q->class_id);
		j_str(&w, "severity", q->severity);
		j_str(&w, "queue", q->lane);
		j_str(&w, "assignee", *q->assignee ? q->assignee : NULL);
		j_str(&w, "tags", q->tags);
		j_time(&w, "opened", q->opened_at);
		j_time(&w, "due", q->due_at);
		j_int(&w, "notices_waiting", q->waiting);
		j_int(&w, "reports", q->nreports);
		j_str(&w, "observable", q->first_obs);
		j_str(&w, "holder", q->holder);
		j_end(&w);
	}
	j_end(&w);
	if (c->json)
		return puts(buf_cstr(&b)), DONE;
	table_print(t);
	if (opt(c, "--search"))
		tell_behind(c);
	tell_rest(&l, offset + l.n);
	return DONE;
}

static void print_case(struct cli *c, const struct case_view *v)
{
	printf("%s  %s  %s  %s\n  opened %s\n", v->number, case_state_name(v->state), tlp_name(v->tlp), v->title,
	       cli_when(c, v->opened_at));
	printf("  queue %s, severity %s, of %s%s%s\n", v->lane, v->severity, *v->assignee ? v->assignee : "nobody",
	       *v->tags ? ", tags " : "", v->tags);
	if (v->next)
		printf("  next: %s\n", v->next);
	for (int i = 0; i < v->nobs; i++) {
		printf("\n%s  (%s)  o%lld\n", v->obs[i].value, v->obs[i].kind, (long long)v->obs[i].id);
		for (int k = 0; k < v->obs[i].links; k++)
			printf("  %s %-10s %s\n", k == v->obs[i].now ? "▶" : "○",
			       link_role_name(v->obs[i].chain[k].role),
			       v->obs[i].chain[k].name	   ? v->obs[i].chain[k].name
			       : v->obs[i].chain[k].handle ? v->obs[i].chain[k].handle
							   : "-");
	}
	if (v->nnotices)
		puts("\nNotices");
	for (int i = 0; i < v->nnotices; i++) {
		const struct case_notice *x = &v->notice[i];
		printf("  %lld  %-9s %-10s %s <%s>%s%s%s%s\n", (long long)x->id, notice_state_name(x->state),
		       link_role_name(x->role), x->party ? x->party : "", x->email ? x->email : "",
		       x->state == NOTICE_WAITING && x->why_waiting ? "  waits: " : "",
		       x->state == NOTICE_WAITING && x->why_waiting ? x->why_waiting : "",
		       x->digest_at ? "  in the digest of " : "", x->digest_at ? cli_when(c, x->digest_at) : "");
	}
	if (v->nreporters)
		puts("\nReports");
	for (int i = 0; i < v->nreporters; i++)
		printf("  r%lld  %s  %s%s\n", (long long)v->reporter[i].report, cli_when(c, v->reporter[i].at),
		       v->reporter[i].source, v->reporter[i].withdrawn ? "  withdrawn" : "");
	for (int i = 0; i < v->nties; i++)
		printf("%s%s %s  %s%s%s\n", i ? "" : "\n", tie_kind_name(v->tie[i].kind), v->tie[i].number,
		       case_state_name(v->tie[i].state), *v->tie[i].note ? "  " : "", v->tie[i].note);
	for (int i = 0; i < v->ntasks; i++)
		if (!v->task[i].done_at)
			printf("  task: %s\n", v->task[i].text);
	puts("\nTimeline");
	for (int i = 0; i < v->nsteps; i++)
		printf("  %s  %s\n", cli_when(c, v->step[i].at), v->step[i].text);
}

int case_show(struct cli *c, const char *number)
{
	struct case_view v;
	if (desk_case_staff(cli_fresh(c), number, LANG_EN, &v))
		return cli_fail_rq(c);
	struct viewed view = { "case", v.number, arena_array(c->mem, int64_t, v.nreporters + 1), 0 };
	for (int i = 0; i < v.nreporters && view.n < VIEW_PEOPLE_MAX; i++)
		if (v.reporter[i].person && v.reporter[i].email)
			view.person[view.n++] = v.reporter[i].person;
	if (viewed(c, &view))
		return cli_fail_rq(c);
	if (!c->json)
		return print_case(c, &v), DONE;
	BUF_SCOPE b = BUF_INIT;
	desk_case_json(&b, &v, FOR_STAFF);
	return puts(buf_cstr(&b)), DONE;
}

static int run_show(struct cli *c)
{
	int st = act_as(c);
	return st ? st : case_show(c, c->arg[0]);
}

int case_act(struct cli *c, write_fn fn, struct desk_act *a)
{
	int st = act_as(c);
	if (st)
		return st;
	if (store_write(c->store, &c->rq, fn, a))
		return cli_fail_rq(c);
	return case_show(c, a->other ? a->other : a->number);
}

static int run_approve(struct cli *c)
{
	struct desk_act a = { .number = c->arg[0] };
	if (opt(c, "--notice") && !text_int(opt(c, "--notice"), 1, INT64_MAX, &a.id))
		return cli_usage(c, "--notice %s: expected the number of a notice", opt(c, "--notice"));
	return case_act(c, desk_notice_approve, &a);
}

static int run_close(struct cli *c)
{
	struct desk_act a = { .number = c->arg[0],
			      .reason = arena_strdup(c->mem, opt(c, "--reason")),
			      .text = arena_strdup(c->mem, opt(c, "--text")) };
	bool known = false;
	for (int i = 0; a.reason && close_reasons[i]; i++)
		known |= !strcmp(a.reason, close_reasons[i]);
	if (!known) {
		BUF_SCOPE b = BUF_INIT;
		for (int i = 0; close_reasons[i]; i++)
			buf_printf(&b, " %s", close_reasons[i]);
		return cli_usage(c, "--reason is one of:%s", buf_cstr(&b));
	}
	return case_act(c, desk_case_close, &a);
}

static int run_class(struct cli *c)
{
	struct desk_act a = { .number = c->arg[0], .reason = c->arg[1] };
	return case_act(c, desk_case_classify, &a);
}

static int run_verify(struct cli *c)
{
	struct desk_act a = { .number = c->arg[0], .text = arena_strdup(c->mem, opt(c, "--text")) };
	return case_act(c, desk_case_verify, &a);
}

#define AS                                                                                                             \
	{                                                                                                              \
		"--as", "USER", "act as this account, with its permissions"                                            \
	}
static const struct option_row list_options[] = { AS,
						  { "--all", NULL, "closed ones too" },
						  { "--search", "TEXT",
						    "a number or words; words in \"quotes\" stand together" },
						  { "--queue", "Q", "of this queue" },
						  { "--severity", "L", "of this level" },
						  { "--class", "C", "of this class" },
						  { "--assignee", "LOGIN", "of this person; \"-\": of nobody" },
						  { "--tag", "T", "with this tag" },
						  { "--due", NULL, "overdue, or due today" },
						  { "--offset", "N", "go on after N" },
						  { "--below", "N", "search older cases, as a search has said it" },
						  { 0 } };
static const struct option_row show_options[] = { AS, { 0 } };
static const struct option_row approve_options[] = { AS, { "--notice", "N", "only this notice" }, { 0 } };
static const struct option_row verify_options[] = { AS, { "--text", "T", "what was seen, for staff" }, { 0 } };
static const struct option_row close_options[] = {
	AS,
	{ "--reason", "R", "fixed, false-alarm, not-reproducible, referred, record-only, duplicate" },
	{ "--text", "T", "what to tell the reporter" },
	{ 0 }
};

const struct command case_commands[] = {
	{ "case", "list", NULL, "Lists open cases: overdue and due today, then the others", 0, 0, NEED_STORE,
	  list_options, run_list },
	{ "case", "show", "NUMBER", "Shows a case: observables, chains, notices, tasks, timeline", 1, 1, NEED_STORE,
	  show_options, run_show },
	{ "case", "approve", "NUMBER", "Sends the notices that wait for a click", 1, 1, NEED_STORE, approve_options,
	  run_approve },
	{ "case", "class", "NUMBER CLASS", "Changes what kind of trouble it is", 2, 2, NEED_STORE, show_options,
	  run_class },
	{ "case", "verify", "NUMBER", "Says that the fix was checked; nobody is waited for any more", 1, 1, NEED_STORE,
	  verify_options, run_verify },
	{ "case", "close", "NUMBER", "Closes a case and tells its reporters why", 1, 1, NEED_STORE, close_options,
	  run_close },
	{ 0 },
};
