/* EPP sessions over real TLS connections: login and its limits, writes, broken frames, slow and idle clients. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include "epp_client.h"
#include "epp_fake.h"

static struct config cfg;
static struct epp *server;
static SSL_CTX *with_cert, *without_cert;
static char fingerprint[65];

#define EPP(body) "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\">" body "</epp>"
#define COMMAND(body) EPP("<command>" body "<clTRID>ABC-12345</clTRID></command>")
#define HELLO EPP("<hello/>")
#define LOGIN_AS(id, pw, more)                                                                                         \
	COMMAND("<login><clID>" id "</clID><pw>" pw "</pw>" more                                                       \
		"<options><version>1.0</version><lang>en</lang></options><svcs>"                                       \
		"<objURI>urn:ietf:params:xml:ns:domain-1.0</objURI></svcs></login>")
#define LOGIN LOGIN_AS("clientx", "right-password", "")
#define DOMAIN "xmlns:domain=\"urn:ietf:params:xml:ns:domain-1.0\""
#define CHECK COMMAND("<check><domain:check " DOMAIN "><domain:name>a.tw</domain:name></domain:check></check>")
#define CREATE                                                                                                         \
	COMMAND("<create><domain:create " DOMAIN "><domain:name>a.tw</domain:name><domain:authInfo><domain:pw/></"     \
		"domain:authInfo></domain:create></create>")

static struct client *logged_in(void)
{
	struct client *c = client_new(with_cert);
	ask(c, LOGIN, 1000);
	return c;
}

static void wait_sessions(int64_t n)
{
	struct epp_stats st;
	for (int i = 0; i < 500; i++) {
		epp_stats(server, &st);
		if (st.open == n)
			return;
		usleep(10000);
	}
	fail_msg("%lld connections, not %lld", (long long)st.open, (long long)n);
}

/* ── tests ── */

static void test_session(void **state)
{
	struct client *c = client_new(with_cert);
	ask(c, CHECK, 2002);
	ask(c, LOGIN, 1000);
	ask(c, LOGIN, 2002);
	say(c, HELLO);
	assert_non_null(strstr(hear(c), "<greeting>"));
	ask(c, CHECK, 1000);
	assert_non_null(strstr(c->text, "<clTRID>ABC-12345</clTRID><svTRID>"));
	ask(c, CREATE, 1000);
	assert_string_equal(fake.actor, "registrar:clientx");
	assert_int_equal(strncmp(fake.frame, "ABC-12345/", 10), 0);
	ask(c, COMMAND("<logout/>"), 1500);
	assert_null(hear(c));
	client_end(c);
}

static void test_login_refused(void **state)
{
	struct client *c = client_new(without_cert);
	int before = fake.hashes;
	ask(c, LOGIN, 2200);
	client_end(c);
	c = client_new(with_cert);
	ask(c, LOGIN_AS("nobody", "right-password", ""), 2200);
	fake.fingerprint = "another";
	ask(c, LOGIN, 2200);
	/* argon2 ran for none of them: no certificate of that registrar's */
	assert_int_equal(fake.hashes, before);
	client_end(c);
	fake.fingerprint = fingerprint;
	c = client_new(with_cert);
	ask(c, LOGIN_AS("clientx", "wrong-password", ""), 2200);
	ask(c, LOGIN_AS("clientx", "wrong-password", ""), 2200);
	ask(c, LOGIN_AS("clientx", "wrong-password", ""), 2501);
	assert_null(hear(c));
	client_end(c);
	/* Locked now; but without the certificate one is not, and who has neither can't lock out who has. */
	c = client_new(with_cert);
	ask(c, LOGIN, 2501);
	client_end(c);
	sleep(3);
	client_end(logged_in());
	fake.registrar.disabled_at = 1;
	c = client_new(with_cert);
	ask(c, LOGIN, 2200);
	client_end(c);
	fake.registrar.disabled_at = 0;
}

static void signer_taken_back(void)
{
	fake.fingerprint = "another";
}

static void registrar_disabled(void)
{
	fake.registrar.disabled_at = 1;
}

static void password_reset(void)
{
	fake.registrar.password = (char *)"given-by-staff";
}

static void comes_with_successor(SSL_CTX *t, const char *login, int code)
{
	struct client *c = client_new(t);
	ask(c, login, code);
	client_end(c);
	fake.meanwhile = NULL;
	fake.fingerprint = fingerprint;
	fake.registrar.disabled_at = 0;
	fake.registrar.password = (char *)"right-password";
}

