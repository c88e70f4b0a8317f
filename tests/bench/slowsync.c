/* slowsync.c — a library to preload: every fsync and fdatasync of a database or its log takes SLOWSYNC_US microseconds longer, as on
 * an ordinary disk. Other files are left alone. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void delay(int fd)
{
	static long usec = -1;
	char link[40], path[512];
	if (usec < 0)
		usec = getenv("SLOWSYNC_US") ? atol(getenv("SLOWSYNC_US")) : 5000;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof path - 1);
	path[n > 0 ? n : 0] = 0;
	if (!strstr(path, ".db"))
		return;
	struct timespec t = { usec / 1000000, usec % 1000000 * 1000 };
	nanosleep(&t, NULL);
}

int fsync(int fd)
{
	static int (*real)(int);
	if (!real)
		real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
	delay(fd);
	return real(fd);
}

int fdatasync(int fd)
{
	static int (*real)(int);
	if (!real)
		real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
	delay(fd);
	return real(fd);
}
