/* lock, unlock: the registry's lock on a name. */
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "names/registry.h"

struct locking {
	const char *name, *reason;
	bool lock;
	int64_t until;
};

static enum st do_locking(struct req *rq, void *arg)
{
	struct locking *k = arg;
	struct outcome why = { 0 };
	return k->lock ? domain_lock(rq, k->name, k->reason, &why)
		       : domain_unlock(rq, k->name, k->until, k->reason, &why);
}

static int say(struct cli *c, const struct locking *k)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	const char *state = k->lock ? "locked" : k->until ? "open" : "unlocked";
	if (!c->json) {
		if (k->until)
			printf("%s is open until %s, then it locks itself again; `nicert lock` does that earlier.\n",
			       k->name, time_iso(c->mem, k->until));
		else
			printf("%s is %s.\n", k->name, state);
		return DONE;
	}
	j_obj(&w, NULL);
	j_str(&w, "name", k->name);
	j_str(&w, "state", state);
	if (k->until)
		j_time(&w, "relock_at", k->until);
	j_end(&w);
	return puts(buf_cstr(&b)), DONE;
}

static int run_it(struct cli *c, struct locking *k)
{
	k->name = c->arg[0];
	k->reason = opt(c, "--reason");
	if (!k->reason)
		return cli_usage(c, "--reason TEXT is needed: the history and the registrar are told why");
	if (act_as(c))
		return FAILED;
	return store_write(c->store, &c->rq, do_locking, k) ? cli_fail_rq(c) : say(c, k);
}

static int run_lock(struct cli *c)
{
	struct locking k = { .lock = true };
	return run_it(c, &k);
}

static int run_unlock(struct cli *c)
{
	struct locking k = { 0 };
	const char *span = opt(c, "--for");
	int64_t t = 0;
	if (!span == !opt_on(c, "--for-good"))
		return cli_usage(c, "either --for TIME (30m, 2h) or --for-good is needed");
	if (span && (!time_span_parse(span, &t) || t < USEC || t > 30LL * 86400 * USEC))
		return cli_usage(c, "--for %s: expected a time such as 30m, 30 days at most", span);
	k.until = span ? clock_now() + t : 0;
	return run_it(c, &k);
}

#define ACTING                                                                                                         \
	{ "--reason", "TEXT", "why; kept in the history and told to the registrar" },                                  \
	{                                                                                                              \
		"--as", "USER", "act as this account, with its permissions"                                            \
	}
static const struct option_row lock_options[] = { ACTING, { 0 } };
static const struct option_row unlock_options[] = {
	{ "--for", "TIME", "so long; then it locks itself again" },
	{ "--for-good", NULL, "takes the lock off" },
	ACTING,
	{ 0 },
};

const struct command lock_commands[] = {
	{ "lock", NULL, "NAME", "Locks a name against every change but that of its DNSSEC keys", 1, 1, NEED_STORE,
	  lock_options, run_lock },
	{ "unlock", NULL, "NAME", "Opens a locked name for a while, or for good", 1, 1, NEED_STORE, unlock_options,
	  run_unlock },
	{ 0 },
};
