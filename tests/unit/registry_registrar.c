#include "registryhelp.h"
#include "ledger/ledger.h"
#include "who/account.h"

struct add {
	struct registrar r;
	int64_t credit;
	char why[256];
};

static enum st do_add(struct req *rq, void *arg)
{
	struct add *a = arg;
	enum st st = registrar_add(rq, &a->r, a->credit, "TWD");
	snprintf(a->why, sizeof a->why, "%s", st ? rq->err.msg : "");
	return st;
}

static enum st add(struct place *p, char *handle, char *name, int64_t credit)
{
	struct add a = { { .handle = handle, .name = name, .email = "ops@example.com", .lang = "zh-TW" }, credit, "" };
	return in_write(p, do_add, &a);
}

static struct registrar get(struct place *p, const char *handle)
{
	struct registrar r;
	struct req rq = on_reader(p);
	assert_ok(registrar_get(&rq, handle, &r));
	store_reader_done(p->s);
	return r;
}

static int64_t balance(struct place *p, const char *account)
{
	int64_t n = 0;
	char currency[4];
	struct req rq = on_reader(p);
	assert_ok(ledger_balance(&rq, account, &n, currency));
	store_reader_done(p->s);
	return n;
}

/* A registrar has an account of its own, which its first deposit fills from cash. */
static void add_body(struct place *p)
{
	struct registrar list[5];
	int n;
	assert_ok(add(p, "acme", "Acme Names", 100000));
	assert_st(add(p, "acme", "Another", 0), ST_CONFLICT);
	assert_ok(add(p, "bravo", "Bravo", 5000));
	struct registrar r = get(p, "acme");
	assert_string_equal(r.name, "Acme Names");
	assert_string_equal(r.lang, "zh-TW");
	assert_int_equal(r.disabled_at, 0);
	assert_int_equal(balance(p, "registrar:acme"), 100000);
	assert_int_equal(balance(p, "cash"), -105000);
	struct req rq = on_reader(p);
	assert_ok(registrar_list(&rq, list, 5, &n));
	assert_int_equal(n, 2);
	assert_string_equal(list[1].handle, "bravo");
	assert_st(registrar_get(&rq, "nobody", &r), ST_NOTFOUND);
	store_reader_done(p->s);
}
ON_EACH_DRIVER(adds, add_body)

/* RFC5730-4: clIDType */
static void refused_body(struct place *p)
{
	assert_st(add(p, "ab", "Name", 0), ST_INVALID);
	assert_st(add(p, "seventeen-letters", "Name", 0), ST_INVALID);
	assert_st(add(p, "has blank", "Name", 0), ST_INVALID);
	assert_st(add(p, "-dash", "Name", 0), ST_INVALID);
	assert_st(add(p, "good", "", 0), ST_INVALID);
	assert_st(add(p, "good", "two\nlines", 0), ST_INVALID);
	assert_st(add(p, "good", "Name", -1), ST_INVALID);
	p->who = as("bravo");
	assert_st(add(p, "good", "Name", 0), ST_DENIED);
	assert_int_equal(number_of(p, "SELECT count(*) FROM registry_registrar"), 0);
}
ON_EACH_DRIVER(refused, refused_body)

struct set {
	const char *handle, *value;
	enum st (*fn)(struct req *rq, const char *handle, const char *value);
};

static enum st do_set(struct req *rq, void *arg)
{
	struct set *s = arg;
	return s->fn(rq, s->handle, s->value);
}

static enum st set(struct place *p, enum st (*fn)(struct req *, const char *, const char *), const char *handle,
		   const char *value)
{
	return in_write(p, do_set, &(struct set){ handle, value, fn });
}

static enum st cert_add(struct req *rq, const char *handle, const char *fingerprint)
{
	struct certificate c = { 0 };
	snprintf(c.fingerprint, sizeof c.fingerprint, "%s", fingerprint);
	return registrar_cert_add(rq, handle, &c);
}

static enum st cert_expired(struct req *rq, const char *handle, const char *fingerprint)
{
	struct certificate c = { .expired = true };
	snprintf(c.fingerprint, sizeof c.fingerprint, "%s", fingerprint);
	return registrar_cert_add(rq, handle, &c);
}

