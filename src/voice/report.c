/* report.c — the figures of a study, each once, in one list; and its publication. */
#include <string.h>
#include "base/clock.h"
#include "store/receipt.h"
#include "voice/coding_int.h"
#include "voice/interview_int.h"

const char *figure_kind_name(enum figure_kind k)
{
	static const char *const names[] = {
		"option",	   "empty",	    "top-2",	   "bottom-2",	    "mean",
		"unweighted-mean", "weighted-mean", "number-mean", "number-median", "code"
	};
	return names[k];
}

int voice_segment_bit(const struct voice_tally *t, const char *name)
{
	if (!*name)
		return VOICE_ALL;
	for (int i = 0; i < t->nsegments; i++)
		if (!strcmp(t->segment[i].name, name))
			return t->segment[i].bit;
	return -2;
}

struct list {
	struct req *rq;
	const struct voice_tally *t;
	int segment;
	struct voice_figure *out;
	int max, n;
};

static enum st add(struct list *l, struct voice_figure f)
{
	if (l->n == l->max)
		return err_set(&l->rq->err, ST_LIMIT, "more than %d figures", l->max);
	f.mark = count_mark(f.share.base);
	for (int i = 0; i < l->t->nsegments && f.item >= 0; i++)
		if (l->t->segment[i].bit == l->segment && voice_hidden(l->t, &f, i))
			f.mark = BASE_HIDDEN;
	if ((f.kind <= FIGURE_BOTTOM || f.kind == FIGURE_CODE) && f.share.base &&
	    count_share(f.share, &f.tenths, &l->rq->err))
		return l->rq->err.code;
	l->out[l->n++] = f;
	return ST_OK;
}

/* Top and bottom boxes and the mean are of those who gave a point: "unknown" is in no base of them. */
static enum st add_row(struct list *l, int question, int item)
{
	struct grid g = voice_grid(l->t, item, l->segment);
	struct grid_figures f = { 0 };
	int64_t any = 0;
	for (int i = 0; i < GRID_POINTS; i++)
		any += g.n[i];
	if (any && count_grid(&g, &f, &l->rq->err))
		return l->rq->err.code;
	return add(l, (struct voice_figure){ FIGURE_TOP, question, item, -1, f.top }) ||
			       add(l, (struct voice_figure){ FIGURE_BOTTOM, question, item, -1, f.bottom }) ||
			       add(l, (struct voice_figure){ FIGURE_MEAN, question, item, -1, { f.sum, f.base } })
		       ? l->rq->err.code
		       : ST_OK;
}

/* As they were when the answers were forgotten. */
static enum st add_kept(struct list *l, int question, int item, enum figure_kind from, enum figure_kind to)
{
	struct voice_figure f[CODES_MAX];
	int n = 0;
	if (voice_counts_figures(l->rq, l->t, question, item, l->segment, from, to, f, CODES_MAX, &n))
		return l->rq->err.code;
	for (int i = 0; i < n; i++)
		if (add(l, f[i]))
			return l->rq->err.code;
	return ST_OK;
}

/* How many wrote a number, their sum, and twice the median. */
static enum st numbers_read(const struct list *l, int item, struct share *sum, int64_t *halves)
{
	struct req *rq = l->rq;
	struct rows r;
	int64_t segment = l->segment < 0 ? 0 : (int64_t)(1ULL << l->segment), at = 0;
	if (sql_query(rq, &r,
		      "SELECT w.number FROM voice_word w JOIN voice_response r ON r.id = w.response WHERE w.study = $1 "
		      "AND"
		      " w.item = $2 AND w.kind = 1 AND r.state = 1 AND r.reason = '' AND (CAST($3 AS BIGINT) = 0 OR"
		      " (r.segments & $3) <> 0) ORDER BY w.number",
		      V(l->t->study.id), V(item), V(segment)))
		return rq->err.code;
	int64_t *all = arena_array(rq->mem, int64_t, l->t->kept + 1);
	while (at < l->t->kept && rows_next(&r)) {
		all[at] = rows_int(&r, 0);
		sum->n += all[at++];
	}
	sum->base = at;
	*halves = at ? all[(at - 1) / 2] + all[at / 2] : 0;
	return rows_end(&r);
}

