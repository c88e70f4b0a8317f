/* Cases by the words in them: what is found, in which order, and what is not found any more. */
#include "deskworld.h"
#include "desk/desk_int.h"
#include "desk/desk_queue.h"
#include "desk/desk_word.h"

/* The numbers found, newest first, each with a blank. */
static const char *found(struct world *w, enum queue_view view, const char *what)
{
	static char out[2000];
	struct queue_row q[20];
	int64_t total = 0;
	int n = 0;
	struct req rq = on_reader(w->p);
	rq.who = &handler;
	if (desk_queue(&rq, view, what, 0, 20, LANG_EN, q, &n, &total))
		fail_msg("%s: %s", what, rq.err.msg);
	store_reader_done(w->p->s);
	assert_int_equal(total, n);
	out[0] = 0;
	for (int i = 0; i < n; i++)
		snprintf(out + strlen(out), sizeof out - strlen(out), "%s ", q[i].number + 12);
	return out;
}

#define FINDS(what, numbers) assert_string_equal(found(w, QUEUE_ALL, what), numbers)

static void words(struct place *p)
{
	struct world *w = begin(p);
	file_it(w, (struct what){ .obs = "http://www.maple.com.tw/login-page",
				  .text = "The bank's parcel page wants my card, Straße 5",
				  .class_id = "phishing" });
	struct filed b = file_it(w, (struct what){ .obs = "birch.com.tw",
						   .obs2 = "1.34.0.55",
						   .text = "我的網站被駭客入侵，帳號被盜用",
						   .class_id = "compromised" });
	file_it(w,
		(struct what){ .obs = "1.160.0.9",
			       .text = "The parcel bank is strange. 帳號",
			       .file = { .name = "screenshot-of-inbox.png",
					 .type = "image/png",
					 .sha256 = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
					 .size = 5 } });
	FINDS("parcel", "03 01 ");
	FINDS("PARCEL page", "01 ");
	FINDS("parcel 帳號", "03 ");
	FINDS("strasse", "01 ");
	FINDS("帳號", "03 02 ");
	FINDS("駭客", "02 ");
	FINDS("客駭", "");
	FINDS("網站被駭客入侵", "02 ");
	FINDS("maple.com.tw", "01 ");
	FINDS("com.tw", "02 01 ");
	FINDS("1.34.0.55", "02 ");
	FINDS("1.34.0", "02 ");
	FINDS("screenshot-of-inbox.png", "03 ");
	FINDS("inbox", "03 ");
	FINDS("Big Telecom", "02 "); /* who is told */
	FINDS("phishing", "01 ");    /* the class's title, */
	FINDS("釣魚", "01 ");	     /* in both languages */
	FINDS("\"parcel bank\"", "03 ");
	FINDS("\"bank parcel\"", "");
	FINDS("\"帳號被盜\"", "02 ");
	FINDS("\"never closed", "");
	FINDS("parc", "03 01 "); /* nothing is that word: what begins so */
	FINDS("nothing-of-the-kind", "");
	FINDS("!?", "");
	assert_string_equal(found(w, QUEUE_CLOSED, "parcel"), "");
	assert_ok(act(w, desk_case_close,
		      (struct desk_act){ .number = b.number, .reason = "fixed", .text = "硬碟重灌" }));
	FINDS("硬碟", "02 ");
	assert_string_equal(found(w, QUEUE_CLOSED, "帳號"), "02 ");
	assert_string_equal(found(w, QUEUE_OPEN, "帳號"), "03 ");
	assert_ok(act(w, desk_case_reopen, (struct desk_act){ .number = b.number }));
	assert_string_equal(found(w, QUEUE_OPEN, "帳號"), "03 02 ");
	finish(w);
}
ON_EACH_DRIVER(cases_by_their_words, words)

static void later(struct place *p)
{
	struct world *w = begin(p);
	struct filed a = file_it(w, (struct what){ .obs = "maple.com.tw", .class_id = "phishing", .who = &handler });
	FINDS("backdoor", "");
	assert_ok(act(w, desk_note_add, (struct desk_act){ .number = a.number, .text = "a backdoor in the shop" }));
	FINDS("backdoor", "01 ");
	assert_ok(act(w, desk_reporters_write,
		      (struct desk_act){ .number = a.number, .text = "we look into the ledger" }));
	FINDS("ledger backdoor", "01 ");
	assert_ok(answer(w, "abuse@maple.example", ANSWER_FIXED, "plugin removed", 0));
	FINDS("plugin", "01 ");
	/* Read once more, nothing is in a row twice. */
	int64_t after = 0;
	while (after >= 0)
		assert_ok(in_write(p, desk_stale_some, &after));
	index_words(w);
	FINDS("plugin ledger", "01 ");
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_word WHERE length(ids) <> 2"), 0);
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_word WHERE word = 'obackdoor'"), 1);
	finish(w);
}
ON_EACH_DRIVER(what_is_written_later, later)

static enum st erase(struct req *rq, void *arg)
{
	struct privacy_erased out;
	return privacy_erase(rq, arg, &out);
}

