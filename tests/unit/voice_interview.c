/* Interviews on both stores: the guide's versions, what consent opens and what taking it back drops, notes and their earlier
 * words, themes, quotes that another person lets out and what they say of who said them, and forgetting. */
#include "inwrite.h"
#include "store/journal.h"
#include "voice/interview.h"
#include "who/permit.h"
#include "who/privacy.h"

static const char words[] = "questionnaire q\n en T\n zh-TW 題\nconsent\n en C\n zh-TW 同意\n"
			    "section s\n en S\n zh-TW 節\nquestion why open\n en Why?\n zh-TW 為何？\n";
static const char guide_one[] = "# The beginning | 開始\nWhat do you do? | 您做什麼？\n\n# Us | 我們\n"
				"What should be better? | 哪裡可以更好？\n";
static const char guide_two[] = "What do you do? | 您做什麼？\n";
static const struct actor ann = { "staff:1", ROLE_HANDLER, 1 }, bob = { "staff:2", ROLE_LEAD, 2 },
			  cid = { "staff:3", ROLE_OFFICER, 3 }, aud = { "staff:4", ROLE_AUDITOR, 4 },
			  dpo = { "staff:5", ROLE_DPO, 5 };
enum { TALK = 1 << CONSENT_TALK, QUOTE = 1 << CONSENT_QUOTE, NAME = 1 << CONSENT_NAME, ALL = TALK | QUOTE | NAME };

static enum st as(struct place *p, const struct actor *who, write_fn fn, void *arg)
{
	struct req rq = place_req(p);
	rq.who = who;
	return store_write(p->s, &rq, fn, arg);
}

static enum st guide(struct place *p, const struct actor *who, const char *text, int *version)
{
	struct guide_set a = { .study = "s", .text = text, .n = strlen(text) };
	enum st st = as(p, who, voice_guide_set, &a);
	*version = a.version;
	return st;
}

static void begin(struct place *p)
{
	static const uint8_t key[32] = { 9 };
	struct voice_import in = { .text = words, .n = strlen(words) };
	struct voice_new new = { .name = "s", .questionnaire = "q" };
	int version;
	voice_setup(key, 0);
	assert_ok(in_write(p, voice_import, &in));
	assert_ok(in_write(p, voice_study_new, &new));
	assert_ok(guide(p, &cid, guide_one, &version));
	assert_int_equal(version, 1);
}

/* Through its field, so that it can be published. */
static enum st through_the_field(struct place *p)
{
	struct voice_frame_row row = { "p@example.tw", "en", "" };
	struct voice_group_add group = { "s", "all", "All", "全部", "list x", 0, &row, 1 };
	struct voice_draw draw = { .study = "s", .seed = 3 };
	struct voice_open open = { "s", clock_now() + 86400 * USEC };
	assert_ok(in_write(p, voice_group_add, &group));
	assert_ok(in_write(p, voice_draw, &draw));
	assert_ok(in_write(p, voice_open, &open));
	return in_write(p, voice_close, (char *)"s");
}

static int64_t plan(struct place *p, const char *email, const char *kind)
{
	struct interview_new a = { .study = "s",
				   .name = "Ms Chen",
				   .email = email,
				   .organisation = "Cedar Names",
				   .kind = kind,
				   .letter = true };
	assert_ok(as(p, &cid, voice_interview_add, &a));
	return a.no;
}

static struct interview look(struct place *p, int64_t no)
{
	struct voice_study s;
	struct interview i;
	struct req rq = on_reader(p);
	assert_ok(voice_study_get(&rq, "s", &s));
	assert_ok(voice_interview(&rq, &s, no, &i));
	store_reader_done(p->s);
	return i;
}

/* Who it is, with the link; ST_NOTFOUND once forgotten. */
static enum st who_is(struct place *p, const struct actor *who, int64_t no, struct interviewee *e)
{
	struct interview i = look(p, no);
	struct req rq = on_reader(p);
	rq.who = who;
	enum st st = voice_interviewee(&rq, &i, e);
	store_reader_done(p->s);
	return st;
}

static enum st say(struct place *p, int64_t no, unsigned consent)
{
	struct interviewee e;
	assert_ok(who_is(p, &cid, no, &e));
	struct interview_say a = { .token = e.token, .guide = look(p, no).guide, .consent = consent };
	return as(p, &actor_anonymous, interview_say, &a);
}

