/* A study on both stores: whom it finds, who stops or takes back what, what is collected, counted and exported, who may look. */
#include "inwrite.h"
#include "base/json.h"
#include "desk/desk.h"
#include "voice/voice.h"
#include "who/permit.h"
#include "work/task.h"

static const char words[] =
	"questionnaire q\n en T\n zh-TW 題\nconsent\n en C\n zh-TW 同意\n"
	"section s\n en S\n zh-TW 節\n"
	"question w single\n en W\n zh-TW 文\n option x text\n  en X\n  zh-TW 甲\n option y\n  en Y\n  zh-TW 乙\n"
	"question g grid\n en G\n zh-TW 格\n low\n  en L\n  zh-TW 低\n high\n  en H\n  zh-TW 高\n"
	" row a\n  en A\n  zh-TW 一\n row b\n  en B\n  zh-TW 二\n row c\n  en C\n  zh-TW 三\n"
	" row d\n  en D\n  zh-TW 四\n row e\n  en E\n  zh-TW 五\n row f\n  en F\n  zh-TW 六\n"
	" row h\n  en H\n  zh-TW 七\n row i\n  en I\n  zh-TW 八\n row j\n  en J\n  zh-TW 九\n";
enum { ITEMS = 10, PEOPLE = 40 };
static const struct actor nobody = { "anonymous", ROLE_ANYONE, 0 }, handler = { "staff:1", ROLE_HANDLER, 1 };

static char *address(struct place *p, int i)
{
	return arena_printf(p->mem, "p%d@example.tw", i);
}

/* Group "all" of so many people, the first of whom are of segment "north". */
static void begin_with(struct place *p, const char *study, const char *text, int people, int north)
{
	static const uint8_t key[32] = { 7 };
	struct voice_import in = { .text = text, .n = strlen(text) };
	struct voice_new new = { .name = study, .questionnaire = "q" };
	struct voice_frame_row row[PEOPLE];
	struct voice_draw draw = { .study = study, .seed = 7 };
	struct voice_open open = { study, clock_now() + 86400 * USEC };
	struct voice_group_add group = { study, "all", "All", "全部", "list x", 0, row, people };
	voice_setup(key, 0);
	for (int i = 0; i < people; i++)
		row[i] = (struct voice_frame_row){ address(p, i), "en", i < north ? "north" : "" };
	assert_ok(in_write(p, voice_import, &in));
	assert_ok(in_write(p, voice_study_new, &new));
	assert_ok(in_write(p, voice_group_add, &group));
	assert_ok(in_write(p, voice_draw, &draw));
	assert_ok(in_write(p, voice_open, &open));
}

static void begin(struct place *p, const char *study, int people, int north)
{
	begin_with(p, study, words, people, north);
}

struct wanted {
	struct place *p;
	const char *email;
	char token[64];
	int64_t invite;
};

static void link_take(void *arg, int64_t invite, const char *email, const char *lang, const char *token)
{
	struct wanted *w = arg;
	(void)lang;
	if (strcmp(w->email, email) != 0)
		return;
	snprintf(w->token, sizeof w->token, "%s", token);
	w->invite = invite;
}

static struct wanted link_of(struct place *p, const char *study, int person)
{
	struct wanted w = { .p = p, .email = address(p, person) };
	struct voice_study s;
	struct req rq = on_reader(p);
	assert_ok(voice_study_get(&rq, study, &s));
	assert_ok(voice_links(&rq, s.id, link_take, &w));
	store_reader_done(p->s);
	assert_true(w.invite > 0);
	return w;
}

static struct voice_form form_of(struct place *p, const char *token)
{
	struct voice_form f;
	struct req rq = on_reader(p);
	assert_ok(voice_form_get(&rq, token, &f));
	store_reader_done(p->s);
	return f;
}

