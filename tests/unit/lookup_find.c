/* Objects as each level sees them, over imported files and the registry's own rows; RDAP and WHOIS against the rows. On
 * both stores. */
#include "importhelp.h"
#include "base/idn.h"
#include "base/json.h"
#include "cli/cli.h"
#include "cli/lookup_check.h"
#include "front/rdap/rdap.h"
#include "front/whois/whois.h"
#include "lookup/partner.h"
#include "lookup/search.h"
#include "lookup/service.h"
#include "names/find.h"
#include "store/journal.h"

/* What main has: the comparison is a command's. */
const struct command *const command_tables[] = { NULL };

#define DAY (86400 * USEC)

static const char gen[] = "price create 10 TWD per-year\nprice renew 10 TWD per-year\nlabel-min 2\n";
static const char holdings[] = "2|apnic|20210715|5|19830613|20210714|+1000\n"
			       "apnic|TW|ipv4|1.34.0.0|131072|20100505|allocated|A91\n"
			       "apnic|TW|ipv4|1.160.0.0|768|20091204|assigned|A92\n"
			       "apnic|JP|ipv4|1.0.16.0|4096|20110412|allocated|A93\n"
			       "apnic|TW|ipv6|2001:b000::|20|20050101|allocated|A91\n"
			       "apnic|TW|asn|3462|1|19940101|allocated|A91\n";
static const char names_text[] =
	"name,registered,expires,sponsor,holder,holder_kind,country,status,nameservers\n"
	"maple.com.tw,2015-03-01,2027-03-01,reg-1,\"Maple \"\"Trading\"\", "
	"Ltd\",org,TW,clientHold;serverTransferProhibited,ns1.maple.com.tw "
	"ns2.other.net\n"
	"mei.idv.tw,2018-01-01,,reg-1,Mei Chen Private,person,TW,ok,\n"
	"unknown.tw,,,,Somebody Nameless,,,,\n"
	"bare.tw,,,,,,,,\n"
	"茶園示範.台灣,2020-02-02,2030-02-02,reg-9,茶園有限公司,org,TW,active,ns1.茶園示範.台灣\n";
static const char contacts[] = "resource,organisation,role,email,phone,lang,source,verified_at\n"
			       "1.34.0.0/15,Big Telecom,abuse,abuse@telecom.example,+886.21,zh-TW,irt,2026-01-01\n"
			       "as3462,Big Telecom,abuse,noc@telecom.example,,zh-TW,irt,\n"
			       "maple.com.tw,Maple Trading,abuse,abuse@maple.example,,zh-TW,registry,\n"
			       "mei.idv.tw,Mei Chen Private,admin,mei.private@mail.example,,zh-TW,registry,\n"
			       "sponsor:reg-1,Cedar Names,abuse,abuse@cedar.example,,en,registry,\n";

/* ── the world ── */

static struct contact_object person_object(const char *handle, const char *org)
{
	return (struct contact_object){ .handle = (char *)(uintptr_t)handle,
					.postal = { [POSTAL_INT] = { true,
								     "Chen Secret",
								     (char *)(uintptr_t)org,
								     { "1 Hidden Road" },
								     "Taipei",
								     NULL,
								     "100",
								     "TW" },
						    [POSTAL_LOC] = { true,
								     "陳祕密",
								     (char *)(uintptr_t)org,
								     { "隱路一號" },
								     "臺北",
								     NULL,
								     "100",
								     "TW" } },
					.voice = "+886.299999999",
					.email = org ? "noc@acme.example" : "chen.secret@example.org",
					.person = !org,
					.authinfo = "0123456789abcdef" };
}

static enum st objects(struct req *rq)
{
	static const struct actor a = { .id = "registrar:alpha" };
	struct outcome why;
	struct contact_object c = person_object("PER1", NULL), d = person_object("ORG1", "Acme Ltd");
	struct host_object h = { .name = "ns1.example.net" };
	rq->who = &a;
	return contact_create(rq, &c, &why) || contact_create(rq, &d, &why) || host_create(rq, &h, &why) ? rq->err.code
													 : ST_OK;
}

