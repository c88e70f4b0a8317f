/* Where cases belong: level, queue, person, tags; the lists that filter by them; saved views. */
#include "deskworld.h"
#include "desk/desk_int.h"
#include "desk/desk_sort.h"
#include "who/account.h"

static const struct actor officer = { "staff:3", ROLE_OFFICER, 3 };

static enum st add_account(struct req *rq, void *login)
{
	char invite[27];
	unsigned role = strcmp(login, "root") == 0 ? ROLE_ADMIN : ROLE_HANDLER;
	return account_add(rq, login, login, role, invite);
}

static enum st sort_as(struct world *w, const struct actor *who, struct desk_sorting s)
{
	struct actor before = w->p->who;
	w->p->who = *who;
	enum st st = in_write(w->p, desk_case_sort, &s);
	w->p->who = before;
	follow(w);
	return st;
}

static struct world *begin_with_staff(struct place *p)
{
	struct world *w = begin(p);
	struct actor before = p->who;
	p->who = actor_cli;
	assert_ok(in_write(p, add_account, "wei"));
	assert_ok(in_write(p, add_account, "root"));
	p->who = before;
	return w;
}

static int64_t facts(struct place *p)
{
	return number_of(p, "SELECT count(*) FROM journal_entry WHERE verb IN ('case-assigned', 'case-severity', "
			    "'case-queued', 'case-tagged', 'case-classified')");
}

static void sorted(struct place *p)
{
	struct world *w = begin_with_staff(p);
	struct filed a =
		file_it(w, (struct what){ .obs = "maple.com.tw", .class_id = "phishing", .email = "ann@mail.example" });
	struct filed q = file_it(w, (struct what){ .text = "how do we read a log?", .class_id = "consultation" });
	struct case_view v = staff_view(w, q.number);
	assert_string_equal(v.lane, "consulting");
	assert_string_equal(v.lane_title, "Consulting");
	v = staff_view(w, a.number);
	assert_string_equal(v.severity, "2");
	assert_string_equal(v.lane, "coordination");
	assert_string_equal(v.tags, "");

	struct desk_sorting all = {
		.number = a.number, .severity = "4", .lane = "research", .assignee = "me", .tags = "Bank, 釣魚 bank"
	};
	assert_st(sort_as(w, &admin, all), ST_DENIED);
	assert_st(sort_as(w, &nobody, (struct desk_sorting){ .number = a.number, .assignee = "wei" }), ST_DENIED);
	assert_int_equal(facts(p), 0);
	assert_ok(sort_as(w, &handler, all));
	assert_int_equal(facts(p), 4);
	assert_ok(sort_as(w, &handler, all)); /* the same again is nothing new */
	assert_int_equal(facts(p), 4);
	v = staff_view(w, a.number);
	assert_string_equal(v.severity, "4");
	assert_string_equal(v.severity_title, "Level 4 (most severe)");
	assert_string_equal(v.lane, "research");
	assert_string_equal(v.assignee, "wei");
	assert_string_equal(v.tags, "bank 釣魚");
	SEES(&v, "Severity: Level 4 (most severe)");
	SEES(&v, "Moved to the queue Research & Development");
	SEES(&v, "It is now the case of wei");
	SEES(&v, "Tags: bank 釣魚");
	struct case_view r = reporter_view(w, a.token);
	assert_false(has_step(&r, "wei"));
	assert_false(has_step(&r, "Tags"));
	assert_null(r.assignee);
	assert_null(r.tags);

	assert_ok(sort_as(w, &handler,
			  (struct desk_sorting){ .number = a.number, .tag_more = "urgent", .tag_less = "BANK" }));
	assert_ok(sort_as(w, &handler, (struct desk_sorting){ .number = a.number, .assignee = "-" }));
	v = staff_view(w, a.number);
	assert_string_equal(v.tags, "urgent 釣魚");
	assert_string_equal(v.assignee, "");
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_word WHERE word = 'obank'"), 0);
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_word WHERE word = 'ourgent'"), 1);

	static const struct desk_sorting wrong[] = { { .severity = "5" },
						     { .lane = "nowhere" },
						     { .assignee = "root" },
						     { .assignee = "nat" },
						     { .tags = "a%b" },
						     { .tags = "a\\" },
						     { .tags = "0123456789012345678901234567890123456789x" },
						     { .tags = "a b c d e f g h i j k" } };
	static const enum st why[] = { ST_NOTFOUND, ST_NOTFOUND, ST_INVALID, ST_INVALID,
				       ST_INVALID,  ST_INVALID,	 ST_INVALID, ST_LIMIT };
	int64_t before = facts(p);
	for (size_t i = 0; i < sizeof why / sizeof *why; i++) {
		struct desk_sorting s = wrong[i];
		s.number = a.number;
		assert_st(sort_as(w, &handler, s), why[i]);
	}
	/* All or none. */
	char *two[] = { q.number, a.number };
	struct desk_sorting_many many = { two, 2, 0, { .lane = "coordination", .tag_more = "both" } };
	p->who = handler;
	assert_ok(act(w, desk_case_close, (struct desk_act){ .number = a.number, .reason = "fixed" }));
	assert_st(in_write(p, desk_case_sort_many, &many), ST_CONFLICT);
	assert_int_equal(facts(p), before);
	assert_ok(act(w, desk_case_reopen, (struct desk_act){ .number = a.number }));
	p->who = handler;
	assert_ok(in_write(p, desk_case_sort_many, &many));
	assert_int_equal(many.changed, 2);
	p->who = admin;
	assert_st(in_write(p, desk_case_sort_many, &many), ST_DENIED);
	finish(w);
}
ON_EACH_DRIVER(a_case_is_sorted, sorted)

