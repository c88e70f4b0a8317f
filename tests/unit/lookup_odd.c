/* What RDAP and WHOIS say against the rows, over objects of every odd shape. On both stores; NICERT_LOOKUP_ODD: how many. */
#include "lookupworld.h"

/* ── RDAP, WHOIS and the rows, over odd shapes ── */

static void check_of(struct place *p, enum look_kind kind, const char *what)
{
	char why[200] = "";
	struct req rq = { .mem = arena_new((size_t)8 << 20), .who = &p->who };
	rq.db = store_reader(p->s, &rq.err);
	if (lookup_check(&rq, NULL, kind, what, why))
		fail_msg("%s: %s", what, rq.err.msg);
	store_reader_done(p->s);
	arena_free(rq.mem);
}

static void check(struct place *p, const char *name)
{
	check_of(p, LOOK_DOMAIN, name);
}

/* Of a hundred objects in all seventy names of files, ten of each kind of the registry's own, ten holdings. */
static int odd_part(int percent)
{
	enum { ODD = 1200 };
	const char *n = getenv("NICERT_LOOKUP_ODD");
	return (n ? atoi(n) : ODD) / 100 * percent;
}

static void differential(struct place *p)
{
	char name[80];
	int odd = odd_part(70);
	world(p);
	import_ok(p, NAMES, odd_names(p, odd));
	for (int i = 0; i < odd; i++) {
		snprintf(name, sizeof name, "%s%d.%s", i % 5 ? "odd" : "中文", i, i % 3 ? "tw" : "com.tw");
		check(p, name);
	}
	make_domain(p, "full.test", "PER1", 1, 6);
	make_domain(p, "none.test", "ORG1", 0, 0);
	check(p, "full.test");
	check(p, "none.test");
	check_of(p, LOOK_NAMESERVER, "ns1.example.net");
	check_of(p, LOOK_ENTITY, "PER1");
	check_of(p, LOOK_ENTITY, "ORG1");
	check_of(p, LOOK_ENTITY, "alpha");
}
ON_EACH_DRIVER(test_differential, differential)

/* Contacts of every wish and script, and hosts of every number of addresses. */
static enum st odd_object(struct req *rq, int i)
{
	static const struct actor a = { .id = "registrar:alpha" };
	struct outcome why;
	struct contact_object c = person_object(arena_printf(rq->mem, "ODD%d", i), i % 3 ? "Odd \"Org\" <&>" : NULL);
	struct host_object h = { .name = arena_printf(rq->mem, "ns%d.odd%d.test", i, i) };
	c.postal[POSTAL_INT].there = i % 2;
	c.postal[POSTAL_LOC].there = i % 2 == 0 || i % 5 == 0;
	c.postal[POSTAL_LOC].street[1] = i % 4 ? "二樓" : NULL;
	c.voice = i % 5 ? c.voice : NULL;
	c.voice_x = i % 10 == 1 ? "123" : NULL;
	c.disclose_set = i % 4 != 3;
	c.disclose_flag = i % 4 == 1;
	c.disclose = c.disclose_set ? (unsigned)i % 512 : 0;
	for (int k = 0; k < i % 14; k++) {
		char text[ADDR_TEXT];
		snprintf(text, sizeof text, k % 2 ? "2001:db8::%x" : "192.0.2.%d", k + 1);
		h.naddrs += addr_parse(text, &h.addr[h.naddrs]);
	}
	const struct actor *who = rq->who;
	rq->who = &a;
	enum st st = contact_create(rq, &c, &why) || (h.naddrs && host_create(rq, &h, &why)) ? rq->err.code : ST_OK;
	rq->who = who;
	return st;
}

enum { ODD_BATCH = 50 };
static enum st do_odd(struct req *rq, void *arg)
{
	for (int i = *(int *)arg, end = i + ODD_BATCH; i < end; i++) {
		struct making m = { arena_printf(rq->mem, "odd%d.test", i), i % 3 ? "PER1" : "ORG1", i % 9, i % 2 };
		if (do_domain(rq, &m) || odd_object(rq, i))
			return rq->err.code;
		err_clear(&rq->err); /* each as a request of its own */
	}
	return ST_OK;
}

static void odd_objects(struct place *p)
{
	char name[64];
	int n = odd_part(10);
	world(p);
	for (int i = 0; i < n; i += ODD_BATCH) {
		struct req rq = { .mem = arena_new((size_t)64 << 20), .who = &p->who };
		if (store_write(p->s, &rq, do_odd, &i))
			fail_msg("%d: %s", i, rq.err.msg);
		arena_free(rq.mem);
	}
	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof name, "odd%d.test", i);
		check(p, name);
		snprintf(name, sizeof name, "ODD%d", i);
		check_of(p, LOOK_ENTITY, name);
		snprintf(name, sizeof name, "ns%d.odd%d.test", i, i);
		if (i % 14)
			check_of(p, LOOK_NAMESERVER, name);
	}
}
ON_EACH_DRIVER(test_odd_objects, odd_objects)

