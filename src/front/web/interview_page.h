/* interview_page.h — what the pages of interviews are given. Included by page.h. */
#ifndef WEB_INTERVIEW_PAGE_H
#define WEB_INTERVIEW_PAGE_H
#include "voice/interview.h"

/* ── the page behind the personal link ── */
struct interview_view {
	const char *token;
	struct interview_form f;
	int said[CONSENTS]; /* 1 yes, 0 no, -1 nothing yet */
	bool done, clash;   /* the guide became another meanwhile */
	bool stop;
	struct form_errors bad;
};
const char *consent_question(const struct page *p, enum consent c);
const char *consent_means(const struct page *p, const struct interview_view *v, enum consent c, bool yes); /* "" */
const char *kept_for(const struct page *p, const char *table); /* of its row in who/privacy.h */

/* ── staff ── */
struct interviews_view {
	struct voice_study study;
	struct interview *row; /* of this page */
	int n, from, total, page, pages, in_state[INTERVIEW_STATES];
	int64_t now;
	const char *search; /* "": nothing is looked for */
	bool asked;
	struct interview_found *found;
	int nfound;
	int64_t next;
	int guide; /* its last version; 0: none */
	struct theme *theme;
	int nthemes;
	struct voice_said *said;
	int nsaid, quotes_from, quotes_to, quotes_page, quotes_pages;
	const char *name, *email, *organisation, *kind, *lang; /* of one that came back */
	bool no_letter;
	const char *id, *en, *zh, *about; /* of a theme that came back */
	int status;
	struct form_errors bad;
};
struct interview_one {
	struct voice_study study;
	struct interview i;
	struct guide guide;
	struct interview_note *note;
	int nnotes;
	struct theme *theme;
	int nthemes;
	const struct interview_note *change, *quote; /* that is to be changed, or quoted; NULL */
	int64_t change_id, quote_id;		     /* the same, of a form that came back; 0 */
	int status;
	int question;			/* of a new note */
	const char *text, *words, *how; /* of a note, a quote and a consent that came back */
	struct form_errors bad;
};
struct interview_who {
	struct voice_study study;
	struct interview i;
	struct interviewee e;
	const char *at, *place, *minutes; /* of the form: what stands, or came back */
	bool no_letter;
	int status;
	struct form_errors bad;
};
struct theme_view {
	struct voice_study study;
	struct theme theme;
	struct interview_note *note;
	int n;
	struct guide *guide; /* by version, from 1 */
	int nguides;
};
struct guide_view {
	struct voice_study study;
	struct guide now, *old; /* version 0: there is none yet; old: all of them, newest first */
	int nold, was, is;	/* was 0: nothing is compared */
	struct diff_row *row;
	int nrows;
	const char *text;
	struct form_errors bad;
};
const char *interviews_path(const struct page *p, const struct voice_study *s, const char *rest);
const char *interview_no(const struct page *p, int64_t no); /* "I-3" */
const char *interview_when(const struct page *p,
			   const struct interview *i); /* "24 Nov 2026, 14:05 (UTC+8), 60 minutes" */
struct label interview_label(const struct page *p, enum interview_state s);
const char *interview_agreed(const struct page *p, unsigned consent);
const char *theme_titles(const struct page *p, const struct interview_one *v, const char *ids);
bool theme_has(const char *ids, const char *id);
const char *theme_title(const struct page *p, const struct theme *t);
bool note_mine(const struct page *p, const struct interview_note *n);
const char *theme_question(const struct page *p, const struct theme_view *v, const struct interview_note *n);
const char *said_by(const struct page *p, const struct voice_said *k); /* of who said it, for the report; "" */

void web_get_interview(struct http *h), web_post_interview(struct http *h), web_get_interview_stop(struct http *h),
	web_post_interview_stop(struct http *h);
void web_get_interviews(struct http *h), web_post_interviews(struct http *h), web_get_interview_one(struct http *h),
	web_get_interview_who(struct http *h), web_post_interview_who(struct http *h),
	web_post_interview_one(struct http *h);
void web_get_guide(struct http *h), web_post_guide(struct http *h), web_post_themes(struct http *h),
	web_get_theme(struct http *h), web_post_theme(struct http *h);
#endif
