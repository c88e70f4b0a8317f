/* Surveys: the cross-tab over stored answers, what the store takes at most, and the end of the field.
 *
 *	bench_surveys URL ANSWERS
 *
 * Makes a study of QUESTIONS questions with OPTIONS options each, its people in SEGMENTS segments, and as many generated
 * answers. Prints `cross_s`, the median of ROUNDS tallies; `loop_s`, the same counting over the same answers as plain
 * arrays in memory; `bare_s`, a bare sorted insert of as many rows as wide as an invitation. Then the study closes, as many
 * were invited and each answer has some words: `close_s` until it is closed, `close_wait_s` and `close_study_s` the longest
 * that a write elsewhere, and one about the study, took meanwhile; `write_s`, the median of such a write before. Ends with 1
 * when a count of the two is another, or an answer is lost.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/hash.h"
#include "base/text.h"
#include "cli/migrations.h"
#include "clockwork.h"
#include "voice/voice.h"

enum { QUESTIONS = 100, OPTIONS = 5, SEGMENTS = 10, PEOPLE = 100, ROUNDS = 7, WRITERS = 2, WRITES = 200 };

struct bench {
	struct store *s;
	struct arena *mem;
	int64_t n;
	uint8_t *option; /* what answer i says to question k: option[i * QUESTIONS + k] */
};
static int64_t loop_count[SEGMENTS + 1][QUESTIONS][OPTIONS], loop_base[SEGMENTS + 1][QUESTIONS];

static void die(const char *what, const char *why)
{
	fprintf(stderr, "bench_surveys: %s: %s\n", what, why);
	exit(1);
}

static void in_write(struct bench *b, const char *what, write_fn fn, void *arg)
{
	struct req rq = { .mem = b->mem, .who = &actor_cli };
	if (store_write(b->s, &rq, fn, arg))
		die(what, rq.err.msg);
}

/* ── the study ── */

static void questionnaire(struct buf *b)
{
	buf_str(b, "questionnaire q\n en T\n zh-TW 題\nconsent\n en C\n zh-TW 同意\nsection s\n en S\n zh-TW 節\n");
	for (int k = 0; k < QUESTIONS; k++) {
		buf_printf(b, "question q%d single\n en Question %d\n zh-TW 問題 %d\n", k, k, k);
		for (int o = 0; o < OPTIONS; o++)
			buf_printf(b, " option o%d\n  en Option %d\n  zh-TW 選項 %d\n", o, o, o);
	}
}

static void study(struct bench *b)
{
	static const uint8_t key[HASH_LEN] = { 7 };
	struct voice_frame_row row[PEOPLE];
	struct voice_new new = { .name = "s", .questionnaire = "q" };
	struct voice_group_add group = { "s", "all", "All", "全部", "list x", 0, row, PEOPLE };
	struct voice_draw draw = { .study = "s", .seed = 7 };
	BUF_SCOPE text = { .max = Q_FILE_MAX };
	questionnaire(&text);
	struct voice_import in = { .text = buf_cstr(&text), .n = text.n };
	voice_setup(key, 0);
	for (int i = 0; i < PEOPLE; i++)
		row[i] = (struct voice_frame_row){ arena_printf(b->mem, "p%02d@example.tw", i), "en",
						   arena_printf(b->mem, "s%d", i % SEGMENTS) };
	in_write(b, "import", voice_import, &in);
	in_write(b, "new", voice_study_new, &new);
	in_write(b, "group", voice_group_add, &group);
	in_write(b, "draw", voice_draw, &draw);
}

/* Somewhere in the i-th of as many parts of all numbers. */
static int64_t number(const struct bench *b, int64_t i, uint64_t *state)
{
	int64_t part = INT64_MAX / b->n;
	return i * part + 1 + (int64_t)(random_next(state) % (uint64_t)part);
}

static enum st answers_put(struct req *rq, void *arg)
{
	struct bench *b = arg;
	uint8_t packed[Q_PACKED_MAX];
	uint64_t bits[QUESTIONS], state = 88172645463325252ULL;
	uint8_t link[HASH_LEN];
	if (sql_run0(rq, "DELETE FROM work_due")) /* what an installation begins by itself */
		return rq->err.code;
	struct bulk *k = bulk_open(rq, "voice_response",
				   "id, study, link, segments, state, revision, seconds, begun, reason, packed", 10);
	if (!k)
		return rq->err.code;
	enum st st = ST_OK;
	for (int64_t i = 0; i < b->n && !st; i++) {
		for (int q = 0; q < QUESTIONS; q++)
			bits[q] = 1ULL << b->option[i * QUESTIONS + q];
		size_t n = questionnaire_pack(bits, QUESTIONS, packed);
		random_bytes(link, sizeof link);
		st = bulk_row(k, (const struct val[]){ V(number(b, i, &state)), V(1), V_BLOB(link, HASH_LEN),
						       V((int64_t)(1ULL | 2ULL << i % SEGMENTS)), V(1), V(1), V(60),
						       V(0), V(""), V_BLOB(packed, n) });
	}
	return bulk_close(k) || st ? rq->err.code : ST_OK;
}

