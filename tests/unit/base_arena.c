/* Arena, buffer, sticky reader, and status with message: the four that everything else stands on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/text.h"

static void memory_is_zeroed_and_aligned(void **s)
{
	struct arena *a = arena_new(1 << 20);
	for (int round = 0; round < 3; round++, arena_reset(a)) {
		size_t sum = 0;
		for (size_t n = 0; n < 700; n++) {
			uint8_t *p = arena_alloc(a, n);
			assert_int_equal((uintptr_t)p % 16, 0);
			for (size_t i = 0; i < n; i++)
				assert_int_equal(p[i], 0);
			memset(p, 0xA5, n);
			sum += n;
		}
		assert_true(arena_used(a) >= sum && arena_used(a) < sum + 700 * 16);
	}
	assert_int_equal(arena_used(a), 0);
	arena_free(a);
	arena_free(NULL);
}

static void allocations_keep_apart(void **s)
{
	enum { N = 3000 };
	static uint8_t *p[N];
	struct arena *a = arena_new(8 << 20);
	for (int i = 0; i < N; i++) {
		size_t n = i % 500 == 0 ? 70000 : (size_t)i % 97 + 1;
		p[i] = arena_alloc(a, n);
		memset(p[i], i & 0xFF, n);
	}
	for (int i = 0; i < N; i++) {
		size_t n = i % 500 == 0 ? 70000 : (size_t)i % 97 + 1;
		assert_int_equal(p[i][0], i & 0xFF);
		assert_int_equal(p[i][n - 1], i & 0xFF);
	}
	arena_free(a);
}

static void strings(void **s)
{
	struct arena *a = arena_new(1 << 16);
	assert_string_equal(arena_strdup(a, "abc"), "abc");
	assert_null(arena_strdup(a, NULL));
	assert_memory_equal(arena_dup(a, "a\0b", 3), "a\0b", 4);
	assert_memory_equal(arena_dup(a, NULL, 0), "", 1);
	assert_string_equal(arena_printf(a, "%d-%s", 7, "x"), "7-x");
	assert_string_equal(arena_join(a, "a", "", "bcd", NULL), "abcd");
	for (int n = 250; n < 260; n++) /* around the size that is formatted on the stack */
		assert_int_equal(strlen(arena_printf(a, "%*d", n, 1)), n);
	arena_free(a);
}

static void past_the_cap_it_remembers(void **s)
{
	struct arena *a = arena_new(1000);
	arena_alloc(a, 900);
	assert_false(arena_over(a));
	memset(arena_alloc(a, 2000), 1, 2000);
	assert_true(arena_over(a));
	arena_reset(a);
	assert_false(arena_over(a));
	arena_free(a);
}

static void past_four_caps_the_process_ends(void **s)
{
	static const size_t sizes[] = { 3001, SIZE_MAX, SIZE_MAX / 2, SIZE_MAX - 15 };
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		pid_t child = fork();
		if (child == 0) {
			setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
			signal(SIGABRT, SIG_DFL); /* cmocka's own handler would report a failure */
			dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
			struct arena *a = arena_new(1000);
			arena_alloc(a, 1000);
			arena_alloc(a, sizes[i]);
			_exit(0);
		}
		int status;
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	}
}

static void buffers_grow(void **s)
{
	BUF_SCOPE b = BUF_INIT;
	assert_string_equal(buf_cstr(&b), "");
	buf_str(&b, NULL);
	buf_add(&b, NULL, 0);
	assert_int_equal(b.n, 0);
	for (int i = 0; i < 10000; i++) {
		buf_char(&b, 'x');
		assert_int_equal(b.p[b.n], 0);
	}
	buf_printf(&b, "%05d%1000s", 42, "");
	assert_int_equal(b.n, 11005);
	assert_int_equal(strlen(buf_cstr(&b)), 11005);
	assert_memory_equal(b.p + 9998, "xx00042 ", 8);
	buf_reset(&b);
	assert_string_equal(buf_cstr(&b), "");
	assert_int_equal(b.max, BUF_MAX_DEFAULT);
}

static void buffers_write_numbers(void **s)
{
	BUF_SCOPE b = BUF_INIT;
	buf_int(&b, 0);
	buf_char(&b, ' ');
	buf_int(&b, INT64_MAX);
	buf_char(&b, ' ');
	buf_int(&b, INT64_MIN);
	assert_string_equal(buf_cstr(&b), "0 9223372036854775807 -9223372036854775808");
}

