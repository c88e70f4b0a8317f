/* The follower with a desk of the test's own: each letter once, written down with its notice, over restarts; what
 * nobody can be sent is told to staff and holds nothing up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "out/mail/mail_int.h"
#include "store/follow.h"
#include "work/task.h"
#include "who/pgp_key.h"

#define S(x) ((char *)(x))

/* No letters to holders in this world. */
bool registrant_posts(const struct entry *e)
{
	(void)e;
	return false;
}

enum st registrant_letters(struct req *rq, const struct entry *e, const char *public_url, struct registrant_letter *out,
			   int max, int *n)
{
	*n = 0;
	return ST_OK;
}

/* No party has a key, so no letter is sealed. */
enum st pgp_key_get(struct req *rq, const char *address, struct pgp_key *out)
{
	return ST_NOTFOUND;
}

enum st registrant_letter_sent(struct req *rq, int64_t id, bool failed)
{
	return ST_OK;
}

bool voice_posts(const struct entry *e)
{
	(void)e;
	return false;
}
enum st voice_letters(struct req *rq, const struct entry *e, const char *url, struct voice_letter *out, int max, int *n)
{
	*n = 0;
	return ST_OK;
}
enum st voice_letter_sent(struct req *rq, int64_t invite, const char *refused)
{
	return ST_OK;
}
bool relay_posts(const struct entry *e)
{
	return false;
}

enum st relay_letters(struct req *rq, const struct entry *e, const char *public_url, struct relay_letter *out, int max,
		      int *n)
{
	*n = 0;
	return ST_OK;
}

enum st relay_sent(struct req *rq, int64_t id)
{
	return ST_OK;
}

bool desk_address_posts(const struct entry *e)
{
	return false;
}

enum st desk_address_letters(struct req *rq, const struct entry *e, const char *public_url, struct address_letter *out,
			     int *n)
{
	*n = 0;
	return ST_OK;
}

enum st desk_address_sent(struct req *rq, const struct address_letter *l, const char *refused)
{
	return ST_OK;
}

/* ── the desk: entries "test" SUBJECT, two letters each, the first with a notice ── */

bool desk_posts(const struct entry *e)
{
	return true;
}

enum st desk_letters(struct req *rq, const struct entry *e, const char *public_url, struct letter *out, int max, int *n)
{
	*n = 0;
	if (strcmp(e->room, "test") != 0)
		return ST_NOTFOUND;
	struct case_view *v = arena_new_of(rq->mem, struct case_view);
	v->number = e->subject;
	for (int i = 0; i < 2 && i < max; i++) {
		bool bad = i == 0 && strcmp(e->verb, "bad") == 0;
		out[(*n)++] = (struct letter){ .to = S(bad ? "nobody" : "a@b.example"),
					       .subject = e->subject,
					       .message_id = arena_printf(rq->mem, "%lld.%d@nic.example",
									  (long long)e->seq, i),
					       .template_ = S(i ? "message" : "notice"),
					       .text = S("Words"),
					       .about = v,
					       .id = i ? 0 : e->seq + 1,
					       .kind = i ? MAIL_TO_REPORTER : MAIL_TO_HOLDER };
	}
	return ST_OK;
}

static enum st said(struct req *rq, const char *what, struct sent_arg *a)
{
	char *key = arena_printf(rq->mem, "%s %lld", what, (long long)a->notice), *was = setting_get(rq, key);
	return setting_put(rq, key, arena_printf(rq->mem, "%d", was ? atoi(was) + 1 : 1));
}
enum st desk_notice_sent(struct req *rq, void *sent_arg)
{
	return said(rq, "sent", sent_arg);
}
enum st share_sent(struct req *rq, void *sent_arg)
{
	return err_set(&rq->err, ST_INTERNAL, "no share is sent here");
}

enum st share_failed(struct req *rq, void *sent_arg)
{
	return err_set(&rq->err, ST_INTERNAL, "no share is sent here");
}

