/* lookupworld.h — a small world of look-ups: imported files, and a zone of the registry's own. */
#ifndef TESTS_LOOKUPWORLD_H
#define TESTS_LOOKUPWORLD_H
#include "importhelp.h"
#include "base/idn.h"
#include "base/json.h"
#include "cli/cli.h"
#include "cli/lookup_check.h"
#include "front/rdap/rdap.h"
#include "front/whois/whois.h"
#include "holder/holder.h"
#include "lookup/partner.h"
#include "lookup/search.h"
#include "lookup/service.h"
#include "names/find.h"
#include "store/journal.h"

/* What main has: the comparison is a command's. */
const struct command *const command_tables[] = { NULL };

#define DAY (86400 * USEC)

static const char gen[] __attribute__((unused)) =
	"price create 10 TWD per-year\nprice renew 10 TWD per-year\nlabel-min 2\n";
static const char holdings[] __attribute__((unused)) = "2|apnic|20210715|5|19830613|20210714|+1000\n"
						       "apnic|TW|ipv4|1.34.0.0|131072|20100505|allocated|A91\n"
						       "apnic|TW|ipv4|1.160.0.0|768|20091204|assigned|A92\n"
						       "apnic|JP|ipv4|1.0.16.0|4096|20110412|allocated|A93\n"
						       "apnic|TW|ipv6|2001:b000::|20|20050101|allocated|A91\n"
						       "apnic|TW|asn|3462|1|19940101|allocated|A91\n";
static const char names_text[] __attribute__((unused)) =
	"name,registered,expires,sponsor,holder,holder_kind,country,status,nameservers\n"
	"maple.com.tw,2015-03-01,2027-03-01,reg-1,\"Maple \"\"Trading\"\", "
	"Ltd\",org,TW,clientHold;serverTransferProhibited,ns1.maple.com.tw "
	"ns2.other.net\n"
	"mei.idv.tw,2018-01-01,,reg-1,Mei Chen Private,person,TW,ok,\n"
	"unknown.tw,,,,Somebody Nameless,,,,\n"
	"bare.tw,,,,,,,,\n"
	"茶園示範.台灣,2020-02-02,2030-02-02,reg-9,茶園有限公司,org,TW,active,ns1.茶園示範.台灣\n";
static const char contacts[] __attribute__((unused)) =
	"resource,organisation,role,email,phone,lang,source,verified_at\n"
	"1.34.0.0/15,Big Telecom,abuse,abuse@telecom.example,+886.21,zh-TW,irt,2026-01-01\n"
	"as3462,Big Telecom,abuse,noc@telecom.example,,zh-TW,irt,\n"
	"maple.com.tw,Maple Trading,abuse,abuse@maple.example,,zh-TW,registry,\n"
	"mei.idv.tw,Mei Chen Private,admin,mei.private@mail.example,,zh-TW,registry,\n"
	"sponsor:reg-1,Cedar Names,abuse,abuse@cedar.example,,en,registry,\n";

/* ── the world ── */

static inline struct contact_object person_object(const char *handle, const char *org)
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

static inline enum st objects(struct req *rq)
{
	static const struct actor a = { .id = "registrar:alpha" };
	struct outcome why;
	struct contact_object c = person_object("PER1", NULL), d = person_object("ORG1", "Acme Ltd");
	struct host_object h = { .name = "ns1.example.net" };
	rq->who = &a;
	return contact_create(rq, &c, &why) || contact_create(rq, &d, &why) || host_create(rq, &h, &why) ? rq->err.code
													 : ST_OK;
}

static inline enum st do_world(struct req *rq, void *arg)
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

static inline enum st do_domain(struct req *rq, void *arg)
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

static inline void make_domain(struct place *p, const char *name, const char *registrant, int ns, int ds)
{
	struct making m = { name, registrant, ds, ns };
	struct req rq = place_req(p);
	if (store_write(p->s, &rq, do_domain, &m))
		fail_msg("%s: %s", name, rq.err.msg);
}

static inline void world(struct place *p)
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

static inline struct look *find_at(struct place *p, enum look_kind kind, const char *what, enum look_level level,
				   int64_t at, enum st want)
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

static inline struct look *find(struct place *p, enum look_kind kind, const char *what, enum look_level level)
{
	return find_at(p, kind, what, level, 0, ST_OK);
}

/* Generated lines: every field sometimes empty, hostile or very long. */
static inline char *odd_names(struct place *p, int n)
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
#endif
