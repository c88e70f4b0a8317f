/* `nicert load names FILE… --zone ZONE` and `nicert load list`. */
#include <stdio.h>
#include <string.h>
#include "base/idn.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "names/load.h"

enum { LOADS = 500 };

static void errors_print(const struct load_result *r)
{
	for (int i = 0; i < r->nerrors; i++)
		fprintf(stderr, "%s:%lld: %s\n", r->error[i].file, (long long)r->error[i].line, r->error[i].msg);
	if (r->bad > r->nerrors)
		fprintf(stderr, "… and %lld more\n", (long long)(r->bad - r->nerrors));
}

static void result_json(const struct load_result *r, bool ok, bool dry)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_bool(&w, "loaded", ok && !dry);
	if (r->id)
		j_int(&w, "load", r->id);
	for (int k = 0; k < LOAD_KINDS; k++) {
		j_obj(&w, load_kind_name((enum load_kind)k));
		j_int(&w, "lines", r->lines[k]);
		j_int(&w, "loaded", r->loaded[k]);
		j_end(&w);
	}
	j_int(&w, "hosts_made", r->hosts_made);
	j_int(&w, "bad", r->bad);
	j_int(&w, "resumed", r->resumed);
	j_bool(&w, "done_before", r->done_before);
	j_str(&w, "digest", r->digest);
	j_end(&w);
	puts(buf_cstr(&b));
}

static void result_print(const struct load_result *r, const char *zone, bool dry)
{
	if (r->done_before)
		printf("These files are load %lld of %s, which is done; nothing was changed.\n", (long long)r->id,
		       zone);
	else if (dry)
		printf("%s: %lld names, %lld contacts and %lld hosts can be loaded%s; nothing was changed.\n", zone,
		       (long long)r->lines[LOAD_NAMES], (long long)r->lines[LOAD_CONTACTS],
		       (long long)r->lines[LOAD_HOSTS], r->bad ? ", but for the lines above" : "");
	else
		printf("%s, load %lld: %lld names, %lld contacts, %lld hosts (%lld of them named by name server fields "
		       "alone)%s.\n",
		       zone, (long long)r->id, (long long)r->loaded[LOAD_NAMES], (long long)r->loaded[LOAD_CONTACTS],
		       (long long)r->loaded[LOAD_HOSTS], (long long)r->hosts_made,
		       r->resumed ? ", the rest of a load that was begun before" : "");
}

static int run_names(struct cli *c)
{
	struct load_result r;
	const char *zone = opt(c, "--zone");
	if (!zone)
		return cli_usage(c, "--zone ZONE is needed");
	if (!(zone = name_ascii(c->mem, zone, true, &c->err)))
		return cli_fail(c, "--zone: %s", c->err.msg);
	struct load_opts o = { .zone = zone,
			       .path = c->arg,
			       .npaths = c->nargs,
			       .keep_going = opt_on(c, "--keep-going"),
			       .dry_run = opt_on(c, "--dry-run"),
			       .say = cli_progress,
			       .say_ctx = c };
	enum st st = names_load(c->store, cli_fresh(c), &o, &r);
	cli_progress_end();
	errors_print(&r);
	if (c->json)
		result_json(&r, st == ST_OK, o.dry_run);
	else if (!st)
		result_print(&r, zone, o.dry_run);
	load_result_free(&r);
	return st ? cli_fail_rq(c) : DONE;
}

static void load_json(struct jw *w, const struct load_row *l)
{
	j_obj(w, NULL);
	j_int(w, "load", l->id);
	j_str(w, "zone", l->zone);
	j_str(w, "state", l->state);
	j_str(w, "files", l->files);
	j_time(w, "begun_at", l->begun_at);
	if (l->ended_at)
		j_time(w, "ended_at", l->ended_at);
	for (int k = 0; k < LOAD_KINDS; k++) {
		j_obj(w, load_kind_name((enum load_kind)k));
		j_int(w, "all", l->count[k]);
		j_int(w, "done", l->done[k]);
		j_end(w);
	}
	j_end(w);
}

static int run_list(struct cli *c)
{
	static const char *const heads[] = { "LOAD",  "ZONE",	  "STATE", "BEGUN", "ENDED",
					     "NAMES", "CONTACTS", "HOSTS", "FILES" };
	struct load_row *l = arena_array(c->mem, struct load_row, LOADS);
	int n;
	if (load_list(&c->rq, l, LOADS, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 9);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		const char *cell[9] = { arena_printf(c->mem, "%lld", (long long)l[i].id), l[i].zone, l[i].state,
					time_iso(c->mem, l[i].begun_at),
					l[i].ended_at ? time_iso(c->mem, l[i].ended_at) : "-" };
		static const enum load_kind order[] = { LOAD_NAMES, LOAD_CONTACTS, LOAD_HOSTS };
		for (int k = 0; k < LOAD_KINDS; k++)
			cell[5 + k] = arena_printf(c->mem, "%lld/%lld", (long long)l[i].done[order[k]],
						   (long long)l[i].count[order[k]]);
		cell[8] = l[i].files;
		table_row(t, cell);
		load_json(&w, &l[i]);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

static const struct option_row options[] = {
	{ "--zone", "ZONE", "the authoritative zone that the names are in" },
	{ "--dry-run", NULL, "check everything, change nothing" },
	{ "--keep-going", NULL, "load the good lines; leave another load that was not finished" },
	{ 0 },
};

const struct command load_commands[] = {
	{ "load", "names", "FILE…", "Takes over a registry: names, contacts and hosts as CSV with headers", 1, -1,
	  NEED_STORE, options, run_names },
	{ "load", "list", NULL, "Loads so far, and how far they came", 0, 0, NEED_STORE, NULL, run_list },
	{ 0 },
};
