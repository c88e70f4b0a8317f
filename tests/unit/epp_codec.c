/* EPP frames to commands and answers to frames: every frame of the instant-epp collection, hostile ones, and what we
 * say against the official schemas. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "epp_fake.h"
#include "front/epp/commands.h"

static struct xml_reader *reader;
static struct out out;
static struct buf answer = BUF_INIT;
static xmlSchema *schema;
static struct identity me;
static struct arena *mem;

#define ALL_SERVICES 0xffffffffu
#define EPP(body)                                                                                                      \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?><epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\">" body "</epp>"
#define COMMAND(body) EPP("<command>" body "<clTRID>ABC-12345</clTRID></command>")
#define DOMAIN "xmlns:domain=\"urn:ietf:params:xml:ns:domain-1.0\""
#define CONTACT "xmlns:contact=\"urn:ietf:params:xml:ns:contact-1.0\""
#define HOST "xmlns:host=\"urn:ietf:params:xml:ns:host-1.0\""

static struct command *parse_n(const char *p, size_t n)
{
	arena_reset(mem);
	struct command *c = arena_new_of(mem, struct command);
	c->mem = mem;
	c->by = &me;
	c->at = 1700000000 * USEC;
	command_read(c, reader, p, n);
	return c;
}
static struct command *parse(const char *s)
{
	return parse_n(s, strlen(s));
}

/* Parses, acts, renders; the answer must be valid. */
static const char *ask(const char *frame)
{
	struct command *c = parse(frame);
	struct actor who = { .id = "registrar:clientx" };
	struct req rq = { .mem = mem, .who = &who };
	enum st st = ST_INVALID;
	if (!c->why.code && c->row && c->row->act)
		st = c->row->act(&rq, c);
	else if (!c->why.code)
		st = ST_OK;
	out_reset(&out, c);
	if (!st && c->row && c->row->write)
		c->row->write(&out, c);
	if ((!st && c->row) || c->verb == VERB_LOGIN)
		extension_write(&out, c);
	buf_reset(&answer);
	answer_write(&answer, &out, c, st, &rq.err, "65a-deadbeef-1");
	assert_false(answer.bad);
	if (schema && !schema_valid(schema, answer.p, answer.n))
		fail_msg("not valid: %s", answer.p);
	return answer.p;
}

static void expect_code(const char *frame, int code, const char *with)
{
	char text[32];
	const char *a = ask(frame);
	snprintf(text, sizeof text, "<result code=\"%d\">", code);
	if (!strstr(a, text) || (with && !strstr(a, with)))
		fail_msg("wanted %d and %s: %s\nfor %s", code, with ? with : "-", a, frame);
	assert_non_null(strstr(a, "<svTRID>65a-deadbeef-1</svTRID>"));
}

static int setup(void **state)
{
	reader = xml_reader_new();
	out_init(&out);
	mem = arena_new(JOB_ARENA_MAX);
	schema = schemas_load();
	me = (struct identity){ .in = true, .handle = "clientx", .services = ALL_SERVICES };
	return 0;
}
static int teardown(void **state)
{
	xml_reader_free(reader);
	out_free(&out);
	buf_free(&answer);
	arena_free(mem);
	xmlSchemaFree(schema);
	xmlCleanupParser();
	return 0;
}
static int fresh(void **state)
{
	static char *members[] = { (char *)"xn--fiq228c.tw", (char *)"xn--fiq43l.tw" };
	static bool active[] = { true, false };
	memset(&fake, 0, sizeof fake);
	me = (struct identity){ .in = true, .handle = "clientx", .services = ALL_SERVICES };
	struct common common = { .id = 1,
				 .roid = (char *)"D1-NIC",
				 .sponsor = (char *)"clientx",
				 .creator = (char *)"",
				 .updater = (char *)"clienty",
				 .created_at = 1600000000 * USEC,
				 .updated_at = 1650000000 * USEC,
				 .status = BIT(STATUS_CLIENT_TRANSFER) | BIT(STATUS_ADD_PERIOD) };
	fake.domain = (struct domain){ .c = common,
				       .name = (char *)"xn--fiq228c.tw",
				       .registrant = (char *)"jd1234",
				       .contact = { { 'a', (char *)"sh8013" }, { 't', (char *)"sh8013" } },
				       .ncontacts = 2,
				       .ns = { (char *)"ns1.example.com", (char *)"ns2.example.com" },
				       .nns = 2,
				       .subordinate = { (char *)"ns1.example.tw" },
				       .nsubordinate = 1,
				       .ds = { { 12345, 13, 2, { 0xab, 0xcd }, 2 } },
				       .nds = 1,
				       .max_sig_life = 604800,
				       .expires_at = 1800000000 * USEC,
				       .authinfo = (char *)"2fooBAR",
				       .member = members,
				       .nmembers = 2,
				       .active = active,
				       .ttl_ns = 3600 };
	fake.host = (struct host_object){ .c = common, .name = (char *)"ns1.example.tw", .links = 1, .naddrs = 2 };
	fake.host.c.status = 0;
	addr_parse("192.0.2.1", &fake.host.addr[0]);
	addr_parse("2001:db8::1", &fake.host.addr[1]);
	fake.contact = (struct contact_object){ .c = common,
						.handle = (char *)"sh8013",
						.email = (char *)"a@example.tw",
						.voice = (char *)"+886.223456789",
						.voice_x = (char *)"12",
						.authinfo = (char *)"2fooBAR",
						.disclose_set = true,
						.disclose = 0x1ff };
	fake.contact.c.status = BIT(STATUS_LINKED);
	for (int i = 0; i < POSTALS; i++)
		fake.contact.postal[i] = (struct postal_info){ true,
							       (char *)(i ? "王小明" : "Wang <& \"Ming\""),
							       (char *)"",
							       { (char *)"1 Road", (char *)"2F" },
							       (char *)"Taipei",
							       NULL,
							       (char *)"100",
							       (char *)"TW" };
	struct price price = { 80000, "TWD", true, 0 };
	fake.check = (struct domain_check){
		.avail = true, .create = price, .renew = price, .restore = price, .transfer = price
	};
	fake.transfer = (struct transfer){ TRANSFER_PENDING,
					   (char *)"clienty",
					   (char *)"clientx",
					   1700000000 * USEC,
					   1700432000 * USEC,
					   1800000000 * USEC,
					   1 };
	return 0;
}

