/* page.h — what every page template is given, and the small things that templates call. Strings live in the request's
 * arena. A template is src/front/web/pages/NAME.html, compiled by tools/html2c.py; all of them are declared in the
 * generated pages.h. */
#ifndef WEB_PAGE_H
#define WEB_PAGE_H
#include "base/phrase.h"
#include "desk/desk_figures.h"
#include "desk/desk_ladder.h"
#include "desk/desk_pgp.h"
#include "desk/desk_check.h"
#include "desk/desk_find.h"
#include "desk/desk_question.h"
#include "desk/desk_party.h"
#include "front/app.h"
#include "lookup/lookup.h"
#include "store/follow.h"
#include "who/account.h"
#include "who/privacy.h"
#include "who/view.h"

enum nav {
	NAV_NONE,
	NAV_REPORT,
	NAV_LOOKUP,
	NAV_CASE,
	NAV_QUEUE,
	NAV_TASKS,
	NAV_PROPOSALS,
	NAV_HEALTH,
	NAV_PARTNERS,
	NAV_RULES,
	NAV_SHARES,
	NAV_ACCOUNT,
	NAV_FIGURES,
	NAV_VIEWS,
	NAV_ZONES,
	NAV_REVIEWS,
	NAV_REGISTRARS,
	NAV_WHY,
	NAV_LIFE,
	NAV_SURVEYS,
	NAV_TEMPLATES,
	NAV_CON_NAMES,
	NAV_CON_CONTACTS,
	NAV_CON_HOSTS,
	NAV_CON_TRANSFERS,
	NAV_CON_BULK,
	NAV_CON_POLL,
	NAV_CON_LEDGER,
	NAV_CON_ACCESS,
	NAV_CON_HELP
};

struct page {
	struct buf *out;
	enum lang lang;
	struct arena *mem;
	const struct config *cfg;
	int64_t now;
	const char *title; /* translated, without the site's name */
	bool bad;	   /* a form came back: the title begins with “Error:” */
	bool task;	   /* one task only: no navigation */
	enum nav nav;
	const char *path;		   /* path and query of this page, for the language switch */
	const struct session *staff;	   /* NULL on public pages */
	const struct queue_counts *counts; /* staff */
	const struct console *console;	   /* a registrar's people (console.h) */
	const char *search;		   /* staff: what the search box says */
	const char *done;		   /* staff: the act that has just been done, NULL none */
	struct staff_names *names;	   /* staff: for who_word */
};

/* Is there anything to show? */
static inline bool has(const char *s)
{
	return s && *s;
}

/* ── what pages say about a time: "today, 16:40", "23 Nov, 16:40", "23 Nov 2025, 16:40"; and how long until then ── */
const char *page_when(const struct page *p, int64_t t);
const char *page_full(const struct page *p, int64_t t);	  /* with the year */
const char *page_day(const struct page *p, int64_t t);	  /* the day alone */
const char *page_left(const struct page *p, int64_t due); /* "2 h 35 min left", "4 h overdue" */
const char *due_tone(const struct page *p, int64_t due);  /* bad: passed; warn: within a day; "" later */
void page_time(const struct page *p, int64_t t);	  /* <time datetime=…>…</time> */

/* Who did it, as the journal says it: "staff:3" by their name on a page for staff, "cli", "clock" in words. */
const char *who_word(const struct page *p, const char *actor);

/* ── parts of a page ── */
enum icon {
	ICON_CLOCK,
	ICON_INFO,
	ICON_OK,
	ICON_BAD,
	ICON_FLAG,
	ICON_SEARCH,
	ICON_MAIL,
	ICON_PRINT,
	ICON_CLIP,
	ICON_SEND,
	ICON_INBOX,
	ICON_EYE,
	ICON_TASK,
	ICON_HEALTH,
	ICON_SHIELD,
	ICON_CASE,
	ICON_OUT,
	ICON_EDIT,
	ICON_GLOBE,
	ICON_PERSON,
	ICON_KEY,
	ICON_MONEY
};
void icon(const struct page *p, enum icon i);
void qr_code(const struct page *p, const char *text); /* an <svg>; nothing when the text is too long for one */

const char *site_name(const struct page *p);		     /* in the page's language */
const char *link_to(const struct page *p, const char *path); /* absolute, under public.url */
const char *path_with(struct arena *mem, const char *path, const char *name,
		      const char *value); /* adds ?name=value, percent-encoded; NULL or "" adds nothing */
const char *size_text(const struct page *p, int64_t bytes);
const char *digest_short(const struct page *p, const char *hex); /* "9f2c 41aa 07e3 b8d1" */
const char *other_lang_path(const struct page *p);
enum lang other_lang(enum lang l);

