#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <zlib.h>
#include "base/csv.h"

static char path[64];

static int setup(void **state)
{
	snprintf(path, sizeof path, "/tmp/base_csv.%d", (int)getpid());
	return 0;
}

static int teardown(void **state)
{
	unlink(path);
	return 0;
}

static void write_plain(const void *p, size_t n)
{
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	fclose(f);
}

static void write_gz(const void *p, size_t n)
{
	gzFile f = gzopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(gzwrite(f, p, (unsigned)n), n);
	gzclose(f);
}

static struct lines *opened(void)
{
	struct err e = { 0 };
	struct lines *l = lines_open(path, &e);
	if (!l)
		fail_msg("%s", e.msg);
	return l;
}

static void next_is(struct lines *l, const char *want)
{
	struct err e = { 0 };
	char *line;
	size_t n;
	assert_int_equal(lines_next(l, &line, &n, &e), 1);
	assert_int_equal(n, strlen(want));
	assert_string_equal(line, want);
}

static void next_fails(struct lines *l, enum st code)
{
	struct err e = { 0 };
	char *line, where[96];
	size_t n;
	assert_int_equal(lines_next(l, &line, &n, &e), -1);
	assert_int_equal(e.code, code);
	snprintf(where, sizeof where, "%s:", path);
	assert_memory_equal(e.msg, where, strlen(where));
}

static void at_end(struct lines *l)
{
	char *line;
	size_t n;
	for (int i = 0; i < 2; i++)
		assert_int_equal(lines_next(l, &line, &n, NULL), 0);
	assert_true(lines_progress(l) == 1);
}

static void closes_with_digest(struct lines *l, const void *p, size_t n)
{
	struct hash want = hash_of(p, n), got = lines_digest(l);
	assert_true(hash_equal(&want, &got));
	got = lines_digest(l);
	assert_true(hash_equal(&want, &got));
	lines_close(l);
}

static void line_ends(void **state)
{
	static const char text[] = "\xef\xbb\xbfname,n\r\n\na\r\r\n\xef\xbb\xbfx\n台灣,1";
	for (int gz = 0; gz < 2; gz++) {
		(gz ? write_gz : write_plain)(text, sizeof text - 1);
		struct lines *l = opened();
		next_is(l, "name,n");
		assert_int_equal(lines_number(l), 1);
		next_is(l, "");
		next_is(l, "a\r");
		next_is(l, "\xef\xbb\xbfx"); /* a BOM only at the beginning */
		next_is(l, "台灣,1");
		assert_int_equal(lines_number(l), 5);
		at_end(l);
		closes_with_digest(l, text, sizeof text - 1);
	}
}

static void small_files(void **state)
{
	write_plain("", 0);
	struct lines *l = opened();
	at_end(l);
	closes_with_digest(l, "", 0);
	write_plain("\n", 1);
	l = opened();
	next_is(l, "");
	at_end(l);
	lines_close(l);
	write_plain("\r", 1);
	l = opened();
	next_is(l, "");
	at_end(l);
	lines_close(l);
	lines_close(NULL);
}

/* As of a file: byte order mark, both line ends, long lines, what is no UTF-8; never unpacked. */
static void lines_of_a_text(void **state)
{
	static const char head[] = "\xef\xbb\xbf"
				   "a,b\r\n\n1,2\n",
			  tail[] = "\n\xff\nend";
	for (size_t over = 0; over < 2; over++) {
		size_t x = LINE_MAX_BYTES + over, n = sizeof head - 1 + x + sizeof tail - 1;
		char *text = malloc(n), *line;
		struct err e = { 0 };
		memcpy(text, head, sizeof head - 1);
		memset(text + sizeof head - 1, 'x', x);
		memcpy(text + n - sizeof tail + 1, tail, sizeof tail - 1);
		struct lines *l = lines_of_text(path, text, n);
		size_t len = 0;
		next_is(l, "a,b");
		next_is(l, "");
		next_is(l, "1,2");
		assert_int_equal(lines_next(l, &line, &len, &e), over ? -1 : 1);
		assert_true(over ? e.code == ST_LIMIT : len == x);
		next_fails(l, ST_INVALID);
		next_is(l, "end");
		assert_int_equal(lines_number(l), 6);
		at_end(l);
		closes_with_digest(l, text, n);
		free(text);
	}
	struct lines *l = lines_of_text(path, "", 0);
	at_end(l);
	closes_with_digest(l, "", 0);
	l = lines_of_text(path, "\x1f\x8b", 2);
	next_fails(l, ST_INVALID);
	lines_close(l);
}

