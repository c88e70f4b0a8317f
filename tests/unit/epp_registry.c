/* EPP down to the rows: the real registry and store behind real TLS sessions. EPP_BENCH=SECONDS measures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include "epp_client.h"
#include "inwrite.h"
#include "front/epp/epp.h"
#include "names/registry.h"
#include "who/account.h"

static struct config cfg;
static struct epp *server;
static struct store *db;
static SSL_CTX *tls[2];
static char fingerprint[2][65];
static const char *const registrars[2] = { "alpha", "beta" };
static char gold[TOKEN_TEXT];

#define EPP(body) "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\">" body "</epp>"
#define COMMAND(body) EPP("<command>" body "<clTRID>ABC-12345</clTRID></command>")
#define URI "urn:ietf:params:xml:ns:"
#define EXT(uri) "<extURI>" URI uri "</extURI>"
#define LOGIN                                                                                                          \
	COMMAND("<login><clID>%s</clID><pw>correct-horse</pw><options><version>1.0</version><lang>en</lang></options>" \
		"<svcs><objURI>" URI "domain-1.0</objURI><objURI>" URI "host-1.0</objURI><objURI>" URI                 \
		"contact-1.0</objURI>"                                                                                 \
		"<svcExtension>" EXT("secDNS-1.1") EXT("rgp-1.0") EXT("epp:fee-1.0") EXT("changePoll-1.0")             \
			EXT("epp:ttl-1.0") EXT("allocationToken-1.0") EXT("epp:unhandled-namespaces-1.0")              \
				EXT("epp:secure-authinfo-transfer-1.0") "</svcExtension></svcs></login>")
#define OBJECT(verb, object, body)                                                                                     \
	"<" verb "><o:" verb " xmlns:o=\"" URI object "-1.0\">" body "</o:" verb "></" verb ">"
#define NAME(n) "<o:name>" n "</o:name>"
#define AUTH "<o:authInfo><o:pw>%s</o:pw></o:authInfo>"
#define SECRET "Abcdefgh1234567890XYZ!"
#define CREATE_CONTACT                                                                                                 \
	COMMAND(OBJECT("create", "contact",                                                                            \
		       "<o:id>%s</o:id><o:postalInfo type=\"int\"><o:name>Chen Mei</o:name>"                           \
		       "<o:org>Acme</o:org><o:addr><o:street>1 "                                                       \
		       "Road</o:street><o:city>Taipei</o:city><o:pc>100</o:pc><o:cc>TW</o:cc>"                         \
		       "</o:addr></o:postalInfo><o:email>chen@example.org</o:email><o:authInfo><o:pw>" SECRET          \
		       "</o:pw></o:authInfo>"))
#define CREATE_DOMAIN                                                                                                  \
	COMMAND(OBJECT(                                                                                                \
		"create", "domain",                                                                                    \
		NAME("%s") "<o:period unit=\"y\">1</o:period><o:ns><o:hostObj>ns1.example.net"                         \
			   "</o:hostObj><o:hostObj>ns2.example.net</o:hostObj></o:ns><o:registrant>CON-%s</"           \
			   "o:registrant>"                                                                             \
			   "<o:contact type=\"admin\">CON-%s</o:contact><o:contact type=\"tech\">CON-%s</o:contact>"   \
			   "<o:authInfo><o:pw>" SECRET "</o:pw></o:authInfo>"))

static void askf(struct client *c, int code, const char *fmt, ...)
{
	static _Thread_local char text[8192];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	ask(c, text, code);
}

static struct client *enter(int i)
{
	struct client *c = client_new(tls[i]);
	askf(c, 1000, LOGIN, registrars[i]);
	return c;
}

static enum st set_up(struct req *rq, void *arg)
{
	struct err e = { 0 };
	if (zone_authoritative_add(
		    rq, "test",
		    "price create 10 TWD per-year\nprice renew 10 TWD per-year\nprice transfer 10 TWD per-year\n"
		    "price restore 40 TWD\n",
		    NULL) ||
	    zone_authoritative_add(
		    rq, "waits",
		    "label-min 3\ngrace add 0d\nrestore-report 7d\nregistry-lock on\nreserved gold auctioned\n"
		    "price create 10 TWD per-year\nprice restore 40 TWD\n",
		    NULL))
		return rq->err.code;
	struct token_new t = { .under = "gold.waits" };
	if (token_add(rq, &t))
		return rq->err.code;
	snprintf(gold, sizeof gold, "%s", t.token);
	for (int i = 0; i < 2; i++) {
		struct registrar r = { .handle = (char *)(uintptr_t)registrars[i],
				       .name = (char *)"Registrar Ltd",
				       .lang = (char *)"en",
				       .email = (char *)"a@example.net",
				       .password = password_hash(rq->mem, "correct-horse", &e) };
		struct certificate c = { 0 };
		snprintf(c.fingerprint, sizeof c.fingerprint, "%.64s", fingerprint[i]);
		if (registrar_add(rq, &r, INT64_C(1000000000), "TWD") || registrar_cert_add(rq, r.handle, &c))
			return rq->err.code;
	}
	return ST_OK;
}

static void objects(struct client *a, struct client *b)
{
	askf(a, 1000, CREATE_CONTACT, "CON-alpha");
	askf(a, 2302, CREATE_CONTACT, "CON-alpha");
	askf(b, 1000, CREATE_CONTACT, "CON-beta");
	ask(b, COMMAND(OBJECT("info", "contact", "<o:id>CON-alpha</o:id>")), 2201);
	ask(a, COMMAND(OBJECT("info", "contact", "<o:id>CON-alpha</o:id>")), 1000);
	assert_non_null(strstr(a->text, "<contact:authInfo><contact:pw/>"));
	ask(a, COMMAND(OBJECT("create", "host", NAME("ns1.example.net"))), 1000);
	ask(a, COMMAND(OBJECT("create", "host", NAME("ns2.example.net"))), 1000);
	ask(a, COMMAND(OBJECT("check", "host", NAME("ns1.example.net") NAME("ns3.example.net"))), 1000);
	assert_non_null(strstr(a->text, "avail=\"0\">ns1.example.net<"));
	assert_non_null(strstr(a->text, "avail=\"1\">ns3.example.net<"));
}

static void test_life(void **state)
{
	struct client *a = enter(0), *b = enter(1);
	objects(a, b);
	ask(a, COMMAND(OBJECT("check", "domain", NAME("example.test") NAME("-x.test") NAME("elsewhere.zz"))), 1000);
	assert_non_null(strstr(a->text, "avail=\"1\">example.test<"));
	assert_non_null(strstr(a->text, "avail=\"0\">-x.test<"));
	assert_non_null(strstr(a->text, "avail=\"0\">elsewhere.zz<"));
	ask(a, COMMAND(OBJECT("info", "domain", NAME("example.test"))), 2303);
	askf(a, 1000, CREATE_DOMAIN, "example.test", "alpha", "alpha", "alpha");
	askf(a, 2302, CREATE_DOMAIN, "Example.TEST", "alpha", "alpha", "alpha");
	askf(b, 2303, CREATE_DOMAIN, "other.test", "nobody", "beta", "beta");
	ask(a, COMMAND(OBJECT("info", "domain", NAME("example.test"))), 1000);
	assert_non_null(strstr(a->text, "<domain:hostObj>ns1.example.net</domain:hostObj>"));
	assert_non_null(strstr(a->text, "<rgp:rgpStatus s=\"addPeriod\"/>"));
	ask(a, COMMAND(OBJECT("delete", "contact", "<o:id>CON-alpha</o:id>")), 2305);
	ask(a, COMMAND(OBJECT("delete", "host", NAME("ns1.example.net"))), 2305);
	ask(b, COMMAND(OBJECT("update", "domain", NAME("example.test") "<o:add><o:status s=\"clientHold\"/></o:add>")),
	    2201);
	ask(a,
	    COMMAND(OBJECT(
		    "update", "domain",
		    NAME("example.test") "<o:add><o:status s=\"clientUpdateProhibited\"/></o:add>") "<extension><s:"
												    "update "
												    "xmlns:s=\"" URI
												    "secDNS-1.1\"><s:"
												    "add><s:dsData><s:"
												    "keyTag>12345</"
												    "s:keyTag><s:alg>"
												    "13</s:alg>"
												    "<s:digestType>2</"
												    "s:digestType><s:"
												    "digest>"
												    "49FD46E6C4B45C55D4"
												    "AC49FD46E6C4B45C55"
												    "D4AC49FD46E6C4B45C"
												    "55D4AC49FD</"
												    "s:digest></"
												    "s:dsData></"
												    "s:add></s:update>"
												    "<t:update "
												    "xmlns:t=\"" URI
												    "epp:ttl-1.0\"><t:"
												    "ttl "
												    "for=\"NS\">7200</"
												    "t:ttl></"
												    "t:update></"
												    "extension>"),
	    1000);
	ask(a,
	    COMMAND(OBJECT("update", "domain",
			   NAME("example.test") "<o:rem><o:ns><o:hostObj>ns1.example.net</o:hostObj></o:ns></o:rem>")),
	    2304);
	ask(a,
	    COMMAND(OBJECT("update", "domain",
			   NAME("example.test") "<o:rem><o:status s=\"clientUpdateProhibited\"/></o:rem>")),
	    1000);
	ask(a,
	    COMMAND(OBJECT("info", "domain", NAME("example.test")) "<extension><t:info xmlns:t=\"" URI
								   "epp:ttl-1.0\"/></extension>"),
	    1000);
	assert_non_null(strstr(a->text, "<secDNS:keyTag>12345<"));
	assert_non_null(strstr(a->text, "<ttl:ttl for=\"NS\">7200<"));
	ask(a, COMMAND(OBJECT("create", "host", NAME("ns.example.test") "<o:addr ip=\"v4\">192.0.2.1</o:addr>")), 1000);
	ask(b, COMMAND(OBJECT("create", "host", NAME("ns2.example.test") "<o:addr ip=\"v4\">192.0.2.1</o:addr>")),
	    2201);
	client_end(a);
	client_end(b);
}

static void test_renew_and_transfer(void **state)
{
	struct client *a = enter(0), *b = enter(1);
	askf(a, 1000, CREATE_DOMAIN, "moving.test", "alpha", "alpha", "alpha");
	char *ex = strstr(a->text, "<domain:exDate>"), day[11] = { 0 };
	assert_non_null(ex);
	memcpy(day, ex + 15, 10);
	ask(a, COMMAND(OBJECT("renew", "domain", NAME("moving.test") "<o:curExpDate>2001-01-01</o:curExpDate>")), 2004);
	askf(a, 1000,
	     COMMAND(OBJECT("renew", "domain",
			    NAME("moving.test") "<o:curExpDate>%s</o:curExpDate><o:period "
						"unit=\"y\">2</o:period>") "<extension><f:renew xmlns:f=\"" URI
									   "epp:fee-1.0\"><f:fee>20.00</f:fee></"
									   "f:renew></extension>"),
	     day);
	assert_non_null(strstr(a->text, "<fee:fee>20.00<"));
#define TRANSFER(op, auth)                                                                                             \
	COMMAND("<transfer op=\"" op "\"><o:transfer xmlns:o=\"" URI "domain-1.0\">" NAME("moving.test") auth          \
		"</o:transfer></transfer>")
	ask(b, TRANSFER("query", ""), 2201);
	ask(b, TRANSFER("request", "<o:authInfo><o:pw>wrong</o:pw></o:authInfo>"), 2202);
	ask(b, TRANSFER("request", "<o:authInfo><o:pw>" SECRET "</o:pw></o:authInfo>"), 1001);
	ask(b, TRANSFER("request", "<o:authInfo><o:pw>" SECRET "</o:pw></o:authInfo>"), 2300);
	ask(b, TRANSFER("approve", ""), 2201);
	ask(a, COMMAND("<poll op=\"req\"/>"), 1301);
	assert_non_null(strstr(a->text, "<domain:trStatus>pending<"));
	char *id = strstr(a->text, " id=\""), number[24] = { 0 };
	assert_non_null(id);
	memcpy(number, id + 5, strcspn(id + 5, "\""));
	askf(a, 1000, COMMAND("<poll op=\"ack\" msgID=\"%s\"/>"), number);
	ask(a, TRANSFER("approve", ""), 1000);
	ask(b, COMMAND(OBJECT("info", "domain", NAME("moving.test"))), 1000);
	assert_non_null(strstr(b->text, "<domain:clID>beta<"));
	assert_null(strstr(b->text, "authInfo")); /* RFC 9154: used up */
	ask(b, COMMAND("<poll op=\"req\"/>"), 1301);
	assert_non_null(strstr(b->text, "clientApproved"));
	ask(a, COMMAND(OBJECT("delete", "domain", NAME("moving.test"))), 2201);
	client_end(a);
	client_end(b);
}

