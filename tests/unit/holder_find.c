#include "importhelp.h"
#include "base/idn.h"
#include "base/phrase.h"
#include "holder/holder.h"

#define HOLDINGS_TEXT                                                                                                  \
	"2|apnic|20210715|6|19830613|20210714|+1000\n"                                                                 \
	"apnic|TW|ipv4|1.34.0.0|131072|20100505|allocated\n"                                                           \
	"apnic|TW|ipv4|1.160.0.0|768|20091204|allocated\n"                                                             \
	"apnic|JP|ipv4|1.0.64.0|16384|20110412|allocated\n"                                                            \
	"apnic|TW|ipv6|2001:b000::|21|20060315|allocated\n"                                                            \
	"apnic|TW|asn|3462|1|20020801|allocated\n"                                                                     \
	"apnic||ipv4|1.200.0.0|65536||available\n"
#define ORIGINS_TEXT                                                                                                   \
	"1.34.0.0/15,3462,\"Chunghwa Telecom Co., Ltd.\"\n"                                                            \
	"1.34.5.0,1.34.5.255,64496,Shop Net\n"                                                                         \
	"1.0.64.0/18,18144,\"Enecom,Inc.\"\n"                                                                          \
	"8.8.8.0/24,15169,Google LLC\n"
#define NAMES_TEXT                                                                                                     \
	"name,registered,sponsor,holder,holder_kind,country\n"                                                         \
	"example.com.tw,2015-03-01,reg-1,Example Corp,org,TW\n"                                                        \
	"shop.example.com.tw,2019-03-01,reg-2,Shop Corp,org,TW\n"                                                      \
	"台北.台灣,2018-01-01,reg-9,Mei Chen,person,TW\n"
#define CONTACTS_TEXT                                                                                                  \
	"resource,organisation,role,email,lang,source,verified_at\n"                                                   \
	"1.34.0.0/15,HiNet,tech,tech@hinet.example,zh-TW,irt,2026-01-01\n"                                             \
	"1.34.0.0/15,HiNet,abuse,old@hinet.example,zh-TW,irt,\n"                                                       \
	"1.34.0.0/15,HiNet,abuse,abuse@hinet.example,zh-TW,irt,2026-01-01\n"                                           \
	"1.34.5.0/24,Shop Corp,abuse,abuse@shop.example,en,irt,\n"                                                     \
	"1.160.0.0/22,Too wide,abuse,wide@example.net,en,irt,\n"                                                       \
	"as3462,Chunghwa,abuse,as@hinet.example,zh-TW,irt,\n"                                                          \
	"Example.com.tw,Example Corp,abuse,abuse@example.com.tw,en,registry,\n"                                        \
	"sponsor:reg-1,First Registrar,abuse,abuse@reg-1.example,en,registry,\n"

static enum st our_zone(struct req *rq, void *arg)
{
	return names_zone_add(rq, arg);
}

static void fill(struct place *p)
{
	holder_setup(&(struct holder_site){ "TW", "National CERT", "cert@cert.example", "zh-TW" });
	import_ok(p, HOLDINGS, HOLDINGS_TEXT);
	import_ok(p, ORIGINS, ORIGINS_TEXT);
	import_ok(p, NAMES, NAMES_TEXT);
	import_ok(p, CONTACTS, CONTACTS_TEXT);
	assert_ok(in_write(p, our_zone, "tw"));
}

static struct answer ask_at(struct place *p, const char *thing, int64_t at)
{
	struct answer a;
	struct req rq = on_reader(p);
	if (holder_find(&rq, thing, at, &a))
		fail_msg("%s: %s", thing, rq.err.msg);
	store_reader_done(p->s);
	return a;
}
static struct answer ask(struct place *p, const char *thing)
{
	return ask_at(p, thing, 0);
}

/* A link as "role name [handle] first-contact". */
static void link_is(const struct answer *a, int i, const char *want)
{
	char got[300] = "(none)";
	const struct chain_link *l = &a->chain[i];
	if (i < a->links)
		snprintf(got, sizeof got, "%s %s [%s] %s", link_role_name(l->role), l->name ? l->name : "-",
			 l->handle ? l->handle : "-", l->contacts ? l->contact[0].email : "-");
	assert_string_equal(got, want);
}
#define AUTHORITY "authority National CERT [TW] cert@cert.example"

