/* A study of many answers closes in steps, on both stores: what is refused meanwhile, what a kill between two steps leaves, and
 * that nothing joins answers to people at the end. It is forgotten in steps, too. */
#include "inwrite.h"
#include "base/hash.h"
#include "voice/coding.h"
#include "voice/voice.h"
#include "who/permit.h"
#include "who/privacy.h"

static const char words[] =
	"questionnaire q\n en T\n zh-TW 題\nconsent\n en C\n zh-TW 同意\nsection s\n en S\n zh-TW 節\n"
	"question w open\n en W?\n zh-TW 為何？\n";
enum { ANSWERS = 5000, DRAFTS = ANSWERS / 10, PEOPLE = 3000, STEP = 2000 };
static const struct actor nobody = { "anonymous", ROLE_ANYONE, 0 };

static int64_t numbered(uint64_t *state)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (int64_t)(*state >> 1) | 1;
}

/* As voice_save leaves them: every tenth a draft. */
static enum st many(struct req *rq, void *arg)
{
	uint64_t state = 11;
	(void)arg;
	for (int i = 0; i < ANSWERS; i++) {
		int64_t id = numbered(&state);
		struct hash h = hash_of(&id, sizeof id);
		if (sql_run(rq,
			    "INSERT INTO voice_response(id, study, link, segments, state, revision, seconds, begun,"
			    " reason, packed) VALUES($1, 1, $2, 1, $3, 1, 60, 0, '', $4)",
			    V(id), V_BLOB(h.b, HASH_LEN), V(i % 10 != 0), V_BLOB("\x01", 1)) ||
		    sql_run(rq,
			    "INSERT INTO voice_word(response, study, item, kind, number, text) VALUES($1, 1, 0, 2, 0, "
			    "$2)",
			    V(id), V(arena_printf(rq->mem, "words %d", i))))
			return rq->err.code;
	}
	for (int i = 0; i < PEOPLE; i++)
		if (sql_run(rq,
			    "INSERT INTO voice_invite(study, position, email, lang, segments, opened, started, filled)"
			    " VALUES(1, 0, $1, 'en', 1, 1, 1, 1)",
			    V(arena_printf(rq->mem, "p%d@example.tw", i))))
			return rq->err.code;
	return ST_OK;
}

static void link_take(void *arg, int64_t invite, const char *email, const char *lang, const char *token)
{
	(void)invite, (void)email, (void)lang;
	snprintf(arg, 64, "%s", token);
}

/* In the field; `token`: of one who was asked and has begun. */
static void begin(struct place *p, char token[64])
{
	static const uint8_t key[32] = { 7 };
	static const uint64_t answer[] = { 1 };
	static char *const word[] = { (char *)(uintptr_t) "not sent off" };
	struct voice_import in = { .text = words, .n = strlen(words) };
	struct voice_new new = { .name = "s", .questionnaire = "q" };
	struct voice_frame_row row = { "one@example.tw", "en", "" };
	struct voice_group_add group = { "s", "all", "All", "全部", "list x", 0, &row, 1 };
	struct voice_draw draw = { .study = "s", .seed = 7 };
	struct voice_open open = { "s", clock_now() + 86400 * USEC };
	struct voice_save s = { .token = token, .to = 1, .answer = answer, .word = word, .begin = true };
	voice_setup(key, 0);
	assert_ok(in_write(p, voice_import, &in));
	assert_ok(in_write(p, voice_study_new, &new));
	assert_ok(in_write(p, voice_group_add, &group));
	assert_ok(in_write(p, voice_draw, &draw));
	assert_ok(in_write(p, voice_open, &open));
	struct req rq = on_reader(p);
	assert_ok(voice_links(&rq, 1, link_take, token));
	store_reader_done(p->s);
	assert_ok(in_write(p, voice_save, &s));
	assert_ok(in_write(p, many, NULL));
}

#define OLD "SELECT count(*) FROM voice_response WHERE id > 0"

/* One pass of the scheduler; how many rows were due. */
static int due(struct place *p)
{
	int n = 0;
	struct req rq = on_reader(p);
	assert_ok(due_run(p->s, &rq, voice_due_kinds, voice_due_count, &n));
	store_reader_done(p->s);
	return n;
}

