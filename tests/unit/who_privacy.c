#include "inwrite.h"
#include "base/json.h"
#include "store/journal.h"
#include "who/permit.h"
#include "who/person.h"
#include "who/privacy.h"

/* A room that keeps something of people. */
static int64_t erased[16];
static int nerased;
static bool refuse;

static enum st part_export(struct req *rq, const struct person *p, struct jw *w)
{
	j_int(w, "of", p->id);
	j_str(w, "words", "they said \"hello\"");
	return ST_OK;
}

static enum st part_erase(struct req *rq, const struct person *p)
{
	if (refuse)
		return err_set(&rq->err, ST_BUSY, "not now");
	erased[nerased++ % 16] = p->id;
	return ST_OK;
}

static const struct privacy_part test_parts[] = {
	{ "desk", part_export, part_erase, NULL },
	{ "quiet", NULL, NULL, NULL },
};

struct people {
	int64_t ann, bob;
};

static enum st settle(struct req *rq, void *arg)
{
	struct people *who = arg;
	char token[27];
	if (person_by_email(rq, "ann@example.org", LANG_ZH_TW, &who->ann) ||
	    person_by_email(rq, "bob@example.org", LANG_EN, &who->bob) || person_confirm_token(rq, who->ann, token) ||
	    person_confirm(rq, token, &who->ann) || person_confirm_token(rq, who->bob, token) ||
	    person_confirm(rq, token, &who->bob))
		return rq->err.code;
	return journal_append(rq, &(struct fact){ "desk", "NC-2026-000001", "report-filed", "{\"n\":1}", who->ann });
}

static void begin(struct place *p, struct people *who)
{
	nerased = 0;
	refuse = false;
	privacy_parts(test_parts, 2);
	assert_ok(in_write(p, settle, who));
}

/* ── export ── */

