/* Questionnaires changed a part at a time: what a change makes, what it is refused for, and what the field goes on asking. */
#include "inwrite.h"
#include "voice/edit.h"
#include "who/permit.h"

static const char words[] =
	"questionnaire q\n  en T\n  zh-TW 題\nconsent\n  en C\n  zh-TW 同意\n"
	"\nsection one\n  en One\n  zh-TW 一\n"
	"\nquestion a single required\n  en A\n  zh-TW 甲\n  option x\n    en X\n    zh-TW 子\n  option y\n"
	"    en Y\n    zh-TW 丑\n"
	"\nquestion b open\n  en B\n  zh-TW 乙\n  ask if a = x\n"
	"\nsection two\n  en Two\n  zh-TW 二\n"
	"\nquestion c open\n  en C\n  zh-TW 丙\n";

/* Names of sections (in capitals: "S:") and questions, in order. */
static const char *order(struct arena *mem, const struct questionnaire *q)
{
	BUF_SCOPE b = BUF_INIT;
	for (int s = 0; s < q->nsections; s++) {
		buf_printf(&b, "%s:", q->section[s].id);
		for (int i = 0; i < q->nquestions; i++)
			if (q->question[i].section == s)
				buf_printf(&b, "%s ", q->question[i].id);
	}
	return arena_strdup(mem, buf_cstr(&b));
}

struct world {
	struct arena *mem;
	struct questionnaire q;
	struct err err;
};

static struct world *world_of(void)
{
	struct arena *mem = arena_new((size_t)4 << 20);
	struct world *w = arena_new_of(mem, struct world);
	w->mem = mem;
	assert_ok(questionnaire_parse(mem, words, strlen(words), &w->q, &w->err));
	return w;
}

/* Changes it, and says what is where. */
static const char *after(struct world *w, struct q_edit e, enum st want)
{
	BUF_SCOPE b = BUF_INIT;
	struct questionnaire made;
	assert_st(questionnaire_edit(w->mem, &w->q, &e, &b, &w->err), want);
	if (want)
		return w->err.msg;
	assert_ok(questionnaire_parse(w->mem, buf_cstr(&b), b.n, &made, &w->err));
	return order(w->mem, &made);
}

static void parts_move(void **state)
{
	struct world *w = world_of();
	(void)state;
	assert_string_equal(order(w->mem, &w->q), "one:a b two:c ");
	assert_string_equal(after(w, (struct q_edit){ QC_UP, false, "c", NULL }, ST_OK), "one:a b c two:");
	assert_string_equal(after(w, (struct q_edit){ QC_DOWN, false, "b", NULL }, ST_OK), "one:a two:b c ");
	assert_string_equal(after(w, (struct q_edit){ QC_REMOVE, false, "b", NULL }, ST_OK), "one:a two:c ");
	assert_string_equal(after(w, (struct q_edit){ QC_UP, true, "two", NULL }, ST_OK), "two:c one:a b ");
	assert_string_equal(after(w, (struct q_edit){ QC_DOWN, true, "one", NULL }, ST_OK), "two:c one:a b ");
	assert_string_equal(after(w, (struct q_edit){ QC_ADD, true, NULL, "section new\n" }, ST_OK),
			    "one:a b two:c new:");
	assert_string_equal(after(w, (struct q_edit){ QC_ADD, false, "one", "question d open\n" }, ST_OK),
			    "one:a b d two:c ");
	assert_string_equal(after(w, (struct q_edit){ QC_PUT, false, "c", "question z open\n" }, ST_OK),
			    "one:a b two:z ");
	assert_string_equal(after(w, (struct q_edit){ QC_PUT, true, "two", "section last\n en L\n" }, ST_OK),
			    "one:a b last:c ");
	arena_free(w->mem);
}

