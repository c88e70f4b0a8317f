/* voice.h — asking the people we serve: questionnaires, whom to ask, the field, the answers, the report.
 *
 * A questionnaire (questionnaire.h) has versions, which never change. A study asks one version of one: its groups say
 * who is asked, `voice_draw` freezes that into invitations, `voice_open` begins the field, `voice_close` ends it,
 * `voice_publish` makes the report public. Counting is count.h.
 *
 * APART. Who was asked (voice_invite: address, group, what became of the letter) and what was answered (voice_response)
 * are two tables without a common column. A link's token leads to both, through two different keyed hashes, with a key
 * that is not in the database: the invitation by the hash of the token, the answers by HMAC(key, "survey-answer" ‖
 * token). What goes with the answers is the segments that were fixed when the study was drawn. Numbers of responses are
 * random and no time of day is kept with them. When the study closes the answers' hashes are deleted and the answers
 * written anew in a random order, so nobody can put the two together again. So a person can change or withdraw answers
 * until the study is closing, not after. Entries of the journal name the study and a time, never whose answers.
 * What that can't do: while the field is open, and until the last step of closing, who has the database and the key, or a
 * copy of both, can follow a link; with PostgreSQL the database is enough, whose rows tell (xmin) what one transaction
 * wrote. After closing, what PostgreSQL has not cleared away yet (dead rows until VACUUM, the write-ahead log until it is
 * written over or its archive is deleted) and backups made in the field can still tell; SQLite's log is emptied.
 *
 * WHO MAY. What runs a study asks for MAY_RUN_SURVEY, the list of studies for MAY_SEE_SURVEY, what belongs to one (groups,
 * figures, texts, recommendations) too until it is published, words of single answers for MAY_SEE_ANSWERS, personal links
 * for MAY_SEE_LINKS; the functions here ask, so that commands and pages can't forget. Who shows words or links writes down
 * who looks (who/view.h).
 *
 * Every function that changes something runs inside a write and appends to the journal. Facts about a single answer
 * name the study only.
 */
#ifndef VOICE_VOICE_H
#define VOICE_VOICE_H
#include "base/json.h"
#include "store/journal.h"
#include "store/store.h"
#include "voice/count.h"
#include "voice/questionnaire.h"
#include "who/person.h"
#include "work/due.h"

/* Once, before anything else: the key of links (base/hash.h, link_token) is copied. rate: letters a minute, 0: as fast
 * as they are taken. */
void voice_setup(const uint8_t *token_key, int64_t rate);

/* ── questionnaires and their versions ── */

struct voice_version {
	char *name;
	int version;
	char *text, *digest; /* SHA-256 of the text, hex */
	int64_t made_at;
	char *made_by;
	char *field; /* the study that is in the field with it; NULL none */
};
struct voice_import {
	const char *text;
	size_t n;
	bool new_version; /* also while the last version is in the field */
	enum lang lang;	  /* of what is said when it is refused */
	/* out */
	char *name;
	int version;
	bool same; /* it is what was there already */
};
/* ST_CONFLICT while the last version is in the field, unless new_version. The field keeps asking what it began with. */
enum st voice_import(struct req *rq, void *import);
enum st voice_version_get(struct req *rq, const char *name, int version, struct voice_version *out); /* 0: the last */
enum st voice_questionnaire(struct req *rq, const char *name, int version, struct questionnaire *out);
enum st voice_versions(struct req *rq, const char *name, struct voice_version *out, int max, int *n); /* NULL: the last
	of each */

/* ── studies ── */