/* ── frames of other people's making ── */

static char *slurp(const char *name, size_t *n)
{
	char under[200];
	static char text[70000];
	snprintf(under, sizeof under, "instant-epp/request/%s", name);
	const char *path = testdata(under);
	FILE *f = path ? fopen(path, "rb") : NULL;
	if (!f)
		return NULL;
	*n = fread(text, 1, sizeof text - 1, f);
	text[*n] = 0;
	fclose(f);
	return text;
}

static void test_instant_epp(void **state)
{
	static const struct {
		const char *file;
		enum space object;
		enum verb verb;
		int code; /* 0: accepted */
	} list[] = {
		{ "hello.xml", SPACE_OTHER, VERB_HELLO, 0 },
		{ "login.xml", SPACE_EPP, VERB_LOGIN, E_EXTENSION },
		{ "login_no_extension.xml", SPACE_EPP, VERB_LOGIN, 0 },
		{ "logout.xml", SPACE_EPP, VERB_LOGOUT, 0 },
		{ "contact/check.xml", SPACE_CONTACT, VERB_CHECK, 0 },
		{ "contact/create.xml", SPACE_CONTACT, VERB_CREATE, 0 },
		{ "contact/create_minimal.xml", SPACE_CONTACT, VERB_CREATE, 0 },
		{ "contact/delete.xml", SPACE_CONTACT, VERB_DELETE, 0 },
		{ "contact/info.xml", SPACE_CONTACT, VERB_INFO, 0 },
		{ "contact/update.xml", SPACE_CONTACT, VERB_UPDATE, 0 },
		{ "domain/check.xml", SPACE_DOMAIN, VERB_CHECK, 0 },
		{ "domain/create.xml", SPACE_DOMAIN, VERB_CREATE, 0 },
		{ "domain/create_with_host_attr.xml", SPACE_DOMAIN, VERB_CREATE, E_OPTION },
		{ "domain/create_with_host_obj.xml", SPACE_DOMAIN, VERB_CREATE, 0 },
		{ "domain/delete.xml", SPACE_DOMAIN, VERB_DELETE, 0 },
		{ "domain/info.xml", SPACE_DOMAIN, VERB_INFO, 0 },
		{ "domain/renew.xml", SPACE_DOMAIN, VERB_RENEW, 0 },
		{ "domain/transfer_approve.xml", SPACE_DOMAIN, VERB_TRANSFER, 0 },
		{ "domain/transfer_cancel.xml", SPACE_DOMAIN, VERB_TRANSFER, 0 },
		{ "domain/transfer_query.xml", SPACE_DOMAIN, VERB_TRANSFER, 0 },
		{ "domain/transfer_reject.xml", SPACE_DOMAIN, VERB_TRANSFER, 0 },
		{ "domain/transfer_request.xml", SPACE_DOMAIN, VERB_TRANSFER, 0 },
		{ "domain/update.xml", SPACE_DOMAIN, VERB_UPDATE, 0 },
		{ "extensions/consolidate.xml", SPACE_DOMAIN, VERB_UPDATE, E_EXTENSION },
		{ "extensions/consolidate_namestore.xml", SPACE_DOMAIN, VERB_UPDATE, E_EXTENSION },
		{ "extensions/frnic_create_contact_company.xml", SPACE_CONTACT, VERB_CREATE, E_EXTENSION },
		{ "extensions/frnic_create_contact_natural_person.xml", SPACE_CONTACT, VERB_CREATE, E_EXTENSION },
		{ "extensions/frnic_create_contact_non_profit.xml", SPACE_CONTACT, VERB_CREATE, E_EXTENSION },
		{ "extensions/frnic_create_contact_siren.xml", SPACE_CONTACT, VERB_CREATE, E_EXTENSION },
		{ "extensions/namestore.xml", SPACE_DOMAIN, VERB_CHECK, E_EXTENSION },
		{ "extensions/rgp_restore_report.xml", SPACE_DOMAIN, VERB_UPDATE, 0 },
		{ "extensions/rgp_restore_request.xml", SPACE_DOMAIN, VERB_UPDATE, 0 },
		{ "extensions/secdns_create_ds.xml", SPACE_DOMAIN, VERB_CREATE, 0 },
		{ "extensions/secdns_create_ds_key.xml", SPACE_DOMAIN, VERB_CREATE, 0 },
		{ "extensions/secdns_create_key.xml", SPACE_DOMAIN, VERB_CREATE, R_POLICY_VALUE },
		{ "host/check.xml", SPACE_HOST, VERB_CHECK, 0 },
		{ "host/create.xml", SPACE_HOST, VERB_CREATE, 0 },
		{ "host/delete.xml", SPACE_HOST, VERB_DELETE, 0 },
		{ "host/info.xml", SPACE_HOST, VERB_INFO, 0 },
		{ "host/update.xml", SPACE_HOST, VERB_UPDATE, 0 },
		{ "poll/ack.xml", SPACE_EPP, VERB_POLL, 0 },
		{ "poll/poll.xml", SPACE_EPP, VERB_POLL, 0 },
	};
	size_t n = 0;
	if (!testdata("instant-epp")) {
		print_message("skipped: no $NICERT_TESTDATA/epp/instant-epp\n");
		skip();
	}
	for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
		char *text = slurp(list[i].file, &n);
		assert_non_null(text);
		me.in = list[i].verb != VERB_LOGIN;
		struct command *c = parse_n(text, n);
		if (c->why.code != (enum result)list[i].code || c->verb != list[i].verb || c->object != list[i].object)
			fail_msg("%s: %d %s (%s)", list[i].file, c->why.code, c->why.reason, c->why.element);
		if (list[i].verb != VERB_HELLO) {
			assert_string_equal(c->cltrid, "cltrid:1626454866");
			ask(text);
		}
	}
}

