/* What a letter to the next in line says of those before it, on both stores: of whom was written to, what came of it; of
 * whom nobody wrote to, nothing. */
#include "deskworld.h"
#include "desk/desk_ladder.h"

#define TELECOM "abuse@telecom.example"
#define NOC "noc@telecom.example"
#define MAPLE "abuse@maple.example"
#define BIRCH "abuse@birch.example"
#define CEDAR "abuse@cedar.example"
#define AUTHORITY "cert@authority.example"

/* Every party has ten hours. */
static struct world *hours(struct place *p, const char *class_id)
{
	struct world *w = begin(p);
	struct ladder l = { .class_id = (char *)class_id, .severity = (char *)"*", .n = 3 };
	for (int i = 0; i < l.n; i++)
		l.rung[i] = (struct rung){ (enum rung_what)(RUNG_SPONSOR + i), 10, false, (char *)"" };
	assert_ok(in_write(p, desk_ladder_set, &l));
	return w;
}

static struct filed about(struct world *w, const char *class_id, const char *one, const char *two)
{
	return file_it(w, (struct what){ .obs = one, .obs2 = two, .class_id = class_id, .who = &handler });
}

static const char *when(struct world *w, int64_t at, const char *lang)
{
	return arena_printf(w->p->mem, strcmp(lang, "en") ? "%s（UTC+8）" : "%s (UTC+8)",
			    time_people(w->p->mem, at, lang, 480));
}

/* The letter is of that kind and says these words; `not`: and not these. */
static void reads(struct world *w, const char *to, const char *kind, const char *says, const char * not )
{
	const struct mail *m = last_to(w, to);
	assert_string_equal(m->kind, kind);
	if (!strstr(m->text, says))
		fail_msg("\"%s\" is not in: %s", says, m->text);
	if (not &&strstr(m->text, not ))
		fail_msg("\"%s\" is in: %s", not, m->text);
}
#define SAYS(w, to, kind, not, ...) reads(w, to, kind, arena_printf((w)->p->mem, __VA_ARGS__), not )

static void silent(struct place *p)
{
	struct world *w = hours(p, "spam");
	about(w, "spam", "birch.com.tw", NULL);
	const char *first = when(w, w->now, "en"), *zh = when(w, w->now, "zh-TW");
	reads(w, BIRCH, "notice", "Our records name you as the holder of birch.com.tw.", "We wrote");
	advance(w, 10 * HOUR);
	const char *then = when(w, w->now, "zh-TW");
	SAYS(w, CEDAR, "sponsor", "Birch Ltd", "- We wrote to the holder on %s, and have no answer.\n", first);
	assert_non_null(strstr(last_to(w, CEDAR)->subject, "Spam: your help as the sponsor (registrar) is needed"));
	advance(w, 10 * HOUR);
	SAYS(w, AUTHORITY, "authority", "Birch Ltd",
	     "處理經過與時間\n--------------\n\n- 我們已在 %s通知持有人，尚未收到回覆。\n- 我們已在 "
	     "%s通知受理註冊商，尚未收到回覆。\n",
	     zh, then);
	assert_non_null(strstr(last_to(w, AUTHORITY)->subject, "：請國家主管機關協助"));
	assert_int_equal(mails_to(w, CEDAR) + mails_to(w, AUTHORITY) + mails_to(w, BIRCH), 3);
	finish(w);
}
ON_EACH_DRIVER(who_was_silent, silent)

/* Registered for abuse: its holder must not hear of it, and nobody reads that it did. */
static void sponsor_first(struct place *p)
{
	struct world *w = hours(p, "registered-abuse");
	about(w, "registered-abuse", "birch.com.tw", NULL);
	const char *at = when(w, w->now, "zh-TW");
	reads(w, CEDAR, "sponsor", "We have not written to the holder about it.", "We wrote");
	/* One whose holder could not be written to anyhow is no other. */
	about(w, "registered-abuse", "silent.com.tw", NULL);
	reads(w, CEDAR, "sponsor", "We have not written to the holder about it.", "no address");
	advance(w, 10 * HOUR);
	SAYS(w, AUTHORITY, "authority", "持有人", "- 我們已在 %s通知受理註冊商，尚未收到回覆。\n", at);
	assert_int_equal(mails_to(w, BIRCH), 0);
	finish(w);
}
ON_EACH_DRIVER(the_sponsor_is_told_first, sponsor_first)

static void out_of_reach(struct place *p)
{
	struct world *w = hours(p, "spam");
	about(w, "spam", "silent.com.tw", NULL); /* no address on file */
	reads(w, CEDAR, "sponsor", "- We know no address at which the holder can be reached.\n", "We wrote");
	struct filed f = about(w, "spam", "birch.com.tw", NULL); /* one that does not take it */
	struct case_view s = staff_view(w, f.number);
	struct sent_arg a = { s.notice[0].id, (char *)"<x@y>", 0 };
	assert_ok(in_write(p, desk_notice_failed, &a));
	follow(w);
	reads(w, CEDAR, "sponsor", "- We know no address at which the holder can be reached.\n", "We wrote");
	about(w, "spam", "nobody.com.tw", NULL);
	reads(w, AUTHORITY, "authority", "- 我們沒有可以聯絡到持有人的信箱。\n- 我們沒有可以聯絡到受理註冊商的信箱。\n",
	      NULL);
	finish(w);
}
ON_EACH_DRIVER(who_can_not_be_reached, out_of_reach)

