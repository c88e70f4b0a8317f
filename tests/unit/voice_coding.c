/* Open answers of a closed study on both stores: a codebook, two who code apart, agreement, what is decided and counted,
 * the search, and quotes that another person lets out. */
#include "inwrite.h"
#include "voice/coding.h"
#include "who/permit.h"

static const char words[] = "questionnaire q\n en T\n zh-TW 題\nconsent\n en C\n zh-TW 同意\n"
			    "section s\n en S\n zh-TW 節\n"
			    "question why open\n en Why?\n zh-TW 為何？\n"
			    "question more open\n en More?\n zh-TW 還有？\n"
			    "question n number 0 9\n en N\n zh-TW 數\n";
static const struct actor ann = { "staff:1", ROLE_HANDLER, 1 }, bob = { "staff:2", ROLE_LEAD, 2 },
			  cid = { "staff:3", ROLE_OFFICER, 3 }, dan = { "staff:4", ROLE_HANDLER, 4 },
			  eve = { "staff:5", ROLE_ADMIN, 5 };
enum { TEXTS = 10, ITEMS = 3 };

static enum st as(struct place *p, const struct actor *who, write_fn fn, void *arg)
{
	struct req rq = place_req(p);
	rq.who = who;
	return store_write(p->s, &rq, fn, arg);
}

static enum st code(struct place *p, const struct actor *who, const char *id, enum code_deed deed)
{
	struct voice_code_set a = { "s", "why", deed, { .id = id } };
	a.code.title[LANG_EN] = "A code";
	a.code.title[LANG_ZH_TW] = "代碼";
	return as(p, who, voice_code_set, &a);
}

/* A closed study with so many answers; "answer 3" to `why`, and to `more` other words. */
static void begin(struct place *p, int n)
{
	static const uint8_t key[32] = { 9 };
	struct voice_import in = { .text = words, .n = strlen(words) };
	struct voice_new new = { .name = "s", .questionnaire = "q" };
	struct voice_frame_row row[TEXTS * 4];
	struct voice_collected got[TEXTS * 4] = { 0 };
	struct voice_draw draw = { .study = "s", .seed = 3 };
	struct voice_open open = { "s", clock_now() + 86400 * USEC };
	struct voice_group_add group = { "s", "all", "All", "全部", "list x", 0, row, n };
	static uint64_t bits[ITEMS] = { 1, 1, 1 };
	voice_setup(key, 0);
	for (int i = 0; i < n; i++) {
		char **word = arena_array(p->mem, char *, ITEMS);
		row[i] = (struct voice_frame_row){ arena_printf(p->mem, "p%d@example.tw", i), "en", "" };
		word[0] = arena_printf(p->mem, "answer %d", i);
		word[1] = i ? arena_printf(p->mem, "more %d", i) : (char *)"=1+1 <b>HELP Desk</b>\n客服 很慢";
		word[2] = (char *)"4";
		got[i] = (struct voice_collected){ .seconds = 100, .answer = bits, .word = word };
	}
	struct voice_collect c = { "s", "0", got, n };
	assert_ok(in_write(p, voice_import, &in));
	assert_ok(in_write(p, voice_study_new, &new));
	assert_ok(in_write(p, voice_group_add, &group));
	assert_ok(in_write(p, voice_draw, &draw));
	assert_ok(in_write(p, voice_open, &open));
	assert_ok(in_write(p, voice_collect, &c));
}

static void begin_closed(struct place *p, int n)
{
	begin(p, n);
	assert_ok(in_write(p, voice_close, (char *)"s"));
	assert_ok(code(p, &ann, "slow", CODE_SET));
	assert_ok(code(p, &bob, "price", CODE_SET));
}

static struct voice_book book_of(struct place *p, const struct actor *who)
{
	struct voice_book b;
	struct req rq = on_reader(p);
	rq.who = who;
	assert_ok(voice_book(&rq, "s", "why", &b));
	store_reader_done(p->s);
	return b;
}

static int list(struct place *p, const struct actor *who, enum coded_list which, struct voice_coded *out)
{
	struct voice_book b;
	int n;
	struct req rq = on_reader(p);
	rq.who = who;
	assert_ok(voice_book(&rq, "s", "why", &b));
	assert_ok(voice_coded(&rq, &b, which, 0, out, 4 * TEXTS, &n));
	store_reader_done(p->s);
	return n;
}

