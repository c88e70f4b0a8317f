/* race.h — two writers of one database who do something at the same moment, again and again. */
#ifndef TESTS_RACE_H
#define TESTS_RACE_H
#include <pthread.h>
#include <string.h>
#include "inwrite.h"

enum { ROUNDS = 40, RACERS = 2, KEY_SIZE = 64 };

struct race;
struct racer {
	struct race *race;
	struct store *s;
	struct arena *mem;
	int me;
	enum st st[ROUNDS];
};
struct race {
	void (*step)(struct racer *r, int round);
	pthread_barrier_t gate;
	struct racer racer[RACERS];
	char key[ROUNDS][KEY_SIZE]; /* of what the round is about */
};

static inline void *running(void *arg)
{
	struct racer *r = arg;
	for (int round = 0; round < ROUNDS; round++) {
		pthread_barrier_wait(&r->race->gate);
		r->race->step(r, round);
	}
	return NULL;
}

/* Each with a store of its own, as two processes have. */
static inline void run_race(struct race *race)
{
	pthread_t thread[RACERS];
	assert_int_equal(pthread_barrier_init(&race->gate, NULL, RACERS), 0);
	for (int i = 0; i < RACERS; i++) {
		struct err e = { 0 };
		struct racer *r = &race->racer[i];
		*r = (struct racer){ .race = race, .me = i, .mem = arena_new((size_t)64 << 20) };
		r->s = store_open(&(struct store_opts){ .url = teststore_url() }, &e);
		assert_non_null(r->s);
	}
	for (int i = 0; i < RACERS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, running, &race->racer[i]), 0);
	for (int i = 0; i < RACERS; i++) {
		pthread_join(thread[i], NULL);
		store_close(race->racer[i].s);
		arena_free(race->racer[i].mem);
	}
	pthread_barrier_destroy(&race->gate);
}
#endif
