/* Cases from report to close, replayed on both stores: who is told, when, and in which order. */
#include "deskworld.h"

/* ── the main road ── */

static void main_road(struct place *p)
{
	struct world *w = begin(p);
	struct filed f = file_it(w, (struct what){ .obs = "hxxps://pay.maple[.]com[.]tw/login",
						   .text = "I nearly paid.",
						   .email = "ann@mail.example",
						   .class_id = "phishing",
						   .share = true });
	assert_string_equal(f.number, "NC-2026-000001");
	assert_int_equal(strlen(f.token), 26);
	assert_int_equal(strlen(f.digest), 64);
	/* An unconfirmed report waits; its reporter gets the one letter with both links. */
	assert_int_equal(mails_to(w, "abuse@maple.example"), 0);
	assert_int_equal(mails_to(w, "ann@mail.example"), 1);
	assert_string_equal(last_to(w, "ann@mail.example")->kind, "receipt");
	assert_string_equal(token_of(last_to(w, "ann@mail.example")->link), f.token);
	struct case_view s = staff_view(w, f.number), r = reporter_view(w, f.token);
	assert_int_equal(s.state, CASE_RECEIVED);
	assert_int_equal(s.nnotices, 1);
	assert_int_equal(s.notice[0].state, NOTICE_WAITING);
	assert_string_equal(s.notice[0].why_waiting,
			    "The reporter's address is not confirmed: check the report before the notice goes out.");
	assert_string_equal(s.obs[0].value, "https://pay.maple.com.tw/login");
	SEES(&r, "We found who is responsible: the holder (Maple Trading)");
	assert_string_equal(r.next, "Next: a person checks the report");
	confirm(w, "ann@mail.example");
	follow(w);
	assert_int_equal(mails_to(w, "abuse@maple.example"),
			 1); /* she stands by it, and phishing is urgent: it goes out */

	assert_ok(act(w, desk_notice_approve, (struct desk_act){ .number = f.number }));
	const struct mail *m = last_to(w, "abuse@maple.example");
	assert_string_equal(m->kind, "notice");
	assert_string_equal(m->lang, "zh-TW");
	assert_non_null(strstr(m->body, "I nearly paid."));
	assert_null(strstr(m->body, "ann@mail.example"));
	r = reporter_view(w, f.token);
	SEES(&r, "We told the holder (Maple Trading)");
	assert_int_equal(r.state, CASE_NOTIFIED);
	assert_int_equal(r.due_at, w->now + DAY);
	assert_int_equal(mails_to(w, "ann@mail.example"), 2);
	assert_string_equal(last_to(w, "ann@mail.example")->kind, "progress");

	assert_ok(answer(w, "abuse@maple.example", ANSWER_FIXED, "An old plug-in, said Bob.", 0));
	assert_ok(answer(w, "abuse@maple.example", ANSWER_FIXED, "An old plug-in, said Bob.", 0));
	s = staff_view(w, f.number);
	assert_int_equal(s.state, CASE_ANSWERED);
	assert_true(has_task(&s, "verify"));
	SEES(&s, "Answer from the holder (Maple Trading): it is fixed");
	assert_int_equal(mails_to(w, "ann@mail.example"), 3);
	assert_null(strstr(last_to(w, "ann@mail.example")->body, "Bob"));

	assert_st(act(w, desk_case_close, (struct desk_act){ .number = f.number, .reason = "because" }), ST_INVALID);
	assert_ok(act(w, desk_case_close, (struct desk_act){ .number = f.number, .reason = "fixed" }));
	r = reporter_view(w, f.token);
	assert_int_equal(r.state, CASE_CLOSED);
	SEES(&r, "Case closed: the trouble is gone");
	assert_string_equal(last_to(w, "ann@mail.example")->kind, "closed");
	assert_st(answer(w, "abuse@maple.example", ANSWER_NOT_OURS, "", 0), ST_CONFLICT);
	/* A closed case takes nobody in: the next report opens a new one. */
	struct filed g = file_it(w, (struct what){ .obs = "https://pay.maple.com.tw/login", .class_id = "phishing" });
	assert_false(g.joined);
	assert_string_equal(g.number, "NC-2026-000002");
	assert_int_equal(number_of(p, "SELECT count(*) FROM work_due WHERE kind = 'notice-due'"), 0);
	finish(w);
}
ON_EACH_DRIVER(report_to_close, main_road)

