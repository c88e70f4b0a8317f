#include "net/sandbox.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/log.h"
#include "net/sandbox_int.h"

/* Configuration, libraries and their data (name service, certificates, time zones), the kernel's figures. */
static const char *const core_reads[] = {
	"/etc",
	"/usr",
	"/lib",
	"/lib32",
	"/lib64",
	"/proc",
	"/sys",
	"/dev/urandom",
	"/dev/random",
	/* where /etc/resolv.conf leads to */
	"/run/systemd/resolve",
	"/run/resolvconf",
	"/run/NetworkManager",
};

static int threads_now(void)
{
	int n = 0;
	DIR *d = opendir("/proc/self/task");
	if (!d)
		return 0;
	for (struct dirent *i; (i = readdir(d));)
		n += i->d_name[0] != '.';
	closedir(d);
	return n;
}

static enum st one_thread(struct err *e)
{
	int n = threads_now();
	if (!n)
		return err_set(e, ST_INTERNAL, "sandbox: /proc can't be read");
	return n == 1 ? ST_OK : err_set(e, ST_INTERNAL, "sandbox: to be entered before threads start, there are %d", n);
}

static enum st no_looking_in(struct err *e)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return err_set(e, ST_INTERNAL, "sandbox: prctl: %s", strerror(errno));
	return ST_OK;
}

static void say_landlock(const struct landlock *l, const char *role)
{
	if (!l->version)
		log_warn("this kernel has no landlock: files are protected by their owner and mode alone",
			 LOG_T("of", role));
}

enum st sandbox_signer(const char *keys_dir, struct err *e)
{
	struct landlock l;
	if (one_thread(e) || no_looking_in(e) || landlock_begin(&l, true, SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL, e))
		return ST_INTERNAL;
	say_landlock(&l, "signer");
	if (landlock_allow(&l, keys_dir, FS_PUT, e)) {
		landlock_drop(&l);
		return ST_INTERNAL;
	}
	return landlock_enter(&l, e) || seccomp_signer(e) ? ST_INTERNAL : ST_OK;
}

/* ── pgp ── */

enum st sandbox_pgp(const char *home, struct err *e)
{
	static const char *const runs[] = { "/usr", "/bin", "/lib", "/lib32", "/lib64" };
	static const char *const reads[] = { "/etc", "/proc", "/dev/urandom", "/dev/random" };
	struct landlock l;
	if (one_thread(e) || no_looking_in(e) || landlock_begin(&l, true, SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL, e))
		return ST_INTERNAL;
	say_landlock(&l, "pgp");
	enum st st = landlock_allow(&l, home, FS_ALL_BELOW | FS_MAKE_SOCK, e);
	for (size_t i = 0; !st && i < sizeof runs / sizeof *runs; i++)
		st = landlock_allow(&l, runs[i], FS_READ | FS_EXECUTE, e);
	for (size_t i = 0; !st && i < sizeof reads / sizeof *reads; i++)
		st = landlock_allow(&l, reads[i], FS_READ, e);
	if (!st)
		st = landlock_allow(&l, "/dev/null", FS_READ_FILE | FS_WRITE_FILE | FS_IOCTL_DEV, e);
	if (st) {
		landlock_drop(&l);
		return ST_INTERNAL;
	}
	return landlock_enter(&l, e) || seccomp_pgp(e) ? ST_INTERNAL : ST_OK;
}

/* ── core ── */

/* Is `inner` the path `outer` or below it? Both as realpath writes them. */
static bool is_below(const char *inner, const char *outer)
{
	size_t n = strlen(outer);
	return !strncmp(inner, outer, n) && (!inner[n] || inner[n] == '/' || outer[n - 1] == '/');
}

/* A rule on this path would give a right on the keys: because they are in it (through a link too), or it is in them. */
static bool touches_keys(const char *path, const char *keys)
{
	char real[PATH_MAX];
	return *keys && realpath(path, real) && (is_below(keys, real) || is_below(real, keys));
}

static bool ends(const char *s, const char *with)
{
	size_t n = strlen(s), w = strlen(with);
	return n >= w && !strcmp(s + n - w, with);
}

/* Bytes 18 and 19 of a SQLite database say 2 in WAL mode (sqlite.org/fileformat2.html#file_format_version_numbers). */
static bool is_wal_database(const char *path)
{
	char head[20];
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t n = read(fd, head, sizeof head);
	close(fd);
	return n == sizeof head && !memcmp(head, "SQLite format 3", 16) && head[18] == 2 && head[19] == 2;
}

/* A database by its name or its first bytes, what stands beside one, and the clock of tests. */
static bool is_written(const char *path, const char *name)
{
	static const char *const ends_in[] = { ".db", "-wal", "-shm", "-lead" };
	for (size_t i = 0; i < sizeof ends_in / sizeof *ends_in; i++)
		if (ends(name, ends_in[i]))
			return true;
	return !strcmp(name, "clock") || is_wal_database(path);
}

static uint64_t rights_in_dir(const char *path, const char *name, const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return FS_ALL_BELOW;
	if (!S_ISREG(st->st_mode))
		return 0;
	return FS_READ_FILE | (is_written(path, name) ? FS_WRITE_FILE | FS_TRUNCATE : 0);
}

