/* Deposits read back: what is taken, and what is said of one in the wrong order, with wrong counts, with what does not
 * belong in it, cut off, or larger than anything real. Each case is a deposit made of pieces. */
#include "codec_help.h"
#include "names/rde.h"

#define URN "urn:ietf:params:xml:ns:"
#define OPEN                                                                                                           \
	"<d:deposit type=\"FULL\" id=\"20261122001\" resend=\"2\" xmlns:d=\"" URN "rde-1.0\" xmlns:h=\"" URN           \
	"rdeHeader-1.0\" xmlns:p=\"" URN "rdePolicy-1.0\" xmlns:r=\"" URN "rdeRegistrar-1.0\" xmlns:c=\"" URN          \
	"rdeContact-1.0\" xmlns:o=\"" URN "rdeHost-1.0\" xmlns:n=\"" URN "rdeDomain-1.0\" xmlns:x=\"urn:other\">\n"
#define WATERMARK "<d:watermark>2026-11-22T13:34:09Z</d:watermark>\n"
#define MENU "<d:rdeMenu><d:version>1.0</d:version></d:rdeMenu>\n"
#define TLD "<h:tld>tw</h:tld>"
#define COUNT(kind, n) "<h:count uri=\"" URN kind "-1.0\">" n "</h:count>"
#define HEADER(counts) "<h:header>" TLD counts "</h:header>\n"
#define CONTENTS(all) "<d:contents>\n" all "</d:contents>\n"
#define CLOSE "</d:deposit>\n"
#define DEPOSIT(all) OPEN WATERMARK MENU CONTENTS(all) CLOSE
#define REGISTRAR "<r:registrar><r:id>alpha</r:id><r:name>Alpha &amp; Sons</r:name></r:registrar>\n"
#define HOST(children)                                                                                                 \
	"<o:host><o:name>ns1.a.tw</o:name><o:roid>H1-NIC</o:roid>" children "<o:clID>alpha</o:clID></o:host>\n"
#define DOMAIN                                                                                                         \
	"<n:domain><n:name>a.tw</n:name><n:roid>D1-NIC</n:roid><n:status "                                             \
	"s=\"ok\"/><n:clID>alpha</n:clID></n:domain>\n"
/* One domain, with all the header's counts. */
#define OF_DOMAIN(domain) DEPOSIT(HEADER(COUNT("rdeDomain", "1")) domain)

struct pieces {
	const char *p;
	size_t n;
	int64_t fails_at; /* −1 never */
};
struct seen {
	int n;
	enum rde_kind kind[8];
	char key[8][512], text[8][400];
};
static struct seen seen;
static struct rde_deposit deposit;

static long piece(void *ctx, char *to, size_t room, struct err *err)
{
	struct pieces *s = ctx;
	size_t n = s->n < 37 ? s->n : 37;
	n = n < room ? n : room;
	if (s->fails_at >= 0 && (s->fails_at -= (int64_t)n) < 0)
		return err_set(err, ST_INTERNAL, "the disk is broken"), -1;
	memcpy(to, s->p, n);
	s->p += n;
	s->n -= n;
	return (long)n;
}

static enum st found(void *ctx, const struct rde_object *o, struct err *err)
{
	struct seen *s = ctx;
	if (s->n == 8)
		return err_set(err, ST_LIMIT, "enough seen");
	s->kind[s->n] = o->kind;
	snprintf(s->key[s->n], sizeof *s->key, "%s", o->key);
	snprintf(s->text[s->n++], sizeof *s->text, "%s", o->text);
	return ST_OK;
}

static enum st read_it(const char *xml, bool counted)
{
	struct pieces s = { xml, strlen(xml), -1 };
	seen.n = 0;
	err_clear(&e);
	deposit.counts = (struct rde_counts){ { counted ? 0 : RDE_UNCOUNTED } };
	return rde_read(piece, &s, found, &seen, &deposit, mem, &e);
}

static void good(const char *xml)
{
	if (read_it(xml, true))
		fail_msg("%s", e.msg);
}

static void refused(const char *xml, const char *why)
{
	if (read_it(xml, true) != ST_INVALID)
		fail_msg("taken, and should say: %s", why);
	says(why);
	assert_true(!strncmp(e.msg, "line ", 5) || !strncmp(e.msg, "the header ", 11));
}

