/* The desk's pages over many cases: queue, case, search, figures; one thread.
 *
 *	bench_desk URL OPEN CLOSED [fill]
 *
 * Fills a store with generated cases (a report, two observables, two entries of the journal each; their words as the
 * index has them) unless it has as many already, and prints `NAME_ms median` and `NAME_most_ms` of ROUNDS askings each;
 * then `index_cases_s`, how many cases a second the index reads again, and of the figures `figures_days_s`, `figures_year_ms`,
 * `figures_quarter_ms` of processor time.
 * With `fill`, nothing is asked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "base/idn.h"
#include "base/text.h"
#include "cli/migrations.h"
#include "clockwork.h"
#include "desk/desk_figures.h"
#include "desk/desk_int.h"
#include "desk/desk_search.h"
#include "desk/desk_sort.h"
#include "desk/desk_word.h"
#include "who/permit.h"

enum { ROUNDS = 40, REREAD = 5000, WORDS_ROOM = 400, FIGURE_ROUNDS = 5 };
enum { APART = 28 }; /* seconds between two cases: a year has 1.1 M */

struct bench {
	struct store *s;
	struct arena *mem;
	int64_t open, closed;
	int64_t from, to; /* of the block being written */
	unsigned seed;
};

static const struct actor officer = { "staff:1", ROLE_OFFICER, 1 };

static void die(const char *what, const char *why)
{
	fprintf(stderr, "bench_desk: %s: %s\n", what, why);
	exit(1);
}

/* ── what a case says, always the same for its number ── */

static const char *const often[] = {
	"我的網站被駭客入侵",  "收到可疑的簡訊",     "帳號密碼被盜用",		 "假冒銀行的網頁",
	"包裹配送通知",	       "要求輸入信用卡號碼", "the page asks for a card", "a parcel that never comes",
	"please take it down", "our bank is shown",  "they guess passwords",	 "a copy of our shop",
};
static const char *const classes[] = { "phishing", "malware", "compromised", "scanner", "spam", "vulnerable" };

static const char *const levels[] = { "1", "2", "4" }, *const people[] = { "", "wei", "mei", "lin" },
			 *const lanes[] = { "coordination", "research", "consulting", "information-gathering" };

static unsigned of(int64_t id, unsigned salt)
{
	uint64_t x = (uint64_t)id * 0x9e3779b97f4a7c15u + salt * 0xbf58476d1ce4e5b9u;
	x ^= x >> 31;
	x *= 0x94d049bb133111ebu;
	return (unsigned)(x >> 33);
}

static void put_han(char **p, unsigned c)
{
	c = 0x4e00 + c % 3000;
	*(*p)++ = (char)(0xe0 | c >> 12);
	*(*p)++ = (char)(0x80 | (c >> 6 & 63));
	*(*p)++ = (char)(0x80 | (c & 63));
}

/* Two common sentences, a name of three characters, a rare word, a number. */
static void words_of(int64_t id, char out[400])
{
	char name[16], *p = name;
	for (unsigned i = 0; i < 3; i++)
		put_han(&p, of(id, 10 + i));
	*p = 0;
	snprintf(out, 400, "%s，%s。%s word%u ref-%u", often[of(id, 1) % 12], often[of(id, 2) % 12], name,
		 of(id, 3) % 20000, of(id, 4));
}

static void name_of(int64_t id, char out[80])
{
	snprintf(out, 80, "shop-%u.com.tw", of(id, 5) % 700000);
}
static void addr_of(int64_t id, char out[80])
{
	unsigned a = of(id, 6);
	snprintf(out, 80, "%u.%u.%u.%u", a & 127, a >> 8 & 255, a >> 16 & 255, of(id, 7) & 255);
}
static void number_of(int64_t id, char out[24])
{
	snprintf(out, 24, "NC-2026-%06d", (int)id);
}
static int64_t opened_at(int64_t id)
{
	return (1700000000LL + id * APART) * USEC;
}
/* Minutes to days after it. */
static int64_t later(int64_t id, unsigned salt)
{
	return opened_at(id) + (int64_t)(of(id, salt) % (1 + of(id, salt + 1) % 20000)) * 60 * USEC;
}
static bool is_closed(const struct bench *b, int64_t id)
{
	return id <= b->closed;
}

