/* `nicert clock advance`, for tests and test environments. */
#include <stdio.h>
#include "base/clock.h"
#include "base/text.h"
#include "cli/commands.h"

static int run_advance(struct cli *c)
{
	int64_t by;
	if (!c->cfg.test_clock)
		return cli_fail(
			c, "time moves by itself here; `test.clock = on` in nicert.conf is for test environments only");
	if (!time_span_parse(c->arg[0], &by))
		return cli_usage(c, "%s: expected a span such as 90s, 15m, 36h, 7d or 2w", c->arg[0]);
	if (clock_advance(arena_printf(c->mem, "%s/clock", c->cfg.dir), by, &c->err))
		return cli_fail(c, "%s", c->err.msg);
	printf("%s\n", time_iso(c->mem, clock_now()));
	return DONE;
}

const struct command clock_commands[] = {
	{ "clock", "advance", "SPAN", "Moves time forward for every role (test.clock=on only)", 1, 1, NEED_DIR, NULL,
	  run_advance },
	{ 0 },
};