static struct voice_funnel funnel(struct place *p, const char *study)
{
	struct voice_study s;
	struct voice_funnel f;
	struct req rq = on_reader(p);
	assert_ok(voice_study_get(&rq, study, &s));
	assert_ok(voice_funnel(&rq, &s, -1, &f));
	store_reader_done(p->s);
	return f;
}

/* Distinct for 25 numbers, no straight line, complete. */
static struct voice_collected answer(struct place *p, int i, int64_t seconds, const char *word)
{
	uint64_t *bits = arena_array(p->mem, uint64_t, ITEMS + 1);
	char **text = arena_array(p->mem, char *, ITEMS + 1);
	bits[0] = 1;
	text[0] = word ? arena_strdup(p->mem, word) : NULL;
	for (int k = 1; k < ITEMS; k++)
		bits[k] = 1ULL << (k == 1 ? i % 5 : k == 2 ? i / 5 % 5 : k % 5);
	return (struct voice_collected){ .seconds = seconds, .answer = bits, .word = text };
}

static enum st collect(struct place *p, const char *study, const struct voice_collected *row, int n)
{
	struct voice_collect c = { study, "0", row, n };
	return in_write(p, voice_collect, &c);
}

static void fill(struct place *p, const char *token)
{
	struct voice_collected a = answer(p, 3, 0, "by the link");
	struct voice_save s = { .token = token, .to = ITEMS, .answer = a.answer, .word = a.word, .begin = true };
	assert_ok(in_write(p, voice_save, &s));
	s.begin = false;
	s.revision = form_of(p, token).revision;
	s.fill = true;
	assert_ok(in_write(p, voice_save, &s));
}

static enum st erased(struct req *rq, void *person)
{
	return voice_person_erase(rq, person);
}

/* ── stopping and taking back ── */

static void stopping_is_for_every_study(struct place *p)
{
	begin(p, "one", 3, 0);
	begin(p, "two", 3, 0);
	assert_ok(in_write(p, voice_stop, link_of(p, "one", 1).token));
	struct entry e = { .subject = (char *)"two",
			   .room = (char *)"voice",
			   .verb = (char *)"letters-due",
			   .payload = (char *)"{\"invitations\":\"1/1000\"}" };
	struct voice_letter l[9];
	int n;
	struct req rq = on_reader(p);
	assert_ok(voice_letters(&rq, &e, "http://cert.tw", l, 9, &n));
	assert_int_equal(n, 3);
	bool wanted[9];
	assert_ok(voice_letters_wanted(&rq, l, n, wanted));
	for (int i = 0; i < n; i++)
		assert_int_equal(wanted[i], strcmp(l[i].to, address(p, 1)) != 0);
	assert_ok(voice_letters_wanted(&rq, &l[1], 1, wanted));
	assert_int_equal(wanted[0], strcmp(l[1].to, address(p, 1)) != 0);
	store_reader_done(p->s);
}

static void closed_is_closed(struct place *p)
{
	struct wanted w;
	struct person who = { .email = address(p, 0) };
	begin(p, "s", 2, 0);
	w = link_of(p, "s", 0);
	fill(p, w.token);
	clock_set_for_test(T0 + 2 * 86400 * USEC); /* past its time, and not closed yet */
	assert_int_equal(form_of(p, w.token).state, LINK_CLOSED);
	assert_st(in_write(p, voice_withdraw, w.token), ST_CONFLICT);
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_word"), 1);
	assert_ok(in_write(p, erased, &who));
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_word"), 0);
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_response WHERE state = 1"), 0);
	assert_ok(in_write(p, voice_close, (char *)"s"));
	assert_st(in_write(p, voice_withdraw, link_of(p, "s", 1).token), ST_CONFLICT);
	assert_st(in_write(p, voice_withdraw, "aaaaaaaaaaaaaaaaaaaaaaaaaa"), ST_NOTFOUND);
}

/* ── how fast letters go ── */

