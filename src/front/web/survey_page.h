/* survey_page.h — what the templates of a survey are given. Included by page.h. */
#ifndef WEB_SURVEY_PAGE_H
#define WEB_SURVEY_PAGE_H
#include "voice/address_list.h"
#include "voice/interview.h"

struct survey_view {
	const char *token;
	struct voice_form *form;
	int section; /* from 0; nsections: the last page, to send it off */
	int step, steps;
	const uint64_t *answer; /* what the page shows: as stored, or as it was just typed */
	char *const *word;
	bool clash; /* another window changed it meanwhile */
	struct form_errors bad;
	const char *preview, *editor, *csrf,
		*state; /* where a preview and its editor stand, and the answers that its pages carry; NULL: real */
};
const char *survey_path(const struct page *p, const struct survey_view *v, const char *rest);
bool survey_shows(const struct survey_view *v, int question); /* is it on this page, and asked? */
const char *survey_field(const struct page *p, int item);     /* the field's name, and id of its first input */
const char *survey_words(const struct page *p, const struct q_words *w);

/* ── a report and its pictures (survey_chart.c draws, survey_figures.c says what) ── */
struct figure_chart {
	const char *id, *title; /* id unique on the page */
	const char *head[4];	/* of the table's columns after the first */
	int nheads;
	const char **label, **cell; /* of each row; nheads a row */
	int n;
	const char *key[5];
	int nkeys;
	int64_t *value;	   /* nvalues a row; the first -1: there is nothing to draw */
	const char **none; /* why not, of each row; NULL: too few answers */
	int nvalues;
	int64_t max; /* of bars; 0: the largest */
	int say;     /* which cell is written beside a bar */
};
void figure_stacked(const struct page *p, const struct figure_chart *c);
void figure_bars(const struct page *p, const struct figure_chart *c);
void figure_pairs(const struct page *p, const struct figure_chart *c);

/* ── the newsletter ── */
struct newsletter_form {
	const char *email;
	enum lang lang;
	bool asked;
	struct form_errors bad;
};
struct newsletter_link {
	const char *token;
	enum lang lang;
	bool confirmed, done, stop, failing;
};

struct study_line {
	struct voice_study s;
	struct voice_funnel f;
};
/* Public reports. */
struct published_view {
	struct voice_study *s;
	const char **title; /* of each */
	int n, from, next;  /* next: where the next page begins; 0: this is the last */
};
/* Of a group, as it was typed. */
struct group_typed {
	const char *name, *en, *zh, *sample, *rule, *days;
};
struct report_view {
	struct voice_list list; /* of a closed study; else list.t.study alone */
	bool open_to_all, may_run;
	struct voice_group group[VOICE_GROUPS_MAX];
	struct voice_funnel funnel[VOICE_GROUPS_MAX + 1]; /* the last: all */
	int ngroups;
	int64_t excluded, excluded_drawn; /* of these, among the people drawn */
	struct group_typed typed;
	struct voice_change *change;
	int nchanges;
	const char *against; /* the study that it is held against; NULL none */
	struct voice_study *earlier;
	int nearlier;
	struct voice_text *text;
	int ntexts;
	struct voice_advice *advice;
	int nadvice;
	struct voice_reminder reminder[VOICE_REMINDERS_MAX];
	int nreminders;
	struct voice_cleaned cleaned[8];
	int ncleaned;
	struct voice_quote *quote; /* approved ones */
	int nquotes;
	struct voice_said *said; /* the same, of interviews */
	int nsaid;
	const char *en, *zh, *owner, *due; /* of a recommendation that came back */
	const char *place;		   /* whose words the form shows: "top" or a question */
	struct form_errors bad;
};
/* A group from a list of addresses, or addresses that are not asked. */
struct addresses_view {
	struct voice_study study;
	bool exclude;
	struct group_typed typed;
	const char *text;	     /* lines that were pasted, or a small file's */
	struct address_fault *fault; /* of them */
	int nfaults;
	int64_t excluded;
	struct form_errors bad;
};

