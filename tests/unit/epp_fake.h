/* epp_fake.h — a registry that says what a test wants, a store that is a queue and a thread, and the official schemas.
 * For tests of front/epp that link base, net and front/epp alone. */
#ifndef TESTS_EPP_FAKE_H
#define TESTS_EPP_FAKE_H
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/text.h"
#include "front/epp/epp_int.h"
#include "epp_schema.h"

/* ── what the registry answers ── */
static struct {
	enum st st;	    /* of whatever is asked */
	struct outcome why; /* with it */
	struct domain domain;
	struct host_object host;
	struct contact_object contact;
	struct poll_message poll;
	struct domain_check check;
	struct domain_change changed;
	struct domain_create created;
	struct transfer transfer;
	struct registrar registrar;
	const char *fingerprint;	/* NULL: any */
	struct maintenance maintenance; /* id 0: none */
	int hashes;			/* passwords compared */
	int writes;
	enum st cert_add;	 /* what registrar_cert_add says */
	void (*meanwhile)(void); /* while a password is compared */
	char actor[48], frame[160];
} fake;

static enum st said(struct req *rq, struct outcome *why)
{
	if (why)
		*why = fake.why;
	if (rq->who) {
		snprintf(fake.actor, sizeof fake.actor, "%s", rq->who->id);
		snprintf(fake.frame, sizeof fake.frame, "%s", rq->who->frame ? rq->who->frame : "");
	}
	return fake.st ? err_set(&rq->err, fake.st, "%s", fake.why.reason[0] ? fake.why.reason : "refused") : ST_OK;
}

static const char *const status_texts[STATUS_BITS] = {
	"clientDeleteProhibited",
	"clientHold",
	"clientRenewProhibited",
	"clientTransferProhibited",
	"clientUpdateProhibited",
	"serverDeleteProhibited",
	"serverHold",
	"serverRenewProhibited",
	"serverTransferProhibited",
	"serverUpdateProhibited",
	"inactive",
	"linked",
	"pendingCreate",
	"pendingDelete",
	"pendingRenew",
	"pendingTransfer",
	"pendingUpdate",
	"addPeriod",
	"renewPeriod",
	"autoRenewPeriod",
	"transferPeriod",
	"redemptionPeriod",
	"pendingRestore",
};
const char *status_name(enum status_bit s)
{
	return status_texts[s];
}
bool status_parse(const char *s, enum status_bit *out)
{
	for (int i = 0; i < STATUS_BITS; i++)
		if (!strcmp(s, status_texts[i]))
			return *out = (enum status_bit)i, true;
	return false;
}
enum st domain_check(struct req *rq, struct domain_check *c, int n)
{
	for (int i = 0; i < n; i++) {
		const char *name = c[i].name;
		c[i] = fake.check;
		c[i].name = name;
	}
	return fake.st == ST_BUSY ? said(rq, NULL) : ST_OK;
}
enum st domain_get(struct req *rq, const char *name, struct domain *out)
{
	*out = fake.domain;
	return said(rq, NULL);
}
enum st domain_create(struct req *rq, struct domain_create *c)
{
	fake.created = *c;
	c->d.c.created_at = fake.domain.c.created_at;
	c->d.expires_at = fake.domain.expires_at;
	c->d.member = fake.domain.member;
	c->d.nmembers = fake.domain.nmembers;
	c->fee = 80000;
	fake.writes++;
	return said(rq, &c->why);
}
enum st domain_update(struct req *rq, struct domain_change *c)
{
	fake.changed = *c;
	fake.writes++;
	return said(rq, &c->why);
}
enum st domain_renew(struct req *rq, const char *name, int64_t expiry, int years, int64_t *to, int64_t *fee,
		     struct outcome *why)
{
	*to = expiry + years * INT64_C(31536000) * USEC;
	*fee = 80000;
	return said(rq, why);
}
enum st ledger_balance(struct req *rq, const char *id, int64_t *balance, char currency[4])
{
	(void)rq, (void)id;
	*balance = 120000;
	memcpy(currency, "TWD", 4);
	return ST_OK;
}
enum st domain_delete(struct req *rq, const char *name, int64_t *credit, struct outcome *why)
{
	*credit = 80000;
	return said(rq, why);
}
enum st domain_transfer(struct req *rq, enum transfer_op op, const char *name, const char *authinfo, int years,
			struct domain *out, struct outcome *why)
{
	*out = fake.domain;
	out->transfer = fake.transfer;
	return said(rq, why);
}
enum st contact_transfer(struct req *rq, enum transfer_op op, const char *handle, const char *authinfo,
			 struct transfer *out, struct outcome *why)
{
	*out = fake.transfer;
	return said(rq, why);
}
bool authinfo_fits(const char *stored, const char *given)
{
	return stored && !strcmp(stored, given);
}
enum st host_get(struct req *rq, const char *name, struct host_object *out)
{
	*out = fake.host;
	return said(rq, NULL);
}
enum st host_create(struct req *rq, struct host_object *h, struct outcome *why)
{
	return said(rq, why);
}
enum st host_update(struct req *rq, struct host_change *c)
{
	return said(rq, &c->why);
}
enum st host_delete(struct req *rq, const char *name, struct outcome *why)
{
	return said(rq, why);
}
bool contact_handle_ok(const char *handle)
{
	return handle != NULL;
}

