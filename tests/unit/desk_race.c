/* Two processes at one case at the same moment: what lists count stays what there is to count, and one thing has one case. */
#include "deskworld.h"
#include "desk/desk_int.h"
#include "race.h"

enum { VALUE = 60 };

static void counts_are_right(struct place *p)
{
	assert_int_equal(
		number_of(p, "SELECT count(*) FROM desk_case c WHERE c.waiting <> (SELECT count(*) FROM desk_notice n "
			     "WHERE n.case_id = c.id AND n.state = 0)"),
		0);
	assert_int_equal(
		number_of(p, "SELECT count(*) FROM desk_case c WHERE c.nreports <> (SELECT count(*) FROM desk_report r "
			     "WHERE r.case_id = c.id)"),
		0);
	assert_int_equal(number_of(p, "SELECT sum(notices) FROM desk_tally"),
			 number_of(p, "SELECT sum(waiting) FROM desk_case"));
	assert_int_equal(number_of(p, "SELECT sum(tasks) FROM desk_tally"),
			 number_of(p, "SELECT sum(tasks) FROM desk_case"));
	assert_int_equal(number_of(p, "SELECT sum(closed) FROM desk_tally"),
			 number_of(p, "SELECT count(*) FROM desk_case WHERE state = 4"));
}

/* ── one approves while the other closes ── */

static void decide(struct racer *r, int round)
{
	struct desk_act a = { .number = r->race->key[round], .reason = r->me ? "false-alarm" : NULL };
	arena_reset(r->mem);
	struct req rq = { .mem = r->mem, .who = &handler };
	r->st[round] = store_write(r->s, &rq, r->me ? desk_case_close : desk_notice_approve, &a);
}

static void decided_together(struct place *p)
{
	struct world *w = begin(p);
	struct race *race = calloc(1, sizeof *race);
	race->step = decide;
	for (int i = 0; i < ROUNDS; i++) {
		char url[VALUE];
		snprintf(url, sizeof url, "http://maple.com.tw/%d", i);
		struct filed f = file_it(w, (struct what){ .obs = url, .text = "look", .class_id = "phishing" });
		snprintf(race->key[i], KEY_SIZE, "%s", f.number);
		assert_ok(act(w, desk_note_add, (struct desk_act){ .number = f.number, .text = "somebody looks" }));
	}
	assert_int_equal(number_of(p, "SELECT sum(waiting) FROM desk_case"), ROUNDS);
	run_race(race);
	for (int i = 0; i < ROUNDS; i++) {
		assert_ok(race->racer[1].st[i]);
		assert_true(!race->racer[0].st[i] || race->racer[0].st[i] == ST_CONFLICT);
	}
	counts_are_right(p);
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_case WHERE state = 4"), ROUNDS);
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_notice WHERE state < 2"), 0);
	free(race);
	finish(w);
}
ON_EACH_DRIVER(approved_while_closed, decided_together)

/* ── both report the same ── */

static void report(struct racer *r, int round)
{
	arena_reset(r->mem);
	struct report *x = arena_new_of(r->mem, struct report);
	struct req rq = { .mem = r->mem, .who = &nobody };
	x->class_id = arena_strdup(r->mem, "phishing");
	x->description = arena_strdup(r->mem, "look");
	x->obs[x->nobs++].given = arena_printf(r->mem, "http://birch.com.tw/%d", round);
	x->obs[x->nobs++].given = arena_printf(r->mem, "http://birch.com.tw/again/%d", round / 2);
	rq.db = store_reader(r->s, &rq.err);
	r->st[round] = desk_report_prepare(&rq, x);
	store_reader_done(r->s);
	struct desk_file_arg arg = { .report = x };
	if (!r->st[round])
		r->st[round] = store_write(r->s, &rq, desk_report_write, &arg);
}

static void reported_together(struct place *p)
{
	struct world *w = begin(p);
	struct race *race = calloc(1, sizeof *race);
	race->step = report;
	run_race(race);
	for (int i = 0; i < ROUNDS; i++) {
		assert_ok(race->racer[0].st[i]);
		assert_ok(race->racer[1].st[i]);
	}
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_report"), 2 * ROUNDS);
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_case"), ROUNDS / 2);
	assert_int_equal(number_of(p, "SELECT count(*) FROM (SELECT value FROM desk_observable GROUP BY value HAVING "
				      "count(*) > 1) v"),
			 0);
	counts_are_right(p);
	free(race);
	finish(w);
}
ON_EACH_DRIVER(one_thing_one_case, reported_together)

/* ── the same form is sent twice ── */

static void answered(struct racer *r, int round)
{
	struct answer_arg a = { .token = r->race->key[round], .kind = ANSWER_FIXED, .text = (char *)"it is gone" };
	arena_reset(r->mem);
	struct req rq = { .mem = r->mem, .who = &nobody };
	r->st[round] = store_write(r->s, &rq, desk_answer_write, &a);
}

static void answered_together(struct place *p)
{
	struct world *w = begin(p);
	struct race *race = calloc(1, sizeof *race);
	race->step = answered;
	for (int i = 0; i < ROUNDS; i++) {
		char url[VALUE];
		snprintf(url, sizeof url, "http://maple.com.tw/%d", i);
		struct filed f = file_it(w, (struct what){ .obs = url, .text = "look", .class_id = "phishing" });
		assert_ok(act(w, desk_notice_approve, (struct desk_act){ .number = f.number }));
		snprintf(race->key[i], KEY_SIZE, "%s", token_of(last_to(w, "abuse@maple.example")->link));
	}
	run_race(race);
	for (int i = 0; i < ROUNDS; i++) {
		assert_ok(race->racer[0].st[i]);
		assert_ok(race->racer[1].st[i]);
	}
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE verb = 'notice-answered'"), ROUNDS);
	assert_int_equal(number_of(p, "SELECT count(*) FROM work_task WHERE kind = 'verify'"), ROUNDS);
	counts_are_right(p);
	free(race);
	finish(w);
}
ON_EACH_DRIVER(one_answer_sent_twice, answered_together)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(approved_while_closed),
		cmocka_unit_test(one_thing_one_case),
		cmocka_unit_test(one_answer_sent_twice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