static void at_once(struct place *p)
{
	struct world *w = begin(p);
	file_it(w, (struct what){ .obs = "birch.com.tw", .email = "ann@mail.example", .class_id = "spam" });
	confirm(w, "ann@mail.example");
	/* Whoever types her address is not her: nothing goes out until she stands by this report too. */
	file_it(w, (struct what){ .obs = "maple.com.tw", .email = "ann@mail.example", .class_id = "phishing" });
	assert_int_equal(mails_to(w, "abuse@maple.example"), 0);
	assert_string_equal(last_to(w, "ann@mail.example")->kind, "receipt");
	/* A confirmed report of a class in which hours count; another class waits still. */
	confirm(w, "ann@mail.example");
	follow(w);
	assert_int_equal(mails_to(w, "abuse@maple.example"), 1);
	assert_string_equal(last_to(w, "ann@mail.example")->kind, "progress");
	file_it(w, (struct what){ .obs = "http://birch.com.tw/x", .email = "ann@mail.example", .class_id = "other" });
	confirm(w, "ann@mail.example");
	follow(w);
	assert_int_equal(mails_to(w, "abuse@birch.example"), 0);
	/* Staff are trusted; what stands in the words only rides along or waits. */
	struct filed f = file_it(w, (struct what){ .obs = "1.34.9.9",
						   .text = "mail from 1.34.9.9 and 1.34.9.10 by mei.idv.tw",
						   .who = &handler });
	assert_int_equal(mails_to(w, "abuse@telecom.example"), 1);
	assert_int_equal(mails_to(w, "mei.private@mail.example"), 0);
	struct case_view s = staff_view(w, f.number);
	assert_int_equal(s.nobs, 3);
	assert_int_equal(s.nnotices, 2);
	assert_int_equal(s.notice[0].nobs, 2);
	assert_int_equal(s.notice[1].state, NOTICE_WAITING);
	assert_true(s.obs[1].mention);
	finish(w);
}
ON_EACH_DRIVER(confidence_decides, at_once)

/* Nobody stood by the first report; whoever joins and does lets its notice go, for what they name themselves. */
static void stood_by(struct place *p)
{
	struct world *w = begin(p);
	const char *maple = "abuse@maple.example", *birch = "abuse@birch.example";
	struct filed f =
		file_it(w, (struct what){ .obs = "maple.com.tw", .obs2 = "pay.maple.com.tw", .class_id = "spam" });
	assert_true(file_it(w, (struct what){ .obs = "maple.com.tw", .class_id = "spam", .who = &handler }).joined);
	assert_int_equal(mails_to(w, maple), 0); /* the notice tells of more */
	file_it(w, (struct what){ .text = "maple.com.tw", .obs = "pay.maple.com.tw", .who = &handler });
	assert_int_equal(mails_to(w, maple), 0); /* words name it, nobody stands by it */
	assert_int_equal(staff_view(w, f.number).notice[0].state, NOTICE_WAITING);
	file_it(w, (struct what){ .obs = "pay.maple.com.tw", .obs2 = "maple.com.tw", .who = &handler });
	assert_int_equal(mails_to(w, maple), 1);
	assert_int_equal(staff_view(w, f.number).notice[0].state, NOTICE_SENT);
	assert_int_equal(staff_view(w, f.number).state, CASE_NOTIFIED);
	file_it(w, (struct what){ .obs = "pay.maple.com.tw", .obs2 = "maple.com.tw", .who = &handler });
	assert_int_equal(mails_to(w, maple), 1);

	/* The class of the case decides, too. */
	file_it(w, (struct what){ .obs = "birch.com.tw", .class_id = "spam" });
	file_it(w, (struct what){ .obs = "birch.com.tw", .email = "ann@mail.example", .class_id = "phishing" });
	confirm(w, "ann@mail.example");
	follow(w);
	assert_int_equal(mails_to(w, birch), 0);

	/* Confirming later is the same. */
	file_it(w, (struct what){ .obs = "http://silent.com.tw/x", .class_id = "phishing" });
	struct filed g = file_it(
		w,
		(struct what){ .obs = "http://silent.com.tw/x", .email = "bob@mail.example", .class_id = "phishing" });
	assert_true(g.joined);
	assert_int_equal(staff_view(w, g.number).notice[0].state, NOTICE_WAITING);
	confirm(w, "bob@mail.example");
	follow(w);
	assert_int_equal(staff_view(w, g.number).notice[0].state, NOTICE_SENT);
	finish(w);
}
ON_EACH_DRIVER(who_stands_by_a_report_lets_go, stood_by)

