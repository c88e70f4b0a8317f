/* worker.h — a thread that works in turns, rests between them, and ends when it is told to. */
#ifndef BASE_WORKER_H
#define BASE_WORKER_H
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct worker {
	pthread_t thread;
	pthread_mutex_t m;
	pthread_cond_t c; /* monotonic */
	bool stop;
};

/* Starts `run(arg)`; false: no thread could be had, and there is nothing to end. */
bool worker_begin(struct worker *w, void *(*run)(void *), void *arg);
/* By the thread: rests so many microseconds; false, at once, when it is to end. */
bool worker_rest(struct worker *w, int64_t usec);
/* By another thread: tells it to end and waits until it has. */
void worker_end(struct worker *w);

#endif
