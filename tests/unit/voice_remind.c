/* Reminders on both stores: when they may be, in which batches they go out, and who has none. */
#include "inwrite.h"
#include "voice/voice.h"
#include "work/due.h"

static const char words[] = "questionnaire q\n en T\n zh-TW 題\nconsent\n en C\n zh-TW 同意\n"
			    "section s\n en S\n zh-TW 節\n"
			    "question w single\n en W\n zh-TW 文\n option x\n  en X\n  zh-TW 甲\n option y\n  en Y\n"
			    "  zh-TW 乙\n";
#define DAY (86400 * USEC)
enum { PEOPLE = VOICE_BATCH + 50 };

static void made(struct place *p, int people)
{
	static const uint8_t key[32] = { 7 };
	struct voice_import in = { .text = words, .n = strlen(words) };
	struct voice_new new = { .name = "s", .questionnaire = "q" };
	struct voice_frame_row *row = arena_array(p->mem, struct voice_frame_row, people);
	struct voice_draw draw = { .study = "s", .seed = 7 };
	struct voice_group_add group = { "s", "all", "All", "全部", "list x", 0, row, people };
	voice_setup(key, 0);
	for (int i = 0; i < people; i++)
		row[i] = (struct voice_frame_row){ arena_printf(p->mem, "p%04d@example.tw", i), "zh-TW", "" };
	assert_ok(in_write(p, voice_import, &in));
	assert_ok(in_write(p, voice_study_new, &new));
	assert_ok(in_write(p, voice_group_add, &group));
	assert_ok(in_write(p, voice_draw, &draw));
}

static void opened(struct place *p)
{
	struct voice_open open = { "s", clock_now() + 30 * DAY };
	assert_ok(in_write(p, voice_open, &open));
}

static enum st run_sql(struct req *rq, void *sql)
{
	return sql_run_vals(rq, NULL, sql, NULL, 0);
}

/* What falls due now, as the scheduler does it. */
static void due_now(struct place *p)
{
	for (int n = 1; n > 0;) {
		struct req rq = on_reader(p);
		assert_ok(due_run(p->s, &rq, voice_due_kinds, voice_due_count, &n));
		store_reader_done(p->s);
	}
}

static enum st remind(struct place *p, int64_t days, int64_t at)
{
	struct voice_remind a = { .study = "s", .days = days, .at = at };
	return in_write(p, voice_remind, &a);
}

static enum st drop(struct place *p, int number)
{
	struct voice_unremind a = { "s", number };
	return in_write(p, voice_unremind, &a);
}

static struct voice_reminder *rows_of(struct place *p, int *n)
{
	struct voice_study s;
	struct voice_reminder *k = arena_array(p->mem, struct voice_reminder, VOICE_REMINDERS_MAX);
	struct req rq = on_reader(p);
	assert_ok(voice_study_get(&rq, "s", &s));
	assert_ok(voice_reminders(&rq, &s, k, n));
	store_reader_done(p->s);
	return k;
}

static int letters(struct place *p, const char *payload, struct voice_letter *l, int max)
{
	struct entry e = { .subject = (char *)"s",
			   .room = (char *)"voice",
			   .verb = (char *)"reminders-due",
			   .payload = (char *)(uintptr_t)payload };
	int n = -1;
	struct req rq = on_reader(p);
	assert_true(voice_posts(&e));
	assert_ok(voice_letters(&rq, &e, "http://cert.tw", l, max, &n));
	store_reader_done(p->s);
	return n;
}

/* ── when ── */