static enum st note(struct place *p, const struct actor *who, int64_t no, int question, const char *text, int64_t *id)
{
	struct note_new a = { .study = "s", .no = no, .question = question, .text = text };
	enum st st = as(p, who, voice_note_add, &a);
	*id = a.id;
	return st;
}

static enum st quote(struct place *p, const struct actor *who, int64_t note, const char *text, int64_t *id)
{
	struct said_new a = { .study = "s", .note = note, .text = text };
	enum st st = as(p, who, voice_said_propose, &a);
	*id = a.id;
	return st;
}

static enum st approve(struct place *p, const struct actor *who, int64_t id)
{
	struct voice_quote_decide d = { "s", id, true };
	return as(p, who, voice_quote_decide, &d);
}

static int shown(struct place *p, const struct actor *who, struct voice_said *out)
{
	struct voice_study s;
	int n;
	struct req rq = on_reader(p);
	rq.who = who;
	assert_ok(voice_study_get(&rq, "s", &s));
	assert_ok(voice_said_shown(&rq, &s, out, 10, &n));
	store_reader_done(p->s);
	return n;
}

/* An interview with a quote that is let out. */
static int64_t held(struct place *p, const char *email, const char *kind, unsigned consent)
{
	int64_t no = plan(p, email, kind), n, q;
	assert_ok(say(p, no, consent));
	assert_ok(note(p, &ann, no, 1, arena_printf(p->mem, "Words of %s here", email), &n));
	if (consent & QUOTE) {
		assert_ok(quote(p, &ann, n, "Words of […]", &q));
		assert_ok(approve(p, &bob, q));
	}
	return no;
}

/* ── the guide ── */

static void a_guide_is_lines_in_both_languages(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "", "has questions" },
		{ "# Only a part | 只有標題\n", "has questions" },
		{ "What? | 什麼？\nNo Chinese\n", "line 2: expected" },
		{ "\n\nWhat? | 什麼？ | third\n", "line 3: expected" },
		{ "What? |  \n", "line 1: each language" },
		{ "| 什麼？\n", "line 1: each language" },
		{ "a\x01 | b\n", "plain UTF-8" },
	};
	struct arena *mem = arena_new(1 << 20);
	struct guide g;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err e = { 0 };
		assert_st(guide_parse(mem, bad[i].text, strlen(bad[i].text), &g, &e), ST_INVALID);
		assert_non_null(strstr(e.msg, bad[i].why));
	}
	assert_ok(guide_parse(mem, guide_one, strlen(guide_one), &g, NULL));
	assert_int_equal(g.nlines, 4);
	assert_int_equal(g.nquestions, 2);
	assert_string_equal(guide_question(&g, 2, LANG_ZH_TW), "哪裡可以更好？");
	assert_null(guide_question(&g, 0, LANG_EN));
	assert_null(guide_question(&g, 3, LANG_EN));
	char *many = arena_strdup(mem, "");
	for (int i = 0; i <= GUIDE_QUESTIONS; i++)
		many = arena_printf(mem, "%sQ%d | 問%d\r\n", many, i, i);
	struct err e = { 0 };
	assert_st(guide_parse(mem, many, strlen(many), &g, &e), ST_LIMIT);
	assert_non_null(strstr(e.msg, "line 61"));
	char *long_one = arena_alloc(mem, GUIDE_MAX + 2);
	memset(long_one, '\n', GUIDE_MAX + 1);
	assert_st(guide_parse(mem, long_one, GUIDE_MAX + 1, &g, NULL), ST_LIMIT);
	arena_free(mem);
}

static void who_agreed_keeps_the_guide_that_was_seen(struct place *p)
{
	int version;
	begin(p);
	assert_st(guide(p, &ann, guide_two, &version), ST_DENIED);
	assert_ok(guide(p, &cid, guide_one, &version));
	assert_int_equal(version, 1); /* the same text is no new version */
	int64_t first = plan(p, "a@example.tw", "registrar"), second = plan(p, "b@example.tw", "registrar");
	assert_ok(say(p, first, TALK));
	struct interviewee e;
	assert_ok(who_is(p, &cid, second, &e));
	assert_ok(guide(p, &cid, guide_two, &version));
	assert_int_equal(version, 2);
	assert_int_equal(look(p, first).guide, 1);
	assert_int_equal(look(p, second).guide, 2);
	/* The page that was open shows other questions. */
	struct interview_say late = { .token = e.token, .guide = 1, .consent = ALL };
	assert_st(as(p, &actor_anonymous, interview_say, &late), ST_CONFLICT);
	assert_int_equal(look(p, second).state, INTERVIEW_PLANNED);
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_guide"), 2);
}

