/* survey_walk.h — the pages of a questionnaire, one a section: shared by who answers (web_survey.c) and by the preview
 * (web_preview.c), which keeps nothing. */
#ifndef WEB_SURVEY_WALK_H
#define WEB_SURVEY_WALK_H
#include "front/web/web.h"

struct answering {
	struct survey_view view;
	struct voice_form form;
	struct voice_save save;
	uint64_t asked_before[Q_ITEMS_MAX];
};
/* The first section from there on with something to ask; nsections: none. */
int survey_section_from(const struct voice_form *f, int section);
void survey_steps(struct answering *a); /* which page of how many */
/* Of the path; false: answered. */
bool survey_section_arg(struct http *h, struct answering *a);
/* The page as it was sent into `save` and `view`; what is wrong with it into view.bad. */
void survey_page_read(struct http *h, struct answering *a);
/* Did an answer on this page bring a question onto it? */
bool survey_grew(const struct answering *a, const uint64_t *now);
struct page survey_page(struct http *h, const struct answering *a);
void survey_show(struct http *h, struct answering *a, int status); /* the section, or the page that sends it off */
#endif
