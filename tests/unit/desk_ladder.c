/* The ladder replayed on both stores: rungs in working hours over a holiday and a made-up Saturday, the pause of "need
 * until", what a handler does to a step, versions, referrals. Times are of Taipei, which is eight hours ahead. */
#include "deskworld.h"
#include "desk/desk_ladder.h"
#include "desk/desk_sort.h"
#include "work/calendar.h"

#define BIRCH "abuse@birch.example"
#define CEDAR "abuse@cedar.example"
#define GROVE "abuse@grove.example"
#define RAIL "noc@rail.example"
#define AUTHORITY "cert@authority.example"
#define POLICE "desk@police.example"

static int64_t at(int month, int day, int hour)
{
	return time_from_civil(2026, month, day, hour, 0, 0) - 8 * HOUR;
}

static void until(struct world *w, int month, int day, int hour)
{
	assert_true(at(month, day, hour) >= w->now);
	advance(w, at(month, day, hour) - w->now);
}

static void set(struct world *w, const char *class_id, const char *const *rungs, enum st want)
{
	struct ladder l = { .class_id = (char *)class_id, .severity = (char *)"*" };
	for (; rungs[l.n]; l.n++)
		assert_true(rung_parse(w->p->mem, rungs[l.n], &l.rung[l.n]));
	assert_st(in_write(w->p, desk_ladder_set, &l), want);
}
#define SET(w, class_id, ...) set(w, class_id, (const char *const[]){ __VA_ARGS__, NULL }, ST_OK)

static void odd_day(struct world *w, const char *day, bool working)
{
	struct calendar_day d = { .working = working, .title = (char *)"odd" };
	struct calendar_days a = { .calendar = CALENDAR_SITE, .day = &d, .n = 1 };
	assert_true(calendar_day_parse(day, &d.day));
	assert_ok(in_write(w->p, calendar_days_set, &a));
}

static const struct case_notice *notice_to(const struct case_view *v, const char *email)
{
	for (int i = 0; i < v->nnotices; i++)
		if (strcmp(v->notice[i].email, email) == 0)
			return &v->notice[i];
	fail_msg("no notice to %s", email);
	return NULL;
}

/* Friday the 25th is a holiday, made up for on Saturday the 26th. */
static void working_hours(struct place *p)
{
	struct world *w = begin(p);
	odd_day(w, "2026-09-25", false);
	odd_day(w, "2026-09-26", true);
	SET(w, "spam", "remind=18w", "sponsor=18w", "authority=9w", "task=2h");
	until(w, 9, 23, 18); /* Wednesday, closing time */
	struct filed f = file_it(
		w, (struct what){
			   .obs = "birch.com.tw", .email = "ann@mail.example", .class_id = "spam", .who = &handler });
	struct case_view r = reporter_view(w, f.token);
	SEES(&r, "A reminder to the holder (Birch Ltd)");
	SEES(&r, "An answer from the holder (Birch Ltd), or we tell the next in line");
	assert_int_equal(r.due_at, at(9, 29, 18)); /* Thursday, Saturday, Monday, Tuesday */
	until(w, 9, 26, 17);
	assert_int_equal(mails_to(w, BIRCH), 1);
	until(w, 9, 26, 18);
	assert_int_equal(mails_to(w, BIRCH), 2);
	const struct mail *m = last_to(w, BIRCH);
	assert_string_equal(m->kind, "reminder");
	assert_non_null(strstr(m->subject, "we still need your answer"));
	r = reporter_view(w, f.token);
	SEES(&r, "We reminded the holder (Birch Ltd)");
	until(w, 9, 29, 17);
	assert_int_equal(mails_to(w, CEDAR), 0);
	until(w, 9, 29, 18);
	assert_int_equal(mails_to(w, CEDAR), 1);
	struct case_view s = staff_view(w, f.number);
	assert_int_equal(notice_to(&s, BIRCH)->state, NOTICE_SILENT);
	assert_null(notice_to(&s, BIRCH)->then); /* the sponsor climbs on */
	assert_string_equal(notice_to(&s, CEDAR)->then, "authority");
	until(w, 9, 30, 18);
	assert_int_equal(mails_to(w, "cert@authority.example"), 1);
	until(w, 9, 30, 20); /* the clock's hours run at night */
	s = staff_view(w, f.number);
	assert_true(has_task(&s, "nobody-answered"));
	finish(w);
}

