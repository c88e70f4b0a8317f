/* What a registrar sees of what it sponsors: pages, filters, counts, and nothing of the others. */
#include "registryhelp.h"
#include "names/portfolio.h"
#include "who/account.h"

static struct req reader(struct place *p)
{
	return on_reader(p);
}

static int list(struct place *p, struct portfolio_ask q, struct portfolio_row *out, int max, char **next)
{
	int n = -1;
	struct req rq = reader(p);
	assert_ok(portfolio_names(&rq, &q, out, max, &n, next));
	store_reader_done(p->s);
	return n;
}

static enum st do_sql(struct req *rq, void *arg)
{
	return sql_run0(rq, arg);
}

static void change(struct place *p, const char *sql)
{
	assert_ok(in_write(p, do_sql, (void *)(uintptr_t)sql));
}

static void names(struct place *p)
{
	char name[32];
	for (int i = 0; i < 25; i++) {
		snprintf(name, sizeof name, "name-%02d.tw", i);
		bare_domain(p, arena_strdup(p->mem, name), i % 5 == 4 ? "bravo" : "alpha");
	}
}

static void pages_body(struct place *p)
{
	struct portfolio_row r[30];
	char *next, *after = NULL;
	int seen = 0, n;
	world(p);
	names(p);
	char last[64] = "";
	do {
		n = list(p, (struct portfolio_ask){ .registrar = "alpha", .after = after }, r, 6, &next);
		for (int i = 0; i < n; i++) {
			assert_true(strcmp(last, r[i].name) < 0);
			snprintf(last, sizeof last, "%s", r[i].name);
			assert_int_equal(r[i].state, PORTFOLIO_ACTIVE);
		}
		seen += n;
		after = next;
	} while (next);
	assert_int_equal(seen, 20);
	assert_int_equal(list(p, (struct portfolio_ask){ .registrar = "bravo" }, r, 30, &next), 5);
	assert_int_equal(list(p, (struct portfolio_ask){ .registrar = "nobody" }, r, 30, &next), 0);
}

static void filters_body(struct place *p)
{
	struct portfolio_row r[30];
	char *next;
	world(p);
	names(p);
	change(p, "UPDATE registry_domain SET life = 4 WHERE name = 'name-01.tw'");
	change(p, "UPDATE registry_domain SET status = 2 WHERE name = 'name-02.tw'");
	change(p, "UPDATE registry_domain SET tr_state = 1, tr_requester = 'bravo' WHERE name = 'name-03.tw'");
	change(p, "UPDATE registry_domain SET expires_at = 5 WHERE name = 'name-05.tw'");
#define ONE(want, ...)                                                                                                 \
	do {                                                                                                           \
		struct portfolio_ask q_ = { .registrar = "alpha", __VA_ARGS__ };                                       \
		for (int s_ = 0; s_ < PORTFOLIO_SORTS; s_++) {                                                         \
			q_.sort = (enum portfolio_sort)s_;                                                             \
			assert_int_equal(list(p, q_, r, 30, &next), 1);                                                \
			assert_string_equal(r[0].name, want);                                                          \
		}                                                                                                      \
	} while (0)
	ONE("name-01.tw", .state = PORTFOLIO_REDEMPTION);
	ONE("name-02.tw", .state = PORTFOLIO_HOLD);
	ONE("name-03.tw", .state = PORTFOLIO_TRANSFER);
	ONE("name-05.tw", .expires_before = 100);
	ONE("name-07.tw", .part = "E-07");
	assert_int_equal(list(p, (struct portfolio_ask){ .registrar = "alpha", .part = "name_" }, r, 30, &next), 0);
	assert_int_equal(list(p, (struct portfolio_ask){ .registrar = "alpha", .part = "%" }, r, 30, &next), 0);
	assert_int_equal(list(p, (struct portfolio_ask){ .registrar = "alpha", .zone = "tw" }, r, 30, &next), 20);
	assert_int_equal(list(p, (struct portfolio_ask){ .registrar = "alpha", .zone = "test" }, r, 30, &next), 0);
	struct portfolio_counts c;
	struct req rq = reader(p);
	assert_ok(portfolio_counts(&rq, "alpha", &c));
	assert_int_equal(c.names, 20);
	assert_int_equal(c.ending, 1);
	assert_int_equal(c.held, 1);
	assert_int_equal(c.transfers, 1);
	assert_int_equal(c.expiring, 1);
	struct portfolio_transfer t[3];
	int n;
	assert_ok(portfolio_transfers(&rq, "bravo", t, 3, &n));
	assert_int_equal(n, 1);
	assert_true(t[0].in);
	assert_string_equal(t[0].other, "alpha");
	int bad;
	char *none;
	assert_st(portfolio_names(&rq,
				  &(struct portfolio_ask){ .registrar = "alpha", .sort = SORT_EXPIRY, .after = "x" }, r,
				  3, &bad, &none),
		  ST_INVALID);
	store_reader_done(p->s);
}