/* ── what the registry adds: restore with its report, tokens, the lock, TTLs of glue ── */

#define ON(verb, object, name, ext) COMMAND(OBJECT(verb, object, NAME(name)) "<extension>" ext "</extension>")
#define RESTORE(op, body)                                                                                              \
	ON("update", "domain", "back.waits",                                                                           \
	   "<r:update xmlns:r=\"" URI "rgp-1.0\"><r:restore op=\"" op "\">" body "</r:restore></r:update>")
#define FEE_OF(amount) "<f:update xmlns:f=\"" URI "epp:fee-1.0\"><f:fee>" amount "</f:fee></f:update>"
#define REPORT(res)                                                                                                    \
	"<r:report><r:preData>Pre <x:a xmlns:x=\"urn:x\">data</x:a></r:preData><r:postData>Post</r:postData>"          \
	"<r:delTime>2026-01-01T22:00:00.0Z</r:delTime><r:resTime>" res                                                 \
	"</r:resTime><r:resReason>Registrant error</r:resReason><r:statement>One</r:statement>"                        \
	"<r:statement lang=\"en\">Two</r:statement><r:other>More</r:other></r:report>"

static void test_restore(void **state)
{
	struct client *a = enter(0);
	askf(a, 1000, CREATE_DOMAIN, "back.waits", "alpha", "alpha", "alpha");
	ask(a, RESTORE("request", ""), 2304);
	ask(a, COMMAND(OBJECT("delete", "domain", NAME("back.waits"))), 1001);
	ask(a, RESTORE("report", REPORT("2026-01-02T22:00:00.0Z")), 2304);
	ask(a,
	    ON("update", "domain", "back.waits",
	       "<r:update xmlns:r=\"" URI "rgp-1.0\"><r:restore op=\"request\"/></r:update>" FEE_OF("39.99")),
	    2004);
	ask(a,
	    ON("update", "domain", "back.waits",
	       "<r:update xmlns:r=\"" URI "rgp-1.0\"><r:restore op=\"request\"/></r:update>" FEE_OF("40.00")),
	    1000);
	assert_non_null(
		strstr(a->text, "<rgp:upData xmlns:rgp=\"" URI "rgp-1.0\"><rgp:rgpStatus s=\"pendingRestore\"/>"));
	ask(a, COMMAND(OBJECT("info", "domain", NAME("back.waits"))), 1000);
	assert_non_null(strstr(a->text, "<domain:status s=\"pendingDelete\"/>"));
	assert_non_null(strstr(a->text, "<rgp:rgpStatus s=\"pendingRestore\"/>"));
	assert_null(strstr(a->text, "redemptionPeriod"));
	ask(a, RESTORE("report", ""), 2003);
	ask(a, RESTORE("report", "<r:report><r:preData>a</r:preData></r:report>"), 2003);
	ask(a, RESTORE("report", REPORT("yesterday-ish")), 2005);
	ask(a, RESTORE("report", REPORT("2025-01-02T22:00:00.0Z")), 2004);
	ask(a, RESTORE("report", REPORT("2026-01-02T22:00:00.0Z")), 1000);
	ask(a, RESTORE("report", REPORT("2026-01-02T22:00:00.0Z")), 2304);
	ask(a, COMMAND(OBJECT("info", "domain", NAME("back.waits"))), 1000);
	assert_null(strstr(a->text, "pendingDelete"));
	client_end(a);
}