/* A step that was late (nothing ran) does not move what comes after it. */
static void late(struct place *p)
{
	struct world *w = begin(p);
	SET(w, "spam", "remind=24h", "sponsor=24h");
	file_it(w, (struct what){ .obs = "birch.com.tw", .class_id = "spam", .who = &handler });
	advance(w, 47 * HOUR);
	assert_int_equal(mails_to(w, BIRCH), 2);
	advance(w, HOUR);
	assert_int_equal(mails_to(w, CEDAR), 1);
	/* Both at once: nobody is reminded of what is no longer waited for. */
	file_it(w, (struct what){ .obs = "maple.com.tw", .class_id = "spam", .who = &handler });
	advance(w, 72 * HOUR);
	assert_int_equal(mails_to(w, "abuse@maple.example"), 1);
	assert_int_equal(mails_to(w, CEDAR), 2);
	finish(w);
}

static void paused(struct place *p)
{
	struct world *w = begin(p);
	SET(w, "spam", "sponsor=18w", "task=0h");
	struct filed f = file_it(w, (struct what){ .obs = "birch.com.tw", .class_id = "spam", .who = &handler });
	until(w, 9, 22, 15); /* six of eighteen hours are gone */
	assert_ok(answer(w, BIRCH, ANSWER_NEED_UNTIL, "", at(9, 28, 9)));
	struct case_view s = staff_view(w, f.number);
	assert_int_equal(s.due_at, at(9, 29, 12));
	/* Asked again within the pause: it is none of the time that was left. */
	until(w, 9, 25, 12);
	assert_ok(answer(w, BIRCH, ANSWER_NEED_UNTIL, "", at(9, 29, 9)));
	s = staff_view(w, f.number);
	assert_int_equal(s.due_at, at(9, 30, 12));
	until(w, 9, 30, 11);
	assert_int_equal(mails_to(w, CEDAR), 0);
	/* It said it was fixed, and then needs time after all: the whole step from there. */
	assert_ok(answer(w, BIRCH, ANSWER_FIXED, "", 0));
	s = staff_view(w, f.number);
	assert_int_equal(s.due_at, 0);
	assert_ok(answer(w, BIRCH, ANSWER_NEED_UNTIL, "", at(10, 1, 9)));
	s = staff_view(w, f.number);
	assert_int_equal(s.due_at, at(10, 2, 18));
	until(w, 10, 2, 18);
	assert_int_equal(mails_to(w, CEDAR), 1);
	finish(w);
}

static void by_hand(struct place *p)
{
	struct world *w = begin(p);
	SET(w, "spam", "remind=10h", "sponsor=10h", "task=10h");
	struct filed f = file_it(w, (struct what){ .obs = "birch.com.tw", .class_id = "spam", .who = &handler });
	struct case_view s = staff_view(w, f.number);
	struct desk_act a = { .number = f.number, .id = notice_to(&s, BIRCH)->id };
	assert_st(act(w, desk_step_hold, a), ST_INVALID); /* why? */
	assert_st(act_as(w, &admin, desk_step_now, a), ST_DENIED);
	a.text = (char *)"They rang: tomorrow.";
	advance(w, 4 * HOUR);
	assert_ok(act(w, desk_step_hold, a));
	advance(w, 30 * DAY);
	assert_int_equal(mails_to(w, BIRCH), 1);
	s = staff_view(w, f.number);
	assert_true(notice_to(&s, BIRCH)->held);
	assert_int_equal(s.due_at, 0);
	SEES(&s, "What follows the silence of the holder (Birch Ltd) is on hold");
	SEES(&s, "On hold: what follows when the holder (Birch Ltd) does not answer");
	assert_string_equal(s.next, "Next: an answer from the holder (Birch Ltd)");
	struct case_view r = reporter_view(w, f.token);
	assert_false(has_step(&r, "is on hold"));
	a.text = NULL;
	assert_ok(act(w, desk_step_resume, a));
	advance(w, 5 * HOUR);
	assert_int_equal(mails_to(w, BIRCH), 1);
	advance(w, HOUR); /* six hours were left */
	assert_int_equal(mails_to(w, BIRCH), 2);
	a.text = (char *)"The registrar knows already.";
	assert_ok(act(w, desk_step_skip, a));
	s = staff_view(w, f.number);
	assert_string_equal(notice_to(&s, BIRCH)->then, "task");
	assert_int_equal(notice_to(&s, BIRCH)->then_at, w->now + 20 * HOUR);
	a.text = NULL;
	assert_ok(act(w, desk_step_now, a));
	s = staff_view(w, f.number);
	assert_true(has_task(&s, "nobody-answered"));
	assert_int_equal(mails_to(w, CEDAR), 0);
	SEES(&s, "A step was brought forward for the holder (Birch Ltd)");
	assert_st(act(w, desk_step_now, a), ST_CONFLICT); /* the top */
	a.id = 999;
	assert_st(act(w, desk_step_now, a), ST_NOTFOUND);
	finish(w);
}