static void nothing_is_read(struct place *p, char *token)
{
	struct voice_list *l = arena_new_of(p->mem, struct voice_list);
	struct voice_word *w = arena_array(p->mem, struct voice_word, 10);
	struct voice_found *found = arena_array(p->mem, struct voice_found, FOUND_MAX);
	struct voice_book *b = arena_new_of(p->mem, struct voice_book);
	struct voice_publish pub = { .study = "s" };
	struct voice_clean clean = { .study = "s" };
	struct voice_form f;
	int n;
	int64_t next;
	struct req rq = on_reader(p);
	assert_st(voice_list(&rq, "s", "", l), ST_CONFLICT);
	assert_st(voice_words(&rq, "s", "w", NULL, w, 10, &n), ST_CONFLICT);
	assert_st(voice_search(&rq, "s", "words", 0, found, FOUND_MAX, &n, &next), ST_CONFLICT);
	assert_st(voice_book(&rq, "s", "w", b), ST_CONFLICT);
	err_clear(&rq.err);
	rq.who = &nobody;
	assert_ok(voice_form_get(&rq, token, &f));
	assert_int_equal(f.state, LINK_CLOSED);
	assert_int_equal(f.response, 0);
	store_reader_done(p->s);
	assert_st(in_write(p, voice_publish, &pub), ST_CONFLICT);
	assert_st(in_write(p, voice_clean, &clean), ST_CONFLICT);
	assert_st(in_write(p, voice_withdraw, token), ST_CONFLICT);
}

static int64_t kept(struct place *p)
{
	struct voice_study s;
	struct voice_funnel f;
	struct req rq = on_reader(p);
	assert_ok(voice_study_get(&rq, "s", &s));
	assert_ok(voice_funnel(&rq, &s, -1, &f));
	store_reader_done(p->s);
	assert_int_equal(f.filled, PEOPLE);
	return f.kept;
}

static void reopened(struct place *p)
{
	struct err e = { 0 };
	store_close(p->s);
	p->s = store_open(&(struct store_opts){ .url = teststore_last }, &e);
	assert_non_null(p->s);
}

/* PostgreSQL: rows of a table that lie between those of another transaction, by their numbers; and the first and last
 * transaction of its rows. */
#define XMIN "CAST(CAST(xmin AS TEXT) AS BIGINT)"
#define MIXED(table)                                                                                                   \
	"SELECT count(*) FROM (SELECT min(id) AS a, max(id) AS b, " XMIN " AS x FROM " table " GROUP BY " XMIN         \
	") k JOIN (SELECT id, " XMIN " AS x FROM " table ") r ON r.id BETWEEN k.a AND k.b AND r.x <> k.x"
#define FIRST(table) "SELECT min(" XMIN ") FROM " table
#define LAST(table) "SELECT max(" XMIN ") FROM " table

/* Each transaction has a range of random numbers of answers, or of invitations; none is of the field. */
static void nothing_joins(struct place *p, int64_t field)
{
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_response WHERE id < 0 AND link IS NULL AND revision "
				      "= 0"),
			 ANSWERS - DRAFTS);
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_response"), ANSWERS - DRAFTS);
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_word w JOIN voice_response r ON r.id = w.response"),
			 ANSWERS - DRAFTS);
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_word"), ANSWERS - DRAFTS);
	if (store_is_sqlite(p->s))
		return;
	assert_in_range(number_of(p, "SELECT count(DISTINCT " XMIN ") FROM voice_response"), 3, 4);
	assert_int_equal(number_of(p, MIXED("voice_response")), 0);
	assert_int_equal(number_of(p, MIXED("voice_invite")), 0);
	assert_true(number_of(p, FIRST("voice_response")) > field && number_of(p, FIRST("voice_invite")) > field);
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_word w JOIN voice_response r ON r.id = w.response"
				      " WHERE w.xmin <> r.xmin"),
			 0);
	/* Within a step they lie in the order of their numbers, but where one begins on a page that had room; by chance
	 * half of them would not. */
	assert_in_range(number_of(p, "SELECT count(*) FROM (SELECT " XMIN " AS x, lag(" XMIN
				     ") OVER (ORDER BY ctid) AS y, id, lag(id) OVER (ORDER BY ctid) AS z FROM"
				     " voice_response) k WHERE k.x = k.y AND k.id > k.z"),
			0, 8);
}

