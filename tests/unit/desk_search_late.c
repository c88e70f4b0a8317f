/* A case of personal data that is opened while a search goes on: it is behind the maps that the search has made. The test
 * stands between the search and desk_closed_cases (--wrap). */
#include "deskworld.h"
#include "desk/desk_int.h"
#include "desk/desk_word.h"

static int64_t late[2]; /* ids in order; 0: none is opened meanwhile */

enum st __real_desk_closed_cases(struct req *rq, struct closed_cases *out);
enum st __wrap_desk_closed_cases(struct req *rq, struct closed_cases *out);
enum st __wrap_desk_closed_cases(struct req *rq, struct closed_cases *out)
{
	enum st st = __real_desk_closed_cases(rq, out);
	int64_t *more = arena_array(rq->mem, int64_t, out->n + 2);
	if (st || !late[0])
		return st;
	memcpy(more, out->id, sizeof *more * (size_t)out->n);
	for (int i = 0; i < 2; i++)
		more[out->n++] = late[i];
	out->id = more;
	return ST_OK;
}

static int found(struct world *w)
{
	struct queue_row q[5];
	int64_t total = 0;
	int n = 0;
	struct req rq = on_reader(w->p);
	rq.who = &handler;
	assert_ok(desk_queue(&rq, QUEUE_ALL, "parcel", 0, 5, LANG_EN, q, &n, &total));
	assert_int_equal(total, n);
	store_reader_done(w->p->s);
	return n;
}

static void opened_meanwhile(struct place *p)
{
	struct world *w = begin(p);
	file_it(w, (struct what){ .obs = "http://maple.com.tw/a", .text = "parcel", .class_id = "phishing" });
	file_it(w, (struct what){ .obs = "http://birch.com.tw/b", .text = "parcel", .class_id = "personal-data" });
	late[0] = late[1] = 0;
	assert_int_equal(found(w), 1);
	late[0] = 2 * BLOCK_CASES;
	late[1] = (int64_t)1 << 45; /* nobody has memory there */
	assert_int_equal(found(w), 1);
	late[0] = late[1] = 0;
	finish(w);
}
ON_EACH_DRIVER(a_case_opened_meanwhile, opened_meanwhile)

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_case_opened_meanwhile) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