static void reopened(struct place *p)
{
	struct world *w = begin(p);
	SET(w, "spam", "remind=10h", "sponsor=100h");
	struct filed f = file_it(w, (struct what){ .obs = "birch.com.tw", .class_id = "spam", .who = &handler });
	assert_ok(act(w, desk_case_close, (struct desk_act){ .number = f.number, .reason = (char *)"fixed" }));
	advance(w, 10 * DAY);
	assert_int_equal(mails_to(w, BIRCH), 1);
	assert_ok(act(w, desk_case_reopen, (struct desk_act){ .number = f.number }));
	advance(w, 23 * HOUR);
	assert_int_equal(mails_to(w, BIRCH), 1);
	advance(w, HOUR);
	assert_int_equal(mails_to(w, BIRCH), 2);
	finish(w);
}

static void referred(struct place *p)
{
	struct world *w = begin(p);
	static const char *const unknown[] = { "referral:nobody=1h", NULL };
	struct referral police = { (char *)"police", (char *)"Police", (char *)"desk@police.example", (char *)"zh-TW" },
			bad = { (char *)"police", (char *)"Police", (char *)"no address", (char *)"" };
	set(w, "spam", unknown, ST_INVALID);
	assert_ok(in_write(p, desk_referral_set, &police));
	assert_st(in_write(p, desk_referral_set, &bad), ST_INVALID);
	SET(w, "spam", "authority=10h", "referral:police=10h", "referral:regulator=10h");
	/* A network with nobody behind it but the authority. */
	struct filed f = file_it(w, (struct what){ .obs = "birch.com.tw",
						   .text = "SECRET-WORDS",
						   .email = "ann@mail.example",
						   .class_id = "spam",
						   .who = &handler });
	advance(w, 10 * HOUR);
	assert_int_equal(mails_to(w, "cert@authority.example"), 1);
	assert_int_equal(mails_to(w, CEDAR), 0); /* this ladder passes the sponsor over */
	advance(w, 10 * HOUR);
	const struct mail *m = last_to(w, "desk@police.example");
	assert_string_equal(m->kind, "referral");
	assert_string_equal(m->lang, "zh-TW");
	assert_non_null(strstr(m->subject, f.number));
	assert_non_null(strstr(m->body, "birch.com.tw"));
	assert_null(strstr(m->body, "SECRET-WORDS"));
	assert_null(strstr(m->body, "ann@mail.example"));
	struct case_view r = reporter_view(w, f.token);
	SEES(&r, "The case was referred to: Police");
	advance(w, 10 * HOUR); /* nobody's address: a task */
	struct case_view s = staff_view(w, f.number);
	assert_true(has_task(&s, "refer"));
	SEES(&s, "The case was referred to: Sector regulator");
	finish(w);
}