static void days_become_times(struct place *p)
{
	int n;
	made(p, 1);
	assert_st(remind(p, 0, 0), ST_CONFLICT); /* not open: days only */
	assert_st(remind(p, 366, 0), ST_INVALID);
	assert_ok(remind(p, 7, 0));
	assert_st(remind(p, 7, 0), ST_CONFLICT); /* the same day */
	assert_ok(remind(p, 40, 0));
	assert_int_equal(rows_of(p, &n)[0].at, 0);
	assert_int_equal(n, 2);
	struct voice_open open = { "s", clock_now() + 30 * DAY };
	assert_st(in_write(p, voice_open, &open), ST_INVALID); /* the second would be after its end */
	assert_ok(drop(p, 2));
	assert_st(drop(p, 2), ST_NOTFOUND);
	opened(p);
	assert_int_equal(rows_of(p, &n)[0].at, T0 + 7 * DAY);
	assert_int_equal(number_of(p, "SELECT count(*) FROM work_due WHERE kind = 'survey-remind'"), 1);
	assert_st(remind(p, 31, 0), ST_INVALID);
	assert_st(remind(p, 0, T0 - 1), ST_INVALID);
	assert_st(remind(p, 0, T0 + 7 * DAY + DAY / 2), ST_CONFLICT);
	assert_ok(remind(p, 0, T0 + 9 * DAY));
	assert_ok(remind(p, 20, 0));
	assert_st(remind(p, 25, 0), ST_LIMIT);
	assert_ok(drop(p, 1));
	assert_int_equal(number_of(p, "SELECT count(*) FROM work_due WHERE kind = 'survey-remind'"), 2);
	assert_ok(remind(p, 25, 0)); /* takes the free number */
	assert_int_equal(rows_of(p, &n)[0].number, 1);
	assert_ok(in_write(p, voice_close, (char *)"s"));
	assert_st(remind(p, 26, 0), ST_CONFLICT);
	clock_set_for_test(T0 + 29 * DAY);
	due_now(p); /* nothing goes out of a closed study */
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE verb = 'reminders-due'"), 0);
}

/* ── who, in batches ── */

static void batches_are_full(struct place *p)
{
	struct voice_letter *l = arena_array(p->mem, struct voice_letter, 200);
	int n;
	made(p, PEOPLE);
	opened(p);
	assert_ok(in_write(p, run_sql, "UPDATE voice_invite SET sent_at = 1"));
	assert_ok(in_write(p, run_sql, "UPDATE voice_invite SET filled = 1 WHERE email < 'p0030'"));
	assert_ok(in_write(p, run_sql, "UPDATE voice_invite SET failed = 1 WHERE email = 'p0030@example.tw'"));
	assert_ok(in_write(p, run_sql, "UPDATE voice_invite SET stopped = 1 WHERE email = 'p0031@example.tw'"));
	assert_ok(in_write(p, run_sql, "UPDATE voice_invite SET sent_at = 0 WHERE email = 'p0032@example.tw'"));
	assert_int_equal(PEOPLE - 33, VOICE_BATCH + 17);
	clock_set_for_test(T0 + 2 * DAY);
	/* Reached a moment ago: not bothered again. */
	assert_ok(
		in_write(p, run_sql,
			 arena_printf(p->mem, "UPDATE voice_invite SET sent_at = %lld WHERE email = 'p0033@example.tw'",
				      (long long)(T0 + 2 * DAY - 1))));
	assert_ok(remind(p, 0, 0));
	due_now(p);
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE verb = 'reminders-due'"), 2);
	assert_int_equal(rows_of(p, &n)[0].ran_at, T0 + 2 * DAY);
	n = letters(p, "{\"reminder\":1,\"invitations\":\"1/1000000\"}", l, 200);
	assert_int_equal(n, 200);
	for (int i = 0; i < n; i++)
		assert_true(strcmp(l[i].to, "p0033") > 0 && strncmp(l[i].to, "p0033", 5) != 0 && l[i].reminder == 1);
	assert_string_equal(lang_tag(l[0].lang), "zh-TW");
	assert_non_null(strstr(l[0].message_id, "-r1@cert.tw"));
}

/* ── once ── */

struct went {
	const struct voice_letter *l;
	const char *refused;
};

static enum st went_write(struct req *rq, void *arg)
{
	struct went *w = arg;
	return w->refused ? voice_letter_refused(rq, w->l, w->refused) : voice_letters_sent(rq, &w->l, 1);
}

static enum st wanted(struct place *p, const struct voice_letter *l)
{
	struct req rq = on_reader(p);
	bool yes = false;
	assert_ok(voice_letters_wanted(&rq, l, 1, &yes));
	store_reader_done(p->s);
	return yes ? ST_OK : ST_NOTFOUND;
}

