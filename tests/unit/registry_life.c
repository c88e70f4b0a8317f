/* What time, the registry and a token do to a name: restore with its report, the registry's lock, allocation tokens,
 * TTLs, maintenance, and hosts under names that go. Each step carries the requirement it proves. On both stores. */
#include "registry_world.h"

/* As the built-in zone has it: a restore waits for its report. */
static const char waits[] =
	"restore-report 7d\nregistry-lock on\nreserved gold auctioned\nblocked casino by law\nttl NS 5m 1h 1d\n"
	"price create 10 TWD per-year\nprice renew 10 TWD per-year\nprice restore 40 TWD\n";

static enum st add_waits(struct req *rq, void *arg)
{
	return zone_authoritative_add(rq, "waits", waits, NULL);
}

static void open_waits(struct world *w, struct place *p)
{
	world_open(w, p);
	assert_ok(in_write(p, add_waits, NULL));
}

static struct step update_of(const char *name)
{
	return (struct step){ .what = UPDATE, .u = { .name = (char *)name, .ttl_ns = -1, .ttl_ds = -1 } };
}

static struct step restore_of(const char *name, enum restore_op op)
{
	static struct restore_report r = { .before = (char *)"before",
					   .after = (char *)"after",
					   .reason = (char *)"registrant error",
					   .statement = { (char *)"not resold", (char *)"true" } };
	struct step s = update_of(name);
	r.deleted_at = T0;
	r.restored_at = T0 + DAY;
	s.u.restore = op;
	s.u.report = op == RESTORE_REPORT ? &r : NULL;
	return s;
}

static struct step renewal(const char *name, int64_t said)
{
	return (struct step){ .what = RENEW, .name = name, .said = said, .years = 1 };
}

static struct step deletion(const char *name)
{
	return (struct step){ .what = DELETE, .name = name };
}

static int versions(struct world *w, const char *name, struct former f[32])
{
	int n = 0;
	struct req rq = on_reader(w->p);
	assert_ok(registry_history(&rq, "domain", name, 0, f, 32, &n));
	store_reader_done(w->p->s);
	return n;
}

/* ── RFC 3915: restore and report ── */

static void test_report_body(struct place *p)
{
	struct world w;
	struct former f[32];
	open_waits(&w, p);
	assert_int_equal(as(&w, "alpha", create("back.waits", 1)), R_DONE);
	go_to(&w, T0 + 10 * DAY);
	assert_int_equal(as(&w, "alpha", restore_of("back.waits", RESTORE_REQUEST)), R_STATUS);
	assert_int_equal(as(&w, "alpha", deletion("back.waits")), R_PENDING);
	assert_int_equal(as(&w, "alpha", restore_of("back.waits", RESTORE_REPORT)), R_STATUS);
	assert_int_equal(as(&w, "beta", restore_of("back.waits", RESTORE_REQUEST)), R_AUTHORIZATION);
	int64_t before = credit(&w, "alpha");
	assert_int_equal(as(&w, "alpha", restore_of("back.waits", RESTORE_REQUEST)), R_DONE); /* RFC3915-4.2.5 */
	assert_int_equal(before - credit(&w, "alpha"), 4000);
	assert_true(is(&w, "back.waits", STATUS_PENDING_RESTORE)); /* RFC3915-3.1 */
	assert_true(is(&w, "back.waits", STATUS_PENDING_DELETE));
	assert_false(is(&w, "back.waits", STATUS_REDEMPTION));
	assert_int_equal(as(&w, "alpha", restore_of("back.waits", RESTORE_REQUEST)), R_STATUS);
	assert_int_equal(as(&w, "alpha", deletion("back.waits")), R_STATUS);
	struct step s = restore_of("back.waits", RESTORE_REPORT);
	s.u.report->restored_at = s.u.report->deleted_at - 1;
	assert_int_equal(as(&w, "alpha", s), R_PARAM_RANGE);
	s.u.report->restored_at = clock_now() + DAY;
	assert_int_equal(as(&w, "alpha", s), R_PARAM_RANGE);
	assert_int_equal(as(&w, "beta", restore_of("back.waits", RESTORE_REPORT)), R_AUTHORIZATION);
	assert_int_equal(as(&w, "alpha", restore_of("back.waits", RESTORE_REPORT)), R_DONE); /* RFC3915-4.2.5 */
	assert_int_equal(before - credit(&w, "alpha"), 4000);
	assert_false(is(&w, "back.waits", STATUS_PENDING_RESTORE));
	assert_false(is(&w, "back.waits", STATUS_PENDING_DELETE));
	int n = versions(&w, "back.waits", f);
	assert_string_equal(f[n - 1].verb, "domain-restored");
	assert_non_null(strstr(f[n - 1].object, "\"restore_report\":{\"before\":\"before\"")); /* kept */
	assert_non_null(strstr(f[n - 1].object, "registrant error"));
	assert_string_equal(f[n - 2].verb, "domain-restore-requested");
	assert_int_equal(number_of(p, "SELECT count(*) FROM work_due WHERE kind = 'domain' AND at < 1"), 0);
	world_close(&w);
}
ON_EACH_DRIVER(test_report, test_report_body)