/* A new certificate, or password, is taken only if what let it in still does when it is written. */
static void test_taken_back_meanwhile(void **state)
{
	certificate_by("next", "client", NULL);
	SSL_CTX *next = client_tls("next");
	int before = fake.writes;
	fake.meanwhile = signer_taken_back;
	comes_with_successor(next, LOGIN, 2200);
	fake.meanwhile = registrar_disabled;
	comes_with_successor(next, LOGIN, 2200);
	fake.meanwhile = signer_taken_back;
	comes_with_successor(with_cert, LOGIN_AS("clientx", "right-password", "<newPW>long-enough-pw</newPW>"), 2200);
	/* A login that waited must not undo what staff set to keep somebody out. */
	fake.meanwhile = password_reset;
	comes_with_successor(with_cert, LOGIN_AS("clientx", "right-password", "<newPW>long-enough-pw</newPW>"), 2200);
	fake.meanwhile = password_reset;
	comes_with_successor(next, LOGIN, 2200);
	fake.cert_add = ST_LIMIT;
	comes_with_successor(next, LOGIN, 2306);
	fake.cert_add = ST_OK;
	assert_int_equal(fake.writes, before);
	comes_with_successor(next, LOGIN, 1000);
	assert_int_equal(fake.writes, before + 1);
	SSL_CTX_free(next);
}

static void test_stranger_locks_nobody_out(void **state)
{
	for (int i = 0; i < 12; i++) {
		struct client *c = client_new(without_cert);
		say(c, LOGIN);
		hear(c);
		client_end(c);
	}
	client_end(logged_in());
}

static void test_new_password(void **state)
{
	struct client *c = client_new(with_cert);
	ask(c, LOGIN_AS("clientx", "right-password", "<newPW>short-pw</newPW>"), 2306);
	ask(c, LOGIN_AS("clientx", "right-password", "<newPW>right-password</newPW>"), 2306);
	ask(c, LOGIN_AS("clientx", "right-password", "<newPW>other-password</newPW>"), 1000);
	client_end(c);
	c = client_new(with_cert);
	ask(c, LOGIN_AS("clientx", "other-password", ""), 1000);
	client_end(c);
	free(fake.registrar.password);
	fake.registrar.password = (char *)"right-password";
}

static void test_session_limit(void **state)
{
	fake.registrar.session_max = 2;
	struct client *a = logged_in(), *b = logged_in(), *c = client_new(with_cert);
	ask(c, LOGIN, 2502);
	assert_null(hear(c));
	client_end(c);
	client_end(a);
	wait_sessions(1);
	c = logged_in();
	client_end(b);
	client_end(c);
	fake.registrar.session_max = 0;
	wait_sessions(0);
}

static void test_rate(void **state)
{
	fake.registrar.rate = 10;
	struct client *c = logged_in();
	int64_t from = clock_mono();
	for (int i = 0; i < 30; i++)
		ask(c, CHECK, 1000);
	assert_in_range(clock_mono() - from, 500000, 3000000);
	client_end(c);
	fake.registrar.rate = 0;
}

static void test_pending_is_not_read(void **state)
{
	struct client *c = logged_in(), *d = logged_in();
	store_set(true, false, false);
	say(c, CREATE);
	say(c, CHECK); /* waits */
	say(c, CHECK);
	ask(d, CHECK, 1000);
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	assert_int_equal(poll(&p, 1, 200), 0);
	store_set(false, false, false);
	assert_non_null(strstr(hear(c), "creData"));
	assert_non_null(strstr(hear(c), "chkData"));
	assert_non_null(strstr(hear(c), "chkData"));
	/* gone while its write is under way */
	store_set(true, false, false);
	say(c, CREATE);
	usleep(100000);
	client_end(c);
	usleep(100000);
	ask(d, CHECK, 1000);
	store_set(false, false, false);
	store_set(false, true, false);
	ask(d, CREATE, 2400);
	store_set(false, false, true);
	ask(d, CHECK, 2400);
	store_set(false, false, false);
	ask(d, CREATE, 1000);
	client_end(d);
	wait_sessions(0);
}