/* With nobody left to tell, what needs no party comes at once, and the rest by its hours. */
static void nobody_left(struct place *p)
{
	struct world *w = begin(p);
	struct referral police = { (char *)"police", (char *)"Police", (char *)"desk@police.example", (char *)"en" };
	assert_ok(in_write(p, desk_referral_set, &police));
	SET(w, "spam", "authority=10h", "sponsor=10h", "referral:police=50h", "task=10h");
	struct filed f = file_it(w, (struct what){ .obs = "birch.com.tw", .class_id = "spam", .who = &handler });
	advance(w, 10 * HOUR);
	assert_int_equal(mails_to(w, "cert@authority.example"), 1);
	advance(w, 40 * HOUR);
	assert_int_equal(mails_to(w, "desk@police.example"), 0);
	advance(w, 10 * HOUR); /* the sponsor stands before the authority: passed over */
	assert_int_equal(mails_to(w, "desk@police.example"), 1);
	advance(w, 10 * HOUR);
	struct case_view s = staff_view(w, f.number);
	assert_true(has_task(&s, "nobody-answered"));
	assert_int_equal(mails_to(w, CEDAR), 0);
	finish(w);
}

static void versions(struct place *p)
{
	struct world *w = begin(p);
	struct ladder l = { .class_id = (char *)"spam", .severity = (char *)"*", .n = 1 }, got;
	struct ladder *all = arena_array(p->mem, struct ladder, 500);
	int n;
	SET(w, "spam", "sponsor=10h");
	struct filed f = file_it(w, (struct what){ .obs = "birch.com.tw", .class_id = "spam", .who = &handler });
	advance(w, HOUR);
	SET(w, "spam", "sponsor=1000h"); /* from now on; what began before stays as it was */
	struct filed g = file_it(w, (struct what){ .obs = "maple.com.tw", .class_id = "spam", .who = &handler });
	struct case_view s = staff_view(w, f.number), t = staff_view(w, g.number);
	assert_int_equal(s.due_at, T0 + 10 * HOUR);
	assert_int_equal(t.due_at, w->now + 1000 * HOUR);
	struct req rq = on_reader(p);
	assert_ok(desk_ladder_of(&rq, "spam", "*", T0, &got));
	assert_int_equal(got.rung[0].hours, 10);
	assert_ok(desk_ladder_of(&rq, "spam", "*", T0 - 1, &got)); /* as it was delivered */
	assert_int_equal(got.n, 7);
	assert_ok(desk_ladder_of(&rq, "made-up-class", "high", w->now, &got));
	assert_string_equal(got.class_id, "*");
	assert_ok(desk_ladders(&rq, w->now, all, 500, &n));
	int now = n;
	assert_ok(desk_ladders(&rq, 0, all, 500, &n));
	assert_int_equal(n, now + 2);
	/* Of one alone, newest first; and what is in force, with what is to come. */
	assert_ok(desk_ladder_versions(&rq, "spam", "*", all, 500, &n));
	assert_int_equal(n, 3);
	assert_string_equal(rung_text(p->mem, &all[0].rung[0]), "sponsor=1000h");
	assert_int_equal(all[2].n, 7);
	assert_ok(desk_ladder_versions(&rq, "spam", "4", all, 500, &n));
	assert_int_equal(n, 0);
	assert_ok(desk_ladders_ahead(&rq, w->now, all, 500, &n));
	assert_int_equal(n, now);
	assert_ok(desk_ladders_ahead(&rq, T0, all, 500, &n));
	assert_int_equal(n, now + 1);
	assert_ok(desk_ladders_ahead(&rq, T0 - 1, all, 500, &n));
	assert_int_equal(n, now + 2);
	struct desk_class k[2] = { { .id = (char *)"spam" }, { .id = (char *)"made-up-class" } };
	struct answer_time time[2];
	assert_ok(desk_answer_times(&rq, k, 2, time));
	assert_true(time[0].hours == 1000 && !time[0].working);
	assert_true(time[1].hours == 27 + 18 && time[1].working); /* of the one for every class */
	store_reader_done(p->s);
	/* A severity of its own wins over "*", for its class. */
	l.severity = (char *)"3";
	assert_true(rung_parse(p->mem, "task=3w", &l.rung[0]));
	assert_ok(in_write(p, desk_ladder_set, &l));
	rq = on_reader(p);
	assert_ok(desk_ladder_of(&rq, "spam", "3", w->now, &got));
	assert_string_equal(rung_text(p->mem, &got.rung[0]), "task=3w");
	store_reader_done(p->s);
	l.valid_from = w->now - 1;
	assert_st(in_write(p, desk_ladder_set, &l), ST_INVALID);
	l.valid_from = 0;
	l.class_id = (char *)"no-such";
	assert_st(in_write(p, desk_ladder_set, &l), ST_NOTFOUND);
	p->who = handler;
	assert_st(in_write(p, desk_ladder_set, &l), ST_DENIED);
	finish(w);
}

