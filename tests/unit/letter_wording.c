/* Which version of a template words a letter. */
#include "inwrite.h"
#include "letter/letter.h"

static struct wording worded(struct place *p, int64_t at)
{
	struct wording w;
	struct req rq = on_reader(p);
	assert_ok(letter_wording(&rq, FOR_NOTICE, LANG_EN, at, &w));
	store_reader_done(p->s);
	return w;
}

static void set(struct place *p, int64_t at, const char *subject)
{
	struct wording w;
	letter_delivered(p->mem, FOR_NOTICE, LANG_EN, &w);
	struct template_arg a = { .purpose = FOR_NOTICE, .lang = LANG_EN, .w = { -1, subject, w.text, "" } };
	clock_set_for_test(at);
	assert_ok(in_write(p, letter_template_set, &a));
}

/* A letter made again is the same: what is set in the microsecond of its fact, before or after it, is not in it. */
static void moment(struct place *p)
{
	set(p, T0, "one {class}");
	set(p, T0 + 5, "two {class}");
	static const int version[] = { 0, 0, 1, 1, 1, 1, 1, 2 };
	for (int i = 0; i < 8; i++)
		assert_int_equal(worded(p, T0 - 1 + i).version, version[i]);
	assert_string_equal(worded(p, T0 + 6).subject, "two {class}");
}
ON_EACH_DRIVER(words_of_the_moment, moment)

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(words_of_the_moment) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