/* ── values ── */

static void test_domain_create(void **state)
{
	struct command *c =
		parse(COMMAND("<create><domain:create " DOMAIN
			      "><domain:name> Example.TW\n</domain:name><domain:period unit=\"m\">24</domain:period>"
			      "<domain:ns><domain:hostObj>NS1.example.com</domain:hostObj></"
			      "domain:ns><domain:registrant>jd1234</domain:registrant>"
			      "<domain:contact type=\"tech\">sh8013</domain:contact><domain:authInfo><domain:pw>a &lt; "
			      "b&amp;</domain:pw></domain:authInfo>"
			      "</domain:create></create><extension><s:create "
			      "xmlns:s=\"urn:ietf:params:xml:ns:secDNS-1.1\"><s:maxSigLife>600</s:maxSigLife>"
			      "<s:dsData><s:keyTag>1</s:keyTag><s:alg>13</s:alg><s:digestType>2</"
			      "s:digestType><s:digest>AbCd</s:digest></s:dsData></s:create>"
			      "<f:create "
			      "xmlns:f=\"urn:ietf:params:xml:ns:epp:fee-1.0\"><f:currency>TWD</"
			      "f:currency><f:fee>1600.5</f:fee><f:credit>-0.5</f:credit></f:create>"
			      "<t:create xmlns:t=\"urn:ietf:params:xml:ns:epp:ttl-1.0\"><t:ttl "
			      "for=\"NS\">3600</t:ttl></t:create></extension>"));
	assert_int_equal(c->why.code, 0);
	assert_string_equal(c->name, "example.tw");
	assert_string_equal(c->said, "Example.TW");
	assert_int_equal(c->create->years, 2);
	assert_string_equal(c->create->d.ns[0], "ns1.example.com");
	assert_int_equal(c->create->d.contact[0].type, 't');
	assert_string_equal(c->create->password, "a < b&");
	assert_int_equal(c->create->d.ds[0].digest_n, 2);
	assert_int_equal(c->create->d.ds[0].digest[1], 0xcd);
	assert_int_equal(c->create->d.max_sig_life, 600);
	assert_int_equal(c->create->d.ttl_ns, 3600);
	assert_int_equal(c->fee.said, 160000);
	assert_true(command_writes(c));
}

static void test_contact_update(void **state)
{
	struct command *c = parse(
		COMMAND("<update><contact:update " CONTACT "><contact:id>sh8013</contact:id><contact:chg>"
			"<contact:postalInfo type=\"loc\"><contact:org/></contact:postalInfo><contact:voice/>"
			"<contact:disclose flag=\"0\"><contact:addr type=\"loc\"/><contact:email/></contact:disclose>"
			"</contact:chg></contact:update></update>"));
	assert_int_equal(c->why.code, 0);
	assert_true(c->contact_change->postal_set[POSTAL_LOC]);
	assert_false(c->contact_change->postal_set[POSTAL_INT]);
	assert_string_equal(c->contact_change->to.postal[POSTAL_LOC].org, "");
	assert_null(c->contact_change->to.postal[POSTAL_LOC].name);
	assert_true(c->contact_change->voice_set);
	assert_int_equal(c->contact_change->to.disclose, 1 << 5 | 1 << 8);
	assert_false(c->contact_change->to.disclose_flag);
}

#define INFO(name) COMMAND("<info><domain:info " DOMAIN "><domain:name>" name "</domain:name></domain:info></info>")
#define CHECK(name)                                                                                                    \
	COMMAND("<check><domain:check " DOMAIN "><domain:name>" name "</domain:name></domain:check></check>")
#define RENEW(date, period)                                                                                            \
	COMMAND("<renew><domain:renew " DOMAIN "><domain:name>a.tw</domain:name><domain:curExpDate>" date              \
		"</domain:curExpDate>" period "</domain:renew></renew>")