#define TOKEN "<t:allocationToken xmlns:t=\"" URI "allocationToken-1.0\">%s</t:allocationToken>"
#define CREATE_WITH                                                                                                    \
	COMMAND(OBJECT("create", "domain",                                                                             \
		       NAME("gold.waits") "<o:registrant>CON-alpha</o:registrant><o:authInfo><o:pw>" SECRET            \
					  "</o:pw></o:authInfo>") "<extension>" TOKEN "</extension>")
#define CHECK_WITH COMMAND(OBJECT("check", "domain", NAME("gold.waits")) "<extension>" TOKEN "</extension>")

static void test_tokens(void **state)
{
	struct client *a = enter(0), *b = enter(1);
	ask(a, COMMAND(OBJECT("check", "domain", NAME("gold.waits"))), 1000);
	assert_non_null(strstr(a->text, "avail=\"0\""));
	askf(a, 1000, CHECK_WITH, "nonsense");
	assert_non_null(strstr(a->text, "<domain:reason>Allocation Token mismatch<"));
	askf(a, 1000, CHECK_WITH, gold);
	assert_non_null(strstr(a->text, "avail=\"1\""));
	askf(a, 2201, CREATE_WITH, "nonsense");
	assert_null(strstr(a->text, "nonsense"));
	askf(a, 1000, CREATE_WITH, gold);
	askf(a, 1000, CHECK_WITH, gold);
	assert_non_null(strstr(a->text, "avail=\"0\""));
#define TOKEN_INFO "<t:info xmlns:t=\"" URI "allocationToken-1.0\"/>"
	ask(a, ON("info", "domain", "gold.waits", TOKEN_INFO), 2303);
	ask(b, ON("info", "domain", "gold.waits", TOKEN_INFO), 2201);
	askf(b, 2201,
	     COMMAND("<transfer op=\"request\"><o:transfer xmlns:o=\"" URI "domain-1.0\">" NAME(
		     "gold.waits") "<o:authInfo><o:pw>" SECRET
				   "</o:pw></o:authInfo></o:transfer></transfer><extension>" TOKEN "</extension>"),
	     "nonsense");
	client_end(a);
	client_end(b);
}

