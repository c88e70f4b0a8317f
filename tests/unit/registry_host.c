#include "registryhelp.h"

static enum st do_update(struct req *rq, void *arg)
{
	return host_update(rq, arg);
}

static struct said change(struct place *p, const char *registrar, struct host_change c)
{
	p->who = as(registrar);
	return said_of(in_write(p, do_update, &c), &c.why);
}

static struct said addrs(struct place *p, const char *registrar, char *name, const char *add, const char *rem)
{
	struct host_change c = { .name = name };
	c.nadd = addrs_of(add, c.add);
	c.nrem = addrs_of(rem, c.rem);
	return change(p, registrar, c);
}

static struct said renamed(struct place *p, const char *registrar, char *name, char *new_name)
{
	return change(p, registrar, (struct host_change){ .name = name, .new_name = new_name });
}

struct gone {
	const char *name;
	struct outcome why;
};

static enum st do_delete(struct req *rq, void *arg)
{
	struct gone *g = arg;
	return host_delete(rq, g->name, &g->why);
}

static struct said drop(struct place *p, const char *registrar, const char *name)
{
	struct gone g = { .name = name };
	p->who = as(registrar);
	return said_of(in_write(p, do_delete, &g), &g.why);
}

static struct host_object get(struct place *p, const char *name)
{
	struct host_object h;
	struct req rq = on_reader(p);
	assert_ok(host_get(&rq, name, &h));
	store_reader_done(p->s);
	return h;
}

/* RFC5732-3.2.1: subordinate hosts are the business of their domain's sponsor, external ones have no addresses */
static void create_body(struct place *p)
{
	world(p);
	bare_domain(p, "one.tw", "alpha");
	assert_said(make_host(p, "alpha", "ns1.one.tw", "192.0.2.1 2001:db8::1"), R_DONE);
	assert_said(make_host(p, "alpha", "NS1.One.TW", NULL), R_EXISTS);
	struct host_object h = get(p, "ns1.one.tw");
	assert_int_equal(h.naddrs, 2);
	assert_string_equal(h.domain, "one.tw");
	assert_string_equal(h.c.sponsor, "alpha");
	assert_int_equal(h.c.status, 0);
	assert_said(make_host(p, "bravo", "ns2.one.tw", "192.0.2.1"), R_AUTHORIZATION);
	assert_said(make_host(p, "alpha", "ns1.missing.tw", "192.0.2.1"), R_NOT_THERE);
	assert_said(make_host(p, "alpha", "ns3.one.tw", NULL), R_DONE); /* glue only when it is needed */
	assert_said(make_host(p, "bravo", "ns.example.net", "192.0.2.1"), R_POLICY_VALUE);
	assert_said(make_host(p, "bravo", "ns.example.net", NULL), R_DONE);
	h = get(p, "ns.example.net");
	assert_null(h.domain);
	assert_string_equal(h.c.sponsor, "bravo");
	assert_said(make_host(p, "alpha", "ns_1.example.net", NULL), R_PARAM_SYNTAX);
	assert_said(make_host(p, "alpha", "-.example.net", NULL), R_PARAM_SYNTAX);
	assert_said(make_host(p, "alpha", "single", NULL), R_PARAM_SYNTAX);
}
ON_EACH_DRIVER(create, create_body)