static void buffers_stop_at_the_cap(void **s)
{
	BUF_SCOPE b = { .max = 10 };
	buf_str(&b, "0123456789");
	assert_false(b.bad);
	buf_char(&b, 'x');
	assert_true(b.bad);
	buf_reset(&b);
	buf_printf(&b, "%d", 1234567890);
	assert_false(b.bad);
	buf_printf(&b, "%d", 1);
	assert_true(b.bad);
	assert_string_equal(buf_cstr(&b), "1234567890");
	buf_reset(&b);
	buf_str(&b, "01234567890");
	buf_str(&b, "a"); /* would fit, but a hole in the text would be worse than its end */
	assert_true(b.bad);
	assert_string_equal(buf_cstr(&b), "");
	BUF_SCOPE none = { 0 };
	buf_printf(&none, "x");
	assert_true(none.bad);
	buf_free(&none);
}

static void the_reader_is_sticky(void **s)
{
	uint8_t in[15];
	put_u16(in, 0x0102);
	put_u32(in + 2, 0x03040506);
	put_u64(in + 6, 0x0708090a0b0c0d0e);
	in[14] = 0xff;
	struct rd r = rd_of(in, sizeof in);
	assert_int_equal(rd_u16(&r), 0x0102);
	assert_int_equal(rd_u32(&r), 0x03040506);
	assert_int_equal(rd_u64(&r), 0x0708090a0b0c0d0e);
	assert_false(rd_at_end(&r));
	assert_int_equal(rd_left(&r), 1);
	assert_int_equal(rd_u16(&r), 0);
	assert_true(r.bad);
	assert_int_equal(rd_u8(&r), 0); /* though a byte is left */
	assert_null(rd_bytes(&r, 65));
	r = rd_of(in, sizeof in);
	assert_ptr_equal(rd_bytes(&r, 15), in);
	assert_true(rd_at_end(&r) && !r.bad);
	assert_null(rd_bytes(&r, SIZE_MAX));
}

static void errors_carry_a_sentence(void **s)
{
	struct err e = { 0 };
	assert_int_equal(err_set(&e, ST_LIMIT, "zone %s: no more than %d", "tw", 13), ST_LIMIT);
	assert_int_equal(e.code, ST_LIMIT);
	assert_string_equal(e.msg, "zone tw: no more than 13");
	err_set(&e, e.code, "line 7: %s", e.msg);
	assert_string_equal(e.msg, "line 7: zone tw: no more than 13");
	err_clear(&e);
	assert_int_equal(e.code, ST_OK);
	assert_string_equal(e.msg, "");
	assert_int_equal(err_set(NULL, ST_BUSY, "nobody listens"), ST_BUSY);
	err_clear(NULL);
}

static void errors_are_cut_at_a_character(void **s)
{
	char pad[300];
	memset(pad, 'x', sizeof pad);
	struct err e;
	for (int n = 240; n < 260; n++) {
		err_set(&e, ST_INVALID, "%.*s釣魚👾釣魚👾", n, pad);
		size_t len = strlen(e.msg);
		assert_true(utf8_valid(e.msg, len));
		assert_true(len > 251 && len < sizeof e.msg);
	}
	err_set(&e, ST_INVALID, "%.*s", 255, pad);
	assert_int_equal(strlen(e.msg), 255);
}

static void every_status_has_its_name(void **s)
{
	for (int i = 0; i < ST_COUNT; i++)
		for (int k = 0; k < i; k++)
			assert_string_not_equal(st_name((enum st)i), st_name((enum st)k));
	assert_string_equal(st_name(ST_OK), "ok");
	assert_string_equal(st_name(ST_INTERNAL), "internal");
	assert_string_equal(st_name((enum st)99), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_aligned),
		cmocka_unit_test(allocations_keep_apart),
		cmocka_unit_test(strings),
		cmocka_unit_test(past_the_cap_it_remembers),
		cmocka_unit_test(past_four_caps_the_process_ends),
		cmocka_unit_test(buffers_grow),
		cmocka_unit_test(buffers_write_numbers),
		cmocka_unit_test(buffers_stop_at_the_cap),
		cmocka_unit_test(the_reader_is_sticky),
		cmocka_unit_test(errors_carry_a_sentence),
		cmocka_unit_test(errors_are_cut_at_a_character),
		cmocka_unit_test(every_status_has_its_name),
	};
	return cmocka_run_group_tests_name("base_arena", tests, NULL, NULL);
}
