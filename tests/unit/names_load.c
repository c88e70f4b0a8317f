/* Files of a registry that is taken over: which kind a header makes, and what is said of each kind of bad line. */
#include "codec_help.h"
#include "base/buf.h"
#include "names/load.h"

#define CONTACTS "handle,registrar,email,person,int_name,int_city,verified,created,status"
#define HOSTS "host,registrar,addresses,created,status"
#define NAMES "name,registrar,registrant,admin,tech,nameservers,ds,active,created,transferred,expires,status,authinfo"
#define SHA256 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static struct load_contact contact;
static struct load_host host;
static struct load_name name;

static enum st parse(const char *header, const char *line)
{
	struct load_columns c;
	if (load_header(line_of(header), &c, &e))
		fail_msg("%s", e.msg);
	switch (c.kind) {
	case LOAD_CONTACTS:
		return load_contact_parse(mem, line_of(line), &c, &contact, &e);
	case LOAD_HOSTS:
		return load_host_parse(mem, line_of(line), &c, &host, &e);
	default:
		return load_name_parse(mem, line_of(line), &c, &name, &e);
	}
}

static void good(const char *header, const char *line)
{
	if (parse(header, line))
		fail_msg("%s: %s", line, e.msg);
}

static void refused(const char *header, const char *line, const char *why)
{
	if (parse(header, line) != ST_INVALID)
		fail_msg("taken: %s", line);
	says(why);
}

static void headers(void **state)
{
	static const struct {
		const char *line;
		enum load_kind kind;
		int n;
	} kinds[] = {
		{ CONTACTS, LOAD_CONTACTS, 9 }, { "email,registrar,handle", LOAD_CONTACTS, 3 },
		{ HOSTS, LOAD_HOSTS, 5 },	{ "host", LOAD_HOSTS, 1 },
		{ NAMES, LOAD_NAMES, 13 },	{ "expires,registrant,registrar,name", LOAD_NAMES, 4 },
	};
	struct load_columns c;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		assert_int_equal(load_header(line_of(kinds[i].line), &c, &e), ST_OK);
		assert_int_equal(c.kind, kinds[i].kind);
		assert_int_equal(c.n, kinds[i].n);
	}
	assert_string_equal(load_kind_name(LOAD_CONTACTS), "contacts");
	assert_string_equal(load_kind_name(LOAD_HOSTS), "hosts");
	assert_string_equal(load_kind_name(LOAD_NAMES), "names");
}

static void bad_headers(void **state)
{
	static const struct {
		const char *line, *why;
	} cases[] = {
		{ "", "expected a CSV header with the column handle (contacts), host (hosts) or name (names)" },
		{ "domain,owner", "expected a CSV header with the column handle" },
		{ "names", "expected a CSV header with the column handle" },
		{ "handle,registrar", "contacts: the column email is missing" },
		{ "handle,email", "contacts: the column registrar is missing" },
		{ "name,registrar,registrant", "names: the column expires is missing" },
		{ "host,ttl", "unknown column \"ttl\"; known are host, registrar, addresses" },
		{ "host,host", "the column host stands twice" },
		{ "name,\"registrar", "expected a CSV header such as name,registrar,registrant" },
	};
	struct load_columns c;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (load_header(line_of(cases[i].line), &c, &e) != ST_INVALID)
			fail_msg("taken: %s", cases[i].line);
		says(cases[i].why);
	}
}

static void columns_in_any_order(void **state)
{
	good("expires,nameservers,name,registrar,registrant", "2037-01-01,ns1.a.tw,A.tw,alpha,H-1");
	assert_string_equal(name.name, "a.tw");
	assert_string_equal(name.registrar, "alpha");
	assert_string_equal(name.registrant, "H-1");
	assert_int_equal(name.expires, DAY_OF(2037, 1, 1));
	assert_int_equal(name.nns, 1);
	assert_string_equal(name.status, "");
	assert_null(name.authinfo);
	assert_int_equal(name.created, 0);
}

static void contacts(void **state)
{
	good(CONTACTS,
	     " H-1 ,alpha,wang@example.com,yes,\"Wang, X.\",Taipei,2026-01-02,2010-01-02T03:04:05Z,ok linked");
	assert_string_equal(contact.c.handle, "H-1");
	assert_string_equal(contact.c.c.sponsor, "alpha");
	assert_true(contact.c.person);
	assert_true(contact.c.postal[POSTAL_INT].there);
	assert_false(contact.c.postal[POSTAL_LOC].there);
	assert_string_equal(contact.c.postal[POSTAL_INT].name, "Wang, X.");
	assert_string_equal(contact.c.postal[POSTAL_INT].city, "Taipei");
	assert_int_equal(contact.c.verified_at, DAY_OF(2026, 1, 2));
	assert_int_equal(contact.c.c.created_at, time_from_civil(2010, 1, 2, 3, 4, 5));
	assert_string_equal(contact.status, "ok linked");
	assert_null(contact.c.voice);
}