static enum st do_lock(struct req *rq, void *arg)
{
	struct outcome why;
	return domain_lock(rq, "bank.waits", "court order 17", &why);
}

static void test_locked(void **state)
{
	struct client *a = enter(0);
	askf(a, 1000, CREATE_DOMAIN, "bank.waits", "alpha", "alpha", "alpha");
	struct arena *mem = arena_new((size_t)1 << 20);
	struct req rq = { .mem = mem, .who = &actor_cli };
	assert_int_equal(store_write(db, &rq, do_lock, NULL), ST_OK);
	arena_free(mem);
	ask(a, COMMAND(OBJECT("info", "domain", NAME("bank.waits"))), 1000);
	assert_non_null(strstr(a->text, "serverUpdateProhibited"));
	do {
		char number[24] = { 0 };
		ask(a, COMMAND("<poll op=\"req\"/>"), 1301);
		char *id = strstr(a->text, " id=\"");
		memcpy(number, id + 5, strcspn(id + 5, "\""));
		if (strstr(a->text, "<changePoll:operation op=\"locked\">custom<"))
			break;
		askf(a, 1000, COMMAND("<poll op=\"ack\" msgID=\"%s\"/>"), number);
	} while (true);
	assert_non_null(strstr(a->text, "<changePoll:reason>court order 17<"));
	ask(a, COMMAND(OBJECT("update", "domain", NAME("bank.waits") "<o:add><o:status s=\"clientHold\"/></o:add>")),
	    2304);
#define DS                                                                                                             \
	"<s:dsData><s:keyTag>12345</s:keyTag><s:alg>13</s:alg><s:digestType>2</s:digestType><s:digest>"                \
	"49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC49FD</s:digest></s:dsData>"
	ask(a,
	    ON("update", "domain", "bank.waits",
	       "<s:update xmlns:s=\"" URI "secDNS-1.1\"><s:add>" DS "</s:add></s:update>"),
	    1000);
	ask(a, COMMAND(OBJECT("delete", "domain", NAME("bank.waits"))), 2304);
	client_end(a);
}