static void an_address(struct place *p)
{
	fill(p);
	struct answer a = ask(p, "1.34.9.9");
	assert_true(a.responsible);
	assert_int_equal(a.kind, THING_ADDR);
	assert_string_equal(a.matched, "1.34.0.0/15");
	assert_string_equal(a.country, "TW");
	assert_string_equal(a.source, "holdings:apnic");
	assert_int_equal(a.valid_from, DAY_OF(2010, 5, 5));
	assert_int_equal(a.links, 3);
	link_is(&a, 0, "holder HiNet [apnic|ipv4|1.34.0.0|131072] abuse@hinet.example");
	link_is(&a, 1, "upstream Chunghwa Telecom Co., Ltd. [AS3462] as@hinet.example");
	link_is(&a, 2, AUTHORITY);
	/* In order of trust: verified abuse, abuse, tech. */
	assert_int_equal(a.chain[0].contacts, 3);
	assert_true(a.chain[0].contact[0].verified);
	assert_string_equal(a.chain[0].contact[1].email, "old@hinet.example");
	assert_string_equal(a.chain[0].contact[2].role, "tech");
	a = ask(p, "1.34.5.6");
	link_is(&a, 0, "holder Shop Corp [apnic|ipv4|1.34.0.0|131072] abuse@shop.example");
	link_is(&a, 1, "upstream Shop Net [AS64496] -");
}

/* No usable contact is an answer too; a contact wider than the holding speaks for others. */
static void nobody_to_write_to(struct place *p)
{
	fill(p);
	struct answer a = ask(p, "2001:b000::1");
	assert_true(a.responsible);
	link_is(&a, 0, "holder - [apnic|ipv6|2001:b000::|21] -");
	link_is(&a, 1, AUTHORITY);
	a = ask(p, "1.160.0.9");
	assert_true(a.responsible);
	link_is(&a, 0, "holder - [apnic|ipv4|1.160.0.0|768] -");
}

static void a_prefix(struct place *p)
{
	fill(p);
	struct answer a = ask(p, "1.34.0.0/16");
	assert_true(a.responsible);
	assert_int_equal(a.kind, THING_PREFIX);
	link_is(&a, 0, "holder HiNet [apnic|ipv4|1.34.0.0|131072] abuse@hinet.example");
	a = ask(p, "1.32.0.0/11");
	assert_false(a.responsible);
	assert_non_null(a.elsewhere);
}

static void an_asn(struct place *p)
{
	fill(p);
	struct answer a = ask(p, "as3462");
	assert_true(a.responsible);
	assert_int_equal(a.kind, THING_ASN);
	assert_string_equal(a.matched, "AS3462");
	link_is(&a, 0, "holder Chunghwa Telecom Co., Ltd. [apnic|asn|3462|1] as@hinet.example");
	link_is(&a, 1, AUTHORITY);
	a = ask(p, "AS64511");
	assert_false(a.responsible);
	assert_non_null(a.elsewhere);
}

