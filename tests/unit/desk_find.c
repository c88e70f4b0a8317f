/* The way back to one's case: who gets a letter, who does not, and that asking costs the same either way. */
#include "deskworld.h"
#include "desk/desk_int.h"

#define ANN "ann@mail.example"

static struct filed file_for(struct world *w, const char *obs, const char *email)
{
	return file_it(w, (struct what){ .obs = obs, .text = "look", .class_id = "phishing", .email = email });
}

static enum st ask(struct world *w, const char *number, const char *email)
{
	struct find_ask a = { (char *)number, (char *)email };
	struct actor before = w->p->who;
	w->p->who = nobody;
	enum st st = in_write(w->p, desk_find_ask, &a);
	w->p->who = before;
	return st;
}

/* Letters of this kind that followed from asking. */
static int asked(struct world *w, const char *number, const char *email)
{
	int before = 0, after = 0;
	for (int i = 0; i < w->mails; i++)
		before += !strcmp(w->mail[i].kind, "link");
	assert_ok(ask(w, number, email));
	advance(w, USEC);
	for (int i = 0; i < w->mails; i++)
		after += !strcmp(w->mail[i].kind, "link");
	return after - before;
}

static void found(struct place *p)
{
	struct world *w = begin(p);
	struct filed a = file_for(w, "http://maple.com.tw/x", ANN);
	struct filed b = file_for(w, "http://birch.com.tw/y", "Bob@mail.example");
	assert_int_equal(asked(w, a.number, ANN), 1);
	const struct mail *m = last_to(w, ANN);
	assert_string_equal(m->kind, "link");
	assert_string_equal(token_of((char *)m->link), a.token);
	assert_string_equal(m->lang, "en");
	assert_non_null(strstr(m->subject, a.number));
	struct case_view v = reporter_view(w, a.token);
	SEES(&v, "The link of this page was asked for");
	/* as people type it: the number in small letters, the address with another capital */
	advance(w, 2 * HOUR);
	assert_int_equal(asked(w, "nc-2026-000001", "Ann@MAIL.example"), 1);
	assert_int_equal(asked(w, b.number, "Bob@mail.example"), 1);
	finish(w);
}
ON_EACH_DRIVER(finds, found)

static void none(struct place *p)
{
	struct world *w = begin(p);
	struct filed a = file_for(w, "http://maple.com.tw/x", ANN);
	struct filed b = file_for(w, "http://birch.com.tw/y", "bob@mail.example");
	struct filed c = file_for(w, "http://1.34.0.9/", NULL);
	assert_int_equal(asked(w, "NC-2026-999999", ANN), 0);	     /* no such case */
	assert_int_equal(asked(w, b.number, ANN), 0);		     /* somebody else's */
	assert_int_equal(asked(w, a.number, "bob@mail.example"), 0); /* known, but not of this case */
	assert_int_equal(asked(w, a.number, "who@else.example"), 0); /* unknown */
	assert_int_equal(asked(w, c.number, ANN), 0);		     /* nobody's */
	assert_int_equal(asked(w, "a number that is too long to be one at all", ANN), 0);
	assert_int_equal(ask(w, a.number, "no address"), ST_INVALID);
	struct case_view v = reporter_view(w, b.token);
	assert_false(has_step(&v, "asked for"));
	finish(w);
}
ON_EACH_DRIVER(finds_nothing, none)

static void same_cost(struct place *p)
{
	static const char *const counts[] = { "SELECT count(*) FROM journal_entry", "SELECT count(*) FROM work_due",
					      "SELECT count(*) FROM desk_find" };
	struct world *w = begin(p);
	struct filed a = file_for(w, "http://maple.com.tw/x", ANN);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		int64_t at = number_of(p, counts[i]), known, unknown;
		assert_ok(ask(w, a.number, ANN));
		known = number_of(p, counts[i]) - at;
		assert_ok(ask(w, a.number, "who@else.example"));
		unknown = number_of(p, counts[i]) - at - known;
		assert_int_equal(known, 1);
		assert_int_equal(unknown, 1);
	}
	/* nor do the rows differ in what they hold, but for what was typed */
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_find WHERE report <> 0 OR decided <> 0"), 0);
	advance(w, USEC);
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_find WHERE report <> 0"), 1);
	advance(w, DAY);
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_find"), 0);
	assert_int_equal(number_of(p, "SELECT count(*) FROM work_due WHERE kind = 'case-link'"), 0);
	finish(w);
}
ON_EACH_DRIVER(costs_the_same, same_cost)

