/* words.h — a text as the words that a search knows: the same for what is kept and for what is asked.
 *
 * A word is folded (Unicode case folding, NFKC) and has at most WORD_MAX bytes. Runs of letters and digits are words;
 * joined by . - _ @ : they are one word, and when they are kept (not when they are asked for) also each part of it that
 * people ask for: of "info@www.maple-demo.com.tw" the name and every name above it, the labels, the parts of a label; of
 * an IPv4 address its beginnings. Han, kana, bopomofo and hangul have no blanks between words: each pair of neighbours
 * is a word ("網站被駭": 網站 站被 被駭), and each character when it is kept, or asked for alone.
 */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H
#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"

enum { WORD_MAX = 40 };
struct word {
	const char *p; /* folded, ends with 0; lives until the function returns */
	size_t n;
	size_t at, end; /* the bytes of the text that it comes from */
};
typedef bool word_fn(void *ctx, const struct word *w); /* false: enough */
enum words_for { WORDS_KEPT, WORDS_ASKED };
/* Any bytes; what is not UTF-8 separates. Linear in n. */
void words_each(const char *s, size_t n, enum words_for why, word_fn *fn, void *ctx);
/* The whole text folded, each run of blanks one blank: for finding a phrase. `s` must be UTF-8. */
char *words_fold(struct arena *mem, const char *s);

/* Bytes at to end of a text with a little before and after them; each one line, in whole characters. */
struct excerpt {
	char *before, *hit, *after;
};
void words_excerpt(struct arena *mem, const char *text, size_t at, size_t end, struct excerpt *out);

#endif
