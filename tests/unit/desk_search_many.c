/* Searches over blocks of several spans against a plain walk through all cases: which, in which order, how many. The
 * cases are rows, their words are written as the index has them. */
#include "deskworld.h"
#include "desk/desk_hunt.h"
#include "desk/desk_queue.h"

enum { CASES = 3000, SPANS = 9, KINDS = 9, EVEN = 7, ODD = 8, ROOM = CASES * (KINDS + 2), PAGE_CASES = 50 };

/* `often`: one of so many cases has it, 0: said below; `kind`: whether it is the reporter's. */
static const struct kind {
	const char *word;
	unsigned often;
	char kind;
} kinds[KINDS] = { { "bank", 1, WORD_OPEN },	 { "apple", 2, WORD_REPORTER }, { "apply", 8, WORD_OPEN },
		   { "apricot", 40, WORD_OPEN }, { "帳號", 3, WORD_REPORTER },	{ "rare", 600, WORD_OPEN },
		   { "rarely", 300, WORD_OPEN }, { "even", 0, WORD_OPEN },	{ "odd", 0, WORD_OPEN } };

struct made {
	int64_t id;
	unsigned has; /* bits of `kinds` */
	int queue;
	bool research;
};

static struct made made[CASES]; /* newest first */

/* Of the newest spans more are open. */
static void make(unsigned seed)
{
	int64_t all = (int64_t)SPANS * SPAN_BLOCKS * BLOCK_CASES, step = all / CASES;
	for (int i = 0; i < CASES; i++) {
		struct made *m = &made[i];
		*m = (struct made){ .id = all - i * step - rand_r(&seed) % step, .research = rand_r(&seed) % 5 == 0 };
		m->queue = rand_r(&seed) % CASES > i ? rand_r(&seed) % 2 : TURN_CLOSED;
		for (int k = 0; k < KINDS; k++)
			m->has |= (unsigned)(kinds[k].often && rand_r(&seed) % kinds[k].often == 0) << k;
		m->has |= 1u << (i % 2 ? ODD : EVEN);
	}
	made[CASES - 1].has |= 1u << EVEN; /* the oldest has both */
}

static const char *text_of(struct arena *mem, const struct made *m, char kind)
{
	const char *s = "";
	for (int k = 0; k < KINDS; k++)
		if (m->has >> k & 1 && kinds[k].kind == kind)
			s = arena_printf(mem, "%s%s%s", s, *s ? " " : "", kinds[k].word);
	return s;
}

static enum st put_cases(struct req *rq)
{
	struct bulk *b =
		bulk_open(rq, "desk_case",
			  "id, number, class, state, queue, sort_at, record_only, opened_at, changed_at, "
			  "closed_at, due_at, close_reason, assignee, nobs, nreports, first_obs, holder, waiting, "
			  "tasks, told, severity, lane, tags, source",
			  24);
	for (int i = CASES - 1; i >= 0; i--) {
		const struct made *m = &made[i];
		bool shut = m->queue == TURN_CLOSED;
		const struct val v[] = { V(m->id),
					 V(arena_printf(rq->mem, "NC-2026-%07lld", (long long)m->id)),
					 V("phishing"),
					 V(shut ? CASE_CLOSED : CASE_NOTIFIED),
					 V(m->queue),
					 V(shut ? SORT_CLOSED - m->id : m->id),
					 V(0),
					 V(T0),
					 V(T0),
					 V(0),
					 V(0),
					 V(""),
					 V(""),
					 V(0),
					 V(1),
					 V(""),
					 V(text_of(rq->mem, m, WORD_OPEN)),
					 V(0),
					 V(0),
					 V(0),
					 V("1"),
					 V(m->research ? "research" : "coordination"),
					 V(""),
					 V("web") };
		if (bulk_row(b, v))
			return rq->err.code;
	}
	return bulk_close(b);
}

