/* `nicert case index`: brings the index of words up to date, or reads every case again. */
#include <stdio.h>
#include "cli/commands.h"
#include "desk/desk_search.h"

static int mark_all(struct cli *c)
{
	for (int64_t after = 0; after >= 0;)
		if (store_write(c->store, cli_fresh(c), desk_stale_some, &after))
			return cli_fail_rq(c);
	return DONE;
}

static int behind(struct cli *c, int64_t *n)
{
	return desk_index_behind(cli_fresh(c), n) ? cli_fail_rq(c) : DONE;
}

static int run_index(struct cli *c)
{
	static const struct cli_follower index = { "search", "indexing", "the index could not be written",
						   desk_index_step, desk_index_behind };
	int64_t all = 0, n;
	int st = opt_on(c, "--all") ? mark_all(c) : DONE;
	if (st || (st = behind(c, &all)))
		return st;
	n = all;
	if ((st = cli_catch_up(c, &index, &n)) || (st = behind(c, &n)))
		return st;
	if (c->json)
		printf("{\"read\":%lld,\"behind\":%lld}\n", (long long)(all - n), (long long)n);
	else
		printf("%lld entries and cases read\n", (long long)(all - n));
	return DONE;
}

static const struct option_row index_options[] = { { "--all", NULL, "every case again, not only what is new" }, { 0 } };

const struct command case_index_commands[] = {
	{ "case", "index", NULL, "Brings the index of words up to date", 0, 0, NEED_STORE, index_options, run_index },
	{ 0 },
};
