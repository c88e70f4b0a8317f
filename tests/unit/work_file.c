#include "work/file.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char dir[64];
static struct arena *mem;

static int setup(void **state)
{
	snprintf(dir, sizeof dir, "/tmp/nicert-test-XXXXXX");
	mem = arena_new(1 << 20);
	return mkdtemp(dir) ? 0 : -1;
}
static int teardown(void **state)
{
	arena_free(mem);
	return 0;
}

static char *put(const char *name, const char *text)
{
	char *path = arena_printf(mem, "%s/%s", dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	return path;
}

static void holds(const char *path, const char *text)
{
	char got[64] = "";
	struct stat sb;
	int fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &sb), 0);
	assert_int_equal(sb.st_mode & 07777, 0600);
	assert_int_equal(read(fd, got, sizeof got - 1), strlen(text));
	close(fd);
	assert_string_equal(got, text);
}

static char *hex_of(const struct hash *h)
{
	return hash_hex(h, arena_alloc(mem, 65));
}

static void kept_by_digest(void **state)
{
	struct err e = { 0 };
	struct stat sb;
	char *tmp = put("upload", "evidence");
	struct hash h = hash_of("evidence", 8);
	assert_int_equal(file_keep(dir, tmp, &h, &e), ST_OK);
	assert_int_not_equal(access(tmp, F_OK), 0);
	char *path = file_path(mem, dir, hex_of(&h));
	assert_non_null(strstr(path, "/files/"));
	holds(path, "evidence");
	assert_int_equal(stat(arena_printf(mem, "%s/files", dir), &sb), 0);
	assert_int_equal(sb.st_mode & 07777, 0700);
	/* The same again takes the place of the first; the temporary file is gone. */
	assert_int_equal(file_keep(dir, put("upload", "evidence"), &h, &e), ST_OK);
	assert_int_not_equal(access(tmp, F_OK), 0);
	holds(path, "evidence");
	assert_int_equal(file_forget(dir, hex_of(&h), &e), ST_OK);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(file_forget(dir, hex_of(&h), &e), ST_OK);
}

static void only_plain_files(void **state)
{
	struct err e = { 0 };
	struct hash h = hash_of("x", 1);
	char *link = arena_printf(mem, "%s/link", dir), *fifo = arena_printf(mem, "%s/fifo", dir);
	assert_int_equal(symlink("/etc/passwd", link), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_true(file_keep(dir, link, &h, &e) != ST_OK);
	assert_int_equal(file_keep(dir, fifo, &h, &e), ST_INVALID);
	assert_int_equal(file_keep(dir, dir, &h, &e), ST_INVALID);
	assert_int_equal(file_keep(dir, "/nowhere/at/all", &h, &e), ST_NOTFOUND);
	assert_non_null(strstr(e.msg, "/nowhere/at/all"));
	int64_t size;
	assert_int_equal(file_from_path(dir, fifo, 100, &h, &size, &e), ST_INVALID);
	assert_int_equal(file_from_path(dir, dir, 100, &h, &size, &e), ST_INVALID);
}

static void only_digests(void **state)
{
	struct err e = { 0 };
	static const char good[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	char upper[65];
	memcpy(upper, good, 65);
	upper[10] = 'A';
	static const char *const wrong[] = { "", "..", "../../etc/passwd", "0123" };
	assert_non_null(file_path(mem, dir, good));
	assert_null(file_path(mem, dir, upper));
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_null(file_path(mem, dir, wrong[i]));
		assert_int_equal(file_forget(dir, wrong[i], &e), ST_INVALID);
	}
	assert_null(file_path(mem, dir, arena_printf(mem, "%s0", good)));
	assert_int_equal(file_forget("/nowhere", good, &e), ST_OK);
}

static int files_in(const char *path)
{
	char cmd[200];
	int n = -1;
	snprintf(cmd, sizeof cmd, "find %s/files -type f | wc -l", path);
	FILE *f = popen(cmd, "r");
	assert_int_equal(fscanf(f, "%d", &n), 1);
	pclose(f);
	return n;
}

static void copied_in(void **state)
{
	struct err e = { 0 };
	struct hash h, want = hash_of("screenshot", 10);
	int64_t size = 0;
	char *from = put("shot.png", "screenshot");
	assert_int_equal(file_from_path(dir, from, 10, &h, &size, &e), ST_OK);
	assert_int_equal(size, 10);
	assert_true(hash_equal(&h, &want));
	assert_int_equal(access(from, F_OK), 0);
	holds(file_path(mem, dir, hex_of(&h)), "screenshot");
	assert_int_equal(file_from_path(dir, from, 9, &h, &size, &e), ST_LIMIT);
	assert_int_equal(files_in(dir), 1); /* nothing half done is left */
	assert_int_equal(file_from_path(dir, put("empty", ""), 10, &h, &size, NULL), ST_OK);
	assert_int_equal(size, 0);
	assert_true(file_from_path("/nowhere", from, 10, &h, &size, &e) != ST_OK);
}

static void *keeper(void *arg)
{
	struct err e = { 0 };
	int64_t size;
	struct hash h;
	for (int i = 0; i < 20; i++)
		if (file_from_path(dir, arg, 100, &h, &size, &e))
			return arg;
	return NULL;
}

static void many_at_once(void **state)
{
	pthread_t t[6];
	char *from = put("same", "same bytes");
	for (int i = 0; i < 6; i++)
		assert_int_equal(pthread_create(&t[i], NULL, keeper, from), 0);
	for (int i = 0; i < 6; i++) {
		void *bad;
		pthread_join(t[i], &bad);
		assert_null(bad);
	}
	assert_int_equal(files_in(dir), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(kept_by_digest, setup, teardown),
		cmocka_unit_test_setup_teardown(only_plain_files, setup, teardown),
		cmocka_unit_test_setup_teardown(only_digests, setup, teardown),
		cmocka_unit_test_setup_teardown(copied_in, setup, teardown),
		cmocka_unit_test_setup_teardown(many_at_once, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
