/* interview.h — conversations with a few of the people we serve, beside the numbers of a study: whom, under which consent, what
 * was asked, what was said, what comes up again and again, and the sentences that may be quoted.
 *
 * GUIDE. What is asked, as text in both languages, one question a line ("English | 中文", "# " begins a part), in versions that
 * never change. An interview that nobody has agreed to yet goes by the last one; from then on it keeps the one that its person saw.
 *
 * CONSENT. An interview is planned with a person (name, address, organisation: kept like any person's data, erased with them and
 * at the study's keep time) and an invitation with a personal link. On that page the person sees the guide, who will read the notes, how
 * long they are kept, and says for each of CONSENTS yes or no; they may take it back there at any time. Without CONSENT_TALK no note
 * can be written; without CONSENT_QUOTE no quote proposed; taking back CONSENT_QUOTE drops the quotes, taking back
 * CONSENT_TALK drops notes and quotes and leaves the bare row. Consent given on paper or in person is written down by staff, who says how.
 * Once the report is published consent can only become less.
 *
 *	planned ─ agreed ─ held (its first note) ─ withdrawn
 *	     └── declined (may still agree)
 *
 * APPOINTMENT. Once somebody agreed, staff set a time and where, and move it or take it away; the person is told by a letter with a
 * file for calendars, sees it behind the link, and is reminded a day before. Numbered: of a letter about an earlier one nothing
 * is left to say. The time stands in lists; where it is tells who it is, and is kept and shown with the name.
 *
 * NOTES. Text by question of the guide (or under none), written by interviewers, each note its own row with author and time; changed by its
 * author until the study is published, earlier words kept until then. Notes are apart from names: lists show "I-3", never
 * the person; who may see whose interview it was is MAY_RUN_SURVEY, every such look is journalled.
 *
 * THEMES. A code for passages: id, title in both languages, what it means. A note may carry several. A theme's page shows how many
 * interviews (not notes) have it, and their passages.
 *
 * QUOTES. A passage of a note with spans left out (voice_redacted), proposed by one and let out by another, as quotes of open
 * answers are, in the same table and under the same numbers; shown in the report with what was agreed about naming: CONSENT_NAME
 * (person and organisation), else the kind of organisation alone, and never that when fewer than INTERVIEWS_LEAST interviews of the
 * study have it. Counted are those that were held and are not to be named: where two of three are named, the third would be too.
 * Kinds are a list of ours (interview_kinds): in free words they would tell who it was.
 *
 * WHO MAY. Planning, consent and names ask for MAY_RUN_SURVEY, notes, themes and quotes for MAY_CODE_ANSWERS, the guide for
 * MAY_SEE_SURVEY; every change is one of a study whose report is not published yet, but for what is taken back.
 */
#ifndef VOICE_INTERVIEW_H
#define VOICE_INTERVIEW_H
#include "voice/coding.h"
#include "voice/voice.h"

enum {
	GUIDE_MAX = 32768,
	GUIDE_QUESTIONS = 60,
	GUIDE_LINES = 120,
	GUIDE_TEXT_MAX = 500,
	GUIDES_MAX = 200,
	NOTE_MAX = 8192,
	NOTES_MAX = 200, /* of one interview */
	WAS_MAX = 50,	 /* earlier words of one note */
	THEMES_MAX = 60,
	INTERVIEWS_MAX = 500,
	INTERVIEWS_LEAST = 3,
	INTERVIEWS_PAGE = 50,
	MEETING_LEAST = 5, /* minutes */
	MEETING_MOST = 480,
	MEETING_DAYS = 366, /* ahead, at most */
	INTERVIEWEE_TEXT_MAX = 200,
	CONSENT_HOW_MAX = 200
};
enum consent { CONSENT_TALK, CONSENT_QUOTE, CONSENT_NAME, CONSENTS };
enum interview_state {
	INTERVIEW_PLANNED,
	INTERVIEW_AGREED,
	INTERVIEW_DECLINED,
	INTERVIEW_HELD,
	INTERVIEW_WITHDRAWN,
	INTERVIEW_STATES
};
const char *interview_state_name(enum interview_state s); /* "planned", "agreed", … */
const char *consent_name(enum consent c);		  /* "talk", "quote", "named" */
static inline bool consents(unsigned bits, enum consent c)
{
	return bits >> c & 1;
}

/* ── the guide (guide.c) ── */

