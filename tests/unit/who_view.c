/* Who looked at whose data: one page one fact, ten minutes, new people, lists, forgetting. */
#include "inwrite.h"
#include "store/journal.h"
#include "who/permit.h"
#include "who/privacy.h"
#include "who/view.h"

#define MINUTE (60 * USEC)

static int64_t facts(struct place *p)
{
	return number_of(p, "SELECT count(*) FROM journal_entry WHERE verb = 'personal-data-viewed'");
}

static void look(struct place *p, const char *page, const char *subject, int n, int64_t a, int64_t b)
{
	int64_t person[] = { a, b };
	struct viewed v = { page, subject, person, n };
	assert_ok(in_write(p, view_write, &v));
}

static void once(struct place *p)
{
	p->who = (struct actor){ "staff:1", ROLE_HANDLER, 1 };
	look(p, "case", "NC-2026-000001", 2, 7, 8);
	look(p, "case", "NC-2026-000001", 2, 7, 8);
	assert_int_equal(facts(p), 1);
	look(p, "file", "NC-2026-000001", 0, 0, 0);
	look(p, "case", "NC-2026-000002", 0, 0, 0);
	look(p, "case", "NC-2026-000002", 0, 0, 0);
	assert_int_equal(facts(p), 3);
	clock_set_for_test(T0 + 10 * MINUTE - 1);
	look(p, "case", "NC-2026-000001", 2, 7, 8);
	assert_int_equal(facts(p), 3);
	p->who = (struct actor){ "staff:2", ROLE_HANDLER, 2 };
	look(p, "case", "NC-2026-000001", 2, 7, 8);
	assert_int_equal(facts(p), 4);
	clock_set_for_test(T0 + 10 * MINUTE);
	p->who = (struct actor){ "staff:1", ROLE_HANDLER, 1 };
	look(p, "case", "NC-2026-000001", 2, 7, 8);
	assert_int_equal(facts(p), 5);
	/* Somebody has joined the case: their data was not seen before. */
	look(p, "case", "NC-2026-000002", 1, 9, 0);
	assert_int_equal(facts(p), 6);
	/* As many as before, but another; whoever was seen meanwhile was. */
	look(p, "case", "NC-2026-000002", 1, 10, 0);
	assert_int_equal(facts(p), 7);
	look(p, "case", "NC-2026-000002", 2, 10, 9);
	look(p, "case", "NC-2026-000002", 1, 9, 0);
	look(p, "case", "NC-2026-000002", 0, 0, 0);
	assert_int_equal(facts(p), 7);
	struct req rq = on_reader(p);
	struct entry e;
	assert_ok(journal_entry(&rq, 0, &e));
	assert_string_equal(e.actor, "staff:1");
	assert_string_equal(e.subject, "NC-2026-000001");
	assert_string_equal(e.payload, "{\"page\":\"case\",\"people\":[7,8]}");
	store_reader_done(p->s);
}
ON_EACH_DRIVER(one_page_is_one_fact, once)

static int listed(struct place *p, unsigned role, struct view_query q, int max, struct view_row *row)
{
	struct req rq = on_reader(p);
	struct actor who = { .role = role };
	int n = 0;
	rq.who = &who;
	enum st st = view_list(&rq, &q, row, max, &n);
	store_reader_done(p->s);
	return st == ST_DENIED ? -1 : n;
}

static void lists(struct place *p)
{
	struct view_row row[10];
	for (int i = 1; i <= 4; i++) {
		clock_set_for_test(T0 + i * MINUTE);
		p->who = (struct actor){ .account = i % 2 + 1 };
		snprintf(p->who.id, sizeof p->who.id, "staff:%d", i % 2 + 1);
		look(p, "case", i < 3 ? "NC-1" : "NC-2", 1, i < 4 ? 7 : 8, 0);
	}
	assert_int_equal(listed(p, ROLE_HANDLER, (struct view_query){ 0 }, 10, row), -1);
	assert_int_equal(listed(p, ROLE_ADMIN, (struct view_query){ 0 }, 10, row), -1);
	assert_int_equal(listed(p, ROLE_AUDITOR, (struct view_query){ 0 }, 10, row), 4);
	assert_true(row[0].at > row[3].at);
	assert_int_equal(listed(p, ROLE_DPO, (struct view_query){ .person = 7 }, 10, row), 3);
	assert_int_equal(listed(p, ROLE_DPO, (struct view_query){ .person = 8 }, 10, row), 1);
	assert_string_equal(row[0].subject, "NC-2");
	assert_int_equal(listed(p, ROLE_DPO, (struct view_query){ .person = 9 }, 10, row), 0);
	assert_int_equal(listed(p, ROLE_DPO, (struct view_query){ .account = 2 }, 10, row), 2);
	assert_int_equal(listed(p, ROLE_DPO, (struct view_query){ .person = 7, .account = 2 }, 10, row), 2);
	assert_int_equal(listed(p, ROLE_DPO, (struct view_query){ 0 }, 3, row), 3);
	assert_int_equal(listed(p, ROLE_DPO, (struct view_query){ .before = row[2].id }, 3, row), 1);
	/* Kept no longer than said; the journal's facts name numbers alone. */
	clock_set_for_test(T0 + MINUTE * 10 + privacy_keep("who_view"));
	look(p, "case", "NC-3", 1, 10, 0);
	assert_int_equal(number_of(p, "SELECT count(*) FROM who_view"), 1);
	assert_int_equal(number_of(p, "SELECT count(*) FROM who_view_of"), 1);
}
ON_EACH_DRIVER(lists_of_views, lists)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_page_is_one_fact),
		cmocka_unit_test(lists_of_views),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