enum st desk_notice_failed(struct req *rq, void *sent_arg)
{
	return said(rq, "failed", sent_arg);
}

/* ── a store of its own ── */

struct env {
	char dir[64];
	struct config cfg;
	struct store *s;
	struct arena *mem;
	struct req rq;
};

static int set_up(void **state)
{
	static struct migration all[16];
	static const struct migration *const rooms[] = { journal_migrations, due_migrations, task_migrations };
	struct env *x = calloc(1, sizeof *x);
	char url[100], outbox[100];
	int n = 0;
	for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++)
		for (const struct migration *m = rooms[i]; m->version; m++)
			all[n++] = *m;
	store_migrations(all);
	snprintf(x->dir, sizeof x->dir, "/tmp/nicert-test-XXXXXX");
	if (!mkdtemp(x->dir))
		return 1;
	snprintf(url, sizeof url, "sqlite:%s/nicert.db", x->dir);
	snprintf(outbox, sizeof outbox, "file:%s/outbox", x->dir);
	x->cfg.mail_url = strdup(outbox);
	x->s = store_open(&(struct store_opts){ .url = url, .create = true }, &x->rq.err);
	x->mem = arena_new(16 << 20);
	x->rq = (struct req){ .mem = x->mem, .who = &actor_cli };
	log_setup(LOG_ERROR, "test");
	*state = x;
	return x->s ? 0 : 1;
}

static int clean_up(void **state)
{
	struct env *x = *state;
	char cmd[100];
	store_close(x->s);
	arena_free(x->mem);
	snprintf(cmd, sizeof cmd, "rm -rf '%s'", x->dir);
	free(x->cfg.mail_url);
	free(x);
	return system(cmd);
}

static enum st append(struct req *rq, void *verb)
{
	return journal_append(rq, &(struct fact){ "test", "NC-1", verb, NULL, 0 });
}

static void happen(struct env *x, const char *verb, int times)
{
	for (int i = 0; i < times; i++)
		assert_int_equal(store_write(x->s, &x->rq, append, S(verb)), ST_OK);
}

static int files(struct env *x)
{
	char path[100];
	int n = 0;
	snprintf(path, sizeof path, "%s/outbox", x->dir);
	DIR *d = opendir(path);
	for (struct dirent *e; d && (e = readdir(d));)
		n += strstr(e->d_name, ".eml") && *e->d_name != '.';
	if (d)
		closedir(d);
	return n;
}

static struct mail *start(struct env *x)
{
	struct err e = { 0 };
	struct mail *m = mail_start(&(struct mail_opts){ &x->cfg, x->s, "http://nic.example" }, &e);
	assert_string_equal(e.msg, "");
	assert_non_null(m);
	return m;
}

/* Until the follower stands behind everything there is. */
static void caught_up(struct env *x, struct mail *m)
{
	int64_t next = -1, head = 0;
	for (int i = 0; i < 1000 && next != head; i++) {
		mail_wake(m);
		usleep(10000);
		x->rq.db = store_reader(x->s, NULL);
		follower_position(&x->rq, "mail", &next);
		journal_head(&x->rq, &head);
		store_reader_done(x->s);
	}
	assert_int_equal(next, head);
}

static const char *setting(struct env *x, const char *key)
{
	x->rq.db = store_reader(x->s, NULL);
	const char *v = setting_get(&x->rq, key);
	store_reader_done(x->s);
	return v ? v : "";
}

static void each_letter_once_over_restarts(void **state)
{
	struct env *x = *state;
	struct mail_stats st;
	for (int round = 1; round <= 3; round++) {
		happen(x, "good", 50);
		struct mail *m = start(x);
		caught_up(x, m);
		mail_stats(m, &st);
		mail_stop(m);
		assert_int_equal(st.sent, 100);
		assert_int_equal(st.repeated + st.retries + st.bounced, 0);
		assert_int_equal(files(x), 100 * round);
	}
	assert_string_equal(setting(x, "sent 1"), "1");
	assert_string_equal(setting(x, "sent 150"), "1");
}