static void exported(struct place *p)
{
	struct people who;
	struct person found;
	struct err e = { 0 };
	BUF_SCOPE out = BUF_INIT, by_number = BUF_INIT;
	int64_t n;
	begin(p, &who);
	struct req rq = on_reader(p);
	assert_ok(privacy_export(&rq, "ann@example.org", &out));
	const struct json *j = json_parse(p->mem, buf_cstr(&out), out.n, &e);
	assert_non_null(j);
	assert_true(json_int(json_get(j, "person"), &n));
	assert_int_equal(n, who.ann);
	assert_string_equal(json_str(json_get(j, "email")), "ann@example.org");
	assert_string_equal(json_str(json_get(j, "language")), "zh-TW");
	assert_int_equal(json_count(json_get(j, "journal")), 2);
	const struct json *filed = json_at(json_get(j, "journal"), 1);
	assert_string_equal(json_str(json_get(filed, "verb")), "report-filed");
	assert_true(json_int(json_get(json_get(filed, "payload"), "n"), &n));
	assert_int_equal(json_count(json_get(j, "parts")), 1);
	assert_string_equal(json_str(json_get(json_get(json_get(j, "parts"), "desk"), "words")), "they said \"hello\"");
	assert_null(strstr(buf_cstr(&out), "bob@"));
	assert_ok(privacy_export(&rq, arena_printf(p->mem, "person:%lld", (long long)who.ann), &by_number));
	assert_string_equal(buf_cstr(&out), buf_cstr(&by_number));
	static const char *const wrong[] = { "", "ann", "person:", "person:0", "person:-1", "person:1x", "person: 1" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_st(privacy_export(&rq, wrong[i], &out), ST_INVALID);
	assert_st(privacy_export(&rq, "eve@example.org", &out), ST_NOTFOUND);
	assert_st(privacy_export(&rq, "person:999", &out), ST_NOTFOUND);
	assert_ok(person_find(&rq, "ann@example.org", &found)); /* nothing was changed */
}

static void too_large_to_export(struct place *p)
{
	struct people who;
	begin(p, &who);
	BUF_SCOPE out = { .max = 100 };
	struct req rq = on_reader(p);
	assert_st(privacy_export(&rq, "ann@example.org", &out), ST_LIMIT);
}

/* ── erasure ── */

struct erase_arg {
	const char *subject;
	struct privacy_erased out;
};
static enum st erase(struct req *rq, void *arg)
{
	struct erase_arg *a = arg;
	return privacy_erase(rq, a->subject, &a->out);
}

static void erased_everywhere(struct place *p)
{
	struct people who;
	struct erase_arg a = { .subject = "ann@example.org" };
	struct person found;
	struct entry e[8];
	int n;
	begin(p, &who);
	assert_ok(in_write(p, erase, &a));
	assert_int_equal(a.out.person, who.ann);
	assert_int_equal(a.out.entries, 2);
	assert_int_equal(nerased, 1);
	assert_int_equal(erased[0], who.ann);
	struct req rq = on_reader(p);
	assert_st(person_find(&rq, "ann@example.org", &found), ST_NOTFOUND);
	assert_ok(person_find(&rq, "bob@example.org", &found));
	assert_ok(journal_read(&rq, 0, 8, e, &n));
	assert_int_equal(n, 4);
	assert_true(e[0].erased_at && e[2].erased_at && !e[1].erased_at);
	assert_string_equal(e[3].verb, "person-erased");
	assert_string_equal(e[3].payload, "{\"entries\":2}");
	/* Once more, by number: nothing is left, and nothing new is told. */
	a.subject = arena_printf(p->mem, "person:%lld", (long long)who.ann);
	assert_ok(in_write(p, erase, &a));
	assert_int_equal(a.out.entries, 0);
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry"), 4);
	assert_int_equal(number_of(p, "SELECT count(*) FROM who_erased"), 1);
}

static void all_or_nothing(struct place *p)
{
	struct people who;
	struct erase_arg a = { .subject = "ann@example.org" };
	struct person found;
	begin(p, &who);
	refuse = true;
	assert_st(in_write(p, erase, &a), ST_BUSY);
	struct req rq = on_reader(p);
	assert_ok(person_find(&rq, "ann@example.org", &found));
	assert_int_equal(number_of(p, "SELECT count(*) FROM who_erased"), 0);
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE erased_at > 0"), 0);
}

struct replay_arg {
	const char *path;
	int64_t n;
};
static enum st replay(struct req *rq, void *arg)
{
	struct replay_arg *a = arg;
	return privacy_replay(rq, a->path, &a->n);
}

static void not_for_everybody(struct place *p)
{
	struct people who;
	struct erase_arg a = { .subject = "ann@example.org" };
	struct replay_arg list = { .path = "/nowhere" };
	BUF_SCOPE out = BUF_INIT;
	begin(p, &who);
	static const unsigned others[] = { ROLE_ANYONE, ROLE_HANDLER, ROLE_ADMIN, ROLE_HANDLER | ROLE_ADMIN };
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		p->who.role = others[i];
		struct req rq = on_reader(p);
		assert_st(privacy_export(&rq, "ann@example.org", &out), ST_DENIED);
		assert_st(in_write(p, erase, &a), ST_DENIED);
		assert_st(in_write(p, replay, &list), ST_DENIED);
	}
	assert_int_equal(out.n, 0);
	assert_int_equal(nerased, 0);
}

/* ── a restore ── */

static const char *list_file(struct place *p, const char *text)
{
	char *path = arena_printf(p->mem, "%s/erased.list", teststore_dir());
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return path;
}