static void queues(struct place *p)
{
	struct world *w = begin(p);
	struct desk_choice c[QUEUES_MAX], more = { "night", "Night shift" };
	int n = 0;
	p->who = handler;
	assert_st(in_write(p, desk_queue_add, &more), ST_DENIED);
	p->who = officer;
	assert_ok(in_write(p, desk_queue_add, &more));
	more.title = "Nights";
	assert_ok(in_write(p, desk_queue_add, &more));
	assert_st(in_write(p, desk_queue_add, &(struct desk_choice){ "No", "x" }), ST_INVALID);
	assert_st(in_write(p, desk_queue_add, &(struct desk_choice){ "no", "" }), ST_INVALID);
	struct req rq = on_reader(p);
	rq.who = &handler;
	assert_ok(desk_queues(&rq, c, QUEUES_MAX, &n));
	assert_int_equal(n, 5);
	assert_string_equal(c[0].title, "Information Gathering");
	assert_string_equal(c[3].id, "consulting");
	assert_string_equal(c[4].title, "Nights");
	assert_ok(desk_levels(&rq, c, QUEUES_MAX, &n));
	assert_int_equal(n, 4);
	rq.who = &admin;
	assert_st(desk_queues(&rq, c, QUEUES_MAX, &n), ST_DENIED);
	store_reader_done(p->s);
	finish(w);
}
ON_EACH_DRIVER(queues_are_rows, queues)

/* What a filter finds, by the last two figures of the numbers in the list's order: "01 05". */
static void finds(struct world *w, enum queue_view view, struct queue_filter f, const char *search, const char *want,
		  int64_t today)
{
	struct queue_row row[20];
	struct queue_list l = { .row = row };
	char got[200] = "";
	struct req rq = on_reader(w->p);
	rq.who = &handler;
	if (desk_queue_list(&rq, view, &f, search, 0, 20, LANG_EN, &l))
		fail_msg("%s", rq.err.msg);
	for (int i = 0; i < l.n; i++)
		snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", i ? " " : "",
			 row[i].number + strlen(row[i].number) - 2);
	store_reader_done(w->p->s);
	assert_string_equal(got, want);
	assert_int_equal(l.total, l.n);
	assert_int_equal(l.today, today);
	/* Page by page it is the same list. */
	char paged[200] = "";
	for (int i = 0; i <= (int)l.total && !search; i++) {
		struct queue_row one[1];
		struct queue_list page = { .row = one };
		rq = on_reader(w->p);
		rq.who = &handler;
		assert_ok(desk_queue_list(&rq, view, &f, search, i, 1, LANG_EN, &page));
		if (page.n)
			snprintf(paged + strlen(paged), sizeof paged - strlen(paged), "%s%s", i ? " " : "",
				 one[0].number + strlen(one[0].number) - 2);
		store_reader_done(w->p->s);
	}
	if (!search)
		assert_string_equal(paged, want);
}