/* ── planning ── */

static void planning_is_refused(struct place *p)
{
	begin(p);
	struct interview_new a = { .study = "s", .name = "A", .email = "a@example.tw", .kind = "registrar" }, b;
	assert_st(as(p, &ann, voice_interview_add, &a), ST_DENIED);
	b = a, b.email = "nobody";
	assert_st(as(p, &cid, voice_interview_add, &b), ST_INVALID);
	b = a, b.kind = "the biggest one in Tainan";
	assert_st(as(p, &cid, voice_interview_add, &b), ST_INVALID);
	b = a, b.name = "two\nlines";
	assert_st(as(p, &cid, voice_interview_add, &b), ST_INVALID);
	assert_ok(as(p, &cid, voice_interview_add, &a));
	b = a, b.email = "A@EXAMPLE.tw";
	assert_st(as(p, &cid, voice_interview_add, &b), ST_CONFLICT);
	/* Who wants no letters gets none, and may be asked another way. */
	struct interviewee e;
	assert_ok(who_is(p, &cid, a.no, &e));
	assert_ok(as(p, &actor_anonymous, interview_stop, (char *)(uintptr_t)e.token));
	assert_int_equal(look(p, a.no).state, INTERVIEW_DECLINED);
	struct voice_new new = { .name = "t", .questionnaire = "q" };
	struct guide_set g = { .study = "t", .text = guide_two, .n = strlen(guide_two) };
	assert_ok(in_write(p, voice_study_new, &new));
	a.study = "t", a.letter = true;
	assert_st(as(p, &cid, voice_interview_add, &a), ST_NOTFOUND); /* no guide */
	assert_ok(in_write(p, voice_guide_set, &g));
	assert_st(as(p, &cid, voice_interview_add, &a), ST_CONFLICT);
	a.letter = false;
	assert_ok(as(p, &cid, voice_interview_add, &a));
	assert_int_equal(a.no, 1);
}

/* ── consent ── */

static void nothing_is_noted_without_consent(struct place *p)
{
	int64_t id;
	begin(p);
	int64_t no = plan(p, "a@example.tw", "registrar");
	assert_st(note(p, &ann, no, 1, "words", &id), ST_CONFLICT);
	assert_ok(say(p, no, 0));
	assert_int_equal(look(p, no).state, INTERVIEW_DECLINED);
	assert_st(note(p, &ann, no, 1, "words", &id), ST_CONFLICT);
	assert_ok(say(p, no, TALK | NAME)); /* to be named takes being quoted */
	struct interview i = look(p, no);
	assert_true(i.state == INTERVIEW_AGREED && i.consent == TALK && !*i.how && !*i.said_by);
	assert_st(note(p, &aud, no, 1, "words", &id), ST_DENIED);
	assert_st(note(p, &ann, no, 3, "words", &id), ST_INVALID);
	assert_st(note(p, &ann, no, 1, "", &id), ST_INVALID);
	assert_st(note(p, &ann, 9, 1, "words", &id), ST_NOTFOUND);
	assert_ok(note(p, &ann, no, 0, "words", &id));
	assert_int_equal(look(p, no).state, INTERVIEW_HELD);
	assert_st(quote(p, &ann, id, "words", &id), ST_CONFLICT);
}