static enum st put(struct place *p, const struct actor *who, int64_t no, const char *codes)
{
	struct voice_book b = book_of(p, &cid);
	struct voice_chosen c = { .no = no };
	struct voice_coding a = { "s", "why", &c, 1 };
	enum st st = voice_codes_parse(&b, codes, &c.codes, NULL);
	return st ? st : as(p, who, voice_code_answers, &a);
}

static enum st done(struct place *p, const struct actor *who)
{
	struct voice_coding a = { .study = "s", .item = "why" };
	return as(p, who, voice_coding_done, &a);
}

static enum st decide(struct place *p, const struct actor *who, int64_t no, const char *codes)
{
	struct voice_book b = book_of(p, &cid);
	struct voice_chosen c = { .no = no };
	struct voice_coding a = { "s", "why", &c, 1 };
	assert_ok(voice_codes_parse(&b, codes, &c.codes, NULL));
	return as(p, who, voice_code_decide, &a);
}

/* Ann and Bob on ten answers. slow: both 4, Ann alone 1, Bob alone 1, neither 4: observed 0.8, by chance 0.5: 0.6.
 * price: both 1, Ann alone 2, Bob alone none, neither 7: observed 0.8, by chance 0.3 × 0.1 + 0.7 × 0.9 = 0.66: 0.412. */
static const char *const anns[] = { "slow", "slow", "slow", "slow price", "slow", "", "", "price", "price", "" };
static const char *const bobs[] = { "slow", "slow", "slow", "slow price", "", "slow", "", "", "", "" };

static void code_all(struct place *p)
{
	for (int i = 0; i < TEXTS; i++) {
		assert_ok(put(p, &ann, i + 1, anns[i]));
		assert_ok(put(p, &bob, i + 1, bobs[i]));
	}
	assert_ok(done(p, &ann));
	assert_ok(done(p, &bob));
}

static enum st agreement(struct place *p, const struct actor *who, struct voice_agreement *out)
{
	struct voice_book b;
	struct req rq = on_reader(p);
	rq.who = who;
	assert_ok(voice_book(&rq, "s", "why", &b));
	enum st st = voice_agreement(&rq, &b, out);
	store_reader_done(p->s);
	return st;
}

static void kappa_is_as_by_hand(struct place *p)
{
	struct voice_agreement a;
	begin_closed(p, TEXTS);
	assert_st(agreement(p, &cid, &a), ST_CONFLICT);
	code_all(p);
	assert_ok(agreement(p, &cid, &a));
	static const int64_t slow[] = { 4, 1, 1, 4 }, price[] = { 1, 2, 0, 7 };
	assert_memory_equal(a.code[0].cell, slow, sizeof slow);
	assert_memory_equal(a.code[1].cell, price, sizeof price);
	assert_int_equal(a.code[0].thousandths, 600);
	assert_int_equal(a.code[1].thousandths, 412);
	/* (0.3 + 0.14) / (0.5 + 0.34) */
	assert_true(a.all.known);
	assert_int_equal(a.all.thousandths, 524);
	assert_int_equal(a.answers, TEXTS);
	assert_int_equal(a.same, 6);
}

static void neither_sees_the_other(struct place *p)
{
	struct voice_coded k[4 * TEXTS];
	struct voice_book b;
	begin_closed(p, 3);
	assert_ok(put(p, &ann, 1, "slow"));
	assert_ok(put(p, &ann, 2, ""));
	assert_ok(put(p, &bob, 1, "price"));
	assert_int_equal(list(p, &bob, CODED_TODO, k), 2);
	assert_int_equal(list(p, &ann, CODED_TODO, k), 1);
	assert_int_equal(k[0].no, 3);
	assert_int_equal(list(p, &bob, CODED_ALL, k), 3);
	assert_int_equal(k[0].mine, 2);
	for (int i = 0; i < 3; i++)
		assert_true(k[i].by[0] == CODES_NONE && k[i].by[1] == CODES_NONE && k[i].agreed == CODES_NONE);
	assert_st(done(p, &ann), ST_CONFLICT); /* one is left */
	assert_ok(put(p, &ann, 3, "slow"));
	assert_ok(done(p, &ann));
	assert_st(put(p, &ann, 1, "price"), ST_CONFLICT);
	struct req rq = on_reader(p);
	rq.who = &cid;
	int n;
	assert_ok(voice_book(&rq, "s", "why", &b));
	assert_st(voice_coded(&rq, &b, CODED_DIFFER, 0, k, 9, &n), ST_CONFLICT); /* one is not done */
	store_reader_done(p->s);
	assert_ok(put(p, &bob, 2, ""));
	assert_ok(put(p, &bob, 3, "slow"));
	assert_false(book_of(p, &bob).both);
	assert_ok(done(p, &bob));
	b = book_of(p, &bob);
	assert_true(b.both && b.me == 1);
	assert_int_equal(b.differ, 1);
	assert_int_equal(list(p, &bob, CODED_DIFFER, k), 1);
	assert_true(k[0].no == 1 && k[0].by[0] == 1 && k[0].by[1] == 2 && k[0].agreed == CODES_NONE);
}

