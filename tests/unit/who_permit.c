/* Every role × permission, from the side of who must not get in. */
#include "who/permit.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define CASES                                                                                                          \
	MAY_SEE_QUEUE, MAY_SEE_CASE, MAY_SEE_REPORTER, MAY_APPROVE_NOTICE, MAY_WRITE_PARTY, MAY_CLOSE_CASE,            \
		MAY_ADD_NOTE, MAY_SEE_FILE, MAY_DO_TASK, MAY_SEE_HISTORY, MAY_SORT_CASE, MAY_ASSIGN
#define REGISTRY MAY_LOCK_NAME, MAY_GIVE_TOKEN, MAY_SEE_REGISTRY, MAY_SET_POLICY, MAY_REVIEW, MAY_SET_QUEUE
#define CONSOLE MAY_CONSOLE_READ, MAY_CONSOLE_WRITE, MAY_CONSOLE_USERS
#define STAFF CASES, REGISTRY, MAY_ANNOUNCE, MAY_IMPORT, MAY_ADD_ACCOUNT, MAY_ERASE_PERSON, MAY_SEE_HEALTH
#define END PERMISSIONS

static const struct refusal {
	unsigned role;
	enum permission refused[PERMISSIONS + 1];
} refusals[] = {
	{ ROLE_ANYONE,
	  { CASES, REGISTRY, CONSOLE, MAY_ANNOUNCE, MAY_IMPORT, MAY_ADD_ACCOUNT, MAY_ERASE_PERSON, MAY_SEE_HEALTH,
	    END } },
	{ ROLE_HANDLER,
	  { REGISTRY, CONSOLE, MAY_ANNOUNCE, MAY_IMPORT, MAY_ADD_ACCOUNT, MAY_ERASE_PERSON, MAY_SEE_HEALTH, END } },
	{ ROLE_OFFICER, { CONSOLE, MAY_ADD_ACCOUNT, END } },
	{ ROLE_ADMIN, { CASES, REGISTRY, CONSOLE, MAY_ERASE_PERSON, END } },
	{ ROLE_HANDLER | ROLE_OFFICER, { CONSOLE, MAY_ADD_ACCOUNT, END } },
	{ ROLE_HANDLER | ROLE_ADMIN, { REGISTRY, CONSOLE, MAY_ERASE_PERSON, END } },
	{ ROLE_OFFICER | ROLE_ADMIN, { CONSOLE, END } },
	{ ROLE_HANDLER | ROLE_OFFICER | ROLE_ADMIN, { CONSOLE, END } },
	{ ROLE_REGISTRAR, { STAFF, MAY_CONSOLE_WRITE, MAY_CONSOLE_USERS, END } },
	{ ROLE_REGISTRAR | ROLE_REGISTRAR_WRITE, { STAFF, MAY_CONSOLE_USERS, END } },
	{ ROLE_REGISTRAR | ROLE_REGISTRAR_WRITE | ROLE_REGISTRAR_USERS, { STAFF, END } },
	{ ROLE_SYSTEM, { END } },
};

static bool is_refused(const struct refusal *r, enum permission what)
{
	for (int i = 0; r->refused[i] != END; i++)
		if (r->refused[i] == what)
			return true;
	return false;
}

static void every_role_and_permission(void **state)
{
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
		for (int what = 0; what < PERMISSIONS; what++) {
			struct actor who = { .role = refusals[i].role };
			struct req rq = { .who = &who };
			bool refused = is_refused(&refusals[i], what);
			enum st st = permit(&rq, what);
			if (st != (refused ? ST_DENIED : ST_OK))
				fail_msg("%s × %s: %s", role_name(who.role), permit_rows[what].name, st_name(st));
			if (refused)
				assert_non_null(strstr(rq.err.msg, permit_rows[what].name));
		}
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
	unsigned role;
	for (unsigned r = 1; r < 8; r++) {
		assert_true(role_parse(role_name(r), &role));
		assert_int_equal(role, r);
	}
	assert_true(role_parse("admin,handler", &role));
	assert_int_equal(role, ROLE_ADMIN | ROLE_HANDLER);
	static const char *const wrong[] = { "",	 "system",   "anyone", "Handler",	 "handler+",
					     "+handler", "handlers", "hand",   "handler officer" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(role_parse(wrong[i], &role));
	assert_string_equal(role_name(0), "anyone");
	assert_string_equal(role_name(15), "system");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_role_and_permission),
		cmocka_unit_test(nobody_and_nonsense),
		cmocka_unit_test(the_table_is_complete),
		cmocka_unit_test(names_of_roles),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