static void filters(struct place *p)
{
	struct world *w = begin_with_staff(p);
	struct filed a[5];
	static const struct {
		const char *obs, *class_id;
	} what[] = { { "http://maple.com.tw/1", "phishing" },
		     { "http://maple.com.tw/2", "scanner" },
		     { "http://maple.com.tw/3", "phishing" },
		     { NULL, "consultation" },
		     { "http://maple.com.tw/5", "spam" } };
	for (int i = 0; i < 5; i++) {
		a[i] = file_it(w, (struct what){ .obs = what[i].obs,
						 .text = "parcel",
						 .class_id = what[i].class_id,
						 .who = i == 2 || i == 0 || i == 4 ? &handler : NULL });
		advance(w, HOUR / 60);
	}
	assert_ok(sort_as(w, &handler,
			  (struct desk_sorting){ .number = a[1].number, .assignee = "wei", .tags = "bank" }));
	assert_ok(sort_as(w, &handler,
			  (struct desk_sorting){ .number = a[2].number, .severity = "4", .tags = "bank tax" }));
	/* 01 and 03 are due in a day, 05 in a week; 02 and 04 wait for us since they came. */
	finds(w, QUEUE_OPEN, (struct queue_filter){ 0 }, NULL, "02 04 01 03 05", 0);
	finds(w, QUEUE_OPEN, (struct queue_filter){ .class_id = "phishing" }, NULL, "01 03", 0);
	finds(w, QUEUE_OPEN, (struct queue_filter){ .lane = "consulting" }, NULL, "04", 0);
	finds(w, QUEUE_OPEN, (struct queue_filter){ .severity = "4" }, NULL, "03", 0);
	finds(w, QUEUE_OPEN, (struct queue_filter){ .tag = "Bank" }, NULL, "02 03", 0);
	finds(w, QUEUE_OPEN, (struct queue_filter){ .tag = "ban" }, NULL, "", 0);
	finds(w, QUEUE_OPEN, (struct queue_filter){ .tag = "%" }, NULL, "", 0);
	finds(w, QUEUE_OPEN, (struct queue_filter){ .assignee = "me" }, NULL, "02", 0);
	finds(w, QUEUE_OPEN, (struct queue_filter){ .assignee = "wei", .tag = "bank" }, NULL, "02", 0);
	finds(w, QUEUE_OPEN, (struct queue_filter){ .assignee = "-" }, NULL, "04 01 03 05", 0);
	finds(w, QUEUE_WAITING_US, (struct queue_filter){ 0 }, NULL, "02 04", 0);
	finds(w, QUEUE_OPEN, (struct queue_filter){ .class_id = "phishing' OR '1'='1" }, NULL, "", 0);
	finds(w, QUEUE_OPEN, (struct queue_filter){ .tag = "bank" }, "parcel", "03 02",
	      0); /* of a search: newest first */
	finds(w, QUEUE_OPEN, (struct queue_filter){ .tag = "tax", .due = DUE_TODAY }, "parcel", "", 0);
	/* A day later those two are overdue or due today and stand on top. */
	w->now += 20 * HOUR;
	clock_set_for_test(w->now);
	finds(w, QUEUE_OPEN, (struct queue_filter){ 0 }, NULL, "01 03 02 04 05", 2);
	finds(w, QUEUE_OPEN, (struct queue_filter){ .due = DUE_TODAY }, NULL, "01 03", 2);
	finds(w, QUEUE_OPEN, (struct queue_filter){ .due = DUE_TODAY, .tag = "tax" }, NULL, "03", 1);
	finds(w, QUEUE_WAITING_PARTY, (struct queue_filter){ 0 }, NULL, "01 03 05", 2);
	finds(w, QUEUE_OPEN, (struct queue_filter){ .due = DUE_TODAY }, "parcel", "03 01", 0);
	assert_ok(act(w, desk_case_close, (struct desk_act){ .number = a[2].number, .reason = "fixed" }));
	finds(w, QUEUE_CLOSED, (struct queue_filter){ .tag = "bank" }, NULL, "03", 0);
	finds(w, QUEUE_ALL, (struct queue_filter){ .tag = "bank" }, NULL, "02 03", 0);
	finds(w, QUEUE_OPEN, (struct queue_filter){ .tag = "bank" }, NULL, "02", 0);
	finish(w);
}
ON_EACH_DRIVER(lists_are_filtered, filters)

static void views(struct place *p)
{
	struct world *w = begin(p);
	struct saved_view list[VIEWS_MAX], mine = { "Mine", "/staff?who=me" };
	int n = 0;
	p->who = handler;
	assert_ok(in_write(p, desk_view_save, &mine));
	mine.query = "/staff?who=me&level=4";
	assert_ok(in_write(p, desk_view_save, &mine));
	assert_st(in_write(p, desk_view_save, &(struct saved_view){ "", "/staff" }), ST_INVALID);
	assert_st(in_write(p, desk_view_save, &(struct saved_view){ "x", "/staff?a\nb" }), ST_INVALID);
	for (int i = 1; i < VIEWS_MAX; i++) {
		char name[20];
		snprintf(name, sizeof name, "view %d", i);
		assert_ok(in_write(p, desk_view_save, &(struct saved_view){ name, "/staff" }));
	}
	assert_st(in_write(p, desk_view_save, &(struct saved_view){ "one more", "/staff" }), ST_LIMIT);
	p->who = admin;
	assert_st(in_write(p, desk_view_save, &mine), ST_DENIED);
	p->who = officer;
	assert_ok(in_write(p, desk_view_drop, &mine)); /* one's own only */
	struct req rq = on_reader(p);
	rq.who = &officer;
	assert_ok(desk_views(&rq, list, VIEWS_MAX, &n));
	assert_int_equal(n, 0);
	rq.who = &handler;
	assert_ok(desk_views(&rq, list, VIEWS_MAX, &n));
	assert_int_equal(n, VIEWS_MAX);
	store_reader_done(p->s);
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_saved_view WHERE query LIKE '%level=4'"), 1);
	p->who = handler;
	assert_ok(in_write(p, desk_view_drop, &mine));
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_saved_view WHERE name = 'Mine'"), 0);
	finish(w);
}
ON_EACH_DRIVER(views_are_saved, views)

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_case_is_sorted), cmocka_unit_test(queues_are_rows),
					    cmocka_unit_test(lists_are_filtered), cmocka_unit_test(views_are_saved) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
