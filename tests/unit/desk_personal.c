/* Cases of personal data: few see what is in them, nothing joins them, and their clocks run. */
#include "deskworld.h"
#include "desk/desk_sort.h"

static const struct actor dpo = { "staff:3", ROLE_DPO, 3 }, auditor = { "staff:4", ROLE_AUDITOR, 4 },
			  lead = { "staff:5", ROLE_LEAD, 5 };

static enum st look(struct world *w, const struct actor *who, const char *number)
{
	struct case_view v;
	struct req rq = on_reader(w->p);
	rq.who = who;
	enum st st = desk_case_staff(&rq, number, LANG_EN, &v);
	store_reader_done(w->p->s);
	return st;
}

static int rows_seen(struct world *w, const struct actor *who, const char *search, struct queue_row *first)
{
	struct queue_row rows[5];
	int n = 0;
	int64_t total = 0;
	struct req rq = on_reader(w->p);
	rq.who = who;
	assert_ok(desk_queue(&rq, QUEUE_ALL, search, 0, 5, LANG_EN, rows, &n, &total));
	assert_int_equal(total, n);
	if (n)
		*first = rows[0];
	store_reader_done(w->p->s);
	return n;
}

static enum st assign(struct req *rq, void *number)
{
	return sql_run(rq, "UPDATE desk_case SET assignee = 'staff:1' WHERE number = $1", V((char *)number));
}

static enum st fetch(struct world *w, const struct actor *who, const char *sha)
{
	struct req rq = on_reader(w->p);
	rq.who = who;
	enum st st = desk_file_open(&rq, sha);
	store_reader_done(w->p->s);
	return st;
}

static void few(struct place *p)
{
	struct world *w = begin(p);
	struct queue_row q;
	char sha[65], other[65];
	memset(sha, 'b', 64);
	memset(other, 'c', 64);
	sha[64] = other[64] = 0;
	struct filed f = file_it(w, (struct what){ .obs = "maple.com.tw",
						   .class_id = "personal-data",
						   .email = "ann@mail.example",
						   .file = { (char *)"people.csv", NULL, sha, 10 } });
	/* Nothing joins it, and it joins nothing. */
	struct filed g = file_it(w, (struct what){ .obs = "maple.com.tw" });
	struct filed h = file_it(w, (struct what){ .obs = "maple.com.tw", .class_id = "personal-data" });
	assert_string_not_equal(f.number, g.number);
	assert_string_not_equal(h.number, g.number);
	assert_string_not_equal(h.number, f.number);

	assert_st(look(w, &handler, f.number), ST_DENIED);
	assert_st(look(w, &lead, f.number), ST_DENIED);
	assert_st(look(w, &admin, f.number), ST_DENIED);
	assert_ok(look(w, &dpo, f.number));
	assert_ok(look(w, &auditor, f.number));
	assert_ok(look(w, &handler, g.number));
	static const write_fn acts[] = { desk_notice_approve,  desk_notice_cancel, desk_escalate,    desk_party_write,
					 desk_reporters_write, desk_note_add,	   desk_opinion_add, desk_case_close,
					 desk_case_reopen,     desk_task_done };
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
		struct desk_act a = { .number = f.number, .id = 1, .text = (char *)"x", .reason = (char *)"fixed" };
		assert_st(act_as(w, &handler, acts[i], a), ST_DENIED);
		assert_st(act_as(w, &auditor, acts[i], a), ST_DENIED);
	}
	assert_ok(act_as(w, &dpo, desk_note_add, (struct desk_act){ .number = f.number, .text = (char *)"seen" }));
	BUF_SCOPE b = BUF_INIT;
	struct req rq = on_reader(p);
	rq.who = &handler;
	assert_st(desk_receipt(&rq, NULL, f.number, &b), ST_DENIED);
	store_reader_done(p->s);

	/* That it is there everybody sees; what is in it nobody finds. */
	assert_int_equal(rows_seen(w, &handler, f.number, &q), 1);
	assert_string_equal(q.first_obs, "");
	assert_string_equal(q.holder, "");
	assert_int_equal(rows_seen(w, &handler, "maple.com.tw", &q), 1);
	assert_string_equal(q.number, g.number);
	assert_int_equal(rows_seen(w, &dpo, "maple.com.tw", &q), 3);
	assert_int_equal(rows_seen(w, &dpo, f.number, &q), 1);
	assert_string_equal(q.first_obs, "maple.com.tw");

	/* A file of it, until another case has the same. */
	assert_st(fetch(w, &handler, sha), ST_DENIED);
	assert_ok(fetch(w, &dpo, sha));
	assert_ok(fetch(w, &handler, other));
	/* Whom it is given to sees it. */
	assert_ok(in_write(p, assign, f.number));
	assert_ok(look(w, &handler, f.number));
	assert_ok(fetch(w, &handler, sha));
	assert_st(look(w, &lead, f.number), ST_DENIED);
	assert_int_equal(rows_seen(w, &handler, "maple.com.tw", &q), 2);
	/* The reporter has their page as ever. */
	struct case_view mine = reporter_view(w, f.token);
	assert_string_equal(mine.number, f.number);
	finish(w);
}
ON_EACH_DRIVER(few_see_it, few)

