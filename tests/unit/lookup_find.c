/* Objects as each level sees them, over imported files and the registry's own rows; searches. On both stores. */
#include "lookupworld.h"
#include "who/contact_check.h"

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

/* The chain of the holder question says to the public what RDAP and WHOIS say. */
static void chain_is(struct place *p, const char *name, bool person, const char *holder, const char *first)
{
	struct answer a;
	struct req rq = on_reader(p);
	assert_ok(holder_find(&rq, name, 0, &a));
	assert_true(a.chain[0].person == person);
	assert_ok(look_chain_public(&rq, &a, 0));
	store_reader_done(p->s);
	const char *shown = a.chain[0].contacts ? a.chain[0].contact[0].email : "";
	assert_string_equal(a.chain[0].name ? a.chain[0].name : "", holder);
	assert_string_equal(shown, first);
	if (*first)
		says(p, find(p, LOOK_DOMAIN, name, LEVEL_PUBLIC), first, true);
}

static enum st shy(struct req *rq, void *arg)
{
	static const struct actor a = { .id = "registrar:alpha" };
	struct contact_object c = person_object("SHY1", "Shy Ltd");
	struct outcome why;
	c.disclose_set = true;
	c.disclose = 1u << 2 | 1u << 3 | 1u << 8; /* org int, org loc, email */
	rq->who = &a;
	return contact_create(rq, &c, &why);
}

static void chains(struct place *p)
{
	world(p);
	make_domain(p, "org.test", "ORG1", 0, 0);
	make_domain(p, "person.test", "PER1", 0, 0);
	struct req rq = place_req(p);
	if (store_write(p->s, &rq, shy, NULL))
		fail_msg("%s", rq.err.msg);
	make_domain(p, "shy.test", "SHY1", 0, 0);
	chain_is(p, "org.test", false, "Acme Ltd", "noc@acme.example"); /* as tech; its admin is a person */
	chain_is(p, "person.test", true, "", "noc@acme.example");
	chain_is(p, "shy.test", false, "", "noc@acme.example");
	chain_is(p, "maple.com.tw", false, "Maple \"Trading\", Ltd", "abuse@maple.example");
	chain_is(p, "mei.idv.tw", true, "", "");
	chain_is(p, "unknown.tw", true, "", "");
	chain_is(p, "bare.tw", false, "", "");
}
ON_EACH_DRIVER(test_chains, chains)

/* A registrar's text is kept from answer to answer, and says the same. */
static const char *rdap_of(struct place *p, const char *name, bool with_memo)
{
	struct req rq = on_reader(p);
	struct look_ask q = { .kind = LOOK_DOMAIN, .what = name };
	struct look *l = arena_new_of(p->mem, struct look);
	struct rdap_view v = { .mem = p->mem, .base = "https://reg.example", .now = 5 * DAY };
	BUF_SCOPE b = BUF_INIT;
	if (look_find(&rq, &q, l))
		fail_msg("%s: %s", name, rq.err.msg);
	v.rq = with_memo ? &rq : NULL;
	rdap_render(&b, &v, l);
	store_reader_done(p->s);
	return arena_dup(p->mem, b.p, b.n);
}

static void remembered(struct place *p)
{
	static const char *const names[] = { "maple.com.tw", "mei.idv.tw", "org.test", "maple.com.tw", "unknown.tw" };
	world(p);
	make_domain(p, "org.test", "ORG1", 0, 0);
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			assert_string_equal(rdap_of(p, names[i], true), rdap_of(p, names[i], false));
		assert_non_null(
			strstr(rdap_of(p, "mei.idv.tw", true), round ? "new@cedar.example" : "abuse@cedar.example"));
		if (!round)
			import_ok(p, CONTACTS,
				  "resource,organisation,role,email,phone,lang,source,verified_at\n"
				  "sponsor:reg-1,\"Cedar "
				  "\"\"Names\"\"\",abuse,new@cedar.example,,en,registry,2026-01-01\n");
	}
}
ON_EACH_DRIVER(a_registrar_is_remembered, remembered)

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
	search(p, q, ST_DENIED);
	q.level = LEVEL_PARTNER;
	assert_int_equal(search(p, q, ST_OK)->n, SEARCH_PAGE);
	q.pattern = "acme";
	assert_int_equal(search(p, q, ST_OK)->n, 0);
	q = (struct look_search){ LOOK_DOMAIN, BY_OF_EMAIL, "NOC@acme.example", ROLE_OF_TECH, NULL };
	search(p, q, ST_DENIED);
	q.level = LEVEL_PARTNER;
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
	assert_int_equal(search(p, q, ST_OK)->n, 0);
	q.level = LEVEL_PARTNER;
	assert_int_equal(search(p, q, ST_OK)->n, 2);
	q.pattern = "alpha*";
	assert_int_equal(search(p, q, ST_OK)->n, 1);
	q.level = LEVEL_PUBLIC; /* a registrar */
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

