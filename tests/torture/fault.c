#include "fault.h"
#include <errno.h>
#include <execinfo.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const fault_names[] = {
	[FAULT_ALLOC] = "allocation",	 [FAULT_LITE_ALLOC] = "allocation in SQLite",
	[FAULT_STATEMENT] = "statement", [FAULT_ROLLBACK] = "statement with roll-back",
	[FAULT_INTERRUPT] = "interrupt", [FAULT_WRITE] = "write",
	[FAULT_FULL] = "full disk",	 [FAULT_SYNC] = "fsync",
	[FAULT_KILL] = "kill",		 [FAULT_POWER] = "power cut",
};

static struct fault_seen unseen, *the_seen = &unseen;
static _Atomic enum fault armed;
static long the_n;

/* Is this event the one? */
static bool hit(void)
{
	long i = atomic_fetch_add(&the_seen->events, 1) + 1;
	bool now = i == the_n || (armed == FAULT_FULL && i > the_n);
	if (now)
		atomic_store(&the_seen->fired, true);
	return now;
}

void fault_arm(enum fault f, long n)
{
	atomic_store(&the_seen->events, 0);
	the_n = n;
	armed = f;
}

void fault_disarm(void)
{
	armed = FAULT_NONE;
}

/* ── allocations ── */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t m);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t m);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);

static bool no_memory(enum fault f)
{
	if (armed != f || !hit())
		return false;
	if (getenv("TORTURE_LOUD")) {
		void *at[20];
		armed = FAULT_NONE;
		backtrace_symbols_fd(at, backtrace(at, 20), 2); /* for addr2line -e */
		armed = f;
	}
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t n)
{
	return no_memory(FAULT_ALLOC) ? NULL : __real_malloc(n);
}
void *__wrap_calloc(size_t n, size_t m)
{
	return no_memory(FAULT_ALLOC) ? NULL : __real_calloc(n, m);
}
void *__wrap_realloc(void *p, size_t n)
{
	return no_memory(FAULT_ALLOC) ? NULL : __real_realloc(p, n);
}
char *__wrap_strdup(const char *s)
{
	return no_memory(FAULT_ALLOC) ? NULL : __real_strdup(s);
}

static sqlite3_mem_methods lite_mem;

static void *lite_malloc(int n)
{
	return no_memory(FAULT_LITE_ALLOC) ? NULL : lite_mem.xMalloc(n);
}
static void *lite_realloc(void *p, int n)
{
	return no_memory(FAULT_LITE_ALLOC) ? NULL : lite_mem.xRealloc(p, n);
}

/* ── statements ── */

int __real_sqlite3_step(sqlite3_stmt *st);
int __real_sqlite3_exec(sqlite3 *h, const char *sql, int (*row)(void *, int, char **, char **), void *ctx, char **why);
int __wrap_sqlite3_step(sqlite3_stmt *st);
int __wrap_sqlite3_exec(sqlite3 *h, const char *sql, int (*row)(void *, int, char **, char **), void *ctx, char **why);

static int stop_now(void *ctx)
{
	return 1;
}

/* What the statement about to begin gives instead, or SQLITE_OK: it begins. */
static int refused(sqlite3 *h)
{
	static const int codes[] = { SQLITE_IOERR_READ, SQLITE_FULL, SQLITE_BUSY, SQLITE_NOMEM, SQLITE_IOERR_WRITE };
	enum fault f = armed;
	if ((f != FAULT_STATEMENT && f != FAULT_ROLLBACK && f != FAULT_INTERRUPT) || !hit())
		return SQLITE_OK;
	if (f == FAULT_INTERRUPT) {
		sqlite3_progress_handler(h, 3, stop_now, NULL);
		return SQLITE_OK;
	}
	if (f == FAULT_ROLLBACK && !sqlite3_get_autocommit(h))
		__real_sqlite3_exec(h, "ROLLBACK", NULL, NULL, NULL);
	return codes[the_n % 5];
}

int __wrap_sqlite3_step(sqlite3_stmt *st)
{
	sqlite3 *h = sqlite3_db_handle(st);
	int rc = sqlite3_stmt_busy(st) ? SQLITE_OK : refused(h);
	if (rc)
		return rc;
	rc = __real_sqlite3_step(st);
	sqlite3_progress_handler(h, 0, NULL, NULL);
	return rc;
}