/* The case's level chooses among the ladders of its class. */
static void graver(struct place *p)
{
	struct world *w = begin(p);
	struct ladder l = { .class_id = (char *)"spam", .severity = (char *)"4", .n = 1 };
	SET(w, "spam", "remind=24h", "sponsor=48h");
	assert_true(rung_parse(p->mem, "sponsor=2h", &l.rung[0]));
	assert_ok(in_write(p, desk_ladder_set, &l));
	struct filed grave = file_it(w, (struct what){ .obs = "birch.com.tw", .class_id = "spam" }),
		     light = file_it(w, (struct what){ .obs = "maple.com.tw", .class_id = "spam" });
	struct actor setter = p->who;
	p->who = handler;
	struct desk_sorting to_four = { .number = grave.number, .severity = (char *)"4" };
	assert_ok(in_write(p, desk_case_sort, &to_four));
	assert_ok(act(w, desk_notice_approve, (struct desk_act){ .number = grave.number }));
	assert_ok(act(w, desk_notice_approve, (struct desk_act){ .number = light.number }));
	advance(w, 2 * HOUR);
	assert_int_equal(mails_to(w, CEDAR), 1);
	advance(w, 21 * HOUR);
	assert_int_equal(mails_to(w, CEDAR), 1);
	l.severity = (char *)"no-level";
	p->who = setter;
	assert_st(in_write(p, desk_ladder_set, &l), ST_NOTFOUND);
	finish(w);
}

/* ── the whole way, a working day each: Friday the 25th is a holiday, and a week-end follows ── */

static struct world *days(struct place *p)
{
	struct world *w = begin(p);
	struct referral police = { (char *)"police", (char *)"Police", (char *)POLICE, (char *)"en" };
	carried_network(w);
	odd_day(w, "2026-09-25", false);
	assert_ok(in_write(p, desk_referral_set, &police));
	until(w, 9, 23, 18); /* Wednesday, closing time */
	return w;
}

/* The n-th letter to them is there at this hour, and was not an hour before; it is of this kind and says these words. */
static void comes(struct world *w, int month, int day, int hour, const char *to, int n, const char *kind,
		  const char *says)
{
	if (at(month, day, hour - 1) >= w->now) {
		until(w, month, day, hour - 1);
		assert_int_equal(mails_to(w, to), n - 1);
		until(w, month, day, hour);
	}
	assert_int_equal(mails_to(w, to), n);
	const struct mail *m = last_to(w, to);
	assert_string_equal(m->kind, kind);
	if (!strstr(m->text, says))
		fail_msg("\"%s\" is not in: %s", says, m->text);
}

static void nothing_more(struct world *w, int letters)
{
	int before = w->mails;
	assert_int_equal(before, letters);
	advance(w, 60 * DAY);
	assert_int_equal(w->mails, before);
}

