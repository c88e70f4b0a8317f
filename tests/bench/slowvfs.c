/* slowvfs.c — a library to preload: a SQLite VFS in the place of the usual one, whose every sync of a database or its log
 * takes SLOWSYNC_US microseconds longer, as on an ordinary disk. https://www.sqlite.org/vfs.html */
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <time.h>

enum { KINDS = 8 }; /* of files that the usual VFS makes */
static sqlite3_vfs slow, *usual;
static struct kind {
	const sqlite3_io_methods *usual;
	sqlite3_io_methods slow;
} kinds[KINDS];
static long usec = 5000;

static int slow_sync(sqlite3_file *file, int flags)
{
	struct timespec t = { usec / 1000000, usec % 1000000 * 1000 };
	nanosleep(&t, NULL);
	for (struct kind *k = kinds;; k++)
		if (file->pMethods == &k->slow)
			return k->usual->xSync(file, flags);
}

/* The same methods, but for the sync. */
static const sqlite3_io_methods *slowed(const sqlite3_io_methods *m)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct kind *k = kinds;
	pthread_mutex_lock(&lock);
	while (k < kinds + KINDS && k->usual && k->usual != m)
		k++;
	if (k == kinds + KINDS)
		abort();
	if (!k->usual) {
		k->slow = *m;
		k->slow.xSync = slow_sync;
		k->usual = m;
	}
	pthread_mutex_unlock(&lock);
	return &k->slow;
}

static int slow_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
	int rc = usual->xOpen(usual, name, file, flags, out);
	if (rc == SQLITE_OK && file->pMethods && flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL))
		file->pMethods = slowed(file->pMethods);
	return rc;
}

__attribute__((constructor)) static void setup(void)
{
	if (getenv("SLOWSYNC_US"))
		usec = atol(getenv("SLOWSYNC_US"));
	if (!(usual = sqlite3_vfs_find(NULL)))
		return;
	slow = *usual;
	slow.zName = "slow";
	slow.xOpen = slow_open;
	sqlite3_vfs_register(&slow, 1);
}