/* Holdings of every size and place, from one address to /32 of IPv6 and below. */
static void many_numbers(struct place *p)
{
	BUF_SCOPE b = { .max = (size_t)16 << 20 };
	int n = odd_part(10);
	char text[64];
	world(p);
	buf_printf(&b, "2|apnic|20210715|%d|19830613|20210714|+1000\n", n);
	for (int i = 0; i < n; i++) {
		const char *rest = arena_printf(p->mem, "%s|%s|Z%d", i % 7 ? "20100505" : "",
						i % 2 ? "allocated" : "assigned", i % 501);
		if (i % 3 == 0)
			buf_printf(&b, "apnic|TW|asn|%d|%d|%s\n", 200000 + 10 * i, i % 10 + 1, rest);
		else if (i % 3 == 1)
			buf_printf(&b, "apnic|TW|ipv4|%d.%d.%d.%d|%d|%s\n", 20 + (i >> 13), i >> 5 & 255, i << 3 & 255,
				   i % 4, i % 4 + 1, rest);
		else
			buf_printf(&b, "apnic|TW|ipv6|%x:%x::|%d|%s\n", 0x2400 + i / 65536, i % 65536, 32 + i % 97,
				   rest);
	}
	import_ok(p, HOLDINGS, arena_dup(p->mem, buf_cstr(&b), b.n));
	for (int i = 0; i < n; i++) {
		if (i % 3 == 0)
			snprintf(text, sizeof text, "%d", 200000 + 10 * i + i % 10);
		else if (i % 3 == 1)
			snprintf(text, sizeof text, "%d.%d.%d.%d", 20 + (i >> 13), i >> 5 & 255, i << 3 & 255,
				 i % 4 + i % 4);
		else
			snprintf(text, sizeof text, "%x:%x::/%d", 0x2400 + i / 65536, i % 65536, 32 + i % 97);
		check_of(p, i % 3 ? LOOK_IP : LOOK_AUTNUM, text);
	}
	for (int i = 0; i < 501 && i < n; i++) {
		snprintf(text, sizeof text, "Z%d", i);
		check_of(p, LOOK_ENTITY, text);
	}
}
ON_EACH_DRIVER(test_many_numbers, many_numbers)

/* AS0, the last AS, one address, a range that is no prefix, half of all there is. */
static void odd_numbers(struct place *p)
{
	static const char text[] = "2|apnic|20210715|7|19830613|20210714|+1000\n"
				   "apnic|TW|asn|0|1|20100505|reserved|Z0\n"
				   "apnic|TW|asn|4294967295|1|20100505|allocated|Z1\n"
				   "apnic|TW|asn|100|900|20100505|allocated|Z1\n"
				   "apnic|TW|ipv4|203.0.113.5|1|20100505|assigned|Z1\n"
				   "apnic|TW|ipv4|128.0.0.0|1073741824|20100505|allocated|Z2\n"
				   "apnic|TW|ipv4|100.0.0.1|1021|20100505|allocated|Z3\n"
				   "apnic|TW|ipv6|8000::|1|20100505|allocated|Z4\n";
	static const char all[] = "2|apnic|20220715|2|19830613|20220714|+1000\n"
				  "apnic|TW|ipv4|0.0.0.0|4294967296|20100505|allocated|Z5\n"
				  "apnic|TW|ipv6|::|0|20100505|allocated|Z5\n";
	static const char *const addresses[] = { "203.0.113.5",
						 "128.0.0.0",
						 "191.255.255.255",
						 "100.0.0.1",
						 "100.0.2.9",
						 "8000::",
						 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" };
	static const char *const whole[] = { "0.0.0.0/0", "::/0", "1.2.3.4", "255.255.255.255", "2001:db8::1" };
	static const char *const asns[] = { "0", "4294967295", "100", "999", "as500" };
	static const char *const holders[] = { "Z0", "Z1", "Z2", "Z3", "Z4" };
	world(p);
	import_ok(p, HOLDINGS, text);
	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
		check_of(p, LOOK_IP, addresses[i]);
	for (size_t i = 0; i < sizeof asns / sizeof *asns; i++)
		check_of(p, LOOK_AUTNUM, asns[i]);
	for (size_t i = 0; i < sizeof holders / sizeof *holders; i++)
		check_of(p, LOOK_ENTITY, holders[i]);
	struct look *l = find(p, LOOK_ENTITY, "Z1", LEVEL_PUBLIC);
	assert_int_equal(l->who.nholdings, 3);
	find_at(p, LOOK_ENTITY, "Z9", LEVEL_PUBLIC, 0, ST_NOTFOUND);
	/* A holder of all there is: 0.0.0.0/0 and ::/0. */
	import_ok(p, HOLDINGS, all);
	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
		check_of(p, LOOK_IP, whole[i]);
	check_of(p, LOOK_ENTITY, "Z5");
	assert_int_equal(find(p, LOOK_ENTITY, "Z5", LEVEL_PUBLIC)->who.nholdings, 2);
}
ON_EACH_DRIVER(test_odd_numbers, odd_numbers)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_differential),
		cmocka_unit_test(test_odd_objects),
		cmocka_unit_test(test_odd_numbers),
		cmocka_unit_test(test_many_numbers),
	};
	idn_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
