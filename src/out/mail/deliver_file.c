/* deliver_file.c — an .eml a message. The name is the Message-ID's, so what is there was delivered: exactly once. */
#include "out/mail/mail_int.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/hash.h"

enum { NAME_CUT = 180 };

/* Letters, digits and "._@-" as they are, others "_"; where that lost anything, a piece of the id's hash keeps names
 * apart. */
char *file_name(struct arena *mem, const char *id)
{
	char *name = arena_strdup(mem, id);
	bool whole = *id != '.' && strlen(id) <= NAME_CUT;
	for (char *c = name; *c; c++)
		if (!((*c | 32) >= 'a' && (*c | 32) <= 'z') && !(*c >= '0' && *c <= '9') && !strchr("._@-", *c)) {
			*c = '_';
			whole = false;
		}
	if (whole)
		return arena_printf(mem, "%s.eml", name);
	char hex[65];
	struct hash h = hash_of(id, strlen(id));
	if (*name == '.')
		*name = '_';
	return arena_printf(mem, "%.*s-%.16s.eml", NAME_CUT, name, hash_hex(&h, hex));
}

enum st file_prepare(const char *dir, struct err *e)
{
	if (mkdir(dir, 0700) && errno != EEXIST)
		return err_set(e, ST_INVALID, "mail.url: folder %s can't be made: %s", dir, strerror(errno));
	if (access(dir, W_OK | X_OK))
		return err_set(e, ST_INVALID, "mail.url: folder %s: %s", dir, strerror(errno));
	return ST_OK;
}

static bool write_all(int fd, const struct buf *b)
{
	for (size_t at = 0; at < b->n;) {
		ssize_t n = write(fd, b->p + at, b->n - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return fsync(fd) == 0;
}

/* A left-over of the same name, from a process that was killed here, is overwritten. */
static bool write_file(int folder, const char *name, const struct buf *b)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return false;
	bool ok = write_all(fd, b);
	int why = errno;
	if (close(fd) && ok) {
		ok = false;
		why = errno;
	}
	if (!ok)
		unlinkat(folder, name, 0);
	errno = why;
	return ok;
}

static bool put(int folder, const char *name, const char *hidden, const struct buf *b)
{
	struct stat st;
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return fsync(folder) == 0; /* killed between rename and this, last time */
	return write_file(folder, hidden, b) && renameat(folder, hidden, folder, name) == 0 && fsync(folder) == 0;
}

bool file_delivered(const char *dir, const char *id)
{
	struct stat st;
	struct arena *mem = arena_new(4096);
	bool there = id && lstat(arena_printf(mem, "%s/%s", dir, file_name(mem, id)), &st) == 0;
	arena_free(mem);
	return there;
}

enum fate file_deliver(const char *dir, const struct parcel *p, struct err *e)
{
	struct arena *mem = arena_new(4096);
	const char *name = file_name(mem, p->id);
	int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = folder >= 0 && put(folder, name, arena_printf(mem, ".%s.part", name), &p->message);
	if (!ok)
		err_set(e, ST_BUSY, "mail folder %s: %s", dir, strerror(errno));
	if (folder >= 0)
		close(folder);
	arena_free(mem);
	return ok ? FATE_SENT : FATE_AWAY;
}
