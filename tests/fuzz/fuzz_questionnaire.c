/* The file of a questionnaire: what is taken is within its bounds, prints, parses to the same print, can be checked and
 * asked; what is not names a line. Answers packed come back. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "voice/count.h"
#include "voice/questionnaire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void ask(const struct questionnaire *q, const uint8_t *data, size_t n)
{
	static uint64_t answer[Q_ITEMS_MAX], again[Q_ITEMS_MAX];
	static uint8_t packed[Q_PACKED_MAX];
	for (int i = 0; i < q->nitems; i++) {
		uint64_t bits = n ? data[(size_t)i % n] * 0x0101010101010101ULL : 0;
		must(q->item[i].options >= 0 && q->item[i].options <= CROSS_OPTIONS_MAX);
		answer[i] = bits & ((1ULL << q->item[i].options) - 1);
	}
	questionnaire_route(q, answer);
	size_t size = questionnaire_pack(answer, q->nitems, packed);
	must(questionnaire_unpack(packed, size, q->nitems, again) &&
	     !memcmp(answer, again, sizeof(uint64_t) * (size_t)q->nitems));
	must(!size || !questionnaire_unpack(packed, size - 1, q->nitems, again));
	/* Going the way again changes nothing. */
	questionnaire_route(q, again);
	must(!memcmp(answer, again, sizeof(uint64_t) * (size_t)q->nitems));
}

static void check(struct arena *mem, const struct questionnaire *q)
{
	BUF_SCOPE one = BUF_INIT;
	BUF_SCOPE two = BUF_INIT;
	struct questionnaire *again = arena_new_of(mem, struct questionnaire);
	struct q_finding found[50];
	struct err e = { 0 };
	questionnaire_print(q, &one);
	/* What was near the cap may be over it when it is indented. */
	if (one.n <= Q_FILE_MAX) {
		must(questionnaire_parse(mem, buf_cstr(&one), one.n, again, &e) == ST_OK);
		questionnaire_print(again, &two);
		must(one.n == two.n && !memcmp(one.p, two.p, one.n));
	}
	int k = questionnaire_check(mem, q, found, 50);
	for (int i = 0; i < k && i < 50; i++)
		must(found[i].text[0] && found[i].line >= 1 && q_fault_name(found[i].fault));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *mem = arena_new((size_t)16 << 20);
	struct questionnaire *q = arena_new_of(mem, struct questionnaire);
	struct err e = { 0 };
	char *text = arena_dup(mem, data, n);
	if (questionnaire_parse(mem, text, n, q, &e) == ST_OK) {
		check(mem, q);
		ask(q, data, n);
	} else {
		must((e.code == ST_INVALID || e.code == ST_LIMIT) && e.msg[0]);
	}
	arena_free(mem);
	return 0;
}