/* Without a report the redemption period goes on where it stopped, and the dry run says so. */
static void test_overdue_body(struct place *p)
{
	struct world w;
	struct life_step step[16];
	int n;
	int64_t total;
	open_waits(&w, p);
	assert_int_equal(as(&w, "alpha", create("late.waits", 1)), R_DONE);
	go_to(&w, T0 + 10 * DAY);
	assert_int_equal(as(&w, "alpha", deletion("late.waits")), R_PENDING); /* redemption until day 40 */
	go_to(&w, T0 + 30 * DAY);
	assert_int_equal(as(&w, "alpha", restore_of("late.waits", RESTORE_REQUEST)), R_DONE);
	struct req rq = on_reader(p);
	assert_ok(lifecycle_preview(&rq, "waits", T0 + 90 * DAY, step, 16, &n, &total));
	store_reader_done(p->s);
	assert_int_equal(n, 3);
	assert_string_equal(step[0].event, "report overdue");
	assert_true(step[0].at == T0 + 37 * DAY);
	assert_true(step[1].at == T0 + 47 * DAY); /* ten days were left */
	assert_string_equal(step[2].to, "gone");
	go_to(&w, T0 + 37 * DAY - 1);
	assert_true(is(&w, "late.waits", STATUS_PENDING_RESTORE));
	go_to(&w, T0 + 37 * DAY);
	assert_false(is(&w, "late.waits", STATUS_PENDING_RESTORE));
	assert_true(is(&w, "late.waits", STATUS_REDEMPTION));	     /* RFC3915-2 */
	assert_int_equal(waiting(&w, "alpha", "domain-changed"), 1); /* RFC8590 */
	assert_int_equal(as(&w, "alpha", restore_of("late.waits", RESTORE_REPORT)), R_STATUS);
	go_to(&w, T0 + 46 * DAY);
	assert_int_equal(as(&w, "alpha", restore_of("late.waits", RESTORE_REQUEST)), R_DONE); /* asked for again */
	assert_int_equal(as(&w, "alpha", restore_of("late.waits", RESTORE_REPORT)), R_DONE);
	assert_int_equal(as(&w, "alpha", deletion("late.waits")), R_PENDING);
	go_to(&w, T0 + 46 * DAY + 40 * DAY);
	assert_null(get(&w, "late.waits"));
	world_close(&w);
}
ON_EACH_DRIVER(test_overdue, test_overdue_body)