static void test_refusals(void **state)
{
	static const struct {
		const char *frame;
		int code;
		const char *with;
	} list[] = {
		{ "", E_SYNTAX, NULL },
		{ "hello", E_SYNTAX, NULL },
		{ "<epp/>", E_SYNTAX, NULL },
		{ EPP(""), E_SYNTAX, NULL },
		{ EPP("<command/>"), E_SYNTAX, NULL },
		{ EPP("<greeting/>"), E_UNKNOWN_COMMAND, NULL },
		{ EPP("<hello/><hello/>"), E_SYNTAX, NULL },
		{ EPP("<extension><x xmlns=\"urn:x\"/></extension>"), E_COMMAND, NULL },
		{ COMMAND("<frobnicate/>"), E_UNKNOWN_COMMAND, "<clTRID>ABC-12345</clTRID>" },
		{ COMMAND("<check/>"), E_SYNTAX, NULL },
		{ COMMAND("<check><x:check xmlns:x=\"urn:x\"/></check>"), R_UNIMPLEMENTED, "urn:x" },
		{ COMMAND("<renew><host:renew " HOST "/></renew>"), E_COMMAND, NULL },
		{ COMMAND("<check><domain:info " DOMAIN "/></check>"), E_SYNTAX, NULL },
		{ COMMAND("<poll/>"), R_PARAM_MISSING, NULL },
		{ COMMAND("<poll op=\"x\"/>"), R_PARAM_SYNTAX, NULL },
		{ COMMAND("<poll op=\"ack\"/>"), R_PARAM_MISSING, NULL },
		{ COMMAND("<transfer><domain:transfer " DOMAIN "/></transfer>"), R_PARAM_MISSING, NULL },
		{ COMMAND("<transfer op=\"request\"><domain:transfer " DOMAIN
			  "><domain:name>a.tw</domain:name></domain:transfer></transfer>"),
		  R_PARAM_MISSING, "<domain:authInfo" },
		{ INFO(""), R_PARAM_SYNTAX, "<domain:name" },
		{ INFO("-a.tw"), R_PARAM_SYNTAX, ">-a.tw</domain:name>" },
		{ INFO("a..tw"), R_PARAM_SYNTAX, NULL },
		{ INFO("a_b.tw"), R_PARAM_SYNTAX, NULL },
		{ INFO("tw"), R_PARAM_SYNTAX, NULL },
		{ INFO("a.tw</domain:name><domain:name>b.tw"), E_SYNTAX, "domain:name" },
		{ COMMAND("<info><domain:info " DOMAIN "/></info>"), R_PARAM_MISSING, "<domain:name" },
		{ RENEW("2026-02-31x", ""), R_PARAM_SYNTAX, "<domain:curExpDate" },
		{ RENEW("2026-02-03", "<domain:period>1</domain:period>"), R_PARAM_MISSING, "<domain:period" },
		{ RENEW("2026-02-03", "<domain:period unit=\"d\">1</domain:period>"), R_PARAM_SYNTAX, NULL },
		{ RENEW("2026-02-03", "<domain:period unit=\"y\">0</domain:period>"), R_PARAM_RANGE, NULL },
		{ RENEW("2026-02-03", "<domain:period unit=\"y\">x</domain:period>"), R_PARAM_SYNTAX, NULL },
		{ RENEW("2026-02-03", "<domain:period unit=\"m\">13</domain:period>"), R_POLICY_VALUE, NULL },
		{ COMMAND("<update><domain:update " DOMAIN "><domain:name>a.tw</domain:name></domain:update></update>"),
		  R_PARAM_MISSING, NULL },
		{ COMMAND("<update><domain:update " DOMAIN
			  "><domain:name>a.tw</domain:name><domain:add><domain:status s=\"nope\"/>"
			  "</domain:add></domain:update></update>"),
		  R_PARAM_SYNTAX, ">nope</domain:status>" },
		{ COMMAND("<create><host:create " HOST "><host:name>ns.a.tw</host:name><host:addr "
			  "ip=\"v6\">192.0.2.1</host:addr></host:create></create>"),
		  R_PARAM_SYNTAX, "<host:addr" },
		{ COMMAND("<create><contact:create " CONTACT "><contact:id>ab</contact:id></contact:create></create>"),
		  R_PARAM_SYNTAX, "<contact:id" },
		{ COMMAND("<create><contact:create " CONTACT
			  "><contact:id>abc</contact:id><contact:postalInfo type=\"x\"/></contact:create></create>"),
		  R_PARAM_SYNTAX, "<contact:postalInfo" },
		{ COMMAND("<create><contact:create " CONTACT
			  "><contact:id>abc</contact:id><contact:postalInfo type=\"int\"><contact:name>N</contact:name>"
			  "<contact:addr><contact:city/><contact:cc>TW</contact:cc></contact:addr></"
			  "contact:postalInfo></contact:create></create>"),
		  R_PARAM_SYNTAX, "<contact:city" },
		{ EPP("<command><logout/><clTRID>x</clTRID></command>"), R_PARAM_SYNTAX, "<epp:clTRID" },
		{ COMMAND("<logout/><extension><x xmlns=\"urn:x\"/></extension>"), E_EXTENSION, "urn:x" },
		{ COMMAND("<logout/><extension><rgp:update xmlns:rgp=\"urn:ietf:params:xml:ns:rgp-1.0\"/></extension>"),
		  E_EXTENSION, NULL },
		/* RFC 5730 §2.9.1.1: once */
		{ COMMAND("<login><clID>clientx</clID></login>"), E_USE, NULL },
	};
	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		expect_code(list[i].frame, list[i].code, list[i].with);
	me.in = false;
	expect_code(CHECK("a.tw"), E_USE, "log in first");
	me.in = true;
	me.services = SPACE(HOST);
	expect_code(CHECK("a.tw"), R_UNIMPLEMENTED, "not among the services");
	me.services = SPACE(DOMAIN);
	expect_code(COMMAND("<info><domain:info " DOMAIN
			    "><domain:name>a.tw</domain:name></domain:info></info><extension>"
			    "<ttl:info xmlns:ttl=\"urn:ietf:params:xml:ns:epp:ttl-1.0\"/></extension>"),
		    E_EXTENSION, NULL);
}

