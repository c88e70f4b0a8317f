/* Cases that become one and are taken apart again: what reporters, parties, staff and lists see of it. */
#include "deskworld.h"
#include "desk/desk_sort.h"
#include "desk/desk_int.h"

#define MAPLE                                                                                                          \
	(struct what)                                                                                                  \
	{                                                                                                              \
		.obs = "http://maple.com.tw/x", .text = "look", .class_id = "phishing", .email = "ann@mail.example"    \
	}
#define BIRCH                                                                                                          \
	(struct what)                                                                                                  \
	{                                                                                                              \
		.obs = "http://birch.com.tw/y", .text = "there", .class_id = "phishing", .email = "bob@mail.example"   \
	}

static enum st two(struct world *w, write_fn fn, const char *number, const char *other)
{
	return act(w, fn, (struct desk_act){ .number = (char *)number, .reason = (char *)other, .text = "why so" });
}

/* What desk_tally says is what the rows say. */
static void tally_fits(struct place *p)
{
	static const char *const pairs[][2] = {
		{ "SELECT sum(us) FROM desk_tally", "SELECT count(*) FROM desk_case WHERE queue = 0" },
		{ "SELECT sum(party) FROM desk_tally", "SELECT count(*) FROM desk_case WHERE queue = 1" },
		{ "SELECT sum(closed) FROM desk_tally", "SELECT count(*) FROM desk_case WHERE queue = 2" },
		{ "SELECT sum(notices) FROM desk_tally",
		  "SELECT count(*) FROM desk_notice n JOIN desk_case c ON c.id = n.case_id WHERE n.state = 0 AND "
		  "c.queue <> 2" },
		{ "SELECT sum(tasks) FROM desk_tally",
		  "SELECT count(*) FROM work_task t JOIN desk_case c ON c.number = t.subject WHERE t.done_at = 0 AND "
		  "c.queue <> 2" },
		{ "SELECT sum(nobs) FROM desk_case", "SELECT count(*) FROM desk_observable" },
		{ "SELECT sum(nreports) FROM desk_case", "SELECT count(*) FROM desk_report" },
	};
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (number_of(p, pairs[i][0]) != number_of(p, pairs[i][1]))
			fail_msg("%s is %d, %s is %d", pairs[i][0], (int)number_of(p, pairs[i][0]), pairs[i][1],
				 (int)number_of(p, pairs[i][1]));
}

static enum st receipt(struct world *w, const char *token, struct buf *out)
{
	struct req rq = on_reader(w->p);
	rq.who = &nobody;
	enum st st = desk_receipt(&rq, token, NULL, out);
	store_reader_done(w->p->s);
	return st;
}

/* More than fit on a page of letters: in the one, in the other, and in both. */
static int letters_since(const struct world *w, int from, const char *name, int k, const char *words)
{
	char to[40];
	int n = 0;
	snprintf(to, sizeof to, "%s%d@mail.example", name, k);
	for (int i = from; i < w->mails; i++)
		n += strcmp(w->mail[i].to, to) == 0 && strstr(w->mail[i].body, words);
	return n;
}

static void file_by(struct world *w, struct what x, const char *name, int n)
{
	for (int k = 0; k < n; k++) {
		char to[40];
		snprintf(to, sizeof to, "%s%d@mail.example", name, k);
		x.email = to;
		file_it(w, x);
		if (last_to(w, to)->confirm[0])
			confirm(w, to);
	}
}

static void many_reporters(struct place *p)
{
	enum { MAPLES = 2 * PAGE, BIRCHES = 2 * PAGE + 3, BOTH = 5 };
	struct world *w = begin(p);
	file_by(w, MAPLE, "maple", MAPLES);
	file_by(w, BIRCH, "birch", BIRCHES);
	file_by(w, MAPLE, "both", BOTH);
	file_by(w, BIRCH, "both", BOTH);
	struct filed a = file_it(w, (struct what){ .obs = MAPLE.obs, .text = "again" });
	struct filed b = file_it(w, (struct what){ .obs = BIRCH.obs, .text = "again" });
	int from = w->mails;
	assert_ok(two(w, desk_case_merge, b.number, a.number));
	for (int k = 0; k < BIRCHES; k++)
		assert_int_equal(letters_since(w, from, "birch", k, "We handle your report in case"), 1);
	for (int k = 0; k < MAPLES; k++)
		assert_int_equal(letters_since(w, from, "maple", k, ""), 0);

	from = w->mails;
	assert_ok(act(w, desk_reporters_write, (struct desk_act){ .number = a.number, .text = "for all of you" }));
	assert_int_equal(w->mails - from, MAPLES + BIRCHES + BOTH);
	for (int k = 0; k < BIRCHES; k++)
		assert_int_equal(letters_since(w, from, "birch", k, "for all of you"), 1);
	for (int k = 0; k < MAPLES; k++)
		assert_int_equal(letters_since(w, from, "maple", k, "for all of you"), 1);
	for (int k = 0; k < BOTH; k++)
		assert_int_equal(letters_since(w, from, "both", k, "for all of you"), 1);
	finish(w);
}
ON_EACH_DRIVER(news_reaches_all_who_reported, many_reporters)

