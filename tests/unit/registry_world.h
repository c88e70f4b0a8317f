/* registry_world.h — two zones, two registrars, contacts and hosts; one call inside a write as somebody; time that
 * acts. */
#ifndef TESTS_REGISTRY_WORLD_H
#define TESTS_REGISTRY_WORLD_H
#include "inwrite.h"
#include "ledger/ledger.h"
#include "names/names.h"
#include "names/registry_int.h"
#include "who/contact.h"
#include "who/permit.h"
#include "work/due.h"

#define DAY (86400 * USEC)

/* .tw's rules in small, and a zone of the generic kind. */
static const char tw[] __attribute__((unused)) =
	"expiry suspend\nexpiry-grace 30d\nrelease-from 33d\nrelease-spread 3d\ngrace redemption 0d\n"
	"grace pending-delete 0d\ngrace add 5d\nlabel-min 3\nreserved nic own use\nblocked casino by law\n"
	"released ab auctioned\nsecond-level com.tw review companies\nsecond-level idv.tw email-check people\n"
	"second-level gov.tw restricted government\nsecond-level old.tw closed full\nregistry-lock on\n"
	"price create 800 TWD per-year\nprice renew 800 TWD per-year\nprice transfer 100 TWD\n";
static const char gen[] __attribute__((unused)) =
	"price create 10 TWD per-year\nprice renew 10 TWD per-year\nprice transfer 10 TWD per-year\n"
	"price restore 40 TWD\n";

struct world {
	struct place *p;
	struct outcome why;
	int64_t fee, expiry;
	struct domain got;
};

/* One call inside a write, as somebody. */
struct step {
	struct world *w;
	enum { CREATE, UPDATE, RENEW, DELETE, TRANSFER, SETUP, DECIDE, EMAIL, LOCK, UNLOCK } what;
	struct domain_create c;
	struct domain_change u;
	enum transfer_op op;
	const char *name, *auth, *reason;
	int years;
	int64_t said;
	bool yes;
};

static inline struct contact_object person(const char *handle)
{
	return (struct contact_object){ .handle = (char *)handle,
					.postal = { [POSTAL_INT] = { true,
								     (char *)"Chen Mei",
								     (char *)"Acme Ltd",
								     { (char *)"1 Road" },
								     (char *)"Taipei",
								     NULL,
								     (char *)"100",
								     (char *)"TW" } },
					.email = (char *)"chen@example.org",
					.authinfo = (char *)"0123456789abcdef" };
}

static inline enum st setup(struct req *rq)
{
	static const struct actor a = { .id = "registrar:alpha" };
	struct req as = *rq;
	struct outcome why;
	static const struct actor b = { .id = "registrar:beta" };
	struct contact_object c = person("CON1"), d = person("CON2"), e = person("CON3");
	struct registrar one = { .handle = (char *)"alpha",
				 .name = (char *)"Alpha Ltd",
				 .email = (char *)"a@example.net",
				 .lang = (char *)"en" };
	struct registrar two = { .handle = (char *)"beta",
				 .name = (char *)"Beta Ltd",
				 .email = (char *)"b@example.net",
				 .lang = (char *)"en" };
	struct host_object h1 = { .name = (char *)"ns1.example.net" }, h2 = { .name = (char *)"ns2.example.net" };
	if (zone_authoritative_add(rq, "tw", tw, NULL) || zone_authoritative_add(rq, "test", gen, NULL) ||
	    registrar_add(rq, &one, 1000000, "TWD") || registrar_add(rq, &two, 1000000, "TWD"))
		return rq->err.code;
	as.who = &a;
	enum st st = contact_create(&as, &c, &why) || contact_create(&as, &d, &why) || host_create(&as, &h1, &why) ||
				     host_create(&as, &h2, &why)
			     ? as.err.code
			     : ST_OK;
	as.who = &b;
	if (!st)
		st = contact_create(&as, &e, &why);
	rq->err = as.err;
	return st;
}

static inline enum st run(struct req *rq, void *arg)
{
	struct step *s = arg;
	struct world *w = s->w;
	struct domain_create c = s->c; /* a write may run again: what it was asked stays as it was */
	struct domain_change u = s->u;
	enum st st = ST_OK;
	switch (s->what) {
	case CREATE:
		st = domain_create(rq, &c);
		w->why = c.why;
		w->fee = c.fee;
		break;
	case UPDATE:
		st = domain_update(rq, &u);
		w->why = u.why;
		break;
	case RENEW:
		st = domain_renew(rq, s->name, s->said, s->years, &w->expiry, &w->fee, &w->why);
		break;
	case DELETE:
		st = domain_delete(rq, s->name, &w->fee, &w->why);
		break;
	case TRANSFER:
		st = domain_transfer(rq, s->op, s->name, s->auth, s->years, &w->got, &w->why);
		break;
	case SETUP:
		st = setup(rq);
		break;
	case DECIDE:
		st = review_decide(rq, "CON1", s->name, s->yes, "papers seen");
		break;
	case EMAIL:
		st = review_email_ok(rq, "CON1");
		break;
	case LOCK:
		st = domain_lock(rq, s->name, s->reason, &w->why);
		break;
	case UNLOCK:
		st = domain_unlock(rq, s->name, s->said, s->reason, &w->why);
		break;
	}
	return st;
}