static void consent_on_paper_says_how(struct place *p)
{
	begin(p);
	int64_t no = plan(p, "a@example.tw", "registrar");
	struct interview_consent a = { .study = "s", .no = no, .consent = ALL, .how = "" };
	assert_st(as(p, &cid, voice_interview_consent, &a), ST_INVALID);
	a.how = "on paper";
	assert_st(as(p, &ann, voice_interview_consent, &a), ST_DENIED);
	assert_ok(as(p, &cid, voice_interview_consent, &a));
	struct interview i = look(p, no);
	assert_true(i.consent == ALL && a.state == INTERVIEW_AGREED);
	assert_string_equal(i.how, "on paper");
	assert_string_equal(i.said_by, "staff:3");
	a.consent = 0;
	assert_ok(as(p, &cid, voice_interview_consent, &a));
	assert_int_equal(a.state, INTERVIEW_WITHDRAWN);
	assert_st(as(p, &cid, voice_interview_consent, &a), ST_CONFLICT); /* it is over */
}

static void taking_back_drops_what_it_must(struct place *p)
{
	struct voice_said k[10];
	struct interviewee e;
	begin(p);
	int64_t one = held(p, "a@example.tw", "registrar", ALL), two = held(p, "b@example.tw", "registrar", ALL);
	struct theme_set t = { .study = "s", .theme = { .id = "slow", .title = { "Slow", "慢" } } };
	assert_ok(as(p, &ann, voice_theme_set, &t));
	struct note_change c = { .study = "s", .id = 1, .themes = "slow" };
	assert_ok(as(p, &ann, voice_note_themes, &c));
	assert_int_equal(shown(p, &cid, k), 2);
	assert_ok(say(p, one, TALK));
	assert_int_equal(shown(p, &cid, k), 1);
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_quote"), 1);
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_note"), 2);
	assert_int_equal(look(p, one).state, INTERVIEW_HELD);
	assert_ok(who_is(p, &cid, one, &e));
	assert_ok(say(p, one, 0));
	struct interview i = look(p, one);
	assert_true(i.state == INTERVIEW_WITHDRAWN && !i.consent && !i.notes && !*i.kind);
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_note"), 1);
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_note_theme"), 0);
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_interviewee"), 1);
	/* The link leads nowhere any more. */
	struct interview_say again = { .token = e.token, .guide = 1, .consent = ALL };
	assert_st(as(p, &actor_anonymous, interview_say, &again), ST_NOTFOUND);
	assert_st(who_is(p, &cid, one, &e), ST_NOTFOUND);
	/* The other's stays, and goes too: also from a report that is published, where consent can't grow. */
	struct voice_publish pub = { .study = "s" };
	assert_ok(say(p, two, TALK | QUOTE));
	assert_ok(through_the_field(p));
	assert_ok(in_write(p, voice_publish, &pub));
	assert_int_equal(shown(p, &actor_anonymous, k), 1);
	assert_st(say(p, two, ALL), ST_CONFLICT);
	assert_ok(say(p, two, TALK));
	assert_int_equal(shown(p, &actor_anonymous, k), 0);
	assert_ok(say(p, two, 0));
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_note"), 0);
}

/* ── notes and themes ── */

static void a_note_is_changed_by_its_author(struct place *p)
{
	int64_t id, q;
	begin(p);
	int64_t no = plan(p, "a@example.tw", "registrar");
	assert_ok(say(p, no, TALK | QUOTE));
	assert_ok(note(p, &ann, no, 2, "It is slow in May", &id));
	struct note_change c = { .study = "s", .id = id, .text = "It is slow in June" };
	assert_st(as(p, &bob, voice_note_change, &c), ST_DENIED);
	assert_ok(as(p, &ann, voice_note_change, &c));
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_note_was WHERE text = 'It is slow in May'"), 1);
	assert_ok(quote(p, &ann, id, "It is slow […]", &q));
	c.text = "It was slow in June";
	assert_st(as(p, &ann, voice_note_change, &c), ST_CONFLICT); /* a quote is taken from it */
	c.text = "It is slow in July";
	assert_ok(as(p, &ann, voice_note_change, &c));
	assert_st(as(p, &bob, voice_note_drop, &c), ST_DENIED);
	c.id = 99;
	assert_st(as(p, &ann, voice_note_change, &c), ST_NOTFOUND);
	/* Published: the words stand, their earlier ones are gone. */
	struct voice_publish pub = { .study = "s" };
	assert_ok(through_the_field(p));
	assert_ok(in_write(p, voice_publish, &pub));
	c.id = id;
	assert_st(as(p, &ann, voice_note_change, &c), ST_CONFLICT);
	assert_st(note(p, &ann, no, 1, "late", &q), ST_CONFLICT);
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_note_was"), 0);
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_note WHERE text = 'It is slow in July'"), 1);
	/* No words of a note, nor who it was, ever stood in the journal. */
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE payload LIKE '%slow%' OR payload LIKE"
				      " '%example%' OR payload LIKE '%Chen%'"),
			 0);
}