static enum st cert_weak(struct req *rq, const char *handle, const char *fingerprint)
{
	struct certificate c = { .rsa_bits = 1024 };
	snprintf(c.fingerprint, sizeof c.fingerprint, "%s", fingerprint);
	return registrar_cert_add(rq, handle, &c);
}

static enum st do_disable(struct req *rq, void *arg)
{
	return registrar_disable(rq, "acme", *(bool *)arg);
}

static void password_body(struct place *p)
{
	assert_ok(add(p, "acme", "Acme", 0));
	clock_set_for_test(T0 + DAY);
	assert_ok(set(p, registrar_password_set, "acme", "$argon2id$one"));
	struct registrar r = get(p, "acme");
	assert_string_equal(r.password, "$argon2id$one");
	assert_int_equal(r.password_set_at, T0 + DAY);
	assert_st(set(p, registrar_password_set, "nobody", "x"), ST_NOTFOUND);
	p->who = as("bravo");
	assert_st(set(p, registrar_password_set, "acme", "x"), ST_DENIED);
	p->who = as("acme");
	assert_ok(set(p, registrar_password_set, "acme", "$argon2id$two"));
	p->who = actor_cli;
	bool off = true;
	assert_ok(in_write(p, do_disable, &off));
	assert_int_equal(get(p, "acme").disabled_at, T0 + DAY);
	off = false;
	assert_ok(in_write(p, do_disable, &off));
	assert_int_equal(get(p, "acme").disabled_at, 0);
	struct former f[10];
	int n;
	struct req rq = on_reader(p);
	assert_ok(registry_history(&rq, "registrar", "acme", 0, f, 10, &n));
	assert_int_equal(n, 5);
	for (int i = 0; i < n; i++)
		assert_null(strstr(f[i].object, "argon2"));
	store_reader_done(p->s);
}
ON_EACH_DRIVER(password, password_body)

struct change {
	const char *handle;
	struct registrar_change to;
};

static enum st do_change(struct req *rq, void *arg)
{
	struct change *c = arg;
	return registrar_set(rq, c->handle, &c->to);
}

static enum st change(struct place *p, const char *handle, struct registrar_change to)
{
	return in_write(p, do_change, &(struct change){ handle, to });
}

#define KEPT .session_max = REGISTRAR_KEEP, .rate = REGISTRAR_KEEP, .low_balance = REGISTRAR_KEEP

/* What is given changes, nothing else; the registry alone does it, and a refusal leaves all as it was. */
static void changed_body(struct place *p)
{
	int64_t versions;
	assert_ok(add(p, "acme", "Acme", 0));
	p->who = as("acme");
	assert_st(change(p, "acme", (struct registrar_change){ .rate = 9000, .session_max = 9000 }), ST_DENIED);
	p->who = as("bravo");
	assert_st(change(p, "acme", (struct registrar_change){ .name = "Taken over", KEPT }), ST_DENIED);
	p->who = actor_cli;
	assert_st(change(p, "nobody", (struct registrar_change){ .name = "Name", KEPT }), ST_NOTFOUND);
	static const struct registrar_change bad[] = {
		{ .name = "", KEPT },	 { .name = "two\nlines", KEPT },
		{ .email = "no", KEPT }, { .lang = "no tag", KEPT },
		{ .rate = -2 },		 { .email = "new@example.com", .session_max = -2, .low_balance = 5 },
	};
	versions = number_of(p, "SELECT count(*) FROM registry_history");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_st(change(p, "acme", bad[i]), ST_INVALID);
	assert_int_equal(number_of(p, "SELECT count(*) FROM registry_history"), versions);
	assert_int_equal(number_of(p, "SELECT low_balance FROM registry_registrar"), 0);
	struct registrar r = get(p, "acme");
	assert_string_equal(r.name, "Acme");
	assert_string_equal(r.email, "ops@example.com");
	assert_ok(change(p, "acme", (struct registrar_change){ .name = "Acme Names", KEPT }));
	assert_ok(change(
		p, "acme",
		(struct registrar_change){
			.email = "", .lang = "en", .session_max = 3, .rate = 7, .low_balance = REGISTRAR_KEEP }));
	r = get(p, "acme");
	assert_string_equal(r.name, "Acme Names");
	assert_string_equal(r.email, "");
	assert_string_equal(r.lang, "en");
	assert_int_equal(r.session_max, 3);
	assert_int_equal(r.rate, 7);
	assert_int_equal(number_of(p, "SELECT count(*) FROM registry_history WHERE verb = 'registrar-changed'"), 2);
	struct registrar_change below = { KEPT };
	below.low_balance = 5000;
	assert_ok(change(p, "acme", below));
	assert_int_equal(number_of(p, "SELECT low_balance FROM registry_registrar"), 5000);
	assert_int_equal(number_of(p, "SELECT count(*) FROM registry_history"), versions + 2);
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE verb = 'low-balance-set'"), 1);
}
ON_EACH_DRIVER(changed, changed_body)