static void what_can_not_be(void **state)
{
	struct world *w = world_of();
	(void)state;
	assert_non_null(strstr(after(w, (struct q_edit){ QC_UP, false, "a", NULL }, ST_CONFLICT), "first"));
	assert_non_null(strstr(after(w, (struct q_edit){ QC_DOWN, false, "c", NULL }, ST_CONFLICT), "last"));
	assert_non_null(strstr(after(w, (struct q_edit){ QC_UP, true, "one", NULL }, ST_CONFLICT), "first"));
	assert_non_null(strstr(after(w, (struct q_edit){ QC_DOWN, true, "two", NULL }, ST_CONFLICT), "last"));
	assert_non_null(strstr(after(w, (struct q_edit){ QC_REMOVE, true, "two", NULL }, ST_CONFLICT), "questions"));
	after(w, (struct q_edit){ QC_REMOVE, false, "nothing", NULL }, ST_NOTFOUND);
	/* The parser's word: b looks back at a. */
	const char *why = after(w, (struct q_edit){ QC_UP, false, "b", NULL }, ST_INVALID);
	assert_non_null(strstr(why, "before this one"));
	assert_true(strncmp(why, "line", 4) != 0);
	after(w, (struct q_edit){ QC_REMOVE, false, "a", NULL }, ST_INVALID);
	after(w, (struct q_edit){ QC_ADD, false, "one", "question a open\n" }, ST_INVALID);
	after(w, (struct q_edit){ QC_PUT, false, "c", "question c open\nquestionnaire other\n" }, ST_INVALID);
	assert_non_null(strstr(after(w, (struct q_edit){ QC_TEXT, false, NULL, "questionnaire other\n" }, ST_INVALID),
			       "name stays"));
	assert_non_null(strstr(after(w, (struct q_edit){ QC_TEXT, false, NULL, "questionnaire q\nwhat\n" }, ST_INVALID),
			       "line 2"));
	arena_free(w->mem);
}

/* ── kept as versions ── */

static enum st edit(struct place *p, int base, struct q_edit e, int *version)
{
	struct voice_edit a = { .name = "q", .base = base, .edit = e };
	enum st st = in_write(p, voice_edit, &a);
	*version = a.version;
	return st;
}

static void each_change_is_a_version(struct place *p)
{
	int version;
	struct voice_version v;
	struct q_edit whole = { QC_TEXT, false, NULL, words };
	struct q_edit gone = { QC_REMOVE, false, "b", NULL };
	assert_st(edit(p, 1, whole, &version), ST_NOTFOUND);
	assert_ok(edit(p, 0, whole, &version));
	assert_int_equal(version, 1);
	assert_st(edit(p, 0, whole, &version), ST_CONFLICT); /* there is one of that name */
	/* In the field: the study goes on asking version 1. */
	struct voice_new new = { .name = "s", .questionnaire = "q" };
	struct voice_frame_row row = { "a@example.tw", "en", "" };
	struct voice_group_add group = { "s", "all", "All", "全部", "list x", 0, &row, 1 };
	struct voice_draw draw = { .study = "s", .seed = 7 };
	struct voice_open open = { "s", clock_now() + 86400 * USEC };
	static const uint8_t key[32] = { 7 };
	voice_setup(key, 0);
	assert_ok(in_write(p, voice_study_new, &new));
	assert_ok(in_write(p, voice_group_add, &group));
	assert_ok(in_write(p, voice_draw, &draw));
	assert_ok(in_write(p, voice_open, &open));
	assert_ok(edit(p, 1, gone, &version));
	assert_int_equal(version, 2);
	assert_st(edit(p, 1, gone, &version), ST_CONFLICT); /* somebody was before */
	assert_int_equal(number_of(p, "SELECT version FROM voice_study"), 1);
	struct questionnaire q;
	struct req rq = on_reader(p);
	assert_ok(voice_questionnaire(&rq, "q", 1, &q));
	assert_int_equal(q.nquestions, 3);
	assert_ok(voice_version_get(&rq, "q", 1, &v));
	assert_string_equal(v.field, "s");
	assert_ok(voice_questionnaire(&rq, "q", 0, &q));
	assert_int_equal(q.nquestions, 2);
	store_reader_done(p->s);
	/* Who may not. */
	p->who = (struct actor){ "staff:1", ROLE_HANDLER, 1 };
	assert_st(edit(p, 2, whole, &version), ST_DENIED);
}
ON_EACH_DRIVER(test_each_change_is_a_version, each_change_is_a_version)

static void refused_in_the_readers_language(void **state)
{
	struct world *w = world_of();
	struct q_edit up = { QC_UP, false, "a", NULL, LANG_ZH_TW },
		      twice = { QC_PUT, false, "a", "question b open\n", LANG_ZH_TW };
	(void)state;
	assert_string_equal(after(w, up, ST_CONFLICT), "a 已經在最前面");
	assert_string_equal(after(w, twice, ST_INVALID), "題目 b 出現兩次");
	arena_free(w->mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_move),
		cmocka_unit_test(what_can_not_be),
		cmocka_unit_test(refused_in_the_readers_language),
		cmocka_unit_test(test_each_change_is_a_version),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