struct guide_line {
	int number; /* of the question, from 1; 0: a part begins */
	const char *in[LANG_COUNT];
};
struct guide {
	int version;
	int64_t made_at, used; /* used: by so many interviews */
	const char *made_by, *text;
	struct guide_line *line;
	int nlines, nquestions;
};
/* Pure. ST_INVALID and ST_LIMIT name the line. */
enum st guide_parse(struct arena *mem, const char *text, size_t n, struct guide *out, struct err *e);
const char *guide_question(const struct guide *g, int number, enum lang l); /* NULL: no such question */
struct guide_set {
	const char *study, *text;
	size_t n;
	/* out */
	int version;
	bool same; /* it is what was there already */
};
enum st voice_guide_set(struct req *rq, void *guide_set);
enum st voice_guide(struct req *rq, const struct voice_study *s, int version, struct guide *out);      /* 0: the last */
enum st voice_guides(struct req *rq, const struct voice_study *s, struct guide *out, int max, int *n); /* newest first,
	without their lines */

/* ── interviews (interview.c) ── */

struct interview_kind {
	const char *id, *title; /* a msgid */
};
extern const struct interview_kind interview_kinds[]; /* ended by id NULL */
const char *interview_kind_title(const char *id);     /* a msgid; NULL: none */

struct interview {
	int64_t id, study, no; /* no: "I-3" */
	enum interview_state state;
	int guide;
	unsigned consent;		  /* a bit each of enum consent */
	const char *kind, *how, *said_by; /* how "": on the page; said_by "": the person */
	int64_t made_at, said_at, failed, notes;
	int64_t meets_at; /* its appointment; 0: none */
	int meets_minutes;
	enum lang lang;
};
struct interviewee {
	const char *name, *email, *organisation, *place, *token; /* place: of the appointment, "" */
};
struct interview_new {
	const char *study, *name, *email, *organisation, *kind;
	enum lang lang;
	bool letter; /* the invitation goes out by mail */
	int64_t no;  /* out */
};
/* ST_CONFLICT: no guide yet; the address has an interview of this study; or it wants no letters about surveys. */
enum st voice_interview_add(struct req *rq, void *interview_new);
bool interview_number(const char *s, int64_t *no); /* "I-3" or "3" */
enum st voice_interview(struct req *rq, const struct voice_study *s, int64_t no, struct interview *out);
/* In the order of what comes next: appointments by their time, who agreed and has none, who is asked, held ones, the rest. */
enum st voice_interviews(struct req *rq, const struct voice_study *s, int from, struct interview *out, int max, int *n);
enum st voice_interview_counts(struct req *rq, const struct voice_study *s, int in_state[INTERVIEW_STATES]);
/* Who it is, with the personal link: show it after view_write. ST_NOTFOUND once that is forgotten. */
enum st voice_interviewee(struct req *rq, const struct interview *i, struct interviewee *out);

/* ── appointments (meeting.c) ── */

struct interview_meet {
	const char *study, *place; /* a room, a number to call, a link; may be "" */
	int64_t no, at;		   /* at 0: it does not take place */
	int minutes;
	bool letter; /* the person is told by mail, and reminded */
	bool same;   /* out: it was so already, nothing goes out */
};
/* ST_CONFLICT: nobody agreed to talk; there is none to take away; the person wants no letters about surveys. */
enum st voice_interview_meet(struct req *rq, void *interview_meet);
extern const char interview_remind_due[];
enum st interview_remind(struct req *rq, const char *subject); /* a row of voice_due_kinds */

/* ── consent (consent.c) ── */

/* What the person sees behind the link. */
struct interview_form {
	struct interview i;
	struct voice_study study;
	struct questionnaire q; /* for its title */
	struct guide guide;
	const char *place; /* of the appointment, "" */
};
enum st interview_form(struct req *rq, const char *token, struct interview_form *out); /* ST_NOTFOUND */
struct interview_say {
	const char *token;
	int guide; /* the version that was seen: another one is ST_CONFLICT */
	unsigned consent;
	enum interview_state state; /* out */
};
enum st interview_say(struct req *rq, void *say); /* by the person */
enum st interview_stop(struct req *rq,
		       void *token); /* no letters about surveys any more, and no to one that was planned */
struct interview_consent {
	const char *study, *how;
	int64_t no;
	unsigned consent;	    /* 0: all is taken back */
	enum interview_state state; /* out */
};
enum st voice_interview_consent(struct req *rq, void *consent); /* as staff were told, who say how */

/* ── notes (note.c) ── */

