#include "work/file.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* DIR, DIR/files and DIR/files/ab of one file. */
struct places {
	char root[PATH_MAX], bin[PATH_MAX + 8], file[PATH_MAX + 80];
};

static enum st fail(struct err *e, const char *path)
{
	enum st st = errno == ENOENT					  ? ST_NOTFOUND
		     : errno == ENOSPC || errno == EDQUOT || errno == EIO ? ST_BUSY
									  : ST_INTERNAL;
	return err_set(e, st, "%s: %s", path, strerror(errno));
}

static bool hex_ok(const char *hex)
{
	return strlen(hex) == 64 && strspn(hex, "0123456789abcdef") == 64;
}

static enum st places_of(const char *dir, const char *hex, struct places *p, struct err *e)
{
	if (!hex_ok(hex))
		return err_set(e, ST_INVALID, "a file is named by the 64 hexadecimal digits of its SHA-256");
	if ((size_t)snprintf(p->root, sizeof p->root, "%s/files", dir) >= sizeof p->root)
		return err_set(e, ST_INVALID, "the name of the data folder is too long");
	snprintf(p->bin, sizeof p->bin, "%s/%.2s", p->root, hex);
	snprintf(p->file, sizeof p->file, "%s/%s", p->bin, hex + 2);
	return ST_OK;
}

char *file_path(struct arena *mem, const char *dir, const char *sha256_hex)
{
	return hex_ok(sha256_hex) ? arena_printf(mem, "%s/files/%.2s/%s", dir, sha256_hex, sha256_hex + 2) : NULL;
}

/* ── durable ── */

static enum st dir_sync(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail(e, path);
	enum st st = fsync(fd) ? fail(e, path) : ST_OK;
	close(fd);
	return st;
}

static enum st dir_make(const char *path, struct err *e)
{
	return mkdir(path, 0700) && errno != EEXIST ? fail(e, path) : ST_OK;
}

static enum st tmp_sync(const char *tmp, struct err *e)
{
	struct stat sb;
	int fd = open(tmp, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return fail(e, tmp);
	enum st st = ST_OK;
	if (fstat(fd, &sb) || !S_ISREG(sb.st_mode))
		st = err_set(e, ST_INVALID, "%s is not a plain file", tmp);
	else if (fchmod(fd, 0600) || fsync(fd))
		st = fail(e, tmp);
	close(fd);
	return st;
}

/* A file that is there already is replaced by its equal: two at once do no harm, and a damaged one is healed. Every
 * folder is synced each time, because another's mkdir that we find done may not be durable yet. */
enum st file_keep(const char *dir, const char *tmp_path, const struct hash *sha256, struct err *e)
{
	char hex[65];
	struct places p;
	hash_hex(sha256, hex);
	enum st st = places_of(dir, hex, &p, e);
	if (st)
		return st;
	if ((st = tmp_sync(tmp_path, e)) || (st = dir_make(p.root, e)) || (st = dir_make(p.bin, e)))
		return st;
	if (rename(tmp_path, p.file))
		return fail(e, p.file);
	/* DIR itself is not synced: `files` was made by init, and the core may not open DIR. */
	return (st = dir_sync(p.bin, e)) ? st : dir_sync(p.root, e);
}

enum st file_forget(const char *dir, const char *sha256_hex, struct err *e)
{
	struct places p;
	enum st st = places_of(dir, sha256_hex, &p, e);
	if (st)
		return st;
	if (unlink(p.file))
		return errno == ENOENT ? ST_OK : fail(e, p.file);
	return dir_sync(p.bin, e);
}

/* ── copying in ── */

static enum st write_all(int fd, const char *p, size_t n, const char *path, struct err *e)
{
	while (n) {
		ssize_t did = write(fd, p, n);
		if (did < 0 && errno != EINTR)
			return fail(e, path);
		if (did > 0) {
			p += did;
			n -= (size_t)did;
		}
	}
	return ST_OK;
}

struct copy {
	int from, to;
	const char *from_path, *to_path;
	int64_t max, size;
	struct hasher *h;
};

static enum st copy_bytes(struct copy *c, struct err *e)
{
	char block[16384];
	for (;;) {
		ssize_t n = read(c->from, block, sizeof block);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(e, c->from_path);
		if (!n)
			return ST_OK;
		if ((c->size += n) > c->max)
			return err_set(e, ST_LIMIT, "%s is larger than %lld bytes", c->from_path, (long long)c->max);
		hasher_add(c->h, block, (size_t)n);
		enum st st = write_all(c->to, block, (size_t)n, c->to_path, e);
		if (st)
			return st;
	}
}

static int open_plain(const char *path, struct err *e)
{
	struct stat sb;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		fail(e, path);
	else if (fstat(fd, &sb) || !S_ISREG(sb.st_mode)) {
		err_set(e, ST_INVALID, "%s is not a plain file", path);
		close(fd);
		fd = -1;
	}
	return fd;
}

enum st file_from_path(const char *dir, const char *path, int64_t max, struct hash *sha256, int64_t *size,
		       struct err *e)
{
	char root[PATH_MAX], tmp[PATH_MAX + 16];
	struct err own = { 0 };
	e = e ? e : &own;
	if ((size_t)snprintf(root, sizeof root, "%s/files", dir) >= sizeof root)
		return err_set(e, ST_INVALID, "the name of the data folder is too long");
	snprintf(tmp, sizeof tmp, "%s/new-XXXXXX", root);
	struct copy c = { .from = open_plain(path, e), .from_path = path, .to_path = tmp, .max = max };
	if (c.from < 0)
		return e->code;
	enum st st = dir_make(root, e);
	if (!st && (c.to = mkostemp(tmp, O_CLOEXEC)) < 0)
		st = fail(e, tmp);
	if (!st) {
		c.h = hasher_new();
		st = copy_bytes(&c, e);
		*sha256 = hasher_end(c.h);
		*size = c.size;
		close(c.to);
		st = st ? st : file_keep(dir, tmp, sha256, e);
		if (st)
			unlink(tmp);
	}
	close(c.from);
	return st;
}
