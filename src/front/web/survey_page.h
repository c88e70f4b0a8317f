/* survey_page.h — what the templates of a survey are given. Included by page.h. */
#ifndef WEB_SURVEY_PAGE_H
#define WEB_SURVEY_PAGE_H
#include "voice/voice.h"

struct survey_view {
	const char *token;
	struct voice_form *form;
	int section; /* from 0; nsections: the last page, to send it off */
	int step, steps;
	const uint64_t *answer; /* what the page shows: as stored, or as it was just typed */
	char *const *word;
	bool clash; /* another window changed it meanwhile */
	struct form_errors bad;
};
bool survey_shows(const struct survey_view *v, int question); /* is it on this page, and asked? */
const char *survey_field(const struct page *p, int item);     /* the field's name, and id of its first input */
const char *survey_words(const struct page *p, const struct q_words *w);

#endif
