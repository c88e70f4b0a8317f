#include "registryhelp.h"
#include "base/json.h"

static enum st do_update(struct req *rq, void *arg)
{
	return contact_update(rq, arg);
}

static void rename_to(struct place *p, char *name, int64_t at)
{
	struct contact_change c = { .handle = "wang-1", .postal_set[POSTAL_LOC] = true };
	c.to.postal[POSTAL_LOC].name = name;
	clock_set_for_test(at);
	p->who = as("alpha");
	assert_ok(in_write(p, do_update, &c));
}

static const char *loc_name(struct place *p, const char *snapshot)
{
	struct err e;
	const struct json *o = json_parse(p->mem, snapshot, strlen(snapshot), &e);
	return json_str(json_get(json_get(o, "loc"), "name"));
}

/* Who changed what, when, by which frame; and the object as it was at any time. */
static void versions_body(struct place *p)
{
	struct former f[10];
	int n;
	world(p);
	assert_said(make_contact(p, "alpha", "wang-1"), R_DONE);
	rename_to(p, "王大明", T0 + DAY);
	rename_to(p, "王中明", T0 + 2 * DAY);
	struct req rq = on_reader(p);
	assert_ok(registry_history(&rq, "contact", "wang-1", 0, f, 10, &n));
	assert_int_equal(n, 3);
	assert_string_equal(f[0].verb, "contact-created");
	assert_string_equal(f[0].actor, "registrar:alpha");
	assert_string_equal(f[0].frame, "ABC-1/S-1");
	assert_int_equal(f[0].at, T0);
	assert_int_equal(f[2].at, T0 + 2 * DAY);
	assert_true(f[0].seq < f[1].seq && f[1].seq < f[2].seq);
	assert_string_equal(loc_name(p, f[1].object), "王大明");
	/* of too many the newest, still oldest first */
	assert_ok(registry_history(&rq, "contact", "wang-1", 0, f, 2, &n));
	assert_int_equal(n, 2);
	assert_string_equal(loc_name(p, f[0].object), "王大明");
	assert_string_equal(loc_name(p, f[1].object), "王中明");
	const struct {
		int64_t at;
		const char *name;
	} then[] = {
		{ T0, "王小明" }, { T0 + DAY - 1, "王小明" }, { T0 + DAY, "王大明" }, { T0 + 90 * DAY, "王中明" }
	};
	for (size_t i = 0; i < sizeof then / sizeof *then; i++) {
		assert_ok(registry_history(&rq, "contact", "wang-1", then[i].at, f, 10, &n));
		assert_int_equal(n, 1);
		assert_string_equal(loc_name(p, f[0].object), then[i].name);
	}
	assert_st(registry_history(&rq, "contact", "wang-1", T0 - 1, f, 10, &n), ST_NOTFOUND);
	assert_st(registry_history(&rq, "contact", "nobody", 0, f, 10, &n), ST_NOTFOUND);
	assert_st(registry_history(&rq, "table", "wang-1", 0, f, 10, &n), ST_INVALID);
	store_reader_done(p->s);
}
ON_EACH_DRIVER(versions, versions_body)

/* One fact a change in the journal, bound to the snapshot by its digest and without anybody's data. */
static void journal_body(struct place *p)
{
	struct entry e[10];
	int n;
	world(p);
	assert_said(make_contact(p, "alpha", "wang-1"), R_DONE);
	rename_to(p, "王大明", T0 + DAY);
	struct req rq = on_reader(p);
	assert_ok(journal_about(&rq, "wang-1", 10, e, &n));
	assert_int_equal(n, 2);
	assert_string_equal(e[1].verb, "contact-updated");
	assert_string_equal(e[1].room, "names");
	assert_string_equal(e[1].actor, "registrar:alpha");
	assert_non_null(strstr(e[1].payload, "\"sha256\":"));
	assert_null(strstr(e[1].payload, "王"));
	store_reader_done(p->s);
}
ON_EACH_DRIVER(journalled, journal_body)

/* What is refused leaves nothing behind. */
static void refused_body(struct place *p)
{
	world(p);
	assert_said(make_contact(p, "alpha", "wang-1"), R_DONE);
	int64_t before = number_of(p, "SELECT count(*) FROM registry_history");
	struct contact_change c = { .handle = "wang-1", .email_set = true };
	c.to.email = "no address";
	assert_st(in_write(p, do_update, &c), ST_INVALID);
	assert_int_equal(number_of(p, "SELECT count(*) FROM registry_history"), before);
}
ON_EACH_DRIVER(refused, refused_body)

static enum st do_domain_create(struct req *rq, void *arg)
{
	return domain_create(rq, arg);
}

static enum st do_domain_delete(struct req *rq, void *arg)
{
	struct outcome why;
	int64_t credit;
	return domain_delete(rq, arg, &credit, &why);
}

static enum st do_deposit(struct req *rq, void *arg)
{
	return registrar_deposit(rq, arg, 1000000, "");
}

/* A domain by any spelling of its name, and after it is gone. */
static void domain_body(struct place *p)
{
	struct former f[10];
	char name[] = "one.tw", registrant[] = "wang-1", alpha[] = "alpha";
	int n;
	world(p);
	assert_ok(in_write(p, do_deposit, alpha));
	assert_said(make_contact(p, "alpha", registrant), R_DONE);
	struct domain_create c = { .d = { .name = name, .registrant = registrant }, .years = 1, .fee_said = -1 };
	assert_said(said_of(in_write(p, do_domain_create, &c), &c.why), R_DONE);
	clock_set_for_test(T0 + DAY);
	assert_ok(in_write(p, do_domain_delete, name)); /* in its add period: gone at once */
	struct req rq = on_reader(p);
	assert_ok(registry_history(&rq, "domain", name, 0, f, 10, &n));
	assert_true(n >= 2);
	assert_string_equal(f[0].verb, "domain-created");
	assert_string_equal(f[0].frame, "ABC-1/S-1");
	assert_non_null(strstr(f[0].object, registrant));
	assert_null(f[n - 1].object);
	assert_ok(registry_history(&rq, "domain", name, T0 + DAY / 2, f, 10, &n));
	assert_non_null(f[0].object);
	assert_st(registry_history(&rq, "domain", name, T0 + 2 * DAY, f, 10, &n), ST_NOTFOUND);
	store_reader_done(p->s);
}
ON_EACH_DRIVER(domain, domain_body)

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(versions), cmocka_unit_test(journalled),
					    cmocka_unit_test(refused), cmocka_unit_test(domain) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
