/* coding.h — open answers in numbers: a codebook for each question, two people who code apart, their agreement, and
 * quotes that a second person lets out.
 *
 * CODEBOOK. An item that takes words has up to CODES_MAX codes, each a bit of an answer; several may fit one answer. Once
 * coding has begun a code is not deleted nor reworded, only retired: what it meant to an answer that has it stays.
 *
 * TWO CODERS. The first two who code an item are its coders. Neither sees what the other chose until both said that they
 * are done, and from then on neither changes it, so agreement (Cohen's kappa) is of two independent readings. Where they
 * differ, somebody else who runs the survey decides. Kappa is for each code, there or not there in an answer, because an
 * answer may have several codes and "the first code" would be an accident of order; over all codes it is the pooled
 * kappa (count.h). Shares are counted from what was agreed, when all of it is.
 *
 * WHO MAY. Coding, its lists and quotes ask for MAY_CODE_ANSWERS, deciding for MAY_RUN_SURVEY, the search for
 * MAY_SEE_ANSWERS. All of it begins when the study is closed, and codes and quotes are frozen with the report.
 *
 * APART (voice.h). Answers are called by numbers that are given within one item, in an order of their own: the numbers
 * of two items don't tell which answers are one person's. Neither segments nor groups stand beside a text.
 */
#ifndef VOICE_CODING_H
#define VOICE_CODING_H
#include "voice/voice.h"

enum { CODES_MAX = 60, CODERS = 2, CODE_TEXT_MAX = 200, CODE_ABOUT_MAX = 1000 };
#define CODES_NONE (-1LL) /* not coded; 0: coded, and no code fits */

struct voice_code {
	const char *id, *title[LANG_COUNT], *about;
	int bit;
	bool retired;
};
struct voice_coder {
	const char *who; /* actor id; NULL: there is none yet */
	int64_t coded;	 /* of the answers that are counted */
	bool done;
};
/* An item, its codebook and how far coding is. */
struct voice_book {
	struct voice_study study;
	struct questionnaire q;
	int item;
	const char *item_id;
	struct voice_code code[CODES_MAX];
	int ncodes;
	struct voice_coder coder[CODERS];
	int64_t answers; /* counted ones in which something was written */
	int me;		 /* which coder the reader is; -1 none */
	bool both;	 /* both are done with every answer: what each chose may be seen */
	int64_t differ, undecided;
};
bool voice_takes_words(const struct questionnaire *q, int item);
enum st voice_book(struct req *rq, const char *study, const char *item, struct voice_book *out);
int voice_code_bit(const struct voice_book *b, const char *id, size_t n); /* -1: no such code */
/* "slow price" to bits; ST_INVALID names what is no code, or a retired one. */
enum st voice_codes_parse(const struct voice_book *b, const char *text, int64_t *bits, struct err *e);
char *voice_codes_text(struct arena *mem, const struct voice_book *b, int64_t bits); /* "slow price"; "-" none */

enum { CODE_BAD_ID = 1, CODE_BAD_EN = 2, CODE_BAD_ZH = 4, CODE_BAD_ABOUT = 8 };
unsigned voice_code_bad(const struct voice_code *k); /* what of it can't be kept */
enum code_deed { CODE_SET, CODE_DROP, CODE_RETIRE };
struct voice_code_set {
	const char *study, *item;
	enum code_deed deed;
	struct voice_code code; /* of CODE_DROP and CODE_RETIRE: its id */
};
enum st voice_code_set(struct req *rq, void *code_set);

/* ── coding ── */

enum { CODED_PAGE = 20, CODED_MAX = 20000 };
enum coded_list { CODED_TODO, CODED_MINE, CODED_DIFFER, CODED_ALL };
struct voice_coded {
	int64_t no;
	const char *text;
	int64_t mine, by[CODERS], agreed; /* bits, or CODES_NONE; `by` and `agreed` only once both are done */
};
/* From number `from` on. CODED_DIFFER: ST_CONFLICT until both are done. */
enum st voice_coded(struct req *rq, const struct voice_book *b, enum coded_list which, int64_t from,
		    struct voice_coded *out, int max, int *n);

