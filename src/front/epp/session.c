/* A session: frames in, answers out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "front/epp/commands.h"
#include "front/epp/epp_int.h"

/* ── jobs ── */

static struct kit *kit_of(const struct epp_session *s)
{
	return &s->epp->kit[frame_loop_of(s->conn)];
}

/* Time, counter and process: unique for as long as anybody keeps it (RFC 5730 §2.6). */
static void svtrid_make(struct epp *p, struct kit *k, struct job *j)
{
	snprintf(j->svtrid, sizeof j->svtrid, "%llx-%s-%x", (unsigned long long)clock_now(), p->node, ++k->serial);
}

struct job *job_take(struct epp *p, struct epp_session *s)
{
	struct kit *k = kit_of(s);
	struct job *j = k->free;
	if (j) {
		k->free = j->next;
		k->nfree--;
	} else {
		j = calloc(1, sizeof *j);
		if (!j)
			abort();
		j->mem = arena_new(JOB_ARENA_MAX);
	}
	struct arena *mem = j->mem;
	memset(j, 0, sizeof *j);
	j->mem = j->c.mem = mem;
	j->s = s;
	j->c.by = &s->id;
	j->c.at = clock_now();
	svtrid_make(p, k, j);
	return j;
}

static void job_free(struct job *j)
{
	arena_free(j->mem);
	free(j);
}

static void job_give(struct job *j)
{
	struct kit *k = kit_of(j->s);
	if (k->nfree >= JOBS_KEPT) {
		job_free(j);
		return;
	}
	arena_reset(j->mem);
	j->next = k->free;
	k->free = j;
	k->nfree++;
}

void jobs_free(struct kit *k)
{
	for (struct job *j = k->free, *next; j; j = next) {
		next = j->next;
		job_free(j);
	}
	k->free = NULL;
}

/* ── answers ── */

static void await_next(struct epp_session *s)
{
	int64_t idle = clock_mono() + s->epp->o.idle * USEC;
	if (s->id.in)
		frame_deadline(s->conn, idle < s->until ? idle : s->until);
}

void job_answer(struct job *j, enum st st, const struct err *e)
{
	struct epp_session *s = j->s;
	struct epp *p = s->epp;
	struct kit *k = kit_of(s);
	struct command *c = &j->c;
	out_reset(&k->out, c);
	if (!st && c->row && c->row->write)
		c->row->write(&k->out, c);
	if ((!st && c->row) || c->verb == VERB_LOGIN)
		extension_write(&k->out, c);
	frame_begin(&k->answer);
	answer_write(&k->answer, &k->out, c, st, e, j->svtrid);
	int code = result_code(c, st);
	frame_send(s->conn, &k->answer);
	if (result_closes(code))
		frame_close(s->conn);
	atomic_fetch_add(&p->commands, 1);
	atomic_fetch_add(code < 2000 ? &p->succeeded : &p->failed, 1);
	if (s->id.in) {
		int64_t wait = seat_spend(p->guard, s->seat, s->rate, clock_mono());
		if (wait > 0)
			frame_pause(s->conn, wait);
	}
	await_next(s);
	job_give(j);
}

static void greet(struct epp_session *s)
{
	struct kit *k = kit_of(s);
	frame_begin(&k->answer);
	greeting_write(&k->answer, s->epp->server, clock_now());
	frame_send(s->conn, &k->answer);
	await_next(s);
}

/* ── commands ── */

static enum st run_write(struct req *rq, void *arg)
{
	struct job *j = arg;
	j->c.why = (struct outcome){ 0 };
	return j->c.row->act(rq, &j->c);
}

static void write_done(struct write *w)
{
	frame_wake(((struct job *)w->user)->s->conn);
}

