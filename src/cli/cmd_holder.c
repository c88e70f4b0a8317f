/* `nicert holder THING`: who is responsible. */
#include <stdio.h>
#include <string.h>
#include "base/phrase.h"
#include "base/text.h"
#include "cli/commands.h"
#include "holder/holder.h"
#include "intel/observable.h"

static void print_link(struct cli *c, const struct chain_link *l, bool last)
{
	printf("  %s %-10s %s%s%s%s\n", last ? "◆" : "●", link_role_name(l->role),
	       l->name ? l->name : "(name not known)", l->handle ? "  [" : "", l->handle ? l->handle : "",
	       l->handle ? "]" : "");
	for (int i = 0; i < l->contacts; i++)
		printf("      %-8s %s%s%s\n", l->contact[i].role, l->contact[i].email ? l->contact[i].email : "-",
		       l->contact[i].lang && *l->contact[i].lang ? arena_printf(c->mem, "  (%s)", l->contact[i].lang)
								 : "",
		       l->contact[i].verified ? "  verified" : "");
	if (!l->contacts)
		puts("      no contact");
}

static void print_answer(struct cli *c, const struct answer *a)
{
	printf("%s  (%s)\n", a->query, thing_kind_name(a->kind));
	if (a->matched)
		printf("  matched  %s%s%s\n", a->matched, a->country ? "  country " : "", a->country ? a->country : "");
	if (a->valid_from && a->valid_from != TIME_NONE)
		printf("  since    %s (%s)%s%s\n", time_iso(c->mem, a->valid_from),
		       a->from_record ? "as the record says" : "when we first saw it", a->source ? "  from " : "",
		       a->source ? a->source : "");
	if (a->first_seen)
		printf("  seen     %s to %s (the first and the last file that had it)\n",
		       time_iso(c->mem, a->first_seen), time_iso(c->mem, a->last_seen));
	if (!a->responsible)
		printf("Nobody here is responsible. %s\n",
		       a->elsewhere ? phrase_say(c->mem, LANG_EN, a->elsewhere) : "");
	for (int i = 0; i < a->links; i++)
		print_link(c, &a->chain[i], a->chain[i].role == LINK_AUTHORITY);
}

/* What is asked may be defanged, or a number that browsers take for an address, as reports have it. */
static enum st find(struct cli *c, int64_t at, struct answer *a)
{
	struct observable o;
	struct err why;
	enum st st = holder_find(&c->rq, c->arg[0], at, a);
	why = c->rq.err;
	if (st != ST_INVALID || obs_parse(c->mem, c->arg[0], &o, NULL) || o.kind >= OBS_MD5)
		return st;
	err_clear(&c->rq.err);
	if (holder_find(&c->rq, o.value, at, a)) {
		c->rq.err = why;
		return why.code;
	}
	a->query = c->arg[0];
	return ST_OK;
}

static int run_holder(struct cli *c)
{
	struct answer a;
	int64_t at = 0;
	if (opt(c, "--at") && (at = time_parse(opt(c, "--at"))) == TIME_NONE)
		return cli_usage(c, "--at %s: expected a date (2021-07-01) or a time (2021-07-01T12:00:00Z)",
				 opt(c, "--at"));
	if (find(c, at, &a))
		return cli_fail_rq(c);
	if (c->json) {
		BUF_SCOPE b = BUF_INIT;
		holder_json(c->mem, &b, &a);
		puts(buf_cstr(&b));
	} else {
		print_answer(c, &a);
	}
	return DONE;
}

static const struct option_row options[] = { { "--at", "TIME", "as it was then" }, { 0 } };
const struct command holder_commands[] = {
	{ "holder", NULL, "THING",
	  "Who is responsible for a name, address, AS number or URL, and who else can be asked", 1, 1, NEED_STORE,
	  options, run_holder },
	{ 0 },
};