struct voice_chosen {
	int64_t no, codes;
};
struct voice_coding {
	const char *study, *item;
	const struct voice_chosen *row;
	int64_t n;
};
enum st voice_code_answers(struct req *rq, void *coding);
enum st voice_coding_done(struct req *rq, void *coding); /* the actor is done with the item */
/* A coder who isn't done goes, with what was chosen. `who` NULL: the actor; somebody else takes MAY_RUN_SURVEY. */
struct voice_leave {
	const char *study, *item, *who;
};
enum st voice_coding_leave(struct req *rq, void *leave);
/* What the two differ in: by somebody who coded nothing of the item. */
enum st voice_code_decide(struct req *rq, void *coding);

/* ── agreement ── */

struct voice_kappa {
	int64_t cell[4]; /* both, only the first, only the second, neither */
	int thousandths;
	bool known; /* else it is not defined: both had it everywhere, or nowhere */
};
/* "-0.125" with this sign; `none` where it is not defined. */
char *voice_kappa_text(struct arena *mem, const struct voice_kappa *k, const char *minus, const char *none);
struct voice_agreement {
	struct voice_kappa code[CODES_MAX], all; /* in the order of the codebook; all: `cell` is empty */
	int64_t answers, same;			 /* the same codes, all of them */
};
enum st voice_agreement(struct req *rq, const struct voice_book *b, struct voice_agreement *out); /* ST_CONFLICT until
	both are done */

/* For the report: answers with something written, and how many have each code, in a segment. ST_OK with *base -1 where
 * not all of it is agreed. */
enum st voice_code_counts(struct req *rq, const struct voice_study *s, int item, int segment, struct voice_code *code,
			  int64_t *n, int *ncodes, int64_t *base);

/* ── search ── */

enum { FOUND_MAX = 50, SEARCH_ROWS = 5000, SEARCH_WORD_MAX = 100 };
struct voice_found {
	const char *item, *text;
	int64_t no; /* 0: the item has no codebook yet */
};
/* What people wrote in any question of the study, with these words in it, whatever the case. `*next`: where to go on, 0
 * at the end. One call reads at most SEARCH_ROWS answers. */
enum st voice_search(struct req *rq, const char *study, const char *words, int64_t from, struct voice_found *out,
		     int max, int *n, int64_t *next);

/* ── quotes (quote.c) ── */

enum { QUOTES_MAX = 500 };
enum quote_state { QUOTE_PROPOSED, QUOTE_APPROVED, QUOTE_REFUSED };
struct voice_quote {
	int64_t id, no, at;
	const char *item, *text, *by, *decided_by, *original; /* original: only in lists for staff */
	enum quote_state state;
};
const char *quote_state_name(enum quote_state s); /* "proposed", "approved", "refused" */
/* May these words stand for that text? Only where spans of it were left out, each marked by "▇"s or "[…]": what remains
 * is there, in this order, and reaches its beginning and end. Runs of blanks are one blank. `out`: as it is kept. */
enum st voice_redacted(struct arena *mem, const char *original, const char *words, char **out, struct err *e);
struct voice_quote_new {
	const char *study, *item, *text;
	int64_t no, id; /* id: out */
};
enum st voice_quote_propose(struct req *rq, void *quote_new);
/* Approved or refused: by another person than who proposed it. */
struct voice_quote_decide {
	const char *study;
	int64_t id;
	bool approve;
};
enum st voice_quote_decide(struct req *rq, void *decide);
/* It is gone, also from a report that is published. */
enum st voice_quote_drop(struct req *rq, void *decide);
enum st voice_quotes(struct req *rq, const struct voice_study *s, struct voice_quote *out, int max, int *n);
/* Approved ones of answers that are counted: with the report, for whom may see it. Those of a published one outlive their
 * answers: then `no` is 0 and `original` is "". */
enum st voice_quotes_shown(struct req *rq, const struct voice_study *s, struct voice_quote *out, int max, int *n);
#endif
