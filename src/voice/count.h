/* count.h — the figures of a survey, from counts: the one place where shares, means and tests are computed.
 *
 * Pure: no input or output, no store, no clock, no globals. Figures are exact: integers, __int128 or long numbers, and
 * rounded once, at the end. Floating point stands only in what has a square root (stat.c).
 *
 * Units. A count is 0 to COUNT_MAX. A figure in percent is an integer of tenths: 728 is 72.8 %. Rounding is half up;
 * differences, which may be negative, round half away from zero, so that turning one round changes only its sign.
 * Never feed a figure back in: a difference or a mean of rounded figures is another number. Where only a rounded figure
 * is left (last year's report), `count_change` says so in its answer.
 *
 * Errors. ST_NOTFOUND: a base of 0 has no share, nobody was asked. ST_INVALID: a negative count, a part larger than its
 * whole. ST_LIMIT: a count over COUNT_MAX, more items than a cap. `e` may be NULL; results are written only on ST_OK.
 *
 * Sources. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927). Welch, "The
 * generalization of Student's problem when several different population variances are involved", Biometrika 34 (1947).
 * Cohen, "A coefficient of agreement for nominal scales", Educ. Psychol. Meas. 20 (1960). The incomplete beta function
 * by its continued fraction, NIST DLMF 8.17.22.
 */
#ifndef VOICE_COUNT_H
#define VOICE_COUNT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/err.h"

#define COUNT_MAX 1000000000000LL /* products of three counts or scales fit into 128 bits */
enum { COUNT_ITEMS_MAX = 4096, COUNT_DIGITS_MAX = 6, COUNT_TEXT = 48 };

/* ── shares ── */

struct share {
	int64_t n, base; /* n of base */
};

enum st count_share(struct share s, int *tenths, struct err *e);
/* now − before in percentage points, subtracted before rounding: 79.95 − 70.04 is 9.9, not 80.0 − 70.0. */
enum st count_difference(struct share now, struct share before, int *tenths, struct err *e);

struct past {
	struct share counts; /* base 0: not known any more, only */
	int tenths;	     /* this rounded figure */
};
struct change {
	int tenths;
	bool rounded; /* from rounded figures, up to 0.1 point off; last year's counts would be needed for better */
};
enum st count_change(struct share now, const struct past *past, struct change *out, struct err *e);

struct funnel {
	int64_t invited, opened, cleaned; /* sent out; looked at; complete and kept after cleaning */
};
/* Both of those invited: opened / invited, and completion = cleaned / invited. Either may be NULL. */
enum st count_funnel(const struct funnel *f, int *opened, int *completion, struct err *e);

/* ── a five-point grid ── */

enum { GRID_POINTS = 5 };
struct grid {
	int64_t n[GRID_POINTS]; /* answers 1 to 5, 1 the worst; "don't know" is not among them */
};
struct grid_figures {
	struct share top, bottom; /* answers 4 and 5; answers 1 and 2 */
	int64_t sum, base;	  /* the mean is sum / base, for count_decimal */
};
enum st count_grid(const struct grid *g, struct grid_figures *out, struct err *e);
/* num / den with `digits` (0 to 6) decimals, num from −COUNT_MAX × 1000 up; "3.857". */
enum st count_decimal(int64_t num, int64_t den, int digits, char out[COUNT_TEXT], struct err *e);
void count_tenths_text(int tenths, bool sign, char out[COUNT_TEXT]); /* "72.8", "-0.3"; with sign "+0.6" */
bool count_tenths_parse(const char *text, int *tenths);		     /* "0.0" to "100.0", with its one decimal */

/* ── means of several items ── */

/* Each item counts the same: the mean of the exact shares. Sums are long numbers, so any COUNT_ITEMS_MAX items are
 * exact whatever their bases. An item with base 0 is an error, as in count_share. `mem` holds the long numbers. */
enum st count_mean_unweighted(struct arena *mem, const struct share *s, int n, int *tenths, struct err *e);
/* Each answer counts the same: the sum of n / the sum of bases. Items with base 0 add nothing. */
enum st count_mean_weighted(const struct share *s, int n, int *tenths, struct err *e);

/* ── what may be shown ── */

enum { COUNT_BASE_SMALL = 30, COUNT_BASE_SHOWN = 5 };
enum base_mark {
	BASE_ENOUGH,
	BASE_SMALL,  /* n < 30: shown with a mark */
	BASE_HIDDEN, /* n < 5: neither share nor count is shown, people could be recognised */
};
enum base_mark count_mark(int64_t base);
const char *count_mark_name(enum base_mark m); /* "enough", "small", "hidden" */