enum study_state { STUDY_DRAFT, STUDY_DRAWN, STUDY_OPEN, STUDY_CLOSING, STUDY_CLOSED, STUDY_PUBLISHED };
struct voice_study {
	int64_t id;
	char *name, *questionnaire;
	int version;
	enum study_state state;
	int64_t seed, made_at, opened_at, closes_at, closed_at, published_at;
	char *digest; /* of the report, once published */
};
const char *voice_state_name(enum study_state s);
enum st voice_study_get(struct req *rq, const char *name, struct voice_study *out);
enum st voice_studies(struct req *rq, struct voice_study *out, int max, int *n);
/* Those whose report is public, the last one first, without the first `from` of them: for everybody. */
enum st voice_published(struct req *rq, int64_t from, struct voice_study *out, int max, int *n);

struct voice_new {
	const char *name, *questionnaire;
	int version;	    /* 0: the last */
	int64_t quiet_days; /* who was invited to any study in so many days is left out; 0: nobody is for this */
};
enum st voice_study_new(struct req *rq, void *voice_new);

/* May the figures be seen? Once published by everybody. */
enum st voice_may_see(struct req *rq, const struct voice_study *s);

/* ── whom to ask (frame.c): groups in order, the first that finds somebody has them ── */

enum { VOICE_GROUPS_MAX = 16, VOICE_CANDIDATES_MAX = 1000000, VOICE_SEGMENT_MAX = 40 };
struct voice_group {
	int position;
	char *name, *title[LANG_COUNT], *rule;
	int64_t sample; /* 0: all */
	/* once drawn: found = earlier (in a group before) + excluded + left, of whom `drawn` are asked */
	int64_t found, earlier, excluded, drawn;
};
struct voice_frame_row {
	const char *email, *lang, *segment; /* segment "": none */
};
struct voice_group_add {
	const char *study, *name, *en, *zh, *rule; /* rule: a row of voice_rules and what it takes, or "list DIGEST" */
	int64_t sample;
	const struct voice_frame_row *row; /* of a list */
	int64_t n;
};
enum { VOICE_RULE_DAYS = 365, VOICE_RULE_DAYS_MAX = 36500 };
struct voice_rule {
	const char *name, *doc; /* doc: a msgid */
	const char *arg; /* what may stand after the name: "DAYS" (else VOICE_RULE_DAYS), "CLASS"; NULL: nothing */
	const char *const *choice; /* of which it is one, ended by NULL; NULL: a number */
	const char *sql;	   /* $1 study, $2 position, $3 since; NULL: no statement does it alone */
};
extern const struct voice_rule voice_rules[];		  /* ended by name NULL */
extern const char *const voice_classes[];		  /* of members, ended by NULL */
const struct voice_rule *voice_rule_of(const char *rule); /* by its first word; NULL: there is none */
enum st voice_group_add(struct req *rq, void *group_add);
enum st voice_groups(struct req *rq, const struct voice_study *s, struct voice_group *out, int *n);

struct voice_exclude {
	const char *study;
	const char **email; /* in lower case */
	int64_t n;
};
/* Until the field opens; who is drawn already stays so until it is drawn again. */
enum st voice_exclude(struct req *rq, void *exclude);
/* How many are excluded, and how many of these are among the people drawn. */
enum st voice_excluded(struct req *rq, const struct voice_study *s, int64_t *n, int64_t *drawn);
struct voice_draw {
	const char *study;
	int64_t seed; /* 0: one is drawn and kept */
	int64_t drawn;
};
/* Freezes groups into invitations: rules find people now, lists have those they had. The same seed on the same frame
 * draws the same people. May be done again until the study opens. */
enum st voice_draw(struct req *rq, void *draw);

/* A segment is a bit of an answer: first the groups, then what lists said of people. */
struct voice_segment {
	int bit;
	char *kind, *name; /* "group" or "list" */
};
enum st voice_segments(struct req *rq, int64_t study, struct voice_segment *out, int *n);

/* ── the field (study.c) ── */

enum { VOICE_FIELD_DAYS = 730 };
struct voice_open {
	const char *study;
	int64_t until;
};
/* ST_INVALID for an end that is past, or more than VOICE_FIELD_DAYS away; ST_CONFLICT when nobody is asked. */
enum st voice_open(struct req *rq, void *open);
/* Nobody answers any more, and answers are cut from their links: of a small study in this write, of a larger one in steps that
 * due rows make, or another call. Until the last is made the study is closing, and nothing of its answers is read, but
 * for how many there are. */
