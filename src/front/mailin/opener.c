/* A queue and one thread for messages that gpg must open first. A door's loops hand them over and go on with other
 * connections: there is one gpg, and it may take as long as PGP_WAIT. The queue has no limit of its own: each job is a
 * held connection, and a door has a limit of those. */
#include <stdlib.h>
#include "base/clock.h"
#include "base/worker.h"
#include "front/mailin/mailin_int.h"

#define LATE (60 * USEC) /* in the queue */

struct opener {
	struct worker w; /* its lock is the queue's too */
	void (*run)(struct opener_job *job, bool late);
	struct opener_job *first, **last;
};

/* NULL when the thread is to end. */
static struct opener_job *next_job(struct opener *o)
{
	pthread_mutex_lock(&o->w.m);
	while (!o->first && !o->w.stop)
		pthread_cond_wait(&o->w.c, &o->w.m);
	struct opener_job *job = o->w.stop ? NULL : o->first;
	if (job && !(o->first = job->next))
		o->last = &o->first;
	pthread_mutex_unlock(&o->w.m);
	return job;
}

static void *work(void *arg)
{
	struct opener *o = arg;
	struct opener_job *job;
	pthread_setname_np(pthread_self(), "mail-opener");
	while ((job = next_job(o)))
		o->run(job, clock_mono() - job->since > LATE);
	return NULL;
}

struct opener *opener_start(void (*run)(struct opener_job *job, bool late), struct err *e)
{
	struct opener *o = calloc(1, sizeof *o);
	if (!o)
		abort();
	o->run = run;
	o->last = &o->first;
	if (worker_begin(&o->w, work, o))
		return o;
	free(o);
	err_set(e, ST_BUSY, "the thread that opens encrypted mail can't be started");
	return NULL;
}

void opener_give(struct opener *o, struct opener_job *job)
{
	job->next = NULL;
	job->since = clock_mono();
	pthread_mutex_lock(&o->w.m);
	*o->last = job;
	o->last = &job->next;
	pthread_cond_signal(&o->w.c);
	pthread_mutex_unlock(&o->w.m);
}

void opener_stop(struct opener *o)
{
	if (!o)
		return;
	worker_end(&o->w);
	free(o);
}
