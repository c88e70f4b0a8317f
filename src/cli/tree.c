#include "cli/tree.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum st bad(const char *path, struct err *e)
{
	return err_set(e, ST_INTERNAL, "%s: %s", path, strerror(errno));
}

static enum st copy_file(const char *from, const char *to, mode_t mode, struct err *e)
{
	char block[65536];
	int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW),
	    out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode & 0700);
	ssize_t n = in < 0 || out < 0 ? -1 : 1;
	while (n > 0 && (n = read(in, block, sizeof block)) > 0)
		if (write(out, block, (size_t)n) != n)
			n = -1;
	enum st st = n < 0 || fsync(out) ? bad(in < 0 ? from : to, e) : ST_OK;
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return st;
}

static enum st copy_dir(const char *from, const char *to, struct err *e)
{
	if (mkdir(to, 0700) && errno != EEXIST)
		return bad(to, e);
	DIR *d = opendir(from);
	if (!d)
		return bad(from, e);
	enum st st = ST_OK;
	for (struct dirent *x; !st && (x = readdir(d));)
		if (strcmp(x->d_name, ".") != 0 && strcmp(x->d_name, "..") != 0)
			st = tree_copy(from, to, x->d_name, e);
	closedir(d);
	return st;
}

enum st tree_copy(const char *from, const char *to, const char *name, struct err *e)
{
	char a[1100], b[1100];
	struct stat s;
	if (snprintf(a, sizeof a, "%s/%s", from, name) >= (int)sizeof a ||
	    snprintf(b, sizeof b, "%s/%s", to, name) >= (int)sizeof b)
		return err_set(e, ST_LIMIT, "%s: the path is too long", name);
	if (lstat(a, &s))
		return errno == ENOENT ? ST_OK : bad(a, e);
	if (S_ISDIR(s.st_mode))
		return copy_dir(a, b, e);
	return S_ISREG(s.st_mode) ? copy_file(a, b, s.st_mode, e) : ST_OK;
}