static void test_pipelined(void **state)
{
	struct client *c = logged_in();
	char *all = malloc(200 * (sizeof CHECK + 4)), *p = all;
	for (int i = 0; i < 200; i++) {
		const char *s = i % 7 ? CHECK : CREATE;
		head_of((uint8_t *)p, (uint32_t)strlen(s) + 4);
		memcpy(p + 4, s, strlen(s));
		p += strlen(s) + 4;
		if ((size_t)(p - all) > 199 * (sizeof CHECK))
			break;
	}
	put(c, all, (size_t)(p - all));
	int n = 0;
	for (char *q = all; q < p; n++) {
		uint8_t *h = (uint8_t *)q;
		q += h[0] << 24 | h[1] << 16 | h[2] << 8 | h[3];
		assert_non_null(hear(c));
		assert_non_null(strstr(c->text, "code=\"1000\""));
	}
	assert_true(n > 100);
	free(all);
	client_end(c);
}

static void test_bad_frames(void **state)
{
	static const uint32_t lengths[] = { 0, 3, 4, 0x7fffffff, 0xffffffff, 0x80000000, 65536 + 5 };
	struct epp_stats before, after;
	struct client *other = logged_in();
	epp_stats(server, &before);
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		struct client *c = client_new(with_cert);
		uint8_t h[4];
		head_of(h, lengths[i]);
		put(c, h, 4);
		assert_null(hear(c));
		client_end(c);
		ask(other, CHECK, 1000);
	}
	epp_stats(server, &after);
	assert_int_equal(after.bad_frames - before.bad_frames, sizeof lengths / sizeof *lengths);
	/* half a frame, then a byte at a time */
	struct client *c = client_new(with_cert);
	uint8_t h[4];
	head_of(h, sizeof HELLO + 3);
	for (int i = 0; i < 4; i++)
		put(c, h + i, 1);
	for (size_t i = 0; i < sizeof HELLO - 1; i++)
		put(c, &HELLO[i], 1);
	assert_non_null(strstr(hear(c), "<greeting>"));
	put(c, h, 3);
	client_end(c);
	/* not TLS at all */
	int fd = dial();
	assert_true(write(fd, HELLO, sizeof HELLO) > 0);
	char x;
	while (read(fd, &x, 1) > 0)
		;
	close(fd);
	/* the largest frame there may be */
	c = client_new(with_cert);
	char *big = malloc(65537);
	memset(big, ' ', 65536);
	memcpy(big, EPP(""), 10);
	big[65536] = 0;
	ask(c, big, 2001);
	free(big);
	client_end(c);
	client_end(other);
	wait_sessions(0);
}

static void test_hellos_before_login(void **state)
{
	struct client *c = client_new(with_cert);
	int n = 0;
	for (; n < 50; n++) {
		say(c, HELLO);
		if (!hear(c))
			break;
	}
	assert_in_range(n, 10, 30);
	client_end(c);
}

static void test_times(void **state)
{
	struct epp_opts o = { .cfg = &cfg,
			      .store = &store,
			      .idle = 1,
			      .absolute = 3,
			      .login_time = 1,
			      .fresh = 8,
			      .fresh_net = 6,
			      .loops = 2 };
	struct epp *first = server;
	struct err e;
	server = epp_start(&o, &e);
	assert_non_null(server);
	client_port = epp_port(server);
	struct client *c = client_new(with_cert);
	int64_t from = clock_mono();
	assert_null(hear(c)); /* never logged in */
	assert_in_range(clock_mono() - from, 500000, 3000000);
	client_end(c);
	c = logged_in();
	from = clock_mono();
	assert_null(hear(c)); /* idle */
	assert_in_range(clock_mono() - from, 500000, 3000000);
	client_end(c);
	c = logged_in();
	from = clock_mono();
	int n = 0;
	for (; n < 100; n++) {
		say(c, CHECK);
		if (!hear(c))
			break;
		usleep(100000);
	}
	assert_in_range(clock_mono() - from, 2000000, 6000000); /* in all */
	client_end(c);
	wait_sessions(0);
	int fd[10];
	for (int i = 0; i < 10; i++)
		fd[i] = dial(); /* of one network: no more than 6 a loop */
	usleep(200000);
	struct epp_stats st;
	epp_stats(server, &st);
	assert_true(st.fresh <= 8);
	assert_true(st.refused + st.evicted >= 2);
	for (int i = 0; i < 10; i++)
		close(fd[i]);
	c = client_new(with_cert);
	epp_stop(server); /* with a connection open */
	assert_null(hear(c));
	client_end(c);
	server = first;
	client_port = epp_port(server);
}

