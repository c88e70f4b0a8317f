/* peer add|list|show|change|disable: the organisations we share with. */
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "desk/desk_partner.h"

static void text_take(struct cli *c, const char *option, char **out)
{
	if (opt(c, option))
		*out = arena_strdup(c->mem, opt(c, option));
}

/* What the options say over what is there; a status after saying what was wrong. */
static int take(struct cli *c, struct desk_partner *p)
{
	const char *mail[PARTNER_MAILS + 1], *ceiling = opt(c, "--ceiling");
	int n = opt_all(c, "--mail", mail, PARTNER_MAILS + 1);
	if (n > PARTNER_MAILS)
		return cli_usage(c, "--mail: at most %d addresses", PARTNER_MAILS);
	if (n)
		p->nmails = 0;
	for (int i = 0; i < n; i++)
		p->mail[p->nmails++] = arena_strdup(c->mem, mail[i]);
	if (ceiling && !tlp_parse(ceiling, &p->ceiling))
		return cli_usage(c, "--ceiling %s: expected clear, green, amber, amber+strict or red", ceiling);
	text_take(c, "--name", &p->name);
	text_take(c, "--country", &p->country);
	text_take(c, "--kind", &p->kind);
	text_take(c, "--languages", &p->langs);
	text_take(c, "--person", &p->person);
	text_take(c, "--fingerprint", &p->fingerprint);
	text_take(c, "--channel", &p->channel);
	text_take(c, "--form", &p->form);
	return DONE;
}

static void print_one(struct cli *c, const struct desk_partner *p)
{
	const struct desk_partner_kind *k = desk_partner_kind(p->kind);
	printf("%s  %s%s%s\n  kind      %s\n  mail     ", p->handle, p->name, *p->country ? ", " : "", p->country,
	       k ? k->title : p->kind);
	for (int i = 0; i < p->nmails; i++)
		printf(" %s", p->mail[i]);
	printf("\n  languages %s\n  person    %s\n  PGP       %s\n  ceiling   %s\n  channel   %s, %s\n", p->langs,
	       p->person, p->fingerprint, tlp_name(p->ceiling), p->channel, p->form);
	if (p->disabled_at)
		printf("  disabled  %s\n", time_iso(c->mem, p->disabled_at));
}

static int shown(struct cli *c, const char *handle)
{
	struct desk_partner p;
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	if (desk_partner_get(cli_fresh(c), handle, &p))
		return cli_fail_rq(c);
	desk_partner_json(&w, &p);
	if (c->json)
		puts(buf_cstr(&b));
	else
		print_one(c, &p);
	return DONE;
}

static int run_show(struct cli *c)
{
	return act_as(c) ? FAILED : shown(c, c->arg[0]);
}

static int run_add(struct cli *c)
{
	struct desk_partner p = { .handle = c->arg[0], .ceiling = TLP_GREEN };
	int st = take(c, &p);
	if (st || (st = act_as(c)))
		return st;
	if (!p.name || !p.kind)
		return cli_usage(c, "--name and --kind are needed");
	return store_write(c->store, &c->rq, desk_partner_add, &p) ? cli_fail_rq(c) : shown(c, p.handle);
}

static int run_change(struct cli *c)
{
	struct desk_partner p;
	int st = act_as(c);
	if (st)
		return st;
	if (desk_partner_get(&c->rq, c->arg[0], &p))
		return cli_fail_rq(c);
	if ((st = take(c, &p)))
		return st;
	if (opt_on(c, "--enable"))
		p.disabled_at = 0;
	return store_write(c->store, &c->rq, desk_partner_change, &p) ? cli_fail_rq(c) : shown(c, p.handle);
}

static int run_disable(struct cli *c)
{
	struct desk_partner p;
	if (act_as(c))
		return FAILED;
	if (desk_partner_get(&c->rq, c->arg[0], &p) || store_write(c->store, &c->rq, desk_partner_disable, &p))
		return cli_fail_rq(c);
	return shown(c, p.handle);
}

static int run_list(struct cli *c)
{
	static const char *const heads[] = {
		"HANDLE", "NAME", "COUNTRY", "KIND", "CEILING", "CHANNEL", "MAIL", "ACTIVE"
	};
	struct desk_partner *p = arena_array(c->mem, struct desk_partner, PARTNERS_MAX);
	int n = 0;
	if (act_as(c))
		return FAILED;
	if (desk_partner_list(&c->rq, opt_on(c, "--all"), p, PARTNERS_MAX, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 8);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		desk_partner_json(&w, &p[i]);
		table_row(t, (const char *[]){ p[i].handle, p[i].name, *p[i].country ? p[i].country : "-", p[i].kind,
					       tlp_name(p[i].ceiling), p[i].channel, p[i].nmails ? p[i].mail[0] : "-",
					       p[i].disabled_at ? "no" : "yes" });
	}
	j_end(&w);
	return list_end(c, &b, t);
}

#define AS                                                                                                             \
	{                                                                                                              \
		"--as", "USER", "act as this account, with its permissions"                                            \
	}
#define FIELDS                                                                                                         \
	{ "--name", "N", "the organisation's name" }, { "--country", "CC", "as in ISO 3166; none: international" },    \
		{ "--kind", "K", "national-cert, sector-cert, police, regulator, alliance" },                          \
		{ "--mail", "E", "an address; up to 5, letters go to the first" },                                     \
		{ "--languages", "L", "tags such as \"en ja\"; the first is written in where we can" },                \
		{ "--person", "P", "whom to ask for" }, { "--fingerprint", "F", "of their PGP key, 40 hex digits" },   \
		{ "--ceiling", "LABEL", "the strictest TLP label they may have (green)" },                             \
		{ "--channel", "C", "mail, or none" },                                                                 \
	{                                                                                                              \
		"--form", "F", "machine form with each share: xarf, csv, both, none"                                   \
	}
static const struct option_row as_options[] = { AS, { 0 } };
static const struct option_row list_options[] = { AS, { "--all", NULL, "disabled ones too" }, { 0 } };
static const struct option_row add_options[] = { AS, FIELDS, { 0 } };
static const struct option_row change_options[] = { AS, FIELDS, { "--enable", NULL, "active again" }, { 0 } };

const struct command peer_commands[] = {
	{ "peer", "add", "HANDLE", "Adds an organisation to share with", 1, 1, NEED_STORE, add_options, run_add },
	{ "peer", "list", NULL, "Lists the organisations we share with", 0, 0, NEED_STORE, list_options, run_list },
	{ "peer", "show", "HANDLE", "Shows a partner", 1, 1, NEED_STORE, as_options, run_show },
	{ "peer", "change", "HANDLE", "Changes a partner", 1, 1, NEED_STORE, change_options, run_change },
	{ "peer", "disable", "HANDLE", "Nothing is shared with this partner any more", 1, 1, NEED_STORE, as_options,
	  run_disable },
	{ 0 },
};