static enum st do_confirm(struct req *rq, void *address)
{
	int64_t id;
	bool fresh;
	if (contact_check_see(rq, &(struct check_seen){ .email = address, .lang = "" }, &id, &fresh))
		return rq->err.code;
	const char *subject = arena_printf(rq->mem, "contact:%lld", (long long)id);
	return journal_append(rq, &(struct fact){ "desk", subject, "contact-confirmed", NULL, 0 });
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
	assert_ok(in_write(p, do_confirm, "noc@acme.example")); /* an address drops what it stands in */
	gone_soon(p, "one.test");
	assert_true(kept(p, "maple.com.tw"));
	assert_ok(in_write(p, do_confirm, "abuse@maple.example"));
	gone_soon(p, "maple.com.tw");
	keep(p, "maple.com.tw");
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

static enum st do_zone(struct req *rq, void *zone)
{
	return zone_authoritative_add(rq, zone, gen, NULL);
}

/* What became the registry's own is not found in files, and not walked through to find that out. */
static void scans(struct place *p)
{
	BUF_SCOPE b = { .max = (size_t)8 << 20 };
	struct find f = { .max = 51 }, names = { .max = 51, .rest = ".tw" };
	struct find_hit hit[51];
	int n = 0;
	world(p);
	buf_str(&b, "name,registered,expires,sponsor,holder,holder_kind,country,status,nameservers\n");
	for (int i = 0; i < FIND_SCAN + 200; i++)
		buf_printf(&b, "imp%05d.tw,,,,H,org,TW,ok,ns1.old.example\n", i);
	import_ok(p, NAMES, buf_cstr(&b));
	assert_int_equal(names_of_server(p, "ns1.old.example", NULL), 10);
	assert_ok(in_write(p, do_zone, "tw"));
	struct req rq = on_reader(p);
	find_exact(p->mem, "ns1.old.example", &f);
	assert_st(find_file_domains_of_hosts(&rq, &f, hit, &n), ST_LIMIT);
	err_clear(&rq.err);
	find_prefix(p->mem, "imp", &names);
	assert_ok(find_file_domains(&rq, &names, hit, &n));
	assert_int_equal(n, 0);
	store_reader_done(p->s);
}
ON_EACH_DRIVER(test_scans, scans)

/* ── the index of name servers ── */

static enum st index_of_before(struct req *rq, void *arg)
{
	static const char *const steps[] = {
		"DROP TABLE names_server",
		"CREATE TABLE names_server(host BYTEA NOT NULL, key BYTEA NOT NULL)",
		"CREATE INDEX names_server_host ON names_server(host, key)",
		"DELETE FROM store_migration WHERE version = 344",
	};
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (sql_run0(rq, steps[i]))
			return rq->err.code;
	for (int i = 0; i < 3; i++)
		if (sql_run(rq, "INSERT INTO names_server(host, key) VALUES($1, $2)", V_BLOB("ns1.maple.com.tw", 16),
			    V_BLOB(i ? "maple.com.tw" : "other.tw", i ? 12 : 8)))
			return rq->err.code;
	return ST_OK;
}

/* A name whose row is another one by now stands there once; an index of before, with pairs twice, is brought along. */
static void servers_once(struct place *p)
{
	static const char pairs[] = "SELECT count(*) FROM names_server";
	BUF_SCOPE many = BUF_INIT;
	struct err e = { 0 };
	world(p);
	int64_t before = number_of(p, pairs);
	buf_str(&many, "name,registered,expires,sponsor,holder,holder_kind,country,status,nameservers\n"
		       "maple.com.tw,2015-03-01,2029-03-01,reg-2,,,,,ns1.maple.com.tw ns2.other.net\n");
	for (int i = 0; i < 99; i++)
		buf_printf(&many, "n%d.com.tw,,,,,,,,ns%d.n.tw ns9.n.tw ns9.n.tw\n", i, i % 2);
	import_ok(p, NAMES, buf_cstr(&many));
	assert_int_equal(number_of(p, pairs), before + 2 * 99);
	assert_ok(in_write(p, index_of_before, NULL));
	store_close(p->s);
	p->s = store_open(&(struct store_opts){ .url = teststore_url(), .create = true }, &e);
	assert_non_null(p->s);
	assert_int_equal(number_of(p, pairs), 2);
}
ON_EACH_DRIVER(servers_stand_there_once, servers_once)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_imported),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_searches),
		cmocka_unit_test(test_partners),
		cmocka_unit_test(test_bootstrap),
		cmocka_unit_test(test_freshness),
		cmocka_unit_test(test_former),
		cmocka_unit_test(test_cursors),
		cmocka_unit_test(servers_stand_there_once),
		cmocka_unit_test(a_registrar_is_remembered),
		cmocka_unit_test(test_chains),
		cmocka_unit_test(test_scans),
	};
	idn_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