/* ── more notices than a page shows ── */

enum { MANY = 950 };

static enum st many_more(struct req *rq, void *arg)
{
	const char *states = arg;
	for (int i = 0; i < MANY; i++)
		if (sql_run(rq,
			    "INSERT INTO desk_notice(case_id, role, party, person, email, lang, state, seed, "
			    "created_at, "
			    "approved_at, sent_at, due_at, deadline, answered_at, answer, answer_text, until_at, why, "
			    "reason, "
			    "nobs, first_obs, message_id) SELECT case_id, role, party, person, email, lang, $2, seed, "
			    "created_at, 0, 0, 0, deadline, 0, 0, '', 0, why, reason, nobs, first_obs, '' FROM "
			    "desk_notice "
			    "WHERE id = $1",
			    V(1), V(states[i % 2] - '0')))
			return rq->err.code;
	return ST_OK;
}

static void many_notices(struct place *p)
{
	struct world *w = begin(p);
	struct filed f = file_it(w, (struct what){ .obs = "maple.com.tw", .class_id = "spam" });
	assert_ok(in_write(p, many_more, (char *)"01"));
	assert_ok(act(w, desk_case_close, (struct desk_act){ .number = f.number, .reason = "fixed" }));
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_notice WHERE state IN (0, 1)"), 0);
	finish(w);
}
ON_EACH_DRIVER(a_case_of_many_notices, many_notices)

/* ── silence ── */

