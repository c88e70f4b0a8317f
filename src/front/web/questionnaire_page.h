/* questionnaire_page.h — what the templates of the editor of questionnaires are given. Included by page.h. */
#ifndef WEB_QUESTIONNAIRE_PAGE_H
#define WEB_QUESTIONNAIRE_PAGE_H
#include "voice/edit.h"

struct questionnaire_line {
	struct voice_version v;
	struct questionnaire q;
	int faults;
};
struct questionnaire_list {
	struct questionnaire_line *line;
	int n;
	const char *name, *in[LANG_COUNT]; /* of a new one, as typed */
	const char *refused;
};

/* A question as its form shows it: as it is, or as it was just typed. More options are edited as text. */
enum { FORM_OPTIONS = 24, FORM_SPARE = 3, FORM_CONDITIONS = Q_CONDITIONS_MAX };
struct option_form {
	const char *id, *place, *in[LANG_COUNT];
	bool exclusive, text, ends, gone;
	int order;
};
struct condition_form {
	const char *item, *options;
	bool negated;
};
struct question_form {
	const char *id, *kind, *min, *max;
	const char *in[LANG_COUNT], *low[LANG_COUNT], *high[LANG_COUNT], *unknown[LANG_COUNT];
	bool required, has_unknown;
	struct option_form option[FORM_OPTIONS + FORM_SPARE]; /* or rows of a grid; the empty ones last */
	int noptions;
	struct condition_form condition[FORM_CONDITIONS];
	int nconditions;
};
struct questionnaire_view {
	struct voice_version v;
	struct questionnaire q;
	struct q_finding *finding;
	int nfindings;
	const char *refused; /* why a change was not taken; NULL */
	const char *text;    /* all of it, as typed or as it is */
	int question;	     /* in hand */
	struct question_form form;
};
const char *q_path(const struct page *p, const struct questionnaire_view *v, const char *rest);
const char *fault_word(const struct page *p, enum q_fault f);
const char *fault_place(const struct page *p, const struct questionnaire_view *v,
			int line); /* a question or section; "" */
const char *ask_kind_word(const struct page *p, enum q_kind k);
const char *condition_text(const struct page *p, const struct questionnaire *q, const struct q_condition *c);
const char *item_text(const struct page *p, const struct questionnaire *q, int item);  /* its name, and its options' */
const char *field_of(const struct page *p, const char *what, int i, const char *part); /* "o3-en" */
const char *or_empty(const char *s);

void web_get_questionnaires(struct http *h), web_post_questionnaires(struct http *h),
	web_get_questionnaire(struct http *h), web_post_questionnaire(struct http *h),
	web_post_questionnaire_study(struct http *h), web_get_questionnaire_text(struct http *h),
	web_post_questionnaire_text(struct http *h), web_get_question(struct http *h),
	web_post_question(struct http *h), web_get_preview(struct http *h), web_post_preview(struct http *h),
	web_get_preview_page(struct http *h), web_post_preview_page(struct http *h);
#endif
