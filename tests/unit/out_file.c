/* The outbox folder: one file a message, whole or not there, also when the process is killed at any instant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "out/mail/mail_int.h"

static char dir[64], outbox[80];

static int set_up(void **state)
{
	struct err e;
	snprintf(dir, sizeof dir, "/tmp/nicert-test-XXXXXX");
	if (!mkdtemp(dir))
		return 1;
	snprintf(outbox, sizeof outbox, "%s/outbox", dir);
	return file_prepare(outbox, &e) != ST_OK;
}

static int clean_up(void **state)
{
	char cmd[100];
	snprintf(cmd, sizeof cmd, "rm -rf '%s'", dir);
	return system(cmd);
}

static struct parcel parcel(const char *id, const char *text)
{
	struct parcel p = { .id = id, .from = "a@b", .to = "c@d", .message = BUF_INIT };
	buf_str(&p.message, text);
	return p;
}

static char *read_file(struct arena *mem, const char *name)
{
	char *path = arena_printf(mem, "%s/%s", outbox, name), *text = arena_alloc(mem, 1 << 20);
	FILE *f = fopen(path, "r");
	if (!f)
		return NULL;
	text[fread(text, 1, (1 << 20) - 1, f)] = 0;
	fclose(f);
	return text;
}

/* Files that a reader of the folder sees, and those hidden. */
static void count_files(int *shown, int *hidden)
{
	DIR *d = opendir(outbox);
	*shown = *hidden = 0;
	for (struct dirent *e; (e = readdir(d));)
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			++*(*e->d_name == '.' ? hidden : shown);
	closedir(d);
}

static void a_letter_is_written_once(void **state)
{
	struct arena *mem = arena_new(4 << 20);
	struct err e;
	int shown, hidden;
	struct parcel first = parcel("1.ab@nic.example", "first\r\n"), again = parcel("1.ab@nic.example", "other\r\n");
	assert_int_equal(file_deliver(outbox, &first, &e), FATE_SENT);
	assert_int_equal(file_deliver(outbox, &again, &e), FATE_SENT);
	assert_string_equal(read_file(mem, "1.ab@nic.example.eml"), "first\r\n");
	count_files(&shown, &hidden);
	assert_int_equal(shown, 1);
	assert_int_equal(hidden, 0);
	buf_free(&first.message);
	buf_free(&again.message);
	arena_free(mem);
}

static void names_stay_in_the_folder_and_apart(void **state)
{
	static const char *const ids[] = {
		"../../etc/passwd@x", "a/b@x", "a_b@x", ".hidden@x", "a'b@x", "a b@x", "a|b@x"
	};
	struct arena *mem = arena_new(1 << 20);
	char *names[8];
	int n = sizeof ids / sizeof *ids;
	for (int i = 0; i < n; i++) {
		names[i] = file_name(mem, ids[i]);
		assert_null(strchr(names[i], '/'));
		assert_true(names[i][0] != '.');
		for (int j = 0; j < i; j++)
			assert_string_not_equal(names[i], names[j]);
	}
	char *id = arena_alloc(mem, 1001), *twin = arena_alloc(mem, 1001);
	memset(id, 'x', 1000);
	memcpy(twin, id, 1001);
	twin[999] = 'y';
	assert_true(strlen(file_name(mem, id)) < 220);
	assert_string_not_equal(file_name(mem, id), file_name(mem, twin));
	arena_free(mem);
}

static void a_folder_that_is_away_is_no_loss(void **state)
{
	struct err e = { 0 };
	char moved[100];
	struct parcel p = parcel("2@x", "text\r\n");
	snprintf(moved, sizeof moved, "%s-away", outbox);
	assert_int_equal(rename(outbox, moved), 0);
	assert_int_equal(file_deliver(outbox, &p, &e), FATE_AWAY);
	assert_non_null(strstr(e.msg, outbox));
	assert_int_equal(rename(moved, outbox), 0);
	assert_int_equal(file_deliver(outbox, &p, &e), FATE_SENT);
	buf_free(&p.message);
	snprintf(moved, sizeof moved, "%s/none/outbox", dir);
	assert_int_equal(file_prepare(moved, &e), ST_INVALID);
}

/* Delivers letters over and over until it is killed. */
static void deliver_for_ever(const struct parcel *p, int n)
{
	struct err e;
	for (int i = 0;; i = (i + 1) % n) {
		char path[200];
		struct arena *mem = arena_new(4096);
		if (file_deliver(outbox, &p[i], &e) != FATE_SENT)
			_exit(1);
		snprintf(path, sizeof path, "%s/%s", outbox, file_name(mem, p[i].id));
		if (i == n - 1)
			for (int j = 0; j < n; j++) {
				snprintf(path, sizeof path, "%s/%s", outbox, file_name(mem, p[j].id));
				unlink(path);
			}
		arena_free(mem);
	}
}