static void what_cannot_be_opened(void **state)
{
	struct err e = { 0 };
	assert_null(lines_open("/nonexistent/file.csv", &e));
	assert_int_equal(e.code, ST_NOTFOUND);
	assert_non_null(strstr(e.msg, "/nonexistent/file.csv"));
	assert_null(lines_open("/tmp", &e));
	assert_int_equal(e.code, ST_INVALID);
}

/* Lines around the cap, with every ending, so that they cross the reader's buffer in many places. */
static void long_lines(void **state)
{
	size_t size = (size_t)12 << 20, n = 0;
	char *text = malloc(size), *want = malloc(LINE_MAX_BYTES + 1);
	assert_true(text && want);
	static const int around[] = { -1, 0, 1, 2, 70000, 400000 };
	for (int round = 0; round < 12; round++) {
		size_t len = (size_t)(LINE_MAX_BYTES + around[round % 6]);
		memset(text + n, 'a' + round, len);
		n += len;
		if (round >= 6)
			text[n++] = '\r';
		text[n++] = '\n';
		n += (size_t)snprintf(text + n, 16, "%d\n", round);
	}
	write_gz(text, n);
	struct lines *l = opened();
	for (int round = 0; round < 12; round++) {
		char after[16];
		size_t len = (size_t)(LINE_MAX_BYTES + around[round % 6]);
		snprintf(after, sizeof after, "%d", round);
		if (around[round % 6] > 0) {
			next_fails(l, ST_LIMIT);
		} else {
			memset(want, 'a' + round, len);
			want[len] = 0;
			next_is(l, want);
		}
		assert_int_equal(lines_number(l), 2 * round + 1);
		next_is(l, after);
	}
	at_end(l);
	closes_with_digest(l, text, n);
	memset(text, 'x', size); /* nothing but one line, without an end */
	write_plain(text, size);
	l = opened();
	next_fails(l, ST_LIMIT);
	at_end(l);
	closes_with_digest(l, text, size);
	free(text);
	free(want);
}

static void bad_utf8_is_passed_over(void **state)
{
	static const char text[] = "a\nb\xff\nc\0d\ne\n\xe5\x8f";
	write_plain(text, sizeof text - 1);
	struct lines *l = opened();
	next_is(l, "a");
	next_fails(l, ST_INVALID);
	next_fails(l, ST_INVALID);
	next_is(l, "e");
	next_fails(l, ST_INVALID);
	at_end(l);
	lines_close(l);
}

static void damaged_gzip_is_told_once(void **state)
{
	char line[32], *packed = malloc(1 << 20), *text;
	size_t n;
	struct err e;
	gzFile gz = gzopen(path, "wb");
	srandom(1);
	for (int i = 0; i < 100000; i++)
		gzwrite(gz, line, (unsigned)snprintf(line, sizeof line, "%ld\n", random()));
	gzclose(gz);
	FILE *f = fopen(path, "rb");
	size_t size = fread(packed, 1, 1 << 20, f);
	fclose(f);
	for (int how = 0; how < 3; how++) {
		size_t cut = how == 0 ? size - 9 : how == 1 ? size / 2 : size;
		if (how == 2)
			memset(packed + size / 2, 0x55, 64);
		write_plain(packed, cut);
		struct lines *l = opened();
		int got, faults = 0;
		while ((got = lines_next(l, &text, &n, &e)) != 0) {
			faults += got < 0;
			if (got < 0)
				assert_int_equal(e.code, ST_INTERNAL);
		}
		assert_int_equal(faults, 1);
		at_end(l);
		lines_close(l);
	}
	free(packed);
}

