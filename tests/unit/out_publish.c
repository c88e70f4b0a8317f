/* Texts about us, with a signer of the test's own: each is made and signed once for what it says. */
#include "inwrite.h"
#include <stdatomic.h>
#include "out/publish/publish.h"
#include "store/journal.h"
#include "who/pgp_key.h"

static atomic_int signatures;

enum st pgp_sign(struct pgp *p, const char *text, size_t n, struct buf *out, struct err *e)
{
	atomic_fetch_add(&signatures, 1);
	buf_str(out, "signed: ");
	buf_add(out, text, n);
	return ST_OK;
}

static enum st text_word(struct req *rq, const struct config *cfg, const struct published *is, struct buf *out)
{
	const char *word = setting_get(rq, "test.word");
	buf_printf(out, "%s, version %lld", word ? word : "", (long long)is->version);
	return rq->err.code;
}

static enum st text_lasting(struct req *rq, const struct config *cfg, const struct published *is, struct buf *out)
{
	buf_printf(out, "until %lld", (long long)(is->expires_at / USEC));
	return rq->err.code;
}

static const struct published_text texts[] = { { "word", false, text_word },
					       { "lasting", true, text_lasting },
					       { NULL, false, NULL } };

/* Entries of one write: a follower reads them in one batch. */
static enum st say(struct req *rq, void *word)
{
	if (setting_put(rq, PGP_PUBLIC_SETTING, "a key") || setting_put(rq, "test.word", word))
		return rq->err.code;
	for (int i = 0; i < 3; i++)
		if (journal_append(rq, &(struct fact){ "desk", "hours", "hours-set", NULL, 0 }))
			return rq->err.code;
	return ST_OK;
}

static void caught_up(struct place *p)
{
	int64_t next = -1, head = 0;
	for (int i = 0; i < 3000 && next != head; i++) {
		struct req rq = on_reader(p);
		assert_ok(follower_position(&rq, "texts", &next));
		assert_ok(journal_head(&rq, &head));
		store_reader_done(p->s);
		if (next != head)
			usleep(10000);
	}
	assert_int_equal(next, head);
}

static int64_t facts(struct place *p)
{
	return number_of(p, "SELECT count(*) FROM journal_entry WHERE verb IN ('text-published', 'text-signed')");
}

static void once(struct place *p)
{
	struct err e = { 0 };
	struct config cfg = { 0 };
	char first[] = "first", second[] = "second";
	struct publish *pub = publish_start(
		&(struct publish_opts){ .cfg = &cfg, .store = p->s, .pgp = (void *)p, .text = texts }, &e);
	assert_non_null(pub);
	assert_int_equal(facts(p), 2);
	atomic_store(&signatures, 0);
	assert_ok(in_write(p, say, first));
	caught_up(p);
	assert_int_equal(atomic_load(&signatures), 2); /* a key is there: both */
	assert_int_equal(facts(p), 4);
	assert_ok(in_write(p, say, second));
	caught_up(p);
	assert_int_equal(atomic_load(&signatures), 3);
	assert_int_equal(facts(p), 5);
	publish_stop(pub);
}
ON_EACH_DRIVER(three_entries_one_signature, once)

/* ── which text stands ── */

static struct published now(struct place *p, int which, int64_t spare, bool *fresh)
{
	struct config cfg = { 0 };
	struct published is;
	struct req rq = on_reader(p);
	assert_ok(published_now(&rq, &cfg, &texts[which], spare, &is, fresh));
	store_reader_done(p->s);
	return is;
}

/* Who serves a text and who writes it down reckon the same next version. */
static void versions(struct place *p)
{
	bool fresh;
	struct published a = now(p, 0, 1, &fresh);
	assert_true(fresh && a.version == 1 && a.expires_at == 0);
	assert_string_equal(a.signed_, "");
	assert_ok(in_write(p, published_put, &a));
	assert_true(now(p, 0, 1, &fresh).version == 1 && !fresh);
	char other[] = "other";
	assert_ok(in_write(p, say, other));
	a = now(p, 0, 1, &fresh);
	assert_true(fresh && a.version == 2);
	assert_string_equal(a.text, "other, version 2");

	struct published b = now(p, 1, 1, &fresh);
	int64_t day = 86400 * USEC;
	assert_true(fresh && b.expires_at == (T0 / day + PUBLISHED_LIFE_DAYS) * day);
	assert_ok(in_write(p, published_put, &b));
	clock_set_for_test(b.expires_at - 30 * day);
	assert_true(now(p, 1, 30 * day, &fresh).version == 1 && !fresh);
	clock_set_for_test(b.expires_at - 30 * day + 1);
	assert_true(now(p, 1, 30 * day, &fresh).version == 2 && fresh);
	clock_set_for_test(b.expires_at - 1);
	assert_true(now(p, 1, 1, &fresh).version == 1 && !fresh);
	clock_set_for_test(b.expires_at);
	assert_true(now(p, 1, 1, &fresh).version == 2 && fresh);
}
ON_EACH_DRIVER(the_next_version, versions)

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(three_entries_one_signature),
					    cmocka_unit_test(the_next_version) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