static enum st put_reports(struct req *rq)
{
	struct bulk *b = bulk_open(rq, "desk_report",
				   "id, case_id, person, source, lang, class, confidence, words, share_words, digest, "
				   "filed_at, joined, withdrawn_at, erased_at",
				   14);
	for (int i = CASES - 1; i >= 0; i--) {
		const struct val v[] = {
			V(CASES - i), V(made[i].id), V(0),	     V("web"),
			V("en"),      V("phishing"), V("anonymous"), V(text_of(rq->mem, &made[i], WORD_REPORTER)),
			V(0),	      V(""),	     V(T0),	     V(0),
			V(0),	      V(0)
		};
		if (bulk_row(b, v))
			return rq->err.code;
	}
	return bulk_close(b);
}

static enum st put_words(struct req *rq)
{
	struct pair *pair = arena_array(rq->mem, struct pair, ROOM);
	int n = 0;
	for (int i = 0; i < CASES; i++) {
		for (int k = 0; k < KINDS; k++)
			if (made[i].has >> k & 1)
				pair[n++] = (struct pair){ made[i].id,
							   arena_printf(rq->mem, "%c%s", kinds[k].kind, kinds[k].word),
							   true };
		pair[n++] = (struct pair){ made[i].id, word_turn(made[i].queue), true };
	}
	return word_rows_write(rq, NULL, 0, pair, n);
}

static enum st put(struct req *rq, void *arg)
{
	return (void)arg, put_cases(rq) || put_reports(rq) || put_words(rq) ? rq->err.code : ST_OK;
}

/* ── the plain walk ── */

struct asked {
	const char *word[3];
	int words;
	const char *phrase;
	enum queue_view view;
	bool research, sees_reporters;
	int64_t below, from; /* ids; 0: all */
};

static bool in_view(const struct asked *a, const struct made *m)
{
	int least, most;
	desk_view_turns(a->view, &least, &most);
	return m->queue >= least && m->queue <= most && (!a->research || m->research) && m->id >= a->from &&
	       (!a->below || m->id < a->below);
}

static bool has_word(const struct asked *a, const struct made *m, const char *word, bool begun)
{
	for (int k = 0; k < KINDS; k++)
		if (m->has >> k & 1 && (a->sees_reporters || kinds[k].kind == WORD_OPEN) &&
		    (begun ? strncmp(kinds[k].word, word, strlen(word)) : strcmp(kinds[k].word, word)) == 0)
			return true;
	return false;
}

static int walk_as(const struct asked *a, bool begun, int64_t out[CASES])
{
	int n = 0;
	for (int i = 0; i < CASES; i++) {
		bool all = in_view(a, &made[i]);
		for (int k = 0; k < a->words; k++)
			all = all && has_word(a, &made[i], a->word[k], begun);
		if (all)
			out[n++] = i;
	}
	return n;
}

static bool says(struct arena *mem, const struct asked *a, const struct made *m)
{
	return strstr(text_of(mem, m, WORD_OPEN), a->phrase) ||
	       (a->sees_reporters && strstr(text_of(mem, m, WORD_REPORTER), a->phrase));
}

/* Places in `made`. */
static int walk(struct arena *mem, const struct asked *a, int64_t out[CASES])
{
	int n = walk_as(a, false, out), said = 0;
	if (!n)
		n = walk_as(a, true, out);
	if (!a->phrase)
		return n;
	for (int i = 0; i < n && i < PHRASE_LOOKS; i++)
		if (says(mem, a, &made[out[i]]))
			out[said++] = out[i];
	return said;
}

/* ── compared ── */

static const struct actor legal = { "staff:3", ROLE_LEGAL, 3 };

static struct queue_list ask(struct req *rq, const struct asked *a, int offset, int max)
{
	static struct queue_row row[PAGE_CASES];
	struct queue_list l = { .row = row };
	struct queue_filter f = { .lane = a->research ? "research" : "", .below = a->below };
	BUF_SCOPE text = BUF_INIT;
	for (int i = 0; i < a->words && !a->phrase; i++)
		buf_printf(&text, "%s ", a->word[i]);
	if (a->phrase)
		buf_printf(&text, "\"%s\"", a->phrase);
	rq->who = a->sees_reporters ? &handler : &legal;
	if (desk_queue_list(rq, a->view, &f, buf_cstr(&text), offset, max, LANG_EN, &l))
		fail_msg("%s: %s", buf_cstr(&text), rq->err.msg);
	return l;
}

