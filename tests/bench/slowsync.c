/* slowsync.c — a library to preload: every fsync and fdatasync of a database or its log takes SLOWSYNC_US microseconds
 * longer, as on an ordinary disk. Other files are left alone. Which files are databases is seen when they are opened,
 * because a process in a sandbox may not ask later. */
#undef _FORTIFY_SOURCE /* open is to be a function here, and not another name of open64 */
#undef _FILE_OFFSET_BITS
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FDS = 65536 };
static atomic_bool database[FDS];
static long usec = -1;

__attribute__((constructor)) static void setup(void)
{
	usec = getenv("SLOWSYNC_US") ? atol(getenv("SLOWSYNC_US")) : 5000;
}

static int seen(int fd, const char *path)
{
	if (fd >= 0 && fd < FDS)
		database[fd] = strstr(path, ".db") != NULL;
	return fd;
}

/* Every name under which the C library opens files; the mode is passed on whether or not it was given. */
#define OPEN(name)                                                                                                     \
	int name(const char *path, int flags, ...)                                                                     \
	{                                                                                                              \
		static int (*real)(const char *, int, ...);                                                            \
		va_list ap;                                                                                            \
		va_start(ap, flags);                                                                                   \
		mode_t mode = va_arg(ap, mode_t);                                                                      \
		va_end(ap);                                                                                            \
		if (!real)                                                                                             \
			real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name);                               \
		return seen(real(path, flags, mode), path);                                                            \
	}
OPEN(open)
OPEN(open64)

static void delay(int fd)
{
	struct timespec t = { usec / 1000000, usec % 1000000 * 1000 };
	if (fd >= 0 && fd < FDS && database[fd])
		nanosleep(&t, NULL);
}

#define SYNC(name)                                                                                                     \
	int name(int fd)                                                                                               \
	{                                                                                                              \
		static int (*real)(int);                                                                               \
		if (!real)                                                                                             \
			real = (int (*)(int))dlsym(RTLD_NEXT, #name);                                                  \
		delay(fd);                                                                                             \
		return real(fd);                                                                                       \
	}
SYNC(fsync)
SYNC(fdatasync)
