/* Labels of cases (TLP 2.0), replayed on both stores: what a label holds back, how it is raised and lowered. */
#include "deskworld.h"

static struct filed file_label(struct world *w, const char *obs, const char *email, const char *tlp,
			       const struct actor *who)
{
	return file_it(w, (struct what){ .obs = obs,
					 .text = "The secret words.",
					 .email = email,
					 .class_id = "phishing",
					 .share = true,
					 .tlp = tlp,
					 .who = who });
}

static int facts(struct place *p, const char *verb)
{
	struct req rq = on_reader(p);
	int64_t n = 0;
	assert_ok(sql_number(&rq, &n, "SELECT count(*) FROM journal_entry WHERE verb = $1", V(verb)));
	store_reader_done(p->s);
	return (int)n;
}

static const char HELD[] = "Its TLP label does not let it go to this party: ask the source, then lower the label.";

/* Filed by staff, so nothing else would make the notice wait. */
static void held(struct place *p)
{
	struct world *w = begin(p);
	static const char *const strict[] = { "TLP:RED", "amber+strict" };
	static const char *const obs[] = { "https://pay.maple.com.tw/a", "https://pay.birch.com.tw/b" };
	static const char *const to[] = { "abuse@maple.example", "abuse@birch.example" };
	for (int i = 0; i < 2; i++) {
		struct filed f = file_label(w, obs[i], "ann@mail.example", strict[i], &handler);
		struct case_view v = staff_view(w, f.number);
		assert_string_equal(tlp_name(v.tlp), i ? "TLP:AMBER+STRICT" : "TLP:RED");
		assert_int_equal(v.notice[0].state, NOTICE_WAITING);
		assert_string_equal(v.notice[0].why_waiting, HELD);
		assert_int_equal(mails_to(w, to[i]), 0);
		/* Nobody's click sends it either, and time doesn't. */
		assert_st(act(w, desk_notice_approve, (struct desk_act){ .number = f.number }), ST_CONFLICT);
		assert_st(act(w, desk_notice_approve, (struct desk_act){ .number = f.number, .id = v.notice[0].id }),
			  ST_CONFLICT);
		advance(w, 30 * DAY);
		assert_int_equal(mails_to(w, to[i]), 0);
	}
	/* AMBER, said or not, reaches our clients. */
	file_label(w, "https://pay.silent.com.tw/c", NULL, "TLP:AMBER", &handler);
	file_label(w, "https://x.maple.com.tw/d", NULL, NULL, &handler);
	assert_int_equal(mails_to(w, "abuse@cedar.example"), 1);
	assert_int_equal(mails_to(w, "abuse@maple.example"), 1);
	const struct mail *m = last_to(w, "abuse@maple.example");
	assert_non_null(strstr(m->subject, "] [TLP:AMBER] "));
	finish(w);
}
ON_EACH_DRIVER(a_strict_label_holds_back, held)

/* The reporter of RED hears that there is news, and nothing of the matter by mail. */
static void red_mail(struct place *p)
{
	struct world *w = begin(p);
	struct filed f = file_label(w, "https://pay.maple.com.tw/a", "ann@mail.example", "red", &handler);
	const struct mail *m = last_to(w, "ann@mail.example");
	assert_non_null(strstr(m->subject, "[TLP:RED]"));
	assert_null(strstr(m->body, "maple"));
	assert_null(strstr(m->body, "Maple"));
	assert_null(strstr(m->body, "secret"));
	assert_null(strstr(m->body, "False site"));
	confirm(w, "ann@mail.example");
	assert_ok(act(w, desk_reporters_write,
		      (struct desk_act){ .number = f.number, .text = (char *)"Is it maple.com.tw?" }));
	m = last_to(w, "ann@mail.example");
	assert_string_equal(m->kind, "message");
	assert_null(strstr(m->body, "maple"));
	assert_non_null(strstr(m->body, "stands on your page"));
	assert_ok(act(w, desk_case_close, (struct desk_act){ .number = f.number, .reason = (char *)"fixed" }));
	m = last_to(w, "ann@mail.example");
	assert_string_equal(m->kind, "closed");
	assert_null(strstr(m->body, "aple"));
	/* Their page is theirs. */
	struct case_view v = reporter_view(w, f.token);
	assert_string_equal(v.obs[0].value, "https://pay.maple.com.tw/a");
	assert_int_equal(v.tlp, TLP_RED);
	finish(w);
}
ON_EACH_DRIVER(red_is_not_in_mail, red_mail)

