/* registryhelp.h — a zone, registrars and bare domains for tests of the registry's objects. */
#ifndef TESTS_REGISTRYHELP_H
#define TESTS_REGISTRYHELP_H
#include "inwrite.h"
#include "base/addr.h"
#include "names/registry.h"
#include "store/journal.h"

#define DAY (86400 * USEC)

static inline struct actor as(const char *registrar)
{
	struct actor a = { .frame = "ABC-1/S-1" };
	snprintf(a.id, sizeof a.id, "registrar:%s", registrar);
	return a;
}

/* What a call inside a write of its own answered. */
struct said {
	enum st st;
	enum result code;
	char element[48], reason[200];
};

static inline struct said said_of(enum st st, const struct outcome *why)
{
	struct said s = { .st = st, .code = st ? why->code : R_DONE };
	snprintf(s.element, sizeof s.element, "%s", why->element);
	snprintf(s.reason, sizeof s.reason, "%s", why->reason);
	return s;
}

#define assert_said(call, want)                                                                                        \
	do {                                                                                                           \
		struct said said_ = (call);                                                                            \
		if (said_.code != (want))                                                                              \
			fail_msg("%s: %d (%s: %s), wanted %d", #call, said_.code, said_.element, said_.reason,         \
				 (int)(want));                                                                         \
	} while (0)

static inline enum st do_registrar(struct req *rq, void *arg)
{
	struct registrar r = { .handle = arg, .name = arg, .email = "", .lang = "en" };
	return registrar_add(rq, &r, 0, "TWD");
}

static inline enum st do_zone(struct req *rq, void *arg)
{
	return zone_authoritative_add(rq, "tw", NULL, NULL);
}

/* Two registrars, and .tw is ours. */
static inline void world(struct place *p)
{
	assert_ok(in_write(p, do_zone, NULL));
	assert_ok(in_write(p, do_registrar, (void *)(uintptr_t) "alpha"));
	assert_ok(in_write(p, do_registrar, (void *)(uintptr_t) "bravo"));
}

/* A domain's row alone, without what domain_create asks for. */
struct bare {
	const char *name, *sponsor;
	int64_t id;
};

static inline enum st do_bare(struct req *rq, void *arg)
{
	struct bare *b = arg;
	struct placed at;
	if (policy_place(rq, b->name, clock_now(), &at))
		return rq->err.code;
	return sql_number(
		rq, &b->id,
		"INSERT INTO registry_domain(key, name, zone, place, lang, life, sponsor, creator, updater,"
		" created_at, updated_at, transferred_at, status, expires_at, max_sig_life, ttl_ns, ttl_ds, ds,"
		" variants, add_until, renew_until, autorenew_until, transfer_until, redemption_until,"
		" pending_until) VALUES($1, $2, 'tw', 'tw', '', 2, $3, $3, '', $4, 0, 0, 0, $5, 0, 0, 0, 0,"
		" 0, 0, 0, 0, 0, 0, 0) RETURNING id",
		V(at.key), V(b->name), V(b->sponsor), V(clock_now()), V(clock_now() + 365 * DAY));
}

static inline int64_t bare_domain(struct place *p, const char *name, const char *sponsor)
{
	struct bare b = { name, sponsor, 0 };
	assert_ok(in_write(p, do_bare, &b));
	return b.id;
}

struct bare_link {
	int64_t domain;
	const char *other; /* host or contact */
	const char *type;  /* of a contact */
};

static inline enum st do_ns(struct req *rq, void *arg)
{
	struct bare_link *l = arg;
	return sql_run(rq,
		       "INSERT INTO registry_domain_ns(domain, host) SELECT CAST($1 AS BIGINT), id FROM registry_host"
		       " WHERE name = $2",
		       V(l->domain), V(l->other));
}

static inline enum st do_contact_link(struct req *rq, void *arg)
{
	struct bare_link *l = arg;
	return sql_run(rq,
		       "INSERT INTO registry_domain_contact(domain, type, contact)"
		       " SELECT CAST($1 AS BIGINT), CAST($3 AS TEXT), id FROM registry_contact WHERE handle = $2",
		       V(l->domain), V(l->other), V(l->type));
}

static inline void delegate(struct place *p, int64_t domain, const char *host)
{
	assert_ok(in_write(p, do_ns, &(struct bare_link){ domain, host, NULL }));
}

static inline void uses_contact(struct place *p, int64_t domain, const char *type, const char *handle)
{
	assert_ok(in_write(p, do_contact_link, &(struct bare_link){ domain, handle, type }));
}

/* ── contacts ── */

static inline struct contact_object somebody(const char *handle)
{
	return (struct contact_object){
		.handle = (char *)(uintptr_t)handle,
		.postal[POSTAL_INT] = { .there = true,
					.name = "Wang Xiaoming",
					.org = "Example Ltd",
					.street = { "1 Test Road", "Floor 2" },
					.city = "Taipei",
					.pc = "100",
					.cc = "TW" },
		.postal[POSTAL_LOC] = { .there = true, .name = "王小明", .city = "臺北市", .cc = "TW" },
		.voice = "+886.212345678",
		.email = "wang@example.com",
		.authinfo = "a-secret-of-16-chars",
		.person = true
	};
}

struct contact_call {
	struct contact_object c;
	struct outcome why;
};

static inline enum st do_contact_create(struct req *rq, void *arg)
{
	struct contact_call *k = arg;
	return contact_create(rq, &k->c, &k->why);
}

static inline struct said make_contact(struct place *p, const char *registrar, const char *handle)
{
	struct contact_call k = { somebody(handle), { 0 } };
	p->who = as(registrar);
	return said_of(in_write(p, do_contact_create, &k), &k.why);
}

/* ── hosts ── */

struct host_call {
	struct host_object h;
	struct outcome why;
};

static inline enum st do_host_create(struct req *rq, void *arg)
{
	struct host_call *k = arg;
	return host_create(rq, &k->h, &k->why);
}

/* `addrs` separated by spaces, NULL none. */
static inline int addrs_of(const char *addrs, struct addr *out)
{
	int n = 0;
	char text[400];
	snprintf(text, sizeof text, "%s", addrs ? addrs : "");
	for (char *s = text, *a; (a = strsep(&s, " ")) && *a;)
		assert_true(addr_parse(a, &out[n++]));
	return n;
}

static inline struct said make_host(struct place *p, const char *registrar, const char *name, const char *addrs)
{
	struct host_call k = { .h = { .name = (char *)(uintptr_t)name } };
	k.h.naddrs = addrs_of(addrs, k.h.addr);
	p->who = as(registrar);
	return said_of(in_write(p, do_host_create, &k), &k.why);
}

#endif