/* Last time's figures, from elsewhere. */
struct past_view {
	struct voice_study study;
	struct questionnaire q;
	struct voice_past *past;
	int n;
	struct voice_group group[VOICE_GROUPS_MAX];
	int ngroups;
	struct voice_segment segment[CROSS_SEGMENTS_MAX];
	int nsegments;	     /* 0: nobody is drawn yet */
	bool edits, changes; /* there is a form; it shows a figure that stands there */
	const char *item, *of, *n_of, *base, *percent, *label; /* of: the segment */
	struct form_errors bad;
};
const char *past_title(const struct page *p, const struct past_view *v,
		       const char *segment);		  /* of a segment, "": all */
bool past_takes(const struct questionnaire *q, int item); /* can it be compared with last time? */

struct label study_label(const struct page *p, enum study_state s);
struct label advice_label(const struct page *p, enum advice_state s);
const char *rule_word(const struct page *p, const struct voice_rule *rule, const char *choice);	 /* choice NULL: none */
bool rule_typed(const struct group_typed *t, const struct voice_rule *rule, const char *choice); /* was it chosen? */
int invited_all(const struct report_view *v);
const char *clean_word(const struct page *p, const char *reason);
const char *group_title(const struct page *p, const struct voice_group *g);
/* What staff wrote there: in the reader's language, or in the other where it was written in that alone; "": nothing. */
const char *report_text(const struct page *p, const struct report_view *v, const char *place);
enum lang report_text_lang(const struct page *p, const struct report_view *v, const char *place);
const char *report_text_in(const struct report_view *v, const char *place, enum lang l); /* the same */
const char *study_path(const struct page *p, const struct report_view *v, const char *rest);
const char *report_path(const struct page *p, const struct report_view *v);
const char *sheet_path(const struct page *p,
		       const struct report_view *v); /* its spreadsheet, with what it is held against */
bool question_counts(const struct report_view *v, int question);
bool question_said(const struct report_view *v, int question); /* is there something of what people wrote? */
void code_chart(const struct page *p, const struct report_view *v,
		int question); /* of what was written; maybe nothing */
const struct voice_figure *number_figure(const struct report_view *v, int question, enum figure_kind kind);
bool change_first(const struct report_view *v, int i);	 /* of those with its label */
bool change_rounded(const struct report_view *v, int i); /* is one of those with its label from rounded figures? */
const char *change_why(const struct page *p, const struct voice_change *c); /* why it can't be said; "" it can */
/* What is compared of an item (voice/versus.c): of a choice its first option. */
const char *item_words(const struct page *p, const struct questionnaire *q, const char *item);
void funnel_chart(const struct page *p, const struct report_view *v, int group); /* ngroups: all */
void question_chart(const struct page *p, const struct report_view *v, int question);
void gap_chart(const struct page *p, const struct report_view *v);
void change_chart(const struct page *p, const struct report_view *v, int i); /* of those with its label */

/* ── by group (survey_cross.c); `place` is the kind of segments: "group" or "list" ── */
bool cross_any(const struct report_view *v, const char *kind);
bool cross_question(const struct report_view *v, int question); /* has it a figure that can be told so? */
bool cross_row(const struct voice_figure *f);
const char *cross_label(const struct page *p, const struct report_view *v,
			const struct voice_figure *f); /* NULL: none */
const char *segment_title(const struct page *p, const struct report_view *v, int which);
void cross_cell(const struct page *p, const struct voice_figure *f, const struct voice_cell *k);
void web_get_cross(struct http *h);

void web_get_public_surveys(struct http *h), web_get_surveys(struct http *h), web_get_study(struct http *h),
	web_get_study_report(struct http *h), web_post_study(struct http *h), web_get_public_report(struct http *h),
	web_get_report_csv(struct http *h), web_get_report_xlsx(struct http *h), web_get_report_receipt(struct http *h);

/* ── lists of addresses (web_survey_list.c), last time's figures (web_survey_past.c) ── */
void web_get_survey_list(struct http *h), web_post_survey_list(struct http *h), web_get_survey_exclude(struct http *h),
	web_post_survey_exclude(struct http *h), web_get_survey_past(struct http *h),
	web_post_survey_past(struct http *h), web_post_survey_past_remove(struct http *h);
/* What every form of a group has; what can't be goes to `bad`. */
void group_read(struct http *h, struct group_typed *t, struct form_errors *bad, struct voice_group_add *out);
/* What the room refused, at a field. */
void room_bad(struct http *h, struct form_errors *bad, const char *id, const struct err *why);

#endif