/* ── is a printed figure possible? ── */

struct claim {
	int value, digits; /* 968, 1: 96.8 %, as printed with 0 to 3 decimals, 0 to 100 % */
};
/* Can a whole count over this base have been rounded half up to it? Then from–to are the counts that could. 96.8 % of
 * 57 can't: 55 are 96.5 %, 56 are 98.2 %. False too for a base or claim out of bounds. */
bool count_possible(struct claim c, int64_t base, int64_t *from, int64_t *to);

/* ── chance (stat.c) ── */

#define COUNT_Z95 1.959963984540054
#define COUNT_P_LIMIT 0.05
struct interval {
	double lo, hi; /* shares, 0 to 1 */
};
enum st count_wilson(struct share s, struct interval *out, struct err *e); /* 95 %, without continuity correction */
int count_interval_tenths(double share);				   /* for print, half up */

struct chance {
	double stat; /* z or t; positive when the first is larger */
	double df;   /* Welch's degrees of freedom; 0 for z */
	double p;    /* two-sided */
	bool significant;
};
/* Two independent shares, pooled variance. Where nobody or everybody says yes in both there is no variance: p is 1. */
enum st count_two_shares(struct share a, struct share b, struct chance *out, struct err *e);

struct sample {
	int64_t n, sum, squares; /* of whole scores and of their squares */
};
/* Welch's t. ST_NOTFOUND for fewer than two answers on a side. Without variance on both sides: p is 1 where the means
 * agree, else 0. */
enum st count_two_means(const struct sample *a, const struct sample *b, struct chance *out, struct err *e);
enum st count_grid_sample(const struct grid *g, struct sample *out, struct err *e);

/* ── two coders (kappa.c) ── */

enum { KAPPA_MAX = 256 };
/* Cohen's kappa of a k × k matrix, row by row: cell[i * k + j] texts got code i from the first coder and j from the
 * second. Exact, in thousandths. ST_NOTFOUND without texts, and where both used one and the same code throughout:
 * agreement by chance is then certain and kappa is not defined. */
enum st count_kappa(const int64_t *cell, int k, int *thousandths, struct err *e);
/* Over several codes that one text may have: a 2 × 2 table each (both, first only, second only, neither) of the same
 * texts, pooled as in De Vries et al., "Using pooled kappa to summarize interrater agreement across many items", Field
 * Methods 20 (2008). A code that neither coder used counts for nothing. */
enum st count_kappa_pooled(const int64_t (*cell)[4], int tables, int *thousandths, struct err *e);

/* ── questions × segments (cross.c) ── */

/* Counters only: memory is questions × segments × options whatever the number of respondents, who are added one by one.
 * A base is the respondents who were asked. Whom skip logic led past a question is in no base of it; who was asked and
 * left it empty is in the base; who ticked three boxes is there once. */
enum { CROSS_QUESTIONS_MAX = 1024, CROSS_SEGMENTS_MAX = 64, CROSS_OPTIONS_MAX = 63, CROSS_ALL = -1 };
#define CROSS_NOT_ASKED (1ULL << 63)

struct cross_question {
	int options;   /* 1 to 63 */
	bool multiple; /* more than one may be ticked */
};
struct cross;
/* Lives in `mem`; `q` is copied. NULL with ST_LIMIT in e when something is out of bounds. */
struct cross *cross_new(struct arena *mem, const struct cross_question *q, int questions, int segments, struct err *e);
/* One respondent. `segments`: a bit a segment, any number of them (a region and an age may both be segments).
 * answer[question]: a bit an option, 0 for left empty, or CROSS_NOT_ASKED. Nothing is counted on an error. */
enum st cross_add(struct cross *x, uint64_t segments, const uint64_t *answer, struct err *e);
/* segment CROSS_ALL: every respondent once, in whatever segments. An option, segment or question that does not exist is
 * 0 of 0. */
struct share cross_share(const struct cross *x, int question, int segment, int option);
struct share cross_empty(const struct cross *x, int question, int segment); /* asked, and left empty */
/* Its counters one by one, in the order question, segment (CROSS_ALL first), option (after these two), until one is refused. */
enum { CROSS_ASKED = -2, CROSS_EMPTY = -1 };
typedef enum st (*cross_counter)(void *ctx, int question, int segment, int option, int64_t n);
enum st cross_each(const struct cross *x, cross_counter fn, void *ctx);
/* Sets one; a counter that is not there is left out. */
void cross_put(struct cross *x, int question, int segment, int option, int64_t n);

#endif