static enum st rewind_one(struct req *rq, void *next)
{
	return follower_advance(rq, "mail", *(int64_t *)next);
}

/* Killed before the position was moved: the entry comes again, its letters don't. */
static void an_entry_seen_again_sends_nothing(void **state)
{
	struct env *x = *state;
	struct mail_stats st;
	int64_t zero = 0;
	happen(x, "good", 1);
	struct mail *m = start(x);
	caught_up(x, m);
	mail_stop(m);
	assert_int_equal(store_write(x->s, &x->rq, rewind_one, &zero), ST_OK);
	char cmd[100];
	snprintf(cmd, sizeof cmd, "rm %s/outbox/*.eml", x->dir); /* fetched by somebody: they must not come back */
	assert_int_equal(system(cmd), 0);
	m = start(x);
	caught_up(x, m);
	mail_stats(m, &st);
	mail_stop(m);
	assert_int_equal(st.sent, 0);
	assert_int_equal(files(x), 0);
	assert_string_equal(setting(x, "sent 1"), "1");
}

static void an_address_that_is_none_is_staff_work(void **state)
{
	struct env *x = *state;
	struct mail_stats st;
	struct task t[4];
	int n = 0;
	happen(x, "bad", 1);
	happen(x, "good", 1);
	struct mail *m = start(x);
	caught_up(x, m);
	mail_stats(m, &st);
	mail_stop(m);
	assert_int_equal(st.sent, 3);
	assert_int_equal(st.bounced, 1);
	assert_non_null(strstr(st.last_error, "nobody"));
	assert_string_equal(setting(x, "sent 1"), "");
	assert_string_equal(setting(x, "failed 1"), "1");
	x->rq.db = store_reader(x->s, NULL);
	assert_int_equal(task_list(&x->rq, "NC-1", true, t, 4, &n), ST_OK);
	assert_int_equal(n, 1);
	assert_string_equal(t[0].kind, "address-failing");
	assert_non_null(strstr(t[0].text, "nobody"));
}

static void a_folder_that_is_away_holds_mail_back(void **state)
{
	struct env *x = *state;
	struct mail_stats st;
	char path[100], away[100];
	struct mail *m = start(x);
	snprintf(path, sizeof path, "%s/outbox", x->dir);
	snprintf(away, sizeof away, "%s/away", x->dir);
	assert_int_equal(rename(path, away), 0);
	happen(x, "good", 2);
	for (int i = 0; i < 500; i++) {
		mail_wake(m);
		usleep(10000);
		mail_stats(m, &st);
		if (st.retries)
			break;
	}
	assert_int_equal(st.sent, 0);
	assert_int_equal(rename(away, path), 0);
	caught_up(x, m);
	mail_stop(m);
	assert_int_equal(files(x), 4);
}

static void a_wrong_url_is_said_at_start(void **state)
{
	struct env *x = *state;
	static const char *const urls[] = { "file:/nowhere/at/all", "smtp://relay.example?tls=maybe",
					    "smtp://relay.example?tsl=require" };
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		struct config cfg = { .mail_url = S(urls[i]) };
		struct err e = { 0 };
		assert_null(mail_start(&(struct mail_opts){ &cfg, x->s, "http://nic.example" }, &e));
		assert_non_null(strstr(e.msg, "mail.url"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_letter_once_over_restarts, set_up, clean_up),
		cmocka_unit_test_setup_teardown(an_entry_seen_again_sends_nothing, set_up, clean_up),
		cmocka_unit_test_setup_teardown(an_address_that_is_none_is_staff_work, set_up, clean_up),
		cmocka_unit_test_setup_teardown(a_folder_that_is_away_holds_mail_back, set_up, clean_up),
		cmocka_unit_test_setup_teardown(a_wrong_url_is_said_at_start, set_up, clean_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
