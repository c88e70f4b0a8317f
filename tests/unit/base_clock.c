/* The clock, and the log lines that carry its time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

#define DAY (86400 * USEC)
#define NEAR (60 * USEC)

static char dir[64], path[96];

static int setup(void **s)
{
	snprintf(dir, sizeof dir, "/tmp/base_clock.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof path, "%s/clock", dir);
	return 0;
}

static int teardown(void **s)
{
	unlink(path);
	return rmdir(dir);
}

static void now_is_now(void **s)
{
	int64_t sys = time(NULL) * USEC, a = clock_now(), m = clock_mono();
	assert_true(llabs(a - sys) < NEAR);
	assert_true(clock_mono() >= m);
	clock_set_for_test(42);
	assert_int_equal(clock_now(), 42);
	clock_set_for_test(0);
	assert_true(clock_now() >= a);
}

static void a_file_moves_every_process(void **s)
{
	struct err e = { 0 };
	assert_int_equal(clock_advance(path, 3 * DAY, &e), ST_OK); /* makes the file */
	assert_int_equal(clock_use_file(path, &e), ST_OK);
	assert_true(llabs(clock_now() - time(NULL) * USEC - 3 * DAY) < NEAR);
	pid_t child = fork();
	if (child == 0)
		_exit(clock_advance(path, 7 * DAY, NULL));
	int status = -1;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_true(llabs(clock_now() - time(NULL) * USEC - 10 * DAY) < NEAR);
	assert_int_equal(clock_use_file(path, &e), ST_OK);
	assert_int_equal(clock_advance(path, -10 * DAY, &e), ST_OK);
	assert_true(llabs(clock_now() - time(NULL) * USEC) < NEAR);
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 8);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void files_that_are_no_clock(void **s)
{
	struct err e = { 0 };
	FILE *f = fopen(path, "w");
	fputs("a database", f);
	fclose(f);
	assert_int_equal(clock_use_file(path, &e), ST_INVALID);
	assert_non_null(strstr(e.msg, "8 bytes"));
	assert_int_equal(clock_advance(path, DAY, &e), ST_INVALID);
	assert_int_equal(clock_use_file("/nonexistent/clock", &e), ST_INTERNAL);
	assert_int_equal(clock_use_file(dir, &e), ST_INTERNAL);
}

static void the_clock_has_bounds(void **s)
{
	struct err e = { 0 };
	static const int64_t far[] = { INT64_MAX, INT64_MIN, 1001 * 366 * DAY, -1001 * 366 * DAY };
	assert_int_equal(clock_advance(path, DAY, &e), ST_OK);
	for (size_t i = 0; i < sizeof far / sizeof *far; i++)
		assert_int_equal(clock_advance(path, far[i], &e), ST_INVALID);
	assert_int_equal(clock_use_file(path, &e), ST_OK);
	assert_true(llabs(clock_now() - time(NULL) * USEC - DAY) < NEAR);
	assert_int_equal(clock_advance(path, -DAY, &e), ST_OK);
}

/* What a call writes to stderr. */
static char *captured(void (*call)(void))
{
	static char out[8192];
	int ends[2], old = dup(STDERR_FILENO);
	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	errno = 77;
	call();
	assert_int_equal(errno, 77);
	dup2(old, STDERR_FILENO);
	close(old);
	ssize_t n = read(ends[0], out, sizeof out - 1);
	close(ends[0]);
	out[n > 0 ? n : 0] = 0;
	return out;
}

static void call_plain(void)
{
	log_info("ready");
	log_warn("moved", LOG_T("path", "/x"), LOG_N("n", -3), LOG_N("zero", 0));
}

static void call_quoted(void)
{
	log_error("a \"b\"\\", LOG_T("e", ""), LOG_T("eq", "a=b"), LOG_T("nl", "x\ny\r\t\x01"), LOG_T("zh", "釣魚"),
		  LOG_T("bad", "\x9b\xff"),
		  LOG_T("c1", "\xC2\x9B"
			      "1m"),
		  LOG_T("del", "\x7f"));
}

static char big[5000];
static void call_big(void)
{
	const char *text = big;
	log_info("m", LOG_T("big", text), LOG_N("n", 1));
}
static void call_many(void)
{
	struct log_kv kv[300];
	for (int i = 0; i < 300; i++)
		kv[i] = (struct log_kv){ .key = "key", .num = i };
	log_write(LOG_INFO, "many", kv, 300);
}
static void call_debug(void)
{
	log_write(LOG_DEBUG, "quiet", NULL, 0);
}

#define HEAD(level) "ts=2026-11-24T14:05:00.120Z level=" level " role=core msg="

static void log_lines(void **s)
{
	clock_set_for_test(1795529100 * USEC + 120000);
	log_setup(LOG_INFO, "core");
	assert_string_equal(captured(call_plain),
			    HEAD("info") "\"ready\"\n" HEAD("warn") "\"moved\" path=/x n=-3 zero=0\n");
	assert_string_equal(captured(call_quoted),
			    HEAD("error") "\"a \\\"b\\\"\\\\\" e=\"\" eq=\"a=b\" nl=\"x\\ny\\r\\t\\x01\" zh=\"釣魚\""
					  " bad=\"\\x9b\\xff\" c1=\"\\xc2\\x9b1m\" del=\"\\x7f\"\n");
	assert_string_equal(captured(call_debug), "");
	log_setup(LOG_DEBUG, "signer");
	assert_string_equal(captured(call_debug),
			    "ts=2026-11-24T14:05:00.120Z level=debug role=signer msg=\"quiet\"\n");
	clock_set_for_test(0);
}

static void log_lines_end(void **s)
{
	static const char *const units[] = { "x", " ", "釣", "\n", "\x01", "\xff", "👾" };
	for (size_t u = 0; u < sizeof units / sizeof *units; u++)
		for (size_t shift = 0; shift < 6; shift++) {
			size_t n = strlen(units[u]), at = shift;
			memset(big, 'y', shift);
			for (; at + n < sizeof big; at += n)
				memcpy(big + at, units[u], n);
			big[at] = 0;
			char *out = captured(call_big);
			size_t len = strlen(out);
			assert_true(len > 1000 && len <= 1024);
			assert_memory_equal(out + len - 2, "\"\n", 2);
			assert_ptr_equal(strchr(out, '\n'), out + len - 1);
			assert_true(text_clean(out, len));
		}
	char *out = captured(call_many);
	size_t len = strlen(out);
	assert_true(len > 1000 && len <= 1024);
	assert_ptr_equal(strchr(out, '\n'), out + len - 1);
}

int main(void)
{
#define IN_DIR(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(now_is_now), IN_DIR(a_file_moves_every_process), IN_DIR(files_that_are_no_clock),
		IN_DIR(the_clock_has_bounds), cmocka_unit_test(log_lines),	  cmocka_unit_test(log_lines_end),
	};
	return cmocka_run_group_tests_name("base_clock", tests, NULL, NULL);
}
