/* Replays of a name's life: each step carries the requirement it proves. On both stores. */
#include "registry_world.h"

/* ── RFC 5731 §3.2.1: create ── */

static void test_create_body(struct place *p)
{
	struct world w;
	world_open(&w, p);
	int64_t before = credit(&w, "alpha");
	assert_int_equal(as(&w, "alpha", create("Example.TW", 2)), R_DONE); /* RFC5731-3.2.1 */
	assert_int_equal(before - credit(&w, "alpha"), 160000);
	struct domain *d = get(&w, "example.tw");
	assert_non_null(d);
	assert_string_equal(d->name, "example.tw");
	assert_string_equal(d->c.sponsor, "alpha");
	assert_string_equal(d->registrant, "CON1");
	assert_int_equal(d->ncontacts, 2);
	assert_int_equal(d->nns, 2);
	assert_true(d->expires_at == time_add_years(T0, 2));
	assert_true(d->c.status == BIT(STATUS_ADD_PERIOD)); /* RFC3915-3.1 */
	assert_true(authinfo_fits(d->authinfo, "secret-of-this-domain"));
	assert_null(strstr(d->authinfo, "secret"));			     /* RFC9154-4.3 */
	assert_int_equal(as(&w, "beta", create("example.tw", 1)), R_EXISTS); /* RFC5731-3.2.1 */
	assert_int_equal(credit(&w, "beta"), 1000000);
	struct step s = create("fee.tw", 1);
	s.c.fee_said = 70000;
	assert_int_equal(as(&w, "alpha", s), R_PARAM_RANGE); /* RFC8748-5.2.1 */
	s.c.fee_said = 90000;
	assert_int_equal(as(&w, "alpha", s), R_DONE);
	assert_int_equal(w.fee, 80000);
	assert_int_equal(as(&w, "alpha", create("eleven.tw", 11)), R_PARAM_RANGE);
	s = create("nobody.tw", 1);
	s.c.d.registrant = (char *)"NONE";
	assert_int_equal(as(&w, "alpha", s), R_NOT_THERE);
	assert_null(get(&w, "nobody.tw"));
	world_close(&w);
}
ON_EACH_DRIVER(test_create, test_create_body)

static int check_of(struct world *w, const char *who, const char *name)
{
	struct domain_check c = { .name = name };
	struct actor a = actor_cli;
	if (*who)
		snprintf(a.id, sizeof a.id, "registrar:%s", who);
	struct req rq = on_reader(w->p);
	rq.who = &a;
	assert_ok(domain_check(&rq, &c, 1));
	store_reader_done(w->p->s);
	if (!c.avail && strlen(c.why.reason) > 63)
		fail_msg("too long to show: %s", c.why.reason);
	return c.avail ? R_DONE : (int)c.why.code;
}

/* ── the policy's rules: check, create and why say the same ── */

static void test_rules_body(struct place *p)
{
	struct world w;
	world_open(&w, p);
	static const struct {
		const char *who, *name;
		int code;
	} rows[] = {
		{ "alpha", "free.tw", R_DONE },
		{ "alpha", "x.tw", R_POLICY },
		{ "alpha", "ab.tw", R_DONE },
		{ "alpha", "nic.tw", R_POLICY },
		{ "", "nic.tw", R_DONE },
		{ "", "casino.tw", R_POLICY },
		{ "alpha", "a.gov.tw", R_POLICY },
		{ "", "abc.gov.tw", R_DONE },
		{ "alpha", "abc.old.tw", R_POLICY },
		{ "alpha", "com.tw", R_POLICY_VALUE },
		{ "alpha", "a.b.tw", R_POLICY_VALUE },
		{ "alpha", "abc.example", R_POLICY_VALUE },
		{ "alpha", "ab--c.tw", R_PARAM_SYNTAX },
		{ "alpha", "abc.com.tw", R_DONE },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(check_of(&w, rows[i].who, rows[i].name), rows[i].code);
		struct why why;
		struct req rq = on_reader(w.p);
		assert_ok(policy_why(&rq, rows[i].name, *rows[i].who ? rows[i].who : NULL, &why));
		store_reader_done(w.p->s);
		assert_int_equal(why.may, rows[i].code == R_DONE);
	}
	assert_int_equal(as(&w, "alpha", create("free.tw", 1)), R_DONE);
	assert_int_equal(check_of(&w, "beta", "FREE.tw"), R_EXISTS);
	assert_int_equal(as(&w, "alpha", create("casino.tw", 1)), R_POLICY);
	world_close(&w);
}
ON_EACH_DRIVER(test_rules, test_rules_body)

/* ── .tw: suspension, grace, release ── */

