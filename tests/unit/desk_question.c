/* A reporter asks and is answered: who sees it, who is written to, what is refused. */
#include "deskworld.h"
#include "desk/desk_int.h"
#include "desk/desk_question.h"

#define ANN "ann@mail.example"
#define BOB "bob@mail.example"

static struct filed file_for(struct world *w, const char *obs, const char *email)
{
	return file_it(w, (struct what){ .obs = obs, .text = "look", .class_id = "phishing", .email = email });
}

static enum st ask(struct world *w, const char *token, const char *text)
{
	struct reporter_arg a = { .token = (char *)token, .text = (char *)text };
	struct actor before = w->p->who;
	w->p->who = nobody;
	enum st st = in_write(w->p, desk_question_ask, &a);
	w->p->who = before;
	follow(w);
	return st;
}

static enum st say(struct world *w, const struct actor *who, const char *number, int64_t id, const char *text)
{
	enum st st = act_as(w, who, desk_question_answer,
			    (struct desk_act){ .number = (char *)number, .id = id, .text = (char *)text });
	follow(w);
	return st;
}

/* Two reporters of one case. */
static void asks(struct place *p)
{
	struct world *w = begin(p);
	struct filed a = file_for(w, "http://maple.com.tw/x", ANN), b = file_for(w, "http://maple.com.tw/x", BOB);
	assert_string_equal(a.number, b.number);
	confirm(w, ANN);
	confirm(w, BOB);
	follow(w);
	assert_ok(ask(w, a.token, "Is the page gone?"));
	struct case_view s = staff_view(w, a.number), ra = reporter_view(w, a.token), rb = reporter_view(w, b.token);
	SEES(&s, "A reporter asked something");
	SEES(&ra, "You asked us something");
	assert_false(has_step(&rb, "asked"));
	assert_true(has_task(&s, "question"));
	assert_int_equal(s.nquestions, 1);
	assert_int_equal(ra.nquestions, 1);
	assert_int_equal(rb.nquestions, 0);
	int bobs = mails_to(w, BOB), anns = mails_to(w, ANN), all = w->mails;
	assert_ok(say(w, &handler, a.number, s.question[0].id, "Since noon."));
	assert_int_equal(mails_to(w, ANN), anns + 1);
	assert_int_equal(mails_to(w, BOB), bobs);
	assert_int_equal(w->mails, all + 1); /* no party reads it either */
	const struct mail *m = last_to(w, ANN);
	assert_non_null(strstr(m->body, "Since noon."));
	assert_non_null(strstr(m->body, "Is the page gone?"));
	s = staff_view(w, a.number), ra = reporter_view(w, a.token), rb = reporter_view(w, b.token);
	SEES(&ra, "We answered your question");
	assert_false(has_step(&rb, "answered your"));
	assert_false(has_task(&s, "question"));
	finish(w);
}
ON_EACH_DRIVER(asked_and_answered, asks)

/* A legal adviser sees the case, and that something was asked, but not what reporters write. */
static void unseen(struct place *p)
{
	static const struct actor legal = { "staff:7", ROLE_LEGAL, 7 };
	struct world *w = begin(p);
	struct filed a = file_for(w, "http://maple.com.tw/x", ANN);
	struct case_view v;
	assert_ok(ask(w, a.token, "My card was 4111?"));
	struct req rq = on_reader(p);
	rq.who = &legal;
	assert_ok(desk_case_staff(&rq, a.number, LANG_EN, &v));
	store_reader_done(p->s);
	SEES(&v, "A reporter asked something");
	BUF_SCOPE out = BUF_INIT;
	desk_case_json(&out, &v, FOR_STAFF);
	assert_null(strstr(buf_cstr(&out), "4111"));
	v = staff_view(w, a.number);
	desk_case_json(&out, &v, FOR_STAFF);
	assert_non_null(strstr(buf_cstr(&out), "4111"));
	finish(w);
}
ON_EACH_DRIVER(words_are_not_for_all_staff, unseen)