/* CON1 and CON2 are alpha's; beta names CON3 in their place. */
static inline void own_contacts(const char *who, struct step *s)
{
	struct domain *d = &s->c.d;
	if (s->what != CREATE || strcmp(who, "beta") != 0 || strcmp(d->registrant, "CON1") != 0)
		return;
	d->registrant = (char *)"CON3";
	for (int i = 0; i < d->ncontacts; i++)
		d->contact[i].handle = (char *)"CON3";
}

/* Who: "alpha", "beta" or "" the registry. Returns RFC 5730's code. */
static inline int as(struct world *w, const char *who, struct step s)
{
	s.w = w;
	own_contacts(who, &s);
	w->why = (struct outcome){ .code = R_DONE };
	w->p->who = actor_cli;
	if (*who) {
		snprintf(w->p->who.id, sizeof w->p->who.id, "registrar:%s", who);
		w->p->who.role = ROLE_ANYONE;
	}
	w->p->who.frame = "CL-1/SV-1";
	enum st st = in_write(w->p, run, &s);
	w->p->who = actor_cli;
	if (st && w->why.code == R_DONE)
		w->why.code = R_FAILED;
	return w->why.code;
}

static inline struct step create(const char *name, int years)
{
	return (struct step){ .what = CREATE,
			      .c = { .d = { .name = (char *)name,
					    .registrant = (char *)"CON1",
					    .contact = { { 'a', (char *)"CON1" }, { 't', (char *)"CON2" } },
					    .ncontacts = 2,
					    .ns = { (char *)"ns1.example.net", (char *)"ns2.example.net" },
					    .nns = 2 },
				     .years = years,
				     .fee_said = -1,
				     .password = (char *)"secret-of-this-domain" } };
}

static inline struct domain *get(struct world *w, const char *name)
{
	struct req rq = on_reader(w->p);
	enum st st = domain_get(&rq, name, &w->got);
	store_reader_done(w->p->s);
	return st ? NULL : &w->got;
}

static inline bool is(struct world *w, const char *name, enum status_bit s)
{
	struct domain *d = get(w, name);
	assert_non_null(d);
	return (d->c.status & BIT(s)) != 0;
}

static inline int64_t credit(struct world *w, const char *registrar)
{
	int64_t balance = 0;
	char currency[4], account[64];
	struct req rq = on_reader(w->p);
	snprintf(account, sizeof account, "registrar:%s", registrar);
	assert_ok(ledger_balance(&rq, account, &balance, currency));
	store_reader_done(w->p->s);
	return balance;
}

static inline int64_t waiting(struct world *w, const char *registrar, const char *kind)
{
	int64_t n = 0;
	struct req rq = on_reader(w->p);
	assert_ok(sql_number(&rq, &n, "SELECT count(*) FROM registry_poll WHERE registrar = $1 AND kind = $2",
			     V(registrar), V(kind)));
	store_reader_done(w->p->s);
	return n;
}

/* Moves the clock and lets time act. */
static inline void go_to(struct world *w, int64_t t)
{
	int n = 0;
	struct due_kind kinds[16];
	memcpy(kinds, registry_due_kinds, sizeof *kinds * (size_t)registry_due_count);
	kinds[registry_due_count] = ledger_due_kinds[0];
	clock_set_for_test(t);
	for (int i = 0; i < 20; i++) {
		struct req rq = on_reader(w->p);
		assert_ok(due_run(w->p->s, &rq, kinds, registry_due_count + 1, &n));
		store_reader_done(w->p->s);
		if (!n)
			break;
	}
	assert_int_equal(number_of(w->p, "SELECT count(*) FROM work_due WHERE tries > 0"), 0);
}

static inline void world_open(struct world *w, struct place *p)
{
	*w = (struct world){ .p = p };
	assert_int_equal(as(w, "", (struct step){ .what = SETUP }), R_DONE);
}

static inline void world_close(struct world *w)
{
	struct ledger_check c;
	struct req rq = on_reader(w->p);
	assert_ok(ledger_reconcile(&rq, &c));
	store_reader_done(w->p->s);
}

static inline struct step transfer(enum transfer_op op, const char *name, const char *auth)
{
	return (struct step){ .what = TRANSFER, .op = op, .name = name, .auth = auth };
}
#endif