static void seldom(struct place *p)
{
	struct world *w = begin(p);
	static const char *const obs[] = { "http://maple.com.tw/x", "http://birch.com.tw/y", "http://silent.com.tw/",
					   "http://1.34.0.9/",	    "http://1.34.0.10/",     "http://1.34.0.11/" };
	struct filed f[6];
	int letters = 0;
	for (int i = 0; i < 6; i++)
		f[i] = file_for(w, obs[i], ANN);
	assert_ok(ask(w, f[0].number, ANN)); /* twice at once, */
	assert_int_equal(asked(w, f[0].number, ANN), 1);
	advance(w, 59 * 60 * USEC);
	assert_int_equal(asked(w, f[0].number, ANN), 0); /* and within the hour */
	for (int i = 1; i < 6; i++)
		letters += asked(w, f[i].number, ANN);
	assert_int_equal(letters, LETTERS_A_DAY - 1);
	advance(w, DAY);
	assert_int_equal(asked(w, f[5].number, ANN), 1);
	finish(w);
}
ON_EACH_DRIVER(not_often, seldom)

static void merged(struct place *p)
{
	struct world *w = begin(p);
	struct filed a = file_for(w, "http://maple.com.tw/x", ANN);
	struct filed b = file_for(w, "http://birch.com.tw/y", "bob@mail.example");
	assert_ok(act(w, desk_case_merge, (struct desk_act){ .number = b.number, .reason = a.number, .text = "" }));
	assert_int_equal(asked(w, b.number, "bob@mail.example"), 1); /* the number on the receipt */
	const struct mail *m = last_to(w, "bob@mail.example");
	assert_string_equal(token_of((char *)m->link), b.token);
	advance(w, 2 * HOUR);
	assert_int_equal(asked(w, a.number, "bob@mail.example"), 1); /* the one it is in now */
	assert_int_equal(asked(w, b.number, ANN), 0);		     /* was never there */
	finish(w);
}
ON_EACH_DRIVER(old_number, merged)

static enum st erase(struct req *rq, void *email)
{
	struct privacy_erased gone;
	return privacy_erase(rq, email, &gone);
}

static void gone(struct place *p)
{
	struct world *w = begin(p);
	struct filed a = file_for(w, "http://maple.com.tw/x", ANN);
	struct filed b = file_for(w, "http://birch.com.tw/y", "bob@mail.example");
	struct reporter_arg withdraw = { .token = a.token };
	p->who = nobody;
	assert_ok(in_write(p, desk_reporter_withdraw, &withdraw));
	assert_int_equal(asked(w, a.number, ANN), 0);
	/* asked, decided, and withdrawn before the letter is composed */
	assert_ok(ask(w, b.number, "bob@mail.example"));
	p->who = actor_cli;
	assert_ok(in_write(p, erase, "bob@mail.example"));
	int before = w->mails;
	advance(w, USEC);
	assert_int_equal(w->mails, before);
	assert_int_equal(asked(w, b.number, "bob@mail.example"), 0);
	finish(w);
}
ON_EACH_DRIVER(withdrawn_or_erased, gone)

/* Nobody who ever reported anything: only the asking knows the address. */
static void personal(struct place *p)
{
	static const struct privacy_part parts[] = { { "case links", desk_find_export, desk_find_erase,
						       desk_find_knows } };
	struct world *w = begin(p);
	BUF_SCOPE out = BUF_INIT;
	privacy_parts(parts, 1);
	assert_ok(ask(w, "NC-2026-000001", "Who@else.example"));
	struct req rq = on_reader(p);
	assert_st(privacy_export(&rq, "nobody@example.com", &out), ST_NOTFOUND);
	assert_ok(privacy_export(&rq, "who@else.example", &out));
	assert_non_null(strstr(buf_cstr(&out), "NC-2026-000001"));
	store_reader_done(p->s);
	p->who = actor_cli;
	assert_ok(in_write(p, erase, "who@else.example"));
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_find"), 0);
	finish(w);
}
ON_EACH_DRIVER(personal_data, personal)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds),	 cmocka_unit_test(finds_nothing), cmocka_unit_test(costs_the_same),
		cmocka_unit_test(not_often),	 cmocka_unit_test(old_number),	  cmocka_unit_test(withdrawn_or_erased),
		cmocka_unit_test(personal_data),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