static void test_login(void **state)
{
#define LOGIN(pw, rest, svcs, ext)                                                                                     \
	COMMAND("<login><clID>clientx</clID><pw>" pw "</pw>" rest                                                      \
		"<options><version>1.0</version><lang>en</lang></options><svcs>" svcs "</svcs></login>" ext)
#define OBJ "<objURI>urn:ietf:params:xml:ns:domain-1.0</objURI>"
#define SEC "<svcExtension><extURI>urn:ietf:params:xml:ns:epp:loginSec-1.0</extURI></svcExtension>"
#define SEC_NS "xmlns:l=\"urn:ietf:params:xml:ns:epp:loginSec-1.0\""
	me.in = false;
	me.services = 0;
	struct command *c = parse(LOGIN("foo-BAR2", "<newPW>bar-FOO2</newPW>", OBJ SEC, ""));
	assert_int_equal(c->why.code, 0);
	assert_string_equal(c->login->new_pw, "bar-FOO2");
	assert_int_equal(c->login->services, SPACE(DOMAIN) | SPACE(LOGINSEC));
	c = parse(LOGIN("[LOGIN-SECURITY]", "<newPW>[LOGIN-SECURITY]</newPW>", OBJ SEC,
			"<extension><l:loginSec " SEC_NS
			"><l:userAgent><l:app>x</l:app></l:userAgent><l:pw>this is a long password</l:pw>"
			"<l:newPW>another long password</l:newPW></l:loginSec></extension>"));
	assert_int_equal(c->why.code, 0);
	assert_string_equal(c->login->pw, "this is a long password");
	assert_string_equal(c->login->new_pw, "another long password");
	expect_code(LOGIN("[LOGIN-SECURITY]", "", OBJ SEC, ""), R_PARAM_MISSING, "loginSec:pw");
	expect_code(LOGIN("foo-BAR2", "", OBJ, "<extension><l:loginSec " SEC_NS "/></extension>"), E_EXTENSION, NULL);
	expect_code(LOGIN("short", "", OBJ, ""), R_PARAM_SYNTAX, "<epp:pw");
	assert_null(strstr(answer.p, "short"));
	expect_code(LOGIN("foo-BAR2", "", "<objURI>urn:x</objURI>", ""), R_UNIMPLEMENTED, ">urn:x</epp:objURI>");
	expect_code(LOGIN("foo-BAR2", "", OBJ "<svcExtension><extURI>urn:x</extURI></svcExtension>", ""), E_EXTENSION,
		    ">urn:x</epp:extURI>");
	expect_code(COMMAND("<login><clID>abc</clID><pw>foo-BAR2</pw><options><version>2.0</version><lang>en</lang></"
			    "options><svcs>" OBJ "</svcs></login>"),
		    E_VERSION, NULL);
	expect_code(COMMAND("<login><clID>abc</clID><pw>foo-BAR2</pw><options><version>1.0</version><lang>fr</lang></"
			    "options><svcs>" OBJ "</svcs></login>"),
		    E_OPTION, NULL);
}

static void test_hostile(void **state)
{
	static const char bomb[] =
		"<?xml version=\"1.0\"?><!DOCTYPE e [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">"
		"<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]><epp "
		"xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><hello>&c;</hello></epp>";
	static const char file[] = "<?xml version=\"1.0\"?><!DOCTYPE e SYSTEM \"file:///etc/passwd\"><epp "
				   "xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><hello/></epp>";
	static const char param[] = "<!DOCTYPE e [<!ENTITY % x SYSTEM \"http://127.0.0.1:1/\"> %x;]><epp "
				    "xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><hello/></epp>";
	expect_code(bomb, E_SYNTAX, "document type");
	expect_code(file, E_SYNTAX, "document type");
	expect_code(param, E_SYNTAX, "document type");
	expect_code(EPP("<hello>&undefined;</hello>"), E_SYNTAX, NULL);
	expect_code("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><epp "
		    "xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><hello/></epp>",
		    E_SYNTAX, "UTF-8");
	expect_code(EPP("<hello>\xff</hello>"), E_SYNTAX, "UTF-8");
	expect_code(EPP("<hello>\xc0\xaf</hello>"), E_SYNTAX, "UTF-8");
	assert_int_equal(parse_n("<a\0b/>", 6)->why.code, E_SYNTAX);
	static char deep[60000];
	size_t n = 0;
	for (int i = 0; i < 15000; i++)
		n += (size_t)snprintf(deep + n, sizeof deep - n, "<a>");
	expect_code(deep, E_SYNTAX, "too deep");
	n = (size_t)snprintf(deep, sizeof deep, "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><command>");
	for (int i = 0; i < 10000; i++)
		n += (size_t)snprintf(deep + n, sizeof deep - n, "<a/>");
	snprintf(deep + n, sizeof deep - n, "</command></epp>");
	expect_code(deep, E_SYNTAX, "too many");
	n = (size_t)snprintf(deep, sizeof deep, "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><command><check>");
	for (int i = 0; i < 9000; i++)
		n += (size_t)snprintf(deep + n, sizeof deep - n, "&amp;");
	snprintf(deep + n, sizeof deep - n, "</check></command></epp>");
	expect_code(deep, E_SYNTAX, NULL);
	assert_false(arena_over(mem));
	/* the reader is as good as new */
	expect_code(CHECK("a.tw"), 1000, NULL);
}

/* ── answers ── */

