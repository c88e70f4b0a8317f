/* GNUPGHOME of the role, and keys for commands. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "pgp/pgp_int.h"

void pgp_home_path(const char *dir, char out[1024])
{
	snprintf(out, 1024, "%s/keys/pgp", dir);
}

bool pgp_made(const char *dir)
{
	char home[1024], path[1100];
	pgp_home_path(dir, home);
	snprintf(path, sizeof path, "%s/pubring.kbx", home);
	return !access(path, F_OK);
}

/* No network, nothing asked of anybody, no output without end; SHA-512 because a letter's header names the digest. */
static const struct {
	const char *name, *text;
} settings[] = {
	{ "gpg.conf", "no-auto-key-retrieve\nno-auto-key-locate\ndisable-dirmngr\nno-greeting\nbatch\n"
		      "digest-algo SHA512\nno-emit-version\ntrust-model always\n" },
	{ "gpg-agent.conf", "disable-scdaemon\nallow-loopback-pinentry\nno-grab\n" },
};

enum st pgp_home_settings(const char *home, struct err *e)
{
	char path[1100];
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		size_t n = strlen(settings[i].text);
		snprintf(path, sizeof path, "%s/%s", home, settings[i].name);
		int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
		bool bad = fd < 0 || write(fd, settings[i].text, n) != (ssize_t)n;
		if (fd >= 0)
			close(fd);
		if (bad)
			return err_set(e, ST_INTERNAL, "%s: %s", path, strerror(errno));
	}
	return ST_OK;
}

/* What gpg makes in a home: files, sockets, and folders with files. */
static void remove_home(const char *home, int depth)
{
	char path[1400];
	DIR *d = opendir(home);
	for (struct dirent *x; d && (x = readdir(d));) {
		if (!strcmp(x->d_name, ".") || !strcmp(x->d_name, ".."))
			continue;
		snprintf(path, sizeof path, "%s/%s", home, x->d_name);
		if (x->d_type == DT_DIR && depth < 3)
			remove_home(path, depth + 1);
		else
			unlink(path);
	}
	if (d)
		closedir(d);
	rmdir(home);
}

/* A socket's name has 107 bytes, and the agent's longest stands in the home. */
static enum st make_home(const char *home, struct err *e)
{
	if (strlen(home) > PGP_PATH_MAX)
		return err_set(e, ST_INVALID,
			       "%s: longer than %d bytes, so gpg's agent can't have its socket there: move the data "
			       "folder",
			       home, PGP_PATH_MAX);
	if (mkdir(home, 0700))
		return err_set(e, errno == EEXIST ? ST_CONFLICT : ST_INTERNAL, "%s: %s", home, strerror(errno));
	return pgp_home_settings(home, e);
}

static enum st make_key(const char *home, const char *user, int days, struct pgp_key_info *out, struct buf *public,
			struct err *e)
{
	struct engine *g = engine_new(home, e);
	if (!g)
		return e->code;
	enum st st = engine_make(g, user, days, out, e);
	if (!st)
		st = engine_export(g, out->fingerprint, false, public, e);
	engine_free(g);
	engine_end_agent(home);
	return st;
}

enum st pgp_init(const char *dir, const char *user, int days, struct pgp_key_info *out, struct buf *public,
		 struct err *e)
{
	char home[1024];
	pgp_home_path(dir, home);
	if (pgp_made(dir))
		return err_set(e, ST_CONFLICT, "%s holds a key already: `nicert pgp export` prints it", home);
	enum st st = make_home(home, e);
	if (st == ST_CONFLICT) /* of an attempt that ended in the middle: no key in it */
		st = pgp_home_settings(home, e);
	if (!st)
		st = make_key(home, user, days, out, public, e);
	if (st && !pgp_made(dir))
		remove_home(home, 0);
	return st;
}

enum st pgp_key_read(const char *tmp, const char *p, size_t n, struct pgp_key_info *out, struct buf *least,
		     struct err *e)
{
	char home[512];
	if (snprintf(home, sizeof home, "%s/pgp-XXXXXX", tmp) >= (int)sizeof home || !mkdtemp(home))
		return err_set(e, ST_INTERNAL, "%s: no folder can be made there: %s", tmp, strerror(errno));
	enum st st = pgp_home_settings(home, e);
	struct engine *g = st ? NULL : engine_new(home, e);
	if (!st && !g)
		st = e->code;
	if (!st)
		st = engine_import(g, (struct view){ p, n }, out, e);
	if (!st)
		st = engine_export(g, out->fingerprint, true, least, e);
	engine_free(g);
	remove_home(home, 0);
	return st;
}
