/* Every role × permission, from the side of who must not get in. */
#include "who/permit.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define BINDS WORK, MAY_BIND_KEY, MAY_CODE_ANSWERS
#define WORK                                                                                                           \
	MAY_SEE_QUEUE, MAY_SEE_CASE, MAY_SEE_REPORTER, MAY_APPROVE_NOTICE, MAY_WRITE_PARTY, MAY_CLOSE_CASE,            \
		MAY_ADD_NOTE, MAY_SEE_FILE, MAY_DO_TASK, MAY_SEE_HISTORY, MAY_LABEL_CASE, MAY_SHARE, MAY_SEE_PARTNERS, \
		MAY_PROPOSE, MAY_SEE_FIGURES, MAY_ASSIGN, MAY_SORT_CASE, MAY_SEE_SURVEY, MAY_MERGE_CASE
#define OFFICE                                                                                                         \
	MAY_IMPORT, MAY_SEE_HEALTH, MAY_LOCK_NAME, MAY_GIVE_TOKEN, MAY_ANNOUNCE, MAY_SEE_REGISTRY, MAY_SET_POLICY,     \
		MAY_REVIEW, MAY_SEE_REVIEW, MAY_SET_LABEL_DEFAULT, MAY_SET_PARTNER, MAY_SET_LADDER,                    \
		MAY_SECOND_PROPOSAL, MAY_CHECK_CONTACT, MAY_RUN_SURVEY, MAY_SEE_ANSWERS, MAY_SEE_LINKS, MAY_SET_QUEUE, \
		MAY_SET_SEVERITY, MAY_SET_TEMPLATE, MAY_RUN_NEWSLETTER
#define PERSONAL MAY_ERASE_PERSON, MAY_SEE_PERSONAL_CASE, MAY_SEE_JOURNAL_OF_VIEWS
#define MACHINE MAY_IMPORT, MAY_ADD_ACCOUNT, MAY_SEE_HEALTH, MAY_ANNOUNCE, MAY_END_SESSION
#define LEGAL                                                                                                          \
	MAY_SEE_QUEUE, MAY_SEE_CASE, MAY_ADD_NOTE, MAY_DO_TASK, MAY_SEE_HISTORY, MAY_SEE_REGISTRY, MAY_SEE_FIGURES,    \
		MAY_GIVE_OPINION, MAY_SECOND_PROPOSAL, MAY_SECOND_LEGAL, MAY_SEE_PARTNERS
#define AUDIT                                                                                                          \
	MAY_SEE_QUEUE, MAY_SEE_CASE, MAY_SEE_REPORTER, MAY_SEE_FILE, MAY_SEE_HEALTH, MAY_SEE_HISTORY,                  \
		MAY_SEE_REGISTRY, MAY_SEE_REVIEW, MAY_SEE_FIGURES, MAY_SEE_PARTNERS, MAY_SEE_PERSONAL_CASE,            \
		MAY_SEE_SURVEY, MAY_SEE_JOURNAL_OF_VIEWS
#define CONSOLE MAY_CONSOLE_READ, MAY_CONSOLE_WRITE, MAY_CONSOLE_USERS
#define END PERMISSIONS

/* Written down a second time, from the side of the person, so that a slip in one table is seen in the other. */
static const struct right {
	unsigned role;
	enum permission allowed[3 * PERMISSIONS]; /* some stand in two groups */
} rights[] = {
	{ ROLE_ANYONE, { END } },
	{ ROLE_HANDLER, { BINDS, END } },
	{ ROLE_LEAD, { BINDS, MAY_SEE_HEALTH, MAY_SECOND_PROPOSAL, MAY_SET_TEMPLATE, END } },
	{ ROLE_OFFICER, { BINDS, OFFICE, END } },
	{ ROLE_LEGAL, { LEGAL, END } },
	{ ROLE_DPO, { WORK, PERSONAL, END } },
	{ ROLE_DIRECTOR, { MAY_SEE_SURVEY, MAY_SEE_FIGURES, MAY_SEE_REGISTRY, MAY_SET_POLICY, END } },
	{ ROLE_AUDITOR, { AUDIT, END } },
	{ ROLE_ADMIN, { MACHINE, END } },
	{ ROLE_HANDLER | ROLE_OFFICER, { BINDS, OFFICE, END } },
	{ ROLE_HANDLER | ROLE_ADMIN, { BINDS, MACHINE, END } },
	{ ROLE_LEGAL | ROLE_DPO, { WORK, LEGAL, PERSONAL, END } },
	{ ROLE_REGISTRAR, { MAY_CONSOLE_READ, END } },
	{ ROLE_REGISTRAR | ROLE_REGISTRAR_WRITE, { MAY_CONSOLE_READ, MAY_CONSOLE_WRITE, END } },
	{ ROLE_REGISTRAR | ROLE_REGISTRAR_WRITE | ROLE_REGISTRAR_USERS, { CONSOLE, END } },
	{ ROLE_SYSTEM, { BINDS, OFFICE, PERSONAL, MACHINE, LEGAL, AUDIT, CONSOLE, END } },
};

static bool is_allowed(const struct right *r, enum permission what)
{
	for (int i = 0; r->allowed[i] != END; i++)
		if (r->allowed[i] == what)
			return true;
	return false;
}