/* A refusal names the element as the client wrote it, and a check's few words are whole ones. */
static void test_what_is_named(void **state)
{
#define FEES(item, years) "<f:command name=\"" item "\"><f:period unit=\"y\">" years "</f:period></f:command>"
#define PAID(amount) "<f:create xmlns:f=\"" URI "epp:fee-1.0\"><f:fee>" amount "</f:fee></f:create>"
#define WEAK_DS                                                                                                        \
	"<s:update xmlns:s=\"" URI "secDNS-1.1\"><s:add><s:dsData><s:keyTag>7</s:keyTag><s:alg>13</s:alg>"             \
	"<s:digestType>2</s:digestType><s:digest>AABB</s:digest></s:dsData></s:add></s:update>"
	struct client *a = enter(0), *b = enter(1);
	/* What create would refuse is not available either. */
	ask(a, COMMAND(OBJECT("check", "contact", "<o:id>a b</o:id><o:id>a-b</o:id>")), 1000);
	assert_non_null(strstr(a->text, "<contact:id avail=\"0\">a b</contact:id><contact:reason>Not a handle"));
	assert_non_null(strstr(a->text, "<contact:id avail=\"1\">a-b</contact:id>"));
	static const char *const sentences[] = { "<domain:reason>Not a name given out here<",
						 "<domain:reason>Label not allowed in this zone<",
						 "<domain:reason>Short labels are closed<" };
	askf(a, 1000, CREATE_DOMAIN, "named.test", "alpha", "alpha", "alpha");
	ask(a,
	    COMMAND(OBJECT("check", "domain",
			   NAME("a.label.too.many.waits") NAME("ab--hyphens-here.waits") NAME("ab.waits"))),
	    1000);
	for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
		if (!strstr(a->text, sentences[i]))
			fail_msg("%s: %s", sentences[i], a->text);
	ask(b, COMMAND(OBJECT("delete", "domain", NAME("Named.test"))), 2201);
	assert_non_null(strstr(b->text, "\">Named.test</domain:name></value><reason>another registrar"));
	ask(a, COMMAND(OBJECT("renew", "domain", NAME("named.test") "<o:curExpDate>2001-01-01</o:curExpDate>")), 2004);
	assert_non_null(strstr(a->text, "\">2001-01-01</domain:curExpDate>"));
	ask(a, ON("update", "domain", "named.test", WEAK_DS), 2004);
	assert_non_null(strstr(a->text, "\">2</secDNS:digestType>"));
	ask(a,
	    COMMAND(OBJECT(
		    "create", "domain",
		    NAME("cheap.test") "<o:registrant>CON-alpha</o:registrant>"
				       "<o:authInfo><o:pw/></o:authInfo>") "<extension>" PAID("1.05") "</extension>"),
	    2004);
	assert_non_null(strstr(a->text, "\">1.05</fee:fee>"));
	ask(a,
	    ON("check", "domain", "cheap.test",
	       "<f:check xmlns:f=\"" URI "epp:fee-1.0\">" FEES("create", "11") FEES("renew", "2") "</f:check>"),
	    1000);
	assert_non_null(strstr(a->text, "11</fee:period><fee:reason>The term is 1 to 10 years</fee:reason>"));
	assert_non_null(strstr(a->text, "2</fee:period><fee:fee>20.00</fee:fee>"));
	client_end(a);
	client_end(b);
}