/* What was paid back does not come back with a restore; what ran out meanwhile is paid when the name is back. */
static void test_restore_money_body(struct place *p)
{
	struct world w;
	open_waits(&w, p);
	assert_int_equal(as(&w, "alpha", create("paid.waits", 1)), R_DONE);
	int64_t expiry = time_add_years(T0, 1);
	go_to(&w, T0 + 10 * DAY);
	assert_int_equal(as(&w, "alpha", renewal("paid.waits", expiry)), R_DONE);
	assert_int_equal(credit(&w, "alpha"), 1000000 - 2000);
	assert_int_equal(as(&w, "alpha", deletion("paid.waits")), R_PENDING);
	assert_int_equal(credit(&w, "alpha"), 1000000 - 1000);
	assert_true(get(&w, "paid.waits")->expires_at == expiry);
	assert_int_equal(as(&w, "alpha", restore_of("paid.waits", RESTORE_REQUEST)), R_DONE);
	assert_int_equal(as(&w, "alpha", restore_of("paid.waits", RESTORE_REPORT)), R_DONE);
	assert_true(get(&w, "paid.waits")->expires_at == expiry);
	assert_int_equal(credit(&w, "alpha"), 1000000 - 5000);
	/* Deleted in its auto-renew period and restored: the year is bought again, once. */
	go_to(&w, expiry + DAY);
	assert_int_equal(credit(&w, "alpha"), 1000000 - 6000);
	assert_int_equal(as(&w, "alpha", deletion("paid.waits")), R_PENDING);
	assert_int_equal(credit(&w, "alpha"), 1000000 - 5000);
	assert_int_equal(as(&w, "alpha", restore_of("paid.waits", RESTORE_REQUEST)), R_DONE);
	assert_int_equal(credit(&w, "alpha"), 1000000 - 9000);
	assert_int_equal(as(&w, "alpha", restore_of("paid.waits", RESTORE_REPORT)), R_DONE);
	assert_int_equal(credit(&w, "alpha"), 1000000 - 10000);
	assert_true(get(&w, "paid.waits")->expires_at == time_add_years(expiry, 1));
	world_close(&w);
}
ON_EACH_DRIVER(test_restore_money, test_restore_money_body)

/* ── the registry's lock ── */

static struct step lock_of(const char *name)
{
	return (struct step){ .what = LOCK, .name = name, .reason = "court order 17" };
}

static struct step unlock_of(const char *name, int64_t until)
{
	return (struct step){ .what = UNLOCK, .name = name, .said = until, .reason = "key ceremony" };
}

static struct step dnssec(const char *name)
{
	struct step s = update_of(name);
	s.u.ds_add[0] = (struct ds){ .tag = 1, .alg = 13, .digest_type = 2, .digest_n = 32 };
	s.u.nds_add = 1;
	return s;
}