static void test_tw_life_body(struct place *p)
{
	struct world w;
	world_open(&w, p);
	assert_int_equal(as(&w, "alpha", create("kept.tw", 1)), R_DONE);
	assert_int_equal(as(&w, "alpha", create("lost.tw", 1)), R_DONE);
	int64_t expiry = time_add_years(T0, 1);
	struct life_step step[16];
	int n;
	int64_t total;
	struct req rq = on_reader(w.p);
	assert_ok(lifecycle_preview(&rq, "tw", expiry + 40 * DAY, step, 16, &n, &total));
	store_reader_done(w.p->s);
	assert_int_equal(n, 4); /* two suspensions, two releases */
	assert_string_equal(step[0].event, "suspend");
	assert_true(step[0].at == expiry);
	assert_string_equal(step[3].to, "gone");
	int64_t released = 0;
	for (int i = 0; i < n; i++)
		if (!strcmp(step[i].name, "lost.tw") && !strcmp(step[i].event, "release"))
			released = step[i].at;
	assert_true(released >= expiry + 33 * DAY && released < expiry + 36 * DAY);
	go_to(&w, expiry - 1);
	assert_false(is(&w, "kept.tw", STATUS_SERVER_HOLD));
	go_to(&w, expiry);
	assert_true(is(&w, "kept.tw", STATUS_SERVER_HOLD));	     /* out of the DNS */
	assert_int_equal(waiting(&w, "alpha", "domain-changed"), 2); /* RFC8590 */
	go_to(&w, expiry + 29 * DAY);
	assert_int_equal(as(&w, "alpha", (struct step){ .what = RENEW, .name = "kept.tw", .said = expiry, .years = 1 }),
			 R_DONE);
	assert_true(w.expiry == time_add_years(T0, 2));
	assert_false(is(&w, "kept.tw", STATUS_SERVER_HOLD));
	go_to(&w, expiry + 31 * DAY);
	assert_int_equal(as(&w, "alpha", (struct step){ .what = RENEW, .name = "lost.tw", .said = expiry, .years = 1 }),
			 R_NOT_RENEWABLE); /* RFC5730-3 */
	go_to(&w, released - 1);
	assert_non_null(get(&w, "lost.tw"));
	go_to(&w, released); /* the dry run is what runs */
	assert_null(get(&w, "lost.tw"));
	assert_int_equal(as(&w, "beta", create("lost.tw", 1)), R_DONE);
	assert_string_equal(get(&w, "lost.tw")->c.sponsor, "beta");
	world_close(&w);
}
ON_EACH_DRIVER(test_tw_life, test_tw_life_body)

/* ── RFC 3915: add grace, redemption, restore, pending delete; auto-renew ── */

static void test_rgp_body(struct place *p)
{
	struct world w;
	world_open(&w, p);
	assert_int_equal(as(&w, "alpha", create("short.test", 1)), R_DONE);
	assert_int_equal(as(&w, "alpha", (struct step){ .what = DELETE, .name = "short.test" }),
			 R_DONE); /* RFC3915-3.1 */
	assert_null(get(&w, "short.test"));
	assert_int_equal(w.fee, 1000);
	assert_int_equal(credit(&w, "alpha"), 1000000); /* RFC8748-3.6: paid back */
	assert_int_equal(as(&w, "alpha", create("long.test", 1)), R_DONE);
	go_to(&w, T0 + 10 * DAY);
	assert_int_equal(as(&w, "beta", (struct step){ .what = DELETE, .name = "long.test" }), R_AUTHORIZATION);
	assert_int_equal(as(&w, "alpha", (struct step){ .what = DELETE, .name = "long.test" }),
			 R_PENDING); /* RFC5731-3.2.2 */
	assert_int_equal(w.fee, 0);
	assert_true(is(&w, "long.test", STATUS_REDEMPTION) && is(&w, "long.test", STATUS_PENDING_DELETE));
	assert_int_equal(credit(&w, "alpha"), 999000);
	assert_int_equal(
		as(&w, "alpha",
		   (struct step){ .what = RENEW, .name = "long.test", .said = time_add_years(T0, 1), .years = 1 }),
		R_NOT_RENEWABLE);
	struct step restore = { .what = UPDATE, .u = { .name = (char *)"long.test", .restore = true } };
	assert_int_equal(as(&w, "alpha", restore), R_DONE); /* RFC3915-4.2.5 */
	assert_int_equal(credit(&w, "alpha"), 995000);
	assert_false(is(&w, "long.test", STATUS_PENDING_DELETE));
	assert_int_equal(as(&w, "alpha", (struct step){ .what = DELETE, .name = "long.test" }), R_PENDING);
	go_to(&w, T0 + 40 * DAY);
	assert_false(is(&w, "long.test", STATUS_REDEMPTION)); /* RFC3915-2: pending delete follows */
	assert_true(is(&w, "long.test", STATUS_PENDING_DELETE));
	assert_int_equal(as(&w, "alpha", restore), R_STATUS);
	go_to(&w, T0 + 45 * DAY);
	assert_null(get(&w, "long.test"));
	world_close(&w);
}
ON_EACH_DRIVER(test_rgp, test_rgp_body)

