/* `nicert case merge|unmerge|split|link|unlink`: cases that are one, or two, or have to do with each other. */
#include <string.h>
#include "cli/commands.h"
#include "desk/desk.h"

static char *note_of(struct cli *c)
{
	return arena_strdup(c->mem, opt(c, "--note"));
}

static int with_other(struct cli *c, write_fn fn)
{
	struct desk_act a = { .number = c->arg[0], .reason = c->arg[1], .text = note_of(c) };
	return case_act(c, fn, &a);
}

static int run_merge(struct cli *c)
{
	return with_other(c, desk_case_merge);
}
static int run_link(struct cli *c)
{
	return with_other(c, desk_case_link);
}
static int run_unlink(struct cli *c)
{
	return with_other(c, desk_case_unlink);
}

static int run_unmerge(struct cli *c)
{
	struct desk_act a = { .number = c->arg[0], .text = note_of(c) };
	return case_act(c, desk_case_unmerge, &a);
}

static int run_split(struct cli *c)
{
	struct desk_act a = { .number = c->arg[0], .reason = c->arg[1], .text = note_of(c) };
	for (int i = 2; i < c->nargs; i++)
		a.reason = arena_printf(c->mem, "%s %s", a.reason, c->arg[i]);
	return case_act(c, desk_case_split, &a);
}

static const struct option_row options[] = { AS_USER, { "--note", "T", "why, for staff" }, { 0 } };

const struct command case_merge_commands[] = {
	{ "case", "merge", "NUMBER INTO", "Closes a case as a duplicate; its reporters and parties go on in the other",
	  2, 2, NEED_STORE, options, run_merge },
	{ "case", "unmerge", "NUMBER", "Makes a merged case one of its own again, as it was", 1, 1, NEED_STORE, options,
	  run_unmerge },
	{ "case", "split", "NUMBER oID|rID…",
	  "Gives observables (o) and reports (r) a case of their own; `case show` shows the ids", 2, 100, NEED_STORE,
	  options, run_split },
	{ "case", "link", "NUMBER OTHER", "Says that two cases have to do with each other", 2, 2, NEED_STORE, options,
	  run_link },
	{ "case", "unlink", "NUMBER OTHER", "Takes that back", 2, 2, NEED_STORE, options, run_unlink },
	{ 0 },
};