static void two_code_and_no_third(struct place *p)
{
	struct voice_leave l = { "s", "why", "staff:2" };
	begin_closed(p, 2);
	assert_ok(put(p, &ann, 1, "slow"));
	assert_ok(put(p, &bob, 1, "slow"));
	assert_st(put(p, &dan, 1, "slow"), ST_CONFLICT);
	assert_st(put(p, &eve, 1, "slow"), ST_DENIED);
	assert_st(put(p, &ann, 99, "slow"), ST_NOTFOUND);
	assert_st(put(p, &ann, 1, "nothing"), ST_INVALID);
	assert_st(as(p, &dan, voice_coding_leave, &l), ST_DENIED);
	assert_ok(as(p, &cid, voice_coding_leave, &l));
	assert_ok(put(p, &dan, 1, "slow"));
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_coding"), 2);
}

static void a_used_code_stays(struct place *p)
{
	begin_closed(p, 2);
	assert_ok(code(p, &ann, "odd", CODE_SET));
	assert_ok(code(p, &ann, "odd", CODE_DROP));
	assert_st(code(p, &ann, "odd", CODE_DROP), ST_NOTFOUND);
	assert_ok(put(p, &ann, 1, "slow"));
	assert_st(code(p, &ann, "slow", CODE_DROP), ST_CONFLICT);
	assert_st(code(p, &ann, "slow", CODE_SET), ST_CONFLICT); /* other words for it */
	assert_ok(code(p, &ann, "slow", CODE_RETIRE));
	assert_st(put(p, &bob, 1, "slow"), ST_INVALID);
	assert_ok(code(p, &ann, "late", CODE_SET)); /* as long as nobody is done */
	assert_st(code(p, &ann, "Bad Name", CODE_SET), ST_INVALID);
	assert_st(code(p, &eve, "x", CODE_SET), ST_DENIED);
	assert_ok(put(p, &ann, 2, "late"));
	assert_ok(done(p, &ann));
	assert_st(code(p, &bob, "later", CODE_SET), ST_CONFLICT);
}

static void nothing_is_coded_in_the_field(struct place *p)
{
	struct voice_book b;
	begin(p, 2);
	assert_st(code(p, &ann, "slow", CODE_SET), ST_CONFLICT);
	struct req rq = on_reader(p);
	assert_st(voice_book(&rq, "s", "why", &b), ST_CONFLICT);
	err_clear(&rq.err);
	assert_st(voice_book(&rq, "s", "n", &b), ST_NOTFOUND); /* a number is no text */
	store_reader_done(p->s);
}

/* ── decided, and counted ── */

static struct voice_list figures(struct place *p)
{
	struct voice_list l;
	struct req rq = on_reader(p);
	assert_ok(voice_list(&rq, "s", "", &l));
	store_reader_done(p->s);
	return l;
}

static const struct voice_figure *figure(const struct voice_list *l, const char *what)
{
	for (int i = 0; i < l->n; i++)
		if (l->f[i].kind == FIGURE_CODE && !strcmp(voice_figure_what(&l->t.q, &l->f[i]), what))
			return &l->f[i];
	return NULL;
}

static void what_differs_is_decided_by_a_third(struct place *p)
{
	struct voice_publish pub = { .study = "s" };
	begin_closed(p, TEXTS);
	code_all(p);
	struct voice_list l = figures(p);
	assert_null(figure(&l, "code:slow")); /* four are not decided */
	assert_st(decide(p, &ann, 5, "slow"), ST_DENIED);
	assert_st(decide(p, &cid, 1, "slow"), ST_NOTFOUND); /* they agree in it */
	assert_ok(decide(p, &cid, 5, "slow"));
	assert_ok(decide(p, &cid, 6, ""));
	assert_ok(decide(p, &cid, 8, "price"));
	l = figures(p);
	assert_null(figure(&l, "code:slow"));
	assert_ok(decide(p, &cid, 9, ""));
	l = figures(p);
	const struct voice_figure *slow = figure(&l, "code:slow"), *price = figure(&l, "code:price");
	assert_true(slow && slow->share.n == 5 && slow->share.base == 10 && slow->tenths == 500);
	assert_true(price && price->share.n == 2 && price->share.base == 10 && price->mark == BASE_SMALL);
	BUF_SCOPE csv = BUF_INIT;
	voice_sheet_csv(&l, &csv);
	assert_non_null(strstr(buf_cstr(&csv), "\"why\",\"code:slow\",5,10,50.0,small\n"));
	assert_ok(in_write(p, voice_publish, &pub));
	assert_st(decide(p, &cid, 9, "slow"), ST_CONFLICT);
	assert_st(code(p, &cid, "x", CODE_SET), ST_CONFLICT);
}