static void held_elsewhere(struct place *p)
{
	static const struct {
		const char *thing, *country, *says;
		int links;
	} cases[] = {
		{ "1.0.64.1", "JP", "held in JP: the registry apnic", 1 },
		{ "1.200.0.1", NULL, "available at the registry apnic: nobody", 0 },
		{ "8.8.8.8", NULL, "ARIN", 1 },
		{ "2a00::1", NULL, "RIPE NCC", 0 },
		{ "10.1.2.3", NULL, "private use", 0 },
		{ "192.0.2.0/28", NULL, "documentation", 0 },
		{ "AS15169", NULL, "region is ARIN", 0 },
		{ "AS3333", NULL, "region is RIPE NCC", 0 },
		{ "AS24", NULL, "region is ARIN", 0 },
		{ "AS28000", NULL, "region is LACNIC", 0 },
		{ "AS37000", NULL, "region is AFRINIC", 0 },
		{ "AS131073", NULL, "region is APNIC", 0 },
		{ "AS200000", NULL, "region is RIPE NCC", 0 },
		{ "AS395000", NULL, "region is ARIN", 0 },
		{ "AS500000", NULL, "say who holds AS500000.", 0 },
		{ "AS0", NULL, "no network", 0 },
		{ "AS64500", NULL, "documentation", 0 },
		{ "AS64512", NULL, "private use", 0 },
		{ "AS4294967295", NULL, "RFC 7300", 0 },
		{ "www.example.jp", "JP", "registry of .jp", 0 },
		{ "example.co.uk", "GB", "domain of GB", 0 },
		{ "www.example.com", NULL, "generic top-level domain .com", 0 },
		{ "abc.onion", NULL, "Tor network (RFC 7686)", 0 },
		{ "printer.local", NULL, "local network (RFC 6762)", 0 },
		{ "www.example.nosuchtld", NULL, "no top-level domain .nosuchtld", 0 },
		{ "::ffff:10.1.2.3", NULL, "10.1.2.3 is reserved for private use", 0 },
		{ "http://[::ffff:1.0.64.1]/", "JP", "held in JP: the registry apnic", 1 },
		{ "www.nobody.com.tw", "TW", "nobody.com.tw is not registered", 1 },
		{ "com.tw", "TW", "public suffix", 1 },
		{ "foo.xn--kprw13d", "TW", "is not registered", 1 },
	};
	fill(p);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct answer a = ask(p, cases[i].thing);
		assert_false(a.responsible);
		assert_non_null(a.elsewhere);
		const char *en = phrase_say(p->mem, LANG_EN, a.elsewhere),
			   *zh = phrase_say(p->mem, LANG_ZH_TW, a.elsewhere);
		if (!strstr(en, cases[i].says))
			fail_msg("%s: %s", cases[i].thing, en);
		if (strstr(zh, " is ") || strstr(zh, "statistics") || strchr(zh, '%') || !strstr(zh, "。"))
			fail_msg("%s: %s", cases[i].thing, zh);
		if (cases[i].country)
			assert_string_equal(a.country, cases[i].country);
		else
			assert_null(a.country);
		assert_int_equal(a.links, cases[i].links);
	}
}

static void names(struct place *p)
{
	static const struct {
		const char *thing, *matched;
		enum thing_kind kind;
	} cases[] = {
		{ "www.example.com.tw", "example.com.tw", THING_NAME },
		{ "WWW.Shop.Example.COM.TW.", "shop.example.com.tw", THING_NAME },
		{ "https://user:pw@a.b.shop.example.com.tw:8443/p?q#f", "shop.example.com.tw", THING_URL },
		{ "http://www.台北.台灣/路", "xn--djrpt.xn--kpry57d", THING_URL },
		{ "www.XN--DJRPT.台湾", "xn--djrpt.xn--kpry57d", THING_NAME },
		{ "example.com.tw/path", "example.com.tw", THING_URL },
		{ "abuse@mail.example.com.tw", "example.com.tw", THING_OTHER },
	};
	fill(p);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct answer a = ask(p, cases[i].thing);
		assert_true(a.responsible);
		assert_int_equal(a.kind, cases[i].kind);
		assert_string_equal(a.matched, cases[i].matched);
	}
	struct answer a = ask(p, "www.example.com.tw");
	link_is(&a, 0, "holder Example Corp [example.com.tw] abuse@example.com.tw");
	link_is(&a, 1, "sponsor First Registrar [reg-1] abuse@reg-1.example");
	link_is(&a, 2, AUTHORITY);
	a = ask(p, "shop.example.com.tw");
	link_is(&a, 0, "holder Shop Corp [shop.example.com.tw] -");
	link_is(&a, 1, "sponsor reg-2 [reg-2] -");
}

static void urls_with_addresses(struct place *p)
{
	fill(p);
	struct answer a = ask(p, "http://[2001:b000::1]:8080/x");
	assert_int_equal(a.kind, THING_URL);
	assert_string_equal(a.host, "2001:b000::1");
	assert_true(a.responsible);
	a = ask(p, "http://1.34.5.6/a");
	assert_string_equal(a.host, "1.34.5.6");
	assert_true(a.responsible);
}

