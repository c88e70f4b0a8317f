/* The states of a case: the whole table, and a fix that is checked. */
#include "deskworld.h"
#include "desk/desk_int.h"

/* A row a state, a character an event (enum case_event): . refused, = kept, c counted, v verified, x closed. */
static const char *const want[CASE_STATES] = {
	[CASE_RECEIVED] = "cccc=c==.xc", [CASE_TRIAGED] = "cccc=c==.xc",  [CASE_NOTIFIED] = "cccc=c==vxc",
	[CASE_ANSWERED] = "cccc=c==vxc", [CASE_VERIFIED] = "c...=c==vxc", [CASE_CLOSED] = ".......=..c",
};

static char letter_of(enum st st, int next)
{
	if (st)
		return '.';
	return next == CASE_KEPT ? '=' : next == CASE_COUNTED ? 'c' : next == CASE_VERIFIED ? 'v' : 'x';
}

static void table(struct place *p)
{
	for (int s = 0; s < CASE_STATES; s++)
		for (int e = 0; e < CASE_EVENTS; e++) {
			struct req rq = place_req(p);
			struct case_row c = { .number = (char *)"NC-2026-000001", .state = (enum case_state)s };
			int next = CASE_CLOSED;
			enum st st = desk_case_may(&rq, &c, (enum case_event)e, &next);
			if (letter_of(st, next) != want[s][e])
				fail_msg("%s, event %d: %c", case_state_name(c.state), e, letter_of(st, next));
			if (st) {
				assert_st(st, ST_CONFLICT);
				assert_true(strlen(rq.err.msg) > 10);
			}
		}
}
ON_EACH_DRIVER(every_state_and_event, table)

static enum st verify(struct world *w, const char *number)
{
	return act(w, desk_case_verify, (struct desk_act){ .number = (char *)number, .text = "the page is gone" });
}

static void checked(struct place *p)
{
	struct world *w = begin(p);
	struct filed a =
		file_it(w, (struct what){ .obs = "http://maple.com.tw/x", .text = "look", .class_id = "phishing" });
	assert_st(verify(w, a.number), ST_CONFLICT); /* nobody was told */
	assert_ok(act(w, desk_notice_approve, (struct desk_act){ .number = a.number }));
	assert_ok(answer(w, "abuse@maple.example", ANSWER_FIXED, "removed", 0));
	struct case_view v = staff_view(w, a.number);
	assert_int_equal(v.state, CASE_ANSWERED);
	assert_true(has_task(&v, "verify"));
	assert_st(act_as(w, &admin, desk_case_verify, (struct desk_act){ .number = a.number }), ST_DENIED);
	assert_ok(verify(w, a.number));
	assert_ok(verify(w, a.number)); /* two clicks are one */
	v = staff_view(w, a.number);
	assert_int_equal(v.state, CASE_VERIFIED);
	assert_false(has_task(&v, "verify"));
	SEES(&v, "We checked: the trouble is gone");
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE verb = 'case-verified'"), 1);
	struct case_view r = reporter_view(w, a.token);
	SEES(&r, "We checked: the trouble is gone");
	assert_string_equal(r.next, "We checked: the trouble is gone");
	assert_false(has_step(&r, "the page is gone"));
	assert_st(act(w, desk_notice_approve, (struct desk_act){ .number = a.number }), ST_CONFLICT);
	/* A note changes nothing; the same observable again does. */
	assert_ok(act(w, desk_note_add, (struct desk_act){ .number = a.number, .text = "fine" }));
	v = staff_view(w, a.number);
	assert_int_equal(v.state, CASE_VERIFIED);
	struct filed b = file_it(w, (struct what){ .obs = "http://maple.com.tw/x", .text = "still there" });
	assert_true(b.joined);
	v = staff_view(w, a.number);
	assert_int_equal(v.state, CASE_ANSWERED);
	assert_ok(verify(w, a.number));
	assert_ok(act(w, desk_case_close, (struct desk_act){ .number = a.number, .reason = "fixed" }));
	v = staff_view(w, a.number);
	assert_int_equal(v.state, CASE_CLOSED);
	assert_st(verify(w, a.number), ST_CONFLICT);
	assert_ok(act(w, desk_case_reopen, (struct desk_act){ .number = a.number }));
	v = staff_view(w, a.number);
	assert_int_equal(v.state, CASE_ANSWERED);
	finish(w);
}
ON_EACH_DRIVER(a_fix_is_checked, checked)