static void nobody_has_one_twice(struct place *p)
{
	static const char first[] = "{\"reminder\":1,\"invitations\":\"1/1000000\"}";
	struct voice_letter l[9];
	struct voice_funnel f;
	struct voice_study s;
	int n;
	made(p, 4);
	opened(p);
	assert_ok(in_write(p, run_sql, "UPDATE voice_invite SET sent_at = 1"));
	clock_set_for_test(T0 + 2 * DAY);
	assert_ok(remind(p, 0, 0));
	due_now(p);
	assert_int_equal(letters(p, first, l, 9), 4);
	assert_ok(in_write(p, went_write, &(struct went){ &l[0], NULL }));
	assert_ok(in_write(p, went_write, &(struct went){ &l[1], "550 gone" }));
	/* Filled and stopped between the composing and the sending. */
	assert_ok(wanted(p, &l[2]));
	assert_ok(in_write(p, run_sql, "UPDATE voice_invite SET filled = 1 WHERE email = 'p0002@example.tw'"));
	assert_st(wanted(p, &l[2]), ST_NOTFOUND);
	assert_int_equal(letters(p, first, l, 9), 1);
	assert_string_equal(l[0].to, "p0003@example.tw");
	assert_st(drop(p, 1), ST_NOTFOUND); /* it went out */
	struct req rq = on_reader(p);
	assert_ok(voice_study_get(&rq, "s", &s));
	assert_ok(voice_funnel(&rq, &s, -1, &f));
	store_reader_done(p->s);
	assert_int_equal(f.reminded, 1);
	assert_int_equal(f.failed, 1);
	assert_int_equal(rows_of(p, &n)[0].letters, 1);
	/* The second reaches who had the first. */
	clock_set_for_test(T0 + 4 * DAY);
	assert_ok(remind(p, 0, 0));
	due_now(p);
	assert_int_equal(letters(p, "{\"reminder\":2,\"invitations\":\"1/1000000\"}", l, 9), 2);
	assert_string_equal(l[0].to, "p0000@example.tw");
	assert_ok(in_write(p, voice_close, (char *)"s"));
	assert_st(wanted(p, &l[0]), ST_NOTFOUND);
}

struct many {
	const struct voice_letter *l[VOICE_SENT_MAX + 1];
	int n;
};

static enum st many_write(struct req *rq, void *arg)
{
	struct many *m = arg;
	return voice_letters_sent(rq, m->l, m->n);
}

/* In handfuls of any size, some again; two of the addresses are one person's, one is erased. */
static void together(struct place *p)
{
	static const int sizes[] = { 0, 1, 9, 10, 11, 20, 49, 50 };
	struct many m = { .n = 0 };
	made(p, 160);
	opened(p);
	assert_ok(in_write(p, run_sql,
			   "UPDATE voice_invite SET email = 'P0001@Example.tw' WHERE email = 'p0002@example.tw'"));
	assert_ok(in_write(p, run_sql, "UPDATE voice_invite SET email = '' WHERE email = 'p0003@example.tw'"));
	int64_t first = number_of(p, "SELECT min(id) FROM voice_invite"), all = 0;
	struct voice_letter *l = arena_array(p->mem, struct voice_letter, 160);
	for (int reminder = 0; reminder < 2; reminder++, all = 0) {
		for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++, all += m.n) {
			m.n = sizes[s];
			for (int i = 0; i < m.n; i++) {
				l[all + i] = (struct voice_letter){ .id = first + all + i, .reminder = reminder };
				m.l[i] = &l[all + i];
			}
			assert_ok(in_write(p, many_write, &m));
			clock_set_for_test(T0 + DAY);
			assert_ok(in_write(p, many_write, &m)); /* before a kill it was written down already */
			clock_set_for_test(T0);
		}
		assert_int_equal(all, 150);
		assert_int_equal(
			number_of(p, reminder ? "SELECT count(*) FROM voice_invite WHERE reminded = 2"
					      : arena_printf(p->mem,
							     "SELECT count(*) FROM voice_invite WHERE sent_at = %lld",
							     (long long)T0)),
			all);
		assert_int_equal(number_of(p, "SELECT count(*) FROM voice_asked"), all - 2);
		assert_ok(in_write(p, run_sql, "DELETE FROM voice_asked"));
	}
	m.n = VOICE_SENT_MAX + 1;
	m.l[VOICE_SENT_MAX] = m.l[0];
	assert_st(in_write(p, many_write, &m), ST_INTERNAL);
}

#define EACH(name) ON_EACH_DRIVER(test_##name, name)
EACH(days_become_times)
EACH(batches_are_full)
EACH(nobody_has_one_twice)
EACH(together)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_days_become_times),
		cmocka_unit_test(test_batches_are_full),
		cmocka_unit_test(test_nobody_has_one_twice),
		cmocka_unit_test(test_together),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