/* ── rows ── */

static enum st put_cases(struct req *rq, struct bench *b)
{
	struct bulk *k = bulk_open(rq, "desk_case",
				   "id, number, class, state, queue, sort_at, record_only, opened_at, changed_at, "
				   "closed_at, due_at, close_reason, assignee, nobs, nreports, first_obs, holder, "
				   "waiting, tasks, told, severity, lane, tags, source, acted_at, told_at, answered_at",
				   27);
	for (int64_t id = b->from; id < b->to; id++) {
		char number[24], name[80];
		int64_t at = opened_at(id);
		bool shut = is_closed(b, id);
		number_of(id, number);
		name_of(id, name);
		/* Half of them overdue, the others to come. */
		int64_t due = (of(id, 8) & 1 ? at : clock_now()) + (int64_t)(1 + of(id, 8) % 10) * 86400 * USEC;
		const struct val v[] = {
			V(id),
			V((char *)number),
			V(classes[of(id, 9) % 6]),
			V(shut ? CASE_CLOSED : CASE_NOTIFIED),
			V(shut ? TURN_CLOSED : (int)(id & 1)),
			V(shut ? SORT_CLOSED - at : due),
			V(0),
			V(at),
			V(at),
			V(shut ? later(id, 30) : 0),
			V(shut ? 0 : due),
			V(shut ? "fixed" : ""),
			V(people[of(id, 23) % 4]),
			V(2),
			V(1),
			V((char *)name),
			V("Holder Ltd"),
			V(0),
			V(0),
			V(0),
			V(levels[of(id, 20) % 100 ? of(id, 20) % 2 : 2]),
			V(lanes[of(id, 21) % 4]),
			V(of(id, 22) % 500 ? of(id, 22) % 3 ? "" : " bank " : " bank wave "),
			V("web"),
			V(later(id, 40)),
			V(later(id, 50)),
			V(of(id, 60) % 3 ? later(id, 60) : 0),
		};
		if (bulk_row(k, v))
			return rq->err.code;
	}
	return bulk_close(k);
}

static enum st put_reports(struct req *rq, struct bench *b)
{
	struct bulk *k = bulk_open(rq, "desk_report",
				   "id, case_id, person, source, lang, class, confidence, words, share_words, digest, "
				   "filed_at, joined, withdrawn_at, erased_at",
				   14);
	for (int64_t id = b->from; id < b->to; id++) {
		char words[400];
		words_of(id, words);
		const struct val v[] = { V(id),
					 V(id),
					 V(0),
					 V("web"),
					 V("zh-TW"),
					 V("phishing"),
					 V("anonymous"),
					 V((char *)words),
					 V(0),
					 V(""),
					 V(opened_at(id)),
					 V(0),
					 V(0),
					 V(0) };
		if (bulk_row(k, v))
			return rq->err.code;
	}
	return bulk_close(k);
}

static enum st put_observables(struct req *rq, struct bench *b)
{
	struct bulk *k = bulk_open(rq, "desk_observable",
				   "id, case_id, report_id, kind, value, vkey, open, mention, harmless, attributed, "
				   "responsible, no_contact, turn, valid_from, chain, matched, sponsor",
				   17);
	for (int64_t id = b->from; id < b->to; id++)
		for (int i = 0; i < 2; i++) {
			char value[80], matched[100], sponsor[24];
			snprintf(sponsor, sizeof sponsor, "Registrar %u", of(id, 70) % 30);
			if (i)
				addr_of(id, value);
			else
				name_of(id, value);
			snprintf(matched, sizeof matched, i ? "%.6s.0.0/16" : "%s", value);
			const struct val v[] = { V(2 * id + i),
						 V(id),
						 V(id),
						 V(i ? "ipv4" : "name"),
						 V((char *)value),
						 V(desk_value_key(value)),
						 V(!is_closed(b, id)),
						 V(0),
						 V(0),
						 V(1),
						 V(1),
						 V(0),
						 V(0),
						 V(0),
						 V("[]"),
						 V((char *)matched),
						 V(i ? "" : (char *)sponsor) };
			if (bulk_row(k, v))
				return rq->err.code;
		}
	return bulk_close(k);
}

