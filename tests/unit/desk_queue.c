/* The lists' counts and pages: counts are those of the rows however often they were summed up, and a search turns pages
 * like the whole list. */
#include "deskworld.h"
#include "desk/desk_int.h"

enum { MOVES = 700, CASES = 40 };

/* Cases that only the counts know: each begins, changes its standing now and then, and ends. */
struct play {
	struct standing at[CASES];
	bool there[CASES];
	unsigned seed;
};

static enum st play_some(struct req *rq, void *arg)
{
	struct play *p = arg;
	for (int i = 0; i < MOVES / 7; i++) {
		int c = rand_r(&p->seed) % CASES;
		struct standing to = { rand_r(&p->seed) % 3, rand_r(&p->seed) % 4, rand_r(&p->seed) % 2 };
		if (desk_tally_move(rq, p->there[c] ? &p->at[c] : NULL, &to))
			return rq->err.code;
		p->there[c] = true;
		p->at[c] = to;
	}
	return ST_OK;
}

static enum st play_and_fail(struct req *rq, void *arg)
{
	struct play copy = *(struct play *)arg;
	return play_some(rq, &copy) ? rq->err.code : err_set(&rq->err, ST_CONFLICT, "not after all");
}

static void counts(struct place *p)
{
	struct play play = { .seed = 7 };
	struct queue_counts c = { 0 };
	int64_t want[TALLIES] = { 0 };
	for (int i = 0; i < 7; i++) {
		assert_ok(in_write(p, play_some, &play));
		assert_st(in_write(p, play_and_fail, &play), ST_CONFLICT);
	}
	for (int i = 0; i < CASES; i++) {
		want[play.at[i].queue] += play.there[i];
		want[3] += play.at[i].waiting;
		want[4] += play.at[i].tasks;
	}
	struct req rq = on_reader(p);
	assert_ok(desk_tally_read(&rq, &c));
	store_reader_done(p->s);
	assert_int_equal(c.waiting_us, want[0]);
	assert_int_equal(c.waiting_party, want[1]);
	assert_int_equal(c.closed, want[2]);
	assert_int_equal(c.open, want[0] + want[1]);
	assert_int_equal(c.notices, want[3]);
	assert_int_equal(c.tasks, want[4]);
	assert_in_range(number_of(p, "SELECT count(*) FROM desk_tally"), 1, 300);
}
ON_EACH_DRIVER(counts_are_summed_up, counts)

static void pages(struct place *p)
{
	struct world *w = begin(p);
	struct queue_row q[5];
	int64_t total = 0;
	int n = 0;
	for (int i = 0; i < 12; i++) {
		char obs[60];
		snprintf(obs, sizeof obs, "http://maple.com.tw/odd%02d", i);
		file_it(w, (struct what){ .obs = obs, .class_id = "phishing", .who = &handler });
		advance(w, HOUR / 60);
	}
	static const char *const searches[] = { NULL, "NC-2026-", "/odd" };
	for (int k = 0; k < 3; k++)
		for (int offset = 0; offset <= 15; offset += 5) {
			struct req rq = on_reader(p);
			rq.who = &handler;
			assert_ok(desk_queue(&rq, QUEUE_OPEN, searches[k], offset, 5, LANG_EN, q, &n, &total));
			store_reader_done(p->s);
			assert_int_equal(total, 12);
			assert_int_equal(n, offset < 10 ? 5 : offset < 15 ? 2 : 0);
		}
	finish(w);
}
ON_EACH_DRIVER(a_search_turns_pages, pages)

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(counts_are_summed_up),
					    cmocka_unit_test(a_search_turns_pages) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