static void silence(struct place *p)
{
	struct world *w = begin(p);
	struct filed f = file_it(
		w, (struct what){
			   .obs = "1.34.1.1", .email = "ann@mail.example", .class_id = "scanner", .who = &handler });
	confirm(w, "ann@mail.example");
	assert_int_equal(mails_to(w, "abuse@telecom.example"), 1);
	advance(w, 6 * DAY); /* 36 working hours: reminded, not silent yet */
	assert_int_equal(mails_to(w, "noc@telecom.example"), 0);
	assert_string_equal(last_to(w, "abuse@telecom.example")->kind, "reminder");
	advance(w, DAY);
	assert_int_equal(mails_to(w, "noc@telecom.example"), 1);
	assert_non_null(strstr(last_to(w, "noc@telecom.example")->subject, f.number));
	struct case_view r = reporter_view(w, f.token);
	SEES(&r, "No answer from the holder");
	SEES(&r, "for 7 days");
	SEES(&r, "Next in line: the upstream network");
	SEES(&r, "We told the upstream network");
	/* The first party may still answer: the case says so. */
	advance(w, 8 * DAY);
	assert_int_equal(mails_to(w, "cert@authority.example"), 1);
	advance(w, 8 * DAY);
	struct case_view s = staff_view(w, f.number);
	assert_true(has_task(&s, "nobody-answered"));
	assert_int_equal(s.nnotices, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(s.notice[i].state, NOTICE_SILENT);
	assert_ok(answer(w, "abuse@telecom.example", ANSWER_FIXED, "", 0));
	s = staff_view(w, f.number);
	assert_int_equal(s.state, CASE_ANSWERED);
	advance(w, 90 * DAY);
	assert_int_equal(mails_to(w, "abuse@telecom.example"), 2);
	finish(w);
}
ON_EACH_DRIVER(silence_is_noticed, silence)

static void other_answers(struct place *p)
{
	struct world *w = begin(p);
	struct filed f =
		file_it(w, (struct what){ .obs = "birch.com.tw", .email = "ann@mail.example", .who = &handler });
	assert_st(answer(w, "abuse@birch.example", ANSWER_NEED_UNTIL, "", w->now - 1), ST_INVALID);
	assert_st(answer(w, "abuse@birch.example", ANSWER_NEED_UNTIL, "", w->now + 15 * DAY), ST_INVALID);
	advance(w, 6 * DAY);
	assert_ok(answer(w, "abuse@birch.example", ANSWER_NEED_UNTIL, "", w->now + 10 * DAY));
	advance(w, 9 * DAY);
	assert_int_equal(mails_to(w, "abuse@cedar.example"), 0);
	struct case_view r = reporter_view(w, f.token);
	SEES(&r, "more time is needed, until");
	advance(w, DAY + HOUR); /* what was left of the working hours goes on */
	assert_int_equal(mails_to(w, "abuse@cedar.example"), 0);
	advance(w, DAY);
	assert_int_equal(mails_to(w, "abuse@cedar.example"), 1);
	/* "Not ours": the next is told at once, and somebody checks. */
	assert_ok(answer(w, "abuse@cedar.example", ANSWER_NOT_OURS, "not our customer", 0));
	assert_int_equal(mails_to(w, "cert@authority.example"), 1);
	struct case_view s = staff_view(w, f.number);
	assert_true(has_task(&s, "contact"));
	assert_ok(answer(w, "cert@authority.example", ANSWER_FALSE_ALARM, "", 0));
	s = staff_view(w, f.number);
	assert_true(has_task(&s, "verify"));
	struct answer_arg bad = { .token = (char *)"aaaaaaaaaaaaaaaaaaaaaaaaaa", .kind = ANSWER_FIXED };
	assert_st(in_write(p, desk_answer_write, &bad), ST_NOTFOUND);
	finish(w);
}
ON_EACH_DRIVER(need_until_and_not_ours, other_answers)

static void bounce(struct place *p)
{
	struct world *w = begin(p);
	struct filed f = file_it(w, (struct what){ .obs = "birch.com.tw", .who = &handler });
	struct case_view s = staff_view(w, f.number);
	struct sent_arg a = { s.notice[0].id, (char *)"<x@y>" };
	assert_ok(in_write(p, desk_notice_failed, &a));
	assert_ok(in_write(p, desk_notice_failed, &a));
	follow(w);
	assert_int_equal(mails_to(w, "abuse@cedar.example"), 1);
	s = staff_view(w, f.number);
	assert_true(has_task(&s, "find-contact"));
	finish(w);
}
ON_EACH_DRIVER(a_bounce_is_no_contact, bounce)

/* ── joining ── */

static void joining(struct place *p)
{
	struct world *w = begin(p);
	struct filed a = file_it(w, (struct what){ .obs = "http://maple.com.tw/x",
						   .email = "ann@mail.example",
						   .text = "ANN-WORDS",
						   .class_id = "phishing" });
	struct filed b = file_it(
		w, (struct what){ .obs = "hxxp://maple[.]com.tw/x", .email = "bob@mail.example", .text = "BOB-WORDS" });
	struct filed c = file_it(w, (struct what){ .obs = "http://maple.com.tw/x", .obs2 = "birch.com.tw" });
	assert_true(b.joined && c.joined);
	assert_string_equal(a.number, b.number);
	assert_string_not_equal(a.token, b.token);
	confirm(w, "ann@mail.example");
	confirm(w, "bob@mail.example");
	struct case_view s = staff_view(w, a.number);
	assert_int_equal(s.nreporters, 3);
	assert_int_equal(s.nobs, 2);
	assert_int_equal(s.nnotices, 2); /* one a party */
	assert_ok(act(w, desk_notice_approve, (struct desk_act){ .number = a.number, .id = s.notice[0].id }));
	assert_int_equal(mails_to(w, "abuse@maple.example"), 1);
	assert_int_equal(mails_to(w, "ann@mail.example"), 2);
	assert_int_equal(mails_to(w, "bob@mail.example"), 2);
	/* Each sees their own report, and that there are others; not what the others said or added. */
	struct case_view r = reporter_view(w, a.token);
	assert_int_equal(r.others, 2);
	assert_int_equal(r.nobs, 1);
	assert_int_equal(r.nnotices, 1);
	r = reporter_view(w, c.token);
	assert_int_equal(r.nobs, 2);
	/* Neither ticked that the words may go on. */
	assert_null(strstr(last_to(w, "abuse@maple.example")->body, "WORDS"));
	/* Its own case is open: another that mentions it too leaves it there. */
	struct filed d = file_it(w, (struct what){ .obs = "mei.idv.tw", .who = &handler });
	struct filed e = file_it(w, (struct what){ .obs = "birch.com.tw", .obs2 = "mei.idv.tw", .who = &handler });
	assert_string_equal(e.number, a.number);
	s = staff_view(w, a.number);
	assert_int_equal(s.nobs, 3);
	assert_string_equal(s.obs[2].other_case, d.number);
	assert_int_equal(mails_to(w, "mei.private@mail.example"), 1);
	finish(w);
}
ON_EACH_DRIVER(reports_join, joining)

/* ── nobody to write to ── */

static void no_contact(struct place *p)
{
	struct world *w = begin(p);
	struct filed f = file_it(w, (struct what){ .obs = "silent.com.tw", .class_id = "malware", .who = &handler });
	struct case_view s = staff_view(w, f.number), r = reporter_view(w, f.token);
	assert_true(has_task(&s, "find-contact"));
	assert_int_equal(mails_to(w, "abuse@cedar.example"), 1);
	SEES(&r, "No usable contact of the holder was found");
	SEES(&r, "We told the sponsor (Cedar Names)");
	assert_true(r.obs[0].no_contact);
	/* Neither holder nor sponsor: the last of the chain. */
	f = file_it(w, (struct what){ .obs = "nobody.com.tw", .class_id = "malware", .who = &handler });
	r = reporter_view(w, f.token);
	SEES(&r, "No usable contact of the sponsor was found");
	assert_int_equal(mails_to(w, "cert@authority.example"), 1);
	/* Nobody here answers for it: nobody is told, somebody decides. */
	f = file_it(w, (struct what){ .obs = "http://elsewhere.de/", .who = &handler });
	s = staff_view(w, f.number);
	assert_int_equal(s.nnotices, 0);
	assert_true(has_task(&s, "pass-on"));
	assert_non_null(s.obs[0].elsewhere);
	finish(w);
}
ON_EACH_DRIVER(no_usable_contact, no_contact)

static void record(struct place *p)
{
	struct world *w = begin(p);
	struct filed f = file_it(
		w, (struct what){
			   .obs = "maple.com.tw", .email = "ann@mail.example", .record_only = true, .who = &handler });
	struct case_view r = reporter_view(w, f.token);
	assert_int_equal(r.state, CASE_CLOSED);
	assert_int_equal(r.nnotices, 0);
	assert_string_equal(r.close_reason, "record-only");
	assert_string_equal(r.next, "Kept for the record only");
	assert_int_equal(w->mails, 1);
	struct filed g = file_it(w, (struct what){ .obs = "maple.com.tw" });
	assert_false(g.joined);
	finish(w);
}
ON_EACH_DRIVER(for_the_record_only, record)

static void registered(struct place *p)
{
	struct world *w = begin(p);
	struct filed f =
		file_it(w, (struct what){ .obs = "maple.com.tw", .class_id = "registered-abuse", .who = &handler });
	assert_int_equal(mails_to(w, "abuse@cedar.example"), 1);
	file_it(w, (struct what){ .obs = "http://mei.idv.tw/", .class_id = "phishing-domain", .who = &handler });
	file_it(w, (struct what){ .obs = "1.34.7.7", .class_id = "registered-abuse", .who = &handler });
	file_it(w, (struct what){ .obs = "nobody.com.tw", .class_id = "registered-abuse", .who = &handler });
	advance(w, 30 * DAY);
	advance(w, 30 * DAY);
	assert_ok(answer(w, "abuse@cedar.example", ANSWER_NOT_OURS, "", 0));
	struct case_view s = staff_view(w, f.number);
	for (int i = 0; i < s.nnotices; i++)
		assert_int_not_equal(s.notice[i].role, LINK_HOLDER);
	assert_int_equal(mails_to(w, "abuse@maple.example"), 0);
	assert_int_equal(mails_to(w, "mei.private@mail.example"), 0);
	assert_int_equal(mails_to(w, "abuse@telecom.example"), 0);
	finish(w);
}
ON_EACH_DRIVER(registered_for_abuse_never_the_holder, registered)

static void harmless_things(struct place *p)
{
	struct world *w = begin(p);
	struct filed f =
		file_it(w, (struct what){ .obs = "192.168.1.7", .obs2 = "https://cert.tw/report", .who = &handler });
	struct case_view s = staff_view(w, f.number);
	assert_int_equal(s.nobs, 2);
	assert_true(s.obs[0].harmless && s.obs[1].harmless && !s.obs[0].attributed);
	assert_int_equal(s.nnotices, 0);
	struct filed g = file_it(w, (struct what){ .obs = "192.168.1.7" });
	assert_false(g.joined);
	f = file_it(w, (struct what){ .text = "Somebody phoned me and wanted my password." });
	s = staff_view(w, f.number);
	assert_int_equal(s.nobs, 0);
	assert_string_equal(s.next, "Next: we look at the report");
	finish(w);
}
ON_EACH_DRIVER(harmless_is_kept_not_told, harmless_things)

/* ── filing again, filing badly ── */

static void again(struct place *p)
{
	struct world *w = begin(p);
	struct what x = { .obs = "maple.com.tw", .email = "ann@mail.example", .idem = "key-1" };
	struct filed a = file_it(w, x), b = file_it(w, x);
	assert_true(b.repeated && !a.repeated);
	assert_string_equal(a.number, b.number);
	assert_string_equal(a.token, b.token);
	assert_string_equal(a.digest, b.digest);
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_report"), 1);
	assert_int_equal(mails_to(w, "ann@mail.example"), 1);
	x.idem = "key-2";
	assert_false(file_it(w, x).repeated);
	/* An address that nobody confirmed is not buried in letters. */
	x.idem = NULL;
	for (int i = 0; i < 10; i++)
		file_it(w, x);
	assert_int_equal(mails_to(w, "ann@mail.example"), 5);
	/* Tokens are not in the database. */
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_report WHERE length(token_hash) = 32"), 12);
	finish(w);
}
ON_EACH_DRIVER(a_retry_is_harmless, again)

static void refused(struct place *p)
{
	struct world *w = begin(p);
	struct filed out;
	char why[256];
	const struct {
		struct what x;
		enum st st;
		const char *says;
	} bad[] = {
		{ { .text = "  " }, ST_INVALID, "observables" },
		{ { .obs = "maple.com.tw", .obs2 = "hello" }, ST_INVALID, "observables[1]: " },
		{ { .obs = "maple.com.tw", .email = "not an address" }, ST_INVALID, "email" },
		{ { .obs = "maple.com.tw", .class_id = "nonsense" }, ST_INVALID, "class" },
		{ { .text = "a\x01"
			    "b" },
		  ST_INVALID,
		  "description" },
		{ { .text = "x", .file = { (char *)"a", NULL, (char *)"../../etc/passwd", 1 } },
		  ST_INVALID,
		  "files[0]" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_st(try_file(w, &bad[i].x, &out, why), bad[i].st);
		if (strncmp(why, bad[i].says, strlen(bad[i].says)) != 0)
			fail_msg("%s", why);
	}
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_case"), 0);
	finish(w);
}
ON_EACH_DRIVER(bad_reports_are_refused, refused)

/* ── withdrawing, reopening, staff's writing ── */

static void withdrawing(struct place *p)
{
	struct world *w = begin(p);
	struct filed a = file_it(w, (struct what){ .obs = "maple.com.tw", .email = "ann@mail.example" });
	struct filed b = file_it(w, (struct what){ .obs = "maple.com.tw" });
	struct reporter_arg ra = { .token = a.token }, rb = { .token = b.token };
	assert_ok(in_write(p, desk_reporter_withdraw, &ra));
	assert_int_equal(staff_view(w, a.number).state, CASE_RECEIVED);
	assert_ok(in_write(p, desk_reporter_withdraw, &rb));
	struct case_view s = staff_view(w, a.number);
	assert_int_equal(s.state, CASE_CLOSED);
	assert_string_equal(s.close_reason, "withdrawn");
	assert_int_equal(s.notice[0].state, NOTICE_CANCELLED);
	struct reporter_arg add = { .token = a.token, .text = (char *)"more" };
	assert_st(in_write(p, desk_reporter_add, &add), ST_CONFLICT);
	assert_ok(act(w, desk_case_reopen, (struct desk_act){ .number = a.number }));
	s = staff_view(w, a.number);
	assert_int_equal(s.state, CASE_RECEIVED);
	assert_true(file_it(w, (struct what){ .obs = "maple.com.tw" }).joined);
	/* After a party was told, a withdrawal is for staff to weigh. */
	struct filed c = file_it(w, (struct what){ .obs = "birch.com.tw", .who = &handler });
	struct reporter_arg rc = { .token = c.token };
	assert_ok(in_write(p, desk_reporter_withdraw, &rc));
	s = staff_view(w, c.number);
	assert_int_equal(s.state, CASE_NOTIFIED);
	assert_true(has_task(&s, "withdrawn"));
	finish(w);
}
ON_EACH_DRIVER(withdrawing_and_reopening, withdrawing)

static void staff_acts(struct place *p)
{
	struct world *w = begin(p);
	struct filed f =
		file_it(w, (struct what){ .obs = "maple.com.tw", .obs2 = "birch.com.tw", .email = "ann@mail.example" });
	struct case_view s = staff_view(w, f.number);
	assert_ok(act(w, desk_notice_cancel, (struct desk_act){ .number = f.number, .id = s.notice[1].id }));
	assert_st(act(w, desk_notice_approve, (struct desk_act){ .number = f.number, .id = s.notice[1].id }),
		  ST_CONFLICT);
	assert_st(act(w, desk_escalate, (struct desk_act){ .number = f.number, .id = s.notice[0].id }), ST_CONFLICT);
	assert_st(act(w, desk_party_write,
		      (struct desk_act){ .number = f.number, .id = s.notice[0].id, .text = (char *)"hi" }),
		  ST_CONFLICT);
	assert_ok(act(w, desk_notice_approve, (struct desk_act){ .number = f.number, .id = s.notice[0].id }));
	assert_ok(act(w, desk_notice_approve, (struct desk_act){ .number = f.number, .id = s.notice[0].id }));
	assert_int_equal(mails_to(w, "abuse@maple.example"), 1);
	assert_ok(act(w, desk_party_write,
		      (struct desk_act){ .number = f.number, .id = s.notice[0].id, .text = (char *)"Any news?" }));
	assert_string_equal(last_to(w, "abuse@maple.example")->kind, "message");
	assert_ok(act(w, desk_escalate, (struct desk_act){ .number = f.number, .id = s.notice[0].id }));
	assert_int_equal(mails_to(w, "abuse@cedar.example"), 1);
	assert_st(act(w, desk_note_add, (struct desk_act){ .number = f.number, .text = (char *)" " }), ST_INVALID);
	assert_ok(act(w, desk_case_close, (struct desk_act){ .number = f.number, .reason = (char *)"duplicate" }));
	assert_st(act(w, desk_case_close, (struct desk_act){ .number = f.number, .reason = (char *)"duplicate" }),
		  ST_CONFLICT);
	assert_st(act(w, desk_notice_approve, (struct desk_act){ .number = f.number }), ST_CONFLICT);
	finish(w);
}
ON_EACH_DRIVER(staff_act, staff_acts)

int main(void)
{
	idn_setup();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(report_to_close),
		cmocka_unit_test(confidence_decides),
		cmocka_unit_test(silence_is_noticed),
		cmocka_unit_test(need_until_and_not_ours),
		cmocka_unit_test(a_bounce_is_no_contact),
		cmocka_unit_test(reports_join),
		cmocka_unit_test(no_usable_contact),
		cmocka_unit_test(for_the_record_only),
		cmocka_unit_test(registered_for_abuse_never_the_holder),
		cmocka_unit_test(harmless_is_kept_not_told),
		cmocka_unit_test(a_retry_is_harmless),
		cmocka_unit_test(bad_reports_are_refused),
		cmocka_unit_test(withdrawing_and_reopening),
		cmocka_unit_test(staff_act),
		cmocka_unit_test(who_stands_by_a_report_lets_go),
		cmocka_unit_test(a_case_of_many_notices),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
