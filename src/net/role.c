#include "net/role.h"
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int spawn(const char *name, const char *self, const char *dir, int end, pid_t *child)
{
	char number[12];
	char *const argv[] = { (char *)self, "--role", (char *)name, "--fd", number, "-d", (char *)dir, NULL };
	posix_spawn_file_actions_t acts;
	int rc;
	snprintf(number, sizeof number, "%d", ROLE_FD);
	if ((rc = posix_spawn_file_actions_init(&acts)))
		return rc;
	rc = posix_spawn_file_actions_adddup2(&acts, end, ROLE_FD);
	if (!rc)
		rc = posix_spawn_file_actions_addclosefrom_np(&acts, ROLE_FD + 1);
	if (!rc)
		rc = posix_spawn(child, self, &acts, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&acts);
	return rc;
}

int role_spawn(const char *name, const char *self, const char *dir, pid_t *child, struct err *e)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
		err_set(e, ST_INTERNAL, "%s: no socket pair: %s", name, strerror(errno));
		return -1;
	}
	int rc = spawn(name, self, dir, pair[1], child);
	close(pair[1]);
	if (!rc)
		return pair[0];
	close(pair[0]);
	err_set(e, ST_INTERNAL, "%s: %s can't be started: %s", name, self, strerror(rc));
	return -1;
}