static void bad_contacts(void **state)
{
	refused(CONTACTS, ",alpha,a@b.tw,,,,,,", "handle: a value is needed");
	refused(CONTACTS, "H-1, ,a@b.tw,,,,,,", "registrar: a value is needed");
	refused(CONTACTS, "H-1,alpha,,,,,,,", "email: a value is needed");
	refused(CONTACTS, "H-1,alpha,a@b.tw,maybe,,,,,", "person: expected yes (a natural person), no or nothing");
	refused(CONTACTS, "H-1,alpha,a@b.tw,,,,soon,,", "verified: expected a time such as 2026-11-24");
	refused(CONTACTS, "H-1,alpha,a@b.tw,,,,,2026-13-01,", "created: expected a time such as 2026-11-24");
	refused(CONTACTS, "H-1,alpha,a@b.tw,,A\x01,,,,", "int_name: expected at most 2000 bytes of text without");
	refused(CONTACTS, "H-1,alpha,a@b.tw", "expected 9 fields as in the header, found 3");
	refused(CONTACTS, "H-1,alpha,a@b.tw,,,,,,,", "expected 9 fields as in the header, found 10");
	refused(CONTACTS, "H-1,alpha,a@b.tw,,A \"B\",,,,", "expected 9 fields separated by commas; quotes stand");
	refused(CONTACTS, "", "expected 9 fields as in the header, found 1");
}

static void long_fields(void **state)
{
	char line[2200];
	for (int extra = 0; extra < 2; extra++) {
		char *p = line + snprintf(line, sizeof line, "H-1,alpha,a@b.tw,,");
		memset(p, 'x', 2000 + (size_t)extra);
		snprintf(p + 2000 + extra, 20, ",,,,");
		if (extra)
			refused(CONTACTS, line, "int_name: expected at most 2000 bytes");
		else
			good(CONTACTS, line);
	}
}

/* `n` values made by `fmt` from a number, separated by blanks. */
static char *many(const char *before, const char *fmt, int n, const char *after)
{
	struct buf b = { .max = 60000 };
	buf_str(&b, before);
	for (int i = 1; i <= n; i++) {
		char digits[12];
		const char *at = strchr(fmt, '#');
		snprintf(digits, sizeof digits, "%d", i);
		buf_add(&b, fmt, (size_t)(at - fmt));
		buf_printf(&b, "%s%s ", digits, at + 1);
	}
	buf_str(&b, after);
	char *s = arena_strdup(mem, buf_cstr(&b));
	buf_free(&b);
	return s;
}

static void hosts(void **state)
{
	good(HOSTS, "NS1.台灣.tw,alpha,198.35.26.1  2620:0:2d0:200::7,2010-01-02,");
	assert_string_equal(host.name, "ns1.xn--kpry57d.tw");
	assert_int_equal(host.naddrs, 2);
	assert_int_equal(host.created, DAY_OF(2010, 1, 2));
	good("host", "ns1.example.net");
	assert_null(host.registrar);
	good(HOSTS, many("ns1.a.tw,alpha,", "198.35.26.#", HOST_ADDRS, ",,"));
	assert_int_equal(host.naddrs, HOST_ADDRS);
	refused(HOSTS, many("ns1.a.tw,alpha,", "198.35.26.#", HOST_ADDRS + 1, ",,"),
		"addresses: expected at most 26 addresses, found \"198.35.26.27\"");
	refused(HOSTS, ",alpha,,,", "host: a value is needed");
	refused(HOSTS, "-bad-.tw,alpha,,,", "host: \"-bad-.tw\": ");
	refused(HOSTS, "ns_1.a.tw,alpha,,,", "host: expected a host's name, which has no underscore");
	refused(HOSTS, "ns1.a.tw,alpha,1.2.3,,",
		"addresses: expected IP addresses separated by blanks, found \"1.2.3\"");
	refused(HOSTS, "ns1.a.tw,alpha,127.0.0.1,,", "addresses: expected addresses that can be reached from");
	refused(HOSTS, "ns1.a.tw,alpha,198.35.26.1 198.35.26.1,,", "addresses: expected each address once");
	refused(HOSTS, "ns1.a.tw,alpha,,yesterday,", "created: expected a time such as");
}

static void names(void **state)
{
	good(NAMES, "台灣.tw,alpha,H-1,H-2 H-3,H-2,ns1.a.tw NS2.a.tw,4711/13/2/" SHA256
		    ",臺灣.tw,2009-02-03,,2037-02-03,ok,secret");
	assert_string_equal(name.name, "xn--kpry57d.tw");
	assert_int_equal(name.ncontacts, 3);
	assert_string_equal(name.contact[1].handle, "H-3");
	assert_int_equal(name.contact[1].type, 'a');
	assert_int_equal(name.contact[2].type, 't');
	assert_int_equal(name.nns, 2);
	assert_string_equal(name.ns[1], "ns2.a.tw");
	assert_int_equal(name.nds, 1);
	assert_int_equal(name.ds[0].tag, 4711);
	assert_int_equal(name.ds[0].digest_n, 32);
	assert_int_equal(name.ds[0].digest[31], 0xff);
	assert_int_equal(name.nactive, 1);
	assert_string_equal(name.active[0], "xn--nnx388a.tw");
	assert_int_equal(name.transferred, 0);
	assert_string_equal(name.authinfo, "secret");
}