enum st contact_object_get(struct req *rq, const char *handle, struct contact_object *out)
{
	*out = fake.contact;
	return said(rq, NULL);
}
enum st contact_create(struct req *rq, struct contact_object *c, struct outcome *why)
{
	return said(rq, why);
}
enum st contact_update(struct req *rq, struct contact_change *c)
{
	return said(rq, &c->why);
}
enum st contact_delete(struct req *rq, const char *handle, struct outcome *why)
{
	return said(rq, why);
}
enum st poll_first(struct req *rq, const char *registrar, struct poll_message *out, int64_t *count)
{
	*out = fake.poll;
	*count = fake.poll.id ? 3 : 0;
	return fake.poll.id ? said(rq, NULL) : err_set(&rq->err, ST_NOTFOUND, "no messages");
}
enum st poll_ack(struct req *rq, const char *registrar, int64_t id, int64_t *left)
{
	*left = 2;
	return id == fake.poll.id ? said(rq, NULL) : err_set(&rq->err, ST_NOTFOUND, "no such message");
}
enum st registrar_get(struct req *rq, const char *handle, struct registrar *out)
{
	if (!fake.registrar.handle || strcmp(handle, fake.registrar.handle) != 0)
		return err_set(&rq->err, ST_NOTFOUND, "there is no registrar %s", handle);
	*out = fake.registrar;
	return ST_OK;
}
enum st registrar_cert_ok(struct req *rq, const char *handle, const char *fingerprint)
{
	return !fake.fingerprint || !strcmp(fake.fingerprint, fingerprint) ? ST_OK
									   : err_set(&rq->err, ST_DENIED, "not theirs");
}
enum st registrar_cert_add(struct req *rq, const char *handle, const struct certificate *c)
{
	fake.writes += !fake.cert_add;
	return fake.cert_add ? err_set(&rq->err, fake.cert_add, "too many certificates") : ST_OK;
}
enum st registrar_password_set(struct req *rq, const char *handle, const char *argon2)
{
	fake.writes++;
	snprintf(fake.actor, sizeof fake.actor, "%s", rq->who->id);
	fake.registrar.password = strdup(argon2);
	return ST_OK;
}
bool password_matches(const char *encoded, const char *password)
{
	__atomic_fetch_add(&fake.hashes, 1, __ATOMIC_SEQ_CST);
	if (fake.meanwhile)
		fake.meanwhile();
	return encoded && !strcmp(encoded, password);
}
char *password_hash(struct arena *mem, const char *password, struct err *e)
{
	if (strlen(password) >= 12)
		return arena_strdup(mem, password);
	err_set(e, ST_INVALID, "password: at least 12 characters");
	return NULL;
}
enum st maintenance_get(struct req *rq, int64_t id, struct maintenance *out)
{
	*out = fake.maintenance;
	return id && id == out->id ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "none");
}
enum st maintenance_list(struct req *rq, bool all, struct maintenance *out, int max, int *n)
{
	*n = fake.maintenance.id != 0;
	*out = fake.maintenance;
	return ST_OK;
}
const char *impact_name(enum impact i)
{
	return i == IMPACT_NONE ? "none" : i == IMPACT_PARTIAL ? "partial" : "full";
}
const char *ttl_name(enum ttl_type t)
{
	static const char *const names[TTLS] = { "NS", "DS", "A", "AAAA" };
	return names[t];
}
enum st domain_ttl_rules(struct req *rq, const char *name, struct ttl_rule out[TTLS])
{
	for (int t = 0; t < TTLS; t++)
		out[t] = (struct ttl_rule){ 60, 3600, 86400 };
	return ST_OK;
}
enum st token_fits(struct req *rq, const char *token, const char *name, struct outcome *why)
{
	if (!strcmp(token, "good"))
		return ST_OK;
	*why = (struct outcome){ R_AUTHORIZATION, "allocationToken:allocationToken", "", "not for this name" };
	return err_set(&rq->err, ST_DENIED, "not for this name");
}
char *money_text(struct arena *a, int64_t amount, const char *currency)
{
	return arena_printf(a, "%s %lld.%02lld", currency, (long long)(amount / 100), (long long)(amount % 100));
}