static void test_answers(void **state)
{
	expect_code(CHECK("a.tw</domain:name><domain:name>-b.tw</domain:name><domain:name>xn--fiq228c.tw"), 1000,
		    "avail=\"1\">a.tw<");
	assert_non_null(strstr(answer.p, "avail=\"0\">-b.tw<"));
	fake.check.avail = false;
	snprintf(fake.check.why.reason, sizeof fake.check.why.reason,
		 "這個名稱由政府保留，因此不能註冊，請參閱公告第十二條的說明與規定，謝謝您");
	expect_code(CHECK("a.tw"), 1000, "<domain:reason>");
	expect_code(INFO("xn--fiq228c.tw"), 1000, "<domain:pw/>");
	assert_non_null(strstr(answer.p, "<rgp:rgpStatus s=\"addPeriod\"/>"));
	assert_non_null(strstr(answer.p, "<secDNS:digest>ABCD</secDNS:digest>"));
	assert_non_null(strstr(answer.p, "<b-dn:bdn uLabel="));
	assert_null(strstr(answer.p, "ttl:"));
	expect_code(COMMAND("<info><domain:info " DOMAIN
			    "><domain:name hosts=\"none\">a.tw</domain:name></domain:info></info><extension>"
			    "<ttl:info xmlns:ttl=\"urn:ietf:params:xml:ns:epp:ttl-1.0\" policy=\"true\"/></extension>"),
		    1000, "<ttl:ttl for=\"NS\" min=\"60\" default=\"3600\" max=\"86400\">3600</ttl:ttl>");
	assert_null(strstr(answer.p, "hostObj"));
	/* RFC 9154 §5.3 */
	fake.domain.c.sponsor = (char *)"other";
	expect_code(INFO("a.tw"), 1000, "<domain:clID>other<");
	assert_null(strstr(answer.p, "registrant"));
	assert_null(strstr(answer.p, "authInfo"));
	expect_code(COMMAND("<info><domain:info " DOMAIN
			    "><domain:name>a.tw</domain:name><domain:authInfo><domain:pw>2fooBAR</domain:pw>"
			    "</domain:authInfo></domain:info></info>"),
		    1000, "<domain:registrant>jd1234<");
	assert_null(strstr(answer.p, "authInfo"));
	expect_code(COMMAND("<info><domain:info " DOMAIN
			    "><domain:name>a.tw</domain:name><domain:authInfo><domain:pw>wrong</domain:pw>"
			    "</domain:authInfo></domain:info></info>"),
		    R_BAD_AUTHINFO, NULL);
	expect_code(COMMAND("<info><host:info " HOST "><host:name>ns1.a.tw</host:name></host:info></info>"), 1000,
		    "ip=\"v6\">2001:db8::1<");
	assert_non_null(strstr(answer.p, "s=\"linked\"/><host:status s=\"ok\"/>"));
	expect_code(COMMAND("<info><contact:info " CONTACT "><contact:id>sh8013</contact:id></contact:info></info>"),
		    1000, "Wang &lt;&amp; &quot;Ming&quot;");
	fake.contact.c.sponsor = (char *)"other";
	expect_code(COMMAND("<info><contact:info " CONTACT "><contact:id>sh8013</contact:id></contact:info></info>"),
		    R_AUTHORIZATION, NULL);
	expect_code(RENEW("2026-02-03", ""), 1000, "<domain:exDate>2027-02-03T00:00:00Z<");
	expect_code(COMMAND("<transfer op=\"request\"><domain:transfer " DOMAIN
			    "><domain:name>a.tw</domain:name><domain:authInfo><domain:pw>x</domain:pw>"
			    "</domain:authInfo></domain:transfer></transfer>"),
		    1001, "<domain:trStatus>pending<");
	expect_code(COMMAND("<transfer op=\"query\"><contact:transfer " CONTACT
			    "><contact:id>sh8013</contact:id></contact:transfer></transfer>"),
		    1000, "<contact:reID>clienty<");
	expect_code(COMMAND("<check><host:check " HOST "><host:name>ns1.a.tw</host:name></host:check></check>"), 1000,
		    "avail=\"0\"");
	fake.st = ST_NOTFOUND;
	expect_code(
		COMMAND("<check><contact:check " CONTACT "><contact:id>sh8013</contact:id></contact:check></check>"),
		1000, "avail=\"1\"");
	expect_code(INFO("a.tw"), R_NOT_THERE, ">a.tw</domain:name>");
}

static void test_outcomes(void **state)
{
	static const char create[] =
		COMMAND("<create><domain:create " DOMAIN "><domain:name>a.tw</domain:name><domain:authInfo><domain:pw/>"
			"</domain:authInfo></domain:create></create>");
	expect_code(create, 1000, "<domain:creData");
	fake.why.code = R_PENDING;
	expect_code(create, 1001, "<domain:creData");
	fake.st = ST_CONFLICT;
	fake.why = (struct outcome){ R_EXISTS, "name", "a.tw", "it is taken" };
	expect_code(create, 2302,
		    "<domain:name "
		    "xmlns:domain=\"urn:ietf:params:xml:ns:domain-1.0\">a.tw</domain:name></value><reason>it is taken");
	fake.why = (struct outcome){ R_POLICY_VALUE, "ttl:ttl", "7", "too short" };
	expect_code(create, 2306, "<ttl:ttl xmlns:ttl=");
	fake.why = (struct outcome){ R_BILLING, "a b", "", "no money" };
	expect_code(create, 2104, "<epp:undef");
	fake.why = (struct outcome){ (enum result)0, "", "", "" };
	expect_code(create, 2304, NULL);
	for (int st = ST_NOTFOUND; st < ST_COUNT; st++) {
		fake.st = (enum st)st;
		ask(create);
		assert_non_null(strstr(answer.p, "<result code=\"2"));
	}
	/* the store failed after the registry had said yes */
	fake.st = ST_BUSY;
	fake.why.code = R_DONE;
	expect_code(create, 2400, NULL);
	for (int code = 1000; code < 2600; code++)
		if (result_text(code))
			assert_true(strlen(result_text(code)) > 10);
}