static void submit(struct job *j)
{
	struct epp_session *s = j->s;
	struct actor who = s->actor;
	who.frame = arena_printf(j->mem, "%s/%s", j->c.cltrid ? j->c.cltrid : "", j->svtrid);
	j->w = (struct write){ .fn = run_write, .arg = j, .who = who, .mem = j->mem, .done = write_done, .user = j };
	if (store_submit(s->epp->o.store, &j->w) != ST_OK) {
		struct err e;
		err_set(&e, ST_BUSY, "too many changes are waiting; please try again in a moment");
		job_answer(j, ST_BUSY, &e);
		return;
	}
	s->job = j;
	frame_hold(s->conn); /* the wake-up, if it is on its way already, is for this thread */
}

static void run_read(struct job *j)
{
	struct epp_session *s = j->s;
	struct req rq = { .mem = j->mem, .who = &s->actor };
	enum st st = ST_BUSY;
	if ((rq.db = store_reader(s->epp->o.store, &rq.err))) {
		st = j->c.row->act(&rq, &j->c);
		store_reader_done(s->epp->o.store);
	}
	if (arena_over(j->mem))
		st = err_set(&rq.err, ST_LIMIT, "the answer is too large");
	job_answer(j, st, &rq.err);
}

/* A session lasts a day; a registrar may be disabled, or a certificate taken back, in the middle of it. */
static bool still_welcome(struct job *j)
{
	struct epp_session *s = j->s;
	struct registrar r = { 0 };
	struct req rq = { .mem = j->mem, .who = &s->actor };
	int64_t now = clock_mono();
	if (now - s->checked < RECHECK_SECONDS * USEC)
		return true;
	s->checked = now;
	if (!(rq.db = store_reader(s->epp->o.store, &rq.err)))
		return true; /* the command itself will meet it */
	enum st st = registrar_get(&rq, s->id.handle, &r);
	if (!st)
		st = registrar_cert_ok(&rq, s->id.handle, frame_peer(s->conn)->fingerprint);
	s->rate = st ? s->rate : r.rate;
	return st != ST_NOTFOUND && st != ST_DENIED && !r.disabled_at;
}

static void run(struct job *j)
{
	struct command *c = &j->c;
	if (c->verb == VERB_LOGIN) {
		login_begin(j);
	} else if (c->verb == VERB_LOGOUT) {
		c->why.code = (enum result)E_LOGOUT;
		job_answer(j, ST_OK, NULL);
	} else if (!still_welcome(j)) {
		c->why.code = (enum result)E_FAILED_CLOSING;
		snprintf(c->why.reason, sizeof c->why.reason, "access has ended for this registrar or certificate");
		job_answer(j, ST_DENIED, NULL);
	} else if (command_writes(c)) {
		submit(j);
	} else {
		run_read(j);
	}
}

static void on_frame(struct frame_conn *conn, const char *p, size_t n)
{
	struct epp_session *s = frame_user(conn);
	struct job *j = job_take(s->epp, s);
	if (!s->id.in && ++s->frames > FRESH_FRAMES) {
		frame_close(conn);
		job_give(j);
	} else if (!command_read(&j->c, kit_of(s)->xml, p, n)) {
		job_answer(j, ST_INVALID, NULL);
	} else if (!j->c.row) { /* hello */
		greet(s);
		job_give(j);
	} else {
		run(j);
	}
}

static void on_woken(struct frame_conn *conn)
{
	struct epp_session *s = frame_user(conn);
	struct job *j = s->job;
	s->job = NULL;
	if (j->c.verb == VERB_LOGIN)
		login_end(j);
	else
		job_answer(j, j->w.err.code, &j->w.err);
}

static void on_open(struct frame_conn *conn, void *app)
{
	struct epp_session *s = calloc(1, sizeof *s);
	if (!s)
		abort();
	s->epp = app;
	s->conn = conn;
	s->actor = actor_anonymous;
	frame_set_user(conn, s);
	frame_deadline(conn, clock_mono() + s->epp->o.login_time * USEC);
	greet(s);
}

static void on_closed(struct frame_conn *conn)
{
	struct epp_session *s = frame_user(conn);
	if (s->id.in)
		atomic_fetch_sub(&s->epp->sessions, 1);
	seat_leave(s->epp->guard, s->seat);
	free(s);
}

const struct frame_ops session_ops = { on_open, on_frame, on_woken, on_closed };