/* While it is verified nobody's silence counts; opened again it does. */
static void silence(struct place *p)
{
	struct world *w = begin(p);
	struct filed a = file_it(w, (struct what){ .obs = "maple.com.tw", .class_id = "phishing", .who = &handler });
	assert_ok(verify(w, a.number));
	advance(w, 3 * DAY);
	struct case_view v = staff_view(w, a.number);
	assert_int_equal(v.state, CASE_VERIFIED);
	assert_false(has_step(&v, "No answer from"));
	assert_ok(act(w, desk_case_reopen, (struct desk_act){ .number = a.number }));
	v = staff_view(w, a.number);
	assert_int_equal(v.state, CASE_NOTIFIED);
	advance(w, 2 * DAY);
	v = staff_view(w, a.number);
	SEES(&v, "No answer from");
	/* Reported again, it is waited for as before. */
	struct filed b = file_it(w, (struct what){ .obs = "birch.com.tw", .class_id = "phishing", .who = &handler });
	assert_ok(verify(w, b.number));
	advance(w, 3 * DAY);
	assert_true(file_it(w, (struct what){ .obs = "birch.com.tw", .class_id = "phishing" }).joined);
	v = staff_view(w, b.number);
	assert_int_equal(v.state, CASE_NOTIFIED);
	assert_false(has_step(&v, "No answer from"));
	advance(w, 2 * DAY);
	v = staff_view(w, b.number);
	SEES(&v, "No answer from");
	finish(w);
}
ON_EACH_DRIVER(nobody_is_waited_for, silence)

/* The whole of RSIT 1003; citizens choose from fewer; a case can be moved among all of them. */
static void classes(struct place *p)
{
	struct world *w = begin(p);
	struct desk_class all[CLASSES_MAX], few[CLASSES_MAX];
	int n = 0, offered = 0;
	struct req rq = on_reader(p);
	assert_ok(desk_classes_all(&rq, all, CLASSES_MAX, &n));
	assert_ok(desk_classes(&rq, few, CLASSES_MAX, &offered));
	for (int i = 0; i < n; i++)
		assert_non_null(all[i].group);
	store_reader_done(p->s);
	assert_int_equal(offered, 18);
	assert_int_equal(number_of(p, "SELECT count(DISTINCT rsit) FROM desk_class"), 39);
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_rsit"), 11);
	struct filed a =
		file_it(w, (struct what){ .obs = "maple.com.tw", .class_id = "phishing", .email = "ann@mail.example" });
	assert_st(act_as(w, &admin, desk_case_classify, (struct desk_act){ .number = a.number, .reason = "copyright" }),
		  ST_DENIED);
	assert_st(act(w, desk_case_classify, (struct desk_act){ .number = a.number, .reason = "phish" }), ST_NOTFOUND);
	assert_ok(act(w, desk_case_classify, (struct desk_act){ .number = a.number, .reason = "phishing" }));
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE verb = 'case-classified'"), 0);
	assert_ok(act(w, desk_case_classify, (struct desk_act){ .number = a.number, .reason = "copyright" }));
	struct case_view v = staff_view(w, a.number), r = reporter_view(w, a.token);
	assert_string_equal(v.class_id, "copyright");
	SEES(&v, "It is now seen as: Copied without right");
	SEES(&r, "It is now seen as: Copied without right");
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_word WHERE word = 'ophishing'"), 0);
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_word WHERE word = 'ocopyright'"), 1);
	assert_ok(act(w, desk_case_close, (struct desk_act){ .number = a.number, .reason = "referred" }));
	assert_st(act(w, desk_case_classify, (struct desk_act){ .number = a.number, .reason = "phishing" }),
		  ST_CONFLICT);
	finish(w);
}
ON_EACH_DRIVER(the_taxonomy, classes)

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_state_and_event), cmocka_unit_test(a_fix_is_checked),
					    cmocka_unit_test(nobody_is_waited_for), cmocka_unit_test(the_taxonomy) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