enum st voice_close(struct req *rq, void *study_name);
extern const struct due_kind voice_due_kinds[];
extern const int voice_due_count;

/* Reminders (remind.c): to those who were reached by their invitation at least a day before and have not answered, at a
 * day of the field or a time; a day apart. */
enum { VOICE_REMINDERS_MAX = 3, VOICE_REMIND_DAYS = 365 };
struct voice_reminder {
	int number;	    /* 1 to VOICE_REMINDERS_MAX */
	int64_t days;	    /* of the field; 0: at a time of its own */
	int64_t at, ran_at; /* 0: the study is not open yet; it is still to come */
	int64_t letters;    /* that went out */
};
struct voice_remind {
	const char *study;
	int64_t days, at; /* one of the two, or neither: now. A study that is not open yet takes days only */
	/* out */
	int number;
	int64_t when;	 /* it goes out; 0: that is not known yet */
	int64_t waiting; /* who would have one if it went out now */
};
struct voice_unremind {
	const char *study;
	int number; /* that is still to come */
};
enum st voice_remind(struct req *rq, void *remind);
enum st voice_unremind(struct req *rq, void *unremind);
enum st voice_reminders(struct req *rq, const struct voice_study *s, struct voice_reminder *out, int *n);

struct voice_funnel {
	/* Of invitations; opened, started and filled also of what was collected for the group (voice_collect). Who did both
	 * is in there twice: then more may have looked than were invited, and no share can be said. */
	int64_t invited, sent, failed, opened, started, filled, stopped;
	int64_t reminded; /* once or more often */
	int64_t kept;	  /* responses left after cleaning */
};
/* group -1: all. */
enum st voice_funnel(struct req *rq, const struct voice_study *s, int group, struct voice_funnel *out);

/* Personal links, for letters on paper: calls back for each invitation. MAY_SEE_LINKS: behind a link stands what its
 * person has answered so far. */
typedef void (*voice_link_fn)(void *arg, int64_t invite, const char *email, const char *lang, const char *token);
enum st voice_links(struct req *rq, int64_t study, voice_link_fn say, void *arg);

/* Letters: what follows from an entry of the journal, for out/mail. */
struct voice_letter {
	int64_t id;   /* of the invitation */
	int reminder; /* its number; 0: the invitation itself */
	char *to, *message_id, *link, *stop;
	const char *title, *intro;
	enum lang lang;
	int64_t closes_at;
};
/* Letters of one entry at most; out/mail looks at as many together. */
enum { VOICE_BATCH = 4000 };
bool voice_posts(const struct entry *e);
/* Ask voice_letters_wanted before they leave. */
enum st voice_letters(struct req *rq, const struct entry *e, const char *public_url, struct voice_letter *out, int max,
		      int *n);
/* Of several in that order, which may leave: false, its person has answered meanwhile, or wants no more, or the study is
 * closed. */
enum st voice_letters_wanted(struct req *rq, const struct voice_letter *l, int n, bool *wanted);
/* Inside a write: these went out, all of one entry. */
enum { VOICE_SENT_MAX = 50 };
enum st voice_letters_sent(struct req *rq, const struct voice_letter *const *l, int n);
/* Inside a write: it was refused for good, which becomes a task about the study. */
enum st voice_letter_refused(struct req *rq, const struct voice_letter *l, const char *why);
/* Inside a write: it was taken, and came back later. The token of its link, which only the letter had, proves it; known:
 * there is such a link. Its person's task is made once. */
enum st voice_letter_returned(struct req *rq, const char *token, const char *why, bool *known);

/* ── answers (answer.c) ── */