static void a_whole_one(void **state)
{
	good(DEPOSIT(HEADER(COUNT("rdeRegistrar", "1") COUNT("rdeHost", "1") COUNT("rdeDomain", "1"))
			     REGISTRAR HOST("<o:status s=\"ok\"/><o:status s=\"linked\"/><o:addr "
					    "ip=\"v4\"> 198.35.26.1</o:addr>") DOMAIN));
	assert_string_equal(deposit.zone, "tw");
	assert_string_equal(deposit.id, "20261122001");
	assert_int_equal(deposit.resend, 2);
	assert_int_equal(deposit.watermark, time_from_civil(2026, 11, 22, 13, 34, 9));
	assert_int_equal(deposit.counts.n[RDE_DOMAIN], 1);
	assert_int_equal(seen.n, 3);
	assert_int_equal(seen.kind[0], RDE_REGISTRAR);
	assert_string_equal(seen.key[0], "alpha");
	assert_string_equal(seen.text[0], "registrar\n1 id: alpha\n1 name: Alpha & Sons");
	assert_string_equal(seen.key[1], "ns1.a.tw");
	assert_null(strstr(seen.text[1], "linked")); /* it follows from other objects */
	assert_non_null(strstr(seen.text[1], "\n1 status s=ok\n1 addr ip=v4: "));
	assert_int_equal(seen.kind[2], RDE_DOMAIN);
	good(DEPOSIT(HEADER("")));
	assert_int_equal(seen.n, 0);
}

static void wrong_order(void **state)
{
	static const char missing[] = "watermark, menu, contents or header is missing";
	refused(OPEN MENU WATERMARK CONTENTS(HEADER("")) CLOSE, "the element rdeMenu does not belong here");
	refused(OPEN WATERMARK CONTENTS(HEADER("")) CLOSE, "the element contents does not belong here");
	refused(OPEN WATERMARK WATERMARK, "the element watermark does not belong here");
	refused(OPEN WATERMARK MENU MENU, "the element rdeMenu does not belong here");
	refused(OPEN WATERMARK MENU CONTENTS(HEADER("")) CONTENTS("") CLOSE,
		"the element contents does not belong here");
	refused(DEPOSIT(REGISTRAR HEADER("")), "the header comes first");
	refused(DEPOSIT(HEADER("") HEADER("")), "a second header");
	refused(DEPOSIT(""), missing);
	refused(OPEN WATERMARK MENU CLOSE, missing);
	refused(OPEN CLOSE, missing);
	refused(OF_DOMAIN("<n:domain><n:roid>D1</n:roid></n:domain>"), "domain: name is missing before roid");
	refused(OF_DOMAIN("<n:domain><n:name>a.tw</n:name><n:roid>D1</n:roid><n:clID>x</n:clID></n:domain>"),
		"domain: status is missing before clID");
	refused(OF_DOMAIN("<n:domain><n:name>a.tw</n:name><n:roid>D1</n:roid><n:status s=\"ok\"/><n:clID>x</n:clID>"
			  "<n:registrant>H</n:registrant></n:domain>"),
		"domain: the element registrant does not belong there");
}

static void wrong_counts(void **state)
{
	refused(DEPOSIT(HEADER(COUNT("rdeDomain", "2")) DOMAIN),
		"the header counts 2 objects of the kind domain, but there are 1");
	refused(DEPOSIT(HEADER(COUNT("rdeDomain", "1") COUNT("rdeHost", "1")) DOMAIN),
		"the header counts 1 objects of the kind host, but there are 0");
	refused(DEPOSIT(HEADER("") REGISTRAR), "the header does not count the kind registrar");
	refused(DEPOSIT(HEADER(COUNT("rdeDomain", "1") COUNT("rdeDomain", "1")) DOMAIN),
		"two counts of " URN "rdeDomain-1.0");
	refused(DEPOSIT(HEADER(COUNT("rdeMoon", "1"))), "a count of unknown objects: " URN "rdeMoon-1.0");
	refused(DEPOSIT(HEADER(COUNT("rdeDomain", "-1"))), "a count needs a uri and a number");
	refused(DEPOSIT(HEADER(COUNT("rdeDomain", "many"))), "a count needs a uri and a number");
	refused(DEPOSIT(HEADER(COUNT("rdeDomain", "99999999999999999999"))), "a count needs a uri and a number");
	refused(DEPOSIT(HEADER("<h:count>1</h:count>")), "a count needs a uri and a number");
	assert_int_equal(read_it(DEPOSIT(HEADER(COUNT("rdeDomain", "2")) DOMAIN), false), ST_OK);
	good(DEPOSIT(HEADER("") "<p:policy scope=\"/\" element=\"n:registrant\"/>")); /* need not be counted */
}

