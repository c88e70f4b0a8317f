/* Shares, replayed on both stores: what they hold, who may say what, what a stricter label and time do. */
#include "deskworld.h"
#include "desk/desk_share.h"

static const struct actor officer = { "staff:3", ROLE_OFFICER, 3 };

static struct desk_partner partner(struct world *w, const char *handle, const char *kind, enum tlp ceiling)
{
	struct desk_partner p = { .handle = (char *)handle,
				  .name = arena_printf(w->p->mem, "%s team", handle),
				  .kind = (char *)kind,
				  .ceiling = ceiling,
				  .mail = { arena_printf(w->p->mem, "CERT@%s.example", handle) },
				  .nmails = 1 };
	struct actor before = w->p->who;
	w->p->who = officer;
	assert_ok(in_write(w->p, desk_partner_add, &p));
	w->p->who = before;
	return p;
}

static enum st give(struct world *w, const struct actor *who, const char *number, const char *to, const char *text)
{
	struct share_arg a = { .number = (char *)number, .to = { (char *)to }, .nto = 1, .text = (char *)text };
	struct actor before = w->p->who;
	w->p->who = *who;
	enum st st = in_write(w->p, share_add, &a);
	w->p->who = before;
	return st;
}

static struct desk_share newest(struct world *w)
{
	struct desk_share s[20];
	struct share_find f = { 0 };
	struct req rq = on_reader(w->p);
	int n = 0;
	rq.who = &handler;
	assert_ok(share_list(&rq, &f, s, 20, &n));
	store_reader_done(w->p->s);
	assert_true(n > 0);
	return s[0];
}

static enum st say(struct world *w, const char *token, enum share_state state, const char *text)
{
	struct share_answer a = { .token = (char *)token, .state = state, .text = (char *)text };
	struct actor before = w->p->who;
	w->p->who = nobody;
	enum st st = in_write(w->p, share_answer, &a);
	w->p->who = before;
	follow(w);
	return st;
}

static void answers(struct place *p)
{
	struct world *w = begin(p);
	partner(w, "jp", "national-cert", TLP_AMBER);
	struct filed f = file_it(w, (struct what){ .obs = "https://pay.maple.com.tw/a",
						   .text = "My words, and elsewhere.example.com.",
						   .email = "ann@mail.example",
						   .class_id = "phishing" });
	assert_st(give(w, &admin, f.number, "jp", ""), ST_DENIED);
	assert_st(give(w, &nobody, f.number, "jp", ""), ST_DENIED);
	assert_st(give(w, &handler, f.number, "kr", ""), ST_NOTFOUND);
	assert_st(give(w, &handler, "NC-2026-999999", "jp", ""), ST_NOTFOUND);
	assert_st(give(w, &handler, f.number, "jp", "bell \a"), ST_INVALID);
	assert_ok(give(w, &handler, f.number, "jp", "Look at it."));
	assert_st(give(w, &handler, f.number, "jp", ""), ST_CONFLICT);
	follow(w);
	const struct mail *m = last_to(w, "cert@jp.example");
	assert_string_equal(m->kind, "share");
	assert_null(strstr(m->body, "My words"));
	assert_null(strstr(m->body, "ann@"));
	assert_null(strstr(m->body, "elsewhere")); /* only mentioned: nobody's matter yet */
	assert_non_null(strstr(m->body, "https://pay.maple.com.tw/a"));
	assert_int_equal(newest(w).state, SHARE_DELIVERED);
	char token[27];
	snprintf(token, sizeof token, "%s", token_of(m->link));
	assert_st(say(w, "aaaaaaaaaaaaaaaaaaaaaaaaaa", SHARE_HANDLED, ""), ST_NOTFOUND);
	assert_st(say(w, token, SHARE_SILENT, ""), ST_INVALID);
	assert_st(say(w, token, SHARE_QUEUED, ""), ST_INVALID);
	assert_ok(say(w, token, SHARE_RECEIVED, ""));
	assert_ok(say(w, token, SHARE_RECEIVED, "")); /* twice is once */
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE verb = 'share-received'"), 1);
	advance(w, 60 * DAY); /* who has it is not reminded, nor silent */
	assert_int_equal(newest(w).state, SHARE_RECEIVED);
	assert_int_equal(mails_to(w, "cert@jp.example"), 1);
	assert_ok(say(w, token, SHARE_HANDLED, "Done by Aki."));
	assert_st(say(w, token, SHARE_RECEIVED, ""), ST_CONFLICT);
	assert_ok(say(w, token, SHARE_REFUSED, "Not ours after all."));
	struct case_view v = staff_view(w, f.number), r = reporter_view(w, f.token);
	SEES(&v, "jp team says that it is not for them");
	SEES(&r, "We told a partner organisation");
	assert_false(has_step(&r, "jp team"));
	assert_int_equal(number_of(p, "SELECT count(*) FROM work_due WHERE kind IN ('share-remind', 'share-silent')"),
			 0);
	finish(w);
}
ON_EACH_DRIVER(a_partner_answers, answers)