static void replayed_after_a_restore(struct place *p)
{
	struct people who;
	struct person found;
	begin(p, &who);
	struct replay_arg a = { .path = list_file(p, arena_printf(p->mem, "%lld %lld\n777\n", (long long)who.ann,
								  (long long)T0)) };
	clock_set_for_test(T0 + USEC);
	assert_ok(in_write(p, replay, &a));
	assert_int_equal(a.n, 1);
	struct req rq = on_reader(p);
	assert_st(person_find(&rq, "ann@example.org", &found), ST_NOTFOUND);
	assert_ok(person_find(&rq, "bob@example.org", &found));
	assert_ok(in_write(p, replay, &a));
	assert_int_equal(a.n, 0);
	/* The list goes on to the next backup, with those that this database does not know. */
	BUF_SCOPE list = BUF_INIT;
	rq = on_reader(p);
	assert_ok(privacy_erased_list(&rq, &list));
	assert_non_null(
		strstr(buf_cstr(&list), arena_printf(p->mem, "%lld %lld\n", (long long)who.ann, (long long)T0)));
	assert_non_null(strstr(buf_cstr(&list), "777 "));
	a.path = list_file(p, arena_printf(p->mem, "%lld\n", (long long)who.bob));
	assert_ok(in_write(p, replay, &a));
	assert_int_equal(a.n, 1);
}

static void a_number_given_again_is_somebody_else(struct place *p)
{
	struct people who;
	struct person found;
	begin(p, &who);
	struct replay_arg a = { .path = list_file(p, arena_printf(p->mem, "%lld %lld\n", (long long)who.ann,
								  (long long)T0 - 1)) };
	assert_ok(in_write(p, replay, &a));
	assert_int_equal(a.n, 0);
	struct req rq = on_reader(p);
	assert_ok(person_find(&rq, "ann@example.org", &found));
}

static void broken_lists(struct place *p)
{
	struct people who;
	struct person found;
	begin(p, &who);
	static const char *const tail[] = { "x\n", "-1\n", "1 \n", "1 x\n", "1 2 3\n", "ann@example.org\n" };
	for (size_t i = 0; i < sizeof tail / sizeof *tail; i++) {
		struct req rq = place_req(p);
		struct replay_arg a = { .path = list_file(
						p, arena_printf(p->mem, "%lld\n%s", (long long)who.bob, tail[i])) };
		assert_st(store_write(p->s, &rq, replay, &a), ST_INVALID);
		assert_non_null(strstr(rq.err.msg, "erased.list:2:"));
	}
	struct req rq = on_reader(p);
	assert_ok(person_find(&rq, "bob@example.org", &found));
	struct replay_arg none = { .path = "/nowhere/erased.list" };
	assert_true(in_write(p, replay, &none) != ST_OK);
}

/* ── the table ── */

static void the_table_is_complete(void **state)
{
	assert_true(privacy_count >= 8);
	for (int i = 0; i < privacy_count; i++) {
		const struct privacy_row *r = &privacy_rows[i];
		assert_true(*r->kind && *r->purpose && *r->seen_by && r->retention_days >= KEEP_BY_MACHINE);
		assert_true(r->table || r->retention_days < 365); /* what is in no table is not kept long */
	}
	/* What PGP says of a message goes with the message. */
	assert_int_equal(privacy_keep("desk_mail_pgp"), privacy_keep("desk_report"));
}

ON_EACH_DRIVER(test_exported, exported)
ON_EACH_DRIVER(test_too_large_to_export, too_large_to_export)
ON_EACH_DRIVER(test_erased_everywhere, erased_everywhere)
ON_EACH_DRIVER(test_all_or_nothing, all_or_nothing)
ON_EACH_DRIVER(test_not_for_everybody, not_for_everybody)
ON_EACH_DRIVER(test_replayed_after_a_restore, replayed_after_a_restore)
ON_EACH_DRIVER(test_a_number_given_again, a_number_given_again_is_somebody_else)
ON_EACH_DRIVER(test_broken_lists, broken_lists)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exported),
		cmocka_unit_test(test_too_large_to_export),
		cmocka_unit_test(test_erased_everywhere),
		cmocka_unit_test(test_all_or_nothing),
		cmocka_unit_test(test_not_for_everybody),
		cmocka_unit_test(test_replayed_after_a_restore),
		cmocka_unit_test(test_a_number_given_again),
		cmocka_unit_test(test_broken_lists),
		cmocka_unit_test(the_table_is_complete),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
