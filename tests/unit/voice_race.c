/* A study closes at the moment when somebody begins, sends off or takes back answers: whatever was in time is counted, nothing leads
 * back to a person, and no draft is left. */
#include "race.h"
#include "voice/voice.h"
#include "who/permit.h"

static const char words[] =
	"questionnaire q\n en T\n zh-TW 題\nconsent\n en C\n zh-TW 同意\nsection s\n en S\n zh-TW 節\n"
	"question w single\n en W\n zh-TW 文\n option x\n  en X\n  zh-TW 甲\n option y\n  en Y\n  zh-TW 乙\n";
static const struct actor nobody = { "anonymous", ROLE_ANYONE, 0 };
enum { BEGINS, SENDS, TAKES_BACK, DEEDS };

static char *study_of(struct arena *mem, int round)
{
	return arena_printf(mem, "s%d", round);
}

static void link_take(void *arg, int64_t invite, const char *email, const char *lang, const char *token)
{
	(void)invite, (void)email, (void)lang;
	snprintf(arg, KEY_SIZE, "%s", token);
}

static void study_open(struct place *p, const char *name, char key[KEY_SIZE])
{
	struct voice_new new = { .name = name, .questionnaire = "q" };
	struct voice_frame_row row = { arena_printf(p->mem, "%s@example.tw", name), "en", "" };
	struct voice_group_add group = { name, "all", "All", "全部", "list x", 0, &row, 1 };
	struct voice_draw draw = { .study = name, .seed = 7 };
	struct voice_open open = { name, clock_now() + 86400 * USEC };
	struct voice_study s;
	assert_ok(in_write(p, voice_study_new, &new));
	assert_ok(in_write(p, voice_group_add, &group));
	assert_ok(in_write(p, voice_draw, &draw));
	assert_ok(in_write(p, voice_open, &open));
	struct req rq = on_reader(p);
	assert_ok(voice_study_get(&rq, name, &s));
	assert_ok(voice_links(&rq, s.id, link_take, key));
	store_reader_done(p->s);
}

static enum st save(struct store *s, struct arena *mem, const char *token, bool begin, int64_t revision)
{
	static const uint64_t answer[] = { 1 };
	static char *const word[] = { NULL };
	struct voice_save a = { .token = token,
				.revision = revision,
				.to = 1,
				.answer = answer,
				.word = word,
				.begin = begin,
				.fill = !begin };
	struct req rq = { .mem = mem, .who = &nobody };
	return store_write(s, &rq, voice_save, &a);
}

static void answer_or_close(struct racer *r, int round)
{
	char *token = r->race->key[round];
	arena_reset(r->mem);
	struct req rq = { .mem = r->mem, .who = r->me ? &actor_cli : &nobody };
	if (r->me)
		r->st[round] = store_write(r->s, &rq, voice_close, study_of(r->mem, round));
	else if (round % DEEDS == TAKES_BACK)
		r->st[round] = store_write(r->s, &rq, voice_withdraw, token);
	else
		r->st[round] = save(r->s, r->mem, token, round % DEEDS == BEGINS, 1);
}

static void closed_together(struct place *p)
{
	static const uint8_t key[32] = { 7 };
	struct voice_import in = { .text = words, .n = strlen(words) };
	struct race *race = calloc(1, sizeof *race);
	int sent = 0;
	voice_setup(key, 0);
	assert_ok(in_write(p, voice_import, &in));
	for (int i = 0; i < ROUNDS; i++) {
		study_open(p, study_of(p->mem, i), race->key[i]);
		if (i % DEEDS >= SENDS)
			assert_ok(save(p->s, p->mem, race->key[i], true, 0));
		if (i % DEEDS == TAKES_BACK)
			assert_ok(save(p->s, p->mem, race->key[i], false, 1));
	}
	race->step = answer_or_close;
	run_race(race);
	for (int i = 0; i < ROUNDS; i++) {
		enum st st = race->racer[0].st[i];
		assert_ok(race->racer[1].st[i]);
		assert_true(!st || st == ST_DENIED || st == ST_CONFLICT);
		sent += i % DEEDS == SENDS ? !st : i % DEEDS == TAKES_BACK ? st != ST_OK : 0;
	}
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_study WHERE state <> 4"), 0);
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_response WHERE link IS NOT NULL"), 0);
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_response WHERE state <> 1"), 0);
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_response"), sent);
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_invite WHERE filled = 1"), sent);
	free(race);
}
ON_EACH_DRIVER(answered_while_closed, closed_together)

/* ── two tabs ── */

static void both_tabs(struct racer *r, int round)
{
	arena_reset(r->mem);
	r->st[round] = save(r->s, r->mem, r->race->key[round], round % 2 == 0, 1);
}

static void in_two_tabs(struct place *p)
{
	static const uint8_t key[32] = { 7 };
	struct voice_import in = { .text = words, .n = strlen(words) };
	struct race *race = calloc(1, sizeof *race);
	voice_setup(key, 0);
	assert_ok(in_write(p, voice_import, &in));
	for (int i = 0; i < ROUNDS; i++) {
		study_open(p, study_of(p->mem, i), race->key[i]);
		if (i % 2)
			assert_ok(save(p->s, p->mem, race->key[i], true, 0));
	}
	race->step = both_tabs;
	run_race(race);
	for (int i = 0; i < ROUNDS; i++) {
		enum st one = race->racer[0].st[i], other = race->racer[1].st[i];
		assert_true(!one || !other);
		assert_true(i % 2 ? one == ST_DENIED || other == ST_DENIED : !one && !other);
	}
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_response"), ROUNDS);
	assert_int_equal(number_of(p, "SELECT max(revision) FROM voice_response WHERE state = 0"), 1);
	assert_int_equal(number_of(p, "SELECT max(revision) FROM voice_response WHERE state = 1"), 2);
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE verb = 'answers-given'"), ROUNDS / 2);
	free(race);
}
ON_EACH_DRIVER(one_form_in_two_tabs, in_two_tabs)

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(answered_while_closed),
					    cmocka_unit_test(one_form_in_two_tabs) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