/* Words of a reporter are under keys of their own, and go when they go. */
static void erased(struct place *p)
{
	struct world *w = begin(p);
	struct filed a = file_it(w, (struct what){ .obs = "maple.com.tw",
						   .text = "my secret diary",
						   .email = "ann@mail.example",
						   .class_id = "phishing" });
	file_it(w, (struct what){ .obs = "maple.com.tw", .text = "their umbrella", .email = "bob@mail.example" });
	assert_ok(act(w, desk_note_add, (struct desk_act){ .number = a.number, .text = "checked twice" }));
	FINDS("diary", "01 ");
	FINDS("umbrella", "01 ");
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_word WHERE word IN ('odiary', 'oumbrella')"), 0);
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_word WHERE word IN ('rdiary', 'rumbrella')"), 2);
	assert_ok(in_write(p, erase, "ann@mail.example"));
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_word WHERE word = 'rdiary'"), 0);
	index_words(w);
	FINDS("diary", "");
	FINDS("umbrella", "01 ");
	FINDS("checked twice", "01 ");
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_word WHERE word = 'rdiary'"), 0);
	/* Kept for so long, then forgotten. */
	assert_ok(act(w, desk_case_close, (struct desk_act){ .number = a.number, .reason = "fixed" }));
	advance(w, 800 * DAY);
	FINDS("umbrella", "");
	FINDS("maple", "01 ");
	assert_string_equal(found(w, QUEUE_CLOSED, "checked twice"), "01 ");
	finish(w);
}
ON_EACH_DRIVER(words_go_with_what_is_erased, erased)

static void excerpts(struct place *p)
{
	struct world *w = begin(p);
	struct queue_row q[5];
	int64_t total;
	int n;
	file_it(w, (struct what){ .obs = "maple.com.tw", .text = "Guten Tag,\nthe <b>Parcel</b> page wants my card" });
	struct req rq = on_reader(p);
	rq.who = &handler;
	assert_ok(desk_queue(&rq, QUEUE_OPEN, "parcel", 0, 5, LANG_EN, q, &n, &total));
	assert_int_equal(n, 1);
	assert_string_equal(q[0].before, "Guten Tag, the <b>");
	assert_string_equal(q[0].hit, "Parcel");
	assert_string_equal(q[0].after, "</b> page wants my card");
	assert_ok(desk_queue(&rq, QUEUE_OPEN, "maple.com.tw", 0, 5, LANG_EN, q, &n, &total));
	assert_int_equal(n, 1);
	assert_null(q[0].hit); /* the row shows it */
	rq.who = &admin;
	assert_st(desk_queue(&rq, QUEUE_OPEN, "parcel", 0, 5, LANG_EN, q, &n, &total), ST_DENIED);
	store_reader_done(p->s);
	finish(w);
}
ON_EACH_DRIVER(where_it_was_found, excerpts)

/* Rows of the index against a plain list: of few cases and of many, with more put behind. */
static void blocks(void **state)
{
	(void)state;
	unsigned seed = 5;
	for (int round = 0; round < 200; round++) {
		uint8_t want[BLOCK_BYTES] = { 0 }, got[BLOCK_BYTES] = { 0 };
		int most = round < 100 ? 300 : BLOCK_CASES, n = 1 + rand_r(&seed) % most, more = rand_r(&seed) % 100;
		char text[BLOCK_TEXT], row[BLOCK_TEXT + ID_CHARS * 100];
		for (int i = 0; i < n; i++)
			bit_set(want, 7 * BLOCK_CASES + rand_r(&seed) % BLOCK_CASES);
		snprintf(row, sizeof row, "%s", block_text(want, text));
		assert_in_range(strlen(row), ID_CHARS, MAP_CHARS + 1);
		for (int i = 0; i < more; i++) {
			int64_t id = 7 * BLOCK_CASES + rand_r(&seed) % BLOCK_CASES;
			size_t end = strlen(row);
			bit_set(want, id);
			block_put(row + end, id);
			row[end + ID_CHARS] = 0;
		}
		block_bits(row, strlen(row), got);
		assert_memory_equal(want, got, BLOCK_BYTES);
	}
}

/* A word that case after case has: its row never becomes longer than a page takes. */
static enum st put_often(struct req *rq, void *arg)
{
	int64_t *id = arg;
	for (int i = 0; i < 3000; i += 3) {
		struct pair p[] = { { *id + i, "ooften", true }, { *id + i + 1, "ooften", true } };
		if (word_rows_write(rq, NULL, 0, p, 2))
			return rq->err.code;
	}
	return ST_OK;
}

static void often(struct place *p)
{
	int64_t id = 2 * BLOCK_CASES + 5;
	uint8_t bits[BLOCK_BYTES] = { 0 };
	struct rows r;
	assert_ok(in_write(p, put_often, &id));
	struct req rq = on_reader(p);
	assert_ok(sql_query(&rq, &r, "SELECT ids FROM desk_word WHERE block = $1 AND word = $2", V(2), V("ooften")));
	assert_true(rows_next(&r));
	const char *ids = rows_text(&r, 0);
	assert_in_range(strlen(ids), MAP_CHARS, MAP_MOST);
	block_bits(ids, strlen(ids), bits);
	assert_ok(rows_end(&r));
	store_reader_done(p->s);
	for (int64_t i = 0; i < BLOCK_CASES; i++)
		assert_int_equal(bit_of(bits, i), i >= 5 && i - 5 < 3000 && (i - 5) % 3 < 2);
}
ON_EACH_DRIVER(a_row_stays_short, often)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks),
		cmocka_unit_test(a_row_stays_short),
		cmocka_unit_test(cases_by_their_words),
		cmocka_unit_test(what_is_written_later),
		cmocka_unit_test(words_go_with_what_is_erased),
		cmocka_unit_test(where_it_was_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