enum link_state { LINK_UNKNOWN, LINK_CLOSED, LINK_OPEN, LINK_FILLED, LINK_WITHDRAWN };
struct voice_form {
	enum link_state state;
	struct voice_study study;
	struct questionnaire q;
	int64_t invite, segments;
	bool opened; /* it was looked at before */
	/* of the answers in hand */
	int64_t response; /* 0: not begun */
	int64_t revision, begun, seconds;
	uint64_t *answer; /* per item */
	char **word;	  /* per item: what was written in, or the number; NULL none */
};
enum st voice_form_get(struct req *rq, const char *token, struct voice_form *out);
enum st voice_opened(struct req *rq, void *token); /* inside a write: the page was looked at; only indicative */

struct voice_save {
	const char *token;
	int64_t revision; /* of the page that was filled in: another one is ST_CONFLICT */
	int from, to;	  /* items of the page */
	const uint64_t *answer;
	char *const *word;
	bool begin, fill; /* consent was given; all of it is done */
};
enum st voice_save(struct req *rq, void *save);
/* The answers are deleted; ST_CONFLICT once the study is closed. */
enum st voice_withdraw(struct req *rq, void *token);
enum st voice_stop(struct req *rq, void *token); /* no more letters, of this study or others */

/* Answers that came on paper or through another tool, while the study is open (collect.c). A line that names its
 * invitation fills that one: its person can't answer by the link any more, but take the answers back. A line that names
 * none is counted to the group, and everybody who was invited can still answer. ST_CONFLICT where more were looked at
 * than invited, or the invitation was begun already. */
struct voice_collected {
	int group;	     /* position */
	bool opened_only;    /* it is known only that the invitation was looked at */
	int64_t invite;	     /* 0: none is named */
	const char *segment; /* of a list, where no invitation is named, which has its own; NULL or "": none */
	int64_t seconds;     /* 0: not known */
	const uint64_t *answer;
	char *const *word;
};
struct voice_collect {
	const char *study, *digest;
	const struct voice_collected *row;
	int64_t n;
	int64_t refused; /* out, when it fails: the row it fails by, from 1; 0: by none of them */
};
enum st voice_collect(struct req *rq, void *collect);

/* ── what people wrote (open.c): once the study is closed, so that no answer has a way back to its person; without its
 * group, and in the order of random numbers ── */
struct voice_word {
	int64_t response;
	char *text;
};
/* Of an item that takes words; search NULL: all. ST_NOTFOUND: no such item, or it takes none. */
enum st voice_words(struct req *rq, const char *study, const char *item, const char *search, struct voice_word *out,
		    int max, int *n);

/* ── cleaning (clean.c): rules as rows, each with its reason code; undoable ── */

struct voice_clean {
	const char *study;
	int64_t by_reason[8], n;
};
/* What was decided so far, by reason. */
struct voice_cleaned {
	char *reason, *by; /* by whom last */
	int64_t out, back, at;
};
enum st voice_cleanings(struct req *rq, const struct voice_study *s, struct voice_cleaned *out, int max, int *n);
struct voice_clean_rule {
	const char *reason, *doc;
};
extern const struct voice_clean_rule voice_clean_rules[]; /* ended by reason NULL */
enum st voice_clean(struct req *rq, void *clean);
struct voice_unclean {
	const char *study, *reason; /* all that this rule took out */
	int64_t n;
};
enum st voice_unclean(struct req *rq, void *unclean);

/* ── counting (tally.c) ── */

enum { VOICE_ALL = CROSS_ALL };
struct voice_tally {
	struct voice_study study;
	struct questionnaire q;
	struct voice_segment segment[CROSS_SEGMENTS_MAX];
	int nsegments;
	struct cross *cross; /* items × segments */
	int64_t kept;
	bool forgotten; /* the answers are no more: counts.c has what was counted */
};
/* Reads every kept answer of the study once. */
enum st voice_tally(struct req *rq, const char *study, struct voice_tally *out);
/* The five points of a grid's row. */
struct grid voice_grid(const struct voice_tally *t, int item, int segment);