int __wrap_sqlite3_exec(sqlite3 *h, const char *sql, int (*row)(void *, int, char **, char **), void *ctx, char **why)
{
	int rc = refused(h);
	if (rc)
		return rc;
	rc = __real_sqlite3_exec(h, sql, row, ctx, why);
	sqlite3_progress_handler(h, 0, NULL, NULL);
	return rc;
}

/* ── what was written and not synced ── */

struct undo {
	struct undo *next; /* older */
	sqlite3_file *real;
	sqlite3_int64 off, size; /* size of the file before */
	int n;
	char old[];
};
static pthread_mutex_t undo_lock = PTHREAD_MUTEX_INITIALIZER;
static struct undo *undo;
static int undos;

static void remember(sqlite3_file *real, sqlite3_int64 off, int n)
{
	struct undo *u = __real_calloc(1, sizeof *u + (size_t)n);
	u->real = real;
	u->off = off;
	u->n = n;
	real->pMethods->xFileSize(real, &u->size);
	if (n > 0 && off < u->size)
		real->pMethods->xRead(real, u->old, n, off); /* what lies behind the end reads as 0 */
	pthread_mutex_lock(&undo_lock);
	u->next = undo;
	undo = u;
	undos++;
	pthread_mutex_unlock(&undo_lock);
}

static void forget(sqlite3_file *real)
{
	pthread_mutex_lock(&undo_lock);
	for (struct undo **at = &undo, *u; (u = *at);) {
		if (u->real == real) {
			*at = u->next;
			undos--;
			free(u);
		} else {
			at = &u->next;
		}
	}
	pthread_mutex_unlock(&undo_lock);
}

static void __attribute__((noreturn)) die(bool power)
{
	pthread_mutex_lock(&undo_lock);
	int keep = the_n % 2 ? 0 : undos / 2;
	for (struct undo *u = undo; power && u && undos > keep; u = u->next, undos--) {
		sqlite3_int64 back = u->size - u->off < u->n ? u->size - u->off : u->n;
		if (back > 0)
			u->real->pMethods->xWrite(u->real, u->old, (int)back, u->off);
		u->real->pMethods->xTruncate(u->real, u->size);
	}
	_exit(FAULT_KILLED);
}

/* ── the VFS ── */

struct file {
	sqlite3_file base;
	sqlite3_file *real;
};
#define REAL(f) (((struct file *)(f))->real)
#define PASS(method, ...) return REAL(f)->pMethods->method(REAL(f), ##__VA_ARGS__)

static int f_close(sqlite3_file *f)
{
	forget(REAL(f));
	PASS(xClose);
}
static int f_read(sqlite3_file *f, void *p, int n, sqlite3_int64 off)
{
	PASS(xRead, p, n, off);
}
static int f_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 off)
{
	sqlite3_file *real = REAL(f);
	enum fault k = armed;
	bool now = (k == FAULT_WRITE || k == FAULT_FULL || k == FAULT_KILL || k == FAULT_POWER) && hit();
	if (now && k == FAULT_FULL)
		return SQLITE_FULL;
	if (k == FAULT_POWER)
		remember(real, off, n);
	if (now)
		real->pMethods->xWrite(real, p, n / 2, off);
	if (now && k != FAULT_WRITE)
		die(k == FAULT_POWER);
	return now ? SQLITE_IOERR_WRITE : real->pMethods->xWrite(real, p, n, off);
}
static int f_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	sqlite3_int64 before = 0;
	REAL(f)->pMethods->xFileSize(REAL(f), &before);
	if (armed == FAULT_POWER && before > size)
		remember(REAL(f), size, (int)(before - size));
	PASS(xTruncate, size);
}
static int f_sync(sqlite3_file *f, int flags)
{
	if (armed == FAULT_SYNC && hit())
		return SQLITE_IOERR_FSYNC;
	forget(REAL(f));
	return SQLITE_OK;
}
static int f_size(sqlite3_file *f, sqlite3_int64 *size)
{
	PASS(xFileSize, size);
}
static int f_lock(sqlite3_file *f, int how)
{
	PASS(xLock, how);
}
static int f_unlock(sqlite3_file *f, int how)
{
	PASS(xUnlock, how);
}
static int f_reserved(sqlite3_file *f, int *out)
{
	PASS(xCheckReservedLock, out);
}
static int f_control(sqlite3_file *f, int op, void *arg)
{
	PASS(xFileControl, op, arg);
}
static int f_sector(sqlite3_file *f)
{
	PASS(xSectorSize);
}
static int f_device(sqlite3_file *f)
{
	PASS(xDeviceCharacteristics);
}
static int f_shm_map(sqlite3_file *f, int region, int size, int extend, void volatile **p)
{
	PASS(xShmMap, region, size, extend, p);
}
static int f_shm_lock(sqlite3_file *f, int off, int n, int flags)
{
	PASS(xShmLock, off, n, flags);
}
static void f_shm_barrier(sqlite3_file *f)
{
	REAL(f)->pMethods->xShmBarrier(REAL(f));
}
static int f_shm_unmap(sqlite3_file *f, int drop)
{
	PASS(xShmUnmap, drop);
}
static int f_fetch(sqlite3_file *f, sqlite3_int64 off, int n, void **p)
{
	PASS(xFetch, off, n, p);
}
static int f_unfetch(sqlite3_file *f, sqlite3_int64 off, void *p)
{
	PASS(xUnfetch, off, p);
}