/* A part in Han characters is looked for in what people read, a page at a time. */
static void unicode_body(struct place *p)
{
	static const char *const labels[] = { "xn--kpry57d", "xn--fiqs8s", "xn--fiqz9s" };
	struct portfolio_row r[5];
	char *next;
	world(p);
	names(p);
	for (int i = 0; i < 3; i++)
		change(p, arena_printf(p->mem, "UPDATE registry_domain SET name = '%s.tw' WHERE name = 'name-0%d.tw'",
				       labels[i], i));
	assert_int_equal(list(p, (struct portfolio_ask){ .registrar = "alpha", .part = "灣" }, r, 5, &next), 1);
	assert_string_equal(r[0].name, "xn--kpry57d.tw");
	assert_int_equal(list(p, (struct portfolio_ask){ .registrar = "alpha", .part = "中" }, r, 5, &next), 2);
	assert_int_equal(list(p, (struct portfolio_ask){ .registrar = "alpha", .part = "中" }, r, 1, &next), 1);
	assert_non_null(next);
	assert_int_equal(
		list(p, (struct portfolio_ask){ .registrar = "alpha", .part = "中", .after = next }, r, 1, &next), 1);
	assert_int_equal(list(p, (struct portfolio_ask){ .registrar = "bravo", .part = "中" }, r, 5, &next), 0);
}

static void one_name_body(struct place *p)
{
	struct portfolio_name n;
	world(p);
	names(p);
	struct req rq = reader(p);
	assert_ok(portfolio_name(&rq, "alpha", "name-00.tw", &n));
	assert_true(n.own);
	assert_st(portfolio_name(&rq, "bravo", "name-00.tw", &n), ST_NOTFOUND);
	assert_st(portfolio_name(&rq, "alpha", "nothing.tw", &n), ST_NOTFOUND);
	assert_st(portfolio_name(&rq, "alpha", "elsewhere.example", &n), ST_NOTFOUND);
	store_reader_done(p->s);
	change(p, "UPDATE registry_domain SET tr_state = 1, tr_requester = 'bravo' WHERE name = 'name-00.tw'");
	rq = reader(p);
	assert_ok(portfolio_name(&rq, "bravo", "name-00.tw", &n));
	assert_false(n.own);
	store_reader_done(p->s);
}