static void what_does_not_belong(void **state)
{
	refused("<deposit/>", "line 1: this is no deposit (RFC 8909)");
	refused(DEPOSIT("<h:header/>"), "the header is empty");
	refused(DEPOSIT("<h:header></h:header>"), "the header names no tld");
	refused(DEPOSIT("<h:header>" TLD TLD "</h:header>"), "a second tld");
	refused(DEPOSIT("<h:header>" TLD "<h:moon/></h:header>"), "the element moon does not belong in the header");
	refused(DEPOSIT("<h:header><h:tld><h:tld/></h:tld></h:header>"), "the element tld does not belong here");
	refused(DEPOSIT(HEADER("") "<x:moon/>"), "an object of an unknown kind: moon");
	refused(DEPOSIT(HEADER("") "<x:domain/>"), "an object of an unknown kind: domain");
	refused(OF_DOMAIN("<n:domain><n:moon/></n:domain>"), "domain: name is missing before moon");
	refused(OF_DOMAIN("<n:domain><x:name>a.tw</x:name></n:domain>"),
		"domain: the element name is of another namespace");
	refused(OF_DOMAIN("<n:domain/>"), "domain: name is missing");
	refused(OF_DOMAIN("<n:domain><n:name>a.tw</n:name></n:domain>"), "domain: roid is missing");
	refused(OF_DOMAIN("<n:domain><n:name/><n:roid>D1</n:roid><n:status s=\"ok\"/><n:clID>x</n:clID></n:domain>"),
		"domain without name");
	refused(OPEN "text" CLOSE, "text where elements stand");
	refused(OPEN "<d:watermark>soon</d:watermark>", "the watermark is no time");
	refused("<!DOCTYPE d [<!ENTITY e \"x\">]><d/>", "a deposit has no DTD, entities or processing instructions");
	refused(OPEN "<?run it?>" CLOSE, "a deposit has no DTD, entities or processing instructions");
}

static void attributes(void **state)
{
#define ROOT(attributes) "<d:deposit xmlns:d=\"" URN "rde-1.0\" " attributes "/>"
	refused(ROOT("id=\"1\""), "a deposit of type none; only FULL is known");
	refused(ROOT("type=\"DIFF\" id=\"1\""), "a deposit of type DIFF; only FULL is known");
	refused(ROOT("type=\"FULL\""), "the deposit needs an id of 1 to 13 characters");
	refused(ROOT("type=\"FULL\" id=\"\""), "the deposit needs an id of 1 to 13 characters");
	refused(ROOT("type=\"FULL\" id=\"12345678901234\""), "the deposit needs an id of 1 to 13 characters");
	refused(ROOT("type=\"FULL\" id=\"1\" resend=\"-1\""), "resend is a number");
	refused(ROOT("type=\"FULL\" id=\"1\" resend=\"100001\""), "resend is a number");
	refused(ROOT("type=\"FULL\" id=\"1234567890123\""), "watermark, menu, contents or header is missing");
}

/* Cut after each byte: always refused, never half taken. */
static void cut_off(void **state)
{
	static const char xml[] = DEPOSIT(HEADER(COUNT("rdeDomain", "1")) DOMAIN);
	for (size_t n = 0; n < sizeof xml - 2; n++) {
		struct pieces s = { xml, n, -1 };
		err_clear(&e);
		deposit.counts = (struct rde_counts){ { 0 } };
		arena_reset(mem);
		if (rde_read(piece, &s, NULL, NULL, &deposit, mem, &e) != ST_INVALID)
			fail_msg("taken: the first %zu bytes", n);
		assert_true(e.msg[0]);
	}
	refused(OPEN WATERMARK MENU "<d:contents>" CLOSE, "tag mismatch");
	refused(DEPOSIT(HEADER("")) "<more/>", "line 8: Extra content");
}