static enum st do_world(struct req *rq, void *arg)
{
	struct registrar r = { .handle = "alpha", .name = "Alpha Ltd", .email = "a@example.net", .lang = "en" };
	const struct actor *who = rq->who;
	if (zone_authoritative_add(rq, "test", gen, NULL) || registrar_add(rq, &r, 1000000000, "TWD"))
		return rq->err.code;
	enum st st = objects(rq);
	rq->who = who;
	return st;
}

struct making {
	const char *name, *registrant;
	int ds, ns;
};

static enum st do_domain(struct req *rq, void *arg)
{
	struct making *m = arg;
	struct domain_create c = { .d = { .name = (char *)(uintptr_t)m->name,
					  .registrant = (char *)(uintptr_t)m->registrant,
					  .contact = { { 'a', "PER1" }, { 't', "ORG1" } },
					  .ncontacts = 2,
					  .nns = m->ns },
				   .years = 1,
				   .fee_said = -1,
				   .password = "secret-of-this-domain" };
	for (int i = 0; i < m->ns; i++)
		c.d.ns[i] = arena_printf(rq->mem, "ns%d.example.net", i + 1);
	for (int i = 0; i < m->ds; i++) {
		c.d.ds[i] = (struct ds){ .tag = (uint16_t)(100 + i), .alg = 13, .digest_type = 2, .digest_n = 32 };
		memset(c.d.ds[i].digest, i + 1, 32);
	}
	c.d.nds = m->ds;
	static const struct actor a = { .id = "registrar:alpha" };
	const struct actor *who = rq->who;
	rq->who = &a;
	enum st st = domain_create(rq, &c);
	rq->who = who;
	return st;
}

static void make_domain(struct place *p, const char *name, const char *registrant, int ns, int ds)
{
	struct making m = { name, registrant, ds, ns };
	struct req rq = place_req(p);
	if (store_write(p->s, &rq, do_domain, &m))
		fail_msg("%s: %s", name, rq.err.msg);
}

static void world(struct place *p)
{
	arena_free(p->mem);
	p->mem = arena_new((size_t)512 << 20);
	look_setup(&(struct look_site){ "TW", "Registry", "註冊局", "", "https://reg.example" });
	import_ok(p, HOLDINGS, holdings);
	import_ok(p, ORIGINS, "1.34.0.0/15,3462,Big Telecom\n");
	import_ok(p, NAMES, names_text);
	import_ok(p, CONTACTS, contacts);
	struct req rq = place_req(p);
	if (store_write(p->s, &rq, do_world, NULL))
		fail_msg("%s", rq.err.msg);
}

static struct look *find_at(struct place *p, enum look_kind kind, const char *what, enum look_level level, int64_t at,
			    enum st want)
{
	struct look_ask q = { .kind = kind, .what = what, .level = level, .at = at };
	struct look *l = arena_new_of(p->mem, struct look);
	struct req rq = on_reader(p);
	enum st st = look_find(&rq, &q, l);
	store_reader_done(p->s);
	if (st != want)
		fail_msg("%s: %s (%s)", what, st_name(st), rq.err.msg);
	return l;
}

static struct look *find(struct place *p, enum look_kind kind, const char *what, enum look_level level)
{
	return find_at(p, kind, what, level, 0, ST_OK);
}

static const char *rdap(struct place *p, const struct look *l)
{
	BUF_SCOPE b = BUF_INIT;
	struct rdap_view v = { .mem = p->mem, .base = "https://reg.example", .now = clock_now() };
	rdap_render(&b, &v, l);
	struct err e = { 0 };
	if (!json_parse(p->mem, b.p, b.n, &e))
		fail_msg("%s: %s", e.msg, b.p);
	return arena_dup(p->mem, b.p, b.n);
}

static const char *whois(struct place *p, const struct look *l)
{
	BUF_SCOPE b = BUF_INIT;
	whois_render(&b, p->mem, l, "https://reg.example");
	return arena_dup(p->mem, b.p, b.n);
}

static void says(struct place *p, const struct look *l, const char *part, bool want)
{
	if ((strstr(rdap(p, l), part) != NULL) != want || (strstr(whois(p, l), part) != NULL) != want)
		fail_msg("%s %s in\n%s\n%s", part, want ? "missing" : "found", rdap(p, l), whois(p, l));
}

/* ── imported ── */