static void merged(struct place *p)
{
	struct world *w = begin(p);
	struct filed a = file_it(w, MAPLE), b = file_it(w, BIRCH);
	confirm(w, "bob@mail.example");
	follow(w);
	confirm(w, "ann@mail.example");
	follow(w);
	struct case_view before = staff_view(w, b.number);
	assert_int_equal(before.state, CASE_NOTIFIED);
	assert_ok(act(w, desk_reporters_write, (struct desk_act){ .number = a.number, .text = "only for Ann" }));
	assert_ok(act(w, desk_reporters_write, (struct desk_act){ .number = b.number, .text = "only for Bob" }));
	int letters = mails_to(w, "ann@mail.example");
	advance(w, HOUR);
	assert_ok(two(w, desk_case_merge, b.number, a.number));
	tally_fits(p);

	struct case_view va = staff_view(w, a.number), vb = staff_view(w, b.number), r = reporter_view(w, b.token);
	assert_int_equal(vb.state, CASE_CLOSED);
	assert_string_equal(vb.close_reason, "duplicate");
	assert_int_equal(vb.nreporters, 0);
	assert_int_equal(va.nreporters, 2);
	assert_int_equal(va.nobs, 2);
	assert_int_equal(va.nnotices, 2);
	assert_int_equal(va.nties, 1);
	assert_int_equal(va.tie[0].kind, TIE_MERGED_FROM);
	assert_string_equal(vb.tie[0].number, a.number);
	SEES(&va, "was merged into this one");
	SEES(&va, "A notice to the holder (Birch Ltd)"); /* told under the other number */
	SEES(&vb, "Merged into case");

	/* Bob's link shows the case his report is in, with his own way there and nothing of Ann's. */
	assert_string_equal(r.number, a.number);
	assert_int_equal(r.nobs, 1);
	SEES(&r, "You sent the report");
	SEES(&r, "Others reported the same. We handle your report in case");
	SEES(&r, "We told the holder (Maple Trading)");
	SEES(&r, "We told the holder (Birch Ltd)");
	BUF_SCOPE seen = BUF_INIT, ann = BUF_INIT;
	desk_case_json(&seen, &r, FOR_REPORTER);
	assert_non_null(strstr(buf_cstr(&seen), "only for Bob"));
	assert_null(strstr(buf_cstr(&seen), "only for Ann"));
	assert_null(strstr(buf_cstr(&seen), "maple.com.tw"));
	assert_null(strstr(buf_cstr(&seen), "ann@"));
	struct case_view ra = reporter_view(w, a.token);
	desk_case_json(&ann, &ra, FOR_REPORTER);
	assert_null(strstr(buf_cstr(&ann), "Birch"));
	assert_null(strstr(buf_cstr(&ann), "only for Bob"));
	assert_null(strstr(buf_cstr(&ann), b.number));
	assert_non_null(strstr(last_to(w, "bob@mail.example")->body, "We handle your report in case"));
	assert_int_equal(mails_to(w, "ann@mail.example"), letters); /* nothing new for her */

	/* Both numbers are good with his token, hers is not. */
	struct req rq = on_reader(p);
	struct case_view v;
	assert_ok(desk_case_reporter(&rq, b.token, b.number, LANG_EN, &v));
	assert_ok(desk_case_reporter(&rq, b.token, a.number, LANG_EN, &v));
	assert_st(desk_case_reporter(&rq, a.token, b.number, LANG_EN, &v), ST_NOTFOUND);
	store_reader_done(p->s);

	/* The receipt is that of its entry, which says the old number; none is signed here yet. */
	BUF_SCOPE paper = BUF_INIT;
	assert_st(receipt(w, b.token, &paper), ST_BUSY);

	/* The party of the merged case answers by its link; the answer is in the other. */
	assert_ok(answer(w, "abuse@birch.example", ANSWER_FIXED, "removed", 0));
	va = staff_view(w, a.number);
	r = reporter_view(w, b.token);
	SEES(&va, "Answer from the holder (Birch Ltd): it is fixed");
	SEES(&r, "Answer from the holder (Birch Ltd): it is fixed");
	assert_true(has_task(&va, "verify"));

	/* A new report about what came joins the other. */
	struct filed c = file_it(w, (struct what){ .obs = "http://birch.com.tw/y", .text = "me too" });
	assert_true(c.joined);
	assert_string_equal(c.number, a.number);
	tally_fits(p);

	/* Undone: as it was, with what came meanwhile about it. */
	assert_ok(act(w, desk_case_unmerge, (struct desk_act){ .number = b.number }));
	tally_fits(p);
	va = staff_view(w, a.number);
	vb = staff_view(w, b.number);
	assert_int_equal(va.nreporters, 1);
	assert_int_equal(va.nnotices, 1);
	assert_int_equal(vb.nreporters, 2);
	assert_int_equal(vb.nobs, 1);
	assert_int_equal(vb.state, CASE_ANSWERED);
	assert_int_equal(vb.nties, 0);
	SEES(&vb, "Answer from the holder (Birch Ltd): it is fixed");
	SEES(&vb, "No longer merged into case");
	r = reporter_view(w, b.token);
	assert_string_equal(r.number, b.number);
	SEES(&r, "Your report has a case of its own again");
	SEES(&r, "Answer from the holder (Birch Ltd): it is fixed");
	assert_string_equal(reporter_view(w, c.token).number, b.number);
	struct filed d = file_it(w, (struct what){ .obs = "http://birch.com.tw/y", .text = "still" });
	assert_string_equal(d.number, b.number);
	assert_st(act(w, desk_case_unmerge, (struct desk_act){ .number = b.number }), ST_CONFLICT);
	finish(w);
}
ON_EACH_DRIVER(merge_and_undo, merged)