static void letters_are_spread_over_time(struct place *p)
{
	enum { MANY = 450 }; /* three batches */
	static const uint8_t key[32] = { 7 };
	struct voice_import in = { .text = words, .n = sizeof words - 1 };
	struct voice_new new = { .name = "s", .questionnaire = "q" };
	struct voice_frame_row *row = arena_array(p->mem, struct voice_frame_row, MANY);
	struct voice_group_add group = { "s", "all", "All", "全部", "list x", 0, row, MANY };
	struct voice_draw draw = { .study = "s", .seed = 7 };
	struct voice_open open = { "s", clock_now() + 86400 * USEC };
	for (int i = 0; i < MANY; i++)
		row[i] = (struct voice_frame_row){ address(p, i), "en", "" };
	assert_ok(in_write(p, voice_import, &in));
	assert_ok(in_write(p, voice_study_new, &new));
	assert_ok(in_write(p, voice_group_add, &group));
	assert_ok(in_write(p, voice_draw, &draw));
	voice_setup(key, 400); /* letters a minute: two batches */
	assert_ok(in_write(p, voice_open, &open));
	voice_setup(key, 0);
	assert_int_equal(number_of(p, "SELECT count(*) FROM work_due WHERE kind = 'survey-letters'"), 3);
	assert_int_equal(number_of(p, "SELECT min(at) FROM work_due WHERE kind = 'survey-letters'"), T0);
	assert_int_equal(number_of(p, "SELECT sum(at) - 3 * min(at) FROM work_due WHERE kind = 'survey-letters'"),
			 90 * USEC); /* after 30 and 60 seconds */
}

/* ── whose answers these are ── */

static const char *const word_of[] = { "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth" };
enum { ANSWERED = sizeof word_of / sizeof *word_of };

static bool first_of(struct place *p, const char *sql, bool *known, char *out, size_t room)
{
	struct rows r;
	struct req rq = on_reader(p);
	size_t n = 0;
	*known = !sql_query0(&rq, &r, sql);
	while (*known && rows_next(&r))
		n += (size_t)snprintf(out + n, room - n, "%s ", rows_text(&r, 0));
	*known = *known && !rows_end(&r);
	store_reader_done(p->s);
	return n > 0;
}

/* What stands in the tables' own order, and (PostgreSQL) which transaction wrote it. */
static void nothing_joins_answers_to_people(struct place *p)
{
	char all[400], sorted[400], told[400];
	bool known;
	begin(p, "s", ANSWERED, 0);
	for (int i = 0; i < ANSWERED; i++) {
		struct voice_collected a = answer(p, i, 0, word_of[i]);
		struct voice_save s = { .to = ITEMS, .answer = a.answer, .word = a.word, .begin = true };
		char *token = arena_strdup(p->mem, link_of(p, "s", i).token);
		s.token = token;
		assert_ok(in_write(p, voice_save, &s));
		s.begin = false;
		s.revision = form_of(p, token).revision;
		s.fill = true;
		assert_ok(in_write(p, voice_save, &s));
	}
	if (!store_is_sqlite(p->s)) /* as voice.h says of the open field */
		assert_int_equal(number_of(p, "SELECT count(*) FROM voice_invite i JOIN voice_response r ON r.xmin = "
					      "i.xmin"),
				 ANSWERED);
	assert_ok(in_write(p, voice_close, (char *)"s"));
	assert_true(first_of(p, "SELECT text FROM voice_word ORDER BY response DESC", &known, sorted, sizeof sorted));
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_response WHERE link IS NULL AND revision = 0"),
			 ANSWERED);
	if (store_is_sqlite(p->s)) { /* no number beside the key is there */
		first_of(p, "SELECT rowid FROM voice_response", &known, all, sizeof all);
		assert_false(known);
		first_of(p, "SELECT rowid FROM voice_word", &known, all, sizeof all);
		assert_false(known);
		return;
	}
	assert_int_equal(number_of(p, "SELECT count(*) FROM (SELECT xmin FROM voice_invite UNION SELECT xmin FROM "
				      "voice_response UNION SELECT xmin FROM voice_word) x"),
			 1);
	assert_true(first_of(p, "SELECT text FROM voice_word ORDER BY ctid", &known, told, sizeof told));
	assert_string_equal(told, sorted);
	assert_true(first_of(
		p, "SELECT w.text FROM voice_response r JOIN voice_word w ON w.response = r.id ORDER BY r.ctid", &known,
		told, sizeof told));
	assert_string_equal(told, sorted);
}

