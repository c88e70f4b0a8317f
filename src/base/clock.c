#include "base/clock.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define OFFSET_MAX (1000 * 366 * 86400LL * USEC) /* keeps every sum of now and offset far from overflow */

typedef _Atomic int64_t offset_t;

static offset_t no_offset;
static offset_t *offset = &no_offset; /* set once, before threads start */
static _Atomic int64_t frozen;

static int64_t clock_of(clockid_t id)
{
	struct timespec ts;
	clock_gettime(id, &ts);
	return ts.tv_sec * USEC + ts.tv_nsec / 1000;
}

int64_t clock_now(void)
{
	int64_t at = atomic_load_explicit(&frozen, memory_order_relaxed);
	return at ? at : clock_of(CLOCK_REALTIME) + atomic_load_explicit(offset, memory_order_relaxed);
}

int64_t clock_mono(void)
{
	return clock_of(CLOCK_MONOTONIC);
}

bool clock_may_move(void)
{
	return offset != &no_offset;
}

void clock_set_for_test(int64_t now)
{
	atomic_store(&frozen, now);
}

static enum st clock_map(const char *path, offset_t **out, struct err *e)
{
	struct stat st;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_set(e, ST_INTERNAL, "%s: cannot open the clock file: %s", path, strerror(errno));
	void *p = MAP_FAILED;
	bool sized = fstat(fd, &st) == 0 && (st.st_size || ftruncate(fd, sizeof **out) == 0);
	bool ours = sized && (!st.st_size || st.st_size == sizeof **out);
	if (ours)
		p = mmap(NULL, sizeof **out, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	int why = errno;
	close(fd);
	if (sized && !ours)
		return err_set(e, ST_INVALID, "%s: a clock file has 8 bytes; remove this one", path);
	if (p == MAP_FAILED)
		return err_set(e, ST_INTERNAL, "%s: cannot map the clock file: %s", path, strerror(why));
	*out = p;
	return ST_OK;
}

enum st clock_use_file(const char *path, struct err *e)
{
	offset_t *mapped = NULL;
	enum st st = clock_map(path, &mapped, e);
	if (st)
		return st;
	if (offset != &no_offset)
		munmap(offset, sizeof *offset);
	offset = mapped;
	return ST_OK;
}

enum st clock_advance(const char *path, int64_t by, struct err *e)
{
	offset_t *file;
	enum st st = clock_map(path, &file, e);
	if (st)
		return st;
	int64_t old = atomic_load(file), moved;
	do {
		if (__builtin_add_overflow(old, by, &moved) || moved > OFFSET_MAX || moved < -OFFSET_MAX)
			st = err_set(e, ST_INVALID, "%s: the clock moves at most 1000 years", path);
	} while (!st && !atomic_compare_exchange_weak(file, &old, moved));
	munmap(file, sizeof *file);
	return st;
}
