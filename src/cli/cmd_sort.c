/* `nicert case assign|severity|queue|tag`, `nicert severity|queue|tag list`, `nicert queue add`, `nicert severity
 * add|set`. */
#include <stdio.h>
#include <string.h>
#include "cli/commands.h"
#include "desk/desk.h"
#include "desk/desk_sort.h"

static int sort_case(struct cli *c, struct desk_sorting s)
{
	int st = act_as(c);
	s.number = c->arg[0];
	if (st)
		return st;
	if (store_write(c->store, &c->rq, desk_case_sort, &s))
		return cli_fail_rq(c);
	if (c->json)
		return case_show(c, s.number);
	printf(s.changed ? "%s is changed.\n" : "%s is so already.\n", s.number);
	return DONE;
}

static int run_assign(struct cli *c)
{
	return sort_case(c, (struct desk_sorting){ .assignee = c->arg[1] });
}

static int run_severity(struct cli *c)
{
	return sort_case(c, (struct desk_sorting){ .severity = c->arg[1] });
}

static int run_queue(struct cli *c)
{
	return sort_case(c, (struct desk_sorting){ .lane = c->arg[1] });
}

static int run_tag(struct cli *c)
{
	return sort_case(c, (struct desk_sorting){ .tag_more = arena_strdup(c->mem, c->nargs > 1 ? c->arg[1] : ""),
						   .tag_less = arena_strdup(c->mem, opt(c, "--remove")) });
}

/* ── lists ── */

typedef enum st list_fn(struct req *rq, struct desk_choice *out, int max, int *n);

static int list(struct cli *c, list_fn *fn, const char *head, bool titles)
{
	struct desk_choice *row = arena_array(c->mem, struct desk_choice, TAGS_LISTED);
	int n = 0, st = act_as(c);
	if (st)
		return st;
	if (fn(cli_fresh(c), row, TAGS_LISTED, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, (const char *const[]){ head, "TITLE" }, titles ? 2 : 1);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		table_row(t, (const char *[]){ row[i].id, row[i].title });
		j_obj(&w, NULL);
		j_str(&w, "id", row[i].id);
		if (titles)
			j_str(&w, "title", row[i].title);
		j_end(&w);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

static int run_severities(struct cli *c)
{
	return list(c, desk_levels, "SEVERITY", true);
}
static int run_queues(struct cli *c)
{
	return list(c, desk_queues, "QUEUE", true);
}
static int run_tags(struct cli *c)
{
	return list(c, desk_tags, "TAG", false);
}

static int run_queue_add(struct cli *c)
{
	struct desk_choice q = { c->arg[0], c->arg[1] };
	int st = act_as(c);
	if (st)
		return st;
	if (store_write(c->store, &c->rq, desk_queue_add, &q))
		return cli_fail_rq(c);
	return list(c, desk_queues, "QUEUE", true);
}

static int put_level(struct cli *c, const char *before)
{
	struct desk_level l = { c->arg[0], c->arg[1], (char *)before };
	int st = act_as(c);
	if (st)
		return st;
	if (store_write(c->store, &c->rq, desk_level_put, &l))
		return cli_fail_rq(c);
	return list(c, desk_levels, "SEVERITY", true);
}

static int run_severity_add(struct cli *c)
{
	const char *before = opt(c, "--before");
	return put_level(c, before ? before : "");
}

static int run_severity_set(struct cli *c)
{
	return put_level(c, NULL);
}

static const struct option_row level_options[] = {
	AS_USER, { "--before", "LEVEL", "just less grave than this one; else it is the gravest" }, { 0 }
};
static const struct option_row as_options[] = { AS_USER, { 0 } };
static const struct option_row tag_options[] = { AS_USER, { "--remove", "TAGS", "take these away" }, { 0 } };

const struct command sort_commands[] = {
	{ "case", "assign", "NUMBER LOGIN", "Gives a case to somebody; \"me\" with --as, \"-\" to nobody", 2, 2,
	  NEED_STORE, as_options, run_assign },
	{ "case", "severity", "NUMBER LEVEL", "Gives a case another level of severity", 2, 2, NEED_STORE, as_options,
	  run_severity },
	{ "case", "queue", "NUMBER QUEUE", "Moves a case to a queue", 2, 2, NEED_STORE, as_options, run_queue },
	{ "case", "tag", "NUMBER [TAGS]", "Adds tags to a case, or takes some away", 1, 2, NEED_STORE, tag_options,
	  run_tag },
	{ "severity", "list", NULL, "Lists the levels of the severity scale", 0, 0, NEED_STORE, as_options,
	  run_severities },
	{ "severity", "add", "LEVEL TITLE", "Adds a level to the severity scale", 2, 2, NEED_STORE, level_options,
	  run_severity_add },
	{ "severity", "set", "LEVEL TITLE", "Gives a level of the severity scale another title", 2, 2, NEED_STORE,
	  as_options, run_severity_set },
	{ "queue", "list", NULL, "Lists the queues of the desk", 0, 0, NEED_STORE, as_options, run_queues },
	{ "queue", "add", "QUEUE TITLE", "Adds a queue, or gives one another title", 2, 2, NEED_STORE, as_options,
	  run_queue_add },
	{ "tag", "list", NULL, "Lists the tags in use", 0, 0, NEED_STORE, as_options, run_tags },
	{ 0 },
};
