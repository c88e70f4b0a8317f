/* Two processes that change the same rows in different orders: one has to give way, and neither is refused. */
#include <time.h>
#include "race.h"
#include "store/store.h"
#include "teststore.h"

enum { CROSSINGS = 2 }; /* PostgreSQL looks for a deadlock after a second */

static enum st cross(struct req *rq, void *arg)
{
	const struct racer *r = arg;
	static const char *const key[] = { "race.a", "race.b" };
	struct timespec pause = { 0, 50 * 1000 * 1000 };
	if (setting_put(rq, key[r->me], r->me ? "one" : "zero"))
		return rq->err.code;
	nanosleep(&pause, NULL);
	return setting_put(rq, key[!r->me], r->me ? "one" : "zero");
}

static void step(struct racer *r, int round)
{
	if (round >= CROSSINGS)
		return;
	arena_reset(r->mem);
	struct req rq = { .mem = r->mem, .who = &actor_cli };
	r->st[round] = store_write(r->s, &rq, cross, r);
}

static void who_gives_way_is_run_again(struct place *p)
{
	struct race *race = calloc(1, sizeof *race);
	race->step = step;
	run_race(race);
	for (int i = 0; i < CROSSINGS; i++)
		for (int me = 0; me < RACERS; me++)
			assert_st(race->racer[me].st[i], ST_OK);
	assert_int_equal(number_of(p, "SELECT count(DISTINCT value) FROM store_setting WHERE key LIKE 'race.%'"), 1);
	free(race);
}
ON_EACH_DRIVER(crossing, who_gives_way_is_run_again)

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(crossing) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
