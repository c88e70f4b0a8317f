#include "cli/commands.h"
#include "store/seal.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

/* ── what was given ── */

const char *opt(const struct cli *c, const char *name)
{
	for (int i = c->ngiven - 1; i >= 0; i--)
		if (!strcmp(c->given[i].name, name))
			return c->given[i].value;
	return NULL;
}

bool opt_on(const struct cli *c, const char *name)
{
	return opt(c, name) != NULL;
}

int opt_all(const struct cli *c, const char *name, const char **out, int max)
{
	int n = 0;
	for (int i = 0; i < c->ngiven && n < max; i++)
		if (!strcmp(c->given[i].name, name))
			out[n++] = c->given[i].value;
	return n;
}

/* ── errors ── */

static void say(const char *fmt, va_list ap)
{
	cli_progress_end();
	fputs("nicert: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

int cli_fail(struct cli *c, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	return FAILED;
}

int cli_fail_rq(struct cli *c)
{
	return cli_fail(c, "%s", c->rq.err.msg);
}

int cli_usage(struct cli *c, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	if (c->cmd)
		fprintf(stderr, "Try `nicert %s%s%s --help`.\n", c->cmd->name, c->cmd->sub ? " " : "",
			c->cmd->sub ? c->cmd->sub : "");
	return USAGE;
}

/* ── help ── */

static const char *joined(struct arena *mem, const struct command *k)
{
	return k->sub ? arena_printf(mem, "%s %s", k->name, k->sub) : k->name;
}

static void help_all(struct arena *mem)
{
	puts("nicert — registry and CERT of a country in one program\n\nUsage: nicert COMMAND [ARGUMENTS] [-d DIR] "
	     "[--json] [--help]\n");
	for (const struct command *const *t = command_tables; *t; t++)
		for (const struct command *k = *t; k->name; k++)
			if (!(k->needs & HIDDEN))
				printf("  %-18s %s\n", joined(mem, k), k->doc);
	puts("\n`nicert COMMAND --help` says more. Exit status: 0 done, 1 failed, 2 wrong usage.");
}

static void subs_list(const char *name)
{
	for (const struct command *const *t = command_tables; *t; t++)
		for (const struct command *k = *t; k->name; k++)
			if (!strcmp(k->name, name) && k->sub)
				printf("  %s %-12s %s\n", name, k->sub, k->doc);
}

static void help_one(struct arena *mem, const struct command *k)
{
	printf("Usage: nicert %s%s%s [OPTIONS]\n\n%s\n\n", joined(mem, k), k->args ? " " : "", k->args ? k->args : "",
	       k->doc);
	if (!k->sub)
		subs_list(k->name);
	puts("Options:");
	for (const struct option_row *o = k->options; o && o->name; o++)
		printf("  %-26s %s\n", o->value ? arena_printf(mem, "%s %s", o->name, o->value) : o->name, o->doc);
	if (k->needs & (NEED_DIR | NEED_STORE | NEED_SIGNER))
		puts("  -d DIR                     the data folder (default: $NICERT_DIR, else the current folder)\n"
		     "  --set key=value            overrides the configuration (`nicert config --help`)");
	puts("  --json                     for programs, where there is something to show\n  --help                    "
	     " this text");
}

static int help_group(const char *name)
{
	printf("Usage: nicert %s COMMAND …\n\n", name);
	subs_list(name);
	return DONE;
}

/* ── finding and reading the command ── */

static const struct command *find(const char *name, const char *sub, bool *group)
{
	const struct command *alone = NULL; /* "check", where there is "check lookup" too */
	*group = false;
	for (const struct command *const *t = command_tables; *t; t++)
		for (const struct command *k = *t; k->name; k++) {
			if (strcmp(k->name, name) != 0)
				continue;
			if (k->sub && sub && !strcmp(k->sub, sub))
				return k;
			if (!k->sub)
				alone = k;
			*group = *group || k->sub;
		}
	return alone;
}

static const struct option_row *option_find(const struct command *k, const char *name)
{
	for (const struct option_row *o = k->options; o && o->name; o++)
		if (!strcmp(o->name, name))
			return o;
	return NULL;
}

/* Options that every command knows; returns how many words were used, 0: none of these, -1: a value is missing. */
static int common(struct cli *c, char **w, int left)
{
	bool takes = !strcmp(w[0], "-d") || !strcmp(w[0], "--set");
	if (takes && left < 2)
		return -1;
	if (!strcmp(w[0], "-d"))
		c->dir = w[1];
	else if (!strcmp(w[0], "--set") && c->nsets < 64)
		c->sets[c->nsets++] = w[1];
	else if (!strcmp(w[0], "--json"))
		return c->json = true;
	else
		return 0;
	return 2;
}

static int read_words(struct cli *c, int argc, char **argv)
{
	bool plain = false;
	for (int i = 0; i < argc;) {
		int used = plain ? 0 : common(c, argv + i, argc - i);
		const struct option_row *o = plain ? NULL : option_find(c->cmd, argv[i]);
		if (used < 0 || (o && o->value && i + 1 >= argc))
			return cli_usage(c, "%s wants a value", argv[i]);
		if (used) {
			i += used;
		} else if (o) {
			if (c->ngiven == 64)
				return cli_usage(c, "too many options");
			c->given[c->ngiven++] = (struct given){ o->name, o->value ? argv[i + 1] : "" };
			i += o->value ? 2 : 1;
		} else if (!plain && !strcmp(argv[i], "--")) {
			plain = true;
			i++;
		} else if (!plain && argv[i][0] == '-' && argv[i][1]) {
			return cli_usage(c, "unknown option %s", argv[i]);
		} else if (c->nargs < 1024) {
			c->arg[c->nargs++] = argv[i++];
		} else {
			return cli_usage(c, "too many arguments");
		}
	}
	if (c->nargs < c->cmd->min)
		return cli_usage(c, "an argument is missing: %s", c->cmd->args);
	if (c->cmd->max >= 0 && c->nargs > c->cmd->max)
		return cli_usage(c, "unexpected argument %s", c->arg[c->cmd->max]);
	return DONE;
}

/* ── what commands need ── */

enum st cli_load(struct cli *c)
{
	static const enum log_level quiet = LOG_WARN;
	if (config_load(&c->cfg, c->dir, c->sets, c->nsets, true, &c->err))
		return c->err.code;
	log_setup(quiet, "cli");
	if (c->cfg.test_clock && clock_use_file(arena_printf(c->mem, "%s/clock", c->cfg.dir), &c->err))
		return c->err.code;
	return rooms_setup(&c->cfg, &c->err);
}

enum st cli_store(struct cli *c)
{
	c->store =
		store_open(&(struct store_opts){ .url = c->cfg.store_url, .rehearse = c->cfg.test_rehearse }, &c->err);
	if (!c->store)
		return c->err.code;
	c->rq = (struct req){ .mem = c->mem, .who = &actor_cli };
	return cli_fresh(c)->db ? ST_OK : c->err.code;
}

enum st cli_signer(struct cli *c)
{
	if (signer_running(c->cfg.dir))
		return ST_OK;
	c->signer = signer_spawn(c->self, c->cfg.dir, &c->err);
	return c->signer ? ST_OK : c->err.code;
}

/* Waits for the signer of `serve` to reach the head. */
static enum st seal_wait(struct cli *c)
{
	struct checkpoint cp = { 0 };
	int64_t size = 0, until = clock_mono() + 5 * USEC;
	do {
		struct req *rq = cli_fresh(c);
		if (!rq->db || journal_head(rq, &size))
			return ST_BUSY;
		enum st st = journal_checkpoint(rq, &cp);
		if (st == ST_OK && cp.size >= size)
			return ST_OK;
		if (st && st != ST_NOTFOUND)
			return st;
		nanosleep(&(struct timespec){ 0, 50000000 }, NULL);
	} while (clock_mono() < until);
	return err_set(&c->rq.err, ST_BUSY,
		       "the running `nicert serve` has not signed the journal's head; its log says why");
}

enum st cli_seal(struct cli *c)
{
	if (!c->signer)
		return seal_wait(c);
	return seal_check(cli_fresh(c), c->signer) ? c->rq.err.code : seal_once(c->store, cli_fresh(c), c->signer);
}

struct req *cli_fresh(struct cli *c)
{
	err_clear(&c->rq.err);
	c->rq.db = store_reader(c->store, &c->err);
	return &c->rq;
}

static enum st provide(struct cli *c)
{
	unsigned n = c->cmd->needs;
	if ((n & (NEED_DIR | NEED_STORE | NEED_SIGNER)) && cli_load(c))
		return c->err.code;
	if ((n & NEED_STORE) && cli_store(c))
		return c->err.code;
	return n & NEED_SIGNER ? cli_signer(c) : ST_OK;
}

static bool asks_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	return false;
}

static int run(struct cli *c, int argc, char **argv)
{
	bool group;
	c->cmd = find(argv[1], argc > 2 ? argv[2] : NULL, &group);
	if (!c->cmd && group)
		return argc < 3 || asks_help(argc - 2, argv + 2)
			       ? (help_group(argv[1]), argc < 3 ? USAGE : DONE)
			       : cli_usage(c, "%s has no command %s", argv[1], argv[2]);
	if (!c->cmd)
		return cli_usage(c, "there is no command %s; `nicert --help` lists them", argv[1]);
	int skip = c->cmd->sub ? 3 : 2;
	if (asks_help(argc - skip, argv + skip) && !(c->cmd->needs & HIDDEN))
		return help_one(c->mem, c->cmd), DONE;
	int st = read_words(c, argc - skip, argv + skip);
	if (st)
		return c->cmd->needs & SYSEXITS ? EX_USAGE : st;
	if (provide(c))
		return cli_fail(c, "%s", c->err.msg);
	return c->cmd->needs & ACTS_AS && act_as(c) ? FAILED : c->cmd->run(c);
}

int cli_main(int argc, char **argv)
{
	umask(077); /* nothing of an installation is for others to read */
	if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		struct arena *mem = arena_new(65536);
		help_all(mem);
		arena_free(mem);
		return argc < 2 ? USAGE : DONE;
	}
	if (!strcmp(argv[1], "--version"))
		return puts("nicert " NICERT_VERSION), DONE;
	struct cli *c = calloc(1, sizeof *c);
	c->self = "/proc/self/exe";
	c->mem = arena_new(256 << 20);
	c->dir = getenv("NICERT_DIR") ? getenv("NICERT_DIR") : ".";
	c->cfg = (struct config){ 0 };
	int st = run(c, argc, argv);
	cli_progress_end();
	if (c->signer)
		signer_free(c->signer);
	store_close(c->store);
	config_free(&c->cfg);
	arena_free(c->mem);
	free(c);
	if (fflush(stdout) && st == DONE)
		st = FAILED;
	return st;
}
