/* epp_int.h — sessions: what session.c, login.c, guard.c and epp.c share. */
#ifndef EPP_INT_H
#define EPP_INT_H
#include <pthread.h>
#include <stdatomic.h>
#include "base/hash.h"
#include "front/epp/epp.h"
#include "front/epp/render.h"
#include "net/frame.h"

enum {
	JOB_ARENA_MAX = 4 << 20,
	JOBS_KEPT = 256, /* a loop */
	ANSWER_MAX = 1 << 20,
	LOGIN_QUEUE = 1024,
	LOGIN_TRIES = 3,      /* a connection */
	FRESH_FRAMES = 20,    /* before a login */
	RECHECK_SECONDS = 60, /* is the registrar still welcome? */
	CERT_WARNING_DAYS = 30,
};

/* ── guard.c: failures of logins by (network, certificate), and what a registrar may have ── */
struct guard;
struct guard *guard_new(void);
void guard_free(struct guard *g);
/* Seconds to wait; 0: may try. */
int64_t guard_wait(struct guard *g, const struct frame_peer *p, int64_t now);
void guard_failed(struct guard *g, const struct frame_peer *p, int64_t now);
int guard_forget(struct guard *g, const struct frame_peer *p); /* after a success; how many failures there were */

struct seat;								  /* a registrar's */
struct seat *seat_take(struct guard *g, const char *handle, int64_t max); /* NULL: none free; max 0: no limit */
void seat_leave(struct guard *g, struct seat *s);
/* One command done: how long (µs) the session must not be read for, with `rate` commands a second and bursts of two
 * seconds' worth over all of the registrar's sessions; rate 0: no limit. */
int64_t seat_spend(struct guard *g, struct seat *s, int64_t rate, int64_t now);

/* ── one command under way ── */
struct job {
	struct job *next;
	struct arena *mem;
	struct epp_session *s;
	struct command c;
	struct write w;
	enum st st;
	struct err err;
	char svtrid[48];
	/* a login */
	char *encoded; /* the registrar's password */
	int64_t session_max, rate;
	bool matched, successor; /* successor: its certificate is new, and signed by one that is known */
	bool refused;		 /* … and can't be the registrar's; err says why */
};

/* What a loop has for itself. */
struct kit {
	struct xml_reader *xml;
	struct out out;
	struct buf answer;
	struct job *free;
	int nfree;
	uint32_t serial;
};

struct epp_session {
	struct epp *epp;
	struct frame_conn *conn;
	struct identity id;
	struct actor actor;
	struct seat *seat;
	struct job *job;	      /* while held */
	int64_t rate, until, checked; /* clock_mono(): the end of it all; when last looked up */
	int tries, frames;
};

struct epp {
	struct epp_opts o;
	struct frame_server *frames;
	struct guard *guard;
	struct kit *kit;
	char server[65];
	char cert[700], key[700];
	char node[9]; /* in svTRIDs: another process, or this one started again, has another */
	pthread_t worker;
	bool working;
	pthread_mutex_t lock; /* of the queue of logins */
	pthread_cond_t cond;
	struct job *queue, **queue_end;
	int queued;
	bool stop;
	atomic_llong sessions, commands, succeeded, failed, logins, login_failures, locked;
};

/* session.c */
extern const struct frame_ops session_ops;
void job_answer(struct job *j, enum st st, const struct err *e);
struct job *job_take(struct epp *p, struct epp_session *s);
void jobs_free(struct kit *k);

/* login.c */
void login_begin(struct job *j);
void login_end(struct job *j); /* woken */
bool login_worker_start(struct epp *p);
void login_worker_stop(struct epp *p);

#endif
