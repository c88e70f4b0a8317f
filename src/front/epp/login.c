/* login (RFC 5730 §2.9.1.1): certificate first, then the password on the worker's thread, then a seat.
 *
 * A registrar changes its certificate by logging in with the new one: signed with the key of one that is known, which is
 * sent behind it, and with the right password it is known from then on. */
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "front/epp/epp_int.h"
#include "who/account.h"

/* who/password.c; compares in constant time, the same work for a NULL. */
bool password_matches(const char *encoded, const char *password);

static void refuse(struct job *j, int code, const char *element, const char *why)
{
	j->c.why = (struct outcome){ .code = (enum result)code };
	snprintf(j->c.why.element, sizeof j->c.why.element, "epp:%s", element);
	snprintf(j->c.why.reason, sizeof j->c.why.reason, "%s", why);
	job_answer(j, ST_DENIED, NULL);
}

/* One sentence for all, so that a stranger learns nothing of who exists. */
static void fail(struct job *j, const char *log_why)
{
	struct epp_session *s = j->s;
	struct epp *p = s->epp;
	guard_failed(p->guard, frame_peer(s->conn), clock_mono());
	atomic_fetch_add(&p->login_failures, 1);
	log_info("epp login refused", LOG_T("why", log_why), LOG_N("certificate", frame_peer(s->conn)->certified));
	bool last = ++s->tries >= LOGIN_TRIES;
	refuse(j, last ? E_AUTHENTICATION_CLOSING : E_AUTHENTICATION, "clID",
	       "identifier, password and client certificate don't belong together");
}

/* ── on the loop: who is it? ── */

/* ST_OK, ST_DENIED for whatever is wrong with it, else the store's trouble. */
static enum st look_up(struct job *j, struct registrar *r, const char **why)
{
	struct epp_session *s = j->s;
	const struct frame_peer *peer = frame_peer(s->conn);
	struct req rq = { .mem = j->mem, .who = &s->actor };
	*why = "no certificate";
	if (!peer->certified)
		return ST_DENIED;
	*why = "certificate expired";
	if (peer->cert_left < 0)
		return ST_DENIED;
	if (!(rq.db = store_reader(s->epp->o.store, &rq.err)))
		return ST_BUSY;
	*why = "unknown registrar";
	enum st st = registrar_get(&rq, j->c.login->id, r);
	if (!st) {
		*why = "certificate is not theirs";
		st = registrar_cert_ok(&rq, r->handle, peer->fingerprint);
		j->successor = st == ST_DENIED && *peer->signer;
		if (j->successor)
			st = registrar_cert_ok(&rq, r->handle, peer->signer);
	}
	store_reader_done(s->epp->o.store);
	if (!st && (r->disabled_at || !r->password)) {
		*why = "disabled, or without a password";
		return ST_DENIED;
	}
	return st == ST_NOTFOUND ? ST_DENIED : st;
}

static bool enqueue(struct epp *p, struct job *j)
{
	pthread_mutex_lock(&p->lock);
	bool ok = p->queued < LOGIN_QUEUE && !p->stop;
	if (ok) {
		j->next = NULL;
		*p->queue_end = j;
		p->queue_end = &j->next;
		p->queued++;
		pthread_cond_signal(&p->cond);
	}
	pthread_mutex_unlock(&p->lock);
	return ok;
}

void login_begin(struct job *j)
{
	struct epp_session *s = j->s;
	struct epp *p = s->epp;
	struct registrar r = { 0 };
	const char *why;
	int64_t wait = guard_wait(p->guard, frame_peer(s->conn), clock_mono());
	if (wait) {
		char text[96];
		atomic_fetch_add(&p->locked, 1);
		snprintf(text, sizeof text, "too many failures; try again in %lld seconds", (long long)wait);
		refuse(j, E_AUTHENTICATION_CLOSING, "clID", text);
		return;
	}
	enum st st = look_up(j, &r, &why);
	if (st == ST_DENIED) {
		fail(j, why);
	} else if (st) {
		refuse(j, R_FAILED, "clID", "the database can't be reached; try again in a moment");
	} else if (!(s->seat = seat_take(p->guard, r.handle, r.session_max))) {
		refuse(j, E_SESSIONS_CLOSING, "clID", "all of this registrar's sessions are in use");
	} else {
		j->encoded = r.password;
		j->rate = r.rate;
		if (!enqueue(p, j)) {
			seat_leave(p->guard, s->seat);
			s->seat = NULL;
			refuse(j, R_FAILED, "pw", "too many logins are waiting; try again in a moment");
			return;
		}
		s->job = j;
		frame_hold(s->conn);
	}
}

/* ── on the worker ── */

struct new_access {
	const char *handle, *encoded;	/* encoded NULL: as it is */
	const struct certificate *cert; /* NULL: no new one */
	const char *known;		/* the certificate that let it in, itself or as signer of the new one */
	const char *password;		/* as it was looked up */
};

/* Time has passed since it was looked up: the password's on the worker, others' writes in the queue. */
static enum st still_theirs(struct req *rq, const struct new_access *n)
{
	struct registrar r = { 0 };
	if (registrar_get(rq, n->handle, &r) || registrar_cert_ok(rq, n->handle, n->known))
		return rq->err.code;
	bool theirs = !r.disabled_at && r.password && !strcmp(r.password, n->password);
	return theirs ? ST_OK : err_set(&rq->err, ST_DENIED, "registrar %.40s may not log in any more", n->handle);
}

static enum st write_access(struct req *rq, void *arg)
{
	const struct new_access *n = arg;
	if (still_theirs(rq, n))
		return rq->err.code;
	if (n->cert && registrar_cert_add(rq, n->handle, n->cert))
		return rq->err.code;
	return n->encoded ? registrar_password_set(rq, n->handle, n->encoded) : ST_OK;
}