static void test_autorenew_body(struct place *p)
{
	struct world w;
	world_open(&w, p);
	assert_int_equal(as(&w, "alpha", create("auto.test", 1)), R_DONE);
	int64_t expiry = time_add_years(T0, 1);
	go_to(&w, expiry + DAY);
	assert_true(is(&w, "auto.test", STATUS_AUTORENEW_PERIOD)); /* RFC3915-3.1 */
	assert_int_equal(credit(&w, "alpha"), 998000);
	assert_int_equal(as(&w, "alpha", (struct step){ .what = DELETE, .name = "auto.test" }), R_PENDING);
	assert_int_equal(w.fee, 1000);
	assert_int_equal(credit(&w, "alpha"), 999000); /* the renewal is paid back */
	world_close(&w);
}
ON_EACH_DRIVER(test_autorenew, test_autorenew_body)

/* ── RFC 5731 §3.2.4: transfer ── */

static void test_transfer_body(struct place *p)
{
	struct world w;
	const char *const secret = "secret-of-this-domain";
	world_open(&w, p);
	assert_int_equal(as(&w, "alpha", create("move.test", 1)), R_DONE);
	assert_int_equal(as(&w, "alpha", transfer(OP_REQUEST, "move.test", secret)), R_NOT_TRANSFERABLE);
	assert_int_equal(as(&w, "beta", transfer(OP_REQUEST, "move.test", "wrong")), R_BAD_AUTHINFO);
	assert_int_equal(as(&w, "beta", transfer(OP_APPROVE, "move.test", NULL)), R_NOT_PENDING_TRANSFER);
	assert_int_equal(as(&w, "beta", transfer(OP_REQUEST, "move.test", secret)), R_PENDING); /* RFC5731-3.2.4 */
	assert_int_equal(waiting(&w, "alpha", "domain-transfer"), 1);
	assert_int_equal(credit(&w, "beta"), 999000);
	assert_true(is(&w, "move.test", STATUS_PENDING_TRANSFER));
	assert_int_equal(as(&w, "beta", transfer(OP_REQUEST, "move.test", secret)), R_PENDING_TRANSFER);
	assert_int_equal(as(&w, "alpha", (struct step){ .what = DELETE, .name = "move.test" }),
			 R_STATUS); /* RFC5731-2.3 */
	assert_int_equal(as(&w, "beta", transfer(OP_APPROVE, "move.test", NULL)), R_AUTHORIZATION);
	assert_int_equal(as(&w, "alpha", transfer(OP_REJECT, "move.test", NULL)), R_DONE);
	assert_int_equal(credit(&w, "beta"), 1000000);
	assert_int_equal(waiting(&w, "beta", "domain-transfer"), 1);
	assert_int_equal(as(&w, "beta", transfer(OP_REQUEST, "move.test", secret)), R_PENDING);
	assert_int_equal(as(&w, "alpha", transfer(OP_APPROVE, "move.test", NULL)), R_DONE);
	struct domain *d = get(&w, "move.test");
	assert_string_equal(d->c.sponsor, "beta");
	assert_null(d->authinfo); /* RFC9154-5.4 */
	assert_true(d->expires_at == time_add_years(T0, 2));
	assert_true(is(&w, "move.test", STATUS_TRANSFER_PERIOD));
	assert_int_equal(as(&w, "alpha", transfer(OP_REQUEST, "move.test", secret)),
			 R_BAD_AUTHINFO); /* RFC9154: none */
	struct step lock = { .what = UPDATE,
			     .u = { .name = (char *)"move.test",
				    .add = BIT(STATUS_CLIENT_TRANSFER),
				    .authinfo_set = true,
				    .authinfo = (char *)"another-secret-0123" } };
	assert_int_equal(as(&w, "beta", lock), R_DONE);
	assert_int_equal(as(&w, "alpha", transfer(OP_REQUEST, "move.test", "another-secret-0123")), R_STATUS);
	lock.u = (struct domain_change){ .name = (char *)"move.test", .rem = BIT(STATUS_CLIENT_TRANSFER) };
	assert_int_equal(as(&w, "beta", lock), R_DONE);
	assert_int_equal(as(&w, "alpha", transfer(OP_REQUEST, "move.test", "another-secret-0123")), R_PENDING);
	go_to(&w, T0 + 5 * DAY); /* RFC5731-3.2.4: nobody answered */
	assert_string_equal(get(&w, "move.test")->c.sponsor, "alpha");
	assert_int_equal(w.got.transfer.state, TRANSFER_SERVER_APPROVED);
	world_close(&w);
}
ON_EACH_DRIVER(test_transfer, test_transfer_body)