/* Opened again, its observables take no reports in either. */
static void again(struct place *p)
{
	struct world *w = begin(p);
	struct filed f = file_it(w, (struct what){ .obs = "birch.com.tw", .class_id = "personal-data" });
	struct desk_act a = { .number = f.number, .reason = (char *)"fixed" };
	assert_ok(act_as(w, &dpo, desk_case_close, a));
	assert_ok(act_as(w, &dpo, desk_case_reopen, a));
	struct filed g = file_it(w, (struct what){ .obs = "birch.com.tw" });
	assert_string_not_equal(f.number, g.number);
	finish(w);
}
ON_EACH_DRIVER(reopened_it_joins_nothing, again)

/* Lists that would tell what is in it leave it out, and so does the number of what was found. */
static void lists(struct place *p)
{
	struct world *w = begin(p);
	struct queue_row rows[5];
	struct task tasks[20];
	int n = 0, ours = 0, theirs = 0;
	int64_t total = 0;
	file_it(w, (struct what){ .obs = "maple.com.tw", .class_id = "personal-data" });
	struct req rq = on_reader(p);
	rq.who = &handler;
	assert_ok(desk_queue(&rq, QUEUE_ALL, "maple.com.tw", 5, 5, LANG_EN, rows, &n, &total));
	assert_int_equal(total, 0);
	assert_ok(desk_tasks(&rq, tasks, 20, &ours));
	rq.who = &dpo;
	assert_ok(desk_queue(&rq, QUEUE_ALL, "maple.com.tw", 5, 5, LANG_EN, rows, &n, &total));
	assert_int_equal(total, 1);
	assert_ok(desk_tasks(&rq, tasks, 20, &theirs));
	store_reader_done(p->s);
	assert_int_equal(theirs - ours, 3);
	finish(w);
}
ON_EACH_DRIVER(lists_leave_it_out, lists)

static void counts(struct world *w, const struct actor *who, struct queue_filter f, int offset, int total, int today,
		   int shown)
{
	struct queue_row rows[2];
	struct queue_list list = { .row = rows };
	struct req rq = on_reader(w->p);
	rq.who = who;
	assert_ok(desk_queue_list(&rq, QUEUE_OPEN, &f, NULL, offset, 2, LANG_EN, &list));
	assert_int_equal(list.total, total);
	assert_int_equal(list.today, today);
	assert_int_equal(list.n, shown);
	store_reader_done(w->p->s);
}

/* A filter tells what is in a case, and so would its counts; of pages none is shorter than it says. */
static void filtered(struct place *p)
{
	struct world *w = begin(p);
	static const struct queue_filter personal = { .class_id = "personal-data" }, mild = { .lane = "coordination" },
					 due = { .due = DUE_TODAY };
	struct filed f = { 0 };
	for (int i = 0; i < 3; i++)
		f = file_it(w, (struct what){ .obs = "maple.com.tw", .class_id = "personal-data" });
	file_it(w, (struct what){ .obs = "maple.com.tw", .class_id = "phishing" });
	file_it(w, (struct what){ .obs = "birch.com.tw", .class_id = "phishing" });
	file_it(w, (struct what){ .obs = "1.34.0.7", .class_id = "phishing" });
	counts(w, &dpo, personal, 0, 3, 0, 2);
	counts(w, &handler, personal, 0, 0, 0, 0);
	counts(w, &dpo, mild, 0, 6, 0, 2);
	counts(w, &handler, mild, 0, 3, 0, 2);
	counts(w, &handler, mild, 2, 3, 0, 1);
	counts(w, &handler, (struct queue_filter){ 0 }, 0, 6, 0, 2); /* that they are there everybody sees */
	assert_ok(in_write(p, assign, f.number));
	counts(w, &handler, personal, 0, 1, 0, 1);
	counts(w, &lead, personal, 0, 0, 0, 0);
	w->now += 2 * DAY;
	clock_set_for_test(w->now);
	counts(w, &dpo, due, 0, 3, 3, 2);
	counts(w, &handler, due, 0, 1, 1, 1);
	finish(w);
}
ON_EACH_DRIVER(filters_count_what_they_show, filtered)

