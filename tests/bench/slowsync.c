/* slowsync.c — a library to preload: every fsync and fdatasync takes SLOWSYNC_US microseconds longer, as on an ordinary
 * disk. For the server of PostgreSQL, which syncs nothing but its tables and its log. */
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void delay(void)
{
	const char *text = getenv("SLOWSYNC_US");
	long usec = text ? atol(text) : 5000;
	struct timespec t = { usec / 1000000, usec % 1000000 * 1000 };
	nanosleep(&t, NULL);
}

#define SYNC(name)                                                                                                     \
	int name(int fd)                                                                                               \
	{                                                                                                              \
		static int (*real)(int);                                                                               \
		if (!real)                                                                                             \
			real = (int (*)(int))dlsym(RTLD_NEXT, #name);                                                  \
		delay();                                                                                               \
		return real(fd);                                                                                       \
	}
SYNC(fsync)
SYNC(fdatasync)
