#include "store/backup.h"
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "store/store_int.h"

#define STEP_PAGES 2000 /* between two steps writers get their turn */

static enum st sync_path(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	return ok ? ST_OK : err_set(e, ST_INTERNAL, "%s: %s", path, strerror(errno));
}

static enum st copy_sqlite(const char *from, const char *to, void (*say)(void *, const char *, double), void *ctx,
			   struct err *e)
{
	sqlite3 *a = NULL, *b = NULL;
	int rc = sqlite3_open_v2(from, &a, SQLITE_OPEN_READONLY, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_open_v2(to, &b, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXCLUSIVE, NULL);
	sqlite3_busy_timeout(a, 10000);
	/* One read transaction for the whole copy: what it holds is one instant, and writers don't make it start again.
	 */
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(a, "BEGIN; SELECT count(*) FROM sqlite_master", NULL, NULL, NULL);
	sqlite3_backup *k = rc == SQLITE_OK ? sqlite3_backup_init(b, "main", a, "main") : NULL;
	while (k && (rc = sqlite3_backup_step(k, STEP_PAGES)) == SQLITE_OK)
		if (say && sqlite3_backup_pagecount(k))
			say(ctx, "database", 1.0 - (double)sqlite3_backup_remaining(k) / sqlite3_backup_pagecount(k));
	if (k)
		sqlite3_backup_finish(k);
	if (rc != SQLITE_DONE)
		err_set(e, ST_INTERNAL, "backup of %s to %s: %s", from, to,
			sqlite3_errmsg(rc == SQLITE_CANTOPEN && b ? b : a));
	sqlite3_close(a);
	sqlite3_close(b);
	return rc == SQLITE_DONE ? sync_path(to, e) : e->code;
}

static enum st run_tool(const char *const *argv, struct err *e)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return err_set(e, ST_INTERNAL, "%s: %s", argv[0], strerror(errno));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return err_set(e, ST_NOTFOUND, "%s is not installed (package postgresql-client)", argv[0]);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? ST_OK
							     : err_set(e, ST_INTERNAL, "%s failed, see above", argv[0]);
}

enum st store_backup(struct store *s, const char *to, void (*say)(void *, const char *, double), void *ctx,
		     struct err *e)
{
	if (store_is_sqlite(s))
		return copy_sqlite(s->url, to, say, ctx, e);
	const char *const argv[] = { "pg_dump", "-Fc", "-f", to, "-d", s->url, NULL };
	return run_tool(argv, e) ? e->code : sync_path(to, e);
}

enum st store_restore(const char *url, const char *from, bool replace, struct err *e)
{
	if (!strncmp(url, "sqlite:", 7))
		return copy_sqlite(from, url + 7, NULL, NULL, e);
	const char *const argv[] = {
		"pg_restore", "--exit-on-error",	  "--single-transaction", "--no-owner", "-d", url,
		from,	      replace ? "--clean" : NULL, "--if-exists",	  NULL
	};
	return run_tool(argv, e);
}