static enum st put_entries(struct req *rq, struct bench *b)
{
	static const uint8_t zero[32];
	struct bulk *k =
		bulk_open(rq, "journal_entry",
			  "seq, at, actor, room, subject, verb, payload, salt, commitment, person, erased_at", 11);
	for (int64_t id = b->from; id < b->to; id++)
		for (int i = 0; i < 2; i++) {
			char number[24], payload[80];
			number_of(id, number);
			snprintf(payload, sizeof payload,
				 i ? "{\"note\":0}" : "{\"report\":%lld,\"nobs\":2,\"joined\":false}", (long long)id);
			const struct val v[] = { V(2 * id + i - 2),
						 V(opened_at(id)),
						 V("anonymous"),
						 V("desk"),
						 V((char *)number),
						 V(i ? "note-added" : "report-filed"),
						 V((char *)payload),
						 V_BLOB(zero, 16),
						 V_BLOB(zero, 32),
						 V(0),
						 V(0) };
			if (bulk_row(k, v))
				return rq->err.code;
		}
	return bulk_close(k);
}

/* One that was done, a case. */
static enum st put_tasks(struct req *rq, struct bench *b)
{
	struct bulk *k =
		bulk_open(rq, "work_task", "id, kind, subject, text, created_at, done_at, done_by, due_at, role", 9);
	for (int64_t id = b->from; id < b->to; id++) {
		char number[24];
		number_of(id, number);
		const struct val v[] = { V(id),
					 V("read"),
					 V((char *)number),
					 V("A reporter added something: read it"),
					 V(opened_at(id)),
					 V(later(id, 80)),
					 V("an"),
					 V(0),
					 V("") };
		if (bulk_row(k, v))
			return rq->err.code;
	}
	return bulk_close(k);
}

/* ── words, as the follower writes them ── */

struct kept {
	struct bench *b;
	int64_t id;
	char key;
	struct pair *pair;
	int n, room;
};

static bool keep(void *ctx, const struct word *w)
{
	struct kept *k = ctx;
	if (k->n == k->room)
		die("words", "too many");
	k->pair[k->n++] = (struct pair){ k->id, arena_printf(k->b->mem, "%c%s", k->key, w->p), true };
	return true;
}

static void keep_text(struct kept *k, char key, const char *text)
{
	k->key = key;
	words_each(text, strlen(text), WORDS_KEPT, keep, k);
}

static int by_word(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int d = strcmp(x->word, y->word);
	return d ? d : (x->id > y->id) - (x->id < y->id);
}

static enum st put_words(struct req *rq, struct bench *b)
{
	struct kept k = { .b = b, .room = (int)(b->to - b->from) * WORDS_ROOM };
	k.pair = malloc(sizeof *k.pair * (size_t)k.room);
	for (k.id = b->from; k.id < b->to; k.id++) {
		char text[400];
		number_of(k.id, text);
		keep_text(&k, WORD_OPEN, text);
		keep_text(&k, WORD_OPEN, "False site (phishing) fraud:phishing 假網站 Holder Ltd");
		name_of(k.id, text);
		keep_text(&k, WORD_OPEN, text);
		addr_of(k.id, text);
		keep_text(&k, WORD_OPEN, text);
		words_of(k.id, text);
		keep_text(&k, WORD_REPORTER, text);
		int turn = is_closed(b, k.id) ? TURN_CLOSED : (int)(k.id & 1);
		k.pair[k.n++] = (struct pair){ k.id, word_turn(turn), true };
	}
	qsort(k.pair, (size_t)k.n, sizeof *k.pair, by_word);
	struct bulk *out = bulk_open(rq, "desk_word", "block, word, ids", 3);
	enum st st = ST_OK;
	for (int i = 0, to; i < k.n && !st; i = to) {
		uint8_t bits[BLOCK_BYTES] = { 0 };
		char text[BLOCK_TEXT];
		for (to = i; to < k.n && strcmp(k.pair[to].word, k.pair[i].word) == 0; to++)
			bit_set(bits, k.pair[to].id);
		const struct val v[] = { V(block_of(k.pair[i].id)), V(k.pair[i].word), V(block_text(bits, text)) };
		st = bulk_row(out, v);
	}
	free(k.pair);
	return st ? st : bulk_close(out);
}

