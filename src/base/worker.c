#include "base/worker.h"
#include <errno.h>
#include <time.h>

bool worker_begin(struct worker *w, void *(*run)(void *), void *arg)
{
	pthread_condattr_t mono;
	w->stop = false;
	pthread_mutex_init(&w->m, NULL);
	pthread_condattr_init(&mono);
	pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
	pthread_cond_init(&w->c, &mono);
	pthread_condattr_destroy(&mono);
	if (pthread_create(&w->thread, NULL, run, arg) == 0)
		return true;
	pthread_cond_destroy(&w->c);
	pthread_mutex_destroy(&w->m);
	return false;
}

bool worker_rest(struct worker *w, int64_t usec)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	int64_t ns = until.tv_nsec + usec * 1000;
	until.tv_sec += ns / 1000000000;
	until.tv_nsec = ns % 1000000000;
	pthread_mutex_lock(&w->m);
	while (!w->stop && usec > 0 && pthread_cond_timedwait(&w->c, &w->m, &until) != ETIMEDOUT)
		;
	bool go = !w->stop;
	pthread_mutex_unlock(&w->m);
	return go;
}

void worker_end(struct worker *w)
{
	pthread_mutex_lock(&w->m);
	w->stop = true;
	pthread_cond_signal(&w->c);
	pthread_mutex_unlock(&w->m);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->c);
	pthread_mutex_destroy(&w->m);
}