static void contacts_and_hosts_body(struct place *p)
{
	struct portfolio_contact c[10];
	struct portfolio_host h[10];
	int64_t more;
	char *next;
	int n;
	world(p);
	for (int i = 0; i < 5; i++)
		assert_said(make_contact(p, i == 4 ? "bravo" : "alpha", arena_printf(p->mem, "CON-%d", i)), R_DONE);
	assert_said(make_host(p, "alpha", "ns1.x.example", NULL), R_DONE);
	assert_said(make_host(p, "bravo", "ns2.x.example", NULL), R_DONE);
	struct req rq = reader(p);
	assert_ok(portfolio_contacts(&rq, "alpha", "", 0, c, 3, &n, &more));
	assert_int_equal(n, 3);
	assert_string_equal(c[0].handle, "CON-3");
	assert_ok(portfolio_contacts(&rq, "alpha", "", more, c, 3, &n, &more));
	assert_int_equal(n, 1);
	assert_int_equal(more, 0);
	assert_ok(portfolio_contacts(&rq, "alpha", "WANG@EXAMPLE", 0, c, 10, &n, &more));
	assert_int_equal(n, 4);
	assert_ok(portfolio_contacts(&rq, "alpha", "CON-4", 0, c, 10, &n, &more));
	assert_int_equal(n, 0);
	assert_ok(portfolio_hosts(&rq, "alpha", "X.EX", NULL, h, 10, &n, &next));
	assert_int_equal(n, 1);
	assert_string_equal(h[0].name, "ns1.x.example");
	store_reader_done(p->s);
}

/* ── accounts of a registrar's people ── */

struct person {
	const char *registrar, *login;
	unsigned role;
	char invite[27];
};

static enum st do_person(struct req *rq, void *arg)
{
	struct person *x = arg;
	return registrar_user_add(rq, x->registrar, x->login, x->login, x->role, x->invite);
}

static enum st do_off(struct req *rq, void *arg)
{
	struct person *x = arg;
	return registrar_user_disable(rq, x->registrar, x->login);
}

static void people_body(struct place *p)
{
	const unsigned all = ROLE_REGISTRAR | ROLE_REGISTRAR_WRITE | ROLE_REGISTRAR_USERS;
	struct person anna = { "alpha", "anna", all, "" }, x = { "bravo", "bert", ROLE_REGISTRAR, "" };
	struct account list_[5];
	int n;
	world(p);
	assert_ok(in_write(p, do_person, &anna));
	assert_ok(in_write(p, do_person, &x));
	assert_st(in_write(p, do_person, &x), ST_CONFLICT);
	x = (struct person){ "alpha", "staffer", ROLE_ADMIN, "" };
	assert_st(in_write(p, do_person, &x), ST_INVALID);
	x.role = ROLE_REGISTRAR | ROLE_HANDLER;
	assert_st(in_write(p, do_person, &x), ST_INVALID);
	p->who = (struct actor){ .id = "registrar:alpha", .role = all };
	x = (struct person){ "alpha", "axel", ROLE_REGISTRAR, "" };
	assert_ok(in_write(p, do_person, &x));
	x = (struct person){ "bravo", "mallory", ROLE_REGISTRAR, "" };
	assert_st(in_write(p, do_person, &x), ST_DENIED);
	x = (struct person){ "alpha", "bert", 0, "" };
	assert_st(in_write(p, do_off, &x), ST_NOTFOUND);
	p->who.role = ROLE_REGISTRAR | ROLE_REGISTRAR_WRITE;
	x = (struct person){ "alpha", "mallory", ROLE_REGISTRAR, "" };
	assert_st(in_write(p, do_person, &x), ST_DENIED);
	p->who = actor_cli;
	struct req rq = reader(p);
	assert_ok(registrar_user_list(&rq, "alpha", list_, 5, &n));
	assert_int_equal(n, 2);
	assert_ok(account_list(&rq, list_, 5, &n));
	assert_int_equal(n, 0);
	store_reader_done(p->s);
}

ON_EACH_DRIVER(pages, pages_body)
ON_EACH_DRIVER(filters, filters_body)
ON_EACH_DRIVER(in_unicode, unicode_body)
ON_EACH_DRIVER(one_name, one_name_body)
ON_EACH_DRIVER(contacts_and_hosts, contacts_and_hosts_body)
ON_EACH_DRIVER(people, people_body)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages),
		cmocka_unit_test(filters),
		cmocka_unit_test(in_unicode),
		cmocka_unit_test(one_name),
		cmocka_unit_test(contacts_and_hosts),
		cmocka_unit_test(people),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