/* Where older cases were left out, what was found is compared with the newer ones, and then they are searched. */
static void compare(struct place *p, const struct asked *a, int offset, int max)
{
	static int64_t want[CASES];
	struct req rq = on_reader(p);
	struct queue_list l = ask(&rq, a, offset, max);
	struct asked newer = *a, older = *a;
	older.below = l.below;
	newer.from = a->phrase ? 0 : l.below;
	bool none = newer.from && !l.total; /* then what begins so was not looked for either */
	int all = none ? walk_as(&newer, false, want) : walk(rq.mem, &newer, want);
	int cap = offset + max > SEARCH_EXACT ? offset + max : SEARCH_EXACT;
	assert_int_equal(l.total, l.more ? cap : all);
	assert_true(!l.more || all > cap);
	assert_int_equal(l.n, all > offset ? (all - offset < max ? all - offset : max) : 0);
	for (int i = 0; i < l.n; i++)
		assert_int_equal(strtoll(l.row[i].number + 8, NULL, 10), made[want[offset + i]].id);
	store_reader_done(p->s);
	assert_true(!l.below || l.unread);
	if (l.below)
		compare(p, &older, 0, max);
}

static struct world *begin_many(struct place *p)
{
	struct world *w = begin(p);
	make(7);
	assert_ok(in_write(p, put, NULL));
	return w;
}

static void any(struct place *p)
{
	static const char *const words[] = { "bank",   "apple", "apply",  "apricot", "帳號", "rare",
					     "rarely", "app",	"aprico", "rar",     "noth" };
	static const enum queue_view views[] = { QUEUE_ALL, QUEUE_OPEN, QUEUE_CLOSED, QUEUE_WAITING_US,
						 QUEUE_WAITING_PARTY };
	struct world *w = begin_many(p);
	unsigned seed = 11;
	for (int round = 0; round < 400; round++) {
		struct asked a = { .words = 1 + rand_r(&seed) % 3,
				   .view = views[rand_r(&seed) % 5],
				   .research = rand_r(&seed) % 4 == 0,
				   .sees_reporters = rand_r(&seed) % 3 > 0 };
		for (int i = 0; i < a.words; i++)
			a.word[i] = words[rand_r(&seed) % 11];
		compare(p, &a, rand_r(&seed) % 2 ? 0 : rand_r(&seed) % CASES, 1 + rand_r(&seed) % PAGE_CASES);
	}
	finish(w);
}
ON_EACH_DRIVER(any_words_as_a_walk_finds_them, any)

/* What is in every case: page after page to the last one, which alone knows how many there are. */
static void pages(struct place *p)
{
	struct world *w = begin_many(p);
	struct asked a = { { "bank" }, 1, .view = QUEUE_ALL, .sees_reporters = true };
	for (int offset = 0; offset <= CASES; offset += PAGE_CASES)
		compare(p, &a, offset, PAGE_CASES);
	struct req rq = on_reader(p);
	struct queue_list l = ask(&rq, &a, 0, PAGE_CASES);
	assert_true(l.more && l.total == SEARCH_EXACT);
	l = ask(&rq, &a, 1500, PAGE_CASES);
	assert_true(l.more && l.total == 1500 + PAGE_CASES);
	l = ask(&rq, &a, CASES - PAGE_CASES, PAGE_CASES);
	assert_true(!l.more && l.total == CASES && l.n == PAGE_CASES);
	a.word[0] = "apply";
	l = ask(&rq, &a, 0, PAGE_CASES);
	assert_true(!l.more && l.total < SEARCH_EXACT && l.total > 100);
	store_reader_done(p->s);
	finish(w);
}
ON_EACH_DRIVER(pages_to_the_last, pages)