#define TTL_OF(verb, body) "<t:" verb " xmlns:t=\"" URI "epp:ttl-1.0\">" body "</t:" verb ">"
#define GLUE NAME("ns.glue.waits") "<o:addr ip=\"v4\">192.0.2.1</o:addr>"

static void test_glue_ttl(void **state)
{
	struct client *a = enter(0);
	askf(a, 1000, CREATE_DOMAIN, "glue.waits", "alpha", "alpha", "alpha");
	ask(a,
	    COMMAND(OBJECT("create", "host",
			   GLUE) "<extension>" TTL_OF("create", "<t:ttl for=\"NS\">600</t:ttl>") "</extension>"),
	    2306);
	ask(a,
	    COMMAND(OBJECT("create", "host", GLUE) "<extension>" TTL_OF("create",
									"<t:ttl for=\"A\">1</t:ttl>") "</extension>"),
	    2004);
	ask(a,
	    COMMAND(OBJECT("create", "host", GLUE) "<extension>" TTL_OF("create",
									"<t:ttl for=\"A\">600</t:ttl>") "</extension>"),
	    1000);
	ask(a, ON("info", "host", "ns.glue.waits", TTL_OF("info", "")), 1000);
	assert_non_null(strstr(a->text, "<ttl:ttl for=\"A\">600</ttl:ttl></ttl:infData>"));
	ask(a,
	    ON("update", "host", "ns.glue.waits",
	       TTL_OF("update", "<t:ttl for=\"AAAA\">900</t:ttl><t:ttl for=\"A\"/>")),
	    1000);
	ask(a, ON("info", "host", "ns.glue.waits", "<t:info xmlns:t=\"" URI "epp:ttl-1.0\" policy=\"true\"/>"), 1000);
	assert_non_null(strstr(a->text, "<ttl:ttl for=\"A\" min=\"60\" default=\"3600\" max=\"172800\"></ttl:ttl>"));
	assert_non_null(
		strstr(a->text, "<ttl:ttl for=\"AAAA\" min=\"60\" default=\"3600\" max=\"172800\">900</ttl:ttl>"));
	ask(a, ON("info", "domain", "glue.waits", "<t:info xmlns:t=\"" URI "epp:ttl-1.0\" policy=\"true\"/>"), 1000);
	assert_non_null(strstr(a->text, "<ttl:ttl for=\"DS\" min="));
	client_end(a);
}