/* Empty is how SQLite makes them first itself; with owner and mode of the database, as it does. */
static enum st make_beside(const char *db, const char *suffix, struct err *e)
{
	char path[PATH_MAX];
	struct stat st;
	if (snprintf(path, sizeof path, "%s%s", db, suffix) >= (int)sizeof path || stat(db, &st))
		return err_set(e, ST_INTERNAL, "sandbox: %s: %s", db, strerror(errno));
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == EEXIST ? ST_OK : err_set(e, ST_INTERNAL, "sandbox: %s: %s", path, strerror(errno));
	bool bad = (geteuid() == 0 && fchown(fd, st.st_uid, st.st_gid)) || fchmod(fd, st.st_mode & 0777);
	close(fd);
	return bad ? err_set(e, ST_INTERNAL, "sandbox: %s: %s", path, strerror(errno)) : ST_OK;
}

/* A right on `path` without the keys: where they are below it, on everything beside the way to them. Links are passed
 * over, so each call is one name nearer to them. */
static enum st allow_around(struct landlock *l, const char *path, uint64_t rights, const char *keys, struct err *e)
{
	char real[PATH_MAX], next[PATH_MAX];
	enum st st = ST_OK;
	if (!touches_keys(path, keys))
		return landlock_allow(l, path, rights, e);
	if (!realpath(path, real) || is_below(real, keys))
		return ST_OK;
	DIR *d = opendir(real);
	for (struct dirent *i; d && !st && (i = readdir(d));) {
		if (!strcmp(i->d_name, ".") || !strcmp(i->d_name, "..") || i->d_type == DT_LNK)
			continue;
		if (snprintf(next, sizeof next, "%s/%s", real, i->d_name) < (int)sizeof next)
			st = allow_around(l, next, rights, keys, e);
	}
	if (d)
		closedir(d);
	return st;
}

typedef enum st (*entry_fn)(struct landlock *l, const char *path, const char *name, const char *keys, struct err *e);

/* The files that the store would make beside a database of its own accord: SQLite's two, and the one its locks are in.
 */
static enum st make_all_beside(const char *db, struct err *e)
{
	if (!is_wal_database(db))
		return ST_OK;
	return make_beside(db, "-wal", e) || make_beside(db, "-shm", e) || make_beside(db, "-lead", e) ? ST_INTERNAL
												       : ST_OK;
}

static enum st wal_entry(struct landlock *l, const char *path, const char *name, const char *keys, struct err *e)
{
	return make_all_beside(path, e);
}

static enum st rule_entry(struct landlock *l, const char *path, const char *name, const char *keys, struct err *e)
{
	struct stat st;
	if (touches_keys(path, keys) || stat(path, &st))
		return ST_OK;
	uint64_t rights = rights_in_dir(path, name, &st);
	return rights ? landlock_allow(l, path, rights, e) : ST_OK;
}

static enum st each_entry(struct landlock *l, const char *dir, const char *keys, entry_fn fn, struct err *e)
{
	char path[PATH_MAX];
	enum st st = ST_OK;
	DIR *d = opendir(dir);
	if (!d)
		return err_set(e, ST_INTERNAL, "sandbox: %s: %s", dir, strerror(errno));
	for (struct dirent *i; !st && (i = readdir(d));) {
		if (!strcmp(i->d_name, ".") || !strcmp(i->d_name, "..") || !strcmp(i->d_name, "keys"))
			continue;
		if (snprintf(path, sizeof path, "%s/%s", dir, i->d_name) < (int)sizeof path)
			st = fn(l, path, i->d_name, keys, e);
	}
	closedir(d);
	return st;
}

static enum st allow_others(struct landlock *l, const char *const *also, const char *keys, struct err *e)
{
	for (; also && *also; also++) {
		if (touches_keys(*also, keys))
			return err_set(e, ST_INVALID, "sandbox: %s would give a right on the signer's keys", *also);
		if (make_all_beside(*also, e))
			return ST_INTERNAL;
		if (access(*also, F_OK)) /* made later it would have no rule */
			return err_set(e, ST_INVALID, "sandbox: %s: %s: it must be there before", *also,
				       strerror(errno));
		if (landlock_allow(l, *also, FS_ALL_BELOW, e))
			return ST_INTERNAL;
	}
	return ST_OK;
}

static enum st core_rules(struct landlock *l, const char *dir, const char *const *also, struct err *e)
{
	char path[PATH_MAX], keys[PATH_MAX] = "";
	if (snprintf(path, sizeof path, "%s/keys", dir) >= (int)sizeof path)
		return err_set(e, ST_INTERNAL, "sandbox: %s: too long", dir);
	if (!realpath(path, keys)) {
		if (errno != ENOENT)
			return err_set(e, ST_INTERNAL, "sandbox: %s: %s", path, strerror(errno));
		*keys = 0;
	}
	for (size_t i = 0; i < sizeof core_reads / sizeof *core_reads; i++)
		if (allow_around(l, core_reads[i], FS_READ, keys, e))
			return ST_INTERNAL;
	if (landlock_allow(l, "/dev/null", FS_READ_FILE | FS_WRITE_FILE | FS_IOCTL_DEV, e))
		return ST_INTERNAL;
	if (each_entry(l, dir, keys, wal_entry, e) || each_entry(l, dir, keys, rule_entry, e))
		return ST_INTERNAL;
	return allow_others(l, also, keys, e);
}

enum st sandbox_core_also(const char *dir, const char *const *also, struct err *e)
{
	struct landlock l;
	if (one_thread(e) || no_looking_in(e) || landlock_begin(&l, false, SCOPE_SIGNAL, e))
		return ST_INTERNAL;
	say_landlock(&l, "core");
	enum st st = core_rules(&l, dir, also, e);
	if (st) {
		landlock_drop(&l);
		return st;
	}
	return landlock_enter(&l, e) || seccomp_core(e) ? ST_INTERNAL : ST_OK;
}

enum st sandbox_core(const char *dir, struct err *e)
{
	return sandbox_core_also(dir, NULL, e);
}
