/* What the desk makes of a verdict and the key bound to the author; a signature's names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "desk/desk_pgp.h"
#include "pgp/pgp_int.h"

#define OURS "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define ANOTHER "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"

enum { NOBODY, BOUND, ALWAYS, LEARNED };

static enum pgp_doubt judged(const struct pgp_verdict *v, int kind, bool known)
{
	struct pgp_key key = { .address = (char *)"a@b.example",
			       .fingerprint = (char *)OURS,
			       .always = kind == ALWAYS,
			       .in_row = kind == LEARNED ? PGP_LEARNED : PGP_LEARNED - 1 };
	struct desk_pgp out = { .bound = known ? (char *)"x@y.example" : NULL };
	desk_pgp_judge(&out, v, kind ? &key : NULL);
	assert_true(out.used == (v->encrypted || v->is || out.doubt));
	assert_true(!out.doubt == !desk_pgp_sentence(out.doubt) && !out.doubt == !*desk_pgp_doubt_name(out.doubt));
	return out.doubt;
}

static void every_verdict(void **state)
{
	static const struct {
		enum pgp_signed is;
		const char *by;
		int key;
		bool known;
		enum pgp_doubt want;
	} rows[] = {
		{ PGP_UNSIGNED, "", NOBODY, false, DOUBT_NONE },
		{ PGP_UNSIGNED, "", BOUND, false, DOUBT_NONE },
		{ PGP_UNSIGNED, "", ALWAYS, false, DOUBT_UNSIGNED },
		{ PGP_UNSIGNED, "", LEARNED, false, DOUBT_UNSIGNED },
		{ PGP_GOOD, OURS, BOUND, true, DOUBT_NONE },
		{ PGP_GOOD, ANOTHER, BOUND, true, DOUBT_WRONG_KEY },
		{ PGP_GOOD, ANOTHER, NOBODY, false, DOUBT_WRONG_KEY },
		{ PGP_UNKNOWN_KEY, ANOTHER, BOUND, false, DOUBT_WRONG_KEY },
		{ PGP_UNKNOWN_KEY, ANOTHER, NOBODY, false, DOUBT_UNKNOWN_KEY },
		{ PGP_EXPIRED_KEY, OURS, BOUND, true, DOUBT_EXPIRED_KEY },
		{ PGP_EXPIRED_KEY, ANOTHER, BOUND, true, DOUBT_WRONG_KEY },
		{ PGP_EXPIRED_SIGNATURE, OURS, BOUND, true, DOUBT_EXPIRED_SIGNATURE },
		{ PGP_REVOKED_KEY, OURS, BOUND, true, DOUBT_REVOKED_KEY },
		{ PGP_BAD, OURS, BOUND, true, DOUBT_CHANGED },
		{ PGP_BAD, ANOTHER, NOBODY, false, DOUBT_CHANGED },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct pgp_verdict v = { .is = rows[i].is };
		snprintf(v.fingerprint, sizeof v.fingerprint, "%s", rows[i].by);
		assert_int_equal(judged(&v, rows[i].key, rows[i].known), rows[i].want);
	}
	/* A signature of one part among others vouches for none of the others; what is doubted already stays so. */
	struct pgp_verdict good = { .is = PGP_GOOD, .fingerprint = OURS }, changed = { .is = PGP_BAD }, none = { 0 };
	struct pgp_key key = { .address = (char *)"a@b.example", .fingerprint = (char *)OURS };
	struct desk_pgp part = { .partly = true };
	desk_pgp_judge(&part, &good, &key);
	assert_int_equal(part.doubt, DOUBT_PARTLY);
	assert_false(desk_pgp_unread(&part));
	desk_pgp_judge(&part, &changed, &key);
	assert_int_equal(part.doubt, DOUBT_CHANGED);
	desk_pgp_judge(&part, &none, &key);
	assert_int_equal(part.doubt, DOUBT_NONE);
	/* What could not be read is doubted whatever is said of a signature. */
	for (int o = PGP_OTHER_KEY; o < PGP_OPENED_COUNT; o++) {
		struct pgp_verdict v = { .opened = (enum pgp_opened)o, .is = PGP_GOOD, .fingerprint = OURS };
		struct desk_pgp out = { .doubt = judged(&v, BOUND, true) };
		assert_true(desk_pgp_unread(&out));
	}
}

/* Any order of any three signatures has the same worst one. */
static void the_worst_signature_counts(void **state)
{
	static const enum pgp_signed order[] = { PGP_UNSIGNED,	  PGP_GOOD,	   PGP_EXPIRED_SIGNATURE,
						 PGP_EXPIRED_KEY, PGP_UNKNOWN_KEY, PGP_REVOKED_KEY,
						 PGP_BAD };
	assert_int_equal(sizeof order / sizeof *order, PGP_SIGNED_COUNT);
	for (int i = 0; i < PGP_SIGNED_COUNT; i++)
		for (int j = 0; j < PGP_SIGNED_COUNT; j++)
			assert_int_equal(pgp_worse(order[i], order[j]), i > j);
}

static void lines_end_in_crlf(void **state)
{
	BUF_SCOPE out = { .max = 100 };
	text_crlf(&out, "\na\nb\r\nc\r\r\n\n", 12);
	assert_string_equal(buf_cstr(&out), "\r\na\r\nb\r\nc\r\r\n\r\n");
}

/* A message of three packets, a side that was killed in the middle, and pieces that do not fit. */
static void packets(void **state)
{
	static uint8_t whole[2 * PGP_PIECE + 10], packet[PGP_PACKET];
	struct pgp_join j = { 0 };
	size_t at = 0, n = 0;
	memset(whole, 'x', sizeof whole);
	n = pgp_cut(packet, 1, PGP_OPEN, whole, sizeof whole, &at);
	assert_int_equal(n, PGP_PACKET);
	assert_false(pgp_join_add(&j, packet, n)); /* and its sender dies */
	at = 0;
	for (int i = 0; i < 3; i++) {
		n = pgp_cut(packet, 2, PGP_SEAL, whole, sizeof whole, &at);
		assert_int_equal(pgp_join_add(&j, packet, n), i == 2);
	}
	assert_int_equal(j.id, 2);
	assert_int_equal(j.whole.n, sizeof whole);
	assert_false(pgp_join_add(&j, packet, n)); /* once more: nothing is open */
	put_u32(packet + 6, PGP_WHOLE_MAX + 1);
	packet[5] = PGP_FIRST;
	assert_false(pgp_join_add(&j, packet, n));
	assert_false(j.open);
	assert_false(pgp_join_add(&j, packet, 3));
	pgp_join_free(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_verdict), cmocka_unit_test(packets),
					    cmocka_unit_test(the_worst_signature_counts),
					    cmocka_unit_test(lines_end_in_crlf) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