/* ── figures ── */
enum { BENCH_MAX = 200, SLOW_MS = 2000 };
enum bench_kind { BENCH_CHECK, BENCH_INFO, BENCH_CREATE };
struct bench {
	int64_t usec;
	int no, done, pause;
	enum bench_kind kind;
	int took[SLOW_MS + 1]; /* answers by milliseconds */
};
static pthread_barrier_t ready;

static void bench_one(struct client *c, const struct bench *b, int64_t run)
{
	char text[4096], name[64];
	snprintf(name, sizeof name, "bench-%d-%d-%lld.test", b->no, b->done, (long long)(run % 1000000));
	if (b->kind == BENCH_CREATE)
		snprintf(text, sizeof text, CREATE_DOMAIN, name, "alpha", "alpha", "alpha");
	else if (b->kind == BENCH_INFO)
		snprintf(text, sizeof text, COMMAND(OBJECT("info", "domain", NAME("%s"))), "example.test");
	else
		snprintf(text, sizeof text, COMMAND(OBJECT("check", "domain", NAME("%s"))), name);
	say(c, text);
	hear(c);
	if (!strstr(c->text, "code=\"1000\""))
		fail_msg("%s", c->text);
}

static void *bench_run(void *arg)
{
	struct bench *b = arg;
	struct client *c = enter(0);
	pthread_barrier_wait(&ready);
	int64_t from = clock_mono(), at = from;
	usleep((useconds_t)(b->pause ? b->pause / BENCH_MAX * b->no : 0));
	while ((at = clock_mono()) < from + b->usec) {
		bench_one(c, b, from);
		int64_t ms = (clock_mono() - at) / 1000;
		b->took[ms < SLOW_MS ? ms : SLOW_MS]++;
		b->done++;
		if (b->pause > clock_mono() - at)
			usleep((useconds_t)(b->pause - (clock_mono() - at)));
	}
	client_end(c);
	return NULL;
}

