/* Allocation tokens (RFC 8495) and maintenance (RFC 9167). On both stores. */
#include "registry_world.h"

static const char zone[] = "reserved gold auctioned\nreserved ag auctioned\nblocked casino by law\nlabel-min 3\n"
			   "price create 10 TWD per-year\n";

static enum st add_zone(struct req *rq, void *arg)
{
	return zone_authoritative_add(rq, "shop", zone, NULL);
}

static enum st do_add(struct req *rq, void *arg)
{
	return token_add(rq, arg);
}

static enum st do_revoke(struct req *rq, void *arg)
{
	return token_revoke(rq, *(int64_t *)arg);
}

static struct token_new token(struct world *w, const char *under, const char *registrar, int64_t until)
{
	struct token_new t = { .under = under, .registrar = registrar, .until = until };
	assert_ok(in_write(w->p, do_add, &t));
	assert_int_equal(strlen(t.token), TOKEN_TEXT - 1);
	return t;
}

static int buy(struct world *w, const char *who, const char *name, const char *with)
{
	struct step s = create(name, 1);
	s.c.token = (char *)(uintptr_t)with;
	return as(w, who, s);
}

static bool check(struct world *w, const char *who, const char *name, const char *with, const char *reason)
{
	struct domain_check c = { .name = name, .token = with };
	struct actor a = actor_cli;
	snprintf(a.id, sizeof a.id, "registrar:%s", who);
	struct req rq = on_reader(w->p);
	rq.who = &a;
	assert_ok(domain_check(&rq, &c, 1));
	store_reader_done(w->p->s);
	if (reason)
		assert_string_equal(c.why.reason, reason);
	return c.avail;
}

static void test_token_body(struct place *p)
{
	struct world w;
	world_open(&w, p);
	assert_ok(in_write(p, add_zone, NULL));
	struct token_new one = token(&w, "gold.shop", NULL, 0), beta = token(&w, "shop", "beta", 0),
			 short_lived = token(&w, "shop", NULL, T0 + DAY), back = token(&w, "shop", NULL, 0);
	assert_int_equal(number_of(p, "SELECT count(*) FROM registry_token"), 4);
	assert_int_equal(buy(&w, "alpha", "gold.shop", NULL), R_POLICY);
	assert_false(check(&w, "alpha", "gold.shop", NULL, "reserved: auctioned"));
	assert_false(check(&w, "alpha", "gold.shop", "nonsense", "Allocation Token mismatch")); /* RFC8495-3.1.1 */
	assert_true(check(&w, "alpha", "gold.shop", one.token, NULL));
	assert_true(check(&w, "alpha", "free.shop", NULL, NULL));
	assert_int_equal(buy(&w, "alpha", "gold.shop", "nonsense"), R_AUTHORIZATION); /* RFC8495-3.2.1 */
	assert_int_equal(buy(&w, "alpha", "gold.shop", beta.token), R_AUTHORIZATION); /* another's */
	assert_int_equal(buy(&w, "alpha", "ag.shop", one.token), R_AUTHORIZATION);    /* for another name */
	assert_int_equal(buy(&w, "alpha", "casino.shop", back.token), R_POLICY);      /* blocked stays blocked */
	assert_int_equal(buy(&w, "alpha", "gold.test", one.token), R_AUTHORIZATION);  /* another zone */
	assert_ok(in_write(p, do_revoke, &back.id));
	assert_int_equal(buy(&w, "alpha", "gold.shop", back.token), R_AUTHORIZATION);
	assert_st(in_write(p, do_revoke, &back.id), ST_CONFLICT);
	assert_int_equal(buy(&w, "alpha", "open.shop", one.token), R_AUTHORIZATION);
	assert_int_equal(buy(&w, "beta", "open.shop", beta.token), R_DONE); /* needs none: it stays good */
	assert_int_equal(credit(&w, "alpha"), 1000000);
	/* Refused for another reason it is not used up. */
	struct step s = create("gold.shop", 1);
	s.c.token = one.token;
	s.c.d.registrant = (char *)"NONE";
	assert_int_equal(as(&w, "alpha", s), R_NOT_THERE);
	assert_int_equal(buy(&w, "alpha", "gold.shop", one.token), R_DONE);
	assert_int_equal(credit(&w, "alpha"), 999000);
	assert_int_equal(as(&w, "alpha", (struct step){ .what = DELETE, .name = "gold.shop" }), R_DONE);
	assert_int_equal(buy(&w, "alpha", "gold.shop", one.token), R_AUTHORIZATION); /* once */
	assert_st(in_write(p, do_revoke, &one.id), ST_CONFLICT);
	assert_int_equal(buy(&w, "beta", "ag.shop", beta.token), R_DONE); /* short and reserved */
	clock_set_for_test(T0 + DAY);
	assert_int_equal(buy(&w, "alpha", "gold.shop", short_lived.token), R_AUTHORIZATION); /* expired */
	struct token list[8];
	int n;
	struct req rq = on_reader(p);
	assert_ok(token_list(&rq, true, list, 8, &n));
	assert_int_equal(n, 0);
	assert_ok(token_list(&rq, false, list, 8, &n));
	assert_int_equal(n, 4);
	assert_string_equal(list[3].used_for, "gold.shop");
	assert_string_equal(list[3].used_by, "alpha");
	assert_int_equal(
		number_of(p, "SELECT count(*) FROM registry_token WHERE hash LIKE '%gold%' OR length(hash) <> 64"), 0);
	store_reader_done(p->s);
	world_close(&w);
}
ON_EACH_DRIVER(test_token, test_token_body)

