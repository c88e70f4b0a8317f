/* share add|list|totals: cases given to partners. */
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "desk/desk_share.h"

enum { SHOWN = 1000 };

static int print_shares(struct cli *c, const struct desk_share *s, int n)
{
	static const char *const heads[] = { "SHARE", "CASE", "PARTNER",  "TLP",
					     "STATE", "SENT", "ANSWERED", "OBSERVABLES" };
	struct table *t = table_new(c->mem, heads, 8);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		share_json(&w, &s[i]);
		table_row(t,
			  (const char *[]){ arena_printf(c->mem, "%lld", (long long)s[i].id), s[i].number, s[i].handle,
					    tlp_name(s[i].tlp), share_state_name(s[i].state), cli_when(c, s[i].sent_at),
					    cli_when(c, s[i].answered_at), arena_printf(c->mem, "%d", s[i].nobs) });
	}
	j_end(&w);
	return list_end(c, &b, t);
}

static int list_of(struct cli *c, const char *number, int64_t partner)
{
	struct share_find f = { number, partner };
	struct desk_share *s = arena_array(c->mem, struct desk_share, SHOWN);
	int n = 0;
	if (share_list(cli_fresh(c), &f, s, SHOWN, &n))
		return cli_fail_rq(c);
	return print_shares(c, s, n);
}

static int run_list(struct cli *c)
{
	struct desk_partner p = { 0 };
	if (act_as(c))
		return FAILED;
	if (opt(c, "--partner") && desk_partner_get(&c->rq, opt(c, "--partner"), &p))
		return cli_fail_rq(c);
	return list_of(c, opt(c, "--case"), p.id);
}

/* Exactly what would leave, and to whom it may. */
static int print_preview(struct cli *c, const struct share_preview *v)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "case", v->number);
	j_str(&w, "tlp", tlp_name(v->tlp));
	j_arr(&w, "to");
	for (int i = 0; i < v->nto; i++) {
		j_obj(&w, NULL);
		j_str(&w, "partner", v->to[i].partner.handle);
		j_str(&w, "mail", v->to[i].partner.nmails ? v->to[i].partner.mail[0] : NULL);
		j_str(&w, "subject", v->to[i].subject);
		j_str(&w, "why_not", v->to[i].why);
		j_end(&w);
		if (!c->json)
			printf("%s: %s\n  %s\n", v->to[i].partner.handle, v->to[i].why ? v->to[i].why : "may have it",
			       v->to[i].subject);
	}
	j_end(&w);
	j_str(&w, "text", v->text);
	j_str(&w, "csv", v->csv);
	j_raw(&w, "xarf", v->xarf);
	j_end(&w);
	if (c->json)
		puts(buf_cstr(&b));
	else
		printf("\n%s%s%s", v->text, *v->text ? "\n\n" : "", v->csv);
	return DONE;
}

static int run_add(struct cli *c)
{
	const char *to[SHARE_TO_MAX + 1];
	struct share_arg a = { .number = c->arg[0],
			       .text = arena_strdup(c->mem, opt(c, "--text") ? opt(c, "--text") : ""),
			       .person = arena_strdup(c->mem, opt(c, "--person") ? opt(c, "--person") : ""),
			       .named_by = arena_strdup(c->mem, opt(c, "--named-by") ? opt(c, "--named-by") : "") };
	int n = opt_all(c, "--to", to, SHARE_TO_MAX + 1);
	if (n < 1 || n > SHARE_TO_MAX)
		return cli_usage(c, "--to: name 1 to %d partners; `nicert peer list` shows them", SHARE_TO_MAX);
	for (int i = 0; i < n; i++)
		a.to[a.nto++] = arena_strdup(c->mem, to[i]);
	if (act_as(c))
		return FAILED;
	if (opt_on(c, "--preview")) {
		struct share_preview *v = arena_new_of(c->mem, struct share_preview);
		return share_preview(&c->rq, &a, LANG_EN, v) ? cli_fail_rq(c) : print_preview(c, v);
	}
	return store_write(c->store, &c->rq, share_add, &a) ? cli_fail_rq(c) : list_of(c, a.number, 0);
}

static int run_totals(struct cli *c)
{
	static const char *const heads[] = { "PARTNER", "SENT",	  "DELIVERED", "RECEIVED",	   "HANDLED",
					     "REFUSED", "SILENT", "FAILED",    "REPORTS FROM THEM" };
	struct share_total *all = arena_array(c->mem, struct share_total, PARTNERS_MAX);
	int n = 0;
	if (act_as(c))
		return FAILED;
	if (share_totals(cli_fresh(c), all, PARTNERS_MAX, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 9);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		const char *cell[9] = { all[i].handle, arena_printf(c->mem, "%lld", (long long)all[i].all) };
		share_total_json(&w, &all[i]);
		for (int s = SHARE_DELIVERED; s <= SHARE_FAILED; s++)
			cell[s + 1] = arena_printf(c->mem, "%lld", (long long)all[i].sent[s]);
		cell[8] = arena_printf(c->mem, "%lld", (long long)all[i].received);
		table_row(t, cell);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

#define AS                                                                                                             \
	{                                                                                                              \
		"--as", "USER", "act as this account, with its permissions"                                            \
	}
static const struct option_row add_options[] = {
	AS,
	{ "--to", "PARTNER", "handle of a partner; may be repeated" },
	{ "--text", "T", "our words to them" },
	{ "--person", "NAME", "for this person alone, whom the source named (TLP:RED)" },
	{ "--named-by", "WHO", "who of the source named that person" },
	{ "--preview", NULL, "only show what would leave, and to whom it may" },
	{ 0 },
};
static const struct option_row list_options[] = {
	AS, { "--case", "NUMBER", "of this case" }, { "--partner", "P", "with this partner" }, { 0 }
};
static const struct option_row as_options[] = { AS, { 0 } };

const struct command share_commands[] = {
	{ "share", "add", "CASE", "Shares a case with partners, as far as its label lets it", 1, 1, NEED_STORE,
	  add_options, run_add },
	{ "share", "list", NULL, "Lists what was shared and what became of it, newest first", 0, 0, NEED_STORE,
	  list_options, run_list },
	{ "share", "totals", NULL, "Counts both ways: shared with each partner, reports that came from it", 0, 0,
	  NEED_STORE, as_options, run_totals },
	{ 0 },
};