static void looking_is_written_once(struct place *p)
{
	begin(p, "s", 1, 0);
	struct wanted w = link_of(p, "s", 0);
	assert_false(form_of(p, w.token).opened);
	assert_ok(in_write(p, voice_opened, w.token));
	assert_true(form_of(p, w.token).opened);
}

/* ── a letter that is refused ── */

struct sent {
	int64_t invite;
	const char *refused;
};

static enum st letter_sent(struct req *rq, void *arg)
{
	struct sent *s = arg;
	const struct voice_letter l = { .id = s->invite }, *it = &l;
	return s->refused ? voice_letter_refused(rq, it, s->refused) : voice_letters_sent(rq, &it, 1);
}

static void a_refused_address_is_a_task_without_it(struct place *p)
{
	struct task t[3];
	int n;
	begin(p, "s", 1, 0);
	struct sent s = { link_of(p, "s", 0).invite, "550 <P0@Example.TW>: p0@example.tw is nobody here" };
	assert_ok(in_write(p, letter_sent, &s));
	struct req rq = on_reader(p);
	assert_ok(task_list(&rq, "survey:s", true, t, 3, &n));
	store_reader_done(p->s);
	assert_int_equal(n, 1);
	assert_string_equal(t[0].text,
			    arena_printf(p->mem, "invitation %lld: 550 <…>: … is nobody here", (long long)s.invite));
	struct desk_act done = { .number = (char *)"survey:s", .id = t[0].id };
	assert_ok(in_write(p, desk_task_done, &done));
	assert_int_equal(number_of(p, "SELECT count(*) FROM work_task WHERE done_at = 0"), 0);
}

/* ── collecting ── */

static void collected_answers_shut_nobody_out(struct place *p)
{
	begin(p, "s", 3, 1);
	struct voice_collected row[3] = { answer(p, 0, 60, NULL), answer(p, 1, 60, NULL), answer(p, 2, 60, NULL) };
	row[0].segment = "north";
	assert_ok(collect(p, "s", row, 1));
	for (int i = 0; i < 3; i++)
		assert_int_equal(form_of(p, link_of(p, "s", i).token).state, LINK_OPEN);
	struct voice_funnel f = funnel(p, "s");
	assert_int_equal(f.invited, 3);
	assert_int_equal(f.opened, 1);
	assert_int_equal(f.filled, 1);
	row[0].segment = "south";
	assert_st(collect(p, "s", row, 1), ST_NOTFOUND);
	row[0].segment = NULL;

	/* The named one is its person's, and nobody else's. */
	struct wanted w = link_of(p, "s", 1);
	row[1].invite = w.invite;
	assert_ok(collect(p, "s", &row[1], 1));
	assert_st(collect(p, "s", &row[1], 1), ST_CONFLICT);
	assert_int_equal(form_of(p, w.token).state, LINK_FILLED);
	row[1].invite = 9999;
	assert_st(collect(p, "s", &row[1], 1), ST_NOTFOUND);
	assert_int_equal(funnel(p, "s").filled, 2);
	row[1].invite = 0;
	assert_st(collect(p, "s", row, 2), ST_CONFLICT); /* one invitation is left */
	assert_int_equal(funnel(p, "s").filled, 2);
	assert_ok(in_write(p, voice_withdraw, w.token));
	assert_int_equal(funnel(p, "s").filled, 1);

	fill(p, link_of(p, "s", 2).token);
	row[2].invite = link_of(p, "s", 2).invite;
	assert_st(collect(p, "s", &row[2], 1), ST_CONFLICT);
	assert_ok(in_write(p, voice_close, (char *)"s"));
	struct voice_list all, north;
	struct req rq = on_reader(p);
	assert_ok(voice_list(&rq, "s", "", &all));
	assert_ok(voice_list(&rq, "s", "north", &north));
	store_reader_done(p->s);
	assert_int_equal(all.t.kept, 2);
	assert_int_equal(north.f[0].share.base, 1);
}