static void lowered(struct place *p)
{
	struct world *w = begin(p);
	struct filed f = file_label(w, "https://pay.maple.com.tw/a", NULL, "red", &handler);
	struct desk_act a = { .number = f.number, .reason = (char *)"TLP:AMBER" };
	assert_st(act(w, desk_case_label, a), ST_INVALID);
	a.text = (char *)"Li of Example Bank";
	assert_st(act(w, desk_case_label, a), ST_INVALID);
	a.how = (char *)"telepathy";
	a.at = w->now - HOUR;
	assert_st(act(w, desk_case_label, a), ST_INVALID);
	a.how = (char *)"phone";
	a.at = w->now + HOUR;
	assert_st(act(w, desk_case_label, a), ST_INVALID);
	a.at = w->now - HOUR;
	assert_st(act_as(w, &admin, desk_case_label, a), ST_DENIED);
	assert_st(act_as(w, &nobody, desk_case_label, a), ST_DENIED);
	assert_int_equal(facts(p, "tlp-lowered"), 0);
	assert_int_equal(staff_view(w, f.number).tlp, TLP_RED);

	assert_ok(act(w, desk_case_label, a));
	assert_ok(act(w, desk_case_label, a)); /* twice is once */
	assert_int_equal(facts(p, "tlp-lowered"), 1);
	struct case_view v = staff_view(w, f.number), r = reporter_view(w, f.token);
	assert_int_equal(v.tlp, TLP_AMBER);
	SEES(&v, "Sharing limit lowered to TLP:AMBER");
	SEES(&r, "Sharing limit lowered to TLP:AMBER");
	for (int i = 0; i < v.nsteps; i++)
		if (strstr(v.step[i].text, "lowered"))
			assert_non_null(strstr(v.step[i].more, "Li of Example Bank, by telephone"));
	for (int i = 0; i < r.nsteps; i++)
		assert_null(r.step[i].more ? strstr(r.step[i].more, "Li of") : NULL);
	/* It still takes a person's click, which works now. */
	assert_int_equal(mails_to(w, "abuse@maple.example"), 0);
	assert_int_equal(v.notice[0].state, NOTICE_WAITING);
	assert_string_not_equal(v.notice[0].why_waiting, HELD);
	assert_ok(act(w, desk_notice_approve, (struct desk_act){ .number = f.number }));
	assert_int_equal(mails_to(w, "abuse@maple.example"), 1);
	assert_st(act(w, desk_case_label, (struct desk_act){ .number = f.number, .reason = (char *)"purple" }),
		  ST_INVALID);
	/* Who consented is forgotten with the reporters' words; that somebody did is not. */
	assert_ok(act(w, desk_case_close, (struct desk_act){ .number = f.number, .reason = (char *)"fixed" }));
	advance(w, 731 * DAY);
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_consent WHERE who <> ''"), 0);
	assert_int_equal(facts(p, "tlp-lowered"), 1);
	finish(w);
}
ON_EACH_DRIVER(lowering_takes_consent, lowered)

/* Raised after the click and before the letter: it waits again. Raised after it: the next party is not told. */
static void raised(struct place *p)
{
	struct world *w = begin(p);
	struct filed f = file_label(w, "https://pay.maple.com.tw/a", NULL, NULL, NULL);
	assert_ok(act_as(w, &handler, desk_notice_approve, (struct desk_act){ .number = f.number }));
	assert_ok(
		act_as(w, &handler, desk_case_label, (struct desk_act){ .number = f.number, .reason = (char *)"red" }));
	follow(w);
	assert_int_equal(mails_to(w, "abuse@maple.example"), 0);
	struct case_view v = staff_view(w, f.number);
	assert_int_equal(v.notice[0].state, NOTICE_WAITING);
	assert_int_equal(v.state, CASE_RECEIVED);

	struct filed g = file_label(w, "https://pay.birch.com.tw/a", NULL, NULL, &handler);
	assert_int_equal(mails_to(w, "abuse@birch.example"), 1);
	assert_ok(act(w, desk_case_label, (struct desk_act){ .number = g.number, .reason = (char *)"amber+strict" }));
	assert_st(act(w, desk_party_write,
		      (struct desk_act){
			      .number = g.number, .id = staff_view(w, g.number).notice[0].id, .text = (char *)"more" }),
		  ST_CONFLICT);
	advance(w, 2 * DAY);
	v = staff_view(w, g.number);
	assert_int_equal(v.notice[0].state, NOTICE_SILENT);
	assert_int_equal(v.nnotices, 2);
	assert_int_equal(v.notice[1].state, NOTICE_WAITING);
	assert_string_equal(v.notice[1].why_waiting, HELD);
	assert_int_equal(mails_to(w, "abuse@cedar.example"), 0);
	finish(w);
}
ON_EACH_DRIVER(raising_holds_what_is_on_its_way, raised)