static void test_token_giving_body(struct place *p)
{
	struct world w;
	world_open(&w, p);
	assert_ok(in_write(p, add_zone, NULL));
	struct token_new t = { .under = "gold.shop" };
	snprintf(p->who.id, sizeof p->who.id, "registrar:alpha");
	p->who.role = 0;
	assert_st(in_write(p, do_add, &t), ST_DENIED);
	int64_t id = 1;
	assert_st(in_write(p, do_revoke, &id), ST_DENIED);
	p->who = actor_cli;
	assert_st(in_write(p, do_revoke, &id), ST_NOTFOUND);
	t.registrar = "nobody";
	assert_st(in_write(p, do_add, &t), ST_NOTFOUND);
	t = (struct token_new){ .under = "gold.elsewhere" };
	assert_st(in_write(p, do_add, &t), ST_NOTFOUND);
	t = (struct token_new){ .under = "shop", .until = T0 };
	assert_st(in_write(p, do_add, &t), ST_INVALID);
	t = (struct token_new){ .under = "shop", .note = "two\nlines" };
	assert_st(in_write(p, do_add, &t), ST_INVALID);
	world_close(&w);
}
ON_EACH_DRIVER(test_token_giving, test_token_giving_body)

/* ── maintenance ── */

static enum st do_maint(struct req *rq, void *arg)
{
	return maintenance_add(rq, arg);
}

static enum st do_change(struct req *rq, void *arg)
{
	return maintenance_change(rq, arg);
}

static enum st do_cancel(struct req *rq, void *arg)
{
	return maintenance_cancel(rq, ((struct maintenance *)arg)->id);
}

static void test_maintenance_body(struct place *p)
{
	struct world w;
	struct maintenance m = { .start_at = T0 + DAY, .end_at = T0 + 2 * DAY, .reason = (char *)"new disks" }, got;
	int n;
	world_open(&w, p);
	assert_st(in_write(p, do_maint, &m), ST_INVALID); /* no systems */
	assert_false(maintenance_systems(p->mem, "", &m));
	assert_true(maintenance_systems(p->mem, "EPP full, RDAP partial, WHOIS", &m));
	assert_int_equal(m.nsystems, 3);
	assert_int_equal(m.system[1].impact, IMPACT_PARTIAL);
	assert_string_equal(m.system[2].name, "WHOIS");
	m.link = (char *)"javascript:alert(1)";
	assert_st(in_write(p, do_maint, &m), ST_INVALID);
	m.link = (char *)"https://example.tw/m";
	p->who.role = 0;
	assert_st(in_write(p, do_maint, &m), ST_DENIED);
	p->who = actor_cli;
	assert_ok(in_write(p, do_maint, &m));
	assert_int_equal(waiting(&w, "alpha", "maintenance"), 1); /* RFC9167-3.4 */
	assert_int_equal(waiting(&w, "beta", "maintenance"), 1);
	m.end_at = T0 + 3 * DAY;
	assert_ok(in_write(p, do_change, &m));
	assert_int_equal(waiting(&w, "alpha", "maintenance"), 2);
	struct req rq = on_reader(p);
	assert_ok(maintenance_get(&rq, m.id, &got));
	assert_true(got.end_at == T0 + 3 * DAY && got.changed_at && got.system[1].impact == IMPACT_PARTIAL);
	assert_ok(maintenance_list(&rq, false, &got, 1, &n));
	store_reader_done(p->s);
	assert_int_equal(n, 1);
	assert_ok(in_write(p, do_cancel, &m));
	assert_st(in_write(p, do_cancel, &m), ST_CONFLICT);
	assert_st(in_write(p, do_change, &m), ST_CONFLICT);
	assert_int_equal(waiting(&w, "beta", "maintenance"), 3);
	rq = on_reader(p);
	assert_ok(maintenance_list(&rq, false, &got, 1, &n));
	assert_int_equal(n, 0);
	assert_ok(maintenance_list(&rq, true, &got, 1, &n));
	store_reader_done(p->s);
	assert_int_equal(n, 1);
	world_close(&w);
}
ON_EACH_DRIVER(test_maintenance, test_maintenance_body)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_token),
		cmocka_unit_test(test_token_giving),
		cmocka_unit_test(test_maintenance),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