/* ── the references ── */

static double loop(const struct bench *b)
{
	double began = seconds();
	for (int64_t i = 0; i < b->n; i++) {
		const uint8_t *o = &b->option[i * QUESTIONS];
		int s = 1 + (int)(i % SEGMENTS);
		for (int q = 0; q < QUESTIONS; q++) {
			loop_base[0][q]++;
			loop_base[s][q]++;
			loop_count[0][q][o[q]]++;
			loop_count[s][q][o[q]]++;
		}
	}
	return seconds() - began;
}

static enum st bare_put(struct req *rq, void *arg)
{
	struct bench *b = arg;
	uint8_t seed[LINK_SEED], token[HASH_LEN];
	if (sql_run0(rq,
		     "CREATE TABLE bare(id BIGINT PRIMARY KEY, study BIGINT NOT NULL, position BIGINT NOT NULL, email"
		     " TEXT NOT NULL, lang TEXT NOT NULL, segments BIGINT NOT NULL, seed BYTEA, token BYTEA)"))
		return rq->err.code;
	struct bulk *k = bulk_open(rq, "bare", "id, study, position, email, lang, segments, seed, token", 8);
	if (!k)
		return rq->err.code;
	enum st st = ST_OK;
	random_bytes(seed, sizeof seed);
	random_bytes(token, sizeof token);
	for (int64_t i = 0; i < b->n && !st; i++)
		st = bulk_row(k,
			      (const struct val[]){ V(i + 1), V(1), V(0), V("somebody.somewhere@example.tw"), V("en"),
						    V(3), V_BLOB(seed, LINK_SEED), V_BLOB(token, HASH_LEN) });
	return bulk_close(k) || st ? rq->err.code : ST_OK;
}

/* ── what is measured ── */

static void agree(const struct voice_tally *t)
{
	for (int s = -1; s < SEGMENTS; s++)
		for (int q = 0; q < QUESTIONS; q++)
			for (int o = 0; o < OPTIONS; o++) {
				/* Bit 0 is the group, which everybody is in. */
				struct share got = cross_share(t->cross, q, s < 0 ? CROSS_ALL : s + 1, o);
				if (got.n != loop_count[s + 1][q][o] || got.base != loop_base[s + 1][q])
					die("cross-tab", "another count than the loop's");
			}
}

/* Of each answer; and that everybody looked. */
static enum st words_put(struct req *rq, void *arg)
{
	struct bench *b = arg;
	uint64_t state = 88172645463325252ULL;
	struct bulk *k = bulk_open(rq, "voice_word", "response, study, item, kind, number, text", 6);
	enum st st = k ? ST_OK : rq->err.code;
	for (int64_t i = 0; i < b->n && !st; i++)
		st = bulk_row(k, (const struct val[]){ V(number(b, i, &state)), V(1), V(0), V(0), V(0),
						       V("The forms are long, and the answer took a week.") });
	if (!k || bulk_close(k) || st)
		return rq->err.code;
	k = bulk_open(rq, "voice_invite", "id, study, position, email, lang, segments, opened, started, filled", 9);
	for (int64_t i = 0; k && i < b->n && !st; i++)
		st = bulk_row(k,
			      (const struct val[]){ V(PEOPLE + 1 + i), V(1), V(0), V("somebody.somewhere@example.tw"),
						    V("en"), V(3), V(1), V(1), V(1) });
	return !k || bulk_close(k) || st ? rq->err.code : ST_OK;
}

struct other {
	struct bench *b;
	write_fn fn;
	double worst;
	atomic_bool over;
	pthread_t thread;
};

static enum st elsewhere(struct req *rq, void *arg)
{
	(void)arg;
	return setting_put(rq, "bench", arena_printf(rq->mem, "%lld", (long long)clock_now()));
}