/* What the party that was told reads of reporters' words. */
static void shared(struct world *w, const char *words)
{
	struct answer_view a;
	struct req rq = on_reader(w->p);
	assert_ok(desk_answer_view(&rq, token_of(last_to(w, "abuse@maple.example")->link), LANG_EN, &a));
	if (words)
		assert_string_equal(a.words, words);
	else
		assert_null(a.words);
	store_reader_done(w->p->s);
}

/* A stricter report joins: the case takes its label, and its words do not reach who was told before. A stranger's does
 * not stop the case: staff are asked, and its words stay here all the same. */
static void joined(struct place *p)
{
	struct world *w = begin(p);
	struct filed f = file_label(w, "https://pay.maple.com.tw/a", NULL, "green", &handler);
	assert_int_equal(mails_to(w, "abuse@maple.example"), 1);
	struct filed g = file_it(w, (struct what){ .obs = "https://pay.maple.com.tw/a",
						   .text = "From a closed circle.",
						   .class_id = "phishing",
						   .share = true,
						   .tlp = "TLP:RED" });
	assert_string_equal(f.number, g.number);
	struct case_view stopped = staff_view(w, f.number);
	assert_int_equal(stopped.tlp, TLP_GREEN);
	assert_true(has_task(&stopped, "label-asked"));
	shared(w, "The secret words.");
	file_it(w, (struct what){ .obs = "https://pay.maple.com.tw/a",
				  .text = "For all.",
				  .class_id = "phishing",
				  .share = true });
	shared(w, "The secret words.\n\nFor all.");
	assert_int_equal(facts(p, "tlp-raised"), 0);
	file_label(w, "https://pay.maple.com.tw/a", NULL, "red", &handler);
	assert_int_equal(staff_view(w, f.number).tlp, TLP_RED);
	shared(w, NULL);
	/* A weaker one changes nothing. */
	file_label(w, "https://pay.maple.com.tw/a", NULL, "clear", NULL);
	assert_int_equal(staff_view(w, f.number).tlp, TLP_RED);
	assert_int_equal(facts(p, "tlp-raised"), 1);
	finish(w);
}
ON_EACH_DRIVER(the_stricter_label_counts, joined)

static enum st set_default(struct world *w, const struct actor *who, const char *class_id, const char *source,
			   enum tlp label)
{
	struct tlp_default d = { (char *)class_id, (char *)source, label };
	struct actor before = w->p->who;
	w->p->who = *who;
	enum st st = in_write(w->p, desk_tlp_default_set, &d);
	w->p->who = before;
	return st;
}

static void defaults(struct place *p)
{
	static const struct actor officer = { "staff:3", ROLE_OFFICER, 3 };
	struct world *w = begin(p);
	assert_st(set_default(w, &handler, "phishing", "*", TLP_RED), ST_DENIED);
	assert_st(set_default(w, &officer, "fishing", "*", TLP_RED), ST_INVALID);
	assert_st(set_default(w, &officer, "*", "fax", TLP_RED), ST_INVALID);
	assert_ok(set_default(w, &officer, "phishing", "*", TLP_GREEN));
	assert_ok(set_default(w, &officer, "phishing", "*", TLP_RED));
	struct filed f = file_label(w, "https://pay.maple.com.tw/a", NULL, NULL, NULL);
	assert_int_equal(staff_view(w, f.number).tlp, TLP_RED);
	f = file_label(w, "https://pay.maple.com.tw/b", NULL, "clear", NULL); /* what is said counts */
	assert_int_equal(staff_view(w, f.number).tlp, TLP_CLEAR);
	f = file_it(w, (struct what){ .obs = "https://pay.maple.com.tw/c", .class_id = "spam" });
	assert_int_equal(staff_view(w, f.number).tlp, TLP_AMBER);
	struct filed out;
	char why[256];
	struct what bad = { .obs = "https://x.maple.com.tw/", .tlp = "TLP:BLUE" };
	assert_st(try_file(w, &bad, &out, why), ST_INVALID);
	assert_non_null(strstr(why, "tlp: one of clear"));
	finish(w);
}
ON_EACH_DRIVER(defaults_are_rows, defaults)

int main(void)
{
	idn_setup();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_strict_label_holds_back), cmocka_unit_test(red_is_not_in_mail),
		cmocka_unit_test(lowering_takes_consent),    cmocka_unit_test(raising_holds_what_is_on_its_way),
		cmocka_unit_test(the_stricter_label_counts), cmocka_unit_test(defaults_are_rows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