static void test_lock_body(struct place *p)
{
	struct world w;
	struct former f[32];
	open_waits(&w, p);
	assert_int_equal(as(&w, "alpha", create("bank.waits", 1)), R_DONE);
	assert_int_equal(as(&w, "alpha", create("plain.test", 1)), R_DONE);
	assert_int_equal(as(&w, "", lock_of("plain.test")), R_UNIMPLEMENTED); /* the policy offers none */
	assert_int_equal(as(&w, "alpha", lock_of("bank.waits")), R_FAILED);   /* no permission */
	assert_int_equal(as(&w, "", (struct step){ .what = LOCK, .name = "bank.waits", .reason = "" }), R_PARAM_SYNTAX);
	assert_int_equal(as(&w, "", lock_of("bank.waits")), R_DONE);
	assert_int_equal(as(&w, "", lock_of("bank.waits")), R_STATUS);
	assert_true(is(&w, "bank.waits", STATUS_SERVER_UPDATE) && is(&w, "bank.waits", STATUS_SERVER_DELETE) &&
		    is(&w, "bank.waits", STATUS_SERVER_TRANSFER));
	assert_int_equal(waiting(&w, "alpha", "domain-changed"), 1); /* RFC8590 */
	struct step s = update_of("bank.waits");
	s.u.add = BIT(STATUS_CLIENT_HOLD);
	assert_int_equal(as(&w, "alpha", s), R_STATUS);
	s = dnssec("bank.waits");
	s.u.add = BIT(STATUS_CLIENT_HOLD); /* DS and something else */
	assert_int_equal(as(&w, "alpha", s), R_STATUS);
	assert_int_equal(as(&w, "beta", dnssec("bank.waits")), R_AUTHORIZATION);
	assert_int_equal(as(&w, "alpha", dnssec("bank.waits")), R_DONE); /* a key rollover */
	s = update_of("bank.waits");
	s.u.authinfo_set = true;
	s.u.authinfo = (char *)"another-secret-of-it";
	assert_int_equal(as(&w, "alpha", s), R_STATUS);
	assert_int_equal(as(&w, "beta", transfer(OP_REQUEST, "bank.waits", "secret-of-this-domain")), R_STATUS);
	s.u.authinfo = NULL;
	assert_int_equal(as(&w, "alpha", s), R_DONE); /* RFC9154-4.4: taken away */
	assert_int_equal(as(&w, "alpha", deletion("bank.waits")), R_STATUS);
	assert_int_equal(as(&w, "alpha", renewal("bank.waits", time_add_years(T0, 1))), R_DONE);
	s = update_of("bank.waits"); /* nor does the registry by the way */
	s.u.rem = BIT(STATUS_SERVER_UPDATE);
	assert_int_equal(as(&w, "", s), R_STATUS);
	assert_int_equal(as(&w, "alpha", unlock_of("bank.waits", 0)), R_FAILED);
	assert_int_equal(as(&w, "", unlock_of("bank.waits", T0 - 1)), R_PARAM_RANGE);
	assert_int_equal(as(&w, "", unlock_of("bank.waits", T0 + 1800 * USEC)), R_DONE);
	s = update_of("bank.waits");
	s.u.add = BIT(STATUS_CLIENT_HOLD);
	assert_int_equal(as(&w, "alpha", s), R_DONE);
	go_to(&w, T0 + 1800 * USEC - 1);
	assert_false(is(&w, "bank.waits", STATUS_SERVER_UPDATE));
	go_to(&w, T0 + 1800 * USEC); /* by itself */
	assert_true(is(&w, "bank.waits", STATUS_SERVER_UPDATE));
	int n = versions(&w, "bank.waits", f);
	assert_string_equal(f[n - 1].verb, "domain-locked");
	assert_string_equal(f[n - 1].actor, "clock");
	assert_non_null(strstr(f[n - 1].object, "\"reason\":\"the time it was unlocked for is over\""));
	assert_string_equal(f[1].verb, "domain-locked");
	assert_non_null(strstr(f[1].object, "\"reason\":\"court order 17\""));
	assert_int_equal(as(&w, "", unlock_of("bank.waits", 0)), R_DONE);
	assert_int_equal(as(&w, "", unlock_of("bank.waits", 0)), R_STATUS);
	assert_int_equal(as(&w, "alpha", deletion("bank.waits")), R_DONE);
	world_close(&w);
}
ON_EACH_DRIVER(test_lock, test_lock_body)

struct host_step {
	const char *name;
	struct addr add;
	int64_t ttl_a;
	bool erase, make;
	int code;
};

static enum st do_host(struct req *rq, void *arg)
{
	struct host_step *h = arg;
	struct host_change c = { .name = (char *)(uintptr_t)h->name, .ttl_a = -1, .ttl_aaaa = -1 };
	struct host_object o = {
		.name = c.name, .naddrs = h->add.family ? 1 : 0, .addr = { h->add }, .ttl_a = h->ttl_a
	};
	struct outcome why = { .code = R_DONE };
	if (h->ttl_a) {
		c.ttl_set = true;
		c.ttl_a = h->ttl_a < 0 ? 0 : h->ttl_a;
	}
	c.nadd = h->add.family ? 1 : 0;
	c.add[0] = h->add;
	enum st st = h->make	? host_create(rq, &o, &why)
		     : h->erase ? host_delete(rq, h->name, &why)
				: host_update(rq, &c);
	h->code = !st ? R_DONE : (int)(h->make || h->erase ? why.code : c.why.code);
	return st;
}