static enum st put_block(struct req *rq, void *arg)
{
	struct bench *b = arg;
	return put_cases(rq, b) || put_reports(rq, b) || put_observables(rq, b) || put_entries(rq, b) ||
			       put_tasks(rq, b) || put_words(rq, b)
		       ? rq->err.code
		       : ST_OK;
}

static enum st put_end(struct req *rq, void *arg)
{
	struct bench *b = arg;
	int64_t all = b->open + b->closed;
	if (sql_run(rq, "UPDATE journal_head SET size = $1", V(2 * all)) || follower_advance(rq, "search", 2 * all) ||
	    follower_advance(rq, "figures", 2 * all) ||
	    sql_run(rq, "INSERT INTO desk_tally(us, party, closed, notices, tasks) VALUES($1, $2, $3, 0, 0)",
		    V(b->open / 2), V(b->open - b->open / 2), V(b->closed)))
		return rq->err.code;
	return store_is_sqlite(b->s) ? ST_OK : sql_run0(rq, "ANALYZE");
}

static void fill(struct bench *b)
{
	int64_t all = b->open + b->closed, have = 0;
	struct req rq = { .mem = b->mem, .who = &actor_cli };
	rq.db = store_reader(b->s, &rq.err);
	if (!rq.db || sql_number0(&rq, &have, "SELECT count(*) FROM desk_case"))
		die("store", rq.err.msg);
	store_reader_done(b->s);
	if (have >= all)
		return;
	for (b->from = have + 1; b->from <= all; b->from = b->to) {
		b->to = (block_of(b->from) + 1) * BLOCK_CASES;
		b->to = b->to > all + 1 ? all + 1 : b->to;
		arena_reset(b->mem);
		rq = (struct req){ .mem = b->mem, .who = &actor_cli };
		if (store_write(b->s, &rq, put_block, b))
			die("filling", rq.err.msg);
	}
	if (store_write(b->s, &rq, put_end, b))
		die("filling", rq.err.msg);
}

/* ── asking ── */

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static void tell(const char *name, int64_t *took)
{
	qsort(took, ROUNDS, sizeof *took, by_size);
	printf("%s_ms %.3f\n%s_most_ms %.3f\n", name, (double)took[ROUNDS / 2] / 1000, name,
	       (double)took[ROUNDS - 1] / 1000);
}

static void ask_list(struct bench *b, const char *name, enum queue_view view, const char *search, int offset)
{
	int64_t took[ROUNDS], total = 0;
	int n = 0;
	for (int i = 0; i < ROUNDS; i++) {
		struct queue_row *row;
		arena_reset(b->mem);
		struct req rq = { .mem = b->mem, .who = &officer };
		int64_t began = clock_mono();
		rq.db = store_reader(b->s, &rq.err);
		row = arena_array(b->mem, struct queue_row, 25);
		if (!rq.db || desk_queue(&rq, view, search, offset, 25, LANG_ZH_TW, row, &n, &total))
			die(name, rq.err.msg);
		store_reader_done(b->s);
		took[i] = clock_mono() - began;
	}
	fprintf(stderr, "%s: %d of %lld\n", name, n, (long long)total);
	tell(name, took);
}

static void ask_filter(struct bench *b, const char *name, enum queue_view view, struct queue_filter f,
		       const char *search, int offset)
{
	int64_t took[ROUNDS];
	struct queue_list l = { 0 };
	for (int i = 0; i < ROUNDS; i++) {
		arena_reset(b->mem);
		struct req rq = { .mem = b->mem, .who = &officer };
		int64_t began = clock_mono();
		rq.db = store_reader(b->s, &rq.err);
		l.row = arena_array(b->mem, struct queue_row, 25);
		if (!rq.db || desk_queue_list(&rq, view, &f, search, offset, 25, LANG_ZH_TW, &l))
			die(name, rq.err.msg);
		store_reader_done(b->s);
		took[i] = clock_mono() - began;
	}
	fprintf(stderr, "%s: %d of %lld, %lld of them due\n", name, l.n, (long long)l.total, (long long)l.today);
	tell(name, took);
}

