/* Checks of contacts, seen from the registry's own: what an answer, a refusal and an erasure leave of them. */
#include "registryhelp.h"
#include "base/json.h"
#include "desk/desk_check.h"
#include "desk/desk_int.h"
#include "names/registrant.h"
#include "who/permit.h"
#include "who/person.h"
#include "who/privacy.h"

static char email[] = "wang@example.com";
static const struct actor clock_actor = { .id = "clock", .role = ROLE_SYSTEM };

/* wang-1 is the registrant of shop.tw, and its address is checked. */
static enum st enrol(struct req *rq, void *arg)
{
	struct check_seen s = { email, "en", "shop.tw", clock_now() + 90 * DAY };
	bool fresh;
	return contact_check_see(rq, &s, arg, &fresh);
}

static int64_t begin(struct place *p)
{
	static const uint8_t key[32] = { 1, 2, 3 };
	static const struct privacy_part parts[] = { { "address", contact_check_export, contact_check_erase,
						       contact_check_knows } };
	int64_t id = 0;
	desk_setup(&(struct desk_site){
		.token_key = key, .dir = teststore_dir(), .zone = 480, .check = { true, 182, 14, 100 } });
	privacy_parts(parts, 1);
	world(p);
	assert_said(make_contact(p, "alpha", "wang-1"), R_DONE);
	uses_contact(p, bare_domain(p, "shop.tw", "alpha"), "r", "wang-1");
	p->who = actor_cli;
	assert_ok(in_write(p, enrol, &id));
	return id;
}

static struct contact_check checked(struct place *p)
{
	struct contact_check c = { 0 };
	struct req rq = on_reader(p);
	assert_ok(contact_check_find(&rq, email, &c));
	store_reader_done(p->s);
	return c;
}

static int64_t verified(struct place *p)
{
	struct contact_object c = { 0 };
	struct req rq = on_reader(p);
	assert_ok(contact_object_get(&rq, "wang-1", &c));
	store_reader_done(p->s);
	return c.verified_at;
}

static int64_t told(struct place *p)
{
	return number_of(p, "SELECT count(*) FROM registry_poll WHERE registrar = 'alpha'");
}

/* Whoever has the letter says yes or no. */
static void answer(struct place *p, bool right)
{
	char token[LINK_TOKEN], none[] = "";
	p->who = (struct actor){ "staff:1", ROLE_OFFICER, 1 };
	assert_ok(in_write(p, desk_check_now, email));
	struct contact_check c = checked(p);
	desk_token("check", c.seed, token);
	p->who = (struct actor){ .id = "anonymous" };
	assert_ok(in_write(p, desk_check_answer, &(struct check_answer){ token, right, none, none }));
	p->who = actor_cli;
}

static void wrong(struct place *p)
{
	begin(p);
	answer(p, true);
	assert_int_equal(checked(p).state, CHECK_WAITING);
	assert_int_equal(verified(p), T0);
	int64_t before = told(p);
	answer(p, false);
	assert_int_equal(checked(p).state, CHECK_WRONG);
	assert_int_equal(verified(p), 0);
	assert_int_equal(told(p), before + 1);
	assert_int_equal(number_of(p, "SELECT count(*) FROM work_task WHERE kind = 'contact-wrong'"), 1);
}
ON_EACH_DRIVER(wrong_address, wrong)

static enum st refused(struct req *rq, void *id)
{
	return desk_check_bounced(rq, *(int64_t *)id, "550 no such user");
}

static void bounced(struct place *p)
{
	int64_t id = begin(p);
	answer(p, true);
	p->who = clock_actor;
	assert_ok(in_write(p, refused, &id)); /* no letter is out: nobody's refusal */
	assert_int_equal(verified(p), T0);
	p->who = (struct actor){ "staff:1", ROLE_OFFICER, 1 };
	assert_ok(in_write(p, desk_check_now, email));
	int64_t before = told(p);
	p->who = clock_actor;
	assert_ok(in_write(p, refused, &id));
	assert_int_equal(checked(p).state, CHECK_REFUSED);
	assert_int_equal(verified(p), 0);
	assert_int_equal(told(p), before + 1);
}
ON_EACH_DRIVER(refused_address, bounced)

static enum st due(struct req *rq, void *id)
{
	return desk_check_due_kinds[0].fn(rq, arena_printf(rq->mem, "%lld", (long long)*(int64_t *)id));
}

static enum st sent(struct req *rq, void *id)
{
	return contact_check_sent(rq, *(int64_t *)id, clock_now());
}

/* Silence is no word of the address: who answered once stays verified. */
static void silent(struct place *p)
{
	int64_t id = begin(p);
	answer(p, true);
	p->who = (struct actor){ "staff:1", ROLE_OFFICER, 1 };
	assert_ok(in_write(p, desk_check_now, email));
	p->who = clock_actor;
	for (int i = 0; i < 2; i++) {
		assert_ok(in_write(p, sent, &id));
		assert_ok(in_write(p, due, &id));
	}
	assert_int_equal(checked(p).state, CHECK_SILENT);
	assert_int_equal(verified(p), T0);
}
ON_EACH_DRIVER(silence, silent)