static void few_answers_are_hidden(struct place *p)
{
	begin_closed(p, 4);
	for (int i = 1; i <= 4; i++) {
		assert_ok(put(p, &ann, i, "slow"));
		assert_ok(put(p, &bob, i, "slow"));
	}
	assert_ok(done(p, &ann));
	assert_ok(done(p, &bob));
	struct voice_list l = figures(p);
	assert_true(figure(&l, "code:slow") && figure(&l, "code:slow")->mark == BASE_HIDDEN);
	struct voice_agreement a;
	assert_ok(agreement(p, &cid, &a));
	assert_false(a.code[0].known); /* both had it everywhere */
}

/* The numbers of two items are in different orders. */
static void numbers_join_nothing(struct place *p)
{
	struct voice_code_set a = { "s", "more", CODE_SET, { .id = "x" } };
	a.code.title[LANG_EN] = "X";
	a.code.title[LANG_ZH_TW] = "甲";
	begin_closed(p, 4 * TEXTS);
	assert_ok(as(p, &ann, voice_code_set, &a));
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_number WHERE item = 1"), 4 * TEXTS);
	assert_true(number_of(p,
			      "SELECT count(*) FROM voice_number x JOIN voice_number y ON y.response = x.response AND"
			      " y.item = 1 WHERE x.item = 0 AND x.no <> y.no") > TEXTS);
}

/* ── search ── */

static enum st find(struct place *p, const struct actor *who, const char *text, int64_t from, int max, int *n,
		    int64_t *next, struct voice_found *out)
{
	struct req rq = on_reader(p);
	rq.who = who;
	enum st st = voice_search(&rq, "s", text, from, out, max, n, next);
	store_reader_done(p->s);
	return st;
}

static void words_are_found(struct place *p)
{
	struct voice_found f[FOUND_MAX];
	int64_t next;
	int n;
	begin_closed(p, 5);
	assert_ok(find(p, &cid, "help desk", 0, FOUND_MAX, &n, &next, f));
	assert_true(n == 1 && !strcmp(f[0].item, "more") && f[0].no == 0 && next == 0);
	assert_ok(find(p, &cid, "客服", 0, FOUND_MAX, &n, &next, f));
	assert_int_equal(n, 1);
	assert_ok(find(p, &cid, "nobody wrote this", 0, FOUND_MAX, &n, &next, f));
	assert_int_equal(n, 0);
	assert_ok(find(p, &cid, "ANSWER", 0, 3, &n, &next, f));
	assert_true(n == 3 && next > 0 && f[0].no == 1);
	assert_ok(find(p, &cid, "ANSWER", next, 3, &n, &next, f));
	assert_true(n == 2 && next == 0);
	assert_st(find(p, &cid, "", 0, 3, &n, &next, f), ST_INVALID);
	assert_st(find(p, &ann, "x", 0, 3, &n, &next, f), ST_DENIED); /* who codes sees what is to be coded */
}

/* ── quotes ── */

static bool redacts(const char *original, const char *quote)
{
	struct arena *mem = arena_new(1 << 16);
	char *out;
	enum st st = voice_redacted(mem, original, quote, &out, NULL);
	arena_free(mem);
	return st == ST_OK;
}