/* As somebody's answer does. */
static enum st at_the_study(struct req *rq, void *arg)
{
	struct rows r;
	(void)arg;
	const char *sql = "SELECT state FROM voice_study WHERE id = 1";
	if (sql_query0(rq, &r, store_must_hold(rq) ? "SELECT state FROM voice_study WHERE id = 1 FOR SHARE" : sql))
		return rq->err.code;
	rows_next(&r);
	return rows_end(&r) ? rq->err.code
			    : setting_put(rq, "bench-study", arena_printf(rq->mem, "%lld", (long long)clock_now()));
}

static double one_write(struct bench *b, write_fn fn)
{
	struct req rq = { .mem = arena_new((size_t)1 << 20), .who = &actor_cli };
	double began = seconds();
	if (store_write(b->s, &rq, fn, NULL))
		die("write", rq.err.msg);
	arena_free(rq.mem);
	return seconds() - began;
}

static void *others(void *arg)
{
	struct other *o = arg;
	while (!o->over) {
		double took = one_write(o->b, o->fn);
		o->worst = took > o->worst ? took : o->worst;
		nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	}
	return NULL;
}

static int64_t count(struct bench *b, const char *sql)
{
	int64_t n = 0;
	struct req rq = { .mem = b->mem, .who = &actor_cli };
	if (!(rq.db = store_reader(b->s, &rq.err)) || sql_number0(&rq, &n, sql))
		die("count", rq.err.msg);
	store_reader_done(b->s);
	return n;
}

static void closing(struct bench *b)
{
	struct voice_open open = { "s", clock_now() + 86400 * USEC };
	struct other o[] = { { .b = b, .fn = elsewhere }, { .b = b, .fn = at_the_study } };
	double took[WRITES];
	int64_t last = count(b, "SELECT max(id) FROM voice_invite");
	in_write(b, "words", words_put, b);
	in_write(b, "open", voice_open, &open);
	for (int i = 0; i < WRITES; i++)
		took[i] = one_write(b, elsewhere);
	for (int i = 0; i < 2; i++)
		pthread_create(&o[i].thread, NULL, others, &o[i]);
	struct scheduler *clock = scheduler_start(b->s, voice_due_kinds, voice_due_count);
	double began = seconds();
	in_write(b, "close", voice_close, (char *)(uintptr_t) "s");
	while (!count(b, "SELECT count(*) FROM journal_entry WHERE verb = 'study-closed'"))
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	double closed = seconds() - began;
	scheduler_stop(clock);
	for (int i = 0; i < 2; i++) {
		o[i].over = true;
		pthread_join(o[i].thread, NULL);
	}
	if (count(b, "SELECT count(*) FROM voice_response WHERE id < 0 AND link IS NULL") != b->n || last != PEOPLE)
		die("closing", "another count of answers");
	printf("close_s %.6f\nclose_wait_s %.6f\nclose_study_s %.6f\nwrite_s %.6f\n", closed, o[0].worst, o[1].worst,
	       median(took, WRITES));
}

static double tally(struct bench *b)
{
	double took[ROUNDS];
	for (int i = 0; i < ROUNDS; i++) {
		struct voice_tally t;
		struct req rq = { .mem = arena_new((size_t)64 << 20), .who = &actor_cli };
		double began = seconds();
		rq.db = store_reader(b->s, &rq.err);
		if (!rq.db || voice_tally(&rq, "s", &t))
			die("tally", rq.err.msg);
		store_reader_done(b->s);
		took[i] = seconds() - began;
		agree(&t);
		arena_free(rq.mem);
	}
	return median(took, ROUNDS);
}

int main(int argc, char **argv)
{
	struct err e = { 0 };
	uint64_t state = 88172645463325252ULL;
	if (argc != 3 || atoll(argv[2]) < 1)
		die("usage", "bench_surveys URL ANSWERS");
	struct bench b = { .n = atoll(argv[2]), .mem = arena_new((size_t)1 << 30) };
	b.option = malloc((size_t)b.n * QUESTIONS);
	store_migrations(migrations_all());
	b.s = store_open(&(struct store_opts){ .url = argv[1], .create = true, .writers = WRITERS }, &e);
	if (!b.s || !b.option)
		die("store", e.msg);
	for (int64_t i = 0; i < b.n * QUESTIONS; i++)
		b.option[i] = (uint8_t)(random_next(&state) >> 33) % OPTIONS;
	study(&b);
	in_write(&b, "answers", answers_put, &b);
	double looped = loop(&b);
	printf("cross_s %.6f\nloop_s %.6f\n", tally(&b), looped);
	double began = seconds();
	in_write(&b, "bare", bare_put, &b);
	printf("bare_s %.6f\n", seconds() - began);
	closing(&b);
	store_close(b.s);
	arena_free(b.mem);
	free(b.option);
	return 0;
}