static void phrases(struct place *p)
{
	static const struct asked asked[] = {
		{ { "bank", "apply" }, 2, "bank apply" },   { { "bank", "apricot" }, 2, "bank apricot" },
		{ { "bank", "rare" }, 2, "bank rare" },	    { { "apricot", "rare" }, 2, "apricot rare" },
		{ { "apple", "帳號" }, 2, "apple 帳號" },   { { "帳號" }, 1, "帳號" },
		{ { "rarely", "bank" }, 2, "rarely bank" }, { { "app", "ban" }, 2, "ban app" },
	};
	struct world *w = begin_many(p);
	for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
		for (int k = 0; k < 4; k++) {
			struct asked a = asked[i];
			a.view = k & 1 ? QUEUE_CLOSED : QUEUE_ALL;
			a.sees_reporters = k & 2;
			compare(p, &a, 0, PAGE_CASES);
			compare(p, &a, PAGE_CASES, PAGE_CASES);
		}
	struct req rq = on_reader(p);
	struct asked a = { { "bank", "apply" }, 2, "bank apply", QUEUE_ALL, false, true };
	struct queue_list l = ask(&rq, &a, 0, PAGE_CASES);
	assert_true(l.unread && !l.more && l.total > PAGE_CASES && l.total <= PHRASE_LOOKS);
	a = (struct asked){ { "bank", "rare" }, 2, "bank rare", QUEUE_ALL, false, true };
	l = ask(&rq, &a, 0, PAGE_CASES);
	assert_true(!l.unread && l.total > 0);
	store_reader_done(p->s);
	finish(w);
}
ON_EACH_DRIVER(phrases_in_the_newest, phrases)

/* Very many words begin so: all of them in the newest case, one more in the oldest. */
static enum st put_begun(struct req *rq, void *arg)
{
	const int *n = arg;
	struct pair *pair = arena_array(rq->mem, struct pair, *n + 1);
	for (int i = 0; i < *n; i++)
		pair[i] = (struct pair){ made[0].id, arena_printf(rq->mem, "ozz%05d", i), true };
	pair[*n] = (struct pair){ made[CASES - 1].id, "ozzlast", true };
	return word_rows_write(rq, NULL, 0, pair, *n + 1);
}

static void begun(struct place *p)
{
	struct world *w = begin_many(p);
	struct asked a = { { "zz" }, 1, .view = QUEUE_ALL, .sees_reporters = true };
	int n = 100;
	assert_ok(in_write(p, put_begun, &n));
	struct req rq = on_reader(p);
	struct queue_list l = ask(&rq, &a, 0, PAGE_CASES);
	assert_true(l.total == 2 && !l.unread && !l.more);
	store_reader_done(p->s);
	n = 25000;
	assert_ok(in_write(p, put_begun, &n));
	rq = on_reader(p);
	l = ask(&rq, &a, 0, PAGE_CASES);
	assert_true(l.total == 1 && l.unread && !l.more);
	store_reader_done(p->s);
	finish(w);
}
ON_EACH_DRIVER(more_beginnings_than_are_read, begun)

/* Words of every block that only the oldest case has together. */
static void apart(struct place *p)
{
	struct world *w = begin_many(p);
	struct asked a = { { "even", "odd" }, 2, .view = QUEUE_ALL, .sees_reporters = true };
	struct req rq = on_reader(p);
	struct queue_list l = ask(&rq, &a, 0, PAGE_CASES);
	assert_true(l.total == 0 && l.unread && l.below > made[CASES - 1].id && l.below < made[0].id);
	a.below = l.below;
	l = ask(&rq, &a, 0, PAGE_CASES);
	assert_true(l.total == 1 && l.n == 1 && !l.unread && !l.below);
	assert_int_equal(strtoll(l.row[0].number + 8, NULL, 10), made[CASES - 1].id);
	a.below = made[CASES - 1].id;
	l = ask(&rq, &a, 0, PAGE_CASES);
	assert_true(l.total == 0 && !l.unread);
	store_reader_done(p->s);
	a.below = 0;
	compare(p, &a, 0, PAGE_CASES);
	finish(w);
}
ON_EACH_DRIVER(words_hardly_ever_together, apart)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_words_as_a_walk_finds_them), cmocka_unit_test(pages_to_the_last),
		cmocka_unit_test(words_hardly_ever_together),	  cmocka_unit_test(phrases_in_the_newest),
		cmocka_unit_test(more_beginnings_than_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