static void imported(struct place *p)
{
	world(p);
	struct look *l = find(p, LOOK_DOMAIN, "MAPLE.com.tw", LEVEL_PUBLIC);
	assert_int_equal(l->domain.nns, 2);
	assert_int_equal(l->h.nstatus, 2);
	says(p, l, "Maple Trading", true);
	says(p, l, "abuse@maple.example", true);
	says(p, l, "Cedar Names", true);
	assert_non_null(strstr(rdap(p, l), "client hold"));
	assert_non_null(strstr(whois(p, l), "clientHold"));
	l = find(p, LOOK_DOMAIN, "mei.idv.tw", LEVEL_PUBLIC);
	says(p, l, "Mei Chen", false);
	says(p, l, "mei.private@mail.example", false);
	says(p, l, "https://reg.example/contact/mei.idv.tw", true);
	assert_true(look_hidden(l) & 1u << PART_EMAIL);
	assert_int_equal(look_disclosed(l), 0);
	l = find(p, LOOK_DOMAIN, "mei.idv.tw", LEVEL_PARTNER);
	says(p, l, "Mei Chen", true);
	says(p, l, "mei.private@mail.example", true);
	assert_true(look_disclosed(l) & 1u << PART_EMAIL);
	/* A file that does not say what the holder is may mean a person. */
	says(p, find(p, LOOK_DOMAIN, "unknown.tw", LEVEL_PUBLIC), "Nameless", false);
	find(p, LOOK_DOMAIN, "bare.tw", LEVEL_PUBLIC);
	l = find(p, LOOK_DOMAIN, "茶園示範。台灣", LEVEL_PUBLIC);
	says(p, l, "茶園有限公司", true);
	assert_int_equal(l->domain.nvariants, 0);
	l = find(p, LOOK_DOMAIN, "茶園示範.台湾", LEVEL_PUBLIC);
	assert_int_equal(l->domain.nvariants, 1);
	find_at(p, LOOK_DOMAIN, "www.maple.com.tw", LEVEL_PUBLIC, 0, ST_NOTFOUND);
	find_at(p, LOOK_DOMAIN, "no..name", LEVEL_PUBLIC, 0, ST_INVALID);
	find_at(p, LOOK_DOMAIN, "", LEVEL_PUBLIC, 0, ST_INVALID);
	l = find(p, LOOK_NAMESERVER, "ns1.maple.com.tw", LEVEL_PUBLIC);
	assert_string_equal(l->host.ns.name, "ns1.maple.com.tw");
	find_at(p, LOOK_NAMESERVER, "ns9.maple.com.tw", LEVEL_PUBLIC, 0, ST_NOTFOUND);
	l = find(p, LOOK_ENTITY, "reg-1", LEVEL_PUBLIC);
	says(p, l, "abuse@cedar.example", true);
	find_at(p, LOOK_ENTITY, "nobody", LEVEL_PUBLIC, 0, ST_NOTFOUND);
}
ON_EACH_DRIVER(test_imported, imported)

static void numbers(struct place *p)
{
	world(p);
	struct look *l = find(p, LOOK_IP, "1.34.9.9", LEVEL_PUBLIC);
	assert_int_equal(l->ip.ncidrs, 1);
	assert_int_equal(l->ip.cidr[0].len, 15);
	assert_int_equal(l->ip.origin, 3462);
	says(p, l, "abuse@telecom.example", true);
	says(p, l, "Big Telecom", true);
	l = find(p, LOOK_IP, "1.160.0.0/24", LEVEL_PUBLIC);
	assert_int_equal(l->ip.ncidrs, 2);
	find(p, LOOK_IP, "2001:b000:1::/48", LEVEL_PUBLIC);
	find_at(p, LOOK_IP, "1.0.16.1", LEVEL_PUBLIC, 0, ST_NOTFOUND);
	find_at(p, LOOK_IP, "0.0.0.0/0", LEVEL_PUBLIC, 0, ST_NOTFOUND);
	find_at(p, LOOK_IP, "::/0", LEVEL_PUBLIC, 0, ST_NOTFOUND);
	find_at(p, LOOK_IP, "1.34.0.0/33", LEVEL_PUBLIC, 0, ST_INVALID);
	find_at(p, LOOK_IP, "1.34.0", LEVEL_PUBLIC, 0, ST_INVALID);
	l = find(p, LOOK_AUTNUM, "3462", LEVEL_PUBLIC);
	assert_string_equal(l->autnum.name, "Big Telecom");
	says(p, l, "noc@telecom.example", true);
	find_at(p, LOOK_AUTNUM, "0", LEVEL_PUBLIC, 0, ST_NOTFOUND);
	find_at(p, LOOK_AUTNUM, "4294967296", LEVEL_PUBLIC, 0, ST_INVALID);
	l = find(p, LOOK_DOMAIN, "34.1.in-addr.arpa", LEVEL_PUBLIC);
	assert_non_null(l->domain.network);
	says(p, l, "abuse@telecom.example", true);
	find_at(p, LOOK_IP, "1.34.0.1", LEVEL_PARTNER, time_from_civil(2000, 1, 1, 0, 0, 0), ST_NOTFOUND);
}
ON_EACH_DRIVER(test_numbers, numbers)

