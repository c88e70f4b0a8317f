/* tlp table|default|set: how far cases may be shared (FIRST, TLP 2.0). */
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "desk/desk.h"

enum { DEFAULTS = 200 };

static int run_table(struct cli *c)
{
	const char *heads[TLP_LABELS + 1] = { "RECIPIENT" };
	for (int l = 0; l < TLP_LABELS; l++)
		heads[l + 1] = tlp_name(l);
	struct table *t = table_new(c->mem, heads, TLP_LABELS + 1);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int r = 0; r < TLP_RECIPIENTS; r++) {
		const char *cell[TLP_LABELS + 1] = { tlp_to_name(r) };
		j_obj(&w, NULL);
		j_str(&w, "recipient", tlp_to_name(r));
		for (int l = 0; l < TLP_LABELS; l++) {
			cell[l + 1] = tlp_allows(l, r) ? "yes" : "-";
			j_bool(&w, tlp_name(l), tlp_allows(l, r));
		}
		j_end(&w);
		table_row(t, cell);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

static int defaults_print(struct cli *c)
{
	static const char *const heads[] = { "CLASS", "SOURCE", "LABEL" };
	struct tlp_default *d = arena_array(c->mem, struct tlp_default, DEFAULTS);
	int n = 0;
	if (desk_tlp_defaults(cli_fresh(c), d, DEFAULTS, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 3);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		table_row(t, (const char *[]){ d[i].class_id, d[i].source, tlp_name(d[i].label) });
		j_obj(&w, NULL);
		j_str(&w, "class", d[i].class_id);
		j_str(&w, "source", d[i].source);
		j_str(&w, "label", tlp_name(d[i].label));
		j_end(&w);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

static int run_default(struct cli *c)
{
	struct tlp_default d = { .class_id = arena_strdup(c->mem, opt(c, "--class") ? opt(c, "--class") : "*"),
				 .source = arena_strdup(c->mem, opt(c, "--source") ? opt(c, "--source") : "*") };
	if (act_as(c))
		return FAILED;
	if (!c->nargs)
		return defaults_print(c);
	if (!tlp_parse(c->arg[0], &d.label))
		return cli_usage(c, "%s: expected clear, green, amber, amber+strict or red", c->arg[0]);
	return store_write(c->store, &c->rq, desk_tlp_default_set, &d) ? cli_fail_rq(c) : defaults_print(c);
}

static int run_set(struct cli *c)
{
	struct desk_act a = { .number = c->arg[0],
			      .reason = c->arg[1],
			      .text = arena_strdup(c->mem, opt(c, "--consent-of") ? opt(c, "--consent-of") : ""),
			      .how = arena_strdup(c->mem, opt(c, "--consent-by") ? opt(c, "--consent-by") : ""),
			      .at = opt(c, "--consent-at") ? time_parse(opt(c, "--consent-at")) : 0 };
	struct case_view v;
	if (act_as(c))
		return FAILED;
	if (store_write(c->store, &c->rq, desk_case_label, &a) || desk_case_staff(cli_fresh(c), a.number, LANG_EN, &v))
		return cli_fail_rq(c);
	if (c->json)
		printf("{\"case\":\"%s\",\"tlp\":\"%s\"}\n", v.number, tlp_name(v.tlp));
	else
		printf("%s is %s. %s\n", v.number, tlp_name(v.tlp), tlp_sentence(v.tlp));
	return DONE;
}

#define AS                                                                                                             \
	{                                                                                                              \
		"--as", "USER", "act as this account, with its permissions"                                            \
	}
static const struct option_row default_options[] = {
	AS,
	{ "--class", "C", "only for cases of this class; * for all" },
	{ "--source", "S", "only for reports by web, api, cli or mail; * for all" },
	{ 0 },
};
static const struct option_row set_options[] = {
	AS,
	{ "--consent-of", "WHO", "to lower it: who of the source consented" },
	{ "--consent-by", "WAY", "how: mail, phone, letter, person, agreement" },
	{ "--consent-at", "TIME", "when, such as 2026-11-29T10:00:00Z" },
	{ 0 },
};

const struct command tlp_commands[] = {
	{ "tlp", "table", NULL, "Shows which label lets information go to whom (TLP 2.0)", 0, 0, 0, NULL, run_table },
	{ "tlp", "default", "[LABEL]", "Shows or sets the label that cases begin with", 0, 1, NEED_STORE,
	  default_options, run_default },
	{ "tlp", "set", "CASE LABEL", "Changes a case's label; lowering it needs the source's consent", 2, 2,
	  NEED_STORE, set_options, run_set },
	{ 0 },
};