static int host(struct world *w, const char *who, struct host_step h)
{
	snprintf(w->p->who.id, sizeof w->p->who.id, "registrar:%s", who);
	in_write(w->p, do_host, &h);
	w->p->who = actor_cli;
	return h.code;
}

static struct addr an_address(const char *text)
{
	struct addr a = { 0 };
	assert_true(addr_parse(text, &a));
	return a;
}

/* A delegation is its glue too; and a transfer that was begun while it was open ends with the lock. */
static void test_lock_rest_body(struct place *p)
{
	struct world w;
	open_waits(&w, p);
	assert_int_equal(as(&w, "alpha", create("bank.waits", 1)), R_DONE);
	assert_int_equal(
		host(&w, "alpha",
		     (struct host_step){ .name = "ns.bank.waits", .make = true, .add = an_address("192.0.2.1") }),
		R_DONE);
	assert_int_equal(as(&w, "", lock_of("bank.waits")), R_DONE);
	assert_int_equal(
		host(&w, "alpha", (struct host_step){ .name = "ns.bank.waits", .add = an_address("192.0.2.2") }),
		R_STATUS);
	assert_int_equal(host(&w, "alpha", (struct host_step){ .name = "ns.bank.waits", .erase = true }), R_STATUS);
	assert_int_equal(as(&w, "", unlock_of("bank.waits", T0 + DAY)), R_DONE);
	assert_int_equal(
		host(&w, "alpha", (struct host_step){ .name = "ns.bank.waits", .add = an_address("192.0.2.2") }),
		R_DONE);
	assert_int_equal(as(&w, "beta", transfer(OP_REQUEST, "bank.waits", "secret-of-this-domain")), R_PENDING);
	go_to(&w, T0 + DAY);
	assert_true(is(&w, "bank.waits", STATUS_SERVER_TRANSFER));
	assert_false(is(&w, "bank.waits", STATUS_PENDING_TRANSFER));
	assert_string_equal(get(&w, "bank.waits")->c.sponsor, "alpha");
	assert_int_equal(waiting(&w, "beta", "domain-transfer"), 1);
	go_to(&w, T0 + 10 * DAY);
	assert_string_equal(get(&w, "bank.waits")->c.sponsor, "alpha");
	world_close(&w);
}
ON_EACH_DRIVER(test_lock_rest, test_lock_rest_body)

/* ── RFC 9803: TTLs ── */

static void test_ttl_body(struct place *p)
{
	struct world w;
	struct host_object h;
	open_waits(&w, p);
	struct step s = create("slow.waits", 1);
	s.c.d.ttl_ns = 60;
	assert_int_equal(as(&w, "alpha", s), R_PARAM_RANGE); /* 5m to 1d here */
	s.c.d.ttl_ns = 7200;
	assert_int_equal(as(&w, "alpha", s), R_DONE);
	s = update_of("slow.waits");
	s.u.ttl_set = true;
	s.u.ttl_ns = 90000;
	s.u.ttl_ds = 0;
	assert_int_equal(as(&w, "alpha", s), R_PARAM_RANGE);
	s.u.ttl_ns = 0;
	assert_int_equal(as(&w, "alpha", s), R_DONE); /* RFC9803-2.3: the zone's own again */
	assert_int_equal(get(&w, "slow.waits")->ttl_ns, 0);
	assert_int_equal(
		host(&w, "alpha",
		     (struct host_step){
			     .name = "ns.slow.waits", .make = true, .add = an_address("192.0.2.1"), .ttl_a = 7200 }),
		R_DONE);
	struct req rq = on_reader(p);
	assert_ok(host_get(&rq, "ns.slow.waits", &h));
	store_reader_done(p->s);
	assert_int_equal(h.ttl_a, 7200);
	assert_int_equal(host(&w, "alpha", (struct host_step){ .name = "ns.slow.waits", .ttl_a = 1 }), R_PARAM_RANGE);
	assert_int_equal(host(&w, "alpha", (struct host_step){ .name = "ns.slow.waits", .ttl_a = 600 }), R_DONE);
	assert_int_equal(host(&w, "alpha", (struct host_step){ .name = "ns9.example.net", .make = true, .ttl_a = 600 }),
			 R_POLICY_VALUE);
	rq = on_reader(p);
	assert_ok(host_get(&rq, "ns.slow.waits", &h));
	store_reader_done(p->s);
	assert_int_equal(h.ttl_a, 600);
	world_close(&w);
}
ON_EACH_DRIVER(test_ttl, test_ttl_body)

