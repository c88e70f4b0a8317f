/* A cell of the cross-tab is a run of counters: asked, left empty, then one an option. The cells of a question stand
 * together, one a segment and the first for everybody. */
#include "voice/count.h"

enum { ASKED, EMPTY, OPTIONS };

struct question {
	struct cross_question q;
	int64_t *cell;
	int width; /* counters of a cell */
};

struct cross {
	struct question *question;
	int questions, segments;
};

struct cross *cross_new(struct arena *mem, const struct cross_question *q, int questions, int segments, struct err *e)
{
	if (questions < 1 || questions > CROSS_QUESTIONS_MAX || segments < 0 || segments > CROSS_SEGMENTS_MAX) {
		err_set(e, ST_LIMIT, "%d questions, %d segments: expected 1 to %d and 0 to %d", questions, segments,
			CROSS_QUESTIONS_MAX, CROSS_SEGMENTS_MAX);
		return NULL;
	}
	for (int i = 0; i < questions; i++)
		if (q[i].options < 1 || q[i].options > CROSS_OPTIONS_MAX) {
			err_set(e, ST_LIMIT, "question %d: %d options, expected 1 to %d", i + 1, q[i].options,
				CROSS_OPTIONS_MAX);
			return NULL;
		}
	struct cross *x = arena_new_of(mem, struct cross);
	*x = (struct cross){ arena_array(mem, struct question, questions), questions, segments };
	for (int i = 0; i < questions; i++) {
		struct question *k = &x->question[i];
		k->q = q[i];
		k->width = OPTIONS + q[i].options;
		k->cell = arena_array(mem, int64_t, k->width * (segments + 1));
	}
	return x;
}

static enum st answer_check(const struct question *k, int i, uint64_t answer, struct err *e)
{
	if (answer == CROSS_NOT_ASKED)
		return ST_OK;
	if (answer >> k->q.options)
		return err_set(e, ST_INVALID, "question %d has %d options, and another was ticked", i + 1,
			       k->q.options);
	if (!k->q.multiple && (answer & (answer - 1)))
		return err_set(e, ST_INVALID, "question %d takes one answer, and several were ticked", i + 1);
	return ST_OK;
}

static void cell_add(int64_t *cell, uint64_t answer)
{
	cell[ASKED]++;
	cell[EMPTY] += answer == 0;
	for (; answer; answer &= answer - 1)
		cell[OPTIONS + __builtin_ctzll(answer)]++;
}

enum st cross_add(struct cross *x, uint64_t segments, const uint64_t *answer, struct err *e)
{
	if (x->segments < CROSS_SEGMENTS_MAX && segments >> x->segments)
		return err_set(e, ST_INVALID, "there are %d segments, and the respondent is in another", x->segments);
	for (int i = 0; i < x->questions; i++) {
		enum st st = answer_check(&x->question[i], i, answer[i], e);
		if (st)
			return st;
	}
	for (int i = 0; i < x->questions; i++) {
		struct question *k = &x->question[i];
		if (answer[i] == CROSS_NOT_ASKED)
			continue;
		cell_add(k->cell, answer[i]);
		for (uint64_t s = segments; s; s &= s - 1)
			cell_add(k->cell + (ptrdiff_t)k->width * (1 + __builtin_ctzll(s)), answer[i]);
	}
	return ST_OK;
}

static const int64_t *cell_of(const struct cross *x, int question, int segment)
{
	if (question < 0 || question >= x->questions || segment < CROSS_ALL || segment >= x->segments)
		return NULL;
	const struct question *k = &x->question[question];
	return k->cell + (ptrdiff_t)k->width * (1 + segment);
}

struct share cross_share(const struct cross *x, int question, int segment, int option)
{
	const int64_t *cell = cell_of(x, question, segment);
	if (!cell || option < 0 || option >= x->question[question].q.options)
		return (struct share){ 0 };
	return (struct share){ cell[OPTIONS + option], cell[ASKED] };
}

struct share cross_empty(const struct cross *x, int question, int segment)
{
	const int64_t *cell = cell_of(x, question, segment);
	return cell ? (struct share){ cell[EMPTY], cell[ASKED] } : (struct share){ 0 };
}

enum st cross_each(const struct cross *x, cross_counter fn, void *ctx)
{
	for (int q = 0; q < x->questions; q++)
		for (int s = CROSS_ALL; s < x->segments; s++) {
			const int64_t *cell = cell_of(x, q, s);
			for (int i = 0; i < x->question[q].width; i++) {
				enum st st = fn(ctx, q, s, i - OPTIONS, cell[i]);
				if (st)
					return st;
			}
		}
	return ST_OK;
}

void cross_put(struct cross *x, int question, int segment, int option, int64_t n)
{
	const int64_t *cell = cell_of(x, question, segment);
	if (cell && option >= -OPTIONS && option < x->question[question].q.options)
		x->question[question].cell[cell - x->question[question].cell + OPTIONS + option] = n;
}
