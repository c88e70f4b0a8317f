/* backup and restore: a folder with a consistent copy of the database, the configuration, the keys and the files.
 *
 * The order matters. The signer's memory first: a head it remembers is then one that the database, copied after it, has
 * reached; the other way round a backup of a busy house would look like a journal that went back. Files are kept before
 * the rows that name them, so the database is copied first and the files after it: every file a row names is there.
 * Erasures made after the backup are replayed from the erased.list of the folder it replaces. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli/commands.h"
#include "cli/tree.h"
#include "store/backup.h"
#include "who/privacy.h"

static const char *const parts[] = { "nicert.conf", "core.key", "files", "epp.key", "epp.crt" };
enum { PARTS = sizeof parts / sizeof *parts };

static int run_backup(struct cli *c)
{
	const char *to = c->arg[0];
	if (mkdir(to, 0700))
		return cli_fail(c, "%s: %s; a backup makes a new folder", to, strerror(errno));
	if (tree_copy(c->cfg.dir, to, "keys", &c->err) ||
	    store_backup(c->store, arena_printf(c->mem, "%s/database", to), cli_progress, c, &c->err))
		return cli_fail(c, "%s", c->err.msg);
	for (int i = 0; i < PARTS; i++) {
		cli_progress(c, "files", (double)i / PARTS);
		if (tree_copy(c->cfg.dir, to, parts[i], &c->err))
			return cli_fail(c, "%s", c->err.msg);
	}
	cli_progress_end();
	if (erased_list_keep(cli_fresh(c), to, &c->err))
		return cli_fail(c, "%s", c->err.msg);
	printf("%s holds the database, the keys and the files. It can sign and decrypt: keep it as safe as %s.\n", to,
	       c->cfg.dir);
	return DONE;
}

static enum st replay(struct req *rq, void *list)
{
	int64_t n;
	return privacy_replay(rq, list, &n);
}

/* What was there moves aside, never away. */
static enum st move_aside(struct cli *c, const char *dir, char **aside)
{
	*aside = NULL;
	if (access(dir, F_OK) != 0)
		return ST_OK;
	if (rmdir(dir) == 0)
		return ST_OK;
	if (!opt_on(c, "--replace"))
		return err_set(&c->err, ST_CONFLICT,
			       "%s exists; stop `nicert serve` and say --replace, it is kept as %s.before", dir, dir);
	if (signer_running(dir))
		return err_set(&c->err, ST_CONFLICT, "`nicert serve` runs on %s; stop it first", dir);
	*aside = arena_printf(c->mem, "%s.before", dir);
	return rename(dir, *aside) ? err_set(&c->err, ST_CONFLICT, "%s: %s", *aside, strerror(errno)) : ST_OK;
}

static int run_restore(struct cli *c)
{
	const char *from = c->arg[0], *dir = c->arg[1];
	char *aside, real[PATH_MAX];
	if (access(arena_printf(c->mem, "%s/database", from), R_OK) ||
	    access(arena_printf(c->mem, "%s/nicert.conf", from), R_OK))
		return cli_fail(c, "%s is no backup that `nicert backup` made", from);
	if (move_aside(c, dir, &aside))
		return cli_fail(c, "%s", c->err.msg);
	if (mkdir(dir, 0700) || !realpath(dir, real))
		return cli_fail(c, "%s: %s", dir, strerror(errno));
	if (tree_copy(from, real, "keys", &c->err))
		return cli_fail(c, "%s", c->err.msg);
	for (int i = 0; i < PARTS; i++)
		if (tree_copy(from, real, parts[i], &c->err))
			return cli_fail(c, "%s", c->err.msg);
	mkdir(arena_printf(c->mem, "%s/outbox", real), 0700);
	mkdir(arena_printf(c->mem, "%s/tmp", real), 0700);
	/* The signer's memory is newer than the backup's: with it the signer knows that heads beyond this database were
	 * signed. */
	if (aside && tree_copy(arena_printf(c->mem, "%s/keys", aside), arena_printf(c->mem, "%s/keys", real),
			       "journal.state", &c->err))
		return cli_fail(c, "%s", c->err.msg);
	c->dir = arena_strdup(c->mem, real);
	if (cli_load(c) ||
	    store_restore(c->cfg.store_url, arena_printf(c->mem, "%s/database", from), opt_on(c, "--replace"),
			  &c->err) ||
	    cli_store(c))
		return cli_fail(c, "%s", c->err.msg);
	const char *list = opt(c, "--erased") ? opt(c, "--erased")
			   : aside	      ? arena_printf(c->mem, "%s/erased.list", aside)
					      : NULL;
	if (list && access(list, R_OK) == 0 && store_write(c->store, &c->rq, replay, (void *)list))
		return cli_fail_rq(c);
	printf("%s is restored. If heads were signed after the backup, `nicert journal renew -d %s` begins a new "
	       "origin.\n",
	       dir, dir);
	if (!list)
		puts("Erasures made after the backup are only known from an erased.list (--erased FILE).");
	return DONE;
}

static const struct option_row restore_options[] = {
	{ "--replace", NULL, "the folder that is there is kept as DIR.before" },
	{ "--erased", "FILE", "erasures to replay: the erased.list of the lost folder" },
	{ 0 },
};

const struct command backup_commands[] = {
	{ "backup", NULL, "NEWDIR", "Copies database, keys and files while everything runs", 1, 1, NEED_STORE, NULL,
	  run_backup },
	{ "restore", NULL, "BACKUP DIR", "Puts a backup back", 2, 2, 0, restore_options, run_restore },
	{ 0 },
};