static const sqlite3_io_methods io = { 3,	 f_close,   f_read,	f_write,       f_truncate,  f_sync,
				       f_size,	 f_lock,    f_unlock,	f_reserved,    f_control,   f_sector,
				       f_device, f_shm_map, f_shm_lock, f_shm_barrier, f_shm_unmap, f_fetch,
				       f_unfetch };
static sqlite3_vfs vfs, *below;

static int v_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *got)
{
	struct file *x = (struct file *)f;
	x->real = (sqlite3_file *)(x + 1);
	int rc = below->xOpen(below, name, x->real, flags, got);
	x->base.pMethods = x->real->pMethods ? &io : NULL;
	return rc;
}

void fault_setup(struct fault_seen *seen)
{
	the_seen = seen;
	sqlite3_mem_methods ours;
	sqlite3_config(SQLITE_CONFIG_GETMALLOC, &lite_mem);
	ours = lite_mem;
	ours.xMalloc = lite_malloc;
	ours.xRealloc = lite_realloc;
	sqlite3_config(SQLITE_CONFIG_MALLOC, &ours);
	below = sqlite3_vfs_find(NULL);
	vfs = *below;
	vfs.zName = "torture";
	vfs.szOsFile = (int)sizeof(struct file) + below->szOsFile;
	vfs.xOpen = v_open;
	vfs.pNext = NULL;
	sqlite3_vfs_register(&vfs, 1);
}

/* ── other files ── */

ssize_t __real_write(int fd, const void *p, size_t n);
int __real_fsync(int fd);
int __real_fdatasync(int fd);
ssize_t __wrap_write(int fd, const void *p, size_t n);
int __wrap_fsync(int fd);
int __wrap_fdatasync(int fd);

ssize_t __wrap_write(int fd, const void *p, size_t n)
{
	enum fault k = armed;
	if ((k != FAULT_WRITE && k != FAULT_FULL && k != FAULT_KILL && k != FAULT_POWER) || fd <= 2 || !hit())
		return __real_write(fd, p, n);
	ssize_t half = n > 1 && k != FAULT_FULL ? __real_write(fd, p, n / 2) : 0;
	if (k == FAULT_KILL || k == FAULT_POWER)
		_exit(FAULT_KILLED);
	/* A short write first, as the system gives one; the caller's next one fails. */
	if (half > 0) {
		the_n++;
		return half;
	}
	errno = k == FAULT_FULL ? ENOSPC : EIO;
	return -1;
}

static int synced(void)
{
	if (armed != FAULT_SYNC || !hit())
		return 0;
	errno = EIO;
	return -1;
}
int __wrap_fsync(int fd)
{
	return synced();
}
int __wrap_fdatasync(int fd)
{
	return synced();
}
