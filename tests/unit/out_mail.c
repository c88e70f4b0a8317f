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
#include <pthread.h>
#include <sys/socket.h>
#include "base/clock.h"
#include "base/log.h"
#include "out/mail/mail_int.h"
#include "pgp/pgp_int.h"
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

/* One address has a key. */
#define KEYED "keyed@b.example"
#define FPR "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
static int64_t key_expires_at;

enum st pgp_key_list(struct req *rq, struct pgp_key *out, int max, int *n)
{
	*n = 0;
	return ST_OK;
}
enum st pgp_key_get(struct req *rq, const char *address, struct pgp_key *out)
{
	if (strcmp(address, KEYED) != 0)
		return ST_NOTFOUND;
	*out = (struct pgp_key){ .fingerprint = S(FPR), .armour = S("armour"), .encrypts = true };
	out->expires_at = key_expires_at;
	return ST_OK;
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
enum st voice_letters_wanted(struct req *rq, const struct voice_letter *l, int n, bool *wanted)
{
	return ST_OK;
}
enum st voice_letters_sent(struct req *rq, const struct voice_letter *const *l, int n)
{
	return ST_OK;
}
enum st voice_letter_refused(struct req *rq, const struct voice_letter *l, const char *why)
{
	return ST_OK;
}
bool interview_posts(const struct entry *e)
{
	return false;
}
enum st interview_letters(struct req *rq, const struct entry *e, const char *url, struct interview_letter *out, int *n)
{
	*n = 0;
	return ST_OK;
}
enum st interview_letter_refused(struct req *rq, const struct interview_letter *l, const char *why)
{
	return ST_OK;
}
bool newsletter_posts(const struct entry *e)
{
	return false;
}
enum st newsletter_letters(struct req *rq, const struct entry *e, const char *url, struct newsletter_letter *out,
			   int *n)
{
	*n = 0;
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

/* ── the desk: entries "test" SUBJECT, two letters each, the first with a notice; "many": so many, a page at a time ── */

#define MANY (LETTERS_PAGE + 50)

static void many_letters(struct req *rq, const struct entry *e, struct letters *out)
{
	struct case_view *v = arena_new_of(rq->mem, struct case_view);
	v->number = e->subject;
	for (int64_t i = out->after; i < MANY && out->n < out->max; i++)
		out->letter[out->n++] = (struct letter){ .to = S("a@b.example"),
							 .subject = e->subject,
							 .message_id = arena_printf(rq->mem, "%lld.%lld@nic.example",
										    (long long)e->seq, (long long)i),
							 .template_ = S("notice"),
							 .text = S("Words"),
							 .about = v,
							 .id = i + 1,
							 .kind = MAIL_TO_HOLDER };
	out->next = out->after + out->n < MANY ? out->after + out->n : 0;
}

bool desk_posts(const struct entry *e)
{
	return true;
}

enum st desk_letters(struct req *rq, const struct entry *e, const char *public_url, struct letters *out)
{
	if (strcmp(e->room, "test") != 0)
		return ST_NOTFOUND;
	if (strcmp(e->verb, "many") == 0)
		return many_letters(rq, e, out), ST_OK;
	struct case_view *v = arena_new_of(rq->mem, struct case_view);
	v->number = e->subject;
	for (int i = 0; i < 2; i++) {
		static struct letter_file file = { S("list.txt"), S("multipart/alternative"), S("words"), 5 };
		bool bad = i == 0 && strcmp(e->verb, "bad") == 0, keyed = i == 0 && strncmp(e->verb, "keyed", 5) == 0;
		out->letter[out->n++] = (struct letter){ .to = S(bad	 ? "nobody"
								 : keyed ? KEYED
									 : "a@b.example"),
							 .subject = e->subject,
							 .message_id = arena_printf(rq->mem, "%lld.%d@nic.example",
										    (long long)e->seq, i),
							 .template_ = S(i ? "message" : "notice"),
							 .text = S("Words"),
							 .about = strcmp(e->verb, "keyed-no-case") ? v : NULL,
							 .file = &file,
							 .nfiles = strcmp(e->verb, "keyed-file") == 0,
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

enum st desk_digest_sent(struct req *rq, void *sent_arg)
{
	return err_set(&rq->err, ST_INTERNAL, "no digest is sent here");
}

enum st desk_digest_failed(struct req *rq, void *sent_arg)
{
	return err_set(&rq->err, ST_INTERNAL, "no digest is sent here");
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
	static const struct migration *const rooms[] = { journal_migrations, due_migrations, task_migrations,
							 letter_migrations };
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

static struct mail *start_with(struct env *x, struct pgp *pgp)
{
	struct err e = { 0 };
	struct mail *m = mail_start(&(struct mail_opts){ &x->cfg, x->s, "http://nic.example", pgp }, &e);
	assert_string_equal(e.msg, "");
	assert_non_null(m);
	return m;
}

static struct mail *start(struct env *x)
{
	return start_with(x, NULL);
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

/* An entry of several pages is stopped amid them, and goes on there; seen again it sends nothing. */
static void pages_of_letters_go_on_where_they_stopped(void **state)
{
	struct env *x = *state;
	int64_t zero = 0;
	int stops = 0;
	happen(x, "many", 1);
	for (; files(x) < MANY; stops++) {
		struct mail *m = start(x);
		for (int had = files(x); files(x) < had + 20 && files(x) < MANY;)
			usleep(500);
		mail_stop(m);
	}
	assert_true(stops >= 2);
	for (int round = 0; round < 2; round++) {
		struct mail_stats st;
		struct mail *m = start(x);
		caught_up(x, m);
		mail_stats(m, &st);
		mail_stop(m);
		assert_true(round == 0 || st.sent == 0);
		assert_int_equal(files(x), MANY);
		for (int i = 1; i <= MANY; i++) {
			char key[24];
			snprintf(key, sizeof key, "sent %d", i);
			assert_string_equal(setting(x, key), "1");
		}
		assert_int_equal(store_write(x->s, &x->rq, rewind_one, &zero), ST_OK);
	}
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

/* ── a role of the test's own: one answer to every question ── */

struct fake {
	pthread_t thread;
	struct pgp *pgp;
	int fd;
	enum st says;
	struct buf asked; /* the last question */
};

static void *fake_role(void *arg)
{
	struct fake *f = arg;
	uint8_t packet[PGP_PACKET];
	struct pgp_join j = { 0 };
	ssize_t n;
	while ((n = recv(f->fd, packet, sizeof packet, 0)) > 0) {
		size_t at = 0;
		if (!pgp_join_add(&j, packet, (size_t)n))
			continue;
		buf_reset(&f->asked);
		buf_add(&f->asked, buf_cstr(&j.whole), j.whole.n);
		n = (ssize_t)pgp_cut(packet, j.id, (uint8_t)f->says, "sealed\n", 7, &at);
		send(f->fd, packet, (size_t)n, MSG_NOSIGNAL);
	}
	pgp_join_free(&j);
	return NULL;
}

static void fake_start(struct fake *f, enum st says)
{
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	*f = (struct fake){ .pgp = pgp_attach(pair[0]), .fd = pair[1], .says = says, .asked = { .max = 1 << 20 } };
	assert_int_equal(pthread_create(&f->thread, NULL, fake_role, f), 0);
}

static void fake_stop(struct fake *f)
{
	pgp_free(f->pgp);
	pthread_join(f->thread, NULL);
	close(f->fd);
	buf_free(&f->asked);
}

/* The due rows of a kind until `until`. */
static int due_rows(struct env *x, const char *kind, int64_t until)
{
	char *subject[20];
	int n = 0;
	x->rq.db = store_reader(x->s, NULL);
	assert_int_equal(due_page(&x->rq, kind, "", until, subject, 20, &n), ST_OK);
	store_reader_done(x->s);
	return n;
}

static struct task only_task(struct env *x, const char *subject)
{
	struct task t[4] = { { .kind = S(""), .text = S("") } };
	int n = 0;
	x->rq.db = store_reader(x->s, NULL);
	assert_int_equal(task_list(&x->rq, subject, true, t, 4, &n), ST_OK);
	store_reader_done(x->s);
	assert_true(n <= 1);
	return t[0];
}

/* What is done with a letter that the role would not seal: alone, whatever the reason is. */
static void a_letter_that_is_not_sealed_waits_alone(void **state)
{
	static const struct {
		enum st says;
		const char *expired, *kind, *words, *due;
		int files; /* of two letters */
	} rows[] = {
		{ ST_OK, "hold", "", "", "", 2 },
		{ ST_BUSY, "hold", "", "", "mail-letter", 1 },
		{ ST_BUSY, "clear", "", "", "mail-letter", 1 },
		{ ST_CONFLICT, "hold", "pgp-key", "recipient's PGP key can't be used", "mail-held", 1 },
		{ ST_CONFLICT, "clear", "", "", "", 2 },
		{ ST_NOTFOUND, "hold", "pgp-key", "our own PGP key has expired", "mail-held", 1 },
		{ ST_NOTFOUND, "clear", "pgp-key", "our own PGP key has expired", "mail-held", 1 },
		{ ST_LIMIT, "clear", "letter-failing", KEYED, "mail-held", 1 },
		{ ST_INTERNAL, "clear", "letter-failing", KEYED, "mail-held", 1 },
		{ ST_INVALID, "clear", "letter-failing", KEYED, "mail-held", 1 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		void *place;
		struct fake f;
		assert_int_equal(set_up(&place), 0);
		struct env *x = place;
		x->cfg.pgp_expired = S(rows[i].expired);
		fake_start(&f, rows[i].says);
		struct mail *m = start_with(x, f.pgp);
		happen(x, "keyed", 1);
		caught_up(x, m);
		mail_stop(m);
		fake_stop(&f);
		assert_int_equal(files(x), rows[i].files);
		assert_string_equal(setting(x, "failed 1"), ""); /* nobody's address is to blame */
		assert_int_equal(due_rows(x, "mail-letter", INT64_MAX), !strcmp(rows[i].due, "mail-letter"));
		assert_int_equal(due_rows(x, "mail-held", INT64_MAX), !strcmp(rows[i].due, "mail-held"));
		struct task t = only_task(x, "NC-1");
		assert_string_equal(t.kind, rows[i].kind);
		assert_non_null(strstr(t.text, rows[i].words));
		clean_up(&place);
	}
}

static enum st keep_broken(struct req *rq, void *arg)
{
	return sql_run(
		rq,
		"INSERT INTO letter_template(purpose, lang, version, subject, text, html, note, actor, account, at) "
		"VALUES('notice', 'en', 1, 'S', $1, '', '', 'cli', 0, 1)",
		V((char *)arg));
}

static void a_letter_whose_template_is_broken_waits_alone(void **state)
{
	struct env *x = *state;
	assert_int_equal(store_write(x->s, &x->rq, keep_broken, S("{?words} never closed")), ST_OK);
	struct mail *m = start(x);
	happen(x, "good", 1);
	caught_up(x, m);
	mail_stop(m);
	assert_int_equal(files(x), 1); /* the other one */
	assert_string_equal(setting(x, "failed 1"), "");
	assert_int_equal(due_rows(x, "mail-held", INT64_MAX), 1);
	struct task t = only_task(x, "NC-1");
	assert_string_equal(t.kind, "letter-failing");
	assert_non_null(strstr(t.text, "line 1"));
}

/* Signing is a favour: without it the letter goes all the same, and staff are told. */
static void a_letter_goes_without_a_signature(void **state)
{
	struct env *x = *state;
	struct fake f;
	x->cfg.pgp_sign = true;
	fake_start(&f, ST_NOTFOUND);
	struct mail *m = start_with(x, f.pgp);
	happen(x, "good", 1);
	caught_up(x, m);
	mail_stop(m);
	fake_stop(&f);
	assert_int_equal(files(x), 2);
	assert_string_equal(setting(x, "sent 1"), "1");
	struct task t = only_task(x, "NC-1");
	assert_string_equal(t.kind, "pgp-key");
	assert_non_null(strstr(t.text, "without a signature"));
}

static enum st bind_key(struct req *rq, void *arg)
{
	return journal_append(rq, &(struct fact){ "who", "pgp:" FPR, "pgp-key-bound", NULL, 0 });
}

static enum st fall_due(struct req *rq, void *arg)
{
	return journal_append(rq, &(struct fact){ "mail", arg, "letter-due", NULL, 0 });
}

static void wait_until(struct env *x, struct mail *m, const char *kind, int64_t after, int64_t until)
{
	caught_up(x, m);
	assert_int_equal(due_rows(x, kind, after), 0);
	assert_int_equal(due_rows(x, kind, until), 1);
}

/* After an hour, then after as long as it has waited, after a day at most; at once when there is a new key. */
static void a_held_letter_waits_longer_and_is_woken(void **state)
{
	static const int64_t hour = 3600 * USEC, t0 = 1800000000 * USEC;
	struct env *x = *state;
	struct fake f;
	char *subject[2];
	int n = 0;
	clock_set_for_test(t0);
	key_expires_at = t0 - 1;
	x->cfg.pgp_expired = S("hold");
	fake_start(&f, ST_OK);
	struct mail *m = start_with(x, f.pgp);
	happen(x, "keyed-no-case", 1);
	wait_until(x, m, "mail-held", t0 + hour - 1, t0 + hour);
	assert_non_null(strstr(only_task(x, "mail:" FPR).text, "has expired"));
	x->rq.db = store_reader(x->s, NULL);
	assert_int_equal(due_page(&x->rq, "mail-held", "", INT64_MAX, subject, 2, &n), ST_OK);
	store_reader_done(x->s);
	static const int64_t waited[] = { 1, 5, 24, 24 * 30 }, next[] = { 1, 5, 24, 24 };
	for (size_t i = 0; i < sizeof waited / sizeof *waited; i++) {
		int64_t now = t0 + waited[i] * hour;
		clock_set_for_test(now);
		assert_int_equal(store_write(x->s, &x->rq, fall_due, subject[0]), ST_OK);
		wait_until(x, m, "mail-held", now + next[i] * hour - 1, now + next[i] * hour);
	}
	key_expires_at = 0;
	assert_int_equal(store_write(x->s, &x->rq, bind_key, NULL), ST_OK);
	caught_up(x, m);
	assert_int_equal(due_rows(x, "mail-held", clock_now()), 1);
	assert_int_equal(store_write(x->s, &x->rq, fall_due, subject[0]), ST_OK);
	caught_up(x, m);
	mail_stop(m);
	fake_stop(&f);
	clock_set_for_test(0);
	assert_int_equal(files(x), 2);
}

static const char *next_line(const char *s)
{
	const char *nl = strchr(s, '\n');
	return nl ? nl + 1 : s + strlen(s);
}

/* Protected headers belong to the message within, also where a part of it is multipart/alternative. */
static void the_true_subject_is_of_the_whole_message(void **state)
{
	struct env *x = *state;
	struct fake f;
	fake_start(&f, ST_OK);
	x->cfg.pgp_expired = S("hold");
	struct mail *m = start_with(x, f.pgp);
	happen(x, "keyed-file", 1);
	caught_up(x, m);
	mail_stop(m);
	const char *inside = strstr(buf_cstr(&f.asked) + 4 + 40 + 4, "Subject: "), *protected = NULL;
	assert_non_null(inside);
	const char *end = strstr(inside, "\r\n\r\n"), *type = strstr(inside, "Content-Type: multipart/mixed;");
	assert_true(type && end && type < end);
	protected = strstr(inside, "protected-headers=\"v1\"");
	assert_true(protected && protected < next_line(type));
	assert_null(strstr(protected + 1, "protected-headers"));
	assert_non_null(strstr(end, "multipart/alternative"));
	fake_stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_letter_once_over_restarts, set_up, clean_up),
		cmocka_unit_test_setup_teardown(an_entry_seen_again_sends_nothing, set_up, clean_up),
		cmocka_unit_test_setup_teardown(pages_of_letters_go_on_where_they_stopped, set_up, clean_up),
		cmocka_unit_test_setup_teardown(an_address_that_is_none_is_staff_work, set_up, clean_up),
		cmocka_unit_test_setup_teardown(a_folder_that_is_away_holds_mail_back, set_up, clean_up),
		cmocka_unit_test_setup_teardown(a_wrong_url_is_said_at_start, set_up, clean_up),
		cmocka_unit_test(a_letter_that_is_not_sealed_waits_alone),
		cmocka_unit_test_setup_teardown(a_letter_goes_without_a_signature, set_up, clean_up),
		cmocka_unit_test_setup_teardown(a_held_letter_waits_longer_and_is_woken, set_up, clean_up),
		cmocka_unit_test_setup_teardown(a_letter_whose_template_is_broken_waits_alone, set_up, clean_up),
		cmocka_unit_test_setup_teardown(the_true_subject_is_of_the_whole_message, set_up, clean_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