/* ── the registry's own ── */

static void own(struct place *p)
{
	world(p);
	make_domain(p, "shop.test", "PER1", 1, 2);
	struct look *l = find(p, LOOK_DOMAIN, "shop.test", LEVEL_PUBLIC);
	assert_int_equal(l->domain.nds, 2);
	assert_int_equal(l->domain.nns, 1);
	says(p, l, "Secret", false);
	says(p, l, "祕密", false);
	says(p, l, "Hidden Road", false);
	says(p, l, "PER1", true);
	says(p, l, "Acme Ltd", true);
	says(p, l, "Alpha Ltd", true);
	assert_non_null(strstr(rdap(p, l), "\"redacted\""));
	assert_non_null(strstr(rdap(p, l), "add period"));
	assert_true(l->h.fresh_until < INT64_MAX);
	/* PER1 is registrant and admin: one entity with two roles. */
	assert_int_equal(l->h.nentities, 3);
	assert_int_equal(l->h.entity[0]->roles, ROLE_OF_REGISTRANT | ROLE_OF_ADMIN);
	l = find(p, LOOK_DOMAIN, "shop.test", LEVEL_STAFF);
	says(p, l, "陳祕密", true);
	says(p, l, "隱路一號", true);
	assert_null(strstr(rdap(p, l), "\"redacted\""));
	l = find(p, LOOK_ENTITY, "PER1", LEVEL_PUBLIC);
	says(p, l, "Secret", false);
	find(p, LOOK_ENTITY, "alpha", LEVEL_PUBLIC);
	l = find(p, LOOK_NAMESERVER, "NS1.example.net", LEVEL_PUBLIC);
	says(p, l, "Alpha Ltd", true);
	/* History: it was not there a year ago. */
	find_at(p, LOOK_DOMAIN, "shop.test", LEVEL_STAFF, T0 - DAY, ST_NOTFOUND);
	l = find_at(p, LOOK_DOMAIN, "shop.test", LEVEL_STAFF, T0 + DAY, ST_OK);
	assert_int_equal(l->domain.nds, 2);
	assert_int_equal(l->domain.nns, 1);
	assert_true(l->h.expires > T0);
	says(p, l, "Alpha Ltd", true);
}
ON_EACH_DRIVER(test_own, own)

/* ── RDAP, WHOIS and the rows, over odd shapes ── */

static void check_of(struct place *p, enum look_kind kind, const char *what)
{
	char why[200] = "";
	struct req rq = { .mem = arena_new((size_t)8 << 20), .who = &p->who };
	rq.db = store_reader(p->s, &rq.err);
	if (lookup_check(&rq, kind, what, why))
		fail_msg("%s: %s", what, rq.err.msg);
	store_reader_done(p->s);
	arena_free(rq.mem);
}

static void check(struct place *p, const char *name)
{
	check_of(p, LOOK_DOMAIN, name);
}