/* ── numbers ── */

static void numbers_of(struct place *p, const char *segment, const char *mean, const char *median, int64_t base)
{
	struct voice_list l;
	int found = 0;
	struct req rq = on_reader(p);
	assert_ok(voice_list(&rq, "n", segment, &l));
	store_reader_done(p->s);
	for (int i = 0; i < l.n; i++) {
		const struct voice_figure *f = &l.f[i];
		if (f->kind < FIGURE_NUMBER_MEAN)
			continue;
		found++;
		assert_int_equal(f->share.base, base);
		assert_string_equal(voice_figure_text(p->mem, f), f->kind == FIGURE_NUMBER_MEAN ? mean : median);
	}
	assert_int_equal(found, 2);
}

static void numbers_have_a_mean_and_a_median(struct place *p)
{
	static const char text[] = "questionnaire q\n en T\n zh-TW 題\nconsent\n en C\n zh-TW 同意\n"
				   "section s\n en S\n zh-TW 節\nquestion n number -10 100\n en N\n zh-TW 數\n";
	static const char *const given[] = { "-10", "0", "3", "4", "100", "100", NULL };
	static const uint64_t yes[] = { 1 }, empty[] = { 0 };
	struct voice_collected row[7];
	begin_with(p, "n", text, 7, 2);
	for (int i = 0; i < 7; i++) {
		char **word = arena_array(p->mem, char *, 1);
		word[0] = given[i] ? arena_strdup(p->mem, given[i]) : NULL;
		row[i] = (struct voice_collected){ .answer = given[i] ? yes : empty, .word = word };
		row[i].segment = i == 5 ? "north" : NULL;
	}
	assert_ok(collect(p, "n", row, 7));
	assert_ok(in_write(p, voice_close, (char *)"n"));
	numbers_of(p, "", "32.83", "3.5", 6);
	numbers_of(p, "north", "", "", 1); /* one answer: nothing is told */
}

/* ── cleaning ── */

static int64_t cleaned(struct place *p, const char *study, int rule)
{
	struct voice_clean c = { .study = study };
	assert_ok(in_write(p, voice_clean, &c));
	assert_int_equal(c.n, c.by_reason[rule]);
	return c.n;
}

static void the_median_is_of_known_times_and_stays(struct place *p)
{
	static const int seconds[] = { 10, 11, 12, 34, 100, 101, 102, 0, 0, 0, 0, 0, 0, 0, 0 };
	struct voice_collected row[15];
	begin(p, "s", PEOPLE, 0);
	for (int i = 0; i < 15; i++)
		row[i] = answer(p, i, seconds[i], NULL);
	assert_ok(collect(p, "s", row, 15));
	assert_ok(in_write(p, voice_close, (char *)"s"));
	assert_int_equal(cleaned(p, "s", 0), 2); /* 10 and 11 are under a third of 34 */
	assert_int_equal(cleaned(p, "s", 0), 0);
}

static void words_make_answers_different(struct place *p)
{
	struct voice_collected row[PEOPLE];
	int n = 0;
	begin(p, "s", PEOPLE, 0);
	for (int i = 0; i < 12; i++) {
		row[n++] = answer(p, i, 0, NULL);
		row[n++] = answer(p, i, 0, "my own words");
	}
	row[n++] = answer(p, 0, 0, NULL);
	assert_ok(collect(p, "s", row, n));
	assert_ok(in_write(p, voice_close, (char *)"s"));
	assert_int_equal(cleaned(p, "s", 2), 1);
}