static void network_climb(struct place *p)
{
	struct world *w = days(p);
	SET(w, "spam", "remind=9w", "upstream=9w", "authority=9w", "referral:police=9w");
	struct filed f = file_it(w, (struct what){ .obs = "1.160.0.9", .class_id = "spam", .who = &handler });
	comes(w, 9, 23, 18, GROVE, 1, "notice", "- 1.160.0.9");
	comes(w, 9, 24, 18, GROVE, 2, "reminder", "We have no answer yet.");
	until(w, 9, 27, 18);
	assert_int_equal(mails_to(w, RAIL), 0);
	comes(w, 9, 28, 18, RAIL, 1, "upstream",
	      "- 我們已在 2026 年 9 月 23 日 18:00（UTC+8）通知持有人，尚未收到回覆。\n");
	assert_string_equal(last_to(w, RAIL)->lang, "zh-TW");
	assert_non_null(strstr(last_to(w, RAIL)->subject, "：請上游網路協助"));
	struct case_view s = staff_view(w, f.number);
	assert_int_equal(notice_to(&s, GROVE)->state, NOTICE_SILENT);
	assert_string_equal(notice_to(&s, RAIL)->then, "authority");
	assert_int_equal(notice_to(&s, RAIL)->then_at, at(9, 29, 18));
	comes(w, 9, 29, 18, AUTHORITY, 1, "authority",
	      "- 我們已在 2026 年 9 月 23 日 18:00（UTC+8）通知持有人，尚未收到回覆。\n"
	      "- 我們已在 2026 年 9 月 28 日 18:00（UTC+8）通知上游網路，尚未收到回覆。\n");
	comes(w, 9, 30, 18, POLICE, 1, "referral", "We refer a case to you: Spam.");
	nothing_more(w, 5);
	finish(w);
}

/* A name and the network it lies on, under one ladder. What a rung tells is the next in each line: nobody sponsors a
 * network, so its upstream is told in the sponsor's turn, and nobody carries a name. */
static void both_climb(struct place *p)
{
	struct world *w = days(p);
	SET(w, "spam", "remind=9w", "sponsor=9w", "upstream=9w", "authority=9w", "referral:police=9w", "task=2h");
	struct filed f = file_it(
		w, (struct what){ .obs = "birch.com.tw", .obs2 = "1.160.0.9", .class_id = "spam", .who = &handler });
	comes(w, 9, 23, 18, BIRCH, 1, "notice", "Our records name you as the holder of birch.com.tw.");
	comes(w, 9, 23, 18, GROVE, 1, "notice", "- 1.160.0.9");
	comes(w, 9, 24, 18, BIRCH, 2, "reminder", "- birch.com.tw\n");
	comes(w, 9, 24, 18, GROVE, 2, "reminder", "- 1.160.0.9");
	until(w, 9, 27, 18);
	assert_int_equal(mails_to(w, CEDAR) + mails_to(w, RAIL), 0);
	comes(w, 9, 28, 18, CEDAR, 1, "sponsor",
	      "- We wrote to the holder on 23 Sep 2026, 18:00 (UTC+8), and have no answer.\n");
	comes(w, 9, 28, 18, RAIL, 1, "upstream",
	      "- 我們已在 2026 年 9 月 23 日 18:00（UTC+8）通知持有人，尚未收到回覆。\n");
	comes(w, 9, 29, 18, AUTHORITY, 1, "authority",
	      "- 關於 birch.com.tw：我們已在 2026 年 9 月 28 日 18:00（UTC+8）通知受理註冊商，尚未收到回覆。\n"
	      "- 關於 1.160.0.9：我們已在 2026 年 9 月 28 日 18:00（UTC+8）通知上游網路，尚未收到回覆。\n");
	comes(w, 9, 30, 18, POLICE, 1, "referral", "We refer a case to you: Spam.");
	until(w, 9, 30, 20);
	struct case_view s = staff_view(w, f.number);
	assert_true(has_task(&s, "nobody-answered"));
	nothing_more(w, 8);
	finish(w);
}