/* What a report says of one segment, in the order of the questionnaire: one list for pages, tables, CSV and JSON. */
enum figure_kind {
	FIGURE_OPTION,
	FIGURE_EMPTY,
	FIGURE_TOP,
	FIGURE_BOTTOM,
	FIGURE_MEAN,
	FIGURE_UNWEIGHTED,
	FIGURE_WEIGHTED,
	FIGURE_NUMBER_MEAN, /* of the numbers that were written: how many is the base */
	FIGURE_NUMBER_MEDIAN,
	FIGURE_CODE /* of those who wrote something: coding.h */
};
struct voice_figure {
	enum figure_kind kind;
	int question, item, option; /* item -1: of all rows of a grid */
	struct share share;	    /* of a mean: the sum of points or numbers over the answers */
	int tenths;		    /* not of FIGURE_MEAN and numbers, nor where nobody was asked */
	int64_t halves;		    /* FIGURE_NUMBER_MEDIAN: twice of it */
	enum base_mark mark;	    /* BASE_HIDDEN: nothing but this may be shown */
	int items;		    /* rows that a mean of rows is of: hidden ones are left out */
	const char *code;	    /* FIGURE_CODE: "code:slow" */
	const char *title[LANG_COUNT];
};
enum { VOICE_FIGURES_MAX = 20000 };
enum st voice_figures(struct req *rq, const struct voice_tally *t, int segment, struct voice_figure *out, int max,
		      int *n);
const char *figure_kind_name(enum figure_kind k);			  /* "option", "empty", "top-2", … */
char *voice_figure_text(struct arena *mem, const struct voice_figure *f); /* "72.8", a mean "3.86", "" when hidden */
int voice_segment_bit(const struct voice_tally *t, const char *name);	  /* VOICE_ALL for "", -2: none */
const char *voice_figure_item(struct arena *mem, const struct questionnaire *q, const struct voice_figure *f);
const char *voice_figure_what(const struct questionnaire *q, const struct voice_figure *f); /* an option, or the kind */

/* All figures of one segment, of a study that is closed. */
struct voice_list {
	struct voice_tally t;
	struct voice_figure *f;
	int n, segment;
	const char *name; /* of the segment; "": all */
};
enum st voice_list(struct req *rq, const char *study, const char *segment, struct voice_list *out);

/* ── segments side by side (segments.c) ── */

/* One figure in one segment, against those who are not in it. Hidden: fewer than five, or so few are left when what is
 * shown of the other segments of its kind is taken from all. */
struct voice_cell {
	struct share share; /* of a mean: the sum of points over the answers */
	enum base_mark mark;
	int tenths, low, high; /* of a share, with its 95 % interval (Wilson) */
	bool tested;	       /* both sides have enough answers, and neither is hidden */
	struct chance chance;  /* two shares, or Welch's of two means */
};
/* Options, top and bottom boxes and means can be told by segment; no other figure. */
bool voice_crosses(const struct voice_figure *f);
/* `which`: of t->segment; -1: all of them, against nobody. */
struct voice_cell voice_cell(const struct voice_tally *t, const struct voice_figure *f, int which);

/* Files of it (sheet.c). Texts never begin as a formula does; numbers are numbers. */
void voice_sheet_csv(const struct voice_list *l, struct buf *out);
struct voice_change;
enum st voice_sheet_file(const struct voice_list *l, const struct voice_change *c, int n, const char *path,
			 struct err *e);
/* The receipt of its publication: ST_NOTFOUND before, ST_BUSY until the journal's head is signed. */
enum st voice_receipt(struct req *rq, const struct voice_study *s, struct buf *out);

/* The report is public from now on: the digest of voice_sheet_csv of all its answers stands in the journal. Of a closed
 * study. */
struct voice_publish {
	const char *study;
	char digest[65];
};
enum st voice_publish(struct req *rq, void *publish);