static void every_role_and_permission(void **state)
{
	struct arena *mem = arena_new(1 << 20);
	for (size_t i = 0; i < sizeof rights / sizeof *rights; i++)
		for (int what = 0; what < PERMISSIONS; what++) {
			struct actor who = { .role = rights[i].role };
			struct req rq = { .who = &who };
			bool allowed = is_allowed(&rights[i], what);
			enum st st = permit(&rq, what);
			if (st != (allowed ? ST_OK : ST_DENIED) || role_may(who.role, what) != allowed)
				fail_msg("%s × %s: %s", role_name(mem, who.role), permit_rows[what].name, st_name(st));
			if (!allowed)
				assert_non_null(strstr(rq.err.msg, permit_rows[what].name));
		}
	arena_free(mem);
}

/* What changes something, named here and nowhere else: an auditor has none of it. */
static void an_auditor_changes_nothing(void **state)
{
	static const enum permission changes[] = { MAY_APPROVE_NOTICE, MAY_WRITE_PARTY,	 MAY_CLOSE_CASE,
						   MAY_ADD_NOTE,       MAY_DO_TASK,	 MAY_IMPORT,
						   MAY_ADD_ACCOUNT,    MAY_ERASE_PERSON, MAY_LOCK_NAME,
						   MAY_GIVE_TOKEN,     MAY_ANNOUNCE,	 MAY_SET_POLICY,
						   MAY_REVIEW,	       MAY_GIVE_OPINION, MAY_SECOND_PROPOSAL,
						   MAY_END_SESSION,    MAY_ASSIGN,	 MAY_BIND_KEY };
	struct err e = { 0 };
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
		assert_false(role_may(ROLE_AUDITOR, changes[i]));
	assert_int_equal(role_check(ROLE_AUDITOR, &e), ST_OK);
	for (int i = 0; i < role_count; i++)
		if (role_rows[i].role != ROLE_AUDITOR)
			assert_int_equal(role_check(ROLE_AUDITOR | role_rows[i].role, &e), ST_INVALID);
	assert_int_equal(role_check(role_staff & ~(unsigned)ROLE_AUDITOR, &e), ST_OK);
	static const unsigned wrong[] = { 0, ROLE_SYSTEM, ROLE_REGISTRAR, ROLE_HANDLER | ROLE_SYSTEM, 1u << 20 };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(role_check(wrong[i], &e), ST_INVALID);
}

static void nobody_and_nonsense(void **state)
{
	struct actor odd = { .role = 1u << 20 };
	struct req none = { 0 }, rq = { .who = &odd };
	for (int what = 0; what < PERMISSIONS; what++) {
		assert_int_equal(permit(&none, what), ST_DENIED);
		assert_int_equal(permit(&rq, what), ST_DENIED);
	}
	assert_int_equal(permit(&rq, PERMISSIONS), ST_INTERNAL);
	assert_int_equal(permit(&rq, (enum permission) - 1), ST_INTERNAL);
}

static void the_table_is_complete(void **state)
{
	for (int i = 0; i < PERMISSIONS; i++) {
		assert_int_equal(permit_rows[i].what, i);
		assert_true(permit_rows[i].name && *permit_rows[i].name && permit_rows[i].doc && *permit_rows[i].doc);
		assert_true(permit_rows[i].roles & ROLE_SYSTEM);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(permit_rows[i].name, permit_rows[j].name);
	}
}

static void names_of_roles(void **state)
{
	struct arena *mem = arena_new(8 << 20);
	unsigned role;
	for (unsigned r = 1; r < 4096; r++) {
		bool ok = role_parse(role_name(mem, r), &role);
		if (!(r & ~role_staff)) {
			assert_true(ok);
			assert_int_equal(role, r);
		} else {
			assert_false(ok); /* the system, registrars' people, mixtures */
		}
	}
	assert_true(role_parse("admin,handler", &role));
	assert_int_equal(role, ROLE_ADMIN | ROLE_HANDLER);
	assert_true(role_parse("registry-officer", &role));
	assert_int_equal(role, ROLE_OFFICER);
	static const char *const wrong[] = { "",	 "system",   "anyone", "Handler",	 "handler+",
					     "+handler", "handlers", "hand",   "handler officer" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(role_parse(wrong[i], &role));
	assert_string_equal(role_name(mem, 0), "anyone");
	assert_string_equal(role_name(mem, 15), "system");
	assert_string_equal(role_name(mem, ROLE_OFFICER | ROLE_ADMIN), "officer+admin");
	arena_free(mem);
}

/* These numbers stand in databases. */
static void numbers_of_roles(void **state)
{
	static const struct {
		const char *name;
		unsigned number;
	} kept[] = { { "handler", 1 }, { "officer", 2 }, { "admin", 4 },       { "lead", 128 },
		     { "legal", 256 }, { "dpo", 512 },	 { "director", 1024 }, { "auditor", 2048 } };
	unsigned role;
	assert_int_equal(role_count, sizeof kept / sizeof *kept);
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
		assert_true(role_parse(kept[i].name, &role));
		assert_int_equal(role, kept[i].number);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_role_and_permission), cmocka_unit_test(nobody_and_nonsense),
		cmocka_unit_test(the_table_is_complete),     cmocka_unit_test(names_of_roles),
		cmocka_unit_test(numbers_of_roles),	     cmocka_unit_test(an_auditor_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
