/* Tokens of programs: what opens, what does not any more, how many there may be, what is left of them. */
#include "inwrite.h"
#include "base/clock.h"
#include "who/api_token.h"

#define MEI "mei@holder.example"
#define DAY (86400 * USEC)
#define NOW (1800000000LL * USEC)

struct making {
	struct api_token t;
	char token[27];
};

static enum st make_write(struct req *rq, void *arg)
{
	struct making *m = arg;
	return api_token_make(rq, &m->t, m->token);
}

static enum st make(struct place *p, struct making *m, enum api_side side, const char *owner, const char *label,
		    int64_t until)
{
	m->t = (struct api_token){ .side = side, .owner = (char *)owner, .label = (char *)label, .until = until };
	return in_write(p, make_write, m);
}

static enum st opened(struct place *p, enum api_side side, const char *token, struct api_token *out)
{
	struct req rq = on_reader(p);
	enum st st = api_token_open(&rq, side, token, out);
	store_reader_done(p->s);
	return st;
}

struct ending {
	int64_t id;
	enum api_side side;
	const char *owner;
};

static enum st end_write(struct req *rq, void *arg)
{
	const struct ending *e = arg;
	return api_token_revoke(rq, e->id, e->side, e->owner);
}

static enum st used_write(struct req *rq, void *arg)
{
	return api_token_used(rq, *(int64_t *)arg);
}

static void life(struct place *p)
{
	struct making m;
	struct api_token t;
	clock_set_for_test(NOW);
	assert_st(make(p, &m, API_CONTACT, "Mei@Holder.example", "x\ny", 0), ST_INVALID);
	assert_st(make(p, &m, API_CONTACT, MEI, "", NOW), ST_INVALID);
	assert_ok(make(p, &m, API_CONTACT, "Mei@Holder.example", " ticket system ", 0));
	assert_ok(opened(p, API_CONTACT, m.token, &t));
	assert_string_equal(t.owner, MEI);
	assert_string_equal(t.label, "ticket system");
	assert_int_equal(t.until, NOW + API_TOKEN_DAYS * DAY);
	/* Another side's, another spelling, nothing. */
	assert_st(opened(p, API_PARTNER, m.token, &t), ST_NOTFOUND);
	m.token[0] ^= 32;
	assert_st(opened(p, API_CONTACT, m.token, &t), ST_NOTFOUND);
	m.token[0] ^= 32;
	assert_st(opened(p, API_CONTACT, "", &t), ST_NOTFOUND);
	/* Its last use. */
	clock_set_for_test(NOW + DAY);
	assert_ok(in_write(p, used_write, &m.t.id));
	assert_ok(opened(p, API_CONTACT, m.token, &t));
	assert_int_equal(t.used_at, NOW + DAY);
	/* Its end: to the microsecond. */
	clock_set_for_test(t.until - 1);
	assert_ok(opened(p, API_CONTACT, m.token, &t));
	clock_set_for_test(t.until);
	assert_st(opened(p, API_CONTACT, m.token, &t), ST_NOTFOUND);
	clock_set_for_test(0);
}
ON_EACH_DRIVER(test_life, life)

static void taken_back(struct place *p)
{
	struct making a, b;
	struct api_token t;
	assert_ok(make(p, &a, API_PARTNER, "7", "SIEM", 0));
	assert_ok(make(p, &b, API_PARTNER, "8", "", 0));
	assert_string_not_equal(a.token, b.token);
	assert_st(in_write(p, end_write, &(struct ending){ a.t.id, API_PARTNER, "8" }), ST_NOTFOUND);
	assert_st(in_write(p, end_write, &(struct ending){ a.t.id, API_CONTACT, NULL }), ST_NOTFOUND);
	assert_ok(opened(p, API_PARTNER, a.token, &t));
	assert_ok(in_write(p, end_write, &(struct ending){ a.t.id, API_PARTNER, "7" }));
	assert_st(opened(p, API_PARTNER, a.token, &t), ST_NOTFOUND);
	assert_st(in_write(p, end_write, &(struct ending){ a.t.id, API_PARTNER, NULL }), ST_NOTFOUND);
	assert_ok(opened(p, API_PARTNER, b.token, &t));
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE verb = 'api-token-made'"), 2);
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE verb = 'api-token-revoked'"), 1);
}
ON_EACH_DRIVER(test_taken_back, taken_back)

static void so_many(struct place *p)
{
	struct making m;
	for (int i = 0; i < API_TOKENS; i++)
		assert_ok(make(p, &m, API_CONTACT, MEI, "", 0));
	assert_st(make(p, &m, API_CONTACT, MEI, "", 0), ST_CONFLICT);
	assert_ok(make(p, &m, API_PARTNER, MEI, "", 0)); /* another side's */
	assert_ok(in_write(p, end_write, &(struct ending){ 1, API_CONTACT, MEI }));
	assert_ok(make(p, &m, API_CONTACT, MEI, "", 0));
}
ON_EACH_DRIVER(test_so_many, so_many)

static enum st erase_write(struct req *rq, void *email)
{
	return api_token_erase(rq, &(struct person){ .email = email });
}

static void erased(struct place *p)
{
	struct making m, other;
	struct api_token t;
	bool knows = false;
	assert_ok(make(p, &m, API_CONTACT, MEI, "", 0));
	assert_ok(make(p, &other, API_CONTACT, "it@harbour.example", "", 0));
	struct req rq = on_reader(p);
	assert_ok(api_token_knows(&rq, "MEI@holder.example", &knows));
	assert_true(knows);
	store_reader_done(p->s);
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE payload LIKE '%holder.example%'"), 0);
	assert_ok(in_write(p, erase_write, NULL));
	assert_ok(opened(p, API_CONTACT, m.token, &t));
	assert_ok(in_write(p, erase_write, (void *)MEI));
	assert_st(opened(p, API_CONTACT, m.token, &t), ST_NOTFOUND);
	assert_ok(opened(p, API_CONTACT, other.token, &t));
}
ON_EACH_DRIVER(test_erased, erased)

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_life), cmocka_unit_test(test_taken_back),
					    cmocka_unit_test(test_so_many), cmocka_unit_test(test_erased) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