static void themes_count_interviews_not_notes(struct place *p)
{
	struct voice_study s;
	struct theme t[THEMES_MAX];
	int64_t id[3];
	int n;
	begin(p);
	int64_t one = plan(p, "a@example.tw", "registrar"), two = plan(p, "b@example.tw", "isp");
	assert_ok(say(p, one, TALK));
	assert_ok(say(p, two, TALK));
	assert_ok(note(p, &ann, one, 1, "first", &id[0]));
	assert_ok(note(p, &ann, one, 2, "second", &id[1]));
	assert_ok(note(p, &bob, two, 2, "third", &id[2]));
	struct theme_set set = { .study = "s", .theme = { .id = "slow", .title = { "Slow", "慢" } } }, bad = set;
	bad.theme.id = "Bad Name";
	assert_st(as(p, &ann, voice_theme_set, &bad), ST_INVALID);
	assert_st(as(p, &aud, voice_theme_set, &set), ST_DENIED);
	assert_ok(as(p, &ann, voice_theme_set, &set));
	struct note_change c = { .study = "s", .themes = "slow" };
	for (int i = 0; i < 3; i++) {
		c.id = id[i];
		assert_ok(as(p, &bob, voice_note_themes, &c));
	}
	c.themes = "slow fast";
	assert_st(as(p, &ann, voice_note_themes, &c), ST_INVALID);
	struct req rq = on_reader(p);
	rq.who = &ann;
	assert_ok(voice_study_get(&rq, "s", &s));
	assert_ok(voice_themes(&rq, &s, t, THEMES_MAX, &n));
	assert_true(n == 1 && t[0].interviews == 2 && t[0].notes == 3);
	struct interview_note k[10];
	assert_ok(voice_notes(&rq, &s, NULL, "slow", k, 10, &n));
	assert_int_equal(n, 3);
	assert_string_equal(k[2].themes, "slow");
	rq.who = &aud;
	assert_st(voice_themes(&rq, &s, t, THEMES_MAX, &n), ST_DENIED);
	store_reader_done(p->s);
	set.drop = true;
	assert_st(as(p, &ann, voice_theme_set, &set), ST_CONFLICT);
	c.themes = "";
	for (int i = 0; i < 3; i++) {
		c.id = id[i];
		assert_ok(as(p, &bob, voice_note_themes, &c));
	}
	assert_ok(as(p, &ann, voice_theme_set, &set));
	assert_st(as(p, &ann, voice_theme_set, &set), ST_NOTFOUND);
}

/* ── quotes ── */

static void another_person_lets_a_quote_out(struct place *p)
{
	struct voice_said k[10];
	int64_t id, q;
	begin(p);
	int64_t no = plan(p, "a@example.tw", "registrar");
	assert_ok(say(p, no, TALK | QUOTE));
	assert_ok(note(p, &ann, no, 1, "Ms Lin answers\nslowly", &id));
	assert_st(quote(p, &ann, id, "Ms Lin answers fast", &q), ST_INVALID);
	assert_st(quote(p, &aud, id, "[…] answers slowly", &q), ST_DENIED);
	assert_ok(quote(p, &ann, id, "[…] answers slowly", &q));
	assert_int_equal(shown(p, &cid, k), 0);
	assert_st(approve(p, &ann, q), ST_DENIED);
	assert_st(approve(p, &aud, q), ST_DENIED);
	assert_ok(approve(p, &bob, q)); /* a study need not be closed for its interviews */
	assert_st(approve(p, &cid, q), ST_CONFLICT);
	assert_int_equal(shown(p, &cid, k), 1);
	assert_string_equal(k[0].quote.text, "[…] answers slowly");
	assert_true(!k[0].name && !k[0].kind && !k[0].quote.by && !k[0].quote.original && !k[0].quote.no);
	struct voice_quote_decide d = { "s", q, false };
	assert_st(as(p, &ann, voice_quote_drop, &d), ST_DENIED);
	assert_ok(as(p, &cid, voice_quote_drop, &d));
	assert_int_equal(shown(p, &cid, k), 0);
}

