/* Surveys: the cross-tab over stored answers, and what the store takes at most; one thread.
 *
 *	bench_surveys URL ANSWERS
 *
 * Makes a study of QUESTIONS questions with OPTIONS options each, its people in SEGMENTS segments, and as many generated
 * answers. Prints `cross_s`, the median of ROUNDS tallies; `loop_s`, the same counting over the same answers as plain
 * arrays in memory; `bare_s`, a bare sorted insert of as many rows as wide as an invitation. Ends with 1 when a count of
 * the two is another.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/hash.h"
#include "cli/migrations.h"
#include "clockwork.h"
#include "voice/voice.h"

enum { QUESTIONS = 100, OPTIONS = 5, SEGMENTS = 10, PEOPLE = 100, ROUNDS = 7 };

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

static enum st answers_put(struct req *rq, void *arg)
{
	struct bench *b = arg;
	uint8_t packed[Q_PACKED_MAX];
	uint64_t bits[QUESTIONS];
	struct bulk *k = bulk_open(rq, "voice_response",
				   "id, study, segments, state, revision, seconds, begun, reason, packed", 9);
	if (!k)
		return rq->err.code;
	enum st st = ST_OK;
	for (int64_t i = 0; i < b->n && !st; i++) {
		for (int q = 0; q < QUESTIONS; q++)
			bits[q] = 1ULL << b->option[i * QUESTIONS + q];
		size_t n = questionnaire_pack(bits, QUESTIONS, packed);
		st = bulk_row(k, (const struct val[]){ V(i + 1), V(1), V((int64_t)(1ULL | 2ULL << i % SEGMENTS)), V(1),
						       V(1), V(60), V(0), V(""), V_BLOB(packed, n) });
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
	b.s = store_open(&(struct store_opts){ .url = argv[1], .create = true }, &e);
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
	store_close(b.s);
	arena_free(b.mem);
	free(b.option);
	return 0;
}