/* ── recommendations ── */

static void a_recommendation_moves_to_another_day(struct place *p)
{
	struct voice_advice a = { .study = "s", .owner = "Desk", .due_at = T0, .in = { "Faster", "更快" } };
	begin(p, "s", 1, 0);
	assert_ok(in_write(p, voice_close, (char *)"s"));
	assert_ok(in_write(p, voice_advise, &a));
	struct voice_advice change = {
		.study = "s", .id = a.which, .state = ADVICE_DOING, .due_at = T0 + 90 * 86400 * USEC
	};
	assert_ok(in_write(p, voice_advise, &change));
	assert_int_equal(number_of(p, "SELECT due_at FROM voice_advice"), T0 + 90 * 86400 * USEC);
	change.due_at = 0;
	assert_ok(in_write(p, voice_advise, &change));
	assert_int_equal(number_of(p, "SELECT due_at FROM voice_advice"), T0 + 90 * 86400 * USEC);
}

/* ── whom the desk's rule finds ── */

static enum st reporters(struct req *rq, void *arg)
{
	static const char *const classes[] = { "phishing", "phishing", "personal-data", "phishing" };
	static const int persons[] = { 1, 2, 3, 3 };
	(void)arg;
	for (int i = 1; i <= 3; i++)
		if (sql_run(rq,
			    "INSERT INTO who_person(id, email, lang, confirmed_at, created_at, erased_at)"
			    " VALUES($1, $2, 'en', $3, $4, 0)",
			    V(1000 + i), V(arena_printf(rq->mem, "r%d@example.tw", i)), V(i == 2 ? 0 : T0), V(T0)))
			return rq->err.code;
	for (int i = 0; i < 4; i++)
		if (sql_run(rq,
			    "INSERT INTO desk_case(id, number, class, state, queue, sort_at, record_only, opened_at,"
			    " changed_at, closed_at, due_at, close_reason, assignee, nobs, nreports, first_obs, holder,"
			    " waiting, tasks, told) VALUES($1, $2, $3, 0, 0, 0, 0, 0, 0, 0, 0, '', '', 0, 0, '', '', "
			    "0, 0, 0)",
			    V(1000 + i), V(arena_printf(rq->mem, "NC-%d", i)), V(classes[i])) ||
		    sql_run(rq,
			    "INSERT INTO desk_report(case_id, person, source, lang, class, confidence, words,"
			    " share_words, digest, filed_at, joined, withdrawn_at, erased_at)"
			    " VALUES($1, $2, 'web', 'en', '', '', '', 0, '', $3, 0, 0, 0)",
			    V(1000 + i), V(1000 + persons[i]), V(T0)))
			return rq->err.code;
	return ST_OK;
}

static void who_asked_the_desk(struct place *p)
{
	struct voice_import in = { .text = words, .n = sizeof words - 1 };
	struct voice_new new = { .name = "s", .questionnaire = "q" };
	struct voice_group_add group = { "s", "desk", "Desk", "窗口", "asked-desk 365", 0, NULL, 0 };
	assert_ok(in_write(p, reporters, NULL));
	assert_ok(in_write(p, voice_import, &in));
	assert_ok(in_write(p, voice_study_new, &new));
	assert_ok(in_write(p, voice_group_add, &group));
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_candidate"),
			 0); /* they are looked for when it is drawn */
	assert_ok(in_write(p, voice_draw, &(struct voice_draw){ .study = "s" }));
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_candidate"), 1);
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_candidate WHERE email = 'r1@example.tw'"), 1);
}