static void progress_grows(void **state)
{
	char *text, one[32];
	size_t n;
	double last = 0;
	FILE *f = fopen(path, "wb");
	for (int i = 0; i < 200000; i++)
		fwrite(one, 1, (size_t)snprintf(one, sizeof one, "%d,example.tw\n", i), f);
	fclose(f);
	struct lines *l = opened();
	while (lines_next(l, &text, &n, NULL) == 1) {
		double now = lines_progress(l);
		assert_true(now >= last && now <= 1);
		last = now;
		if (lines_number(l) == 100000)
			assert_true(now > 0.4 && now < 0.7);
	}
	assert_int_equal(lines_number(l), 200000);
	assert_true(lines_progress(l) == 1);
	lines_close(l);
}

static void splits(const char *line, char sep, int max, int want, ...)
{
	char copy[128], *fields[8];
	va_list ap;
	snprintf(copy, sizeof copy, "%s", line);
	int n = csv_split(copy, sep, fields, max);
	if (n != want)
		fail_msg("%s: %d fields", line, n);
	va_start(ap, want);
	for (int i = 0; i < want; i++)
		assert_string_equal(fields[i], va_arg(ap, const char *));
	va_end(ap);
}

static void fields_of_a_line(void **state)
{
	splits("a,b,c", ',', 8, 3, "a", "b", "c");
	splits("", ',', 8, 1, "");
	splits(",", ',', 8, 2, "", "");
	splits("a,,", ',', 8, 3, "a", "", "");
	splits("1.34.0.0/15,3462,\"Chunghwa Telecom Co., Ltd.\"", ',', 8, 3, "1.34.0.0/15", "3462",
	       "Chunghwa Telecom Co., Ltd.");
	splits("\"a \"\"b\"\" c\",\"\",\"\"\"\"", ',', 8, 3, "a \"b\" c", "", "\"");
	splits("a | b|c", '|', 8, 3, "a ", " b", "c");
	splits("a;\"b;c\";d", ';', 3, 3, "a", "b;c", "d");
	splits("a,b,c", ',', 2, -1);
	splits("a,b,", ',', 2, -1);
	splits("a", ',', 0, -1);
	splits("\"a", ',', 8, -1);
	splits("\"", ',', 8, -1);
	splits("\"a\"b,c", ',', 8, -1);
	splits("\"a\" ,c", ',', 8, -1);
	splits("a\"b,c", ',', 8, -1);
	splits("a, \"b\"", ',', 8, -1);
	splits("\"a\"\"", ',', 8, -1);
}

static void record_is(struct lines *l, struct buf *more, const char *want, int64_t number)
{
	struct err e = { 0 };
	char *record;
	size_t n;
	assert_int_equal(lines_record(l, more, &record, &n, &e), 1);
	assert_string_equal(record, want);
	assert_int_equal(n, strlen(want));
	assert_int_equal(lines_number(l), number);
}

static void a_record_may_span_lines(void **state)
{
	static const char text[] = "a,\"one \"\"\r\n\r\ntwo\"\",\",b\nplain\n\"open\nto the end\n";
	BUF_SCOPE more = BUF_INIT;
	struct err e = { 0 };
	char *record, *field[4];
	size_t n;
	struct lines *l = lines_of_text("x.csv", text, sizeof text - 1);
	record_is(l, &more, "a,\"one \"\"\n\ntwo\"\",\",b", 3);
	assert_int_equal(csv_split(more.p, ',', field, 4), 3);
	assert_string_equal(field[1], "one \"\n\ntwo\",");
	record_is(l, &more, "plain", 4);
	assert_int_equal(lines_record(l, &more, &record, &n, &e), -1);
	assert_string_equal(e.msg, "x.csv:5: a quoted field begins here and has no end");
	assert_int_equal(lines_record(l, &more, &record, &n, &e), 0);
	lines_close(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_may_span_lines),
		cmocka_unit_test(line_ends),
		cmocka_unit_test(small_files),
		cmocka_unit_test(lines_of_a_text),
		cmocka_unit_test(what_cannot_be_opened),
		cmocka_unit_test(long_lines),
		cmocka_unit_test(bad_utf8_is_passed_over),
		cmocka_unit_test(damaged_gzip_is_told_once),
		cmocka_unit_test(progress_grows),
		cmocka_unit_test(fields_of_a_line),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