/* ── words and tones for states (labels.c) ── */
struct label {
	const char *word, *tone, *shape;
}; /* word is translated; shape: now wait done stop */
struct label mail_label(const struct page *p, const struct case_mail *m);
struct label case_label(const struct page *p, enum case_state s);
struct label notice_label(const struct page *p, const struct case_notice *n);
bool task_of_case(const struct task *t);			/* else its subject is no case number */
const char *task_title(const struct page *p, const char *kind); /* of a task whose text is facts only; NULL */
const char *turn_word(const struct page *p, enum case_state s); /* of the link whose turn it is; NULL: nobody's */
const char *role_word(const struct page *p, enum link_role r);
const char *role_word_long(const struct page *p, enum link_role r);
const char *kind_word(const struct page *p, const char *obs_kind);
const char *thing_word(const struct page *p, enum thing_kind k);
const char *answer_word(const struct page *p, enum answer_kind k);
const char *reason_word(const struct page *p, const char *close_reason);
const char *source_word(const struct page *p, const char *source);
const char *staff_role_word(const struct page *p, unsigned role);
const char *task_role(const struct page *p, const struct task *t); /* whose task it is, in words */
bool page_may(const struct page *p, enum permission what);	   /* the member of staff whose page it is */
bool act_may(const struct page *p, const char *act);		   /* the reader, of web_act.c's acts */
const char *tie_word(const struct page *p, enum tie_kind k);
const char *question_from(const struct page *p, const struct case_view *v, const struct case_question *q);
bool question_mailed(const struct case_view *v, const struct case_question *q); /* goes the answer by mail? */
const char *act_word(const struct page *p, const char *act);			/* what was done: "Note saved" */
const char *rung_word(const struct page *p, const char *what);			/* of a ladder: "a reminder" */
const char *act_name(const struct page *p, const char *act);			/* on a button */
const char *step_name(const struct page *p, int step, int now);			/* of the case's five steps */
int case_now(const struct case_view *v); /* the step whose turn it is, 5: all done */

/* ── sentences (words.c) ── */
const char *asset_url(const char *name);
const char *contact_url(const struct page *p);
const char *initials(const struct page *p, const char *name);
bool privacy_on_form(const struct privacy_row *r); /* does a report collect it? */
const char *keep_text(const struct page *p, int days);
const char *iso_day(const struct page *p, int64_t t);
const char *answer_choice(const struct page *p, int kind); /* as the holder says it: "I fixed it" */
const char *answer_said(const struct page *p, enum answer_kind kind);
const char *answer_then(const struct page *p, int kind); /* what follows from it */
const char *lookup_shown(const struct page *p, const struct answer *a);
const char *lookup_sentence(const struct page *p, const struct answer *a);
const char *chain_name(const struct page *p,
		       const struct chain_link *l);   /* we ourselves in the page's language; NULL, "" */
const char *entity_name(const struct look_entity *e); /* NULL: not public */
const char *entity_role(const struct page *p, unsigned roles);
const char *holding_word(const struct page *p, const struct holding *g);
int first_turn(const struct answer *a);
const char *approve_words(const struct page *p, int n);

/* ── forms ── */
struct form_error {
	const char *field;
	const char *text;
}; /* text is translated; field is the id of its input */
struct form_errors {
	struct form_error e[8];
	int n;
};
void form_bad(struct form_errors *f, const char *field, const char *text);
const char *form_why(const struct form_errors *f, const char *field); /* NULL: nothing wrong there */

struct report_form {
	const char *class_id, *observables, *description, *email;
	bool record_only, share_words;
	const char *token;
	const struct desk_class *classes;
	int nclasses;
	struct report_file file[5]; /* kept from an earlier try */
	const char *kept[5];	    /* their signed references */
	int nfiles;
	struct form_errors bad;
};
/* What a receipt file holds, for its page. */
struct receipt_words {
	const char *filed_at, *entry, *salt, *proof, *key;
	struct receipt_witness {
		const char *name, *at; /* name NULL: a time stamp */
	} witness[4];
	int nwitnesses;
};
struct case_form {
	const char *token, *text, *question;
	bool fresh, added, asked;
	struct form_errors bad;
	struct case_view *v;
};
struct answer_form {
	const char *token, *kind, *until, *text;
	bool sent, again;
	struct form_errors bad;
	struct answer_view *v;
};
struct find_form {
	const char *number, *email;
	bool asked;
	struct form_errors bad;
};
struct sign_form {
	const char *login, *next;
	bool welcome;
	struct form_errors bad;
};
struct invite_form {
	const char *token, *login, *name, *secret, *uri;
	struct form_errors bad;
};
struct contact_form {
	const char *about, *shown, *text, *email, *token;
	bool sent;
	struct form_errors bad;
};
struct notices_ask {
	const char *email;
	bool asked;
	struct form_errors bad;
};
struct notices_view {
	const char *token, *text;
	struct open_page page;
	struct form_errors bad;
};
/* Tokens of programs: a contact's own, or a partner's, with what a program sends. */
struct programs {
	const char *action;	   /* where a token is made; "/end" behind it takes one back */
	const char *back;	   /* a contact's page of notices */
	const char *email, *label; /* label: as typed */
	const char *ask, *answer;  /* command lines */
	const char *secret;	   /* the new token, NULL none */
	bool may;
	struct api_token token[API_TOKENS];
	int n;
	struct form_errors bad;
};
struct check_form {
	const char *token, *email, *text;
	bool wrong;	  /* the second form is open */
	const char *done; /* "right", "wrong" */
	struct form_errors bad;
	struct check_page v;
};
struct contact_link {
	const char *token, *shown;
	bool stop, done;
};
enum { LOOKUP_CHANGES = 40 };
struct lookup_change {
	const char *key, *value;
	bool added;
};
struct lookup_version {
	int64_t at;
	const char *actor, *verb;
	struct lookup_change change[LOOKUP_CHANGES];
	int n;
};
struct lookup_view {
	const char *q;
	const char *why;
	struct answer *a;		  /* NULL: it is only an object of the register (a handle) */
	const struct look *l;		  /* NULL: none of ours */
	const char *rdap, *whois, *relay; /* for machines, and the form that reaches the holder; NULL none */
	struct lookup_version *version;	  /* staff */
	int nversions;
};
const char *look_word(const struct page *p, enum look_kind k);
#include "front/web/sort_page.h"