static void certificates_body(struct place *p)
{
	static const char one[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
			  two[] = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
	struct registrar_cert c[4];
	int n;
	assert_ok(add(p, "acme", "Acme", 0));
	assert_ok(set(p, cert_add, "acme", one));
	assert_ok(set(p, cert_add, "acme", one));
	assert_ok(set(p, cert_add, "acme", two));
	assert_st(set(p, cert_add, "acme", "AA"), ST_INVALID);
	assert_st(set(p, cert_add, "nobody", one), ST_NOTFOUND);
	assert_ok(set(p, registrar_cert_remove, "acme", two));
	assert_st(set(p, cert_expired, "acme", two), ST_INVALID);
	assert_st(set(p, cert_weak, "acme", two), ST_INVALID);
	assert_ok(add(p, "bravo", "Bravo", 0));
	assert_st(set(p, cert_add, "bravo", one), ST_CONFLICT);
	p->who = as("bravo");
	assert_st(set(p, cert_add, "bravo", one), ST_CONFLICT);
	p->who = actor_cli;
	assert_st(set(p, registrar_cert_remove, "acme", two), ST_NOTFOUND);
	struct req rq = on_reader(p);
	assert_ok(registrar_certs(&rq, "acme", c, 4, &n));
	assert_int_equal(n, 1);
	assert_string_equal(c[0].fingerprint, one);
	assert_ok(registrar_cert_ok(&rq, "acme", one));
	assert_st(registrar_cert_ok(&rq, "acme", two), ST_DENIED);
	assert_st(registrar_cert_ok(&rq, "bravo", one), ST_DENIED);
	store_reader_done(p->s);
}
ON_EACH_DRIVER(certificates, certificates_body)

/* A registrar that hands on from certificate to certificate does not fill the table. */
static void certificates_capped_body(struct place *p)
{
	char print[65];
	assert_ok(add(p, "acme", "Acme", 0));
	assert_ok(add(p, "bravo", "Bravo", 0));
	for (int i = 0; i < REGISTRAR_CERTS; i++) {
		snprintf(print, sizeof print, "%064x", i);
		assert_ok(set(p, cert_add, "acme", print));
	}
	assert_ok(set(p, cert_add, "acme", print)); /* known already */
	snprintf(print, sizeof print, "%064x", REGISTRAR_CERTS);
	assert_st(set(p, cert_add, "acme", print), ST_LIMIT);
	assert_ok(set(p, cert_add, "bravo", print));
	assert_int_equal(number_of(p, "SELECT count(*) FROM registry_cert WHERE registrar = 'acme'"), REGISTRAR_CERTS);
	char first[65];
	snprintf(first, sizeof first, "%064x", 0);
	assert_ok(set(p, registrar_cert_remove, "acme", first));
	snprintf(print, sizeof print, "%064x", REGISTRAR_CERTS + 1);
	assert_ok(set(p, cert_add, "acme", print));
}
ON_EACH_DRIVER(certificates_capped, certificates_capped_body)

/* RFC5730-4: pwType is 6 to 16 characters; and what we store is made of it by the rules for all passwords */
static void password_made(void **state)
{
	char a[17], b[17];
	struct err e;
	registrar_password_make(a);
	registrar_password_make(b);
	assert_int_equal(strlen(a), 16);
	assert_string_not_equal(a, b);
	assert_ok(password_check(a, NULL, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adds),		 cmocka_unit_test(refused),	 cmocka_unit_test(password),
		cmocka_unit_test(changed),	 cmocka_unit_test(certificates), cmocka_unit_test(certificates_capped),
		cmocka_unit_test(password_made),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