static void answered(struct place *p)
{
	struct world *w = hours(p, "spam");
	struct filed f = about(w, "spam", "1.34.1.1", NULL);
	const char *at = when(w, w->now, "zh-TW"), *en = when(w, w->now, "en");
	assert_ok(answer(w, TELECOM, ANSWER_NOT_OURS, "", 0));
	SAYS(w, NOC, "upstream", NULL, "- 我們已在 %s通知持有人，對方回覆不屬於他們。\n", at);
	assert_non_null(strstr(last_to(w, NOC)->subject, "：請上游網路協助"));
	/* Brought forward by staff: before the time is over, and after an answer. */
	f = about(w, "spam", "birch.com.tw", NULL);
	struct case_view s = staff_view(w, f.number);
	assert_ok(act(w, desk_escalate, (struct desk_act){ .number = f.number, .id = s.notice[0].id }));
	SAYS(w, CEDAR, "sponsor", "in time", "- We wrote to the holder on %s, and have no answer.\n", en);
	f = about(w, "spam", "maple.com.tw", NULL);
	assert_ok(answer(w, MAPLE, ANSWER_FALSE_ALARM, "", 0));
	s = staff_view(w, f.number);
	assert_ok(act(w, desk_escalate, (struct desk_act){ .number = f.number, .id = s.notice[0].id }));
	SAYS(w, CEDAR, "sponsor", NULL, "- We wrote to the holder on %s; the answer was that it is a false alarm.\n",
	     en);
	/* It asked for time, and let it pass. */
	advance(w, HOUR);
	en = when(w, w->now, "en");
	about(w, "spam", "pay.birch.com.tw", NULL);
	int64_t until = w->now + 50 * HOUR;
	assert_ok(answer(w, BIRCH, ANSWER_NEED_UNTIL, "", until));
	advance(w, 60 * HOUR);
	SAYS(w, CEDAR, "sponsor", NULL,
	     "- We wrote to the holder on %s; the answer was that they need until %s, and nothing came after that.\n",
	     en, when(w, until, "en"));
	finish(w);
}
ON_EACH_DRIVER(what_was_answered, answered)

/* Two holders of one sponsor, silent at the same time: it gets one letter, and each sentence says what it is about. */
static void in_part(struct place *p)
{
	struct world *w = hours(p, "spam");
	about(w, "spam", "http://birch.com.tw/x", "maple.com.tw");
	const char *at = when(w, w->now, "en");
	advance(w, 10 * HOUR);
	assert_int_equal(mails_to(w, CEDAR), 1);
	SAYS(w, CEDAR, "sponsor", NULL,
	     "- About hxxp://birch.com.tw/x: We wrote to the holder on %s, and have no answer.\n", at);
	SAYS(w, CEDAR, "sponsor", NULL, "- About maple.com.tw: We wrote to the holder on %s, and have no answer.\n",
	     at);
	finish(w);
}
ON_EACH_DRIVER(what_each_is_about, in_part)

static const char *sample(struct world *w, const char *number, enum purpose purpose)
{
	static const struct config cfg = { .site_name = (char *)"Our CERT", .site_zone = 480 };
	static const struct face face = { &cfg, URL };
	static const struct actor lead = { "staff:3", ROLE_LEAD, 3 };
	struct template_sample out;
	struct wording words = { 0 };
	struct req rq = on_reader(w->p);
	rq.who = &lead;
	if (letter_template_sample(&rq, &face, purpose, LANG_EN, &words, number, &out))
		fail_msg("%s", rq.err.msg);
	store_reader_done(w->p->s);
	return out.text;
}

/* Looked at on a case: what has happened in it, nothing else. */
static void looked_at(struct place *p)
{
	struct world *w = hours(p, "spam");
	struct filed f = about(w, "spam", "birch.com.tw", NULL), g = about(w, "registered-abuse", "maple.com.tw", NULL),
		     h = file_it(w, (struct what){ .obs = "1.34.1.1", .class_id = "spam" }); /* its notice waits */
	const char *at = when(w, w->now, "en");
	assert_non_null(strstr(sample(w, f.number, FOR_SPONSOR),
			       arena_printf(p->mem, "- We wrote to the holder on %s, and have no answer.\n", at)));
	assert_non_null(strstr(sample(w, g.number, FOR_SPONSOR), "We have not written to the holder about it.\n"));
	assert_non_null(strstr(sample(w, h.number, FOR_UPSTREAM), "We have not written to anybody nearer to it.\n"));
	assert_non_null(strstr(sample(w, h.number, FOR_UPSTREAM), "Your network carries the traffic of"));
	const char *s = sample(w, g.number, FOR_AUTHORITY);
	assert_non_null(strstr(s, arena_printf(p->mem, "- We wrote to the sponsor on %s, and have no answer.\n", at)));
	assert_null(strstr(s, "the holder"));
	assert_non_null(strstr(sample(w, f.number, FOR_NOTICE), "Our records name you as the holder of birch.com.tw."));
	finish(w);
}
ON_EACH_DRIVER(a_look_at_the_case, looked_at)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_was_silent),	  cmocka_unit_test(the_sponsor_is_told_first),
		cmocka_unit_test(who_can_not_be_reached), cmocka_unit_test(what_was_answered),
		cmocka_unit_test(what_each_is_about),	  cmocka_unit_test(a_look_at_the_case),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