/* ── more contacts than are confirmed at once ── */

enum { MANY = 1003 };

static enum st do_many(struct req *rq, void *arg)
{
	(void)arg;
	for (int i = 2; i <= MANY; i++) {
		struct outcome why;
		struct contact_object c = somebody(arena_printf(rq->mem, "wang-%d", i));
		if (contact_create(rq, &c, &why))
			return rq->err.code;
	}
	return sql_run(rq,
		       "INSERT INTO registry_domain_contact(domain, type, contact) SELECT d.id, 'a', c.id FROM "
		       "registry_domain d CROSS JOIN registry_contact c WHERE c.handle <> $1",
		       V("wang-1"));
}

static enum st answers(struct req *rq, void *arg)
{
	(void)arg;
	return registrant_address_answers(rq, email);
}

static void many(struct place *p)
{
	begin(p);
	arena_free(p->mem);
	p->mem = arena_new((size_t)128 << 20);
	p->who = as("alpha");
	assert_ok(in_write(p, do_many, NULL));
	p->who = actor_cli;
	assert_int_equal(number_of(p, "SELECT count(*) FROM registry_contact"), MANY);
	assert_ok(in_write(p, answers, NULL));
	assert_int_equal(number_of(p, "SELECT count(*) FROM registry_contact WHERE verified_at > 0"), 1000);
	clock_set_for_test(T0 + DAY);
	assert_ok(in_write(p, answers, NULL));
	assert_int_equal(number_of(p, "SELECT count(*) FROM registry_contact WHERE verified_at > 0"), MANY);
}
ON_EACH_DRIVER(all_in_turn, many)

/* ── personal data ── */

static enum st do_erase(struct req *rq, void *erased)
{
	return privacy_erase(rq, email, erased);
}

/* Nobody who ever reported anything: only the check knows the address. */
static void personal(struct place *p)
{
	BUF_SCOPE out = BUF_INIT;
	struct err e = { 0 };
	struct privacy_erased x;
	begin(p);
	struct req rq = on_reader(p);
	assert_st(privacy_export(&rq, "nobody@example.com", &out), ST_NOTFOUND);
	assert_ok(privacy_export(&rq, "WANG@example.com", &out));
	const struct json *all = json_parse(p->mem, buf_cstr(&out), out.n, &e);
	const struct json *part = json_get(json_get(all, "parts"), "address");
	assert_non_null(part);
	assert_string_equal(json_str(json_get(part, "address")), email);
	assert_string_equal(json_str(json_get(part, "state")), "waiting");
	assert_string_equal(json_str(json_at(json_get(part, "stands_for"), 0)), "shop.tw");
	store_reader_done(p->s);
	assert_ok(in_write(p, do_erase, &x));
	assert_int_equal(number_of(p, "SELECT count(*) FROM who_contact_check"), 0);
	assert_int_equal(number_of(p, "SELECT count(*) FROM who_contact_check_thing"), 0);
}
ON_EACH_DRIVER(personal_data, personal)

/* ── the walks' rows ── */

static enum st began_earlier(struct req *rq, void *arg)
{
	(void)arg;
	return sql_run(rq, "DELETE FROM store_migration WHERE version = $1", V(295)) ||
			       sql_run(rq,
				       "INSERT INTO work_due(kind, subject, at, tries, error)"
				       " VALUES('contact-enrol', 'files', $1, 0, '')",
				       V(T0))
		       ? rq->err.code
		       : ST_OK;
}

/* A store that had a walk's row from an earlier step keeps it, and has the other too. */
static void again(struct place *p)
{
	struct err e = { 0 };
	assert_ok(in_write(p, began_earlier, NULL));
	store_close(p->s);
	p->s = store_open(&(struct store_opts){ .url = teststore_url(), .create = true }, &e);
	assert_non_null(p->s);
	assert_int_equal(number_of(p, "SELECT count(*) FROM work_due WHERE kind = 'contact-enrol'"), 2);
	assert_int_equal(number_of(p, "SELECT at FROM work_due WHERE kind = 'contact-enrol' AND subject = 'files'"),
			 T0);
	assert_int_equal(number_of(p, "SELECT at FROM work_due WHERE kind = 'contact-enrol' AND subject = 'registry'"),
			 0);
}
ON_EACH_DRIVER(earlier_stores, again)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_address), cmocka_unit_test(refused_address), cmocka_unit_test(silence),
		cmocka_unit_test(all_in_turn),	 cmocka_unit_test(personal_data),   cmocka_unit_test(earlier_stores),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