static void check(struct job *j)
{
	struct login *l = j->c.login;
	struct actor who = { .role = 0 };
	struct req rq = { .mem = j->mem, .who = &who };
	err_clear(&j->err);
	j->refused = false;
	j->matched = password_matches(j->encoded, l->pw);
	if (!j->matched || (!l->new_pw && !j->successor))
		return;
	if (l->new_pw && !strcmp(l->new_pw, l->pw)) {
		err_set(&j->err, ST_INVALID, "the new password is the old one");
		return;
	}
	snprintf(who.id, sizeof who.id, "registrar:%s", l->id);
	who.frame = arena_printf(j->mem, "%s/%s", j->c.cltrid ? j->c.cltrid : "", j->svtrid);
	const struct frame_peer *peer = frame_peer(j->s->conn);
	struct certificate cert = { .expired = peer->cert_left < 0, .rsa_bits = peer->rsa_bits };
	memcpy(cert.fingerprint, peer->fingerprint, sizeof cert.fingerprint);
	struct new_access n = { .handle = l->id,
				.cert = j->successor ? &cert : NULL,
				.password = j->encoded,
				.known = j->successor ? peer->signer : peer->fingerprint };
	if (l->new_pw && !(n.encoded = password_hash(j->mem, l->new_pw, &j->err)))
		return;
	if (store_write(j->s->epp->o.store, &rq, write_access, &n)) {
		j->err = rq.err;
		j->refused = rq.err.code == ST_INVALID || rq.err.code == ST_CONFLICT || rq.err.code == ST_LIMIT;
	}
}

static void *work(void *arg)
{
	struct epp *p = arg;
	pthread_mutex_lock(&p->lock);
	for (;;) {
		while (!p->queue && !p->stop)
			pthread_cond_wait(&p->cond, &p->lock);
		struct job *j = p->queue;
		if (!j)
			break;
		if (!(p->queue = j->next))
			p->queue_end = &p->queue;
		p->queued--;
		pthread_mutex_unlock(&p->lock);
		check(j);
		frame_wake(j->s->conn);
		pthread_mutex_lock(&p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

bool login_worker_start(struct epp *p)
{
	p->queue_end = &p->queue;
	p->working = !pthread_create(&p->worker, NULL, work, p);
	return p->working;
}

void login_worker_stop(struct epp *p)
{
	if (!p->working)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_signal(&p->cond);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->worker, NULL);
	p->working = false;
}

/* ── on the loop again ── */

static void add_event(struct command *c, struct loginsec_event v)
{
	if (c->nevents < (int)(sizeof c->event / sizeof *c->event))
		c->event[c->nevents++] = v;
}

/* RFC 8807 §4: what this registrar should know of its access. */
static void events(struct job *j, const struct frame_peer *peer, int failures)
{
	struct command *c = &j->c;
	if (j->successor)
		add_event(c, (struct loginsec_event){ .type = "custom",
						      .name = "newCertificate",
						      .level = "warning",
						      .text = "This client certificate is registered from now on" });
	if (peer->cert_left < CERT_WARNING_DAYS * INT64_C(86400))
		add_event(c, (struct loginsec_event){ .type = "certificate",
						      .level = "warning",
						      .text = "The client certificate expires soon",
						      .until = clock_now() + peer->cert_left * USEC });
	if (failures)
		add_event(c, (struct loginsec_event){ .type = "stat",
						      .name = "failedLogins",
						      .level = "warning",
						      .text = "Failed logins before this one",
						      .value = arena_printf(j->mem, "%d", failures),
						      .duration = "PT15M" });
}

static void event_new_password(struct job *j)
{
	add_event(&j->c, (struct loginsec_event){
				 .type = "newPW", .level = "error", .text = arena_strdup(j->mem, j->err.msg) });
}

static void come_in(struct job *j)
{
	struct epp_session *s = j->s;
	struct epp *p = s->epp;
	struct login *l = j->c.login;
	s->id.in = true;
	s->id.services = l->services;
	s->id.lang = l->lang;
	snprintf(s->id.handle, sizeof s->id.handle, "%s", l->id);
	s->actor = (struct actor){ .role = 0 };
	snprintf(s->actor.id, sizeof s->actor.id, "registrar:%s", l->id);
	s->rate = j->rate;
	s->checked = clock_mono();
	s->until = s->checked + p->o.absolute * USEC;
	frame_known(s->conn);
	atomic_fetch_add(&p->sessions, 1);
	atomic_fetch_add(&p->logins, 1);
	log_info("epp login", LOG_T("registrar", l->id), LOG_T("tls", frame_peer(s->conn)->tls));
	events(j, frame_peer(s->conn), guard_forget(p->guard, frame_peer(s->conn)));
	job_answer(j, ST_OK, NULL);
}

void login_end(struct job *j)
{
	struct epp_session *s = j->s;
	if (j->matched && !j->err.code) {
		come_in(j);
		return;
	}
	seat_leave(s->epp->guard, s->seat);
	s->seat = NULL;
	if (!j->matched || j->err.code == ST_DENIED) {
		fail(j, j->matched ? "taken back while it logged in" : "wrong password");
		return;
	}
	uint32_t before = s->id.services;
	s->id.services = j->c.login->services; /* its answer may carry loginSec */
	bool new_pw = j->c.login->new_pw && !j->refused;
	if (new_pw)
		event_new_password(j);
	refuse(j, j->err.code == ST_INVALID || j->refused ? R_POLICY_VALUE : R_FAILED, new_pw ? "newPW" : "clID",
	       arena_strdup(j->mem, j->err.msg));
	s->id.services = before;
}