static const struct voice_said *named(const struct voice_said *k, int n, bool yes)
{
	for (int i = 0; i < n; i++)
		if ((k[i].name != NULL) == yes)
			return &k[i];
	return NULL;
}

static void small_kinds_are_never_said(struct place *p)
{
	struct voice_said k[10];
	begin(p);
	held(p, "a@example.tw", "registrar", TALK | QUOTE);
	held(p, "b@example.tw", "registrar", TALK);
	int64_t third = held(p, "c@example.tw", "registrar", ALL);
	held(p, "d@example.tw", "isp", TALK);
	int64_t planned = plan(p, "e@example.tw", "registrar");
	/* Three were held, and one of them is named: two are left who might have said it. */
	assert_int_equal(shown(p, &cid, k), 2);
	const struct voice_said *one = named(k, 2, true), *other = named(k, 2, false);
	assert_non_null(one);
	assert_string_equal(one->name, "Ms Chen");
	assert_string_equal(one->organisation, "Cedar Names");
	assert_true(!one->kind && other && !other->kind);
	assert_ok(say(p, planned, TALK)); /* agreed, not held: doesn't count */
	shown(p, &cid, k);
	assert_null(named(k, 2, false)->kind);
	assert_ok(say(p, third, TALK | QUOTE));
	assert_int_equal(shown(p, &cid, k), 2);
	assert_string_equal(k[0].kind, "a registrar");
	assert_true(!k[0].name && !k[1].name && k[1].kind);
	assert_ok(say(p, third, 0));
	assert_int_equal(shown(p, &cid, k), 1);
	assert_null(k[0].kind);
}

/* ── forgetting ── */

static void run_due(struct place *p)
{
	int n = 1;
	while (n) {
		struct req rq = on_reader(p);
		rq.who = &actor_clock;
		assert_ok(due_run(p->s, &rq, voice_due_kinds, voice_due_count, &n));
		store_reader_done(p->s);
	}
}

static void names_go_before_notes(struct place *p)
{
	struct voice_said k[10];
	struct interviewee e;
	begin(p);
	int64_t no = held(p, "a@example.tw", "registrar", ALL);
	clock_set_for_test(T0 + privacy_keep("voice_interviewee") - USEC);
	run_due(p);
	assert_ok(who_is(p, &cid, no, &e));
	clock_set_for_test(T0 + privacy_keep("voice_interviewee") + USEC);
	run_due(p);
	assert_st(who_is(p, &cid, no, &e), ST_NOTFOUND);
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_interview WHERE token IS NOT NULL"), 0);
	assert_int_equal(shown(p, &cid, k), 1);
	assert_null(k[0].name);
	clock_set_for_test(T0 + privacy_keep("voice_note") + USEC);
	run_due(p);
	assert_int_equal(number_of(p, "SELECT (SELECT count(*) FROM voice_note) + (SELECT count(*) FROM voice_quote)"),
			 0);
	assert_int_equal(look(p, no).state, INTERVIEW_HELD); /* the bare row */
}

static enum st erase(struct req *rq, void *email)
{
	struct person someone = { .email = email };
	return interview_person_erase(rq, &someone);
}

static void a_person_is_exported_and_erased(struct place *p)
{
	struct person who = { .email = (char *)"A@example.tw" };
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	bool yes = false;
	begin(p);
	held(p, "a@example.tw", "registrar", ALL);
	int64_t other = held(p, "b@example.tw", "registrar", ALL), asked = plan(p, "c@example.tw", "registrar");
	struct req rq = on_reader(p);
	rq.who = &dpo;
	j_obj(&w, NULL);
	assert_ok(interview_person_export(&rq, &who, &w));
	j_end(&w);
	assert_non_null(strstr(buf_cstr(&b), "Words of a@example.tw here"));
	assert_non_null(strstr(buf_cstr(&b), "\"quote\":true,\"named\":true"));
	assert_null(strstr(buf_cstr(&b), "b@example.tw"));
	assert_ok(interview_person_knows(&rq, "a@EXAMPLE.tw", &yes));
	assert_true(yes);
	store_reader_done(p->s);
	assert_ok(in_write(p, erase, (char *)"a@example.tw"));
	assert_ok(in_write(p, erase, (char *)"c@example.tw"));
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_note"), 1);
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_quote"), 1);
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_interviewee"), 1);
	assert_int_equal(look(p, 1).state, INTERVIEW_WITHDRAWN);
	assert_int_equal(look(p, asked).state, INTERVIEW_DECLINED);
	assert_int_equal(look(p, other).state, INTERVIEW_HELD);
}