static void refusals(struct place *p)
{
	struct world *w = begin(p);
	struct filed a = file_for(w, "http://maple.com.tw/x", ANN), b = file_for(w, "http://birch.com.tw/y", BOB);
	char *large = arena_alloc(p->mem, WORDS_MAX + 2);
	memset(large, 'x', WORDS_MAX + 1);
	large[WORDS_MAX + 1] = 0;
	assert_st(ask(w, "nobodys-token", "what?"), ST_NOTFOUND);
	assert_st(ask(w, a.token, " \n"), ST_INVALID);
	assert_st(ask(w, a.token, "\xff"), ST_INVALID);
	assert_st(ask(w, a.token, large), ST_INVALID);
	for (int i = 0; i < QUESTIONS_WAIT; i++)
		assert_ok(ask(w, a.token, "what?"));
	assert_st(ask(w, a.token, "what?"), ST_LIMIT);
	struct case_view s = staff_view(w, a.number);
	assert_int_equal(s.nquestions, QUESTIONS_WAIT);
	int64_t id = s.question[0].id;
	assert_st(say(w, &nobody, a.number, id, "no"), ST_DENIED);
	assert_st(say(w, &handler, b.number, id, "another case"), ST_NOTFOUND);
	assert_st(say(w, &handler, a.number, 999999, "none"), ST_NOTFOUND);
	assert_st(say(w, &handler, a.number, id, ""), ST_INVALID);
	int before = w->mails;
	assert_ok(say(w, &handler, a.number, id, "yes"));
	assert_int_equal(w->mails, before); /* nobody confirmed the address: it stands on the page only */
	struct case_view r = reporter_view(w, a.token);
	SEES(&r, "We answered your question");
	assert_st(say(w, &handler, a.number, id, "yes again"), ST_CONFLICT);
	s = staff_view(w, a.number);
	assert_true(has_task(&s, "question")); /* others wait */
	assert_ok(ask(w, a.token, "and now?"));
	finish(w);
}
ON_EACH_DRIVER(what_is_refused, refusals)

static void closed(struct place *p)
{
	struct world *w = begin(p);
	struct filed a = file_for(w, "http://maple.com.tw/x", ANN);
	assert_ok(act(w, desk_case_close, (struct desk_act){ .number = a.number, .reason = "false-alarm" }));
	assert_ok(ask(w, a.token, "Why?"));
	struct case_view s = staff_view(w, a.number);
	assert_int_equal(s.state, CASE_CLOSED);
	assert_true(has_task(&s, "question"));
	assert_ok(say(w, &handler, a.number, s.question[0].id, "It was ours."));
	struct reporter_arg withdraw = { .token = a.token };
	assert_ok(ask(w, a.token, "Really?"));
	p->who = nobody;
	assert_ok(in_write(p, desk_reporter_withdraw, &withdraw));
	p->who = actor_cli;
	assert_st(ask(w, a.token, "More?"), ST_CONFLICT);
	s = staff_view(w, a.number);
	assert_st(say(w, &handler, a.number, s.question[0].id, "Really."), ST_CONFLICT);
	finish(w);
}
ON_EACH_DRIVER(closed_and_withdrawn, closed)

static enum st erase(struct req *rq, void *email)
{
	struct privacy_erased gone;
	return privacy_erase(rq, email, &gone);
}

static void forgotten(struct place *p)
{
	struct world *w = begin(p);
	struct filed a = file_for(w, "http://maple.com.tw/x", ANN), b = file_for(w, "http://birch.com.tw/y", BOB);
	BUF_SCOPE out = BUF_INIT;
	assert_ok(ask(w, a.token, "zanzibar?"));
	assert_ok(ask(w, b.token, "timbuktu?"));
	/* it goes with its report into another case */
	assert_ok(act(w, desk_case_merge, (struct desk_act){ .number = b.number, .reason = a.number, .text = "" }));
	struct case_view s = staff_view(w, a.number), r = reporter_view(w, b.token);
	assert_int_equal(s.nquestions, 2);
	assert_int_equal(r.nquestions, 1);
	SEES(&r, "You asked us something");
	struct req rq = on_reader(p);
	assert_ok(privacy_export(&rq, ANN, &out));
	assert_non_null(strstr(buf_cstr(&out), "zanzibar?"));
	assert_null(strstr(buf_cstr(&out), "timbuktu?"));
	store_reader_done(p->s);
	assert_ok(in_write(p, erase, ANN));
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_question"), 1);
	assert_int_equal(
		number_of(p, "SELECT count(*) FROM journal_entry WHERE verb = 'question-asked' AND erased_at = 0"), 1);
	finish(w);
}
ON_EACH_DRIVER(moved_and_forgotten, forgotten)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_not_for_all_staff),
		cmocka_unit_test(asked_and_answered),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(closed_and_withdrawn),
		cmocka_unit_test(moved_and_forgotten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