static void upstream_answers(struct place *p)
{
	struct world *w = days(p);
	SET(w, "spam", "remind=9w", "upstream=9w", "authority=9w", "referral:police=9w");
	struct filed f = file_it(w, (struct what){ .obs = "1.160.0.9", .class_id = "spam", .who = &handler }),
		     g = file_it(w, (struct what){ .obs = "1.160.0.10", .class_id = "spam", .who = &handler });
	until(w, 9, 28, 18);
	assert_int_equal(mails_to(w, RAIL), 2);
	until(w, 9, 29, 15); /* six of nine hours are gone, and three go on when the pause is over */
	assert_ok(answer(w, RAIL, ANSWER_NEED_UNTIL, "", at(10, 1, 9)));
	struct case_view s = staff_view(w, g.number);
	assert_string_equal(notice_to(&s, RAIL)->then, "authority");
	assert_int_equal(notice_to(&s, RAIL)->then_at, at(10, 1, 12));
	comes(w, 9, 29, 18, AUTHORITY, 1, "authority", "- 1.160.0.9"); /* the other case climbs on */
	comes(w, 10, 1, 12, AUTHORITY, 2, "authority",
	      "通知上游網路，對方回覆需要時間到 2026 年 10 月 1 日 09:00（UTC+8），之後未再回覆。\n");
	assert_int_equal(mails_to(w, POLICE), 1);
	/* An answer ends it: nobody is referred to, however long. */
	assert_ok(answer(w, AUTHORITY, ANSWER_FIXED, "", 0));
	until(w, 10, 30, 18);
	assert_int_equal(mails_to(w, POLICE), 1);
	s = staff_view(w, g.number);
	assert_int_equal(s.state, CASE_ANSWERED);
	s = staff_view(w, f.number);
	assert_int_equal(s.state, CASE_NOTIFIED);
	assert_int_equal(number_of(p, "SELECT count(*) FROM work_due WHERE kind = 'notice-due'"), 0);
	finish(w);
}

/* Whoever answers in the upstream's turn stops it before the next is told. */
static void upstream_fixes(struct place *p)
{
	struct world *w = days(p);
	SET(w, "spam", "upstream=9w", "authority=9w", "referral:police=9w");
	file_it(w, (struct what){ .obs = "1.160.0.9", .class_id = "spam", .who = &handler });
	comes(w, 9, 24, 18, RAIL, 1, "upstream", "您的網路承載");
	until(w, 9, 28, 17);
	assert_ok(answer(w, RAIL, ANSWER_FIXED, "", 0));
	nothing_more(w, 2);
	finish(w);
}

static void rungs(void **state)
{
	static const char *const bad[] = { "",		 "remind",	 "remind=",	    "remind=8",	   "remind=8d",
					   "remind=-1h", "remind=9999h", "referral=8h",	    "remind:x=8h", "shout=8h",
					   "task=h",	 "referral:=8h", "referral:A B=8h", "remind=8wh" };
	struct arena *mem = arena_new(1 << 20);
	struct rung r;
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (rung_parse(mem, bad[i], &r))
			fail_msg("%s was taken", bad[i]);
	assert_true(rung_parse(mem, "referral:police=0w", &r));
	assert_string_equal(rung_text(mem, &r), "referral:police=0w");
	assert_true(r.working);
	arena_free(mem);
}

ON_EACH_DRIVER(in_working_hours, working_hours)
ON_EACH_DRIVER(late_steps, late)
ON_EACH_DRIVER(need_until_pauses, paused)
ON_EACH_DRIVER(steps_by_hand, by_hand)
ON_EACH_DRIVER(reopened_cases, reopened)
ON_EACH_DRIVER(referrals, referred)
ON_EACH_DRIVER(nobody_is_left, nobody_left)
ON_EACH_DRIVER(ladders_have_versions, versions)
ON_EACH_DRIVER(ladder_of_the_level, graver)
ON_EACH_DRIVER(a_network_climbs, network_climb)
ON_EACH_DRIVER(a_name_and_a_network_climb, both_climb)
ON_EACH_DRIVER(the_upstream_needs_time, upstream_answers)
ON_EACH_DRIVER(the_upstream_answers, upstream_fixes)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_working_hours),	   cmocka_unit_test(late_steps),
		cmocka_unit_test(need_until_pauses),	   cmocka_unit_test(steps_by_hand),
		cmocka_unit_test(reopened_cases),	   cmocka_unit_test(referrals),
		cmocka_unit_test(nobody_is_left),	   cmocka_unit_test(ladder_of_the_level),
		cmocka_unit_test(ladders_have_versions),   cmocka_unit_test(rungs),
		cmocka_unit_test(a_network_climbs),	   cmocka_unit_test(a_name_and_a_network_climb),
		cmocka_unit_test(the_upstream_needs_time), cmocka_unit_test(the_upstream_answers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