static void exact(struct place *p)
{
	struct world *w = begin(p);
	struct filed a = file_it(w, MAPLE), b = file_it(w, BIRCH);
	static const char *const sums[] = {
		"SELECT state FROM desk_case ORDER BY id DESC LIMIT 1",
		"SELECT waiting FROM desk_case ORDER BY id DESC LIMIT 1",
		"SELECT nreports * 100 + nobs FROM desk_case ORDER BY id DESC LIMIT 1",
		"SELECT sum(case_id) FROM desk_report",
		"SELECT sum(home) FROM desk_report",
		"SELECT sum(case_id * 10 + open) FROM desk_observable",
		"SELECT sum(case_id * 10 + state) FROM desk_notice",
		"SELECT count(*) FROM work_task WHERE done_at = 0",
	};
	int64_t was[8];
	for (int i = 0; i < 8; i++)
		was[i] = number_of(p, sums[i]);
	assert_ok(two(w, desk_case_merge, b.number, a.number));
	assert_int_not_equal(number_of(p, sums[3]), was[3]);
	assert_ok(act(w, desk_case_unmerge, (struct desk_act){ .number = b.number }));
	for (int i = 0; i < 8; i++)
		if (number_of(p, sums[i]) != was[i])
			fail_msg("%s: %d, was %d", sums[i], (int)number_of(p, sums[i]), (int)was[i]);
	finish(w);
}
ON_EACH_DRIVER(undone_exactly, exact)

static void refused(struct place *p)
{
	struct world *w = begin(p);
	struct filed a = file_it(w, MAPLE), b = file_it(w, BIRCH),
		     c = file_it(w, (struct what){ .obs = "http://silent.com.tw/z", .text = "third" });
	static const write_fn fns[] = { desk_case_merge, desk_case_unmerge, desk_case_split, desk_case_link,
					desk_case_unlink };
	for (size_t i = 0; i < sizeof fns / sizeof *fns; i++) {
		struct desk_act x = { .number = b.number, .reason = a.number };
		assert_st(act_as(w, &admin, fns[i], x), ST_DENIED);
		assert_st(act_as(w, &nobody, fns[i], x), ST_DENIED);
	}
	assert_st(two(w, desk_case_merge, a.number, a.number), ST_INVALID);
	assert_st(two(w, desk_case_merge, a.number, "NC-1999-000001"), ST_NOTFOUND);
	assert_ok(two(w, desk_case_merge, b.number, a.number));
	assert_st(two(w, desk_case_merge, b.number, c.number), ST_CONFLICT); /* merged already */
	assert_st(two(w, desk_case_merge, a.number, b.number), ST_CONFLICT); /* a cycle */
	assert_st(two(w, desk_case_merge, a.number, c.number), ST_CONFLICT); /* a chain */
	assert_st(two(w, desk_case_merge, c.number, b.number), ST_CONFLICT);
	assert_st(act(w, desk_case_reopen, (struct desk_act){ .number = b.number }), ST_CONFLICT);
	assert_ok(act(w, desk_case_close, (struct desk_act){ .number = a.number, .reason = "fixed" }));
	assert_st(two(w, desk_case_merge, c.number, a.number), ST_CONFLICT); /* closed */
	assert_st(two(w, desk_case_merge, a.number, c.number), ST_CONFLICT);
	assert_st(act(w, desk_case_unmerge, (struct desk_act){ .number = b.number }), ST_CONFLICT);
	assert_st(act(w, desk_case_split, (struct desk_act){ .number = a.number, .reason = "o1" }), ST_CONFLICT);
	tally_fits(p);
	finish(w);
}
ON_EACH_DRIVER(what_is_refused, refused)

