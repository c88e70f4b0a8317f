/* words_page.h — what the pages of open answers are given: coding, agreement, quotes. Included by page.h. */
#ifndef WEB_WORDS_PAGE_H
#define WEB_WORDS_PAGE_H
#include "voice/coding.h"

struct words_line {
	struct voice_book book;
	struct voice_kappa all; /* once both are done */
};
struct words_view {
	struct voice_study study;
	struct words_line *line; /* each item that takes words */
	int nlines;
	bool asked; /* something is searched for */
	const char *search;
	struct voice_found *found;
	int nfound;
	int64_t from, next;
	struct voice_quote *quote;
	int nquotes;
	struct form_errors bad;
};
enum { WORDS_TODO, WORDS_MINE, WORDS_DIFFER };
struct word_view {
	struct voice_book book;
	int list; /* WORDS_… */
	struct voice_coded row[CODED_PAGE];
	int n;
	int64_t next; /* 0: no more */
	struct voice_agreement agreement;
	struct voice_coded quoted;	  /* the answer that is to be quoted; no 0: none */
	const char *text;		  /* of the quote */
	const char *id, *en, *zh, *about; /* of a code that came back */
	struct form_errors bad;
};
const char *words_path(const struct page *p, const struct voice_study *s, const char *rest);
const char *word_path(const struct page *p, const struct word_view *v, const char *act); /* of its item */
const char *words_question(const struct page *p, const struct voice_book *b, int item);
const char *words_item(const struct page *p, const struct words_view *v, const char *id); /* by its id */
struct label words_state(const struct page *p, const struct voice_book *b);
const char *kappa_word(const struct page *p, const struct voice_kappa *k);
const char *coder_word(const struct page *p, const struct voice_book *b, int coder);
const char *code_words(const struct page *p, const struct voice_book *b, int64_t bits);
const char *code_title(const struct page *p, const struct voice_code *k);
struct label quote_label(const struct page *p, enum quote_state s);
bool quote_mine(const struct page *p, const struct voice_quote *q);

void web_get_words(struct http *h), web_get_word(struct http *h), web_post_word(struct http *h),
	web_post_quote(struct http *h);
#endif