enum { VOICE_LABEL_MAX = 200 };
struct voice_past {
	char *item, *segment, *label; /* segment "": all; label: where it is from, one line */
	struct past past;
};
struct voice_past_set {
	const char *study;
	struct voice_past past;
};
/* Until the study is published; what was there of this item and segment is replaced. */
enum st voice_past_set(struct req *rq, void *past_set);
struct voice_past_drop {
	const char *study, *item, *segment;
};
enum st voice_past_drop(struct req *rq, void *past_drop);
/* What is left of last time's figure: both counts; or a percentage alone; or it and how many answered, where that leaves
 * one count only. ST_INVALID where no count gives it. */
struct past_told {
	int64_t n, base; /* -1: not told */
	int tenths;	 /* -1 */
};
enum st voice_past_told(const struct past_told *t, struct past *out, struct err *e);
enum st voice_pasts(struct req *rq, const struct voice_study *s, struct voice_past *out, int max, int *n);
/* May this study be compared with that one in an item? ST_OK, or ST_CONFLICT with the reason: other words, other
 * options, another frame. */
enum st voice_comparable(struct req *rq, const struct voice_tally *now, const struct voice_tally *before, int item);

/* Against last time (versus.c): what was kept of it (voice_past_set), and the study `against` (NULL none), which must be
 * closed: ST_CONFLICT. */
enum change_note { CHANGE_EXACT, CHANGE_FEW, CHANGE_ROUNDED, CHANGE_REFUSED };
struct voice_change {
	const char *item, *before, *now, *points, *note; /* "-" where it can't be said; the note in English, and */
	const char *note_fmt;				 /* the message that it was made from (message_say) */
	const char *label;
	enum change_note kind;
	int was, is, by; /* tenths; not of CHANGE_FEW and CHANGE_REFUSED */
};
enum st voice_changes(struct req *rq, const struct voice_list *l, const char *against, struct voice_change *out,
		      int max, int *n);
/* Studies of the same questionnaire that this one can be held against: closed ones, for who may not see studies
 * published ones. Newest first. */
enum st voice_earlier(struct req *rq, const struct voice_study *s, struct voice_study *out, int max, int *n);

/* ── what staff write into a report, and what is to be done about it (advice.c) ── */
enum { VOICE_NOTE_MAX = 4000, VOICE_ADVICE_MAX = 200 };
struct voice_text {
	const char *study, *place; /* "top" or a question; of a study that is not published yet */
	const char *in[LANG_COUNT];
};
enum st voice_text_set(struct req *rq, void *text);
enum st voice_texts(struct req *rq, const struct voice_study *s, struct voice_text *out, int max, int *n);

enum advice_state { ADVICE_OPEN, ADVICE_DOING, ADVICE_DONE, ADVICE_DROPPED };
struct voice_advice {
	int64_t id, due_at, changed_at;
	int64_t which; /* out, of voice_advise */
	const char *study, *owner, *in[LANG_COUNT];
	enum advice_state state;
};
const char *advice_state_name(enum advice_state s); /* "open", "doing", "done", "dropped" */
bool advice_state_parse(const char *s, enum advice_state *out);
bool voice_advice_late(const struct voice_advice *a); /* its day has passed, and it is neither done nor dropped */
/* id 0: a new one, with words, owner and date; else its state, owner and date become these (owner NULL, due 0: as it
 * was). */
enum st voice_advise(struct req *rq, void *advice);
enum st voice_advices(struct req *rq, const struct voice_study *s, struct voice_advice *out, int max, int *n);

/* ── personal data (voice_privacy.c) ── */
enum st voice_person_export(struct req *rq, const struct person *p, struct jw *w);
enum st voice_person_erase(struct req *rq, const struct person *p);
enum st voice_person_knows(struct req *rq, const char *email, bool *yes);

extern const struct migration voice_migrations[];
#endif