static void only_spans_are_left_out(void **state)
{
	static const char text[] = "Mr Wang of Acme\r\nwas not slow, but dear.";
	(void)state;
	assert_true(redacts(text, "Mr ▇▇▇ of ▇ was not slow, but dear."));
	assert_true(redacts(text, "[…] not slow […]"));
	assert_true(redacts(text, "[…] was not slow, […] dear."));
	assert_true(redacts(text, "Mr Wang of Acme was not slow, but dear."));
	assert_true(redacts("很慢，王先生說的", "很慢，▇▇▇說的"));
	assert_false(redacts(text, "not slow"));	 /* not said where it was cut */
	assert_false(redacts(text, "Mr Wang […] slow")); /* nor here */
	assert_false(redacts(text, "[…] was slow, but dear."));
	assert_false(redacts(text, "[…] dear, but slow […]"));
	assert_false(redacts(text, "[…] was NOT slow […]"));
	assert_false(redacts(text, "[…]"));
	assert_false(redacts(text, "▇▇ ▇"));
	assert_false(redacts(text, ""));
	assert_false(redacts("aXa", "aX […] Xa")); /* nothing is used twice */
}

static enum st quote(struct place *p, const struct actor *who, const char *text, int64_t *id)
{
	struct voice_quote_new q = { "s", "why", text, 1, 0 };
	enum st st = as(p, who, voice_quote_propose, &q);
	*id = q.id;
	return st;
}

static int shown(struct place *p, const struct actor *who)
{
	struct voice_quote q[9];
	struct voice_study s;
	int n;
	struct req rq = on_reader(p);
	rq.who = who;
	assert_ok(voice_study_get(&rq, "s", &s));
	assert_ok(voice_quotes_shown(&rq, &s, q, 9, &n));
	for (int i = 0; i < n; i++)
		assert_true(!q[i].by && !q[i].original && !q[i].decided_by);
	store_reader_done(p->s);
	return n;
}

static enum st forget(struct req *rq, void *arg)
{
	const struct due_kind *k = voice_due_kinds;
	for (int i = 0; i < voice_due_count; i++)
		if (!strcmp(k[i].kind, "survey-forget-answers"))
			return k[i].fn(rq, arg);
	return ST_INTERNAL;
}

static void another_person_lets_a_quote_out(struct place *p)
{
	struct voice_quote_decide d = { .study = "s", .approve = true };
	struct voice_publish pub = { .study = "s" };
	int64_t other;
	begin_closed(p, 2);
	assert_st(quote(p, &eve, "answer […]", &d.id), ST_DENIED);
	assert_st(quote(p, &ann, "something else", &d.id), ST_INVALID);
	assert_ok(quote(p, &ann, "answer […]", &d.id));
	assert_st(as(p, &ann, voice_quote_decide, &d), ST_DENIED);
	assert_st(as(p, &eve, voice_quote_decide, &d), ST_DENIED);
	assert_int_equal(shown(p, &cid), 0);
	assert_ok(as(p, &bob, voice_quote_decide, &d));
	assert_st(as(p, &bob, voice_quote_decide, &d), ST_CONFLICT);
	assert_int_equal(shown(p, &cid), 1);
	/* A refused one is not shown. */
	assert_ok(quote(p, &bob, "answer […]", &other));
	struct voice_quote_decide refuse = { .study = "s", .id = other };
	assert_ok(as(p, &ann, voice_quote_decide, &refuse));
	assert_int_equal(shown(p, &cid), 1);
	assert_ok(in_write(p, voice_publish, &pub));
	assert_int_equal(shown(p, &actor_anonymous), 1);
	assert_st(quote(p, &ann, "answer […]", &other), ST_CONFLICT);
	assert_st(as(p, &ann, voice_quote_drop, &d), ST_DENIED);
	assert_ok(as(p, &cid, voice_quote_drop, &d));
	assert_st(as(p, &cid, voice_quote_drop, &d), ST_NOTFOUND);
	assert_int_equal(shown(p, &actor_anonymous), 0);
}

static void what_is_forgotten_takes_codes_and_quotes_along(struct place *p)
{
	struct voice_quote_decide d = { .study = "s", .approve = true };
	begin_closed(p, 2);
	assert_ok(put(p, &ann, 1, "slow"));
	assert_ok(quote(p, &ann, "answer […]", &d.id));
	assert_ok(as(p, &bob, voice_quote_decide, &d));
	assert_ok(in_write(p, forget, (char *)"s"));
	assert_int_equal(shown(p, &cid), 0);
	assert_int_equal(number_of(p,
				   "SELECT (SELECT count(*) FROM voice_quote) + (SELECT count(*) FROM voice_coding) +"
				   " (SELECT count(*) FROM voice_number)"),
			 0);
	/* No words of answers or quotes ever stood in the journal. */
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE payload LIKE '%answer %'"), 0);
}