struct interview_note {
	int64_t id, interview, no, at, changed_at,
		was;	     /* no: of the interview; was: how often it was worded otherwise */
	int question, guide; /* 0: under none; of which version */
	const char *text, *by;
	const char *themes; /* ids with blanks between */
};
struct note_new {
	const char *study, *text;
	int64_t no, id; /* id: out */
	int question;
};
struct note_change {
	const char *study, *text, *themes; /* themes: instead of those it has */
	int64_t id;
};
enum st voice_note_add(struct req *rq, void *note_new);
enum st voice_note_change(struct req *rq, void *note_change); /* its words, by its author */
enum st voice_note_drop(struct req *rq, void *note_change);   /* by its author, or who runs the survey */
enum st voice_note_themes(struct req *rq, void *note_change);
/* Of one interview (NULL: all), with one theme (NULL: any), in the order of interviews and questions. */
enum st voice_notes(struct req *rq, const struct voice_study *s, const struct interview *i, const char *theme,
		    struct interview_note *out, int max, int *n);
struct note_was {
	int64_t at; /* until then */
	const char *text;
};
enum st voice_note_was(struct req *rq, const struct voice_study *s, int64_t note, struct note_was *out, int max,
		       int *n);

/* ── themes (theme.c) ── */

struct theme {
	const char *id, *title[LANG_COUNT], *about;
	int64_t interviews, notes;
};
struct theme_set {
	const char *study;
	bool drop; /* one that no note has */
	struct theme theme;
};
enum st voice_theme_set(struct req *rq, void *theme_set);
enum st voice_themes(struct req *rq, const struct voice_study *s, struct theme *out, int max, int *n);

/* ── quotes of interviews (said.c): decided and dropped as those of answers are (coding.h) ── */

struct said_new {
	const char *study, *text;
	int64_t note, id; /* id: out */
};
enum st voice_said_propose(struct req *rq, void *said_new);
struct voice_said {
	struct voice_quote quote; /* no: of the interview; item NULL */
	int64_t note;
	const char *name, *organisation,
		*kind; /* only in a report: what may be said of who said it; NULL, kind a msgid */
};
/* Of a published report also those whose notes are forgotten by time: `no` and `note` are 0, `original` is "". */
enum st voice_said(struct req *rq, const struct voice_study *s, struct voice_said *out, int max, int *n);
enum st voice_said_shown(struct req *rq, const struct voice_study *s, struct voice_said *out, int max, int *n);

/* ── search (interview_search.c) ── */

enum { INTERVIEW_FOUND = 50 };
struct interview_found {
	int64_t no, note, quote; /* quote 0: the note itself has the words */
	int question;
	enum quote_state state;		  /* of the quote */
	const char *before, *hit, *after; /* where it stands; hit "": not to be shown apart */
};
/* Notes and quotes in which all these words stand, whatever the case; "words in quotes" stand together. In the order of
 * interviews; `*next`: where to go on, 0 at the end. One call reads at most SEARCH_ROWS of them. */
enum st voice_interview_search(struct req *rq, const struct voice_study *s, const char *words, int64_t from,
			       struct interview_found *out, int max, int *n, int64_t *next);

/* ── letters to whom we talk to, for out/mail (interview_letter.c) ── */

enum interview_post { POST_ASKED, POST_APPOINTED, POST_OFF, POST_TOMORROW };
struct interview_letter {
	int64_t id;
	enum interview_post what;
	char *to, *message_id, *link, *stop;
	const char *title, *name;
	enum lang lang;
	/* of an appointment */
	bool moved; /* there was another before */
	int64_t at, no;
	int minutes;
	const char *place, *uid; /* uid: of its entry in calendars (RFC 5545 §3.8.4.7) */
};
bool interview_posts(const struct entry *e);
enum st interview_letters(struct req *rq, const struct entry *e, const char *public_url, struct interview_letter *out,
			  int *n);
enum st interview_letter_refused(struct req *rq, const struct interview_letter *l,
				 const char *why); /* inside a write */
/* As voice_letter_returned. */
enum st interview_letter_returned(struct req *rq, const char *token, const char *why, bool *known);

/* ── personal data (interview_privacy.c) ── */

enum st interview_person_export(struct req *rq, const struct person *p, struct jw *w);
enum st interview_person_erase(struct req *rq, const struct person *p);
enum st interview_person_knows(struct req *rq, const char *email, bool *yes);
extern const char interview_names_due[], interview_words_due[];
enum st interview_names_forget(struct req *rq, const char *subject); /* rows of voice_due_kinds */
enum st interview_words_forget(struct req *rq, const char *subject);

extern const struct migration interview_migrations[];
#endif