struct queue_page {
	enum queue_view view;
	struct queue_row *row;
	int n, page, pages;
	int64_t total, from;
	const char *search;
	struct queue_filter filter; /* no NULLs */
	const struct choices *choices;
	int64_t today, until; /* how many are due before that moment, on all pages */
	bool more, unread;    /* as in struct queue_list */
	int64_t below;	      /* as there */
	const struct saved_view *saved;
	int nviews;
	const char *here; /* this list, without the page */
};
/* ── charts (chart.c): an SVG that says nothing by colour alone, with a title and a sentence for those who don't see it;
 * the table beside it has every number. Long words are cut in the picture and whole in the table. ── */
enum { CHART_SERIES = 4 };
struct chart {
	const char *id;	   /* unique on the page */
	const char *title; /* what it shows; translated, as all texts here */
	const char *desc;  /* in a sentence, with the numbers that matter */
	const char *series[CHART_SERIES];
	int nseries;
	const char **label; /* of each place */
	const int64_t *value[CHART_SERIES];
	int n;
	const char *(*say)(const struct page *p, int64_t v); /* a value for people; NULL: grouped digits */
};
void chart_bars(const struct page *p, const struct chart *c);	 /* one bar a place, the first series */
void chart_columns(const struct page *p, const struct chart *c); /* stacked, from the bottom up */
void chart_lines(const struct page *p, const struct chart *c);
int64_t chart_top(
	int64_t max); /* the axis ends there: four steps of 1, 2 or 5 times a power of ten, so that each line stands for a whole number */
void chart_text(const struct page *p, const char *s); /* escaped */
void chart_cut(const struct page *p, const char *s,
	       int max);				  /* at most so wide, Han count two; the table has it whole */
const char *number_text(const struct page *p, int64_t n); /* 12,345 */
struct figures_view {
	struct figures f;
	const char *from, *to; /* as asked, or the days of the period */
	struct chart weeks, reports, classes, spans;
	const char *csv, *json;
	bool surveys; /* some report is public */
	struct form_errors bad;
};
enum figure_list { TOP_NAMES, TOP_REGISTRARS, TOP_NETWORKS, TOP_SILENT };
const char *figure_head(const struct page *p, enum figure_list list);
const char *span_word(const struct page *p, enum figure_span s);
const char *span_people(const struct page *p, int64_t seconds); /* "4 h 10 min" */
struct process_view {
	struct desk_class *class_;
	struct answer_time *time; /* of each */
	int n;
	struct desk_clock *clock;
	int clocks;
};
const char *deadline_text(const struct page *p, int64_t seconds); /* "24 hours", "7 days" */
const char *answer_time_text(const struct page *p, const struct answer_time *t);
struct views_view {
	const char *of, *by, *before; /* as asked */
	bool known, more;
	struct view_row *row;
	int n;
	const char *older; /* NULL: no more */
};
const char *browser_word(const struct page *p, const char *family);
const char *view_word(const struct page *p, const char *page); /* of view_row.page */
struct account_view {
	struct session_row *mine, *others;
	int nmine, nothers;
	bool see_others;
	const char *token; /* of this very session */
};
struct health_view {
	struct parked *parked;
	int nparked;
	struct waiting *waiting;
	int nwaiting;
	int64_t put_off; /* letters, each to be tried again at its time */
	struct store_stats stats;
	int64_t entries;
};
const char *queue_path(const struct page *p, enum queue_view v, const char *search, int page);
const char *queue_page_path(const struct page *p, const struct queue_page *q, int page);
const char *queue_older_path(const struct page *p, const struct queue_page *q); /* the same search in older cases */
const char *queue_view_name(enum queue_view v);					/* in the URL: "open", "us", … */

/* One sentence with its way out: errors and simple results. */
struct message_view {
	const char *head, *text, *more, *link, *link_text;
	const char *code;
};

#include "front/web/proposal_page.h"
#include "front/web/registry_page.h"
#include "front/web/rules_page.h"
#include "front/web/share_page.h"
#include "front/web/template_page.h"
#include "front/web/survey_page.h"
#include "front/web/questionnaire_page.h"
#include "front/web/words_page.h"
#include "front/web/interview_page.h"

#endif
