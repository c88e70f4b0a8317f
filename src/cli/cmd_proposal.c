/* proposal list|show|add|second|refuse|withdraw|lift: what needs two people. */
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "desk/desk_proposal.h"
#include "who/permit.h"

enum { ROWS = 500 };

static const char *or_dash(const char *s)
{
	return s && *s ? s : "-";
}

static void to_json(struct jw *w, const struct proposal *p)
{
	j_obj(w, NULL);
	j_int(w, "id", p->id);
	j_str(w, "case", p->number);
	j_str(w, "kind", proposal_kind_name(p->kind));
	j_str(w, "target", p->target);
	j_str(w, "state", proposal_state_name(p->state));
	j_str(w, "basis", p->basis);
	j_str(w, "reference", p->basis_ref);
	j_str(w, "reason", p->reason);
	j_str(w, "proposed_by", p->by);
	j_time(w, "proposed_at", p->at);
	j_time(w, "expires_at", p->expires_at);
	j_bool(w, "needs_legal", p->legal);
	if (p->seconded_at) {
		j_str(w, "seconded_by", p->seconded_by);
		j_time(w, "seconded_at", p->seconded_at);
	}
	if (p->kind == PROPOSAL_SUSPEND && p->seconded_at)
		j_bool(w, "hold_is_ours", p->ours);
	if (p->ended_at) {
		j_str(w, "ended_by", p->ended_by);
		j_time(w, "ended_at", p->ended_at);
		j_str(w, "end_reason", p->end_reason);
	}
	j_end(w);
}

