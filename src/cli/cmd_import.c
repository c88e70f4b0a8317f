/* `nicert import holdings|origins|names|contacts FILE…`. */
#include <stdio.h>
#include <string.h>
#include "base/csv.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "names/names.h"
#include "numbers/numbers.h"
#include "routes/origin.h"
#include "store/versioned.h"
#include "who/contact.h"

static void list_errors(struct import *log, int *shown)
{
	const struct import_error *list;
	cli_progress_end();
	int n = import_errors(log, &list);
	for (int i = 0; i < n; i++, ++*shown)
		fprintf(stderr, "%s:%lld: %s\n", list[i].file, (long long)list[i].line, list[i].msg);
	n = import_notes(log, &list);
	for (int i = 0; i < n; i++)
		if (list[i].line)
			fprintf(stderr, "%s:%lld: note: %s\n", list[i].file, (long long)list[i].line, list[i].msg);
		else /* of the whole file */
			fprintf(stderr, "%s: note: %s\n", list[i].file, list[i].msg);
}

static void result_json(struct cli *c, const char *path, const struct import_result *r, bool ok)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	char hex[65];
	j_obj(&w, NULL);
	j_str(&w, "file", path);
	j_bool(&w, "imported", ok);
	j_int(&w, "lines", r->lines);
	j_int(&w, "good", r->good);
	j_int(&w, "bad", r->bad);
	j_int(&w, "added", r->added);
	j_int(&w, "changed", r->changed);
	j_int(&w, "closed", r->closed);
	j_int(&w, "unchanged", r->same);
	j_int(&w, "conflicts", r->conflicts);
	j_str(&w, "digest", hash_hex(&r->digest, hex));
	j_end(&w);
	puts(buf_cstr(&b));
}

static enum st dispatch(struct cli *c, const char *kind, const char *path, const char *complete,
			const struct import_opts *o, struct import_result *r, struct import **log)
{
	struct req *rq = cli_fresh(c);
	if (!strcmp(kind, "holdings"))
		return holding_import(c->store, rq, path, complete, o, r, log);
	if (!strcmp(kind, "origins"))
		return origin_import(c->store, rq, path, o, r, log);
	if (!strcmp(kind, "names"))
		return names_import(c->store, rq, path, o, r, log);
	return contact_import(c->store, rq, path, o, r, log);
}

int import_file(struct cli *c, const char *kind, const char *path, const char *complete, bool keep_going, bool quiet)
{
	struct import_result r = { 0 };
	struct import *log = NULL;
	int shown = 0;
	struct import_opts o = { .keep_going = keep_going,
				 .closes = complete != NULL,
				 .closes_val = V(complete),
				 .as_of = TIME_NONE,
				 .say = cli_progress,
				 .say_ctx = c };
	enum st st = dispatch(c, kind, path, complete, &o, &r, &log);
	cli_progress_end();
	if (log)
		list_errors(log, &shown);
	import_free(log);
	if (c->json && !quiet)
		result_json(c, path, &r, st == ST_OK);
	if (st)
		return cli_fail(c, "%s%s", c->rq.err.msg,
				r.bad && !keep_going ? "; --keep-going takes the good lines" : "");
	if (!c->json && !quiet)
		printf("%s: %lld records: %lld new, %lld changed, %lld closed, %lld as before%s\n", path,
		       (long long)r.good, (long long)r.added, (long long)r.changed, (long long)r.closed,
		       (long long)r.same,
		       r.bad ? arena_printf(c->mem, "; %lld bad lines passed over", (long long)r.bad) : "");
	return DONE;
}

static int import_all(struct cli *c, const char *kind)
{
	int worst = DONE;
	const char *complete = opt(c, "--complete");
	if (complete && !cli_country(complete))
		return cli_usage(c, "--complete %s: expected the two letters of a country", complete);
	for (int i = 0; i < c->nargs; i++) {
		int st = import_file(c, kind, c->arg[i], complete, opt_on(c, "--keep-going"), false);
		worst = st > worst ? st : worst;
	}
	return worst;
}

static int run_holdings(struct cli *c)
{
	return import_all(c, "holdings");
}
static int run_origins(struct cli *c)
{
	return import_all(c, "origins");
}
static int run_names(struct cli *c)
{
	return import_all(c, "names");
}
static int run_contacts(struct cli *c)
{
	return import_all(c, "contacts");
}

static const struct option_row options[] = {
	{ "--complete", "CC", "the file is the whole of this country: what it lacks is closed" },
	{ "--keep-going", NULL, "import the good lines of a file with bad ones" },
	{ 0 },
};

const struct command import_commands[] = {
	{ "import", "holdings", "FILE…", "Address blocks and AS numbers: NRO delegated(-extended) statistics", 1, -1,
	  NEED_STORE, options, run_holdings },
	{ "import", "origins", "FILE…", "Which AS announces what: prefix-or-first[,last],asn,name", 1, -1, NEED_STORE,
	  options, run_origins },
	{ "import", "names", "FILE…", "Registered names: CSV with a header", 1, -1, NEED_STORE, options, run_names },
	{ "import", "contacts", "FILE…", "Who can be written to about what: CSV with a header", 1, -1, NEED_STORE,
	  options, run_contacts },
	{ 0 },
};