static void a_source_that_fails(void **state)
{
	static const char xml[] = DEPOSIT(HEADER(COUNT("rdeDomain", "1")) DOMAIN);
	for (int64_t at = 0; at < (int64_t)sizeof xml - 1; at += 97) {
		struct pieces s = { xml, sizeof xml - 1, at };
		err_clear(&e);
		assert_int_not_equal(rde_read(piece, &s, NULL, NULL, &deposit, mem, &e), ST_OK);
		assert_int_equal(e.code, ST_INTERNAL);
		says("the disk is broken");
	}
}

/* `middle` n times between the two. */
static char *around(const char *before, const char *middle, int n, const char *after)
{
	size_t b = strlen(before), m = strlen(middle), a = strlen(after);
	char *s = test_malloc(b + m * (size_t)n + a + 1), *p = s;
	memcpy(p, before, b);
	p += b;
	for (int i = 0; i < n; i++, p += m)
		memcpy(p, middle, m);
	memcpy(p, after, a + 1);
	return s;
}

static void limit(const char *before, const char *middle, int n, const char *after, const char *why)
{
	char *xml = around(before, middle, n, after);
	if (why)
		refused(xml, why);
	else
		good(xml);
	test_free(xml);
}

#define IN_HOST(middle) OPEN WATERMARK MENU "<d:contents>" HEADER(COUNT("rdeHost", "1")) middle
#define HOST_OPEN "<o:host><o:name>ns1.a.tw</o:name><o:roid>H1</o:roid>"
#define HOST_CLOSE "<o:clID>alpha</o:clID></o:host></d:contents>" CLOSE
#define NAME_OPEN IN_HOST("<o:host><o:name>")
#define NAME_CLOSE "</o:name><o:roid>H1</o:roid><o:status s=\"ok\"/>" HOST_CLOSE

static void limits(void **state)
{
	static const char status[] = "<o:status s=\"x\"/>", addr[] = "<o:addr>198.35.26.1</o:addr>";
	limit(IN_HOST(HOST_OPEN), status, 7, HOST_CLOSE, NULL);
	limit(IN_HOST(HOST_OPEN), status, 8, HOST_CLOSE, "host: more than 7 of status");
	limit(IN_HOST(HOST_OPEN "<o:status s=\"ok\"/>"), addr, 10000, HOST_CLOSE, NULL);
	limit(IN_HOST(HOST_OPEN "<o:status s=\"ok\"/>"), addr, 20000, HOST_CLOSE,
	      "host: the object is larger than 262144 bytes");
	limit(NAME_OPEN, "x", 511, NAME_CLOSE, NULL);
	assert_int_equal(strlen(seen.key[0]), 511);
	limit(NAME_OPEN, "x", 512, NAME_CLOSE, "host: name is too long");
	limit(NAME_OPEN, "<o:x>", 20, "", "elements are nested too deeply");
	limit(OPEN WATERMARK MENU "<d:contents><h:header><h:tld>", "x", 16384, "</h:tld></h:header></d:contents>" CLOSE,
	      NULL);
	limit(OPEN WATERMARK MENU "<d:contents><h:header><h:tld>", "x", 16385, "</h:tld></h:header></d:contents>" CLOSE,
	      "a text is too long");
	limit(OPEN, "<d:x>", 1, "", "the element x does not belong here");
}

/* What the receiver says ends it. */
static void the_receiver_ends_it(void **state)
{
	char *xml = around(OPEN WATERMARK MENU "<d:contents>" HEADER(COUNT("rdeDomain", "9")), DOMAIN, 9,
			   "</d:contents>" CLOSE);
	assert_int_equal(read_it(xml, true), ST_LIMIT);
	assert_string_equal(e.msg, "enough seen");
	assert_int_equal(seen.n, 8);
	test_free(xml);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CODEC_TEST(a_whole_one),	  CODEC_TEST(wrong_order), CODEC_TEST(wrong_counts),
		CODEC_TEST(what_does_not_belong), CODEC_TEST(attributes),  CODEC_TEST(cut_off),
		CODEC_TEST(a_source_that_fails),  CODEC_TEST(limits),	   CODEC_TEST(the_receiver_ends_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