/* A published report goes on saying what it said, and what it quotes has no way to the answer; staff can still take it away. */
static void a_published_quote_outlives_its_answer(struct place *p)
{
	struct voice_quote_decide d = { .study = "s", .approve = true }, no = { .study = "s" };
	struct voice_publish pub = { .study = "s" };
	struct voice_quote q[10];
	struct voice_study s;
	int64_t proposed;
	int n;
	begin_closed(p, 2);
	assert_ok(quote(p, &ann, "answer […]", &d.id));
	assert_ok(as(p, &bob, voice_quote_decide, &d));
	assert_ok(quote(p, &ann, "answer […]", &no.id));
	assert_ok(as(p, &bob, voice_quote_decide, &no));
	assert_ok(quote(p, &ann, "answer […]", &proposed));
	assert_ok(in_write(p, voice_publish, &pub));
	assert_ok(in_write(p, forget, (char *)"s"));
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_word"), 0);
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_quote"), 1);
	assert_int_equal(number_of(p, "SELECT count(*) FROM voice_quote WHERE response <> 0"), 0);
	assert_int_equal(shown(p, &actor_anonymous), 1);
	struct req rq = on_reader(p);
	assert_ok(voice_study_get(&rq, "s", &s));
	assert_ok(voice_quotes(&rq, &s, q, 10, &n));
	assert_int_equal(n, 1);
	assert_string_equal(q[0].text, "answer […]");
	assert_string_equal(q[0].item, "why");
	assert_string_equal(q[0].original, "");
	assert_string_equal(q[0].decided_by, "staff:2");
	assert_int_equal(q[0].no, 0);
	store_reader_done(p->s);
	assert_ok(as(p, &cid, voice_quote_drop, &d));
	assert_int_equal(shown(p, &actor_anonymous), 0);
}

#define EACH(name) ON_EACH_DRIVER(test_##name, name)
EACH(kappa_is_as_by_hand)
EACH(a_published_quote_outlives_its_answer)
EACH(neither_sees_the_other)
EACH(two_code_and_no_third)
EACH(a_used_code_stays)
EACH(nothing_is_coded_in_the_field)
EACH(what_differs_is_decided_by_a_third)
EACH(few_answers_are_hidden)
EACH(numbers_join_nothing)
EACH(words_are_found)
EACH(another_person_lets_a_quote_out)
EACH(what_is_forgotten_takes_codes_and_quotes_along)

static int64_t mine(struct place *p, int64_t no)
{
	struct voice_coded row[4 * TEXTS];
	int n = list(p, &ann, CODED_MINE, row);
	for (int i = 0; i < n; i++)
		if (row[i].no == no)
			return row[i].mine;
	return CODES_NONE;
}

/* Who codes an answer again takes nothing from it that can't be chosen any more, and gives it nothing of that either. */
static void retired(struct place *p)
{
	begin_closed(p, TEXTS);
	assert_ok(put(p, &ann, 1, "slow price"));
	assert_ok(put(p, &ann, 2, "slow"));
	struct voice_book b = book_of(p, &ann);
	int64_t slow = 1LL << voice_code_bit(&b, "slow", 4), price = 1LL << voice_code_bit(&b, "price", 5);
	assert_ok(code(p, &ann, "price", CODE_RETIRE));
	assert_st(put(p, &ann, 3, "price"), ST_INVALID);
	assert_ok(put(p, &ann, 1, "-"));
	assert_ok(put(p, &ann, 2, "-"));
	assert_int_equal(mine(p, 1), price);
	assert_int_equal(mine(p, 2), 0);
	assert_ok(put(p, &ann, 1, "slow"));
	assert_int_equal(mine(p, 1), slow | price);
}
ON_EACH_DRIVER(test_a_retired_code_stays_with_its_answers, retired)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kappa_is_as_by_hand),
		cmocka_unit_test(test_a_published_quote_outlives_its_answer),
		cmocka_unit_test(test_neither_sees_the_other),
		cmocka_unit_test(test_two_code_and_no_third),
		cmocka_unit_test(test_a_used_code_stays),
		cmocka_unit_test(test_nothing_is_coded_in_the_field),
		cmocka_unit_test(test_what_differs_is_decided_by_a_third),
		cmocka_unit_test(test_few_answers_are_hidden),
		cmocka_unit_test(test_numbers_join_nothing),
		cmocka_unit_test(test_words_are_found),
		cmocka_unit_test(only_spans_are_left_out),
		cmocka_unit_test(test_another_person_lets_a_quote_out),
		cmocka_unit_test(test_a_retired_code_stays_with_its_answers),
		cmocka_unit_test(test_what_is_forgotten_takes_codes_and_quotes_along),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
