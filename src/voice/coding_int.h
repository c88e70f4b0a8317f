/* coding_int.h — what codebook.c, coding.c and quote.c share. */
#ifndef VOICE_CODING_INT_H
#define VOICE_CODING_INT_H
#include "voice/coding.h"
#include "voice/voice_int.h"

enum st voice_words_item(struct req *rq, const struct questionnaire *q, const char *item, int *out);
enum st voice_book_read(struct req *rq, struct voice_book *b); /* codes, coders, counts; no question of permission */
enum st voice_book_write(struct req *rq, const char *study, const char *item, struct voice_book *b); /* to be changed */
int64_t voice_codes_offered(const struct voice_book *b); /* bits that may be chosen now */
/* code NULL, n -1: not told. No words of answers in it. */
enum st voice_item_fact(struct req *rq, const struct voice_book *b, const char *verb, const char *code, int64_t n);
/* The response of a number, if its answer is counted, with its text; ST_NOTFOUND. */
enum st voice_numbered(struct req *rq, const struct voice_book *b, int64_t no, int64_t *response, char **text);
/* What a published report quotes of answers stays in it, without a way to the answer: before these are forgotten. */
enum st voice_quotes_keep(struct req *rq, int64_t study);
/* Codes and quotes of a study are gone with its answers, but for those that are kept. One answer alone is taken back only
 * while the study is open, when nothing is coded. */
enum st voice_coding_forget(struct req *rq, int64_t study);
#endif