/* ── RFC 5731 §3.2.5: update ── */

static void test_update_body(struct place *p)
{
	struct world w;
	world_open(&w, p);
	assert_int_equal(as(&w, "alpha", create("change.test", 1)), R_DONE);
	struct step s = { .what = UPDATE,
			  .u = { .name = (char *)"change.test",
				 .ns_rem = { (char *)"ns2.example.net" },
				 .nns_rem = 1,
				 .con_rem = { { 't', (char *)"CON2" } },
				 .ncon_rem = 1,
				 .con_add = { { 'b', (char *)"CON2" } },
				 .ncon_add = 1,
				 .add = BIT(STATUS_CLIENT_UPDATE),
				 .ds_add = { { .tag = 1, .alg = 13, .digest_type = 2, .digest_n = 32 } },
				 .nds_add = 1 } };
	assert_int_equal(as(&w, "beta", s), R_AUTHORIZATION);
	assert_int_equal(as(&w, "alpha", s), R_DONE);
	struct domain *d = get(&w, "change.test");
	assert_int_equal(d->nns, 1);
	assert_int_equal(d->nds, 1); /* RFC5910-5.2.5 */
	assert_true(d->contact[1].type == 'b');
	struct step ttl = { .what = UPDATE, .u = { .name = (char *)"change.test", .ttl_set = true, .ttl_ns = 3600 } };
	assert_int_equal(as(&w, "alpha", ttl), R_STATUS); /* RFC5731-2.3: clientUpdateProhibited */
	ttl.u.rem = BIT(STATUS_CLIENT_UPDATE);
	assert_int_equal(as(&w, "alpha", ttl), R_DONE);
	assert_int_equal(get(&w, "change.test")->ttl_ns, 3600); /* RFC9803 */
	struct step server = { .what = UPDATE,
			       .u = { .name = (char *)"change.test", .add = BIT(STATUS_SERVER_DELETE) } };
	assert_int_equal(as(&w, "alpha", server), R_POLICY_VALUE);
	assert_int_equal(as(&w, "", server), R_DONE);
	assert_int_equal(waiting(&w, "alpha", "domain-changed"), 1); /* RFC8590 */
	assert_int_equal(as(&w, "alpha", (struct step){ .what = DELETE, .name = "change.test" }), R_STATUS);
	struct former f[16];
	int n;
	struct req rq = on_reader(w.p);
	assert_ok(registry_history(&rq, "domain", "change.test", 0, f, 16, &n));
	store_reader_done(w.p->s);
	assert_int_equal(n, 4);
	assert_string_equal(f[0].frame, "CL-1/SV-1");
	assert_non_null(strstr(f[0].object, "ns2.example.net"));
	assert_null(strstr(f[1].object, "ns2.example.net"));
	world_close(&w);
}
ON_EACH_DRIVER(test_update, test_update_body)

/* ── whose contacts ── */

static void test_contacts_body(struct place *p)
{
	struct world w;
	world_open(&w, p);
	struct step s = create("stranger.test", 1);
	s.c.d.registrant = (char *)"CON2";
	assert_int_equal(as(&w, "beta", s), R_AUTHORIZATION);
	assert_null(get(&w, "stranger.test"));
	assert_int_equal(credit(&w, "beta"), 1000000);
	assert_int_equal(as(&w, "beta", create("stranger.test", 1)), R_DONE);
	struct step u = { .what = UPDATE, .u = { .name = (char *)"stranger.test", .registrant = (char *)"CON2" } };
	assert_int_equal(as(&w, "beta", u), R_AUTHORIZATION);
	assert_string_equal(get(&w, "stranger.test")->registrant, "CON3");
	assert_int_equal(as(&w, "", u), R_DONE); /* the registry may */
	struct step add = {
		.what = UPDATE,
		.u = { .name = (char *)"stranger.test", .con_add = { { 'b', (char *)"CON1" } }, .ncon_add = 1 }
	};
	assert_int_equal(as(&w, "beta", add), R_AUTHORIZATION);
	add.u.con_add[0].handle = (char *)"CON2"; /* which the name has already */
	assert_int_equal(as(&w, "beta", add), R_DONE);
	world_close(&w);
}
ON_EACH_DRIVER(test_contacts, test_contacts_body)

/* ── eligibility ── */