static void test_fees(void **state)
{
#define FEE "xmlns:f=\"urn:ietf:params:xml:ns:epp:fee-1.0\""
#define CREATE_FEE(fee)                                                                                                \
	COMMAND("<create><domain:create " DOMAIN                                                                       \
		"><domain:name>a.tw</domain:name><domain:authInfo><domain:pw/></domain:authInfo>"                      \
		"</domain:create></create><extension><f:create " FEE ">" fee "</f:create></extension>")
	expect_code(COMMAND("<check><domain:check " DOMAIN "><domain:name>a.tw</domain:name><domain:name>-.tw</"
			    "domain:name></domain:check></check><extension>"
			    "<f:check " FEE "><f:currency>TWD</f:currency><f:command name=\"create\"><f:period "
			    "unit=\"y\">3</f:period></f:command>"
			    "<f:command name=\"delete\"/><f:command name=\"custom\"/></f:check></extension>"),
		    1000, "<fee:fee>2400.00</fee:fee>");
	expect_code(
		CREATE_FEE("<f:fee>800</f:fee>"), 1000,
		"<fee:creData "
		"xmlns:fee=\"urn:ietf:params:xml:ns:epp:fee-1.0\"><fee:currency>TWD</fee:currency><fee:fee>800.00<");
	expect_code(CREATE_FEE("<f:fee>799.99</f:fee>"), 2004, "fee:fee");
	expect_code(CREATE_FEE("<f:currency>EUR</f:currency><f:fee>800</f:fee>"), 2004, "fee:currency");
	expect_code(CREATE_FEE("<f:fee>8e2</f:fee>"), 2005, "fee:fee");
	expect_code(CREATE_FEE(""), 2003, "fee:fee");
#define DELETE COMMAND("<delete><domain:delete " DOMAIN "><domain:name>a.tw</domain:name></domain:delete></delete>")
	/* What came back is the registry's word, whatever else moved the balance meanwhile. */
	expect_code(DELETE, 1000,
		    "<fee:currency>TWD</fee:currency><fee:credit>-800.00</fee:credit><fee:balance>1200.00<");
	me.services = ALL_SERVICES & ~SPACE(FEE);
	expect_code(DELETE, 1000, NULL);
	assert_null(strstr(answer.p, "fee:"));
	me.services = ALL_SERVICES;
}

static void test_poll(void **state)
{
	static const char req[] = COMMAND("<poll op=\"req\"/>");
	expect_code(req, 1300, NULL);
	fake.poll = (struct poll_message){
		77,
		1700000000 * USEC,
		(char *)"domain-transfer",
		(char *)"a.tw",
		(char *)"{\"state\":\"pending\",\"requester\":\"clienty\",\"requested_at\":\"2026-01-01T00:00:00Z\","
			"\"actor\":\"clientx\","
			"\"acted_at\":\"2026-01-06T00:00:00Z\",\"expires_at\":\"2028-01-01T00:00:00Z\"}",
		(char *)"Transfer requested."
	};
	expect_code(req, 1301, "<msgQ count=\"3\" id=\"77\"><qDate>");
	assert_non_null(strstr(answer.p, "<resData><domain:trnData"));
	me.services = SPACE(CONTACT);
	expect_code(req, 1301, NULL);
	assert_null(strstr(answer.p, "trnData"));
	me.services = SPACE(CONTACT) | SPACE(UNHANDLED);
	expect_code(req, 1301, "<reason>urn:ietf:params:xml:ns:domain-1.0 not in login services</reason>");
	me.services = ALL_SERVICES;
	fake.poll.kind = (char *)"domain-changed";
	fake.poll.payload = (char *)"{\"operation\":\"lock\",\"roid\":\"D1-NIC\",\"svtrid\":\"12345-XYZ\",\"who\":"
				    "\"staff\",\"reason\":\"court order, very long indeed, too long\"}";
	expect_code(req, 1301, "<changePoll:operation op=\"lock\">custom<");
	fake.poll.kind = (char *)"domain-pending";
	fake.poll.payload = (char *)"{\"result\":true,\"svtrid\":\"12345-XYZ\"}";
	expect_code(req, 1301, "paResult=\"1\"");
	fake.poll.kind = (char *)"low-balance";
	fake.poll.payload = (char *)"{}";
	expect_code(req, 1301, NULL);
	expect_code(COMMAND("<poll op=\"ack\" msgID=\"77\"/>"), 1000, "<msgQ count=\"2\" id=\"77\"/>");
	expect_code(COMMAND("<poll op=\"ack\" msgID=\"78\"/>"), 2303, NULL);
	expect_code(COMMAND("<poll op=\"ack\" msgID=\"x\"/>"), 2303, NULL);
}

static void test_unhandled(void **state)
{
	me.services = SPACE(DOMAIN) | SPACE(UNHANDLED);
	expect_code(INFO("a.tw"), 1000, "<extValue><value><secDNS:infData");
	assert_null(strstr(answer.p, "<extension>"));
	me.services = SPACE(DOMAIN);
	expect_code(INFO("a.tw"), 1000, NULL);
	assert_null(strstr(answer.p, "secDNS"));
}