static void at_a_past_instant(struct place *p)
{
	fill(p);
	struct answer a = ask_at(p, "www.shop.example.com.tw", DAY_OF(2021, 7, 1));
	assert_string_equal(a.matched, "shop.example.com.tw");
	a = ask_at(p, "www.shop.example.com.tw", DAY_OF(2017, 7, 1));
	assert_string_equal(a.matched, "example.com.tw");
	a = ask_at(p, "www.shop.example.com.tw", DAY_OF(2014, 7, 1));
	assert_false(a.responsible);
	a = ask_at(p, "1.34.9.9", DAY_OF(2021, 7, 1));
	assert_true(a.responsible);
	/* Who announced it then is not known; who is written to is today's contact. */
	link_is(&a, 0, "holder HiNet [apnic|ipv4|1.34.0.0|131072] abuse@hinet.example");
	link_is(&a, 1, AUTHORITY);
	a = ask_at(p, "1.34.9.9", DAY_OF(2009, 7, 1));
	assert_false(a.responsible);
}

static void not_a_question(struct place *p)
{
	static const char *const wrong[] = { "",     "hello", "1.34.5.6/15",   "http://", "http://[::1",
					     "a..b", "1.2.3", "AS99999999999", "::/129" };
	fill(p);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct answer a;
		struct req rq = on_reader(p);
		if (holder_find(&rq, wrong[i], 0, &a) != ST_INVALID)
			fail_msg("\"%s\" was taken", wrong[i]);
		store_reader_done(p->s);
	}
}

static void as_json(struct place *p)
{
	fill(p);
	BUF_SCOPE b = BUF_INIT;
	struct answer a = ask(p, "台北.台灣");
	holder_json(p->mem, &b, &a);
	assert_non_null(strstr(buf_cstr(&b), "\"name\":\"Mei Chen\""));
	buf_reset(&b);
	a = ask(p, "1.0.64.1");
	assert_true(a.first_seen > a.valid_from && a.last_seen == a.first_seen);
	a.first_seen = a.valid_from + 86400 * USEC;
	a.last_seen = a.first_seen + 86400 * USEC;
	holder_json(p->mem, &b, &a);
	assert_string_equal(
		buf_cstr(&b),
		"{\"query\":\"1.0.64.1\",\"kind\":\"address\",\"matched\":\"1.0.64.0/"
		"18\",\"country\":\"JP\",\"responsible\":false,"
		"\"chain\":[{\"role\":\"upstream\",\"name\":\"Enecom,Inc.\",\"handle\":\"AS18144\",\"contacts\":[]}],"
		"\"valid_from\":\"2011-04-12T00:00:00Z\",\"source\":\"holdings:apnic\",\"valid_from_is\":\"recorded\","
		"\"first_seen\":\"2011-04-13T00:00:00Z\",\"last_seen\":\"2011-04-14T00:00:00Z\","
		"\"elsewhere\":\"1.0.64.0/18 is held in JP: the registry apnic can say who holds it.\"}");
}

ON_EACH_DRIVER(test_address, an_address)
ON_EACH_DRIVER(test_nobody, nobody_to_write_to)
ON_EACH_DRIVER(test_prefix, a_prefix)
ON_EACH_DRIVER(test_asn, an_asn)
ON_EACH_DRIVER(test_elsewhere, held_elsewhere)
ON_EACH_DRIVER(test_names, names)
ON_EACH_DRIVER(test_urls, urls_with_addresses)
ON_EACH_DRIVER(test_past, at_a_past_instant)
ON_EACH_DRIVER(test_wrong, not_a_question)
ON_EACH_DRIVER(test_json, as_json)

int main(void)
{
	idn_setup();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_address), cmocka_unit_test(test_nobody),	  cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_asn),	cmocka_unit_test(test_elsewhere), cmocka_unit_test(test_names),
		cmocka_unit_test(test_urls),	cmocka_unit_test(test_past),	  cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_json),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