static void a_segment_is_short(struct place *p)
{
	struct voice_import in = { .text = words, .n = sizeof words - 1 };
	struct voice_new new = { .name = "s", .questionnaire = "q" };
	struct voice_frame_row row = { "a@example.tw", "en", "two\nlines" };
	struct voice_group_add group = { "s", "all", "All", "全部", "list x", 0, &row, 1 };
	assert_ok(in_write(p, voice_import, &in));
	assert_ok(in_write(p, voice_study_new, &new));
	assert_st(in_write(p, voice_group_add, &group), ST_INVALID);
	row.segment = "四十個字四十個字四十個字四十個字四十個字四十個字四十個字四十個字四十個字四十個字一";
	assert_st(in_write(p, voice_group_add, &group), ST_INVALID);
	row.segment = "四十個字四十個字四十個字四十個字四十個字四十個字四十個字四十個字四十個字四十個字";
	assert_ok(in_write(p, voice_group_add, &group));
}

/* ── what is told to the person, and to whom else ── */

static void all_of_a_person_is_exported(struct place *p)
{
	struct person who = { .email = (char *)"P0@example.tw" };
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	bool knows;
	begin(p, "s", 2, 1);
	struct wanted k = link_of(p, "s", 0);
	struct sent sent = { k.invite, NULL };
	fill(p, k.token);
	assert_ok(in_write(p, letter_sent, &sent));
	assert_ok(in_write(p, voice_stop, k.token));
	struct voice_new new = { .name = "t", .questionnaire = "q" };
	const char *out[] = { "p0@example.tw" };
	struct voice_exclude x = { "t", out, 1 };
	assert_ok(in_write(p, voice_study_new, &new));
	assert_ok(in_write(p, voice_exclude, &x));
	struct req rq = on_reader(p);
	j_obj(&w, NULL);
	assert_ok(voice_person_export(&rq, &who, &w));
	j_end(&w);
	store_reader_done(p->s);
	static const char *const told[] = {
		"\"email\":\"p0@example.tw\"",
		"\"language\":\"en\"",
		"\"group\":\"all\"",
		"\"segments\":[\"north\"]",
		"\"sent_at\":\"2026-",
		"\"filled\":true",
		"\"stopped\":true",
		"by the link",
		"\"segment\":\"north\"",
		"\"excluded\":false",
		"\"excluded\":true",
		"\"study\":\"t\"",
		"\"last_asked\":\"2026-",
		"\"letters_stopped_at\":\"2026-",
	};
	for (size_t i = 0; i < sizeof told / sizeof *told; i++)
		if (!strstr(buf_cstr(&b), told[i]))
			fail_msg("%s is not in %s", told[i], buf_cstr(&b));
	/* What is left of an erased person is the wish not to be written to, and it can be asked for. */
	assert_ok(in_write(p, erased, &who));
	rq = on_reader(p);
	assert_ok(voice_person_knows(&rq, "p0@example.tw", &knows));
	assert_true(knows);
	assert_ok(voice_person_knows(&rq, "p9@example.tw", &knows));
	assert_false(knows);
	store_reader_done(p->s);
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_asked"), 0);
}

static void look(struct place *p, const struct actor *who, const struct voice_study *study, enum st want)
{
	struct voice_group g[VOICE_GROUPS_MAX];
	struct voice_text t[4];
	struct voice_past v[4];
	struct voice_advice a[4];
	int n;
	struct req rq = on_reader(p);
	rq.who = who;
	assert_st(voice_groups(&rq, study, g, &n), want);
	assert_st(voice_texts(&rq, study, t, 4, &n), want);
	assert_st(voice_pasts(&rq, study, v, 4, &n), want);
	assert_st(voice_advices(&rq, study, a, 4, &n), want);
	store_reader_done(p->s);
}