static void test_maintenance(void **state)
{
#define MAINT(what)                                                                                                    \
	COMMAND("<info><m:info xmlns:m=\"urn:ietf:params:xml:ns:epp:maintenance-1.0\">" what "</m:info></info>")
	expect_code(MAINT("<m:list/>"), 1000, "<maint:list></maint:list>");
	fake.maintenance =
		(struct maintenance){ .id = 7,
				      .start_at = 2000000000 * USEC,
				      .end_at = 2000000000 * USEC + 7200 * USEC,
				      .added_at = 2000000000 * USEC - USEC,
				      .system = { { (char *)"EPP", IMPACT_FULL }, { (char *)"RDAP", IMPACT_PARTIAL } },
				      .nsystems = 2,
				      .reason = (char *)"new disks",
				      .reason_zh = (char *)"更換硬碟",
				      .link = (char *)"https://example.tw/7" };
	expect_code(MAINT("<m:list/>"), 1000, "<maint:id>7<");
	expect_code(MAINT("<m:id>7</m:id>"), 1000, "<maint:reason>planned<");
	assert_non_null(strstr(answer.p, "<maint:name>RDAP</maint:name><maint:impact>partial<"));
	assert_non_null(strstr(answer.p, "<maint:description lang=\"zh-TW\">更換硬碟<"));
	expect_code(MAINT("<m:id>8</m:id>"), 2303, NULL);
	expect_code(MAINT("<m:id>x</m:id>"), 2303, NULL);
	fake.poll = (struct poll_message){ .id = 5,
					   .at = 2000000000 * USEC,
					   .kind = (char *)"maintenance",
					   .object = (char *)"7",
					   .text = (char *)"Maintenance 7",
					   .payload = (char *)"{\"maintenance\":7,\"step\":\"create\"}" };
	expect_code(COMMAND("<poll op=\"req\"/>"), 1301, "<maint:pollType>create<");
	me.services = SPACE(DOMAIN) | SPACE(UNHANDLED);
	expect_code(COMMAND("<poll op=\"req\"/>"), 1301, "maintenance-1.0 not in login services");
}

static void test_bundle(void **state)
{
#define BUNDLE(rdn)                                                                                                    \
	COMMAND("<create><domain:create " DOMAIN                                                                       \
		"><domain:name>xn--fiq228c.tw</domain:name><domain:authInfo><domain:pw/></domain:authInfo>"            \
		"</domain:create></create><extension><b:create xmlns:b=\"urn:ietf:params:xml:ns:epp:b-dn\">" rdn       \
		"</b:create></extension>")
	expect_code(BUNDLE("<b:rdn uLabel=\"中文.tw\">xn--fiq228c.tw</b:rdn>"), 1000, "<b-dn:creData");
	expect_code(BUNDLE("<b:rdn uLabel=\"中國.tw\">xn--fiq228c.tw</b:rdn>"), 2306, "b-dn:rdn");
	expect_code(BUNDLE("<b:rdn>a.tw</b:rdn>"), 2306, NULL);
}

static void test_greeting(void **state)
{
	struct buf b = BUF_INIT;
	greeting_write(&b, "Test <&> centre", 1700000000 * USEC);
	if (schema)
		assert_true(schema_valid(schema, b.p, b.n));
	else
		print_message("skipped: no $NICERT_TESTDATA/epp/xsd to validate with\n");
	assert_non_null(strstr(b.p, "<svDate>2023-11-14T22:13:20Z</svDate>"));
	assert_non_null(strstr(b.p, "<extURI>urn:ietf:params:xml:ns:epp:secure-authinfo-transfer-1.0</extURI>"));
	buf_free(&b);
}

static void test_guard(void **state)
{
	struct guard *g = guard_new();
	struct frame_peer a = { .certified = true, .fingerprint = "aa" },
			  b = { .certified = true, .fingerprint = "bb" };
	addr_parse("192.0.2.1", &a.addr);
	b.addr = a.addr;
	for (int i = 0; i < 4; i++)
		guard_failed(g, &a, 1000 * USEC);
	assert_int_equal(guard_wait(g, &a, 1000 * USEC), 0);
	guard_failed(g, &a, 1000 * USEC);
	assert_int_equal(guard_wait(g, &a, 1000 * USEC), 1);
	assert_int_equal(guard_wait(g, &b, 1000 * USEC), 0);
	for (int i = 0; i < 30; i++)
		guard_failed(g, &a, 1000 * USEC);
	assert_int_equal(guard_wait(g, &a, 1000 * USEC), 900);
	assert_int_equal(guard_forget(g, &a), 35);
	assert_int_equal(guard_wait(g, &a, 1000 * USEC), 0);
	struct seat *s = seat_take(g, "clientx", 1);
	assert_non_null(s);
	assert_null(seat_take(g, "clientx", 1));
	assert_non_null(seat_take(g, "clienty", 1));
	seat_leave(g, s);
	assert_ptr_equal(seat_take(g, "clientx", 1), s);
	int64_t now = 5000 * USEC, wait = 0;
	for (int i = 0; i < 20; i++)
		wait = seat_spend(g, s, 10, now);
	assert_int_equal(wait, 0);
	assert_int_equal(seat_spend(g, s, 10, now), USEC / 10);
	assert_int_equal(seat_spend(g, s, 10, now + USEC), 0);
	guard_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_instant_epp, fresh),    cmocka_unit_test_setup(test_domain_create, fresh),
		cmocka_unit_test_setup(test_contact_update, fresh), cmocka_unit_test_setup(test_refusals, fresh),
		cmocka_unit_test_setup(test_login, fresh),	    cmocka_unit_test_setup(test_hostile, fresh),
		cmocka_unit_test_setup(test_answers, fresh),	    cmocka_unit_test_setup(test_outcomes, fresh),
		cmocka_unit_test_setup(test_fees, fresh),	    cmocka_unit_test_setup(test_poll, fresh),
		cmocka_unit_test_setup(test_unhandled, fresh),	    cmocka_unit_test_setup(test_maintenance, fresh),
		cmocka_unit_test_setup(test_bundle, fresh),	    cmocka_unit_test_setup(test_greeting, fresh),
		cmocka_unit_test_setup(test_guard, fresh),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
