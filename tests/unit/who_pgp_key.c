/* Who may say whose key is whose, and what is left of a key that was taken away. */
#include "inwrite.h"
#include "who/permit.h"
#include "who/pgp_key.h"

#define MEI "mei@partner.example"
#define FPR "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static const struct pgp_key key = { .address = (char *)MEI,
				    .fingerprint = (char *)FPR,
				    .user = (char *)"Mei <" MEI ">",
				    .armour = (char *)"armour",
				    .encrypts = true };

static void who_may_bind(struct place *p)
{
	static const struct {
		unsigned role;
		enum st want;
	} rows[] = { { ROLE_HANDLER, ST_OK },	{ ROLE_LEAD, ST_OK },	    { ROLE_OFFICER, ST_OK },
		     { ROLE_SYSTEM, ST_OK },	{ ROLE_ADMIN, ST_DENIED },  { ROLE_DPO, ST_DENIED },
		     { ROLE_LEGAL, ST_DENIED }, { ROLE_AUDITOR, ST_DENIED } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		bool may = rows[i].want == ST_OK;
		p->who = (struct actor){ .id = "somebody", .role = rows[i].role };
		assert_st(in_write(p, pgp_key_put, (void *)&key), rows[i].want);
		assert_int_equal(number_of(p, "SELECT count(*) FROM who_pgp_key"), may);
		p->who = actor_cli;
		assert_ok(in_write(p, pgp_key_put, (void *)&key));
		p->who = (struct actor){ .id = "somebody", .role = rows[i].role };
		assert_st(in_write(p, pgp_key_remove, (void *)MEI), rows[i].want);
		assert_int_equal(number_of(p, "SELECT count(*) FROM who_pgp_key"), !may);
		p->who = actor_cli;
		if (!may)
			assert_ok(in_write(p, pgp_key_remove, (void *)MEI));
	}
}

static enum st erase(struct req *rq, void *email)
{
	return pgp_key_erase(rq, &(struct person){ .email = email });
}

static void erased(struct place *p)
{
	bool knows = false;
	assert_ok(in_write(p, pgp_key_put, (void *)&key));
	struct req rq = on_reader(p);
	assert_ok(pgp_key_knows(&rq, "MEI@partner.example", &knows));
	assert_true(knows);
	store_reader_done(p->s);
	assert_ok(in_write(p, erase, (void *)"somebody@else.example"));
	assert_int_equal(number_of(p, "SELECT count(*) FROM who_pgp_key"), 1);
	assert_ok(in_write(p, erase, (void *)MEI));
	assert_int_equal(number_of(p, "SELECT count(*) FROM who_pgp_key"), 0);
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE subject = 'pgp:" FPR "'"), 2);
}

ON_EACH_DRIVER(test_who_may_bind, who_may_bind)
ON_EACH_DRIVER(test_erased, erased)

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_who_may_bind), cmocka_unit_test(test_erased) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
