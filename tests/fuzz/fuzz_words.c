/* Words of a hostile text: bounded, UTF-8, where they say they are; and whatever is asked for with a text that is kept is
 * found in it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "base/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct kept {
	const char *text;
	size_t n;
	char (*word)[WORD_MAX + 1];
	size_t words, max;
};

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_word(const struct kept *k, const struct word *w)
{
	check(w->n > 0 && w->n <= WORD_MAX && strlen(w->p) == w->n && utf8_valid(w->p, w->n));
	check(w->at < w->end && w->end <= k->n);
}

static bool keep(void *ctx, const struct word *w)
{
	struct kept *k = ctx;
	check_word(k, w);
	check(k->words < k->max);
	memcpy(k->word[k->words++], w->p, w->n + 1);
	return true;
}

static bool is_kept(void *ctx, const struct word *w)
{
	const struct kept *k = ctx;
	check_word(k, w);
	for (size_t i = 0; i < k->words; i++)
		if (strcmp(k->word[i], w->p) == 0)
			return true;
	check(false);
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n > 600)
		return 0;
	struct kept k = { .text = (const char *)data, .n = n, .max = 12 * n + 64 };
	k.word = malloc(k.max * sizeof *k.word);
	check(k.word != NULL);
	words_each((const char *)data, n, WORDS_KEPT, keep, &k);
	words_each((const char *)data, n, WORDS_ASKED, is_kept, &k);
	if (utf8_valid((const char *)data, n)) {
		struct arena *mem = arena_new((size_t)1 << 20);
		char *folded = words_fold(mem, arena_dup(mem, data, n));
		check(utf8_valid(folded, strlen(folded)));
		arena_free(mem);
	}
	free(k.word);
	return 0;
}