/* ── hosts below names that go, in every order (RFC 9874) ── */

static enum st add_ends(struct req *rq, void *arg)
{
	return zone_authoritative_add(
		rq, "ends", "expiry delete\ngrace redemption 0d\ngrace pending-delete 0d\ngrace add 0d\n", NULL);
}

static int64_t dangling(struct place *p)
{
	return number_of(
		       p,
		       "SELECT count(*) FROM registry_host WHERE domain IS NOT NULL AND domain NOT IN (SELECT id FROM "
		       "registry_domain)") +
	       number_of(
		       p,
		       "SELECT count(*) FROM registry_domain_ns WHERE domain NOT IN (SELECT id FROM registry_domain)") +
	       number_of(p, "SELECT count(*) FROM registry_host_addr WHERE host NOT IN (SELECT id FROM registry_host)");
}

static void test_purge_body(struct place *p)
{
	struct world w;
	char name[40];
	world_open(&w, p);
	assert_ok(in_write(p, add_ends, NULL));
	/* Three names that use each other's hosts and their own, all going in one pass; one stays. */
	static const char *const names[] = { "one.ends", "two.ends", "three.ends" };
	for (int i = 0; i < 3; i++)
		assert_int_equal(as(&w, i == 1 ? "beta" : "alpha", create(names[i], 1)), R_DONE);
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "ns.%s", names[i]);
		assert_int_equal(host(&w, i == 1 ? "beta" : "alpha",
				      (struct host_step){ .name = name, .make = true, .add = an_address("192.0.2.1") }),
				 R_DONE);
	}
	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 3; k++) {
			struct step s = update_of(names[i]);
			snprintf(name, sizeof name, "ns.%s", names[k]);
			s.u.ns_add[0] = name;
			s.u.nns_add = 1;
			assert_int_equal(as(&w, i == 1 ? "beta" : "alpha", s), R_DONE);
		}
	struct step stays = create("stays.test", 5);
	stays.c.d.ns[0] = (char *)"ns.one.ends";
	stays.c.d.ns[1] = (char *)"ns.three.ends";
	assert_int_equal(as(&w, "beta", stays), R_DONE);
	assert_int_equal(as(&w, "alpha", deletion("one.ends")), R_ASSOCIATION); /* RFC5731-3.2.2 */
	go_to(&w, time_add_years(T0, 1));
	for (int i = 0; i < 3; i++)
		assert_null(get(&w, names[i]));
	assert_int_equal(get(&w, "stays.test")->nns, 0);
	assert_int_equal(dangling(p), 0);
	assert_int_equal(waiting(&w, "beta", "domain-changed") > 0, true);
	/* Registered again by another, nothing of the old delegation is left. */
	assert_int_equal(as(&w, "beta", create("one.ends", 1)), R_DONE);
	assert_int_equal(get(&w, "one.ends")->nsubordinate, 0);
	world_close(&w);
}
ON_EACH_DRIVER(test_purge, test_purge_body)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_report), cmocka_unit_test(test_overdue),	 cmocka_unit_test(test_restore_money),
		cmocka_unit_test(test_lock),   cmocka_unit_test(test_lock_rest), cmocka_unit_test(test_ttl),
		cmocka_unit_test(test_purge),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