static void silence(struct place *p)
{
	struct world *w = begin(p);
	partner(w, "jp", "national-cert", TLP_AMBER);
	struct filed f = file_it(w, (struct what){ .obs = "https://pay.maple.com.tw/a", .class_id = "phishing" });
	assert_ok(give(w, &handler, f.number, "jp", ""));
	follow(w);
	advance(w, 3 * DAY - HOUR);
	assert_int_equal(mails_to(w, "cert@jp.example"), 1);
	advance(w, HOUR);
	assert_int_equal(mails_to(w, "cert@jp.example"), 2);
	assert_string_equal(last_to(w, "cert@jp.example")->kind, "share-reminder");
	assert_null(strstr(last_to(w, "cert@jp.example")->body, "maple"));
	advance(w, 4 * DAY);
	assert_int_equal(newest(w).state, SHARE_SILENT);
	struct case_view v = staff_view(w, f.number);
	assert_true(has_task(&v, "share-silent"));
	assert_ok(say(w, token_of(last_to(w, "cert@jp.example")->link), SHARE_HANDLED,
		      "Late, but done.")); /* late is welcome */
	assert_int_equal(newest(w).state, SHARE_HANDLED);
	finish(w);
}
ON_EACH_DRIVER(silence_is_noticed, silence)

/* Raised before the letter went: it does not go. Raised after: what was sent stays sent, the page shows nothing. */
static void stricter(struct place *p)
{
	struct world *w = begin(p);
	partner(w, "jp", "national-cert", TLP_AMBER);
	partner(w, "kr", "national-cert", TLP_RED);
	struct filed f = file_it(w, (struct what){ .obs = "https://pay.maple.com.tw/a", .class_id = "phishing" });
	assert_ok(give(w, &handler, f.number, "jp", "Our words."));
	follow(w);
	assert_ok(give(w, &handler, f.number, "kr", "Our words."));
	assert_ok(act_as(w, &handler, desk_case_label,
			 (struct desk_act){ .number = f.number, .reason = (char *)"amber+strict" }));
	follow(w);
	assert_int_equal(mails_to(w, "cert@kr.example"), 0);
	assert_int_equal(newest(w).state, SHARE_CANCELLED);
	struct share_view v;
	BUF_SCOPE b = BUF_INIT;
	struct req rq = on_reader(p);
	assert_ok(share_view(&rq, token_of(last_to(w, "cert@jp.example")->link), LANG_EN, &v));
	assert_true(v.withheld);
	assert_int_equal(v.nobs, 0);
	assert_string_equal(v.s.text, "");
	assert_st(share_file(&rq, token_of(last_to(w, "cert@jp.example")->link), SHARE_CSV, &b), ST_DENIED);
	store_reader_done(p->s);
	assert_ok(say(w, token_of(last_to(w, "cert@jp.example")->link), SHARE_RECEIVED, ""));
	advance(w, 30 * DAY);
	assert_int_equal(mails_to(w, "cert@kr.example"), 0);
	finish(w);
}
ON_EACH_DRIVER(a_stricter_label_takes_back, stricter)

int main(void)
{
	idn_setup();
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_partner_answers), cmocka_unit_test(silence_is_noticed),
					    cmocka_unit_test(a_stricter_label_takes_back) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