static void test_review_body(struct place *p)
{
	struct world w;
	world_open(&w, p);
	assert_int_equal(as(&w, "alpha", create("firm.com.tw", 1)), R_PENDING); /* RFC5731-3.2.1: 1001 */
	assert_true(is(&w, "firm.com.tw", STATUS_PENDING_CREATE));
	assert_int_equal(number_of(p, "SELECT count(*) FROM work_task WHERE done_at = 0"), 1);
	assert_int_equal(as(&w, "", (struct step){ .what = DECIDE, .name = "com.tw", .yes = true }), R_DONE);
	assert_false(is(&w, "firm.com.tw", STATUS_PENDING_CREATE));
	assert_int_equal(waiting(&w, "alpha", "domain-pending"), 1); /* RFC5731-3.3 */
	assert_int_equal(number_of(p, "SELECT count(*) FROM work_task WHERE done_at = 0"), 0);
	assert_int_equal(as(&w, "alpha", create("second.com.tw", 1)), R_DONE); /* the decision serves again */
	assert_int_equal(as(&w, "alpha", create("mei.idv.tw", 1)), R_PENDING);
	assert_int_equal(as(&w, "", (struct step){ .what = EMAIL }), R_DONE);
	assert_false(is(&w, "mei.idv.tw", STATUS_PENDING_CREATE));
	assert_int_equal(as(&w, "", (struct step){ .what = DECIDE, .name = "com.tw", .yes = false }), R_DONE);
	assert_int_equal(as(&w, "alpha", create("third.com.tw", 1)), R_POLICY);
	world_close(&w);
}
ON_EACH_DRIVER(test_review, test_review_body)

static void test_refused_body(struct place *p)
{
	struct world w;
	world_open(&w, p);
	assert_int_equal(as(&w, "alpha", create("firm.com.tw", 1)), R_PENDING);
	go_to(&w, T0 + 60 * DAY);
	assert_int_equal(as(&w, "", (struct step){ .what = DECIDE, .name = "com.tw", .yes = false }), R_DONE);
	assert_null(get(&w, "firm.com.tw"));
	assert_int_equal(credit(&w, "alpha"), 1000000);
	world_close(&w);
}
ON_EACH_DRIVER(test_refused, test_refused_body)

/* ── money ── */

static enum st warn_at(struct req *rq, void *arg)
{
	return registrar_low_balance_set(rq, "alpha", 500000);
}

static void test_money_body(struct place *p)
{
	struct world w;
	world_open(&w, p);
	assert_ok(in_write(p, warn_at, NULL));
	assert_int_equal(as(&w, "alpha", create("small.tw", 1)), R_DONE);
	assert_int_equal(waiting(&w, "alpha", "low-balance"), 0);
	assert_int_equal(as(&w, "alpha", (struct step){ .what = DELETE, .name = "small.tw" }), R_DONE);
	assert_int_equal(as(&w, "alpha", create("big.tw", 10)), R_DONE);
	assert_int_equal(credit(&w, "alpha"), 200000);
	assert_int_equal(as(&w, "alpha", create("last.tw", 1)), R_DONE);
	assert_int_equal(waiting(&w, "alpha", "low-balance"), 1); /* told once */
	assert_int_equal(as(&w, "alpha", (struct step){ .what = DELETE, .name = "last.tw" }), R_DONE);
	assert_int_equal(as(&w, "alpha", create("more.tw", 3)), R_BILLING); /* RFC5730-3: 2104 */
	assert_null(get(&w, "more.tw"));
	assert_int_equal(credit(&w, "alpha"), 200000);
	world_close(&w);
}
ON_EACH_DRIVER(test_money, test_money_body)

/* ── many at once: one wins, the ledger agrees ── */

enum { CROWD = 100, THREADS = 4 };
struct rush {
	struct place *p;
	pthread_t t;
	int won, lost;
};

static void *rush(void *arg)
{
	struct rush *r = arg;
	struct place mine = *r->p;
	mine.mem = arena_new((size_t)16 << 20);
	struct world w = { .p = &mine };
	for (int i = 0; i < CROWD / THREADS; i++) {
		int code = as(&w, i % 2 ? "alpha" : "beta", create("wanted.tw", 1));
		r->won += code == R_DONE;
		r->lost += code == R_EXISTS;
	}
	arena_free(mine.mem);
	return NULL;
}

