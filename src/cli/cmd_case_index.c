/* `nicert case index`: brings the index of words up to date, or reads every case again. */
#include <stdio.h>
#include <time.h>
#include "cli/commands.h"
#include "desk/desk_search.h"

#define LOOK_NSEC 500000000

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

/* Step by step; where a server does it, its steps are waited for. */
static int catch_up(struct cli *c, struct arena *mem, int64_t all)
{
	int64_t n = all;
	bool left = true;
	for (int st; n > 0 && left;) {
		cli_progress(NULL, "indexing", 1 - (double)n / (double)all);
		if (!store_lead(c->store, "search"))
			nanosleep(&(struct timespec){ 0, LOOK_NSEC }, NULL);
		else if (desk_index_step(c->store, mem, &left))
			return cli_fail(c, "the index could not be written; try again");
		if ((st = behind(c, &n)))
			return st;
	}
	return DONE;
}

static int run_index(struct cli *c)
{
	int64_t all = 0, n = 0;
	int st = opt_on(c, "--all") ? mark_all(c) : DONE;
	if (st || (st = behind(c, &all)))
		return st;
	struct arena *mem = arena_new((size_t)256 << 20);
	st = catch_up(c, mem, all);
	arena_free(mem);
	cli_progress_end();
	if (st || (st = behind(c, &n)))
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
