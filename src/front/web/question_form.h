/* question_form.h — a question between its form and its lines in a questionnaire's text (question_form.c). */
#ifndef WEB_QUESTION_FORM_H
#define WEB_QUESTION_FORM_H
#include "front/web/web.h"

/* false: it has more options than the form. */
bool question_form_of(struct arena *mem, const struct questionnaire *q, const struct q_question *k,
		      struct question_form *out);
void question_form_read(struct http *h, struct question_form *out);
/* Its lines; the sentence why not (a msgid) where a name could not stand in a line. */
const char *question_form_text(struct question_form *f, struct buf *out);
/* Texts of a part; fields `prefix`-en and -zh-TW. */
void words_read(struct http *h, const char *prefix, const char *in[LANG_COUNT]);
struct q_words words_typed(const char *const in[LANG_COUNT]);
#endif