static void ask_filters(struct bench *b)
{
	ask_filter(b, "list", QUEUE_OPEN, (struct queue_filter){ 0 }, NULL, 0);
	ask_filter(b, "list_deep", QUEUE_OPEN, (struct queue_filter){ 0 }, NULL, (int)b->open - 25);
	ask_filter(b, "filter_queue", QUEUE_OPEN, (struct queue_filter){ .lane = "research" }, NULL, 0);
	ask_filter(b, "filter_level", QUEUE_OPEN, (struct queue_filter){ .severity = "4" }, NULL, 0);
	ask_filter(b, "filter_tag", QUEUE_OPEN, (struct queue_filter){ .tag = "wave" }, NULL, 0);
	ask_filter(b, "filter_due", QUEUE_OPEN, (struct queue_filter){ .assignee = "wei", .due = DUE_TODAY }, NULL, 0);
	ask_filter(b, "filter_many", QUEUE_WAITING_US,
		   (struct queue_filter){
			   .lane = "research", .severity = "4", .assignee = "wei", .tag = "bank", .class_id = "spam" },
		   NULL, 0);
	ask_filter(b, "filter_none", QUEUE_OPEN, (struct queue_filter){ .tag = "nothing" }, NULL, 0);
	ask_filter(b, "filter_closed", QUEUE_CLOSED, (struct queue_filter){ .tag = "nothing" }, NULL, 0);
	ask_filter(b, "filter_search", QUEUE_OPEN, (struct queue_filter){ .lane = "research" }, "帳號", 0);
}

static void ask_case(struct bench *b)
{
	int64_t took[ROUNDS];
	for (int i = 0; i < ROUNDS; i++) {
		char number[24];
		struct case_view v;
		arena_reset(b->mem);
		struct req rq = { .mem = b->mem, .who = &officer };
		number_of(1 + of(i, 77) % (b->open + b->closed), number);
		int64_t began = clock_mono();
		rq.db = store_reader(b->s, &rq.err);
		if (!rq.db || desk_case_staff(&rq, number, LANG_ZH_TW, &v))
			die("case", rq.err.msg);
		store_reader_done(b->s);
		took[i] = clock_mono() - began;
	}
	tell("case", took);
}

static void ask_all(struct bench *b)
{
	char name[80], rare[80];
	name_of(b->closed / 2, name);
	snprintf(rare, sizeof rare, "ref-%u", of(b->closed / 3, 4));
	ask_list(b, "queue", QUEUE_OPEN, NULL, 0);
	ask_list(b, "queue_deep", QUEUE_OPEN, NULL, (int)b->open - 25);
	ask_filters(b);
	ask_case(b);
	ask_list(b, "search_number", QUEUE_ALL, "NC-2026-0000", 0);
	ask_list(b, "search_name", QUEUE_ALL, name, 0);
	ask_list(b, "search_rare", QUEUE_ALL, rare, 0);
	ask_list(b, "search_bigram", QUEUE_ALL, "帳號", 0);
	ask_list(b, "search_two_bigrams", QUEUE_ALL, "帳號 網頁", 0);
	ask_list(b, "search_two_open", QUEUE_OPEN, "帳號 網頁", 0);
	ask_list(b, "search_five_words", QUEUE_OPEN, "假冒 銀行 parcel never comes", 0);
	ask_list(b, "search_phrase", QUEUE_ALL, "\"a parcel that never\"", 0);
	ask_list(b, "search_nothing", QUEUE_ALL, "帳號 nothingofthekind", 0);
	ask_list(b, "search_closed", QUEUE_CLOSED, "帳號 網頁", 0);
	ask_list(b, "search_apart", QUEUE_ALL, "密碼 銀行 parcel", 0); /* never in one case */
	ask_list(b, "search_deep", QUEUE_ALL, "帳號", 99975);
	ask_list(b, "search_begins", QUEUE_ALL, "parce", 0);
}