static void killed_between_it_goes_on(void **state)
{
	enum { N = 4, SIZE = 200000 };
	struct arena *mem = arena_new(16 << 20);
	struct parcel p[N];
	struct err e;
	int shown, hidden;
	for (int i = 0; i < N; i++) {
		p[i] = parcel(arena_printf(mem, "k%d@x", i), "");
		for (int j = 0; j < SIZE / 10; j++)
			buf_str(&p[i].message, "123456789\n");
	}
	for (int round = 0; round < 60; round++) {
		pid_t child = fork();
		if (child == 0)
			deliver_for_ever(p, N);
		usleep((useconds_t)(500 + round * 211 % 7000));
		kill(child, SIGKILL);
		int how;
		waitpid(child, &how, 0);
		assert_true(WIFSIGNALED(how));
		for (int i = 0; i < N; i++) {
			char path[200];
			struct stat st;
			snprintf(path, sizeof path, "%s/k%d@x.eml", outbox, i);
			if (stat(path, &st) == 0)
				assert_int_equal(st.st_size, SIZE); /* whole, or not there */
		}
	}
	for (int i = 0; i < N; i++) {
		assert_int_equal(file_deliver(outbox, &p[i], &e), FATE_SENT);
		buf_free(&p[i].message);
	}
	count_files(&shown, &hidden);
	assert_int_equal(shown, N);
	assert_true(hidden <= 1); /* of a letter that was already there */
	arena_free(mem);
}

/* ── what a relay has taken, for the process that comes after ── */

/* A disk that fills amid a line: what comes behind it is found all the same, in this life and the next. */
static void half_a_line_goes(void **state)
{
	struct err e;
	struct rlimit all, little;
	struct sent_log *log = sent_log_open(dir, &e);
	assert_non_null(log);
	assert_true(sent_log_add(log, "0123456789abcdef"));
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &all), 0);
	little = (struct rlimit){ LETTER_TAG + 1 + 5, all.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	assert_false(sent_log_add(log, "1111111111111111"));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
	assert_true(sent_log_add(log, "2222222222222222"));
	sent_log_close(log);

	char path[200];
	snprintf(path, sizeof path, "%s/sent.log", dir);
	FILE *f = fopen(path, "a");
	assert_non_null(f);
	fputs("33333", f); /* its process ended there */
	fclose(f);
	log = sent_log_open(dir, &e);
	assert_true(sent_log_add(log, "4444444444444444"));
	sent_log_close(log);
	log = sent_log_open(dir, &e);
	assert_true(sent_log_has(log, "0123456789abcdef") && sent_log_has(log, "2222222222222222"));
	assert_true(sent_log_has(log, "4444444444444444"));
	assert_false(sent_log_has(log, "1111111111111111"));
	sent_log_clear(log);
	sent_log_close(log);
}

static void the_log_outlives_its_process(void **state)
{
	struct err e;
	struct sent_log *log = sent_log_open(dir, &e);
	assert_non_null(log);
	assert_true(sent_log_add(log, "0123456789abcdef") && sent_log_add(log, "fedcba9876543210"));
	assert_true(sent_log_has(log, "0123456789abcdef"));
	sent_log_close(log);
	log = sent_log_open(dir, &e);
	assert_true(sent_log_has(log, "0123456789abcdef") && sent_log_has(log, "fedcba9876543210"));
	assert_false(sent_log_has(log, "123456789abcdef\n") || sent_log_has(log, "0000000000000000"));
	sent_log_clear(log);
	assert_false(sent_log_has(log, "0123456789abcdef"));
	sent_log_close(log);
	log = sent_log_open(dir, &e);
	assert_false(sent_log_has(log, "0123456789abcdef"));
	char tag[LETTER_TAG + 1];
	for (int i = 0; i < 3 * LETTERS_PAGE; i++) { /* more than any process leaves: the last ones count */
		snprintf(tag, sizeof tag, "%016d", i);
		assert_true(sent_log_add(log, tag));
	}
	sent_log_close(log);
	log = sent_log_open(dir, &e);
	for (int i = 2 * LETTERS_PAGE; i < 3 * LETTERS_PAGE; i++) {
		snprintf(tag, sizeof tag, "%016d", i);
		assert_true(sent_log_has(log, tag));
	}
	assert_false(sent_log_has(log, "0000000000000100"));
	sent_log_close(log);
	char away[100];
	snprintf(away, sizeof away, "%s/not-there", dir);
	assert_null(sent_log_open(away, &e));
	assert_non_null(strstr(e.msg, "not-there/sent.log"));
	assert_false(sent_log_has(NULL, tag));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(half_a_line_goes, set_up, clean_up),
		cmocka_unit_test_setup_teardown(the_log_outlives_its_process, set_up, clean_up),
		cmocka_unit_test_setup_teardown(a_letter_is_written_once, set_up, clean_up),
		cmocka_unit_test_setup_teardown(names_stay_in_the_folder_and_apart, set_up, clean_up),
		cmocka_unit_test_setup_teardown(a_folder_that_is_away_is_no_loss, set_up, clean_up),
		cmocka_unit_test_setup_teardown(killed_between_it_goes_on, set_up, clean_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