/* ── the store ── */
struct store {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	struct write *first, **last;
	pthread_t thread;
	bool stop, hold, full, away;
	int waiting;
};
static struct store store = { .lock = PTHREAD_MUTEX_INITIALIZER,
			      .cond = PTHREAD_COND_INITIALIZER,
			      .last = &store.first };
const struct actor actor_anonymous = { .id = "anonymous" };

struct db *store_reader(struct store *s, struct err *e)
{
	return s->away ? NULL : (struct db *)s;
}
void store_reader_done(struct store *s) {}
enum st store_submit(struct store *s, struct write *w)
{
	pthread_mutex_lock(&s->lock);
	bool full = s->full;
	if (!full) {
		w->next = NULL;
		*s->last = w;
		s->last = &w->next;
		s->waiting++;
		pthread_cond_signal(&s->cond);
	}
	pthread_mutex_unlock(&s->lock);
	return full ? ST_BUSY : ST_OK;
}
enum st store_write(struct store *s, struct req *rq, write_fn fn, void *arg)
{
	return fn(rq, arg);
}
static inline void *store_run(void *arg)
{
	struct store *s = arg;
	pthread_mutex_lock(&s->lock);
	while (!s->stop || s->first) {
		struct write *w = s->first;
		if (!w || s->hold) {
			pthread_cond_wait(&s->cond, &s->lock);
			continue;
		}
		if (!(s->first = w->next))
			s->last = &s->first;
		pthread_mutex_unlock(&s->lock);
		struct req rq = { .mem = w->mem, .who = &w->who };
		w->fn(&rq, w->arg); /* a group that failed: every write of it once more */
		rq.err = (struct err){ 0 };
		w->err.code = w->fn(&rq, w->arg);
		snprintf(w->err.msg, sizeof w->err.msg, "%s", rq.err.msg);
		w->done(w);
		pthread_mutex_lock(&s->lock);
		s->waiting--;
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}
static inline void store_set(bool hold, bool full, bool away)
{
	pthread_mutex_lock(&store.lock);
	store.hold = hold;
	store.full = full;
	store.away = away;
	pthread_cond_signal(&store.cond);
	pthread_mutex_unlock(&store.lock);
}
#endif