/* A case that turns out to be one: nothing joins it from now on, and what was approved waits for the officer. */
static void becomes(struct place *p)
{
	struct world *w = begin(p);
	struct filed f = file_it(w, (struct what){ .obs = "maple.com.tw", .class_id = "phishing" });
	struct desk_act a = { .number = f.number, .reason = (char *)"personal-data" };
	assert_ok(act_as(w, &handler, desk_case_classify, a));
	assert_st(act_as(w, &handler, desk_case_classify, a), ST_DENIED);
	assert_int_equal(number_of(p, "SELECT count(*) FROM work_task WHERE done_at = 0 AND role = 'dpo'"), 3);
	assert_false(file_it(w, (struct what){ .obs = "maple.com.tw", .class_id = "phishing" }).joined);
	/* And back: its own times end. */
	a.reason = (char *)"leak";
	assert_ok(act_as(w, &dpo, desk_case_classify, a));
	assert_int_equal(number_of(p, "SELECT count(*) FROM work_task WHERE done_at = 0 AND role = 'dpo'"), 0);
	assert_ok(look(w, &handler, f.number));
	finish(w);
}
ON_EACH_DRIVER(a_case_becomes_one, becomes)

static void clocks(struct place *p)
{
	struct world *w = begin(p);
	struct filed f = file_it(w, (struct what){ .obs = "maple.com.tw", .class_id = "personal-data" });
	struct case_view v;
	struct req rq = on_reader(p);
	rq.who = &dpo;
	assert_ok(desk_case_staff(&rq, f.number, LANG_EN, &v));
	int found = 0;
	int64_t assess = 0;
	for (int i = 0; i < v.ntasks; i++)
		if (v.task[i].due_at) {
			assert_string_equal(v.task[i].role, "dpo");
			found++;
			if (!strcmp(v.task[i].kind, "breach-assess"))
				assess = v.task[i].id;
			if (!strcmp(v.task[i].kind, "breach-authority"))
				assert_true(v.task[i].due_at == f.at + 72 * HOUR);
		}
	assert_int_equal(found, 3);
	assert_true(v.due_at == f.at + DAY); /* the case is due with the first of them */
	store_reader_done(p->s);
	assert_ok(act_as(w, &dpo, desk_task_done, (struct desk_act){ .number = f.number, .id = assess }));
	advance(w, 71 * HOUR);
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE verb = 'task-overdue'"), 0);
	advance(w, 2 * HOUR);
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE verb = 'task-overdue'"), 1);
	rq = on_reader(p);
	rq.who = &dpo;
	assert_ok(desk_case_staff(&rq, f.number, LANG_EN, &v));
	SEES(&v, "Time has passed: Tell the supervising authority");
	store_reader_done(p->s);
	struct case_view mine = reporter_view(w, f.token);
	assert_false(has_step(&mine, "Time has passed"));
	/* A closed case has no clocks; a record only never had any. */
	assert_ok(act_as(w, &dpo, desk_case_close, (struct desk_act){ .number = f.number, .reason = (char *)"fixed" }));
	advance(w, 30 * DAY);
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE verb = 'task-overdue'"), 1);
	struct filed r =
		file_it(w, (struct what){ .obs = "birch.com.tw", .class_id = "personal-data", .record_only = true });
	rq = on_reader(p);
	rq.who = &dpo;
	assert_ok(desk_case_staff(&rq, r.number, LANG_EN, &v));
	assert_int_equal(v.ntasks, 0);
	store_reader_done(p->s);
	assert_st(look(w, &handler, r.number), ST_DENIED);
	finish(w);
}
ON_EACH_DRIVER(clocks_run, clocks)

int main(void)
{
	idn_setup();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_see_it),	      cmocka_unit_test(reopened_it_joins_nothing),
		cmocka_unit_test(lists_leave_it_out), cmocka_unit_test(a_case_becomes_one),
		cmocka_unit_test(clocks_run),	      cmocka_unit_test(filters_count_what_they_show),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