static void test_rush_one(int driver)
{
	struct place p = { .s = teststore_open_with(driver, 2), .mem = arena_new((size_t)8 << 20), .who = actor_cli };
	struct rush r[THREADS];
	struct world w;
	int won = 0, lost = 0;
	clock_set_for_test(T0);
	world_open(&w, &p);
	for (int i = 0; i < THREADS; i++) {
		r[i] = (struct rush){ .p = &p };
		assert_int_equal(pthread_create(&r[i].t, NULL, rush, &r[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(r[i].t, NULL);
		won += r[i].won;
		lost += r[i].lost;
	}
	assert_int_equal(won, 1);
	assert_int_equal(lost, CROWD - 1);
	assert_int_equal(credit(&w, "alpha") + credit(&w, "beta"), 2000000 - 80000);
	world_close(&w);
	place_close(&p);
}

static void test_rush(void **state)
{
	for (int driver = 0; driver < teststore_drivers(); driver++)
		test_rush_one(driver);
}

/* ── a name and its variants are one object ── */

static enum st add_zh(struct req *rq, void *arg)
{
	char path[200];
	snprintf(path, sizeof path, "%s/zh.txt", teststore_dir());
	FILE *f = fopen(path, "w");
	fputs("U+53F0(0);U+53F0(0);U+81FA(0)\nU+81FA(0);U+53F0(0);U+53F0(0)\nU+7063(0);U+6E7E(0),U+7063(0);U+6E7E(0)\n"
	      "U+6E7E(0);U+6E7E(0);U+7063(0)\n",
	      f);
	fclose(f);
	return zone_authoritative_add(rq, "xn--kpry57d", "idn-table zh rfc3743 zh.txt\nvariant-zone xn--kprw13d\n",
				      teststore_dir());
}

static void test_variants_body(struct place *p)
{
	struct world w;
	world_open(&w, p);
	assert_ok(in_write(p, add_zh, NULL));
	assert_int_equal(as(&w, "alpha", create("台灣.台灣", 1)), R_DONE);
	assert_int_equal(as(&w, "beta", create("臺湾.台灣", 1)), R_EXISTS);	  /* RFC3743-3 */
	assert_int_equal(as(&w, "beta", create("臺湾.台湾", 1)), R_POLICY_VALUE); /* the zone's other spelling */
	struct domain *d = get(&w, "台湾.台湾");
	assert_non_null(d);
	assert_string_equal(d->uname, "台灣.台灣");
	assert_true(d->nmembers >= 2); /* RFC9095-3.2 */
	assert_true(d->active[0] && !d->active[1]);
	char *variant = d->member[1];
	struct step s = { .what = UPDATE, .u = { .name = d->name, .activate = { variant }, .nactivate = 1 } };
	assert_int_equal(as(&w, "alpha", s), R_DONE);
	assert_true(get(&w, variant)->active[1]);
	assert_int_equal(as(&w, "alpha", s), R_ASSOCIATION);
	s.u = (struct domain_change){ .name = variant, .release = { variant }, .nrelease = 1 };
	assert_int_equal(as(&w, "alpha", s), R_DONE);
	assert_false(get(&w, variant)->active[1]);
	assert_int_equal(as(&w, "alpha", (struct step){ .what = DELETE, .name = variant }), R_DONE);
	assert_int_equal(as(&w, "beta", create("臺湾.台灣", 1)), R_DONE);
	world_close(&w);
}
ON_EACH_DRIVER(test_variants, test_variants_body)

/* ── a name with many ── */

static enum st add_many(struct req *rq, void *arg)
{
	char path[200];
	snprintf(path, sizeof path, "%s/many.txt", teststore_dir());
	FILE *f = fopen(path, "w");
	fputs("U+53F0(0);U+53F0(0),U+81FA(0);\nU+81FA(0);U+53F0(0),U+81FA(0);\n", f);
	fclose(f);
	return zone_authoritative_add(rq, "many", "idn-table zh rfc3743 many.txt\n", teststore_dir());
}

static bool why_says(struct world *w, const char *name, const char *rule)
{
	struct why why;
	bool said = false;
	struct req rq = on_reader(w->p);
	assert_ok(policy_why(&rq, name, "alpha", &why));
	store_reader_done(w->p->s);
	for (int i = 0; i < why.n; i++)
		said = said || !strcmp(why.row[i].rule, rule);
	return said;
}

/* RFC9095-3.2: whoever asks gets them all; where the table has more than a name can have, that is said. */
static void test_many_body(struct place *p)
{
	struct world w;
	char *last;
	world_open(&w, p);
	assert_ok(in_write(p, add_many, NULL));
	assert_false(why_says(&w, "台台台台台.many", "variants"));
	assert_int_equal(as(&w, "alpha", create("台台台台台.many", 1)), R_DONE);
	assert_int_equal(get(&w, "台台台台台.many")->nmembers, 32);
	last = w.got.member[31];
	struct step s = { .what = UPDATE,
			  .u = { .name = (char *)"台台台台台.many", .activate = { last }, .nactivate = 1 } };
	assert_int_equal(as(&w, "alpha", s), R_DONE);
	assert_true(get(&w, last)->active[31]);
	assert_true(why_says(&w, "台台台台台台台.many", "variants"));
	assert_int_equal(as(&w, "alpha", create("台台台台台台台.many", 1)), R_DONE);
	assert_int_equal(get(&w, "台台台台台台台.many")->nmembers, 1 + DOMAIN_VARIANTS);
	assert_int_equal(as(&w, "beta", create("臺臺臺臺臺臺臺.many", 1)), R_EXISTS);
	world_close(&w);
}
ON_EACH_DRIVER(test_many, test_many_body)

/* ── rules that would take names from their places ── */

struct new_rules {
	const char *zone, *text;
	int64_t from; /* 0: at once */
};

static enum st set_rules(struct req *rq, void *new_rules)
{
	struct new_rules *n = new_rules;
	int version;
	return policy_set(rq, n->zone, n->text, n->from, teststore_dir(), &version);
}

static enum st add_levels(struct req *rq, void *arg)
{
	return zone_authoritative_add(rq, "levels", "second-level co.levels open all\n", NULL);
}

static void test_places_body(struct place *p)
{
	static const struct {
		struct new_rules n;
		enum st st;
	} rows[] = {
		{ { "levels", "second-level co.levels open all\nlabel-min 2\n" }, ST_OK },
		{ { "levels", "label-min 2\n" }, ST_CONFLICT }, /* abc.co.levels would be no name */
		{ { "levels", "second-level co.levels open all\nsecond-level shop.levels open it\n" }, ST_CONFLICT },
		{ { "levels", "second-level co.levels open all\nsecond-level new.levels open it\n" }, ST_OK },
		{ { "xn--kpry57d", "idn-table zh rfc3743 zh.txt\nvariant-zone xn--kprw13d\nlabel-min 1\n" }, ST_OK },
		{ { "xn--kpry57d", "variant-zone xn--kprw13d\n" }, ST_CONFLICT }, /* its variants could be registered */
	};
	struct world w;
	world_open(&w, p);
	assert_ok(in_write(p, add_zh, NULL));
	assert_ok(in_write(p, add_levels, NULL));
	assert_int_equal(as(&w, "alpha", create("台灣.台灣", 1)), R_DONE);
	assert_int_equal(as(&w, "alpha", create("abc.co.levels", 1)), R_DONE);
	assert_int_equal(as(&w, "alpha", create("shop.levels", 1)), R_DONE);
	p->who = actor_cli;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (in_write(p, set_rules, (void *)(uintptr_t)&rows[i].n) != rows[i].st)
			fail_msg("%s: %s", rows[i].n.zone, rows[i].n.text);
	assert_int_equal(as(&w, "beta", create("臺湾.台灣", 1)), R_EXISTS);
	assert_non_null(get(&w, "shop.levels"));
	assert_non_null(get(&w, "abc.co.levels"));
	world_close(&w);
}
ON_EACH_DRIVER(test_places, test_places_body)

/* ── rules that are set, and not in force yet ── */

static enum st withdraw_second(struct req *rq, void *zone)
{
	return policy_withdraw(rq, zone, 2);
}

static int misplaced(struct world *w, struct misplaced *first)
{
	struct misplaced m[8];
	int n, seen;
	int64_t after = 0;
	struct req rq = on_reader(w->p);
	assert_ok(names_misplaced(&rq, &after, m, 8, &n, &seen));
	store_reader_done(w->p->s);
	*first = m[0];
	return n;
}

static enum st put_elsewhere(struct req *rq, void *key)
{
	return sql_run(rq, "UPDATE registry_domain SET key = $1 WHERE name = 'abc.co.levels'", V((char *)key));
}

/* What is registered between the day they are set and the day they take effect has a place on both. */
static void test_later_body(struct place *p)
{
	struct new_rules levels = { "levels", "second-level co.levels open all\nsecond-level shop.levels open it\n",
				    T0 + 30 * DAY };
	struct new_rules tables = { "xn--kpry57d", "variant-zone xn--kprw13d\n", T0 + 60 * DAY };
	struct world w;
	struct misplaced m;
	world_open(&w, p);
	assert_ok(in_write(p, add_zh, NULL));
	assert_ok(in_write(p, add_levels, NULL));
	assert_ok(in_write(p, set_rules, &levels));
	assert_ok(in_write(p, set_rules, &tables));
	assert_int_equal(as(&w, "alpha", create("shop.levels", 1)), R_POLICY_VALUE);
	assert_string_equal(w.why.reason, "would lose its place under the rules from 2026-10-21 on");
	assert_int_equal(check_of(&w, "alpha", "shop.levels"), R_POLICY_VALUE);
	assert_int_equal(as(&w, "", create("abc.shop.levels", 1)), R_POLICY_VALUE); /* not yet a place either */
	assert_int_equal(as(&w, "alpha", create("台灣.台灣", 1)), R_POLICY_VALUE);
	assert_int_equal(as(&w, "alpha", create("abc.co.levels", 1)), R_DONE);
	assert_int_equal(as(&w, "alpha", create("ascii.台灣", 1)), R_DONE);
	assert_int_equal(misplaced(&w, &m), 0);
	assert_ok(in_write(p, withdraw_second, (char *)(uintptr_t) "levels"));
	assert_int_equal(as(&w, "alpha", create("shop.levels", 1)), R_DONE);
	assert_ok(in_write(p, put_elsewhere, (char *)(uintptr_t) "levels/abc"));
	assert_int_equal(misplaced(&w, &m), 1);
	assert_string_equal(m.name, "abc.co.levels");
	assert_string_equal(m.key, "levels/abc");
	assert_string_equal(m.made, "co.levels/abc");
	assert_ok(in_write(p, put_elsewhere, (char *)(uintptr_t) "co.levels/abc"));
	assert_int_equal(misplaced(&w, &m), 0);
	world_close(&w);
}
ON_EACH_DRIVER(test_later, test_later_body)

/* ── hosts below a name that goes (RFC 9874) ── */

static enum st add_ends(struct req *rq, void *arg)
{
	return zone_authoritative_add(rq, "ends", "expiry delete\ngrace redemption 0d\ngrace pending-delete 5d\n",
				      NULL);
}

static enum st add_below(struct req *rq, void *arg)
{
	struct host_object h = { .name = (char *)"ns.mine.ends", .naddrs = 1 };
	struct outcome why;
	assert_true(addr_parse("192.0.2.1", &h.addr[0]));
	return host_create(rq, &h, &why);
}

static void test_below_body(struct place *p)
{
	struct world w;
	world_open(&w, p);
	assert_ok(in_write(p, add_ends, NULL));
	assert_int_equal(as(&w, "alpha", create("mine.ends", 1)), R_DONE);
	snprintf(p->who.id, sizeof p->who.id, "registrar:alpha");
	assert_ok(in_write(p, add_below, NULL));
	struct step s = create("other.test", 2);
	s.c.d.ns[1] = (char *)"ns.mine.ends";
	assert_int_equal(as(&w, "beta", s), R_DONE);
	assert_int_equal(get(&w, "mine.ends")->nsubordinate, 1);
	assert_int_equal(as(&w, "alpha", (struct step){ .what = DELETE, .name = "mine.ends" }),
			 R_ASSOCIATION); /* RFC5731-3.2.2 */
	int64_t expiry = time_add_years(T0, 1);
	go_to(&w, expiry);
	assert_true(is(&w, "mine.ends", STATUS_PENDING_DELETE));
	assert_int_equal(get(&w, "other.test")->nns, 2);
	go_to(&w, expiry + 5 * DAY);
	assert_null(get(&w, "mine.ends"));
	assert_int_equal(get(&w, "other.test")->nns, 1); /* RFC9874: the delegation is gone, not handed on */
	assert_int_equal(waiting(&w, "beta", "domain-changed"), 1);
	assert_int_equal(number_of(p, "SELECT count(*) FROM registry_host WHERE name = 'ns.mine.ends'"), 0);
	world_close(&w);
}
ON_EACH_DRIVER(test_below, test_below_body)

/* ── the same rows answer the holder question ── */

static void test_holder_body(struct place *p)
{
	struct world w;
	struct name n;
	struct contact c[4];
	int k;
	world_open(&w, p);
	assert_int_equal(as(&w, "alpha", create("owner.tw", 1)), R_DONE);
	clock_set_for_test(T0 + 10 * DAY);
	assert_int_equal(as(&w, "alpha", (struct step){ .what = DELETE, .name = "owner.tw" }),
			 R_DONE); /* no pending delete in .tw */
	struct req rq = on_reader(p);
	assert_st(names_find(&rq, "www.owner.tw", 0, &n), ST_NOTFOUND);
	err_clear(&rq.err);
	assert_ok(names_find(&rq, "www.owner.tw", T0 + DAY, &n)); /* who held it then */
	assert_string_equal(n.holder, "Acme Ltd");
	assert_string_equal(n.sponsor, "alpha");
	assert_string_equal(n.nameservers, "ns1.example.net ns2.example.net");
	store_reader_done(p->s);
	assert_int_equal(as(&w, "beta", create("owner.tw", 1)), R_DONE);
	rq = on_reader(p);
	assert_ok(names_find(&rq, "www.owner.tw", 0, &n));
	assert_string_equal(n.sponsor, "beta");
	assert_string_equal(n.holder_kind, "org");
	assert_ok(registry_contacts_of(&rq, "owner.tw", 0, c, 4, &k));
	assert_int_equal(k, 3);
	assert_string_equal(c[0].role, "abuse");
	store_reader_done(p->s);
	world_close(&w);
}
ON_EACH_DRIVER(test_holder, test_holder_body)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create),	cmocka_unit_test(test_rules),	  cmocka_unit_test(test_tw_life),
		cmocka_unit_test(test_rgp),	cmocka_unit_test(test_autorenew), cmocka_unit_test(test_transfer),
		cmocka_unit_test(test_update),	cmocka_unit_test(test_contacts),  cmocka_unit_test(test_review),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_money),	  cmocka_unit_test(test_rush),
		cmocka_unit_test(test_holder),	cmocka_unit_test(test_variants),  cmocka_unit_test(test_below),
		cmocka_unit_test(test_places),	cmocka_unit_test(test_later),	  cmocka_unit_test(test_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