static void who_may_look(struct place *p)
{
	struct voice_study s[3];
	int n;
	begin(p, "s", 1, 0);
	struct req rq = on_reader(p);
	rq.who = &nobody;
	assert_st(voice_studies(&rq, s, 3, &n), ST_DENIED);
	err_clear(&rq.err);
	rq.who = &handler;
	assert_ok(voice_studies(&rq, s, 3, &n));
	store_reader_done(p->s);
	look(p, &nobody, &s[0], ST_DENIED);
	look(p, &handler, &s[0], ST_OK);
	assert_ok(in_write(p, voice_close, (char *)"s"));

	/* Publishing has no need of the request's memory: the figures are many. */
	struct voice_publish pub = { .study = "s" };
	struct req small = { .mem = arena_new(64 << 10), .who = &actor_cli };
	assert_ok(store_write(p->s, &small, voice_publish, &pub));
	arena_free(small.mem);
	rq = on_reader(p);
	assert_ok(voice_study_get(&rq, "s", &s[0]));
	store_reader_done(p->s);
	look(p, &nobody, &s[0], ST_OK);

	/* Its digest is that of the file. */
	BUF_SCOPE b = BUF_INIT;
	struct voice_list l;
	char hex[65];
	rq = on_reader(p);
	rq.who = &nobody;
	assert_ok(voice_list(&rq, "s", "", &l));
	voice_sheet_csv(&l, &b);
	store_reader_done(p->s);
	struct hash h = hash_of(b.p, b.n);
	assert_string_equal(hash_hex(&h, hex), pub.digest);
}

#define EACH(name) ON_EACH_DRIVER(test_##name, name)
EACH(stopping_is_for_every_study)
static void import_speaks_to_its_reader(struct place *p)
{
	begin(p, "s", 1, 0);
	char *text = arena_printf(p->mem, "%s# more\n", words);
	struct voice_import in = { .text = text, .n = strlen(text), .lang = LANG_ZH_TW };
	struct req rq = place_req(p);
	assert_st(store_write(p->s, &rq, voice_import, &in), ST_CONFLICT);
	assert_non_null(strstr(rq.err.msg, "調查中"));
	in.lang = LANG_EN;
	rq = place_req(p);
	assert_st(store_write(p->s, &rq, voice_import, &in), ST_CONFLICT);
	assert_non_null(strstr(rq.err.msg, "is in the field (study s)"));
	in = (struct voice_import){ .text = "what\n", .n = 5, .lang = LANG_ZH_TW };
	rq = place_req(p);
	assert_st(store_write(p->s, &rq, voice_import, &in), ST_INVALID);
	assert_non_null(strstr(rq.err.msg, "第 1 行"));
}

EACH(import_speaks_to_its_reader)
EACH(closed_is_closed)
EACH(letters_are_spread_over_time)
EACH(nothing_joins_answers_to_people)
EACH(looking_is_written_once)
EACH(a_refused_address_is_a_task_without_it)
EACH(collected_answers_shut_nobody_out)
EACH(numbers_have_a_mean_and_a_median)
EACH(the_median_is_of_known_times_and_stays)
EACH(words_make_answers_different)
EACH(a_recommendation_moves_to_another_day)
EACH(who_asked_the_desk)
EACH(a_segment_is_short)
EACH(all_of_a_person_is_exported)
EACH(who_may_look)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stopping_is_for_every_study),
		cmocka_unit_test(test_import_speaks_to_its_reader),
		cmocka_unit_test(test_closed_is_closed),
		cmocka_unit_test(test_letters_are_spread_over_time),
		cmocka_unit_test(test_nothing_joins_answers_to_people),
		cmocka_unit_test(test_looking_is_written_once),
		cmocka_unit_test(test_a_refused_address_is_a_task_without_it),
		cmocka_unit_test(test_collected_answers_shut_nobody_out),
		cmocka_unit_test(test_numbers_have_a_mean_and_a_median),
		cmocka_unit_test(test_the_median_is_of_known_times_and_stays),
		cmocka_unit_test(test_words_make_answers_different),
		cmocka_unit_test(test_a_recommendation_moves_to_another_day),
		cmocka_unit_test(test_who_asked_the_desk),
		cmocka_unit_test(test_a_segment_is_short),
		cmocka_unit_test(test_all_of_a_person_is_exported),
		cmocka_unit_test(test_who_may_look),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
