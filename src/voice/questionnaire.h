/* questionnaire.h — a questionnaire as data: a file that two people can edit side by side, one in each language.
 *
 * A line is a directive and its words; the texts of what was named last follow, a line a language (twice: a second
 * paragraph). Indentation is free; a line that begins with # is a remark. In order:
 *
 *	questionnaire services           its name: a–z, 0–9, hyphen
 *	  en Our services
 *	  zh-TW 我們的服務
 *	intro | consent | thanks         each with its texts; none is required
 *	section use                      a page
 *	question q1 single required      single, multiple, grid, number MIN MAX, open; "required" may stand last
 *	  en Do you use them?
 *	  ask if q0 = yes maybe          asked only of whom q0 was answered so (or "!="); several: all must hold
 *	  option yes
 *	    en Yes
 *	  option other text              text: may be written in; exclusive: stands alone; ends: nothing more is asked
 *	  row speed                      of a grid, whose five points go from `low` to `high`
 *	  low | high                     their texts
 *	  unknown                        a grid's sixth column: its texts, as "I don't use it"
 *
 * An item is what is counted: a question, or one row of a grid ("q2.speed", options 1 to 5 and unknown). `ask if` looks
 * back only, so nothing goes in circles; whom a question was not asked is in no answer of it, so "!=" needs one too.
 *
 * The parser takes anything and bounds everything; `questionnaire_print` gives the one canonical text, which parses to
 * the same. What a person can't see in a text (a question nobody reaches, a missing translation) is said by
 * `questionnaire_check`. All of it lives in `mem`.
 */
#ifndef VOICE_QUESTIONNAIRE_H
#define VOICE_QUESTIONNAIRE_H
#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/lang.h"

enum {
	Q_FILE_MAX = 512 << 10,
	Q_TEXT_MAX = 4000,
	Q_ID_MAX = 32,
	Q_SECTIONS_MAX = 50,
	Q_QUESTIONS_MAX = 250,
	Q_OPTIONS_MAX = 60,
	Q_ROWS_MAX = 40,
	Q_ITEMS_MAX = 500,
	Q_CONDITIONS_MAX = 8,
};

enum q_kind { Q_SINGLE, Q_MULTIPLE, Q_GRID, Q_NUMBER, Q_OPEN, Q_KINDS };
struct q_words {
	const char *in[LANG_COUNT]; /* NULL: not translated */
};
struct q_option { /* and a row of a grid */
	char *id;
	struct q_words words;
	bool exclusive, text, ends;
};
struct q_condition {
	int item;
	bool negated;
	uint64_t options; /* a bit an option */
};
struct q_question {
	char *id;
	enum q_kind kind;
	struct q_words words, low, high, unknown;
	bool required, has_unknown;
	int section, line;
	int64_t min, max; /* of a number */
	struct q_option *option, *row;
	int noptions, nrows;
	struct q_condition *condition;
	int nconditions;
	int item; /* the first of its items */
};
struct q_section {
	char *id;
	struct q_words words;
	int line;
};
struct q_item {
	int question, row; /* row -1: the question itself */
	int options;	   /* number and open: 1, "was answered" */
};
struct questionnaire {
	char *name;
	struct q_words title, intro, consent, thanks;
	struct q_section *section;
	struct q_question *question;
	struct q_item *item;
	int nsections, nquestions, nitems;
};

/* ST_INVALID names the line, in English. */
enum st questionnaire_parse(struct arena *mem, const char *text, size_t n, struct questionnaire *out, struct err *e);
/* The same for a reader of this language; `part`: without the line. */
enum st questionnaire_parse_in(struct arena *mem, enum lang l, bool part, const char *text, size_t n,
			       struct questionnaire *out, struct err *e);
void questionnaire_print(const struct questionnaire *q, struct buf *out);

int questionnaire_item(const struct questionnaire *q, const char *id, size_t n); /* "q1", "q2.speed"; -1: none */
char *questionnaire_item_id(struct arena *mem, const struct questionnaire *q, int item);
int questionnaire_option(const struct questionnaire *q, int item, const char *id); /* its bit; -1: none */
const char *questionnaire_option_id(const struct questionnaire *q, int item, int option);
const char *q_words_in(const struct q_words *w, enum lang l); /* the other language's where there is none; "" */
const char *q_kind_name(enum q_kind k);
bool q_name_ok(const char *s); /* a–z, 0–9, hyphen and underscore, begins with a letter or digit, at most Q_ID_MAX */

/* ── checking ── */
enum q_fault {
	QF_NO_QUESTION,
	QF_EMPTY_SECTION,
	QF_UNTRANSLATED,
	QF_UNREACHABLE,
	QF_DEAD_END,
	QF_FEW_OPTIONS,
	QF_NO_ROWS,
	QF_EXCLUSIVE,
	QF_SAME_WORDS,
	Q_FAULTS
};
struct q_finding {
	enum q_fault fault;
	int line;
	char *text; /* English */
};
/* Nothing is found: it may open. Writes at most `max`, returns how many there are. */
int questionnaire_check(struct arena *mem, const struct questionnaire *q, struct q_finding *out, int max);
const char *q_fault_name(enum q_fault f);

/* ── answers of one person ── */
/* answer[item]: a bit an option, CROSS_NOT_ASKED (count.h) where it was not asked. Is the question asked, given the
 * answers to those before it? */
bool questionnaire_asked(const struct questionnaire *q, int question, const uint64_t *answer);
/* Which items were asked, from the bits alone: sets the others to CROSS_NOT_ASKED. */
void questionnaire_route(const struct questionnaire *q, uint64_t *answer);
/* Has an option that ends it been chosen in a question before this one? */
bool questionnaire_ended(const struct questionnaire *q, int question, const uint64_t *answer);
/* Are these bits an answer to it: one of a single, an exclusive one alone? */
bool questionnaire_bits_ok(const struct questionnaire *q, int item, uint64_t bits);

/* The answers packed: a varint an item (LEB128), 0 not asked, else the bits + 1. An item of up to six options, as most
 * are, is one byte. `out` holds Q_PACKED_MAX. */
enum { Q_PACKED_MAX = Q_ITEMS_MAX * 10 };
size_t questionnaire_pack(const uint64_t *answer, int n, uint8_t *out);
bool questionnaire_unpack(const uint8_t *p, size_t size, int n, uint64_t *answer);

#endif