static int run_list(struct cli *c)
{
	static const char *const heads[] = {
		"ID", "CASE", "WHAT", "TARGET", "BASIS", "STATE", "BY", "SECOND", "UNTIL"
	};
	struct proposal *p = arena_array(c->mem, struct proposal, ROWS);
	int n;
	if (act_as(c))
		return FAILED;
	if (desk_proposals(&c->rq, opt(c, "--case"), !opt_on(c, "--all"), p, ROWS, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 9);
	BUF_SCOPE b = { .max = (size_t)8 << 20 };
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		table_row(t, (const char *[]){ arena_printf(c->mem, "%lld", (long long)p[i].id), p[i].number,
					       proposal_kind_name(p[i].kind), p[i].target, p[i].basis,
					       proposal_state_name(p[i].state), p[i].by, or_dash(p[i].seconded_by),
					       time_iso(c->mem, p[i].expires_at) });
		to_json(&w, &p[i]);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

static int show(struct cli *c, int64_t id)
{
	struct proposal p;
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	if (desk_proposal_see(cli_fresh(c), id, &p))
		return cli_fail_rq(c);
	if (c->json) {
		to_json(&w, &p);
		return puts(buf_cstr(&b)), DONE;
	}
	printf("%lld  %s %s  %s  case %s\n  basis   %s, %s%s\n  reason  %s\n  by      %s, %s\n  until   %s\n",
	       (long long)p.id, proposal_kind_name(p.kind), p.target, proposal_state_name(p.state), p.number,
	       p.basis_title, p.basis_ref, p.legal ? " (the second must answer for the law)" : "", p.reason, p.by,
	       time_iso(c->mem, p.at), time_iso(c->mem, p.expires_at));
	if (p.seconded_at)
		printf("  second  %s, %s\n", p.seconded_by, time_iso(c->mem, p.seconded_at));
	if (p.seconded_at && p.kind == PROPOSAL_SUSPEND && !p.ours)
		puts("  the name was held already; that hold stays when this ends");
	if (p.ended_at)
		printf("  ended   %s, %s  %s\n", p.ended_by, time_iso(c->mem, p.ended_at), p.end_reason);
	return DONE;
}

static int64_t id_of(struct cli *c)
{
	int64_t id = 0;
	if (!text_int(c->arg[0], 1, INT64_MAX, &id))
		cli_usage(c, "%s: expected the number of a proposal; `nicert proposal list --all` shows them",
			  c->arg[0]);
	return id;
}

static int run_show(struct cli *c)
{
	int64_t id = id_of(c);
	if (!id)
		return USAGE;
	return act_as(c) ? FAILED : show(c, id);
}

static int run_add(struct cli *c)
{
	const char *basis = opt(c, "--basis"), *ref = opt(c, "--reference"), *why = opt(c, "--reason"),
		   *until = opt(c, "--until");
	struct proposal p = { .number = c->arg[0],
			      .target = c->arg[2],
			      .basis = arena_strdup(c->mem, basis),
			      .basis_ref = arena_strdup(c->mem, ref),
			      .reason = arena_strdup(c->mem, why) };
	if (!proposal_kind_parse(c->arg[1], &p.kind))
		return cli_usage(c, "%s: expected suspend-name or null-address", c->arg[1]);
	if (!basis || !ref || !why || !until)
		return cli_usage(c, "--basis, --reference, --reason and --until are needed");
	if ((p.expires_at = time_parse(until)) == TIME_NONE)
		return cli_usage(c, "--until %s: expected a date (2027-01-01) or a time", until);
	if (act_as(c))
		return FAILED;
	return store_write(c->store, &c->rq, desk_proposal_add, &p) ? cli_fail_rq(c) : show(c, p.id);
}

static int act(struct cli *c, write_fn fn)
{
	struct proposal_act a = { .id = id_of(c), .text = arena_strdup(c->mem, opt(c, "--why")) };
	if (!a.id)
		return USAGE;
	if (act_as(c))
		return FAILED;
	return store_write(c->store, &c->rq, fn, &a) ? cli_fail_rq(c) : show(c, a.id);
}

static int run_second(struct cli *c)
{
	return act(c, desk_proposal_second);
}
static int run_refuse(struct cli *c)
{
	return act(c, desk_proposal_refuse);
}
static int run_withdraw(struct cli *c)
{
	return act(c, desk_proposal_withdraw);
}
static int run_lift(struct cli *c)
{
	return act(c, desk_proposal_lift);
}

#define AS                                                                                                             \
	{                                                                                                              \
		"--as", "USER", "act as this account, with its permissions"                                            \
	}
static const struct option_row list_options[] = {
	{ "--all", NULL, "signed and ended ones too" }, { "--case", "NUMBER", "of one case" }, AS, { 0 }
};
static const struct option_row add_options[] = { { "--basis", "B", "court-order, statute or emergency" },
						 { "--reference", "TEXT", "which order, article or clause" },
						 { "--reason", "TEXT", "why; the holder and the sponsor read it" },
						 { "--until", "TIME", "when it is undone by itself" },
						 AS,
						 { 0 } };
static const struct option_row as_option[] = { AS, { 0 } };
static const struct option_row why_options[] = { { "--why", "TEXT", "kept with it; refuse and lift need it" },
						 AS,
						 { 0 } };

const struct command proposal_commands[] = {
	{ "proposal", "list", NULL, "What awaits a second signature", 0, 0, NEED_STORE, list_options, run_list },
	{ "proposal", "show", "ID", "One proposal", 1, 1, NEED_STORE, as_option, run_show },
	{ "proposal", "add", "CASE suspend-name|null-address TARGET", "Proposes what needs two people", 3, 3,
	  NEED_STORE, add_options, run_add },
	{ "proposal", "second", "ID", "Signs as the second person, and carries it out", 1, 1, NEED_STORE, as_option,
	  run_second },
	{ "proposal", "refuse", "ID", "Refuses it", 1, 1, NEED_STORE, why_options, run_refuse },
	{ "proposal", "withdraw", "ID", "Takes one's own proposal back", 1, 1, NEED_STORE, why_options, run_withdraw },
	{ "proposal", "lift", "ID", "Undoes what was carried out, before its time", 1, 1, NEED_STORE, why_options,
	  run_lift },
	{ 0 },
};