static enum st name_some(struct req *rq, void *arg)
{
	return sql_run(rq,
		       "INSERT INTO desk_stale(case_id, scrub) SELECT id, 0 FROM desk_case WHERE id > $1 ORDER BY id",
		       V(*(int64_t *)arg));
}

static void reread(struct bench *b)
{
	int64_t after = b->open + b->closed - REREAD, began;
	struct req rq = { .mem = b->mem, .who = &actor_cli };
	if (store_write(b->s, &rq, name_some, &after))
		die("index", rq.err.msg);
	began = clock_mono();
	for (bool left = true; left;)
		if (desk_index_step(b->s, b->mem, &left))
			die("index", "could not be written");
	printf("index_cases_s %.0f\n", REREAD * 1e6 / (double)(clock_mono() - began));
}

/* ── figures ── */

static const struct actor director = { "staff:2", ROLE_DIRECTOR, 2 };

static double cpu_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Of the days up to the last case. On PostgreSQL the server's part is not in it, so that is the time on the wall. */
static void ask_figures(struct bench *b, const char *name, int days)
{
	int64_t last = opened_at(b->open + b->closed);
	double best = 0;
	for (int i = 0; i < FIGURE_ROUNDS; i++) {
		arena_reset(b->mem);
		struct req rq = { .mem = b->mem, .who = &director };
		struct figures *f = arena_new_of(b->mem, struct figures);
		char *from = arena_printf(b->mem, "%.10s", time_iso(b->mem, last - days * DAY_USEC));
		char *to = arena_printf(b->mem, "%.10s", time_iso(b->mem, last));
		int64_t wall = clock_mono();
		double began = cpu_ms();
		rq.db = store_reader(b->s, &rq.err);
		if (!rq.db || figures_period(&rq, from, to, f) || figures_read(&rq, LANG_EN, f))
			die(name, rq.err.msg);
		store_reader_done(b->s);
		double took = store_is_sqlite(b->s) ? cpu_ms() - began : (double)(clock_mono() - wall) / 1000;
		best = i == 0 || took < best ? took : best;
		if (!i)
			fprintf(stderr, "%s: %lld cases, first %s %lld\n", name, (long long)f->cases,
				f->nnames ? f->names[0].label : "-", f->nnames ? (long long)f->names[0].n : 0);
	}
	printf("%s_ms %.3f\n", name, best);
}

static void figures(struct bench *b)
{
	int64_t days = 0, began = clock_mono();
	struct req rq = { .mem = b->mem, .who = &actor_cli };
	if (store_write(b->s, &rq, figures_rebuild, &days))
		die("figures", rq.err.msg);
	for (bool left = true; left;)
		if (figures_step(b->s, b->mem, true, &left))
			die("figures", "could not be counted");
	printf("figures_days_s %.1f\n", (double)days * 1e6 / (double)(clock_mono() - began));
	ask_figures(b, "figures_year", 365);
	ask_figures(b, "figures_quarter", 91);
}

int main(int argc, char **argv)
{
	struct err e = { 0 };
	bool only_fill = argc == 5 && !strcmp(argv[4], "fill");
	if (argc != 4 && !only_fill)
		die("usage", "bench_desk URL OPEN CLOSED [fill]");
	struct bench b = { .open = atoll(argv[2]), .closed = atoll(argv[3]), .mem = arena_new((size_t)1 << 30) };
	idn_setup();
	store_migrations(migrations_all());
	b.s = store_open(&(struct store_opts){ .url = argv[1], .create = true }, &e);
	if (!b.s)
		die("store", e.msg);
	int64_t began = clock_mono();
	fill(&b);
	fprintf(stderr, "filled in %lld s\n", (long long)((clock_mono() - began) / USEC));
	if (!only_fill) {
		ask_all(&b);
		reread(&b);
		figures(&b);
	}
	store_close(b.s);
	arena_free(b.mem);
	return 0;
}