/* Columns after the registrant: admin,tech,nameservers,ds,active,created,transferred,expires,status,authinfo */
static void bad_names(void **state)
{
	static const struct {
		const char *rest, *why;
	} cases[] = {
		{ "H-1 H-1,,,,,,,2037-01-01,,", "admin: expected each contact once, found \"H-1\"" },
		{ ",,ns1.a.tw NS1.A.tw,,,,,2037-01-01,,", "nameservers: expected each name server once" },
		{ ",,ns_1.a.tw,,,,,2037-01-01,,", "nameservers: expected a host's name, which has no underscore" },
		{ ",,ns1..tw,,,,,2037-01-01,,", "nameservers: \"ns1..tw\": " },
		{ ",,,4711/13/2/" SHA256 " 4711/13/2/" SHA256 ",,,,2037-01-01,,", "ds: expected each DS record once" },
		{ ",,,4711/13/2,,,,2037-01-01,,", "ds: expected TAG/ALGORITHM/TYPE/HEX" },
		{ ",,,65536/13/2/" SHA256 ",,,,2037-01-01,,", "ds: expected TAG/ALGORITHM/TYPE/HEX" },
		{ ",,,1/256/2/" SHA256 ",,,,2037-01-01,,", "ds: expected TAG/ALGORITHM/TYPE/HEX" },
		{ ",,,1/13/2/" SHA256 "00,,,,2037-01-01,,", "ds: expected TAG/ALGORITHM/TYPE/HEX" },
		{ ",,,1/13/4/" SHA256 ",,,,2037-01-01,,", "ds: expected TAG/ALGORITHM/TYPE/HEX" },
		{ ",,,1/13/1/00112233445566778899aabbccddeeff00112233,,,,2037-01-01,,", "SHA-256 or SHA-384" },
		{ ",,,1/13/2/xyz,,,,2037-01-01,,", "ds: expected TAG/ALGORITHM/TYPE/HEX" },
		{ ",,,,-x-.tw,,,2037-01-01,,", "active: \"-x-.tw\": " },
		{ ",,,,,,then,2037-01-01,,", "transferred: expected a time such as" },
		{ ",,,,,,,,,", "expires: a value is needed" },
		{ ",,,,,,,never,,", "expires: expected a time such as" },
		{ ",,,,,2037-01-02,,2037-01-01,,", "expires: expected a time after `created`, found \"2037-01-01\"" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		refused(NAMES, arena_printf(mem, "a.tw,alpha,H-1,%s", cases[i].rest), cases[i].why);
	refused(NAMES, "a..tw,alpha,H-1,,,,,,,,2037-01-01,,", "name: \"a..tw\": ");
	refused(NAMES, "a.tw,,H-1,,,,,,,,2037-01-01,,", "registrar: a value is needed");
	refused(NAMES, "a.tw,alpha,,,,,,,,,2037-01-01,,", "registrant: a value is needed");
}

static void as_many_as_a_name_holds(void **state)
{
	static const struct {
		const char *before, *each, *after, *why;
		int most;
	} cases[] = {
		{ "a.tw,alpha,H-1,", "A-#", ",,,,,,,2037-01-01,,", "admin: expected at most 12 contacts in all",
		  DOMAIN_CONTACTS },
		{ "a.tw,alpha,H-1,,,", "ns#.a.tw", ",,,,,2037-01-01,,", "nameservers: expected at most 13 name servers",
		  DOMAIN_NS },
		{ "a.tw,alpha,H-1,,,,", "#/13/2/" SHA256, ",,,,2037-01-01,,", "ds: expected at most 16 DS records",
		  DOMAIN_DS },
		{ "a.tw,alpha,H-1,,,,,", "v#.tw", ",,,2037-01-01,,", "active: expected at most 64 variants",
		  LOAD_ACTIVE },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		good(NAMES, many(cases[i].before, cases[i].each, cases[i].most, cases[i].after));
		refused(NAMES, many(cases[i].before, cases[i].each, cases[i].most + 1, cases[i].after), cases[i].why);
	}
	assert_int_equal(name.nactive, LOAD_ACTIVE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CODEC_TEST(headers),
		CODEC_TEST(bad_headers),
		CODEC_TEST(columns_in_any_order),
		CODEC_TEST(contacts),
		CODEC_TEST(bad_contacts),
		CODEC_TEST(long_fields),
		CODEC_TEST(hosts),
		CODEC_TEST(names),
		CODEC_TEST(bad_names),
		CODEC_TEST(as_many_as_a_name_holds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