static void test_stop_while_pending(void **state)
{
	struct epp_opts o = { .cfg = &cfg, .store = &store };
	struct epp *first = server;
	struct err e;
	server = epp_start(&o, &e);
	client_port = epp_port(server);
	struct client *c = logged_in();
	store_set(true, false, false);
	say(c, CREATE);
	usleep(100000);
	pthread_t t;
	assert_int_equal(pthread_create(&t, NULL, (void *(*)(void *))(void *)epp_stop, server), 0);
	usleep(200000);
	store_set(false, false, false);
	pthread_join(t, NULL);
	assert_non_null(strstr(hear(c), "creData")); /* committed, so answered */
	assert_null(hear(c));
	client_end(c);
	server = first;
	client_port = epp_port(server);
}

static void test_start_fails(void **state)
{
	struct config bad = cfg;
	struct epp_opts o = { .cfg = &bad, .store = &store };
	struct err e = { 0 };
	bad.epp_cert = (char *)"/nowhere.crt";
	assert_null(epp_start(&o, &e));
	assert_non_null(strstr(e.msg, "/nowhere.crt"));
	bad = cfg;
	bad.epp_listen = (char *)"no port";
	assert_null(epp_start(&o, &e));
}

/* For people who measure: EPP_BENCH=seconds. */
static void *bench_run(void *arg)
{
	struct client *c = logged_in();
	int64_t until = clock_mono() + *(int64_t *)arg;
	int n = 0;
	for (; clock_mono() < until; n++) {
		say(c, CHECK);
		hear(c);
	}
	client_end(c);
	return (void *)(intptr_t)n;
}

static void test_bench(void **state)
{
	const char *seconds = getenv("EPP_BENCH");
	int64_t usec = seconds ? strtol(seconds, NULL, 10) * USEC : 0;
	if (!usec)
		skip();
	xmlSchema *keep = schemas;
	schemas = NULL;
	pthread_t t[16];
	int64_t all = 0;
	for (int i = 0; i < 16; i++)
		pthread_create(&t[i], NULL, bench_run, &usec);
	for (int i = 0; i < 16; i++) {
		void *n;
		pthread_join(t[i], &n);
		all += (intptr_t)n;
	}
	print_message("domain:check %lld/s over 16 sessions, clients on the same machine\n",
		      (long long)(all * USEC / usec));
	schemas = keep;
}

static int setup(void **state)
{
	struct err e = { 0 };
	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(dir))
		return -1;
	certificate("epp", NULL);
	certificate("client", fingerprint);
	certificate("other", NULL);
	with_cert = client_tls("client");
	without_cert = SSL_CTX_new(TLS_client_method());
	cfg.epp_listen = (char *)"127.0.0.1:0";
	cfg.epp_cert = cfg.epp_key = (char *)"";
	cfg.site_name = (char *)"Test";
	snprintf(cfg.dir, sizeof cfg.dir, "%s", dir);
	fake.registrar =
		(struct registrar){ .id = 1, .handle = (char *)"clientx", .password = (char *)"right-password" };
	fake.fingerprint = fingerprint;
	fake.check.avail = true;
	fake.domain.c.created_at = 1600000000 * USEC;
	schemas = schemas_load();
	pthread_create(&store.thread, NULL, store_run, &store);
	server = epp_start(&(struct epp_opts){ .cfg = &cfg, .store = &store, .accepts = 1000 }, &e);
	if (!server)
		print_message("%s\n", e.msg);
	client_port = server ? epp_port(server) : 0;
	return server ? 0 : -1;
}

static int teardown(void **state)
{
	epp_stop(server);
	pthread_mutex_lock(&store.lock);
	store.stop = true;
	pthread_cond_signal(&store.cond);
	pthread_mutex_unlock(&store.lock);
	pthread_join(store.thread, NULL);
	SSL_CTX_free(with_cert);
	SSL_CTX_free(without_cert);
	xmlSchemaFree(schemas);
	client_clean((const char *const[]){ "epp", "client", "other", "next" }, 4);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_session),
		cmocka_unit_test(test_login_refused),
		cmocka_unit_test(test_taken_back_meanwhile),
		cmocka_unit_test(test_stranger_locks_nobody_out),
		cmocka_unit_test(test_new_password),
		cmocka_unit_test(test_session_limit),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_pending_is_not_read),
		cmocka_unit_test(test_pipelined),
		cmocka_unit_test(test_bad_frames),
		cmocka_unit_test(test_hellos_before_login),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_stop_while_pending),
		cmocka_unit_test(test_start_fails),
		cmocka_unit_test(test_bench),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