/* A published report goes on saying what it said; whoever can still be asked can still take it back. */
static void what_is_published_outlives_its_notes(struct place *p)
{
	struct voice_said k[10];
	struct voice_publish pub = { .study = "s" };
	struct voice_study s;
	int n;
	begin(p);
	held(p, "a@example.tw", "registrar", TALK | QUOTE);
	held(p, "b@example.tw", "registrar", TALK | QUOTE);
	held(p, "c@example.tw", "registrar", TALK | QUOTE);
	assert_ok(through_the_field(p));
	clock_set_for_test(T0 + privacy_keep("voice_note") - privacy_keep("voice_interviewee") / 2);
	run_due(p);
	int64_t late = held(p, "late@example.tw", "isp", ALL);
	held(p, "later@example.tw", "isp", TALK | QUOTE);
	assert_ok(in_write(p, voice_publish, &pub));
	assert_int_equal(shown(p, &actor_anonymous, k), 5);
	clock_set_for_test(T0 + privacy_keep("voice_note") + USEC);
	run_due(p);
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_note"), 0);
	assert_int_equal(shown(p, &actor_anonymous, k), 5);
	for (int i = 0; i < 5; i++) {
		assert_string_equal(k[i].quote.text, "Words of […]");
		assert_true(!k[i].name && !k[i].organisation);
		n = 0;
		for (int o = 0; o < 5; o++)
			n += k[o].kind && !strcmp(k[o].kind, "a registrar");
		assert_int_equal(n, 3);
	}
	struct req rq = on_reader(p);
	rq.who = &ann;
	assert_ok(voice_study_get(&rq, "s", &s));
	assert_ok(voice_said(&rq, &s, k, 10, &n));
	store_reader_done(p->s);
	assert_int_equal(n, 5);
	assert_true(k[0].note == 0 && k[0].quote.no == 0 && !*k[0].quote.original);
	assert_ok(say(p, late, TALK));
	assert_int_equal(shown(p, &actor_anonymous, k), 4);
	assert_ok(in_write(p, erase, (char *)"later@example.tw"));
	assert_int_equal(shown(p, &actor_anonymous, k), 3);
	clock_set_for_test(T0 + 3 * privacy_keep("voice_note"));
	run_due(p);
	assert_int_equal(shown(p, &actor_anonymous, k), 3);
}

#define EACH(name) ON_EACH_DRIVER(test_##name, name)
EACH(who_agreed_keeps_the_guide_that_was_seen)
EACH(planning_is_refused)
EACH(nothing_is_noted_without_consent)
EACH(consent_on_paper_says_how)
EACH(taking_back_drops_what_it_must)
EACH(a_note_is_changed_by_its_author)
EACH(themes_count_interviews_not_notes)
EACH(another_person_lets_a_quote_out)
EACH(small_kinds_are_never_said)
EACH(names_go_before_notes)
EACH(a_person_is_exported_and_erased)
EACH(what_is_published_outlives_its_notes)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_guide_is_lines_in_both_languages),
		cmocka_unit_test(test_who_agreed_keeps_the_guide_that_was_seen),
		cmocka_unit_test(test_planning_is_refused),
		cmocka_unit_test(test_nothing_is_noted_without_consent),
		cmocka_unit_test(test_consent_on_paper_says_how),
		cmocka_unit_test(test_taking_back_drops_what_it_must),
		cmocka_unit_test(test_a_note_is_changed_by_its_author),
		cmocka_unit_test(test_themes_count_interviews_not_notes),
		cmocka_unit_test(test_another_person_lets_a_quote_out),
		cmocka_unit_test(test_small_kinds_are_never_said),
		cmocka_unit_test(test_names_go_before_notes),
		cmocka_unit_test(test_a_person_is_exported_and_erased),
		cmocka_unit_test(test_what_is_published_outlives_its_notes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