static enum st add_number(struct list *l, int question, int item)
{
	struct share sum = { 0 };
	int64_t halves = 0;
	if (l->t->forgotten)
		return add_kept(l, question, item, FIGURE_NUMBER_MEAN, FIGURE_NUMBER_MEDIAN);
	if (numbers_read(l, item, &sum, &halves))
		return l->rq->err.code;
	struct voice_figure mean = { FIGURE_NUMBER_MEAN, question, item, -1, sum }, median = mean;
	median.kind = FIGURE_NUMBER_MEDIAN;
	median.share.n = sum.base;
	median.halves = halves;
	return add(l, mean) || add(l, median) ? l->rq->err.code : ST_OK;
}

/* Codes of what was written, once all of it is agreed on. */
static enum st add_codes(struct list *l, int question, int item)
{
	struct voice_code code[CODES_MAX];
	int64_t n[CODES_MAX], base = -1;
	int ncodes = 0;
	if (l->t->forgotten)
		return add_kept(l, question, item, FIGURE_CODE, FIGURE_CODE);
	if (!voice_takes_words(&l->t->q, item))
		return ST_OK;
	if (voice_code_counts(l->rq, &l->t->study, item, l->segment, code, n, &ncodes, &base))
		return l->rq->err.code;
	for (int i = 0; i < ncodes; i++) {
		struct voice_figure f = { FIGURE_CODE, question, item, -1, { n[i], base } };
		f.code = arena_printf(l->rq->mem, "code:%s", code[i].id);
		memcpy(f.title, code[i].title, sizeof f.title);
		if (add(l, f))
			return l->rq->err.code;
	}
	return ST_OK;
}

static enum st add_item(struct list *l, int question, int item)
{
	for (int o = 0; o < l->t->q.item[item].options; o++)
		if (add(l, (struct voice_figure){ FIGURE_OPTION, question, item, o,
						  cross_share(l->t->cross, item, l->segment, o) }))
			return l->rq->err.code;
	if (add(l,
		(struct voice_figure){ FIGURE_EMPTY, question, item, -1, cross_empty(l->t->cross, item, l->segment) }))
		return l->rq->err.code;
	if (add_codes(l, question, item))
		return l->rq->err.code;
	if (l->t->q.question[question].kind == Q_NUMBER)
		return add_number(l, question, item);
	return l->t->q.item[item].row < 0 ? ST_OK : add_row(l, question, item);
}

/* Both means of the top boxes of a grid's rows, named as what they are. Rows too small to be shown are in neither. */
static enum st add_means(struct list *l, int question)
{
	const struct q_question *k = &l->t->q.question[question];
	struct share s[Q_ROWS_MAX];
	struct voice_figure u = { FIGURE_UNWEIGHTED, question, -1, -1 }, w = { FIGURE_WEIGHTED, question, -1, -1 };
	for (int i = l->n - 1; i >= 0 && l->out[i].question == question; i--) {
		const struct voice_figure *f = &l->out[i];
		if (f->kind != FIGURE_TOP || f->mark == BASE_HIDDEN || u.items == Q_ROWS_MAX)
			continue;
		s[u.items++] = f->share;
		w.share.n += f->share.n;
		w.share.base += f->share.base;
	}
	if (k->kind != Q_GRID || !u.items)
		return ST_OK;
	w.items = u.items;
	u.share = w.share;
	if (count_mean_unweighted(l->rq->mem, s, u.items, &u.tenths, &l->rq->err) ||
	    count_mean_weighted(s, w.items, &w.tenths, &l->rq->err) || add(l, u) || add(l, w))
		return l->rq->err.code;
	return ST_OK;
}

enum st voice_figures(struct req *rq, const struct voice_tally *t, int segment, struct voice_figure *out, int max,
		      int *n)
{
	struct list l = { rq, t, segment, out, max, 0 };
	for (int i = 0; i < t->q.nquestions; i++) {
		const struct q_question *k = &t->q.question[i];
		int items = k->kind == Q_GRID ? k->nrows : 1;
		for (int r = 0; r < items; r++)
			if (add_item(&l, i, k->item + r))
				return rq->err.code;
		if (add_means(&l, i))
			return rq->err.code;
	}
	*n = l.n;
	return ST_OK;
}