static void bench(const char *what, enum bench_kind kind, int sessions, int pause, int64_t usec)
{
	static struct bench b[BENCH_MAX];
	pthread_t t[BENCH_MAX];
	int64_t all = 0, seen = 0;
	int p99 = 0;
	pthread_barrier_init(&ready, NULL, (unsigned)sessions + 1);
	for (int i = 0; i < sessions; i++) {
		b[i] = (struct bench){ .usec = usec, .no = i, .kind = kind, .pause = pause };
		pthread_create(&t[i], NULL, bench_run, &b[i]);
	}
	pthread_barrier_wait(&ready);
	clock_t cpu = clock();
	for (int i = 0; i < sessions; i++) {
		pthread_join(t[i], NULL);
		all += b[i].done;
	}
	cpu = clock() - cpu;
	for (; p99 < SLOW_MS && seen < all - all / 100; p99++)
		for (int i = 0; i < sessions; i++)
			seen += b[i].took[p99];
	print_message("%s: %.0f/s over %d sessions, 99 %% within %d ms, %.0f µs CPU each, the client's included\n",
		      what, (double)all * 1e6 / (double)usec, sessions, p99, (double)cpu / (double)all);
	pthread_barrier_destroy(&ready);
}

static void test_bench(void **state)
{
	const char *seconds = getenv("EPP_BENCH");
	int64_t usec = seconds ? strtol(seconds, NULL, 10) * USEC : 0;
	if (!usec)
		skip();
	xmlSchema *keep = schemas;
	schemas = NULL;
	bench("check", BENCH_CHECK, 8, 0, usec);
	bench("info", BENCH_INFO, 8, 0, usec);
	bench("create", BENCH_CREATE, 64, 0, usec);
	bench("create at 500/s", BENCH_CREATE, 200, 400000, usec);
	schemas = keep;
}

static int setup(void **state)
{
	struct err e = { 0 };
	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(dir))
		return -1;
	certificate("epp", NULL);
	for (int i = 0; i < 2; i++) {
		certificate(registrars[i], fingerprint[i]);
		tls[i] = client_tls(registrars[i]);
	}
	db = teststore_open_with(0, 1);
	struct arena *mem = arena_new((size_t)8 << 20);
	struct req rq = { .mem = mem, .who = &actor_cli };
	if (!db || store_write(db, &rq, set_up, NULL)) {
		print_message("%s\n", rq.err.msg);
		return -1;
	}
	arena_free(mem);
	cfg.epp_listen = (char *)"127.0.0.1:0";
	cfg.epp_cert = cfg.epp_key = (char *)"";
	cfg.site_name = (char *)"Test";
	snprintf(cfg.dir, sizeof cfg.dir, "%s", dir);
	schemas = schemas_load();
	server = epp_start(&(struct epp_opts){ .cfg = &cfg, .store = db, .accepts = 1000, .fresh_net = 400 }, &e);
	client_port = server ? epp_port(server) : 0;
	return server ? 0 : -1;
}

static int teardown(void **state)
{
	epp_stop(server);
	store_close(db);
	for (int i = 0; i < 2; i++)
		SSL_CTX_free(tls[i]);
	xmlSchemaFree(schemas);
	client_clean((const char *const[]){ "epp", "alpha", "beta" }, 3);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),	      cmocka_unit_test(test_renew_and_transfer),
		cmocka_unit_test(test_restore),	      cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_locked),	      cmocka_unit_test(test_glue_ttl),
		cmocka_unit_test(test_what_is_named), cmocka_unit_test(test_bench),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