static enum st erase(struct req *rq, void *arg)
{
	struct privacy_erased out;
	return privacy_erase(rq, arg, &out);
}

static void erased(struct place *p)
{
	struct world *w = begin(p);
	struct filed a = file_it(w, MAPLE), b = file_it(w, BIRCH);
	assert_ok(two(w, desk_case_merge, b.number, a.number));
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_word WHERE word = 'rthere'"), 1);
	assert_ok(in_write(p, erase, "bob@mail.example"));
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_word WHERE word = 'rthere'"), 0);
	follow(w);
	struct case_view va = staff_view(w, a.number);
	BUF_SCOPE out = BUF_INIT;
	desk_case_json(&out, &va, FOR_STAFF);
	assert_null(strstr(buf_cstr(&out), "bob@"));
	assert_null(strstr(buf_cstr(&out), "there"));
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_word WHERE word = 'rthere'"), 0);
	struct req rq = on_reader(p);
	struct case_view v;
	assert_st(desk_case_reporter(&rq, b.token, NULL, LANG_EN, &v), ST_NOTFOUND);
	assert_ok(desk_case_reporter(&rq, a.token, NULL, LANG_EN, &v));
	store_reader_done(p->s);
	assert_ok(act(w, desk_case_unmerge, (struct desk_act){ .number = b.number }));
	assert_int_equal(staff_view(w, b.number).nreporters, 1);
	tally_fits(p);
	finish(w);
}
ON_EACH_DRIVER(erased_after_a_merge, erased)

static void divided(struct place *p)
{
	struct world *w = begin(p);
	struct filed a = file_it(w, (struct what){ .obs = "http://maple.com.tw/x",
						   .obs2 = "http://birch.com.tw/y",
						   .text = "both",
						   .class_id = "phishing" });
	struct filed b = file_it(w, BIRCH);
	assert_string_equal(b.number, a.number);
	assert_ok(act(w, desk_notice_approve, (struct desk_act){ .number = a.number }));
	struct case_view v = staff_view(w, a.number);
	struct desk_act split = { .number = a.number, .text = "another gang" };
	char chosen[40];
	split.reason = chosen;
	snprintf(chosen, sizeof chosen, "o%lld o%lld", (long long)v.obs[0].id, (long long)v.obs[1].id);
	assert_st(act(w, desk_case_split, split), ST_CONFLICT); /* nothing would stay */
	static const char *const bad[] = { "", "x1", "o", "o99999", "r99999", "o1; DROP TABLE desk_case" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		enum st st = act(w, desk_case_split, (struct desk_act){ .number = a.number, .reason = (char *)bad[i] });
		assert_true(st == ST_INVALID || st == ST_NOTFOUND);
	}
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_case"), 1);
	int birch = strstr(v.obs[0].value, "birch") ? 0 : 1;
	struct desk_sorting grave = { .number = a.number, .severity = (char *)"3", .lane = (char *)"research" };
	struct actor before = p->who;
	p->who = handler;
	assert_ok(in_write(p, desk_case_sort, &grave));
	p->who = before;
	snprintf(chosen, sizeof chosen, "o%lld", (long long)v.obs[birch].id);
	assert_ok(act(w, desk_case_split, split));
	tally_fits(p);
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_case"), 2);
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_case WHERE severity = '3' AND lane = 'research'"), 2);
	v = staff_view(w, a.number);
	assert_int_equal(v.nobs, 1);
	assert_int_equal(v.nnotices, 1);
	assert_int_equal(v.nreporters, 1);
	assert_int_equal(v.tie[0].kind, TIE_SPLIT_INTO);
	SEES(&v, "Split: a part is case");
	char *other = v.tie[0].number;
	struct case_view n = staff_view(w, other), r = reporter_view(w, b.token), ra = reporter_view(w, a.token);
	assert_int_equal(n.nobs, 1);
	assert_int_equal(n.nnotices, 1);
	assert_int_equal(n.nreporters, 1);
	assert_int_equal(n.state, CASE_NOTIFIED);
	SEES(&n, "Split off from case");
	SEES(&n, "We told the holder (Birch Ltd)");
	assert_string_equal(r.number, other); /* its only observable went */
	SEES(&r, "You sent the report");
	SEES(&r, "Your report has a case of its own now");
	assert_string_equal(ra.number, a.number);
	assert_int_equal(ra.nobs, 2); /* what it named */
	assert_ok(answer(w, "abuse@birch.example", ANSWER_FIXED, "removed", 0));
	assert_int_equal(staff_view(w, other).state, CASE_ANSWERED);
	assert_int_equal(staff_view(w, a.number).state, CASE_NOTIFIED);
	struct filed c = file_it(w, (struct what){ .obs = "http://birch.com.tw/y", .text = "again" });
	assert_string_equal(c.number, other);
	tally_fits(p);
	finish(w);
}
ON_EACH_DRIVER(split_and_what_goes, divided)