/* Generated lines: every field sometimes empty, hostile or very long. */
static char *odd_names(struct place *p, int n)
{
	static const char *const holders[] = { "",
					       "Plain Holder Ltd",
					       "\"Quote \"\"x\"\" <b>&amp;\"",
					       "\"line, comma\"",
					       "王小明股份有限公司",
					       "\"{\"\"json\"\":1}\"",
					       "back\\slash\\u0041",
					       "%s%n%d" };
	static const char *const kinds[] = { "org", "person", "" };
	static const char *const states[] = {
		"", "ok", "active", "clientHold", "serverHold;pendingDelete", "nonsense words", "clientHold clientHold"
	};
	BUF_SCOPE b = { .max = (size_t)128 << 20 };
	buf_str(&b, "name,registered,expires,sponsor,holder,holder_kind,country,status,nameservers\n");
	for (int i = 0; i < n; i++) {
		buf_printf(&b, "%s%d.%s,%s,%s,%s,%s,%s,%s,%s,", i % 5 ? "odd" : "中文", i, i % 3 ? "tw" : "com.tw",
			   i % 4 ? "2015-03-01" : "", i % 7 ? "2037-03-01" : "", i % 6 ? "reg-1" : "", holders[i % 8],
			   kinds[i % 3], i % 2 ? "TW" : "", states[i % 7]);
		for (int k = 0; k < i % 14; k++)
			buf_printf(&b, i % 5 ? "%sns%d.odd%d.tw" : "%sxn--fiq228c.ns%d.odd%d.xn--kpry57d", k ? " " : "",
				   k, i);
		buf_char(&b, '\n');
	}
	return arena_dup(p->mem, buf_cstr(&b), b.n);
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

/* What contacts, hosts and registrars were. */
static enum st do_change(struct req *rq, void *arg)
{
	static const struct actor a = { .id = "registrar:alpha" };
	struct contact_change c = { .handle = "ORG1", .to = { .email = "new@acme.example" }, .email_set = true };
	const struct actor *who = rq->who;
	rq->who = &a;
	enum st st = contact_update(rq, &c);
	rq->who = who;
	return st;
}

static void former(struct place *p)
{
	world(p);
	make_domain(p, "shop.test", "ORG1", 1, 0);
	int64_t then = T0 + DAY;
	clock_set_for_test(T0 + 2 * DAY);
	struct req rq = place_req(p);
	if (store_write(p->s, &rq, do_change, NULL))
		fail_msg("%s", rq.err.msg);
	assert_string_equal(find(p, LOOK_ENTITY, "ORG1", LEVEL_STAFF)->who.e.email, "new@acme.example");
	struct look *l = find_at(p, LOOK_ENTITY, "ORG1", LEVEL_STAFF, then, ST_OK);
	assert_string_equal(l->who.e.email, "noc@acme.example");
	assert_string_equal(l->who.e.loc.name, "陳祕密");
	l = find_at(p, LOOK_DOMAIN, "shop.test", LEVEL_STAFF, then, ST_OK);
	says(p, l, "noc@acme.example", true);
	says(p, l, "new@acme.example", false);
	l = find_at(p, LOOK_NAMESERVER, "ns1.example.net", LEVEL_STAFF, then, ST_OK);
	says(p, l, "Alpha Ltd", true);
	find_at(p, LOOK_NAMESERVER, "ns1.example.net", LEVEL_STAFF, T0 - DAY, ST_NOTFOUND);
	find_at(p, LOOK_ENTITY, "ORG1", LEVEL_STAFF, T0 - DAY, ST_NOTFOUND);
	find_at(p, LOOK_ENTITY, "alpha", LEVEL_STAFF, then, ST_OK);
	clock_set_for_test(T0);
}
ON_EACH_DRIVER(test_former, former)

/* ── searches, partners, bootstrap ── */

static struct look_page *search(struct place *p, struct look_search q, enum st want)
{
	struct look_page *out = arena_new_of(p->mem, struct look_page);
	struct req rq = on_reader(p);
	enum st st = look_search(&rq, &q, out);
	store_reader_done(p->s);
	if (st != want)
		fail_msg("%s: %s (%s)", q.pattern, st_name(st), rq.err.msg);
	return out;
}

static void searches(struct place *p)
{
	char name[40];
	world(p);
	for (int i = 0; i < 60; i++) {
		snprintf(name, sizeof name, "page%02d.test", i);
		make_domain(p, name, "ORG1", 1, 0);
	}
	struct look_search q = { LOOK_DOMAIN, BY_NAME, "page*.test", 0, NULL };
	struct look_page *a = search(p, q, ST_OK);
	assert_int_equal(a->n, SEARCH_PAGE);
	assert_string_equal(a->key[0], "page00.test");
	assert_non_null(a->next);
	q.after = a->next;
	struct look_page *b = search(p, q, ST_OK);
	assert_int_equal(b->n, 10);
	assert_string_equal(b->key[0], "page50.test");
	assert_null(b->next);
	q = (struct look_search){ LOOK_DOMAIN, BY_NAME, "map*.com.tw", 0, NULL };
	assert_int_equal(search(p, q, ST_OK)->n, 1);
	q.pattern = "ma*.com.tw";
	search(p, q, ST_INVALID);
	q.pattern = "maple.com.tw";
	assert_int_equal(search(p, q, ST_OK)->n, 1);
	q.pattern = "absent.com.tw";
	assert_int_equal(search(p, q, ST_OK)->n, 0);
	q = (struct look_search){ LOOK_DOMAIN, BY_NS_NAME, "ns1.example.net", 0, NULL };
	a = search(p, q, ST_OK);
	assert_int_equal(a->n, SEARCH_PAGE);
	q.after = a->next;
	assert_int_equal(search(p, q, ST_OK)->n, 10);
	q = (struct look_search){ LOOK_DOMAIN, BY_OF_HANDLE, "ORG1", ROLE_OF_TECH, NULL };
	a = search(p, q, ST_OK);
	assert_int_equal(a->n, SEARCH_PAGE);
	q.after = a->next;
	assert_int_equal(search(p, q, ST_OK)->n, 10);
	q.role = ROLE_OF_BILLING;
	q.after = NULL;
	assert_int_equal(search(p, q, ST_OK)->n, 0);
	q = (struct look_search){ .kind = LOOK_DOMAIN, .by = BY_OF_HANDLE, .pattern = "ORG1", .count = true };
	assert_int_equal(search(p, q, ST_OK)->total, 60);
	q = (struct look_search){ LOOK_DOMAIN, BY_OF_HANDLE, "alpha", ROLE_OF_REGISTRAR, NULL };
	assert_int_equal(search(p, q, ST_OK)->n, SEARCH_PAGE);
	q = (struct look_search){ LOOK_DOMAIN, BY_OF_FN, "ACME l*", 0, NULL };
	assert_int_equal(search(p, q, ST_OK)->n, SEARCH_PAGE);
	q.pattern = "acme";
	assert_int_equal(search(p, q, ST_OK)->n, 0);
	q = (struct look_search){ LOOK_DOMAIN, BY_OF_EMAIL, "NOC@acme.example", ROLE_OF_TECH, NULL };
	assert_int_equal(search(p, q, ST_OK)->n, SEARCH_PAGE);
	q = (struct look_search){ LOOK_NAMESERVER, BY_OF_HANDLE, "alpha", 0, NULL };
	assert_int_equal(search(p, q, ST_OK)->n, 1);
	q = (struct look_search){ .kind = LOOK_DOMAIN, .by = BY_NAME, .pattern = "page*.test", .nsort = 1 };
	q.sort[0].by = look_sort_of(LOOK_DOMAIN, "name");
	q.sort[0].down = true;
	a = search(p, q, ST_OK);
	assert_string_equal(a->key[0], "page59.test");
	q.after = a->next;
	assert_string_equal(search(p, q, ST_OK)->key[9], "page00.test");
	q = (struct look_search){ LOOK_ENTITY, BY_FN, "陳祕*", 0, NULL };
	assert_int_equal(search(p, q, ST_OK)->n, 2);
	q.pattern = "alpha*";
	assert_int_equal(search(p, q, ST_OK)->n, 1);
	q = (struct look_search){ LOOK_NAMESERVER, BY_NAME, "ns1*", 0, NULL };
	assert_int_equal(search(p, q, ST_OK)->n, 3);
	q = (struct look_search){ LOOK_NAMESERVER, BY_ADDR, "192.0.2.1", 0, NULL };
	assert_int_equal(search(p, q, ST_OK)->n, 0);
	q = (struct look_search){ LOOK_ENTITY, BY_HANDLE, "PER*", 0, NULL };
	assert_int_equal(search(p, q, ST_OK)->n, 1);
}
ON_EACH_DRIVER(test_searches, searches)

struct adding {
	struct partner p;
	char token[27];
};
static enum st do_partner(struct req *rq, void *arg)
{
	struct adding *a = arg;
	return partner_add(rq, &a->p, a->token);
}
static enum st do_disable(struct req *rq, void *arg)
{
	return partner_disable(rq, arg);
}

static void partners(struct place *p)
{
	struct adding a = { .p = { .name = "acme", .purpose = "abuse", .level = LEVEL_PARTNER } };
	struct partner got;
	assert_ok(in_write(p, do_partner, &a));
	assert_st(in_write(p, do_partner, &a), ST_CONFLICT);
	struct adding bad = { .p = { .name = "Ac me", .purpose = "", .level = LEVEL_PARTNER } };
	assert_st(in_write(p, do_partner, &bad), ST_INVALID);
	struct req rq = on_reader(p);
	int64_t n = 0;
	assert_ok(sql_number0(&rq, &n, "SELECT count(*) FROM lookup_partner"));
	assert_int_equal(n, 1);
	assert_st(partner_by_token(&rq, "wrong", NULL, &got), ST_NOTFOUND);
	err_clear(&rq.err);
	store_reader_done(p->s);
	struct adding again = { .p = { .name = "bcme", .purpose = "abuse", .level = LEVEL_PARTNER } };
	assert_ok(in_write(p, do_partner, &again));
	rq = on_reader(p);
	assert_ok(partner_by_token(&rq, again.token, "bcme", &got));
	assert_string_equal(got.name, "bcme");
	assert_st(partner_by_token(&rq, again.token, "acme", &got), ST_NOTFOUND);
	store_reader_done(p->s);
	assert_ok(in_write(p, do_disable, "bcme"));
	rq = on_reader(p);
	assert_st(partner_by_token(&rq, again.token, NULL, &got), ST_NOTFOUND);
	store_reader_done(p->s);
}
ON_EACH_DRIVER(test_partners, partners)

static enum st do_boot(struct req *rq, void *arg)
{
	const char *kind;
	int n;
	return bootstrap_load(rq, arg, strlen(arg), &kind, &n);
}

static void elsewhere(struct place *p, enum look_kind kind, const char *what, const char *want)
{
	char *url;
	struct req rq = on_reader(p);
	enum st st = look_elsewhere(&rq, kind, what, &url);
	store_reader_done(p->s);
	if (!want)
		assert_st(st, ST_NOTFOUND);
	else if (st)
		fail_msg("%s: %s", what, rq.err.msg);
	else
		assert_string_equal(url, want);
}

static void bootstrap(struct place *p)
{
	assert_ok(in_write(p, do_boot,
			   "{\"services\":[[[\"net\",\"com\"],[\"http://a.example/\",\"https://v.example\"]]]}"));
	assert_ok(
		in_write(p, do_boot,
			 "{\"services\":[[[\"1.0.0.0/8\"],[\"https://apnic.example/\"]],[[\"1.2.0.0/16\"],[\"https://b."
			 "example/\"]]]}"));
	assert_ok(in_write(p, do_boot, "{\"services\":[[[\"1-1876\",\"1902\"],[\"https://arin.example/\"]]]}"));
	assert_ok(in_write(p, do_boot, "{\"services\":[[[\"2001:200::/23\"],[\"https://six.example/\"]]]}"));
	assert_ok(in_write(p, do_boot, "{\"services\":[[[\"x@y.z\"],[\"ARIN\"],[\"https://tag.example/\"]]]}"));
	assert_st(in_write(p, do_boot, "{\"services\":[[[\"1-2\",\"net\"],[\"https://a.example/\"]]]}"), ST_INVALID);
	assert_st(in_write(p, do_boot, "{}"), ST_INVALID);
	assert_st(in_write(p, do_boot, "[1"), ST_INVALID);
	elsewhere(p, LOOK_DOMAIN, "www.Example.net", "https://v.example/");
	elsewhere(p, LOOK_DOMAIN, "example.org", NULL);
	elsewhere(p, LOOK_IP, "1.2.3.4", "https://b.example/");
	elsewhere(p, LOOK_IP, "1.3.0.0/16", "https://apnic.example/");
	elsewhere(p, LOOK_IP, "9.9.9.9", NULL);
	elsewhere(p, LOOK_IP, "2001:200::1", "https://six.example/");
	elsewhere(p, LOOK_AUTNUM, "AS1876", "https://arin.example/");
	elsewhere(p, LOOK_AUTNUM, "1900", NULL);
	elsewhere(p, LOOK_ENTITY, "XX-ARIN", "https://tag.example/");
	elsewhere(p, LOOK_ENTITY, "XX", NULL);
}
ON_EACH_DRIVER(test_bootstrap, bootstrap)

/* ── kept answers go with what they were made from ── */

static enum st do_rename(struct req *rq, void *arg)
{
	struct contact_change ch = { .handle = arg, .to = person_object(arg, "Renamed Ltd") };
	ch.postal_set[POSTAL_INT] = ch.postal_set[POSTAL_LOC] = true;
	return contact_update(rq, &ch);
}

static bool kept(struct place *p, const char *key)
{
	char etag[17];
	return lookup_cached(p->mem, key, etag).p != NULL;
}

static void keep(struct place *p, const char *name)
{
	struct look_ask q = { .kind = LOOK_DOMAIN, .what = name };
	struct look *l = arena_new_of(p->mem, struct look);
	for (int i = 0; i < 100 && !kept(p, name); i++) { /* the reader of the journal has to have looked once */
		struct req rq = on_reader(p);
		int64_t head = lookup_head(&rq);
		assert_ok(look_find(&rq, &q, l));
		store_reader_done(p->s);
		lookup_keep(name, (struct blob){ name, strlen(name) }, "0123456789abcdef", l, head);
		usleep(20000);
	}
	assert_true(kept(p, name));
}

static void gone_soon(struct place *p, const char *name)
{
	for (int i = 0; i < 100 && kept(p, name); i++)
		usleep(10000);
	assert_false(kept(p, name)); /* a second at most */
}

static void freshness(struct place *p)
{
	struct err e = { 0 };
	world(p);
	make_domain(p, "one.test", "ORG1", 1, 0);
	make_domain(p, "two.test", "PER1", 0, 0);
	assert_ok(lookup_start(&(struct lookup_opts){ .store = p->s, .cache_bytes = 4 << 20 }, &e));
	keep(p, "one.test");
	keep(p, "maple.com.tw");
	make_domain(p, "three.test", "PER1", 0, 0); /* another name's creation drops nothing */
	usleep(400000);
	assert_true(kept(p, "one.test"));
	assert_true(kept(p, "maple.com.tw"));
	assert_ok(in_write(p, do_rename, "ORG1"));
	gone_soon(p, "one.test");
	assert_true(kept(p, "maple.com.tw"));
	keep(p, "one.test");
	import_ok(p, CONTACTS, contacts);
	import_ok(p, NAMES, odd_names(p, 3));
	gone_soon(p, "maple.com.tw");
	keep(p, "one.test");
	lookup_stop();
	assert_false(kept(p, "one.test"));
}
ON_EACH_DRIVER(test_freshness, freshness)

static int names_of_server(struct place *p, const char *server, const char *after)
{
	struct find f = { .after = after, .max = 10 };
	struct find_hit hit[10];
	int n = 0;
	struct req rq = on_reader(p);
	find_exact(p->mem, server, &f);
	assert_ok(find_file_domains_of_hosts(&rq, &f, hit, &n));
	store_reader_done(p->s);
	return n;
}

/* A cursor that nobody gave out leads to nothing outside of what was asked for. */
static void cursors(struct place *p)
{
	world(p);
	assert_int_equal(names_of_server(p, "ns2.other.net", NULL), 1);
	assert_int_equal(names_of_server(p, "ns2.other.net", "ns2.other.net maple.com.tw"), 0);
	assert_int_equal(names_of_server(p, "ns2.other.net", "ns2.other.net aaa"), 1);
	assert_int_equal(names_of_server(p, "ns2.other.net", "a a"), 1);
	assert_int_equal(names_of_server(p, "ns2.other.net", "ns2.other.net"), 1);
	assert_int_equal(names_of_server(p, "ns2.other.net", " zzz"), 1);
	assert_int_equal(names_of_server(p, "ns2.other.net", "z z"), 0);
}
ON_EACH_DRIVER(test_cursors, cursors)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_imported),     cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_own),	     cmocka_unit_test(test_differential),
		cmocka_unit_test(test_searches),     cmocka_unit_test(test_partners),
		cmocka_unit_test(test_bootstrap),    cmocka_unit_test(test_freshness),
		cmocka_unit_test(test_odd_objects),  cmocka_unit_test(test_odd_numbers),
		cmocka_unit_test(test_former),	     cmocka_unit_test(test_cursors),
		cmocka_unit_test(test_many_numbers),
	};
	idn_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
