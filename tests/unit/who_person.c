#include "inwrite.h"
#include "base/hash.h"
#include "store/journal.h"
#include "who/person.h"

#define DAY (86400 * USEC)

/* ── finding and making ── */

static enum st make_people(struct req *rq, void *arg)
{
	int64_t *id = arg;
	static const char *const email[] = { "Ann@Example.ORG", "Ann@example.org", "ann@example.org",
					     "Ann@example.net" };
	for (int i = 0; i < 4; i++)
		assert_ok(person_by_email(rq, email[i], LANG_ZH_TW, &id[i]));
	return ST_OK;
}

static enum st make_wrong(struct req *rq, void *arg)
{
	int64_t id;
	static const char *const wrong[] = {
		"", "ann", "ann@", "@example.org", "a b@example.org", "ann@example.org\n", "a@b@c"
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_st(person_by_email(rq, wrong[i], LANG_EN, &id), ST_INVALID);
		if (strlen(wrong[i]) > 3)
			assert_null(strstr(rq->err.msg, wrong[i])); /* messages reach logs */
	}
	return ST_OK;
}

static void found_by_address(struct place *p)
{
	struct person who;
	int64_t id[4];
	struct req rq = on_reader(p);
	assert_st(person_find(&rq, "ann@example.org", &who), ST_NOTFOUND);
	assert_ok(in_write(p, make_people, id));
	assert_ok(in_write(p, make_wrong, NULL));
	assert_int_equal(id[0], id[1]);
	assert_int_not_equal(id[0], id[2]);
	assert_int_not_equal(id[0], id[3]);
	assert_int_equal(number_of(p, "SELECT count(*) FROM who_person"), 3);
	rq = on_reader(p);
	assert_ok(person_find(&rq, "Ann@EXAMPLE.org", &who));
	assert_int_equal(who.id, id[0]);
	assert_string_equal(who.email, "Ann@example.org");
	assert_int_equal(who.lang, LANG_ZH_TW);
	assert_int_equal(who.confirmed_at, 0);
	assert_st(person_find(&rq, "bob@example.org", &who), ST_NOTFOUND);
	assert_st(person_get(&rq, 999, &who), ST_NOTFOUND);
}

/* Whoever has the table but guesses addresses must not be able to test them: the hash is keyed. */
static void the_hash_is_keyed(struct place *p)
{
	int64_t id[4], n = 0;
	assert_ok(in_write(p, make_people, id));
	struct hash plain = hash_of("Ann@example.org", 15);
	struct req rq = on_reader(p);
	assert_ok(sql_number(&rq, &n, "SELECT count(*) FROM who_person WHERE email_hash = $1",
			     V_BLOB(plain.b, HASH_LEN)));
	assert_int_equal(n, 0);
	assert_int_equal(number_of(p, "SELECT count(*) FROM who_key"), 1);
}

/* Writers that meet a new address, and the key of the very first one, at the same time make one of each. */
enum { AT_ONCE = 12 };
struct meeting {
	struct store *s;
	int64_t id;
};

static enum st meet(struct req *rq, void *arg)
{
	return person_by_email(rq, "new@example.org", LANG_EN, &((struct meeting *)arg)->id);
}

static void *meet_main(void *arg)
{
	struct meeting *m = arg;
	struct place mine = { .s = m->s, .mem = arena_new(1 << 16), .who = actor_anonymous };
	if (in_write(&mine, meet, m))
		m->id = -1;
	arena_free(mine.mem);
	return NULL;
}

static void met_at_once(void **state)
{
	for (int driver = 0; driver < teststore_drivers(); driver++) {
		struct place p = { .s = teststore_open_with(driver, 4), .mem = arena_new(1 << 16), .who = actor_cli };
		struct meeting m[AT_ONCE];
		pthread_t t[AT_ONCE];
		assert_non_null(p.s);
		for (int i = 0; i < AT_ONCE; i++) {
			m[i] = (struct meeting){ .s = p.s };
			assert_int_equal(pthread_create(&t[i], NULL, meet_main, &m[i]), 0);
		}
		for (int i = 0; i < AT_ONCE; i++)
			pthread_join(t[i], NULL);
		for (int i = 0; i < AT_ONCE; i++)
			assert_int_equal(m[i].id, m[0].id);
		assert_true(m[0].id > 0);
		assert_int_equal(number_of(&p, "SELECT count(*) FROM who_person"), 1);
		place_close(&p);
	}
}