static void related(struct place *p)
{
	struct world *w = begin(p);
	struct filed a = file_it(w, MAPLE), b = file_it(w, BIRCH);
	assert_st(two(w, desk_case_link, a.number, a.number), ST_INVALID);
	assert_st(two(w, desk_case_unlink, a.number, b.number), ST_NOTFOUND);
	assert_ok(two(w, desk_case_link, b.number, a.number));
	assert_ok(two(w, desk_case_link, a.number, b.number)); /* the same from the other side */
	struct case_view va = staff_view(w, a.number), vb = staff_view(w, b.number), r = reporter_view(w, a.token);
	assert_int_equal(va.nties, 1);
	assert_int_equal(vb.nties, 1);
	assert_int_equal(va.tie[0].kind, TIE_RELATED);
	assert_string_equal(va.tie[0].number, b.number);
	assert_string_equal(vb.tie[0].number, a.number);
	assert_string_equal(vb.tie[0].note, "why so");
	SEES(&va, "Related to case");
	SEES(&vb, "Related to case");
	assert_false(has_step(&r, "Related"));
	assert_int_equal(r.nties, 0);
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE verb = 'case-linked'"), 2);
	assert_ok(two(w, desk_case_unlink, a.number, b.number));
	assert_int_equal(staff_view(w, b.number).nties, 0);
	finish(w);
}
ON_EACH_DRIVER(related_cases, related)

/* Whoever does one of these has begun to deal with the case; one that comes out of another is in hand as long as that. */
static void acted(struct place *p)
{
	struct world *w = begin(p);
	struct filed a = file_it(w, (struct what){ .obs = "http://nobody.example/a", .class_id = "phishing" }),
		     b = file_it(w, (struct what){ .obs = "http://nobody.example/b", .class_id = "phishing" }),
		     c = file_it(w, (struct what){ .obs = "http://nobody.example/c",
						   .obs2 = "http://nobody.example/d",
						   .class_id = "phishing" });
	const char *waiting = "SELECT count(*) FROM desk_case WHERE acted_at = 0";
	assert_int_equal(number_of(p, waiting), 3);
	advance(w, HOUR);
	assert_st(two(w, desk_case_link, a.number, a.number), ST_INVALID);
	assert_int_equal(number_of(p, waiting), 3);
	assert_ok(two(w, desk_case_link, a.number, b.number));
	assert_int_equal(number_of(p, waiting), 1);
	int64_t first = w->now;
	advance(w, HOUR);
	assert_ok(two(w, desk_case_unlink, a.number, b.number));
	assert_ok(two(w, desk_case_merge, b.number, a.number));
	assert_int_equal(number_of(p, "SELECT max(acted_at) FROM desk_case"), first);
	char *pick = arena_printf(p->mem, "o%lld", (long long)staff_view(w, c.number).obs[0].id);
	assert_ok(two(w, desk_case_split, c.number, pick));
	assert_int_equal(number_of(p, waiting), 0);
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_case WHERE acted_at > (SELECT min(acted_at) FROM "
				      "desk_case)"),
			 2);
	finish(w);
}
ON_EACH_DRIVER(these_are_acts_too, acted)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merge_and_undo),      cmocka_unit_test(undone_exactly),
		cmocka_unit_test(what_is_refused),     cmocka_unit_test(erased_after_a_merge),
		cmocka_unit_test(split_and_what_goes), cmocka_unit_test(related_cases),
		cmocka_unit_test(these_are_acts_too),  cmocka_unit_test(news_reaches_all_who_reported)
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
