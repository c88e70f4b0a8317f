/* maintenance add|change|cancel|list: what registrars are told by poll message and can ask for over EPP (RFC 9167). */
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "names/registry.h"

enum { SHOWN = 2000 };

static bool time_take(struct cli *c, const char *option, int64_t *out)
{
	const char *s = opt(c, option);
	int64_t t = s ? time_parse(s) : *out;
	if (t == TIME_NONE)
		return cli_usage(c, "%s %s: expected a time such as 2027-01-01T18:00:00Z", option, s), false;
	*out = t;
	return true;
}

static void text_take(struct cli *c, const char *option, char **out)
{
	if (opt(c, option))
		*out = arena_strdup(c->mem, opt(c, option));
}

/* What the options say over what is there; false after saying what was wrong. */
static bool take(struct cli *c, struct maintenance *m)
{
	const char *systems = opt(c, "--systems");
	if (!time_take(c, "--start", &m->start_at) || !time_take(c, "--end", &m->end_at))
		return false;
	if (systems && !maintenance_systems(c->mem, systems, m))
		return cli_usage(c, "--systems %s: expected up to %d such as \"EPP full, RDAP partial\"", systems,
				 MAINTENANCE_SYSTEMS),
		       false;
	text_take(c, "--reason", &m->reason);
	text_take(c, "--reason-zh", &m->reason_zh);
	text_take(c, "--link", &m->link);
	m->emergency |= opt_on(c, "--emergency");
	m->connection |= opt_on(c, "--reconnect");
	m->implementation |= opt_on(c, "--adapt");
	return true;
}

static void maintenance_json(struct jw *w, const struct maintenance *m)
{
	j_obj(w, NULL);
	j_int(w, "id", m->id);
	j_time(w, "start", m->start_at);
	j_time(w, "end", m->end_at);
	j_arr(w, "systems");
	for (int i = 0; i < m->nsystems; i++) {
		j_obj(w, NULL);
		j_str(w, "name", m->system[i].name);
		j_str(w, "impact", impact_name(m->system[i].impact));
		j_end(w);
	}
	j_end(w);
	j_bool(w, "emergency", m->emergency);
	j_bool(w, "reconnect", m->connection);
	j_bool(w, "adapt", m->implementation);
	j_str(w, "reason", m->reason);
	j_str(w, "reason_zh", m->reason_zh);
	j_str(w, "link", m->link);
	if (m->cancelled_at)
		j_time(w, "cancelled_at", m->cancelled_at);
	j_end(w);
}

static int said(struct cli *c, const struct maintenance *m, const char *what)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	maintenance_json(&w, m);
	if (c->json)
		puts(buf_cstr(&b));
	else
		printf("Maintenance %lld is %s; every registrar has a message.\n", (long long)m->id, what);
	return DONE;
}

static enum st do_add(struct req *rq, void *arg)
{
	return maintenance_add(rq, arg);
}

static int run_add(struct cli *c)
{
	struct maintenance m = { 0 };
	if (!opt(c, "--start") || !opt(c, "--end") || !opt(c, "--systems") || !opt(c, "--reason"))
		return cli_usage(c, "--start, --end, --systems and --reason are needed");
	if (!take(c, &m))
		return USAGE;
	if (act_as(c))
		return FAILED;
	return store_write(c->store, &c->rq, do_add, &m) ? cli_fail_rq(c) : said(c, &m, "announced");
}

/* The row that the first argument names; a status after saying what was wrong. */
static int named(struct cli *c, struct maintenance *m)
{
	int64_t id;
	if (!text_int(c->arg[0], 1, INT64_MAX, &id))
		return cli_usage(c, "%s: expected the number of a maintenance", c->arg[0]);
	return maintenance_get(&c->rq, id, m) ? cli_fail_rq(c) : act_as(c);
}

static enum st do_change(struct req *rq, void *arg)
{
	return maintenance_change(rq, arg);
}

static int run_change(struct cli *c)
{
	struct maintenance m;
	int st = named(c, &m);
	if (st)
		return st;
	if (!take(c, &m))
		return USAGE;
	return store_write(c->store, &c->rq, do_change, &m) ? cli_fail_rq(c) : said(c, &m, "changed");
}

static enum st do_cancel(struct req *rq, void *arg)
{
	return maintenance_cancel(rq, ((struct maintenance *)arg)->id);
}

static int run_cancel(struct cli *c)
{
	struct maintenance m;
	int st = named(c, &m);
	if (st)
		return st;
	return store_write(c->store, &c->rq, do_cancel, &m) ? cli_fail_rq(c) : said(c, &m, "cancelled");
}

static int run_list(struct cli *c)
{
	static const char *const heads[] = { "ID", "START", "END", "SYSTEMS", "KIND", "REASON" };
	struct maintenance *m = arena_array(c->mem, struct maintenance, SHOWN);
	int n;
	if (maintenance_list(&c->rq, opt_on(c, "--all"), m, SHOWN, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 6);
	BUF_SCOPE b = { .max = (size_t)8 << 20 };
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		BUF_SCOPE systems = BUF_INIT;
		for (int k = 0; k < m[i].nsystems; k++)
			buf_printf(&systems, "%s%s %s", k ? ", " : "", m[i].system[k].name,
				   impact_name(m[i].system[k].impact));
		table_row(t, (const char *[]){ arena_printf(c->mem, "%lld", (long long)m[i].id),
					       time_iso(c->mem, m[i].start_at), time_iso(c->mem, m[i].end_at),
					       buf_cstr(&systems),
					       m[i].cancelled_at ? "cancelled"
					       : m[i].emergency	 ? "emergency"
								 : "planned",
					       m[i].reason });
		maintenance_json(&w, &m[i]);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

#define AS                                                                                                             \
	{                                                                                                              \
		"--as", "USER", "act as this account, with its permissions"                                            \
	}
static const struct option_row what_options[] = {
	{ "--start", "TIME", "when it begins" },
	{ "--end", "TIME", "when it is over" },
	{ "--systems", "LIST", "what is affected, and how: \"EPP full, RDAP partial, WHOIS none\"" },
	{ "--reason", "TEXT", "what is done, in English" },
	{ "--reason-zh", "TEXT", "the same in Chinese" },
	{ "--link", "URL", "where there is more" },
	{ "--emergency", NULL, "it could not be planned" },
	{ "--reconnect", NULL, "clients have to connect anew" },
	{ "--adapt", NULL, "clients have to change something" },
	AS,
	{ 0 },
};
static const struct option_row list_options[] = { { "--all", NULL, "what is over or was cancelled too" }, { 0 } };
static const struct option_row as_options[] = { AS, { 0 } };

const struct command maintenance_commands[] = {
	{ "maintenance", "add", NULL, "Announces maintenance to every registrar", 0, 0, NEED_STORE, what_options,
	  run_add },
	{ "maintenance", "change", "ID", "Changes what is given, and tells every registrar", 1, 1, NEED_STORE,
	  what_options, run_change },
	{ "maintenance", "cancel", "ID", "It will not take place; every registrar is told", 1, 1, NEED_STORE,
	  as_options, run_cancel },
	{ "maintenance", "list", NULL, "What is planned", 0, 0, NEED_STORE, list_options, run_list },
	{ 0 },
};