static void addresses_body(struct place *p)
{
	world(p);
	bare_domain(p, "one.tw", "alpha");
	static const char *const bad[] = { "127.0.0.1", "10.1.2.3",	   "::1", "fe80::1", "224.0.0.1",
					   "0.0.0.0",	"::ffff:192.0.2.1" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_said(make_host(p, "alpha", "ns1.one.tw", bad[i]), R_PARAM_RANGE);
	assert_said(make_host(p, "alpha", "ns1.one.tw", "192.0.2.1 192.0.2.1"), R_POLICY_VALUE);
	assert_said(make_host(p, "alpha", "ns1.one.tw", "192.0.2.1"), R_DONE);
	assert_said(addrs(p, "bravo", "ns1.one.tw", "192.0.2.2", NULL), R_AUTHORIZATION);
	assert_said(addrs(p, "alpha", "ns1.one.tw", "192.0.2.2 2001:db8::2", "192.0.2.1"), R_DONE);
	struct host_object h = get(p, "ns1.one.tw");
	assert_int_equal(h.naddrs, 2);
	assert_said(addrs(p, "alpha", "ns1.one.tw", NULL, "192.0.2.1"), R_POLICY_VALUE);
	assert_said(addrs(p, "alpha", "ns1.one.tw", "192.0.2.2", NULL), R_POLICY_VALUE);
	char many[400] = "";
	for (int i = 10; i < 10 + 24; i++)
		snprintf(many + strlen(many), sizeof many - strlen(many), "%s192.0.2.%d", *many ? " " : "", i);
	assert_said(addrs(p, "alpha", "ns1.one.tw", many, NULL), R_DONE);
	assert_int_equal(get(p, "ns1.one.tw").naddrs, HOST_ADDRS);
	assert_said(addrs(p, "alpha", "ns1.one.tw", "192.0.2.99", NULL), R_POLICY_VALUE);
}
ON_EACH_DRIVER(addresses, addresses_body)

/* The glue of a domain that is delegated below itself stays. */
static void glue_body(struct place *p)
{
	world(p);
	int64_t one = bare_domain(p, "one.tw", "alpha"), two = bare_domain(p, "two.tw", "bravo");
	assert_said(make_host(p, "alpha", "ns1.one.tw", "192.0.2.1"), R_DONE);
	assert_said(make_host(p, "alpha", "ns2.one.tw", "192.0.2.2"), R_DONE);
	delegate(p, one, "ns1.one.tw");
	delegate(p, two, "ns2.one.tw");
	assert_said(addrs(p, "alpha", "ns1.one.tw", NULL, "192.0.2.1"), R_ASSOCIATION);
	assert_said(addrs(p, "alpha", "ns1.one.tw", "192.0.2.9", "192.0.2.1"), R_DONE);
	assert_said(addrs(p, "alpha", "ns2.one.tw", NULL, "192.0.2.2"), R_DONE);
}
ON_EACH_DRIVER(glue, glue_body)

/* RFC5732-3.2.2, RFC9874: a host in use is not removed, and says by how many it is used */
static void delete_body(struct place *p)
{
	world(p);
	int64_t one = bare_domain(p, "one.tw", "alpha"), two = bare_domain(p, "two.tw", "bravo");
	assert_said(make_host(p, "alpha", "ns1.one.tw", "192.0.2.1"), R_DONE);
	delegate(p, one, "ns1.one.tw");
	delegate(p, two, "ns1.one.tw");
	assert_true(get(p, "ns1.one.tw").c.status & BIT(STATUS_LINKED));
	assert_int_equal(get(p, "ns1.one.tw").links, 2);
	struct said s = drop(p, "alpha", "ns1.one.tw");
	assert_int_equal(s.code, R_ASSOCIATION);
	assert_string_equal(s.reason, "2 domains are delegated to this host");
	assert_said(make_host(p, "alpha", "ns2.one.tw", "192.0.2.1"), R_DONE);
	assert_said(drop(p, "bravo", "ns2.one.tw"), R_AUTHORIZATION);
	assert_said(drop(p, "alpha", "NS2.one.tw"), R_DONE);
	assert_said(drop(p, "alpha", "ns2.one.tw"), R_NOT_THERE);
	assert_int_equal(number_of(p, "SELECT count(*) FROM registry_host_addr"), 1);
}
ON_EACH_DRIVER(delete, delete_body)

/* RFC9874-3: a rename never hands a delegation to a stranger */
static void rename_body(struct place *p)
{
	world(p);
	int64_t one = bare_domain(p, "one.tw", "alpha"), other = bare_domain(p, "other.tw", "alpha");
	int64_t mine = bare_domain(p, "mine.tw", "alpha"), two = bare_domain(p, "two.tw", "bravo");
	assert_said(make_contact(p, "alpha", "wang-1"), R_DONE);
	assert_said(make_contact(p, "alpha", "lee-1"), R_DONE);
	uses_contact(p, one, "r", "wang-1");
	uses_contact(p, mine, "r", "wang-1");
	uses_contact(p, other, "r", "lee-1");
	assert_said(make_host(p, "alpha", "ns1.one.tw", "192.0.2.1"), R_DONE);
	/* Nobody uses it: it goes anywhere its sponsor may go. */
	assert_said(renamed(p, "alpha", "ns1.one.tw", "ns1.two.tw"), R_AUTHORIZATION);
	assert_said(renamed(p, "alpha", "ns1.one.tw", "ns1.nowhere.tw"), R_NOT_THERE);
	assert_said(renamed(p, "alpha", "ns1.one.tw", "dropped.example"), R_POLICY_VALUE); /* it has addresses */
	assert_said(renamed(p, "alpha", "ns1.one.tw", "a.one.tw"), R_DONE);
	assert_said(renamed(p, "alpha", "a.one.tw", "ns1.other.tw"), R_DONE);
	assert_string_equal(get(p, "ns1.other.tw").domain, "other.tw");
	assert_said(renamed(p, "alpha", "ns1.other.tw", "ns1.one.tw"), R_DONE);
	/* Somebody does. */
	delegate(p, two, "ns1.one.tw");
	assert_said(renamed(p, "alpha", "ns1.one.tw", "ns1.other.tw"), R_ASSOCIATION);
	struct host_change c = { .name = "ns1.one.tw", .new_name = "dropped.example" };
	c.nrem = addrs_of("192.0.2.1", c.rem);
	struct said s = change(p, "alpha", c);
	assert_int_equal(s.code, R_ASSOCIATION);
	assert_non_null(strstr(s.reason, "1 domain is"));
	assert_said(renamed(p, "alpha", "ns1.one.tw", "ns2.one.tw"), R_DONE);  /* the same domain */
	assert_said(renamed(p, "alpha", "ns2.one.tw", "ns2.mine.tw"), R_DONE); /* the same holder */
	assert_int_equal(get(p, "ns2.mine.tw").links, 1);
	/* External hosts too: the name they had answers no more. */
	assert_said(make_host(p, "alpha", "ns.example.net", NULL), R_DONE);
	delegate(p, two, "ns.example.net");
	assert_said(renamed(p, "alpha", "ns.example.net", "ns.example.org"), R_ASSOCIATION);
	assert_said(renamed(p, "alpha", "ns.example.net", "ns.one.tw"), R_ASSOCIATION);
	assert_said(renamed(p, "alpha", "ns.example.net", "ns2.mine.tw"), R_EXISTS);
}
ON_EACH_DRIVER(rename_host, rename_body)

/* What it was under its former name is found under that name, until it lost it. */
static void history_body(struct place *p)
{
	struct former f[10];
	int n;
	world(p);
	bare_domain(p, "one.tw", "alpha");
	assert_said(make_host(p, "alpha", "a.one.tw", "192.0.2.1"), R_DONE);
	clock_set_for_test(T0 + DAY);
	assert_said(renamed(p, "alpha", "a.one.tw", "b.one.tw"), R_DONE);
	clock_set_for_test(T0 + 2 * DAY);
	assert_said(make_host(p, "alpha", "a.one.tw", "192.0.2.7"), R_DONE);
	assert_said(addrs(p, "alpha", "b.one.tw", "192.0.2.2", NULL), R_DONE);
	struct req rq = on_reader(p);
	assert_ok(registry_history(&rq, "host", "a.one.tw", 0, f, 10, &n));
	assert_int_equal(n, 3);
	assert_string_equal(f[1].verb, "host-renamed");
	assert_ok(registry_history(&rq, "host", "a.one.tw", T0 + DAY / 2, f, 10, &n));
	assert_non_null(strstr(f[0].object, "192.0.2.1"));
	assert_st(registry_history(&rq, "host", "a.one.tw", T0 + 3 * DAY / 2, f, 10, &n), ST_NOTFOUND);
	assert_ok(registry_history(&rq, "host", "a.one.tw", T0 + 3 * DAY, f, 10, &n));
	assert_non_null(strstr(f[0].object, "192.0.2.7"));
	assert_ok(registry_history(&rq, "host", "b.one.tw", 0, f, 10, &n));
	assert_int_equal(n, 3);
	store_reader_done(p->s);
}
ON_EACH_DRIVER(history, history_body)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(create), cmocka_unit_test(addresses),	 cmocka_unit_test(glue),
		cmocka_unit_test(delete), cmocka_unit_test(rename_host), cmocka_unit_test(history),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