static void in_steps(struct place *p)
{
	char token[64] = "";
	int steps = 0;
	begin(p, token);
	int64_t field = store_is_sqlite(p->s) ? 0 : number_of(p, LAST("voice_response"));
	assert_ok(in_write(p, voice_close, (char *)(uintptr_t) "s"));
	assert_int_equal(number_of(p, "SELECT state FROM voice_study"), STUDY_CLOSING);
	assert_int_equal(number_of(p, "SELECT closed_at FROM voice_study"), 0);
	for (int64_t old = number_of(p, OLD), before = ANSWERS + 1;
	     number_of(p, "SELECT state FROM voice_study") == STUDY_CLOSING; before = old, old = number_of(p, OLD)) {
		assert_in_range(before - old, 0, STEP);
		assert_int_equal(kept(p), ANSWERS - DRAFTS);
		nothing_is_read(p, token);
		reopened(p); /* killed: what comes next is a row */
		if (++steps ==
		    2) /* somebody closes it by hand, too: the row that was to make this step makes the next */
			assert_ok(in_write(p, voice_close, (char *)(uintptr_t) "s"));
		assert_true(due(p) > 0);
		assert_true(steps < 20);
	}
	assert_true(steps >= 3);
	assert_int_equal(number_of(p, "SELECT state FROM voice_study"), STUDY_CLOSED);
	assert_true(number_of(p, "SELECT closed_at FROM voice_study") > 0);
	assert_int_equal(kept(p), ANSWERS - DRAFTS);
	while (due(p))
		;
	assert_int_equal(number_of(p, "SELECT count(*) FROM work_due WHERE kind IN ('survey-cut', 'survey-close')"), 0);
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE verb = 'study-closed'"), 1);
	assert_st(in_write(p, voice_close, (char *)(uintptr_t) "s"), ST_CONFLICT);
	nothing_joins(p, field);
}
ON_EACH_DRIVER(a_large_study_closes_in_steps, in_steps)

/* ── when its time is over ── */

#define ASKED "SELECT count(*) FROM voice_invite WHERE email <> ''"
#define COUNTED "SELECT coalesce(sum(n), 0) FROM voice_count"

/* Passes of the scheduler until nothing is left that `sql` counts; no pass takes more than a step, and a process that is killed
 * after one goes on. */
static void emptied(struct place *p, const char *sql, const char *verb)
{
	char *said = arena_printf(p->mem, "SELECT count(*) FROM journal_entry WHERE verb = '%s'", verb);
	int passes = 0;
	for (int64_t left = number_of(p, sql), before; left; passes++) {
		assert_int_equal(number_of(p, said), 0);
		reopened(p);
		assert_true(due(p) > 0);
		before = left;
		left = number_of(p, sql);
		assert_in_range(before - left, 1, STEP);
	}
	while (due(p))
		;
	assert_true(passes >= 2);
	assert_int_equal(number_of(p, said), 1);
}

static void forgotten(struct place *p)
{
	char token[64] = "";
	struct voice_publish pub = { .study = "s" };
	begin(p, token);
	assert_ok(in_write(p, voice_close, (char *)(uintptr_t) "s"));
	while (due(p))
		;
	assert_ok(in_write(p, voice_publish, &pub));
	clock_set_for_test(clock_now() + privacy_keep("voice_invite") + USEC);
	emptied(p, ASKED, "addresses-forgotten");
	assert_int_equal(number_of(p, COUNTED), 0);
	clock_set_for_test(clock_now() + privacy_keep("voice_response"));
	assert_true(due(p) > 0);
	int64_t counted = number_of(p, COUNTED);
	assert_true(counted >= ANSWERS - DRAFTS);
	assert_true(number_of(p, "SELECT count(*) FROM voice_response") > 0);
	emptied(p, "SELECT count(*) FROM voice_response", "answers-forgotten");
	assert_int_equal(number_of(p, COUNTED), counted);
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_word"), 0);
	clock_set_for_test(0);
}
ON_EACH_DRIVER(what_is_forgotten_goes_in_steps, forgotten)

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_large_study_closes_in_steps),
					    cmocka_unit_test(what_is_forgotten_goes_in_steps) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