/* ── confirming ── */

struct confirm {
	int64_t id, other, got;
	char token[27];
	enum st want;
};

static enum st confirm_begin(struct req *rq, void *arg)
{
	struct confirm *c = arg;
	if (person_by_email(rq, "ann@example.org", LANG_EN, &c->id) ||
	    person_by_email(rq, "bob@example.org", LANG_EN, &c->other))
		return rq->err.code;
	return person_confirm_token(rq, c->id, c->token);
}

static enum st confirm_end(struct req *rq, void *arg)
{
	struct confirm *c = arg;
	return person_confirm(rq, c->token, &c->got);
}

static enum st confirm_wrong(struct req *rq, void *arg)
{
	int64_t got = -1;
	char token[27];
	random_token(token);
	assert_st(person_confirm(rq, token, &got), ST_NOTFOUND);
	assert_st(person_confirm(rq, "", &got), ST_NOTFOUND);
	assert_int_equal(got, -1);
	return ST_OK;
}

static void confirmed_by_link(struct place *p)
{
	struct confirm c = { 0 };
	struct person who;
	struct entry e;
	assert_ok(in_write(p, confirm_begin, &c));
	assert_ok(in_write(p, confirm_wrong, NULL));
	clock_set_for_test(T0 + 14 * DAY - 1);
	assert_ok(in_write(p, confirm_end, &c));
	assert_int_equal(c.got, c.id);
	struct req rq = on_reader(p);
	assert_ok(person_get(&rq, c.id, &who));
	assert_int_equal(who.confirmed_at, T0 + 14 * DAY - 1);
	assert_ok(person_get(&rq, c.other, &who));
	assert_int_equal(who.confirmed_at, 0);
	assert_ok(journal_entry(&rq, 0, &e));
	assert_string_equal(e.verb, "person-confirmed");
	assert_null(strstr(e.payload, "@"));
	/* A second click is answered alike and tells nothing new. */
	assert_ok(in_write(p, confirm_end, &c));
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry"), 1);
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE person > 0"), 1);
	clock_set_for_test(T0 + 14 * DAY);
	assert_st(in_write(p, confirm_end, &c), ST_NOTFOUND);
}

/* ── erasing ── */

static enum st erase(struct req *rq, void *arg)
{
	return person_erase(rq, ((struct confirm *)arg)->id);
}

static void erased_but_for_the_number(struct place *p)
{
	struct confirm c = { 0 }, again = { 0 };
	struct person who;
	assert_ok(in_write(p, confirm_begin, &c));
	assert_ok(in_write(p, erase, &c));
	struct req rq = on_reader(p);
	assert_ok(person_get(&rq, c.id, &who));
	assert_null(who.email);
	assert_int_equal(who.erased_at, T0);
	assert_st(person_find(&rq, "ann@example.org", &who), ST_NOTFOUND);
	assert_ok(person_find(&rq, "bob@example.org", &who));
	assert_st(in_write(p, confirm_end, &c), ST_NOTFOUND);
	clock_set_for_test(T0 + DAY);
	assert_ok(in_write(p, erase, &c));
	assert_int_equal(number_of(p, "SELECT max(erased_at) FROM who_person"), T0);
	assert_ok(in_write(p, confirm_begin, &again));
	assert_int_not_equal(again.id, c.id);
	c.id = 12345;
	assert_st(in_write(p, erase, &c), ST_NOTFOUND);
}

ON_EACH_DRIVER(test_found_by_address, found_by_address)
ON_EACH_DRIVER(test_the_hash_is_keyed, the_hash_is_keyed)
ON_EACH_DRIVER(test_confirmed_by_link, confirmed_by_link)
ON_EACH_DRIVER(test_erased_but_for_the_number, erased_but_for_the_number)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found_by_address),
		cmocka_unit_test(test_the_hash_is_keyed),
		cmocka_unit_test(met_at_once),
		cmocka_unit_test(test_confirmed_by_link),
		cmocka_unit_test(test_erased_but_for_the_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