char *voice_figure_text(struct arena *mem, const struct voice_figure *f)
{
	char text[COUNT_TEXT] = "";
	if (f->mark == BASE_HIDDEN)
		return arena_strdup(mem, "");
	if (f->kind == FIGURE_MEAN || f->kind == FIGURE_NUMBER_MEAN)
		count_decimal(f->share.n, f->share.base, 2, text, NULL);
	else if (f->kind == FIGURE_NUMBER_MEDIAN)
		count_decimal(f->halves, 2, 1, text, NULL);
	else
		count_tenths_text(f->tenths, false, text);
	return arena_strdup(mem, text);
}

const char *voice_figure_item(struct arena *mem, const struct questionnaire *q, const struct voice_figure *f)
{
	return f->item < 0 ? q->question[f->question].id : questionnaire_item_id(mem, q, f->item);
}

const char *voice_figure_what(const struct questionnaire *q, const struct voice_figure *f)
{
	if (f->kind == FIGURE_CODE)
		return f->code;
	return f->kind == FIGURE_OPTION ? questionnaire_option_id(q, f->item, f->option) : figure_kind_name(f->kind);
}

enum st voice_list(struct req *rq, const char *study, const char *segment, struct voice_list *out)
{
	*out = (struct voice_list){ .name = segment ? segment : "" };
	if (voice_tally(rq, study, &out->t))
		return rq->err.code;
	if (out->t.study.state < STUDY_CLOSED)
		return err_set(&rq->err, ST_CONFLICT, N_("study %s is %s: there are no figures before it is closed"),
			       study, voice_state_text(out->t.study.state));
	out->segment = voice_segment_bit(&out->t, out->name);
	if (out->segment < VOICE_ALL)
		return err_set(&rq->err, ST_NOTFOUND, "%.60s is no group or segment of %s", out->name, study);
	out->f = arena_array(rq->mem, struct voice_figure, VOICE_FIGURES_MAX);
	return voice_figures(rq, &out->t, out->segment, out->f, VOICE_FIGURES_MAX, &out->n);
}

/* ── publishing ── */

/* SHA-256 of the CSV that everybody can fetch, to the byte: `sha256sum figures.csv` against the journal. Figures are many:
 * in a region of their own. */
static enum st digest_of(struct req *rq, const char *study, char hex[65], int64_t *kept)
{
	BUF_SCOPE b = { .max = (size_t)64 << 20 };
	struct arena *mem = rq->mem;
	struct voice_list l;
	rq->mem = arena_new((size_t)64 << 20);
	enum st st = voice_list(rq, study, "", &l);
	if (!st) {
		voice_sheet_csv(&l, &b);
		struct hash h = hash_of(b.p, b.n);
		hash_hex(&h, hex);
		*kept = l.t.kept;
	}
	arena_free(rq->mem);
	rq->mem = mem;
	return st;
}

/* A study has many entries, its publication must be found among few. */
static char *report_subject(struct req *rq, const char *study)
{
	return arena_printf(rq->mem, "%s/report", study);
}

enum st voice_publish(struct req *rq, void *publish)
{
	struct voice_publish *a = publish;
	struct voice_study s;
	int64_t kept = 0;
	if (voice_study_in(rq, a->study, 1u << STUDY_CLOSED, &s) || digest_of(rq, s.name, a->digest, &kept))
		return rq->err.code;
	if (sql_run(rq, "UPDATE voice_study SET state = 5, published_at = $2, digest = $3 WHERE id = $1", V(s.id),
		    V(clock_now()), V(a->digest)) ||
	    interview_was_drop(rq, s.id))
		return rq->err.code;
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "digest", a->digest);
	j_int(&w, "answers", kept);
	j_end(&w);
	return voice_fact(rq, report_subject(rq, s.name), "report-published", buf_cstr(&b));
}

enum st voice_receipt(struct req *rq, const struct voice_study *s, struct buf *out)
{
	struct entry e[4];
	int n = 0;
	if (s->state != STUDY_PUBLISHED)
		return err_set(&rq->err, ST_NOTFOUND, "the report of %s is not published", s->name);
	if (journal_about(rq, report_subject(rq, s->name), 4, e, &n))
		return rq->err.code;
	for (int i = 0; i < n; i++)
		if (!strcmp(e[i].verb, "report-published") && strstr(e[i].payload, s->digest))
			return receipt_of(rq, &e[i], s->digest, out);
	return err_set(&rq->err, ST_INTERNAL, "the journal has no publication of %s", s->name);
}
