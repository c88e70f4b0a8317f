#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "net/sandbox.h"
#include "net/sandbox_int.h"

/* The kernel's interface (Documentation/userspace-api/landlock.rst); the C library has no wrappers. The numbers are the
 * same on every architecture. */
enum { NR_CREATE_RULESET = 444, NR_ADD_RULE = 445, NR_RESTRICT_SELF = 446, CREATE_VERSION = 1, RULE_PATH_BENEATH = 1 };

struct ruleset_attr {
	uint64_t fs;	 /* version 1 */
	uint64_t net;	 /* 4 */
	uint64_t scopes; /* 6 */
};

struct path_attr {
	uint64_t rights;
	int32_t parent;
} __attribute__((packed));

#define NET_TCP 3ULL /* bind and connect */

int sandbox_landlock_version(void)
{
	long v = syscall(NR_CREATE_RULESET, NULL, 0, CREATE_VERSION);
	return v > 0 ? (int)v : 0;
}

static uint64_t rights_of(int version)
{
	uint64_t rights = (1ULL << 13) - 1;
	if (version >= 2)
		rights |= FS_REFER;
	if (version >= 3)
		rights |= FS_TRUNCATE;
	if (version >= 5)
		rights |= FS_IOCTL_DEV;
	return rights;
}

enum st landlock_begin(struct landlock *l, bool tcp, uint64_t scopes, struct err *e)
{
	*l = (struct landlock){ .version = sandbox_landlock_version(), .fd = -1 };
	if (!l->version)
		return ST_OK;
	l->rights = rights_of(l->version);
	struct ruleset_attr attr = { .fs = l->rights };
	size_t size = sizeof attr.fs;
	if (l->version >= 4) {
		size += sizeof attr.net;
		attr.net = tcp ? NET_TCP : 0;
	}
	if (l->version >= 6) {
		size += sizeof attr.scopes;
		attr.scopes = scopes;
	}
	l->fd = (int)syscall(NR_CREATE_RULESET, &attr, size, 0);
	return l->fd < 0 ? err_set(e, ST_INTERNAL, "landlock: no rule set: %s", strerror(errno)) : ST_OK;
}

enum st landlock_allow(struct landlock *l, const char *path, uint64_t rights, struct err *e)
{
	struct stat st;
	if (!l->version)
		return ST_OK;
	struct path_attr attr = { .rights = rights & l->rights, .parent = open(path, O_PATH | O_CLOEXEC) };
	if (attr.parent < 0)
		return errno == ENOENT || errno == ENOTDIR
			       ? ST_OK
			       : err_set(e, ST_INTERNAL, "landlock: %s: %s", path, strerror(errno));
	bool bad = fstat(attr.parent, &st);
	if (!bad && !S_ISDIR(st.st_mode))
		attr.rights &= FS_OF_FILE;
	bad = bad || syscall(NR_ADD_RULE, l->fd, RULE_PATH_BENEATH, &attr, 0);
	int why = errno;
	close(attr.parent);
	return bad ? err_set(e, ST_INTERNAL, "landlock: %s: %s", path, strerror(why)) : ST_OK;
}

enum st landlock_enter(struct landlock *l, struct err *e)
{
	if (!l->version)
		return ST_OK;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(NR_RESTRICT_SELF, l->fd, 0)) {
		int why = errno;
		landlock_drop(l);
		return err_set(e, ST_INTERNAL, "landlock: can't be entered: %s", strerror(why));
	}
	landlock_drop(l);
	return ST_OK;
}

void landlock_drop(struct landlock *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}
